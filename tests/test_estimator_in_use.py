"""The estimator of scikit-learn in use: searches, pipelines, processes, data frames, pickles, its page of the docs and its example."""

import doctest
import importlib.util
import pickle
import re
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import polars
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits, load_iris
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

import vae_core as vc
from vae_core.estimator import VariationalAutoencoder

REPOSITORY = Path(__file__).resolve().parent.parent
PAGE = (REPOSITORY / "docs" / "scikit-learn.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
SMALL = {"hidden_layer_sizes": (8,), "max_iter": 2}


@pytest.fixture(scope="module")
def iris():
    return load_iris().data


@pytest.fixture(scope="module")
def fitted(iris):
    return VariationalAutoencoder(hidden_layer_sizes=(7,), max_iter=5, random_state=0).fit(iris)


def test_grid_search_pipeline_and_clone(iris):
    search = GridSearchCV(VariationalAutoencoder(**SMALL, random_state=0), {"n_components": [1, 3]}, cv=2).fit(iris)
    assert search.best_params_["n_components"] in (1, 3) and np.isfinite(search.cv_results_["mean_test_score"]).all()
    pipeline = make_pipeline(MinMaxScaler(), VariationalAutoencoder(**SMALL, random_state=0)).fit(iris)
    assert pipeline.score(iris) == pipeline[-1].score(pipeline[0].transform(iris))
    assert pipeline[:-1].get_feature_names_out().shape == (4,) and clone(pipeline).fit(iris).score(
        iris
    ) == pipeline.score(iris)


@pytest.mark.slow
def test_two_processes_give_the_numbers_of_one(iris):
    model = VariationalAutoencoder(hidden_layer_sizes=(8,), max_iter=5, random_state=0)
    scores = [cross_val_score(model, iris, cv=2, n_jobs=jobs) for jobs in (1, 2)]
    np.testing.assert_allclose(scores[1], scores[0], rtol=1e-6)


def test_pandas_in_and_out(iris):
    X = pd.DataFrame(iris, columns=["a", "b", "c", "d"], index=np.arange(150) + 1000)
    model = VariationalAutoencoder(n_components=3, **SMALL, random_state=0).set_output(transform="pandas").fit(X)
    z = model.transform(X)
    assert list(z) == [f"variationalautoencoder{i}" for i in range(3)] == list(model.get_feature_names_out())
    assert z.index.equals(X.index) and list(model.feature_names_in_) == list(X) and model.n_features_in_ == 4
    with pytest.raises(ValueError, match="feature names should match"):
        model.transform(X.rename(columns={"a": "e"}))
    assert isinstance(model.set_output(transform="polars").transform(X), polars.DataFrame)


def test_a_pickled_estimator_is_the_estimator(iris, fitted):
    copy = pickle.loads(pickle.dumps(fitted))
    assert np.array_equal(copy.score_samples(iris), fitted.score_samples(iris))
    assert np.array_equal(copy.transform(iris), fitted.transform(iris)) and copy.lower_bounds_ == fitted.lower_bounds_


def test_its_model_is_one_of_ours(fitted, tmp_path):
    vc.save_model(tmp_path / "iris.safetensors", fitted.vae_)
    assert vc.load_model(tmp_path / "iris.safetensors").config == fitted.vae_.config


def test_a_model_of_digits_learns():
    X = load_digits().data
    model = VariationalAutoencoder(hidden_layer_sizes=(64,), max_iter=4, random_state=0).fit(X[:1200])
    assert model.lower_bounds_ == sorted(model.lower_bounds_) and model.score(X[1200:]) > clone(model).set_params(
        max_iter=1
    ).fit(X[:1200]).score(X[1200:])


def test_the_front_door_does_not_load_scikit_learn():
    program = "import sys, vae_core; print(*sorted({'sklearn', 'joblib'} & set(sys.modules)))"
    assert subprocess.check_output([sys.executable, "-c", program], text=True).strip() == ""


def run_blocks(of_page):
    names = {}
    for block in of_page:
        exec(compile(block, "docs/scikit-learn.md", "exec"), names)


@pytest.mark.slow
def test_the_page_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert len(BLOCKS) == PAGE.count("```") / 2 == 8
    run_blocks([block for block in BLOCKS if "n_jobs" not in block and "dask" not in block])
    assert (tmp_path / "digits.safetensors").exists()


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # Dask and joblib have their own
def test_the_page_runs_with_several_processes_and_dask(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    has_dask = importlib.util.find_spec("distributed") is not None
    run_blocks([block for block in BLOCKS if has_dask or "dask" not in block])


@pytest.mark.slow
def test_the_example_compares_five_models(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["compare_with_sklearn.py", "--epochs", "1"])
    runpy.run_path(str(REPOSITORY / "examples" / "compare_with_sklearn.py"))
    rows = capsys.readouterr().out.splitlines()
    assert len(rows) == 6 and rows[-1].startswith("VAE, 10 components") and "±" in rows[-1]


def test_the_docstrings_example_is_true():
    assert doctest.testmod(sys.modules["vae_core.estimator"]) == (0, 4)
