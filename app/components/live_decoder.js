// Decodes in the browser: the weights come once, every pointer position over the plane is one forward pass here,
// and the server hears of a point only for the page's link, when it has rested for a second: to hear of it and to answer takes
// both of them as much as six decoded points take the browser.

const instances = new WeakMap()
const REST_MS = 1000
const BETWEEN_MS = 4 // a mouse may report a thousand positions a second; the last one of a frame is always drawn
const QUIET_MS = 2000 // after a press elsewhere: the page may be about to go
const MOVES = ["pointerrawupdate", "pointermove"]
const PRESSES = ["pointerdown", "pointerup"]

export default function (component) {
  const { parentElement, data, setStateValue } = component
  const root = parentElement.querySelector(".live-decoder")
  if (!root || !data) return
  let view = instances.get(parentElement)
  if (!view) {
    view = new LiveDecoder(root)
    instances.set(parentElement, view)
  }
  view.report = (z) => setStateValue("z", z)
  view.take(data)
  return () => {
    view.destroy()
    instances.delete(parentElement)
  }
}

async function fetched(address) {
  const answer = await fetch(address)
  if (!answer.ok) throw new Error(`no decoder at ${address}: ${answer.status}`)
  return new Uint8Array(await answer.arrayBuffer())
}

function unpack(bytes) {
  const buffer = bytes.slice().buffer // a copy: the original need not be aligned to four bytes
  const headerLength = new DataView(buffer).getUint32(0, true)
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, headerLength)))
  let offset = 4 + headerLength
  const layers = header.layers.map(([rows, columns]) => {
    const weight = new Float32Array(buffer, offset, rows * columns)
    const bias = new Float32Array(buffer, offset + 4 * rows * columns, rows)
    offset += 4 * (rows * columns + rows)
    return { rows, columns, weight, bias, out: new Float32Array(rows) }
  })
  return { header, layers }
}

const sigmoid = (a) => 1 / (1 + Math.exp(-a))
const activations = { tanh: Math.tanh, silu: (a) => a * sigmoid(a) }
const means = { sigmoid, identity: (a) => a }

// The mean of p(x|z): affine layers with the activation between them, and the likelihood's mean function at the end.
function decode({ header, layers }, z) {
  let input = Float32Array.from(z) // as all other layers' input: a loop over one kind of array is twice as fast
  layers.forEach((layer, index) => {
    const f = index < layers.length - 1 ? activations[header.activation] : means[header.mean]
    const { rows, columns, weight, bias, out } = layer
    for (let row = 0, w = 0; row < rows; row++) {
      let sum = 0
      for (let column = 0; column < columns; column++) sum += weight[w++] * input[column]
      out[row] = f(sum + bias[row])
    }
    input = out
  })
  return Float32Array.from(input)
}

// Standard normal CDF and its inverse, for planes in probability coordinates u = Phi(z).
function normalCdf(z) {
  const t = 1 / (1 + 0.5 * Math.abs(z) * Math.SQRT1_2)
  const c = [-1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587,
    -0.82215223, 0.17087277]
  const poly = c.reduceRight((sum, a) => sum * t + a, 0)
  const tail = 0.5 * t * Math.exp(-0.5 * z * z + poly)
  return z > 0 ? 1 - tail : tail
}
function normalQuantile(u) {
  const p = Math.min(1 - 1e-9, Math.max(1e-9, u))
  let low = -6.5, high = 6.5
  for (let i = 0; i < 50; i++) {
    const middle = (low + high) / 2
    if (normalCdf(middle) < p) low = middle
    else high = middle
  }
  return (low + high) / 2
}

const identityRows = (size) =>
  [0, 1].slice(0, size).map((row) => Array.from({ length: size }, (_, column) => Number(row === column)))

