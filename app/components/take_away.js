// The pictures of the page and the script that makes its numbers, saved by the browser; the server is not asked.

const SMALLEST = 560 // pixels: small decoded images are enlarged by repeating pixels
const STYLES = ["fill", "stroke", "stroke-width", "stroke-dasharray", "opacity", "font-family", "font-size", "font-weight", "text-anchor"]

export default function ({ parentElement, data }) {
  const root = parentElement.querySelector(".take-away")
  if (!root || !data) return
  const say = (text) => (root.querySelector("output").textContent = text)
  root.script = data.script
  const pictures = found()
  const content = JSON.stringify([Boolean(data.script), data.stem, pictures.map((picture) => picture.name)])
  if (root.content === content) return // a rerun of the page must not take the buttons from under the pointer
  root.content = content
  const saveScript = () => save(filled(root.script), "text/x-python", root.script.name, say)
  const script = data.script ? [button("Script with the same numbers (.py)", "", saveScript)] : []
  root.querySelector("[data-role=script]").replaceChildren(...script)
  root.querySelector("[data-role=pictures]").replaceChildren(...pictures.flatMap((picture) => row(picture, data.stem, say)))
}

function row(picture, stem, say) {
  const label = document.createElement("span")
  label.textContent = picture.label
  const offers = picture.formats.map((format, i) => {
    const file = `${stem}-${picture.name}.${format}`
    const one = button(format.toUpperCase(), `${picture.label} as ${format.toUpperCase()}`, () => picture.save(format, file, say))
    one.style.gridColumn = 2 + i
    return one
  })
  return [label, ...offers]
}

function button(text, name, act) {
  const made = document.createElement("button")
  made.type = "button"
  made.textContent = text
  if (name) made.setAttribute("aria-label", name)
  made.onclick = act
  return made
}

// -- what there is on the page --------------------------------------------------------------------------------------

function found() {
  const page = document.querySelector("[data-testid=stMain]") ?? document.body
  const seen = new Map()
  const unique = (name) => {
    seen.set(name, (seen.get(name) ?? 0) + 1)
    return seen.get(name) > 1 ? `${name}-${seen.get(name)}` : name
  }
  return [...page.querySelectorAll(".js-plotly-plot, canvas[role=img], canvas[role=application], .bound-toy svg, [data-role=plane] > svg, [data-testid=stImage] img")]
    .filter((element) => element.getClientRects().length && element.getAttribute("width") !== "0" && !element.closest("button, label"))
    .filter((element) => !(element instanceof HTMLCanvasElement) || !element.closest(".js-plotly-plot"))
    .filter((element) => getComputedStyle(element).visibility !== "hidden")
    .map((element) => describe(element, unique))
}

function describe(element, unique) {
  if (element.matches(".js-plotly-plot")) {
    const name = keyOf(element) ?? "chart"
    return { label: words(name), name: unique(slug(name)), formats: ["png", "svg"], save: (...more) => saveChart(element, ...more) }
  }
  const given = element.getAttribute("aria-label") || element.getAttribute("alt") || keyOf(element) || "picture"
  const label = words(given.split("; ")[0]) // after it, what keys do
  const name = unique(slug(label))
  if (element instanceof HTMLImageElement) return { label, name, formats: ["png"], save: (...more) => saveImage(element, ...more) }
  if (element instanceof SVGElement) return { label, name, formats: ["png", "svg"], save: (...more) => saveDrawing(element, ...more) }
  return { label, name, formats: ["png"], save: (...more) => saveCanvas(element, ...more) }
}

const keyOf = (element) => element.closest("[class*=st-key-]")?.className.match(/st-key-([\w-]+)/)?.[1]
const words = (name) => (name.includes(" ") ? name : name.replace(/[_-]+/g, " ")).replace(/^./, (letter) => letter.toUpperCase())
const slug = (text) => text.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "").slice(0, 48)

// -- saving ---------------------------------------------------------------------------------------------------------

function save(content, type, file, say) {
  const address = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type }))
  const link = Object.assign(document.createElement("a"), { href: address, download: file })
  link.click()
  setTimeout(() => URL.revokeObjectURL(address), 10000)
  say(`Saved ${file}.`)
}

// The chart's own camera button, told for this once to make an SVG of the size on the screen. Before the browser saves it,
// what other components draw over the chart is put into it, and its pictures are made crisp, as on the screen.
function saveChart(plot, format, file, say) {
  const camera = plot.querySelector(".modebar-btn[data-title^='Download plot']")
  if (!camera) return say("This chart is not there any more.")
  const usual = plot._context.toImageButtonOptions
  const { width, height } = plot._fullLayout
  plot._context.toImageButtonOptions = { format: "svg", filename: "taken", width, height }
  const take = (event) => {
    if (event.target.download !== "taken.svg") return
    event.preventDefault()
    event.stopPropagation() // Plotly presses a link outside the popover, which would close it
    window.removeEventListener("click", take, true)
    fetch(event.target.href)
      .then((answer) => answer.text())
      .then((text) => saveText(asShown(plot, text), width, height, format, file, say))
  }
  window.addEventListener("click", take, true)
  camera.dispatchEvent(new MouseEvent("click")) // one that does not bubble, for the same reason
  plot._context.toImageButtonOptions = usual
}

