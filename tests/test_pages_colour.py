"""Every page with a small model of colour images; and what a hidden, a coarse and a saved colour image are."""

import io

import numpy as np
import own_files as files
import pytest
import torch
from conftest import make_generator
from PIL import Image
from streamlit.testing.v1 import AppTest

import vae_core as vc
from aevb_lab.figures.pictures import enlarge, film_strip, mosaic, picture_png, tile
from aevb_lab.session.models import load_pretrained, read_upload
from aevb_lab.session.runs import board
from aevb_lab.session.travel import travel_of
from aevb_lab.shown.gifs import path_gif, run_gif
from aevb_lab.shown.model_table import samples_picture
from vae_core import studies
from vae_core.models import pack_model
from vae_core.restoration.block_means import BlockMeans
from vae_core.studies.repairs import COARSE, COVER, Damage, hidden_text, observe

SHAPE = (4, 6, 3)
pytestmark = pytest.mark.filterwarnings("default")  # Streamlit's own, outside a server


def small_vae(latent_dim=2, shape=SHAPE, seed=0, **settings):
    config = vc.ModelConfig(int(np.prod(shape)), shape, latent_dim, (5,), likelihood="gaussian", **settings)
    return vc.VAE(config, generator=make_generator(seed))


@pytest.fixture
def open_page(monkeypatch):
    monkeypatch.setattr("aevb_lab.jobs.board.Board.warm", lambda board: None)  # a spare worker costs each test seconds

    def open_(name, latent_dim, **params):
        page = AppTest.from_file("../app/main.py", default_timeout=120)
        content = [pack_model(small_vae(latent_dim, (16, 16, 3), seed), data="emoji_like") for seed in (0, 1)]
        page.session_state["uploads"] = {
            name: read_upload(model, f"{name}.safetensors")
            for name, model in zip(("own", "other"), content, strict=True)
        }
        for key, value in ({"model": "own"} | params).items():
            page.query_params[key] = value
        page.switch_page(f"views/{name}.py").run()
        assert not page.exception and not page.error, (name, params, page.exception, page.error)
        return page

    yield open_
    board().shutdown()
    board.clear()


PLAIN = [
    ("latent_map", {}), ("latent_map", {"closer": "posterior"}), ("reconstruct", {}), ("paths", {}),
    ("compare", {"twin_kind": "any two", "twin_first": "own"}), ("bound", {"bound_chapter": "a real image"}),
    ("repair", {}), ("models", {}),
]  # fmt: skip
OTHERS = [
    ("likelihood", {"chains": "4", "temperatures": "50"}),
    ("latent_map", {"closer": "neighbours"}), ("reconstruct", {"reconstruct_source": "draw"}),
    ("paths", {"paths_view": "each dimension"}), ("paths", {"paths_view": "prior samples"}),
    ("paths", {"paths_view": "q(z) beside the prior"}), ("repair", {"repair_kind": "noise"}),
    ("repair", {"repair_kind": "low resolution"}), ("repair", {"repair_source": "draw"}),
    ("compare", {"compare_view": "time travel", "run_shown": "emoji-2d"}),
]  # fmt: skip


@pytest.mark.parametrize(
    "latent_dim", [2, pytest.param(1, marks=pytest.mark.slow), pytest.param(3, marks=pytest.mark.slow)]
)
@pytest.mark.parametrize(
    ("name", "params"), [*PLAIN, *(pytest.param(*view, marks=pytest.mark.slow) for view in OTHERS)]
)
def test_every_page_shows_a_colour_model(open_page, name, params, latent_dim):
    page = open_page(name, latent_dim, **params)
    assert page.title and (page.get("bidi_component") or page.get("plotly_chart"))


def test_a_hidden_pixel_is_hidden_in_all_channels():
    vae, x = small_vae(), torch.rand(72, generator=make_generator(1))
    hidden = np.zeros(24, bool)
    hidden[[0, 7, 23]] = True
    y, observation = observe(vae.config, x, Damage(COVER, hidden=hidden_text(hidden)))
    missing = torch.isnan(y).reshape(24, 3)
    assert torch.equal(missing, torch.from_numpy(hidden)[:, None].expand(24, 3))
    assert torch.equal(observation.observed.reshape(24, 3), ~missing)
    repair = studies.repair(vae, x, Damage(COVER, hidden=hidden_text(hidden)), num_samples=20)
    certain = repair.certain.reshape(24, 3)
    assert (certain == ~hidden[:, None]).all() and np.allclose(
        repair.mean.reshape(24, 3)[~hidden], x.reshape(24, 3)[~hidden]
    )


