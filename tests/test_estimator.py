"""The estimator of scikit-learn: its own checks, whole and with those that it leaves out, exact densities, and what it refuses."""

import pickle
import subprocess
import sys
import warnings

import numpy as np
import polars
import pytest
import torch
from scipy.stats import multivariate_normal
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError
from sklearn.preprocessing import MinMaxScaler
from sklearn.utils import estimator_checks
from sklearn.utils.estimator_checks import check_estimator, estimator_checks_generator

import vae_core as vc
from vae_core.data.records import Table
from vae_core.errors import DataError, NonFiniteBound, TrainingDiverged
from vae_core.estimator import VariationalAutoencoder
from vae_core.posterior import posterior_grid

SMALL = {"hidden_layer_sizes": (8,), "max_iter": 2}
LEFT_OUT = (
    "check_transformer_get_feature_names_out",
    "check_transformer_get_feature_names_out_pandas",
    "check_get_feature_names_out_error",
    "check_param_validation",
    "check_set_output_transform",
    "check_set_output_transform_pandas",
    "check_global_output_transform_pandas",
    "check_set_output_transform_polars",
    "check_global_set_output_transform_polars",
    "check_inplace_ensure_writeable",
    "check_dataframe_column_names_consistency",
    "check_estimators_partial_fit_n_features",
    "check_non_transformer_estimators_n_iter",
)


@pytest.fixture(scope="module")
def iris():
    return load_iris().data


@pytest.fixture(scope="module")
def binary():
    """60 rows of 5 columns of 0 and 1."""
    return (np.random.default_rng(0).random((60, 5)) < [0.1, 0.3, 0.5, 0.7, 0.9]).astype(float)


@pytest.fixture(scope="module")
def fitted(iris):
    return VariationalAutoencoder(hidden_layer_sizes=(7,), max_iter=5, random_state=0).fit(iris)


# -- scikit-learn's own checks -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("estimator", "check"), list(estimator_checks_generator(VariationalAutoencoder(**SMALL))))
def test_scikit_learns_checks(estimator, check):
    check(estimator)


@pytest.mark.parametrize("name", LEFT_OUT)
@pytest.mark.filterwarnings("ignore:X does not have valid feature names", "ignore:X has feature names")  # as with PCA
def test_scikit_learns_checks_that_it_leaves_out(name):
    getattr(estimator_checks, name)("VariationalAutoencoder", VariationalAutoencoder(**SMALL))


@pytest.mark.slow
@pytest.mark.parametrize("parameters", [
    {},
    {**SMALL, "likelihood": "gaussian", "hidden_layer_sizes": ()},
    {**SMALL, "early_stopping": True, "activation": "silu"},
])  # fmt: skip
def test_scikit_learns_checks_with_other_parameters(parameters):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", estimator_checks.SkipTestWarning)
        outcomes = check_estimator(VariationalAutoencoder(**parameters), on_fail=None)
    assert {outcome["check_name"] for outcome in outcomes if outcome["status"] != "passed"} <= {"check_array_api_input"}


@pytest.mark.slow
def test_the_check_that_scikit_learn_skips_without_an_environment_variable(monkeypatch):
    monkeypatch.setenv("SCIPY_ARRAY_API", "1")
    program = (
        "from sklearn.utils.estimator_checks import check_estimator; import vae_core.estimator as e; "
        f"print({{c['status'] for c in check_estimator(e.VariationalAutoencoder(**{SMALL}))}})"
    )
    assert subprocess.check_output([sys.executable, "-W", "error", "-c", program], text=True) == "{'passed'}\n"


# -- numbers ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def linear(iris):
    """A model that is factor analysis, and the mean and covariance of its p(x)."""
    model = VariationalAutoencoder(hidden_layer_sizes=(), max_iter=80, learning_rate_init=0.02, random_state=0)
    model.fit(iris)
    layer, variance = model.vae_.decoder[0], model.vae_.config.variance_floor + model.vae_.log_var.exp()
    weight, bias, noise = (part.detach().double().numpy() for part in (layer.weight, layer.bias, variance))
    covariance = (weight @ weight.T + np.diag(noise)) * np.outer(model.scale_, model.scale_)
    return model, bias * model.scale_ + model.mean_, covariance


def test_without_hidden_layers_it_is_factor_analysis_whose_density_is_known_exactly(iris, linear):
    model, mean, covariance = linear
    exact = multivariate_normal(mean, covariance).logpdf(iris)
    precise = pickle.loads(pickle.dumps(model)).set_params(n_samples=4000)
    assert np.abs(precise.score_samples(iris) - exact).max() < 0.1
    assert abs(model.score(iris) - exact.mean()) < 0.3 and model.lower_bound_ < exact.mean()


