// Decodes in the browser: the weights come once, every position of the pointer over the plane is one forward pass here. The image of
// the first point comes with the page: on a slow line the weights need longer.
// The server hears of a point only for the page's link, when it has rested for a second: to hear of it and to answer takes
// both of them as much as several decoded points take the browser.
//
// A press on the plane pins the point: it stays where it is until a second press or Escape frees it. Before anybody has touched the
// page, the ring wanders over the plane as an invitation.

import { linkedNumbers, put, whenWanted } from "./kit/address.js"
import { Axes } from "./kit/axes.js"
import { drawMeans, fit, valuesIn } from "./kit/canvas.js"
import { decode, decoderOf } from "./kit/decoder.js"
import { arrowStep } from "./kit/keys.js"
import { Component, Elsewhere, mounting } from "./kit/mount.js"
import { Narrator } from "./kit/narrator.js"
import { normalCdf, normalQuantile } from "./kit/numbers.js"
import { share } from "./kit/shared.js"
import { coordinates, shortList } from "./kit/words.js"
import { Invitation } from "./live_decoder_invitation.js"
import { nearHere } from "./live_decoder_near.js"
import { axisPlane, drawTile, isName, pointOn, positionOn } from "./live_decoder_plane.js"
import { Weights } from "./live_decoder_weights.js"
import { DOTS } from "./plane_dots.js"

/**
 * A model; without a decoder while its weights are on their way. `first` is the image of the header's `z`.
 * @typedef {{ header: any, decoder: import("./kit/decoder.js").Decoder | null, first: Float32Array }} Model
 */
/** @typedef {import("./live_decoder_plane.js").ShownPlane} ShownPlane */

const REST_MS = 1000
const TAP_PIXELS = 8 // a press that moves no farther pins the point
const BETWEEN_MS = 4 // a mouse may report a thousand positions a second; the last one of a frame is always drawn

class LiveDecoder extends Component {
  /** @type {Model | null} */
  model = null
  /** @type {Model | null} the model of the image on the canvas */
  drawnModel = null
  drawnAt = 0
  /** @type {number[]} */
  z = []
  /** @type {number[] | null} where the point goes once the weights are there */
  wanted = null
  pending = false
  started = false
  place = "" // which plane the point is on
  report = ""
  reportedPin = false
  restTimer = 0
  isPinned = false
  isLinkRead = false // whether the point of the page's link has been taken
  /** @type {number[] | null} where the pointer went down on the plane */
  down = null
  isInviting = false // whether the point is to wander once the weights are there

  /** @param {HTMLElement} root */
  constructor(root) {
    super(root)
    this.canvas = /** @type {HTMLCanvasElement} */ (root.querySelector("canvas"))
    this.caption = /** @type {Element} */ (root.querySelector("output")).appendChild(new Text()) // its text changes without new elements
    this.narrator = new Narrator(this.cleanups, root)
    this.weights = new Weights(/** @type {HTMLElement} */ (root.querySelector("[data-role=loading]")), this.cleanups)
    this.canvas.onkeydown = (event) => this.onKey(event)
    this.pictures = [this.canvas]
    this.cursor = document.createElement("div")
    this.cursor.className = "plane-cursor"
    this.invitation = new Invitation(this.cleanups, {
      begin: () => this.invite(true),
      move: (position) => this.moveTo(this.pointAt(position)),
      end: () => this.invite(false),
    })
    this.chart = new Axes({
      onFound: (plot) => this.listen(plot),
      onDrawn: () => {
        this.followPlane()
        this.placeCursor()
      },
    })
    share(this.canvas, "z", () => this.z, (z) => {
      this.invitation.stop()
      this.moveTo(z)
    })
    this.cleanups.watchPage(() => this.attach())
    const isOurs = (/** @type {Node} */ target) => Boolean(this.chart.element?.contains(target)) || target === this.canvas
    this.elsewhere = new Elsewhere(this.cleanups, isOurs, () => clearTimeout(this.restTimer))
    this.cleanups.listen(document, ["keydown"], (event) => event.key === "Escape" && !isWindowOpen() && this.pin(false), true)
    this.cleanups.listen(window, ["popstate"], () => this.followLink())
    whenWanted(this.cleanups, (params) => this.tellLink(params))
  }

  /** @param {import("./kit/pack.js").Packed} packed the header of `pack_point`, and the image of its `z` */
  async load({ header, arrays: { first } }) {
    const { model: present } = this
    if (present && present.header.address === header.address) return this.show(present)
    const model = { header, decoder: null, first }
    this.show(model)
    const weights = await this.weights.fetch(header)
    if (!weights || this.model !== model) return // another one came meanwhile
    const isMoved = this.wanted !== null
    this.show({ header, decoder: decoderOf(weights.header, weights.arrays), first })
    if (isMoved) this.rest()
    else if (this.isInviting) this.invitation.start(this.position(this.z))
  }

