"""The Repair page in a real headless Chromium: the brush by mouse, finger and keys; p(z|y) follows; the chain plays."""

import pytest
from browsing import rest

from aevb_lab.theme import palette

BRUSH = "canvas[data-role=brush]"
MAP = ".repair-map"
STATE = "canvas[data-role=state]"
pytestmark = pytest.mark.browser


def open_repair(visit, query="", **options):
    page = visit(f"/repair?model=digits-2d&repair_player=true{query}", **options)
    page.wait_for_selector(f"{MAP}[data-id]", state="attached")
    page.wait_for_selector(".st-key-repair_plane canvas[data-role=posterior]", state="attached")
    page.wait_for_selector(f"{STATE}[data-step]")
    return page


def hidden(page):
    return int(page.get_attribute(BRUSH, "data-hidden"))


def answer(page):
    """Which p(z|y) is on the plane, how much of the plane it inks, and what the answers' pictures are."""
    return page.evaluate(
        """() => { const canvas = document.querySelector('canvas[data-role=posterior]')
        const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data
        let ink = 0
        for (let i = 0; i < pixels.length; i += 4) ink += pixels[i + 3] > 250
        const images = [...document.querySelectorAll('.st-key-repair_answers img')].map((image) => image.src)
        return { id: document.querySelector('.repair-map').dataset.id, ink, images } }"""
    )


def wait_for_another(page, before):
    page.wait_for_function(f"before => document.querySelector('{MAP}').dataset.id !== before", arg=before["id"])
    page.wait_for_function(
        """before => { const images = [...document.querySelectorAll('.st-key-repair_answers img')].map((image) => image.src)
        return images.length > 0 && images.join() !== before.join() }""",
        arg=before["images"],
    )


def wait_for_hidden(page, count):
    page.wait_for_selector(f"{BRUSH}[data-hidden='{count}']")


def test_on_a_phone_what_fits_stands_beside_the_image_and_changes_in_sight(visit):
    page = visit("/repair?model=digits-2d", width=390, height=844, has_touch=True, is_mobile=True)
    page.wait_for_selector(f"{MAP}[data-id]", state="attached")
    page.wait_for_selector(".st-key-repair_answers img")
    before = answer(page)
    page.get_by_role("button", name="right half").click()
    wait_for_another(page, before)
    image, words, picture = (
        page.locator(part).first.bounding_box()
        for part in (BRUSH, ".st-key-repair_side [data-testid=stMarkdown]", ".st-key-repair_answers img")
    )
    assert image["x"] + image["width"] <= words["x"] and abs(image["y"] - words["y"]) < 40
    assert 0 < picture["y"] and picture["y"] + picture["height"] < 844 and picture["x"] + picture["width"] <= 390


def test_the_orange_of_a_chain_is_on_the_map_only_while_it_is_unfolded(visit):
    page = open_repair(visit)
    chain = page.locator(".st-key-repair_plane canvas[data-role=chain]")
    chain.wait_for(state="attached")
    page.get_by_text("Watch a chain").click()
    chain.wait_for(state="detached")
    page.get_by_text("Watch a chain").click()
    chain.wait_for(state="attached")
    page.wait_for_url(lambda url: "repair_player=true" in url)


def test_the_mouse_covers_and_reveals_and_the_posterior_follows(visit):
    page = open_repair(visit)
    assert hidden(page) == 32, "the lower half"
    first = answer(page)
    assert first["ink"] > 0
    box = page.locator(BRUSH).bounding_box()
    cell = box["width"] / 8
    page.locator(".repair-brush input").fill("1")
    page.mouse.move(box["x"] + 0.5 * cell, box["y"] + 1.5 * cell)
    page.mouse.down()
    page.mouse.move(box["x"] + 7.5 * cell, box["y"] + 1.5 * cell, steps=5)
    wait_for_hidden(page, 40)
    page.mouse.up()
    wait_for_another(page, first)
    second = answer(page)
    assert second["ink"] > first["ink"], "less is seen, so p(z|y) is wider"
    page.wait_for_function("location.search.includes('hidden=')")
    page.get_by_role("button", name="Undo").click()
    wait_for_hidden(page, 32)
    page.wait_for_function(  # pictures come one by one
        "first => [...document.querySelectorAll('.st-key-repair_answers img')].map((image) => image.src).join() === first.join()",
        arg=first["images"],
    )
    page.get_by_role("button", name="Eraser").click()
    page.mouse.click(box["x"] + 2.5 * cell, box["y"] + 6.5 * cell)
    wait_for_hidden(page, 31)
    page.get_by_role("button", name="Clear").click()
    page.get_by_text("Nothing is hidden").wait_for()
    page.get_by_role("button", name="centre").click()
    wait_for_hidden(page, 16)


