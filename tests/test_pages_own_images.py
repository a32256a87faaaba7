"""One's own images on Train: brought, changed, trained on, shown on all pages, and gone with their visitor."""

import gc
import time

import own_files as files
import pytest
import torch
from streamlit.testing.v1 import AppTest

import vae_core as vc
from aevb_lab.scripts.training import training_script
from aevb_lab.session.images import run_examples
from aevb_lab.session.own_images import MOST_SETS, OwnSets
from aevb_lab.session.runs import board
from aevb_lab.shelf import SHELF, forget_with, kept
from vae_core.data.gathering import gather
from vae_core.data.parcels import pack_files, unpack_files

pytestmark = pytest.mark.filterwarnings("default")  # Streamlit's own, outside a server

IMAGES = files.ink(40, 8)
INK = files.zipped(files.pngs(IMAGES[:20], "alpha/") | files.pngs(IMAGES[20:], "βήτα/"))
PHOTOGRAPHS = files.zipped(files.pngs(files.photographs(30, 6, 8)))


@pytest.fixture
def open_train(monkeypatch):
    monkeypatch.setattr("aevb_lab.jobs.board.Board.warm", lambda board: None)  # a spare worker costs each test seconds

    def open_(content=INK, name="letters.zip"):
        page = AppTest.from_file("../app/main.py", default_timeout=120)
        page.switch_page("views/train.py").run()
        page.button(key="train_own").click().run()
        return drop(page, content, name)

    yield open_
    board().shutdown()
    board.clear()


def drop(page, content, name):
    page.file_uploader(key="images_files").upload(name, content, "application/octet-stream").run()
    assert not page.exception
    return page


def picture(page):
    (image,) = [image for image in page.get("image") if "of your images" in str(image.proto)]
    return str(image.proto)


def text_of(page):
    return " ".join(text.value for text in [*page.markdown, *page.caption]).replace("\\", "")


def train(page):
    """The job that Start begins, at its end, after a few epochs."""
    page.button(key="images_use").click().run()
    name = page.selectbox(key="train_data").value
    (epochs,) = [field for field in page.number_input if field.key.startswith("train_epochs")]
    epochs.set_value(3).run()
    page.button(key="train_start").click().run()
    assert not page.exception and not page.error
    job = board().find(
        page.query_params["run"][0] if isinstance(page.query_params["run"], list) else page.query_params["run"]
    )
    assert job.wait(120) and job.snapshot().state == "finished", job.snapshot().message
    return name, job


def test_files_are_read_shown_and_every_decision_can_be_changed(open_train):
    page = open_train()
    text = text_of(page)
    assert "letters: 40 images, 32 for training and 8 for testing" in text.replace("*", "")
    assert "2 classes: alpha, βήτα" in text and "epochs takes about" in text
    seen = {picture(page)}
    for name, value in (("turn", "90"), ("mirror", "yes"), ("polarity", "invert"), ("side", 12)):
        page.selectbox(key=f"images_{name}").select(value).run()
        assert not page.exception and not page.error
        seen.add(picture(page))
    assert len(seen) == 5, "each change shows at once"
    page.selectbox(key="images_colour").select("colour").run()
    page.selectbox(key="images_framing").select("mass").run()
    assert "framing cuts out light ink" in page.error[0].value and not [
        b for b in page.button if b.key == "images_start"
    ]
    page.selectbox(key="images_framing").select("none").run()
    assert not page.error and picture(page)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x01\x02nothing of the kind" * 9, "give a zip or a folder of pictures"),
        (files.picture(IMAGES[0]), "is one picture, and a set needs at least two"),
        (files.zipped({f"{i}.png": b"broken" for i in range(3)}), "more than a fifth is too many"),
    ],
)
def test_what_cannot_be_read_gets_its_sentence_and_the_next_files_are_read(open_train, content, words):
    page = open_train(content, "x.zip")
    assert words in page.error[0].value.replace("\\", "")
    drop(page, INK, "letters.zip")
    assert not page.error and picture(page)


def test_the_files_of_a_folder_are_one_set_and_count_together_as_they_come(open_train, tmp_path):
    pictures = files.pngs(IMAGES[:6], "folder/alpha/") | files.pngs(IMAGES[6:12], "folder/beta/")
    page = open_train(pictures["folder/alpha/0.png"], "folder/alpha/0.png")
    assert "a set needs at least two" in page.error[0].value
    uploader = page.file_uploader(key="images_files")
    for name, content in pictures.items():
        uploader = uploader.upload(name, content, "image/png")
    page = uploader.run()
    assert not page.exception and not page.error
    text = text_of(page).replace("*", "")
    assert "folder: 12 images" in text and "2 classes: alpha, beta" in text
    for name, content in pictures.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    name, job = train(page)
    data, report = vc.read_images(tmp_path / "folder", name=name)
    assert report.about == job.spec.images.report.about, "as the folder itself is read"
    assert vc.History.from_json((job.folder / "history.json").read_text()).fingerprint == data.fingerprint


