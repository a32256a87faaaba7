// Time travel: the frames of one run, or of a branch beside its parent, come once; everything moves here.

const SECONDS_PER_FRAME = 0.4

export default (component) => mountOnce(component, ".time-travel", TimeTravel)

class TimeTravel {
  constructor(root) {
    this.root = root
    this.range = root.querySelector("input[type=range]")
    const play = root.querySelector("button[data-role=play]")
    this.button = new PlayButton(play, (seconds) => this.advance(seconds), () => this.begin())
    this.output = root.querySelector("output")
    this.panes = root.querySelector(".time-travel-panes")
    this.range.oninput = () => {
      this.button.pause()
      this.moveTo(Number(this.range.value))
    }
    this.range.onkeydown = (event) => this.onKey(event)
    this.observer = new ResizeObserver(() => this.draw())
    this.observer.observe(this.panes)
  }

  load({ header, arrays }) {
    const known = this.header?.id === header.id
    const atEnd = this.ticks && this.t >= this.ticks.length - 1
    this.header = header
    this.arrays = arrays
    this.tracks = header.tracks.map((track, number) => ({ ...track, number, mosaics: [], strips: { reconstructions: [], samples: [] } }))
    // One clock for all tracks: images seen since the parent's first step. Its ticks are every track's frames.
    const all = this.tracks.flatMap((track) => track.seen.map((seen) => seen + track.offset))
    this.ticks = [...new Set(all)].sort((a, b) => a - b)
    this.range.max = this.ticks.length - 1
    this.build()
    if (!known || atEnd) { // at its end, a run that trains is followed
      this.button.pause()
      this.moveTo(this.ticks.length - 1)
    } else this.moveTo(Math.min(this.t, this.ticks.length - 1))
  }

  build() {
    this.panes.replaceChildren()
    this.panes.dataset.tracks = this.tracks.length
    for (const track of this.tracks) {
      const pane = document.createElement("div")
      pane.className = "time-travel-pane"
      const title = document.createElement("strong")
      title.textContent = track.title
      const note = document.createElement("p")
      note.className = "time-travel-note"
      pane.append(title, note)
      track.note = note
      track.canvases = {}
      const pictures = track.latent_dim === 2 ? [] : ["pictures"]
      const samples = track.draws ? ["samples"] : []
      for (const role of ["plane", ...pictures, ...samples, "reconstructions"]) {
        const canvas = document.createElement("canvas")
        canvas.dataset.role = role
        canvas.setAttribute("role", "img")
        track.canvases[role] = canvas
        pane.append(canvas)
        const caption = document.createElement("p")
        caption.className = "time-travel-caption"
        if (role !== "plane") pane.append(caption)
        track[`${role}Caption`] = caption
      }
      this.panes.append(pane)
    }
    const [first] = this.tracks
    const pane = document.createElement("div")
    pane.className = "time-travel-pane"
    const title = document.createElement("strong")
    title.textContent = "Where on the curve"
    this.curve = document.createElement("canvas")
    this.curve.dataset.role = "curve"
    this.curve.setAttribute("role", "img")
    this.curve.onpointerdown = (event) => {
      this.curve.setPointerCapture(event.pointerId)
      this.onCurve(event)
    }
    this.curve.onpointermove = (event) => event.buttons && this.onCurve(event)
    const caption = document.createElement("p")
    caption.className = "time-travel-caption"
    caption.textContent = this.header.curve_caption
    pane.append(title, this.curve, caption)
    if (this.tracks.length === 1) pane.append(first.canvases.reconstructions, first.reconstructionsCaption) // there is room
    this.panes.append(pane)
  }

  // Position t among the ticks, as images seen: between two ticks, linear in log(1 + seen).
  seenAt(t) {
    const i = Math.min(Math.floor(t), this.ticks.length - 1)
    const next = this.ticks[Math.min(i + 1, this.ticks.length - 1)]
    return Math.expm1(Math.log1p(this.ticks[i]) * (1 - (t - i)) + Math.log1p(next) * (t - i))
  }

  // The frame that a track shows at a time, and how far it is on the way to its next one.
  placeOf(track, seen) {
    const times = track.seen.map((value) => Math.log1p(value + track.offset))
    const now = Math.log1p(seen) + 1e-9
    let frame = 0
    while (frame + 1 < times.length && times[frame + 1] <= now) frame++
    const share = frame + 1 < times.length ? clamp((now - times[frame]) / (times[frame + 1] - times[frame]), 0, 1) : 0
    return { frame, share: share < 1e-6 ? 0 : share, before: times[0] > now, after: frame === times.length - 1 }
  }

  moveTo(t) {
    this.t = clamp(t, 0, this.ticks.length - 1)
    this.range.value = this.t
    if (this.pending) return
    this.pending = true
    queueMicrotask(() => {
      this.pending = false
      this.draw()
    })
  }

