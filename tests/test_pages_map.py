"""The Latent map looked at closely: one image's posterior on a grid, the best Gaussians, draws, thumbnails, axes."""

import io
import json
import math

import numpy as np
import pytest
import torch
from components import sent_to
from PIL import Image
from streamlit.testing.v1 import AppTest

import vae_core as vc
from aevb_lab import cached
from aevb_lab.components.thumbnails import COLUMNS
from aevb_lab.figures.numbers import nats
from aevb_lab.figures.plane import ellipse_rings
from aevb_lab.session.images import examples_for
from aevb_lab.session.models import load_model, read_upload
from aevb_lab.shown.close_up import ellipse_numbers
from aevb_lab.shown.thumbnails import packed_thumbnails
from vae_core.models import pack_model
from vae_core.posterior import exact_bound, grid_log_joint, posterior_grid, refine_grid
from vae_core.restoration.observations import Mask
from vae_core.studies import gaussians
from vae_core.studies.planes import View

pytestmark = pytest.mark.filterwarnings("default")  # Streamlit's own, outside a server


def open_map(**params):
    page = AppTest.from_file("../app/main.py", default_timeout=120)
    for key, value in params.items():
        page.query_params[key] = value
    page.run()
    assert not page.exception, page.exception
    return page


def unpack(packed):
    length = int.from_bytes(packed[:4], "little")
    return json.loads(packed[4 : 4 + length]), packed[4 + length :]


@pytest.fixture(scope="module")
def model():
    return load_model("digits-2d")


# -- one image's posterior ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", [3, 8])
def test_the_grid_of_an_image_adds_up_and_agrees_with_the_refined_quadrature(model, row):
    close_up = cached.close_up(model, row)
    exact = exact_bound(model.vae, examples_for(model).x[row : row + 1])
    assert close_up.log_marginal == pytest.approx(close_up.refined_log_marginal, abs=1e-3)
    assert close_up.log_marginal == pytest.approx(float(exact.log_marginal), abs=1e-3)
    assert close_up.encoder.elbo == pytest.approx(float(exact.elbo), abs=1e-3)
    for q in (close_up.encoder, close_up.aligned, close_up.best):
        assert q.elbo + q.gap == pytest.approx(close_up.log_marginal, abs=1e-9)
    assert (
        sum(close_up.gap_parts) == pytest.approx(close_up.encoder.gap) and close_up.gap_parts.shape == close_up.best.gap
    )
    assert 0.0 <= close_up.best.gap <= close_up.aligned.gap + 1e-6 and close_up.aligned.gap < close_up.encoder.gap
    again = close_up.judge(close_up.best.loc, close_up.best.scale, close_up.best.angle)
    assert (again.elbo, again.gap) == pytest.approx((close_up.best.elbo, close_up.best.gap), abs=1e-6)
    assert again.numbers == close_up.best.numbers
    side = len(close_up.log_joint)
    corner = torch.tensor([[close_up.low[0] + 3 * close_up.spacing, close_up.low[1] + (side - 1) * close_up.spacing]])
    with torch.no_grad():
        there = grid_log_joint(model.vae, examples_for(model).x[row : row + 1], corner)
    assert close_up.log_joint[-1, 3] == pytest.approx(float(there), abs=1e-3), "rows are z2, columns z1"


