// A canvas over the axes of a Plotly chart, in CSS pixels; it follows the chart through resizing and replacement. Stands
// before the components that draw on a chart. Take it away paints it again, into the chart's saved picture.

class PlotOverlay {
  constructor(role, draw, level = 1) {
    this.draw = draw // called with the context, the maps from latent values to pixels, and the size
    this.level = level // above the overlays of lower levels
    this.canvas = document.createElement("canvas")
    this.canvas.dataset.role = role
    this.canvas.setAttribute("aria-hidden", "true")
    this.canvas.overlay = this
    Object.assign(this.canvas.style, { position: "absolute", pointerEvents: "none", zIndex: level })
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
      this.plot?.removeListener?.("plotly_afterplot", this.onPlotted)
      this.plot = plot
      plot.style.position = "relative"
      plot.on?.("plotly_afterplot", this.onPlotted)
    }
    if (!this.canvas.isConnected) {
      plot.appendChild(this.canvas)
      this.redraw()
    }
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
  }

  paint(context, { width, height }) {
    const { xaxis, yaxis } = this.plot._fullLayout
    this.draw(context, (value) => xaxis.d2p(value), (value) => yaxis.d2p(value), width, height)
  }

  destroy() {
    this.observer.disconnect()
    this.plot?.removeListener?.("plotly_afterplot", this.onPlotted)
    this.canvas.remove()
  }
}
