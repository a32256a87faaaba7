// Plotly's legends know only the pointer. Here each of their items becomes a checkbox that Tab reaches; Enter and Space do
// what a press does.

const ITEMS = ".legend .traces"
const heard = new WeakSet() // event emitters of charts: a chart that Streamlit fills anew has another one
const observer = new MutationObserver(attach)

export default function () {
  observer.observe(document.body, { childList: true, subtree: true })
  attach()
  return () => observer.disconnect()
}

function attach() {
  for (const plot of document.querySelectorAll(".js-plotly-plot")) {
    if (!plot._ev || heard.has(plot._ev)) continue
    heard.add(plot._ev)
    plot.on("plotly_afterplot", () => mark(plot))
    mark(plot)
  }
}

function mark(plot) {
  for (const item of plot.querySelectorAll(ITEMS)) {
    const { trace } = item.__data__[0]
    item.setAttribute("tabindex", 0)
    item.setAttribute("role", "checkbox")
    item.setAttribute("aria-label", item.textContent)
    item.setAttribute("aria-checked", trace.visible === true)
    item.onkeydown = (event) => press(event, plot, item)
  }
}

function press(event, plot, item) {
  if (event.key !== "Enter" && event.key !== " ") return
  event.preventDefault()
  if (event.repeat) return
  plot._legendMouseDownTime = 0 // two keys in quick succession are no double press, which would hide all other items
  const place = item.querySelector(".legendtoggle")
  for (const kind of ["mousedown", "mouseup"]) place.dispatchEvent(new MouseEvent(kind))
}
