// One model of those side by side: its canvases, and what is drawn on them.

import { contextOf, mosaic, valuesIn } from "./kit/canvas.js"
import { decode } from "./kit/decoder.js"
import { clamp } from "./kit/numbers.js"
import { clipped, drawAxes, drawMark, drawPoints, nameClasses, rowsOfClasses } from "./kit/plane.js"
import { zoomOf } from "./kit/projector.js"
import { GROUND } from "./kit/tiles.js"
import { cross, Draws } from "./twin_draws.js"
import { made, Picture, picture } from "./twin_pictures.js"
import { Places } from "./twin_places.js"

/** @typedef {import("./kit/pack.js").Arrays} Arrays */
/** @typedef {import("./twin_draws.js").Shown} Shown */

const LARGEST_PLANE = 480 // pixels
const SMALL_PLANE = 350 // draws are smaller on it
const PROJECTED = { plane: 206, margin: 16, letters: 12 } // margin: no title stands below it; a projector's pixels are larger: draws and planes fit one screen
const MANY_POINTS = 600
const CELLS = { few: 12, many: 20 } // the mosaic along each axis: images of few pixels need larger tiles
const FEW_PIXELS = 200
const NARROW = 700 // pixels of all columns together; `twin.css` puts them below each other there

const CIRCLE = "99 % of draws" // inside the dashed circle: `LEVEL` of vae_core/studies/holes.py

export class Column {
  /** @type {Record<string, { picture: HTMLCanvasElement, cells: number[], span: number[] }>} by span */
  mosaics = {}
  /** @type {{ canvas: HTMLCanvasElement, key: string }} what stays while the point moves: axes, mosaic, encoded images, draws */
  ground = { canvas: document.createElement("canvas"), key: "" }

  /**
   * @param {number} number the model's arrays end in it
   * @param {any} header
   * @param {Arrays} arrays
   * @param {import("./kit/decoder.js").Decoder} decoder
   */
  constructor(number, header, arrays, decoder) {
    this.number = number
    this.header = header
    this.arrays = arrays
    this.decoder = decoder
    this.rows = rowsOfClasses(arrays.labels, header.class_names.length)
    const { title, share } = header.models[number]
    this.plane = picture("plane", `${title}: latent map; arrow keys move the point, with Shift farther`, true)
    this.draws = new Draws(this)
    this.places = new Places(number, header, arrays)
    this.element = made("div", "twin-column")
    this.head = made("div", "twin-head")
    this.head.append(made("strong", "", title))
    this.picture = new Picture(number, header, "decoded", "picture at z")
    if (share) this.head.append(made("p", "twin-share", share), this.draws.canvas)
    this.body = made("div", "twin-body")
    this.body.append(this.plane, this.picture.element)
    this.element.append(this.head, this.body)
  }

  /** The width of all columns together. */
  get width() {
    return this.element.parentElement?.clientWidth ?? 0
  }

  get isNarrow() {
    return this.width < NARROW
  }

  get side() {
    const room = this.isNarrow ? this.width : this.body.clientWidth
    return Math.min(room, this.isLow ? PROJECTED.plane : LARGEST_PLANE)
  }

  /** Whether it must fit a projector's screen. */
  get isLow() {
    return zoomOf(this.head) > 1
  }

  /** @param {number[]} z */
  decode(z) {
    return decode(this.decoder, z)
  }

  /** @param {number} number */
  drawAt(number) {
    const { latent_dim: size } = this.header
    return Array.from(this.arrays.draws.subarray(number * size, (number + 1) * size))
  }

  /**
   * @param {boolean} isWide
   * @param {Shown} draws
   * @param {number[]} z
   * @param {ArrayLike<number> | null} zOfX where the model puts z of the chosen x, where that is shown
   */
  drawPlane(isWide, draws, z, zOfX) {
    const { plane: canvas, header: { axes, colours }, side } = this
    if (!side) return
    canvas.style.width = `${side}px`
    const plane = this.drawGround(isWide, side, draws)
    const context = contextOf(canvas, side, this.isLow ? side - PROJECTED.margin : side)
    context.drawImage(this.ground.canvas, 0, 0, side, side)
    canvas.plane = plane
    const letters = this.isLow ? PROJECTED.letters : undefined
    clipped(context, plane, () => {
      if (zOfX) drawMark(context, plane, zOfX, colours.data, colours.surface, "x", letters)
      drawMark(context, plane, [z[axes[0]], axes.length > 1 ? z[axes[1]] : 0], colours.latent, colours.surface, "z", letters)
    })
  }

  /**
   * A draw on the plane: a cross in a hole, else a white square.
   * @param {CanvasRenderingContext2D} context
   * @param {import("./kit/plane.js").Plane} plane
   * @param {number} number
   */
  drawDraw(context, plane, number) {
    const { header: { axes } } = this
    const z = this.drawAt(number)
    const [x, y] = [plane.x(z[axes[0]]), plane.y(axes.length > 1 ? z[axes[1]] : 0)]
    if (this.isHole(number)) return cross(context, x, y, 6)
    const half = this.side < SMALL_PLANE ? 3 : 4
    context.fillStyle = GROUND
    context.fillRect(x - half - 2, y - half - 2, 2 * half + 4, 2 * half + 4)
    context.fillStyle = "#ffffff"
    context.fillRect(x - half, y - half, 2 * half, 2 * half)
  }

