"""p(x|z): each likelihood has one home, and what pages and algorithms ask it is what p(x|z) does."""

import ast
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.distributions import Independent

from vae_core import AEVB, VAE, DataError, ModelConfig, TrainConfig, config, elbo, fit, load_model, save_model
from vae_core.data.binarization import check_likelihood_fits
from vae_core.distributions import StableContinuousBernoulli
from vae_core.likelihoods import LIKELIHOODS, default_likelihood, likelihood_of_pixels
from vae_core.posterior import simulate
from vae_core.restoration.block_means import BlockMeans
from vae_core.restoration.observations import BitFlips, GaussianNoise, Mask
from vae_core.restoration.restore import restore

pytestmark = pytest.mark.usefixtures("global_randomness_untouched")

REPOSITORY = Path(__file__).resolve().parent.parent
MAY_NAME_THEM = {  # "gaussian" is also a family of noise, and a word that the glossary explains
    *(f"vae_core/{name}.py" for name in ("config", "likelihoods", "distributions")),
    "app/glossary.py",
    "vae_core/data/own_images.py",  # which likelihood suits one's own images
    "vae_core/coding/pixels.py",  # whose pixels have which code
    "vae_core/columns.py",  # and which suits the columns of a table
    "vae_core/experiments/figure_grid.py",  # and which a run with grey pixels takes
    *(
        f"vae_core/export/{name}.py" for name in ("arrays", "graphs", "modeling_vae")
    ),  # their formulas in other languages
}


def model(likelihood, **options):
    shape = ModelConfig(6, (2, 3), latent_dim=2, hidden_dims=(5,), likelihood=likelihood, **options)
    return VAE(shape, generator=torch.Generator().manual_seed(0)).double()


def named_in(source):
    """Likelihoods that code names: as a text of their own, or as a distribution of torch's."""
    nodes = list(ast.walk(ast.parse(source)))
    texts = {node.value for node in nodes if isinstance(node, ast.Constant)} & set(config.LIKELIHOODS)
    return texts | ({node.name for node in nodes if isinstance(node, ast.alias)} & {"Bernoulli", "ContinuousBernoulli"})


def test_nobody_else_asks_for_a_likelihood_by_name():
    paths = [path for folder in ("vae_core", "app") for path in (REPOSITORY / folder).rglob("*.py")]
    sources = {path.relative_to(REPOSITORY).as_posix(): path.read_text() for path in paths}
    assert {name for name, source in sources.items() if named_in(source)} <= MAY_NAME_THEM
    assert named_in('if likelihood == "gaussian": pass') and named_in("from torch.distributions import Bernoulli")
    assert not named_in('"""A gaussian decoder."""')


def test_every_name_of_a_config_has_its_likelihood():
    assert tuple(LIKELIHOODS) == config.LIKELIHOODS
    for name, kind in LIKELIHOODS.items():
        assert kind.name == name and kind.binary == ("dynamic" in kind.binarizations)
        assert kind.__final__ and likelihood_of_pixels(model(name).decode(torch.zeros(1, 2).double())) is kind


@pytest.mark.parametrize("options", [{}, {"variance": "network"}, {"variance": "per_pixel", "mean": "identity"}])
@pytest.mark.parametrize("name", config.LIKELIHOODS)
def test_all_ways_to_log_p_of_x_given_z_agree(name, options):
    """`log_prob`, the form at points, all pairs, and the pixels of a mask and of the rest."""
    vae = model(name, **options)
    z, x = simulate(vae, 4, generator=torch.Generator().manual_seed(1))
    p, points = vae.decode(z[:, None].expand(4, 4, 2)), vae.decode(z)
    form, expected = vae.likelihood.point_form(points), p.log_prob(x).T
    square = 0.0 if form.square is None else x.square() @ form.square.T
    torch.testing.assert_close(x @ form.linear.T + square + form.constant, expected)
    where = torch.rand(4, 6, generator=torch.Generator().manual_seed(2)) < 0.5
    parts = [(torch.where(part, x, 0.0), part) for part in (where, ~where)]
    torch.testing.assert_close(sum(vae.likelihood.log_prob_where(p, *part) for part in parts).T, expected)
    torch.testing.assert_close(sum(vae.likelihood.log_prob_of_all_pairs(points, *part) for part in parts), expected)


