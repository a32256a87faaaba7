"""Each page as a script, with its widgets: empty, filled, and with bad input. The browser is in test_browser.py.
(Longer than other files: what holds for every page stands here once.)"""

import json
import re
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from components import sent_to
from streamlit.testing.v1 import AppTest

import vae_core as vc
from aevb_lab import cached
from aevb_lab.figures.numbers import nats
from aevb_lab.jobs.job import JobSpec, Look, Snapshot
from aevb_lab.session import images, runs
from aevb_lab.session.models import model_names
from aevb_lab.session.runs import board
from aevb_lab.shown import training
from aevb_lab.shown.reconstructions import comes_back, verdict_in_words, why_in_words
from vae_core.data import datasets
from vae_core.history import History
from vae_core.studies.reconstructions import Bounds

PAGES = {
    "latent_map": "AEVB Lab",
    "reconstruct": "Reconstruct",
    "paths": "Paths",
    "train": "Train",
    "models": "Models and runs",
}
pytestmark = pytest.mark.filterwarnings("default")  # Streamlit's own, outside a server


@pytest.fixture
def open_page(monkeypatch):
    monkeypatch.setattr("aevb_lab.jobs.board.Board.warm", lambda board: None)  # a spare worker costs each test seconds

    def open_(name, model=None, **params):
        page = AppTest.from_file("../app/main.py", default_timeout=120)
        for key, value in ({"model": model} if model else {}).items() | params.items():
            page.query_params[key] = value
        page.switch_page(f"views/{name}.py").run()
        assert not page.exception, page.exception
        return page

    yield open_
    board().shutdown()
    board.clear()


@pytest.fixture
def no_data(monkeypatch, tmp_path):
    """A machine that has only what the repository and scikit-learn bring."""
    monkeypatch.setattr(datasets, "data_folders", lambda name: [tmp_path / name])
    for cache in (images.examples_of, images.held_out, cached.plane):
        cache.clear()
    yield
    for cache in (images.examples_of, images.held_out, cached.plane):
        cache.clear()


def pictures(page):
    """The page's charts and planes."""
    return [
        *page.get("plotly_chart"),
        *(element for element in page.get("bidi_component") if element.proto.component_name == "plane_axes"),
    ]


def charts(page):
    return [json.loads(chart.proto.spec) for chart in page.get("plotly_chart")]


@pytest.mark.parametrize(("name", "title"), PAGES.items())
def test_every_page_starts_alive(open_page, name, title):
    page = open_page(name)
    assert page.title[0].value == title
    assert "?" in page.markdown[0].value or "?" in page.markdown[1].value, "a page asks a question"
    assert pictures(page) and all(chart["data"] for chart in charts(page))


@pytest.mark.parametrize("model", vc.list_pretrained())
@pytest.mark.parametrize("name", ["latent_map", "reconstruct", "paths"])
def test_every_page_shows_every_model(open_page, name, model):
    assert pictures(open_page(name, model))


@pytest.mark.parametrize("name", PAGES)
def test_every_page_lives_without_any_data_set(open_page, no_data, name):
    page = open_page(name)
    assert pictures(page) or page.info


def test_a_model_without_its_images_says_what_to_do(open_page, no_data):
    page = open_page("reconstruct", "frey-2d")
    assert "frey_faces" in page.info[0].value and "README" in page.info[0].value


def test_a_link_to_an_unknown_model_opens_the_first_one(open_page):
    assert sent_to(open_page("latent_map", "no-such-model"), "plane_axes")


def test_the_map_draws_every_encoded_mean_once_by_class(open_page):
    page = open_page("latent_map", "digits-2d")
    header, arrays = sent_to(page, "plane")
    images = vc.load_data("digits")
    with torch.no_grad():
        means = vc.load_pretrained("digits-2d").encode(vc.binarized_test("digits")).mean.numpy()
    rows = arrays["rows"].astype(int)
    assert np.array_equal(arrays["points"], means[rows]) and sorted(rows) == list(range(len(means)))
    for number, group in enumerate(header["classes"]):
        ours = slice(group["from"], group["to"])
        assert group["name"] == images.class_names[number] and set(images.y_test[rows[ours]].tolist()) == {number}
        assert group["middle"] == pytest.approx(np.median(arrays["points"][ours], axis=0))
    axes, _ = sent_to(page, "plane_axes")
    assert [group["name"] for group in header["classes"]] == list(images.class_names)
    assert axes["revision"] == header["revision"]
    assert bytes(arrays["pixels"][1:4]) == b"PNG" and header["picture"]["span"] == axes["spans"][0]


