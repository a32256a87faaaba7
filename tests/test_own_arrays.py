"""One's own images as arrays and tables: the order of axes, scales, ink, keys, labels and damaged rows. Pickles stay closed."""

import os

import hypothesis.strategies as st
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from own_files import (
    LABELS,
    SCALED,
    everything,
    gz,
    idx,
    ink,
    npy,
    npz,
    photographs,
    picture,
    pngs,
    read,
    refused,
    same_images,
    table,
    zipped,
)

from vae_core.data.gathering import natural

# -- rows 14 to 19: arrays, scales, ink --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("axes", "order"), [("NHWC", (0, 1, 2, 3)), ("NCHW", (0, 3, 1, 2)), ("HWCN", (1, 2, 3, 0))]
)  # fmt: skip
def test_14_the_order_of_axes_is_found(axes, order):
    images = photographs(21)
    dataset, report = read(npy(images.transpose(order)))
    assert report.decision("axes").value == axes and same_images(dataset, images / 255.0, 1e-6)


@pytest.mark.parametrize("axes", ["NHWC", "NCHW"])
def test_14_where_both_orders_fit_the_smoother_images_are_taken_and_the_other_is_offered(axes):
    images = photographs(30, 3, 24)  # 3 rows: the first axis may be that of channels
    array = images if axes == "NHWC" else images.transpose(0, 3, 1, 2)
    array = images.reshape(30, -1) if axes == "NHWC" else images.transpose(0, 3, 1, 2).reshape(30, -1)
    dataset, report = read(npy(array), row_shape=(3, 24, 3))
    assert report.decision("axes").value == axes and same_images(dataset, images / 255.0, 1e-6)
    other = "NCHW" if axes == "NHWC" else "NHWC"
    assert other in report.decision("axes").reason
    assert read(npy(array), row_shape=(3, 24, 3), axes=other)[1].decision("axes").reason == "as asked for"


def test_14_blue_first_is_changed_over_where_that_is_asked_for():
    images = photographs()
    dataset, _ = read(npy(images[..., ::-1]), channels="bgr")
    assert same_images(dataset, images / 255.0, 1e-6)


SHAPES = [(10,), (10, 5, 6, 7), (2, 2, 2, 2, 2), (28, 28), (64, 64, 3), (0, 28, 28), (5, 0), (20, 785)]


@pytest.mark.parametrize("shape", SHAPES)
def test_14_other_shapes_get_their_sentence(shape):
    assert str(shape[-1]) in refused(npy(np.zeros(shape, np.uint8)))


@pytest.mark.parametrize(
    ("change", "scale"),
    [
        (lambda x: x / 255.0, "0-1"),
        (lambda x: x.astype(np.float64), "0-255"),
        (lambda x: x / 127.5 - 1.0, "-1-1"),
        (lambda x: x / 255.0 * 0.99 + 0.01, "0-1"),
        (lambda x: x / 255.0 * 16, "largest"),
        (lambda x: x * 100, "largest"),
        (lambda x: x.astype(np.int64), "0-255"),
        (lambda x: x > 0, "0-1"),
        (lambda x: (x > 0).astype(np.uint8), "0-1"),
    ],
)
def test_15_the_scale_is_that_of_the_whole_set(change, scale):
    dataset, report = read(npy(change(ink().astype(np.float64))))
    assert report.decision("scale").value == scale
    assert float(everything(dataset).max()) > 0.95 and float(everything(dataset).min()) < 0.02


def test_15_values_in_no_usual_range_are_refused_until_somebody_says_how():
    standard = (ink() - ink().mean()) / ink().std()
    assert "--scale min-max" in refused(npy(standard))
    dataset, report = read(npy(standard), scale="min-max")
    assert same_images(dataset, (standard - standard.min()) / np.ptp(standard), 1e-5)
    assert "smallest" in report.decision("scale").words


def test_16_values_count_and_not_the_dtype():
    dataset, report = read(npy((ink() / 255.0).astype("<f8")))
    assert report.decision("scale").value == "0-1" and same_images(dataset, SCALED, 1e-6)


@pytest.mark.parametrize("form", [lambda x: npy(x), lambda x: zipped(pngs(x))])
def test_17_dark_ink_on_light_paper_becomes_light_on_dark(form):
    dataset, report = read(form(255 - ink()))
    assert report.decision("polarity").value == "invert" and same_images(dataset, SCALED, 1e-6)
    kept = read(form(255 - ink()), polarity="keep")[0]
    assert same_images(kept, 1 - SCALED, 1e-6)
    assert read(form(ink()))[1].decision("polarity").value == "keep"


def test_17_photographs_and_colour_are_not_changed_over():
    light = np.clip(photographs().astype(int) + 80, 0, 255).astype(np.uint8)
    assert read(npy(light[..., 0]))[1].decision("polarity").value == "keep"
    white = np.full((20, 16, 16, 3), 255, np.uint8)
    white[:, 4:9, 4:9] = [200, 30, 10]
    white[np.arange(20), 5, np.arange(20) % 16] = [0, 250, 3]
    white[np.arange(20), np.arange(20) % 7, 2] = [9, 50, 3]
    assert read(npy(white))[1].decision("polarity").value == "keep"


