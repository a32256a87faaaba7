// One image's true posterior as contours, and a Gaussian q over it that is dragged, stretched and turned. log p(x, z) on
// a grid came with the page; each move of q is one sum over it here. The server hears of q when it is released, for the
// link; a page that is opened by such a link begins with that q.

import { drawPosterior, frameOf, MARGIN, MOST_SIDE, placeOval } from "./ellipse_drawing.js"
import { linkedNumbers, put, whenWanted } from "./kit/address.js"
import { contour, elboOnSquare, extents, logMarginalOnSquare } from "./kit/grid.js"
import { focusByHand } from "./kit/keys.js"
import { Component, Elsewhere, mounting } from "./kit/mount.js"
import { isCalm } from "./kit/motion.js"
import { Narrator } from "./kit/narrator.js"
import { clamp } from "./kit/numbers.js"
import { placeOn } from "./kit/projector.js"
import { share } from "./kit/shared.js"
import { drag, element, grip, handle, handleNamed, handleUnder, placeHandle, replaceDrawing } from "./kit/svg.js"
import { difference, fixed } from "./kit/words.js"

/** @typedef {import("./kit/grid.js").Q} Q */
/** @typedef {(q: Q, across: number, up: number) => Q} Move */

const CLIMBS = 120
const [LEAST_SIDE, ABOVE] = [380, 420] // pixels: a low window shows all of the plane below what stands above it
const LEAST_ARM = 26 // pixels from the middle to a handle: a small ellipse's handles stand outside it
const LEVEL = 0.0005 // nats: a smaller difference is none on the screen
/** @type {Record<string, string>} */
const NAMES = { own: "your q", encoder: "the encoder's", aligned: "best axis-aligned", best: "best Gaussian" }

class EllipseBench extends Component {
  /** @type {any} */
  header = null
  logJoint = new Float32Array() // less the header's peak; rows of the second axis
  logMarginal = 0
  /** @type {string[]} */
  contours = []
  /** @type {Q} */
  q = [0, 0, 1, 1, 0]
  report = ""
  isLinkNew = true // whether the q of the page's link has not been taken
  frame = 0
  width = 0
  /** @type {import("./ellipse_drawing.js").Frame} */
  view = { low: [0, 0], width: 1 }
  unit = 1 // pixels to a unit of z, the same on both axes
  /** @type {[SVGElement, number][]} q at one and two standard deviations */
  ovals = []
  /** @type {Record<string, SVGElement>} */
  grips = {}

  /** @param {HTMLElement} root */
  constructor(root) {
    super(root)
    const part = (/** @type {string} */ role) => /** @type {HTMLElement} */ (root.querySelector(`[data-role=${role}]`))
    this.plane = part("plane")
    this.own = part("own")
    this.rows = /** @type {HTMLElement} */ (root.querySelector("tbody"))
    this.output = /** @type {HTMLOutputElement} */ (root.querySelector("output"))
    /** @type {NodeListOf<HTMLElement>} */
    const buttons = root.querySelectorAll("[data-q]")
    for (const button of buttons) button.onclick = () => this.settle(this.header[/** @type {string} */ (button.dataset.q)])
    part("climb").onclick = () => this.climb()
    this.narrator = new Narrator(this.cleanups, root)
    this.cleanups.listen(window, ["popstate"], () => this.followLink())
    this.elsewhere = new Elsewhere(this.cleanups, (target) => root.contains(target))
    share(root, "q", () => (this.header ? this.q : []), (q) => {
      cancelAnimationFrame(this.frame)
      this.moveTo(/** @type {Q} */ (q))
    })
    const isUntold = () => this.header && this.report !== this.q.join() // while it climbs, or is held
    whenWanted(this.cleanups, (params) => isUntold() && put(params, "q", this.q.map((value) => value.toPrecision(6)).join()))
    this.cleanups.watchSize(this.plane, () => this.plane.clientWidth !== this.width && this.build())
  }

  /** @param {import("./kit/pack.js").Packed} packed */
  load({ header, arrays: { log_joint: logJoint } }) {
    const isSame = this.header?.id === header.id
    const start = this.isLinkNew ? linkedQ() : null // the link is of the first image
    this.isLinkNew = false
    this.header = header
    for (const name of ["latent", "encoder", "text"]) this.root.style.setProperty(`--of-${name}`, header.colours[name])
    this.logJoint = logJoint
    if (!isSame) {
      this.logMarginal = logMarginalOnSquare(header, logJoint)
      this.contours = header.levels.map((/** @type {number} */ level) => contour(logJoint, header.side, level - header.peak))
      this.q = start ? this.onGrid(start) : [.../** @type {Q} */ (header.encoder)]
      this.report = this.q.join()
      this.view = frameOf(header, logJoint, [this.q, header.encoder])
    }
    this.build()
  }

  /** Where the browser's Back has led to another link: of this image, or of one that is still to come. */
  followLink() {
    this.isLinkNew = true
    if (!this.header) return
    const q = linkedQ()
    this.q = q ? this.onGrid(q) : [.../** @type {Q} */ (this.header.encoder)]
    this.report = this.q.join()
    this.build()
  }

