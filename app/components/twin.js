// Models side by side: one z, one x and one eps for all; the pointer over any plane moves the z of every one.

export default (component) => mountOnce(component, ".twin", Twin)

const activations = { tanh: Math.tanh, silu: (a) => a / (1 + Math.exp(-a)) }
const means = { sigmoid: (a) => 1 / (1 + Math.exp(-a)), identity: (a) => a }
const FIRST_HIGHER = [0, 114, 178] // told apart by colour-blind eyes; the caption names them
const THIS_HIGHER = [213, 94, 0]

class Twin {
  constructor(root) {
    this.root = root
    this.columns = root.querySelector(".twin-columns")
    this.output = root.querySelector("output")
    this.buttons = ["near", "all"].map((role) => root.querySelector(`button[data-role=${role}]`))
    for (const button of this.buttons) button.onclick = () => this.scale(button.dataset.role)
    this.wide = false
    this.observer = new ResizeObserver(() => this.draw())
    this.observer.observe(this.columns)
    this.onSeen = () => this.draw()
    window.addEventListener("twin-seen", this.onSeen)
  }

  load({ header, arrays }) {
    const known = this.header?.latent_dim === header.latent_dim
    Object.assign(this, { header, arrays })
    if (!known) this.z = new Array(header.latent_dim).fill(0)
    this.build()
    this.draw()
  }

  scale(role) {
    this.wide = role === "all"
    for (const button of this.buttons) button.setAttribute("aria-pressed", String(button.dataset.role === role))
    this.draw()
  }

  build() {
    this.columns.replaceChildren()
    this.parts = this.header.models.map((model, number) => {
      const column = document.createElement("div")
      column.className = "twin-column"
      const title = document.createElement("strong")
      title.textContent = model.title
      const plane = document.createElement("canvas")
      plane.dataset.role = "plane"
      plane.tabIndex = 0
      plane.setAttribute("role", "img")
      plane.setAttribute("aria-label", `${model.title}: latent plane; arrow keys move the point`)
      plane.onpointermove = plane.onpointerdown = (event) => this.onPointer(event, plane)
      plane.onkeydown = (event) => this.onKey(event)
      column.append(title, plane)
      const first = this.header.models[0].title
      const cells = [
        ["decoded", `at the cursor: mean of p(x|z)`],
        ["difference", number ? `minus that of ${first}` : "all differences are to this model"],
        ["reconstruction", "x again: mean of p(x|z), z = μ + σε"],
        ["reconstructionDifference", number ? `minus that of ${first}` : ""],
      ]
      const canvases = { plane }
      const pair = document.createElement("div")
      pair.className = "twin-pair"
      for (const [role, text] of cells) {
        const figure = document.createElement("figure")
        const canvas = document.createElement("canvas")
        canvas.dataset.role = role
        canvas.setAttribute("role", "img")
        canvas.setAttribute("aria-label", `${model.title}: ${text}`)
        ;[canvas.height, canvas.width] = this.header.shape
        const caption = document.createElement("figcaption")
        caption.textContent = text
        figure.append(canvas, caption)
        if (!number && role.toLowerCase().endsWith("difference")) canvas.style.visibility = "hidden"
        canvases[role] = canvas
        pair.append(figure)
      }
      column.append(pair)
      this.columns.append(column)
      return canvases
    })
  }

  decode(number, z) {
    const model = this.header.models[number]
    let input = z
    for (let layer = 0; layer < model.layers; layer++) {
      const weight = this.arrays[`weight${number}.${layer}`]
      const bias = this.arrays[`bias${number}.${layer}`]
      const f = layer < model.layers - 1 ? activations[model.activation] : means[model.mean]
      const out = new Float32Array(bias.length)
      for (let row = 0, w = 0; row < bias.length; row++) {
        let sum = 0
        for (let column = 0; column < input.length; column++) sum += weight[w++] * input[column]
        out[row] = f(sum + bias[row])
      }
      input = out
    }
    return input
  }

  draw() {
    const seen = globalThis.twinSeen
    if (!this.header || seen?.header.id !== this.header.id || !this.columns.clientWidth) return
    this.seen = seen.arrays
    const decoded = this.header.models.map((_, number) => this.decode(number, this.z))
    const again = this.header.models.map((_, number) => this.seen[`reconstruction${number}`])
    this.parts.forEach((canvases, number) => {
      this.drawPlane(canvases.plane, number)
      this.drawImage(canvases.decoded, decoded[number])
      this.drawImage(canvases.reconstruction, again[number])
      if (number) {
        this.drawDifference(canvases.difference, decoded[number], decoded[0])
        this.drawDifference(canvases.reconstructionDifference, again[number], again[0])
      }
    })
    const shown = this.z.map((value) => value.toFixed(2).replace("-0.00", "0.00"))
    this.root.dataset.z = shown.join(",")
    this.root.latent = this.z
    const some = shown.length > 4 ? [...shown.slice(0, 3), "…"] : shown
    this.output.textContent = `the same z = (${minus(some.join(", ")).replaceAll("-", "−")}) for all`
  }

