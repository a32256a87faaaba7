// The page's address: states that only the browser knows are written into it and read from it, and what of its changes the
// browser's Back takes back.

import { Cleanups } from "./mount.js"

/** Parameters that components write. Python has no part in them, and writes the others through Streamlit. */
const OWN = ["twin", "twin_axes", "moment", "path_place", "chain_step", "tower_step", "slow_image", "sketch_point", "hidden_classes"]
/** Parameters that a run leaves as `goTo` has asked for them. */
const OF_ASKED = ["lesson", "step"]
const WANTED = "link-wanted"
const REST_MS = 400
const MOST_LETTERS = 400
const FARTHEST = 1e6

/**
 * The numbers of a parameter of the page's link, with commas between them; none where one of them is of no use.
 * @param {string} key
 */
export function linkedNumbers(key) {
  const text = new URLSearchParams(location.search).get(key) ?? ""
  if (text.length > MOST_LETTERS) return []
  const numbers = text.split(",").map((part) => (part.trim() ? Number(part) : NaN))
  return numbers.every((number) => Math.abs(number) <= FARTHEST) ? numbers : []
}

/** One state of a component in the page's address. */
export class LinkedState {
  timer = 0
  text = ""
  path = location.pathname

  /**
   * @param {Cleanups} cleanups of the component: the address forgets the state with it
   * @param {string} key one of OWN
   * @param {() => void} restore called where the browser's Back has led to another state
   */
  constructor(cleanups, key, restore) {
    this.key = key
    cleanups.listen(window, ["popstate"], () => {
      clearTimeout(this.timer)
      restore()
    })
    whenWanted(cleanups, (params) => this.timer && put(params, key, this.text))
    cleanups.add(() => this.forget())
  }

  get numbers() {
    return linkedNumbers(this.key)
  }

  /**
   * Writes the state, once it has rested; "" where it is the usual one.
   * @param {string} text
   */
  keep(text) {
    clearTimeout(this.timer)
    this.text = text
    this.timer = window.setTimeout(() => this.write(), REST_MS)
  }

  forget() {
    clearTimeout(this.timer)
    this.text = ""
    this.write()
  }

  write() {
    this.timer = 0
    if (location.pathname !== this.path) return // the address is another page's already
    const address = new URL(location.href)
    if ((address.searchParams.get(this.key) ?? "") === this.text) return
    put(address.searchParams, this.key, this.text)
    history.replaceState({ own: true }, "", address)
  }
}

/**
 * Where the link is wanted, `tell` puts states into its parameters that its address has not yet.
 * @param {Cleanups} cleanups
 * @param {(params: URLSearchParams) => void} tell
 */
export function whenWanted(cleanups, tell) {
  cleanups.listen(window, [WANTED], ({ detail }) => tell(detail))
}

/** The link of what the page shows now. */
export function pageLink() {
  const address = new URL(location.href)
  window.dispatchEvent(new CustomEvent(WANTED, { detail: address.searchParams }))
  return address.href
}

/**
 * A link of this page as others reach the app.
 * @param {string} link
 * @param {string} origin where others find the app; "" where it is this page's origin
 */
export const linkForOthers = (link, origin) => (origin ? link.replace(new URL(link).origin, origin) : link)

export const LOCAL_ONLY = "Only this computer can open this link."

/** @param {string} link */
export const isLocal = (link) => /^(localhost|127\.|\[::1\])/.test(new URL(link).hostname)

/** The page's part of the address, as in "/compare"; "/" for the first page. */
export const pathNow = () => `/${location.pathname.split("/").pop()}`

/**
 * Goes to a page and its settings as the browser's Back button does: Streamlit takes all of them from the address.
 * @param {string} path as of `pathNow`
 * @param {URLSearchParams} search
 */
export function goTo(path, search) {
  const address = new URL(`.${path}`, document.baseURI)
  address.search = search.toString()
  history[path === pathNow() ? "replaceState" : "pushState"]({ own: true, isAsked: true }, "", address)
  window.dispatchEvent(new PopStateEvent("popstate", { state: history.state }))
}

/**
 * Sets a parameter, or takes it away where its text is empty.
 * @param {URLSearchParams} params
 * @param {string} key
 * @param {string} text
 */
export function put(params, key, text) {
  if (text) params.set(key, text)
  else params.delete(key)
}

/**
 * From now on the browser's Back takes back a change of page or of one of the `steps` that the visitor made, and nothing else: each
 * is one entry of the history. Streamlit makes none of its widgets' changes an entry, and an entry of each change by the server.
 * @param {string[]} steps parameters
 */
export function countSteps(steps) {
  if (history.pushState.name === "writeAddress") return
  const push = history.pushState.bind(history)
  const replace = history.replaceState.bind(history)
  let isHand = false // whether the visitor did something since the last entry
  /** @type {URL | null} what `goTo` asked for last, until the visitor presses something or the page changes */
  let asked = null
  const cleanups = new Cleanups() // never run: the page has one history
  cleanups.listen(window, ["pointerdown", "keydown", "click"], () => (isHand = true), true)
  cleanups.listen(window, ["click"], () => (asked = null), true)
  cleanups.listen(window, ["popstate"], (event) => {
    isHand = false
    if (event.isTrusted) asked = null // the browser's Back
  }, true)
  /** @type {typeof history.pushState} */
  const writeAddress = (state, unused, url) => {
    const address = new URL(url ?? "", location.href)
    const isOtherPage = address.pathname !== location.pathname
    if (state?.isAsked) asked = address
    else if (isOtherPage) asked = null
    else if (asked && isOld(asked, address)) {
      // The run before still tells its address. Streamlit has noted it, and would send it with the next press: so ask once more.
      asked = null
      setTimeout(() => window.dispatchEvent(new PopStateEvent("popstate", { state: history.state })))
      return
    }
    if (!isOtherPage && !state?.own) keepOwn(address)
    const isStep = isHand && (isOtherPage || steps.some((key) => isChanged(address, key)))
    if (isStep) isHand = false
    ;(isStep ? push : replace)(state, unused, address)
  }
  history.pushState = history.replaceState = writeAddress
}

/**
 * Whether an address differs from the one that was asked for in what that one has and a run leaves as it is.
 * @param {URL} asked
 * @param {URL} address
 */
const isOld = (asked, address) =>
  OF_ASKED.some((key) => asked.searchParams.has(key) && address.searchParams.get(key) !== asked.searchParams.get(key))

/**
 * Streamlit does not know of the parameters of components.
 * @param {URL} address
 */
function keepOwn(address) {
  const own = new URLSearchParams(location.search)
  for (const key of OWN) {
    const value = own.get(key)
    if (value === null) address.searchParams.delete(key)
    else address.searchParams.set(key, value)
  }
}

/**
 * @param {URL} address
 * @param {string} key
 */
function isChanged(address, key) {
  const before = new URLSearchParams(location.search).getAll(key)
  const after = address.searchParams.getAll(key)
  return before.join("\n") !== after.join("\n")
}
