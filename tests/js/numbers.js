// What Python wrote, and how close to it the browser has to be.

import assert from "node:assert/strict"
import { readFileSync } from "node:fs"

export const numbers = JSON.parse(readFileSync(new URL("numbers.json", import.meta.url), "utf8"))

/** @param {string} base64 */
export const bytesOf = (base64) => Uint8Array.from(Buffer.from(base64, "base64"))

/**
 * @param {ArrayLike<number>} values
 * @param {ArrayLike<number>} expected
 * @param {number} tolerance
 * @param {string} [about]
 */
export function assertClose(values, expected, tolerance, about = "") {
  assert.equal(values.length, expected.length)
  for (let i = 0; i < values.length; i++) {
    const isClose = Math.abs(values[i] - expected[i]) <= tolerance
    assert.ok(isClose, `${about} number ${i} is ${values[i]}, Python has ${expected[i]}`)
  }
}
