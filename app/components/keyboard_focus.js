// The focus stays where the user was. A press may disable what was pressed, or let Streamlit put another element in its place: then
// the browser gives the focus to nobody, and the next Tab would begin at the top of the page. Here it goes to the same element again,
// or to the one that follows from it, or to its neighbour. An open dialog has the focus: after a press of a screen reader it would
// stay outside, where all is inert.

const FOCUSABLE = "a[href], button, input, textarea, summary, canvas, [tabindex]"
const ROW = "[data-testid=stHorizontalBlock], [data-testid=stVerticalBlock]"
const DIALOG = "[data-testid=stDialog] [role=dialog]"
const STATE = "data-test-script-state" // Streamlit writes it on the app's element
const SETTLE = 250 // milliseconds in which the page's run may enable a neighbour

/**
 * Buttons whose neighbour would be the wrong heir, by their keys, and the buttons that may have the focus after a press, the best first.
 * @type {Record<string, string[]>}
 */
const HEIRS = {
  train_start: ["train_pause", "train_resume", "train_map"],
  train_pause: ["train_resume", "train_map", "train_start"],
  train_resume: ["train_pause", "train_map", "train_start"],
  train_step: ["train_resume", "train_map", "train_start"],
  train_stop: ["train_map", "train_start"],
  train_reset: ["train_resume", "train_start"],
  train_map: ["train_pause", "train_resume", "train_start"],
}

/** @typedef {{ element: HTMLElement, page: string, keys: string[], places: number[], rows: HTMLElement[], before: HTMLElement[] }} Seat where the focus was */

export class FocusKeeper {
  /** @type {Seat | null} */
  seat = null
  /** @type {HTMLElement | null} has the focus until a button can have it */
  stand = null
  timer = 0

  /** @param {import("./kit/mount.js").Cleanups} cleanups */
  constructor(cleanups) {
    cleanups.listen(document, ["focusin"], ({ target }) => target !== this.stand && this.sit(target))
    // A press elsewhere says where the focus goes.
    cleanups.listen(document, ["pointerdown"], ({ target }) => this.seat?.element.contains(target) || (this.seat = null), true)
    const look = { childList: true, subtree: true, attributes: true, attributeFilter: ["disabled", STATE] }
    cleanups.watch(new MutationObserver(() => this.look()), (observer) => observer.observe(document.body, look))
    // Dialogs are put beside the app. Of all changes of the page, only these are looked at for one: a search takes time. Some
    // moments later Streamlit's dialog takes the focus from itself, and does not always come back.
    const lookAtDialog = () => lonelyDialog() && this.restoreSoon()
    cleanups.watch(new MutationObserver(lookAtDialog), (observer) => observer.observe(document.body, { childList: true }))
    cleanups.listen(document, ["focusout"], lookAtDialog, true)
    cleanups.add(() => clearTimeout(this.timer))
  }

  /** @param {HTMLElement} element */
  sit(element) {
    clearTimeout(this.timer)
    this.timer = 0
    this.stand = null
    this.seat = seatOf(element)
  }

  look() {
    const { seat } = this
    if (!seat || !this.isLost(seat)) return
    const heirs = HEIRS[seat.keys[0]]
    if (heirs) this.pass(seat, heirs)
    else this.restoreSoon()
  }

  restoreSoon() {
    this.timer ||= window.setTimeout(() => this.restore(), SETTLE)
  }

  /**
   * Whether nobody has the focus because its element is disabled or gone. On another page it is not sought.
   * @param {Seat} seat
   */
  isLost({ element, page }) {
    const active = document.activeElement
    if (active && active !== document.body && active !== element && active !== this.stand) return false
    return location.pathname === page && (!element.isConnected || element.matches(":disabled"))
  }

