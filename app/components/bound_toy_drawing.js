// The drawings of the toy of the bound: the decoder above, p(z|x) and q below, and log p(x) as a sum.

import { clamp } from "./kit/numbers.js"
import { element, label } from "./kit/svg.js"
import { difference, fixed, minus } from "./kit/words.js"

/** @typedef {{ left: number, right: number, top: number, bottom: number }} Axes */
/** @typedef {"near" | "prior" | "area" | "posterior" | "encoder" | "q"} CurveName */
/**
 * @typedef {object} Plot
 * @property {SVGElement} svg
 * @property {Axes} upper
 * @property {Axes} lower
 * @property {boolean} isNarrow
 * @property {(z: number) => number} atZ pixels of a latent value
 * @property {(px: number) => number} toZ
 * @property {(x: number) => number} atX pixels of an observation
 * @property {(py: number) => number} toX
 * @property {number[]} zs where the curves are drawn
 * @property {Record<CurveName, SVGElement>} curves
 */

const NARROW = 520 // pixels
const BAND = 2 // standard deviations of p(x|z)
const [LEAST, MOST, TICK] = [-16, 0.5, 4] // nats: the axis under the bar stays as it is, whatever q and x are

/**
 * The density of N(loc, scale^2) at z.
 * @param {number} z
 * @param {number} loc
 * @param {number} scale
 */
export const density = (z, loc, scale) => Math.exp(-0.5 * ((z - loc) / scale) ** 2) / (scale * Math.sqrt(2 * Math.PI))

/**
 * An empty drawing of a width, with its maps from values to pixels and back.
 * @param {any} model
 * @param {number} width
 * @param {boolean} isLow whether it must fit a projector's screen
 * @returns {Plot}
 */
export function plotOf({ first, spacing, f, xs, reach }, width, isLow) {
  const isNarrow = width < NARROW
  const axes = (/** @type {number} */ top, /** @type {number} */ height) => ({ left: 44, right: width - 14, top, bottom: top + height })
  const upper = axes(22, isLow ? 76 : isNarrow ? 110 : 135)
  const lower = axes(upper.bottom + 34, isLow ? 110 : isNarrow ? 170 : 190)
  const [lowX, highX] = [xs[0] - 0.1, xs[xs.length - 1] + 0.1]
  const svg = element("svg", { height: lower.bottom + 38, "aria-label": "q(z), the true posterior and the decoder" })
  const zs = Array.from(f, (_, i) => first + spacing * i).filter((z, i) => Math.abs(z) <= reach && i % 4 === 0)
  return {
    svg, upper, lower, isNarrow, zs,
    atZ: (z) => lower.left + ((z + reach) / (2 * reach)) * (lower.right - lower.left),
    toZ: (px) => ((px - lower.left) / (lower.right - lower.left)) * 2 * reach - reach,
    atX: (x) => upper.bottom - ((x - lowX) / (highX - lowX)) * (upper.bottom - upper.top),
    toX: (py) => lowX + ((upper.bottom - py) / (upper.bottom - upper.top)) * (highX - lowX),
    curves: /** @type {any} */ ({}),
  }
}

/**
 * Draws all that stays as it is while q and x move, and the curves that do not, still without their shapes.
 * @param {Plot} plot
 * @param {any} model
 */
