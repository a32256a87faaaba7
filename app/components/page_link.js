// The link of what the page shows: copied at a press, and printed with its QR code below the page.

import { countSteps, goTo, linkForOthers, LOCAL_ONLY, isLocal, pageLink, pathNow } from "./kit/address.js"
import { element } from "./kit/html.js"
import { Component, mounting } from "./kit/mount.js"
import { LinkPanel } from "./page_link_panel.js"
import { freeze, thaw } from "./page_link_print.js"

const SAID_MS = 4000
const AWAY = 120 // pixels that a page is scrolled until the buttons go

class PageLink extends Component {
  codes = ""
  origin = "" // where others find the app, if not at this page's origin
  timer = 0
  printed = element("figure", { className: "page-link-printed" })
  printedLink = ""

  /** @param {HTMLElement} root */
  constructor(root) {
    super(root)
    this.field = /** @type {HTMLInputElement} */ (root.querySelector("input"))
    this.output = /** @type {HTMLOutputElement} */ (root.querySelector("output"))
    const button = (/** @type {string} */ role) => /** @type {HTMLButtonElement} */ (root.querySelector(`[data-role=${role}]`))
    button("copy").onclick = () => this.copy(pageLink())
    button("leave").onclick = () => leaveProjector()
    this.panel = new LinkPanel(root, button("make"), this.cleanups, (link) => this.copy(link), (link) => this.codeOf(link))
    this.field.onblur = () => (this.field.hidden = true)
    this.cleanups.listen(document, ["scroll"], (event) => this.makeRoom(event), true)
    const paper = window.matchMedia("print")
    this.cleanups.listen(window, ["beforeprint"], () => {
      freeze()
      this.prepare()
    })
    this.cleanups.listen(window, ["afterprint"], thaw)
    this.cleanups.listen(paper, ["change"], () => paper.matches && this.prepare()) // a browser's tools may show how it looks
    this.cleanups.add(() => {
      clearTimeout(this.timer)
      this.printed.remove()
    })
  }

  /** @param {{ steps: string[], codes: string, parts: string, origin: string }} data */
  load({ steps, codes, parts, origin }) {
    Object.assign(this, { codes, origin })
    Object.assign(this.panel, { parts, origin })
    countSteps(steps)
  }

  /** @param {Event} event */
  makeRoom({ target }) {
    if (target instanceof HTMLElement && target.dataset.testid === "stMain") this.root.toggleAttribute("data-away", target.scrollTop > AWAY)
  }

  /** @param {string} link */
  async copy(link) {
    try {
      await navigator.clipboard.writeText(link) // there is none on a page without encryption, and it may be refused
      this.say("Copied")
    } catch {
      this.offer(link)
    }
  }

  /**
   * The link in a field, selected, for the visitor's own way to copy.
   * @param {string} link
   */
  offer(link) {
    this.field.hidden = false
    this.field.value = link
    this.field.focus()
    this.field.select()
    if (document.execCommand("copy")) {
      this.field.blur()
      this.say("Copied")
    } else this.say("Copy the link from here:")
  }

  /** @param {string} text */
  say(text) {
    clearTimeout(this.timer)
    this.output.textContent = text
    this.timer = window.setTimeout(() => (this.output.textContent = ""), SAID_MS)
  }

  /** Before the page is printed: the browser waits for nothing, so the code is asked for at once. */
  prepare() {
    const link = linkForOthers(pageLink(), this.origin)
    document.querySelector("[data-testid=stMainBlockContainer]")?.append(this.printed) // at the end of the page
    if (this.printedLink === link) return
    this.printedLink = link
    const caption = element("figcaption", { textContent: link })
    this.printed.replaceChildren(...this.codeOf(link), caption, ...(isLocal(link) ? [element("p", { textContent: LOCAL_ONLY })] : []))
  }

  /** @param {string} link */
  codeOf(link) {
    const request = new XMLHttpRequest()
    request.open("GET", `${this.codes}?${encodeURIComponent(link)}`, false)
    try {
      request.send()
    } catch {
      return [] // the server is away: the link stands below
    }
    const drawing = new DOMParser().parseFromString(request.responseText, "image/svg+xml").documentElement
    return request.status === 200 && drawing.localName === "svg" ? [document.importNode(drawing, true)] : []
  }
}

function leaveProjector() {
  const search = new URL(pageLink()).searchParams
  search.delete("projector")
  goTo(pathNow(), search)
}

export default mounting(".page-link", PageLink)
