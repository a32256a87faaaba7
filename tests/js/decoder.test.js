import assert from "node:assert/strict"
import test from "node:test"

import { continuousBernoulliMean, decode, decoderOf, means } from "../../app/components/kit/decoder.js"
import { unpack } from "../../app/components/kit/pack.js"
import { assertClose, bytesOf, numbers } from "./numbers.js"

test("a packed decoder decodes what torch decodes", () => {
  for (const { packed, z, means: expected } of numbers.decoders) {
    const { header, arrays } = unpack(bytesOf(packed))
    const decoder = decoderOf(header, arrays)
    z.forEach((point, i) => assertClose(decode(decoder, point), expected[i], 1e-6, header.mean))
  }
})

test("an answer is not changed by the next one", () => {
  const { header, arrays } = unpack(bytesOf(numbers.decoders[0].packed))
  const decoder = decoderOf(header, arrays)
  const first = decode(decoder, [0, 0])
  const copy = Array.from(first)
  decode(decoder, [2, -2])
  assert.deepEqual(Array.from(first), copy)
})

test("several decoders can be packed together", () => {
  const { header, arrays } = unpack(bytesOf(numbers.decoders[0].packed))
  const together = Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name.replace(/\d+$/, (layer) => `3.${layer}`), array]))
  assert.deepEqual(decode(decoderOf(header, together, "3."), [1, 1]), decode(decoderOf(header, arrays), [1, 1]))
})

test("the mean of the continuous Bernoulli is right in both tails and near 0", () => {
  const { logits, means: expected } = numbers.continuous_bernoulli
  assertClose(logits.map(continuousBernoulliMean), expected, 1e-12)
  assert.equal(means.continuous_bernoulli(Infinity), 1)
  assert.equal(means.continuous_bernoulli(-Infinity), 0)
  for (const logit of [1e-30, 0.09999999, 0.1, 0.10000001]) {
    assertClose([continuousBernoulliMean(logit) + continuousBernoulliMean(-logit)], [1], 1e-14, `symmetry at ${logit}`)
  }
})

test("an unknown mean or activation is an error that names those that there are", () => {
  const { header, arrays } = unpack(bytesOf(numbers.decoders[0].packed))
  assert.throws(() => decoderOf({ ...header, mean: "probit" }, arrays), /mean must be one of sigmoid, identity, continuous_bernoulli, got probit/)
  assert.throws(() => decoderOf({ ...header, activation: "toString" }, arrays), /activation must be one of tanh, silu, relu, softplus, got toString/)
})