def test_a_layer_that_is_not_asked_for_is_not_sent(open_page):
    header, arrays = sent_to(open_page("latent_map", "digits-2d", layers="images"), "plane")
    assert len(arrays["points"]) == 0 and not header["classes"] and "pixels" in arrays
    header, arrays = sent_to(open_page("latent_map", "digits-2d", layers="points"), "plane")
    assert len(arrays["points"]) == 297 and header["picture"] is None and "pixels" not in arrays


def test_probability_coordinates_are_phi_of_z(open_page):
    _, latent = sent_to(open_page("latent_map", "digits-2d"), "plane")
    page = open_page("latent_map", "digits-2d", coordinates="probability")
    header, probability = sent_to(page, "plane")
    z, u = latent["points"], probability["points"]
    assert np.allclose(torch.special.ndtr(torch.tensor(z)).numpy(), u, atol=1e-6)
    assert header["picture"]["span"] == [0.0, 1.0]
    axes, _ = sent_to(page, "plane_axes")
    assert axes["meta"]["coordinates"] == "probability" and axes["spans"][0] == [0.0, 1.0]


def test_reconstruct_shows_each_images_own_bound(open_page):
    page = open_page("reconstruct", "digits-2d")
    x = vc.binarized_test("digits")
    generator = torch.Generator().manual_seed(0)
    bound = vc.estimate_bound(vc.load_pretrained("digits-2d"), x, num_samples=16, generator=generator)
    worst = bound.elbo.argmin()
    pairs = pairs_of(page)
    assert len(pairs) == 4 and pairs[0].startswith(f"#{worst + 1}: "), "few, the worst first"
    assert f"**{nats(float(bound.elbo[worst]), 1)}**" in pairs[0]
    assert pairs[0].endswith("nats, the worst") and pairs[1].endswith("nats, worse than 99\u00a0% of all")
    assert all(" → " in pair for pair in pairs)
    wrong = [re.findall(r": (\d) → \*\*(\d)\*\*", pair) for pair in pairs]
    assert any(wrong) and all(own != returned for pair in wrong for own, returned in pair)
    assert comes_back((), "2") == "2 → **unclear**" and comes_back(("2",), "2") == "2 → 2"
    assert comes_back(("3", "8"), "3") == "3 → **3 or 8**"
    captions = [caption.value for caption in page.caption]
    assert any(f"{nats(float(bound.elbo.mean()))}\u00a0±" in text and "nats" in text for text in captions)
    (why,) = [text.value for text in page.markdown if text.value.startswith("**#")]
    costs = bound.recon_log_lik.mean() - bound.recon_log_lik[worst], bound.kl[worst] - bound.kl.mean()
    assert why.startswith(
        f"**#{worst + 1}: the model cannot draw this shape.** It is {bound.elbo.mean() - bound.elbo[worst]:.1f} nats below the average image."
    )
    assert f"E[log p(x|z)] is {costs[0]:.1f} lower, and the KL is {abs(costs[1]):.1f} " in why
    assert len(pairs_of(open_page("reconstruct", "digits-2d", reconstruct_pairs="12 pairs"))) == 12


def test_the_sentence_why_names_the_term_that_does_most():
    bounds = Bounds(*(np.array(term, np.float32) for term in ([-90, -110, -130], [-80, -100, -110], [10, 10, 20])))
    assert tuple(bounds.below_mean(2)) == pytest.approx((20.0, 13.333, 6.667), abs=1e-3)
    assert "nats above the average image. E[log p(x|z)] is 16.7 higher" in why_in_words(bounds, 0)
    assert "E[log p(x|z)] is 13.3 lower" in why_in_words(bounds, 2)
    assert why_in_words(bounds, 1) == "**#2 is as good as the average image.**"
    far = Bounds(*(np.array(term, np.float32) for term in ([-90, -130], [-85, -80], [5, 50])))
    words = why_in_words(far, 1)
    assert (
        "The KL is 22.5 larger, and E" in words
        and "unusual" in words
        and words.endswith("E[log p(x|z)] is 2.5 higher.")
    )


def pairs_of(page):
    """What the page says of each pair of images."""
    return [text.value for text in page.markdown if text.value.startswith("#")]


