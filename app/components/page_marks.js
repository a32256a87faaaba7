// What every page has: underlined words of the glossary, and legends that the keyboard reaches.

import { mounting } from "./kit/mount.js"
import { openLegends } from "./legend_keys.js"
import { WordMarks } from "./word_marks.js"

class PageMarks extends WordMarks {
  /** @param {HTMLElement} root */
  constructor(root) {
    super(root)
    openLegends(this.cleanups)
  }
}

export default mounting(".page-marks", PageMarks)
