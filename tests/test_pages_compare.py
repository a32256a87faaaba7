"""The Compare page as a script, and what it packs for the browser: the frames' own numbers, a branch's first step."""

import os
from dataclasses import replace

import numpy as np
import pytest
import torch
from components import unpacked
from streamlit.testing.v1 import AppTest

import vae_core as vc
from aevb_lab import cached
from aevb_lab.components.packed import pack_arrays
from aevb_lab.session.images import require_examples
from aevb_lab.session.runs import board
from aevb_lab.session.travel import travel_of
from aevb_lab.session.twins import pca_of_digits, triple
from aevb_lab.shown.travel import packed_frames
from aevb_lab.shown.twins import packed_models
from vae_core import studies
from vae_core.frames import load_frames, save_frames
from vae_core.models import PRETRAINED, pretrained_path
from vae_core.runs import open_run

pytestmark = pytest.mark.filterwarnings("default")  # Streamlit's own, outside a server


@pytest.fixture
def open_page(monkeypatch):
    monkeypatch.setattr("aevb_lab.jobs.board.Board.warm", lambda board: None)  # a spare worker costs each test seconds

    def open_(**params):
        page = AppTest.from_file("../app/main.py", default_timeout=120)
        for key, value in params.items():
            page.query_params[key] = value
        page.switch_page("views/compare.py").run()
        assert not page.exception, page.exception
        return page

    yield open_
    board().shutdown()
    board.clear()


def tables_of(page):
    """The cells of the tables of measures, row by row, without the line below each head: that of the models, that of the test image."""
    texts = [text.value for text in page.markdown if text.value.startswith("|")]
    rows = [[[cell.strip() for cell in line.strip("|").split(" | ")] for line in text.splitlines()] for text in texts]
    return [[head, *cells] for head, _, *cells in rows]


def folds_of(page):
    return [fold.label for fold in page.expander]


# -- time travel -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", [name for name in vc.list_pretrained() if (PRETRAINED / name / "frames.safetensors").exists()]
)
def test_the_traveller_gets_the_frames_own_numbers(name):
    travel = travel_of(name)
    header, arrays = unpacked(packed_frames([travel], dark=False))
    frames = load_frames(pretrained_path(name) / "frames.safetensors")
    (track,) = header["tracks"]
    assert track["steps"] == [frame.step for frame in frames] and track["seen"] == [f.samples_seen for f in frames]
    if travel.config.latent_dim == 2:
        assert track["titles"] == ["z₁", "z₂"]
        assert np.array_equal(arrays["means0"], torch.stack([frame.means for frame in frames]).float().numpy())
    assert np.array_equal(arrays["pictures0"], torch.stack([frame.pictures for frame in frames]).numpy())
    history = vc.History.from_json((pretrained_path(name) / "history.json").read_text(encoding="utf-8"))
    assert track["elbo"] == history.column("test_elbo") and track["record_seen"] == history.column("samples_seen")
    assert track["full"] == [i for i, frame in enumerate(frames) if frame.weights]
    assert arrays["reconstructions0"].shape == (len(track["full"]) * track["count"], travel.config.data_dim)


def test_between_two_frames_of_a_run_nothing_new_is_sent():
    travel = travel_of("digits-2d")
    last = travel.history.records[-1]
    later = replace(last, step=last.step + 15, samples_seen=last.samples_seen + 1500)
    longer = replace(travel, history=replace(travel.history, records=[*travel.history.records, later]))
    assert packed_frames([longer], dark=False) == packed_frames([travel], dark=False)


def test_two_runs_of_the_same_name_are_two_runs(tmp_path):
    """As of two visitors; written at the same moment, too."""
    travel = travel_of("digits-2d")
    path = tmp_path / "frames.safetensors"
    save_frames(path, travel.config, [replace(frame, step=frame.step + 1) for frame in travel.frames])
    changed = travel.version
    os.utime(path, ns=(changed, changed))
    other = replace(travel, path=path)
    assert (other.name, other.version) == (travel.name, travel.version)
    for run in (travel, other):
        header, _ = unpacked(packed_frames([run], dark=False))
        assert header["tracks"][0]["steps"] == [frame.step for frame in load_frames(run.path)]


