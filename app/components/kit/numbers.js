// Functions of numbers, without a page.

/**
 * A value, kept within [low, high].
 * @param {number} value
 * @param {number} low
 * @param {number} high
 */
export const clamp = (value, low, high) => Math.min(high, Math.max(low, value))

/**
 * log(sum(exp(values))), which does not overflow.
 * @param {ArrayLike<number>} values
 */
export function logSumExp(values) {
  let most = -Infinity
  for (let i = 0; i < values.length; i++) if (values[i] > most) most = values[i]
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += Math.exp(values[i] - most)
  return most + Math.log(sum)
}

const TAIL_COEFFICIENTS = [
  -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587, -0.82215223,
  0.17087277,
]

/**
 * The distribution function of a standard normal, for planes in probability coordinates u = Phi(z). Its error is below 1.2e-7.
 * @param {number} z
 */
export function normalCdf(z) {
  const t = 1 / (1 + 0.5 * Math.abs(z) * Math.SQRT1_2)
  const polynomial = TAIL_COEFFICIENTS.reduceRight((sum, a) => sum * t + a, 0)
  const tail = 0.5 * t * Math.exp(-0.5 * z * z + polynomial)
  return z > 0 ? 1 - tail : tail
}

/**
 * The inverse of normalCdf, by bisection; within [-6.5, 6.5].
 * @param {number} u
 */
export function normalQuantile(u) {
  const p = clamp(u, 1e-9, 1 - 1e-9)
  let [low, high] = [-6.5, 6.5]
  for (let i = 0; i < 50; i++) {
    const middle = (low + high) / 2
    if (normalCdf(middle) < p) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/**
 * The middle one of some values, of an even number the upper one; undefined for none.
 * @param {number[]} values
 * @returns {number | undefined}
 */
export const upperMedian = (values) => [...values].sort((a, b) => a - b)[values.length >> 1]

/**
 * The least of 1, 2, 5, 10, 20, 50 ... (also 0.1, 0.2 ...) that is not below `rough`: a step for the ticks of an axis.
 * @param {number} rough
 */
export function niceStep(rough) {
  const power = 10 ** Math.floor(Math.log10(rough))
  return power * (/** @type {number} */ ([1, 2, 5, 10].find((factor) => factor * power >= rough)))
}
