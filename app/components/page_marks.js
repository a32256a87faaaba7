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

class PageMarks extends WordMarks {
  /** @param {HTMLElement} root */
  constructor(root) {
    super(root)
    openKeyboard(this.cleanups)
    this.cleanups.listen(window, ["pagehide"], shutMenu)
  }
}

export default mounting(".page-marks", PageMarks)
