// Two dimensions: q(z) is dragged over the true posterior of one image, whose log p(x, z) on a grid came with the page.

export default (component) => mount(component, ".bound-map", BoundMap)

const MOST_SIDE = 460
const MARGIN = { left: 46, top: 26, right: 12, bottom: 40 }

class BoundMap extends Bench {
  load(model) {
    const known = this.model?.id === model.id
    this.model = model
    if (!known) {
      const { axes, logJoint } = model
      this.spacing = axes.map((axis) => (axis[axis.length - 1] - axis[0]) / (axis.length - 1))
      this.logCell = Math.log(this.spacing[0]) + Math.log(this.spacing[1])
      this.logMarginal = logSumExp(logJoint) + this.logCell
      this.longestStep = 0.02 * (axes[0][axes[0].length - 1] - axes[0][0])
      this.shade = null
      this.q = [...model.encoder]
    }
    this.build()
  }

  restart() {
    this.settle(this.encoder())
  }

  encoder() {
    return this.model.encoder
  }

  view() {
    return [...this.q]
  }

  moveTo(q) {
    this.q = q.map((value, k) => {
      const axis = this.model.axes[k % 2]
      const width = axis[axis.length - 1] - axis[0]
      return k < 2 ? clamp(value, axis[0], axis[axis.length - 1]) : clamp(value, this.spacing[k - 2], width / 2)
    })
    this.draw()
  }

  // q is a product, so its exponents are sums of one of each axis.
  bound(q) {
    const { axes, logJoint } = this.model
    const [first, second] = axes.map((axis, k) => Float64Array.from(axis, (z) => -0.5 * ((z - q[k]) / q[k + 2]) ** 2))
    const mass = logSumExp(first) + logSumExp(second) + this.logCell
    let elbo = 0
    let kl = 0
    for (let row = 0, at = 0; row < second.length; row++) {
      for (let column = 0; column < first.length; column++, at++) {
        const log = first[column] + second[row] - mass
        const share = Math.exp(log + this.logCell)
        if (share < 1e-300) continue
        elbo += share * (logJoint[at] - log)
        kl += share * (log - (logJoint[at] - this.logMarginal))
      }
    }
    return { elbo, kl }
  }

  build() {
    const width = this.plot.clientWidth
    if (!this.model || !width) return
    const { colours, axes } = this.model
    const side = Math.min(width - MARGIN.left - MARGIN.right, MOST_SIDE)
    this.box = { left: MARGIN.left, right: MARGIN.left + side, top: MARGIN.top, bottom: MARGIN.top + side }
    const { left, right, top, bottom } = this.box
    const ends = axes.map((axis) => [axis[0], axis[axis.length - 1]])
    this.at = (z) => [
      left + ((z[0] - ends[0][0]) / (ends[0][1] - ends[0][0])) * side,
      bottom - ((z[1] - ends[1][0]) / (ends[1][1] - ends[1][0])) * side,
    ]
    this.of = (px, py) => [
      ends[0][0] + ((px - left) / side) * (ends[0][1] - ends[0][0]),
      ends[1][0] + ((bottom - py) / side) * (ends[1][1] - ends[1][0]),
    ]
    const svg = this.element("svg", { height: bottom + MARGIN.bottom, "aria-label": "the true posterior and q(z)" })
    this.shade ??= this.shading()
    const picture = { href: this.shade, x: left, y: top, width: side, height: side, preserveAspectRatio: "none" }
    this.element("image", picture, svg)
    this.element("rect", { x: left, y: top, width: side, height: side, fill: "none", stroke: colours.grid }, svg)
    this.ticks(svg, ends)
    const narrow = side < 400
    this.text(svg, left, 16, narrow ? "p(z|x)" : "true posterior p(z|x)", colours.latent)
    this.text(svg, right, 16, "your q, and the encoder's (dashed)", colours.encoder, "end")
    const ellipse = (more) => this.element("ellipse", { fill: "none", stroke: colours.encoder, ...more }, svg)
    const own = ellipse({ "stroke-dasharray": "6 4", "stroke-width": 1.8 })
    this.ellipses = [ellipse({ "stroke-width": 3 }), ellipse({ "stroke-width": 1.5 })]
    this.oval(own, this.encoder(), 1)
    this.handles(svg)
    svg.onpointerdown = (event) => this.grab(event, svg)
    this.replacePlot(svg)
    this.draw()
  }

