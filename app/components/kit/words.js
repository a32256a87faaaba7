// Numbers as words on the screen.

import { niceStep } from "./numbers.js"

/**
 * A number's text with a minus sign in place of its hyphen.
 * @param {string} text
 */
export const minus = (text) => text.replace("-", "−")

/**
 * A number with some digits after the point, and a minus sign.
 * @param {number} value
 * @param {number} [digits]
 */
export const fixed = (value, digits = 3) => minus(value.toFixed(digits))

/**
 * A whole number near a value, or with one or two digits after the point, with commas between its thousands.
 * @param {number} value
 * @param {number} [digits]
 */
export const grouped = (value, digits = 0) => fixed(value, digits).replace(/\B(?=(\d{3})+(\.|$))/g, ",")

/**
 * The difference of two numbers as they are on screen, so that what stands there adds up.
 * @param {number} value
 * @param {number} other
 * @param {number} [digits]
 */
export const difference = (value, other, digits = 3) => Number(value.toFixed(digits)) - Number(other.toFixed(digits))

/**
 * Round values on an axis with their texts, some `count` of them or fewer.
 * @param {number[]} span
 * @param {number} count
 * @returns {[number, string][]}
 */
export function ticksOf([low, high], count) {
  const step = niceStep((high - low) / Math.max(count, 1))
  const digits = Math.min(20, Math.max(0, -Math.floor(Math.log10(step) + 1e-9)))
  const [first, last] = [Math.ceil(low / step - 1e-9), Math.floor(high / step + 1e-9)]
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => {
    const value = (first + i) * step || 0 // not -0
    return [value, fixed(value, digits)]
  })
}

/**
 * The coordinates of z with two digits each, without -0.00, and a hyphen as minus: what stands in `data-z`.
 * @param {ArrayLike<number>} z
 */
export const coordinates = (z) => Array.from(z, (value) => value.toFixed(2).replace("-0.00", "0.00"))

/**
 * Of ten things the one with this number, counted from 0, as in "3rd".
 * @param {number} number
 */
export const nth = (number) => `${number + 1}${["st", "nd", "rd"][number] ?? "th"}`

/**
 * Coordinates for a caption, with minus signs: of more than four, the first three.
 * @param {string[]} texts
 */
export const shortList = (texts) => (texts.length > 4 ? [...texts.slice(0, 3), "…"] : texts).map(minus).join(", ")
