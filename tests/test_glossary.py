"""The words on screen: no sentence is long, every symbol and field term has an entry in the glossary, no link leads nowhere."""

import re
from pathlib import Path

import numpy as np
import pytest
from screen_texts import (
    WORDS_OF_MATHS,
    hyphens_of,
    sentences_of,
    texts_of,
    texts_of_charts,
    texts_of_code,
    texts_of_components,
    texts_of_lessons,
    words_of,
)
from streamlit.testing.v1 import AppTest

import vae_core as vc
from aevb_lab.figures.numbers import nats
from aevb_lab.formulas import mathml
from aevb_lab.glossary import WORDS, words_in
from aevb_lab.next_steps import STEPS
from vae_core.settings import settings_of

REPOSITORY = Path(__file__).resolve().parent.parent
MAIN = str(REPOSITORY / "app" / "main.py")
DOCUMENTS = ["README.md", "CONTRIBUTING.md", "pretrained/README.md", "benchmarks/README.md"]
DOCUMENTS += [f"docs/{path.name}" for path in sorted((REPOSITORY / "docs").glob("*.md"))]
TERMS = (
    "latent, posterior, prior, nats, ELBO, KL, q(z|x), p(x|z), p(z|x), p(z), q(z), binarisation, ESS, PSNR, total variation, "
    "score function, App. D, reconstruction, decoder, encoder, likelihood, eps, importance sampling, AIS, HMC, quadrature, "
    "active units, beta, learning rate, epoch, batch, seed, wake-sleep, Monte Carlo EM, full VB, PCA, autoencoder, manifold, "
    "mosaic, percentile, μ, σ, ε, θ, φ, z, x, y, log p(x), E[x|y], Gaussian, Bernoulli, VAE, variance, gradient, AEVB, "
    "baseline, axis-aligned, split"
).split(", ")
SYMBOL = re.compile(r"\b[A-Z]{2,}\b|[α-ωΦΘΣ]|\b(?:log )?[pq]\([^)]*\)|E\[[^]]*\]")
NOT_OF_THE_FIELD = set("PNG SVG GIF JPEG CSV MB MNIST CC BY SA CDF II IV SHA OK XX".split())
LONGEST = 25  # words of a sentence
STATES = [
    ("latent_map", {"closer": "posterior"}),
    ("latent_map", {"closer": "neighbours", "model": "mnist-20d"}),
    ("reconstruct", {}),
    ("reconstruct", {"reconstruct_source": "upload"}),
    ("paths", {}),
    ("paths", {"path_ends": "points"}),
    ("paths", {"paths_view": "each dimension"}),
    ("paths", {"paths_view": "prior samples"}),
    ("paths", {"paths_view": "q(z) beside the prior"}),
    ("train", {}),
    ("compare", {}),
    ("compare", {"compare_view": "time travel"}),
    ("bound", {}),
    ("bound", {"bound_chapter": "a real image"}),
    ("bound", {"model": "mnist-20d", "bound_chapter": "a real image"}),
    ("bound", {"bound_chapter": "other pixels"}),
    ("likelihood", {}),
    ("gradients", {"stage": "KL"}),
    ("gradients", {"stage": "Update"}),
    ("figures", {}),
    ("code", {}),
    ("sketch", {}),
    ("steer", {}),
    ("steer", {"steer_view": "a sum of codes"}),
    ("repair", {"repair_kind": "low resolution"}),
    ("repair", {"repair_kind": "noise"}),
    ("models", {}),
]
pytestmark = pytest.mark.filterwarnings("default")  # Streamlit's own, outside a server


def slowly(cases):
    """Test cases of pages; those of the page that computes for many seconds, and of further views, as slow tests."""
    further = {"paths", "compare", "gradients", "repair", "bound", "steer"}
    views: set[str] = set()
    for case in cases:
        is_slow = case[0] == "likelihood" or (case[0] in further and case[0] in views)
        views.add(case[0])
        yield pytest.param(*case, marks=pytest.mark.slow) if is_slow else case


@pytest.fixture(autouse=True)
def no_spare_worker(monkeypatch):
    monkeypatch.setattr("aevb_lab.jobs.board.Board.warm", lambda board: None)


def open_page(view, link):
    page = AppTest.from_file(MAIN, default_timeout=120)
    for key, value in ({"model": "digits-2d"} | link).items():
        page.query_params[key] = value
    page.session_state["maths"] = True  # unfolded
    page.switch_page(f"views/{view}.py").run()
    assert not page.exception, page.exception
    return page