  /**
   * q kept on the grid: three standard deviations inside, no narrower than sums over the grid can tell.
   * @param {Q} q
   * @returns {Q}
   */
  onGrid([m1, m2, s1, s2, angle]) {
    const { low, spacing, side, narrowest } = this.header
    const width = spacing * (side - 1)
    const [c, d] = [s1, s2].map((scale) => clamp(scale, narrowest, width / 8))
    const reach = extents([0, 0, c, d, angle])
    const [a, b] = [m1, m2].map((value, k) => clamp(value, low[k] + 3 * reach[k], low[k] + width - 3 * reach[k]))
    return [a, b, c, d, angle]
  }

  /** @param {Q} q */
  moveTo([a, b, ...shape]) {
    const { low, width } = this.view
    const [x, y] = [a, b].map((value, k) => clamp(value, low[k], low[k] + width)) // where a hand can reach it
    this.q = this.onGrid([x, y, ...shape])
    this.draw()
  }

  /** @param {Q} q */
  settle(q) {
    cancelAnimationFrame(this.frame)
    this.moveTo(q)
    this.letGo()
  }

  letGo() {
    if (this.report === this.q.join()) return
    this.report = this.q.join()
    this.component.setStateValue("q", this.q)
  }

  /** Gradient ascent on the ELBO, step by step on the screen. */
  climb() {
    cancelAnimationFrame(this.frame)
    const isStill = isCalm()
    let left = CLIMBS
    const step = () => {
      this.moveTo(climbStep(this.q, (q) => elboOnSquare(this.header, this.logJoint, q)))
      if (--left <= 0) return this.elsewhere.isQuiet || this.letGo()
      if (isStill) step()
      else this.frame = requestAnimationFrame(step)
    }
    step()
  }

  build() {
    this.width = this.plane.clientWidth
    if (!this.header || !this.width) return
    const { header } = this
    const size = Math.min(this.width - MARGIN.left - MARGIN.right, MOST_SIDE, Math.max(LEAST_SIDE, innerHeight - ABOVE))
    this.unit = size / this.view.width
    const svg = drawPosterior(header, this.logJoint, this.contours, this.view, size, (z) => this.at(z))
    const { encoder, text } = header.colours
    const oval = (/** @type {import("./kit/svg.js").Attributes} */ more) => element("ellipse", { fill: "none", stroke: encoder, ...more }, svg)
    this.ovals = [1, 2].map((factor) => [oval({ "stroke-width": 4 - factor, stroke: text, "data-own": factor }), factor])
    for (const factor of [1, 2]) {
      const node = oval({ "stroke-dasharray": "5 4", "stroke-width": 2, "data-encoder": factor })
      placeOval(node, header.encoder, this.at(header.encoder), factor * this.unit)
    }
    this.addHandles(svg)
    svg.onpointerdown = (event) => this.grab(event, svg)
    replaceDrawing(this.plane, svg)
    this.draw()
  }

  /**
   * A point z in pixels of the drawing.
   * @param {number[]} z
   */
  at([a, b]) {
    const { low, width } = this.view
    return [MARGIN.left + (a - low[0]) * this.unit, MARGIN.top + (low[1] + width - b) * this.unit]
  }

  /** @param {SVGElement} svg */
  addHandles(svg) {
    const { colours, spacing } = this.header
    const [turn, stretch] = [Math.PI / 90, 1.03]
    /** @type {Record<string, [string, Move]>} */
    const kinds = {
      loc: ["mean of your q: arrows move it", ([a, b, c, d, e], x, y) => [a + x * spacing, b + y * spacing, c, d, e]],
      along: ["first axis of your q: left and right stretch, up and down turn", ([a, b, c, d, e], x, y) => [a, b, c * stretch ** x, d, e + y * turn]],
      across: ["second axis of your q: up and down stretch, left and right turn", ([a, b, c, d, e], x, y) => [a, b, c, d * stretch ** y, e - x * turn]],
    }
    for (const [name, [words, move]] of Object.entries(kinds)) {
      const group = handle(svg, name, words, (across, up) => {
        cancelAnimationFrame(this.frame)
        this.moveTo(move(this.q, across, up))
      })
      grip(group, { r: name === "loc" ? 9 : 7, fill: colours.surface, stroke: colours.text }, 18)
      group.onkeyup = (event) => event.key.startsWith("Arrow") && this.letGo()
      this.grips[name] = group
    }
  }

