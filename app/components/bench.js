// What the toy and the map share: sums in logarithms, drawing, and log p(x) as a bar of ELBO and gap. Both files are
// appended to this one; vae_core.posterior.bound_on_grid does the same sums.

const SVG = "http://www.w3.org/2000/svg"
const SPANS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]
const instances = new WeakMap()

const clamp = (value, low, high) => Math.min(high, Math.max(low, value))
const nats = (value) => value.toFixed(3).replace("-", "−")

function logSumExp(values) {
  let most = -Infinity
  for (const value of values) if (value > most) most = value
  let sum = 0
  for (const value of values) sum += Math.exp(value - most)
  return most + Math.log(sum)
}

function mount(component, selector, Bench) {
  const { parentElement, data, setStateValue } = component
  const root = parentElement.querySelector(selector)
  if (!root || !data) return
  let bench = instances.get(parentElement)
  if (!bench) {
    bench = new Bench(root)
    instances.set(parentElement, bench)
  }
  bench.report = (view) => setStateValue("view", view)
  bench.load(data)
  return () => {
    bench.destroy()
    instances.delete(parentElement)
  }
}

// A q that is dragged, a bar, a verdict, and buttons. `bound(q)` gives {elbo, kl} of a q; a q is an array of locations
// followed by as many scales.
class Bench {
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

  settle(q) {
    cancelAnimationFrame(this.frame)
    this.moveTo(q)
    this.rest()
  }

  rest() {
    clearTimeout(this.restTimer)
    this.restTimer = setTimeout(() => this.report(this.view()), 300)
  }

  // Gradient ascent on the ELBO in locations and log scales, in units of q's own width so that one rate fits all.
  climb() {
    cancelAnimationFrame(this.frame)
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches
    const half = this.q.length / 2
    const moved = (index, by) => this.q.map((value, k) => (k !== index ? value : k < half ? value + by * this.q[k + half] : value * Math.exp(by)))
    let left = 160
    const step = () => {
      const h = 1e-3
      const slopes = this.q.map((_, k) => (this.bound(moved(k, h)).elbo - this.bound(moved(k, -h)).elbo) / (2 * h))
      const next = this.q.map((value, k) => {
        if (k >= half) return value * Math.exp(clamp(0.06 * slopes[k], -0.06, 0.06))
        return value + clamp(0.12 * this.q[k + half] * slopes[k], -this.longestStep, this.longestStep)
      })
      this.moveTo(next)
      if (--left > 0) return still ? step() : (this.frame = requestAnimationFrame(step))
      this.rest()
    }
    step()
  }

  // log p(x) as a bar: the ELBO from the left, and the gap that is left to log p(x).
  drawSum(colours, logMarginal) {
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
    const svg = this.element("svg", { height: y + 66 })
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
