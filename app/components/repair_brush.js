// The brush covers pixels, or blocks of them at once, and uncovers them again.

const SIDE = 560
const MOST_UNDO = 100

export default function (component) {
  return mountOnce(component, ".repair-brush", RepairBrush)
}

class RepairBrush extends HandCanvas {
  constructor(root) {
    super(root)
    this.blocks = root.querySelector("[data-role=blocks]")
    this.size = root.querySelector("input")
    this.tools = [...root.querySelectorAll("[data-tool]")]
    this.past = []
    for (const tool of this.tools) tool.onclick = () => this.take(tool)
    this.canvas.onpointerleave = () => this.pointer === null && this.hover(null)
  }

  load({ header, arrays }) {
    this.header = header
    this.x = arrays.x
    this.blockMasks = arrays.blocks
    if (header.version !== this.version) {
      this.version = header.version
      this.hidden = arrays.hidden.slice()
      this.past = []
      this.pointer = null
      this.key = { at: header.shape.map((side) => side / 2).reverse(), down: false, shown: false }
    }
    const [height, width] = header.shape
    this.cell = Math.max(1, Math.floor(SIDE / Math.max(height, width)))
    this.canvas.width = width * this.cell
    this.canvas.height = height * this.cell
    if (this.blocks.dataset.names !== header.blocks.join()) this.addBlocks()
    this.draw()
  }

  addBlocks() {
    this.blocks.dataset.names = this.header.blocks.join()
    this.blocks.replaceChildren(
      ...this.header.blocks.map((name, number) => {
        const button = document.createElement("button")
        button.type = "button"
        button.textContent = name
        button.onclick = () => {
          const pixels = this.x.length
          this.replace(this.blockMasks.slice(number * pixels, (number + 1) * pixels))
        }
        return button
      }),
    )
  }

  take(tool) {
    for (const other of this.tools) other.setAttribute("aria-pressed", String(other === tool))
    this.covers = tool.dataset.tool === "cover"
  }

  covers = true

  // A place on the image, in its pixels.
  place(event) {
    const box = this.canvas.getBoundingClientRect()
    const [height, width] = this.header.shape
    return [((event.clientX - box.left) / box.width) * width, ((event.clientY - box.top) / box.height) * height]
  }

  // Covers (or reveals) every pixel whose centre is within the brush of the line between two places.
  stroke([ax, ay], [bx, by]) {
    const [height, width] = this.header.shape
    const reach = Math.max(0.71, Number(this.size.value) / 2) // a pixel at the least
    const [dx, dy] = [bx - ax, by - ay]
    const length = dx * dx + dy * dy || 1
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const [px, py] = [column + 0.5 - ax, row + 0.5 - ay]
        const t = clamp((px * dx + py * dy) / length, 0, 1)
        if (Math.hypot(px - t * dx, py - t * dy) <= reach) this.hidden[row * width + column] = this.covers ? 1 : 0
      }
    }
  }

  begin(at) {
    this.remember()
    this.last = at
    this.stroke(at, at)
  }

  go(at) {
    this.stroke(this.last, at)
    this.last = at
  }

  stepped([x, y], [dx, dy], far) {
    const [height, width] = this.header.shape
    const size = far ? 5 : 1
    return [clamp(x + dx * size, 0.5, width - 0.5), clamp(y + dy * size, 0.5, height - 0.5)]
  }

  onUp(event) {
    if (event.pointerId === this.pointer && event.pointerType !== "mouse") this.at = null
    super.onUp(event)
  }

  hover(at) {
    this.at = at
    this.draw()
  }

  remember() {
    this.past.push(this.hidden.slice())
    if (this.past.length > MOST_UNDO) this.past.shift()
  }

  replace(hidden) {
    this.remember()
    this.hidden = Uint8Array.from(hidden)
    this.key.down = false
    this.changed()
  }

  clear() {
    this.replace(this.hidden.map(() => 0))
  }

  undo() {
    const before = this.past.pop()
    if (!before) return
    this.hidden = before
    this.changed()
  }

  changed() {
    this.draw()
    const bytes = new Uint8Array(Math.ceil(this.hidden.length / 8))
    this.hidden.forEach((bit, i) => (bytes[i >> 3] |= bit << (7 - (i & 7))))
    const text = btoa(String.fromCharCode(...bytes))
    this.component.setStateValue("hidden", text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", ""))
  }

  count() {
    return this.hidden.reduce((sum, bit) => sum + bit, 0)
  }

  draw() {
    const [height, width] = this.header.shape
    const { cell } = this
    const { colours } = this.header
    const context = this.canvas.getContext("2d")
    for (let i = 0; i < this.x.length; i++) {
      const [left, top] = [(i % width) * cell, Math.floor(i / width) * cell]
      context.fillStyle = this.hidden[i] ? colours.cover : `rgb(${this.x[i]}, ${this.x[i]}, ${this.x[i]})`
      context.fillRect(left, top, cell, cell)
      if (!this.hidden[i]) continue
      context.strokeStyle = colours.hatch // one line from corner to corner, so that covered is no grey value
      context.lineWidth = Math.max(1, cell / 8)
      context.beginPath()
      context.moveTo(left, top + cell)
      context.lineTo(left + cell, top)
      context.stroke()
    }
    if (this.at) {
      const reach = Math.max(0.71, Number(this.size.value) / 2) * cell
      for (const [style, line] of [["#000", 4], [this.key.down || this.pointer !== null ? "#f0a04b" : "#fff", 2]]) {
        context.beginPath()
        context.arc(this.at[0] * cell, this.at[1] * cell, reach, 0, 2 * Math.PI)
        context.strokeStyle = style
        context.lineWidth = line
        context.stroke()
      }
    }
    const count = this.count()
    const text = this.key.down ? "brush down" : `${count} of ${this.hidden.length} pixels hidden`
    if (this.pointer === null && this.output.textContent !== text) this.output.textContent = text
    this.buttons.undo.disabled = this.past.length === 0
    this.buttons.clear.disabled = count === 0
    this.canvas.dataset.hidden = count
  }

  destroy() {}
}
