"""The page Code without a browser, and its studies: heights that add up, a wrong bit, random bits, other programs."""

import gzip
import math
import runpy

import numpy as np
import pytest
import torch
from components import sent_to
from streamlit.testing.v1 import AppTest

import vae_core as vc
from aevb_lab import cached
from aevb_lab.scripts.coding import code_script
from aevb_lab.session.models import load_model, read_upload
from aevb_lab.session.runs import board
from aevb_lab.shown import coding as charts
from vae_core import studies
from vae_core.coding.rivals import counted_bits, rivals
from vae_core.models import pack_model
from vae_core.studies.coding import share_alike

pytestmark = pytest.mark.filterwarnings("default")  # Streamlit's own, outside a server


@pytest.fixture
def open_page(monkeypatch):
    monkeypatch.setattr("aevb_lab.jobs.board.Board.warm", lambda board: None)  # a spare worker costs each test seconds

    def open_(uploads=None, **params):
        page = AppTest.from_file("../app/main.py", default_timeout=120)
        page.session_state["uploads"] = uploads or {}
        for key, value in ({"model": "digits-2d", "code_count": "10"} | params).items():
            page.query_params[key] = value
        page.switch_page("views/code.py").run()
        assert not page.exception and not page.error, (page.exception, page.error)
        return page

    yield open_
    board().shutdown()
    board.clear()


@pytest.fixture(scope="module")
def digits():
    return vc.load_pretrained("digits-2d"), vc.binarized_test("digits")[:40]


# -- studies -------------------------------------------------------------------------------------------------------


def test_the_tower_has_the_heights_of_its_words_and_comes_back(digits):
    vae, x = digits
    tower = studies.tower(vae, x, watched=5)
    assert tower.comes_back and tower.message_bits == 8 * len(vc.compress(vae, x))
    assert np.allclose(tower.pixels + tower.latent - tower.taken, tower.net) and (tower.taken > 0).all()
    for step, words in enumerate(tower.words):
        image, part = divmod(step, 3) if step < 15 else (4, 3)
        assert 0 <= 32 * len(words) - tower.heights[image, part] < 33
    assert np.allclose(tower.pixels[:5], tower.pixel_bits.sum(1), atol=0.01)
    assert np.array_equal(tower.x, x[:5].numpy()) and tower.means.shape == tower.x.shape
    inside = np.abs(tower.z - tower.loc) < 5 * tower.scale + 2.0**-tower.precision
    assert inside.all(), "z lies in the oval"
    elbo = vc.elbo(vae, x, num_samples=200, generator=torch.Generator().manual_seed(0)).elbo.detach().double().mean()
    assert tower.bounds.mean() == pytest.approx(-float(elbo) / math.log(2), rel=0.01)
    assert tower.net.mean() == pytest.approx(tower.bounds.mean(), rel=0.1)
    assert tower.per_image[0] > 1.1 * tower.per_image[-1]


