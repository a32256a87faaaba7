"""The script of the page The bound."""

from __future__ import annotations

from aevb_lab.scripts.close_up import bound_of_row
from aevb_lab.scripts.writer import Live, Script, write
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


def bound_script(model: LoadedModel, row: int) -> Script:
    """The toy as it stands, and eq. (1) of one test image."""
    body, live = bound_of_row(model, row)
    live |= {"toy": Live(".bound-toy", "view", list(TOY_START))}
    about = f"The bound of the toy, and of one test image by {model.name}."
    return write(model, "bound", about, body + TOY, live, pictures=False)
