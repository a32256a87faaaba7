// The focus stays where the user was. A press may disable what was pressed, or let Streamlit put another element in its place: then
// the browser gives the focus to nobody. Here it goes to the same element again, or to its neighbour.

const FOCUSABLE = "a[href], button, input, textarea, summary, canvas, [tabindex]"
const ROW = "[data-testid=stHorizontalBlock], [data-testid=stVerticalBlock]"
const SETTLE = 250 // milliseconds in which the page's run may enable a neighbour

/** @typedef {{ element: HTMLElement, page: string, keys: string[], places: number[], rows: Element[], before: HTMLElement[] }} Seat where the focus was */

export class FocusKeeper {
  /** @type {Seat | null} */
  seat = null
  timer = 0

  /** @param {import("./kit/mount.js").Cleanups} cleanups */
  constructor(cleanups) {
    cleanups.listen(document, ["focusin"], ({ target }) => this.sit(target))
    // A press elsewhere says where the focus goes.
    cleanups.listen(document, ["pointerdown"], ({ target }) => this.seat?.element.contains(target) || (this.seat = null), true)
    const look = { childList: true, subtree: true, attributes: true, attributeFilter: ["disabled"] }
    cleanups.watch(new MutationObserver(() => this.look()), (observer) => observer.observe(document.body, look))
    cleanups.add(() => clearTimeout(this.timer))
  }

  /** @param {HTMLElement} element */
  sit(element) {
    clearTimeout(this.timer)
    this.timer = 0
    this.seat = seatOf(element)
  }

  look() {
    if (this.seat && !this.timer && isLost(this.seat)) this.timer = window.setTimeout(() => this.restore(), SETTLE)
  }

  restore() {
    this.timer = 0
    const { seat } = this
    if (!seat || !isLost(seat)) return
    heirOf(seat)?.focus({ preventScroll: true })
  }
}

/**
 * @param {HTMLElement} element
 * @returns {Seat}
 */
function seatOf(element) {
  const holders = ancestors(element, "[class*=st-key-]")
  const places = holders.map((holder) => focusables(holder, true).indexOf(element))
  const keys = holders.map(({ className }) => /** @type {RegExpMatchArray} */ (className.match(/st-key-[\w-]+/))[0])
  const rows = ancestors(element, ROW)
  const before = rows.length ? focusables(rows[0], true) : []
  return { element, page: location.pathname, keys, places, rows, before }
}

/**
 * Whether nobody has the focus because its element is disabled or gone. On another page it is not sought.
 * @param {Seat} seat
 */
function isLost({ element, page }) {
  const active = document.activeElement
  if (active && active !== document.body && active !== element) return false
  return location.pathname === page && (!element.isConnected || element.matches(":disabled"))
}

/**
 * The element that has taken the place of the lost one: of the same key; else its nearest neighbour in the same row.
 * @param {Seat} seat
 */
function heirOf({ element, keys, places, rows, before }) {
  const at = before.indexOf(element)
  const neighbours = [...before.slice(at + 1), ...before.slice(0, Math.max(0, at)).reverse()]
  const [same, ...outer] = keys.map((key, i) => inHolder(document.querySelector(`.${CSS.escape(key)}`), places[i]))
  const beside = neighbours.find((other) => other.isConnected && !other.matches(":disabled") && other.getClientRects().length)
  return same ?? beside ?? [...outer, ...rows.map((row) => inHolder(row, 0))].find(Boolean)
}

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
 */
function ancestors(element, selector) {
  const matches = []
  for (let node = element.closest(selector); node; node = node.parentElement?.closest(selector) ?? null) matches.push(node)
  return matches
}
