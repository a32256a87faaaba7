import assert from "node:assert/strict"
import test from "node:test"

import { clamp, logSumExp, niceStep, normalCdf, normalQuantile, upperMedian } from "../../app/components/kit/numbers.js"
import { coordinates, fixed, shortList, ticksOf } from "../../app/components/kit/words.js"
import { assertClose, numbers } from "./numbers.js"

test("the normal distribution's function and its inverse are Python's", () => {
  const { u, z } = numbers.normal
  assertClose(z.map(normalCdf), u, 1.2e-7)
  assertClose(u.map(normalQuantile), z, 2e-2) // 1.2e-7 of u is as much of z where the density is 5e-6
  assertClose(u.slice(2, -1).map(normalQuantile), z.slice(2, -1), 1e-5)
  assert.ok(Number.isFinite(normalQuantile(0)) && Number.isFinite(normalQuantile(1)))
})

test("log-sum-exp does not overflow", () => {
  assertClose([logSumExp([1000, 1000])], [1000 + Math.log(2)], 1e-12)
  assertClose([logSumExp([-1000, -1001])], [-1000 + Math.log1p(Math.exp(-1))], 1e-12)
})

test("small things", () => {
  assert.deepEqual([clamp(3, 0, 2), clamp(-1, 0, 2), clamp(1, 0, 2)], [2, 0, 1])
  assert.deepEqual([0.13, 0.2, 1.1, 7].map(niceStep), [0.2, 0.2, 2, 10])
  const values = [3, 1, 2, 4]
  assert.equal(upperMedian(values), 3)
  assert.deepEqual(values, [3, 1, 2, 4], "they stay in their order")
  assert.equal(upperMedian([]), undefined)
  assert.deepEqual(coordinates([0.1, -0.001, -1.236]), ["0.10", "0.00", "-1.24"])
  assert.equal(shortList(["1", "2", "3", "4", "5"]), "1, 2, 3, …")
  assert.equal(shortList(["-1.50", "0.25"]), "−1.50, 0.25")
  assert.equal(fixed(-1.23456), "−1.235")
})

test("ticks are round, within the span, and have a minus sign and no minus zero", () => {
  const texts = (span, count) => ticksOf(span, count).map(([, text]) => text)
  assert.deepEqual(texts([-3.5, 3.5], 9), ["−3", "−2", "−1", "0", "1", "2", "3"])
  assert.deepEqual(texts([0, 1], 5), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"])
  assert.deepEqual(texts([-0.03, 0.02], 5), ["−0.03", "−0.02", "−0.01", "0.00", "0.01", "0.02"])
  assert.deepEqual(texts([-120, 120], 3), ["−100", "0", "100"])
  for (const [low, span] of [[-3.5, 7], [0, 1], [1e6, 3], [-1e-4, 3e-4], [-7e8, 2e9]]) {
    for (const count of [1, 2, 5, 12.5]) {
      const ticks = ticksOf([low, low + span], count)
      assert.ok(ticks.length <= count + 1 && ticks.every(([value]) => value >= low - 1e-6 * span && value <= low + span * (1 + 1e-6)))
      assert.equal(new Set(ticks.map(([, text]) => text)).size, ticks.length)
    }
  }
})
