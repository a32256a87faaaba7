// The ends of a path on its plane, as handles: a hand drags them by their dots or letters, arrow keys move them. Where an end goes is
// told when it is let go.

import { arrowStep } from "./kit/keys.js"
import { clamp } from "./kit/numbers.js"
import { fixed } from "./kit/words.js"

/** @typedef {import("./kit/boxes.js").Box} Box */
/** @typedef {import("./kit/overlay.js").Overlay} Overlay */

const LETTERS = ["A", "B"]
const GRIP = 30 // pixels across: a finger's
const STEPS = 70 // of an arrow key, along an axis
const STILL = 4 // pixels: a hand that has not moved farther drags nothing
const PATIENCE_MS = 4000 // an end that the server has left where it was goes back then

export class PathEnds {
  /** @type {{ number: number, place: number[] } | null} the end that is on its way, in values of the axes */
  moving = null
  /** @type {number[][]} the ends, in values of the axes */
  places = []
  timer = 0

  /**
   * @param {Overlay} overlay
   * @param {import("./kit/mount.js").Cleanups} cleanups
   * @param {(number: number, place: number[]) => void} tell
   */
  constructor(overlay, cleanups, tell) {
    this.overlay = overlay
    this.tell = tell
    this.layer = Object.assign(document.createElement("div"), { className: "path-ends" })
    this.dots = LETTERS.map((letter, number) => this.dot(letter, number))
    this.flags = LETTERS.map((_, number) => this.grip(number))
    this.layer.append(...this.flags, ...this.dots)
    cleanups.add(() => this.layer.remove())
    cleanups.add(() => clearTimeout(this.timer))
  }

  /** @param {number} number */
  grip(number) {
    const node = Object.assign(document.createElement("div"), { className: "path-end" })
    node.onpointerdown = (event) => this.drag(event, node, number)
    return node
  }

  /**
   * What Tab reaches.
   * @param {string} letter
   * @param {number} number
   */
  dot(letter, number) {
    const node = this.grip(number)
    node.dataset.handle = letter
    node.tabIndex = 0
    node.setAttribute("role", "slider")
    node.setAttribute("aria-label", `${letter}, an end of the path: arrow keys move it`)
    node.onkeydown = (event) => {
      const step = arrowStep(event)
      if (!step) return
      event.preventDefault()
      const { drawn } = this.overlay.chart
      if (!drawn) return
      const [[left, right], [bottom, top]] = drawn.spans
      const size = (event.shiftKey ? 5 : 1) / STEPS
      const [x, y] = this.placeOf(number)
      this.moveTo(number, [clamp(x + step[0] * size * (right - left), left, right), clamp(y + step[1] * size * (top - bottom), bottom, top)])
    }
    node.onkeyup = (event) => arrowStep(event) && this.letGo()
    node.onblur = () => this.rest()
    return node
  }

  /**
   * Where an end is, or is on its way.
   * @param {number} number
   */
  placeOf(number) {
    return this.moving?.number === number ? this.moving.place : this.places[number]
  }

  /**
   * @param {PointerEvent} event
   * @param {HTMLElement} node
   * @param {number} number
   */
  drag(event, node, number) {
    const { chart } = this.overlay
    const down = chart.place(event, { outside: true })
    if (event.button || !down) return
    const { x, y } = chart.maps
    const [left, up] = this.placeOf(number)
    const offset = [x(left) - down[0], y(up) - down[1]] // a letter stands beside its end
    node.setPointerCapture(event.pointerId)
    let isDrag = false
    node.onpointermove = (moved) => {
      const at = chart.place(moved, { outside: true })
      const { width, height } = /** @type {Box} */ (chart.box)
      if (!at) return
      isDrag ||= Math.hypot(at[0] - down[0], at[1] - down[1]) > STILL
      if (isDrag) this.moveTo(number, chart.values([clamp(at[0] + offset[0], 0, width), clamp(at[1] + offset[1], 0, height)]))
    }
    node.onpointerup = node.onpointercancel = () => {
      node.onpointermove = node.onpointerup = node.onpointercancel = null
      if (isDrag) this.letGo()
    }
  }

  /**
   * @param {number} number
   * @param {number[]} place
   */
  moveTo(number, place) {
    clearTimeout(this.timer)
    this.moving = { number, place }
    this.overlay.redraw()
  }

  letGo() {
    if (!this.moving) return
    this.tell(this.moving.number, this.moving.place)
    this.timer = setTimeout(() => this.isKeyed || this.rest(), PATIENCE_MS)
  }

  /** Whether keys move an end: small steps add up, though each of them may lead to the same image. */
  get isKeyed() {
    return this.dots.some((dot) => dot.matches(":focus-visible"))
  }

  /** There is nothing on its way any more. */
  rest() {
    clearTimeout(this.timer)
    if (!this.moving) return
    this.moving = null
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
    pixels.forEach(([x, y], number) => {
      const [a, b] = this.placeOf(number)
      this.dots[number].setAttribute("aria-valuenow", a.toFixed(2))
      this.dots[number].setAttribute("aria-valuetext", `at ${fixed(a, 2)} across, ${fixed(b, 2)} up`)
      lay(this.dots[number], { left: left + x - GRIP / 2, top: top + y - GRIP / 2, width: GRIP, height: GRIP })
      const letter = letters[number]
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
