// Models side by side: one z, one x and one eps for all; the pointer over any plane or draw moves the z of every one.

import { LinkedState } from "./kit/address.js"
import { decoderOf } from "./kit/decoder.js"
import { arrowStep } from "./kit/keys.js"
import { Component, mounting } from "./kit/mount.js"
import { Narrator } from "./kit/narrator.js"
import { placeOn } from "./kit/projector.js"
import { share } from "./kit/shared.js"
import { coordinates, minus, nth, shortList } from "./kit/words.js"
import { Column } from "./twin_column.js"
import { HolePair } from "./twin_hole.js"
import { made } from "./twin_pictures.js"

const AT_ONCE = 10 // draws
const HOW = "On a map: dots are codes of test images, squares are draws, crosses are draws in a hole. Move over a map: all models decode the same z, at the ring."
const LIST = new Intl.ListFormat("en-GB") // a, b and c

class Twin extends Component {
  /** @type {any} */
  header = null
  /** @type {Column[]} */
  parts = []
  /** @type {number[]} */
  z = []
  isWide = false
  isPending = false
  /** @type {import("./twin_draws.js").Shown} */
  draws = { first: 0, count: 0, chosen: -1, isPressed: false }
  /** @type {HolePair | null} */
  hole = null
  model = 0 // whose draw was pressed
  /** @type {(boolean | undefined)[]} by model, whether z is in a hole; undefined where that is not known */
  inHole = []
  mapped = 0 // the model of the one map on a narrow screen
  how = made("p", "twin-how", HOW)

  /** @param {HTMLElement} root */
  constructor(root) {
    super(root)
    this.columns = /** @type {HTMLElement} */ (root.querySelector(".twin-columns"))
    this.place = /** @type {HTMLElement} */ (root.querySelector(".twin-place"))
    this.output = /** @type {HTMLOutputElement} */ (root.querySelector("output"))
    this.more = /** @type {HTMLButtonElement} */ (root.querySelector("[data-role=more]"))
    this.narrator = new Narrator(this.cleanups, root)
    this.how.dataset.words = "" // the glossary's are underlined
    this.more.onclick = () => {
      this.drawTen(this.draws.first + AT_ONCE)
      this.draw()
      this.remember()
    }
    /** @type {NodeListOf<HTMLButtonElement>} */
    const buttons = root.querySelectorAll(".twin-bar span button")
    this.buttons = [...buttons]
    for (const button of this.buttons) {
      button.onclick = () => {
        this.scale(button.dataset.role)
        this.linkedAxes.keep(this.isWide ? "1" : "")
      }
    }
    this.linkedPlace = new LinkedState(this.cleanups, "twin", () => this.restore())
    this.linkedAxes = new LinkedState(this.cleanups, "twin_axes", () => this.restore())
    share(root, "twin", () => this.z, (z) => {
      this.release()
      this.z = [...z]
      this.drawSoon()
    })
    this.cleanups.watchSize(this.columns, () => this.draw())
    this.cleanups.listen(window, ["twin-seen"], () => this.draw())
    this.cleanups.listen(document, ["toggle"], () => this.draw(), true)
  }

  /** @param {import("./kit/pack.js").Packed} packed */
  load({ header, arrays }) {
    const isFirst = !this.header
    const isSame = this.header?.latent_dim === header.latent_dim && this.header.draws === header.draws
    this.header = header
    this.parts = header.models.map((/** @type {any} */ model, /** @type {number} */ number) =>
      new Column(number, header, arrays, decoderOf(model, arrays, `${number}.`)),
    )
    for (const column of this.parts) {
      const { plane, draws: { canvas } } = column
      plane.onpointermove = plane.onpointerdown = (event) => this.onPointer(event, plane)
      plane.onkeydown = (event) => this.onKey(event)
      canvas.onpointermove = canvas.onpointerdown = (event) => this.onDraws(event, column)
      canvas.onkeydown = (event) => this.onDrawsKey(event, column)
    }
    this.hole = header.draws ? new HolePair(header) : null
    this.columns.replaceChildren(...this.parts.map(({ element }) => element), this.place, this.how, ...(this.hole ? [this.hole.element] : []), this.mapSwitch())
    this.more.parentElement?.replaceChildren(this.more, ...(this.hole ? [this.hole.sentence] : []))
    this.columns.style.setProperty("--models", String(this.parts.length))
    this.showMap(this.withMostHoles())
    this.more.hidden = header.draws <= AT_ONCE
    if (isFirst) this.restore()
    else if (!isSame) {
      this.begin()
      this.remember()
    }
    this.draw()
  }

