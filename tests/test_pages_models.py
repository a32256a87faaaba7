"""The page Models and runs: its table, ten samples of each model, and the names that visitors give to their runs.
(Longer than other files: all of the page stands here.)"""

import base64
import importlib.util
import io
import zipfile

import hostile_models
import numpy as np
import pytest
from components import sent_to
from hostile_models import file_of, small_vae
from PIL import Image
from streamlit.testing.v1 import AppTest

import vae_core as vc
from aevb_lab import cached
from aevb_lab.escaping import plain
from aevb_lab.export import FORMATS, exported
from aevb_lab.figures.curves import overlaid_curves
from aevb_lab.figures.pictures import to_bytes
from aevb_lab.jobs.job import BranchPoint, Job, JobSpec
from aevb_lab.session.models import load_model, load_pretrained, model_names, read_upload
from aevb_lab.session.runs import board, first_name, run_name
from aevb_lab.session.settings import SETTINGS
from aevb_lab.shown.best_models import best_elbo_in_words, likeliest
from aevb_lab.shown.model_table import COLUMNS, GAP, columns, samples_picture, table
from vae_core import studies
from vae_core.models import pack_model
from vae_core.settings import counts

pytestmark = pytest.mark.filterwarnings("default")  # Streamlit's own, outside a server
OWNER = "a pupil"
VIEW = {"column": "", "down": False, "chosen": ""}


@pytest.fixture
def open_page(monkeypatch):
    monkeypatch.setattr("aevb_lab.jobs.board.Board.warm", lambda board: None)  # a spare worker costs each test seconds

    def open_(name, **params):
        page = AppTest.from_file("../app/main.py", default_timeout=120)
        page.session_state["owner"] = OWNER
        for key, value in params.items():
            page.query_params[key] = value
        page.switch_page(f"views/{name}.py").run()
        assert not page.exception, page.exception
        return page

    yield open_
    board().shutdown()
    board.clear()


@pytest.fixture
def own_run(tmp_path):
    """A finished run of the visitor, made without training."""

    def make(token="abcdefgh", branch=None, **train):
        config, training = vc.ModelConfig(64, (8, 8), hidden_dims=(5,)), vc.TrainConfig(**train)
        job = Job(JobSpec("digits", config, training, branch), token, tmp_path / token, OWNER, lambda job, name: None)
        job.folder.mkdir()
        content = pack_model(small_vae(), data="digits", train_config=training.to_dict())
        (job.folder / "model.safetensors").write_bytes(content)
        record = vc.Record(3, 300, 0.2, test_elbo=-31.5, test_recon_log_lik=-30.0, test_kl=1.5)
        (job.folder / "history.json").write_text(vc.History.of("digits", training).extended(record).to_json())
        job.change(samples_seen=300, images_per_second=150.0)
        job.change(state="finished")
        job.ended.set()
        board().all_jobs[token] = job
        return job

    return make


def rows_of(models, jobs=()):
    return {row["name"]: row for row in table(models, jobs, VIEW)["rows"]}


def text_of(row, column):
    return row["cells"][column]["text"]


# -- the table ---------------------------------------------------------------------------------------------------


