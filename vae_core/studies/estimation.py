"""Estimators of one image's log p(x) side by side, with what each of them costs (App. D, importance sampling, annealing)."""

from __future__ import annotations

import math
import time
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from vae_core.bounds import elbo, require_one_image
from vae_core.marginal import log_marginal
from vae_core.model import VAE
from vae_core.randomness import seeded

BOUND_DRAWS = 256
EXACT, ENCODER = "quadrature", "importance, encoder"
CHAINS, RESAMPLED, ANNEALED = "App. D, chains from the prior", "App. D, chains resampled", "annealed importance"
DEFENSIVE, ADAPTIVE = "importance, defensive", "importance, adaptive"
SLOW = (CHAINS, RESAMPLED, ANNEALED)  # each takes many times as long as all others together
SHOWN_DRAWS, HEAVIEST_DRAWS = 400, 50  # of an estimate's draws, and of those how many for their weight
LEAST_ERROR = 0.1  # nats: an estimate with a smaller error is not called wrong


class Effort(NamedTuple):
    """How hard the estimators try, and the seed that each of them starts from."""

    num_samples: int = 5000
    num_chains: int = 16
    num_temperatures: int = 500
    seed: int = 0


class Estimator(NamedTuple):
    """A name, and the options of `vc.log_marginal`; without options the ELBO."""

    name: str
    options: dict[str, Any]


class WeightedDraws(NamedTuple):
    """Some of the draws z (draws, latent) on which an estimate rests: the heaviest, and of the others some at random. `shares` (draws,)
    are their shares of the weights of all draws."""

    z: np.ndarray
    shares: np.ndarray


class Estimate(NamedTuple):
    """What an estimator gives for one image: mean and standard error in nats, the effective sample size where it has one, on
    which side of log p(x) it lies on average ("lower", "upper", "exact"), what that took, and where it looked (None for the ELBO
    and quadrature)."""

    name: str
    mean: float
    std_error: float
    ess: float | None
    direction: str
    num_samples: int
    decoder_passes: int
    seconds: float
    warnings: tuple[str, ...]
    draws: WeightedDraws | None = None

    def is_wrong(self, log_marginal: float) -> bool:
        """Whether its error is above three of its standard errors and above LEAST_ERROR."""
        return bool(abs(self.mean - log_marginal) > max(LEAST_ERROR, 3.0 * self.std_error))


def estimators(latent_dim: int, effort: Effort) -> list[Estimator]:
    """Quick ones first."""
    importance = {"method": "importance", "num_samples": effort.num_samples}
    chains = {"method": "hmc", "num_chains": effort.num_chains, "num_samples": 32 * effort.num_chains}
    rows = [
        Estimator("ELBO", {}),
        Estimator(ENCODER, importance | {"proposal": "encoder"}),
        Estimator(DEFENSIVE, importance | {"proposal": "defensive"}),
        Estimator(ADAPTIVE, importance | {"proposal": "adaptive"}),
        Estimator(CHAINS, chains | {"start": "prior"}),
        Estimator(RESAMPLED, chains | {"start": "resampled"}),
        Estimator(ANNEALED, {"method": "ais", "num_temperatures": effort.num_temperatures}),
    ]
    return ([Estimator(EXACT, {"method": "quadrature"})] if latent_dim <= 2 else []) + rows


@torch.enable_grad()  # HMC needs gradients, even if the caller does not
def estimate(vae: VAE, x: Float[Tensor, "1 data"], estimator: Estimator, *, seed: int = 0) -> Estimate:
    """What the estimator gives for log p(x) of one image, in nats, timed."""
    require_one_image(vae, x)
    name, options = estimator
    start = time.perf_counter()
    if not options:
        mean, error = sampled_elbo(vae, x, seed=seed)
        return Estimate(name, mean, error, None, "lower", BOUND_DRAWS, BOUND_DRAWS, time.perf_counter() - start, ())
    generator = None if options["method"] == "quadrature" else seeded(seed)
    pieces: list[tuple[Tensor, Tensor]] = []
    watch = None if generator is None else lambda z, log_w: pieces.append((z, log_w))
    marginal = log_marginal(vae, x, generator=generator, watch=watch, **options)
    seconds = time.perf_counter() - start
    return Estimate(
        name,
        float(marginal.mean),
        float(marginal.std_error),
        None if marginal.ess is None else float(marginal.ess),
        marginal.direction,
        marginal.num_samples,
        marginal.decoder_passes,
        seconds,
        marginal.warnings,
        _some_draws(pieces) if pieces else None,
    )


def _some_draws(pieces: list[tuple[Tensor, Tensor]]) -> WeightedDraws:
    """Of all draws (samples, 1, latent) and their log weights: the heaviest, and some of the others at random."""
    z, log_w = (torch.cat([part[:, 0] for part in parts]) for parts in zip(*pieces, strict=True))
    shares = log_w.double().nan_to_num(nan=-math.inf).softmax(0)
    sample = torch.randperm(len(z), generator=seeded(0), device="cpu")[: SHOWN_DRAWS - HEAVIEST_DRAWS]
    rows = sorted({*sample.tolist(), *shares.topk(min(len(z), HEAVIEST_DRAWS)).indices.tolist()})
    return WeightedDraws(z[rows].cpu().numpy(), shares[rows].cpu().numpy())


@torch.no_grad()
def sampled_elbo(vae: VAE, x: Float[Tensor, "1 data"], *, seed: int) -> tuple[float, float]:
    """The ELBO of one image from BOUND_DRAWS draws of z (estimator B, eq. 7), and its standard error; nats."""
    require_one_image(vae, x)
    draws = elbo(vae, x.expand(BOUND_DRAWS, -1), generator=seeded(seed)).elbo
    return float(draws.mean()), float(draws.std() / math.sqrt(BOUND_DRAWS))
