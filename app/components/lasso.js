// A loop drawn by mouse, pen or finger around dots of a map. Python hears of it when the hand is lifted. By keys one writes the images'
// numbers into the field beside it.

import { line } from "./kit/canvas.js"
import { Component, mounting } from "./kit/mount.js"
import { Overlay } from "./kit/overlay.js"

const MOST_CORNERS = 50
const LEAST_CORNERS = 3
const CLOSEST = 4 // pixels between two corners

class Lasso extends Component {
  colour = ""
  /** @type {number[][]} in the axes' values */
  corners = []
  /** @type {number[] | null} the last corner, in pixels, while the hand is down */
  last = null
  overlay = new Overlay("path", (context, x, y) => this.draw(context, x, y))

  /** @param {HTMLElement} root */
  constructor(root) {
    super(root)
    this.cleanups.listen(window, ["pointerdown"], (event) => this.begin(event), true)
    this.cleanups.listen(window, ["pointercancel"], () => this.forget(), true) // the finger scrolls the page
    this.cleanups.listen(window, ["pointermove"], (event) => this.go(event), true)
    this.cleanups.listen(window, ["pointerup"], () => this.end(), true) // a button may be let go outside the map
  }

  /** @param {{ chart: string, colour: string }} data */
  load({ chart, colour }) {
    this.colour = colour
    this.overlay.follow(chart)
  }

  /** @param {PointerEvent} event */
  begin(event) {
    const target = /** @type {Element} */ (event.target)
    const { element } = this.overlay.chart
    if (event.button !== 0 || !element?.contains(target) || target.closest(".plane-name")) return
    element.style.touchAction = "none" // the next finger draws, too
    this.last = this.overlay.chart.place(event)
    this.corners = this.last ? [this.overlay.chart.values(this.last)] : []
    this.overlay.redraw()
  }

  /** @param {PointerEvent} event */
  go(event) {
    const place = this.last && this.overlay.chart.place(event, { outside: true })
    if (!place || !this.last || Math.hypot(place[0] - this.last[0], place[1] - this.last[1]) < CLOSEST) return
    this.last = place
    this.corners.push(this.overlay.chart.values(place))
    this.overlay.redraw()
  }

  forget() {
    if (!this.last) return
    this.last = null
    this.corners = []
    this.overlay.redraw()
  }

  end() {
    if (!this.last) return
    this.last = null
    const every = Math.ceil(this.corners.length / MOST_CORNERS)
    this.corners = this.corners.filter((_, i) => i % every === 0)
    this.overlay.redraw()
    if (this.corners.length >= LEAST_CORNERS) this.component.setStateValue("loop", this.corners.flat())
  }

  /** @type {(context: import("./kit/canvas.js").Context, x: import("./kit/overlay.js").Map, y: import("./kit/overlay.js").Map) => void} */
  draw(context, x, y) {
    const places = this.corners.map(([a, b]) => [x(a), y(b)])
    if (places.length > 1) line(context, [...places, places[0]], this.colour, 3)
    this.overlay.canvas.dataset.corners = String(places.length)
  }

  destroy() {
    super.destroy()
    this.overlay.destroy()
  }
}

export default mounting(".lasso", Lasso)
