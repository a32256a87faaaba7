"""Data sets: their splits, their records, and the folders in which they are looked for."""

import gzip
from dataclasses import replace

import numpy as np
import pytest
import torch
from data_sets import digest, write_idx_files
from own_files import idx

from vae_core import (
    DataError,
    Dataset,
    DatasetUnavailable,
    History,
    TrainConfig,
    binarized_test,
    load_data,
)
from vae_core.data import emoji_like
from vae_core.data.datasets import DATASETS, IDX_FILES, check_data_folder, data_folders, is_available, load_test
from vae_core.data.download import download, downloadable

pytestmark = pytest.mark.usefixtures("global_randomness_untouched")


# -- the data sets -----------------------------------------------------------------------------------------------


def test_digits_split_is_fixed_and_disjoint():
    digits = load_data("digits")
    assert (digits.x_train.shape, digits.x_test.shape) == ((1500, 64), (297, 64))
    assert (digits.y_train.shape, digits.y_test.shape) == ((1500,), (297,))
    assert (digits.image_shape, digits.binarization, len(digits.class_names)) == ((8, 8), "dynamic", 10)
    assert digest(digits.x_test * 16) == "5a5cef63efc660ef"
    everything = {tuple(row) for row in torch.cat([digits.x_train, digits.x_test]).tolist()}
    assert len(everything) == 1797, "an image is in both parts, or twice in one"
    again = load_data("digits")
    assert torch.equal(again.x_train, digits.x_train) and torch.equal(again.y_test, digits.y_test)


def test_the_test_images_alone_are_those_of_the_whole_set(only_here):
    write_idx_files(only_here / "mnist")
    for name in ("mnist", "digits"):
        whole, test = load_data(name), load_test(name)
        assert torch.equal(test.x, whole.x_test) and torch.equal(test.y, whole.y_test)
        assert (test.image_shape, test.class_names) == (whole.image_shape, whole.class_names)
    for file in IDX_FILES[:2]:
        (only_here / "mnist" / f"{file}.gz").unlink()
    assert len(load_test("mnist").x) == 3, "no training image is read"


def test_mnist_is_the_real_one(real_data):
    mnist = real_data("mnist")
    assert (mnist.x_train.shape, mnist.x_test.shape, mnist.image_shape) == ((60000, 784), (10000, 784), (28, 28))
    assert mnist.x_train.min() == 0.0 and mnist.x_train.max() == 1.0 and mnist.x_train.dtype == torch.float32
    assert abs(float(mnist.x_train.double().mean()) - 0.1306605) < 1e-6
    assert torch.bincount(mnist.y_test).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert mnist.class_names == tuple("0123456789") and mnist.binarization == "dynamic"


def test_frey_faces_hold_out_the_last_frames_as_one_block(real_data):
    faces = real_data("frey_faces")
    assert (faces.x_train.shape, faces.x_test.shape, faces.image_shape) == ((1600, 560), (365, 560), (28, 20))
    assert 0.0 <= faces.x_train.min() and faces.x_train.max() <= 1.0
    assert (faces.y_train, faces.y_test, faces.binarization) == (None, None, "none")
    jump = (faces.x_test[0] - faces.x_train[-1]).abs().mean()
    assert jump < 0.1, "the first test frame does not follow the last training frame"


def test_a_dataset_out_of_range_or_shape_is_refused():
    good = torch.zeros(5, 6)
    for bad, message in [
        (good + 255, "x_test must lie in \\[0, 1\\], got values from 255 to 255; divide by the largest value"),
        (good + torch.nan, "x_test must lie in \\[0, 1\\]"),
        (good[:, :4], "x_test must have the shape \\(images, data_dim=6\\), got \\(5, 4\\)"),
        (good[:0], "x_test must have the shape"),
    ]:
        with pytest.raises(DataError, match=message):
            Dataset("bad", good, bad, None, None, (2, 3), "none")


