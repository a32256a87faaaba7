// The dots of a plane near a place: the nearest one, and how many of each class.

/** @typedef {import("./plane.js").PointClass} PointClass */
/** @typedef {import("./kit/overlay.js").Overlay} Overlay */
/** @typedef {{ overlay: Overlay, arrays: import("./kit/pack.js").Arrays, classes: PointClass[], header: any }} Plane `classes` are those on screen */

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
