// Two small charts of the steering bench: asked against measured for both ways, and |z| beside its law under the prior.

import { circle, contextOf, line } from "./kit/canvas.js"
import { difference } from "./kit/steering.js"
import { fixed, ticksOf } from "./kit/words.js"

const MARGIN = { left: 46, right: 14, top: 26, bottom: 36 }
const LAW_HEIGHT = 96

/**
 * @param {HTMLCanvasElement} canvas
 * @returns {number} CSS pixels
 */
const widthOf = (canvas) => canvas.parentElement?.clientWidth ?? 300

/**
 * @param {HTMLCanvasElement} canvas
 * @param {{ name: string, unit: string, turn: number }} attribute
 * @param {number[]} span of what can be asked for
 * @param {number[][]} points asked, steered, plain
 * @param {number[]} here the same of the images on screen
 * @param {any} colours
 */
export function drawChart(canvas, { name, unit, turn }, span, points, here, colours) {
  points = points.map((values) => unwound(values, turn))
  here = unwound(here, turn)
  const width = Math.min(widthOf(canvas), 420)
  const height = Math.round(Math.min(0.8 * width, 290))
  canvas.style.width = `${width}px`
  const context = contextOf(canvas, width, height)
  const values = [...points.flatMap(([, ...measured]) => measured), ...here.slice(1)].filter(Number.isFinite)
  const [low, high] = [Math.min(span[0], ...values), Math.max(span[1], ...values)]
  const room = 0.04 * (high - low)
  const x = (/** @type {number} */ value) => MARGIN.left + ((value - span[0]) / (span[1] - span[0])) * (width - MARGIN.left - MARGIN.right)
  const y = (/** @type {number} */ value) => height - MARGIN.bottom - ((value - low + room) / (high - low + 2 * room)) * (height - MARGIN.top - MARGIN.bottom)
  context.fillStyle = colours.text
  context.textAlign = "left"
  context.textBaseline = "middle"
  context.fillText(`measured ${name}, ${unit}`, 4, 10)
  for (const [value, text] of ticksOf([low, high], 5)) {
    line(context, [[MARGIN.left, y(value)], [width - MARGIN.right, y(value)]], colours.grid, 1)
    context.textAlign = "right"
    context.fillText(text, MARGIN.left - 6, y(value))
  }
  context.textAlign = "center"
  for (const [value, text] of ticksOf(span, 5)) context.fillText(text, x(value), height - MARGIN.bottom + 12)
  context.fillText("asked for", (MARGIN.left + width - MARGIN.right) / 2, height - 8)
  context.setLineDash([2, 4])
  line(context, span.map((value) => [x(value), y(value)]), colours.text, 1.5)
  context.setLineDash([6, 4])
  line(context, points.map(([asked, , plain]) => [x(asked), y(plain)]), colours.muted, 2)
  context.setLineDash([])
  line(context, points.map(([asked, steered]) => [x(asked), y(steered)]), colours.decoder, 3)
  const [asked, steered, plain] = here
  const inside = Math.min(span[1], Math.max(span[0], asked))
  if (Number.isFinite(plain)) circle(context, [x(inside), y(plain)], 5, { fill: colours.surface, stroke: colours.muted, width: 2 })
  if (Number.isFinite(steered)) circle(context, [x(inside), y(steered)], 6, { fill: colours.decoder, stroke: colours.surface, width: 2 })
  legend(context, width, colours)
}

/**
 * Measured values on a circle, each within half a turn of what was asked, so that a line does not jump.
 * @param {number[]} values asked, steered, plain
 * @param {number} turn
 */
const unwound = ([asked, ...measured], turn) => [asked, ...measured.map((value) => asked + difference(value, asked, turn))]

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} width
 * @param {any} colours
 */
function legend(context, width, colours) {
  context.textAlign = "right"
  context.fillStyle = colours.muted
  context.fillText("plain", width - 6, 10)
  context.fillStyle = colours.decoder
  context.fillText("steered", width - 44, 10)
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {number[]} lengths |z| of the steered and of the plain image
 * @param {any} header with `latent_dim`, `usual_radius` and `colours`
 */
export function drawLaw(canvas, lengths, { latent_dim: size, usual_radius: usual, colours }) {
  const width = Math.min(widthOf(canvas), 420)
  canvas.style.width = `${width}px`
  const context = contextOf(canvas, width, LAW_HEIGHT)
  const end = Math.max(1.6 * usual[2], ...lengths.map((length) => 1.05 * length))
  const [bottom, top] = [LAW_HEIGHT - 34, 20]
  const x = (/** @type {number} */ length) => 6 + (length / end) * (width - 12)
  const logLaw = (/** @type {number} */ length) => (size - 1) * Math.log(Math.max(length, 1e-9)) - length ** 2 / 2 // chi, but for a factor
  const peak = logLaw(Math.sqrt(Math.max(size - 1, 0)))
  const places = Array.from({ length: 121 }, (_, i) => (i / 120) * end)
  const curve = places.map((length) => [x(length), bottom - (bottom - top) * Math.exp(logLaw(length) - peak)])
  const within = curve.filter((_, i) => places[i] >= usual[0] && places[i] <= usual[2])
  context.beginPath()
  for (const [px, py] of [[x(usual[0]), bottom], ...within, [x(usual[2]), bottom]]) context.lineTo(px, py)
  context.fillStyle = colours.prior
  context.globalAlpha = 0.3
  context.fill()
  context.globalAlpha = 1
  line(context, curve, colours.prior, 2)
  line(context, [[6, bottom], [width - 6, bottom]], colours.grid, 1)
  context.fillStyle = colours.text
  context.textAlign = "left"
  context.textBaseline = "middle"
  context.fillText("|z| under the prior", 4, 9)
  context.textAlign = "center"
  for (const [value, text] of ticksOf([0, end], 6)) context.fillText(text, x(value), bottom + 14)
  const [steered, plain] = lengths
  circle(context, [x(plain), bottom], 5, { fill: colours.surface, stroke: colours.muted, width: 2 })
  circle(context, [x(steered), bottom], 6, { fill: steered > usual[2] ? colours.encoder : colours.decoder, stroke: colours.surface, width: 2 })
  canvas.dataset.radius = fixed(steered, 3)
}
