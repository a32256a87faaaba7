// The line of this tab to its class: a WebSocket while the page is to be seen, made again whenever it breaks.

const SHORTEST_WAIT = 500 // milliseconds before the next try; each wait is twice as long as the last one
const LONGEST_WAIT = 8000
const SILENCE = 40_000 // the server says something every 15 seconds
const LOOK_EVERY = 5000

export class Line {
  /** @type {WebSocket | null} */
  socket = null
  wait = SHORTEST_WAIT
  timer = 0
  heardAt = 0
  hasEnded = false

  /**
   * @param {import("./kit/mount.js").Cleanups} cleanups
   * @param {string} tab this tab's name
   * @param {{ hear: (news: any) => void, change: (isOpen: boolean) => void }} owner
   */
  constructor(cleanups, tab, owner) {
    this.address = new URL(`class/live?tab=${tab}`, document.baseURI)
    this.address.protocol = this.address.protocol === "https:" ? "wss:" : "ws:"
    this.owner = owner
    cleanups.listen(document, ["visibilitychange"], () => this.followPage())
    cleanups.listen(window, ["online"], () => this.openSoon(0))
    cleanups.listen(window, ["pagehide"], () => this.leave())
    cleanups.listen(window, ["pageshow"], () => this.followPage())
    const look = setInterval(() => this.look(), LOOK_EVERY)
    cleanups.add(() => {
      clearInterval(look)
      this.hasEnded = true
      this.leave()
    })
    this.followPage()
  }

  get isOpen() {
    return this.socket?.readyState === WebSocket.OPEN
  }

  /** A hidden tab leaves, and comes back when it is to be seen: eight tabs of a browser are one line. */
  followPage() {
    if (document.hidden) this.leave()
    else this.openSoon(0)
  }

  /** @param {number} wait */
  openSoon(wait) {
    clearTimeout(this.timer)
    this.timer = window.setTimeout(() => this.open(), wait)
  }

  open() {
    if (this.hasEnded || document.hidden || this.socket) return
    const socket = (this.socket = new WebSocket(this.address))
    this.heardAt = performance.now()
    socket.onmessage = ({ data }) => {
      this.heardAt = performance.now()
      this.wait = SHORTEST_WAIT
      this.owner.hear(JSON.parse(data))
    }
    socket.onopen = () => this.owner.change(true)
    socket.onclose = () => {
      if (this.socket === socket) this.lose()
    }
  }

  /** Tries again, a little later than others do: thirty pupils may have lost the same line. */
  lose() {
    this.socket = null
    this.owner.change(false)
    this.openSoon(this.wait * (0.75 + Math.random() / 2))
    this.wait = Math.min(LONGEST_WAIT, 2 * this.wait)
  }

  /** A line that is cut somewhere between says nothing at all. */
  look() {
    if (!this.socket || performance.now() - this.heardAt < SILENCE) return
    const { socket } = this
    this.lose()
    socket.close()
  }

  leave() {
    clearTimeout(this.timer)
    const { socket } = this
    this.socket = null
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ away: true }))
    socket?.close()
    this.owner.change(false)
  }

  /**
   * Says something, if the line is open.
   * @param {object} message
   */
  say(message) {
    if (!this.isOpen) return false
    this.socket?.send(JSON.stringify(message))
    return true
  }
}
