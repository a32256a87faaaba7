// The pad of the page Sketch. The hand draws points on it; over them is the model that learns them, for which the browser asks while it
// trains. A chosen point shows q(z|x) beside p(z|x), and where both decode to.

import { LinkedState } from "./kit/address.js"
import { contextOf } from "./kit/canvas.js"
import { HandCanvas } from "./kit/hand.js"
import { element } from "./kit/html.js"
import { mounting } from "./kit/mount.js"
import { Narrator } from "./kit/narrator.js"
import { clamp } from "./kit/numbers.js"
import { unpack } from "./kit/pack.js"
import { zoomOf } from "./kit/projector.js"
import { share } from "./kit/shared.js"
import { fixed } from "./kit/words.js"
import { Picture, Scratch } from "./sketch_picture.js"
import { applied, encoderShares, Grid, logMarginal, nearest, posteriorShares } from "./sketch_points.js"
import { drawCurves, drawLatentLine, drawLatentPlane, drawNames } from "./sketch_side.js"

/** @typedef {import("./sketch_points.js").Point} Point */

const TICK = 150 // milliseconds between two questions for the newest look
const TRY_AGAIN = 3000
const STEPS_BACK = 50
const NO_POINTS = "No points: draw some. Or choose “Can one number follow a spiral?” above."
const GOES_ON = " The training goes on with them by itself."
const [CURVES, LATENT_LINE, LATENT_PLANE] = [190, 150, 240] // pixels high

class SketchPad extends HandCanvas {
  /** @type {Point[]} */
  points = []
  /** @type {Point[][]} drawings before this one */
  past = []
  /** @type {number[] | null} where the tool last did something */
  lastPlace = null
  /** @type {number[] | null} the x that is looked at: a drawn point, or any other place */
  chosen = null
  version = ""
  /** @type {any} */
  header = null
  /** @type {import("./kit/pack.js").Arrays} of the newest look */
  arrays = {}
  step = -1 // of the newest look
  state = ""
  isAsking = false
  isOver = false // whether the run has ended and nothing more is to come
  requestTime = -Infinity
  latents = 1
  doubt = "" // how far log p(x) may be wrong, in words
  /** @type {number | null} the learning rate that would make the bound fall less */
  slower = null
  /** @type {number | null} what one oval cloud has for these points, in nats */
  usual = null
  scratch = new Scratch()
  grid = new Grid({ reach: 1, sides: 2, most: 1 })

  /** @param {HTMLElement} root */
  constructor(root) {
    super(root)
    const find = (/** @type {string} */ role) => /** @type {any} */ (root.querySelector(`[data-role=${role}]`))
    this.parts = { curves: find("curves"), latent: find("latent"), status: find("status"), dips: find("dips"), words: find("words"), legend: find("legend") }
    this.buttons.slower.onclick = () => this.component.setTriggerValue("slower", this.slower)
    this.narrator = new Narrator(this.cleanups, null)
    this.linked = new LinkedState(this.cleanups, "sketch_point", () => this.restore())
    share(root, "sketch", () => this.chosen ?? [], ([x, y]) => this.choose([x, y]))
    for (const input of root.querySelectorAll("input")) input.onchange = () => this.draw()
    const timer = setInterval(() => this.ask(), TICK)
    this.cleanups.add(() => clearInterval(timer))
    this.cleanups.watchSize(root, () => this.draw())
  }

  get tool() {
    return /** @type {HTMLInputElement} */ (this.root.querySelector(".sketch-tools input:checked")).value
  }

  /** @param {import("./kit/pack.js").Packed} packed */
  load({ header, arrays }) {
    const isNewRun = header.address !== this.header?.address
    this.grid = new Grid(header)
    this.header = header
    this.state = header.state
    if (header.version !== this.version) {
      this.points = this.grid.points(header.points)
      this.past = []
    }
    if (!this.version) this.restore()
    this.version = header.version
    if (isNewRun) this.step = -1
    this.isOver = false
    if (!this.points.length) this.tell("")
    if (arrays.means) this.take(header, arrays)
    this.draw()
    this.ask()
  }

  /** Chooses the point of the page's link, or none. */
  restore() {
    const [x, y] = this.linked.numbers
    this.chosen = Number.isFinite(x) && Number.isFinite(y) ? [x, y] : null
    this.draw()
  }

  // -- the model that trains ---------------------------------------------------------------------------------------

  async ask() {
    const { header } = this
    if (document.hidden || this.isAsking || !header?.address || this.isOver) return
    this.isAsking = true
    try {
      const answer = await fetch(`${header.address}?${this.step}`)
      if (!answer.ok) throw new Error(String(answer.status))
      const news = unpack(new Uint8Array(await answer.arrayBuffer()))
      if (!this.root.isConnected || this.header.address !== header.address) return
      if (news.arrays.means) this.take(news.header, news.arrays)
      else this.isOver = !header.active
      this.tell(news.header.words)
      if (news.header.state !== this.header.state) this.outdate(news.header.state)
    } catch (error) {
      this.outdate(String(error)) // the script knows what has become of the run
    } finally {
      this.isAsking = false
    }
  }

