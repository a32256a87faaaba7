// One iteration of AEVB in slow motion, stage by stage: played, or step by step with buttons and keys. The iteration came with the
// page; the server hears at which stage the scene is, for the words beside it and for the link.

import { LinkedState } from "./kit/address.js"
import { contextOf, drawBytes, fit, valuesIn } from "./kit/canvas.js"
import { arrowStep } from "./kit/keys.js"
import { Component, Elsewhere, mounting } from "./kit/mount.js"
import { PlayButton } from "./kit/play_button.js"
import { placeOn, zoomOf } from "./kit/projector.js"
import { share } from "./kit/shared.js"
import { PHONE, sceneHeight, STAGES } from "./slow_motion_places.js"
import { Scene } from "./slow_motion_scene.js"

const STAGE_SECONDS = 2.4 // how long the motion of a stage takes
const REST_SECONDS = 2 // until the next stage begins by itself
const [AROUND, AROUND_ON_PHONE] = [312, 536] // pixels of the window for what stands above the scene
const PICTURES = ["x", "decoded", "decoded_after"]

const KEYS = "arrow keys left and right go from stage to stage, up and down from image to image"

class SlowMotion extends Component {
  /** @type {import("./slow_motion_places.js").Iteration | null} */
  iteration = null
  stage = 0
  time = 1 // how far the stage is, from 0 to 1
  rest = 0 // seconds since the stage was complete
  front = 0 // the image in front
  /** @type {Scene | null} the last drawing */
  scene = null
  frame = 0 // the motion of one step, which ends by itself
  /** @type {string[]} where the scene was when it told the server, which has not answered yet */
  told = []
  place = "" // the last one that the server knows or was told

  /** @param {HTMLElement} root */
  constructor(root) {
    super(root)
    this.canvas = /** @type {HTMLCanvasElement} */ (root.querySelector("canvas"))
    this.output = /** @type {HTMLOutputElement} */ (root.querySelector("output"))
    const [play, back, step] = /** @type {NodeListOf<HTMLButtonElement>} */ (root.querySelectorAll("button"))
    this.back = back
    this.step = step
    this.player = new PlayButton(play, (seconds) => this.advance(seconds), () => this.begin(), () => STAGE_SECONDS)
    back.onclick = () => this.go(-1)
    step.onclick = () => this.go(1)
    this.play = play
    this.canvas.onclick = (event) => this.press(placeOn(event, this.canvas))
    this.linked = new LinkedState(this.cleanups, "slow_image", () => this.restore())
    share(root, "slow", () => (this.iteration ? [this.front] : []), ([front]) => this.choose(front))
    root.onkeydown = (event) => this.onKey(event)
    this.stillness = matchMedia("(prefers-reduced-motion: reduce)")
    const onStillness = () => {
      play.hidden = this.isStill
      if (this.isStill) this.player.pause()
    }
    this.cleanups.listen(this.stillness, ["change"], onStillness)
    onStillness()
    this.elsewhere = new Elsewhere(this.cleanups, (target) => root.contains(target))
    this.cleanups.watchSize(root, () => this.draw())
  }

  get isStill() {
    return this.stillness.matches
  }

  /** @param {import("./kit/pack.js").Packed} packed */
  load({ header, arrays }) {
    const isFirst = !this.iteration
    const isNew = header.number !== this.iteration?.header.number
    this.iteration = { header, arrays, pictures: isNew || !this.iteration ? picturesOf(header, arrays) : this.iteration.pictures }
    const place = `${header.number} ${header.stage}`
    const answered = this.told.indexOf(place)
    this.told.splice(0, answered + 1)
    if (answered < 0 && (isNew || !this.told.length)) {
      this.place = place
      this.show(header.stage, 1)
    } else if (isNew) this.show(header.stage, this.isStill ? 1 : 0)
    if (isFirst) this.restore()
    else this.draw()
  }

  // -- the image in front ------------------------------------------------------------------------------------------

  get count() {
    return this.iteration?.arrays.kl.length ?? 0
  }

  /** @param {number} front */
  choose(front) {
    if (!Number.isInteger(front) || front < 0 || front >= this.count) return
    this.front = front
    this.linked.keep(front ? String(front + 1) : "")
    this.draw()
  }

  /** Shows the image of the page's link, else the first. */
  restore() {
    const [number = 1] = this.linked.numbers
    this.front = Number.isInteger(number) && number > 0 && number <= this.count ? number - 1 : 0
    this.draw()
  }

  /** An image comes to the front. @param {[number, number]} place */
  press(place) {
    this.choose(this.scene?.imageAt(place) ?? -1)
  }

  // -- time --------------------------------------------------------------------------------------------------------

