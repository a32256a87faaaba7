"""Pictures of ink framed as a data set's images are: light on dark, their ink cropped, scaled and centred."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from vae_core.data.records import Framing
from vae_core.errors import DataError

MNIST_BOX, MNIST_PEN = 20 / 28, 2.4 / 28  # of the shorter and of the longer side
INK = 0.15  # the least ink inside the box around a drawing, as a share of the most ink


def framing_as(word: str, image_shape: tuple[int, ...]) -> Framing | None:
    """The framing of one's own images by the word of `ReadOptions.framing`: "mass", "box", or "none"."""
    if word not in ("mass", "box"):
        return None
    height, width = image_shape[:2]
    return Framing(
        max(1, round(MNIST_BOX * min(height, width))),
        "mass" if word == "mass" else "box",
        MNIST_PEN * max(height, width),
    )


def is_dark_on_light(grey: Float[Tensor, "height width"]) -> bool:
    """Whether the picture's border is light, as paper is; data sets of digits are light on dark."""
    return float(_border(grey).median()) > 0.5


def _border(grey: Float[Tensor, "height width"]) -> Float[Tensor, " pixels"]:
    return torch.cat([grey[0], grey[-1], grey[:, 0], grey[:, -1]])


def frame_picture(
    grey: Float[Tensor, "height width"], image_shape: tuple[int, ...], framing: Framing | None
) -> Float[Tensor, "one data"]:
    """A picture, light on dark, as one flat image: its ground taken away, its ink cropped, scaled and centred as the
    framing says; without a framing, its middle in the images' proportions."""
    if framing is None:
        return _resize(_cut(grey, image_shape), image_shape).reshape(1, -1)
    ground = _border(grey).median()
    ink = (grey - ground).clamp(min=0.0)
    if float(ink.max()) < 0.1:
        raise DataError(
            "the picture has no ink that stands out from its border: try the other setting of light and dark"
        )
    ink = ink / ink.max()
    rows, columns = ((ink > INK).any(side).nonzero()[:, 0] for side in (1, 0))
    crop = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = box_of(framing, image_shape) / max(crop.shape)
    size = tuple(max(1, round(side * scale)) for side in crop.shape)
    return _place(_resize(crop, size), image_shape, framing.centre).reshape(1, -1)


def _cut(grey: Tensor, image_shape: tuple[int, ...]) -> Tensor:
    """The middle of a picture, as large as its proportions allow."""
    side = min(grey.shape[0] / image_shape[0], grey.shape[1] / image_shape[1])
    height, width = (max(1, round(side * length)) for length in image_shape)
    top, left = (grey.shape[0] - height) // 2, (grey.shape[1] - width) // 2
    return grey[top : top + height, left : left + width]


def _resize(grey: Tensor, size: tuple[int, ...]) -> Tensor:
    """The mean over each new pixel's area, or interpolation where the picture is smaller than the image."""
    mode = "area" if size[0] <= grey.shape[0] and size[1] <= grey.shape[1] else "bilinear"
    resized = torch.nn.functional.interpolate(grey[None, None], size=size, mode=mode)
    return resized[0, 0].clamp(0.0, 1.0)


def _place(ink: Tensor, image_shape: tuple[int, ...], centre: str) -> Tensor:
    """Ink on a black ground, moved by whole pixels; ink outside the frame is cut off."""
    middle = centre_of_mass(ink) if centre == "mass" else ink.new_tensor([ink.shape[1] / 2.0, ink.shape[0] / 2.0])
    left, top = round(image_shape[1] / 2.0 - float(middle[0])), round(image_shape[0] / 2.0 - float(middle[1]))
    image = ink.new_zeros(image_shape)
    visible_ink = ink[max(0, -top) : image_shape[0] - top, max(0, -left) : image_shape[1] - left]
    image[max(0, top) : max(0, top) + visible_ink.shape[0], max(0, left) : max(0, left) + visible_ink.shape[1]] = (
        visible_ink
    )
    return image


def box_of(framing: Framing, image_shape: tuple[int, ...]) -> int:
    """The longer side of the ink: the framing's, or the image's where somebody's own images are smaller."""
    return min(framing.box, *image_shape[:2])


def centre_of_mass(image: Float[Tensor, "height width"]) -> Float[Tensor, "2"]:
    """(x, y) of the ink, in MNIST's own count: the first pixel is at 0, the frame's centre at half its width."""
    rows, columns = (torch.arange(side, device=image.device) for side in image.shape)
    total = image.sum().clamp(min=1e-6)
    return torch.stack([(image.sum(0) * columns).sum(), (image.sum(1) * rows).sum()]) / total