  draw() {
    if (!this.header || !this.panes.clientWidth) return
    const seen = this.seenAt(this.t)
    const words = this.tracks.map((track) => this.drawTrack(track, seen))
    this.drawCurve(seen)
    this.root.dataset.t = this.t.toFixed(3)
    this.root.steps = this.tracks.map((track) => track.steps[track.place.frame])
    this.root.dataset.steps = this.root.steps.join(",")
    this.output.textContent = words[words.length - 1]
    this.output.setAttribute("aria-live", this.timer ? "off" : "polite")
    this.range.setAttribute("aria-valuetext", words.join("; "))
  }

  drawTrack(track, seen) {
    const place = (track.place = this.placeOf(track, seen))
    this.drawPoints(track, place)
    if (track.canvases.pictures) this.drawPictures(track, place)
    if (track.canvases.samples) this.drawSamples(track, place)
    this.drawReconstructions(track, place)
    const record = this.recordAt(track, track.seen[place.frame])
    const bound = record < 0 ? "" : ` · test ELBO ${minus(track.elbo[record].toFixed(2))} nats`
    const measured = record < 0 || track.record_steps[record] === track.steps[place.frame] ? "" : ` (of step ${track.record_steps[record].toLocaleString("en")})`
    const step = track.steps[place.frame].toLocaleString("en")
    let text = `step ${step} of ${track.steps.at(-1).toLocaleString("en")}${bound}${measured}`
    if (place.before) text = `not begun: its branch point · ${text}`
    else if (place.share > 0) {
      text = `between steps ${step} and ${track.steps[place.frame + 1].toLocaleString("en")}${bound}${measured}`
    }
    track.note.textContent = text
    return `${track.title}: ${text}`
  }

  pictureOf(track, frame) {
    const [rows, columns] = track.cells
    const size = rows * columns * track.shape[0] * track.shape[1]
    track.mosaics[frame] ??= mosaic(
      this.arrays[`pictures${track.number}`], frame * size, rows, columns, track.shape, this.inkOf(track),
    )
    return track.mosaics[frame]
  }

  inkOf(track) {
    return track.ink ? rgb(this.header.colours.text) : null
  }

  drawPoints(track, { frame, share }) {
    const canvas = track.canvases.plane
    const side = Math.min(canvas.parentElement.clientWidth, 460)
    canvas.style.width = `${side}px`
    const context = contextOf(canvas, side, side)
    const backdrop = track.latent_dim === 2 ? { span: track.picture_span, picture: this.pictureOf(track, frame) } : null
    const { x, y, box } = drawPlane(context, side, track.span, track.titles, this.header.colours, backdrop)
    const means = this.arrays[`means${track.number}`]
    const labels = this.arrays[`labels${track.number}`]
    const { points } = track
    const shown = new Float32Array(points * 2)
    const next = Math.min(frame + 1, track.steps.length - 1)
    context.save()
    context.beginPath()
    context.rect(...box)
    context.clip()
    for (let i = 0; i < points; i++) {
      for (let axis = 0; axis < 2; axis++) {
        const from = means[2 * (frame * points + i) + axis]
        shown[2 * i + axis] = from + share * (means[2 * (next * points + i) + axis] - from)
      }
      const kind = labels[i]
      context.fillStyle = kind === 255 ? this.header.colours.encoder : this.header.class_colours[kind % 10]
      context.beginPath()
      context.arc(x(shown[2 * i]), y(shown[2 * i + 1]), points > 600 ? 2 : 3, 0, 2 * Math.PI)
      context.fill()
    }
    this.labelClasses(context, shown, labels, { x, y, box })
    context.restore()
    canvas.points = shown
    canvas.setAttribute("aria-label", `${track.title}: latent plane with ${points} encoded test images`)
  }

  // Each class is named at the middle of its points or near it, so that nothing rests on colour alone.
  labelClasses(context, shown, labels, { x, y, box: [left, top, width, height] }) {
    const taken = []
    context.textAlign = "center"
    context.font = "bold 14px system-ui, Segoe UI, Roboto, Arial, sans-serif"
    this.header.class_names.forEach((name, kind) => {
      const middle = [0, 1].map((axis) => {
        const values = []
        labels.forEach((label, i) => label === kind && values.push(shown[2 * i + axis]))
        return values.sort((a, b) => a - b)[values.length >> 1]
      })
      if (middle[0] === undefined) return
      const area = { left, top, width, height }
      const place = freeBox([x(middle[0]), y(middle[1])], context.measureText(name).width + 4, 16, NEARBY, taken, area)
      if (!place) return // far outside
      taken.push(place)
      const at = [place.left + place.width / 2, place.top + 13]
      context.lineWidth = 4
      context.strokeStyle = this.header.colours.surface
      context.strokeText(name, ...at)
      context.fillStyle = this.header.colours.text
      context.fillText(name, ...at)
    })
  }

