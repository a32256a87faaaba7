"""Training speed as ratios, in one interleaved run: `python benchmarks/training.py` (or `make bench`).

Every loop trains the same 784-500-2-500-784 Bernoulli VAE on MNIST with dynamic binarisation and Adam. A block of each
loop is timed in turn, many times over, so that a busy moment of the machine hits all of them; the table gives the
median time of a block over the floor's. The data are 6,000 training and 1,000 test images, so that an epoch is short
and our `fit` pays for its evaluation, its events and its history within every block, in the proportion of real MNIST.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import vae_core as vc

WIDTHS = [784, 500, 2, 500, 784]
ROUNDS = 15


def network() -> nn.ModuleList:
    torch.manual_seed(0)
    return nn.ModuleList([nn.Linear(784, 500), nn.Linear(500, 4), nn.Linear(2, 500), nn.Linear(500, 784)])


def matrix_products(batch: int, adam: bool) -> Iterator[None]:
    """Only the matrix products of a step, forward and backward; with `adam` the floor, which also updates."""
    layers = network()
    parameters = list(layers.parameters())
    optimizer = torch.optim.Adam(parameters, lr=1e-4, fused=True)
    for parameter in parameters:
        parameter.grad = torch.full_like(parameter, 1e-3)
    inputs = [torch.randn(batch, layer.in_features) for layer in layers]
    outputs = [torch.randn(batch, layer.out_features) for layer in layers]
    while True:
        with torch.no_grad():
            for i, (layer, x, grad) in enumerate(zip(layers, inputs, outputs, strict=True)):
                torch.addmm(layer.bias, x, layer.weight.t())
                torch.mm(grad.t(), x, out=layer.weight.grad)
                if i:  # nobody needs the gradient of the data
                    torch.mm(grad, layer.weight)
            if adam:
                optimizer.step()
        yield


def negative_bound(layers: nn.ModuleList, x: torch.Tensor) -> torch.Tensor:
    hidden = torch.tanh(layers[0](x))
    loc, log_var = layers[1](hidden).chunk(2, 1)
    z = loc + torch.exp(0.5 * log_var) * torch.randn_like(loc)
    logits = layers[3](torch.tanh(layers[2](z)))
    kl = 0.5 * (loc.square() + log_var.exp() - log_var - 1).sum()
    return (F.binary_cross_entropy_with_logits(logits, x, reduction="sum") + kl) / len(x)


def plain_torch(dataset: vc.Dataset, batch: int) -> Iterator[None]:
    """The loop a careful user writes: data in memory, torch.bernoulli, fused Adam."""
    layers = network()
    optimizer = torch.optim.Adam(layers.parameters(), lr=1e-3, fused=True)
    while True:
        for rows in torch.randperm(len(dataset.x_train)).split(batch):
            loss = negative_bound(layers, torch.bernoulli(dataset.x_train[rows]))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            yield


def distributions(dataset: vc.Dataset, batch: int) -> Iterator[None]:
    """torch.distributions throughout, default Adam."""
    layers = network()
    optimizer = torch.optim.Adam(layers.parameters(), lr=1e-3)
    prior = torch.distributions.Independent(torch.distributions.Normal(torch.zeros(2), torch.ones(2)), 1)
    while True:
        for rows in torch.randperm(len(dataset.x_train)).split(batch):
            x = torch.distributions.Bernoulli(probs=dataset.x_train[rows]).sample()
            loc, log_var = layers[1](torch.tanh(layers[0](x))).chunk(2, 1)
            q = torch.distributions.Independent(torch.distributions.Normal(loc, torch.exp(0.5 * log_var)), 1)
            logits = layers[3](torch.tanh(layers[2](q.rsample())))
            p = torch.distributions.Independent(torch.distributions.Bernoulli(logits=logits), 1)
            loss = -(p.log_prob(x) - torch.distributions.kl_divergence(q, prior)).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            yield


class PerImage(torch.utils.data.Dataset):
    """One image at a time, as in most examples."""

    def __init__(self, x: torch.Tensor):
        self.x = x

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, index: int) -> torch.Tensor:
        return torch.bernoulli(self.x[index])


def data_loader(dataset: vc.Dataset, batch: int, per_image: bool) -> Iterator[None]:
    """A DataLoader, with all images as one tensor or one by one; cross-entropy of probabilities, default Adam."""
    layers = network()
    optimizer = torch.optim.Adam(layers.parameters(), lr=1e-3)
    images = PerImage(dataset.x_train) if per_image else TensorDataset(dataset.x_train)
    loader = DataLoader(images, batch, shuffle=True)
    while True:
        for item in loader:
            x = item if per_image else torch.bernoulli(item[0])
            loc, log_var = layers[1](torch.tanh(layers[0](x))).chunk(2, 1)
            z = loc + torch.exp(0.5 * log_var) * torch.randn_like(loc)
            probabilities = torch.sigmoid(layers[3](torch.tanh(layers[2](z))))
            kl = 0.5 * (loc.square() + log_var.exp() - log_var - 1).sum()
            loss = (F.binary_cross_entropy(probabilities, x, reduction="sum") + kl) / len(x)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            yield


def pyro(dataset: vc.Dataset, batch: int) -> Iterator[None]:
    """Pyro's Trace_ELBO, where Pyro is installed (benchmarks/requirements.txt)."""
    import pyro
    import pyro.distributions as dist

    layers = network()

    def model(x: torch.Tensor) -> None:
        pyro.module("layers", layers)
        with pyro.plate("images", len(x)):
            z = pyro.sample("z", dist.Normal(torch.zeros(len(x), 2), torch.ones(len(x), 2)).to_event(1))
            logits = layers[3](torch.tanh(layers[2](z)))
            pyro.sample("x", dist.Bernoulli(logits=logits, validate_args=False).to_event(1), obs=x)

    def guide(x: torch.Tensor) -> None:
        with pyro.plate("images", len(x)):
            loc, log_var = layers[1](torch.tanh(layers[0](x))).chunk(2, 1)
            pyro.sample("z", dist.Normal(loc, torch.exp(0.5 * log_var)).to_event(1))

    svi = pyro.infer.SVI(model, guide, pyro.optim.Adam({"lr": 1e-3}), pyro.infer.Trace_ELBO())
    while True:
        for rows in torch.randperm(len(dataset.x_train)).split(batch):
            svi.step(torch.bernoulli(dataset.x_train[rows]))
            yield


