"""What a user without a VAE would restore images with, learnt from the same training images, on the same observations.

The mean of every observation given x is linear in x: A x. These methods use nothing else of the observation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float
from PIL import Image
from torch import Tensor

from vae_core.restoration.block_means import BlockMeans
from vae_core.restoration.distances import squared_error
from vae_core.restoration.observations import BitFlips, GaussianNoise, Mask, Observation

Corruption = Callable[[int, torch.Generator], Observation]  # an observation for so many images


TUNING_IMAGES = 50
SPREADS = tuple(10.0 ** (-k / 4) for k in range(2, 17))  # 0.32 ... 0.0001


@dataclass(frozen=True, eq=False)
class Training:
    """The images that the baselines learn from, `x` (images, data_dim)."""

    x: Tensor
    image_shape: tuple[int, ...]

    @property
    def mean(self) -> Float[Tensor, " data"]:
        return self.x.mean(0)

    @cached_property
    def components(self) -> Float[Tensor, "components data"]:
        """The principal directions, largest variance first, in float64."""
        centred = (self.x - self.mean).double()
        return torch.linalg.eigh(centred.T @ centred).eigenvectors.T.flip(0)

    @cached_property
    def covariance(self) -> Float[Tensor, "data data"]:
        """Of the pixels, in float64."""
        return self.x.double().T.cov()

    @cached_property
    def split(self) -> tuple[Training, Tensor]:
        """For `tune`: all but the last images, and the last images. They are one block, since neighbouring Frey Faces are
        near-copies."""
        return Training(self.x[:-TUNING_IMAGES], self.image_shape), self.x[-TUNING_IMAGES:]


def observed_part(observation: Observation, x: Float[Tensor, "images data"]) -> Float[Tensor, "images observed"]:
    """A x: the observation of clean images without noise. A mask with one row per image needs as many images."""
    if isinstance(observation, Mask):
        return torch.where(observation.observed, x, 0.0)
    return observation.corrupt(x, generator=torch.Generator()) if isinstance(observation, BlockMeans) else x


def unbiased(observation: Observation, y: Float[Tensor, "images observed"]) -> Float[Tensor, "images observed"]:
    """y corrected so that its mean given x is A x, since flips move it towards 1/2. Unobserved entries are 0."""
    if isinstance(observation, BitFlips):
        return (y - observation.probability) / (1.0 - 2.0 * observation.probability)
    return torch.where(observation.observed, y, 0.0) if isinstance(observation, Mask) else y


# -- the methods: (training, y, observation, setting) -> x (images, data_dim) -------------------------------------


def column_mean(training: Training, y: Tensor, observation: Observation, setting: None) -> Tensor:
    """The mean training image, whatever was observed: every method should be better."""
    return training.mean.expand(len(y), -1)


def nearest_neighbours(training: Training, y: Tensor, observation: Observation, k: int) -> Tensor:
    """The mean of the k training images whose A x is nearest to y. For missing pixels `sklearn.impute.KNNImputer` does the same:
    no training image misses pixels, so all pixels have the same neighbours, and one search is enough."""
    target = unbiased(observation, y)
    x = training.x if isinstance(observation, Mask) else observed_part(observation, training.x)
    observed = (
        observation.observed
        if isinstance(observation, Mask)
        else torch.ones(target.shape[1], dtype=torch.bool, device=target.device)
    )
    # the squared distance without the target's own square, which is the same for all x
    distance = observed.to(x).expand_as(target) @ x.square().T - 2.0 * target @ x.T
    nearest = distance.topk(k, largest=False).indices
    return torch.stack([training.x[index].mean(0) for index in nearest])


def pca_projection(training: Training, y: Tensor, observation: Observation, size: int) -> Tensor:
    """Least squares of what was observed on the first principal components; the shortest solution where there are several."""
    basis = training.components[:size]
    components = [observed_part(observation, b.expand(len(y), -1)) for b in basis.float()]
    # (images, size, observed): a mask may differ from image to image
    observed_basis = torch.stack(components, 1).double()
    mean = observed_part(observation, training.mean.expand(len(y), -1))
    residual = (unbiased(observation, y) - mean).double()
    gram = observed_basis @ observed_basis.mT
    code = torch.linalg.pinv(gram, hermitian=True, rtol=1e-7) @ (observed_basis @ residual[..., None])
    return (training.mean + code[..., 0] @ basis).clamp(0.0, 1.0).float()


def gaussian_mean(training: Training, y: Tensor, observation: Observation, ridge: float) -> Tensor:
    """The mean of x given y where the images are N(mean, C + ridge I) with the mean and covariance C of the training images: the linear
    regression of what is hidden on what is seen, as by `sklearn.linear_model.Ridge` with alpha = (images - 1) ridge for a mask."""
    covariance, mean, target = training.covariance, training.mean.double(), unbiased(observation, y).double()
    if isinstance(observation, Mask):
        estimate = torch.where(observation.observed, target, mean)
        for seen, rows in _images_by_mask(observation, len(y)):
            weights, _ = _regression(covariance, ridge, seen)
            estimate[rows] = _filled(estimate[rows], mean, weights, seen)
        return estimate.clamp(0.0, 1.0).float()
    rows = observed_part(observation, torch.eye(len(mean), dtype=torch.float32, device=mean.device)).double()  # A^T
    across = covariance @ rows
    noise = ridge * torch.eye(rows.shape[1], dtype=torch.float64, device=rows.device)
    gain = torch.linalg.solve(rows.T @ across + noise, across.T)
    return (mean + (target - mean @ rows) @ gain).clamp(0.0, 1.0).float()


def gaussian_log_prob(training: Training, x: Tensor, observation: Mask, ridge: float) -> Float[Tensor, " images"]:
    """log p(hidden pixels given seen ones) in nats, all hidden pixels of an image together, where images are N(mean, C + ridge I)."""
    mean, log_probs, x = training.mean.double(), x.new_zeros(len(x), dtype=torch.float64), x.double()
    for seen, rows in _images_by_mask(observation, len(x)):
        weights, rest = _regression(training.covariance, ridge, seen)
        loc = _filled(x[rows], mean, weights, seen)[:, ~seen]
        p = torch.distributions.MultivariateNormal(torch.zeros_like(loc[0]), rest, validate_args=False)
        log_probs[rows] = p.log_prob(x[rows][:, ~seen] - loc)
    return log_probs


def _images_by_mask(observation: Mask, count: int) -> list[tuple[Tensor, Tensor]]:
    """Each mask (data,), and the rows of its images: one regression serves all images with the same mask."""
    if observation.observed.ndim == 1:
        return [(observation.observed, torch.arange(count, device="cpu"))]
    return [(seen, torch.tensor([row], device="cpu")) for row, seen in enumerate(observation.observed)]


def _regression(covariance: Tensor, ridge: float, seen: Tensor) -> tuple[Tensor, Tensor]:
    """The weights (hidden, seen) of the seen pixels of N(0, covariance + ridge I), and the covariance of the hidden ones given these."""
    by_seen, hidden = covariance[seen], ~seen
    factor = by_seen[:, seen]
    factor.diagonal().add_(ridge)
    across = by_seen[:, hidden]  # (seen, hidden)
    weights = torch.cholesky_solve(across, torch.linalg.cholesky(factor)).T
    rest = covariance[hidden][:, hidden] - weights @ across
    rest.diagonal().add_(ridge)
    return weights, rest


def _filled(x: Tensor, mean: Tensor, weights: Tensor, seen: Tensor) -> Tensor:
    """Images (images, data) with the hidden pixels' conditional means."""
    filled = x.clone()
    filled[:, ~seen] = mean[~seen] + (x - mean)[:, seen] @ weights.T
    return filled


