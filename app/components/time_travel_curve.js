// The curves of the time traveller's runs, and where on them the moment is.

import { circle, contextOf, line } from "./kit/canvas.js"
import { clamp, niceStep } from "./kit/numbers.js"
import { placeOn } from "./kit/projector.js"
import { minus } from "./kit/words.js"
import { recordAt } from "./time_travel_track.js"

/** @typedef {import("./time_travel_track.js").Track} Track */
/** @typedef {{ name: string, values: number[], colour: string, track: Track, dash: number[], width: number }} Line */
/** @typedef {{ x: (seen: number) => number, y: (value: number) => number, low: number, high: number, from: number, to: number }} Scales */

const HEIGHT = 300
const WIDEST = 560 // pixels
const MARGIN = { left: 52, right: 10, top: 30, bottom: 40 }
const LONGEST_NAME = 24

export class Curve {
  /**
   * @param {Track[]} tracks
   * @param {number[]} ticks
   * @param {any} header
   * @param {(t: number) => void} goTo
   */
  constructor(tracks, ticks, header, goTo) {
    this.tracks = tracks
    this.ticks = ticks
    this.colours = header.colours
    this.first = Math.min(...ticks.filter((value) => value > 0)) / 2 // stands for 0 on the logarithmic axis
    this.goTo = goTo
    this.canvas = document.createElement("canvas")
    this.canvas.dataset.role = "curve"
    this.canvas.setAttribute("role", "img")
    this.canvas.onpointerdown = (event) => {
      this.canvas.setPointerCapture(event.pointerId)
      this.onPointer(event)
    }
    this.canvas.onpointermove = (event) => event.buttons && this.onPointer(event)
    this.pane = Object.assign(document.createElement("div"), { className: "time-travel-pane" })
    const title = Object.assign(document.createElement("strong"), { textContent: "Where on the curve" })
    const caption = { className: "time-travel-caption", textContent: header.curve_caption }
    this.pane.append(title, this.canvas, Object.assign(document.createElement("p"), caption))
  }

  /** @param {number} seen */
  place(seen) {
    return Math.log10(Math.max(seen, this.first))
  }

  /**
   * Of one run the bound and its two terms, of several the bounds.
   * @returns {Line[]}
   */
  get lines() {
    const { latent, decoder, encoder } = this.colours
    const isSingle = this.tracks.length === 1
    return this.tracks.flatMap((track) => {
      const { title, elbo, recon, kl } = track.about
      const dash = track.number ? [6, 4] : []
      const bound = { name: isSingle ? "ELBO" : title, values: elbo, colour: latent, track, dash, width: 2.5 }
      if (!isSingle) return [bound]
      const costs = kl.map((/** @type {number} */ value) => -value)
      return [
        bound,
        { name: "reconstruction", values: recon, colour: decoder, track, dash, width: 1.5 },
        { name: "−KL", values: costs, colour: encoder, track, dash, width: 1.5 },
      ]
    })
  }

  get width() {
    return Math.min(this.canvas.parentElement?.clientWidth ?? 0, WIDEST)
  }

  /**
   * @param {Line[]} lines
   * @returns {Scales}
   */
  scales(lines) {
    const { left, right, top, bottom } = MARGIN
    const { width } = this
    const values = lines.flatMap((line) => line.values)
    const [least, most] = values.length ? [Math.min(...values), Math.max(...values)] : [-1, 0]
    const pad = 0.05 * (most - least || 1)
    const [low, high] = [least - pad, most + pad]
    const [from, to] = [this.place(0), this.place(/** @type {number} */ (this.ticks.at(-1)))]
    return {
      x: (seen) => left + ((this.place(seen) - from) / (to - from || 1)) * (width - left - right),
      y: (value) => top + ((high - value) / (high - low)) * (HEIGHT - top - bottom),
      low, high, from, to,
    }
  }

