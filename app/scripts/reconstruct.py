"""The scripts of Reconstruct."""

from __future__ import annotations

from collections.abc import Sequence

from aevb_lab.scripts.writer import Script, film_of, pixels_of, put, write
from aevb_lab.session.models import LoadedModel
from vae_core.studies.own_image import OwnImage

TEST_IMAGES = """
q = vae.encode(x).base_dist
np.savetxt("points.csv", torch.cat([q.loc, q.scale], 1).numpy(), delimiter=",")
bound = studies.measure_bounds(vae, x${FILM})
print(f"ELBO {bound.mean_elbo:.4f} ± {bound.elbo_error:.4f} nats per image over {len(x)} test images")
rows = ${ROWS}  # the images on the screen
images = torch.from_numpy(studies.reconstruct(vae, x[rows]))
save(torch.stack([x[rows], images]), "reconstructions.png")
for row in rows:
    elbo, recon, kl = bound.elbo[row], bound.recon_log_lik[row], bound.kl[row]
    print(f"#{row + 1}: ELBO {elbo:.2f} = {recon:.2f} - KL {kl:.2f} nats")
"""


def reconstruct_script(model: LoadedModel, rows: Sequence[int]) -> Script:
    """The bound of all test images, and the reconstructions of those on the screen."""
    about = f"Test images reconstructed by {model.name}, and their bound."
    return write(model, "reconstructions", about, put(TEST_IMAGES, ROWS=list(rows), FILM=film_of(model)))


OWN_IMAGE = """
encoding = studies.encode_image(vae, x, "none")
print(f"ELBO {encoding.elbo:.2f} ± {encoding.elbo_error:.2f} = {encoding.recon_log_lik:.2f} - KL {encoding.kl:.2f} nats")
print("mean of q(z|x):", encoding.loc.tolist())
print("standard deviations of q(z|x):", encoding.scale.tolist())
save(torch.stack([x, torch.from_numpy(encoding.reconstruction)[None]]), "reconstruction.png")
"""


def own_image_script(model: LoadedModel, image: OwnImage) -> Script:
    """The bound and the reconstruction of a drawing or a picture, whose pixels stand in the script."""
    about = f"An image of one's own, encoded by {model.name}."
    return write(model, "own-image", about, pixels_of(image.x) + OWN_IMAGE, images=False)
