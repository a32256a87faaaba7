import assert from "node:assert/strict"
import test from "node:test"

import { packBits, unpack } from "../../app/components/kit/pack.js"
import { bytesOf, numbers } from "./numbers.js"

const { packed, arrays: expected, bits, base64 } = numbers.packing

test("arrays of odd sizes come out as they went in", () => {
  const { header, arrays } = unpack(bytesOf(packed))
  assert.equal(header.name, "é")
  assert.deepEqual(header.image_shape, [2, 3, 3])
  assert.ok(arrays.a instanceof Uint8Array && arrays.b instanceof Float32Array)
  for (const [name, values] of Object.entries(expected)) assert.deepEqual(Array.from(arrays[name]), values.map(Math.fround))
})

test("bytes that do not begin at a multiple of four are read too", () => {
  const bytes = bytesOf(packed)
  const shifted = new Uint8Array(bytes.length + 1)
  shifted.set(bytes, 1)
  assert.deepEqual(unpack(shifted.subarray(1)), unpack(bytes))
})

test("bits are packed as numpy packs them", () => assert.equal(packBits(Uint8Array.from(bits)), base64))
