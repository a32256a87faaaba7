// An image steered by what is measured of it: sliders move z here, at the pointer's rate, by the decoder's slopes. The server hears of it
// when the hand is lifted, for the link, the film and the neighbours.

import { put, whenWanted } from "./kit/address.js"
import { drawBytes, drawMeans, fit } from "./kit/canvas.js"
import { TwoWayDecoder } from "./kit/backward.js"
import { Component, Elsewhere, mounting } from "./kit/mount.js"
import { Narrator } from "./kit/narrator.js"
import { share } from "./kit/shared.js"
import { Steering } from "./kit/steering.js"
import { coordinates, fixed } from "./kit/words.js"
import { Weights } from "./live_decoder_weights.js"
import { drawChart, drawLaw } from "./steering_chart.js"
import { HandleRows } from "./steering_rows.js"
import { Wheel } from "./steering_wheel.js"

/** @typedef {import("./kit/steering.js").Asked} Asked */

const FRAME_MS = 11 // of steps between two frames
const STILL = 1e-3 // a step that is shorter ends the motion
const MOST_STEPS = 40
const REPORT_MS = 400

class SteeringBench extends Component {
  /** @type {any} */
  header = null
  /** @type {import("./kit/pack.js").Arrays} */
  arrays = {}
  /** @type {Steering | null} */
  steering = null
  /** @type {TwoWayDecoder | null} */
  decoder = null
  address = ""
  /** @type {Asked} */
  asked = []
  turn = 0
  amount = 0 // towards the class on the wheel
  active = 0 // the attribute whose chart is drawn
  /** @type {number[]} where the sliders begin: the image's code, moved towards a class */
  base = []
  /** @type {number[]} the attributes there */
  now = []
  /** @type {number[]} the attributes of the image that nothing has changed yet */
  before = []
  /** @type {number[]} */
  z = []
  /** @type {number[]} */
  plainZ = []
  stepsLeft = 0
  frame = 0
  reportTimer = 0
  sweepTimer = 0
  /** @type {{ key: string, points: number[][] }} asked, steered and plain values of the active attribute */
  sweep = { key: "", points: [] }

  /** @param {HTMLElement} root */
  constructor(root) {
    super(root)
    const canvas = (/** @type {string} */ role) => /** @type {HTMLCanvasElement} */ (root.querySelector(`canvas[data-role=${role}]`))
    this.begin = canvas("begin")
    this.steered = canvas("steered")
    this.plain = canvas("plain")
    this.chart = canvas("chart")
    this.law = canvas("law")
    this.hint = /** @type {HTMLElement} */ (root.querySelector("[data-role=hint]"))
    this.output = /** @type {HTMLOutputElement} */ (root.querySelector("output"))
    this.weights = new Weights(/** @type {HTMLElement} */ (root.querySelector("[data-role=loading]")), this.cleanups)
    this.narrator = new Narrator(this.cleanups, null)
    this.rows = new HandleRows(/** @type {HTMLElement} */ (root.querySelector("[data-role=handles]")), {
      ask: (row, value) => this.ask(row, value),
      letGo: () => this.settle(),
    })
    this.wheel = new Wheel(canvas("wheel"), { turn: (turn, amount) => this.turnTo(turn, amount), letGo: () => this.settle() })
    const reset = /** @type {HTMLButtonElement} */ (root.querySelector("[data-do=reset]"))
    reset.onclick = () => this.reset()
    this.elsewhere = new Elsewhere(this.cleanups, (target) => root.contains(target), () => this.reportTimer && this.reportLater())
    whenWanted(this.cleanups, (params) => this.reportTimer && this.tellLink(params))
    this.cleanups.watchSize(root, () => this.drawSide())
    share(root, "steer", () => (this.header ? [this.turn, this.amount, ...this.asked.flatMap((value) => [Number(value !== null), value ?? 0])] : []), (place) => this.follow(place))
  }

  /** @param {import("./kit/pack.js").Packed} packed of `shown.steering.packed_steering` */
  async load({ header, arrays }) {
    const isNew = header.id !== this.header?.id || header.version !== this.header?.version
    Object.assign(this, { header, arrays })
    this.root.style.setProperty("--steered", header.colours.decoder)
    this.root.dataset.plain = String(header.with_plain)
    this.wheel.offer(header, arrays.tiles)
    if (isNew) {
      this.halt()
      this.asked = header.asked.slice()
      ;[this.turn, this.amount] = header.wheel
      this.active = Math.max(0, this.asked.findIndex((value) => value !== null))
      for (const picture of [this.begin, this.steered, this.plain]) fit(picture, header.image_shape)
      drawBytes(this.begin, arrays.image, 0, header.image_shape)
      drawMeans(this.steered, arrays.first, header.image_shape)
      drawMeans(this.plain, arrays.plain, header.image_shape)
      this.rows.offer(header.attributes, header.handles)
      this.hint.hidden = !header.classes.length
    }
    if (this.address !== header.address) {
      this.address = header.address
      this.steering = this.decoder = null
      this.root.dataset.ready = "false"
      const weights = await this.weights.fetch(header)
      if (!weights || this.address !== header.address || !this.header) return // another model came meanwhile
      this.decoder = new TwoWayDecoder(weights.header, weights.arrays)
    } else if (!isNew) {
      this.draw() // perhaps in other colours
      return this.beginSweep()
    }
    if (!this.decoder) return
    this.steering = new Steering(this.decoder, { ...this.header.handles, directions: this.arrays.directions }, this.header.image_shape)
    this.before = this.steering.measured(Array.from(this.arrays.start))
    this.rebase()
    this.z = this.steering.steer(this.base, this.asked)
    this.draw()
    this.beginSweep()
    this.root.dataset.ready = "true"
  }

