// The status of a run and its plane, asked for at the run's address while the page is to be seen. What Plotly and the script draw
// is drawn again when it is out of date: in another state at once, else once a second.

const ASK_EVERY = 500 // milliseconds
const DRAW_EVERY = 1000
const TRY_AGAIN = 3000 // after a drawing that did not come

export default (component) => mountOnce(component, ".run-watch", RunWatch)

class RunWatch {
  constructor(root) {
    this.root = root
    this.words = root.querySelector("p")
    this.bar = root.querySelector("progress")
    this.wantedAt = -Infinity
    this.ask = this.ask.bind(this)
    this.timer = setInterval(this.ask, ASK_EVERY)
    document.addEventListener("visibilitychange", this.ask)
  }

  load({ header }) {
    this.drawn = header
    this.show(header)
  }

  show({ words: [state, ...others], progress }) {
    const shown = JSON.stringify([state, others, progress])
    if (shown === this.shown) return
    this.shown = shown
    this.words.replaceChildren(Object.assign(document.createElement("strong"), { textContent: state }))
    this.words.append(...others.map((part) => ` · ${part}`))
    this.bar.hidden = progress === null
    this.bar.value = progress ?? 0
    this.root.hidden = false
  }

  async ask() {
    if (document.hidden || this.asking) return
    this.asking = true
    const { address, chart } = this.drawn
    const plane = document.querySelector(`.st-key-${chart} canvas[data-role=points]`)
    try {
      const answer = await fetch(plane ? `${address}?look=${plane.dataset.version}` : address)
      if (!answer.ok) throw new Error(`no run at ${address}: ${answer.status}`)
      const { header, arrays } = unpackArrays(new Uint8Array(await answer.arrayBuffer()))
      if (this.ended || address !== this.drawn.address) return
      this.show(header)
      if (arrays.drawn.length) plane.overlay.load(arrays.drawn)
      this.compare(header)
    } catch (error) {
      if (!this.ended) this.compare({ state: String(error) }, "unanswered") // the script knows what has become of the run
    } finally {
      this.asking = false
    }
  }

  compare({ state, drawn_for: drawnFor }, trigger = "outdated") {
    const now = JSON.stringify([state, drawnFor])
    if (now === JSON.stringify([this.drawn.state, this.drawn.drawn_for])) return
    const wait = now === this.wanted ? TRY_AGAIN : state === this.drawn.state ? DRAW_EVERY : 0
    if (performance.now() - this.wantedAt < wait) return
    Object.assign(this, { wanted: now, wantedAt: performance.now() })
    this.component.setTriggerValue(trigger, now)
  }

  destroy() {
    this.ended = true
    clearInterval(this.timer)
    document.removeEventListener("visibilitychange", this.ask)
  }
}
