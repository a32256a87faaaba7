// Images put on a stack of bits and taken off again: played, step by step, or under a slider. All states of the stack came with the
// page, so that nothing is asked of the server.

import { contextOf } from "./kit/canvas.js"
import { LinkedState } from "./kit/address.js"
import { isCalm } from "./kit/motion.js"
import { Component, mounting } from "./kit/mount.js"
import { Narrator } from "./kit/narrator.js"
import { clamp } from "./kit/numbers.js"
import { PlayButton } from "./kit/play_button.js"
import { zoomOf } from "./kit/projector.js"
import { share } from "./kit/shared.js"
import { grouped } from "./kit/words.js"
import { chainOf, STEPS } from "./bit_tower_chain.js"
import { Scene, sceneHeight } from "./bit_tower_scene.js"

const SLOW_SECONDS = 1.6 // a step of the first images
const FAST_SECONDS = 0.35
const SLOW_STEPS = 2 * STEPS

/** @param {number} count */
const bitsOf = (count) => `${grouped(count)} bit${count === 1 ? "" : "s"}`

class BitTower extends Component {
  /** @type {import("./bit_tower_chain.js").Chain | null} */
  chain = null
  at = 0 // steps, of which three put one image on
  direction = 1
  began = 0 // the step at which Play was pressed: the first images after it are slow
  frame = 0 // the motion of one image or step, which ends by itself
  /** @type {number | null} where that motion ends */
  end = null

  /** @param {HTMLElement} root */
  constructor(root) {
    super(root)
    this.canvas = /** @type {HTMLCanvasElement} */ (root.querySelector("canvas"))
    this.slider = /** @type {HTMLInputElement} */ (root.querySelector("input"))
    this.output = /** @type {HTMLOutputElement} */ (root.querySelector("output"))
    this.caption = /** @type {HTMLElement} */ (root.querySelector("p"))
    const [play, back, on, step] = /** @type {NodeListOf<HTMLButtonElement>} */ (root.querySelectorAll("button"))
    this.back = back
    this.forward = [on, step]
    play.hidden = isCalm() // "Put on" makes the same steps
    this.player = new PlayButton(play, (seconds) => this.advance(seconds), () => this.begin(), () => this.stepSeconds)
    back.onclick = () => this.go(-1, STEPS)
    on.onclick = () => this.go(1, STEPS)
    step.onclick = () => this.go(1, 1)
    this.slider.oninput = () => this.jump(Number(this.slider.value))
    this.narrator = new Narrator(this.cleanups, null)
    this.linked = new LinkedState(this.cleanups, "tower_step", () => this.restore())
    share(root, "tower", () => (this.chain ? [this.at] : []), ([at]) => this.jump(at))
    this.cleanups.watchSize(root, () => this.draw())
  }

  /** @param {import("./kit/pack.js").Packed} packed */
  load(packed) {
    const isNew = packed.header.id !== this.chain?.header.id
    const isFirst = !this.chain
    this.chain = chainOf(packed)
    this.slider.max = String(this.chain.steps)
    if (isFirst) this.restore()
    else if (isNew) this.reset()
    else this.show()
  }

  reset() {
    this.jump(0)
    this.direction = 1
    this.show()
  }

  /** Shows the step of the page's link, else the beginning. */
  restore() {
    const [at] = this.linked.numbers
    if (this.chain) this.jump(Number.isInteger(at) ? clamp(at, 0, this.chain.steps) : 0)
  }

  // -- time --------------------------------------------------------------------------------------------------------

  get last() {
    return this.chain?.steps ?? 0
  }

  get stepSeconds() {
    return this.at - this.began < SLOW_STEPS ? SLOW_SECONDS : FAST_SECONDS
  }

  begin() {
    cancelAnimationFrame(this.frame)
    this.end = null
    this.direction = 1
    if (this.at >= this.last) this.at = 0
    this.began = this.at
  }

  /** @param {number} seconds */
  advance(seconds) {
    this.at = Math.min(this.last, this.at + seconds / this.stepSeconds)
    this.show()
    return this.at < this.last
  }

  /** @param {number} at */
  jump(at) {
    this.player.pause()
    cancelAnimationFrame(this.frame)
    this.end = null
    this.direction = at < this.at ? -1 : 1
    this.at = clamp(at, 0, this.last)
    this.show()
  }

  /**
   * To the end of the next image or step, forwards or back, in motion. A press during a motion ends it and begins the next.
   * @param {number} by 1 or -1
   * @param {number} steps of an image, or 1
   */
  go(by, steps) {
    this.player.pause()
    cancelAnimationFrame(this.frame)
    this.at = this.end ?? this.at
    const to = clamp(steps * (by > 0 ? Math.floor(this.at / steps) + 1 : Math.ceil(this.at / steps) - 1), 0, this.last)
    this.direction = by
    if (isCalm()) return this.jump(to)
    this.end = to
    let before = performance.now()
    const tick = (/** @type {number} */ now) => {
      const moved = this.at + (by * Math.max(0, now - before)) / 1000 / SLOW_SECONDS
      before = now
      this.at = by > 0 ? Math.min(to, moved) : Math.max(to, moved)
      this.show()
      if (this.at !== to) this.frame = requestAnimationFrame(tick)
      else this.end = null
    }
    this.frame = requestAnimationFrame(tick)
  }

