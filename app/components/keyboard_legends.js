// Plotly's legends know only the pointer. Here each of their items becomes a checkbox that Tab reaches; Enter and Space do
// what a press does.

import { legendItems, listenToCharts, pressLegend } from "./kit/chart.js"

/** @typedef {import("./kit/chart.js").PlotElement} PlotElement */

/** @type {WeakSet<object>} */
const emitters = new WeakSet()

/** Marks the legends of charts that are new on the page, now and after each of their drawings. */
export const markLegends = () => listenToCharts(emitters, mark)

/** @param {PlotElement} plot */
function mark(plot) {
  for (const { item, isVisible } of legendItems(plot)) {
    item.setAttribute("tabindex", "0")
    item.setAttribute("role", "checkbox")
    item.setAttribute("aria-label", item.textContent ?? "")
    item.setAttribute("aria-checked", String(isVisible))
    item.onkeydown = (event) => {
      if (event.key !== "Enter" && event.key !== " ") return
      event.preventDefault()
      if (!event.repeat) pressLegend(plot, item)
    }
  }
}