def test_a_row_has_each_setting_that_counts_and_the_last_point_of_the_curve():
    rows = rows_of([load_pretrained(name) for name in vc.list_pretrained()])
    for name, row in rows.items():
        model = load_pretrained(name)
        values = vars(model.vae.config) | vars(vc.TrainConfig.from_dict(model.header["train_config"]))
        expected = {SETTINGS[key].label for key in SETTINGS if key not in COLUMNS and counts(SETTINGS[key], values)}
        assert set(row["others"]) == expected and all(text_of(row, column) for column in COLUMNS), name
        history = vc.History.from_json((vc.models.pretrained_path(name) / "history.json").read_text())
        value = history.test_value(history.records[-1])
        assert row["cells"]["elbo"]["value"] == round(value, 2), "differences are of the numbers on screen"
        assert f"{abs(value):,.2f}" in text_of(row, "elbo")
    small, large = rows["digits-2d"], rows["mnist-20d"]
    assert (text_of(large, "latent_dim"), text_of(large, "hidden_dims"), text_of(large, "beta")) == (
        "20",
        "500-500",
        "1",
    )
    assert text_of(rows["digits-ae"], "beta") == "0" and text_of(rows["frey-2d"], "likelihood") == "Gaussian"
    assert "Activation" in large["unusual"] and large["others"]["Activation"] == "smooth bend"
    assert "Activation" not in small["unusual"] and small["others"]["Activation"] == "S-curve"
    for key in ("elbo", "log_marginal"):
        images = [row["cells"][key]["images"] for row in (small, rows["digits-ae"], large)]
        assert images[0] == images[1] != images[2], "numbers of other images"
    assert small["cells"]["time"] == {"text": "29 s", "value": 29.0} and text_of(rows["frey-2d"], "time") == "–"


def test_the_columns_are_those_of_every_row():
    (row,) = rows_of([load_pretrained("digits-2d")]).values()
    assert [column["key"] for column in columns()] == ["log_marginal", "elbo", "time", "data", *COLUMNS, "others"]
    assert set(row["cells"]) == {column["key"] for column in columns()}
    assert [column["label"] for column in columns()][:2] == ["log p(x) (nats)", "ELBO (nats)"]


def test_at_first_there_are_few_columns_and_the_last_one_holds_the_rest():
    few, whole = (
        table([load_pretrained("digits-2d")], [], VIEW, all_columns=all_columns) for all_columns in (False, True)
    )
    labels_of_few = ["log p(x) (nats)", "ELBO (nats)", "Time", "Data", "Latent size", "Settings"]
    assert [column["label"] for column in few["columns"]] == labels_of_few
    assert whole["columns"] == columns() and whole["folded"] == [] and whole["rows"] == few["rows"]
    keys = [column["key"] for column in few["columns"] + few["folded"]]
    assert sorted(keys) == sorted(column["key"] for column in columns())


@pytest.mark.parametrize("name", ["digits-2d", "frey-2d", "mnist-20d"])
def test_the_picture_shows_ten_draws_from_the_prior_and_is_drawn_once(name, monkeypatch):
    model = load_pretrained(name)
    address = samples_picture(model)
    assert np.allclose(cached.samples(model), studies.prior_samples(model.vae, 10).means, atol=1e-6)
    monkeypatch.setattr(studies, "prior_samples", lambda *args: pytest.fail("drawn again"))
    assert samples_picture(model) is address
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2]))))
    height, width = model.vae.config.image_shape
    factor = 56 // max(height, width)
    across = width * factor + GAP
    assert pixels.shape == (height * factor, 10 * across - GAP)
    expected = to_bytes(cached.samples(model))
    for number in range(10):
        tile = pixels[:, number * across :][: height * factor : factor, : width * factor : factor]
        assert np.array_equal(tile, expected[number].reshape(height, width)), number


def test_a_strangers_model_has_a_row_without_what_its_file_does_not_say():
    rows = rows_of(
        [read_upload(file_of(small_vae()), "short"), read_upload(file_of(small_vae(seed=1), data=""), "silent")]
    )
    for row in rows.values():
        assert text_of(row, "epochs") == text_of(row, "seed") == "not known" and text_of(row, "time") == "–"
        assert text_of(row, "elbo") == "not measured" and text_of(row, "latent_dim") == "2" and row["picture"]
    assert text_of(rows["silent"], "data") == "not known"


@pytest.mark.parametrize(
    ("step", "epochs"), [(409, "409 steps"), (None, "20"), (True, "20"), (10**30, "20"), ("409", "20")]
)
def test_a_file_without_curves_says_how_many_steps_it_has_seen_and_not_all_its_epochs(step, epochs):
    content = file_of(
        small_vae(), train_config=vc.TrainConfig(epochs=20).to_dict(), **({} if step is None else {"step": step})
    )
    (row,) = rows_of([read_upload(content, "early")]).values()
    assert text_of(row, "epochs") == epochs


