"""Where the program waits for a device, found without one, on fake tensors: they have shapes and devices and no numbers.

torch's FakeTensorMode refuses operations on tensors of two devices, and results whose shape depends on numbers; reads and
copies are noted here. torch built without CUDA cannot run autograd on fake tensors of "cuda", but can on those of "lazy",
another device that it has no kernels for; in training and evaluation, code here asks of a device only whether it is the CPU.
What this cannot see: numbers, times, and waits inside an operation of torch.
"""

import importlib
import itertools

import pytest
import torch
from torch._subclasses.fake_tensor import DynamicOutputShapeException, FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from vae_core import AEVB, VAE, FitState, History, TrainConfig, estimate_bound, fit, log_marginal, training
from vae_core.full_vb import FullVB
from vae_core.mcem import MCEM
from vae_core.wake_sleep import WakeSleep

pytestmark = pytest.mark.usefixtures("global_randomness_untouched")

DEVICE = "lazy"
PLAIN = TrainConfig(epochs=2, batch_size=4)  # 23 images: 6 steps an epoch, 12 in all
READ, COPY = "aten._local_scalar_dense.default", "aten._to_copy.default"
Generator = torch.Generator


class AnyGenerator(Generator):
    """A generator that only says that it is on a device."""

    made = {}  # an operation gets another Python object of the same `_cdata`
    device = None

    def __new__(cls, device="cpu"):
        self = super().__new__(cls)
        cls.made[self._cdata] = self
        self.device = torch.device(device)
        return self


class Referee(TorchDispatchMode):
    """Notes in `waits` each read of the device's numbers, which becomes 1, and each operation between devices."""

    def __init__(self):
        super().__init__()
        self.waits = []

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        kwargs, result, name = kwargs or {}, None, str(function)
        if name == READ:
            result = 1
        elif name != "aten._fused_adagrad_.default":  # has no fake kernel, and changes its arguments in place
            result = function(*args, **kwargs)
        devices = {tensor.device.type for tensor in tree_leaves((args, kwargs, result)) if torch.is_tensor(tensor)}
        if kwargs.get("generator") is not None:
            devices.add(AnyGenerator.made[kwargs["generator"]._cdata].device.type)
        if len(devices) > 1 or (name == READ and devices != {"cpu"}):
            self.waits.append(name)
        return result

    def taken(self) -> list[str]:
        """The waits since the last call."""
        waits, self.waits = self.waits, []
        return waits


@pytest.fixture
def models(model_config) -> dict[str, VAE]:
    """One of each likelihood, by name."""
    kinds = [model_config.replace(likelihood=name) for name in ("bernoulli", "gaussian")]
    return {kind.likelihood: VAE(kind, generator=Generator()) for kind in kinds}


@pytest.fixture
def referee(models, monkeypatch):  # models are made before, since fake ones cannot be
    """Everything in the test is fake, and watched."""
    optimizer = importlib.import_module("torch.optim.optimizer")  # torch.optim hides it
    supported = [*optimizer._get_fused_kernels_supported_devices(), DEVICE]
    monkeypatch.setattr(optimizer, "_get_fused_kernels_supported_devices", lambda: supported)
    monkeypatch.setattr(training, "READ_EVERY", 5)
    fake = FakeTensorMode(allow_non_fake_inputs=True)
    monkeypatch.setattr("torch.Generator", AnyGenerator)
    with fake, Referee() as referee:
        yield referee


def on_device(vae: VAE) -> VAE:
    """A new one of its kind there (`to` cannot exchange real parameters for fake ones)."""
    for module in vae.modules():
        for name, parameter in list(module.named_parameters(recurse=False)):
            setattr(module, name, torch.nn.Parameter(parameter.detach().to(DEVICE)))
    return vae


def skip_evaluations(monkeypatch):
    monkeypatch.setattr(training, "evaluation_steps", lambda *_: set())
    monkeypatch.setattr(training, "frame_steps", lambda _: {})
    monkeypatch.setattr(training, "keep_state", lambda algorithm, state: (state, {}))


def waits_by_step(referee, algorithm, dataset) -> dict[int, set[str]]:
    """The steps of a run that wait, and for what."""
    events = fit(algorithm, dataset, state=FitState(5, History.of("toy", algorithm.config)))
    assert next(events).step == 0
    referee.taken()  # the images go to the device
    waits_by_step = {event.step: set(referee.taken()) for event in events}
    assert len(waits_by_step) == 12
    return {step: waits for step, waits in waits_by_step.items() if waits}


# -- training ----------------------------------------------------------------------------------------------------

DUE = {1: {COPY}, 5: {READ}, 7: {COPY}, 10: {READ}}  # an epoch's order, and the bounds of five steps


COMBINATIONS = list(
    itertools.product(("bernoulli", "gaussian"), ("ml", "map"), ("A", "B"), ("adam", "adagrad"))
)  # with B and ml, bernoulli's gradient is by hand
TELLING = {
    ("bernoulli", "ml", "B", "adagrad"),
    ("bernoulli", "map", "A", "adam"),
    ("gaussian", "ml", "A", "adagrad"),
    ("gaussian", "map", "B", "adam"),
}


@pytest.mark.parametrize(
    ("likelihood", "objective", "estimator", "optimizer"),
    [pytest.param(*each, marks=[pytest.mark.slow] * (each not in TELLING)) for each in COMBINATIONS],
)
def test_training_waits_once_an_epoch_and_where_bounds_are_read(
    referee, models, grey_dataset, monkeypatch, optimizer, estimator, objective, likelihood
):
    skip_evaluations(monkeypatch)
    config = PLAIN.replace(optimizer=optimizer, estimator=estimator, objective=objective, num_samples=2)
    algorithm = AEVB(on_device(models[likelihood]), config)
    assert waits_by_step(referee, algorithm, grey_dataset) == DUE


