// The axes of a latent plane, as an SVG that fills its place. No gesture changes them: there would be no way back on a phone. Other
// components lay canvases over them and listen to the pointer on this element (`kit/axes.js`).

import { DRAWN } from "./kit/axes.js"
import { Component, mounting } from "./kit/mount.js"
import { zoomOf } from "./kit/projector.js"
import { element, label } from "./kit/svg.js"
import { ticksOf } from "./kit/words.js"

const MARGIN = { left: 46, right: 8, top: 8, bottom: 46 } // as much across as up: a square place has a square plane
const BETWEEN = 64 // pixels between two ticks, at least
// A projector's pixels are larger. The titles stand in the ends of the rows of ticks.
const LARGE = { margin: { left: 36, right: 8, top: 8, bottom: 24 }, between: 40 }
const FONT = "system-ui, Segoe UI, Roboto, Arial, sans-serif"

class PlaneAxes extends Component {
  /** @type {any} */
  header = null

  /** @param {HTMLElement} root */
  constructor(root) {
    super(root)
    this.cleanups.watchSize(root, () => this.draw())
  }

  /** @param {import("./kit/pack.js").Packed} packed */
  load({ header }) {
    const isSame = JSON.stringify(header) === JSON.stringify(this.header)
    this.header = header
    this.root.setAttribute("aria-label", header.alt)
    if (!isSame) this.draw()
  }

  draw() {
    const { clientWidth: width, clientHeight: height } = this.root
    if (!this.header || !width || !height) return
    const { spans, meta, revision } = this.header
    const { margin, between } = zoomOf(this.root) > 1 ? LARGE : { margin: MARGIN, between: BETWEEN }
    this.root.axes = { spans, box: boxOf(width, height, spans, margin), width, meta, revision }
    const drawing = drawingOf(this.header, this.root.axes.box, width, height, between)
    const old = this.root.querySelector(":scope > svg")
    if (old) old.replaceWith(drawing)
    else this.root.prepend(drawing)
    this.root.dispatchEvent(new Event(DRAWN))
  }
}

/**
 * The largest place for axes of one scale, at the top.
 * @param {number} width
 * @param {number} height
 * @param {number[][]} spans
 * @param {typeof MARGIN} margin
 * @returns {import("./kit/boxes.js").Box}
 */
function boxOf(width, height, [[left, right], [bottom, top]], margin) {
  const room = [width - margin.left - margin.right, height - margin.top - margin.bottom]
  const scale = Math.max(1, Math.min(room[0] / (right - left), room[1] / (top - bottom)))
  const [across, up] = [scale * (right - left), scale * (top - bottom)]
  return { left: margin.left + (room[0] - across) / 2, top: margin.top, width: across, height: up }
}

/**
 * @param {any} header
 * @param {import("./kit/boxes.js").Box} box
 * @param {number} width
 * @param {number} height
 * @param {number} between pixels between two ticks, at least
 */
function drawingOf({ spans, titles, grid, colours }, box, width, height, between) {
  const svg = element("svg", { width, height, "font-family": FONT, "font-size": 13, "aria-hidden": "true" })
  const area = { x: box.left, y: box.top, width: box.width, height: box.height, fill: "transparent", stroke: colours.grid }
  element("rect", { class: "plane-area", ...area }, svg)
  const [right, bottom] = [box.left + box.width, box.top + box.height]
  for (const [value, text] of ticksOf(spans[0], box.width / between)) {
    const x = box.left + ((value - spans[0][0]) / (spans[0][1] - spans[0][0])) * box.width
    if (grid) element("path", { d: `M${x} ${box.top}V${bottom}`, stroke: colours.grid }, svg)
    label(svg, x, bottom + 17, text, colours.text, "middle")
  }
  for (const [value, text] of ticksOf(spans[1], box.height / between)) {
    const y = bottom - ((value - spans[1][0]) / (spans[1][1] - spans[1][0])) * box.height
    if (grid) element("path", { d: `M${box.left} ${y}H${right}`, stroke: colours.grid }, svg)
    label(svg, box.left - 6, y + 4.5, text, colours.text, "end")
  }
  if (between === LARGE.between) {
    label(svg, right, bottom + 17, titles[0], colours.text, "end")
    label(svg, box.left - 6, box.top + 11, titles[1], colours.text, "end")
    return svg
  }
  label(svg, box.left + box.width / 2, bottom + 38, titles[0], colours.text, "middle")
  const up = label(svg, 0, 0, titles[1], colours.text, "middle")
  up.setAttribute("transform", `translate(${box.left - 32},${box.top + box.height / 2}) rotate(-90)`)
  return svg
}

export default mounting(".plane-axes", PlaneAxes)