export function drawPlot(plot, { colours, f, first, spacing, noise }) {
  const { svg, upper, lower, isNarrow, atZ, atX } = plot
  const inside = (/** @type {number} */ py) => clamp(py, upper.top, upper.bottom)
  const line = (/** @type {number[][]} */ values) =>
    "M" + values.map(([z, x]) => `${atZ(z).toFixed(1)},${inside(atX(x)).toFixed(1)}`).join("L")
  const means = plot.zs.map((z) => [z, f[Math.round((z - first) / spacing)]])
  const band = line([...means.map(([z, x]) => [z, x + BAND * noise]), ...means.map(([z, x]) => [z, x - BAND * noise]).reverse()])
  for (let z = -3; z <= 3; z++) {
    element("line", { x1: atZ(z), x2: atZ(z), y1: upper.top, y2: lower.bottom, stroke: colours.grid }, svg)
    label(svg, atZ(z), lower.bottom + 17, minus(String(z)), colours.muted, "middle")
  }
  label(svg, (lower.left + lower.right) / 2, lower.bottom + 34, "latent z", colours.latent, "middle")
  for (const x of [0, 1, 2]) label(svg, upper.left - 8, atX(x) + 4, String(x), colours.muted, "end")
  element("path", { d: `${band}Z`, fill: colours.decoder, opacity: 0.16 }, svg)
  element("path", { d: line(means), fill: "none", stroke: colours.decoder, "stroke-width": 2.5 }, svg)
  const words = isNarrow ? "decoder: p(x|z), mean ± 2 s.d." : `decoder: mean of p(x|z) as z goes, with ± ${BAND} standard deviations; shaded down to z where x lies in them`
  label(svg, upper.left, 12, words, colours.decoder)
  element("line", { x1: lower.left, x2: lower.right, y1: lower.bottom, y2: lower.bottom, stroke: colours.muted }, svg)
  drawLegend(plot, colours)
  const curve = (/** @type {string} */ stroke, /** @type {import("./kit/svg.js").Attributes} */ more) =>
    element("path", { fill: "none", stroke, ...more }, svg)
  plot.curves = {
    near: curve("none", { fill: colours.decoder, opacity: 0.12 }),
    prior: curve(colours.prior, { "stroke-width": 1.5, "stroke-dasharray": "2 3" }),
    area: curve("none", { fill: colours.latent, opacity: 0.28 }),
    posterior: curve(colours.latent, { "stroke-width": 2 }),
    encoder: curve(colours.encoder, { "stroke-width": 1.8, "stroke-dasharray": "6 4" }),
    q: curve(colours.encoder, { "stroke-width": 3.2 }),
  }
}

/**
 * @param {Plot} plot
 * @param {Record<string, string>} colours
 */
function drawLegend({ svg, lower, isNarrow }, colours) {
  const y = lower.top - 12
  /** @type {[string, string, string, number][]} */
  const entries = [
    ["your q", colours.encoder, "", 3.2],
    [isNarrow ? "encoder's" : "the encoder's q(z|x)", colours.encoder, "6 4", 1.8],
    [isNarrow ? "p(z|x)" : "true posterior p(z|x)", colours.latent, "", 2],
    [isNarrow ? "p(z)" : "prior p(z)", colours.prior, "2 3", 1.5],
  ]
  let left = lower.left
  for (const [name, stroke, dash, width] of entries) {
    const line = { x1: left, x2: left + 20, y1: y - 4, y2: y - 4 }
    element("line", { ...line, stroke, "stroke-width": width, "stroke-dasharray": dash }, svg)
    label(svg, left + 25, y, name, colours.text)
    left += 38 + name.length * (isNarrow ? 6.6 : 7)
  }
}

/**
 * Gives the curves their shapes, and returns the map from a density to pixels; `top` is the density at the top.
 * @param {Plot} plot
 * @param {any} model
 * @param {import("./kit/grid.js").Joint} joint
 * @param {number} x
 * @param {[number, number]} q
 * @param {[number, number]} encoder
 * @param {number} top
 */
export function moveCurves({ curves, upper, lower, zs, atZ }, { f, first, spacing, noise }, joint, x, q, encoder, top) {
  const atY = (/** @type {number} */ p) => lower.bottom - clamp(p / top, 0, 1.02) * (lower.bottom - lower.top)
  const shape = (/** @type {(z: number) => number} */ p) =>
    "M" + zs.map((z) => `${atZ(z).toFixed(1)},${atY(p(z)).toFixed(1)}`).join("L")
  const posterior = shape((z) => Math.exp(joint.logJoint[Math.round((z - first) / spacing)] - joint.logMarginal))
  curves.posterior.setAttribute("d", posterior)
  curves.area.setAttribute("d", `${posterior}L${lower.right},${lower.bottom}L${lower.left},${lower.bottom}Z`)
  const isNear = (/** @type {number} */ z) => Math.abs(f[Math.round((z - first) / spacing)] - x) < BAND * noise
  const half = (atZ(zs[1]) - atZ(zs[0])) / 2
  // From the band of the decoder down to the hills: where x lies inside the band.
  curves.near.setAttribute("d", zs.filter(isNear).map((z) => `M${(atZ(z) - half).toFixed(1)},${upper.top}h${(2 * half).toFixed(1)}V${lower.bottom}h${(-2 * half).toFixed(1)}Z`).join(""))
  curves.prior.setAttribute("d", shape((z) => density(z, 0, 1)))
  curves.encoder.setAttribute("d", shape((z) => density(z, ...encoder)))
  curves.q.setAttribute("d", shape((z) => density(z, ...q)))
  return atY
}

