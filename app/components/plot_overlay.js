// A canvas over the axes of a Plotly chart, in CSS pixels; it follows the chart through resizing, zooming and replacement.
// Stands before the components that draw on a chart. Take it away paints it again, into the chart's saved picture.

const LEVELS = { points: 0, names: 1, posterior: 2, "on-plane": 2, path: 2, chain: 3 } // from the lowest up, by role
const LETTERS = "bold 15px system-ui, Segoe UI, Roboto, Arial, sans-serif"
const AROUND = [34, 56, 84].flatMap((far) =>
  [[0, -1], [1, -1], [-1, -1], [1, 0], [-1, 0], [1, 1], [-1, 1], [0, 1]].map((way) => way.map((part) => part * far)),
)

class PlotOverlay {
  constructor(role, draw) {
    this.draw = draw // called with the context, the maps from latent values to pixels, and the size
    this.level = LEVELS[role]
    this.boxes = [] // what is not to be covered: `left`, `top`, `width`, `height`
    this.canvas = document.createElement("canvas")
    this.canvas.dataset.role = role
    this.canvas.setAttribute("aria-hidden", "true")
    this.canvas.overlay = this
    Object.assign(this.canvas.style, { position: "absolute", pointerEvents: "none", zIndex: this.level })
    this.onPlotted = () => this.redraw()
    this.observer = new MutationObserver(() => this.attach()) // Streamlit may replace the chart at any rerun
  }

  follow(chart) {
    this.chart = chart
    this.observer.observe(document.body, { childList: true, subtree: true })
    this.attach()
    this.redraw()
  }

  attach() {
    const plot = document.querySelector(`.st-key-${this.chart} .js-plotly-plot`)
    if (!plot?._fullLayout?.xaxis?.d2p) return
    if (plot !== this.plot) {
      this.release()
      this.plot = plot
      plot.style.position = "relative"
      for (const event of ["plotly_afterplot", "plotly_relayouting"]) plot.on?.(event, this.onPlotted)
    }
    if (!this.canvas.isConnected) {
      plot.appendChild(this.canvas)
      this.redraw()
    }
  }

  release() {
    for (const event of ["plotly_afterplot", "plotly_relayouting"]) this.plot?.removeListener?.(event, this.onPlotted)
  }

  // The axes' place on the chart; null until there is a chart.
  get box() {
    const { xaxis, yaxis } = this.plot?._fullLayout ?? {}
    return xaxis?.d2p ? { left: xaxis._offset, top: yaxis._offset, width: xaxis._length, height: yaxis._length } : null
  }

  redraw() {
    const box = this.box
    if (!box) return
    const context = contextOf(this.canvas, box.width, box.height)
    Object.assign(this.canvas.style, { left: `${box.left}px`, top: `${box.top}px`, width: `${box.width}px` })
    this.paint(context, box)
    if (this.level > LEVELS.names) this.others.find(({ level }) => level === LEVELS.names)?.redraw() // they give way
  }

  paint(context, { width, height }) {
    const { xaxis, yaxis } = this.plot._fullLayout
    this.boxes = []
    this.draw(context, (value) => xaxis.d2p(value), (value) => yaxis.d2p(value), width, height)
  }

  get others() {
    return [...this.plot.querySelectorAll("canvas")].flatMap(({ overlay }) => (overlay && overlay !== this ? [overlay] : []))
  }

  keepOff([x, y], size) {
    this.boxes.push({ left: x - size / 2, top: y - size / 2, width: size, height: size })
  }

  // A box of this size, some `ways` from a place: the first that covers nothing. Names give way to all else, so they do not count.
  claim(place, width, height, ways) {
    const taken = [this, ...this.others.filter(({ level }) => level !== LEVELS.names)].flatMap(({ boxes }) => boxes)
    const box = freeBox(place, width, height, ways, taken, { ...this.box, left: 0, top: 0 })
    if (box) this.boxes.push(box)
    return box
  }

  // A place's letter, in a box that covers nothing.
  flag(context, [x, y], letter, colour, ink) {
    const box = this.claim([x, y], 22, 24, AROUND)
    if (!box) return // the place is not to be seen either
    const [middle, centre] = [box.left + box.width / 2, box.top + box.height / 2]
    context.fillStyle = context.strokeStyle = colour
    context.lineWidth = 2
    context.beginPath()
    context.moveTo(x, y)
    context.lineTo(middle, centre)
    context.stroke()
    context.fillRect(box.left, box.top, box.width, box.height)
    context.fillStyle = ink
    context.font = LETTERS
    context.textAlign = "center"
    context.fillText(letter, middle, centre + 5)
  }

  destroy() {
    this.observer.disconnect()
    this.release()
    this.canvas.remove()
  }
}