def median_filter(training: Training, y: Tensor, observation: Observation, size: int) -> Tensor:
    """`scipy.ndimage.median_filter` of size x size pixels."""
    from scipy.ndimage import median_filter

    pictures = y.reshape(-1, *training.image_shape).numpy()
    return torch.from_numpy(median_filter(pictures, (1, size, size), mode="nearest")).flatten(1).clamp(0.0, 1.0)


def bicubic(training: Training, y: Tensor, observation: BlockMeans, setting: None) -> Tensor:
    """Pillow's bicubic enlargement."""
    rows, columns = training.image_shape
    small = y.reshape(-1, *observation.observed_shape).numpy()
    large = [np.asarray(Image.fromarray(s).resize((columns, rows), Image.Resampling.BICUBIC)) for s in small]
    return torch.from_numpy(np.stack(large)).flatten(1).clamp(0.0, 1.0)


def interpolation(training: Training, y: Tensor, observation: Mask, setting: None) -> Tensor:
    """Linear between the observed pixels (`scipy.interpolate.griddata`), the nearest one outside their hull."""
    from scipy.interpolate import griddata

    points = np.indices(training.image_shape).reshape(2, -1).T
    filled = y.numpy().copy()
    for image, observed in zip(filled, observation.observed.expand(y.shape).numpy(), strict=True):
        places, values, gaps = points[observed], image[observed], points[~observed]
        image[~observed] = griddata(places, values, gaps, method="linear")
        image[np.isnan(image)] = griddata(places, values, points[np.isnan(image)], method="nearest")
    return torch.from_numpy(filled)


