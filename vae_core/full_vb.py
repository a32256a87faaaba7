"""Full variational Bayes: a Gaussian q(theta) over the generative parameters as well (App. F, Algorithm 2)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import NamedTuple, final

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.func import functional_call

from vae_core.algorithm import Algorithm, StepInfo, generative_parameters
from vae_core.autograd import needs_gradients
from vae_core.bounds import Bound, check_pixels, draw_eps, sgvb
from vae_core.config import TrainConfig, require_number, require_whole
from vae_core.model import VAE
from vae_core.optim import ascend, learning_rate
from vae_core.parallel import ALONE, Group
from vae_core.randomness import draw_normal

EVALUATION_DRAWS = 20
SHOWN_POINTS, SHOWN_MODELS = 2, 8  # of `own_pictures`


@dataclass(frozen=True)
class FullVBConfig:
    """`first_scale` is the standard deviation of q(theta) before learning. It is small because noise in all weights at once
    would hide the signal at first."""

    first_scale: float = 0.01

    def __post_init__(self) -> None:
        require_number("first_scale", self.first_scale, above=0.0)


class ParameterPosterior:
    """q(theta) = N(loc, diag(scale^2)), with a loc and a scale for every parameter, by name (App. F.1)."""

    @torch.inference_mode(False)
    def __init__(self, loc: dict[str, Tensor], first_scale: float):
        self.loc = loc
        self.log_scale = {
            name: torch.full_like(tensor, math.log(first_scale)).requires_grad_() for name, tensor in loc.items()
        }

    def sample(self, generator: torch.Generator) -> dict[str, Tensor]:
        """theta = loc + scale * zeta, zeta ~ N(0, I): reparameterised, so differentiable in loc and scale."""
        return {
            name: loc + self.log_scale[name].exp() * draw_normal(loc.shape, like=loc, generator=generator)
            for name, loc in self.loc.items()
        }

    def kl(self) -> Float[Tensor, ""]:
        """KL(q(theta) || N(0, I)) in nats, over all parameters (App. B)."""
        parts = []
        for name, loc in self.loc.items():
            log_var = 2.0 * self.log_scale[name]
            parts.append(0.5 * (loc.square() + torch.expm1(log_var) - log_var).sum())
        return torch.stack(parts).sum()


class FullBound(NamedTuple):
    """`elbo = recon_log_lik - kl - kl_parameters` in nats per datapoint: the bound on log p(X) divided by N, with the mean
    KL of z and KL(q(theta) || p(theta)) / N."""

    elbo: Tensor
    recon_log_lik: Tensor
    kl: Tensor
    kl_parameters: Tensor


@final
class FullVB(Algorithm):
    """Ascends a bound on log p(X) of the whole data set, in which both z and theta are integrated out:

    sum of the datapoints' bounds under theta ~ q(theta), less KL(q(theta) || p(theta)), p(theta) = N(0, I).

    theta are the decoder's parameters (and its log-variance); the encoder's stay point values, as in the paper. The
    weights in `vae` are the mean of q(theta); `draw_model` draws others. The objective is the bound divided by N.
    """

    name = "full_vb"
    options_type = FullVBConfig

    def __init__(self, vae: VAE, config: TrainConfig, group: Group = ALONE, options: FullVBConfig | None = None):
        if config.objective != "ml" or config.beta != 1.0:
            raise ValueError(
                "objective must be 'ml' and beta 1 for full VB, whose bound has the prior of theta in it already, got "
                f"{config.objective!r} and {config.beta:g}"
            )
        options = options or FullVBConfig()
        self.posterior = ParameterPosterior(generative_parameters(vae), options.first_scale)
        self._scales = {f"{name}.log_scale": tensor for name, tensor in self.posterior.log_scale.items()}
        super().__init__(vae, config, group, dict(vae.named_parameters()) | self._scales, options)
        self._bound = _BoundModule(vae)

    @needs_gradients
    def step(
        self,
        x: Float[Tensor, "batch data"],
        *,
        num_train: int,
        generator: torch.Generator,
        step: int = 0,
        total_steps: int = 1,
    ) -> StepInfo:
        """One iteration of Algorithm 2, with `num_samples` draws of (theta, eps). The `FullBound` on log p(X) is reported,
        divided by N."""
        rate = learning_rate(step, total_steps, self.config)
        mean = self.estimate_bound(x, num_train=num_train, generator=generator)
        ascend(self.optimizer, mean.elbo, rate, max_grad_norm=self.config.max_grad_norm)
        return StepInfo(FullBound(*(term.detach() for term in mean)), rate)

    def estimate_bound(
        self, x: Float[Tensor, "batch data"], *, num_train: int, generator: torch.Generator
    ) -> FullBound:
        """An unbiased estimate, from a minibatch of `num_train` datapoints, of the bound on log p(X) over N."""
        draws = [self._draw_bound(x, generator) for _ in range(self.config.num_samples)]
        recon_log_lik = torch.stack([b.recon_log_lik.mean() for b in draws]).mean()
        kl = torch.stack([b.kl.mean() for b in draws]).mean()
        kl_parameters = self.posterior.kl() / num_train
        return FullBound(recon_log_lik - (kl + kl_parameters), recon_log_lik, kl, kl_parameters)

    @torch.no_grad()
    def evaluate(self, x: Float[Tensor, "images data"], *, generator: torch.Generator) -> Bound:
        """An unbiased estimate of each image's bound with theta ~ q(theta): a bound on the log of the predictive density,
        the mean of p(x|theta) over q(theta). The images are divided into EVALUATION_DRAWS parts, each with its own draw of theta,
        so that the mean over images is over as many draws and costs one pass."""
        rows = -(-len(x) // EVALUATION_DRAWS)
        check_pixels(self.vae, x)
        pieces = [self._draw_bound(part, generator) for part in x.split(rows)]
        return Bound(*(torch.cat(terms) for terms in zip(*pieces, strict=True)))

    def _draw_bound(self, x: Tensor, generator: torch.Generator) -> Bound:
        """The bound of each datapoint under one draw of theta and of eps."""
        theta = {f"vae.{name}": tensor for name, tensor in self.posterior.sample(generator).items()}
        eps = draw_eps(self.vae, len(x), 1, generator)
        return functional_call(self._bound, theta, (x, self.config.estimator, eps))

    @torch.no_grad()
    def draw_model(self, generator: torch.Generator) -> VAE:
        """A model with theta ~ q(theta) and the same encoder, in eval mode."""
        vae = deepcopy(self.vae)
        for name, tensor in self.posterior.sample(generator).items():
            vae.get_parameter(name).copy_(tensor)
        return vae.eval()

    def draw_ensemble(self, num_models: int, *, generator: torch.Generator) -> list[VAE]:
        """Models whose predictions can be averaged; each has its own draw of theta."""
        require_whole("num_models", num_models, 1)
        return [self.draw_model(generator) for _ in range(num_models)]

    @torch.no_grad()
    def own_pictures(
        self, x: Float[Tensor, "images data"], *, generator: torch.Generator
    ) -> Float[Tensor, "points models data"]:
        """A row for each of SHOWN_POINTS z from the prior: its decoded mean by each model of an ensemble. Where they differ, the weights
        are uncertain."""
        z = draw_normal((SHOWN_POINTS, self.vae.config.latent_dim), like=self.vae, generator=generator)
        return torch.stack([model.decode(z).mean for model in self.draw_ensemble(SHOWN_MODELS, generator=generator)], 1)

    def further_state(self) -> dict[str, Tensor]:
        """The logarithms of q(theta)'s scales; its means are the model's parameters."""
        return {f"posterior.{name}": tensor.detach() for name, tensor in self._scales.items()}


def predictive_log_prob(log_probs: Sequence[Float[Tensor, " batch"]]) -> Float[Tensor, " batch"]:
    """log of the mean over theta of p(x|theta), from each ensemble member's log p(x|theta), in nats: the predictive
    density averages probabilities, never their logs. Biased low for few members."""
    if not log_probs:
        raise ValueError("log_probs must be those of at least one model, got none")
    return torch.stack(list(log_probs)).logsumexp(0) - math.log(len(log_probs))


class _BoundModule(nn.Module):
    """`sgvb` as the forward pass of a module, so that `functional_call` can run it with other parameters."""

    def __init__(self, vae: VAE):
        super().__init__()
        self.vae = vae

    def forward(self, x: Tensor, estimator: str, eps: Tensor) -> Bound:
        return sgvb(self.vae, x, estimator=estimator, eps=eps)
