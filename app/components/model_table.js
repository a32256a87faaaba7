// The table of runs and models. A press on a heading sorts it, a press on a row's name makes that row the one with which all
// others are compared: what differs is bold and coloured, and words say how. A button leads to the row's card below the table.

import { Component, mounting } from "./kit/mount.js"
import { fixed } from "./kit/words.js"

/**
 * What a cell shows, and the number or text by which its column is sorted; null where it is not known. `words` are what is said of a
 * number that is higher and lower than that of the chosen row. Numbers whose `images` differ may not be compared.
 * `leads` is, by a row's name, how far the number is above that row's on the same images, and the error of this difference.
 * @typedef {{ text: string, value: number | string | null, images?: string, label?: string, leads?: Record<string, [number, number]> }} Cell
 * @typedef {{ key: string, label: string, kind: "setting" | "number", words: string[], digits: number }} Column
 * @typedef {{ name: string, note: string, picture: string, own: boolean, card: boolean, cells: Record<string, Cell>,
 *   others: Record<string, string>, unusual: string[] }} Row
 * @typedef {{ column: string, down: boolean, chosen: string }} View
 */

const UNKNOWN = "–" // what a cell says that says nothing
const CARD = ".st-key-model_card_place" // the place below the table

class ModelTable extends Component {
  /** @type {Column[]} */
  columns = []
  /** @type {Column[]} settings that have no column: they are in the last one, which unfolds */
  folded = []
  /** @type {Row[]} */
  rows = []
  /** @type {Set<string>} keys of the folds that are unfolded */
  unfolded = new Set()
  /** @type {View} */
  view = { column: "", down: false, chosen: "" }
  content = ""
  /** The view that was sent last, as JSON, until the server answers it: answers to earlier ones come too late. */
  sent = ""

  /** @param {HTMLElement} root */
  constructor(root) {
    super(root)
    this.head = /** @type {HTMLTableRowElement} */ (root.querySelector("thead tr"))
    this.body = /** @type {HTMLTableSectionElement} */ (root.querySelector("tbody"))
  }

  /** @param {{ columns: Column[], folded: Column[], rows: Row[], view: View }} table */
  load(table) {
    const content = JSON.stringify(table)
    const isLate = this.sent && JSON.stringify(ordered(table.view)) !== this.sent
    if (!isLate) this.sent = ""
    if (content === this.content) return
    this.content = content
    Object.assign(this, table, isLate ? { view: this.view } : {})
    this.draw()
  }

  /** @param {Partial<View>} change */
  change(change) {
    this.view = { ...this.view, ...change }
    this.sent = JSON.stringify(ordered(this.view))
    this.draw()
    this.component.setStateValue("view", this.view)
  }

  /** Upwards, downwards, and as it was; a bound or log p(x) first downwards, since the highest is best. @param {string} column */
  sortBy(column) {
    const { view } = this
    const isDownFirst = this.rows[0]?.cells[column]?.images !== undefined
    if (view.column !== column) this.change({ column, down: isDownFirst })
    else if (view.down === isDownFirst) this.change({ down: !view.down })
    else this.change({ column: "", down: false })
  }

  draw() {
    const focused = /** @type {HTMLElement | null} */ (this.root.contains(document.activeElement) ? document.activeElement : null)
    const mark = focused?.dataset.mark
    const chosen = this.chosenRow()
    this.root.classList.toggle("whole", !this.folded.length)
    this.head.replaceChildren(...this.headings())
    const rows = this.sorted()
    this.body.replaceChildren(...rows.map((row) => this.line(row, chosen)))
    const { column } = this.view
    const hasSets = !column || rows[0]?.cells[column]?.images !== undefined
    const isOfNewSet = (/** @type {number} */ i) => i > 0 && rows[i].cells.data.value !== rows[i - 1].cells.data.value
    for (const [i, line] of [...this.body.rows].entries()) line.classList.toggle("new-set", hasSets && isOfNewSet(i))
    const marked = [...this.root.querySelectorAll("[data-mark]")].find((element) => element instanceof HTMLElement && element.dataset.mark === mark)
    if (mark && marked instanceof HTMLElement) marked.focus({ preventScroll: true })
  }

