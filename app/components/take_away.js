// The pictures of the page and the script that makes its numbers, saved by the browser; the server is not asked.

const SMALLEST = 560 // pixels: small decoded images are enlarged by repeating pixels
const SVG = "http://www.w3.org/2000/svg"
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
  return [...page.querySelectorAll(".js-plotly-plot, canvas[role=img], .bound-bench svg, [data-role=plane] > svg, [data-testid=stImage] img")]
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

// The chart's own camera button, told for this once which format to make.
function saveChart(plot, format, file, say) {
  const camera = plot.querySelector(".modebar-btn[data-title^='Download plot']")
  if (!camera) return say("This chart is not there any more.")
  const usual = plot._context.toImageButtonOptions
  plot._context.toImageButtonOptions = { format, filename: file.slice(0, -4), scale: format === "png" ? 2 : 1 }
  window.addEventListener("click", keepOpen, true)
  camera.dispatchEvent(new MouseEvent("click")) // one that does not bubble, for the same reason
  plot._context.toImageButtonOptions = usual
  say(`Saved ${file}.`)
}

// Plotly presses a link outside the popover, which would close it.
function keepOpen(event) {
  if (!event.target.matches("a[download]")) return
  event.stopPropagation()
  window.removeEventListener("click", keepOpen, true)
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
  const text = new XMLSerializer().serializeToString(copy)
  if (format === "svg") return save(text, "image/svg+xml", file, say)
  const image = new Image()
  image.onload = () => savePixels(image, width, height, 2, file, say)
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`
}

// What only the browser knows goes into the script here: where the pointer rested, which frame the slider shows.
function filled({ text, live }) {
  return Object.entries(live).reduce((script, [name, [selector, property, usual]]) => {
    const value = document.querySelector(selector)?.[property] ?? usual
    return script.replaceAll(`$${name}`, () => `[${Array.from(value).join(", ")}]`)
  }, text)
}
