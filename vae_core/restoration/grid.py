"""p(z|y) on a grid, for at most two latent dimensions, and exact draws from it."""

from __future__ import annotations

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from vae_core.autograd import in_full_precision
from vae_core.config import require_whole
from vae_core.model import VAE
from vae_core.posterior import FIRST_SPACING, Decoded, DecodedGrid, Grid, decode_grid, refine_grid
from vae_core.randomness import draw_uniform
from vae_core.restoration.observations import Observation
from vae_core.restoration.proposals import as_model_dtype

TOLERANCE = 1e-3  # nats of log p(y), of a grid
SETTLING = 5  # Metropolis steps after a draw from a grid


# -- p(z|y) on a grid --------------------------------------------------------------------------------------------


@in_full_precision
@torch.inference_mode(False)
@torch.no_grad()
def observation_grid(
    vae: VAE,
    y: Float[Tensor, "batch observed"],
    observation: Observation,
    tolerance: float = TOLERANCE,
    *,
    coarse: DecodedGrid | None = None,
) -> Grid:
    """p(z, y) on a grid, halved until log p(y) of no image changes by more than `tolerance` nats. latent_dim <= 2.

    `coarse` is `posterior.decode_grid` of the model, if there is one already: then the first level needs no decoder pass.
    """
    if vae.config.latent_dim not in FIRST_SPACING:
        raise ValueError(f"latent_dim must be at most 2 for a grid, got {vae.config.latent_dim}; use restore's samples")
    observation.check(vae.config, y)
    y = as_model_dtype(vae, y)
    if coarse is not None or (coarse_here := decode_prior_grid(vae)) is None:
        return refine_observed(vae, y, observation, tolerance, coarse)
    grid = refine_observed(vae, y, observation, tolerance, coarse_here)
    return grid._replace(decoder_passes=grid.decoder_passes + len(coarse_here.indices))


def decode_prior_grid(vae: VAE) -> DecodedGrid | None:
    """The coarse grid over the prior alone; None where it would be too large."""
    return decode_grid(vae, torch.zeros(1, vae.config.latent_dim, dtype=vae.dtype, device=vae.device))


def refine_observed(
    vae: VAE,
    y: Tensor,
    observation: Observation,
    tolerance: float,
    coarse: DecodedGrid | None,
    first: Float[Tensor, "batch points"] | None = None,
) -> Grid:
    """`observation_grid` without the check of y. `first` is log p(y|z) on the coarse grid, if the caller has it."""
    places = torch.zeros(1, vae.config.latent_dim, dtype=y.dtype, device=y.device)
    if (
        coarse is not None
    ):  # the encoder's code of the most probable image on the coarse grid: there may be a peak between points
        if first is None:
            first = observation.log_prob_of_all_pairs(coarse.decoded.p, y)
        best = coarse.decoded.z[(first + vae.prior.log_prob(coarse.decoded.z)).argmax(1)]
        places = vae.encode(observation.mean_x(vae.decode(best), y)).mean

    def log_lik(decoded: Decoded) -> Tensor:
        if first is not None and coarse is not None and decoded is coarse.decoded:
            return first
        return observation.log_prob_of_all_pairs(decoded.p, y)

    grid = refine_grid(vae, log_lik, places, tolerance, coarse=coarse)
    return grid if coarse is None else grid._replace(decoder_passes=grid.decoder_passes + len(y))


def sample_grid(
    grid: Grid, num_samples: int, generator: torch.Generator, log_density: Callable[[Tensor], Tensor] | None = None
) -> Float[Tensor, "samples batch latent"]:
    """Draws of z: a grid point in proportion to its mass, then a uniform place in its cell. With the log density of z, `SETTLING`
    Metropolis steps correct for the size of the cells: they propose such draws, and nearly all are accepted."""
    require_whole("num_samples", num_samples, 1)
    z, log_cell = _draw_cells(grid, num_samples, generator)
    if log_density is None:
        return z
    log_ratio = log_density(z) - log_cell
    for _ in range(SETTLING):
        candidate, log_cell = _draw_cells(grid, num_samples, generator)
        candidate_ratio = log_density(candidate) - log_cell
        u = draw_uniform(log_ratio.shape, like=log_ratio, generator=generator)
        accepted = u.log() < candidate_ratio - log_ratio
        z = torch.where(accepted[..., None], candidate, z)
        log_ratio = torch.where(accepted, candidate_ratio, log_ratio)
    return z


def _draw_cells(grid: Grid, num_samples: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """z (samples, batch, latent), and the grid's log density in their cells (samples, batch)."""
    mass = grid.log_joint.double().softmax(1).to(generator.device)
    cells = torch.multinomial(mass, num_samples, replacement=True, generator=generator).to(grid.points.device)
    z = grid.points[cells.T]
    u = draw_uniform(z.shape, like=z, generator=generator)
    return z + grid.spacing * (u - 0.5), grid.log_joint.gather(1, cells).T