@pytest.mark.parametrize("name", config.LIKELIHOODS)
def test_samples_have_the_mean_and_variance_of_p(name):
    """Within 5 standard errors; fails below 1 in 10,000 fresh seeds."""
    p = model(name).decode(torch.tensor([[0.7, -1.2]]).double().expand(40_000, 2))
    x = LIKELIHOODS[name].sample(p, torch.Generator().manual_seed(3))
    assert bool(LIKELIHOODS[name].supports(x).all())
    assert ((x.mean(0) - p.mean[0]).abs() < 5 * (p.variance[0] / len(x)).sqrt()).all()
    errors = (x - p.mean[0]).square().std(0) / len(x) ** 0.5
    assert ((x.var(0) - p.variance[0]).abs() < 5 * errors).all()


def test_sample_of_a_model_is_that_of_simulate():
    vae = model("bernoulli")
    x = vae.sample(7, generator=torch.Generator().manual_seed(4))
    assert torch.equal(x, simulate(vae, 7, generator=torch.Generator().manual_seed(4))[1]) and not x.requires_grad
    with pytest.raises(ValueError, match="num_images must be a whole number of at least 1, got 0"):
        vae.sample(0, generator=torch.Generator())


def test_what_the_browser_is_told():
    assert model("bernoulli").likelihood.browser_mean == "sigmoid"
    for mean in config.MEANS:
        likelihood = model("gaussian", mean=mean, variance="network").likelihood
        assert likelihood.browser_mean == mean and likelihood.browser_rows == 6 and likelihood.num_outputs == 12


@pytest.mark.parametrize("variance", config.VARIANCES)
@pytest.mark.parametrize("mean", config.MEANS)
def test_noise_is_fixed_where_x_is_the_outputs_plus_noise_that_does_not_depend_on_z(mean, variance):
    vae, z = model("gaussian", mean=mean, variance=variance), torch.tensor([[0.7, -1.2], [-0.4, 2.0]]).double()
    p, outputs = vae.decode(z), vae.decoder(z)[:, :6]
    fixed = torch.equal(p.mean, outputs) and torch.equal(p.stddev[0], p.stddev[1])
    assert vae.likelihood.adds_fixed_noise == fixed
    assert not model("bernoulli").likelihood.adds_fixed_noise


def test_the_likelihood_and_the_binarisation_of_a_data_set():
    assert [default_likelihood(mode) for mode in config.BINARIZATIONS] == ["bernoulli", "bernoulli", "gaussian"]
    assert LIKELIHOODS["bernoulli"].binarizations == ("dynamic", "threshold", "none")
    assert LIKELIHOODS["gaussian"].binarizations == ("none",)


def test_grey_pixels_are_refused_by_a_likelihood_that_has_none():
    grey = torch.full((2, 6), 0.5)
    with pytest.raises(DataError, match="a Bernoulli decoder needs pixels that are 0 or 1 and these are grey; choose"):
        check_likelihood_fits(grey, "bernoulli", "none")
    check_likelihood_fits(grey, "bernoulli", "dynamic")
    check_likelihood_fits(grey, "gaussian", "none")


# -- the continuous Bernoulli --------------------------------------------------------------------------------------

LOGITS = torch.tensor([0.0, 1e-12, 1e-6, 0.003, 0.9, 1.0 - 1e-9, 1.0, 1.3, 5.0, 17.0, 36.0], dtype=torch.float64)
LOGITS = torch.cat([-LOGITS.flip(0), LOGITS])


def ours(logits):
    return StableContinuousBernoulli(logits=logits, validate_args=False)


def test_normaliser_mean_and_variance_are_torchs():
    """In float64 torch's own, with series between the probabilities 0.499 and 0.501, loses few digits: the oracle."""
    logits = LOGITS[LOGITS.abs() < 20.0]  # beyond, torch's own loses digits to probabilities near 1
    torchs = torch.distributions.ContinuousBernoulli(logits=logits)
    for x in (0.0, 0.3, 1.0):
        x = torch.full_like(logits, x)
        torch.testing.assert_close(ours(logits).log_prob(x), torchs.log_prob(x), rtol=0, atol=1e-9)
    torch.testing.assert_close(ours(logits).mean, torchs.mean, rtol=0, atol=1e-9)
    torch.testing.assert_close(ours(logits).variance, torchs.variance, rtol=0, atol=1e-9)


