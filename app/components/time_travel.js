// Time travel: the frames of one run, or of a branch beside its parent, come once; everything moves here.

import { LinkedState } from "./kit/address.js"
import { Component, mounting } from "./kit/mount.js"
import { isCalm } from "./kit/motion.js"
import { clamp } from "./kit/numbers.js"
import { PlayButton } from "./kit/play_button.js"
import { share } from "./kit/shared.js"
import { Curve } from "./time_travel_curve.js"
import { Track } from "./time_travel_track.js"

const SECONDS_PER_FRAME = 0.4

class TimeTravel extends Component {
  /** @type {any} */
  header = null
  /** @type {Track[]} */
  tracks = []
  /** @type {number[]} every track's frames on one clock: images seen since the parent's first step */
  ticks = []
  /** @type {Curve | null} */
  curve = null
  t = 0 // a place among the ticks, from 0 to the last one's number
  clock = 0 // t, while it plays
  isPending = false

  /** @param {HTMLElement} root */
  constructor(root) {
    super(root)
    this.range = /** @type {HTMLInputElement} */ (root.querySelector("input[type=range]"))
    this.output = /** @type {HTMLOutputElement} */ (root.querySelector("output"))
    this.panes = /** @type {HTMLElement} */ (root.querySelector(".time-travel-panes"))
    const play = /** @type {HTMLElement} */ (root.querySelector("button[data-role=play]"))
    this.button = new PlayButton(play, (seconds) => this.advance(seconds), () => this.begin(), () => SECONDS_PER_FRAME)
    this.range.oninput = () => this.goTo(Number(this.range.value))
    this.range.onkeydown = (event) => this.onKey(event)
    share(root, "travel", () => (this.header ? [this.t] : []), ([t]) => this.goTo(t))
    this.linked = new LinkedState(this.cleanups, "moment", () => this.header && this.goTo(this.linkedMoment))
    this.cleanups.watchSize(this.panes, () => this.draw())
  }

  /** @param {import("./kit/pack.js").Packed} packed */
  load({ header, arrays }) {
    const [isFirst, isSame] = [!this.header, this.header?.id === header.id]
    const isAtEnd = this.ticks.length > 0 && this.t >= this.last
    this.header = header
    this.tracks = header.tracks.map((/** @type {any} */ about, /** @type {number} */ number) => new Track(about, number, header, arrays))
    const times = this.tracks.flatMap(({ about }) => about.seen.map((/** @type {number} */ seen) => seen + about.offset))
    this.ticks = [...new Set(times)].sort((a, b) => a - b)
    this.range.max = String(this.last)
    this.build()
    if (!isSame || isAtEnd) { // at its end, a run that trains is followed
      this.button.pause()
      this.moveTo(isFirst ? this.linkedMoment : this.last)
    } else this.moveTo(Math.min(this.t, this.last))
  }

  get last() {
    return this.ticks.length - 1
  }

  /** The moment of the page's link, else the last. */
  get linkedMoment() {
    const [t] = this.linked.numbers
    return t >= 0 && t < this.last ? t : this.last
  }

  build() {
    const { tracks, ticks, header } = this
    this.curve = new Curve(tracks, ticks, header, (t) => this.goTo(t))
    if (tracks.length === 1) this.curve.pane.append(...tracks[0].parts("reconstructions")) // there is room
    this.panes.dataset.tracks = String(tracks.length)
    this.panes.replaceChildren(...tracks.map(({ pane }) => pane), this.curve.pane)
  }

  /**
   * Position t among the ticks, as images seen: between two ticks, linear in log(1 + seen).
   * @param {number} t
   */
  seenAt(t) {
    const i = Math.min(Math.floor(t), this.last)
    const next = this.ticks[Math.min(i + 1, this.last)]
    return Math.expm1(Math.log1p(this.ticks[i]) * (1 - (t - i)) + Math.log1p(next) * (t - i))
  }

  /**
   * Stops playing, and moves.
   * @param {number} t
   */
  goTo(t) {
    this.button.pause()
    this.moveTo(t)
  }

  /** @param {number} t */
  moveTo(t) {
    this.t = clamp(t, 0, this.last)
    this.range.value = String(this.t)
    this.linked.keep(this.t < this.last ? String(Number(this.t.toFixed(2))) : "")
    if (this.isPending) return
    this.isPending = true
    queueMicrotask(() => {
      this.isPending = false
      this.draw()
    })
  }

  draw() {
    if (!this.header || !this.panes.clientWidth) return
    const seen = this.seenAt(this.t)
    const words = this.tracks.map((track) => track.draw(seen))
    this.curve?.draw(seen)
    this.root.dataset.t = this.t.toFixed(3)
    this.root.steps = this.tracks.map(({ step }) => step)
    this.root.dataset.steps = this.root.steps.join(",")
    this.output.textContent = words[words.length - 1]
    this.range.setAttribute("aria-valuetext", words.join("; "))
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const [before, after] = [Math.ceil(this.t) - 1, Math.floor(this.t) + 1]
    /** @type {Record<string, number>} */
    const whole = { ArrowLeft: before, ArrowDown: before, ArrowRight: after, ArrowUp: after, Home: 0, End: this.last }
    if (event.key === " ") this.button.element.click()
    else if (event.key in whole) this.goTo(whole[event.key])
    else return
    event.preventDefault()
  }

  /** At the end it begins anew. */
  begin() {
    if (this.t >= this.last) this.t = 0
    this.clock = this.t
  }

  /**
   * Whoever asked for less motion gets whole frames.
   * @param {number} seconds
   */
  advance(seconds) {
    this.clock += seconds / SECONDS_PER_FRAME
    this.moveTo(isCalm() ? Math.floor(this.clock) : this.clock)
    return this.clock < this.last
  }

  destroy() {
    super.destroy()
    this.button.pause()
  }
}

export default mounting(".time-travel", TimeTravel)
