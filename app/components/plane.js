// Decoded pictures, encoded points and the names of their classes, over the axes of a plane. The names are the
// legend: where the header says so, a press on one hides its class.

import { LinkedState } from "./kit/address.js"
import { cornersOf, NEARBY, stayingPlace } from "./kit/boxes.js"
import { context2d, contextOf, mosaic } from "./kit/canvas.js"
import { Component, mounting } from "./kit/mount.js"
import { clamp } from "./kit/numbers.js"
import { Overlay } from "./kit/overlay.js"
import { unpack } from "./kit/pack.js"
import { zoomOf } from "./kit/projector.js"
import { drawTiles } from "./kit/tiles.js"
import { countsAround, DOTS, dotToward, nearestDot } from "./plane_dots.js"
import { drawLeader, drawName, NAME_HEIGHT, NAME_LETTERS } from "./plane_names.js"

/** @typedef {import("./kit/overlay.js").Map} AxisMap */
/** @typedef {import("./kit/canvas.js").Context} Context */
/** @typedef {{ name: string, mark?: string, colour: string, from: number, to: number, middle: number[] | null }} PointClass */
/** @typedef {import("./kit/boxes.js").Box} Box */

const POINTS = 0.9 // opacity
const MARK_LETTERS = "bold 9px system-ui, Segoe UI, Roboto, Arial, sans-serif" // of dots whose classes share colours
const FEW_DOTS = 100 // of all classes: names stand above them, where they hide none
const FARTHEST_CORNER = 44 // pixels from where a name belongs: farther off it would lie on another class
const PLACE_HEIGHT = 24 // what a finger has to hit: a projector's pixels are large enough for what is drawn

class PlaneView extends Component {
  /** @type {any} */
  header = null
  /** @type {import("./kit/pack.js").Arrays} */
  arrays = {}
  /** @type {HTMLCanvasElement | null} */
  picture = null
  /** @type {{ canvas: HTMLCanvasElement, key: string }} what is drawn of it */
  tiles = { canvas: document.createElement("canvas"), key: "" }
  /** @type {Uint8Array | null} the bytes that the page's script gave last */
  scriptBytes = null
  /** @type {any} the header that came last */
  newestHeader = null
  /** @type {Set<string>} the names of the classes that the visitor has hidden */
  hidden = new Set()
  /** @type {Map<string, number[]>} where the middle of each name is, in shares of the plane */
  places = new Map()
  /** @type {Map<string, number[]>} the same in the drawing before */
  placesBefore = new Map()
  /** @type {Map<string, HTMLButtonElement>} */
  buttons = new Map()

