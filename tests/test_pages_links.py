"""Links: every page shows again what its link holds; what it cannot use, it forgets, and nothing on the page is an error."""

import ast
import math
import warnings
from pathlib import Path

import hostile_links
import link_parts
import numpy as np
import pytest
import torch
from components import sent_to
from hostile_models import file_of, small_vae
from streamlit.testing.v1 import AppTest

from aevb_lab import linked
from aevb_lab.lessons import parts
from aevb_lab.session import drawing, progress
from aevb_lab.session import link as links
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
    "bound": 2, "classroom": 0, "code": 5, "compare": 5, "figures": 3, "gradients": 5, "latent_map": 8, "lessons": 1, "likelihood": 8, "models": 3, "paths": 13,
    "reconstruct": 7, "repair": 8, "sketch": 9, "steer": 10, "train": 12,
}  # fmt: skip
NAMED = ("button_group", "selectbox", "select_slider")  # their values are options, and in the link is an option's name
PART_NAMES = [*parts.names(), *link_parts.KEPT]  # what a link may hide, and what it may not
FRAME = {"page_link", "page_marks", "class_card", "lesson_card", "lesson_truth", "link_by_hand"}
DECISIVE = {"train_data", "twin_first"}  # other widgets depend on them, as on those with few options
VALUED = ("button_group", "multiselect", "number_input", "select_slider", "selectbox", "slider", "text_input", "toggle")
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


def value_of(widget):
    return widget.proto.expanded if widget.type == "expander" else widget.value


def values_of(page):
    return {key: value_of(widget) for key, widget in bound_widgets(page).items()}


def is_switch(widget):
    """Whether the widget has few options, so that other widgets may depend on it."""
    return widget.type in ("button_group", "selectbox") and len(widget.options) <= 4


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
                if is_switch(widgets[key]):
                    queue += [link | {key: option} for option in widgets[key].options]


def other_value(widget):
    """A value that the widget could have and does not have, and its text in a link."""
    if widget.type in ("number_input", "slider"):
        value = widget.min + 1 if widget.value == widget.min else widget.min
        return value, f"{value:g}"
    if widget.type == "text_input":
        text = "7,5" if "hidden" in widget.key or "rows" in widget.key else "0.5"
        return text, text
    if widget.type in ("toggle", "expander"):
        return True, "true"
    names, value = list(widget.options), widget.value
    if isinstance(value, list):
        return names[:1], names[:1]
    name = next(name for name in reversed(names) if name != name_of(widget, value))
    return name, name


def name_of(widget, option):
    return getattr(widget, "format_func", str)(option)


def choice_of(widget):
    """The widget's value, where it has options the name of its value."""
    value = value_of(widget)
    return name_of(widget, value) if widget.type in NAMED and not isinstance(value, list) else value


def assert_that_it_goes_round(open_page, name, link, page, keys):
    """A page has no widget that its link has not, and each shows what the link says."""
    widgets = bound_widgets(page)
    unlinked = [widget.key for kind in VALUED for widget in page.get(kind) if widget.key not in widgets]
    assert not unlinked, (link, unlinked)
    keys_on_page = {key for element in [*page.main, *page.sidebar] if (key := getattr(element, "key", None))} - FRAME
    assert not {key for key in keys_on_page if not any(link_parts.matches(name, key) for name in PART_NAMES)}, link
    assert all(choice_of(widgets[key]) == text for key, text in link.items() if key in widgets), link
    others = {key: other_value(widgets[key]) for key in keys if key not in link and not is_switch(widgets[key])}
    for chosen in [others.keys() - DECISIVE, others.keys() & DECISIVE]:
        other = bound_widgets(open_page(name, link | {key: others[key][1] for key in chosen})) if chosen else {}
        assert {key: choice_of(other[key]) for key in chosen} == {key: others[key][0] for key in chosen}, link


