"""hmc: exact trajectories, reversibility, order of the integrator, moments, tuning, and both equations of AIS."""

import math

import pytest
import torch

from vae_core.hmc import anneal, evaluate, hmc_sample, hmc_transition, leapfrog, temperatures, tune_step_size

DIM, CHAINS = 3, 5


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def standard_normal(z):
    return -0.5 * z.square().sum(-1)


def quartic(z):
    """Not Gaussian, and its dimensions are coupled."""
    return -0.25 * z.pow(4).sum(-1) - 0.5 * (z[..., 0] * z[..., 1]).square()


def begin(log_density, seed=0):
    z, momentum = torch.randn(2, CHAINS, DIM, generator=generator(seed), dtype=torch.float64)
    return evaluate(log_density, z), momentum


def energy(point, momentum):
    return 0.5 * momentum.square().sum(-1) - point.log_density


def test_evaluate_gives_the_gradient_of_each_chain():
    point, _ = begin(standard_normal)
    torch.testing.assert_close(point.gradient, -point.position)
    assert not point.position.requires_grad


def test_leapfrog_follows_the_exact_circle_of_the_harmonic_oscillator():
    start, momentum = begin(standard_normal)
    time = 1.3
    end, end_momentum = leapfrog(standard_normal, start, momentum, torch.tensor(time / 2000, dtype=torch.float64), 2000)
    cos, sin = math.cos(time), math.sin(time)
    torch.testing.assert_close(end.position, cos * start.position + sin * momentum, atol=1e-6, rtol=0)
    torch.testing.assert_close(end_momentum, cos * momentum - sin * start.position, atol=1e-6, rtol=0)


def test_leapfrog_is_reversible():
    start, momentum = begin(quartic)
    size = torch.full((CHAINS,), 0.1, dtype=torch.float64)
    end, end_momentum = leapfrog(quartic, start, momentum, size, 25)
    assert not torch.allclose(end.position, start.position, atol=0.1)
    back, back_momentum = leapfrog(quartic, end, -end_momentum, size, 25)
    torch.testing.assert_close(back.position, start.position, atol=1e-10, rtol=0)
    torch.testing.assert_close(-back_momentum, momentum, atol=1e-10, rtol=0)


def test_energy_error_is_of_second_order():
    start, momentum = begin(quartic)
    errors = []
    for halvings in range(3, 6):
        size = torch.tensor(0.5**halvings, dtype=torch.float64)
        end, end_momentum = leapfrog(quartic, start, momentum, size, 2**halvings)
        errors.append((energy(end, end_momentum) - energy(start, momentum)).abs().mean())
    for coarse, fine in zip(errors, errors[1:], strict=False):
        assert 3.5 < coarse / fine < 4.5  # 2 for a first-order integrator, 4 for leapfrog


def test_leapfrog_preserves_volume():
    start, momentum = begin(quartic)
    size = torch.tensor(0.2, dtype=torch.float64)

    def flow(state):
        position, velocity = state.reshape(2, 1, DIM)
        for _ in range(3):  # the gradient written out, so that autograd can differentiate the whole map
            for half in (True, False):
                x, y, w = position[..., 0], position[..., 1], position[..., 2]
                force = -torch.stack([x**3 + x * y**2, y**3 + y * x**2, w**3], -1)
                velocity = velocity + 0.5 * size * force
                position = position + size * velocity if half else position
        return torch.cat([position.reshape(-1), velocity.reshape(-1)])

    state = torch.cat([start.position[0], momentum[0]])
    end, end_momentum = leapfrog(quartic, start, momentum, size, 3)
    torch.testing.assert_close(flow(state), torch.cat([end.position[0], end_momentum[0]]))
    assert torch.autograd.functional.jacobian(flow, state).det().item() == pytest.approx(1.0, abs=1e-10)


def test_samples_have_the_moments_of_a_gaussian():
    """4,000 chains started at the target; each of 3 means and 6 covariances within 4.5 standard errors:
    failure rate 9 * 7e-6 < 1e-4."""
    root = torch.tensor([[1.0, 0, 0], [0.8, 0.5, 0], [-0.3, 0.2, 2.0]], dtype=torch.float64)
    covariance = root @ root.T
    precision, loc = torch.linalg.inv(covariance), torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64)

    def log_density(z):
        return -0.5 * torch.einsum("...i,ij,...j->...", z - loc, precision, z - loc)

    g, chains = generator(1), 4000
    start = loc + torch.randn(chains, DIM, generator=g, dtype=torch.float64) @ root.T
    size = torch.tensor(0.35, dtype=torch.float64)
    end = hmc_sample(
        log_density, start, num_samples=3, num_warmup=0, num_leapfrog=4, step_size=size, generator=g
    ).end.position
    variance = covariance.diagonal()
    assert ((end.mean(0) - loc) / (variance / chains).sqrt()).abs().max() < 4.5
    error = ((variance[:, None] * variance + covariance.square()) / chains).sqrt()
    assert ((end.T.cov() - covariance) / error).abs().max() < 4.5


def test_transition_leaves_a_bimodal_density_invariant():
    """P(z > 0) = 1/2 stays so whatever the step size: 10,000 chains, failure rate 6e-5 (4 standard errors)."""

    def log_density(z):
        return torch.logaddexp(-8.0 * (z[..., 0] - 1).square(), -8.0 * (z[..., 0] + 1).square())

    g, chains = generator(2), 10_000
    sign = torch.where(torch.rand(chains, 1, generator=g) < 0.5, -1.0, 1.0)
    point = evaluate(log_density, sign + torch.randn(chains, 1, generator=g) / 4)
    for _ in range(3):
        point, info = hmc_transition(log_density, point, step_size=torch.tensor(0.45), num_leapfrog=3, generator=g)
    assert 0.05 < 1 - info.acceptance.mean() < 0.95, "the test needs rejections to be one of the Metropolis step"
    moments = torch.stack([(point.position[:, 0] > 0).float(), (point.position[:, 0].square() - 1.0625) / 0.53])
    assert abs(moments[0].mean() - 0.5) < 4 * 0.5 / chains**0.5
    assert abs(moments[1].mean()) < 5 / chains**0.5


