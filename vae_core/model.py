"""The model: prior p(z), probabilistic decoder p(x|z), probabilistic encoder q(z|x) (sec. 2 and App. C)."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import cast

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.distributions import Independent

from vae_core.autograd import in_full_precision
from vae_core.config import INITIALIZATIONS, ModelConfig, require_choice, require_whole
from vae_core.distributions import diagonal_normal
from vae_core.errors import DataError
from vae_core.layers import Linear, Mlp
from vae_core.likelihoods import likelihood_of
from vae_core.randomness import draw_normal, require_generator
from vae_core.sizes import FEW_BYTES, FLOAT_BYTES, require_memory, require_work

ACTIVATIONS = {"tanh": nn.Tanh, "silu": nn.SiLU, "relu": nn.ReLU, "softplus": nn.Softplus}
OPERATIONS_PER_UNIT = (
    100  # what the activation and the density of one number cost, in operations of a product of matrices
)


class VAE(nn.Module):
    """A variational auto-encoder with MLP encoder and decoder.

    With `hidden_dims=()`, `likelihood="gaussian"`, `mean="identity"`, `variance="shared"` it is probabilistic PCA.
    Weights are drawn from `generator` alone, in one of the ways of `INITIALIZATIONS` (see `TrainConfig`). With None they
    are left unset, for a loader that fills all of them.

    Example:
        >>> config = ModelConfig(data_dim=6, image_shape=(2, 3), latent_dim=2, hidden_dims=(5,))
        >>> vae = VAE(config, generator=torch.Generator().manual_seed(0))
        >>> vae.encode(torch.zeros(4, 6)).event_shape
        torch.Size([2])
    """

    @torch.inference_mode(False)  # parameters that were made in it could never be trained
    def __init__(
        self, config: ModelConfig, *, generator: torch.Generator | None, initialization: str = INITIALIZATIONS[0]
    ):
        super().__init__()
        require_choice("initialization", initialization, INITIALIZATIONS)
        require_parameters(config)
        if generator is not None:
            require_generator(generator)
        self.config, self.likelihood = config, likelihood_of(config)
        self.encoder = _mlp(config.data_dim, config.encoder_layers, 2 * config.latent_dim, config.activation)
        outputs = self.likelihood.num_outputs
        self.decoder = _mlp(config.latent_dim, config.decoder_layers, outputs, config.activation)
        log_var = self.likelihood.first_log_var()
        self.log_var: nn.Parameter | None = None if log_var is None else nn.Parameter(log_var)
        if generator is not None:
            self._initialize(generator, initialization)

    @torch.no_grad()
    def _initialize(self, generator: torch.Generator, initialization: str) -> None:
        for layer in self.modules():
            if isinstance(layer, nn.Linear):
                fan_in, fan_out = layer.in_features, layer.out_features
                variances = {"fan_in": 1.0 / fan_in, "glorot": 2.0 / (fan_in + fan_out), "paper": 0.01}
                variance = (variances | {"paper_deviation": 1e-4})[initialization]
                for parameter in (layer.weight, layer.bias):
                    parameter.copy_(draw_normal(parameter.shape, generator=generator) * math.sqrt(variance))
                if initialization == "glorot":
                    layer.bias.zero_()

    @property
    def device(self) -> torch.device:
        """Where the parameters are; data and z must be there too."""
        return cast(Linear, self.encoder[-1]).bias.device

    @property
    def dtype(self) -> torch.dtype:
        """What the parameters are; data and z must be of it too."""
        return cast(Linear, self.encoder[-1]).bias.dtype

    @property
    def prior(self) -> Independent:
        """p(z) = N(0, I)."""
        zero = torch.zeros(self.config.latent_dim, device=self.device, dtype=self.dtype)
        return diagonal_normal(zero, torch.ones_like(zero))

    @in_full_precision
    def encode(self, x: Float[Tensor, "*batch data"]) -> Independent:
        """q(z|x), a diagonal Gaussian whose mean and log-variance the encoder computes (App. C.2)."""
        _check_input("x", x, "data_dim", self.config.data_dim, self.dtype)
        _require_outputs("encoding", "images", x, 2 * self.config.latent_dim)
        loc, log_var = self.encoder(x).chunk(2, dim=-1)
        return diagonal_normal(loc, torch.exp(0.5 * log_var))

    @in_full_precision
    def decode(self, z: Float[Tensor, "*batch latent"]) -> Independent:
        """p(x|z), pixels independent given z, of the model's `likelihood` (App. C.1 and C.2)."""
        _check_input("z", z, "latent_dim", self.config.latent_dim, self.dtype)
        _require_outputs("decoding", "points z", z, self.likelihood.num_outputs)
        return self.likelihood.distribution(self.decoder(z), self.log_var)

    @torch.no_grad()
    def sample(self, num_images: int, *, generator: torch.Generator) -> Float[Tensor, "images data"]:
        """x ~ p(x): z ~ p(z), then x ~ p(x|z). One decoder pass an image; `posterior.simulate` gives the z as well."""
        require_whole("num_images", num_images, 1)
        require_draws(self.config, num_images, "num_images")
        z = draw_normal((num_images, self.config.latent_dim), like=self, generator=generator)
        return self.likelihood.sample(self.decode(z), generator)

    def decoder_state(self) -> dict[str, Tensor]:
        """The tensors that p(x|z) depends on, by their names in `state_dict`."""
        return {name: tensor for name, tensor in self.state_dict().items() if not name.startswith("encoder.")}


