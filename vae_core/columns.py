"""How a model sees the columns of a table that are no pixels: standardised where its likelihood is Gaussian."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from sklearn.preprocessing import StandardScaler
from torch import Tensor

from vae_core.errors import DataError
from vae_core.likelihoods import LIKELIHOODS, Bernoulli, Gaussian


class Columns(NamedTuple):
    """How the model sees the columns of X: `likelihood` is a name in LIKELIHOODS, and `mean` and `scale` (features,) are 0 and 1 but
    for the Gaussian one."""

    likelihood: str
    mean: NDArray[np.float64]
    scale: NDArray[np.float64]

    @classmethod
    def of(cls, X: NDArray[np.float64], likelihood: str) -> Columns:
        """The columns of training data. DataError where their mean or standard deviation is too large for float64."""
        if likelihood == "auto":
            is_binary = bool(Bernoulli.supports(torch.tensor(X, device="cpu")).all())
            likelihood = Bernoulli.name if is_binary else Gaussian.name
        if likelihood != Gaussian.name:
            return cls(likelihood, np.zeros(X.shape[1]), np.ones(X.shape[1]))
        with np.errstate(over="ignore", invalid="ignore"):
            scaler = StandardScaler().fit(X)  # its scale is 1 where a column is constant
        if not (np.isfinite(scaler.mean_).all() and np.isfinite(scaler.scale_).all()):
            raise DataError(
                "each column of X must have a mean and a spread that float64 can hold, got values from "
                f"{X.min():g} to {X.max():g}: divide X by a large number"
            )
        return cls(likelihood, scaler.mean_, scaler.scale_)

    def rows(self, X: NDArray[np.float64]) -> Float[Tensor, "rows features"]:
        """X as the model sees it, in float64."""
        return torch.tensor((X - self.mean) / self.scale, device="cpu")

    def supported_rows(self, X: NDArray[np.float64]) -> Float[Tensor, "rows features"]:
        """The same. DataError for values that the likelihood has no probability for."""
        x, kind = self.rows(X), LIKELIHOODS[self.likelihood]
        if not bool(kind.supports(x).all()):
            raise DataError(
                f"X must be {kind.rule} for likelihood={self.likelihood!r}, got values from {X.min():g} to {X.max():g}: "
                "choose likelihood='gaussian', or another X"
            )
        return x

    def restored(self, x: Float[Tensor, "rows features"]) -> NDArray[np.float64]:
        """Rows of the model in the units of X."""
        return x.cpu().numpy() * self.scale + self.mean

    @property
    def log_volume(self) -> float:
        """What is subtracted from a log-density of the model's rows: the volume that a unit of them has in the units of X."""
        return float(np.log(self.scale).sum())