def test_density_integrates_to_one_with_these_moments():
    """By Gauss and Legendre with 200 nodes, which is exact here."""
    nodes, weights = (torch.from_numpy(part) for part in np.polynomial.legendre.leggauss(200))
    x, p = 0.5 * (nodes + 1.0), ours(LOGITS[:, None])
    density = 0.5 * weights * p.log_prob(x).exp()
    mean = (density * x).sum(1)
    torch.testing.assert_close(density.sum(1), torch.ones_like(LOGITS), rtol=0, atol=1e-12)
    torch.testing.assert_close(mean, p.mean[:, 0], rtol=0, atol=1e-12)
    variance = (density * (x - mean[:, None]).square()).sum(1)
    torch.testing.assert_close(variance, p.variance[:, 0], rtol=0, atol=1e-12)
    series = LOGITS.abs() < 1.0
    torch.testing.assert_close(mean[series], p.mean[series, 0], rtol=0, atol=5e-15)
    torch.testing.assert_close(variance[series], p.variance[series, 0], rtol=0, atol=5e-14)


@pytest.mark.parametrize("size", [40.0, 500.0, 1e4, 1e30])
def test_tails_have_their_limits_in_float32(size):
    """From logits of 17 on a probability is 1 in float32; the density near 1 is still that of an exponential variable."""
    p = ours(torch.tensor([size, -size]))
    torch.testing.assert_close(p.log_prob(torch.tensor([1.0, 0.0])), torch.tensor(size).log().expand(2))
    torch.testing.assert_close(p.mean, torch.tensor([1.0 - 1.0 / size, 1.0 / size]))
    torch.testing.assert_close(p.variance, torch.tensor(size).double().square().reciprocal().float().expand(2))
    u = torch.tensor([0.1, 0.9])
    torch.testing.assert_close(p.icdf(u), torch.tensor([1.0 + math.log(0.1) / size, -math.log(0.1) / size]))


def test_gradients_are_those_of_differences_across_the_border_of_the_series():
    logits = LOGITS.clone().requires_grad_()
    x = torch.linspace(0.0, 1.0, len(LOGITS), dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda logits, x: ours(logits).log_prob(x), (logits, x))
    assert torch.autograd.gradcheck(lambda logits: ours(logits).mean, (logits,))
    assert torch.autograd.gradgradcheck(lambda logits: ours(logits).log_partition(), (logits,), torch.ones_like(LOGITS))
    (gradient,) = torch.autograd.grad(ours(logits).mean.sum(), logits)
    torch.testing.assert_close(gradient, ours(LOGITS).variance, rtol=0, atol=1e-12)


def test_the_inverse_cdf_inverts_the_cdf():
    """F(x) = (exp(logit x) - 1) / (exp(logit) - 1); and draws follow it: Kolmogorov and Smirnov at 1.95 / sqrt(n), which
    fails for 1 in 1,000 fresh seeds."""
    u = torch.linspace(0.01, 0.99, 99, dtype=torch.float64)
    for logit in LOGITS:
        torch.testing.assert_close(ours(logit).cdf(ours(logit).icdf(u)), u, rtol=0, atol=1e-12)
        assert ours(logit).cdf(torch.tensor([-1.0, 0.0, 1.0, 2.0]).double()).tolist() == [0.0, 0.0, 1.0, 1.0]
    for logit in LOGITS[LOGITS.abs() > 1e-3]:
        x = ours(logit).icdf(u)
        torch.testing.assert_close(torch.expm1(logit * x) / torch.expm1(logit), u, rtol=0, atol=1e-12)
    torch.testing.assert_close(ours(LOGITS[LOGITS.abs() < 1e-3, None]).icdf(u), u.expand(6, 99), rtol=0, atol=1e-6)
    logits = torch.tensor([0.0, 8.0, -3.0]).double().expand(20_000, 3)
    p = Independent(ours(logits), 1)
    x = LIKELIHOODS["continuous_bernoulli"].sample(p, torch.Generator().manual_seed(5)).sort(0).values
    cdf = ours(logits[0]).cdf(x)
    torch.testing.assert_close(torch.distributions.ContinuousBernoulli(logits=logits[0]).cdf(x), cdf)
    ranks = torch.arange(1, 20_001)[:, None] / 20_000
    assert (cdf - ranks).abs().max() < 1.95 / math.sqrt(20_000)


def test_the_cdf_keeps_its_digits_near_logit_0_in_float32():
    """F(x) = x + logit x (x - 1) / 2 + O(logit^2); torch's own goes through probabilities, which lose the logit there."""
    x, logits = torch.linspace(0.0, 1.0, 11), torch.tensor([[1e-5], [-1e-5], [1e-10], [0.0]])
    torch.testing.assert_close(ours(logits).cdf(x), x + logits * x * (x - 1.0) / 2.0, rtol=0, atol=1.2e-7)


