"""Commands on one's own images: what would be read, a run with them, and its numbers on these and on other images."""

import json

import numpy as np
import pytest
from own_files import ink, npy, npz, photographs, picture, pngs, table, zipped
from PIL import Image

import vae_core as vc
from vae_core.history import History
from vae_core.models import load_model, model_header
from vae_core.restoration.observations import HIDDEN_PARTS, hidden_part


@pytest.fixture
def own(tmp_path):
    path = tmp_path / "mine.zip"
    path.write_bytes(zipped(pngs(ink(), "a/") | pngs(ink(seed=3), "b/") | {"a/broken.png": b"\x89PNG\r\n\x1a\n"}))
    return path


def test_inspect_says_and_shows_what_would_be_read(command, own, tmp_path):
    code, out, err = command("inspect", own, "--json", "--out", tmp_path / "preview.png")
    report = json.loads(out)
    assert (code, err) == (0, "")
    assert (report["images"], report["train"], report["test"], report["image_shape"]) == (40, 32, 8, [12, 12])
    assert report["classes"] == {"a": 20, "b": 20} and report["name"] == "mine"
    assert all(decision["reason"] for decision in report["decisions"].values())
    assert [item["name"] for item in report["left_out"]] == ["a/broken.png"]
    preview = np.asarray(Image.open(tmp_path / "preview.png"))
    dataset, _ = vc.read_images(own)
    factor = 480 // 60
    assert preview.shape == (480, 480) and np.array_equal(
        preview[: 12 * factor : factor, : 12 * factor : factor],
        (dataset.x_train[0].reshape(12, 12) * 255).round().numpy(),
    )
    code, out, _ = command("inspect", own, "--polarity", "invert")
    assert (
        code == 0
        and "polarity: light and dark changed over (as asked for)\n" in out
        and "left out: a/broken.png" in out
    )


def test_a_preview_of_colour_has_its_colours(command, tmp_path):
    (tmp_path / "photos.npy").write_bytes(npy(photographs()))
    code, _, _ = command("inspect", tmp_path / "photos.npy", "--out", tmp_path / "preview.png")
    preview = np.asarray(Image.open(tmp_path / "preview.png"))
    dataset, _ = vc.read_images(tmp_path / "photos.npy")
    assert code == 0 and preview.shape[2] == 3 and dataset.image_shape == (16, 24, 3)
    factor = preview.shape[1] // (24 * 5)
    first = preview[: 16 * factor : factor, : 24 * factor : factor]
    assert np.array_equal(first, (dataset.x_train[0].reshape(16, 24, 3) * 255).round().numpy())


@pytest.mark.parametrize("flags", [("--row-shape", "3,5"), ("--axes", "NHW"), ("--images", "x"), ("--channels", "bgr")])
def test_a_flag_that_these_images_would_ignore_is_refused(command, own, tmp_path, flags):
    path = tmp_path / "photos.npy"
    path.write_bytes(npy(photographs()))
    for data in (own, path) if flags[0] == "--row-shape" else (own,):
        for call in (("inspect", data), ("train", "--data", data, "--epochs", 1, "--out", tmp_path / "run")):
            code, _, err = command(*call, *flags)
            assert code == 2 and f"{flags[0]} does not go with {data}, " in err and err.endswith("leave it out\n")
    assert not (tmp_path / "run").exists()


@pytest.fixture
def trained(command, own, tmp_path):
    code, out, err = command(
        "train", "--data", own, "--epochs", 3, "--hidden", "7", "--out", tmp_path / "run", "--json", "--split-seed", 5
    )
    assert code == 0, err
    return tmp_path / "run", json.loads(out), err


