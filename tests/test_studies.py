"""Studies from plain Python, as a notebook calls them: no screen, and numbers that agree with what is known exactly."""

import copy
import itertools
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

import vae_core as vc
from vae_core.gradients import BOUND_ESTIMATORS, estimate_gradient, measure_gradient
from vae_core.pca import probabilistic_pca
from vae_core.posterior import bound_on_grid, log_joint
from vae_core.studies import estimation, gradient_variance
from vae_core.studies.close_ups import close_up, decoded_grid
from vae_core.studies.image_bounds import image_bound
from vae_core.studies.iterations import SLOW, iteration, trace_step
from vae_core.studies.planes import widest_axes
from vae_core.studies.redrawing import FRESH, fresh_spread, redraws
from vae_core.studies.single_gradients import single_gradients
from vae_core.studies.toys import toy, toy_bound, train_toy

STUDIES = sorted(path.stem for path in (Path(vc.__file__).parent / "studies").glob("[a-z]*.py"))


@pytest.fixture(scope="module")
def digits():
    return vc.load_pretrained("digits-2d"), vc.binarized_test("digits")


@pytest.fixture(scope="module")
def linear():
    """A linear-Gaussian model whose q is the exact posterior, its data, and log p(x) by scikit-learn."""
    x = vc.load_data("digits").x_train[:400] + 0.05 * torch.randn(400, 64, generator=torch.Generator().manual_seed(3))
    exact = PCA(2, svd_solver="full").fit(x.double().numpy())
    return probabilistic_pca(x, 2, (8, 8)), x, exact.score_samples(x[:6].double().numpy())


def test_studies_need_no_screen():
    assert "close_ups" in STUDIES
    imports = "; ".join(f"import vae_core.studies.{name}" for name in STUDIES)
    code = f"import sys; {imports}; print(sorted({{'streamlit', 'plotly', 'aevb_lab'}} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


# -- the bound ---------------------------------------------------------------------------------------------------


def test_the_bound_of_a_linear_model_is_log_p_of_pca(linear):
    """q is the posterior there: no gap, and all estimators that weigh draws of q are exact."""
    vae, x, exact = linear
    for row in range(3):
        bound = image_bound(vae, x, row)
        assert bound.exact and bound.log_marginal == pytest.approx(exact[row], abs=2e-3)
        assert bound.gap == pytest.approx(0.0, abs=2e-3)
        assert bound.recon_log_lik - bound.kl == pytest.approx(bound.elbo)
        assert bound.kl == pytest.approx(bound.kl_per_dim.sum(), rel=1e-6)
        assert bound.elbo + bound.gap == pytest.approx(bound.log_marginal)
    effort = estimation.Effort(num_samples=300, num_chains=4, num_temperatures=50)
    for row in estimation.estimators(2, effort):
        estimate = estimation.estimate(vae, x[1:2], row, seed=1)
        assert abs(estimate.mean - exact[1]) < 4.5 * estimate.std_error + 2e-3, row.name
        assert estimate.seconds > 0.0 and estimate.decoder_passes >= 256
        assert estimate.is_wrong(exact[1] - 0.1 - 4.0 * estimate.std_error - 0.01) and not estimate.is_wrong(
            estimate.mean
        )
        if row.options and row.name != estimation.EXACT:
            z, shares = estimate.draws
            assert len(z) == len(set(map(tuple, z.tolist()))) or "App. D" in row.name, "each draw once"
            assert z.shape == (len(shares), 2) and 4 <= len(z) <= estimation.SHOWN_DRAWS and 0.0 < shares.sum() <= 1.001
            has_prior = row.name in (estimation.DEFENSIVE, estimation.ADAPTIVE)
            assert has_prior == (np.abs(z - z.mean(0)).max() > 1.5), "some of their draws are the prior's"
        else:
            assert estimate.draws is None
    many = estimation.estimate(vae, x[1:2], estimation.estimators(2, estimation.Effort())[2]).draws
    least = estimation.SHOWN_DRAWS - estimation.HEAVIEST_DRAWS
    assert least <= len(many.z) <= estimation.SHOWN_DRAWS and many.shares.max() > 1 / 5000, (
        "the heaviest are among them"
    )


def test_the_bound_takes_the_sums_that_were_made_before(digits):
    vae, x = digits
    coarse = decoded_grid(vae, x)
    on_grid = close_up(vae, x[5:6], coarse=coarse)
    once, again = image_bound(vae, x, 5, coarse=coarse), image_bound(vae, x, 5, on_grid=on_grid)
    assert once.log_marginal == again.log_marginal == on_grid.log_marginal
    assert once.elbo == again.elbo == on_grid.encoder.elbo
    assert once.gap == pytest.approx(once.log_marginal - once.elbo) and once.gap > 0.01, "no model's q is exact here"
    truth = vc.log_marginal(vae, x[5:6], method="quadrature")
    assert once.log_marginal == pytest.approx(float(truth.mean), abs=2e-3)
    assert once.mean_kl_per_dim.sum() == pytest.approx(
        float(vc.elbo(vae, x, generator=seeded(0)).kl.detach().mean()), rel=1e-5
    )


