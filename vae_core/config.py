"""What a model is and how it is trained, as frozen dataclasses that survive JSON, the command line and widgets. The file is long
because the words of each setting, for flags and widgets, stand beside it."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any, Literal, get_args

from vae_core.errors import described
from vae_core.settings import (
    Choice,
    JsonConfig,
    Number,
    Only,
    Setting,
    Text,
    Whole,
    Widths,
    as_number,
    as_sizes,
    later,
    setting,
    settings_of,
)

Likelihood = Literal["bernoulli", "gaussian", "continuous_bernoulli"]
Mean = Literal["sigmoid", "identity"]
Variance = Literal["shared", "per_pixel", "network", "fixed"]
Activation = Literal["tanh", "silu", "relu", "softplus"]
Optimizer = Literal["adam", "adagrad"]
Estimator = Literal["A", "B", "STL"]
Objective = Literal["ml", "map", "iwae"]
Schedule = Literal["constant", "cosine"]
Binarization = Literal["dynamic", "threshold", "none"]
Initialization = Literal["fan_in", "glorot", "paper", "paper_deviation"]
AlgorithmName = Literal["aevb", "wake_sleep", "mcem", "full_vb"]

LIKELIHOODS: tuple[Likelihood, ...] = get_args(Likelihood)
MEANS: tuple[Mean, ...] = get_args(Mean)
VARIANCES: tuple[Variance, ...] = get_args(Variance)
ACTIVATIONS: tuple[Activation, ...] = get_args(Activation)
OPTIMIZERS: tuple[Optimizer, ...] = get_args(Optimizer)
ESTIMATORS: tuple[Estimator, ...] = get_args(Estimator)
OBJECTIVES: tuple[Objective, ...] = get_args(Objective)
SCHEDULES: tuple[Schedule, ...] = get_args(Schedule)
BINARIZATIONS: tuple[Binarization, ...] = get_args(Binarization)
INITIALIZATIONS: tuple[Initialization, ...] = get_args(Initialization)
ALGORITHMS: tuple[AlgorithmName, ...] = get_args(AlgorithmName)


def require_choice(name: str, value: Any, choices: tuple[str, ...]) -> None:
    if not isinstance(value, str) or value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(choices)}, got {described(value)}")


def require_whole(name: str, value: Any, least: int) -> None:
    """ValueError unless it is a whole number of Python or numpy, of at least `least`."""
    if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
        raise ValueError(f"{name} must be a whole number of at least {least}, got {described(value)}")


def require_number(name: str, value: Any, *, above: float | None = None, least: float | None = None) -> None:
    """ValueError unless it is a finite number of Python or numpy, above or of at least a value."""
    rule = f"above {above:g}" if above is not None else f"of at least {least:g}"
    ok = isinstance(value, Real) and not isinstance(value, bool) and abs(as_number(value)) <= sys.float_info.max
    ok = ok and (value > above if above is not None else value >= least)
    if not ok:
        raise ValueError(f"{name} must be a finite number {rule}, got {described(value)}")


def require_setting(name: str, value: Any, about: Setting) -> None:
    """ValueError unless a setting's value is one of its choices, or within its range."""
    match about:
        case Choice():
            require_choice(name, value, about.choices)
        case Text():
            if not isinstance(value, str) or len(value) > about.longest or not value.isprintable():
                raise ValueError(
                    f"{name} must be one line of at most {about.longest} characters, got {described(value)}"
                )
        case Whole():
            require_whole(name, value, about.least)
            if value >= about.below:
                raise ValueError(f"{name} must be below 2**{about.below.bit_length() - 1}, got {value}")
        case Number():
            require_number(name, value, above=about.above, least=about.least)
            if value > about.largest:
                raise ValueError(f"{name} must be at most {about.largest:g}, got {value!r}")
        case Widths():
            for width in as_sizes(name, value, about.most_layers):
                require_whole(f"each of {name}", width, 1)


def settle(config: JsonConfig) -> None:
    """ValueError for the first field whose value its setting does not allow. Numbers of numpy become Python's."""
    for name, about in settings_of(config).items():
        value = getattr(config, name)
        require_setting(name, value, about)
        number = as_sizes(name, value, about.most_layers) if isinstance(about, Widths) else as_number(value)
        object.__setattr__(config, name, number)


HAS_VARIANCE = Only("likelihood", ("gaussian",), "only a Gaussian decoder has a variance")


