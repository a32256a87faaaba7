// The picture on the pad: p(x), the manifold with its tube, draws, the points, and what z of the chosen point decode to.

import { circle, context2d, fit, line, rgb } from "./kit/canvas.js"
import { clamp } from "./kit/numbers.js"

/** @typedef {import("./sketch_points.js").Arrays} Arrays */
/** @typedef {Record<string, string>} Colours */
/** @typedef {(x: ArrayLike<number>) => [number, number]} Place from x to pixels */

const DEPTH = 6 // nats below the highest density, where the ground begins
const MESH = 4 // of a grid of z, every so many lines are drawn

/** Canvases that pictures use one after the other, so that none makes new ones. */
export class Scratch {
  density = document.createElement("canvas")
  tube = document.createElement("canvas")
  latent = document.createElement("canvas")
}

export class Picture {
  /**
   * @param {CanvasRenderingContext2D} context
   * @param {number} side in pixels
   * @param {number} reach of both axes
   * @param {Colours} colours
   * @param {Scratch} scratch
   */
  constructor(context, side, reach, colours, scratch) {
    this.density = scratch.density
    this.tube = scratch.tube
    this.context = context
    this.side = side
    this.reach = reach
    this.colours = colours
    this.unit = side / (2 * reach)
    /** @type {Place} */
    this.place = (x) => [(x[0] + reach) * this.unit, (reach - x[1]) * this.unit]
  }

  /**
   * p(x): the fuller the colour, the higher. The scale is one of nats.
   * @param {Float32Array} logDensity
   */
  drawDensity(logDensity) {
    const cells = Math.round(Math.sqrt(logDensity.length))
    const top = logDensity.reduce((most, value) => Math.max(most, value), -Infinity)
    const image = new ImageData(cells, cells)
    const ink = rgb(this.colours.decoder)
    logDensity.forEach((value, i) => {
      const row = cells - 1 - Math.floor(i / cells)
      const at = 4 * (row * cells + (i % cells))
      for (let part = 0; part < 3; part++) image.data[at + part] = ink[part]
      image.data[at + 3] = 170 * clamp(1 + (value - top) / DEPTH, 0, 1) ** 2
    })
    fit(this.density, [cells, cells])
    context2d(this.density).putImageData(image, 0, 0)
    this.context.imageSmoothingEnabled = true
    this.context.drawImage(this.density, 0, 0, this.side, this.side)
    this.context.imageSmoothingEnabled = false
  }

  /**
   * The decoded means along z, and around them the tube of one standard deviation: ovals that are drawn as one shape.
   * @param {Arrays} arrays
   * @param {number} latents
   */
  drawManifold({ means, scales }, latents) {
    const count = means.length / 2
    const across = latents === 1 ? count : Math.round(Math.sqrt(count))
    const rows = Array.from({ length: across }, (_, i) => i)
    const lines = latents === 1 ? [rows] : rows.filter((i) => i % MESH === 0).flatMap((i) => [rows.map((k) => across * i + k), rows.map((k) => across * k + i)])
    this.drawTube(means, scales, latents === 1 ? null : across)
    for (const indices of lines) {
      const places = indices.map((i) => this.place(means.subarray(2 * i, 2 * i + 2)))
      line(this.context, places, this.colours.decoder, latents === 1 ? 2.5 : 1)
    }
  }

