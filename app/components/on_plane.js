// q(z|x) of one image over a chart of the plane, in the chart's own axes: only this changes with the image, and the chart
// with its points and pictures is not sent again.

const instances = new WeakMap()

export default function (component) {
  const { parentElement, data } = component
  if (!data) return
  let view = instances.get(parentElement)
  if (!view) {
    view = new OnPlane()
    instances.set(parentElement, view)
  }
  view.load(data)
  return () => {
    view.overlay.destroy()
    instances.delete(parentElement)
  }
}

class OnPlane {
  constructor() {
    this.overlay = new PlotOverlay("on-plane", (...place) => this.draw(...place))
  }

  load(data) {
    this.data = data
    this.overlay.canvas.dataset.at = data.at.map((value) => value.toFixed(3)).join()
    this.overlay.follow(data.chart)
  }

  draw(context, x, y, width) {
    const { rings, at, colours } = this.data
    rings.forEach((ring, k) => {
      for (const [colour, more] of [[colours.surface, 2.5], [colours.encoder, 0]]) { // a rim, to be seen on any ground
        context.beginPath()
        for (const [a, b] of ring) context.lineTo(x(a), y(b))
        context.strokeStyle = colour
        context.lineWidth = 3 - 1.2 * k + more
        context.stroke()
      }
    })
    const [px, py] = [x(at[0]), y(at[1])]
    const [right, up] = [px + 40 > width ? -1 : 1, py < 50 ? -1 : 1]
    const [left, top] = [px + 26 * right - 10, py - 34 * up - 12]
    context.fillStyle = context.strokeStyle = colours.encoder
    context.lineWidth = 2
    context.beginPath()
    context.moveTo(px + 3 * right, py - 4 * up)
    context.lineTo(px + 26 * right, py - 34 * up)
    context.stroke()
    context.fillRect(left, top, 20, 23)
    context.fillStyle = colours.surface
    context.font = "bold 15px system-ui, Segoe UI, Roboto, Arial, sans-serif"
    context.textAlign = "center"
    context.fillText("x", left + 10, top + 16)
  }
}
