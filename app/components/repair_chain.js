// Plays a chain step by step: its path on the plane, the image of each step beside it. All steps came with the page.

import { circle, drawBytes, fit, line, valuesIn } from "./kit/canvas.js"
import { LinkedState } from "./kit/address.js"
import { Component, mounting } from "./kit/mount.js"
import { Narrator } from "./kit/narrator.js"
import { Overlay } from "./kit/overlay.js"
import { PlayButton } from "./kit/play_button.js"

const STEPS_A_SECOND = 10
const TRAIL = 25 // steps drawn strongly behind the present one

class RepairChain extends Component {
  /** @type {any} */
  header = null
  /** @type {import("./kit/pack.js").Arrays} */
  arrays = {}
  step = 0
  last = 0
  clock = 0 // steps since the start, while it plays

  /** @param {HTMLElement} root */
  constructor(root) {
    super(root)
    this.canvas = /** @type {HTMLCanvasElement} */ (root.querySelector("canvas"))
    this.output = /** @type {HTMLOutputElement} */ (root.querySelector("output"))
    this.slider = /** @type {HTMLInputElement} */ (root.querySelector("input"))
    const button = (/** @type {string} */ name) => /** @type {HTMLElement} */ (root.querySelector(`[data-do=${name}]`))
    const begin = () => {
      this.step = this.step === this.last ? 0 : this.step
      this.clock = this.step
    }
    this.button = new PlayButton(button("play"), (seconds) => this.advance(seconds), begin, () => 1 / STEPS_A_SECOND)
    this.narrator = new Narrator(this.cleanups, null)
    this.linked = new LinkedState(this.cleanups, "chain_step", () => this.header && this.goTo(this.linkedStep))
    this.overlay = new Overlay("chain", (context, x, y) => this.drawPath(context, x, y))
    button("step").onclick = () => this.goTo(Math.min(this.step + 1, this.last))
    button("restart").onclick = () => this.goTo(0)
    this.slider.oninput = () => this.goTo(Number(this.slider.value))
  }

  /** @param {import("./kit/pack.js").Packed} packed */
  load({ header, arrays }) {
    const [isFirst, isSame] = [!this.header, header.id === this.header?.id]
    Object.assign(this, { header, arrays, last: header.steps - 1 })
    if (!isSame) {
      fit(this.canvas, header.image_shape)
      this.slider.max = String(this.last)
      this.button.pause()
      this.step = isFirst ? this.linkedStep : 0
    }
    this.overlay.follow(header.chart)
    this.show()
  }

  /** The step of the page's link, else the start. */
  get linkedStep() {
    const [step] = this.linked.numbers
    return Number.isInteger(step) && step >= 0 && step <= this.last ? step : 0
  }

  /** @param {number} seconds */
  advance(seconds) {
    this.clock += seconds * STEPS_A_SECOND
    const step = Math.min(this.last, Math.floor(this.clock))
    if (step !== this.step) {
      this.step = step
      this.show()
    }
    return step < this.last
  }

  /** @param {number} step */
  goTo(step) {
    this.button.pause()
    this.step = step
    this.show()
  }

  show() {
    const { image_shape: imageShape } = this.header
    drawBytes(this.canvas, this.arrays.images, this.step * valuesIn(imageShape), imageShape)
    this.canvas.dataset.step = String(this.step)
    this.linked.keep(this.step ? String(this.step) : "")
    this.slider.value = String(this.step)
    const isRefused = this.step > 0 && !this.arrays.moved[this.step]
    const move = this.step === 0 ? "the start" : isRefused ? "proposal refused: it stays" : "moved"
    const words = `step ${this.step} of ${this.last}: ${move}`
    this.output.textContent = words
    this.slider.setAttribute("aria-valuetext", words)
    this.narrator.tell(words, [this.canvas])
    this.overlay.redraw()
  }

  /** @type {(context: import("./kit/canvas.js").Context, x: import("./kit/overlay.js").Map, y: import("./kit/overlay.js").Map) => void} */
  drawPath(context, x, y) {
    const { positions } = this.arrays
    const { path, surface } = this.header.colours
    const at = (/** @type {number} */ step) => [x(positions[2 * step]), y(positions[2 * step + 1])]
    const places = Array.from({ length: this.step + 1 }, (_, step) => at(step))
    const trail = places.slice(Math.max(0, this.step - TRAIL))
    context.lineJoin = "round"
    context.globalAlpha = 0.45
    line(context, places, path, 1)
    context.globalAlpha = 0.9
    line(context, trail, surface, 4.5)
    context.globalAlpha = 1
    line(context, trail, path, 2.2)
    circle(context, at(this.step), 8, { fill: surface })
    circle(context, at(this.step), 6, { fill: path })
  }

  destroy() {
    super.destroy()
    this.button.pause()
    this.overlay.destroy()
  }
}

export default mounting(".repair-chain", RepairChain)