  /** The beginning of the sliders, after a move of the wheel or of the image. */
  rebase() {
    const { start, codes } = this.arrays
    const { classes, own, latent_dim: size, shed } = this.header
    const base = Array.from(start)
    if (classes.length && this.amount > 0) {
      const place = (((this.turn % 1) + 1) % 1) * classes.length
      const [first, part] = [Math.floor(place) % classes.length, place - Math.floor(place)]
      const second = (first + 1) % classes.length
      base.forEach((_, j) => {
        const code = (1 - part) * codes[first * size + j] + part * codes[second * size + j]
        const ownCode = codes[own * size + j]
        base[j] += this.amount * (code - ownCode - shed * (start[j] - ownCode))
      })
    }
    this.base = base
    this.now = this.steering?.measured(base) ?? []
  }

  // -- the hand ------------------------------------------------------------------------------------------------------

  /**
   * @param {number} row of the attributes
   * @param {number | null} value null: it shall stay
   */
  ask(row, value) {
    this.asked[row] = value === null ? null : rounded(value, 2) // as the link has it
    this.active = row
    this.move()
  }

  /**
   * @param {number} turn
   * @param {number} amount
   */
  turnTo(turn, amount) {
    const before = this.base
    Object.assign(this, { turn: rounded(turn, 3) % 1, amount: rounded(amount, 2) })
    this.rebase()
    this.z = this.z.map((value, j) => value + this.base[j] - before[j])
    this.move()
  }

  reset() {
    this.asked = this.asked.map(() => null)
    this.turn = this.amount = 0
    this.rebase()
    this.settle()
  }

  /** What the class follows: the wheel, and of each attribute whether it was asked for, and its value. @param {number[]} place */
  follow([turn, amount, ...pairs]) {
    this.asked = this.asked.map((_, i) => (pairs[2 * i] ? pairs[2 * i + 1] : null))
    Object.assign(this, { turn, amount })
    if (!this.steering) return
    this.rebase()
    this.z = this.steering.steer(this.base, this.asked)
    this.draw()
  }

  halt() {
    cancelAnimationFrame(this.frame)
    clearTimeout(this.sweepTimer)
    clearTimeout(this.reportTimer)
    this.frame = this.reportTimer = 0
  }

  /** Goes towards what is asked, a few steps before each frame, until z rests. */
  move() {
    if (!this.steering) return
    clearTimeout(this.sweepTimer)
    clearTimeout(this.reportTimer)
    this.reportTimer = 0
    this.stepsLeft = MOST_STEPS
    this.frame ||= requestAnimationFrame(() => this.tick())
  }

  tick() {
    this.frame = 0
    const { steering } = this
    if (!steering) return
    const goal = steering.goal(this.now, this.asked, 1)
    for (const until = performance.now() + FRAME_MS; this.stepsLeft > 0 && performance.now() < until; ) {
      const z = steering.step(this.z, goal, this.asked)
      const length = Math.hypot(...z.map((value, j) => value - this.z[j]))
      this.z = z
      this.stepsLeft = length < STILL ? 0 : this.stepsLeft - 1
    }
    this.draw()
    if (this.stepsLeft > 0) this.frame = requestAnimationFrame(() => this.tick())
  }

  /** The hand is lifted: z is now a function of what was asked alone, so that a link shows the same. */
  settle() {
    if (!this.steering) return
    this.halt()
    this.z = this.steering.steer(this.base, this.asked)
    this.draw()
    this.beginSweep()
    this.reportLater()
  }

  /** After a press elsewhere it waits longer: the visitor may be leaving the page. */
  reportLater() {
    clearTimeout(this.reportTimer)
    this.reportTimer = window.setTimeout(() => this.report(), Math.max(REPORT_MS, this.elsewhere.wait))
  }

  /** What the server has not heard of yet. @param {URLSearchParams} params */
  tellLink(params) {
    const asked = this.asked.flatMap((value, i) => (value === null ? [] : [`${this.header.attributes[i].name.replaceAll(" ", "_")}:${value.toFixed(2)}`]))
    put(params, "steer", asked.join())
    put(params, "steer_class", this.amount ? `${this.turn.toFixed(3)},${this.amount.toFixed(2)}` : "")
  }

  report() {
    this.reportTimer = 0
    if (!this.root.isConnected || !this.header) return
    const asked = Object.fromEntries(this.asked.flatMap((value, i) => (value === null ? [] : [[this.header.attributes[i].name, value]])))
    this.component.setStateValue("view", { asked, wheel: [this.turn, this.amount] })
  }

