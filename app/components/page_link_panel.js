// The panel that makes a link for a lesson: what of the page it hides, what it asks, how large it is drawn, and the seed of what is random.

import { goTo, isLocal, linkForOthers, LOCAL_ONLY, pageLink, pathNow, put } from "./kit/address.js"
import { element } from "./kit/html.js"

const LONGEST_QUESTION = 200 // characters

/** @typedef {[string, string, string]} Part name in links, CSS selector, words for a teacher */

export class LinkPanel {
  parts = "" // the address of the table of parts
  origin = "" // where others find the app, if not at this page's origin
  madeLink = ""
  /** @type {HTMLElement | null} */
  panel = null
  /** @type {{ parts: Part[], seeds: string[] }} */
  table = { parts: [], seeds: [] }

  /**
   * @param {HTMLElement} root what holds the panel
   * @param {HTMLButtonElement} button that opens and shuts it
   * @param {import("./kit/mount.js").Cleanups} cleanups
   * @param {(link: string) => void} copy
   * @param {(link: string) => Node[]} codeOf a link's QR code
   */
  constructor(root, button, cleanups, copy, codeOf) {
    this.root = root
    this.button = button
    this.copy = copy
    this.codeOf = codeOf
    button.onclick = () => (this.panel ? this.shut() : this.open())
    cleanups.listen(window, ["popstate"], () => this.shut())
    cleanups.listen(document, ["keydown"], (event) => {
      if (event.key === "Escape" && !document.querySelector("[role=dialog]")) this.shut()
    })
    cleanups.add(() => this.shut())
  }

  async open() {
    try {
      const answer = await fetch(new URL(this.parts, document.baseURI))
      if (answer.ok) this.table = await answer.json()
    } catch { // the server is away: a question and the projector's mode can be chosen still
    }
    this.shut()
    this.panel = this.made()
    this.root.append(this.panel)
    this.button.setAttribute("aria-expanded", "true")
    this.change()
    this.panel.querySelector("input")?.focus()
  }

  shut() {
    if (!this.panel) return
    const hadFocus = this.panel.contains(document.activeElement)
    this.panel.remove()
    this.panel = null
    this.button.setAttribute("aria-expanded", "false")
    if (hadFocus) this.button.focus()
  }

  made() {
    const search = new URLSearchParams(location.search)
    const hidden = (search.get("hide") ?? "").split(",")
    const panel = element("div", { className: "link-panel" })
    panel.setAttribute("role", "group")
    panel.setAttribute("aria-label", "Link for a class")
    this.ask = element("input", { type: "text", maxLength: LONGEST_QUESTION, value: search.get("ask") ?? "" })
    this.ask.placeholder = "Where is the 7?"
    this.projector = element("input", { type: "checkbox", checked: search.get("projector") === "1" })
    const boxes = element("fieldset")
    boxes.append(element("legend", { textContent: "Hide from the page" }))
    this.boxes = this.table.parts.filter(([name, selector]) => hidden.includes(name) || isOnPage(selector)).map(([name, , words]) => {
      const box = element("input", { type: "checkbox", value: name, checked: hidden.includes(name) })
      boxes.append(labelled(words, box, true))
      return box
    })
    this.link = element("input", { type: "text", readOnly: true })
    this.link.setAttribute("aria-label", "The link")
    this.code = element("div", { className: "link-code" })
    panel.append(
      element("p", { textContent: `A link for your class: this page as it is now, with what you choose here. ${isLocal(linkForOthers(pageLink(), this.origin)) ? LOCAL_ONLY : ""}`.trim() }),
      labelled("The question to ask", this.ask), boxes, ...this.seedField(search),
      labelled("Projector mode: large letters, thick lines, no tool bars", this.projector, true),
      this.link, this.buttons(), this.code,
    )
    panel.oninput = () => this.change()
    return panel
  }

  /**
   * The field for the seed, where the page has one.
   * @param {URLSearchParams} search
   */
  seedField(search) {
    const key = this.table.seeds.find((seed) => document.querySelector(`.st-key-${seed} input`))
    this.seed = key ? element("input", { type: "number", min: "0", step: "1", name: key }) : null
    if (!this.seed) return []
    const field = /** @type {HTMLInputElement} */ (document.querySelector(`.st-key-${key} input`))
    this.seed.value = search.get(/** @type {string} */ (key)) ?? field.value
    this.seed.max = field.max
    return [labelled("Seed", this.seed)]
  }

  buttons() {
    const row = element("div", { className: "link-buttons" })
    const button = (/** @type {string} */ text, /** @type {() => void} */ act) => {
      const node = element("button", { type: "button", textContent: text })
      node.onclick = act
      row.append(node)
    }
    button("Copy this link", () => this.copy(this.madeLink))
    button("Try it here", () => {
      const { searchParams } = new URL(this.madeLink)
      this.shut()
      goTo(pathNow(), searchParams)
    })
    button("Show its QR code", () => this.code?.replaceChildren(...this.codeOf(this.madeLink)))
    return row
  }

  change() {
    const address = new URL(pageLink())
    const search = address.searchParams
    put(search, "hide", (this.boxes ?? []).filter(({ checked }) => checked).map(({ value }) => value).join())
    put(search, "ask", this.ask?.value.trim() ?? "")
    put(search, "projector", this.projector?.checked ? "1" : "")
    if (this.seed?.value && this.seed.validity.valid) put(search, this.seed.name, this.seed.value)
    this.madeLink = linkForOthers(address.href, this.origin)
    if (this.link) this.link.value = this.madeLink
    this.code?.replaceChildren()
  }
}

/** @param {string} selector */
const isOnPage = (selector) => [...document.querySelectorAll(selector)].some((part) => part.checkVisibility())

/**
 * @param {string} words
 * @param {HTMLInputElement} input
 * @param {boolean} [isBox]
 */
function labelled(words, input, isBox = false) {
  const label = element("label", { className: isBox ? "link-box" : "" })
  label.append(...(isBox ? [input, words] : [words, input]))
  return label
}