@pytest.mark.parametrize("turns", [(0,), pytest.param((1, 2, 3, 4, 5, 6), marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] * (name in ("repair", "train"))) for name in PAGES]
)  # those two take half of the time of all; test_training_settings takes the widgets of Train round
def test_every_widget_goes_round_through_the_link_and_none_breaks_on_one_it_cannot_use(open_page, name, turns):
    """In all turns together, the slow ones included, each key has each value once."""
    count = 0
    for link, page, keys in states_of(open_page, name):
        expected, count = values_of(page), count + len(keys)
        if 0 in turns:
            assert_that_it_goes_round(open_page, name, link, page, keys)
        for turn in turns:
            nonsense = {key: WORST[(place + turn) % len(WORST)] for place, key in enumerate(keys)}
            other = open_page(name, link | nonsense)
            assert not other.error and not other.warning, (link, nonsense, other.error, other.warning)
            values = values_of(other)
            none = {key for key in keys if nonsense[key] == "" and isinstance(expected[key], list)}
            assert all(values[key] == [] for key in none), "no option is a choice too"
            points = {key for key in keys if nonsense[key] in ("", "-1") and key.startswith("path_point_")}
            assert all(values[key] == nonsense[key] for key in points), "coordinates that are left out are 0"
            linear = {key for key in keys if nonsense[key] == "" and key.startswith("train_hidden_")}
            assert all(values[key] == "" for key in linear), "no hidden layer is a choice too"
            usable = points | none | linear
            assert values | dict.fromkeys(usable) == expected | dict.fromkeys(usable), (link, nonsense)
    assert count >= LEAST[name], "the test finds the widgets by itself"


KEPT = [
    ("latent_map", {"z": "0.75,-1.25", "pinned": "true", "drawn": "3"}),
    ("bound", {"toy": "0.7000,0.1000,0.3000"}),
    ("reconstruct", {"reconstruct_source": "draw", "drawing": "FAFAUF.H0H0"}),
    ("steer", {"steer": "slant:2.00", "steer_class": "0.250,0.50", "steer_source": "draw", "drawing": "FAFAUF.H0H0"}),
    ("repair", {"repair_source": "draw", "drawing": "FAFAUF.H0H0", "hidden": "____AAAAAAA"}),
]


@pytest.mark.parametrize(("name", "link"), KEPT)
def test_what_no_widget_has_goes_round_through_the_link_too(open_page, name, link):
    link = {"model": "two"} | link
    page = open_page(name, link)
    assert page.query_params == link and not page.warning
    states = link.keys() - bound_widgets(page).keys()
    for view in ("models", name):
        for key in states & page.query_params.keys():
            del page.query_params[key]  # a browser keeps none of them on the way to another page
        page.switch_page(f"views/{view}.py").run()
    assert {key: page.query_params.get(key) for key in states} == {key: link[key] for key in states}
    for value in WORST:
        nonsense = {key: value for key in states - {"hidden"}}  # the page says what is wrong with a hidden part
        page = open_page(name, link | nonsense)
        usable = {"z"} if value == "-1" else set()  # a z that a model with one latent dimension can use
        assert not page.query_params.keys() & nonsense.keys() - usable and not page.error, value


def test_the_link_holds_no_drawing_that_the_page_does_not_show(open_page):
    page = open_page("reconstruct", {"model": "two", "reconstruct_source": "draw", "drawing": "FAFAUF"})
    page.button_group(key="reconstruct_source").set_value("upload").run()
    assert "drawing" not in page.query_params
    page.button_group(key="reconstruct_source").set_value("test images").run()
    assert page.query_params["drawing"] == "FAFAUF", "the pad stands beside them"
    page.button_group(key="reconstruct_source").set_value("draw").run()
    assert page.query_params["drawing"] == "FAFAUF"


