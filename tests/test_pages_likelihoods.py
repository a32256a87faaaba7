"""Every page with a model of grey pixels whose decoded mean is not the sigmoid: a small untrained continuous Bernoulli VAE."""

import numpy as np
import pytest
import torch
from components import sent_to, unpacked
from streamlit.testing.v1 import AppTest

import vae_core as vc
from aevb_lab.session.models import read_upload
from aevb_lab.session.runs import board
from aevb_lab.shown.decoder import published_decoder
from aevb_lab.shown.twins import packed_models
from vae_core.models import pack_model

pytestmark = pytest.mark.filterwarnings("default")  # Streamlit's own, outside a server


def upload(name, latent_dim=2, seed=0):
    config = vc.ModelConfig(64, (8, 8), latent_dim, (5,), likelihood="continuous_bernoulli")
    vae = vc.VAE(config, generator=torch.Generator().manual_seed(seed))
    return read_upload(pack_model(vae, data="digits"), f"{name}.safetensors")


@pytest.fixture
def open_page(monkeypatch):
    monkeypatch.setattr("aevb_lab.jobs.board.Board.warm", lambda board: None)  # a spare worker costs each test seconds

    def open_(name, latent_dim=2, model="grey", **params):
        page = AppTest.from_file("../app/main.py", default_timeout=120)
        page.session_state["uploads"] = {
            name: upload(name, latent_dim, seed) for seed, name in enumerate(("grey", "other"))
        }
        for key, value in ({"model": model} | params).items():
            page.query_params[key] = value
        page.switch_page(f"views/{name}.py").run()
        assert not page.exception and not page.error, (page.exception, page.error)
        return page

    yield open_
    board().shutdown()
    board.clear()


PLAIN = [
    ("latent_map", {"closer": "posterior"}), ("reconstruct", {}), ("paths", {}),
    ("compare", {"twin_kind": "any two", "twin_first": "grey"}), ("bound", {"bound_chapter": "a real image"}),
    ("steer", {}), ("repair", {}), ("models", {}),
]  # fmt: skip
OTHERS = [
    ("likelihood", {"chains": "4", "temperatures": "50"}),
    ("latent_map", {}), ("latent_map", {"closer": "neighbours"}), ("reconstruct", {"reconstruct_source": "draw"}),
    ("paths", {"paths_view": "each dimension"}), ("paths", {"paths_view": "prior samples"}),
    ("paths", {"paths_view": "q(z) beside the prior"}), ("repair", {"repair_source": "draw"}),
]  # fmt: skip


@pytest.mark.parametrize(
    "latent_dim", [pytest.param(1, marks=pytest.mark.slow), 2, pytest.param(3, marks=pytest.mark.slow)]
)
@pytest.mark.parametrize(
    ("name", "params"), [*PLAIN, *(pytest.param(*view, marks=pytest.mark.slow) for view in OTHERS)]
)
def test_every_page_shows_a_continuous_bernoulli(open_page, name, params, latent_dim):
    page = open_page(name, latent_dim, **params)
    assert page.title and (page.get("bidi_component") or page.get("plotly_chart"))


def mean_of_layers(about, arrays, z, prefix=""):
    """What the browser decodes at z (latent,), with the continuous Bernoulli's mean written out."""
    hidden = np.tanh(arrays[f"weight{prefix}0"] @ z + arrays[f"bias{prefix}0"])
    logits = (arrays[f"weight{prefix}1"] @ hidden + arrays[f"bias{prefix}1"]).astype(float)
    assert about["mean"] == "continuous_bernoulli" and about["activation"] == "tanh" and about["layers"] == 2
    return 1.0 / -np.expm1(-logits) - 1.0 / logits


def test_the_browser_decodes_the_mean_of_a_continuous_bernoulli(open_page):
    z, models = torch.tensor([[1.5, -2.0]]), [upload("grey"), upload("other", seed=1)]
    expected = [model.vae.decode(z).mean[0].detach().numpy() for model in models]
    address = sent_to(open_page("latent_map"), "live_decoder")[0]["address"]
    decoder = published_decoder(models[0])
    header, arrays = unpacked(decoder.content)
    assert address == decoder.address, "the page names these weights"
    assert np.allclose(mean_of_layers(header, arrays, z[0].numpy()), expected[0], atol=1e-5)
    header, arrays = unpacked(packed_models(models, dark=False))
    for number, about in enumerate(header["models"]):
        mean = mean_of_layers(about, arrays, z[0].numpy(), f"{number}.")
        assert np.allclose(mean, expected[number], atol=1e-5)
    logits = models[0].vae.decoder(z).detach()
    assert np.abs(torch.sigmoid(logits)[0].numpy() - expected[0]).max() > 0.01, "the sigmoid would be another picture"


def test_repair_offers_what_can_be_computed_for_each_likelihood(open_page):
    for model, kinds in (("grey", ["cover pixels"]), ("digits-2d", ["cover pixels", "noise", "low resolution"])):
        page = open_page("repair", model=model)
        (widget,) = [group for group in page.button_group if group.key == "repair_kind"]
        assert list(widget.options) == kinds and widget.value == "cover pixels"


def test_grey_images_are_neither_binarised_nor_drawn_as_ink(open_page):
    page = open_page("reconstruct", reconstruct_source="draw")
    assert any("The values of the pixels, as the model was trained" in caption.value for caption in page.caption)
    assert upload("grey").binarization == "none"
