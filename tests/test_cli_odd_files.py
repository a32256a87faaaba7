"""What is no file where the command line expects one, and names that would break its one line."""

import os
import sys

import pytest
from PIL import Image

from vae_core.cli.main import main
from vae_core.errors import sentence
from vae_core.files import regular_size
from vae_core.models import pretrained_path

MODEL = str(pretrained_path("digits-2d") / "model.safetensors")


@pytest.fixture
def odd_files(tmp_path):
    if not hasattr(os, "mkfifo"):
        pytest.skip("this system has no named pipes")
    os.mkfifo(tmp_path / "pipe.safetensors")
    os.mkfifo(tmp_path / "pipe.png")
    for name in ("device.safetensors", "device.png"):
        (tmp_path / name).symlink_to("/dev/zero")
    Image.new("L", (8, 8)).save(tmp_path / "right.png")
    return tmp_path


@pytest.mark.parametrize("name", ["pipe", "device"])
def test_a_pipe_or_a_device_in_the_place_of_a_file_keeps_nobody_waiting(odd_files, capsys, name):
    out = ["--out", str(odd_files / "out.png")]
    model, picture = str(odd_files / f"{name}.safetensors"), str(odd_files / f"{name}.png")
    for command in (
        ["sample", model],
        ["restore", MODEL, picture, "--noise", "0.1"],
        ["restore", MODEL, str(odd_files / "right.png"), "--mask", picture],
    ):
        assert main([*command, *out]) == 2
        line = capsys.readouterr().err
        assert line.count("\n") == 1 and f"{name}." in line and "a pipe or a device" in line


def test_a_file_that_does_not_fit_into_memory_is_not_read(tmp_path, capsys):
    path = tmp_path / "huge.safetensors"
    with path.open("wb") as file:
        file.truncate(2**42)  # it has no content, and takes no room on the disk
    assert main(["sample", str(path), "--out", str(tmp_path / "out.png")]) == 2
    assert "huge.safetensors with its 4.3 TB would need" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["a\nb", "a\r\x1b[31mb", "a\u2028b"])
def test_a_message_is_one_whole_line_whatever_a_file_is_called(tmp_path, capsys, name):
    assert main(["sample", str(tmp_path / f"{name}.safetensors"), "--out", str(tmp_path / "out.png")]) == 2
    line = capsys.readouterr().err
    assert len(line.splitlines()) == 1 and line.isascii() and "\x1b" not in line
    assert line.rstrip().endswith("No such file or directory")
    with pytest.raises(OSError) as refusal:
        regular_size(tmp_path / name)
    assert len(sentence(refusal.value).splitlines()) == 1


def odd_places(folder):
    """Paths that are no folder and cannot become one, each with a part of what is said."""
    (folder / "loop").symlink_to("loop")
    (folder / "nowhere").symlink_to("not/there")
    (folder / "file").touch()
    os.mkfifo(folder / "pipe")
    yield folder / "loop", "which cannot be opened: Too many levels of symbolic links"
    yield folder / "loop/run", "which cannot be opened: Too many levels of symbolic links"
    yield folder / "nowhere", "a link that leads nowhere: choose another name"
    yield folder / "file", "got the file "
    yield folder / "file/run", "got the file "
    yield folder / "pipe", "which is a pipe or a device: choose another name"
    yield "/dev/null", "got /dev/null, which is a pipe or a device"
    yield "/dev/full/run", "got /dev/full, which is a pipe or a device"
    yield folder / ("n" * 300), "which cannot be opened: File name too long"
    yield str(folder / "a") + "\0b", "which cannot be opened: it is no path of a file"


@pytest.mark.skipif(sys.platform == "win32", reason="links, pipes and devices")
@pytest.mark.parametrize("command", ["train --data digits", "reproduce restoration --data digits"])
def test_what_is_no_folder_is_refused_as_out_with_what_it_is(tmp_path, capsys, command):
    for path, words in odd_places(tmp_path):
        before = sorted(tmp_path.iterdir())
        assert main([*command.split(), "--out", str(path)]) == 2
        told = capsys.readouterr().err
        assert told.startswith("vae_core: --out must be a folder, got ") and words in told and told.count("\n") == 1
        assert sorted(tmp_path.iterdir()) == before


@pytest.mark.skipif(sys.platform == "win32", reason="links, pipes and devices")
def test_pictures_and_models_at_odd_places(tmp_path, capsys):
    os.mkfifo(tmp_path / "pipe.png")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    for line, words in {
        f"sample digits-2d --num 1 --out {tmp_path}/pipe.png": "pipe.png, which is a pipe or a device: choose another name",
        f"evaluate {tmp_path}/pipe": "it is a pipe or a device, and a file is needed",
        "evaluate /dev/null": "it is a pipe or a device, and a file is needed",
        f"evaluate {tmp_path}/loop": "Too many levels of symbolic links",
    }.items():
        assert main(line.split()) == 2
        told = capsys.readouterr().err
        assert words in told and told.count("\n") == 1
    assert (tmp_path / "pipe.png").is_fifo()
