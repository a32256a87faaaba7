"""The page to take home: one HTML file that decodes under the pointer, without a server and without a network.

It holds the decoder's float32 weights, the encoded points, and the bundle of `components/take_home_page.js`. Its content security
policy lets that script alone run, and forbids every request.
"""

from __future__ import annotations

import base64
import hashlib
import html
from contextlib import suppress
from dataclasses import asdict
from functools import partial
from pathlib import Path
from string import Template
from typing import Any

import numpy as np

from aevb_lab import cached
from aevb_lab.components.live_decoder import pack_decoder
from aevb_lab.components.packed import pack_arrays
from aevb_lab.escaping import file_stem, printable, shortened
from aevb_lab.export import File
from aevb_lab.figures.numbers import nats
from aevb_lab.figures.plane import point_classes
from aevb_lab.session.images import examples_for
from aevb_lab.session.models import LoadedModel, history_of
from aevb_lab.shown.welcome import first_question, welcome
from aevb_lab.theme import DARK, LIGHT, Palette
from vae_core.config import ModelConfig
from vae_core.data.datasets import DATASETS, image_words
from vae_core.errors import TooLarge
from vae_core.latent import map_cells
from vae_core.sizes import FLOAT_BYTES, in_words
from vae_core.studies.decoder import count_mean_numbers, mean_layers
from vae_core.studies.examples import Examples
from vae_core.studies.planes import WIDEST, Plane, View, class_middles

