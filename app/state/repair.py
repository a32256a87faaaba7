"""Repair: part of an image hidden, noisy or coarse; p(z | what is seen) on the plane, the answers, and a chain that samples it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import itertools
import math
from dataclasses import asdict, dataclass
from functools import partial

import numpy as np
import streamlit as st
import torch

from app.components.packed import pack_arrays
from app.session.models import LoadedModel
from app.session.viewer import plain
from app.state.drawing import framing_of, uploaded_image
from app.state.planes import View, on_plane, plane_of
from app.state.posterior import decoded_grid
from app.theme import palette
from vae_core import drawing, posterior
from vae_core.data.binarization import binarize
from vae_core.restoration.answers import (
    BARRIER,
    MOST_REPRESENTATIVES,
    VISIBLE,
    find_completions,
    find_representatives,
)
from vae_core.restoration.block_means import BlockMeans
from vae_core.restoration.chains import restoration_steps
from vae_core.restoration.distances import total_variation
from vae_core.restoration.grid import observation_grid, sample_grid
from vae_core.restoration.observations import BitFlips, GaussianNoise, Mask, Observation, hidden_part, random_mask
from vae_core.restoration.proposals import log_density
from vae_core.restoration.restore import ALL_OBSERVED, NOTHING_OBSERVED, restore

COVER, NOISE, COARSE = "cover pixels", "noise", "low resolution"
BLOCKS = {  # in links, and on the brush's buttons
    "lower-half": "lower half",
    "right-half": "right half",
    "centre": "centre",
    "random-50": "random 50 %",
    "random-80": "random 80 %",
}
FIRST_BLOCK = "lower-half"
HIDDEN = "repair_hidden"  # session state: what is hidden, as `hidden_text` writes it
SEED = "repair_seed"
VIEW = View(principal=True)  # of more than two latent dimensions
BARRIER, MOST_KINDS, VISIBLE = BARRIER, MOST_REPRESENTATIVES, VISIBLE
CELLS = 220  # most cells of the picture of p(z|y) along an axis of the plane
TOLERANCE = 0.02  # nats by which halving the spacing may change log p(y)
CHAINS = {  # what the page calls them: (the core's name, steps that are played)
    "pseudo-Gibbs": ("pseudo_gibbs", 200),
    "Metropolis-within-Gibbs": ("metropolis_within_gibbs", 200),
    "HMC": ("posterior", 100),
}


@dataclass(frozen=True)
class Damage:
    """What is done to x: `kind` is one of the three above; `hidden` says which pixels are covered, `level` is the noise's
    probability or scale, `factor` the blocks' side; `seed` names the draw of the noise."""

    kind: str
    hidden: str = ""
    level: float = 0.0
    factor: int = 1
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Completion:
    """One answer: its share of p(z|y), a z in its midst (latent,), and the mean of x there (data_dim,)."""

    weight: float
    z: np.ndarray
    image: np.ndarray


@dataclass(frozen=True, eq=False)
class Repaired:
    """An image repaired: what is `seen` (data_dim,), which pixels are `known` for certain, E[x|y] and its standard deviation
    (data_dim,), draws of z (draws, latent), the answers from the heaviest on, `kinds` of like images among the draws, PSNR in
    dB of what is seen (nan where that makes no image) and of the mean against x, and `warnings`. `raster` is p(z|y) on the
    plane, with two latent dimensions: (low, cell, the share of the mass in denser cells, rows from the bottom up)."""

    key: str
    seen: np.ndarray
    known: np.ndarray
    mean: np.ndarray
    std: np.ndarray
    z: np.ndarray
    answers: tuple[Completion, ...]
    kinds: tuple[Completion, ...]
    psnr_seen: float
    psnr: float
    warnings: tuple[str, ...]
    raster: tuple[tuple[float, float], float, np.ndarray] | None


# -- which pixels are hidden -------------------------------------------------------------------------------------


def block(name: str, shape: tuple[int, int]) -> np.ndarray:
    """The hidden pixels (data_dim,) of a block of `BLOCKS`; random ones are the same draw every time."""
    if name.startswith("random-"):
        share, generator = int(name.removeprefix("random-")) / 100.0, torch.Generator().manual_seed(0)
        return ~random_mask((shape[0] * shape[1],), share, generator=generator).numpy()
    return ~hidden_part(name, shape).numpy()