def test_the_pad_stands_beside_the_images_and_has_the_numbers_of_its_own_view(open_page):
    page = open_page("reconstruct", "digits-2d")
    assert len(sent_to(page, "drawing_pad")["strokes"]) == 1, "an example"
    (beside,) = [text.value for text in page.markdown if "** ± " in text.value]
    page.button(key="own_look_closer").click().run()
    assert page.segmented_control(key="reconstruct_source").value == "draw" and not page.exception
    (alone,) = [text.value for text in page.markdown if "** ± " in text.value]
    assert alone.startswith(beside) and "better than" in beside and "What comes back looks like a 2" in beside
    assert verdict_in_words(0.71) == "**It fits better than 71\u00a0% of the test images.**"
    assert verdict_in_words(0.004) == "**It is worse than 99\u00a0% of the test images.**"
    assert verdict_in_words(0.0) == "**No test image is worse.**"
    assert "**It fits better" in beside
    assert any("The decoder only knows digits." in text.value for text in page.markdown)


def test_reconstruct_by_class_shows_that_class_only(open_page):
    page = open_page("reconstruct", "digits-2d")
    page.selectbox(key="reconstruct_class_digits").select("7").run()
    assert pairs_of(page) and all(": 7 → " in text for text in pairs_of(page))


def test_a_link_to_reconstruct_restores_class_and_start_unless_there_are_none_such(open_page):
    def titles(**link):
        link |= {"reconstruct_order": "in order", "reconstruct_pairs": "12 pairs"}
        return [text.split("→")[0] for text in pairs_of(open_page("reconstruct", "digits-2d", **link))]

    sevens = torch.nonzero(vc.load_data("digits").y_test == 7)[:, 0].tolist()
    expected = [f"#{row + 1}: 7 " for row in sevens]
    assert titles(reconstruct_class_digits="7", reconstruct_first="5") == expected[4:16]
    assert titles(reconstruct_class_digits="7", reconstruct_first="298") == expected[:12]  # there are 297
    assert titles(reconstruct_class_digits="x", reconstruct_first="297")[-1].startswith("#297: ")


def test_paths_lead_from_one_chosen_image_to_the_other(open_page):
    page = open_page("paths", "digits-2d")
    _, arrays = sent_to(page, "path_player")
    images = vc.load_data("digits")
    rows = [int(torch.nonzero(images.y_test == digit)[0]) for digit in (1, 7)]
    with torch.no_grad():
        means = vc.load_pretrained("digits-2d").encode(vc.binarized_test("digits")[rows]).mean
    assert np.allclose(arrays["steps"][[0, -1]], means.numpy(), atol=1e-6)
    assert np.allclose(arrays["positions"][[0, -1]], means.numpy(), atol=1e-6) and len(arrays["frames"]) == 61


# -- training ----------------------------------------------------------------------------------------------------

CHANGES = {  # key of the control: how it is changed, the field it must change, its new value
    "train_latent_dim": ("number_input", 3, "latent_dim", 3),
    "train_hidden_digits": ("text_input", "40, 20", "hidden_dims", [40, 20]),
    "train_activation": ("selectbox", "silu", "activation", "silu"),
    "train_initialization": ("selectbox", "paper", "initialization", "paper"),
    "train_optimizer": ("selectbox", "adagrad", "optimizer", "adagrad"),
    "train_learning_rate": ("number_input", 0.02, "learning_rate", 0.02),
    "train_batch_size": ("number_input", 50, "batch_size", 50),
    "train_num_samples": ("number_input", 4, "num_samples", 4),
    "train_beta": ("number_input", 0.5, "beta", 0.5),
    "train_epochs_digits": ("number_input", 7, "epochs", 7),
    "train_seed": ("number_input", 11, "seed", 11),
    "train_estimator": ("selectbox", "A", "estimator", "A"),
    "train_objective": ("selectbox", "map", "objective", "map"),
    "train_schedule": ("selectbox", "cosine", "schedule", "cosine"),
    "train_warmup": ("number_input", 9, "warmup_steps", 9),
    "train_binarization_bernoulli": ("selectbox", "threshold", "binarization", "threshold"),
}


@pytest.fixture
def specs(monkeypatch):
    """The specs that Start submits; nothing trains."""
    submitted = []
    monkeypatch.setattr(runs, "submit", submitted.append)
    return submitted


def fields(spec):
    return {"data": spec.data} | spec.model_config.to_dict() | spec.train_config.to_dict()


