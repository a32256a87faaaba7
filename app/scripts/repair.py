"""The script of the Repair page."""

from __future__ import annotations

import numpy as np

from aevb_lab.scripts.writer import Script, pixels_of, put, write
from aevb_lab.session.images import examples_for
from aevb_lab.session.models import LoadedModel
from vae_core.studies.repairs import CHAINS, Damage

REPAIR = """
coarse = studies.decoded_grid(vae, ${EXAMPLES})
restoration = studies.repair(vae, x[0], damage, num_samples=${NUM_SAMPLES}, coarse=coarse)
for number, answer in enumerate(restoration.answers, 1):
    print(f"answer {number}: {answer.weight:.0%} of p(z|y)")
for number, kind in enumerate(restoration.kinds, 1):
    print(f"kind {number}: {kind.weight:.0%} of the draws")
images = [answer.image for answer in restoration.answers]
images += [restoration.mean, restoration.uncertainty, x[0].numpy()]
save(torch.from_numpy(np.stack(images))[None], "answers.png")
save(torch.from_numpy(np.stack([kind.image for kind in restoration.kinds]))[None], "kinds.png")
print(f"PSNR of E[x|y] {restoration.psnr:.1f} dB")

chain = studies.chain(vae, x[0], damage, "${NAME}", coarse=coarse)
stayed = int((~chain.moved).sum())
print(f"${NAME}: it stays at {stayed} of ${STEPS} steps and ends at z =", chain.z[-1].tolist())
"""
DISTANCE = """value, floor = chain.distance
print(f"total variation to p(z|y) {value:.2f}; as many exact draws: {floor:.2f}")
"""


def repair_script(
    model: LoadedModel, x: np.ndarray, row: int | None, damage: Damage, num_samples: int, method: str
) -> Script:
    """p(z|y), the answers and the chain, of a test image or of an image x (data_dim,) of one's own."""
    has_examples = examples_for(model) is not None
    body = "\nexamples = x\n" if has_examples else "\n"
    body += f"x = examples[{row} : {row} + 1]  # test image {row + 1}\n" if row is not None else pixels_of(x)
    body += f"damage = studies.{damage!r}\n"
    values = {"NUM_SAMPLES": num_samples, "NAME": method, "STEPS": CHAINS[method][1]}
    body += put(REPAIR, EXAMPLES="examples" if has_examples else None, **values).lstrip("\n")
    body += DISTANCE if model.vae.config.latent_dim == 2 else ""
    return write(model, "repair", f"An image repaired by {model.name}.", body, images=has_examples)
