// What the components of the Compare page share; it stands before each of them. Python packs a JSON header and arrays.

const TYPES = { f4: Float32Array, u1: Uint8Array }

function unpackArrays(bytes) {
  const buffer = bytes.slice().buffer // a copy: the original need not be aligned to four bytes
  const length = new DataView(buffer).getUint32(0, true)
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)))
  let offset = 4 + length
  const arrays = {}
  for (const [name, type, shape] of header.arrays) {
    const size = shape.reduce((product, side) => product * side, 1)
    const array = new TYPES[type](buffer, offset, size)
    arrays[name] = array
    offset += Math.ceil(array.byteLength / 4) * 4
  }
  return { header, arrays }
}

const clamp = (value, low, high) => Math.min(high, Math.max(low, value))
const rgb = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16))
const minus = (text) => text.replace("-", "−")

// The 256 shades of a picture's pixels, each as one number of four bytes: grey, or ink of the text colour on nothing.
function shadesOf(ink) {
  const shades = Uint8ClampedArray.from({ length: 1024 }, (_, i) => {
    const [value, part] = [i >> 2, i & 3]
    if (ink) return part === 3 ? value : ink[part]
    return part === 3 ? 255 : value
  })
  return new Uint32Array(shades.buffer)
}
const GREYS = shadesOf(null)

// One flat image (values 0 to 255) into an ImageData.
function paint({ data, width: stride }, left, top, source, start, [height, width], shades = GREYS) {
  const pixels = new Uint32Array(data.buffer)
  for (let row = 0, from = start; row < height; row++) {
    for (let at = (top + row) * stride + left, end = at + width; at < end; at++) {
      pixels[at] = shades[Math.round(source[from++])]
    }
  }
}

let scratch // an ImageData of the last size: a megabyte less to be collected for each picture of a run

// Images (rows x columns) as one small canvas, a new one or one to paint again, to be drawn enlarged with crisp pixels.
function mosaic(source, start, rows, columns, shape, ink, canvas = document.createElement("canvas")) {
  const [width, height] = [columns * shape[1], rows * shape[0]]
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height })
  if (scratch?.width !== width || scratch.height !== height) scratch = new ImageData(width, height)
  const shades = shadesOf(ink)
  for (let i = 0; i < rows * columns; i++) {
    const left = (i % columns) * shape[1]
    const top = Math.floor(i / columns) * shape[0]
    paint(scratch, left, top, source, start + i * shape[0] * shape[1], shape, shades)
  }
  canvas.getContext("2d").putImageData(scratch, 0, 0)
  return canvas
}

// A canvas's context in CSS pixels, cleared and sharp on dense screens.
function contextOf(canvas, width, height) {
  const density = window.devicePixelRatio || 1
  if (canvas.width !== Math.round(width * density) || canvas.height !== Math.round(height * density)) {
    canvas.width = Math.round(width * density)
    canvas.height = Math.round(height * density)
  }
  canvas.style.height = `${height}px`
  const context = canvas.getContext("2d")
  context.setTransform(density, 0, 0, density, 0, 0)
  context.clearRect(0, 0, width, height)
  context.imageSmoothingEnabled = false
  context.font = "12px system-ui, Segoe UI, Roboto, Arial, sans-serif"
  return context
}

// A square plane with axes over [low, high]; returns the maps from latent values to pixels.
function drawPlane(context, side, [low, high], titles, colours, backdrop) {
  const margin = { left: 34, bottom: 34, top: 6, right: 6 }
  const length = side - margin.left - margin.right
  const x = (value) => margin.left + ((value - low) / (high - low)) * length
  const y = (value) => margin.top + ((high - value) / (high - low)) * length
  context.save()
  context.beginPath()
  context.rect(margin.left, margin.top, length, length)
  context.clip()
  if (backdrop) {
    context.globalAlpha = 0.55
    const [from, to] = backdrop.span
    context.drawImage(backdrop.picture, x(from), y(to), x(to) - x(from), y(from) - y(to))
  }
  context.restore()
  context.strokeStyle = colours.grid
  context.strokeRect(margin.left, margin.top, length, length)
  context.fillStyle = colours.muted
  const step = niceStep((high - low) / 5)
  for (let value = Math.ceil(low / step) * step; value <= high; value += step) {
    const text = minus(String(Math.round(value / step) * step === 0 ? 0 : Number(value.toPrecision(3))))
    context.textAlign = "center"
    context.fillText(text, x(value), side - margin.bottom + 14)
    context.textAlign = "right"
    context.fillText(text, margin.left - 4, y(value) + 4)
  }
  context.textAlign = "center"
  context.fillText(titles[0], margin.left + length / 2, side - 4)
  context.textAlign = "left"
  context.lineWidth = 4
  context.strokeStyle = colours.surface
  context.strokeText(titles[1], margin.left + 5, margin.top + 14)
  context.fillText(titles[1], margin.left + 5, margin.top + 14)
  context.lineWidth = 1
  const within = (px, py) => px >= margin.left && py >= margin.top && px <= margin.left + length && py <= margin.top + length
  const latent = (px, py) => [
    low + ((px - margin.left) / length) * (high - low), high - ((py - margin.top) / length) * (high - low),
  ]
  return { x, y, latent, within, box: [margin.left, margin.top, length, length] }
}

function niceStep(rough) {
  const power = 10 ** Math.floor(Math.log10(rough))
  return power * [1, 2, 5, 10].find((factor) => factor * power >= rough)
}

// The first box of this size, some `ways` from a place, that lies within an area and covers none of those taken.
function freeBox([x, y], width, height, ways, taken, area) {
  let first
  for (const [dx, dy] of ways) {
    const box = { left: x + dx - width / 2, top: y + dy - height / 2, width, height }
    if (box.left < area.left || box.left + width > area.left + area.width) continue
    if (box.top < area.top || box.top + height > area.top + area.height) continue
    first ??= box
    if (!taken.some((other) => covers(box, other))) return box
  }
  return first
}

const covers = (one, other) =>
  one.left < other.left + other.width && other.left < one.left + one.width &&
  one.top < other.top + other.height && other.top < one.top + one.height

// Ways to look around for a free place, nearest first, 5 pixels apart.
const NEARBY = Array.from({ length: 41 * 41 }, (_, i) => [5 * ((i % 41) - 20), 5 * (Math.floor(i / 41) - 20)]).sort(
  (one, other) => Math.hypot(...one) - Math.hypot(...other),
)

// One object a mounted element: load(data) at each new data, destroy() at the end.
const mounted = new WeakMap()
function mountOnce(component, selector, Kind) {
  const { parentElement, data } = component
  const root = parentElement.querySelector(selector)
  if (!root || !data) return
  let view = mounted.get(parentElement)
  if (!view) {
    view = new Kind(root)
    mounted.set(parentElement, view)
  }
  view.component = component
  view.load(unpackArrays(data))
  return () => {
    view.destroy()
    mounted.delete(parentElement)
  }
}
