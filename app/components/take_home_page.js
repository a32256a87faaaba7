// The page to take home: one file with a decoder's weights, the plane, and the image at the point under the pointer. There is no
// server and no Streamlit; `take_home.py` writes the page around the bundle of this file.

import { drawMeans, fit, valuesIn } from "./kit/canvas.js"
import { decode, decoderOf } from "./kit/decoder.js"
import { arrowStep } from "./kit/keys.js"
import { Cleanups } from "./kit/mount.js"
import { unpack } from "./kit/pack.js"
import { coordinates, minus, shortList } from "./kit/words.js"
import { Invitation } from "./live_decoder_invitation.js"
import { HomePath } from "./take_home_path.js"
import { HomePlane } from "./take_home_plane.js"

const TAP_PIXELS = 8 // a press that moves no farther is one on a place
const BETWEEN_MS = 4 // a mouse may report a thousand positions a second; the last one of a frame is always drawn
const OTHER_THEME = { light: "Dark", dark: "Light" }

/**
 * @template {HTMLElement} E
 * @param {string} selector
 */
const part = (selector) => /** @type {E} */ (document.querySelector(selector))

/** @param {string} role of an element that holds bytes in base64 */
function bytesIn(role) {
  const letters = atob(/** @type {string} */ (part(`[data-role=${role}]`).textContent))
  const bytes = new Uint8Array(letters.length)
  for (let i = 0; i < letters.length; i++) bytes[i] = letters.charCodeAt(i)
  return bytes
}

class TakeHomePage {
  /** @type {number[]} */
  z = []
  drawnAt = 0
  isPinned = false
  isPrinted = false
  /** @type {number[] | null} where the pointer went down on the plane */
  down = null

  constructor() {
    const { header, arrays } = unpack(bytesIn("decoder"))
    const { header: about, arrays: encoded } = unpack(bytesIn("encoded"))
    this.imageShape = header.image_shape
    this.decoder = decoderOf(header, arrays)
    this.canvas = /** @type {HTMLCanvasElement} */ (part("canvas[data-role=decoded]"))
    this.output = part("figcaption output")
    this.caption = this.output.appendChild(new Text()) // its text changes without new elements
    fit(this.canvas, this.imageShape)
    this.darkScreen = matchMedia("(prefers-color-scheme: dark)")
    this.plane = new HomePlane(part("[data-role=plane]"), about, encoded, () => about.colours[this.theme])
    const model = { decoder: this.decoder, imageShape: this.imageShape }
    this.path = new HomePath(part("[data-role=way]"), this.plane, model, (position) => {
      this.isPinned = false
      this.moveTo(this.plane.pointAt(position))
    })
    this.invitation = new Invitation(new Cleanups(), {
      begin: () => this.invite(true),
      move: (position) => this.moveTo(this.plane.pointAt(position)),
      end: () => this.invite(false),
    })
    this.listen()
    this.moveTo(this.plane.pointAt(about.basis.map(() => 0)))
    this.showTheme()
    this.plane.paint(this.decoder, this.imageShape)
    this.invitation.start(this.plane.position(this.z))
  }

  listen() {
    const { root } = this.plane
    new ResizeObserver(() => this.plane.draw()).observe(root)
    new ResizeObserver(() => this.path.drawStrip()).observe(this.path.strip)
    // Browsers hold a pointermove back until the next frame begins. Where they tell of the pointer at once too, it is decoded by then.
    root.addEventListener("pointerrawupdate", (event) => {
      if (performance.now() - this.drawnAt > BETWEEN_MS) this.onPointer(/** @type {PointerEvent} */ (event))
    })
    root.onpointermove = (event) => this.onPointer(event)
    root.onpointerdown = (event) => this.onDown(event)
    root.onpointerup = (event) => this.onUp(event)
    root.onpointercancel = () => (this.down = null)
    for (const element of [root, this.canvas]) element.onkeydown = (event) => this.onKey(event)
    document.addEventListener("keydown", (event) => event.key === "Escape" && this.free())
    part("[data-role=choose]").addEventListener("click", () => {
      this.isPinned = false // else the map would not show what A and B may be
      this.draw()
    })
    part("[data-role=theme]").onclick = () => {
      document.documentElement.dataset.theme = this.theme === "dark" ? "light" : "dark"
      this.showTheme()
    }
    this.darkScreen.onchange = () => this.showTheme()
    window.onbeforeprint = () => this.print(true)
    window.onafterprint = () => this.print(false)
  }

