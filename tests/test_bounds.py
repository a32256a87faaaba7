"""The bound against an exact oracle: a linear-Gaussian VAE is probabilistic PCA, whose log p(x) scikit-learn knows.
(Longer than other files: one oracle serves all of them.)

Statistical tests compare a mean with its exact value by z = error / standard error, and fail by chance with a
probability of 6e-7 for each comparison (|z| < 5; 2e-8, |z| < 5.6, where a hundred numbers are compared). Seeds are
fixed.
"""

import inspect
import math

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from vae_core import (
    VAE,
    Bound,
    DataError,
    ModelConfig,
    NonFiniteBound,
    elbo,
    estimate_bound,
    gradients,
    log_marginal,
    marginal,
    posterior,
)
from vae_core.bounds import IMPORTANCE_ESTIMATORS, estimate_importance_bound, importance_bound, sgvb
from vae_core.config import ESTIMATORS
from vae_core.distributions import diagonal_normal, kl_to_standard_normal
from vae_core.gradients import exact_gradient, gradient_surrogate, measure_gradient
from vae_core.posterior import exact_bound, log_joint, posterior_grid

pytestmark = pytest.mark.usefixtures("global_randomness_untouched")
Z = 5.0


@pytest.fixture(scope="module")
def oracle() -> tuple[VAE, PCA, torch.Tensor]:
    """A linear VAE in float64 with PCA's parameters and the exact posterior as its encoder; PCA; 5 datapoints.

    W = components' sqrt(eigenvalue - sigma^2) has orthogonal columns, so that the posterior N(M^-1 W'(x - mean),
    sigma^2 M^-1) with M = W'W + sigma^2 I has a diagonal covariance, as the encoder's.
    """
    rng = np.random.default_rng(1)
    data = rng.normal(size=(60, 4)) @ rng.normal(size=(4, 6)) + 0.5 * rng.normal(size=(60, 6)) + rng.normal(size=6)
    pca = PCA(n_components=4).fit(data)
    config = ModelConfig(
        6, (2, 3), latent_dim=4, hidden_dims=(), likelihood="gaussian", mean="identity", variance_floor=0.0
    )
    vae = VAE(config, generator=torch.Generator().manual_seed(0)).double()
    variance = pca.noise_variance_
    w = torch.from_numpy(pca.components_.T * np.sqrt(pca.explained_variance_ - variance))
    m = (w.T @ w).diagonal() + variance
    mean = torch.from_numpy(pca.mean_)
    with torch.no_grad():
        vae.decoder[0].weight.copy_(w)
        vae.decoder[0].bias.copy_(mean)
        vae.log_var.fill_(math.log(variance))
        vae.encoder[0].weight.copy_(torch.cat([w.T / m[:, None], torch.zeros(4, 6, dtype=torch.float64)]))
        vae.encoder[0].bias.copy_(torch.cat([-(w.T @ mean) / m, (variance / m).log()]))
    return vae, pca, torch.from_numpy(data[:5])


@pytest.fixture
def off_posterior(oracle) -> VAE:
    """The same generative model with an encoder whose mean, variance and bias are wrong, differently for each x."""
    vae = VAE(oracle[0].config, generator=torch.Generator().manual_seed(0)).double()
    vae.load_state_dict(oracle[0].state_dict())
    with torch.no_grad():
        vae.encoder[0].weight += 0.08 * torch.randn(8, 6, generator=torch.Generator().manual_seed(1))
        vae.encoder[0].bias += 0.3
    return vae


def linear_gaussian(vae: VAE, x: torch.Tensor):
    """x - b, W, sigma^2 of the decoder and m, s^2 of q(z|x), all differentiable."""
    m, log_var = (x @ vae.encoder[0].weight.T + vae.encoder[0].bias).chunk(2, dim=-1)
    return x - vae.decoder[0].bias, vae.decoder[0].weight, vae.log_var.exp(), m, log_var.exp()


def exact_elbo(vae: VAE, x: torch.Tensor) -> torch.Tensor:
    """The bound in closed form. With E_q|x - b - Wz|^2 = |x - b - Wm|^2 + sum_j s_j^2 |w_j|^2,

    L = -D/2 log(2 pi sigma^2) - E_q|x - b - Wz|^2 / (2 sigma^2) - 1/2 sum_j (m_j^2 + s_j^2 - 1 - log s_j^2).
    """
    centred, w, variance, m, s2 = linear_gaussian(vae, x)
    squares = (centred - m @ w.T).square().sum(-1) + (s2 * w.square().sum(0)).sum(-1)
    recon = -0.5 * x.shape[1] * torch.log(2 * math.pi * variance) - squares / (2 * variance)
    return recon - 0.5 * (m.square() + s2 - 1 - s2.log()).sum(-1)


