// One model of those side by side: its canvases, and what is drawn on them.

import { contextOf, mosaic, valuesIn } from "./kit/canvas.js"
import { decode } from "./kit/decoder.js"
import { clamp } from "./kit/numbers.js"
import { clipped, drawAxes, drawMark, drawPoints, nameClasses, rowsOfClasses } from "./kit/plane.js"
import { zoomOf } from "./kit/projector.js"
import { drawTiles, GROUND, tileBox } from "./kit/tiles.js"
import { made, picture, Pictures } from "./twin_pictures.js"

/** @typedef {import("./kit/pack.js").Arrays} Arrays */
/** @typedef {{ first: number, count: number, chosen: number }} Draws which draws are on screen, and the number of the one at z, or -1 */

const NEAR_SPAN = [-4, 4]
const LARGEST_PLANE = 480 // pixels
const PROJECTED = { plane: 208, margin: 16, letters: 12 } // margin: no title stands below it; a projector's pixels are larger: draws and planes fit one screen
const MANY_POINTS = 600
const CELLS = { few: 12, many: 20 } // the mosaic along each axis: images of few pixels need larger tiles
const FEW_PIXELS = 200
const DRAWS_IN_A_ROW = { narrow: 10, wide: 5 }
const NARROW = 700 // pixels of all columns together; `twin.css` puts them below each other there
const HOLE = "#ff9d4d"
const FRAME = 3 // pixels around a draw in a hole

export class Column {
  /** @type {Record<string, { picture: HTMLCanvasElement, cells: number[], span: number[] }>} by span */
  mosaics = {}
  /** @type {{ canvas: HTMLCanvasElement, key: string }} what stays while the point moves: axes, mosaic, encoded images, draws */
  ground = { canvas: document.createElement("canvas"), key: "" }
  /** @type {Float32Array | null} the pixels of the draws on screen */
  drawn = null
  drawnFirst = -1
  drawsKey = "" // which draws stand on their canvas: most moves of the point change none

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
    this.draws = picture("draws", `${title}: ten draws from the prior, decoded; arrow keys choose one. ${share}`, true)
    this.element = made("div", "twin-column")
    this.head = made("div", "twin-head")
    this.head.append(made("strong", "", title))
    this.pictures = new Pictures(number, header, "decoded", "picture at z, the mean of p(x|z)")
    if (share) {
      this.head.append(made("p", "twin-share", share), this.draws)
      this.pictures.element.append(this.pictures.nearest)
    }
    this.body = made("div", "twin-body")
    this.body.append(this.plane, this.pictures.element)
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

  get drawsInARow() {
    return this.isLow || this.isNarrow ? DRAWS_IN_A_ROW.narrow : DRAWS_IN_A_ROW.wide
  }

  /** Whether it must fit a projector's screen. */
  get isLow() {
    return zoomOf(this.head) > 1
  }

  /** @param {number[]} z */
  decode(z) {
    return decode(this.decoder, z)
  }

  /**
   * Ten draws as tiles: one in a hole has a frame and a cross, so that nothing rests on colour alone.
   * @param {Draws} draws
   */
  drawDraws({ first, count, chosen }) {
    if (!count) return
    const { header, arrays, draws: canvas, side } = this
    const columns = this.drawsInARow
    const rows = Math.ceil(count / columns)
    const key = [first, count, chosen, side, columns, window.devicePixelRatio].join()
    if (this.drawsKey === key) return
    this.drawsKey = key
    if (this.drawnFirst !== first) {
      this.drawn = new Float32Array(count * valuesIn(header.image_shape))
      for (let i = 0; i < count; i++) this.drawn.set(this.decode(this.drawAt(first + i)), i * valuesIn(header.image_shape))
      this.drawnFirst = first
    }
    const pixels = /** @type {Float32Array} */ (this.drawn)
    canvas.style.width = `${side}px`
    const [height, width] = header.image_shape
    const context = contextOf(canvas, side, Math.round((side / columns) * rows * (height / width)))
    canvas.pixels = pixels
    const places = new Float32Array(rows * columns * valuesIn(header.image_shape)) // the last row may have empty ones
    places.set(pixels.map((value) => 255 * clamp(value, 0, 1)))
    const box = /** @type {import("./kit/tiles.js").Box} */ ([0, 0, side, canvas.clientHeight])
    drawTiles(context, mosaic(places, 0, rows, columns, header.image_shape), rows, columns, box)
    for (let i = 0; i < count; i++) {
      const [left, top, w, h] = tileBox(box, rows, columns, i)
      if (first + i === chosen) frame(context, [left, top, w, h], Math.min(2 * FRAME, 0.12 * w), header.colours.latent)
      if (arrays[`holes${this.number}`][first + i] !== 1) continue
      if (first + i !== chosen) frame(context, [left, top, w, h], Math.min(FRAME, 0.08 * w), HOLE)
      cross(context, left + 0.82 * w, top + 0.18 * h, Math.min(5, 0.1 * w))
    }
  }

