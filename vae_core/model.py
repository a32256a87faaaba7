"""The model: prior p(z), probabilistic decoder p(x|z), probabilistic encoder q(z|x) (sec. 2 and App. C)."""

from __future__ import annotations

import math
from typing import cast

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.distributions import Independent

from vae_core.config import INITIALIZATIONS, ModelConfig, require_choice, require_whole
from vae_core.distributions import diagonal_normal
from vae_core.errors import DataError
from vae_core.layers import Linear, Mlp
from vae_core.likelihoods import likelihood_of
from vae_core.randomness import draw_normal, require_generator

ACTIVATIONS = {"tanh": nn.Tanh, "silu": nn.SiLU}


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

    def __init__(
        self, config: ModelConfig, *, generator: torch.Generator | None, initialization: str = INITIALIZATIONS[0]
    ):
        super().__init__()
        require_choice("initialization", initialization, INITIALIZATIONS)
        if generator is not None:
            require_generator(generator)
        self.config, self.likelihood = config, likelihood_of(config)
        self.encoder = _mlp(config.data_dim, config.hidden_dims, 2 * config.latent_dim, config.activation)
        outputs = self.likelihood.num_outputs
        self.decoder = _mlp(config.latent_dim, config.hidden_dims[::-1], outputs, config.activation)
        log_var = self.likelihood.first_log_var()
        self.log_var: nn.Parameter | None = None if log_var is None else nn.Parameter(log_var)
        if generator is not None:
            self._initialize(generator, initialization)

    @torch.no_grad()
    def _initialize(self, generator: torch.Generator, initialization: str) -> None:
        for layer in self.modules():
            if isinstance(layer, nn.Linear):
                fan_in, fan_out = layer.in_features, layer.out_features
                variance = {"fan_in": 1.0 / fan_in, "glorot": 2.0 / (fan_in + fan_out), "paper": 0.01}[initialization]
                for parameter in (layer.weight, layer.bias):
                    parameter.copy_(torch.randn(parameter.shape, generator=generator) * math.sqrt(variance))
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

    def encode(self, x: Float[Tensor, "*batch data"]) -> Independent:
        """q(z|x), a diagonal Gaussian whose mean and log-variance the encoder computes (App. C.2)."""
        _check_input("x", x, "data_dim", self.config.data_dim, self.dtype)
        loc, log_var = self.encoder(x).chunk(2, dim=-1)
        return diagonal_normal(loc, torch.exp(0.5 * log_var))

    def decode(self, z: Float[Tensor, "*batch latent"]) -> Independent:
        """p(x|z), pixels independent given z, of the model's `likelihood` (App. C.1 and C.2)."""
        _check_input("z", z, "latent_dim", self.config.latent_dim, self.dtype)
        return self.likelihood.distribution(self.decoder(z), self.log_var)

    @torch.no_grad()
    def sample(self, num_images: int, *, generator: torch.Generator) -> Float[Tensor, "images data"]:
        """x ~ p(x): z ~ p(z), then x ~ p(x|z). One decoder pass an image; `posterior.simulate` gives the z as well."""
        require_whole("num_images", num_images, 1)
        z = draw_normal((num_images, self.config.latent_dim), like=self, generator=generator)
        return self.likelihood.sample(self.decode(z), generator)

    def decoder_state(self) -> dict[str, Tensor]:
        """The tensors that p(x|z) depends on, by their names in `state_dict`."""
        return {name: tensor for name, tensor in self.state_dict().items() if not name.startswith("encoder.")}


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
