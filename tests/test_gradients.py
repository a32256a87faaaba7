"""Every gradient estimator against autograd of the exact bound, and their variances against analytic ones.

Statistical tests have fixed seeds; each says how often it would fail for a fresh seed.
"""

import math

import numpy as np
import pytest
import torch

import vae_core as vc
from vae_core.bounds import IMPORTANCE_ESTIMATORS, importance_bound
from vae_core.gradients import (
    BOUND_ESTIMATORS,
    GRADIENT_ESTIMATORS,
    IMPORTANCE_GRADIENTS,
    estimate_gradient,
    exact_gradient,
    gradient_surrogate,
    linear_gaussian_bound,
    measure_gradient,
)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def model():
    """A linear-Gaussian model with 4 pixels, 2 latents and random parameters, and 6 images."""
    config = vc.ModelConfig(4, (2, 2), 2, (), "gaussian", mean="identity", variance="per_pixel")
    vae = vc.VAE(config, generator=generator(1)).double()
    with torch.no_grad():
        vae.log_var.copy_(torch.linspace(-1.0, 0.0, 4))
        vae.encoder[0].bias.copy_(torch.linspace(-0.4, 0.4, 4))
    return vae, torch.randn(6, 4, generator=generator(2), dtype=torch.float64)


def test_exact_bound_is_what_the_sgvb_estimator_estimates(model):
    """Exactly: noise at +-sqrt(J) e_j integrates quadratics without error."""
    vae, x = model
    points = math.sqrt(2) * torch.cat([torch.eye(2), -torch.eye(2)]).double()
    for exact, sampled in zip(
        linear_gaussian_bound(vae, x), vc.elbo(vae, x, eps=points[:, None].expand(4, 6, 2)), strict=True
    ):
        torch.testing.assert_close(exact, sampled, atol=1e-12, rtol=0)


@pytest.mark.parametrize("part", ["encoder", "decoder"])
@pytest.mark.parametrize("estimator", BOUND_ESTIMATORS)
def test_mean_gradient_is_that_of_the_exact_bound(model, estimator, part):
    """At most 20 parameters within 4.5 standard errors, 400 repeats: failure rate 2e-4 each."""
    vae, x = model
    measured = measure_gradient(
        vae, x, estimator=estimator, num_samples=10, batch_size=6, num_repeats=400, part=part, generator=generator(3)
    )
    exact = exact_gradient(vae, x, part=part)
    error = (measured.variance / 400).sqrt()
    assert ((measured.mean - exact) / error).abs().max() < 4.5
    assert exact.norm() > 5 * error.norm(), "the gradient must stand out from its noise for this to test anything"


@pytest.fixture(scope="module")
def small_pca():
    """Probabilistic PCA with one latent dimension, an encoder that is not its posterior, and 3 images. Its log weights vary little over
    the noise: else the log of their mean has a ridge, and sums over few nodes are not exact."""
    config = vc.ModelConfig(4, (2, 2), 1, (), "gaussian", mean="identity", variance="shared", variance_floor=0.0)
    vae = vc.VAE(config, generator=generator(1)).double()
    with torch.no_grad():
        vae.encoder[0].bias.copy_(torch.tensor([0.3, -0.4]))
        vae.encoder[0].weight.mul_(0.3)
        vae.decoder[0].weight.mul_(0.4)
        vae.log_var.fill_(0.5)
    return vae, torch.randn(3, 4, generator=generator(2), dtype=torch.float64)


