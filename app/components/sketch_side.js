// Beside the pad: the curves of the bound and of log p(x), and q(z|x) beside p(z|x) on the axes of z.

import { context2d, fit, line, rgb } from "./kit/canvas.js"
import { clamp } from "./kit/numbers.js"
import { fixed, ticksOf } from "./kit/words.js"

/** @typedef {import("./sketch_picture.js").Colours} Colours */

const MARGIN = { left: 44, right: 12, top: 22, bottom: 26 }
const EARLY = 0.1 // of the moments: the first ones are far below all others
const LEAST_SPAN = 0.5 // nats

/**
 * The range of the axis of nats: of all moments but the first, which are far below the others.
 * @param {number[]} values
 * @returns {[number, number]}
 */
export function rangeOf(values) {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b)
  if (!sorted.length) return [-1, 0]
  const high = sorted[sorted.length - 1]
  const low = Math.min(sorted[Math.floor(EARLY * sorted.length)], high - LEAST_SPAN)
  const pad = 0.06 * (high - low)
  return [low - pad, high + pad]
}

/**
 * The runs of finite numbers among values, each from its first index to the one after its last.
 * @param {number[]} values
 * @returns {[number, number][]}
 */
export function finiteRuns(values) {
  const runs = /** @type {[number, number][]} */ ([])
  values.forEach((value, i) => {
    if (!Number.isFinite(value)) return
    if (i > 0 && Number.isFinite(values[i - 1])) runs[runs.length - 1][1] = i + 1
    else runs.push([i, i + 1])
  })
  return runs
}

/**
 * The bound and log p(x) of the points against steps; between them lies the gap, where an encoder was trained.
 * @param {CanvasRenderingContext2D} context
 * @param {number} width
 * @param {number} height
 * @param {Float32Array} moments step, bound (nan without an encoder) and log p(x), three numbers a moment
 * @param {number | null} usual what one oval cloud has for these points, a yardstick
 * @param {Colours} colours
 */
export function drawCurves(context, width, height, moments, usual, colours) {
  const count = moments.length / 3
  const column = (/** @type {number} */ k) => Array.from({ length: count }, (_, i) => moments[3 * i + k])
  const [steps, bounds, marginals] = [0, 1, 2].map(column)
  const [low, high] = withYardstick(rangeOf([...bounds, ...marginals]), usual)
  const last = Math.max(steps[count - 1] ?? 0, 100)
  const [left, right, top, bottom] = [MARGIN.left, width - MARGIN.right, MARGIN.top, height - MARGIN.bottom]
  const atStep = (/** @type {number} */ step) => left + ((right - left) * step) / last
  const atNats = (/** @type {number} */ nats) => bottom - ((bottom - top) * (clamp(nats, low, high) - low)) / (high - low)
  context.textAlign = "right"
  context.fillStyle = colours.muted
  for (const [nats, text] of ticksOf([low, high], 4)) {
    line(context, [[left, atNats(nats)], [right, atNats(nats)]], colours.grid, 1)
    context.fillText(text, left - 6, atNats(nats) + 4)
  }
  context.textAlign = "center"
  for (const [step, text] of ticksOf([0, last], 3)) context.fillText(text, clamp(atStep(step), left + 4, right - 18), bottom + 16)
  if (usual !== null && usual > low && usual < high) drawYardstick(context, left, right, atNats(usual), colours)
  context.textAlign = "left"
  const path = (/** @type {number[]} */ values) => values.map((value, i) => [atStep(steps[i]), atNats(value)])
  const runs = finiteRuns(bounds)
  for (const [start, end] of runs) {
    const [lower, upper] = [bounds, marginals].map((values) => path(values).slice(start, end))
    context.beginPath()
    for (const [x, y] of [...upper, ...lower.slice().reverse()]) context.lineTo(x, y)
    context.globalAlpha = 0.18
    context.fillStyle = colours.encoder
    context.fill()
    context.globalAlpha = 1
    line(context, lower, colours.encoder, 2)
  }
  line(context, path(marginals).filter(([, y]) => Number.isFinite(y)), colours.decoder, 2)
  const names = /** @type {[string, string][]} */ ([["log p(x)", colours.decoder], ...(runs.length ? [["the bound", colours.encoder]] : []), ["nats, by step", colours.muted]])
  drawNames(context, left, names)
}

/**
 * A range that reaches to the yardstick, unless the curves would then have less than half of the height.
 * @param {[number, number]} range
 * @param {number | null} usual
 * @returns {[number, number]}
 */
export function withYardstick([low, high], usual) {
  const reach = high - low
  if (usual === null || usual < low - reach || usual > high + reach) return [low, high]
  return [Math.min(low, usual - 0.15 * reach), Math.max(high, usual + 0.06 * reach)]
}

