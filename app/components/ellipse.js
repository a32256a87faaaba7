// One image's true posterior as contours, and a Gaussian q over it that is dragged, stretched and turned. log p(x, z) on
// a grid came with the page; each move of q is one sum over it here. The server hears of q when it is let go of, for the
// link; a page that is opened by such a link begins with that q.

const SVG = "http://www.w3.org/2000/svg"
const MOST_SIDE = 440
const MARGIN = { left: 44, top: 10, right: 10, bottom: 40 }
const TAIL = 49 // squared standard deviations beyond which q is nothing
const CLIMBS = 120
const QUIET_MS = 2000 // after a press elsewhere, as in the live decoder: the page may be about to go
const LEAST_ARM = 26 // pixels from the middle to a handle: a small ellipse's handles stand outside it
const NAMES = { own: "your q", encoder: "the encoder's", aligned: "best axis-aligned", best: "best Gaussian" }
const instances = new WeakMap()

export default function (component) {
  const { parentElement, data, setStateValue } = component
  const root = parentElement.querySelector(".ellipse-bench")
  if (!root || !data) return
  let bench = instances.get(parentElement)
  if (!bench) {
    bench = new EllipseBench(root)
    instances.set(parentElement, bench)
  }
  bench.report = (q) => setStateValue("q", q)
  bench.load(data)
  return () => {
    bench.resized.disconnect()
    for (const kind of ["pointerdown", "keydown"]) document.removeEventListener(kind, bench.onElsewhere, true)
    cancelAnimationFrame(bench.frame)
    instances.delete(parentElement)
  }
}

const clamp = (value, low, high) => Math.min(high, Math.max(low, value))
const text = (value, digits = 3) => value.toFixed(digits).replace("-", "−")

// The q of the page's link, if it has one: five numbers, the scales above 0.
function linkedQ() {
  const q = (new URLSearchParams(location.search).get("q") ?? "").split(",").map((part) => (part.trim() ? Number(part) : NaN))
  return q.length === 5 && q.every(Number.isFinite) && q[2] > 0 && q[3] > 0 ? q : null
}

function unpack(bytes) {
  const buffer = bytes.slice().buffer
  const headerLength = new DataView(buffer).getUint32(0, true)
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, headerLength)))
  return { header, logJoint: new Float32Array(buffer, 4 + headerLength, header.side * header.side) }
}

// log p(x), the sum over the grid. `logJoint` is relative to the header's `peak`.
function logMarginalOf({ spacing, peak }, logJoint) {
  let sum = 0
  for (const value of logJoint) sum += Math.exp(value)
  return peak + Math.log(sum) + 2 * Math.log(spacing)
}

// How far q reaches along each axis of the grid at one standard deviation.
const extents = ([, , s1, s2, angle]) => [
  Math.hypot(s1 * Math.cos(angle), s2 * Math.sin(angle)),
  Math.hypot(s1 * Math.sin(angle), s2 * Math.cos(angle)),
]

// The ELBO of q, normalised on the grid: sum over it of q (log p(x, z) - log q).
function elboOf({ low, spacing, side, peak }, logJoint, q) {
  const [m1, m2, s1, s2, angle] = q
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
  const [firsts, lasts] = [[], []]
  extents(q).forEach((extent, k) => {
    const reach = Math.sqrt(TAIL) * extent
    firsts[k] = Math.max(0, Math.ceil((q[k] - reach - low[k]) / spacing))
    lasts[k] = Math.min(side - 1, Math.floor((q[k] + reach - low[k]) / spacing))
  })
  let mass = 0
  let sum = 0
  for (let row = firsts[1]; row <= lasts[1]; row++) {
    const dy = low[1] + spacing * row - m2
    for (let column = firsts[0]; column <= lasts[0]; column++) {
      const dx = low[0] + spacing * column - m1
      const square = ((dx * cos + dy * sin) / s1) ** 2 + ((dy * cos - dx * sin) / s2) ** 2
      if (square > TAIL) continue
      const weight = Math.exp(-0.5 * square)
      mass += weight
      sum += weight * (logJoint[row * side + column] + 0.5 * square)
    }
  }
  return peak + sum / mass + Math.log(mass) + 2 * Math.log(spacing)
}

