// One iteration of AEVB as a drawing: the images x above, their Gaussians and z on the plane, the decoded images and the two terms
// of the bound below. Each part has the colour of its letter, from its stage on.

import { circle, line } from "./kit/canvas.js"
import { clamp } from "./kit/numbers.js"
import { GROUND } from "./kit/tiles.js"
import { fixed } from "./kit/words.js"

/** @typedef {import("./kit/canvas.js").Context} Context */
/** @typedef {{ header: any, arrays: import("./kit/pack.js").Arrays, pictures: Record<string, HTMLCanvasElement[]> }} Iteration */
/** @typedef {number[]} Place */

export const STAGES = 8
const [MINIBATCH, ENCODE, NOISE, CODE, DECODE, KL, GRADIENT, UPDATE] = Array.from({ length: STAGES }, (_, stage) => stage)
const [LEAST, MOST, PROJECTED] = [340, 600, 344] // heights in pixels; the last one on a projector's screen
const FULL = 588 // below this height, all is smaller
const TEXT = 13
const DOT = 9 // the radius of a point, which has its image's number in it

/** A part of a stage's time, from 0 to 1. @param {number} time @param {number} from @param {number} to */
const part = (time, from, to) => clamp((time - from) / (to - from), 0, 1)
/** Slow at both ends. @param {number} time */
const eased = (time) => time * time * (3 - 2 * time)
/** @param {Place} from @param {Place} to @param {number} share */
const between = (from, to, share) => [from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share]

/**
 * The height of a scene: what the window leaves for it, so that the words and the formula of a stage stand on the same screen.
 * @param {number} width
 * @param {number} room pixels
 * @param {boolean} isLow
 */
export const sceneHeight = (width, room, isLow) => (isLow ? PROJECTED : Math.round(Math.min(1.2 * width, clamp(room, LEAST, MOST))))

/** The sizes of a scene. @param {number} width @param {number} height */
function sizes(width, height) {
  const scale = Math.min(1, height / FULL)
  const labels = width < 480 ? 54 : 76
  const column = (width - labels) / 8
  const tile = Math.min(56 * scale, column - 4)
  const [space, bars] = [34 * scale, 84 * scale]
  const [xTop, barsTop, bottom] = [8, height - 8 - bars, height - 8]
  const [decodedTop, planeTop] = [barsTop - 8 - tile, xTop + tile + space]
  const plane = decodedTop - space - planeTop // and as large as there is room, before the decoded images are there
  return { width, labels, column, tile, bars, xTop, planeTop, decodedTop, barsTop, bottom, plane, alone: Math.min(bottom - planeTop, width - labels) }
}

/**
 * In how many columns images of the largest size fit.
 * @param {number} count
 * @param {number} width
 * @param {number} height
 */
function columnsFor(count, width, height) {
  const sideOf = (/** @type {number} */ columns) => Math.min(width / columns, height / Math.ceil(count / columns))
  return Array.from({ length: count }, (_, i) => i + 1).reduce((best, columns) => (sideOf(columns) > sideOf(best) ? columns : best), 1)
}

/** One picture of an iteration: a stage, and how far it has got. */
export class Scene {
  /**
   * @param {CanvasRenderingContext2D} context
   * @param {number} width
   * @param {number} height
   * @param {Iteration} iteration
   * @param {number} stage
   * @param {number} time from 0 to 1
   */
  constructor(context, width, height, iteration, stage, time) {
    this.context = context
    this.iteration = iteration
    this.stage = stage
    this.time = time
    this.sizes = sizes(width, height)
    this.sizes.plane += (this.sizes.alone - this.sizes.plane) * (1 - eased(part(this.at(DECODE), 0, 0.3)))
    this.count = iteration.arrays.kl.length
    this.colours = iteration.header.colours
    this.reach = iteration.header.reach
  }

  /** How far a stage has got. @param {number} stage */
  at(stage) {
    return stage < this.stage ? 1 : stage === this.stage ? this.time : 0
  }

  draw() {
    this.minibatch()
    if (this.at(ENCODE)) this.encoding()
    this.plane()
    if (this.at(DECODE)) this.decoding()
    if (this.at(DECODE)) this.bars()
    if (this.at(GRADIENT)) this.gradient()
    this.letters()
  }

