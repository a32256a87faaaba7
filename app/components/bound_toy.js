// One dimension: q is dragged over p(z|x), and so is x; sums over a grid split log p(x) into ELBO and gap at once, as
// vae_core.posterior.bound_on_grid does. The server hears of a view only when it is let go of.

const SVG = "http://www.w3.org/2000/svg"
const SPANS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]
const LEAST_SCALE = 0.04
const MOST_SCALE = 1.5
const REACH = 3.6 // of q's mean, and of the axis
const LONGEST_STEP = 0.05 // of q's mean, while it climbs
const instances = new WeakMap()

export default function (component) {
  const { parentElement, data, setStateValue } = component
  const root = parentElement.querySelector(".bound-toy")
  if (!root || !data) return
  let toy = instances.get(parentElement)
  if (!toy) {
    toy = new BoundToy(root)
    instances.set(parentElement, toy)
  }
  toy.report = (view) => setStateValue("view", view)
  toy.load(data)
  return () => {
    toy.destroy()
    instances.delete(parentElement)
  }
}

const clamp = (value, low, high) => Math.min(high, Math.max(low, value))
const nats = (value) => value.toFixed(3).replace("-", "−")

function logSumExp(values) {
  let most = -Infinity
  for (const value of values) if (value > most) most = value
  let sum = 0
  for (const value of values) sum += Math.exp(value - most)
  return most + Math.log(sum)
}

// log p(x, z) on the grid, and log p(x).
function jointOf(model, x) {
  const { first, spacing, f, noise } = model
  const constant = -Math.log(2 * Math.PI) - Math.log(noise)
  const logJoint = Float64Array.from(f, (mean, i) => {
    const z = first + spacing * i
    return constant - 0.5 * ((x - mean) / noise) ** 2 - 0.5 * z * z
  })
  return { logJoint, logMarginal: logSumExp(logJoint) + Math.log(spacing) }
}

// ELBO and KL(q || p(z|x)) of q = N(loc, scale^2), normalised on the grid.
function boundOf(model, joint, loc, scale) {
  const { first, spacing } = model
  const logQ = Float64Array.from(joint.logJoint, (_, i) => -0.5 * ((first + spacing * i - loc) / scale) ** 2)
  const mass = logSumExp(logQ) + Math.log(spacing)
  let elbo = 0
  let kl = 0
  for (let i = 0; i < logQ.length; i++) {
    const log = logQ[i] - mass
    const q = Math.exp(log) * spacing
    if (q === 0) continue
    elbo += q * (joint.logJoint[i] - log)
    kl += q * (log - (joint.logJoint[i] - joint.logMarginal))
  }
  return { elbo, kl }
}

const density = (z, loc, scale) => Math.exp(-0.5 * ((z - loc) / scale) ** 2) / (scale * Math.sqrt(2 * Math.PI))

// q is [location, scale].
class BoundToy {
  constructor(root) {
    this.root = root
    this.plot = root.querySelector("[data-role=plot]")
    this.sum = root.querySelector("[data-role=sum]")
    this.output = root.querySelector("output")
    const button = (role) => root.querySelector(`[data-role=${role}]`)
    button("climb").onclick = () => this.climb()
    button("encoder").onclick = () => this.settle(this.encoder())
    button("restart").onclick = () => this.restart()
    this.resized = new ResizeObserver(() => this.build())
    this.resized.observe(this.plot)
  }

  load(model) {
    const first = !this.model
    this.model = model
    if (first) {
      this.choose(model.start[0])
      this.q = model.start.slice(1)
    }
    this.build()
  }

  restart() {
    this.choose(this.model.start[0])
    this.settle(this.model.start.slice(1))
  }

  choose(x) {
    const { xs } = this.model
    this.row = xs.reduce((best, value, i) => (Math.abs(value - x) < Math.abs(xs[best] - x) ? i : best), 0)
    this.x = xs[this.row]
    this.joint = jointOf(this.model, this.x)
    const peak = Math.max(...this.joint.logJoint) - this.joint.logMarginal
    this.top = 1.2 * Math.max(Math.exp(peak), density(0, 0, this.encoder()[1]))
  }

