// What can be measured of an image, and how it changes with each pixel; its twin is `vae_core/attributes.py`, which has the formulas.

import { clamp } from "./numbers.js"

const SMOOTH = 0.001
const LEAST_COLOUR = 0.02 // as in attributes.py
const DEGREES = 180 / Math.PI

/** @typedef {{ values: Float64Array, slopes: Float32Array }} Measured attributes (count,), and their slopes (count, data) in the pixels */

/**
 * The attributes of an image, in the order of `attributes_of`: of a grey image five, of a coloured one three.
 * @param {ArrayLike<number>} pixels
 * @param {import("./canvas.js").ImageShape} imageShape
 * @param {boolean} [withSlopes]
 * @returns {Measured}
 */
export function measure(pixels, imageShape, withSlopes = true) {
  return imageShape.length === 3 ? measureColour(pixels, imageShape, withSlopes) : measureGrey(pixels, imageShape, withSlopes)
}

/**
 * @param {ArrayLike<number>} pixels
 * @param {import("./canvas.js").ImageShape} imageShape
 * @param {boolean} withSlopes
 */
function measureGrey(pixels, [height, width], withSlopes) {
  const count = height * width
  const m = Float64Array.from({ length: count }, (_, at) => clamp(pixels[at], 0, 1))
  const { mass, uu, uv, vv, du, dv } = momentsOf(m, height, width)
  const outlineSlopes = withSlopes ? new Float64Array(count) : null
  const outline = outlineOf(m, height, width, outlineSlopes)
  const inner = uu - (uv * uv) / vv
  const [stroke, tall, wide] = [(2 * mass) / outline, Math.sqrt(12 * vv), Math.sqrt(12 * inner)]
  const values = Float64Array.of(Math.atan2(-uv, vv) * DEGREES, stroke, tall, wide, mass)
  const slopes = new Float32Array(withSlopes ? 5 * count : 0)
  if (!outlineSlopes) return { values, slopes }
  const ratio = uv / vv
  const turn = DEGREES / (1 + ratio * ratio) / vv
  for (let at = 0; at < count; at++) {
    if (!isInside(pixels[at])) continue
    const [u, v] = [du[at % width], dv[(at / width) | 0]]
    const [ofUu, ofUv, ofVv] = [(u * u - uu + 1 / 12) / mass, (u * v - uv) / mass, (v * v - vv + 1 / 12) / mass]
    slopes[at] = turn * (ratio * ofVv - ofUv)
    slopes[count + at] = 2 / outline - (stroke / outline) * outlineSlopes[at]
    slopes[2 * count + at] = (6 / tall) * ofVv
    slopes[3 * count + at] = (6 / wide) * (ofUu - 2 * ratio * ofUv + ratio * ratio * ofVv)
    slopes[4 * count + at] = 1
  }
  return { values, slopes }
}

/**
 * @param {ArrayLike<number>} pixels
 * @param {import("./canvas.js").ImageShape} imageShape
 * @param {boolean} withSlopes
 */