  /** The row with which all others are compared. */
  chosenRow() {
    return this.rows.find((row) => row.name === this.view.chosen) ?? this.rows[0]
  }

  headings() {
    const { column, down } = this.view
    const hidden = this.folded.find(({ key }) => key === column) // a link may sort by a setting without a column
    return [{ key: "name", label: "Model" }, ...this.columns].map(({ key, label }) => {
      const heading = make("th", { scope: "col" })
      const isSorted = key === column || (key === "others" && hidden !== undefined)
      if (isSorted) heading.setAttribute("aria-sort", down ? "descending" : "ascending")
      const sorted = isSorted ? `${key !== column && hidden ? `: ${hidden.label}` : ""} ${down ? "▼" : "▲"}` : " ↕"
      const button = make("button", { type: "button", title: `Sort by: ${label}`, onclick: () => this.sortBy(key) })
      const [noun, unit] = label.split(/(?= \(nats\))/) // a narrow table has no room for the unit
      button.append(noun, ...(unit ? [make("i", {}, unit)] : []), sorted)
      button.dataset.mark = `sort ${key}`
      heading.append(button)
      return heading
    })
  }

  /** The rows in order; those without a value come last. Numbers of other images may not be compared, so each data set stays together, in
   * the order of the table, and in it each quantity, first that of the chosen row. */
  sorted() {
    const { column, down } = this.view
    if (!column) return this.rows
    const chosen = this.chosenRow()
    const value = (/** @type {Row} */ row) => {
      if (column === "name") return row.name.toLowerCase()
      return column === "others" && this.folded.length ? this.settings(row, chosen).differing : row.cells[column].value
    }
    const images = (/** @type {Row} */ row) => row.cells[column]?.images
    const data = (/** @type {Row} */ row) => (images(row) === undefined ? 0 : this.rows.findIndex((of) => of.cells.data.value === row.cells.data.value))
    const quantity = (/** @type {Row} */ row) => (images(row) === images(chosen) ? "" : images(row) || "\uffff")
    return [...this.rows].sort((first, second) => {
      if (data(first) !== data(second)) return data(first) - data(second)
      if (images(first) !== images(second)) return quantity(first).localeCompare(quantity(second))
      const [a, b] = [value(first), value(second)]
      if (a === null || b === null) return Number(a === null) - Number(b === null)
      const order = typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b))
      return down ? -order : order
    })
  }

  /**
   * @param {Row} row
   * @param {Row} chosen
   */
  line(row, chosen) {
    const line = make("tr", { className: row === chosen ? "chosen" : "" })
    const name = make("th", { scope: "row" })
    const label = make("label")
    const radio = make("input", { type: "radio", name: "model-table-row", checked: row === chosen, title: "Compare the other rows with this one" })
    radio.onchange = () => this.change({ chosen: row.name })
    radio.dataset.mark = `row ${row.name}`
    label.append(radio, make("span", {}, row.name))
    const head = make("div")
    head.append(label)
    if (row.own) head.append(make("em", {}, "yours"))
    if (row.card) head.append(this.cardButton(row.name))
    name.append(head)
    if (row.picture) name.append(make("img", { src: row.picture, alt: `Draws from the prior of ${row.name}` }))
    if (row.note) name.append(make("small", {}, row.note))
    line.append(name)
    for (const column of this.columns) {
      const place = make("td")
      Object.assign(place.dataset, { column: column.key, kind: column.kind, label: column.label.split(" (")[0] })
      place.classList.toggle("unknown", row.cells[column.key].text === UNKNOWN)
      if (column.key === "others") place.append(this.fold(row, chosen))
      else if (column.kind === "number") place.append(...compared(row, chosen, column), ...this.scale(row, column.key))
      else place.append(...marked(row.cells[column.key].text, chosen.cells[column.key].text))
      line.append(place)
    }
    return line
  }

  /**
   * Where a log p(x) lies between the lowest and the highest of the same images: a dot on a line.
   * @param {Row} row
   * @param {string} key
   */
  scale(row, key) {
    const { value, images } = row.cells[key]
    if (key !== "log_marginal" || typeof value !== "number") return []
    const values = this.rows.map(({ cells }) => cells[key]).filter((cell) => cell.images === images && typeof cell.value === "number").map((cell) => Number(cell.value))
    const [low, high] = [Math.min(...values), Math.max(...values)]
    if (low === high) return []
    const scale = make("span", { className: "scale", ariaHidden: "true" })
    scale.append(make("i"))
    scale.style.setProperty("--share", String((value - low) / (high - low)))
    return [scale]
  }

  /** It chooses the row and leads to its card, which the server unfolds. @param {string} name */
  cardButton(name) {
    const button = make("button", { type: "button", title: `The card and the files of ${name}` }, "Card and files ↓")
    button.dataset.mark = `card ${name}`
    button.onclick = () => {
      this.view = { ...this.view, chosen: name }
      this.sent = JSON.stringify(ordered(this.view))
      this.draw()
      this.component.setTriggerValue("card", name)
      this.showCard()
    }
    return button
  }

  /** Until the next press, the card that unfolds below the top of the window stays there: the browser would hold on to what comes after. */
  showCard() {
    const [page, card] = ["[data-testid=stMain]", CARD].map((selector) => document.querySelector(selector))
    if (!(page instanceof HTMLElement) || !card) return
    page.style.overflowAnchor = "none"
    document.addEventListener("pointerdown", () => (page.style.overflowAnchor = ""), { once: true, capture: true })
    card.scrollIntoView({ block: "start" })
  }

  /**
   * The settings without a column, in the same order in each row: those that have one in the whole table, and of the others each that
   * is not the same in all rows.
   * @param {Row} row
   * @param {Row} chosen
   */
  settings(row, chosen) {
    const text = (/** @type {Row} */ of, /** @type {string} */ key) => of.cells[key].text
    const pairs = [
      ...this.folded.map(({ key, label }) => ({ label, own: text(row, key), other: text(chosen, key) })),
      ...(this.folded.length ? this.varying(row, chosen) : this.others(row, chosen)),
    ]
    return { differing: pairs.filter(({ own, other }) => own !== other).length, pairs }
  }

  /**
   * The last column: how many settings there are or differ, and when one presses that, all of them. In the whole table a single one
   * stands as it is.
   * @param {Row} row
   * @param {Row} chosen
   */
  fold(row, chosen) {
    const { differing, pairs } = this.settings(row, chosen)
    const lines = pairs.map(({ label, own, other }) => setting(label, own, other))
    const isSame = (/** @type {number} */ i) => row !== chosen && pairs[i].own === pairs[i].other
    const [own, same] = [lines.filter((_, i) => !isSame(i)), lines.filter((_, i) => isSame(i))]
    const isWhole = !this.folded.length
    if (isWhole && lines.length < 2) return lines[0] ?? (row === chosen ? "the usual ones" : "the same")
    const summary = make("summary")
    if (isWhole || row === chosen) summary.append(`${pairs.length} settings`)
    else summary.append(differing ? make("strong", {}, `${differing} more differ${differing === 1 ? "s" : ""}`) : "no more differ")
    summary.dataset.mark = `fold ${row.name}`
    const rest = same.length ? [this.details(`same ${row.name}`, make("summary", {}, `${same.length} are the same`), same)] : []
    return this.details(row.name, summary, [...own, ...rest])
  }

  /**
   * A fold that stays as it is when the table is drawn again. The press says so at once: the event `toggle` may come after that.
   * @param {string} key
   * @param {HTMLElement} summary
   * @param {HTMLElement[]} content
   */
  details(key, summary, content) {
    const fold = make("details", { open: this.unfolded.has(key) })
    summary.onclick = () => (fold.open ? this.unfolded.delete(key) : this.unfolded.add(key))
    fold.append(summary, ...content)
    return fold
  }

  /**
   * The settings that have a column in no table, and are not the same in all rows; one that does not count for a row is "none".
   * @param {Row} row
   * @param {Row} chosen
   */
  varying(row, chosen) {
    const text = (/** @type {Row} */ { others }, /** @type {string} */ label) => others[label] ?? "none"
    const labels = [...new Set(this.rows.flatMap(({ others }) => Object.keys(others)))]
    const varying = labels.filter((label) => new Set(this.rows.map((of) => text(of, label))).size > 1)
    return varying.map((label) => ({ label, own: text(row, label), other: text(chosen, label) }))
  }

  /**
   * The settings that have a column in no table: of the chosen row those that are unusual, of the others those that it has otherwise.
   * @param {Row} row
   * @param {Row} chosen
   */
  others(row, chosen) {
    const differs = (/** @type {string} */ label) => chosen.others[label] !== row.others[label]
    const labels = row === chosen ? row.unusual : Object.keys(row.others).filter(differs)
    return labels.map((label) => ({ label, own: row.others[label], other: chosen.others[label] ?? row.others[label] }))
  }
}

