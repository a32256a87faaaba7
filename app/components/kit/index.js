// What a page without Streamlit and Plotly needs: `bundles/kit.js` is this file, with all that it imports, as one ES module.

export { context2d, contextOf, drawBytes, drawMeans, fit, mosaic, rgb, valuesIn } from "./canvas.js"
export { continuousBernoulliMean, decode, decoderOf } from "./decoder.js"
export { boundOnLine, contour, elboOnSquare, jointOnLine, logMarginalOnSquare } from "./grid.js"
export { arrowStep } from "./keys.js"
export { clamp, normalCdf, normalQuantile } from "./numbers.js"
export { packBits, unpack } from "./pack.js"
export { clipped, drawAxes, drawMark, drawPoints, planeOf } from "./plane.js"
export { PlayButton } from "./play_button.js"
export { coordinates, fixed, minus, shortList } from "./words.js"
