"""Which runs figures 2 to 5 of the paper need (sec. 5), and in which order: the cheapest and the most telling first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from vae_core.config import ModelConfig, TrainConfig
from vae_core.data.datasets import DATASETS
from vae_core.settings import counts, settings_of

FIGURES = ("figure2", "figure3", "figure4", "figure5")
DRAWN = FIGURES[2:]  # pictures and not numbers
RATES = (0.01, 0.02, 0.1)  # the paper's step sizes of Adagrad
CHOICE = 500_000  # training samples after which one of them is chosen
LENGTHS = (CHOICE, 1_000_000, 3_000_000, 10_000_000)
SHAPES = {"mnist": (28, 28), "frey_faces": (28, 20)}
NUM_TRAIN = {"mnist": 50_000, "frey_faces": 1_600}
SIZES = [  # of figure 2, in the order of work
    *(("mnist", 20), ("mnist", 3), ("mnist", 200), ("frey_faces", 2), ("frey_faces", 20)),
    *(("mnist", 5), ("mnist", 10), ("frey_faces", 5), ("frey_faces", 10)),
]
FEW_SIZES = (3, 20, 200)
FEW_IMAGES = 1000  # of figure 3: its small training set, and what log p(x) is estimated of
WEIGHTS = {"deviation": "paper_deviation", "variance": "paper"}  # N(0, 0.01) read both ways
MAIN_WEIGHTS = "deviation"
GREY = (
    "continuous_bernoulli"  # the likelihood of grey pixels: their cross-entropy under a Bernoulli is no log-probability
)


@dataclass(frozen=True)
class FigureRun:
    """One training run. `num_train` are the first training images; `weights` says how N(0, 0.01) of the first weights is read. `is_grey`:
    pixels of MNIST as they are, not binarised."""

    data: str
    latent_dim: int
    algorithm: str
    hidden: int
    num_train: int
    num_test: int | None = None
    weights: str = MAIN_WEIGHTS
    seed: int = 0
    is_grey: bool = False

    @property
    def is_main(self) -> bool:
        """Whether the page's figure 2 shows it."""
        return self.weights == MAIN_WEIGHTS and not self.is_grey

    @property
    def name(self) -> str:
        parts = [self.data.removesuffix("_faces"), f"{self.latent_dim}d", self.algorithm.replace("_", "")]
        if self.hidden == 100:
            parts.append(f"{self.num_train}images")
        kinds = [*([self.weights] if self.weights != MAIN_WEIGHTS else []), *(["grey"] if self.is_grey else [])]
        return "-".join([*parts, *kinds, f"seed{self.seed}"])

    @property
    def model_config(self) -> ModelConfig:
        """Bernoulli pixels for MNIST, continuous Bernoulli for grey ones; for Frey Faces a Gaussian with means in (0, 1) whose variance the
        network computes too."""
        shape = SHAPES[self.data]
        own: Any = GREY if self.is_grey else DATASETS[self.data].own_settings["likelihood"]
        variance: dict[str, Any] = (
            {"variance": "network"} if counts(settings_of(ModelConfig)["variance"], {"likelihood": own}) else {}
        )
        return ModelConfig(shape[0] * shape[1], shape, self.latent_dim, (self.hidden,), own, **variance)

    def train_config(self, rate: float, samples: int) -> TrainConfig:
        """M = 100, L = 1, Adagrad, MAP, for the number of whole epochs that is nearest to so many training samples."""
        return TrainConfig(
            epochs=max(1, round(samples / self.num_train)),
            learning_rate=rate,
            optimizer="adagrad",
            objective="map",
            binarization="none" if self.is_grey else DATASETS[self.data].binarization,
            initialization=WEIGHTS[self.weights],  # type: ignore[arg-type]
            algorithm=self.algorithm,  # type: ignore[arg-type]
            seed=self.seed,
        )


