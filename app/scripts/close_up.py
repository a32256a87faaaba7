"""Eq. (1) of one test image, for the scripts of several pages."""

from __future__ import annotations

from aevb_lab import cached
from aevb_lab.scripts.writer import Live
from aevb_lab.session.models import LoadedModel

SUMS = """
sums = studies.close_up(vae, x[row : row + 1], coarse=studies.decoded_grid(vae, x))
q = sums.encoder
print(f"log p(x) {sums.log_marginal:.3f} = ELBO {q.elbo:.3f} + gap {q.gap:.3f} nats, test image {row + 1}")
points = torch.cartesian_prod(*map(torch.from_numpy, sums.axes))  # eq. (1) on the grid that the page sums over
log_joint = torch.from_numpy(sums.log_joint.T.ravel())
QS = {"your q": $q, "best axis-aligned": sums.aligned.numbers, "best Gaussian": sums.best.numbers}
for name, (m1, m2, s1, s2, angle) in QS.items():  # mean, scales along its axes, angle
    turn = torch.tensor([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    covariance = turn @ torch.tensor([s1**2, s2**2]).double().diag() @ turn.T
    q = torch.distributions.MultivariateNormal(torch.tensor([m1, m2]).double(), covariance)
    bound = posterior.bound_on_grid(log_joint, q.log_prob(points), 2.0 * np.log(sums.spacing))
    print(f"{name}: ELBO {bound.elbo:.3f}, gap {bound.gap:.3f} nats")
"""


EXACT = """
bound = studies.image_bound(vae, x, row, coarse=studies.decoded_grid(vae, x))
print(f"log p(x) {bound.log_marginal:.3f} = ELBO {bound.elbo:.3f} + gap {bound.gap:.3f} nats, test image {row + 1}")
"""


SAMPLED = """
bound = studies.image_bound(vae, x, row)
print(f"ELBO {bound.elbo:.2f} ± {bound.elbo_error:.2f} nats, test image {row + 1}")
print(f"log p(x) at least about {bound.log_marginal:.2f} ± {bound.log_marginal_error:.2f} nats, {bound.ess_in_words()}")
"""


def bound_of_row(model: LoadedModel, row: int) -> tuple[str, dict[str, Live]]:
    """Lines that compute eq. (1) of a test image; with two latent dimensions also that of the viewer's q."""
    lines = f"\nrow = {row}  # test image {row + 1}"
    if model.vae.config.latent_dim > 2:
        return lines + SAMPLED, {}
    close_up = cached.close_up(model, row)
    if close_up is None:
        return lines + EXACT, {}
    return lines + SUMS, {"q": Live(".ellipse-bench", "q", close_up.encoder.numbers)}
