"""The bound taken apart: a toy where all is exact, one image's log p(x), and every estimator of it with its cost."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import streamlit as st
import torch

import vae_core as vc
from app.session.images import examples_for
from app.session.models import LoadedModel
from app.state.posterior import close_up, decoded_grid
from vae_core import distributions, marginal, posterior
from vae_core.data.binarization import binarize

TOY_STEPS, TOY_BATCH, TOY_START = 300, 200, (0.6, 0.0, 0.5)
TOY_GRID = (-5.0, 0.005, 2001)  # first point, spacing, points
BOUND_DRAWS = 256
FRESH_DRAWS = 12


# -- the toy -----------------------------------------------------------------------------------------------------


@st.cache_resource(show_spinner="Training the toy's encoder…")
def toy_model() -> vc.VAE:
    """`posterior.folded_model` with its encoder trained on draws from the model itself, seed 0; takes 0.2 s."""
    vae, generator = posterior.folded_model(), torch.Generator().manual_seed(0)
    algorithm = vc.AEVB(vae, vc.TrainConfig(learning_rate=0.05, num_samples=2, schedule="cosine"))
    for step in range(TOY_STEPS):
        _, x = vc.simulate(vae, TOY_BATCH, generator=generator)
        algorithm.step(x, num_train=TOY_BATCH, generator=generator, step=step, total_steps=TOY_STEPS)
    return vae


@st.cache_data(show_spinner=False)
def toy_numbers() -> dict[str, Any]:
    """All that the browser needs to compute the toy's bound: the decoder on a grid, and the encoder for each x."""
    vae = toy_model()
    first, spacing, points = TOY_GRID
    z = first + spacing * torch.arange(points, dtype=torch.float64)[:, None]
    xs = torch.arange(-0.6, 2.2001, 0.02, dtype=torch.float64)[:, None]
    with torch.no_grad():
        p, q = vae.decode(z).base_dist, vae.encode(xs).base_dist
        return {
            "first": first,
            "spacing": spacing,
            "f": p.loc[:, 0].tolist(),
            "noise": float(p.scale[0, 0]),
            "xs": [round(x, 2) for x in xs[:, 0].tolist()],
            "encoder": torch.cat([q.loc, q.scale], 1).tolist(),
        }


def toy_start() -> list[float]:
    """[x, loc, scale] of the link that opened the page, else the default; read once, so that dragging reloads nothing."""
    if "toy_start" not in st.session_state:
        st.session_state["toy_start"] = list(TOY_START)
        try:
            given = [float(part) for part in st.query_params.get("toy", "").split(",")]
        except ValueError:
            given = []
        if len(given) == 3 and all(np.isfinite(given)) and given[2] > 0.0:
            st.session_state["toy_start"] = given
    return st.session_state["toy_start"]


def remember_toy() -> None:
    """Put the q that was let go of into the page's link."""
    view = (st.session_state.get("bound_toy") or {}).get("view")
    if view:
        st.query_params["toy"] = ",".join(f"{value:.3f}" for value in view)


# -- one image ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class ImageBound:
    """One image's log p(x) = elbo + gap and elbo = recon_log_lik - kl, in nats. `exact`: by quadrature; else the ELBO is
    estimated with `elbo_error`, and log p(x) is a lower bound with `log_marginal_error` and the effective sample size `ess`
    (None where exact). `kl_per_dim` (latent,) is this image's, `mean_kl_per_dim` with `mean_kl_error` that of all examples."""

    exact: bool
    log_marginal: float
    log_marginal_error: float
    elbo: float
    elbo_error: float
    ess: float | None
    recon_log_lik: float
    kl: float
    gap: float
    kl_per_dim: np.ndarray
    mean_kl_per_dim: np.ndarray
    mean_kl_error: np.ndarray

    def ess_in_words(self) -> str:
        """What the estimate of log p(x) rests on, and whether `vc.log_marginal` would warn of it."""
        few = ": its ± is too small" if self.ess < marginal.LEAST_ESS else ""
        return f"effective sample size (ESS) {self.ess:,.0f} of {Effort().num_samples:,} draws{few}"


