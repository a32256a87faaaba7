// What those hear who do not see the page: of what moves, one polite message once it has rested, and then the labels of its pictures
// say what they show.

const REST_MS = 700
const UNSEEN = { position: "absolute", width: "1px", height: "1px", overflow: "hidden", clipPath: "inset(50%)" }

/** @type {WeakMap<Element, string[]>} a picture's first label: what it is, and after "; " what keys do */
const labels = new WeakMap()

export class Narrator {
  words = ""
  toldAt = 0
  timer = 0
  /** @type {Element[]} */
  pictures = []

  /**
   * @param {import("./mount.js").Cleanups} cleanups
   * @param {Element | null} root where the messages stand, unseen; null where something else says them, such as a slider its value
   */
  constructor(cleanups, root) {
    if (root) {
      this.region = Object.assign(document.createElement("span"), { className: "narrator" })
      this.region.setAttribute("role", "status")
      Object.assign(this.region.style, UNSEEN)
      root.append(this.region)
    }
    cleanups.add(() => clearTimeout(this.timer))
  }

  /**
   * @param {string} words
   * @param {Element[]} [pictures] that show it
   */
  tell(words, pictures = []) {
    this.words = words
    this.pictures = pictures
    this.toldAt = performance.now() // no new timer for each move
    this.timer ||= window.setTimeout(() => this.rest(), REST_MS)
  }

  rest() {
    const wait = REST_MS - (performance.now() - this.toldAt)
    this.timer = wait > 0 ? window.setTimeout(() => this.rest(), wait) : 0
    if (this.timer) return
    for (const picture of this.pictures) label(picture, this.words)
    // Nothing is said before the visitor has done something.
    if (this.region && navigator.userActivation?.hasBeenActive !== false) this.region.textContent = this.words
  }
}

/**
 * @param {Element} picture
 * @param {string} words
 */
function label(picture, words) {
  let parts = labels.get(picture)
  if (!parts) labels.set(picture, (parts = (picture.getAttribute("aria-label") ?? "").split("; ")))
  const [name, ...keys] = parts
  picture.setAttribute("aria-label", [name, words, ...keys].join("; "))
}