@pytest.mark.parametrize("term", TERMS)
def test_a_term_has_an_entry_wherever_it_stands(term):
    for text in (f"{term}, and more", f"the **{term}** here", f"({term})", f"{term}: 2"):
        assert term in [form for form, _ in words_in(text)], text


def test_a_letter_inside_a_word_or_a_function_is_no_word():
    assert [form for form, _ in words_in("exact, 4x, f(z), essence, Zebra, x_1")] == []


def test_an_entry_is_one_short_sentence_and_an_example():
    for key, word in WORDS.items():
        assert word.example.endswith(".") and too_long(word.example) == [], key
        assert len(words_of(word.meaning)) <= 25 and word.meaning.endswith("."), key
        assert "$" not in word.symbols and word.symbols, key


@pytest.mark.parametrize(("view", "link"), list(slowly(STATES)))
def test_on_screen_sentences_are_short_symbols_have_entries_and_a_minus_is_one(view, link):
    page = open_page(view, link)
    texts = list(texts_of(page))
    assert [fault for text in [*texts, *texts_of_charts(page)] for fault in hyphens_of(text)] == [], "a minus is a −"
    assert [sentence for text in texts for sentence in too_long(text)] == []
    missing = set()
    for text in texts:
        text = re.sub(
            r"`[^`]*`|https?:\S+|:material/\w+:|^( {4}|\|).*$", "", WORDS_OF_MATHS.sub("", text), flags=re.MULTILINE
        )
        text = text.replace("\\", "")
        covered = [form for form, _ in words_in(text)]
        missing |= {symbol for symbol in SYMBOL.findall(text) if not any(symbol in form for form in covered)}
    assert missing - NOT_OF_THE_FIELD == set()


def too_long(text):
    return [sentence for sentence in sentences_of(text) if len(words_of(sentence)) > LONGEST]


def test_the_texts_of_components_and_settings_are_short():
    helps = [about.help for config in (vc.ModelConfig, vc.TrainConfig) for about in settings_of(config).values()]
    stages = [step.text for step in STEPS.values()]
    texts = [*texts_of_components(), *helps, *stages]
    assert len(texts) > 40 and [sentence for text in texts for sentence in too_long(text)] == []


@pytest.mark.parametrize("folder", ["app", "vae_core"])
def test_labels_tips_errors_and_the_help_of_commands_are_short(folder):
    texts = list(texts_of_code(folder))
    assert len(texts) > 100 and [sentence for text in texts for sentence in too_long(text)] == []


def test_what_lessons_say_is_short():
    assert [sentence for text in texts_of_lessons() for sentence in too_long(text)] == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_sentences_of_a_document_are_short(name):
    assert too_long((REPOSITORY / name).read_text(encoding="utf-8")) == []


