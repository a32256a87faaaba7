// The focus of the keyboard in a row of buttons. A browser drops it where the focused button is disabled or goes away, and the
// next Tab would begin at the top of the page.

import { Component, mounting } from "./kit/mount.js"

class KeepFocus extends Component {
  /** @type {{ within: string, next: Record<string, string[]> }} */
  header = { within: "", next: {} }
  last = "" // the key of the button that had the focus last, while nothing else has it
  /** @type {HTMLElement | null} */
  row = null

  /** @param {HTMLElement} root */
  constructor(root) {
    super(root)
    this.cleanups.listen(document, ["focusin"], ({ target }) => this.onFocus(target))
    this.cleanups.listen(document, ["focusout"], ({ target }) => this.onBlur(target))
    const observer = new MutationObserver(() => this.check())
    const options = { subtree: true, childList: true, attributeFilter: ["disabled"] }
    this.cleanups.watch(observer, (watcher) => watcher.observe(document.body, options))
  }

  /** @param {KeepFocus["header"]} header */
  load(header) {
    this.header = header
    this.check()
  }

  /**
   * The button with this key that is to be seen: Streamlit makes two of one with a tip.
   * @param {string} key
   */
  button(key) {
    /** @type {NodeListOf<HTMLButtonElement>} */
    const buttons = document.querySelectorAll(`.st-key-${key} button`)
    return [...buttons].find((button) => button.checkVisibility())
  }

  /** @param {HTMLElement} target */
  onFocus(target) {
    if (target !== this.row) this.last = Object.keys(this.header.next).find((key) => this.button(key) === target) ?? ""
  }

  /**
   * The visitor has left the button, unless it was taken away under the focus.
   * @param {HTMLElement} target
   */
  onBlur(target) {
    const isLost = !target.isConnected || (target instanceof HTMLButtonElement && target.disabled)
    if (!isLost && target !== this.row) this.last = ""
  }

  check() {
    if (!this.last) return
    const { activeElement } = document
    const isLost = !activeElement || activeElement === document.body || activeElement === this.row
    if (!isLost && !(activeElement instanceof HTMLButtonElement && activeElement.disabled)) return
    this.row = document.querySelector(`.st-key-${this.header.within}`)
    const keys = [this.last, ...(this.header.next[this.last] ?? [])]
    const heir = keys.map((key) => this.button(key)).find((button) => button && !button.disabled)
    if (!heir) this.row?.setAttribute("tabindex", "-1")
    const target = heir ?? this.row
    target?.focus({ preventScroll: true })
  }
}

export default mounting(".keep-focus", KeepFocus)
