"""The share of draws that fall in holes, on models whose share is known."""

import math

import numpy as np
import pytest
import torch
from torch.special import ndtr

import vae_core as vc
from vae_core import studies
from vae_core.pca import probabilistic_pca
from vae_core.studies.holes import DRAWS, LEVEL, NO_CLASS, REPEATS, SHOWN, SIMILAR

N = REPEATS * DRAWS


def linear_model(latent_dim, *, scale, shift=0.0, noise=1e-6):
    """Its codes are scale * x + shift + noise * eps, and its pictures undo that: z, up to scale and shift, is what is drawn."""
    config = vc.ModelConfig(
        data_dim=latent_dim, image_shape=(1, latent_dim), latent_dim=latent_dim, hidden_dims=(), likelihood="gaussian",
        mean="identity",
    )  # fmt: skip
    vae = vc.VAE(config, generator=None)
    (decode,), (encode,) = vae.decoder.linear_layers(), vae.encoder.linear_layers()
    with torch.no_grad():
        for parameter in vae.parameters():
            parameter.zero_()
        encode.weight[:latent_dim] = scale * torch.eye(latent_dim)
        encode.bias[:latent_dim] = shift
        encode.bias[latent_dim:] = 2.0 * math.log(noise)
        decode.weight[:latent_dim] = torch.eye(latent_dim) / scale
        decode.bias[:latent_dim] = -shift / scale
    return vae


def test_draws_from_the_aggregate_posterior_itself_are_in_holes_as_rarely_as_images(generator):
    """q(z) is N(0, I): loc 0.8 x with x ~ N(0, I), and noise of variance 0.36."""
    x = torch.randn(1000, 2, generator=generator(1))
    holes = studies.holes(linear_model(2, scale=0.8, noise=0.6), x)
    assert holes.num_draws == N
    for share, error in ((holes.share, holes.share_error), (holes.fitted_share, holes.fitted_share_error)):
        assert 0.0 < error < 0.003 and share == pytest.approx(1.0 - LEVEL, abs=4.0 * error + 0.002)
    assert holes.out_of_reach == pytest.approx(1.0 - LEVEL, abs=4.0 * holes.out_of_reach_error + 0.004)


def test_a_shifted_model_has_nothing_but_holes_under_the_prior(generator):
    x = torch.randn(500, 2, generator=generator(1))
    holes = studies.holes(linear_model(2, scale=1.0, shift=20.0), x)
    assert (holes.share, holes.share_error) == (1.0, 0.0) and holes.in_hole.all()
    assert (holes.out_of_reach, holes.out_of_reach_error) == (1.0, 0.0)
    assert holes.fitted_share < 0.03, "a fitted Gaussian goes where the codes are"


def test_a_code_is_out_of_reach_if_it_lies_outside_what_holds_99_in_100_draws():
    """In two dimensions |z|^2 / 2 is exponential, so this is a circle of radius sqrt(-2 log 0.01) = 3.035."""
    x = torch.tensor([[0.0, 0.0], [2.9, 0.0], [0.0, -3.2], [9.0, 9.0]])
    holes = studies.holes(linear_model(2, scale=1.0), x)
    assert (holes.out_of_reach, holes.out_of_reach_error) == (0.5, 0.0)


@pytest.mark.parametrize("reach", [0.5, 1.0, 2.0])
def test_the_share_is_the_priors_mass_outside_the_codes(reach):
    """Codes evenly from -reach to reach, a step apart: a hole begins one step outside of them."""
    x = torch.linspace(-1.0, 1.0, 101)[:, None]
    holes = studies.holes(linear_model(1, scale=reach), x)
    exact = 2.0 * float(ndtr(torch.tensor(-1.02 * reach)))
    assert holes.share == pytest.approx(exact, abs=4.0 * math.sqrt(exact * (1.0 - exact) / N))
    assert np.array_equal(holes.in_hole, np.abs(holes.draws[:, 0]) > 1.02 * reach)


def test_stretching_the_codes_changes_nothing_but_where_the_prior_draws():
    """So pixels measure, not latent units."""
    x = torch.linspace(-1.0, 1.0, 101)[:, None]
    narrow, wide = (studies.holes(linear_model(1, scale=scale), x) for scale in (1.0, 8.0))
    assert narrow.share > 0.25 and wide.share == 0.0
    assert wide.fitted_share == pytest.approx(narrow.fitted_share, abs=0.002) and narrow.fitted_share > 0.05


def test_the_autoencoder_has_holes_and_the_others_hardly_any():
    x = vc.binarized_test("digits")
    grey = vc.load_data("digits").x_train
    models = vc.load_pretrained("digits-2d"), vc.load_pretrained("digits-ae"), probabilistic_pca(grey, 2, (8, 8))
    vae, plain, pca = (studies.holes(model, x) for model in models)
    assert vae.share < 0.04 and pca.share < 0.1 and plain.share > 0.4
    assert vae.fitted_share < 0.04 and plain.fitted_share > 0.1, "its holes are not only a matter of scale"
    assert vae.out_of_reach < 0.03 and pca.out_of_reach < 0.03 and plain.out_of_reach > 0.5
    assert np.array_equal(vae.draws, plain.draws) and vae.draws.shape == (SHOWN, 2) and vae.in_hole.shape == (SHOWN,)


