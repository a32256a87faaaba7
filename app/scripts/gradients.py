"""The script of the page Gradients."""

from __future__ import annotations

from aevb_lab.cached import ARROWS as ARROWS_COUNT
from aevb_lab.cached import FIRST_ARROWS_IMAGE, SMALL_MODEL
from aevb_lab.scripts.writer import Live, Script, put, script_of
from aevb_lab.session.progress import Variances
from vae_core.studies.gradient_variance import REPEATS
from vae_core.studies.iterations import SLOW

VARIANCES = """
torch.set_num_threads(1)  # as in the app: more threads add in another order
digits, trained = vc.load_data("digits"), vc.load_pretrained("${MODEL}")
untrained = studies.untrained(trained.config)

[count] = $chunks  # measurements so far, of ${REPEATS} gradients each
x = studies.binary_draw(digits.x_train)
settings = studies.variance_settings("${AXIS}")  # estimator, draws per image L, images M
measurements = {setting: [] for setting in settings}
for setting, variance in itertools.islice(studies.measure_variances(${WEIGHTS}, x, settings), count):
    measurements[setting].append(variance)
for (name, num_samples, batch_size), values in measurements.items():
    variance, error = studies.average_variance(values)
    print(f"{name}, L = {num_samples}, M = {batch_size}: variance {variance:.5g} ± {error:.2g} nats squared")
"""
ARROWS = """
[image] = $image  # single gradients in the mean of its q(z|x), as arrows
arrows = studies.single_gradients(untrained, x[image - 1 : image], ${COUNT}, seed=image)
print(f"image {image}, mean gradient in the mean of q(z|x): {arrows.mean.tolist()} nats for each unit of z")
for name, gradients in (("outside", arrows.outside), ("inside", arrows.inside)):
    lengths = np.linalg.norm(gradients, axis=1)
    print(f"noise {name}: {arrows.is_right(gradients).sum()} of ${COUNT} point the right way; median length {np.median(lengths):.4g}")
"""
ITERATION = """
[number] = $iteration  # the run in slow motion, spelled out
config = vc.${CONFIG}
algorithm = vc.AEVB(vc.VAE(trained.config, generator=torch.Generator().manual_seed(config.seed)), config)
batches = minibatches.Minibatches(digits.x_train, config.binarization, config.batch_size, config.seed)
total_steps = config.epochs * batches.steps_per_epoch
noise, same_noise = torch.Generator(), torch.Generator()
for step in range(number):
    randomness.seed_stream(noise, config.seed, "noise", step)
    x = batches.draw(step, noise)
    same_noise.set_state(noise.get_state())
    before = copy.deepcopy(algorithm.vae)
    eps = bounds.draw_eps(before, len(x), 1, same_noise)
    first = (x, eps) if step == 0 else first  # each iteration takes other images: these are the same for all
    algorithm.step(x, num_train=batches.num_images, generator=noise, step=step, total_steps=total_steps)
after = algorithm.vae
with torch.no_grad():
    q = before.encode(x).base_dist
    z = q.loc + q.scale * eps[0]
    bound, again = vc.elbo(before, x, eps=eps), vc.elbo(after, x, eps=eps)
    of_first = vc.elbo(before, first[0], eps=first[1]).elbo.mean()
    moved = sum((new - old).square().sum() for new, old in zip(after.parameters(), before.parameters())).sqrt()
for i in range(len(x)):
    print(f"image {i + 1}: mean {q.loc[i].tolist()}, scale {q.scale[i].tolist()}, eps {eps[0, i].tolist()}, z {z[i].tolist()}")
    print(f"  log p(x|z) {bound.recon_log_lik[i]:.1f} - KL {bound.kl[i]:.1f} = ELBO {bound.elbo[i]:.1f} nats")
for name, parameter in after.named_parameters():
    print(f"gradient in {name}: length {parameter.grad.norm():.4f}")
for part in ("encoder", "decoder"):  # the weights on which the ELBO depends most; training descends -ELBO
    gradients = torch.cat([-p.grad.flatten() for name, p in after.named_parameters() if name.startswith(part)])
    print(f"steepest in the {part}: {gradients[gradients.abs().topk(3).indices].tolist()}")
print(f"the images of iteration 1 before iteration {number}: mean ELBO {of_first:.1f} nats")
print(f"mean ELBO {bound.elbo.mean():.3f} nats; after the update {again.elbo.mean():.3f}; weights moved by {moved:.4f}")
"""


def gradients_script(variances: Variances, weights: str, axis: str) -> Script:
    """The variances that are on the chart, the arrows, and the iteration in slow motion."""
    about = (
        "Gradient estimators: their variance, measured as the page did, and single gradients; one iteration of AEVB."
    )
    body = put(VARIANCES, MODEL=SMALL_MODEL, REPEATS=REPEATS, AXIS=axis, WEIGHTS=weights)
    body += put(ARROWS, COUNT=ARROWS_COUNT)
    body += put(ITERATION, CONFIG=repr(SLOW))
    live = {
        "chunks": Live(".st-key-gradient_variance .js-plotly-plot", "layout.meta.chunks", [variances.count]),
        "image": Live(".st-key-arrows_image input", "valueAsNumber", [FIRST_ARROWS_IMAGE]),
        "iteration": Live(".st-key-iteration input", "valueAsNumber", [1]),
    }
    return script_of("gradients", about, body, live)
