"""What the plane of a model in training gets: the look's own numbers, by class, on axes that seldom change."""

import base64
import io
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from components import unpacked
from PIL import Image

import vae_core as vc
from aevb_lab import serving
from aevb_lab.jobs.job import JobSpec, Look, Snapshot
from aevb_lab.session.images import run_examples
from aevb_lab.shown.training import Watch, look_plane, own_picture

pytestmark = pytest.mark.filterwarnings("default")  # Streamlit's own, outside a server


def spec_of(latent_dim):
    config = vc.ModelConfig(64, (8, 8), latent_dim=latent_dim, hidden_dims=(5,))
    return JobSpec("digits", config, vc.TrainConfig(binarization="dynamic"))


def look_of(latent_dim, reach=1.0):
    draw = np.random.default_rng(0)
    means = draw.uniform(-reach, reach, (297, latent_dim)).astype(np.float32)
    return Look(30, means, draw.integers(0, 255, (2, 3, 64), np.uint8))


def test_the_live_plane_gets_the_looks_own_points_by_class_and_its_pictures():
    look, spec = look_of(2), spec_of(2)
    plane = look_plane(look, spec, dark=False)
    header, arrays = unpacked(plane.drawing)
    labels = run_examples(spec).labels
    assert [c["name"] for c in header["classes"]] == [str(digit) for digit in range(10)] and header["version"] == 30
    for digit, about in enumerate(header["classes"]):
        ours = look.means[labels == digit]
        assert np.array_equal(arrays["points"][about["from"] : about["to"]], ours)
        assert about["middle"] == pytest.approx(np.median(ours, axis=0))
    assert header["classes"][-1]["to"] == len(look.means)
    assert np.array_equal(arrays["pixels"], look.pictures) and header["picture"]["cells"] == [2, 3]
    assert plane.axes.revision == header["revision"]


@pytest.mark.parametrize("latent_dim", [1, 4])
def test_a_look_with_another_number_of_latent_dimensions_has_no_pictures_behind_its_points(latent_dim):
    plane = look_plane(look_of(latent_dim), spec_of(latent_dim), dark=True)
    header, arrays = unpacked(plane.drawing)
    assert header["picture"] is None and list(arrays) == ["points", "rows"] and arrays["points"].shape == (297, 2)
    assert plane.axes.titles[1] == ("class" if latent_dim == 1 else "z₂")


def test_the_axes_hold_all_points_and_grow_by_quarters_and_the_pictures_fill_them():
    def high(reach):
        axes, drawing, _ = look_plane(look_of(2, reach), spec_of(2), dark=False)
        assert unpacked(drawing)[0]["picture"]["span"] == list(axes.spans[0])
        assert axes.spans[0] == axes.spans[1]
        return axes.spans[0][1]

    highs = {high(reach) for reach in np.linspace(0.5, 8.0, 60)}
    assert sorted(highs) == pytest.approx([3.5, 3.5 * 1.25, 3.5 * 1.25**2, 3.5 * 1.25**3, 3.5 * 1.25**4])
    assert all(high(reach) > reach for reach in (0.5, 3.4, 4.3, 20.0))


def watched(latent_dim=2):
    """A run that a page watches, whose snapshot is what the test says, and its answers to a browser."""
    job = SimpleNamespace(spec=spec_of(latent_dim), now=Snapshot(vc.History("digits", "dynamic"), state="running"))
    job.snapshot = lambda: job.now
    watch = Watch(job, "train_plane", False, lambda snapshot: [snapshot.state, f"step {snapshot.step}"])

    def ask(query):
        address = watch.about(job.now)["address"]
        return unpacked(serving.Published.by_path[f"/{address}"].content(query))

    return job, watch, ask


def test_a_browser_that_watches_a_run_gets_its_present_status_and_only_a_look_that_it_has_not():
    job, watch, ask = watched()
    header, arrays = ask("look=3")
    assert header["words"] == ["running", "step 0"] and header["progress"] is None and not len(arrays["drawn"])
    job.now = replace(job.now, step=30, total_steps=40, look=look_of(2))
    header, arrays = ask("look=3")
    assert header["words"] == ["running", "step 30"] and header["progress"] == 0.75
    assert arrays["drawn"].tobytes() == look_plane(look_of(2), job.spec, dark=False).drawing
    for has_it_or_no_plane in ("look=30", ""):
        assert not len(ask(has_it_or_no_plane)[1]["drawn"])
    assert header | {"arrays": []} == watch.about(job.now) | {"arrays": []}


def test_a_script_draws_the_same_look_again_until_the_newest_is_wanted_on_the_present_axes():
    _, watch, _ = watched()

    def drawn(step, *, newest, reach=1.0):
        plane = watch.page_plane(replace(look_of(2, reach), step=step), newest=newest)
        return unpacked(plane.drawing)[0]["version"], plane.axes.spans[0][1]

    assert drawn(30, newest=False) == (30, 3.5)
    assert drawn(31, newest=False) == (30, 3.5)
    assert drawn(32, newest=True) == drawn(33, newest=False) == (32, 3.5)
    wide = 3.5 * 1.25**5
    assert drawn(34, newest=False, reach=9.0) == (32, pytest.approx(wide)), "wider axes do not send the points again"
    assert drawn(35, newest=True, reach=9.0) == (35, pytest.approx(wide))


def test_a_watched_page_is_drawn_again_for_a_point_of_the_curve_and_for_wider_axes_not_for_a_step():
    job, watch, ask = watched()

    def drawn_for(**changes):
        job.now = replace(job.now, **changes)
        return ask("")[0]["drawn_for"]

    first = drawn_for(step=30, look=look_of(2))
    assert drawn_for(step=31) == first
    assert drawn_for(step=32, look=replace(look_of(2), step=32)) == first
    wider = drawn_for(look=look_of(2, reach=9.0))
    assert wider != first
    record = vc.Record(30, 3000, 2.0, -20.0, -18.0, 2.0, -21.0, -19.0, 2.0)
    assert drawn_for(history=vc.History("digits", "dynamic", [record])) not in (first, wider)

    job, watch, ask = watched(latent_dim=4)
    beside = drawn_for(look=look_of(4))
    assert drawn_for(look=replace(look_of(4), step=31)) != beside, "its pictures are beside the plane"


@pytest.mark.parametrize("shape", [(2, 3), (2, 3, 3)])
def test_the_algorithms_own_pictures_stand_in_rows_with_a_line_between_them(shape):
    size = int(np.prod(shape))
    pictures = np.arange(2 * 4 * size, dtype=np.uint8).reshape(2, 4, size)
    config = vc.ModelConfig(size, shape, 2, (5,))
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(own_picture(pictures, config).partition(",")[2]))))[
        ::4, ::4
    ]
    assert pixels.shape[:2] == (2 * 2 + 1, 4 * 3 + 3) and (pixels[2] == 128).all() and (pixels[:, 3] == 128).all()
    for row, column in np.ndindex(2, 4):
        tile = pixels[3 * row :, 4 * column :][:2, :3]
        assert np.array_equal(tile, pictures[row, column].reshape(shape)), (row, column)
