// The answers to a question as a small drawing: bars for choices, a histogram for numbers, points on one plane, curves over each other.

import { element } from "./kit/svg.js"

/** @typedef {{ kind: string, count: number, values: any[] }} Summary */

const WIDTH = 320
const HEIGHT = 190
const EDGE = 26
const BARS = 10

/**
 * A drawing of the answers; its name says the same in words.
 * @param {Summary} summary
 */
export function drawAnswers(summary) {
  const height = summary.kind === "choice" ? EDGE + 26 * Math.max(1, summary.values.length) : HEIGHT
  const svg = /** @type {SVGElement} */ (document.createElementNS("http://www.w3.org/2000/svg", "svg"))
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${height}`)
  svg.setAttribute("role", "img")
  svg.setAttribute("aria-label", inWords(summary))
  const draw = { choice: drawChoices, number: drawNumbers, point: drawPoints, curve: drawCurves, loop: drawLoops }[summary.kind]
  if (summary.values.length) draw?.(svg, summary.values)
  return svg
}

/** @param {Summary} summary */
export function inWords({ kind, count, values }) {
  const answers = `${count} answer${count === 1 ? "" : "s"}`
  if (!count) return "No answers yet"
  if (kind === "choice") return `${answers}: ${values.map(([name, times]) => `${name} ${times}`).join(", ")}`
  if (kind === "number") return `${answers}, half of them up to ${values[Math.floor(values.length / 2)]}`
  return `${answers}, each a ${kind}`
}

/**
 * @param {SVGElement} svg
 * @param {[string, number][]} values
 */
function drawChoices(svg, values) {
  const most = Math.max(...values.map(([, times]) => times))
  values.forEach(([name, times], row) => {
    const y = 4 + 26 * row
    element("rect", { x: 0, y, width: Math.max(2, (WIDTH * times) / most), height: 22, rx: 4, class: "bar" }, svg)
    element("text", { x: 8, y: y + 15 }, svg).textContent = `${name} (${times})`
  })
}

/**
 * @param {SVGElement} svg
 * @param {number[]} values
 */
function drawNumbers(svg, values) {
  const [low, high] = spanOf(values)
  const counts = new Array(BARS).fill(0)
  for (const value of values) counts[Math.min(BARS - 1, Math.floor((BARS * (value - low)) / (high - low)))] += 1
  const most = Math.max(...counts)
  const step = WIDTH / BARS
  element("line", { x1: 0, x2: WIDTH, y1: HEIGHT - EDGE, y2: HEIGHT - EDGE, class: "frame" }, svg)
  counts.forEach((count, i) => {
    const tall = ((HEIGHT - 2 * EDGE) * count) / most
    element("rect", { x: i * step + 1, y: HEIGHT - EDGE - tall, width: step - 2, height: tall, class: "bar" }, svg)
  })
  writeSpan(svg, low, high)
}

/**
 * @param {SVGElement} svg
 * @param {[number, number][]} values
 */
function drawPoints(svg, values) {
  const across = spanOf(values.map(([x]) => x))
  const up = spanOf(values.map(([, y]) => y))
  drawFrame(svg)
  for (const [x, y] of values) {
    const place = { cx: at(x, across, EDGE, WIDTH - EDGE), cy: at(y, up, HEIGHT - EDGE, EDGE) }
    element("circle", { ...place, r: 5, class: "dot" }, svg)
  }
  writeSpan(svg, ...across)
  element("text", { x: 0, y: 12 }, svg).textContent = `up: ${short(up[0])} to ${short(up[1])}`
}

/**
 * @param {SVGElement} svg
 * @param {number[][]} values
 */
function drawCurves(svg, values) {
  const span = spanOf(values.flat())
  drawFrame(svg)
  for (const curve of values) {
    const points = curve.map((y, i) => `${(WIDTH * i) / (curve.length - 1)},${at(y, span, HEIGHT - EDGE, EDGE)}`)
    element("polyline", { points: points.join(" "), class: "line" }, svg)
  }
  element("text", { x: 0, y: 12 }, svg).textContent = `${short(span[0])} to ${short(span[1])}`
}

/**
 * @param {SVGElement} svg
 * @param {number[][]} values two numbers for each corner
 */
function drawLoops(svg, values) {
  const [across, up] = [0, 1].map((axis) => spanOf(values.flatMap((loop) => loop.filter((_, i) => i % 2 === axis))))
  drawFrame(svg)
  for (const loop of values) {
    const points = []
    for (let i = 0; i + 1 < loop.length; i += 2) {
      points.push(`${at(loop[i], across, EDGE, WIDTH - EDGE)},${at(loop[i + 1], up, HEIGHT - EDGE, EDGE)}`)
    }
    element("polygon", { points: points.join(" "), class: "line" }, svg)
  }
  writeSpan(svg, ...across)
  element("text", { x: 0, y: 12 }, svg).textContent = `up: ${short(up[0])} to ${short(up[1])}`
}

/** @param {SVGElement} svg */
const drawFrame = (svg) => element("rect", { x: 0.5, y: 17.5, width: WIDTH - 1, height: HEIGHT - EDGE - 12, class: "frame" }, svg)

/**
 * The least and the greatest of some numbers, apart from each other.
 * @param {number[]} values
 * @returns {[number, number]}
 */
function spanOf(values) {
  const [low, high] = [Math.min(...values), Math.max(...values)]
  return low < high ? [low, high] : [low - 0.5, high + 0.5]
}

/**
 * @param {number} value
 * @param {[number, number]} span
 * @param {number} first
 * @param {number} last
 */
const at = (value, [low, high], first, last) => first + ((last - first) * (value - low)) / (high - low)

/** @param {number} value */
const short = (value) => String(Number(value.toPrecision(3))).replace("-", "−")

/**
 * @param {SVGElement} svg
 * @param {number} low
 * @param {number} high
 */
function writeSpan(svg, low, high) {
  element("text", { x: 0, y: HEIGHT - 6 }, svg).textContent = short(low)
  element("text", { x: WIDTH, y: HEIGHT - 6, "text-anchor": "end" }, svg).textContent = short(high)
}
