"""Download: every script runs and makes the screen's numbers again; the files hold what the screen shows. (Longer than
other files: every page has its script and its files.)"""

import csv
import io
import re
import runpy
import zipfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

import vae_core as vc
from aevb_lab import cached, export
from aevb_lab.figures.pictures import EDGE, GROUND
from aevb_lab.jobs.job import BranchPoint, JobSpec
from aevb_lab.scripts import bound as bound_scripts
from aevb_lab.scripts import compare as compare_scripts
from aevb_lab.scripts import gradients as gradient_scripts
from aevb_lab.scripts import models as model_scripts
from aevb_lab.scripts import paths as path_scripts
from aevb_lab.scripts.latent_map import map_script
from aevb_lab.scripts.likelihood import estimates_script
from aevb_lab.scripts.reconstruct import own_image_script, reconstruct_script
from aevb_lab.scripts.repair import repair_script
from aevb_lab.scripts.training import training_script
from aevb_lab.session.drawing import EXAMPLE
from aevb_lab.session.images import examples_for
from aevb_lab.session.models import history_of, load_model
from aevb_lab.session.travel import travel_of
from aevb_lab.session.twins import title_of, triple
from aevb_lab.shown.gifs import path_gif
from vae_core import latent, posterior, runs
from vae_core.studies import estimation, gradient_variance, paths, repairs
from vae_core.studies.own_image import encode_drawing
from vae_core.studies.reconstructions import reconstruct
from vae_core.studies.redrawing import fresh_spread
from vae_core.studies.travel import prior_draws