// Line segments where the grid crosses a level, in units of its cells.
function contour(values, side, level) {
  const parts = []
  for (let row = 0; row + 1 < side; row++) {
    for (let column = 0; column + 1 < side; column++) {
      const at = row * side + column
      const corners = [values[at], values[at + 1], values[at + side + 1], values[at + side]]
      const crossings = []
      corners.forEach((value, k) => {
        const next = corners[(k + 1) % 4]
        if (value > level === next > level) return
        const t = (level - value) / (next - value)
        const [x, y] = [[t, 0], [1, t], [1 - t, 1], [0, 1 - t]][k]
        crossings.push(`${(column + x).toFixed(2)} ${(row + y).toFixed(2)}`)
      })
      for (let k = 0; k + 1 < crossings.length; k += 2) parts.push(`M${crossings[k]}L${crossings[k + 1]}`)
    }
  }
  return parts.join("")
}

class EllipseBench {
  constructor(root) {
    this.root = root
    this.plane = root.querySelector("[data-role=plane]")
    this.table = root.querySelector("[data-role=table]")
    this.output = root.querySelector("output")
    const settle = (q) => {
      cancelAnimationFrame(this.frame)
      this.moveTo(q)
      this.letGo()
    }
    for (const button of root.querySelectorAll("[data-q]")) button.onclick = () => settle(this.header[button.dataset.q])
    root.querySelector("[data-role=climb]").onclick = () => this.climb()
    this.quietUntil = 0
    this.onElsewhere = (event) => root.contains(event.target) || (this.quietUntil = performance.now() + QUIET_MS)
    for (const kind of ["pointerdown", "keydown"]) document.addEventListener(kind, this.onElsewhere, true)
    this.resized = new ResizeObserver(() => this.plane.clientWidth !== this.width && this.build())
    this.resized.observe(this.plane)
  }

  load(bytes) {
    const { header, logJoint } = unpack(bytes)
    const known = this.header?.id === header.id
    const start = this.header ? null : linkedQ() // the link is of the first image
    Object.assign(this, { header, logJoint })
    if (!known) {
      this.logMarginal = logMarginalOf(header, logJoint)
      this.contours = header.levels.map((level) => contour(logJoint, header.side, level - header.peak))
      this.q = start ? this.onGrid(start) : [...header.encoder]
      this.reported = this.q.join()
    }
    this.build()
  }

  // q kept on the grid: three standard deviations inside, no narrower than sums over the grid can tell.
  onGrid([m1, m2, s1, s2, angle]) {
    const { low, spacing, side, narrowest } = this.header
    const width = spacing * (side - 1)
    const scales = [s1, s2].map((scale) => clamp(scale, narrowest, width / 8))
    const reach = extents([0, 0, ...scales, angle])
    const loc = [m1, m2].map((value, k) => clamp(value, low[k] + 3 * reach[k], low[k] + width - 3 * reach[k]))
    return [...loc, ...scales, angle]
  }

  moveTo(q) {
    this.q = this.onGrid(q)
    this.draw()
  }

  letGo() {
    if (this.reported === this.q.join()) return
    this.reported = this.q.join()
    this.report(this.q)
  }

