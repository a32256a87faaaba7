"""The scripts of the page Steer."""

from __future__ import annotations

import numpy as np

from aevb_lab.scripts.writer import Script, put, write
from aevb_lab.session.models import LoadedModel
from aevb_lab.session.steering import Asked

STEERING = """
about = studies.handles(vae, x)
start = ${START}
asked = ${ASKED}
for name, way in (("steered", studies.steer), ("plain", studies.steer_plainly)):
    path = way(vae, start, asked, about)
    save(torch.from_numpy(path.images)[None], f"{name}.png")
    for attribute, before, after in zip(path.names, path.measured[0], path.measured[-1], strict=True):
        print(f"{name}: {attribute} {before:.2f} -> {after:.2f}" + (f", asked {asked[attribute]:.2f}" if attribute in asked else ""))
    print(f"{name}: |z| {path.radius[-1]:.3f}; 95 % of the prior's draws have less than {path.usual_radius[2]:.3f}")
    near = studies.nearest_images(vae, x, path.z[-1])
    print(f"{name}: nearest test images {[int(row) + 1 for row in near.rows]}")
"""

SUM = """
a, b, c = (${A}), (${B}), (${C})
path = studies.code_sum(vae, a, b, c, ${AMOUNT})
save(torch.from_numpy(path.images)[None], "sum.png")
print(f"|z| of the sum {path.radius[-1]:.3f}; 95 % of the prior's draws have less than {path.usual_radius[2]:.3f}")
near = studies.nearest_images(vae, x, path.z[-1])
print(f"nearest test images {[int(row) + 1 for row in near.rows]}, {near.distances.round(2).tolist()} away; usual {near.usual:.2f}")
"""


def steering_script(model: LoadedModel, start: np.ndarray, row: int | None, asked: Asked) -> Script:
    """An image steered both ways: the test image in `row`, or a code (latent,) of its own."""
    point = (
        start.astype(float).round(6).tolist()
        if row is None
        else f"studies.encoded_point(vae, x[{row}])  # test image {row + 1}"
    )
    body = put(STEERING, START=point, ASKED=dict(asked))
    return write(model, "steer", f"An image of {model.name}, steered by what is measured of it.", body)


def sum_script(model: LoadedModel, groups: tuple[tuple[int, ...], ...], amount: float) -> Script:
    """A + amount (C - B) of three groups of test images, by their rows."""
    terms = {name: f"studies.mean_code(vae, x[{list(rows)}])" for name, rows in zip("ABC", groups, strict=True)}
    return write(model, "sum", f"A sum of codes of {model.name}.", put(SUM, AMOUNT=amount, **terms))
