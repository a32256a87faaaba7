// A text that a visitor copies into a report.

import { Component, mounting } from "./kit/mount.js"

class Report extends Component {
  /** @param {HTMLElement} root */
  constructor(root) {
    super(root)
    this.text = /** @type {HTMLPreElement} */ (root.querySelector("pre"))
    this.output = /** @type {HTMLOutputElement} */ (root.querySelector("output"))
    const button = /** @type {HTMLButtonElement} */ (root.querySelector("button"))
    button.onclick = () => this.copy()
  }

  /** @param {{ text: string }} data */
  load({ text }) {
    this.text.textContent = text
  }

  async copy() {
    try {
      await navigator.clipboard.writeText(this.text.textContent ?? "") // there is none on a page without encryption
      this.output.textContent = "Copied"
    } catch {
      getSelection()?.selectAllChildren(this.text)
      this.output.textContent = document.execCommand("copy") ? "Copied" : "Copy the marked text."
    }
  }
}

export default mounting(".report", Report)
