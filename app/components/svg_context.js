// A canvas's context, as far as what is drawn over charts uses one, that draws SVG: lines and letters stay sharp.

const SVG = "http://www.w3.org/2000/svg"

class SvgContext {
  constructor({ left, top, width, height }) {
    this.drawing = document.createElementNS(SVG, "svg")
    const box = { x: left, y: top, width, height, overflow: "hidden" }
    for (const [key, value] of Object.entries(box)) this.drawing.setAttribute(key, value)
    Object.assign(this, { globalAlpha: 1, lineWidth: 1, lineJoin: "miter", fillStyle: "#000", strokeStyle: "#000" })
    Object.assign(this, { font: "12px sans-serif", textAlign: "left", textBaseline: "alphabetic", imageSmoothingEnabled: false })
  }

  add(name, attributes, text = "") {
    const element = document.createElementNS(SVG, name)
    const all = { ...attributes, opacity: this.globalAlpha }
    for (const [key, value] of Object.entries(all)) element.setAttribute(key, value)
    element.textContent = text
    this.drawing.append(element)
  }

  beginPath() {
    this.path = ""
  }

  moveTo(x, y) {
    this.path += `M${x.toFixed(2)} ${y.toFixed(2)}`
  }

  lineTo(x, y) {
    this.path += `${this.path ? "L" : "M"}${x.toFixed(2)} ${y.toFixed(2)}`
  }

  // Whole circles: nothing draws parts of one.
  arc(x, y, radius) {
    this.moveTo(x - radius, y)
    for (const side of [1, -1]) this.path += `A${radius} ${radius} 0 0 1 ${(x + side * radius).toFixed(2)} ${y.toFixed(2)}`
  }

  stroke() {
    const line = { stroke: this.strokeStyle, "stroke-width": this.lineWidth, "stroke-linejoin": this.lineJoin }
    this.add("path", { d: this.path, fill: "none", ...line })
  }

  fill() {
    this.add("path", { d: this.path, fill: this.fillStyle })
  }

  fillRect(x, y, width, height) {
    this.add("rect", { x, y, width, height, fill: this.fillStyle })
  }

  fillText(text, x, y) {
    const anchor = { center: "middle", right: "end" }[this.textAlign] ?? "start"
    const middle = this.textBaseline === "middle" ? { "dominant-baseline": "central" } : {}
    this.add("text", { x, y, fill: this.fillStyle, style: `font: ${this.font}`, "text-anchor": anchor, ...middle }, text)
  }

  drawImage(canvas, x, y, width, height) {
    const crisp = this.imageSmoothingEnabled ? {} : { style: "image-rendering: pixelated" }
    this.add("image", { href: canvas.toDataURL(), x, y, width, height, preserveAspectRatio: "none", ...crisp })
  }
}
