// The meaning of a glossary's word below the mouse that rests on it.

import { element } from "./kit/html.js"

const REST = 250 // milliseconds on the word
const WIDTH = 320 // pixels at most
const GAP = 6 // pixels between word and meaning

export class WordTip {
  tip = element("div", { className: "word-tip", role: "tooltip", hidden: true })
  timer = 0
  key = ""

  /**
   * @param {import("./kit/mount.js").Cleanups} cleanups
   * @param {(event: MouseEvent) => import("./word_marks.js").Mark | undefined} markAt the word below the pointer
   * @param {(key: string) => string} meaningOf
   */
  constructor(cleanups, markAt, meaningOf) {
    this.meaningOf = meaningOf
    cleanups.listen(document, ["pointermove"], (event) => event.pointerType === "mouse" && this.follow(markAt(event)))
    cleanups.listen(document, ["pointerdown", "keydown", "scroll"], () => this.follow(undefined), true)
    cleanups.add(() => {
      clearTimeout(this.timer)
      this.tip.remove()
      document.body.classList.remove("on-word")
    })
  }

  /** @param {import("./word_marks.js").Mark | undefined} mark */
  follow(mark) {
    if ((mark?.key ?? "") === this.key) return
    this.key = mark?.key ?? ""
    clearTimeout(this.timer)
    this.tip.hidden = true
    document.body.classList.toggle("on-word", mark !== undefined)
    if (mark) this.timer = window.setTimeout(() => this.show(mark), REST)
  }

  /** @param {import("./word_marks.js").Mark} mark */
  show({ range, key }) {
    const { left, top, bottom } = range.getBoundingClientRect()
    const { tip } = this
    tip.textContent = this.meaningOf(key)
    tip.hidden = false
    document.body.append(tip)
    tip.style.left = `${Math.max(GAP, Math.min(left, innerWidth - WIDTH - GAP))}px`
    const isLow = bottom + GAP + tip.offsetHeight > innerHeight
    tip.style.top = `${isLow ? top - GAP - tip.offsetHeight : bottom + GAP}px`
  }
}