  /**
   * @param {Float32Array} means
   * @param {Float32Array} scales
   * @param {number | null} across of a grid of z its side, whose cells are part of the tube
   */
  drawTube(means, scales, across) {
    const { canvas } = this.context
    fit(this.tube, [canvas.height, canvas.width])
    const tube = context2d(this.tube)
    tube.setTransform(this.context.getTransform())
    tube.clearRect(0, 0, this.side, this.side)
    tube.fillStyle = this.colours.decoder
    const oval = (/** @type {number[]} */ [x, y, sx, sy]) => {
      tube.beginPath()
      tube.ellipse(x, y, Math.max(sx, 0.5), Math.max(sy, 0.5), 0, 0, 2 * Math.PI)
      tube.fill()
    }
    const at = (/** @type {number} */ i) => [...this.place(means.subarray(2 * i, 2 * i + 2)), scales[2 * i] * this.unit, scales[2 * i + 1] * this.unit]
    const join = (/** @type {number} */ i, /** @type {number} */ k) => {
      const [a, b] = [at(i), at(k)]
      const steps = clamp(Math.ceil(Math.hypot(a[0] - b[0], a[1] - b[1]) / Math.max(2, 0.5 * Math.min(a[2], a[3]))), 1, 40)
      for (let step = 0; step < steps; step++) oval(a.map((value, part) => value + ((b[part] - value) * step) / steps))
    }
    const count = means.length / 2
    if (across === null) for (let i = 0; i + 1 < count; i++) join(i, i + 1)
    else this.fillCells(tube, across, at, join)
    this.context.globalAlpha = 0.2
    this.context.drawImage(this.tube, 0, 0, this.side, this.side)
    this.context.globalAlpha = 1
  }

  /**
   * The cells of a grid of z, and the tube along their edges.
   * @param {CanvasRenderingContext2D} tube
   * @param {number} across
   * @param {(i: number) => number[]} at
   * @param {(i: number, k: number) => void} join
   */
  fillCells(tube, across, at, join) {
    for (let row = 0; row + 1 < across; row++) {
      for (let column = 0; column + 1 < across; column++) {
        const i = row * across + column
        tube.beginPath()
        for (const corner of [i, i + 1, i + across + 1, i + across]) tube.lineTo(at(corner)[0], at(corner)[1])
        tube.fill()
        const isEdge = row === 0 || column === 0 || row + 2 === across || column + 2 === across
        if (isEdge || (row % 2 === 0 && column % 2 === 0)) {
          join(i, i + 1)
          join(i, i + across)
        }
      }
    }
    for (let k = 0; k + 1 < across; k++) {
      join(across * (across - 1) + k, across * (across - 1) + k + 1)
      join(across * (k + 1) - 1, across * (k + 2) - 1)
    }
  }

  /** @param {Float32Array} draws */
  drawDraws(draws) {
    this.context.fillStyle = this.colours.decoder
    for (let i = 0; i < draws.length; i += 2) {
      const [x, y] = this.place(draws.subarray(i, i + 2))
      this.context.fillRect(x - 1.5, y - 1.5, 3, 3)
    }
  }

  /** @param {Iterable<ArrayLike<number>>} points */
  drawPoints(points) {
    for (const point of points) circle(this.context, this.place(point), 3.2, { fill: this.colours.data, stroke: this.colours.surface, width: 0.8 })
  }

  /**
   * Where shares over z decode to: the more of it, the thicker.
   * @param {Float32Array} means
   * @param {Float64Array} shares
   * @param {string} colour
   * @param {number} radius
   */
  drawDecoded(means, shares, colour, radius) {
    const most = shares.reduce((a, b) => Math.max(a, b), 0)
    shares.forEach((share, i) => {
      if (share < 0.01 * most) return
      this.context.globalAlpha = 0.15 + (0.6 * share) / most
      circle(this.context, this.place(means.subarray(2 * i, 2 * i + 2)), radius, { fill: colour })
    })
    this.context.globalAlpha = 1
  }

  /** @param {ArrayLike<number>} x */
  drawChosen(x) {
    circle(this.context, this.place(x), 8, { stroke: this.colours.text, width: 2 })
  }

  /** @param {string} text in the middle */
  drawNotice(text) {
    const { context, colours, side } = this
    context.textAlign = "center"
    context.fillStyle = colours.text
    context.fillText(text, side / 2, side / 2 - 12)
    context.textAlign = "left"
  }

  drawFrame() {
    const { context, colours, side, unit, reach } = this
    context.strokeStyle = colours.grid
    context.lineWidth = 1
    for (let value = -Math.floor(reach); value <= reach; value++) {
      const at = Math.round((value + reach) * unit) + 0.5
      line(context, [[at, 0], [at, side]], colours.grid, value === 0 ? 1.5 : 0.6)
      line(context, [[0, at], [side, at]], colours.grid, value === 0 ? 1.5 : 0.6)
    }
  }
}
