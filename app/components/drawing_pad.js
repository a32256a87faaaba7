// A pad that keeps strokes, not pixels: Python draws them with the data's own pen.

const instances = new WeakMap()
const SIDE = 560
const CLOSEST = 0.004
const MOST_POINTS = 4000

export default function (component) {
  const { parentElement, data, setStateValue } = component
  const root = parentElement.querySelector(".drawing-pad")
  if (!root || !data) return
  let pad = instances.get(parentElement)
  if (!pad) {
    pad = new DrawingPad(root, data.strokes)
    instances.set(parentElement, pad)
  }
  pad.report = (strokes) => setStateValue("strokes", strokes)
  pad.reshape(data.shape)
  return () => instances.delete(parentElement)
}

class DrawingPad extends HandCanvas {
  constructor(root, strokes) {
    super(root)
    this.strokes = strokes.map((stroke) => stroke.slice())
  }

  reshape([height, width]) {
    const longer = Math.max(height, width)
    const size = [Math.round((SIDE * width) / longer), Math.round((SIDE * height) / longer)]
    if (this.canvas.width !== size[0] || this.canvas.height !== size[1]) [this.canvas.width, this.canvas.height] = size
    this.draw()
  }

  // A place on the pad in units of its longer side, (0.5, 0.5) being the middle.
  place(event) {
    const box = this.canvas.getBoundingClientRect()
    const longer = Math.max(box.width, box.height)
    const x = 0.5 + (event.clientX - box.left - box.width / 2) / longer
    const y = 0.5 + (event.clientY - box.top - box.height / 2) / longer
    return this.inside([x, y])
  }

  inside([x, y]) {
    const longer = Math.max(this.canvas.width, this.canvas.height)
    const clip = (value, side) => Math.min(0.5 + side / longer / 2, Math.max(0.5 - side / longer / 2, value))
    return [clip(x, this.canvas.width), clip(y, this.canvas.height)].map((value) => Math.round(value * 1000) / 1000)
  }

  add(point) {
    const stroke = this.strokes[this.strokes.length - 1]
    const last = stroke[stroke.length - 1]
    if (last && Math.hypot(last[0] - point[0], last[1] - point[1]) < CLOSEST) return
    if (this.strokes.reduce((sum, one) => sum + one.length, 0) < MOST_POINTS) stroke.push(point)
  }

  begin(at) {
    this.strokes.push([])
    this.add(at)
    if (this.key.down) this.output.textContent = "pen down"
  }

  go(at) {
    this.add(at)
  }

  stepped(at, step, far) {
    return this.inside(at.map((value, k) => value + step[k] * (far ? 0.1 : 0.03)))
  }

  hover() {
    if (this.pointer !== null || this.key.shown) this.draw()
  }

  undo() {
    if (this.strokes.pop()) this.changed()
  }

  clear() {
    this.strokes = []
    this.changed()
  }

  changed() {
    this.draw()
    const count = this.strokes.length
    this.output.textContent = count === 0 ? "the pad is empty" : count === 1 ? "1 stroke" : `${count} strokes`
    this.report(this.strokes.map((stroke) => stroke.slice()))
  }

  draw() {
    const { width, height } = this.canvas
    const longer = Math.max(width, height)
    const paper = this.canvas.getContext("2d")
    const at = ([x, y]) => [(x - 0.5) * longer + width / 2, (y - 0.5) * longer + height / 2]
    paper.clearRect(0, 0, width, height)
    paper.lineWidth = longer * 0.075
    paper.lineCap = paper.lineJoin = "round"
    paper.strokeStyle = "#fff"
    for (const stroke of this.strokes) {
      paper.beginPath()
      paper.moveTo(...at(stroke[0]))
      for (const point of stroke) paper.lineTo(...at(point))
      paper.stroke()
    }
    if (this.key.shown) {
      paper.beginPath()
      paper.arc(...at(this.key.at), longer * 0.04, 0, 2 * Math.PI)
      paper.lineWidth = longer * 0.012
      paper.strokeStyle = this.key.down ? "#f0a04b" : "#a79bff"
      paper.stroke()
    }
    for (const button of Object.values(this.buttons)) button.disabled = this.strokes.length === 0
    this.canvas.dataset.strokes = this.strokes.length
  }
}
