// Models side by side: one z, one x and one eps for all; the pointer over any plane moves the z of every one.

import { context2d, contextOf, drawMeans } from "./kit/canvas.js"
import { decode, decoderOf } from "./kit/decoder.js"
import { arrowStep } from "./kit/keys.js"
import { Component, mounting } from "./kit/mount.js"
import { clamp } from "./kit/numbers.js"
import { clipped, drawAxes, drawMark, drawPoints } from "./kit/plane.js"
import { coordinates, minus, shortList } from "./kit/words.js"

/** @typedef {Record<string, HTMLCanvasElement>} Canvases of one model, by role */

const FIRST_HIGHER = [0, 114, 178] // told apart by colour-blind eyes; the caption names them
const THIS_HIGHER = [213, 94, 0]
const NEAR_SPAN = [-4, 4]
const LARGEST_PLANE = 360 // pixels

class Twin extends Component {
  /** @type {any} */
  header = null
  /** @type {import("./kit/pack.js").Arrays} */
  arrays = {}
  /** @type {import("./kit/decoder.js").Decoder[]} */
  decoders = []
  /** @type {Canvases[]} */
  parts = []
  /** @type {number[]} */
  z = []
  isWide = false
  isPending = false

  /** @param {HTMLElement} root */
  constructor(root) {
    super(root)
    this.columns = /** @type {HTMLElement} */ (root.querySelector(".twin-columns"))
    this.output = /** @type {HTMLOutputElement} */ (root.querySelector("output"))
    /** @type {NodeListOf<HTMLButtonElement>} */
    const buttons = root.querySelectorAll(".twin-bar button")
    this.buttons = [...buttons]
    for (const button of this.buttons) button.onclick = () => this.scale(button.dataset.role)
    this.cleanups.watchSize(this.columns, () => this.draw())
    this.cleanups.listen(window, ["twin-seen"], () => this.draw())
  }

  /** @param {import("./kit/pack.js").Packed} packed */
  load({ header, arrays }) {
    const isSame = this.header?.latent_dim === header.latent_dim
    Object.assign(this, { header, arrays })
    this.decoders = header.models.map((/** @type {any} */ model, /** @type {number} */ number) => decoderOf(model, arrays, `${number}.`))
    if (!isSame) this.z = new Array(header.latent_dim).fill(0)
    this.parts = header.models.map((/** @type {{ title: string }} */ { title }, /** @type {number} */ number) => this.column(title, number))
    this.columns.replaceChildren(...this.parts.map(({ plane }) => /** @type {Element} */ (plane.parentElement)))
    this.draw()
  }

  /** @param {string | undefined} role */
  scale(role) {
    this.isWide = role === "all"
    for (const button of this.buttons) button.setAttribute("aria-pressed", String(button.dataset.role === role))
    this.draw()
  }

  /**
   * The canvases of one model, in a column of its own.
   * @param {string} title
   * @param {number} number
   */
  column(title, number) {
    const plane = picture("plane", `${title}: latent plane; arrow keys move the point`)
    plane.tabIndex = 0
    plane.onpointermove = plane.onpointerdown = (event) => this.onPointer(event, plane)
    plane.onkeydown = (event) => this.onKey(event)
    const first = this.header.models[0].title
    const cells = [
      ["decoded", `at the cursor: mean of p(x|z)`],
      ["difference", number ? `minus that of ${first}` : "all differences are to this model"],
      ["reconstruction", "x again: mean of p(x|z), z = μ + σε"],
      ["reconstructionDifference", number ? `minus that of ${first}` : ""],
    ]
    /** @type {Canvases} */
    const canvases = { plane }
    const pair = Object.assign(document.createElement("div"), { className: "twin-pair" })
    for (const [role, text] of cells) {
      const canvas = picture(role, `${title}: ${text}`)
      ;[canvas.height, canvas.width] = this.header.image_shape
      if (!number && role.toLowerCase().endsWith("difference")) canvas.style.visibility = "hidden"
      const figure = document.createElement("figure")
      figure.append(canvas, Object.assign(document.createElement("figcaption"), { textContent: text }))
      pair.append(figure)
      canvases[role] = canvas
    }
    const column = Object.assign(document.createElement("div"), { className: "twin-column" })
    column.append(Object.assign(document.createElement("strong"), { textContent: title }), plane, pair)
    return canvases
  }

