// Drawings in SVG: elements, handles that are dragged or moved by keys, and a context for what is drawn on canvases.

import { arrowStep, BY_HAND, focusByHand } from "./keys.js"

/** @typedef {Record<string, string | number>} Attributes */

export const SVG = "http://www.w3.org/2000/svg"

/**
 * An SVG element with attributes, at the end of a parent, if there is one.
 * @param {string} name
 * @param {Attributes} attributes
 * @param {Element} [parent]
 * @returns {SVGElement}
 */
export function element(name, attributes, parent) {
  const node = /** @type {SVGElement} */ (document.createElementNS(SVG, name))
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, String(value))
  parent?.append(node)
  return node
}

/**
 * Letters at a place.
 * @param {Element} parent
 * @param {number} x
 * @param {number} y
 * @param {string} content
 * @param {string} fill
 * @param {string} [anchor]
 */
export function label(parent, x, y, content, fill, anchor = "start") {
  const node = element("text", { x, y, fill, "text-anchor": anchor }, parent)
  node.textContent = content
  return node
}

/**
 * A handle that Tab reaches and arrow keys move: `move` gets the steps to the right and up, five at a time with Shift.
 * @param {Element} parent
 * @param {string} name it has as `data-handle`
 * @param {string} words for those who hear the page
 * @param {(across: number, up: number) => void} move
 */
export function handle(parent, name, words, move) {
  const about = { class: "handle", tabindex: 0, role: "slider", "aria-label": words, "data-handle": name }
  const group = element("g", about, parent)
  group.onkeydown = (event) => {
    const step = arrowStep(event)
    if (!step) return
    event.preventDefault()
    const size = event.shiftKey ? 5 : 1
    move(step[0] * size, step[1] * size)
  }
  // A finger on it moves it, not the page: within an SVG, browsers do not heed touch-action.
  group.addEventListener("touchmove", (event) => event.preventDefault(), { passive: false })
  return group
}

/**
 * The circle of a handle, in a larger one that cannot be seen, for fingers.
 * @param {Element} group
 * @param {{ cx?: number, cy?: number, r: number, fill: string, stroke: string }} look
 * @param {number} reach
 */
export function grip(group, { cx = 0, cy = 0, ...look }, reach) {
  element("circle", { cx, cy, r: reach, fill: "transparent" }, group)
  element("circle", { class: "grip", cx, cy, ...look, "stroke-width": 3 }, group)
}

/**
 * Puts a handle at a place, and says its value.
 * @param {Element} group
 * @param {number} x
 * @param {number} y
 * @param {number} value
 * @param {string} words
 */
export function placeHandle(group, x, y, value, words) {
  group.setAttribute("transform", `translate(${x.toFixed(1)},${y.toFixed(1)})`)
  group.setAttribute("aria-valuenow", value.toFixed(3))
  group.setAttribute("aria-valuetext", words)
}

/**
 * The name of the handle under a pointer; undefined where there is none.
 * @param {Event} event
 */
export const handleUnder = (event) =>
  /** @type {SVGElement | null} */ (/** @type {Element} */ (event.target).closest("[data-handle]"))?.dataset.handle

/**
 * Follows a pointer from where it went down until it is released.
 * @param {PointerEvent} event
 * @param {SVGElement} svg
 * @param {(event: PointerEvent) => void} move
 * @param {() => void} letGo
 */
export function drag(event, svg, move, letGo) {
  svg.setPointerCapture(event.pointerId)
  svg.onpointermove = move
  svg.onpointerup = svg.onpointercancel = () => {
    svg.onpointermove = svg.onpointerup = svg.onpointercancel = null
    letGo()
  }
  event.preventDefault()
}

/**
 * Puts a new drawing in the place of the old one; the handle that had the focus has it again.
 * @param {HTMLElement} frame
 * @param {Element} svg
 */