def test_a_new_set_is_one_record(made_up_set):
    stripes = load_data("stripes")
    assert (stripes.name, stripes.data_dim, stripes.class_names) == ("stripes", 6, ("rising", "falling"))
    assert torch.equal(load_test("stripes").x, stripes.x_test) and is_available("stripes")
    assert torch.equal(binarized_test("stripes"), stripes.x_test), "not binarised by default"
    with pytest.raises(
        DatasetUnavailable, match="stripes has no download; those that have one are mnist, fashion_mnist"
    ):
        download("stripes")


def test_a_record_says_where_its_training_begins(made_up_set):
    assert made_up_set.own_settings == {"epochs": 20, **made_up_set.training}
    assert DATASETS["mnist"].own_settings == {"likelihood": "bernoulli", "hidden_dims": (500,), "epochs": 20}
    assert DATASETS["digits"].own_settings == {"likelihood": "bernoulli", "hidden_dims": (256, 256), "epochs": 300}
    assert DATASETS["frey_faces"].own_settings == {"likelihood": "gaussian", "hidden_dims": (200,), "epochs": 300}
    shapes = DATASETS["emoji_like"].own_settings
    assert (shapes["likelihood"], shapes["hidden_dims"], shapes["mean"]) == ("gaussian", (200,), "identity")
    with pytest.raises(ValueError, match="likelihood must be one of bernoulli, .*got 'poisson'"):
        replace(made_up_set, training={"likelihood": "poisson"})
    with pytest.raises(ValueError, match="training of stripes must be settings, got width; there are latent_dim, "):
        replace(made_up_set, training={"width": 5})


def test_coloured_shapes_are_drawn_from_their_factors_the_same_every_time():
    data = load_data("emoji_like")
    assert data.image_shape == (16, 16, 3) and data.x_train.shape == (2000, 768) and len(data.x_test) == 500
    assert data.fingerprint == load_data("emoji_like").fingerprint and is_available("emoji_like")
    factors = emoji_like.draw_factors(2500)
    images = data.x_train.reshape(-1, 256, 3)
    assert data.y_train.tolist() == factors.shape[:2000].tolist() and sorted(set(data.y_train.tolist())) == [0, 1, 2, 3]
    brightest = images[torch.arange(2000), images.sum(-1).argmax(1)]
    colours = torch.from_numpy(emoji_like.hue_colours(factors.hue[:2000])).float()
    assert (brightest - colours).abs().max() < 0.01, "the colour is that of the hue"
    ink = (images.amax(-1) > 0.5).sum(1).float()
    for shape in range(4):
        rows = np.flatnonzero(factors.shape[:2000] == shape)
        assert np.corrcoef(ink[rows], factors.radius[rows] ** 2)[0, 1] > 0.9, "larger shapes cover more"
    place = (images.amax(-1).reshape(-1, 16, 16) * (torch.arange(16) + 0.5)).sum((1, 2)) / images.amax(-1).sum(1)
    assert np.corrcoef(place, factors.x[:2000])[0, 1] > 0.9, "and lie where they should"


def test_every_record_names_its_source_and_frey_faces_are_not_passed_on():
    assert all(record.source and record.name == name for name, record in DATASETS.items())
    assert [name for name, record in DATASETS.items() if not record.may_be_passed_on] == ["frey_faces"]
    assert downloadable() == ("mnist", "fashion_mnist")


# -- where they are looked for -----------------------------------------------------------------------------------


def test_a_missing_data_set_lists_every_place_searched_and_says_what_to_do(only_here, tmp_path):
    with pytest.raises(DatasetUnavailable) as error:
        load_data("mnist")
    places = [only_here / "mnist", tmp_path / "clone/shared/data/mnist", tmp_path / "cache/aevb-lab/mnist"]
    assert data_folders("mnist") == places
    text = str(error.value)
    positions = [text.index(str(place)) for place in places]
    assert positions == sorted(positions)
    assert "train-images-idx3-ubyte, train-images-idx3-ubyte.gz" in text and "\n" not in text
    assert "python -m vae_core download mnist" in text and "VAE_DATA_DIR" in text


