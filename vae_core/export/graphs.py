"""A model as three ONNX graphs without randomness: the noise eps is an input. They are written node by node from the weights, since
our layers choose their kernels by size, which no tracer could follow. What cancels in float32 is computed in float64."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch

from vae_core.errors import MissingPackage, TooLarge
from vae_core.export.weights import About, arrays_of, settings_text
from vae_core.likelihoods import Bernoulli, ContinuousBernoulli, Gaussian, Likelihood
from vae_core.model import VAE
from vae_core.sizes import FLOAT_BYTES, in_words, require_memory

OPSET, IR_VERSION = 17, 8  # of 2022: every runtime of today reads them
MOST_BYTES = 2**31 - 2**20  # protobuf takes no larger file
INSTALL = "the format onnx needs the package onnx, which is not installed here: pip install onnx"
LOG_2_PI = math.log(2.0 * math.pi)
SERIES_BELOW = (
    0.1  # logits nearer to 0 take the series of the continuous Bernoulli's mean, whose next term is below 1e-13 there
)
NEAR_ZERO = 1e-8  # |logit| of which the mass in float64 still has eight digits
HALF, ZERO, ONE = np.float64(0.5), np.float64(0.0), np.float64(1.0)


def onnx_files(vae: VAE, about: About) -> dict[str, bytes]:
    """encoder.onnx (x -> loc, scale), decoder.onnx (z -> mean, and the scale of a Gaussian), bound.onnx (x, eps -> recon_log_lik, kl).
    Each has one dynamic axis, the batch. MissingPackage without the package onnx, TooLarge for more than a file can hold."""
    require_onnx()
    size = FLOAT_BYTES * sum(parameter.numel() for parameter in vae.parameters())
    if size > MOST_BYTES:
        raise TooLarge(f"one ONNX file holds at most {in_words(MOST_BYTES)}, and this model has {in_words(size)}")
    require_memory(6 * size, "three ONNX files of this model", "choose a smaller model")
    graphs = {"encoder": _encoder(vae), "decoder": _decoder(vae), "bound": _bound(vae)}
    return {f"{name}.onnx": graph.pack(name, vae, about) for name, graph in graphs.items()}


def require_onnx() -> Any:
    """The package onnx. MissingPackage where it is not installed."""
    try:
        import onnx
        import onnx.helper
        import onnx.numpy_helper
    except ImportError as error:
        raise MissingPackage(INSTALL) from error
    return onnx


class Graph:
    """A graph in the making. A value is known by its name; numbers and arrays in the place of one become constants."""

    def __init__(self, inputs: dict[str, int]):
        self.onnx = require_onnx()
        self.inputs, self.outputs = inputs, dict[str, int]()
        self.nodes: list[Any] = []
        self.constants: dict[str, np.ndarray] = {}

    def __call__(self, operation: str, *values: str | np.ndarray | np.generic, name: str = "", **options: Any) -> str:
        """The name of the value that an operation of ONNX makes of other values."""
        name = name or f"{operation.lower()}_{len(self.nodes)}"
        inputs = [value if isinstance(value, str) else self.constant(value) for value in values]
        self.nodes.append(self.onnx.helper.make_node(operation, inputs, [name], **options))
        return name

    def constant(self, value: np.ndarray | np.generic, name: str = "") -> str:
        """The name of a constant. Equal numbers are one."""
        array = np.asarray(value)
        name = name or (f"{array.dtype}_{array}" if array.ndim == 0 else f"constant_{len(self.constants)}")
        self.constants[name] = array
        return name

    def split(self, value: str, size: int) -> tuple[str, str]:
        """The first and the last `size` columns of a value."""
        names = [f"{value}_first", f"{value}_last"]
        sizes = self.constant(np.array([size, size]))
        self.nodes.append(self.onnx.helper.make_node("Split", [value, sizes], names, axis=1))
        return names[0], names[1]

    def wide(self, value: str) -> str:
        """A value in float64."""
        return self("Cast", value, to=self.onnx.TensorProto.DOUBLE)

    def narrow(self, value: str, name: str = "") -> str:
        """A value in float32."""
        return self("Cast", value, name=name, to=self.onnx.TensorProto.FLOAT)

    def sum(self, value: str) -> str:
        """The sum of each row."""
        return self("ReduceSum", value, np.array([1]), keepdims=0)

    def output(self, value: str, name: str, size: int = 0) -> None:
        """Let a value be an output, (batch, size), or (batch,) with size 0."""
        self("Identity", value, name=name)
        self.outputs[name] = size

    def pack(self, name: str, vae: VAE, about: About) -> bytes:
        """The graph as the content of a file, which onnx's own checker has looked at."""
        helper, kind = self.onnx.helper, self.onnx.TensorProto.FLOAT
        ends = [
            [
                helper.make_tensor_value_info(end, kind, ["batch", size] if size else ["batch"])
                for end, size in row.items()
            ]
            for row in (self.inputs, self.outputs)
        ]
        constants = [self.onnx.numpy_helper.from_array(array, title) for title, array in self.constants.items()]
        graph = helper.make_graph(self.nodes, name, *ends, constants)
        opset = [helper.make_opsetid("", OPSET)]
        model = helper.make_model(graph, opset_imports=opset, ir_version=IR_VERSION, producer_name="aevb-lab")
        helper.set_model_props(model, {"name": about.name, "config": settings_text(vae.config)})
        self.onnx.checker.check_model(model, full_check=True)
        return model.SerializeToString(deterministic=True)


