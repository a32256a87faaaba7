// The pictures of the page and the script that makes its numbers, saved by the browser; the server is not asked.

import { circle, context2d } from "./kit/canvas.js"
import { cameraName, photograph } from "./kit/chart.js"
import { Component, mounting } from "./kit/mount.js"
import { element, SVG, SvgContext } from "./kit/svg.js"

/** @typedef {{ label: string, name: string, formats: string[], save: (format: string, file: string, say: Say) => unknown }} Picture */
/** @typedef {(text: string) => void} Say */
/** @typedef {{ name: string, text: string, live: Record<string, [string, string, unknown[]]> }} Script */

const SMALLEST = 560 // pixels: small decoded images are enlarged by repeating pixels
const PICTURES =
  ".plane-axes, .js-plotly-plot, canvas[role=img], canvas[role=application], .bound-toy svg, [data-role=plane] > svg, [data-testid=stImage] img"
const STYLES = ["fill", "stroke", "stroke-width", "stroke-dasharray", "opacity", "font-family", "font-size", "font-weight", "text-anchor"]

class TakeAway extends Component {
  content = "" // what the buttons are for
  /** @type {Script | null} */
  script = null

  /** @param {{ stem: string, script: Script | null }} data */
  load({ stem, script }) {
    this.script = script
    const pictures = picturesOfPage()
    const content = JSON.stringify([Boolean(script), stem, pictures.map(({ name }) => name)])
    if (this.content === content) return // a rerun of the page must not take the buttons from under the pointer
    this.content = content
    const say = (/** @type {string} */ text) => void (this.part("output").textContent = text)
    const saveScript = () => this.script && save(fillIn(this.script), "text/x-python", this.script.name, say)
    const buttons = script ? [button("Script with the same numbers (.py)", "", saveScript)] : []
    this.part("[data-role=script]").replaceChildren(...buttons)
    this.part("[data-role=pictures]").replaceChildren(...pictures.flatMap((picture) => row(picture, stem, say)))
  }

  /** @param {string} selector */
  part(selector) {
    return /** @type {Element} */ (this.root.querySelector(selector))
  }
}

/**
 * A picture's label and its buttons.
 * @param {Picture} picture
 * @param {string} stem
 * @param {Say} say
 */
function row(picture, stem, say) {
  const label = document.createElement("span")
  label.textContent = picture.label
  const offers = picture.formats.map((format, i) => {
    const file = `${stem}-${picture.name}.${format}`
    const words = `${picture.label} as ${format.toUpperCase()}`
    const offer = button(format.toUpperCase(), words, () => picture.save(format, file, say))
    offer.style.gridColumn = String(2 + i)
    return offer
  })
  return [label, ...offers]
}

/**
 * @param {string} text
 * @param {string} name
 * @param {() => unknown} act
 */
function button(text, name, act) {
  const offer = Object.assign(document.createElement("button"), { type: "button", textContent: text })
  if (name) offer.setAttribute("aria-label", name)
  offer.onclick = act
  return offer
}

// -- what there is on the page --------------------------------------------------------------------------------------

function picturesOfPage() {
  const page = document.querySelector("[data-testid=stMain]") ?? document.body
  /** @type {Map<string, number>} */
  const counts = new Map()
  const unique = (/** @type {string} */ name) => {
    const count = (counts.get(name) ?? 0) + 1
    counts.set(name, count)
    return count > 1 ? `${name}-${count}` : name
  }
  return [...page.querySelectorAll(PICTURES)]
    .filter((node) => node.getClientRects().length && node.getAttribute("width") !== "0" && !node.closest("button, label"))
    .filter((node) => !(node instanceof HTMLCanvasElement) || !node.closest(".plane-axes"))
    .filter((node) => getComputedStyle(node).visibility !== "hidden")
    .map((node) => describe(node, unique))
}

/**
 * @param {Element} node
 * @param {(name: string) => string} unique
 * @returns {Picture}
 */