/**
 * log p(x) as a bar over a fixed axis: the ELBO from the left, and the gap that is left to log p(x).
 * @param {HTMLElement} place
 * @param {Record<string, string>} colours
 * @param {{ elbo: number, logMarginal: number, encoder: { elbo: number } }} bound
 */
export function drawSum(place, colours, { elbo, logMarginal, encoder }) {
  const kl = difference(logMarginal, elbo)
  const width = place.clientWidth
  const isNarrow = width < NARROW
  const y = isNarrow ? 44 : 26
  const [left, right, end] = [2, width - 2, y + 28]
  const at = (/** @type {number} */ value) => left + clamp((value - LEAST) / (MOST - LEAST), 0, 1) * (right - left)
  const svg = element("svg", { height: end + 46, "aria-label": "ELBO and KL of the toy" })
  const part = (/** @type {number} */ from, /** @type {number} */ to, /** @type {string} */ fill, /** @type {number} */ opacity) =>
    element("rect", { y, height: 28, x: from, width: Math.max(0, to - from), fill, opacity }, svg)
  const mark = (/** @type {number} */ value, /** @type {import("./kit/svg.js").Attributes} */ look) =>
    element("line", { x1: at(value), x2: at(value), y1: y - 6, y2: end + 6, ...look }, svg)
  drawAxis(svg, at, end, colours)
  part(left, at(elbo), colours.latent, 0.85)
  part(at(elbo), at(logMarginal), colours.encoder, 0.55)
  mark(logMarginal, { stroke: colours.text, "stroke-width": 3 })
  mark(encoder.elbo, { stroke: colours.encoder, "stroke-width": 2, "stroke-dasharray": "4 3" })
  label(svg, left, 14, `ELBO ${fixed(elbo)}${elbo < LEAST ? ", left of the axis" : ""}`, colours.latent)
  if (isNarrow) label(svg, left, 34, `+ gap KL(q‖p(z|x)) ${fixed(kl)}`, colours.encoder)
  else label(svg, clamp((at(elbo) + at(logMarginal)) / 2, left + 260, right - 270), 14, `+ gap KL(q‖p(z|x)) ${fixed(kl)}`, colours.encoder, "middle")
  label(svg, isNarrow ? right : Math.min(right, at(logMarginal) + 70), isNarrow ? 34 : 14, `= log p(x) ${fixed(logMarginal)}`, colours.text, "end")
  label(svg, Math.min(at(encoder.elbo), width - 90), end + 40, `encoder's ELBO ${fixed(encoder.elbo)}`, colours.encoder, "middle")
  place.replaceChildren(svg)
  const words = `log p(x) ${fixed(logMarginal)} nats is the ELBO ${fixed(elbo)} plus the KL ${fixed(kl)}`
  place.setAttribute("aria-label", words)
}

/**
 * The axis under the bar, in nats. It never moves, so that the bar is what moves.
 * @param {SVGElement} svg
 * @param {(value: number) => number} at pixels of a number of nats
 * @param {number} y
 * @param {Record<string, string>} colours
 */
function drawAxis(svg, at, y, colours) {
  element("line", { x1: at(LEAST), x2: at(MOST), y1: y, y2: y, stroke: colours.muted }, svg)
  for (let value = LEAST; value <= MOST; value += TICK) {
    element("line", { x1: at(value), x2: at(value), y1: y, y2: y + 6, stroke: colours.muted }, svg)
    label(svg, at(value), y + 20, minus(String(value)), colours.muted, value === LEAST ? "start" : "middle")
  }
  label(svg, at(LEAST), y + 40, "nats; right is better", colours.muted)
}