  // -- pictures ------------------------------------------------------------------------------------------------------

  draw() {
    const { steering, header } = this
    if (!steering) return
    this.plainZ = steering.steerPlainly(this.base, this.asked)
    const plain = this.show(this.plain, this.plainZ)
    const measured = this.show(this.steered, this.z)
    this.rows.show(this.asked, measured, plain, this.before)
    this.wheel.show(this.turn, this.amount)
    const hint = this.amount ? "On the rim, half of what is special to this image stays." : "Pull the dot towards a class."
    if (this.hint.textContent !== hint) this.hint.textContent = hint
    this.root.latent = this.z
    this.root.dataset.z = coordinates(this.z).join()
    this.measured = measured
    this.plainMeasured = plain
    this.drawSide()
    const words = this.words(measured)
    if (this.output.textContent !== words) this.output.textContent = words
    const [, , far] = header.usual_radius
    this.output.classList.toggle("warns", Math.hypot(...this.z) > far)
    this.narrator.tell(header.attributes.map((/** @type {any} */ { name, unit }, /** @type {number} */ i) => `${name} ${fixed(measured[i], 1)} ${unit}`).join(", "), [this.steered])
  }

  /**
   * Draws the decoded image of a z, and measures it.
   * @param {HTMLCanvasElement} canvas
   * @param {number[]} z
   */
  show(canvas, z) {
    const { steering, header } = this
    if (!steering) return []
    const measured = steering.measured(z)
    const pixels = Float32Array.from(steering.decoder.pixels)
    drawMeans(canvas, pixels, header.image_shape)
    canvas.pixels = pixels
    canvas.latent = z
    return measured
  }

  /** @param {number[]} measured */
  words(measured) {
    const { attributes, usual_radius: [low, , high], with_plain } = this.header
    const length = Math.hypot(...this.z)
    const isFar = length > high
    const law = isFar || with_plain ? ` |z| is ${fixed(length, 2)}. Nine of ten draws from the prior have ${fixed(low, 2)} to ${fixed(high, 2)}.` : ""
    if (isFar) return `Do not trust this image: you have left what the model has learnt.${law}`
    const value = this.asked[this.active]
    const none = this.asked.some((other) => other !== null) ? "The other sliders keep what you asked for." : this.amount ? "No slider is moved: the wheel alone made this picture." : "Nothing is asked for yet: the picture is the image's own."
    if (value === null || value === undefined) return none + law
    const { name, unit } = attributes[this.active]
    const [asked, is] = [fixed(value, 1), fixed(measured[this.active], 1)]
    if (asked === is) return `The image measures ${is} ${unit} of ${name}, as you asked.${law}`
    return `You asked for ${asked} ${unit} of ${name}, but the image measures ${is}: with the rest held, it gets no nearer.${law}`
  }

  drawSide() {
    const { header, steering } = this
    if (!header || !steering || !this.measured) return
    this.wheel.draw()
    this.law.hidden = !header.with_plain
    this.chart.hidden = !header.with_plain || !header.attributes.length
    if (header.with_plain) drawLaw(this.law, [this.z, this.plainZ].map((z) => Math.hypot(...z)), header)
    if (this.chart.hidden) return
    const i = this.active
    const value = this.asked[i] ?? this.measured[i]
    drawChart(this.chart, header.attributes[i], [header.handles.low[i], header.handles.high[i]], this.sweep.points, [value, this.measured[i], this.plainMeasured?.[i] ?? NaN], header.colours)
  }

  /** Asks for values over the whole range of the active attribute, one after the other, while the hand rests. */
  beginSweep() {
    clearTimeout(this.sweepTimer)
    const { steering, header, active, base } = this
    if (!steering || !header.attributes.length || !header.with_plain) return
    const others = this.asked.map((value, i) => (i === active ? null : value))
    const key = JSON.stringify([header.id, active, others, base])
    if (this.sweep.key === key) return this.drawSide()
    const { low, high } = header.handles
    const values = header.sweep.map((/** @type {number} */ share) => low[active] + share * (high[active] - low[active]))
    /** @type {{ key: string, points: number[][] }} */
    const sweep = (this.sweep = { key: "", points: [] })
    const next = () => {
      const value = values[sweep.points.length]
      const asked = others.map((other, i) => (i === active ? value : other))
      const ends = [steering.steer(base, asked), steering.steerPlainly(base, asked)]
      sweep.points.push([value, ...ends.map((z) => steering.measured(z)[active])])
      this.drawSide()
      if (sweep.points.length < values.length) this.sweepTimer = window.setTimeout(next)
      else sweep.key = key
    }
    this.sweepTimer = window.setTimeout(next)
  }

  destroy() {
    super.destroy()
    this.halt()
    this.header = null
  }
}

/**
 * @param {number} value
 * @param {number} digits after the point
 */
const rounded = (value, digits) => Number(value.toFixed(digits))

export default mounting(".steering", SteeringBench)