function describe(node, unique) {
  if (node.matches(".js-plotly-plot")) {
    const plot = /** @type {import("./kit/chart.js").PlotElement} */ (node)
    const name = cameraName(plot) ?? keyOf(node) ?? "chart"
    return { label: words(name), name: unique(slug(name)), formats: ["png", "svg"], save: (...more) => saveChart(plot, ...more) }
  }
  if (node.matches(".plane-axes")) {
    const name = keyOf(node) ?? "plane"
    const plane = /** @type {HTMLElement} */ (node)
    return { label: words(name), name: unique(slug(name)), formats: ["png", "svg"], save: (...more) => savePlane(plane, ...more) }
  }
  const title = node.getAttribute("aria-label") || node.getAttribute("alt") || keyOf(node) || "picture"
  const label = words(title.split("; ")[0]) // after it, what keys do
  const name = unique(slug(label))
  if (node instanceof SVGElement) return { label, name, formats: ["png", "svg"], save: (...more) => saveDrawing(node, ...more) }
  if (node instanceof HTMLImageElement) {
    const save = (/** @type {string} */ _, /** @type {string} */ file, /** @type {Say} */ say) =>
      savePixels(node, node.naturalWidth, node.naturalHeight, 1, file, say)
    return { label, name, formats: ["png"], save }
  }
  const canvas = /** @type {HTMLCanvasElement} */ (node)
  const factor = canvas.width < 200 ? Math.ceil(SMALLEST / canvas.width) : 1
  return { label, name, formats: ["png"], save: (_, file, say) => savePixels(canvas, canvas.width, canvas.height, factor, file, say) }
}

/** @param {Element} node */
const keyOf = (node) => node.closest("[class*=st-key-]")?.className.match(/st-key-([\w-]+)/)?.[1]

/** @param {string} name */
const words = (name) => (name.includes(" ") ? name : name.replace(/[_-]+/g, " ")).replace(/^./, (letter) => letter.toUpperCase())

/** @param {string} text */
const slug = (text) => text.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "").slice(0, 48)

// -- saving ---------------------------------------------------------------------------------------------------------

/**
 * @param {string | Blob} content
 * @param {string} type
 * @param {string} file
 * @param {Say} say
 */
function save(content, type, file, say) {
  const address = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type }))
  const link = Object.assign(document.createElement("a"), { href: address, download: file })
  link.click()
  setTimeout(() => URL.revokeObjectURL(address), 10000)
  say(`Saved ${file}.`)
}

/**
 * A chart as it is on the screen.
 * @param {import("./kit/chart.js").PlotElement} plot
 * @param {string} format
 * @param {string} file
 * @param {Say} say
 */
async function saveChart(plot, format, file, say) {
  const photo = await photograph(plot)
  if (!photo) return say("This chart is gone. Close Download and open it again.")
  const drawing = /** @type {any} */ (new DOMParser().parseFromString(photo.text, "image/svg+xml").documentElement)
  for (const picture of drawing.querySelectorAll("image")) picture.style.imageRendering = "pixelated"
  saveText(new XMLSerializer().serializeToString(drawing), photo.width, photo.height, format, file, say)
}

/**
 * A plane as it is on the screen: its axes, with what other components draw over them.
 * @param {HTMLElement} plane
 * @param {string} format
 * @param {string} file
 * @param {Say} say
 */
function savePlane(plane, format, file, say) {
  const axes = plane.querySelector(":scope > svg")
  if (!axes) return say("This map is gone. Close Download and open it again.")
  const { width, height } = axes.getBoundingClientRect()
  const drawing = /** @type {SVGElement} */ (axes.cloneNode(true))
  drawing.setAttribute("xmlns", SVG)
  drawing.prepend(element("rect", { width: "100%", height: "100%", fill: ground() }))
  for (const overlay of overlaysOf(plane)) {
    const context = new SvgContext(overlay.box)
    overlay.paint(context, overlay.box)
    drawing.append(context.drawing)
  }
  saveText(new XMLSerializer().serializeToString(drawing), width, height, format, file, say)
}

/**
 * What lies over a plane, from the lowest up: each has its `box` in the plane's CSS pixels, and a `paint` that draws in it.
 * @param {HTMLElement} plane
 * @returns {{ box: import("./kit/boxes.js").Box, paint: (context: SvgContext, box: import("./kit/boxes.js").Box) => void }[]}
 */