def test_a_model_that_cannot_be_decoded_keeps_its_row_and_those_of_the_others(monkeypatch):
    def fail(*args):
        raise ValueError("no")

    good = rows_of([load_pretrained("digits-2d")])["digits-2d"]
    monkeypatch.setattr(cached, "samples", fail)
    broken = read_upload(file_of(small_vae(seed=7)), "broken")
    rows = rows_of([load_pretrained("digits-2d"), broken])
    assert rows["digits-2d"] == good and rows["broken"]["note"] == "its draws cannot be shown"
    assert rows["broken"]["picture"] == ""


def test_a_run_in_training_has_a_row_too(tmp_path):
    spec = JobSpec("digits", vc.ModelConfig(64, (8, 8)), vc.TrainConfig(algorithm="mcem", seed=5))
    job = Job(spec, "zyxw1234", tmp_path, OWNER, lambda job, name: None)
    job.change(state="running", samples_seen=500, images_per_second=100.0)
    row = rows_of([], [job])["my digits run zyxw"]
    assert row["note"] == "training, no draws yet" and text_of(row, "seed") == "5" and text_of(row, "time") == "5 s"
    assert text_of(row, "beta") == "–" and "Estimator" not in row["others"], "what does not count is not there"
    assert text_of(row, "elbo") == "not measured"


def test_the_axis_of_the_curves_names_the_term_and_its_unit():
    history = vc.History.of("digits", vc.TrainConfig())
    titles = [
        overlaid_curves({"a": history}, term=term).layout.yaxis.title.text for term in ("elbo", "recon_log_lik", "kl")
    ]
    assert titles == ["ELBO (nats), higher is better", "reconstruction (nats), higher is better", "KL (nats)"]


# -- names of runs -----------------------------------------------------------------------------------------------


def card_of(open_page, job):
    """The page Models with the run's card unfolded."""
    page = open_page("models", table_row=run_name(job))
    page.session_state["model_card"] = True
    return page.run()


def title_of_card(page):
    (title,) = [
        str(text.value) for text in page.markdown if "**: digits, 2 latent numbers, hidden layers 5." in str(text.value)
    ]
    return title.removeprefix("**").partition("**: digits")[0]


def rename(page, job, text):
    page.text_input(key=f"name_{job.token}").set_value(text).run()
    assert not page.exception
    return run_name(job)


def test_a_run_has_the_name_that_its_owner_gives_it_on_every_page(open_page, own_run):
    job = own_run()
    page = card_of(open_page, job)
    assert rename(page, job, "  Tall   *hidden*\u202e layer ") == "Tall *hidden* layer"
    assert title_of_card(page) == plain("Tall *hidden* layer")
    page.switch_page("views/reconstruct.py").run()
    assert "Tall *hidden* layer" in page.selectbox(key="model").options
    assert first_name(job) not in page.selectbox(key="model").options


@pytest.mark.parametrize("text", ["", "  ", "\u200b\u202e", "my digits run abcd"])
def test_without_a_name_a_run_has_its_first_one(open_page, own_run, text):
    job = own_run()
    page = card_of(open_page, job)
    assert rename(page, job, "other") == "other" and rename(page, job, text) == first_name(job) == "my digits run abcd"
    assert page.text_input(key=f"name_{job.token}").value == "my digits run abcd"


def test_a_name_is_short_and_nobody_elses(open_page, own_run):
    first, second = own_run(), own_run("stuvwxyz")
    page, other = card_of(open_page, first), card_of(open_page, second)
    assert rename(page, first, "x" * 50) == "x" * 40
    assert rename(other, second, "x" * 50) == "x" * 36 + " (2)"
    assert rename(page, first, "digits-2d") == "digits-2d (2)" and "digits-2d" in model_names()
    assert rename(other, second, "PCA of digits") == "PCA of digits (2)"
    assert rename(page, first, "my digits run stuv") == "my digits run stuv (2)", (
        "the other may get its first name back"
    )
    assert rename(other, second, "") == "my digits run stuv"


