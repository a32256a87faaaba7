"""Scripts of the pages that measure: the variance of gradients and one iteration of AEVB, an image repaired, the toy of the
bound, and curves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from app.scripts.close_up import bound_of_row
from app.scripts.writer import Live, Script, file_stem, is_pretrained, pixels_of, put, script_of, write
from app.session.images import examples_for
from app.session.models import LoadedModel
from app.state.bounds import TOY_BATCH, TOY_GRID, TOY_START, TOY_STEPS
from app.state.gradients import REPEATS, SLOW_MOST, SMALL_MODEL, WEIGHTS, Variances, settings, slow_config
from app.state.repair import CHAINS, COARSE, COVER, TOLERANCE, Damage

VARIANCES = """
torch.set_num_threads(1)  # as in the app: more threads add in another order
digits, trained = vc.load_data("digits"), vc.load_pretrained("${MODEL}")
untrained = vc.VAE(trained.config, generator=torch.Generator().manual_seed(0))

SETTINGS = ${SETTINGS}  # estimator, draws per image L, images M
[count] = $chunks  # measurements so far, of ${REPEATS} gradients each
x = vc.binarize(digits.x_train, "dynamic", generator=torch.Generator().manual_seed(0))
generator = torch.Generator().manual_seed(1)
chunks = {setting: [] for setting in SETTINGS}
for _ in range(count):
    name, num_samples, batch_size = setting = min(chunks, key=lambda one: len(chunks[one]))
    options = {"estimator": name, "num_samples": num_samples, "batch_size": batch_size, "num_repeats": ${REPEATS}}
    found = gradients.measure_gradient(${WEIGHTS}, x, generator=generator, **options)
    chunks[setting].append(found.total_variance)
for (name, num_samples, batch_size), values in chunks.items():
    error = np.std(values, ddof=1) / len(values) ** 0.5 if len(values) > 1 else 0.0
    print(f"{name}, L = {num_samples}, M = {batch_size}: variance {np.mean(values):.5g} ± {error:.2g} nats squared")
"""
ITERATION = """
[number] = $iteration  # of the run in slow motion
config = vc.${CONFIG}
algorithm = vc.AEVB(vc.VAE(trained.config, generator=torch.Generator().manual_seed(0)), config)
batches = minibatches.Minibatches(digits.x_train, config.binarization, config.batch_size, config.seed)
noise, same_noise = torch.Generator(), torch.Generator()
for step in range(number):
    randomness.seed_stream(noise, config.seed, "noise", step)
    x = batches.draw(step, noise)
    same_noise.set_state(noise.get_state())
    before = copy.deepcopy(algorithm.vae)
    algorithm.step(x, num_train=batches.num_images, generator=noise, step=step, total_steps=${MOST})
after, eps = algorithm.vae, bounds.draw_eps(before, len(x), 1, same_noise)
with torch.no_grad():
    q = before.encode(x).base_dist
    z = q.loc + q.scale * eps[0]
    bound, again = vc.elbo(before, x, eps=eps), vc.elbo(after, x, eps=eps)
    moved = sum((new - old).square().sum() for new, old in zip(after.parameters(), before.parameters())).sqrt()
for i in range(len(x)):
    print(f"image {i + 1}: mean {q.loc[i].tolist()}, scale {q.scale[i].tolist()}, eps {eps[0, i].tolist()}, z {z[i].tolist()}")
    print(f"  log p(x|z) {bound.recon_log_lik[i]:.1f} - KL {bound.kl[i]:.1f} = ELBO {bound.elbo[i]:.1f} nats")
for name, parameter in after.named_parameters():
    print(f"gradient in {name}: length {parameter.grad.norm():.4f}")
print(f"mean ELBO {bound.elbo.mean():.3f} nats; after the update {again.elbo.mean():.3f}; weights moved by {moved:.4f}")
"""


def gradients_script(known: Variances, weights: str, axis: str) -> Script:
    """The variances that are on the chart, and the iteration in slow motion."""
    table = "[\n" + "".join(f"    {tuple(setting)!r},\n" for setting in settings(axis)) + "]"
    about = "The variance of gradient estimators, measured as the page did; and one iteration of AEVB."
    body = put(VARIANCES, MODEL=SMALL_MODEL, SETTINGS=table, REPEATS=REPEATS, WEIGHTS=WEIGHTS[WEIGHTS.index(weights)])
    body += put(ITERATION, CONFIG=repr(slow_config()), MOST=SLOW_MOST)
    count = sum(map(len, known.chunks.values()))
    live = {
        "chunks": Live(".st-key-gradient_variance .js-plotly-plot", "layout.meta.chunks", [count]),
        "iteration": Live(".st-key-iteration input", "valueAsNumber", [1]),
    }
    return script_of("gradients", about, body, live)


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


# -- the toy of the bound ----------------------------------------------------------------------------------------

TOY = """
toy, generator = posterior.folded_model(), torch.Generator().manual_seed(0)
with torch.enable_grad():
    algorithm = vc.AEVB(toy, vc.TrainConfig(learning_rate=0.05, num_samples=2, schedule="cosine"))
    for step in range(${STEPS}):
        _, drawn = vc.simulate(toy, ${BATCH}, generator=generator)
        algorithm.step(drawn, num_train=${BATCH}, generator=generator, step=step, total_steps=${STEPS})
value, loc, scale = $toy  # the toy's x; mean and scale of your q
z = ${FIRST} + ${SPACING} * torch.arange(${POINTS}, dtype=torch.float64)[:, None]
pixel = torch.tensor([[value]], dtype=torch.float64)
log_joint = posterior.log_joint(toy, pixel, z[:, None])[:, 0]
encoder = toy.encode(pixel).base_dist
for name, m, s in (("your q", loc, scale), ("the encoder's", encoder.loc.item(), encoder.scale.item())):
    found = posterior.bound_on_grid(log_joint, torch.distributions.Normal(m, s).log_prob(z[:, 0]), np.log(${SPACING}))
    print(f"toy, {name}: log p(x) {found.log_marginal:.3f} = ELBO {found.elbo:.3f} + KL {found.gap:.3f} nats")
"""


def bound_script(model: LoadedModel, row: int) -> Script:
    """The toy as it stands, and eq. (1) of one test image."""
    body, live = bound_of_row(model, row)
    first, spacing, points = TOY_GRID
    body += put(TOY, STEPS=TOY_STEPS, BATCH=TOY_BATCH, FIRST=first, SPACING=spacing, POINTS=points)
    live |= {"toy": Live(".bound-toy", "view", list(TOY_START))}
    about = f"The bound of the toy, and of one test image by {model.name}."
    return write(model, "bound", about, body, live, pictures=False)


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
