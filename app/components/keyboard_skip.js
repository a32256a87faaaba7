// The first stop of Tab: buttons that lead past the side bar, to the page's plane, to the buttons of a run or to the page's title.

/** What a page's plane is for the keyboard, the best first. */
const PLANES = [
  "canvas[data-role=decoded]:not(.twin *)", // arrow keys move its point over the plane
  ".twin canvas[data-role=plane]",
  ".steering input",
  "canvas[role=application]",
  "[data-handle]",
  ".time-travel input, .path-player input, .bit-tower input",
  ".plane-name",
  "[class*=_plane] :is(.plane-axes, .js-plotly-plot)",
]

export class SkipLinks {
  /** @param {import("./kit/mount.js").Cleanups} cleanups */
  constructor(cleanups) {
    document.querySelector(".skip-links")?.remove()
    this.nav = Object.assign(document.createElement("nav"), { className: "skip-links" })
    this.nav.setAttribute("aria-label", "Skip")
    this.toPlane = button("Skip to the map", planeOfPage)
    this.toRun = button("Skip to the run's buttons", runButton)
    this.nav.append(this.toPlane, this.toRun, button("Skip to the page", titleOfPage))
    document.body.prepend(this.nav) // outside of what Streamlit draws
    cleanups.add(() => this.nav.remove())
  }

  /** Whether the page has them may change at any time. */
  look() {
    this.toPlane.hidden = planeOfPage() === null
    this.toRun.hidden = runButton() === null
  }
}

/**
 * @param {string} text
 * @param {() => HTMLElement | null} find
 */
function button(text, find) {
  const node = Object.assign(document.createElement("button"), { type: "button", textContent: text })
  node.onclick = () => {
    const target = find()
    if (target && !target.matches("a, button, input, [tabindex]")) target.tabIndex = -1
    target?.focus()
  }
  return node
}

/** @returns {HTMLElement | null} */
function planeOfPage() {
  for (const selector of PLANES) {
    /** @type {NodeListOf<HTMLElement>} */
    const planes = document.querySelectorAll(`[data-testid=stMain] :is(${selector})`)
    const visible = [...planes].find((plane) => plane.getClientRects().length > 0)
    if (visible) return visible
  }
  return null
}

/** Start, or what can be pressed in its place. @returns {HTMLElement | null} */
const runButton = () => document.querySelector("[data-testid=stMain] .st-key-train_buttons button:not(:disabled)")

/** @returns {HTMLElement | null} */
const titleOfPage = () => document.querySelector("[data-testid=stMain] h1")