def image_bound(model: LoadedModel, row: int) -> ImageBound:
    """Eq. (1) and (3) of example `row` of `examples_for(model)`; what is estimated has the draws and the seed that
    "Estimating log p(x)" begins with, so that all pages say the same of an image."""
    return _image_bound(model.key, row, _model=model)


@st.cache_data(show_spinner="Summing over the latent plane…", max_entries=256)
def _image_bound(key: str, row: int, _model: LoadedModel) -> ImageBound:
    vae, examples = _model.vae, examples_for(_model)
    x = examples.x[row : row + 1]
    with torch.no_grad():
        kl_per_dim = distributions.kl_per_dim(vae.encode(examples.x))
    kl = float(kl_per_dim[row].sum())
    shown = close_up(_model, row)
    if shown is not None:
        numbers = (True, shown.log_marginal, 0.0, shown.encoder.elbo, 0.0, None)
    elif vae.config.latent_dim == 1:
        bound = posterior.exact_bound(vae, x, coarse=decoded_grid(_model))
        numbers = (True, float(bound.log_marginal), 0.0, float(bound.elbo), 0.0, None)
    else:
        effort = Effort()
        elbo, error = _sampled_elbo(vae, x, effort.seed)
        options = {"proposal": "defensive", "generator": torch.Generator().manual_seed(effort.seed)}
        found = vc.log_marginal(vae, x, method="importance", num_samples=effort.num_samples, **options)
        numbers = (False, float(found.mean), float(found.std_error), elbo, error, float(found.ess))
    _, log_marginal, _, elbo, *_ = numbers
    spread = kl_per_dim.std(0) / np.sqrt(len(kl_per_dim))
    per_dim = (kl_per_dim[row].numpy(), kl_per_dim.mean(0).numpy(), spread.numpy())
    return ImageBound(*numbers, elbo + kl, kl, log_marginal - elbo, *per_dim)


@torch.no_grad()
def _sampled_elbo(vae: vc.VAE, x: torch.Tensor, seed: int) -> tuple[float, float]:
    """The ELBO of one image from 256 draws of z (estimator B), and its standard error."""
    generator = torch.Generator().manual_seed(seed)
    draws = vc.elbo(vae, x.expand(BOUND_DRAWS, -1), generator=generator).elbo
    return float(draws.mean()), float(draws.std() / np.sqrt(BOUND_DRAWS))


class Redraw(NamedTuple):
    """One way to make black-and-white pixels of the same grey image, and its numbers in nats (log_marginal None where
    there are more than two latent dimensions)."""

    kind: str
    x: np.ndarray
    elbo: float
    elbo_error: float
    log_marginal: float | None


def redraws(model: LoadedModel, row: int) -> list[Redraw]:
    """The published draw, the threshold and 12 fresh draws of one test image; empty without binarisation."""
    return _redraws(model.key, row, _model=model) if model.binarization != "none" else []


@st.cache_data(show_spinner="Drawing the same image again…", max_entries=256)
def _redraws(key: str, row: int, _model: LoadedModel) -> list[Redraw]:
    vae, examples = _model.vae, examples_for(_model)
    grey, generator = examples.grey[row : row + 1], torch.Generator().manual_seed(row)
    fresh = [binarize(grey, "dynamic", generator=generator) for _ in range(FRESH_DRAWS)]
    kinds = ["published draw", "threshold at 1/2"] + ["fresh draw"] * FRESH_DRAWS
    x = torch.cat([examples.x[row : row + 1], binarize(grey, "threshold"), *fresh])
    values = [None] * len(x)
    if vae.config.latent_dim <= 2:
        with torch.no_grad():
            values = posterior.posterior_grid(vae, x, coarse=decoded_grid(_model)).log_marginal.tolist()
    elbos = [_sampled_elbo(vae, x[i : i + 1], seed=i) for i in range(len(x))]
    return [Redraw(kinds[i], x[i].numpy(), *elbos[i], values[i]) for i in range(len(x))]


