"""Figures show the numbers they were given, with units."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from aevb_lab import theme
from aevb_lab.figures.curves import (
    bound_terms,
    changes_of_terms,
    curve_on_test,
    learning_curve,
    overlaid_curves,
    radius_along_path,
)
from aevb_lab.figures.pictures import film_strip, picture_uri
from aevb_lab.figures.plane import PlaneAxes, point_classes
from aevb_lab.figures.style import saved_as
from vae_core.history import History, Record


@pytest.fixture
def history():
    records = [
        Record(0, 0, 0.0, None, None, None, -9.0, -8.5, 0.5),
        Record(3, 30, 0.5, -7.0, -5.0, 2.0, -6.5, -5.5, 1.0),
        Record(6, 60, 1.0, -5.0, -3.5, 1.5, -5.5, -4.0, 1.5),
    ]
    return History("digits", "dynamic", records)


@pytest.fixture
def points():
    return np.random.default_rng(0).normal(size=(40, 2)).astype(np.float32)


@pytest.mark.parametrize("dark", [False, True])
def test_learning_curve_plots_the_histories_own_values_with_their_sign(history, dark):
    figure = learning_curve(history, dark=dark)
    traces = {(trace.legendgroup, trace.line.dash): trace for trace in figure.data}
    assert list(traces["elbo", "solid"].y) == history.column("test_elbo")
    assert list(traces["elbo", "dot"].y) == history.column("train_elbo")
    assert list(traces["kl", "solid"].y) == [-value for value in history.column("test_kl")]
    for split in ("solid", "dot"):  # what is drawn adds up
        for total, part, kl in zip(*(traces[name, split].y for name in ("elbo", "recon_log_lik", "kl")), strict=True):
            assert total is None or total == pytest.approx(part + kl)
    assert list(traces["elbo", "solid"].x) == [10, 30, 60], "the beginning is on the logarithmic axis too"
    assert dict(zip(figure.layout.xaxis.tickvals, figure.layout.xaxis.ticktext, strict=True)) == {10: "0"}
    assert "nats" in figure.layout.yaxis.title.text and figure.layout.xaxis.type == "log"


def test_the_changes_of_both_terms_stand_below_the_elbo_and_begin_at_0(history):
    figure = changes_of_terms(history)
    below = {trace.name: list(trace.y) for trace in figure.data if trace.yaxis == "y2"}
    assert set(below) == {"images: reconstruction", "codes: KL"}
    for name, field in (("images: reconstruction", "test_recon_log_lik"), ("codes: KL", "test_kl")):
        values = history.column(field)
        assert below[name][0] == 0.0 and below[name] == [value - values[0] for value in values]
    elbo, train = (list(trace.y) for trace in figure.data if trace.yaxis != "y2")
    assert elbo == history.column("test_elbo") and train == history.column("train_elbo")
    assert figure.layout.yaxis.domain[0] > figure.layout.yaxis2.domain[1], "one above the other"
    assert [list(trace.y) for trace in curve_on_test(history).data] == [elbo], "nothing that answers the guess"


def test_a_curve_that_is_not_the_bound_is_drawn_as_what_it_is():
    records = [
        Record(0, 0, 0.0, test_log_marginal=-9.0),
        Record(3, 30, 0.5, train_log_marginal=-7.0, test_log_marginal=-6.5),
    ]
    figure = learning_curve(History("digits", "dynamic", records, "log_marginal"))
    assert [(trace.name, list(trace.y)) for trace in figure.data] == [
        ("estimate of log p(x)", [-9.0, -6.5]),
        ("estimate of log p(x)", [None, -7.0]),
    ]
    bound = Record(3, 30, 0.5, -9.0, -5.0, 2.5, -7.0, -5.0, 2.0, train_kl_parameters=1.5)
    figure = learning_curve(History("digits", "dynamic", [bound], "bound_over_parameters"))
    drawn = {(trace.name, trace.line.dash): (trace.y[0], trace.showlegend) for trace in figure.data}
    assert drawn["−KL of θ / N (train only)", "dot"] == (-1.5, True), "a term of training alone is in the legend"
    assert drawn["bound over z and θ", "solid"] == (-7.0, True) and ("−KL of θ / N (train only)", "solid") not in drawn
    parts = [y for (name, dash), (y, _) in drawn.items() if dash == "dot" and name != "bound over z and θ"]
    assert drawn["bound over z and θ", "dot"][0] == pytest.approx(sum(parts))


def test_overlaid_curves_name_the_data_they_are_of(history):
    other = History("mnist", "threshold", history.records[1:])
    figure = overlaid_curves({"a": history, "b": other}, axis="epoch", term="kl")
    assert [trace.name for trace in figure.data if trace.line.dash == "solid"] == [
        "a, test (digits, dynamic)",
        "b, test (mnist, threshold)",
    ]
    assert list(figure.data[2].y) == other.column("test_kl") and list(figure.data[2].x) == [0.5, 1.0]


def test_curves_of_other_quantities_say_what_they_are(history):
    estimates = [
        Record(0, 0, 0.0, test_log_marginal=-9.0),
        Record(3, 30, 0.5, train_log_marginal=-7.0, test_log_marginal=-6.5),
    ]
    mcem = History("digits", "dynamic", estimates, "log_marginal")
    figure = learning_curve(mcem)
    assert [(trace.name, trace.line.dash) for trace in figure.data] == [
        ("estimate of log p(x)", "solid"),
        ("estimate of log p(x)", "dot"),
    ]
    assert [list(trace.y) for trace in figure.data] == [[-9.0, -6.5], [None, -7.0]]

    record = Record(3, 30, 0.5, -7.0, -4.0, 2.0, -6.5, -5.5, 1.0, train_kl_parameters=1.0)
    full = History("digits", "dynamic", [record], "bound_over_parameters")
    traces = {(trace.legendgroup, trace.line.dash): trace for trace in learning_curve(full).data}
    assert traces["elbo", "solid"].name == "bound over z and θ"
    dotted = [traces[name, "dot"].y[0] for name in ("recon_log_lik", "kl", "kl_parameters")]
    assert sum(dotted) == traces["elbo", "dot"].y[0] and traces["kl_parameters", "dot"].showlegend
    assert ("kl_parameters", "solid") not in traces

    runs = {"a": history, "m": mcem, "f": full}
    names = [trace.name for trace in overlaid_curves(runs).data if trace.line.dash == "solid"]
    assert names == [
        "a, test (digits, dynamic)",
        "m, test (digits, dynamic; estimate of log p(x))",
        "f, test (digits, dynamic; bound over z and θ)",
    ]
    assert {trace.legendgroup for trace in overlaid_curves(runs, term="kl").data} == {"a", "f"}


def test_the_axes_of_a_plane_have_its_spans_and_there_is_a_colour_for_each_class_that_occurs():
    classes = point_classes(np.array([2, 0, 2]), ("cat", "dog", "eel"))
    assert [(group.label, group.name) for group in classes] == [(0, "cat"), (2, "eel")]
    assert [group.colour for group in classes] == [theme.CLASS_COLORS[0], theme.CLASS_COLORS[2]]
    header = PlaneAxes(((-1.0, 1.0), (-2.0, 2.0)), ("a", "b"), meta={"coordinates": "latent"}, dark=True).header()
    assert header["spans"] == [[-1.0, 1.0], [-2.0, 2.0]] and header["titles"] == ["a", "b"]
    assert header["meta"]["coordinates"] == "latent" and header["colours"]["text"] == theme.DARK.text


def test_no_gesture_changes_a_chart_s_axes_and_its_only_tool_is_the_camera():
    figure = bound_terms(np.array([-30.0]), np.array([5.0]), ["#1"])
    assert figure.layout.dragmode is False and figure.layout.xaxis.fixedrange and figure.layout.yaxis.fixedrange
    assert saved_as("x")["modeBarButtons"] == [["toImage"]] and not saved_as("x")["doubleClick"]


def test_points_without_labels_are_one_class():
    (only,) = point_classes(None, (), dark=True)
    assert only.label is None and only.colour == theme.DARK.encoder


@pytest.mark.parametrize("recon", [(-30.0, -20.0), (1200.0, 3.0)])
def test_the_bars_of_the_terms_end_at_the_elbo(recon):
    """Whatever their sign: log densities may be above 0."""
    figure = bound_terms(np.array(recon), np.array([5.0, 4.0]), ["#1", "#2"])
    first, second = figure.data
    assert list(first.base + first.y) == list(recon) and list(first.base) == [0.0, 0.0]
    assert list(second.base) == list(recon) and list(second.base + second.y) == [recon[0] - 5.0, recon[1] - 4.0]
    assert figure.layout.barmode == "overlay" and second.width < first.width, (
        "what is taken off is seen before the first bar"
    )


def test_the_radius_along_a_path_stands_beside_its_law():
    figure = radius_along_path(np.array([1.0, 0.2, 1.5]), (0.3, 1.2, 2.4))
    assert np.allclose(figure.data[0].y, [1.0, 0.2, 1.5]) and "|z|" in figure.layout.yaxis.title.text
    band, median = figure.layout.shapes
    assert (band.y0, band.y1, median.y0, median.y1) == (0.3, 2.4, 1.2, 1.2)
    bottom, top = figure.layout.yaxis.range
    assert bottom == 0.0 and top > 2.4
    assert radius_along_path(np.array([1.0, 9.0]), (0.3, 1.2, 2.4)).layout.yaxis.range[1] > 9.0


def test_film_strip_keeps_the_pixels():
    images = np.linspace(0.0, 1.0, 12).reshape(2, 6)
    strip = film_strip(images, (2, 3))
    assert strip.shape == (2, 7)
    assert np.array_equal(strip[:, 4:], np.round(images[1] * 255).astype(np.uint8).reshape(2, 3))


def test_picture_uri_is_the_picture_as_png():
    picture = np.arange(6, dtype=np.uint8).reshape(2, 3)
    content = base64.b64decode(picture_uri(picture).split(",", 1)[1])
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(content))), picture)


def test_ink_is_as_opaque_as_the_pixel():
    content = base64.b64decode(picture_uri(np.array([[0, 200]], np.uint8), theme.DARK.text).split(",", 1)[1])
    rgba = np.asarray(Image.open(io.BytesIO(content)).convert("RGBA"))
    assert rgba[0, :, 3].tolist() == [0, 200]
    assert "#" + bytes(rgba[0, 0, :3].tolist()).hex() == theme.DARK.text


def test_a_point_that_is_very_far_off_leaves_the_others_their_axis_and_is_explained_below_it():
    """One step of mnist-2d's training had a bound of -1e18 nats, and all its curves were a line at 0."""
    records = [
        Record(step, 10 * step, step / 9, -140.0 + step / 10, -133.0, 7.0, -139.0 + step / 10, -132.0, 7.0)
        for step in range(1, 60)
    ]
    plain = History("mnist", "dynamic", records)
    for figure in (learning_curve(plain), overlaid_curves({"a": plain})):
        assert "spike" not in figure.layout.xaxis.title.text
    records[30] = Record(31, 310, 3.4, -1.07e18, -2.7e9, 1.07e18, -136.0, -129.0, 7.0)
    odd = History("mnist", "dynamic", records)
    for figure, count in ((learning_curve(odd), 3), (overlaid_curves({"a": odd}, axis="epoch"), 1)):
        drawn = [value for trace in figure.data for value in trace.y]
        assert drawn.count(None) == count and min(value for value in drawn if value is not None) > -141.0
        title = figure.layout.xaxis.title.text
        assert title.startswith(("training images seen", "epochs")) and not figure.layout.annotations, "on no curve"
        assert "A spike is a step that went wrong<br>and recovered." in title
        assert "The largest are left out." in title


def test_a_far_point_of_a_short_run_is_left_out_too():
    records = [Record(step, 10 * step, step / 9, -140.0, -133.0, 7.0, -139.0, -132.0, 7.0) for step in range(1, 7)]
    records[3] = Record(4, 40, 0.4, -1e6, -1e6, 7.0, -139.0, -132.0, 7.0)
    title = overlaid_curves({"a": History("mnist", "dynamic", records)}).layout.xaxis.title.text
    assert "recovered" in title and "left out" in title
    records[5] = records[3]  # the last one
    title = overlaid_curves({"a": History("mnist", "dynamic", records)}).layout.xaxis.title.text
    assert "recovered" not in title, "nobody knows"
