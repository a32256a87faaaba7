// What the models of the twin view make of the x and the eps that were chosen: it changes with them, and the models stay.

import { unpack } from "./kit/pack.js"

/** @param {import("./kit/mount.js").Mounted} component */
export default function ({ data }) {
  if (!data) return
  globalThis.twinSeen = unpack(data)
  window.dispatchEvent(new Event("twin-seen"))
}
