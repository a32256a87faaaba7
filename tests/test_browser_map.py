"""The Latent map in a browser: the ellipse on the grid against torch, thumbnails, neighbours, other axes."""

import json

import numpy as np
import pytest
import torch
from browsing import CANVAS, ON_SCREEN, PLOT, decoded, open_map, rest

from aevb_lab import cached
from aevb_lab.session.images import examples_for
from aevb_lab.session.models import load_model
from vae_core.posterior import bound_on_grid
from vae_core.studies.planes import View

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("default")]  # caches are used outside a server here
BENCH = ".ellipse-bench"


def judged(row, q):
    """The bound of q on the image's grid, in torch, from its covariance and not from its axes."""
    close_up = cached.close_up(load_model("digits-2d"), row)
    side = len(close_up.log_joint)
    axes = [low + close_up.spacing * torch.arange(side, dtype=torch.float64) for low in close_up.low]
    points = torch.cartesian_prod(*axes)
    m1, m2, s1, s2, angle = q
    turn = torch.tensor([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    covariance = turn @ torch.tensor([s1**2, s2**2]).double().diag() @ turn.T
    normal = torch.distributions.MultivariateNormal(torch.tensor([m1, m2]).double(), covariance)
    log_joint = torch.from_numpy(close_up.log_joint.T.ravel().copy())
    return close_up, bound_on_grid(log_joint, normal.log_prob(points), 2.0 * np.log(close_up.spacing))


def bench(page):
    data = json.loads(page.evaluate(f"JSON.stringify(document.querySelector('{BENCH}').dataset)"))
    return [float(value) for value in data["q"].split(",")], float(data["elbo"]), float(data["logMarginal"])


def test_the_ellipse_has_torchs_bound_wherever_it_is_dragged_stretched_and_turned(visit):
    page = open_map(visit, "?model=digits-2d&closer=posterior&map_image=9", width=820)
    page.wait_for_selector(f"{BENCH}[data-elbo]")
    start, _, _ = bench(page)
    seen = [start]

    def drag(handle, by):
        grip = page.locator(f"{BENCH} [data-handle={handle}] .grip")
        grip.scroll_into_view_if_needed()
        box = grip.bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + by[0], y + by[1], steps=3)
        page.mouse.up()

    def agrees():
        q, elbo, log_marginal = bench(page)
        close_up, expected = judged(8, q)
        assert elbo == pytest.approx(float(expected.elbo), abs=1e-3)
        assert log_marginal == pytest.approx(close_up.log_marginal, abs=1e-3)
        return q

    agrees()
    for handle, by in (("loc", (30, -20)), ("along", (20, 25)), ("across", (-5, -20))):
        drag(handle, by)
        seen.append(agrees())
    assert seen[1][:2] != start[:2] and seen[1][2:] == start[2:], "the middle moves"
    assert seen[2][2] > seen[1][2] and seen[2][4] != seen[1][4], "an arm stretches and turns"
    assert seen[3][3] != seen[2][3]
    page.focus(f"{BENCH} [data-handle=loc]")
    page.keyboard.press("ArrowLeft")
    page.focus(f"{BENCH} [data-handle=along]")
    page.keyboard.press("Shift+ArrowUp")
    q = agrees()
    assert q[0] < seen[3][0] and q[4] > seen[3][4], "and so does the keyboard"
    page.wait_for_function("angle => location.search.includes(angle)", arg=f"{q[4]:.6g}")
    page.reload()
    page.wait_for_selector(f"{BENCH}[data-elbo]")
    assert agrees() == pytest.approx(q, rel=1e-4), "the link brings it back"
    page.fill(".st-key-map_image input", "10")
    page.keyboard.press("Enter")
    arrived = f"log_p => Math.abs(document.querySelector('{BENCH}').dataset.logMarginal - log_p) < 1e-3"
    page.wait_for_function(arrived, arg=judged(9, start)[0].log_marginal)
    page.wait_for_function("!location.search.includes('&q=')")
    page.fill(".st-key-map_image input", "9")
    page.keyboard.press("Enter")
    close_up, _ = judged(8, start)
    page.wait_for_function(arrived, arg=close_up.log_marginal)
    assert f"{q[4]:.6g}" not in page.get_attribute(BENCH, "data-q")

    page.click(f"{BENCH} [data-q=best]")
    q, elbo, _ = bench(page)
    assert elbo == pytest.approx(close_up.best.elbo, abs=1e-3)
    assert "beat the encoder" in page.inner_text(f"{BENCH} output")
    scale = page.evaluate(
        f"""() => {{ const oval = document.querySelector('{BENCH} [data-own="2"]')
        return [oval.getAttribute('rx') / oval.getAttribute('ry')] }}"""
    )
    assert scale[0] == pytest.approx(q[2] / q[3], rel=1e-3), "to the scale of the axes"
    main = page.locator("[data-testid=stMain]")
    assert main.evaluate("box => box.scrollWidth <= box.clientWidth")


def pixels(page, canvas):
    return page.evaluate(
        """selector => { const canvas = document.querySelector(selector)
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
        return Array.from(data).filter((_, i) => i % 4 === 0) }""",
        canvas,
    )


def meet_a_point(page, touch):
    """Touch one of the encoded points, or move the mouse there, until its image shows: its row. On a busy machine the
    page may still grow between the look and the touch."""
    page.wait_for_selector("section.thumbnails", state="attached")
    page.wait_for_selector(f"{PLOT} canvas[data-role=points]", state="attached")
    points = cached.plane(load_model("digits-2d")).points
    page.wait_for_selector(f"{PLOT} .plane-name")
    is_named = "([x, y]) => document.elementFromPoint(x, y).closest('.plane-name') !== null"
    row = next(
        row
        for row in np.abs(points).max(1).argsort().tolist()
        if not page.evaluate(is_named, page.evaluate(ON_SCREEN, ["latent_plane", points[row].tolist()]))
    )
    for _ in range(30):
        x, y = page.evaluate(ON_SCREEN, ["latent_plane", points[row].tolist()])
        touch(x, y)
        page.wait_for_timeout(1000)  # two taps within 0.3 s are a double tap
        if page.is_visible(f".plane-thumbnail canvas[data-row='{row}']"):
            return row
    raise AssertionError("no image showed")


COVERED = """chart => { // pairs of boxes, one of them a name's or a letter's, that cover each other
    const canvases = [...document.querySelectorAll(`.st-key-${chart} canvas`)].filter(({ overlay }) => overlay)
    const boxes = canvases.flatMap(({ overlay, dataset }) => overlay.boxes.map((box) => ({ ...box, role: dataset.role })))
    const written = boxes.filter(({ height }) => height >= 22)
    const covers = (a, b) => a.left < b.left + b.width && b.left < a.left + a.width && a.top < b.top + b.height && b.top < a.top + a.height
    return [written.length, written.flatMap((box) => boxes.filter((other) => other !== box && covers(box, other)).map((other) => [box, other]))] }"""


@pytest.mark.parametrize("path, chart, others", [  # and how many letters stand beside the ten names of classes
    ("/paths?model=mnist-2d", "path_plane", 2),
    pytest.param("/?model=mnist-20d&axes=principal", "latent_plane", 0, marks=pytest.mark.slow),
    pytest.param("/reconstruct?model=mnist-2d&reconstruct_source=draw", "own_plane", 1, marks=pytest.mark.slow),
    pytest.param("/repair?model=digits-2d", "repair_plane", 1, marks=pytest.mark.slow),
])  # fmt: skip
def test_no_name_on_a_plane_covers_another_or_the_path(visit, path, chart, others):
    page = visit(path, width=390, height=844)
    page.wait_for_selector(f".st-key-{chart} canvas[data-role=names]", state="attached")
    page.wait_for_function(f"chart => ({COVERED})(chart)[0] >= {10 + others}", arg=chart)
    page.wait_for_timeout(300)
    assert page.evaluate(COVERED, chart)[1] == []


NAMES = "document.querySelector('.st-key-latent_plane canvas[data-role=names]').overlay.boxes"
DOTS = """chart => { const canvas = document.querySelector(`.st-key-${chart ?? 'latent_plane'} canvas[data-role=points]`)
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height), [r, g, b] = [0x86, 0x60, 0xd8] // of the 7
    let count = 0
    for (let i = 0; i < data.length; i += 4) count += Math.abs(data[i] - r) + Math.abs(data[i + 1] - g) + Math.abs(data[i + 2] - b) < 90
    return count }"""


def test_a_press_on_a_class_s_name_hides_its_dots_and_another_one_shows_them(visit):
    page = open_map(visit, "?model=digits-2d&z=0,0")
    page.wait_for_function(f"{NAMES}.length === 10")
    assert page.locator(f"{PLOT} .legend").count() == 0, "no second legend"
    assert page.locator(f"{PLOT} .modebar-btn >> visible=true").count() == 0, "and no tools"
    seven = page.locator(f"{PLOT} .plane-name[aria-label='7']")
    before = page.evaluate(DOTS)
    seven.click()
    assert seven.get_attribute("aria-checked") == "false"
    hidden = page.evaluate(DOTS)
    assert hidden < before / 2
    assert page.get_attribute(CANVAS, "data-pinned") == "false", "a press on a name is none on the plane"
    assert page.evaluate(f"{NAMES}.length") == 10, "the name stays, to be pressed again"
    seven.click()
    assert seven.get_attribute("aria-checked") == "true" and page.evaluate(DOTS) == before
    places = page.evaluate(f"{NAMES}.map(({{ left }}) => left)")
    page.set_viewport_size({"width": 700, "height": 1000})
    page.wait_for_function(f"before => {NAMES}.some(({{ left }}, i) => Math.abs(left - before[i]) > 10)", arg=places)


@pytest.mark.slow
@pytest.mark.parametrize(("path", "chart"), [
    ("/paths?model=digits-2d", "path_plane"),
    ("/reconstruct?model=digits-2d&reconstruct_source=draw", "own_plane"),
    ("/repair?model=digits-2d", "repair_plane"),
])  # fmt: skip
def test_the_names_are_the_legend_on_other_planes_too(visit, path, chart):
    page = visit(path)
    seven = page.locator(f".st-key-{chart} .plane-name[aria-label='7']")
    seven.wait_for()
    rest(page)  # a press on a plane is heard only by a page that rests
    before, address = page.evaluate(DOTS, chart), page.url
    seven.click()
    assert seven.get_attribute("aria-checked") == "false" and page.evaluate(DOTS, chart) < before / 2
    page.wait_for_timeout(300)
    assert page.url == address, "no end of the path goes there"


def test_the_names_answer_to_tab_and_keys_and_keep_the_focus(visit):
    page = open_map(visit, "?model=digits-2d&z=0,0")
    page.wait_for_selector(f"{PLOT} .plane-name[role=checkbox]")
    page.focus(f"{PLOT} .plane-name[aria-label='3']")
    here = "document.activeElement.matches('.plane-name[aria-label=\"{}\"][aria-checked={}]')"
    assert page.evaluate(here.format(3, "true"))
    page.keyboard.press("Space")
    page.wait_for_function(here.format(3, "false"))
    assert page.evaluate("getComputedStyle(document.activeElement).outlineWidth") == "2px"
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_function(here.format(4, "false"))
    assert page.get_attribute(f"{PLOT} .plane-name[aria-label='3']", "aria-checked") == "true"


def test_hovering_an_encoded_point_shows_its_image_and_label_once_asked_for(visit):
    page = open_map(visit, "?model=digits-2d")
    examples = examples_for(load_model("digits-2d"))
    row = meet_a_point(page, lambda x, y: page.mouse.move(x - 40, y) or page.mouse.move(x, y))
    assert page.inner_text(".plane-thumbnail").split() == [f"#{row + 1}", "·", str(examples.labels[row])]
    thumbnail = np.array(pixels(page, ".plane-thumbnail canvas")) / 255.0
    assert np.abs(thumbnail - examples.x[row].numpy()).max() < 0.01
    page.locator(f"{PLOT} .plane-name[aria-label='4']").hover()
    page.wait_for_selector(".plane-thumbnail", state="hidden")


@pytest.mark.slow
def test_a_finger_and_keys_meet_encoded_points_too(visit):
    page = open_map(visit, "?model=digits-2d", width=390, height=844, has_touch=True, is_mobile=True)
    page.locator(f"{PLOT} .plane-area").first.scroll_into_view_if_needed()
    row = meet_a_point(page, page.touchscreen.tap)
    assert page.inner_text(".plane-thumbnail").startswith(f"#{row + 1} ·")
    page.focus(CANVAS)
    met = set()
    for _ in range(6):  # past other points
        page.keyboard.press("ArrowRight")
        met.add(page.get_attribute(".plane-thumbnail", "data-row"))
    assert met - {str(row)}
    for _ in range(9):  # to where no point is
        page.keyboard.press("Shift+ArrowUp")
    page.wait_for_selector(".plane-thumbnail", state="hidden")


def test_the_nearest_images_follow_the_point_and_one_is_looked_at_when_pressed(visit):
    page = open_map(visit, "?model=digits-2d&closer=neighbours")
    page.wait_for_selector(".thumbnails button canvas[data-row]")
    model = load_model("digits-2d")
    with torch.no_grad():
        means = model.vae.encode(examples_for(model).x).mean
    page.focus(CANVAS)
    for key in ("ArrowRight", "Shift+ArrowUp"):
        page.keyboard.press(key)
    page.wait_for_selector(f"{CANVAS}[data-z='0.10,0.50']")
    z = torch.tensor([float(value) for value in decoded(page)["z"].split(",")])
    expected = torch.cdist(z[None], means)[0].argsort()[:8].tolist()
    rows = "Array.from(document.querySelectorAll('.thumbnails button'), button => Number(button.dataset.row))"
    page.wait_for_function(f"expected => JSON.stringify({rows}) === JSON.stringify(expected)", arg=expected)
    page.wait_for_timeout(600)  # the point's own report
    page.click(".thumbnails button >> nth=2")
    page.wait_for_selector(f"{BENCH}[data-elbo]")
    field = page.locator(".st-key-map_image").bounding_box()
    assert field["x"] + field["width"] <= 1440, "all of the field is in sight"
    assert page.input_value(".st-key-map_image input") == str(expected[2] + 1)


@pytest.mark.slow
def test_a_finger_chooses_a_neighbour_and_drags_q(visit):
    page = open_map(visit, "?model=digits-2d&closer=neighbours", width=390, height=844, has_touch=True, is_mobile=True)
    plane = page.locator(f"{PLOT} .plane-area").first
    plane.scroll_into_view_if_needed()
    box = plane.bounding_box()
    below = f"(({{ axes: {{ box }}, clientHeight }}) => clientHeight - box.top - box.height)(document.querySelector('{PLOT}'))"
    assert page.evaluate(below) < 70, "the axis and its title, and no gap"
    page.touchscreen.tap(box["x"] + 0.96 * box["width"], box["y"] + 0.04 * box["height"])  # far from any dot
    page.wait_for_function(f"document.querySelector('{CANVAS}').dataset.z !== '0.00,0.00'")
    page.wait_for_selector(".thumbnails button canvas[data-row]")
    page.wait_for_timeout(600)  # the point's own report
    chosen = page.locator(".thumbnails button").nth(1)
    row = int(chosen.get_attribute("data-row"))
    chosen.tap()
    page.wait_for_selector(f"{BENCH}[data-elbo]")
    assert page.input_value(".st-key-map_image input") == str(row + 1)
    grip = page.locator(f"{BENCH} [data-handle=loc] .grip")
    grip.scroll_into_view_if_needed()
    before, box = bench(page)[0], grip.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    session = page.context.new_cdp_session(page)
    for kind, points in (
        ("touchStart", [[x, y]]),
        ("touchMove", [[x + 30, y - 3]]),
        ("touchMove", [[x + 30, y - 40]]),
        ("touchEnd", []),
    ):
        touches = [{"x": at[0], "y": at[1]} for at in points]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})
    assert bench(page)[0][0] > before[0] and bench(page)[0][1] > before[1] and bench(page)[0][2:] == before[2:]
    assert grip.bounding_box()["y"] == pytest.approx(box["y"] - 40, abs=1.5), "the page stays where it is"


