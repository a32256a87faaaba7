"""The scripts of the pages."""

from __future__ import annotations

import numpy as np

from app.scripts.writer import PICTURE, Live, Script, file_stem, images_of, load_of, put, script_of, write
from app.session.models import LoadedModel
from app.state.compare import NOISE_DRAWS, Travel, Twin, class_labels, prior_draws, shown_rows
from app.state.paths import REPEATS, TRAVERSED

# -- the pages ---------------------------------------------------------------------------------------------------


PATH = """
z = latent.${SHAPE}_path(a, b, ${STEPS})
images = latent.decoded_means(vae, z)
save(images[None], "path.png")
log_prior = vae.prior.log_prob(z)
for step, value in enumerate(log_prior.tolist()):
    print(f"step {step + 1}: log p(z) = {value:.3f} nats")
"""


def path_script(model: LoadedModel, ends: tuple[np.ndarray, np.ndarray], rows: Sequence[int] | None, steps: int, spherical: bool) -> Script:  # fmt: skip
    """A path between two test images (`rows`) or two points."""
    if rows is not None:
        begin = f"\na, b = (latent.encoded_means(vae, x[row : row + 1])[0] for row in {rows})  # two test images"
    else:
        begin = "".join(f"\n{name} = torch.tensor({z.tolist()})" for name, z in zip("ab", ends, strict=True))
    body = begin + put(PATH, SHAPE="spherical" if spherical else "straight", STEPS=steps)
    return write(model, "path", f"A path through the latent space of {model.name}.", body, images=rows is not None)


DIMENSIONS = """
use = latent.latent_use(vae, x)
order = use.kl.argsort(descending=True, stable=True).tolist()
z = ${POINT}
values = torch.linspace(${FIRST}, ${LAST}, ${COUNT})
save(latent.traversals(vae, z, order, values), "dimensions.png")
print(f"{int(use.active.sum())} of {len(use.kl)} dimensions are active; together {use.kl.sum():.2f} nats")
for j in order:
    print(f"z{j + 1}: KL {use.kl[j]:.2f} ± {use.kl_error[j]:.2f} nats, variance of the mean {use.variance[j]:.2g}")
"""


def dimensions_script(model: LoadedModel, row: int | None) -> Script:
    """What each latent dimension carries; traversals around the test image in `row`, or around 0."""
    point = "torch.zeros(vae.config.latent_dim)"
    if row is not None:
        point = f"latent.encoded_means(vae, x[{row}:{row + 1}])[0]  # test image {row + 1}"
    body = put(DIMENSIONS, POINT=point, FIRST=TRAVERSED[0], LAST=TRAVERSED[-1], COUNT=len(TRAVERSED))
    return write(model, "dimensions", f"Each latent dimension of {model.name} by itself.", body)


SAMPLES = """
z, drawn = vc.simulate(vae, ${COUNT}, generator=torch.Generator().manual_seed(${SEED}))
images = ${IMAGES}
save(images.reshape(-1, ${COLUMNS}, vae.config.data_dim), "samples.png")
print(f"${COUNT} draws of the prior, seed ${SEED}: pixels are {float(images.mean()):.6f} on average")
"""


def samples_script(model: LoadedModel, count: int, columns: int, seed: int, *, means: bool) -> Script:
    """Samples of the model itself."""
    images = "latent.decoded_means(vae, z)" if means else "drawn"
    body = put(SAMPLES, COUNT=count, SEED=seed, IMAGES=images, COLUMNS=columns)
    return write(model, "samples", f"Samples of {model.name}.", body, images=False)


AGGREGATE = """
generator = torch.Generator().manual_seed(0)
parts = [representation.split_information(vae, x, generator=generator) for _ in range(${REPEATS})]
kl = np.array([part.marginal_kl for part in parts])
mean_kl = parts[0].mean_kl
print(f"KL(q(z) || p(z)) {kl.mean():.3f} ± {kl.std(ddof=1) / ${REPEATS}**0.5:.3f} nats")
print(f"mean KL(q(z|x) || p(z)) {mean_kl:.2f} nats; information of image and code {mean_kl - kl.mean():.2f} nats")
"""


def aggregate_script(model: LoadedModel) -> Script:
    """q(z) of all test images beside the prior."""
    body = put(AGGREGATE, REPEATS=REPEATS)
    return write(model, "aggregate", f"q(z) of {model.name} beside the prior.", body, pictures=False)