def test_block_means_of_colour_are_those_of_each_channel():
    x = torch.rand(5, 72, generator=make_generator(2))
    observation = BlockMeans(2, SHAPE)
    y = observation.corrupt(x, generator=make_generator())
    expected = x.reshape(5, 2, 2, 3, 2, 3).mean((2, 4))
    assert observation.observed_shape == (2, 3, 3)
    torch.testing.assert_close(y.reshape(5, 2, 3, 3), expected)
    p = small_vae().decode(torch.zeros(5, 2))
    restored = observation.mean_x(p, y)
    torch.testing.assert_close(observation.corrupt(restored, generator=make_generator()), y, atol=1e-5, rtol=0)
    repair = studies.repair(small_vae(), x[0], Damage(COARSE, factor=2), num_samples=20)
    assert np.allclose(repair.observed.reshape(2, 2, 3, 2, 3)[:, 0, :, 0], expected[0])


def test_pictures_of_colour_keep_each_pixels_colour():
    images = np.random.default_rng(0).random((6, 72)).astype(np.float32)
    pixels = (images * 255).round().astype(np.uint8).reshape(6, *SHAPE)
    strip = film_strip(images, SHAPE)
    assert strip.shape == (4, 6 * 7 - 1, 3) and (strip[:, 7:13] == pixels[1]).all() and (strip[:, 6] == 128).all()
    grid = mosaic(pixels.reshape(2, 3, 72), SHAPE)
    assert (grid[4:, 12:] == pixels[5]).all() and enlarge(grid, 3).shape == (24, 54, 3)
    assert (enlarge(grid, 3)[13, 37] == grid[4, 12]).all()
    framed = tile(pixels[0])
    assert (framed[4:-4, 4:-4] == pixels[0]).all() and framed.ndim == 3
    assert (np.asarray(Image.open(io.BytesIO(picture_png(grid, "#ff0000"))).convert("RGB")) == grid).all()


def test_moving_pictures_and_the_tables_draws_are_in_colour():
    model = load_pretrained("emoji-2d")
    path = studies.path_between(model.vae, np.array([-2.0, 0.0]), np.array([2.0, 0.0]), 4)
    for content in (path_gif(path.images, (16, 16, 3)), run_gif(travel_of("emoji-2d"))):
        picture = np.asarray(Image.open(io.BytesIO(content)).convert("RGB")).astype(int)
        assert (picture.max(-1) - picture.min(-1)).max() > 100
    assert samples_picture(model).startswith("data:image/png")


def test_a_drawing_has_its_inks_or_is_white_and_a_picture_keeps_its_colour():
    vae = small_vae(shape=(16, 16, 3))
    about = {"data": "emoji_like", "binarization": "none"}
    drawn = studies.encode_drawing(vae, [[[0.2, 0.5], [0.8, 0.5]]], **about).x.reshape(16, 16, 3)
    assert drawn.max() > 0.6 and (drawn == drawn[..., :1]).all()
    red = studies.encode_drawing(vae, [{"ink": "red", "points": [[0.2, 0.5], [0.8, 0.5]]}], **about).x.reshape(
        16, 16, 3
    )
    assert (red[..., 0] == drawn[..., 0]).all() and not red[..., 1:].any()
    red = np.zeros((40, 60, 3), np.uint8)
    red[:, 10:50] = (200, 30, 60)
    image = studies.encode_picture(vae, files.picture(red), **about).x.reshape(16, 16, 3)
    assert np.abs(image - np.array([200, 30, 60]) / 255.0).max() < 1e-5
    inverted = studies.encode_picture(vae, files.picture(red), polarity="dark on light", **about)
    assert inverted.inverted and np.abs(inverted.x.reshape(16, 16, 3) + image - 1.0).max() < 1e-5


def test_the_pad_is_framed_as_ones_own_set_is():
    vae = vc.VAE(vc.ModelConfig(256, (16, 16), 2, (5,)), generator=make_generator())
    small, about = [[[0.45, 0.45], [0.5, 0.5]]], {"data": "letters", "binarization": "threshold"}
    kept = studies.encode_drawing(vae, small, **about, reading={"options": {"framing": "none"}}).grey
    framed = studies.encode_drawing(vae, small, **about, reading={"options": {"framing": "mass"}}).grey
    assert framed.sum() > 2 * kept.sum(), "a framed drawing gets the size of the set's ink"
