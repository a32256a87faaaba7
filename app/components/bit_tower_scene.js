// One moment of the coding as a drawing: the image that is on its way, its q(z|x) and z on the map, the tower of bits, and below them
// what the image takes.

import { LATENT, PIXELS, START, STEPS, WORD } from "./bit_tower_chain.js"
import { drawMap, drawSpread } from "./bit_tower_map.js"
import { line, mosaic } from "./kit/canvas.js"
import { clamp } from "./kit/numbers.js"
import { EDGE, GROUND } from "./kit/tiles.js"
import { grouped } from "./kit/words.js"

const WIDE = 720 // pixels from which all stands in one row
const LEDGER = 104
const NAME_ROOM = 92 // beside the parts of an image's length, for the name of one that is shorter than its name
const SPREAD = 64
const GAP = 28
const LEAST_WORDED = 90 // pixels of a picture in whose place a few words have room
const LEAST_TITLED = 60 // pixels of a picture that has room for a long title
const LETTERS_OF_END = 15 // pixels that the words below a dashed line take
const MOST_FLYING = 260
const HEAT_INK = [98, 178, 245] // x's colour on a dark ground
const ON_GROUND = "#ececf4" // words there, in both themes

/** @typedef {import("./bit_tower_chain.js").Chain} Chain */
/** @typedef {[number, number]} Place */
/** @typedef {[number, number, number, number]} Box left, top, width, height */

/** Slow at both ends. @param {number} time */
const eased = (time) => time * time * (3 - 2 * time)
/** @param {Place} from @param {Place} to @param {number} share @returns {Place} */
const between = (from, to, share) => [from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share]

/**
 * Where all stands, in a scene of this width.
 * @param {number} width
 * @param {boolean} isLow whether it must fit a projector's screen
 * @param {boolean} hasMore whether there are more latent dimensions than the map shows
 */
function placesOf(width, isLow, hasMore) {
  const spread = hasMore ? SPREAD : 0
  if (width >= WIDE) {
    const tall = isLow ? 200 : clamp(globalThis.innerHeight - 430, 340, 430) // with the image's length on the first screen
    const tile = Math.min(150, (tall - 3 * GAP) / 3)
    const map = Math.min(tall - GAP - spread, 0.36 * width)
    const left = tile + 34
    const tower = left + map + 30
    return { tile, isWide: true, spread, tall, map: /** @type {Box} */ ([left, GAP, map, map]), tower: /** @type {Box} */ ([tower, GAP, width - tower, tall - GAP]) }
  }
  // On a phone the tower has the whole width, and below it are the map and beside that the pictures.
  const [high, map] = isLow ? [110, 140] : [130, 0.52 * width]
  const top = high + 2 * GAP
  const tile = Math.min((width - map - 24) / 2, (map - GAP) / 2)
  return { tile, isWide: false, spread, tall: top + map + spread, map: /** @type {Box} */ ([0, top, map, map]), tower: /** @type {Box} */ ([0, GAP, width, high]) }
}

/** @param {number} width @param {boolean} isLow @param {Chain} chain */
export const sceneHeight = (width, isLow, chain) => placesOf(width, isLow, chain.header.latent_dim > 2).tall + LEDGER

export class Scene {
  /**
   * @param {CanvasRenderingContext2D} context
   * @param {number} width
   * @param {boolean} isLow whether it must fit a projector's screen
   * @param {Chain} chain
   * @param {number} at
   * @param {number} direction
   */
  constructor(context, width, isLow, chain, at, direction) {
    this.context = context
    this.width = width
    this.chain = chain
    this.at = at
    this.direction = direction
    /** @type {Place} where z is, which bits choose or which goes on */
    this.point = [0, 0]
    this.places = placesOf(width, isLow, chain.header.latent_dim > 2)
    this.step = Math.floor(at)
    this.time = at - this.step // of the step on its way
    /** Where nothing is on its way, the image that was put on last, or is next. */
    const isRest = this.time === 0 && this.step > 0 && (direction > 0 || this.step === chain.steps)
    this.image = Math.min(Math.floor((isRest ? this.step - 1 : this.step) / STEPS), chain.count - 1)
    this.inside = at - STEPS * this.image // 0 to 3
    this.colours = chain.header.colours
    this.colour = [this.colours.prior, this.colours.data, this.colours.latent]
  }

  draw() {
    this.pictures()
    this.map()
    this.tower()
    this.flight()
    this.ledger()
  }

