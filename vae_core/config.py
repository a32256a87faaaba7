"""What a model is and how it is trained, as frozen dataclasses that survive JSON, the command line and widgets."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, TypeVar

LIKELIHOODS = ("bernoulli", "gaussian", "continuous_bernoulli")
MEANS = ("sigmoid", "identity")
VARIANCES = ("shared", "per_pixel", "network")
ACTIVATIONS = ("tanh", "silu")
OPTIMIZERS = ("adam", "adagrad")
ESTIMATORS = ("A", "B")
OBJECTIVES = ("ml", "map")
SCHEDULES = ("constant", "cosine")
BINARIZATIONS = ("dynamic", "threshold", "none")
INITIALIZATIONS = ("fan_in", "glorot", "paper")

Config = TypeVar("Config", bound="_JsonConfig")


def require_choice(name: str, value: Any, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(choices)}, got {value!r}")


def require_whole(name: str, value: Any, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ValueError(f"{name} must be a whole number of at least {least}, got {value!r}")


def require_number(name: str, value: Any, *, above: float | None = None, least: float | None = None) -> None:
    rule = f"above {above:g}" if above is not None else f"of at least {least:g}"
    ok = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    ok = ok and (value > above if above is not None else value >= least)
    if not ok:
        raise ValueError(f"{name} must be a finite number {rule}, got {value!r}")


class _JsonConfig:
    """Both configs go to a dict of JSON types and back; an unknown key is an error, never ignored."""

    def to_dict(self) -> dict[str, Any]:
        return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}

    @classmethod
    def from_dict(cls: type[Config], values: dict[str, Any]) -> Config:
        if not isinstance(values, dict):
            raise ValueError(f"{cls.__name__} must be built from a dict, got {type(values).__name__}")
        known = {field.name for field in fields(cls)}
        unknown = sorted(set(values) - known)
        if unknown:
            raise ValueError(f"{cls.__name__} has no field {', '.join(unknown)}; it has {', '.join(sorted(known))}")
        try:
            return cls(**{k: tuple(v) if isinstance(v, list) else v for k, v in values.items()})
        except TypeError as error:
            raise ValueError(f"{cls.__name__}: {error}") from error

    def replace(self: Config, **changes: Any) -> Config:
        return replace(self, **changes)


@dataclass(frozen=True)
class ModelConfig(_JsonConfig):
    """The generative model p(z) p(x|z) and the recognition model q(z|x) (App. C).

    `hidden_dims` are the encoder's hidden layers; the decoder has the same in reverse. `()` is linear. `mean`,
    `variance` and `variance_floor` concern the Gaussian decoder only: its variance is `variance_floor` plus a
    positive learnt part, shared by all pixels, one per pixel, or computed from z by the network (App. C.2).
    """

    data_dim: int
    image_shape: tuple[int, int]
    latent_dim: int = 2
    hidden_dims: tuple[int, ...] = (500,)
    likelihood: str = "bernoulli"
    mean: str = "sigmoid"
    variance: str = "shared"
    variance_floor: float = 1e-4
    activation: str = "tanh"

    def __post_init__(self) -> None:
        require_whole("data_dim", self.data_dim, 1)
        require_whole("latent_dim", self.latent_dim, 1)
        if len(self.image_shape) != 2:
            raise ValueError(f"image_shape must be (height, width), got {self.image_shape!r}")
        for side in self.image_shape:
            require_whole("each side of image_shape", side, 1)
        if math.prod(self.image_shape) != self.data_dim:
            raise ValueError(
                f"image_shape must hold data_dim (={self.data_dim}) pixels, got {self.image_shape!r} "
                f"(={math.prod(self.image_shape)} pixels)"
            )
        for width in self.hidden_dims:
            require_whole("each of hidden_dims", width, 1)
        require_choice("likelihood", self.likelihood, LIKELIHOODS)
        require_choice("mean", self.mean, MEANS)
        require_choice("variance", self.variance, VARIANCES)
        require_number("variance_floor", self.variance_floor, least=0.0)
        require_choice("activation", self.activation, ACTIVATIONS)


@dataclass(frozen=True)
class TrainConfig(_JsonConfig):
    """How a model is trained. `num_samples` is L and `batch_size` is M of Algorithm 1.

    `objective` is maximum likelihood or maximum a posteriori with p(theta) = N(0, I). `beta` weighs the KL term in
    the objective only: every bound that is reported has beta = 1. The learning rate rises linearly over
    `warmup_steps` and then stays, or falls along a half cosine to zero at the last step.

    `initialization` of a layer's weights and biases: "fan_in", N(0, 1 / inputs); "glorot", N(0, 2 / (inputs + outputs)) with
    zero biases; "paper", N(0, 0.01) as in sec. 5. With few latent dimensions the first learns fastest: its decoder
    begins with hidden units that differ over the latent space.
    """

    epochs: int = 20
    batch_size: int = 100
    learning_rate: float = 1e-3
    optimizer: str = "adam"
    schedule: str = "constant"
    warmup_steps: int = 0
    estimator: str = "B"
    num_samples: int = 1
    objective: str = "ml"
    beta: float = 1.0
    binarization: str = "dynamic"
    seed: int = 0
    initialization: str = INITIALIZATIONS[0]

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> TrainConfig:
        former = {"initialization": "glorot"}  # of the files from before there was a choice
        return super().from_dict(former | values if isinstance(values, dict) else values)

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size", "num_samples"):
            require_whole(name, getattr(self, name), 1)
        require_whole("warmup_steps", self.warmup_steps, 0)
        require_whole("seed", self.seed, 0)
        if self.seed >= 2**63:
            raise ValueError(f"seed must be below 2**63, got {self.seed}")
        require_number("learning_rate", self.learning_rate, above=0.0)
        require_number("beta", self.beta, least=0.0)
        require_choice("optimizer", self.optimizer, OPTIMIZERS)
        require_choice("schedule", self.schedule, SCHEDULES)
        require_choice("estimator", self.estimator, ESTIMATORS)
        require_choice("objective", self.objective, OBJECTIVES)
        require_choice("binarization", self.binarization, BINARIZATIONS)
        require_choice("initialization", self.initialization, INITIALIZATIONS)
