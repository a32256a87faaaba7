"""The training loop: a generator that yields after every step; the caller draws, saves, pauses or stops."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Generator, Iterator, Set
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from vae_core.aevb import AEVB
from vae_core.algorithm import Algorithm, StepInfo
from vae_core.config import ModelConfig, TrainConfig, require_whole
from vae_core.data.binarization import check_likelihood_fits, published_draw
from vae_core.data.minibatches import Minibatches
from vae_core.data.records import Dataset
from vae_core.errors import DataError, NonFiniteBound, TrainingDiverged
from vae_core.frames import Frame, capture_frame, frame_steps, require_finite
from vae_core.full_vb import FullVB
from vae_core.history import RECORD_BYTES, History, Record, curve_of
from vae_core.latent import means_of
from vae_core.mcem import MCEM
from vae_core.model import VAE, num_parameters, require_parameters
from vae_core.parallel import ALONE, Group
from vae_core.randomness import draw_seed, require_generator, seed_stream
from vae_core.sizes import FLOAT_BYTES, require_memory
from vae_core.wake_sleep import WakeSleep

EARLY_EVALUATIONS = 6
TRAINING_COPIES = 7  # weights, gradients, two moments, and the last good weights and moments
VALUE_COPIES = 4  # a layer's outputs in a step, their gradients, and what lies between
READ_EVERY = 50  # steps between reads of the bounds on devices that work asynchronously; on a CPU every step is read
ALGORITHMS: dict[str, type[Algorithm]] = {kind.name: kind for kind in (AEVB, WakeSleep, MCEM, FullVB)}


@dataclass
class FitState:
    """All that resuming needs besides the algorithm's tensors: the seed of the random streams, the step, the curves so far, and
    the sums (one per term of the history, then the number of images) for the training curve's next point. The bounds of the
    last steps may still be on the device (`unread`); `read` adds them to the sums. Where `leaves_out` is true, a minibatch whose
    bound is not finite has no part in them."""

    seed: int
    history: History
    step: int = 0
    sums: list[float] = field(default_factory=list)
    unread: list[tuple[tuple[Tensor, ...], int]] = field(default_factory=list, compare=False, repr=False)
    leaves_out: bool = field(default=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        self.sums = self.sums or [0.0] * (len(self.history.about.terms) + 1)

    def read(self) -> None:
        """Fetch all unread bounds at once. NonFiniteBound, with `step` back at the first one that is not finite, unless it is left
        out."""
        if not self.unread:
            return
        first, counts = self.step - len(self.unread), [count for _, count in self.unread]
        bounds = torch.stack([term for bound, _ in self.unread for term in bound]).view(len(counts), -1).tolist()
        self.unread.clear()
        for step, (bound, count) in enumerate(zip(bounds, counts, strict=True), first):
            if not all(map(math.isfinite, bound)):
                if self.leaves_out:
                    continue
                self.step = step
                raise NonFiniteBound(f"the bound of a minibatch is {bound[0]:g}")
            self.sums[:] = [total + term * count for total, term in zip(self.sums, [*bound, 1], strict=True)]

    def to_dict(self) -> dict[str, Any]:
        """What a checkpoint keeps, as JSON types."""
        self.read()
        return {"seed": self.seed, "history": self.history.to_dict(), "step": self.step, "sums": self.sums}


@dataclass(frozen=True, eq=False)
class Event:
    """One step has been made (or none yet, at step 0, when `info` is None). `record` and `frame` are there when due.

    At each event the algorithm and the state are complete: a checkpoint taken here resumes exactly.
    """

    step: int
    total_steps: int
    samples_seen: int
    epoch: float
    info: StepInfo | None
    record: Record | None = None
    frame: Frame | None = None

    @property
    def finished(self) -> bool:
        """Whether this is the last step."""
        return self.step == self.total_steps


def start(
    model_config: ModelConfig, train_config: TrainConfig, *, device: torch.device | str = "cpu", group: Group = ALONE
) -> tuple[Algorithm, torch.Generator]:
    """A fresh run of the config's algorithm, and the generator to give to `fit`: everything random follows from
    `train_config.seed`. The first weights are the same on every device."""
    generator = torch.Generator().manual_seed(int(train_config.seed))
    require_parameters(model_config, TRAINING_COPIES)
    vae = VAE(model_config, generator=generator, initialization=train_config.initialization)
    return make_algorithm(vae.to(device), train_config, group), generator


def make_algorithm(
    vae: VAE, config: TrainConfig, group: Group = ALONE, options: dict[str, Any] | None = None
) -> Algorithm:
    """The algorithm that the config names. `options` (JSON types) are its own options; None means its defaults."""
    kind = ALGORITHMS[config.algorithm]
    make: Callable[..., Algorithm] = kind
    if kind.options_type is None:
        if options:
            raise ValueError(
                f"algorithm_options must be left out for {config.algorithm}, which has none, got {options!r}"
            )
        return make(vae, config, group)
    return make(vae, config, group, kind.options_type(**(options or {})))


def fit(
    algorithm: Algorithm,
    dataset: Dataset,
    *,
    generator: torch.Generator | None = None,
    state: FitState | None = None,
) -> Generator[Event, None, None]:
    """Train on the model's device. Yields an Event before the first step and after every step; stop iterating to stop.

    On one kind of device a run is a function of its seed. The order of images and the first weights are the same on all
    devices; binarised pixels and eps are drawn on the device itself. A new run takes its seed from `generator`; the `state`
    of a checkpoint continues a run exactly. Raises DataError when the data do not fit the model, and TrainingDiverged when a bound
    becomes non-finite: then `algorithm` and `state` are back at the last step whose test bound was finite.

    >>> import torch
    >>> import vae_core as vc
    >>> config = vc.ModelConfig(data_dim=64, image_shape=(8, 8), latent_dim=2, hidden_dims=(8,))
    >>> algorithm = vc.AEVB(vc.VAE(config, generator=torch.Generator().manual_seed(0)), vc.TrainConfig(epochs=1))
    >>> events = list(vc.fit(algorithm, vc.load_data("digits"), generator=torch.Generator().manual_seed(1)))
    >>> events[-1].epoch, events[0].record.test_elbo < events[-1].record.test_elbo
    (1.0, True)
    """
    config = algorithm.config
    check_data_fits(algorithm.vae.config, config, dataset)
    check_run_fits(algorithm.vae.config, config, len(dataset.x_train))
    if state is None:
        require_generator(generator, " (or give the state of a checkpoint)")
        assert generator is not None
        state = FitState(draw_seed(generator), dataset.new_history(config))
    if state.history.curve != curve_of(config):
        raise ValueError(
            f"the history's curve must be {curve_of(config)!r} for {config.algorithm}, got {state.history.curve!r}: "
            "make it with History.of(data, config)"
        )
    return _loop(algorithm, dataset, state)


def _loop(algorithm: Algorithm, dataset: Dataset, state: FitState) -> Generator[Event, None, None]:
    config = algorithm.config
    device = algorithm.vae.device
    batches = Minibatches(dataset.x_train.to(device), config.binarization, config.batch_size, state.seed)
    x_test = dataset.x_test
    if config.binarization != "none":  # the rows of a `Table` need not lie in [0, 1], as `published_draw` asks
        x_test = published_draw(x_test, config.binarization)
    x_test = x_test.to(device)
    total_steps = config.epochs * batches.steps_per_epoch
    evaluations = evaluation_steps(total_steps, batches.steps_per_epoch)
    frames = frame_steps(total_steps)
    noise = torch.Generator(device)
    state.leaves_out = config.max_grad_norm > 0  # `optim.update` makes no step with it
    read_every = 1 if device.type == "cpu" else READ_EVERY
    last_good: tuple[FitState, dict[str, Tensor]] | None = None

    def event(info: StepInfo | None) -> Event:
        samples_seen = batches.samples_seen(state.step)
        epoch = samples_seen / batches.num_images
        record = _evaluate(algorithm, x_test, state, samples_seen, epoch) if state.step in evaluations else None
        kind = frames.get(state.step)
        frame = capture_frame(algorithm.vae, x_test, state.step, samples_seen, kind, means_of(config)) if kind else None
        return Event(state.step, total_steps, samples_seen, epoch, info, record, frame)

    try:
        if not state.history.records:  # not `state.step == 0`: a checkpoint of step 0 may have this point already
            first = event(None)
            last_good = keep_state(algorithm, state)
            yield first
        else:
            last_good = keep_state(algorithm, state)
        while state.step < total_steps:
            seed_stream(noise, state.seed, "noise", state.step)
            x = batches.draw(state.step, noise)
            info = algorithm.step(
                x, num_train=batches.num_images, generator=noise, step=state.step, total_steps=total_steps
            )
            state.step += 1
            state.unread.append((info.bound, len(x)))
            if len(state.unread) >= read_every or state.step in evaluations or state.step in frames:
                state.read()
            latest = event(info)
            if latest.record:
                last_good = keep_state(algorithm, state)
            yield latest
    except NonFiniteBound as error:
        raise _go_back(algorithm, state, last_good, error) from error


def _go_back(
    algorithm: Algorithm,
    state: FitState,
    last_good: tuple[FitState, dict[str, Tensor]] | None,
    error: NonFiniteBound,
) -> TrainingDiverged:
    """Put algorithm and state back to the last good state, if there is one. Returns the error to raise."""
    failed_step = state.step
    if last_good is not None:
        last_state, tensors = last_good
        algorithm.load_state_tensors(tensors)
        state.step, state.sums[:] = last_state.step, last_state.sums
        state.unread.clear()
        del state.history.records[len(last_state.history.records) :]
    return TrainingDiverged(
        f"training stopped at step {failed_step}: {error}; the model of step {state.step} is kept. A smaller "
        f"learning_rate (={algorithm.config.learning_rate:g}) usually helps",
        step=failed_step,
        last_good_step=state.step,
    )


def check_data_fits(model_config: ModelConfig, train_config: TrainConfig, dataset: Dataset) -> None:
    """Raise DataError unless the images have the model's shape and pixels that its likelihood has a probability for."""
    if tuple(dataset.image_shape) != tuple(model_config.image_shape):
        raise DataError(
            f"the model's image_shape (={tuple(model_config.image_shape)}) must be the data's: {dataset.name} has "
            f"{tuple(dataset.image_shape)}"
        )
    for x in (dataset.x_train, dataset.x_test):
        check_likelihood_fits(x, model_config.likelihood, train_config.binarization)