# -- the three graphs ------------------------------------------------------------------------------------------------


def _encoder(vae: VAE) -> Graph:
    graph, latents = Graph({"x": vae.config.data_dim}), vae.config.latent_dim
    loc, log_var = _posterior(graph, vae)
    graph.output(loc, "loc", latents)
    graph.output(_scale(graph, log_var), "scale", latents)
    return graph


def _decoder(vae: VAE) -> Graph:
    graph = Graph({"z": vae.config.latent_dim})
    moments = FORMULAS[type(vae.likelihood)].moments(graph, vae, _network(graph, vae, "decoder", "z"))
    for name, value in moments.items():
        graph.output(value, name, vae.config.data_dim)
    return graph


def _bound(vae: VAE) -> Graph:
    """The terms of eq. (7) with one draw of z = loc + scale eps."""
    graph = Graph({"x": vae.config.data_dim, "eps": vae.config.latent_dim})
    loc, log_var = _posterior(graph, vae)
    z = graph("Add", loc, graph("Mul", _scale(graph, log_var), "eps"))
    log_prob = FORMULAS[type(vae.likelihood)].log_prob
    terms = log_prob(graph, vae, _network(graph, vae, "decoder", z), graph.wide("x"))
    graph.output(graph.narrow(graph.sum(terms)), "recon_log_lik")
    loc, log_var = graph.wide(loc), graph.wide(log_var)
    excess = graph("Sub", graph("Sub", graph("Exp", log_var), ONE), log_var)
    kl = graph.sum(graph("Mul", HALF, graph("Add", excess, graph("Mul", loc, loc))))
    graph.output(graph.narrow(kl), "kl")
    return graph


def _posterior(graph: Graph, vae: VAE) -> tuple[str, str]:
    """Mean and log-variance of q(z|x)."""
    return graph.split(_network(graph, vae, "encoder", "x"), vae.config.latent_dim)


def _scale(graph: Graph, log_var: str) -> str:
    return graph("Exp", graph("Mul", np.float32(0.5), log_var))


def _network(graph: Graph, vae: VAE, part: str, value: str) -> str:
    """The outputs of the encoder's or the decoder's layers."""
    arrays = {name: array for name, array in arrays_of(vae).items() if name.startswith(f"{part}.")}
    weights = [name for name in arrays if name.endswith(".weight")]
    for name in weights:
        bias = name.replace(".weight", ".bias")
        layer = [graph.constant(arrays[title], title) for title in (name, bias)]
        value = graph("Gemm", value, *layer, transB=1)
        if name != weights[-1]:
            value = ACTIVATIONS[vae.config.activation](graph, value)
    return value


def _sigmoid(graph: Graph, value: str) -> str:
    """1 / (1 + exp(-value)). onnxruntime's own Sigmoid has no digits left where it is below 1e-7."""
    return graph("Div", np.float32(1.0), graph("Add", np.float32(1.0), graph("Exp", graph("Neg", value))))


ACTIVATIONS: dict[str, Callable[[Graph, str], str]] = {
    "tanh": lambda graph, value: graph("Tanh", value),
    "silu": lambda graph, value: graph("Mul", value, _sigmoid(graph, value)),
    "relu": lambda graph, value: graph("Relu", value),
    "softplus": lambda graph, value: graph("Softplus", value),
}


