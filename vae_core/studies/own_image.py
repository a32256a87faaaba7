"""One image of one's own, drawn or photographed: the x that is encoded, its q(z|x), its reconstruction and its bound."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from vae_core import drawing
from vae_core.bounds import elbo, require_one_image
from vae_core.config import require_choice, require_whole
from vae_core.data.binarization import binarize
from vae_core.data.datasets import DATASETS
from vae_core.data.framing import frame_picture, framing_as, is_dark_on_light
from vae_core.data.records import Framing
from vae_core.latent import decoded_means
from vae_core.model import VAE, require_draws
from vae_core.randomness import seeded

OWN_DRAWS = 256
POLARITIES = ("detect", "light on dark", "dark on light")


@dataclass(frozen=True, eq=False)
class OwnImage:
    """One image of one's own: `grey` and the `x` that was encoded (data_dim,), loc and scale of q(z|x) (latent,), the mean
    of p(x|z) at loc; the bound elbo = recon_log_lik - kl in nats, with the standard error of its draws of z; whether a picture's
    light and dark were `inverted`."""

    grey: np.ndarray
    x: np.ndarray
    loc: np.ndarray
    scale: np.ndarray
    reconstruction: np.ndarray
    elbo: float
    elbo_error: float
    recon_log_lik: float
    kl: float
    inverted: bool = False

    def distance(self, z: np.ndarray) -> float:
        """How far a point z (latent,) lies from the mean of q(z|x), in latent units."""
        return float(np.linalg.norm(z - self.loc))


@torch.no_grad()
def encode_image(
    vae: VAE, grey: Float[Tensor, "1 data"], binarization: str, *, num_draws: int = OWN_DRAWS, seed: int = 0
) -> OwnImage:
    """One image with grey values in [0, 1], binarised as the model's data were; the bound by estimator B (eq. 7)."""
    require_one_image(vae, grey)
    require_whole("num_draws", num_draws, 2)
    require_draws(vae.config, num_draws, "num_draws")
    x = binarize(grey, binarization, generator=seeded(seed))
    q = vae.encode(x).base_dist
    bound = elbo(vae, x.expand(num_draws, -1), generator=seeded(seed))
    error = float(bound.elbo.std() / math.sqrt(num_draws))
    reconstruction = decoded_means(vae, q.loc)[0]
    return OwnImage(
        grey[0].numpy(),
        x[0].numpy(),
        q.loc[0].numpy(),
        q.scale[0].numpy(),
        reconstruction.numpy(),
        float(bound.elbo.mean()),
        error,
        float(bound.recon_log_lik.mean()),
        float(bound.kl.mean()),
    )


def encode_drawing(
    vae: VAE, strokes: list, *, data: str, binarization: str, reading: Mapping[str, Any] | None = None
) -> OwnImage:
    """Strokes of a pad (see `drawing.check_strokes`), drawn with the pen and framed as the images of the data set `data` are, or as one's
    own images that were read as `reading` says (`ReadReport.about`). Raises vc.DataError."""
    shape = vae.config.image_shape
    grey = drawing.render_strokes(drawing.check_strokes(strokes), shape, framing_of(data, reading, shape))
    return encode_image(vae, grey, binarization)


def encode_picture(
    vae: VAE,
    content: bytes,
    *,
    data: str,
    binarization: str,
    polarity: str = POLARITIES[0],
    reading: Mapping[str, Any] | None = None,
) -> OwnImage:
    """The content of a PNG or JPEG file, framed as the images of the data set `data` are, or as one's own images that were read as
    `reading` says. Pictures for data without framing, such as faces, are inverted only on request. Raises vc.DataError."""
    require_choice("polarity", polarity, POLARITIES)
    shape = vae.config.image_shape
    framing = framing_of(data, reading, shape)
    if len(shape) == 3:
        colours = drawing.read_colours(content)
        invert = polarity == "dark on light"
        parts = [frame_picture(part, shape[:2], None) for part in (1.0 - colours if invert else colours).unbind(-1)]
        image = torch.stack(parts, -1).reshape(1, -1)
    else:
        grey = drawing.read_picture(content)
        is_dark = framing is not None and is_dark_on_light(grey)
        invert = is_dark if polarity == "detect" else polarity == "dark on light"
        image = frame_picture(1.0 - grey if invert else grey, shape, framing)
    return replace(encode_image(vae, image, binarization), inverted=invert)


def framing_of(
    data: str, reading: Mapping[str, Any] | None = None, image_shape: tuple[int, ...] = ()
) -> Framing | None:
    """How the images of a data set lie in their frame, or one's own of this shape that were read as `reading` says; None for sets
    without a framing, and for unknown names."""
    if (
        isinstance(reading, Mapping)
        and isinstance(options := reading.get("options"), Mapping)
        and len(image_shape) == 2
    ):
        return framing_as(str(options.get("framing")), image_shape)
    return DATASETS[data].framing if data in DATASETS else None
