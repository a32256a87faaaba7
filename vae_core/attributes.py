"""What can be measured of an image: slant, stroke width, height, width and ink of a grey one; hue, brightness and size of a coloured one.

Each attribute is a formula of a few sums over the pixels, so it has a gradient. A pixel counts as much as it is bright: m is its grey
value or its largest colour, cut off at 0 and 1. Images are light on dark. u is to the right and v down, in pixels, from the middle.

- Mass M = sum m; centre (a, b) = sum m (u, v) / M. Spread: uu = sum m (u - a)^2 / M + 1/12, vv so too, uv = sum m (u - a)(v - b) / M.
  (1/12 is the spread within a pixel: a bar of n pixels has n^2 / 12.)
- Outline T: the length of the gradient of m, over all squares of 2 x 2 pixels. For shapes that are 0 or 1 it is their perimeter.

| attribute | formula | unit | of a known shape |
| --- | --- | --- | --- |
| slant | atan(-uv / vv) | degrees, to the right | a sheared bar: the angle of its shear |
| stroke width | 2 M / T | pixels | a bar of t x n: t n / (t + n), about t where it is long |
| height | sqrt(12 vv) | pixels | a bar: its height |
| width | sqrt(12 (uu - uv^2 / vv)) | pixels | a bar: its width, before and after a shear |
| ink | M | pixels | a shape: its area |
| hue | the angle of R - (G + B) / 2, sqrt(3) / 2 (G - B), from sums; none of grey | degrees, 0 to 360 | red 0, green 120, blue 240 |
| brightness | 100 sum m^2 / M | percent | a shape of one brightness: that |
| size | 4 (uu vv - uv^2)^(1/4) | pixels | a disc: its diameter |
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from vae_core.errors import DataError

LEAST_COLOUR = 0.02  # of the mass: grey pixels have no hue
SMOOTH = 0.001  # below this gradient a pixel's outline is rounded, so that it has a slope at 0


@dataclass(frozen=True)
class Attribute:
    """One attribute: its name, its unit, what it says in one sentence, and where it is an angle on a circle its full `turn`, else 0."""

    name: str
    unit: str
    meaning: str
    turn: float = 0.0


GREY = (
    Attribute("slant", "°", "How far the shape leans to the right."),
    Attribute("stroke width", "px", "How thick the strokes are: twice the ink by the length of the outline."),
    Attribute("height", "px", "The height of a full bar that is spread as much."),
    Attribute("width", "px", "The width of a full bar that is spread as much, once the slant is taken out."),
    Attribute("ink", "px", "How many white pixels there are. A grey pixel counts in part."),
)
COLOUR = (
    Attribute("hue", "°", "The colour's place on the circle of colours: 0 is red, 120 green, 240 blue.", 360.0),
    Attribute("brightness", "%", "How bright the shape is. The dark ground does not count."),
    Attribute("size", "px", "The diameter of a full disc that is spread as much."),
)
NAMES = tuple(attribute.name for attribute in GREY + COLOUR)


def attributes_of(image_shape: tuple[int, ...]) -> tuple[Attribute, ...]:
    """The attributes of images of this shape: (height, width) of grey, or (height, width, 3) of colour."""
    return COLOUR if len(image_shape) == 3 else GREY


def measure(x: Float[Tensor, "*images data"], image_shape: tuple[int, ...]) -> Float[Tensor, "*images attributes"]:
    """The attributes of images, in the order of `attributes_of`. Of a black image all but ink are undefined (nan). DataError for
    images of another size.

    >>> bar = torch.zeros(9, 9)
    >>> bar[1:8, 3:6] = 1.0
    >>> measure(bar.reshape(1, -1), (9, 9))[0].int().tolist()  # without their digits after the point
    [0, 2, 7, 3, 21]
    """
    if not x.is_floating_point() or x.ndim == 0 or x.shape[-1] != math.prod(image_shape):
        raise DataError(f"x must have floats of images of the shape {image_shape}, got {x.dtype} {tuple(x.shape)}")
    pixels = x.clamp(0.0, 1.0).reshape(*x.shape[:-1], *image_shape)
    if len(image_shape) == 3:
        return torch.stack(_of_colours(pixels), -1)
    mass, uu, uv, vv = _moments(pixels)
    slant = torch.rad2deg(torch.atan2(-uv, vv))
    height, width = (12.0 * vv).sqrt(), (12.0 * (uu - uv.square() / vv)).sqrt()
    return torch.stack([slant, 2.0 * mass / _outline(pixels), height, width, mass], -1)


def difference(value: Tensor, other: Tensor, turns: Sequence[float]) -> Float[Tensor, "*images attributes"]:
    """How far attributes are from others. `turns` are those of the attributes: on a circle the shorter way counts."""
    circle = torch.tensor(turns, device="cpu").to(value)
    gap, whole = value - other, circle.where(circle > 0.0, 1.0)
    return gap.where(circle == 0.0, gap - whole * (gap / whole).round())


def _of_colours(pixels: Tensor) -> list[Tensor]:
    value = pixels.amax(-1)
    mass, uu, uv, vv = _moments(value)
    red, green, blue = pixels.sum((-3, -2)).unbind(-1)
    up, across = math.sqrt(0.75) * (green - blue), red - 0.5 * (green + blue)
    hue = torch.rad2deg(torch.atan2(up, across)) % 360.0
    hue = torch.where(torch.hypot(up, across) > LEAST_COLOUR * mass, hue, math.nan)
    return [hue, 100.0 * value.square().sum((-2, -1)) / mass, 4.0 * (uu * vv - uv.square()).sqrt().sqrt()]


def _moments(m: Float[Tensor, "*images height width"]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """M, uu, uv and vv of each image."""
    height, width = m.shape[-2:]
    v = torch.arange(height, device=m.device).to(m.dtype)[:, None] - 0.5 * (height - 1)
    u = torch.arange(width, device=m.device).to(m.dtype) - 0.5 * (width - 1)

    def total(values: Tensor) -> Tensor:
        return values.sum((-2, -1))

    mass = total(m)
    du = u - (total(m * u) / mass)[..., None, None]
    dv = v - (total(m * v) / mass)[..., None, None]
    uu, uv, vv = (total(m * product) / mass for product in (du * du, du * dv, dv * dv))
    return mass, uu + 1.0 / 12.0, uv, vv + 1.0 / 12.0


def _outline(m: Float[Tensor, "*images height width"]) -> Tensor:
    """T: each square of 2 x 2 pixels has the mean differences across and down. So a straight edge has its length, whether it is
    upright, level or diagonal."""
    around = torch.nn.functional.pad(m, (1, 1, 1, 1))
    a, b, c, d = around[..., :-1, :-1], around[..., :-1, 1:], around[..., 1:, :-1], around[..., 1:, 1:]
    across, down = 0.5 * (b + d - a - c), 0.5 * (c + d - a - b)
    return ((across.square() + down.square() + SMOOTH**2).sqrt() - SMOOTH).sum((-2, -1))
