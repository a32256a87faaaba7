"""The variational bound and its SGVB estimators (eq. 2, 3, 6, 7), and the importance-weighted bound, in nats per datapoint, higher
is better."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor
from torch.distributions import Independent

from vae_core.autograd import ordinary
from vae_core.config import ESTIMATORS, require_choice, require_whole
from vae_core.data.binarization import check_dense
from vae_core.distributions import detached, kl_to_standard_normal, reparameterize
from vae_core.errors import DataError, NonFiniteBound, UnsuitablePixels
from vae_core.model import VAE, require_draws, require_passes
from vae_core.randomness import draw_normal, require_generator
from vae_core.sizes import FLOAT_BYTES, require_memory

NOISE_AT_A_TIME = 2**28  # numbers of eps in `estimate_bound`: 1 GB in float32
PIXELS_AT_A_TIME = 2**25  # decoded from the draws of one image
IMPORTANCE_ESTIMATORS = ("A", "STL")  # there is no closed KL in the importance-weighted bound
LEAST_DRAWS = 16  # torch fills a tensor of normal numbers in blocks of 16


class Bound(NamedTuple):
    """`elbo = recon_log_lik - kl`, each (batch,) in nats: E_q[log p(x|z)] and KL(q(z|x) || p(z)) of eq. (3)."""

    elbo: Tensor
    recon_log_lik: Tensor
    kl: Tensor


def elbo(
    vae: VAE,
    x: Float[Tensor, "batch data"],
    *,
    estimator: str = "B",
    num_samples: int = 1,
    generator: torch.Generator | None = None,
    eps: Float[Tensor, "samples batch latent"] | None = None,
) -> Bound:
    """The SGVB estimate of the bound of each datapoint, unbiased for every num_samples (L).

    Estimator "A" (eq. 6) samples both terms, so its `kl` is a Monte Carlo estimate that may be negative; "B" (eq. 7)
    has the KL in closed form. "STL" has the value of "A" and another gradient: sticking the landing (Roeder et al. 2017) leaves
    out the part of grad log q(z|x) that does not go through z. Its mean is 0; without it the gradient of the encoder has no variance
    where q(z|x) = p(z|x). The noise is drawn from `generator`, or given as `eps` ~ N(0, I) (then `num_samples`
    is its first dimension). Differentiable in all parameters through z = g(eps, x). Costs L decoder passes and
    L * batch * data_dim numbers of memory; `estimate_bound` does large sets in pieces. `check_pixels` judges x; NonFiniteBound
    where the bound of an image is no number.

    >>> import torch
    >>> import vae_core as vc
    >>> vae, x = vc.load_pretrained("digits-2d"), vc.load_data("digits").x_test[:3].round()
    >>> bound = vc.elbo(vae, x, num_samples=16, generator=torch.Generator().manual_seed(0))
    >>> bound.elbo.shape, bool((bound.kl > 0).all())
    (torch.Size([3]), True)
    """
    check_pixels(vae, x)
    if eps is None:
        require_whole("num_samples", num_samples, 1)
        require_draws(vae.config, num_samples * len(x), "num_samples * images")
    bound = sgvb(vae, x, estimator=estimator, num_samples=num_samples, generator=generator, eps=eps)
    require_defined("the bound", bound.elbo)
    return bound


def require_defined(what: str, of_images: Float[Tensor, " images"]) -> None:
    """Raise NonFiniteBound unless there is a finite number for each image: an infinite or undefined one would pass for an estimate in
    every mean and every comparison."""
    if not bool(torch.isfinite(of_images).all()):
        undefined = int((~torch.isfinite(of_images)).sum())
        raise NonFiniteBound(
            f"{what} must be finite, got inf or nan for {undefined} of {len(of_images)} images: weights are too large for "
            f"{str(of_images.dtype).removeprefix('torch.')}, or these images have probability 0; take another model"
        )


def check_pixels(vae: VAE, x: Tensor) -> None:
    """Raise DataError unless x is a batch of images, (batch, data_dim), in the model's dtype, and UnsuitablePixels unless its
    likelihood has a probability for their values (`Likelihood.supports`). Reads x once."""
    require_images(vae, x)
    likelihood, dtype = vae.likelihood, vae.dtype
    if x.dtype != dtype:
        raise DataError(f"x must be {dtype}, as the model is, got {x.dtype}: give x.to({dtype})")
    if bool(likelihood.supports(x).all()):
        return
    undefined = (~torch.isfinite(x)).sum(1).count_nonzero()
    if undefined:
        raise UnsuitablePixels(
            f"x must be finite, got nan or inf in {int(undefined)} of {len(x)} images: leave these out"
        )
    raise UnsuitablePixels(
        f"x must be {likelihood.rule} for a {likelihood.label} decoder, got values from {float(x.min()):g} to "
        f"{float(x.max()):g}; {likelihood.remedy}"
    )


def require_one_image(vae: VAE, x: Tensor) -> None:
    """Raise DataError unless x is one image, (1, data_dim). What its pixels may be is for `check_pixels`."""
    require_images(vae, x)
    if len(x) != 1:
        raise DataError(
            f"x must be one image, got {len(x)}: give x[i : i + 1], which is (1, data_dim={vae.config.data_dim})"
        )


def require_flat_image(vae: VAE, x: Tensor) -> None:
    """Raise DataError unless x is one image without an axis for more, (data_dim,)."""
    if not isinstance(x, Tensor) or x.shape != (vae.config.data_dim,):
        size = f"the shape {tuple(x.shape)}" if isinstance(x, Tensor) else type(x).__name__
        raise DataError(f"x must be one image, (data_dim={vae.config.data_dim},), got {size}: give x[i] of a batch")


def require_images(vae: VAE, x: Tensor) -> None:
    """Raise DataError unless x is a batch of images, (batch, data_dim). What its pixels may be is for `check_pixels`."""
    if not isinstance(x, Tensor):
        raise DataError(f"x must be a tensor, got {type(x).__name__}: give torch.as_tensor(x, dtype={vae.dtype})")
    if x.ndim != 2 or x.shape[1] != vae.config.data_dim:  # one image would broadcast against the noise
        raise DataError(f"x must have the shape (batch, data_dim={vae.config.data_dim}), got {tuple(x.shape)}")
    if len(x) == 0:
        raise DataError(f"x must have at least one image, got {tuple(x.shape)}")
    check_dense(x)


def sgvb(
    vae: VAE,
    x: Float[Tensor, "batch data"],
    *,
    estimator: str = "B",
    num_samples: int = 1,
    generator: torch.Generator | None = None,
    eps: Float[Tensor, "samples batch latent"] | None = None,
) -> Bound:
    """`elbo` (eq. 6, 7) without the check of the pixels, which would wait for the device. Training steps call it: their data
    were checked before."""
    require_choice("estimator", estimator, ESTIMATORS)
    x, q, z = _encode_and_draw(vae, x, num_samples, generator, eps)
    recon_log_lik = vae.decode(z).log_prob(x).mean(0)
    if estimator == "B":
        kl = kl_to_standard_normal(q)
    else:
        log_q = (detached(q) if estimator == "STL" else q).log_prob(z)
        kl = (log_q - vae.prior.log_prob(z)).mean(0)
    return Bound(recon_log_lik - kl, recon_log_lik, kl)


def importance_bound(
    vae: VAE,
    x: Float[Tensor, "batch data"],
    *,
    estimator: str = "A",
    num_samples: int = 1,
    generator: torch.Generator | None = None,
    eps: Float[Tensor, "samples batch latent"] | None = None,
) -> Float[Tensor, " batch"]:
    """L_k, the importance-weighted bound of each datapoint, in nats (Burda et al. 2016, eq. 8), with k = num_samples:
    E[log 1/k sum_i w_i], where w_i = p(x, z_i) / q(z_i|x) and z_i ~ q(z|x). With k = 1 it is the bound of eq. (2); it rises with k, to
    log p(x). `eps` and `generator` as in `elbo`; the pixels are not checked.

    The gradient of "A" is theirs: sum_i s_i grad log w_i, where s_i = w_i / sum_j w_j. That of "STL" is doubly reparameterised (Tucker et
    al. 2019): it leaves out the part of grad log q(z|x) that does not go through z, and what comes back through z_i counts s_i
    squared. Both have the same mean. With k = 1 the latter is sticking the landing.
    """
    require_choice("estimator", estimator, IMPORTANCE_ESTIMATORS)
    x, q, z = _encode_and_draw(vae, x, num_samples, generator, eps)
    log_q = (detached(q) if estimator == "STL" else q).log_prob(z)
    log_weights = vae.decode(z).log_prob(x) + vae.prior.log_prob(z) - log_q
    if estimator == "STL" and z.requires_grad:
        shares = log_weights.detach().softmax(0).unsqueeze(-1)
        z.register_hook(lambda gradient: shares * gradient)
    return log_weights.logsumexp(0) - math.log(len(z))


def _encode_and_draw(
    vae: VAE, x: Tensor, num_samples: int, generator: torch.Generator | None, eps: Tensor | None
) -> tuple[Tensor, Independent, Tensor]:
    """x as autograd can follow it, q(z|x), and z = g(eps, x) (samples, batch, latent)."""
    require_images(vae, x)
    if torch.is_grad_enabled():
        x = ordinary(x)
    q = vae.encode(x)
    if eps is None:
        eps = draw_eps(vae, len(x), num_samples, generator)
    check_eps(vae, eps, len(x))
    z = reparameterize(q, eps)
    return x, q, z


def check_eps(vae: VAE, eps: Tensor, batch: int) -> None:
    """Raise ValueError unless eps is noise for so many images, (samples, batch, latent_dim), in the model's dtype."""
    shape = (batch, vae.config.latent_dim)
    if not isinstance(eps, Tensor) or eps.ndim != 3 or eps.shape[1:] != shape or len(eps) == 0:
        size = tuple(eps.shape) if isinstance(eps, Tensor) else type(eps).__name__
        raise ValueError(
            f"eps must have the shape (samples, batch, latent_dim), got {size}: give (samples, {shape[0]}, {shape[1]})"
        )
    if eps.dtype != vae.dtype:
        raise ValueError(f"eps must be {vae.dtype}, as the model is, got {eps.dtype}: give eps.to({vae.dtype})")


