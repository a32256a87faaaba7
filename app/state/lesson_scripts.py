"""Scripts of an image repaired, and of curves."""

from __future__ import annotations

import numpy as np

from app.scripts.writer import Script, file_stem, is_pretrained, pixels_of, put, script_of, write
from app.session.images import examples_for
from app.session.models import LoadedModel
from app.state.repair import CHAINS, COARSE, COVER, TOLERANCE, Damage

# -- repair ------------------------------------------------------------------------------------------------------

SEEN = {
    COVER: """observed = torch.from_numpy(~np.unpackbits(np.frombuffer(base64.urlsafe_b64decode("${HIDDEN}"), np.uint8))
    [: vae.config.data_dim].astype(bool))
observation = vc.Mask(observed)
y = torch.where(observed, x, torch.nan)
""".replace("\n    [", "["),
    "": """observation = vc.${OBSERVATION}
y = observation.corrupt(x, generator=torch.Generator().manual_seed(seed))
""",
}
BY_GRID = """means = ${MEANS}
coarse = posterior.decode_grid(vae, means) or posterior.decode_grid(vae, torch.zeros(1, 2))
grid = vc.observation_grid(vae, y, observation, ${TOLERANCE}, coarse=coarse)
z = vc.restoration.grid.sample_grid(grid, num_samples, generator, lambda z: vc.restoration.proposals.log_density(vae, y, observation, z))
p = vae.decode(z)
means = observation.mean_x(p, y)
mean, std = means.mean(0)[0], (observation.var_x(p, y).mean(0) + means.var(0, correction=0)).sqrt()[0]
completions = answers.find_completions(vae, y, observation, z)[0]
"""
BY_SAMPLES = """found = vc.restore(vae, y, observation, num_samples=num_samples, generator=generator)
z, mean, std, completions = found.z, found.mean[0], found.std[0], found.completions[0]
"""
ANSWERS = """for number, answer in enumerate(completions, 1):
    print(f"answer {number}: {answer.weight:.0%} of p(z|y)")
kinds = answers.find_representatives(vae, y, observation, z)[0]
for number, kind in enumerate(kinds, 1):
    print(f"kind {number}: {kind.weight:.0%} of the draws")
save(torch.stack([kind.image for kind in kinds])[None], "kinds.png")
save(torch.stack([*(answer.image for answer in completions), mean, std / std.max(), x[0]])[None], "answers.png")
where = ${WHERE}
error = (mean - x[0])[where].double().square().mean()
print(f"PSNR of E[x|y] {-10.0 * error.log10():.1f} dB")

generator = torch.Generator().manual_seed(seed)
steps = vc.restoration_steps(vae, y, observation, method="${METHOD}", num_chains=1, generator=generator)
chain = torch.stack([state.z.reshape(-1) for state in itertools.islice(steps, ${STEPS} + 1)])
stayed = int((chain[1:] == chain[:-1]).all(1).sum())
print(f"${NAME}: it stays at {stayed} of ${STEPS} steps and ends at z =", chain[-1].tolist())
"""
DISTANCE = """distance = vc.total_variation(chain[1:, None], grid)
print(f"total variation to p(z|y) {float(distance.value):.2f}; as many exact draws: {float(distance.floor):.2f}")
"""


def repair_script(
    model: LoadedModel, x: np.ndarray, row: int | None, damage: Damage, num_samples: int, method: str
) -> Script:
    """p(z|y), the answers and the chain, of a test image or of an image x (data_dim,) of one's own."""
    flat, examples = model.vae.config.latent_dim == 2, examples_for(model) is not None
    body = "\nexamples = x\n" if examples else "\n"
    body += f"x = examples[{row} : {row} + 1]  # test image {row + 1}\n" if row is not None else pixels_of(x)
    body += f"seed, num_samples = {damage.seed}, {num_samples}\n"
    bernoulli = model.vae.config.likelihood == "bernoulli"
    noise = f"{'BitFlips' if bernoulli else 'GaussianNoise'}({damage.level!r})"
    blocks = f"BlockMeans({damage.factor}, vae.config.image_shape)"
    hidden = damage.hidden + "=" * (-len(damage.hidden) % 4)
    seen = SEEN[COVER] if damage.kind == COVER else SEEN[""]
    body += put(seen, HIDDEN=hidden, OBSERVATION=blocks if damage.kind == COARSE else noise)
    body += "generator = torch.Generator().manual_seed(seed)\n"
    means = "vae.encode(examples).mean" if examples else "torch.zeros(1, 2)"
    body += put(BY_GRID, MEANS=means, TOLERANCE=TOLERANCE) if flat else BY_SAMPLES
    where = "y[0].isnan()" if damage.kind == COVER else "torch.ones_like(x[0], dtype=torch.bool)"
    name, steps = CHAINS[method]
    body += put(ANSWERS, WHERE=where, METHOD=name, NAME=method, STEPS=steps) + (DISTANCE if flat else "")
    return write(model, "repair", f"An image repaired by {model.name}.", body, images=examples)


# -- curves ------------------------------------------------------------------------------------------------------

CURVES = """
FOLDERS = {
${FOLDERS}}
with Path("curves.csv").open("w", newline="", encoding="utf-8") as file:
    table = csv.writer(file)
    for name, folder in FOLDERS.items():
        history = vc.History.from_json((folder / "history.json").read_text(encoding="utf-8"))
        for record in history.records:
            train, test = (getattr(record, f"{split}_${TERM}") for split in ("train", "test"))
            table.writerow([name, history.data, history.binarization, record.samples_seen, record.epoch, train, test])
        print(f"{name}: at the end ${TERM} {test:.4f} nats per test image ({history.data}, {history.binarization})")
"""


def curves_script(models: Sequence[LoadedModel], term: str) -> Script:
    """The curves on the chart: `term` of the bound of each model's run, train and test."""
    lines = (f"    {file_stem(model.name)!r}: {_run_of(model)},\n" for model in models)
    body = put(CURVES, FOLDERS="".join(lines), TERM=term)
    return script_of("curves", "Curves of runs, and where they end.", body)


def _run_of(model: LoadedModel) -> str:
    if is_pretrained(model):
        return f'models.pretrained_path("{model.name}")'
    return f'Path("{file_stem(model.name)}-run")'
