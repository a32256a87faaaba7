"""The script of the page Estimating log p(x)."""

from __future__ import annotations

from aevb_lab.scripts.writer import Script, put, write
from aevb_lab.session.models import LoadedModel
from vae_core.studies.estimation import Effort

ESTIMATES = """
row = ${ROW}  # test image ${NUMBER}
effort = studies.${EFFORT}
for estimator in studies.estimators(vae.config.latent_dim, effort):
    estimate = studies.estimate(vae, x[row : row + 1], estimator, seed=effort.seed)
    print(f"{estimate.name}: {estimate.mean:.2f} ± {estimate.std_error:.2f} nats")
"""


def estimates_script(model: LoadedModel, row: int, effort: Effort) -> Script:
    """Every estimator of log p(x) of one test image."""
    body = put(ESTIMATES, ROW=row, NUMBER=row + 1, EFFORT=repr(effort))
    return write(model, "log-marginal", f"Estimates of log p(x) by {model.name}.", body, pictures=False)
