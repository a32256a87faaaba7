"""The script of the page Figures 2 to 5."""

from __future__ import annotations

from aevb_lab.scripts.writer import Script, put, script_of

CURVES = """
runs = committed.paper_runs("${DATA}")
for paper_run in runs:
    about = f"{paper_run.run.name}, step size {paper_run.rate:g}"
    for samples, bound in zip(paper_run.samples, paper_run.test):
        print(f"{about}: after {samples:,.0f} samples the test bound is {bound:.3f} nats")
for gap in committed.gaps(runs):
    print(f"{gap.latent_dim} latent dimensions: train - test {gap.mean:.2f} ± {gap.std_error:.2f} nats after {gap.samples:,} samples")
"""


def figures_script(data: str) -> Script:
    """The committed curves of a data set, as the page draws them."""
    return script_of(f"figure2-{data}", "The curves of figure 2 that the page shows.", put(CURVES, DATA=data))
