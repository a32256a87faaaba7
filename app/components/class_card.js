// The card of a class, on every page while there is a class. The teacher's card lets the class follow; a pupil's card moves the page and its
// points to where the teacher is, and lets the pupil look away and come back. It also sends what the pupil answers.

import { drawAnswers, inWords } from "./class_chart.js"
import { Line } from "./class_line.js"
import { Outbox } from "./class_outbox.js"
import { goTo, pathNow } from "./kit/address.js"
import { onAnswer } from "./kit/answer.js"
import { Component, mounting } from "./kit/mount.js"
import { sharedOnPage } from "./kit/shared.js"

/** @typedef {{ on: boolean, mine: boolean, move: number, link: { path: string, query: string } | null, tab?: string }} Lead */
/** @typedef {{ lead: number, view: number[] }} Best of the toy of the page The bound: by how many nats, and x, mean and scale */

const POLL = 40 // milliseconds between two looks at the teacher's points
const TICK = 250
const STILL = 300 // so long a link must stay as it is before pupils go there: several settings may change at once
const PLACES = ["z", "pinned", "toy", "q"] // parts of a link that say where points are: those move without a link
const LOOKS = ["projector", "embed", "embed_options"] // and those that each screen has for itself
const AWAY = "aevb-class-away"
const BEST = "aevb-class-best"
const LEADS = "aevb-class-leads"
const ROOM = "--class-card" // how much of the window's lower end this card takes
const BOARD = "/class" // the teacher's own page: nobody is taken there
const TAB = Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, "0")).join("")

class ClassCard extends Component {
  room = ""
  isTeacher = false
  isOpen = false
  here = 0
  unsent = 0
  /** @type {Lead} */
  lead = { on: false, mine: false, move: 0, link: null }
  /** @type {Record<string, number[]>} */
  places = {}
  /** @type {any} */
  display = null
  isAway = false
  goneTo = "" // the room and the number of the teacher's move that this page has made
  path = pathNow()
  link = { text: "", since: 0, sent: "" }
  sentPlaces = ""
  sentLook = ""
  /** @type {WeakMap<HTMLElement, string>} where each element was put last, and where it then was */
  put = new WeakMap()

  /** @param {HTMLElement} root */
  constructor(root) {
    super(root)
    const part = (/** @type {string} */ role) => /** @type {HTMLElement} */ (root.querySelector(`[data-role=${role}]`))
    this.words = part("words")
    this.answers = part("answers")
    this.button = /** @type {HTMLButtonElement} */ (part("act"))
    this.button.onclick = () => this.act()
    this.cleanups.watchSize(root, () => this.makeRoom())
    this.cleanups.add(() => document.documentElement.style.removeProperty(ROOM))
    const timers = [setInterval(() => this.tellPlaces(), POLL), setInterval(() => this.tick(), TICK)]
    this.cleanups.add(() => timers.forEach(clearInterval))
  }

  /** @param {{ room: string }} data */
  load({ room }) {
    this.enter(room)
    if (this.line) return
    const change = (/** @type {number} */ waiting) => {
      this.unsent = waiting
      this.draw()
    }
    const outbox = new Outbox(this.cleanups, TAB, () => this.room, change)
    onAnswer(this.cleanups, (answer) => outbox.add(answer))
    this.line = new Line(this.cleanups, TAB, { hear: (news) => this.hear(news), change: (isOpen) => this.change(isOpen) })
  }

  /**
   * The class's name. It is another one when the server was started anew while this page was open.
   * @param {string} room
   */
  enter(room) {
    if (room === this.room) return
    this.room = room
    this.isAway = recall(AWAY) === room
    this.goneTo = ""
  }

  /** @param {boolean} isOpen */
  change(isOpen) {
    this.isOpen = isOpen
    this.sentLook = this.sentPlaces = this.link.sent = ""
    this.draw()
  }