  drawPictures(track, { frame }) {
    const canvas = track.canvases.pictures
    const picture = this.pictureOf(track, frame)
    const width = Math.min(canvas.parentElement.clientWidth, 460)
    canvas.style.width = `${width}px`
    const height = (width * picture.height) / picture.width
    contextOf(canvas, width, height).drawImage(picture, 0, 0, width, height)
    canvas.setAttribute("aria-label", `${track.title}: decoded pictures`)
    track.picturesCaption.textContent = `${track.pictures_caption}, step ${track.steps[frame].toLocaleString("en")}.`
  }

  drawReconstructions(track, place) {
    if (track.originals) {
      track.original ??= mosaic(this.arrays[`originals${track.number}`], 0, 1, track.count, track.shape, this.inkOf(track))
    }
    const label = `${track.count} test images and their reconstructions`
    const which = track.originals ? "Above x, below its" : "Each image's"
    const caption = `${which} reconstruction, mean of p(x|z) at the mean of q(z|x)`
    this.drawStrip(track, place, { role: "reconstructions", count: track.count, above: track.original, label, caption })
  }

  drawSamples(track, place) {
    const label = `${track.title}: ${track.draws} fixed draws from the prior, decoded`
    const caption = `Means of p(x|z) at ${track.draws} fixed draws from the prior`
    this.drawStrip(track, place, { role: "samples", count: track.draws, label, caption })
  }

  // Light frames keep no weights: a strip is of the last frame that does.
  drawStrip(track, { frame }, { role, count, above, label, caption }) {
    const full = track.full.filter((index) => index <= frame).at(-1)
    const canvas = track.canvases[role]
    const words = track[`${role}Caption`]
    if (full === undefined) {
      contextOf(canvas, 1, 1)
      canvas.setAttribute("aria-label", `no ${role} yet`)
      const name = role.replace(/^./, (letter) => letter.toUpperCase())
      words.textContent = track.full.length
        ? `${name} begin with step ${track.steps[track.full[0]].toLocaleString("en")}: frames before it keep no weights.`
        : `The frames so far keep no weights, so there are no ${role}.`
      canvas.dataset.step = ""
      return
    }
    const index = track.full.indexOf(full)
    const start = index * count * track.shape[0] * track.shape[1]
    const strips = track.strips[role]
    const source = this.arrays[`${role}${track.number}`]
    const strip = (strips[index] ??= mosaic(source, start, 1, count, track.shape, this.inkOf(track)))
    const width = Math.min(canvas.parentElement.clientWidth, 460)
    canvas.style.width = `${width}px`
    const height = (width * strip.height) / strip.width
    const context = contextOf(canvas, width, above ? 2 * height + 4 : height)
    if (above) context.drawImage(above, 0, 0, width, height)
    context.drawImage(strip, 0, above ? height + 4 : 0, width, height)
    const step = track.steps[full].toLocaleString("en")
    canvas.dataset.step = track.steps[full]
    canvas.setAttribute("aria-label", `${label} at step ${step}`)
    const later = full === frame ? "" : ", the last frame so far that keeps weights"
    words.textContent = `${caption}, of step ${step}${later}.`
  }

  recordAt(track, seen) {
    let found = -1
    track.record_seen.forEach((value, i) => {
      if (value <= seen) found = i
    })
    return found
  }

