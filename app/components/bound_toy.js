// One dimension: q is dragged over p(z|x), and so is x. The server hears of a view only when it is let go of.

const LEAST_SCALE = 0.04
const MOST_SCALE = 1.5
const REACH = 3.6 // of q's mean, and of the axis

export default (component) => mount(component, ".bound-toy", BoundToy)

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

class BoundToy extends Bench {
  longestStep = 0.05

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
    Object.assign(this.root.dataset, { x: this.x, loc, scale })
    this.drawSum(model.colours, joint.logMarginal)
  }
}