def hidden_text(hidden: np.ndarray) -> str:
    """Hidden pixels as a link and the brush write them: a bit a pixel, in base64 with - and _."""
    return base64.urlsafe_b64encode(np.packbits(hidden).tobytes()).decode().rstrip("=")


def hidden_pixels(text: str, shape: tuple[int, int]) -> np.ndarray:
    """The inverse: the name of a block, or the brush's text. Raises vc.DataError for anything else."""
    if text in BLOCKS:
        return block(text, shape)
    try:
        bits = np.unpackbits(np.frombuffer(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), np.uint8))
    except (binascii.Error, ValueError):
        bits = np.zeros(0, np.uint8)
    count = shape[0] * shape[1]
    if len(bits) != 8 * math.ceil(count / 8):
        raise data.DataError(
            f"the hidden part must have {count} pixels, as this model's images; the lower half is hidden"
        )
    return bits[:count].astype(bool)


def hidden_now(model: LoadedModel) -> tuple[np.ndarray, str | None]:
    """The pixels that are hidden in this session, at first those of the link; and what is wrong with the link."""
    shape = model.vae.config.image_shape
    if HIDDEN not in st.session_state:
        st.session_state[HIDDEN] = st.query_params.get("hidden", FIRST_BLOCK)
    try:
        return hidden_pixels(st.session_state[HIDDEN], shape), None
    except data.DataError as error:
        fault = None if st.session_state.get("repair_shape", shape) != shape else plain(str(error))
        return block(FIRST_BLOCK, shape), fault


def keep_hidden() -> None:
    """Called when the brush is lifted: what it covers outlives a visit to another page, and is in the link."""
    text = (st.session_state.get("repair_brush") or {}).get("hidden")
    if text is not None:
        st.session_state[HIDDEN] = st.query_params["hidden"] = text


def seed_now() -> int:
    return int(st.session_state.get(SEED, 0))


def draw_noise_again() -> None:
    """Another draw from now on."""
    st.session_state[SEED] = seed_now() + 1


def factors(model: LoadedModel) -> list[int]:
    """The sides of blocks that fill the model's images exactly."""
    return [side for side in (2, 4, 7, 3, 5) if all(length % side == 0 for length in model.vae.config.image_shape)] or [
        1
    ]


# -- one's own image ---------------------------------------------------------------------------------------------


def drawn(model: LoadedModel, strokes: list) -> torch.Tensor:
    """Strokes of the pad as the x (data_dim,) that the model would encode. Raises vc.DataError."""
    grey = drawing.render_strokes(drawing.check_strokes(strokes), model.vae.config.image_shape, framing_of(model))
    return binarize(grey, model.binarization, generator=torch.Generator().manual_seed(0))[0]


def uploaded(model: LoadedModel, content: bytes) -> torch.Tensor:
    """A picture file as the x (data_dim,) that the model would encode. Raises vc.DataError."""
    name = hashlib.sha256(content).hexdigest()
    return torch.from_numpy(_uploaded(model.key, name, _model=model, _content=content))


@st.cache_data(show_spinner=False, max_entries=16)
def _uploaded(key: str, name: str, _model: LoadedModel, _content: bytes) -> np.ndarray:
    return uploaded_image(_model, _content, "detect")[0].x


# -- the repair --------------------------------------------------------------------------------------------------


def observe(model: LoadedModel, x: torch.Tensor, damage: Damage) -> tuple[torch.Tensor, Observation]:
    """y (1, observed) and how it came from x (data_dim,). Raises ValueError where the damage does not go with the model."""
    config = model.vae.config
    if damage.kind == COVER:
        observed = torch.from_numpy(~hidden_pixels(damage.hidden, config.image_shape))
        return torch.where(observed, x, torch.nan)[None], Mask(observed)
    if damage.kind == COARSE:
        observation = BlockMeans(damage.factor, config.image_shape)
    elif config.likelihood == "bernoulli":
        observation = BitFlips(damage.level)
    else:
        observation = GaussianNoise(damage.level)
    generator = torch.Generator().manual_seed(damage.seed)
    return observation.corrupt(x[None], generator=generator), observation


def repair(model: LoadedModel, x: torch.Tensor, damage: Damage, num_samples: int) -> Repaired:
    """Infer x from what is seen of it. Raises ValueError with the rule that was broken."""
    return _repair(_key(model, x, damage, num_samples), damage, num_samples, _model=model, _x=x)


