// Images on a stack of bits, whose every state came with the page: what the drawing of the tower and its words ask.

import { drawBytes, fit, mosaic, valuesIn } from "./kit/canvas.js"

export const STEPS = 3 // of an image: q takes bits, pixels go on, z goes on
export const WORD = 32 // bits in a row of the tower
export const [START, PIXELS, LATENT] = [0, 1, 2] // who put a bit on

/** All that the drawing asks of the data: images on a stack, whose every state is known. */
export class Chain {
  /** @param {import("./kit/pack.js").Packed} packed */
  constructor({ header, arrays }) {
    this.header = header
    this.arrays = arrays
    this.count = header.watched
    this.steps = STEPS * this.count
    this.words = new DataView(arrays.words.buffer, arrays.words.byteOffset, arrays.words.byteLength)
    this.offsets = header.lengths.reduce((/** @type {number[]} */ sums, /** @type {number} */ length) => [...sums, sums[sums.length - 1] + length], [0])
    this.size = valuesIn(header.image_shape)
    const pictures = (/** @type {string} */ name) => Array.from({ length: this.count }, (_, i) => {
      const canvas = document.createElement("canvas")
      fit(canvas, header.image_shape)
      drawBytes(canvas, arrays[name], i * this.size, header.image_shape)
      return canvas
    })
    this.x = pictures("x")
    this.means = pictures("means")
    const { cells, image_shape: shape } = header
    this.tiles = arrays.tiles.length ? mosaic(arrays.tiles, 0, cells, cells, shape) : null
    this.owners = this.ownersOf()
  }

  /** The number of an image among the test images. @param {number} image on the tower, counted from 0 */
  nameOf(image) {
    return this.header.first + image + 1
  }

  /** The height of the stack after so many steps, in bits. @param {number} step */
  height(step) {
    const image = Math.min(Math.floor(step / STEPS), this.count - 1)
    return this.arrays.heights[4 * image + (step - STEPS * image)]
  }

  /** The same in whole bits, which the words say: a part of a bit takes a bit. Their differences add up. @param {number} step */
  wholeHeight(step) {
    return Math.ceil(this.height(step))
  }

  /** The height between two steps. @param {number} at */
  heightAt(at) {
    const [low, high] = [this.height(Math.floor(at)), this.height(Math.ceil(at))]
    return low + (high - low) * (at - Math.floor(at))
  }

  /** What an image takes in whole bits, by heights that are rounded up, so that the parts add up. @param {number} image */
  costs(image) {
    const [before, without, withPixels, after] = [0, 1, 2, 3].map((step) => this.wholeHeight(STEPS * image + step))
    return { taken: before - without, pixels: withPixels - without, latent: after - withPixels, net: after - before }
  }

  /** The bound of an image as a length in bits. @param {number} image */
  bound(image) {
    return this.arrays.bounds[image]
  }

  /** Bit number `bit` from the bottom, after so many steps. @param {number} step @param {number} bit */
  bit(step, bit) {
    const word = Math.floor(bit / WORD)
    if (word >= this.header.lengths[step]) return 0
    return (this.words.getUint32(4 * (this.offsets[step] + word), true) >>> (bit % WORD)) & 1
  }

  /** After each step, who put on each bit of the tower. */
  ownersOf() {
    const most = Math.ceil(Math.max(...this.arrays.heights.subarray(0, 4 * this.count))) + WORD
    let owner = new Uint8Array(most)
    const after = [owner]
    for (let step = 1; step <= this.steps; step++) {
      const kind = (step - 1) % STEPS
      if (kind) {
        owner = owner.slice()
        owner.fill(kind === 1 ? PIXELS : LATENT, this.wholeHeight(step - 1), this.wholeHeight(step)) // as many as the words say
      }
      after.push(owner)
    }
    return after
  }
}

/** @param {import("./kit/pack.js").Packed} packed */
export const chainOf = (packed) => new Chain(packed)