def exact_variance(vae: VAE, x: torch.Tensor, estimator: str) -> torch.Tensor:
    """The variance of one sample (L = 1) of an estimator's value.

    With orthogonal columns w_j and r = x - b - Wm, it is a constant + sum_j (a_j eps_j + c_j eps_j^2), whose variance
    is sum_j (a_j^2 + 2 c_j^2): in B a_j = s_j w_j'r / sigma^2 and c_j = -s_j^2 |w_j|^2 / (2 sigma^2); A adds
    log p(z) - log q(z|x) = a constant + sum_j (eps_j^2 - (m_j + s_j eps_j)^2) / 2.
    """
    centred, w, variance, m, s2 = linear_gaussian(vae, x)
    linear = s2.sqrt() * ((centred - m @ w.T) @ w) / variance
    square = -s2 * w.square().sum(0) / (2 * variance)
    if estimator == "A":
        linear, square = linear - m * s2.sqrt(), square + 0.5 * (1 - s2)
    return (linear.square() + 2 * square.square()).sum(-1).detach()


def test_estimator_a_at_the_posterior_is_log_p_of_x_with_variance_zero(oracle, generator):
    vae, pca, x = oracle
    bound = elbo(vae, x.repeat(200, 1), estimator="A", generator=generator(2)).elbo.reshape(200, 5)
    log_p = torch.from_numpy(pca.score_samples(x.numpy())).expand(200, 5)
    torch.testing.assert_close(bound, log_p, rtol=0, atol=1e-10)


def test_the_closed_form_elbo_at_the_posterior_is_log_p_of_x(oracle):
    """So that the oracle of the tests below has itself an oracle."""
    vae, pca, x = oracle
    torch.testing.assert_close(exact_elbo(vae, x).detach().numpy(), pca.score_samples(x.numpy()), rtol=0, atol=1e-10)


def test_elbo_plus_kl_to_the_posterior_is_log_p_of_x(oracle, off_posterior):
    """Eq. (1), with q far from the posterior."""
    posterior, q = oracle[0].encode(oracle[2]), off_posterior.encode(oracle[2])
    kl = torch.distributions.kl_divergence(q, posterior)
    assert bool((kl > 0.05).all())
    log_p = oracle[1].score_samples(oracle[2].numpy())
    total = exact_elbo(off_posterior, oracle[2]) + kl
    torch.testing.assert_close(total.detach().numpy(), log_p, rtol=0, atol=1e-10)


@pytest.mark.parametrize("num_samples", [1, 3, 8])
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_all_estimators_have_the_exact_elbo_as_mean(oracle, off_posterior, generator, estimator, num_samples):
    x, repeats = oracle[2], 4000
    bound = estimate_bound(
        off_posterior, x.repeat(repeats, 1), estimator=estimator, num_samples=num_samples, generator=generator(3)
    )
    draws = bound.elbo.reshape(repeats, 5)
    z = (draws.mean(0) - exact_elbo(off_posterior, x).detach()) / (draws.std(0) / repeats**0.5)
    assert float(z.abs().max()) < Z
    assert torch.equal(bound.elbo, bound.recon_log_lik - bound.kl)


@pytest.mark.parametrize("num_samples", [1, 3])
@pytest.mark.parametrize("estimator", ["A", "B"])
def test_the_variance_of_the_estimators_values_is_the_analytic_one(
    oracle, off_posterior, generator, estimator, num_samples
):
    x, repeats = oracle[2], 20000
    expected = exact_variance(off_posterior, x, estimator) / num_samples
    bound = estimate_bound(
        off_posterior, x.repeat(repeats, 1), estimator=estimator, num_samples=num_samples, generator=generator(4)
    )
    squares = (bound.elbo.reshape(repeats, 5) - exact_elbo(off_posterior, x).detach()).square()
    z = (squares.mean(0) - expected) / (squares.std(0) / repeats**0.5)
    assert float(z.abs().max()) < Z


def test_at_the_posterior_b_has_a_variance_and_a_has_none(oracle):
    vae, _, x = oracle
    assert float(exact_variance(vae, x, "A").max()) < 1e-25
    assert float(exact_variance(vae, x, "B").min()) > 1.0


