"""The stages of one iteration of AEVB: what happens in each and why, its equation, and the line of the program that does it."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

from aevb_lab.theme import Palette
from vae_core import aevb, bounds, optim, training


class Stage(NamedTuple):
    """One stage of an iteration: its name, what happens and why, the equation and its place in the paper, and the line of code
    that does it. `{change}` in the text is what the update did to the mean ELBO."""

    name: str
    text: str
    equation: str
    place: str
    function: Callable[..., Any]
    line: str


FORMER_NAMES = {"z = g(ε, x)": "Code z"}  # in links from before it had words
STAGES = (
    Stage(
        "Minibatch",
        "Take 8 images at random, others in each iteration: a step with all images would be slow. Chance makes each pixel black or white; bright ones are white more often. Press an image to follow it.",
        r"\X{X^M} = \{\X{x^{(i)}}\}_{i=1}^M",
        "Algorithm 1",
        training.fit,
        "x = batches.draw(",
    ),
    Stage(
        "Encode",
        "The encoder marks an oval for each image: its code z may lie there. It is no single point, since many z could have made the image. μ is its middle, σ its size.",
        r"\Q{q_\phi}(\Z{z}|\X{x^{(i)}}) = \mathcal N\left(\Z{z}; \Q{\mu^{(i)}}, \Q{\sigma^{2(i)}} I\right)",
        "eq. 9",
        bounds.elbo,
        "q = vae.encode(x)",
    ),
    Stage(
        "Noise",
        "Chance draws a point around 0 for each image: the decoder needs one point. The dashed circle is one standard deviation, so many points lie outside. No weight changes this noise.",
        r"\E{\epsilon} \sim p(\E{\epsilon}) = \mathcal N(0, I)",
        "sec. 2.4",
        bounds.draw_eps,
        "return draw_normal(",
    ),
    Stage(
        "Code z",
        "Stretch each point by σ and move it by μ: this is z. Most often it is near the oval's middle. It may lie outside: the oval is one standard deviation. Chance is only in ε, so we know how μ and σ move z.",
        r"\Z{z^{(i)}} = g_\phi(\E{\epsilon}, \X{x^{(i)}}) = \Q{\mu^{(i)}} + \Q{\sigma^{(i)}} \odot \E{\epsilon}",
        "eq. 4",
        bounds.elbo,
        "z = reparameterize(q, eps)",
    ),
    Stage(
        "Reconstruction",
        "The decoder draws an image from each z, in the lower row. A green bar says how badly it fits the image at the top. Training should make the bars shorter: their scale never changes.",
        r"\frac 1 L \sum_{l=1}^L \log \P{p_\theta}(\X{x^{(i)}}|\Z{z^{(i,l)}}), \quad L = 1",
        "eq. 7",
        bounds.elbo,
        "recon_log_lik = vae.decode(z)",
    ),
    Stage(
        "KL",
        "Each oval has a price, the KL (orange): 0 if it is the dashed circle, the prior, where new images come from. The shorter both bars, the higher the ELBO.",
        r"D_{KL} = -\frac 1 2 \sum_j \left(1 + \log \Q{\sigma_j^2} - \Q{\mu_j^2} - \Q{\sigma_j^2}\right)",
        "eq. 7 and App. B",
        bounds.elbo,
        "kl = kl_to_standard_normal(q)",
    ),
    Stage(
        "Gradient",
        "If a weight grows a little, how much does the ELBO rise or fall? The gradient says this for each weight. It goes back along the arrows: through z, not through the noise.",
        r"g = \nabla_{\P{\theta}, \Q{\phi}} \tilde{\mathcal L}^M(\P{\theta}, \Q{\phi}; \X{X^M}, \E{\epsilon})",
        "eq. 8 and Algorithm 1",
        aevb.AEVB,
        "bound = backpropagate(self.vae",
    ),
    Stage(
        "Update",
        "All weights change a little, along the gradient. The mean ELBO {change}: higher is better. Short lines show each image's new ELBO. Some may get worse.",
        r"\P{\theta}, \Q{\phi} \leftarrow \text{update}(\P{\theta}, \Q{\phi}, g)",
        "Algorithm 1",
        optim.update,
        "optimizer.step()",
    ),
)


def code_line(stage: Stage) -> tuple[str, int]:
    """The line of the program for a stage, and its number. LookupError where the program has no such line."""
    source = inspect.getsource(sys.modules[stage.function.__module__]).splitlines()
    number = next((number for number, line in enumerate(source) if stage.line in line), None)
    if number is None:
        raise LookupError(f"{stage.line!r} is not in {stage.function.__module__}")
    return source[number].strip(), number + 1


def coloured(equation: str, colours: Palette) -> str:
    r"""An equation in which \X, \Q, \Z, \P and \E give what belongs to x, q(z|x), z, p(x|z) and the noise its colour."""
    for letter, colour in zip(
        "XQZPE", (colours.data, colours.encoder, colours.latent, colours.decoder, colours.prior), strict=True
    ):
        equation = equation.replace(f"\\{letter}{{", f"\\textcolor{{{colour}}}{{")
    return equation