def test_rows_that_are_drawn_have_the_mean_and_covariance_of_the_model(linear):
    model, mean, covariance = linear
    rows = model.sample(20_000)
    np.testing.assert_allclose(rows.mean(0), mean, atol=0.05)
    np.testing.assert_allclose(np.cov(rows.T), covariance, rtol=0.05, atol=0.02)
    assert np.array_equal(model.sample(5), model.sample(5)) and not np.array_equal(
        model.sample(5, 1), model.sample(5, 2)
    )


def test_with_many_draws_the_bound_is_log_p_of_x(binary):
    model = VariationalAutoencoder(hidden_layer_sizes=(6,), max_iter=30, learning_rate_init=0.01, random_state=0)
    model.fit(binary).set_params(n_samples=4000)
    exact = posterior_grid(model.vae_, torch.tensor(binary, dtype=torch.float32)).log_marginal.numpy()
    assert np.abs(model.score_samples(binary) - exact).max() < 0.05


def test_other_units_of_x_change_the_density_by_their_volume_and_nothing_else(iris):
    model, other = (
        VariationalAutoencoder(hidden_layer_sizes=(7,), max_iter=3, random_state=0).fit(X) for X in (iris, 1024 * iris)
    )
    np.testing.assert_allclose(other.transform(1024 * iris), model.transform(iris), rtol=1e-9)
    volume = 4 * np.log(1024)
    np.testing.assert_allclose(other.score_samples(1024 * iris), model.score_samples(iris) - volume, rtol=1e-9)
    np.testing.assert_allclose(np.array(other.lower_bounds_), np.array(model.lower_bounds_) - volume, rtol=1e-9)
    z = model.transform(iris)
    np.testing.assert_allclose(other.inverse_transform(z), 1024 * model.inverse_transform(z), rtol=1e-9)
    np.testing.assert_allclose(other.sample(5, 1), 1024 * model.sample(5, 1), rtol=1e-9)
    np.testing.assert_allclose([model.mean_, model.scale_], [iris.mean(0), iris.std(0)])


def test_a_rows_numbers_depend_on_neither_batch_nor_order(iris):
    model = VariationalAutoencoder(hidden_layer_sizes=(300,), max_iter=2, n_samples=5).fit(iris)  # random_state=None
    order = np.random.default_rng(1).permutation(len(iris))
    for method in (model.transform, model.score_samples):
        whole = method(iris)
        np.testing.assert_allclose(method(iris[order]), whole[order], rtol=1e-10)
        np.testing.assert_allclose(np.concatenate([method(row[None]) for row in iris[:20]]), whole[:20], rtol=1e-10)
    many = np.tile(iris, (20, 1))  # more than are decoded at a time
    np.testing.assert_allclose(model.score_samples(many), np.tile(model.score_samples(iris), 20), rtol=1e-10)


def test_how_an_array_lies_in_memory_changes_nothing(iris, fitted):
    """Columns first, from the end, every second number, in the other order of bytes, or as another library's frame."""
    apart = np.repeat(iris, 2, axis=1)[:, ::2]
    columns = polars.DataFrame(iris, schema=list("abcd"))
    for X in (np.asfortranarray(iris), iris[::-1].copy()[::-1], apart, iris.astype(">f8"), columns.to_numpy()):
        assert np.array_equal(clone(fitted).fit(X).transform(iris), fitted.transform(iris))
        assert np.array_equal(fitted.transform(X), fitted.transform(iris))
        assert np.array_equal(fitted.score_samples(X), fitted.score_samples(iris))
    z = fitted.transform(iris)
    assert np.array_equal(fitted.inverse_transform(np.asfortranarray(z)), fitted.inverse_transform(z))


def test_the_seed_decides_all_that_is_random(iris, global_randomness_untouched):
    def numbers(seed):
        model = VariationalAutoencoder(**SMALL, early_stopping=True, random_state=seed).fit(iris)
        return np.concatenate([model.transform(iris).ravel(), model.score_samples(iris), model.sample(3).ravel()])

    assert np.array_equal(numbers(3), numbers(3)) and not np.allclose(numbers(3), numbers(4))
    assert np.array_equal(numbers(np.random.RandomState(3)), numbers(np.random.RandomState(3)))


@pytest.mark.parametrize("mode", [torch.inference_mode, torch.no_grad])
def test_torchs_modes_change_nothing(mode, iris, fitted):
    with mode():
        other = clone(fitted).fit(iris)
        scores = other.score_samples(iris)
    assert np.array_equal(scores, fitted.score_samples(iris))
    assert clone(fitted).set_params(max_iter=1).fit(iris).partial_fit(iris).n_iter_ == 2


# -- likelihoods -----------------------------------------------------------------------------------------------------


