// Plotly charts of the page. This file alone uses Plotly's private fields; `docs/browser.md` lists them.

/**
 * The private parts of a chart's element.
 * @typedef {HTMLElement & {
 *   on?: (name: string, act: () => void) => void,
 *   _fullLayout?: { width: number, height: number },
 *   _ev?: object,
 *   _context: { toImageButtonOptions: { format?: string, filename?: string, width?: number, height?: number } },
 *   _legendMouseDownTime?: number,
 * }} PlotElement
 */

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

/** The name under which the chart's camera saves it. @param {PlotElement} plot */
export const cameraName = (plot) => plot._context?.toImageButtonOptions.filename?.replace(/^aevb-lab-/, "")

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