  // Gradient ascent on the ELBO, step by step on the screen, in units of q's own scales so that one rate fits all.
  climb() {
    cancelAnimationFrame(this.frame)
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches
    const moved = ([a, b, c, d, e], [x, y, wider, higher, turn]) => {
      const [right, up] = [x * c, y * d]
      const [cos, sin] = [Math.cos(e), Math.sin(e)]
      return [a + right * cos - up * sin, b + right * sin + up * cos, c * Math.exp(wider), d * Math.exp(higher), e + turn]
    }
    const along = (k, by) => elboOf(this.header, this.logJoint, moved(this.q, Object.assign([0, 0, 0, 0, 0], { [k]: by })))
    let left = CLIMBS
    const step = () => {
      const slopes = [0, 1, 2, 3, 4].map((k) => (along(k, 1e-3) - along(k, -1e-3)) / 2e-3)
      const lean = this.q[2] / this.q[3] - this.q[3] / this.q[2] // a turn means the more, the longer q is
      const rates = [0.2, 0.2, 0.1, 0.1, 0.2 / (1 + lean ** 2)]
      this.moveTo(moved(this.q, slopes.map((slope, k) => clamp(rates[k] * slope, -0.15, 0.15))))
      if (--left > 0) return still ? step() : (this.frame = requestAnimationFrame(step))
      if (performance.now() > this.quietUntil) this.letGo()
    }
    step()
  }

  build() {
    this.width = this.plane.clientWidth
    if (!this.header || !this.width) return
    const { colours, low, spacing, side, levels, draws } = this.header
    const size = Math.min(this.width - MARGIN.left - MARGIN.right, MOST_SIDE)
    this.unit = size / (spacing * (side - 1)) // pixels to a unit of z, the same on both axes
    const [left, top] = [MARGIN.left, MARGIN.top]
    this.at = ([a, b]) => [left + (a - low[0]) * this.unit, top + size - (b - low[1]) * this.unit]
    const svg = this.element("svg", { width: left + size + MARGIN.right, height: top + size + MARGIN.bottom })
    svg.setAttribute("role", "group")
    svg.setAttribute("aria-label", "contours of the true posterior p(z|x), the encoder's q and your q")
    this.element("rect", { x: left, y: top, width: size, height: size, fill: "none", stroke: colours.grid }, svg)
    this.ticks(svg, size)
    const cell = size / (side - 1)
    const grid = this.element("g", { transform: `translate(${left},${top + size}) scale(${cell},${-cell})` }, svg)
    this.element("image", { href: this.bands(), x: -0.5, y: -0.5, width: side, height: side, preserveAspectRatio: "none" }, grid)
    this.contours.forEach((d, k) => {
      const line = { d, fill: "none", stroke: colours.latent, "stroke-width": 2.2 - 0.6 * k, "vector-effect": "non-scaling-stroke" }
      this.element("path", { ...line, "data-level": levels[k] }, grid)
    })
    for (const z of draws) {
      const [cx, cy] = this.at(z)
      this.element("circle", { class: "draw", cx, cy, r: 4, fill: colours.encoder, stroke: colours.surface, "stroke-width": 1 }, svg)
    }
    const oval = (more) => this.element("ellipse", { fill: "none", stroke: colours.encoder, ...more }, svg)
    this.ovals = [1, 2].map((factor) => [oval({ "stroke-width": 4 - factor, stroke: colours.text, "data-own": factor }), factor])
    for (const factor of [1, 2]) this.place(oval({ "stroke-dasharray": "5 4", "stroke-width": 2, "data-encoder": factor }), this.header.encoder, factor)
    this.handles(svg)
    svg.onpointerdown = (event) => this.grab(event, svg)
    const focused = this.plane.contains(document.activeElement) && document.activeElement.dataset.handle
    this.plane.replaceChildren(svg)
    if (focused) this.grips[focused].focus()
    this.draw()
  }

