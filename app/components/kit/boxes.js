// Free places for letters and names on a drawing.

import { clamp } from "./numbers.js"

/** @typedef {{ left: number, top: number, width: number, height: number }} Box */

/**
 * Whether two boxes share a part.
 * @param {Box} box
 * @param {Box} other
 */
export const covers = (box, other) =>
  box.left < other.left + other.width && other.left < box.left + box.width &&
  box.top < other.top + other.height && other.top < box.top + box.height

/**
 * The first box of this size, some `ways` from a place, that lies within an area and covers no obstacle; else
 * the first that lies within the area; undefined where there is none.
 * @param {number[]} place
 * @param {number} width
 * @param {number} height
 * @param {number[][]} ways
 * @param {Box[]} obstacles
 * @param {Box} area
 * @returns {Box | undefined}
 */
export function freeBox([x, y], width, height, ways, obstacles, area) {
  let first
  for (const [dx, dy] of ways) {
    const box = { left: x + dx - width / 2, top: y + dy - height / 2, width, height }
    if (box.left < area.left || box.left + width > area.left + area.width) continue
    if (box.top < area.top || box.top + height > area.top + area.height) continue
    first ??= box
    if (!obstacles.some((other) => covers(box, other))) return box
  }
  return first
}

/**
 * Boxes for names that stay where they are: only a name that covers an obstacle moves, and no other name moves for it.
 * @param {{ place: number[], width: number, height: number, ways: number[][] }[]} names
 * @param {Box[]} obstacles
 * @param {Box} area
 */
export function steadyBoxes(names, obstacles, area) {
  /** @type {(Box | undefined)[]} */
  const boxes = []
  const find = (/** @type {number} */ i, /** @type {Box[]} */ taken) => {
    const { place, width, height, ways } = names[i]
    return freeBox(place, width, height, ways, [...taken, ...boxes.flatMap((box, k) => (box && k !== i ? [box] : []))], area)
  }
  names.forEach((_, i) => (boxes[i] = find(i, [])))
  boxes.forEach((box, i) => {
    if (box && obstacles.some((other) => covers(box, other))) boxes[i] = find(i, obstacles)
  })
  return boxes
}

const STAYING = 30 // pixels from the middle of its dots: a name so near does not move when they do

/**
 * Where a name stood in the drawing before, if its dots are still near: names that jump at each step of a training cannot be followed.
 * @param {number[] | undefined} share where its middle was, in shares of the plane
 * @param {number[]} dots the middle of its dots now, in pixels
 * @param {number} width
 * @param {number} height
 */
export function stayingPlace(share, [x, y], width, height) {
  if (!share) return null
  const place = [share[0] * width, share[1] * height]
  return Math.hypot(place[0] - x, place[1] - y) < STAYING ? place : null
}

/** Ways to look around for a free place, nearest first, 5 pixels apart. */
export const NEARBY = Array.from({ length: 41 * 41 }, (_, i) => [5 * ((i % 41) - 20), 5 * (Math.floor(i / 41) - 20)]).sort(
  (way, other) => Math.hypot(...way) - Math.hypot(...other),
)

/** The same in steps of a grid, whatever their size. */
const NEARBY_CORNERS = NEARBY.map((way) => way.map((part) => part / 5)).filter((way) => Math.max(...way.map(Math.abs)) <= 8)

const DIRECTIONS = [[0, -1], [1, -1], [-1, -1], [1, 0], [-1, 0], [1, 1], [-1, 1], [0, 1]]

/** Ways to a place for a letter: eight directions, at three distances. */
export const AROUND = [34, 56, 84].flatMap((far) => DIRECTIONS.map((way) => way.map((part) => part * far)))

/** The same for a letter that touches the ring at its place. */
export const BESIDE = DIRECTIONS.map((way) => way.map((part) => part * 22))

/**
 * Where four of the pictures meet that fill a box as a grid: the nearest such place to a place, and the ways from it to others,
 * nearest first.
 * @param {Box} box
 * @param {number} rows
 * @param {number} columns
 */
export function cornersOf({ left, top, width, height }, rows, columns) {
  const [across, down] = [width / columns, height / rows]
  const nearest = (/** @type {number[]} */ [x, y]) => [
    left + across * clamp(Math.round((x - left) / across), 1, columns - 1),
    top + down * clamp(Math.round((y - top) / down), 1, rows - 1),
  ]
  return { nearest, ways: NEARBY_CORNERS.map(([dx, dy]) => [dx * across, dy * down]) }
}
