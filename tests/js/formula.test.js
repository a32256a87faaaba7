// The glossary's formulas as MathML.

import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"

import { formulaParts } from "../../app/components/formula.js"

test("fractions, scripts, accents and letters of other alphabets have their parts", () => {
  assert.deepEqual(formulaParts("\\frac1S \\sum_s w_s^2"), [
    ["mfrac", [["mn", "1"], ["mi", "S"]]],
    ["msub", [["mo", "∑"], ["mi", "s"]]],
    ["msubsup", [["mi", "w"], ["mi", "s"], ["mn", "2"]]],
  ])
  assert.deepEqual(formulaParts("\\tilde{\\mathcal L} \\in \\mathbb R^J"), [
    ["mover", [["mi", "ℒ"], ["mo", "~"]]],
    ["mo", "∈"],
    ["msup", [["mi", "ℝ"], ["mi", "J"]]],
  ])
  assert.deepEqual(formulaParts("\\text{last in} \\{\\log x\\}"), [
    ["mtext", "last\u00a0in"],
    ["mo", "{"],
    ["mi", "log"],
    ["mspace", "0.17em"],
    ["mi", "x"],
    ["mo", "}"],
  ])
})

test("brackets grow with what is in them only where the formula says so", () => {
  assert.deepEqual(formulaParts("\\left[ x \\right] (y)").map(([name]) => name), ["fence", "mi", "fence", "mo", "mi", "mo"])
})

test("every formula of the glossary is known, and another command is an error", () => {
  const glossary = readFileSync(new URL("../../app/glossary.py", import.meta.url), "utf8")
  const symbols = [...glossary.matchAll(/^ {8}r"([^"]*)"/gm)].map(([, latex]) => latex)
  assert.ok(symbols.length > 80)
  for (const latex of symbols) assert.ok(formulaParts(latex).length, latex)
  assert.throws(() => formulaParts("\\oint x"), /not known/)
})
