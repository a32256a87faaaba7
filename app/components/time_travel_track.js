// One run of the time traveller: its plane, its pictures, and what it says of the moment.

import { contextOf, mosaic, valuesIn } from "./kit/canvas.js"
import { clamp } from "./kit/numbers.js"
import { clipped, drawAxes, drawPoints, nameClasses, rowsOfClasses } from "./kit/plane.js"
import { drawTiles } from "./kit/tiles.js"
import { fixed } from "./kit/words.js"

/** @typedef {{ frame: number, share: number, before: boolean, after: boolean }} Moment a frame, and how far to the next one */
/** @typedef {"plane" | "pictures" | "samples" | "reconstructions"} Role */
/** @typedef {{ role: Role, count: number, above?: HTMLCanvasElement, words: string, caption: string }} Strip */

const WIDEST = 460 // pixels

/** @param {number} step */
const stepWords = (step) => step.toLocaleString("en")

/**
 * The number of the last record that is not after a time (images seen); -1 where there is none.
 * @param {any} about
 * @param {number} seen
 */
export function recordAt(about, seen) {
  let number = -1
  about.record_seen.forEach((/** @type {number} */ value, /** @type {number} */ i) => {
    if (value <= seen) number = i
  })
  return number
}

/**
 * The frame that a run shows at a time (images seen on the parent's clock), and how far it is on the way to its next one.
 * @param {{ seen: number[], offset: number }} about
 * @param {number} seen
 * @returns {Moment}
 */
export function momentOf(about, seen) {
  const times = about.seen.map((value) => Math.log1p(value + about.offset))
  const now = Math.log1p(seen) + 1e-9
  let frame = 0
  while (frame + 1 < times.length && times[frame + 1] <= now) frame++
  const share = frame + 1 < times.length ? clamp((now - times[frame]) / (times[frame + 1] - times[frame]), 0, 1) : 0
  return { frame, share: share < 1e-6 ? 0 : share, before: times[0] > now, after: frame === times.length - 1 }
}

export class Track {
  /** @type {HTMLCanvasElement[]} decoded pictures, by frame, as far as they were asked for */
  mosaics = []
  /** @type {Record<string, HTMLCanvasElement[]>} by role, then by frame with weights */
  strips = { reconstructions: [], samples: [] }
  /** @type {HTMLCanvasElement | undefined} */
  originals = undefined
  step = 0 // the present frame's

  /**
   * @param {any} about the run, of the packed header
   * @param {number} number the run's arrays end in it
   * @param {any} header
   * @param {import("./kit/pack.js").Arrays} arrays
   */
  constructor(about, number, header, arrays) {
    this.about = about
    this.number = number
    this.header = header
    this.arrays = arrays
    this.rows = rowsOfClasses(this.array("labels"), header.class_names.length)
    this.note = Object.assign(document.createElement("p"), { className: "time-travel-note" })
    this.pane = Object.assign(document.createElement("div"), { className: "time-travel-pane" })
    this.pane.append(Object.assign(document.createElement("strong"), { textContent: about.title }), this.note)
    /** @type {Record<string, HTMLCanvasElement>} */
    this.canvases = {}
    /** @type {Record<string, HTMLElement>} */
    this.captions = {}
    const pictures = about.latent_dim === 2 ? [] : ["pictures"]
    const samples = about.draws ? ["samples"] : []
    for (const role of ["plane", ...pictures, ...samples, "reconstructions"]) {
      const canvas = document.createElement("canvas")
      canvas.dataset.role = role
      canvas.setAttribute("role", "img")
      this.canvases[role] = canvas
      this.captions[role] = Object.assign(document.createElement("p"), { className: "time-travel-caption" })
      this.pane.append(...(role === "plane" ? [canvas] : this.parts(role)))
    }
  }

  /**
   * A canvas and its caption.
   * @param {string} role
   */
  parts(role) {
    return [this.canvases[role], this.captions[role]]
  }

  /**
   * Draws the run at a time, and says in words where it is.
   * @param {number} seen
   */
  draw(seen) {
    const { about, canvases } = this
    const moment = momentOf(about, seen)
    const { frame } = moment
    this.step = about.steps[frame]
    this.drawPlane(moment)
    if (canvases.pictures) this.drawPictures(frame)
    if (canvases.samples) this.drawSamples(frame)
    this.drawReconstructions(frame)
    const record = recordAt(about, about.seen[frame])
    const measured = record < 0 || about.record_steps[record] === this.step ? "" : ` (of step ${stepWords(about.record_steps[record])})`
    const bound = record < 0 ? "" : ` · test ELBO ${fixed(about.elbo[record], 2)} nats${measured}`
    const step = stepWords(this.step)
    let text = `step ${step} of ${stepWords(about.steps.at(-1))}${bound}`
    if (moment.before) text = `not begun, at its branch point · ${text}`
    else if (moment.share > 0) text = `between steps ${step} and ${stepWords(about.steps[frame + 1])}${bound}`
    this.note.textContent = text
    return `${about.title}: ${text}`
  }

  /** @param {string} name */
  array(name) {
    return this.arrays[`${name}${this.number}`]
  }

