// A path on the plane, and its images played there and back beside it. The frames came with the page; nothing is asked of
// the server. Where ends are points, a press on the plane says where the nearer one shall go.

const ONE_WAY_SECONDS = 3
const STILL = 8 // pixels: what moves further is no press

export default function (component) {
  return mountOnce(component, ".path-player", PathPlayer)
}

class PathPlayer {
  constructor(root) {
    this.canvas = root.querySelector("canvas")
    this.slider = root.querySelector("input")
    this.output = root.querySelector("output")
    this.place = 0 // 0 is A, 1 is B
    this.direction = 1
    this.button = new PlayButton(root.querySelector("button"), (seconds) => this.advance(seconds), () => this.begin())
    this.slider.oninput = () => {
      this.button.pause()
      this.place = Number(this.slider.value) / (this.count - 1)
      this.show()
    }
    this.overlay = new PlotOverlay("path", (...place) => this.draw(...place))
    this.onDown = ({ target, clientX, clientY }) => {
      this.down = this.overlay.plot?.contains(target) ? [clientX, clientY] : null
    }
    this.onUp = (event) => this.press(event)
    window.addEventListener("pointerdown", this.onDown, true)
    window.addEventListener("pointerup", this.onUp, true) // anywhere: Plotly covers the page while a button is down
  }

  load({ header, arrays }) {
    Object.assign(this, { header, arrays, count: header.log_prior.length })
    const [height, width] = header.shape
    this.canvas.width = width
    this.canvas.height = height
    this.slider.max = this.count - 1
    this.show()
    this.overlay.follow(header.chart)
  }

  press({ clientX, clientY }) {
    const moved = this.down && Math.hypot(clientX - this.down[0], clientY - this.down[1])
    const { box, plot } = this.overlay
    if (!this.header.pressable || !(moved <= STILL) || !box) return
    const chart = plot.getBoundingClientRect()
    const [x, y] = [clientX - chart.left - box.left, clientY - chart.top - box.top]
    if (x < 0 || y < 0 || x > box.width || y > box.height) return
    const { xaxis, yaxis } = plot._fullLayout
    this.component.setStateValue("press", [xaxis.p2d(x), yaxis.p2d(y)])
  }

  begin() {
    if (this.place >= 1) this.place = 0
    this.direction = 1
  }

  advance(seconds) {
    this.place += (this.direction * seconds) / ONE_WAY_SECONDS
    if (this.place >= 1 || this.place <= 0) {
      this.place = clamp(this.place, 0, 1)
      this.direction = this.place === 1 ? -1 : 1
    }
    this.show()
  }

  show() {
    const frame = (this.frame = Math.round(this.place * (this.count - 1)))
    const { width, height } = this.canvas
    const image = new ImageData(width, height)
    paint(image, 0, 0, this.arrays.frames, frame * width * height, [height, width])
    this.canvas.getContext("2d").putImageData(image, 0, 0)
    this.canvas.dataset.frame = frame
    this.slider.value = frame
    const density = minus(this.header.log_prior[frame].toFixed(2))
    this.output.textContent = `${Math.round(this.place * 100)} % of the way, log p(z) ${density} nats`
    this.slider.setAttribute("aria-valuetext", this.output.textContent)
    this.overlay.redraw()
  }

  // The path with its steps and its ends' letters, and a ring at the frame that is shown.
  draw(context, x, y) {
    const { steps, positions } = this.arrays
    const { colours } = this.header
    const at = (places, k) => [x(places[2 * k]), y(places[2 * k + 1])]
    const all = Array.from({ length: steps.length / 2 }, (_, k) => at(steps, k))
    context.lineJoin = "round"
    for (const [width, style] of [[6, colours.surface], [4, colours.latent]]) { // a rim, to be seen on any ground
      context.beginPath()
      for (const place of all) context.lineTo(...place)
      Object.assign(context, { lineWidth: width, strokeStyle: style })
      context.stroke()
    }
    for (const place of all) this.circle(context, place, 4, colours.surface, colours.latent, 2.5)
    all.forEach((place, k) => this.keepOff(place, all[k + 1] ?? place))
    this.overlay.flag(context, all[0], "A", colours.latent, colours.surface)
    this.overlay.flag(context, all[all.length - 1], "B", colours.latent, colours.surface)
    const ring = at(positions, this.frame)
    this.overlay.canvas.dataset.ring = ring.map((value) => value.toFixed(1)).join()
    this.circle(context, ring, 7.5, null, "#ffffff", 7)
    this.circle(context, ring, 7.5, null, colours.decoder, 3)
  }

  // Names and letters stay off a step and the line to the next one.
  keepOff([x, y], [nextX, nextY]) {
    const parts = Math.max(1, Math.round(Math.hypot(nextX - x, nextY - y) / 8))
    for (let k = 0; k < parts; k++) this.overlay.keepOff([x + ((nextX - x) * k) / parts, y + ((nextY - y) * k) / parts], 10)
  }

  circle(context, place, radius, fill, stroke, width) {
    context.beginPath()
    context.arc(...place, radius, 0, 2 * Math.PI)
    Object.assign(context, { lineWidth: width, strokeStyle: stroke })
    if (fill) {
      context.fillStyle = fill
      context.fill()
    }
    context.stroke()
  }

  destroy() {
    this.button.pause()
    window.removeEventListener("pointerdown", this.onDown, true)
    window.removeEventListener("pointerup", this.onUp, true)
    this.overlay.destroy()
  }
}
