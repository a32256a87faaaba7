"""The VAE as an estimator of scikit-learn: `VariationalAutoencoder`."""

from __future__ import annotations

import copy
import math
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, DensityMixin, TransformerMixin
from sklearn.model_selection import train_test_split
from sklearn.utils import check_array, check_random_state
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted, validate_data
from torch import Tensor

from vae_core.algorithm import Algorithm
from vae_core.bounds import importance_bound, require_defined
from vae_core.columns import Columns
from vae_core.config import ACTIVATIONS, ModelConfig, TrainConfig, require_setting, require_whole
from vae_core.data.records import Table
from vae_core.errors import TrainingDiverged
from vae_core.latent import decoded_means, encoded_means
from vae_core.likelihoods import LIKELIHOODS, Gaussian
from vae_core.model import VAE
from vae_core.parallel import DEVICES, choose_device
from vae_core.randomness import draw_normal, seed_stream
from vae_core.settings import settings_of
from vae_core.training import fit, start

PASSES_AT_A_TIME = 4096  # through the decoder in `score_samples`
OF_COLUMNS = {"mean": "identity", "variance": "per_pixel"}  # the Gaussian decoder of columns that are no pixels


class VariationalAutoencoder(ClassNamePrefixFeaturesOutMixin, TransformerMixin, DensityMixin, BaseEstimator):
    """A variational auto-encoder of the rows of X: a transformer to `n_components` numbers, and a density.

    All bounds are in nats per row of X, higher is better. What is random follows from `random_state`. After `fit` every method but
    `sample` gives the same numbers each time, and those of a row depend on no other row.

    Parameters
    ----------
    n_components : int, default=2
        How many numbers stand for a row: the dimensions of z.
    hidden_layer_sizes : int or tuple of int, default=(256,)
        Widths of the encoder's hidden layers; the decoder has them in reverse. With () and "gaussian" the model is factor analysis.
    likelihood : {"auto", "bernoulli", "gaussian", "continuous_bernoulli"}, default="auto"
        p(x|z). "auto" is Bernoulli where all of X is 0 or 1, else Gaussian. For the Gaussian one each column is standardised
        inside, and has a variance of its own.
    activation : {"tanh", "silu", "relu", "softplus"}, default="tanh"
    learning_rate_init : float, default=1e-3
        The learning rate of Adam.
    batch_size : int, default=100
    max_iter : int, default=100
        The largest number of epochs.
    early_stopping : bool, default=False
        Whether `validation_fraction` of the rows is set aside, and the bound of those is what is watched. Otherwise it is the bound of
        the training rows. The weights of the best epoch are kept.
    validation_fraction : float, default=0.1
    n_iter_no_change : int, default=10
        Training ends after so many epochs in a row in which the bound has not risen by `tol`.
    tol : float, default=1e-3
        In nats per row.
    n_samples : int, default=16
        Draws of z for each row in `score_samples`. With 1 it estimates the ELBO. The bound rises with it, to log p(x).
    warm_start : bool, default=False
        Whether `fit` goes on from the weights that there are.
    random_state : int, RandomState instance or None, default=None
    verbose : int, default=0
        Whether the bound is printed after each epoch.
    device : {"cpu", "cuda", "auto"}, default="cpu"
        Where it is computed. A fitted estimator keeps its weights on the CPU.

    Attributes
    ----------
    vae_ : vae_core.VAE
        The model, of standardised rows: of (X - mean_) / scale_. It is float32; the methods compute with a copy in float64.
    n_iter_ : int
        Epochs in all.
    lower_bound_ : float
        The bound of the weights that are kept, in nats per row.
    lower_bounds_ : list of float
        The bound after each epoch: the ELBO, from one draw of z for each row.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Only where X has names of columns.
    mean_, scale_ : ndarray of shape (n_features_in_,)
        Mean and standard deviation of each column (1 where it is constant) for the Gaussian likelihood, else 0 and 1.
    likelihood_ : str
        What "auto" became.
    converged_ : bool
        Whether the training ended before `max_iter`.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from vae_core.estimator import VariationalAutoencoder
    >>> vae = VariationalAutoencoder(hidden_layer_sizes=(16,), max_iter=5, random_state=0)
    >>> vae.fit_transform(load_iris().data).shape
    (150, 2)
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "n_components": [Interval(Integral, 1, None, closed="left")],
        "hidden_layer_sizes": [Interval(Integral, 1, None, closed="left"), "array-like"],
        "likelihood": [StrOptions({"auto", *LIKELIHOODS})],
        "activation": [StrOptions(set(ACTIVATIONS))],
        "learning_rate_init": [Interval(Real, 0, None, closed="neither")],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
        "tol": [Interval(Real, 0, None, closed="left")],
        "n_samples": [Interval(Integral, 1, None, closed="left")],
        "warm_start": ["boolean"],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
        "device": [StrOptions(set(DEVICES))],
    }

    vae_: VAE
    n_iter_: int
    lower_bound_: float
    lower_bounds_: list[float]
    likelihood_: str
    mean_: NDArray[np.float64]
    scale_: NDArray[np.float64]
    converged_: bool
    _seed: int
    _moments: dict[str, Tensor]  # of the optimiser, for a fit that goes on

    def __init__(
        self,
        n_components: int = 2,
        *,
        hidden_layer_sizes: Any = (256,),
        likelihood: str = "auto",
        activation: str = "tanh",
        learning_rate_init: float = 1e-3,
        batch_size: int = 100,
        max_iter: int = 100,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
        tol: float = 1e-3,
        n_samples: int = 16,
        warm_start: bool = False,
        random_state: Any = None,
        verbose: int = 0,
        device: str = "cpu",
    ):
        self.n_components = n_components
        self.hidden_layer_sizes = hidden_layer_sizes
        self.likelihood = likelihood
        self.activation = activation
        self.learning_rate_init = learning_rate_init
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.n_samples = n_samples
        self.warm_start = warm_start
        self.random_state = random_state
        self.verbose = verbose
        self.device = device

    # -- training ------------------------------------------------------------------------------------------------

    def fit(self, X: Any, y: Any = None) -> VariationalAutoencoder:
        """Train on the rows of X (rows, n_features); y is ignored. With `warm_start` it goes on from the weights, the optimiser's moments,
        `mean_` and `scale_` that there are. DataError for an X that the likelihood has no probability for, TrainingDiverged where
        the bound becomes infinite or undefined; then what was fitted before stays."""
        return self._learn(X, goes_on=self.warm_start)

    def partial_fit(self, X: Any, y: Any = None) -> VariationalAutoencoder:
        """Go through the rows of X once, from the weights that there are; y is ignored. The first call settles the likelihood, `mean_`
        and `scale_`. `lower_bounds_` gets the bound of these rows. Errors as in `fit`."""
        return self._learn(X, goes_on=True, is_one_pass=True)

    def _learn(self, X: Any, goes_on: bool, is_one_pass: bool = False) -> VariationalAutoencoder:
        self._validate_params()
        goes_on = goes_on and hasattr(self, "vae_")
        X = validate_data(self, X, dtype=np.float64, order="C", reset=not goes_on)
        columns = self._columns if goes_on else Columns.of(X, self.likelihood)
        seed = self._seed if goes_on else draw_whole(self.random_state)
        x = columns.supported_rows(X).float()
        x_train, x_watched = x, x
        if self.early_stopping and not is_one_pass:
            kept, held_out = train_test_split(np.arange(len(x)), test_size=self.validation_fraction, random_state=seed)
            x_train, x_watched = x[kept], x[held_out]
        table = Table("X", x_train, x_watched, None, None, (1, x.shape[1]), "none")

        algorithm = self._algorithm(columns, seed, 1 if is_one_pass else self.max_iter, goes_on)
        previous = self.lower_bounds_ if goes_on else []
        generator = seed_stream(torch.Generator(), seed, "fit", len(previous))
        bounds, state, converged = self._train(algorithm, table, generator, columns.log_volume, len(previous))

        self.likelihood_, self.mean_, self.scale_ = columns
        self._seed = seed
        self._moments = {name: tensor for name, tensor in state.items() if name.startswith("optimizer.")}
        self.vae_ = VAE(algorithm.vae.config, generator=None)
        self.vae_.load_state_dict({name: state[f"model.{name}"] for name in self.vae_.state_dict()})
        self.lower_bounds_ = previous + bounds
        self.lower_bound_, self.n_iter_, self.converged_ = max(bounds), len(self.lower_bounds_), converged
        return self

    def _algorithm(self, columns: Columns, seed: int, epochs: int, goes_on: bool) -> Algorithm:
        """A run from first weights, or from those that there are."""
        widths = self.hidden_layer_sizes
        widths = (widths,) if isinstance(widths, Integral) else tuple(widths)
        require_setting("hidden_layer_sizes", widths, settings_of(ModelConfig)["hidden_dims"])
        size = len(columns.mean)
        settings: dict[str, Any] = {
            "likelihood": columns.likelihood,
            "activation": self.activation,
            "hidden_dims": widths,
        }
        settings |= OF_COLUMNS if columns.likelihood == Gaussian.name else {}
        config = ModelConfig(data_dim=size, image_shape=(1, size), latent_dim=self.n_components, **settings)
        if goes_on and config != self.vae_.config:
            raise ValueError(
                "n_components, hidden_layer_sizes and activation must stay as they were where training goes on, got "
                f"{config.latent_dim}, {config.hidden_dims} and {config.activation!r}: call fit with warm_start=False"
            )
        training = TrainConfig(
            epochs=epochs,
            batch_size=self.batch_size,
            learning_rate=self.learning_rate_init,
            binarization="none",
            seed=seed,
        )
        algorithm, _ = start(config, training, device=choose_device(self.device))
        if goes_on:
            model = {f"model.{name}": tensor for name, tensor in self.vae_.state_dict().items()}
            algorithm.load_state_tensors(model | self._moments)
        return algorithm

    def _train(
        self, algorithm: Algorithm, table: Table, generator: torch.Generator, log_volume: float, epochs_before: int
    ) -> tuple[list[float], dict[str, Tensor], bool]:
        """The bound after each epoch in nats per row of X, the state of the best epoch, and whether training ended by itself."""
        bounds: list[float] = []
        state: dict[str, Tensor] = {}
        best, epochs_without_rise = -math.inf, 0
        try:
            for event in fit(algorithm, table, generator=generator):
                if event.record is None or event.record.epoch < 1.0:  # there are records within the first epoch too
                    continue
                assert event.record.test_elbo is not None
                bounds.append(event.record.test_elbo - log_volume)
                epochs_without_rise = 0 if bounds[-1] >= best + self.tol else epochs_without_rise + 1
                if bounds[-1] > best:
                    best = bounds[-1]
                    state = {name: tensor.detach().cpu().clone() for name, tensor in algorithm.state_tensors().items()}
                if self.verbose:
                    number = epochs_before + len(bounds)
                    print(f"[{type(self).__name__}] epoch {number}: lower bound {bounds[-1]:.4f} nats per row")
                if epochs_without_rise >= self.n_iter_no_change:
                    return bounds, state, True
        except TrainingDiverged as error:
            raise TrainingDiverged(
                f"training stopped at step {error.step}, where the bound became infinite or undefined: choose a smaller "
                f"learning_rate_init (={self.learning_rate_init:g})",
                step=error.step,
                last_good_step=error.last_good_step,
            ) from error
        return bounds, state, False

    # -- the fitted model ----------------------------------------------------------------------------------------

    @property
    def _columns(self) -> Columns:
        return Columns(self.likelihood_, self.mean_, self.scale_)

    @property
    def _n_features_out(self) -> int:
        """For the names of what `transform` gives."""
        return self.vae_.config.latent_dim

    def _precise(self) -> VAE:
        """The model in float64, in which a row's numbers do not depend on how many rows there are."""
        check_is_fitted(self, "vae_")
        return copy.deepcopy(self.vae_).to(choose_device(self.device), torch.float64)

    def transform(self, X: Any) -> NDArray[np.float64]:
        """The mean of q(z|x) of each row of X: (rows, n_components)."""
        vae = self._precise()
        X = validate_data(self, X, dtype=np.float64, order="C", reset=False)
        return encoded_means(vae, self._columns.rows(X).to(vae.device)).cpu().numpy()

    def inverse_transform(self, X: Any) -> NDArray[np.float64]:
        """The mean of p(x|z) at each row z of X (rows, n_components), in the units of the training data: (rows, n_features)."""
        vae = self._precise()
        z = check_array(X, dtype=np.float64, order="C")
        if z.shape[1] != vae.config.latent_dim:
            raise ValueError(
                f"X must have n_components (={vae.config.latent_dim}) columns, as transform gives, got {z.shape[1]}"
            )
        return self._columns.restored(decoded_means(vae, torch.tensor(z, device=vae.device)))

    @torch.no_grad()
    def score_samples(self, X: Any) -> NDArray[np.float64]:
        """A lower bound of log p(x) of each row of X (rows,), in nats: `vae_core.bounds.importance_bound` with `n_samples` draws of z.

        All rows and all calls have the same eps, so that the numbers depend on neither batch nor order. For the same reason the
        error from the draws does not average out over rows: raise `n_samples` where it matters. DataError for values that the
        likelihood has no probability for, NonFiniteBound where a row has probability 0."""
        vae = self._precise()
        require_whole("n_samples", self.n_samples, 1)
        X = validate_data(self, X, dtype=np.float64, order="C", reset=False)
        x, columns = self._columns.supported_rows(X).to(vae.device), self._columns
        noise = seed_stream(torch.Generator(), self._seed, "score", 0)
        eps = draw_normal((self.n_samples, 1, vae.config.latent_dim), like=vae, generator=noise)
        pieces = x.split(max(1, PASSES_AT_A_TIME // self.n_samples))
        bound = torch.cat([importance_bound(vae, piece, eps=eps.expand(-1, len(piece), -1)) for piece in pieces])
        require_defined("the bound", bound)
        return bound.cpu().numpy() - columns.log_volume

    def score(self, X: Any, y: Any = None) -> float:
        """The mean of `score_samples`, in nats per row; y is ignored."""
        return float(self.score_samples(X).mean())

    def sample(self, n_samples: int = 1, random_state: Any = None) -> NDArray[np.float64]:
        """Rows x ~ p(x), in the units of the training data: (n_samples, n_features). Without a `random_state` here it is the
        estimator's."""
        vae = self._precise()
        require_whole("n_samples", n_samples, 1)
        seed = draw_whole(self.random_state if random_state is None else random_state)
        noise = seed_stream(torch.Generator(), seed, "sample", 0)  # the first weights come of the seed itself
        return self._columns.restored(vae.sample(n_samples, generator=noise))


def draw_whole(random_state: Any) -> int:
    """A seed from what scikit-learn calls a random state: None, a whole number, or a RandomState."""
    return int(check_random_state(random_state).randint(np.iinfo(np.int32).max))