  // The regions that hold 39, 86 and 99 % of p(z|x), each a shade darker.
  bands() {
    const { side, levels, peak, colours } = this.header
    const canvas = Object.assign(document.createElement("canvas"), { width: side, height: side })
    const context = canvas.getContext("2d")
    const image = context.createImageData(side, side)
    const rgb = [1, 3, 5].map((i) => parseInt(colours.latent.slice(i, i + 2), 16))
    this.logJoint.forEach((value, i) => {
      const inside = levels.filter((level) => value > level - peak).length
      image.data.set([...rgb, 34 * inside], 4 * i)
    })
    context.putImageData(image, 0, 0)
    return canvas.toDataURL()
  }

  ticks(svg, size) {
    const { low, spacing, side, colours } = this.header
    const width = spacing * (side - 1)
    const step = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5].find((candidate) => width / candidate <= 6) ?? 10
    const digits = step < 0.1 ? 2 : step < 1 ? 1 : 0
    for (let k = 0; k < 2; k++) {
      for (let i = Math.ceil(low[k] / step); i * step <= low[k] + width; i++) {
        const [x, y] = this.at(k === 0 ? [i * step, low[1]] : [low[0], i * step])
        const label = text(i * step, digits).replace(/^−(0(\.0+)?)$/, "$1")
        if (k === 0) this.label(svg, x, y + 17, label, colours.muted, "middle")
        else this.label(svg, x - 6, y + 4, label, colours.muted, "end")
      }
    }
    this.label(svg, MARGIN.left + size / 2, MARGIN.top + size + 35, "z₁ across, z₂ up", colours.muted, "middle")
  }

  handles(svg) {
    const { text: ink, surface } = this.header.colours
    const { spacing } = this.header
    const [turn, stretch] = [Math.PI / 90, 1.03]
    const kinds = {
      loc: ["mean of your q: arrows move it", ([a, b, ...rest], x, y) => [a + x * spacing, b + y * spacing, ...rest]],
      along: ["first axis of your q: left and right stretch, up and down turn", ([a, b, c, d, e], x, y) => [a, b, c * stretch ** x, d, e + y * turn]],
      across: ["second axis of your q: up and down stretch, left and right turn", ([a, b, c, d, e], x, y) => [a, b, c, d * stretch ** y, e - x * turn]],
    }
    this.grips = {}
    for (const [name, [label, move]] of Object.entries(kinds)) {
      const group = this.element("g", { class: "handle", tabindex: 0, role: "slider", "aria-label": label, "data-handle": name }, svg)
      this.element("circle", { r: 18, fill: "transparent" }, group)
      this.element("circle", { class: "grip", r: name === "loc" ? 9 : 7, fill: surface, stroke: ink, "stroke-width": 3 }, group)
      group.onkeydown = (event) => {
        const step = { ArrowLeft: [-1, 0], ArrowDown: [0, -1], ArrowRight: [1, 0], ArrowUp: [0, 1] }[event.key]
        if (!step) return
        event.preventDefault()
        cancelAnimationFrame(this.frame)
        this.moveTo(move(this.q, ...step.map((value) => value * (event.shiftKey ? 5 : 1))))
      }
      group.onkeyup = (event) => event.key.startsWith("Arrow") && this.letGo()
      this.grips[name] = group
    }
  }

  // Follow the pointer from where a handle was taken. Stretching and turning go by the pointer's distance and direction
  // from q's mean, relative to where it began.
  grab(event, svg) {
    const name = event.target.closest("[data-handle]")?.dataset.handle
    if (!name) return
    event.preventDefault()
    cancelAnimationFrame(this.frame)
    svg.setPointerCapture(event.pointerId)
    this.grips[name].focus({ preventScroll: true })
    const box = svg.getBoundingClientRect()
    const [x0, y0] = [event.clientX, event.clientY]
    const [a, b, c, d, e] = this.q
    const [cx, cy] = this.at(this.q)
    const arm = (px, py) => [px - box.left - cx, cy - (py - box.top)]
    const start = arm(x0, y0)
    svg.onpointermove = (move) => {
      if (name === "loc") return this.moveTo([a + (move.clientX - x0) / this.unit, b - (move.clientY - y0) / this.unit, c, d, e])
      const now = arm(move.clientX, move.clientY)
      const factor = Math.hypot(...now) / Math.max(1, Math.hypot(...start))
      const angle = e + Math.atan2(now[1], now[0]) - Math.atan2(start[1], start[0])
      this.moveTo(name === "along" ? [a, b, c * factor, d, angle] : [a, b, c, d * factor, angle])
    }
    svg.onpointerup = svg.onpointercancel = () => {
      svg.onpointermove = svg.onpointerup = svg.onpointercancel = null
      this.letGo()
    }
  }

  place(node, [a, b, c, d, angle], factor) {
    const [cx, cy] = this.at([a, b])
    const turned = `rotate(${((-angle * 180) / Math.PI).toFixed(3)} ${cx.toFixed(2)} ${cy.toFixed(2)})`
    const numbers = { cx, cy, rx: factor * c * this.unit, ry: factor * d * this.unit }
    for (const [key, value] of Object.entries(numbers)) node.setAttribute(key, value.toFixed(3))
    node.setAttribute("transform", turned)
  }

  draw() {
    if (!this.grips) return
    const { q, header } = this
    const [a, b, c, d, angle] = q
    for (const [node, factor] of this.ovals) this.place(node, q, factor)
    const [x, y] = this.at(q)
    const put = (name, length, direction, value, said) => {
      const [px, py] = [x + length * Math.cos(direction), y - length * Math.sin(direction)]
      this.grips[name].setAttribute("transform", `translate(${px.toFixed(1)},${py.toFixed(1)})`)
      this.grips[name].setAttribute("aria-valuenow", value.toFixed(3))
      this.grips[name].setAttribute("aria-valuetext", said)
    }
    const degrees = `turned by ${text((angle * 180) / Math.PI, 0)} degrees`
    put("loc", 0, 0, a, `(${text(a)}, ${text(b)})`)
    put("along", Math.max(LEAST_ARM, c * this.unit), angle, c, `standard deviation ${text(c)}, ${degrees}`)
    put("across", Math.max(LEAST_ARM, d * this.unit), angle + Math.PI / 2, d, `standard deviation ${text(d)}, ${degrees}`)
    const elbo = elboOf(header, this.logJoint, q)
    this.root.q = q
    Object.assign(this.root.dataset, { q: q.join(), elbo: elbo.toFixed(9), logMarginal: this.logMarginal.toFixed(9) })
    this.tell({ own: elbo, ...header.elbos })
  }

  tell(elbos) {
    const rows = Object.entries(elbos).map(([name, elbo]) => {
      const gap = this.logMarginal - elbo
      return `<tr class="${name}" data-gap="${gap.toFixed(9)}"><th scope="row">${NAMES[name]}</th><td>${text(elbo)}</td><td>${text(Math.max(0, gap))}</td></tr>`
    })
    this.table.innerHTML = `<table><thead><tr><th scope="col">nats</th><th scope="col">ELBO</th><th scope="col">gap</th></tr></thead><tbody>${rows.join("")}</tbody></table>`
    const lead = elbos.own - elbos.encoder
    const left = elbos.best - elbos.own
    const first =
      lead > 0.0005
        ? `You beat the encoder by ${text(lead)} nats.`
        : lead > -0.0005
          ? "Your q is level with the encoder's."
          : `The encoder leads by ${text(-lead)} nats.`
    const message = left > 0.0005 ? `${first} The best Gaussian is ${text(left)} ahead of you.` : `${first} No Gaussian is better.`
    if (this.output.textContent !== message) this.output.textContent = message
  }

  element(name, attributes, parent) {
    const node = document.createElementNS(SVG, name)
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value)
    parent?.append(node)
    return node
  }

  label(parent, x, y, content, fill, anchor) {
    const node = this.element("text", { x, y, fill, "text-anchor": anchor }, parent)
    node.textContent = content
  }
}