def test_the_last_reconstructions_are_the_models():
    travel = travel_of("digits-2d")
    header, arrays = unpacked(packed_frames([travel], dark=False))
    count = header["tracks"][0]["count"]
    labels = vc.load_data("digits").y_test
    rows = [int(torch.nonzero(labels == digit)[0]) for digit in range(10)]
    x = vc.binarized_test("digits")[rows]
    vae = vc.load_pretrained("digits-2d")
    with torch.no_grad():
        expected = vae.decode(vae.encode(x).mean).mean * 255
    assert np.abs(arrays["reconstructions0"][-count:] - expected.numpy()).max() < 2  # weights in half precision
    assert np.array_equal(arrays["originals0"], x.numpy() * 255)


def test_on_a_plane_each_full_frame_decodes_the_same_draws_from_the_prior():
    travel = travel_of("digits-2d")
    header, arrays = unpacked(packed_frames([travel], dark=False))
    (track,) = header["tracks"]
    draws = torch.randn(10, 2, generator=torch.Generator().manual_seed(0))
    samples = arrays["samples0"].reshape(len(track["full"]), track["draws"], 64)
    for decoded, index in zip(samples, track["full"], strict=True):
        vae = vc.VAE(travel.config, generator=None)
        halves = travel.frames[index].weights
        vae.load_state_dict({name: tensor.float() for name, tensor in halves.items()}, strict=False)
        with torch.no_grad():
            expected = vae.decode(draws).mean * 255
        assert np.abs(decoded - expected.numpy()).max() <= 0.51, "rounded"
    assert np.abs(samples[-1].astype(float) - samples[0]).max() > 50, "they change as it learns"
    header, arrays = unpacked(packed_frames([travel_of("mnist-20d")], dark=False))
    assert header["tracks"][0]["draws"] == 0 and "samples0" not in arrays, "its own pictures are such draws"


def test_the_page_travels_through_any_run_and_its_link_restores_it(open_page):
    page = open_page(compare_view="time travel", run_shown="mnist-20d")
    assert page.selectbox(key="run_shown").value == "mnist-20d"
    assert any("3 frames keep the decoder" in caption.value for caption in page.caption)
    page.selectbox(key="run_shown").select("frey-2d").run()
    assert not page.exception


def test_equal_content_packs_to_equal_bytes_and_odd_sizes_are_padded():
    arrays = {"a": np.arange(5, dtype=np.uint8), "b": np.arange(3, dtype=np.float32)}
    packed = pack_arrays({"x": "é"}, arrays)
    assert packed == pack_arrays({"x": "é"}, arrays)
    header, copies = unpacked(packed)
    assert header["x"] == "é" and all(np.array_equal(copies[name], array) for name, array in arrays.items())


# -- models side by side -----------------------------------------------------------------------------------------


def test_the_three_share_x_and_eps_and_their_bounds_are_vc_elbos():
    models = triple()
    twins = cached.twins_on(tuple(models), row=4, seed=3)
    x = vc.binarized_test("digits")[4:5]
    eps = torch.randn(64, 2, generator=torch.Generator().manual_seed(3))
    for model, twin in zip(models, twins, strict=True):
        with torch.no_grad():
            bound = vc.elbo(model.vae, x, eps=eps[:, None])
            q = model.vae.encode(x).base_dist
        assert (twin.elbo, twin.recon_log_lik, twin.kl) == pytest.approx([float(term) for term in bound], abs=1e-4)
        assert np.allclose(twin.z, (q.loc + q.scale * eps[0])[0].numpy(), atol=1e-6)
    vae, plain, pca = map(cached.distance_to_prior, models)
    assert plain > 100 * vae and pca < 0.2, "the holes"


