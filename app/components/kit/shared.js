// What a hand moves on the page, as named numbers: the card of a class reads them on the teacher's page and moves them on the pupils'.

/**
 * @typedef {object} Shared
 * @property {() => number[]} read where it is; an empty list where it is nowhere yet
 * @property {(place: number[]) => void} move moves it there, without telling the server
 */

/**
 * Shares what an element's component moves, under a name that is its own on each page.
 * @param {HTMLElement} element
 * @param {string} name
 * @param {() => number[]} read
 * @param {(place: number[]) => void} move
 */
export function share(element, name, read, move) {
  element.shared = { read, move }
  element.dataset.shared = name
}

/**
 * All that the page shares now, by name.
 * @returns {Map<string, HTMLElement & { shared: Shared }>}
 */
export function sharedOnPage() {
  const elements = /** @type {NodeListOf<HTMLElement & { shared: Shared }>} */ (document.querySelectorAll("[data-shared]"))
  return new Map([...elements].filter(({ shared }) => shared).map((element) => [element.dataset.shared ?? "", element]))
}
