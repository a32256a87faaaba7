import assert from "node:assert/strict"
import test from "node:test"

import { boundOnLine, contour, elboOnSquare, extents, jointOnLine, logMarginalOnSquare, hint } from "../../app/components/kit/grid.js"
import { assertClose, bytesOf, numbers } from "./numbers.js"

const { square, log_joint: packed, qs, elbos, log_marginal: logMarginal, level, crossings } = numbers.square
const logJoint = new Float32Array(bytesOf(packed).buffer)

test("on a line, ELBO, KL and log p(x) are those of bound_on_grid, and they add up", () => {
  const { line, bounds } = numbers.line
  for (const { x, q: [loc, scale], elbo, kl, log_marginal: expected } of bounds) {
    const joint = jointOnLine(line, x)
    const bound = boundOnLine(line, joint, loc, scale)
    assertClose([joint.logMarginal, bound.elbo, bound.kl], [expected, elbo, kl], 1e-9)
    assertClose([bound.elbo + bound.kl], [joint.logMarginal], 1e-9, "eq. (1):")
  }
})

test("on a square, the ELBO of turned Gaussians and log p(x) are those of bound_on_grid", () => {
  assertClose(qs.map((q) => elboOnSquare(square, logJoint, q)), elbos, 1e-7)
  assertClose([logMarginalOnSquare(square, logJoint)], [logMarginal], 1e-9)
})

test("a Gaussian that is turned by a right angle reaches as far the other way", () => {
  assertClose(extents([0, 0, 2, 0.5, Math.PI / 2]), [0.5, 2], 1e-12)
})

test("a contour crosses the grid where the level lies between neighbours", () => {
  const ends = contour(logJoint, square.side, level).split(/[ML]/).filter(Boolean).map((place) => place.split(" ").map(Number))
  const isNear = ([a, b]) => ([c, d]) => Math.hypot(a - c, b - d) < 0.01
  assert.ok(crossings.length > 50)
  for (const place of crossings) assert.ok(ends.some(isNear(place)), `no line ends at ${place}`)
  for (const end of ends) assert.ok(crossings.some(isNear(end)), `a line ends at ${end}`)
  assert.equal(ends.length, 2 * crossings.length, "each crossing lies on two cells: the contour is closed")
})

test("a contour of a plane is a straight line", () => {
  assert.equal(contour([0, 1, 2, 0, 1, 2, 0, 1, 2], 3, 0.5), "M0.50 0.00L0.50 1.00M0.50 1.00L0.50 2.00")
})

test("the toy's hint names the move that gains most, and none at the top", () => {
  const hill = (/** @type {number[]} */ [loc, scale]) => -4 * (loc - 1) ** 2 - 2 * Math.log(scale / 0.2) ** 2
  assert.equal(hint(hill, [1.0, 0.6]), "Make it narrower.")
  assert.equal(hint(hill, [1.0, 0.1]), "Make it wider.")
  assert.equal(hint(hill, [2.0, 0.21]), "Move it left.")
  assert.equal(hint(hill, [0.3, 0.21]), "Move it right.")
  assert.equal(hint(hill, [1.0, 0.2]), "No small move helps.")
})