def draw_eps(
    vae: VAE, batch: int, num_samples: int, generator: torch.Generator | None
) -> Float[Tensor, "samples batch latent"]:
    """eps ~ N(0, I) in the model's dtype and on its device, drawn on the generator's."""
    require_whole("num_samples", num_samples, 1)
    require_generator(generator, " (or give eps)")
    assert generator is not None
    return draw_normal((num_samples, batch, vae.config.latent_dim), like=vae, generator=generator)


@torch.no_grad()
def estimate_bound(
    vae: VAE,
    x: Float[Tensor, "images data"],
    *,
    estimator: str = "B",
    num_samples: int = 1,
    generator: torch.Generator,
    batch_size: int = 1000,
    progress: Callable[[int, int], None] | None = None,
) -> Bound:
    """`elbo` of a whole set in pieces that fit in memory, `batch_size` decoder passes at a time. The noise is drawn before the
    set is divided, so that the numbers depend on `generator` and not on `batch_size`, but for the last bits of a float. `progress`
    is called with (images done, images), each counted once for each piece of the samples. TooLarge for more work than
    `sizes` allows in one call, NonFiniteBound where the bound of an image is no number."""
    require_whole("batch_size", batch_size, 1)
    require_whole("num_samples", num_samples, 1)
    check_pixels(vae, x)
    require_passes(
        vae,
        num_samples * len(x),
        f"num_samples (={num_samples:,}) for {len(x):,} images",
        "lower num_samples, or take fewer images",
    )
    counts = _draws_at_a_time(num_samples, len(x) * vae.config.latent_dim, vae.config.data_dim)
    sums = torch.zeros(3, len(x), dtype=torch.float64, device=x.device)
    for number, count in enumerate(counts):
        eps = draw_eps(vae, len(x), count, generator)
        rows, pieces = max(1, batch_size // count), []
        for i in range(0, len(x), rows):
            pieces.append(sgvb(vae, x[i : i + rows], estimator=estimator, eps=eps[:, i : i + rows]))
            if progress:
                progress(number * len(x) + min(i + rows, len(x)), len(counts) * len(x))
        bound = Bound(*(torch.cat(parts) for parts in zip(*pieces, strict=True)))
        sums += torch.stack(bound).double() * (count / num_samples)
    bound = bound if len(counts) == 1 else Bound(*sums.to(x.dtype))
    require_defined("the bound", bound.elbo)
    return bound


@torch.no_grad()
def estimate_importance_bound(
    vae: VAE,
    x: Float[Tensor, "images data"],
    *,
    num_samples: int,
    generator: torch.Generator,
    batch_size: int = 1000,
) -> Float[Tensor, " images"]:
    """`importance_bound` of a whole set in pieces that fit in memory, `batch_size` decoder passes at a time. The noise is drawn
    before the set is divided. TooLarge and NonFiniteBound as in `estimate_bound`."""
    require_whole("batch_size", batch_size, 1)
    require_whole("num_samples", num_samples, 1)
    check_pixels(vae, x)
    what = f"num_samples (={num_samples:,}) for {len(x):,} images"
    require_passes(vae, num_samples * len(x), what, "lower num_samples, or take fewer images")
    require_memory(FLOAT_BYTES * num_samples * len(x) * vae.config.latent_dim, f"the noise of {what}", "choose fewer")
    eps, rows = draw_eps(vae, len(x), num_samples, generator), max(1, batch_size // num_samples)
    pieces = [importance_bound(vae, x[i : i + rows], eps=eps[:, i : i + rows]) for i in range(0, len(x), rows)]
    bound = torch.cat(pieces)
    require_defined("the importance-weighted bound", bound)
    return bound


def _draws_at_a_time(num_samples: int, noise_per_draw: int, pixels_per_draw: int) -> list[int]:
    """How the draws of each image are divided, so that memory does not grow with their number. The noise is that of one piece,
    since each piece but the last is a multiple of LEAST_DRAWS."""
    most = min(NOISE_AT_A_TIME // noise_per_draw, PIXELS_AT_A_TIME // pixels_per_draw)
    most = max(LEAST_DRAWS, most // LEAST_DRAWS * LEAST_DRAWS)
    counts = [most] * (num_samples // most)
    rest = num_samples % most
    if rest and (rest >= LEAST_DRAWS or not counts):
        return [*counts, rest]
    return [*counts[:-1], counts[-1] + rest] if rest else counts
