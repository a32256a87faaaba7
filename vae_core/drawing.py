"""A drawing or a picture of one's own as an image like those of a data set: read, turned to light on dark, cropped,
scaled and centred as the data were."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor

from vae_core.autograd import in_full_precision
from vae_core.data.framing import box_of, centre_of_mass
from vae_core.data.records import Framing
from vae_core.errors import DataError
from vae_core.files import one_line

MAX_BYTES, MAX_PIXELS, MAX_SIDE = 4 * 1024 * 1024, 16_000_000, 1024
MAX_POINTS = 5000
MOST_DISTANCES = 2**21  # from pixels to lines, in memory at once
FORMATS = ("PNG", "JPEG")
INKS: dict[str, tuple[float, float, float]] = {
    "white": (1.0, 1.0, 1.0),
    "red": (1.0, 0.0, 0.0),
    "orange": (1.0, 0.5, 0.0),
    "yellow": (1.0, 1.0, 0.0),
    "green": (0.0, 0.8, 0.0),
    "blue": (0.0, 0.3, 1.0),
    "purple": (0.7, 0.0, 1.0),
    "black": (0.0, 0.0, 0.0),
}  # red, green and blue of a stroke, where images have colour
SMALLEST = 0.1  # a share of the pad: smaller drawings are not enlarged further, or a dot would fill the frame


# -- strokes -----------------------------------------------------------------------------------------------------


class Stroke(NamedTuple):
    """`points` (points, 2) are (x, y) in [0, 1], y downwards; `ink` is a name of INKS."""

    points: Float[Tensor, "_ 2"]
    ink: str = "white"


def check_strokes(strokes: object) -> list[Stroke]:
    """Strokes that came from outside: each a list of [x, y] in [0, 1], y downwards, or {"ink": name of INKS, "points": such a list}.
    Raises DataError for anything else."""
    if not isinstance(strokes, Sequence) or isinstance(strokes, str):
        raise DataError(f"strokes must be a list of lists of [x, y], got {type(strokes).__name__}")
    checked, count = [], 0
    for stroke in strokes:
        ink = "white"
        if isinstance(stroke, Mapping):
            if stroke.keys() != {"ink", "points"} or not isinstance(stroke["ink"], str) or stroke["ink"] not in INKS:
                raise DataError(
                    f"a stroke in colour must have ink, one of {', '.join(INKS)}, and points, got {one_line(repr(stroke))}"
                )
            ink, stroke = stroke["ink"], stroke["points"]
        try:
            points = torch.tensor(stroke, dtype=torch.float32, device="cpu")
        except (TypeError, ValueError, RuntimeError) as error:
            raise DataError(f"a stroke must be a list of [x, y] numbers: {error}") from error
        count += len(points) if points.ndim else 0
        if points.ndim != 2 or points.shape[1] != 2 or count > MAX_POINTS:
            raise DataError(f"strokes must be lists of [x, y], {MAX_POINTS} points at most in all")
        if not bool(((points >= 0.0) & (points <= 1.0)).all()):
            raise DataError("strokes must lie in [0, 1]")
        checked.append(Stroke(points, ink))
    return checked


def render_strokes(
    strokes: list[Stroke], image_shape: tuple[int, ...], framing: Framing | None
) -> Float[Tensor, "one data"]:
    """Strokes as one flat image on black, each in its ink over those before it; in grey images black ink stays black and all other is
    white. With a framing the lines are scaled first and then drawn with the data's pen, so that a small drawing does not get thick ink.
    Without a framing the pad is the image."""
    height, width, *channels = image_shape
    if not strokes:
        raise DataError("there is nothing to encode: the pad is empty")
    points = torch.cat([stroke.points for stroke in strokes])
    low, high = points.amin(0), points.amax(0)
    pen = framing.pen if framing else 2.4 * max(height, width) / 28.0
    scale = (
        float(max(height, width))
        if framing is None
        else max(1.0, box_of(framing, image_shape) - pen) / max(SMALLEST, float((high - low).max()))
    )
    middle = points.new_tensor([width / 2.0, height / 2.0])
    origin = points.new_full((2,), 0.5) if framing is None else (low + high) / 2.0
    placed = [Stroke((points - origin) * scale + middle, ink) for points, ink in strokes]
    if framing is not None and framing.centre == "mass":
        shift = middle - centre_of_mass(_ink([points for points, _ in placed], (height, width), pen))
        placed = [Stroke(points + shift, ink) for points, ink in placed]
    return _painted(placed, (height, width), math.prod(channels), pen).reshape(1, -1)


def _painted(
    strokes: list[Stroke], size: tuple[int, int], channels: int, pen: float
) -> Float[Tensor, "height width channels"]:
    """The strokes one over another; those in a row of one ink are one line, so that they cross without an edge."""
    image = torch.zeros((*size, channels), dtype=torch.float32, device="cpu")
    for ink, group in groupby(strokes, key=lambda stroke: stroke.ink):
        colour = image.new_tensor(INKS[ink] if channels == 3 else (max(INKS[ink]),))
        cover = _ink([stroke.points for stroke in group], size, pen)[..., None]
        image = image * (1.0 - cover) + cover * colour
    return image


def _ink(strokes: list[Tensor], image_shape: tuple[int, ...], pen: float) -> Float[Tensor, "height width"]:
    """Each pixel's share of ink: a ramp one pixel wide at half a pen's width from the nearest line."""
    height, width = image_shape
    middles = [torch.arange(side, dtype=torch.float32, device="cpu") + 0.5 for side in image_shape]
    rows, columns = torch.meshgrid(*middles, indexing="ij")
    pixels = torch.stack([columns, rows], -1).reshape(-1, 1, 2)
    nearest = torch.full((height * width,), torch.inf, dtype=torch.float32, device="cpu")
    for stroke in strokes:
        starts, ends = (stroke, stroke) if len(stroke) == 1 else (stroke[:-1], stroke[1:])
        at_a_time = max(1, MOST_DISTANCES // len(pixels))
        for firsts, lasts in zip(starts.split(at_a_time), ends.split(at_a_time), strict=True):
            along = lasts - firsts
            t = ((pixels - firsts) * along).sum(-1) / along.square().sum(-1).clamp(min=1e-12)
            foot = firsts + t.clamp(0.0, 1.0)[..., None] * along
            nearest = torch.minimum(nearest, (pixels - foot).norm(dim=-1).amin(1))
    return (0.5 + pen / 2.0 - nearest).clamp(0.0, 1.0).reshape(height, width)


# -- pictures ----------------------------------------------------------------------------------------------------


@in_full_precision
def read_picture(content: bytes) -> Float[Tensor, "height width"]:
    """The grey values in [0, 1] of a PNG or JPEG file, upright, at most 1,024 pixels a side. A transparent ground
    becomes black under light ink and white under dark ink. Raises DataError, with the remedy, for any other file and before decoding one too large."""
    grey, alpha, ground = _decode(content)[1:]
    return (grey * alpha + (1.0 - alpha) * ground).clamp(0.0, 1.0)


@in_full_precision
def read_colours(content: bytes) -> Float[Tensor, "height width 3"]:
    """The same in red, green and blue."""
    colours, _, alpha, ground = _decode(content)
    return (colours * alpha[..., None] + (1.0 - alpha[..., None]) * ground).clamp(0.0, 1.0)


def _decode(content: bytes) -> tuple[Tensor, Tensor, Tensor, float]:
    """The colours, grey values and opacity of a picture, in [0, 1], and the grey of its ground."""
    if len(content) > MAX_BYTES:
        raise DataError(f"the file is {len(content) / 2**20:.1f} MB and may be 4 MB: save it smaller")
    try:
        picture: Image.Image = Image.open(io.BytesIO(content), formats=FORMATS)
        if picture.width * picture.height > MAX_PIXELS:
            raise DataError(
                f"the picture has {picture.width} x {picture.height} pixels and may have 16 million: save it smaller"
            )
        picture = ImageOps.exif_transpose(picture)
        if picture.mode.startswith("I"):  # 16 bits a pixel, which Pillow would cut off at 255
            picture = Image.fromarray(
                (np.asarray(picture).astype(np.float32) / 257.0).round().clip(0, 255).astype(np.uint8)
            )
        picture = picture.convert("RGBA")
    except DataError:
        raise
    except Image.DecompressionBombError as error:
        raise DataError(
            "the picture has far more than 16 million pixels, the most it may have: save it smaller"
        ) from error
    except UnidentifiedImageError as error:
        raise DataError("the file is not a PNG or JPEG picture: save it as one of these") from error
    except Exception as error:  # Pillow says of no damage which error it raises
        raise DataError(f"the picture is damaged: {one_line(error) or type(error).__name__}") from error
    picture.thumbnail((MAX_SIDE, MAX_SIDE))
    pixels = torch.from_numpy(np.asarray(picture).astype(np.float32) / 255.0)
    grey, alpha = pixels[..., :3] @ pixels.new_tensor([0.299, 0.587, 0.114]), pixels[..., 3]
    ink = float((grey * alpha).sum() / alpha.sum().clamp(min=1e-6))
    return pixels[..., :3], grey, alpha, float(ink < 0.5)