  // -- places ------------------------------------------------------------------------------------------------------

  /** The middle of an image's column. @param {number} i */
  across(i) {
    return this.sizes.labels + (i + 0.5) * this.sizes.column
  }

  /** A point of the latent plane in pixels. @param {number} z1 @param {number} z2 @returns {Place} */
  place(z1, z2) {
    const { width, labels, plane, planeTop } = this.sizes
    const scale = plane / 2 / this.reach
    return [(width + labels) / 2 + z1 * scale, planeTop + plane / 2 - z2 * scale]
  }

  /** Row i of an array of latent points. @param {string} name @param {number} i @returns {Place} */
  row(name, i) {
    const values = this.iteration.arrays[name]
    return [values[2 * i], values[2 * i + 1]]
  }

  /** Where the point of an image is: its noise, then stretched, then moved to z. @param {number} i @returns {Place} */
  point(i) {
    const [eps, scale, loc] = [this.row("eps", i), this.row("scale", i), this.row("loc", i)]
    const stretched = eased(part(this.at(CODE), 0, 0.45))
    const moved = eased(part(this.at(CODE), 0.5, 1))
    const out = this.stage === NOISE ? eased(this.time) : 1
    const value = (/** @type {number} */ j) => out * eps[j] * (1 + (scale[j] - 1) * stretched) + loc[j] * moved
    return this.place(value(0), value(1))
  }

  // -- parts -------------------------------------------------------------------------------------------------------

  /** The images of the minibatch: as large as they fit at first, when nothing else is there yet, and then a row above the plane. */
  minibatch() {
    const { colours, count, sizes: { tile, xTop, labels, width, bottom } } = this
    const columns = columnsFor(count, width - labels, bottom - xTop)
    const rows = Math.ceil(count / columns)
    const cell = Math.min((width - labels) / columns, (bottom - xTop) / rows)
    const grown = 1 - eased(part(this.at(ENCODE), 0, 0.3))
    const [left, top] = [(width + labels - columns * cell) / 2, (xTop + bottom - rows * cell) / 2]
    const square = (/** @type {number} */ i) => {
      const row = [this.across(i) - tile / 2, xTop]
      const grid = [left + ((i % columns) + 0.04) * cell, top + (Math.floor(i / columns) + 0.04) * cell]
      return [...between(row, grid, grown), tile + (0.92 * cell - tile) * grown]
    }
    this.images("x", square, "x", colours.data, (i) => part(this.at(MINIBATCH), i / 10, (i + 3) / 10))
    if (this.stage > MINIBATCH || count === columns * rows) return
    this.write(`M = ${count}`, left + (columns - 0.5) * cell, top + (rows - 0.5) * cell, colours.data, "center", 20) // in the free place
  }

  /**
   * A row of images, each with an edge of its letter's colour.
   * @param {string} name
   * @param {number | ((i: number) => number[])} where the top of the row; or left, top and side of each image
   * @param {string} letter
   * @param {string} colour
   * @param {(i: number) => number} opacityOf
   */
  images(name, where, letter, colour, opacityOf) {
    const { context, sizes: { tile } } = this
    const square = typeof where === "number" ? (/** @type {number} */ i) => [this.across(i) - tile / 2, where, tile] : where
    for (let i = 0; i < this.count; i++) {
      const opacity = opacityOf(i)
      if (!opacity) continue
      const [left, top, side] = square(i)
      context.globalAlpha = opacity
      context.fillStyle = GROUND
      context.fillRect(left, top, side, side)
      context.imageSmoothingEnabled = false
      context.drawImage(this.iteration.pictures[name][i], left + 3, top + 3, side - 6, side - 6)
      context.lineWidth = 2
      context.strokeStyle = colour
      context.strokeRect(left, top, side, side)
    }
    context.globalAlpha = 1
    const [left, top, side] = square(0)
    this.write(letter, left - 12, top + side / 2 + 4, colour, "right")
  }

