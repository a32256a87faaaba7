// The plane of the page to take home: axes, decoded pictures, encoded points, the names of their classes as buttons that hide them,
// a path, and the ring at the point. What moves lies on layers of its own, so that a moving point draws nothing anew. Places of
// elements are shares of the plane, which paper shows at another size.

import { cornersOf, freeBox, NEARBY } from "./kit/boxes.js"
import { contextOf, inkOn, line, mosaic, valuesIn } from "./kit/canvas.js"
import { decode } from "./kit/decoder.js"
import { clamp, upperMedian } from "./kit/numbers.js"
import { drawLeader } from "./plane_names.js"
import { clipped, drawAxes, drawMark, drawPoints, rowsOfClasses } from "./kit/plane.js"

/** @typedef {import("./kit/plane.js").Colours} Colours */
/** @typedef {import("./kit/decoder.js").Decoder} Decoder */
/** @typedef {import("./kit/boxes.js").Box} Box */
/**
 * What `take_home.py` packs beside the decoder: z = rest + a u + b v with (u, v) the rows of `basis`; `ends` are those of the path.
 * @typedef {{ basis: number[][], rest: number[], span: number[], titles: string[], cells: number, ends: number[][],
 *   classes: { name: string, colour: string }[], colours: { light: Colours, dark: Colours } }} About
 */

const RADIUS = 3
const SLICE_MS = 6 // decoding goes on so long between two looks at what the hand does
const TITLE_LEFT = 11 // the title of the upright axis stands beside its numbers, since the pictures fill the plane
const END_PIXELS = 22 // an end of the path with its letter, which names keep clear

export class HomePlane {
  /** @type {{ span: number[], picture: HTMLCanvasElement, cells: number[] } | null} */
  backdrop = null
  /** @type {import("./kit/plane.js").Plane | null} of the last drawing */
  plane = null
  /** @type {Set<number>} the classes that are hidden */
  hidden = new Set()
  /** @type {number[]} the point at which the ring is */
  z = []
  side = 0 // how large the last drawing was, in pixels

  /**
   * @param {HTMLElement} root
   * @param {About} about
   * @param {import("./kit/pack.js").Arrays} arrays `points` (count, 2) and `labels` (count,), 255 without a class
   * @param {() => Colours} coloursNow
   */
  constructor(root, about, { points, labels }, coloursNow) {
    const part = (/** @type {string} */ selector) => root.querySelector(selector)
    this.root = root
    this.about = about
    this.points = /** @type {Float32Array} */ (points)
    this.labels = /** @type {Uint8Array} */ (labels)
    this.coloursNow = coloursNow
    this.ends = about.ends
    this.ground = /** @type {HTMLCanvasElement} */ (part("[data-role=ground]"))
    this.path = /** @type {HTMLCanvasElement} */ (part("[data-role=path]"))
    this.ring = /** @type {HTMLElement} */ (part(".plane-cursor"))
    this.layer = /** @type {HTMLElement} */ (part(".plane-point"))
    const rows = rowsOfClasses(this.labels, about.classes.length)
    this.middles = rows.map((own) => [0, 1].map((axis) => upperMedian(own.map((row) => points[2 * row + axis]))))
    const list = /** @type {HTMLElement} */ (part(".plane-names"))
    this.buttons = about.classes.map((_, number) => list.appendChild(this.button(number)))
  }

  /** @param {number} number of a class */
  button(number) {
    const { name, colour } = this.about.classes[number]
    const button = Object.assign(document.createElement("button"), { type: "button", className: "plane-name", title: `Hide ${name}` })
    button.setAttribute("role", "checkbox")
    button.setAttribute("aria-checked", "true")
    const letters = button.appendChild(Object.assign(document.createElement("span"), { textContent: name }))
    Object.assign(letters.style, { background: colour, color: inkOn(colour) })
    button.onclick = () => {
      if (!this.hidden.delete(number)) this.hidden.add(number)
      const isHidden = this.hidden.has(number)
      button.setAttribute("aria-checked", String(!isHidden))
      button.title = `${isHidden ? "Show" : "Hide"} ${name}`
      this.draw()
    }
    return button
  }

  /**
   * Decodes the pictures behind the points, a slice of time at a time, then draws them. With one latent dimension there are none.
   * @param {Decoder} decoder
   * @param {number[]} imageShape
   */
  async paint(decoder, imageShape) {
    const { span: [low, high], cells, basis } = this.about
    if (basis.length < 2) return
    const size = valuesIn(imageShape)
    const images = new Uint8ClampedArray(cells * cells * size)
    const at = (/** @type {number} */ k) => low + ((k + 0.5) / cells) * (high - low)
    let began = performance.now()
    for (let cell = 0; cell < cells * cells; cell++) {
      if (performance.now() - began > SLICE_MS) {
        await new Promise((go) => setTimeout(go))
        began = performance.now()
      }
      const position = [at(cell % cells), -at(Math.floor(cell / cells))]
      decode(decoder, this.pointAt(position)).forEach((value, i) => (images[cell * size + i] = 255 * value))
    }
    this.backdrop = { span: this.about.span, picture: mosaic(images, 0, cells, cells, imageShape), cells: [cells, cells] }
    this.draw()
  }

