// What the models of the twin view make of the x and the eps that were chosen: it changes with them, and the models stay.

import { Component, mounting } from "./kit/mount.js"
import { Picture } from "./twin_pictures.js"

class TwinX extends Component {
  /** @param {import("./kit/pack.js").Packed} packed */
  load(packed) {
    const { header, arrays } = packed
    /** @type {Picture[]} */
    const models = header.models.map((/** @type {unknown} */ _, /** @type {number} */ number) =>
      new Picture(number, header, "reconstruction", "what comes back"),
    )
    models.forEach((picture, number) => picture.draw(arrays[`reconstruction${number}`]))
    this.root.style.setProperty("--models", String(models.length))
    this.root.replaceChildren(...models.map(({ element }) => element))
    globalThis.twinSeen = packed // the maps show where each model puts x
    window.dispatchEvent(new Event("twin-seen"))
  }
}

export default mounting(".twin-x-columns", TwinX)
