"""Every page with data that are not like MNIST: other labels, missing classes, one or two test images, no labels."""

import itertools

import numpy as np
import pytest
import torch
from hostile_models import file_of, small_vae
from streamlit.testing.v1 import AppTest

from aevb_lab import cached, shelf
from aevb_lab.session import images, progress
from aevb_lab.session.models import read_upload
from aevb_lab.session.runs import board
from vae_core import studies
from vae_core.data.datasets import DATASETS, IDX_FILES
from vae_core.data.records import Dataset, DatasetRecord
from vae_core.studies.examples import name_classes

SEEDS = itertools.count(100)  # each model has content of its own, so that no cache has results of other data
SIDE = 8
PAGES = {
    "latent_map": [{}, {"closer": "posterior"}, {"closer": "neighbours"}],
    "reconstruct": [{}, {"reconstruct_source": "draw"}],
    "paths": [{}, {"paths_view": "each dimension"}, {"paths_view": "prior samples"}, {"paths_view": "q(z) beside the prior"}],
    "steer": [{}, {"steer_view": "a sum of codes"}, {"steer_source": "draw"}],
    "train": [{"train_data": "mnist"}],
    "compare": [{"twin_kind": "any two"}],
    "bound": [{"bound_chapter": "a real image"}, {"bound_chapter": "other pixels"}],
    "likelihood": [{"chains": "4", "temperatures": "50"}],
    "gradients": [{}],
    "repair": [{}, {"repair_kind": "noise"}, {"repair_source": "draw"}],
    "models": [{}],
}  # fmt: skip
LABELS = {
    "1 to 26": [*range(1, 27)],
    "0 to 2": [0, 1, 2, 1, 0],
    "two that are far apart": [3, 255, 3],
    "one class": [7, 7, 7, 7],
    "two images": [9, 4],
    "one image": [5],
}
WITH_CLASSES = ("latent_map", "reconstruct", "paths", "steer", "repair")
pytestmark = pytest.mark.filterwarnings("default")  # Streamlit's own, outside a server


def write_idx(path, array):
    header = bytes([0, 0, 8, array.ndim]) + b"".join(side.to_bytes(4, "big") for side in array.shape)
    path.write_bytes(header + array.astype(np.uint8).tobytes())


def forget():
    for cache in (images.examples_of, images.held_out, images.dataset, cached.plane):
        cache.clear()


@pytest.fixture
def own_data(tmp_path, monkeypatch):
    """Put images with these labels, and twice as many for training, in the place of MNIST."""
    folder = tmp_path / "mnist"
    folder.mkdir()
    monkeypatch.setenv("VAE_DATA_DIR", str(tmp_path))

    def put(labels):
        random = np.random.Generator(np.random.PCG64(0))
        for part, names in ((labels, IDX_FILES[2:]), ([*labels, *labels], IDX_FILES[:2])):
            pixels = random.integers(0, 256, (len(part), SIDE, SIDE))
            pixels[:, 3:9, 3:9] = 250
            write_idx(folder / names[0], pixels)
            write_idx(folder / names[1], np.array(part))
        forget()

    yield put
    forget()


@pytest.fixture
def open_page(monkeypatch):
    monkeypatch.setattr("aevb_lab.jobs.board.Board.warm", lambda board: None)  # a spare worker costs each test seconds
    monkeypatch.setattr(progress, "MOST_REPEATS", 5)
    estimators = studies.estimators
    monkeypatch.setattr(studies, "estimators", lambda latent_dim, effort: estimators(latent_dim, effort)[:3])

    def open_(name, files, **params):
        page = AppTest.from_file("../app/main.py", default_timeout=120)
        page.session_state["uploads"] = {model: read_upload(content, model) for model, content in files.items()}
        for key, value in ({"model": "own", "twin_first": "own"} | params).items():
            page.query_params[key] = value
        page.switch_page(f"views/{name}.py").run()
        assert not page.exception and not page.error, (name, params, page.exception, page.error)
        return page

    yield open_
    board().shutdown()
    board.clear()


def models(data, latent_dim):
    return {name: file_of(small_vae(latent_dim, next(SEEDS), (SIDE, SIDE)), data=data) for name in ("own", "other")}