@pytest.mark.parametrize("kind", [WakeSleep, FullVB])
def test_the_baselines_wait_no_more_often(referee, models, grey_dataset, monkeypatch, kind):
    skip_evaluations(monkeypatch)
    algorithm = kind(on_device(models["bernoulli"]), PLAIN)
    assert waits_by_step(referee, algorithm, grey_dataset) == DUE


@pytest.mark.parametrize(
    ("likelihood", "kind"),
    [
        ("gaussian", AEVB),
        *(("bernoulli", kind) for kind in (WakeSleep, FullVB)),
        *(pytest.param("bernoulli", kind, marks=pytest.mark.slow) for kind in (AEVB, MCEM)),
        *(pytest.param("gaussian", kind, marks=pytest.mark.slow) for kind in (WakeSleep, FullVB, MCEM)),
    ],
)
def test_a_whole_run_with_evaluations_and_frames_mixes_no_devices(referee, models, grey_dataset, kind, likelihood):
    algorithm = kind(on_device(models[likelihood]), PLAIN)
    *_, last = fit(algorithm, grey_dataset, state=FitState(5, History.of("toy", algorithm.config)))
    assert last.finished and last.record and last.frame
    assert set(referee.taken()) == {READ, COPY}


# -- evaluation --------------------------------------------------------------------------------------------------


def test_the_bound_is_estimated_without_a_wait_but_for_the_checks_of_the_pixels_and_of_the_bound(
    referee, models, grey_dataset
):
    x = grey_dataset.x_test.to(DEVICE)
    for likelihood, estimator in (("bernoulli", "B"), ("gaussian", "A")):
        vae = on_device(models[likelihood])
        for where, waits in ((DEVICE, [READ, READ]), ("cpu", [READ, COPY, READ])):  # all noise of a CPU at once
            referee.taken()
            options = {"estimator": estimator, "num_samples": 3, "batch_size": 9}  # 4 pieces
            bound = estimate_bound(vae, x, generator=torch.Generator(where), **options)
            assert referee.taken() == waits and {term.device.type for term in bound} == {DEVICE}


@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
@pytest.mark.parametrize("proposal", ["encoder", "defensive"])
def test_importance_sampling_checks_the_pixels_first_and_reads_its_warnings_at_the_end(
    referee, models, grey_dataset, likelihood, proposal
):
    vae, x, done = on_device(models[likelihood]), grey_dataset.x_test.to(DEVICE), []
    for where, copies in ((DEVICE, 0), ("cpu", 3)):  # the noise, in pieces of 4096 // 11 draws
        referee.taken()
        options = {"proposal": proposal, "num_samples": 1000, "generator": torch.Generator(where)}
        estimate = log_marginal(vae, x, progress=lambda *_: done.append(len(referee.waits)), **options)
        assert done.pop() == 1 + copies and referee.taken() == [READ] + [COPY] * copies + [READ, READ]
        assert estimate.mean.device.type == estimate.std_error.device.type == estimate.ess.device.type == DEVICE


# -- the referee itself ------------------------------------------------------------------------------------------


class Reading(AEVB):
    def step(self, x, **options):
        info = super().step(x, **options)
        return info._replace(learning_rate=info.learning_rate + 0.0 * float(info.bound.elbo))


class Mixing(AEVB):
    def step(self, x, **options):
        return super().step(x + torch.zeros(x.shape), **options)


class DrawingElsewhere(AEVB):
    def step(self, x, generator, **options):
        return super().step(x, generator=torch.Generator(), **options)


def test_the_referee_sees_a_foul_in_a_step(referee, models, grey_dataset, monkeypatch):
    skip_evaluations(monkeypatch)
    vae = on_device(models["bernoulli"])
    for foul, wait in ((Reading, READ), (DrawingElsewhere, COPY)):
        waits = waits_by_step(referee, foul(vae, PLAIN), grey_dataset)
        assert len(waits) == 12 and all(wait in step for step in waits.values())
    with pytest.raises(RuntimeError, match="Expected all tensors to be on the same device"):
        waits_by_step(referee, Mixing(vae, PLAIN), grey_dataset)


@pytest.mark.parametrize(
    "foul, wait",
    [
        (lambda there, here: there.sum().item(), READ),
        (lambda there, here: bool(there.sum() > 0), READ),
        (lambda there, here: there.tolist(), READ),
        (lambda there, here: there.cpu(), COPY),
        (lambda there, here: torch.tensor([1.0], device=DEVICE), COPY),
        (lambda there, here: here.copy_(there), "aten.copy_.default"),
        (lambda there, here: there[here.long()], "aten.index.Tensor"),
        (lambda there, here: there.normal_(generator=torch.Generator()), "aten.normal_.default"),
    ],
)
def test_the_referee_sees_a_wait(referee, foul, wait):
    there, here = torch.zeros(3, device=DEVICE), torch.zeros(3)
    foul(here, here)
    assert wait == COPY or wait not in referee.taken(), "on the CPU nothing waits"
    referee.taken()
    foul(there, here)
    assert set(referee.taken()) == {wait}


def test_fake_tensors_refuse_what_depends_on_numbers(referee):
    x = torch.zeros(3, device=DEVICE)
    for foul in (lambda: x.nonzero(), lambda: x[x > 0], lambda: x.unique()):
        with pytest.raises(DynamicOutputShapeException):
            foul()
