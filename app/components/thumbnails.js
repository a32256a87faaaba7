// The image and label of the encoded point under the pointer, the finger or, moved by keys, the cursor; and the encoded
// images nearest to z. The pictures are one sprite, which the server is asked for when a point is first met.

const instances = new WeakMap()
const NEAR = 9 // pixels from the pointer to a point's centre
const LISTED = 8
const ROOM_ABOVE = 140 // pixels that the tallest popup needs above its point
const PATIENCE_MS = 3000 // an answer that has not come by then was lost in another run of the page
const QUIET_MS = 2000 // after a press elsewhere, as in the live decoder: the page may be about to go

export default function (component) {
  const { parentElement, data, setStateValue } = component
  const root = parentElement.querySelector(".thumbnails")
  if (!root || !data) return
  let view = instances.get(parentElement)
  if (!view) {
    view = new Thumbnails(root)
    instances.set(parentElement, view)
  }
  view.ask = () => setStateValue("wanted", Date.now()) // a number of its own: asking again is heard too
  view.choose = (row) => setStateValue("row", row)
  view.load(data)
  return () => {
    view.destroy()
    instances.delete(parentElement)
  }
}

function unpack(bytes) {
  const buffer = bytes.slice().buffer
  const headerLength = new DataView(buffer).getUint32(0, true)
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, headerLength)))
  const points = new Float32Array(buffer, 4 + headerLength, header.count * header.latent_dim)
  return { header, points, png: new Uint8Array(buffer, 4 + headerLength + points.byteLength) }
}

class Thumbnails {
  constructor(root) {
    this.root = root
    this.popup = document.createElement("div")
    this.popup.className = "plane-thumbnail"
    this.popup.setAttribute("role", "status")
    this.popup.append(document.createElement("canvas"), document.createElement("span"))
    this.quietUntil = 0
    this.observer = new MutationObserver(() => this.attach())
    this.observer.observe(document.body, { childList: true, subtree: true })
    this.moved = new MutationObserver(() => {
      this.list()
      if (this.keyed) this.pointAtCursor()
    })
    this.onMove = (event) => {
      this.keyed = false
      this.point(event)
    }
    this.onLeave = (event) => event.pointerType !== "touch" && this.hide() // a finger leaves when it is lifted
    this.onKey = () => (this.keyed = true)
    this.onBlur = () => {
      this.keyed = false
      this.hide()
    }
    this.onClick = (event) => {
      const found = this.header?.choosable ? this.nearest(event) : null
      if (found) this.choose(found.row)
    }
    this.onElsewhere = (event) => {
      const ours = [this.plot, this.root, this.canvas].some((part) => part?.contains(event.target))
      if (ours) return
      this.quietUntil = performance.now() + QUIET_MS
      this.hide()
    }
    for (const kind of ["pointerdown", "keydown"]) document.addEventListener(kind, this.onElsewhere, true)
  }

  async load(bytes) {
    const { header, points, png } = unpack(bytes)
    if (this.header?.id !== header.id) this.asked = -Infinity
    Object.assign(this, { header, points })
    this.attach()
    this.list()
    if (!header.pictures || this.spriteOf === header.id) return
    const sprite = await createImageBitmap(new Blob([png], { type: "image/png" }))
    Object.assign(this, { sprite, spriteOf: header.id })
    this.list()
    if (this.shown) this.show(this.shown)
  }

  attach() {
    if (!this.header) return
    const plot = document.querySelector(`.st-key-${this.header.chart} .js-plotly-plot`)
    if (plot && plot._fullLayout?.xaxis?.p2d && plot !== this.plot) {
      this.detach()
      this.plot = plot
      for (const kind of ["pointermove", "pointerdown"]) plot.addEventListener(kind, this.onMove, true)
      plot.addEventListener("pointerleave", this.onLeave, true)
      plot.addEventListener("click", this.onClick, true)
      plot.style.position = "relative"
    }
    if (this.plot && !this.popup.isConnected) this.plot.append(this.popup)
    const canvas = document.querySelector("canvas[data-role=decoded]")
    if (canvas && canvas !== this.canvas) {
      this.release()
      this.canvas = canvas
      canvas.addEventListener("keydown", this.onKey)
      canvas.addEventListener("blur", this.onBlur)
      this.moved.observe(canvas, { attributes: true, attributeFilter: ["data-z"] })
      this.list()
    }
  }

  release() {
    this.moved.disconnect()
    this.canvas?.removeEventListener("keydown", this.onKey)
    this.canvas?.removeEventListener("blur", this.onBlur)
  }

