"""What comes from outside is counted before it is allocated: memory, passes, points of grids, steps, models of others."""

import math
import tracemalloc

import pytest
import torch
from conftest import make_generator

import vae_core as vc
from vae_core import bounds, sizes, studies
from vae_core.errors import NonFiniteBound, TooLarge, UnsuitablePixels
from vae_core.frames import frame_steps
from vae_core.gradients import measure_gradient
from vae_core.marginal import passes_of_method, reverse_ais
from vae_core.model import OPERATIONS_PER_UNIT, num_parameters, operations_of_pass
from vae_core.models import Limits, load_model_bytes, pack_model, page_limits
from vae_core.posterior import decode_grid, exact_bound
from vae_core.representation import split_information
from vae_core.restoration.chains import METHODS as RESTORATION_METHODS
from vae_core.runs import MOST_EPOCHS, RECORD_TEXT_BYTES, run
from vae_core.training import evaluation_steps

GB = 10**9


@pytest.mark.parametrize(
    ("num_bytes", "words"),
    [(0, "0 bytes"), (999, "999 bytes"), (1500, "1.5 kB"), (47_600_000_000, "47.6 GB"), (10**19, "10 EB"), (10**400, "more than 100,000 EB")],
)  # fmt: skip
def test_bytes_in_words(num_bytes, words):
    assert sizes.in_words(num_bytes) == words


def test_free_memory_is_the_machines_or_the_containers(tmp_path, monkeypatch):
    machine, container = tmp_path / "meminfo", tmp_path / "cgroup"
    container.mkdir()
    machine.write_text("MemTotal:       100 kB\nMemAvailable:     50 kB\n")
    monkeypatch.setattr(sizes, "MACHINE", machine)
    monkeypatch.setattr(sizes, "CONTAINER", container)
    assert sizes.free_memory() == 50 * 1024
    (container / "memory.max").write_text("40000\n")
    (container / "memory.current").write_text("35000\n")
    (container / "memory.stat").write_text("anon 20000\ninactive_file 5000\n")
    assert sizes.free_memory() == 10_000
    (container / "memory.max").write_text("max\n")
    assert sizes.free_memory() == 50 * 1024


def test_all_memory_is_the_machines_or_the_containers(tmp_path, monkeypatch):
    monkeypatch.setattr(sizes, "CONTAINER", tmp_path)
    machine = sizes.total_memory()
    assert machine is not None and machine > 10**8
    (tmp_path / "memory.max").write_text("max\n")
    assert sizes.total_memory() == machine
    (tmp_path / "memory.max").write_text("40000\n")
    assert sizes.total_memory() == 40_000
    (tmp_path / "memory").mkdir()
    (tmp_path / "memory" / "memory.limit_in_bytes").write_text("30000\n")
    assert sizes.total_memory() == 30_000


