"""Principal components, and probabilistic PCA as a linear VAE: the model whose log p(x) is known exactly."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from vae_core.autograd import in_full_precision
from vae_core.config import ModelConfig, require_whole
from vae_core.likelihoods import Gaussian
from vae_core.model import VAE


@in_full_precision
def principal_components(
    x_train: Float[Tensor, "images data"], x_test: Float[Tensor, "others data"], count: int
) -> tuple[Tensor, Tensor]:
    """Both sets projected on the `count` directions in which the training set varies most, about its mean."""
    require_whole("count", count, 1)
    if count > x_train.shape[1]:
        raise ValueError(f"count must be at most the number of pixels (={x_train.shape[1]}), got {count}")
    mean = x_train.mean(0)
    directions = torch.linalg.eigh((x_train - mean).T.double().cov()).eigenvectors[:, -count:].flip(1).to(x_train)
    return (x_train - mean) @ directions, (x_test - mean) @ directions


@in_full_precision
@torch.inference_mode(False)
@torch.no_grad()
def probabilistic_pca(
    x_train: Float[Tensor, "images data"], latent_dim: int, image_shape: tuple[int, ...], variance_floor: float = 1e-6
) -> VAE:
    """The linear VAE of the highest likelihood on these images, in closed form: probabilistic PCA. Its encoder is the
    exact posterior p(z|x), so its bound is log p(x), a density per pixel on the images' scale."""
    require_whole("latent_dim", latent_dim, 1)
    if len(x_train) < 2:
        raise ValueError(f"x_train must have at least two images, got {len(x_train)}: one image does not vary")
    if latent_dim >= x_train.shape[1]:
        raise ValueError(f"latent_dim must be below the number of pixels (={x_train.shape[1]}), got {latent_dim}")
    config = ModelConfig(
        data_dim=x_train.shape[1], image_shape=image_shape, latent_dim=latent_dim, hidden_dims=(),
        likelihood=Gaussian.name, mean="identity", variance="shared", variance_floor=variance_floor,
    )  # fmt: skip
    mean = x_train.double().mean(0)
    values, vectors = torch.linalg.eigh((x_train.double() - mean).T.cov())
    noise, leading_values = values[:-latent_dim].mean(), values[-latent_dim:].flip(0)
    loadings = vectors[:, -latent_dim:].flip(1) * (leading_values - noise).sqrt()
    vae = VAE(config, generator=None)
    (decode,), (encode,) = vae.decoder.linear_layers(), vae.encoder.linear_layers()
    decode.weight.copy_(loadings)
    decode.bias.copy_(mean)
    encode.weight.zero_()
    encode.weight[:latent_dim] = (loadings / leading_values).T
    encode.bias[:latent_dim] = -(loadings / leading_values).T @ mean
    encode.bias[latent_dim:] = (noise / leading_values).log()
    vae.get_parameter("log_var").fill_((noise - variance_floor).log())
    return vae.eval()
