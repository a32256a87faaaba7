"""Letters can be read in both themes: a contrast of at least 4.5 to their ground (WCAG 2.2, AA). The pages themselves are tested in
`test_browser_access.py`; a browser's checker does not see what is drawn on a canvas or in a chart, so the colours are tested here."""

import re
import tomllib
from dataclasses import asdict
from pathlib import Path

import pytest
from wcag import LEAST_CONTRAST, contrast, ink_on

from aevb_lab import theme
from aevb_lab.figures.style import layout
from aevb_lab.theme import CLASS_COLORS, CSS, Palette, palette

APP = Path(theme.__file__).parent
CONFIG = tomllib.loads((APP / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]
LETTERS = [name for name in asdict(theme.LIGHT) if name not in ("grid", "surface")]
THEMES = pytest.mark.parametrize(("dark", "name"), [(False, "light"), (True, "dark")])


def test_contrast_is_that_of_wcag():
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)  # the well-known grey that just fails
    assert contrast("#ffffff", "#767676") == pytest.approx(4.54, abs=0.005)
    assert contrast("#0000ff", "#ffffff") == pytest.approx(8.59, abs=0.005)


@THEMES
def test_letters_in_each_colour_of_the_model_can_be_read_on_both_grounds(dark, name):
    colours = palette(dark)
    assert colours.surface == CONFIG[name]["backgroundColor"], "charts have the page's ground"
    for ground in (colours.surface, CONFIG[name]["secondaryBackgroundColor"]):
        faint = {part: contrast(getattr(colours, part), ground) for part in LETTERS}
        assert {part: value for part, value in faint.items() if value < LEAST_CONTRAST} == {}, ground


@THEMES
def test_the_page_s_own_letters_can_be_read(dark, name):
    look, colours = CONFIG[name], palette(dark)
    assert (look["textColor"], look["primaryColor"]) == (colours.text, colours.latent)
    button = colours.surface if dark else "#ffffff"
    assert contrast(button, look["primaryColor"]) >= LEAST_CONTRAST
    assert f"light-dark(#ffffff, {theme.DARK.surface})" in CSS, "the letters of a primary button"
    assert f"light-dark({theme.LIGHT.muted}, {theme.DARK.muted})" in CSS, "captions"


@THEMES
def test_the_ring_of_the_focus_can_be_seen(dark, name):
    ring = re.search(r"focus-visible \{\s*outline: 3px solid light-dark\((#\w+), (#\w+)\)", CSS).group(2 if dark else 1)
    for ground in ("backgroundColor", "secondaryBackgroundColor"):
        assert contrast(ring, CONFIG[name][ground]) >= 3.0  # less is asked of what is no letter


def test_names_can_be_read_on_the_colours_of_their_classes():
    assert min(contrast(ink_on(colour), colour) for colour in CLASS_COLORS) >= LEAST_CONTRAST
    assert ink_on("#000000") == "#ffffff" and ink_on("#ffffff") == "#14141d"


@THEMES
def test_a_chart_s_letters_can_be_read(dark, name):
    look = layout(palette(dark), height=300, revision="any")
    for font in (look["font"], look["hoverlabel"]["font"]):
        assert contrast(font["color"], look["paper_bgcolor"]) >= LEAST_CONTRAST


def test_a_faint_colour_would_be_found():
    faint = Palette(**asdict(theme.LIGHT) | {"encoder": "#c2620a"})  # what it was: 4.16
    assert contrast(faint.encoder, faint.surface) < LEAST_CONTRAST