def test_a_close_up_judges_a_q_that_lies_on_its_grid_and_no_other(digits):
    vae, x = digits
    on_grid = close_up(vae, x[5:6])
    own = on_grid.judge([-0.1, 0.3], [0.2, 0.4], 0.5)
    turned = torch.distributions.MultivariateNormal(torch.tensor(own.loc), torch.from_numpy(own.covariance).float())
    prior = torch.distributions.MultivariateNormal(torch.zeros(2), torch.eye(2))
    assert own.kl == pytest.approx(float(torch.distributions.kl_divergence(turned, prior)), abs=1e-5)
    q = on_grid.best
    assert on_grid.can_judge(q.loc, q.scale, q.angle)
    width, narrow = on_grid.spacing * (len(on_grid.log_joint) - 1), on_grid.narrowest
    left, down = on_grid.low
    for loc, scale, angle in (
        ((left + 2.5 * narrow, down + width / 2), (narrow, narrow), 0.0),
        ((left + width / 2, down + width - 2.5 * narrow), (narrow, narrow), 0.0),
        ((left + width / 2, down + width / 2), (0.9 * narrow, narrow), 0.0),
        ((left + width / 2, down + 4.0 * narrow), (2.0 * narrow, narrow), 0.5 * math.pi),
        ((math.nan, down + width / 2), (narrow, narrow), 0.0),
    ):
        assert not on_grid.can_judge(loc, scale, angle), (loc, scale, angle)
    assert on_grid.can_judge((left + width / 2, down + 4.0 * narrow), (2.0 * narrow, narrow), 0.0)


@pytest.mark.parametrize("latent_dim", [1, 3])
def test_one_latent_dimension_is_exact_and_three_are_sampled(latent_dim):
    config = vc.ModelConfig(6, (2, 3), latent_dim, (7,))
    vae, x = vc.VAE(config, generator=seeded(0)), (torch.rand(5, 6, generator=seeded(1)) < 0.5).float()
    bound = image_bound(vae, x, 2, effort=estimation.Effort(num_samples=4000))
    draws = vc.elbo(vae, x[2:3].expand(4000, -1), generator=seeded(5)).elbo.detach()
    error = math.hypot(bound.elbo_error, float(draws.std()) / math.sqrt(4000))
    assert abs(bound.elbo - float(draws.mean())) < 4.5 * error
    assert bound.exact == (latent_dim == 1) and (bound.ess is None) == (latent_dim == 1)
    many = vc.log_marginal(vae, x[2:3], num_samples=20000, generator=seeded(6))
    wide = 4.5 * math.hypot(float(many.std_error), bound.log_marginal_error)
    assert abs(bound.log_marginal - float(many.mean)) < wide + 1e-3
    if latent_dim == 3:
        assert bound.num_samples == 4000 and "of 4,000 draws" in bound.ess_in_words()


def test_a_close_up_is_of_one_image_and_two_axes_need_two_dimensions():
    vae, x = vc.load_pretrained("digits-2d"), vc.binarized_test("digits")
    with pytest.raises(ValueError, match="x must be one image, got 3"):
        close_up(vae, x[:3])
    small = vc.VAE(vae.config.replace(latent_dim=1, hidden_dims=(4,)), generator=seeded(0))
    with pytest.raises(ValueError, match="at least two latent dimensions, got 1"):
        widest_axes(small, x[:3])


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def test_redraws_are_other_images_with_bounds_of_their_own(digits):
    vae, x = digits
    grey = vc.load_data("digits").x_test
    draws = redraws(vae, grey[3:4], x[3:4], seed=3)
    assert [redraw.kind for redraw in draws] == ["published draw", "threshold at 1/2"] + [FRESH] * 12
    assert np.array_equal(draws[0].x, x[3].numpy()) and np.array_equal(draws[1].x, (grey[3] > 0.5).float().numpy())
    assert len({redraw.x.tobytes() for redraw in draws}) > 10
    truth = vc.log_marginal(vae, torch.from_numpy(np.stack([redraw.x for redraw in draws])), method="quadrature").mean
    assert np.allclose([redraw.log_marginal for redraw in draws], truth, atol=2e-3)
    assert all(redraw.elbo < redraw.log_marginal + 4.5 * redraw.elbo_error for redraw in draws)
    spread = fresh_spread(draws)
    elbo = np.array([redraw.elbo for redraw in draws[2:]])
    assert spread.num_draws == 12 and (spread.low, spread.high) == (elbo.min(), elbo.max())
    assert spread.std_error == pytest.approx(elbo.std(ddof=1) / math.sqrt(12))
    again = redraws(vae, grey[3:4], x[3:4], seed=4)
    assert not np.array_equal(again[2].x, draws[2].x), "another seed, other pixels"