def test_beside_a_draw_stands_the_image_whose_picture_is_most_like_its_own(generator):
    """A linear decoder: the most similar picture is that of the nearest code, and an encoder without spread has its codes at the means."""
    vae, x = linear_model(2, scale=1.0), torch.randn(50, 2, generator=generator(1))
    of_draws = studies.holes(vae, x)
    assert of_draws.nearest.shape == of_draws.draws.shape and of_draws.similar_images.shape == (SHOWN, SIMILAR)
    with torch.no_grad():
        q = vae.encode(x)
    assert np.array_equal(of_draws.in_hole, of_draws.distances > of_draws.limit)
    nearest = torch.from_numpy(of_draws.nearest)
    distances = torch.cdist(torch.from_numpy(of_draws.draws), nearest)
    codes = q.mean[torch.from_numpy(of_draws.similar_images[:, 0])]
    assert float((codes - nearest).abs().max()) < 6 * float(q.stddev.max())
    assert bool((distances.diagonal() <= distances.min(1).values + 1e-5).all()), "no other one of the nearest is nearer"


def test_a_draw_has_a_class_only_where_its_most_similar_images_agree(generator):
    vae, x = linear_model(2, scale=1.0), torch.randn(50, 2, generator=generator(1))
    of_draws = studies.holes(vae, x)
    assert (of_draws.classes(np.full(50, 3)) == 3).all() and of_draws.most_alike(np.full(50, 3)) == (3, SHOWN)
    similar = of_draws.similar_images[0]
    for others, expected in ((1, 0), (2, NO_CLASS)):
        labels = np.zeros(50, int)
        labels[similar[:others]] = 1  # the nearest among them: it alone decides nothing
        assert of_draws.classes(labels)[0] == expected
    assert of_draws.most_alike(np.arange(50)) == (0, 0), "no image is like another"


def test_a_map_of_holes_has_the_distance_to_the_nearest_picture_in_limits(generator):
    """A linear decoder: that is the distance to the nearest code."""
    vae, x = linear_model(3, scale=1.0), torch.randn(50, 3, generator=generator(1))
    measured = studies.holes(vae, x)
    places = studies.hole_map(vae, measured, [0, 2], 4.0)
    cells = len(places)
    assert places.shape == (cells, cells)
    across, up = (
        4.0 * (2.0 * 10.5 / cells - 1.0),
        4.0 * (1.0 - 2.0 * 3.5 / cells),
    )  # of row 3 from the top and column 10
    nearest = np.linalg.norm(measured.codes - [across, 0.0, up], axis=1).min()
    assert places[3, 10] == pytest.approx(nearest / measured.limit, rel=1e-3)
    assert places.min() < 1.0 < places[0, 0], "codes lie in the middle, none in the corner"
    line = linear_model(1, scale=1.0)
    assert studies.hole_map(line, studies.holes(line, x[:, :1]), [0], 4.0).shape == (1, cells)


def test_a_model_that_draws_one_picture_everywhere_has_no_holes_on_its_map():
    vae, x = linear_model(2, scale=1.0), torch.zeros(5, 2)
    with torch.no_grad():
        vae.decoder.linear_layers()[0].weight.zero_()
    assert np.array_equal(studies.hole_map(vae, studies.holes(vae, x), [0, 1], 4.0) > 1.0, np.zeros((64, 64), bool))


def test_the_seed_decides_all_of_it_and_nothing_else_is_drawn_from(generator):
    vae, x = linear_model(2, scale=0.8, noise=0.6), torch.randn(50, 2, generator=generator(1))
    before = torch.get_rng_state()
    first, again, other = studies.holes(vae, x), studies.holes(vae, x), studies.holes(vae, x, seed=1)
    assert torch.equal(torch.get_rng_state(), before)
    assert (first.share, first.fitted_share) == (again.share, again.fitted_share)
    assert np.array_equal(first.draws, again.draws) and not np.array_equal(first.draws, other.draws)


def test_what_has_no_holes_to_speak_of_is_refused_in_words(generator):
    x = torch.randn(50, 2, generator=generator(1))
    with pytest.raises(ValueError, match="x must have at least 2 images, got 1"):
        studies.holes(linear_model(2, scale=1.0), x[:1])
    with pytest.raises(vc.DataError, match="data_dim=2"):
        studies.holes(linear_model(2, scale=1.0), x[:, :1])
    with pytest.raises(ArithmeticError, match="finite"):
        studies.holes(linear_model(2, scale=1e30, shift=1e30), x * 1e30)
    same = studies.holes(linear_model(2, scale=1.0), torch.zeros(5, 2))  # a covariance of 0 has no Cholesky factor
    assert same.share > 0.9
