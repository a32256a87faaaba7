// A measurement that goes on while the page is to be seen: each run of the page's part measures more. It can be paused, and for whoever
// asked for less motion each press asks for one more run.

import { Component, Elsewhere, mounting } from "./kit/mount.js"
import { isCalm } from "./kit/motion.js"

const PAUSE = 600 // milliseconds between the end of a run and the wish for the next one

class Measuring extends Component {
  count = 0
  isPaused = false
  timer = 0

  /** @param {HTMLElement} root */
  constructor(root) {
    super(root)
    this.elsewhere = new Elsewhere(this.cleanups, (target) => root.contains(target))
    root.onclick = () => this.press()
    this.cleanups.listen(document, ["visibilitychange"], () => this.goOn())
    this.cleanups.listen(matchMedia("(prefers-reduced-motion: reduce)"), ["change"], () => this.goOn())
    this.cleanups.add(() => clearTimeout(this.timer))
  }

  /** @param {{ count: number }} measured */
  load({ count }) {
    this.count = count
    this.goOn()
  }

  press() {
    if (isCalm()) return this.ask()
    this.isPaused = !this.isPaused
    this.goOn()
  }

  goOn() {
    clearTimeout(this.timer)
    this.root.textContent = isCalm() ? "Measure more" : this.isPaused ? "Go on measuring" : "Pause measuring"
    if (isCalm() || this.isPaused || document.hidden) return
    this.timer = window.setTimeout(() => (this.elsewhere.isQuiet ? this.goOn() : this.ask()), Math.max(PAUSE, this.elsewhere.wait))
  }

  ask() {
    this.component.setTriggerValue("more", this.count)
  }
}

export default mounting(".measuring", Measuring)
