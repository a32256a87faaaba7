// Pairs of things on the page, as words, that cover each other: letters, pictures, fields and buttons, as far as they are to be
// seen. What is drawn over a chart's axes is left out, and what shows only under the pointer.
() => {
  const main = document.querySelector("[data-testid=stMain]")
  const hidden = "details:not([open]) > :not(summary), .modebar, [aria-hidden=true], .katex-mathml, [aria-label^=Fullscreen]"
  const speaks = (element) => [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim())
  const isSeen = (element) => {
    const style = getComputedStyle(element)
    return element.checkVisibility() && style.opacity !== "0" && style.visibility !== "hidden" && style.clipPath === "none" &&
      !element.closest(hidden) && !element.overlay && !element.matches("input[type=range]") && !isTurned(element)
  }
  const isTurned = (element) => /rotate/.test(element.getAttribute("transform") ?? "") // its box is larger than its letters
  const lines = (element) => {
    if (!speaks(element) || element instanceof SVGElement || element.matches("button")) return [element.getBoundingClientRect()]
    const range = document.createRange()
    range.selectNodeContents(element)
    return [...range.getClientRects()]
  }
  const within = (element, { left, top, right, bottom }) => {
    for (let outer = element.parentElement; outer && outer !== main; outer = outer.parentElement) {
      if (getComputedStyle(outer).overflow === "visible") continue
      const box = outer.getBoundingClientRect()
      left = Math.max(left, box.left)
      top = Math.max(top, box.top)
      right = Math.min(right, box.right)
      bottom = Math.min(bottom, box.bottom)
    }
    return { left, top, right, bottom }
  }
  const things = [...main.querySelectorAll("*")]
    .filter((element) => (speaks(element) || element.matches("canvas, img, input, button")) && isSeen(element))
    .flatMap((element) => lines(element).map((line) => [element, within(element, line)]))
    .filter(([, box]) => box.right - box.left > 2 && box.bottom - box.top > 2)
  const words = (element) => `${element.tagName} ${(element.textContent || element.ariaLabel || element.alt || "").slice(0, 40)}`
  return things.flatMap(([one, a], i) =>
    things.slice(i + 1).flatMap(([other, b]) => {
      if (one === other || one.contains(other) || other.contains(one)) return []
      const width = Math.min(a.right, b.right) - Math.max(a.left, b.left)
      const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top)
      return width > 3 && height > 3 ? [`${words(one)} / ${words(other)}`] : []
    }),
  )
}
