"""Repair: what the page says is what the model infers from what is seen, and from nothing else. The brush and the player
themselves are in test_browser_repair.py."""

import json
import math

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

import vae_core as vc
from aevb_lab import cached
from aevb_lab.session.images import examples_for
from aevb_lab.session.models import load_model
from aevb_lab.session.runs import board
from aevb_lab.shown.repair import (
    alike_in_words,
    answers_in_words,
    caption_in_words,
    in_words,
    lone_spots_in_words,
    names_of_likely,
    nothing_hidden_in_words,
    packed_chain,
    packed_map,
    spots_without_draws,
    verdict_in_words,
)
from vae_core import studies
from vae_core.restoration.grid import observation_grid
from vae_core.studies import repairs

pytestmark = pytest.mark.filterwarnings("default")  # Streamlit's own, outside a server
SHAPE = (8, 8)
LOWER = repairs.Damage(repairs.COVER, hidden="lower-half")


@pytest.fixture
def open_repair(monkeypatch):
    monkeypatch.setattr("aevb_lab.jobs.board.Board.warm", lambda board: None)  # a spare worker costs each test seconds

    def open_(session=(), **params):
        page = AppTest.from_file("../app/main.py", default_timeout=120)
        for key, value in params.items():
            page.query_params[key] = value
        for key, value in session:
            page.session_state[key] = value
        page.switch_page("views/repair.py").run()
        assert not page.exception, page.exception
        return page

    yield open_
    board().shutdown()
    board.clear()


@pytest.fixture(scope="module")
def model():
    return load_model("digits-2d")


@pytest.fixture(scope="module")
def x(model):
    return examples_for(model).x[65].numpy()


def texts(page):
    return " ".join(element.value for element in [*page.markdown, *page.caption, *page.warning])


def unpack(packed):
    length = int.from_bytes(packed[:4], "little")
    return json.loads(packed[4 : 4 + length]), packed[4 + length :]


# -- p(z|y) on the plane -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "damage",
    [
        LOWER,
        repairs.Damage(repairs.COVER, hidden="random-80"),
        repairs.Damage(repairs.NOISE, level=0.1),
        repairs.Damage(repairs.COARSE, factor=2),
    ],
    ids=lambda damage: f"{damage.kind} {damage.hidden}",
)
def test_the_grid_under_the_brush_agrees_with_the_cores(model, x, damage):
    y, observation = repairs.observe(model.vae.config, x, damage)
    fast, exact = (
        observation_grid(model.vae, y, observation, repairs.TOLERANCE, coarse=cached.decoded_grid(model)),
        observation_grid(model.vae, y, observation),
    )
    assert float(fast.log_marginal) == pytest.approx(float(exact.log_marginal), abs=repairs.TOLERANCE)
    mean, true = (grid.log_joint[0].double().softmax(0) @ grid.points.double() for grid in (fast, exact))
    assert torch.allclose(mean, true, atol=0.01)


def test_the_regions_hold_what_they_say(model, x):
    y, observation = repairs.observe(model.vae.config, x, LOWER)
    grid = observation_grid(model.vae, y, observation, repairs.TOLERANCE, coarse=cached.decoded_grid(model))
    raster = repairs.raster(grid, cached.plane(model).span[1])
    low, cell, denser = raster.corner, raster.cell, raster.denser
    place = np.floor((grid.points.numpy() - np.array(low)) / cell).astype(int)
    mass = grid.log_joint[0].double().softmax(0).numpy()
    at = denser[place[:, 1], place[:, 0]]
    for share in (0.5, 0.9, 0.99):
        assert mass[at < share].sum() == pytest.approx(share, abs=0.02)
    row, column = np.unravel_index(denser.argmin(), denser.shape)
    middle = np.array(low) + cell * (np.array([column, row]) + 0.5)
    assert np.abs(middle - grid.points[int(mass.argmax())].numpy()).max() < 0.6 * cell, "where it is densest"
    header, _ = unpack(packed_map(model, cached.repaired(model, x, LOWER, 100), "chart", False))
    assert header["raster"]["shape"] == list(denser.shape) and len(header["answers"]) >= 1


