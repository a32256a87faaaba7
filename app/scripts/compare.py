"""The scripts of the Compare page: models side by side, and a moment of a run."""

from __future__ import annotations

from collections.abc import Sequence

from aevb_lab.escaping import file_stem
from aevb_lab.scripts.writer import PICTURE, Live, Script, images_of, labels_of, load_of, put, script_of, text_of
from aevb_lab.session.images import require_examples
from aevb_lab.session.models import LoadedModel
from aevb_lab.session.travel import Travel
from aevb_lab.session.twins import title_of
from vae_core.studies.travel import shown_rows

TWINS = """
torch.set_grad_enabled(False)
MODELS = {
${TABLE}}
vae = next(iter(MODELS.values()))
examples = ${IMAGES}
${CLASSES}on_one_x = studies.twins(list(MODELS.values()), examples[${ROW}], seed=${SEED})  # test image ${NUMBER} and eps, the same for all
z = torch.tensor($z, dtype=torch.float32)  # the cursor's, the same for all
decoded, reconstructions, draws = [], [], []
for (title, model), twin in zip(MODELS.items(), on_one_x, strict=True):
    decoded.append(latent.decoded_means(model, z))
    reconstructions.append(torch.from_numpy(twin.reconstruction))
    print(title)
    print(f"  ELBO {twin.elbo:.2f} ± {twin.elbo_error:.2f} = {twin.recon_log_lik:.2f} - KL {twin.kl:.2f} nats")
    print(f"  squared error {twin.squared_error:.3f} a pixel")
    print(f"  KL(q(z) || p(z)) {studies.distance_to_prior(model, examples):.2f} nats")
${HOLES}    print(f"  at z: differs from the first by at most {float((decoded[-1] - decoded[0]).abs().max()):.4f} a pixel")
save(torch.stack([torch.stack(decoded), torch.stack(reconstructions)]), "side-by-side.png")
${PICTURE}"""
HOLES = """\
    holes = studies.holes(model, examples)
    print(f"  in holes: {holes.share:.2%} ± {holes.share_error:.2%} of {holes.num_draws:,} draws from N(0, I)")
    print(f"  in holes: {holes.fitted_share:.2%} ± {holes.fitted_share_error:.2%} of draws from a Gaussian fitted to its codes")
    print(f"  out of reach: {holes.out_of_reach:.2%} ± {holes.out_of_reach_error:.2%} of the test images")
    print(f"  of {len(holes.draws)} draws, the farthest differs from a test image's picture by {holes.distances.max():.2f}, the nearest by {holes.distances.min():.2f}")
    print(f"  the limit is {holes.limit:.2f}")
${ALIKE}    first, count = $draws  # those on screen, the same for all
    draws.append(latent.decoded_means(model, torch.from_numpy(holes.draws[first : first + count])))
"""
CLASSES = """names = ${NAMES}
labels = np.unique(${LABELS}, return_inverse=True)[1]
"""
ALIKE = """\
    label, alike = holes.most_alike(labels)
    print(f"  of {len(holes.draws)} draws, most are like {names[label]}: {alike}")
"""
DRAWS = """save(torch.stack(draws), "draws-from-the-prior.png")
"""


def twins_script(models: Sequence[LoadedModel], row: int, seed: int) -> Script:
    """Models on the same x, eps and z: bounds, decodings and differences."""
    titles = [title_of(model) for model in models]
    table = "".join(
        f"    {title.replace('$', '_')!r}: {_in_table(load_of(model))}\n"
        for title, model in zip(titles, models, strict=True)
    )
    examples = require_examples(models[0])
    has_holes = len(examples.x) > 1  # a picture is compared with its nearest one
    has_classes = has_holes and examples.labels is not None
    values = {"TABLE": table, "IMAGES": images_of(models[0]), "SEED": seed}
    values |= {
        "CLASSES": put(CLASSES, NAMES=_names(examples.class_names), LABELS=labels_of(models[0])) if has_classes else "",
        "HOLES": put(HOLES, ALIKE=ALIKE if has_classes else "") if has_holes else "",
        "PICTURE": DRAWS if has_holes else "",
    }
    live = {"z": Live(".twin", "latent", [0.0] * models[0].vae.config.latent_dim)}
    live |= {"draws": Live(".twin", "draws", [0, 10])} if has_holes else {}
    about = f"{', '.join(titles)}: the same x, eps and z."
    name = "-".join(["side-by-side", *(file_stem(model.name) for model in models)])
    return script_of(name, about, PICTURE + put(TWINS, ROW=row, NUMBER=row + 1, **values), live)


