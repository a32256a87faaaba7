"""An experiment's JSON as tables for readers: the markdown is made of the JSON alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from vae_core.errors import DataError, reason
from vae_core.files import one_line

MOST_BYTES = 2**26


def read_tables(file: Path) -> dict[str, Any]:
    """The content of a `restoration.json`; {} where there is none. DataError unless all tables can be made of it again: for
    rows that this experiment did not write no others would be a match."""

    def check(tables: dict[str, Any]) -> None:
        restoration_tables(tables)
        for table in tables.values():
            _ = [row["verdict"]["psnr"]["best"] for row in table["rows"].values()], table["models"].items()

    return read_made(file, "restoration", check)


def read_made(file: Path, experiment: str, check: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    """The JSON that `reproduce` wrote of an experiment; {} where there is none. DataError for what `check` cannot take."""
    if not file.exists():
        return {}
    try:
        with file.open("rb") as stream:
            text = stream.read(MOST_BYTES + 1)
        if len(text) > MOST_BYTES:
            raise ValueError(f"it has more than {MOST_BYTES:,} bytes")
        tables: dict[str, Any] = json.loads(text.decode(), parse_constant=_no_number)
        check(tables)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError) as error:
        raise DataError(
            f"{file} is not what `reproduce {experiment}` wrote ({one_line(reason(error))}): move it away, or choose another --out"
        ) from error
    return tables


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")


def restoration_tables(tables: dict[str, Any]) -> str:
    """The content of `restoration.json` as markdown."""
    return (
        "\n".join([INTRODUCTION, *(line for data, table in tables.items() for line in data_section(data, table))])
        + "\n"
    )


INTRODUCTION = """# Restoration: in-painting, denoising, super-resolution

Written by `vae_core/experiments/restoration.py` from `restoration.json`; each section names its command. Test images, evenly spread over the
test set; every number is a mean over images ± its standard error (of Frey Faces, frames of a film, by their autocorrelation
time). Who wins does so by more than two standard errors of the difference on the same images. The VAE's estimate is the posterior mean E[x|y] of 99 draws.
All others learn from the same training images (MNIST: binarised likewise), with settings tuned on 50 training images held out
for it. *Nearest neighbours* gives what `sklearn.impute.KNNImputer` gives, with all training images; *PCA* is least squares on what
was observed; *Gaussian* is the conditional mean of one Gaussian with the full covariance of the pixels, the linear regression of what is
hidden on what is seen, with a ridge; *interpolation* is `scipy.interpolate.griddata`; *bicubic* is Pillow's.

- PSNR: 10 log10(1 / mean squared error), dB, over the missing pixels (noise, super-resolution: all pixels); higher is better. The
  *grey original* is no method but the ceiling of binarised images: what they were drawn from.
- Nats per missing pixel: [log p(x) - log p(x_observed)] / number missing, by importance sampling: each logarithm is biased
  low, so their difference may err either way; a density where pixels are grey. The others' estimates are made densities of single pixels with one spread, fitted on the held-out training images; the
  Gaussian's is the joint density of grey pixels. *Single pixels*: of the VAE too the product of the densities of single pixels, p(x_d|y) from the 99 draws. What the joint
  number has more is what missing pixels say of each other.
- Coverage of 90 % intervals: how often the truth is among the middle 90 ranks of 100 beside the 99 draws. Grey images: of every
  missing pixel. Binary images: of the number of missing pixels that are on. Calibration error (binary): the mean distance between p(x=1|y) and
  how often such pixels are on, in ten bins (their table is in the JSON). Its floor is what a perfect method shows with as many images.