  encoding() {
    const { colours: { encoder }, sizes: { xTop, tile } } = this
    const grown = eased(part(this.at(ENCODE), 0.3, 0.65))
    this.context.globalAlpha = this.stage === ENCODE ? 0.9 : 0.45
    for (let i = 0; i < this.count; i++) {
      const from = [this.across(i), xTop + tile]
      line(this.context, [from, between(from, this.place(...this.pair("loc", i)), grown)], encoder, 1.5)
    }
    this.context.globalAlpha = 1
  }

  /** @param {string} name @param {number} i @returns {[number, number]} */
  pair(name, i) {
    const [first, second] = this.row(name, i)
    return [first, second]
  }

  plane() {
    const { context, colours, sizes: { width, labels, plane, planeTop } } = this
    context.lineWidth = 1
    context.strokeStyle = colours.grid
    context.globalAlpha = eased(part(this.at(ENCODE), 0.2, 0.6)) // no empty frame before there is something in it
    context.strokeRect((width + labels - plane) / 2, planeTop, plane, plane)
    context.globalAlpha = 1
    if (this.at(NOISE)) this.ellipse([0, 0], [1, 1], colours.prior, [4, 4], 1.5)
    const grown = eased(part(this.at(ENCODE), 0.6, 1))
    for (let i = 0; i < this.count && grown; i++) {
      const [loc, scale] = [this.row("loc", i), this.row("scale", i)]
      context.globalAlpha = this.stage === NOISE ? 0.4 : 1
      this.ellipse(loc, [grown * scale[0], grown * scale[1]], colours.encoder, [], 2)
      circle(context, this.place(...this.pair("loc", i)), 2.5, { fill: colours.encoder })
      context.globalAlpha = 1
    }
    for (let i = 0; i < this.count && this.at(NOISE); i++) this.dot(i)
  }

  /**
   * The point of an image: noise has the prior's colour, z its own, with the way from μ to it.
   * @param {number} i
   */
  dot(i) {
    const { context, colours } = this
    const isCode = this.at(CODE) > 0
    const at = this.point(i)
    if (part(this.at(CODE), 0.5, 1)) {
      context.setLineDash([3, 3])
      line(context, [this.place(...this.pair("loc", i)), at], colours.latent, 1.5)
      context.setLineDash([])
    }
    circle(context, at, DOT, { fill: isCode ? colours.latent : colours.prior, stroke: colours.surface, width: 1.5 })
    this.write(String(i + 1), at[0], at[1] + TEXT / 3, colours.surface, "center")
  }

  decoding() {
    const { colours: { decoder }, sizes: { decodedTop } } = this
    const grown = eased(part(this.at(DECODE), 0.25, 0.55))
    this.context.globalAlpha = this.stage === DECODE ? 0.9 : 0.45
    for (let i = 0; i < this.count; i++) {
      const from = this.place(...this.pair("z", i))
      line(this.context, [from, between(from, [this.across(i), decodedTop], grown)], decoder, 1.5)
    }
    this.context.globalAlpha = 1
    const opacity = part(this.at(DECODE), 0.5, 0.7)
    const renewed = eased(this.at(UPDATE))
    this.images("decoded", decodedTop, "p(x|z)", decoder, () => opacity * (1 - renewed))
    if (renewed) this.images("decoded_after", decodedTop, "p(x|z)", decoder, () => renewed)
  }

  /** Both terms of each image's bound hang from zero: the shorter, the better. */
  bars() {
    const { context, colours, sizes: { barsTop, bars, tile }, iteration: { header, arrays } } = this
    const scale = bars / header.deepest
    const [drawn, cost] = [eased(part(this.at(DECODE), 0.7, 1)), eased(this.at(KL))]
    for (let i = 0; i < this.count; i++) {
      const left = this.across(i) - tile / 4
      const [reconstruction, kl] = [-arrays.recon_log_lik[i] * scale * drawn, arrays.kl[i] * scale * cost]
      context.fillStyle = colours.decoder
      context.fillRect(left, barsTop, tile / 2, reconstruction)
      context.fillStyle = colours.encoder
      context.fillRect(left, barsTop + reconstruction, tile / 2, kl)
      const after = this.at(UPDATE)
      if (after > 0.5) {
        const depth = barsTop - arrays.elbo_after[i] * scale
        line(context, [[left - 4, depth], [left + tile / 2 + 4, depth]], colours.latent, 3)
      }
    }
  }