  /** @param {boolean} isInviting */
  invite(isInviting) {
    this.plane.ring.classList.toggle("inviting", isInviting)
    this.output.setAttribute("aria-live", isInviting ? "off" : "polite")
  }

  /** @returns {"light" | "dark"} */
  get theme() {
    const { theme } = document.documentElement.dataset
    if (this.isPrinted) return "light"
    return theme === "light" || theme === "dark" ? theme : this.darkScreen.matches ? "dark" : "light"
  }

  showTheme() {
    const button = part("[data-role=theme]")
    button.textContent = OTHER_THEME[this.theme]
    button.setAttribute("aria-label", `${button.textContent} colours`)
    this.plane.draw()
  }

  /** @param {boolean} isPrinted */
  print(isPrinted) {
    this.isPrinted = isPrinted
    this.plane.draw()
  }

  /** @param {PointerEvent} event */
  onPointer(event) {
    if (this.isPinned || this.path.isPlaying) return
    this.invitation.stop()
    this.moveTo(this.plane.pointAt(this.plane.positionUnder(event)))
  }

  /** @param {PointerEvent} event */
  onDown(event) {
    if (isName(event) || event.button !== 0) return
    this.down = [event.clientX, event.clientY]
    this.plane.root.setPointerCapture(event.pointerId) // a finger that slides off the plane goes on along its edge
    this.onPointer(event)
  }

  /** @param {PointerEvent} event */
  onUp(event) {
    const { down } = this
    this.down = null
    if (!down || Math.hypot(event.clientX - down[0], event.clientY - down[1]) > TAP_PIXELS) return
    this.press(this.plane.positionUnder(event), event.pointerType === "mouse")
  }

  /**
   * A press on a place: an end of the path where one is asked for; else it pins the point there, or frees it. After a finger there is
   * nothing that would move the point, so it is not pinned.
   * @param {number[]} position
   * @param {boolean} mayPin
   */
  press(position, mayPin) {
    if (this.path.take(position)) return
    if (this.path.isPlaying) this.path.stop()
    else this.isPinned = mayPin && !this.isPinned
    this.moveTo(this.plane.pointAt(position))
    this.draw()
  }

  free() {
    this.path.stop()
    this.isPinned = false
    this.draw()
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const position = this.plane.position(this.z)
    const step = arrowStep(event)
    if (event.key === "Enter" || event.key === " ") {
      if (!event.repeat) this.press(position, true)
    } else if (step) {
      const size = event.shiftKey ? 0.5 : 0.1
      this.path.button.pause()
      this.moveTo(this.plane.pointAt(this.plane.within(position.map((value, k) => value + step[k] * size))))
    } else return
    event.preventDefault()
  }

  /** @param {number[]} z */
  moveTo(z) {
    if (z.length === this.z.length && z.every((value, i) => value === this.z[i])) return
    this.z = z
    this.draw()
  }

  draw() {
    const pixels = decode(this.decoder, this.z)
    drawMeans(this.canvas, pixels, this.imageShape)
    this.drawnAt = performance.now()
    this.canvas.pixels = pixels.subarray(0, valuesIn(this.imageShape))
    this.canvas.latent = this.z
    const texts = coordinates(this.z)
    this.canvas.dataset.z = texts.join(",")
    this.canvas.dataset.pinned = String(this.isPinned)
    this.caption.data = `z = (${shortList(texts.map(minus))})${this.isPinned ? ", pinned" : ""}`
    this.plane.ring.classList.toggle("pinned", this.isPinned)
    this.plane.z = this.z
    this.plane.placeRing()
  }
}

/**
 * Whether a press is on a class's name, which hides the class and moves nothing.
 * @param {Event} event
 */
const isName = ({ target }) => target instanceof Element && target.closest(".plane-name") !== null

new TakeHomePage()
