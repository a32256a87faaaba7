// The image and label of the encoded point under the pointer, the finger or, moved by keys, the cursor; and the encoded
// images nearest to z. The pictures are one sprite, which the server is asked for when a point is first met. A gallery shows all
// pictures at once, and belongs to no plane.

import { Axes } from "./kit/axes.js"
import { context2d } from "./kit/canvas.js"
import { Cleanups, Component, Elsewhere, mounting } from "./kit/mount.js"
import { isName } from "./live_decoder_plane.js"

/** @typedef {{ row: number, name: string, x: number, y: number }} Point an encoded image and its place on the chart */

const NEAR = 9 // pixels from the pointer to a point's centre
const LISTED = 8
const ROOM_ABOVE = 140 // pixels that the tallest popup needs above its point
const PATIENCE_MS = 3000 // an answer that has not come by then was lost in another run of the page

class Thumbnails extends Component {
  /** @type {any} */
  header = null
  points = new Float32Array() // z of each encoded image
  /** @type {ImageBitmap | null} */
  sprite = null
  spriteOf = "" // the id of the header that came with it
  askedAt = -Infinity
  /** @type {Point | null} the one whose popup is open */
  open = null
  isKeyed = false // whether keys moved the cursor last
  /** @type {Set<number>} rows of the gallery */
  marked = new Set()
  /** @type {string | null} the marks that the server was told and has not shown yet */
  told = null
  /** @type {HTMLCanvasElement | null} the live decoder's */
  canvas = null
  canvasCleanups = new Cleanups()
  chart = new Axes({ onFound: (plot) => this.listen(plot) })

  /** @param {HTMLElement} root */
  constructor(root) {
    super(root)
    this.popup = document.createElement("div")
    this.popup.className = "plane-thumbnail"
    this.popup.setAttribute("role", "status")
    this.popupPicture = document.createElement("canvas")
    this.popupPicture.setAttribute("aria-hidden", "true") // its label says which image it is
    this.popupLabel = document.createElement("span")
    this.popup.append(this.popupPicture, this.popupLabel)
    this.cleanups.watchPage(() => this.attach())
    const isOurs = (/** @type {Node} */ target) => [this.chart.element, this.root, this.canvas].some((part) => part?.contains(target))
    this.elsewhere = new Elsewhere(this.cleanups, isOurs, () => this.hide())
  }

  /** @param {import("./kit/pack.js").Packed} packed */
  async load({ header, arrays }) {
    const isSame = this.header?.id === header.id
    if (!isSame) this.askedAt = -Infinity
    if (!isSame || header.pressed?.join() === this.told) this.told = null
    if (this.told === null) this.marked = new Set(header.pressed)
    this.header = header
    this.points = arrays.points
    this.attach()
    this.list()
    if (!header.pictures || this.spriteOf === header.id) return
    this.sprite = await createImageBitmap(new Blob([arrays.png], { type: "image/png" }))
    this.spriteOf = header.id
    this.list()
    if (this.open) this.show(this.open)
  }

  attach() {
    if (!this.header || this.header.gallery) return
    this.chart.find(this.header.chart)
    if (this.chart.element && !this.popup.isConnected) this.chart.element.append(this.popup)
    /** @type {HTMLCanvasElement | null} */
    const canvas = document.querySelector("canvas[data-role=decoded]")
    if (canvas && canvas !== this.canvas) this.listenToDecoder(canvas)
  }

  /** @param {HTMLElement} plot */
  listen(plot) {
    const { cleanups } = this.chart
    const onMove = (/** @type {PointerEvent} */ event) => {
      this.isKeyed = false
      if (isName(event)) this.hide()
      else this.point(event)
    }
    const onLeave = (/** @type {PointerEvent} */ event) => event.pointerType !== "touch" && this.hide() // a finger leaves when it is lifted
    const onClick = (/** @type {PointerEvent} */ event) => {
      const point = this.header?.choosable ? this.nearest(event) : null
      if (point) this.choose(point.row)
    }
    cleanups.listen(plot, ["pointermove", "pointerdown"], onMove, true)
    cleanups.listen(plot, ["pointerleave"], onLeave, true)
    cleanups.listen(plot, ["click"], onClick, true)
  }

  /** @param {HTMLCanvasElement} canvas */
  listenToDecoder(canvas) {
    this.canvasCleanups.run()
    this.canvas = canvas
    this.canvasCleanups.listen(canvas, ["keydown"], () => (this.isKeyed = true))
    this.canvasCleanups.listen(canvas, ["blur"], () => {
      this.isKeyed = false
      this.hide()
    })
    const observer = new MutationObserver(() => {
      this.list()
      if (this.isKeyed) this.pointAtCursor()
    })
    const begin = (/** @type {MutationObserver} */ observer) => observer.observe(canvas, { attributes: true, attributeFilter: ["data-z"] })
    this.canvasCleanups.watch(observer, begin)
    this.list()
  }

  /**
   * The encoded point under the pointer.
   * @param {{ clientX: number, clientY: number }} event
   * @returns {Point | null}
   */
  nearest(event) {
    const { box } = this.chart
    const place = this.chart.place(event, { outside: true })
    /** @type {HTMLCanvasElement | null | undefined} */
    const pointsCanvas = this.chart.element?.querySelector("canvas[data-role=points]")
    const point = box && place && pointsCanvas?.overlay?.nearest?.(place[0], place[1], NEAR)
    return point ? { ...point, x: point.x + box.left, y: point.y + box.top } : null
  }

