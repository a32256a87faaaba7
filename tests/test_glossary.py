"""The words on screen: every symbol and field term has an entry in the glossary, and no entry leads nowhere."""

import re
from pathlib import Path

import pytest
from screen_texts import WORDS_OF_MATHS, texts_of, words_of
from streamlit.testing.v1 import AppTest

from aevb_lab.glossary import WORDS, words_in

MAIN = str(Path(__file__).resolve().parent.parent / "app" / "main.py")
TERMS = (
    "latent, posterior, prior, nats, ELBO, KL, q(z|x), p(x|z), p(z|x), p(z), q(z), binarisation, ESS, PSNR, total variation, "
    "score function, App. D, reconstruction, decoder, encoder, likelihood, eps, importance sampling, AIS, HMC, quadrature, "
    "active units, beta, learning rate, epoch, batch, seed, wake-sleep, Monte Carlo EM, full VB, PCA, autoencoder, manifold, "
    "mosaic, percentile, μ, σ, ε, θ, φ, z, x, y, log p(x), E[x|y], Gaussian, Bernoulli, VAE, variance, gradient, AEVB"
).split(", ")
SYMBOL = re.compile(r"\b[A-Z]{2,}\b|[α-ωΦΘΣ]|\b(?:log )?[pq]\([^)]*\)|E\[[^]]*\]")
NOT_OF_THE_FIELD = set("PNG SVG GIF JPEG CSV MB MNIST CC BY SA CDF II IV SHA OK XX".split())
STATES = [
    ("latent_map", {"closer": "posterior"}),
    ("reconstruct", {}),
    ("paths", {}),
    ("paths", {"paths_view": "each dimension"}),
    ("paths", {"paths_view": "q(z) beside the prior"}),
    ("train", {}),
    ("bound", {"model": "mnist-20d"}),
    ("likelihood", {}),
    ("gradients", {"stage": "KL"}),
    ("repair", {"repair_kind": "low resolution"}),
]
pytestmark = pytest.mark.filterwarnings("default")  # Streamlit's own, outside a server


def open_page(view, link):
    page = AppTest.from_file(MAIN, default_timeout=120)
    for key, value in ({"model": "digits-2d"} | link).items():
        page.query_params[key] = value
    page.run()
    if view != "latent_map":
        page.switch_page(f"views/{view}.py").run()
    assert not page.exception, page.exception
    return page


@pytest.mark.parametrize("term", TERMS)
def test_a_term_has_an_entry_wherever_it_stands(term):
    for text in (f"{term}, and more", f"the **{term}** here", f"({term})", f"{term}: 2"):
        assert term in [form for form, _ in words_in(text)], text


def test_a_letter_inside_a_word_or_a_function_is_no_word():
    assert [form for form, _ in words_in("exact, 4x, f(z), essence, Zebra, x_1")] == []


def test_an_entry_is_one_short_sentence():
    for key, word in WORDS.items():
        assert len(words_of(word.meaning)) <= 25 and word.meaning.endswith("."), key
        assert "$" not in word.symbols and word.symbols, key


@pytest.mark.parametrize(("view", "link"), STATES)
def test_every_symbol_on_screen_has_an_entry(view, link):
    missing = set()
    for text in texts_of(open_page(view, link)):
        text = re.sub(r"`[^`]*`|https?:\S+|:material/\w+:", "", WORDS_OF_MATHS.sub("", text)).replace("\\", "")
        covered = [form for form, _ in words_in(text)]
        missing |= {symbol for symbol in SYMBOL.findall(text) if not any(symbol in form for form in covered)}
    assert missing - NOT_OF_THE_FIELD == set()


TARGETS = sorted({(word.page, *item) for word in WORDS.values() for item in word.link.items()})


@pytest.mark.parametrize(("view", "key", "value"), TARGETS)
def test_an_entry_leads_to_a_page_that_uses_its_link(view, key, value):
    page = AppTest.from_file(MAIN, default_timeout=120)
    page.query_params["model"] = value if key == "model" else "mnist-20d" if key == "path_shape" else "digits-2d"
    page.query_params[key] = value
    page.run()
    if view != "latent_map":
        page.switch_page(f"views/{view}.py").run()
    assert not page.exception, page.exception
    assert page.query_params.get(key) in (value, [value]), "a value that a page cannot use is taken out of the link"


def test_the_panel_opens_at_the_links_word_and_lists_all():
    page = open_page("latent_map", {"word": "q(z|x)"})
    (menu,) = [box for box in page.selectbox if box.key.startswith("word_from_")]
    assert menu.value == "q(z|x)" and len(menu.options) == len(WORDS)
    words = [text.value for text in page.get("markdown")]
    assert any(WORDS["q(z|x)"].symbols in text for text in words)
    assert any(all(word.meaning in text for word in WORDS.values()) for text in words)
    menu.select("elbo").run()
    assert any(WORDS["elbo"].symbols in text.value for text in page.get("markdown"))


def test_a_link_to_no_word_opens_the_panel_all_the_same():
    page = open_page("latent_map", {"word": "<b>nonsense"})
    assert [box.value for box in page.selectbox if box.key.startswith("word_from_")] == ["x"]


def test_the_button_opens_the_panel():
    page = open_page("latent_map", {})
    page.button(key="words").click().run()
    assert not page.exception and page.query_params["word"] in ("elbo", ["elbo"])
    assert [box.key for box in page.selectbox if box.key.startswith("word_from_")] == ["word_from_elbo"]
