// Where the holes of one model lie on its maps.

const HOLE = [255, 157, 77] // the colour of a draw in a hole
const STRIPE = { width: 5, opaque: [190, 90] } // pixels, and how opaque two stripes are: the pictures below stay readable
const SELDOM = 0.25 // so much as opaque where few draws come
export const HOLE_COLOUR = `rgb(${HOLE.join()})`

export class Places {
  /**
   * @param {number} number the model's
   * @param {any} header
   * @param {import("./kit/pack.js").Arrays} arrays of each span: how far the picture at a place is from that of the nearest test image
   */
  constructor(number, { spans, limit, cells, axes, radius }, arrays) {
    this.axes = axes
    this.radius = radius
    this.limit = limit
    this.cells = cells
    this.maps = Object.entries(spans).map(([name, extent]) => ({ extent, distances: arrays[`${name}${number}`] }))
  }

  /**
   * Whether a z of the map is in a hole; undefined for one that no map shows.
   * @param {number[]} z
   */
  isHole(z) {
    const [across, up = 0] = this.axes.map((/** @type {number} */ axis) => z[axis])
    const isOn = z.every((value, axis) => this.axes.includes(axis) || value === 0)
    const map = this.maps.find(({ extent, distances }) => distances && Math.max(Math.abs(across), Math.abs(up)) <= extent)
    return isOn && map ? this.distance(map, across, up) > this.limit : undefined
  }

  /**
   * Between the centres of the cells it changes evenly.
   * @param {{ extent: number, distances: Uint8Array }} map
   * @param {number} across
   * @param {number} up
   */
  distance({ extent, distances }, across, up) {
    const rows = distances.length / this.cells
    const place = (/** @type {number} */ share, /** @type {number} */ count) => Math.min(count - 1, Math.max(0, share * count - 0.5))
    const [column, row] = [place((across / extent + 1) / 2, this.cells), place((1 - up / extent) / 2, rows)]
    const [left, top] = [Math.floor(column), Math.floor(row)]
    const at = (/** @type {number} */ r, /** @type {number} */ c) => distances[Math.min(r, rows - 1) * this.cells + Math.min(c, this.cells - 1)]
    const between = (/** @type {number} */ r) => at(r, left) + (column - left) * (at(r, left + 1) - at(r, left))
    return between(top) + (row - top) * (between(top + 1) - between(top))
  }

  /**
   * Draws stripes over the holes of the map that reaches so far, weak ones where few draws come.
   * @param {CanvasRenderingContext2D} context
   * @param {import("./kit/plane.js").Plane} plane
   * @param {number} extent
   */
  draw(context, { box: [left, top, width, height], latent }, extent) {
    const map = this.maps.find((candidate) => candidate.extent === extent)
    const [columns, rows] = [Math.round(width), Math.round(height)]
    if (!map?.distances || columns < 1) return
    const image = new ImageData(columns, rows)
    for (let y = 0; y < rows; y++) {
      for (let x = 0; x < columns; x++) {
        const [across, up] = latent(left + x + 0.5, top + y + 0.5)
        if (this.distance(map, across, up) <= this.limit) continue
        const opaque = STRIPE.opaque[Math.floor((x + y) / STRIPE.width) % 2] * (Math.hypot(across, up) <= this.radius ? 1 : SELDOM)
        image.data.set([...HOLE, opaque], 4 * (y * columns + x))
      }
    }
    const stripes = Object.assign(document.createElement("canvas"), { width: columns, height: rows })
    stripes.getContext("2d")?.putImageData(image, 0, 0)
    context.drawImage(stripes, left, top, width, height)
  }
}
