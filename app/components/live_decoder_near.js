// What the dots near a place of the map are of, in words.

const REACH = 0.06 // of the plane's width
const SEEN = 0.2 // a class with a smaller share of the near dots goes without saying

/**
 * A second line for the caption; "" where no dots have classes.
 * @param {import("./kit/axes.js").Axes} chart
 * @param {number[]} values of the axes
 */
export function nearHere(chart, [x, y]) {
  if (y === undefined) return "" // upwards stand the classes themselves
  /** @type {HTMLCanvasElement | null | undefined} */
  const canvas = chart.element?.querySelector("canvas[data-role=points]")
  if (!chart.box || !canvas?.overlay?.around) return ""
  const { maps } = chart
  const counts = canvas.overlay.around(maps.x(x), maps.y(y), REACH * chart.box.width)
  if (!counts) return ""
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0)
  const names = [...counts].filter(([, count]) => count >= SEEN * total).sort(([, first], [, second]) => second - first).map(([name]) => name)
  if (!names.length) return total ? "\ndots of many classes near here" : "\nno dots near here"
  const last = names.length > 1 ? ` and ${names.at(-1)}` : names[0]
  return `\ndots near here: ${names.slice(0, -1).join(", ")}${last}`
}
