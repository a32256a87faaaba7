// Moving z so that one attribute of the decoded image changes and the others stay; its twin is `vae_core/studies/steering.py`.

import { measure } from "./attributes.js"

/**
 * What can be asked for: the places of the attributes in what is measured, the standard deviations `scale`, full `turns` on a circle
 * (else 0), the plain `directions` (attributes, latent), and the numbers of the method.
 * @typedef {object} Handles
 * @property {number[]} rows
 * @property {number[]} scale
 * @property {number[]} turns
 * @property {number[]} low
 * @property {number[]} high
 * @property {ArrayLike<number>} directions
 * @property {{ steps: number, settling: number, asked: number, held: number, damping: number, longest: number, parts: number[] }} method
 */
/** @typedef {(number | null)[]} Asked a value for each attribute; null where it shall stay */

/**
 * How far a value is from another: on a circle the shorter way.
 * @param {number} value
 * @param {number} other
 * @param {number} turn
 */
export function difference(value, other, turn) {
  const gap = value - other
  return turn ? gap - turn * Math.round(gap / turn) : gap
}

/**
 * The solution of a symmetric positive definite system of a few equations; both arguments are overwritten.
 * @param {number[][]} matrix
 * @param {number[]} right
 */
export function solve(matrix, right) {
  const count = right.length
  for (let pivot = 0; pivot < count; pivot++) {
    for (let row = pivot + 1; row < count; row++) {
      const factor = matrix[row][pivot] / matrix[pivot][pivot]
      for (let column = pivot; column < count; column++) matrix[row][column] -= factor * matrix[pivot][column]
      right[row] -= factor * right[pivot]
    }
  }
  for (let row = count - 1; row >= 0; row--) {
    for (let column = row + 1; column < count; column++) right[row] -= matrix[row][column] * right[column]
    right[row] /= matrix[row][row]
  }
  return right
}

export class Steering {
  /**
   * @param {import("./backward.js").TwoWayDecoder} decoder
   * @param {Handles} handles
   * @param {import("./canvas.js").ImageShape} imageShape
   */
  constructor(decoder, handles, imageShape) {
    this.decoder = decoder
    this.handles = handles
    this.imageShape = imageShape
  }

  get count() {
    return this.handles.rows.length
  }

  /**
   * The attributes of the decoded image at z.
   * @param {ArrayLike<number>} z
   */
  measured(z) {
    const { values } = measure(this.decoder.decode(z), this.imageShape, false)
    return this.handles.rows.map((row) => values[row])
  }

  /**
   * One damped step of z towards a goal, or the part of it that comes nearer, or none.
   * @param {number[]} z
   * @param {number[]} goal
   * @param {Asked} asked
   * @returns {number[]}
   */
  step(z, goal, asked) {
    const { decoder, count, handles } = this
    const { method, rows, scale, turns } = handles
    if (!count) return z
    const { values, slopes } = measure(decoder.decode(z), this.imageShape)
    const { dataDim } = decoder
    const pixelSlopes = new Float32Array(count * dataDim)
    rows.forEach((row, i) => pixelSlopes.set(slopes.subarray(row * dataDim, (row + 1) * dataDim), i * dataDim))
    const jacobian = Float64Array.from(decoder.pullBack(pixelSlopes, count))
    const units = scale.map((value, i) => (asked[i] === null ? method.held : method.asked) / value)
    const gaps = (/** @type {number[]} */ now) => now.map((value, i) => units[i] * difference(goal[i], value, turns[i]))
    const missing = gaps(rows.map((row) => values[row]))
    const gap = Math.hypot(...missing)
    units.forEach((unit, i) => z.forEach((_, j) => (jacobian[i * z.length + j] *= unit)))
    if (!missing.every(Number.isFinite) || !jacobian.every(Number.isFinite)) return z
    const along = (/** @type {number} */ a, /** @type {number} */ b) => {
      let sum = 0
      for (let j = 0; j < z.length; j++) sum += jacobian[a * z.length + j] * jacobian[b * z.length + j]
      return sum
    }
    const square = missing.map((_, a) => missing.map((_, b) => along(a, b) + (a === b ? method.damping : 0)))
    const parts = solve(square, missing)
    const change = z.map((_, j) => parts.reduce((sum, part, i) => sum + part * jacobian[i * z.length + j], 0))
    const shorter = Math.min(1, method.longest / Math.hypot(...change))
    for (const part of method.parts) {
      const there = z.map((value, j) => value + part * shorter * change[j])
      if (Math.hypot(...gaps(this.measured(there))) < gap) return there
    }
    return z
  }

  /**
   * The goal when a `part` of the way to what was asked is over.
   * @param {number[]} now the attributes at the beginning
   * @param {Asked} asked
   * @param {number} part
   */
  goal(now, asked, part) {
    return now.map((value, i) => value + part * difference(asked[i] ?? value, value, this.handles.turns[i]))
  }

  /**
   * Where z ends that begins at `start`: a function of these arguments alone.
   * @param {number[]} start
   * @param {Asked} asked
   */
  steer(start, asked) {
    const { steps, settling } = this.handles.method
    const now = this.measured(start)
    let z = start
    for (let step = 1; step <= steps + settling; step++) z = this.step(z, this.goal(now, asked, Math.min(1, step / steps)), asked)
    return z
  }

  /**
   * The end of the plain way, along one direction for each attribute that was asked for.
   * @param {number[]} start
   * @param {Asked} asked
   */
  steerPlainly(start, asked) {
    const { turns, directions } = this.handles
    const now = this.measured(start)
    const gaps = now.map((value, i) => difference(asked[i] ?? value, value, turns[i]))
    return start.map((value, j) => gaps.reduce((sum, gap, i) => sum + gap * directions[i * start.length + j], value))
  }
}