def training_bytes(model: ModelConfig, train: TrainConfig) -> dict[str, int]:
    """About how many bytes a run takes, by the setting that one would lower."""
    units = sum(model.encoder_layers) + sum(model.decoder_layers)
    values = train.batch_size * train.num_samples * (2 * model.data_dim + units + model.latent_dim)
    setting = "batch_size" if train.batch_size >= train.num_samples else "num_samples"
    parameters = TRAINING_COPIES * num_parameters(model)
    return {"hidden_dims": FLOAT_BYTES * parameters, setting: FLOAT_BYTES * VALUE_COPIES * values}


def check_run_fits(model_config: ModelConfig, train_config: TrainConfig, num_train: int) -> None:
    """TooLarge unless a step's activations and the records of all epochs fit into memory."""
    rows = train_config.num_samples * min(train_config.batch_size, num_train)
    numbers = rows * (model_config.latent_dim + sum(model_config.decoder_layers) + 2 * model_config.data_dim)
    require_memory(
        FLOAT_BYTES * numbers,
        f"a step with num_samples {train_config.num_samples:,} and batch_size {train_config.batch_size:,}",
        "choose a smaller num_samples or batch_size",
    )
    require_memory(
        RECORD_BYTES * train_config.epochs,
        f"the curves of {train_config.epochs:,} epochs, with a record of each,",
        "choose fewer epochs",
    )


