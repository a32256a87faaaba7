// Plotly charts of the page. This file alone uses Plotly's private fields; `docs/browser.md` lists them.

import { Cleanups } from "./mount.js"

/**
 * The private parts of a chart's element.
 * @typedef {HTMLElement & {
 *   layout: any,
 *   on?: (name: string, act: () => void) => void,
 *   removeListener?: (name: string, act: () => void) => void,
 *   _fullLayout?: { xaxis?: Axis, yaxis: Axis, width: number, height: number },
 *   _ev?: object,
 *   _context: { toImageButtonOptions: object },
 *   _legendMouseDownTime?: number,
 * }} PlotElement
 */
/** @typedef {{ p2d: (px: number) => number, d2p: (value: number) => number, _offset: number, _length: number }} Axis */
/** @typedef {import("./boxes.js").Box} Box */

const PLOTTED = ["plotly_afterplot", "plotly_relayouting"]

/** A chart by its key, through resizing, zooming and replacement. */
export class Chart {
  /** @type {PlotElement | null} */
  element = null
  cleanups = new Cleanups()

  /** @param {{ onFound?: (element: HTMLElement) => void, onPlotted?: () => void }} acts */
  constructor({ onFound, onPlotted }) {
    this.onFound = onFound // called with the element of a new chart; its `cleanups` are run when that is replaced
    this.onPlotted = onPlotted // called each time that Plotly has drawn, or is zooming
  }

  /**
   * Looks for the chart with this key, and says whether one is here whose axes are ready.
   * @param {string} key
   */
  find(key) {
    /** @type {PlotElement | null} */
    const plot = document.querySelector(`.st-key-${key} .js-plotly-plot`)
    if (!plot?._fullLayout?.xaxis?.p2d) return false
    if (plot === this.element) return true
    this.release()
    this.element = plot
    plot.style.position = "relative"
    const { onPlotted } = this
    if (onPlotted) {
      for (const event of PLOTTED) {
        plot.on?.(event, onPlotted)
        this.cleanups.add(() => plot.removeListener?.(event, onPlotted))
      }
    }
    this.onFound?.(plot)
    return true
  }

  release() {
    this.cleanups.run()
    this.element = null
  }

  get axes() {
    const { xaxis, yaxis } = this.element?._fullLayout ?? {}
    return xaxis?.d2p && yaxis ? { xaxis, yaxis } : null
  }

  /**
   * The axes' place on the chart; null until there is a chart.
   * @returns {Box | null}
   */
  get box() {
    const axes = this.axes
    if (!axes) return null
    const { xaxis, yaxis } = axes
    return { left: xaxis._offset, top: yaxis._offset, width: xaxis._length, height: yaxis._length }
  }

  /** The chart's width in CSS pixels. */
  get width() {
    return this.element?._fullLayout?.width ?? 0
  }

  /**
   * Where a pointer is on the axes, in pixels; null where it is outside them, unless places `outside` count too.
   * @param {{ clientX: number, clientY: number }} event
   * @param {{ outside?: boolean }} [options]
   */
  place({ clientX, clientY }, { outside = false } = {}) {
    const { element, box } = this
    if (!element || !box) return null
    const chart = element.getBoundingClientRect()
    const [px, py] = [clientX - chart.left - box.left, clientY - chart.top - box.top]
    return outside || (px >= 0 && py >= 0 && px <= box.width && py <= box.height) ? [px, py] : null
  }

  /**
   * The values of the axes at a place on them, in pixels.
   * @param {number[]} place
   */
  values([px, py]) {
    const { xaxis, yaxis } = /** @type {{ xaxis: Axis, yaxis: Axis }} */ (this.axes)
    return [xaxis.p2d(px), yaxis.p2d(py)]
  }

  /**
   * The maps from the axes' values to pixels.
   * @returns {{ x: (value: number) => number, y: (value: number) => number }}
   */
  get maps() {
    const { xaxis, yaxis } = /** @type {{ xaxis: Axis, yaxis: Axis }} */ (this.axes)
    return { x: (value) => xaxis.d2p(value), y: (value) => yaxis.d2p(value) }
  }

  /** What Python wrote into `layout.meta`. */
  get meta() {
    return this.element?.layout?.meta
  }

  /** What Python wrote into `layout.uirevision`. */
  get revision() {
    return this.element?.layout?.uirevision
  }

  /** A finger on the axes moves the point, not the page. */
  keepTouches() {
    /** @type {NodeListOf<HTMLElement>} */
    const layers = this.element?.querySelectorAll(".draglayer .drag") ?? /** @type {any} */ ([])
    for (const layer of layers) layer.style.touchAction = "none"
  }
}

/**
 * Calls `onPlotted` after each drawing of each chart, also of a chart that Streamlit fills anew.
 * @param {WeakSet<object>} emitters the event emitters of charts that are listened to; a chart that is filled anew has another one
 * @param {(plot: PlotElement) => void} onPlotted
 */
export function listenToCharts(emitters, onPlotted) {
  /** @type {NodeListOf<PlotElement>} */
  const plots = document.querySelectorAll(".js-plotly-plot")
  for (const plot of plots) {
    if (!plot._ev || emitters.has(plot._ev)) continue
    emitters.add(plot._ev)
    plot.on?.("plotly_afterplot", () => onPlotted(plot))
    onPlotted(plot)
  }
}

/**
 * The items of a chart's legend, and whether each one's trace is visible.
 * @param {PlotElement} plot
 * @returns {{ item: HTMLElement, isVisible: boolean }[]}
 */
export const legendItems = (plot) =>
  [...plot.querySelectorAll(".legend .traces")].map((item) => ({
    item: /** @type {HTMLElement} */ (item),
    isVisible: /** @type {any} */ (item).__data__[0].trace.visible === true,
  }))

/**
 * Presses an item of a chart's legend. Two presses in quick succession are no double press, which would hide all other items.
 * @param {PlotElement} plot
 * @param {Element} item
 */
export function pressLegend(plot, item) {
  plot._legendMouseDownTime = 0
  const place = item.querySelector(".legendtoggle")
  for (const kind of ["mousedown", "mouseup"]) place?.dispatchEvent(new MouseEvent(kind))
}

/**
 * A chart as the text of an SVG of its size on the screen, by the chart's own camera button; null where it has none.
 * @param {PlotElement} plot
 * @returns {Promise<{ text: string, width: number, height: number }> | null}
 */
export function photograph(plot) {
  const camera = plot.querySelector(".modebar-btn[data-title^='Download plot']")
  if (!camera || !plot._fullLayout) return null
  const usual = plot._context.toImageButtonOptions
  const { width, height } = plot._fullLayout
  plot._context.toImageButtonOptions = { format: "svg", filename: "taken", width, height }
  const drawing = new Promise((/** @type {(answer: Promise<Response>) => void} */ resolve) => {
    const take = (/** @type {MouseEvent} */ event) => {
      const link = /** @type {HTMLAnchorElement} */ (event.target)
      if (link.download !== "taken.svg") return
      event.preventDefault()
      event.stopPropagation() // Plotly presses a link outside the popover, which would close it
      window.removeEventListener("click", take, true)
      resolve(fetch(link.href)) // at once: Plotly gives the address up when the press is over
    }
    window.addEventListener("click", take, true)
  })
  camera.dispatchEvent(new MouseEvent("click")) // one that does not bubble, for the same reason
  plot._context.toImageButtonOptions = usual
  return drawing.then((answer) => answer.text()).then((text) => ({ text, width, height }))
}
