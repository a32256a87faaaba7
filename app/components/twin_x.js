// What the models of the twin view make of the x and the eps that were chosen: it changes with them, and the models stay.

export default ({ data }) => {
  if (!data) return
  globalThis.twinSeen = unpackArrays(data)
  window.dispatchEvent(new Event("twin-seen"))
}
