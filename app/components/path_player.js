// A path on the plane, and its images played there and back beside it. The frames came with the page; nothing is asked of
// the server. A press on the plane says where the nearer end shall go; an end can also be dragged.

import { circle, drawBytes, fit, line, valuesIn } from "./kit/canvas.js"
import { LinkedState } from "./kit/address.js"
import { Component, mounting } from "./kit/mount.js"
import { Narrator } from "./kit/narrator.js"
import { clamp } from "./kit/numbers.js"
import { Overlay } from "./kit/overlay.js"
import { PlayButton } from "./kit/play_button.js"
import { share } from "./kit/shared.js"
import { fixed } from "./kit/words.js"
import { LETTERS, PathEnds } from "./path_ends.js"

/** @typedef {import("./kit/overlay.js").Map} Map */
/** @typedef {import("./kit/canvas.js").Context} Context */

const ONE_WAY_SECONDS = 3
const STILL = 8 // pixels: what moves further is no press

class PathPlayer extends Component {
  /** @type {any} */
  header = null
  /** @type {import("./kit/pack.js").Arrays} */
  arrays = {}
  count = 0
  frame = 0
  place = 0 // 0 is A, 1 is B
  direction = 1
  /** @type {number[] | null} where the pointer went down on the chart */
  down = null

  /** @param {HTMLElement} root */
  constructor(root) {
    super(root)
    this.canvas = /** @type {HTMLCanvasElement} */ (root.querySelector("canvas"))
    this.slider = /** @type {HTMLInputElement} */ (root.querySelector("input"))
    this.output = /** @type {HTMLOutputElement} */ (root.querySelector("output"))
    const button = /** @type {HTMLElement} */ (root.querySelector("button"))
    this.button = new PlayButton(button, (seconds) => this.advance(seconds), () => this.begin(), () => this.stepSeconds)
    this.narrator = new Narrator(this.cleanups, null)
    this.slider.oninput = () => {
      this.button.pause()
      this.place = Number(this.slider.value) / (this.count - 1)
      this.show()
    }
    this.linked = new LinkedState(this.cleanups, "path_place", () => this.restore())
    share(root, "path", () => (this.count ? [this.place] : []), ([place]) => {
      this.button.pause()
      this.place = clamp(place, 0, 1)
      this.show()
    })
    this.overlay = new Overlay("path", (context, x, y) => this.draw(context, x, y))
    // A trigger, with all ends on their way: a state that is the same as before would not be told, and the last report counts.
    this.ends = new PathEnds(this.overlay, this.cleanups, (places) => this.component.setTriggerValue("ends", places))
    const onDown = (/** @type {PointerEvent} */ { target, clientX, clientY, button, isPrimary }) => {
      const element = /** @type {Element} */ (target)
      const isPlane = !button && isPrimary && this.overlay.chart.element?.contains(element) && !element.closest(".plane-name, .path-end")
      this.down = isPlane ? [clientX, clientY] : null
    }
    this.cleanups.listen(window, ["pointerdown"], onDown, true)
    this.cleanups.listen(window, ["pointerup"], (event) => this.press(event), true) // anywhere: a button may be let go outside the plane
  }

  /** @param {import("./kit/pack.js").Packed} packed */
  load({ header, arrays }) {
    const isFirst = !this.header
    Object.assign(this, { header, arrays, count: header.radius.length })
    const { steps } = arrays
    this.ends.load({ A: Array.from(steps.slice(0, 2)), B: Array.from(steps.slice(-2)) }, header.is_on_dots)
    fit(this.canvas, header.image_shape)
    this.slider.max = String(this.count - 1)
    if (isFirst) this.restore()
    else this.show()
    this.overlay.follow(header.chart)
  }

  /** Shows the place of the page's link, else A. */
  restore() {
    const [place] = this.linked.numbers
    this.place = place >= 0 && place <= 1 ? place : 0
    if (this.header) this.show()
  }

  /** @param {PointerEvent} event */
  press(event) {
    const { down } = this
    if (!down || Math.hypot(event.clientX - down[0], event.clientY - down[1]) > STILL) return
    const { chart } = this.overlay
    const place = chart.place(event)
    if (!place) return
    const { x, y } = chart.maps
    const [a, b] = this.ends.all.map((end) => Math.hypot(x(end[0]) - place[0], y(end[1]) - place[1]))
    this.ends.moveTo(LETTERS[Number(b < a)], chart.values(place))
    this.ends.letGo()
  }

