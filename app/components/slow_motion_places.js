// Where all of the slow motion's drawing stands, and how its times run.

import { clamp } from "./kit/numbers.js"

/** @typedef {number[]} Place */
/** @typedef {{ header: any, arrays: import("./kit/pack.js").Arrays, pictures: Record<string, HTMLCanvasElement[]> }} Iteration */

export const STAGES = 8
export const [MINIBATCH, ENCODE, NOISE, CODE, DECODE, KL, GRADIENT, UPDATE] = Array.from({ length: STAGES }, (_, stage) => stage)
const [LEAST, MOST, SMALL] = [340, 600, 304] // heights in pixels; the last one on a projector's screen, and the least on a phone
const FULL = 588 // below this height, all is smaller
export const PHONE = 480 // pixels, the width of a phone's scene at most
const LABELS = 84 // pixels left of the rows, for their letters and numbers
const TALLEST = 1.25 // the scene's height there, in widths
export const NAME = 26 // the side of the small picture that is the point of the image in front
const TOUCH = 16 // pixels around a point in which a press means it

/** A part of a stage's time, from 0 to 1. @param {number} time @param {number} from @param {number} to */
export const part = (time, from, to) => clamp((time - from) / (to - from), 0, 1)
/** Slow at both ends. @param {number} time */
export const eased = (time) => time * time * (3 - 2 * time)
/** @param {Place} from @param {Place} to @param {number} share */
export const between = (from, to, share) => [from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share]

/**
 * The height of a scene: what the window leaves for it, so that the words of a stage and all of the scene stand on the same screen.
 * @param {number} width
 * @param {number} room pixels
 * @param {boolean} isLow
 */
export const sceneHeight = (width, room, isLow) =>
  isLow ? SMALL : Math.round(Math.min(TALLEST * width, clamp(room, width < PHONE ? SMALL : LEAST, MOST)))

/** The sizes of a scene. @param {number} width @param {number} height */
function sizes(width, height) {
  const scale = Math.min(1, height / FULL)
  const column = (width - LABELS) / 8
  const tile = Math.min(56 * scale, column - 4)
  const [space, bars] = [30 * scale, 84 * scale]
  const [xTop, barsTop, bottom] = [8, height - 8 - bars, height - 8]
  const [decodedTop, planeTop] = [barsTop - 8 - tile, xTop + tile + space]
  /** The plane is as wide as the rows; and as high as there is room, before the decoded images are there. */
  const [plane, alone] = [decodedTop - space - planeTop, bottom - planeTop]
  return { width, labels: LABELS, column, tile, bars, xTop, planeTop, decodedTop, barsTop, bottom, plane, alone, wide: width - LABELS - 4 }
}

const LEAST_COLUMNS = 3

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

/** Where all is at one moment of an iteration: at a stage, and how far that has got. */
export class Places {
  /**
   * @param {number} width
   * @param {number} height
   * @param {Iteration} iteration
   * @param {number} stage
   * @param {number} time from 0 to 1
   * @param {number} front which image is in front
   */
  constructor(width, height, iteration, stage, time, front) {
    this.iteration = iteration
    this.stage = stage
    this.time = time
    this.sizes = sizes(width, height)
    this.sizes.plane += (this.sizes.alone - this.sizes.plane) * (1 - eased(part(this.at(DECODE), 0, 0.3)))
    this.count = iteration.arrays.kl.length
    this.front = front
    /** The images in the order of drawing: the one in front comes last. */
    this.order = Array.from({ length: this.count }, (_, i) => i).sort((i, j) => Number(i === front) - Number(j === front))
    this.colours = iteration.header.colours
    this.reach = iteration.header.reach
  }

  /** How far a stage has got. @param {number} stage */
  at(stage) {
    return stage < this.stage ? 1 : stage === this.stage ? this.time : 0
  }

  /** The middle of an image's column. @param {number} i */
  across(i) {
    return this.sizes.labels + (i + 0.5) * this.sizes.column
  }

  /** A point of the latent plane in pixels. @param {number} z1 @param {number} z2 @returns {Place} */
  place(z1, z2) {
    const { width, labels, plane, planeTop } = this.sizes
    return [(width + labels) / 2 + z1 * this.scale, planeTop + plane / 2 - z2 * this.scale]
  }

  /** Pixels for each unit of z. */
  get scale() {
    const { plane, wide } = this.sizes
    return (Math.min(plane, wide) - NAME) / 2 / this.reach
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

  /** Left, top and side of image i of the minibatch: as large as they fit at first, and then in a row above the plane. @param {number} i */
  square(i) {
    const { sizes: { tile, xTop }, grid: { columns, cell, left, top } } = this
    const grown = 1 - eased(part(this.at(ENCODE), 0, 0.3))
    const row = [this.across(i) - tile / 2, xTop]
    const large = [left + ((i % columns) + 0.04) * cell, top + (Math.floor(i / columns) + 0.04) * cell]
    return [...between(row, large, grown), tile + (0.92 * cell - tile) * grown]
  }

  /** The images of the minibatch alone, when nothing else is there yet. */
  get grid() {
    const { count, sizes: { xTop, labels, width, bottom } } = this
    const columns = Math.max(LEAST_COLUMNS, columnsFor(count, width - labels, bottom - xTop))
    const rows = Math.ceil(count / columns)
    const cell = Math.min((width - labels) / columns, (bottom - xTop) / rows)
    return { columns, rows, cell, left: (width + labels - columns * cell) / 2, top: (xTop + bottom - rows * cell) / 2 }
  }

  /** The image that a press means: its pictures, its bars or its point; -1 where it means none. @param {Place} place */
  imageAt([x, y]) {
    const { column, decodedTop } = this.sizes
    const isOn = (/** @type {number} */ i) => {
      const [left, top, side] = this.square(i)
      return (x >= left && x <= left + side && y <= top + side && y >= top) || (Math.abs(x - this.across(i)) < column / 2 && this.at(DECODE) > 0 && y > decodedTop)
    }
    const image = this.order.findIndex((_, i) => isOn(i))
    if (image >= 0 || !this.at(NOISE)) return image
    const far = (/** @type {number} */ i) => Math.hypot(this.point(i)[0] - x, this.point(i)[1] - y)
    const nearest = this.order.reduce((best, i) => (far(i) < far(best) ? i : best))
    return far(nearest) < TOUCH ? nearest : -1
  }

  /** @param {string} name @param {number} i @returns {[number, number]} */
  pair(name, i) {
    const [first, second] = this.row(name, i)
    return [first, second]
  }
}