def test_seen_pixels_are_in_every_answer_and_hidden_ones_are_never_looked_at(model, x):
    hidden = repairs.block("lower-half", SHAPE)
    repaired = cached.repaired(model, x, LOWER, 100)
    other = np.where(hidden, 1.0 - x, x)
    again = cached.repaired(model, other, LOWER, 100)
    assert (
        np.array_equal(repaired.mean, again.mean)
        and np.array_equal(repaired.z, again.z)
        and repaired.psnr != again.psnr
    )
    for image in (repaired.mean, repaired.observed, *(answer.image for answer in repaired.answers)):
        assert np.array_equal(image[~hidden], x[~hidden])
    assert (repaired.std[~hidden] == 0.0).all() and (repaired.std[hidden] > 0.0).any()
    error = np.square(repaired.mean - x, dtype=np.float64)[hidden].mean()
    assert repaired.psnr == pytest.approx(-10.0 * math.log10(error)) and math.isnan(repaired.psnr_observed)


@pytest.mark.parametrize("method", repairs.CHAINS)
def test_a_chain_is_the_cores_and_keeps_what_is_seen(model, x, method):
    hidden = repairs.block("lower-half", SHAPE)
    chain = cached.repair_chain(model, x, LOWER, method)
    assert len(chain.z) == repairs.CHAINS[method][1] + 1 == len(chain.images)
    assert (chain.images[:, ~hidden] == x[~hidden]).all()
    assert chain.moved.mean() > 0.05 and 0.0 <= chain.distance[1] < 1.0
    if method == "pseudo-Gibbs":
        assert chain.moved.all()
    header, body = unpack(packed_chain(model, chain, "chart", False))
    assert header["steps"] == len(chain.z)
    assert np.frombuffer(body, "<f4", 2 * len(chain.z)) == pytest.approx(chain.z.reshape(-1))


# -- what is hidden ----------------------------------------------------------------------------------------------


def test_what_is_hidden_survives_the_link():
    hidden = repairs.block("random-50", (5, 7))
    assert 0.2 < hidden.mean() < 0.8 and np.array_equal(
        repairs.hidden_pixels(repairs.hidden_text(hidden), (5, 7)), hidden
    )
    assert repairs.block("lower-half", (4, 3)).tolist() == [False] * 6 + [True] * 6
    for text in ("AAAA", "not base64 at all!", ""):
        with pytest.raises(vc.DataError, match="35 pixels"):
            repairs.hidden_pixels(text, (5, 7))


# -- the page ----------------------------------------------------------------------------------------------------


def test_the_default_has_three_answers(open_repair):
    page = open_repair(repair_player="true")
    assert page.title[0].value == "Repair" and "How many answers fit?" in page.markdown[0].value
    assert "**3 different answers fit what is seen.** The model finds a 3 most likely, 86" in texts(page)
    assert "nats" not in next(element.help for element in page.markdown if "answers fit" in element.value)
    numbers = next(fold for fold in page.expander if fold.label == "The numbers")
    folded = " ".join(element.value for element in numbers.markdown)
    assert "Total variation" in folded and "PSNR" in folded
    model = load_model("mnist-2d")
    repaired = cached.repaired(model, examples_for(model).x[515].numpy(), LOWER_OF_MNIST, 100)
    assert f"over the hidden pixels: **{repaired.psnr:.1f} dB**" in texts(page)
    assert sum(answer.weight for answer in repaired.answers) == pytest.approx(1.0)
    assert min(answer.weight for answer in repaired.answers) > 0.05


def test_an_answer_has_the_class_of_the_images_that_look_like_it(model):
    examples = examples_for(model)
    codes = model.vae.encode(examples.x).base_dist.loc.detach()
    middles = np.stack([codes[torch.from_numpy(examples.labels == digit)].median(0).values.numpy() for digit in (0, 6)])
    inputs = model.vae, middles, studies.reconstruct(model.vae, examples.x), examples.labels
    assert repairs.likely_classes(*inputs) == [(0,), (6,)]
    assert names_of_likely(model, middles) == [("0",), ("6",)]
    half = np.where(np.arange(len(examples.x)) % 2, examples.labels, 10 + examples.labels)
    between = repairs.likely_classes(*inputs[:3], half)
    assert {0, 10} in map(set, between), "two classes share the similar images"
    unclear = repairs.likely_classes(*inputs[:3], np.arange(len(examples.x)))
    assert unclear == [(), ()], "each similar image has a class of its own"


