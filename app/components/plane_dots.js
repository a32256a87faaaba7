// The dots of a plane near a place: the nearest one, and how many of each class.

/** @typedef {import("./plane.js").PointClass} PointClass */
/** @typedef {import("./kit/overlay.js").Overlay} Overlay */
/** @typedef {{ overlay: Overlay, arrays: import("./kit/pack.js").Arrays, classes: PointClass[], header: any }} Plane `classes` are those on screen */

const AHEAD = 1e-4 // in values of the axes: a dot no farther ahead is at the place itself
export const DOTS = "plane-dots" // the event on the plane's element when other dots are on screen

/** @param {Plane} plane */
function scaleOf({ overlay }) {
  const { x, y } = overlay.chart.maps
  const [left, top] = [x(0), y(0)]
  return [left, top, x(1) - left, y(1) - top]
}

/**
 * The visible dot within `reach` pixels of a place on the axes: its row among the examples, its class's name, its place.
 * @param {Plane} plane
 * @param {number} px
 * @param {number} py
 * @param {number} reach
 */
export function nearestDot(plane, px, py, reach) {
  const [x0, y0, dx, dy] = scaleOf(plane)
  const { points, rows } = plane.arrays
  let nearest = null
  let least = reach * reach
  for (const { name, from, to } of plane.classes) {
    for (let i = from; i < to; i++) {
      const [x, y] = [x0 + dx * points[2 * i], y0 + dy * points[2 * i + 1]]
      const distance = (x - px) ** 2 + (y - py) ** 2
      if (distance < least) {
        least = distance
        nearest = { row: rows[i], name, x, y }
      }
    }
  }
  return nearest
}

/**
 * How many visible dots of each class lie within `reach` pixels of a place on the axes; null where dots have no classes.
 * @param {Plane} plane
 * @param {number} px
 * @param {number} py
 * @param {number} reach
 */
export function countsAround(plane, px, py, reach) {
  if (plane.header.classes.length < 2) return null
  const [x0, y0, dx, dy] = scaleOf(plane)
  const { points } = plane.arrays
  /** @type {Map<string, number>} */
  const counts = new Map()
  for (const { name, mark = name, from, to } of plane.classes) {
    let count = 0
    for (let i = from; i < to; i++) {
      const [across, down] = [x0 + dx * points[2 * i] - px, y0 + dy * points[2 * i + 1] - py]
      if (across * across + down * down < reach * reach) count += 1
    }
    if (count) counts.set(mark, count)
  }
  return counts
}

/**
 * The visible dot nearest to a place in one of the four directions, no farther aside than ahead; in values of the axes. Null where there is none.
 * @param {Plane} plane
 * @param {number[]} place in values of the axes
 * @param {number[]} step such as [1, 0] to the right, [0, 1] upwards
 */
export function dotToward({ arrays: { points }, classes }, [a, b], [right, up]) {
  let nearest = null
  let least = Infinity
  for (const { from, to } of classes) {
    for (let i = from; i < to; i++) {
      const [dx, dy] = [points[2 * i] - a, points[2 * i + 1] - b]
      const [ahead, aside] = [dx * right + dy * up, Math.abs(dx * up + dy * right)]
      const distance = dx * dx + dy * dy
      if (ahead > AHEAD && aside <= ahead && distance < least) {
        least = distance
        nearest = [points[2 * i], points[2 * i + 1]]
      }
    }
  }
  return nearest
}
