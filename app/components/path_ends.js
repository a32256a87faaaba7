// The ends of a path on its plane, as handles: a hand drags them by their dots or letters, arrow keys move them. Where ends go is told
// when they are let go.

import { arrowStep } from "./kit/keys.js"
import { clamp } from "./kit/numbers.js"
import { fixed } from "./kit/words.js"

/** @typedef {import("./kit/boxes.js").Box} Box */
/** @typedef {import("./kit/overlay.js").Overlay} Overlay */
/** @typedef {Record<string, number[]>} Places by letter, in values of the axes */

export const LETTERS = ["A", "B"]
const GRIP = 30 // pixels across: a finger's
const STEPS = 70 // of an arrow key, along an axis
const STILL = 4 // pixels: a hand that has not moved farther drags nothing
const SAME = 0.5 // pixels between two drawings of one dot
const PATIENCE_MS = 4000 // an end that the server has left where it was goes back then

export class PathEnds {
  /** @type {Places} where the path begins and ends */
  places = {}
  /** @type {Places} the ends on their way: held, or told and not answered yet */
  moving = {}
  isOnDots = false // whether an end is always at a dot
  isTold = true // whether the server has heard of where the ends are
  isHeld = false // whether a hand drags an end
  timer = 0

  /**
   * @param {Overlay} overlay
   * @param {import("./kit/mount.js").Cleanups} cleanups
   * @param {(places: Places) => void} tell
   */
  constructor(overlay, cleanups, tell) {
    this.overlay = overlay
    this.tell = tell
    this.layer = Object.assign(document.createElement("div"), { className: "path-ends" })
    this.handles = LETTERS.map((letter) => this.dot(letter))
    this.flags = LETTERS.map((letter) => this.grip(letter))
    this.layer.append(...this.flags, ...this.handles)
    cleanups.add(() => this.layer.remove())
    cleanups.add(() => clearTimeout(this.timer))
  }

  /** Whether what is drawn is not the path yet. */
  get isMoving() {
    return Object.keys(this.moving).length > 0
  }

  /** The ends, as far as they have come. */
  get all() {
    return LETTERS.map((letter) => this.moving[letter] ?? this.places[letter])
  }

  /**
   * A path has come.
   * @param {Places} places
   * @param {boolean} isOnDots
   */
  load(places, isOnDots) {
    Object.assign(this, { places, isOnDots })
    if (!this.isHeld) this.rest()
  }

  /** @param {string} letter */
  grip(letter) {
    const node = Object.assign(document.createElement("div"), { className: "path-end" })
    node.onpointerdown = (event) => this.drag(event, node, letter)
    return node
  }

  /** What Tab reaches. @param {string} letter */
  dot(letter) {
    const node = this.grip(letter)
    node.dataset.handle = letter
    node.tabIndex = 0
    node.setAttribute("role", "slider")
    node.setAttribute("aria-label", `${letter}, an end of the path: arrow keys move it`)
    node.onkeydown = (event) => {
      const step = arrowStep(event)
      const { drawn } = this.overlay.chart
      if (!step || !drawn || event.altKey || event.ctrlKey || event.metaKey) return
      event.preventDefault()
      const from = this.moving[letter] ?? this.places[letter]
      const size = (event.shiftKey ? 5 : 1) / STEPS
      const place = drawn.spans.map(([low, high], axis) => clamp(from[axis] + step[axis] * size * (high - low), low, high))
      const next = this.isOnDots ? this.dots?.toward?.(from, step) : place
      if (next) this.moveTo(letter, next)
    }
    node.onkeyup = (event) => arrowStep(event) && this.letGo()
    node.onblur = () => this.letGo()
    return node
  }

  /** The plane's dots. */
  get dots() {
    /** @type {HTMLCanvasElement | null | undefined} */
    const canvas = this.overlay.chart.element?.querySelector("canvas[data-role=points]")
    return canvas?.overlay
  }

