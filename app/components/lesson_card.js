// The card of a lesson. The server says what a step's goal is; this sees on the page when the goal is reached, so that a step is
// done by doing it, without a run of the script. The card can be moved, folded and closed.

import { goTo, pageLink, pathNow } from "./kit/address.js"
import { giveAnswer } from "./kit/answer.js"
import { arrowStep } from "./kit/keys.js"
import { Component, mounting } from "./kit/mount.js"
import { leaveQuestion, questionOf } from "./lesson_question.js"

/**
 * @typedef {object} Goal
 * @property {number} [moves] @property {boolean} [pins] @property {string} [presses] @property {Record<string, string>} [link]
 * @property {string} [page] @property {string} [shows] @property {boolean} [answers]
 */

const LOOK_MS = 250 // between two looks at the page while a step is not done
const BY_HAND_MS = 1500 // a point that moves so soon after a touch was moved by the visitor
const APART = 0.3 // latent units between two places that count as different
const BRING_MS = 30000 // so long after a step began, what it speaks of is brought into view: the page may still grow
const CORNERS = ["right bottom", "left bottom", "right top"]
const PHONE = 640 // pixels
const LEAST_BESIDE = 220 // pixels of an open side bar
const STEP_PIXELS = 24 // by which an arrow key moves the card

class LessonCard extends Component {
  /** @type {any} */
  content = null
  isDone = false
  touchedAt = -Infinity
  hasPressed = false
  beganAt = 0
  hasScrolled = false // whether the visitor has, or has pressed something, since the step began
  /** @type {number[][]} */
  places = []
  timer = 0
  entered = "" // the step whose page was opened
  /** @type {[number, number]} how far the card was moved from its corner, in pixels */
  offset = [0, 0]

  /** @param {HTMLElement} root */
  constructor(root) {
    super(root)
    this.at(".lesson-close").onclick = () => this.act({ close: true })
    this.at(".lesson-back").onclick = () => this.go(this.content.back)
    this.at(".lesson-next").onclick = () => (this.content.next ? this.go(this.content.next) : this.act({ close: true, done: this.isDone }))
    this.at(".lesson-fold").onclick = () => this.fold(!root.classList.contains("folded"))
    this.makeMovable(this.at(".lesson-grip"))
    this.cleanups.listen(document, ["pointerdown", "pointermove", "keydown"], (event) => this.onTouch(event), true)
    this.cleanups.listen(document, ["wheel", "pointerdown", "keydown"], () => (this.hasScrolled = true), true)
    this.cleanups.listen(document, ["click", "change"], (event) => this.onPress(event), true)
    this.timer = window.setInterval(() => this.look(), LOOK_MS)
    this.cleanups.add(() => clearInterval(this.timer))
  }

  /** @param {string} selector */
  at(selector) {
    return /** @type {HTMLElement} */ (this.root.querySelector(selector))
  }

  /** @param {any} content */
  load(content) {
    const isNew = content.lesson !== this.content?.lesson || content.step !== this.content?.step
    this.content = content
    if (isNew) {
      this.isDone = this.hasPressed = false
      this.places = []
      this.beganAt = performance.now()
      this.hasScrolled = false
      this.fold(false)
    }
    this.at("h2").textContent = content.title
    this.at(".lesson-count").textContent = `${content.step} of ${content.count}`
    this.at(".lesson-say").textContent = content.say
    this.at(".lesson-do").textContent = content.here ? content.do : ""
    this.at(".lesson-do").hidden = content.do === content.question?.question // it stands above its choices
    this.at(".lesson-fault").textContent = content.fault ?? ""
    questionOf(this.at(".lesson-question"), content, (act) => this.answer(act))
    const back = /** @type {HTMLButtonElement} */ (this.at(".lesson-back"))
    back.disabled = !content.back
    this.look()
    this.show()
    this.keepOff(content.mark)
    const entered = `${content.lesson} ${content.step}`
    if (content.enter && this.entered !== entered) this.go(content.enter)
    this.entered = entered
  }

  /** Scrolls to what the step marks, until the visitor moves the page. */
  bring() {
    const mark = this.content?.mark
    if (!mark || this.hasScrolled || performance.now() - this.beganAt > BRING_MS) return
    const isPhone = innerWidth <= PHONE // there the card lies over the lower half, and the image above the map
    const marked = (isPhone && document.querySelector(`.st-key-map_row:has(${mark})`)) || document.querySelector(mark)
    const box = marked?.getBoundingClientRect()
    if (!marked || !box?.height || (box.top >= 0 && box.bottom <= (isPhone ? this.root.getBoundingClientRect().top : innerHeight))) return
    const isLow = box.height > 0.8 * innerHeight || isPhone
    const cannotFit = parseFloat(getComputedStyle(marked).scrollMarginTop) + box.height > innerHeight
    if (isLow && cannotFit && box.top >= 0 && box.top < 0.2 * innerHeight) return
    marked.scrollIntoView({ block: isLow ? "start" : "center" })
    this.keepOff(mark)
  }

  /**
   * Lies over the side bar where it is open: there is nothing of the page. Otherwise takes the first corner in which the card lies over
   * nothing of what is marked.
   * @param {string | null} mark a CSS selector
   */
  keepOff(mark) {
    const marked = mark && document.querySelector(mark)
    const sideBar = document.querySelector("[data-testid=stSidebar]")?.getBoundingClientRect()
    const room = Math.max(0, sideBar?.right ?? 0)
    this.root.style.setProperty("--beside", `${room}px`)
    if (room >= LEAST_BESIDE && innerWidth > PHONE) {
      this.root.dataset.corner = "side"
      return
    }
    for (const corner of CORNERS) {
      this.root.dataset.corner = corner
      if (!marked || !overlap(this.root.getBoundingClientRect(), marked.getBoundingClientRect())) return
    }
    this.root.dataset.corner = CORNERS[0]
  }

