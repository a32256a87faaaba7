"""Writes `numbers.json`: what Python gives for the functions that run in the browser too, for their tests in JavaScript. Run it
with `python tests/js/write_numbers.py` when such a function changes; `tests/test_bundles.py` says when that is needed."""

from __future__ import annotations

import base64
import json
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "tests")]

from wcag import ink_on  # noqa: E402

import vae_core as vc  # noqa: E402
from aevb_lab.components.live_decoder import pack_decoder  # noqa: E402
from aevb_lab.components.packed import pack_arrays  # noqa: E402
from aevb_lab.theme import CLASS_COLORS  # noqa: E402
from vae_core import posterior, studies  # noqa: E402
from vae_core.attributes import attributes_of, measure  # noqa: E402
from vae_core.studies import steering  # noqa: E402

FILE = Path(__file__).with_name("numbers.json")
LOGITS = [
    -300.0,
    -40.0,
    -6.0,
    -1.0,
    -0.11,
    -0.09,
    -1e-3,
    0.0,
    1e-9,
    1e-3,
    0.05,
    0.0999,
    0.1001,
    0.7,
    5.0,
    20.0,
    90.0,
    800.0,
]
PROBABILITIES = [1e-6, 0.001, 0.02, 0.1, 0.3, 0.5, 0.62, 0.9, 0.999]
Z = [[0.0, 0.0], [0.75, -1.25], [-3.0, 2.5]]
LINE = {"first": -6.0, "spacing": 0.05, "points": 241}
LINE_QS = [(0.3, 0.0, 1.0), (1.1, 0.6, 0.2), (2.0, -1.5, 0.07)]  # x, location, scale
SQUARE = {"low": [-3.0, -2.5], "spacing": 0.05, "side": 121}
SQUARE_QS = [[0.1, -0.2, 0.5, 0.3, 0.0], [0.4, 0.3, 0.9, 0.2, 0.7], [-0.5, 0.2, 0.15, 0.4, -1.2]]


def base64_of(content: bytes) -> str:
    return base64.b64encode(content).decode()


def model(likelihood: str, activation: str) -> vc.VAE:
    config = vc.ModelConfig(12, (4, 3), 2, (7, 5), likelihood, activation=activation, mean="identity")
    return vc.VAE(config, generator=torch.Generator().manual_seed(5))


def decoders() -> list[dict[str, Any]]:
    """Packed decoders, and the means of p(x|z) at some z."""
    answers = []
    kinds = (
        ("bernoulli", "sigmoid", "tanh"),
        *(("gaussian", "identity", name) for name in ("silu", "relu", "softplus")),
    )
    for likelihood, mean, activation in kinds:
        vae = model(likelihood, activation)
        linear = [layer for layer in vae.decoder if isinstance(layer, torch.nn.Linear)]
        layers = [(layer.weight.detach().numpy(), layer.bias.detach().numpy()) for layer in linear]
        layers[-1] = tuple(array[: vae.config.data_dim] for array in layers[-1])  # without the variances
        header = {"mean": mean, "activation": activation, "image_shape": [4, 3], "latent_dim": 2}
        with torch.no_grad():
            means = vae.decode(torch.tensor(Z)).mean.tolist()
        answers.append({"packed": base64_of(pack_decoder(header, layers)), "z": Z, "means": means})
    return answers


def continuous_bernoulli_means() -> list[float]:
    """torch's in float64; far from 0, where it rounds a probability to 0 or 1, the formula, which loses no digits there."""
    means = torch.distributions.ContinuousBernoulli(logits=torch.tensor(LOGITS, dtype=torch.float64)).mean.tolist()
    return [
        mean if abs(logit) < 15.0 else -1.0 / math.expm1(-logit) - 1.0 / logit
        for logit, mean in zip(LOGITS, means, strict=True)
    ]


def packing() -> dict[str, Any]:
    """A header with a letter of two bytes, arrays of odd sizes and of both kinds; and bits."""
    arrays = {
        "a": np.arange(5, dtype=np.uint8),
        "b": np.linspace(-1, 1, 6, dtype=np.float32).reshape(2, 3),
        "c": np.zeros(0, "u1"),
    }
    bits = np.random.default_rng(3).integers(0, 2, 45).astype(np.uint8)
    return {
        "packed": base64_of(pack_arrays({"name": "é", "image_shape": [2, 3, 3]}, arrays)),
        "arrays": {name: array.ravel().tolist() for name, array in arrays.items()},
        "bits": bits.tolist(),
        "base64": base64.urlsafe_b64encode(np.packbits(bits).tobytes()).decode().rstrip("="),
    }


