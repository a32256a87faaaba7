// What the keyboard needs on every page: a way past the side bar, charts' legends, regions that scroll, and a focus that stays. A part of
// `page_marks`.

import { FocusKeeper } from "./keyboard_focus.js"
import { markLegends } from "./keyboard_legends.js"
import { SkipLinks } from "./keyboard_skip.js"

const PAUSE = 300 // milliseconds between two looks at a page that changes
const SCROLLING = "pre, .katex-display, [data-testid=stTable] div, [data-testid=stMarkdownContainer] table"
const FOCUSABLE = "a[href], button, input, select, textarea, [tabindex]"

/** @param {import("./kit/mount.js").Cleanups} cleanups */
export function openKeyboard(cleanups) {
  const skip = new SkipLinks(cleanups)
  new FocusKeeper(cleanups)
  let timer = 0
  const look = () => {
    timer = 0
    skip.look()
    markScrolling()
    // Streamlit's place for files has a name, and a role that says it has none.
    for (const place of document.querySelectorAll("[data-testid=stFileUploaderDropzone][role=presentation]")) place.setAttribute("role", "group")
    // An open menu lies beside the app, where no landmark holds it.
    for (const menu of document.querySelectorAll("body > :not(#root, [role]):has([role=listbox])")) {
      menu.setAttribute("role", "region")
      menu.setAttribute("aria-label", "Menu")
    }
  }
  cleanups.watchPage(() => {
    markLegends()
    timer ||= window.setTimeout(look, PAUSE)
  })
  cleanups.add(() => clearTimeout(timer))
  markLegends()
  look()
}

/** What scrolls and has nothing in it that Tab reaches is reached itself, so that the arrow keys scroll it. */
function markScrolling() {
  /** @type {NodeListOf<HTMLElement>} */
  const regions = document.querySelectorAll(SCROLLING)
  for (const region of regions) {
    const scrolls = region.scrollWidth > region.clientWidth + 1 && getComputedStyle(region).overflowX !== "visible"
    if (scrolls && !region.querySelector(FOCUSABLE)) region.tabIndex = 0
    else if (region.tabIndex === 0) region.removeAttribute("tabindex")
  }
}
