"""What can be taken away: the encoded points as CSV, a run as a GIF, and the script that makes the same numbers."""

from __future__ import annotations

import io

import numpy as np
import torch
from PIL import Image

from app.state.compare import travel_of
from app.state.images import examples_for
from app.state.models import LoadedModel
from vae_core import exploration

GIF_MILLISECONDS = 300

SCRIPT = '''"""The encoded test images of {name} and their bound, as the app shows them. Run it where vae_core is installed."""

import numpy as np
import torch

import vae_core as vc
from vae_core import exploration
from vae_core.data import published_draw

vae = {load}
x = published_draw(vc.load_data("{data}").x_test, "{binarization}")[:{count}]
means = exploration.encoded_means(vae, x)
np.savetxt("points.csv", means.numpy(), delimiter=",")
bound = vc.estimate_bound(vae, x, num_samples=16, generator=torch.Generator().manual_seed(0))
print(f"ELBO {{float(bound.elbo.double().mean()):.4f}} nats per image over {{len(x)}} test images of {data}")
'''


def points_csv(model: LoadedModel) -> str:
    """The means of q(z|x) of the examples, one a row, with their class where it is known."""
    examples = examples_for(model)
    means = exploration.encoded_means(model.vae, examples.x).numpy()
    lines = [",".join(["image", "class", *(f"z{i + 1}" for i in range(means.shape[1]))])]
    for row, z in enumerate(means):
        name = "" if examples.labels is None else examples.class_names[examples.labels[row]]
        lines.append(",".join([str(row + 1), str(name), *(repr(float(value)) for value in z)]))
    return "\n".join(lines) + "\n"


def run_gif(name: str) -> bytes:
    """The decoded pictures of each frame of a run, played in order."""
    travel = travel_of(name)
    images = []
    for frame in travel.frames:
        picture = exploration.mosaic(frame.pictures.float(), travel.config.image_shape)
        pixels = picture.to(torch.uint8).numpy()
        images.append(Image.fromarray(np.kron(pixels, np.ones((2, 2), np.uint8))))
    file = io.BytesIO()
    images[0].save(file, "GIF", save_all=True, append_images=images[1:], duration=GIF_MILLISECONDS, loop=0)
    return file.getvalue()


def script(model: LoadedModel) -> str:
    """Python that computes the model's encoded points and their mean bound again."""
    pretrained = model.folder is not None and model.folder.parent.name == "pretrained"
    file = f"{model.name.replace(' ', '-')}.safetensors"
    return SCRIPT.format(
        name=model.name,
        load=f'vc.load_pretrained("{model.name}")' if pretrained else f"vc.load_model({file!r})  # the download beside",
        data=model.data,
        binarization=model.binarization,
        count=len(examples_for(model).x),
    )
