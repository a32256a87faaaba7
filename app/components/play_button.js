// A button that plays and pauses: while it plays, `advance` is called at each frame with the seconds since the one before,
// until it answers false. `begin` is called first.

class PlayButton {
  constructor(button, advance, begin) {
    Object.assign(this, { element: button, advance, begin, frame: 0 })
    button.onclick = () => (this.frame ? this.pause() : this.play())
  }

  play() {
    this.begin()
    let before = performance.now()
    const tick = (now) => {
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
