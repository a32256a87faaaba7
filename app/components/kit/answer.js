// How a question of a lesson hands its answer to the class. Where there is no class, nobody listens, and nothing is kept or sent.

/**
 * @typedef {object} Answer
 * @property {string} lesson
 * @property {number} step
 * @property {string} question
 * @property {"choice" | "number" | "point" | "curve" | "loop"} kind
 * @property {string | number | number[]} value a point has two numbers, a curve 2 to 64, a loop two for each corner
 */

const EVENT = "class-answer"

/**
 * Gives an answer. It is kept in the browser until the server has it; a later one to the same question replaces it there.
 * @param {Answer} answer
 */
export function giveAnswer({ lesson, step, question, kind, value }) {
  window.dispatchEvent(new CustomEvent(EVENT, { detail: { lesson, step, question, kind, value } }))
}

/**
 * Calls `take` with each answer that is given on this page.
 * @param {import("./mount.js").Cleanups} cleanups
 * @param {(answer: Answer) => void} take
 */
export function onAnswer(cleanups, take) {
  cleanups.listen(window, [EVENT], ({ detail }) => take(detail))
}