  /** @param {{ clientX: number, clientY: number }} event */
  point(event) {
    if (!this.header) return
    const point = this.nearest(event)
    if (!point) return this.hide()
    if (point.row !== this.open?.row) this.show(point)
    const now = performance.now()
    if (this.header.pictures || now <= this.askedAt + PATIENCE_MS || this.elsewhere.isQuiet) return
    this.askedAt = now
    this.component.setStateValue("wanted", Date.now()) // a number of its own: asking again is heard too
  }

  pointAtCursor() {
    const ring = this.chart.element?.querySelector(".plane-cursor")?.getBoundingClientRect()
    if (ring?.width) this.point({ clientX: ring.left + ring.width / 2, clientY: ring.top + ring.height / 2 })
  }

  /** @param {Point} point */
  show(point) {
    this.open = point
    this.popup.setAttribute("aria-live", this.isKeyed ? "polite" : "off") // under a pointer they would come in a stream
    const { row, name, x, y } = point
    this.popupLabel.textContent = this.header.names || name !== "encoded images" ? `#${row + 1} · ${name}` : `#${row + 1}`
    const isPictured = this.spriteOf === this.header.id
    this.popupPicture.style.display = isPictured ? "block" : "none"
    if (isPictured) this.paint(this.popupPicture, row)
    this.popup.dataset.row = String(row)
    this.popup.style.display = "flex"
    // Kept within the chart without asking for the popup's own size, which would lay the page out a second time.
    const [right, below] = [x > this.chart.width / 2, y < ROOM_ABOVE]
    this.popup.style.transform =
      `translate(${x + (right ? -14 : 14)}px, ${y + (below ? 10 : -10)}px) translate(${right ? "-100%" : "0"}, ${below ? "0" : "-100%"})`
  }

  hide() {
    this.open = null
    this.popup.style.display = "none"
  }

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {number} row
   */
  paint(canvas, row) {
    if (!this.sprite) return
    const { image_shape: [height, width], columns } = this.header
    canvas.width = width
    canvas.height = height
    canvas.dataset.row = String(row)
    const [left, top] = [(row % columns) * width, Math.floor(row / columns) * height]
    context2d(canvas).drawImage(this.sprite, left, top, width, height, 0, 0, width, height)
  }

  /** @param {number} row */
  choose(row) {
    if (this.header.mark) return this.mark(row)
    this.component.setTriggerValue("row", row) // a state is not told again when the same row is pressed again
  }

  /**
   * Tells all marks at once: while the server computes, only the last report waits.
   * @param {number} row
   */
  mark(row) {
    if (!this.marked.delete(row)) this.marked.add(row)
    const rows = [...this.marked].sort((a, b) => a - b)
    this.told = rows.join()
    this.component.setTriggerValue("marked", { of: this.header.id, rows })
    this.listAll()
  }

  /** The images whose encoded means are nearest to z, by Euclidean distance over all latent dimensions. */
  list() {
    if (this.header?.gallery) return this.listAll()
    const z = this.canvas?.latent
    const { header, points } = this
    if (!header?.listed || !z || z.length !== header.latent_dim) return this.root.replaceChildren()
    const distances = distancesTo(z, points, header.count)
    const rows = Array.from(distances.keys()).sort((a, b) => distances[a] - distances[b]).slice(0, LISTED)
    while (this.root.children.length < rows.length) this.root.append(this.card())
    rows.forEach((row, i) => {
      const button = /** @type {HTMLElement} */ (this.root.children[i])
      const canvas = /** @type {HTMLCanvasElement} */ (button.children[0])
      const away = distances[row].toFixed(2)
      button.children[1].textContent = `#${row + 1}${header.names ? ` · ${header.names[row]}` : ""}\n${away} away`
      button.dataset.row = String(row)
      const name = header.names ? `, class ${header.names[row]}` : ""
      button.setAttribute("aria-label", `test image ${row + 1}${name}, ${away} from z: look at its posterior`)
      if (this.spriteOf === header.id && canvas.dataset.row !== String(row)) this.paint(canvas, row)
    })
  }

  listAll() {
    const { gallery, framed, press, mark } = this.header
    this.root.classList.add("gallery")
    this.root.classList.toggle("wide", Boolean(mark))
    while (this.root.children.length < gallery.length) this.root.append(this.card())
    Array.from(this.root.children).forEach((button, row) => {
      const [canvas, label] = button.children
      const isMarked = this.marked.has(row)
      label.textContent = (isMarked && mark) || gallery[row]
      button.setAttribute("data-row", String(row))
      button.setAttribute("aria-label", [`draw ${row + 1}`, label.textContent, framed.includes(row) && "framed"].filter(Boolean).join(", ") + `: ${press}`)
      button.setAttribute("aria-pressed", String(isMarked))
      button.classList.toggle("framed", framed.includes(row))
      if (this.spriteOf === this.header.id && canvas instanceof HTMLCanvasElement) this.paint(canvas, row)
    })
  }

  card() {
    const button = document.createElement("button")
    button.type = "button"
    const label = document.createElement("span")
    label.style.whiteSpace = "pre-line"
    button.append(document.createElement("canvas"), label)
    button.onclick = () => this.choose(Number(button.dataset.row))
    return button
  }

  destroy() {
    super.destroy()
    this.canvasCleanups.run()
    this.chart.release()
    this.popup.remove()
  }
}

/**
 * Euclidean distances from z to points (count x latent_dim, flat).
 * @param {number[]} z
 * @param {Float32Array} points
 * @param {number} count
 */
function distancesTo(z, points, count) {
  return Float64Array.from({ length: count }, (_, row) => {
    let sum = 0
    for (let k = 0, at = row * z.length; k < z.length; k++) sum += (points[at + k] - z[k]) ** 2
    return Math.sqrt(sum)
  })
}

export default mounting(".thumbnails", Thumbnails)
