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
from aevb_lab.session.models import LoadedModel, card_text, history_of, model_bytes, set_of
from aevb_lab.session.travel import Travel, travel_names, travel_of
from aevb_lab.shown.gifs import run_gif
from vae_core import bundles
from vae_core.data.datasets import DATASETS
from vae_core.export.formats import export_files, lacking
from vae_core.export.hub import LICENCE, results_of
from vae_core.export.weights import About
from vae_core.models import list_pretrained, pretrained_path
from vae_core.studies.encodings import encoded
from vae_core.studies.examples import SAMPLE_IMAGES, Examples, pack_examples

FORMATS = {"onnx": "ONNX", "huggingface": "Hugging Face folder", "numpy": "numpy"}


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
        files += bundle_files(model, owner)
        if examples_for(model) is not None:
            files.append(File(f"Encoded images{owner} (CSV)", f"{stem}-points.csv", partial(points_csv, model)))
    return files


def bundle_files(model: LoadedModel, owner: str = "") -> list[File]:
    """The model with its card, curves and frames as one file; of one's own images only where one asks for that."""
    stem, examples, own = file_stem(model.name), examples_for(model), set_of(model)
    is_free = model.data in DATASETS and DATASETS[model.data].may_be_passed_on
    sample = examples if own is None and (is_free or model.extras) else None
    files = [File(f"Bundle{owner}: model, card, curves, frames (.zip)", f"{stem}.zip", partial(bundle, model, sample))]
    if own is not None and examples is not None:
        count = min(SAMPLE_IMAGES, len(examples.x))
        make = partial(bundle, model, examples)
        files.append(File(f"Bundle{owner} with {count} of your images (.zip)", f"{stem}-with-images.zip", make))
    return files


def exports(model: LoadedModel) -> list[File]:
    """The model for other programs, in each format whose packages are installed here: a folder as one zip."""
    stem = file_stem(model.name)
    return [
        File(f"{label} (.zip)", f"{stem}-{format_}.zip", partial(exported, model, format_))
        for format_, label in FORMATS.items()
        if not lacking(format_)
    ]


def exported(model: LoadedModel, format_: str) -> bytes:
    """What `aevb export` writes, as one zip."""
    is_ours = model.name in list_pretrained() and model.folder == pretrained_path(model.name)
    card, licence = card_text(model), LICENCE if is_ours else About.licence
    results = results_of(card, history_of(model), model.binarization)
    about = About(model.name, model.data, licence, card, results, model.trains_encoder)
    return bundles.pack_folder(file_stem(model.name), export_files(model.vae, format_, about))


def bundle(model: LoadedModel, sample: Examples | None) -> bytes:
    """The files of the model's folder in one zip, with some images where there is a `sample`. Upload on Models takes it, and so does the
    command line."""
    files = {bundles.MODEL: model_bytes(model), bundles.CARD: card_text(model).encode()}
    if history := history_of(model):
        files[bundles.HISTORY] = history.to_json().encode()
    frames = model.folder / bundles.FRAMES if model.folder else None
    if model.extras and model.extras.frames:
        files[bundles.FRAMES] = model.extras.frames
    elif frames is not None and frames.exists():
        files[bundles.FRAMES] = frames.read_bytes()
    if sample is not None:
        files[bundles.REFERENCE] = pack_examples(sample)
    return bundles.pack_bundle(file_stem(model.name), files)


def run_files(name: str) -> list[File]:
    """A run's frames as a GIF; one's own run as a folder too, which the scripts read. Nothing without frames."""
    if name not in travel_names():
        return []
    travel = travel_of(name)
    stem = file_stem(name)
    files = [File("Training run (GIF)", f"{stem}-training.gif", lambda: run_gif(travel))]
    if travel.spec is not None and travel.path is not None:
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
        if travel.path is not None:
            archive.writestr(f"{folder}/frames.safetensors", travel.path.read_bytes())
        if travel.history:
            archive.writestr(f"{folder}/history.json", travel.history.to_json())
    return file.getvalue()