def test_the_answers_are_told_in_words():
    def words(names, weight):
        rest = (1.0 - weight) / max(1, len(names) - 1)
        answers = [repairs.Answer(share, np.zeros(2), np.zeros(4)) for share in (weight, *[rest] * (len(names) - 1))]
        return answers_in_words(answers, names)

    assert words([("8",), ("3",)], 0.6).endswith("The model finds an 8 most likely, 60\u00a0%.")
    assert words([(), ("3",)], 0.6).endswith("finds an image like A most likely, 60\u00a0%.")
    assert words([("3", "8")], 1.0) == "**1 answer fits what is seen:** an image between a 3 and an 8."
    assert in_words(("3", "8")) == "between a 3 and an 8" and in_words(()) == ""
    assert words([("Trouser",)], 1.0) == "**1 answer fits what is seen:** a Trouser."
    assert words([("8",), ("3",)], 0.995) == "**1 answer fits well:** an 8. The other one has less than 1\u00a0%."
    assert words([("8",), ("3",)], 0.5).endswith("A and B are about as likely, 50\u00a0% each.")
    assert words([("a*b",)], 1.0).endswith("an a\\*b."), "a name from a file is text"


def test_answers_of_one_class_differ_in_their_shape():
    assert alike_in_words([("4",), ("4",)]) == " Both look like a 4, in different shapes."
    assert alike_in_words([("8",)] * 3) == " All 3 look like an 8, in different shapes."
    assert alike_in_words([("4",), ("9",), ("4",)]) == " 2 of them look like a 4, in different shapes."
    assert alike_in_words([("4",), ("9",), (), (), ("4", "9"), ("4", "9")]) == ""
    answers = [repairs.Answer(0.87, np.zeros(2), np.zeros(4)), repairs.Answer(0.13, np.zeros(2), np.zeros(4))]
    words = answers_in_words(answers, [("4",), ("4",)])
    assert words.endswith("seen.** Both look like a 4, in different shapes. The model finds A most likely, 87\u00a0%.")


def test_the_verdict_says_right_wrong_half_right_or_neither():
    sure, unsure = (repairs.Answer(weight, np.zeros(2), np.zeros(4)) for weight in (0.95, 0.6))
    words = verdict_in_words(sure, ("8",), "3")
    assert (
        words == "**The model is sure, and wrong:** the original is a 3. To the model, what is seen fits an 8 better."
    )
    assert verdict_in_words(unsure, ("8",), "3").startswith("**The model is wrong:** the original is a 3.")
    assert verdict_in_words(sure, ("3",), "3") == "**The model is right:** the original is a 3."
    half = "**The model is half right:** the original is an 8. Its most likely answer lies between a 3 and an 8."
    assert verdict_in_words(sure, ("3", "8"), "8") == half
    assert verdict_in_words(sure, ("3", "8"), "5").startswith("**The model is wrong:** the original is a 5.")
    assert verdict_in_words(sure, (), "3").startswith("**Neither right nor wrong:** the original is a 3.")
    assert verdict_in_words(sure, ("8",), None) == ""


def test_with_nothing_hidden_the_page_says_so_and_for_what_the_model_takes_the_image(open_repair):
    """Test image 516 of MNIST is a clear 3; what the model makes of it is an 8."""
    assert nothing_hidden_in_words(("3",), "3").endswith(
        "draws the whole image."
    ) and "8" not in nothing_hidden_in_words((), "8")
    assert nothing_hidden_in_words(("3", "8"), "5").endswith("**it takes this 5 for something between a 3 and an 8.**")
    page = open_repair(hidden=repairs.hidden_text(np.zeros(784, bool)))
    assert "**Nothing is hidden:** hide a part first." in texts(page) and not page.warning
    assert "**it takes this 3 for an 8.**" in texts(page) and "fits what is seen" not in texts(page)


def test_the_original_and_what_is_wrong_are_folded_away(open_repair):
    """The upper half of test image 2, a 2, fits a 3: the model is sure."""
    page = open_repair(hidden="lower-half")
    fold = next(fold for fold in page.expander if fold.label == "Show the original")
    assert len(fold.get("image")) == 1 and not fold.proto.expanded
    assert "class 3" in fold.get("image")[0].proto.imgs[0].alt and "wrong" not in texts(page)
    assert "**The model is right:**" in fold.markdown[0].value
    page = open_repair(repair_image="2")
    fold = next(fold for fold in page.expander if fold.label == "Show the original")
    assert "wrong:** the original is" in fold.markdown[0].value
    assert "Each picture is a mean" in texts(page)


