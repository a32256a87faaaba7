"""Torch's global state is the caller's: a float64 default, another default device, `inference_mode` and `no_grad` change no bit of
any result."""

import contextlib
from dataclasses import fields, is_dataclass

import numpy as np
import pytest
import torch
from conftest import make_dataset, make_generator

import vae_core as vc
from vae_core import studies
from vae_core.distributions import dirichlet, gamma, standard_noise, uniform_noise
from vae_core.gradients import estimate_gradient, measure_gradient
from vae_core.latent import traversals
from vae_core.marginal import reverse_ais
from vae_core.pca import probabilistic_pca
from vae_core.posterior import exact_bound, simulate
from vae_core.representation import judge_representation
from vae_core.restoration.chains import METHODS
from vae_core.training import start

SMALL = vc.ModelConfig(6, (2, 3), 2, (7,))
LARGER = SMALL.replace(latent_dim=4, likelihood="gaussian", variance="per_pixel")
KINDS = (
    SMALL,
    SMALL.replace(likelihood="gaussian", activation="silu"),
    SMALL.replace(likelihood="continuous_bernoulli"),
)


def model(config=SMALL) -> vc.VAE:
    return vc.VAE(config, generator=make_generator(1))


def images(count: int = 3) -> torch.Tensor:
    return make_dataset().x_test[:count].clone()  # bits of products depend on where in memory a tensor begins


def bounds():
    vae = vc.load_pretrained("digits-2d")
    x = vc.binarized_test("digits")[:4]
    yield vc.elbo(vae, x, estimator="A", num_samples=2, generator=make_generator())
    yield vc.estimate_bound(vae, x, num_samples=3, generator=make_generator())
    yield vae.sample(3, generator=make_generator()), vc.manifold(vae, 3), vc.encoded_means(vae, x)
    yield traversals(
        vae, torch.zeros(2, dtype=torch.float32, device="cpu"), [1, 0], torch.ones(2, dtype=torch.float32, device="cpu")
    )


def estimates():
    vae, x = model(), images()
    for options in (
        {"method": "importance", "proposal": "defensive", "num_samples": 50},
        {"method": "hmc", "num_samples": 16, "num_chains": 2, "num_warmup": 3, "num_leapfrog": 2},
        {"method": "hmc", "num_samples": 16, "num_chains": 2, "num_warmup": 3, "num_leapfrog": 2, "start": "prior"},
        {"method": "ais", "num_samples": 2, "num_temperatures": 4},
    ):
        yield vc.log_marginal(vae, x, generator=make_generator(), **options)
    yield vc.log_marginal(vae, x, method="quadrature"), exact_bound(vae, x[:1])
    z, x = simulate(vae, 2, generator=make_generator())
    yield reverse_ais(vae, x, z, num_samples=2, num_temperatures=4, generator=make_generator())
    yield vc.ais_bracket(vae, 2, num_samples=2, num_temperatures=4, generator=make_generator())


def restorations():
    mask = vc.Mask(vc.random_mask((6,), 0.5, generator=make_generator(3)))
    for method in METHODS:
        options = {"num_samples": 4, "num_chains": 2, "num_steps": 2, "method": method}
        yield vc.restore(model(), images(2), mask, generator=make_generator(), **options)
    yield vc.log_evidence(model(), images(2), mask, num_samples=20, generator=make_generator())
    noise = vc.GaussianNoise(0.2)
    y = noise.corrupt(images(2), generator=make_generator())
    yield vc.restore(model(LARGER), y, noise, num_samples=2, num_steps=1, generator=make_generator())
    blocks = vc.ModelConfig(8, (2, 4), 3, (5,))
    y = torch.tensor([[0.25, 0.5]], dtype=torch.float32, device="cpu")
    yield vc.restore(model(blocks), y, vc.BlockMeans(2, (2, 4)), num_samples=2, num_steps=1, generator=make_generator())


