// One iteration of AEVB as a drawing: the images x above, their Gaussians and z on the plane, the decoded images and the two terms
// of the bound below. Each part has the colour of its letter, from its stage on. One image is in front, and the others are faint.

import { circle, line } from "./kit/canvas.js"
import { fixed } from "./kit/words.js"
import { GROUND } from "./kit/tiles.js"
import { between, CODE, DECODE, eased, ENCODE, GRADIENT, KL, MINIBATCH, NAME, NOISE, part, Places, UPDATE } from "./slow_motion_places.js"

/** @typedef {import("./kit/canvas.js").Context} Context */
/** @typedef {import("./slow_motion_places.js").Place} Place */

const TEXT = 13
const SMALL = 12 // pixels, of the numbers beside the bars
const DOT = 10 // the radius of a point with its number
const KL_LEAST = 5 // pixels: a smaller end of a bar would not be seen
const NEAR_IMAGES = 0.4 // of a line: in the middle of this part its word covers no point of the plane
const [FADED, FAINT, FAINTEST] = [0.5, 0.3, 0.12] // what is not in front: images and bars, outlines, lines

/** The picture of that moment. */
export class Scene extends Places {
  /**
   * @param {CanvasRenderingContext2D} context
   * @param {ConstructorParameters<typeof Places>} moment
   */
  constructor(context, ...moment) {
    super(...moment)
    this.context = context
  }

  draw() {
    this.minibatch()
    if (this.at(ENCODE)) this.encoding()
    this.plane()
    if (this.at(DECODE)) this.decoding()
    if (this.at(DECODE)) this.bars()
    if (this.stage === GRADIENT) this.gradient()
    this.letters()
  }

  /** How much of its colour an image has. @param {number} i @param {number} [faint] */
  weight(i, faint = FAINT) {
    return i === this.front ? 1 : faint
  }

  minibatch() {
    const { colours, count, grid: { columns, rows, cell, left, top } } = this
    this.images("x", (i) => this.square(i), "x", colours.data, (i) => part(this.at(MINIBATCH), i / 10, (i + 3) / 10) * (1 - (1 - this.weight(i, FADED)) * this.at(ENCODE)))
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
    for (const i of this.order) {
      const opacity = opacityOf(i)
      if (!opacity) continue
      const [left, top, side] = square(i)
      context.globalAlpha = opacity
      context.fillStyle = GROUND
      context.fillRect(left, top, side, side)
      context.imageSmoothingEnabled = false
      context.drawImage(this.iteration.pictures[name][i], left + 3, top + 3, side - 6, side - 6)
      context.lineWidth = i === this.front ? 4 : 2
      context.strokeStyle = i === this.front ? this.colours.text : colour
      context.strokeRect(left, top, side, side)
    }
    context.globalAlpha = 1
    const [left, top, side] = square(0)
    this.write(letter, left - 12, top + side / 2 + 4, colour, "right")
  }

  encoding() {
    const { colours: { encoder } } = this
    const grown = eased(part(this.at(ENCODE), 0.3, 0.65))
    for (const i of this.order) {
      const [left, top, side] = this.square(i)
      const from = [left + side / 2, top + side]
      this.context.globalAlpha = this.weight(i, FAINTEST)
      line(this.context, [from, between(from, this.place(...this.pair("loc", i)), grown)], encoder, i === this.front ? 2.5 : 1.5)
    }
    this.context.globalAlpha = 1
  }

  plane() {
    const { context, colours, sizes: { labels, plane, planeTop, wide } } = this
    context.lineWidth = 1
    context.strokeStyle = colours.grid
    context.globalAlpha = eased(part(this.at(ENCODE), 0.2, 0.6)) // no empty frame before there is something in it
    context.strokeRect(labels + 2, planeTop, wide, plane)
    context.globalAlpha = 1
    if (this.at(NOISE)) this.ellipse([0, 0], [1, 1], colours.prior, [4, 4], 1.5)
    const grown = eased(part(this.at(ENCODE), 0.6, 1))
    for (const i of grown ? this.order : []) {
      const [loc, scale] = [this.row("loc", i), this.row("scale", i)]
      context.globalAlpha = this.weight(i, this.stage === ENCODE ? FAINT : FAINTEST) * (this.stage === NOISE ? 0.6 : 1)
      this.ellipse(loc, [grown * scale[0], grown * scale[1]], colours.encoder, [], i === this.front ? 3 : 2)
      circle(context, this.place(...this.pair("loc", i)), i === this.front ? 4 : 2.5, { fill: colours.encoder })
    }
    context.globalAlpha = 1
    if (this.at(NOISE)) this.order.forEach((i) => this.dot(i))
    else if (grown === 1) this.nameOval()
  }

