// The path of the page to take home: two places, A and B, the images between them as a strip, and a slider and a button that go
// along it.

import { contextOf, mosaic, valuesIn } from "./kit/canvas.js"
import { decode } from "./kit/decoder.js"
import { isCalm } from "./kit/motion.js"
import { clamp } from "./kit/numbers.js"
import { PlayButton } from "./kit/play_button.js"
import { drawTiles } from "./kit/tiles.js"

/** @typedef {import("./kit/decoder.js").Decoder} Decoder */
/** @typedef {import("./take_home_plane.js").HomePlane} HomePlane */

const ONE_WAY_SECONDS = 3
const PICTURES = 7
const STEPS = 100
const ASK = ["Press the map where A is to be.", "Now press the map where B is to be."]

export class HomePath {
  place = 0 // 0 is A, 1 is B
  direction = 1
  /** @type {number | null} which end the next press on the plane sets */
  choosing = null
  /** @type {number[][]} the ends before others are chosen */
  before = []

  /**
   * @param {HTMLElement} root
   * @param {HomePlane} plane
   * @param {{ decoder: Decoder, imageShape: number[] }} model
   * @param {(position: number[]) => void} go called with each position that the path goes to
   */
  constructor(root, plane, model, go) {
    const part = (/** @type {string} */ selector) => root.querySelector(selector)
    this.plane = plane
    this.model = model
    this.go = go
    this.slider = /** @type {HTMLInputElement} */ (part("input"))
    this.strip = /** @type {HTMLCanvasElement} */ (part("[data-role=strip]"))
    this.output = /** @type {HTMLOutputElement} */ (part("output"))
    this.slider.max = String(STEPS)
    this.slider.oninput = () => {
      const place = Number(this.slider.value) / STEPS
      this.stop()
      this.goTo(place)
    }
    const play = /** @type {HTMLElement} */ (part("[data-role=play]"))
    this.button = new PlayButton(play, (seconds) => this.advance(seconds), () => this.begin(), () => ONE_WAY_SECONDS / (PICTURES - 1))
    this.chooser = /** @type {HTMLElement} */ (part("[data-role=choose]"))
    this.chooser.onclick = () => (this.choosing === null ? this.choose() : this.stop())
    this.say()
  }

  get isPlaying() {
    return this.button.frame !== 0
  }

  choose() {
    this.button.pause()
    this.choosing = 0
    this.before = this.plane.ends
    this.plane.root.focus({ preventScroll: true }) // keys choose too
    this.plane.root.scrollIntoView({ block: "nearest" })
    this.say()
  }

  /**
   * An end for the path, where one is being chosen; after the second one the path plays.
   * @param {number[]} position
   * @returns {boolean} whether it was wanted
   */
  take(position) {
    if (this.choosing === null) return false
    const end = [position[0], position[1] ?? 0]
    this.plane.ends = this.choosing === 0 ? [end] : [this.plane.ends[0], end]
    this.choosing = this.choosing === 0 ? 1 : null
    this.plane.drawPath()
    if (this.choosing !== null) {
      this.go(end)
      this.say()
    } else {
      this.drawStrip()
      this.goTo(0)
      if (!isCalm()) this.button.play()
    }
    return true
  }

  /** Neither plays nor chooses any more. If only A was chosen, the path before is there again. */
  stop() {
    this.button.pause()
    if (this.choosing !== null) {
      this.choosing = null
      this.plane.ends = this.before
      this.plane.drawPath()
    }
    this.say()
  }

  begin() {
    this.choosing = null
    if (!isCalm() || this.place >= 1) this.place = 0
    this.direction = 1
  }

  /** @param {number} seconds */
  advance(seconds) {
    const place = this.place + (this.direction * seconds) / ONE_WAY_SECONDS
    if (place >= 1) this.direction = -1
    this.goTo(clamp(place, 0, 1))
    return place > 0 || this.direction === 1
  }

  /** @param {number} place */
  goTo(place) {
    this.place = place
    this.go(this.positionAt(place))
    this.say()
  }

  /** @param {number} place */
  positionAt(place) {
    const [a, b] = this.plane.ends
    return a.map((value, k) => (1 - place) * value + place * b[k])
  }

  say() {
    const words = `${Math.round(100 * this.place)} % of the way from A to B`
    this.slider.value = String(Math.round(STEPS * this.place))
    this.slider.disabled = this.choosing !== null
    this.slider.setAttribute("aria-valuetext", words)
    this.chooser.setAttribute("aria-pressed", String(this.choosing !== null))
    this.output.textContent = this.choosing === null ? words : ASK[this.choosing]
    this.output.setAttribute("aria-live", this.choosing === null ? "off" : "polite") // the slider says the way by itself
  }

  drawStrip() {
    const { decoder, imageShape } = this.model
    const [width, size] = [this.strip.clientWidth, valuesIn(imageShape)]
    if (!width || this.plane.ends.length < 2) return
    const images = new Uint8ClampedArray(PICTURES * size)
    for (let k = 0; k < PICTURES; k++) {
      const z = this.plane.pointAt(this.positionAt(k / (PICTURES - 1)))
      decode(decoder, z).forEach((value, i) => (images[k * size + i] = 255 * value))
    }
    const height = Math.round(((width / PICTURES) * imageShape[0]) / imageShape[1])
    const context = contextOf(this.strip, width, height)
    drawTiles(context, mosaic(images, 0, 1, PICTURES, imageShape), 1, PICTURES, [0, 0, width, height])
  }
}
