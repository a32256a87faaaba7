// A picture of one model of those side by side, and what differs from the first model's. The first model has the key to the colours there.

import { context2d, drawMeans } from "./kit/canvas.js"
import { clamp } from "./kit/numbers.js"
import { fixed } from "./kit/words.js"

const [DARKER, BRIGHTER] = [[0, 114, 178], [213, 94, 0]] // told apart by colour-blind eyes; the key names them

export class Pictures {
  /** @type {Record<string, HTMLCanvasElement>} */
  images = {}

  /**
   * @param {number} number of the model; the first has no differences
   * @param {any} header
   * @param {string} role of the picture; what differs has "Difference" after it
   * @param {string} text
   */
  constructor(number, header, role, text) {
    const { title } = header.models[number]
    this.shape = header.image_shape
    this.title = title
    this.role = role
    const pair = made("div", "twin-pair")
    const first = header.models[0].name
    pair.append(this.figure(role, text), number ? this.figure(`${role}Difference`, `minus that of ${first}`) : keyOf(first))
    this.nearest = this.figure("nearest", "")
    this.nearest.className = "twin-nearest"
    this.images.nearest.after(this.canvas("nearestDifference", "what differs"))
    this.element = made("div", "twin-pictures")
    this.element.append(made("strong", "twin-again", title), pair)
  }

  /**
   * @param {string} role
   * @param {string} text
   */
  figure(role, text) {
    const figure = document.createElement("figure")
    figure.append(this.canvas(role, text), made("figcaption", "", text))
    return figure
  }

  /**
   * @param {string} role
   * @param {string} text
   */
  canvas(role, text) {
    const canvas = picture(role, `${this.title}: ${text}`)
    ;[canvas.height, canvas.width] = this.shape
    canvas.className = role.toLowerCase().endsWith("difference") ? "" : "twin-tile"
    this.images[role] = canvas
    return canvas
  }

  /**
   * @param {Float32Array} pixels
   * @param {Float32Array} reference the first model's
   */
  draw(pixels, reference) {
    this.drawPicture(this.role, pixels)
    if (this.images[`${this.role}Difference`]) this.drawDifference(`${this.role}Difference`, pixels, reference)
  }

  /**
   * @param {string} role
   * @param {Float32Array} pixels
   */
  drawPicture(role, pixels) {
    drawMeans(this.images[role], pixels, this.shape)
    this.images[role].pixels = pixels
  }

  /**
   * The most similar picture of a test image, below the draws, and what differs: to a draw in a hole it is not similar.
   * @param {Float32Array | null} pixels null: z is no draw
   * @param {Float32Array} drawn the draw's
   * @param {number} distance
   * @param {number} limit above it the draw is in a hole
   */
  drawNearest(pixels, drawn, distance, limit) {
    const { nearest: figure, images: { nearest: canvas } } = this
    figure.style.visibility = pixels ? "visible" : "hidden"
    if (!pixels) return
    this.drawPicture("nearest", pixels)
    this.drawDifference("nearestDifference", drawn, pixels)
    const far = distance > limit
    const text = `Most similar picture of a test image, and the difference: ${fixed(distance, 2)}, ${far ? "above" : "below"} the limit ${fixed(limit, 2)}${far ? ": a hole." : "."}`
    const caption = /** @type {HTMLElement} */ (figure.lastElementChild)
    if (caption.textContent === text) return
    caption.textContent = text
    canvas.setAttribute("aria-label", `${this.title}: ${text}`)
  }

  /**
   * The difference of two images, of which the stronger says the colour. Of a colour image, the mean difference of its parts.
   * @param {string} role
   * @param {Float32Array} pixels
   * @param {Float32Array} reference
   */
  drawDifference(role, pixels, reference) {
    const canvas = this.images[role]
    const image = new ImageData(canvas.width, canvas.height)
    const difference = pixels.map((value, i) => value - reference[i])
    const parts = this.shape[2] ?? 1
    for (let at = 0; at < difference.length; at += parts) {
      const value = difference.subarray(at, at + parts).reduce((sum, part) => sum + part, 0) / parts
      const to = (4 * at) / parts
      image.data.set(value > 0 ? BRIGHTER : DARKER, to)
      image.data[to + 3] = 255 * clamp(Math.abs(value), 0, 1)
    }
    context2d(canvas).putImageData(image, 0, 0)
    canvas.pixels = difference
  }
}

/**
 * What the colours of the differences mean, in the place where the first model has none.
 * @param {string} name of the first model, in a sentence
 */
function keyOf(name) {
  const key = made("div", "twin-key")
  const colour = (/** @type {number[]} */ [red, green, blue], /** @type {string} */ text) => {
    const row = made("span", "", text)
    row.style.setProperty("--colour", `rgb(${red} ${green} ${blue})`)
    return row
  }
  key.append(made("span", "", "Colours of what differs:"), colour(BRIGHTER, `brighter than ${name}`), colour(DARKER, `darker than ${name}`))
  return key
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
