// A canvas over the axes of a Plotly chart, in CSS pixels; it follows the chart through resizing and replacement. Stands
// before the components that draw on the plane of the Repair page.

class PlotOverlay {
  constructor(role, draw) {
    this.draw = draw // called with the context, the maps from latent values to pixels, and the size
    this.canvas = document.createElement("canvas")
    this.canvas.dataset.role = role
    this.canvas.setAttribute("aria-hidden", "true")
    Object.assign(this.canvas.style, { position: "absolute", pointerEvents: "none" })
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

  redraw() {
    const layout = this.plot?._fullLayout
    if (!layout?.xaxis?.d2p) return
    const { xaxis, yaxis } = layout
    const context = contextOf(this.canvas, xaxis._length, yaxis._length)
    Object.assign(this.canvas.style, {
      left: `${xaxis._offset}px`, top: `${yaxis._offset}px`, width: `${xaxis._length}px`,
    })
    this.draw(context, (value) => xaxis.d2p(value), (value) => yaxis.d2p(value), xaxis._length, yaxis._length)
  }

  destroy() {
    this.observer.disconnect()
    this.plot?.removeListener?.("plotly_afterplot", this.onPlotted)
    this.canvas.remove()
  }
}