  /** The small picture of the image in front, beside its oval. */
  nameOval() {
    const [x, y] = this.place(...this.pair("loc", this.front))
    const far = this.row("scale", this.front)[0] * this.scale + NAME / 2 + 6
    this.name([x + far + NAME / 2 < this.sizes.width ? x + far : x - far, y], this.colours.encoder)
  }

  /** @param {Place} middle @param {string} colour */
  name([x, y], colour) {
    const [left, top] = [x - NAME / 2, y - NAME / 2]
    this.context.drawImage(this.iteration.pictures.x[this.front], left, top, NAME, NAME)
    this.context.lineWidth = 3
    this.context.strokeStyle = colour
    this.context.strokeRect(left, top, NAME, NAME)
  }

  /**
   * The point of an image: noise has the prior's colour, z its own, with the way from μ to it.
   * @param {number} i
   */
  dot(i) {
    const { context, colours } = this
    const colour = this.at(CODE) > 0 ? colours.latent : colours.prior
    const at = this.point(i)
    context.globalAlpha = this.weight(i)
    if (part(this.at(CODE), 0.5, 1)) {
      context.setLineDash([3, 3])
      line(context, [this.place(...this.pair("loc", i)), at], colours.latent, i === this.front ? 2.5 : 1)
      context.setLineDash([])
    }
    context.globalAlpha = 1
    if (i === this.front) return this.name(at, colour)
    circle(context, at, DOT, { fill: colours.surface, stroke: colour, width: 1.5 })
    this.write(String(i + 1), at[0], at[1] + TEXT / 3, colour, "center")
  }

  /** The middle of the lower edge of the small picture at z. @returns {Place} */
  get below() {
    const [x, y] = this.place(...this.pair("z", this.front))
    return [x, y + NAME / 2]
  }

  decoding() {
    const { colours: { decoder }, sizes: { decodedTop } } = this
    const grown = eased(part(this.at(DECODE), 0.25, 0.55))
    for (const i of this.order) {
      const start = i === this.front ? this.below : this.place(...this.pair("z", i))
      this.context.globalAlpha = this.weight(i, FAINTEST)
      line(this.context, [start, between(start, [this.across(i), decodedTop], grown)], decoder, i === this.front ? 2.5 : 1.5)
    }
    this.context.globalAlpha = 1
    const opacity = part(this.at(DECODE), 0.5, 0.7)
    const renewed = eased(this.at(UPDATE))
    this.images("decoded", decodedTop, "p(x|z)", decoder, (i) => this.weight(i, FADED) * opacity * (1 - renewed))
    if (renewed) this.images("decoded_after", decodedTop, "p(x|z)", decoder, (i) => this.weight(i, FADED) * renewed)
  }

  /** Both terms of each image's bound hang from zero: the shorter, the better. The KL is the end of the bar; a small one covers
   * some of the other term, so that the bar keeps its length. A bar that is longer than the scale is cut, and has its number. */
  bars() {
    const { context, colours, sizes: { barsTop, bars, tile }, iteration: { header, arrays } } = this
    const scale = bars / header.deepest
    const [drawn, cost] = [eased(part(this.at(DECODE), 0.7, 1)), eased(this.at(KL))]
    for (const i of this.order) {
      context.globalAlpha = this.weight(i, FADED)
      const left = this.across(i) - tile / 4
      const [reconstruction, kl] = [-arrays.recon_log_lik[i] * scale * drawn, arrays.kl[i] * scale * cost]
      const depth = Math.min(bars, reconstruction + kl)
      context.fillStyle = colours.decoder
      context.fillRect(left, barsTop, tile / 2, Math.min(bars, reconstruction))
      context.fillStyle = colours.encoder
      const end = Math.max(depth - reconstruction, KL_LEAST * cost)
      context.globalAlpha = 1
      context.fillRect(left - 3, barsTop + depth - end, tile / 2 + 6, end)
      if (reconstruction + kl > bars) this.write(fixed(-(reconstruction + kl) / scale, 0), this.across(i), barsTop + bars - 8, colours.text, "center", SMALL, true)
      if (this.at(UPDATE) > 0.5) {
        const after = barsTop + Math.min(bars, -arrays.elbo_after[i] * scale)
        line(context, [[left - 7, after], [left + tile / 2 + 7, after]], colours.latent, 3)
      }
    }
  }

