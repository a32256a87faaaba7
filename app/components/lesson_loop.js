// A loop that is drawn on the plane of the page: with a pointer, or corner by corner at the point that keys move.

import { Axes } from "./kit/axes.js"
import { line } from "./kit/canvas.js"
import { Cleanups } from "./kit/mount.js"
import { normalQuantile } from "./kit/numbers.js"
import { Overlay } from "./kit/overlay.js"

const PLANE = "latent_plane" // the map's
const MOST_CORNERS = 32
const APART = 4 // pixels between two places of the pointer, at least
const INK = "#c2620a"

export class LoopOnPlane {
  cleanups = new Cleanups()
  /** @type {number[][]} values of the axes */
  corners = []
  /** @type {number[][]} what there was before the pointer went down */
  before = []
  isDown = false
  isOnName = false // whether the pointer went down on a class's name, where a press hides the class
  overlay = new Overlay("path", (context, x, y) => this.draw(context, x, y))
  axes = new Axes({ onFound: (plane) => this.listen(plane) })

  /** @param {() => void} changed called after each change of the loop */
  constructor(changed) {
    this.changed = changed
    this.cleanups.watchPage(() => this.axes.find(PLANE))
    this.axes.find(PLANE)
    this.overlay.follow(PLANE)
  }

  /** @param {HTMLElement} plane */
  listen(plane) {
    const { cleanups } = this.axes
    cleanups.listen(plane, ["pointerdown"], (event) => this.begin(event), true)
    cleanups.listen(plane, ["pointermove"], (event) => this.go(event), true)
    cleanups.listen(window, ["pointerup", "pointercancel"], () => this.end(), true)
  }

  /** @param {PointerEvent} event */
  begin(event) {
    const place = this.axes.place(event)
    if (!place || event.button) return
    this.isDown = true
    this.isOnName = /** @type {Element} */ (event.target).closest(".plane-name") !== null
    this.before = this.corners
    this.set([this.axes.values(place)])
  }

  /** @param {PointerEvent} event */
  go(event) {
    const place = this.isDown && this.axes.place(event)
    if (!place) return
    const { x, y } = this.axes.maps
    const [a, b] = /** @type {number[]} */ (this.corners.at(-1))
    if (Math.hypot(place[0] - x(a), place[1] - y(b)) >= APART) this.set([...this.corners, this.axes.values(place)])
  }

  /** A press without a way is one more corner, but for one on a name. */
  end() {
    if (!this.isDown) return
    this.isDown = false
    if (this.corners.length < 3) this.set([...this.before, ...(this.isOnName ? [] : this.corners.slice(0, 1))])
    else this.set(this.corners)
  }

  /** The point of the page as one more corner. */
  add() {
    const z = /** @type {HTMLCanvasElement | null} */ (document.querySelector("canvas[data-role=decoded]"))?.latent
    if (z?.length === 2) this.set([...this.corners, [...z]])
  }

  /** @param {number[][]} corners */
  set(corners) {
    this.corners = corners
    this.overlay.redraw()
    this.changed()
  }

  /** The loop in latent units, with at most MOST_CORNERS corners; null while there are too few. */
  get answer() {
    const { corners } = this
    if (corners.length < 3) return null
    const count = Math.min(corners.length, MOST_CORNERS)
    const subset = Array.from({ length: count }, (_, i) => corners[Math.floor((i * corners.length) / count)])
    return this.axes.meta?.coordinates === "probability" ? subset.map((corner) => corner.map(normalQuantile)) : subset
  }

  /** @type {(context: import("./kit/canvas.js").Context, x: import("./kit/overlay.js").Map, y: import("./kit/overlay.js").Map) => void} */
  draw(context, x, y) {
    if (!this.corners.length) return
    const places = [...this.corners, ...(this.isDown ? [] : this.corners.slice(0, 1))].map(([a, b]) => [x(a), y(b)])
    line(context, places, "#ffffff", 6)
    line(context, places, INK, 3)
  }

  destroy() {
    this.cleanups.run()
    this.axes.release()
    this.overlay.destroy()
  }
}
