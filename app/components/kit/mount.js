// What each component does when Streamlit mounts it, sends new data, or takes it away.

import { unpack } from "./pack.js"

/**
 * What Streamlit calls a component's default export with, at each new data.
 * @typedef {object} Mounted
 * @property {Element} parentElement
 * @property {any} data
 * @property {(name: string, value: unknown) => void} setStateValue
 * @property {(name: string, value: unknown) => void} setTriggerValue
 */

/**
 * A component's default export: one `View` a mounted element, whose `load` gets the data each time, unpacked if it is bytes,
 * and whose `destroy` is called at the end. `component` is set before each `load`.
 * @template {Component} V
 * @param {string} selector the element of the component's HTML that the view is made with
 * @param {new (root: HTMLElement) => V} View
 */
export function mounting(selector, View) {
  /** @type {WeakMap<Element, V>} */
  const views = new WeakMap()
  return (/** @type {Mounted} */ component) => {
    const { parentElement, data } = component
    /** @type {HTMLElement | null} */
    const root = parentElement.querySelector(selector)
    if (!root || !data) return
    let view = views.get(parentElement)
    if (!view) {
      view = new View(root)
      views.set(parentElement, view)
    }
    view.component = component
    view.load(data instanceof Uint8Array ? unpack(data) : data)
    return () => {
      view.destroy()
      views.delete(parentElement)
    }
  }
}

/** What is to be undone when a view goes away. */
export class Cleanups {
  /** @type {(() => void)[]} */
  acts = []

  /** @param {() => void} act */
  add(act) {
    this.acts.push(act)
  }

  /**
   * Listens to events of these kinds until `run`.
   * @param {EventTarget} target
   * @param {string[]} kinds
   * @param {(event: any) => void} handler
   * @param {boolean} [capture]
   */
  listen(target, kinds, handler, capture = false) {
    for (const kind of kinds) target.addEventListener(kind, handler, capture)
    this.add(() => kinds.forEach((kind) => target.removeEventListener(kind, handler, capture)))
  }

  /**
   * Calls when elements of the page come or go: Streamlit may replace a chart at any rerun.
   * @param {() => void} act
   */
  watchPage(act) {
    this.watch(new MutationObserver(act), (observer) => observer.observe(document.body, { childList: true, subtree: true }))
  }

  /**
   * Calls when an element's size changes, and once at first.
   * @param {Element} element
   * @param {() => void} act
   */
  watchSize(element, act) {
    this.watch(new ResizeObserver(act), (observer) => observer.observe(element))
  }

  /**
   * @template {{ disconnect: () => void }} O
   * @param {O} observer
   * @param {(observer: O) => void} begin
   */
  watch(observer, begin) {
    begin(observer)
    this.add(() => observer.disconnect())
  }

  /** Undoes all of it, once. */
  run() {
    for (const act of this.acts.splice(0)) act()
  }
}

/** What all components have. A component writes `load`, and a `destroy` of its own where there is more to undo. */
export class Component {
  /** @type {Mounted} */
  component = /** @type {any} */ (null)
  cleanups = new Cleanups()

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root
  }

  /** @param {any} _data */
  load(_data) {}

  destroy() {
    this.cleanups.run()
  }
}

const QUIET_MS = 2000

/**
 * Presses elsewhere: whoever presses something outside a component may be leaving the page, and a report that arrives while
 * the server runs the next page leaves that page blank. So a component says nothing for a while after such a press.
 */
export class Elsewhere {
  until = 0

  /**
   * @param {Cleanups} cleanups
   * @param {(target: Node) => boolean} isOurs whether an element belongs to the component
   * @param {() => void} [pressed] called at a press elsewhere
   */
  constructor(cleanups, isOurs, pressed) {
    const onPress = (/** @type {Event} */ event) => {
      if (isOurs(/** @type {Node} */ (event.target))) return
      this.until = performance.now() + QUIET_MS
      pressed?.()
    }
    cleanups.listen(document, ["pointerdown", "keydown"], onPress, true)
  }

  /** Whether such a press was a moment ago. */
  get isQuiet() {
    return performance.now() < this.until
  }

  /** How long it is best to say nothing, in milliseconds. */
  get wait() {
    return Math.max(0, this.until - performance.now())
  }
}
