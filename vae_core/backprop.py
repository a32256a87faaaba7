"""The gradient of a minibatch's bound, or of its importance-weighted bound, by hand, for the model that is trained most: Bernoulli pixels, tanh layers.

It gives the same numbers as `vae_core.bounds` and autograd, without autograd's graph, whose bookkeeping costs time when a step has many
small operations. All other models are trained through autograd.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn

from vae_core.bounds import Bound
from vae_core.distributions import bernoulli_log_prob
from vae_core.layers import product
from vae_core.model import VAE


def has_gradient_by_hand(vae: VAE) -> bool:
    """Whether `backpropagate` can compute the gradient of this model: it must be of the kind above, with all parameters trained."""
    if not vae.likelihood.gradient_by_hand or vae.config.activation != "tanh" or type(vae) is not VAE:
        return False
    layers = vae.encoder.linear_layers() + vae.decoder.linear_layers()
    return all(layer.weight.requires_grad and layer.bias.requires_grad for layer in layers)


@torch.no_grad()
def backpropagate(
    vae: VAE,
    x: Float[Tensor, "batch data"],
    eps: Float[Tensor, "samples batch latent"],
    *,
    estimator: str = "B",
    beta: float,
    weight: float,
) -> Bound:
    """Estimator "B" (eq. 7) or "STL" of each datapoint, and in every parameter's `grad` the gradient of the objective to
    *descend*, -weight * sum over the batch of (recon_log_lik - beta * kl).

    Backwards through log p(x|z) = sum_i x_i l_i - log(1 + exp(l_i)), whose derivative in the logits l is x - sigmoid(l);
    z = loc + scale * eps with scale = exp(log_var / 2); and the KL. For B it is that of App. B, 1/2 (loc^2 + exp(log_var) - 1 -
    log_var). For STL it is log q(z|x) - log p(z) = 1/2 (z^2 - eps^2 - log_var), whose derivative in z alone is z - eps / scale.
    """
    hidden, loc, log_var, scale, deviation, z, decoded, logits = _forward(vae, x, eps)
    recon_log_lik = bernoulli_log_prob(logits, x).mean(0)
    of_logits = torch.sigmoid(logits).sub_(x).mul_(weight / len(eps))
    of_z = _backpropagate(vae.decoder.linear_layers(), decoded, of_logits.flatten(0, 1)).view_as(eps)
    if estimator == "B":
        excess = torch.expm1(log_var)
        kl = torch.addcmul(excess - log_var, loc, loc).sum(-1).mul_(0.5)
        of_loc = of_z.sum(0).add_(loc, alpha=weight * beta)
        of_log_var = (of_z * deviation).sum(0).add_(excess, alpha=weight * beta).mul_(0.5)
    else:
        kl = (z.square() - eps.square() - log_var).sum(-1).mean(0).mul_(0.5)
        of_z = of_z.add(z - eps / scale, alpha=weight * beta / len(eps))
        of_loc, of_log_var = of_z.sum(0), (of_z * deviation).sum(0).mul_(0.5)
    _backpropagate(vae.encoder.linear_layers(), hidden, torch.cat([of_loc, of_log_var], -1), of_input=False)
    return Bound(recon_log_lik - kl, recon_log_lik, kl)


@torch.no_grad()
def backpropagate_importance(
    vae: VAE, x: Float[Tensor, "batch data"], eps: Float[Tensor, "samples batch latent"], *, weight: float
) -> Float[Tensor, " batch"]:
    """The importance-weighted bound of each datapoint, and in every parameter's `grad` the gradient of the objective to *descend*,
    -weight * its sum over the batch, doubly reparameterised: `bounds.importance_bound` with "STL".

    With log w as for STL and the shares s = w / sum w, a draw counts s times in the decoder, and s^2 times in what comes back
    through its z.
    """
    hidden, _, log_var, scale, deviation, z, decoded, logits = _forward(vae, x, eps)
    log_weights = bernoulli_log_prob(logits, x) - (z.square() - eps.square() - log_var).sum(-1).mul_(0.5)
    shares = log_weights.softmax(0).unsqueeze(-1)
    of_logits = torch.sigmoid(logits).sub_(x).mul_(weight * shares)
    of_z = _backpropagate(vae.decoder.linear_layers(), decoded, of_logits.flatten(0, 1)).view_as(eps)
    of_z = of_z.add_((z - eps / scale).mul_(weight * shares)).mul_(shares)
    of_loc, of_log_var = of_z.sum(0), (of_z * deviation).sum(0).mul_(0.5)
    _backpropagate(vae.encoder.linear_layers(), hidden, torch.cat([of_loc, of_log_var], -1), of_input=False)
    return log_weights.logsumexp(0) - math.log(len(eps))


def _forward(
    vae: VAE, x: Tensor, eps: Tensor
) -> tuple[list[Tensor], Tensor, Tensor, Tensor, Tensor, Tensor, list[Tensor], Tensor]:
    """What the way back needs: the outputs of all layers of the encoder, q(z|x), z, those of the decoder, and the logits."""
    hidden = _activations(vae.encoder.linear_layers(), x)
    loc, log_var = hidden[-1].chunk(2, -1)
    scale = torch.exp(0.5 * log_var)
    deviation = scale * eps
    z = loc + deviation
    decoded = _activations(vae.decoder.linear_layers(), z.flatten(0, 1))
    return hidden, loc, log_var, scale, deviation, z, decoded, decoded[-1].view(*eps.shape[:2], -1)


def _activations(layers: list[nn.Linear], x: Tensor) -> list[Tensor]:
    """The input and what comes out of each layer, after its tanh. The last layer has none."""
    values = [x]
    for layer in layers:
        values.append(product(values[-1], layer.weight, layer.bias, tanh=layer is not layers[-1]))
    return values


def _backpropagate(layers: list[nn.Linear], values: list[Tensor], grad: Tensor, of_input: bool = True) -> Tensor:
    """Given the gradient in the output, write those in the parameters into their `grad`; with `of_input`, return the one in
    the input."""
    for layer in reversed(layers):
        y, x = values.pop(), values[-1]
        if layer is not layers[-1]:
            grad = torch.ops.aten.tanh_backward(grad, y)
        layer.weight.grad = product(grad.t(), x.t())
        layer.bias.grad = grad.sum(0)
        if layer is not layers[0] or of_input:
            grad = product(grad, layer.weight.t())
    return grad