  /**
   * Draws the curves, and the moment at a time (images seen).
   * @param {number} seen
   */
  draw(seen) {
    const { lines, width } = this
    this.canvas.style.width = `${width}px`
    const context = contextOf(this.canvas, width, HEIGHT)
    const scales = this.scales(lines)
    this.drawAxes(context, scales)
    this.drawLines(context, scales, lines)
    this.drawMoment(context, scales, lines, seen)
    this.canvas.setAttribute("aria-label", `Curve of the test bound, at ${Math.round(seen).toLocaleString("en")} images seen`)
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Scales} scales
   */
  drawAxes(context, { x, y, low, high, from, to }) {
    const { left, right, bottom } = MARGIN
    const { width } = this
    context.fillStyle = this.colours.muted
    const step = niceStep((high - low) / 5)
    context.textAlign = "right"
    for (let value = Math.ceil(low / step) * step; value <= high; value += step) {
      line(context, [[left, y(value)], [width - right, y(value)]], this.colours.grid, 1)
      context.fillText(minus(String(Number(value.toPrecision(4)))), left - 6, y(value) + 4)
    }
    context.textAlign = "center"
    for (let power = Math.ceil(from); power <= to; power++) {
      context.fillText((10 ** power).toLocaleString("en", { notation: "compact" }), x(10 ** power), HEIGHT - bottom + 16)
    }
    context.fillText("training images seen (log) · nats per image", left + (width - left - right) / 2, HEIGHT - 6)
  }

  /**
   * The lines, and their names above.
   * @param {CanvasRenderingContext2D} context
   * @param {Scales} scales
   * @param {Line[]} lines
   */
  drawLines(context, { x, y }, lines) {
    let left = MARGIN.left
    context.textAlign = "left"
    for (const { name, values, colour, track, dash, width } of lines) {
      const { record_seen: times, offset } = track.about
      context.setLineDash(dash)
      line(context, times.map((/** @type {number} */ time, /** @type {number} */ i) => [x(time + offset), y(values[i])]), colour, width)
      line(context, [[left, 12], [left + 18, 12]], colour, width)
      context.setLineDash([])
      context.fillStyle = colour
      const short = name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME - 1)}…` : name
      context.fillText(short, left + 22, 16)
      left += context.measureText(short).width + 34
    }
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Scales} scales
   * @param {Line[]} lines
   * @param {number} seen
   */
  drawMoment(context, { x, y }, lines, seen) {
    line(context, [[x(seen), MARGIN.top], [x(seen), HEIGHT - MARGIN.bottom]], this.colours.text, 1.5)
    for (const { track, values, colour } of lines) {
      const { offset, record_seen: times } = track.about
      if (seen < offset) continue
      const place = [x(Math.min(seen, times.at(-1) + offset)), y(this.valueAt(track, values, seen - offset))]
      circle(context, place, 5, { fill: colour })
    }
  }

  /**
   * On the drawn line: between two measured points, straight.
   * @param {Track} track
   * @param {number[]} values
   * @param {number} seen
   */
  valueAt({ about }, values, seen) {
    const i = Math.max(0, recordAt(about, seen))
    if (i + 1 >= values.length) return values[i]
    const place = (/** @type {number} */ time) => this.place(time + about.offset)
    const [from, to] = [place(about.record_seen[i]), place(about.record_seen[i + 1])]
    const share = to > from ? clamp((place(seen) - from) / (to - from), 0, 1) : 0
    return values[i] + share * (values[i + 1] - values[i])
  }

  /** @param {PointerEvent} event */
  onPointer(event) {
    const { ticks } = this
    const [from, to] = [this.place(0), this.place(/** @type {number} */ (ticks.at(-1)))]
    const [px] = placeOn(event, this.canvas)
    const seen = 10 ** (from + ((px - MARGIN.left) / (this.width - MARGIN.left - MARGIN.right)) * (to - from))
    let i = 0
    while (i + 1 < ticks.length && ticks[i + 1] <= seen) i++
    const next = ticks[Math.min(i + 1, ticks.length - 1)]
    const gap = Math.log1p(next) - Math.log1p(ticks[i])
    const share = gap ? clamp((Math.log1p(Math.max(0, seen)) - Math.log1p(ticks[i])) / gap, 0, 1) : 0
    this.goTo(i + share)
  }
}
