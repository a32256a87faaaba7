// Drawn points without a page: their text, what the hand does to them, and p(z|x) of one of them as shares over places of z.

import { logSumExp } from "./kit/numbers.js"

/** @typedef {[number, number]} Point a place of the drawing's grid: column and row, from 0, the lowest row first */
/** @typedef {Record<string, Float32Array>} Arrays those of `studies.PlanePicture` */

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
const NEAR = 0.06 // between two points of a line, and between two sprays
const SPRAY = { points: 4, radius: 0.14 }
const ERASER = 0.25
const PRESS = 0.25

/** The drawing's grid: `reach` of both axes, `sides` places along each, and the `most` points. */
export class Grid {
  /** @param {{ reach: number, sides: number, most: number }} sizes */
  constructor({ reach, sides, most }) {
    Object.assign(this, { reach, sides, most })
    this.reach = reach
    this.sides = sides
    this.most = most
  }

  /**
   * The place of the grid nearest to x.
   * @param {number[]} x
   * @returns {Point}
   */
  point(x) {
    const [column, row] = x.map((value) => Math.min(this.sides - 1, Math.max(0, Math.floor((value / this.reach + 1) * 0.5 * this.sides))))
    return [column, row]
  }

  /**
   * The x of a place of the grid.
   * @param {Point} point
   * @returns {[number, number]}
   */
  place([column, row]) {
    const at = (/** @type {number} */ index) => (((index + 0.5) / this.sides) * 2 - 1) * this.reach
    return [at(column), at(row)]
  }

  /**
   * The text of points, three letters each: `text_of_points` in Python.
   * @param {Point[]} points
   */
  text(points) {
    const letters = (/** @type {number} */ n) => LETTERS[n >> 12] + LETTERS[(n >> 6) & 63] + LETTERS[n & 63]
    return points.map(([column, row]) => letters(column * this.sides + row)).join("")
  }

  /**
   * @param {string} text
   * @returns {Point[]}
   */
  points(text) {
    const digits = Array.from(text, (letter) => LETTERS.indexOf(letter))
    return Array.from({ length: digits.length / 3 }, (_, i) => {
      const n = digits[3 * i] * 4096 + digits[3 * i + 1] * 64 + digits[3 * i + 2]
      return /** @type {Point} */ ([Math.floor(n / this.sides), n % this.sides])
    })
  }
}

/** @type {(a: number[], b: number[]) => number} */
const distance = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1])

/**
 * A drawing after the hand with a tool was at x, having been at `last` before (null where it has just come down).
 * @param {Grid} grid
 * @param {Point[]} points
 * @param {string} tool
 * @param {number[]} x
 * @param {number[] | null} last where the tool last did something
 * @param {() => number} random uniform in [0, 1)
 * @returns {Point[] | null} null where it does nothing
 */
export function applied(grid, points, tool, x, last, random) {
  if (tool === "erase") {
    const rest = points.filter((point) => distance(grid.place(point), x) > ERASER)
    return rest.length < points.length ? rest : null
  }
  if (last && distance(last, x) < NEAR) return null
  const count = tool === "spray" ? SPRAY.points : 1
  const fresh = Array.from({ length: count }, () => {
    if (tool !== "spray") return grid.point(x)
    const [radius, turn] = [SPRAY.radius * Math.sqrt(-2 * Math.log(1 - random())), 2 * Math.PI * random()]
    return grid.point([x[0] + radius * Math.cos(turn), x[1] + radius * Math.sin(turn)])
  })
  return points.length < grid.most ? [...points, ...fresh].slice(0, grid.most) : null
}

/**
 * The row of the point that is nearest to x, at most `PRESS` away; -1 for none.
 * @param {ArrayLike<number>} points
 * @param {number[]} x
 */
export function nearest(points, x) {
  let [row, least] = [-1, PRESS]
  for (let i = 0; 2 * i < points.length; i++) {
    const away = distance([points[2 * i], points[2 * i + 1]], x)
    if (away < least) [row, least] = [i, away]
  }
  return row
}

/**
 * p(z|x) at the places of z where the manifold was decoded, as shares that add up to 1: p(x|z) p(z), divided by its sum.
 * @param {Arrays} arrays
 * @param {number} latents
 * @param {number[]} x
 */
export function posteriorShares(arrays, latents, x) {
  const logs = jointLogs(arrays, latents, x)
  const total = logSumExp(logs)
  return logs.map((value) => Math.exp(value - total))
}

/**
 * log p(x) at any x, in nats: the sum of p(x|z) p(z) over the same places, which stand on a lattice.
 * @param {Arrays} arrays
 * @param {number} latents
 * @param {number[]} x
 */
export function logMarginal(arrays, latents, x) {
  const spacing = arrays.line[2 * latents - 1] - arrays.line[latents - 1]
  return logSumExp(jointLogs(arrays, latents, x)) + latents * (Math.log(spacing) - 0.5 * Math.log(2 * Math.PI)) - Math.log(2 * Math.PI)
}

/**
 * log p(x|z) p(z) at the places of z, without the constants of both Gaussians.
 * @type {(arrays: Arrays, latents: number, x: ArrayLike<number>) => Float64Array}
 */
function jointLogs({ line, means, scales }, latents, x) {
  const logs = new Float64Array(line.length / latents)
  for (let i = 0; i < logs.length; i++) {
    for (let k = 0; k < latents; k++) logs[i] -= 0.5 * line[latents * i + k] ** 2
    for (let k = 0; k < 2; k++) logs[i] -= 0.5 * ((x[k] - means[2 * i + k]) / scales[2 * i + k]) ** 2 + Math.log(scales[2 * i + k])
  }
  return logs
}

/**
 * q(z|x) of the point in a row at the same places, as shares that add up to 1; null where no encoder is trained.
 * @param {Arrays} arrays
 * @param {number} latents
 * @param {number} row
 */
export function encoderShares({ line, loc, scale }, latents, row) {
  if (!loc) return null
  const logs = new Float64Array(line.length / latents)
  for (let i = 0; i < logs.length; i++)
    for (let k = 0; k < latents; k++) logs[i] -= 0.5 * ((line[latents * i + k] - loc[latents * row + k]) / scale[latents * row + k]) ** 2
  const total = logSumExp(logs)
  return logs.map((value) => Math.exp(value - total))
}
