// The plane that a chart shows: z = rest + a u + b v, with (u, v) the orthonormal rows of `basis`.

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
