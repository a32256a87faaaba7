"""One's own images in folders and archives: which names count, and archives that are hostile, huge or damaged."""

import io
import os
import stat
import struct
import zipfile

import numpy as np
import pytest
import torch
from own_files import (
    gz,
    ink,
    npy,
    picture,
    pngs,
    read,
    refused,
    table,
    zipped,
)

from vae_core.data import containers
from vae_core.data.containers import MOST_UPLOAD

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
