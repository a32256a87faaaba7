"""Predictions beside what is computed: loops around a posterior, sketched curves, factors."""

import math

import numpy as np
import pytest

from vae_core.studies.close_ups import CloseUp
from vae_core.studies.gaussians import Gaussian
from vae_core.studies.sketches import compare_curve, is_inside, loop_around, nearest_factor

LOC, SCALE = np.array([0.4, -0.3]), np.array([0.3, 0.15])
TWO = np.array([[0.0, 0.0], [2.0, 0.0], [2.0, 1.0], [0.0, 1.0]])


@pytest.fixture(scope="module")
def close_up():
    """An image whose p(z|x) is a Gaussian of LOC and SCALE."""
    spacing, low = 0.01, (-1.6, -2.3)
    axes = [start + spacing * np.arange(401) for start in low]
    z = np.stack(np.meshgrid(*axes), axis=-1)
    log_p = -0.5 * (((z - LOC) / SCALE) ** 2).sum(-1) - math.log(2.0 * math.pi * SCALE.prod())
    q = Gaussian((0.4, -0.3), (0.3, 0.15), 0.0, 0.0, 0.0)
    return CloseUp(low, spacing, log_p, 0.0, 0.0, (0.0, 0.0, 0.0), q, True, q, q)


def oval(deviations, loc=LOC, count=180):
    angle = np.linspace(0.0, 2.0 * math.pi, count, endpoint=False)
    return loc + deviations * SCALE * np.stack([np.cos(angle), np.sin(angle)], axis=-1)


@pytest.mark.parametrize("deviations", [0.5, 1.0, 2.0, 3.0])
def test_an_ellipse_of_k_standard_deviations_holds_what_a_gaussian_has_there_and_nothing_of_its_size_holds_more(
    close_up, deviations
):
    loop = loop_around(close_up, oval(deviations))
    expected = 1.0 - math.exp(-0.5 * deviations**2)
    assert loop.mass == pytest.approx(expected, abs=0.005)
    assert loop.best_mass == pytest.approx(expected, abs=0.005) and loop.best_mass >= loop.mass
    assert loop.area == pytest.approx(math.pi * deviations**2 * SCALE.prod(), rel=0.01)
    assert loop.distance == pytest.approx(0.0, abs=1e-6)


def test_a_loop_beside_the_posterior_holds_nothing_and_says_how_far_away_it_is(close_up):
    loop = loop_around(close_up, oval(1.0, loc=LOC + [3.0, 4.0]))
    assert loop.mass < 1e-6 and loop.best_mass == pytest.approx(1.0 - math.exp(-0.5), abs=0.005)
    assert loop.distance == pytest.approx(5.0, abs=1e-6)
    far = loop_around(close_up, oval(1.0, loc=LOC + [1e6, 0.0]))
    assert far.mass == 0.0 and far.distance == pytest.approx(1e6)
    everything = loop_around(close_up, 100.0 * (TWO - [1.0, 0.5]))
    assert everything.mass == pytest.approx(1.0) and everything.area == pytest.approx(20_000.0)


def test_a_loop_that_holds_all_but_is_too_large_says_how_much(close_up):
    assert loop_around(close_up, oval(2.0)).excess == pytest.approx(1.0, abs=0.1)
    needed = -2.0 * math.log(1.0 - 0.99)  # the squared radius that holds 99 %, in standard deviations
    assert loop_around(close_up, oval(20.0)).excess == pytest.approx(400.0 / needed, rel=0.01)


def test_the_direction_of_a_loop_and_a_second_round_change_nothing(close_up):
    once = loop_around(close_up, oval(1.0))
    for corners in (oval(1.0)[::-1], np.concatenate([oval(1.0), oval(1.0)]), np.repeat(oval(1.0), 2, axis=0)):
        again = loop_around(close_up, corners)
        assert (again.mass, again.area) == pytest.approx((once.mass, once.area))


def test_points_are_inside_what_a_line_goes_around_even_where_it_crosses_itself():
    bow = np.array([[0.0, 0.0], [2.0, 2.0], [2.0, 0.0], [0.0, 2.0]])  # two triangles, gone around in both ways
    points = np.array([[0.2, 1.0], [1.8, 1.0], [1.0, 0.2], [1.0, 1.8], [5.0, 1.0]])
    assert is_inside(points, bow).tolist() == [True, True, False, False, False]
    assert is_inside(np.array([[1.0, 0.5], [2.1, 0.5], [-0.1, 0.5], [1.0, 1.1]]), TWO).tolist() == [
        True,
        False,
        False,
        False,
    ]


@pytest.mark.parametrize(
    "corners",
    [
        [],
        [[0.0, 0.0]],
        [[0.0, 0.0], [1.0, 1.0]],
        [[0.0, 0.0, 0.0]] * 3,
        [[0.0, math.nan]] * 3,
        [[0.0, math.inf]] * 4,
        [1.0, 2.0, 3.0],
        [[0.0, 1.0], [2.0]] * 2,
        "abc",
        [["a", "b"]] * 3,
        None,
    ],
)
def test_what_is_no_loop_is_told_in_one_sentence(close_up, corners):
    with pytest.raises(ValueError, match="a loop must have at least 3 corners of two finite numbers, got ") as error:
        loop_around(close_up, corners)
    assert "\n" not in str(error.value) and len(str(error.value)) < 160


def test_a_flat_loop_holds_nothing(close_up):
    loop = loop_around(close_up, [[0.0, 0.0], [1.0, 1.0], [0.5, 0.5]])
    assert (loop.mass, loop.area) == (0.0, 0.0)


def test_a_sketch_is_compared_with_the_curve_between_its_measured_places():
    at, measured = [0.0, 1.0, 4.0], [-200.0, -100.0, -100.0]
    gap = compare_curve(at, measured, [-200.0, -110.0, -100.0, -100.0, -95.0])
    assert gap.values.tolist() == [-200.0, -100.0, -100.0, -100.0, -100.0]
    assert gap.difference == pytest.approx((10.0 + 5.0) / 5)
    assert gap.half == 0.25, "at the first of five places after which half is done"
    assert compare_curve([0, 1, 2], [3.0, 2.0, 1.0], [0.0, 0.0, 0.0]).half == 0.5, "a fall too"
    assert compare_curve([0, 1], [1.0, 1.0], [1.0, 1.0]).difference == 0.0


@pytest.mark.parametrize(
    ("at", "measured", "sketch"),
    [
        ([0.0], [1.0], [1.0, 2.0]),
        ([0.0, 1.0], [1.0, 2.0], [1.0]),
        ([0.0, 1.0], [1.0], [1.0, 2.0]),
        ([0.0, 1.0], [1.0, math.nan], [1.0, 2.0]),
    ],
)
def test_what_is_no_curve_is_told_in_one_sentence(at, measured, sketch):
    with pytest.raises(ValueError, match="a curve must have two or more finite values, got "):
        compare_curve(at, measured, sketch)


def test_the_nearest_factor_is_nearest_by_ratio():
    assert [nearest_factor(times, (10, 100, 1000)) for times in (1, 31, 32, 316, 317, 5000)] == [0, 0, 1, 1, 2, 2]
    for times in (0.0, -1.0, math.nan):
        with pytest.raises(ValueError, match="factors must be above 0"):
            nearest_factor(times, (10, 100))


@pytest.mark.parametrize("factors", [[], [1.0, np.inf], [1.0, np.nan]])
def test_what_is_no_list_of_factors_is_refused(factors):
    with pytest.raises(ValueError, match="^factors must be "):
        nearest_factor(3.0, factors)
