"""The page Steer without a browser: what it sends to its bench, its link, its sums, and that its scripts give its numbers."""

import json
import runpy

import numpy as np
import pytest
import torch
from components import sent_to
from streamlit.testing.v1 import AppTest

import vae_core as vc
from aevb_lab import cached
from aevb_lab.figures.numbers import nats
from aevb_lab.lessons.truths import Asked, gap_of
from aevb_lab.scripts.steering import steering_script, sum_script
from aevb_lab.session import steering as session
from aevb_lab.session.models import load_model, read_upload
from aevb_lab.session.runs import board
from vae_core import studies
from vae_core.models import pack_model

MODEL = "digits-2d"
ASKED = (("slant", 2.0),)
pytestmark = pytest.mark.filterwarnings("default")  # Streamlit's own, outside a server


@pytest.fixture
def open_page(monkeypatch):
    monkeypatch.setattr("aevb_lab.jobs.board.Board.warm", lambda board: None)  # a spare worker costs each test seconds

    def open_(uploads=None, **params):
        page = AppTest.from_file("../app/main.py", default_timeout=120)
        page.session_state["uploads"] = uploads or {}
        for key, value in ({"model": MODEL} | params).items():
            page.query_params[key] = value
        page.switch_page("views/steer.py").run()
        assert not page.exception and not page.error, (page.exception, page.error)
        return page

    yield open_
    board().shutdown()
    board.clear()


def texts_of(page):
    return " ".join(text.value for text in [*page.markdown, *page.caption, *page.warning])


def test_the_bench_has_the_image_what_can_be_asked_for_and_what_was_asked(open_page):
    page = open_page(steer="slant:2.00", steer_image="5", steer_class="0.250,0.50")
    model = load_model(MODEL)
    header, arrays = sent_to(page, "steering")
    about, start = cached.handles(model), cached.encoded(model, 4)[0]
    assert [attribute["name"] for attribute in header["attributes"]] == list(about.names)
    assert header["asked"] == [2.0, None, None, None, None] and header["wheel"] == [0.25, 0.5]
    assert np.allclose(arrays["start"], start) and np.allclose(arrays["directions"], about.directions, atol=1e-6)
    names, codes = cached.wheel(model)
    assert header["classes"] == names == [str(digit) for digit in range(10)] and np.allclose(
        arrays["codes"], codes, atol=1e-6
    )
    way = cached.steered(model, cached.wheel_start(model, start, header["own"], (0.25, 0.5)), ASKED)
    assert np.allclose(arrays["first"], way.images[-1]) and header["usual_radius"] == list(way.usual_radius)
    change = np.abs(way.measured[-1] - way.measured[0]) / about.scale
    most = 1 + int(change[1:].argmax())
    before, after = (nats(way.measured[step, most], 1) for step in (0, -1))
    assert (
        f"The wheel turned first. After that, of all else, **{about.names[most]}** changed most: from {before} to {after}\u00a0px."
        in texts_of(page)
    )
    near = cached.neighbours(model, way.z[-1])
    assert f"**{near.distances.min():.2f}** away" in texts_of(page)
    assert page.query_params["steer"] == "slant:2.00" and page.query_params["steer_class"] == "0.250,0.50"
    assert len(page.get("download_button")) == 1


def test_nothing_asked_has_no_film_and_the_image_is_its_own_copy(open_page):
    page = open_page()
    assert not page.get("download_button") and "Nothing is moved yet." in texts_of(page)
    header = sent_to(page, "steering")[0]
    assert header["asked"] == [None] * 5 and not header["with_plain"], "the first screen has one way"
    assert sent_to(open_page(steer_plain="true"), "steering")[0]["with_plain"]


