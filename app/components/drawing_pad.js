// A pad that keeps strokes, not pixels: Python draws them with the data's own pen. It reports when the pen is lifted, and
// never on a timer or after a press elsewhere: a report that arrives while the server runs the next page leaves that page
// blank.

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

class DrawingPad {
  constructor(root, strokes) {
    this.canvas = root.querySelector("canvas")
    this.output = root.querySelector("output")
    this.buttons = Object.fromEntries([...root.querySelectorAll("button")].map((button) => [button.dataset.do, button]))
    this.strokes = strokes.map((stroke) => stroke.slice())
    this.pointer = null // the one pointer that draws
    this.key = { at: [0.5, 0.5], down: false, shown: false }
    this.canvas.onpointerdown = (event) => this.onDown(event)
    this.canvas.onpointermove = (event) => this.onMove(event)
    this.canvas.onpointerup = this.canvas.onpointercancel = (event) => this.onUp(event)
    this.canvas.onkeydown = (event) => this.onKey(event)
    this.canvas.onblur = () => this.lift(false)
    this.buttons.undo.onclick = () => this.undo()
    this.buttons.clear.onclick = () => this.clear()
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

  onDown(event) {
    if (this.pointer !== null || event.button !== 0) return
    event.preventDefault()
    this.canvas.focus({ preventScroll: true })
    this.lift(false)
    this.key.shown = false
    this.pointer = event.pointerId
    this.canvas.setPointerCapture(event.pointerId)
    this.strokes.push([])
    this.add(this.place(event))
    this.draw()
  }

  onMove(event) {
    if (event.pointerId !== this.pointer) return
    const moves = event.getCoalescedEvents?.() ?? []
    for (const move of moves.length ? moves : [event]) this.add(this.place(move))
    this.draw()
  }

  onUp(event) {
    if (event.pointerId !== this.pointer) return
    this.pointer = null
    this.key.at = this.place(event)
    this.changed()
  }

  onKey(event) {
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }
    const step = steps[event.key]
    if (event.key === "Tab") return this.lift(true)
    const undo = event.key === "Backspace" || (event.key === "z" && (event.ctrlKey || event.metaKey))
    if (!step && !undo && event.key !== " " && event.key !== "Enter") return
    event.preventDefault()
    event.stopPropagation()
    if (undo) return this.undo()
    this.key.shown = true
    if (step) {
      const size = event.shiftKey ? 0.1 : 0.03
      this.key.at = this.inside(this.key.at.map((value, k) => value + step[k] * size))
      if (this.key.down) this.add(this.key.at)
    } else if (this.key.down) return this.lift(true)
    else {
      this.key.down = true
      this.strokes.push([])
      this.add(this.key.at)
      this.output.textContent = "pen down"
    }
    this.draw()
  }

  // Whether Python hears of it depends on why the pen was lifted: see the top of this file.
  lift(report) {
    if (!this.key.down) return
    this.key.down = false
    if (report) this.changed()
    else this.draw()
  }

  undo() {
    this.key.down = false
    if (this.strokes.pop()) this.changed()
  }

  clear() {
    this.key.down = false
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
