// Pixels and canvases. An `image_shape` is (height, width) of grey or (height, width, 3) of red, green, blue for each pixel.

import { clamp } from "./numbers.js"
import { zoomOf } from "./projector.js"

/** @typedef {number[]} ImageShape */
/** @typedef {number[]} Colour red, green, blue from 0 to 255 */
/** @typedef {CanvasRenderingContext2D | import("./svg.js").SvgContext} Context what is drawn on: a canvas, or an SVG for a file */

/**
 * The red, green and blue of "#rrggbb".
 * @param {string} hex
 * @returns {Colour}
 */
export const rgb = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16))

/**
 * The colour of letters on a ground "#rrggbb": nearly black or white, whichever has more contrast (WCAG's relative luminance).
 * @param {string} ground
 */
export function inkOn(ground) {
  const [red, green, blue] = rgb(ground).map((part) => (part <= 10 ? part / 3294.6 : ((part / 255 + 0.055) / 1.055) ** 2.4))
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.195 ? "#14141d" : "#ffffff"
}

/**
 * How many values an image of this shape has.
 * @param {ImageShape} imageShape
 */
export const valuesIn = (imageShape) => imageShape.reduce((product, side) => product * side, 1)

/**
 * A canvas's context; a browser that has none is of no use here.
 * @param {HTMLCanvasElement} canvas
 */
export const context2d = (canvas) => /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"))

/**
 * The 256 shades of a picture's pixels, each as one number of four bytes: grey, or ink of a colour on nothing.
 * @param {Colour | null | undefined} ink
 */
function shadesOf(ink) {
  const shades = Uint8ClampedArray.from({ length: 1024 }, (_, i) => {
    const [value, part] = [i >> 2, i & 3]
    if (ink) return part === 3 ? value : ink[part]
    return part === 3 ? 255 : value
  })
  return new Uint32Array(shades.buffer)
}
const GREYS = shadesOf(null)

/**
 * One flat image (values 0 to 255) into a place of an ImageData.
 * @param {ImageData} image
 * @param {number} left
 * @param {number} top
 * @param {ArrayLike<number>} source
 * @param {number} start where the image begins in the source
 * @param {ImageShape} imageShape
 * @param {Uint32Array} [shades] of a grey image
 */
export function paint(image, left, top, source, start, imageShape, shades = GREYS) {
  if (imageShape.length === 3) return paintColour(image, left, top, source, start, imageShape)
  const [height, width] = imageShape
  const pixels = new Uint32Array(image.data.buffer)
  for (let row = 0, from = start; row < height; row++) {
    for (let at = (top + row) * image.width + left, end = at + width; at < end; at++) {
      pixels[at] = shades[Math.round(source[from++])]
    }
  }
}

/**
 * @param {ImageData} image
 * @param {number} left
 * @param {number} top
 * @param {ArrayLike<number>} source
 * @param {number} start
 * @param {ImageShape} imageShape
 */
function paintColour({ data, width: stride }, left, top, source, start, [height, width]) {
  for (let row = 0, from = start; row < height; row++) {
    for (let at = 4 * ((top + row) * stride + left), end = at + 4 * width; at < end; at += 4) {
      for (let part = 0; part < 3; part++) data[at + part] = Math.round(source[from++])
      data[at + 3] = 255
    }
  }
}

/**
 * Gives a canvas as many pixels as an image has, and clears it if they are others than before.
 * @param {HTMLCanvasElement} canvas
 * @param {ImageShape} imageShape
 */
export function fit(canvas, [height, width]) {
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height })
}

/**
 * Draws one flat image (values 0 to 255) on a canvas of its size.
 * @param {HTMLCanvasElement} canvas
 * @param {ArrayLike<number>} source
 * @param {number} start where the image begins in the source
 * @param {ImageShape} imageShape
 */
export function drawBytes(canvas, source, start, imageShape) {
  const image = new ImageData(imageShape[1], imageShape[0])
  paint(image, 0, 0, source, start, imageShape)
  context2d(canvas).putImageData(image, 0, 0)
}

