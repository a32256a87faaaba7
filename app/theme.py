"""One visual language: a colour for each part of the model, a palette for classes, and the styles of the page. (Longer than
other files: a page has one sheet of styles, so that a rule is looked for in one place.)"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Palette:
    """The colours of one theme. The same part of the model has the same colour in charts, captions and equations."""

    data: str  # x
    encoder: str  # q(z|x)
    latent: str  # z
    decoder: str  # p(x|z)
    prior: str  # p(z)
    text: str
    muted: str
    grid: str
    surface: str


LIGHT = Palette("#0b67b2", "#ad5708", "#5145cd", "#0a7d5a", "#676e7c", "#1d1d2b", "#5d5d70", "#e4e4ec", "#ffffff")
DARK = Palette("#62b2f5", "#f0a04b", "#a79bff", "#4fcf9f", "#9aa1ad", "#ececf4", "#a5a5b8", "#30303f", "#14141d")

# Okabe and Ito's colours and three more between them in lightness: colour-blind eyes can tell neighbours apart.
# Every class is also named by a label on the plane, so that nothing rests on colour alone.
CLASS_COLORS = (
    "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#b5a300", "#845dd6", "#9c6b3f", "#84909e",
)  # fmt: skip


def palette(dark: bool) -> Palette:
    return DARK if dark else LIGHT


CSS = """
<style>
.block-container { padding-top: 2.6rem; padding-bottom: 2rem; max-width: 1320px; }
@media (max-width: 1500px) { .block-container { padding-left: 2.5rem; padding-right: 2.5rem; } }
.stImage img, [data-testid=stImage] img, .js-plotly-plot image { image-rendering: pixelated; }
/* Pictures of pixels are light on dark in both themes, and have the edge of a tile (components/kit/tiles.js). */
[data-testid=stImage] img, .path-player canvas { outline: 1px solid #7d7d92; outline-offset: -1px; }
/* Many classes share colours: what stands for each on the map, in as many rows as there is room for, else it scrolls. */
.class-legend { display: flex; flex-wrap: wrap; gap: 0.2rem 0.9rem; max-height: 5.4rem; overflow: auto; }
.below-strip { display: grid; grid-template-columns: repeat(var(--pictures), minmax(0, 1fr)); margin-top: -0.75rem; text-align: center; font-size: 0.8rem; }
@media (max-width: 640px) { .below-strip.many span:nth-child(even) { visibility: hidden; } }
.class-legend b { border-bottom: 3px solid; padding: 0 0.15rem; }
/* Large, but four pairs with their numbers on one screen. */
.st-key-reconstructions img { width: auto !important; max-width: 100%; max-height: 18vh; }
/* The menu of pages begins at the top, so that the model below it is in sight. */
[data-testid="stSidebarHeader"] { height: 2.75rem; margin-bottom: 0; }
[data-testid="stSidebarUserContent"] { padding-top: 0.75rem; }
/* Streamlit's menu lies under "Link for a class…", and its skip link does what "Skip to the page" does (components/keyboard_skip.js). */
:is([data-testid="stMainMenu"], [data-testid="stSkipToContent"]) { display: none; }
/* A live panel redraws four times a second: no fading of what is about to be redrawn, no runner in the corner. */
[data-stale="true"] { opacity: 1 !important; transition: none !important; }
[data-testid="stStatusWidget"] { display: none; }
/* Nor does a chart's tool bar fade as the pointer comes and goes: eighteen pictures of the page each time. */
.modebar-group { transition: none !important; }
/* A plane is square: a chart of it is as high as its width asks for, and no higher. */
.st-key-aggregate_plane { flex: none; aspect-ratio: 1 / 1.2; max-height: 560px; }
/* The plane of a page whose subject it is: as large as the window allows; what belongs to it stands beside it, and stays in view. */
[class*="st-key-limits_of"] { overflow-x: auto; }
[data-testid="stLayoutWrapper"]:has(> .st-key-sketch_bench) { min-width: min(100%, 44rem); } /* else the settings go below */
.st-key-map_head { padding-top: 1.25rem; } /* as a title by itself has */
[data-testid="stElementContainer"]:has(> [data-testid="stAlert"]):has(~ * h1) { margin-top: 1.25rem; } /* a notice above the title */
/* On a wide screen the page's name stands in one line with the buttons at the top right: its first screen shows more. */
@media (min-width: 1001px) {
  .block-container { padding-top: 0; }
  .block-container h1 { padding-top: 0.8rem; padding-bottom: 0.6rem; }
  .st-key-map_head { padding-top: 0; padding-right: 16.5rem; }
  [data-testid="stElementContainer"]:has(> [data-testid="stAlert"]):has(~ * h1) { margin-top: 3.75rem; }
  [data-testid="stHeader"] { background: transparent; }
  :is([data-testid="stHeader"], [data-testid="stHeader"] *:not(button, button *)) { pointer-events: none; }
  [data-testid="stExpandSidebarButton"] { margin-left: -0.75rem; } /* left of the page's name */
}
.st-key-map_row, .st-key-train_row { container-type: inline-size; scroll-margin-top: 4rem; }
@media (min-width: 1001px) and (max-width: 1400px) { /* all eight in one row */
  .st-key-train_buttons { gap: 0.35rem; }
  .st-key-train_buttons :is(button, a) { padding-inline: 0.45rem; }
}
.st-key-train_first, .st-key-train_buttons { scroll-margin-top: 4rem; } /* where a phone scrolls to after Start (components/phone.js) */
.st-key-map_row > *, .st-key-train_row > * { --side: min(75vh, max(100vh - 14.25rem, 26rem), 60vw, 66cqw); } /* and what is below it in view */
:is(.st-key-map_row, .st-key-train_row) [data-testid="stHorizontalBlock"]:has(> [data-testid="stColumn"]) { flex-wrap: nowrap; gap: 1.5rem; align-items: flex-start; }
:is(.st-key-map_row, .st-key-train_row) [data-testid="stColumn"] { flex: 1 1 0; width: auto; min-width: 0; }
:is(.st-key-map_row, .st-key-train_row) [data-testid="stColumn"]:has(.st-key-latent_plane, .st-key-train_plane) { flex: none; width: var(--side); }
/* Train has its settings and buttons above the plane: together they fill the first screen. */
.st-key-train_row > * { --side: min(max(100vh - 27.5rem, 22rem), 60vw, 66cqw); }
.st-key-train_first { min-height: 2rem; } /* nor do the buttons move when the guess is answered */
.st-key-train_status { min-height: 3rem; } /* the map below stays where it is when the bar goes */
@media (max-width: 640px) { .st-key-train_status { min-height: 6.25rem; } .st-key-train_first { min-height: 9rem; align-content: flex-start; } } /* and the buttons, when the guess is answered */
.st-key-train_first:has(.st-key-train_guess button:disabled) .st-key-train_guess { display: none; } /* the answer names the guess */
.st-key-samples_counted { min-height: 3.25rem; } /* the draws below stay where they are when the words grow */
.st-key-train_terms { min-width: min(20rem, 100%); }
.st-key-train_curve { flex: none; height: max(var(--side) - 4.5rem, 16rem); }
.st-key-map_row [data-testid="stColumn"]:has(.live-decoder) { position: sticky; top: 4rem; }
.st-key-map_tools, .st-key-map_tools [data-testid="stHorizontalBlock"] { gap: 0.5rem; } /* one row below the map of a laptop */
/* Who looks closer, looks at that: the decoded image makes room. */
[data-testid="stColumn"]:has(.st-key-map_image, .thumbnails:not(:empty)) .live-decoder { flex-direction: row; gap: 1rem; }
[data-testid="stColumn"]:has(.st-key-map_image, .thumbnails:not(:empty)) .live-decoder canvas { width: 72px; }
@container (min-width: 561px) { [data-testid="stColumn"]:has(.st-key-map_image, .thumbnails:not(:empty)) .st-key-map_pin { display: none; } }
@container (max-width: 560px) {
  .st-key-map_row > *, .st-key-train_row > * { --side: min(75vh, 100cqw); }
  .st-key-train_curve { height: 22rem; }
  :is(.st-key-map_row, .st-key-train_row) [data-testid="stHorizontalBlock"]:has(> [data-testid="stColumn"]) { flex-direction: column; gap: 0.5rem; }
  :is(.st-key-map_row, .st-key-train_row) [data-testid="stColumn"] { flex: none; width: 100%; }
  /* The image above the plane, where no finger hides it; what is beside it elsewhere, below. */
  .st-key-map_row :is([data-testid="stColumn"], [data-testid="stColumn"] > [data-testid="stVerticalBlock"]) { display: contents; }
  .st-key-map_row [data-testid="stColumn"] > [data-testid="stVerticalBlock"] > * { order: 1; }
  .st-key-map_row [data-testid="stColumn"] > [data-testid="stVerticalBlock"] > :has(.st-key-map_tools) { order: 2; }
  .st-key-map_row [data-testid="stColumn"]:has(.live-decoder) > [data-testid="stVerticalBlock"] > :not(:has(.st-key-map_pin), .st-key-map_pin) { order: 2; }
  .st-key-map_row [data-testid="stColumn"]:has(.live-decoder) > [data-testid="stVerticalBlock"] > :has(.live-decoder) { order: 0; }
  .live-decoder { flex-direction: row; gap: 1rem; }
  .live-decoder canvas { width: auto; height: min(18vh, 34cqw); }
  .live-decoder figcaption { text-align: left; }
}
/* In a low and narrow window, as at 400 %, the image stands beside the plane, so that both are in view; all else is below. */
@media (max-height: 520px) { @container (max-width: 560px) {
  .st-key-map_row > * { --side: min(72vh, 58cqw); }
  .st-key-map_row [data-testid="stHorizontalBlock"]:has(> [data-testid="stColumn"]) { flex-flow: row wrap; }
  .st-key-map_row [data-testid="stColumn"] > [data-testid="stVerticalBlock"] > :has(.st-key-latent_plane) { width: var(--side); order: 0; }
  .st-key-map_row [data-testid="stColumn"] > [data-testid="stVerticalBlock"] > :has(.st-key-map_tools) { flex: 0 0 100%; }
  .st-key-map_row [data-testid="stColumn"]:has(.live-decoder) > [data-testid="stVerticalBlock"] > * { flex: 0 0 100%; }
  .st-key-map_row [data-testid="stColumn"]:has(.live-decoder) > [data-testid="stVerticalBlock"] > :has(.live-decoder) { flex: 1 1 0; width: auto; min-width: 0; order: 1; }
  .st-key-map_row .live-decoder { flex-direction: column; }
  .st-key-map_row .live-decoder canvas { width: min(100%, 50vh); height: auto; }
} }
/* Figure 4 on a phone: the image above the plane, where no finger hides it. */
@media (max-width: 640px) {
  .st-key-figure4_row [data-testid="stHorizontalBlock"]:has(> [data-testid="stColumn"]) { flex-wrap: wrap-reverse; }
  .st-key-figure4_row .live-decoder { flex-direction: row; gap: 1rem; }
  .st-key-figure4_row .live-decoder canvas { width: auto; height: min(18vh, 34vw); }
}
/* Small and grey is where things come from, with a contrast of 4.5 at least; sentences that one needs are no captions. */
[data-testid="stCaptionContainer"] { color: light-dark(#5d5d70, #a5a5b8); opacity: 1 !important; }
[data-testid="stCaptionContainer"] :is(p, code) { color: inherit; }
[data-testid="stImageCaption"] { color: light-dark(#1d1d2b, #ececf4); opacity: 1 !important; }
/* What a widget asks can be read when it takes no answer any more. */
[data-testid="stWidgetLabel"], [data-testid="stWidgetLabel"] p { color: light-dark(#1d1d2b, #ececf4) !important; }
[data-testid="stBaseButton-primary"]:not(:disabled) { color: light-dark(#ffffff, #14141d); }
[data-testid="stMultiSelect"] span[title] { color: light-dark(#ffffff, #14141d) !important; }
/* A popover finds its place before it is filled: it has to ask for room above where there is none below. */
[data-testid="stPopoverBody"] { min-height: 20rem; }
/* What draws over a chart takes no place beside it. */
[data-testid="stElementContainer"]:has(.on-chart) { position: absolute; }
/* Where a finger is the pointer or the window is narrow, a chart's camera would be in the way. Download presses it. */
@media (hover: none), (max-width: 640px) { .js-plotly-plot .modebar { display: none !important; } }
/* x, its place, its decoding in one row; where that is too narrow, the place goes below. */
[data-testid="stLayoutWrapper"]:has(> .st-key-own_middle) { min-width: 300px; }
@media (max-width: 1100px) {
  [data-testid="stLayoutWrapper"]:has(> .st-key-own_middle) { order: 3; min-width: 100%; }
  [data-testid="stLayoutWrapper"]:has(> .st-key-paths_plane, > .st-key-paths_words) { min-width: 100%; }
  .st-key-paths_words { width: 100%; }
}
/* A path's plane is in sight from the start; its ends, its film and its player stand beside it. */
@media (min-width: 1101px) {
  .st-key-path_bench {
    display: grid; grid-template: repeat(2, auto) 1fr / minmax(0, max(100vh - 11rem, 20rem)) minmax(20.5rem, 1fr);
    gap: 1rem 1.5rem; align-items: start;
  }
  .st-key-path_bench > * { grid-column: 2; min-width: 0; }
  .st-key-path_bench > :has(> .st-key-path_map) { grid-area: 1 / 1 / span 3; }
}
/* Beside the open side bar of a tablet there is no room for columns with a chart, nor for all of a long choice. */
@media (max-width: 1000px) {
  [data-testid="stMain"]:not(:has(.st-key-map_row, .st-key-train_row)) [data-testid="stHorizontalBlock"]:has(> [data-testid="stColumn"] .stPlotlyChart) { flex-wrap: wrap; }
  [data-testid="stMain"]:not(:has(.st-key-map_row, .st-key-train_row)) [data-testid="stHorizontalBlock"]:has(> [data-testid="stColumn"] .stPlotlyChart) > [data-testid="stColumn"] { min-width: 100%; }
  [data-testid="stHorizontalBlock"]:has(> [data-testid="stColumn"] .st-key-reconstruct_pairs) { flex-wrap: wrap; }
  [data-testid="stHorizontalBlock"]:has(> [data-testid="stColumn"] .st-key-reconstruct_pairs) > [data-testid="stColumn"] { min-width: 100%; }
  /* One column for the slow motion: what the stage does, with room for the longest words, then the picture, then the rest. */
  .st-key-slow_row [data-testid="stHorizontalBlock"] { flex-direction: column; gap: 1rem; }
  .st-key-slow_row :is([data-testid="stColumn"], [data-testid="stColumn"] > [data-testid="stVerticalBlock"]) { display: contents; }
  .st-key-slow_row [data-testid="stHorizontalBlock"] [data-testid="stLayoutWrapper"]:has(> .st-key-slow_sentence) { order: -1; }
  .st-key-slow_sentence { min-height: 5lh; }
  .st-key-slow_row .st-key-slow_iteration { flex-direction: row; }
}
/* What is chosen of the slow motion is so low that most of its picture is on the first screen. */
.st-key-slow :is(.st-key-iteration, .st-key-iteration > *) { width: auto !important; flex: none; }
.st-key-iteration > div { display: flex; align-items: center; gap: 0.5rem; }
.st-key-iteration > div > div { width: 7rem; }
.st-key-iteration [data-testid="stWidgetLabel"] { flex: none; width: auto; margin: 0; gap: 0.25rem; }
.st-key-iteration [data-testid="stWidgetLabel"] p { white-space: nowrap; }
.st-key-stage [data-testid="stWidgetLabel"] { display: none; }
/* Beside the slow motion, numbers of eight images need no more room than the picture. */
.st-key-slow_row { min-height: 34rem; }
.st-key-slow_numbers :is(th, td) { padding: 0.1rem 0.6rem; }
/* Beside each other, models have columns of the same width. */
:is(.st-key-twin_bounds, .st-key-twin_same_image) table { width: 100%; }
:is(.st-key-twin_bounds, .st-key-twin_same_image) :is(th, td) { padding: 0.25rem 0.6rem; }
:is(.st-key-twin_bounds, .st-key-twin_same_image) :is(th, td):not(:first-child) { width: 22%; }
@media (min-width: 1101px) { :is(.st-key-twin_bounds, .st-key-twin_same_image) th { white-space: nowrap; } }
@media (max-width: 1000px) { :is(.st-key-twin_bounds, .st-key-twin_same_image) :is(th, td) { padding: 0.25rem 0.4rem; font-size: 0.85rem; } }
@media (max-width: 640px) { /* A measure's name above its numbers. */
  :is(.st-key-twin_bounds, .st-key-twin_same_image) tr { display: flex; flex-wrap: wrap; }
  :is(.st-key-twin_bounds, .st-key-twin_same_image) :is(th, td) { flex: 1 1 0; padding: 0.25rem 0.3rem; font-size: 0.85rem; line-height: 1.3; white-space: normal; }
  :is(.st-key-twin_bounds, .st-key-twin_same_image) td:first-child { flex: none; width: 100%; }
  :is(.st-key-twin_bounds, .st-key-twin_same_image) th:first-child { display: none; }
}
@media (max-width: 1000px) { [data-testid="stLayoutWrapper"]:has(> .st-key-code_answer) { min-width: 100%; } }
/* A tablet's side bar leaves room for the page. */
@media (min-width: 641px) and (max-width: 1000px) {
  [data-testid="stSidebar"][aria-expanded="true"] { width: 13rem !important; min-width: 13rem !important; }
}
/* With all its columns, the table of estimates has the page's width. */
.st-key-estimates_row:has(.st-key-likelihood_columns input:checked) [data-testid="stHorizontalBlock"] { flex-wrap: wrap; }
.st-key-estimates_row:has(.st-key-likelihood_columns input:checked) [data-testid="stColumn"] { min-width: 100%; }
.st-key-posterior_plane { max-width: 31rem; } /* a wider one is no larger */
.stButtonGroup > div { flex-wrap: wrap; padding-right: 1px; } /* for the right edge of each row */
@media (max-width: 640px) { .stButtonGroup button { padding: 0.25rem 0.6rem; } } /* four names in one row */
/* Fingers have no keys. */
@media (hover: none) { .hand-keys, .st-key-with_keys { display: none; } }
/* The picture of a path's end and its number in one line, the names of the classes below them. */
@media (max-width: 640px), (min-width: 1101px) {
  .st-key-path_ends_shown [data-testid="stElementContainer"]:has(.stButtonGroup) { order: 1; min-width: 100%; }
  .st-key-path_ends_shown .stButtonGroup button { flex: 1 0 9%; padding: 0 0.25rem; }
}
/* The button of a lesson's card below its words. */
@media (max-width: 640px) { [data-testid="stHorizontalBlock"]:has(> * > [data-testid="stPageLink"]) > [data-testid="stLayoutWrapper"] { flex-basis: 60%; } }
@media (max-width: 1100px) { .st-key-path_ends_shown .stButtonGroup button { flex: 1 0 19%; padding: 0 0.25rem; } }
/* A long link takes two lines on a phone. */
[data-testid="stPageLink"] * { white-space: normal; }
[data-testid="stCode"] .token.keyword { color: light-dark(#0b5cad, #7fb8ff); }
[data-testid="stPageLink"] a { border: 1px solid light-dark(#5145cd, #a79bff); border-radius: 0.5rem; padding: 0.35rem 0.9rem; }
/* What has the keyboard's focus shows it, in both themes: Streamlit's own ring is too faint. Class names on a plane have a ring of two colours. */
:is(a, button:not(.plane-name), summary, canvas, pre, [role="slider"], [type="range"], [tabindex]:not(input, .traces)):not(.by-hand):focus-visible {
  outline: 3px solid light-dark(#5145cd, #a79bff) !important; outline-offset: 2px;
}
.by-hand:focus-visible { outline: none; }
/* Whoever asks for less motion sees nothing move by itself. */
@media (prefers-reduced-motion: reduce) {
  *, ::before, ::after { animation: none !important; transition: none !important; scroll-behavior: auto !important; }
}
/* A table wider than its place scrolls within it. */
@media (max-width: 1000px) {
  [data-testid="stTable"] :is(th, td) { padding: 0.3rem 0.4rem; font-size: 0.85rem; line-height: 1.35; }
}
@media (max-width: 640px) {
  [data-testid="stLayoutWrapper"]:has(> .st-key-own_given, > .st-key-own_decoded) { min-width: 100%; }
  .st-key-own_given, .st-key-own_decoded { width: 100%; }
  .st-key-traverse_row > [data-testid="stLayoutWrapper"] { min-width: 100%; }
  /* What is chosen first, then what it says; and words that grow below what is pressed. */
  :has(> .st-key-samples_counted) { order: 1; }
  :has(> .st-key-samples_counted) ~ * { order: 2; }
  :has(> .st-key-samples_counted) ~ .st-key-samples_gallery { order: 0; }
  /* The verdict, then the map, then the pictures. */
  .st-key-estimates_row :is([data-testid="stColumn"], [data-testid="stColumn"] > [data-testid="stVerticalBlock"]) { display: contents; }
  .st-key-estimates_row [data-testid="stHorizontalBlock"]:has(> [data-testid="stColumn"]) { flex-direction: column; gap: 0.75rem; }
  .st-key-estimates_row [data-testid="stLayoutWrapper"]:has(> .st-key-estimates_map) { order: -1; }
  .st-key-estimates_row [data-testid="stLayoutWrapper"]:has(> .st-key-likelihood_verdict) { order: -2; }
  .st-key-sketch_bench > [data-testid="stElementContainer"]:has([data-testid="stMarkdownContainer"]) { order: 1; } /* the pad first, then what it means */
  [data-testid="stApp"] .st-key-slow_sentence { min-height: 6lh; } /* the buttons below stay where they are */
  [data-testid="stLayoutWrapper"]:has(> .st-key-aggregate_pressed) { order: -1; } /* what was pressed, next to the map */
  /* A path: first what plays, then the choice of its ends. */
  .st-key-path_bench > :has(> .st-key-path_film) { order: -1; }
  .block-container { padding-left: 1rem; padding-right: 1rem; }
}
</style>
"""

# Projector mode, after CSS: letters of 22 pixels at least, drawings zoomed so that theirs are too and their lines and points grow with
# them (`kit/projector.js`), black on white or white on black, and nothing that is only for the hand at the desk.
PROJECTOR = """
<style>
:root { --drawn: 1.7; }
[data-testid="stApp"] { color: light-dark(#000, #fff); }
[data-testid="stApp"] *:not(h1, h2, h3, h1 *, h2 *, h3 *, .katex *, [data-testid="stMetricValue"] *, svg *) { font-size: max(22px, 1em) !important; line-height: 1.3; }
[data-testid="stApp"] h1 { font-size: 34px !important; padding: 0 0 0.4rem 2.4rem; }
[data-testid="stApp"] :is(h2, h3) { font-size: 26px !important; }
[data-testid="stApp"] :is(p, label, li, td, th, figcaption, output, [data-testid="stCaptionContainer"] *, [data-testid="stImageCaption"]):not([data-testid="stBaseButton-primary"] *, :disabled *) { color: light-dark(#000, #fff); opacity: 1; }
.block-container { padding: 0.75rem 1.25rem 0.75rem; max-width: none; }
[data-testid="stVerticalBlock"] { gap: 0.5rem; }
:is([data-testid="stToolbarActions"], .modebar-container, .st-key-take_away, .st-key-next_step, .st-key-maths, .st-key-show_around, .hand-keys, .st-key-with_keys, [data-testid="stMain"] [data-testid="stCaptionContainer"]:not(:is(.st-key-repair_row, .st-key-repair_more) *)) { display: none !important; }
[data-testid="stHeader"] { background: transparent; height: 2.5rem; min-height: 0; }
.page-link > :is([data-role="make"], [data-role="copy"]) { display: none; }
.page-link > [data-role="leave"] { display: block; }
.page-link[data-away] { opacity: 1 !important; pointer-events: auto !important; } /* the way back */
/* Drawings: all of each grows, so that its parts keep their places. */
:is(.plane-axes, .bound-toy > [data-role], .ellipse-bench [data-role="plane"]) { zoom: var(--drawn); }
:is(.plane-axes, .bound-toy > [data-role], .ellipse-bench [data-role="plane"]) * { font-size: 13px !important; }
:is(.twin-columns, .time-travel-panes) { zoom: 1.85; }
:is(.slow-motion, .bit-tower canvas) { zoom: var(--drawn); }
[data-testid="stApp"] .st-key-slow_sentence { min-height: 2lh; }
:is(.slow-motion, .bit-tower) output { min-height: 1lh !important; }
[data-testid="stApp"][data-testid="stApp"] :is(.twin-columns, .time-travel-panes) * { font-size: 12px !important; }
[data-testid="stApp"][data-testid="stApp"] .slow-motion * { font-size: 13px !important; }
.twin-columns { gap: 0.5rem; }
[data-testid="stApp"][data-testid="stApp"] .twin-columns h3 { font-size: 13px !important; }
:is(.twin-column .twin-share, .twin-picture, .st-key-own_sides) { display: none; }
:is(.twin-how, .twin-hole) { order: 3; }
.twin-sentence span { display: none; }
body:has(.lesson-card) :is(.twin-sentence, .twin-how, .twin-hole) { display: none; } /* a lesson speaks of the draws and the maps, which fill the wall */
/* Steer: name, slider and numbers of an attribute in one line. */
[data-testid="stApp"] .steering [data-role="handles"] > div { grid-template-columns: 11.5rem minmax(3rem, 1fr) 4rem 5.4rem 4rem 2.5rem; }
[data-testid="stApp"] .steering[data-plain="true"] [data-role="handles"] > div { grid-template-columns: 11.5rem minmax(3rem, 1fr) 3.8rem 5.2rem 3.8rem 3.8rem 2.5rem; }
[data-testid="stApp"] .steering [data-role="handles"] input { grid-column: auto; grid-row: auto; }
[data-testid="stApp"] .steering .head span:nth-child(2) { display: inline; }
.st-key-slow [data-testid="stLayoutWrapper"]:has(> .st-key-slow_iteration) { display: none; }
/* Repair: what is chosen in one line, and below it the image, the plane and the answers. */
[data-testid="stVerticalBlock"]:has(> * > * > .st-key-repair_source) { flex-flow: row wrap; align-items: flex-end; column-gap: 1rem; }
[data-testid="stVerticalBlock"]:has(> * > * > .st-key-repair_source) > * { width: 100%; }
[data-testid="stVerticalBlock"] > [data-testid="stLayoutWrapper"]:has(> * > :is(.st-key-repair_source, .st-key-repair_kind)) { width: auto; flex: none; }
.st-key-repair_image, .st-key-repair_image > * { flex: none; width: 15.5rem !important; }
[class*="st-key-reconstruct_class"], [class*="st-key-reconstruct_class"] > * { width: 12rem !important; }
.st-key-repair_image [data-testid="stTooltipIcon"] { display: none; }
.st-key-repair_middle .plane-axes { width: min(100%, (100vh - 13.3rem) / var(--drawn)); }
.repair-brush { max-width: 260px; }
.repair-brush canvas { max-width: 240px; margin: 0 auto; }
.repair-brush [data-role="blocks"] { display: none; }
.js-plotly-plot :is(text, tspan), #js-plotly-tester :is(text, tspan) { font-size: 22px !important; fill: light-dark(#000, #fff) !important; }
.js-plotly-plot .scatterlayer .js-line { stroke-width: 4px !important; }
.class-answers svg text { font-size: 22px; }
/* The plane of Latent map and Train goes down to the lower edge; all else of the page stands beside it. */
[data-testid="stMain"] { --side: min(100vh - 8.75rem, 50vw); }
[data-testid="stMain"]:has(.st-key-train_row) { --side: min(100vh - 11.25rem, 50vw); }
:is(.st-key-map_row, .st-key-train_row) > * { --side: inherit; }
[data-testid="stVerticalBlock"]:has(> [data-testid="stLayoutWrapper"] > .st-key-map_row),
[data-testid="stMainBlockContainer"] > [data-testid="stVerticalBlock"]:has(.st-key-train_row) {
  display: grid; grid: auto-flow dense / var(--side) minmax(0, 1fr); column-gap: 1.5rem; align-items: start; align-content: start;
}
[data-testid="stLayoutWrapper"]:has(> :is(.st-key-map_row, .st-key-train_row)), :is(.st-key-map_row, .st-key-train_row),
:is(.st-key-map_row, .st-key-train_row) > [data-testid="stLayoutWrapper"], :is(.st-key-map_row, .st-key-train_row) > * > [data-testid="stHorizontalBlock"],
[data-testid="stLayoutWrapper"]:has(> * > * > .st-key-train_row), [data-testid="stVerticalBlock"]:has(> [data-testid="stLayoutWrapper"] > .st-key-train_row) {
  display: contents;
}
[data-testid="stMainBlockContainer"]:has(.st-key-map_row, .st-key-train_row) > [data-testid="stVerticalBlock"] > * { grid-column: 1 / -1; }
[data-testid="stMainBlockContainer"] :is([data-testid="stColumn"]:has(.st-key-train_plane), [data-testid="stColumn"] > * > :has(.st-key-latent_plane)) { grid-area: auto / 1 / span 4; width: var(--side); }
.st-key-map_row [data-testid="stColumn"]:has(.st-key-latent_plane), .st-key-map_row [data-testid="stColumn"]:has(.st-key-latent_plane) > [data-testid="stVerticalBlock"] { display: contents; }
[data-testid="stLayoutWrapper"]:has(> .st-key-map_tools) { grid-column: 2; order: 1; } /* below the image */
[data-testid="stLayoutWrapper"]:has(> .st-key-map_row) ~ * { order: 2; }
/* Who looks closer finds them above what it shows. */
[data-testid="stColumn"]:has(.st-key-map_tools):has(+ [data-testid="stColumn"] :is(.st-key-map_image, .thumbnails:not(:empty))) [data-testid="stLayoutWrapper"]:has(> .st-key-map_tools) { order: 0; }
[data-testid="stColumn"]:has(.st-key-map_image, .thumbnails:not(:empty)) .st-key-map_pin { display: none; }
:is(.st-key-map_row, .st-key-train_row) [data-testid="stColumn"]:not(:has(.st-key-latent_plane, .st-key-train_plane)),
[data-testid="stVerticalBlock"] > [data-testid="stLayoutWrapper"]:has(> .st-key-map_row) ~ *:not(:has(.st-key-closer_row)),
[data-testid="stVerticalBlock"] > [data-testid="stLayoutWrapper"]:has(> :is(.st-key-train_buttons, .st-key-train_first)),
[data-testid="stVerticalBlock"] > [data-testid="stLayoutWrapper"]:has(> .st-key-train_status) { grid-column: 2 !important; width: auto !important; }
.st-key-train_settings [data-testid="stTooltipIcon"], .st-key-train_more, .st-key-train_buttons button *:has(> [data-testid="stIconMaterial"]) { display: none !important; }
.st-key-train_buttons { gap: 0.5rem; }
.st-key-train_curve { height: max(var(--side) - 18rem, 12rem); }
.live-decoder canvas { max-width: 280px; }
.plane-axes { width: min(100%, 34vh); }
:is(.st-key-map_row, .st-key-train_row, .st-key-path_bench) .plane-axes { width: 100%; }
.st-key-figure4_row .plane-axes { width: min(100%, 70vh); }
.st-key-path_bench { grid-template-columns: minmax(0, 100vh - 12.5rem) minmax(20.5rem, 1fr); }
:is(.st-key-path_gif, .js-plotly-plot .g-ytitle, .st-key-likelihood_axis) { display: none; }
[data-testid="stHorizontalBlock"]:has(> * > .st-key-estimate_status) { padding: 0.25rem 1rem; }
[class*="st-key-likelihood_image"], [class*="st-key-likelihood_image"] > * { width: 18rem !important; flex: none; }
.bound-toy { display: grid; grid-template: auto auto 1fr / minmax(0, 1fr) 35rem; column-gap: 1rem; }
.bound-toy > [data-role="plot"] { grid-row: 1 / 4; }
[data-testid="stHorizontalBlock"]:has(.st-key-bound_bench) { flex-wrap: wrap; }
[data-testid="stHorizontalBlock"]:has(.st-key-bound_bench) > [data-testid="stColumn"] { min-width: 100%; }
.st-key-bound_bench .ellipse-bench { grid-template-columns: 400px minmax(0, 1fr); }
.st-key-map_head { padding-top: 0; }
.bound-buttons { align-content: start; align-items: start; }
.model-table :is(th, td) { padding: 0.4rem 0.1rem !important; }
.lesson-card { width: min(30rem, calc(100vw - 2.5rem)); max-height: 80vh; }
.lesson-card h2 { font-size: 24px !important; }
</style>
"""