@pytest.mark.parametrize("num_samples", [pytest.param(1, marks=pytest.mark.slow), 3])
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_mean_gradients_are_those_of_the_exact_elbo(oracle, off_posterior, generator, estimator, num_samples):
    x, groups, noise = oracle[2], 300, generator(5)
    parameters = list(off_posterior.parameters())

    def gradient(value: torch.Tensor) -> torch.Tensor:
        return torch.cat([g.flatten() for g in torch.autograd.grad(value, parameters)])

    exact = gradient(exact_elbo(off_posterior, x).mean())
    many = x.repeat(20, 1)
    draws = torch.stack([
        gradient(elbo(off_posterior, many, estimator=estimator, num_samples=num_samples, generator=noise).elbo.mean())
        for _ in range(groups)
    ])  # fmt: skip
    assert len(exact) == 56 + 30 + 1  # encoder, decoder, log_var
    z = (draws.mean(0) - exact) / (draws.std(0) / groups**0.5).clamp(min=1e-13)
    assert float(z.abs().max()) < 5.6


def test_at_the_posterior_the_gradient_of_stl_has_no_variance_in_the_encoder_and_that_of_a_has_one(oracle):
    """Roeder et al. (2017): log w is the same at every z, so nothing comes back through z."""
    vae, _, x = oracle
    options = {"batch_size": 5, "num_repeats": 20}
    stl, a = (
        measure_gradient(vae, x, estimator=name, generator=torch.Generator().manual_seed(7), **options)
        for name in ("STL", "A")
    )
    assert stl.total_variance < 1e-20 * a.total_variance and a.total_variance > 0.1


# -- the importance-weighted bound (Burda et al. 2016) ------------------------------------------------------------


