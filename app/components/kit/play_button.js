// A button that plays and pauses.

/** While it plays, `advance` is called at each frame with the seconds since the frame before, until it answers false. */
export class PlayButton {
  frame = 0

  /**
   * @param {HTMLElement} element
   * @param {(seconds: number) => unknown} advance
   * @param {() => void} begin called before the first frame
   */
  constructor(element, advance, begin) {
    this.element = element
    this.advance = advance
    this.begin = begin
    element.onclick = () => (this.frame ? this.pause() : this.play())
  }

  play() {
    this.begin()
    let before = performance.now()
    const tick = (/** @type {number} */ now) => {
      const seconds = Math.min(0.1, Math.max(0, now - before) / 1000) // of a hidden page no time passes
      before = now
      this.frame = requestAnimationFrame(tick)
      if (this.advance(seconds) === false) this.pause()
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
    this.element.textContent = this.frame ? "Pause" : "Play"
    this.element.setAttribute("aria-pressed", String(Boolean(this.frame)))
  }
}
