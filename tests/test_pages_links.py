"""Every page with links that its widgets cannot use: each widget begins at its default, and nothing on the page is an error."""

import ast
import math
from pathlib import Path

import hostile_links
import pytest
import torch
from components import sent_to
from hostile_models import file_of, small_vae
from streamlit.testing.v1 import AppTest

from aevb_lab import linked
from aevb_lab.session import link as links
from aevb_lab.session import progress
from aevb_lab.session.models import read_upload
from aevb_lab.session.paths import is_point
from aevb_lab.session.runs import board
from vae_core import studies
from vae_core.data.datasets import DATASETS
from vae_core.data.records import Dataset, DatasetRecord

VIEWS = Path(linked.__file__).parent / "views"
PAGES = sorted(path.stem for path in VIEWS.glob("*.py") if path.stem != "__init__")
WORST = ("", "nan", "inf", "-1", "1" + "0" * 400, hostile_links.NONSENSE[12] * 300, ["", "inf"])
LEAST = {  # bound widgets of a page, without the choice of the model
    "bound": 2, "compare": 5, "gradients": 4, "latent_map": 8, "likelihood": 7, "models": 2, "paths": 13, "reconstruct": 7,
    "repair": 8, "train": 1,
}  # fmt: skip
STARTS = [("1,2", [1.0, 2.0]), ("1,nan", None), ("1e9,0", None), ("", None), ("1", None)]
pytestmark = pytest.mark.filterwarnings("default")  # Streamlit's own, outside a server


def few_images(record):
    x = torch.rand(12, 16, generator=torch.Generator().manual_seed(0))
    return Dataset(record.name, x, x, torch.arange(12) % 3, torch.arange(12) % 3, (4, 4), "dynamic", record.class_names)


@pytest.fixture
def open_page(monkeypatch):
    monkeypatch.setattr("aevb_lab.jobs.board.Board.warm", lambda board: None)  # a spare worker costs each test seconds
    monkeypatch.setattr(progress, "MOST_REPEATS", 5)
    monkeypatch.setitem(
        DATASETS, "few", DatasetRecord("few", few_images, class_names=("a", "b", "c"), binarization="dynamic")
    )
    estimators = studies.estimators
    monkeypatch.setattr(studies, "estimators", lambda latent_dim, effort: estimators(latent_dim, effort)[:3])

    def open_(name, link):
        page = AppTest.from_file("../app/main.py", default_timeout=120)
        page.session_state["uploads"] = {
            model: read_upload(file_of(small_vae(latent_dim)), model)
            for model, latent_dim in (("two", 2), ("three", 3))
        }
        for key, value in link.items():
            page.query_params[key] = value
        page.switch_page(f"views/{name}.py").run()
        assert not page.exception, (name, link, page.exception)
        return page

    yield open_
    board().shutdown()
    board.clear()


def bound_widgets(page):
    """The widgets of a page whose values are in its link, by their keys there."""
    elements = [*page.main, *page.sidebar]
    keys = {getattr(getattr(element, "proto", None), "query_param_key", ""): element for element in elements}
    return {key: element for key, element in keys.items() if key}


def values_of(page):
    return {key: element.value for key, element in bound_widgets(page).items()}


def states_of(open_page, name):
    """Links to a page that together show all its widgets, found by choosing one option of each new widget with few; with the page
    of each link, and the keys of its new widgets."""
    keys, queue = {"model"}, [{"model": "three"}, {"model": "two"}]
    while queue:
        link = queue.pop(0)
        page = open_page(name, link)
        widgets = bound_widgets(page)
        if new := sorted(set(widgets) - keys):
            keys |= set(new)
            yield link, page, new
            for key in new:
                options = list(getattr(widgets[key], "options", []))
                if widgets[key].type in ("button_group", "selectbox") and 1 < len(options) <= 4:
                    queue += [link | {key: option} for option in options]


@pytest.mark.parametrize("turns", [(0, 3), pytest.param((1, 2, 4, 5, 6), marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", PAGES)
def test_no_widget_of_a_page_breaks_on_a_link_it_cannot_use(open_page, name, turns):
    """In all turns together, the slow ones included, each key has each value once."""
    count = 0
    for link, page, keys in states_of(open_page, name):
        expected, count = values_of(page), count + len(keys)
        for turn in turns:
            nonsense = {key: WORST[(place + turn) % len(WORST)] for place, key in enumerate(keys)}
            other = open_page(name, link | nonsense)
            assert not other.error and not other.warning, (link, nonsense, other.error, other.warning)
            values = values_of(other)
            usable = {key for key in keys if nonsense[key] == "-1" and key.startswith("path_point_")}
            assert values | dict.fromkeys(usable) == expected | dict.fromkeys(usable), (link, nonsense)
    assert count >= LEAST[name], "the test finds the widgets by itself"


def test_no_view_binds_a_widget_itself():
    for path in VIEWS.parent.rglob("*.py"):
        if path.name == "linked.py":
            continue
        calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
        assert not [call for call in calls if any(keyword.arg == "bind" for keyword in call.keywords)], path.name


def test_what_a_widget_can_use_is_kept(open_page):
    page = open_page("latent_map", {"model": "two", "layers": "points", "coordinates": "probability"})
    assert values_of(page) | {"model": 0} == {
        "model": 0,
        "layers": ["points"],
        "coordinates": "probability",
        "closer": None,
    }
    page = open_page("paths", {"model": "two", "path_ends": "points", "path_point_A": "0.5, −1", "path_steps": "7"})
    assert values_of(page)["path_point_A"] == "0.5, −1" and values_of(page)["path_steps"] == 7 and not page.error


@pytest.mark.parametrize(("text", "start"), STARTS)
def test_a_start_that_is_far_away_or_undefined_is_none(open_page, text, start):
    page = open_page("latent_map", {"model": "two", "z": text})
    assert sent_to(page, "plane_axes")[0]["meta"]["start"] == start
    point, _ = sent_to(page, "live_decoder")
    assert point["z"] == (start or [0.0, 0.0])


def test_numbers_of_links():
    assert links.number_of("1e400") == math.inf and math.isnan(links.number_of("x"))
    assert is_point("1", 2) and not is_point("1,2,3", 2) and not is_point("inf", 2) and not is_point("x", 2)


def test_pages_live_with_random_links(open_page):
    for number, link in enumerate(hostile_links.links(len(PAGES))):
        page = open_page(PAGES[number], link | {"model": "two"})
        assert page.title
