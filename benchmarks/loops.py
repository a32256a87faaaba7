"""The training loops that are compared: the floor, ours, and what others write, on one architecture and one data set.

Each is a generator that trains one epoch and yields a model, so that an epoch can be timed and judged. All train the
same 784-500-2-500-784 Bernoulli VAE with Adam at 1e-3, on images binarised anew in every epoch unless it says otherwise.
"""

import itertools
import logging
import tempfile
from collections.abc import Callable, Iterator
from importlib.util import find_spec

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import vae_core as vc

CONFIG = vc.ModelConfig(784, (28, 28), latent_dim=2, hidden_dims=(500,))


def network() -> nn.ModuleList:
    torch.manual_seed(0)
    return nn.ModuleList([nn.Linear(784, 500), nn.Linear(500, 4), nn.Linear(2, 500), nn.Linear(500, 784)])


def as_vae(model: nn.Module) -> vc.VAE:
    """The layers of `network`, wherever a peer has put them, as our model: so one function judges all."""
    if isinstance(model, vc.VAE):
        return model
    vae = vc.VAE(CONFIG, generator=None)
    ours = [vae.encoder[0], vae.encoder[2], vae.decoder[0], vae.decoder[2]]
    for layer, trained in zip(ours, model, strict=True):
        layer.load_state_dict(trained.state_dict())
    return vae


def torch_product(x: torch.Tensor, y: torch.Tensor, bias: torch.Tensor | None = None) -> torch.Tensor:
    return torch.mm(x, y) if bias is None else torch.addmm(bias, x, y)


def matrix_products(
    steps: int, batch: int, *, adam: bool, product: Callable[..., torch.Tensor] = torch_product
) -> Iterator[None]:
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
            for _ in range(steps):
                for i, (layer, x, grad) in enumerate(zip(layers, inputs, outputs, strict=True)):
                    product(x, layer.weight.t(), layer.bias)
                    if product is torch_product:
                        torch.mm(grad.t(), x, out=layer.weight.grad)
                    else:
                        layer.weight.grad = product(grad.t(), x)
                    if i:  # nobody needs the gradient of the data
                        product(grad, layer.weight)
                if adam:
                    optimizer.step()
        yield None


def ours(dataset: vc.Dataset, batch: int) -> Iterator[vc.VAE]:
    """`vc.fit` as everybody uses it: events, history, one evaluation of the test set an epoch, frames when due."""
    algorithm = vc.AEVB(
        vc.VAE(CONFIG, generator=torch.Generator().manual_seed(0)), vc.TrainConfig(epochs=100_000, batch_size=batch)
    )
    steps = -(-len(dataset.x_train) // batch)
    for event in vc.fit(algorithm, dataset, generator=torch.Generator().manual_seed(1)):
        if event.step and event.step % steps == 0:
            yield algorithm.vae


def negative_bound(layers: nn.ModuleList, x: torch.Tensor) -> torch.Tensor:
    loc, log_var = layers[1](torch.tanh(layers[0](x))).chunk(2, 1)
    z = loc + torch.exp(0.5 * log_var) * torch.randn_like(loc)
    logits = layers[3](torch.tanh(layers[2](z)))
    kl = 0.5 * (loc.square() + log_var.exp() - log_var - 1).sum()
    return (F.binary_cross_entropy_with_logits(logits, x, reduction="sum") + kl) / len(x)


def plain_torch(dataset: vc.Dataset, batch: int) -> Iterator[nn.Module]:
    """The loop a careful user writes: data in memory, torch.bernoulli, fused Adam."""
    layers = network()
    optimizer = torch.optim.Adam(layers.parameters(), lr=1e-3, fused=True)
    while True:
        for rows in torch.randperm(len(dataset.x_train)).split(batch):
            loss = negative_bound(layers, torch.bernoulli(dataset.x_train[rows]))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        yield layers


def distributions(dataset: vc.Dataset, batch: int) -> Iterator[nn.Module]:
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
        yield layers


class PerImage(torch.utils.data.Dataset):
    """One image with its label at a time, as in most examples: what torchvision's MNIST with `ToTensor` does to each
    (torchvision itself is not needed): bytes to a Pillow image, to an array, to floats in [0, 1], the label to a whole
    number; then binarised."""

    def __init__(self, x: torch.Tensor, labels: torch.Tensor):
        self.images = (x * 255.0).round().to(torch.uint8).reshape(-1, 28, 28)
        self.labels = labels

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        label = int(self.labels[index])
        image = Image.fromarray(self.images[index].numpy())
        pixels = torch.from_numpy(np.array(image, np.uint8, copy=True)).view(28, 28, 1)
        return torch.bernoulli(pixels.permute((2, 0, 1)).contiguous().to(torch.float32).div(255.0)), label


class PerTensor(torch.utils.data.Dataset):
    """One image at a time from one tensor: the least that a per-image loop can cost."""

    def __init__(self, x: torch.Tensor):
        self.x = x

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, index: int) -> torch.Tensor:
        return torch.bernoulli(self.x[index])


