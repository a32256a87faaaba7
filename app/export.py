"""Files to take away: the model, the encoded points as CSV, a run with its frames, and paths and runs as GIFs.

Streamlit calls `File.make` when the button is pressed, outside the session, so it may not use session state.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from aevb_lab.escaping import file_stem, in_cell, plain
from aevb_lab.session.images import examples_for, require_examples
from aevb_lab.session.models import LoadedModel, model_bytes
from aevb_lab.session.travel import Travel, travel_names, travel_of
from aevb_lab.shown.gifs import run_gif
from vae_core.studies.encodings import encoded


class File(NamedTuple):
    """The label of a button, the name of its file, and the function that makes the content."""

    label: str
    name: str
    make: Callable[[], str | bytes]


def model_files(models: Sequence[LoadedModel]) -> list[File]:
    """Each model with its encoded points, where there are images to encode."""
    files = []
    for model in models:
        stem, owner = file_stem(model.name), f" of {plain(model.name)}" if len(models) > 1 else ""
        files.append(File(f"Model{owner} (.safetensors)", f"{stem}.safetensors", partial(model_bytes, model)))
        if examples_for(model) is not None:
            files.append(File(f"Encoded images{owner} (CSV)", f"{stem}-points.csv", partial(points_csv, model)))
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
    latent dimension. Model, data and binarisation stand in every row, so that tables can be joined. Texts are `in_cell`."""
    examples, header = require_examples(model), model.header
    loc, scale = encoded(model.vae, examples.x)
    dims = range(1, loc.shape[1] + 1)
    file = io.StringIO()
    write = csv.writer(file, lineterminator="\n").writerow
    write(
        ["model", "data", "binarization", "image", "label", *(f"loc_{j}" for j in dims), *(f"scale_{j}" for j in dims)]
    )
    about = [in_cell(text) for text in (model.name, header.get("data", ""), model.binarization)]
    for row in range(len(loc)):
        label = "" if examples.labels is None else in_cell(examples.class_names[examples.labels[row]])
        write([*about, row + 1, label, *(repr(float(value)) for value in (*loc[row], *scale[row]))])
    return file.getvalue()


def run_zip(travel: Travel) -> bytes:
    """The folder of a run, as far as scripts need it: its frames and its curve."""
    file = io.BytesIO()
    folder = f"{file_stem(travel.name)}-run"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{folder}/frames.safetensors", travel.path.read_bytes())
        if travel.history:
            archive.writestr(f"{folder}/history.json", travel.history.to_json())
    return file.getvalue()
