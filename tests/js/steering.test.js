// Unit tests of `kit/backward`, `kit/attributes` and `kit/steering`: torch's numbers.

import assert from "node:assert/strict"
import test from "node:test"

import { difference, solve, Steering } from "../../app/components/kit/steering.js"
import { continuousBernoulliSlope, TwoWayDecoder } from "../../app/components/kit/backward.js"
import { continuousBernoulliMean, decode, decoderOf } from "../../app/components/kit/decoder.js"
import { measure } from "../../app/components/kit/attributes.js"
import { unpack } from "../../app/components/kit/pack.js"
import { assertClose, bytesOf, numbers } from "./numbers.js"

test("attributes and their slopes are those of torch", () => {
  for (const { shape, x, values, slopes } of numbers.attributes) {
    const answer = measure(x, shape)
    assertClose(answer.values, values, 1e-9, "attribute")
    slopes.forEach((/** @type {number[]} */ row, /** @type {number} */ i) => {
      assertClose(answer.slopes.subarray(i * x.length, (i + 1) * x.length), row, 1e-4 * Math.max(1, ...row.map(Math.abs)), `slopes of ${i}`)
    })
    assertClose(measure(x, shape, false).values, values, 1e-9)
  }
})

test("of a black image all but the ink is undefined", () => {
  const { values } = measure(new Float32Array(12), [3, 4])
  assert.deepEqual([...values].map(Number.isNaN), [true, true, true, true, false])
  assert.ok([...measure(new Float32Array(12), [2, 2, 3]).values].every(Number.isNaN))
})

test("a decoder that goes both ways decodes as the other one, and its slopes are differences", () => {
  for (const { packed, start } of numbers.steered) {
    const { header, arrays } = unpack(bytesOf(packed))
    const both = new TwoWayDecoder(header, arrays)
    const plain = decoderOf(header, arrays)
    assertClose(both.decode(start), decode(plain, start), 1e-6)
    const weights = Float32Array.from({ length: both.dataDim }, (_, i) => Math.sin(i))
    const total = (/** @type {number[]} */ z) => decode(plain, z).reduce((sum, value, i) => sum + value * weights[i], 0)
    const slopes = both.pullBack(weights, 1)
    start.forEach((/** @type {number} */ _, /** @type {number} */ j) => {
      const moved = [1, -1].map((sign) => total(start.map((/** @type {number} */ value, /** @type {number} */ i) => value + (i === j ? sign * 1e-2 : 0))))
      assertClose([slopes[j]], [(moved[0] - moved[1]) / 2e-2], 2e-2 * Math.max(1, Math.abs(slopes[j])), header.activation)
    })
  }
})

test("the slope of the continuous Bernoulli's mean is its difference, also near 0", () => {
  for (const logit of [-30, -3, -0.1001, -0.0999, 0, 0.05, 0.1, 2, 12]) {
    const slope = (continuousBernoulliMean(logit + 1e-4) - continuousBernoulliMean(logit - 1e-4)) / 2e-4
    assertClose([continuousBernoulliSlope(logit)], [slope], 1e-7, String(logit))
  }
})

test("z goes where torch's goes, both ways", () => {
  for (const { packed, shape, start, asked: values, handles, now, z, plain } of numbers.steered) {
    const { header, arrays } = unpack(bytesOf(packed))
    const steering = new Steering(new TwoWayDecoder(header, arrays), handles, shape)
    const asked = handles.rows.map((/** @type {number} */ _, /** @type {number} */ i) => values[i] ?? null)
    assertClose(steering.measured(start), now, 1e-3, header.mean)
    assertClose(steering.steer(start, asked), z, 2e-3, `${header.mean} ${header.activation}`)
    assertClose(steering.steerPlainly(start, asked), plain, 1e-4, "plain")
    assertClose(steering.steer(start, now.map(() => null)), start, 1e-5, "nothing asked")
  }
})

test("a few equations are solved, and on a circle the shorter way counts", () => {
  assertClose(solve([[4, 1, 0], [1, 3, 1], [0, 1, 2]], [6, 10, 8]), [1, 2, 3], 1e-12)
  assert.equal(difference(350, 10, 360), -20)
  assert.equal(difference(350, 10, 0), 340)
})