  encoder() {
    return this.model.encoder[this.row]
  }

  bound([loc, scale]) {
    return boundOf(this.model, this.joint, loc, scale)
  }

  view() {
    return [this.x, ...this.q]
  }

  moveTo([loc, scale]) {
    this.q = [clamp(loc, -REACH, REACH), clamp(scale, LEAST_SCALE, MOST_SCALE)]
    this.draw()
  }

  settle(q) {
    cancelAnimationFrame(this.frame)
    this.moveTo(q)
    this.rest()
  }

  rest() {
    clearTimeout(this.restTimer)
    this.restTimer = setTimeout(() => this.report(this.view()), 300)
  }

  // Gradient ascent on the ELBO in location and log scale, in units of q's own width so that one rate fits all.
  climb() {
    cancelAnimationFrame(this.frame)
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches
    let left = 160
    const step = () => {
      const [loc, scale] = this.q
      const h = 1e-3
      const slope = (up, down) => (this.bound(up).elbo - this.bound(down).elbo) / (2 * h)
      const across = slope([loc + h * scale, scale], [loc - h * scale, scale])
      const wider = slope([loc, scale * Math.exp(h)], [loc, scale * Math.exp(-h)])
      this.moveTo([
        loc + clamp(0.12 * scale * across, -LONGEST_STEP, LONGEST_STEP),
        scale * Math.exp(clamp(0.06 * wider, -0.06, 0.06)),
      ])
      if (--left > 0) return still ? step() : (this.frame = requestAnimationFrame(step))
      this.rest()
    }
    step()
  }

  // -- drawing ----------------------------------------------------------------------------------------------------

  build() {
    const width = this.plot.clientWidth
    if (!this.model || !width) return
    const { colours, f, first, spacing, noise, xs } = this.model
    const narrow = width < 520
    const box = (top, height) => ({ left: 44, right: width - 14, top, bottom: top + height })
    const upper = box(22, narrow ? 130 : 165)
    const lower = box(upper.bottom + 34, narrow ? 180 : 215)
    Object.assign(this, { upper, lower })
    this.atZ = (z) => lower.left + ((z + REACH) / (2 * REACH)) * (lower.right - lower.left)
    this.toZ = (px) => ((px - lower.left) / (lower.right - lower.left)) * 2 * REACH - REACH
    const [lowX, highX] = [xs[0] - 0.1, xs[xs.length - 1] + 0.1]
    this.atX = (x) => upper.bottom - ((x - lowX) / (highX - lowX)) * (upper.bottom - upper.top)
    this.toX = (py) => lowX + ((upper.bottom - py) / (upper.bottom - upper.top)) * (highX - lowX)
    const svg = this.element("svg", { height: lower.bottom + 38, "aria-label": "q(z), the true posterior and the decoder" })
    const grid = []
    f.forEach((mean, i) => {
      const z = first + spacing * i
      if (Math.abs(z) <= REACH && i % 4 === 0) grid.push([z, mean])
    })
    this.shown = grid.map(([z]) => z)
    const line = (values) => "M" + values.map(([z, x]) => `${this.atZ(z).toFixed(1)},${this.atX(clamp(x, lowX, highX)).toFixed(1)}`).join("L")
    const band = line([...grid.map(([z, x]) => [z, x + 2 * noise]), ...grid.map(([z, x]) => [z, x - 2 * noise]).reverse()])
    for (let z = -3; z <= 3; z++) {
      const at = this.atZ(z)
      this.element("line", { x1: at, x2: at, y1: upper.top, y2: lower.bottom, stroke: colours.grid }, svg)
      this.text(svg, at, lower.bottom + 17, String(z).replace("-", "−"), colours.muted, "middle")
    }
    this.text(svg, (lower.left + lower.right) / 2, lower.bottom + 34, "latent z", colours.latent, "middle")
    for (const x of [0, 1, 2]) this.text(svg, upper.left - 8, this.atX(x) + 4, String(x), colours.muted, "end")
    this.element("path", { d: `${band}Z`, fill: colours.decoder, opacity: 0.16 }, svg)
    this.element("path", { d: line(grid), fill: "none", stroke: colours.decoder, "stroke-width": 2.5 }, svg)
    this.text(svg, upper.left, 12, narrow ? "decoder: p(x|z), mean ± 2 sd" : "decoder: mean of p(x|z) as z goes, with ± 2 standard deviations", colours.decoder)
    this.element("line", { x1: lower.left, x2: lower.right, y1: lower.bottom, y2: lower.bottom, stroke: colours.muted }, svg)
    this.legend(svg, narrow)
    const path = (stroke, more = {}) => this.element("path", { fill: "none", stroke, ...more }, svg)
    this.priorLine = path(colours.prior, { "stroke-width": 1.5, "stroke-dasharray": "2 3" })
    this.posteriorArea = path("none", { fill: colours.latent, opacity: 0.28 })
    this.posteriorLine = path(colours.latent, { "stroke-width": 2 })
    this.encoderLine = path(colours.encoder, { "stroke-width": 1.8, "stroke-dasharray": "6 4" })
    this.qLine = path(colours.encoder, { "stroke-width": 3.2 })
    this.handles(svg)
    svg.onpointerdown = (event) => this.grab(event, svg)
    this.replacePlot(svg)
    this.draw()
  }