def ours(dataset: vc.Dataset, batch: int) -> Iterator[None]:
    """`vc.fit` as everybody uses it: events, history, one evaluation of the test set an epoch, frames when due."""
    config = vc.ModelConfig(784, (28, 28), latent_dim=2, hidden_dims=(500,))
    algorithm = vc.AEVB(
        vc.VAE(config, generator=torch.Generator().manual_seed(0)), vc.TrainConfig(epochs=100_000, batch_size=batch)
    )
    for _event in vc.fit(algorithm, dataset, generator=torch.Generator().manual_seed(1)):
        yield


def measure(batch: int) -> dict[str, dict[str, float]]:
    """Median seconds a step of every loop, over the floor's, and images a second."""
    full = vc.load_data("mnist")
    dataset = replace(full, x_train=full.x_train[:6000], x_test=full.x_test[:1000], y_train=None, y_test=None)
    loops: dict[str, Callable[[], Iterator[None]]] = {
        "matrix products": lambda: matrix_products(batch, adam=False),
        "floor: matrix products + fused Adam": lambda: matrix_products(batch, adam=True),
        "plain torch": lambda: plain_torch(dataset, batch),
        "vae_core.fit": lambda: ours(dataset, batch),
        "torch.distributions, default Adam": lambda: distributions(dataset, batch),
        "DataLoader, in memory": lambda: data_loader(dataset, batch, per_image=False),
        "DataLoader, per image": lambda: data_loader(dataset, batch, per_image=True),
    }
    try:
        import pyro as _  # noqa: F401

        loops["Pyro Trace_ELBO"] = lambda: pyro(dataset, batch)
    except ImportError:
        print("Pyro is not installed; see benchmarks/requirements.txt")
    steps = 6000 // batch
    running = {name: make() for name, make in loops.items()}
    times: dict[str, list[float]] = {name: [] for name in running}
    for round_number in range(ROUNDS + 3):
        for name, loop in running.items():
            began = time.perf_counter()
            for _ in range(steps):
                next(loop)
            if round_number >= 3:  # the first rounds warm up, and hold fit's frequent first frames
                times[name].append((time.perf_counter() - began) / steps)
    median = {name: statistics.median(values) for name, values in times.items()}
    floor = median["floor: matrix products + fused Adam"]
    return {
        name: {"over_floor": round(seconds / floor, 3), "images_per_second": round(batch / seconds)}
        for name, seconds in median.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batch-sizes", type=int, nargs="+", default=[100, 500])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("training.json"))
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    results = {}
    for batch in args.batch_sizes:
        results[f"batch {batch}"] = rows = measure(batch)
        print(f"\nbatch {batch}, {args.threads} threads\n{'loop':<40}{'over floor':>12}{'images/s':>12}")
        for name, row in rows.items():
            print(f"{name:<40}{row['over_floor']:>12.2f}{row['images_per_second']:>12,}")
    report = {"threads": args.threads, "torch": torch.__version__, "rounds": ROUNDS, "results": results}
    args.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
