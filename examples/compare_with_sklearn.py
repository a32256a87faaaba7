"""A VAE beside PCA, factor analysis and mixtures of Gaussians, on scikit-learn's digits.

    python examples/compare_with_sklearn.py             about two minutes on one core
    python examples/compare_with_sklearn.py --epochs 5  a first look

Three questions. How probable are digits that the model has not seen (nats per image; higher is better)? How often has the nearest
training digit the same class, judged by the model's code? How long does it take to fit and to judge?
"""

# %% The data: whole numbers from 0 to 16. Uniform noise makes densities of them; without it a density could be infinite.
import argparse
import time

import numpy as np
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA, FactorAnalysis
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier

from vae_core.estimator import VariationalAutoencoder

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--epochs", type=int, default=300)
epochs = parser.parse_args().epochs

digits = load_digits()
X = digits.data + np.random.default_rng(0).random(digits.data.shape)
X_train, X_test, y_train, y_test = train_test_split(X, digits.target, test_size=0.25, random_state=0)

# %% The models. A mixture has no code; the probabilities of its components stand for it.
models = {
    "PCA, 10 components": PCA(n_components=10),
    "factor analysis, 10 components": FactorAnalysis(n_components=10, random_state=0),
    "mixture of 10 Gaussians, diagonal": GaussianMixture(10, covariance_type="diag", random_state=0),
    "mixture of 10 Gaussians, full": GaussianMixture(10, reg_covar=0.1, random_state=0),
    "VAE, 10 components": VariationalAutoencoder(
        n_components=10, max_iter=epochs, early_stopping=True, n_iter_no_change=30, n_samples=200, random_state=0
    ),
}

# %% The comparison. `score_samples` is log p(x) of PCA, factor analysis and mixtures, and a lower bound of it of the VAE.
print(f"{'':34} {'log p(x) of test digits':>24} {'same class':>11} {'fit, s':>7} {'judge, s':>9}")
for name, model in models.items():
    began = time.perf_counter()
    model.fit(X_train)
    fitted = time.perf_counter()
    log_likelihood = model.score_samples(X_test)
    judged = time.perf_counter()
    code = model.transform if hasattr(model, "transform") else model.predict_proba
    neighbour = KNeighborsClassifier(1).fit(code(X_train), y_train)
    error = log_likelihood.std() / np.sqrt(len(log_likelihood))
    print(
        f"{name:34} {log_likelihood.mean():15.1f} ± {error:6.1f} {neighbour.score(code(X_test), y_test):10.1%} "
        f"{fitted - began:7.1f} {judged - fitted:9.2f}"
    )
