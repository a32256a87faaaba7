"""What one image's bound is made of (eq. 1 and 3): exact with at most two latent dimensions, else estimated."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from vae_core.averages import error_of_mean
from vae_core.distributions import kl_per_dim
from vae_core.latent import require_index
from vae_core.marginal import LEAST_ESS
from vae_core.model import VAE
from vae_core.posterior import DecodedGrid, exact_bound
from vae_core.studies.close_ups import CloseUp, close_up
from vae_core.studies.estimation import ADAPTIVE, Effort, estimate, estimators, sampled_elbo
from vae_core.studies.gaussians import Gaussian


@dataclass(frozen=True, eq=False)
class ImageBound:
    """One image's log p(x) = elbo + gap and elbo = recon_log_lik - kl, in nats. `exact`: by sums over grids; else the ELBO is
    estimated with `elbo_error`, and log p(x), a little too low on average, with `log_marginal_error` and the effective sample size `ess`
    of `num_samples` draws (None where exact). `kl_per_dim` (latent,) is this image's, `mean_kl_per_dim` with
    `mean_kl_error` that of all images."""

    exact: bool
    log_marginal: float
    log_marginal_error: float
    elbo: float
    elbo_error: float
    ess: float | None
    num_samples: int | None
    recon_log_lik: float
    kl: float
    gap: float
    kl_per_dim: np.ndarray
    mean_kl_per_dim: np.ndarray
    mean_kl_error: np.ndarray

    @property
    def gap_error(self) -> float:
        """The standard error of the gap, a difference of two estimates with draws of their own; 0 where exact."""
        return math.hypot(self.log_marginal_error, self.elbo_error)

    def for_q(self, q: Gaussian) -> ImageBound:
        """The same image with another q in the place of the encoder's; `kl_per_dim` stays the encoder's."""
        return replace(self, elbo=q.elbo, gap=q.gap, kl=q.kl, recon_log_lik=q.elbo + q.kl)

    def ess_in_words(self) -> str:
        """The effective sample size of the estimate in words, with a warning where `vc.log_marginal` gives one. ValueError for an exact
        log p(x), which has none."""
        if self.ess is None:
            raise ValueError("ess must be that of an estimate, got None: this log p(x) is exact")
        warning = ": its ± is too small" if not self.ess >= LEAST_ESS else ""
        return f"effective sample size (ESS) {self.ess:,.0f} of {self.num_samples:,} draws{warning}"


def image_bound(
    vae: VAE,
    x: Float[Tensor, "images data"],
    row: int,
    *,
    on_grid: CloseUp | None = None,
    coarse: DecodedGrid | None = None,
    effort: Effort | None = None,
    is_sequence: bool = False,
) -> ImageBound:
    """Eq. (1) and (3) of image `row` of x by its encoder's q(z|x); the other images are there for the mean KL.

    With two latent dimensions by the sums of `close_up` (give them as `on_grid` where you have them), with one by
    `exact_bound`; `coarse` is the model's `decoded_grid`. With more, by the ELBO and the adaptive importance sampling
    of `estimators` with `effort`, so that both studies give the same numbers for an image.
    `is_sequence`: the images x are frames of a film, whose mean KL has a larger error (`averages.error_of_mean`)."""
    require_index("row", row, len(x))
    image = x[row : row + 1]
    with torch.no_grad():
        kl_of_all = kl_per_dim(vae.encode(x))
    kl = float(kl_of_all[row].sum())
    sums = (
        _exact_sums(vae, image, on_grid, coarse)
        if vae.config.latent_dim <= 2
        else _sampled_sums(vae, image, effort or Effort())
    )
    return ImageBound(
        **sums._asdict(),
        recon_log_lik=sums.elbo + kl,
        kl=kl,
        gap=sums.log_marginal - sums.elbo,
        kl_per_dim=kl_of_all[row].numpy(),
        mean_kl_per_dim=kl_of_all.mean(0).numpy(),
        mean_kl_error=error_of_mean(kl_of_all, is_sequence=is_sequence).numpy(),
    )


class _Sums(NamedTuple):
    exact: bool
    log_marginal: float
    log_marginal_error: float
    elbo: float
    elbo_error: float
    ess: float | None
    num_samples: int | None


def _exact_sums(vae: VAE, image: Tensor, on_grid: CloseUp | None, coarse: DecodedGrid | None) -> _Sums:
    on_grid = on_grid or close_up(vae, image, coarse=coarse)
    if on_grid is not None:
        return _Sums(True, on_grid.log_marginal, 0.0, on_grid.encoder.elbo, 0.0, None, None)
    bound = exact_bound(vae, image, coarse=coarse)
    return _Sums(True, float(bound.log_marginal), 0.0, float(bound.elbo), 0.0, None, None)


def _sampled_sums(vae: VAE, image: Tensor, effort: Effort) -> _Sums:
    elbo, error = sampled_elbo(vae, image, seed=effort.seed)
    adaptive = next(row for row in estimators(vae.config.latent_dim, effort) if row.name == ADAPTIVE)
    marginal = estimate(vae, image, adaptive, seed=effort.seed)
    return _Sums(False, marginal.mean, marginal.std_error, elbo, error, marginal.ess, effort.num_samples)