  /** @param {string} text @param {Place} place @param {{ colour?: string, align?: CanvasTextAlign, size?: number, bold?: boolean }} [look] */
  text(text, [x, y], { colour = this.colours.text, align = "left", size = 13, bold = false } = {}) {
    const { context } = this
    context.font = `${bold ? "600 " : ""}${size}px system-ui, Segoe UI, Roboto, Arial, sans-serif`
    context.textAlign = align
    context.fillStyle = colour
    context.fillText(text, x, y)
  }

  // -- the image ---------------------------------------------------------------------------------------------------

  /** The box of picture `number` of three. @param {number} number @returns {Box} */
  pictureBox(number) {
    const { tile, isWide, map } = this.places
    if (isWide) return [0, GAP + number * (tile + GAP), tile, tile]
    return [map[2] + 12 + (number % 2) * (tile + 12), map[1] + Math.floor(number / 2) * (tile + GAP), tile, tile]
  }

  /** What lies on the table: the sender has x until its pixels are on the tower, the receiver from when they are off it. */
  pictures() {
    const { inside, chain, image, direction } = this
    const isSender = direction > 0
    const left = 1 - clamp(inside - 1, 0, 1) // the share of the image that is not on the tower
    const hasPoint = inside >= 0.8 && inside <= 2.95
    const needsPoint = isSender || inside > 2.95 ? (this.places.tile < LEAST_WORDED ? "later" : "comes when z is known") : ""
    const needsPixels = isSender ? needsPoint : inside > 1.2 ? "comes with the pixels" : ""
    this.picture(0, `image ${chain.nameOf(image)}, x`, this.colours.data, chain.x[image], isSender ? Math.max(0.35, left) : left, "still on the tower")
    const hasRoom = this.places.isWide && this.places.tile > LEAST_TITLED
    const expected = hasRoom ? "expected, p(x|z)" : "expected"
    this.picture(1, expected, this.colours.decoder, chain.means[image], hasPoint ? 1 : isSender && inside > 2.95 ? 0.35 : 0, needsPoint)
    this.heat(isSender ? clamp(inside - 0.8, 0, 0.2) * 5 : inside < 1.2 && inside > 0 ? 1 : 0, needsPixels)
  }

  /**
   * A picture on the table, or the words that stand in its place.
   * @param {number} number
   * @param {string} title
   * @param {string} colour
   * @param {HTMLCanvasElement} picture
   * @param {number} alpha
   * @param {string} words
   */
  picture(number, title, colour, picture, alpha, words) {
    const { context } = this
    const box = this.pictureBox(number)
    this.text(title, [box[0], box[1] - 8], { colour })
    context.fillStyle = GROUND
    context.fillRect(...box)
    context.globalAlpha = alpha
    if (alpha > 0) context.drawImage(picture, ...box)
    context.globalAlpha = 1
    if (alpha === 0) this.wrapped(words, box)
    context.lineWidth = 1
    context.strokeStyle = EDGE
    context.strokeRect(box[0] + 0.5, box[1] + 0.5, box[2] - 1, box[3] - 1)
  }

  /** Words in the middle of a dark box, in as many lines as they need. @param {string} words @param {Box} box */
  wrapped(words, [left, top, width, height]) {
    const { context } = this
    context.font = "12px system-ui, Segoe UI, Roboto, Arial, sans-serif"
    const lines = words.split(" ").reduce((/** @type {string[]} */ rows, word) => {
      const longer = `${rows[rows.length - 1]} ${word}`
      return rows.length && context.measureText(longer).width < width - 6 ? [...rows.slice(0, -1), longer] : [...rows, word]
    }, [])
    const first = top + height / 2 + 4 - 8 * (lines.length - 1)
    lines.forEach((row, i) => this.text(row, [left + width / 2, first + 16 * i], { colour: ON_GROUND, align: "center", size: 12 }))
  }

  /** How many bits each pixel takes; of colour all parts together. @param {number} alpha @param {string} words in its place */
  heat(alpha, words) {
    const { chain, image, colours } = this
    const [height, width] = chain.header.image_shape
    const values = chain.arrays.heat.subarray(image * height * width, (image + 1) * height * width)
    this.picture(2, this.places.tile > LEAST_TITLED ? (this.places.isWide ? "bits of each pixel" : "bits a pixel") : "bits", colours.data, mosaic(values, 0, 1, 1, [height, width], HEAT_INK), alpha, words)
  }

  map() {
    const { chain, image, inside } = this
    const box = this.places.map
    const { axes, latent_dim: latentDim } = chain.header
    this.text(latentDim > 2 ? `z: ${axes[0]} and ${axes[1]} of ${latentDim}` : "the map, z", [box[0], box[1] - 8], { colour: this.colours.latent })
    const isOver = inside > 2.999 && this.at >= STEPS * chain.count // all images are on the tower
    this.point = drawMap(this.context, box, chain, image, isOver ? 3 : inside, this.at)
    if (latentDim > 2) drawSpread(this.context, box, this.places.spread, chain, image, inside)
  }