  // The density's square root as an image of the latent colour: a part 100 times lower still shows.
  shading() {
    const { axes, logJoint, colours } = this.model
    const [width, height] = axes.map((axis) => axis.length)
    const canvas = Object.assign(document.createElement("canvas"), { width, height })
    const context = canvas.getContext("2d")
    const image = context.createImageData(width, height)
    const rgb = [1, 3, 5].map((i) => parseInt(colours.latent.slice(i, i + 2), 16))
    const most = logJoint.reduce((a, b) => Math.max(a, b), -Infinity)
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const pixel = 4 * ((height - 1 - row) * width + column)
        image.data.set([...rgb, 255 * Math.exp(0.5 * (logJoint[row * width + column] - most))], pixel)
      }
    }
    context.putImageData(image, 0, 0)
    return canvas.toDataURL()
  }

  ticks(svg, ends) {
    const { colours } = this.model
    const { left, right, bottom } = this.box
    const step = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2].find((size) => (ends[0][1] - ends[0][0]) / size <= 6) ?? 5
    const digits = step < 0.1 ? 2 : 1
    ends.forEach(([low, high], k) => {
      for (let i = Math.ceil(low / step); i * step <= high; i++) {
        const [x, y] = this.at(k === 0 ? [i * step, ends[1][0]] : [ends[0][0], i * step])
        const label = (i * step).toFixed(digits).replace("-", "−")
        if (k === 0) this.text(svg, x, bottom + 17, label, colours.muted, "middle")
        else this.text(svg, left - 6, y + 4, label, colours.muted, "end")
      }
    })
    this.text(svg, (left + right) / 2, bottom + 35, "z₁ across, z₂ up", colours.latent, "middle")
  }

  handles(svg) {
    const { encoder, surface } = this.model.colours
    const names = { loc: "mean of q", across: "standard deviation of q across", up: "standard deviation of q upwards" }
    this.grips = {}
    for (const [name, label] of Object.entries(names)) {
      this.grips[name] = this.handle(svg, name, label, (right, up) => {
        const [a, b, c, d] = this.q
        if (name === "loc") this.moveTo([a + right * this.spacing[0], b + up * this.spacing[1], c, d])
        else if (name === "across") this.moveTo([a, b, c * 1.03 ** (right + up), d])
        else this.moveTo([a, b, c, d * 1.03 ** (right + up)])
      })
      this.grip(this.grips[name], 0, 0, name === "loc" ? 9 : 7, encoder, surface)
    }
  }

  grab(event, svg) {
    const [px, py] = this.place(event, svg)
    const named = event.target.closest("[data-handle]")?.dataset.handle
    if (!named && event.pointerType === "touch") return // a finger beside the handles scrolls the page
    const handle = named ?? "loc"
    const start = this.of(px, py)
    const offset = named === "loc" ? [this.q[0] - start[0], this.q[1] - start[1]] : [0, 0]
    const move = (x, y) => {
      const z = this.of(x, y)
      const [a, b, c, d] = this.q
      if (handle === "loc") this.moveTo([z[0] + offset[0], z[1] + offset[1], c, d])
      else if (handle === "across") this.moveTo([a, b, Math.abs(z[0] - a), d])
      else this.moveTo([a, b, c, Math.abs(z[1] - b)])
    }
    this.follow(event, svg, handle, move)
    move(px, py)
  }

  oval(node, q, factor) {
    const [cx, cy] = this.at(q)
    const [edge] = this.at([q[0] + factor * q[2], q[1]])
    const top = this.at([q[0], q[1] + factor * q[3]])[1]
    for (const [key, value] of Object.entries({ cx, cy, rx: edge - cx, ry: cy - top })) node.setAttribute(key, value.toFixed(2))
  }

  draw() {
    if (!this.grips) return
    const [a, b, c, d] = this.q
    this.ellipses.forEach((node, i) => this.oval(node, this.q, i + 1))
    // The handles of a small ellipse stand outside it, so that they can be told apart.
    const apart = (from, to, least) => (Math.abs(to - from) < least ? from + least * Math.sign(to - from || 1) : to)
    const [x, y] = this.at(this.q)
    const place = (name, px, py, value) => {
      this.grips[name].setAttribute("transform", `translate(${px.toFixed(1)},${py.toFixed(1)})`)
      this.grips[name].setAttribute("aria-valuenow", value.toFixed(3))
    }
    place("loc", x, y, a)
    this.grips.loc.setAttribute("aria-valuetext", `(${a.toFixed(2)}, ${b.toFixed(2)})`)
    place("across", apart(x, this.at([a + c, b])[0], 20), y, c)
    place("up", x, apart(y, this.at([a, b + d])[1], 20), d)
    Object.assign(this.root.dataset, { q: this.q.join() })
    this.drawSum(this.model.colours, this.logMarginal)
  }
}
