"""The contract of AEVB, wake-sleep, Monte Carlo EM and full VB: one shape, and each improves what it says it improves.

The data are of a linear-Gaussian model, where the bound and log p(x) are known exactly.
"""

import pytest
import torch
from torch.distributions import MultivariateNormal

import vae_core as vc
from vae_core.full_vb import FullVB
from vae_core.gradients import linear_gaussian_bound
from vae_core.history import CURVE_OF, CURVES
from vae_core.mcem import MCEM
from vae_core.wake_sleep import WakeSleep

NUM_TRAIN, STEPS = 120, 60
ALGORITHMS = {"aevb": vc.AEVB, "wake-sleep": WakeSleep, "mcem": MCEM, "full-vb": FullVB}


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def data():
    g = generator(1)
    mixing = torch.randn(2, 5, generator=g)
    return torch.randn(NUM_TRAIN, 2, generator=g) @ mixing + 0.3 * torch.randn(NUM_TRAIN, 5, generator=g) + 0.5


def build(name, **options):
    config = vc.ModelConfig(5, (1, 5), 2, (), "gaussian", mean="identity")
    options = {"learning_rate": 0.02, "batch_size": NUM_TRAIN} | options
    return ALGORITHMS[name](vc.VAE(config, generator=generator(2)), vc.TrainConfig(**options))


def train(algorithm, x, steps=STEPS, seed=3):
    g = generator(seed)
    return [algorithm.step(x, num_train=len(x), generator=g, step=i, total_steps=steps) for i in range(steps)]


@torch.no_grad()
def log_p(vae, x):
    loadings = vae.decoder[0].weight
    covariance = loadings @ loadings.T + (vae.config.variance_floor + vae.log_var.exp()) * torch.eye(5)
    return MultivariateNormal(vae.decoder[0].bias, covariance).log_prob(x).mean().item()


def promised(name, algorithm, x):
    """What the algorithm says it improves, in nats per datapoint."""
    with torch.no_grad():
        if name == "aevb":
            return linear_gaussian_bound(algorithm.vae, x).elbo.mean().item()
        if name == "full-vb":
            draws = [algorithm.estimate_bound(x, num_train=len(x), generator=generator(i)).elbo for i in range(100)]
            return torch.stack(draws).mean().item()
        return log_p(algorithm.vae, x)


@pytest.mark.parametrize("name", ALGORITHMS)
def test_its_own_pictures_are_of_the_model_as_it_is_and_change_nothing(name, data):
    algorithm = build(name)
    train(algorithm, data, 2)
    before = {key: tensor.clone() for key, tensor in algorithm.state_tensors().items()}
    pictures, again = (algorithm.own_pictures(data, generator=generator(5)) for _ in range(2))
    assert all(torch.equal(before[key], tensor) for key, tensor in algorithm.state_tensors().items())
    if name == "aevb":
        assert pictures is None
        return
    assert torch.equal(pictures, again) and pictures.shape == (2, 8, 5) and not pictures.requires_grad
    with torch.no_grad():
        if name == "wake-sleep":
            assert torch.allclose(pictures[1], algorithm.vae.decode(algorithm.vae.encode(pictures[0]).mean).mean)
        elif name == "mcem":
            assert torch.equal(pictures[:, 0], data[:2]) and not torch.equal(pictures[:, 1], pictures[:, -1])
        else:
            means = algorithm.vae.decode(torch.randn(2, 2, generator=generator(5))).mean
            distances = (pictures - means[:, None]).norm(dim=-1)
            assert 0.0 < distances.min() and distances.max() < 2.0, "each model is a draw near the mean of q(theta)"


@pytest.mark.parametrize("name", ALGORITHMS)
def test_improves_what_it_says_it_improves(name, data):
    algorithm = build(name)
    before = promised(name, algorithm, data)
    infos = train(algorithm, data)
    assert promised(name, algorithm, data) > before + 1.0
    for info in infos:
        assert info.learning_rate == 0.02
        terms = info.bound._asdict()
        assert tuple(terms) == CURVES[CURVE_OF[algorithm.name]].terms
        if "elbo" in terms:
            parts = terms["recon_log_lik"] - terms["kl"] - terms.get("kl_parameters", 0.0)
            torch.testing.assert_close(terms["elbo"], parts)
        assert all(not term.requires_grad and term.shape == () for term in terms.values())


@pytest.mark.parametrize("name", ALGORITHMS)
def test_is_deterministic_given_its_generator_and_leaves_the_global_one_alone(name, data):
    before = torch.get_rng_state()
    first, again, other = build(name), build(name), build(name)
    train(first, data, steps=3)
    train(again, data, steps=3)
    train(other, data, steps=3, seed=4)
    for key, tensor in first.state_tensors().items():
        assert torch.equal(tensor, again.state_tensors()[key]), key
    assert not torch.equal(first.vae.decoder[0].weight, other.vae.decoder[0].weight)
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize("optimizer", ["adam", "adagrad"])
@pytest.mark.parametrize("name", ALGORITHMS)
def test_continues_exactly_from_its_state_tensors(name, optimizer, data):
    original, copy = build(name, optimizer=optimizer), build(name, optimizer=optimizer)
    train(original, data, steps=3)
    copy.load_state_tensors({key: tensor.detach().clone() for key, tensor in original.state_tensors().items()})
    train(original, data, steps=2, seed=5)
    train(copy, data, steps=2, seed=5)
    assert original.state_tensors().keys() == copy.state_tensors().keys()
    for key, tensor in original.state_tensors().items():
        assert torch.equal(tensor, copy.state_tensors()[key]), key


@pytest.mark.parametrize("name", ALGORITHMS)
def test_foreign_state_is_refused(name, data):
    algorithm = build(name)
    train(algorithm, data, steps=1)
    tensors = dict(algorithm.state_tensors())
    tensors["optimizer.decoder.0.weight.exp_avg"] = torch.zeros(3)
    with pytest.raises(ValueError, match="moment"):
        build(name).load_state_tensors(tensors)


@pytest.mark.parametrize("name", ALGORITHMS)
def test_stops_at_a_bound_that_is_not_finite(name, data):
    algorithm = build(name)
    with pytest.raises(vc.NonFiniteBound, match="minibatch"):
        train(algorithm, data * float("nan"), steps=1)
    assert all(bool(torch.isfinite(p).all()) for p in algorithm.vae.parameters())


@pytest.mark.parametrize("name", ALGORITHMS)
def test_fit_trains_it(name, dataset):
    config = vc.ModelConfig(6, (2, 3), 2, (4,))
    algorithm = ALGORITHMS[name](
        vc.VAE(config, generator=generator()), vc.TrainConfig(epochs=2, batch_size=12, binarization="none")
    )
    events = list(vc.fit(algorithm, dataset, generator=generator(1)))
    assert events[-1].finished and events[-1].step == 4
