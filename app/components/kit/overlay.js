// A canvas over the axes of a plane, in CSS pixels; it follows them through resizing and replacement. `take_away` paints it again,
// into the plane's saved picture.

import { Axes } from "./axes.js"
import { AROUND, freeBox, steadyBoxes } from "./boxes.js"
import { contextOf, line } from "./canvas.js"
import { Cleanups } from "./mount.js"

/** @typedef {import("./boxes.js").Box} Box */
/** @typedef {import("./canvas.js").Context} Context */
/** @typedef {(value: number) => number} Map from a value of an axis to pixels */
/** @typedef {(context: any, x: Map, y: Map, width: number, height: number) => void} Draw `context` is a canvas's or an SvgContext */

/** @type {Record<string, number>} from the lowest up, by role */
const LEVELS = { points: 0, names: 1, posterior: 2, "on-plane": 2, path: 2, chain: 3 }
const LETTERS = "bold 15px system-ui, Segoe UI, Roboto, Arial, sans-serif"

export class Overlay {
  /** @type {Box[]} what is not to be covered */
  boxes = []
  isPainting = false
  key = ""
  cleanups = new Cleanups()

  /**
   * @param {string} role one of those in `LEVELS`; the canvas has it as `data-role`
   * @param {Draw} draw
   */
  constructor(role, draw) {
    this.draw = draw
    this.level = LEVELS[role]
    this.chart = new Axes({ onDrawn: () => this.redraw() })
    this.canvas = document.createElement("canvas")
    this.canvas.dataset.role = role
    this.canvas.setAttribute("aria-hidden", "true")
    this.canvas.overlay = this
    Object.assign(this.canvas.style, { position: "absolute", pointerEvents: "none", zIndex: this.level })
  }

  /**
   * Lies over the axes with this key from now on.
   * @param {string} key
   */
  follow(key) {
    if (!this.key) this.cleanups.watchPage(() => this.attach())
    this.key = key
    this.attach()
    this.redraw()
  }

  attach() {
    if (!this.chart.find(this.key) || this.canvas.isConnected) return
    this.chart.element?.appendChild(this.canvas)
    this.redraw()
  }

  /** The axes' place on their element; null until there are axes. */
  get box() {
    return this.chart.box
  }

  redraw() {
    const box = this.box
    if (!box) return
    const context = contextOf(this.canvas, box.width, box.height)
    Object.assign(this.canvas.style, { left: `${box.left}px`, top: `${box.top}px`, width: `${box.width}px` })
    const before = JSON.stringify(this.boxes)
    this.paint(context, box)
    if (this.level === LEVELS.names && JSON.stringify(this.boxes) !== before) {
      for (const other of this.others) if (other.level > LEVELS.names && !other.isPainting) other.redraw() // letters may give way to names
    }
    if (this.level > LEVELS.names) this.names?.redraw() // they give way
  }

  /**
   * Draws in the axes, on a canvas or into an SVG.
   * @param {Context} context
   * @param {Box} box
   */
  paint(context, { width, height }) {
    const { x, y } = this.chart.maps
    this.boxes = []
    this.isPainting = true
    this.draw(context, x, y, width, height)
    this.isPainting = false
  }

  /**
   * What else lies over the axes.
   * @returns {Overlay[]}
   */
  get others() {
    const canvases = [...(this.chart.element?.querySelectorAll("canvas") ?? [])]
    return canvases.flatMap(({ overlay }) => (overlay && overlay !== this ? [overlay] : []))
  }

  /** The names of the classes on these axes. */
  get names() {
    return this.others.find(({ level }) => level === LEVELS.names)
  }

  /** The axes as boxes lie on them. */
  get area() {
    return { .../** @type {Box} */ (this.box), left: 0, top: 0 }
  }

  /**
   * Keeps others off a square about a place.
   * @param {number[]} place
   * @param {number} size
   */
  keepOff([x, y], size) {
    this.boxes.push({ left: x - size / 2, top: y - size / 2, width: size, height: size })
  }

  /**
   * A box of this size, some `ways` from a place: the first that covers nothing. Names give way to it, so where they stand now
   * does not count: else the same place would have its letter elsewhere after a detour.
   * @param {number[]} place
   * @param {number} width
   * @param {number} height
   * @param {number[][]} ways
   */
  claim(place, width, height, ways) {
    const box = this.free(place, width, height, ways)
    if (box) this.boxes.push(box)
    return box
  }

  /**
   * The same, but others may cover it, and it covers none of the boxes `taken` either.
   * @param {number[]} place
   * @param {number} width
   * @param {number} height
   * @param {number[][]} ways
   * @param {Box[]} [taken]
   */
  free(place, width, height, ways, taken = []) {
    const solid = [this, ...this.others.filter(({ level }) => level !== LEVELS.names)]
    return freeBox(place, width, height, ways, [...taken, ...solid.flatMap(({ boxes }) => boxes)], this.area)
  }

  /**
   * Boxes for names, which give way to what lies over them; undefined where there is none.
   * @param {Parameters<typeof steadyBoxes>[0]} names
   */
  claimNames(names) {
    const boxes = steadyBoxes(names, this.others.flatMap(({ boxes }) => boxes), this.area)
    this.boxes = boxes.flatMap((box) => box ?? [])
    return boxes
  }

  /**
   * A place's letter, in a box that covers nothing.
   * @param {Context} context
   * @param {number[]} place
   * @param {string} letter
   * @param {string} colour
   * @param {string} ink
   * @param {number[][]} [ways] to the box
   * @returns {Box | undefined} the letter's
   */
  flag(context, place, letter, colour, ink, ways = AROUND) {
    const box = this.claim(place, 22, 24, ways)
    if (!box) return undefined // the place is not to be seen either
    const [middle, centre] = [box.left + box.width / 2, box.top + box.height / 2]
    line(context, [place, [middle, centre]], colour, 2)
    context.fillStyle = colour
    context.fillRect(box.left, box.top, box.width, box.height)
    context.fillStyle = ink
    context.font = LETTERS
    context.textAlign = "center"
    context.fillText(letter, middle, centre + 5)
    return box
  }

  destroy() {
    this.cleanups.run()
    this.chart.release()
    this.canvas.remove()
  }
}
