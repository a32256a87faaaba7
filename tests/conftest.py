"""Shapes in annotations are checked while tests run; models, data and random streams that many tests share."""

import os
import sys
from functools import cache
from pathlib import Path

import jaxtyping
import numpy as np
import pytest
import torch
from beartype import BeartypeConf, beartype
from jaxtyping import install_import_hook

typecheck = beartype(conf=BeartypeConf(is_pep484_tower=True))  # an int is a float here, as in PEP 484
core = Path(__file__).resolve().parent.parent / "vae_core"
modules = {".".join(path.relative_to(core.parent).with_suffix("").parts) for path in core.rglob("*.py")}
checked = modules - {"vae_core.config", "vae_core.estimator"}  # judging values of any type is their job
checked -= {"vae_core.former"}  # its warnings name the line that called it
install_import_hook(sorted(checked), f"{__name__}.typecheck")  # before vae_core is imported

from vae_core import VAE, Dataset, DatasetUnavailable, ModelConfig, load_data  # noqa: E402
from vae_core.data.datasets import DATASETS  # noqa: E402
from vae_core.data.records import DatasetRecord  # noqa: E402

pytest_plugins = ["browsing", "commands", "data_sets", "float64"]
torch.set_num_threads(1)


def make_generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture(autouse=True, scope="session")
def packages_searched_once():
    """Each AppTest searches all installed packages for components at its first run, which takes longer than most pages."""
    if "streamlit.testing.v1" not in sys.modules:
        yield
        return
    from streamlit.components.v2 import manifest_scanner

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture(autouse=True, scope="module")
def shapes_checked(request):
    """Not in tests of pages, which run the calls that the tests of `vae_core` check: it is a quarter of their time."""
    jaxtyping.config.update("jaxtyping_disable", request.module.__name__.startswith("test_pages"))
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


@pytest.fixture
def generator():
    """A factory of explicit generators: `generator(seed)`."""
    return make_generator


@pytest.fixture(scope="session")
def model_config() -> ModelConfig:
    """No two axes have the same size, so that a swapped one shows: pixels 6 = 2 x 3, latents 4, hidden 7."""
    return ModelConfig(data_dim=6, image_shape=(2, 3), latent_dim=4, hidden_dims=(7,))


@pytest.fixture
def vae(model_config) -> VAE:
    return VAE(model_config, generator=make_generator())


def make_dataset(binarization: str = "none", *, grey: bool = False) -> Dataset:
    """23 + 11 images of 2 x 3 pixels: two prototypes, their pixels flipped with probability 0.1, or made grey."""
    noise = make_generator(7)
    labels = torch.randint(0, 2, (34,), generator=noise, device="cpu")
    x = torch.tensor([[1.0, 1, 0, 0, 1, 0], [0, 0, 1, 1, 0, 1]], dtype=torch.float32, device="cpu")[labels]
    flip = torch.rand(x.shape, generator=noise, dtype=torch.float32, device="cpu")
    x = (x - 0.4 * flip).abs() if grey else torch.where(flip < 0.1, 1 - x, x)
    return Dataset("toy", x[:23], x[23:], labels[:23], labels[23:], (2, 3), binarization)


@pytest.fixture(scope="session")
def dataset() -> Dataset:
    """Binary images."""
    return make_dataset()


@pytest.fixture(scope="session")
def grey_dataset() -> Dataset:
    """Grey images, binarised dynamically by default."""
    return make_dataset("dynamic", grey=True)


@pytest.fixture
def made_up_set(monkeypatch) -> DatasetRecord:
    """A data set that nobody else knows, registered by its record alone: 23 + 11 grey images of 2 x 3 pixels."""

    def load(record: DatasetRecord) -> Dataset:
        toy = make_dataset(record.binarization, grey=True)
        parts = toy.x_train, toy.x_test, toy.y_train, toy.y_test
        return Dataset(record.name, *parts, toy.image_shape, record.binarization, record.class_names)

    training = {"latent_dim": 3, "hidden_dims": (7,), "likelihood": "gaussian", "variance": "per_pixel"}
    record = DatasetRecord("stripes", load, class_names=("rising", "falling"), binarization="none", training=training)
    monkeypatch.setitem(DATASETS, "stripes", record)
    return record


@pytest.fixture(scope="session")
def real_data():
    """A loader of data sets that lie outside the repository: without them the test is skipped, but fails under CI."""
    loaded: dict[str, Dataset] = {}

    def load(name: str) -> Dataset:
        try:
            return loaded.setdefault(name, loaded[name] if name in loaded else load_data(name))
        except DatasetUnavailable as error:
            if os.environ.get("CI") == "true":
                raise
            pytest.skip(str(error))

    return load


@pytest.fixture
def global_randomness_untouched():
    """Fail a test after which torch's or numpy's global generator is not where it was. (Not Python's: the type checker
    itself draws from that one. test_architecture sees to it that nobody imports it.)"""

    def state() -> tuple:
        kind, keys, *rest = np.random.get_state()
        return torch.get_rng_state().tolist(), kind, keys.tolist(), rest

    before = state()
    yield
    assert state() == before, "something drew from a global generator"