/**
 * A setting by its name.
 * @param {string} label
 * @param {string} own
 * @param {string} other
 */
function setting(label, own, other) {
  const line = make("p", {}, `${label}: `)
  line.append(...marked(own, other))
  return line
}

/** The same view always has the same JSON. @param {View} view */
function ordered({ column, down, chosen }) {
  return { column, down, chosen }
}

/**
 * A setting, and what the chosen row has instead.
 * @param {string} text
 * @param {string} other
 */
function marked(text, other) {
  return text === other ? [text] : [make("strong", {}, text), " ", make("small", {}, `not ${other}`)]
}

/**
 * A number beside that of the chosen row, and how far it is above or below, with the error of this difference where it was measured. The
 * numbers of other images cannot be compared.
 * @param {Row} row
 * @param {Row} chosen
 * @param {Column} column
 */
function compared(row, chosen, { key, words: [higher, lower], digits }) {
  const [cell, other] = [row.cells[key], chosen.cells[key]]
  const own = cell.label ? [cell.text, " ", make("small", {}, cell.label)] : [cell.text]
  if (row === chosen || typeof cell.value !== "number" || typeof other.value !== "number") return own
  if (cell.images !== other.images) {
    if (row.cells.data.text !== chosen.cells.data.text) return key === "log_marginal" ? [cell.text, " ", make("small", { className: "foreign" }, "other images")] : own
    return [cell.text, " ", make("small", {}, `${cell.label || "another bound"}: do not compare`)]
  }
  const difference = cell.value - other.value
  const how = difference > 0 ? higher : lower
  const size = fixed(Math.abs(difference), digits)
  const goal = row.cells.beta.text === chosen.cells.beta.text ? "" : "; trained with another beta"
  if (Number(size) === 0) return own
  const [, error] = cell.leads?.[chosen.name] ?? other.leads?.[row.name] ?? []
  const words = make("small", {}, cell.images === undefined ? how : `${size}${error === undefined ? "" : ` ± ${fixed(error, digits)}`} ${how}`)
  if (key === "log_marginal") words.append(make("span", { className: "than" }, ` than ${chosen.name}`))
  words.append(cell.images === undefined ? "" : goal)
  return [make("strong", {}, cell.text), " ", words]
}

/**
 * An element with these properties and this text.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Partial<HTMLElementTagNameMap[T]>} [properties]
 * @param {string} [text]
 * @returns {HTMLElementTagNameMap[T]}
 */
function make(tag, properties = {}, text = "") {
  const element = Object.assign(document.createElement(tag), properties)
  if (text) element.textContent = text
  return element
}

export default mounting(".model-table", ModelTable)