def test_a_data_set_without_a_download_does_not_promise_one(only_here):
    with pytest.raises(DatasetUnavailable, match="frey_faces.npy, frey_rawface.mat") as error:
        load_data("frey_faces")
    assert "download" not in str(error.value)


def test_unknown_names_list_the_known_ones():
    with pytest.raises(
        DatasetUnavailable, match="'minst'; the names are digits, mnist, fashion_mnist, frey_faces, emoji_like"
    ):
        load_data("minst")


def test_the_first_folder_of_the_search_wins(only_here, tmp_path):
    write_idx_files(tmp_path / "cache/aevb-lab/mnist", train=9)
    assert len(load_data("mnist").x_train) == 9
    write_idx_files(tmp_path / "clone/shared/data/mnist", train=8)
    assert len(load_data("mnist").x_train) == 8
    write_idx_files(only_here / "mnist", train=7)
    mnist = load_data("mnist")
    assert (mnist.x_train.shape, mnist.x_test.shape, mnist.image_shape) == ((7, 20), (3, 20), (4, 5))


def test_a_set_comes_whole_from_the_folder_that_was_asked_for_or_not_at_all(only_here, tmp_path, monkeypatch):
    """Training images of one's own tested on other images than one's own: a number that means nothing."""
    for place in (tmp_path / "cache/aevb-lab/mnist", tmp_path / "clone/shared/data/mnist", only_here / "mnist"):
        write_idx_files(place, train=7)
        for file in IDX_FILES[2:]:
            (place / f"{file}.gz").unlink()
        assert not is_available("mnist")
        for load in (load_data, load_test):
            with pytest.raises(DatasetUnavailable) as error:
                load("mnist")
            text = str(error.value)
            assert f"mnist: {place} lacks t10k-images-idx3-ubyte or t10k-images-idx3-ubyte.gz, t10k-labels" in text
            assert "train" not in text.partition("lacks")[2] and "must come from one folder" in text
            assert ("vae_core download mnist` does" in text) == ("cache" in text)
    write_idx_files(tmp_path / "cache/aevb-lab/mnist", train=9)
    write_idx_files(tmp_path / "clone/shared/data/mnist", train=8)
    with pytest.raises(DatasetUnavailable, match="mine/mnist lacks"):
        load_data("mnist")
    write_idx_files(only_here / "mnist", train=7)
    assert load_data("mnist").origin == str(only_here / "mnist")


@pytest.mark.parametrize("name", ["mnist", "frey_faces"])
def test_a_folder_that_cannot_be_meant_is_refused_with_the_remedy(only_here, tmp_path, monkeypatch, name):
    """Other data lie where they would be found."""
    write_idx_files(tmp_path / "cache/aevb-lab/mnist")
    write_idx_files(only_here / "mnist")
    write_idx_files(tmp_path / "flat")
    (tmp_path / "empty/mnist").mkdir(parents=True)
    (tmp_path / "other").mkdir()
    (tmp_path / "file").write_text("")
    for wish, message in {
        "mistyped": "got {wish}, which is no folder: correct it, or unset it",
        "file": "got {wish}, which is no folder",
        "x" * 5000: "which is no folder",
        "mine/mnist": "got {wish}, which holds train-images-idx3-ubyte.gz itself: set it to {mine}",
        "flat": "which holds train-images-idx3-ubyte.gz itself: move its files into {wish}/{name}",
        "other": "got {wish}, which has no folder {name} \\(nor any other set\\): correct it, or unset it",
        "empty": "{wish}/mnist lacks train-images-idx3-ubyte or train-images-idx3-ubyte.gz, train-labels",
    }.items():
        if (name, wish) == ("frey_faces", "empty"):
            continue
        monkeypatch.setenv("VAE_DATA_DIR", str(tmp_path / wish))
        with pytest.raises(DatasetUnavailable, match=message.format(wish=tmp_path / wish, name=name, mine=only_here)):
            load_data(name)
        assert not is_available(name)
    monkeypatch.setenv("VAE_DATA_DIR", "")
    assert load_data("mnist").origin == str(tmp_path / "cache/aevb-lab/mnist")


