// The classes as a wheel: from the middle, the image as it is, towards a class on the rim, or between two of them.

import { circle, contextOf, line, mosaic } from "./kit/canvas.js"
import { arrowStep, focusByHand } from "./kit/keys.js"
import { clamp } from "./kit/numbers.js"
import { placeOn } from "./kit/projector.js"

const MOST_TILES = 12
const [RIM, TILES] = [0.58, 0.76] // of half of the side
const SIDE = 270

export class Wheel {
  turn = 0
  amount = 0
  /** @type {any} */
  header = null
  /** @type {HTMLCanvasElement[]} */
  tiles = []

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {{ turn: (turn: number, amount: number) => void, letGo: () => void }} hand
   */
  constructor(canvas, hand) {
    this.canvas = canvas
    this.hand = hand
    canvas.onpointerdown = (event) => {
      if (event.button !== 0) return
      event.preventDefault()
      focusByHand(canvas)
      canvas.setPointerCapture(event.pointerId)
      this.point(event)
    }
    canvas.onpointermove = (event) => canvas.hasPointerCapture(event.pointerId) && this.point(event)
    canvas.onpointerup = canvas.onpointercancel = () => hand.letGo()
    canvas.onkeydown = (event) => this.onKey(event)
  }

  /**
   * @param {any} header
   * @param {Uint8Array} tiles what the decoder draws at the mean code of each class
   */
  offer(header, tiles) {
    const { classes, image_shape: shape } = header
    this.header = header
    this.canvas.hidden = !classes.length
    const isFew = classes.length <= MOST_TILES
    this.tiles = isFew ? classes.map((/** @type {string} */ _, /** @type {number} */ i) => mosaic(tiles, (i * tiles.length) / classes.length, 1, 1, shape)) : []
  }

  get count() {
    return this.header?.classes.length ?? 0
  }

  /** @param {PointerEvent} event */
  point(event) {
    const [x, y] = placeOn(event, this.canvas)
    const half = this.side / 2
    const [right, up] = [x - half, half - y]
    const amount = Math.hypot(right, up) / (half * RIM)
    this.hand.turn((Math.atan2(right, up) / (2 * Math.PI) + 1) % 1, amount < 0.08 ? 0 : clamp(amount, 0, 1))
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const step = arrowStep(event)
    if (!step && event.key !== "Escape") return
    event.preventDefault()
    const size = event.shiftKey ? 1 : 0.25
    const turn = step ? Math.round((this.turn * this.count + step[0] * size) * 4) / 4 / this.count : 0
    this.hand.turn((turn + 1) % 1, step ? clamp(Math.round((this.amount + 0.4 * step[1] * size) * 100) / 100, 0, 1) : 0)
    this.hand.letGo()
  }

  get side() {
    return Math.min(SIDE, this.canvas.parentElement?.clientWidth ?? SIDE)
  }

  /**
   * @param {number} turn
   * @param {number} amount
   */
  show(turn, amount) {
    Object.assign(this, { turn, amount })
    Object.assign(this.canvas.dataset, { turn: turn.toFixed(3), amount: amount.toFixed(2) })
    if (this.count) this.canvas.setAttribute("aria-description", this.words)
  }

  get words() {
    const { classes } = this.header
    const place = this.turn * this.count
    const [first, part] = [Math.floor(place) % this.count, place - Math.floor(place)]
    const name = part < 0.13 || part > 0.87 ? classes[Math.round(place) % this.count] : `${classes[first]} and ${classes[(first + 1) % this.count]}`
    return this.amount ? `${Math.round(100 * this.amount)} % of the way to class ${name}` : "the class stays"
  }

  draw() {
    const { canvas, side, header } = this
    if (!this.count) return
    canvas.style.width = `${side}px`
    const context = contextOf(canvas, side, side)
    const [half, { colours }] = [side / 2, header]
    const at = (/** @type {number} */ turn, /** @type {number} */ radius) => [half + radius * half * Math.sin(2 * Math.PI * turn), half - radius * half * Math.cos(2 * Math.PI * turn)]
    circle(context, [half, half], RIM * half, { stroke: colours.grid, width: 2 })
    context.textAlign = "center"
    context.textBaseline = "middle"
    const tile = this.tiles.length ? clamp((2 * Math.PI * TILES * half) / this.count - 6, 12, 30) : 0
    header.classes.forEach((/** @type {string} */ name, /** @type {number} */ i) => {
      const [x, y] = at(i / this.count, TILES)
      if (tile) context.drawImage(this.tiles[i], x - tile / 2, y - tile / 2 - 7, tile, tile)
      context.fillStyle = colours.text
      context.font = `${i === header.own ? "bold " : ""}13px system-ui, Segoe UI, Roboto, Arial, sans-serif`
      context.fillText(name.length > 9 ? `${name.slice(0, 8)}…` : name, x, tile ? y + tile / 2 + 2 : y)
    })
    const place = at(this.turn, RIM * this.amount)
    line(context, [[half, half], place], colours.latent, 2)
    circle(context, place, 9, { fill: colours.latent, stroke: colours.surface, width: 2 })
  }
}
