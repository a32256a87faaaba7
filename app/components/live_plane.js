// The decoded pictures and the encoded points of a model in training, over a chart that has only the axes and the legend.

const BEHIND = 0.55 // opacity of the pictures
const POINTS = 0.8
const LABELS = "bold 15px system-ui, Segoe UI, Roboto, Arial, sans-serif"

export default function (component) {
  return mountOnce(component, ".live-plane", LivePlane)
}

class LivePlane {
  constructor() {
    this.overlay = new PlotOverlay("live-plane", (...place) => this.draw(...place))
  }

  load({ header, arrays }) {
    Object.assign(this, { header, arrays })
    const { cells, image_shape: shape, ink } = header
    this.picture = arrays.pictures ? mosaic(arrays.pictures, 0, ...cells, shape, ink && rgb(ink)) : null
    this.overlay.canvas.dataset.step = header.step
    this.overlay.follow(header.chart)
  }

  draw(context, x, y) {
    const { header, arrays, picture } = this
    if (picture) {
      const [low, high] = header.span
      context.globalAlpha = BEHIND
      context.drawImage(picture, x(low), y(high), x(high) - x(low), y(low) - y(high))
    }
    const shown = header.classes.filter(({ name }) => this.isShown(name))
    context.globalAlpha = POINTS
    context.strokeStyle = header.surface
    context.lineWidth = 0.6
    for (const { colour, from, to } of shown) {
      context.fillStyle = colour
      for (let i = from; i < to; i++) {
        context.beginPath()
        context.arc(x(arrays.points[2 * i]), y(arrays.points[2 * i + 1]), 3, 0, 2 * Math.PI)
        context.fill()
        context.stroke()
      }
    }
    context.globalAlpha = 0.9
    context.font = LABELS
    context.textAlign = "center"
    for (const { name, colour, middle } of shown) if (middle) this.label(context, name, colour, x(middle[0]), y(middle[1]))
    context.globalAlpha = 1
  }

  // Pressing a class in the chart's legend hides it.
  isShown(name) {
    return this.overlay.plot._fullData.find((trace) => trace.name === name)?.visible !== "legendonly"
  }

  label(context, name, colour, x, y) {
    const ruler = this.overlay.canvas.getContext("2d") // the same context, or an SVG's, which cannot measure
    ruler.font = LABELS
    const half = ruler.measureText(name).width / 2 + 3
    context.fillStyle = colour
    context.fillRect(x - half, y - 11, 2 * half, 22)
    context.fillStyle = "#ffffff"
    context.fillText(name, x, y + 5)
  }

  destroy() {
    this.overlay.destroy()
  }
}