  // -- the tower ---------------------------------------------------------------------------------------------------

  /** Sizes of the tower: the side of a bit, how many rows lie below the picture. */
  get rows() {
    const [, , width, height] = this.places.tower
    const side = Math.max(3, Math.min(this.places.isWide ? 13 : 20, Math.floor(((width - 46) / WORD) * 2) / 2))
    const visible = height / side
    return { side, below: Math.max(0, this.chain.heightAt(this.at) / WORD + 4 - visible) }
  }

  /** The middle of a bit of the tower, counted from the bottom. @param {number} bit @returns {Place} */
  bitPlace(bit) {
    const [left, top, , height] = this.places.tower
    const { side, below } = this.rows
    return [left + 44 + ((bit % WORD) + 0.5) * side, top + height - (Math.floor(bit / WORD) - below + 0.5) * side]
  }

  tower() {
    const { context, colours, chain, at } = this
    const [left, top, , height] = this.places.tower
    const { side, below } = this.rows
    const level = Math.ceil(chain.heightAt(at)) // a part of a bit takes a bit
    const state = this.time > 0 && chain.height(this.step + 1) > chain.height(this.step) ? this.step + 1 : this.step
    const owners = chain.owners[state]
    this.text(`${grouped(level)} bits`, [left + 44, top - 8], { bold: true, size: 15 })
    context.save()
    context.beginPath()
    context.rect(left, top, WORD * side + 46, height + 6)
    context.clip()
    for (let bit = WORD * Math.floor(below); bit < level; bit++) {
      const [x, y] = this.bitPlace(bit)
      context.fillStyle = this.colour[owners[bit] ?? START]
      context.globalAlpha = chain.bit(state, bit) ? 1 : 0.28
      context.fillRect(x - side / 2, y - side / 2, side - 1, side - 1)
    }
    context.globalAlpha = 1
    const gap = WORD * Math.max(8, 2 ** Math.ceil(Math.log2(44 / side)))
    for (let bits = gap * Math.floor((below * WORD) / gap); bits <= level + 4 * WORD; bits += gap) {
      const y = this.bitPlace(bits)[1] + side / 2
      if (y < top + 6) break
      line(context, [[left + 36, y], [left + 42, y]], colours.muted, 1)
      this.text(grouped(bits), [left + 34, y + 4], { colour: colours.muted, align: "right", size: 11 })
    }
    this.ends(level)
    context.restore()
    line(context, [[left + 42, top + height + 0.5], [left + 45 + WORD * side, top + height + 0.5]], colours.muted, 1)
    this.legend(left + 44 + WORD * side)
  }

  /** Above the bits, how high the tower will be after each image. @param {number} level */
  ends(level) {
    const { context, colours, chain } = this
    const [left, top] = this.places.tower
    const { side } = this.rows
    context.setLineDash([4, 4])
    for (let image = 0; image < chain.count; image++) {
      const height = chain.height(STEPS * (image + 1))
      const y = this.bitPlace(WORD * Math.floor(height / WORD))[1] - side / 2
      if (y < top) break
      if (y + LETTERS_OF_END > this.bitPlace(level)[1] - side) continue // its words would lie on bits
      line(context, [[left + 44, y], [left + 44 + WORD * side, y]], colours.muted, 1)
      this.text(`after image ${chain.nameOf(image)}: ${grouped(Math.ceil(height))}`, [left + 43 + WORD * side, y + 13], { colour: colours.muted, align: "right", size: 11 })
    }
    context.setLineDash([])
  }

  /** Whose bits are whose, above the tower. @param {number} right */
  legend(right) {
    const top = this.places.tower[1]
    const rows = /** @type {[string, string][]} */ ([[this.colour[START], "beginning"], [this.colour[PIXELS], "pixels"], [this.colour[LATENT], "z"]])
    let x = right
    for (const [colour, words] of rows) {
      this.context.font = "12px system-ui, Segoe UI, Roboto, Arial, sans-serif"
      x -= this.context.measureText(words).width
      this.text(words, [x, top - 8], { size: 12 })
      x -= 16
      this.context.fillStyle = colour
      this.context.fillRect(x, top - 18, 11, 11)
      x -= 12
    }
  }

  // -- what is on its way ------------------------------------------------------------------------------------------

