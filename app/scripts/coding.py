"""The script of the page Code."""

from __future__ import annotations

from aevb_lab.scripts.writer import Script, put, write
from aevb_lab.session.models import LoadedModel

CODE = """
images = studies.codable(vae, x[${FIRST} : ${END}])  # test images ${NUMBER} to ${END}
tower = studies.tower(vae, images)
for i in range(min(3, len(images))):
    parts = f"pixels {tower.pixels[i]:.1f} + z {tower.latent[i]:.1f} - taken off {tower.taken[i]:.1f}"
    print(f"image {i + 1}: {parts} = {tower.net[i]:.1f} bits; its bound {tower.bounds[i]:.1f}")
print(f"first image {tower.per_image[0]:.1f} bits; {len(images)} images {tower.per_image[-1]:.1f} bits each")
print(f"mean bound {tower.bounds.mean():.1f} bits; all came back: {tower.comes_back}")
message = vc.compress(vae, images)
print(f"the message has {8 * len(message):,} bits; read again: {torch.equal(vc.decompress(vae, message), images)}")
for rival in studies.compare_codes(vae, images):
    print(f"{rival.name}: {rival.bits / len(images):.1f} bits an image (knows {rival.knows})")
flip = studies.flip_bit(vae, images, ${BIT})
print(f"with bit ${BIT} from the top wrong, {int(flip.is_right.sum())} of {len(images)} images come back")
random = studies.decode_random(vae, ${COUNT}, seed=${SEED})
save(torch.from_numpy(random.x)[None], "random-bits.png")
"""


def code_script(model: LoadedModel, first: int, count: int, bit: int, random_count: int, seed: int) -> Script:
    """The tower of test images from row `first` on, other programs, a wrong bit, and random bits."""
    body = put(CODE, FIRST=first, END=first + count, NUMBER=first + 1, BIT=bit, COUNT=random_count, SEED=seed)
    return write(model, "code", f"How many bits images take with {model.name}.", body)