# -- estimators of log p(x) --------------------------------------------------------------------------------------


class Estimator(NamedTuple):
    """A row of the page: its name, and what to call."""

    name: str
    options: dict[str, Any]


class Estimate(NamedTuple):
    """What an estimator said of one image, in nats, and what that took."""

    name: str
    mean: float
    std_error: float
    ess: float | None
    direction: str
    num_samples: int
    decoder_passes: int
    seconds: float
    warnings: tuple[str, ...]


@dataclass(eq=False)
class Estimates:
    """The estimators of one image, done one after the other; shared by all sessions that look at the same."""

    pending: list[Estimator]
    done: list[Estimate] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, name: str) -> Estimate | None:
        return next((estimate for estimate in self.done if estimate.name == name), None)


class Effort(NamedTuple):
    """How hard the estimators try, and the seed."""

    num_samples: int = 5000
    num_chains: int = 16
    num_temperatures: int = 200
    seed: int = 0


def estimators(latent_dim: int, effort: Effort) -> list[Estimator]:
    """Quick ones first."""
    sampled = {"method": "importance", "num_samples": effort.num_samples}
    chains = {"method": "hmc", "num_chains": effort.num_chains, "num_samples": 32 * effort.num_chains}
    rows = [
        Estimator("ELBO", {}),
        Estimator("importance, encoder", sampled | {"proposal": "encoder"}),
        Estimator("importance, defensive", sampled | {"proposal": "defensive"}),
        Estimator("App. D, chains from the prior", chains | {"start": "prior"}),
        Estimator("App. D, chains resampled", chains | {"start": "resampled"}),
        Estimator("annealed importance", {"method": "ais", "num_temperatures": effort.num_temperatures}),
    ]
    return ([Estimator("quadrature", {"method": "quadrature"})] if latent_dim <= 2 else []) + rows


def estimates(model: LoadedModel, row: int, effort: Effort) -> Estimates:
    """What is known so far of an image; `advance_estimates` adds to it."""
    return _estimates(model.key, row, effort, _latent_dim=model.vae.config.latent_dim)


@st.cache_resource(show_spinner=False, max_entries=256)
def _estimates(key: str, row: int, effort: Effort, _latent_dim: int) -> Estimates:
    return Estimates(estimators(_latent_dim, effort))


def advance_estimates(known: Estimates, model: LoadedModel, row: int, effort: Effort) -> None:
    """Run the next estimator, and time it."""
    count = len(known.done)
    with known.lock:
        if known.pending and len(known.done) == count:  # else another session has just done it
            name, options = known.pending[0]
            known.done.append(_estimate(model, row, name, options, effort.seed))
            del known.pending[0]


def _estimate(model: LoadedModel, row: int, name: str, options: dict[str, Any], seed: int) -> Estimate:
    vae, x = model.vae, examples_for(model).x[row : row + 1]
    start = time.perf_counter()
    if not options:
        mean, error = _sampled_elbo(vae, x, seed)
        return Estimate(name, mean, error, None, "lower", BOUND_DRAWS, BOUND_DRAWS, time.perf_counter() - start, ())
    generator = {} if options["method"] == "quadrature" else {"generator": torch.Generator().manual_seed(seed)}
    found = vc.log_marginal(vae, x, **options, **generator)
    seconds = time.perf_counter() - start
    ess = None if found.ess is None else float(found.ess)
    numbers = (found.direction, found.num_samples, found.decoder_passes, seconds, found.warnings)
    return Estimate(name, float(found.mean), float(found.std_error), ess, *numbers)
