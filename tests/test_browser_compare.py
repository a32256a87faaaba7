"""The Compare page in a real headless Chromium: everything on it moves without asking the server. (Longer than other files: each of its
two views has planes, draws and a link of its own.)"""

import numpy as np
import pytest
import torch
from browsing import press, rest, wait_for_status

import vae_core as vc
from vae_core import studies
from vae_core.frames import load_frames
from vae_core.models import pretrained_path

TRAVEL = ".time-travel"
RANGE = f"{TRAVEL} input[type=range]"
pytestmark = pytest.mark.browser


def nth(number):
    """Of ten draws the one with this number, counted from 0."""
    return f"{number + 1}{dict(enumerate(('st', 'nd', 'rd'))).get(number, 'th')}"


def open_compare(visit, query="", **options):
    page = visit(f"/compare?compare_view=time+travel{query}", **options)
    page.wait_for_selector(f"{TRAVEL}[data-t]")
    return page


def open_twins(visit, **options):
    page = visit("/compare", **options)
    page.wait_for_selector(".twin[data-z]")
    return page


def points(page):
    return np.array(page.evaluate("Array.from(document.querySelector('.time-travel [data-role=plane]').points)"))


@pytest.mark.parametrize("open_", [open_compare, open_twins])
@pytest.mark.parametrize(
    ("width", "theme"),
    [
        (390, "dark"),
        pytest.param(820, "light", marks=pytest.mark.slow),
        pytest.param(1440, "dark", marks=pytest.mark.slow),
    ],
)
def test_nothing_is_cut_off(visit, open_, width, theme):
    page = open_(visit, width=width, height=900, theme=theme)
    main = page.locator("[data-testid=stMain]")
    assert main.evaluate("box => box.scrollWidth <= box.clientWidth")
    assert page.locator("[data-testid=stException]").count() == 0


def test_the_keyboard_scrubs_frame_by_frame_without_the_server(visit):
    frames = load_frames(pretrained_path("digits-2d") / "frames.safetensors")
    page = open_compare(visit, "&run_shown=digits-2d")
    rest(page)
    page.wait_for_load_state("networkidle")  # its pictures are there
    page.focus(RANGE)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.evaluate(
        """() => { window.sent = 0; const send = WebSocket.prototype.send
        WebSocket.prototype.send = function (data) { window.sent++; return send.call(this, data) } }"""
    )
    page.keyboard.press("Home")
    page.wait_for_selector(f"{TRAVEL}[data-steps='0']")
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    page.wait_for_selector(f"{TRAVEL}[data-steps='{frames[5].step}']")
    assert np.allclose(points(page), frames[5].means.float().numpy().ravel(), atol=1e-5)
    caption = page.inner_text(f"{TRAVEL} [data-role=reconstructions] + p")
    kept = next(f.step for f in frames[5::-1] if f.weights)
    assert f"of step {kept}" in caption
    samples = page.locator(f"{TRAVEL} [data-role=samples]")
    assert samples.get_attribute("data-step") == str(kept) and "draws from the prior" in samples.get_attribute(
        "aria-label"
    )
    page.keyboard.press("Space")
    page.wait_for_function(f"Number(document.querySelector('{TRAVEL}').dataset.t) > 6")
    page.keyboard.press("Space")
    assert page.inner_text(f"{TRAVEL} [data-role=play]") == "Play"
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    assert page.inner_text(f"{TRAVEL} [data-role=play]") == "Pause"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("End")
    page.wait_for_selector(f"{TRAVEL}[data-steps='9000']")
    assert "step 9,000 of 9,000" in page.get_attribute(RANGE, "aria-valuetext")
    page.wait_for_timeout(200)
    assert page.evaluate("window.sent") == 0 and asked == []


def test_between_frames_points_are_interpolated_and_the_screen_says_so(visit):
    frames = load_frames(pretrained_path("digits-2d") / "frames.safetensors")
    page = open_compare(visit, "&run_shown=digits-2d")
    page.evaluate(f"""() => {{ const range = document.querySelector('{RANGE}')
        range.value = 20.5; range.dispatchEvent(new Event('input')) }}""")
    page.wait_for_selector(f"{TRAVEL}[data-t='20.500']")
    assert "between steps" in page.inner_text(f"{TRAVEL} .time-travel-note")
    middle = (frames[20].means.float() + frames[21].means.float()) / 2
    assert np.allclose(points(page), middle.numpy().ravel(), atol=1e-3)


