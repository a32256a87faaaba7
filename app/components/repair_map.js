// p(z | what is seen) over the plane: the smallest regions that hold 50, 90 and 99 % of it, or draws from it; and the numbers
// of the answers.

const SHARES = [[0.99, 90], [0.9, 160], [0.5, 255]] // share of the mass, opacity of 255
const VEIL = 0.5 // over the plane, so that p(z|y) stands out

export default function (component) {
  return mountOnce(component, ".repair-map", RepairMap)
}

class RepairMap {
  constructor(root) {
    this.root = root
    this.overlay = new PlotOverlay("posterior", (...args) => this.draw(...args))
  }

  load({ header, arrays }) {
    if (header.id !== this.header?.id) {
      Object.assign(this, { header, arrays })
      this.regions = arrays.outside ? this.regionsOf(arrays.outside) : null
      this.root.dataset.id = header.id
    }
    this.overlay.follow(header.chart)
  }

  // A cell's value is the share of p(z|y) in denser cells, of 255; rows from the bottom up.
  regionsOf(outside) {
    const [rows, columns] = this.header.raster.shape
    const canvas = document.createElement("canvas")
    canvas.width = columns
    canvas.height = rows
    const image = new ImageData(columns, rows)
    const ink = rgb(this.header.colours.latent)
    for (let i = 0; i < outside.length; i++) {
      const at = 4 * ((rows - 1 - Math.floor(i / columns)) * columns + (i % columns))
      image.data.set(ink, at)
      for (const [share, opacity] of SHARES) if (outside[i] < share * 255) image.data[at + 3] = opacity
    }
    canvas.getContext("2d").putImageData(image, 0, 0)
    return canvas
  }

  draw(context, x, y, width, height) {
    const { header, arrays } = this
    const { colours } = header
    context.globalAlpha = VEIL
    context.fillStyle = colours.surface
    context.fillRect(0, 0, width, height)
    context.globalAlpha = 1
    if (this.regions) {
      const { low, cell, shape } = header.raster
      const [left, bottom] = [x(low[0]), y(low[1])]
      const [right, top] = [x(low[0] + cell * shape[1]), y(low[1] + cell * shape[0])]
      context.imageSmoothingEnabled = true
      context.drawImage(this.regions, left, top, right - left, bottom - top)
    }
    const draws = arrays.draws ?? []
    for (let i = 0; i + 1 < draws.length; i += 2) {
      context.beginPath()
      context.arc(x(draws[i]), y(draws[i + 1]), 3.5, 0, 2 * Math.PI)
      context.fillStyle = colours.latent
      context.fill()
      context.lineWidth = 1
      context.strokeStyle = colours.surface
      context.stroke()
    }
    context.font = "bold 13px system-ui, Segoe UI, Roboto, Arial, sans-serif"
    context.textAlign = "center"
    context.textBaseline = "middle"
    const places = header.answers.map(([a, b]) => [clamp(x(a), 0, width), clamp(y(b), 0, height)])
    for (const place of places) this.overlay.keepOff(place, 12)
    places.forEach((place, number) => {
      const box = this.overlay.claim(place, 26, 26, AROUND)
      const at = [box.left + 13, box.top + 13]
      for (const [style, line] of [[colours.surface, 5], [colours.text, 1.5]]) {
        context.beginPath()
        context.moveTo(...place)
        context.lineTo(...at)
        context.lineWidth = line
        context.strokeStyle = style
        context.stroke()
      }
      context.beginPath()
      context.arc(...at, 11, 0, 2 * Math.PI)
      context.fillStyle = colours.latent
      context.fill()
      context.lineWidth = 2
      context.strokeStyle = colours.surface
      context.stroke()
      context.fillStyle = colours.surface
      context.fillText(String(number + 1), at[0], at[1] + 1)
    })
  }

  destroy() {
    this.overlay.destroy()
  }
}