def test_pca_is_scikit_learns_and_its_bound_is_log_p():
    from sklearn.decomposition import PCA

    digits = vc.load_data("digits")
    x = vc.binarize(digits.x_train, "dynamic", generator=torch.Generator().manual_seed(0)).double().numpy()
    theirs = PCA(2, svd_solver="full").fit(x)
    test = vc.binarized_test("digits")
    generator = torch.Generator().manual_seed(0)
    bound = vc.estimate_bound(pca_of_digits().vae, test, estimator="A", generator=generator)
    assert np.allclose(
        bound.elbo.numpy(), theirs.score_samples(test.double().numpy()), atol=2e-3
    )  # any eps: q is exact


def test_any_two_models_of_the_same_data_can_be_compared(open_page):
    page = open_page(compare_view="side by side", twin_kind="any two", twin_first="digits-ae")
    assert page.selectbox(key="twin_second_digits-ae").options == ["digits-2d"]
    of_models, of_x = tables_of(page)
    for head, *rows in (of_models, of_x):
        assert [name.replace("\\", "") for name in head] == ["measure", "autoencoder (digits-ae)", "VAE (digits-2d)"]
        assert all(len(row) == 3 and all(row) for row in rows)
    assert not any("Gaussian" in caption.value for caption in page.caption)


def test_a_density_is_not_compared_with_a_probability(open_page):
    assert any("Do not compare the density" in text.value for text in open_page().markdown)


def test_the_page_answers_its_question_with_numbers_of_one_call(open_page):
    holes = [studies.holes(model.vae, vc.binarized_test("digits")) for model in triple()]
    labels = vc.load_data("digits").y_test
    vae, plain, pca = (f"{100 * share.share:.0f}\u00a0%" for share in holes)
    (_, few), (zero, many) = (share.most_alike(labels.numpy()) for share in holes[:2])
    assert zero == 0
    page = open_page()
    texts = [text.value for text in page.markdown]
    (answer,) = (text for text in texts if text.startswith("**Nothing pulls its codes to the middle**"))
    assert f"So **{plain}** of draws fall in its holes, and **{many}** of 100 look like “0”." in answer
    assert answer.endswith(
        f"**The VAE has the fewest holes:** **{vae}**. PCA has **{pca}**, but all its pictures are blurred."
    )
    assert few < many / 2 and holes[0].share < min(holes[1].share, holes[2].share)
    assert folds_of(page)[:2] == ["What is a hole? All numbers", "The same test image in every model"]
    assert any(
        f"{100 * holes[1].out_of_reach:.0f}\u00a0% of its test images are out of reach" in text for text in texts
    )
    rows = {row[0]: row[1:] for row in tables_of(page)[0]}
    fitted = [f"{100 * a.fitted_share:.1f}\u00a0±\u00a0{100 * a.fitted_share_error:.1f}\u00a0%" for a in holes]
    assert rows["in holes, of draws from a Gaussian fitted to the codes"] == fitted
    outside = [f"{100 * a.out_of_reach:.1f}\u00a0±\u00a0{100 * a.out_of_reach_error:.1f}\u00a0%" for a in holes]
    assert rows["out of reach, of test images"] == outside
    header, arrays = unpacked(packed_models(triple(), dark=False))
    assert header["radius"] == pytest.approx(3.0349, abs=1e-4), "within it lie 99 of 100 draws"
    assert header["draws"] == 100 and header["class_names"] == [str(digit) for digit in range(10)]
    for number, share in enumerate(holes):
        assert np.array_equal(arrays["draws"], share.draws) and np.array_equal(arrays[f"holes{number}"], share.in_hole)
        assert np.array_equal(arrays[f"nearest{number}"], share.nearest)
        assert np.array_equal(arrays[f"distances{number}"], share.distances)
        assert header["models"][number]["limit"] == share.limit
        for span, extent in header["spans"].items():
            places = studies.hole_map(triple()[number].vae, share, [0, 1], extent)
            assert np.array_equal(arrays[f"{span}{number}"].reshape(places.shape) > header["limit"], places > 1.0)
        assert np.array_equal(arrays[f"classes{number}"], share.classes(labels.numpy()))
    assert rows["of 100 draws, most are like a"][1] == f"0\u00a0({many})"