def test_a_run_keeps_where_its_images_come_from_and_how_they_were_read(trained, own):
    folder, report, told = trained
    dataset, read = vc.read_images(own, options=vc.ReadOptions(split_seed=5))
    assert report["data"] == "mine" and report["data_sha256"] == read.sha256
    assert any("Test numbers of 8 images mean little" in note for note in report["notes"])
    assert "40 images" in told and "left out: a/broken.png" in told
    header = model_header(folder / "model.safetensors")
    history = History.from_json((folder / "history.json").read_text())
    assert header["reading"] == history.reading == dataset.reading
    assert header["reading"]["sha256"] == read.sha256 and header["reading"]["options"]["split_seed"] == 5
    assert header["reading"]["class_names"] == ["a", "b"]
    assert "ink on paper" not in str(header["reading"]["decisions"]) and "scale" in header["reading"]["decisions"]
    assert load_model(folder / "model.safetensors").config.image_shape == (12, 12)


def test_a_run_resumes_with_its_own_images_alone_read_as_they_were(trained, command, own, tmp_path):
    folder, _, _ = trained
    code, out, err = command("train", "--data", own, "--epochs", 5, "--out", folder, "--resume", "--json")
    assert code == 0 and json.loads(out)["finished"], err
    other = tmp_path / "other.zip"
    other.write_bytes(zipped(pngs(ink(seed=8))))
    code, _, err = command("train", "--data", other, "--epochs", 6, "--out", folder, "--resume")
    assert code == 2 and "the run in" in err
    changed = own.with_name("mine2") / "mine.zip"
    changed.parent.mkdir()
    changed.write_bytes(zipped(pngs(ink(seed=8))))
    code, _, err = command("train", "--data", changed, "--epochs", 6, "--out", folder, "--resume")
    assert code == 2 and "other images" in err


def test_evaluate_says_whether_the_model_was_trained_on_these_images(trained, command, own, tmp_path):
    model = trained[0] / "model.safetensors"
    code, out, _ = command("evaluate", model, "--data", own, "--json")
    same = json.loads(out)
    assert code == 0 and (same["num_images"], same["split"]) == (8, "test") and "note" not in same
    last = History.from_json((trained[0] / "history.json").read_text()).records[-1]
    assert abs(same["mean"] - last.test_elbo) < 5
    (tmp_path / "other.npy").write_bytes(npy(ink(13, 20, seed=4)))
    code, out, _ = command("evaluate", model, "--data", tmp_path / "other.npy", "--json")
    other = json.loads(out)
    assert code == 0 and (other["num_images"], other["split"]) == (13, "all")
    assert (
        other["note"] == "the model was trained on other images: mine" and other["data_sha256"] != same["data_sha256"]
    )
    code, _, err = command("evaluate", model)
    assert code == 2 and "--data must be given: the model was trained on somebody's own images, mine" in err
    code, out, _ = command("evaluate", "digits-2d", "--data", tmp_path / "other.npy", "--json", "--num-images", 5)
    assert code == 0 and json.loads(out)["note"].endswith("digits") and json.loads(out)["num_images"] == 5


def test_settings_of_a_run_follow_from_the_images(command, tmp_path):
    (tmp_path / "grey.npz").write_bytes(npz(x=photographs()[..., 0]))
    code, out, err = command(
        "train", "--data", tmp_path / "grey.npz", "--epochs", 1, "--out", tmp_path / "run", "--json"
    )
    config = load_model(tmp_path / "run/model.safetensors").config
    assert code == 0 and (config.likelihood, config.variance, config.hidden_dims) == (
        "gaussian",
        "per_pixel",
        (312,),
    ), err
    code, _, err = command(
        "train", "--data", tmp_path / "grey.npz", "--epochs", 1, "--likelihood", "continuous_bernoulli", "--out", tmp_path / "cb"
    )  # fmt: skip
    assert code == 0 and load_model(tmp_path / "cb/model.safetensors").config.likelihood == "continuous_bernoulli", err