  /** On a narrow screen there is room for one map: these buttons choose whose. */
  mapSwitch() {
    const group = document.createElement("div")
    group.className = "twin-switch"
    group.setAttribute("role", "group")
    group.setAttribute("aria-label", "Model")
    this.header.models.forEach((/** @type {{ name: string }} */ { name }, /** @type {number} */ number) => {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: name })
      button.onclick = () => {
        this.press(number)
        this.showMap(number)
        this.remember()
        this.draw()
      }
      group.append(button)
    })
    return group
  }

  /** The model that has most draws in holes; the first of equal ones. */
  withMostHoles() {
    const counts = this.parts.map(({ arrays }, number) => (arrays[`holes${number}`] ?? []).reduce((/** @type {number} */ sum, /** @type {number} */ hole) => sum + hole, 0))
    return counts.indexOf(Math.max(...counts))
  }

  /** @param {number} chosen */
  showMap(chosen) {
    this.mapped = chosen
    this.parts.forEach(({ element }, number) => element.classList.toggle("is-mapped", number === chosen))
    this.columns.querySelectorAll(".twin-switch button").forEach((button, number) => button.setAttribute("aria-pressed", String(number === chosen)))
  }

  begin() {
    this.z = new Array(this.header.latent_dim).fill(0)
    this.drawTen(0)
  }

  /** Shows the draws, the z and the axes of the page's link; without usable ones, the first. */
  restore() {
    if (!this.header) return
    this.begin()
    const [first, chosen, ...z] = this.linkedPlace.numbers
    if (first >= 0 && first % AT_ONCE === 0 && first < Math.max(1, this.header.draws)) {
      this.drawTen(first)
      if (chosen >= first && Number.isInteger(chosen) && chosen < first + this.draws.count) {
        this.choose(chosen)
        if (this.parts[z[0]]) this.press(z[0])
      } else if (z.length === this.z.length) {
        this.release()
        this.z = z
      }
    }
    this.scale(this.linkedAxes.numbers[0] === 1 ? "all" : "near")
  }

  /** Writes into the page's link which draws are shown, and the chosen one, with the model if a hand chose it there; or z. */
  remember() {
    const { first, chosen, isPressed } = this.draws
    this.linkedPlace.keep([first, chosen, ...(chosen < 0 ? coordinates(this.z) : isPressed ? [this.model] : [])].join())
  }

  /** z is at no draw. */
  release() {
    this.draws = { ...this.draws, chosen: -1, isPressed: false }
  }

  /**
   * The chosen draw stands large.
   * @param {number} model whose
   */
  press(model) {
    this.draws.isPressed = true
    this.model = model
  }

  /** @param {string | undefined} role */
  scale(role) {
    this.isWide = role === "all"
    for (const button of this.buttons) button.setAttribute("aria-pressed", String(button.dataset.role === role))
    this.draw()
  }

  /**
   * Shows ten draws, from this one on, and moves z to the one that says most: not in a hole of the first model, and farthest in one of
   * the model on the map, beside which it stands large.
   * @param {number} first
   */
  drawTen(first) {
    const start = first < this.header.draws ? first : 0
    const count = Math.min(AT_ONCE, this.header.draws - start)
    this.draws = { first: start, count, chosen: -1, isPressed: false }
    if (!count) return
    const numbers = Array.from({ length: count }, (_, i) => start + i)
    const map = this.parts[this.mapped]
    const distance = (/** @type {number} */ number) => map.arrays[`distances${map.number}`]?.[number] ?? 0
    const telling = numbers.filter((number) => !this.parts[0].isHole(number) && map.isHole(number))
    this.choose(telling.reduce((best, number) => (distance(number) > distance(best) ? number : best), telling[0] ?? start))
    this.press(this.mapped)
  }

  /**
   * Moves z to a draw.
   * @param {number} number
   */
  choose(number) {
    this.draws.chosen = number
    this.draws.isPressed = false
    this.z = this.parts[0].drawAt(number)
    this.drawSoon()
  }

  draw() {
    const seen = globalThis.twinSeen
    if (!this.header || !seen || seen.header.id !== this.header.id || !this.columns.clientWidth) return
    this.columns.classList.toggle("at-place", this.draws.chosen < 0)
    const decoded = this.parts.map((column) => column.decode(this.z))
    const isXSeen = Boolean(document.querySelector(".twin-x-columns")?.checkVisibility())
    this.inHole = this.parts.map((column) => this.isInHole(column))
    this.parts.forEach((column, number) => {
      column.draws.draw(this.draws)
      column.drawPlane(this.isWide, this.draws, this.z, isXSeen ? seen.arrays[`z${number}`] : null)
      const isHole = this.inHole[number]
      column.picture.draw(decoded[number], isHole === undefined ? "" : `in ${isHole ? "a" : "no"} hole`)
    })
    this.hole?.draw(this.parts[this.draws.isPressed ? this.model : this.mapped], this.draws)
    const texts = coordinates(this.z)
    this.root.dataset.z = texts.join(",")
    this.root.draws = [this.draws.first, this.draws.count]
    this.root.dataset.draws = this.root.draws.join(",")
    this.root.latent = this.z
    this.output.textContent = this.words(shortList(texts.map(minus)))
    this.narrator.tell(this.output.textContent, this.parts.flatMap(({ plane, draws }) => [plane, draws.canvas]))
  }

  /** @param {string} z */
  words(z) {
    const { first, chosen } = this.draws
    const what = chosen < 0 ? "this place" : `the ${nth(chosen - first)} draw`
    if (this.inHole.includes(undefined)) return chosen < 0 ? `z = (${z}) in every model` : `z = (${z}): ${what}`
    const holes = this.header.models.filter((/** @type {any} */ _, /** @type {number} */ model) => this.inHole[model])
    const names = LIST.format(holes.map((/** @type {{ name: string }} */ { name }) => name))
    return `z = (${z}): ${what} ${chosen < 0 ? "is" : "falls"} in ${names ? `a hole of ${names}` : "no hole"}`
  }

  /**
   * Whether z is in a hole of a model; undefined where that is not known.
   * @param {Column} column
   */
  isInHole(column) {
    if (this.draws.chosen >= 0) return this.header.draws ? column.isHole(this.draws.chosen) : undefined
    return column.places.isHole(this.z)
  }

  /**
   * @param {PointerEvent} event
   * @param {HTMLCanvasElement} canvas
   */
  onPointer(event, canvas) {
    if (event.pointerType === "touch" && event.type === "pointerdown") canvas.setPointerCapture(event.pointerId)
    const [px, py] = placeOn(event, canvas)
    if (canvas.plane?.within(px, py)) this.moveTo(canvas.plane.latent(px, py))
  }

  /**
   * A mouse shows a draw by lying on it; a finger by a tap, because its drag scrolls the page.
   * @param {PointerEvent} event
   * @param {Column} column
   */
  onDraws(event, column) {
    if (event.pointerType === "touch" && event.type === "pointermove") return
    const [px, py] = placeOn(event, column.draws.canvas)
    const number = column.draws.under(px, py, this.draws.count)
    const { first, chosen, isPressed } = this.draws
    if (number < 0 || (isPressed && first + number === chosen && column.number === this.model)) return
    this.choose(first + number)
    this.press(column.number)
    this.remember()
  }

  /** @param {number[]} position */
  moveTo(position) {
    this.release()
    this.header.axes.forEach((/** @type {number} */ axis, /** @type {number} */ k) => (this.z[axis] = position[k]))
    this.drawSoon()
    this.remember()
  }

  drawSoon() {
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
    const size = (event.shiftKey ? 0.5 : 0.1) * (this.isWide ? this.header.spans.all / this.header.spans.near : 1)
    this.moveTo(this.header.axes.map((/** @type {number} */ axis, /** @type {number} */ k) => this.z[axis] + step[k] * size))
  }

  /**
   * Arrow keys go from draw to draw.
   * @param {KeyboardEvent} event
   * @param {Column} column
   */
  onDrawsKey(event, column) {
    const step = arrowStep(event)
    const { first, count, chosen } = this.draws
    if (!step || !count) return
    event.preventDefault()
    const next = chosen < 0 ? first : chosen + (step[0] || -step[1])
    this.choose(first + ((next - first + count) % count))
    this.press(column.number)
    this.remember()
  }
}

export default mounting(".twin", Twin)
