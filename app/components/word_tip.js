// The meaning of a glossary's word: below the mouse that rests on it, or below the word that a finger pressed, with a way to its entry.

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
   * @param {(key: string) => void} open its entry in the panel
   */
  constructor(cleanups, markAt, meaningOf, open) {
    this.meaningOf = meaningOf
    this.more = element("button", { type: "button", textContent: "More", onclick: () => this.openEntry(open) })
    cleanups.listen(document, ["pointermove"], (event) => event.pointerType === "mouse" && this.follow(markAt(event)))
    cleanups.listen(document, ["pointerdown", "keydown", "scroll"], ({ target }) => target !== this.more && this.follow(undefined), true)
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

  /** A finger has pressed this word. @param {import("./word_marks.js").Mark} mark */
  press(mark) {
    this.key = mark.key
    this.show(mark, this.more)
  }

  /** @param {(key: string) => void} open */
  openEntry(open) {
    const { key } = this
    this.follow(undefined)
    open(key)
  }

  /**
   * @param {import("./word_marks.js").Mark} mark
   * @param {HTMLElement[]} others what stands after the meaning
   */
  show({ range, key }, ...others) {
    const { left, top, bottom } = range.getBoundingClientRect()
    const { tip } = this
    tip.replaceChildren(this.meaningOf(key), ...others)
    tip.hidden = false
    document.body.append(tip)
    tip.style.left = `${Math.max(GAP, Math.min(left, innerWidth - WIDTH - GAP))}px`
    const isLow = bottom + GAP + tip.offsetHeight > innerHeight
    tip.style.top = `${isLow ? top - GAP - tip.offsetHeight : bottom + GAP}px`
  }
}
