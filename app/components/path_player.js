// Plays the images of a path there and back, with a ring on the plane where each of them is. The frames came with the page;
// nothing is asked of the server. Where ends are points, a press on the plane says where the nearer one shall go.

const instances = new WeakMap()
const ONE_WAY_MS = 3000
const STILL = 8 // pixels: what moves further is no press

export default function (component) {
  const { parentElement, data, setStateValue } = component
  const root = parentElement.querySelector(".path-player")
  if (!root || !data) return
  let player = instances.get(parentElement)
  if (!player) {
    player = new PathPlayer(root)
    instances.set(parentElement, player)
  }
  player.report = (press) => setStateValue("press", press)
  player.load(data)
  return () => {
    player.destroy()
    instances.delete(parentElement)
  }
}

class PathPlayer {
  constructor(root) {
    this.canvas = root.querySelector("canvas")
    this.button = root.querySelector("button")
    this.slider = root.querySelector("input")
    this.output = root.querySelector("output")
    this.cursor = document.createElement("div")
    this.cursor.className = "path-cursor"
    this.place = 0 // 0 is A, 1 is B
    this.direction = 1
    this.playing = false
    this.button.onclick = () => (this.playing ? this.pause() : this.play())
    this.slider.oninput = () => {
      this.pause()
      this.place = Number(this.slider.value) / (this.count - 1)
      this.draw()
    }
    this.observer = new MutationObserver(() => this.attach()) // Streamlit may replace the chart at any rerun
    this.observer.observe(document.body, { childList: true, subtree: true })
    this.onPlotted = () => this.placeCursor()
    this.onDown = (event) => {
      this.down = [event.clientX, event.clientY]
      window.addEventListener("pointerup", this.onUp, { capture: true, once: true }) // Plotly covers the page meanwhile
    }
    this.onUp = (event) => this.press(event)
  }

  load(data) {
    const bytes = data.slice()
    const length = new DataView(bytes.buffer).getUint32(0, true)
    this.header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)))
    this.frames = bytes.subarray(4 + length)
    this.count = this.header.positions.length
    const [height, width] = this.header.shape
    this.canvas.width = width
    this.canvas.height = height
    this.slider.max = this.count - 1
    this.attach()
    this.draw()
  }

  attach() {
    const plot = document.querySelector(`.st-key-${this.header?.chart} .js-plotly-plot`)
    if (!plot?._fullLayout?.xaxis?.d2p) return
    if (plot !== this.plot) {
      this.detach()
      this.plot = plot
      plot.addEventListener("pointerdown", this.onDown, true)
      plot.style.position = "relative"
      plot.on?.("plotly_afterplot", this.onPlotted)
    }
    if (!this.cursor.isConnected) {
      plot.appendChild(this.cursor)
      this.placeCursor()
    }
  }

  detach() {
    this.plot?.removeListener?.("plotly_afterplot", this.onPlotted)
    this.plot?.removeEventListener("pointerdown", this.onDown, true)
    window.removeEventListener("pointerup", this.onUp, true)
  }

  press({ clientX, clientY }) {
    const moved = this.down && Math.hypot(clientX - this.down[0], clientY - this.down[1])
    if (!this.header.pressable || !(moved <= STILL)) return
    const { xaxis, yaxis } = this.plot._fullLayout
    const box = this.plot.getBoundingClientRect()
    const [x, y] = [clientX - box.left - xaxis._offset, clientY - box.top - yaxis._offset]
    if (x < 0 || y < 0 || x > xaxis._length || y > yaxis._length) return
    this.report([xaxis.p2d(x), yaxis.p2d(y)])
  }

  play() {
    this.playing = true
    if (this.place >= 1) this.place = 0
    this.direction = 1
    this.say()
    let before = performance.now()
    const tick = (now) => {
      if (!this.playing) return
      this.place += (this.direction * Math.max(0, now - before)) / ONE_WAY_MS
      before = now
      if (this.place >= 1 || this.place <= 0) {
        this.place = Math.min(1, Math.max(0, this.place))
        this.direction = this.place === 1 ? -1 : 1
      }
      this.draw()
      requestAnimationFrame(tick)
    }
    requestAnimationFrame(tick)
  }

  pause() {
    this.playing = false
    this.say()
  }

  say() {
    this.button.textContent = this.playing ? "Pause" : "Play"
    this.button.setAttribute("aria-pressed", String(this.playing))
  }

  draw() {
    const frame = (this.frame = Math.round(this.place * (this.count - 1)))
    const { width, height } = this.canvas
    const image = new ImageData(width, height)
    for (let i = 0, p = frame * width * height; i < width * height; i++, p++) {
      image.data[4 * i] = image.data[4 * i + 1] = image.data[4 * i + 2] = this.frames[p]
      image.data[4 * i + 3] = 255
    }
    this.canvas.getContext("2d").putImageData(image, 0, 0)
    this.canvas.dataset.frame = frame
    this.slider.value = frame
    const way = Math.round(this.place * 100)
    const density = this.header.log_prior[frame].toFixed(2).replace("-", "−")
    this.output.textContent = `${way} % of the way, log p(z) ${density} nats`
    this.slider.setAttribute("aria-valuetext", this.output.textContent)
    this.placeCursor()
  }

  placeCursor() {
    const layout = this.plot?._fullLayout
    if (!layout?.xaxis?.d2p || !this.header || this.frame === undefined) return
    const [a, b] = this.header.positions[this.frame]
    const x = layout.xaxis.d2p(a)
    const y = layout.yaxis.d2p(b)
    const inside = x >= 0 && y >= 0 && x <= layout.xaxis._length && y <= layout.yaxis._length
    this.cursor.style.display = inside ? "block" : "none"
    this.cursor.style.left = `${x + layout.xaxis._offset}px`
    this.cursor.style.top = `${y + layout.yaxis._offset}px`
  }

  destroy() {
    this.playing = false
    this.observer.disconnect()
    this.detach()
    this.cursor.remove()
  }
}