@pytest.mark.parametrize(
    "text",
    [*hostile_models.NAMES[:6], *(pytest.param(name, marks=pytest.mark.slow) for name in hostile_models.NAMES[6:17])],
)
def test_no_page_obeys_a_runs_name(open_page, own_run, text):
    job = own_run()
    page = card_of(open_page, job)
    name = rename(page, job, text)
    assert 0 < len(name) <= 40 and name.isprintable() and name == " ".join(name.split())
    assert title_of_card(page) == plain(name)


def test_a_link_with_a_runs_first_name_shows_the_run_under_its_present_one(open_page, own_run):
    job = own_run()
    rename(card_of(open_page, job), job, "second try")
    assert title_of_card(open_page("models", table_row="my digits run abcd")) == "second try"
    page = open_page("reconstruct", model="my digits run abcd")
    assert page.selectbox(key="model").value == "second try"
    assert page.query_params["model"] in ("second try", ["second try"])


def test_a_page_that_shows_the_run_goes_on_showing_it(open_page, own_run):
    job = own_run()
    page = open_page("reconstruct", model="my digits run abcd")
    rename(card_of(open_page, job), job, "second try")  # in another tab
    page.run()
    assert page.selectbox(key="model").value == "second try" and not page.exception


def test_a_branch_follows_its_parents_name(open_page, own_run):
    parent = own_run()
    branch = own_run("stuvwxyz", BranchPoint(first_name(parent), 1, 100, b""))
    page = card_of(open_page, parent)
    rename(page, parent, "trunk")
    assert branch.spec.branch.parent == "trunk"
    rename(page, parent, "")
    assert branch.spec.branch.parent == first_name(parent)


def test_a_run_has_a_card_of_its_settings_and_the_end_of_its_curve(open_page, own_run):
    job = own_run()
    (card,) = [str(text.value) for text in card_of(open_page, job).markdown if "| hidden layers |" in str(text.value)]
    assert "| data | digits |" in card and "| test ELBO then | −31\\.50" in card
    assert "| test reconstruction then | −30" in card and "| trained for | 0\\.2 epochs |" in card


def test_ones_own_runs_come_first_and_are_marked(open_page, own_run):
    name = run_name(own_run())
    rows = sent_to(open_page("models"), "model_table")["rows"]
    assert [row["name"] for row in rows if row["own"]] == [name] == [rows[0]["name"]] and len(rows) > 1


def test_a_link_to_a_row_of_another_browser_says_so_until_one_chooses_another(open_page):
    page = open_page("models", table_row="anna's digits")
    assert "row **anna's digits**" in page.info[0].value and "You see **mnist-50d** instead" in page.info[0].value
    assert not open_page("models", table_row="digits-2d").info


def test_the_curves_are_those_that_may_be_compared_with_the_chosen_row(open_page):
    assert open_page("models", table_row="digits-2d").multiselect(key="curves_of").value == ["digits-2d", "digits-ae"]
    own_choice = open_page("models", table_row="digits-2d", curves_of="mnist-2d")
    assert own_choice.multiselect(key="curves_of").value == ["mnist-2d"], "the link's own"


# -- the link ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ({}, ("", False, "mnist-50d")),
        ({"table_sort": "elbo down", "table_row": "digits-ae"}, ("elbo", True, "digits-ae")),
        ({"table_sort": "name up"}, ("name", False, "mnist-50d")),
        ({"table_sort": "beta down"}, ("beta", True, "mnist-50d")),  # a column that is folded away at first
        ({"table_sort": "elbo"}, ("", False, "mnist-50d")),
        ({"table_sort": "nonsense down", "table_row": "<b>nobody"}, ("", False, "mnist-50d")),
        ({"table_sort": "", "table_row": ""}, ("", False, "mnist-50d")),
    ],
)
def test_the_link_holds_the_order_and_the_chosen_row(open_page, link, expected):
    page = open_page("models", **link)
    view = sent_to(page, "model_table")["view"]
    assert (view["column"], view["down"], view["chosen"]) == expected


