// The teacher's board. It asks once a second while it is to be seen, so nothing of it needs a run of the page's script.

import { drawAnswers, inWords } from "./class_chart.js"
import { Component, mounting } from "./kit/mount.js"
import { fixed } from "./kit/words.js"

const ASK_EVERY = 1000 // milliseconds
const SURE = 4000 // so long a second press confirms the first one

class ClassBoard extends Component {
  /** @type {Record<string, string>} */
  pages = {}
  chosen = "" // the question whose answers are on the board, as a query
  /** @type {any} */
  state = null
  isAsking = false
  hasEnded = false

  /** @param {HTMLElement} root */
  constructor(root) {
    super(root)
    this.output = /** @type {HTMLOutputElement} */ (root.querySelector("output"))
    this.select = /** @type {HTMLSelectElement} */ (root.querySelector("select"))
    this.select.onchange = () => {
      this.chosen = this.select.value
      this.ask()
    }
    this.part("stop_all").onclick = () => this.confirm("stop_all", "Stop all runs")
    this.part("reset_all").onclick = () => this.confirm("reset_all", "Reset all runs")
    this.part("show").onclick = () => this.show()
    const timer = setInterval(() => this.ask(), ASK_EVERY)
    this.cleanups.add(() => clearInterval(timer))
    this.cleanups.listen(document, ["visibilitychange"], () => this.ask())
  }

  /** @param {string} role */
  part(role) {
    return /** @type {HTMLElement} */ (this.root.querySelector(`[data-role=${role}]`))
  }

  /** @param {{ pages: Record<string, string> }} data */
  load({ pages }) {
    this.pages = pages
    this.ask()
  }

  async ask() {
    if (document.hidden || this.isAsking) return
    this.isAsking = true
    try {
      const answer = await fetch(new URL(`class/board?${this.chosen}`, document.baseURI))
      const state = await answer.json()
      if (!answer.ok) throw new Error(state.error)
      if (!this.hasEnded) this.draw(state)
    } catch (error) {
      this.part("pupils").textContent = `The board cannot be loaded: ${error instanceof Error ? error.message : error}`
    } finally {
      this.isAsking = false
    }
  }

  /** @param {any} state */
  draw(state) {
    this.state = state
    const { here, away, pages, training, waiting, runs, toy } = state
    this.root.dataset.here = here
    const say = (/** @type {string} */ role, /** @type {string} */ words) => {
      if (this.part(role).textContent !== words) this.part(role).textContent = words
    }
    say("pupils", `${plural(here, "pupil")} here${away ? `, ${away} away for a moment` : ""}.`)
    const names = pages.map((/** @type {[string, number]} */ [path, count]) => `${this.pages[path] ?? "another page"} ${count}`)
    say("pages", names.length ? `Pages that are open: ${names.join(", ")}.` : "")
    say("runs", `Training: ${plural(training, "pupil")}. Waiting for a turn: ${waiting}. All runs on this machine: ${runs}.`)
    say("toy", toy.tried ? beatInWords(toy) : "Nobody has tried to beat the encoder on the page The bound yet.")
    this.drawQuestions(state)
  }

  /** @param {any} state */
  drawQuestions({ questions, words, answers, display }) {
    const isEmpty = questions.length === 0
    this.part("none").hidden = !isEmpty
    for (const role of ["choose", "show", "csv", "sheet"]) this.part(role).hidden = isEmpty
    const values = questions.map((/** @type {[string, number, string, number]} */ [lesson, step, question]) => queryOf(lesson, step, question))
    if (values.join() !== [...this.select.options].map(({ value }) => value).join()) {
      const options = questions.map((/** @type {[string, number, string]} */ [lesson, step, question], /** @type {number} */ i) =>
        new Option(words[i] || `${lesson}, step ${step}: ${question}`, values[i]),
      )
      this.select.replaceChildren(...options)
    }
    const present = answers ? queryOf(answers.lesson, answers.step, answers.question) : ""
    this.select.value = present
    this.part("show").textContent = display && queryOf(.../** @type {[string, number, string]} */ (display)) === present ? "Hide from the class" : "Show the class"
    const text = JSON.stringify(answers)
    const place = this.part("answers")
    if (place.dataset.answers === text) return
    place.dataset.answers = text
    place.replaceChildren()
    if (answers) place.append(Object.assign(document.createElement("p"), { textContent: inWords(answers) }), drawAnswers(answers))
  }

  show() {
    const { answers, display } = this.state ?? {}
    if (!answers) return
    const { lesson, step, question } = answers
    const isShown = display && queryOf(.../** @type {[string, number, string]} */ (display)) === queryOf(lesson, step, question)
    this.order(isShown ? { order: "hide" } : { order: "show", lesson, step, question })
  }

  /**
   * What ends the work of a whole class takes two presses.
   * @param {string} order
   * @param {string} words
   */
  confirm(order, words) {
    const button = this.part(order)
    if (button.dataset.sure) {
      delete button.dataset.sure
      button.textContent = words
      this.order({ order })
      return
    }
    button.dataset.sure = "asked"
    button.textContent = `${words}: press again`
    setTimeout(() => {
      delete button.dataset.sure
      button.textContent = words
    }, SURE)
  }

  /** @param {{ order: string, lesson?: string, step?: number, question?: string }} order */
  async order(order) {
    const answer = await fetch(new URL("class/orders", document.baseURI), { method: "POST", body: JSON.stringify(order) }).catch(() => null)
    const { runs } = answer?.ok ? await answer.json() : { runs: null }
    if (order.order.endsWith("_all")) {
      const done = order.order === "stop_all" ? "stopped" : "back at step 0"
      this.output.textContent = runs === null ? "That did not work; try again." : `${plural(runs, "run")} ${done}.`
    }
    this.ask()
  }

  destroy() {
    super.destroy()
    this.hasEnded = true
  }
}

/**
 * @param {string} lesson
 * @param {number} step
 * @param {string} question
 */
const queryOf = (lesson, step, question) => new URLSearchParams({ lesson, step: String(step), question }).toString()

/**
 * @param {number} count
 * @param {string} noun
 */
const plural = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`

/** @param {{ tried: number, beat: number, lead: number }} toy */
function beatInWords({ tried, beat, lead }) {
  const best = lead > 0 ? `The best ELBO is ${fixed(lead, 3)} nats above the encoder's.` : `The best ELBO is ${fixed(-lead, 3)} nats below the encoder's.`
  return `Beat the encoder, on the page The bound: ${plural(tried, "pupil")} tried, ${beat} did. ${best}`
}

export default mounting(".class-board", ClassBoard)