  begin() {
    this.rest = 0
    if (this.stage === STAGES - 1 && this.time >= 1) this.show(0, 0)
    else if (this.time >= 1) this.show(this.stage + 1, 0)
    this.tell()
  }

  /** @param {number} seconds */
  advance(seconds) {
    if (this.time < 1) this.time = Math.min(1, this.time + seconds / STAGE_SECONDS)
    else {
      this.rest += seconds
      if (this.stage === STAGES - 1) return false
      if (this.rest >= REST_SECONDS) {
        this.show(this.stage + 1, 0)
        if (!this.elsewhere.isQuiet) this.tell()
      }
    }
    this.draw()
  }

  /** One stage forwards or back; beyond the ends, another iteration. @param {number} by */
  go(by) {
    if (!this.iteration || (by < 0 ? this.back : this.step).disabled) return
    this.player.pause()
    const stage = this.stage + by
    if (stage >= 0 && stage < STAGES) {
      this.show(stage, by > 0 && !this.isStill ? 0 : 1)
      return this.tell()
    }
    this.tell(this.iteration.header.number + by, by > 0 ? 0 : STAGES - 1)
  }

  /** @param {number} stage @param {number} time */
  show(stage, time) {
    this.stage = stage
    this.time = time
    this.rest = 0
    cancelAnimationFrame(this.frame)
    if (time < 1 && !this.player.frame) this.move()
    this.draw()
  }

  /** The motion of one step. */
  move() {
    let before = performance.now()
    const tick = (/** @type {number} */ now) => {
      if (this.player.frame) return
      this.time = Math.min(1, this.time + Math.max(0, now - before) / 1000 / STAGE_SECONDS)
      before = now
      this.draw()
      if (this.time < 1) this.frame = requestAnimationFrame(tick)
    }
    this.frame = requestAnimationFrame(tick)
  }

  /** @param {number} [number] @param {number} [stage] */
  tell(number = this.iteration?.header.number ?? 1, stage = this.stage) {
    const place = `${number} ${stage}`
    if (place === this.place) return
    this.place = place
    this.told.push(place)
    this.component.setTriggerValue("at", [number, stage]) // a state could go with the other fragment's request, and get lost
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const [across, up] = arrowStep(event) ?? [0, 0]
    if (across) this.go(across)
    else if (up) this.choose((this.front - up + this.count) % this.count)
    else if (event.key === " " && event.target === this.canvas && !this.isStill) this.play.click()
    else return
    event.preventDefault()
  }

  // -- pictures ----------------------------------------------------------------------------------------------------

  draw() {
    const { iteration, canvas, stage } = this
    const width = this.root.clientWidth
    if (!iteration || !width) return
    const { names, number, last, colours } = iteration.header
    const around = width < PHONE ? AROUND_ON_PHONE : AROUND
    const height = sceneHeight(width, document.documentElement.clientHeight - around, zoomOf(canvas) > 1)
    const context = contextOf(canvas, width, height)
    context.fillStyle = colours.surface
    context.fillRect(0, 0, width, height)
    this.scene = new Scene(context, width, height, iteration, stage, this.time, this.front)
    this.scene.draw()
    this.back.disabled = number === 1 && stage === 0
    this.step.disabled = number === last && stage === STAGES - 1
    const [count, image] = [`${stage + 1} of ${STAGES}`, `image ${this.front + 1}`]
    const text = `${count}: ${names[stage]} · ${image}`
    const line = width < PHONE ? `${count} · ${image}` : text // on a phone the stage's words, with its name, stand right above
    if (this.output.textContent !== line) this.output.textContent = line
    canvas.setAttribute("aria-label", `One iteration of AEVB in slow motion, stage ${text}; ${KEYS}`)
    Object.assign(canvas.dataset, { stage: String(stage), number: String(number), image: String(this.front + 1), time: this.time.toFixed(2) })
  }

  destroy() {
    super.destroy()
    this.player.pause()
    cancelAnimationFrame(this.frame)
  }
}

/**
 * Each image of an iteration on a canvas of its own.
 * @param {any} header
 * @param {import("./kit/pack.js").Arrays} arrays
 */
function picturesOf(header, arrays) {
  const shape = header.image_shape
  const size = valuesIn(shape)
  const images = (/** @type {string} */ name) =>
    Array.from({ length: arrays[name].length / size }, (_, i) => {
      const canvas = document.createElement("canvas")
      fit(canvas, shape)
      drawBytes(canvas, arrays[name], i * size, shape)
      return canvas
    })
  return Object.fromEntries(PICTURES.map((name) => [name, images(name)]))
}

export default mounting(".slow-motion", SlowMotion)