@pytest.mark.slow
def test_it_plays_and_pauses_and_a_finger_drags_it(visit):
    page = open_compare(visit, width=390, height=844, has_touch=True, is_mobile=True)
    play = page.locator(f"{TRAVEL} [data-role=play]")
    play.tap()
    page.wait_for_function("Number(document.querySelector('.time-travel').dataset.t) > 1")
    assert play.inner_text() == "Pause"
    play.tap()
    held = page.get_attribute(TRAVEL, "data-t")
    box = page.locator(RANGE).bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] * 0.6, box["y"] + box["height"] / 2)
    page.wait_for_function("held => document.querySelector('.time-travel').dataset.t !== held", arg=held)


def test_one_point_is_decoded_by_all_models_as_torch_does(visit):
    page = open_twins(visit)
    planes = page.locator(".twin [data-role=plane]")
    planes.nth(1).scroll_into_view_if_needed()
    box = planes.nth(1).bounding_box()
    first = page.get_attribute(".twin", "data-z")
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.3)
    page.wait_for_function("first => document.querySelector('.twin').dataset.z !== first", arg=first)
    planes.nth(2).focus()
    page.get_by_role("button", name="all points").click()
    before = page.get_attribute(".twin", "data-z")
    planes.nth(2).focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("before => document.querySelector('.twin').dataset.z !== before", arg=before)
    z = torch.tensor([float(value) for value in page.get_attribute(".twin", "data-z").split(",")])
    pixels = page.evaluate("Array.from(document.querySelectorAll('.twin [data-role=decoded]')[1].pixels)")
    with torch.no_grad():
        decoded = vc.load_pretrained("digits-ae").decode(z).mean.numpy()
    assert np.abs(np.array(pixels) - decoded).max() < 0.02  # z is shown with two decimals


COLOUR_AT = """(plane, [x, y]) => {  // beside the ring: the sums of some pixels of the map
    const [width, height] = [plane.width, plane.height]
    const data = plane.getContext('2d').getImageData(x * width - 30, y * height + 16, 12, 12).data
    return [0, 1, 2].map(part => data.filter((_, i) => i % 4 === part).reduce((sum, value) => sum + value, 0))
}"""


def drawn_pixels(page):
    """The ten draws of each model as they are on screen."""
    return np.array(
        page.evaluate("[...document.querySelectorAll('.twin [data-role=draws]')].map(c => Array.from(c.pixels))")
    )


def test_ten_draws_stand_side_by_side_with_their_classes_and_ten_others_come_without_the_server(visit):
    x, names = vc.binarized_test("digits"), ("digits-2d", "digits-ae")
    labels = vc.load_data("digits").y_test
    vae, plain = (studies.holes(vc.load_pretrained(name), x) for name in names)
    page = open_twins(visit)
    page.wait_for_selector(".st-key-take_away")
    z = [float(value) for value in page.get_attribute(".twin", "data-z").split(",")]
    telling = np.where(plain.in_hole & ~vae.in_hole, plain.distances, 0.0)[:10].argmax()
    assert plain.in_hole[telling] and np.allclose(z, vae.draws[telling], atol=0.006), (
        "it begins where only the autoencoder has a hole"
    )
    page.evaluate(
        """() => { window.sent = 0; const send = WebSocket.prototype.send
        WebSocket.prototype.send = function (data) { window.sent++; return send.call(this, data) } }"""
    )
    for first in (0, 10):
        page.wait_for_selector(f".twin[data-draws='{first},10']")
        with torch.no_grad():
            expected = [
                vc.load_pretrained(name).decode(torch.tensor(vae.draws[first : first + 10])).mean for name in names
            ]
        pixels = drawn_pixels(page)
        assert len(pixels) == 3, "the VAE, the autoencoder and PCA"
        for decoded, model in zip(expected, pixels, strict=False):
            assert np.abs(model.reshape(10, -1) - decoded.numpy()).max() < 1e-5
        for number, holes in enumerate((vae, plain)):
            strip = page.locator(".twin [data-role=draws]").nth(number)
            classes = ["?" if label < 0 else str(label) for label in holes.classes(labels.numpy())[first : first + 10]]
            assert strip.get_attribute("data-classes") == ",".join(classes)
            assert strip.get_attribute("aria-label").endswith(f"Most like {', '.join(classes)}")
        page.get_by_role("button", name="Ten other draws").click()
    assert page.evaluate("window.sent") == 0