  drawPlane(canvas, number) {
    const side = Math.min(canvas.parentElement.clientWidth, 360)
    canvas.style.width = `${side}px`
    const context = contextOf(canvas, side, side)
    const { colours, class_colours, titles, reach } = this.header
    const span = this.wide ? [-reach, reach] : [-4, 4]
    const plane = drawPlane(context, side, span, titles, colours, null)
    canvas.plane = plane
    context.save()
    context.beginPath()
    context.rect(...plane.box)
    context.clip()
    const points = this.arrays[`points${number}`]
    const labels = this.arrays.labels
    for (let i = 0; i < points.length / 2; i++) {
      context.fillStyle = labels[i] === 255 ? colours.encoder : class_colours[labels[i] % 10]
      context.beginPath()
      context.arc(plane.x(points[2 * i]), plane.y(points[2 * i + 1]), 2.5, 0, 2 * Math.PI)
      context.fill()
    }
    context.strokeStyle = colours.prior
    context.setLineDash([4, 4])
    for (const radius of [1, 2]) {
      context.beginPath()
      context.arc(plane.x(0), plane.y(0), plane.x(radius) - plane.x(0), 0, 2 * Math.PI)
      context.stroke()
    }
    context.setLineDash([])
    this.drawMark(context, plane, this.seen[`z${number}`], colours.data, colours.surface, "x")
    const { axes } = this.header
    this.drawMark(context, plane, [this.z[axes[0]], axes.length > 1 ? this.z[axes[1]] : 0], colours.latent, colours.surface, "z")
    context.restore()
  }

  drawMark(context, plane, [a, b], colour, surface, name) {
    const [x, y] = [plane.x(a), plane.y(b)]
    context.lineWidth = 6
    context.strokeStyle = surface
    context.beginPath()
    context.arc(x, y, 8, 0, 2 * Math.PI)
    context.stroke()
    context.lineWidth = 3
    context.strokeStyle = colour
    context.stroke()
    context.font = "bold 14px system-ui, Segoe UI, Roboto, Arial, sans-serif"
    context.lineWidth = 4
    context.strokeStyle = surface
    context.strokeText(name, x + 12, y + 5)
    context.fillStyle = colour
    context.fillText(name, x + 12, y + 5)
    context.lineWidth = 1
  }

  drawImage(canvas, pixels) {
    const image = new ImageData(canvas.width, canvas.height)
    const grey = pixels.map((value) => 255 * clamp(value, 0, 1))
    paint(image, 0, 0, grey, 0, this.header.shape)
    canvas.getContext("2d").putImageData(image, 0, 0)
    canvas.pixels = pixels
  }

  drawDifference(canvas, pixels, reference) {
    const image = new ImageData(canvas.width, canvas.height)
    const difference = pixels.map((value, i) => value - reference[i])
    difference.forEach((value, i) => {
      image.data.set(value > 0 ? THIS_HIGHER : FIRST_HIGHER, 4 * i)
      image.data[4 * i + 3] = 255 * clamp(Math.abs(value), 0, 1)
    })
    canvas.getContext("2d").putImageData(image, 0, 0)
    canvas.pixels = difference
  }

  onPointer(event, canvas) {
    if (event.pointerType === "touch" && event.type === "pointerdown") canvas.setPointerCapture(event.pointerId)
    const box = canvas.getBoundingClientRect()
    const [px, py] = [event.clientX - box.left, event.clientY - box.top]
    if (canvas.plane?.within(px, py)) this.moveTo(canvas.plane.latent(px, py))
  }

  moveTo(position) {
    this.header.axes.forEach((axis, k) => (this.z[axis] = position[k]))
    if (this.pending) return
    this.pending = true
    queueMicrotask(() => {
      this.pending = false
      this.draw()
    })
  }

  onKey(event) {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key]
    if (!step) return
    event.preventDefault()
    const size = (event.shiftKey ? 0.5 : 0.1) * (this.wide ? this.header.reach / 4 : 1)
    this.moveTo(this.header.axes.map((axis, k) => this.z[axis] + step[k] * size))
  }

  destroy() {
    this.observer.disconnect()
    window.removeEventListener("twin-seen", this.onSeen)
  }
}
