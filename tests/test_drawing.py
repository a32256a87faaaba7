"""A drawing or a picture of one's own arrives as the data's images do: their size, centre, pen and polarity."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

import vae_core as vc
from vae_core import drawing
from vae_core.data.datasets import DATASETS
from vae_core.data.framing import frame_picture, is_dark_on_light
from vae_core.drawing import check_strokes, read_picture, render_strokes

LOOP = [[[0.3, 0.2], [0.6, 0.2], [0.6, 0.5], [0.35, 0.8], [0.65, 0.8]], [[0.4, 0.5], [0.5, 0.5]]]


def moved(strokes, factor, shift):
    return [[[factor * x + shift, factor * y + shift] for x, y in stroke] for stroke in strokes]


def extent(image):
    rows, columns = (image > 0.15).any(1).nonzero(), (image > 0.15).any(0).nonzero()
    return int(rows.max() - rows.min()) + 1, int(columns.max() - columns.min()) + 1


def centre(image):
    index = torch.arange(len(image), dtype=image.dtype)
    return [float((image.sum(side) * index).sum() / image.sum()) for side in (0, 1)]


def test_a_drawing_fills_mnists_box_about_its_centre_of_mass():
    image = render_strokes(check_strokes(LOOP), (28, 28), DATASETS["mnist"].framing).reshape(28, 28)
    assert abs(max(extent(image)) - 20) <= 1
    assert centre(image) == pytest.approx([14.0, 14.0], abs=0.05)


def test_neither_size_nor_place_on_the_pad_changes_the_image():
    small = moved(LOOP, 0.4, 0.05)
    for name, shape in (("mnist", (28, 28)), ("digits", (8, 8))):
        images = [render_strokes(check_strokes(strokes), shape, DATASETS[name].framing) for strokes in (LOOP, small)]
        torch.testing.assert_close(*images, atol=1e-4, rtol=0)


@pytest.mark.parametrize("name", ["digits", "mnist"])
def test_the_framing_is_that_of_the_training_images(name, real_data):
    """Height of the ink, its centre and the pen's width: medians over 2,000 images, within half a pixel."""
    data = real_data(name)
    framing, images = DATASETS[name].framing, data.x_train[:2000].reshape(-1, *data.image_shape)
    assert np.median([extent(image)[0] for image in images]) == framing.box
    if framing.centre == "mass":
        assert np.mean([centre(image) for image in images], 0) == pytest.approx([14.0, 14.0], abs=0.05)
    padded = torch.nn.functional.pad(images, (1, 1, 1, 1))
    slopes = padded.diff(dim=1)[..., :-1].square() + padded.diff(dim=2)[:, :-1].square()
    pen = 2.0 * images.sum((1, 2)) / slopes.sqrt().sum((1, 2))
    assert float(pen.median()) == pytest.approx(framing.pen, abs=0.1)


def test_a_dot_stays_a_dot():
    image = render_strokes(check_strokes([[[0.2, 0.2]]]), (28, 28), DATASETS["mnist"].framing).reshape(28, 28)
    assert max(extent(image)) <= 4 and float(image.max()) == 1.0


def test_without_a_framing_the_pad_is_the_image():
    image = render_strokes(check_strokes([[[0.1, 0.5], [0.9, 0.5]]]), (28, 20), None).reshape(28, 20)
    assert int(image.sum(1).argmax()) in (13, 14) and image.sum(0).gt(0).all()


def test_strokes_in_colour_lie_over_those_before_and_strokes_of_one_ink_are_one_line():
    red = {"ink": "red", "points": [[0.0, 0.5], [1.0, 0.5]]}
    blue = {"ink": "blue", "points": [[0.5, 0.0], [0.5, 1.0]]}
    image = render_strokes(check_strokes([red, blue]), (28, 28, 3), None).reshape(28, 28, 3)
    assert image[14, 3].tolist() == list(drawing.INKS["red"])
    assert image[3, 14].tolist() == pytest.approx(drawing.INKS["blue"])
    assert image[14, 14].tolist() == pytest.approx(drawing.INKS["blue"]), "the later stroke is on top"
    assert image[3, 3].tolist() == [0.0, 0.0, 0.0]
    wiped = render_strokes(check_strokes([red, {**blue, "ink": "black"}]), (28, 28, 3), None).reshape(28, 28, 3)
    assert wiped[14, 14].tolist() == [0.0, 0.0, 0.0] and wiped[14, 3].tolist() == list(drawing.INKS["red"])
    white = [stroke["points"] for stroke in (red, blue)]
    grey, colour = (render_strokes(check_strokes(white), shape, None) for shape in ((28, 28), (28, 28, 3)))
    assert torch.equal(colour.reshape(28, 28, 3), grey.reshape(28, 28, 1).expand(28, 28, 3))
    assert torch.equal(
        render_strokes(check_strokes([red, {**blue, "ink": "green"}]), (28, 28), None).clamp(max=1.0).gt(0.5),
        grey.gt(0.5),
    ), "a grey image knows only light ink"


@pytest.mark.parametrize(
    "bad",
    [
        "text",
        [{"ink": "pink", "points": [[0.5, 0.5]]}],
        [{"ink": ["red"], "points": [[0.5, 0.5]]}],
        [{"ink": "red"}],
        [{"ink": "red", "points": [[0.5, 0.5]], "width": 3}],
        [{"ink": "red", "points": [[0.5, 1.5]]}],
        [["a"]],
        [[[0.1, 0.2, 0.3]]],
        [[[0.1, float("nan")]]],
        [[[0.1, 1.2]]],
        [[0.1, 0.2]],
        [[[0.1, 0.2]] * 5001],
    ],
)
def test_strokes_that_are_none_are_refused(bad):
    with pytest.raises(vc.DataError, match="stroke"):
        check_strokes(bad)