def training(tmp_path):
    for algorithm in ("aevb", "wake_sleep", "mcem", "full_vb"):
        for config in KINDS if algorithm == "aevb" else KINDS[:2]:
            dataset = make_dataset("dynamic", grey=True)
            binarization = "dynamic" if config.likelihood == "bernoulli" else "none"
            train_config = vc.TrainConfig(epochs=1, batch_size=9, algorithm=algorithm, binarization=binarization)
            run, generator = start(config, train_config)
            events = vc.fit(run, dataset, generator=generator)
            frames = [next(events).frame, next(events).frame]
            state = vc.FitState(3, vc.History.of("toy", train_config))
            for event in vc.fit(run, dataset, state=state):
                if event.step == 2:
                    vc.save_checkpoint(tmp_path / "checkpoint.safetensors", run, state)
            resumed, state = vc.load_checkpoint(tmp_path / "checkpoint.safetensors")
            list(vc.fit(resumed, dataset, state=state))
            yield frames, run.state_tensors(), resumed.state_tensors(), state.history


def gradients():
    for config in KINDS:
        x = make_dataset("none", grey=config.likelihood != "bernoulli").x_train
        yield estimate_gradient(model(config), x, estimator="A", part="all", generator=make_generator())
    yield measure_gradient(
        model(), images(), estimator="score-baseline", batch_size=2, num_repeats=3, generator=make_generator()
    )


def looks():
    vae, x = vc.load_pretrained("digits-2d"), vc.binarized_test("digits")[:6]
    coarse = studies.decoded_grid(vae, x)
    yield studies.close_up(vae, x[:1], coarse=coarse), studies.image_bound(vae, x, 1, coarse=coarse)
    plane = studies.choose_plane(vae, x)
    yield plane, plane.decode(vae, 3), studies.aggregate(vae, x, plane), studies.dimensions(vae, x, [0.0, 0.5])
    yield studies.path_between(vae, [0.1, 0.2], [1.0, 1.0], 3, spherical=True), studies.prior_samples(vae, 2)
    yield studies.encode_drawing(vae, [[[0.2, 0.2], [0.7, 0.8]]], data="mnist", binarization="threshold")
    yield studies.twins([vae, vae], x[0]), studies.draw_codes(vae, x[0]), studies.measure_bounds(vae, x)
    yield studies.holes(vae, x)
    damage = studies.Damage("cover pixels", "lower-half")
    yield studies.repair(vae, x[0], damage, num_samples=4, coarse=coarse)
    yield studies.iteration(SMALL, make_dataset().x_train, 2, config=studies_config())
    variances = studies.measure_variances(model(), make_dataset().x_train, studies.variance_settings("M", 5)[:2])
    yield next(variances), next(variances)


def studies_config():
    return vc.TrainConfig(batch_size=8, learning_rate=3e-3, seed=0, binarization="none")


def the_rest():
    yield vc.binarize(torch.full((2, 3), 0.4, dtype=torch.float32, device="cpu"), "dynamic", generator=make_generator())
    x = make_dataset(grey=True).x_train
    yield probabilistic_pca(x, 2, (2, 3)).state_dict()
    toy = make_dataset()
    yield judge_representation(model(), toy.x_train, toy.y_train, toy.x_test, toy.y_test)
    yield (
        uniform_noise((3,), generator=make_generator()),
        gamma(
            torch.tensor(2.0, dtype=torch.float32, device="cpu"),
            torch.full((3,), 0.5, dtype=torch.float32, device="cpu"),
        ),
    )
    yield dirichlet((1, 2), torch.full((4, 3), 0.25, dtype=torch.float32, device="cpu"))
    for family in ("gaussian", "laplace", "logistic"):
        yield standard_noise(family, (3,), generator=make_generator())


@contextlib.contextmanager
def float64_default():
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(torch.float32)


@contextlib.contextmanager
def other_device():
    """A default device on which nothing can be computed, as another GPU than the model's would be."""
    torch.set_default_device("meta")
    try:
        yield
    finally:
        torch.set_default_device(None)


@contextlib.contextmanager
def deterministic():
    torch.use_deterministic_algorithms(True)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(False)


def autocast():
    return torch.autocast("cpu", dtype=torch.bfloat16)