  /**
   * Follows the pointer from where a handle was taken. Stretching and turning go by the pointer's distance and direction
   * from q's mean, relative to where it began.
   * @param {PointerEvent} event
   * @param {SVGElement} svg
   */
  grab(event, svg) {
    const name = handleUnder(event)
    if (!name) return
    cancelAnimationFrame(this.frame)
    focusByHand(handleNamed(this.plane, name))
    const [a, b, c, d, e] = this.q
    const [cx, cy] = this.at(this.q)
    const arm = (/** @type {PointerEvent} */ at) => {
      const [px, py] = placeOn(at, svg)
      return [px - cx, cy - py]
    }
    const [right, up] = arm(event)
    const move = (/** @type {PointerEvent} */ later) => {
      const [x, y] = arm(later)
      if (name === "loc") return this.moveTo([a + (x - right) / this.unit, b + (y - up) / this.unit, c, d, e])
      const factor = Math.hypot(x, y) / Math.max(1, Math.hypot(right, up))
      const angle = e + Math.atan2(y, x) - Math.atan2(up, right)
      this.moveTo(name === "along" ? [a, b, c * factor, d, angle] : [a, b, c, d * factor, angle])
    }
    drag(event, svg, move, () => this.letGo())
  }

  draw() {
    if (!this.ovals.length) return
    const { q, header, unit } = this
    const [a, b, c, d, angle] = q
    for (const [node, factor] of this.ovals) placeOval(node, q, this.at(q), factor * unit)
    const [x, y] = this.at(q)
    const put = (/** @type {string} */ name, /** @type {number} */ length, /** @type {number} */ direction, /** @type {number} */ value, /** @type {string} */ words) =>
      placeHandle(this.grips[name], x + length * Math.cos(direction), y - length * Math.sin(direction), value, words)
    const turnWords = `turned by ${fixed((angle * 180) / Math.PI, 0)} degrees`
    put("loc", 0, 0, a, `(${fixed(a)}, ${fixed(b)})`)
    put("along", Math.max(LEAST_ARM, c * unit), angle, c, `standard deviation ${fixed(c)}, ${turnWords}`)
    put("across", Math.max(LEAST_ARM, d * unit), angle + Math.PI / 2, d, `standard deviation ${fixed(d)}, ${turnWords}`)
    const elbo = elboOnSquare(header, this.logJoint, q)
    this.root.q = q
    Object.assign(this.root.dataset, { q: q.join(), elbo: elbo.toFixed(9), logMarginal: this.logMarginal.toFixed(9) })
    this.tell({ own: elbo, ...header.elbos })
  }

  /** @param {Record<string, number>} elbos */
  tell(elbos) {
    const rows = Object.entries(elbos).map(([name, elbo]) => {
      const gap = this.logMarginal - elbo
      return `<tr class="${name}" data-gap="${gap.toFixed(9)}"><th scope="row">${NAMES[name]}</th><td>${fixed(elbo)}</td><td>${fixed(Math.max(0, gap))}</td></tr>`
    })
    this.rows.innerHTML = rows.join("")
    this.own.textContent = `Your q: ELBO ${fixed(elbos.own)}, gap ${fixed(Math.max(0, this.logMarginal - elbos.own))}`
    const lead = elbos.own - elbos.encoder
    const left = elbos.best - elbos.own
    let words = "Your q is level with the encoder's."
    if (lead > LEVEL) words = `You beat the encoder by ${fixed(difference(elbos.own, elbos.encoder))} nats.`
    else if (lead <= -LEVEL) words = `The encoder leads by ${fixed(difference(elbos.encoder, elbos.own))} nats.`
    const message = left > LEVEL ? `${words} The best Gaussian is ${fixed(difference(elbos.best, elbos.own))} ahead of you.` : `${words} No Gaussian is better.`
    if (this.output.textContent !== message) this.output.textContent = message
    this.narrator.tell(message)
  }

  destroy() {
    super.destroy()
    cancelAnimationFrame(this.frame)
  }
}

/**
 * The q of the page's link, if it has one: five numbers, the scales above 0.
 * @returns {Q | null}
 */
function linkedQ() {
  const q = linkedNumbers("q")
  return q.length === 5 && q[2] > 0 && q[3] > 0 ? /** @type {Q} */ (q) : null
}

/**
 * q moved by parts of its own scales and turned.
 * @param {Q} q
 * @param {number[]} by
 * @returns {Q}
 */
function moveQ([a, b, c, d, e], [x, y, wider, higher, turn]) {
  const [right, up] = [x * c, y * d]
  const [cos, sin] = [Math.cos(e), Math.sin(e)]
  return [a + right * cos - up * sin, b + right * sin + up * cos, c * Math.exp(wider), d * Math.exp(higher), e + turn]
}

/**
 * q after one step of gradient ascent on a function of it, in units of q's own scales so that one rate fits all.
 * @param {Q} q
 * @param {(q: Q) => number} elboOf
 */
function climbStep(q, elboOf) {
  const along = (/** @type {number} */ k, /** @type {number} */ by) => elboOf(moveQ(q, Object.assign([0, 0, 0, 0, 0], { [k]: by })))
  const slopes = [0, 1, 2, 3, 4].map((k) => (along(k, 1e-3) - along(k, -1e-3)) / 2e-3)
  const lean = q[2] / q[3] - q[3] / q[2] // a turn means the more, the longer q is
  const rates = [0.2, 0.2, 0.1, 0.1, 0.2 / (1 + lean ** 2)]
  return moveQ(q, slopes.map((slope, k) => clamp(rates[k] * slope, -0.15, 0.15)))
}

export default mounting(".ellipse-bench", EllipseBench)
