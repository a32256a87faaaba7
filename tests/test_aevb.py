"""Statistical claims here are at least 5 standard errors wide; seeds are fixed."""

import math

import pytest
import torch
from torch import nn

from vae_core import AEVB, VAE, Bound, NonFiniteBound, TrainConfig, aevb, elbo, estimate_bound
from vae_core.algorithm import log_prior_of_parameters
from vae_core.optim import build_optimizer, learning_rate

pytestmark = pytest.mark.usefixtures("global_randomness_untouched")


def train(algorithm: AEVB, x: torch.Tensor, steps: int, noise: torch.Generator) -> list[float]:
    return [
        float(algorithm.step(x, num_train=len(x), generator=noise, step=i, total_steps=steps).bound.elbo)
        for i in range(steps)
    ]


def gradients(vae: VAE) -> list[torch.Tensor]:
    return [parameter.grad.clone() for parameter in vae.parameters()]


def gradient_of_one_step(model_config, x, **options) -> tuple[VAE, list[torch.Tensor]]:
    """The gradient of the loss at the initial parameters, with noise from seed 2, and the model before the step."""
    before = VAE(model_config, generator=torch.Generator().manual_seed(1))
    after = VAE(model_config, generator=torch.Generator().manual_seed(1))
    AEVB(after, TrainConfig(**options)).step(x, num_train=17, generator=torch.Generator().manual_seed(2))
    return before, gradients(after)


def backward_from(vae: VAE, objective: torch.Tensor) -> list[torch.Tensor]:
    (-objective).backward()
    return gradients(vae)


# -- the contract of every algorithm -----------------------------------------------------------------------------


@pytest.mark.parametrize("optimizer, rate", [("adam", 0.02), ("adagrad", 0.1)])
@pytest.mark.parametrize("objective", ["ml", "map"])
def test_training_improves_the_bound(model_config, dataset, generator, optimizer, rate, objective):
    vae = VAE(model_config, generator=generator(1))

    def bound() -> torch.Tensor:
        return estimate_bound(vae, dataset.x_test, num_samples=50, generator=generator(2)).elbo

    before = bound()
    config = TrainConfig(optimizer=optimizer, learning_rate=rate, objective=objective)
    train(AEVB(vae, config), dataset.x_train, 150, generator(3))
    gain = bound() - before
    assert float(gain.mean()) > 0.5
    assert float(gain.mean() / (gain.std() / len(gain) ** 0.5)) > 5


def test_a_step_is_deterministic_given_its_generator(model_config, dataset, generator):
    runs = []
    for noise in (3, 3, 4):
        vae = VAE(model_config, generator=generator(1))
        train(AEVB(vae, TrainConfig(num_samples=2)), dataset.x_train, 5, generator(noise))
        runs.append(torch.cat([p.detach().flatten() for p in vae.parameters()]))
    assert torch.equal(runs[0], runs[1]) and not torch.equal(runs[0], runs[2])


def test_adam_is_torchs_bit_for_bit(generator):
    config = TrainConfig(learning_rate=0.03)
    shapes = [(7, 5), (5,), (3,)]
    ours, torchs = ([nn.Parameter(torch.randn(s, generator=generator(1))) for s in shapes] for _ in range(2))
    optimizer, other = build_optimizer(ours, config), torch.optim.Adam(torchs, lr=config.learning_rate, fused=True)
    for step in range(4):
        for mine, its in zip(ours[:2], torchs, strict=False):  # the last is frozen and never has a gradient
            mine.grad = its.grad = torch.randn(mine.shape, generator=generator(step))
        optimizer.step()
        other.step()
    assert list(optimizer.state) == ours[:2]
    for mine, its in zip(ours, torchs, strict=True):
        assert torch.equal(mine, its)
        assert optimizer.state[mine].keys() == other.state[its].keys()
        assert all(torch.equal(optimizer.state[mine][key], value) for key, value in other.state[its].items())


def test_state_tensors_continue_another_algorithm_bit_for_bit(model_config, dataset, generator):
    for optimizer in ("adam", "adagrad"):
        config, noise = TrainConfig(optimizer=optimizer), generator(3)
        original = AEVB(VAE(model_config, generator=generator(1)), config)
        train(original, dataset.x_train, 4, noise)
        other = AEVB(VAE(model_config, generator=generator(9)), config)
        other.load_state_tensors(original.state_tensors())
        train(other, dataset.x_train, 3, generator(5))
        train(original, dataset.x_train, 3, generator(5))
        ends = original.state_tensors(), other.state_tensors()
        assert ends[0].keys() == ends[1].keys()
        assert all(torch.equal(ends[0][name], ends[1][name]) for name in ends[0])


