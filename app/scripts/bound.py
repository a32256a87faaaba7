"""The script of the page The bound."""

from __future__ import annotations

from collections.abc import Sequence

from aevb_lab.scripts.close_up import bound_of_row
from aevb_lab.scripts.writer import Live, Script, film_of, grey_of, put, write
from aevb_lab.session.link import TOY_START
from aevb_lab.session.models import LoadedModel

TOY = """
model = studies.train_toy()  # Algorithm 1 on draws from the toy itself
value, loc, scale = $toy  # the toy's x; mean and scale of your q
encoder = model.encode(torch.tensor([[value]], dtype=torch.float64)).base_dist
for name, m, s in (("your q", loc, scale), ("the encoder's", encoder.loc.item(), encoder.scale.item())):
    bound = studies.toy_bound(model, value, m, s)
    print(f"toy, {name}: log p(x) {bound.log_marginal:.3f} = ELBO {bound.elbo:.3f} + KL {bound.gap:.3f} nats")
"""
ON_GRID = """
bound = studies.image_bound(vae, x, row, on_grid=sums${FILM})
"""
TERMS = """
print(f"ELBO {bound.elbo:.3f} = log p(x|z) {bound.recon_log_lik:.3f} - KL {bound.kl:.3f} nats")
for j, (kl, mean, error) in enumerate(zip(bound.kl_per_dim, bound.mean_kl_per_dim, bound.mean_kl_error)):
    print(f"z{j + 1}: KL {kl:.3f} nats, on average over the images {mean:.3f} ± {error:.3f}")
"""
REDRAWS = """
grey = ${GREY}[row : row + 1]
redraws = studies.redraws(vae, grey, x[row : row + 1], seed=row, coarse=${COARSE})
for redraw in redraws:
    exact = "" if redraw.log_marginal is None else f", log p(x) {redraw.log_marginal:.1f}"
    print(f"{redraw.kind}: ELBO {redraw.elbo:.1f} ± {redraw.elbo_error:.1f}{exact} nats")
spread = studies.fresh_spread(redraws)
mean, ends = f"{spread.mean:.1f} ± {spread.std_error:.1f} nats", f"from {spread.low:.1f} to {spread.high:.1f}"
print(f"{spread.num_draws} fresh draws: ELBO {mean}, {ends}")
"""


def bound_script(model: LoadedModel, row: int, toy: Sequence[float] = TOY_START) -> Script:
    """The toy as it stands, or at [x, loc, scale] where it is not on the screen; eq. (1) and (3) of one test image, and with
    binarisation those of its grey image drawn again."""
    body, live = bound_of_row(model, row)
    body += (put(ON_GRID, FILM=film_of(model)) if live else "") + TERMS.lstrip("\n")
    if model.binarization != "none":
        body += put(REDRAWS, GREY=grey_of(model), COARSE="coarse" if model.vae.config.latent_dim <= 2 else "None")
    live |= {"toy": Live(".bound-toy", "view", list(toy))}
    about = f"The bound of the toy, and of one test image by {model.name}."
    return write(model, "bound", about, body + TOY, live, pictures=False)
