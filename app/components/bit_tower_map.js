// The map of the tower of bits: q(z|x) as an oval, the z that bits choose in it, and a close look at both in a corner.

import { STEPS } from "./bit_tower_chain.js"
import { circle, line } from "./kit/canvas.js"
import { clamp } from "./kit/numbers.js"
import { drawTiles, EDGE } from "./kit/tiles.js"

/** @typedef {[number, number]} Place */
/** @typedef {[number, number, number, number]} Box left, top, width, height */
/** @typedef {import("./bit_tower_chain.js").Chain} Chain */

const CLOSE = 0.4 // the side of the close look, as a share of the map's
const TITLE = 18 // pixels above the close look, for its words
const SEEN = 3.2 // standard deviations on each side of it
const ON_TILES = "#ffffff" // tiles are dark in both themes
const LEAST_CELL = 5 // pixels of a cell whose edges are drawn

/**
 * Draws the map of an image, of whose three steps so many are made, and gives the place of its z in the close look.
 * @param {CanvasRenderingContext2D} context
 * @param {Box} box
 * @param {Chain} chain
 * @param {number} image
 * @param {number} inside from 0 to 3
 * @param {number} at of all images together
 * @returns {Place}
 */
export function drawMap(context, box, chain, image, inside, at) {
  const { colours, reach } = chain.header
  const scale = box[2] / (2 * reach)
  const middle = /** @type {Place} */ ([box[0] + box[2] / 2, box[1] + box[3] / 2])
  const place = placing(middle, [0, 0], scale)
  const [ink, quiet] = chain.tiles ? [ON_TILES, ON_TILES] : [colours.prior, colours.muted]
  const pair = (/** @type {string} */ name, i = image) => chain.arrays[name].subarray(2 * i, 2 * i + 2)
  context.save()
  context.beginPath()
  context.rect(...box)
  context.clip()
  if (chain.tiles) drawTiles(context, chain.tiles, chain.header.cells, chain.header.cells, box, true)
  context.setLineDash([4, 5])
  for (let r = 1; r <= 3; r++) circle(context, middle, r * scale, { stroke: ink, width: inside > 2 && inside < 3 ? 2 : 1 })
  context.setLineDash([])
  for (let i = 0; i < image; i++) circle(context, place(pair("z", i)), 2.5, { fill: ink })
  const [loc, sd, z] = ["loc", "scale", "z"].map((name) => pair(name))
  const side = CLOSE * box[2]
  const corner = /** @type {Place} */ ([loc[0] > 0 ? box[0] : box[0] + box[2] - side, loc[1] > 0 ? box[1] + box[3] - side : box[1]])
  const close = /** @type {Box} */ ([...corner, side, side])
  const closeMiddle = /** @type {Place} */ ([corner[0] + side / 2, corner[1] + (side + TITLE) / 2])
  const closePlace = placing(closeMiddle, loc, (side - TITLE) / 2 / (SEEN * Math.max(sd[0], sd[1], 1e-6)))
  if (at < STEPS * chain.count || inside < 3) {
    const isKnown = inside < 2 // of z alone nobody knows q(z|x)
    if (isKnown) ovals(context, place(loc), [sd[0] * scale, sd[1] * scale], colours.encoder)
    line(context, [place(isKnown ? loc : z), closeMiddle], quiet, 1)
    closeLook(context, close, chain, inside, { loc, sd, z }, closePlace)
    const drop = clamp((inside - 0.55) / 0.35, 0, 1)
    if (drop > 0) circle(context, place(z), 3.5, { fill: colours.latent, stroke: colours.surface, width: 1.5 })
  }
  context.restore()
  context.lineWidth = 1
  context.strokeStyle = EDGE
  context.strokeRect(box[0] + 0.5, box[1] + 0.5, box[2] - 1, box[3] - 1)
  return closePlace(z)
}

/**
 * From points to pixels, y upwards.
 * @param {Place} middle in pixels
 * @param {ArrayLike<number>} origin the point there
 * @param {number} scale
 * @returns {(z: ArrayLike<number>) => Place}
 */
const placing = (middle, origin, scale) => (z) => [middle[0] + (z[0] - origin[0]) * scale, middle[1] - (z[1] - origin[1]) * scale]