def bounds_on_line() -> dict[str, Any]:
    """Eq. (1) of the folded toy: ELBO, gap and log p(x) for some x and q."""
    vae = posterior.folded_model()
    z = LINE["first"] + LINE["spacing"] * torch.arange(LINE["points"], dtype=torch.float64)[:, None]
    with torch.no_grad():
        p = vae.decode(z).base_dist
        rows = []
        for x, loc, scale in LINE_QS:
            log_joint = posterior.grid_log_joint(vae, torch.tensor([[x]], dtype=torch.float64), z)[0]
            log_q = torch.distributions.Normal(*torch.tensor([loc, scale], dtype=torch.float64)).log_prob(z[:, 0])
            bound = posterior.bound_on_grid(log_joint, log_q, math.log(LINE["spacing"]))
            rows.append({"x": x, "q": [loc, scale], "elbo": float(bound.elbo), "kl": float(bound.gap), "log_marginal": float(bound.log_marginal)})  # fmt: skip
    line = {
        "first": LINE["first"],
        "spacing": LINE["spacing"],
        "f": p.loc[:, 0].tolist(),
        "noise": float(p.scale[0, 0]),
    }
    return {"line": line, "bounds": rows}


def square_axes() -> list[torch.Tensor]:
    side, spacing = SQUARE["side"], SQUARE["spacing"]
    return [low + spacing * torch.arange(side, dtype=torch.float64) for low in SQUARE["low"]]


def bounds_on_square() -> dict[str, Any]:
    """The ELBO of turned Gaussians on a grid of two dimensions, log p(x), and where the grid's lines cross a level."""
    vae, side, spacing = model("gaussian", "tanh").double(), SQUARE["side"], SQUARE["spacing"]
    second, first = torch.meshgrid(*square_axes()[::-1], indexing="ij")  # rows of the second axis
    z = torch.stack([first.flatten(), second.flatten()], 1)
    with torch.no_grad():
        x = vae.decode(torch.tensor([[0.4, 0.2]], dtype=torch.float64)).mean
        log_joint = posterior.grid_log_joint(vae, x, z)[0]
        peak = float(log_joint.max())
        packed = (log_joint - peak).float()  # as the browser has it
        elbos = []
        for a, b, c, d, angle in SQUARE_QS:
            turn = torch.tensor(
                [[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]], dtype=torch.float64
            )
            root = turn * torch.tensor([c, d], dtype=torch.float64)
            q = torch.distributions.MultivariateNormal(torch.tensor([a, b], dtype=torch.float64), root @ root.T)
            bound = posterior.bound_on_grid(packed.double() + peak, q.log_prob(z), 2.0 * math.log(spacing))
            elbos.append(float(bound.elbo))
    content = base64_of(packed.numpy().astype("<f4").tobytes())
    return {
        "square": {key: value for key, value in SQUARE.items()} | {"peak": peak},
        "log_joint": content,
        "qs": SQUARE_QS,
        "elbos": elbos,
        "log_marginal": float(bound.log_marginal),
        "level": -2.0,
        "crossings": crossings(packed.double().reshape(side, side).numpy(), -2.0),
    }


def crossings(values: np.ndarray, level: float) -> list[list[float]]:
    """The places (column, row) where a level crosses the lines between neighbours of a grid, by linear interpolation."""
    places = []
    for column_step, row_step in ((1, 0), (0, 1)):
        rows, columns = values.shape
        here, there = values[: rows - row_step, : columns - column_step], values[row_step:, column_step:]
        for row, column in np.argwhere((here > level) != (there > level)):
            part = (level - here[row, column]) / (there[row, column] - here[row, column])
            places.append([float(column + part * column_step), float(row + part * row_step)])
    return places


def drawing() -> dict[str, Any]:
    """A drawing's text and its points."""
    points = studies.point_set("seven points")
    return {"text": studies.text_of_points(points), "points": points.tolist()}