def test_auto_is_bernoulli_for_zeros_and_ones_and_gaussian_for_the_rest(binary, iris):
    model = VariationalAutoencoder(**SMALL, random_state=0).fit(binary)
    assert model.likelihood_ == "bernoulli" and set(np.unique(model.sample(50))) == {0.0, 1.0}
    assert np.array_equal([model.mean_, model.scale_], [np.zeros(5), np.ones(5)])
    assert ((model.inverse_transform([[0.0, 0.0]]) > 0) & (model.inverse_transform([[0.0, 0.0]]) < 1)).all()
    assert model.fit(binary.astype(bool)).likelihood_ == "bernoulli" and model.fit(iris).likelihood_ == "gaussian"
    assert clone(model).set_params(likelihood="gaussian").fit(binary).likelihood_ == "gaussian"


def test_grey_values_may_be_continuous_bernoulli(iris):
    X = MinMaxScaler(clip=True).fit_transform(iris)
    model = VariationalAutoencoder(**SMALL, likelihood="continuous_bernoulli", random_state=0).fit(X)
    assert model.vae_.config.likelihood == "continuous_bernoulli" and np.isfinite(model.score(X))


def test_a_column_that_never_changes_has_a_finite_density(iris):
    X = np.column_stack([iris, np.full(len(iris), 7.0)])
    model = VariationalAutoencoder(**SMALL, random_state=0).fit(X)
    assert model.scale_[-1] == 1.0 and model.mean_[-1] == 7.0 and np.isfinite(model.score(X))


# -- training --------------------------------------------------------------------------------------------------------


def test_lower_bounds_are_the_elbo_after_each_epoch_and_the_best_weights_are_kept(iris):
    model = VariationalAutoencoder(hidden_layer_sizes=(20,), max_iter=12, learning_rate_init=0.3, random_state=0)
    model.fit(iris)
    assert len(model.lower_bounds_) == model.n_iter_ == 12 and not model.converged_
    assert model.lower_bound_ == max(model.lower_bounds_) > model.lower_bounds_[-1]
    best = int(np.argmax(model.lower_bounds_)) + 1
    assert np.array_equal(clone(model).set_params(max_iter=best).fit(iris).transform(iris), model.transform(iris))
    x = torch.tensor((iris - model.mean_) / model.scale_, dtype=torch.float32)
    elbo = vc.estimate_bound(model.vae_, x, num_samples=100, generator=torch.Generator().manual_seed(0)).elbo
    assert abs(elbo.mean().item() - np.log(model.scale_).sum() - model.lower_bound_) < 0.1


def test_what_goes_on_has_the_optimisers_moments(iris):
    """The first step of Adam without them moves each weight by the learning rate."""
    model = VariationalAutoencoder(hidden_layer_sizes=(8,), batch_size=200, max_iter=30, random_state=0).fit(iris)
    before = model.vae_.encoder[0].weight.detach().clone()
    moved = (model.partial_fit(iris).vae_.encoder[0].weight.detach() - before).abs()
    assert moved.min() < 0.7e-3


@pytest.mark.parametrize("early_stopping", [False, True])
def test_training_ends_where_the_bound_no_longer_rises(early_stopping, iris, capsys):
    model = VariationalAutoencoder(
        hidden_layer_sizes=(), max_iter=100, tol=1e3, n_iter_no_change=4, early_stopping=early_stopping, random_state=0
    )
    assert model.set_params(verbose=1).fit(iris).converged_ and model.n_iter_ == 5
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 5 and f"epoch 5: lower bound {model.lower_bounds_[-1]:.4f} nats per row" in lines[-1]


def test_early_stopping_watches_rows_that_it_does_not_train_on(iris):
    model = VariationalAutoencoder(**SMALL, early_stopping=True, validation_fraction=0.5, random_state=0)
    other = clone(model).set_params(early_stopping=False)
    assert model.fit(iris).lower_bounds_ != other.fit(iris).lower_bounds_
    with pytest.raises(ValueError, match="n_samples=1"):
        model.fit(iris[:1])


def test_a_warm_start_goes_on_and_a_cold_one_begins_anew(iris):
    model = VariationalAutoencoder(**SMALL, warm_start=True, random_state=0).fit(iris)
    first = list(model.lower_bounds_)
    model.fit(iris)
    assert model.n_iter_ == 4 and model.lower_bounds_[:2] == first and model.lower_bounds_[-1] > first[-1]
    model.fit(iris + 1.0)
    np.testing.assert_allclose(model.mean_, iris.mean(0))  # the model's units stay
    with pytest.raises(ValueError, match="must stay as they were where training goes on, got 3, .8,. and 'tanh'"):
        model.set_params(n_components=3).fit(iris)
    assert model.set_params(warm_start=False).fit(iris).n_iter_ == 2 and model.transform(iris).shape == (150, 3)


