"""Choose a pretrained model's settings on training images that are held out: `python pretrained/choose.py NAME`.

Each candidate trains on the other training images. The test images have no part in it. The table of the model goes into
docs/results/choices.md, and its numbers into choices.json beside it.
"""

import argparse
import json
import time
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any, NamedTuple

import torch

import vae_core as vc
from vae_core.files import write_atomic
from vae_core.training import start

RESULTS = Path(__file__).resolve().parent.parent / "docs" / "results"
HEAD = """# How the settings of the pretrained models were chosen

Written by `python pretrained/choose.py NAME`. Each candidate trains with seed 0 on the training images but the last ones, which are held out. The
bound is that of the held-out images, at the last step and at its best, in nats; higher is better. No test image is read.
"""


class Plan(NamedTuple):
    """What the candidates of a model have in common, and in what they differ: fields of `ModelConfig` and `TrainConfig`."""

    data: str
    held_out: int
    epochs: int
    model: dict[str, Any]
    training: dict[str, Any]
    candidates: tuple[dict[str, Any], ...]


DEEP = {"hidden_dims": (500, 500), "activation": "silu"}
LONG = {"warmup_steps": 600, "schedule": "cosine", "max_grad_norm": 1000.0}
PLANS = {
    "digits-2d": Plan(
        "digits",
        300,
        600,
        {"latent_dim": 2, "hidden_dims": (256, 256)},
        {"schedule": "cosine"},
        (
            {"initialization": "glorot", "learning_rate": 1e-3},
            {"learning_rate": 1e-3},
            {"learning_rate": 2e-3},
            {"learning_rate": 3e-3},
            {"learning_rate": 5e-3},
            {"learning_rate": 3e-3, "estimator": "STL"},
        ),
    ),
    "mnist-2d": Plan(
        "mnist",
        5_000,
        10,
        {"latent_dim": 2, **DEEP},
        LONG,
        (
            {"initialization": "glorot", "learning_rate": 1e-3},
            {"learning_rate": 1e-3},
            {"learning_rate": 2e-3},
            {"learning_rate": 1e-3, "estimator": "STL"},
            {"learning_rate": 1e-3, "estimator": "STL", "encoder_hidden_dims": (1000, 1000)},
        ),
    ),
    "mnist-20d": Plan(
        "mnist",
        5_000,
        10,
        {"latent_dim": 20, **DEEP},
        LONG,
        (
            {"initialization": "glorot", "learning_rate": 1e-3},
            {"learning_rate": 1e-3},
            {"learning_rate": 2e-3},
            {"learning_rate": 2e-3, "estimator": "STL"},
        ),
    ),
    "mnist-50d-burda": Plan(
        "mnist",
        5_000,
        100,
        {"latent_dim": 50, "hidden_dims": (200, 200)},
        LONG,
        (
            {"initialization": "glorot", "learning_rate": 2e-3, "estimator": "STL"},
            {"initialization": "glorot", "learning_rate": 1e-3, "estimator": "STL"},
            {"initialization": "glorot", "learning_rate": 1e-3},
            {"learning_rate": 2e-3, "estimator": "STL"},
            {"learning_rate": 1e-3, "estimator": "STL"},
            {"learning_rate": 1e-3},
            {"learning_rate": 5e-4, "estimator": "STL"},
        ),
    ),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", nargs="+", choices=PLANS)
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    torch.set_num_threads(1)
    file = options.out / "choices.json"
    results = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    for name in options.name:
        plan = PLANS[name]
        rows = [bound_of(plan, candidate) for candidate in plan.candidates]
        results[name] = {"data": plan.data, "held_out": plan.held_out, "epochs": plan.epochs, "rows": rows}
        write_atomic(file, (json.dumps(results, indent=1) + "\n").encode())
        write_atomic(options.out / "choices.md", tables(results).encode())


def bound_of(plan: Plan, candidate: dict[str, Any]) -> dict[str, Any]:
    """One candidate's bound of the held-out images, at the last step and at its best."""
    dataset = held_out_split(vc.load_data(plan.data), plan.held_out)
    settings = {**plan.model, **plan.training, **candidate, "epochs": plan.epochs}
    of_model = {field.name for field in fields(vc.ModelConfig)} & settings.keys()
    model = vc.ModelConfig(dataset.data_dim, dataset.image_shape, **{name: settings.pop(name) for name in of_model})
    train = vc.TrainConfig(**settings)
    begin = time.process_time()
    algorithm, generator = start(model, train)
    events = vc.fit(algorithm, dataset, generator=generator)
    bounds = [event.record.test_elbo for event in events if event.record]
    row = {
        "encoder": list(model.encoder_layers),
        **{key: asdict(train)[key] for key in ("initialization", "estimator", "learning_rate")},
        "last": bounds[-1],
        "best": max(bounds),
        "seconds": round(time.process_time() - begin, 1),
    }
    print(row, flush=True)
    return row


def held_out_split(dataset: vc.Dataset, held_out: int) -> vc.Dataset:
    """The training images, the last of them in the place of the test images."""
    labels = dataset.y_train
    return replace(
        dataset,
        x_train=dataset.x_train[:-held_out],
        x_test=dataset.x_train[-held_out:],
        y_train=None if labels is None else labels[:-held_out],
        y_test=None if labels is None else labels[-held_out:],
    )


def tables(results: dict[str, Any]) -> str:
    text = HEAD
    for name, result in results.items():
        text += (
            f"\n## {name}\n\n{result['epochs']} epochs, the last {result['held_out']:,} training images of {result['data']} held out.\n\n"
            "| encoder | first weights | estimator | learning rate | bound, last | bound, best | seconds of processor |\n| --- | --- | --- | --- | --- | --- | --- |\n"
        )
        text += "".join(
            f"| {'-'.join(map(str, row['encoder']))} | {row['initialization']} | {row['estimator']} | {row['learning_rate']:g} | {row['last']:.2f} | {row['best']:.2f} | {row['seconds']:.0f} |\n"
            for row in result["rows"]
        )
    return text


if __name__ == "__main__":
    main()