def test_loading_copies_so_that_two_algorithms_share_no_memory(model_config, dataset, generator):
    original = AEVB(VAE(model_config, generator=generator(1)), TrainConfig())
    train(original, dataset.x_train, 2, generator(3))
    other = AEVB(VAE(model_config, generator=generator(9)), TrainConfig())
    other.load_state_tensors(original.state_tensors())
    before = {name: tensor.clone() for name, tensor in original.state_tensors().items()}
    train(other, dataset.x_train, 2, generator(3))
    assert all(torch.equal(before[name], tensor) for name, tensor in original.state_tensors().items())


# -- the objective -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("estimator", ["A", "B"])
def test_maximum_likelihood_follows_the_gradient_of_the_mean_bound(model_config, dataset, generator, estimator):
    x = dataset.x_train[:5]
    vae, gradients = gradient_of_one_step(model_config, x, estimator=estimator, num_samples=3)
    bound = elbo(vae, x, estimator=estimator, num_samples=3, generator=generator(2))
    torch.testing.assert_close(gradients, backward_from(vae, bound.elbo.mean()))


def test_maximum_a_posteriori_adds_the_log_prior_of_the_parameters_once_per_data_set(model_config, dataset, generator):
    """Eq. (8) divided by N = 17: d/dtheta of log N(theta; 0, I) / N is -theta / N; phi has no prior."""
    x = dataset.x_train[:5]
    vae, gradients = gradient_of_one_step(model_config, x, objective="map")
    expected = backward_from(vae, elbo(vae, x, generator=generator(2)).elbo.mean())
    theta = {id(p) for p in vae.parameters()} - {id(p) for p in vae.encoder.parameters()}
    expected = [
        gradient + p.detach() / 17 if id(p) in theta else gradient
        for gradient, p in zip(expected, vae.parameters(), strict=True)
    ]
    torch.testing.assert_close(gradients, expected)


def test_the_log_prior_is_that_of_a_standard_normal_up_to_its_constant(vae):
    prior = torch.distributions.Normal(0.0, 1.0)
    theta = [p for name, p in vae.named_parameters() if not name.startswith("encoder.")]
    exact = sum(prior.log_prob(p).sum() for p in theta)
    count = sum(p.numel() for p in theta)
    torch.testing.assert_close(log_prior_of_parameters(vae), exact + 0.5 * count * math.log(2 * math.pi))


@pytest.mark.parametrize("estimator", ["A", "B"])
def test_beta_weighs_the_kl_in_the_objective_and_no_reported_bound(model_config, dataset, generator, estimator):
    x = dataset.x_train[:5]
    vae, gradients = gradient_of_one_step(model_config, x, beta=0.25, estimator=estimator)
    bound = elbo(vae, x, estimator=estimator, generator=generator(2))
    torch.testing.assert_close(gradients, backward_from(vae, (bound.recon_log_lik - 0.25 * bound.kl).mean()))

    other = VAE(model_config, generator=generator(1))
    info = AEVB(other, TrainConfig(beta=0.25, estimator=estimator)).step(x, num_train=17, generator=generator(2))
    torch.testing.assert_close(tuple(info.bound), tuple(term.mean().detach() for term in bound))
    assert not info.bound.elbo.requires_grad


# -- optimisers and learning rates -------------------------------------------------------------------------------


@pytest.mark.parametrize("optimizer", ["adam", "adagrad"])
def test_updates_are_the_published_ones(model_config, dataset, generator, optimizer):
    """Adagrad: theta -= rate g / sqrt(sum g^2). Adam: bias-corrected moments with 0.9 and 0.999. Three steps."""
    vae = VAE(model_config, generator=generator(1))
    algorithm = AEVB(vae, TrainConfig(optimizer=optimizer, learning_rate=0.01))
    theta = [p.detach().clone() for p in vae.parameters()]
    first, second = ([torch.zeros_like(p) for p in theta] for _ in range(2))
    noise = generator(2)
    for t in range(1, 4):
        algorithm.step(dataset.x_train, num_train=23, generator=noise)
        for i, g in enumerate(gradients(vae)):
            if optimizer == "adagrad":
                second[i] += g**2
                theta[i] -= 0.01 * g / (second[i].sqrt() + 1e-10)
            else:
                first[i], second[i] = 0.9 * first[i] + 0.1 * g, 0.999 * second[i] + 0.001 * g**2
                theta[i] -= 0.01 * (first[i] / (1 - 0.9**t)) / ((second[i] / (1 - 0.999**t)).sqrt() + 1e-8)
    torch.testing.assert_close([p.detach() for p in vae.parameters()], theta, rtol=1e-4, atol=1e-6)


