"""Scripts of the page The bound, and of one image's posterior on the Latent map."""

from __future__ import annotations

from app import cached
from app.scripts.writer import Live, Script, put, write
from app.session.link import TOY_START
from app.session.models import LoadedModel

COARSE = """
row = ${ROW}  # test image ${NUMBER}
coarse = close_up.decoded_grid(vae, x)
"""
EXACT = """bound = image_bound.image_bound(vae, x, row, coarse=coarse)
print(f"log p(x) {bound.log_marginal:.3f} = ELBO {bound.elbo:.3f} + gap {bound.gap:.3f} nats, test image {row + 1}")
"""
SAMPLED = """
row = ${ROW}  # test image ${NUMBER}
bound = image_bound.image_bound(vae, x, row)
print(f"ELBO {bound.elbo:.2f} ± {bound.elbo_error:.2f} nats, test image {row + 1}")
print(f"log p(x) at least about {bound.log_marginal:.2f} ± {bound.log_marginal_error:.2f} nats, {bound.ess_in_words()}")
"""
ON_GRID = """on_grid = close_up.close_up(vae, x[row : row + 1], coarse=coarse)
bound = image_bound.image_bound(vae, x, row, on_grid=on_grid)
print(f"log p(x) {bound.log_marginal:.3f} = ELBO {bound.elbo:.3f} + gap {bound.gap:.3f} nats, test image {row + 1}")
for name, q in (("best axis-aligned", on_grid.aligned), ("best Gaussian", on_grid.best)):
    print(f"{name}: ELBO {q.elbo:.3f}, gap {q.gap:.3f} nats")

# eq. (1) for your own q, spelled out: sums over the grid of log p(x, z) that the page has
points = torch.cartesian_prod(*(torch.from_numpy(axis) for axis in on_grid.axes))
log_joint = torch.from_numpy(on_grid.log_joint.T.copy()).flatten()
m1, m2, s1, s2, angle = $q  # mean, scales along its axes, angle
turn = torch.tensor([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
covariance = turn @ torch.tensor([s1**2, s2**2]).double().diag() @ turn.T
log_q = torch.distributions.MultivariateNormal(torch.tensor([m1, m2]).double(), covariance).log_prob(points)
log_cell = 2.0 * np.log(on_grid.spacing)  # a sum over cells stands for the integral
log_q = log_q - (log_q.logsumexp(0) + log_cell)
share = (log_q + log_cell).exp()  # of q in each cell
log_marginal = log_joint.logsumexp(0) + log_cell
elbo = (share * (log_joint - log_q)).sum()
gap = (share * (log_q - (log_joint - log_marginal))).sum()
print(f"your q: ELBO {elbo:.3f}, gap {gap:.3f} nats")
"""
TOY = """
model = toy.train_toy()  # Algorithm 1 on draws from the toy itself
value, loc, scale = $toy  # the toy's x; mean and scale of your q
encoder = model.encode(torch.tensor([[value]], dtype=torch.float64)).base_dist
for name, m, s in (("your q", loc, scale), ("the encoder's", encoder.loc.item(), encoder.scale.item())):
    bound = toy.toy_bound(model, value, m, s)
    print(f"toy, {name}: log p(x) {bound.log_marginal:.3f} = ELBO {bound.elbo:.3f} + KL {bound.gap:.3f} nats")
"""


def bound_of_row(model: LoadedModel, row: int) -> tuple[str, dict[str, Live]]:
    """Eq. (1) of a test image; with two latent dimensions that of the q in the viewer's hand too."""
    close_up, numbers = cached.close_up(model, row), {"ROW": row, "NUMBER": row + 1}
    if model.vae.config.latent_dim > 2:
        return put(SAMPLED, **numbers), {}
    if close_up is None:
        return put(COARSE + EXACT, **numbers), {}
    q = close_up.encoder
    return put(COARSE + ON_GRID, **numbers), {"q": Live(".ellipse-bench", "q", [*q.loc, *q.scale, q.angle])}


def bound_script(model: LoadedModel, row: int) -> Script:
    """The toy as it stands, and eq. (1) of one test image."""
    body, live = bound_of_row(model, row)
    live |= {"toy": Live(".bound-toy", "view", list(TOY_START))}
    about = f"The bound of the toy, and of one test image by {model.name}."
    return write(model, "bound", about, body + TOY, live, pictures=False)
