// The ten draws of one model of those side by side: tiles with the class of the most similar test images below each.

import { contextOf, mosaic, valuesIn } from "./kit/canvas.js"
import { clamp } from "./kit/numbers.js"
import { drawTiles, GROUND, tileBox } from "./kit/tiles.js"
import { picture } from "./twin_pictures.js"
import { HOLE_COLOUR } from "./twin_places.js"

/** @typedef {{ first: number, count: number, chosen: number, isPressed: boolean }} Shown which draws are on screen; the one at z, or -1, and whether a hand chose it */

const IN_A_ROW = { small: 10, usual: 5 }
const LETTERS = { small: 12, usual: 15 } // pixels
const FRAME = 3 // pixels around a draw in a hole

export class Draws {
  /** @type {Float32Array} the pixels of the draws on screen */
  pixels = new Float32Array()
  first = -1
  key = "" // what stands on the canvas: most moves of the point change nothing

  /** @param {import("./twin_column.js").Column} column */
  constructor(column) {
    this.column = column
    const { title, share } = column.header.models[column.number]
    this.about = `${title}: ten draws from the prior, decoded; arrow keys choose one. ${share}`
    this.canvas = picture("draws", this.about, true)
  }

  /** Whether all ten stand in one row: so those of all models are in sight. */
  get isSmall() {
    return this.column.isLow || this.column.isNarrow
  }

  get inARow() {
    return this.isSmall ? IN_A_ROW.small : IN_A_ROW.usual
  }

  /** The size of a tile's image and of the letters below it. */
  get sizes() {
    const { header: { image_shape: [height, width] }, arrays, number, side } = this.column
    const letters = this.isSmall ? LETTERS.small : LETTERS.usual
    return { image: Math.round((side / this.inARow) * (height / width)), letters, line: arrays[`classes${number}`] ? Math.round(1.35 * letters) : 0 }
  }

  /** @param {Shown} shown */
  draw({ first, count, chosen }) {
    if (!count) return
    const { column, canvas, inARow } = this
    const { header, side } = column
    const { image, line } = this.sizes
    const rows = Math.ceil(count / inARow)
    const key = [first, count, chosen, side, inARow, window.devicePixelRatio].join()
    if (this.key === key) return
    this.key = key
    this.decode(first, count)
    canvas.style.width = `${side}px`
    const context = contextOf(canvas, side, rows * (image + line))
    context.fillStyle = GROUND
    context.fillRect(0, 0, side, rows * (image + line))
    const places = new Float32Array(rows * inARow * valuesIn(header.image_shape)) // the last row may have empty ones
    places.set(this.pixels.map((value) => 255 * clamp(value, 0, 1)))
    for (let row = 0; row < rows; row++) {
      const strip = mosaic(places, row * inARow * valuesIn(header.image_shape), 1, inARow, header.image_shape)
      drawTiles(context, strip, 1, inARow, [0, row * (image + line), side, image])
    }
    for (let i = 0; i < count; i++) {
      const row = Math.floor(i / inARow)
      this.mark(context, first + i, first + i === chosen, tileBox([0, row * (image + line), side, image], 1, inARow, i % inARow))
    }
  }

  /**
   * @param {number} first
   * @param {number} count
   */
  decode(first, count) {
    if (this.first === first) return
    this.first = first
    const { column, canvas } = this
    const numbers = Array.from({ length: count }, (_, i) => first + i)
    this.pixels = canvas.pixels = Float32Array.from(numbers.flatMap((number) => [...column.decode(column.drawAt(number))]))
    const kinds = numbers.map((number) => column.classOf(number)).filter(Boolean)
    canvas.dataset.classes = kinds.join()
    canvas.setAttribute("aria-label", kinds.length ? `${this.about}. Most like ${kinds.join(", ")}` : this.about)
  }

  /**
   * A tile in a hole has a frame and a cross, so that nothing rests on colour alone. Below it stands its class.
   * @param {CanvasRenderingContext2D} context
   * @param {number} number of the draw
   * @param {boolean} isChosen
   * @param {import("./kit/tiles.js").Box} box
   */
  mark(context, number, isChosen, box) {
    const [left, top, width, height] = box
    const { letters, line } = this.sizes
    if (line) {
      context.font = `bold ${letters}px system-ui, Segoe UI, Roboto, Arial, sans-serif`
      context.textAlign = "center"
      context.fillStyle = "#ffffff"
      context.fillText(fitted(context, this.column.classOf(number), width - 4), left + width / 2, top + height + letters)
      context.textAlign = "left"
    }
    const thickness = Math.min(FRAME, 0.08 * width)
    const isHole = this.column.isHole(number)
    if (isChosen) frame(context, box, isHole ? thickness : 2 * thickness, this.column.header.colours.latent)
    if (!isHole) return
    const inset = isChosen ? thickness : 0
    frame(context, [left + inset, top + inset, width - 2 * inset, height - 2 * inset], thickness, HOLE_COLOUR)
    cross(context, left + 0.82 * width, top + 0.18 * height, Math.min(5, 0.1 * width))
  }

  /**
   * Which of the draws lies at a place on their canvas; -1 for none.
   * @param {number} px
   * @param {number} py
   * @param {number} count
   */
  under(px, py, count) {
    const { clientWidth: width, clientHeight: height } = this.canvas
    const columns = this.inARow
    const rows = Math.ceil(count / columns)
    const [column, row] = [Math.floor((px / width) * columns), Math.floor((py / height) * rows)]
    const number = row * columns + column
    return column >= 0 && column < columns && row >= 0 && row < rows && number < count ? number : -1
  }
}

/**
 * A text, cut where it would be wider.
 * @param {CanvasRenderingContext2D} context
 * @param {string} text
 * @param {number} width
 */
function fitted(context, text, width) {
  const letters = Array.from(text)
  let count = letters.length
  const cut = () => (count < letters.length ? `${letters.slice(0, count).join("")}…` : text)
  while (count > 1 && context.measureText(cut()).width > width) count--
  return cut()
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
export function cross(context, x, y, reach) {
  context.lineCap = "round"
  for (const [width, colour] of /** @type {[number, string][]} */ ([[6, GROUND], [3, HOLE_COLOUR]])) {
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
