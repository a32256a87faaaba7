// q(z|x) of one image over a chart of the plane, in the chart's own axes: only this changes with the image.

import { BESIDE } from "./kit/boxes.js"
import { circle, line } from "./kit/canvas.js"
import { Component, mounting } from "./kit/mount.js"
import { Overlay } from "./kit/overlay.js"

/** @typedef {{ chart: string, at: number[], rings: number[][][], colours: Record<string, string>, letter: string }} Data */

const LEAST = 7 // pixels: a smaller oval has a ring of this radius around it, to be seen among many points

class OnPlane extends Component {
  /** @type {Data} */
  data = { chart: "", at: [], rings: [], colours: {}, letter: "" }
  overlay = new Overlay("on-plane", (context, x, y) => this.draw(context, x, y))

  /** @param {Data} data */
  load(data) {
    this.data = data
    this.overlay.canvas.dataset.at = data.at.map((value) => value.toFixed(3)).join()
    this.overlay.follow(data.chart)
  }

  /** @type {(context: import("./kit/canvas.js").Context, x: import("./kit/overlay.js").Map, y: import("./kit/overlay.js").Map) => void} */
  draw(context, x, y) {
    const { rings, at, colours, letter } = this.data
    const place = [x(at[0]), y(at[1])]
    this.overlay.keepOff(place, 2 * LEAST)
    this.overlay.flag(context, place, letter, colours.encoder, colours.surface, BESIDE)
    let reach = 0
    rings.forEach((ring, k) => {
      const places = ring.map(([a, b]) => [x(a), y(b)])
      reach = Math.max(reach, ...places.map(([a, b]) => Math.hypot(a - place[0], b - place[1])))
      line(context, places, colours.surface, 5.5 - 1.2 * k) // a rim, to be seen on any ground
      line(context, places, colours.encoder, 3 - 1.2 * k)
    })
    if (reach >= LEAST) return
    circle(context, place, LEAST, { stroke: colours.surface, width: 6 })
    circle(context, place, LEAST, { stroke: colours.encoder, width: 3 })
  }

  destroy() {
    this.overlay.destroy()
  }
}

export default mounting(".on-chart", OnPlane)
