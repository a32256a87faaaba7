"""The script of the Latent map."""

from __future__ import annotations

from aevb_lab.scripts.close_up import bound_of_row
from aevb_lab.scripts.writer import Live, Script, put, write
from aevb_lab.session.models import LoadedModel

POINT = """
z = torch.tensor($z, dtype=torch.float32)  # the point on the map
image = latent.decoded_means(vae, z)
save(image[None, None], "decoded.png")
print("z = (" + ", ".join(f"{value:.2f}" for value in z.tolist()) + ")")
print(f"mean of p(x|z): its pixels are {float(image.mean()):.6f} on average")
"""


DRAWS = """
draws = studies.draw_codes(vae, x[row], seed=${SEED})
save(torch.from_numpy(draws.images)[None], "draws.png")
print("log p(x|z) at draws of q(z|x):", ", ".join(f"{value:.1f}" for value in draws.log_lik.tolist()))
"""


def map_script(model: LoadedModel, row: int | None, seed: int) -> Script:
    """The point on the map, decoded. With a `row` also the posterior of that test image, with draws from `seed`."""
    live = {"z": Live("canvas[data-role=decoded]", "latent", [0.0] * model.vae.config.latent_dim)}
    body = POINT
    if row is not None:
        bound, bound_live = bound_of_row(model, row)
        body += bound + put(DRAWS, SEED=seed)
        live |= bound_live
    about = f"The point on the latent map of {model.name}, decoded."
    return write(model, "map", about, body, live, images=row is not None)