def test_the_page_says_when_the_class_has_changed_unless_the_wheel_changed_it(open_page):
    model = load_model(MODEL)
    labels, start = cached.require_examples(model).labels, cached.encoded(model, 0)[0]
    about = cached.handles(model)
    for name, value in zip(about.names, about.low, strict=True):
        asked = round(float(value), 2)
        rows = cached.neighbours(model, cached.steered(model, start, ((name, asked),)).z[-1]).rows
        counts = np.bincount(labels[rows], minlength=10)
        if (most := int(counts.argmax())) != int(labels[0]) and 2 * counts[most] > len(rows):
            break
    else:
        pytest.fail("no attribute changes the class of the first image")
    link = f"{name.replace(' ', '_')}:{asked:.2f}"
    words = f"**It may be of another class now:** {counts[most]} of the {len(rows)} nearest test images are of class {most}."
    assert words in texts_of(open_page(steer=link))
    assert "It may be of another class" not in texts_of(open_page(steer=link, steer_class="0.250,1.00")), (
        "the visitor chose the class"
    )
    own = float(cached.steered(model, start, ()).measured[0, about.names.index("slant")])
    assert "It may be of another class" not in texts_of(open_page(steer=f"slant:{own:.2f}")), "nothing changes"


def test_what_the_hand_asked_for_is_in_the_link(open_page):
    page = open_page()
    page.session_state["steer_asked"], page.session_state["steer_place"] = (("slant", -3.0), ("ink", 20.0)), (0.1, 1.0)
    page.run()
    assert page.query_params["steer"] == "slant:-3.00,ink:20.00" and page.query_params["steer_class"] == "0.100,1.00"


@pytest.mark.parametrize(
    "text", ["", "slant", "slant:x", "lean:3", "slant:nan", "slant:1e9", "slant:1,slant:2", "slant:1,,", "a" * 5000]
)
def test_what_no_bench_asks_for_is_nothing(open_page, text):
    assert session.ASKED.read(text) is None
    if len(text) < 12:
        assert sent_to(open_page(steer=text, steer_class=text), "steering")[0]["asked"] == [None] * 5


def test_attributes_of_links_go_round_and_places_are_on_the_wheel():
    asked = (("slant", -12.5), ("stroke width", 3.25), ("hue", 120.0))
    assert session.ASKED.read(session.ASKED.write(asked)) == asked and session.ASKED.write(()) is None
    assert session.WHEEL.read("0.25,0.50") == (0.25, 0.5) and session.WHEEL.write((0.3, 0.0)) is None
    for text in ("0.25", "2,0.5", "0.1,-1", "nan,1", "0.5,0", "0.1,0.2,0.3"):
        assert session.WHEEL.read(text) is None


def test_images_of_a_text():
    assert session.rows_of_text("3, 10-12", 20) == [2, 9, 10, 11] and session.rows_of_text("5–5", 20) == [4]
    for text in ("", "0", "21", "3-2", "x", "1-", "9" * 40, "²"):
        assert not session.are_rows(text, 20), text
    assert session.text_of_rows([0, 1, 2, 5, 9, 10]) == "1-3, 6, 10-11" and session.text_of_rows([]) == ""
    assert session.rows_of_text(session.text_of_rows([0, 1, 2, 5]), 20) == [0, 1, 2, 5]


def test_a_sum_of_codes_shows_its_terms_its_way_and_what_is_near(open_page):
    page = open_page(steer_view="a sum of codes", steer_rows_A="3", steer_of_B_digits="1", steer_amount="0.5")
    model = load_model(MODEL)
    kinds = [page.selectbox(key=f"steer_kind_{name}").value for name in "ABC"]
    assert kinds == ["images by number", "a whole class", "a whole class"]
    labels, third = cached.wheel(model)[0], page.selectbox(key="steer_of_C_digits").value
    assert page.selectbox(key="steer_of_B_digits").value == "1"
    codes = cached.wheel(model)[1]
    a = cached.encoded(model, 2)[0]
    z = a + 0.5 * (codes[labels.index(third)] - codes[1])
    captions = json.dumps(
        [str(image.proto) for image in page.get("image")] + [str(image.proto) for image in page.get("imgs")]
    )
    assert (
        f"|z| {np.linalg.norm(z):.2f}" in captions
        or f"{cached.neighbours(model, z).distances.min():.2f}" in texts_of(page)
    )
    page.text_input(key="steer_rows_A").set_value("x").run()
    assert any("numbers of images" in error.value for error in page.error)


