"""Files to take away: the model, the encoded points as CSV, a run with its frames, and paths and runs as GIFs.

Streamlit makes a file outside the session, when its button is pressed: `File.make` may not ask for session state.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image, ImageColor, ImageDraw, ImageFont

from app import figures
from app.scripts.writer import file_stem
from app.session.images import examples_for
from app.session.models import LoadedModel, model_bytes
from app.state.compare import NO_CLASS, Travel, class_labels, travel_names, travel_of
from app.state.paths import LatentPath
from app.theme import CLASS_COLORS, palette
from vae_core import latent

GIF_SIDE = 448  # pixels, about
RUN_MILLISECONDS, PATH_MILLISECONDS = 300, 50
PICTURE_REACH = 3.5  # of the plane that a frame's pictures cover
WHITE, FIRST_CLASS = 239, 240  # of a GIF's 256 colours: greys up to white, the classes', and two more
OTHER, INK = FIRST_CLASS + len(CLASS_COLORS), FIRST_CLASS + len(CLASS_COLORS) + 1
_GREYS = [value * 255 // WHITE for value in range(WHITE + 1) for _ in "rgb"]
_COLOURS = (*CLASS_COLORS, palette(False).encoder, palette(False).text)
PALETTE = _GREYS + [channel for colour in _COLOURS for channel in ImageColor.getrgb(colour)]
FONT = ImageFont.load_default(16)


class File(NamedTuple):
    """What a button offers, the name of the file, and what makes it."""

    label: str
    name: str
    make: Callable[[], str | bytes]


def model_files(models: Sequence[LoadedModel]) -> list[File]:
    """Each model with its encoded points, where there are images to encode."""
    files = []
    for model in models:
        stem, of = file_stem(model.name), f" of {model.name}" if len(models) > 1 else ""
        files.append(File(f"Model{of} (.safetensors)", f"{stem}.safetensors", lambda model=model: model_bytes(model)))
        if examples_for(model) is not None:
            files.append(File(f"Encoded points{of} (CSV)", f"{stem}-points.csv", lambda model=model: points_csv(model)))
    return files


def run_files(name: str) -> list[File]:
    """A run's frames as a GIF; one's own run as a folder too, which the scripts read. Nothing without frames."""
    if name not in travel_names():
        return []
    travel = travel_of(name)
    stem = file_stem(name)
    files = [File("Training run (GIF)", f"{stem}-training.gif", lambda: run_gif(travel))]
    if travel.spec is not None:
        files.append(File("Run: frames and curve (.zip)", f"{stem}-run.zip", lambda: run_zip(travel)))
    return files


def points_csv(model: LoadedModel) -> str:
    """q(z|x) of each example, one a row: its number on the screen, its class where that is known, loc and scale of each
    latent dimension. Model, data and binarisation stand in every row, so that tables can be joined."""
    examples, header = examples_for(model), model.header
    with torch.no_grad():
        q = model.vae.encode(examples.x).base_dist
    loc, scale = q.loc.numpy(), q.scale.numpy()
    dims = range(1, loc.shape[1] + 1)
    file = io.StringIO()
    write = csv.writer(file, lineterminator="\n").writerow
    write(
        ["model", "data", "binarization", "image", "label", *(f"loc_{j}" for j in dims), *(f"scale_{j}" for j in dims)]
    )
    about = [model.name, header.get("data", ""), model.binarization]
    for row in range(len(loc)):
        label = "" if examples.labels is None else examples.class_names[examples.labels[row]]
        write([*about, row + 1, label, *(repr(float(value)) for value in (*loc[row], *scale[row]))])
    return file.getvalue()


def run_zip(travel: Travel) -> bytes:
    """The folder of a run, as far as scripts need it: its frames and its curve."""
    file = io.BytesIO()
    folder = f"{file_stem(travel.name)}-run"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(f"{folder}/frames.safetensors", travel.path.read_bytes())
        packed.writestr(f"{folder}/history.json", travel.history.to_json())
    return file.getvalue()


# -- moving pictures ---------------------------------------------------------------------------------------------


def path_gif(path: LatentPath, image_shape: tuple[int, int]) -> bytes:
    """The decoded images of a path, from its beginning to its end and back."""
    pixels = (path.images.clip(0.0, 1.0) * 255.0).round().astype(np.uint8).reshape(-1, *image_shape)
    images = [_enlarged(Image.fromarray(image)) for image in pixels]
    return _gif(images + images[-2:0:-1], PATH_MILLISECONDS)


def run_gif(travel: Travel) -> bytes:
    """Each frame of a run: encoded points by class on the plane, over its decoded pictures where these are of the plane,
    beside them where they are not; and the step."""
    labels, means = class_labels(travel), torch.stack([frame.means for frame in travel.frames]).float()
    axes = means[-1].var(0).argsort(descending=True)[:2].sort().values
    points = means[:, :, axes].numpy()
    if points.shape[2] == 1:
        points = np.concatenate([points, np.broadcast_to(labels[:, None] % 10 * 0.5 - 2.25, points.shape)], -1)
    reach = max(PICTURE_REACH, float(np.quantile(np.abs(points[-1]), 0.995)) * 1.08)
    names = travel.examples.class_names if travel.examples is not None else ()
    images = []
    for frame, shown in zip(travel.frames, points, strict=True):
        pictures = latent.mosaic(frame.pictures.float(), travel.config.image_shape).byte().numpy()
        if travel.config.latent_dim == 2:  # faintly, so that points can be seen; black and white as ink on paper
            pictures = 255 - (pictures if travel.config.likelihood == "bernoulli" else 255 - pictures) // 2
        canvas, draw = _canvas(pictures, travel.config.latent_dim == 2, reach)
        _draw_points(draw, (shown * [1, -1] / reach + 1.0) / 2.0 * GIF_SIDE, labels, names)
        draw.text((8, GIF_SIDE + 5), f"step {frame.step:,}", fill=INK, font=FONT)
        images.append(canvas)
    return _gif(images, RUN_MILLISECONDS)


def _canvas(pictures: np.ndarray, is_plane: bool, reach: float) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """A frame before its points: the decoded pictures on the plane, or beside it."""
    grey = Image.fromarray((pictures.astype(np.uint16) * WHITE // 255).astype(np.uint8))
    width = GIF_SIDE if is_plane else GIF_SIDE + round(GIF_SIDE * grey.width / grey.height)
    canvas = Image.new("L", (width, GIF_SIDE + 28), WHITE)
    low, high = (round((1.0 + sign * PICTURE_REACH / reach) / 2.0 * GIF_SIDE) for sign in (-1.0, 1.0))
    place, size = ((low, low), (high - low, high - low)) if is_plane else ((GIF_SIDE, 0), (width - GIF_SIDE, GIF_SIDE))
    canvas.paste(grey.resize(size, Image.Resampling.NEAREST), place)
    canvas = Image.frombytes("P", canvas.size, canvas.tobytes())
    canvas.putpalette(PALETTE)
    return canvas, ImageDraw.Draw(canvas)


def _draw_points(draw: ImageDraw.ImageDraw, points: np.ndarray, labels: np.ndarray, names: Sequence[str]) -> None:
    """Points (count, 2) in pixels by class, and each class's name in the middle of its points: nothing rests on colour."""
    inside = ((points > 0.0) & (points < GIF_SIDE)).all(1)
    for (x, y), label in zip(points[inside].tolist(), labels[inside].tolist(), strict=True):
        colour = OTHER if label == NO_CLASS else FIRST_CLASS + label % len(CLASS_COLORS)
        draw.ellipse((x - 2.5, y - 2.5, x + 2.5, y + 2.5), fill=colour)
    for label, name in enumerate(names):
        if (labels == label).any():
            x, y = np.median(points[labels == label], axis=0)
            draw.text((x, y), name, fill=INK, font=FONT, anchor="mm", stroke_width=2, stroke_fill=WHITE)


def _enlarged(image: Image.Image) -> Image.Image:
    factor = max(1, GIF_SIDE // max(image.size))
    return Image.fromarray(figures.enlarge(np.asarray(image), factor))


def _gif(images: list[Image.Image], milliseconds: int) -> bytes:
    file = io.BytesIO()
    images[0].save(file, "GIF", save_all=True, append_images=images[1:], duration=milliseconds, loop=0, optimize=False)
    return file.getvalue()
