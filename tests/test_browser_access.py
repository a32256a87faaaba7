"""Everybody can use the pages: by keys alone, with a screen reader, with weak eyes, with less motion, at 200 and 400 %.
(Longer than other files: one list of the states of all pages serves every case.)"""

import re

import pytest
from access import faults_of
from browsing import CANVAS, PLOT, open_map

pytestmark = pytest.mark.browser
SHOWN = "[data-testid=stMain] :is(.plane-axes > svg, .js-plotly-plot .xy, canvas, img, .bound-toy svg, [data-testid=stFileUploader])"


def unfold(page):
    """Open all that is folded away, once all of the page is there."""
    page.wait_for_selector("[data-testid=stMain] details > summary")
    folds = page.locator("[data-testid=stMain] details:not([open]) > summary")
    while folds.count():
        folds.first.click()
    page.wait_for_selector("[data-testid=stMain] details[open]")


def press(selector):
    return lambda page: page.click(selector)


def train(state):
    """Start a run, and bring it into a state."""

    def act(page):
        page.click(".st-key-train_start button:not([disabled])")
        page.wait_for_selector(".st-key-train_plane canvas[data-role=points]", state="attached")
        if state != "training":
            page.click(f".st-key-train_{state} button:not([disabled])")
            page.wait_for_selector(f".st-key-train_{state} button[disabled]")

    return act


def draw(page):
    page.focus("canvas[data-role=pad]")
    for key in ("Space", "ArrowDown", "ArrowDown", "ArrowRight", "Space"):
        page.keyboard.press(key)


STATES = [  # an address, what is done there, and what is there then
    ("/?model=digits-2d", unfold, ".st-key-maths .katex"),
    ("/?model=digits-2d", press(f"{PLOT} .plane-name"), ".plane-name[aria-checked=false]"),
    ("/?model=digits-2d", press(".st-key-take_away button"), ".take-away button"),
    ("/?model=digits-2d", press(".st-key-words button"), "[role=dialog] .katex"),
    ("/?model=digits-2d", press(".st-key-model input"), "[role=option]"),
    ("/?model=digits-2d&word=elbo", None, "[role=dialog] .katex"),
    ("/?model=digits-2d&closer=posterior", None, ".ellipse-bench table"),
    ("/?model=digits-2d&closer=neighbours", None, ".thumbnails canvas"),
    ("/?model=digits-2d&coordinates=probability", None, ".plane-name"),
    ("/?model=mnist-20d&closer=posterior&rest=the+image's", None, ".plane-name"),
    ("/reconstruct?model=digits-2d", unfold, ".st-key-maths .katex"),
    ("/reconstruct?model=digits-2d&reconstruct_source=draw", draw, ".st-key-own_numbers"),
    ("/reconstruct?model=digits-2d&reconstruct_source=upload", None, "[data-testid=stFileUploader]"),
    ("/paths?model=digits-2d", unfold, ".st-key-maths .katex"),
    ("/paths?model=digits-2d&path_ends=points", None, ".path-player canvas"),
    ("/paths?model=mnist-20d&path_shape=spherical", None, ".path-player canvas"),
    ("/paths?model=digits-2d&paths_view=each+dimension", unfold, ".st-key-maths .katex"),
    ("/paths?model=digits-2d&paths_view=prior+samples", unfold, ".st-key-maths .katex"),
    ("/paths?model=digits-2d&paths_view=q(z)+beside+the+prior", unfold, ".st-key-maths .katex"),
    ("/train?train_data=digits", unfold, "[data-testid=stMain] [data-testid=stNumberInput]"),
    ("/train?train_data=digits", train("training"), ".st-key-train_plane canvas"),
    ("/train?train_data=digits", train("pause"), ".st-key-train_plane canvas"),
    ("/train?train_data=digits", train("stop"), ".st-key-train_plane canvas"),
    ("/compare", unfold, ".st-key-maths .katex"),
    ("/compare?compare_view=time+travel", unfold, ".st-key-maths .katex"),
    ("/compare?twin_kind=any+two", None, ".twin canvas"),
    ("/bound?model=digits-2d", unfold, ".st-key-maths .katex"),
    ("/bound?model=digits-2d&bound_chapter=a+real+image", None, ".ellipse-bench table"),
    ("/bound?model=mnist-2d&bound_chapter=other+pixels", None, ".st-key-redraw_strip .xy"),
    ("/likelihood?model=digits-2d", unfold, "[data-testid=stTable]"),
    *((f"/gradients?stage={stage}", None, "[data-testid=stCode]") for stage in ("Encode", "Noise", "Reconstruction", "KL", "Gradient", "Update")),
    ("/gradients", unfold, ".st-key-maths .katex"),
    ("/code?model=digits-2d&code_count=10&tower_step=7", unfold, ".st-key-maths .katex"),
    ("/sketch?sketch_set=ring&sketch_point=1.5,0&sketch_sigma=fixed", unfold, ".st-key-maths .katex"),
    ("/steer?model=digits-2d&steer=slant:2", unfold, ".st-key-maths .katex"),
    ("/steer?model=mnist-20d&steer_class=0.4,0.5", None, ".steering[data-ready=true]"),
    ("/steer?model=frey-2d&steer_view=a+sum+of+codes", None, ".st-key-steer_terms"),
    ("/repair?model=digits-2d", unfold, ".st-key-maths .katex"),
    ("/repair?model=digits-2d&repair_kind=noise&repair_player=true", None, ".repair-chain canvas"),
    ("/repair?model=digits-2d&repair_kind=low+resolution&repair_player=true", None, ".repair-chain canvas"),
    ("/repair?model=digits-2d&repair_source=draw", press(".st-key-repair_pad button"), "canvas[data-role=pad]"),
    ("/models", unfold, "[data-testid=stMain] details table"),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("address", "act", "sign"), STATES)