  /** A report from a pad that is gone would blank the page that has come. @param {string} state */
  outdate(state) {
    if (!this.root.isConnected || performance.now() - this.requestTime < TRY_AGAIN) return
    this.requestTime = performance.now()
    this.component.setTriggerValue("outdated", state)
  }

  /** @type {(header: any, arrays: import("./kit/pack.js").Arrays) => void} */
  take(header, arrays) {
    this.step = header.step
    this.latents = header.latents
    this.doubt = header.doubt
    this.usual = header.usual
    if (this.parts.dips.textContent !== header.dips) this.parts.dips.textContent = header.dips
    this.slower = header.slower
    this.buttons.slower.hidden = !header.slower
    this.buttons.slower.textContent = `Try the learning rate ${header.slower}`
    this.arrays = arrays
    if (header.words) this.tell(header.words)
    this.canvas.dataset.step = String(header.total_step)
    this.draw()
  }

  /** @param {string} words of the run; its numbers are of no points if there are none */
  tell(words) {
    this.parts.status.textContent = this.points.length ? words : NO_POINTS + (this.header?.state === "running" ? GOES_ON : "")
  }

  // -- the hand ----------------------------------------------------------------------------------------------------

  /** @param {PointerEvent} event */
  place(event) {
    const box = this.canvas.getBoundingClientRect()
    const { reach } = this.grid
    return this.inside([((event.clientX - box.left) / box.width) * 2 * reach - reach, reach - ((event.clientY - box.top) / box.height) * 2 * reach])
  }

  /** @param {number[]} at */
  inside(at) {
    const edge = this.grid.reach * 0.999
    return at.map((value) => clamp(value, -edge, edge))
  }

  /** @type {(at: number[], step: number[], far: boolean) => number[]} */
  stepped(at, step, far) {
    const size = far ? 0.5 : 0.1
    return this.inside([at[0] + step[0] * size, at[1] - step[1] * size])
  }

  /** @param {number[]} at */
  begin(at) {
    this.lastPlace = null
    if (this.tool === "look") return this.choose(at)
    this.past = [...this.past.slice(-STEPS_BACK), this.points]
    this.go(at)
  }

  /** @param {number[]} at */
  go(at) {
    if (this.tool === "look") return this.choose(at)
    const points = applied(this.grid, this.points, this.tool, at, this.lastPlace, Math.random)
    if (!points) return
    this.points = points
    this.lastPlace = at
    this.draw()
  }

  hover() {
    if (this.key.isVisible) this.draw()
  }

  /** @param {number[]} x */
  choose(x) {
    const points = this.arrays.points ?? new Float32Array()
    const row = nearest(points, x)
    this.chosen = row < 0 ? x : [points[2 * row], points[2 * row + 1]]
    this.linked.keep(this.chosen.map((value) => value.toFixed(3)).join(","))
    this.draw()
  }

  undo() {
    const points = this.past.pop()
    if (!points) return
    this.points = points
    this.report()
  }

  clear() {
    this.past = [...this.past.slice(-STEPS_BACK), this.points]
    this.points = []
    if (this.tool !== "line") this.root.querySelector(".sketch-tools input[value=spray]")?.dispatchEvent(new MouseEvent("click")) // one that draws
    this.report()
  }

  changed() {
    if (this.tool !== "look") this.report()
  }

  report() {
    this.draw()
    const { length } = this.points
    const full = length >= this.grid.most ? `, and there is no room for more` : ""
    this.output.textContent = length === 0 ? "the pad is empty" : `${length} point${length > 1 ? "s" : ""}${full}`
    this.component.setStateValue("points", this.grid.text(this.points))
  }

  // -- pictures ----------------------------------------------------------------------------------------------------

  draw() {
    const { canvas, header, points, arrays, latents } = this
    const side = canvas.clientWidth
    if (!header || !side) return
    const { colours } = header
    const context = contextOf(canvas, side, side)
    const picture = new Picture(context, side, this.grid.reach, colours, this.scratch)
    const layers = points.length ? this.layers() : {} // a model of other points would lie below what one is to read
    if (arrays.means && layers.density) picture.drawDensity(arrays.log_density)
    picture.drawFrame()
    if (arrays.means && layers.tube) picture.drawManifold(/** @type {any} */ (arrays), latents)
    if (arrays.means && layers.draws) picture.drawDraws(arrays.draws)
    picture.drawPoints(points.map((point) => this.grid.place(point)))
    if (!points.length) picture.drawNotice("Draw some points here.")
    this.drawSide(colours, picture)
    if (this.key.isVisible) this.drawCursor(context, picture.place(this.key.at), 9, 2, colours.latent)
    this.buttons.undo.disabled = this.past.length === 0
    this.buttons.clear.disabled = points.length === 0
    Object.assign(canvas.dataset, { points: String(points.length), chosen: this.chosen?.join(",") ?? "" })
  }

