// One dimension: q is dragged over p(z|x), and so is x; sums over a grid split log p(x) into ELBO and gap at once, as
// vae_core.posterior.bound_on_grid does. The server hears of a view only when it is released.

import { density, drawPlot, drawSum, moveCurves, plotOf } from "./bound_toy_drawing.js"
import { put, whenWanted } from "./kit/address.js"
import { boundOnLine, hint, jointOnLine } from "./kit/grid.js"
import { focusByHand } from "./kit/keys.js"
import { Component, mounting } from "./kit/mount.js"
import { isCalm } from "./kit/motion.js"
import { Narrator } from "./kit/narrator.js"
import { clamp } from "./kit/numbers.js"
import { placeOn, zoomOf } from "./kit/projector.js"
import { share } from "./kit/shared.js"
import { drag, grip, handle, handleNamed, handleUnder, label, element, placeHandle, replaceDrawing } from "./kit/svg.js"
import { difference, fixed } from "./kit/words.js"

/** @typedef {[number, number]} Q location, scale */

const LONGEST_STEP = 0.05 // q's mean moves no farther while it climbs
const CLIMBS = 160
const LEVEL = 0.0005 // nats: a smaller difference is none on the screen
const CLOSE = 4.0 // nats: who is less far behind the encoder is told what to do next
const NEARLY = 0.05 // nats: and who is more than this behind it
const REST_MS = 300

class BoundToy extends Component {
  /** @type {any} */
  model = null
  /** @type {import("./kit/grid.js").Joint} */
  joint = { logJoint: new Float64Array(), logMarginal: 0 }
  x = 0
  row = 0 // the row of x among those that can be chosen
  top = 1 // density at the top of the lower axes
  /** @type {Q} */
  q = [0, 1]
  told = "" // the view that the page's link has
  frame = 0
  restTimer = 0
  /** @type {import("./bound_toy_drawing.js").Plot | null} */
  plot = null
  /** @type {Record<string, SVGElement>} */
  grips = {}

  /** @param {HTMLElement} root */
  constructor(root) {
    super(root)
    const part = (/** @type {string} */ role) => /** @type {HTMLElement} */ (root.querySelector(`[data-role=${role}]`))
    this.plotPlace = part("plot")
    this.sumPlace = part("sum")
    this.output = /** @type {HTMLOutputElement} */ (root.querySelector("output"))
    this.narrator = new Narrator(this.cleanups, root)
    part("climb").onclick = () => this.climb()
    part("encoder").onclick = () => this.settle(this.encoder)
    part("restart").onclick = () => {
      this.choose(this.model.start[0])
      this.settle(this.model.start.slice(1))
    }
    share(root, "toy", () => (this.model ? this.view : []), ([x, loc, scale]) => {
      cancelAnimationFrame(this.frame)
      this.choose(x)
      this.moveTo([loc, scale])
    })
    whenWanted(this.cleanups, (params) => this.model && this.view.join() !== this.told && put(params, "toy", this.view.map((value) => value.toFixed(4)).join()))
    this.cleanups.watchSize(this.plotPlace, () => this.build())
  }

  /** @param {any} model */
  load(model) {
    const isNew = this.model?.version !== model.version // at first, and where the browser's Back has led to another view
    this.model = model
    if (isNew) {
      this.choose(model.view[0])
      this.q = model.view.slice(1)
      this.told = this.view.join()
    }
    this.build()
  }

  /** @param {number} x */
  choose(x) {
    const { xs } = this.model
    this.row = xs.reduce(
      (/** @type {number} */ nearest, /** @type {number} */ value, /** @type {number} */ i) =>
        Math.abs(value - x) < Math.abs(xs[nearest] - x) ? i : nearest,
      0,
    )
    this.x = xs[this.row]
    this.joint = jointOnLine(this.model, this.x)
    const peak = Math.max(...this.joint.logJoint) - this.joint.logMarginal
    this.top = 1.2 * Math.max(Math.exp(peak), density(0, 0, this.encoder[1]))
  }

  /**
   * The encoder's q for the present x.
   * @returns {Q}
   */
  get encoder() {
    return this.model.encoder[this.row]
  }

  /** @param {Q} q */
  bound([loc, scale]) {
    return boundOnLine(this.model, this.joint, loc, scale)
  }

  get view() {
    return [this.x, ...this.q]
  }

  /** @param {Q} q */
  moveTo([loc, scale]) {
    const { reach, scales } = this.model
    this.q = [clamp(loc, -reach, reach), clamp(scale, scales[0], scales[1])]
    this.draw()
  }

  /** @param {Q} q */
  settle(q) {
    cancelAnimationFrame(this.frame)
    this.moveTo(q)
    this.rest()
  }

  rest() {
    clearTimeout(this.restTimer)
    this.restTimer = setTimeout(() => {
      this.told = this.view.join()
      this.component.setStateValue("view", this.view)
    }, REST_MS)
  }

  /** Gradient ascent on the ELBO in location and log scale, in units of q's own width so that one rate fits all. */
  climb() {
    cancelAnimationFrame(this.frame)
    const isStill = isCalm()
    let left = CLIMBS
    const step = () => {
      const [loc, scale] = this.q
      const h = 1e-3
      const slope = (/** @type {Q} */ up, /** @type {Q} */ down) => (this.bound(up).elbo - this.bound(down).elbo) / (2 * h)
      const across = slope([loc + h * scale, scale], [loc - h * scale, scale])
      const wider = slope([loc, scale * Math.exp(h)], [loc, scale * Math.exp(-h)])
      this.moveTo([
        loc + clamp(0.12 * scale * across, -LONGEST_STEP, LONGEST_STEP),
        scale * Math.exp(clamp(0.06 * wider, -0.06, 0.06)),
      ])
      if (--left <= 0) this.rest()
      else if (isStill) step()
      else this.frame = requestAnimationFrame(step)
    }
    step()
  }

