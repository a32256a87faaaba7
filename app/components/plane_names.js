// The name of a class on a plane, and the line that leads from it to its dots.

import { inkOn, line } from "./kit/canvas.js"

/** @typedef {import("./kit/canvas.js").Context} Context */
/** @typedef {import("./kit/boxes.js").Box} Box */
/** @typedef {{ mark: string, colour: string, surface: string, text: string, isHidden: boolean }} Look `mark` is what is drawn for the name */

export const NAME_LETTERS = "bold 14px system-ui, Segoe UI, Roboto, Arial, sans-serif"
export const NAME_HEIGHT = 18 // pixels that are drawn
const LEADERLESS = 10 // pixels from the middle of its dots: a name so near needs no line to it
const RIM = 1.5 // pixels around a name, to be seen among dots of its own colour

/** @param {Box} box */
const middleOf = (box) => [box.left + box.width / 2, box.top + box.height / 2]

/**
 * @param {Context} context
 * @param {Box} box
 * @param {Look} look
 */
export function drawName(context, box, { mark, colour, surface, text, isHidden }) {
  const [[middle, centre], width] = [middleOf(box), box.width - 2]
  const layers = /** @type {[string, number][]} */ (isHidden ? [[text, RIM], [surface, 0]] : [[surface, RIM], [colour, 0]])
  for (const [fill, rim] of layers) {
    context.fillStyle = fill
    context.fillRect(middle - width / 2 - rim, centre - NAME_HEIGHT / 2 - rim, width + 2 * rim, NAME_HEIGHT + 2 * rim)
  }
  context.fillStyle = isHidden ? text : inkOn(colour)
  context.fillText(mark, middle, centre + 4.5)
  if (isHidden) line(context, [[middle - width / 2, centre + 6], [middle + width / 2, centre - 6]], text, 2)
}

/**
 * The line from a name that stands beside the middle of its dots to that middle: else it would name the dots below it.
 * @param {Context} context
 * @param {Box} box
 * @param {number[]} place the middle of the dots
 * @param {Look} look
 */
export function drawLeader(context, box, place, { colour, surface, isHidden }) {
  const centre = middleOf(box)
  if (isHidden || Math.hypot(place[0] - centre[0], place[1] - centre[1]) < LEADERLESS) return
  for (const [ink, rim] of /** @type {[string, number][]} */ ([[surface, RIM], [colour, 0]])) line(context, [centre, place], ink, 3 + 2 * rim)
}
