// Projector mode, `?projector=1`: its styles zoom drawings, so that their letters, lines and points are large. A drawing itself counts in
// its own pixels, and need not know.

/**
 * How many pixels of the page one pixel of an element is.
 * @param {Element} element
 */
export const zoomOf = (element) => (/[?&]projector=1(&|$)/.test(globalThis.location?.search ?? "") ? (element.currentCSSZoom ?? 1) : 1)

/**
 * Where a pointer is on an element, in the element's pixels.
 * @param {{ clientX: number, clientY: number }} event
 * @param {Element} on
 * @returns {[number, number]}
 */
export function placeOn(event, on) {
  const { left, top } = on.getBoundingClientRect()
  const zoom = zoomOf(on)
  return [(event.clientX - left) / zoom, (event.clientY - top) / zoom]
}