def test_a_link_shows_all_columns(open_page):
    assert sent_to(open_page("models"), "model_table")["folded"]
    assert sent_to(open_page("models", table_columns="true"), "model_table")["columns"] == columns()


def test_the_highest_elbo_is_named_of_those_that_may_be_compared():
    def row(name, data, value, images, terms=(None, None), latent_dim=2, beta=1.0):
        cells = {"elbo": {"value": value, "terms": terms, "images": images}, "data": {"text": data}}
        cells |= {"latent_dim": {"value": latent_dim}, "beta": {"value": beta}}
        return {"name": name, "cells": cells}

    rows = [
        row("a", "mnist", -3.0, "m elbo", (-1.0, 2.0)),
        row("b*", "mnist", -2.0, "m elbo", (-1.5, 0.5)),
        row("c", "digits", 9.0, "d elbo"),
        row("d", "digits", None, "d elbo"),
    ]
    head, line = best_elbo_in_words(rows).split("\n")
    assert line == (
        r"- On mnist: **b\***, 1.00 nats above a. Its reconstructions are 0.50 nats worse, and its code costs 1.50 nats less."
    )
    rows[0]["cells"]["elbo"]["terms"] = [None, None]
    assert best_elbo_in_words(rows).split("\n") == [head, r"- On mnist: **b\***, 1.00 nats above a."]
    assert (
        best_elbo_in_words(rows[1:])
        == ""
        == best_elbo_in_words([row("a", "x", 1.0, "m log_marginal"), row("b", "x", 2.0, "m log_marginal")])
    )
    rows.append(row("e", "mnist", -2.5, "m elbo", (0.0, 0.0)))
    rows[0]["cells"]["elbo"]["terms"] = [-1.0, 2.0]
    assert "1.00" not in best_elbo_in_words(
        rows
    ) and "0.50 nats above e. Against a, the lowest, its" in best_elbo_in_words(rows)
    larger, free = (
        row("f", "mnist", 0.0, "m elbo", (5.0, 5.0), 20),
        row("g", "mnist", -9.0, "m elbo", (1.0, 10.0), 20, 0.0),
    )
    assert best_elbo_in_words([rows[0], larger]).endswith(
        "**Its code says more about an image: 20 latent numbers, not 2.**"
    )
    assert best_elbo_in_words([free, larger]).endswith("**g was trained with no price on codes: beta = 0.**")


def test_log_p_of_x_is_that_of_the_cards_with_its_error():
    rows = rows_of([load_pretrained(name) for name in vc.list_pretrained()])
    for name, row in rows.items():
        card, cell = (vc.models.pretrained_path(name) / "card.md").read_text(), row["cells"]["log_marginal"]
        mean, error = cell["text"].replace("−", "-").split("\xa0±\xa0")
        assert f"log p(x): **{mean}** nats per image (standard error {error} over the first" in card
        assert cell["value"] == float(mean)
        for other, (lead, _) in cell["leads"].items():
            assert lead == pytest.approx(cell["value"] - rows[other]["cells"]["log_marginal"]["value"], abs=0.011)
    cell = rows["mnist-50d-iwae"]["cells"]["log_marginal"]
    assert cell["measured"] == (-82.36, 0.70) and cell["leads"]["mnist-50d"] == (0.71, 0.03) and len(cell["leads"]) == 3