def test_a_set_trains_in_a_worker_as_in_python_and_leaves_no_file(open_train, tmp_path, monkeypatch):
    page = open_train()
    page.selectbox(key="images_turn").select("90").run()
    name, job = train(page)
    assert name == "letters" and job.spec.images.options == vc.ReadOptions(turn="90")
    assert job.images_path.exists()
    header = vc.models.model_header(job.model_path)
    assert header["data"] == "letters" and header["reading"]["options"]["turn"] == "90"

    (tmp_path / "letters.zip").write_bytes(INK)
    monkeypatch.chdir(tmp_path)
    exec(compile(training_script(name, job.spec).filled(), "script", "exec"), {"__name__": "script"})
    weights = vc.load_model("letters-again/model.safetensors").state_dict()
    for key, value in vc.load_model(job.model_path).state_dict().items():
        assert torch.equal(weights[key], value), "the script makes the same model"

    board().forget(job.owner)
    assert not job.folder.exists() and not job.images_path.exists()


@pytest.mark.parametrize(
    "content", [pytest.param(INK, marks=pytest.mark.slow, id="grey"), pytest.param(PHOTOGRAPHS, id="colour")]
)
def test_the_set_is_on_the_other_pages(open_train, content):
    page = open_train(content)
    name, job = train(page)
    test_images = run_examples(job.spec)
    assert len(test_images.x) == len(run_examples(job.spec).x) > 4
    model = f"my {name} run {job.token[:4]}"
    for view in ("latent_map", "reconstruct", "paths", "compare", "bound", "repair", "models"):
        page.query_params["model"] = model
        page.switch_page(f"views/{view}.py").run()
        assert not page.exception and not page.error, (view, page.exception, page.error)
        models = [menu.value for menu in page.selectbox if menu.key == "model"]
        assert models in ([model], []), "no other model in its place"
        assert not page.info or "not on this machine" not in page.info[0].value, view
    page.switch_page("views/train.py").run()
    assert page.selectbox(key="train_data").value == name


def test_what_was_computed_of_images_goes_with_them():
    class Owner:
        key = "of an owner"

    computed = []
    double = kept()(lambda owner, number: computed.append(owner.key) or 2 * number)
    other, owner = Owner(), Owner()
    other.key = "of another"
    results = [double(owner, 1), double(other, 1)]
    count = SHELF.num_bytes
    forget_with(owner, owner.key)
    del owner
    gc.collect()
    deadline = time.monotonic() + 60
    while SHELF.num_bytes == count and time.monotonic() < deadline:
        time.sleep(0.01)
    assert results == [2, 2] and SHELF.num_bytes < count
    assert double(other, 1) == 2 and computed == ["of an owner", "of another"], "the other's is there"
    double.clear()


def test_the_same_files_are_one_set_and_others_of_the_name_another(open_train):
    page = open_train()
    page.button(key="images_use").click().run()
    for content, expected in ((INK, "letters"), (PHOTOGRAPHS, "letters (2)")):
        page.button(key="train_own").click().run()
        drop(page, content, "letters.zip").button(key="images_use").click().run()
        assert page.selectbox(key="train_data").value == expected
    assert [name for name in page.selectbox(key="train_data").options if name.startswith("letters")] == [
        "letters",
        "letters (2)",
    ]


def test_at_most_so_many_sets_are_kept_and_the_oldest_goes(monkeypatch):
    class Set:
        def __init__(self, name, num_bytes):
            self.name, self.num_bytes = name, num_bytes

    sets = OwnSets({})
    gone = [sets.add(Set(f"{number}", 1)) for number in range(MOST_SETS + 1)]
    assert gone == [[]] * MOST_SETS + [["0"]] and list(sets.by_name()) == ["1", "2", "3", "4", "5"]
    assert sets.add(Set("large", 64 * 2**20)) == ["1", "2", "3", "4", "5"] and list(sets.by_name()) == ["large"]


def test_a_first_look_reads_a_few_files_of_the_whole_set():
    source = files.zipped(files.pngs(files.ink(101, 8)))
    assert len(gather(source, most_files=25).names) == 21 and len(gather(source, most_files=200).names) == 101


def test_files_arrive_as_they_were_whatever_their_names(tmp_path):
    contents = {"../x": b"1", "a\0b": b"2", "": b"3", "names.json": b"4", "μ/" + "n" * 300: b""}
    (tmp_path / "parcel").write_bytes(pack_files(contents))
    assert unpack_files(tmp_path / "parcel") == contents