  /**
   * Axes, mosaic, encoded images, the prior's circles and the draws, drawn anew only where something of them changed.
   * @param {boolean} isWide
   * @param {number} side
   * @param {Shown} draws
   */
  drawGround(isWide, side, { first, count }) {
    const { ground, header, arrays } = this
    const { colours, class_colours: classColours, titles, spans, class_names: names } = header
    const reach = isWide ? spans.all : spans.near
    const span = [-reach, reach]
    const key = [side, isWide, first, count, window.devicePixelRatio].join()
    if (ground.key === key) return /** @type {import("./kit/plane.js").Plane} */ (ground.canvas.plane)
    const context = contextOf(ground.canvas, side, side, this.body)
    const backdrop = { ...this.mosaicOn(span), cover: (/** @type {import("./kit/plane.js").Plane} */ covered) => this.places.draw(context, covered, reach) }
    const plane = drawAxes(context, side, span, titles, colours, backdrop, this.isLow)
    const points = arrays[`points${this.number}`]
    clipped(context, plane, () => {
      drawPoints(context, plane, points, arrays.labels, classColours, colours.encoder, arrays.labels.length > MANY_POINTS ? 2 : 3)
      context.strokeStyle = "#ffffff" // over the tiles, which are dark in both themes
      context.setLineDash([5, 5])
      context.beginPath()
      context.arc(plane.x(0), plane.y(0), plane.x(header.radius) - plane.x(0), 0, 2 * Math.PI)
      context.stroke()
      context.setLineDash([])
      label(context, plane.x(0), plane.y(header.radius) - 6, CIRCLE)
      nameClasses(context, plane, points, this.rows, names, colours, this.isLow ? PROJECTED.letters : undefined)
      for (let i = first; i < first + count; i++) this.drawDraw(context, plane, i)
    })
    ground.key = key
    ground.canvas.plane = plane
    return plane
  }

  /**
   * The decoded plane, other latent dimensions at 0.
   * @param {number[]} span
   */
  mosaicOn(span) {
    const { axes, latent_dim: size, image_shape: imageShape } = this.header
    const [low, high] = span
    const cells = valuesIn(imageShape) <= FEW_PIXELS ? CELLS.few : CELLS.many
    return (this.mosaics[high] ??= (() => {
      const pixels = new Float32Array(cells * cells * valuesIn(imageShape))
      const middle = (/** @type {number} */ cell) => low + ((cell + 0.5) / cells) * (high - low)
      for (let cell = 0; cell < cells * cells; cell++) {
        const z = new Array(size).fill(0)
        z[axes[0]] = middle(cell % cells)
        if (axes.length > 1) z[axes[1]] = -middle(Math.floor(cell / cells)) // rows from the top down
        pixels.set(this.decode(z).map((value) => 255 * clamp(value, 0, 1)), cell * valuesIn(imageShape))
      }
      return { picture: mosaic(pixels, 0, cells, cells, imageShape), cells: [cells, cells], span }
    })())
  }

  /** @param {number} number of a draw */
  isHole(number) {
    return this.arrays[`holes${this.number}`][number] === 1
  }

  /**
   * A draw's picture and the most similar one of a test image, how far apart they are.
   * @param {number} number
   */
  likeness(number) {
    const { header, arrays, number: model } = this
    const size = header.latent_dim
    return {
      drawn: this.decode(this.drawAt(number)),
      nearest: this.decode(Array.from(arrays[`nearest${model}`].subarray(number * size, (number + 1) * size))),
      distance: arrays[`distances${model}`][number],
      limit: header.models[model].limit,
      isHole: this.isHole(number),
    }
  }

  /**
   * The class of the test images whose pictures are most similar to a draw's; "?" where they have unlike ones, "" where images have none.
   * @param {number} number of the draw
   */
  classOf(number) {
    const classes = this.arrays[`classes${this.number}`]
    return classes ? (this.header.class_names[classes[number]] ?? "?") : ""
  }
}

/**
 * Words over the tiles of a map, which are dark in both themes.
 * @param {CanvasRenderingContext2D} context
 * @param {number} x of their middle
 * @param {number} y of the line on which they stand
 * @param {string} words
 */
function label(context, x, y, words) {
  context.font = "bold 12px system-ui, Segoe UI, Roboto, Arial, sans-serif"
  context.textAlign = "center"
  context.textBaseline = "alphabetic"
  context.lineJoin = "round"
  context.lineWidth = 4
  context.strokeStyle = GROUND
  context.strokeText(words, x, y)
  context.fillStyle = "#ffffff"
  context.fillText(words, x, y)
  context.textAlign = "left"
}
