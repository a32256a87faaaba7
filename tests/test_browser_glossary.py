"""The glossary in a browser: a press on an underlined word opens its bubble, and every symbol is set without an error."""

import pytest
from browsing import CANVAS, ON_SCREEN, Server, open_map

from aevb_lab.glossary import WORDS

pytestmark = pytest.mark.browser
SYMBOLS = "import streamlit as st\nfrom aevb_lab.glossary import WORDS\n" + (
    "st.markdown('\\n\\n'.join(f'$${word.symbols}$$' for word in WORDS.values()))"
)
PRESS_IN = """([part, word]) => {
  const ranges = [...(CSS.highlights.get("glossary") ?? [])].filter((range) => range.startContainer.parentElement.closest(part))
  const range = ranges.find((range) => String(range) === word)
  range?.startContainer.parentElement.scrollIntoView({ block: "center", behavior: "instant" })
  const { x, y, width, height } = range?.getBoundingClientRect() ?? {}
  const [clientX, clientY] = [x + width / 2, y + height / 2]
  if (!range) return false
  document.elementFromPoint(clientX, clientY).dispatchEvent(new MouseEvent("click", { clientX, clientY, detail: 1, bubbles: true }))
  return true
}"""  # in one go: a page that still loads moves its words; a click with detail 0 is for the dialog no press of a pointer


def test_a_press_on_a_word_opens_its_bubble_and_all_words_their_panel(visit):
    page = visit("/bound?model=digits-2d&bound_chapter=a+real+image")
    page.wait_for_selector(".st-key-bound_gap .main-svg")
    page.wait_for_function(PRESS_IN, arg=["body", "nats"])
    bubble, panel = page.locator(".word-tip"), page.get_by_role("dialog")
    for text in (WORDS["nats"].meaning, WORDS["nats"].example):
        bubble.get_by_text(text).wait_for()
    assert bubble.locator("math").text_content().replace("\xa0", " ") == "1 nat=log2e≈1.44 bits"
    assert "word=" not in page.url and not panel.count(), "the page stays in sight"
    page.mouse.move(5, 5)
    page.mouse.move(8, 8)
    assert bubble.is_visible(), "it stays when the mouse goes to its button"
    page.keyboard.press("Escape")
    bubble.wait_for(state="hidden")
    page.wait_for_function(PRESS_IN, arg=["body", "nats"])
    bubble.get_by_role("button", name="All words").click()
    panel.get_by_text(WORDS["nats"].meaning).first.wait_for()
    assert "word=nats" in page.url and bubble.is_hidden()
    page.keyboard.press("Escape")
    page.wait_for_function("() => !location.search.includes('word=')")


PLACE = """word => {
  const range = [...(CSS.highlights.get("glossary") ?? [])].find((range) => String(range) === word)
  const { x, y, width, height } = range?.getBoundingClientRect() ?? {}
  return range ? [x + width / 2, y + height / 2] : null
}"""


def test_the_meaning_stands_below_a_mouse_that_rests_on_a_word(visit):
    page = visit("/compare")
    page.wait_for_selector(".twin canvas")
    page.wait_for_function(PLACE, arg="autoencoder")
    page.mouse.move(*page.evaluate(PLACE, "autoencoder"))
    tip = page.locator(".word-tip")
    tip.get_by_text(WORDS["autoencoder"].meaning).wait_for()
    page.keyboard.press("Escape")
    tip.wait_for(state="hidden")


def test_a_finger_opens_the_bubble_and_from_there_all_words(browser, server):
    page = browser.new_page(viewport={"width": 390, "height": 844}, has_touch=True)
    page.goto(f"{server.url}/compare")
    page.wait_for_selector(".twin canvas")
    page.wait_for_function(PLACE, arg="autoencoder")
    page.touchscreen.tap(*page.evaluate(PLACE, "autoencoder"))
    tip, dialog = page.locator(".word-tip"), page.get_by_role("dialog")
    tip.get_by_text(WORDS["autoencoder"].meaning).wait_for()
    assert not dialog.count(), "the panel would cover the page"
    tip.get_by_role("button", name="All words").tap()
    dialog.get_by_text(WORDS["autoencoder"].meaning).first.wait_for()
    assert tip.is_hidden()
    page.close()


@pytest.mark.parametrize("theme", ["dark", pytest.param("light", marks=pytest.mark.slow)])
def test_a_label_of_the_panel_has_the_colour_of_its_text(browser, server, theme):
    page = browser.new_page(color_scheme=theme)
    page.goto(f"{server.url}/bound?word=posterior")
    label, app = "[role=dialog] [data-testid=stWidgetLabel] p", "[data-testid=stApp]"
    page.wait_for_selector(label)
    page.wait_for_function(
        "([label, app]) => getComputedStyle(document.querySelector(label)).color === getComputedStyle(document.querySelector(app)).color",
        arg=[label, app],
    )
    page.close()


@pytest.mark.parametrize(
    ("query", "part", "words"),
    [
        ("", ".bound-words", {"ELBO", "gap", "log p(x)", "nats", "KL", "q", "true posterior"}),
        ("&bound_chapter=a+real+image", ".ellipse-bench thead", {"nats", "ELBO", "gap"}),
    ],
)
def test_the_words_of_a_drawing_are_underlined_beside_it(visit, query, part, words):
    page = visit(f"/bound?model=digits-2d{query}")
    page.wait_for_selector(part)
    page.wait_for_function(
        """([part, words]) => { const ranges = [...(CSS.highlights.get('glossary') ?? [])]
        const marked = ranges.filter((range) => range.startContainer.parentElement.closest(part)).map(String)
        return words.every((word) => marked.includes(word)) }""",
        arg=[part, sorted(words)],
    )
    page.wait_for_function(PRESS_IN, arg=[part, "gap"])
    page.locator(".word-tip").get_by_text(WORDS["gap"].meaning).wait_for()


@pytest.mark.slow
def test_every_symbol_is_set_without_an_error(browser, visit, tmp_path):
    script = tmp_path / "symbols.py"
    script.write_text(SYMBOLS)
    server = Server(str(script))
    try:
        page = browser.new_page()
        page.goto(server.url)
        page.wait_for_function(f"() => document.querySelectorAll('.katex').length === {len(WORDS)}")
        assert page.locator(".katex-error").count() == 0
        page.close()
    finally:
        server.process.terminate()
        server.process.wait(20)


@pytest.mark.slow
def test_a_moving_pointer_makes_nobody_look_for_words(visit):
    """To look at all texts of a page takes longer than a frame."""
    page = open_map(visit, "?model=digits-2d&z=0,0&closer=posterior")
    page.wait_for_function("CSS.highlights.get('glossary')?.size > 0")
    page.wait_for_timeout(1500)  # whatever still came has been looked at
    page.evaluate(
        """() => { window.looks = 0; const find = document.querySelectorAll.bind(document)
        document.querySelectorAll = (selector) => { if (selector.includes('stMetric')) window.looks++; return find(selector) } }"""
    )
    before = page.evaluate(f"document.querySelector('{CANVAS}').dataset.z")
    for step in range(25):
        page.mouse.move(*page.evaluate(ON_SCREEN, ["latent_plane", [-2.0 + 0.15 * step, 1.0]]))
        page.wait_for_timeout(20)
    assert page.evaluate(f"document.querySelector('{CANVAS}').dataset.z") != before
    assert page.evaluate("window.looks") == 0