# -- likelihoods -----------------------------------------------------------------------------------------------------


class Formulas(NamedTuple):
    """A likelihood in a graph, from the decoder's outputs: `moments`, the mean of p(x|z) and, of a Gaussian, its scale, each (batch,
    data) in float32; `log_prob` of each pixel of x, in float64."""

    moments: Callable[[Graph, VAE, str], dict[str, str]]
    log_prob: Callable[[Graph, VAE, str, str], str]


def _bernoulli_moments(graph: Graph, vae: VAE, outputs: str) -> dict[str, str]:
    return {"mean": _sigmoid(graph, outputs)}


def _bernoulli_log_prob(graph: Graph, vae: VAE, outputs: str, x: str) -> str:
    """x l - log(1 + exp(l)) for logits l, where log(1 + exp(l)) = max(l, 0) + log(1 + exp(-|l|))."""
    logits = graph.wide(outputs)
    rest = graph("Log", graph("Add", ONE, graph("Exp", graph("Neg", graph("Abs", logits)))))
    return graph("Sub", graph("Mul", x, logits), graph("Add", graph("Max", logits, ZERO), rest))


def _gaussian_moments(graph: Graph, vae: VAE, outputs: str) -> dict[str, str]:
    config, log_var = vae.config, vae.log_var
    if config.variance == "network":
        outputs, log_vars = graph.split(outputs, config.data_dim)
        scale = graph("Sqrt", graph("Add", np.float32(config.variance_floor), graph("Exp", log_vars)))
    else:
        learnt = torch.zeros(1, device="cpu") if log_var is None else torch.exp(log_var.detach().cpu())
        scales = torch.sqrt(config.variance_floor + learnt).numpy()
        scale = graph("Expand", scales, graph("Shape", outputs))
    mean = _sigmoid(graph, outputs) if config.mean == "sigmoid" else outputs
    return {"mean": mean, "scale": scale}


def _gaussian_log_prob(graph: Graph, vae: VAE, outputs: str, x: str) -> str:
    mean, scale = map(graph.wide, _gaussian_moments(graph, vae, outputs).values())
    error = graph("Div", graph("Sub", x, mean), scale)
    rest = graph("Add", graph("Log", scale), np.float64(0.5 * LOG_2_PI))
    return graph("Sub", graph("Mul", np.float64(-0.5), graph("Mul", error, error)), rest)


def _continuous_bernoulli_moments(graph: Graph, vae: VAE, outputs: str) -> dict[str, str]:
    """The mean 1 / (1 - exp(-l)) - 1 / l for logits l, by its series near 0, where the two parts cancel."""
    logits = graph.wide(outputs)
    small = graph("Less", graph("Abs", logits), np.float64(SERIES_BELOW))
    size = graph("Where", small, ONE, graph("Abs", logits))
    power = graph("Exp", graph("Neg", size))
    below = graph("Sub", graph("Div", ONE, size), graph("Div", power, graph("Sub", ONE, power)))  # the mean for -|l|
    square = graph("Mul", logits, logits)
    series = graph("Sub", np.float64(1 / 720), graph("Mul", square, np.float64(1 / 30240)))
    series = graph("Sub", np.float64(1 / 12), graph("Mul", square, series))
    series = graph("Add", HALF, graph("Mul", logits, series))
    direct = graph("Where", graph("Less", ZERO, logits), graph("Sub", ONE, below), below)
    return {"mean": graph.narrow(graph("Where", small, series, direct))}


def _continuous_bernoulli_log_prob(graph: Graph, vae: VAE, outputs: str, x: str) -> str:
    """x l - A(l) for logits l, where A(l) = max(l, 0) + log((1 - exp(-|l|)) / |l|)."""
    logits = graph.wide(outputs)
    size = graph("Max", graph("Abs", logits), np.float64(NEAR_ZERO))
    mass = graph("Log", graph("Div", graph("Sub", ONE, graph("Exp", graph("Neg", size))), size))
    return graph("Sub", graph("Mul", x, logits), graph("Add", graph("Max", logits, ZERO), mass))


FORMULAS: dict[type[Likelihood], Formulas] = {
    Bernoulli: Formulas(_bernoulli_moments, _bernoulli_log_prob),
    Gaussian: Formulas(_gaussian_moments, _gaussian_log_prob),
    ContinuousBernoulli: Formulas(_continuous_bernoulli_moments, _continuous_bernoulli_log_prob),
}
