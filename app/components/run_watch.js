// The status of a run and its plane, asked for at the run's address while the page is to be seen. What Plotly and the script
// draw is drawn again when it is out of date: in another state at once, else once a second.

import { Component, mounting } from "./kit/mount.js"
import { unpack } from "./kit/pack.js"

const TICK = 250 // milliseconds
const DRAW_EVERY = 1000
const TRY_AGAIN = 3000 // after a drawing that did not come

class RunWatch extends Component {
  /** @type {any} what the page's script drew */
  drawn = null
  content = "" // the status as it stands on the screen
  askEvery = 0
  askTime = -Infinity
  request = ""
  requestTime = -Infinity
  isAsking = false
  hasEnded = false

  /** @param {HTMLElement} root */
  constructor(root) {
    super(root)
    this.words = /** @type {HTMLElement} */ (root.querySelector("p"))
    this.bar = /** @type {HTMLProgressElement} */ (root.querySelector("progress"))
    const timer = setInterval(() => this.ask(), TICK)
    this.cleanups.add(() => clearInterval(timer))
    this.cleanups.listen(document, ["visibilitychange"], () => this.ask())
  }

  /** @param {import("./kit/pack.js").Packed} packed */
  load({ header }) {
    this.drawn = header
    this.show(header)
  }

  /** @param {{ words: string[], progress: number | null, ask_every: number }} status */
  show({ words: [state, ...others], progress, ask_every: askEvery }) {
    this.askEvery = askEvery - TICK / 2 // else a tick that comes early would wait for the next one
    const content = JSON.stringify([state, others, progress])
    if (content === this.content) return
    this.content = content
    this.words.replaceChildren(Object.assign(document.createElement("strong"), { textContent: state }))
    this.words.append(...others.map((part) => ` · ${part}`))
    this.bar.hidden = progress === null
    this.bar.value = progress ?? 0
    this.root.hidden = false
  }

  async ask() {
    if (document.hidden || this.isAsking || !this.drawn || performance.now() - this.askTime < this.askEvery) return
    this.isAsking = true
    this.askTime = performance.now()
    const { address, chart } = this.drawn
    /** @type {HTMLCanvasElement | null} */
    const plane = document.querySelector(`.st-key-${chart} canvas[data-role=points]`)
    try {
      const answer = await fetch(plane ? `${address}?look=${plane.dataset.version}` : address)
      if (!answer.ok) throw new Error(`no run at ${address}: ${answer.status}`)
      const { header, arrays } = unpack(new Uint8Array(await answer.arrayBuffer()))
      if (this.hasEnded || address !== this.drawn.address) return
      this.show(header)
      if (arrays.drawn.length) plane?.overlay?.load?.(arrays.drawn)
      this.compare(header)
    } catch (error) {
      if (!this.hasEnded) this.compare({ state: String(error) }, "unanswered") // the script knows what has become of the run
    } finally {
      this.isAsking = false
    }
  }

  /**
   * @param {{ state: string, drawn_for?: unknown }} status
   * @param {string} [trigger]
   */
  compare({ state, drawn_for: drawnFor }, trigger = "outdated") {
    const now = JSON.stringify([state, drawnFor])
    if (now === JSON.stringify([this.drawn.state, this.drawn.drawn_for])) return
    const wait = now === this.request ? TRY_AGAIN : state === this.drawn.state ? DRAW_EVERY : 0
    if (performance.now() - this.requestTime < wait) return
    this.request = now
    this.requestTime = performance.now()
    this.component.setTriggerValue(trigger, now)
  }

  destroy() {
    super.destroy()
    this.hasEnded = true
  }
}

export default mounting(".run-watch", RunWatch)
