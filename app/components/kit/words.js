// Numbers as words on the screen.

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
 * The coordinates of z with two digits each, without -0.00, and a hyphen as minus: what stands in `data-z`.
 * @param {ArrayLike<number>} z
 */
export const coordinates = (z) => Array.from(z, (value) => value.toFixed(2).replace("-0.00", "0.00"))

/**
 * Coordinates for a caption, with minus signs: of more than four, the first three.
 * @param {string[]} texts
 */
export const shortList = (texts) => (texts.length > 4 ? [...texts.slice(0, 3), "…"] : texts).map(minus).join(", ")