def test_the_highest_log_p_of_x_is_named_with_errors_and_the_reason():
    rows = list(rows_of([load_pretrained(name) for name in vc.list_pretrained()]).values())
    best = likeliest(rows)
    (mnist,), (digits,) = ([row for row in best if f"On {data} it is" in row.answer] for data in ("mnist", "digits"))
    assert len(best) == 2, "a model alone with its images is above none"
    assert mnist.answer == "On mnist it is **mnist-50d-iwae**."
    assert mnist.lowest.replace("\xa0", " ") == (
        "**mnist-2d** has 2 latent numbers, not 50, and is **43.50 ± 0.75 nats** lower: it finds a typical test image 10¹⁹ times less likely."
    )
    assert mnist.next.replace("\xa0", " ") == (
        "**mnist-50d**, the next, is 0.71 ± 0.03 nats lower: ten draws cannot show that."
    )
    assert mnist.numbers.startswith(
        "- mnist-50d-iwae is 0.71 nats above mnist-50d. This is not chance: it is 23 times its error. It is mnist-50d, "
        "trained further on **a bound that is closer to log p(x)**, with 10 draws of z"
    )
    assert digits.answer == "On digits it is **digits-2d**." and not digits.next, "the next is the lowest"
    assert digits.lowest.replace("\xa0", " ").startswith(
        "**digits-ae** is **7.74 ± 0.39 nats** lower: it finds a typical"
    )
    assert digits.numbers.endswith("**digits-ae was trained with no price on codes: beta = 0.**")
    pictures = {row["name"]: row["picture"] for row in rows}
    assert [mnist.picture, mnist.lowest_picture] == [pictures[name] for name in ("mnist-50d-iwae", "mnist-2d")]
    assert [digits.picture, digits.lowest_picture] == [pictures[name] for name in ("digits-2d", "digits-ae")]
    assert {row["name"]: row["note"] for row in rows if row["note"]} == {
        "mnist-50d-iwae": "highest log p(x) of mnist",
        "digits-2d": "highest log p(x) of digits",
    }
    near = [row for row in rows if row["name"] in ("mnist-20d", "mnist-50d")]
    assert "This is not chance: it is 4 times its error." in likeliest(near)[0].numbers and likeliest(near[:1]) == []
    apart = [replace_cell(row, "log_marginal", leads={}) for row in near]
    assert "This may be chance: its error is at most 1.00." in likeliest(apart)[0].numbers, "without the same images"


def replace_cell(row, key, **changes):
    return row | {"cells": row["cells"] | {key: row["cells"][key] | changes}}


def test_without_a_card_log_p_of_x_is_not_measured_and_the_page_says_where_to_estimate_it(open_page, own_run):
    link = "log p(x) is not measured? Estimate it for an image."
    assert link not in [element.proto.label for element in open_page("models").get("page_link")]
    own_run()
    page = open_page("models")
    (row,) = (row for row in sent_to(page, "model_table")["rows"] if row["own"])
    assert text_of(row, "log_marginal") == "not measured" and row["cells"]["log_marginal"]["value"] is None
    assert link in [element.proto.label for element in page.get("page_link")]


# -- in a browser ------------------------------------------------------------------------------------------------

CELLS = "[...document.querySelectorAll('.model-table tbody tr')].map(row => row.querySelector('%s').innerText.trim())"
NAMES = CELLS % "th label"


