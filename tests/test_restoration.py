"""x given a part of it: exact on linear-Gaussian models, against a grid on models with two latents, and told when in
doubt. (Longer than other files: each method is held against the same exact posteriors.)

Statistical tests have fixed seeds; each says how often it would fail for a fresh seed.
"""

import math
from dataclasses import replace
from functools import partial

import pytest
import torch
from torch.distributions import MultivariateNormal

import vae_core as vc
from vae_core.posterior import decode_grid
from vae_core.restoration import proposals
from vae_core.restoration.answers import find_completions, find_representatives
from vae_core.restoration.block_means import BlockMeans
from vae_core.restoration.chains import METHODS, NUM_CHAINS, NUM_STEPS, restoration_steps
from vae_core.restoration.distances import mean_deviation, total_variation
from vae_core.restoration.grid import observation_grid, sample_grid
from vae_core.restoration.observations import BitFlips, GaussianNoise, Mask
from vae_core.restoration.proposals import adapt_proposal, log_density, log_density_in_pieces
from vae_core.restoration.restore import log_evidence, restore

pytestmark = pytest.mark.usefixtures("global_randomness_untouched")

SHAPE = (2, 4)
NOISE = 0.4
SEEN = torch.tensor([[1, 0, 1, 1, 0, 0, 1, 0], [0, 0, 1, 0, 1, 0, 0, 1], [1, 1, 0, 0, 0, 1, 0, 0]]).bool()
LINEAR = {"mask": Mask(SEEN), "noise": GaussianNoise(0.5), "blocks": BlockMeans(2, SHAPE)}


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def linear_gaussian(latent_dim):
    """x = W z + b + noise; its encoder is near to p(z|x), but 1.3 times too wide and 5 % off."""
    config = vc.ModelConfig(8, SHAPE, latent_dim, (), "gaussian", mean="identity", variance_floor=0.0)
    vae = vc.VAE(config, generator=generator(3)).double().requires_grad_(False)
    loadings = torch.randn(8, latent_dim, generator=generator(4), dtype=torch.float64)
    precision = torch.eye(latent_dim, dtype=torch.float64) + loadings.T @ loadings / NOISE**2
    weight = 0.95 * torch.linalg.inv(precision) @ loadings.T / NOISE**2
    vae.decoder[0].weight.copy_(loadings)
    vae.decoder[0].bias.copy_(torch.linspace(-0.5, 0.5, 8))
    vae.log_var.fill_(2 * math.log(NOISE))
    vae.encoder[0].weight.copy_(torch.cat([weight, 0 * weight]))
    spread = 2 * math.log(1.3) - precision.diagonal().log()
    vae.encoder[0].bias.copy_(torch.cat([-weight @ vae.decoder[0].bias, spread]))
    return vae


def exact(vae, name, y, i):
    """log p(y), and mean and covariance of (z, x) given y, of image i, by linear algebra on the joint Gaussian."""
    loadings, offset = vae.decoder[0].weight, vae.decoder[0].bias
    j, eye = loadings.shape[1], torch.eye(8, dtype=torch.float64)
    to_joint = torch.cat(
        [torch.cat([torch.eye(j).double(), torch.zeros(j, 8)], 1), torch.cat([loadings, NOISE * eye], 1)]
    )
    joint, mean = to_joint @ to_joint.T, torch.cat([torch.zeros(j).double(), offset])
    blocks = torch.nn.functional.avg_pool2d(eye.reshape(8, 1, *SHAPE), 2).reshape(8, 2).T
    rows = {"mask": eye[SEEN[i]], "noise": eye, "blocks": blocks}[name]
    observe = torch.cat([torch.zeros(len(rows), j).double(), rows], 1)
    value = y[i][SEEN[i]] if name == "mask" else y[i]
    of_y = observe @ joint @ observe.T + (0.25 if name == "noise" else 0.0) * torch.eye(len(rows), dtype=torch.float64)
    gain = joint @ observe.T @ torch.linalg.inv(of_y)
    log_p = MultivariateNormal(observe @ mean, of_y).log_prob(value)
    return log_p, mean + gain @ (value - observe @ mean), joint - gain @ observe @ joint


def observed(vae, name):
    _, x = vc.simulate(vae, 3, generator=generator(5))
    return LINEAR[name].corrupt(x, generator=generator(6))