function overlaysOf(plane) {
  const chart = plane.getBoundingClientRect()
  const overlays = [...plane.querySelectorAll("canvas")].flatMap(({ overlay }) => (overlay?.box ? [overlay] : []))
  overlays.sort((overlay, other) => overlay.level - other.level)
  const painters = overlays.map((overlay) => ({
    box: /** @type {import("./kit/boxes.js").Box} */ (overlay.box),
    paint: overlay.paint.bind(overlay),
  }))
  const rings = [...plane.querySelectorAll(".plane-cursor")].filter((ring) => ring.getClientRects().length)
  return painters.concat(
    rings.map((ring) => {
      const { left, top, width, height } = ring.getBoundingClientRect()
      const middle = [left - chart.left + width / 2, top - chart.top + height / 2]
      const box = { left: 0, top: 0, width: chart.width, height: chart.height }
      return { box, paint: (/** @type {any} */ context) => paintRing(context, middle, getComputedStyle(ring).borderTopColor) }
    }),
  )
}

/**
 * @param {SvgContext} context
 * @param {number[]} middle
 * @param {string} colour
 */
function paintRing(context, middle, colour) {
  circle(context, middle, 7.75, { stroke: "#fff", width: 6.5 })
  circle(context, middle, 7.5, { stroke: colour, width: 3 })
}

const ground = () => getComputedStyle(document.querySelector("[data-testid=stApp]") ?? document.body).backgroundColor

/**
 * A picture enlarged by a factor, on the page's ground.
 * @param {CanvasImageSource} source
 * @param {number} width
 * @param {number} height
 * @param {number} factor
 * @param {string} file
 * @param {Say} say
 */
function savePixels(source, width, height, factor, file, say) {
  const copy = Object.assign(document.createElement("canvas"), { width: width * factor, height: height * factor })
  const context = context2d(copy)
  context.fillStyle = ground()
  context.fillRect(0, 0, copy.width, copy.height)
  context.imageSmoothingEnabled = false
  context.drawImage(source, 0, 0, copy.width, copy.height)
  copy.toBlob((blob) => blob && save(blob, "image/png", file, say), "image/png")
}

/**
 * An SVG of a component: its look comes from the page's styles, which the file has to bring along.
 * @param {SVGElement} drawing
 * @param {string} format
 * @param {string} file
 * @param {Say} say
 */
function saveDrawing(drawing, format, file, say) {
  const { width, height } = drawing.getBoundingClientRect()
  const copy = /** @type {SVGElement} */ (drawing.cloneNode(true))
  const originals = drawing.querySelectorAll("*")
  copy.querySelectorAll("*").forEach((node, i) => {
    const style = getComputedStyle(originals[i])
    for (const name of STYLES) node.setAttribute(name, style.getPropertyValue(name))
  })
  for (const [name, value] of Object.entries({ xmlns: SVG, width, height })) copy.setAttribute(name, String(value))
  copy.prepend(element("rect", { width: "100%", height: "100%", fill: ground() }))
  saveText(new XMLSerializer().serializeToString(copy), width, height, format, file, say)
}

/**
 * The text of an SVG, as it is or as pixels.
 * @param {string} text
 * @param {number} width
 * @param {number} height
 * @param {string} format
 * @param {string} file
 * @param {Say} say
 */
function saveText(text, width, height, format, file, say) {
  if (format === "svg") return save(text, "image/svg+xml", file, say)
  const image = new Image()
  image.onload = () => savePixels(image, width, height, 2, file, say)
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`
}

/**
 * What only the browser knows goes into the script here: where the pointer rested, which frame the slider shows.
 * @param {Script} script
 */
function fillIn({ text, live }) {
  return Object.entries(live).reduce((script, [name, [selector, property, usual]]) => {
    const value = property.split(".").reduce((part, key) => part?.[key], /** @type {any} */ (document.querySelector(selector)))
    const isMissing = value === undefined || Number.isNaN(value)
    const numbers = isMissing ? usual : typeof value === "number" ? [value] : Array.from(value)
    return script.replaceAll(`$${name}`, () => `[${numbers.join(", ")}]`)
  }, text)
}

export default mounting(".take-away", TakeAway)