@pytest.mark.slow
def test_a_finger_covers_and_nothing_is_cut_off(visit):
    page = open_repair(visit, width=390, height=844, has_touch=True, is_mobile=True)
    before = answer(page)
    page.locator(BRUSH).scroll_into_view_if_needed()
    box = page.locator(BRUSH).bounding_box()
    page.touchscreen.tap(box["x"] + 0.45 * box["width"], box["y"] + 0.2 * box["height"])
    page.wait_for_function(f"Number(document.querySelector('{BRUSH}').dataset.hidden) > 32")
    wait_for_another(page, before)
    for width in (390, 820, 1440):
        page.set_viewport_size({"width": width, "height": 844})
        page.wait_for_function(
            "width => { const plot = document.querySelector('.st-key-repair_plane .plane-axes');"
            " return plot?.axes && plot.getBoundingClientRect().right <= width }",
            arg=width,
        )
        beyond = page.evaluate(
            """() => [...document.querySelectorAll('.repair-brush *, .repair-chain *, .st-key-repair_answers img')]
            .filter((element) => element.getBoundingClientRect().right > innerWidth + 1 || element.scrollWidth > element.clientWidth + 1)
            .map((element) => element.outerHTML.slice(0, 80))"""
        )
        assert beyond == [], width


def test_keys_cover_and_take_back(visit):
    page = open_repair(visit)
    before = answer(page)
    page.focus(BRUSH)
    for key in ["ArrowUp", "ArrowUp", "ArrowUp", "Space", "ArrowLeft", "Space"]:
        page.keyboard.press(key)
    page.wait_for_function(f"Number(document.querySelector('{BRUSH}').dataset.hidden) > 32")
    wait_for_another(page, before)
    page.keyboard.press("Backspace")
    wait_for_hidden(page, 32)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.dataset.tool") == "cover"


def test_the_chain_plays_pauses_and_steps_with_its_path_on_the_plane(visit):
    page = open_repair(visit)

    def ink():
        return page.evaluate(
            """() => { const canvas = document.querySelector('.st-key-repair_plane canvas[data-role=chain]')
            return canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.filter((v) => v).length }"""
        )

    at_start = ink()
    assert at_start > 0
    page.get_by_role("button", name="Play").click()
    page.wait_for_function(f"Number(document.querySelector('{STATE}').dataset.step) > 4")
    page.get_by_role("button", name="Pause").click()
    step = int(page.get_attribute(STATE, "data-step"))
    page.get_by_role("button", name="Step", exact=True).click()
    page.wait_for_selector(f"{STATE}[data-step='{step + 1}']")
    assert ink() > at_start
    page.locator(".repair-chain input").focus()
    page.keyboard.press("Home")
    page.wait_for_selector(f"{STATE}[data-step='0']")
    assert "step 0 of 200" in page.inner_text(".repair-chain output") and ink() == at_start


@pytest.mark.slow
def test_the_map_says_where_half_of_the_posterior_is_and_the_letters_come_back(visit):
    page = visit("/repair?model=mnist-2d&repair_player=true")
    page.wait_for_selector(".st-key-repair_plane canvas[data-role=posterior]", state="attached")
    page.wait_for_function("document.querySelectorAll('.plane-name').length === 10")
    page.wait_for_function("document.querySelectorAll('.st-key-repair_answers img').length === 3")
    drawn = "() => document.querySelector('canvas[data-role=posterior]').toDataURL()"
    inks = page.evaluate(
        """([latent, surface]) => { const canvas = document.querySelector('canvas[data-role=posterior]')
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
        const bytes = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16))
        const [violet, ground] = [bytes(latent), bytes(surface)]
        const pixels = Array.from({ length: data.length / 4 }, (_, i) => data.subarray(4 * i, 4 * i + 4))
        return [0.3, 0.6, 1].map((part) => pixels.filter((pixel) => pixel[3] === 255 &&
          violet.every((value, k) => Math.abs(part * value + (1 - part) * ground[k] - pixel[k]) < 9)).length) }""",
        [palette(False).latent, palette(False).surface],
    )
    assert min(inks) > 9, "the half, 90 and 99 % are three colours"
    first, before = page.evaluate(drawn), answer(page)
    page.get_by_role("button", name="right half").click()
    wait_for_another(page, before)
    page.get_by_role("button", name="Undo").click()
    page.wait_for_function("id => document.querySelector('.repair-map').dataset.id === id", arg=before["id"])
    assert page.evaluate(drawn) == first, "the same image has its letters at the same places"
    play = page.get_by_role("button", name="Play").bounding_box()
    assert play["y"] - page.locator(".st-key-repair_plane").bounding_box()["y"] < 750, "the path is in view"