  draw() {
    const side = (this.side = this.root.clientWidth)
    if (!side) return
    const { about: { span, titles, classes }, backdrop } = this
    const colours = this.coloursNow()
    const context = contextOf(this.ground, side, side)
    const plane = (this.plane = drawAxes(context, side, span, [titles[0], ""], colours, backdrop))
    drawUpwards(context, titles[1], TITLE_LEFT, plane.box[1] + plane.box[3] / 2, colours.muted)
    const rows = Array.from(this.labels.keys()).filter((row) => !this.hidden.has(this.labels[row]))
    const points = rows.flatMap((row) => [this.points[2 * row], this.points[2 * row + 1]])
    const labels = rows.map((row) => this.labels[row])
    const dots = classes.slice(0, 10).map(({ colour }) => colour)
    clipped(context, plane, () => drawPoints(context, plane, points, labels, dots, colours.encoder, RADIUS))
    this.drawPath()
    this.placeRing()
  }

  /** The path from A to B, and the names of classes where they cover neither. */
  drawPath() {
    const { plane, ends, side } = this
    if (!plane) return
    const { latent, surface } = this.coloursNow()
    const context = contextOf(this.path, side, side)
    const places = ends.map(([a, b]) => [plane.x(a), plane.y(b)])
    this.placeNames(context, places)
    if (ends.length > 1) {
      line(context, places, surface, 6)
      line(context, places, latent, 3)
    }
    ends.forEach((end, k) => drawMark(context, plane, end, latent, surface, "AB"[k]))
  }

  /**
   * @param {CanvasRenderingContext2D} context for the lines from names to their dots
   * @param {number[][]} ends
   */
  placeNames(context, ends) {
    const { x, y, box: [left, top, width, height] } = /** @type {import("./kit/plane.js").Plane} */ (this.plane)
    const [area, { cells, classes }, { surface, text }] = [{ left, top, width, height }, this.about, this.coloursNow()]
    const corners = this.backdrop && cornersOf(area, cells, cells)
    /** @type {Box[]} */
    const taken = ends.map(([px, py]) => ({ left: px - 10, top: py - 10, width: 10 + END_PIXELS, height: 20 }))
    this.buttons.forEach((button, number) => {
      const [a, b] = this.middles[number]
      if (a === undefined || b === undefined) return
      const [w, h] = [button.offsetWidth + 2, button.offsetHeight + 2]
      const dots = [x(a), y(b)]
      const place = [clamp(dots[0], left + w / 2, left + width - w / 2), clamp(dots[1], top + h / 2, top + height - h / 2)]
      const box = freeBox(corners?.nearest(place) ?? place, w, h, corners?.ways ?? NEARBY, taken, area)
      if (!box) return
      taken.push(box)
      const { name: mark, colour } = classes[number]
      drawLeader(context, box, dots, { mark, colour, surface, text, isHidden: this.hidden.has(number) })
      Object.assign(button.style, { left: this.share(box.left + 1), top: this.share(box.top + 1) })
    })
  }

  placeRing() {
    if (!this.plane) return
    const { x, y } = this.plane
    const [a, b = 0] = this.position(this.z)
    this.layer.style.transform = `translate(${this.share(x(a))}, ${this.share(y(b))})` // a layer as large as the plane
  }

  /** @param {number} pixels */
  share(pixels) {
    return `${(100 * pixels) / this.side}%`
  }

  /**
   * The position of z on the plane.
   * @param {number[]} z
   * @returns {number[]}
   */
  position(z) {
    return this.about.basis.map((direction) => direction.reduce((sum, u, i) => sum + u * z[i], 0))
  }

  /**
   * The point z at a position: its parts off the plane stay at `rest`.
   * @param {number[]} position
   */
  pointAt(position) {
    const z = Array.from(this.about.rest)
    this.about.basis.forEach((direction, k) => direction.forEach((u, i) => (z[i] += u * position[k])))
    return z
  }

  /**
   * The position under a pointer, or the nearest one on the plane.
   * @param {MouseEvent} event
   * @returns {number[]}
   */
  positionUnder({ clientX, clientY }) {
    if (!this.plane) return [0, 0]
    const { left: pageLeft, top: pageTop } = this.root.getBoundingClientRect()
    const { latent, box: [left, top, width, height] } = this.plane
    return latent(clamp(clientX - pageLeft, left, left + width), clamp(clientY - pageTop, top, top + height))
  }

  /**
   * A position, or the nearest one on the plane.
   * @param {number[]} position
   */
  within(position) {
    const [low, high] = this.about.span
    return position.map((value) => clamp(value, low, high))
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {string} text
 * @param {number} x
 * @param {number} y
 * @param {string} colour
 */
function drawUpwards(context, text, x, y, colour) {
  context.save()
  context.translate(x, y)
  context.rotate(-Math.PI / 2)
  context.fillStyle = colour
  context.textAlign = "center"
  context.fillText(text, 0, 0)
  context.restore()
}