def test_nobody_is_left_out_of_any_state_of_a_page(visit, theme, address, act, sign):
    page = visit(address, theme=theme)
    page.wait_for_selector(SHOWN, state="attached")
    if act:
        act(page)
    page.wait_for_selector(sign, state="attached")
    assert settled_faults(page) == []


def settled_faults(page):
    """The faults of a page that has come to rest: on a busy machine one may still be growing."""
    for _ in range(5):
        page.wait_for_timeout(400)
        faults = faults_of(page)
        if not faults:
            break
    return faults


@pytest.mark.slow
def test_a_fault_of_each_kind_would_be_found(visit):
    page = visit("/bound?model=digits-2d")
    page.wait_for_selector(".bound-toy svg text")
    assert settled_faults(page) == []
    page.evaluate("""() => {
        const main = document.querySelector("[data-testid=stMain] [data-testid=stMarkdownContainer]")
        main.insertAdjacentHTML("beforeend", `<h4>too deep</h4><p style="color: #aaa; background: #fff">faint</p><img src="data:,">
            <table><tr><th></th></tr></table><canvas tabindex="0"></canvas>`)
        document.querySelector(".bound-toy svg text").style.fill = "#bbb" }""")
    kinds = {fault.split(" | ")[0] for fault in faults_of(page)}
    assert {"heading-order", "color-contrast", "image-alt", "empty-table-header", "letters", "picture"} <= kinds


# -- by keys alone -------------------------------------------------------------------------------------------------

PLANES = {  # what of a page's plane the keyboard reaches
    "/?model=digits-2d": CANVAS,
    "/train?train_data=digits": ".st-key-train_plane *",
    "/compare": ".twin canvas[data-role=plane]",
    "/repair?model=digits-2d": "canvas[data-role=brush]",
    "/bound?model=digits-2d": ".bound-toy [data-handle]",
    "/reconstruct?model=digits-2d&reconstruct_source=draw": "canvas[data-role=pad]",
    "/paths?model=digits-2d": ".path-end[data-handle=A]",
    "/compare?compare_view=time+travel": ".time-travel input",
    "/code?model=digits-2d&code_count=10": ".bit-tower input",
    "/sketch?sketch_set=ring": ".sketch-pad canvas[data-role=pad]",
    "/steer?model=digits-2d": ".steering input",
    "/likelihood?model=digits-2d": ".st-key-posterior_plane *",
    "/gradients?stage=Encode": ".slow-motion canvas",
}
HERE = "selector => document.activeElement.matches(selector)"