@pytest.mark.parametrize("estimator", IMPORTANCE_ESTIMATORS)
@pytest.mark.parametrize("draws", [1, 2])
def test_gradients_of_the_importance_weighted_bound_have_its_exact_gradient_as_mean(small_pca, draws, estimator):
    """L_k is an integral over the k draws of eps, here a sum over 30 x 30 nodes of Gauss and Hermite, with log p(x, z) - log q(z|x)
    written out: autograd of that sum is the oracle. The estimator's gradient is averaged over the same nodes: nothing is random."""
    vae, x = small_pca
    nodes, weights = (torch.from_numpy(values) for values in np.polynomial.hermite_e.hermegauss(30))
    eps = (
        torch.cartesian_prod(*[nodes] * draws).reshape(-1, draws).T[:, :, None].expand(-1, -1, 3)
    )  # (k, points, images)
    mass = torch.cartesian_prod(*[weights / weights.sum()] * draws).reshape(-1, draws).prod(1)

    b, w, variance = vae.decoder[0].bias, vae.decoder[0].weight[:, 0], vae.log_var.exp()
    m, log_var = vae.encoder[0](x).T
    z = m + (0.5 * log_var).exp() * eps
    squares = (x - b - w * z[..., None]).square().sum(-1) / variance
    log_w = -2.0 * (2.0 * math.pi * variance).log() - 0.5 * (squares + z.square() - eps.square() - log_var)
    exact = (mass @ (log_w.logsumexp(0) - math.log(draws))).mean()

    images = x.repeat(len(mass), 1)  # each point of eps with each image
    bound = importance_bound(vae, images, estimator=estimator, eps=eps.reshape(draws, -1, 1))
    mean = (mass @ bound.view(-1, 3)).mean()
    assert mean.item() == pytest.approx(exact.item(), abs=1e-12)
    parameters = list(vae.parameters())
    expected, gradients = (torch.autograd.grad(value, parameters) for value in (exact, mean))
    for name, slope, gradient in zip(dict(vae.named_parameters()), expected, gradients, strict=True):
        assert float(slope.norm()) > 0.01, name
        torch.testing.assert_close(gradient, slope, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("estimator", IMPORTANCE_GRADIENTS)
def test_its_gradients_on_the_page_are_those_of_the_importance_weighted_bound(model, estimator):
    vae, x = model
    eps = torch.randn(5, 6, 2, generator=generator(11), dtype=torch.float64)
    bound = importance_bound(vae, x, estimator=IMPORTANCE_GRADIENTS[estimator], eps=eps).mean()
    expected = torch.cat([g.reshape(-1) for g in torch.autograd.grad(bound, list(vae.parameters()))])
    torch.testing.assert_close(estimate_gradient(vae, x, estimator=estimator, part="all", eps=eps), expected)


def test_minibatch_gradients_are_unbiased_for_the_whole_set(model):
    """Eq. (8): minibatches of 2 of 6 images; 12 parameters at 4.5 standard errors: failure rate 8e-5."""
    vae, x = model
    measured = measure_gradient(vae, x, estimator="B", batch_size=2, num_repeats=800, generator=generator(4))
    assert ((measured.mean - exact_gradient(vae, x)) / (measured.variance / 800).sqrt()).abs().max() < 4.5


@pytest.mark.parametrize("num_samples", [1, pytest.param(4, marks=pytest.mark.slow)])
def test_variances_are_the_analytic_ones(num_samples):
    """One image, one latent. In the bias of q's mean, B's gradient is w (x - w z - b) / v - m, so with z = m + s eps
    its variance is (w^2 s / v)^2 / L; A has z in the place of m: (w^2 / v + 1)^2 s^2 / L. Sample variances of 700
    draws within 4.5 standard errors (24 %): failure rate 1e-5."""
    w, v, s = 1.5, 0.4, 0.7
    vae = vc.VAE(
        vc.ModelConfig(1, (1, 1), 1, (), "gaussian", mean="identity", variance_floor=0.0), generator=generator()
    )
    vae = vae.double()
    with torch.no_grad():
        vae.decoder[0].weight.fill_(w)
        vae.log_var.fill_(math.log(v))
        vae.encoder[0].weight.zero_()
        vae.encoder[0].bias.copy_(torch.tensor([0.3, 2 * math.log(s)]))
    x = torch.tensor([[0.8]], dtype=torch.float64)
    for estimator, exact in (("B", (w**2 * s / v) ** 2), ("A", ((w**2 / v + 1) * s) ** 2)):
        options = {"num_samples": num_samples, "batch_size": 1, "num_repeats": 700}
        measured = measure_gradient(vae, x, estimator=estimator, generator=generator(5), **options)
        loc_bias = 2  # the encoder's parameters: two weights, then the biases of mean and log-variance
        assert float(measured.variance[loc_bias]) * num_samples == pytest.approx(exact, rel=4.5 * (2 / 700) ** 0.5)


@pytest.mark.slow
def test_variance_falls_with_samples_and_with_the_batch_and_score_is_worst(model):
    """The total variance falls about fourfold when L or M is made four times as large, at fixed images."""
    vae, x = model

    def total(estimator, num_samples=1, images=1):
        options = {"num_samples": num_samples, "batch_size": images, "num_repeats": 250}
        return measure_gradient(
            vae, x[:1].expand(images, -1), estimator=estimator, generator=generator(6), **options
        ).total_variance

    for estimator in ("A", "B", "score"):
        variance = total(estimator)
        assert 2.7 < variance / total(estimator, num_samples=4) < 5.9
        assert 2.7 < variance / total(estimator, images=4) < 5.9
    assert total("score", images=4) > 2 * total("score-baseline", images=4) > 4 * total("B", images=4)


@pytest.mark.slow
def test_one_sample_is_enough_when_the_minibatch_is_large(model):
    """Sec. 2.3: with M = 100 the spread between minibatches is left, whatever L. So ten times the samples (ten times
    the decoder passes) buy less than a minibatch ten times as large would, which divides the variance by ten."""
    vae, _ = model
    x = 2.0 * torch.randn(3000, 4, generator=generator(7), dtype=torch.float64)
    options = {"estimator": "B", "num_repeats": 200, "generator": generator(8)}
    single, ten = (measure_gradient(vae, x, num_samples=n, batch_size=100, **options).total_variance for n in (1, 10))
    large = measure_gradient(vae, x, num_samples=1, batch_size=1000, **options).total_variance
    assert single / ten < 2.5 and single / large > 6


def test_a_gradient_leaves_the_model_as_it_was_and_follows_its_generator(model):
    vae, x = model
    before = torch.get_rng_state()
    for estimator in GRADIENT_ESTIMATORS:
        options = {"estimator": estimator, "num_samples": 3, "part": "all"}
        first, again = (estimate_gradient(vae, x, generator=generator(9), **options) for _ in range(2))
        assert torch.equal(first, again) and first.shape == (sum(p.numel() for p in vae.parameters()),)
    assert torch.equal(before, torch.get_rng_state()) and all(p.grad is None for p in vae.parameters())


def test_baseline_leaves_out_the_draw_itself(model):
    """By hand for two draws: each one's baseline is the other's f."""
    vae, x = model
    eps = torch.randn(2, 1, 2, generator=generator(10), dtype=torch.float64)
    got = estimate_gradient(vae, x[:1], estimator="score-baseline", eps=eps)
    q = vae.encode(x[:1])
    z = (q.base_dist.loc + q.base_dist.scale * eps).detach()
    f = (vae.decode(z).log_prob(x[:1]) + vae.prior.log_prob(z) - q.log_prob(z)).detach()
    expected = torch.autograd.grad(((f - f.flip(0)) * q.log_prob(z)).mean(), list(vae.encoder.parameters()))
    torch.testing.assert_close(got, torch.cat([g.reshape(-1) for g in expected]))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"estimator": "C", "generator": generator()},
            "estimator must be one of A, B, STL, score, score-baseline, IWAE, DReG, got 'C'",
        ),
        ({"estimator": "score-baseline", "generator": generator()}, "num_samples * batch must be at least 2"),
        ({"estimator": "score"}, "generator must be a torch.Generator"),
    ],
)
def test_errors_say_what_is_wrong(model, options, message):
    with pytest.raises(ValueError) as error:
        gradient_surrogate(model[0], model[1][:1], **options)
    assert str(error.value).startswith(message)


def test_wrong_models_batches_and_parts_are_refused(model, vae):
    with pytest.raises(ValueError, match="the exact bound needs hidden_dims"):
        exact_gradient(vae, torch.zeros(2, 6))
    with pytest.raises(ValueError, match=r"batch_size must be at most the number of images \(=6\), got 7"):
        measure_gradient(*model, estimator="B", batch_size=7, generator=generator())
    with pytest.raises(ValueError, match="part must be one of encoder, decoder, all, got 'middle'"):
        exact_gradient(*model, part="middle")
