// The question of a lesson's step: choices, a scale, a place on the plane, or a curve that is sketched. Afterwards the
// answer, what the product computed, and the gap between them.

import { element } from "./kit/html.js"
import { minus } from "./kit/words.js"
import { LoopOnPlane } from "./lesson_loop.js"

/** @typedef {(act: object) => void} Act */

/**
 * Shows the step's question in this element, or its answer; `act` hears {answer} or {again}.
 * @param {HTMLElement} place
 * @param {any} content
 * @param {Act} act
 */
export function questionOf(place, content, act) {
  const { question, answer, gap } = content
  const state = JSON.stringify([content.lesson, content.step, question, answer, gap])
  if (place.dataset.state === state) return
  place.dataset.state = state
  leaveQuestion(place)
  place.replaceChildren()
  place.dataset.waitsFor = question && content.here && answer === null ? question.kind : ""
  if (!question || !content.here) return
  if (answer !== null) return place.append(...answered(content, act))
  const give = (/** @type {object} */ report) => {
    const wait = element("p", { className: "lesson-gap", textContent: "Computing the answer …" })
    wait.setAttribute("role", "status")
    place.replaceChildren(wait) // some answers take the server seconds
    act(report)
  }
  if (content.picture) place.append(element("img", { src: content.picture, alt: "The image that the question is about", className: "lesson-picture" }))
  place.append(FORMS[/** @type {keyof typeof FORMS} */ (question.kind)](question, give, place))
}

/** @type {WeakMap<HTMLElement, LoopOnPlane>} by the place of the question */
const loops = new WeakMap()

/**
 * Takes away what the question in this element has put on the page.
 * @param {HTMLElement} place
 */
export function leaveQuestion(place) {
  loops.get(place)?.destroy()
  loops.delete(place)
}

/**
 * @param {any} content
 * @param {Act} act
 */
function answered({ question, answer, gap }, act) {
  const words = element("p", { className: "lesson-gap", textContent: gap?.text ?? "" })
  words.setAttribute("role", "status")
  /** @type {HTMLElement[]} */
  const parts = [words]
  if (question.kind === "curve" && gap?.truth) parts.unshift(curveCanvas(question, answer, gap.truth))
  const again = element("button", { type: "button", textContent: "Try again" })
  again.onclick = () => act({ again: true })
  return [...parts, again]
}

const FORMS = {
  /**
   * @param {any} question
   * @param {Act} act
   */
  choice(question, act) {
    const form = group(question.question)
    question.options.forEach((/** @type {string} */ option, /** @type {number} */ number) => {
      const radio = element("input", { type: "radio", name: "lesson-choice", value: String(number) })
      const label = element("label")
      label.append(radio, option)
      form.append(label)
    })
    return withButton(form, () => {
      const radio = /** @type {HTMLInputElement | null} */ (form.querySelector("input:checked"))
      if (radio) act({ answer: Number(radio.value) })
    })
  },
  /**
   * @param {any} question
   * @param {Act} act
   */
  number(question, act) {
    const form = group(question.question)
    const { least, most, step, unit } = question
    const range = element("input", { type: "range", min: String(least), max: String(most), step: String(step) })
    range.value = String((least + most) / 2)
    let isMoved = false
    range.setAttribute("aria-label", question.question)
    const value = element("output")
    value.textContent = `? ${unit}` // where the slider begins is no answer
    range.oninput = () => {
      isMoved = true
      value.textContent = minus(`${range.value} ${unit}`)
    }
    form.append(range, value)
    return withButton(form, () => {
      if (isMoved) act({ answer: Number(range.value) })
      else value.textContent = "First move the slider to your answer."
    })
  },
  /**
   * @param {any} question
   * @param {Act} act
   */
  point(question, act) {
    const form = group(question.question)
    const words = element("p", { textContent: "Press the map to pin the point there. Then press “This is my answer”." })
    const fault = element("output")
    form.append(words, fault)
    return withButton(form, () => {
      const canvas = decodedCanvas()
      if (!canvas?.latent) return
      if (canvas.dataset.pinned === "true") act({ answer: [...canvas.latent] })
      else fault.textContent = "First press a place on the map, or Enter: it pins the point."
    })
  },
  /**
   * @param {any} question
   * @param {Act} act
   * @param {HTMLElement} place
   */
  loop(question, act, place) {
    const form = group(question.question)
    const words = element("p", { textContent: "Draw the loop on the map with the mouse or a finger. With keys: move the point, then add it as a corner." })
    const count = element("output")
    const loop = new LoopOnPlane(() => (count.textContent = loop.corners.length ? `Corners: ${loop.corners.length}` : ""))
    loops.set(place, loop)
    const corner = element("button", { type: "button", className: "lesson-corner", textContent: "Add the point as a corner" })
    const again = element("button", { type: "button", textContent: "Draw it again" })
    corner.onclick = () => loop.add()
    again.onclick = () => loop.set([])
    form.append(words, corner, again, count)
    return withButton(form, () => {
      const answer = loop.answer
      if (answer) act({ answer })
      else count.textContent = "A loop needs three corners or more."
    })
  },
  /**
   * @param {any} question
   * @param {Act} act
   */
  curve(question, act) {
    const form = group(question.question)
    /** @type {number[]} heights from 0 to 1 at places from left to right; NaN where nothing is drawn */
    const heights = new Array(PLACES).fill(NaN)
    const canvas = curveCanvas(question, heights, null)
    canvas.tabIndex = 0
    canvas.setAttribute("role", "application")
    canvas.setAttribute("aria-label", `${question.question} Draw from left to right. With keys: press the digits 0 to 9, one height after the other.`)
    let typed = 0
    const draw = (/** @type {PointerEvent} */ event) => {
      const { left, top, width, height } = canvas.getBoundingClientRect()
      const at = Math.round(((event.clientX - left) / width) * (PLACES - 1))
      if (at >= 0 && at < PLACES) heights[at] = Math.min(Math.max(1 - (event.clientY - top) / height, 0), 1)
      drawCurves(canvas, question, heights, null)
    }
    canvas.onpointerdown = (event) => {
      canvas.setPointerCapture(event.pointerId)
      draw(event)
    }
    canvas.onpointermove = (event) => event.buttons && event.getCoalescedEvents().forEach(draw)
    canvas.onkeydown = (event) => {
      if (!/^[0-9]$/.test(event.key) || typed > TYPED) return
      const at = Math.round((typed++ / TYPED) * (PLACES - 1))
      heights[at] = Number(event.key) / 9
      drawCurves(canvas, question, heights, null)
    }
    form.append(canvas)
    return withButton(form, () => {
      const answer = filled(heights)
      if (answer) act({ answer })
    })
  },
}

