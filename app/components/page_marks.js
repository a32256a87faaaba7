// What every page has: underlined words of the glossary, what the keyboard needs, and a menu that a phone shuts with the page.

import { openKeyboard } from "./keyboard.js"
import { mounting } from "./kit/mount.js"
import { WordMarks } from "./word_marks.js"

const PHONE = 768 // pixels; on wider windows Streamlit's side bar stands beside the page

/** Streamlit opens the side bar of the next page where it was left open, and on a phone it would cover that page. */
function shutMenu() {
  if (innerWidth > PHONE) return
  for (const key of Object.keys(localStorage)) if (key.startsWith("stSidebarCollapsed-")) localStorage.removeItem(key)
}

/** On a phone the side bar covers the page that was chosen in it: shut it, as a menu. @param {Event} event */
function shutAfterChoice(event) {
  const isChoice = event.target instanceof Element && event.target.closest("[data-testid=stSidebarNavLink]")
  if (innerWidth > PHONE || !isChoice) return
  const button = document.querySelector("[data-testid=stSidebarCollapseButton] button")
  if (button instanceof HTMLElement) button.click()
}

class PageMarks extends WordMarks {
  /** @param {HTMLElement} root */
  constructor(root) {
    super(root)
    openKeyboard(this.cleanups)
    this.cleanups.listen(window, ["pagehide"], shutMenu)
    this.cleanups.listen(document, ["click"], shutAfterChoice)
  }

  /** @param {import("./kit/pack.js").Packed} packed */
  load(packed) {
    super.load(packed)
    const app = document.querySelector("[data-testid=stApp]")
    if (app) document.body.style.colorScheme = getComputedStyle(app).colorScheme // dialogs and menus lie beside the app
  }
}

export default mounting(".page-marks", PageMarks)