def test_of_any_two_models_the_page_says_what_draws_are_like_and_how_many_fall_in_holes(open_page):
    texts = [text.value for text in open_page(twin_kind="any two", twin_first="digits-ae").markdown]
    (answer,) = (text for text in texts if text.startswith("Of 100 draws"))
    assert "**82** by the autoencoder look most like “0” and **10** by the VAE look most like “2”." in answer
    assert "Of the same 10,000 draws from N(0, I), **50\u00a0%** fall in holes of the autoencoder and **1" in answer
    assert "Nothing pulls" not in answer, "that is the reason of the ready-made three"


def test_draws_that_are_most_like_different_classes_are_named_one_by_one(open_page, monkeypatch):
    counts = iter([(0, 81), (3, 20)] * 9)
    monkeypatch.setattr(studies.Holes, "most_alike", lambda holes, labels: next(counts))
    texts = [text.value for text in open_page(twin_kind="any two", twin_first="digits-ae").markdown]
    expected = "Of 100 draws, **81** by the autoencoder look most like “0” and **20** by the VAE look most like “3”."
    assert any(text.startswith(expected) for text in texts)


def test_without_classes_the_page_speaks_of_holes_alone(open_page, monkeypatch):
    whole = require_examples(triple()[0])
    for module in ("aevb_lab.cached", "aevb_lab.shown.twins"):
        monkeypatch.setattr(f"{module}.require_examples", lambda model: replace(whole, labels=None, class_names=()))
    page = open_page(twin_kind="any two", twin_first="digits-ae")
    assert any(text.value.startswith("Of the same 10,000 draws") for text in page.markdown)
    assert not any("most are like" in row[0] for row in tables_of(page)[0])


def test_one_image_has_no_nearest_one_so_the_page_speaks_of_no_holes(open_page, monkeypatch):
    whole = require_examples(triple()[0])
    single = replace(whole, x=whole.x[:1], grey=whole.grey[:1], labels=whole.labels[:1], class_names=("7",))
    for module in ("aevb_lab.cached", "aevb_lab.shown.twins"):
        monkeypatch.setattr(f"{module}.require_examples", lambda model: single)
    assert cached.holes(tuple(triple())) == []
    header, arrays = unpacked(packed_models(triple(), dark=True))
    assert header["draws"] == 0 and "draws" not in arrays and header["models"][0]["share"] == ""


# -- branches ----------------------------------------------------------------------------------------


def test_a_branch_starts_exactly_at_the_branch_points_weights(tmp_path):
    travel = travel_of("digits-2d")
    frame = travel.branch_points()[0]
    vae = vc.VAE(travel.config, generator=None)
    vae.load_state_dict({name: tensor.float() for name, tensor in frame.weights.items()})
    initial = tmp_path / "initial.safetensors"
    vc.save_model(initial, vae)
    dataset, other = vc.load_data("digits"), vc.TrainConfig(epochs=1, beta=4.0)
    run = open_run(tmp_path, dataset, travel.config, other, initial=initial)
    event = next(run.events)
    assert event.step == 0 and torch.allclose(event.frame.means, frame.means, atol=5e-3)  # half-precision weights
    started = run.algorithm.vae.state_dict()
    assert all(torch.equal(started[name], tensor.float()) for name, tensor in frame.weights.items())
    assert not run.algorithm.optimizer.state, "the optimiser's moments begin anew"
    run.events.close()
    wrong = vc.ModelConfig(data_dim=64, image_shape=(8, 8), latent_dim=3)
    with pytest.raises(vc.CheckpointError, match="latent_dim 2, the run 3"):
        open_run(tmp_path / "other", dataset, wrong, other, initial=initial)


def test_the_button_branches_with_the_settings_beside_it_and_the_branch_shows_beside_its_parent(open_page):
    page = open_page(compare_view="time travel")
    page.number_input(key="branch_epochs").set_value(1).run()
    page.button(key="branch_start").click().run()
    assert not page.exception
    (job,) = board().all_jobs.values()
    assert job.spec.train_config.beta == 4.0 and job.spec.branch.parent == "digits-2d" and job.spec.branch.step == 6
    assert job.wait(60) and job.snapshot().state == "finished"
    page.run()
    assert not page.exception and any("from step 6" in str(item.proto) for item in page.get("bidi_component"))
