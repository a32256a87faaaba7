"""Hostile values for flags, fields and arguments, as generators: nothing of it may end in anything but our own words.

`test_hostile_values.py` tries a sample. All of it is for whoever wants to try everything.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import fields
from typing import Any, NamedTuple

import torch

import vae_core as vc
from vae_core import studies
from vae_core.bounds import estimate_bound
from vae_core.data.minibatches import Minibatches
from vae_core.gradients import measure_gradient
from vae_core.history import Record
from vae_core.hmc import temperatures
from vae_core.latent import decoded_means, encoded_means, grid_axis, manifold, straight_path, traversals
from vae_core.posterior import folded_model, simulate
from vae_core.randomness import seeded
from vae_core.representation import knn_accuracy, split_information
from vae_core.settings import Choice, Number, Setting, Whole, Widths, settings_of
from vae_core.training import evaluation_steps

HUGE = 10**18
NOT_WHOLE = ("", "-1", "1.5", "nan", "inf", "1e9", "two", "0x10", "1" + "0" * 400, "9" * 5000)
NOT_NUMBERS = ("", "nan", "inf", "-inf", "-1", "1e308", "1e400", "much")
WRONG_TYPES = (None, True, "", "x", [], {}, [[1]], {"a": 1}, math.nan, math.inf, -math.inf, -1, 0.5, 10**400)
NOT_COUNTS = (-5, -1, 0, 10**400, 10**15)


# -- flags -------------------------------------------------------------------------------------------------------


def hostile_texts(about: Setting) -> Iterator[str]:
    """Texts that the flag of a setting must refuse."""
    match about:
        case Choice():
            yield from ("", "nonsense", about.choices[0].upper())
        case Whole():
            yield from NOT_WHOLE
            if about.least:
                yield "0"
        case Number():
            yield from NOT_NUMBERS
        case Widths():
            yield from ("0", "-3", "5,x", "1.5", "5,,nan", "9" * 5000, ",".join(["5"] * 101), str(HUGE), "100000000")


TOO_LARGE = {"--epochs": "1000000000", "--latent-dim": str(HUGE), "--num-samples": "1000000000", "--threads": "100000"}


def train_lines() -> Iterator[list[str]]:
    """What `train --data digits --out OUT` must refuse when it is added."""
    for about in (settings_of(vc.ModelConfig) | settings_of(vc.TrainConfig)).values():
        with_it = ["--likelihood", "gaussian"] if about.flag in ("--mean", "--variance", "--variance-floor") else []
        for text in hostile_texts(about):
            yield [*with_it, f"{about.flag}={text}"]
    for flag, text in TOO_LARGE.items():
        yield [f"{flag}={text}"]


def other_lines() -> Iterator[list[str]]:
    """Command lines of the other commands that must be refused. MODEL is a model of digits, PICTURE one of its size, OUT.png and
    OUT a place for results."""
    whole_flags = {
        "evaluate MODEL": ("--num-samples", "--num-images", "--num-temperatures"),
        "sample MODEL --out OUT.png": ("--num",),
        "restore MODEL PICTURE --binarization threshold --hide centre --out OUT.png": ("--num-samples",),
        "restore MODEL PICTURE --binarization threshold --out OUT.png": ("--factor",),
        "reproduce restoration --data digits --out OUT": ("--num-images",),
        "list": ("--threads",),
    }
    for start, flags in whole_flags.items():
        for flag in flags:
            for text in (*NOT_WHOLE, "0"):
                yield [*start.split(), f"{flag}={text}"]
        if "--seed" not in start and start != "list":
            for text in NOT_WHOLE:
                yield [*start.split(), f"--seed={text}"]
    for flag in ("--noise", "--flip"):
        for text in (*NOT_NUMBERS, "0", "1e-320"):
            yield [*"restore MODEL PICTURE --binarization threshold --out OUT.png".split(), f"{flag}={text}"]
    for line in (
        "reproduce figure2 --data mnist --out OUT",
        "reproduce figure2 --cells no-such-cell --out OUT",
        "reproduce restoration --data digits --plan --out OUT",
        "reproduce figure1 --out OUT",
        "evaluate MODEL --num-samples 1000000000",
        "evaluate MODEL --method importance --num-samples 1000000000",
        "evaluate MODEL --method hmc --num-samples 100000000000",
        "evaluate MODEL --method ais --num-samples 1000000000",
        "evaluate MODEL --method ais --num-temperatures 1000000000",
        "sample MODEL --num 1000000000000 --out OUT.png",
        f"sample MODEL --num {HUGE} --out OUT.png",
        "restore MODEL PICTURE --binarization threshold --hide centre --num-samples 1000000000000 --out OUT.png",
        "list --threads 100000",
    ):
        yield line.split()


# -- fields ------------------------------------------------------------------------------------------------------


def hostile_fields() -> Iterator[tuple[type, dict[str, Any]]]:
    """A config or record and the values of its fields, one of which is of a wrong type or size: `from_dict`, or the class with
    these fields, must raise ValueError or take them."""
    model = {"data_dim": 64, "image_shape": [8, 8]}
    for kind, good in ((vc.ModelConfig, model), (vc.TrainConfig, {})):
        for f in fields(kind):
            for value in WRONG_TYPES:
                yield kind, good | {f.name: value}
    for f in fields(Record):
        for value in WRONG_TYPES:
            yield Record, {"step": 1, "samples_seen": 1, "epoch": 1.0} | {f.name: value}


def hostile_histories() -> Iterator[Any]:
    """Objects of JSON that are no history: `History.from_dict` must raise ValueError."""
    record = {"step": 0, "samples_seen": 0, "epoch": 0.0, "test_elbo": -1.0, "test_recon_log_lik": -1.0, "test_kl": 0.0}
    good = {"data": "digits", "binarization": "dynamic", "records": [record], "curve": "elbo"}
    yield from (None, [], "text", 3, {})
    for name in ("data", "binarization", "records", "curve"):
        for value in (None, 3, {}, [3], {"a": 1}, True):
            yield good | {name: value}
    for name in record:
        for value in ({}, [], "x", math.nan, math.inf, True, 10**400, -math.inf):
            yield good | {"records": [record | {name: value}]}
    yield good | {"records": [{"step": 1}]}
    yield good | {"records": [record | {"foreign": 1}]}


# -- arguments ---------------------------------------------------------------------------------------------------


class Call(NamedTuple):
    """A call with one argument left open."""

    name: str
    call: Callable[[Any], Any]


def calls(vae: vc.VAE, x: torch.Tensor) -> Iterator[Call]:
    """Public functions with each argument that is a count, given a Bernoulli model of two latent dimensions and images for it
    (images, data_dim). Each must refuse all of NOT_COUNTS by ValueError, before it allocates or draws anything large."""
    g, mask = seeded, vc.Mask(torch.ones(x.shape[1], dtype=torch.bool))
    shape = vae.config.image_shape
    small = vc.ModelConfig(x.shape[1], shape, hidden_dims=(3,))

    yield Call("elbo num_samples", lambda n: vc.elbo(vae, x, num_samples=n, generator=g(0)))
    yield Call("estimate_bound num_samples", lambda n: estimate_bound(vae, x, num_samples=n, generator=g(0)))
    for method in ("importance", "hmc", "ais"):
        yield Call(
            f"log_marginal {method} num_samples",
            lambda n, method=method: vc.log_marginal(vae, x, method=method, num_samples=n, generator=g(0)),
        )
    for method, option in (
        ("hmc", "num_chains"),
        ("hmc", "num_leapfrog"),
        ("ais", "num_temperatures"),
        ("ais", "num_leapfrog"),
    ):
        yield Call(
            f"log_marginal {method} {option}",
            lambda n, method=method, option=option: vc.log_marginal(
                vae, x, method=method, generator=g(0), **{option: n}
            ),
        )
    yield Call("ais_bracket num_images", lambda n: vc.ais_bracket(vae, n, generator=g(0)))
    yield Call("sample", lambda n: vae.sample(n, generator=g(0)))
    yield Call("simulate", lambda n: simulate(vae, n, generator=g(0)))
    yield Call("restore num_samples", lambda n: vc.restore(vae, x, mask, num_samples=n, generator=g(0)))
    yield Call(
        "restore num_chains",
        lambda n: vc.restore(vae, x, mask, method="pseudo_gibbs", num_chains=n, num_steps=n, generator=g(0)),
    )
    yield Call("log_evidence num_samples", lambda n: vc.log_evidence(vae, x, mask, num_samples=n, generator=g(0)))
    yield Call(
        "restoration_steps num_chains",
        lambda n: next(iter(vc.restoration_steps(vae, x, mask, method="gradient", num_chains=n, generator=g(0)))),
    )
    yield Call(
        "measure_gradient num_samples",
        lambda n: measure_gradient(vae, x, estimator="B", num_samples=n, batch_size=2, generator=g(0)),
    )
    yield Call(
        "measure_gradient batch_size", lambda n: measure_gradient(vae, x, estimator="B", batch_size=n, generator=g(0))
    )
    yield Call(
        "measure_gradient num_repeats",
        lambda n: measure_gradient(vae, x, estimator="B", num_repeats=n, batch_size=2, generator=g(0)),
    )
    yield Call("temperatures", temperatures)
    yield Call("manifold cells", lambda n: manifold(vae, n))
    yield Call("grid_axis cells", grid_axis)
    yield Call("straight_path steps", lambda n: straight_path(torch.zeros(2), torch.ones(2), n))
    yield Call(
        "knn neighbours",
        lambda n: knn_accuracy(x, torch.zeros(len(x), dtype=torch.int64), x, torch.zeros(len(x), dtype=torch.int64), n),
    )
    yield Call("split_information num_samples", lambda n: split_information(vae, x, num_samples=n, generator=g(0)))
    yield Call("draw_codes num_draws", lambda n: studies.draw_codes(vae, x[0], num_draws=n))
    yield Call("encode_image num_draws", lambda n: studies.encode_image(vae, x[:1], "none", num_draws=n))
    yield Call("prior_samples", lambda n: studies.prior_samples(vae, n))
    yield Call("path_between steps", lambda n: studies.path_between(vae, [0.0, 0.0], [1.0, 1.0], n))
    yield Call("measure_bounds num_samples", lambda n: studies.measure_bounds(vae, x, num_samples=n))
    yield Call("iteration number", lambda n: studies.iteration(small, x, n))
    yield Call("VAE latent_dim", lambda n: vc.VAE(small.replace(latent_dim=n), generator=g(0)))
    yield Call("VAE hidden_dims", lambda n: vc.VAE(small.replace(hidden_dims=(n,)), generator=g(0)))


def wrong_calls(vae: vc.VAE, x: torch.Tensor) -> Iterator[Call]:
    """Calls with a word, an index or a number that does not exist, each of which must end in ValueError. The argument is not used."""
    damage = studies.Damage("cover pixels", "lower-half")
    yield Call("kind of a damage", lambda _: studies.observe(vae.config, x[0], studies.Damage("ink", level=0.1)))
    yield Call("block", lambda _: studies.block("random-many", vae.config.image_shape))
    yield Call("method of a chain", lambda _: studies.chain(vae, x[0], damage, "no method"))
    yield Call(
        "polarity",
        lambda _: studies.encode_picture(vae, b"", data="digits", binarization="none", polarity="upside down"),
    )
    yield Call("row", lambda _: studies.image_bound(vae, x, len(x)))
    yield Call("axes", lambda _: manifold(vae, 3, axes=(0, 2)))
    yield Call("dims", lambda _: traversals(vae, torch.zeros(2), [2], torch.ones(1)))
    wide = vc.VAE(vc.ModelConfig(x.shape[1], vae.config.image_shape, 3, (4,)), generator=seeded(0))
    yield Call("axes of a view", lambda _: studies.choose_plane(wide, x, view=studies.View(axes=(0, 3))))
    yield Call("held", lambda _: studies.choose_plane(wide, x, view=studies.View(held=len(x))))
    toy = folded_model()
    yield Call("scale of the toy", lambda _: studies.toy_bound(toy, 0.0, 0.0, 0.0))
    yield Call("x of the toy", lambda _: studies.toy_bound(toy, math.nan, 0.0, 1.0))
    yield Call("seed", lambda _: studies.prior_samples(vae, 1, seed=-1))


def calls_of_any_size(vae: vc.VAE, x: torch.Tensor) -> Iterator[Call]:
    """The same for counts that may be of any size from 1 on: pieces of work, and steps."""
    g = seeded
    yield Call("estimate_bound batch_size", lambda n: estimate_bound(vae, x, batch_size=n, generator=g(0)))
    yield Call("encoded_means batch_size", lambda n: encoded_means(vae, x, n))
    yield Call("decoded_means batch_size", lambda n: decoded_means(vae, torch.zeros(3, 2), n))
    yield Call("minibatches batch_size", lambda n: Minibatches(x, "none", n, 0).draw(0, g(0)))
    yield Call("evaluation_steps", lambda n: 7 in evaluation_steps(n, n))
