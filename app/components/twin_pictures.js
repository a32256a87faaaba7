// A picture of one model of those side by side.

import { drawMeans } from "./kit/canvas.js"

export class Picture {
  /**
   * @param {number} number of the model
   * @param {any} header
   * @param {string} role
   * @param {string} text
   */
  constructor(number, header, role, text) {
    const { title, name } = header.models[number]
    this.shape = header.image_shape
    this.canvas = tile(role, `${title}: ${text}`, this.shape)
    const figure = made("figure", "")
    this.text = text
    this.caption = made("figcaption", "", text)
    figure.append(this.canvas, this.caption)
    this.element = made("div", "twin-picture")
    this.element.append(made("strong", "twin-again", name), figure)
  }

  /**
   * @param {Float32Array} pixels
   * @param {string} [place] where it is, in place of the usual words
   */
  draw(pixels, place = "") {
    paint(this.canvas, pixels, this.shape)
    const words = place || this.text
    if (this.caption.textContent !== words) this.caption.textContent = words
  }
}

/**
 * A canvas for one image.
 * @param {string} role
 * @param {string} words
 * @param {import("./kit/canvas.js").ImageShape} shape
 */
export function tile(role, words, shape) {
  const canvas = picture(role, words)
  ;[canvas.height, canvas.width] = shape
  canvas.className = "twin-tile"
  return canvas
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Float32Array} pixels
 * @param {import("./kit/canvas.js").ImageShape} shape
 */
export function paint(canvas, pixels, shape) {
  drawMeans(canvas, pixels, shape)
  canvas.pixels = pixels
}

/**
 * A canvas with a role and words for those who hear the page.
 * @param {string} role
 * @param {string} words
 * @param {boolean} [hasKeys] whether Tab reaches it, and keys move what it shows
 */
export function picture(role, words, hasKeys = false) {
  const canvas = document.createElement("canvas")
  canvas.dataset.role = role
  canvas.setAttribute("role", hasKeys ? "application" : "img")
  if (hasKeys) canvas.tabIndex = 0
  canvas.setAttribute("aria-label", words)
  return canvas
}

/**
 * @param {string} kind
 * @param {string} className
 * @param {string} [text]
 */
export function made(kind, className, text = "") {
  return Object.assign(document.createElement(kind), { className, textContent: text })
}