def _key(model: LoadedModel, x: torch.Tensor, damage: Damage, *more: object) -> str:
    said = hashlib.sha256(x.numpy().tobytes() + repr((damage, more)).encode()).hexdigest()[:16]
    return f"{model.key}/{said}"


@st.cache_resource(show_spinner="Inferring x…", max_entries=64)
@torch.no_grad()
def _repair(key: str, damage: Damage, num_samples: int, _model: LoadedModel, _x: torch.Tensor) -> Repaired:
    y, observation = observe(_model, _x, damage)
    generator = torch.Generator().manual_seed(damage.seed)
    grid = grid_of(_model, y, observation)
    if grid is None:
        found = restore(_model.vae, y, observation, num_samples=num_samples, generator=generator)
        z, mean, std, completions = found.z, found.mean, found.std, found.completions[0]
        warnings = [text.removeprefix("1 of 1 images: ") for text in found.diagnostics.warnings]
    else:
        density = partial(log_density, _model.vae, y, observation)
        z = sample_grid(grid, num_samples, generator, density)
        p = _model.vae.decode(z)
        means = observation.mean_x(p, y)
        mean, std = means.mean(0), (observation.var_x(p, y).mean(0) + means.var(0, correction=0)).sqrt()
        completions = find_completions(_model.vae, y, observation, z)[0]
        warnings = _said_of(damage, y)
    seen, known = _seen(_model, y, damage)
    where = ~known if damage.kind == COVER else np.ones_like(known)
    return Repaired(
        key,
        seen,
        known,
        mean[0].numpy(),
        std[0].numpy(),
        z[:, 0].numpy(),
        _plain(completions),
        _plain(find_representatives(_model.vae, y, observation, z)[0]),
        math.nan if damage.kind == COVER else psnr(seen, _x.numpy(), where),
        psnr(mean[0].numpy(), _x.numpy(), where),
        tuple(warnings),
        grid and _raster(grid, plane_of(_model, VIEW).span[1]),
    )


def _plain(found: list[Completion]) -> tuple[Completion, ...]:
    return tuple(Completion(one.weight, one.z.numpy(), one.image.numpy()) for one in found)


def _said_of(damage: Damage, y: torch.Tensor) -> list[str]:
    if damage.kind != COVER:
        return []
    hidden = int(y.isnan().sum())
    return {0: [ALL_OBSERVED], y.numel(): [NOTHING_OBSERVED]}.get(hidden, [])


# -- p(z|y) on a grid --------------------------------------------------------------------------------------------


@torch.no_grad()
def grid_of(model: LoadedModel, y: torch.Tensor, observation: Observation) -> posterior.Grid | None:
    """p(z, y) on the plane, refined where there is mass; None unless there are two latent dimensions."""
    if model.vae.config.latent_dim != 2:
        return None
    return observation_grid(model.vae, y, observation, TOLERANCE, coarse=decoded_grid(model))