@pytest.mark.slow
def test_keys_and_a_press_choose_a_draw_and_the_page_says_where_it_falls(visit):
    plain = studies.holes(vc.load_pretrained("digits-ae"), vc.binarized_test("digits"))
    page = open_twins(visit)
    strip = page.locator(".twin [data-role=draws]").nth(1)
    box = strip.bounding_box()
    page.mouse.click(
        box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.75
    )  # the third in the second of two rows
    page.wait_for_function("document.querySelector('.twin output').innerText.includes('the 8th draw ')")
    strip.focus()
    for number in (8, 9, 0):  # after the tenth comes the first
        page.keyboard.press("ArrowRight")
        page.wait_for_function(f"document.querySelector('.twin output').innerText.includes('the {nth(number)} draw ')")
        text, z = page.inner_text(".twin output"), page.evaluate("document.querySelector('.twin').latent")
        assert ("the autoencoder" in text) == bool(plain.in_hole[number]) and np.allclose(
            z, plain.draws[number], atol=1e-6
        )


def half(page, kind):
    """A draw that stands large: its words, and its picture, that of a test image, and what differs."""
    section = page.locator(f".twin-hole [data-kind={kind}]")
    pictures = section.evaluate(
        "half => [...half.querySelectorAll('canvas')].map((canvas) => Array.from(canvas.pixels))"
    )
    return section.inner_text(), np.array(pictures)


def press_draw(page, model, number):
    box = page.locator(".twin [data-role=draws]").nth(model).bounding_box()
    x, y = (number % 5 + 0.5) / 5, (number // 5 + 0.5) / 2
    page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])
    page.wait_for_function(f"document.querySelector('.twin output').innerText.includes('the {nth(number)} draw ')")


def test_other_models_have_the_sentence_about_holes_once(visit):
    page = open_twins(visit)
    page.locator(".st-key-twin_kind button", has_text="any two").click()
    page.wait_for_function("document.querySelectorAll('.twin [data-role=plane]').length === 2")
    assert page.locator(".twin-sentence").count() == 1


def test_a_draw_in_a_hole_and_one_in_none_stand_large_beside_the_most_similar_picture(visit):
    vae = vc.load_pretrained("digits-ae")
    plain = studies.holes(vae, vc.binarized_test("digits"))
    page = open_twins(visit)
    page.wait_for_selector(".twin-hole canvas")

    def stands_large(kind, number):
        with torch.no_grad():
            codes = torch.from_numpy(np.stack([plain.draws[number], plain.nearest[number]]))
            drawn, nearest = vae.decode(codes).mean.numpy()
        words, pictures = half(page, kind)
        assert np.abs(pictures - [drawn, nearest, 2 * np.abs(drawn - nearest)]).max() < 1e-5
        assert f"Difference {plain.distances[number]:.2f}: " in words and f"limit {plain.limit:.2f}, so" in words
        return words

    first = np.where(
        plain.in_hole & ~studies.holes(vc.load_pretrained("digits-2d"), vc.binarized_test("digits")).in_hole,
        plain.distances,
        0.0,
    )[:10].argmax()
    far, near = stands_large("far", first), stands_large("near", plain.distances.argmin())
    assert far.startswith(f"The {nth(first)} draw of the autoencoder: in a hole") and "no test image has" in far
    assert near.startswith("The best of 100 draws of the autoencoder: in no hole") and "so a test image has" in near
    holes, others = np.flatnonzero(plain.in_hole[:10]), np.flatnonzero(~plain.in_hole[:10])
    press_draw(page, 1, holes[-1])
    words = stands_large("far", holes[-1])
    assert words.startswith(f"The {nth(holes[-1])} draw of the autoencoder: in a hole")
    assert (
        plain.distances[holes[-1]] < 2 * plain.limit and " times the limit" in words and "a picture so close" in words
    )
    page.wait_for_function(f"new URLSearchParams(location.search).get('twin') === '0,{holes[-1]},1'")
    again = visit(page.url[page.url.index("/compare") :])
    again.wait_for_function("document.querySelector('.twin-hole')?.innerText.includes('of the autoencoder: in a hole')")
    assert half(again, "far")[0] == words, "the link has the draw"
    press_draw(page, 1, others[0])
    assert stands_large("near", others[0]).startswith(f"The {nth(others[0])} draw of the autoencoder: in no hole")
    press_draw(page, 0, 3)
    assert "of the VAE" in half(page, "near")[0], "each model's draws can stand large"