class EvaluationSteps(Set):
    """The steps of a run at which its bound is measured: before the first step, at halving fractions of the first epoch, at the
    end of each epoch. A set that is computed and not kept: a run may have any number of epochs."""

    def __init__(self, total_steps: int, steps_per_epoch: int):
        first_epoch = {steps_per_epoch >> i for i in range(1, EARLY_EVALUATIONS + 1)} - {0}
        self._ends = range(0, total_steps + 1, steps_per_epoch)
        self._early = sorted(step for step in first_epoch if step <= total_steps and step not in self._ends)

    def __contains__(self, step: object) -> bool:
        return step in self._ends or step in self._early

    def __iter__(self) -> Iterator[int]:
        return heapq.merge(self._early, self._ends)

    def __len__(self) -> int:
        return len(self._ends) + len(self._early)


def evaluation_steps(total_steps: int, steps_per_epoch: int) -> EvaluationSteps:
    """The steps at which `fit` measures the bound, in order."""
    require_whole("total_steps", total_steps, 0)
    require_whole("steps_per_epoch", steps_per_epoch, 1)
    return EvaluationSteps(total_steps, steps_per_epoch)


def _evaluate(algorithm: Algorithm, x_test: Tensor, state: FitState, samples_seen: int, epoch: float) -> Record:
    """The curves' next point. Every evaluation uses the same eps, so that changes of the curve come from the model alone. In a
    group process 0 evaluates, and all processes get its numbers."""
    group, terms = algorithm.group, state.history.about.terms
    test = x_test.new_zeros(len(terms), dtype=torch.float64)
    if group.rank == 0:
        generator = seed_stream(torch.Generator(), state.seed, "evaluation", 0)
        try:
            test = torch.stack([term.double().mean() for term in algorithm.evaluate(x_test, generator=generator)])
        except NonFiniteBound:  # the other processes wait for these numbers, and then all of them stop
            test = test + math.nan
    group.sum_(test)
    *totals, count = state.sums
    values = {f"train_{term}": total / count for term, total in zip(terms, totals, strict=True) if count}
    values |= {f"test_{term}": value for term, value in zip(terms, test.tolist(), strict=False)}
    record = Record(state.step, samples_seen, epoch, **values)
    if not record.is_finite:
        raise NonFiniteBound(f"the bound of the test set is {test[0].item():g}")
    state.sums[:] = [0.0] * len(state.sums)
    state.history.records.append(record)
    return record


def keep_state(algorithm: Algorithm, state: FitState) -> tuple[FitState, dict[str, Tensor]]:
    """A copy of state and tensors. The records of the history are not copied, since they never change."""
    history = state.history.extended()
    tensors = {name: tensor.detach().clone() for name, tensor in algorithm.state_tensors().items()}
    for name, tensor in tensors.items():
        require_finite(name, tensor)
    return FitState(state.seed, history, state.step, list(state.sums)), tensors