def test_a_colour_set_trains_and_is_sampled_in_its_colours(command, tmp_path):
    (tmp_path / "photos.npy").write_bytes(npy(photographs(30, 8, 8)))
    code, out, err = command(
        "train", "--data", tmp_path / "photos.npy", "--epochs", 4, "--out", tmp_path / "run", "--json"
    )
    assert code == 0 and json.loads(out)["finished"], err
    model = tmp_path / "run/model.safetensors"
    assert load_model(model).config.image_shape == (8, 8, 3)
    assert command("sample", model, "--num", 4, "--out", tmp_path / "s.png")[0] == 0
    assert np.asarray(Image.open(tmp_path / "s.png")).shape == (16, 16, 3)
    code, out, _ = command("evaluate", model, "--data", tmp_path / "photos.npy", "--json")
    assert code == 0 and json.loads(out)["num_images"] == 6
    (tmp_path / "one.png").write_bytes(picture(photographs(1, 8, 8, seed=2)[0]))
    observations = {"--hide": "centre", "--noise": 0.2, "--mask": tmp_path / "mask.png", "--factor": 2}
    (tmp_path / "mask.png").write_bytes(picture(np.kron([[1, 0], [0, 1]], np.full((4, 4), 255)).astype(np.uint8)))
    (tmp_path / "low.png").write_bytes(picture(photographs(1, 4, 4, seed=2)[0]))
    image = photographs(1, 8, 8, seed=2)[0]
    for flag, value in observations.items():
        source = tmp_path / ("low.png" if flag == "--factor" else "one.png")
        code, _, err = command("restore", model, source, flag, value, "--num-samples", 3, "--out", tmp_path / "r.png")
        assert code == 0, err
        cells = np.asarray(Image.open(tmp_path / "r.png")).reshape(8, 6, 8, 3)
        assert cells[:, 1].std(-1).max() > 0, "the mean is in colour"
        if flag == "--factor":
            assert (cells[:, 0] == np.kron(photographs(1, 4, 4, seed=2)[0], np.ones((2, 2, 1)))).all()
        elif flag == "--mask":
            assert (cells[:4, 0, :4] == image[:4, :4]).all() and (cells[:4, 0, 4:] == 128).all()
    code, _, err = command("restore", model, tmp_path / "low.png", "--hide", "centre", "--out", tmp_path / "r.png")
    assert code == 2 and "must be 8 pixels high and 8 wide" in err


def test_a_hidden_part_of_a_colour_image_is_hidden_in_all_channels():
    for part in HIDDEN_PARTS:
        grey, colour = hidden_part(part, (4, 6)), hidden_part(part, (4, 6, 3)).reshape(24, 3)
        assert all(bool((colour[:, channel] == grey).all()) for channel in range(3))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("inspect nowhere", "nowhere cannot be read: No such file or directory"),
        ("inspect BROKEN", "is a damaged zip"),
        ("inspect TABLE --side 90", "side must be at most 64"),
        ("inspect TABLE --scale much", "invalid choice: 'much'"),
        ("inspect TABLE --labels height", "has no column 'height'"),
        ("inspect TABLE --out x.jpg", "--out must end in .png"),
        ("inspect TABLE --out TABLE", "--out must end in .png"),
        ("train --data nowhere --out OUT", "no file or folder is named so"),
        ("train --data BROKEN --out OUT", "is a damaged zip"),
        ("train --data digits --side 8 --out OUT", "--side does not go with --data digits"),
        ("evaluate digits-2d --data digits --polarity keep", "--polarity does not go with --data digits"),
        ("train --data TABLE --likelihood gaussian --binarization dynamic --out OUT", "does not go with"),
    ],
)
def test_bad_input_is_one_line(command, tmp_path, monkeypatch, line, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04")
    (tmp_path / "table.csv").write_bytes(table(ink(), [i % 2 for i in range(20)]))
    line = line.replace("BROKEN", "broken.zip").replace("TABLE", "table.csv").replace("OUT", "out")
    code, out, err = command(*line.split())
    assert (code, out) == (2, "") and words in err and len(err.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_a_picture_of_one_pixel_by_many_is_read(command, tmp_path):
    (tmp_path / "thin.zip").write_bytes(
        zipped({f"{i}.png": picture(np.full((1, 30 + i), 90 + i, np.uint8)) for i in range(6)})
    )
    code, out, err = command("inspect", tmp_path / "thin.zip", "--json")
    assert code == 0 and json.loads(out)["images"] == 6, err
