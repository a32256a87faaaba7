// The decoder p(x|z) in the browser: affine layers with an activation between them, and the likelihood's mean function.

/** @typedef {{ rows: number, columns: number, weight: Float32Array, bias: Float32Array, out: Float32Array<ArrayBuffer> }} Layer */
/** @typedef {{ layers: Layer[], activation: (a: number) => number, mean: (a: number) => number }} Decoder */

const SERIES_BELOW = 0.1 // logits nearer to 0 take the series, whose next term is below 1e-13 there

/** @param {number} a */
const sigmoid = (a) => 1 / (1 + Math.exp(-a))

/**
 * The mean of a continuous Bernoulli with this logit, 1 / (1 - exp(-l)) - 1 / l; by its series near 0, where the two
 * parts cancel.
 * @param {number} logit
 */
export function continuousBernoulliMean(logit) {
  if (Math.abs(logit) > SERIES_BELOW) return -1 / Math.expm1(-logit) - 1 / logit
  const square = logit * logit
  return 0.5 + logit * (1 / 12 - square * (1 / 720 - square / 30240))
}

/** @type {Record<string, (a: number) => number>} */
const activations = {
  tanh: Math.tanh,
  silu: (a) => a * sigmoid(a),
  relu: (a) => Math.max(a, 0),
  softplus: (a) => Math.max(a, 0) + Math.log1p(Math.exp(-Math.abs(a))),
}

/**
 * The mean of p(x|z) as a function of the last layer's output, by the name that the packed header has.
 * @type {Record<string, (a: number) => number>}
 */
export const means = { sigmoid, identity: (a) => a, continuous_bernoulli: continuousBernoulliMean }

/**
 * @param {string} kind
 * @param {Record<string, (a: number) => number>} table
 * @param {string} name
 */
function entryOf(kind, table, name) {
  if (!Object.hasOwn(table, name)) throw new Error(`${kind} must be one of ${Object.keys(table).join(", ")}, got ${name}`)
  return table[name]
}

/**
 * The decoder whose arrays are `weight0`, `bias0`, `weight1` ... A `prefix` stands before the number, where several decoders
 * were packed together. Throws where the activation or the mean function has no such name here.
 * @param {{ activation: string, mean: string, layers: number }} header
 * @param {import("./pack.js").Arrays} arrays
 * @param {string} [prefix]
 * @returns {Decoder}
 */
export function decoderOf({ activation, mean, layers }, arrays, prefix = "") {
  return {
    activation: entryOf("activation", activations, activation),
    mean: entryOf("mean", means, mean),
    layers: Array.from({ length: layers }, (_, number) => {
      const [weight, bias] = [arrays[`weight${prefix}${number}`], arrays[`bias${prefix}${number}`]]
      const rows = bias.length
      return { rows, columns: weight.length / rows, weight, bias, out: new Float32Array(rows) }
    }),
  }
}

/**
 * The mean of p(x|z) at one z (latent_dim,): a new array (data_dim,).
 * @param {Decoder} decoder
 * @param {ArrayLike<number>} z
 */
export function decode({ layers, activation, mean }, z) {
  let input = Float32Array.from(z) // as all other layers' input: a loop over one kind of array is faster
  layers.forEach(({ rows, columns, weight, bias, out }, index) => {
    const f = index < layers.length - 1 ? activation : mean
    for (let row = 0, w = 0; row < rows; row++) {
      let sum = 0
      for (let column = 0; column < columns; column++) sum += weight[w++] * input[column]
      out[row] = f(sum + bias[row])
    }
    input = out
  })
  return Float32Array.from(input)
}