function asShown(plot, text) {
  const drawing = new DOMParser().parseFromString(text, "image/svg+xml").documentElement
  for (const picture of drawing.querySelectorAll("image")) picture.style.imageRendering = "pixelated"
  for (const overlay of overlaysOf(plot)) {
    const context = new SvgContext(overlay.box)
    overlay.paint(context, overlay.box)
    drawing.append(context.drawing)
  }
  return new XMLSerializer().serializeToString(drawing)
}

// What lies over a chart, from the lowest up: each has its `box` in the chart's CSS pixels, and a `paint` that draws in it.
function overlaysOf(plot) {
  const chart = plot.getBoundingClientRect()
  const painted = [...plot.querySelectorAll("canvas")].flatMap(({ overlay }) => (overlay?.box ? [overlay] : []))
  painted.sort((one, other) => one.level - other.level)
  const rings = [...plot.querySelectorAll(".plane-cursor")].filter((ring) => ring.getClientRects().length)
  return painted.concat(
    rings.map((ring) => {
      const { left, top, width, height } = ring.getBoundingClientRect()
      const at = [left - chart.left + width / 2, top - chart.top + height / 2]
      const box = { left: 0, top: 0, width: chart.width, height: chart.height }
      return { box, paint: (context) => paintRing(context, at, getComputedStyle(ring).borderTopColor) }
    }),
  )
}

function paintRing(context, [x, y], colour) {
  for (const [radius, width, style] of [[7.75, 6.5, "#fff"], [7.5, 3, colour]]) {
    context.beginPath()
    context.arc(x, y, radius)
    Object.assign(context, { lineWidth: width, strokeStyle: style })
    context.stroke()
  }
}

const ground = () => getComputedStyle(document.querySelector("[data-testid=stApp]") ?? document.body).backgroundColor

function savePixels(source, width, height, factor, file, say) {
  const copy = Object.assign(document.createElement("canvas"), { width: width * factor, height: height * factor })
  const context = copy.getContext("2d")
  context.fillStyle = ground()
  context.fillRect(0, 0, copy.width, copy.height)
  context.imageSmoothingEnabled = false
  context.drawImage(source, 0, 0, copy.width, copy.height)
  copy.toBlob((blob) => save(blob, "image/png", file, say), "image/png")
}

const saveCanvas = (canvas, _, file, say) =>
  savePixels(canvas, canvas.width, canvas.height, canvas.width < 200 ? Math.ceil(SMALLEST / canvas.width) : 1, file, say)

const saveImage = (image, _, file, say) => savePixels(image, image.naturalWidth, image.naturalHeight, 1, file, say)

// An SVG of a component: its look comes from the page's styles, which the file has to bring along.
function saveDrawing(drawing, format, file, say) {
  const { width, height } = drawing.getBoundingClientRect()
  const copy = drawing.cloneNode(true)
  const originals = drawing.querySelectorAll("*")
  copy.querySelectorAll("*").forEach((element, i) => {
    const style = getComputedStyle(originals[i])
    for (const name of STYLES) element.setAttribute(name, style.getPropertyValue(name))
  })
  for (const [name, value] of Object.entries({ xmlns: SVG, width, height })) copy.setAttribute(name, value)
  const back = document.createElementNS(SVG, "rect")
  for (const [name, value] of Object.entries({ width: "100%", height: "100%", fill: ground() })) back.setAttribute(name, value)
  copy.prepend(back)
  saveText(new XMLSerializer().serializeToString(copy), width, height, format, file, say)
}

// The text of an SVG, as it is or as pixels.
function saveText(text, width, height, format, file, say) {
  if (format === "svg") return save(text, "image/svg+xml", file, say)
  const image = new Image()
  image.onload = () => savePixels(image, width, height, 2, file, say)
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`
}

// What only the browser knows goes into the script here: where the pointer rested, which frame the slider shows.
function filled({ text, live }) {
  return Object.entries(live).reduce((script, [name, [selector, property, usual]]) => {
    const value = property.split(".").reduce((part, key) => part?.[key], document.querySelector(selector))
    const known = value === undefined || Number.isNaN(value) ? usual : typeof value === "number" ? [value] : Array.from(value)
    return script.replaceAll(`$${name}`, () => `[${known.join(", ")}]`)
  }, text)
}