/** @returns {number[] | undefined} the point of the plane */
/** @returns {HTMLCanvasElement | null} */
const decodedCanvas = () => document.querySelector("canvas[data-role=decoded]")

const PLACES = 41 // a curve has so many, from left to right
const TYPED = 5 // a curve that is typed has so many parts

/**
 * A curve without gaps: heights between the drawn ones lie on straight lines; null with fewer than two drawn.
 * @param {number[]} heights
 */
function filled(heights) {
  const drawn = heights.flatMap((height, i) => (Number.isNaN(height) ? [] : [i]))
  if (drawn.length < 2) return null
  return heights.map((_, i) => {
    const before = drawn.findLast((at) => at <= i) ?? drawn[0]
    const after = drawn.find((at) => at >= i) ?? drawn[drawn.length - 1]
    if (before === after) return heights[before]
    const share = (i - before) / (after - before)
    return i < drawn[0] ? heights[drawn[0]] : heights[before] + share * (heights[after] - heights[before])
  })
}

/**
 * @param {any} question
 * @param {number[]} heights
 * @param {number[] | null} truth
 */
function curveCanvas(question, heights, truth) {
  const canvas = element("canvas")
  canvas.setAttribute("role", "img")
  canvas.setAttribute("aria-label", truth ? "Your curve, dashed, and the true one" : "An empty chart")
  new ResizeObserver(() => drawCurves(canvas, question, heights, truth)).observe(canvas)
  return canvas
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {any} question
 * @param {number[]} heights
 * @param {number[] | null} truth
 */
function drawCurves(canvas, question, heights, truth) {
  const draw = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"))
  const { clientWidth: width, clientHeight: height } = canvas
  canvas.width = Math.round(width * devicePixelRatio) // this clears it too
  canvas.height = Math.round(height * devicePixelRatio)
  draw.scale(devicePixelRatio, devicePixelRatio)
  const { color, fontFamily, fontSize } = getComputedStyle(canvas)
  draw.font = `${fontSize} ${fontFamily}`
  draw.fillStyle = color
  draw.fillText(minus(`${question.most} ${question.unit}`), 6, 1.2 * parseFloat(fontSize))
  draw.fillText(minus(`${question.least} ${question.unit}`), 6, height - 8)
  /** @type {[number[] | null, number[], string][]} */
  const curves = [[heights, [8, 6], "#c2620a"], [truth, [], "#0a7d5a"]]
  for (const [values, dashes, colour] of curves) {
    if (!values) continue
    draw.beginPath()
    draw.setLineDash(dashes)
    draw.lineWidth = 3
    draw.strokeStyle = colour
    let isDown = false
    values.forEach((value, i) => {
      if (Number.isNaN(value) || value === null) return
      const at = [(i / (values.length - 1)) * width, (1 - value) * height]
      if (isDown) draw.lineTo(at[0], at[1])
      else draw.moveTo(at[0], at[1])
      isDown = true
    })
    draw.stroke()
  }
}

/** @param {string} question */
function group(question) {
  const form = element("fieldset")
  form.append(element("legend", { textContent: question }))
  return form
}

/**
 * @param {HTMLElement} form
 * @param {() => void} answer
 */
function withButton(form, answer) {
  const button = element("button", { type: "button", className: "lesson-answer", textContent: "This is my answer" })
  button.onclick = answer
  form.append(button)
  return form
}
