// Decoded pictures, encoded points and the names of their classes, over a chart that has only the axes and the legend.

const BEHIND = 0.55 // opacity of the pictures
const POINTS = 0.8
const NAMES = 0.9
const NAME_HEIGHT = 22

export default function (component) {
  return mountOnce(component, ".plane", Plane)
}

class Plane {
  constructor(root) {
    this.chart = root.closest("[class*=_points]").className.match(/st-key-(\w+)_points/)[1]
    this.overlay = new PlotOverlay("points", (...place) => this.draw(...place))
    this.overlay.nearest = (...place) => this.nearest(...place)
    this.overlay.load = (drawn) => this.show(unpackArrays(drawn))
    this.names = new PlotOverlay("names", (...place) => this.drawNames(...place))
  }

  // From the page's script, which may say again what was drawn before something newer was asked for.
  load(drawn) {
    const given = new Uint8Array(drawn.arrays.points.buffer)
    if (this.given?.length === given.length && this.given.every((byte, i) => byte === given[i])) return
    this.given = given
    this.show(drawn)
  }

  async show({ header, arrays }) {
    this.latest = header
    const picture = header.picture && (await pictureOf(arrays.pixels, header, this.picture))
    if (this.latest !== header) return
    Object.assign(this, { header, arrays, picture })
    this.overlay.canvas.dataset.version = header.version
    this.overlay.follow(this.chart)
    this.names.follow(this.chart)
  }

  draw(context, x, y) {
    const { header, arrays, picture } = this
    if (!this.isOurs) return
    if (picture) {
      const [low, high] = header.picture.span
      context.globalAlpha = BEHIND
      context.drawImage(picture, x(low), y(high), x(high) - x(low), y(low) - y(high))
    }
    context.globalAlpha = POINTS
    context.strokeStyle = header.surface
    context.lineWidth = 0.6
    for (const { colour, from, to } of this.shown) {
      context.fillStyle = colour
      for (let i = from; i < to; i++) {
        context.beginPath()
        context.arc(x(arrays.points[2 * i]), y(arrays.points[2 * i + 1]), header.radius, 0, 2 * Math.PI)
        context.fill()
        context.stroke()
      }
    }
    context.globalAlpha = 1
  }

  // A name stands at the middle of its class's points, if that is to be seen, or at the nearest free place.
  drawNames(context, x, y, width, height) {
    if (!this.isOurs) return
    const ruler = this.names.canvas.getContext("2d") // an SVG's context cannot measure
    ruler.font = context.font = LETTERS
    context.textAlign = "center"
    context.globalAlpha = NAMES
    for (const { name, colour, middle } of this.shown) {
      const place = middle && [x(middle[0]), y(middle[1])]
      if (!place || place[0] < 0 || place[1] < 0 || place[0] > width || place[1] > height) continue
      const box = this.names.claim(place, ruler.measureText(name).width + 8, NAME_HEIGHT, NEARBY)
      if (!box) continue
      context.fillStyle = colour
      context.fillRect(box.left + 1, box.top, box.width - 2, box.height)
      context.fillStyle = "#ffffff"
      context.fillText(name, box.left + box.width / 2, box.top + box.height / 2 + 5)
    }
    context.globalAlpha = 1
  }

  // Not so over a chart of other axes, which is about to be replaced.
  get isOurs() {
    return this.overlay.plot.layout.uirevision === this.header.revision
  }

  // Pressing a class in the chart's legend hides it.
  get shown() {
    const hidden = new Set(this.overlay.plot._fullData.filter(({ visible }) => visible !== true).map(({ name }) => name))
    return this.header.classes.filter(({ name }) => !hidden.has(name))
  }

  // The shown point within `reach` pixels of a place on the axes: its row among the examples, its class's name, its place.
  nearest(px, py, reach) {
    const { xaxis, yaxis } = this.overlay.plot._fullLayout
    const [x0, y0] = [xaxis.d2p(0), yaxis.d2p(0)]
    const [dx, dy] = [xaxis.d2p(1) - x0, yaxis.d2p(1) - y0]
    const { points, rows } = this.arrays
    let best = null
    let least = reach * reach
    for (const { name, from, to } of this.shown) {
      for (let i = from; i < to; i++) {
        const [x, y] = [x0 + dx * points[2 * i], y0 + dy * points[2 * i + 1]]
        const distance = (x - px) ** 2 + (y - py) ** 2
        if (distance < least) {
          least = distance
          best = { row: rows[i], name, x, y }
        }
      }
    }
    return best
  }

  destroy() {
    this.latest = null
    this.overlay.destroy()
    this.names.destroy()
  }
}

async function pictureOf(pixels, { picture: { cells, image_shape: shape, ink } }, before) {
  if (cells) return mosaic(pixels, 0, ...cells, shape, ink && rgb(ink), before || undefined)
  const image = await createImageBitmap(new Blob([pixels], { type: "image/png" }))
  const canvas = Object.assign(document.createElement("canvas"), { width: image.width, height: image.height })
  canvas.getContext("2d").drawImage(image, 0, 0)
  return canvas
}