@pytest.mark.parametrize(
    "address", [*list(PLANES)[:1], *(pytest.param(path, marks=pytest.mark.slow) for path in list(PLANES)[1:])]
)
def test_the_plane_is_a_few_keys_away(visit, address):
    page = visit(address)
    page.wait_for_selector(".skip-links button:not([hidden]) + button", state="attached")
    page.wait_for_function("selector => document.querySelector(selector)", arg=PLANES[address])
    page.wait_for_function("document.querySelector('.skip-links button').hidden === false")
    page.keyboard.press("Tab")
    assert page.inner_text(":focus") == "Skip to the map"
    assert page.is_hidden("[data-testid=stMainMenuButton]") and page.is_hidden("[data-testid=stSkipToContent]")
    assert page.locator(":focus").evaluate("button => getComputedStyle(button).clipPath") == "none", "it can be seen"
    page.keyboard.press("Enter")
    assert page.evaluate(HERE, PLANES[address])


@pytest.mark.slow
def test_start_is_three_keys_away(visit):
    page = visit("/train?train_data=digits")
    page.wait_for_selector(".st-key-train_start button:enabled")
    page.wait_for_selector('.skip-links button:text-is("Skip to the run\'s buttons"):not([hidden])', state="attached")
    page.wait_for_function("document.querySelector('.skip-links button').hidden === false")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.inner_text(":focus").endswith("Start")


def test_the_point_moves_by_keys_and_is_told_once_it_rests(visit):
    page = open_map(visit, "?model=digits-2d", reduced_motion="reduce")
    page.evaluate("""() => { globalThis.messages = []
        const region = document.querySelector(".live-decoder [role=status].narrator")
        new MutationObserver(() => messages.push(region.textContent)).observe(region, { childList: true, characterData: true, subtree: true }) }""")
    page.focus(CANVAS)
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowUp")
    page.wait_for_function(
        f"document.querySelector('{CANVAS}').getAttribute('aria-label').includes('z = (0.50, 0.50)')"
    )
    label = page.get_attribute(CANVAS, "aria-label")
    assert label.startswith("decoded image") and "arrow keys" in label and "Esc" in label
    (message,) = page.evaluate("messages")  # one, not one for each move
    point, near = message.split("\n")
    assert point == "z = (0.50, 0.50)" and re.fullmatch(r"dots near here: \d( and \d|, \d and \d)?", near)
    page.keyboard.press("Enter")
    page.wait_for_function("near => messages.at(-1) === `z = (0.50, 0.50), pinned\\n${near}`", arg=near)
    page.keyboard.press("Escape")
    page.wait_for_function("near => messages.at(-1) === `z = (0.50, 0.50)\\n${near}`", arg=near)


FOCUS = [  # an address, a press that reruns the page, what its holder is then, and who has the focus
    ("/gradients?stage=Encode", ".slow-motion [data-role=step]", ".slow-motion canvas", ".slow-motion [data-role=step]"),
    ("/paths?model=digits-2d", ".st-key-paths_view button:nth-of-type(2)", ".st-key-traversals", ".st-key-paths_view button"),
    ("/?model=digits-2d&closer=posterior", ".st-key-draw_again button", ".st-key-draw_again button", ".st-key-draw_again button"),
    ("/reconstruct?model=digits-2d", ".st-key-reconstruct_source button:nth-of-type(2)", "canvas[data-role=pad]", ".st-key-reconstruct_source button"),
    ("/repair?model=digits-2d", ".repair-row [data-do=clear]", ".repair-row [data-do=clear]", ".repair-brush *"),
    ("/compare", ".twin [data-role=more]", ".twin canvas", ".twin [data-role=more]"),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("address", "pressed", "sign", "focused"), FOCUS)