export function replaceDrawing(frame, svg) {
  const active = /** @type {HTMLElement | null} */ (document.activeElement)
  const focused = frame.contains(active) && active?.dataset.handle
  const isByHand = active?.classList.contains(BY_HAND)
  frame.replaceChildren(svg)
  if (!focused) return
  if (isByHand) focusByHand(handleNamed(frame, focused))
  else handleNamed(frame, focused)?.focus({ preventScroll: true })
}

/**
 * @param {HTMLElement} frame
 * @param {string} name
 * @returns {SVGElement | null}
 */
export const handleNamed = (frame, name) => frame.querySelector(`[data-handle=${name}]`)

/** A canvas's context, as far as what is drawn over charts uses one, that draws SVG: lines and letters stay sharp. */
export class SvgContext {
  globalAlpha = 1
  lineWidth = 1
  lineJoin = "miter"
  fillStyle = "#000"
  strokeStyle = "#000"
  font = "12px sans-serif"
  textAlign = "left"
  textBaseline = "alphabetic"
  imageSmoothingEnabled = false
  path = ""

  /** @param {import("./boxes.js").Box} box */
  constructor({ left, top, width, height }) {
    this.drawing = element("svg", { x: left, y: top, width, height, overflow: "hidden" })
  }

  /**
   * @param {string} name
   * @param {Attributes} attributes
   * @param {string} [text]
   */
  add(name, attributes, text = "") {
    element(name, { ...attributes, opacity: this.globalAlpha }, this.drawing).textContent = text
  }

  beginPath() {
    this.path = ""
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  moveTo(x, y) {
    this.path += `M${x.toFixed(2)} ${y.toFixed(2)}`
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  lineTo(x, y) {
    this.path += `${this.path ? "L" : "M"}${x.toFixed(2)} ${y.toFixed(2)}`
  }

  /**
   * Whole circles: nothing draws parts of one.
   * @param {number} x
   * @param {number} y
   * @param {number} radius
   * @param {number} _from
   * @param {number} _to
   */
  arc(x, y, radius, _from, _to) {
    this.moveTo(x - radius, y)
    for (const side of [1, -1]) this.path += `A${radius} ${radius} 0 0 1 ${(x + side * radius).toFixed(2)} ${y.toFixed(2)}`
  }

  stroke() {
    const line = { stroke: this.strokeStyle, "stroke-width": this.lineWidth, "stroke-linejoin": this.lineJoin }
    this.add("path", { d: this.path, fill: "none", ...line })
  }

  fill() {
    this.add("path", { d: this.path, fill: this.fillStyle })
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {number} width
   * @param {number} height
   */
  fillRect(x, y, width, height) {
    this.add("rect", { x, y, width, height, fill: this.fillStyle })
  }

  /**
   * @param {string} text
   * @param {number} x
   * @param {number} y
   */
  fillText(text, x, y) {
    this.addText(text, x, y, { fill: this.fillStyle })
  }

  /**
   * @param {string} text
   * @param {number} x
   * @param {number} y
   */
  strokeText(text, x, y) {
    this.addText(text, x, y, { fill: "none", stroke: this.strokeStyle, "stroke-width": this.lineWidth, "stroke-linejoin": this.lineJoin })
  }

  /**
   * @param {string} text
   * @param {number} x
   * @param {number} y
   * @param {Attributes} look
   */
  addText(text, x, y, look) {
    const anchor = { center: "middle", right: "end" }[this.textAlign] ?? "start"
    /** @type {Attributes} */
    const middle = this.textBaseline === "middle" ? { "dominant-baseline": "central" } : {}
    this.add("text", { x, y, ...look, style: `font: ${this.font}`, "text-anchor": anchor, ...middle }, text)
  }

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {number} x
   * @param {number} y
   * @param {number} width
   * @param {number} height
   */
  drawImage(canvas, x, y, width, height) {
    /** @type {Attributes} */
    const crisp = this.imageSmoothingEnabled ? {} : { style: "image-rendering: pixelated" }
    this.add("image", { href: canvas.toDataURL(), x, y, width, height, preserveAspectRatio: "none", ...crisp })
  }
}
