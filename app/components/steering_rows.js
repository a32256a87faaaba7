// The sliders of the steering bench: for each attribute what is asked for, what the images measure, and what the image measured before.

import { element } from "./kit/html.js"
import { difference } from "./kit/steering.js"
import { fixed } from "./kit/words.js"

/** @typedef {{ name: string, unit: string, meaning: string, turn: number }} Attribute */
/** @typedef {{ slider: HTMLInputElement, asked: HTMLElement, steered: HTMLElement, plain: HTMLElement, before: HTMLElement, free: HTMLButtonElement, row: HTMLElement }} Row */

const PLACES = 200 // of a slider
const MOVED = 0.03 // of a slider: a change that has an arrow
const COLUMNS = { asked: "asked", steered: "now", plain: "plain", before: "before" }

export class HandleRows {
  /** @type {Row[]} */
  rows = []
  /** @type {Attribute[]} */
  attributes = []

  /**
   * @param {HTMLElement} root
   * @param {{ ask: (row: number, value: number | null) => void, letGo: () => void }} hand
   */
  constructor(root, hand) {
    this.root = root
    this.hand = hand
  }

  /**
   * @param {Attribute[]} attributes
   * @param {{ low: number[], high: number[] }} ranges
   */
  offer(attributes, { low, high }) {
    this.attributes = attributes
    const head = element("div", { className: "head" })
    head.append(...[["", ""], ["", ""], ...Object.entries(COLUMNS), ["", ""]].map(([className, textContent]) => element("span", { textContent, className })))
    head.ariaHidden = "true"
    this.rows = attributes.map((attribute, i) => this.rowOf(attribute, i, low[i], high[i]))
    const nothing = element("p", { textContent: "Nothing that can be measured differs between this model's images." })
    this.root.replaceChildren(...(attributes.length ? [head, ...this.rows.map(({ row }) => row)] : [nothing]))
  }

  /**
   * @param {Attribute} attribute
   * @param {number} i
   * @param {number} low
   * @param {number} high
   * @returns {Row}
   */
  rowOf({ name, unit, meaning }, i, low, high) {
    const slider = element("input", { type: "range", min: String(low), max: String(high), step: String((high - low) / PLACES), title: meaning })
    slider.setAttribute("aria-label", `${name}, ${unit}`)
    slider.dataset.attribute = name
    slider.disabled = true
    slider.oninput = () => this.hand.ask(i, Number(slider.value))
    slider.onchange = () => this.hand.letGo()
    const free = element("button", { type: "button", textContent: "×", title: `Let ${name} stay as it is` })
    free.setAttribute("aria-label", `let ${name} stay as it is`)
    free.onclick = () => {
      this.hand.ask(i, null)
      this.hand.letGo()
      slider.focus({ preventScroll: true })
    }
    const row = element("div", { className: "row" })
    const [asked, steered, plain, before] = Object.keys(COLUMNS).map((className) => element("span", { className }))
    row.append(element("span", { className: "name", textContent: `${name}, ${unit}`, title: meaning }), slider, asked, steered, plain, before, free)
    return { slider, asked, steered, plain, before, free, row }
  }

  /**
   * @param {(number | null)[]} asked
   * @param {number[]} steered
   * @param {number[]} plain
   * @param {number[]} before of the image that nothing has changed yet
   */
  show(asked, steered, plain, before) {
    this.rows.forEach((row, i) => {
      const { unit, turn } = this.attributes[i]
      const value = asked[i]
      const number = (/** @type {number} */ amount) => (Number.isFinite(amount) ? fixed(amount, 1) : "none")
      const words = (/** @type {number} */ amount) => (Number.isFinite(amount) ? `${fixed(amount, 1)} ${unit}` : "undefined")
      row.slider.disabled = false
      row.slider.value = String(value ?? steered[i])
      row.row.classList.toggle("asked-for", value !== null)
      row.free.style.visibility = value === null ? "hidden" : "visible"
      row.asked.textContent = value === null ? "" : number(value)
      const change = difference(steered[i], before[i], turn) / (Number(row.slider.max) - Number(row.slider.min))
      const arrow = value !== null || !(Math.abs(change) > MOVED) ? "" : change > 0 ? "↑ " : "↓ "
      row.steered.textContent = arrow + number(steered[i])
      row.steered.dataset.value = String(steered[i])
      row.plain.textContent = number(plain[i])
      row.plain.dataset.value = String(plain[i])
      row.before.textContent = number(before[i])
      row.slider.setAttribute("aria-valuetext", value === null ? `${words(steered[i])}, held as far as it can` : `asked for ${words(value)}, measures ${words(steered[i])}`)
    })
  }
}
