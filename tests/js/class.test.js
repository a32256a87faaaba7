// Answers of a class: how they are called, handed on, kept and sent.

import assert from "node:assert/strict"
import test from "node:test"

import { inWords } from "../../app/components/class_chart.js"
import { Outbox } from "../../app/components/class_outbox.js"
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

/** A page whose server answers with `replies` in turn, each a status or a broken line (0). */
function pageWith(replies, stored = {}) {
  const sent = []
  const items = new Map(Object.entries(stored))
  const storage = { getItem: (key) => items.get(key) ?? null, setItem: (key, text) => items.set(key, text), removeItem: (key) => items.delete(key) }
  const waits = []
  globalThis.window = /** @type {any} */ (Object.assign(new EventTarget(), { setTimeout: (act) => waits.push(act) }))
  globalThis.document = /** @type {any} */ ({ baseURI: "http://lab.example/train" })
  globalThis.localStorage = /** @type {any} */ (storage)
  globalThis.fetch = /** @type {any} */ (async (address, { body }) => {
    sent.push([String(address), JSON.parse(body)])
    const status = replies.length ? replies.shift() : 200
    if (!status) throw new TypeError("the line is broken")
    return { ok: status === 200, status }
  })
  return { sent, items, waits }
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 5))
const letterOf = (value) => /** @type {any} */ ({ lesson: "holes", step: 1, question: "which", kind: "choice", value })

test("an answer is sent until the server has it, the first one first, with the same id", async () => {
  const { sent, items, waits } = pageWith([0, 503, 429, 200, 200])
  const waiting = []
  const outbox = new Outbox(new Cleanups(), "ab", () => "room", (count) => waiting.push(count))
  outbox.add(letterOf("VAE"))
  outbox.add(letterOf("PCA"))
  await settled()
  assert.equal(waiting.at(-1), 2)
  for (let tries = 0; tries < 3; tries++) {
    waits.shift()()
    await settled()
  }
  assert.deepEqual(sent.map(([, { value }]) => value), ["VAE", "VAE", "VAE", "VAE", "PCA"])
  assert.equal(new Set(sent.slice(0, 4).map(([, { id }]) => id)).size, 1)
  assert.equal(sent[0][0], "http://lab.example/class/answers?tab=ab")
  assert.equal(items.size, 0)
  assert.equal(waiting.at(-1), 0)
})

test("a reload sends what waits, and never what was for another class", async () => {
  const kept = (room) => ({ "aevb-class-answers": JSON.stringify({ room, letters: [{ id: "1".repeat(16), ...letterOf("VAE") }] }) })
  const own = pageWith([], kept("room"))
  new Outbox(new Cleanups(), "ab", () => "room", () => {})
  await settled()
  assert.equal(own.sent.length, 1)
  const other = pageWith([], kept("other"))
  new Outbox(new Cleanups(), "ab", () => "room", () => {})
  await settled()
  assert.equal(other.sent.length, 0)
})

test("an answer that will never be taken is dropped, and those after it are sent", async () => {
  const { sent, items } = pageWith([400, 200])
  const outbox = new Outbox(new Cleanups(), "ab", () => "room", () => {})
  outbox.add(letterOf(""))
  outbox.add(letterOf("VAE"))
  await settled()
  assert.equal(sent.length, 2)
  assert.equal(items.size, 0)
})

test("a browser that keeps nothing still sends its answers", async () => {
  const { sent, waits } = pageWith([0, 200])
  globalThis.localStorage = /** @type {any} */ ({ getItem: () => { throw new Error("no") }, setItem: () => { throw new Error("no") }, removeItem: () => {} })
  const outbox = new Outbox(new Cleanups(), "ab", () => "room", () => {})
  outbox.add(letterOf("VAE"))
  await settled()
  waits.shift()()
  await settled()
  assert.deepEqual(sent.map(([, { value }]) => value), ["VAE", "VAE"])
  assert.equal(outbox.letters.length, 0)
})
