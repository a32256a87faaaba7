// The brush covers pixels, or blocks of them at once, and uncovers them again.

import { circle, context2d, line } from "./kit/canvas.js"
import { HandCanvas } from "./kit/hand.js"
import { mounting } from "./kit/mount.js"
import { clamp } from "./kit/numbers.js"
import { packBits } from "./kit/pack.js"

/** @typedef {import("./kit/hand.js").Place} Place */

const SIDE = 560
const MOST_UNDO = 100
const LEAST_REACH = 0.71 // a pixel at the least

class RepairBrush extends HandCanvas {
  /** @type {any} */
  header = null
  version = ""
  x = new Uint8Array() // the image, from 0 to 255
  blockMasks = new Uint8Array()
  hidden = new Uint8Array() // 1 = hidden, one a pixel
  /** @type {Uint8Array[]} what was hidden before, the last at the end */
  past = []
  cell = 1 // canvas pixels to a pixel of the image
  covers = true
  /** @type {Place | null} */
  at = null
  /** @type {Place} */
  last = [0, 0]

  /** @param {HTMLElement} root */
  constructor(root) {
    super(root)
    this.blocks = /** @type {HTMLElement} */ (root.querySelector("[data-role=blocks]"))
    this.size = /** @type {HTMLInputElement} */ (root.querySelector("input"))
    /** @type {NodeListOf<HTMLElement>} */
    const tools = root.querySelectorAll("[data-tool]")
    this.tools = [...tools]
    for (const tool of this.tools) tool.onclick = () => this.take(tool)
    this.canvas.onpointerleave = () => this.pointer === null && this.hover(null)
  }

  /** @param {import("./kit/pack.js").Packed} packed */
  load({ header, arrays }) {
    this.header = header
    this.x = arrays.x
    this.blockMasks = arrays.blocks
    const [height, width] = header.image_shape
    if (header.version !== this.version) {
      this.version = header.version
      this.hidden = arrays.hidden.slice()
      this.past = []
      this.pointer = null
      this.key = { at: [width / 2, height / 2], isDown: false, isVisible: false }
    }
    this.cell = Math.max(1, Math.floor(SIDE / Math.max(height, width)))
    this.canvas.width = width * this.cell
    this.canvas.height = height * this.cell
    if (this.blocks.dataset.names !== header.blocks.join()) this.addBlocks(header.blocks)
    this.draw()
  }

  /** @param {string[]} names */
  addBlocks(names) {
    this.blocks.dataset.names = names.join()
    const buttons = names.map((name, number) => {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: name })
      button.onclick = () => {
        const pixels = this.hidden.length
        this.replace(this.blockMasks.slice(number * pixels, (number + 1) * pixels))
      }
      return button
    })
    this.blocks.replaceChildren(...buttons)
  }

  /** @param {HTMLElement} tool */
  take(tool) {
    for (const other of this.tools) other.setAttribute("aria-pressed", String(other === tool))
    this.covers = tool.dataset.tool === "cover"
  }

  /**
   * A place on the image, in its pixels.
   * @param {PointerEvent} event
   */
  place(event) {
    const box = this.canvas.getBoundingClientRect()
    const [height, width] = this.header.image_shape
    return [((event.clientX - box.left) / box.width) * width, ((event.clientY - box.top) / box.height) * height]
  }

  /** The brush's radius, in pixels of the image. */
  get reach() {
    return Math.max(LEAST_REACH, Number(this.size.value) / 2)
  }

  /**
   * Covers (or reveals) every pixel whose centre is within the brush of the line between two places.
   * @param {Place} from
   * @param {Place} to
   */
  stroke([ax, ay], [bx, by]) {
    const [height, width] = this.header.image_shape
    const { reach } = this
    const [dx, dy] = [bx - ax, by - ay]
    const length = dx * dx + dy * dy || 1
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const [px, py] = [column + 0.5 - ax, row + 0.5 - ay]
        const t = clamp((px * dx + py * dy) / length, 0, 1)
        if (Math.hypot(px - t * dx, py - t * dy) <= reach) this.hidden[row * width + column] = this.covers ? 1 : 0
      }
    }
  }

  /** @param {Place} at */
  begin(at) {
    this.remember()
    this.last = at
    this.stroke(at, at)
  }

  /** @param {Place} at */
  go(at) {
    this.stroke(this.last, at)
    this.last = at
  }

  /** @type {(at: Place, step: number[], far: boolean) => Place} */
  stepped([x, y], [dx, dy], far) {
    const [height, width] = this.header.image_shape
    const size = far ? 5 : 1
    return [clamp(x + dx * size, 0.5, width - 0.5), clamp(y + dy * size, 0.5, height - 0.5)]
  }

  /** @param {PointerEvent} event */
  onUp(event) {
    if (event.pointerId === this.pointer && event.pointerType !== "mouse") this.at = null
    super.onUp(event)
  }

  /** @param {Place | null} at */
  hover(at) {
    this.at = at
    this.draw()
  }

  remember() {
    this.past.push(this.hidden.slice())
    if (this.past.length > MOST_UNDO) this.past.shift()
  }

  /** @param {Uint8Array} hidden */
  replace(hidden) {
    this.remember()
    this.hidden = Uint8Array.from(hidden)
    this.key.isDown = false
    this.changed()
  }

  clear() {
    this.replace(this.hidden.map(() => 0))
  }

  undo() {
    const before = this.past.pop()
    if (!before) return
    this.hidden = Uint8Array.from(before)
    this.changed()
  }

  changed() {
    this.draw()
    this.component.setStateValue("hidden", packBits(this.hidden))
  }

  draw() {
    const { cell, hidden } = this
    const context = context2d(this.canvas)
    this.drawPixels(context)
    if (this.at) {
      const middle = this.at.map((value) => value * cell)
      circle(context, middle, this.reach * cell, { stroke: "#000", width: 4 })
      this.drawCursor(context, middle, this.reach * cell, 2, "#fff")
    }
    const count = hidden.reduce((sum, bit) => sum + bit, 0)
    const text = this.key.isDown ? "brush down" : `${count} of ${hidden.length} pixels hidden`
    if (this.pointer === null && this.output.textContent !== text) this.output.textContent = text
    this.buttons.undo.disabled = this.past.length === 0
    this.buttons.clear.disabled = count === 0
    this.canvas.dataset.hidden = String(count)
  }

  /** @param {CanvasRenderingContext2D} context */
  drawPixels(context) {
    const { cell, hidden, x } = this
    const { colours, image_shape: [, width, parts = 1] } = this.header
    for (let i = 0; i < hidden.length; i++) {
      const [left, top] = [(i % width) * cell, Math.floor(i / width) * cell]
      const [red, green, blue] = parts === 3 ? x.subarray(3 * i, 3 * i + 3) : [x[i], x[i], x[i]]
      context.fillStyle = hidden[i] ? colours.cover : `rgb(${red}, ${green}, ${blue})`
      context.fillRect(left, top, cell, cell)
      if (!hidden[i]) continue
      // One line from corner to corner, so that covered is no grey value.
      line(context, [[left, top + cell], [left + cell, top]], colours.hatch, Math.max(1, cell / 8))
    }
  }
}

export default mounting(".repair-brush", RepairBrush)