class Cell(NamedTuple):
    """One piece of work: a run up to so many training samples, and what its figure shows of it then."""

    figure: str
    run: FigureRun
    samples: int

    @property
    def name(self) -> str:
        return f"{self.figure}/{self.run.name}/{self.samples:.0e}".replace("e+0", "e")

    @property
    def command(self) -> str:
        return f"python -m vae_core reproduce {self.figure} --cells '{self.name}' --out DIR"

    @property
    def exact_samples(self) -> int:
        """How many samples its whole epochs have."""
        return self.run.train_config(RATES[0], self.samples).epochs * self.run.num_train

    @property
    def picture(self) -> str:
        """The name of the file of figure 4 or 5."""
        return f"{self.figure}-{self.run.data}-{self.run.latent_dim}d.png"

    def is_in(self, figures: dict[str, Any]) -> bool:
        """Whether `figures.json` has it already."""
        entry = figures.get("runs", {}).get(self.run.name, {})
        points: list[dict[str, Any]] = entry.get("log_marginal" if self.figure == "figure3" else "ends", [])
        if self.figure in DRAWN:
            points = [figures.get("pictures", {}).get(self.picture, {"samples": 0})]
        return any(point["samples"] >= self.exact_samples for point in points)


def figure_run(
    data: str, latent_dim: int, algorithm: str = "aevb", weights: str = MAIN_WEIGHTS, seed: int = 0
) -> FigureRun:
    """A run of figures 2, 4 and 5: 500 hidden units for MNIST, 200 for Frey Faces."""
    return FigureRun(data, latent_dim, algorithm, 500 if data == "mnist" else 200, NUM_TRAIN[data], None, weights, seed)


def likelihood_run(algorithm: str, num_train: int) -> FigureRun:
    """A run of figure 3: 100 hidden units and 3 latent dimensions."""
    return FigureRun("mnist", 3, algorithm, 100, num_train, FEW_IMAGES)


def rate_donor(run: FigureRun) -> FigureRun:
    """The run with which the step size of this one is chosen: the same with seed 0; for MCEM, which is slow, that of the few images."""
    if run.algorithm == "mcem":
        return likelihood_run("mcem", FEW_IMAGES)
    return replace(run, seed=0)


def all_cells() -> list[Cell]:
    """All work, in order. A longer cell goes on with the run of a shorter one."""
    main = [figure_run(*size, algorithm) for size in SIZES for algorithm in ("aevb", "wake_sleep")]
    seeds = [replace(run, seed=seed) for seed in (1, 2) for run in main]
    variances = [
        figure_run("mnist", size, algorithm, "variance") for size in FEW_SIZES for algorithm in ("aevb", "wake_sleep")
    ]
    greys = [
        replace(figure_run("mnist", size, algorithm), is_grey=True)
        for size in FEW_SIZES
        for algorithm in ("aevb", "wake_sleep")
    ]
    plane = figure_run("mnist", 2)
    drawn = [Cell("figure4", run, 1_000_000) for run in (plane, figure_run("frey_faces", 2))]
    drawn += [Cell("figure5", run, 1_000_000) for run in (plane, *(figure_run("mnist", size) for size in (5, 10, 20)))]
    few = [likelihood_run(algorithm, FEW_IMAGES) for algorithm in ("aevb", "wake_sleep", "mcem")]
    many = [likelihood_run(algorithm, NUM_TRAIN["mnist"]) for algorithm in ("aevb", "wake_sleep")]
    slow = likelihood_run("mcem", NUM_TRAIN["mnist"])
    first, second, third, last = LENGTHS
    return [
        *(Cell("figure2", run, first) for run in main),
        *(Cell("figure3", run, first) for run in (*many, *few)),
        *(Cell("figure2", run, second) for run in main),
        *drawn,
        Cell("figure3", slow, 100_000),
        *(Cell("figure3", run, second) for run in (*many, *few)),
        *(Cell("figure2", run, third) for run in main),
        *(Cell("figure2", run, second) for run in (*variances, *greys)),
        *(Cell("figure3", run, third) for run in (*many, *few)),
        *(Cell("figure2", run, third) for run in seeds),
        *(Cell("figure2", run, last) for run in main),
        *(Cell("figure3", run, last) for run in (*many, *few)),
        *(Cell(cell.figure, cell.run, last) for cell in drawn),
    ]


def cells_of(figures: tuple[str, ...], pattern: str = "*") -> list[Cell]:
    """The cells of some figures whose names match a pattern such as 'figure2/mnist-20d-*/1e6'. ValueError where none does."""
    cells = [cell for cell in all_cells() if cell.figure in figures and fnmatchcase(cell.name, pattern)]
    if not cells:
        example = next(cell for cell in all_cells() if cell.figure in figures).name
        raise ValueError(f"cells must match names such as {example}, got {pattern!r}: --plan lists them")
    return cells