def test_partial_fit_makes_one_pass_over_the_rows_that_it_gets(iris):
    model = VariationalAutoencoder(hidden_layer_sizes=(8,), learning_rate_init=0.01, random_state=0)
    for i in range(40):
        model.partial_fit(iris[i % 3 :: 3])
    assert model.n_iter_ == 40 and len(model.lower_bounds_) == 40 and not model.converged_
    assert model.lower_bound_ == model.lower_bounds_[-1] > model.lower_bounds_[0] + 1
    np.testing.assert_allclose(model.mean_, iris[::3].mean(0))
    twice = VariationalAutoencoder(**SMALL, learning_rate_init=1e-9, random_state=0).partial_fit(iris).partial_fit(iris)
    assert abs(twice.lower_bounds_[0] - twice.lower_bounds_[1]) > 1e-3  # each pass has noise of its own


def test_the_rate_may_change_between_passes_and_a_pickle_goes_on_as_the_original(iris, fitted):
    copies = [pickle.loads(pickle.dumps(fitted)).set_params(learning_rate_init=0.1) for _ in range(2)]
    scores = [copy.partial_fit(iris).score(iris) for copy in copies]
    assert scores[0] == scores[1] != fitted.score(iris)


# -- what is refused -------------------------------------------------------------------------------------------------


def test_bad_values_are_named_with_the_rule_and_the_remedy(iris, binary, fitted):
    model = VariationalAutoencoder(**SMALL)
    with pytest.raises(
        DataError, match="X must be 0 or 1 for likelihood='bernoulli', got values from 0.1 to 7.9: choose"
    ):
        clone(model).set_params(likelihood="bernoulli").fit(iris)
    with pytest.raises(DataError, match="X must be 0 or 1"):
        clone(model).fit(binary).score(binary + 0.5)
    with pytest.raises(DataError, match="X must be 0 or 1"):
        clone(model).fit(binary).partial_fit(binary + 0.5)
    with pytest.raises(DataError, match="each column of X must have a mean and a spread that float64 can hold"):
        model.fit(iris * 2e307)
    with pytest.raises(ValueError, match="each of hidden_layer_sizes must be a whole number of at least 1, got 0"):
        clone(model).set_params(hidden_layer_sizes=(0,)).fit(iris)
    with pytest.raises(ValueError, match="X must have n_components \\(=2\\) columns, as transform gives, got 4"):
        fitted.inverse_transform(iris)
    with pytest.raises(ValueError, match="n_samples must be a whole number of at least 1, got 0"):
        fitted.sample(0)
    with pytest.raises(ValueError, match="n_samples must be a whole number of at least 1, got 0"):
        clone(fitted).fit(iris).set_params(n_samples=0).score(iris)
    with pytest.raises(NonFiniteBound, match="for 1 of 2 images"):
        fitted.score_samples([iris[0], [1e300] * 4])


@pytest.mark.parametrize("call", ["transform", "inverse_transform", "score_samples", "score", "sample"])
def test_before_fit_nothing_is_computed(call, iris):
    with pytest.raises(NotFittedError):
        getattr(VariationalAutoencoder(), call)(2 if call == "sample" else iris)


@pytest.mark.skipif(torch.cuda.is_available(), reason="only without a CUDA device")
def test_a_device_that_is_not_there(iris):
    assert VariationalAutoencoder(**SMALL, device="auto").fit(iris).vae_.device.type == "cpu"
    with pytest.raises(ValueError, match="device must be cpu or auto on this machine"):
        VariationalAutoencoder(**SMALL, device="cuda").fit(iris)


def test_a_fit_that_fails_leaves_what_was_fitted_before(iris, fitted):
    model = pickle.loads(pickle.dumps(fitted))
    model.set_params(learning_rate_init=1e30, activation="silu", hidden_layer_sizes=(4, 4, 4), max_iter=20)
    with pytest.raises(TrainingDiverged, match=r"choose a smaller learning_rate_init \(=1e\+30\)"):
        model.fit(2 * iris)
    assert np.array_equal(model.score_samples(iris), fitted.score_samples(iris))


def test_a_table_holds_any_finite_numbers_and_no_others():
    x = torch.tensor([[-5.0, 300.0]], dtype=torch.float32, device="cpu")
    assert Table("X", x, x, None, None, (1, 2), "none").data_dim == 2
    with pytest.raises(DataError, match="x_test must hold finite numbers"):
        Table("X", x, x / 0, None, None, (1, 2), "none")
    with pytest.raises(DataError, match="must lie in"):
        vc.Dataset("X", x, x, None, None, (1, 2), "none")