def _seen(model: LoadedModel, y: torch.Tensor, damage: Damage) -> tuple[np.ndarray, np.ndarray]:
    """What is seen as an image (data_dim,), and the pixels that are known for certain."""
    height, width = model.vae.config.image_shape
    values = y[0].numpy()
    if damage.kind == COVER:
        return np.nan_to_num(values), ~np.isnan(values)
    if damage.kind == COARSE:
        blocks = values.reshape(height // damage.factor, width // damage.factor)
        values = np.kron(blocks, np.ones((damage.factor, damage.factor), np.float32)).reshape(-1)
    return values, np.zeros(height * width, bool)


def psnr(image: np.ndarray, x: np.ndarray, where: np.ndarray) -> float:
    """10 log10(1 / mean squared error) over some pixels, dB, for values in [0, 1]: higher is better; nan without pixels."""
    if not where.any():
        return math.nan
    error = float(np.square(image - x, dtype=np.float64)[where].mean())
    return math.inf if error == 0.0 else -10.0 * math.log10(error)


def _raster(grid: posterior.Grid, reach: float) -> tuple[tuple[float, float], float, np.ndarray]:
    """p(z|y) in cells as wide as the grid's spacing, or wider where the plane would need more than CELLS."""
    cell = grid.spacing * max(1, math.ceil(2.0 * reach / grid.spacing / CELLS))
    first = grid.points.amin(0)
    index = ((grid.points - first) / cell).round().long()
    columns, rows = (index.amax(0) + 1).tolist()
    place = index[:, 1] * columns + index[:, 0]
    mass = torch.zeros(rows * columns, dtype=torch.float64)
    mass.index_add_(0, place, grid.log_joint[0].double().softmax(0))
    order = mass.argsort(descending=True)
    denser = torch.ones_like(mass)
    denser[order] = (mass[order].cumsum(0) - mass[order]).clamp(0.0, 1.0)
    denser[mass == 0.0] = 1.0
    corner = first.double() - 0.5 * cell
    return (float(corner[0]), float(corner[1])), cell, denser.reshape(rows, columns).numpy()


# -- the chain ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Chain:
    """A chain, from its start on: z (steps, latent), an image of each step (steps, data_dim), whether the step moved
    (steps,), and with two latent dimensions the total variation between its z and p(z|y), and that of as many exact draws."""

    key: str
    z: np.ndarray
    images: np.ndarray
    moved: np.ndarray
    distance: tuple[float, float] | None


def chain(model: LoadedModel, x: torch.Tensor, damage: Damage, method: str) -> Chain:
    """One chain by a method of `CHAINS`."""
    return _chain(_key(model, x, damage, method), damage, method, _model=model, _x=x)


@st.cache_resource(show_spinner="Running the chain…", max_entries=32)
@torch.no_grad()
def _chain(key: str, damage: Damage, method: str, _model: LoadedModel, _x: torch.Tensor) -> Chain:
    y, observation = observe(_model, _x, damage)
    name, count = CHAINS[method]
    generator = torch.Generator().manual_seed(damage.seed)
    steps = restoration_steps(_model.vae, y, observation, method=name, num_chains=1, generator=generator)
    states = list(itertools.islice(steps, count + 1))
    z = torch.stack([state.z.reshape(-1) for state in states])
    images = torch.stack([state.x.reshape(-1) for state in states])
    moved = np.concatenate([[True], (z[1:] != z[:-1]).any(1).numpy()])
    grid, distance = grid_of(_model, y, observation), None
    if grid is not None:
        found = total_variation(z[1:, None], grid)
        distance = float(found.value), float(found.floor)
    return Chain(key, z.numpy(), images.numpy(), moved, distance)


# -- for the browser ---------------------------------------------------------------------------------------------


def _bytes(values: np.ndarray) -> np.ndarray:
    return (np.clip(values, 0.0, 1.0) * 255.0).round().astype(np.uint8)


def packed_brush(model: LoadedModel, x: torch.Tensor, hidden: np.ndarray, dark: bool) -> bytes:
    """An image under the brush."""
    shape = model.vae.config.image_shape
    st.session_state["repair_shape"] = shape
    colours = {"cover": "#5b5b78", "hatch": "#9a9ab8"} if dark else {"cover": "#c9c9dd", "hatch": "#8f8fb4"}
    header = {"image_shape": list(shape), "blocks": list(BLOCKS.values()), "version": f"{shape}", "colours": colours}
    arrays = {
        "x": _bytes(x.numpy()),
        "blocks": np.stack([block(name, shape) for name in BLOCKS]).astype(np.uint8),
        "hidden": hidden.astype(np.uint8),
    }
    return pack_arrays(header, arrays)


def packed_map(model: LoadedModel, repaired: Repaired, chart: str, dark: bool) -> bytes:
    """p(z|y) for the plane of a chart."""
    plane = plane_of(model, VIEW)
    places = [on_plane(plane, answer.z[None])[0].tolist() for answer in repaired.answers]
    header = {"id": f"{repaired.key}-{dark}", "chart": chart, "answers": places, "colours": asdict(palette(dark))}
    arrays = {}
    if repaired.raster is None:
        arrays["draws"] = on_plane(plane, repaired.z).astype(np.float32)
    else:
        low, cell, denser = repaired.raster
        header["raster"] = {"low": list(low), "cell": cell, "shape": list(denser.shape)}
        arrays["outside"] = np.floor(denser * 255.0).astype(np.uint8)
    return pack_arrays(header, arrays)


def packed_chain(model: LoadedModel, played: Chain, chart: str, dark: bool) -> bytes:
    """A chain for the player."""
    colours = {"path": palette(dark).encoder, "surface": palette(dark).surface}
    header = {"id": played.key, "chart": chart, "image_shape": list(model.vae.config.image_shape), "colours": colours}
    arrays = {
        "positions": on_plane(plane_of(model, VIEW), played.z).astype(np.float32),
        "images": _bytes(played.images),
        "moved": played.moved.astype(np.uint8),
    }
    return pack_arrays(header | {"steps": len(played.z)}, arrays)
