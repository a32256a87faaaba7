"""Reparameterisation, the Gaussian KL, and the random streams that every draw comes from."""

from __future__ import annotations

import hashlib

import torch
from jaxtyping import Float
from torch import Tensor
from torch.distributions import Independent, Normal


def diagonal_normal(loc: Tensor, scale: Tensor) -> Independent:
    """N(loc, diag(scale^2)) with the last dimension as the event."""
    return Independent(Normal(loc, scale, validate_args=False), 1, validate_args=False)


def reparameterize(q: Independent, eps: Float[Tensor, "*samples batch latent"]) -> Float[Tensor, "*samples batch latent"]:
    """z = g(eps, x) = loc + scale * eps with eps ~ N(0, I) (eq. 4 and sec. 2.4, location-scale)."""
    return q.base_dist.loc + q.base_dist.scale * eps


def kl_to_standard_normal(q: Independent) -> Float[Tensor, "*batch"]:
    """KL(q || N(0, I)) of a diagonal Gaussian, in nats, exact and never negative (App. B).

    `expm1(log_var) - log_var` rather than `exp(log_var) - log_var - 1`: the latter loses all digits in float32
    when q is close to the prior, and goes below zero.
    """
    loc, log_var = q.base_dist.loc, 2.0 * q.base_dist.scale.log()
    return 0.5 * (loc.square() + torch.expm1(log_var) - log_var).sum(-1)


def draw_seed(generator: torch.Generator) -> int:
    """One 63-bit seed from `generator`, which names all the random streams of a run."""
    return int(torch.randint(0, 2**63 - 1, (), generator=generator))


def seed_stream(generator: torch.Generator, seed: int, stream: str, index: int) -> torch.Generator:
    """Point `generator` at draw number `index` of a named stream of run `seed`, and return it.

    A run's randomness is thereby a function of (seed, stream, index): resuming needs no generator state, and
    looking (evaluation, frames) uses other streams than learning, so it never changes the run.
    """
    digest = hashlib.blake2b(f"{seed}/{stream}/{index}".encode(), digest_size=8).digest()
    return generator.manual_seed(int.from_bytes(digest, "little", signed=True))