@pytest.mark.parametrize(
    ("kind", "latent_dim", "names"),
    [
        ("1 to 26", 2, PAGES),
        ("one image", 3, WITH_CLASSES),
        pytest.param("one image", 3, PAGES, marks=pytest.mark.slow),
        ("one class", 1, WITH_CLASSES),
        pytest.param("0 to 2", 1, WITH_CLASSES, marks=pytest.mark.slow),
        pytest.param("two that are far apart", 2, WITH_CLASSES, marks=pytest.mark.slow),
        pytest.param("two images", 1, WITH_CLASSES, marks=pytest.mark.slow),
    ],
)
def test_every_page_shows_data_that_are_not_like_mnist(open_page, own_data, kind, latent_dim, names):
    own_data(LABELS[kind])
    files = models("mnist", latent_dim)
    for name in names:
        for link in PAGES[name]:
            page = open_page(name, files, **link)
            assert page.title and (page.get("bidi_component") or page.get("plotly_chart"))
            assert not any("nan" in text.value.lower().split() for text in [*page.markdown, *page.caption]), (
                name,
                link,
            )


def test_menus_hold_the_classes_that_occur(open_page, own_data):
    own_data([26, 3, 3, 11])
    files = models("mnist", 2)
    page = open_page("reconstruct", files)
    assert list(page.selectbox(key="reconstruct_class_mnist").options) == ["all classes", "3", "11", "26"]
    page.selectbox(key="reconstruct_class_mnist").select("3").run()
    pairs = [text.value for text in page.markdown if text.value.startswith("#")]
    assert len(pairs) == 2 and all(": 3" in text for text in pairs)
    page = open_page("paths", files)
    for end, name in (("A", "11"), ("B", "26")):  # the second, and the eighth or the last
        names = page.segmented_control(key=f"path_class_{end}_mnist")
        assert list(names.options) == ["3", "11", "26"] and names.value == name
    own_data([*range(1, 27)])
    page = open_page("paths", models("mnist", 2))
    assert len(page.selectbox(key="path_class_A_mnist").options) == 26, "many names are in a menu"


def test_a_page_asks_for_a_7_and_a_4_where_there_are_some(open_page, own_data):
    own_data([4, 7])
    assert "Where does a 7 become a 4?" in open_page("latent_map", models("mnist", 2)).markdown[0].value
    own_data([1, 2])
    assert "What lies between?" in open_page("latent_map", models("mnist", 2)).markdown[0].value


@pytest.mark.parametrize("count", [1, pytest.param(9, marks=pytest.mark.slow)])
def test_every_page_shows_data_without_labels(open_page, monkeypatch, count):
    def load(record):
        x = torch.rand(count, SIDE * SIDE, generator=torch.Generator().manual_seed(0))
        return Dataset(record.name, x, x, None, None, (SIDE, SIDE), "dynamic")

    monkeypatch.setitem(DATASETS, "unnamed", DatasetRecord("unnamed", load))
    files = models("unnamed", 2)
    for name in PAGES if count == 1 else WITH_CLASSES:
        for link in PAGES[name]:
            assert open_page(name, files, **({"train_data": "unnamed"} if name == "train" else link)).title
    forget()


def test_classes_are_those_that_occur_in_order():
    labels, names = name_classes(np.array([26, 3, 3, 11]), tuple("0123456789"))
    assert labels.tolist() == [2, 0, 0, 1] and names == ("3", "11", "26")
    labels, names = name_classes(np.array([2, 0, 1]), ("a", "b", "c"))
    assert labels.tolist() == [2, 0, 1] and names == ("a", "b", "c")
    assert name_classes(None, ("a",)) == (None, ())


def test_another_model_with_fewer_images_begins_anew(open_page, own_data):
    own_data([1, 2])
    page = open_page(
        "latent_map", models("mnist", 2) | {"digits": file_of(small_vae())}, closer="posterior", model="digits"
    )
    page.number_input(key="map_image").set_value(200).run()
    page.selectbox(key="model").select("own").run()
    assert not page.exception and page.number_input(key="map_image").value <= 2


@pytest.mark.parametrize("name", ["latent_map", "train", *(
    pytest.param(name, marks=pytest.mark.slow) for name in PAGES if name not in ("latent_map", "train")
)])  # fmt: skip
def test_a_folder_of_data_that_is_not_there_is_said_on_every_page(tmp_path, monkeypatch, name):
    monkeypatch.setenv("VAE_DATA_DIR", str(tmp_path / "mistyped"))
    monkeypatch.setattr(shelf, "SHELF", shelf.Shelf())  # results of other images stay here
    monkeypatch.setattr("aevb_lab.jobs.board.Board.warm", lambda board: None)
    forget()
    page = AppTest.from_file("../app/main.py", default_timeout=120).switch_page(f"views/{name}.py").run()
    assert not page.exception
    assert any("must be the folder that data sets lie in" in warning.value for warning in page.warning)
    forget()
