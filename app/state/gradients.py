"""The variance of gradient estimators, measured a little more at every look; one iteration of AEVB in slow motion."""

from __future__ import annotations

import copy
import threading
import time
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import streamlit as st
import torch

import vae_core as vc
from app.session.images import dataset
from app.session.models import load_model
from vae_core import distributions, randomness
from vae_core.bounds import draw_eps
from vae_core.data.binarization import binarize
from vae_core.data.minibatches import Minibatches
from vae_core.gradients import GRADIENT_ESTIMATORS, measure_gradient

SMALL_MODEL = "digits-2d"
WEIGHTS = ("untrained", "trained")
SAMPLES = (1, 2, 4, 8, 16)  # L, at M = 10
BATCHES = (2, 5, 10, 30, 100)  # M, at L = 1
REPEATS, MOST_CHUNKS = 5, 80
SLOW_BATCH, SLOW_RATE, SLOW_SEED, SLOW_MOST = 8, 3e-3, 0, 1000


class Setting(NamedTuple):
    """One point of the chart: an estimator, L and M."""

    estimator: str
    num_samples: int
    batch_size: int


def settings(axis: str) -> list[Setting]:
    """All points of the chart against "L" or "M"."""
    if axis == "L":
        return [Setting(name, samples, 10) for samples in SAMPLES for name in GRADIENT_ESTIMATORS]
    return [Setting(name, 1, batch) for batch in BATCHES for name in GRADIENT_ESTIMATORS]


@dataclass(eq=False)
class Variances:
    """Unbiased estimates of the total variance of the encoder's gradient, one from every 5 repeats, by setting."""

    vae: vc.VAE
    x: torch.Tensor
    chunks: dict[Setting, list[float]]
    generator: torch.Generator
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def repeats(self) -> int:
        """Gradients measured at every point so far."""
        return REPEATS * min(map(len, self.chunks.values()))

    @property
    def complete(self) -> bool:
        return self.repeats >= REPEATS * MOST_CHUNKS

    def measured(self, setting: Setting) -> tuple[float, float]:
        """The mean over chunks and its standard error (nan for fewer than two)."""
        values = np.array(self.chunks[setting])
        return float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else np.nan


@st.cache_resource(show_spinner=False, max_entries=8)
def variances(weights: str, axis: str) -> Variances:
    """What has been measured so far; `measure_more` adds to it. Shared by all sessions: same seed, same numbers."""
    images = dataset("digits")
    x = binarize(images.x_train, "dynamic", generator=torch.Generator().manual_seed(0))
    chunks: dict[Setting, list[float]] = {setting: [] for setting in settings(axis)}
    return Variances(small_model(weights), x, chunks, torch.Generator().manual_seed(1))


def small_model(weights: str) -> vc.VAE:
    """digits-2d as it is, or as it was before training."""
    vae = load_model(SMALL_MODEL).vae
    return vae if weights == "trained" else vc.VAE(vae.config, generator=torch.Generator().manual_seed(SLOW_SEED))


def measure_more(known: Variances, seconds: float) -> None:
    """5 more repeats at the point with the fewest, again and again until the time is up; every point once at least."""
    end = time.perf_counter() + seconds
    with known.lock:
        while not known.complete and (known.repeats == 0 or time.perf_counter() < end):
            setting = min(known.chunks, key=lambda setting: len(known.chunks[setting]))
            moments = measure_gradient(
                known.vae, known.x, num_repeats=REPEATS, generator=known.generator, **setting._asdict()
            )
            known.chunks[setting].append(moments.total_variance)


# -- one iteration in slow motion --------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Iteration:
    """Everything that one `AEVB.step` computes, in its order: the minibatch x (M, data_dim), q's loc and scale, eps and
    z (M, latent), the decoded means (M, data_dim), the terms of the bound (M,) in nats, the gradient's norm in each
    tensor, and the same minibatch and eps after the update."""

    x: np.ndarray
    loc: np.ndarray
    scale: np.ndarray
    eps: np.ndarray
    z: np.ndarray
    decoded: np.ndarray
    recon_log_lik: np.ndarray
    kl: np.ndarray
    gradient_norms: dict[str, float]
    step_norm: float
    decoded_after: np.ndarray
    elbo_after: np.ndarray

    @property
    def elbo(self) -> np.ndarray:
        return self.recon_log_lik - self.kl


def slow_config() -> vc.TrainConfig:
    return vc.TrainConfig(batch_size=SLOW_BATCH, learning_rate=SLOW_RATE, seed=SLOW_SEED)


@st.cache_data(show_spinner="Training up to this iteration…", max_entries=256)
def iteration(number: int) -> Iteration:
    """Iteration `number` (from 1) of a run on digits with M = 8, L = 1, Adam, seed 0: the very steps of `vc.fit`."""
    config, images = slow_config(), dataset("digits")
    algorithm = vc.AEVB(small_model("untrained"), config)
    batches = Minibatches(images.x_train, config.binarization, config.batch_size, config.seed)
    noise = torch.Generator()
    for step in range(number):
        randomness.seed_stream(noise, config.seed, "noise", step)
        x = batches.draw(step, noise)
        if step == number - 1:
            return trace_step(algorithm, x, noise, batches.num_images, step)
        algorithm.step(x, num_train=batches.num_images, generator=noise, step=step, total_steps=SLOW_MOST)
    raise ValueError(f"number must be at least 1, got {number}")


def trace_step(algorithm: vc.AEVB, x: torch.Tensor, noise: torch.Generator, num_train: int, step: int) -> Iteration:
    """Take the step, and look at what it computes: eps comes from a copy of the generator, so that both draw the same."""
    vae, same_noise = algorithm.vae, torch.Generator()
    same_noise.set_state(noise.get_state())
    eps = draw_eps(vae, len(x), 1, same_noise)
    before = copy.deepcopy(vae)
    algorithm.step(x, num_train=num_train, generator=noise, step=step, total_steps=SLOW_MOST)
    with torch.no_grad():
        q = before.encode(x)
        z = distributions.reparameterize(q, eps)[0]
        bound, after = vc.elbo(before, x, eps=eps), vc.elbo(vae, x, eps=eps)
        z_after = distributions.reparameterize(vae.encode(x), eps)[0]
        moved = sum((new - old).square().sum() for new, old in zip(vae.parameters(), before.parameters(), strict=True))
        norms = {name: float(p.grad.norm()) for name, p in vae.named_parameters()}
        numbers = (x, q.base_dist.loc, q.base_dist.scale, eps[0], z, before.decode(z).mean)
        terms = (bound.recon_log_lik.numpy(), bound.kl.numpy(), norms, float(moved.sqrt()))
        return Iteration(
            *(tensor.numpy() for tensor in numbers),
            *terms,
            vae.decode(z_after).mean.numpy(),
            after.elbo.numpy(),
        )


def go_to_stage(number: int, stage: int) -> None:
    """Show a stage of an iteration: the widgets with the keys "iteration" and "stage" take these values."""
    st.session_state["iteration"] = number
    st.session_state["stage"] = stage