  /** @param {Model} model */
  show(model) {
    const isSame = this.model?.header.id === model.header.id
    this.model = model
    fit(this.canvas, model.header.image_shape)
    if (isSame || (this.isPinned && this.z.length === this.latentDim)) this.moveTo(this.wanted ?? this.z)
    else {
      this.started = this.isPinned = false
      this.moveTo(new Array(model.header.latent_dim).fill(0))
    }
    this.attach()
  }

  /** Finds the chart. Streamlit may replace the chart's element at any rerun. */
  attach() {
    if (!this.model || !this.chart.find(this.model.header.chart)) return
    this.followPlane()
    if (!this.cursor.isConnected) this.chart.element?.appendChild(this.cursor)
    this.placeCursor()
  }

  /**
   * Browsers hold a pointermove back until the next frame begins. Where they tell of the pointer at once too, the point is
   * decoded by then.
   * @param {HTMLElement} plot
   */
  listen(plot) {
    const { cleanups } = this.chart
    const onEarly = (/** @type {PointerEvent} */ event) => performance.now() - this.drawnAt > BETWEEN_MS && this.onPointer(event)
    cleanups.listen(plot, [DOTS], () => this.draw()) // the caption names what dots are near
    cleanups.listen(plot, ["pointerrawupdate"], onEarly, true)
    cleanups.listen(plot, ["pointermove", "pointerdown", "pointerup"], (event) => this.onPointer(event), true)
    cleanups.listen(plot, ["pointerdown"], (event) => (this.down = isName(event) ? null : this.chart.place(event)), true)
    // Anywhere: a button may be let go outside the plane.
    cleanups.listen(window, ["pointerup"], (event) => this.onRelease(event), true)
    cleanups.listen(window, ["pointercancel"], () => (this.down = null), true)
  }

  /** @param {PointerEvent} event */
  onRelease(event) {
    const [down, up] = [this.down, this.chart.place(event)]
    this.down = null
    if (!down || !up || Math.hypot(up[0] - down[0], up[1] - down[1]) > TAP_PIXELS) return
    this.pin(!this.isPinned)
    this.onPointer(event)
  }

  /**
   * Keeps the point where it is, or lets it go.
   * @param {boolean} isPinned
   */
  pin(isPinned) {
    if (this.isPinned === isPinned) return
    this.isPinned = isPinned
    this.draw()
    this.report = ""
    this.rest(0)
  }

  /** @param {boolean} isInviting */
  invite(isInviting) {
    this.cursor.classList.toggle("inviting", isInviting)
  }

  get latentDim() {
    return this.model?.header.latent_dim ?? 0
  }

  /**
   * The plane that the chart shows.
   * @returns {ShownPlane}
   */
  plane() {
    const { meta } = this.chart
    if (meta?.basis?.[0]?.length === this.latentDim) return meta // else: of the model shown before
    return axisPlane(this.latentDim)
  }

  /** On another plane: to the point it names, or to the same position there. */
  followPlane() {
    const { basis, rest, start, pinned } = this.plane()
    const place = JSON.stringify([basis, rest])
    if (this.started && this.place === place) return
    const isFirst = !this.isLinkRead
    this.started = this.isLinkRead = true
    this.place = place
    if (this.isPinned) return
    this.moveTo(start ?? this.pointAt(this.position(this.z)))
    if (!isFirst) return
    this.isPinned = this.reportedPin = Boolean(start && pinned)
    this.isInviting = !start
    if (this.isInviting && this.model?.decoder) this.invitation.start(this.position(this.z))
  }

  /** Where the browser's Back has led to another link: to its point. */
  followLink() {
    const z = linkedNumbers("z")
    this.isPinned = this.reportedPin = new URLSearchParams(location.search).get("pinned") === "true" && z.length === this.latentDim
    if (!this.model) return
    this.moveTo(z.length === this.latentDim ? z : this.pointAt([0, 0]))
    this.draw() // the pin shows, where only that has changed
  }

  /**
   * A point that the server has not heard of yet.
   * @param {URLSearchParams} params
   */
  tellLink(params) {
    if (this.restTimer) put(params, "z", coordinates(this.z).join())
    if (this.isPinned !== this.reportedPin) put(params, "pinned", this.isPinned ? "true" : "")
  }