pytestmark = pytest.mark.filterwarnings("default")  # Streamlit's own, outside a server


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run a script in an empty folder: its variables, and what it printed."""
    monkeypatch.chdir(tmp_path)
    threads = torch.get_num_threads()

    def run_(script, **live):
        (tmp_path / script.name).write_text(script.filled(**live), encoding="utf-8")
        with torch.enable_grad():  # scripts turn it off
            made = runpy.run_path(str(tmp_path / script.name))
        return SimpleNamespace(**made), capsys.readouterr().out

    yield run_
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def digits():
    return load_model("digits-2d")


def picture(file):
    with Image.open(file) as image:
        return np.asarray(image)


def as_bytes(images):
    return (np.clip(images, 0, 1) * 255).round().astype(np.uint8)


# -- scripts -----------------------------------------------------------------------------------------------------


def test_the_map(run, digits):
    z = [0.512345, -1.25]
    close_up = cached.close_up(digits, 3)
    q = [*close_up.best.loc, *(1.2 * scale for scale in close_up.best.scale), close_up.best.angle]
    made, printed = run(map_script(digits, row=3, seed=2), z=z, q=q)
    expected = latent.decoded_means(digits.vae, torch.tensor([z]))[0].numpy()
    assert np.allclose(made.image, expected, atol=1e-6) and "z = (0.51, -1.25)" in printed
    assert np.array_equal(picture("decoded.png"), as_bytes(expected).reshape(8, 8))
    drawn = cached.draws(digits, 3, 2)
    assert (
        f"log p(x) {close_up.log_marginal:.3f} = ELBO {close_up.encoder.elbo:.3f} + gap {close_up.encoder.gap:.3f}"
        in printed
    )
    assert ", ".join(f"{value:.1f}" for value in drawn.log_lik) in printed
    for name, gaussian in (("best axis-aligned", close_up.aligned), ("best Gaussian", close_up.best)):
        assert f"{name}: ELBO {gaussian.elbo:.3f}, gap {gaussian.gap:.3f} nats" in printed
    # a q of the best one's shape and 1.2 times its size is worse by about 2 (1.2^2 - 1) / 2 - 2 log 1.2, as if p(z|x) were Gaussian
    worse = float(re.search(r"your q: ELBO .*, gap (.*) nats", printed).group(1)) - close_up.best.gap
    assert worse == pytest.approx(0.44 - 2 * np.log(1.2), abs=0.05)
    assert np.allclose(made.draws.images, drawn.images, atol=1e-6)
    made, _ = run(map_script(digits, row=None, seed=0), z=[0, 1])  # as JavaScript writes whole numbers
    assert np.allclose(made.image, latent.decoded_means(digits.vae, torch.tensor([[0.0, 1.0]]))[0], atol=1e-6)


def test_more_than_two_dimensions_are_sampled_with_the_pages_noise(run):
    model = load_model("mnist-20d")
    bound, row = cached.image_bound(model, 2), 2
    for script in (map_script(model, row, 0), bound_scripts.bound_script(model, row)):
        _, printed = run(script)
        assert f"ELBO {bound.elbo:.2f} ± {bound.elbo_error:.2f} nats, test image 3" in printed
        assert f"log p(x) about {bound.log_marginal:.2f} ± {bound.log_marginal_error:.2f}" in printed
    assert_redraws(printed, cached.redraws(model, row))


def assert_redraws(printed, redraws):
    assert len(redraws) == 14
    for redraw in redraws:
        exact = "" if redraw.log_marginal is None else f", log p(x) {redraw.log_marginal:.1f}"
        assert f"{redraw.kind}: ELBO {redraw.elbo:.1f} ± {redraw.elbo_error:.1f}{exact} nats" in printed
    spread = fresh_spread(redraws)
    assert (
        f"{spread.num_draws} fresh draws: ELBO {spread.mean:.1f} ± {spread.std_error:.1f} nats, from {spread.low:.1f} to {spread.high:.1f}"
        in printed
    )


def test_reconstruct(run, digits):
    rows = [7, 0, 31]
    made, printed = run(reconstruct_script(digits, rows))
    bound = cached.bounds(digits)
    for row in rows:
        terms = f"{bound.elbo[row]:.2f} = {bound.recon_log_lik[row]:.2f} - KL {bound.kl[row]:.2f}"
        assert f"#{row + 1}: ELBO {terms} nats" in printed
    assert f"ELBO {bound.elbo.astype(float).mean():.4f} ± {bound.elbo.std(ddof=1) / np.sqrt(297):.4f} nats" in printed
    assert np.allclose(made.images.numpy(), reconstruct(digits.vae, examples_for(digits).x[rows]), atol=1e-6)
    written = np.loadtxt("points.csv", delimiter=",")
    table = list(csv.DictReader(io.StringIO(export.points_csv(digits))))
    columns = ["loc_1", "loc_2", "scale_1", "scale_2"]
    assert np.allclose([[float(row[name]) for name in columns] for row in table], written, atol=1e-6)


@pytest.mark.parametrize("name", ["digits-2d", "frey-2d"])  # black and white, grey
def test_an_image_of_ones_own(run, name):
    model = load_model(name)
    own = encode_drawing(model.vae, EXAMPLE, data=model.data, binarization=model.binarization)
    made, printed = run(own_image_script(model, own))
    assert np.array_equal(made.x[0].numpy(), own.x)
    terms = f"{own.elbo:.2f} ± {own.elbo_error:.2f} = {own.recon_log_lik:.2f} - KL {own.kl:.2f} nats"
    assert f"ELBO {terms}" in printed and np.allclose(made.encoding.loc, own.loc, atol=1e-6)


def test_paths(run, digits):
    rows = [4, 40]
    x = examples_for(digits).x
    ends = tuple(paths.encoded_point(digits.vae, x[row]) for row in rows)
    path = paths.path_between(digits.vae, *ends, 9, spherical=False)
    for given in (rows, None):  # two test images, two points
        made, printed = run(path_scripts.path_script(digits, ends, given, 9, spherical=False))
        assert np.allclose(made.path.z, path.z, atol=1e-6) and np.allclose(made.path.images, path.images, atol=1e-6)
        numbered = enumerate(zip(path.radius, path.log_prior, strict=True))
        assert all(
            f"step {i + 1}: |z| = {radius:.3f}, log p(z) = {value:.3f} nats" in printed
            for i, (radius, value) in numbered
        )
    assert picture("path.png").shape == (8, 72)
    path = paths.path_between(digits.vae, *ends, 5, spherical=True)
    made, _ = run(path_scripts.path_script(digits, ends, rows, 5, spherical=True))
    assert np.allclose(made.path.z, path.z, atol=1e-6)


def test_dimensions_samples_and_the_aggregate(run, digits):
    x = examples_for(digits).x
    use = paths.dimensions(digits.vae, x, paths.encoded_point(digits.vae, x[4]))
    made, printed = run(path_scripts.dimensions_script(digits, 4))
    assert f"{int(use.active.sum())} of 2 dimensions are active; together {use.kl.sum():.2f} nats" in printed
    assert all(f"z{j + 1}: KL {use.kl[j]:.2f} ± {use.kl_error[j]:.2f} nats" in printed for j in range(2))
    assert np.array_equal(picture("dimensions.png"), as_bytes(_mosaic(use.traversals)))
    samples = paths.prior_samples(digits.vae, 20, seed=5)
    for wanted, expected in ((True, samples.means), (False, samples.draws)):
        made, _ = run(path_scripts.samples_script(digits, 20, 10, 5, means=wanted))
        assert np.allclose(made.images, expected, atol=1e-6)
    mixture = cached.aggregate(digits)
    _, printed = run(path_scripts.aggregate_script(digits))
    assert f"KL(q(z) || p(z)) {mixture.marginal_kl:.3f} ± {mixture.marginal_kl_error:.3f} nats" in printed
    (measured,) = cached.holes((digits,))
    assert f"unlike every real one: {measured.share:.1%} ± {measured.share_error:.1%}" in printed
    assert f"{mixture.mean_kl:.2f} nats; information of image and code {mixture.information:.2f} nats" in printed


def _mosaic(images):
    return latent.mosaic(torch.from_numpy(images), (8, 8)).numpy()


def test_models_side_by_side(run):
    z, models = [1.25, -0.5], triple()
    twins = cached.twins_on(tuple(models), 4, 3)
    made, printed = run(compare_scripts.twins_script(models, 4, 3), z=z)
    for model, twin, decoded, again in zip(models, twins, made.decoded, made.reconstructions, strict=True):
        terms = f"{twin.elbo:.2f} ± {twin.elbo_error:.2f} = {twin.recon_log_lik:.2f} - KL {twin.kl:.2f} nats"
        assert f"{title_of(model)}\n  ELBO {terms}\n  squared error {twin.squared_error:.3f} a pixel\n" in printed
        assert f"  KL(q(z) || p(z)) {cached.distance_to_prior(model):.2f} nats" in printed
        expected = latent.decoded_means(model.vae, torch.tensor(z))
        assert torch.allclose(decoded, expected, atol=1e-6) and np.allclose(again, twin.reconstruction, atol=1e-6)
    assert "of 100 draws, most are like 0: 82\n" in printed
    plain = cached.holes(tuple(models))[1]
    assert f"the farthest differs from a test image's picture by {plain.distances.max():.2f}" in printed
    expected = (made.decoded[1] - made.decoded[0]).abs().max()
    assert f"differs from the first by at most {expected:.4f}" in printed


def test_a_moment_of_a_run(run, tmp_path):
    travel = travel_of("digits-2d")
    frame = travel.frames[5]
    made, printed = run(compare_scripts.travel_script([travel]), steps=[frame.step])
    record = [record for record in travel.history.records if record.samples_seen <= frame.samples_seen][-1]
    assert f"step {frame.step}: test ELBO {record.test_elbo:.2f} nats" in printed
    assert np.array_equal(np.loadtxt(f"digits-2d-step-{frame.step}-means.csv", delimiter=","), frame.means.double())
    assert np.array_equal(picture(f"digits-2d-step-{frame.step}.png"), latent.mosaic(frame.pictures.float(), (8, 8)))
    made, printed_last = run(compare_scripts.travel_script([travel]))  # the slider's end is the default
    assert "reconstructions of step 9000" in printed_last
    x = examples_for(load_model("digits-2d")).x[made.ROWS]
    expected = latent.decoded_means(
        vc.load_pretrained("digits-2d"), latent.encoded_means(vc.load_pretrained("digits-2d"), x)
    )
    assert (made.images - expected).abs().max() < 0.01  # weights in half precision
    decoded = latent.decoded_means(vc.load_pretrained("digits-2d"), prior_draws(travel.config))
    assert (made.samples - decoded).abs().max() < 0.01
    # one's own run: the script finds what was downloaded beside it
    spec = JobSpec("digits", travel.config, vc.TrainConfig())
    own = replace(travel, name="my digits run ab12", spec=spec)
    with zipfile.ZipFile(io.BytesIO(export.run_zip(own))) as packed:
        packed.extractall(tmp_path)
    made, again = run(compare_scripts.travel_script([own]), steps=[frame.step])
    assert again == printed.replace("digits-2d", "my-digits-run-ab12")
    _, both = run(compare_scripts.travel_script([travel, own]), steps=[frame.step] * 2)  # as a run and its branch
    assert both == printed + again


def test_training_and_a_branch(run, tmp_path):
    digits, config = vc.load_data("digits"), vc.ModelConfig(data_dim=64, image_shape=(8, 8), hidden_dims=(16,))
    spec = JobSpec("digits", config, vc.TrainConfig(epochs=1, beta=0.5, seed=7))
    direct = runs.run(tmp_path / "direct", digits, spec.model_config, spec.train_config)
    records = [event.record for event in direct if event.record]
    made, printed = run(training_script("mine", spec))
    assert printed.splitlines() == [f"step {record.step}: test ELBO {record.test_elbo:.4f} nats" for record in records]
    parent = travel_of("digits-2d")
    frame = parent.branch_points()[0]
    point = BranchPoint("digits-2d", frame.step, frame.samples_seen, b"")
    script = training_script(
        "branch", JobSpec("digits", parent.config, vc.TrainConfig(), point), compare_scripts.folder_of(parent)
    )
    begin = script.text[: script.text.index("for event")] + "event = next(run.events)\nrun.events.close()\n"
    made, _ = run(replace(script, text=begin))  # its first event: the training itself is as above
    assert made.event.step == 0 and torch.allclose(made.event.frame.means, frame.means, atol=5e-3)


def test_the_bound_and_the_estimators(run, digits, monkeypatch):
    bound = cached.image_bound(digits, 6)
    _, printed = run(bound_scripts.bound_script(digits, 6))
    assert (
        f"log p(x) {bound.log_marginal:.3f} = ELBO {bound.elbo:.3f} + gap {bound.gap:.3f} nats, test image 7" in printed
    )
    assert f"ELBO {bound.elbo:.3f} = log p(x|z) {bound.recon_log_lik:.3f} - KL {bound.kl:.3f} nats" in printed
    for j in range(2):
        average = f"{bound.mean_kl_per_dim[j]:.3f} ± {bound.mean_kl_error[j]:.3f}"
        assert f"z{j + 1}: KL {bound.kl_per_dim[j]:.3f} nats, on average over the images {average}" in printed
    assert_redraws(printed, cached.redraws(digits, 6))
    effort = estimation.Effort(100, 2, 5, 1)
    quick = estimation.estimators(2, effort)[:4] + estimation.estimators(2, effort)[-1:]  # but for the chains
    monkeypatch.setattr("vae_core.studies.estimators", lambda *_: list(quick))
    estimates = cached.estimates(digits, 6, effort)
    while estimates.queue:
        estimates.advance(digits.vae, examples_for(digits), 6, effort.seed)
    _, printed = run(estimates_script(digits, 6, effort))
    assert printed.splitlines() == [
        f"{estimate.name}: {estimate.mean:.2f} ± {estimate.std_error:.2f} nats" for estimate in estimates.results
    ]


def test_the_toy_of_the_bound(run, digits):
    x, loc, scale = 0.8, -0.7, 0.4
    _, printed = run(bound_scripts.bound_script(digits, 6), toy=[x, loc, scale])
    toy, pixel = cached.toy_model(), torch.tensor([[x]]).double()
    z = torch.linspace(-5, 5, 2001, dtype=torch.float64)[:, None]
    with torch.no_grad():
        log_joint, encoder = posterior.log_joint(toy, pixel, z[:, None])[:, 0], toy.encode(pixel).base_dist
    for name, m, s in (("your q", loc, scale), ("the encoder's", encoder.loc.item(), encoder.scale.item())):
        log_q = torch.distributions.Normal(m, s).log_prob(z[:, 0])
        bound = posterior.bound_on_grid(log_joint, log_q, np.log(0.005))
        numbers = f"log p(x) {bound.log_marginal:.3f} = ELBO {bound.elbo:.3f} + KL {bound.gap:.3f} nats"
        assert f"toy, {name}: {numbers}" in printed


def test_gradients_and_an_iteration(run, monkeypatch, request):
    few = gradient_variance.variance_settings("M")[:6]
    monkeypatch.setattr("vae_core.studies.variance_settings", lambda _: few)
    cached.variances.clear()
    request.addfinalizer(cached.variances.clear)  # the page needs all settings
    variances = cached.variances("untrained", "M")
    variances.advance(0.0)
    while variances.count < 15:
        setting, variance = next(variances.steps)
        variances.measurements[setting].append(variance)
    script = gradient_scripts.gradients_script(variances, "untrained", "M")
    _, printed = run(script, iteration=[3], image=[2])
    assert script.live["chunks"].default == [15]
    _, arrows = cached.single_gradients(2)
    for method, gradients in (("outside", arrows.outside), ("inside", arrows.inside)):
        assert f"noise {method}: {arrows.is_right(gradients).sum()} of 20 point the right way" in printed
    for point in few:
        variance, error = variances.at(point)
        name = f"{point.estimator}, L = {point.num_samples}, M = {point.batch_size}"
        assert f"{name}: variance {variance:.5g} ± {error:.2g} nats squared" in printed
    iteration = cached.iteration(3)
    terms = zip(iteration.recon_log_lik, iteration.kl, iteration.elbo, strict=True)
    for i, (recon, kl, elbo) in enumerate(terms):
        assert f"image {i + 1}: mean {iteration.loc[i].tolist()}" in printed
        assert f"log p(x|z) {recon:.1f} - KL {kl:.1f} = ELBO {elbo:.1f} nats" in printed
    for name, norm in iteration.gradient_norms.items():
        assert f"gradient in {name}: length {norm:.4f}" in printed
    for part in ("encoder", "decoder"):
        steepest = [weight.gradient for name, weight in iteration.steepest.items() if name.startswith(part)]
        assert f"steepest in the {part}: {steepest}" in printed
    after = f"{iteration.elbo.mean():.3f} nats; after the update {iteration.elbo_after.mean():.3f}"
    assert f"mean ELBO {after}; weights moved by {iteration.step_norm:.4f}" in printed


@pytest.mark.parametrize("kind", [repairs.COVER, repairs.NOISE, repairs.COARSE])
def test_a_repair(run, digits, kind):
    row = None if kind == repairs.COARSE else 12
    x = examples_for(digits).x[12].numpy()
    if row is None:
        x = encode_drawing(digits.vae, EXAMPLE, data=digits.data, binarization=digits.binarization).x
    hidden = repairs.hidden_text(repairs.block("right-half", (8, 8)))
    damage = repairs.Damage(kind, hidden=hidden, level=0.1, factor=2, seed=3)
    repaired, chain = cached.repaired(digits, x, damage, 50), cached.repair_chain(digits, x, damage, "pseudo-Gibbs")
    made, printed = run(repair_script(digits, x, row, damage, 50, "pseudo-Gibbs"))
    assert np.allclose(made.restoration.mean, repaired.mean, atol=1e-5)
    assert np.allclose(made.restoration.std, repaired.std, atol=1e-5)
    assert repaired.widest == 0.5, "of black-and-white pixels"
    assert np.allclose(made.images[-2], 2.0 * repaired.std, atol=1e-5), "the uncertainty, as on the page"
    lines = [f"answer {i}: {answer.weight:.0%} of p(z|y)" for i, answer in enumerate(repaired.answers, 1)]
    assert lines == [line for line in printed.splitlines() if line.startswith("answer")]
    assert f"PSNR of E[x|y] {repaired.psnr:.1f} dB" in printed
    value, floor = chain.distance
    assert f"total variation to p(z|y) {value:.2f}; as many exact draws: {floor:.2f}" in printed
    assert np.allclose(made.chain.z, chain.z, atol=1e-5) and made.stayed == int((~chain.moved).sum())


@pytest.mark.slow
def test_a_repair_with_more_than_two_dimensions(run):
    model = load_model("mnist-20d")
    x = examples_for(model).x[65].numpy()
    damage = repairs.Damage(repairs.COVER, hidden=repairs.hidden_text(repairs.block("lower-half", (28, 28))))
    repaired = cached.repaired(model, x, damage, 20)
    made, printed = run(repair_script(model, x, 65, damage, 20, "HMC"))
    assert np.allclose(made.restoration.mean, repaired.mean, atol=1e-4)
    assert f"PSNR of E[x|y] {repaired.psnr:.1f} dB" in printed
    assert np.allclose(made.chain.z, cached.repair_chain(model, x, damage, "HMC").z, atol=1e-3)


def test_curves(run, digits):
    other = replace(digits, name="my digits run ab12", folder=Path("elsewhere"))
    script = model_scripts.curves_script([digits, load_model("mnist-2d")], "kl")
    _, printed = run(script)
    for name in ("digits-2d", "mnist-2d"):
        history = history_of(load_model(name))
        about = f"({history.data}, {history.binarization})"
        assert f"{name}: at the end kl {history.records[-1].test_kl:.4f} nats per test image {about}" in printed
    rows = list(csv.reader(io.StringIO(Path("curves.csv").read_text(encoding="utf-8"))))
    own = [row for row in rows if row[0] == "digits-2d"]
    history = history_of(digits)
    assert [float(row[6]) for row in own] == history.column("test_kl")
    assert 'Path("my-digits-run-ab12-run")' in model_scripts.curves_script([other], "elbo").text


def test_names_of_files_that_users_gave_cannot_break_a_script(digits):
    model = replace(digits, name='x"""; print($z) \\ ${ROW} \'#', folder=None)
    script = map_script(model, 3, 0)
    assert "/" not in script.name and '"' not in script.name
    compile(script.filled(), script.name, "exec")
    text = compare_scripts.twins_script([model], 0, 0).filled(z=[1.5, 2.5])
    compile(text, "twins", "exec")
    assert "[1.5, 2.5]" in text and text.count("1.5") == 1


