// A page on paper: what stands side by side on the screen keeps its size and place, and all of it is made smaller, so that no chart is cut
// and none is drawn anew. The browser waits for nothing when it prints.

const PAPER = 700 // CSS pixels between the margins of a sheet of A4
const ROWS = "[data-testid=stHorizontalBlock]"
const PLACES = ":is([data-testid=stColumn], [data-testid=stLayoutWrapper], [data-testid=stElementContainer], [class*=st-key-])"
const DRAWINGS = ":is(canvas, .plane-axes, [data-testid=stPlotlyChart], .js-plotly-plot, :has(> [data-testid=stPlotlyChart]), [data-testid=stElementContainer]:has([data-testid=stPlotlyChart]))"

/** @type {[HTMLElement, Map<string, string>][]} elements, and their own styles before they were frozen */
let frozen = []

/** Called before the page is printed. */
export function freeze() {
  if (frozen.length) return
  /** @type {HTMLElement | null} */
  const page = document.querySelector("[data-testid=stMainBlockContainer]")
  if (!page) return
  const { paddingLeft, paddingRight } = getComputedStyle(page)
  const width = page.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight)
  const inside = /** @type {HTMLElement[]} */ ([...page.querySelectorAll(`${PLACES}, ${DRAWINGS}, ${ROWS}`)])
  const styles = inside.filter((element) => element.clientHeight).map((element) => /** @type {const} */ ([element, sizeOf(element)]))
  keep(page, { width: `${width}px`, "min-width": "0", "max-width": "none", flex: "none" })
  for (const [element, style] of styles) keep(element, style)
  const root = document.documentElement
  root.style.setProperty("--print-zoom", String(Math.min(1, PAPER / width)))
  root.classList.toggle("printed-dark", isDark())
}

/** Called when it has been printed. */
export function thaw() {
  for (const [element, values] of frozen) {
    for (const [name, value] of values) element.style.setProperty(name, value) // "" takes it away
  }
  frozen = []
  document.documentElement.classList.remove("printed-dark")
}

/**
 * @param {HTMLElement} element
 * @returns {Record<string, string>}
 */
function sizeOf(element) {
  const { width, height } = element.getBoundingClientRect()
  const { display, flexDirection, flexWrap, order } = getComputedStyle(element)
  const style = { order, width: `${width}px`, "min-width": `${width}px`, "max-width": `${width}px`, flex: "none" }
  if (element.matches(DRAWINGS)) return { ...style, height: `${height}px`, "max-height": "none" }
  return element.matches(ROWS) ? { display, "flex-direction": flexDirection, "flex-wrap": flexWrap } : style
}

/**
 * @param {HTMLElement} element
 * @param {Record<string, string>} style
 */
function keep(element, style) {
  frozen.push([element, new Map(Object.keys(style).map((name) => [name, element.style.getPropertyValue(name)]))])
  for (const [name, value] of Object.entries(style)) element.style.setProperty(name, value)
}

function isDark() {
  const colour = getComputedStyle(document.querySelector("[data-testid=stApp]") ?? document.body).backgroundColor
  const [red, green, blue] = (colour.match(/\d+/g) ?? ["255", "255", "255"]).map(Number)
  return red + green + blue < 384
}
