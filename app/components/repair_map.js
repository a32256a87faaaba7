// p(z | what is seen) over the plane: the smallest regions that hold 50, 90 and 99 % of it, or draws from it; and the letters
// of the answers.

import { AROUND } from "./kit/boxes.js"
import { circle, context2d, line, rgb } from "./kit/canvas.js"
import { Component, mounting } from "./kit/mount.js"
import { clamp } from "./kit/numbers.js"
import { Overlay } from "./kit/overlay.js"

/** @typedef {import("./kit/overlay.js").Map} Map */
/** @typedef {import("./kit/canvas.js").Context} Context */

const SHARES = [[0.99, 90], [0.9, 160], [0.5, 255]] // share of the mass, opacity of 255
const VEIL = 0.5 // over the plane, so that p(z|y) stands out

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
    const ink = rgb(this.header.colours.latent)
    for (let i = 0; i < outside.length; i++) {
      const at = 4 * ((rows - 1 - Math.floor(i / columns)) * columns + (i % columns))
      image.data.set(ink, at)
      for (const [share, opacity] of SHARES) if (outside[i] < share * 255) image.data[at + 3] = opacity
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
    this.drawAnswers(context, places)
  }

  /**
   * The letters of the answers, each in a circle near its place, unless a lesson hides the answers.
   * @param {Context} context
   * @param {number[][]} places
   */
  drawAnswers(context, places) {
    if (document.querySelector(".st-key-repair_side")?.checkVisibility() === false) return
    const { colours } = this.header
    context.font = "bold 13px system-ui, Segoe UI, Roboto, Arial, sans-serif"
    context.textAlign = "center"
    context.textBaseline = "middle"
    for (const place of places) this.overlay.keepOff(place, 12)
    places.forEach((place, number) => {
      const box = this.overlay.claim(place, 26, 26, AROUND)
      if (!box) return // the axes are smaller than a letter
      const middle = [box.left + 13, box.top + 13]
      line(context, [place, middle], colours.surface, 5)
      line(context, [place, middle], colours.text, 1.5)
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
