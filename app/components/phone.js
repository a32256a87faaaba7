// What the pages need on a phone: a menu that shuts with the page, a run in sight after Start, and charts that know where the finger is.

const PHONE = 768 // pixels; on wider windows Streamlit's side bar stands beside the page

/** Streamlit opens the side bar of the next page where it was left open, and on a phone it would cover that page. */
function shutMenu() {
  if (innerWidth > PHONE) return
  for (const key of Object.keys(localStorage)) if (key.startsWith("stSidebarCollapsed-")) localStorage.removeItem(key)
}

/**
 * On a phone the side bar covers the page that was chosen in it: shut it, as a menu. The next page begins at its top and not where
 * the last one was scrolled to.
 * @param {Event} event
 */
function shutAfterChoice(event) {
  const isChoice = event.target instanceof Element && event.target.closest("[data-testid=stSidebarNavLink]")
  if (innerWidth > PHONE || !isChoice) return
  document.querySelector("[data-testid=stMain]")?.scrollTo(0, 0)
  const button = document.querySelector("[data-testid=stSidebarCollapseButton] button")
  if (button instanceof HTMLElement) button.click()
}

/**
 * Settings fill a phone's screen: after Start it shows the guess and the buttons, and below them what the run draws. Only then, so that
 * who scrolls away stays there.
 * @param {Event} event
 */
function showRun(event) {
  const isStart = event.target instanceof Element && event.target.closest(".st-key-train_start button")
  if (innerWidth <= PHONE && isStart) document.querySelector(".st-key-train_first, .st-key-train_buttons")?.scrollIntoView()
}

/**
 * A chart chooses the point that the mouse was over last, and a finger is over none before it presses: tell the chart where it is.
 * @param {PointerEvent} event
 */
function showFinger({ pointerType, target, clientX, clientY }) {
  if (pointerType !== "touch" || !(target instanceof Element)) return
  target.closest(".js-plotly-plot .nsewdrag")?.dispatchEvent(new MouseEvent("mousemove", { bubbles: true, clientX, clientY }))
}

/** @param {import("./kit/mount.js").Cleanups} cleanups */
export function helpOnPhone(cleanups) {
  cleanups.listen(window, ["pagehide"], shutMenu)
  cleanups.listen(document, ["click"], shutAfterChoice)
  cleanups.listen(document, ["click"], showRun)
  cleanups.listen(document, ["pointerdown"], showFinger, true)
}