@pytest.mark.browser
def test_the_table_sorts_marks_what_differs_and_keeps_that_in_the_link(visit, server):
    page = visit("/models")
    page.wait_for_selector(".model-table tbody tr")
    names = page.evaluate(NAMES)
    data = [load_model(name).data for name in model_names()]
    assert [load_model(name).data for name in names] == sorted(data, key=data.index), (
        "models of the same images together"
    )
    heights = [
        float(text.split()[0].replace("−", "-")) for text in page.evaluate(CELLS % "td[data-column=log_marginal]")
    ]
    of_mnist = heights[: data.count("mnist")]
    assert names[0] == "mnist-50d-iwae" and of_mnist == sorted(of_mnist, reverse=True), "the likeliest first"
    dots = page.evaluate(
        "[...document.querySelectorAll('.model-table .scale')].map(dot => Number(dot.style.getPropertyValue('--share')))"
    )
    low, high = of_mnist[-1], of_mnist[0]
    assert dots[: len(of_mnist)] == pytest.approx([(height - low) / (high - low) for height in of_mnist])
    assert len(dots) == len(of_mnist) + data.count("digits"), "none where there is nothing to compare with"
    assert all(
        page.evaluate(
            "[...document.querySelectorAll('.model-table img')].map(image => image.complete && image.naturalWidth > 50)"
        )
    )
    heading = page.locator(".model-table thead button", has_text="ELBO")
    heading.focus()
    page.keyboard.press("Enter")
    of_mnist = [name for name in page.evaluate(NAMES) if name in ("mnist-2d", "mnist-20d", "mnist-50d")]
    assert of_mnist == ["mnist-50d", "mnist-20d", "mnist-2d"] == page.evaluate(NAMES)[:3], (
        "the best of the same images first"
    )
    assert page.evaluate(NAMES)[3] == "mnist-50d-iwae", "a data set stays together; another quantity is its last"
    assert page.get_attribute(".model-table th[aria-sort]", "aria-sort") == "descending"
    page.keyboard.press("Enter")  # the heading has the focus still
    assert page.evaluate(NAMES)[:3] == of_mnist[::-1]
    page.keyboard.press("Enter")
    assert page.evaluate(NAMES) == names, "a third press: as it was"
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "table_sort=elbo" in url and "down" in url)

    page.get_by_role("radio", name="digits-ae").focus()
    page.keyboard.press(" ")
    row = page.locator(".model-table tbody tr", has=page.get_by_role("radio", name="digits-2d"))
    fold = row.locator("[data-column=others] > details")
    differing, same = fold.locator("> p"), fold.locator("details")
    summary = fold.locator("summary").first
    assert differing.count() == differing.locator("strong").count() > 0
    assert summary.inner_text() == f"{differing.count()} more differ"
    summary.click()
    assert fold.locator("> p", has_text="beta").inner_text().split() == ["beta:", "1", "not", "0"]
    assert same.locator("summary").inner_text() == f"{same.locator('p').count()} are the same"
    assert same.locator("p", has_text="Epochs").count() == 1 and not same.locator("strong").count()
    assert page.locator(".model-table tr.chosen summary").inner_text().endswith(" settings")
    settings = page.evaluate(
        "[...document.querySelectorAll('.model-table td > details')].map(fold => [...fold.querySelectorAll('p')].map(line => line.textContent.split(':')[0]).sort())"
    )
    assert all(names_of_row == settings[0] for names_of_row in settings) and len(settings[0]) > 5, (
        "each row has the same settings, those that differ first"
    )
    assert row.locator("[data-column=elbo]").inner_text().endswith("higher; trained with another beta")
    assert row.locator("[data-column=latent_dim] strong").count() == 0, "what is the same is not marked"
    other = page.locator(".model-table tbody tr", has=page.get_by_role("radio", name="mnist-20d"))
    assert other.locator("[data-column=elbo]").inner_text() == "−88.20", "such bounds are not compared"
    data = page.evaluate(CELLS % "td[data-column=data]")
    assert (
        len([i for i in range(1, len(data)) if data[i].split()[0] != data[i - 1].split()[0]])
        == len({text.split()[0] for text in data}) - 1
    )
    assert page.locator(".model-table tr.new-set").count() == len({text.split()[0] for text in data}) - 1, (
        "a line between data sets"
    )
    assert page.get_by_role("radio", name="digits-ae").is_checked()
    page.wait_for_url(lambda url: "table_row=digits-ae" in url)

    page.locator(".st-key-table_columns label").first.click()
    page.wait_for_selector(".model-table td[data-column=beta]")
    assert row.locator("[data-column=beta]").inner_text().split() == ["1", "not", "0"]
    assert row.locator("[data-column=beta] strong").inner_text() == "1"
    page.wait_for_url(lambda url: "table_columns=true" in url)

    order = page.evaluate(NAMES)
    page.reload()
    page.wait_for_selector(".model-table th[aria-sort=descending]")
    assert page.evaluate(NAMES) == order and page.get_by_role("radio", name="digits-ae").is_checked()


