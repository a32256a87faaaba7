import assert from "node:assert/strict"
import test from "node:test"

import { clamp, logSumExp, niceStep, normalCdf, normalQuantile, upperMedian } from "../../app/components/kit/numbers.js"
import { coordinates, fixed, shortList } from "../../app/components/kit/words.js"
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
  assert.equal(fixed(-1.23456), "−1.235")
})