def test_step_size_is_tuned_to_the_target_for_each_group_of_chains():
    """Two groups whose scales differ a hundredfold: each finds its own step size, and accepts 90 % on average."""
    scale = torch.tensor([1.0, 0.01])

    def log_density(z):
        return -0.5 * (z / scale[:, None]).square().sum(-1)

    start = torch.randn(40, 2, 4, generator=generator(3)) * scale[:, None]
    result = hmc_sample(
        log_density,
        start,
        num_samples=100,
        num_warmup=200,
        num_leapfrog=5,
        step_size=torch.ones(2),
        generator=generator(4),
    )
    assert result.positions.shape == (100, 40, 2, 4) and result.acceptance.shape == (40, 2)
    assert (result.acceptance.mean(0) - 0.9).abs().max() < 0.03
    assert 50 < result.step_size[0] / result.step_size[1] < 200


def test_chains_explore_even_where_a_trajectory_closes_on_itself():
    """Ten leapfrog steps that turn the harmonic oscillator by exactly 2 pi would leave |z| as it was. From 30 standard
    deviations away, every one of 200 chains must come home."""
    size = torch.tensor((2 - 2 * math.cos(2 * math.pi / 10)) ** 0.5)  # the angle per step is acos(1 - size^2 / 2)
    start = torch.full((200, 1), 30.0)
    options = {"num_samples": 30, "num_warmup": 0, "num_leapfrog": 10, "step_size": size, "generator": generator(5)}
    assert hmc_sample(standard_normal, start, **options).end.position.abs().max() < 6


def test_tuning_moves_a_shared_and_a_separate_step_size_the_right_way():
    acceptance = torch.tensor([[1.0, 0.2, 1.0], [1.0, 0.4, 0.5]])
    assert tune_step_size(torch.tensor(1.0), acceptance, gain=1.0) < 1
    size = tune_step_size(torch.ones(3), acceptance, gain=1.0)
    torch.testing.assert_close(size, torch.exp(torch.tensor([1.0, 0.3, 0.75]) - 0.9))


def test_a_trajectory_that_leaves_the_support_is_rejected():
    def log_density(z):
        return torch.where(z[..., 0].abs() < 1, torch.zeros_like(z[..., 0]), z[..., 0] * torch.nan)

    start = evaluate(log_density, torch.zeros(50, 1))
    end, info = hmc_transition(log_density, start, step_size=torch.tensor(100.0), num_leapfrog=1, generator=generator())
    assert (
        info.accepted.sum() < 5 and bool((end.position.abs() < 1).all()) and bool(torch.isfinite(info.acceptance).all())
    )


def test_same_generator_same_samples_and_the_global_one_is_left_alone():
    before = torch.get_rng_state()
    options = {"num_samples": 4, "num_warmup": 3, "step_size": torch.tensor(0.5)}
    runs = [
        hmc_sample(quartic, torch.zeros(CHAINS, DIM), generator=generator(7), **options).positions for _ in range(2)
    ]
    assert torch.equal(*runs) and torch.equal(before, torch.get_rng_state())


def test_temperatures_rise_from_zero_to_one():
    betas = temperatures(50)
    assert len(betas) == 51 and betas[0] == 0 and betas[-1] == 1 and bool((betas.diff() > 0).all())
    assert betas[-1] / betas[-2] == pytest.approx(math.exp(math.log(1e4) / 50), rel=1e-3)


@pytest.mark.parametrize("direction", ["forward", "reverse"])
def test_annealed_weights_are_unbiased_in_both_directions(direction):
    """x = z + noise, three images: E[w] = p(x) forward from the prior, E[w] = 1 / p(x) in reverse from the exact
    posterior. 4,000 chains, few temperatures, z-test at 4.5 standard errors for 3 images: failure rate 2e-5 each."""
    x, variance = torch.tensor([0.3, -1.2, 2.0], dtype=torch.float64), 0.3
    exact = -0.5 * (x.square() / (1 + variance) + math.log(2 * math.pi * (1 + variance)))

    def log_likelihood(z):
        return -0.5 * ((x - z[..., 0]).square() / variance + math.log(2 * math.pi * variance))

    g, chains = generator(8), 4000
    prior = torch.randn(chains, 3, 1, generator=g, dtype=torch.float64)
    options = {"num_leapfrog": 3, "generator": g}
    betas = temperatures(6, first=0.1)
    ones = torch.ones(3, dtype=torch.float64)
    sizes = anneal(log_likelihood, prior[:100], betas, step_sizes=ones, **options).step_sizes
    if direction == "forward":
        log_weight = anneal(log_likelihood, prior, betas, step_sizes=sizes, **options).log_weight
        weight = (log_weight - exact).exp()
    else:
        loc, scale = x / (1 + variance), (variance / (1 + variance)) ** 0.5
        posterior = loc[:, None] + scale * torch.randn(chains, 3, 1, generator=g, dtype=torch.float64)
        log_weight = anneal(log_likelihood, posterior, betas.flip(0), step_sizes=sizes[::-1], **options).log_weight
        weight = (log_weight + exact).exp()
    assert weight.std(0).min() > 0.01, "weights without spread would test nothing"
    assert ((weight.mean(0) - 1) / (weight.std(0) / chains**0.5)).abs().max() < 4.5
