// p(z | what is seen) over the plane: the smallest regions that hold 50, 90 and 99 % of it, or draws from it; and the numbers
// of the answers.

const SHARES = [[0.99, 70], [0.9, 130], [0.5, 215]] // share of the mass, opacity of 255

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

  draw(context, x, y) {
    const { header, arrays } = this
    const { colours } = header
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
    for (const [number, [a, b]] of [...header.answers.entries()].reverse()) {
      context.beginPath()
      context.arc(x(a), y(b), 10, 0, 2 * Math.PI)
      context.fillStyle = colours.surface
      context.fill()
      context.lineWidth = 2.5
      context.strokeStyle = colours.latent
      context.stroke()
      context.fillStyle = colours.text
      context.fillText(String(number + 1), x(a), y(b) + 1)
    }
  }

  destroy() {
    this.overlay.destroy()
  }
}
