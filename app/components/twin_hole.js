// What a hole is, on two draws of one model, between the draws and the maps: each beside the most similar picture of a test image, with what
// differs.

import { fixed, nth } from "./kit/words.js"
import { made, paint, tile } from "./twin_pictures.js"

const TEXTS = { drawn: "draw", nearest: "most similar picture of a test image", difference: "bright: here they differ" }
const CAPTIONS = { drawn: "draw", nearest: "nearest", difference: "difference" } // the same, below a small picture
const STRONGER = 2 // so many times as bright as a difference is the pixel that shows it

export class HolePair {
  element = made("div", "twin-hole")
  /** What one sees, beside the button above the draws. */
  sentence = made("p", "twin-sentence")

  /** @param {any} header */
  constructor(header) {
    this.header = header
    this.sentence.append(
      made("strong", "", "Orange is a hole: it may look real, but no test image has a picture like it."),
      made("span", "", " Press a draw: how far off is it?"),
    )
    this.halves = ["far", "near"].map((kind) => new Half(kind, header.image_shape))
    this.element.append(...this.halves.map(({ element }) => element))
  }

  /**
   * The draws farthest from and nearest to the pictures of test images, of all draws; or in its place the draw that was pressed.
   * @param {import("./twin_column.js").Column} column of the model
   * @param {import("./twin_draws.js").Shown} shown
   */
  draw(column, { first, chosen, isPressed }) {
    const { number: model, arrays, header } = column
    const distances = arrays[`distances${model}`]
    const numbers = [distances.indexOf(Math.max(...distances)), distances.indexOf(Math.min(...distances))]
    if (isPressed) numbers[column.isHole(chosen) ? 0 : 1] = chosen
    const { name } = header.models[model]
    this.halves.forEach((half, i) => {
      half.element.classList.toggle("is-pressed", isPressed && numbers[i] === chosen)
      const which = isPressed && numbers[i] === chosen ? `The ${nth(chosen - first)} draw of ${name}` : `The ${i ? "best" : "worst"} of ${header.draws} draws of ${name}`
      half.draw(which, numbers[i], column)
    })
  }
}

class Half {
  key = ""

  /**
   * @param {string} kind
   * @param {import("./kit/canvas.js").ImageShape} shape
   */
  constructor(kind, shape) {
    this.shape = shape
    this.element = made("section", "")
    this.element.dataset.kind = kind
    this.title = made("strong", "")
    this.words = made("p", "")
    const row = made("div", "twin-row")
    this.tiles = /** @type {(keyof typeof TEXTS)[]} */ (Object.keys(TEXTS)).map((role) => {
      const figure = made("figure", "")
      const canvas = tile(role, TEXTS[role], shape)
      figure.append(canvas, made("figcaption", "", CAPTIONS[role]))
      row.append(figure)
      return canvas
    })
    this.element.append(this.title, row, this.words)
  }

  /**
   * @param {string} which draw, in words
   * @param {number} number of the draw
   * @param {import("./twin_column.js").Column} column
   */
  draw(which, number, column) {
    const key = [which, number, column.number].join()
    if (this.key === key) return
    this.key = key
    const { drawn, nearest, distance, limit, isHole } = column.likeness(number)
    this.title.textContent = `${which}: in ${isHole ? "a" : "no"} hole`
    this.words.textContent = `Difference ${fixed(distance, 2)}: ${verdict(isHole, distance / limit, fixed(limit, 2))}`
    const texts = Object.values(TEXTS)
    const pictures = [drawn, nearest, drawn.map((value, i) => STRONGER * Math.abs(value - nearest[i]))]
    this.tiles.forEach((canvas, i) => {
      paint(canvas, pictures[i], this.shape)
      canvas.setAttribute("aria-label", `${which}: ${texts[i]}`)
    })
  }
}

/**
 * @param {boolean} isHole
 * @param {number} times the limit that the draw is away
 * @param {string} limit
 */
function verdict(isHole, times, limit) {
  if (!isHole) return `below the limit ${limit}, so a test image has a picture like it.`
  return `${fixed(times, 1)} times the limit ${limit}, so no test image has a picture so close.`
}