class LiveDecoder {
  constructor(root) {
    this.root = root
    this.canvas = root.querySelector("canvas")
    this.caption = root.querySelector("output").appendChild(new Text()) // whose text changes without new elements
    this.canvas.onkeydown = (event) => this.onKey(event)
    this.cursor = document.createElement("div")
    this.cursor.className = "plane-cursor"
    this.frame = 0
    this.restTimer = 0
    this.observer = new MutationObserver(() => this.attach())
    this.observer.observe(document.body, { childList: true, subtree: true })
    // Browsers hold a pointermove back until the next frame begins. Where they tell of the pointer at once too, the point
    // is decoded by then.
    this.onMove = (event) => {
      const early = event.type === "pointerrawupdate"
      if (!early || performance.now() - this.drawnAt > BETWEEN_MS) this.onPointer(event)
    }
    this.drawnAt = 0
    this.onPress = (event) => this.onPointer(event)
    // Whoever presses something elsewhere may be leaving this page: a report that arrives while the server runs the
    // next page leaves that page blank.
    this.onElsewhere = (event) => {
      if (this.plot?.contains(event.target) || event.target === this.canvas) return
      clearTimeout(this.restTimer)
      this.quietUntil = performance.now() + QUIET_MS
    }
    for (const kind of ["pointerdown", "keydown"]) document.addEventListener(kind, this.onElsewhere, true)
  }

  // A decoder's bytes, or the address of bytes that were sent before: they are here, unless this is another page by now.
  async take(data) {
    this.wanted = data
    if (data.address && data.address === this.address) return this.load(this.model)
    const model = unpack(data.address ? await fetched(data.address) : data)
    if (this.wanted !== data) return // another one came meanwhile
    this.address = model.header.address
    this.load(model)
  }