def test_the_decoded_mean_is_not_the_sigmoid_and_the_browser_knows():
    vae = model("continuous_bernoulli")
    z = torch.tensor([[2.0, -3.0]]).double()
    outputs = vae.decoder(z)
    expected = 1.0 / (1.0 - torch.exp(-outputs)) - 1.0 / outputs
    torch.testing.assert_close(vae.decode(z).mean, expected)
    assert (expected - torch.sigmoid(outputs)).abs().max() > 0.02
    assert vae.likelihood.browser_mean == "continuous_bernoulli" and vae.likelihood.browser_rows == 6


def test_training_raises_the_bound_of_grey_pixels_and_the_model_comes_back_from_its_file(grey_dataset, tmp_path):
    """log C lets a density be positive: a bound above 0 nats is a bound of grey pixels, not of 0 and 1."""
    vae = VAE(model("continuous_bernoulli").config, generator=torch.Generator().manual_seed(6))
    settings = TrainConfig(epochs=60, batch_size=10, learning_rate=0.01, binarization="none")
    events = fit(AEVB(vae, settings), grey_dataset, generator=torch.Generator().manual_seed(7))
    bounds = [event.record.test_elbo for event in events if event.record]
    assert bounds[0] < 0.0 and bounds[-1] > bounds[0] + 1.0
    save_model(tmp_path / "model.safetensors", vae)
    loaded = load_model(tmp_path / "model.safetensors")
    assert loaded.config == vae.config
    eps = torch.randn(1, len(grey_dataset.x_test), 2, generator=torch.Generator().manual_seed(8))
    assert torch.equal(elbo(loaded, grey_dataset.x_test, eps=eps).elbo, elbo(vae, grey_dataset.x_test, eps=eps).elbo)


def test_a_mask_is_exact_and_what_has_no_closed_form_is_refused():
    vae = model("continuous_bernoulli")
    with torch.no_grad():
        vae.decoder[-1].weight *= 4.0
    _, x = simulate(vae, 3, generator=torch.Generator().manual_seed(9))
    observed = torch.tensor([True, True, False, True, False, True])
    mask, y = Mask(observed), torch.where(observed, x, torch.nan)
    restoration = restore(vae, y, mask, num_samples=1000, generator=torch.Generator().manual_seed(10))
    assert torch.equal(restoration.samples[:, :, observed], x[:, observed].expand(1000, 3, 4))
    z = torch.randn(100_000, 1, 2, generator=torch.Generator().manual_seed(11)).double()
    with torch.no_grad():
        p = vae.decode(z)
        weights = p.base_dist.log_prob(x)[..., observed].sum(-1).softmax(0)
        mean = torch.einsum("sb,sd->bd", weights, p.mean[:, 0])
    hidden = ~observed
    errors = restoration.samples[..., hidden].std(0) / math.sqrt(1000)
    assert ((restoration.samples.mean(0) - mean)[:, hidden].abs() < 5 * errors).all()
    words = "needs a Bernoulli or Gaussian decoder, whose .* and this model's is continuous Bernoulli; use Mask"
    for observation in (GaussianNoise(0.1), BlockMeans(2, (2, 2))):
        square = ModelConfig(4, (2, 2), likelihood="continuous_bernoulli")
        with pytest.raises(ValueError, match=f"{type(observation).__name__} {words}"):
            observation.check(square, torch.zeros(1, 4))
    with pytest.raises(ValueError, match="BitFlips needs a Bernoulli decoder and .* continuous Bernoulli; use Mask"):
        BitFlips(0.1).check(vae.config, y)
    with pytest.raises(DataError, match=r"observed pixels must lie in \[0, 1\] for this model, got values from 2 to 2"):
        mask.check(vae.config, torch.full((1, 6), 2.0))


@pytest.mark.parametrize("name", ["bernoulli", "continuous_bernoulli"])
def test_one_wrong_pixel_is_enough_for_a_refusal(name):
    x = torch.zeros(2, 6)
    check_likelihood_fits(x, name, "none")
    x[1, 3] = 1.5
    with pytest.raises(DataError, match="decoder needs pixels"):
        check_likelihood_fits(x, name, "none")


def test_pixels_outside_the_unit_interval_are_refused():
    vae, x = model("continuous_bernoulli"), torch.full((2, 6), 1.5, dtype=torch.float64)
    with pytest.raises(
        DataError, match=r"x must be in \[0, 1\] for a continuous Bernoulli decoder, got .* to 1.5; divide"
    ):
        elbo(vae, x, generator=torch.Generator())
    with pytest.raises(DataError, match=r"a continuous Bernoulli decoder needs pixels in \[0, 1\], got .* 1.5; divide"):
        check_likelihood_fits(x, "continuous_bernoulli", "none")
