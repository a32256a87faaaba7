// What every page has: underlined words of the glossary, and what the keyboard and a phone need.

import { openKeyboard } from "./keyboard.js"
import { mounting } from "./kit/mount.js"
import { helpOnPhone } from "./phone.js"
import { WordMarks } from "./word_marks.js"

class PageMarks extends WordMarks {
  /** @param {HTMLElement} root */
  constructor(root) {
    super(root)
    openKeyboard(this.cleanups)
    helpOnPhone(this.cleanups)
  }

  /** @param {import("./kit/pack.js").Packed} packed */
  load(packed) {
    super.load(packed)
    const app = document.querySelector("[data-testid=stApp]")
    if (app) document.body.style.colorScheme = getComputedStyle(app).colorScheme // dialogs and menus lie beside the app
  }
}

export default mounting(".page-marks", PageMarks)