  /** @param {HTMLElement} root */
  constructor(root) {
    super(root)
    const holder = /** @type {Element} */ (root.closest("[class*=_points]"))
    this.chart = /** @type {RegExpMatchArray} */ (holder.className.match(/st-key-(\w+)_points/))[1]
    this.list = Object.assign(document.createElement("div"), { className: "plane-names" })
    this.list.setAttribute("role", "group")
    this.list.setAttribute("aria-label", "classes on the map: press one to hide its dots")
    this.overlay = new Overlay("points", (context, x, y) => this.draw(context, x, y))
    this.names = new Overlay("names", (context, x, y, width, height) => this.drawNames(context, x, y, width, height))
    this.linked = new LinkedState(this.cleanups, "hidden_classes", () => this.restore())
    Object.assign(this.overlay, {
      around: (/** @type {[number, number, number]} */ ...place) => countsAround(this, ...place),
      nearest: (/** @type {[number, number, number]} */ ...place) => nearestDot(this, ...place),
      toward: (/** @type {[number[], number[]]} */ ...way) => dotToward(this, ...way),
      tile: (/** @type {number[]} */ values) => this.tile(values),
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
    const isFirst = !this.header
    if (this.header?.revision !== header.revision) this.places.clear()
    if (this.header?.version !== header.version) this.placesBefore = new Map(this.places)
    Object.assign(this, { header, arrays, picture })
    this.tiles.key = ""
    if (isFirst) this.restore()
    this.overlay.canvas.dataset.version = header.version
    this.overlay.follow(this.chart)
    this.names.follow(this.chart)
    this.tellDots()
  }

  /** Hides the classes of the page's link. */
  restore() {
    if (!this.header?.legend) return
    const names = this.header.classes.map((/** @type {PointClass} */ { name }) => name)
    this.hidden = new Set(this.linked.numbers.flatMap((number) => names[number] ?? []))
    this.redraw()
  }

  redraw() {
    this.overlay.redraw()
    this.names.redraw()
    this.tellDots()
  }

  /** Which dots are on screen has changed. */
  tellDots() {
    this.overlay.chart.element?.dispatchEvent(new Event(DOTS))
  }

  /** @type {(context: Context, x: AxisMap, y: AxisMap) => void} */
  draw(context, x, y) {
    const { header, arrays, picture } = this
    if (!this.isOurs) return
    if (picture) {
      const [low, high] = header.picture.span
      const [width, height] = [x(high) - x(low), y(low) - y(high)]
      context.drawImage(this.tilesOf(picture, width, height), x(low), y(high), width, height)
    }
    context.globalAlpha = POINTS
    context.strokeStyle = header.surface
    context.lineWidth = 0.6
    for (const { colour, mark, from, to } of this.classes) {
      context.fillStyle = colour
      if (mark) this.drawMarks(context, mark, from, to, x, y)
      else for (let i = from; i < to; i++) {
        context.beginPath()
        context.arc(x(arrays.points[2 * i]), y(arrays.points[2 * i + 1]), header.radius, 0, 2 * Math.PI)
        context.fill()
        context.stroke()
      }
    }
    context.globalAlpha = 1
  }

  /**
   * Dots as letters.
   * @type {(context: Context, mark: string, from: number, to: number, x: AxisMap, y: AxisMap) => void}
   */
  drawMarks(context, mark, from, to, x, y) {
    const { points } = this.arrays
    context.font = MARK_LETTERS
    context.textAlign = "center"
    context.lineWidth = 2.5
    for (let i = from; i < to; i++) {
      const place = /** @type {const} */ ([x(points[2 * i]), y(points[2 * i + 1]) + 3])
      context.strokeText(mark, ...place)
      context.fillText(mark, ...place)
    }
    context.lineWidth = 0.6
  }

  /**
   * The decoded pictures as tiles, as sharp as the screen: four hundred of them are not drawn anew for each change of the points.
   * @param {HTMLCanvasElement} picture
   * @param {number} width in CSS pixels
   * @param {number} height
   */
  tilesOf(picture, width, height) {
    const { tiles, header: { picture: { cells: [rows, columns] } } } = this
    const key = [width, height, window.devicePixelRatio, this.hasPoints].join()
    if (tiles.key !== key) {
      const context = contextOf(tiles.canvas, width, height, this.overlay.canvas)
      drawTiles(context, picture, rows, columns, [0, 0, width, height], this.hasPoints)
      tiles.key = key
    }
    return tiles.canvas
  }

  get hasPoints() {
    return this.arrays.points.length > 0
  }

  /**
   * A name stands at the middle of its class's points, if that is to be seen, or at a free place near it. Over pictures it stands
   * where four of them meet, in their corners: there it hides no digit. Where all near corners are taken, the nearest free place will do.
   * @type {(context: Context, x: AxisMap, y: AxisMap, width: number, height: number) => void}
   */
  drawNames(context, x, y, width, height) {
    if (!this.isOurs) return
    const ruler = context2d(this.names.canvas) // an SVG's context cannot measure
    ruler.font = context.font = NAME_LETTERS
    context.textAlign = "center"
    const { header, hidden } = this
    const isFew = this.arrays.points.length <= 2 * FEW_DOTS
    const corners = this.corners(x, y)
    const ways = [...(corners?.ways ?? []).filter((way) => Math.hypot(...way) <= FARTHEST_CORNER), ...NEARBY]
    const tall = zoomOf(this.names.canvas) > 1 ? NAME_HEIGHT + 2 : PLACE_HEIGHT
    const names = /** @type {(Parameters<Overlay["claimNames"]>[0][0] & { name: string, look: import("./plane_names.js").Look, dots: number[] })[]} */ ([])
    for (const entry of header.legend ? header.classes : this.classes) {
      const { name, mark = name, middle: median, colour } = entry
      if (!median) continue
      const dots = [x(median[0]), y(median[1])]
      const middle = [...dots]
      if (isFew) middle[1] = y(this.top(entry)) - NAME_HEIGHT
      if (header.legend) [middle[0], middle[1]] = [clamp(middle[0], 14, width - 14), clamp(middle[1], 14, height - 14)]
      else if (middle[0] < 0 || middle[1] < 0 || middle[0] > width || middle[1] > height) continue
      const size = Math.max(ruler.measureText(mark).width + 8, NAME_HEIGHT)
      const look = { mark, colour, surface: header.surface, text: header.text, isHidden: hidden.has(name) }
      const start = stayingPlace(this.placesBefore.get(name), dots, width, height) ?? middle
      names.push({ name, look, dots, place: corners?.nearest(start) ?? start, width: size + 2, height: tall, ways })
    }
    const boxes = this.names.claimNames(names)
    boxes.forEach((box, i) => box && !isFew && drawLeader(context, box, names[i].dots, names[i].look))
    boxes.forEach((box, i) => {
      if (!box) return
      this.places.set(names[i].name, [(box.left + box.width / 2) / width, (box.top + box.height / 2) / height])
      drawName(context, box, names[i].look)
      if (header.legend) this.place(names[i].name, box)
    })
    const gone = [...this.buttons].filter(([name]) => !header.classes.some((/** @type {PointClass} */ entry) => entry.name === name))
    for (const [name, button] of gone) {
      button.remove()
      this.buttons.delete(name)
      hidden.delete(name)
    }
  }

  /**
   * Where four cells of the picture meet: the nearest such place to a place, and the ways from it to others, nearest first.
   * @param {AxisMap} x
   * @param {AxisMap} y
   */
  corners(x, y) {
    if (!this.picture) return null
    const { span: [low, high], cells: [rows, columns] } = this.header.picture
    return cornersOf({ left: x(low), top: y(high), width: x(high) - x(low), height: y(low) - y(high) }, rows, columns)
  }

  /**
   * The button over a name: with a pointer and with keys it hides the class, or shows it again.
   * @param {string} name
   * @param {Box} box
   */
  place(name, box) {
    let button = this.buttons.get(name)
    if (!button) {
      button = Object.assign(document.createElement("button"), { type: "button", className: "plane-name" })
      button.setAttribute("role", "checkbox")
      button.setAttribute("aria-label", name)
      button.onclick = () => this.toggle(name)
      this.buttons.set(name, button)
      this.list.append(button)
    }
    const axes = /** @type {Box} */ (this.names.box)
    button.title = this.hidden.has(name) ? `Show ${name} again` : `Hide ${name}`
    button.setAttribute("aria-checked", String(!this.hidden.has(name)))
    Object.assign(button.style, {
      width: `${box.width}px`, height: `${box.height}px`, transform: `translate(${axes.left + box.left}px, ${axes.top + box.top}px)`,
    })
    if (!this.list.isConnected) this.overlay.chart.element?.append(this.list)
  }

  /** @param {string} name */
  toggle(name) {
    if (!this.hidden.delete(name)) this.hidden.add(name)
    this.redraw()
    const numbers = this.header.classes.flatMap((/** @type {PointClass} */ entry, /** @type {number} */ i) => (this.hidden.has(entry.name) ? i : []))
    this.linked.keep(numbers.join())
  }

  /** Not so over other axes, which are about to be replaced. */
  get isOurs() {
    return this.overlay.chart.revision === this.header.revision
  }

  /** The classes that are not hidden. @returns {PointClass[]} */
  get classes() {
    return this.header.classes.filter((/** @type {PointClass} */ { name }) => !this.hidden.has(name))
  }

  /** How far up a class's dots go. @param {PointClass} entry */
  top({ from, to }) {
    let top = -Infinity
    for (let i = from; i < to; i++) top = Math.max(top, this.arrays.points[2 * i + 1])
    return top
  }

  /**
   * The tile at these values of the axes: the picture of all, and the tile's box in it. Null where there is none.
   * @param {number[]} values
   * @returns {{ picture: HTMLCanvasElement, box: [number, number, number, number] } | null}
   */
  tile([across, up]) {
    if (!this.picture || !this.isOurs) return null
    const { span: [low, high], cells: [rows, columns] } = this.header.picture
    const [column, row] = [Math.floor(((across - low) / (high - low)) * columns), Math.floor(((high - up) / (high - low)) * rows)]
    if (column < 0 || row < 0 || column >= columns || row >= rows) return null
    const [width, height] = [this.picture.width / columns, this.picture.height / rows]
    return { picture: this.picture, box: [column * width, row * height, width, height] }
  }

  destroy() {
    super.destroy()
    this.newestHeader = null
    this.overlay.destroy()
    this.names.destroy()
    this.list.remove()
  }
}

/**
 * @param {Uint8Array<ArrayBuffer>} pixels decoded images, or a PNG
 * @param {any} picture
 * @param {HTMLCanvasElement | null} before a canvas to paint again
 */
async function pictureOf(pixels, { cells, image_shape: imageShape }, before) {
  if (imageShape) return mosaic(pixels, 0, cells[0], cells[1], imageShape, null, before ?? undefined)
  const image = await createImageBitmap(new Blob([pixels], { type: "image/png" }))
  const canvas = Object.assign(document.createElement("canvas"), { width: image.width, height: image.height })
  context2d(canvas).drawImage(image, 0, 0)
  return canvas
}

export default mounting(".plane", PlaneView)
