// The plane that a chart shows: z = rest + a u + b v, with (u, v) the orthonormal rows of `basis`.

import { context2d } from "./kit/canvas.js"

/** @typedef {{ basis: number[][], rest: number[] | null, start?: number[], pinned?: boolean, coordinates: string }} ShownPlane */

/**
 * The plane of the first two axes.
 * @param {number} latentDim
 * @returns {ShownPlane}
 */
export const axisPlane = (latentDim) => ({ coordinates: "latent", basis: identityRows(latentDim), rest: null })

/** @param {number} size */
const identityRows = (size) =>
  [0, 1].slice(0, size).map((row) => Array.from({ length: size }, (_, column) => Number(row === column)))

/**
 * The position of z on the plane.
 * @param {ShownPlane} plane
 * @param {number[]} z
 */
export const positionOn = ({ basis }, z) => basis.map((direction) => direction.reduce((sum, u, i) => sum + u * z[i], 0))

/**
 * The point at a position: the parts of z off the plane stay at `rest`.
 * @param {ShownPlane} plane
 * @param {number[]} position
 * @param {number} latentDim
 */
export function pointOn({ basis, rest }, position, latentDim) {
  const z = rest ? Array.from(rest) : new Array(latentDim).fill(0)
  basis.forEach((direction, k) => direction.forEach((u, i) => (z[i] += u * position[k])))
  return z
}

/**
 * Draws the tile of a plane at these values of its axes, and says whether there is one.
 * @param {HTMLCanvasElement} canvas
 * @param {HTMLElement | null} plot
 * @param {number[]} values
 */
export function drawTile(canvas, plot, values) {
  /** @type {HTMLCanvasElement | null | undefined} */
  const points = plot?.querySelector("canvas[data-role=points]")
  const tile = values.length > 1 && points?.overlay?.tile?.(values)
  if (tile) context2d(canvas).drawImage(tile.picture, ...tile.box, 0, 0, canvas.width, canvas.height)
  return Boolean(tile)
}

/**
 * Whether a press is on a class's name, which hides the class and moves nothing.
 * @param {Event} event
 */
export const isName = ({ target }) => target instanceof Element && target.closest(".plane-name") !== null
