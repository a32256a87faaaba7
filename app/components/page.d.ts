// What components leave on the page's elements for each other, for tests and for take_away; `docs/browser.md` says more.

import type { DrawnAxes } from "./kit/axes.js"
import type { Overlay } from "./kit/overlay.js"
import type { Plane } from "./kit/plane.js"
import type { Packed } from "./kit/pack.js"
import type { Shared } from "./kit/shared.js"

interface PointsOverlay extends Overlay {
  tile?: (values: number[]) => { picture: HTMLCanvasElement; box: [number, number, number, number] } | null
  around?: (px: number, py: number, reach: number) => Map<string, number> | null
  toward?: (place: number[], step: number[]) => number[] | null
  nearest?: (px: number, py: number, reach: number) => { row: number; name: string; x: number; y: number } | null
  load?: (drawn: Uint8Array) => void
}

declare global {
  interface HTMLCanvasElement {
    pixels?: Float32Array
    latent?: number[]
    overlay?: PointsOverlay
    points?: Float32Array
    plane?: Plane
  }
  interface Element {
    currentCSSZoom?: number
  }
  interface HTMLElement {
    axes?: DrawnAxes
    latent?: number[]
    q?: number[]
    view?: number[]
    steps?: number[]
    draws?: number[]
    shared?: Shared
  }
  var twinSeen: Packed | undefined
}
