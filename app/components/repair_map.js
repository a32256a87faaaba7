// p(z | what is seen) over the plane: the smallest regions that hold 50, 90 and 99 % of it, with a violet rim, or draws from it; and the
// letters of the answers.

import { circle, context2d, line, rgb } from "./kit/canvas.js"
import { Component, mounting } from "./kit/mount.js"
import { clamp } from "./kit/numbers.js"
import { Overlay } from "./kit/overlay.js"

/** @typedef {import("./kit/overlay.js").Map} Map */
/** @typedef {import("./kit/canvas.js").Context} Context */

const SHARES = [[0.99, 0.3], [0.9, 0.6], [0.5, 1]] // share of the mass, and how much of its colour is violet
const VEIL = 0.4 // over the plane, so that p(z|y) stands out
const NEIGHBOURS = [[0, 1], [0, -1], [1, 0], [-1, 0]] // the neighbours of a cell
const CLEAR = 12 // pixels about an answer's place that its letter's line leaves free: p(z|y) is to be seen there; a smaller spot has a ring
const AROUND_RING = Array.from({ length: 16 }, (_, k) => [CLEAR * Math.cos((k * Math.PI) / 8), CLEAR * Math.sin((k * Math.PI) / 8)])
/** Ways to a place for a letter, in sixteen directions: the nearest touches the ring. */
const WAYS = [26, 36, 48, 62, 80].flatMap((far) => AROUND_RING.map((way) => way.map((part) => (part * far) / CLEAR)))

class RepairMap extends Component {
  /** @type {any} */
  header = null
  /** @type {import("./kit/pack.js").Arrays} */
  arrays = {}
  /** @type {HTMLCanvasElement | null} */
  regions = null
  overlay = new Overlay("posterior", (context, x, y, width, height) => this.draw(context, x, y, width, height))

  /** @param {import("./kit/pack.js").Packed} packed */
  load({ header, arrays }) {
    if (header.id !== this.header?.id) {
      Object.assign(this, { header, arrays })
      this.regions = arrays.outside ? this.regionsOf(arrays.outside) : null
      this.root.dataset.id = header.id
    }
    this.overlay.follow(header.chart)
  }

  /**
   * A picture of the regions. A cell's value is the share of p(z|y) in denser cells, of 255; rows from the bottom up.
   * @param {Uint8Array} outside
   */
  regionsOf(outside) {
    const [rows, columns] = this.header.raster.shape
    const canvas = Object.assign(document.createElement("canvas"), { width: columns, height: rows })
    const image = new ImageData(columns, rows)
    const { latent, surface } = this.header.colours
    const [violet, ground] = [rgb(latent), rgb(surface)]
    const inks = SHARES.map(([, part]) => violet.map((value, k) => part * value + (1 - part) * ground[k]))
    const isInside = (/** @type {number} */ row, /** @type {number} */ column) =>
      row >= 0 && column >= 0 && row < rows && column < columns && outside[row * columns + column] < SHARES[0][0] * 255
    for (let i = 0; i < outside.length; i++) {
      const [row, column] = [Math.floor(i / columns), i % columns]
      const ring = SHARES.findLastIndex(([share]) => outside[i] < share * 255)
      const isRim = ring < 0 && NEIGHBOURS.some(([up, right]) => isInside(row + up, column + right))
      if (ring >= 0 || isRim) image.data.set([...(isRim ? violet : inks[ring]), 255], 4 * ((rows - 1 - row) * columns + column))
    }
    context2d(canvas).putImageData(image, 0, 0)
    return canvas
  }

  /** @type {(context: Context, x: Map, y: Map, width: number, height: number) => void} */
  draw(context, x, y, width, height) {
    const { header, arrays, regions } = this
    const { colours } = header
    context.globalAlpha = VEIL
    context.fillStyle = colours.surface
    context.fillRect(0, 0, width, height)
    context.globalAlpha = 1
    if (regions) {
      const { low, cell, shape } = header.raster
      const [left, bottom] = [x(low[0]), y(low[1])]
      const [right, top] = [x(low[0] + cell * shape[1]), y(low[1] + cell * shape[0])]
      context.imageSmoothingEnabled = true
      context.drawImage(regions, left, top, right - left, bottom - top)
    }
    const draws = arrays.draws ?? []
    const dot = { fill: colours.latent, stroke: colours.surface, width: 1 }
    for (let i = 0; i + 1 < draws.length; i += 2) circle(context, [x(draws[i]), y(draws[i + 1])], 3.5, dot)
    const places = header.answers.map((/** @type {number[]} */ [a, b]) => [clamp(x(a), 0, width), clamp(y(b), 0, height)])
    this.drawAnswers(context, places, places.filter((/** @type {number[]} */ place) => regions && this.isSmall(place, x, y)))
  }

  /**
   * Whether the spot of p(z|y) at a place is so small that it is hard to find: 99 % do not reach the ring around it, or not even the place.
   * @param {number[]} place
   * @param {Map} x
   * @param {Map} y
   */
  isSmall([left, top], x, y) {
    const { low, cell, shape: [rows, columns] } = this.header.raster
    const cellOf = (/** @type {number} */ pixel, /** @type {Map} */ map, /** @type {number} */ first) =>
      Math.floor((pixel - map(first)) / (map(first + cell) - map(first)))
    const isClear = (/** @type {number[]} */ [right, down]) => {
      const [row, column] = [cellOf(top + down, y, low[1]), cellOf(left + right, x, low[0])]
      return row < 0 || column < 0 || row >= rows || column >= columns || this.arrays.outside[row * columns + column] >= SHARES[0][0] * 255
    }
    return isClear([0, 0]) || AROUND_RING.every(isClear)
  }

  /**
   * The letters of the answers, each in a circle near its place, and rings around small spots, unless a lesson hides the answers.
   * @param {Context} context
   * @param {number[][]} places
   * @param {number[][]} small those whose spots are small
   */
  drawAnswers(context, places, small) {
    this.root.dataset.rings = "0"
    if (document.querySelector(".st-key-repair_side")?.checkVisibility() === false) return
    const { colours } = this.header
    this.root.dataset.rings = String(small.length)
    for (const place of small) {
      circle(context, place, CLEAR, { stroke: colours.surface, width: 6 })
      circle(context, place, CLEAR, { stroke: colours.latent, width: 3 })
    }
    context.font = "bold 13px system-ui, Segoe UI, Roboto, Arial, sans-serif"
    context.textAlign = "center"
    context.textBaseline = "middle"
    for (const place of places) this.overlay.keepOff(place, 12)
    this.overlay.names?.redraw() // names give way to places only, and letters to names: so names stay while letters move
    const taken = [...(this.overlay.names?.boxes ?? [])]
    places.forEach((place, number) => {
      const box = this.overlay.free(place, 26, 26, WAYS, taken)
      if (!box) return // the axes are smaller than a letter
      taken.push(box)
      const middle = [box.left + 13, box.top + 13]
      const part = CLEAR / Math.max(CLEAR, Math.hypot(middle[0] - place[0], middle[1] - place[1]))
      const end = place.map((value, k) => value + part * (middle[k] - value))
      line(context, [end, middle], colours.surface, 5)
      line(context, [end, middle], colours.text, 1.5)
      circle(context, middle, 11, { fill: colours.latent, stroke: colours.surface, width: 2 })
      context.fillStyle = colours.surface
      context.fillText(String.fromCharCode(65 + number), middle[0], middle[1] + 1)
    })
  }

  destroy() {
    this.overlay.destroy()
  }
}

export default mounting(".repair-map", RepairMap)