@pytest.mark.slow
@pytest.mark.browser
def test_the_table_is_sorted_by_log_p_of_x_and_all_columns_leave_it_where_it_is(visit, server):
    page = visit("/models")
    page.locator(".model-table thead button", has_text="log p(x)").click()
    assert page.evaluate(NAMES)[:4] == ["mnist-50d-iwae", "mnist-50d", "mnist-20d", "mnist-2d"]
    row = page.locator(".model-table tbody tr", has=page.get_by_role("radio", name="digits-2d"))
    assert row.locator("[data-column=log_marginal]").inner_text().split("\n")[1].strip() == "other images"
    second = page.locator(".model-table tbody tr", has=page.get_by_role("radio", name="mnist-20d"))
    assert "0.32 ± 0.07 lower" in second.locator("[data-column=log_marginal]").inner_text(), (
        "the error of the difference"
    )
    switch = page.locator(".st-key-table_columns label").first
    switch.scroll_into_view_if_needed()
    top = page.locator(".model-table").bounding_box()["y"]
    assert 0 < top < page.viewport_size["height"], "the table begins where one presses"
    switch.click()
    page.wait_for_selector(".model-table td[data-column=beta]")
    assert page.locator(".model-table").bounding_box()["y"] == pytest.approx(top, abs=1)


@pytest.mark.slow
@pytest.mark.browser
def test_on_a_phone_each_number_stands_on_one_line(visit, server):
    page = visit("/models", width=390, height=844)
    page.wait_for_selector(".model-table tbody tr")
    cell = page.locator(".model-table tbody tr").first.locator("[data-column=log_marginal]")
    assert cell.bounding_box()["height"] < 30
    row = page.locator(".model-table tbody tr", has=page.get_by_role("radio", name="digits-ae"))
    assert row.inner_text().count("other images") == 1, "once for both numbers"
    assert not row.locator("[data-column=time]").is_visible(), "a dash needs no line"


def labels(page):
    return [element.proto.label for element in page.get("download_button")]


def test_a_model_is_offered_to_other_programs_once_somebody_asks(open_page, monkeypatch):
    page = open_page("models", table_row="digits-2d")
    page.session_state["model_card"] = True
    formats = ["ONNX (.zip)", "Hugging Face folder (.zip)", "numpy (.zip)"]
    assert not set(formats) & set(labels(page))
    page.session_state["files_digits-2d"] = True
    page.run()
    assert [label for label in labels(page) if label in formats] == formats
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    page.run()
    assert [label for label in labels(page) if label in formats] == formats[1:]
    assert any("pip install onnx" in text.value for text in page.get("markdown")), "says what to install"


@pytest.mark.parametrize("format_", FORMATS)
def test_what_is_offered_is_what_the_command_writes(format_, command, tmp_path):
    with zipfile.ZipFile(io.BytesIO(exported(load_pretrained("digits-2d"), format_))) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    assert command("export", "digits-2d", "--format", format_, "--out", tmp_path)[0] == 0
    assert files == {f"digits-2d/{path.name}": path.read_bytes() for path in tmp_path.iterdir()}


def test_a_model_that_somebody_has_sent_leaves_without_a_licence_of_ours():
    sent = read_upload(file_of(small_vae()), "digits-2d.safetensors")
    with zipfile.ZipFile(io.BytesIO(exported(sent, "huggingface"))) as archive:
        card = archive.read("digits-2d/README.md").decode()
    assert "license: unknown" in card and "mit" not in card.split("---")[1]
