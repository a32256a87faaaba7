// The decoder's weights on their way to the browser. On a slow line a sentence says how many have come.

import { unpack } from "./kit/pack.js"

const PATIENCE_MS = 300 // what comes sooner needs no words

export class Weights {
  timer = 0

  /**
   * @param {HTMLElement} words
   * @param {import("./kit/mount.js").Cleanups} cleanups
   */
  constructor(words, cleanups) {
    this.words = words
    cleanups.add(() => clearTimeout(this.timer))
  }

  /**
   * A packed decoder, from its address; null where they did not come.
   * @param {{ address: string, size: number }} header `size` is in bytes
   */
  async fetch({ address, size }) {
    clearTimeout(this.timer)
    this.words.hidden = true
    this.timer = setTimeout(() => (this.words.hidden = false), PATIENCE_MS)
    const { timer } = this
    const isNewest = () => this.timer === timer
    try {
      const answer = await fetch(address)
      if (!answer.ok || !answer.body) throw new Error(`no decoder at ${address}: ${answer.status}`)
      const bytes = new Uint8Array(size)
      let count = 0
      for (const reader = answer.body.getReader(); ; ) {
        const { value, done } = await reader.read()
        if (done) break
        bytes.set(value, count)
        count += value.length
        if (isNewest()) this.words.textContent = `Loading the decoder: ${megabytes(count)} of ${megabytes(size)} MB`
      }
      if (count < size) throw new Error(`the decoder at ${address} ends after ${count} of ${size} bytes`)
      if (isNewest()) this.stop()
      return unpack(bytes)
    } catch {
      if (isNewest()) this.fail()
      return null
    }
  }

  stop() {
    clearTimeout(this.timer)
    this.words.hidden = true
  }

  fail() {
    this.stop()
    this.words.textContent = "The decoder could not be loaded. Reload the page to try again."
    this.words.hidden = false
  }
}

/** @param {number} bytes */
const megabytes = (bytes) => (bytes / 1e6).toFixed(1)
