// The point wanders over the plane by itself until somebody touches the page: what it decodes on its way shows what to do.
// At the end it is back where it began.

import { isCalm } from "./kit/motion.js"

const FIRST_MS = 1500 // the page is drawn first
const BETWEEN_MS = 40
const ROUND_MS = 16000
const REACH = 1.7 // how far it goes, in standard deviations of the prior
const TOUCHES = ["pointerdown", "keydown", "wheel", "focusin"]

export class Invitation {
  timer = 0
  frame = 0
  /** @type {number[] | null} where the point was */
  home = null
  isOver = false

  /**
   * @param {import("./kit/mount.js").Cleanups} cleanups
   * @param {{ begin: () => void, move: (position: number[]) => void, end: () => void }} acts
   */
  constructor(cleanups, acts) {
    this.acts = acts
    cleanups.listen(document, TOUCHES, () => this.stop(), true)
    cleanups.add(() => this.stop())
  }

  /** @param {number[]} home */
  start(home) {
    if (this.isOver || isCalm()) return
    this.timer = setTimeout(() => {
      this.home = home
      this.acts.begin()
      this.wander(performance.now(), 0)
    }, FIRST_MS)
  }

  /**
   * @param {number} began
   * @param {number} moved
   */
  wander(began, moved) {
    this.frame = requestAnimationFrame((now) => {
      const { home } = this
      if (!home) return
      if (isCalm()) return this.stop() // asked for a moment ago
      if (now - moved < BETWEEN_MS) return this.wander(began, moved)
      const turn = (2 * Math.PI * (now - began)) / ROUND_MS
      const way = [Math.sin(2 * turn), Math.sin(3 * turn)]
      this.acts.move(home.map((value, k) => Math.round(100 * (value + REACH * way[k])) / 100 + 0)) // the digits that are on screen
      this.wander(began, now)
    })
  }

  /** For good. */
  stop() {
    this.isOver = true
    clearTimeout(this.timer)
    cancelAnimationFrame(this.frame)
    const { home } = this
    if (!home) return
    this.home = null
    this.acts.move(home)
    this.acts.end()
  }
}
