"""Bundles: one zip with a model, its card, curves, frames and sample images, which the page and the command line take."""

import io
import json
import zipfile

import own_files as files
import pytest
import torch
from conftest import make_generator
from streamlit.testing.v1 import AppTest

import vae_core as vc
from aevb_lab.export import bundle
from aevb_lab.session.models import load_pretrained, read_upload
from aevb_lab.session.runs import board
from vae_core import bundles
from vae_core.cli.main import main
from vae_core.files import pack_tensors, unpack_tensors
from vae_core.frames import frames_from_others, load_frames
from vae_core.models import pack_model, pretrained_path
from vae_core.studies.examples import examples_from_others, load_examples, pack_examples

FOLDER = pretrained_path("digits-2d")
CONTENTS = {name: (FOLDER / name).read_bytes() for name in bundles.FILES}


def zipped(contents, folder="digits-2d/"):
    return files.zipped({f"{folder}{name}": content for name, content in contents.items()})


def test_a_bundle_has_the_files_of_a_pretrained_folder_and_equal_files_give_an_equal_one():
    content = bundles.pack_bundle("x", CONTENTS)
    assert content == bundles.pack_bundle("x", dict(reversed(CONTENTS.items())))
    assert bundles.read_bundle(content, "x.zip") == CONTENTS
    for bad in ({}, {"card.md": b""}, CONTENTS | {"other": b""}):
        with pytest.raises(ValueError, match="a bundle must have"):
            bundles.pack_bundle("x", bad)


def test_python_and_the_command_line_take_a_bundle(tmp_path, capsys):
    (tmp_path / "own.zip").write_bytes(zipped(CONTENTS | {"checkpoint.safetensors": b"passed over"}, "run/"))
    vae = vc.load_model(tmp_path / "own.zip")
    assert all(
        torch.equal(a, b) for a, b in zip(vae.parameters(), vc.load_pretrained("digits-2d").parameters(), strict=True)
    )
    command = ["--data", "digits", "--num-images", "20", "--json"]
    assert main(["evaluate", str(tmp_path / "own.zip"), *command]) == 0
    bundled = json.loads(capsys.readouterr().out)
    assert main(["evaluate", "digits-2d", *command]) == 0
    assert bundled["mean"] == json.loads(capsys.readouterr().out)["mean"]