  /** Where ends are at dots, those that are held go to the nearest ones; an end whose nearest dot is its own has not moved. */
  snap() {
    const { chart } = this.overlay
    const { x, y } = chart.maps
    for (const [letter, [a, b]] of Object.entries(this.moving)) {
      const dot = this.dots?.nearest?.(x(a), y(b), Infinity)
      if (!dot) continue
      const here = this.places[letter]
      if (Math.hypot(x(here[0]) - dot.x, y(here[1]) - dot.y) < SAME) delete this.moving[letter]
      else this.moving[letter] = chart.values([dot.x, dot.y])
    }
    this.overlay.redraw()
  }

  /**
   * @param {PointerEvent} event
   * @param {HTMLElement} node
   * @param {string} letter
   */
  drag(event, node, letter) {
    const { chart } = this.overlay
    const down = chart.place(event, { outside: true })
    if (event.button || !down || this.isHeld) return
    const { x, y } = chart.maps
    const [across, up] = this.moving[letter] ?? this.places[letter]
    const offset = [x(across) - down[0], y(up) - down[1]] // a letter stands beside its end
    node.setPointerCapture(event.pointerId)
    this.isHeld = true
    let isDrag = false
    node.onpointermove = (moved) => {
      const at = chart.place(moved, { outside: true })
      if (!at || !chart.box) return
      const { width, height } = chart.box
      isDrag ||= Math.hypot(at[0] - down[0], at[1] - down[1]) > STILL
      if (isDrag) this.moveTo(letter, chart.values([clamp(at[0] + offset[0], 0, width), clamp(at[1] + offset[1], 0, height)]))
    }
    const end = (/** @type {boolean} */ isWanted) => {
      node.onpointermove = node.onpointerup = node.onpointercancel = node.onlostpointercapture = null
      this.isHeld = false
      if (isWanted && isDrag) this.letGo()
      else this.rest()
    }
    node.onpointerup = () => end(true)
    node.onpointercancel = node.onlostpointercapture = () => end(false)
  }

  /**
   * @param {string} letter
   * @param {number[]} place
   */
  moveTo(letter, place) {
    clearTimeout(this.timer)
    this.isTold = false
    this.moving[letter] = place
    this.overlay.redraw()
  }

  letGo() {
    if (this.isTold) return
    this.isTold = true
    if (this.isOnDots) this.snap()
    if (!this.isMoving) return
    this.tell(this.moving)
    this.timer = setTimeout(() => this.rest(), PATIENCE_MS)
  }

  /** Nothing is on its way any more. */
  rest() {
    clearTimeout(this.timer)
    this.isTold = true
    if (!this.isMoving) return
    this.moving = {}
    this.overlay.redraw()
  }

  /**
   * Puts the handles where the ends and their letters are drawn.
   * @param {number[][]} pixels the ends
   * @param {(Box | undefined)[]} letters
   */
  put(pixels, letters) {
    const { chart } = this.overlay
    if (!this.layer.isConnected) chart.element?.append(this.layer)
    const { left, top } = /** @type {Box} */ (chart.box)
    this.all.forEach(([a, b], number) => {
      const [[x, y], letter] = [pixels[number], letters[number]]
      this.handles[number].setAttribute("aria-valuenow", a.toFixed(2))
      this.handles[number].setAttribute("aria-valuetext", `at ${fixed(a, 2)} across, ${fixed(b, 2)} up`)
      lay(this.handles[number], { left: left + x - GRIP / 2, top: top + y - GRIP / 2, width: GRIP, height: GRIP })
      this.flags[number].hidden = !letter
      if (letter) lay(this.flags[number], { ...letter, left: left + letter.left, top: top + letter.top })
    })
  }
}

/**
 * @param {HTMLElement} node
 * @param {Box} box
 */
function lay(node, { left, top, width, height }) {
  Object.assign(node.style, { width: `${width}px`, height: `${height}px`, transform: `translate(${left}px, ${top}px)` })
}