def test_what_does_not_fit_is_refused_with_what_it_needs(monkeypatch):
    monkeypatch.setattr(sizes, "free_memory", lambda: GB)
    sizes.require_memory(8 * GB // 10, "this", "less")
    with pytest.raises(TooLarge) as error:
        sizes.require_memory(3 * GB, "a model", "choose a smaller one")
    assert str(error.value) == "a model would need 3 GB of memory and 800 MB are free: choose a smaller one"
    with pytest.raises(TooLarge, match="^this would need 500,000,001 steps, at most 500,000,000: less"):
        sizes.require_work(5 * 10**8 + 1, 1, "steps", "this", "less")
    with pytest.raises(TooLarge, match="^this would need 10 steps, about 6 hours of a processor core, at most 4: less"):
        sizes.require_work(10, 10**14, "steps", "this", "less")
    with pytest.raises(TooLarge, match="about inf hours"):
        sizes.require_work(1, 10**400, "steps", "this", "less")


# -- models ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian", "continuous_bernoulli"])
@pytest.mark.parametrize("variance", ["shared", "per_pixel", "network"])
@pytest.mark.parametrize("hidden_dims", [(), (7,), (7, 5)])
def test_parameters_are_counted_as_torch_counts_them(model_config, likelihood, variance, hidden_dims):
    config = model_config.replace(likelihood=likelihood, variance=variance, hidden_dims=hidden_dims)
    vae = vc.VAE(config, generator=make_generator())
    assert num_parameters(config) == sum(parameter.numel() for parameter in vae.parameters())


def test_limits_are_checked_before_tensors_are_read(model_config, vae):
    content = pack_model(vae)
    assert load_model_bytes(content, "own", limits=page_limits())[0].config == model_config
    for limits, words in (
        (Limits(5, 9, 9, 9), "own has 6 numbers per image, and at most 5 are taken here"),
        (Limits(9, 3, 9, 9), "own has 4 latent dimensions, and at most 3 are taken here"),
        (Limits(9, 9, 0, 9), "own has 1 hidden layers, and at most 0 are taken here"),
        (Limits(9, 9, 9, 6), "own has 7 units in a hidden layer, and at most 6 are taken here"),
    ):
        with pytest.raises(vc.CheckpointError, match=words):
            load_model_bytes(content, "own", limits=limits)
    assert page_limits() == (16384, 200, 8, 5000)


def far_model(bias: float, log_var: float = 0.0) -> vc.VAE:
    """A model whose encoder puts every image at z = (bias, bias)."""
    vae = vc.VAE(vc.ModelConfig(6, (2, 3), 2, (5,)), generator=make_generator())
    with torch.no_grad():
        vae.encoder[-1].bias[:2] = bias
        vae.encoder[-1].bias[2:] = log_var
    return vae


@pytest.mark.parametrize("bias", [300.0, 3000.0, 1e30])
def test_a_grid_is_counted_before_its_lattice_is_built(dataset, bias):
    vae, x = far_model(bias), dataset.x_test[:1]
    tracemalloc.start()
    for look in (
        lambda: studies.close_up(vae, x),
        lambda: exact_bound(vae, x),
        lambda: studies.image_bound(vae, x, 0),
        lambda: vc.log_marginal(vae, x, method="quadrature"),
    ):
        with pytest.raises(TooLarge, match="so far from the prior that a grid over both would need [0-9,]+ points"):
            look()
    assert decode_grid(vae, vae.encode(x).mean) is None and studies.decoded_grid(vae, x) is not None
    assert tracemalloc.get_traced_memory()[1] < 20e6
    tracemalloc.stop()


@pytest.mark.parametrize(("bias", "log_var"), [(0.0, 3000.0), (0.0, -3000.0), (3e38, 0.0)])
def test_an_encoder_beyond_float32_is_named(dataset, bias, log_var):
    vae, x = far_model(bias, log_var), dataset.x_test[:1]
    for look in (lambda: studies.close_up(vae, x), lambda: exact_bound(vae, x)):
        with pytest.raises((NonFiniteBound, TooLarge), match="encoder"):
            look()


def test_a_decoder_beyond_float32_is_named(dataset):
    vae, x = far_model(0.0), dataset.x_test[:1]
    with torch.no_grad():
        vae.decoder[-1].weight.fill_(3e38)
    for look in (
        lambda: studies.close_up(vae, x),
        lambda: vc.log_marginal(vae, x, method="quadrature"),
        lambda: vc.restore(vae, x, vc.Mask(x[0] == 1), generator=make_generator()),
    ):
        with pytest.raises(NonFiniteBound, match="not finite"):
            look()


def test_pixels_without_a_probability_have_an_error_of_their_own(vae):
    with pytest.raises(
        UnsuitablePixels, match="choose binarization 'dynamic' or 'threshold', or the likelihood 'gaussian'"
    ):
        vc.elbo(vae, torch.full((2, 6), 0.5), generator=make_generator())
    assert issubclass(UnsuitablePixels, vc.DataError)


# -- work --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("images", [1, 7])
@pytest.mark.parametrize("num_samples", [1, 15, 16, 17, 31, 33, 64, 100])
def test_a_bound_in_pieces_has_the_noise_of_one_piece(vae, dataset, monkeypatch, images, num_samples):
    x = dataset.x_test[:images]
    whole = vc.estimate_bound(vae, x, num_samples=num_samples, generator=make_generator(3))
    monkeypatch.setattr(bounds, "NOISE_AT_A_TIME", 1)
    told = []
    options = {"num_samples": num_samples, "generator": make_generator(3)}
    pieces = vc.estimate_bound(vae, x, progress=lambda *at: told.append(at), **options)
    for expected, value in zip(whole, pieces, strict=True):
        torch.testing.assert_close(expected, value, rtol=1e-6, atol=1e-6)
    assert told[-1][0] == told[-1][1] == images * max(1, num_samples // 16)


@pytest.mark.parametrize(("total", "per_epoch"), [(1, 1), (3, 10), (20, 5), (64, 64), (130, 13), (1200, 600), (999, 1)])
def test_evaluation_steps_are_the_set_that_they_were(total, per_epoch):
    early = {per_epoch >> i for i in range(1, 7)}
    expected = {0} | {step for step in early if step <= total} | set(range(0, total + 1, per_epoch))
    steps = evaluation_steps(total, per_epoch)
    assert list(steps) == sorted(expected) and len(steps) == len(expected)
    assert [step for step in range(total + 2) if step in steps] == sorted(expected)


def test_steps_of_an_endless_run_take_no_memory():
    assert evaluation_steps(10, 3) and frame_steps(10)  # the first call of each makes the check of its annotations
    tracemalloc.start()
    steps = evaluation_steps(10**15, 10**3)
    assert 10**15 in steps and 10**15 - 1 not in steps and 500 in steps and 1500 not in steps
    assert len(frame_steps(10**15)) <= 32
    assert tracemalloc.get_traced_memory()[1] < 1e6
    tracemalloc.stop()


def test_a_runs_curves_fit_into_its_checkpoint(model_config, dataset, tmp_path):
    config = vc.TrainConfig(epochs=MOST_EPOCHS + 1, binarization="none")
    with pytest.raises(TooLarge, match="choose at most 20,000 epochs"):
        run(tmp_path / "run", dataset, model_config, config)
    assert not (tmp_path / "run").exists()
    numbers = dict.fromkeys(vc.Record.__annotations__, -math.pi * 1e5) | {"step": 10**9, "samples_seen": 10**11}
    history = vc.History("digits", "dynamic", [vc.Record(**numbers)], "bound_over_parameters")
    longer = history.extended(*history.records)
    sizes_in_header = [len(repr(str(h.to_dict())).replace("'", '\\"')) for h in (history, longer)]
    assert sizes_in_header[1] - sizes_in_header[0] < RECORD_TEXT_BYTES * 1.3, "with terms of all curves together"


# -- one image, many classes -------------------------------------------------------------------------------------


def test_studies_take_one_image(dataset):
    vae, x = vc.VAE(vc.ModelConfig(6, (2, 3), 3, (5,)), generator=make_generator()), dataset.x_test[:1]
    look = studies.dimensions(vae, x, [0.0, 0.0, 0.0])
    assert not look.active.any() and all(map(math.isnan, look.kl_error))
    assert studies.choose_plane(vae, x, view=studies.View(principal=True)).points.shape == (1, 2)
    assert all(map(math.isnan, studies.image_bound(vae, x, 0, effort=studies.Effort(num_samples=30)).mean_kl_error))
    assert studies.shared_plane([vae], x).axes == [0, 1]
    settings = studies.variance_settings("M", 1)
    assert {setting.batch_size for setting in settings} == {1}
    for measurement, _ in zip(studies.measure_variances(vae, x, settings), settings, strict=False):
        assert math.isfinite(measurement.total_variance)
    assert {setting.batch_size for setting in studies.variance_settings("L", 3)} == {3}


def test_classes_of_any_number_are_drawn_within_the_plane():
    import numpy as np

    rows = studies.class_rows(np.arange(26), 26)
    assert rows[0] == -2.25 and rows[-1] == pytest.approx(2.25) and (np.diff(rows) > 0).all()
    assert list(studies.class_rows(np.array([0, 9, 3]), 3)) == [-2.25, 2.25, -0.75]


# -- work --------------------------------------------------------------------------------------------------------

MILLIARD = 10**9


def long_calls(vae, x):
    """Calls that fit into memory and would take hours, with the argument to lower."""
    mask, g = vc.Mask(torch.arange(x.shape[1]) % 2 == 0), make_generator()
    yield "num_samples", lambda: vc.estimate_bound(vae, x, num_samples=MILLIARD, generator=g)
    yield "num_samples", lambda: vc.log_marginal(vae, x, num_samples=MILLIARD, generator=g)
    yield "num_samples", lambda: vc.log_marginal(vae, x, method="hmc", num_samples=MILLIARD, generator=g)
    yield "num_warmup", lambda: vc.log_marginal(vae, x, method="hmc", num_warmup=MILLIARD, generator=g)
    yield "num_leapfrog", lambda: vc.log_marginal(vae, x, method="hmc", num_leapfrog=10**7, generator=g)
    yield "num_samples", lambda: vc.log_marginal(vae, x, method="ais", num_samples=10**6, generator=g)
    yield "num_temperatures", lambda: vc.log_marginal(vae, x, method="ais", num_temperatures=10**8, generator=g)
    yield "num_leapfrog", lambda: vc.log_marginal(vae, x, method="ais", num_leapfrog=10**6, generator=g)
    yield "num_temperatures", lambda: vc.ais_bracket(vae, 3, num_temperatures=10**8, generator=g)
    z = torch.zeros(len(x), vae.config.latent_dim)
    yield "num_leapfrog", lambda: reverse_ais(vae, x, z, num_leapfrog=10**6, generator=g)
    yield "num_samples", lambda: vc.log_evidence(vae, x, mask, num_samples=MILLIARD, generator=g)
    for method in RESTORATION_METHODS:
        yield "num_steps", lambda method=method: vc.restore(vae, x, mask, method=method, num_steps=10**9, generator=g)
    yield (
        "num_repeats",
        lambda: measure_gradient(vae, x, estimator="A", batch_size=1, num_repeats=MILLIARD, generator=g),
    )
    yield "num_samples", lambda: split_information(vae, x, num_samples=MILLIARD, generator=g)


def test_work_of_hours_is_refused_with_what_to_lower(dataset, monkeypatch):
    monkeypatch.setattr(sizes, "free_memory", lambda: 10**15)  # there is always enough memory
    vae, x = far_model(0.0), dataset.x_test[:3]
    for name, call in long_calls(vae, x):
        with pytest.raises(TooLarge, match=f"{name}.* would need .*, at most "):
            call()


def test_the_time_of_a_call_counts_as_well_as_its_passes(monkeypatch):
    vae, x = vc.load_pretrained("mnist-2d"), torch.zeros(1, 784)
    assert vc.estimate_bound(vae, x, num_samples=100, generator=make_generator()).elbo.isfinite().all()
    monkeypatch.setattr(sizes, "MOST_HOURS", 1e-6)
    with pytest.raises(
        TooLarge,
        match="num_samples .=1,000. for 1 images would need 1,000 passes .* hours of a processor core, at most 1e-06",
    ):
        vc.estimate_bound(vae, x, num_samples=1000, generator=make_generator())


@pytest.mark.parametrize(("method", "options"), [
    ("importance", {"num_samples": 40}),
    ("importance", {"num_samples": 40, "proposal": "encoder"}),
    ("hmc", {"num_samples": 16, "num_chains": 2, "num_warmup": 3}),
    ("hmc", {"num_samples": 16, "num_chains": 2, "num_warmup": 3, "start": "prior"}),
    ("ais", {"num_samples": 3, "num_temperatures": 4}),
])  # fmt: skip
def test_the_passes_that_are_counted_before_are_those_that_are_made(dataset, method, options):
    vae, x = far_model(0.0), dataset.x_test[:3]
    made = vc.log_marginal(vae, x, method=method, generator=make_generator(), **options).decoder_passes
    assert passes_of_method(vae, len(x), method, options) == made


def test_a_passs_time_grows_with_the_model():
    small, large = (vc.ModelConfig(6, (2, 3), 2, dims) for dims in ((5,), (500,)))
    assert operations_of_pass(small) < operations_of_pass(large) < operations_of_pass(large, gradients=True)
    assert operations_of_pass(small) == 2 * (2 * 5 + 5 * 6) + OPERATIONS_PER_UNIT * (2 + 5 + 6)
