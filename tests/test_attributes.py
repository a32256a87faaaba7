"""Measured attributes of images: each formula on shapes whose value is known, and each slope against differences."""

import math

import numpy as np
import pytest
import torch

from vae_core.attributes import COLOUR, GREY, NAMES, attributes_of, difference, measure
from vae_core.data import emoji_like
from vae_core.errors import DataError

SIDE = 40
ROWS = {attribute.name: row for row, attribute in enumerate(GREY)}
COLOUR_ROWS = {attribute.name: row for row, attribute in enumerate(COLOUR)}


def bar(height, width, shear=0.0, grey=1.0):
    """An upright bar, whose rows are moved by `shear` to the right for each row upwards, its edges smoothed along the rows."""
    places = torch.arange(SIDE, dtype=torch.float64)
    up = 0.5 * (SIDE - 1) - places[:, None]
    left = 0.5 * SIDE - 0.5 * width + shear * up
    cover = (torch.minimum(places + 1.0, left + width) - torch.maximum(places, left)).clamp(0.0, 1.0)
    return (grey * cover * (up.abs() < 0.5 * height)).reshape(1, -1)


def disc(diameter, grey=1.0, side=SIDE, fine=8):
    places = (torch.arange(side * fine, dtype=torch.float64) + 0.5) / fine - 0.5 * side
    inside = (places.square()[:, None] + places.square() < 0.25 * diameter**2).double()
    return (grey * inside.reshape(side, fine, side, fine).mean((1, 3))).reshape(1, -1)


def measured(x, name):
    return float(measure(x, (SIDE, SIDE))[0, ROWS[name]])


def test_a_bar_has_its_height_its_width_its_ink_and_no_slant():
    for height, width in ((20, 4), (6, 6), (4, 30)):
        x = bar(height, width)
        assert measured(x, "height") == pytest.approx(height) and measured(x, "width") == pytest.approx(width)
        assert measured(x, "ink") == pytest.approx(height * width) and measured(x, "slant") == pytest.approx(
            0.0, abs=1e-9
        )
        assert measured(x, "stroke width") == pytest.approx(
            height * width / (height + width), rel=0.06
        )  # corners are rounded


@pytest.mark.parametrize("degrees", [-30.0, 10.0, 35.0])
def test_a_slanted_bar_has_its_slant_and_the_width_that_it_had_before(degrees):
    x = bar(20, 5, math.tan(math.radians(degrees)))
    assert measured(x, "slant") == pytest.approx(degrees, abs=0.15)
    assert measured(x, "width") == pytest.approx(5.0, abs=0.3) and measured(x, "height") == pytest.approx(20.0)
    assert measured(x, "ink") == pytest.approx(100.0)


def test_the_outline_of_a_disc_is_its_circle_and_a_diagonal_is_not_longer():
    for diameter in (8.0, 20.0, 31.0):
        assert measured(disc(diameter), "stroke width") == pytest.approx(diameter / 2.0, rel=0.03)
    stairs = torch.tril(torch.ones(SIDE, SIDE, dtype=torch.float64)).reshape(1, -1)
    area, outline = SIDE * (SIDE + 1) / 2.0, (2.0 + math.sqrt(2.0)) * SIDE
    assert measured(stairs, "stroke width") == pytest.approx(2.0 * area / outline, rel=0.03)


def test_grey_changes_the_ink_and_no_shape():
    full, half = (measure(bar(20, 4, 0.3, grey), (SIDE, SIDE))[0] for grey in (1.0, 0.5))
    assert float(half[ROWS["ink"]]) == pytest.approx(0.5 * float(full[ROWS["ink"]]))
    same = [row for name, row in ROWS.items() if name != "ink"]
    assert torch.allclose(full[same], half[same], rtol=0.01)


def factors(count, **values):
    usual = dict(shape=0, hue=0.0, radius=6.0, angle=0.0, x=8.0, y=8.0) | values
    return emoji_like.Factors(**{name: np.broadcast_to(np.asarray(value), (count,)) for name, value in usual.items()})


def of_shapes(about):
    images = torch.from_numpy(emoji_like.draw(about)).double().reshape(len(about.hue), -1) / 255.0
    return measure(images, (16, 16, 3)).numpy()


