// A canvas under a hand: one pointer (mouse, pen or finger) at a time, or keys. Arrows move, Space or Enter lowers and lifts,
// Backspace or Ctrl+Z takes back, Tab lifts and goes on. Stands before the drawing pad and the brush, which say what that
// does: `begin`, `go`, `hover`, `undo`, `clear`, `draw` and `changed`. They report when the hand is lifted, and never on a
// timer or after a press elsewhere: a report that arrives while the server runs the next page leaves that page blank.

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }

class HandCanvas {
  constructor(root) {
    this.canvas = root.querySelector("canvas")
    this.output = root.querySelector("output")
    this.buttons = Object.fromEntries([...root.querySelectorAll("[data-do]")].map((button) => [button.dataset.do, button]))
    this.pointer = null // the one that draws
    this.key = { at: [0.5, 0.5], down: false, shown: false }
    this.canvas.onpointerdown = (event) => this.onDown(event)
    this.canvas.onpointermove = (event) => this.onMove(event)
    this.canvas.onpointerup = this.canvas.onpointercancel = (event) => this.onUp(event)
    this.canvas.onkeydown = (event) => this.onKey(event)
    this.canvas.onblur = () => this.lift(false)
    for (const act of ["undo", "clear"]) this.buttons[act].onclick = () => this.revise(act)
  }

  onDown(event) {
    if (this.pointer !== null || event.button !== 0) return
    event.preventDefault()
    this.canvas.focus({ preventScroll: true })
    this.lift(false)
    this.key.shown = false
    this.pointer = event.pointerId
    this.canvas.setPointerCapture(event.pointerId)
    this.begin(this.place(event))
    this.hover(this.place(event))
  }

  onMove(event) {
    if (this.pointer !== null && event.pointerId !== this.pointer) return
    const moves = event.getCoalescedEvents?.() ?? []
    if (this.pointer !== null) for (const move of moves.length ? moves : [event]) this.go(this.place(move))
    this.hover(this.place(event))
  }

  onUp(event) {
    if (event.pointerId !== this.pointer) return
    this.pointer = null
    this.key.at = this.place(event)
    this.changed()
  }

  onKey(event) {
    const step = STEPS[event.key]
    if (event.key === "Tab") return this.lift(true)
    const undo = event.key === "Backspace" || (event.key === "z" && (event.ctrlKey || event.metaKey))
    if (!step && !undo && event.key !== " " && event.key !== "Enter") return
    event.preventDefault()
    event.stopPropagation()
    if (undo) return this.revise("undo")
    this.key.shown = true
    if (step) {
      this.key.at = this.stepped(this.key.at, step, event.shiftKey)
      if (this.key.down) this.go(this.key.at)
    } else if (this.key.down) return this.lift(true)
    else {
      this.key.down = true
      this.begin(this.key.at)
    }
    this.hover(this.key.at)
  }

  // Whether Python hears of it depends on why the hand was lifted: see the top of this file.
  lift(report) {
    if (!this.key.down) return
    this.key.down = false
    if (report) this.changed()
    else this.draw()
  }

  revise(act) {
    this.key.down = false
    this[act]()
  }
}