@dataclass(frozen=True)
class Baseline:
    """A method, the observations that it can handle, and the settings that `tune` chooses from."""

    restore: Callable[..., Tensor]
    handles: tuple[type, ...]
    settings: tuple[float | None, ...] = (None,)
    log_prob: Callable[..., Tensor] | None = None  # missing grey pixels together, where the method is a density


EVERYTHING = (Mask, BitFlips, GaussianNoise, BlockMeans)
RIDGES = tuple(10.0 ** (-k / 2) for k in range(-1, 9))  # 3.2 ... 0.0001
PCA_SIZES = (2, 5, 10, 20, 40, 80, 160)
BASELINES = {
    "column mean": Baseline(column_mean, EVERYTHING),
    "nearest neighbours": Baseline(nearest_neighbours, EVERYTHING, (1, 3, 5, 10, 20, 40)),
    "PCA, tuned size": Baseline(pca_projection, EVERYTHING, PCA_SIZES),
    "Gaussian": Baseline(gaussian_mean, EVERYTHING, RIDGES, gaussian_log_prob),
    "interpolation": Baseline(interpolation, (Mask,)),
    "median filter": Baseline(median_filter, (BitFlips, GaussianNoise), (3, 5, 7)),
    "bicubic": Baseline(bicubic, (BlockMeans,)),
}


# -- a baseline's setting, and a density from its estimate ---------------------------------------------------------


class Tuned(NamedTuple):
    """A baseline with its best setting, the one with the least squared error on held-out training images, and the
    `spread` that turns its estimate into a density of single pixels (`pixel_log_prob`), by the likelihood of those. A method that is a
    density of grey missing pixels has the setting with the largest likelihood of these instead."""

    baseline: Baseline
    setting: float | None
    spread: float

    def restore(self, training: Training, y: Tensor, observation: Observation) -> Float[Tensor, "images data"]:
        """An estimate of x; observed pixels are y's."""
        estimate = self.baseline.restore(training, y, observation, self.setting)
        return torch.where(observation.observed, y, estimate) if isinstance(observation, Mask) else estimate

    def log_prob(
        self, training: Training, x: Tensor, estimate: Tensor, observation: Mask, binary: bool
    ) -> Float[Tensor, " images"]:
        """log p of the missing pixels of x in nats, given an estimate of x."""
        if self.baseline.log_prob and not binary:
            return self.baseline.log_prob(training, x, observation, self.spread)
        return pixel_log_prob(x, estimate, hidden_pixels(observation, x), self.spread, binary)


def tune(
    baseline: Baseline, training: Training, corruption: Corruption, *, binary: bool, generator: torch.Generator
) -> Tuned:
    rest, truth = training.split
    observation = corruption(len(truth), generator)
    y = observation.corrupt(truth, generator=generator)
    hidden = hidden_pixels(observation, truth)
    estimates = {setting: baseline.restore(rest, y, observation, setting) for setting in baseline.settings}
    setting = min(estimates, key=lambda s: float(squared_error(truth, estimates[s], hidden).mean()))
    if baseline.log_prob and not binary and isinstance(observation, Mask):
        ridges = [setting for setting in baseline.settings if setting is not None]
        joint = {s: float(baseline.log_prob(rest, truth, observation, s).sum()) for s in ridges}
        return Tuned(baseline, setting, max(joint, key=lambda s: joint[s]))
    log_liks = {s: float(pixel_log_prob(truth, estimates[setting], hidden, s, binary).sum()) for s in SPREADS}
    return Tuned(baseline, setting, max(log_liks, key=lambda s: log_liks[s]))


def hidden_pixels(observation: Observation, x: Tensor) -> Bool[Tensor, "images data"]:
    """The pixels that y does not determine: the missing ones of a mask, all pixels of other observations."""
    return ~observation.observed.expand_as(x) if isinstance(observation, Mask) else torch.ones_like(x, dtype=torch.bool)


def pixel_log_prob(
    x: Float[Tensor, "images data"],
    estimate: Float[Tensor, "images data"],
    where: Bool[Tensor, "images data"],
    spread: float,
    binary: bool,
) -> Float[Tensor, " images"]:
    """log p(x) in nats over the pixels in `where`, each by itself: Bernoulli with the estimate as probability, kept
    `spread` away from 0 and 1, or Gaussian with the standard deviation `spread`."""
    if binary:
        p = estimate.double().clamp(spread, 1.0 - spread)
        log_prob = torch.where(x > 0.5, p.log(), torch.log1p(-p))
    else:
        log_prob = torch.distributions.Normal(estimate.double(), spread).log_prob(x.double())
    return (log_prob * where).sum(1)