  /** Bits fly from the tower to z, or from the image or z to the tower. */
  flight() {
    const { chain, step, time, point, context, colours } = this
    if (!time || step >= chain.steps) return
    const kind = step % STEPS
    const [from, to] = [chain.wholeHeight(step), chain.wholeHeight(step + 1)]
    const count = Math.abs(to - from)
    const flying = Math.min(count, MOST_FLYING)
    const side = Math.max(3, this.rows.side - 2)
    context.fillStyle = [colours.encoder, colours.data, colours.latent][kind]
    for (let k = 0; k < flying; k++) {
      const share = (k + 0.5) / flying
      const bit = Math.round(from + (to - from) * share)
      const there = this.bitPlace(kind ? bit : bit - 1)
      const start = kind === 1 ? this.pixelPlace(share) : point
      const moment = clamp((time - 0.55 * share) / 0.45, 0, 1)
      if (moment <= 0 || moment >= 1) continue
      const [x, y] = kind ? between(start, there, eased(moment)) : between(there, point, eased(moment))
      context.fillRect(x - side / 2, y - side / 2 - (8 + 3 * ((k * 7) % 19)) * Math.sin(Math.PI * moment), side, side)
    }
  }

  /** The pixel from which a share of an image's bits comes. @param {number} share @returns {Place} */
  pixelPlace(share) {
    const { chain, image } = this
    const [height, width] = chain.header.image_shape
    const heat = chain.arrays.heat.subarray(image * height * width, (image + 1) * height * width)
    const total = heat.reduce((/** @type {number} */ sum, /** @type {number} */ value) => sum + value, 0)
    let [sum, pixel] = [0, 0]
    while (pixel < heat.length - 1 && (sum += heat[pixel]) < share * total) pixel++
    const box = this.pictureBox(0)
    return [box[0] + (((pixel % width) + 0.5) / width) * box[2], box[1] + ((Math.floor(pixel / width) + 0.5) / height) * box[3]]
  }

  // -- what it takes -----------------------------------------------------------------------------------------------

  /** The three parts of the image's length, one after the other, with what the bound says. */
  ledger() {
    const { context, colours, chain, image, inside, width } = this
    const { taken, pixels, latent, net } = chain.costs(image)
    const bound = chain.bound(image)
    const top = this.places.tall + 38
    const scale = (width - NAME_ROOM) / Math.max(chain.header.most, 1)
    const parts = [[0, pixels], [pixels, latent], [pixels + latent - taken, taken]]
    const bar = (/** @type {number} */ from, /** @type {number} */ to, /** @type {number} */ row, /** @type {string} */ colour, /** @type {string} */ words) => {
      const [x, w] = [Math.min(from, to) * scale, Math.abs(to - from) * scale]
      context.fillStyle = colour
      context.globalAlpha = 0.16 // all of it, and then what is there already
      const [left, whole] = parts[row === 1 ? 2 : from ? 1 : 0]
      context.fillRect(left * scale, top + 22 * row, whole * scale, 18)
      context.globalAlpha = 1
      context.fillRect(x, top + 22 * row, w, 18)
      const size = 12
      context.font = `${size}px system-ui, Segoe UI, Roboto, Arial, sans-serif`
      const fits = context.measureText(words).width + 8 < w
      if (fits) this.text(words, [x + 5, top + 22 * row + 13], { colour: colours.surface, size })
      else if (w > 0) {
        context.clearRect((left + whole) * scale + 3, top + 22 * row, context.measureText(words).width + 4, 18) // of the line of the bound
        this.text(words, [(left + whole) * scale + 5, top + 22 * row + 13], { colour, size })
      }
    }
    this.text(`Image ${chain.nameOf(image)} takes ${grouped(net)} bits:`, [0, top - 8])
    const x = bound * scale
    line(context, [[x, top - 3], [x, top + 44]], colours.text, 2) // below the bars and their names
    const shares = [clamp(inside, 0, 1), clamp(inside - 1, 0, 1), clamp(inside - 2, 0, 1)]
    bar(0, pixels * shares[1], 0, colours.data, `pixels ${grouped(pixels)}`)
    bar(pixels, pixels + latent * shares[2], 0, colours.latent, `+ z ${grouped(latent)}`)
    bar(pixels + latent, pixels + latent - taken * shares[0], 1, colours.encoder, `− taken off ${grouped(taken)}`)
    const words = `mean over z, its bound: ${grouped(bound)}`
    context.font = "13px system-ui, Segoe UI, Roboto, Arial, sans-serif"
    const wide = context.measureText(words).width
    this.text(words, [clamp(x - wide / 2, 0, width - wide), top + 60])
  }
}
