"""What tests of the pages of the group Understand share: the toy's sums over its grid of z, apart from the studies and the
browser, and the stages of the slow motion."""

import math

import torch

import vae_core as vc
from vae_core.posterior import bound_on_grid

STAGES = ("Minibatch", "Encode", "Noise", "Code z", "Reconstruction", "KL", "Gradient", "Update")


def normal(loc, scale):
    return torch.distributions.Normal(*torch.tensor([loc, scale], dtype=torch.float64))


def toy_log_joint(vae, numbers, x):
    z = numbers["first"] + numbers["spacing"] * torch.arange(len(numbers["f"]), dtype=torch.float64)[:, None]
    return vc.log_joint(vae, torch.tensor([[x]], dtype=torch.float64), z[:, None])[:, 0].detach()


def toy_bound(vae, numbers, x, loc, scale):
    z = numbers["first"] + numbers["spacing"] * torch.arange(len(numbers["f"]), dtype=torch.float64)
    log_q = normal(loc, scale).log_prob(z)
    return bound_on_grid(toy_log_joint(vae, numbers, x), log_q, math.log(numbers["spacing"]))