def test_what_was_asked_of_another_model_is_cut_off_at_the_range(open_page):
    about = cached.handles(load_model(MODEL))
    asked = sent_to(open_page(steer="slant:28.95"), "steering")[0]["asked"]
    assert asked[about.names.index("slant")] == pytest.approx(about.high[about.names.index("slant")])


def test_the_scripts_give_the_same_numbers(tmp_path, monkeypatch, capsys):
    model = load_model(MODEL)
    monkeypatch.chdir(tmp_path)
    start = cached.encoded(model, 6)[0]
    for script in (steering_script(model, start, 6, ASKED), steering_script(model, start, None, ASKED)):
        (tmp_path / script.name).write_text(script.filled(), encoding="utf-8")
        with torch.enable_grad():
            runpy.run_path(str(tmp_path / script.name))
        printed = capsys.readouterr().out
        for name, way in (("steered", cached.steered), ("plain", cached.steered_plainly)):
            path = way(model, start, ASKED)
            for attribute, before, after in zip(path.names, path.measured[0], path.measured[-1], strict=True):
                assert f"{name}: {attribute} {before:.2f} -> {after:.2f}" in printed
            assert f"{name}: |z| {path.radius[-1]:.3f}" in printed
    groups = ((0,), (1, 2), (5, 6, 7))
    script = sum_script(model, groups, 0.75)
    (tmp_path / script.name).write_text(script.filled(), encoding="utf-8")
    with torch.enable_grad():  # the script turns gradients off
        runpy.run_path(str(tmp_path / script.name))
    path = cached.code_sum(model, *(cached.group_code(model, group) for group in groups), 0.75)
    near = cached.neighbours(model, path.z[-1])
    printed = capsys.readouterr().out
    assert (
        f"|z| of the sum {path.radius[-1]:.3f}" in printed
        and f"nearest test images {[row + 1 for row in near.rows.tolist()]}" in printed
    )


@pytest.mark.parametrize(("likelihood", "latent_dim"), [("continuous_bernoulli", 1), ("gaussian", 3)])
def test_untrained_models_of_any_size_are_shown(open_page, likelihood, latent_dim):
    config = vc.ModelConfig(64, (8, 8), latent_dim, (5,), likelihood=likelihood)
    vae = vc.VAE(config, generator=torch.Generator().manual_seed(0))
    content = pack_model(vae, data="digits", train_config=vc.TrainConfig(binarization="none").to_dict())
    page = open_page({"grey": read_upload(content, "grey.safetensors")}, model="grey")
    assert sent_to(page, "steering")[0]["latent_dim"] == latent_dim


def test_colours_have_their_own_attributes_and_ignore_those_of_grey(open_page):
    header, arrays = sent_to(open_page(model="emoji-2d", steer="slant:3.00,hue:120.00"), "steering")
    assert [attribute["name"] for attribute in header["attributes"]] == ["hue", "brightness", "size"]
    assert header["asked"] == [120.0, None, None] and header["handles"]["turns"] == [360.0, 0.0, 0.0]
    assert len(arrays["tiles"].ravel()) == 4 * 768


def test_a_lesson_asks_for_what_the_plain_way_measures():
    model = load_model(MODEL)
    way = cached.steered_plainly(model, cached.encoded(model, 0)[0], (("slant", 20.0),))
    gap = gap_of("what the plain way measures", Asked(model, 0, 20, -40, 40))
    assert f"has {way.measured[-1, 0]:.0f} degrees".replace("-", "−") in gap.text
    with pytest.raises(ValueError, match="choose mnist-2d"):
        gap_of("what the plain way measures", Asked(load_model("emoji-2d"), 0, 20, -40, 40))
    assert studies.handles(model.vae, None).names