  detach() {
    if (!this.plot) return
    for (const kind of ["pointermove", "pointerdown"]) this.plot.removeEventListener(kind, this.onMove, true)
    this.plot.removeEventListener("pointerleave", this.onLeave, true)
    this.plot.removeEventListener("click", this.onClick, true)
  }

  // The encoded point under the pointer: its row, the name of its class, and its place in pixels of the chart.
  nearest(event) {
    const { xaxis, yaxis } = this.plot._fullLayout
    const box = this.plot.getBoundingClientRect()
    const [px, py] = [event.clientX - box.left - xaxis._offset, event.clientY - box.top - yaxis._offset]
    const found = this.plot.querySelector("canvas[data-role=points]")?.overlay.nearest(px, py, NEAR)
    return found && { ...found, x: found.x + xaxis._offset, y: found.y + yaxis._offset }
  }

  point(event) {
    if (!this.header) return
    const found = this.nearest(event)
    if (!found) return this.hide()
    if (found.row !== this.shown?.row) this.show(found)
    const now = performance.now()
    if (!this.header.pictures && now > this.asked + PATIENCE_MS && now > this.quietUntil) {
      this.asked = now
      this.ask()
    }
  }

  pointAtCursor() {
    const ring = this.plot?.querySelector(".plane-cursor")?.getBoundingClientRect()
    if (ring?.width) this.point({ clientX: ring.left + ring.width / 2, clientY: ring.top + ring.height / 2 })
  }

  show(found) {
    this.shown = found
    const [canvas, label] = this.popup.children
    label.textContent = this.header.names || found.name !== "encoded images" ? `#${found.row + 1} · ${found.name}` : `#${found.row + 1}`
    const pictured = this.spriteOf === this.header.id
    canvas.style.display = pictured ? "block" : "none"
    if (pictured) this.paint(canvas, found.row)
    this.popup.dataset.row = found.row
    this.popup.style.display = "flex"
    // Kept within the chart without asking for the popup's own size, which would lay the page out a second time.
    const [right, below] = [found.x > this.plot._fullLayout.width / 2, found.y < ROOM_ABOVE]
    this.popup.style.transform =
      `translate(${found.x + (right ? -14 : 14)}px, ${found.y + (below ? 10 : -10)}px) translate(${right ? "-100%" : "0"}, ${below ? "0" : "-100%"})`
  }

  hide() {
    this.shown = null
    this.popup.style.display = "none"
  }

  paint(canvas, row) {
    const { image_shape: [height, width], columns } = this.header
    canvas.width = width
    canvas.height = height
    canvas.dataset.row = row
    const [left, top] = [(row % columns) * width, Math.floor(row / columns) * height]
    canvas.getContext("2d").drawImage(this.sprite, left, top, width, height, 0, 0, width, height)
  }

  // The images whose encoded means are nearest to z, by Euclidean distance over all latent dimensions.
  list() {
    const z = this.canvas?.latent
    const { header, points } = this
    if (!header?.listed || z?.length !== header.latent_dim) return this.root.replaceChildren()
    const distances = Float64Array.from({ length: header.count }, (_, row) => {
      let sum = 0
      for (let k = 0, at = row * z.length; k < z.length; k++) sum += (points[at + k] - z[k]) ** 2
      return Math.sqrt(sum)
    })
    const rows = Array.from(distances.keys()).sort((a, b) => distances[a] - distances[b]).slice(0, LISTED)
    while (this.root.children.length < rows.length) this.root.append(this.card())
    rows.forEach((row, i) => {
      const button = this.root.children[i]
      const [canvas, label] = button.children
      const name = header.names ? ` · ${header.names[row]}` : ""
      label.textContent = `#${row + 1}${name}\n${distances[row].toFixed(2)} away`
      button.dataset.row = row
      button.setAttribute("aria-label", `test image ${row + 1}${name && `, class ${header.names[row]}`}, ${distances[row].toFixed(2)} from z: look at its posterior`)
      if (this.spriteOf === header.id && canvas.dataset.row !== String(row)) this.paint(canvas, row)
    })
  }

  card() {
    const button = document.createElement("button")
    button.type = "button"
    const label = document.createElement("span")
    label.style.whiteSpace = "pre-line"
    button.append(document.createElement("canvas"), label)
    button.onclick = () => this.choose(Number(button.dataset.row))
    return button
  }

  destroy() {
    this.observer.disconnect()
    this.release()
    for (const kind of ["pointerdown", "keydown"]) document.removeEventListener(kind, this.onElsewhere, true)
    this.detach()
    this.popup.remove()
  }
}