  /** @param {PointerEvent} event */
  onPointer(event) {
    const place = this.isPinned || (event.type !== "pointermove" && isName(event)) ? null : this.chart.place(event)
    if (!place) return
    this.invitation.stop()
    const values = this.chart.values(place)
    const isProbability = this.plane().coordinates === "probability"
    this.moveTo(this.pointAt(isProbability ? values.map(normalQuantile) : values))
    this.rest()
  }

  /**
   * The position of z on the plane.
   * @param {number[]} z
   */
  position(z) {
    return positionOn(this.plane(), z)
  }

  /** Of the chart's axes. @param {number[]} z */
  valuesAt(z) {
    const position = this.position(z)
    return this.plane().coordinates === "probability" ? position.map(normalCdf) : position
  }

  /** @param {number[]} position */
  pointAt(position) {
    return pointOn(this.plane(), position, this.latentDim)
  }

  /** @param {number[]} z */
  moveTo(z) {
    this.wanted = this.canDraw(z) ? null : z
    if (this.wanted) return this.preview(z)
    if (this.drawnModel === this.model && z.every((value, i) => value === this.z[i])) return
    this.z = z
    if (this.pending) return
    this.pending = true
    queueMicrotask(() => {
      this.pending = false
      this.draw()
    })
  }

  /**
   * Whether the image at z can be drawn: until the weights are there, only the first one can.
   * @param {number[]} z
   */
  canDraw(z) {
    const { model } = this
    return Boolean(model && (model.decoder || z.every((value, i) => value === model.header.z[i])))
  }

  /** Until the weights are there: the nearest of the map's pictures. @param {number[]} z */
  preview(z) {
    this.placeCursor(z)
    if (drawTile(this.canvas, this.chart.element, this.valuesAt(z))) this.caption.data = `z = (${shortList(coordinates(z))}), the nearest picture of the map`
  }

  draw() {
    if (!this.model || !this.canDraw(this.z)) return
    const { header, decoder, first } = this.model
    const pixels = decoder ? decode(decoder, this.z) : first
    drawMeans(this.canvas, pixels, header.image_shape)
    this.drawnModel = this.model
    this.drawnAt = performance.now()
    this.canvas.pixels = pixels.subarray(0, valuesIn(header.image_shape))
    this.canvas.latent = this.z
    const texts = coordinates(this.z)
    this.canvas.dataset.z = texts.join(",")
    this.caption.data = `z = (${shortList(texts)})${this.isPinned ? ", pinned" : ""}${this.latentDim > 2 ? "" : nearHere(this.chart, this.valuesAt(this.z))}`
    this.narrator.tell(this.caption.data, this.pictures)
    for (const [name, value] of Object.entries({ pinned: this.isPinned, ready: decoder !== null })) {
      if (this.canvas.dataset[name] !== String(value)) this.canvas.dataset[name] = String(value) // not at each move
    }
    this.cursor.classList.toggle("pinned", this.isPinned)
    this.placeCursor()
  }

  placeCursor(z = this.z) {
    const { box } = this.chart
    if (!box) return
    const { x, y } = this.chart.maps
    const [a, b] = this.valuesAt(z)
    const [px, py] = [x(a), b === undefined ? box.height / 2 : y(b)]
    const isInside = px >= 0 && py >= 0 && px <= box.width && py <= box.height
    this.cursor.style.display = isInside ? "block" : "none"
    this.cursor.style.transform = `translate(${px + box.left}px, ${py + box.top}px)`
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault()
      if (!event.repeat) this.pin(!this.isPinned)
      return
    }
    const step = arrowStep(event)
    if (!step) return
    event.preventDefault()
    const size = event.shiftKey ? 0.5 : 0.1
    this.moveTo(this.pointAt(this.position(this.wanted ?? this.z).map((value, k) => value + step[k] * size)))
    this.rest()
  }

  /** Tells the server of the point once it has rested. */
  rest(after = REST_MS) {
    clearTimeout(this.restTimer)
    this.restTimer = setTimeout(() => {
      this.restTimer = 0
      if (!this.canvas.isConnected || !this.model?.decoder) return
      const z = Array.from(this.z)
      if (this.report === z.join()) return
      this.report = z.join()
      this.component.setStateValue("z", z)
      if (this.reportedPin !== this.isPinned) this.component.setStateValue("pinned", this.isPinned)
      this.reportedPin = this.isPinned
    }, Math.max(after, this.elsewhere.wait))
  }

  destroy() {
    super.destroy()
    this.model = null
    clearTimeout(this.restTimer)
    this.chart.release()
    this.cursor.remove()
  }
}

/** Whether something lies over the page that Escape shuts: then that is what Escape is for. */
const isWindowOpen = () => document.querySelector("[role=dialog], [role=listbox], [data-testid=stPopoverBody], .link-panel") !== null

export default mounting(".live-decoder", LiveDecoder)