  /** @param {string} role */
  widthOf(role) {
    const width = Math.min(this.canvases[role].parentElement?.clientWidth ?? 0, WIDEST)
    this.canvases[role].style.width = `${width}px`
    return width
  }

  /** @param {number} frame */
  pictureOf(frame) {
    const { cells: [rows, columns], image_shape: imageShape } = this.about
    const start = frame * rows * columns * valuesIn(imageShape)
    this.mosaics[frame] ??= mosaic(this.array("pictures"), start, rows, columns, imageShape)
    return this.mosaics[frame]
  }

  /**
   * The encoded points at a moment, between two frames on the straight line.
   * @param {Moment} moment
   */
  pointsAt({ frame, share }) {
    const { points: count, steps } = this.about
    const means = this.array("means")
    const next = Math.min(frame + 1, steps.length - 1)
    return Float32Array.from({ length: count * 2 }, (_, i) => {
      const from = means[2 * frame * count + i]
      return from + share * (means[2 * next * count + i] - from)
    })
  }

  /** @param {Moment} moment */
  drawPlane(moment) {
    const { about, header, canvases: { plane: canvas } } = this
    const { colours, class_colours: classColours } = header
    const side = this.widthOf("plane")
    const context = contextOf(canvas, side, side)
    const backdrop = about.latent_dim === 2 ? { span: about.picture_span, picture: this.pictureOf(moment.frame), cells: about.cells } : null
    const plane = drawAxes(context, side, about.span, about.titles, colours, backdrop)
    const points = this.pointsAt(moment)
    clipped(context, plane, () => {
      drawPoints(context, plane, points, this.array("labels"), classColours, colours.encoder, about.points > 600 ? 2 : 3)
      nameClasses(context, plane, points, this.rows, header.class_names, colours)
    })
    canvas.points = points
    canvas.setAttribute("aria-label", `${about.title}: latent map with ${about.points} encoded test images`)
  }

  /** @param {number} frame */
  drawPictures(frame) {
    const { about, canvases: { pictures: canvas } } = this
    const picture = this.pictureOf(frame)
    const width = this.widthOf("pictures")
    const height = (width * picture.height) / picture.width
    const [rows, columns] = about.cells
    drawTiles(contextOf(canvas, width, height), picture, rows, columns, [0, 0, width, height])
    canvas.setAttribute("aria-label", `${about.title}: decoded pictures`)
    this.captions.pictures.textContent = `${about.pictures_caption}, step ${stepWords(about.steps[frame])}.`
  }

  /** @param {number} frame */
  drawReconstructions(frame) {
    const { count, image_shape: imageShape, originals } = this.about
    if (originals) this.originals ??= mosaic(this.array("originals"), 0, 1, count, imageShape)
    const words = `${count} test images and their reconstructions`
    const place = originals ? "Above x, below its" : "Each image's"
    const caption = `${place} reconstruction, mean of p(x|z) at the mean of q(z|x)`
    this.drawStrip(frame, { role: "reconstructions", count, above: this.originals, words, caption })
  }

  /** @param {number} frame */
  drawSamples(frame) {
    const { title, draws } = this.about
    const words = `${title}: ${draws} fixed draws from the prior, decoded`
    const caption = `Means of p(x|z) at ${draws} fixed draws from the prior`
    this.drawStrip(frame, { role: "samples", count: draws, words, caption })
  }

  /**
   * Light frames keep no weights: a strip is of the last frame that does.
   * @param {number} frame
   * @param {Strip} strip
   */
  drawStrip(frame, { role, count, above, words, caption }) {
    const { about, canvases: { [role]: canvas } } = this
    const full = about.full.filter((/** @type {number} */ number) => number <= frame).at(-1)
    if (full === undefined) return this.drawNoStrip(role)
    const index = about.full.indexOf(full)
    const start = index * count * valuesIn(about.image_shape)
    const strip = (this.strips[role][index] ??= mosaic(this.array(role), start, 1, count, about.image_shape))
    const width = this.widthOf(role)
    const height = (width * strip.height) / strip.width
    const context = contextOf(canvas, width, above ? 2 * height + 4 : height)
    if (above) drawTiles(context, above, 1, count, [0, 0, width, height])
    drawTiles(context, strip, 1, count, [0, above ? height + 4 : 0, width, height])
    canvas.dataset.step = about.steps[full]
    const step = stepWords(about.steps[full])
    canvas.setAttribute("aria-label", `${words} at step ${step}`)
    const later = full === frame ? "" : ", the last frame so far that has weights"
    this.captions[role].textContent = `${caption}, of step ${step}${later}.`
  }

  /** @param {Role} role */
  drawNoStrip(role) {
    const { about, canvases: { [role]: canvas } } = this
    contextOf(canvas, 1, 1)
    canvas.setAttribute("aria-label", `no ${role} yet`)
    canvas.dataset.step = ""
    const name = role.replace(/^./, (letter) => letter.toUpperCase())
    this.captions[role].textContent = about.full.length
      ? `${name} begin with step ${stepWords(about.steps[about.full[0]])}: frames before it keep no weights.`
      : `The frames so far keep no weights, so there are no ${role}.`
  }
}