/** @type {(context: CanvasRenderingContext2D, left: number, right: number, y: number, colours: Colours) => void} */
function drawYardstick(context, left, right, y, colours) {
  context.setLineDash([5, 4])
  line(context, [[left, y], [right, y]], colours.muted, 1.5)
  context.setLineDash([])
  context.textAlign = "right"
  context.fillStyle = colours.muted
  context.fillText("one oval cloud", right, y + 13)
}

/**
 * The names of curves in a row, each in its colour.
 * @param {CanvasRenderingContext2D} context
 * @param {number} left
 * @param {[string, string][]} names
 */
export function drawNames(context, left, names) {
  let at = left
  for (const [name, colour] of names) {
    context.fillStyle = colour
    context.fillText(name, at, 14)
    at += context.measureText(name).width + 14
  }
}

/**
 * q(z|x) and p(z|x) as curves over the axis of z, beside the prior.
 * @param {CanvasRenderingContext2D} context
 * @param {number} width
 * @param {number} height
 * @param {Float32Array} places of z
 * @param {[Float64Array | null, string][]} curves shares with their colours
 * @param {Colours} colours
 */
export function drawLatentLine(context, width, height, places, curves, colours) {
  const [left, right, top, bottom] = [12, width - 12, MARGIN.top, height - MARGIN.bottom]
  const spacing = places[1] - places[0]
  const reach = places[places.length - 1]
  const prior = Float64Array.from(places, (z) => (spacing * Math.exp(-0.5 * z * z)) / Math.sqrt(2 * Math.PI))
  const present = /** @type {[Float64Array, string][]} */ ([...curves, [prior, colours.prior]].filter(([shares]) => shares))
  const most = present.reduce((least, [shares]) => Math.max(least, shares.reduce((a, b) => Math.max(a, b), 0)), 0)
  const at = (/** @type {number} */ z) => left + ((z + reach) / (2 * reach)) * (right - left)
  axisOfZ(context, left, right, bottom, at, colours)
  for (const [shares, colour] of present) {
    const dashes = colour === colours.prior ? [3, 3] : []
    context.setLineDash(dashes)
    line(context, Array.from(shares, (share, i) => [at(places[i]), bottom - ((bottom - top) * share) / most]), colour, 2.2)
  }
  context.setLineDash([])
}

/**
 * p(z|x) as a picture over both axes of z, and q(z|x) as an oval of one and of two standard deviations.
 * @param {CanvasRenderingContext2D} context
 * @param {number} width
 * @param {number} height
 * @param {Float64Array} shares of a square grid of z; its first axis goes to the right
 * @param {number} reach
 * @param {{ loc: Float32Array, scale: Float32Array } | null} q
 * @param {Colours} colours
 * @param {HTMLCanvasElement} scratch
 */
export function drawLatentPlane(context, width, height, shares, reach, q, colours, scratch) {
  const across = Math.round(Math.sqrt(shares.length))
  const side = Math.min(width - 24, height - MARGIN.bottom - MARGIN.top)
  const [left, top] = [(width - side) / 2, MARGIN.top]
  const most = shares.reduce((a, b) => Math.max(a, b), 0)
  const image = new ImageData(across, across)
  const ink = rgb(colours.latent)
  shares.forEach((share, i) => {
    const [column, row] = [Math.floor(i / across), across - 1 - (i % across)]
    const pixel = 4 * (row * across + column)
    for (let part = 0; part < 3; part++) image.data[pixel + part] = ink[part]
    image.data[pixel + 3] = 220 * Math.sqrt(share / most)
  })
  fit(scratch, [across, across])
  context2d(scratch).putImageData(image, 0, 0)
  context.drawImage(scratch, left, top, side, side)
  context.strokeStyle = colours.muted
  context.lineWidth = 1
  context.strokeRect(left, top, side, side)
  const at = (/** @type {number} */ z) => left + ((z + reach) / (2 * reach)) * side
  axisOfZ(context, left, left + side, top + side, at, colours)
  context.fillText("z₂", left - 18, top + side / 2)
  if (!q) return
  const unit = side / (2 * reach)
  context.strokeStyle = colours.encoder
  context.lineWidth = 2
  for (const k of [1, 2]) {
    context.beginPath()
    context.ellipse(at(q.loc[0]), top + side / 2 - q.loc[1] * unit, k * q.scale[0] * unit, k * q.scale[1] * unit, 0, 0, 2 * Math.PI)
    context.stroke()
  }
}

/** @type {(context: CanvasRenderingContext2D, left: number, right: number, bottom: number, at: (z: number) => number, colours: Colours) => void} */
function axisOfZ(context, left, right, bottom, at, colours) {
  line(context, [[left, bottom], [right, bottom]], colours.muted, 1)
  context.fillStyle = colours.muted
  context.textAlign = "center"
  for (let z = -3; z <= 3; z++) context.fillText(fixed(z, 0), at(z), bottom + 16)
  context.textAlign = "left"
}