/**
 * Draws means of p(x|z), values in [0, 1] (others are cut off), on a canvas of the image's size.
 * @param {HTMLCanvasElement} canvas
 * @param {ArrayLike<number>} values
 * @param {ImageShape} imageShape
 */
export function drawMeans(canvas, values, imageShape) {
  const [height, width, parts = 1] = imageShape
  const image = new ImageData(width, height)
  const { data } = image
  for (let at = 0, from = 0; at < data.length; at += 4, from += parts) {
    if (parts === 3) for (let part = 0; part < 3; part++) data[at + part] = 255 * clamp(values[from + part], 0, 1)
    else data[at] = data[at + 1] = data[at + 2] = 255 * clamp(values[from], 0, 1)
    data[at + 3] = 255
  }
  context2d(canvas).putImageData(image, 0, 0)
}

/** @type {ImageData | undefined} of the last size: a megabyte less to be collected for each picture of a run */
let scratch

/**
 * Images (rows x columns) as one small canvas, a new one or one to paint again, to be drawn enlarged with crisp pixels.
 * @param {ArrayLike<number>} source values 0 to 255
 * @param {number} start
 * @param {number} rows
 * @param {number} columns
 * @param {ImageShape} imageShape
 * @param {Colour | null} [ink] of binary images: they are drawn in this colour on nothing
 * @param {HTMLCanvasElement} [canvas]
 */
export function mosaic(source, start, rows, columns, imageShape, ink, canvas = document.createElement("canvas")) {
  const [height, width] = imageShape
  fit(canvas, [rows * height, columns * width])
  if (scratch?.width !== canvas.width || scratch.height !== canvas.height) scratch = new ImageData(canvas.width, canvas.height)
  const shades = shadesOf(ink)
  for (let i = 0; i < rows * columns; i++) {
    const [left, top] = [(i % columns) * width, Math.floor(i / columns) * height]
    paint(scratch, left, top, source, start + i * valuesIn(imageShape), imageShape, shades)
  }
  context2d(canvas).putImageData(scratch, 0, 0)
  return canvas
}

/**
 * A canvas's context in CSS pixels, cleared, and sharp on dense screens, or `on` the element that shows it. Sets the canvas's height
 * on the page.
 * @param {HTMLCanvasElement} canvas
 * @param {number} width
 * @param {number} height
 * @param {Element} [on]
 */
export function contextOf(canvas, width, height, on = canvas) {
  const density = (window.devicePixelRatio || 1) * zoomOf(on)
  fit(canvas, [Math.round(height * density), Math.round(width * density)])
  canvas.style.height = `${height}px`
  const context = context2d(canvas)
  context.setTransform(density, 0, 0, density, 0, 0)
  context.clearRect(0, 0, width, height)
  context.imageSmoothingEnabled = false
  context.font = "12px system-ui, Segoe UI, Roboto, Arial, sans-serif"
  return context
}

/**
 * A circle: filled with a colour, then its rim, each if it is given.
 * @param {Context} context
 * @param {number[]} middle
 * @param {number} radius
 * @param {{ fill?: string | null, stroke?: string | null, width?: number }} look
 */
export function circle(context, [x, y], radius, { fill, stroke, width = 1 }) {
  context.beginPath()
  context.arc(x, y, radius, 0, 2 * Math.PI)
  if (fill) {
    context.fillStyle = fill
    context.fill()
  }
  if (!stroke) return
  context.lineWidth = width
  context.strokeStyle = stroke
  context.stroke()
}

/**
 * A line through places.
 * @param {Context} context
 * @param {number[][]} places
 * @param {string} stroke
 * @param {number} width
 */
export function line(context, places, stroke, width) {
  context.beginPath()
  for (const [x, y] of places) context.lineTo(x, y)
  context.lineWidth = width
  context.strokeStyle = stroke
  context.stroke()
}
