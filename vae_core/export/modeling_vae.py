"""A variational auto-encoder in plain torch: `VAE(**config)` takes config.json, `load_state_dict` takes model.safetensors."""

import torch
from torch import Tensor, nn

ACTIVATIONS = {"tanh": nn.Tanh, "silu": nn.SiLU, "relu": nn.ReLU, "softplus": nn.Softplus}


def mlp(sizes: list[int], activation: str) -> nn.Sequential:
    layers: list[nn.Module] = []
    for inputs, outputs in zip(sizes[:-1], sizes[1:], strict=True):
        layers += [nn.Linear(inputs, outputs), ACTIVATIONS[activation]()]
    return nn.Sequential(*layers[:-1])


class VAE(nn.Module):
    def __init__(self, data_dim: int, image_shape: list[int], latent_dim: int, hidden_dims: list[int], likelihood: str, mean: str,
                 variance: str, variance_floor: float, activation: str, encoder_hidden_dims: list[int] | None = None):  # fmt: skip
        super().__init__()
        self.image_shape, self.likelihood, self.mean, self.floor = image_shape, likelihood, mean, variance_floor
        encoder_dims = hidden_dims if encoder_hidden_dims is None else encoder_hidden_dims
        log_vars = (
            {"shared": 1, "per_pixel": data_dim, "network": 0, "fixed": 0}[variance] if likelihood == "gaussian" else 0
        )
        self.outputs = [data_dim, data_dim] if (likelihood, variance) == ("gaussian", "network") else [data_dim]
        self.encoder = mlp([data_dim, *encoder_dims, 2 * latent_dim], activation)
        self.decoder = mlp([latent_dim, *hidden_dims[::-1], sum(self.outputs)], activation)
        self.log_var = nn.Parameter(next(self.decoder.parameters()).new_zeros(log_vars)) if log_vars else None

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and standard deviation of q(z|x), each (batch, latent_dim), of images x (batch, data_dim) in [0, 1]."""
        loc, log_var = self.encoder(x).chunk(2, dim=-1)
        return loc, torch.exp(0.5 * log_var)

    def decode(self, z: Tensor) -> Tensor:
        """The mean of p(x|z) (batch, data_dim), for points z (batch, latent_dim)."""
        outputs = self.decoder(z).split(self.outputs, dim=-1)[0]
        if self.likelihood == "continuous_bernoulli":
            wide = outputs.double()  # near 0 the two parts cancel
            means = torch.where(wide.abs() < 1e-3, 0.5 + wide / 12, -1 / torch.expm1(-wide) - 1 / wide)
            return means.to(outputs.dtype)
        return outputs if (self.likelihood, self.mean) == ("gaussian", "identity") else torch.sigmoid(outputs)

    def scale(self, z: Tensor) -> Tensor:
        """The standard deviation of a Gaussian p(x|z) (batch, data_dim)."""
        outputs, *log_vars = self.decoder(z).split(self.outputs, dim=-1)
        learnt = sum(
            map(torch.exp, log_vars if self.log_var is None else [self.log_var]), start=torch.zeros_like(outputs)
        )
        return torch.sqrt(self.floor + learnt)

    def forward(self, x: Tensor) -> Tensor:
        return self.decode(self.encode(x)[0])
