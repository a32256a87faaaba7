// A pad that keeps strokes, not pixels: Python draws them with the data's own pen.

import { context2d, fit } from "./kit/canvas.js"
import { HandCanvas } from "./kit/hand.js"
import { mounting } from "./kit/mount.js"
import { clamp } from "./kit/numbers.js"

/** @typedef {import("./kit/hand.js").Place} Place */

const SIDE = 560
const CLOSEST = 0.004
const MOST_POINTS = 4000

class DrawingPad extends HandCanvas {
  /** @type {Place[][]} what was drawn */
  strokes = []
  version = NaN // the version of the strokes that came from the page

  /** @param {{ strokes: Place[][], version: number, image_shape: number[] }} data */
  load({ strokes, version, image_shape: [height, width] }) {
    if (version !== this.version) this.strokes = strokes.map((stroke) => stroke.slice())
    this.version = version
    const longer = Math.max(height, width)
    fit(this.canvas, [Math.round((SIDE * height) / longer), Math.round((SIDE * width) / longer)])
    this.draw()
  }

  /**
   * A place on the pad in units of its longer side, (0.5, 0.5) being the middle.
   * @param {PointerEvent} event
   */
  place(event) {
    const box = this.canvas.getBoundingClientRect()
    const longer = Math.max(box.width, box.height)
    const x = 0.5 + (event.clientX - box.left - box.width / 2) / longer
    const y = 0.5 + (event.clientY - box.top - box.height / 2) / longer
    return this.inside([x, y])
  }

  /** @param {Place} place */
  inside([x, y]) {
    const { width, height } = this.canvas
    const longer = Math.max(width, height)
    const cut = (/** @type {number} */ value, /** @type {number} */ side) =>
      Math.round(clamp(value, 0.5 - side / longer / 2, 0.5 + side / longer / 2) * 1000) / 1000
    return [cut(x, width), cut(y, height)]
  }

  /** @param {Place} point */
  add(point) {
    const stroke = this.strokes[this.strokes.length - 1]
    const last = stroke[stroke.length - 1]
    if (last && Math.hypot(last[0] - point[0], last[1] - point[1]) < CLOSEST) return
    if (this.strokes.reduce((sum, { length }) => sum + length, 0) < MOST_POINTS) stroke.push(point)
  }

  /** @param {Place} at */
  begin(at) {
    this.strokes.push([])
    this.add(at)
    if (this.key.isDown) this.output.textContent = "pen down"
  }

  /** @param {Place} at */
  go(at) {
    this.add(at)
  }

  /** @type {(at: Place, step: number[], far: boolean) => Place} */
  stepped(at, step, far) {
    return this.inside(at.map((value, k) => value + step[k] * (far ? 0.1 : 0.03)))
  }

  hover() {
    if (this.pointer !== null || this.key.isVisible) this.draw()
  }

  undo() {
    if (this.strokes.pop()) this.changed()
  }

  clear() {
    this.strokes = []
    this.changed()
  }

  changed() {
    this.draw()
    const count = this.strokes.length
    this.output.textContent = count === 0 ? "the pad is empty" : count === 1 ? "1 stroke" : `${count} strokes`
    this.component.setStateValue("strokes", this.strokes.map((stroke) => stroke.slice()))
  }

  draw() {
    const { width, height } = this.canvas
    const longer = Math.max(width, height)
    const paper = context2d(this.canvas)
    const at = (/** @type {Place} */ [x, y]) => [(x - 0.5) * longer + width / 2, (y - 0.5) * longer + height / 2]
    paper.clearRect(0, 0, width, height)
    paper.lineWidth = longer * 0.075
    paper.lineCap = paper.lineJoin = "round"
    paper.strokeStyle = "#fff"
    for (const stroke of this.strokes) {
      const places = stroke.map(at)
      paper.beginPath()
      paper.moveTo(places[0][0], places[0][1]) // a stroke of one point is a dot
      for (const [x, y] of places) paper.lineTo(x, y)
      paper.stroke()
    }
    if (this.key.isVisible) this.drawCursor(paper, at(this.key.at), longer * 0.04, longer * 0.012, "#a79bff")
    for (const button of Object.values(this.buttons)) button.disabled = this.strokes.length === 0
    this.canvas.dataset.strokes = String(this.strokes.length)
  }
}

export default mounting(".drawing-pad", DrawingPad)