def test_the_page_says_of_each_place_whether_it_is_in_a_hole(visit):
    names = ("digits-2d", "digits-ae")
    models = [vc.load_pretrained(name) for name in names]
    holes = [studies.holes(vae, vc.binarized_test("digits")) for vae in models]
    page, results = open_twins(visit), []
    plane, before = page.locator(".twin [data-role=plane]").nth(1), page.get_attribute(".twin", "data-z")
    plane.evaluate("plane => plane.scrollIntoView({ block: 'center', behavior: 'instant' })")
    box = plane.bounding_box()
    for x, y in [(0.3, 0.3), (0.55, 0.75), (0.85, 0.2), (0.35, 0.5), (0.4, 0.2)]:
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
        page.wait_for_function("before => document.querySelector('.twin').dataset.z !== before", arg=before)
        before = page.get_attribute(".twin", "data-z")
        assert "this place is in" in page.inner_text(".twin output")
        z = torch.tensor([page.evaluate("[...document.querySelector('.twin').latent]")])
        with torch.no_grad():
            distances = [
                float(torch.cdist(vae.decode(z).mean, vae.decode(torch.from_numpy(measured.codes)).mean).min())
                / measured.limit
                for vae, measured in zip(models, holes, strict=True)
            ]
        assert all(abs(distance - 1.0) > 0.05 for distance in distances), "no place is at a border"
        expected = [distance > 1.0 for distance in distances]
        captions = page.locator(".twin-picture figcaption").all_inner_texts()
        assert captions[:2] == [f"in {'a' if is_hole else 'no'} hole" for is_hole in expected]
        results.append(expected[1])
        colour = plane.evaluate(COLOUR_AT, [x, y])
        assert (colour[0] > 1.1 * colour[2]) == expected[1], "orange where a hole is"
    assert len(set(results)) == 2, "both were met"


@pytest.mark.slow
def test_on_a_phone_one_map_and_the_pictures_of_all_models_are_on_one_screen(visit):
    page = open_twins(visit, width=390, height=844, has_touch=True, is_mobile=True)
    planes, pictures = page.locator(".twin [data-role=plane]"), page.locator(".twin [data-role=decoded]")
    assert [planes.nth(number).is_visible() for number in range(3)] == [False, True, False], "the one with holes"
    page.locator(".twin-switch").get_by_role("button", name="PCA").tap()
    assert [planes.nth(number).is_visible() for number in range(3)] == [False, False, True]
    page.locator(".twin-switch").get_by_role("button", name="autoencoder").tap()
    assert [planes.nth(number).is_visible() for number in range(3)] == [False, True, False]
    boxes = [planes.nth(1).bounding_box(), *(pictures.nth(number).bounding_box() for number in range(3))]
    assert max(box["y"] + box["height"] for box in boxes) - min(box["y"] for box in boxes) < 844
    assert len({round(box["y"]) for box in boxes[1:]}) == 1, "the three pictures stand side by side"
    planes.nth(1).scroll_into_view_if_needed()
    box, before = planes.nth(1).bounding_box(), page.get_attribute(".twin", "data-z")
    page.touchscreen.tap(box["x"] + box["width"] * 0.7, box["y"] + box["height"] * 0.3)
    page.wait_for_function("before => document.querySelector('.twin').dataset.z !== before", arg=before)