  load(model) {
    const known = this.model && this.model.header.id === model.header.id
    this.model = model
    const [height, width] = model.header.image_shape
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width
      this.canvas.height = height
    }
    if (!known) {
      this.started = false
      this.moveTo(new Array(model.header.latent_dim).fill(0))
    } else this.moveTo(this.z)
    this.attach()
  }

  // Find the chart and listen to it. Streamlit may replace the chart's element at any rerun; the observer calls again.
  attach() {
    if (!this.model) return
    const plot = document.querySelector(`.st-key-${this.model.header.chart} .js-plotly-plot`)
    if (!plot || !plot._fullLayout?.xaxis?.p2d) return
    if (plot !== this.plot) {
      this.detach()
      this.plot = plot
      for (const kind of MOVES) plot.addEventListener(kind, this.onMove, true)
      for (const kind of PRESSES) plot.addEventListener(kind, this.onPress, true)
      plot.style.position = "relative"
      this.onPlotted = () => {
        this.followPlane()
        this.placeCursor()
      }
      plot.on?.("plotly_afterplot", this.onPlotted)
      plot.on?.("plotly_relayouting", this.onPlotted)
    }
    this.followPlane()
    for (const layer of plot.querySelectorAll(".draglayer .drag")) layer.style.touchAction = "none"
    if (!this.cursor.isConnected) plot.appendChild(this.cursor)
    this.placeCursor()
  }

  detach() {
    if (!this.plot) return
    for (const kind of MOVES) this.plot.removeEventListener(kind, this.onMove, true)
    for (const kind of PRESSES) this.plot.removeEventListener(kind, this.onPress, true)
    this.plot.removeListener?.("plotly_afterplot", this.onPlotted)
    this.plot.removeListener?.("plotly_relayouting", this.onPlotted)
    this.plot = null
  }

  // The plane that the chart shows: z = rest + a u + b v, with (u, v) the orthonormal rows of `basis`.
  plane() {
    const meta = this.plot?.layout?.meta
    if (meta?.basis?.[0]?.length === this.model.header.latent_dim) return meta // else: of the model shown before
    return { coordinates: "latent", basis: identityRows(this.model.header.latent_dim), rest: null }
  }

  // On another plane: to the point it names, or to the same position there.
  followPlane() {
    const { basis, rest, start } = this.plane()
    const place = JSON.stringify([basis, rest])
    if (this.started && this.place === place) return
    Object.assign(this, { started: true, place })
    this.moveTo(start ?? this.pointAt(this.coordinates(this.z)))
  }

  toLatent(value) {
    return this.plane().coordinates === "probability" ? normalQuantile(value) : value
  }

  toAxis(value) {
    return this.plane().coordinates === "probability" ? normalCdf(value) : value
  }

  onPointer(event) {
    const { xaxis, yaxis } = this.plot._fullLayout
    const box = this.plot.getBoundingClientRect()
    const px = event.clientX - box.left - xaxis._offset
    const py = event.clientY - box.top - yaxis._offset
    if (px < 0 || py < 0 || px > xaxis._length || py > yaxis._length) return
    this.moveTo(this.pointAt([xaxis.p2d(px), yaxis.p2d(py)].map((value) => this.toLatent(value))))
    this.rest()
  }

  // The position of z on the plane, and the point at a position: the parts of z off the plane stay at `rest`.
  coordinates(z) {
    return this.plane().basis.map((direction) => direction.reduce((sum, u, i) => sum + u * z[i], 0))
  }

  pointAt(position) {
    const { basis, rest } = this.plane()
    const z = rest ? Array.from(rest) : new Array(this.model.header.latent_dim).fill(0)
    basis.forEach((direction, k) => direction.forEach((u, i) => (z[i] += u * position[k])))
    return z
  }

  moveTo(z) {
    if (this.drawn === this.model && z.every((value, i) => value === this.z[i])) return
    this.z = z
    if (this.frame) return
    this.frame = 1
    queueMicrotask(() => {
      this.frame = 0
      this.draw()
    })
  }

  draw() {
    const pixels = decode(this.model, this.z)
    const count = this.canvas.width * this.canvas.height
    const image = new ImageData(this.canvas.width, this.canvas.height)
    const rgba = image.data
    for (let i = 0; i < count; i++) {
      const grey = 255 * Math.min(1, Math.max(0, pixels[i]))
      rgba[4 * i] = rgba[4 * i + 1] = rgba[4 * i + 2] = grey
      rgba[4 * i + 3] = 255
    }
    this.canvas.getContext("2d").putImageData(image, 0, 0)
    Object.assign(this, { drawn: this.model, drawnAt: performance.now() })
    this.canvas.pixels = pixels.subarray(0, count)
    const shown = this.z.map((value) => value.toFixed(2).replace("-0.00", "0.00"))
    this.canvas.latent = this.z
    this.canvas.dataset.z = shown.join(",")
    const some = shown.length > 4 ? [...shown.slice(0, 3), "…"] : shown
    this.caption.data = `mean of p(x|z) at z = (${some.join(", ")})`
    this.placeCursor()
  }

  placeCursor() {
    const layout = this.plot?._fullLayout
    if (!layout?.xaxis?.d2p || !this.z) return
    const [a, b] = this.coordinates(this.z)
    const x = layout.xaxis.d2p(this.toAxis(a))
    const y = b === undefined ? layout.yaxis._length / 2 : layout.yaxis.d2p(this.toAxis(b))
    const inside = x >= 0 && y >= 0 && x <= layout.xaxis._length && y <= layout.yaxis._length
    this.cursor.style.display = inside ? "block" : "none"
    this.cursor.style.transform = `translate(${x + layout.xaxis._offset}px, ${y + layout.yaxis._offset}px)`
  }

  onKey(event) {
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }
    const step = steps[event.key]
    if (!step) return
    event.preventDefault()
    const size = event.shiftKey ? 0.5 : 0.1
    this.moveTo(this.pointAt(this.coordinates(this.z).map((value, k) => value + step[k] * size)))
    this.rest()
  }

  rest() {
    clearTimeout(this.restTimer)
    this.restTimer = setTimeout(() => {
      if (!this.canvas.isConnected) return
      const z = Array.from(this.z)
      if (this.reported !== z.join()) {
        this.reported = z.join()
        this.report(z)
      }
    }, Math.max(REST_MS, (this.quietUntil ?? 0) - performance.now()))
  }

  destroy() {
    this.wanted = null
    this.observer.disconnect()
    for (const kind of ["pointerdown", "keydown"]) document.removeEventListener(kind, this.onElsewhere, true)
    clearTimeout(this.restTimer)
    this.detach()
    this.cursor.remove()
  }
}
