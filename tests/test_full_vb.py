"""Full VB: on conjugate linear regression it meets the exact posterior and evidence; its bound is unbiased in theta."""

import math

import pytest
import torch
from torch.distributions import MultivariateNormal, Normal, kl_divergence

import vae_core as vc
from vae_core.full_vb import FullVB, FullVBConfig, ParameterPosterior, predictive_log_prob


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def test_meets_the_posterior_and_the_evidence_of_conjugate_linear_regression():
    """y = A theta + noise with theta ~ N(0, I) and orthogonal columns of A, so that the posterior is a diagonal
    Gaussian: then q can be exact and the bound is the evidence. log p(y|theta) is quadratic, so noise at
    +-sqrt(n) e_j in the place of zeta gives its mean without error, and 5e-3 is what the optimiser leaves."""
    g = generator(1)
    design = torch.linalg.qr(torch.randn(40, 3, generator=g, dtype=torch.float64)).Q * torch.tensor([4.0, 2.0, 0.5])
    y = design @ torch.tensor([1.0, -0.5, 2.0], dtype=torch.float64) + 0.6 * torch.randn(40, generator=g).double()
    covariance = torch.linalg.inv(torch.eye(3) + design.T @ design / 0.36)
    exact_mean = covariance @ design.T @ y / 0.36
    evidence = MultivariateNormal(torch.zeros(40).double(), design @ design.T + 0.36 * torch.eye(40)).log_prob(y)

    posterior = ParameterPosterior({"theta": torch.zeros(3, dtype=torch.float64, requires_grad=True)}, 0.1)
    optimizer = torch.optim.Adam([posterior.loc["theta"], posterior.log_scale["theta"]], lr=0.05)
    for step in range(400):
        for group in optimizer.param_groups:
            group["lr"] = 0.05 * (1 - step / 400)
        theta = torch.stack([posterior.sample(g)["theta"] for _ in range(8)])
        bound = Normal(theta @ design.T, 0.6).log_prob(y).sum(-1).mean() - posterior.kl()
        optimizer.zero_grad()
        (-bound).backward()
        optimizer.step()
    torch.testing.assert_close(posterior.loc["theta"].detach(), exact_mean, atol=0.05, rtol=0)
    torch.testing.assert_close(
        posterior.log_scale["theta"].exp().detach(), covariance.diagonal().sqrt(), atol=0, rtol=0.06
    )
    with torch.no_grad():
        points = math.sqrt(3) * torch.cat([torch.eye(3), -torch.eye(3)]).double()
        theta = posterior.loc["theta"] + posterior.log_scale["theta"].exp() * points
        bound = Normal(theta @ design.T, 0.6).log_prob(y).sum(-1).mean() - posterior.kl()
    assert evidence - 5e-3 < bound <= evidence + 1e-9


def test_kl_of_the_parameters_is_the_gaussian_one():
    posterior = ParameterPosterior({"a": torch.tensor([0.5, -1.0]), "b": torch.tensor([[2.0]])}, 0.3)
    exact = kl_divergence(Normal(torch.tensor([0.5, -1.0, 2.0]), 0.3), Normal(0.0, 1.0)).sum()
    torch.testing.assert_close(posterior.kl(), exact)


def test_samples_of_theta_have_the_scale_of_q():
    """4,000 draws of 3 numbers: means and variances at 4.5 standard errors (failure rate 4e-5)."""
    loc = torch.tensor([0.5, -1.0, 2.0])
    posterior = ParameterPosterior({"a": loc}, 0.3)
    g = generator(2)
    draws = torch.stack([posterior.sample(g)["a"].detach() for _ in range(4000)])
    assert ((draws.mean(0) - loc) / 0.3 * 4000**0.5).abs().max() < 4.5
    assert ((draws.var(0) / 0.09 - 1) / (2 / 4000) ** 0.5).abs().max() < 4.5


def test_bound_is_that_of_the_sampled_model_less_both_kls(vae):
    """With the same draws: `vc.elbo` of the model drawn by hand, and the scaling of eq. (8) divided by N."""
    x = (torch.rand(5, 6, generator=generator(3)) < 0.5).float()
    algorithm = FullVB(vae, vc.TrainConfig(), options=FullVBConfig(first_scale=0.2))
    bound = algorithm.estimate_bound(x, num_train=50, generator=generator(4))
    g = generator(4)
    model = algorithm.draw_model(g)
    assert not torch.equal(model.decoder[0].weight, vae.decoder[0].weight)
    assert torch.equal(model.encoder[0].weight, vae.encoder[0].weight)
    expected = vc.elbo(model, x, eps=torch.randn(1, 5, 4, generator=g))
    torch.testing.assert_close(bound.recon_log_lik, expected.recon_log_lik.mean())
    torch.testing.assert_close(bound.kl, expected.kl.mean())
    torch.testing.assert_close(bound.kl_parameters, algorithm.posterior.kl() / 50)
    torch.testing.assert_close(bound.elbo, bound.recon_log_lik - bound.kl - bound.kl_parameters)


def test_minibatches_estimate_the_bound_of_the_whole_set(vae):
    """The mean over both halves of the data, with the same theta and eps, is the whole set's bound."""
    x = (torch.rand(6, 6, generator=generator(5)) < 0.5).float()
    algorithm = FullVB(vae, vc.TrainConfig(), options=FullVBConfig(first_scale=1e-7))
    with torch.no_grad():
        vae.encoder[-1].weight[4:] = 0.0
        vae.encoder[-1].bias[4:] = -40.0  # q of no width, so that eps does not matter
    halves = [algorithm.estimate_bound(part, num_train=6, generator=generator()).elbo for part in x.split(3)]
    whole = algorithm.estimate_bound(x, num_train=6, generator=generator()).elbo
    torch.testing.assert_close(torch.stack(halves).mean(), whole)


def test_the_encoder_stays_a_point_and_scales_of_theta_learn(vae):
    algorithm = FullVB(vae, vc.TrainConfig())
    assert algorithm.posterior.loc.keys() == algorithm.posterior.log_scale.keys()
    assert all(not name.startswith("encoder.") for name in algorithm.posterior.loc)
    before = {name: tensor.detach().clone() for name, tensor in algorithm.posterior.log_scale.items()}
    algorithm.step(torch.zeros(3, 6), num_train=3, generator=generator())
    assert all(not torch.equal(before[name], tensor) for name, tensor in algorithm.posterior.log_scale.items())


def test_ensemble_averages_probabilities(vae):
    models = FullVB(vae, vc.TrainConfig(), options=FullVBConfig(0.5)).draw_ensemble(3, generator=generator(6))
    x = (torch.rand(4, 6, generator=generator(7)) < 0.5).float()
    log_p = [vc.log_marginal(model, x, num_samples=50, generator=generator()).mean for model in models]
    assert not torch.equal(log_p[0], log_p[1])
    torch.testing.assert_close(predictive_log_prob(log_p).exp(), torch.stack(log_p).exp().mean(0))


def test_what_the_prior_makes_meaningless_is_refused(vae):
    for options in ({"objective": "map"}, {"beta": 2.0}):
        with pytest.raises(ValueError, match="objective must be 'ml' and beta 1 for full VB"):
            FullVB(vae, vc.TrainConfig(**options))
    with pytest.raises(ValueError, match="first_scale must be a finite number above 0"):
        FullVBConfig(first_scale=0.0)
