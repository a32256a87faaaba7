import assert from "node:assert/strict"
import test from "node:test"

import { cornersOf, covers, freeBox, stayingPlace, steadyBoxes } from "../../app/components/kit/boxes.js"
import { inkOn, paint, rgb, valuesIn } from "../../app/components/kit/canvas.js"
import { planeOf } from "../../app/components/kit/plane.js"
import { momentOf } from "../../app/components/time_travel_track.js"
import { assertClose, numbers } from "./numbers.js"

const image = (width, height) => ({ width, height, data: new Uint8ClampedArray(4 * width * height) })
const pixel = ({ data, width }, row, column) => Array.from(data.subarray(4 * (row * width + column), 4 * (row * width + column) + 4))

test("a grey image is painted at its place", () => {
  const canvas = image(5, 4)
  paint(canvas, 2, 1, [9, 9, 0, 50, 100.4, 150, 200, 255], 2, [2, 3])
  assert.deepEqual(pixel(canvas, 1, 2), [0, 0, 0, 255])
  assert.deepEqual(pixel(canvas, 1, 4), [100, 100, 100, 255])
  assert.deepEqual(pixel(canvas, 2, 4), [255, 255, 255, 255])
  assert.deepEqual(pixel(canvas, 0, 0), [0, 0, 0, 0])
})

test("a colour image has red, green and blue for each pixel", () => {
  const canvas = image(3, 2)
  paint(canvas, 1, 0, [255, 0, 0, 0, 255, 0, 0, 0, 255, 1, 2, 3], 0, [2, 2, 3])
  assert.deepEqual(pixel(canvas, 0, 1), [255, 0, 0, 255])
  assert.deepEqual(pixel(canvas, 0, 2), [0, 255, 0, 255])
  assert.deepEqual(pixel(canvas, 1, 1), [0, 0, 255, 255])
  assert.deepEqual(pixel(canvas, 1, 2), [1, 2, 3, 255])
  assert.deepEqual(pixel(canvas, 0, 0), [0, 0, 0, 0])
})

test("a name stays while its dots are near, on a plane of any size", () => {
  assert.deepEqual(stayingPlace([0.5, 0.25], [220, 90], 400, 400), [200, 100])
  assert.deepEqual(stayingPlace([0.5, 0.25], [110, 45], 200, 200), [100, 50])
  assert.equal(stayingPlace([0.5, 0.25], [231, 100], 400, 400), null)
  assert.equal(stayingPlace(undefined, [0, 0], 400, 400), null)
})

test("letters have the ink that Python gives them", () => {
  for (const [ground, ink] of Object.entries(numbers.inks)) assert.equal(inkOn(ground), ink, ground)
})

test("an image's values and a colour's parts", () => {
  assert.equal(valuesIn([28, 20]), 560)
  assert.equal(valuesIn([8, 4, 3]), 96)
  assert.deepEqual(rgb("#0a80ff"), [10, 128, 255])
})

test("a name moves to where four pictures meet, and from there to other such places, nearest first", () => {
  const { nearest, ways } = cornersOf({ left: 10, top: 20, width: 100, height: 60 }, 3, 5)
  assertClose(nearest([52, 58]), [50, 60], 1e-12)
  assertClose(nearest([-40, 500]), [30, 60], 1e-12) // never on the box's edge
  assertClose(ways[0], [0, 0], 1e-12)
  assert.ok(ways.slice(1, 5).every(([across, down]) => Math.abs(across) + Math.abs(down) === 20))
})

test("a plane's maps go there and back", () => {
  const { x, y, latent, within, box: [left, top, width, height] } = planeOf(300, [-4, 4])
  assertClose(latent(x(1.5), y(-2)), [1.5, -2], 1e-12)
  assert.deepEqual([x(-4), y(4)], [left, top])
  assert.ok(within(left + width, top + height) && !within(left - 1, top))
})

test("a box is put where it covers nothing, else in the first way, and never outside", () => {
  const area = { left: 0, top: 0, width: 100, height: 100 }
  const ways = [[0, 0], [30, 0], [0, 30]]
  const taken = [{ left: 40, top: 40, width: 20, height: 20 }]
  assert.ok(covers(taken[0], { left: 59, top: 59, width: 5, height: 5 }) && !covers(taken[0], { left: 60, top: 40, width: 5, height: 5 }))
  assert.deepEqual(freeBox([50, 50], 10, 10, ways, taken, area), { left: 75, top: 45, width: 10, height: 10 })
  assert.deepEqual(freeBox([50, 50], 10, 10, [[0, 0]], taken, area), { left: 45, top: 45, width: 10, height: 10 })
  assert.equal(freeBox([200, 50], 10, 10, ways, taken, area), undefined)
})

test("only the name that covers something moves, and no other one for it", () => {
  const area = { left: 0, top: 0, width: 100, height: 100 }
  const ways = [[0, 0], [20, 0], [40, 0]]
  const names = [20, 40].map((left) => ({ place: [left, 50], width: 10, height: 10, ways }))
  const homes = steadyBoxes(names, [], area)
  const [first, second] = steadyBoxes(names, [{ left: 18, top: 48, width: 4, height: 4 }], area)
  assert.deepEqual(second, homes[1], "it stands at home, though the first one looks for a place")
  assert.deepEqual(first, { left: 55, top: 45, width: 10, height: 10 }, "beyond the second one")
})

test("between two frames the clock is the logarithm of 1 + images seen", () => {
  const run = { seen: [0, 99, 9999], offset: 0 }
  assert.deepEqual(momentOf(run, 99), { frame: 1, share: 0, before: false, after: false })
  const { frame, share } = momentOf(run, 999)
  assert.equal(frame, 1)
  assertClose([share], [0.5], 1e-6)
  assert.ok(momentOf(run, 1e6).after && momentOf({ ...run, offset: 500 }, 10).before)
})