BAD = {
    "no model": (zipped({"card.md": b"x"}), "without a model"),
    "two models": (files.zipped({f"{f}/model.safetensors": CONTENTS["model.safetensors"] for f in "ab"}), "2 models"),
    "a damaged model": (zipped(CONTENTS | {"model.safetensors": CONTENTS["model.safetensors"][:-9]}), "model.safetensors|x.zip"),
    "pictures": (files.zipped(files.pngs(files.ink(3, 8))), "without a model"),
    "a path outside": (files.zipped({"../model.safetensors": b""}), "leads outside"),
    "half a zip": (zipped(CONTENTS)[:2000], "damaged zip"),
    "curves that are none": (zipped(CONTENTS | {"history.json": b"[1"}), "history.json in x.zip"),
    "curves of no text": (zipped(CONTENTS | {"history.json": b"\xff"}), "history.json in x.zip"),
    "frames of another model": (zipped(CONTENTS | {"frames.safetensors": (pretrained_path("frey-2d") / "frames.safetensors").read_bytes()}), "frames.safetensors in x.zip"),
    "images of another model": (zipped(CONTENTS | {"reference.safetensors": (pretrained_path("mnist-2d") / "reference.safetensors").read_bytes()}), "reference.safetensors in x.zip"),
    "a model for frames": (zipped(CONTENTS | {"frames.safetensors": CONTENTS["model.safetensors"]}), "no frames"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD)
def test_what_is_no_bundle_is_one_sentence(kind, tmp_path):
    content, words = BAD[kind]
    with pytest.raises(vc.CheckpointError, match=words) as error:
        read_upload(content, "x.zip")
    assert "\n" not in str(error.value)


def changed_frames(**changes):
    tensors, about = unpack_tensors(CONTENTS[bundles.FRAMES], "x")
    for name, change in changes.items():
        tensors[name] = change(tensors[name])
    return pack_tensors(tensors, {key: value for key, value in about.items() if key != "format"})


@pytest.mark.parametrize(
    "changes",
    [
        {"step": lambda step: step.flip(0)},
        {"step": lambda step: step - 5},
        {"means": lambda means: means[..., :1].clone()},
        {"means": lambda means: means.repeat(1, 10, 1)},
        {"pictures": lambda pictures: pictures[..., :9].clone()},
        {"pictures": lambda pictures: pictures.float()},
        {"means": lambda means: means[0].clone()},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_frames_that_are_not_the_models_are_refused(changes):
    config = vc.load_pretrained("digits-2d").config
    assert len(frames_from_others(changed_frames(), config, "x")) == len(load_frames(FOLDER / "frames.safetensors"))
    with pytest.raises(vc.CheckpointError):
        frames_from_others(changed_frames(**changes), config, "x")


def reference(about=None, **changes):
    tensors, header = unpack_tensors(CONTENTS[bundles.REFERENCE], "x")
    header = {key: value for key, value in header.items() if key != "format"} | (about or {})
    return pack_tensors({name: changes.get(name, tensor) for name, tensor in tensors.items()}, header)


@pytest.mark.parametrize(
    "content",
    [
        reference(grey=torch.zeros(200, 63, dtype=torch.uint8)),
        reference(grey=torch.zeros(200, 64)),
        reference(x=torch.full((200, 64), 2, dtype=torch.uint8)),
        reference(x=torch.zeros(7, 64, dtype=torch.uint8)),
        reference(labels=torch.full((200,), -1)),
        reference(labels=torch.zeros(200)),
        reference({"class_names": [1]}),
        reference({"source": None}),
        reference(grey=torch.zeros(3000, 64, dtype=torch.uint8), x=torch.zeros(3000, 64, dtype=torch.uint8)),
    ],
    ids=range(9),
)
def test_sample_images_that_are_not_the_models_are_refused(content):
    with pytest.raises(vc.CheckpointError):
        examples_from_others(content, vc.load_pretrained("digits-2d").config, "x")


def test_sample_images_come_back(tmp_path):
    examples = load_examples(FOLDER / "reference.safetensors")
    (tmp_path / "reference.safetensors").write_bytes(pack_examples(examples, 50))
    again = load_examples(tmp_path / "reference.safetensors")
    assert torch.equal(again.x, examples.x[:50]) and torch.equal(again.grey, examples.grey[:50])
    assert again.labels.tolist() == examples.labels[:50].tolist() and "first 50" in again.source
    assert examples_from_others(pack_examples(examples), vc.load_pretrained("digits-2d").config, "x").key


@pytest.fixture
def open_page(monkeypatch):
    monkeypatch.setattr("aevb_lab.jobs.board.Board.warm", lambda board: None)

    def open_(name, upload, **params):
        page = AppTest.from_file("../app/main.py", default_timeout=120)
        page.session_state["uploads"] = {upload.name: upload}
        for key, value in ({"model": upload.name} | params).items():
            page.query_params[key] = value
        page.switch_page(f"views/{name}.py").run()
        assert not page.exception and not page.error, (name, page.exception, page.error)
        return page

    yield open_
    board().shutdown()
    board.clear()


@pytest.mark.filterwarnings("default")
def test_a_bundle_of_unknown_data_has_its_points_curves_frames_and_card_on_the_pages(open_page):
    vae = vc.VAE(vc.load_pretrained("digits-2d").config, generator=make_generator(3))
    card = b"# Mine\n\n![x](http://example.org/x.png) <b>`` ` ``</b>\n"
    model = pack_model(vae, data="somebody's")
    upload = read_upload(zipped(CONTENTS | {"model.safetensors": model, "card.md": card}, ""), "mine.zip")
    assert upload.name == "mine"
    assert not open_page("reconstruct", upload).info
    assert (
        open_page("compare", upload, compare_view="time travel", run_shown="mine").selectbox(key="run_shown").value
        == "mine"
    )
    page = open_page("models", upload, table_row="mine")
    page.session_state["model_card"] = True
    page.run()
    assert "mine" in page.multiselect(key="curves_of").options
    assert any(text.value.startswith("```") and "example.org" in text.value for text in page.markdown)
    again = read_upload(bundle(upload, upload.extras.examples), "again.zip")
    assert again.extras.card == card.decode() and again.extras.frames == upload.extras.frames
    assert torch.equal(again.extras.examples.x, upload.extras.examples.x)


def test_a_pretrained_model_comes_back_as_a_bundle():
    model = load_pretrained("frey-2d")
    content = bundle(model, None)
    names = {name.rpartition("/")[2] for name in zipfile.ZipFile(io.BytesIO(content)).namelist()}
    assert names == set(bundles.FILES) - {bundles.REFERENCE}, "no face leaves this machine"
    curves = vc.History.from_json((pretrained_path("frey-2d") / "history.json").read_text(encoding="utf-8"))
    assert read_upload(content, "faces.zip").extras.history == curves
