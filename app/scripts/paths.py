"""The scripts of the Paths page."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aevb_lab.scripts.writer import Script, film_of, put, write
from aevb_lab.session.models import LoadedModel

PATH = """
path = studies.path_between(vae, a, b, ${STEPS}, spherical=${SPHERICAL})
save(torch.from_numpy(path.images)[None], "path.png")
low, middle, high = path.usual_radius
print(f"|z| of nine in ten draws from the prior: {low:.2f} to {high:.2f}")
for step, (radius, value) in enumerate(zip(path.radius.tolist(), path.log_prior.tolist(), strict=True)):
    print(f"step {step + 1}: |z| = {radius:.3f}, log p(z) = {value:.3f} nats")
"""


def path_script(model: LoadedModel, ends: tuple[np.ndarray, np.ndarray], rows: Sequence[int] | None, steps: int, spherical: bool) -> Script:  # fmt: skip
    """A path between two test images (`rows`) or two points."""
    if rows is not None:
        ends_lines = f"\na, b = (studies.encoded_point(vae, x[row]) for row in {rows})  # two test images"
    else:
        ends_lines = "".join(f"\n{name} = {z.tolist()}" for name, z in zip("ab", ends, strict=True))
    body = ends_lines + put(PATH, SPHERICAL=spherical, STEPS=steps)
    return write(model, "path", f"A path through the latent space of {model.name}.", body, images=rows is not None)


DIMENSIONS = """
z = ${POINT}
use = studies.dimensions(vae, x, z${FILM})
save(torch.from_numpy(use.traversals), "dimensions.png")
print(f"{use.num_active} of {len(use.kl)} dimensions are active; together {use.total_kl:.2f} nats")
for j in use.order:
    print(f"z{j + 1}: KL {use.kl[j]:.2f} ± {use.kl_error[j]:.2f} nats, variance of the mean {use.variance[j]:.2g}")
"""


def dimensions_script(model: LoadedModel, row: int | None) -> Script:
    """What each latent dimension carries; traversals around the test image in `row`, or around 0."""
    point = "[0.0] * vae.config.latent_dim"
    if row is not None:
        point = f"studies.encoded_point(vae, x[{row}])  # test image {row + 1}"
    return write(
        model,
        "dimensions",
        f"Each latent dimension of {model.name} by itself.",
        put(DIMENSIONS, POINT=point, FILM=film_of(model)),
    )


SAMPLES = """
samples = studies.prior_samples(vae, ${COUNT}, seed=${SEED})
images = torch.from_numpy(samples.${IMAGES})
save(images.reshape(-1, ${COLUMNS}, vae.config.data_dim), "samples.png")
print(f"${COUNT} draws of the prior, seed ${SEED}: pixels are {float(images.mean()):.6f} on average")
"""


def samples_script(model: LoadedModel, count: int, columns: int, seed: int, *, means: bool) -> Script:
    """Samples of the model itself."""
    body = put(SAMPLES, COUNT=count, SEED=seed, IMAGES="means" if means else "draws", COLUMNS=columns)
    return write(model, "samples", f"Samples of {model.name}.", body, images=False)


AGGREGATE = """
mixture = studies.aggregate(vae, x, studies.choose_plane(vae, x))
print(f"KL(q(z) || p(z)) {mixture.marginal_kl:.3f} ± {mixture.marginal_kl_error:.3f} nats")
print(f"  of {mixture.images:,} images: it falls with their number, and is at least {mixture.floor:.2f} nats for so many")
print(f"mean KL(q(z|x) || p(z)) {mixture.mean_kl:.2f} nats; information of image and code {mixture.information:.2f} nats")
holes = studies.holes(vae, x)
print(f"random z with a picture unlike every real one: {holes.share:.1%} ± {holes.share_error:.1%}")
print(f"draws from the prior in empty places: {mixture.empty_share:.2%} ± {mixture.empty_error:.2%}")
"""


def aggregate_script(model: LoadedModel) -> Script:
    """q(z) of all test images beside the prior."""
    return write(model, "aggregate", f"q(z) of {model.name} beside the prior.", AGGREGATE, pictures=False)