def test_a_drawing_goes_round_exactly_and_nothing_else_is_one():
    random = np.random.Generator(np.random.PCG64(0))
    for count in range(40):
        lengths = random.integers(1, 30, count % 5)
        strokes = [(random.integers(0, 1001, (length, 2)) / 1000).tolist() for length in lengths]
        inks = random.choice(drawing.INK_NAMES, len(strokes)).tolist()
        strokes = [
            points if ink == "white" else {"ink": ink, "points": points}
            for ink, points in zip(inks, strokes, strict=True)
        ]
        text = drawing.text_of_strokes(strokes)
        assert drawing.strokes_of_text(text) == strokes
        for end in range(len(text)):
            part = drawing.strokes_of_text(text[:end])
            assert part is None or drawing.text_of_strokes(part) == text[:end]
    assert drawing.strokes_of_text(drawing.text_of_strokes(drawing.EXAMPLE)) == drawing.EXAMPLE
    assert drawing.text_of_strokes([{"ink": "white", "points": [[0.5, 0.5]]}]) == drawing.text_of_strokes(
        [[[0.5, 0.5]]]
    )
    assert (
        drawing.strokes_of_text("~AH0H0") is drawing.strokes_of_text("~") is drawing.strokes_of_text("~zH0H0") is None
    )
    for strokes in (
        [{"ink": "pink", "points": [[0.5, 0.5]]}],
        [{"points": [[0.5, 0.5]]}],
        [{"ink": 1, "points": [[0.5, 0.5]]}],
    ):
        assert drawing.text_of_strokes(strokes) is None
    for strokes in ([[]], [[[0.5, 1.2]]], [[[math.nan, 0.5]]], [[[1e400, 0.5]]], [["ab"]], [[0.5]], "abc"):
        assert drawing.text_of_strokes(strokes) is None
    for value in hostile_links.NONSENSE:
        assert drawing.strokes_of_text(value) is None


@pytest.mark.parametrize(("name", "link"), [
    ("reconstruct", {"reconstruct_source": "draw"}),
    ("reconstruct", {}),
    pytest.param("repair", {"repair_source": "draw"}, marks=pytest.mark.slow),
])  # fmt: skip
def test_a_drawing_that_is_too_long_for_a_link_is_kept_and_the_page_says_so(open_page, name, link):
    page = open_page(name, {"model": "two"} | link)
    long = [[[x / 1000, (x % 2) * 0.5] for x in range(1000)]]
    page.session_state["own_strokes"] = long
    page.run()
    assert "drawing" not in page.query_params and "too long for a link" in " ".join(text.value for text in page.caption)
    assert page.session_state["own_strokes"] == long
    page.session_state["own_strokes"] = [[[0.5, 0.5]]]
    page.run()
    assert "drawing" in page.query_params and "too long" not in " ".join(text.value for text in page.caption)


@pytest.mark.parametrize(
    ("name", "link", "shown_instead"),
    [
        ("latent_map", {"model": "my digits run 12ab"}, "mnist-2d"),
        ("compare", {"compare_view": "time travel", "run_shown": "my digits run 12ab"}, "digits-2d"),
        ("compare", {"twin_kind": "any two", "twin_first": "my digits run 12ab"}, "digits-2d and digits-ae"),
        ("models", {"curves_of": ["mnist-2d", "my digits run 12ab"]}, "mnist"),
    ],
)
def test_a_link_to_what_another_browser_has_says_so_and_what_is_shown_instead(open_page, name, link, shown_instead):
    page = open_page(name, link)
    assert len(page.info) == 1 and not page.error and not page.warning
    text = page.info[0].value
    assert "my digits run 12ab" in text and "this browser does not have" in text and shown_instead in text, text
    assert len(page.run().info) == 1, "it stays"
    if name == "latent_map":
        page.selectbox(key="model").select("two").run()
        assert not page.info, "until another model is chosen"
        page.selectbox(key="model").select("mnist-2d").run()


@pytest.mark.parametrize("value", hostile_links.NONSENSE)
def test_a_link_to_a_hostile_name_shows_it_as_text(open_page, value):
    page = open_page("models", {"curves_of": [value]})
    assert not page.exception and all("](" not in info.value and len(info.value) < 400 for info in page.info)


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
        "maths": False,
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
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # numpy warns of numbers that float32 has no room for
        assert not any(is_point(text, 2) for text in ("1e39", "1e400", "1" + "0" * 400, "nan", "9" * 100_000))
    assert is_point("1", 2) and not is_point("1,2,3", 2) and not is_point("inf", 2) and not is_point("x", 2)


def test_pages_live_with_random_links(open_page):
    for number, link in enumerate(hostile_links.links(len(PAGES))):
        page = open_page(PAGES[number], link | {"model": "two"})
        assert page.title