def test_an_empty_pad_is_refused():
    with pytest.raises(vc.DataError, match="empty"):
        render_strokes([], (28, 28), None)


# -- pictures ----------------------------------------------------------------------------------------------------


def png(pixels, **options):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, options.pop("format", "PNG"), **options)
    return file.getvalue()


@pytest.fixture
def seven():
    """A 7, dark on light paper, in a corner of a picture of 90 x 70 pixels."""
    pixels = np.full((70, 90), 230, np.uint8)
    pixels[10:14, 8:30] = pixels[14:44, 26:30] = 20
    return pixels


def test_ink_on_paper_arrives_as_light_on_dark_in_the_box(seven):
    grey = read_picture(png(seven))
    assert grey.shape == (70, 90) and float(grey[0, 0]) == pytest.approx(230 / 255, abs=1e-6)
    assert is_dark_on_light(grey) and not is_dark_on_light(1.0 - grey)
    image = frame_picture(1.0 - grey, (28, 28), DATASETS["mnist"].framing).reshape(28, 28)
    assert extent(image)[0] == 20 and float(image.max()) > 0.95 and float(image[0].max()) == 0.0
    assert centre(image) == pytest.approx([14.0, 14.0], abs=0.5)
    small = frame_picture(1.0 - grey, (8, 8), DATASETS["digits"].framing).reshape(8, 8)
    assert extent(small)[0] == 8


def test_an_image_of_the_data_set_comes_back_as_it_was(real_data):
    """A test image of MNIST as a PNG ten times as large; its box is 20 pixels high, so nothing is scaled but back."""
    x = real_data("mnist").x_test
    image = next(image for image in x.reshape(-1, 28, 28) if extent(image) == (20, 20))
    large = np.kron((image.numpy() * 255).astype(np.uint8), np.ones((10, 10), np.uint8))
    again = frame_picture(read_picture(png(large)), (28, 28), DATASETS["mnist"].framing).reshape(28, 28)
    assert float((again - image).abs().mean()) < 0.02


def test_colour_transparency_depth_and_orientation_are_read(seven):
    grey = read_picture(png(seven))
    colour = read_picture(png(np.stack([seven] * 3, -1), format="JPEG", quality=95))
    torch.testing.assert_close(colour, grey, atol=0.1, rtol=0)
    deep = read_picture(png(seven.astype(np.uint16) * 257))
    torch.testing.assert_close(deep, grey, atol=0.01, rtol=0)
    clear = np.zeros((70, 90, 4), np.uint8)
    clear[..., 3] = 255 * (seven < 100)
    assert is_dark_on_light(read_picture(png(clear))), "black ink on nothing is on paper"
    clear[..., :3] = 255
    assert not is_dark_on_light(read_picture(png(clear))), "white ink on nothing is on black"
    exif = Image.Exif()
    exif[0x0112] = 6  # taken with the camera on its side
    assert read_picture(png(seven, format="JPEG", exif=exif)).shape == (90, 70)


def test_a_picture_for_a_data_set_without_framing_keeps_its_proportions(seven):
    image = frame_picture(read_picture(png(seven)), (28, 20), None).reshape(28, 20)
    assert float(image[0, -1]) == pytest.approx(230 / 255, abs=0.01)


def test_pictures_that_are_none_are_refused_with_the_remedy(seven):
    content = png(seven)
    for bad, words in (
        (b"no picture", "PNG or JPEG"),
        (content[:60], "damaged"),
        (b"\0" * (drawing.MAX_BYTES + 1), "may be 4 MB"),
        (png(np.zeros((5000, 4000), np.uint8)), "16 million"),
        (png(seven, format="GIF"), "PNG or JPEG"),
    ):
        with pytest.raises(vc.DataError, match=words):
            read_picture(bad)
    with pytest.raises(vc.DataError, match="no ink"):
        frame_picture(torch.full((9, 9), 0.5), (28, 28), DATASETS["mnist"].framing)


@pytest.mark.parametrize("shape", [(8, 8), (14, 20), (2, 2), (28, 28)])
def test_ones_own_images_may_be_smaller_than_the_data_sets(shape):
    """Files of one's own lie where MNIST's do: the box of 20 pixels is then larger than the image."""
    strokes = check_strokes([[[0.2, 0.1], [0.7, 0.9]]])
    grey = render_strokes(strokes, shape, DATASETS["mnist"].framing)
    assert grey.shape == (1, shape[0] * shape[1]) and float(grey.max()) > 0.5
    rows = grey.reshape(shape).sum(1)
    assert rows[: shape[0] // 2].sum() > 0.0 < rows[shape[0] // 2 :].sum()
    picture = torch.zeros(60, 60)
    picture[10:50, 28:33] = 1.0
    assert float(frame_picture(picture, shape, DATASETS["mnist"].framing).max()) > 0.5


def test_long_strokes_on_large_images_take_bounded_memory(monkeypatch):
    strokes = check_strokes([[[i / 300, (i * i % 97) / 97] for i in range(300)]])
    whole = render_strokes(strokes, (16, 20), None)
    monkeypatch.setattr(drawing, "MOST_DISTANCES", 1000)
    assert torch.equal(whole, render_strokes(strokes, (16, 20), None))
