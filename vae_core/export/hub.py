"""A model as a folder for the Hugging Face hub, which torch and safetensors alone can load: model.safetensors with the plain names of
its weights, config.json, modeling_vae.py with the class that takes both, and README.md, the card, whose YAML the hub reads."""

from __future__ import annotations

import inspect
import json
import re
from typing import Any

import safetensors.numpy

from vae_core.data.datasets import DATASETS
from vae_core.export import modeling_vae
from vae_core.export.weights import About, Result, arrays_of, settings_text
from vae_core.files import one_line
from vae_core.history import History
from vae_core.model import VAE

LICENCE = "mit"  # that of the pretrained models
TASK = "unconditional-image-generation"
TAGS = ["vae", "variational-autoencoder", "image-generation"]
MEASURED = re.compile(  # in the cards that pretrained/train.py writes
    r"Test ELBO: \*\*(-?[\d.]+)\*\* nats per image \(standard error ([\d.]+) over ([\d,]+) images\), of which\s+"
    r"reconstruction (-?[\d.]+) and KL ([\d.]+); L = (\d+)"
)
COMMAND = re.compile(r"^    python -m vae_core evaluate \S+ .*--seed (\d+)", re.MULTILINE)
PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*")
NO_TEXTS = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}  # what YAML takes for something else

USE = """```python
import json
from pathlib import Path

import torch
from modeling_vae import VAE
from safetensors.torch import load_file

model = VAE(**json.loads(Path("config.json").read_text()))
model.load_state_dict(load_file("model.safetensors"), strict=True)
model.eval()
with torch.no_grad():
    images = model.decode(torch.randn(16, {latent_dim}))  # means of p(x|z), z from the prior: (16, {data_dim})
```"""


def hub_files(vae: VAE, about: About) -> dict[str, bytes]:
    """README.md, config.json, model.safetensors and modeling_vae.py."""
    weights = safetensors.numpy.save(arrays_of(vae), metadata={"format": "pt"})
    return {
        "README.md": card(vae, about).encode(),
        "config.json": settings_text(vae.config).encode(),
        "model.safetensors": weights,
        "modeling_vae.py": inspect.getsource(modeling_vae).encode(),
    }


def card(vae: VAE, about: About) -> str:
    """The text of README.md: YAML for the hub, then how to use the model, its numbers, and what its own card says."""
    config, name = vae.config, one_line(about.name)
    shape = " x ".join(map(str, config.image_shape))
    parts = [
        f"---\n{yaml_of(metadata(about))}---",
        f"# {name}",
        f"A variational auto-encoder (Kingma & Welling, arXiv:1312.6114) of {one_line(about.data) or 'unknown'} images, {shape}, with "
        f"{config.latent_dim} latent dimensions and a {vae.likelihood.label} decoder. Images x are flat, `(batch, {config.data_dim})`, "
        f"their pixels {vae.likelihood.rule}.",
        USE.format(latent_dim=config.latent_dim, data_dim=config.data_dim),
    ]
    if not about.trains_encoder:
        parts.append("Its encoder was never trained (Monte Carlo EM trains none): only `decode` says something.")
    if about.results:
        rows = [f"| {result.name} | {result.value} | {in_words(result.settings)} |" for result in about.results]
        parts.append("\n".join(["| number | value | how it was measured |", "| --- | --- | --- |", *rows]))
    if about.card:
        parts.append(re.sub(r"\A# .*\n+", "## The card it came with\n\n", about.card.strip()))
    return "\n\n".join(parts) + "\n"


def in_words(settings: dict[str, Any]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in settings.items())


def metadata(about: About) -> dict[str, Any]:
    """The card's YAML as a dict. With a result it has a `model-index`, whose metrics hold the settings of their measurement."""
    name, data = one_line(about.name), one_line(about.data)
    values: dict[str, Any] = {"license": about.licence, "library_name": "pytorch", "pipeline_tag": TASK, "tags": TAGS}
    hub_name = DATASETS[data].hub_name if data in DATASETS else ""
    if data:
        values["datasets"] = [hub_name or data]
    if data and about.results:
        values["metrics"] = list(dict.fromkeys(result.kind for result in about.results))
        metrics = [
            {"type": result.kind, "value": result.value, "name": result.name, "args": result.settings}
            for result in about.results
        ]
        dataset = {"type": hub_name or data, "name": data, "split": "test"}
        results = [{"task": {"type": TASK}, "dataset": dataset, "metrics": metrics}]
        values["model-index"] = [{"name": name, "results": results}]
    return values


def yaml_of(values: dict[str, Any], indent: str = "") -> str:
    """A dict of texts, numbers, lists and dicts as YAML in blocks."""
    lines = []
    for name, value in values.items():
        if isinstance(value, dict):
            lines.append(f"{indent}{name}:\n{yaml_of(value, indent + '  ')}")
        elif isinstance(value, list):
            lines.append(f"{indent}{name}:\n{''.join(_item(item, indent) for item in value)}")
        else:
            lines.append(f"{indent}{name}: {_scalar(value)}\n")
    return "".join(lines)


def _item(item: Any, indent: str) -> str:
    if not isinstance(item, dict):
        return f"{indent}- {_scalar(item)}\n"
    return f"{indent}- {yaml_of(item, indent + '  ').removeprefix(indent + '  ')}"


def _scalar(value: Any) -> str:
    if isinstance(value, str) and PLAIN.fullmatch(value) and value.lower() not in NO_TEXTS:
        return value
    text = json.dumps(
        value, ensure_ascii=False
    )  # YAML reads JSON's texts, and numbers with a point before their exponent
    return text.replace("e", ".0e") if isinstance(value, float) and "." not in text else text


# -- numbers that were measured -----------------------------------------------------------------------------------------


def results_of(text: str, history: History | None, binarization: str) -> tuple[Result, ...]:
    """The test ELBO that a card tells, with its two terms; without one, the last point of the curves of training. Empty where there is
    neither."""
    match, command = MEASURED.search(text), COMMAND.search(text)
    if match:
        elbo, error, count, recon, kl, num_samples = (float(group.replace(",", "")) for group in match.groups())
        settings = {"binarization": binarization, "estimator": "B", "num_samples": int(num_samples)}
        settings |= {"seed": int(command.group(1))} if command else {}
        settings |= {"num_images": int(count)}
        of_elbo, *others = _terms(
            {"elbo": elbo, "recon_log_lik": recon, "kl": kl}, settings, f", {int(num_samples)} samples"
        )
        return of_elbo._replace(settings=settings | {"std_error": error}), *others
    if history is None or not history.records:
        return ()
    record = history.records[-1]
    terms = {term: getattr(record, f"test_{term}", None) for term in history.about.terms}
    settings = {"binarization": history.binarization, "step": record.step, "measured": "at the end of training"}
    settings |= {"estimator": "B", "num_samples": 1} if history.curve == "elbo" else {}
    return _terms({term: value for term, value in terms.items() if value is not None}, settings, "")


NAMES = {
    "elbo": "Test ELBO",
    "recon_log_lik": "Test reconstruction",
    "kl": "Test KL",
    "log_marginal": "Test log p(x), estimated",
}


def _terms(values: dict[str, float], settings: dict[str, Any], samples: str) -> tuple[Result, ...]:
    return tuple(
        Result(term, f"{NAMES[term]}, nats per image{samples}", value, settings) for term, value in values.items()
    )
