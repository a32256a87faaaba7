"""What the code is worth: its labels beside PCA's, its bits, its information (sec. 1 and 2.1)."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from vae_core.autograd import needs_gradients
from vae_core.config import require_whole
from vae_core.distributions import kl_to_standard_normal, reparameterize
from vae_core.latent import encoded_means
from vae_core.model import OPERATIONS_PER_UNIT, VAE
from vae_core.pca import principal_components
from vae_core.randomness import draw_normal
from vae_core.sizes import require_work

# -- representation and coding -----------------------------------------------------------------------------------


class Representation(NamedTuple):
    """The shares of test images, in [0, 1], whose class a vote of the nearest training codes (`knn`) or a linear probe predicts
    from their code. The codes are the encoded means, or as many principal components."""

    knn: float
    knn_pca: float
    probe: float
    probe_pca: float


class InformationSplit(NamedTuple):
    """`mean_kl = mutual_information + marginal_kl`, nats per image: what z tells about which of the images it is, and how far the codes of all
    images together, q(z), are from the prior. The information is at most log N of N images, so `marginal_kl` is at least
    mean_kl - log N, whatever the model is."""

    mean_kl: float
    mutual_information: float
    marginal_kl: float


class CodeLength(NamedTuple):
    """What coding an image costs, in bits; fewer is better."""

    per_image: float
    per_pixel: float


@torch.no_grad()
def judge_representation(
    vae: VAE,
    x_train: Float[Tensor, "images data"],
    y_train: Int[Tensor, " images"],
    x_test: Float[Tensor, "others data"],
    y_test: Int[Tensor, " others"],
    *,
    neighbours: int = 5,
) -> Representation:
    """Judge the means of q(z|x) by labels that training never saw, beside PCA of the same size."""
    scores = []
    for train, test in (
        (encoded_means(vae, x_train), encoded_means(vae, x_test)),
        principal_components(x_train, x_test, vae.config.latent_dim),
    ):
        scores.append(knn_accuracy(train, y_train, test, y_test, neighbours))
        scores.append(probe_accuracy(train, y_train, test, y_test))
    return Representation(scores[0], scores[2], scores[1], scores[3])


def knn_accuracy(
    train: Float[Tensor, "images code"],
    y_train: Int[Tensor, " images"],
    test: Float[Tensor, "others code"],
    y_test: Int[Tensor, " others"],
    neighbours: int = 5,
) -> float:
    """The share of test codes whose class wins the vote of its nearest training codes; ties go to the lower class."""
    require_whole("neighbours", neighbours, 1)
    if neighbours > len(train):
        raise ValueError(f"neighbours must be at most the number of training codes (={len(train)}), got {neighbours}")
    right = 0
    for codes, labels in zip(test.split(500), y_test.split(500), strict=True):
        nearest = torch.cdist(codes, train).topk(neighbours, largest=False).indices
        right += int((y_train[nearest].mode(1).values == labels).sum())
    return right / len(test)


@needs_gradients
def probe_accuracy(
    train: Float[Tensor, "images code"],
    y_train: Int[Tensor, " images"],
    test: Float[Tensor, "others code"],
    y_test: Int[Tensor, " others"],
    penalty: float = 1e-4,
) -> float:
    """The share of test codes that a softmax regression on standardised training codes classifies rightly."""
    mean, scale = train.mean(0), train.std(0).clamp(min=1e-8)
    train, test = ((codes - mean) / scale for codes in (train, test))
    classes, targets = y_train.unique(return_inverse=True)  # labels may have gaps, or be large
    weight = torch.zeros(train.shape[1] + 1, len(classes), dtype=train.dtype, device=train.device, requires_grad=True)
    optimizer = torch.optim.LBFGS([weight], max_iter=200, line_search_fn="strong_wolfe")

    def penalised_error() -> Tensor:
        optimizer.zero_grad()
        value = torch.nn.functional.cross_entropy(train @ weight[:-1] + weight[-1], targets)
        value = value + penalty * weight.square().sum()
        value.backward()
        return value

    with torch.enable_grad():
        optimizer.step(penalised_error)
    return float((classes[(test @ weight[:-1] + weight[-1]).argmax(1)] == y_test).double().mean())


def code_length(elbo: Float[Tensor, " images"], data_dim: int) -> CodeLength:
    """The mean of -ELBO in bits: so long is a binary image's code, by bits-back coding with z (sec. 2.1). A Gaussian decoder
    has densities and no probabilities: there the pixels' precision would add a constant, and the number may be negative."""
    bits = float(-elbo.double().mean()) / math.log(2.0)
    return CodeLength(bits, bits / data_dim)


@torch.no_grad()
def split_information(
    vae: VAE, x: Float[Tensor, "images data"], *, num_samples: int = 1, generator: torch.Generator
) -> InformationSplit:
    """Split the mean of KL(q(z|x) || p(z)) over these images into the mutual information of image and code, and
    KL(q(z) || p(z)), q(z) the even mixture of all their q(z|x).

    Both logarithms of E[log q(z|x) - log q(z)] are taken at the same draws of z, so the estimate, like the information, is at most
    log(images); the parts add up exactly. It reaches that once the codes do not overlap, so for sharp codes it only says that they
    do not. The KL(q(z) || p(z)) of few images is that of a mixture of few Gaussians: too high for all images, and it falls with
    their number. Costs num_samples * images^2 densities.
    """
    require_whole("num_samples", num_samples, 1)
    pieces = num_samples * len(x)
    operations = len(x) * (8 * vae.config.latent_dim + OPERATIONS_PER_UNIT)
    require_work(
        pieces,
        operations,
        "densities of q(z)",
        f"num_samples (={num_samples:,}) for {len(x):,} images",
        "choose fewer of them",
    )
    q = vae.encode(x)
    loc, scale = q.base_dist.loc.double(), q.base_dist.scale.double()
    precision = scale.square().reciprocal()
    constant = (loc.square() * precision + 2.0 * scale.log() + math.log(2.0 * math.pi)).sum(-1)
    total, rows = torch.zeros((), dtype=torch.float64, device=x.device), torch.arange(len(x), device=x.device)
    for _ in range(num_samples):
        z = reparameterize(q, draw_normal(tuple(loc.shape), like=vae, generator=generator)).double()
        for piece, own in zip(z.split(500), rows.split(500), strict=True):
            log_q = piece @ (loc * precision).T - 0.5 * (piece.square() @ precision.T + constant)
            total = total + (log_q.gather(1, own[:, None])[:, 0] - log_q.logsumexp(1)).sum()
    information = math.log(len(x)) + float(total) / (num_samples * len(x))
    mean_kl = float(kl_to_standard_normal(q).double().mean())
    return InformationSplit(mean_kl, information, mean_kl - information)
