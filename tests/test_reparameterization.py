"""The three routes of sec. 2.4: each z = g(eps, parameters) has its distribution, and the gradient that goes with it.

A Kolmogorov-Smirnov test fails for a fresh seed with the probability stated: 1e-4.
"""

import math

import pytest
import torch
from scipy import stats
from torch.distributions import Cauchy, Exponential, Laplace, LogNormal, Normal

from vae_core.distributions import (
    cauchy,
    diagonal_normal,
    dirichlet,
    exponential,
    gamma,
    location_scale,
    log_normal,
    logistic,
    reparameterize,
    standard_noise,
    uniform_noise,
)

COUNT = 4000


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def uniform(*shape, seed=1):
    return uniform_noise(shape, generator=generator(seed), like=torch.empty(0, dtype=torch.float64))


def noise(family, *shape, seed=2):
    return standard_noise(family, shape, generator=generator(seed), like=torch.empty(0, dtype=torch.float64))


LOC, SCALE, RATE = (torch.tensor(v, dtype=torch.float64) for v in (0.7, 1.6, 2.5))
DRAWS = {
    "exponential": (lambda: exponential(RATE, uniform(COUNT)), stats.expon(scale=1 / 2.5)),
    "cauchy": (lambda: cauchy(LOC, SCALE, uniform(COUNT)), stats.cauchy(0.7, 1.6)),
    "logistic": (lambda: logistic(LOC, SCALE, uniform(COUNT)), stats.logistic(0.7, 1.6)),
    "gaussian": (lambda: location_scale(LOC, SCALE, noise("gaussian", COUNT)), stats.norm(0.7, 1.6)),
    "laplace": (lambda: location_scale(LOC, SCALE, noise("laplace", COUNT)), stats.laplace(0.7, 1.6)),
    "logistic by scale": (lambda: location_scale(LOC, SCALE, noise("logistic", COUNT)), stats.logistic(0.7, 1.6)),
    "log-normal": (lambda: log_normal(LOC, SCALE, noise("gaussian", COUNT)), stats.lognorm(1.6, scale=math.exp(0.7))),
    "gamma": (lambda: gamma(RATE, uniform(COUNT, 3)), stats.gamma(3, scale=1 / 2.5)),
    "dirichlet, one part": (lambda: dirichlet((1, 3, 2), uniform(COUNT, 6))[:, 1], stats.beta(3, 3)),
}


@pytest.mark.parametrize("name", DRAWS)
def test_draws_follow_the_distribution(name):
    draw, distribution = DRAWS[name]
    assert stats.kstest(draw().numpy(), distribution.cdf).pvalue > 1e-4


class Logistic:
    def __init__(self, loc, scale):
        self.loc, self.scale = loc, scale

    def cdf(self, z):
        return torch.sigmoid((z - self.loc) / self.scale)


ROUTES = [
    (Exponential, lambda rate: exponential(rate, uniform(50)), (2.5,)),
    (Cauchy, lambda *p: cauchy(*p, uniform(50)), (0.7, 1.6)),
    (Logistic, lambda *p: logistic(*p, uniform(50)), (0.7, 1.6)),
    (Normal, lambda *p: location_scale(*p, noise("gaussian", 50)), (0.7, 1.6)),
    (Laplace, lambda *p: location_scale(*p, noise("laplace", 50)), (0.7, 1.6)),
    (LogNormal, lambda *p: log_normal(*p, noise("gaussian", 50)), (0.7, 1.6)),
]


@pytest.mark.parametrize(("family", "draw", "values"), ROUTES, ids=lambda value: getattr(value, "__name__", ""))
def test_gradient_moves_each_draw_along_its_own_quantile(family, draw, values):
    """dz/dtheta is right if and only if the CDF at z(theta) does not change with theta: exact, draw by draw."""
    parameters = [torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in values]
    z = draw(*parameters)
    for i in range(0, 50, 7):
        gradients = torch.autograd.grad(family(*parameters).cdf(z)[i], parameters, retain_graph=True)
        for gradient in gradients:
            assert abs(gradient) < 1e-12
        assert all(g.abs().max() > 0 for g in torch.autograd.grad(z[i], parameters, retain_graph=True))


@pytest.mark.parametrize("route", ["exponential", "cauchy", "logistic"])
def test_first_route_inverts_the_cdf(route):
    u = uniform(20)
    if route == "exponential":
        recovered = Exponential(RATE).cdf(exponential(RATE, u))
    elif route == "cauchy":
        recovered = Cauchy(LOC, SCALE).cdf(cauchy(LOC, SCALE, u))
    else:
        recovered = Logistic(LOC, SCALE).cdf(logistic(LOC, SCALE, u))
    torch.testing.assert_close(recovered, u)


def test_gradient_of_a_gamma_mean_in_its_rate():
    """E[z] = shape / rate, and every draw scales as 1 / rate, so dz/drate = -z / rate."""
    rate = RATE.clone().requires_grad_()
    z = gamma(rate, uniform(30, 4))
    (gradient,) = torch.autograd.grad(z.sum(), rate)
    torch.testing.assert_close(gradient, -z.sum().detach() / RATE)


def test_dirichlet_parts_add_up_and_have_their_means():
    """Means a_k / sum(a) at 4.5 standard errors: failure rate 2e-5."""
    z = dirichlet((1, 3, 2), uniform(COUNT, 6))
    torch.testing.assert_close(z.sum(-1), torch.ones(COUNT, dtype=torch.float64))
    mean = torch.tensor([1.0, 3, 2]) / 6
    assert ((z.mean(0) - mean) / (mean * (1 - mean) / 7 / COUNT).sqrt()).abs().max() < 4.5


def test_encoder_reparameterisation_is_the_second_route():
    q, eps = diagonal_normal(torch.ones(3, 2), torch.full((3, 2), 0.5)), torch.randn(4, 3, 2, generator=generator())
    torch.testing.assert_close(reparameterize(q, eps), location_scale(torch.ones(3, 2), torch.full((3, 2), 0.5), eps))


def test_noise_is_finite_and_its_own_generators():
    before = torch.get_rng_state()
    u = uniform_noise((2**24,), generator=generator(3))
    assert (
        torch.rand(2**24, generator=generator(3)).min() == 0 < u.min()
        and u.max() < 1
        and bool(torch.isfinite(torch.logit(u)).all())
    )
    for family in ("gaussian", "laplace", "logistic"):
        assert torch.equal(noise(family, 5), noise(family, 5)) and not torch.equal(
            noise(family, 5), noise(family, 5, seed=3)
        )
    assert torch.equal(before, torch.get_rng_state())


def test_errors_say_what_is_wrong():
    with pytest.raises(ValueError, match="family must be one of gaussian, laplace, logistic, got 'cauchy'"):
        noise("cauchy", 3)
    with pytest.raises(ValueError, match=r"must have the sum of the concentrations \(=6"):
        dirichlet((1, 3, 2), uniform(4, 5))