  // -- pictures ----------------------------------------------------------------------------------------------------

  show() {
    const { at, back, forward, slider } = this
    const place = this.direction > 0 ? Math.ceil(at) : Math.floor(at) // the step that is being made, or was made
    slider.value = String(place)
    back.disabled = at <= 0
    forward.forEach((button) => (button.disabled = at >= this.last))
    this.linked.keep(place ? String(place) : "")
    const words = this.words(place, at === place)
    if (this.output.innerHTML !== words) this.output.innerHTML = words
    this.caption.textContent = this.headline(place)
    slider.setAttribute("aria-valuetext", this.output.textContent)
    this.narrator.tell(this.output.textContent, [this.canvas])
    Object.assign(this.canvas.dataset, { step: String(place), height: this.chain?.heightAt(at).toFixed(1) })
    this.draw()
  }

  /**
   * What has just happened, or is happening, in words; only numbers go into it. Before a step is done, the tower's height is still
   * on its way to the one that the words say.
   * @param {number} place
   * @param {boolean} isDone
   */
  words(place, isDone) {
    const { chain, direction } = this
    if (!chain) return ""
    const bits = (/** @type {number} */ value) => `<b>${bitsOf(value)}</b>`
    const isOn = direction > 0
    const image = Math.floor((isOn ? place - 1 : place) / STEPS)
    const step = isOn ? (place - 1) % STEPS : place % STEPS
    if (place === 0 && isOn) return `The tower has ${bits(chain.wholeHeight(0))} to begin with. They are random: the first image chooses its point z with some of them. <b>Put on</b> the first image.`
    const { taken, pixels, latent, net } = chain.costs(image)
    const name = `Image ${chain.nameOf(image)}`
    const takenWords = taken ? bits(taken) : "less than <b>1 bit</b>"
    const height = chain.wholeHeight(STEPS * (image + 1))
    const [first, count] = [chain.wholeHeight(0), image + 1]
    const soon = isDone ? "" : "soon "
    const total = `The tower ${soon}has ${grouped(height)} bits: ${grouped(first)} from the beginning and ${bits(height - first)} of ${count} image${image ? `s, ${grouped((height - first) / count)} each` : ""}.`
    if (isOn) {
      if (step === 0) return `${name}, step 1 of 3: to choose its point z, the image takes ${takenWords} off the tower. ${taken ? `${taken > 1 ? "They are not lost: they come" : "It is not lost: it comes"} back when the image is taken off.` : "The oval is so small that there is hardly a choice."} z lies inside the oval, q(z|x).`
      if (step === 1) return `${name}, step 2 of 3: the pixels go on, ${bits(pixels)}. A pixel that p(x|z) expects costs almost nothing.`
      return `${name}, step 3 of 3: z goes on, ${bits(latent)}. ${grouped(pixels)} + ${grouped(latent)}${taken ? ` − ${grouped(taken)} (of step 1)` : ""} = ${bits(net)}; over all z of the oval the mean is ${grouped(chain.bound(image))}, its bound. ${total}`
    }
    if (step === 2) return `${name} comes off. First z: ${bits(latent)}. The decoder draws what it expects there.`
    if (step === 1) return `${name}: its pixels come off with p(x|z), ${bits(pixels)}. They are the same, bit for bit.`
    return `${name}: q(z|x) is known again, and gives ${takenWords} back. ${place ? `The tower is ${soon}as it was after ${image} image${image > 1 ? "s" : ""}.` : `The tower is ${soon}as it was at the beginning.`}`
  }

  /**
   * The same in a few words, which stand above the tower on a phone, where the words are below it.
   * @param {number} place
   */
  headline(place) {
    const { chain } = this
    if (!chain) return ""
    const isOn = this.direction > 0
    if (place === 0 && isOn) return "These bits are the beginning."
    const image = Math.floor((isOn ? place - 1 : place) / STEPS)
    const { taken, pixels, latent } = chain.costs(image)
    const choice = taken ? bitsOf(taken) : "less than 1 bit"
    const texts = isOn
      ? [`↓ ${choice} off, to choose z`, `↑ pixels go on: ${bitsOf(pixels)}`, `↑ z goes on: ${bitsOf(latent)}`]
      : [`↑ ${choice} given back`, `↓ pixels come off: ${bitsOf(pixels)}`, `↓ z comes off: ${bitsOf(latent)}`]
    return `Image ${chain.nameOf(image)} ${texts[(isOn ? place - 1 : place) % STEPS]}`
  }

  draw() {
    const { chain, canvas } = this
    const zoom = zoomOf(canvas)
    const [width, isLow] = [this.root.clientWidth / zoom, zoom > 1]
    if (!chain || !width) return
    const context = contextOf(canvas, width, sceneHeight(width, isLow, chain))
    new Scene(context, width, isLow, chain, this.at, this.direction).draw()
  }

  destroy() {
    super.destroy()
    this.player.pause()
    cancelAnimationFrame(this.frame)
  }
}

export default mounting(".bit-tower", BitTower)