def _names(texts: Sequence[str]) -> str:
    return f"[{', '.join(map(text_of, texts))}]"


def _in_table(load: str) -> str:
    expression, *comment = load.split("  #")
    return ",  #".join([expression, *comment]) if comment else f"{expression},"


TRAVEL = """
CONFIG = ${CONFIG}
ROWS = ${ROWS}  # the images whose reconstructions are shown


def save(images, file):
    \"""One row of flat images (count, pixels) in [0, 1] as a picture.\"""
    picture = latent.mosaic(images[None].clamp(0, 1) * 255, CONFIG.image_shape)
    Image.fromarray(picture.round().to(torch.uint8).numpy()).save(file)


for name, step in zip(FOLDERS, $steps, strict=True):
    folder = FOLDERS[name]
    kept = frames.load_frames(folder / "frames.safetensors")
    history = vc.History.from_json((folder / "history.json").read_text(encoding="utf-8"))
    frame = next(frame for frame in kept if frame.step == step)
    record = [record for record in history.records if record.samples_seen <= frame.samples_seen][-1]
    print(f"{name}, step {step}: test {history.about.label} {history.test_value(record):.2f} nats, measured at step {record.step}")
    print(f"  encoded means of {len(frame.means)} test images: on average {frame.means.float().mean(0).tolist()}")
    np.savetxt(f"{name}-step-{step}-means.csv", frame.means.float().numpy(), delimiter=",")
    picture = latent.mosaic(frame.pictures.float(), CONFIG.image_shape)
    Image.fromarray(picture.byte().numpy()).save(f"{name}-step-{step}.png")
    full = [frame for frame in kept if frame.weights and frame.step <= step]  # other frames keep no decoder
    if full:
        decoded = studies.decode_frame(CONFIG, full[-1], ROWS)
        images, samples = torch.from_numpy(decoded.reconstructions), torch.from_numpy(decoded.samples)
        save(images, f"{name}-step-{step}-reconstructions.png")
        print(f"  reconstructions of step {full[-1].step}: their pixels are {float(images.mean()):.6f} on average")
    if full and len(samples):
        save(samples, f"{name}-step-{step}-samples.png")
        print(f"  decoded draws from the prior: their pixels are {float(samples.mean()):.6f} on average")
"""


def travel_script(travels: Sequence[Travel]) -> Script:
    """The frame at the slider's position, of a run and of its branch."""
    folders = "".join(f"    {file_stem(travel.name)!r}: {folder_of(travel)},\n" for travel in travels)
    values = {"CONFIG": f"vc.{travels[0].config!r}", "ROWS": shown_rows(travels[0].classes)}
    body = f"\nFOLDERS = {{\n{folders}}}" + put(TRAVEL, **values)
    live = {"steps": Live(".time-travel", "steps", [travel.frames[-1].step for travel in travels])}
    about = f"A moment of the training of {', '.join(travel.name for travel in travels)}."
    return script_of(f"{file_stem(travels[0].name)}-frame", about, body, live)


def folder_of(travel: Travel) -> str:
    """An expression for the folder of the run."""
    if travel.spec is None:
        return f'models.pretrained_path("{travel.name}")'
    return f'Path("{file_stem(travel.name)}-run")  # the downloaded run, unpacked'