  /** @returns {Record<string, boolean>} which layers are to be seen */
  layers() {
    const boxes = /** @type {NodeListOf<HTMLInputElement>} */ (this.root.querySelectorAll(".sketch-layers input"))
    return Object.fromEntries([...boxes].map((box) => [box.name, box.checked]))
  }

  /** The curves, and the chosen point. @type {(colours: Record<string, string>, picture: Picture) => void} */
  drawSide(colours, picture) {
    const { curves, latent, words } = this.parts
    const { arrays } = this
    const low = zoomOf(curves) > 1 ? 0.8 : 1
    curves.hidden = !arrays.moments?.length
    curves.style.visibility = this.points.length ? "" : "hidden" // in its place: the pad must not move
    if (arrays.moments?.length) drawCurves(contextOf(curves, curves.clientWidth, CURVES * low), curves.clientWidth, CURVES * low, arrays.moments, this.usual, colours)
    const isChosen = this.chosen !== null && arrays.points && this.points.length > 0
    latent.hidden = !isChosen
    if (this.chosen && isChosen) this.drawChosen(this.chosen, colours, latent, picture)
    else {
      this.parts.legend.textContent = ""
      words.textContent = arrays.points ? "“Look at a point” shows its z here." : ""
    }
  }

  /** q(z|x) and the bound are known of drawn points alone. @type {(at: number[], colours: Record<string, string>, latent: HTMLCanvasElement, picture: Picture) => void} */
  drawChosen(at, colours, latent, picture) {
    const [arrays, latents] = [/** @type {any} */ (this.arrays), this.latents]
    const row = nearest(arrays.points, at)
    const x = row < 0 ? at : arrays.points.subarray(2 * row, 2 * row + 2)
    const [p, q] = [posteriorShares(arrays, latents, x), row < 0 ? null : encoderShares(arrays, latents, row)]
    picture.drawDecoded(arrays.means, p, colours.latent, 5)
    if (q) picture.drawDecoded(arrays.means, q, colours.encoder, 2.5)
    picture.drawChosen(x)
    const height = latents === 1 ? LATENT_LINE : LATENT_PLANE
    const context = contextOf(latent, latent.clientWidth, height)
    if (latents === 1) drawLatentLine(context, latent.clientWidth, height, arrays.line, [[p, colours.latent], [q, colours.encoder]], colours)
    else {
      const ellipse = q && { loc: arrays.loc.subarray(2 * row, 2 * row + 2), scale: arrays.scale.subarray(2 * row, 2 * row + 2) }
      drawLatentPlane(context, latent.clientWidth, height, p, arrays.line[arrays.line.length - 1], ellipse, colours, this.scratch.latent)
    }
    this.tellColours(q !== null, colours)
    drawNames(context, 12, [["p(z|x)", colours.latent], [q ? "q(z|x)" : "", colours.encoder], latents === 1 ? ["p(z)", colours.prior] : ["by z₁ and z₂", colours.muted]])
    this.tellChosen(x, row, q !== null)
  }

  /** The legend of the dots on the pad. @type {(hasEncoder: boolean, colours: Record<string, string>) => void} */
  tellColours(hasEncoder, { latent, encoder }) {
    const parts = [["Violet dots", latent, ": where the z that fit this point lead. "], ["Orange dots", encoder, ": where the z of the encoder lead."]]
    this.parts.legend.replaceChildren(...parts.slice(0, hasEncoder ? 2 : 1).flatMap(([name, color, words]) => [element("b", { textContent: name, style: `color: ${color}` }), words]))
  }

  /** @type {(x: number[], row: number, hasEncoder: boolean) => void} */
  tellChosen(x, row, hasEncoder) {
    const { arrays, latents } = this
    const place = `x = (${fixed(x[0], 2)}, ${fixed(x[1], 2)})`
    const exact = arrays.log_marginal[row]
    const gap = hasEncoder ? `, the bound ${fixed(arrays.elbo[row], 2)}: a gap of ${fixed(exact - arrays.elbo[row], 2)}` : ""
    const words = row < 0
      ? `${place}, no blue point: log p(x) is about ${fixed(logMarginal(arrays, latents, x), 1)} nats.${arrays.elbo ? " Press a blue point to see its bound too." : ""}`
      : `${place}: log p(x) is ${fixed(exact, 2)} nats${this.doubt}${gap}.`
    this.parts.words.textContent = words
    this.narrator.tell(words, [this.parts.latent])
  }
}

export default mounting(".sketch-pad", SketchPad)
