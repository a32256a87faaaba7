// Plays a chain step by step: its path on the plane, the image of each step beside it. All steps came with the page.

const STEPS_A_SECOND = 10
const TRAIL = 25 // steps drawn strongly behind the present one

export default function (component) {
  return mountOnce(component, ".repair-chain", RepairChain)
}

class RepairChain {
  constructor(root) {
    this.canvas = root.querySelector("canvas")
    this.output = root.querySelector("output")
    this.slider = root.querySelector("input")
    const begin = () => (this.clock = this.step = this.step === this.last ? 0 : this.step)
    this.button = new PlayButton(root.querySelector("[data-do=play]"), (seconds) => this.advance(seconds), begin)
    this.overlay = new PlotOverlay("chain", (...args) => this.drawPath(...args))
    root.querySelector("[data-do=step]").onclick = () => this.goTo(Math.min(this.step + 1, this.last))
    root.querySelector("[data-do=restart]").onclick = () => this.goTo(0)
    this.slider.oninput = () => this.goTo(Number(this.slider.value))
  }

  load({ header, arrays }) {
    const known = header.id === this.header?.id
    Object.assign(this, { header, arrays, last: header.steps - 1 })
    const [height, width] = header.shape
    if (!known) {
      this.canvas.width = width
      this.canvas.height = height
      this.slider.max = this.last
      this.button.pause()
      this.step = 0
    }
    this.overlay.follow(header.chart)
    this.show()
  }

  advance(seconds) {
    this.clock += seconds * STEPS_A_SECOND
    const step = Math.min(this.last, Math.floor(this.clock))
    if (step !== this.step) {
      this.step = step
      this.show()
    }
    return step < this.last
  }

  goTo(step) {
    this.button.pause()
    this.step = step
    this.show()
  }

  show() {
    const { width, height } = this.canvas
    const image = new ImageData(width, height)
    paint(image, 0, 0, this.arrays.images, this.step * width * height, [height, width])
    this.canvas.getContext("2d").putImageData(image, 0, 0)
    this.canvas.dataset.step = this.step
    this.slider.value = this.step
    const moved = this.step > 0 && !this.arrays.moved[this.step]
    const what = this.step === 0 ? "the start" : moved ? "proposal refused: it stays" : "moved"
    this.output.textContent = `step ${this.step} of ${this.last}: ${what}`
    this.slider.setAttribute("aria-valuetext", this.output.textContent)
    this.overlay.redraw()
  }

  drawPath(context, x, y) {
    const at = (step) => [x(this.arrays.positions[2 * step]), y(this.arrays.positions[2 * step + 1])]
    const line = (from, to, width, style, opacity) => {
      context.globalAlpha = opacity
      context.beginPath()
      context.moveTo(...at(from))
      for (let step = from + 1; step <= to; step++) context.lineTo(...at(step))
      context.lineWidth = width
      context.strokeStyle = style
      context.stroke()
      context.globalAlpha = 1
    }
    const { colours } = this.header
    context.lineJoin = "round"
    line(0, this.step, 1, colours.path, 0.45)
    line(Math.max(0, this.step - TRAIL), this.step, 4.5, colours.surface, 0.9)
    line(Math.max(0, this.step - TRAIL), this.step, 2.2, colours.path, 1)
    const [px, py] = at(this.step)
    for (const [radius, style] of [[8, colours.surface], [6, colours.path]]) {
      context.beginPath()
      context.arc(px, py, radius, 0, 2 * Math.PI)
      context.fillStyle = style
      context.fill()
    }
  }

  destroy() {
    this.button.pause()
    this.overlay.destroy()
  }
}