  /**
   * Goes where a step is; a step that keeps what the page shows only frees the point.
   * @param {{ path: string, query: string, keep: boolean }} place
   */
  go({ path, query, keep }) {
    const search = keep && path === pathNow() ? new URL(pageLink()).searchParams : new URLSearchParams()
    search.delete("pinned")
    for (const [key, value] of new URLSearchParams(query)) search.set(key, value)
    goTo(path, search)
  }

  /** @param {object} act */
  act(act) {
    this.component?.setTriggerValue("act", { lesson: this.content.lesson, step: this.content.step, ...act })
  }

  /** @param {any} act */
  answer(act) {
    const { lesson, step, question } = this.content
    const { kind, options } = question
    if ("answer" in act) {
      const value = kind === "choice" ? options[act.answer] : kind === "loop" ? act.answer.flat() : act.answer
      giveAnswer({ lesson, step, question: "q", kind, value })
    }
    this.act(act)
  }

  destroy() {
    super.destroy()
    leaveQuestion(this.at(".lesson-question"))
  }

  /** @param {boolean} isFolded */
  fold(isFolded) {
    this.root.classList.toggle("folded", isFolded)
    const button = this.at(".lesson-fold")
    button.setAttribute("aria-expanded", String(!isFolded))
    button.setAttribute("aria-label", isFolded ? "Unfold the card" : "Fold the card")
    button.textContent = isFolded ? "+" : "–"
  }

  show() {
    this.root.classList.toggle("done", this.isDone)
    const { step, count } = this.content
    this.at(".lesson-next").textContent = this.isDone ? (step < count ? "Next" : "Finish") : "Skip"
  }

  look() {
    this.bring()
    if (!this.content || this.isDone || !this.isReached(this.content.goal)) return
    this.isDone = true
    this.show()
  }

  /** @param {Goal} goal */
  isReached(goal) {
    if (goal.answers) return this.content.answer !== null
    if (goal.page !== undefined) return pathNow() === `/${goal.page}`
    if (!this.content.here) return false
    if (goal.presses) return this.hasPressed
    if (goal.link) {
      const values = new URLSearchParams(location.search)
      return Object.entries(goal.link).every(([key, value]) => values.get(key) === value)
    }
    if (goal.shows) return Boolean(document.querySelector("[data-testid=stMain]")?.textContent?.includes(goal.shows))
    const canvas = /** @type {any} */ (document.querySelector("canvas[data-role=decoded]"))
    if (!canvas?.latent) return false
    if (goal.pins) return canvas.dataset.pinned === "true"
    this.note([...canvas.latent])
    return this.places.length >= (goal.moves ?? 1)
  }

  /**
   * Notes a place of the point that the visitor's hand has chosen.
   * @param {number[]} place
   */
  note(place) {
    if (performance.now() - this.touchedAt > BY_HAND_MS) return
    const isNear = (/** @type {number[]} */ other) => Math.hypot(...place.map((value, j) => value - other[j])) < APART
    if (!this.places.some(isNear)) this.places.push(place)
  }

  /** @param {Event} event */
  onTouch(event) {
    if (!this.root.contains(/** @type {Node} */ (event.target))) this.touchedAt = performance.now()
  }

  /** @param {Event} event */
  onPress(event) {
    const part = this.content?.goal.presses
    if (part && event.target instanceof Element && event.target.closest(part)) this.hasPressed = true
  }

  /** @param {HTMLElement} grip */
  makeMovable(grip) {
    /** @type {[number, number] | null} */
    let from = null
    grip.onpointerdown = (event) => {
      grip.setPointerCapture(event.pointerId)
      from = [event.clientX - this.offset[0], event.clientY - this.offset[1]]
      this.root.classList.add("moving")
    }
    grip.onpointermove = (event) => from && this.moveBy(event.clientX - from[0], event.clientY - from[1])
    grip.onpointerup = grip.onpointercancel = () => {
      from = null
      this.root.classList.remove("moving")
    }
    grip.onkeydown = (event) => {
      const step = arrowStep(event)
      if (!step) return
      event.preventDefault()
      this.moveBy(this.offset[0] + STEP_PIXELS * step[0], this.offset[1] - STEP_PIXELS * step[1])
    }
  }

  /**
   * Moves the card, within the window, to this distance from its corner.
   * @param {number} x
   * @param {number} y
   */
  moveBy(x, y) {
    const { left, right, top, bottom } = this.root.getBoundingClientRect()
    const [nowX, nowY] = this.offset
    const dx = Math.min(Math.max(x - nowX, -left), innerWidth - right)
    const dy = Math.min(Math.max(y - nowY, -top), innerHeight - bottom)
    this.offset = [nowX + dx, nowY + dy]
    this.root.style.transform = `translate(${this.offset[0]}px, ${this.offset[1]}px)`
  }
}

/**
 * @param {DOMRect} box
 * @param {DOMRect} other
 */
const overlap = (box, other) =>
  box.left < other.right && other.left < box.right && box.top < other.bottom && other.top < box.bottom

export default mounting(".lesson-card", LessonCard)
