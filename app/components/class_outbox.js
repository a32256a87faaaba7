// Answers that the server does not have yet. They are kept in the browser, over reloads and bad lines, and sent until it has them; each
// has an id, so that one that comes twice counts once.

const KEY = "aevb-class-answers"
const TRY_AGAIN = 3000 // milliseconds
const MOST = 200
const REFUSED = [400, 405, 413] // it will not be taken the next time either

/** @typedef {import("./kit/answer.js").Answer & { id: string }} Letter */

export class Outbox {
  timer = 0
  isSending = false
  /** @type {Letter[] | null} those of a browser that keeps nothing; they last as long as the page */
  unkept = null

  /**
   * @param {import("./kit/mount.js").Cleanups} cleanups
   * @param {string} tab this tab's name
   * @param {() => string} room the class's name; answers to another class are never sent
   * @param {(waiting: number) => void} change called with how many wait
   */
  constructor(cleanups, tab, room, change) {
    this.room = room
    this.change = change
    this.address = new URL(`class/answers?tab=${tab}`, document.baseURI)
    cleanups.listen(window, ["online"], () => this.send())
    cleanups.add(() => clearTimeout(this.timer))
    this.send()
  }

  /** @returns {Letter[]} */
  get letters() {
    if (this.unkept) return this.unkept
    try {
      const { room, letters } = JSON.parse(localStorage.getItem(KEY) ?? "{}")
      return room === this.room() && Array.isArray(letters) ? letters : []
    } catch {
      return []
    }
  }

  set letters(letters) {
    try {
      if (letters.length) localStorage.setItem(KEY, JSON.stringify({ room: this.room(), letters }))
      else localStorage.removeItem(KEY)
      this.unkept = null
    } catch {
      this.unkept = letters
    }
    this.change(letters.length)
  }

  /** @param {import("./kit/answer.js").Answer} answer */
  add(answer) {
    const id = Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("")
    this.letters = [...this.letters, { id, ...answer }].slice(-MOST)
    this.send()
  }

  /** Sends one after the other, so that a later answer to a question stays the later one. */
  async send() {
    clearTimeout(this.timer)
    this.change(this.letters.length)
    if (this.isSending) return
    this.isSending = true
    try {
      for (let [letter] = this.letters; letter; [letter] = this.letters) {
        const { ok, status } = await fetch(this.address, { method: "POST", body: JSON.stringify(letter), keepalive: true })
        if (!ok && !REFUSED.includes(status)) throw new Error(`no answer is taken: ${status}`)
        this.letters = this.letters.filter(({ id }) => id !== letter.id)
      }
    } catch {
      this.timer = window.setTimeout(() => this.send(), TRY_AGAIN)
    } finally {
      this.isSending = false
      this.change(this.letters.length)
    }
  }
}