/**
 * One and two standard deviations of q(z|x).
 * @param {CanvasRenderingContext2D} context
 * @param {Place} middle
 * @param {number[]} radii
 * @param {string} colour
 */
function ovals(context, middle, radii, colour) {
  context.strokeStyle = colour
  context.lineWidth = 2
  for (const k of [1, 2]) {
    context.beginPath()
    context.ellipse(...middle, Math.max(1, k * radii[0]), Math.max(1, k * radii[1]), 0, 0, 2 * Math.PI)
    context.stroke()
  }
}

/**
 * The oval so large that z is seen in it, and the cells of the grid on which z lies.
 * @param {CanvasRenderingContext2D} context
 * @param {Box} box
 * @param {Chain} chain
 * @param {number} inside
 * @param {Record<"loc" | "sd" | "z", Float32Array>} q
 * @param {(z: ArrayLike<number>) => Place} place
 */
function closeLook(context, box, chain, inside, { loc, sd, z }, place) {
  const { colours, cell } = chain.header
  const scale = place([loc[0] + 1, loc[1]])[0] - place(loc)[0]
  context.save()
  context.beginPath()
  context.rect(...box)
  context.clip()
  context.fillStyle = colours.surface
  context.fillRect(...box)
  if (cell * scale >= LEAST_CELL) {
    const reach = box[2] / scale // more than the box shows
    for (const axis of [0, 1]) {
      for (let k = Math.ceil((loc[axis] - reach) / cell - 0.5); (k + 0.5) * cell < loc[axis] + reach; k++) {
        const edge = place(axis ? [loc[0], (k + 0.5) * cell] : [(k + 0.5) * cell, loc[1]])
        line(context, axis ? [[box[0], edge[1]], [box[0] + box[2], edge[1]]] : [[edge[0], box[1]], [edge[0], box[1] + box[3]]], colours.grid, 1)
      }
    }
  }
  const [x, y] = place(z)
  if (inside >= 2) {
    const size = Math.max(4, cell * scale) // the cell that goes on with p(z)
    context.fillStyle = colours.prior
    context.fillRect(x - size / 2, y - size / 2, size, size)
  } else ovals(context, place(loc), [sd[0] * scale, sd[1] * scale], colours.encoder)
  const drop = clamp((inside - 0.55) / 0.35, 0, 1)
  if (drop > 0 && inside < 3) circle(context, [x, y], 5 + 8 * (1 - drop), { fill: colours.latent, stroke: colours.surface, width: 1.5 })
  context.restore()
  context.lineWidth = 1
  context.strokeStyle = colours.muted
  context.strokeRect(box[0] + 0.5, box[1] + 0.5, box[2] - 1, box[3] - 1)
  context.font = "12px system-ui, Segoe UI, Roboto, Arial, sans-serif"
  context.textAlign = "left"
  context.fillStyle = colours.text
  const words = box[2] < 130 ? "close-up" : inside < 2 ? "close-up of q(z|x)" : "close-up: cell of z"
  if (context.measureText(words).width + 5 <= box[2]) context.fillText(words, box[0] + 5, box[1] + 15)
}

/**
 * All dimensions of z below the map, each from -3.5 to 3.5: q(z|x) as a bar of two standard deviations each way, and z as a dot.
 * @param {CanvasRenderingContext2D} context
 * @param {Box} map
 * @param {number} room
 * @param {Chain} chain
 * @param {number} image
 * @param {number} inside
 */
export function drawSpread(context, [left, top, width, height], room, chain, image, inside) {
  const { colours, latent_dim: latentDim } = chain.header
  const [low, tall] = [top + height + 8, room - 10]
  const column = width / latentDim
  const y = (/** @type {number} */ value) => low + tall * (0.5 - clamp(value, -3.5, 3.5) / 7)
  for (let j = 0; j < latentDim; j++) {
    const k = image * latentDim + j
    const x = left + (j + 0.5) * column
    line(context, [[x, low], [x, low + tall]], colours.grid, 1)
    const [loc, sd] = [chain.arrays.all_loc[k], chain.arrays.all_scale[k]]
    if (inside < 2) line(context, [[x, y(loc - 2 * sd)], [x, y(loc + 2 * sd)]], colours.encoder, Math.min(5, column / 2))
    if (inside > 0.6) circle(context, [x, y(chain.arrays.all_z[k])], Math.min(3.5, column / 3), { fill: colours.latent })
  }
}