  /** @param {any} news parts of the room's state, each in its present form */
  hear(news) {
    if ("room" in news) this.enter(news.room)
    if ("teacher" in news) this.isTeacher = news.teacher
    if ("here" in news) this.here = news.here
    if ("lead" in news) this.lead = news.lead
    if ("places" in news) this.places = news.places
    if ("display" in news) this.display = news.display
    if ("room" in news) this.leadAgain()
    if (this.isFollowing) this.follow()
    this.draw()
  }

  /** After a reload this tab has another name than when it began to lead. */
  leadAgain() {
    if (!this.isTeacher || !this.lead.tab || this.lead.mine || this.lead.tab !== recall(LEADS)) return
    keep(LEADS, TAB)
    this.line?.say({ follow: true })
  }

  get isFollowing() {
    return this.lead.on && !this.isTeacher && !this.isAway
  }

  act() {
    if (this.isTeacher) {
      const isOn = !this.lead.mine
      keep(LEADS, isOn ? TAB : null)
      this.line?.say({ follow: isOn })
      return
    }
    this.lookAway(!this.isAway)
    if (this.isFollowing) {
      this.goneTo = ""
      this.follow()
    }
  }

  /** @param {boolean} isAway */
  lookAway(isAway) {
    this.isAway = isAway
    keep(AWAY, isAway ? this.room : null)
    this.draw()
  }

  /** A lesson's card lies above this one. */
  makeRoom() {
    const height = this.root.hidden ? 0 : this.root.offsetHeight + 20 // it hangs 12 pixels above the edge
    document.documentElement.style.setProperty(ROOM, `${height}px`)
  }

  // -- the pupil's page ------------------------------------------------------------------------------------------

  follow() {
    const { link, move } = this.lead
    const goal = `${this.room} ${move}`
    if (link && this.goneTo !== goal) {
      this.goneTo = goal
      this.goTo(link)
    }
    for (const [name, element] of sharedOnPage()) if (name in this.places) this.move(element, this.places[name])
  }

  /** @param {{ path: string, query: string }} link */
  goTo({ path, query }) {
    if (path === pathNow() && query === queryNow()) return
    const search = new URLSearchParams(query)
    for (const [name, value] of new URLSearchParams(location.search)) if (LOOKS.includes(name)) search.append(name, value)
    this.path = path
    goTo(path, search)
  }

  /**
   * @param {HTMLElement & { shared: import("./kit/shared.js").Shared }} element
   * @param {number[]} place
   */
  move(element, place) {
    const now = rounded(element.shared.read())
    if (now.length !== place.length || now.join() === place.join()) return
    const state = `${place} ${now}`
    if (this.put.get(element) === state) return // as near as it can come
    element.shared.move(place)
    this.put.set(element, `${place} ${rounded(element.shared.read())}`)
  }

  // -- what this tab says ----------------------------------------------------------------------------------------

  tick() {
    if (document.hidden || !this.room) return
    const path = pathNow()
    if (path !== this.path) {
      this.path = path
      if (this.isFollowing && this.lead.link && path !== this.lead.link.path) this.lookAway(true) // by a link of the page
      this.draw()
    }
    if (this.isFollowing) this.follow()
    this.tellLook(path)
    if (this.lead.mine) this.tellLink(path)
  }

  /** @param {string} path */
  tellLook(path) {
    const toy = /** @type {HTMLElement | null} */ (document.querySelector(".bound-toy[data-elbo]"))
    const best = recallBest(this.room)
    if (toy?.view && !this.isTeacher && !this.isFollowing) { // a q that the teacher moves is not the pupil's
      const lead = Number(toy.dataset.elbo) - Number(toy.dataset.encoderElbo)
      if (!best || lead > best.lead + 1e-6) keep(BEST, JSON.stringify({ room: this.room, lead, view: toy.view }))
    }
    const look = { path, best: recallBest(this.room)?.view ?? null }
    const text = JSON.stringify(look)
    if (text !== this.sentLook && this.line?.say({ look })) this.sentLook = text
  }