  legend(svg, narrow) {
    const { colours } = this.model
    const y = this.lower.top - 12
    const entries = [
      ["your q", colours.encoder, "", 3.2],
      [narrow ? "encoder's" : "the encoder's q(z|x)", colours.encoder, "6 4", 1.8],
      [narrow ? "p(z|x)" : "true posterior p(z|x)", colours.latent, "", 2],
      [narrow ? "p(z)" : "prior p(z)", colours.prior, "2 3", 1.5],
    ]
    let at = this.lower.left
    for (const [name, stroke, dash, width] of entries) {
      this.element("line", { x1: at, x2: at + 20, y1: y - 4, y2: y - 4, stroke, "stroke-width": width, "stroke-dasharray": dash }, svg)
      this.text(svg, at + 25, y, name, colours.text)
      at += 38 + name.length * (narrow ? 6.6 : 7)
    }
  }

  handles(svg) {
    const { data, encoder, surface } = this.model.colours
    const { left, right } = this.upper
    this.xGrip = this.handle(svg, "data", "the observation x", (across, up) => {
      this.choose(this.x + (across + up) * 0.02)
      this.draw()
    })
    const line = { x1: left, x2: right, y1: 0, y2: 0 }
    this.element("line", { ...line, stroke: data, "stroke-width": 2 }, this.xGrip)
    this.element("line", { ...line, stroke: "transparent", "stroke-width": 26 }, this.xGrip)
    this.xLabel = this.text(this.xGrip, right - 16, -10, "", data, "end")
    this.grip(this.xGrip, right, 0, 9, data, surface)
    this.locGrip = this.handle(svg, "loc", "mean of q", (across, up) => this.moveTo([this.q[0] + (across + up) * 0.02, this.q[1]]))
    this.grip(this.locGrip, 0, 0, 10, encoder, surface)
    this.scaleGrip = this.handle(svg, "scale", "standard deviation of q", (across, up) =>
      this.moveTo([this.q[0], this.q[1] * 1.03 ** (across + up)]),
    )
    this.grip(this.scaleGrip, 0, 0, 8, encoder, surface)
  }