def data_loader(images: torch.utils.data.Dataset, batch: int, *, grey: bool = False) -> Iterator[nn.Module]:
    """A DataLoader over images, perhaps with labels, which nobody looks at; `grey` ones are binarised a minibatch at a
    time. Cross-entropy of probabilities, default Adam."""
    layers = network()
    optimizer = torch.optim.Adam(layers.parameters(), lr=1e-3)
    loader = DataLoader(images, batch, shuffle=True)
    while True:
        for item in loader:
            x = item[0].flatten(1) if isinstance(item, list) else item
            if grey:
                x = torch.bernoulli(x)
            loc, log_var = layers[1](torch.tanh(layers[0](x))).chunk(2, 1)
            z = loc + torch.exp(0.5 * log_var) * torch.randn_like(loc)
            probabilities = torch.sigmoid(layers[3](torch.tanh(layers[2](z))))
            kl = 0.5 * (loc.square() + log_var.exp() - log_var - 1).sum()
            loss = (F.binary_cross_entropy(probabilities, x, reduction="sum") + kl) / len(x)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        yield layers


def pyro(dataset: vc.Dataset, batch: int) -> Iterator[nn.Module]:
    """Pyro's Trace_ELBO and SVI."""
    import pyro
    import pyro.distributions as dist

    layers = network()
    pyro.clear_param_store()

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
        yield layers


def pythae_model(layers: nn.ModuleList) -> nn.Module:
    """pythae's VAE around these layers."""
    from pythae.models import VAE, VAEConfig
    from pythae.models.base.base_utils import ModelOutput
    from pythae.models.nn import BaseDecoder, BaseEncoder

    class Encoder(BaseEncoder):
        def __init__(self):
            super().__init__()
            self.hidden, self.out = layers[0], layers[1]

        def forward(self, x):
            loc, log_var = self.out(torch.tanh(self.hidden(x))).chunk(2, 1)
            return ModelOutput(embedding=loc, log_covariance=log_var)

    class Decoder(BaseDecoder):
        def __init__(self):
            super().__init__()
            self.hidden, self.out = layers[2], layers[3]

        def forward(self, z):
            return ModelOutput(reconstruction=torch.sigmoid(self.out(torch.tanh(self.hidden(z)))))

    config = VAEConfig(input_dim=(784,), latent_dim=2, reconstruction_loss="bce")
    return VAE(config, encoder=Encoder(), decoder=Decoder())


def pythae(dataset: vc.Dataset, batch: int) -> Iterator[nn.Module]:
    """pythae's own trainer, without its evaluation, logs, progress bars and checkpoints. It has no dynamic binarisation, so its images
    are binarised once, which saves it that work in every step."""
    from pythae.data.datasets import BaseDataset
    from pythae.trainers import BaseTrainer, BaseTrainerConfig
    from pythae.trainers.training_callbacks import ProgressBarCallback

    logging.disable(logging.INFO)  # pythae prints what it does
    layers = network()
    x = torch.bernoulli(dataset.x_train)
    with tempfile.TemporaryDirectory() as folder:
        config = BaseTrainerConfig(
            output_dir=folder, per_device_train_batch_size=batch, learning_rate=1e-3, no_cuda=True
        )
        trainer = BaseTrainer(pythae_model(layers), BaseDataset(x, torch.zeros(len(x))), training_config=config)
        trainer.prepare_training()
        callbacks = trainer.callback_handler.callbacks
        callbacks[:] = [callback for callback in callbacks if not isinstance(callback, ProgressBarCallback)]
        for epoch in itertools.count(1):
            trainer.train_step(epoch)
            yield layers


def installed(name: str) -> bool:
    """Whether a peer of benchmarks/requirements.txt is there; says so where it is not."""
    if find_spec(name) is None:
        print(f"{name} is not installed and not measured; see benchmarks/requirements.txt")
        return False
    return True


def training_loops(dataset: vc.Dataset, batch: int) -> dict[str, Callable[[], Iterator[nn.Module]]]:
    """Every loop that learns, by its name in the tables."""
    loops: dict[str, Callable[[], Iterator[nn.Module]]] = {
        "vae_core.fit": lambda: ours(dataset, batch),
        "plain torch": lambda: plain_torch(dataset, batch),
        "torch.distributions, default Adam": lambda: distributions(dataset, batch),
        "DataLoader, in memory": lambda: data_loader(TensorDataset(dataset.x_train), batch, grey=True),
        "DataLoader, per image, from a tensor": lambda: data_loader(PerTensor(dataset.x_train), batch),
        "DataLoader, per image, as torchvision's": lambda: data_loader(
            PerImage(dataset.x_train, dataset.y_train), batch
        ),
    }
    if installed("pyro"):
        loops["Pyro Trace_ELBO"] = lambda: pyro(dataset, batch)
    if installed("pythae"):
        loops["pythae, binarised once"] = lambda: pythae(dataset, batch)
    return loops
