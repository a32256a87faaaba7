"""A drawing or an uploaded picture, encoded: the x that was encoded, its q(z|x), its reconstruction and its bound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import streamlit as st
import torch

import vae_core as vc
from app.session.images import bound_of_examples, examples_for
from app.session.models import LoadedModel
from app.session.viewer import plain
from app.state.planes import Plane
from vae_core import drawing, latent
from vae_core.data.binarization import binarize
from vae_core.data.datasets import DATASETS
from vae_core.data.records import Framing

OWN_DRAWS = 256
MOST_MB = drawing.MAX_BYTES // 2**20  # of a picture's file; a file uploader's MB are of 2**20 bytes too
EXAMPLE = [[
    [0.32, 0.34], [0.35, 0.27], [0.42, 0.22], [0.51, 0.21], [0.60, 0.24], [0.65, 0.31], [0.65, 0.39], [0.61, 0.47],
    [0.54, 0.55], [0.46, 0.63], [0.38, 0.71], [0.32, 0.78], [0.42, 0.775], [0.52, 0.77], [0.61, 0.775], [0.69, 0.79],
]]  # fmt: skip


@dataclass(frozen=True, eq=False)
class OwnImage:
    """One image of one's own: `grey` and the `x` that was encoded (data_dim,), loc and scale of q(z|x) (latent,), the mean
    of p(x|z) at loc; the bound and its terms in nats, with the standard error of 256 draws of z."""

    grey: np.ndarray
    x: np.ndarray
    loc: np.ndarray
    scale: np.ndarray
    reconstruction: np.ndarray
    elbo: float
    elbo_error: float
    recon_log_lik: float
    kl: float


def strokes_on_pad() -> list:
    """What was drawn last in this session; at first an example, so that there is something to see."""
    return st.session_state.get("own_strokes", EXAMPLE)


def keep_strokes() -> None:
    """Called when the pad reports: its strokes outlive a visit to another page."""
    strokes = (st.session_state.get("drawing_pad") or {}).get("strokes")
    if strokes is not None:
        st.session_state["own_strokes"] = strokes


def framing_of(model: LoadedModel) -> Framing | None:
    return DATASETS[model.data].framing if model.data in DATASETS else None


def drawn_image(model: LoadedModel, strokes: list) -> OwnImage:
    """Encode strokes of the pad. Raises vc.DataError."""
    shape = model.vae.config.image_shape
    return _encode(model, drawing.render_strokes(drawing.check_strokes(strokes), shape, framing_of(model)))


def uploaded_image(model: LoadedModel, content: bytes, polarity: str) -> tuple[OwnImage, bool]:
    """Encode a PNG or JPEG file, and say whether it was inverted; `polarity` is "detect", "light on dark" or "dark on
    light". Pictures for data without framing, such as faces, are inverted only on request. Raises vc.DataError."""
    grey, framing = drawing.read_picture(content), framing_of(model)
    detected = framing is not None and drawing.is_dark_on_light(grey)
    invert = detected if polarity == "detect" else polarity == "dark on light"
    framed = drawing.frame_picture(1.0 - grey if invert else grey, model.vae.config.image_shape, framing)
    return _encode(model, framed), invert


@torch.no_grad()
def _encode(model: LoadedModel, grey: torch.Tensor) -> OwnImage:
    x = binarize(grey, model.binarization, generator=torch.Generator().manual_seed(0))
    q = model.vae.encode(x).base_dist
    draws = vc.elbo(model.vae, x.expand(OWN_DRAWS, -1), generator=torch.Generator().manual_seed(0))
    reconstruction = latent.decoded_means(model.vae, q.loc)[0]
    elbo = float(draws.elbo.mean())
    error = float(draws.elbo.std() / np.sqrt(OWN_DRAWS))
    arrays = (tensor.numpy() for tensor in (grey[0], x[0], q.loc[0], q.scale[0], reconstruction))
    return OwnImage(*arrays, elbo, error, float(draws.recon_log_lik.mean()), float(draws.kl.mean()))


def share_below(model: LoadedModel, elbo: float) -> float | None:
    """The share of test images whose ELBO is lower; None without test images. Seconds for the first of a model."""
    return float((bound_of_examples(model).elbo < elbo).mean()) if examples_for(model) else None


class Window(NamedTuple):
    """The square part of a plane that its chart shows."""

    centre: tuple[float, float]
    reach: float


def window(plane: Plane, loc: np.ndarray, covariance: np.ndarray, *, near: bool) -> Window:
    """What has to be shown of a plane: all, and further where an image unlike any of the data lies far out; or `near`, four
    standard deviations of q(z|x) to each side."""
    if near:
        return Window((float(loc[0]), float(loc[1])), 4.0 * float(np.sqrt(np.linalg.eigvalsh(covariance)[-1])))
    return Window((0.0, 0.0), max(plane.span[1], 1.15 * float(np.abs(loc).max())))


def needs_redrawing(wanted: Window) -> bool:
    """Whether the chart is on the page already and shows another part of the plane; `shown_window` is the wanted one from
    now on."""
    shown = st.session_state.get("own_window")
    st.session_state["own_window"] = wanted
    return shown is not None and shown != wanted


def shown_window(plane: Plane) -> Window:
    """What the chart shows: all of the plane while there is no image."""
    return st.session_state.setdefault("own_window", Window((0.0, 0.0), plane.span[1]))


def forget_window() -> None:
    """The page is drawn anew."""
    st.session_state.pop("own_window", None)


def refusal(error: vc.DataError) -> str:
    """An error's text, safe to show."""
    return plain(str(error))