  draw() {
    const seen = globalThis.twinSeen
    if (!this.header || !seen || seen.header.id !== this.header.id || !this.columns.clientWidth) return
    const decoded = this.decoders.map((decoder) => decode(decoder, this.z))
    const again = this.decoders.map((_, number) => seen.arrays[`reconstruction${number}`])
    this.parts.forEach((canvases, number) => {
      this.drawPlane(canvases.plane, number, seen.arrays[`z${number}`])
      this.drawImage(canvases.decoded, decoded[number])
      this.drawImage(canvases.reconstruction, again[number])
      if (number) {
        this.drawDifference(canvases.difference, decoded[number], decoded[0])
        this.drawDifference(canvases.reconstructionDifference, again[number], again[0])
      }
    })
    const texts = coordinates(this.z)
    this.root.dataset.z = texts.join(",")
    this.root.latent = this.z
    this.output.textContent = `the same z = (${minus(shortList(texts)).replaceAll("-", "−")}) for all`
  }

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {number} number
   * @param {Float32Array} zOfX where the model puts z of the chosen x
   */
  drawPlane(canvas, number, zOfX) {
    const side = Math.min(canvas.parentElement?.clientWidth ?? 0, LARGEST_PLANE)
    canvas.style.width = `${side}px`
    const context = contextOf(canvas, side, side)
    const { axes, colours, class_colours: classColours, titles, reach } = this.header
    const plane = drawAxes(context, side, this.isWide ? [-reach, reach] : NEAR_SPAN, titles, colours)
    canvas.plane = plane
    clipped(context, plane, () => {
      drawPoints(context, plane, this.arrays[`points${number}`], this.arrays.labels, classColours, colours.encoder, 2.5)
      context.strokeStyle = colours.prior
      context.setLineDash([4, 4])
      for (const radius of [1, 2]) {
        context.beginPath()
        context.arc(plane.x(0), plane.y(0), plane.x(radius) - plane.x(0), 0, 2 * Math.PI)
        context.stroke()
      }
      context.setLineDash([])
      drawMark(context, plane, zOfX, colours.data, colours.surface, "x")
      const z = [this.z[axes[0]], axes.length > 1 ? this.z[axes[1]] : 0]
      drawMark(context, plane, z, colours.latent, colours.surface, "z")
    })
  }

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {Float32Array} pixels
   */
  drawImage(canvas, pixels) {
    drawMeans(canvas, pixels, this.header.image_shape)
    canvas.pixels = pixels
  }

  /**
   * The difference of two images, of which the stronger says the colour. Of a colour image, the mean difference of its parts.
   * @param {HTMLCanvasElement} canvas
   * @param {Float32Array} pixels
   * @param {Float32Array} reference
   */
  drawDifference(canvas, pixels, reference) {
    const image = new ImageData(canvas.width, canvas.height)
    const difference = pixels.map((value, i) => value - reference[i])
    const parts = this.header.image_shape[2] ?? 1
    for (let at = 0; at < difference.length; at += parts) {
      const value = difference.subarray(at, at + parts).reduce((sum, part) => sum + part, 0) / parts
      const to = (4 * at) / parts
      image.data.set(value > 0 ? THIS_HIGHER : FIRST_HIGHER, to)
      image.data[to + 3] = 255 * clamp(Math.abs(value), 0, 1)
    }
    context2d(canvas).putImageData(image, 0, 0)
    canvas.pixels = difference
  }

  /**
   * @param {PointerEvent} event
   * @param {HTMLCanvasElement} canvas
   */
  onPointer(event, canvas) {
    if (event.pointerType === "touch" && event.type === "pointerdown") canvas.setPointerCapture(event.pointerId)
    const box = canvas.getBoundingClientRect()
    const [px, py] = [event.clientX - box.left, event.clientY - box.top]
    if (canvas.plane?.within(px, py)) this.moveTo(canvas.plane.latent(px, py))
  }

  /** @param {number[]} position */
  moveTo(position) {
    this.header.axes.forEach((/** @type {number} */ axis, /** @type {number} */ k) => (this.z[axis] = position[k]))
    if (this.isPending) return
    this.isPending = true
    queueMicrotask(() => {
      this.isPending = false
      this.draw()
    })
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const step = arrowStep(event)
    if (!step) return
    event.preventDefault()
    const size = (event.shiftKey ? 0.5 : 0.1) * (this.isWide ? this.header.reach / 4 : 1)
    this.moveTo(this.header.axes.map((/** @type {number} */ axis, /** @type {number} */ k) => this.z[axis] + step[k] * size))
  }
}

/**
 * A canvas with a role and words for those who hear the page.
 * @param {string} role
 * @param {string} words
 */
function picture(role, words) {
  const canvas = document.createElement("canvas")
  canvas.dataset.role = role
  canvas.setAttribute("role", "img")
  canvas.setAttribute("aria-label", words)
  return canvas
}

export default mounting(".twin", Twin)