  /** @param {number} number */
  drawAt(number) {
    const { latent_dim: size } = this.header
    return Array.from(this.arrays.draws.subarray(number * size, (number + 1) * size))
  }

  /**
   * Which of the ten draws lies at a place on their canvas; -1 for none.
   * @param {number} px
   * @param {number} py
   * @param {number} count
   */
  drawUnder(px, py, count) {
    const { clientWidth: width, clientHeight: height } = this.draws
    const columns = this.drawsInARow
    const rows = Math.ceil(count / columns)
    const [column, row] = [Math.floor((px / width) * columns), Math.floor((py / height) * rows)]
    const number = row * columns + column
    return column >= 0 && column < columns && row >= 0 && row < rows && number < count ? number : -1
  }

  /**
   * @param {boolean} isWide
   * @param {Draws} draws
   * @param {number[]} z
   * @param {ArrayLike<number>} zOfX where the model puts z of the chosen x
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
      drawMark(context, plane, zOfX, colours.data, colours.surface, "x", letters)
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
    const { header: { axes }, arrays } = this
    const z = this.drawAt(number)
    const [x, y] = [plane.x(z[axes[0]]), plane.y(axes.length > 1 ? z[axes[1]] : 0)]
    if (arrays[`holes${this.number}`][number] === 1) return cross(context, x, y, 6)
    context.fillStyle = GROUND
    context.fillRect(x - 6, y - 6, 12, 12)
    context.fillStyle = "#ffffff"
    context.fillRect(x - 4, y - 4, 8, 8)
  }

  /**
   * Axes, mosaic, encoded images, the prior's circles and the draws, drawn anew only where something of them changed.
   * @param {boolean} isWide
   * @param {number} side
   * @param {Draws} draws
   */
  drawGround(isWide, side, { first, count }) {
    const { ground, header, arrays } = this
    const { colours, class_colours: classColours, titles, reach, class_names: names } = header
    const span = isWide ? [-reach, reach] : NEAR_SPAN
    const key = [side, isWide, first, count, window.devicePixelRatio].join()
    if (ground.key === key) return /** @type {import("./kit/plane.js").Plane} */ (ground.canvas.plane)
    const context = contextOf(ground.canvas, side, side, this.body)
    const plane = drawAxes(context, side, span, titles, colours, this.mosaicOn(span), this.isLow)
    const points = arrays[`points${this.number}`]
    clipped(context, plane, () => {
      drawPoints(context, plane, points, arrays.labels, classColours, colours.encoder, arrays.labels.length > MANY_POINTS ? 2 : 3)
      context.strokeStyle = "#ffffff" // over the tiles, which are dark in both themes
      context.setLineDash([5, 5])
      for (const radius of [1, 2]) {
        context.beginPath()
        context.arc(plane.x(0), plane.y(0), plane.x(radius) - plane.x(0), 0, 2 * Math.PI)
        context.stroke()
      }
      context.setLineDash([])
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

  /**
   * The most similar picture of a test image, beside that of a draw.
   * @param {number} number -1: z is no draw
   */
  drawNearest(number) {
    const { latent_dim: size } = this.header
    const code = this.arrays[`nearest${this.number}`]?.subarray(number * size, (number + 1) * size)
    const distance = this.arrays[`distances${this.number}`]?.[number]
    const pixels = number < 0 || !code ? null : this.decode(Array.from(code))
    const drawn = pixels ? this.decode(this.drawAt(number)) : new Float32Array()
    this.pictures.drawNearest(pixels, drawn, distance, this.header.models[this.number].limit)
  }
}

/**
 * A frame within a box.
 * @param {CanvasRenderingContext2D} context
 * @param {import("./kit/tiles.js").Box} box
 * @param {number} thickness
 * @param {string} colour
 */
function frame(context, [left, top, width, height], thickness, colour) {
  context.lineWidth = thickness
  context.strokeStyle = colour
  context.strokeRect(left + thickness / 2, top + thickness / 2, width - thickness, height - thickness)
}

/**
 * A cross with a dark rim.
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 * @param {number} reach
 */
function cross(context, x, y, reach) {
  context.lineCap = "round"
  for (const [width, colour] of /** @type {[number, string][]} */ ([[6, GROUND], [3, HOLE]])) {
    context.beginPath()
    context.moveTo(x - reach, y - reach)
    context.lineTo(x + reach, y + reach)
    context.moveTo(x + reach, y - reach)
    context.lineTo(x - reach, y + reach)
    context.lineWidth = width
    context.strokeStyle = colour
    context.stroke()
  }
  context.lineCap = "butt"
}
