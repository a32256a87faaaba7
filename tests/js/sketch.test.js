import assert from "node:assert/strict"
import test from "node:test"

import { applied, encoderShares, Grid, logMarginal, nearest, posteriorShares } from "../../app/components/sketch_points.js"
import { finiteRuns, rangeOf, withYardstick } from "../../app/components/sketch_side.js"
import { assertClose, numbers } from "./numbers.js"

const grid = new Grid({ reach: 2.5, sides: 512, most: 400 })

test("a drawing's text is Python's, there and back", () => {
  const { text, points } = numbers.drawing
  const places = points.map((x) => grid.point(x))
  assert.equal(grid.text(places), text)
  assert.deepEqual(grid.points(text), places)
  places.forEach((place, i) => assertClose(grid.place(place), points[i], 1e-12))
  assert.deepEqual(grid.point([9, -9]), [511, 0])
})

test("p(z|x) and q(z|x) are Python's at every place of z", () => {
  const { latents, x, posterior, encoder, ...arrays } = numbers.drawn_posterior
  assertClose(posteriorShares(arrays, latents, x), posterior, 1e-6)
  assertClose(encoderShares(arrays, latents, 0), encoder, 1e-6)
  assert.equal(encoderShares({ ...arrays, loc: undefined }, latents, 0), null)
})

test("log p(x) of any place is the exact one of a linear decoder", () => {
  const line = Float32Array.from({ length: 481 }, (_, i) => (i - 240) / 60)
  const means = Float32Array.from({ length: 962 }, (_, i) => (i % 2 ? 0.5 : 2 * line[i >> 1]))
  const scales = new Float32Array(962).fill(0.5) // so x₁ has the variance 2² + 0.5², and x₂ 0.5² around 0.5
  const exact = -Math.log(2 * Math.PI) - 0.5 * Math.log(4.25 * 0.25) - 0.5 * (1.2 ** 2 / 4.25 + 0.3 ** 2 / 0.25)
  assertClose([logMarginal({ line, means, scales }, 1, [1.2, 0.8])], [exact], 1e-3)
  const [across, up] = [(/** @type {number} */ i) => (Math.floor(i / 49) - 24) / 6, (/** @type {number} */ i) => ((i % 49) - 24) / 6]
  const grid = Float32Array.from({ length: 4802 }, (_, i) => (i % 2 ? up : across)(i >> 1)) // with two numbers z, x is z and noise
  const flat = -Math.log(2 * Math.PI) - Math.log(2) - 0.5 * ((0.5 ** 2 + 1) / 2)
  assertClose([logMarginal({ line: grid, means: grid, scales: new Float32Array(4802).fill(1) }, 2, [0.5, -1])], [flat], 1e-3)
})

test("the spray adds points around the hand, the line adds them along it, the eraser takes them away", () => {
  const random = () => 0.3
  const sprayed = applied(grid, [], "spray", [1, 0.5], null, random)
  assert.equal(sprayed.length, 4)
  for (const point of sprayed) assert.ok(Math.hypot(grid.place(point)[0] - 1, grid.place(point)[1] - 0.5) < 0.5)
  assert.deepEqual(applied(grid, [], "line", [1, 0.5], null, random), [grid.point([1, 0.5])])
  assert.equal(applied(grid, [], "line", [1, 0.5], [1.01, 0.5], random), null, "the hand has hardly moved")
  assert.deepEqual(applied(grid, [...sprayed, [0, 0]], "erase", [1, 0.5], null, random), [[0, 0]])
  assert.equal(applied(grid, [[0, 0]], "erase", [1, 0.5], null, random), null)
})

test("there is room for so many points and no more", () => {
  const full = Array.from({ length: 399 }, (_, i) => [i, i])
  assert.equal(applied(grid, full, "spray", [0, 0], null, () => 0.5).length, 400)
  assert.equal(applied(grid, [...full, [1, 1]], "spray", [0, 0], null, () => 0.5), null)
})

test("the nearest point is chosen, and none from afar", () => {
  const points = new Float32Array([0, 0, 1, 1])
  assert.equal(nearest(points, [0.9, 0.8]), 1)
  assert.equal(nearest(points, [-2, 2]), -1)
})

test("the bound is drawn where there is one, and not across a time without", () => {
  assert.deepEqual(finiteRuns([NaN, -3, -2, NaN, NaN, -1]), [[1, 3], [5, 6]])
  assert.deepEqual(finiteRuns([-3, -2]), [[0, 2]])
  assert.deepEqual(finiteRuns([NaN, -Infinity]), [])
})

test("the axis of nats leaves the first moments out", () => {
  const values = Array.from({ length: 100 }, (_, i) => (i < 5 ? -20 : -2 + i / 100))
  const [low, high] = rangeOf([...values, NaN])
  assert.ok(low > -3 && low < -1.9 && high > -1.01 && high < -0.9, `${low} ${high}`)
  assert.deepEqual(rangeOf([]), [-1, 0])
})

test("the yardstick is within the range, unless the curves would get less than half of the height", () => {
  assert.deepEqual(withYardstick([-3, -2], null), [-3, -2])
  assert.deepEqual(withYardstick([-3, -2], -2.5), [-3, -2])
  const [low, high] = withYardstick([-2.4, -2], -2.6)
  assert.ok(low < -2.6 && high === -2)
  assert.deepEqual(withYardstick([1, 2], -2.6), [1, 2])
})