@dataclass(frozen=True)
class ModelConfig(JsonConfig):
    """The generative model p(z) p(x|z) and the recognition model q(z|x) (App. C).

    `hidden_dims` are the encoder's hidden layers; the decoder has the same in reverse. `()` is linear. With
    `encoder_hidden_dims` the encoder has hidden layers of its own, and `hidden_dims` are the decoder's in reverse. `mean`,
    `variance` and `variance_floor` concern the Gaussian decoder only: its variance is `variance_floor` plus a
    positive learnt part, shared by all pixels, one per pixel, or computed from z by the network (App. C.2). A "fixed" variance
    is `variance_floor` itself.

    >>> import vae_core as vc
    >>> config = vc.ModelConfig(data_dim=64, image_shape=(8, 8), latent_dim=2, hidden_dims=(32, 16))
    >>> vc.ModelConfig.from_dict(config.to_dict()) == config
    True
    """

    data_dim: int
    image_shape: tuple[int, ...]
    latent_dim: int = setting(
        2,
        Whole(
            flag="--latent-dim",
            label="Latent size",
            help="How many numbers stand for an image. With two, the map shows them all. With more, the images get sharper.",
            least=1,
            most=200,
        ),
    )
    hidden_dims: tuple[int, ...] = setting(
        (500,),
        Widths(
            flag="--hidden",
            label="Hidden layers",
            short="widths of the encoder's hidden layers, such as 500,500; '' is linear",
            help="Widths of the encoder's hidden layers, such as 500,500. Empty: a linear model.",
            layers=8,
            most=5000,
        ),
    )
    likelihood: Likelihood = setting(
        "bernoulli",
        Choice(
            flag="--likelihood",
            label="Likelihood p(x|z)",
            short="bernoulli for black and white pixels, the others for grey ones; gaussian where the data set is not binarised",
            help="Bernoulli for black-and-white pixels. Gaussian or continuous Bernoulli for grey ones.",
            choices=LIKELIHOODS,
            names={
                "bernoulli": "Bernoulli (black or white pixels)",
                "gaussian": "Gaussian (grey pixels)",
                "continuous_bernoulli": "continuous Bernoulli (grey pixels from 0 to 1)",
            },
        ),
    )
    mean: Mean = setting(
        "sigmoid",
        Choice(
            flag="--mean",
            label="Gaussian mean",
            short="how a Gaussian decoder makes its mean",
            help="The sigmoid keeps the mean of each pixel between 0 and 1. With “any number”, the model can be linear.",
            choices=MEANS,
            names={"sigmoid": "from 0 to 1 (sigmoid)", "identity": "any number (identity)"},
            only=Only("likelihood", ("gaussian",), "only a Gaussian decoder has a choice of mean"),
        ),
    )
    variance: Variance = setting(
        "shared",
        Choice(
            flag="--variance",
            label="Gaussian variance",
            short="on what a Gaussian decoder's variance depends",
            help="How far a grey value may lie from its mean: one number for all pixels, one for each, computed from z, or not learnt.",
            choices=VARIANCES,
            names={
                "shared": "the same for all pixels",
                "per_pixel": "one for each pixel",
                "network": "computed from z",
                "fixed": "not learnt: the least variance",
            },
            only=HAS_VARIANCE,
        ),
    )
    variance_floor: float = setting(
        1e-4,
        Number(
            flag="--variance-floor",
            label="Least variance",
            help="The variance of a pixel never falls below this. It keeps the bound of pixels that never change finite.",
            least=0.0,
            most=1.0,
            only=HAS_VARIANCE,
        ),
    )
    activation: Activation = setting(
        "tanh",
        Choice(
            flag="--activation",
            label="Activation",
            help="The curve of each hidden unit. The paper used tanh. SiLU often learns faster in deep networks. Other programs often use ReLU.",
            choices=ACTIVATIONS,
            names={
                "tanh": "S-curve (tanh)",
                "silu": "smooth bend (SiLU)",
                "relu": "sharp bend (ReLU)",
                "softplus": "round bend (softplus)",
            },
        ),
    )
    encoder_hidden_dims: tuple[int, ...] | None = later(None)  # None: those of `hidden_dims`

    @property
    def encoder_layers(self) -> tuple[int, ...]:
        """The widths of the encoder's hidden layers, from the pixels to z."""
        return self.hidden_dims if self.encoder_hidden_dims is None else self.encoder_hidden_dims

    @property
    def decoder_layers(self) -> tuple[int, ...]:
        """The widths of the decoder's hidden layers, from z to the pixels."""
        return self.hidden_dims[::-1]

    def __post_init__(self) -> None:
        require_whole("data_dim", self.data_dim, 1)
        object.__setattr__(self, "data_dim", int(self.data_dim))
        object.__setattr__(self, "image_shape", as_sizes("image_shape", self.image_shape, 3))
        if len(self.image_shape) != 2 and (len(self.image_shape) != 3 or self.image_shape[2] != 3):
            raise ValueError(f"image_shape must be (height, width), or (height, width, 3), got {self.image_shape!r}")
        for side in self.image_shape:
            require_whole("each side of image_shape", side, 1)
        if math.prod(self.image_shape) != self.data_dim:
            raise ValueError(
                f"image_shape must hold data_dim (={self.data_dim}) numbers, got {self.image_shape!r} "
                f"(={math.prod(self.image_shape)})"
            )
        settle(self)
        if self.variance == "fixed" and self.variance_floor == 0.0:
            raise ValueError("variance_floor must be above 0 for a fixed variance, which it is, got 0")
        self._settle_encoder()

    def _settle_encoder(self) -> None:
        if self.encoder_hidden_dims is None:
            return
        about = settings_of(self)["hidden_dims"]
        require_setting("encoder_hidden_dims", self.encoder_hidden_dims, about)
        widths = tuple(int(width) for width in self.encoder_hidden_dims)
        object.__setattr__(self, "encoder_hidden_dims", None if widths == self.hidden_dims else widths)


