// What a class's answers are called, and how they are handed on.

import assert from "node:assert/strict"
import test from "node:test"

import { inWords } from "../../app/components/class_chart.js"
import { giveAnswer, onAnswer } from "../../app/components/kit/answer.js"
import { Cleanups } from "../../app/components/kit/mount.js"

test("a summary is said in words", () => {
  assert.equal(inWords({ kind: "choice", count: 0, values: [] }), "No answers yet")
  assert.equal(inWords({ kind: "choice", count: 3, values: [["VAE", 2], ["PCA", 1]] }), "3 answers: VAE 2, PCA 1")
  assert.equal(inWords({ kind: "number", count: 3, values: [1, 2, 5] }), "3 answers, half of them up to 2")
  assert.equal(inWords({ kind: "point", count: 1, values: [[0, 1]] }), "1 answer, each a point")
})

test("an answer reaches whoever listens, with its own fields only, and nobody afterwards", () => {
  globalThis.window = /** @type {any} */ (new EventTarget())
  const taken = []
  const cleanups = new Cleanups()
  onAnswer(cleanups, (answer) => taken.push(answer))
  const answer = { lesson: "holes", step: 1, question: "which", kind: "choice", value: "VAE" }
  giveAnswer(/** @type {any} */ ({ ...answer, name: "Ann" }))
  cleanups.run()
  giveAnswer(/** @type {any} */ (answer))
  assert.deepEqual(taken, [answer])
})
