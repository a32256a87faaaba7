"""The script of the page Sketch."""

from __future__ import annotations

from aevb_lab.scripts.writer import Script, put, script_of
from aevb_lab.session.sketch import Choices, texts_of_sets

BODY = """
torch.set_num_threads(1)  # as in the app: more threads add in another order
points = ${POINTS}
config = ${CONFIG}
training = ${TRAINING}
for vae, moment in studies.train_points(points, config, training, steps=2000):
    bound = "no encoder" if moment.elbo is None else f"bound {moment.elbo:.4f}"
    print(f"step {moment.step}: {bound}, log p(x) {moment.log_marginal:.4f} nats", flush=True)
picture = studies.plane_picture(vae, torch.from_numpy(points).float(), has_encoder=training.trains_encoder)
print(f"sigma from {picture.scales.min():.3f} to {picture.scales.max():.3f}; highest log p(x) of a drawn point {picture.log_marginal.max():.2f} nats")
"""


def sketch_script(text: str, choices: Choices) -> Script:
    """The same training from the first weights; a run that was changed on its way is not repeated."""
    name = next((name for name, points in texts_of_sets().items() if points == text), None)
    points = f'studies.point_set("{name}")' if name else f'studies.points_of_text("{text}")'
    body = put(BODY, POINTS=points, CONFIG=f"vc.{choices.model_config!r}", TRAINING=f"vc.{choices.train_config!r}")
    return script_of(
        "sketch", "A VAE of points in the plane, trained again: the same seed gives the same numbers.", body
    )