@pytest.mark.parametrize("estimator", IMPORTANCE_ESTIMATORS)
def test_with_one_draw_the_importance_weighted_bound_is_the_bound(off_posterior, oracle, generator, estimator):
    x, eps = oracle[2], torch.randn(1, 5, 4, generator=generator(1), dtype=torch.float64)
    parameters = list(off_posterior.parameters())
    bounds = (
        importance_bound(off_posterior, x, estimator=estimator, eps=eps),
        elbo(off_posterior, x, estimator=estimator, eps=eps).elbo,
    )
    torch.testing.assert_close(*bounds, rtol=1e-12, atol=1e-12)
    gradients = (torch.autograd.grad(bound.sum(), parameters) for bound in bounds)
    torch.testing.assert_close(*gradients, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("estimator", IMPORTANCE_ESTIMATORS)
def test_at_the_posterior_the_importance_weighted_bound_is_log_p_of_x(oracle, generator, estimator):
    vae, pca, x = oracle
    bound = importance_bound(vae, x, estimator=estimator, num_samples=7, generator=generator(2)).detach().numpy()
    np.testing.assert_allclose(bound, pca.score_samples(x.numpy()), rtol=0, atol=1e-10)


def test_the_importance_weighted_bound_is_the_log_of_the_mean_weight_and_rises_with_k(oracle, off_posterior):
    """The weights written out; 1, 4 and 16 draws of the same noise in groups, whose means lie in this order for every image."""
    x, generator = oracle[2], torch.Generator().manual_seed(3)
    eps = torch.randn(1600, 5, 4, generator=generator, dtype=torch.float64)
    with torch.no_grad():
        q = off_posterior.encode(x)
        z = q.mean + q.stddev * eps
        log_w = log_joint(off_posterior, x, z) - q.log_prob(z)
        means = []
        for k in (1, 4, 16):
            groups = eps.view(-1, k, 5, 4)
            bounds = torch.stack([importance_bound(off_posterior, x, eps=group) for group in groups])
            expected = log_w.view(-1, k, 5).exp().mean(1).log()
            torch.testing.assert_close(bounds, expected, rtol=0, atol=1e-10)
            means.append(bounds.mean(0))
    log_p = torch.from_numpy(oracle[1].score_samples(x.numpy()))
    assert bool((means[0] < means[1]).all() and (means[1] < means[2]).all() and (means[2] < log_p).all())


def test_the_doubly_reparameterised_gradient_is_the_gradient_of_the_importance_weighted_bound(oracle, off_posterior):
    """Tucker et al. (2019): both gradients have the same mean, 87 numbers within 5.6 standard errors of their difference, each at the
    same noise; and in the encoder the doubly reparameterised one has the smaller variance."""
    x, groups = oracle[2], 300
    parameters, gradients = list(off_posterior.parameters()), {}
    for estimator in IMPORTANCE_ESTIMATORS:
        noise = torch.Generator().manual_seed(5)
        draws = []
        for _ in range(groups):
            bound = importance_bound(
                off_posterior, x.repeat(20, 1), estimator=estimator, num_samples=8, generator=noise
            )
            draws.append(torch.cat([g.flatten() for g in torch.autograd.grad(bound.mean(), parameters)]))
        gradients[estimator] = torch.stack(draws)
    difference = gradients["STL"] - gradients["A"]
    z = difference.mean(0) / (difference.std(0) / groups**0.5).clamp(min=1e-13)
    assert float(z.abs().max()) < 5.6
    parts = [torch.full((p.numel(),), name.startswith("encoder.")) for name, p in off_posterior.named_parameters()]
    in_encoder = torch.cat(parts)
    assert gradients["STL"][:, in_encoder].var(0).sum() < 0.7 * gradients["A"][:, in_encoder].var(0).sum()


def test_estimate_importance_bound_does_not_depend_on_batch_size(vae, generator):
    vae = vae.double()
    x = torch.rand(23, 6, generator=generator(1), dtype=torch.float64).round()
    whole, *pieces = (
        estimate_importance_bound(vae, x, num_samples=3, generator=generator(2), batch_size=size)
        for size in (1000, 1, 20)
    )
    assert whole.shape == (23,)
    for piece in pieces:
        torch.testing.assert_close(piece, whole, rtol=0, atol=1e-12)
    with pytest.raises(ValueError, match="estimator must be one of A, STL, got 'B'"):
        importance_bound(vae, x, estimator="B", generator=generator(2))


# -- shapes, noise, pieces ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_the_bound_is_per_datapoint_and_its_terms_add_up(vae, generator, estimator):
    bound = elbo(vae, torch.zeros(5, 6), estimator=estimator, num_samples=9, generator=generator())
    assert isinstance(bound, Bound) and [term.shape for term in bound] == [(5,)] * 3
    assert torch.equal(bound.elbo, bound.recon_log_lik - bound.kl)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_num_samples_is_the_first_dimension_of_eps_and_samples_are_averaged(vae, generator, estimator):
    x = torch.rand(5, 6, generator=generator(1)).round()
    drawn = elbo(vae, x, estimator=estimator, num_samples=9, generator=generator(2))
    eps = torch.randn(9, 5, 4, generator=generator(2))
    given = elbo(vae, x, estimator=estimator, eps=eps)
    assert all(torch.equal(a, b) for a, b in zip(drawn, given, strict=True))
    singles = torch.stack([elbo(vae, x, estimator=estimator, eps=eps[i : i + 1]).elbo for i in range(9)])
    torch.testing.assert_close(given.elbo, singles.mean(0))


@pytest.mark.parametrize("call", [elbo, sgvb, estimate_bound])
def test_one_sample_of_estimator_b_unless_told_otherwise(vae, generator, call):
    x = torch.rand(5, 6, generator=generator(1)).round()
    expected = elbo(vae, x, estimator="B", eps=torch.randn(1, 5, 4, generator=generator(2)))
    for term, same in zip(call(vae, x, generator=generator(2)), expected, strict=True):
        assert torch.equal(term, same)


def test_noise_comes_from_the_generator_alone(vae, generator):
    x = torch.zeros(5, 6)
    first, same, other = (elbo(vae, x, generator=generator(seed)).elbo for seed in (1, 1, 2))
    assert torch.equal(first, same) and not torch.equal(first, other)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_estimate_bound_does_not_depend_on_batch_size(vae, generator, estimator):
    vae = vae.double()
    x = torch.rand(23, 6, generator=generator(1), dtype=torch.float64).round()
    results = [
        estimate_bound(vae, x, estimator=estimator, num_samples=3, generator=generator(2), batch_size=size)
        for size in (1, 4, 21, 1000)
    ]
    for result in results:
        assert [term.shape for term in result] == [(23,)] * 3
        torch.testing.assert_close(tuple(result), tuple(results[0]), rtol=0, atol=1e-12)


def test_results_do_not_depend_on_order(vae, generator):
    vae = vae.double()
    x = torch.rand(23, 6, generator=generator(1), dtype=torch.float64).round()
    eps = torch.randn(3, 23, 4, generator=generator(2), dtype=torch.float64)
    order = torch.randperm(23, generator=generator(3))
    bound, permuted = elbo(vae, x, eps=eps), elbo(vae, x[order], eps=eps[:, order])
    torch.testing.assert_close(permuted.elbo, bound.elbo[order], rtol=0, atol=1e-12)


def test_estimate_bound_keeps_no_graph(vae, generator):
    assert not estimate_bound(vae, torch.zeros(5, 6), generator=generator()).elbo.requires_grad


def test_wrong_arguments_are_named(vae, generator):
    x, unchecked = torch.zeros(5, 6), inspect.unwrap(sgvb)  # without the shape checks of these tests, as users call it
    with pytest.raises(ValueError, match="estimator must be one of A, B, STL, got 'C'"):
        elbo(vae, x, estimator="C", generator=generator())
    with pytest.raises(ValueError, match="num_samples must be a whole number of at least 1, got 0"):
        elbo(vae, x, num_samples=0, generator=generator())
    with pytest.raises(ValueError, match=r"generator must be a torch.Generator \(or give eps\), got None"):
        elbo(vae, x)
    for wrong in [(5, 4), (9, 1, 4), (9, 5, 3)]:
        with pytest.raises(ValueError, match=r"eps must have the shape \(samples, batch, latent_dim\), got "):
            unchecked(vae, x, eps=torch.zeros(wrong))


X = torch.zeros(5, 6)
GREY = "x must be 0 or 1 for a Bernoulli decoder, got values from 0 to "
BAD_PIXELS = {  # what a Bernoulli decoder cannot be asked about, and the line that says so
    "one image": (X[0], "x must have the shape (batch, data_dim=6), got (6,)"),
    "no image": (X[:0], "x must have at least one image, got (0, 6)"),
    "other images": (X[:, :5], "x must have the shape (batch, data_dim=6), got (5, 5)"),
    "int64": (X.long(), "x must be torch.float32, as the model is, got torch.int64: give x.to(torch.float32)"),
    "float64": (X.double(), "x must be torch.float32, as the model is, got torch.float64: give x.to(torch.float32)"),
    "nan": (X.index_fill(0, torch.tensor([1, 3]), math.nan), "x must be finite, got nan or inf in 2 of 5 images"),
    "inf": (X.index_fill(0, torch.tensor([4]), math.inf), "x must be finite, got nan or inf in 1 of 5 images"),
    "grey": (X + torch.tensor([0, 0, 0.25, 0, 1, 0]), GREY + "1; choose binarization 'dynamic' or 'threshold', or the"),
    "7 x": (X + torch.tensor([0, 7.0, 0, 0, 0, 0]), GREY + "7; choose binarization 'dynamic' or 'threshold', or the"),
}


DOORS = {  # public functions of x, and what they need beside it
    elbo: {"generator": torch.Generator()},
    estimate_bound: {"generator": torch.Generator()},
    log_marginal: {"generator": torch.Generator()},
    log_joint: {"z": torch.zeros(5, 4)},
    posterior_grid: {},
    exact_bound: {},
    gradient_surrogate: {"generator": torch.Generator()},
    measure_gradient: {"estimator": "score", "batch_size": 1, "generator": torch.Generator()},
}


@pytest.mark.parametrize("wrong", BAD_PIXELS)
@pytest.mark.parametrize("call", DOORS)
def test_pixels_without_a_probability_are_refused_in_one_line(vae, call, wrong):
    x, message = BAD_PIXELS[wrong]
    with pytest.raises(DataError) as error:
        inspect.unwrap(call)(vae, x, **DOORS[call])
    assert str(error.value).startswith(message) and "\n" not in str(error.value)


@pytest.mark.parametrize("call", [elbo, estimate_bound, log_marginal])
def test_a_gaussian_decoder_takes_any_finite_pixel(model_config, generator, call):
    vae = VAE(model_config.replace(likelihood="gaussian"), generator=generator())
    bound = call(vae, X + 7.5, generator=generator())
    assert (bound.elbo if isinstance(bound, Bound) else bound.mean).isfinite().all()
    with pytest.raises(DataError, match="x must be finite, got nan or inf in 5 of 5 images"):
        call(vae, X + math.inf, generator=generator())


METHODS = [
    {},
    {"proposal": "defensive"},
    {"method": "hmc", "num_samples": 8, "num_chains": 2, "num_warmup": 1},
    {"method": "ais", "num_samples": 2, "num_temperatures": 3},
]


@pytest.mark.parametrize(("likelihood", "weight"), [("bernoulli", 3e38), ("gaussian", 1e30)])
@pytest.mark.parametrize("call", [elbo, estimate_bound, *METHODS])
def test_a_number_that_is_not_finite_is_an_error(model_config, generator, call, likelihood, weight):
    """Weights of which float32 makes log p(x|z) = -inf or nan for some images: a mean over images, a comparison, or a warning that asks
    whether a number is small would take it for an answer."""
    extra = {"mean": "identity", "variance": "shared"} if likelihood == "gaussian" else {}
    vae = VAE(model_config.replace(likelihood=likelihood, **extra), generator=generator())
    with torch.no_grad():
        for parameter in vae.decoder.parameters():
            parameter.fill_(weight)
    options = {"generator": generator()} | (call if isinstance(call, dict) else {})
    with pytest.raises(NonFiniteBound) as error:
        (log_marginal if isinstance(call, dict) else call)(vae, X, **options)
    assert "finite" in str(error.value) and "\n" not in str(error.value)


def test_nan_is_no_good_effective_sample_size():
    """nan < 10 is false."""
    nan = torch.tensor([math.nan, 50.0])
    part = marginal.part_of_draws((nan, nan, nan), 5, 5, {})
    assert part.problems[marginal.LOW_ESS].tolist() == [True, False]


def test_the_exact_bound_of_a_linear_gaussian_model_refuses_them_too(generator):
    config = ModelConfig(6, (2, 3), hidden_dims=(), likelihood="gaussian", mean="identity")
    with pytest.raises(DataError, match="x must be finite, got nan or inf in 5 of 5 images"):
        exact_gradient(VAE(config, generator=generator()), X + math.inf)


def test_many_draws_look_at_the_pixels_once(vae, generator, monkeypatch):
    """HMC and minibatches ask for log p(x, z) and gradients over and over."""
    times = []
    for module in (gradients, marginal, posterior):
        monkeypatch.setattr(module, "check_pixels", lambda *args: times.append(args))
    measure_gradient(vae, X, estimator="A", batch_size=2, num_repeats=3, generator=generator())
    log_marginal(vae, X, method="hmc", num_samples=8, num_chains=2, num_warmup=1, generator=generator())
    assert len(times) == 2


def test_a_training_step_does_not_look_at_its_pixels(vae, generator):
    """`sgvb` is `elbo` without `check_pixels`, which reads the device: the same numbers, and no opinion on grey ones."""
    eps, x = torch.randn(3, 5, 4, generator=generator(1)), X + 1.0
    for term, expected in zip(sgvb(vae, x, eps=eps), elbo(vae, x, eps=eps), strict=True):
        assert torch.equal(term, expected)
    assert sgvb(vae, 0.5 * x, eps=eps).elbo.isfinite().all()
    with pytest.raises(DataError, match=r"x must have the shape \(batch, data_dim=6\), got \(6,\)"):
        inspect.unwrap(sgvb)(vae, x[0], eps=eps)  # the shape costs nothing to see


# -- the Gaussian KL ---------------------------------------------------------------------------------------------


def test_kl_agrees_with_torch_and_is_zero_at_the_prior(generator):
    loc, scale = torch.randn(5, 4, generator=generator(1)), torch.rand(5, 4, generator=generator(2)) + 0.1
    q, prior = diagonal_normal(loc, scale), diagonal_normal(torch.zeros(4), torch.ones(4))
    torch.testing.assert_close(kl_to_standard_normal(q), torch.distributions.kl_divergence(q, prior))
    assert kl_to_standard_normal(diagonal_normal(torch.zeros(5, 4), torch.ones(5, 4))).tolist() == [0.0] * 5


def test_kl_near_the_prior_is_never_negative_and_keeps_its_digits_in_float32():
    """All 400,000 floats around scale = 1. The naive exp(log_var) - log_var - 1 is wrong by 1e-7 here, either way."""
    bits = torch.tensor(1.0).view(torch.int32)
    scale = (bits + torch.arange(-200_000, 200_000, dtype=torch.int32)).view(torch.float32)[:, None]
    kl = kl_to_standard_normal(diagonal_normal(torch.zeros_like(scale), scale)).double()
    assert float(kl.min()) >= 0.0
    log_var = 2 * scale[:, 0].double().log()
    exact = 0.5 * (torch.expm1(log_var) - log_var)
    assert float((kl - exact).abs().max()) < 2e-9