  build() {
    const width = this.plotPlace.clientWidth
    if (!this.model || !width) return
    const plot = plotOf(this.model, width, zoomOf(this.plotPlace) > 1)
    drawPlot(plot, this.model)
    this.addHandles(plot)
    plot.svg.onpointerdown = (event) => this.grab(event, plot)
    this.plot = plot
    replaceDrawing(this.plotPlace, plot.svg)
    this.draw()
  }

  /** @param {import("./bound_toy_drawing.js").Plot} plot */
  addHandles({ svg, upper: { left, right } }) {
    const { data, encoder, surface } = this.model.colours
    const onStep = (/** @type {(across: number, up: number) => void} */ move) => (/** @type {number} */ across, /** @type {number} */ up) => {
      cancelAnimationFrame(this.frame)
      move(across, up)
      this.rest()
    }
    const x = handle(svg, "data", "the observation x", onStep((across, up) => this.chooseAndDraw(this.x + (across + up) * 0.02)))
    const bar = { x1: left, x2: right, y1: 0, y2: 0 }
    element("line", { ...bar, stroke: data, "stroke-width": 2 }, x)
    element("line", { ...bar, stroke: "transparent", "stroke-width": 26 }, x)
    this.xLabel = label(x, right - 16, -10, "", data, "end")
    grip(x, { cx: right, r: 9, fill: surface, stroke: data }, 20)
    const loc = handle(svg, "loc", "mean of q", onStep((across, up) => this.moveTo([this.q[0] + (across + up) * 0.02, this.q[1]])))
    grip(loc, { r: 10, fill: surface, stroke: encoder }, 20)
    label(loc, 0, -17, "move", encoder, "middle")
    const widen = onStep((across, up) => this.moveTo([this.q[0], this.q[1] * 1.03 ** (across + up)]))
    const scale = handle(svg, "scale", "standard deviation of q", widen)
    grip(scale, { r: 8, fill: surface, stroke: encoder }, 20)
    label(scale, 14, 4, "widen", encoder)
    this.grips = { x, loc, scale }
  }

  /** @param {number} x */
  chooseAndDraw(x) {
    this.choose(x)
    this.draw()
  }

  /**
   * @param {PointerEvent} event
   * @param {import("./bound_toy_drawing.js").Plot} plot
   */
  grab(event, { svg, upper, toX, toZ }) {
    const [px, py] = placeOn(event, svg)
    const handleName = handleUnder(event)
    const name = handleName ?? (py < upper.bottom + 8 ? "data" : "loc")
    const offset = handleName ? this.q[0] - toZ(px) : 0
    const move = (/** @type {[number, number]} */ [x, y]) => {
      if (name === "data") this.chooseAndDraw(toX(y))
      else if (name === "loc") this.moveTo([toZ(x) + offset, this.q[1]])
      else this.moveTo([this.q[0], Math.abs(toZ(x) - this.q[0])])
    }
    cancelAnimationFrame(this.frame)
    focusByHand(handleNamed(this.plotPlace, name))
    drag(event, svg, (later) => move(placeOn(later, svg)), () => this.rest())
    if (event.pointerType !== "touch" || handleName) move([px, py])
  }

  draw() {
    const { plot, model, joint, q, top, encoder } = this
    if (!plot) return
    const [loc, scale] = q
    const { atX, lower } = plot
    const atY = moveCurves(plot, model, joint, this.x, q, encoder, top)
    const inside = (/** @type {number} */ z) => clamp(plot.atZ(z), lower.left, lower.right)
    placeHandle(this.grips.x, 0, atX(this.x), this.x, `x = ${fixed(this.x, 2)}`)
    if (this.xLabel) this.xLabel.textContent = `x = ${fixed(this.x, 2)}`
    placeHandle(this.grips.loc, inside(loc), atY(density(0, 0, scale)), loc, `mean ${fixed(loc, 2)}`)
    const side = loc + scale > model.reach ? -1 : 1
    const words = `standard deviation ${scale.toFixed(2)}`
    placeHandle(this.grips.scale, inside(loc + side * scale), atY(density(1, 0, 1) / scale), scale, words)
    this.root.view = this.view
    Object.assign(this.root.dataset, { x: this.x, loc, scale })
    this.tell()
  }

  /** The sum and the sentence under it. */
  tell() {
    const { logMarginal } = this.joint
    const { elbo, kl } = this.bound(this.q)
    const encoder = this.bound(this.encoder)
    Object.assign(this.root.dataset, {
      elbo: elbo.toFixed(9),
      kl: kl.toFixed(9),
      logMarginal: logMarginal.toFixed(9),
      encoderElbo: encoder.elbo.toFixed(9),
    })
    drawSum(this.sumPlace, this.model.colours, { elbo, logMarginal, encoder })
    const lead = elbo - encoder.elbo
    let words = "You and the encoder are level."
    if (lead > LEVEL) words = `You beat the encoder by ${fixed(difference(elbo, encoder.elbo))} nats.`
    else if (lead <= -LEVEL) words = `The encoder leads by ${fixed(difference(encoder.elbo, elbo))} nats.${lead > -CLOSE && lead < -NEARLY ? ` ${hint((other) => this.bound(other).elbo, this.q)}` : ""}`
    if (this.output.textContent !== words) this.output.textContent = words
    this.narrator.tell(words)
  }

  destroy() {
    super.destroy()
    cancelAnimationFrame(this.frame)
    clearTimeout(this.restTimer)
  }
}

export default mounting(".bound-toy", BoundToy)