# -- files -------------------------------------------------------------------------------------------------------


def test_the_table_of_points_names_model_data_and_binarisation(digits):
    rows = list(csv.DictReader(io.StringIO(export.points_csv(digits))))
    examples = examples_for(digits)
    assert len(rows) == 297 and list(rows[0])[:5] == ["model", "data", "binarization", "image", "label"]
    assert {(row["model"], row["data"], row["binarization"]) for row in rows} == {("digits-2d", "digits", "dynamic")}
    assert [row["image"] for row in rows] == [str(i + 1) for i in range(297)]
    assert [row["label"] for row in rows] == [examples.class_names[label] for label in examples.labels]
    with torch.no_grad():
        q = digits.vae.encode(examples.x[9]).base_dist
    numbers = [float(rows[9][name]) for name in ("loc_1", "loc_2", "scale_1", "scale_2")]
    assert numbers == pytest.approx([*q.loc.tolist(), *q.scale.tolist()], abs=1e-6)


def test_gifs_hold_every_frame(digits):
    for name, size in (("digits-2d", (448, 476)), ("mnist-20d", (896, 476))):
        (file,) = export.run_files(name)
        with Image.open(io.BytesIO(file.make())) as gif:
            assert gif.n_frames == len(travel_of(name).frames) and gif.size == size
    path = paths.path_between(digits.vae, [-2, 1], [2, 0], 12)
    with Image.open(io.BytesIO(path_gif(path.images, (8, 8)))) as gif:
        assert gif.n_frames == 22  # there and back, each end once
        gif.seek(11)
        frame = np.asarray(gif.convert("L"))
    rim = (len(frame) - 448) // 2
    assert np.array_equal(frame[rim:-rim:56, rim:-rim:56], as_bytes(path.images[-1]).reshape(8, 8))
    assert (frame[0] == EDGE).all() and (frame[:, -1] == EDGE).all() and (frame[rim - 1, rim:-rim] == GROUND).all(), (
        "a tile"
    )


def test_a_run_s_film_has_light_digits_on_dark_tiles():
    (file,) = export.run_files("digits-2d")
    with Image.open(io.BytesIO(file.make())) as gif:
        gif.seek(gif.n_frames - 1)
        pixels = np.asarray(gif.convert("L"))[:448]
    plane = pixels[60:390, 60:390]
    assert np.median(plane) < 110, "ground and ink of the tiles, not paper"


def test_the_model_is_what_comes_back(digits, tmp_path):
    model, bundle, _points = export.model_files([digits])
    for file in (model, bundle):
        (tmp_path / file.name).write_bytes(file.make())
        again = vc.load_model(tmp_path / file.name).state_dict()
        assert all(torch.equal(again[name], tensor) for name, tensor in digits.vae.state_dict().items())


def test_every_page_with_a_chart_offers_its_pictures():
    for view in Path(export.__file__).parent.glob("*views/*.py"):
        text = view.read_text(encoding="utf-8")
        assert "plotly_chart(" not in text or "controls.take_away(" in text, view.name
        assert "controls.take_away(" not in text or "script=" in text, view.name