@pytest.mark.parametrize("framing", ["mass", "box"])
def test_18_framing_puts_the_ink_at_one_size_in_the_middle_only_when_asked(framing):
    images = np.zeros((20, 28, 28), np.uint8)
    for number, image in enumerate(images):
        image[2 : 6 + number // 4, 3 : 7 + number % 4] = 255
    assert same_images(read(npy(images))[0], images / 255.0)
    framed = everything(read(npy(images), framing=framing)[0])
    for image in framed:
        rows, columns = ((image > 0.3).any(side).nonzero()[:, 0] for side in (1, 0))
        assert abs(float(rows.float().mean()) - 13.5) <= 1 and abs(float(columns.float().mean()) - 13.5) <= 1
        assert max(len(rows), len(columns)) == 20


def test_19_mixed_sizes_become_one_size_padded_and_not_stretched():
    files = {}
    for number in range(12):
        height, width = [(40, 80), (80, 40), (320, 320), (81, 33)][number % 4]
        pixels = np.zeros((height, width), np.uint8)
        pixels[height // 4 : height // 2, width // 4 : width // 2 + number] = 255
        files[f"{number}.png"] = picture(pixels)
    dataset, report = read(zipped(files))
    assert dataset.image_shape == (64, 64) and "12 of 12 are resized" in report.decision("side").reason
    wide = np.zeros((4, 20, 80), np.uint8)
    for number, image in enumerate(wide):
        image[5:15, 10 + number : 30] = 255
    assert read(npy(wide))[0].image_shape == (16, 64)
    assert read(npy(wide), side=32)[0].image_shape == (8, 32)
    model = read(npy(wide), image_shape=(28, 28))[0]
    ink_rows = (everything(model) > 0.5).any(0).any(1).nonzero()
    assert model.image_shape == (28, 28) and len(ink_rows) <= 5, "a wide picture is padded"


# -- rows 20 to 25: tables, keys, labels -------------------------------------------------------------------------

NAMES = ",".join(f"pixel{i}" for i in range(144))


@pytest.mark.parametrize(
    "content",
    [
        table(ink(), LABELS),
        table(ink(), LABELS, last=True),
        table(ink(), LABELS, header=f"label,{NAMES}"),
        table(ink(), LABELS, last=True, header=f"{NAMES},Target"),
        table(ink(), LABELS, header=f"label,{NAMES}", start="\ufeff"),
        table(ink(), LABELS, delimiter=";"),
        table(ink(), LABELS, delimiter="\t"),
        table(ink(), LABELS).replace(b"\n", b"\r\n"),
        table(ink(), ["abc"[i] for i in LABELS]),
        table(ink() / 255.0, LABELS),
        b"\n".join(b",".join(b'"' + v + b'"' for v in row.split(b",")) for row in table(ink(), LABELS).split()),
        table(ink(), LABELS, header=f"label,{NAMES}").decode().encode("utf-16"),
    ],
    ids=["first", "last", "header", "header last", "mark", "semicolon", "tab", "windows", "words", "floats", "quoted", "utf-16"],
)  # fmt: skip
def test_20_to_22_tables_with_their_classes(content):
    dataset, report = read(content)
    assert dataset.image_shape == (12, 12) and same_images(dataset, SCALED, 1e-6)
    counts = torch.bincount(torch.cat([dataset.y_train, dataset.y_test])).tolist()
    assert counts == [7, 7, 6] and len(report.classes) == 3


@pytest.mark.parametrize("last", [True, False])
def test_20_tables_that_are_sorted_by_class(last):
    images, labels = ink(900), [number // 300 for number in range(900)]
    dataset, _ = read(table(images, labels, last=last))
    assert same_images(dataset, images.astype(np.float32) / np.float32(255)) and dataset.class_names == ("0", "1", "2")


def test_20_where_neither_column_looks_like_classes_somebody_has_to_say():
    content = table(ink(), [0] * 20)
    assert "--labels first, or last" in refused(content)
    assert same_images(read(content, labels="first")[0], SCALED)


def test_20_a_column_that_counts_the_rows_is_no_pixel():
    rows = table(ink(), LABELS, last=True).decode().split("\n")[:-1]
    dataset, _ = read("\n".join([f",{NAMES},label", *(f"{i},{row}" for i, row in enumerate(rows))]).encode())
    assert dataset.image_shape == (12, 12) and dataset.class_names == ("0", "1", "2")


def test_22_a_decimal_comma_is_refused_with_the_remedy():
    rows = table(ink() / 255.0, delimiter=";").replace(b".", b",")
    assert "decimal points" in refused(rows)


def test_20_rows_that_are_no_square_ask_for_their_shape():
    wide = np.concatenate([ink(), ink(20, seed=4)], 2)[:, :, :20]
    assert "--row-shape" in refused(table(wide))
    dataset, _ = read(table(wide, LABELS), row_shape=(12, 20))
    assert dataset.image_shape == (12, 20) and dataset.class_names == ("0", "1", "2")
    assert "--row-shape" in refused(npy(wide.reshape(20, -1)))


def test_31_damaged_rows_are_listed_and_above_a_fifth_it_stops():
    rows = table(ink(), LABELS).split(b"\n")[:-1]
    rows[3] = rows[3].replace(b"255", b"x", 1)
    rows[5] = rows[5] + b",7"
    dataset, report = read(b"\n".join(rows))
    assert [(item.name, item.reason) for item in report.left_out] == [
        ("row 4", "a value that is no number"),
        ("row 6", "it has 146 columns, and most rows have 145"),
    ]
    assert len(dataset.x_train) + len(dataset.x_test) == 18
    rows[7:12] = [row.replace(b"255", b"", 1) for row in rows[7:12]]
    assert "7 of 20 images cannot be read" in refused(b"\n".join(rows))


@pytest.mark.parametrize("key", ["arr_0", "x_train", "train_images", "données"])
def test_23_the_one_array_of_an_npz_is_that_of_the_images(key):
    assert same_images(read(npz(**{key: ink()}))[0], SCALED)


def test_23_of_several_arrays_one_has_to_be_named():
    content = npz(a=ink(), b=ink(20, 10), y=np.array(LABELS))
    text = refused(content)
    assert "a (20, 12, 12)" in text and "--images" in text
    assert read(content, images="b")[0].image_shape == (10, 10)
    assert "it has a" in refused(content, images="c")


def test_23_a_training_and_a_test_part_are_the_split():
    content = npz(x_train=ink(), y_train=np.array(LABELS), x_test=ink(7, seed=5), y_test=np.array([2] * 7))
    dataset, report = read(content)
    assert (len(dataset.x_train), len(dataset.x_test)) == (20, 7) and dataset.y_test.tolist() == [2] * 7
    assert report.decision("split").value == "given"
    files = {"train-images-idx3-ubyte.gz": gz(idx(ink())), "train-labels-idx1-ubyte.gz": gz(idx(np.array(LABELS, np.uint8))),
             "t10k-images-idx3-ubyte.gz": gz(idx(ink(7, seed=5))), "t10k-labels-idx1-ubyte.gz": gz(idx(np.array([2] * 7, np.uint8)))}  # fmt: skip
    again, _ = read(files)
    assert torch.equal(again.x_test, dataset.x_test) and torch.equal(again.y_train, dataset.y_train)


class Bomb:
    def __reduce__(self):
        return os.system, ("touch /tmp/own_images_opened_a_pickle",)


def test_24_pickles_are_never_opened():
    import pickle

    objects = np.empty(3, object)
    objects[:] = [Bomb(), Bomb(), Bomb()]
    for content in (npy(objects, allow_pickle=True), npz(x=objects), pickle.dumps([Bomb()])):
        text = refused(content)
        assert "never opened" in text
    assert "np.stack" in refused(npy(objects, allow_pickle=True))
    assert "never opened" in refused(zipped({"archive/data.pkl": pickle.dumps(Bomb()), "archive/version": b"3"}))
    assert not os.path.exists("/tmp/own_images_opened_a_pickle")


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (np.array(["10", "2", "1"] * 6 + ["1", "2"]), ("1", "2", "10")),
        (np.array([1, 2, 26] * 6 + [1, 2]), ("1", "2", "26")),
        (np.array([0.0, 1.0, 2.0] * 6 + [0.0, 1.0]), ("0", "1", "2")),
        (np.array([b"cat", b"dog", b"bee"] * 6 + [b"cat", b"dog"]), ("bee", "cat", "dog")),
        (np.array([-1, 5, 7] * 6 + [5, 7]), ("-1", "5", "7")),
        (np.array([0, 1, 2] * 6 + [0, 1])[:, None], ("0", "1", "2")),
        (np.eye(3, dtype=np.uint8)[[0, 1, 2] * 6 + [0, 1]], ("0", "1", "2")),
        (np.array([True, False] * 10), ("False", "True")),
    ],
)
def test_25_classes_keep_their_names_in_natural_order_and_count_from_0(labels, names):
    dataset, _ = read(npz(x=ink(), y=labels))
    assert dataset.class_names == names
    assert set(torch.cat([dataset.y_train, dataset.y_test]).tolist()) == set(range(len(names)))


def test_25_numbers_that_are_no_classes_are_none():
    dataset, report = read(npz(x=ink(), y=np.linspace(0, 1, 20)))
    assert dataset.y_train is None and "they are no classes" in report.decision("labels").reason
    assert read(npz(x=ink(), y=np.array(LABELS)), labels="none")[0].y_train is None
    assert "there are 7 classes" in refused(npz(x=ink(), z=np.arange(7)), labels="z")


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(-(10**6), 10**6), min_size=2, max_size=30))
def test_25_natural_order_is_that_of_numbers(numbers):
    assert sorted(map(str, numbers), key=natural) == list(map(str, sorted(numbers)))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(max_size=12), max_size=10))
def test_25_natural_order_takes_any_texts(texts):
    assert sorted(sorted(texts, key=natural), key=natural) == sorted(texts, key=natural)
