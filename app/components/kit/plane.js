// A latent plane on a canvas: axes, encoded points, marked points. It needs no chart, so a page without Plotly can use it.

import { freeBox, NEARBY } from "./boxes.js"
import { circle } from "./canvas.js"
import { upperMedian } from "./numbers.js"
import { drawTiles } from "./tiles.js"
import { ticksOf } from "./words.js"

/** @typedef {Record<string, string>} Colours a page's colours by what they stand for, as Python's `palette` has them */
/**
 * @typedef {object} Plane
 * @property {(value: number) => number} x pixels of a latent value
 * @property {(value: number) => number} y
 * @property {(px: number, py: number) => [number, number]} latent latent values of a place in pixels
 * @property {(px: number, py: number) => boolean} within
 * @property {[number, number, number, number]} box left, top, width, height of the axes
 */

const MARGIN = { left: 34, bottom: 34, top: 6, right: 6 }
const NO_CLASS = 255
const LETTERS = 14
const FONT = "system-ui, Segoe UI, Roboto, Arial, sans-serif"

/**
 * The maps between latent values in [low, high] and the pixels of a square.
 * @param {number} side
 * @param {number[]} span
 * @returns {Plane}
 */
export function planeOf(side, [low, high]) {
  const { left, top } = MARGIN
  const length = side - left - MARGIN.right
  return {
    x: (value) => left + ((value - low) / (high - low)) * length,
    y: (value) => top + ((high - value) / (high - low)) * length,
    latent: (px, py) => [low + ((px - left) / length) * (high - low), high - ((py - top) / length) * (high - low)],
    within: (px, py) => px >= left && py >= top && px <= left + length && py <= top + length,
    box: [left, top, length, length],
  }
}

/**
 * Draws what is within the axes only.
 * @param {CanvasRenderingContext2D} context
 * @param {Plane} plane
 * @param {() => void} draw
 */
export function clipped(context, { box }, draw) {
  context.save()
  context.beginPath()
  context.rect(...box)
  context.clip()
  draw()
  context.restore()
}

/**
 * Draws a square plane with axes over a span, over a `backdrop` of decoded images (rows, columns), if there is one. `titles` are
 * those of the two axes; the first stands within them where the plane must fit a projector's screen.
 * @param {CanvasRenderingContext2D} context
 * @param {number} side
 * @param {number[]} span
 * @param {string[]} titles
 * @param {Colours} colours
 * @param {{ span: number[], picture: HTMLCanvasElement, cells: number[], cover?: (plane: Plane) => void } | null} [backdrop] `cover` draws over it
 * @param {boolean} [isLow]
 */
export function drawAxes(context, side, span, titles, colours, backdrop, isLow = false) {
  const plane = planeOf(side, span)
  const { x, y, box: [left, top, length] } = plane
  if (backdrop) {
    clipped(context, plane, () => {
      const { span: [from, to], picture, cells: [rows, columns] } = backdrop
      drawTiles(context, picture, rows, columns, [x(from), y(to), x(to) - x(from), y(from) - y(to)], true)
      backdrop.cover?.(plane)
    })
  }
  context.strokeStyle = colours.grid
  context.strokeRect(left, top, length, length)
  context.fillStyle = colours.muted
  for (const [value, text] of ticksOf(span, 5)) {
    context.textAlign = "center"
    context.fillText(text, x(value), side - MARGIN.bottom + 14)
    context.textAlign = "right"
    context.fillText(text, left - 4, y(value) + 4)
  }
  context.lineWidth = 4
  context.strokeStyle = colours.surface
  context.textAlign = "center"
  const [across, below] = isLow ? [left + length - 12, top + length - 6] : [left + length / 2, side - 4]
  if (isLow) context.strokeText(titles[0], across, below)
  context.fillText(titles[0], across, below)
  context.textAlign = "left"
  context.strokeText(titles[1], left + 5, top + 14)
  context.fillText(titles[1], left + 5, top + 14)
  context.lineWidth = 1
  return plane
}

/**
 * Draws encoded points (count x 2, flat) in the colours of their classes; label 255 is no class.
 * @param {CanvasRenderingContext2D} context
 * @param {Plane} plane
 * @param {ArrayLike<number>} points
 * @param {ArrayLike<number>} labels
 * @param {string[]} classColours
 * @param {string} colour of points without a class
 * @param {number} radius
 */
export function drawPoints(context, { x, y }, points, labels, classColours, colour, radius) {
  for (let i = 0; i < points.length / 2; i++) {
    const fill = labels[i] === NO_CLASS ? colour : classColours[labels[i] % 10]
    circle(context, [x(points[2 * i]), y(points[2 * i + 1])], radius, { fill })
  }
}

/**
 * Draws a ring with a name beside it, both with a rim of the page's ground.
 * @param {CanvasRenderingContext2D} context
 * @param {Plane} plane
 * @param {ArrayLike<number>} place latent values
 * @param {string} colour
 * @param {string} surface
 * @param {string} name
 * @param {number} [letters] pixels
 */
export function drawMark(context, plane, place, colour, surface, name, letters = LETTERS) {
  const [x, y] = [plane.x(place[0]), plane.y(place[1])]
  const radius = (8 / LETTERS) * letters
  circle(context, [x, y], radius, { stroke: surface, width: 6 })
  circle(context, [x, y], radius, { stroke: colour, width: 3 })
  context.font = `bold ${letters}px ${FONT}`
  context.lineWidth = 4
  context.strokeStyle = surface
  context.strokeText(name, x + 12, y + 5)
  context.fillStyle = colour
  context.fillText(name, x + 12, y + 5)
  context.lineWidth = 1
}

/**
 * Names each class at the middle of its points or near it, so that nothing rests on colour alone.
 * @param {CanvasRenderingContext2D} context
 * @param {Plane} plane
 * @param {ArrayLike<number>} points (count x 2, flat)
 * @param {number[][]} rows which points each class has
 * @param {string[]} names
 * @param {Colours} colours
 * @param {number} [letters] pixels
 */
export function nameClasses(context, { x, y, box: [left, top, width, height] }, points, rows, names, colours, letters = LETTERS) {
  /** @type {import("./boxes.js").Box[]} */
  const places = []
  context.textAlign = "center"
  context.font = `bold ${letters}px ${FONT}`
  for (const [kind, name] of names.entries()) {
    const [a, b] = [0, 1].map((axis) => upperMedian(rows[kind].map((row) => points[2 * row + axis])))
    if (a === undefined || b === undefined) continue
    const area = { left, top, width, height }
    const place = freeBox([x(a), y(b)], context.measureText(name).width + 4, 16, NEARBY, places, area)
    if (!place) continue // far outside
    places.push(place)
    const [middle, line] = [place.left + place.width / 2, place.top + 13]
    context.lineWidth = 4
    context.strokeStyle = colours.surface
    context.strokeText(name, middle, line)
    context.fillStyle = colours.text
    context.fillText(name, middle, line)
  }
}

/**
 * Which points each of `count` classes has.
 * @param {ArrayLike<number>} labels
 * @param {number} count
 * @returns {number[][]}
 */
export function rowsOfClasses(labels, count) {
  /** @type {number[][]} */
  const rows = Array.from({ length: count }, () => [])
  for (let row = 0; row < labels.length; row++) rows[labels[row]]?.push(row)
  return rows
}
