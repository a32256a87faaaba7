"""Training settings that suit a set of images: how wide the network is, and how many epochs a first run of about 30 s has."""

from __future__ import annotations

import math
from typing import Any

from vae_core.likelihoods import LIKELIHOODS
from vae_core.sizes import OPERATIONS_PER_SECOND

FIRST_RUN_SECONDS = 30.0
STEP_SECONDS = 1.2e-3  # what a step and a measurement of the bound take beside their products of matrices
OPERATIONS_PER_WEIGHT = 6  # for each training image: forwards, and twice as much backwards
FEWEST_EPOCHS, MOST_EPOCHS = 3, 1000
MOST_WEIGHTS = 6_000_000  # a first run's two large layers have no more
CACHED_WEIGHTS, WEIGHT_SECONDS = 1_000_000, 2e-8  # weights beyond these wait for memory in each step of the optimiser
LEAST_WIDTH, MOST_WIDTH, STEP_OF_WIDTH = 64, 500, 4
BATCH_SIZE = 100


def hidden_width(data_dim: int) -> int:
    """Units of the hidden layer for so many numbers an image: as the square root of the number, 448 for MNIST's; fewer where the layers
    would be very large."""
    width = STEP_OF_WIDTH * round(min(16 * math.sqrt(data_dim), MOST_WEIGHTS / (2 * data_dim)) / STEP_OF_WIDTH)
    return max(LEAST_WIDTH, min(MOST_WIDTH, width))


def epoch_seconds(num_train: int, num_test: int, data_dim: int, width: int) -> float:
    """How long an epoch takes on a laptop's core, about."""
    weights = 2 * data_dim * width
    steps = -(-num_train // BATCH_SIZE)
    products = OPERATIONS_PER_WEIGHT * weights * num_train + OPERATIONS_PER_WEIGHT * weights * num_test // 3
    step_seconds = STEP_SECONDS + max(0, weights - CACHED_WEIGHTS) * WEIGHT_SECONDS
    return products / OPERATIONS_PER_SECOND + (steps + 2) * step_seconds


def epochs_for(num_train: int, num_test: int, data_dim: int, width: int) -> int:
    """Epochs of a run that takes about 30 s on a laptop's core."""
    seconds = epoch_seconds(num_train, num_test, data_dim, width)
    return max(FEWEST_EPOCHS, min(MOST_EPOCHS, round(FIRST_RUN_SECONDS / seconds)))


def training_settings(num_train: int, data_dim: int, likelihood: str, binarization: str) -> dict[str, Any]:
    """The fields of ModelConfig and TrainConfig that a first run with these images starts from."""
    width = hidden_width(data_dim)
    settings: dict[str, Any] = {
        "likelihood": likelihood,
        "hidden_dims": (width,),
        "epochs": epochs_for(num_train, num_train // 4, data_dim, width),
        "binarization": binarization,
    }
    return settings | LIKELIHOODS[likelihood].first_settings