  /** What flows backwards for the image in front: through the decoder, through z and the encoder, and not through the noise. */
  gradient() {
    const { colours, front, sizes: { decodedTop, tile, xTop, barsTop } } = this
    const back = this.at(GRADIENT)
    const [x, z, loc] = [this.across(front), this.place(...this.pair("z", front)), this.place(...this.pair("loc", front))]
    const [decoded, image] = [[x, decodedTop], [x, xTop + tile]]
    this.rise([[x, barsTop], [x, decodedTop + tile]], colours.decoder, part(back, 0, 0.1))
    this.rise([decoded, this.below], colours.decoder, part(back, 0.1, 0.5))
    this.rise([z, loc], colours.encoder, part(back, 0.5, 0.7))
    this.rise([loc, image], colours.encoder, part(back, 0.7, 1))
    if (back > 0.5) this.beside("decoder", decoded, between(decoded, this.below, NEAR_IMAGES), colours.decoder)
    if (back === 1) this.beside("encoder", image, between(image, loc, NEAR_IMAGES), colours.encoder)
  }

  /** A word beside a line. @param {string} word @param {Place} from @param {Place} to @param {string} colour */
  beside(word, from, to, colour) {
    const [x, y] = between(from, to, 0.5)
    const isLeft = x > this.sizes.width - 90
    this.write(word, x + (isLeft ? -14 : 14), y, colour, isLeft ? "right" : "left", 15, true)
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
    line(this.context, way, colour, 5)
    this.tip(way[way.length - 2], way[way.length - 1], colour)
  }

  /** The tip of an arrow. @param {Place} from @param {Place} to @param {string} colour */
  tip(from, [x, y], colour) {
    const { context } = this
    context.save()
    context.translate(x, y)
    context.rotate(Math.atan2(y - from[1], x - from[0]))
    context.beginPath()
    for (const [across, down] of [[2, 0], [-14, -9], [-14, 9]]) context.lineTo(across, down)
    context.fillStyle = colour
    context.fill()
    context.restore()
  }

  /** The letters in the upper corner of the plane that is farther from the image in front and its line, and beside the bars the terms of the image in front. */
  letters() {
    const { colours, front, count, sizes: { labels, width, planeTop, barsTop }, iteration: { arrays } } = this
    const isRight = 2 * front < count
    const legend = (/** @type {string} */ words, /** @type {number} */ row, /** @type {string} */ colour) =>
      this.write(words, isRight ? width - 10 : labels + 10, planeTop + 18 + 20 * row, colour, isRight ? "right" : "left", TEXT, true)
    if (this.at(ENCODE) > 0.4) legend("q(z|x): oval", 0, colours.encoder)
    if (this.at(NOISE)) legend("ε: noise", 1, colours.prior)
    if (this.at(CODE)) legend("z: code", 2, colours.latent)
    const [reconstruction, kl] = [arrays.recon_log_lik[front], arrays.kl[front]]
    const term = (/** @type {string} */ words, /** @type {number} */ value, /** @type {number} */ row, /** @type {string} */ colour) =>
      this.write(`${words} ${fixed(value, 1)}`, labels - 4, barsTop + 12 + 18 * row, colour, "right", SMALL)
    if (this.at(DECODE) > 0.7) term("log p", reconstruction, 0, colours.decoder)
    if (this.at(KL)) term("−KL", -kl, 1, colours.encoder)
    if (this.at(KL) > 0.9) term("ELBO", reconstruction - kl, 2, colours.text)
    if (this.at(UPDATE) > 0.5) term("now", arrays.elbo_after[front], 3, colours.latent)
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
    const { scale } = this
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
   * @param {boolean} [isOver] whether it lies over lines
   */
  write(text, x, y, colour, align, size = TEXT, isOver = false) {
    const { context } = this
    context.font = `600 ${size}px system-ui, Segoe UI, Roboto, Arial, sans-serif`
    context.textAlign = align
    if (isOver) {
      context.lineWidth = 5
      context.lineJoin = "round"
      context.strokeStyle = this.colours.surface
      context.strokeText(text, x, y)
    }
    context.fillStyle = colour
    context.fillText(text, x, y)
  }
}