  drawCurve(seen) {
    const width = Math.min(this.curve.parentElement.clientWidth, 560)
    this.curve.style.width = `${width}px`
    const height = 300
    const context = contextOf(this.curve, width, height)
    const { colours } = this.header
    const [left, right, top, bottom] = [52, 10, 30, 40]
    const first = Math.min(...this.ticks.filter((value) => value > 0))
    const place = (value) => Math.log10(Math.max(value, first / 2))
    const [from, to] = [place(0), place(this.ticks.at(-1))]
    const single = this.tracks.length === 1
    const lines = this.tracks.flatMap((track) => {
      const dash = track.number ? [6, 4] : []
      const elbo = { name: single ? "ELBO" : track.title, values: track.elbo, colour: colours.latent, track, dash, width: 2.5 }
      const terms = [["reconstruction", track.recon, colours.decoder], ["−KL", track.kl.map((v) => -v), colours.encoder]]
      return single ? [elbo, ...terms.map(([name, values, colour]) => ({ name, values, colour, track, dash, width: 1.5 }))] : [elbo]
    })
    const values = lines.flatMap((line) => line.values)
    const [low, high] = values.length ? [Math.min(...values), Math.max(...values)] : [-1, 0]
    const pad = 0.05 * (high - low || 1)
    const x = (value) => left + ((place(value) - from) / (to - from || 1)) * (width - left - right)
    const y = (value) => top + ((high + pad - value) / (high - low + 2 * pad)) * (height - top - bottom)
    this.curveSeen = (px) => 10 ** (from + ((px - left) / (width - left - right)) * (to - from))
    context.strokeStyle = colours.grid
    context.fillStyle = colours.muted
    const step = niceStep((high - low + 2 * pad) / 5)
    context.textAlign = "right"
    for (let value = Math.ceil((low - pad) / step) * step; value <= high + pad; value += step) {
      context.beginPath()
      context.moveTo(left, y(value))
      context.lineTo(width - right, y(value))
      context.stroke()
      context.fillText(minus(String(Number(value.toPrecision(4)))), left - 6, y(value) + 4)
    }
    context.textAlign = "center"
    for (let power = Math.ceil(from); power <= to; power++) {
      context.fillText((10 ** power).toLocaleString("en", { notation: "compact" }), x(10 ** power), height - bottom + 16)
    }
    context.fillText("training images seen (log) · nats per image", left + (width - left - right) / 2, height - 6)
    let legend = left
    context.textAlign = "left"
    for (const line of lines) {
      context.strokeStyle = context.fillStyle = line.colour
      context.setLineDash(line.dash)
      context.lineWidth = line.width
      context.beginPath()
      line.track.record_seen.forEach((value, i) => context.lineTo(x(value + line.track.offset), y(line.values[i])))
      context.stroke()
      context.beginPath()
      context.moveTo(legend, 12)
      context.lineTo(legend + 18, 12)
      context.stroke()
      context.setLineDash([])
      const name = line.name.length > 24 ? `${line.name.slice(0, 23)}…` : line.name
      context.fillText(name, legend + 22, 16)
      legend += context.measureText(name).width + 34
    }
    context.strokeStyle = colours.text
    context.lineWidth = 1.5
    context.beginPath()
    context.moveTo(x(seen), top)
    context.lineTo(x(seen), height - bottom)
    context.stroke()
    for (const line of lines) {
      const { track } = line
      if (seen < track.offset) continue
      context.fillStyle = line.colour
      context.beginPath()
      context.arc(x(Math.min(seen, track.record_seen.at(-1) + track.offset)), y(this.valueAt(track, line.values, seen - track.offset)), 5, 0, 2 * Math.PI)
      context.fill()
    }
    this.curve.setAttribute("aria-label", `Curve of the test bound, at ${Math.round(seen).toLocaleString("en")} images seen`)
  }

  // On the drawn line: between two measured points, straight.
  valueAt(track, values, seen) {
    const i = Math.max(0, this.recordAt(track, seen))
    if (i + 1 >= values.length) return values[i]
    const first = Math.min(...this.ticks.filter((value) => value > 0)) / 2
    const place = (value) => Math.log(Math.max(value + track.offset, first))
    const [from, to] = [place(track.record_seen[i]), place(track.record_seen[i + 1])]
    const share = to > from ? clamp((place(seen) - from) / (to - from), 0, 1) : 0
    return values[i] + share * (values[i + 1] - values[i])
  }

  onCurve(event) {
    this.button.pause()
    const seen = this.curveSeen(event.clientX - this.curve.getBoundingClientRect().left)
    let i = 0
    while (i + 1 < this.ticks.length && this.ticks[i + 1] <= seen) i++
    const next = this.ticks[Math.min(i + 1, this.ticks.length - 1)]
    const gap = Math.log1p(next) - Math.log1p(this.ticks[i])
    this.moveTo(i + (gap ? clamp((Math.log1p(Math.max(0, seen)) - Math.log1p(this.ticks[i])) / gap, 0, 1) : 0))
  }

  onKey(event) {
    const whole = { ArrowLeft: Math.ceil(this.t) - 1, ArrowDown: Math.ceil(this.t) - 1, ArrowRight: Math.floor(this.t) + 1,
      ArrowUp: Math.floor(this.t) + 1, Home: 0, End: this.ticks.length - 1 }
    if (event.key === " ") this.button.element.click()
    else if (event.key in whole) {
      this.button.pause()
      this.moveTo(whole[event.key])
    } else return
    event.preventDefault()
  }

  // At the end it begins anew. Whoever asked for less motion gets whole frames.
  begin() {
    if (this.t >= this.ticks.length - 1) this.t = 0
    this.clock = this.t
  }

  advance(seconds) {
    const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches
    this.clock += seconds / SECONDS_PER_FRAME
    this.moveTo(calm ? Math.floor(this.clock) : this.clock)
    return this.clock < this.ticks.length - 1
  }

  destroy() {
    this.button.pause()
    this.observer.disconnect()
  }
}
