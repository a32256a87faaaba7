"""The scripts of the page Figures 2 to 5."""

from __future__ import annotations

from collections.abc import Sequence

from aevb_lab.scripts.writer import PICTURE, Script, load_of, put, script_of
from aevb_lab.session.models import LoadedModel

CURVES = """
runs = committed.paper_runs("${DATA}")
for paper_run in runs:
    about = f"{paper_run.run.name}, step size {paper_run.rate:g}"
    for samples, bound in zip(paper_run.samples, paper_run.test):
        print(f"{about}: after {samples:,.0f} samples the test bound is {bound:.3f} nats")
for gap in committed.gaps(runs):
    print(f"{gap.latent_dim} latent dimensions: train - test {gap.mean:.2f} ± {gap.std_error:.2f} nats after {gap.samples:,} samples")
"""
LIKELIHOODS = """
for run in committed.likelihood_runs():
    for point in run.points:
        for images, estimate in point["${METHOD}"].items():
            about = f"{run.run.name}, after {point['samples']:,} samples, {images} images"
            print(f"{about}: log p(x) {estimate['mean']:.2f} ± {estimate['std_error']:.2f} nats")
    print(f"    make it again: {run.command}")
"""
MAP = (
    PICTURE
    + """

vae = ${LOAD}
save(latent.manifold(vae, cells=20, coordinates="probability"), "figure4.png")
"""
)
DRAWS = (
    PICTURE
    + """

for name in ${NAMES}:
    vae = vc.load_pretrained(name)
    draws = studies.prior_samples(vae, ${COUNT}, seed=${SEED})
    save(torch.from_numpy(draws.means)[None], f"figure5-{name}.png")
    print(f"{name}: distances from the middle", ", ".join(f"{np.linalg.norm(z):.2f}" for z in draws.z))
"""
)


def curves_script(data: str) -> Script:
    """Figure 2: the committed curves of a data set, as the page draws them."""
    return script_of(f"figure2-{data}", "The curves of figure 2 that the page shows.", put(CURVES, DATA=data))


def likelihoods_script(method: str) -> Script:
    """Figure 3: the committed estimates of log p(x) by this method, as the page draws them."""
    return script_of("figure3", "The numbers of figure 3 that the page shows.", put(LIKELIHOODS, METHOD=method))


def manifold_script(model: LoadedModel) -> Script:
    """Figure 4: the pictures at evenly spaced places of the map."""
    return script_of("figure4", f"The map of {model.name} as in figure 4.", put(MAP, LOAD=load_of(model)))


def draws_script(models: Sequence[LoadedModel], count: int, seed: int) -> Script:
    """Figure 5: the page's draws from the prior of these pretrained models."""
    names = tuple(model.name for model in models)
    return script_of(
        "figure5", "The draws of figure 5 that the page shows.", put(DRAWS, NAMES=names, COUNT=count, SEED=seed)
    )