  /** @param {string} path */
  tellLink(path) {
    if (path === BOARD) return
    const text = `${path}?${queryNow()}`
    const now = performance.now()
    if (text !== this.link.text) this.link = { ...this.link, text, since: now }
    if (text === this.link.sent || (now - this.link.since < STILL && this.link.sent)) return
    if (this.line?.say({ link: { path, query: queryNow() } })) this.link.sent = text
  }

  tellPlaces() {
    if (!this.lead.mine || document.hidden || pathNow() === BOARD) return
    const places = Object.fromEntries(
      [...sharedOnPage()].map(([name, { shared }]) => [name, rounded(shared.read())]).filter(([, place]) => place.length),
    )
    const text = JSON.stringify(places)
    if (text !== this.sentPlaces && this.line?.say({ places })) this.sentPlaces = text
  }

  // -- the card --------------------------------------------------------------------------------------------------

  draw() {
    const [words, button] = this.isTeacher ? this.teacherWords() : this.pupilWords()
    const state = this.isTeacher ? "teacher" : this.isFollowing ? "following" : this.lead.on ? "away" : "free"
    Object.assign(this.root.dataset, { state, line: this.isOpen ? "open" : "closed", unsent: String(this.unsent) })
    if (this.words.textContent !== words) this.words.textContent = words
    if (this.button.textContent !== button) this.button.textContent = button
    this.button.hidden = !button || !this.isOpen
    this.drawAnswers()
    this.root.hidden = !words && this.answers.hidden
  }

  /** @returns {[string, string]} */
  teacherWords() {
    if (!this.isOpen) return ["There is no connection to the class. The page tries again.", ""]
    const here = `${this.here} pupil${this.here === 1 ? "" : "s"}`
    if (this.lead.mine) return [`${here} follow${this.here === 1 ? "s" : ""} you.`, "Let them go"]
    return [`${here} here.${this.lead.on ? " They follow another tab of yours." : ""}`, "Follow me"]
  }

  /** @returns {[string, string]} */
  pupilWords() {
    const letters = this.unsent ? ` ${this.unsent} of your answers wait${this.unsent === 1 ? "s" : ""} for the connection.` : ""
    if (!this.lead.on) return [letters.trim(), ""]
    if (!this.isOpen && !document.hidden) return [`The connection to the teacher is broken. The page tries again.${letters}`, ""]
    if (this.isAway) return [`The teacher shows something.${letters}`, "Come along"]
    return [`You follow the teacher.${letters}`, "Look around"]
  }

  drawAnswers() {
    const answers = this.isTeacher && pathNow() === BOARD ? null : this.display
    this.answers.hidden = !answers
    const text = answers ? JSON.stringify(answers) : ""
    if (this.answers.dataset.answers === text) return
    this.answers.dataset.answers = text
    const summary = /** @type {HTMLElement} */ (this.answers.querySelector("summary"))
    summary.textContent = answers ? `${answers.words ? `${answers.words} ` : ""}The class: ${inWords(answers)}` : ""
    this.answers.replaceChildren(summary, ...(answers ? [drawAnswers(answers)] : []))
  }
}

/** @param {number[]} place */
const rounded = (place) => Array.from(place, (value) => Math.round(value * 1e4) / 1e4)

/** The settings of the page that belong to the class, in the order of their names. */
function queryNow() {
  const query = new URLSearchParams(location.search)
  for (const name of [...PLACES, ...LOOKS]) query.delete(name)
  query.sort()
  return query.toString()
}

/** @param {string} key */
function recall(key) {
  try {
    return sessionStorage.getItem(key)
  } catch {
    return null // a browser that keeps nothing
  }
}

/**
 * @param {string} key
 * @param {string | null} value
 */
function keep(key, value) {
  try {
    if (value === null) sessionStorage.removeItem(key)
    else sessionStorage.setItem(key, value)
  } catch { // then it is forgotten with the page
  }
}

/**
 * @param {string} room
 * @returns {Best | null}
 */
function recallBest(room) {
  const best = JSON.parse(recall(BEST) ?? "null")
  return best?.room === room ? best : null
}

export default mounting(".class-card", ClassCard)
