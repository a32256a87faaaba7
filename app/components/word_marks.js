// Words of the glossary, underlined wherever they stand in a text; a mouse that rests on one and a press on one open its bubble. They
// are highlights of the browser, because the page's elements are Streamlit's and may not be changed.

import { Component } from "./kit/mount.js"
import { WordTip } from "./word_tip.js"

/** @typedef {{ range: Range, key: string }} Mark */

const PAUSE = 400 // milliseconds between two looks at a page that changes
const FINGER = 6 // pixels around a word that belong to it
const TEXTS = "[data-testid=stMarkdownContainer], [data-testid=stImageCaption], [data-testid=stTable], [data-testid=stMetric], [data-words]"
const OTHERS = "a, button, code, input, select, textarea, summary, [role=radio], [role=option], .katex, [data-testid=stHeading]"

export class WordMarks extends Component {
  /** @type {Mark[]} */
  marks = []
  /** @type {string[]} */
  keys = []
  /** @type {Record<string, import("./word_tip.js").Entry>} */
  entries = {}
  form = /(?!)/g
  timer = 0

  /** @param {HTMLElement} root */
  constructor(root) {
    super(root)
    if (!CSS.highlights) return // an old browser: the panel of all words is in the side bar
    const observer = new MutationObserver((changes) => changes.some(isInText) && this.lookSoon())
    observer.observe(document.body, { childList: true, subtree: true, characterData: true })
    this.cleanups.add(() => observer.disconnect())
    const open = (/** @type {string} */ key) => this.component?.setTriggerValue("word", key)
    this.tip = new WordTip(this.cleanups, (event) => this.markAt(event), (key) => this.entries[key], open)
    this.cleanups.listen(document, ["click"], (event) => this.press(event, open))
    this.cleanups.add(() => {
      clearTimeout(this.timer)
      CSS.highlights.delete("glossary")
    })
  }

  /** @param {import("./kit/pack.js").Packed} packed */
  load({ header: { patterns, entries } }) {
    if (this.keys.length) return
    this.entries = entries
    this.keys = patterns.map((/** @type {string[]} */ [, key]) => key)
    this.form = new RegExp(patterns.map((/** @type {string[]} */ [pattern]) => `(${pattern})`).join("|"), "g")
    this.lookSoon()
  }

  lookSoon() {
    this.timer ||= window.setTimeout(() => {
      this.timer = 0
      this.look()
    }, PAUSE)
  }

  look() {
    if (!CSS.highlights) return
    const marks = [...document.querySelectorAll(TEXTS)].flatMap((text) => this.marksIn(text))
    if (marks.length === this.marks.length && marks.every((mark, i) => isSame(mark, this.marks[i]))) return
    this.marks = marks
    CSS.highlights.set("glossary", new Highlight(...marks.map(({ range }) => range)))
  }

  /**
   * The first place of each word in a text.
   * @param {Element} text
   */
  marksIn(text) {
    /** @type {Map<string, Mark>} */
    const marks = new Map()
    const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT)
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const parent = node.parentElement
      if (!parent || parent.closest(OTHERS) || parent.closest(TEXTS) !== text) continue
      for (const match of (node.nodeValue ?? "").matchAll(this.form)) {
        const key = this.keys[match.findIndex((group, i) => i > 0 && group !== undefined) - 1]
        if (marks.has(key)) continue
        const range = document.createRange()
        range.setStart(node, match.index)
        range.setEnd(node, match.index + match[0].length)
        marks.set(key, { range, key })
      }
    }
    return [...marks.values()]
  }

  /**
   * A bubble opens at the word. In the panel of all words, which has the same text, the panel goes to the word.
   * @param {MouseEvent} event
   * @param {(key: string) => void} open
   */
  press(event, open) {
    const mark = this.markAt(event)
    if (!mark) return
    if (mark.range.startContainer.parentElement?.closest("[role=dialog]")) open(mark.key)
    else this.tip?.press(mark)
  }

  /**
   * The word below the pointer.
   * @param {MouseEvent} event
   */
  markAt({ target, clientX, clientY }) {
    const text = target instanceof Element && !target.closest(OTHERS) ? target.closest(TEXTS) : null
    return text ? this.marks.find(({ range }) => text.contains(range.startContainer) && isAt(range, clientX, clientY)) : undefined
  }
}

/**
 * Whether a change of the page is one of its texts. What follows the pointer is none: a look at all texts takes longer than a frame.
 * @param {MutationRecord} change
 */
function isInText({ target, addedNodes, removedNodes }) {
  const element = target instanceof Element ? target : target.parentElement
  if (element?.closest(TEXTS)) return true
  return [...addedNodes, ...removedNodes].some((node) => node instanceof Element && (node.matches(TEXTS) || node.querySelector(TEXTS)))
}

/**
 * @param {Range} range
 * @param {number} x
 * @param {number} y
 */
function isAt(range, x, y) {
  return [...range.getClientRects()].some(
    ({ left, right, top, bottom }) => x > left - FINGER && x < right + FINGER && y > top - FINGER && y < bottom + FINGER,
  )
}

/**
 * @param {Mark} mark
 * @param {Mark} other
 */
function isSame(mark, other) {
  return (
    mark.key === other.key &&
    mark.range.startContainer === other.range.startContainer &&
    mark.range.startOffset === other.range.startOffset &&
    mark.range.endOffset === other.range.endOffset
  )
}