  /**
   * The focus goes to the button itself where it is there again, else to its first heir. The others wait until the page's run is over:
   * it may draw the first one last. Until then their row has the focus.
   * @param {Seat} seat
   * @param {string[]} heirs
   */
  pass(seat, heirs) {
    const isOver = document.querySelector(`[${STATE}]`)?.getAttribute(STATE) === "notRunning"
    const keys = [seat.keys[0], ...(isOver ? heirs : heirs.slice(0, 1))]
    const heir = keys.map(buttonOf).find((button) => button && !button.disabled)
    this.stand = heir ? null : (seat.rows.find((row) => row.isConnected) ?? null)
    if (this.stand) this.stand.tabIndex = -1
    const next = heir ?? this.stand
    next?.focus({ preventScroll: true })
  }

  restore() {
    this.timer = 0
    const { seat } = this
    const next = lonelyDialog() ?? (seat && this.isLost(seat) ? heirOf(seat) : null)
    next?.focus({ preventScroll: true })
  }
}

/**
 * The open dialog, where neither it nor a menu over it has the focus.
 * @returns {HTMLElement | null}
 */
function lonelyDialog() {
  /** @type {HTMLElement | null} */
  const dialog = document.querySelector(DIALOG)
  const { activeElement } = document
  const isElsewhere = !activeElement || activeElement === document.body || activeElement.closest("[data-testid=stApp]")
  return dialog && isElsewhere && !dialog.contains(activeElement) ? dialog : null
}

/**
 * @param {HTMLElement} element
 * @returns {Seat}
 */
function seatOf(element) {
  const holders = ancestors(element, "[class*=st-key-]")
  const places = holders.map((holder) => focusables(holder, true).indexOf(element))
  const keys = holders.map(({ className }) => /** @type {RegExpMatchArray} */ (className.match(/st-key-([\w-]+)/))[1])
  const rows = ancestors(element, ROW)
  const before = rows.length ? focusables(rows[0], true) : []
  return { element, page: location.pathname, keys, places, rows, before }
}

/**
 * The button with this key that is to be seen: Streamlit makes two of one with a tip.
 * @param {string} key
 */
function buttonOf(key) {
  /** @type {NodeListOf<HTMLButtonElement>} */
  const buttons = document.querySelectorAll(`${byKey(key)} button`)
  return [...buttons].find((button) => button.checkVisibility())
}

/**
 * The element that has taken the place of the lost one: of the same key; else its nearest neighbour in the same row.
 * @param {Seat} seat
 */
function heirOf({ element, keys, places, rows, before }) {
  const at = before.indexOf(element)
  const neighbours = [...before.slice(at + 1), ...before.slice(0, Math.max(0, at)).reverse()]
  const [same, ...outer] = keys.map((key, i) => inHolder(document.querySelector(byKey(key)), places[i]))
  const beside = neighbours.find((other) => other.isConnected && !other.matches(":disabled") && other.getClientRects().length)
  return same ?? beside ?? [...outer, ...rows.map((row) => inHolder(row, 0))].find(Boolean)
}

/** @param {string} key */
const byKey = (key) => `.${CSS.escape(`st-key-${key}`)}`

/**
 * What can have the focus in a part of the page, at a place or before it.
 * @param {Element | null} holder
 * @param {number} place
 */
function inHolder(holder, place) {
  const heirs = holder?.isConnected ? focusables(holder) : []
  return heirs[Math.min(Math.max(0, place), heirs.length - 1)]
}

/**
 * @param {Element} holder
 * @param {boolean} [andDisabled]
 * @returns {HTMLElement[]}
 */
function focusables(holder, andDisabled = false) {
  /** @type {NodeListOf<HTMLElement>} */
  const nodes = holder.querySelectorAll(FOCUSABLE)
  return [...nodes].filter((node) => node.tabIndex >= 0 && node.getClientRects().length && (andDisabled || !node.matches(":disabled")))
}

/**
 * The ancestors that match, from the innermost.
 * @param {Element} element
 * @param {string} selector
 * @returns {HTMLElement[]}
 */
function ancestors(element, selector) {
  const matches = []
  /** @type {HTMLElement | null} */
  let node = element.closest(selector)
  for (; node; node = node.parentElement?.closest(selector) ?? null) matches.push(node)
  return matches
}
