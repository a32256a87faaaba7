"""Eq. (1) of one test image, for the scripts of several pages."""

from __future__ import annotations

from aevb_lab import cached
from aevb_lab.scripts.writer import Live, film_of, put
from aevb_lab.session.models import LoadedModel

SUMS = """
coarse = studies.decoded_grid(vae, x)
sums = studies.close_up(vae, x[row : row + 1], coarse=coarse)
q = sums.encoder
print(f"log p(x) {sums.log_marginal:.3f} = ELBO {q.elbo:.3f} + gap {q.gap:.3f} nats, test image {row + 1}")
m1, m2, s1, s2, angle = $q  # your q: mean, scales along its axes, angle
qs = {"your q": sums.judge((m1, m2), (s1, s2), angle), "best axis-aligned": sums.aligned, "best Gaussian": sums.best}
for name, q in qs.items():  # eq. (1), log p(x) = ELBO + KL(q || p(z|x)): the same log p(x) for every q
    print(f"{name}: ELBO {q.elbo:.3f}, gap {q.gap:.3f} nats")
"""


EXACT = """
coarse = studies.decoded_grid(vae, x)
bound = studies.image_bound(vae, x, row, coarse=coarse${FILM})
print(f"log p(x) {bound.log_marginal:.3f} = ELBO {bound.elbo:.3f} + gap {bound.gap:.3f} nats, test image {row + 1}")
"""


SAMPLED = """
bound = studies.image_bound(vae, x, row${FILM})
print(f"ELBO {bound.elbo:.2f} ± {bound.elbo_error:.2f} nats, test image {row + 1}")
print(f"log p(x) about {bound.log_marginal:.2f} ± {bound.log_marginal_error:.2f} nats, {bound.ess_in_words()}")
"""


def bound_of_row(model: LoadedModel, row: int) -> tuple[str, dict[str, Live]]:
    """Lines that compute eq. (1) of a test image; with two latent dimensions also that of the viewer's q."""
    lines = f"\nrow = {row}  # test image {row + 1}"
    if model.vae.config.latent_dim > 2:
        return lines + put(SAMPLED, FILM=film_of(model)), {}
    close_up = cached.close_up(model, row)
    if close_up is None:
        return lines + put(EXACT, FILM=film_of(model)), {}
    return lines + SUMS, {"q": Live(".ellipse-bench", "q", close_up.encoder.numbers)}