def test_a_wish_that_cannot_be_meant_is_refused_for_what_scikit_learn_ships_too(only_here, tmp_path, monkeypatch):
    write_idx_files(only_here / "mnist")
    write_idx_files(tmp_path / "flat")
    (tmp_path / "other").mkdir()
    (tmp_path / "own/digits").mkdir(parents=True)
    for wish, message in {
        "mistyped": "digits: VAE_DATA_DIR must be the folder that data sets lie in, got {wish}, which is no folder: correct it",
        "mine/mnist": "got {wish}, which holds train-images-idx3-ubyte.gz itself: set it to {mine}",
        "flat": "which holds train-images-idx3-ubyte.gz itself: move its files into {wish}/NAME",
        "other": "which has no folder of any of them: correct it, or unset it",
        "own": "digits is read from no folder, since scikit-learn ships it: take {wish}/digits away",
    }.items():
        monkeypatch.setenv("VAE_DATA_DIR", str(tmp_path / wish))
        for load in (load_data, load_test, binarized_test):
            with pytest.raises(DatasetUnavailable, match=message.format(wish=tmp_path / wish, mine=only_here)):
                load("digits")
        assert not is_available("digits")
        if wish != "own":
            with pytest.raises(
                DatasetUnavailable, match="^VAE_DATA_DIR must be the folder that data sets lie in, got "
            ):
                check_data_folder()
    monkeypatch.setenv("VAE_DATA_DIR", str(only_here))
    check_data_folder()
    assert len(load_test("digits").x) == 297


def test_a_set_that_is_not_among_ones_own_comes_from_elsewhere_and_says_so(only_here, tmp_path, monkeypatch):
    write_idx_files(tmp_path / "clone/shared/data/mnist")
    assert load_data("mnist").origin == "../shared/data/mnist", "as the README names it"
    assert load_data("digits").origin == "scikit-learn"
    monkeypatch.setenv("HOME", str(tmp_path))
    write_idx_files(only_here / "mnist")
    assert load_data("mnist").origin == "~/mine/mnist", "no name of a user in a file that is passed on"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VAE_DATA_DIR", "mine")
    assert load_data("mnist").origin == "~/mine/mnist"


def test_histories_name_the_folder_and_tell_other_images_apart(only_here):
    write_idx_files(only_here / "mnist")
    mnist = load_data("mnist")
    history = mnist.new_history(TrainConfig())
    assert (history.origin, history.fingerprint) == (str(only_here / "mnist"), mnist.fingerprint)
    assert History.from_json(history.to_json()) == history and len(mnist.fingerprint) == 16
    for part in ("x_train", "x_test"):
        assert replace(mnist, **{part: getattr(mnist, part).flip(1)}).fingerprint != mnist.fingerprint
        fewer = {name: getattr(mnist, name)[1:] for name in (part, part.replace("x", "y"))}
        assert replace(mnist, **fewer).fingerprint != mnist.fingerprint
    assert replace(mnist, x_train=mnist.x_train.clone()).fingerprint == mnist.fingerprint


def test_training_and_test_images_of_other_sizes_are_refused(only_here):
    write_idx_files(only_here / "mnist")
    (only_here / "mnist" / f"{IDX_FILES[2]}.gz").write_bytes(gzip.compress(idx(np.zeros((3, 5, 4)))))
    with pytest.raises(
        DatasetUnavailable, match=r"training images of \(4, 5\) and test images of \(5, 4\) pixels do not fit"
    ):
        load_data("mnist")
