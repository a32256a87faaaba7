"""Python scripts that compute the numbers of a page again, with vae_core alone.

A script's text may hold `$z`, `$steps` or `$draws`. Only the browser has the positions of pointer and slider; it writes their values into
the text when it saves the file.
"""

from __future__ import annotations

import base64
import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from string import Template
from typing import NamedTuple

import numpy as np

from aevb_lab.escaping import file_stem
from aevb_lab.jobs.job import OwnImages
from aevb_lab.session.images import require_examples, shipped_name
from aevb_lab.session.models import PCA_NAME, LoadedModel, set_of
from vae_core import models
from vae_core.data import datasets
from vae_core.data.datasets import is_sequence
from vae_core.data.reading import ReadOptions

MODULES = (
    "bounds", "data.datasets", "data.minibatches", "distributions", "files", "frames", "gradients", "latent", "models", "pca",
    "posterior", "randomness", "representation", "restoration.answers", "restoration.block_means", "restoration.chains",
    "runs", "restoration.distances", "restoration.grid", "experiments.committed", "restoration.observations", "restoration.proposals",
    "studies",
)  # fmt: skip


STANDARD = ("base64", "copy", "csv", "itertools", "math")


class Live(NamedTuple):
    """A value that only the browser has: the `property` (with dots: nested properties) of the element with this CSS `selector`;
    `default` where there is no such element."""

    selector: str
    property: str
    default: list[float] | list[int]


@dataclass(frozen=True)
class Script:
    """`text` is Python, except that each name in `live` has a `$` before it."""

    name: str
    text: str
    live: dict[str, Live]

    def filled(self, **values: Sequence[float]) -> str:
        """The Python, with these values or the defaults."""
        defaults = {name: live.default for name, live in self.live.items()}
        return Template(self.text).substitute({name: repr(list(value)) for name, value in (defaults | values).items()})


def is_pretrained(model: LoadedModel) -> bool:
    return model.folder is not None and model.folder.parent == models.PRETRAINED


# -- parts of the scripts ---------------------------------------------------------------------------------------

PICTURE = '''

def save(images, file):
    """Flat images (rows, columns, pixels) in [0, 1] as one picture."""
    picture = latent.mosaic(images.clamp(0, 1), vae.config.image_shape)
    Image.fromarray((255 * picture).round().to(torch.uint8).numpy()).save(file)
'''


def put(body: str, **values: object) -> str:
    """The body with values in the place of their `${NAME}`; `$z`, `$steps` and `$draws` stay."""
    return Template(body).safe_substitute(values)


def film_of(model: LoadedModel) -> str:
    """The argument of studies that says that the model's images are frames of a film; "" where they are not."""
    return ", is_sequence=True" if is_sequence(model.data) else ""


def script_of(name: str, about: str, body: str, live: dict[str, Live] | None = None) -> Script:
    """The whole text: a docstring, the imports that the body needs, the body."""
    paths = [
        module.rpartition(".") for module in MODULES if re.search(rf"(?<![.\w]){module.rpartition('.')[2]}\.", body)
    ]
    folders = {folder: [module for parent, _, module in paths if parent == folder] for folder, _, _ in paths}
    standard = [f"import {module}" for module in STANDARD if re.search(rf"\b{module}\.", body)]
    standard += ["from pathlib import Path"] if "Path(" in body else []
    third = ["import numpy as np"] if "np." in body else []
    third += ["import torch"] if "torch." in body else []
    third += ["from PIL import Image"] if "Image." in body else []
    core = ["import vae_core as vc"]
    core += [f"from vae_core{folder and '.' + folder} import {', '.join(names)}" for folder, names in folders.items()]
    imports = "\n\n".join("\n".join(group) for group in (standard, third, core) if group)
    about = re.sub(r'["$\\]', "_", about)  # names of uploads may have any character
    about = textwrap.fill(f"{about} Run it where this project is installed; it needs no screen.", 110)
    return Script(f"{name}.py", f'"""{about}"""\n\n{imports}\n{body.rstrip()}\n', live or {})


