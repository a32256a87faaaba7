// A canvas under a hand: one pointer (mouse, pen or finger) at a time, or keys. Arrows move, Space or Enter lowers and lifts,
// Backspace or Ctrl+Z takes back, Esc lifts, Tab lifts and goes on.

import { circle } from "./canvas.js"
import { arrowStep, focusByHand } from "./keys.js"
import { Component } from "./mount.js"

/** @typedef {number[]} Place */

/**
 * The drawing pad and the brush say what the hand does. They report when it is lifted, and never on a timer or after a press
 * elsewhere: a report that arrives while the server runs the next page leaves that page blank.
 * @abstract
 */
export class HandCanvas extends Component {
  /** @type {number | null} the one that draws */
  pointer = null
  /** @type {{ at: Place, isDown: boolean, isVisible: boolean }} the place that keys move, and whether it is lowered and visible */
  key = { at: [0.5, 0.5], isDown: false, isVisible: false }

  /** @param {HTMLElement} root */
  constructor(root) {
    super(root)
    this.canvas = /** @type {HTMLCanvasElement} */ (root.querySelector("canvas"))
    this.output = /** @type {HTMLOutputElement} */ (root.querySelector("output"))
    /** @type {NodeListOf<HTMLButtonElement>} */
    const buttons = root.querySelectorAll("[data-do]")
    this.buttons = Object.fromEntries([...buttons].map((button) => [button.dataset.do, button]))
    this.canvas.onpointerdown = (event) => this.onDown(event)
    this.canvas.onpointermove = (event) => this.onMove(event)
    this.canvas.onpointerup = this.canvas.onpointercancel = (event) => this.onUp(event)
    this.canvas.onkeydown = (event) => this.onKey(event)
    this.canvas.onblur = () => this.lift(false)
    this.buttons.undo.onclick = () => this.revise(() => this.undo())
    this.buttons.clear.onclick = () => this.revise(() => this.clear())
  }

  // What a pad or a brush is:

  /**
   * A pointer's place, in the units of the pad or the brush.
   * @param {PointerEvent} _event
   * @returns {Place}
   */
  place(_event) {
    throw new Error("place: to be written by the pad or the brush")
  }

  /**
   * The place after a step of an arrow key (y downwards), a far one with Shift.
   * @param {Place} _at
   * @param {number[]} _step
   * @param {boolean} _far
   * @returns {Place}
   */
  stepped(_at, _step, _far) {
    throw new Error("stepped: to be written by the pad or the brush")
  }

  /** @param {Place} _at */
  begin(_at) {}

  /** @param {Place} _at */
  go(_at) {}

  /** @param {Place | null} _at */
  hover(_at) {}

  undo() {}

  clear() {}

  draw() {}

  changed() {}

  // What a hand does:

  /** @param {PointerEvent} event */
  onDown(event) {
    if (this.pointer !== null || event.button !== 0) return
    event.preventDefault()
    focusByHand(this.canvas)
    this.lift(false)
    this.key.isVisible = false
    this.pointer = event.pointerId
    this.canvas.setPointerCapture(event.pointerId)
    this.begin(this.place(event))
    this.hover(this.place(event))
  }

  /** @param {PointerEvent} event */
  onMove(event) {
    if (this.pointer !== null && event.pointerId !== this.pointer) return
    const moves = event.getCoalescedEvents?.() ?? []
    if (this.pointer !== null) for (const move of moves.length ? moves : [event]) this.go(this.place(move))
    this.hover(this.place(event))
  }

  /** @param {PointerEvent} event */
  onUp(event) {
    if (event.pointerId !== this.pointer) return
    this.pointer = null
    this.key.at = this.place(event)
    this.changed()
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const step = arrowStep(event)
    if (event.key === "Tab" || event.key === "Escape") return this.lift(true)
    const undo = event.key === "Backspace" || (event.key === "z" && (event.ctrlKey || event.metaKey))
    if (!step && !undo && event.key !== " " && event.key !== "Enter") return
    event.preventDefault()
    event.stopPropagation()
    if (undo) return this.revise(() => this.undo())
    this.key.isVisible = true
    if (step) {
      this.key.at = this.stepped(this.key.at, [step[0], -step[1]], event.shiftKey)
      if (this.key.isDown) this.go(this.key.at)
    } else if (this.key.isDown) return this.lift(true)
    else {
      this.key.isDown = true
      this.begin(this.key.at)
    }
    this.hover(this.key.at)
  }

  /**
   * Whether Python hears of it depends on why the hand was lifted: see above.
   * @param {boolean} report
   */
  lift(report) {
    if (!this.key.isDown) return
    this.key.isDown = false
    if (report) this.changed()
    else this.draw()
  }

  /** @param {() => void} act */
  revise(act) {
    this.key.isDown = false
    act()
  }

  /**
   * The hand's cursor: a ring, in another colour while the hand is down.
   * @param {CanvasRenderingContext2D} context
   * @param {number[]} middle
   * @param {number} radius
   * @param {number} width
   * @param {string} lifted the colour of a hand that is not down
   */
  drawCursor(context, middle, radius, width, lifted) {
    const isDown = this.key.isDown || this.pointer !== null
    circle(context, middle, radius, { stroke: isDown ? "#f0a04b" : lifted, width })
  }
}