def two_answers(likelihood="bernoulli"):
    """x_0 depends on |z_0|, x_1 on z_1, x_2 on z_0: with x_2 hidden there are two answers. The encoder is crude."""
    config = vc.ModelConfig(3, (1, 3), 2, (4,), likelihood, mean="identity", activation="silu")
    vae = vc.VAE(config, generator=generator()).double().requires_grad_(False)
    vae.decoder[0].weight.copy_(torch.tensor([[4.0, 0], [-4, 0], [0, 1], [0, -1]]))
    vae.decoder[0].bias.copy_(torch.tensor([-1.0, 1.0, 0, 0]))
    weight = torch.tensor([[2.0, 2, 0, 0], [0, 0, 3, -3], [1.0, -1, 0, 0]])
    vae.decoder[2].weight.copy_(weight if likelihood == "bernoulli" else weight / 4)
    vae.decoder[2].bias.copy_(torch.tensor([-9.0, 0, 0]) if likelihood == "bernoulli" else torch.zeros(3))
    if likelihood == "gaussian":
        vae.log_var.fill_(2 * math.log(0.15))
    vae.encoder[0].weight.copy_(torch.tensor([[0, 0, 1.0], [0, 1, 0], [0, 0, 0], [0, 0, 0]]))
    vae.encoder[0].bias.zero_()
    vae.encoder[2].weight.copy_(torch.tensor([[1.0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]))
    vae.encoder[2].bias.copy_(torch.tensor([-0.3, -0.3, -0.7, -0.7]))
    return vae


TWO_Y = torch.tensor([[1.0, 1.0, math.nan], [1.0, 0.0, math.nan]], dtype=torch.float64)
TWO_SEEN = Mask(torch.tensor([True, True, False]))


# -- exactly known posteriors ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LINEAR)
@pytest.mark.parametrize("latent_dim", [2, 3])
def test_draws_have_the_exact_moments_of_a_linear_gaussian_model(latent_dim, name):
    """Mean and covariance of (z, x) jointly within 5 standard errors of the effective number of draws; on a grid (2) and
    by HMC (3), where it is at most that of the candidates. Fails below 1 in 1,000 fresh seeds."""
    vae, count = linear_gaussian(latent_dim), 4000
    y = observed(vae, name)
    restoration = restore(vae, y, LINEAR[name], num_samples=count, num_chains=count // 4, generator=generator(7))
    assert restoration.samples.shape == (count, 3, 8) and restoration.z.shape == (count, 3, latent_dim)
    assert restoration.diagnostics.warnings == ()
    both = torch.cat([restoration.z, restoration.samples], -1)
    for i in range(3):
        _, mean, covariance = exact(vae, name, y, i)
        candidates = float(restoration.diagnostics.effective_candidates[i])
        assert math.isnan(candidates) == (latent_dim == 2) and not candidates < 300
        effective = count if latent_dim == 2 else 1 / (1 / candidates + 4 / count)
        variance = covariance.diagonal().clamp(min=0)
        assert ((both[:, i].mean(0) - mean).abs() <= 5 * (variance / effective).sqrt() + 1e-9).all()
        centred = both[:, i] - mean
        error = (variance[:, None] * variance + covariance.square()).sqrt() / math.sqrt(effective)
        assert ((centred.T @ centred / count - covariance).abs() <= 5 * error + 1e-9).all()
        deviation = variance[latent_dim:].sqrt()
        assert ((restoration.mean[i] - mean[latent_dim:]).abs() <= 5 * deviation / math.sqrt(effective) + 1e-9).all()
        torch.testing.assert_close(restoration.std[i], deviation, rtol=5 / math.sqrt(2 * effective), atol=1e-6)
        assert [len(answers) for answers in restoration.completions] == [1, 1, 1], "a Gaussian has one answer"


@pytest.mark.parametrize("name", LINEAR)
def test_evidence_is_that_of_the_linear_gaussian_model(name):
    """By importance sampling within 5 standard errors (fails below 1 in 10,000 fresh seeds), on a grid to 1e-3 nats."""
    for latent_dim in (2, 3):
        vae = linear_gaussian(latent_dim)
        y = observed(vae, name)
        truth = torch.stack([exact(vae, name, y, i)[0] for i in range(3)])
        evidence = log_evidence(vae, y, LINEAR[name], num_samples=2000, generator=generator(8))
        assert ((evidence.mean - truth).abs() < 5 * evidence.std_error).all() and float(evidence.std_error.max()) < 0.05
        assert (evidence.direction, evidence.method, evidence.num_samples, evidence.warnings) == (
            "lower",
            "importance",
            2000,
            (),
        )
        if latent_dim == 2:
            grid = observation_grid(vae, y, LINEAR[name])
            torch.testing.assert_close(grid.log_marginal, truth, atol=1e-3, rtol=0)
            assert grid.decoder_passes > 121**2 and not grid.at_edge.any()
    with pytest.raises(ValueError, match="latent_dim must be at most 2 for a grid, got 3; use restore's samples"):
        observation_grid(vae, y, LINEAR[name])


@pytest.mark.parametrize("name", LINEAR)
def test_the_fitted_proposal_is_near_to_the_posterior_and_a_little_wider(name):
    """Weights correct any proposal, so only this test sees a poor one. 700 of 1,000 draws are from the Gaussian, so its mean is
    within a fifth of the posterior's standard deviation, and its covariance within a quarter of 1.2 times the posterior's."""
    vae = linear_gaussian(3)
    y = observed(vae, name)
    proposal = adapt_proposal(vae, y, LINEAR[name], generator(24))
    assert proposal.counts == [700, 200, 100]
    for i in range(3):
        _, mean, covariance = (part if k == 0 else part[:3] for k, part in enumerate(exact(vae, name, y, i)))
        scale = torch.linalg.cholesky(covariance[:, :3])
        error = torch.linalg.solve_triangular(scale, (proposal.loc[i] - mean)[:, None], upper=False)
        assert float(error.abs().max()) < 0.2
        relative = torch.linalg.solve_triangular(scale, proposal.tril[i], upper=False)
        spread = torch.linalg.eigvalsh(relative @ relative.T)
        assert 0.75 * 1.2 < float(spread.min()) and float(spread.max()) < 1.25 * 1.2


def test_the_proposal_has_the_density_that_its_draws_follow():
    """The density against the mixture written out. The draws: moments of z under each component, within 5 standard errors;
    fails below 1 in 1,000 fresh seeds."""
    vae = linear_gaussian(3)
    y = observed(vae, "mask")
    fitted = adapt_proposal(vae, y, LINEAR["mask"], generator(25))
    proposal = replace(fitted, counts=[30_000, 20_000, 10_000])
    (z,) = proposal.draw(generator(26))
    assert z.shape == (60_000, 3, 3)
    standard = MultivariateNormal(torch.zeros(3).double(), torch.eye(3).double())
    gaussian = MultivariateNormal(proposal.loc, scale_tril=proposal.tril)
    codes = [
        MultivariateNormal(loc, torch.diag_embed(scale.square()))
        for loc, scale in zip(proposal.code_locs, proposal.code_scales, strict=True)
    ]
    near = z[::600]
    around = torch.stack([code.log_prob(near).exp() for code in codes]).mean(0)
    density = gaussian.log_prob(near).exp() / 2 + around / 3 + standard.log_prob(near).exp() / 6
    torch.testing.assert_close(proposal.log_prob(near), density.log())
    torch.testing.assert_close(proposal.z_to_whitened(proposal.whitened_to_z(near)), near)
    locs, variances = proposal.code_locs, proposal.code_scales.square()
    moments = [
        (proposal.loc, gaussian.variance),
        (locs.mean(0), variances.mean(0) + locs.var(0, correction=0)),
        (torch.zeros(3, 3), torch.ones(3, 3)),
    ]
    for draws, (mean, variance) in zip(z.split(proposal.counts), moments, strict=True):
        assert ((draws.mean(0) - mean).abs() < 5 * (variance / len(draws)).sqrt()).all()
        squares = (draws - mean).square()
        assert ((squares.mean(0) - variance).abs() < 5 * squares.std(0) / math.sqrt(len(draws))).all()


# -- two latents: against the grid -------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["bernoulli", "gaussian"])
def two(request):
    vae = two_answers(request.param)
    return vae, observation_grid(vae, TWO_Y, TWO_SEEN)


def test_grid_is_the_sum_over_a_plain_one(two):
    vae, grid = two
    axis = torch.linspace(-8, 8, 641, dtype=torch.float64)
    z = torch.cartesian_prod(axis, axis)
    p = vae.decode(z).base_dist
    for i, y in enumerate(TWO_Y):
        log_p = vae.prior.log_prob(z) + p.log_prob(torch.nan_to_num(y))[:, :2].sum(-1)
        truth = log_p.logsumexp(0) + 2 * math.log(0.025)
        assert float(grid.log_marginal[i]) == pytest.approx(float(truth), abs=1e-3)


def test_total_variation_is_at_its_floor_for_exact_draws_and_one_where_nothing_is_shared(two):
    """The mean over 30 sets of 500 draws within 5 standard errors, and a hundredth, of the floor: fails below 1 in 10,000
    fresh seeds."""
    vae, grid = two
    with torch.no_grad():
        density = partial(log_density, vae, torch.nan_to_num(TWO_Y), TWO_SEEN)
        z = sample_grid(grid, 30 * 500, generator(9), density)
    distances = [total_variation(piece, grid) for piece in z.split(500)]
    values = torch.stack([each.value for each in distances])
    assert ((values.mean(0) - distances[0].floor).abs() < 5 * values.std(0) / math.sqrt(30) + 0.01).all()
    assert ((0.05 < distances[0].floor) & (distances[0].floor < 0.2)).all() and (distances[0].cell > 0).all()
    far = total_variation(torch.full((500, 2, 2), 40.0, dtype=torch.float64), grid)
    assert float(far.value.min()) > 0.999
    assert (
        float((total_variation(z[:8000], grid).floor / total_variation(z[:2000], grid).floor - 0.5).abs().max()) < 0.05
    )


def test_mean_deviation_of_a_binomial():
    p, k = torch.tensor([0.003, 0.2, 0.5, 0.96], dtype=torch.float64), torch.arange(31.0, dtype=torch.float64)
    pmf = torch.distributions.Binomial(30, p[:, None]).log_prob(k).exp()
    torch.testing.assert_close(mean_deviation(p, 30), (pmf * (k / 30 - p[:, None]).abs()).sum(1), atol=1e-12, rtol=0)


@pytest.mark.parametrize("start", ["resampled", "exact"])
def test_hmc_reaches_the_grids_posterior_and_keeps_it(two, start):
    """2,000 chains: at most half as far again from p(z|y) as as many exact draws."""
    vae, grid = two
    z = sample_grid(grid, 2000, generator(10)) if start == "exact" else None
    states = restoration_steps(vae, TWO_Y, TWO_SEEN, num_chains=2000, start=z, generator=generator(11))
    last = [next(states) for _ in range(6)][-1]
    distance = total_variation(last.z, grid)
    assert (last.step, last.x.shape) == (5, (2000, 2, 3)) and float(last.acceptance.mean()) > 0.5
    assert (distance.value < 1.5 * distance.floor).all()
    with torch.no_grad():
        torch.testing.assert_close(last.log_joint, log_density(vae, torch.nan_to_num(TWO_Y), TWO_SEEN, last.z))


def test_the_methods_for_comparison_have_the_targets_they_are_said_to_have(two):
    """From exact draws of p(z|y), 20 steps: Metropolis-within-Gibbs stays there (at most half as far again as exact
    draws), pseudo-Gibbs drifts to a target of its own, gradient ascent collects in modes."""
    vae, grid = two
    start, far = sample_grid(grid, 2000, generator(12)), {}
    for method in METHODS[1:]:
        states = restoration_steps(vae, TWO_Y, TWO_SEEN, method=method, start=start, generator=generator(13))
        last = [next(states) for _ in range(21)][-1]
        distance = total_variation(last.z, grid)
        far[method] = distance.value / distance.floor
        assert torch.equal(last.x[..., :2], TWO_Y[:, :2].expand(2000, 2, 2))
        if method == "metropolis_within_gibbs":
            assert 0.01 < float(last.acceptance.mean()) < 0.95
    assert float(far["metropolis_within_gibbs"].max()) < 1.5
    assert float(far["pseudo_gibbs"].min()) > 3.0 and float(far["gradient"].min()) > 5.0


@pytest.mark.parametrize("method", METHODS)
def test_each_state_has_the_log_density_of_its_own_z(two, method):
    vae, _ = two
    states = restoration_steps(vae, TWO_Y, TWO_SEEN, method=method, num_chains=7, generator=generator(27))
    for step in range(4):
        state = next(states)
        assert state.step == step and state.z.shape == (7, 2, 2) and state.acceptance.shape == (7, 2)
        with torch.no_grad():
            torch.testing.assert_close(state.log_joint, log_density(vae, torch.nan_to_num(TWO_Y), TWO_SEEN, state.z))


def test_gradient_ascent_climbs_to_a_mode(two):
    vae, grid = two
    states = restoration_steps(vae, TWO_Y, TWO_SEEN, method="gradient", num_chains=4, generator=generator(14))
    heights = [state.log_joint for state, _ in zip(states, range(301), strict=False)]
    assert (heights[-1] > heights[0]).all()
    assert float((heights[-1].amax(0) - grid.log_joint.amax(1)).abs().max()) < 0.01


@pytest.mark.parametrize("method", METHODS)
def test_every_method_gives_observed_pixels_bit_for_bit_and_says_what_it_did(two, method):
    vae, _ = two
    options = {"num_chains": 5, "num_steps": 20} if method != "posterior" else {}
    restoration = restore(vae, TWO_Y, TWO_SEEN, method=method, num_samples=12, generator=generator(15), **options)
    assert (
        restoration.samples.shape == (12, 2, 3) and restoration.z.shape == (12, 2, 2) and restoration.method == method
    )
    assert torch.equal(restoration.samples[..., :2], TWO_Y[:, :2].expand(12, 2, 2))
    assert torch.equal(restoration.mean[:, :2], TWO_Y[:, :2])
    for y, answers in zip(TWO_Y, restoration.completions, strict=True):
        assert all(torch.equal(answer.image[:2], y[:2]) for answer in answers)
    assert (
        torch.equal(restoration.std[:, :2], torch.zeros(2, 2, dtype=torch.float64))
        and (restoration.std[:, 2] > 0).all()
    )
    assert restoration.diagnostics.acceptance.isnan().all() == (method != "metropolis_within_gibbs")
    again = restore(vae, TWO_Y, TWO_SEEN, method=method, num_samples=12, generator=generator(15), **options)
    assert torch.equal(restoration.samples, again.samples) and torch.equal(restoration.std, again.std)


def test_metropolis_within_gibbs_starts_where_pseudo_gibbs_is_after_20_steps(two):
    """A draw of the prior fits no y, and hardly any z of the encoder is accepted from there. A start that is given stays."""
    vae, _ = two
    y, options = torch.nan_to_num(TWO_Y), {"num_chains": 3}
    plain = restoration_steps(vae, y, TWO_SEEN, method="pseudo_gibbs", generator=generator(30), **options)
    state = [next(plain) for _ in range(21)][-1]
    corrected = "metropolis_within_gibbs"
    first = next(restoration_steps(vae, y, TWO_SEEN, method=corrected, generator=generator(30), **options))
    assert first.step == 0 and torch.equal(first.z, state.z)
    start = torch.zeros(3, 2, 2, dtype=torch.float64)
    first = next(restoration_steps(vae, y, TWO_SEEN, method=corrected, start=start, generator=generator(30)))
    assert torch.equal(first.z, start)


@pytest.mark.parametrize("method", METHODS[1:])
def test_samples_are_spread_over_the_second_half_of_the_steps(two, method):
    """Steps 6, 8 and 10 of 10, with 2 chains; of the ascent, one chain a sample, the last step. The acceptance is the mean of all
    steps."""
    vae, _ = two
    options = {"num_samples": 6, "num_steps": 10, "method": method} | (
        {} if method == "gradient" else {"num_chains": 2}
    )
    restoration = restore(vae, TWO_Y, TWO_SEEN, generator=generator(28), **options)
    num_chains = 6 if method == "gradient" else 2
    y = torch.nan_to_num(TWO_Y)
    states = restoration_steps(vae, y, TWO_SEEN, method=method, num_chains=num_chains, generator=generator(28))
    states = [next(states) for _ in range(11)]
    steps = (10,) if method == "gradient" else (6, 8, 10)
    assert torch.equal(restoration.z, torch.cat([states[step].z for step in steps]))
    if method == "metropolis_within_gibbs":
        acceptance = torch.stack([state.acceptance.mean(0) for state in states[1:]]).mean(0)
        torch.testing.assert_close(restoration.diagnostics.acceptance, acceptance)
    odd = restore(vae, TWO_Y, TWO_SEEN, generator=generator(28), **(options | {"num_samples": 5}))
    assert odd.z.shape == (5, 2, 2)


@pytest.mark.parametrize(("method", "latent_dim"), [("posterior", 2), ("posterior", 3), *((m, 2) for m in METHODS[1:])])
def test_decoder_passes_are_those_that_z_took(method, latent_dim, monkeypatch):
    """All that were made, but for one pass a sample that E[x|y] and its spread take."""
    monkeypatch.setattr("vae_core.restoration.restore.find_completions", lambda vae, y, *rest: [[]] * len(y))
    vae, rows = linear_gaussian(latent_dim), []
    _, x = vc.simulate(vae, 3, generator=generator(20))
    with vae.decoder.register_forward_hook(lambda module, given, out: rows.append(out.shape[:-1].numel())):
        options = {"num_samples": 7, "num_chains": 4, "num_steps": 5, "method": method}
        restoration = restore(vae, x, LINEAR["mask"], generator=generator(21), **options)
    assert restoration.diagnostics.decoder_passes == sum(rows) - 7 * 3
    rows.clear()
    with vae.decoder.register_forward_hook(lambda module, given, out: rows.append(out.shape[:-1].numel())):
        evidence = log_evidence(vae, x, LINEAR["mask"], num_samples=50, generator=generator(21))
    assert evidence.decoder_passes == sum(rows)


def test_a_grid_that_is_there_is_used_and_each_image_gets_its_own_back(two):
    """With the tolerance and the coarse grid that a page holds: the same z as from its parts, and their grids."""
    vae, _ = two
    coarse = decode_grid(vae, vae.encode(TWO_Y.nan_to_num()).mean)
    options = {"tolerance": 0.02, "num_samples": 9}
    restoration = restore(vae, TWO_Y, TWO_SEEN, coarse=coarse, generator=generator(22), **options)
    draws = generator(22)
    for i, grid in enumerate(restoration.grids):
        y, seen = torch.nan_to_num(TWO_Y[i : i + 1]), TWO_SEEN.for_images(slice(i, i + 1))
        expected = observation_grid(vae, y, seen, 0.02, coarse=coarse)
        assert torch.equal(grid.points, expected.points) and torch.equal(grid.log_joint, expected.log_joint)
        with torch.no_grad():
            z = sample_grid(expected, 9, draws, partial(log_density, vae, y, seen))
        assert torch.equal(restoration.z[:, i : i + 1], z)
    alone = restore(vae, TWO_Y, TWO_SEEN, generator=generator(22), **options)
    saved = alone.diagnostics.decoder_passes - restoration.diagnostics.decoder_passes
    assert saved == 121**2 and len(alone.grids) == 2
    finer = restore(vae, TWO_Y, TWO_SEEN, coarse=coarse, num_samples=9, tolerance=1e-5, generator=generator(22))
    if not vae.likelihood.binary:  # there the first halving is exact to 1e-8 nats
        assert all(a.spacing < b.spacing for a, b in zip(finer.grids, restoration.grids, strict=True))
    with pytest.raises(ValueError, match="tolerance must be a finite number above 0, got 0"):
        restore(vae, TWO_Y, TWO_SEEN, tolerance=0.0, num_samples=9, generator=generator())
    assert restore(vae, TWO_Y, TWO_SEEN, method="gradient", num_steps=2, generator=generator()).grids == ()


# -- distinct answers --------------------------------------------------------------------------------------------


def test_two_answers_are_found_with_their_weights(two):
    """Weights within 5 standard errors of those of the grid's two halves: fails below 1 in 10,000 fresh seeds."""
    vae, grid = two
    restoration = restore(vae, TWO_Y, TWO_SEEN, num_samples=2000, generator=generator(16))
    for i, answers in enumerate(restoration.completions):
        exact_right = float(grid.log_joint[i].double().softmax(0)[grid.points[:, 0] > 0].sum())
        assert len(answers) == 2 and sum(a.weight for a in answers) == pytest.approx(1.0)
        assert answers[0].weight >= answers[1].weight
        right = next(a for a in answers if a.z[0] > 0)
        left = next(a for a in answers if a.z[0] < 0)
        assert abs(right.weight - exact_right) < 5 * math.sqrt(exact_right * (1 - exact_right) / 2000)
        assert float(left.image[2]) + 0.3 < float(restoration.mean[i, 2]) < float(right.image[2]) - 0.2


def test_with_few_draws_too_the_weights_are_those_of_the_grid(two):
    """Shares of 40 draws would be off by up to 8 points."""
    vae, grid = two
    restoration = restore(vae, TWO_Y, TWO_SEEN, num_samples=40, generator=generator(31))
    for i, answers in enumerate(restoration.completions):
        exact_right = float(grid.log_joint[i].double().softmax(0)[grid.points[:, 0] > 0].sum())
        right = sum(answer.weight for answer in answers if answer.z[0] > 0)
        assert right == pytest.approx(exact_right, abs=0.005) and sum(a.weight for a in answers) == pytest.approx(1.0)


def test_answers_beyond_the_most_go_to_the_nearest_and_weights_still_add_up(two, monkeypatch):
    vae, grid = two
    monkeypatch.setattr("vae_core.restoration.answers.MOST_COMPLETIONS", 2)
    monkeypatch.setattr("vae_core.restoration.answers.BARRIER", -0.5)
    with torch.no_grad():
        completions = find_completions(vae, TWO_Y, TWO_SEEN, sample_grid(grid, 50, generator(17)))
    assert [len(answers) for answers in completions] == [2, 2]
    assert [sum(a.weight for a in answers) for answers in completions] == pytest.approx([1.0, 1.0])


def test_a_draw_that_no_answer_reaches_joins_the_one_with_the_lowest_barrier(monkeypatch):
    """The two most probable draws lead, one on each side of z_0 = 0. All others are beyond the limit of the barrier."""
    monkeypatch.setattr("vae_core.restoration.answers.MOST_COMPLETIONS", 2)
    monkeypatch.setattr("vae_core.restoration.answers.BARRIER", -math.inf)
    side = torch.tensor([1.0, -1, 1, 1, 1, 1, 1, -1, -1, -1], dtype=torch.float64)
    distance = torch.tensor([1.5, 1.501, *torch.linspace(1.8, 2.0, 8).tolist()], dtype=torch.float64)
    z, y = torch.stack([side * distance, torch.ones(10)], -1)[:, None], TWO_Y[:1]
    with torch.no_grad():
        log_p = log_density(two_answers(), y, TWO_SEEN, z)[:, 0]
        answers = find_completions(two_answers(), y, TWO_SEEN, z)[0]
    assert log_p[:2].min() > log_p[2:].max()
    assert [answer.weight for answer in answers] == pytest.approx([0.6, 0.4])
    assert torch.equal(torch.stack([answer.z for answer in answers]), z[:2, 0])


def test_the_kinds_of_image_among_draws_are_as_many_as_can_be_told_apart():
    vae, seen = two_answers(), Mask(TWO_SEEN.observed)
    near = 0.01 * torch.randn(40, 1, 2, generator=generator(20)).double()
    z = near + torch.tensor([[[2.5, 0.0]]] * 30 + [[[-2.5, 0.0]]] * 10, dtype=torch.float64)
    with torch.no_grad():
        kinds = find_representatives(vae, TWO_Y[:1], seen, z)[0]
        assert [kind.weight for kind in kinds] == [0.75, 0.25]
        assert all(any(torch.equal(kind.z, draw) for draw in z[:, 0]) for kind in kinds), "each is one of the draws"
        assert kinds[0].z[0] > 0 > kinds[1].z[0]
        alike = find_representatives(vae, TWO_Y[:1], seen, z[:30])[0]
    assert [kind.weight for kind in alike] == [1.0], "draws that look alike are of one kind"
    with torch.no_grad():
        (kind,) = find_representatives(vae, TWO_Y[:1], seen, z[:1])[0]
    assert kind.weight == 1.0 and torch.equal(kind.z, z[0, 0]), "one draw is a kind of its own"


def test_groups_of_an_image_do_not_depend_on_the_other_images():
    vae, each = two_answers(), torch.tensor([[True, True, False], [True, False, False]])
    z = torch.randn(30, 2, 2, generator=generator(29)).double()
    both = find_representatives(vae, TWO_Y, Mask(each), z)
    for i in range(2):
        alone = find_representatives(vae, TWO_Y[i : i + 1], Mask(each[i : i + 1]), z[:, i : i + 1])[0]
        assert [kind.weight for kind in both[i]] == [kind.weight for kind in alone]
        assert all(torch.equal(a.z, b.z) for a, b in zip(both[i], alone, strict=True))
        for a, b in zip(both[i], alone, strict=True):
            torch.testing.assert_close(a.image, b.image)


# -- nothing, everything, many -----------------------------------------------------------------------------------


@pytest.mark.parametrize("latent_dim", [2, 3])
def test_nothing_observed_is_the_prior_and_everything_the_image_and_both_say_so(latent_dim):
    """Moments of the prior within 5 standard errors: fails below 1 in 1,000 fresh seeds."""
    vae, count = linear_gaussian(latent_dim), 2000
    _, x = vc.simulate(vae, 2, generator=generator(18))
    mask = Mask(torch.tensor([[False] * 8, [True] * 8]))
    restoration = restore(vae, x, mask, num_samples=count, num_chains=500, generator=generator(19))
    effective = count / 4
    assert float(restoration.z[:, 0].mean(0).abs().max()) < 5 / math.sqrt(effective)
    assert float((restoration.z[:, 0].var(0) - 1).abs().max()) < 5 * math.sqrt(2 / effective)
    assert torch.equal(restoration.samples[:, 1], x[1].expand(count, 8)) and torch.equal(restoration.mean[1], x[1])
    assert not restoration.std[1].any()
    assert restoration.diagnostics.warnings == (
        "1 of 2 images: nothing is observed, so the samples are of the prior",
        "1 of 2 images: every pixel is observed, so there is nothing to restore and the image comes back as it is",
    )


def test_images_are_worked_on_in_pieces_each_with_its_own_mask(monkeypatch):
    vae = linear_gaussian(2)
    y = observed(vae, "mask")
    monkeypatch.setattr("vae_core.restoration.restore.IMAGES_AT_A_TIME", 2)
    done = []
    restoration = restore(
        vae, y, LINEAR["mask"], num_samples=7, generator=generator(20), progress=lambda *each: done.append(each)
    )
    assert done == [(2, 3), (3, 3)] and restoration.samples.shape == (7, 3, 8) and len(restoration.completions) == 3
    assert torch.equal(restoration.samples[:, SEEN], y[SEEN].expand(7, -1)) and bool(
        restoration.samples.isfinite().all()
    )
    evidence = log_evidence(vae, y, LINEAR["mask"], num_samples=500, generator=generator(21))
    truth = torch.stack([exact(vae, "mask", y, i)[0] for i in range(3)])
    assert float((evidence.mean - truth).abs().max()) < 0.5


def test_few_candidates_are_warned_of(monkeypatch):
    vae = linear_gaussian(3)
    monkeypatch.setattr("vae_core.restoration.restore.LEAST_ESS", 1e6)
    y = observed(vae, "noise")
    restoration = restore(vae, y, LINEAR["noise"], num_samples=2, num_steps=1, generator=generator(22))
    few = "3 of 3 images: fewer than 10 effective candidates to start the chains from: they may miss parts of the posterior"
    assert few in restoration.diagnostics.warnings
    assert log_evidence(vae, y, LINEAR["noise"], num_samples=50, generator=generator(23)).warnings


@pytest.mark.parametrize(
    "observation, options, message",
    [
        (TWO_SEEN, {"method": "magic"}, "method must be one of posterior, pseudo_gibbs, metropolis_within_gibbs, gradient, got 'magic'"),
        (TWO_SEEN, {"num_samples": 0}, "num_samples must be a whole number of at least 1, got 0"),
        (TWO_SEEN, {"num_chains": 0}, "num_chains must be a whole number of at least 1, got 0"),
        (TWO_SEEN, {"num_steps": -1}, "num_steps must be a whole number of at least 1, got -1"),
        (BitFlips(0.1), {}, "BitFlips needs a Bernoulli decoder and this model's is Gaussian; use GaussianNoise"),
        (Mask(torch.ones(5).bool()), {}, "the mask must have data_dim (=3) entries per image, got (5,)"),
    ],
)  # fmt: skip
def test_bad_input_is_a_clear_error_everywhere(observation, options, message):
    vae = two_answers("gaussian")
    with pytest.raises(ValueError) as raised:
        restore(vae, TWO_Y, observation, generator=generator(), **options)
    assert str(raised.value) == message
    with pytest.raises(ValueError, match="num_samples must be a whole number of at least 10, got 9"):
        log_evidence(vae, TWO_Y, TWO_SEEN, num_samples=9, generator=generator())
    if not options:
        for function in (observation_grid, log_evidence, restoration_steps):
            with pytest.raises(ValueError) as raised:
                function(
                    vae, TWO_Y, observation, **({} if function is observation_grid else {"generator": generator()})
                )
            assert str(raised.value) == message


def test_looking_at_a_chain_leaves_gradients_on():
    states = restoration_steps(two_answers(), TWO_Y, TWO_SEEN, method="pseudo_gibbs", generator=generator())
    next(states)
    assert torch.is_grad_enabled()


def test_the_defaults_are_those_that_restore_documents():
    words = " ".join(restore.__doc__.split())
    assert f"`num_chains` ({NUM_CHAINS}) chains of HMC with `num_steps` ({NUM_STEPS}) transitions" in words
    assert f"over the first {NUM_STEPS} transitions" in " ".join(restoration_steps.__doc__.split())
    vae, y = small_vae(3), torch.ones(1, 6)
    calls = {
        options: restored_passes(vae, y, dict(options))
        for options in ((), (("num_chains", NUM_CHAINS), ("num_steps", NUM_STEPS)))
    }
    assert len(set(calls.values())) == 1


def small_vae(latent_dim: int) -> vc.VAE:
    return vc.VAE(vc.ModelConfig(6, (2, 3), latent_dim, (5,)), generator=torch.Generator().manual_seed(0))


def restored_passes(vae: vc.VAE, y: torch.Tensor, options: dict) -> int:
    """The decoder passes of HMC with these options."""
    mask = Mask(torch.arange(6) < 3)
    return restore(
        vae, y, mask, num_samples=40, generator=torch.Generator().manual_seed(0), **options
    ).diagnostics.decoder_passes


def test_more_images_than_a_piece_has_rows_have_the_same_density(vae, generator, monkeypatch):
    y, mask = torch.rand(3, 6, generator=generator(0)).round(), Mask(torch.ones(6, dtype=torch.bool))
    z = torch.randn(5, 3, vae.config.latent_dim, generator=generator(1))
    expected = log_density(vae, y, mask, z).double()
    for rows in (2, 3, 7, 4096):
        monkeypatch.setattr(proposals, "ROWS_AT_A_TIME", rows)
        torch.testing.assert_close(log_density_in_pieces(vae, y, mask)(z), expected)