def test_one_thing_has_one_word():
    """CONTRIBUTING.md lists the words on screen, and in the last column those that are not used for these things. The names of two
    choices are part of links, and stay."""
    section = (
        (REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8").split("## Words on screen")[1].split("\n## ")[0]
    )
    cells = re.findall(r"^\| [^|]+ \| [^|]+ \| ([^|]*) \|$", section, re.MULTILINE)[2:]
    others = [word for cell in cells for word in cell.split(", ") if word.strip()]
    settings = [about.help for config in (vc.ModelConfig, vc.TrainConfig) for about in settings_of(config).values()]
    texts = [*texts_of_code("app"), *texts_of_components(), *texts_of_lessons(), *settings]
    texts = [
        re.sub(r"prior samples|effective sample size|latent plane", "", text, flags=re.IGNORECASE) for text in texts
    ]
    pattern = re.compile(rf"\b({'|'.join(others)})s?\b", re.IGNORECASE)
    assert len(others) > 6 and [text for text in texts if pattern.search(text)] == []


def test_a_long_sentence_is_found():
    assert too_long("Short one. " + "word " * 26) and not too_long(
        "Word " * 25 + ". Another, of eq. 3, is $a + b$ long."
    )


TARGETS = {(word.page, *sorted(word.link.items())) for word in WORDS.values() if word.link}
TARGETS |= {(step.view, *sorted(step.link.items())) for step in STEPS.values()}
SLOW_TARGETS = [target for target in sorted(TARGETS) if target[0] == "likelihood"]


@pytest.mark.parametrize(
    "target",
    [
        *sorted(TARGETS.difference(SLOW_TARGETS)),
        *(pytest.param(target, marks=pytest.mark.slow) for target in SLOW_TARGETS),
    ],
    ids=str,
)
def test_a_link_of_the_glossary_or_of_try_this_next_shows_what_it_says(target):
    view, *items = target
    page = open_page(view, dict(items))
    for key, value in items:
        if key == "model":  # the first model is in no link
            assert page.selectbox(key="model").value == value
            continue
        assert page.query_params.get(key) in (value, [value]), "what a page cannot use is taken out of the link"


@pytest.mark.parametrize("view", ["latent_map", "train", "models"])
def test_a_page_ends_with_one_thing_to_do_next(view):
    labels = [link.proto.label for link in open_page(view, {}).get("page_link")]
    (label,) = [label for label in labels if "Try this next" in label]
    assert label == f"**Try this next:** {STEPS['' if view == 'latent_map' else view].text}"


def test_every_page_has_its_next_step():
    """But for the page of a class: where its pupils go next is said by the teacher."""
    source = Path(MAIN).read_text(encoding="utf-8")
    addresses = [re.findall(r'url_path="(\w+)"', line) for line in re.findall(r"st\.Page\(.*\)", source)]
    pages = {"".join(address) for address in addresses}
    assert pages - {"class"} == set(STEPS) and "class" in pages and len(addresses) == len(pages)


def test_the_panel_opens_at_the_links_word_and_lists_all():
    page = open_page("latent_map", {"word": "q(z|x)"})
    (menu,) = [box for box in page.selectbox if box.key.startswith("word_from_")]
    assert menu.value == "q(z|x)" and len(menu.options) == len(WORDS)
    words = [text.value for text in page.get("markdown")]
    assert any(WORDS["q(z|x)"].symbols in text for text in words)
    assert any(all(word.meaning in text for word in WORDS.values()) for text in words)
    menu.select("elbo").run()
    assert any(WORDS["elbo"].symbols in text.value for text in page.get("markdown"))


def test_an_entry_has_its_example_and_no_link_to_the_page_that_is_open():
    def links(view):
        page = open_page(view, {"word": "hole"})
        assert any(WORDS["hole"].example in text.value for text in page.markdown)
        return [text.value for text in page.markdown if text.value.startswith("Try it on this page")]

    assert WORDS["hole"].page == "compare"
    assert links("compare") == [] and len(links("latent_map")) == 1


def test_words_with_numbers_that_can_be_checked():
    assert WORDS["nats"].example == f"100 nats = {100 / np.log(2):.0f} bits = {100 / np.log(2) / 8:.0f} bytes."
    assert f"{np.exp(2):.1f} times" in WORDS["log p(x)"].example
    assert f"{1 / (0.9**2 + 99 * (0.1 / 99) ** 2):.1f} draws" in WORDS["ess"].example
    assert f"log 0.3 = {nats(np.log(0.3), 1)} nats" in WORDS["importance-weighted bound"].example
    assert f"{np.log(10):.1f} nats" in WORDS["information"].example


def test_a_link_to_no_word_opens_the_panel_all_the_same():
    page = open_page("latent_map", {"word": "<b>nonsense"})
    assert [box.value for box in page.selectbox if box.key.startswith("word_from_")] == ["x"]


def test_the_button_opens_the_panel():
    page = open_page("latent_map", {})
    page.button(key="words").click().run()
    assert not page.exception and page.query_params["word"] in ("elbo", ["elbo"])
    assert [box.key for box in page.selectbox if box.key.startswith("word_from_")] == ["word_from_elbo"]


def test_every_formula_becomes_mathml_with_letters_that_browsers_have():
    from xml.etree import ElementTree

    drawn = {key: mathml(word.symbols) for key, word in WORDS.items()}
    for key, text in drawn.items():
        root = ElementTree.fromstring(text)
        assert root.tag.endswith("}math") and "".join(root.itertext()).strip(), key
        assert "\\" not in "".join(root.itertext()), f"{key}: a command that is not known"
    assert 'mathvariant="' not in drawn["elbo"] and "ℒ" in drawn["elbo"] and "𝔼" in drawn["elbo"], (
        "SCRIPT CAPITAL L is older"
    )
    assert '<mo lspace="0.15em" rspace="0.15em">log</mo>' in drawn["elbo"]
    assert "ℝ" in drawn["x"]