def global_state() -> dict:
    """All that a caller of the library finds as it was: random streams, and what torch is set to. (Not Python's own stream: while tests
    run, the check of annotations draws from it.)"""
    return {
        "torch": torch.get_rng_state().tolist(),
        "numpy": np.random.get_state()[1].tolist(),  # noqa: NPY002
        "dtype": torch.get_default_dtype(),
        "device": torch.empty(0).device.type,
        "gradients": torch.is_grad_enabled(),
        "inference": torch.is_inference_mode_enabled(),
        "threads": torch.get_num_threads(),
        "deterministic": torch.are_deterministic_algorithms_enabled(),
        "autocast": torch.is_autocast_enabled("cpu"),
    }


MODES = {
    "float64": float64_default,
    "inference_mode": torch.inference_mode,
    "no_grad": torch.no_grad,
    "other device": other_device,
    "deterministic": deterministic,
    "autocast": autocast,
}
PARTS = {f.__name__: f for f in (bounds, estimates, restorations, training, gradients, looks, the_rest)}


def leaves(value, path: str = ""):
    """All numbers of a result, with where they are in it."""
    if isinstance(value, torch.Tensor):
        yield path, (value.dtype, tuple(value.shape), value.detach().clone().numpy().tobytes())
    elif isinstance(value, np.ndarray):
        yield path, (value.dtype, value.shape, value.tobytes())
    elif isinstance(value, dict):
        for key in value:
            yield from leaves(value[key], f"{path}.{key}")
    elif isinstance(value, (list, tuple)):
        for number, item in enumerate(value):
            yield from leaves(item, f"{path}[{number}]")
    elif is_dataclass(value):
        for f in fields(value):
            yield from leaves(getattr(value, f.name), f"{path}.{f.name}")
    else:
        yield path, repr(value)


def results(part, tmp_path) -> dict:
    return dict(leaves(list(part(tmp_path) if part is training else part())))


@pytest.fixture(scope="module")
def plain_results(tmp_path_factory):
    """The results of each part in no mode at all."""
    cache = {}

    def of(name: str) -> dict:
        if name not in cache:
            cache[name] = results(PARTS[name], tmp_path_factory.mktemp("plain"))
        return cache[name]

    return of


TELLING = {
    *((name, mode) for name in PARTS for mode in ("float64", "inference_mode")),
    *(("bounds", mode) for mode in MODES),
}
TELLING |= {("training", "autocast"), ("the_rest", "other device")}


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        pytest.param(name, mode, marks=[pytest.mark.slow] * ((name, mode) not in TELLING))
        for name in PARTS
        for mode in MODES
    ],
)
def test_no_mode_changes_a_bit(plain_results, tmp_path, name, mode):
    expected = plain_results(name)
    with MODES[mode]():
        before = global_state()
        there = results(PARTS[name], tmp_path)
        assert global_state() == before
    assert expected.keys() == there.keys() and len(expected) > 5
    assert [path for path in expected if expected[path] != there[path]] == []


def test_what_was_made_in_inference_mode_can_be_used_outside(dataset):
    with torch.inference_mode():
        vae, x = model(), images()
        mask = vc.Mask(vc.random_mask((6,), 0.5, generator=make_generator(3)))
        algorithm, generator = start(SMALL, vc.TrainConfig(epochs=1, binarization="none", algorithm="full_vb"))
    assert (
        vc.log_marginal(vae, x, method="ais", num_samples=2, num_temperatures=3, generator=make_generator())
        .mean.isfinite()
        .all()
    )
    assert vc.restore(model(LARGER), x, mask, num_samples=2, generator=make_generator()).mean.isfinite().all()
    assert vc.elbo(vae, x, generator=make_generator()).elbo.mean().requires_grad
    assert list(vc.fit(algorithm, dataset, generator=generator))[-1].finished


def test_no_mode_is_left_behind(dataset):
    algorithm, generator = start(SMALL, vc.TrainConfig(epochs=1, binarization="none"))
    with torch.no_grad():
        for _ in vc.fit(algorithm, dataset, generator=generator):
            assert not torch.is_grad_enabled()
    with torch.inference_mode():
        for _ in zip(
            range(3),
            vc.restoration_steps(model(), images(), vc.Mask(images()[0] == 1), generator=generator),
            strict=False,
        ):
            assert torch.is_inference_mode_enabled()
    assert torch.is_grad_enabled() and torch.get_default_dtype() == torch.float32