def drawn_posterior() -> dict[str, Any]:
    """p(z|x) and q(z|x) of one point, as shares over the places of z where the manifold was decoded."""
    config = vc.ModelConfig(2, (1, 2), 1, (5,), "gaussian", mean="identity", variance="network")
    vae = vc.VAE(config, generator=torch.Generator().manual_seed(5)).double()
    x = torch.tensor([[0.4, -0.7]], dtype=torch.float64)
    z = torch.linspace(-3.5, 3.5, 41, dtype=torch.float64)[:, None]
    with torch.no_grad():
        p, q = vae.decode(z).base_dist, vae.encode(x).base_dist
        posterior_shares = posterior.grid_log_joint(vae, x, z)[0].softmax(0)
        encoder_shares = vae.encode(x).log_prob(z).softmax(0)
    return {
        "latents": 1, "x": x[0].tolist(), "line": z[:, 0].tolist(), "means": p.loc.flatten().tolist(), "scales": p.scale.flatten().tolist(),
        "loc": q.loc[0].tolist(), "scale": q.scale[0].tolist(), "posterior": posterior_shares.tolist(), "encoder": encoder_shares.tolist(),
    }  # fmt: skip


def attributes() -> list[dict[str, Any]]:
    """Attributes of random images, grey and in colour, some of whose pixels are cut off, and their slopes in the pixels."""
    answers = []
    for shape in ((5, 4), (4, 3, 3)):
        x = 1.2 * torch.rand(math.prod(shape), generator=torch.Generator().manual_seed(1), dtype=torch.float64) - 0.1
        slopes = torch.autograd.functional.jacobian(lambda pixels, shape=shape: measure(pixels, shape), x)
        answers.append(
            {"shape": shape, "x": x.tolist(), "values": measure(x, shape).tolist(), "slopes": slopes.tolist()}
        )
    return answers


def steered() -> list[dict[str, Any]]:
    """Where z ends that is moved until the decoded image measures what was asked, both ways; of models of each likelihood."""
    answers = []
    kinds = (
        ("bernoulli", "sigmoid", "tanh", (5, 4)), ("continuous_bernoulli", "sigmoid", "silu", (5, 4)),
        ("gaussian", "identity", "softplus", (4, 3, 3)), ("gaussian", "sigmoid", "relu", (5, 4)),
    )  # fmt: skip
    for likelihood, mean, activation, shape in kinds:
        config = vc.ModelConfig(math.prod(shape), shape, 3, (7, 5), likelihood, activation=activation, mean=mean)
        vae = vc.VAE(
            config, generator=torch.Generator().manual_seed(8)
        ).double()  # many steps: float32 differs from machine to machine
        with torch.no_grad():
            vae.decoder[-1].weight.mul_(6.0)
            vae.decoder[-1].bias.fill_(0.5)
        layers, about = studies.mean_layers(vae), studies.handles(vae, None)
        start = [0.3, -0.5, 0.2]
        asked = {about.names[0]: float(0.3 * about.low[0] + 0.7 * about.high[0])}
        ends = [way(vae, start, asked, about) for way in (studies.steer, studies.steer_plainly)]
        packed = pack_decoder({"mean": layers.mean, "activation": layers.activation}, layers.layers)
        answers.append({
            "packed": base64_of(packed), "shape": shape, "start": start, "asked": {"0": asked[about.names[0]]},
            "handles": handles_of(about, shape), "now": ends[0].measured[0].tolist(), "z": ends[0].z[-1].tolist(), "plain": ends[1].z[-1].tolist(),
        })  # fmt: skip
    return answers


def handles_of(about: studies.Handles, shape: tuple[int, ...]) -> dict[str, Any]:
    """As the page's component has them."""
    turns = [attributes_of(shape)[row].turn for row in about.rows]
    arrays = {name: getattr(about, name).ravel().tolist() for name in ("scale", "low", "high", "directions")}
    return {"rows": list(about.rows), "turns": turns, "method": steering.METHOD, **arrays}


def numbers() -> dict[str, Any]:
    """All of them, by the module of the kit that they are for."""
    u = torch.tensor(PROBABILITIES, dtype=torch.float64)
    return {
        "decoders": decoders(),
        "continuous_bernoulli": {"logits": LOGITS, "means": continuous_bernoulli_means()},
        "packing": packing(),
        "normal": {"u": PROBABILITIES, "z": torch.special.ndtri(u).tolist()},
        "line": bounds_on_line(),
        "square": bounds_on_square(),
        "drawing": drawing(),
        "drawn_posterior": drawn_posterior(),
        "attributes": attributes(),
        "steered": steered(),
        "inks": {ground: ink_on(ground) for ground in (*CLASS_COLORS, "#777777", "#000000", "#ffffff")},
    }


if __name__ == "__main__":
    FILE.write_text(json.dumps(numbers(), indent=None) + "\n")
