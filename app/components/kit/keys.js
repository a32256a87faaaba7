// The arrow keys.

/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }

/**
 * The step of an arrow key, y upwards; undefined for other keys.
 * @param {KeyboardEvent} event
 * @returns {[number, number] | undefined}
 */
export const arrowStep = (event) => ARROWS[event.key]

export const BY_HAND = "by-hand" // a class: what has it shows no ring of the focus

/**
 * Gives the focus to what a pointer has taken. Its ring would look like a selection, so it comes with the first key.
 * @param {HTMLElement | SVGElement | null} target
 */
export function focusByHand(target) {
  if (!target) return
  target.classList.add(BY_HAND)
  target.focus({ preventScroll: true })
  const show = () => {
    target.classList.remove(BY_HAND)
    for (const kind of ["keydown", "blur"]) target.removeEventListener(kind, show)
  }
  for (const kind of ["keydown", "blur"]) target.addEventListener(kind, show)
}