def test_a_step_uses_and_reports_the_learning_rate_of_its_schedule(model_config, dataset, generator):
    """Adam's first step moves every parameter that has a gradient by exactly the rate."""
    config = TrainConfig(learning_rate=0.1, warmup_steps=3, schedule="cosine")
    for step in (0, 2, 5):
        vae = VAE(model_config, generator=generator(1))
        before = vae.decoder[-1].bias.detach().clone()
        info = AEVB(vae, config).step(dataset.x_train, num_train=23, generator=generator(2), step=step, total_steps=10)
        assert info.learning_rate == learning_rate(step, 10, config)
        moved = (vae.decoder[-1].bias.detach() - before).abs()
        torch.testing.assert_close(moved, torch.full((6,), info.learning_rate), rtol=1e-3, atol=0)


def test_constant_schedule_warms_up_and_stays():
    config = TrainConfig(learning_rate=0.8, warmup_steps=3)
    assert [learning_rate(step, 6, config) for step in range(6)] == pytest.approx([0.2, 0.4, 0.6, 0.8, 0.8, 0.8])
    assert learning_rate(0, 6, TrainConfig(learning_rate=0.8)) == 0.8


def test_cosine_schedule_falls_from_the_end_of_the_warm_up_to_zero_at_the_last_step():
    config = TrainConfig(learning_rate=0.8, warmup_steps=2, schedule="cosine")
    rates = [learning_rate(step, 10, config) for step in range(11)]
    assert rates[:3] == pytest.approx([0.8 / 3, 1.6 / 3, 0.8])
    assert rates[6] == pytest.approx(0.4) and rates[4] == pytest.approx(0.8 * (1 + math.sqrt(0.5)) / 2)
    assert rates[10] == pytest.approx(0.0)
    assert rates[2:] == sorted(rates[2:], reverse=True)


def test_a_warm_up_longer_than_the_run_is_no_error():
    config = TrainConfig(learning_rate=0.8, warmup_steps=99, schedule="cosine")
    assert learning_rate(4, 5, config) == pytest.approx(0.04)


# -- a bound that is not finite ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("source", "estimator"), [("backpropagate", "B"), ("sgvb", "A")])
def test_a_bound_that_is_not_finite_leaves_the_parameters_untouched(
    model_config, dataset, generator, monkeypatch, source, estimator
):
    algorithm = AEVB(VAE(model_config, generator=generator(1)), TrainConfig(estimator=estimator))
    train(algorithm, dataset.x_train, 2, generator(2))
    before = {name: tensor.clone() for name, tensor in algorithm.state_tensors().items()}
    real = getattr(aevb, source)
    monkeypatch.setattr(aevb, source, lambda *args, **kwargs: Bound(*(torch.nan * b for b in real(*args, **kwargs))))
    with pytest.raises(NonFiniteBound) as error:
        algorithm.step(dataset.x_train, num_train=23, generator=generator(3))
    assert str(error.value) == "the objective of a minibatch is nan (learning rate 0.001)"
    assert all(torch.equal(before[name], tensor) for name, tensor in algorithm.state_tensors().items())


def test_moments_of_another_optimizer_or_model_are_refused(model_config, dataset, generator):
    saved = {}
    for optimizer in ("adam", "adagrad"):
        algorithm = AEVB(VAE(model_config, generator=generator(1)), TrainConfig(optimizer=optimizer))
        train(algorithm, dataset.x_train, 2, generator(2))
        saved[optimizer] = algorithm.state_tensors()
    fresh = AEVB(VAE(model_config, generator=generator(1)), TrainConfig(optimizer="adam"))
    lacking = {k: v for k, v in saved["adam"].items() if k != "optimizer.encoder.0.bias.exp_avg"}
    for tensors in (saved["adagrad"], lacking, saved["adam"] | {"optimizer.encoder.0.bias.exp_avg": torch.zeros(3)}):
        with pytest.raises(ValueError, match="the optimiser's moments of a parameter are .*, expected .*"):
            fresh.load_state_tensors(tensors)