# -- the toy -----------------------------------------------------------------------------------------------------


def test_the_toys_sums_are_eq_1_and_its_encoder_learned():
    vae = train_toy()
    record = toy(vae)
    z = record.first + record.spacing * torch.arange(len(record.f), dtype=torch.float64)[:, None]
    with torch.no_grad():
        assert np.array_equal(record.f, vae.decode(z).mean[:, 0].numpy())
    log_p = log_joint(vae, torch.tensor([[0.6]], dtype=torch.float64), z[:, None])[:, 0].detach()
    log_q = torch.distributions.Normal(*torch.tensor([0.1, 0.4], dtype=torch.float64)).log_prob(z[:, 0])
    grid, bound = bound_on_grid(log_p, log_q, math.log(record.spacing)), toy_bound(vae, 0.6, 0.1, 0.4)
    assert bound == pytest.approx((float(grid.log_marginal), float(grid.elbo), float(grid.gap)), abs=1e-9)
    assert bound.elbo + bound.gap == pytest.approx(bound.log_marginal) and bound.gap > 0.0
    for x, (loc, scale) in itertools.islice(zip(record.xs, record.encoder, strict=True), 0, None, 40):
        trained = toy_bound(vae, float(x), float(loc), float(scale))
        assert trained.elbo > toy_bound(vae, float(x), 0.0, 1.0).elbo, "closer to the posterior than the prior is"
    assert train_toy(seed=1).encoder[0].weight.ne(vae.encoder[0].weight).any()
    assert torch.is_grad_enabled()


# -- gradients ---------------------------------------------------------------------------------------------------


def test_variances_go_round_the_settings_with_one_stream(digits):
    vae, x = digits
    points = gradient_variance.variance_settings("M")[:3]
    steps = list(itertools.islice(gradient_variance.measure_variances(vae, x, points, seed=7), 7))
    assert [step.setting for step in steps] == [*points, *points, points[0]]
    stream = seeded(7)
    for setting, variance in steps:
        moments = measure_gradient(vae, x, num_repeats=5, generator=stream, **setting._asdict())
        assert variance == moments.total_variance
    assert len(gradient_variance.variance_settings("L")) == len(set(gradient_variance.variance_settings("L"))) == 35
    assert {point.estimator for point in gradient_variance.variance_settings("M")} == set(BOUND_ESTIMATORS)
    assert gradient_variance.variance_settings("L")[25:] == [
        (name, draws, 10) for draws in gradient_variance.SAMPLES for name in ("IWAE", "DReG")
    ]
    with pytest.raises(ValueError, match="axis"):
        gradient_variance.variance_settings("N")


def test_averages_and_ratios_of_variances_have_their_errors():
    mean, error = gradient_variance.average_variance([1.0, 2.0, 6.0])
    assert mean == 3.0 and error == pytest.approx(math.sqrt(7.0 / 3.0))
    assert math.isnan(gradient_variance.average_variance([2.0]).std_error)
    variance = gradient_variance.Variance
    ratio = gradient_variance.variance_ratio(variance(10.0, 0.3), variance(2.0, 0.08))
    assert ratio == pytest.approx((5.0, 5.0 * 0.05))


def test_an_iteration_is_the_step_of_fit_and_adds_up():
    images, config = vc.load_data("digits"), vc.load_pretrained("digits-2d").config
    step = iteration(config, images.x_train, 2)
    algorithm = vc.AEVB(vc.VAE(config, generator=seeded(0)), SLOW)
    for event in vc.fit(algorithm, images, state=vc.FitState(SLOW.seed, vc.History("digits", SLOW.binarization))):
        before = (
            {name: tensor.clone() for name, tensor in algorithm.vae.state_dict().items()} if event.step == 1 else None
        )
        if event.step == 1:
            first = before
        if event.step == 2:
            break
    assert step.elbo.mean() == pytest.approx(float(event.info.bound.elbo), abs=1e-5)
    after = algorithm.vae.state_dict()
    moved = math.sqrt(sum(float((after[name] - first[name]).square().sum()) for name in after))
    assert step.step_norm == pytest.approx(moved, rel=1e-5)
    x, eps = torch.from_numpy(step.x), torch.from_numpy(step.eps)[None]
    assert np.allclose(step.elbo_after, vc.elbo(algorithm.vae, x, eps=eps).elbo.detach(), atol=1e-4)
    assert np.allclose(step.z, step.loc + step.scale * step.eps)
    assert (
        step.x.shape == (8, 64) and step.z.shape == (8, 2) and step.decoded.shape == step.decoded_after.shape == (8, 64)
    )
    assert step.elbo_after.mean() > step.elbo.mean(), "uphill on the same images and noise"


