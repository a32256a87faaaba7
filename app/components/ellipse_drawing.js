// The drawing under the ellipse: bands and contours of p(z|x), axes, draws.

import { context2d, rgb } from "./kit/canvas.js"
import { extents } from "./kit/grid.js"
import { element, label } from "./kit/svg.js"
import { ticksOf } from "./kit/words.js"

/** @typedef {(z: number[]) => number[]} ToPixels */
/** @typedef {{ low: number[], width: number }} Frame a square part of the plane, from its lower left corner */

export const MOST_SIDE = 440
export const MARGIN = { left: 44, top: 10, right: 10, bottom: 40 }

/**
 * What the drawing shows: the regions of p(z|x) are in its middle, and some qs are within. The grid reaches farther, to where
 * nothing is to be seen.
 * @param {any} header
 * @param {Float32Array} logJoint
 * @param {import("./kit/grid.js").Q[]} qs
 * @returns {Frame}
 */
export function frameOf({ low, spacing, side, levels, peak }, logJoint, qs) {
  const outermost = Math.min(...levels) - peak
  const [least, most] = [[side, side], [0, 0]]
  logJoint.forEach((value, i) => {
    if (value <= outermost) return
    for (const [k, index] of [i % side, Math.floor(i / side)].entries()) {
      least[k] = Math.min(least[k], index)
      most[k] = Math.max(most[k], index)
    }
  })
  const middle = low.map((/** @type {number} */ end, /** @type {number} */ k) => end + (spacing * (least[k] + most[k])) / 2)
  const ends = qs.flatMap((q) => extents(q).map((extent, k) => Math.abs(q[k] - middle[k]) + 2 * extent))
  const reach = 1.2 * Math.max(...most.map((end, k) => (spacing * (end - least[k])) / 2), ...ends, spacing)
  return { low: middle.map((/** @type {number} */ value) => value - reach), width: 2 * reach }
}

/**
 * A new drawing of a frame, `size` pixels wide; `at` gives the pixels of a point z.
 * @param {any} header
 * @param {Float32Array} logJoint
 * @param {string[]} contours
 * @param {Frame} frame
 * @param {number} size
 * @param {ToPixels} at
 */
export function drawPosterior(header, logJoint, contours, frame, size, at) {
  const { colours, side, low, spacing, levels, draws } = header
  const { left, top } = MARGIN
  const svg = element("svg", { width: left + size + MARGIN.right, height: top + size + MARGIN.bottom, role: "group" })
  svg.setAttribute("aria-label", "contours of the true posterior p(z|x), the encoder's q and your q")
  element("rect", { x: left, y: top, width: size, height: size, fill: "none", stroke: colours.grid }, svg)
  drawTicks(svg, frame, colours, size, at)
  const cell = (spacing * size) / frame.width
  const [x, y] = at(low)
  const inside = element("svg", { x: left, y: top, width: size, height: size, overflow: "hidden" }, svg)
  const grid = element("g", { transform: `translate(${x - left},${y - top}) scale(${cell},${-cell})` }, inside)
  const place = { x: -0.5, y: -0.5, width: side, height: side, preserveAspectRatio: "none" }
  element("image", { href: bands(header, logJoint), ...place }, grid)
  contours.forEach((d, k) => {
    const look = { fill: "none", stroke: colours.latent, "stroke-width": 2.2 - 0.6 * k, "vector-effect": "non-scaling-stroke" }
    element("path", { d, ...look, "data-level": levels[k] }, grid)
  })
  for (const z of draws) {
    const [cx, cy] = at(z)
    element("circle", { class: "draw", cx, cy, r: 4, fill: colours.encoder, stroke: colours.surface, "stroke-width": 1 }, svg)
  }
  return svg
}

/**
 * A picture of the regions that hold 39, 86 and 99 % of p(z|x), each a shade darker.
 * @param {any} header
 * @param {Float32Array} logJoint
 */
function bands({ side, levels, peak, colours }, logJoint) {
  const canvas = Object.assign(document.createElement("canvas"), { width: side, height: side })
  const context = context2d(canvas)
  const image = context.createImageData(side, side)
  const ink = rgb(colours.latent)
  logJoint.forEach((value, i) => {
    const inside = levels.filter((/** @type {number} */ level) => value > level - peak).length
    image.data.set([...ink, 34 * inside], 4 * i)
  })
  context.putImageData(image, 0, 0)
  return canvas.toDataURL()
}

/**
 * @param {SVGElement} svg
 * @param {Frame} frame
 * @param {Record<string, string>} colours
 * @param {number} size
 * @param {ToPixels} at
 */
function drawTicks(svg, { low, width }, colours, size, at) {
  for (let k = 0; k < 2; k++) {
    for (const [value, text] of ticksOf([low[k], low[k] + width], 6)) {
      const [x, y] = at(k === 0 ? [value, low[1]] : [low[0], value])
      if (k === 0) label(svg, x, y + 17, text, colours.muted, "middle")
      else label(svg, x - 6, y + 4, text, colours.muted, "end")
    }
  }
  label(svg, MARGIN.left + size / 2, MARGIN.top + size + 35, "z₁ across, z₂ up", colours.muted, "middle")
}

/**
 * Shapes an ellipse as q at a number of standard deviations, `unit` pixels each, about a place.
 * @param {SVGElement} node
 * @param {import("./kit/grid.js").Q} q
 * @param {number[]} place
 * @param {number} unit
 */
export function placeOval(node, [, , c, d, angle], [cx, cy], unit) {
  const rotation = `rotate(${((-angle * 180) / Math.PI).toFixed(3)} ${cx.toFixed(2)} ${cy.toFixed(2)})`
  const numbers = { cx, cy, rx: c * unit, ry: d * unit }
  for (const [key, value] of Object.entries(numbers)) node.setAttribute(key, value.toFixed(3))
  node.setAttribute("transform", rotation)
}
