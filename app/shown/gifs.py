"""Moving pictures to keep: a path, and a training run."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageColor, ImageDraw, ImageFont

from aevb_lab.figures.pictures import EDGE, GROUND, enlarge, mosaic, tile, to_bytes
from aevb_lab.session.travel import Travel
from aevb_lab.theme import CLASS_COLORS, palette
from vae_core.latent import EXTENT
from vae_core.studies.planes import class_middles, class_rows, reach_of, spread_axes
from vae_core.studies.travel import NO_CLASS, encoded_points

GIF_SIDE = 448  # pixels, about; of an image without its edge
VEIL = 0.4  # over pictures on which points are drawn, as in components/kit/tiles.js
RUN_MILLISECONDS, PATH_MILLISECONDS = 300, 50
WHITE, FIRST_CLASS = 239, 240  # indices of a GIF's 256 colours: greys up to white, the classes', and two more
OTHER, INK = FIRST_CLASS + len(CLASS_COLORS), FIRST_CLASS + len(CLASS_COLORS) + 1
_GREYS = [value * 255 // WHITE for value in range(WHITE + 1) for _ in "rgb"]
_COLOURS = (*CLASS_COLORS, palette(False).encoder, palette(False).text)
PALETTE = _GREYS + [channel for colour in _COLOURS for channel in ImageColor.getrgb(colour)]
FONT = ImageFont.load_default(16)


def path_gif(images: np.ndarray, image_shape: tuple[int, ...]) -> bytes:
    """The decoded images (steps, data_dim) of a path as tiles, from its beginning to its end and back."""
    factor = max(1, GIF_SIDE // max(image_shape[:2]))
    pixels = to_bytes(images).reshape(-1, *image_shape)
    tiles = [Image.fromarray(tile(enlarge(image, factor))) for image in pixels]
    return _gif(tiles + tiles[-2:0:-1], PATH_MILLISECONDS)


def run_gif(travel: Travel) -> bytes:
    """Each frame of a run: its encoded points by class on the plane, its decoded pictures (under the points where they cover
    the plane, else beside it), and the step."""
    frames, labels, config = travel.frames, travel.classes, travel.config
    points = encoded_points(frames, spread_axes(frames[-1].means))
    if points.shape[2] == 1:
        rows = class_rows(labels % 10, len(labels))
        points = np.concatenate([points, np.broadcast_to(rows[:, None], points.shape)], -1)
    reach, is_plane = reach_of(points[-1]), config.latent_dim == 2
    names = travel.examples.class_names if travel.examples is not None else ()
    images = []
    for frame, places in zip(frames, points, strict=True):
        pictures, cells = mosaic(frame.pictures.numpy(), config.image_shape), frame.pictures.shape[:2]
        if is_plane:  # dimmed, so that the points stand out
            pictures = ((1.0 - VEIL) * pictures + VEIL * GROUND).astype(np.uint8)
        canvas, draw = _canvas(pictures, (cells[0], cells[1]), is_plane, reach)
        _draw_points(draw, (places * [1, -1] / reach + 1.0) / 2.0 * GIF_SIDE, labels, names)
        draw.text((8, GIF_SIDE + 5), f"step {frame.step:,}", fill=_ink(draw, INK), font=FONT)
        images.append(canvas)
    return _gif(images, RUN_MILLISECONDS)


def _canvas(
    pictures: np.ndarray, cells: tuple[int, int], is_plane: bool, reach: float
) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """The picture of a frame without its points: the decoded pictures (rows, columns) with their edges on the plane, or beside it. Its
    colours are those of the palette, or with pictures in colour all."""
    is_grey = pictures.ndim == 2
    image = Image.fromarray((pictures.astype(np.uint16) * WHITE // 255).astype(np.uint8) if is_grey else pictures)
    width = GIF_SIDE if is_plane else GIF_SIDE + round(GIF_SIDE * image.width / image.height)
    canvas = Image.new("L" if is_grey else "RGB", (width, GIF_SIDE + 28), WHITE if is_grey else "white")
    low, high = (round((1.0 + sign * EXTENT / reach) / 2.0 * GIF_SIDE) for sign in (-1.0, 1.0))
    place, size = ((low, low), (high - low, high - low)) if is_plane else ((GIF_SIDE, 0), (width - GIF_SIDE, GIF_SIDE))
    canvas.paste(image.resize(size, Image.Resampling.NEAREST), place)
    _draw_edges(ImageDraw.Draw(canvas), place, size, cells)
    if is_grey:
        canvas = Image.frombytes("P", canvas.size, canvas.tobytes())
        canvas.putpalette(PALETTE)
    return canvas, ImageDraw.Draw(canvas)


def _draw_edges(
    draw: ImageDraw.ImageDraw, place: tuple[int, int], size: tuple[int, int], cells: tuple[int, int]
) -> None:
    (left, top), (width, height), (rows, columns) = place, size, cells
    grey = (EDGE,) * 3 if draw.mode == "RGB" else EDGE * WHITE // 255
    for column in range(columns + 1):
        x = left + min(column * width // columns, width - 1)
        draw.line((x, top, x, top + height - 1), fill=grey)
    for row in range(rows + 1):
        y = top + min(row * height // rows, height - 1)
        draw.line((left, y, left + width - 1, y), fill=grey)


def _draw_points(draw: ImageDraw.ImageDraw, points: np.ndarray, labels: np.ndarray, names: Sequence[str]) -> None:
    """Points (count, 2) in pixels by class, and each class's name in the middle of its points: nothing rests on colour."""
    inside = ((points > 0.0) & (points < GIF_SIDE)).all(1)
    for (x, y), label in zip(points[inside].tolist(), labels[inside].tolist(), strict=True):
        colour = OTHER if label == NO_CLASS else FIRST_CLASS + label % len(CLASS_COLORS)
        draw.ellipse((x - 2.5, y - 2.5, x + 2.5, y + 2.5), fill=_ink(draw, colour))
    for label, (x, y) in class_middles(points, labels).items():
        if label < len(names):
            fill, edge = _ink(draw, INK), _ink(draw, WHITE)
            draw.text((x, y), names[label], fill, FONT, anchor="mm", stroke_width=2, stroke_fill=edge)


def _ink(draw: ImageDraw.ImageDraw, index: int) -> int | tuple[int, ...]:
    """A colour of the palette for what is drawn on."""
    return tuple(PALETTE[3 * index : 3 * index + 3]) if draw.mode == "RGB" else index


def _gif(images: list[Image.Image], milliseconds: int) -> bytes:
    file = io.BytesIO()
    images[0].save(file, "GIF", save_all=True, append_images=images[1:], duration=milliseconds, loop=0, optimize=False)
    return file.getvalue()
