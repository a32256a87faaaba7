// q(z|x) of one image over a chart of the plane, in the chart's own axes: only this changes with the image.

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

  draw(context, x, y) {
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
    this.overlay.keepOff([x(at[0]), y(at[1])], 16)
    this.overlay.flag(context, [x(at[0]), y(at[1])], "x", colours.encoder, colours.surface)
  }
}