def num_parameters(config: ModelConfig) -> int:
    """How many numbers a model of this config has."""
    likelihood = likelihood_of(config)
    encoder = (config.data_dim, *config.encoder_layers, 2 * config.latent_dim)
    decoder = (config.latent_dim, *config.decoder_layers, likelihood.num_outputs)
    layers = (*pairwise(encoder), *pairwise(decoder))
    return sum((inputs + 1) * outputs for inputs, outputs in layers) + likelihood.num_log_vars


def require_parameters(config: ModelConfig, copies: int = 1) -> None:
    """TooLarge unless so many copies of a model's parameters fit into memory."""
    count = num_parameters(config)
    require_memory(
        copies * FLOAT_BYTES * count,
        f"a model of {count:,} parameters (data_dim {config.data_dim:,}, hidden_dims {config.hidden_dims}, "
        f"latent_dim {config.latent_dim:,})",
        "choose smaller hidden_dims or a smaller latent_dim",
    )


def require_draws(config: ModelConfig, count: int, name: str) -> None:
    """TooLarge unless so many z and their p(x|z) fit into memory; `name` is the argument that gives the count."""
    numbers = count * (config.latent_dim + 2 * likelihood_of(config).num_outputs)
    require_memory(FLOAT_BYTES * numbers, f"{name} (={count:,})", f"choose a smaller {name}")


def operations_of_pass(config: ModelConfig, *, gradients: bool = False) -> int:
    """About how many operations the decoder needs for one z and the log-density of one x, perhaps with its gradient in z."""
    widths = (config.latent_dim, *config.decoder_layers, likelihood_of(config).num_outputs)
    forward = 2 * sum(inputs * outputs for inputs, outputs in pairwise(widths)) + OPERATIONS_PER_UNIT * sum(widths)
    return 3 * forward if gradients else forward


def require_passes(vae: VAE, count: int, what: str, remedy: str, *, gradients: bool = False) -> None:
    """TooLarge for more decoder passes than anybody waits for: both their number and, on a processor, their time count."""
    operations = operations_of_pass(vae.config, gradients=gradients) if vae.device.type == "cpu" else 0
    require_work(count, operations, "passes through the network", what, remedy)


def _require_outputs(action: str, things: str, inputs: Tensor, outputs: int) -> None:
    rows = inputs.numel() // max(1, inputs.shape[-1])
    num_bytes = inputs.dtype.itemsize * rows * outputs
    if num_bytes > FEW_BYTES:  # so that a small batch costs nothing
        require_memory(num_bytes, f"{action} {rows:,} {things}", "give fewer at a time")


def _mlp(in_dim: int, hidden_dims: tuple[int, ...], out_dim: int, activation: str) -> Mlp:
    layers: list[nn.Module] = []
    for width in hidden_dims:
        layers += [nn.utils.skip_init(Linear, in_dim, width), ACTIVATIONS[activation]()]
        in_dim = width
    return Mlp(*layers, nn.utils.skip_init(Linear, in_dim, out_dim))


def _check_input(name: str, tensor: Tensor, dim_name: str, dim: int, dtype: torch.dtype) -> None:
    if not isinstance(tensor, Tensor):
        raise DataError(
            f"{name} must be a tensor, got {type(tensor).__name__}: give torch.as_tensor({name}, dtype={dtype})"
        )
    if tensor.ndim == 0 or tensor.shape[-1] != dim:
        raise DataError(f"{name} must have {dim_name} (={dim}) columns, got the shape {tuple(tensor.shape)}")
    if tensor.dtype != dtype:
        raise DataError(f"{name} must be {dtype}, as the model is, got {tensor.dtype}: give {name}.to({dtype})")