MOST_BYTES = (
    25 * 10**6
)  # a decoder in base64: mail takes files of this size, and larger decoders fall behind the pointer
MOST_TEXT = 100_000  # characters of a lesson
NO_CLASS = 255  # as in `kit/plane.js`
FOLDER = Path(__file__).parent
THEMES = {"light": LIGHT, "dark": DARK}
BORDERS = {"light": "#dcdce6", "dark": "#363648"}  # as in .streamlit/config.toml
POLICY = (
    # 'unsafe-eval' lets no text of this file run as a script, since only the script of this digest runs at all. Tools that look at
    # a page from outside need it.
    "default-src 'none'; script-src '$script' 'unsafe-eval'; style-src '$style'; img-src data:; base-uri 'none'; form-action 'none'"
)
PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="$policy">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="description" content="$description">
<title>$title</title>
<link rel="icon" href="data:image/png;base64,$icon">
<style>$style</style>
</head>
<body>
<header>
<div><h1>$heading</h1><button type="button" data-role="theme">Dark</button></div>
<p>$welcome <strong>$question</strong></p>
</header>
<noscript><p><strong>This page needs JavaScript, but no network. Open it in a browser such as Firefox, Chrome or Safari.</strong></p></noscript>
<main>
<div class="map">
<section data-role="plane" role="application" tabindex="0" aria-label="map of $dims: the arrow keys move the point" aria-describedby="how">
<canvas data-role="ground" role="img" aria-label="decoded images all over the map, and dots of encoded images"></canvas>
<canvas data-role="path" aria-hidden="true"></canvas>
<div class="plane-over"><div class="plane-point"><div class="plane-cursor"></div></div></div>
<div class="plane-names" role="group" aria-label="classes on the map: press one to hide its dots"></div>
</section>
<figure>
<canvas data-role="decoded" tabindex="0" role="application" aria-label="decoded image, mean of p(x|z): the arrow keys move the point"></canvas>
<figcaption title="What the network draws at this place: the mean of p(x|z)"><output aria-live="polite"></output></figcaption>
</figure>
<section data-role="way" aria-labelledby="way">
<h2 id="way">From A to B</h2>
<canvas data-role="strip" role="img" aria-label="decoded images on the way from A to B"></canvas>
<input type="range" min="0" value="0" step="1" aria-label="place on the way from A to B">
<p><button type="button" data-role="play" aria-pressed="false">Play</button>
<button type="button" data-role="choose" aria-pressed="false">Choose A and B</button> <output></output></p>
</section>
</div>
<p class="how" id="how">$how</p>
$lesson</main>
<footer>$provenance</footer>
<script type="text/plain" data-role="encoded">$encoded</script>
<script type="text/plain" data-role="decoder">$decoder</script>
<script type="module">$script</script>
</body>
</html>
""")
HOW = (
    "Mouse: move over the map. Press to pin the point; press again to free it. Finger: drag. "
    "Keys: Tab to the map, then arrows (with Shift: larger steps), Enter to pin the point, Esc to free it."
)


def take_home_page(model: LoadedModel, view: View = WIDEST, text: str = "") -> bytes:
    """The page of a model on a plane through its latent space, with a lesson's text (plain, empty lines between paragraphs).
    TooLarge for a decoder, ValueError for a text, that is too long for it."""
    config = model.vae.config
    require_small(config, model.name)
    if len(text) > MOST_TEXT:
        raise ValueError(f"the text must have at most {MOST_TEXT:,} characters, got {len(text):,}")
    examples, plane = examples_for(model) if model.trains_encoder else None, cached.plane(model, view)
    if not np.isfinite(plane.points).all():
        raise ValueError(
            f"{printable(model.name)} puts its images at infinite places: its weights are too large for a map"
        )
    script = (FOLDER / "components" / "bundles" / "take_home_page.js").read_text(encoding="utf-8")
    style = styles() + (FOLDER / "components" / "take_home.css").read_text(encoding="utf-8")
    heading = f"A map of {image_words(model.data).things}"
    words = welcome(model.data, config.latent_dim, has_dots=examples is not None)
    page = PAGE.substitute(
        policy=Template(POLICY).substitute(script=digest(script), style=digest(style)),
        title=html.escape(f"{heading}: {shortened(model.name, 60)}"),
        description=html.escape(words),
        icon=base64.b64encode((FOLDER / "static" / "icon.png").read_bytes()).decode(),
        style=style,
        heading=heading,
        welcome=html.escape(words),
        question=first_question(model.data, () if examples is None else examples.class_names),
        dims=" and ".join(plane.titles),
        how=HOW + (" Press a class's name to hide its dots." if examples and examples.labels is not None else ""),
        lesson=lesson(text),
        provenance=provenance(model, examples),
        encoded=base64.b64encode(pack_plane(plane, examples, config)).decode(),
        decoder=base64.b64encode(pack_model_decoder(model)).decode(),
        script=script,
    )
    return page.encode()


def take_home_files(model: LoadedModel, view: View = WIDEST) -> list[File]:
    """The page as a file to download; nothing for a model that is too large for it."""
    if decoder_bytes(model.vae.config) > MOST_BYTES:
        return []
    name = f"{file_stem(model.name)}.html"
    return [File("Page to take home (.html, needs no network)", name, partial(take_home_page, model, view))]


def require_small(config: ModelConfig, name: str) -> None:
    """TooLarge for a decoder of more than MOST_BYTES. It is counted by its config."""
    size = decoder_bytes(config)
    if size > MOST_BYTES:
        raise TooLarge(
            f"the page of {printable(name)} would have {in_words(size)}, and at most {in_words(MOST_BYTES)} are written: "
            "take a model with fewer or narrower hidden layers"
        )


def decoder_bytes(config: ModelConfig) -> int:
    """How long the decoder's weights are in base64."""
    return 4 * -(-FLOAT_BYTES * count_mean_numbers(config) // 3)


def digest(text: str) -> str:
    """A script or a style, as a content security policy names it."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def styles() -> str:
    """The palettes as CSS: what the system prefers, unless the page's own switch says otherwise; always light on paper."""
    light, dark = (_variables(theme, palette) for theme, palette in THEMES.items())
    return (
        f":root {{ {light} }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n"
        f":root[data-theme=light] {{ {light} }}\n:root[data-theme=dark] {{ {dark} }}\n"
        f"@media print {{ :root, :root[data-theme] {{ {light} }} }}\n"
    )


def _variables(theme: str, palette: Palette) -> str:
    colours = asdict(palette) | {"border": BORDERS[theme]}
    return f"color-scheme: {theme}; " + " ".join(f"--{name}: {colour};" for name, colour in colours.items())


def lesson(text: str) -> str:
    """A lesson's paragraphs. Its characters are shown as they are."""
    lines = [printable(line) for line in text.splitlines()]
    paragraphs = [part.strip() for part in "\n".join(lines).split("\n\n") if part.strip()]
    if not paragraphs:
        return ""
    body = "\n".join(f"<p>{html.escape(part)}</p>" for part in paragraphs)
    return f'<section class="lesson" aria-label="text">\n{body}\n</section>\n'


def provenance(model: LoadedModel, examples: Examples | None) -> str:
    """Where the page comes from: model, its ELBO where its training was recorded, dots, data and their licence."""
    config = model.vae.config
    trained = f" trained on {model.data}," if model.data else ""
    rows = [
        f"Model: {shortened(model.name)},{trained} {config.latent_dim} latent dimension{'s' * (config.latent_dim > 1)}, "
        f"{model.vae.likelihood.label} decoder.{_bound_in_words(model)}"
    ]
    if examples is not None:
        rows.append(f"Dots: the means of q(z|x) of {examples.source}.")
    if model.data in DATASETS:
        rows.append(f"Data: {DATASETS[model.data].source}.")
    rows.append(
        "This page was made by AEVB Lab, which shows Auto-Encoding Variational Bayes (Kingma and Welling, arXiv:1312.6114). "
        f"The SHA-256 of the model's file begins with {model.key[:16]}. The page loads nothing from a network."
    )
    return "\n".join(f"<p>{html.escape(shortened(row))}</p>" for row in rows)


def _bound_in_words(model: LoadedModel) -> str:
    """The ELBO of the test images when the training ended; "" where nobody recorded it."""
    with suppress(ValueError, OSError):  # the curves beside a model may be damaged; the page does without
        history = history_of(model)
        if history and history.records and history.curve == "elbo" and history.records[-1].test_elbo is not None:
            value = nats(history.test_value(history.records[-1]))
            return f" ELBO of the test images at the end of its training: {value} nats per image, higher is better."
    return ""


def pack_model_decoder(model: LoadedModel) -> bytes:
    """The decoder as the app's pages get it."""
    config, decoder = model.vae.config, mean_layers(model.vae)
    header: dict[str, Any] = {
        "id": model.key,
        "mean": decoder.mean,
        "activation": decoder.activation,
        "image_shape": list(config.image_shape),
        "latent_dim": config.latent_dim,
    }
    return pack_decoder(header, decoder.layers)


def pack_plane(plane: Plane, examples: Examples | None, config: ModelConfig) -> bytes:
    """The plane with its points: what `take_home_plane.js` calls About."""
    labels = None if examples is None else examples.labels
    points = plane.points if examples is not None else np.zeros((0, 2), np.float32)
    classes = [] if labels is None or examples is None else point_classes(labels, examples.class_names)
    header = {
        "basis": plane.basis.tolist(),
        "rest": plane.rest.tolist(),
        "span": list(plane.span),
        "titles": list(plane.titles),
        "cells": map_cells(config.image_shape),
        "classes": [{"name": entry.name, "colour": entry.colour} for entry in classes],
        "ends": ends(points, labels, () if examples is None else examples.class_names, plane.span[1]),
        "colours": {theme: asdict(palette) for theme, palette in THEMES.items()},
    }
    kinds = np.full(len(points), NO_CLASS) if labels is None else np.minimum(labels, NO_CLASS)
    return pack_arrays(header, {"points": points, "labels": kinds.astype(np.uint8)})


def ends(
    points: np.ndarray, labels: np.ndarray | None, class_names: tuple[str, ...], reach: float
) -> list[list[float]]:
    """Where the path begins and ends at first: in the middles of 4 and 9, or of the first class and the last; without classes at two
    points, far to the left and far to the right; without points across the plane."""
    if labels is not None and len(class_names) > 1:
        names = ("4", "9") if {"4", "9"} <= set(class_names) else (class_names[0], class_names[-1])
        middles = class_middles(points, labels)
        return [middles[class_names.index(name)].astype(float).tolist() for name in names]
    if len(points) > 1:
        far = len(points) // 50
        return points[np.argsort(points[:, 0])[[far, -1 - far]]].astype(float).tolist()
    return [[-reach / 2, 0.0], [reach / 2, 0.0]]