def test_on_a_phone_the_draws_of_all_models_come_before_the_map_and_the_page_is_short(visit):
    page = open_twins(visit, width=390, height=844, has_touch=True, is_mobile=True)
    strips = page.locator(".twin [data-role=draws]")
    assert [strips.nth(number).is_visible() for number in range(3)] == [True, True, True]
    tops = [strips.nth(number).bounding_box()["y"] for number in range(3)]
    assert max(tops) < page.locator(".twin [data-role=plane] >> visible=true").bounding_box()["y"]
    rest(page)
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight") < 2650
    page.locator(".twin-switch").get_by_role("button", name="PCA").tap()
    strips.nth(2).scroll_into_view_if_needed()
    box = strips.nth(2).bounding_box()
    assert box["width"] / 10 > 30, "a finger hits a draw"
    page.touchscreen.tap(box["x"] + box["width"] * 0.35, box["y"] + box["height"] / 2)  # ten in a row
    page.wait_for_function("document.querySelector('.twin output').innerText.includes('the 4th draw ')")
    assert "of PCA" in page.inner_text(".twin-hole")


@pytest.mark.slow
def test_a_paused_run_of_ones_own_with_one_latent_dimension(visit):
    page = visit("/train?train_data=digits")
    page.wait_for_selector(".st-key-train_start button:not([disabled])")
    page.fill(".st-key-train_latent_dim input", "1")
    page.keyboard.press("Enter")
    rest(page)  # the form has to reach the server before Start
    press(page, "train_start")
    page.wait_for_selector(".st-key-train_plane .plane-axes")
    wait_for_status(page, "training")
    page.wait_for_function("/step ([2-9]\\d|\\d{3})/.test(document.querySelector('.st-key-train_status').innerText)")
    press(page, "train_pause")
    wait_for_status(page, "paused")
    page.click("a[href$='/compare']")
    page.get_by_role("radio", name="time travel").click()
    page.wait_for_selector(f"{TRAVEL}[data-t]")
    page.click(".st-key-run_shown [data-baseweb=select], .st-key-run_shown input")
    page.get_by_role("option", name="my digits run").click()
    page.wait_for_function("document.querySelector('.time-travel strong')?.innerText.startsWith('my digits run')")
    last = int(page.get_attribute(TRAVEL, "data-steps"))
    assert last >= 10 and "line z₁" in page.inner_text(f"{TRAVEL} [data-role=pictures] + p")
    page.focus(RANGE)
    before = points(page)
    page.keyboard.press("Home")
    page.wait_for_selector(f"{TRAVEL}[data-steps='0']")
    after = points(page)
    assert not np.allclose(after[::2], before[::2]), "encoded means move"
    assert np.array_equal(after[1::2], before[1::2]), "the class's axis stays"


@pytest.mark.slow
def test_a_branch_moves_by_itself_while_it_trains(visit):
    page = open_compare(visit, "&run_shown=digits-2d")
    page.get_by_text("Branch: train on").click()
    page.fill(".st-key-branch_epochs input", "600")
    page.keyboard.press("Enter")
    rest(page)  # the number has to reach the server before Branch
    press(page, "branch_start")
    page.wait_for_selector(f"{TRAVEL} .time-travel-panes[data-tracks='2']")
    page.wait_for_function(
        "document.querySelector('.time-travel strong:nth-of-type(1)') && Number(document.querySelector('.time-travel').dataset.steps.split(',')[1]) > 0"
    )
    first = int(page.get_attribute(TRAVEL, "data-steps").split(",")[1])
    page.wait_for_function(f"Number(document.querySelector('{TRAVEL}').dataset.steps.split(',')[1]) > {first}")


def test_the_ring_of_a_test_image_is_on_the_maps_only_while_that_image_is_looked_at(visit):
    page = open_twins(visit)
    picture = "document.querySelector('.twin [data-role=plane]').toDataURL()"
    page.locator(".twin [data-role=plane]").first.scroll_into_view_if_needed()
    rest(page)
    before = page.evaluate(picture)
    summary = page.locator(".st-key-twin_same_image summary")
    summary.click()
    page.wait_for_function(f"before => {picture} !== before", arg=before)
    summary.click()
    page.wait_for_function(f"before => {picture} === before", arg=before)
