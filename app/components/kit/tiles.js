// Decoded images as tiles: light on dark in both themes, each on a ground and with an edge of its own.

export const GROUND = "#0b0b12"
export const EDGE = "#7d7d92"
const VEIL = "rgba(11, 11, 18, 0.4)" // over tiles on which points are drawn
const QUIET_EDGE = "#55556a" // there
const MARGIN = 0.07 // the share of a tile on each side of its image: digits fill their images to the rim

/** @typedef {[number, number, number, number]} Box left, top, width, height */

/**
 * The box of one of `rows` x `columns` tiles that fill a box.
 * @param {Box} box
 * @param {number} rows
 * @param {number} columns
 * @param {number} number
 * @returns {Box}
 */
export function tileBox([left, top, width, height], rows, columns, number) {
  const [w, h] = [width / columns, height / rows]
  return [left + (number % columns) * w, top + Math.floor(number / columns) * h, w, h]
}

/**
 * Draws the images of a mosaic as tiles, which fill a box. Points will lie on those that are `veiled`.
 * @param {CanvasRenderingContext2D} context
 * @param {HTMLCanvasElement} picture of rows x columns images, as `mosaic` gives it
 * @param {number} rows
 * @param {number} columns
 * @param {Box} box
 * @param {boolean} [veiled]
 */
export function drawTiles(context, picture, rows, columns, box, veiled = false) {
  const [width, height] = [picture.width / columns, picture.height / rows]
  const boxes = Array.from({ length: rows * columns }, (_, number) => tileBox(box, rows, columns, number))
  context.fillStyle = GROUND
  context.fillRect(...box)
  boxes.forEach(([left, top, w, h], number) => {
    const [x, y] = [MARGIN * w, MARGIN * h]
    const [column, row] = [number % columns, Math.floor(number / columns)]
    context.drawImage(picture, column * width, row * height, width, height, left + x, top + y, w - 2 * x, h - 2 * y)
  })
  if (veiled) {
    context.fillStyle = VEIL
    context.fillRect(...box)
  }
  context.lineWidth = 1
  context.strokeStyle = veiled ? QUIET_EDGE : EDGE
  for (const tile of boxes) context.strokeRect(...tile)
}