def test_one_decoded_grid_serves_every_image_and_every_observation(model):
    coarse, x = cached.decoded_grid(model), examples_for(model).x[[3, 8]]
    assert cached.decoded_grid(model) is coarse and coarse.covers(model.vae.encode(x).mean)
    alone, shared = posterior_grid(model.vae, x, 1e-4), posterior_grid(model.vae, x, 1e-4, coarse=coarse)
    assert torch.allclose(alone.log_marginal, shared.log_marginal, atol=1e-3)
    assert shared.decoder_passes < alone.decoder_passes - 10_000
    half = Mask(torch.arange(x.shape[1]) < x.shape[1] // 2)
    with torch.no_grad():
        means = model.vae.encode(x).mean
    seen = refine_grid(model.vae, lambda at: half.log_prob_of_all_pairs(at.p, x), means, coarse=coarse)
    expected = half.log_prob(model.vae.decode(seen.points[:, None]), x) + model.vae.prior.log_prob(seen.points)[:, None]
    assert torch.allclose(seen.log_joint, expected.T, atol=1e-3)
    assert (seen.log_marginal > shared.log_marginal).all(), "fewer pixels are more probable"


def test_contours_hold_as_much_as_a_gaussians_ellipses(model):
    close_up = cached.close_up(model, 3)
    share = np.exp(close_up.log_joint - close_up.log_marginal) * close_up.spacing**2
    for level, sigmas in zip(close_up.levels, (1, 2, 3), strict=True):
        held = share[close_up.log_joint >= level].sum()
        assert held == pytest.approx(1.0 - math.exp(-0.5 * sigmas**2), abs=share.max()), "to within one cell"


def test_the_best_gaussian_of_a_gaussian_is_itself_and_the_best_aligned_one_has_the_known_gap():
    """Of N(m, C) the best axis-aligned q has the variances 1 / (C^-1)_jj; its gap is half of log(C11 C22 / |C|)."""
    axis = torch.linspace(-2.0, 2.0, 121, dtype=torch.float64)
    points = torch.cartesian_prod(axis, axis)
    loc, scale, angle = torch.tensor([0.3, -0.2], dtype=torch.float64), torch.tensor([0.4, 0.15]).double(), 0.6
    grid = gaussians.Grid(points, gaussians.log_gaussian(points, loc, scale, angle), float(axis[1] - axis[0]))
    start = (torch.tensor([0.5, 0.1]).double(), torch.tensor([0.1, 0.1]).double().diag())
    aligned, best = gaussians.best_gaussians(grid, [start, grid.moments()])
    assert np.allclose(best.loc, loc, atol=1e-3)
    turned = [*best.scale, best.angle]
    if turned[0] < turned[1]:
        turned = [turned[1], turned[0], (turned[2] + math.pi) % math.pi - math.pi / 2.0]
    assert turned == pytest.approx([0.4, 0.15, 0.6], abs=2e-3)
    _, covariance = grid.moments()
    assert np.allclose(aligned.scale, covariance.inverse().diagonal().rsqrt(), atol=1e-3)
    gap = 0.5 * math.log(float(covariance.diagonal().prod() / covariance.det()))
    assert aligned.gap == pytest.approx(gap, abs=1e-4)


def test_an_autoencoders_q_is_judged_on_a_grid_of_its_own():
    """Its q is narrower than the cells by a factor of 100: summed over them, the ELBO came out 8 nats too high."""
    model = load_model("digits-ae")
    close_up = cached.close_up(model, 3)
    assert close_up.encoder.scale[0] < 0.1 * close_up.spacing
    assert not close_up.encoder_on_grid and cached.close_up(load_model("digits-2d"), 3).encoder_on_grid
    page = open_map(model="digits-ae", closer="posterior", map_image="4")
    text = next(text.value for text in page.markdown if text.value.startswith("log p(x)"))
    assert "points and, for the ELBO, a finer one." in text and "all sums" not in text
    x = examples_for(model).x[3].expand(1000, -1)
    sampled = vc.elbo(model.vae, x, generator=torch.Generator().manual_seed(0)).elbo.detach().mean()
    assert close_up.encoder.elbo == pytest.approx(float(sampled), abs=1e-3)
    assert close_up.encoder.elbo + close_up.encoder.gap == pytest.approx(close_up.log_marginal, abs=1e-9)
    assert ellipse_numbers(close_up)["elbos"]["encoder"] == close_up.encoder.elbo


def test_rings_are_one_and_two_standard_deviations_from_the_mean_of_q(model):
    loc, covariance = cached.plane(model).project(*cached.encoded(model, 3))
    with torch.no_grad():
        q = model.vae.encode(examples_for(model).x[3]).base_dist
    for number, ring in enumerate(ellipse_rings(loc, covariance), 1):
        distance = np.sqrt((((ring - q.loc.numpy()) / q.scale.numpy()) ** 2).sum(1))
        assert distance == pytest.approx(number, abs=1e-4)


def test_draws_are_equation_4_and_new_noise_is_asked_for(model):
    first, same, other = (cached.draws(model, 3, seed) for seed in (0, 0, 1))
    assert np.array_equal(first.z, same.z) and not np.array_equal(first.z, other.z)
    with torch.no_grad():
        q = model.vae.encode(examples_for(model).x[3]).base_dist
        p = model.vae.decode(torch.from_numpy(first.z))
    eps = torch.randn(first.z.shape, generator=torch.Generator().manual_seed(0))
    assert np.allclose(first.z, (q.loc + q.scale * eps).numpy(), atol=1e-6)
    assert np.allclose(first.log_lik, p.log_prob(examples_for(model).x[3]).detach().numpy(), atol=1e-3)


# -- thumbnails --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["digits-2d", "frey-2d"])
def test_the_sprite_holds_every_image_and_comes_only_when_wanted(name):
    model = load_model(name)
    examples = examples_for(model)
    if examples is None:
        pytest.skip(f"the images of {name} are not on this machine")
    header, rest = unpack(packed_thumbnails(model, "latent_plane", pictures=False, neighbours=False, choosable=False))
    assert not header["pictures"] and rest == b""
    header, rest = unpack(packed_thumbnails(model, "latent_plane", pictures=False, neighbours=True, choosable=True))
    height, width = header["image_shape"]
    means = np.frombuffer(rest, "<f4", header["count"] * 2).reshape(-1, 2)
    with torch.no_grad():
        assert np.allclose(means, model.vae.encode(examples.x).mean.numpy(), atol=1e-6)
    sprite = np.asarray(Image.open(io.BytesIO(rest[means.nbytes :])).convert("L"))
    for row in (0, 49, 50, len(examples.x) - 1):
        top, left = row // COLUMNS * height, row % COLUMNS * width
        tile = sprite[top : top + height, left : left + width] / 255.0
        assert np.abs(tile.ravel() - examples.x[row].numpy()).max() < 0.51 / 255.0


# -- the page ----------------------------------------------------------------------------------------------------


def test_the_first_screen_has_nothing_of_it():
    page = open_map(model="digits-2d")
    assert not page.number_input and [button.key for button in page.button] == ["show_around", "words", "about"]
    assert not any("log p(x)" in text.value for text in page.markdown[:3])


def test_looking_closer_shows_an_images_ellipse_and_a_sum_that_adds_up():
    page = open_map(model="digits-2d", closer="posterior", map_image="9")
    assert page.number_input(key="map_image").value == 9
    q, model = sent_to(page, "on_plane"), load_model("digits-2d")
    assert q["chart"] == "latent_plane" and np.allclose(q["at"], cached.encoded(model, 8)[0], atol=1e-5)
    assert [len(ring) for ring in q["rings"]] == [73, 73]
    close_up = cached.close_up(load_model("digits-2d"), 8)
    text = next(text.value for text in page.markdown if text.value.startswith("log p(x)"))
    for number in (close_up.log_marginal, close_up.encoder.elbo, close_up.encoder.gap):
        assert nats(number, 3) in text
    for part, reason in zip(close_up.gap_parts, ("one encoder", "cannot turn", "not a Gaussian"), strict=True):
        assert f"**{nats(part, 3)}** " in text and reason in text
    side = len(close_up.log_joint)
    assert f"all sums over one grid of {side} × {side} points." in text
    captions = [caption.value for caption in page.caption if "at each draw" in caption.value]
    page.button(key="draw_again").click().run()
    again = [caption.value for caption in page.caption if "at each draw" in caption.value]
    assert captions and again and captions != again


def test_a_model_of_one_dimension_has_no_ellipse_on_the_map():
    vae = vc.VAE(vc.ModelConfig(64, (8, 8), latent_dim=1, hidden_dims=(5,)), generator=torch.Generator().manual_seed(0))
    page = AppTest.from_file("../app/main.py", default_timeout=120)
    page.session_state["uploads"] = {"line": read_upload(pack_model(vae, data="digits"), "line.safetensors")}
    page.query_params["model"], page.query_params["closer"] = "line", "posterior"
    page.run()
    assert not page.exception, page.exception
    assert any("sums over fine grids of z" in text.value for text in page.markdown)
    names = [element.proto.component_name for element in page.get("bidi_component")]
    assert "plane" in names and "on_plane" not in names


def test_a_model_with_many_dimensions_says_what_is_estimated():
    page = open_map(model="mnist-20d", closer="posterior")
    assert any("importance sampling" in text.value and "±" in text.value for text in page.markdown)


# -- planes through more than two dimensions ---------------------------------------------------------------------


def test_principal_axes_are_those_of_the_encoded_means_and_the_rest_is_at_right_angles():
    model = load_model("mnist-20d")
    with torch.no_grad():
        means = model.vae.encode(examples_for(model).x).mean.double()
    plane = cached.plane(model, View(principal=True, held=5))
    assert np.allclose(plane.basis @ plane.basis.T, np.eye(2), atol=1e-5)
    assert np.abs(plane.basis @ plane.rest).max() < 1e-5
    assert np.allclose(plane.rest + plane.points[5] @ plane.basis, means[5].numpy(), atol=1e-4), "the image lies on it"
    values, vectors = torch.linalg.eigh(means.T.cov())
    along = np.abs(plane.basis @ vectors.flip(1)[:, :2].float().numpy())
    assert np.allclose(along, np.eye(2), atol=1e-3)


def test_two_dimensions_can_be_chosen_and_the_others_held_at_an_image():
    page = open_map(model="mnist-20d")
    page.selectbox(key="across_mnist-20d").set_value("z7").run()
    assert "z7" not in page.selectbox(key="up_mnist-20d_z7").options
    page.selectbox(key="up_mnist-20d_z7").set_value("z2").run()
    meta = sent_to(page, "plane_axes")[0]["meta"]
    assert np.array_equal(meta["basis"], np.eye(20)[[6, 1]]) and not any(meta["rest"])
    page = open_map(**{"model": "mnist-20d", "across_mnist-20d": "z7", "up_mnist-20d_z7": "z2"})  # the link restores it
    assert sent_to(page, "plane_axes")[0]["meta"]["basis"] == meta["basis"]
    page = open_map(model="mnist-20d", axes="dimensions", rest="the image's", map_image="6")
    meta = sent_to(page, "plane_axes")[0]["meta"]
    model = load_model("mnist-20d")
    assert np.allclose(meta["start"], cached.encoded(model, 5)[0], atol=1e-5), "the point begins at the image"
    assert np.allclose(np.array(meta["start"]) * ~np.any(meta["basis"], axis=0), meta["rest"], atol=1e-5)


def test_a_model_whose_encoder_nobody_trained_says_so():
    vae = vc.VAE(vc.ModelConfig(64, (8, 8), hidden_dims=(5,)), generator=torch.Generator().manual_seed(0))
    for algorithm, warnings in (("mcem", 1), ("aevb", 0)):
        about = {"data": "digits", "train_config": vc.TrainConfig(algorithm=algorithm).to_dict()}
        page = AppTest.from_file("../app/main.py", default_timeout=120)
        page.session_state["uploads"] = {"mine": read_upload(pack_model(vae, **about), "mine.safetensors")}
        page.query_params["model"] = "mine"
        page.run()
        assert not page.exception, page.exception
        assert len([warning for warning in page.warning if "trains no encoder" in warning.value]) == warnings