function measureColour(pixels, [height, width], withSlopes) {
  const count = height * width
  const m = new Float64Array(count)
  const largest = new Uint8Array(count) // which part of a pixel
  const sums = [0, 0, 0]
  let squares = 0
  for (let at = 0; at < count; at++) {
    m[at] = -1
    for (let part = 0; part < 3; part++) {
      const value = clamp(pixels[3 * at + part], 0, 1)
      sums[part] += value
      if (value > m[at]) [m[at], largest[at]] = [value, part]
    }
    squares += m[at] * m[at]
  }
  const { mass, uu, uv, vv, du, dv } = momentsOf(m, height, width)
  const [across, up] = [sums[0] - 0.5 * (sums[1] + sums[2]), Math.sqrt(0.75) * (sums[1] - sums[2])]
  const hue = (Math.atan2(up, across) * DEGREES + 360) % 360
  const area = uu * vv - uv * uv
  const size = 4 * Math.sqrt(Math.sqrt(area))
  const values = Float64Array.of(Math.hypot(across, up) > LEAST_COLOUR * mass ? hue : NaN, (100 * squares) / mass, size)
  const slopes = new Float32Array(withSlopes ? 9 * count : 0)
  if (!withSlopes) return { values, slopes }
  const chroma = across * across + up * up
  const turns = [-up, 0.5 * up + Math.sqrt(0.75) * across, 0.5 * up - Math.sqrt(0.75) * across].map((turn) => (DEGREES * turn) / chroma)
  for (let at = 0; at < count; at++) {
    for (let part = 0; part < 3; part++) if (isInside(pixels[3 * at + part])) slopes[3 * at + part] = turns[part]
    const brightest = 3 * at + largest[at]
    if (!isInside(pixels[brightest])) continue
    const [u, v] = [du[at % width], dv[(at / width) | 0]]
    const [ofUu, ofUv, ofVv] = [(u * u - uu + 1 / 12) / mass, (u * v - uv) / mass, (v * v - vv + 1 / 12) / mass]
    slopes[3 * count + brightest] = (100 / mass) * (2 * m[at] - squares / mass)
    slopes[6 * count + brightest] = (size / (4 * area)) * (uu * ofVv + vv * ofUu - 2 * uv * ofUv)
  }
  return { values, slopes }
}

/**
 * Whether a pixel is not cut off, and so has a slope.
 * @param {number} value
 */
const isInside = (value) => value >= 0 && value <= 1

/**
 * The sum of m, its spread (see `attributes.py`), and how far columns and rows are from its centre.
 * @param {Float64Array} m
 * @param {number} height
 * @param {number} width
 */
function momentsOf(m, height, width) {
  const [du, dv] = [width, height].map((side) => Float64Array.from({ length: side }, (_, at) => at - 0.5 * (side - 1)))
  let [mass, a, b] = [0, 0, 0]
  for (let row = 0, at = 0; row < height; row++) {
    for (let column = 0; column < width; column++, at++) {
      mass += m[at]
      a += m[at] * du[column]
      b += m[at] * dv[row]
    }
  }
  for (let column = 0; column < width; column++) du[column] -= a / mass
  for (let row = 0; row < height; row++) dv[row] -= b / mass
  let [uu, uv, vv] = [0, 0, 0]
  for (let row = 0, at = 0; row < height; row++) {
    for (let column = 0; column < width; column++, at++) {
      uu += m[at] * du[column] * du[column]
      uv += m[at] * du[column] * dv[row]
      vv += m[at] * dv[row] * dv[row]
    }
  }
  return { mass, uu: uu / mass + 1 / 12, uv: uv / mass, vv: vv / mass + 1 / 12, du, dv }
}

/**
 * The length of the outline, over all squares of 2 x 2 pixels; outside of the image all is black.
 * @param {Float64Array} m
 * @param {number} height
 * @param {number} width
 * @param {Float64Array | null} slopes gets its slope in each pixel
 */
function outlineOf(m, height, width, slopes) {
  let outline = 0
  const value = (/** @type {number} */ row, /** @type {number} */ column) =>
    row < 0 || column < 0 || row >= height || column >= width ? 0 : m[row * width + column]
  const add = (/** @type {number} */ row, /** @type {number} */ column, /** @type {number} */ slope) => {
    if (slopes && row >= 0 && column >= 0 && row < height && column < width) slopes[row * width + column] += slope
  }
  for (let row = 0; row <= height; row++) {
    for (let column = 0; column <= width; column++) {
      const [a, b, c, d] = [value(row - 1, column - 1), value(row - 1, column), value(row, column - 1), value(row, column)]
      const [across, down] = [0.5 * (b + d - a - c), 0.5 * (c + d - a - b)]
      const length = Math.sqrt(across * across + down * down + SMOOTH * SMOOTH)
      outline += length - SMOOTH
      const [sum, gap] = [(0.5 * (across + down)) / length, (0.5 * (across - down)) / length]
      add(row - 1, column - 1, -sum)
      add(row - 1, column, gap)
      add(row, column - 1, -gap)
      add(row, column, sum)
    }
  }
  return outline
}