  /** What flows backwards: through the decoder, through z and the encoder, and not through the noise. */
  gradient() {
    const { context, colours, sizes: { decodedTop, tile, xTop, barsTop } } = this
    const back = this.at(GRADIENT)
    context.globalAlpha = this.stage === UPDATE ? 0.35 : 1
    context.setLineDash([7, 6])
    context.lineDashOffset = this.stage === GRADIENT ? -60 * back : 0 // the dashes run upwards
    for (let i = 0; i < this.count; i++) {
      const [x, z, loc] = [this.across(i), this.place(...this.pair("z", i)), this.place(...this.pair("loc", i))]
      this.rise([[x, barsTop], [x, decodedTop + tile], [x, decodedTop], z], colours.decoder, part(back, 0, 0.5))
      this.rise([z, loc, [x, xTop + tile]], colours.encoder, part(back, 0.5, 1))
    }
    context.setLineDash([])
    context.lineDashOffset = 0
    context.globalAlpha = 1
  }

  /**
   * A line through places, as far as it has got.
   * @param {Place[]} places
   * @param {string} colour
   * @param {number} share
   */
  rise(places, colour, share) {
    if (!share) return
    const legs = places.slice(1).map((to, k) => Math.hypot(to[0] - places[k][0], to[1] - places[k][1]))
    let left = share * legs.reduce((sum, leg) => sum + leg, 0)
    const way = [places[0]]
    legs.forEach((leg, k) => {
      if (left > 0) way.push(between(places[k], places[k + 1], Math.min(1, left / (leg || 1))))
      left -= leg
    })
    line(this.context, way, colour, 3)
  }

  /** The letters in the corners of the plane, and beside the bars. */
  letters() {
    const { colours, sizes: { width, labels, plane, planeTop, barsTop }, iteration: { header } } = this
    const [left, right, line] = [(width + labels - plane) / 2 + 8, (width + labels + plane) / 2 - 8, 20]
    if (this.at(ENCODE) > 0.4) this.write("q(z|x)", left, planeTop + 18, colours.encoder, "left")
    if (this.at(NOISE)) this.write("ε", left, planeTop + 18 + line, colours.prior, "left")
    if (this.at(CODE)) this.write("z", left, planeTop + 18 + 2 * line, colours.latent, "left")
    if (this.at(GRADIENT) > 0.4) this.write(`∇θ ${fixed(header.decoder_norm, 1)}`, right, planeTop + 18 + line, colours.decoder, "right")
    if (this.at(GRADIENT) > 0.9) this.write(`∇φ ${fixed(header.encoder_norm, 1)}`, right, planeTop + 18, colours.encoder, "right")
    if (this.at(DECODE) > 0.7) this.write(labels > 60 ? "log p(x|z)" : "log p", labels - 4, barsTop + 12, colours.decoder, "right", 12)
    if (this.at(KL)) this.write("−KL", labels - 4, barsTop + 30, colours.encoder, "right", 12)
    if (this.at(KL) > 0.9) this.write(labels > 60 ? "= ELBO" : "ELBO", labels - 4, barsTop + 48, colours.text, "right", 12)
  }

  /**
   * @param {number[]} middle
   * @param {number[]} radii
   * @param {string} colour
   * @param {number[]} dash
   * @param {number} width
   */
  ellipse([z1, z2], [r1, r2], colour, dash, width) {
    const { context } = this
    const [x, y] = this.place(z1, z2)
    const scale = this.sizes.plane / 2 / this.reach
    context.setLineDash(dash)
    context.beginPath()
    context.ellipse(x, y, r1 * scale, r2 * scale, 0, 0, 2 * Math.PI)
    context.lineWidth = width
    context.strokeStyle = colour
    context.stroke()
    context.setLineDash([])
  }

  /**
   * @param {string} text
   * @param {number} x
   * @param {number} y
   * @param {string} colour
   * @param {CanvasTextAlign} align
   * @param {number} [size]
   */
  write(text, x, y, colour, align, size = TEXT) {
    const { context } = this
    context.font = `600 ${size}px system-ui, Segoe UI, Roboto, Arial, sans-serif`
    context.textAlign = align
    context.fillStyle = colour
    context.fillText(text, x, y)
  }
}