def test_a_step_in_slow_motion_has_the_gradient_of_its_own_noise(linear):
    vae, x, _ = linear
    algorithm = vc.AEVB(vae, vc.TrainConfig(learning_rate=1e-6, binarization="none"))
    before = copy.deepcopy(vae)
    trace = trace_step(algorithm, x, num_train=len(x), generator=seeded(4))
    eps = torch.from_numpy(trace.eps)[None]
    assert torch.equal(eps, torch.randn(1, len(x), 2, generator=seeded(4)))
    for part in ("encoder", "decoder"):
        gradient = estimate_gradient(before, x, part=part, estimator="B", eps=eps)
        in_part = {name: name.startswith("encoder") == (part == "encoder") for name in trace.gradient_norms}
        squares = [norm**2 for name, norm in trace.gradient_norms.items() if in_part[name]]
        assert float(gradient.norm()) == pytest.approx(math.sqrt(sum(squares)), rel=1e-4)
        weights = [weight for name, weight in trace.steepest.items() if name.startswith(part)]
        steepest = gradient[gradient.abs().topk(len(weights)).indices]
        assert [weight.gradient for weight in weights] == pytest.approx(steepest.tolist(), rel=1e-3), (
            "of the bound: upwards"
        )
        assert all((weight.after > weight.before) == (weight.gradient > 0) for weight in weights), "Adam's first step"


def test_what_cannot_be_traced_is_refused():
    images, config = vc.load_data("digits"), vc.load_pretrained("digits-2d").config
    with pytest.raises(ValueError, match="number must be a whole number of at least 1, got 0"):
        iteration(config, images.x_train, 0)
    with pytest.raises(ValueError, match="number must be at most 188"):
        iteration(config, images.x_train, 189, config=vc.TrainConfig(batch_size=8, epochs=1))
    with pytest.raises(ValueError, match="num_samples must be 1"):
        iteration(config, images.x_train, 1, config=vc.TrainConfig(num_samples=2))


# -- single gradients --------------------------------------------------------------------------------------------


def test_single_gradients_have_the_slope_of_the_exact_bound_as_their_mean(linear):
    """Of a linear model the bound is known in closed form: x = W z + b with noise of variance v, so its gradient in the mean m of q is
    W'(x - W m - b) / v - m, for every draw of a linear slope within W'W / v times the noise."""
    vae, x, _ = linear
    shifted = copy.deepcopy(vae)
    with torch.no_grad():
        next(
            parameter
            for name, parameter in shifted.named_parameters()
            if name.startswith("encoder") and name.endswith("bias")
        ).add_(0.3)
        q = shifted.encode(x[:1]).base_dist
        mean = lambda z: shifted.decode(z).mean  # noqa: E731
        origin = mean(torch.zeros(1, 2))
        basis = torch.cat([mean(row[None]) - origin for row in torch.eye(2)])
        variance = shifted.decode(q.loc).base_dist.scale[0, 0] ** 2
        exact = ((x[:1] - mean(q.loc)) @ basis.T / variance - q.loc)[0].numpy()
    gradients = single_gradients(shifted, x[:1], 20000, seed=5)
    for values in (gradients.outside, gradients.inside):
        error = values.std(0) / np.sqrt(len(values))
        assert (np.abs(values.mean(0) - exact) < 4.5 * error).all(), (values.mean(0), exact, error)
    assert np.abs(gradients.mean - exact).max() < 0.1 * np.linalg.norm(exact)
    assert gradients.is_right(gradients.outside).mean() > gradients.is_right(gradients.inside).mean()
    again = single_gradients(shifted, x[:1], 20000, seed=5)
    assert np.array_equal(again.inside, gradients.inside) and not np.array_equal(
        gradients.outside, single_gradients(shifted, x[:1], 20000).outside
    )
    assert (
        gradients.inside_right
        < gradients.outside_right
        == pytest.approx(gradients.is_right(gradients.outside).mean(), abs=0.03)
    )
    with pytest.raises(ValueError, match="count must be"):
        single_gradients(shifted, x[:1], 0)
    with pytest.raises(vc.DataError, match="one image"):
        single_gradients(shifted, x[:2], 20)
    with torch.no_grad():
        next(shifted.parameters()).fill_(torch.nan)
    with pytest.raises(ArithmeticError, match="finite"):
        single_gradients(shifted, x[:1], 20)