def test_every_control_changes_the_run_and_nothing_else(open_page, specs):
    page = open_page("train", train_data="digits")
    page.button(key="train_start").click().run()
    for key, (kind, value, field, expected) in CHANGES.items():
        before = fields(specs[-1])
        getattr(page, kind)(key=key).set_value(value).run()
        page.button(key="train_start").click().run()
        changed = {name for name, now in fields(specs[-1]).items() if now != before[name]}
        assert changed == {field}, key
        assert fields(specs[-1])[field] == expected


def test_controls_of_the_gaussian_decoder_and_the_data_set_change_the_run(open_page, specs):
    page = open_page("train", train_data="digits")
    page.selectbox(key="train_likelihood_digits").select("gaussian").run()
    page.selectbox(key="train_mean").select("identity").run()
    page.selectbox(key="train_variance").select("network").run()
    page.number_input(key="train_variance_floor").set_value(0.01).run()
    page.button(key="train_start").click().run()
    changed = fields(specs[-1])
    assert (changed["likelihood"], changed["mean"], changed["variance"]) == ("gaussian", "identity", "network")
    assert changed["variance_floor"] == 0.01
    assert changed["binarization"] == "none", "grey pixels are not binarised"
    page.selectbox(key="train_data").select("mnist").run()
    page.button(key="train_start").click().run()
    assert specs[-1].data == "mnist" and specs[-1].model_config.data_dim == 784


def test_settings_that_make_no_model_are_explained_and_cannot_start(open_page, specs):
    page = open_page("train", train_data="digits")
    page.text_input(key="train_hidden_digits").set_value("12,zero").run()
    assert "No model can have these settings" in page.error[0].value and page.button(key="train_start").disabled
    for part in ("Hidden layers", "whole numbers", "'12,zero'", "such as 500,500"):
        assert part in page.error[0].value
    for huge in ("5001", "9," * 9):
        page.text_input(key="train_hidden_digits").set_value(huge).run()
        assert f"at most 8, of at most 5,000 units each, got '{huge}'" in page.error[0].value
        assert page.button(key="train_start").disabled


def test_the_finished_run_before_start_does_not_say_which_term_moves_first(open_page):
    page = open_page("train", train_data="digits")
    (curve,) = charts(page)
    assert [trace["name"] for trace in curve["data"]] == ["ELBO"]
    assert page.get("button_group")[0].proto.options, "the visitor's guess"


def test_train_begins_with_mnist_where_it_is_on_the_machine(open_page, monkeypatch):
    for is_there, first in ((True, "mnist"), (False, "digits")):
        monkeypatch.setattr(
            "aevb_lab.session.images.is_available", lambda name, there=is_there: name == "digits" or there
        )
        assert open_page("train").selectbox(key="train_data").value == first


def test_a_data_set_that_is_not_there_is_explained_and_cannot_start(open_page, no_data):
    page = open_page("train")
    page.selectbox(key="train_data").select("fashion_mnist").run()
    assert "fashion_mnist" in page.warning[0].value and page.button(key="train_start").disabled


def test_before_the_first_run_only_start_can_be_pressed(open_page):
    page = open_page("train")
    enabled = [
        key
        for key in ("start", "pause", "resume", "step", "stop", "reset")
        if not page.button(key=f"train_{key}").disabled
    ]
    assert enabled == ["start"]
    assert any("step 0" in text.value for text in page.markdown)


@pytest.mark.parametrize(("epochs", "acts"), [(20, ["resume"]), (3, ["discard", "submit 3"])])
def test_after_a_reset_start_begins_that_run_or_with_other_settings_a_new_one(open_page, monkeypatch, epochs, acts):
    spec, done = JobSpec("digits", vc.ModelConfig(64, (8, 8)), vc.TrainConfig(epochs=20)), []
    snapshot = Snapshot(History.of("digits", spec.train_config), state="paused", total_steps=30)
    job = SimpleNamespace(spec=spec, token="abcd1234", title="", model_path=None, snapshot=lambda: snapshot,
                          resume=lambda: done.append("resume"), **dict.fromkeys(("pause", "step", "stop")))  # fmt: skip
    monkeypatch.setattr(runs, "current_job", lambda: job)
    monkeypatch.setattr(runs, "submit", lambda spec: done.append(f"submit {spec.train_config.epochs}"))
    monkeypatch.setattr(runs, "discard", lambda job: done.append("discard"))
    page = open_page("train")
    assert any("**ready**" in text.value and "press Start" in text.value for text in page.markdown)
    page.number_input(key="train_epochs_digits").set_value(epochs).run()
    page.button(key="train_start").click().run()
    assert done == acts