  grab(event, svg) {
    const [px, py] = this.place(event, svg)
    const named = event.target.closest("[data-handle]")?.dataset.handle
    const handle = named ?? (py < this.upper.bottom + 8 ? "data" : "loc")
    const offset = named ? this.q[0] - this.toZ(px) : 0
    const move = (x, y) => {
      if (handle === "data") {
        this.choose(this.toX(y))
        this.draw()
      } else if (handle === "loc") this.moveTo([this.toZ(x) + offset, this.q[1]])
      else this.moveTo([this.q[0], Math.abs(this.toZ(x) - this.q[0])])
    }
    this.follow(event, svg, handle, move)
    if (event.pointerType !== "touch" || named) move(px, py)
  }

  draw() {
    if (!this.locGrip) return
    const { model, joint, lower } = this
    const [loc, scale] = this.q
    const height = lower.bottom - lower.top
    const atY = (p) => lower.bottom - clamp(p / this.top, 0, 1.02) * height
    const curve = (p) => "M" + this.shown.map((z) => `${this.atZ(z).toFixed(1)},${atY(p(z)).toFixed(1)}`).join("L")
    const posterior = curve((z) => Math.exp(joint.logJoint[Math.round((z - model.first) / model.spacing)] - joint.logMarginal))
    this.posteriorLine.setAttribute("d", posterior)
    this.posteriorArea.setAttribute("d", `${posterior}L${lower.right},${lower.bottom}L${lower.left},${lower.bottom}Z`)
    this.priorLine.setAttribute("d", curve((z) => density(z, 0, 1)))
    this.encoderLine.setAttribute("d", curve((z) => density(z, ...this.encoder())))
    this.qLine.setAttribute("d", curve((z) => density(z, loc, scale)))
    const place = (grip, x, y, value, text) => {
      grip.setAttribute("transform", `translate(${x.toFixed(1)},${y.toFixed(1)})`)
      grip.setAttribute("aria-valuenow", value.toFixed(3))
      grip.setAttribute("aria-valuetext", text)
    }
    const inside = (z) => clamp(this.atZ(z), lower.left, lower.right)
    place(this.xGrip, 0, this.atX(this.x), this.x, `x = ${this.x.toFixed(2)}`)
    this.xLabel.textContent = `x = ${this.x.toFixed(2).replace("-", "−")}`
    place(this.locGrip, inside(loc), atY(density(0, 0, scale)), loc, `mean ${loc.toFixed(2)}`)
    const side = loc + scale > REACH ? -1 : 1
    place(this.scaleGrip, inside(loc + side * scale), atY(density(1, 0, 1) / scale), scale, `standard deviation ${scale.toFixed(2)}`)
    this.root.view = this.view()
    Object.assign(this.root.dataset, { x: this.x, loc, scale })
    this.drawSum()
  }

