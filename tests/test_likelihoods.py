"""p(x|z): each likelihood has one home, and what pages and algorithms ask it is what p(x|z) does."""

import ast
from pathlib import Path

import pytest
import torch

from vae_core import VAE, DataError, ModelConfig, config
from vae_core.data.binarization import check_likelihood_fits
from vae_core.likelihoods import LIKELIHOODS, default_likelihood, likelihood_of_pixels
from vae_core.posterior import simulate

pytestmark = pytest.mark.usefixtures("global_randomness_untouched")

CORE = Path(__file__).resolve().parent.parent / "vae_core"
MAY_NAME_THEM = {"config.py", "likelihoods.py", "distributions.py"}  # the last: "gaussian" is also a family of noise


def model(likelihood, **options):
    shape = ModelConfig(6, (2, 3), latent_dim=2, hidden_dims=(5,), likelihood=likelihood, **options)
    return VAE(shape, generator=torch.Generator().manual_seed(0)).double()


def named_in(source):
    """Likelihoods that code names: as a text of their own, or as a distribution of torch's."""
    nodes = list(ast.walk(ast.parse(source)))
    texts = {node.value for node in nodes if isinstance(node, ast.Constant)} & set(config.LIKELIHOODS)
    return texts | ({node.name for node in nodes if isinstance(node, ast.alias)} & {"Bernoulli", "ContinuousBernoulli"})


def test_nobody_else_asks_for_a_likelihood_by_name():
    sources = {str(path.relative_to(CORE)): path.read_text() for path in CORE.rglob("*.py")}
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


def test_the_likelihood_and_the_binarisation_of_a_data_set():
    assert [default_likelihood(mode) for mode in config.BINARIZATIONS] == ["bernoulli", "bernoulli", "gaussian"]
    assert LIKELIHOODS["bernoulli"].binarization_of("threshold") == "threshold"
    assert LIKELIHOODS["gaussian"].binarization_of("threshold") == "none"


def test_grey_pixels_are_refused_by_a_likelihood_that_has_none():
    grey = torch.full((2, 6), 0.5)
    with pytest.raises(DataError, match="a Bernoulli decoder needs pixels that are 0 or 1 and these are grey; choose"):
        check_likelihood_fits(grey, "bernoulli", "none")
    check_likelihood_fits(grey, "bernoulli", "dynamic")
    check_likelihood_fits(grey, "gaussian", "none")