  /** How long the way from one of the path's steps to the next one takes. */
  get stepSeconds() {
    return ONE_WAY_SECONDS / Math.max(1, this.arrays.steps.length / 2 - 1)
  }

  begin() {
    if (this.place >= 1) this.place = 0
    this.direction = 1
  }

  /** @param {number} seconds */
  advance(seconds) {
    this.place += (this.direction * seconds) / ONE_WAY_SECONDS
    if (this.place >= 1 || this.place <= 0) {
      this.place = clamp(this.place, 0, 1)
      this.direction = this.place === 1 ? -1 : 1
    }
    this.show()
  }

  show() {
    const { image_shape: imageShape, radius } = this.header
    const frame = (this.frame = Math.round(this.place * (this.count - 1)))
    drawBytes(this.canvas, this.arrays.frames, frame * valuesIn(imageShape), imageShape)
    this.canvas.dataset.frame = String(frame)
    this.linked.keep(this.place ? String(Number(this.place.toFixed(3))) : "")
    this.slider.value = String(frame)
    const words = `${Math.round(this.place * 100)} % of the way, |z| = ${fixed(radius[frame], 2)}`
    this.output.textContent = words
    this.slider.setAttribute("aria-valuetext", words)
    this.narrator.tell(words, [this.canvas])
    this.frameInStrip()
    this.overlay.redraw()
  }

  /** In the film strip above the player, a frame is around the step that is nearest to the present place. */
  frameInStrip() {
    const strip = /** @type {HTMLElement | null} */ (this.root.closest(".st-key-path_film")?.querySelector("[data-testid=stImage]"))
    const count = this.arrays.steps.length / 2
    strip?.style.setProperty("--steps", String(count))
    strip?.style.setProperty("--step", String(Math.round(this.place * (count - 1))))
  }

  /**
   * The path with its steps and its ends' letters, and a ring at the present frame.
   * @type {(context: Context, x: Map, y: Map) => void}
   */
  draw(context, x, y) {
    const { steps, positions } = this.arrays
    const { latent, decoder, surface } = this.header.colours
    const at = (/** @type {Float32Array} */ places, /** @type {number} */ k) => [x(places[2 * k]), y(places[2 * k + 1])]
    const { isMoving } = this.ends
    const count = isMoving ? 2 : steps.length / 2
    const places = isMoving
      ? this.ends.all.map(([a, b]) => [x(a), y(b)])
      : Array.from({ length: count }, (_, k) => at(steps, k))
    context.lineJoin = "round"
    line(context, places, surface, 6) // a rim, to be seen on any ground
    line(context, places, latent, isMoving ? 1.5 : 4) // thin: it is not the path yet
    for (const place of places) circle(context, place, 4, { fill: surface, stroke: latent, width: 2.5 })
    places.forEach((place, k) => this.keepOff(place, places[k + 1] ?? place))
    const ends = [places[0], places[count - 1]]
    this.ends.put(ends, ends.map((end, number) => this.overlay.flag(context, end, LETTERS[number], latent, surface)))
    if (isMoving) return
    const ring = at(positions, this.frame)
    this.overlay.canvas.dataset.ring = ring.map((value) => value.toFixed(1)).join()
    circle(context, ring, 7.5, { stroke: "#ffffff", width: 7 })
    circle(context, ring, 7.5, { stroke: decoder, width: 3 })
  }

  /**
   * Names and letters stay off a step and the line to the next one.
   * @param {number[]} step
   * @param {number[]} next
   */
  keepOff([x, y], [nextX, nextY]) {
    const parts = Math.max(1, Math.round(Math.hypot(nextX - x, nextY - y) / 8))
    for (let k = 0; k < parts; k++) this.overlay.keepOff([x + ((nextX - x) * k) / parts, y + ((nextY - y) * k) / parts], 10)
  }

  destroy() {
    super.destroy()
    this.button.pause()
    this.overlay.destroy()
  }
}

export default mounting(".path-player", PathPlayer)
