// Decoded pictures, encoded points and the names of their classes, over a chart that has only the axes and the legend.

import { NEARBY } from "./kit/boxes.js"
import { context2d, mosaic, rgb } from "./kit/canvas.js"
import { Component, mounting } from "./kit/mount.js"
import { LETTERS, Overlay } from "./kit/overlay.js"
import { unpack } from "./kit/pack.js"

/** @typedef {import("./kit/overlay.js").Map} Map */
/** @typedef {import("./kit/canvas.js").Context} Context */
/** @typedef {{ name: string, trace: string, colour: string, from: number, to: number, middle: number[] | null }} PointClass */

const BEHIND = 0.55 // opacity of the pictures
const POINTS = 0.8
const NAMES = 0.9
const NAME_HEIGHT = 22

class PlaneView extends Component {
  /** @type {any} */
  header = null
  /** @type {import("./kit/pack.js").Arrays} */
  arrays = {}
  /** @type {HTMLCanvasElement | null} */
  picture = null
  /** @type {Uint8Array | null} the bytes that the page's script gave last */
  scriptBytes = null
  /** @type {any} the header that came last */
  newestHeader = null

  /** @param {HTMLElement} root */
  constructor(root) {
    super(root)
    const holder = /** @type {Element} */ (root.closest("[class*=_points]"))
    this.chart = /** @type {RegExpMatchArray} */ (holder.className.match(/st-key-(\w+)_points/))[1]
    this.overlay = new Overlay("points", (context, x, y) => this.draw(context, x, y))
    this.names = new Overlay("names", (context, x, y, width, height) => this.drawNames(context, x, y, width, height))
    Object.assign(this.overlay, {
      nearest: (/** @type {[number, number, number]} */ ...place) => this.nearest(...place),
      load: (/** @type {Uint8Array} */ drawn) => this.show(unpack(drawn)),
    })
  }

  /**
   * From the page's script, which may say again what was drawn before something newer was asked for.
   * @param {import("./kit/pack.js").Packed} drawn
   */
  load(drawn) {
    const scriptBytes = new Uint8Array(drawn.arrays.points.buffer)
    if (this.scriptBytes?.length === scriptBytes.length && this.scriptBytes.every((byte, i) => byte === scriptBytes[i])) return
    this.scriptBytes = scriptBytes
    this.show(drawn)
  }

  /** @param {import("./kit/pack.js").Packed} drawn */
  async show({ header, arrays }) {
    this.newestHeader = header
    const picture = header.picture && (await pictureOf(arrays.pixels, header.picture, this.picture))
    if (this.newestHeader !== header) return
    Object.assign(this, { header, arrays, picture })
    this.overlay.canvas.dataset.version = header.version
    this.overlay.follow(this.chart)
    this.names.follow(this.chart)
  }

  /** @type {(context: Context, x: Map, y: Map) => void} */
  draw(context, x, y) {
    const { header, arrays, picture } = this
    if (!this.isOurs) return
    if (picture) {
      const [low, high] = header.picture.span
      context.globalAlpha = BEHIND
      context.drawImage(picture, x(low), y(high), x(high) - x(low), y(low) - y(high))
    }
    context.globalAlpha = POINTS
    context.strokeStyle = header.surface
    context.lineWidth = 0.6
    for (const { colour, from, to } of this.classes) {
      context.fillStyle = colour
      for (let i = from; i < to; i++) {
        context.beginPath()
        context.arc(x(arrays.points[2 * i]), y(arrays.points[2 * i + 1]), header.radius, 0, 2 * Math.PI)
        context.fill()
        context.stroke()
      }
    }
    context.globalAlpha = 1
  }

  /**
   * A name stands at the middle of its class's points, if that is to be seen, or at the nearest free place.
   * @type {(context: Context, x: Map, y: Map, width: number, height: number) => void}
   */
  drawNames(context, x, y, width, height) {
    if (!this.isOurs) return
    const ruler = context2d(this.names.canvas) // an SVG's context cannot measure
    ruler.font = context.font = LETTERS
    context.textAlign = "center"
    context.globalAlpha = NAMES
    for (const { name, colour, middle } of this.classes) {
      const place = middle && [x(middle[0]), y(middle[1])]
      if (!place || place[0] < 0 || place[1] < 0 || place[0] > width || place[1] > height) continue
      const box = this.names.claim(place, ruler.measureText(name).width + 8, NAME_HEIGHT, NEARBY)
      if (!box) continue
      context.fillStyle = colour
      context.fillRect(box.left + 1, box.top, box.width - 2, box.height)
      context.fillStyle = "#ffffff"
      context.fillText(name, box.left + box.width / 2, box.top + box.height / 2 + 5)
    }
    context.globalAlpha = 1
  }

  /** Not so over a chart of other axes, which is about to be replaced. */
  get isOurs() {
    return this.overlay.chart.revision === this.header.revision
  }

  /**
   * The classes that are not hidden by a press on the chart's legend.
   * @returns {PointClass[]}
   */
  get classes() {
    const hidden = this.overlay.chart.hiddenNames
    return this.header.classes.filter((/** @type {PointClass} */ { trace }) => !hidden.has(trace))
  }

  /**
   * The visible point within `reach` pixels of a place on the axes: its row among the examples, its class's name, its place.
   * @param {number} px
   * @param {number} py
   * @param {number} reach
   */
  nearest(px, py, reach) {
    const maps = this.overlay.chart.maps
    const [x0, y0] = [maps.x(0), maps.y(0)]
    const [dx, dy] = [maps.x(1) - x0, maps.y(1) - y0]
    const { points, rows } = this.arrays
    let nearest = null
    let least = reach * reach
    for (const { name, from, to } of this.classes) {
      for (let i = from; i < to; i++) {
        const [x, y] = [x0 + dx * points[2 * i], y0 + dy * points[2 * i + 1]]
        const distance = (x - px) ** 2 + (y - py) ** 2
        if (distance < least) {
          least = distance
          nearest = { row: rows[i], name, x, y }
        }
      }
    }
    return nearest
  }

  destroy() {
    this.newestHeader = null
    this.overlay.destroy()
    this.names.destroy()
  }
}

/**
 * @param {Uint8Array<ArrayBuffer>} pixels decoded images, or a PNG
 * @param {any} picture
 * @param {HTMLCanvasElement | null} before a canvas to paint again
 */
async function pictureOf(pixels, { cells, image_shape: imageShape, ink }, before) {
  if (cells) return mosaic(pixels, 0, cells[0], cells[1], imageShape, ink && rgb(ink), before ?? undefined)
  const image = await createImageBitmap(new Blob([pixels], { type: "image/png" }))
  const canvas = Object.assign(document.createElement("canvas"), { width: image.width, height: image.height })
  context2d(canvas).drawImage(image, 0, 0)
  return canvas
}

export default mounting(".plane", PlaneView)