def test_the_focus_stays_where_the_user_was(visit, address, pressed, sign, focused):
    page = visit(address)
    if "repair" in address:
        page.wait_for_selector("[data-role=blocks] button")
        page.locator("[data-role=blocks] button").first.click()
    page.wait_for_selector(f"{pressed}:not([disabled])")
    page.focus(pressed)
    page.keyboard.press("Enter")
    page.wait_for_selector(sign, state="attached")
    for _ in range(4):  # also when the page has come to rest
        page.wait_for_timeout(400)
        page.wait_for_function(HERE, arg=focused)


IN_DIALOG = "document.querySelector('[role=dialog]')?.contains(document.activeElement)"


@pytest.mark.slow
def test_a_dialog_that_a_screen_reader_opens_has_the_focus_and_gives_it_back(visit):
    page = visit("/?model=digits-2d")
    words = ".st-key-words button"
    page.wait_for_selector(words)
    for _ in range(3):  # the first one also loads the dialog's code
        page.focus(words)
        page.evaluate(
            "selector => document.querySelector(selector).click()", words
        )  # a click with detail 0, as theirs are
        page.wait_for_selector("[role=dialog] .katex", state="attached")
        page.wait_for_function(IN_DIALOG)
        page.keyboard.press("Tab")
        assert page.evaluate(IN_DIALOG)
        page.keyboard.press("Escape")
        page.wait_for_selector("[role=dialog]", state="detached")
        page.wait_for_function(HERE, arg=words)


# -- less motion ---------------------------------------------------------------------------------------------------

PLAYERS = [  # an address, its button, and what moves
    ("/paths?model=digits-2d", ".path-player button", "Number(document.querySelector('.path-player input').value)"),
    ("/compare?compare_view=time+travel&run_shown=digits-2d", ".time-travel [data-role=play]", "Number(document.querySelector('.time-travel').dataset.t)"),
]  # fmt: skip
STILL = "document.getAnimations().filter(({ playState }) => playState === 'running').length === 0"


@pytest.mark.parametrize(
    ("address", "button", "place"),
    [PLAYERS[0], *(pytest.param(*player, marks=pytest.mark.slow) for player in PLAYERS[1:])],
)
def test_with_less_motion_a_player_goes_step_by_step(visit, address, button, place):
    page = visit(address, reduced_motion="reduce")
    page.wait_for_selector(button)
    page.wait_for_function(f"{place} >= 0")
    assert page.inner_text(button) == "Next step"
    page.click(button)
    first = page.evaluate(place)
    page.wait_for_timeout(400)
    assert page.evaluate(place) == first and page.inner_text(button) == "Next step", "it does not go on by itself"
    page.click(button)
    page.wait_for_function(f"first => {place} > first", arg=first)
    page.wait_for_function(STILL)
    page.emulate_media(reduced_motion="no-preference")
    page.click(button)
    page.wait_for_function(f"document.querySelector('{button}').innerText === 'Pause'")
    page.emulate_media(reduced_motion="reduce")
    page.wait_for_function(f"document.querySelector('{button}').innerText === 'Next step'")


@pytest.mark.slow
@pytest.mark.parametrize(
    "address",
    [
        "/?model=digits-2d",
        "/train?train_data=digits",
        "/repair?model=digits-2d",
        "/bound?model=digits-2d",
        "/gradients?variance_weights=trained",
        "/compare",
        "/models",
    ],
)
def test_with_less_motion_nothing_moves_by_itself(visit, address):
    page = visit(address, reduced_motion="reduce")
    page.wait_for_selector(SHOWN, state="attached")
    page.wait_for_timeout(2500)  # longer than the map waits before it invites
    page.wait_for_function(STILL)
    assert page.locator(".inviting").count() == 0
    before = page.screenshot()
    page.wait_for_timeout(700)
    assert page.screenshot() == before
    moving = "[...document.querySelectorAll('*')].filter((node) => Number.parseFloat(getComputedStyle(node).transitionDuration) > 0).length"
    assert page.evaluate(moving) == 0, "nothing would glide either"