TWINS = """
torch.set_grad_enabled(False)
MODELS = {
${TABLE}}
vae = next(iter(MODELS.values()))
examples = ${IMAGES}
x = examples[${ROW}]  # test image ${NUMBER}, the same for all
eps = torch.randn(${NOISE}, vae.config.latent_dim, generator=torch.Generator().manual_seed(${SEED}))  # the same for all
z = torch.tensor($z, dtype=torch.float32)  # the cursor's, the same for all
decoded, again = [], []
for title, model in MODELS.items():
    bound = vc.elbo(model, x.expand(len(eps), -1), eps=eps[None])
    q = model.encode(x[None]).base_dist
    decoded.append(latent.decoded_means(model, z))
    again.append(latent.decoded_means(model, q.loc[0] + q.scale[0] * eps[0]))
    far = representation.split_information(model, examples, num_samples=4, generator=torch.Generator().manual_seed(0))
    elbo, recon, kl = (float(term.double().mean()) for term in bound)
    print(title)
    print(f"  ELBO {elbo:.2f} ± {float(bound.elbo.std()) / len(eps) ** 0.5:.2f} = {recon:.2f} - KL {kl:.2f} nats")
    print(f"  squared error {float((again[-1] - x).square().mean()):.3f} a pixel")
    print(f"  KL(q(z) || p(z)) {far.marginal_kl:.2f} nats")
    print(f"  at z: differs from the first by at most {float((decoded[-1] - decoded[0]).abs().max()):.4f} a pixel")
save(torch.stack([torch.stack(decoded), torch.stack(again)]), "side-by-side.png")
"""


def twins_script(twins: Sequence[Twin], row: int, seed: int) -> Script:
    """Models on the same x, eps and z: bounds, decodings and differences."""
    first = twins[0].model
    table = "".join(f"    {one.title.replace('$', '_')!r}: {_in_table(load_of(one.model))}\n" for one in twins)
    values = {"TABLE": table, "IMAGES": images_of(first), "NOISE": NOISE_DRAWS, "SEED": seed}
    live = {"z": Live(".twin", "latent", [0.0] * first.vae.config.latent_dim)}
    about = f"{', '.join(one.title for one in twins)}: the same x, eps and z."
    name = "-".join(["side-by-side", *(file_stem(one.model.name) for one in twins)])
    return script_of(name, about, PICTURE + put(TWINS, ROW=row, NUMBER=row + 1, **values), live)


def _in_table(load: str) -> str:
    expression, *comment = load.split("  #")
    return ",  #".join([expression, *comment]) if comment else f"{expression},"


TRAVEL = """
CONFIG = ${CONFIG}
ROWS = ${ROWS}  # the images whose reconstructions are shown
DRAWS = torch.randn(${DRAWS}, CONFIG.latent_dim, generator=torch.Generator().manual_seed(0))  # from the prior
torch.set_grad_enabled(False)
for name, step in zip(FOLDERS, $steps, strict=True):
    folder = FOLDERS[name]
    frames = frames.load_frames(folder / "frames.safetensors")
    history = vc.History.from_json((folder / "history.json").read_text(encoding="utf-8"))
    frame = next(frame for frame in frames if frame.step == step)
    record = [record for record in history.records if record.samples_seen <= frame.samples_seen][-1]
    print(f"{name}, step {step}: test {history.about.label} {history.test_value(record):.2f} nats, measured at step {record.step}")
    print(f"  encoded means of {len(frame.means)} test images: on average {frame.means.float().mean(0).tolist()}")
    np.savetxt(f"{name}-step-{step}-means.csv", frame.means.float().numpy(), delimiter=",")
    picture = latent.mosaic(frame.pictures.float(), CONFIG.image_shape)
    Image.fromarray(picture.byte().numpy()).save(f"{name}-step-{step}.png")
    full = [one for one in frames if one.weights and one.step <= step]  # other frames keep no decoder
    if full:
        vae = vc.VAE(CONFIG, generator=None)
        vae.load_state_dict({key: tensor.float() for key, tensor in full[-1].weights.items()}, strict=False)
        images = latent.decoded_means(vae, full[-1].means[ROWS].float())
        picture = latent.mosaic(images[None].clamp(0, 1) * 255, CONFIG.image_shape).round().to(torch.uint8)
        Image.fromarray(picture.numpy()).save(f"{name}-step-{step}-reconstructions.png")
        print(f"  reconstructions of step {full[-1].step}: their pixels are {float(images.mean()):.6f} on average")
    if full and len(DRAWS):
        samples = latent.decoded_means(vae, DRAWS)
        picture = latent.mosaic(samples[None].clamp(0, 1) * 255, CONFIG.image_shape).round().to(torch.uint8)
        Image.fromarray(picture.numpy()).save(f"{name}-step-{step}-samples.png")
        print(f"  decoded draws from the prior: their pixels are {float(samples.mean()):.6f} on average")
"""


def travel_script(travels: Sequence[Travel]) -> Script:
    """The frame at which the slider stands, of a run and of its branch."""
    folders = "".join(f"    {file_stem(one.name)!r}: {folder_of(one)},\n" for one in travels)
    config, rows = travels[0].config, shown_rows(class_labels(travels[0]))
    values = {"CONFIG": f"vc.{config!r}", "ROWS": rows, "DRAWS": len(prior_draws(config))}
    body = f"\nFOLDERS = {{\n{folders}}}" + put(TRAVEL, **values)
    live = {"steps": Live(".time-travel", "steps", [one.frames[-1].step for one in travels])}
    about = f"A moment of the training of {', '.join(one.name for one in travels)}."
    return script_of(f"{file_stem(travels[0].name)}-frame", about, body, live)


def folder_of(travel: Travel) -> str:
    if travel.spec is None:
        return f'models.pretrained_path("{travel.name}")'
    return f'Path("{file_stem(travel.name)}-run")  # the downloaded run, unpacked'