def load_of(model: LoadedModel) -> str:
    """An expression that loads the model."""
    if is_pretrained(model):
        return f'vc.load_pretrained("{model.name}")'
    if model.name == PCA_NAME:
        return 'pca.probabilistic_pca(studies.binary_draw(vc.load_data("digits").x_train), 2, (8, 8))'
    return f'vc.load_model("{file_stem(model.name)}.safetensors")  # downloaded beside this script'


def text_of(text: str) -> str:
    """A text from outside as a literal of Python, in which no `$` is filled."""
    return repr(text).replace("$", "\\x24")


def read_of(own: OwnImages) -> str:
    """An expression for one's own images, from the file or the folder that the visitor has: its name stands for its path."""
    source = next(iter(own.files)).rpartition("/")[2] if len(own.files) == 1 else own.name
    options = ", ".join(
        f"{name}={text_of(value) if isinstance(value, str) else repr(value)}"
        for name, value in vars(own.options).items()
        if value != getattr(ReadOptions(), name)
    )
    options = f", options=vc.ReadOptions({options})" if options else ""
    return f"vc.read_images({text_of(source)}, name={text_of(own.name)}{options})[0]"


def data_of(model: LoadedModel) -> str:
    """An expression for the model's data set."""
    own = set_of(model)
    return f'vc.load_data("{model.data}")' if own is None else read_of(own)


def images_of(model: LoadedModel) -> str:
    """An expression for the test images as the page encodes them."""
    count = len(require_examples(model).x)
    if _has_data(model):
        return f'vc.published_draw({data_of(model)}.x_test, "{model.binarization}")[:{count}]'
    return f'{_reference_of(model)}["x"].float()'


def labels_of(model: LoadedModel) -> str:
    """An expression for the same images' classes, where they have some."""
    count = len(require_examples(model).x)
    return f"{data_of(model)}.y_test[:{count}]" if _has_data(model) else f'{_reference_of(model)}["labels"]'


def grey_of(model: LoadedModel) -> str:
    """An expression for the same images as grey values."""
    return f"{data_of(model)}.x_test" if _has_data(model) else f'({_reference_of(model)}["grey"].float() / 255.0)'


def _has_data(model: LoadedModel) -> bool:
    return set_of(model) is not None or model.data in datasets.DATASETS and datasets.is_available(model.data)


def _reference_of(model: LoadedModel) -> str:
    return f'files.read_tensors(models.PRETRAINED / "{shipped_name(model.key)}" / "reference.safetensors")[0]'


def _start(model: LoadedModel, *, images: bool = True, pictures: bool = True) -> str:
    lines = [PICTURE] if pictures else []
    lines += ["", "torch.set_grad_enabled(False)", f"vae = {load_of(model)}"]
    lines += [f"x = {images_of(model)}"] if images else []
    return "\n".join(lines) + "\n"


def write(
    model: LoadedModel, name: str, about: str, body: str, live: dict[str, Live] | None = None, **start: bool
) -> Script:
    return script_of(f"{file_stem(model.name)}-{name}", about, _start(model, **start) + body, live)


def pixels_of(x: np.ndarray) -> str:
    """Lines that make the visitor's image x (data_dim,), with its pixels in the script."""
    binary = bool(np.isin(x, (0.0, 1.0)).all())
    values = np.packbits(x.astype(bool)) if binary else x.astype("<f4")
    text = "\n".join(textwrap.wrap(base64.b64encode(values.tobytes()).decode(), 100))
    array = f"np.frombuffer(base64.b64decode(PIXELS), {'np.uint8' if binary else 'np.float32'})"
    if binary:
        array = f"np.unpackbits({array})[: vae.config.data_dim].astype(np.float32)"
    return f'PIXELS = """\n{text}\n"""\nx = torch.from_numpy({array}{"" if binary else ".copy()"})[None]\n'