@pytest.mark.slow
def test_with_less_motion_each_press_measures_more_and_else_a_press_pauses(visit):
    count = "Number.parseInt(document.querySelector('.st-key-variance_status')?.innerText)"
    page = visit("/gradients?variance_axis=M", reduced_motion="reduce")
    page.wait_for_function(f"{count} > 0 && document.querySelector('.measuring')?.innerText === 'Measure more'")
    before = page.evaluate(count)
    page.wait_for_timeout(2500)  # several times the pause between two measurements
    assert page.evaluate(count) == before
    page.click(".measuring")
    page.wait_for_function(f"before => {count} > before", arg=before)
    page.emulate_media(reduced_motion="no-preference")
    page.wait_for_function("document.querySelector('.measuring')?.innerText === 'Pause measuring'")
    before = page.evaluate(count)
    page.wait_for_function(f"before => {count} > before", arg=before)
    page.click(".measuring")
    page.wait_for_function("document.querySelector('.measuring')?.innerText === 'Go on measuring'")
    page.wait_for_timeout(1500)  # what was asked for has come
    before = page.evaluate(count)
    page.wait_for_timeout(2500)
    assert page.evaluate(count) == before


# -- 200 and 400 % -------------------------------------------------------------------------------------------------

ZOOMS = {"200 %": (720, 450), "400 %": (360, 225), "320 px": (320, 256)}


@pytest.mark.slow
@pytest.mark.parametrize("zoom", ZOOMS)
@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/reconstruct",
        "/reconstruct?reconstruct_source=draw",
        "/paths",
        "/train",
        "/compare",
        "/compare?compare_view=time+travel",
        "/bound",
        "/likelihood?model=digits-2d",
        "/gradients",
        "/steer",
        "/repair",
        "/models",
    ],
)
def test_a_page_fits_at_200_and_at_400_percent(visit, address, zoom):
    """One scrolls down, and never to the side too; no control sticks out of the window, and no text is cut off."""
    width, height = ZOOMS[zoom]
    page = visit(address, width=width, height=height, device_scale_factor=2)
    page.wait_for_selector(SHOWN, state="attached")
    page.wait_for_timeout(1000)
    assert page.locator("[data-testid=stMain]").evaluate("box => box.scrollWidth <= box.clientWidth")
    assert page.evaluate(STICKS_OUT) == []


STICKS_OUT = """() => [...document.querySelectorAll("[data-testid=stMain] :is(button, input, canvas, p, h1, h2, img, svg.main-svg)")]
    .filter((node) => node.getClientRects().length && !node.closest("[data-testid=stTable], pre, .katex, [data-testid=stMarkdownContainer] table"))
    .filter((node) => getComputedStyle(node).clipPath === "none" && !node.closest(".narrator, [data-testid=stSlider], [data-testid=stMultiSelectTagsContainer]"))
    .flatMap((node) => { const { left, right } = node.getBoundingClientRect()
        return left < -1 || right > innerWidth + 1 ? [`${node.tagName} ${node.className} ${Math.round(left)} to ${Math.round(right)}`] : [] })"""


@pytest.mark.slow
@pytest.mark.parametrize("zoom", ZOOMS)
def test_zoomed_in_the_decoded_image_is_in_view_beside_the_plane(visit, zoom):
    width, height = ZOOMS[zoom]
    page = open_map(visit, "?model=digits-2d", width=width, height=height, device_scale_factor=2)
    plane = page.locator(PLOT)
    plane.scroll_into_view_if_needed()
    image = page.locator(CANVAS).bounding_box()
    box = plane.bounding_box()
    for top, size in ((image["y"], image["height"]), (box["y"], box["height"])):
        assert top >= 0 and top + size <= height + 1, (image, box)