def test_a_wrong_bit_spares_what_lies_above_it(digits):
    vae, x = digits
    tower = studies.tower(vae, x)
    height = int(tower.heights[-1, 3])
    top = studies.flip_bit(vae, x, 1)
    assert not top.is_right.any() and top.image == 0
    for bit in (height // 2, height - 70):
        flip = studies.flip_bit(vae, x, bit)
        right = int(np.argmin(np.append(flip.is_right, False)))
        assert flip.is_right[:right].all() and not flip.is_right[right:].all()
        assert flip.image - 2 <= right <= flip.image and len(flip.x) + flip.lost == len(x)
        assert np.array_equal(flip.x[:right], x.flip(0)[:right].numpy())
    with pytest.raises(ValueError, match=f"bits on the stack \\(={height:,}\\), got {height + 1:,}"):
        studies.flip_bit(vae, x, height + 1)


def test_random_bits_give_images_and_the_seed_decides_which(digits):
    vae, _ = digits
    draws, same, others = (studies.decode_random(vae, 12, seed=seed) for seed in (0, 0, 1))
    assert np.array_equal(draws.x, same.x) and not np.array_equal(draws.x, others.x)
    assert draws.x.shape == (12, 64) and draws.z.shape == (12, 2) and set(np.unique(draws.x)) == {0.0, 1.0}
    assert (draws.bits > 15).all()


def test_other_programs_take_what_they_take(digits):
    _, x = digits
    symbols = x.numpy().astype(np.uint8)
    lengths = {rival.name: rival.bits for rival in rivals(symbols, (8, 8), 2)}
    assert lengths["as they are"] == x.numel()
    assert lengths["gzip"] == 8 * min(
        len(gzip.compress(data, 9, mtime=0)) for data in (np.packbits(symbols).tobytes(), (255 * symbols).tobytes())
    )
    assert {"bz2", "xz", "PNG, a file for each", "WebP, one picture", "ten pixels before"} <= set(lengths)
    grey = rivals((symbols * 200).astype(np.uint8), (8, 8), 256)
    assert "each pixel by itself" not in {rival.name for rival in grey} and grey[0].bits == 8 * x.numel()


def test_the_codes_that_count_are_the_rule_of_krichevsky_and_trofimov():
    """One pixel, 1 1 0: 1/2, then 3/4, then 1 - 5/6."""
    images = np.array([[1], [1], [0]], np.uint8)
    places = lambda images: np.zeros(images.shape, np.int64)  # noqa: E731
    assert counted_bits(images, places) == pytest.approx(-math.log2(1 / 2 * 3 / 4 * 1 / 6))
    assert counted_bits(images[2:], places, images[:2]) == pytest.approx(-math.log2(1 / 6))


# -- the page ------------------------------------------------------------------------------------------------------


def test_the_page_shows_the_studies_numbers(open_page):
    page = open_page(code_image="3")
    model = load_model("digits-2d")
    tower = cached.tower(model, 2, 10)
    header, arrays = sent_to(page, "bit_tower")
    assert header["watched"] == 10 and header["lengths"] == [len(words) for words in tower.words]
    assert np.allclose(arrays["heights"], tower.heights, atol=1e-3) and np.allclose(arrays["z"], tower.z)
    assert np.array_equal(arrays["x"].reshape(10, 64) > 0, tower.x > 0)
    texts = " ".join(text.value for text in [*page.markdown, *page.caption])
    first, mean = tower.per_image[0] - tower.bounds[0], tower.per_image[-1] - tower.bounds.mean()
    assert (
        f"**10 images take {tower.per_image[-1]:,.0f} bits each**, and their bound says {tower.bounds.mean():,.0f}."
        in texts
    )
    (table,) = (text.value for text in page.markdown if "| what | bits |" in text.value)
    numbers = [tower.per_image[0], tower.bounds[0], tower.per_image[-1], tower.bounds.mean(), tower.message_bits / 10]
    assert all(f"| {number:,.1f} |" in table for number in numbers), "all of them stand in one table, under a fold"
    assert first > 3 * mean, "what the first image pays for, all share"
    assert f"**Many images share the {tower.start} bits with which the tower begins.**" in texts, (
        "the point comes first"
    )
    net = math.ceil(tower.heights[0, 3]) - math.ceil(tower.heights[0, 0])
    assert net == pytest.approx(tower.net[0], abs=1.0)
    answer = (
        f"**Image 3 takes {net} bits** instead of 64, one for each pixel. 10 images take {tower.per_image[-1]:,.0f} each, "
        f"with the {tower.start} bits at the beginning."
    )
    assert page.markdown[1].value.startswith(answer), "the page's question is answered above the tower, for this image"
    assert "A choice among them needs random bits" in texts, "the reason stays while the tower's words change"
    assert "came back, bit for bit" in texts
    assert "of 10 images come back" in texts or "No image comes back" in texts
    assert len(page.get("plotly_chart")) == 2 and len(page.get("image")) == 2
    page.number_input(key="code_bit").set_value(1).run()
    assert any("No image comes back" in text.value for text in page.markdown)


@pytest.mark.parametrize("name", ["mnist-2d", "digits-2d"])
def test_the_curve_shows_what_packing_brings(name):
    """It falls by the beginning's share alone, from all of it to that of many images."""
    model = load_model(name)
    tower = cached.tower(model, 0, 10)
    curve = np.asarray(charts.cost_curve(model, 0, 10, False).data[0].y)
    assert (np.diff(curve) < 0).all() and curve[-1] == pytest.approx(tower.per_image[-1])
    assert curve[0] - curve[-1] == pytest.approx(0.9 * tower.heights[0, 0])


def test_the_answer_counts_the_values_of_grey_images_too(digits):
    tower = studies.tower(*digits)
    assert charts.answer_in_words(tower, False, 1).count("bits** instead of 512, 8 for each value. ") == 1
    alone = charts.answer_in_words(tower := studies.tower(digits[0], digits[1][:1]), True, 1)
    assert f"it also pays for the {tower.start} bits at the beginning: {tower.per_image[0]:,.0f}." in alone


def test_what_wrong_images_are_like_is_measured():
    """With mnist-2d the first wrong images are as unlike as those that were put on. Far below they are much alike."""
    model = load_model("mnist-2d")
    tower, flip = cached.tower(model, 0, 100), cached.flipped(model, 0, 100, 1226)
    assert "all sorts of images" in charts.wrong_images_in_words(flip.x[6:36], tower.x)
    assert "much alike" in charts.wrong_images_in_words(flip.x[-30:], tower.x)
    assert charts.wrong_images_in_words(flip.x[:1], tower.x) == "", "one image is like none"
    blobs = np.concatenate([flip.x[6:22], np.repeat(flip.x[-1:], 15, 0)])
    assert charts.wrong_images_in_words(blobs, tower.x).startswith("Many of the wrong images here are much alike")
    assert share_alike(np.array([[0.0, 1.0], [0.0, 1.0], [1.0, 0.0]]), 0.5) == 0.5
    with pytest.raises(ValueError, match="at least 2 images, got 1"):
        share_alike(np.zeros((1, 2)), 0.5)
    assert studies.unlikeness(np.array([[0.0, 1.0], [1.0, 1.0], [0.0, 0.0]])) == pytest.approx((0.5 + 0.75) / 2)
    with pytest.raises(ValueError, match="at least 2 images, got 1"):
        studies.unlikeness(np.zeros((1, 2)))


def test_why_ten_pixels_win_is_said_and_true(open_page):
    page = open_page(model="mnist-2d", code_count="30")
    (ten,) = (rival for rival in cached.rivals(load_model("mnist-2d"), 0, 30) if rival.name == "ten pixels before")
    assert cached.tower(load_model("mnist-20d"), 0, 30).message_bits < ten.bits
    words = " ".join(text.value for text in page.markdown)
    assert (
        "draws a whole image from 2 numbers, so its edges are blurred. *mnist-20d* has 20 numbers, and beats it."
        in words
    )
    assert "The image that went on last comes off first, on the left." in words


def test_the_script_gives_the_same_numbers(open_page, tmp_path, monkeypatch, capsys):
    model = load_model("digits-2d")
    tower, flip = cached.tower(model, 2, 10), cached.flipped(model, 2, 10, 50)
    script = code_script(model, 2, 10, 50, 4, 7)
    monkeypatch.chdir(tmp_path)
    (tmp_path / script.name).write_text(script.filled(), encoding="utf-8")
    with torch.enable_grad():
        made = runpy.run_path(str(tmp_path / script.name))
    printed = capsys.readouterr().out
    assert f"first image {tower.per_image[0]:.1f} bits; 10 images {tower.per_image[-1]:.1f} bits each" in printed
    assert f"mean bound {tower.bounds.mean():.1f} bits; all came back: True" in printed
    assert f"the message has {tower.message_bits:,} bits; read again: True" in printed
    assert f"with bit 50 from the top wrong, {int(flip.is_right.sum())} of 10 images come back" in printed
    for rival in cached.rivals(model, 2, 10):
        assert f"{rival.name}: {rival.bits / 10:.1f} bits an image" in printed
    assert np.array_equal(made["random"].x, cached.random_bits(model, 4, 7).x)


@pytest.mark.parametrize("likelihood, latent_dim", [("continuous_bernoulli", 1), ("gaussian", 3)])
def test_grey_models_of_any_size_are_shown(open_page, likelihood, latent_dim):
    config = vc.ModelConfig(64, (8, 8), latent_dim, (5,), likelihood=likelihood)
    vae = vc.VAE(config, generator=torch.Generator().manual_seed(0))
    content = pack_model(vae, data="digits", train_config=vc.TrainConfig(binarization="none").to_dict())
    page = open_page({"grey": read_upload(content, "grey.safetensors")}, model="grey", code_count="3")
    header, _ = sent_to(page, "bit_tower")
    assert header["latent_dim"] == latent_dim and any("8 bits" in text.value for text in page.caption)


def test_links_that_it_cannot_use_are_forgotten(open_page):
    page = open_page(code_image="0", code_count="7", code_bit="-1", code_seed="x")
    assert page.number_input(key="code_image").value == 1 and page.select_slider(key="code_count").value == 100
    last = open_page(code_image="297")
    assert sent_to(last, "bit_tower")[0]["watched"] == 1


def test_the_page_says_who_needs_fewest_bits(open_page):
    page, model = open_page(model="digits-2d"), load_model("digits-2d")
    tower = cached.tower(model, 0, 10)
    best = min(cached.rivals(model, 0, 10), key=lambda rival: rival.bits)
    (answer,) = (text.value for text in page.markdown if "As a file, with its header" in text.value)
    beaten = sum(rival.bits >= tower.message_bits for rival in cached.rivals(model, 0, 10))
    assert 0 < beaten < len(cached.rivals(model, 0, 10)), "the others of this test are not of use else"
    assert answer.startswith(f"**Yes, {beaten} of") and "fewer than this model." in answer, "the result comes first"
    assert (
        f"takes {tower.message_bits / 10:,.0f} bits an image." in answer
        and f"*{best.name}* takes least: {best.bits / 10:,.0f}" in answer
    )
    order = [
        part.type if part.type == "plotly_chart" else "words"
        for part in page.main
        if part.type == "plotly_chart" or "pays less for them" in str(getattr(part, "value", ""))
    ]
    assert order == ["plotly_chart", "words", "plotly_chart"], "why, and what the bars' names mean, before the bars"
