// A formula of the glossary as MathML, which browsers draw by themselves. It knows the LaTeX that `app/glossary.py` uses: Streamlit's own
// KaTeX is not to be reached from a component, and is larger than all components together.

/** @typedef {[string, string | Node[]]} Node an element's name; its text, or what is in it */

const MATHS = "http://www.w3.org/1998/Math/MathML"
const TOKEN = /\\(?:text|operatorname)\{[^}]*\}|\\[A-Za-z]+|\\.|\S/g
const SPACES = { "\\,": "0.17em", "\\ ": "0.3em", "\\quad": "1em" }
const FUNCTIONS = ["\\log", "\\min", "\\arctan"]
const ACCENTS = { "\\bar": "¯", "\\hat": "^", "\\tilde": "~", "\\dot": "˙" }
const LETTERS = {
  "\\beta": "β", "\\delta": "δ", "\\Delta": "Δ", "\\epsilon": "ϵ", "\\eta": "η", "\\theta": "θ", "\\lambda": "λ", "\\mu": "μ", "\\sigma": "σ",
  "\\phi": "ϕ", "\\Phi": "Φ", "\\infty": "∞", "\\top": "⊤",
}
const SIGNS = {
  "\\approx": "≈", "\\cup": "∪", "\\dots": "…", "\\ge": "≥", "\\in": "∈", "\\int": "∫", "\\leftarrow": "←", "\\lVert": "‖", "\\rVert": "‖", "\\mapsto": "↦",
  "\\nabla": "∇", "\\odot": "⊙", "\\partial": "∂", "\\pm": "±", "\\prod": "∏", "\\sim": "∼", "\\sum": "∑", "\\to": "→", "\\#": "#", "\\{": "{",
  "\\}": "}", "\\|": "‖", "-": "−",
}
const ALPHABETS = { "\\mathbb": 0x1d538, "\\mathcal": 0x1d49c, "\\mathsf": 0x1d5a0 } // where each begins
const OLDER = { "\\mathbb R": "ℝ", "\\mathcal L": "ℒ" } // characters that stand elsewhere

/** What stands for a token in a table. @param {object} table @param {string} token @returns {string | undefined} */
const at = (table, token) => Object.entries(table).find(([name]) => name === token)?.[1]

/**
 * The parts of a formula. An error where it has a command that is not known here.
 * @param {string} latex
 * @returns {Node[]}
 */
export function formulaParts(latex) {
  const tokens = latex.match(TOKEN) ?? []
  const row = () => {
    /** @type {Node[]} */
    const parts = []
    while (tokens.length && tokens[0] !== "}") parts.push(...scripted())
    return parts
  }
  /** What a command works on: a group, or the next token alone. */
  const argument = () => part(tokens.shift() ?? "")
  /** @param {string} token @returns {Node} */
  const part = (token) => {
    if (token === "{") {
      const parts = row()
      tokens.shift()
      return parts.length === 1 ? parts[0] : ["mrow", parts]
    }
    const [, kind, words] = /^\\(text|operatorname)\{(.*)\}$/.exec(token) ?? []
    if (kind) return [kind === "text" ? "mtext" : "mi", words.replaceAll(" ", "\u00a0")] // a space at an end would be lost
    if (token === "\\frac" || token === "\\tfrac") return ["mfrac", [argument(), argument()]]
    if (token === "\\sqrt") return ["msqrt", [argument()]]
    if (FUNCTIONS.includes(token)) return ["mi", token.slice(1)]
    const [space, accent, letter, sign, alphabet] = [SPACES, ACCENTS, LETTERS, SIGNS, ALPHABETS].map((table) => at(table, token))
    if (space) return ["mspace", space]
    if (accent) return ["mover", [argument(), ["mo", accent]]]
    if (alphabet) {
      const name = tokens.shift() ?? ""
      return ["mi", at(OLDER, `${token} ${name}`) ?? String.fromCodePoint(Number(alphabet) + name.charCodeAt(0) - 65)]
    }
    if (letter) return ["mi", letter]
    if (sign) return ["mo", sign]
    if (token.length > 1) throw new Error(`${token} is not known in a formula`)
    return [/[0-9.]/.test(token) ? "mn" : /\p{L}/u.test(token) ? "mi" : "mo", token]
  }
  /** A part with what stands below and above its end, and behind a function's name some space. @returns {Node[]} */
  const scripted = () => {
    const token = tokens.shift() ?? ""
    if (token === "\\left" || token === "\\right") return [["fence", part(tokens.shift() ?? "")[1]]]
    const whole = part(token)
    /** @type {Record<string, Node>} */
    const scripts = {}
    while (tokens[0] === "_" || tokens[0] === "^") scripts[tokens.shift() ?? ""] = argument()
    /** @type {Node[]} */
    const behind = FUNCTIONS.includes(token) || token.startsWith("\\operatorname") ? [["mspace", SPACES["\\,"]]] : []
    return [withScripts(whole, scripts), ...behind]
  }
  return row()
}

/** @param {Node} whole @param {Record<string, Node>} scripts @returns {Node} */
function withScripts(whole, { _: sub, "^": sup }) {
  if (sub && sup) return ["msubsup", [whole, sub, sup]]
  if (sub) return ["msub", [whole, sub]]
  return sup ? ["msup", [whole, sup]] : whole
}

/** A formula as an element. @param {string} latex */
export const formula = (latex) => made(["math", formulaParts(latex)])

/** @param {Node} node @returns {Element} */
function made([name, content]) {
  const element = document.createElementNS(MATHS, name === "fence" ? "mo" : name)
  if (name === "mo") element.setAttribute("stretchy", "false") // as in LaTeX, where only \left and \right grow
  if (name === "mspace") element.setAttribute("width", String(content))
  else if (typeof content === "string") element.textContent = content
  else element.append(...content.map(made))
  return element
}
