// Bounds as sums over a grid, as vae_core.posterior.bound_on_grid makes them, and contours of what lies on one.

import { logSumExp } from "./numbers.js"

/** @typedef {{ first: number, spacing: number, f: number[], noise: number }} Line the toy of one dimension: decoder's mean f */
/** @typedef {{ logJoint: Float64Array, logMarginal: number }} Joint log p(x, z) on the grid, log p(x) */
/** @typedef {{ low: number[], spacing: number, side: number, peak: number }} Square a square grid and the peak of log p(x, z) */
/** @typedef {[number, number, number, number, number]} Q a Gaussian: two means, two standard deviations, angle */

const TAIL = 49 // squared standard deviations beyond which q is nothing

const SHIFTS = [0.01, 0.05, 0.1, 0.2, 0.4] // of a location and
const FACTORS = [1.02, 1.1, 1.25, 1.6, 2.5] // of a scale, in moves that a hint may speak of

/**
 * log p(x, z) on the grid for one observation x, and log p(x), in nats.
 * @param {Line} line
 * @param {number} x
 * @returns {Joint}
 */
export function jointOnLine({ first, spacing, f, noise }, x) {
  const constant = -Math.log(2 * Math.PI) - Math.log(noise)
  const logJoint = Float64Array.from(f, (mean, i) => {
    const z = first + spacing * i
    return constant - 0.5 * ((x - mean) / noise) ** 2 - 0.5 * z * z
  })
  return { logJoint, logMarginal: logSumExp(logJoint) + Math.log(spacing) }
}

/**
 * ELBO and KL(q || p(z|x)) of q = N(loc, scale^2), normalised on the grid, in nats: eq. (1).
 * @param {Line} line
 * @param {Joint} joint
 * @param {number} loc
 * @param {number} scale
 */
export function boundOnLine({ first, spacing }, joint, loc, scale) {
  const logQ = Float64Array.from(joint.logJoint, (_, i) => -0.5 * ((first + spacing * i - loc) / scale) ** 2)
  const mass = logSumExp(logQ) + Math.log(spacing)
  let elbo = 0
  let kl = 0
  for (let i = 0; i < logQ.length; i++) {
    const log = logQ[i] - mass
    const q = Math.exp(log) * spacing
    if (q === 0) continue
    elbo += q * (joint.logJoint[i] - log)
    kl += q * (log - (joint.logJoint[i] - joint.logMarginal))
  }
  return { elbo, kl }
}

/**
 * log p(x), the sum over a square grid. `logJoint` is log p(x, z) less the grid's `peak`.
 * @param {Square} square
 * @param {Float32Array} logJoint
 */
export function logMarginalOnSquare({ spacing, peak }, logJoint) {
  let sum = 0
  for (const value of logJoint) sum += Math.exp(value)
  return peak + Math.log(sum) + 2 * Math.log(spacing)
}

/**
 * How far q reaches along each axis of the grid at one standard deviation.
 * @param {Q} q
 */
export const extents = ([, , s1, s2, angle]) => [
  Math.hypot(s1 * Math.cos(angle), s2 * Math.sin(angle)),
  Math.hypot(s1 * Math.sin(angle), s2 * Math.cos(angle)),
]

/**
 * The ELBO of q in nats, normalised on the grid: the sum of q (log p(x, z) - log q). `logJoint` is less the `peak`.
 * @param {Square} square
 * @param {Float32Array} logJoint
 * @param {Q} q
 */
export function elboOnSquare({ low, spacing, side, peak }, logJoint, q) {
  const [m1, m2, s1, s2, angle] = q
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
  const reaches = extents(q).map((extent) => Math.sqrt(TAIL) * extent)
  const firsts = reaches.map((reach, k) => Math.max(0, Math.ceil((q[k] - reach - low[k]) / spacing)))
  const lasts = reaches.map((reach, k) => Math.min(side - 1, Math.floor((q[k] + reach - low[k]) / spacing)))
  let mass = 0
  let sum = 0
  for (let row = firsts[1]; row <= lasts[1]; row++) {
    const dy = low[1] + spacing * row - m2
    for (let column = firsts[0]; column <= lasts[0]; column++) {
      const dx = low[0] + spacing * column - m1
      const square = ((dx * cos + dy * sin) / s1) ** 2 + ((dy * cos - dx * sin) / s2) ** 2
      if (square > TAIL) continue
      const weight = Math.exp(-0.5 * square)
      mass += weight
      sum += weight * (logJoint[row * side + column] + 0.5 * square)
    }
  }
  return peak + sum / mass + Math.log(mass) + 2 * Math.log(spacing)
}

/**
 * The line segments where the values of a square grid cross a level, as an SVG path in units of the grid's cells.
 * @param {ArrayLike<number>} values
 * @param {number} side
 * @param {number} level
 */
export function contour(values, side, level) {
  const parts = []
  for (let row = 0; row + 1 < side; row++) {
    for (let column = 0; column + 1 < side; column++) {
      const at = row * side + column
      const corners = [values[at], values[at + 1], values[at + side + 1], values[at + side]]
      /** @type {string[]} */
      const crossings = []
      corners.forEach((value, k) => {
        const next = corners[(k + 1) % 4]
        if (value > level === next > level) return
        const t = (level - value) / (next - value)
        const [x, y] = [[t, 0], [1, t], [1 - t, 1], [0, 1 - t]][k]
        crossings.push(`${(column + x).toFixed(2)} ${(row + y).toFixed(2)}`)
      })
      for (let k = 0; k + 1 < crossings.length; k += 2) parts.push(`M${crossings[k]}L${crossings[k + 1]}`)
    }
  }
  return parts.join("")
}

/**
 * What to do next with a Gaussian q: the kind of move that gains most, of those that gain at least a hundredth of a nat.
 * @param {(q: [number, number]) => number} elbo nats, of q's location and scale
 * @param {[number, number]} q
 */
export function hint(elbo, [loc, scale]) {
  const moves = /** @type {[string, [number, number][]][]} */ ([
    ["Move it left.", SHIFTS.map((shift) => [loc - shift, scale])],
    ["Move it right.", SHIFTS.map((shift) => [loc + shift, scale])],
    ["Make it narrower.", FACTORS.map((factor) => [loc, scale / factor])],
    ["Make it wider.", FACTORS.map((factor) => [loc, scale * factor])],
  ])
  const now = elbo([loc, scale])
  let words = "No small move helps."
  let most = 0.01
  for (const [move, others] of moves) {
    const gain = Math.max(...others.map(elbo)) - now
    if (gain > most) [words, most] = [move, gain]
  }
  return words
}