@pytest.mark.slow
def test_names_of_classes_stay_while_the_letters_move(visit):
    """A name moves only where an answer's place lies under it, and no other name moves for it."""
    page = visit("/repair?model=mnist-2d")
    page.wait_for_selector(".st-key-repair_plane canvas[data-role=posterior]", state="attached")
    page.wait_for_function("document.querySelectorAll('.plane-name').length === 10")
    page.wait_for_selector(".st-key-repair_answers img")
    places = "() => [...document.querySelectorAll('.plane-name')].map((name) => name.style.transform)"
    looks = [(page.evaluate(places), len(answer(page)["images"]))]
    for block in ("right half", "centre", "random 80 %", "random 50 %"):
        before = answer(page)
        page.get_by_role("button", name=block).click()
        wait_for_another(page, before)
        looks.append((page.evaluate(places), len(answer(page)["images"])))
    homes = [max(set(column), key=column.count) for column in zip(*(names for names, _ in looks), strict=True)]
    for names, answers in looks:
        assert sum(name != home for name, home in zip(names, homes, strict=True)) <= answers


def test_no_letter_covers_the_name_of_a_class(visit):
    """Answer A of test image 5 lies under the name 4, which moves: the letter goes to another place than the name."""
    page = visit("/repair?model=mnist-2d&repair_image=5")
    page.wait_for_selector(".st-key-repair_plane canvas[data-role=posterior]", state="attached")
    page.wait_for_function("document.querySelectorAll('.plane-name').length === 10")
    page.wait_for_function("document.querySelectorAll('.st-key-repair_answers img').length === 2")
    page.evaluate(
        """() => { window.letters = []
        const { fillText } = CanvasRenderingContext2D.prototype
        CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
          if (this.canvas.dataset.role === 'posterior') window.letters.push([text, x, y])
          fillText.call(this, text, x, y) }
        const canvas = document.querySelector('canvas[data-role=posterior]')
        window.before = canvas.toDataURL()
        canvas.overlay.redraw()
        window.after = canvas.toDataURL() }"""
    )
    assert page.evaluate("window.before === window.after"), "they gave way to names that came after them too"
    gaps = page.evaluate(
        """() => { const { left, top } = document.querySelector('canvas[data-role=posterior]').getBoundingClientRect()
        return window.letters.flatMap(([, x, y]) => [...document.querySelectorAll('.plane-name')].map((name) => {
          const box = name.getBoundingClientRect()
          return Math.max(Math.abs(left + x - box.x - box.width / 2) - box.width / 2, Math.abs(top + y - box.y - box.height / 2) - box.height / 2) })) }"""
    )
    assert len(gaps) == 20 and min(gaps) >= 11, "the letters' circles have a radius of 11"


def test_a_small_place_on_the_map_has_a_ring(visit):
    """With the lower half hidden, the places of B and C are smaller than the ring, and A's is wider."""
    page = visit("/repair?model=mnist-2d")
    page.wait_for_selector(f"{MAP}[data-id][data-rings='2']", state="attached")


def test_done_closes_the_drawing_pad(visit):
    page = visit("/repair?model=digits-2d&repair_source=draw")
    page.get_by_role("button", name="Open the drawing pad").click()
    pad = page.locator("canvas[data-role=pad]")
    pad.wait_for()
    rest(page)  # opening it runs the page
    page.get_by_role("button", name="Done").click()
    pad.wait_for(state="hidden")
