// A pad that keeps strokes, not pixels: Python draws them with the data's own pen.

import { context2d, fit } from "./kit/canvas.js"
import { HandCanvas } from "./kit/hand.js"
import { mounting } from "./kit/mount.js"
import { clamp } from "./kit/numbers.js"

/** @typedef {import("./kit/hand.js").Place} Place */

/** @typedef {{ ink: string, points: Place[] }} Stroke */

const SIDE = 560
const CLOSEST = 0.004
const MOST_POINTS = 4000
const WHITE = "white"

class DrawingPad extends HandCanvas {
  /** @type {Stroke[]} what was drawn */
  strokes = []
  /** @type {Record<string, string>} the colour of each ink */
  inks = {}
  ink = WHITE
  isExample = false // whether the strokes are the example, whose place the first stroke takes
  version = NaN // the version of the strokes that came from the page

  /** @param {{ strokes: (Place[] | Stroke)[], version: number, image_shape: number[], inks: Record<string, string>, is_example: boolean }} data */
  load({ strokes, version, image_shape: [height, width, channels], inks, is_example: isExample }) {
    if (version !== this.version) {
      this.isExample = isExample
      const parts = strokes.map((stroke) => (Array.isArray(stroke) ? { ink: WHITE, points: stroke } : stroke))
      this.strokes = parts.map(({ ink, points }) => ({ ink, points: points.slice() }))
    }
    this.version = version
    this.inks = inks
    this.offer(channels === 3)
    const longer = Math.max(height, width)
    fit(this.canvas, [Math.round((SIDE * height) / longer), Math.round((SIDE * width) / longer)])
    this.draw()
  }

  /**
   * The palette, where images have colour.
   * @param {boolean} isColour
   */
  offer(isColour) {
    const palette = /** @type {HTMLElement} */ (this.root.querySelector(".drawing-pad-inks"))
    palette.hidden = !isColour
    if (!isColour) this.ink = WHITE
    if (palette.childElementCount > 0) return
    for (const [name, colour] of Object.entries(this.inks)) {
      const choice = document.createElement("input")
      Object.assign(choice, { type: "radio", name: "ink", value: name, title: name, checked: name === this.ink })
      choice.setAttribute("aria-label", name)
      choice.style.setProperty("--ink", colour)
      choice.onchange = () => (this.ink = name)
      palette.append(choice)
    }
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
    const { points } = this.strokes[this.strokes.length - 1]
    const last = points[points.length - 1]
    if (last && Math.hypot(last[0] - point[0], last[1] - point[1]) < CLOSEST) return
    if (this.strokes.reduce((sum, stroke) => sum + stroke.points.length, 0) < MOST_POINTS) points.push(point)
  }

  /** @param {Place} at */
  begin(at) {
    if (this.isExample) this.strokes = []
    this.isExample = false
    this.strokes.push({ ink: this.ink, points: [] })
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
    this.component.setStateValue("strokes", this.strokes.map(({ ink, points }) => (ink === WHITE ? points.slice() : { ink, points: points.slice() })))
  }

  draw() {
    const { width, height } = this.canvas
    const longer = Math.max(width, height)
    const paper = context2d(this.canvas)
    const at = (/** @type {Place} */ [x, y]) => [(x - 0.5) * longer + width / 2, (y - 0.5) * longer + height / 2]
    paper.clearRect(0, 0, width, height)
    paper.lineWidth = longer * 0.075
    paper.lineCap = paper.lineJoin = "round"
    const isColour = !(/** @type {HTMLElement} */ (this.root.querySelector(".drawing-pad-inks")).hidden)
    for (const { ink, points } of this.strokes) {
      paper.strokeStyle = this.inks[isColour || ink === "black" ? ink : WHITE]
      const places = points.map(at)
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
