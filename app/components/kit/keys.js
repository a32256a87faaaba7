// The arrow keys.

/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }

/**
 * The step of an arrow key, y upwards; undefined for other keys.
 * @param {KeyboardEvent} event
 * @returns {[number, number] | undefined}
 */
export const arrowStep = (event) => ARROWS[event.key]
