// A button that plays and pauses.

import { isCalm } from "./motion.js"

/**
 * While it plays, `advance` is called at each frame with the seconds since the frame before, until it answers false. For whoever asked for
 * less motion nothing moves by itself: each press goes on by one step.
 */
export class PlayButton {
  frame = 0

  /**
   * @param {HTMLElement} element
   * @param {(seconds: number) => unknown} advance
   * @param {() => void} begin called before the first frame
   * @param {() => number} stepSeconds how long one step takes while it plays
   */
  constructor(element, advance, begin, stepSeconds) {
    this.element = element
    this.advance = advance
    this.begin = begin
    this.stepSeconds = stepSeconds
    element.onclick = () => this.press()
    this.say()
  }

  press() {
    if (this.frame) this.pause()
    else if (isCalm()) this.step()
    else this.play()
  }

  step() {
    this.begin()
    this.advance(this.stepSeconds())
    this.say()
  }

  play() {
    this.begin()
    let before = performance.now()
    const tick = (/** @type {number} */ now) => {
      const seconds = Math.min(0.1, Math.max(0, now - before) / 1000) // no time passes on a hidden page
      before = now
      this.frame = requestAnimationFrame(tick)
      if (isCalm() || this.advance(seconds) === false) this.pause()
    }
    this.frame = requestAnimationFrame(tick)
    this.say()
  }

  pause() {
    cancelAnimationFrame(this.frame)
    this.frame = 0
    this.say()
  }

  say() {
    this.element.textContent = this.frame ? "Pause" : isCalm() ? "Next step" : "Play"
    this.element.setAttribute("aria-pressed", String(Boolean(this.frame)))
  }
}
