// The decoder backwards: how its image changes with z, by hand. One pass for each number that is asked about; its twin is torch's autograd.

import { decoderOf } from "./decoder.js"

const SERIES_BELOW = 0.1 // as in decoder.js
const GROUP = 5 // as many as a grey image has attributes

/** @param {number} a */
const sigmoid = (a) => 1 / (1 + Math.exp(-a))

/**
 * Derivatives of the activations, of what goes in and what came out.
 * @type {Record<string, (a: number, out: number) => number>}
 */
const activationSlopes = {
  tanh: (_, out) => 1 - out * out,
  silu: (a) => sigmoid(a) * (1 + a * (1 - sigmoid(a))),
  relu: (a) => (a > 0 ? 1 : 0),
  softplus: sigmoid,
}

/**
 * Of the likelihoods' mean functions.
 * @type {Record<string, (a: number, out: number) => number>}
 */
const meanSlopes = { sigmoid: (_, out) => out * (1 - out), identity: () => 1, continuous_bernoulli: continuousBernoulliSlope }

/**
 * The derivative of the mean of a continuous Bernoulli, 1 / l^2 - 1 / (4 sinh(l / 2)^2); by its series near 0.
 * @param {number} logit
 */
export function continuousBernoulliSlope(logit) {
  if (Math.abs(logit) > SERIES_BELOW) return 1 / (logit * logit) - 0.25 / Math.sinh(logit / 2) ** 2
  const square = logit * logit
  return 1 / 12 - square * (1 / 240 - square / 6048)
}

/** A decoder that keeps what went into its layers, so that it can be gone through backwards. */
export class TwoWayDecoder {
  /**
   * @param {{ activation: string, mean: string, layers: number }} header as of `decoderOf`
   * @param {import("./pack.js").Arrays} arrays
   */
  constructor(header, arrays) {
    this.decoder = decoderOf(header, arrays)
    this.activationSlope = activationSlopes[header.activation]
    this.meanSlope = meanSlopes[header.mean]
    this.slopes = this.decoder.layers.map(({ rows }) => new Float32Array(rows))
    this.turned = this.decoder.layers.map(transposed)
    this.dataDim = /** @type {import("./decoder.js").Layer} */ (this.decoder.layers.at(-1)).rows
    this.latentDim = this.decoder.layers[0].columns
  }

  /** The image that was decoded last; the next call of `decode` writes it again. */
  get pixels() {
    return /** @type {import("./decoder.js").Layer} */ (this.decoder.layers.at(-1)).out
  }

  /**
   * The mean of p(x|z): an array that the next call writes again.
   * @param {ArrayLike<number>} z
   */
  decode(z) {
    const { layers, activation, mean } = this.decoder
    let input = Float32Array.from(z)
    layers.forEach(({ rows, columns, weight, bias, out }, index) => {
      const [f, slope] = index < layers.length - 1 ? [activation, this.activationSlope] : [mean, this.meanSlope]
      const slopes = this.slopes[index]
      for (let row = 0, w = 0; row < rows; row++) {
        let sum = bias[row]
        for (let column = 0; column < columns; column++) sum += weight[w++] * input[column]
        out[row] = f(sum)
        slopes[row] = slope(sum, out[row])
      }
      input = out
    })
    return input
  }

  /**
   * How `count` numbers change with z, (count, latent), at the z that was decoded last, from how they change with the image's pixels.
   * @param {Float32Array} pixelSlopes (count, data)
   * @param {number} count
   */
  pullBack(pixelSlopes, count) {
    const answer = new Float32Array(count * this.latentDim)
    for (let first = 0; first < count; first += GROUP) {
      const group = Array.from({ length: GROUP }, (_, i) => {
        const start = (first + i) * this.dataDim
        return first + i < count ? pixelSlopes.slice(start, start + this.dataDim) : new Float32Array(this.dataDim)
      })
      const slopes = this.pullGroup(group)
      slopes.forEach((row, i) => first + i < count && answer.set(row, (first + i) * this.latentDim))
    }
    return answer
  }

  /**
   * The same of GROUP numbers at once, so that each weight is read once for all of them.
   * @param {Float32Array[]} group is overwritten
   */
  pullGroup(group) {
    const { layers } = this.decoder
    for (let index = layers.length - 1; index >= 0; index--) {
      const { rows, columns } = layers[index]
      const [slopes, turned] = [this.slopes[index], this.turned[index]]
      for (const above of group) for (let row = 0; row < rows; row++) above[row] *= slopes[row]
      const [a, b, c, d, e] = group
      const below = group.map(() => new Float32Array(columns))
      for (let column = 0, w = 0; column < columns; column++) {
        let [sumA, sumB, sumC, sumD, sumE] = [0, 0, 0, 0, 0]
        for (let row = 0; row < rows; row++) {
          const weight = turned[w++]
          sumA += weight * a[row]
          sumB += weight * b[row]
          sumC += weight * c[row]
          sumD += weight * d[row]
          sumE += weight * e[row]
        }
        below[0][column] = sumA
        below[1][column] = sumB
        below[2][column] = sumC
        below[3][column] = sumD
        below[4][column] = sumE
      }
      group = below
    }
    return group
  }
}

/**
 * A layer's weights (rows, columns) as (columns, rows).
 * @param {import("./decoder.js").Layer} layer
 */
function transposed({ rows, columns, weight }) {
  const turned = new Float32Array(weight.length)
  for (let row = 0; row < rows; row++) for (let column = 0; column < columns; column++) turned[column * rows + row] = weight[row * columns + column]
  return turned
}
