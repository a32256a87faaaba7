// What every page has: underlined words of the glossary, and what the keyboard needs.

import { openKeyboard } from "./keyboard.js"
import { mounting } from "./kit/mount.js"
import { WordMarks } from "./word_marks.js"

class PageMarks extends WordMarks {
  /** @param {HTMLElement} root */
  constructor(root) {
    super(root)
    openKeyboard(this.cleanups)
  }
}

export default mounting(".page-marks", PageMarks)