def test_an_answer_between_two_classes_and_a_spot_without_a_letter_are_named(open_repair):
    """The right half of image 516 is hidden: its second violet spot has none of the draws."""
    page = open_repair(hidden="right-half")
    assert "fits what is seen:** an image between a 3 and an 8." in texts(page)
    assert "The small spot without a letter is too unlikely to count as an answer." in texts(page)
    assert "without a letter" not in texts(open_repair()), "three spots, three letters"


def test_spots_without_draws_are_counted():
    denser = np.ones((5, 9))
    denser[1, 1] = denser[3, 5] = denser[3, 6] = denser[1, 8] = 0.5
    raster = repairs.Raster((0.0, 0.0), 1.0, denser)
    assert spots_without_draws(raster, np.array([[5.5, 3.5], [6.5, 3.5]])) == 2
    repaired = repairs.Repair(*[np.zeros(1)] * 4, np.zeros((1, 2)), (), (), 0.0, 0.0, (), raster, 1.0)
    assert lone_spots_in_words(repaired) == "Small spots without a letter are too unlikely to count as answers."


def test_the_chain_is_folded_away_and_made_only_once_it_is_unfolded(open_repair, monkeypatch):
    made = []
    chain = cached.repair_chain
    monkeypatch.setattr(cached, "repair_chain", lambda *inputs: made.append(inputs[-1]) or chain(*inputs))
    assert "orange" not in texts(open_repair(model="digits-2d")) and not made
    for name, value in {"repair_player": "true", "repair_chain_method": "HMC", "chain_step": "3"}.items():
        assert "orange" in texts(open_repair(model="digits-2d", **{name: value})), "as before there was a fold"
    assert made == ["pseudo-Gibbs", "HMC", "pseudo-Gibbs"]


LOWER_OF_MNIST = repairs.Damage(repairs.COVER, hidden=repairs.hidden_text(repairs.block("lower-half", (28, 28))))


def test_noise_and_low_resolution(open_repair):
    page = open_repair(model="digits-2d", repair_kind="noise")
    assert "what is seen has" in texts(page)
    before = texts(page)
    page.button(key="repair_again").click().run()
    assert not page.exception and texts(page) != before, "other noise"
    page.segmented_control(key="repair_kind").set_value("low resolution").run()
    assert not page.exception and "what is seen has" in texts(page)
    assert page.segmented_control(key="repair_factor").options == ["2x", "4x"]


def test_more_dimensions_show_draws(open_repair, monkeypatch):
    monkeypatch.setattr(repairs, "CHAINS", {"pseudo-Gibbs": ("pseudo_gibbs", 3)})
    page = open_repair(model="mnist-20d", repair_samples="20")
    assert "20 draws from p(z|y)" in texts(page) and "Total variation" not in texts(page)
    assert "kinds of image" in texts(page) and "an image like this." in texts(page), "one answer, several classes"


def test_an_answer_of_unlike_images_says_what_its_picture_looks_like():
    assert caption_in_words(("3",), ("3",), "86\u00a0%") == "a 3, 86\u00a0%"
    assert caption_in_words((), ("3",), "86\u00a0%") == "86\u00a0%, here a 3"
    assert caption_in_words((), (), "86\u00a0%") == "86\u00a0%"


def test_a_drawing_is_repaired(open_repair):
    page = open_repair([("own_strokes", [[[0.5, 0.2], [0.5, 0.8]]])], model="digits-2d", repair_source="draw")
    assert "fit" in texts(page) and "PSNR" in texts(page)


@pytest.mark.parametrize(
    ("hidden", "rule"),
    [
        ("nonsense", "64 pixels, as this model's images; the lower half is hidden"),
        ("__________8", "samples are of the prior"),
    ],
)
def test_hidden_parts_that_are_all_or_nonsense_are_explained(open_repair, hidden, rule):
    page = open_repair(model="digits-2d", hidden=hidden)
    assert len(page.warning) == 1 and rule in page.warning[0].value.lower().replace("\\", "")
    assert "fit" in texts(page)


def test_what_cannot_be_repaired_is_refused_in_words(open_repair):
    page = open_repair([("own_strokes", [[[7.0, 7.0]]])], model="digits-2d", repair_source="draw")
    assert "in \\[0, 1\\]" in page.error[0].value
    assert "Draw something" in texts(open_repair([("own_strokes", [])], model="digits-2d", repair_source="draw"))
    page = open_repair(model="digits-2d", repair_source="upload")
    page.file_uploader(key="repair_picture").upload("x.png", b"nothing of the kind", "image/png").run()
    assert "PNG or JPEG" in page.error[0].value and not page.exception