def test_coloured_shapes_have_the_hue_and_the_size_that_they_were_drawn_with():
    hue = np.arange(12) / 12.0
    values = of_shapes(factors(12, hue=hue))
    gap = (values[:, COLOUR_ROWS["hue"]] - 360.0 * hue + 180.0) % 360.0 - 180.0
    assert (
        np.abs(gap).max() < 1.2
    )  # hexagon against circle: red, yellow, green ... and the colours between them are the same
    assert np.abs(gap[::2]).max() < 0.1
    radius = np.linspace(4.8, 7.2, 5)
    size = of_shapes(factors(5, radius=radius))[:, COLOUR_ROWS["size"]]
    assert size == pytest.approx(2.0 * 0.85 * radius, rel=0.06)  # the eyes are holes
    assert (values[:, COLOUR_ROWS["brightness"]] > 88.0).all()


def test_grey_pixels_have_no_hue():
    grey = torch.full((2, 16 * 16 * 3), 0.5, dtype=torch.float64)
    grey[1].view(-1, 3)[:, 0] += 0.005
    values = measure(grey, (16, 16, 3))
    assert values[:, COLOUR_ROWS["hue"]].isnan().all() and values.isfinite().sum() == 4


def test_a_colour_s_brightness_changes_neither_its_hue_nor_its_size():
    shape = disc(10.0, side=SIDE)[0]
    colour = torch.tensor([0.8, 0.4, 0.0], dtype=torch.float64)
    bright, dark = (measure((part * shape[:, None] * colour).reshape(1, -1), (SIDE, SIDE, 3))[0] for part in (1.0, 0.5))
    assert float(bright[COLOUR_ROWS["hue"]]) == pytest.approx(30.0, abs=1.0)
    assert float(bright[COLOUR_ROWS["size"]]) == pytest.approx(10.0, rel=0.02)
    assert float(dark[COLOUR_ROWS["hue"]]) == pytest.approx(float(bright[COLOUR_ROWS["hue"]]))
    assert float(dark[COLOUR_ROWS["size"]]) == pytest.approx(float(bright[COLOUR_ROWS["size"]]))
    assert float(dark[COLOUR_ROWS["brightness"]]) == pytest.approx(0.5 * float(bright[COLOUR_ROWS["brightness"]]))


@pytest.mark.parametrize("shape", [(7, 5), (4, 5, 3)])
def test_every_attribute_has_the_slope_of_its_differences(shape):
    x = 0.1 + 0.8 * torch.rand(math.prod(shape), generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda pixels: measure(pixels, shape), x.requires_grad_())


def test_a_black_image_has_no_ink_and_all_else_is_undefined():
    values = measure(torch.zeros(1, 12), (3, 4))[0]
    assert float(values[ROWS["ink"]]) == 0.0 and torch.isnan(values[: ROWS["ink"]]).all()
    assert torch.isnan(measure(torch.zeros(1, 12), (2, 2, 3))).all()


def test_many_images_are_measured_at_once_and_pixels_are_cut_off():
    x = torch.rand(3, 2, 12, generator=torch.Generator().manual_seed(0)) * 2.0 - 0.5
    assert measure(x, (3, 4)).shape == (3, 2, len(GREY))
    assert torch.equal(measure(x, (3, 4)), measure(x.clamp(0.0, 1.0), (3, 4)))
    assert torch.allclose(measure(x[1, 1], (3, 4)), measure(x, (3, 4))[1, 1])


def test_on_a_circle_the_shorter_way_counts():
    gap = difference(torch.tensor([350.0, 350.0]), torch.tensor([10.0, 10.0]), [360.0, 0.0])
    assert gap.tolist() == [-20.0, 340.0]


def test_each_attribute_has_one_name_and_says_what_it_is():
    assert len(set(NAMES)) == len(NAMES) <= 8 + len(COLOUR)
    assert attributes_of((3, 3)) == GREY and attributes_of((3, 3, 3)) == COLOUR
    assert all(attribute.unit and attribute.meaning.endswith(".") for attribute in GREY + COLOUR)


def test_images_of_another_size_are_refused():
    with pytest.raises(
        DataError, match=r"x must have floats of images of the shape \(3, 4\), got torch.float32 \(1, 9\)"
    ):
        measure(torch.zeros(1, 9), (3, 4))
