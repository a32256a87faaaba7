"""What components report: a browser may send any JSON in their name, and what no component sends changes nothing."""

import math
import re
from pathlib import Path

import pytest

import aevb_lab.session
from aevb_lab.session import drawing, latent_map, link, marked, model_table, paper, paths, repair, slow_motion

REPORTS = {
    "decoder": ("z", link.remember_point),
    "bound_toy": ("view", link.remember_toy),
    "page_marks": ("word", link.remember_pressed_word),
    "ellipse": ("q", latent_map.remember_q),
    "thumbnails": ("row", lambda: latent_map.choose_thumbnail(3)),
    "drawing_pad": ("strokes", drawing.keep_strokes),
    "repair_brush": ("hidden", repair.keep_hidden),
    slow_motion.SCENE: ("at", lambda: slow_motion.follow_scene(["a", "b"], 9)),
    f"{paper.DRAWS_OF}_0": ("row", lambda: paper.choose_draw(0, 3)),
    model_table.TABLE: ("view", model_table.remember_table),
    marked.GALLERY: ("marked", lambda: marked.keep_marks("3e513c25", 0)),
    "path_player": ("ends", lambda: paths.move_end(None, None, None)),
}
NO_REPORTS = [
    5, -1.5, 1e400, True, [[]], {}, ["a"], [None], [[0.5]], [math.nan, 0.0], [10**400], [True, False], {"z": 1}, {"column": 5},
    {"column": "name", "chosen": None}, [[["a", 0.5]]], [0.5] * 1000, *({"of": f"3e513c25 40 0 {i}", "rows": rows} for i, rows in enumerate((5, [0.5], [marked.COUNT], [True], [-1]))), {"of": "", "rows": [1]},
    {"A": 5}, {"A": [0.5]}, {"A": [math.nan, 0.0]}, {"C": [0.5, 0.5]},
]  # fmt: skip


@pytest.mark.parametrize("value", NO_REPORTS, ids=lambda value: repr(value)[:30])
def test_what_no_component_reports_changes_nothing(monkeypatch, value):
    state, parameters = {}, {}
    monkeypatch.setattr("streamlit.session_state", state)
    monkeypatch.setattr("streamlit.query_params", parameters)
    for key, (name, take) in REPORTS.items():
        state.clear()
        state[key] = {name: value, "pinned": value}
        take()
        assert set(state) == {key} and not parameters, key


def test_every_report_of_a_component_is_looked_at():
    """No code reads a component's state past `reported`, but components themselves."""
    app = Path(next(iter(aevb_lab.session.__path__))).parent
    readers = [
        path.name for path in app.rglob("*.py") if re.search(r"session_state\.get\([^()]*\) or {}\)", path.read_text())
    ]
    assert readers == ["reported.py"]
