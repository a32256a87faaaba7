"""A model as plain numpy: an .npz with its weights and settings, and a few lines that decode."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

import numpy as np

from vae_core.bundles import DATED
from vae_core.export.weights import About, arrays_of, settings_text
from vae_core.model import VAE

DECODER = '''"""The mean of p(x|z) of the model in model.npz: decode(z) of points z (batch, {latent_dim}) is (batch, {data_dim})."""

import numpy as np

with np.load("model.npz") as file:
    weights = dict(file)


def decode(z):
    h = np.asarray(z, dtype=np.float32)
    for layer in {hidden}:
        h = h @ weights[f"decoder.{{layer}}.weight"].T + weights[f"decoder.{{layer}}.bias"]
        h = {activation}
    h = h @ weights["decoder.{last}.weight"][:{data_dim}].T + weights["decoder.{last}.bias"][:{data_dim}]
{mean}
'''
SIGMOID = "0.5 + 0.5 * np.tanh(0.5 * h)"
ACTIVATIONS = {
    "tanh": "np.tanh(h)",
    "silu": f"h * ({SIGMOID})",
    "relu": "np.maximum(h, 0)",
    "softplus": "np.logaddexp(0, h)",
}
MEANS = {  # by `Likelihood.browser_mean`
    "sigmoid": f"return {SIGMOID}",
    "identity": "return h",
    "continuous_bernoulli": """h = np.where(abs(h) < 1e-5, 1e-5, h.astype(np.float64))  # nearer to 0 the two parts cancel
return 0.5 + 0.5 / np.tanh(0.5 * h) - 1 / h""",
}


def numpy_files(vae: VAE, about: About) -> dict[str, bytes]:
    """model.npz, whose arrays have the names of `state_dict`, with the settings as JSON in `config`; and decode.py."""
    num_hidden = len(vae.config.decoder_layers)
    text = DECODER.format(
        latent_dim=vae.config.latent_dim,
        data_dim=vae.config.data_dim,
        hidden=[2 * layer for layer in range(num_hidden)],
        last=2 * num_hidden,
        activation=ACTIVATIONS[vae.config.activation],
        mean="\n".join(f"    {line}" for line in MEANS[vae.likelihood.browser_mean].splitlines()),
    )
    arrays = arrays_of(vae) | {"config": np.array(settings_text(vae.config))}
    return {"model.npz": npz(arrays), "decode.py": text.encode()}


def npz(arrays: Mapping[str, np.ndarray]) -> bytes:
    """What `numpy.savez` would write, without the time of day: equal arrays give an equal file."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, array in arrays.items():
            file = io.BytesIO()
            np.lib.format.write_array(file, array, allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", DATED), file.getvalue())
    return content.getvalue()
