// The bubble of a glossary's word, below the word: its meaning for a mouse that rests on it; after a press also an example, its symbols, and
// a way to all words.

import { element } from "./kit/html.js"

/** @typedef {[name: string, meaning: string, mathml: string, example: string]} Entry */

const REST = 250 // milliseconds on the word
const WIDTH = 352 // pixels at most
const GAP = 6 // pixels between word and bubble

export class WordTip {
  tip = element("div", { className: "word-tip", role: "tooltip", hidden: true })
  timer = 0
  key = ""
  range = document.createRange() // the word

  /**
   * @param {import("./kit/mount.js").Cleanups} cleanups
   * @param {(event: MouseEvent) => import("./word_marks.js").Mark | undefined} markAt the word below the pointer
   * @param {(key: string) => Entry} entryOf
   * @param {(key: string) => void} open its entry in the panel of all words
   */
  constructor(cleanups, markAt, entryOf, open) {
    this.entryOf = entryOf
    this.all = element("button", { type: "button", textContent: "All words", onclick: () => this.openPanel(open) })
    const isInside = (/** @type {EventTarget | null} */ target) => target instanceof Node && this.tip.contains(target)
    cleanups.listen(document, ["pointermove"], (event) => event.pointerType === "mouse" && !this.isPressed && this.follow(markAt(event)))
    cleanups.listen(document, ["pointerdown", "keydown"], ({ target }) => !isInside(target) && this.follow(undefined), true)
    cleanups.listen(document, ["scroll"], ({ target }) => !isInside(target) && (this.isPressed ? this.place() : this.follow(undefined)), true)
    cleanups.add(() => {
      clearTimeout(this.timer)
      this.tip.remove()
      document.body.classList.remove("on-word")
    })
  }

  /** Whether the bubble stays although the mouse leaves the word. */
  get isPressed() {
    return this.tip.classList.contains("pressed")
  }

  /** @param {import("./word_marks.js").Mark | undefined} mark */
  follow(mark) {
    if ((mark?.key ?? "") === this.key) return
    this.key = mark?.key ?? ""
    clearTimeout(this.timer)
    this.tip.hidden = true
    this.tip.classList.remove("pressed")
    document.body.classList.toggle("on-word", mark !== undefined)
    if (mark) this.timer = window.setTimeout(() => this.show(mark, this.entryOf(mark.key)[1]), REST)
  }

  /** @param {import("./word_marks.js").Mark} mark */
  press(mark) {
    clearTimeout(this.timer)
    this.key = mark.key
    const [name, meaning, mathml, example] = this.entryOf(mark.key)
    const lines = [[name, meaning], ["Example", example]].map(([title, text]) => {
      const line = element("div")
      line.append(element("b", { textContent: title }), `: ${text}`)
      return line
    })
    this.tip.classList.add("pressed")
    this.show(mark, ...lines, element("div", { innerHTML: mathml }), this.all)
  }

  /** @param {(key: string) => void} open */
  openPanel(open) {
    const { key } = this
    this.follow(undefined)
    open(key)
  }

  /**
   * @param {import("./word_marks.js").Mark} mark
   * @param {(Node | string)[]} parts
   */
  show({ range }, ...parts) {
    this.range = range
    this.tip.replaceChildren(...parts)
    this.tip.hidden = false
    document.body.append(this.tip)
    this.place()
  }

  /** Below the word; above it where there is more room. */
  place() {
    const { tip } = this
    const { left, top, bottom } = this.range.getBoundingClientRect()
    tip.style.left = `${Math.max(GAP, Math.min(left, innerWidth - WIDTH - GAP))}px`
    const isLow = bottom + GAP + tip.offsetHeight > innerHeight && top > innerHeight - bottom
    tip.style.top = `${isLow ? top - GAP - tip.offsetHeight : bottom + GAP}px`
  }
}