@dataclass(frozen=True)
class TrainConfig(JsonConfig):
    """How a model is trained. `num_samples` is L and `batch_size` is M of Algorithm 1.

    `objective` is maximum likelihood, maximum a posteriori with p(theta) = N(0, I), or the importance-weighted bound
    (`bounds.importance_bound`, with k = `num_samples`). `beta` weighs the KL term in the objective only: every bound that is
    reported has beta = 1. The learning rate rises linearly over `warmup_steps` and then stays, or falls along a half cosine to
    zero at the last step. A gradient (of the mean objective per image) whose Euclidean norm over all parameters is above `max_grad_norm` is
    scaled down to it, and a step without a finite gradient is left out; 0 is no limit. `estimator` "STL" is eq. (6) with the gradient of Roeder et al. (2017), see `bounds.elbo`.

    `initialization` of a layer's weights and biases: "fan_in", N(0, 1 / inputs); "glorot", N(0, 2 / (inputs + outputs)) with
    zero biases; "paper", N(0, 0.01) as in sec. 5 with 0.01 as the variance, and "paper_deviation" with 0.01 as the standard
    deviation: the paper does not say which it is. With few latent dimensions a model learns fastest from "fan_in": the
    hidden units of its decoder differ over the latent space from the first step.

    `algorithm` is a name in `vae_core.training.ALGORITHMS`. A file of version 0.1.0 names none and is of "aevb".
    """

    epochs: int = setting(
        20,
        Whole(
            flag="--epochs",
            label="Epochs",
            help="How many times the training goes through all training images.",
            least=1,
            most=10000,
        ),
    )
    batch_size: int = setting(
        100,
        Whole(
            flag="--batch-size",
            label="Minibatch size M",
            help="How many images one step of training uses.",
            least=1,
            most=10000,
        ),
    )
    learning_rate: float = setting(
        1e-3,
        Number(
            flag="--lr",
            label="Learning rate",
            help="How far the weights move in one step. Too small: slow. Too large: the curve jumps.",
            above=0.0,
            smallest=1e-6,
            most=100.0,
        ),
    )
    optimizer: Optimizer = setting(
        "adam",
        Choice(
            flag="--optimizer",
            label="Optimiser",
            help="The rule that turns a gradient into a step. The paper used Adagrad.",
            choices=OPTIMIZERS,
            names={"adam": "Adam (steps that adapt)", "adagrad": "Adagrad (steps that shrink)"},
        ),
    )
    schedule: Schedule = setting(
        "constant",
        Choice(
            flag="--schedule",
            label="Rate schedule",
            help="The learning rate stays the same, or it falls along a cosine to zero at the last step.",
            choices=SCHEDULES,
            names={"constant": "stays the same", "cosine": "falls to zero (cosine)"},
        ),
    )
    warmup_steps: int = setting(
        0,
        Whole(
            flag="--warmup-steps",
            label="Warm-up steps",
            help="In these first steps the learning rate rises from zero to its value.",
            least=0,
            most=100000,
        ),
    )
    max_grad_norm: float = setting(
        0.0,
        Number(
            flag="--max-grad-norm",
            label="Longest gradient",
            help="A longer gradient is shortened to this length, and an infinite one is left out. So one odd image cannot spoil a run. 0: no limit.",
            least=0.0,
            most=1e6,
        ),
        is_later=True,
    )
    estimator: Estimator = setting(
        "B",
        Choice(
            flag="--estimator",
            label="Estimator",
            help="B computes the KL exactly (eq. 7). A estimates it from draws. STL does so too, with a gradient that is steadier near the end.",
            choices=ESTIMATORS,
            names={
                "A": "A (the KL from draws)",
                "B": "B (the KL exact)",
                "STL": "STL (from draws, steadier near the end)",
            },
            only=Only("algorithm", ("aevb", "full_vb"), "it ascends no estimate of the bound"),
        ),
    )
    num_samples: int = setting(
        1,
        Whole(
            flag="--num-samples",
            label="Draws of z, L",
            help="How many z are drawn for each image in one step. 1 is enough when M is 100.",
            least=1,
            most=100,
        ),
    )
    objective: Objective = setting(
        "ml",
        Choice(
            flag="--objective",
            label="Objective",
            help="Maximum likelihood climbs the bound alone. With a prior it climbs the bound plus log p(theta). IWAE climbs a higher "
            "bound, from L weighted draws of z.",
            choices=OBJECTIVES,
            names={
                "ml": "maximum likelihood",
                "map": "with a prior on the weights",
                "iwae": "the importance-weighted bound (IWAE)",
            },
            only=Only("algorithm", ("aevb", "wake_sleep", "mcem"), "its bound has the prior of theta in it already"),
        ),
    )
    beta: float = setting(
        1.0,
        Number(
            flag="--beta",
            label="beta",
            help="How much the KL counts in training: 0 is a plain autoencoder, 1 the bound. The curves always use 1.",
            least=0.0,
            most=100.0,
            step=0.1,
            only=Only("algorithm", ("aevb",), "only AEVB weighs the KL term"),
        ),
    )
    binarization: Binarization = setting(
        "dynamic",
        Choice(
            flag="--binarization",
            label="Binarisation",
            short="how grey pixels become black or white; the data set's own where not given",
            help="How grey pixels become black or white. Drawn anew: in each epoch, with the grey value as the probability of white.",
            choices=BINARIZATIONS,
            names={
                "dynamic": "drawn anew each time",
                "threshold": "white above one half",
                "none": "none (pixels stay grey)",
            },
            only=Only("likelihood", ("bernoulli",), "this decoder learns from grey pixels"),
            otherwise="none",
        ),
    )
    seed: int = setting(
        0,
        Whole(
            flag="--seed",
            label="Seed",
            help="The same seed gives the same numbers.",
            least=0,
            most=2**31 - 1,
            below=2**63,
        ),
    )
    initialization: Initialization = setting(
        "fan_in",
        Choice(
            flag="--init",
            label="First weights",
            help="The first weights are normal, with variance 1 / inputs (fan-in), 2 / (inputs + outputs) (Glorot) or 0.01 (the paper). "
            "The paper may also mean a standard deviation of 0.01.",
            choices=INITIALIZATIONS,
            names={
                "fan_in": "by the number of inputs (fan-in)",
                "glorot": "by inputs and outputs (Glorot)",
                "paper": "variance 0.01 everywhere (the paper)",
                "paper_deviation": "deviation 0.01 everywhere (the paper)",
            },
        ),
    )
    algorithm: AlgorithmName = setting(
        "aevb",
        Choice(
            flag="--algorithm",
            label="Algorithm",
            help="AEVB: encoder and decoder climb the bound together. Wake-sleep: the decoder learns from real images, the "
            "encoder from images that the decoder dreams. Monte Carlo EM: there is no encoder; a Markov chain finds z, and "
            "only the decoder learns. Full VB: the decoder's weights are random too, and their distribution is learnt.",
            choices=ALGORITHMS,
            names={"aevb": "AEVB", "wake_sleep": "wake-sleep", "mcem": "Monte Carlo EM", "full_vb": "full VB"},
        ),
    )

    @classmethod
    def from_dict(cls, values: Any) -> TrainConfig:
        former_defaults = {"initialization": "glorot"}  # files written before there was a choice mean these
        return super().from_dict(former_defaults | values if isinstance(values, dict) else values)

    def __post_init__(self) -> None:
        settle(self)

    @property
    def trains_encoder(self) -> bool:
        """Whether the algorithm trains the encoder. Monte Carlo EM does not: it samples p(z|x), and the encoder keeps its random
        weights, so that q(z|x) means nothing."""
        return self.algorithm != "mcem"
