// The axes of a latent plane on the page, by their key, through resizing and replacement. `plane_axes` draws them; what lies over
// them finds its way from pixels to values, and back, here.

import { Cleanups } from "./mount.js"
import { placeOn } from "./projector.js"

/** @typedef {import("./boxes.js").Box} Box */
/**
 * What `plane_axes` leaves on its element.
 * @typedef {object} DrawnAxes
 * @property {number[][]} spans values at the ends of the two axes
 * @property {Box} box the axes' place on the element, in CSS pixels
 * @property {number} width of the element
 * @property {any} meta what Python says of the plane
 * @property {string} revision
 */

export const DRAWN = "plane-axes-drawn" // the event on the element after each drawing of its axes

export class Axes {
  /** @type {HTMLElement | null} */
  element = null
  cleanups = new Cleanups()

  /** @param {{ onFound?: (element: HTMLElement) => void, onDrawn?: () => void }} acts */
  constructor({ onFound, onDrawn }) {
    this.onFound = onFound // called with the element of new axes; `cleanups` are run when they are replaced
    this.onDrawn = onDrawn // called each time that the axes have been drawn
  }

  /**
   * Looks for the axes with this key, and says whether they are drawn.
   * @param {string} key
   */
  find(key) {
    /** @type {HTMLElement | null} */
    const element = document.querySelector(`.st-key-${key} .plane-axes`)
    if (!element?.axes) return false
    if (element === this.element) return true
    this.release()
    this.element = element
    if (this.onDrawn) this.cleanups.listen(element, [DRAWN], this.onDrawn)
    this.onFound?.(element)
    return true
  }

  release() {
    this.cleanups.run()
    this.element = null
  }

  get drawn() {
    return this.element?.axes ?? null
  }

  /**
   * The axes' place on the element; null until there are axes.
   * @returns {Box | null}
   */
  get box() {
    return this.drawn?.box ?? null
  }

  /** The element's width in CSS pixels. */
  get width() {
    return this.drawn?.width ?? 0
  }

  /** What Python says of the plane. */
  get meta() {
    return this.drawn?.meta
  }

  get revision() {
    return this.drawn?.revision
  }

  /**
   * Where a pointer is on the axes, in pixels; null where it is outside them, unless places `outside` count too.
   * @param {{ clientX: number, clientY: number }} event
   * @param {{ outside?: boolean }} [options]
   */
  place(event, { outside = false } = {}) {
    const { element, box } = this
    if (!element || !box) return null
    const [x, y] = placeOn(event, element)
    const [px, py] = [x - box.left, y - box.top]
    return outside || (px >= 0 && py >= 0 && px <= box.width && py <= box.height) ? [px, py] : null
  }

  /**
   * The values of the axes at a place on them, in pixels.
   * @param {number[]} place
   */
  values([px, py]) {
    const { spans: [[left, right], [bottom, top]], box: { width, height } } = /** @type {DrawnAxes} */ (this.drawn)
    return [left + (px / width) * (right - left), top - (py / height) * (top - bottom)]
  }

  /**
   * The maps from the axes' values to pixels.
   * @returns {{ x: (value: number) => number, y: (value: number) => number }}
   */
  get maps() {
    const { spans: [[left, right], [bottom, top]], box: { width, height } } = /** @type {DrawnAxes} */ (this.drawn)
    return {
      x: (value) => ((value - left) / (right - left)) * width,
      y: (value) => ((top - value) / (top - bottom)) * height,
    }
  }
}