@pytest.mark.parametrize(
    ("algorithm", "record", "words"),
    [
        ("aevb", {"test_elbo": -20.5, "test_recon_log_lik": -15.0, "test_kl": 5.5}, "test ELBO −20.50 nats"),
        ("mcem", {"test_log_marginal": -21.25}, "test estimate of log p(x) −21.25 nats"),
        (
            "full_vb",
            {"test_elbo": -20.5, "test_recon_log_lik": -15.0, "test_kl": 5.5},
            "test bound over z and θ −20.50 nats",
        ),
    ],
)
def test_the_page_says_what_a_runs_curve_is_of(open_page, monkeypatch, algorithm, record, words):
    train = vc.TrainConfig(algorithm=algorithm)
    history = History.of("digits", train).extended(vc.Record(0, 0, 0.0, **record))
    means_of = "p(z|x)" if algorithm == "mcem" else "q(z|x)"
    look = Look(0, np.zeros((5, 2), np.float32), np.zeros((2, 2, 64), np.uint8), means_of)
    snapshot = Snapshot(history, state="paused", look=look, total_steps=30)
    spec = JobSpec("digits", vc.ModelConfig(64, (8, 8)), train)
    actions = dict.fromkeys(("pause", "resume", "step", "stop"))
    job = SimpleNamespace(spec=spec, token="abcd1234", title="", model_path=None, snapshot=lambda: snapshot, **actions)
    monkeypatch.setattr(runs, "current_job", lambda: job)
    page = open_page("train")
    captions = [text.value for text in page.markdown]
    assert any(f" · {words}" in text for text in captions)
    assert (training.CHANGES if algorithm == "aevb" else history.about.meaning) in captions
    assert ("This algorithm trains no encoder" in " ".join(captions)) == (algorithm == "mcem")
    curve = next(chart for chart in charts(page) if "images seen" in json.dumps(chart["layout"]))
    assert history.about.label in [trace["name"] for trace in curve["data"]]
    assert page.selectbox(key="train_algorithm").value == algorithm, "after a reload, the settings are the run's"


# -- models ------------------------------------------------------------------------------------------------------


def test_models_has_the_card_of_the_chosen_row_and_warns_of_curves_that_may_not_be_compared(open_page):
    for name in model_names():
        page = open_page("models", table_row=name)
        assert any(str(text.value).startswith(f"**{name}**: ") for text in page.markdown)
        assert [expander.label for expander in page.expander] == [
            "Is this chance? And which ELBO is highest?",
            "Card and files",
            "The numbers",
        ]
        assert not page.get("download_button"), "a card is made once somebody unfolds it"
        page.session_state["model_card"] = True
        page.run()
        assert [button.proto.label for button in page.get("download_button")] == ["Download the model"]
        assert any("Test ELBO" in str(text.value) or "what | value" in str(text.value) for text in page.markdown), name
    page.multiselect(key="curves_of").set_value(["digits-2d", "mnist-2d"]).run()
    assert "Do not compare the heights" in page.warning[0].value
    page.multiselect(key="curves_of").set_value(["mnist-2d"]).run()
    assert not page.warning


def test_nothing_wrong_is_said_of_the_pretrained_files(open_page):
    """Their format has no checksum, and that is no damage."""
    for name in vc.list_pretrained():
        model = vc.models.model_header(vc.models.pretrained_path(name) / "model.safetensors")
        assert model["format"] in (1, 2)
    for name in ("models", "latent_map"):
        page = open_page(name)
        texts = [
            element.value for kind in ("markdown", "caption", "warning", "error", "info") for element in page.get(kind)
        ]
        assert not page.error
        for word in ("checksum", "damaged", "format 1", "corrupt", "old version"):
            assert not any(word in str(text).lower() for text in texts), (name, word)


def test_an_uploaded_model_is_on_every_page_and_a_damaged_one_is_refused(open_page, tmp_path):
    content = (vc.models.pretrained_path("digits-2d") / "model.safetensors").read_bytes()
    page = open_page("models")
    page.file_uploader[0].upload("**mine**.safetensors", content, "application/octet-stream").run()
    assert "\\*\\*mine\\*\\*" in page.success[0].value, "a file's name is shown, not obeyed"
    page.switch_page("views/reconstruct.py").run()
    assert "**mine**" in page.selectbox(key="model").options
    page.selectbox(key="model").select("**mine**").run()
    assert not page.exception and pictures(page)

    page = open_page("models")
    page.file_uploader[0].upload("broken.safetensors", content[:-100], "application/octet-stream").run()
    assert "truncated" in page.error[0].value and not page.success