@pytest.mark.slow
def test_on_a_phone_a_menu_that_was_opened_is_shut_on_the_next_page(visit):
    page = open_map(visit, "?model=digits-2d", width=390, height=844)
    page.click("[data-testid=stExpandSidebarButton]")
    page.wait_for_selector("[data-testid=stSidebar][data-collapsed=false]")
    page.reload()
    page.wait_for_selector(f"{CANVAS}[data-z]")
    page.wait_for_selector("[data-testid=stSidebar][data-collapsed=true]", state="attached")


def test_the_decoder_follows_principal_axes_with_the_rest_held_at_an_image(visit):
    page = open_map(visit, "?model=mnist-20d&axes=principal&rest=the+image%27s&map_image=6")
    page.wait_for_function(f"document.querySelector('{PLOT}').axes?.meta.rest.some(value => value !== 0)")
    model = load_model("mnist-20d")
    plane = cached.plane(model, View(principal=True, held=5))
    latent = f"Array.from(document.querySelector('{CANVAS}').latent)"
    page.wait_for_function(f"z => Math.abs({latent}[0] - z) < 1e-5", arg=float(cached.encoded(model, 5)[0][0]))
    box = page.locator(f"{PLOT} .plane-area").first.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + box["height"] * 0.4)
    page.wait_for_timeout(100)
    z = torch.tensor(page.evaluate(latent))
    off = z - torch.from_numpy(plane.basis).T @ (torch.from_numpy(plane.basis) @ z)
    assert torch.allclose(off, torch.from_numpy(plane.rest), atol=1e-4)
    with torch.no_grad():
        expected = model.vae.decode(z).mean.numpy()
    assert np.abs(np.array(decoded(page)["pixels"]) - expected).max() < 1e-4


def test_on_a_laptop_the_maps_choices_are_in_view_and_stay_where_they_are(visit):
    page = open_map(visit, "?model=digits-2d", width=1280, height=800)
    keys = ("closer", "coordinates", "layers")
    places = [page.locator(f".st-key-{key}").bounding_box() for key in keys]
    assert max(box["y"] + box["height"] for box in places) <= 800
    page.click(".st-key-closer button:has-text('neighbours')")
    page.wait_for_selector(".thumbnails canvas")
    assert [page.locator(f".st-key-{key}").bounding_box() for key in keys] == places
