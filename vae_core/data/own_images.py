"""One's own images as a data set: read once, decided once for the whole set, every decision with its reason."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import numpy as np
import torch

from vae_core.data import framing
from vae_core.data.containers import Source
from vae_core.data.datasets import DATASETS
from vae_core.data.decisions import (
    Plan,
    decide_colour,
    decide_ground,
    decide_scale,
    planned,
)
from vae_core.data.gathering import Gathered, Progress, gather, natural
from vae_core.data.reading import AUTO, Decision, ReadOptions, ReadReport
from vae_core.data.records import Dataset
from vae_core.data.sizing import build, decide_polarity, decide_size
from vae_core.data.suggestions import training_settings
from vae_core.errors import DataError
from vae_core.files import one_line

LONGEST_NAME = 60
NEAR_BLACK, NEAR_WHITE = 0.1, 0.9  # of pixels that are as good as 0 and 1
EXTREMES = 0.8  # their share in a set of drawings
FEW_TESTS = 30
BINARIZATION_WORDS = {
    "none": "pixels stay as they are",
    "dynamic": "black or white drawn anew at each visit",
    "threshold": "white above one half",
}


def read_images(
    path_or_bytes: Source, *, name: str = "", options: ReadOptions | None = None, progress: Progress | None = None
) -> tuple[Dataset, ReadReport]:
    """One's own images as a data set, and the report of every decision about them.

    `path_or_bytes` is the path of a zip or a folder of pictures (folders are classes), of an .npy, .npz or .csv file or an idx file
    (gzipped or not), the bytes of such a file, or several files as a mapping from names to bytes. What a file is, its content decides.
    `options` overrule decisions; `progress` is told how many files of how many have been read. DataError, in one line with the
    remedy, for what is not read; FileError where the system does not let us read.
    """
    options = options or ReadOptions()
    return decide(
        gather(path_or_bytes, options, progress=progress), name=name or name_of(path_or_bytes), options=options
    )


def name_of(source: Source) -> str:
    """A name for a set: that of its file or folder without what says its kind."""
    if not isinstance(source, (str, os.PathLike)):
        return "own images"
    path = Path(source)
    name = path.resolve().name if path.name in ("", ".", "..") else path.name
    for suffix in (".gz", ".zip", ".npz", ".npy", ".csv"):
        name = name.removesuffix(suffix) if len(name) > len(suffix) else name
    return name


def decide(
    gathered: Gathered, *, name: str = "own images", options: ReadOptions | None = None
) -> tuple[Dataset, ReadReport]:
    """The data set that `gather` read and these options describe: fast, so that each change can be shown at once."""
    options = options or ReadOptions()
    name = one_line(name).strip()[:LONGEST_NAME] or "own images"
    name = f"{name} (own)" if name in DATASETS else name
    plan = planned(gathered, options)
    decide_ground(plan)
    black, white = decide_scale(plan)
    is_colour = decide_colour(plan)
    size = decide_size(plan, 3 if is_colour else 1)
    images = build(plan, black, white, is_colour, size)
    if decide_polarity(plan, images, is_colour):
        np.subtract(np.float32(1.0), images, out=images)
    images = _framed(plan, images, is_colour)
    y, class_names = _classes(plan, gathered.class_source)
    test = _split(plan, images)
    likelihood, binarization = _likelihood(plan, images, is_colour)

    shape = (*size, 3) if is_colour else size
    x, label = torch.from_numpy(images.reshape(len(images), -1)), None if y is None else torch.from_numpy(y)
    is_test = torch.from_numpy(test)
    training = training_settings(int((~test).sum()), x.shape[1], likelihood, binarization)
    report = _report(plan, gathered, shape, test, y, class_names, training)
    parts = [None if values is None else values[side] for values in (x, label) for side in (~is_test, is_test)]
    x_train, x_test, y_train, y_test = parts
    assert x_train is not None and x_test is not None, "images are never None"
    dataset = Dataset(
        name,
        x_train,
        x_test,
        y_train,
        y_test,
        shape,
        binarization,
        class_names,
        origin=gathered.kind,
        reading=report.about | {"class_names": list(class_names)},
    )
    return dataset, report


def _report(
    plan: Plan,
    gathered: Gathered,
    shape: tuple[int, ...],
    test: np.ndarray,
    y: np.ndarray | None,
    class_names: tuple[str, ...],
    training: dict[str, Any],
) -> ReadReport:
    counts = (
        {}
        if y is None
        else {name: int(n) for name, n in zip(class_names, np.bincount(y, minlength=len(class_names)), strict=True)}
    )
    num_test = int(test.sum())
    notes = []
    if num_test < FEW_TESTS:
        notes.append(
            f"Test numbers of {num_test} image{'s' * (num_test > 1)} mean little: a mean over so few has a large standard error."
        )
    if gathered.moving:
        notes.append(f"{gathered.moving:,} moving pictures: their first frame is read.")
    if gathered.passed_over:
        count = gathered.passed_over
        notes.append("1 other file is passed over." if count == 1 else f"{count:,} other files are passed over.")
    losses = [item for item in plan.left_out if item.is_loss]
    if losses:
        notes.append(f"{len(losses):,} of {len(losses) + plan.count:,} images cannot be read and are left out.")
    options = plan.options.replace(**{name: value for name, value in plan.values.items() if name != "labels"})
    return ReadReport(
        kind=gathered.kind,
        sha256=gathered.sha256,
        num_images=plan.count,
        num_train=plan.count - num_test,
        num_test=num_test,
        image_shape=shape,
        classes=counts,
        decisions=tuple(plan.decisions),
        left_out=tuple(plan.left_out),
        passed_over=gathered.passed_over,
        options=options,
        training=training,
        notes=tuple(notes),
    )


# -- framing, classes, split -------------------------------------------------------------------------------------


def _framed(plan: Plan, images: np.ndarray, is_colour: bool) -> np.ndarray:
    """The images with their ink at one size in the middle, where that is asked for."""
    wish = plan.options.framing
    if wish == "none":
        return images
    if is_colour:
        raise DataError(
            "framing cuts out light ink on dark, and these images have colour: leave it out, or choose colour='grey'"
        )
    shape = images.shape[1:3]
    how = framing.framing_as(wish, shape)
    for place, image in enumerate(images):
        try:
            images[place] = (
                framing.frame_picture(torch.from_numpy(image[..., 0]), shape, how).reshape(*shape, 1).numpy()
            )
        except DataError:  # no ink stands out: it stays as it is
            continue
    plan.decide("framing", wish, f"ink at one size, in the middle ({wish})", "")
    return images


def _classes(plan: Plan, source: str) -> tuple[np.ndarray | None, tuple[str, ...]]:
    """A number from 0 on for each image, and the names in their natural order: 2 before 10."""
    labels = None if plan.options.labels == "none" else plan.labels
    names = sorted(set(labels or ()), key=natural)
    reason = source or "nothing says which class an image is of"
    if labels is not None and len(names) > max(2, plan.count / 2):
        reason = f"{source} has {len(names):,} values for {plan.count:,} images: they are no classes"
        labels, names = None, []
    if labels is None:
        plan.decide("labels", "none", "no classes", reason)
        return None, ()
    listing = ", ".join(map(one_line, names[:12])) + (" ..." if len(names) > 12 else "")
    plan.decide("labels", "", f"{len(names):,} class{'es' * (len(names) != 1)}: {listing}", reason)
    numbers = {name: number for number, name in enumerate(names)}
    return np.array([numbers[label] for label in labels], np.int64), tuple(
        one_line(name) or "(no name)" for name in names
    )


def _split(plan: Plan, images: np.ndarray) -> np.ndarray:
    """Which images are for testing. Copies of one image are on one side."""
    if plan.split_parts is not None and plan.options.split != "random":
        test = np.array([part == "test" for part in plan.split_parts])
        if test.any() and not test.all():
            reason = "the data come as a training and a test part"
            plan.keep(Decision("split", "given", f"{int(test.sum()):,} for testing", reason))
            return test
    if plan.options.split == "given":
        raise DataError("the images do not come as a training and a test part: leave split='given' out (--split-by)")
    copies: dict[bytes, list[int]] = {}
    for place, image in enumerate(images):
        copies.setdefault(hashlib.blake2b(image.tobytes(), digest_size=16).digest(), []).append(place)
    if len(copies) < 2:
        raise DataError(f"all {plan.count:,} images are the same image, and a set needs at least two different ones")
    sets = list(copies.values())
    order = np.random.Generator(np.random.PCG64(plan.options.split_seed)).permutation(len(sets))
    most = max(1, int(plan.options.test_share * plan.count + 1e-9))
    test = np.zeros(plan.count, bool)
    taken = 0
    for number in order:
        if taken + len(sets[number]) <= most:
            test[sets[number]] = True
            taken += len(sets[number])
    if not taken:  # each image has more copies than may be for testing
        test[min(sets, key=len)] = True
    doubles = plan.count - len(copies)
    reason = f"drawn at random with the seed {plan.options.split_seed}, at most {plan.options.test_share:.0%}"
    reason += f"; {doubles:,} copies are on the side of their image" if doubles else ""
    plan.keep(Decision("split", "random", f"{int(test.sum()):,} for testing", reason))
    return test


def _likelihood(plan: Plan, images: np.ndarray, is_colour: bool) -> tuple[str, Any]:
    """The likelihood and the binarisation that suit the pixels."""
    wish, way = plan.options.likelihood, plan.options.binarization
    if is_colour and wish == way == AUTO:
        reason = "colour: one variance for each pixel's red, green and blue"
        plan.decide("likelihood", "gaussian", "gaussian", reason)
        plan.decide("binarization", "none", BINARIZATION_WORDS["none"], reason)
        return "gaussian", "none"
    extreme = float(((images < NEAR_BLACK) | (images > NEAR_WHITE)).mean())
    is_binary = bool(((images == 0.0) | (images == 1.0)).all())
    share = f"{extreme:.0%} of the pixels lie below {NEAR_BLACK} or above {NEAR_WHITE}"
    if is_colour:
        likelihood, binarization, reason = (
            "gaussian",
            "none",
            "colour: one variance for each pixel's red, green and blue",
        )
    elif is_binary:
        likelihood, binarization, reason = "bernoulli", "none", "all pixels are 0 or 1"
    elif extreme >= EXTREMES:
        likelihood, binarization, reason = "bernoulli", "dynamic", f"{share}: nearly black and white"
    else:
        likelihood, binarization, reason = "gaussian", "none", f"only {share}: grey, with one variance for each pixel"
    if wish != AUTO:
        likelihood = wish
    if wish == "bernoulli" or wish == AUTO and way in ("dynamic", "threshold"):
        likelihood = "bernoulli"
        binarization = way if way != AUTO else "none" if is_binary else "dynamic"
    elif likelihood != "bernoulli":
        binarization = "none"
    elif way != AUTO:
        binarization = way
    if likelihood != "bernoulli" and way in ("dynamic", "threshold"):
        raise DataError(
            f"binarization {way} does not go with the likelihood {likelihood}, whose pixels are grey: leave it out"
        )
    if likelihood == "bernoulli" and binarization == "none" and not is_binary:
        raise DataError("binarization must be dynamic or threshold for grey pixels under a Bernoulli decoder, got none")
    plan.decide("likelihood", likelihood, likelihood.replace("_", " "), reason)
    reason = f"for the likelihood {likelihood.replace('_', ' ')}" if wish != AUTO else reason
    plan.decide("binarization", binarization, BINARIZATION_WORDS[binarization], reason)
    return likelihood, binarization