- Seconds: of processor time per image, one thread, all images of the row together."""


def data_section(data: str, table: dict[str, Any]) -> list[str]:
    rows = table["rows"]
    lines = [
        "",
        f"## {data}",
        "",
        f"{table['num_images']} test images{data_from(table)}, seed {table['seed']}, {table['made_with']}:",
        "",
    ]
    lines += [
        f"    python -m vae_core reproduce restoration --data {data} --num-images {table['num_images']} --seed {table['seed']} --out DIR",
        "",
        *trained_here(table),
        *without_gaussian(rows),
        *summary(rows),
        "",
    ]
    for title, key in (("PSNR, dB", "psnr"), ("Nats per missing pixel", "nats_per_pixel")):
        lines += [f"### {title}", "", *grid_of_methods(rows, key, list(table["models"])), ""]
    lines += single_pixels(rows, list(table["models"]))
    lines += ["### The VAE's uncertainty, and ways to p(z|y)", "", *vae_table(rows, list(table["models"]))]
    lines += sampling_warnings(rows)
    return lines + (distance_table(table["distances"]) if "distances" in table else [])


def data_from(table: dict[str, Any]) -> str:
    return f" of {table['data_from']}" if "data_from" in table else ""  # version 0.1.0 did not keep it


def trained_here(table: dict[str, Any]) -> list[str]:
    return [
        f"`{name}` is `frey-2d` with 20 latent dimensions, trained by the command; its test ELBO is {plus_minus(about['trained_here']['test_elbo'], 1)} nats.\n"
        for name, about in table["models"].items()
        if "trained_here" in about
    ]


def without_gaussian(rows: dict[str, Any]) -> list[str]:
    """What is said of a table of version 0.1.0, which had no Gaussian."""
    if any("Gaussian" in row["methods"] for row in rows.values()):
        return []
    return [
        'These rows were made before the Gaussian was among the methods, so "wins" does not count it. Their Metropolis chains start at '
        "draws from the prior. Their errors take the frames of a film as independent.\n"
    ]


def summary(rows: dict[str, Any]) -> list[str]:
    """Where the VAE wins or loses by more than two standard errors of the paired difference, and where neither holds."""
    lines = []
    for key, unit in (("psnr", "PSNR in dB"), ("nats_per_pixel", "nats per missing pixel")):
        verdicts = {name: row["verdict"][key] for name, row in rows.items() if key in row["verdict"]}
        for best, title in (("VAE", "the VAE wins"), ("level", "level"), ("other", "**the VAE does not win**")):
            cases = [
                f"{name} ({plus_minus(verdict['gain'], 3, sign='+')} against {verdict['other']})"
                for name, verdict in verdicts.items()
                if verdict["best"] == best
            ]
            lines.append(f"- By {unit}, {title}: {'; '.join(cases) or 'nowhere'}.")
    return lines


def grid_of_methods(rows: dict[str, Any], key: str, models: list[str]) -> list[str]:
    """A row per corruption, a column per method. The VAE's other samplers are left out: `vae_table` has them."""
    rows = {name: row for name, row in rows.items() if any(key in numbers for numbers in row["methods"].values())}
    columns = dict.fromkeys(
        method
        for row in rows.values()
        for method, numbers in row["methods"].items()
        if key in numbers and (method in models or not method.startswith(tuple(models)))
    )
    lines = ["| | " + " | ".join(columns) + " |", "| --- |" + " --- |" * len(columns)]
    for name, row in rows.items():
        cells = [
            plus_minus(row["methods"].get(column, {}).get(key), 3 if key.startswith("nats") else 2)
            for column in columns
        ]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return lines


def single_pixels(rows: dict[str, Any], models: list[str]) -> list[str]:
    """The VAEs' nats per missing pixel, joint and of single pixels. Tables of version 0.1.0 lack them."""
    lines = [
        f"| {name} | {model} | {plus_minus(numbers.get('nats_per_pixel'), 3)} | {plus_minus(numbers['single_pixel_nats'], 3)} |"
        for name, row in rows.items()
        for model, numbers in row["methods"].items()
        if model in models and "single_pixel_nats" in numbers
    ]
    head = [
        "### The VAE's nats per missing pixel, joint and of single pixels",
        "",
        "| | model | joint | single pixels |",
    ]
    return [*head, "| --- | --- | --- | --- |", *lines, ""] if lines else []


def vae_table(rows: dict[str, Any], models: list[str]) -> list[str]:
    heads = {
        "PSNR, dB": ("psnr", 2),
        "coverage of 90 %": ("coverage", 3),
        "calibration error": ("calibration_error", 4),
    }
    lines = [f"| | method | {' | '.join(heads)} | its floor | seconds |", "| --- |" + " --- |" * (len(heads) + 3)]
    for name, row in rows.items():
        for method, numbers in row["methods"].items():
            if method.startswith(tuple(models)):
                cells = [plus_minus(numbers.get(key), digits) for key, digits in heads.values()]
                floor = f"{numbers['calibration_floor']:.4f}" if "calibration_floor" in numbers else ""
                lines.append(f"| {name} | {method} | {' | '.join(cells)} | {floor} | {numbers['seconds']:.3f} |")
    return lines


def sampling_warnings(rows: dict[str, Any]) -> list[str]:
    """The warnings that the sampler gave with its results."""
    lines = [
        f"- {name}, {method}: {warning}."
        for name, row in rows.items()
        for method, numbers in row["methods"].items()
        for warning in numbers.get("warnings", [])
    ]
    return ["", "The sampler's own warnings:", "", *lines] if lines else []


def distance_table(table: dict[str, Any]) -> list[str]:
    lines = [
        "",
        f"Total variation to the exact p(z|y), `{table['model']}`, lower half hidden, {table['num_images']} images, "
        f"{table['num_samples']} draws: of {table['num_chains']} chains with {table['num_steps']} steps, from the second half "
        "(posterior: of the grid). 0 = the same, 1 = nowhere together; exact draws would show the floor.",
        "",
        "| method | total variation | floor |",
        "| --- | --- | --- |",
    ]
    return lines + [
        f"| {method} | {plus_minus(row['value'], 3)} | {row['floor']:.3f} |" for method, row in table["methods"].items()
    ]


def plus_minus(score: dict[str, float | None] | None, digits: int, sign: str = "") -> str:
    if score is None:
        return ""
    if score["mean"] is None:
        return "∞"
    return f"{score['mean']:{sign}.{digits}f} ± {score['std_error']:.{digits}f}"