  // log p(x) as a bar: the ELBO from the left, and the gap that is left to log p(x).
  drawSum() {
    const { colours } = this.model
    const { logMarginal } = this.joint
    const { elbo, kl } = this.bound(this.q)
    const best = this.bound(this.encoder())
    Object.assign(this.root.dataset, {
      elbo: elbo.toFixed(9),
      kl: kl.toFixed(9),
      logMarginal: logMarginal.toFixed(9),
      encoderElbo: best.elbo.toFixed(9),
    })
    const width = this.sum.clientWidth
    const narrow = width < 520
    const y = narrow ? 44 : 26
    const [left, right] = [2, width - 20]
    const span = SPANS.find((size) => size >= 1.08 * Math.max(kl, best.kl, 0.5)) ?? SPANS[SPANS.length - 1]
    const at = (value) => left + clamp((value - (logMarginal - span)) / span, 0, 1) * (right - left)
    const svg = this.element("svg", { height: y + 66, "aria-label": "ELBO and KL of the toy" })
    const bar = { y, height: 28 }
    this.element("rect", { ...bar, x: left, width: Math.max(0, at(elbo) - left), fill: colours.latent, opacity: 0.85 }, svg)
    this.element("rect", { ...bar, x: at(elbo), width: right - at(elbo), fill: colours.encoder, opacity: 0.55 }, svg)
    this.element("line", { x1: right, x2: right, y1: y - 6, y2: y + 34, stroke: colours.text, "stroke-width": 3 }, svg)
    const mark = { x1: at(best.elbo), x2: at(best.elbo), y1: y - 6, y2: y + 40 }
    this.element("line", { ...mark, stroke: colours.encoder, "stroke-width": 2, "stroke-dasharray": "4 3" }, svg)
    this.text(svg, left, 14, `ELBO ${nats(elbo)}`, colours.latent)
    if (narrow) this.text(svg, left, 34, `+ KL(q‖p(z|x)) ${nats(kl)}`, colours.encoder)
    else this.text(svg, width * 0.52, 14, `+ KL(q‖p(z|x)) ${nats(kl)}`, colours.encoder, "middle")
    this.text(svg, right + 10, narrow ? 34 : 14, `= log p(x) ${nats(logMarginal)}`, colours.text, "end")
    const middle = clamp(at(best.elbo), 90, width - 90)
    this.text(svg, middle, y + 56, `encoder's ELBO ${nats(best.elbo)}`, colours.encoder, "middle")
    this.sum.replaceChildren(svg)
    this.sum.setAttribute("aria-label", `log p(x) ${nats(logMarginal)} nats is the ELBO ${nats(elbo)} plus the KL ${nats(kl)}`)
    const lead = elbo - best.elbo
    const text =
      lead > 0.0005
        ? `You beat the encoder by ${nats(lead)} nats.`
        : lead > -0.0005
          ? "You and the encoder are level."
          : `The encoder leads by ${nats(-lead)} nats.`
    const message = `${text} All numbers in nats; the gap is never negative.`
    if (this.output.textContent !== message) this.output.textContent = message
  }

  // A handle with the keyboard: `move` gets the steps, 5 with Shift.
  handle(parent, name, label, move) {
    const group = this.element("g", { class: "handle", tabindex: 0, role: "slider", "aria-label": label, "data-handle": name }, parent)
    group.onkeydown = (event) => {
      const step = { ArrowLeft: [-1, 0], ArrowDown: [0, -1], ArrowRight: [1, 0], ArrowUp: [0, 1] }[event.key]
      if (!step) return
      event.preventDefault()
      cancelAnimationFrame(this.frame)
      move(...step.map((value) => value * (event.shiftKey ? 5 : 1)))
      this.rest()
    }
    return group
  }

  grip(group, cx, cy, r, colour, surface) {
    this.element("circle", { cx, cy, r: 20, fill: "transparent" }, group)
    this.element("circle", { class: "grip", cx, cy, r, fill: surface, stroke: colour, "stroke-width": 3 }, group)
  }

  // Follow the pointer from where it went down until it is let go of.
  follow(event, svg, handle, move) {
    cancelAnimationFrame(this.frame)
    svg.setPointerCapture(event.pointerId)
    this.plot.querySelector(`[data-handle=${handle}]`).focus({ preventScroll: true })
    svg.onpointermove = (e) => move(...this.place(e, svg))
    svg.onpointerup = svg.onpointercancel = () => {
      svg.onpointermove = svg.onpointerup = svg.onpointercancel = null
      this.rest()
    }
    event.preventDefault()
  }

  place(event, svg) {
    const box = svg.getBoundingClientRect()
    return [event.clientX - box.left, event.clientY - box.top]
  }

  replacePlot(svg) {
    const focused = this.plot.contains(document.activeElement) && document.activeElement.dataset.handle
    this.plot.replaceChildren(svg)
    if (focused) this.plot.querySelector(`[data-handle=${focused}]`)?.focus()
  }

  element(name, attributes, parent) {
    const node = document.createElementNS(SVG, name)
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value)
    parent?.append(node)
    return node
  }

  text(parent, x, y, content, fill, anchor = "start") {
    const node = this.element("text", { x, y, fill, "text-anchor": anchor }, parent)
    node.textContent = content
    return node
  }

  destroy() {
    this.resized.disconnect()
    cancelAnimationFrame(this.frame)
    clearTimeout(this.restTimer)
  }
}
