"""Import: a VAE of another program, its layers as linear layers in safetensors, has the same bound here; all else is refused in one line.
(Longer than other files: the models of other programs are written out.)

The modules below have the names of parameters that the default MLP of pythae, the VAE of Pyro's examples and that of PyTorch's examples have;
the libraries themselves are not needed here."""

import json
import math
import os
import pickle

import hostile_files
import pytest
import safetensors.torch
import torch
import torch.nn.functional as F
from commands import one_line
from torch import nn
from torch.distributions import Bernoulli, Normal, kl_divergence

import vae_core as vc
from vae_core.export import layouts
from vae_core.export.formats import export_files
from vae_core.export.layouts import LAYOUTS, model_of, read_foreign
from vae_core.files import read_foreign_tensors
from vae_core.models import model_header, pack_model

PIXELS, LATENTS, HIDDEN = 12, 3, 7
CONFIG = {"image_shape": [4, 3], "likelihood": "bernoulli"}


class PythaeEncoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Sequential(nn.Linear(PIXELS, HIDDEN), nn.ReLU())])
        self.embedding, self.log_var = nn.Linear(HIDDEN, LATENTS), nn.Linear(HIDDEN, LATENTS)

    def forward(self, x):
        h = self.layers[0](x)
        return self.embedding(h), self.log_var(h)


class PythaeDecoder(nn.Module):
    def __init__(self):
        super().__init__()
        hidden = nn.Sequential(nn.Linear(LATENTS, HIDDEN + 2), nn.ReLU())
        self.layers = nn.ModuleList([hidden, nn.Sequential(nn.Linear(HIDDEN + 2, PIXELS), nn.Sigmoid())])

    def forward(self, z):
        return self.layers[1](self.layers[0](z))


class Pythae(nn.Module):
    """`mse` is its reconstruction loss for grey images: minus the log-density of N(mean, 1) without its constant."""

    def __init__(self, loss="bce"):
        super().__init__()
        self.encoder, self.decoder, self.loss = PythaeEncoder(), PythaeDecoder(), loss

    def bound(self, x, eps):
        loc, log_var = self.encoder(x)
        image = self.decoder(loc + torch.exp(0.5 * log_var) * eps)
        if self.loss == "bce":
            loss = F.binary_cross_entropy(image, x, reduction="none").sum(-1)
        else:
            loss = 0.5 * F.mse_loss(image, x, reduction="none").sum(-1) + 0.5 * PIXELS * math.log(2 * math.pi)
        kl = -0.5 * torch.sum(1 + log_var - log_var.exp() - loc.pow(2), dim=-1)
        return -loss - kl


class PyroEncoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.fc21, self.fc22 = (
            nn.Linear(PIXELS, HIDDEN),
            nn.Linear(HIDDEN, LATENTS),
            nn.Linear(HIDDEN, LATENTS),
        )

    def forward(self, x):
        h = F.softplus(self.fc1(x))
        return self.fc21(h), torch.exp(self.fc22(h))


class PyroDecoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.fc21 = nn.Linear(LATENTS, HIDDEN), nn.Linear(HIDDEN, PIXELS)

    def forward(self, z):
        return torch.sigmoid(self.fc21(F.softplus(self.fc1(z))))


class Pyro(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder, self.decoder = PyroEncoder(), PyroDecoder()

    def bound(self, x, eps):
        q = Normal(*self.encoder(x))
        log_lik = Bernoulli(self.decoder(q.mean + q.stddev * eps)).log_prob(x).sum(-1)
        return log_lik - kl_divergence(q, Normal(0.0, 1.0)).sum(-1)


class PyTorchExample(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.fc21, self.fc22 = (
            nn.Linear(PIXELS, HIDDEN),
            nn.Linear(HIDDEN, LATENTS),
            nn.Linear(HIDDEN, LATENTS),
        )
        self.fc3, self.fc4 = nn.Linear(LATENTS, HIDDEN), nn.Linear(HIDDEN, PIXELS)

    def bound(self, x, eps):
        h = F.relu(self.fc1(x))
        loc, log_var = self.fc21(h), self.fc22(h)
        image = torch.sigmoid(self.fc4(F.relu(self.fc3(loc + torch.exp(0.5 * log_var) * eps))))
        kl = -0.5 * torch.sum(1 + log_var - loc.pow(2) - log_var.exp(), dim=-1)
        return -F.binary_cross_entropy(image, x, reduction="none").sum(-1) - kl


@pytest.fixture(autouse=True)
def as_in_other_programs():
    """torch's own layers are of torch's default dtype, and draw their weights from the global generator."""
    dtype = torch.get_default_dtype()
    torch.set_default_dtype(torch.float32)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield
    torch.set_default_dtype(dtype)


def state_of(module):
    return {name: tensor.detach().clone() for name, tensor in module.state_dict().items()}


GREY = {"likelihood": "gaussian", "scale": 1.0}
CASES = {
    "pythae": (Pythae, {}, "pythae"),
    "pythae of grey images": (lambda: Pythae("mse"), GREY, "pythae"),
    "pyro": (Pyro, {}, "pyro"),
    "pytorch": (PyTorchExample, {"latent_dim": LATENTS, "hidden_dims": [HIDDEN]}, "pytorch"),
}


@pytest.mark.parametrize("case", CASES)
def test_their_bound_and_ours_agree(case, tmp_path, command):
    make, changes, layout = CASES[case]
    theirs = make()
    with torch.no_grad():
        for parameter in theirs.parameters():
            parameter.mul_(2.0)  # as after training, q(z|x) is not the prior
    state, config, out = tmp_path / "state.safetensors", tmp_path / "config.json", tmp_path / "model.safetensors"
    safetensors.torch.save_file(theirs.state_dict(), state)
    config.write_text(json.dumps(CONFIG | changes | {"data": "digits"}))
    code, told, _ = command("import", state, "--config", config, "--out", out, "--json")
    assert code == 0 and json.loads(told)["layout"] == layout
    ours = vc.load_model(out)
    assert model_header(out)["data"] == "digits"
    noise = torch.Generator().manual_seed(1)
    x, eps = torch.rand(50, PIXELS, generator=noise), torch.randn(50, LATENTS, generator=noise)
    x = x if changes.get("likelihood") == "gaussian" else x.round()
    with torch.no_grad():
        bound = vc.elbo(ours, x, eps=eps[None]).elbo
        torch.testing.assert_close(bound, theirs.bound(x, eps), rtol=0, atol=1e-4)
        assert float(bound.std()) > 0.1


def test_what_the_hubs_folder_holds_comes_back_bit_for_bit(tmp_path, command):
    for changes in (
        {},
        {"likelihood": "gaussian", "variance": "per_pixel"},
        {"hidden_dims": ()},
        {"encoder_hidden_dims": (5, 6)},
    ):
        sizes = {"latent_dim": 3, "hidden_dims": (7, 9), "activation": "silu"}
        vae = vc.VAE(vc.ModelConfig(12, (2, 2, 3), **sizes | changes), generator=torch.Generator().manual_seed(0))
        files = export_files(vae, "huggingface")
        back, _ = model_of(
            safetensors.torch.load(files["model.safetensors"]), json.loads(files["config.json"]), "s", "c"
        )
        assert back.config == vae.config
        for name, tensor in vae.state_dict().items():
            assert torch.equal(back.state_dict()[name], tensor)


def test_a_config_may_list_the_layers_itself():
    theirs = Pyro()
    state = {name.replace("fc", "dense_"): tensor for name, tensor in state_of(theirs).items()}
    with pytest.raises(vc.CheckpointError, match="list them in the config's layout"):
        model_of(state, CONFIG, "s", "c")
    layout = {
        "encoder": ["encoder.dense_1"],
        "loc": "encoder.dense_21",
        "log_scale": "encoder.dense_22",
        "decoder": ["decoder.dense_1", "decoder.dense_21"],
    }
    ours, about = model_of(state, CONFIG | {"layout": layout, "activation": "softplus"}, "s", "c")
    expected, _ = model_of(state_of(theirs), CONFIG, "s", "c")
    assert about["imported"] == "own"
    assert all(map(torch.equal, ours.state_dict().values(), expected.state_dict().values()))


def test_layers_of_other_floats_and_without_a_bias_are_taken(tmp_path):
    state = state_of(Pythae())
    expected, _ = model_of(state, CONFIG, "s", "c")
    state["encoder.layers.0.0.bias"].zero_()
    zero, _ = model_of(state, CONFIG, "s", "c")
    del state["encoder.layers.0.0.bias"]
    for dtype, error in ((torch.float64, 0.0), (torch.float16, 1e-3), (torch.bfloat16, 1e-2)):
        safetensors.torch.save_file({name: tensor.to(dtype) for name, tensor in state.items()}, tmp_path / "s")
        (tmp_path / "c").write_text(json.dumps(CONFIG))
        ours, _ = read_foreign(tmp_path / "s", tmp_path / "c")
        for name, tensor in zero.state_dict().items():
            torch.testing.assert_close(ours.state_dict()[name], tensor, rtol=0, atol=error)
            assert ours.state_dict()[name].dtype == torch.float32
    assert expected.config == ours.config and not ours.training


def test_more_layers_than_nine_stay_in_order():
    layers = [nn.Linear(PIXELS, 5), *(nn.Linear(5, 5) for _ in range(10)), nn.Linear(5, 2 * LATENTS)]
    state = {
        f"encoder.{2 * i}.{kind}": getattr(layer, kind).detach()
        for i, layer in enumerate(layers)
        for kind in ("weight", "bias")
    }
    state |= {"decoder.0.weight": torch.rand(PIXELS, LATENTS), "decoder.0.bias": torch.rand(PIXELS)}
    ours, _ = model_of(state, CONFIG | {"activation": "tanh"}, "s", "c")
    assert torch.equal(ours.encoder[20].weight, layers[10].weight)
    assert ours.config.encoder_hidden_dims == (5,) * 11 and ours.config.hidden_dims == ()


# -- what is refused --------------------------------------------------------------------------------------------------


def changed(**changes):
    """The state of pythae's layout with tensors replaced; None takes one away."""
    state = state_of(Pythae()) | {name.replace("_dot_", "."): tensor for name, tensor in changes.items()}
    return {name: tensor for name, tensor in state.items() if tensor is not None}


def listed(**changes):
    layout = {"encoder": ["encoder.layers.0.0"], "loc": "encoder.embedding", "log_var": "encoder.log_var"}
    return {
        "layout": layout | {"decoder": ["decoder.layers.0.0", "decoder.layers.1.0"]} | changes,
        "activation": "relu",
    }


STATES = {
    "a convolution": (changed(encoder_dot_layers_dot_0_dot_0_dot_weight=torch.zeros(7, 3, 2, 2)), "only linear layers are taken"),
    "no weight": (changed(encoder_dot_log_var_dot_weight=None), "only linear layers are taken"),
    "whole numbers": (changed(encoder_dot_log_var_dot_weight=torch.zeros(3, 7, dtype=torch.int64)), "only linear layers are taken"),
    "a short bias": (changed(encoder_dot_log_var_dot_bias=torch.zeros(2)), "must have 3 numbers, got (2,)"),
    "heads that differ": (changed(encoder_dot_log_var_dot_weight=torch.zeros(2, 7), encoder_dot_log_var_dot_bias=None), "must have the same shape"),
    "layers that do not meet": (changed(decoder_dot_layers_dot_1_dot_0_dot_weight=torch.zeros(12, 8)), "each layer of the decoder must take"),
    "a latent space of two sizes": (changed(decoder_dot_layers_dot_0_dot_0_dot_weight=torch.zeros(9, 4)), "the encoder must give 2 x 4 numbers"),
    "pixels of two numbers": (changed(decoder_dot_layers_dot_1_dot_0_dot_weight=torch.zeros(11, 9), decoder_dot_layers_dot_1_dot_0_dot_bias=None), "the decoder must give 12 numbers"),
    "no decoder": ({name: t for name, t in changed().items() if name.startswith("encoder")}, "must be those of a layout"),
    "a layer too many": (changed(classifier_dot_weight=torch.zeros(2, 3)), "must be those of a layout"),
    "a batch norm": (changed(**{"encoder_dot_norm_dot_running_mean": torch.zeros(7)}), "only weights and biases of linear layers"),
    "a number too large": (changed(encoder_dot_log_var_dot_bias=torch.full((3,), 1e300, dtype=torch.float64)), "too large for float32"),
    "empty": ({}, "must be those of a layout"),
    "a variance of a Bernoulli": (changed(log_var=torch.zeros(1)), "a tensor log_var does not go with this decoder"),
}  # fmt: skip


@pytest.mark.parametrize("name", STATES)
def test_a_state_that_is_no_vae_of_linear_layers_is_refused(name):
    state, message = STATES[name]
    with pytest.raises(vc.CheckpointError) as error:
        model_of(state, CONFIG, "STATE", "CONFIG")
    assert message in str(error.value) and "STATE" in str(error.value) and len(str(error.value).splitlines()) == 1


CONFIGS = {
    "no shape": ({"image_shape": ...}, "must have image_shape"),
    "no likelihood": ({"likelihood": ...}, "must have likelihood"),
    "another likelihood": ({"likelihood": "poisson"}, "likelihood must be one of"),
    "a shape of other pixels": ({"image_shape": [4, 4]}, "image_shape must hold data_dim (=12) numbers"),
    "a shape as a text": ({"image_shape": "43"}, "image_shape"),
    "a shape that is enormous": ({"image_shape": [10**400, 3]}, "image_shape"),
    "other latents": ({"latent_dim": 4}, "latent_dim must be 3, as in the layers, got 4"),
    "other widths": ({"hidden_dims": [500]}, "hidden_dims must be [9], as in the layers"),
    "another encoder": ({"encoder_hidden_dims": [500]}, "encoder_hidden_dims must be [7]"),
    "widths of another type": ({"hidden_dims": {"a": 1}}, "hidden_dims must be [9]"),
    "another activation": ({"activation": "gelu"}, "activation must be one of"),
    "a field that nobody knows": ({"evil\n\x1b[31m": 1}, "CONFIG has evil"),
    "no scale": ({"likelihood": "gaussian"}, "its standard deviation as scale, got neither"),
    "a scale without variance": ({"scale": 1.0}, "scale does not go with this decoder"),
    "a scale below the floor": (GREY | {"scale": 0.001}, "scale must be a finite number above 0.01"),
    "a scale that is no number": (GREY | {"scale": "wide"}, "scale must be a finite number"),
    "an infinite scale": (GREY | {"scale": math.inf}, "scale must be a finite number"),
    "a scale whose square is too large": (GREY | {"scale": 1e200}, "the square of scale must be a finite number"),
    "a floor of nan": (GREY | {"variance_floor": math.nan}, "variance_floor must be a finite number"),
    "data of another type": ({"data": ["mnist"]}, "data must be the name of a data set"),
    "another layout": ({"layout": "keras"}, "layout must be one of sequential, pythae, pyro, pytorch"),
    "a layout of another program": ({"layout": "pyro"}, "must be those of layout pyro"),
    "a layout of another type": ({"layout": 3}, "layout must be one of"),
    "lists of another type": (listed(encoder="encoder.layers.0.0"), "encoder of layout must be a list"),
    "a list with a number": (listed(encoder=[1]), "encoder of layout must be a list"),
    "a layer that is not there": (listed(encoder=["encoder.layers.9.0"]), "which is no layer there"),
    "a layer left out": (listed(encoder=[]), "encoder.layers.0.0 is left out"),
    "a layer twice": (listed(encoder=["encoder.layers.0.0"] * 2), "each layer once"),
    "one head": (listed(loc="encoder.layers.0.0"), "encoder.embedding is left out"),
    "two spreads": (listed(log_scale="encoder.log_var"), "must have the names of loc and of log_var or log_scale"),
    "a head as a list": (listed(loc=["encoder.embedding"]), "must have the names of loc"),
    "a field of a layout that nobody knows": (listed(prior="x"), "layout has prior"),
}  # fmt: skip


@pytest.mark.parametrize("name", CONFIGS)
def test_a_config_that_does_not_fit_is_refused(name):
    changes, message = CONFIGS[name]
    values = {key: value for key, value in (CONFIG | changes).items() if value is not ...}
    with pytest.raises(vc.CheckpointError) as error:
        model_of(changed(), values, "STATE", "CONFIG")
    assert message in str(error.value) and "CONFIG" in str(error.value) and len(str(error.value).splitlines()) == 1


def test_an_activation_that_no_layout_tells_must_be_in_the_config():
    state = {
        "encoder.0.weight": torch.zeros(5, 12),
        "encoder.2.weight": torch.zeros(6, 5),
        "decoder.0.weight": torch.zeros(12, 3),
    }
    with pytest.raises(vc.CheckpointError, match="must have activation, one of tanh, silu, relu, softplus"):
        model_of(state, CONFIG, "s", "c")
    assert model_of(state, CONFIG | {"activation": "relu"}, "s", "c")[0].config.encoder_hidden_dims == (5,)


OUR_FILE = pack_model(vc.VAE(hostile_files.SMALL, generator=torch.Generator().manual_seed(0)))
OTHER_FILES = {
    "a pickle": pickle.dumps({"state_dict": [1]}),
    "a zip of torch": b"PK\x03\x04" + bytes(1000),
    "nothing": b"",
}


@pytest.mark.parametrize("name", [*OTHER_FILES, *hostile_files.DAMAGE])
def test_a_damaged_file_is_refused_before_a_tensor_is_made(name, tmp_path):
    """Or it is read, where the damage is in what only our own files have."""
    path = tmp_path / "state.safetensors"
    content = OTHER_FILES.get(name)
    try:
        path.write_bytes(hostile_files.DAMAGE[name](OUR_FILE) if content is None else content)
    except KeyError:
        pytest.skip("this damage is done to checkpoints")
    try:
        tensors = read_foreign_tensors(path)
    except (vc.CheckpointError, vc.TooLarge) as error:
        assert len(str(error).splitlines()) == 1
    else:
        assert content is None and all(bool(torch.isfinite(tensor).all()) for tensor in tensors.values())


BAD_WORDS = {
    "STATE --config missing.json --out OUT": "cannot read missing.json",
    "STATE --config FOLDER --out OUT": "Is a directory",
    "STATE --config STATE --out OUT": "is no config",
    "STATE --config LIST --out OUT": "must be an object of JSON, got [1]",
    "STATE --config DEEP --out OUT": "its lists have no end",
    "STATE --config LARGE --out OUT": "must have at most 1,048,576 bytes",
    "STATE --config PIPE --out OUT": "it is a pipe or a device",
    "STATE --out OUT": "required: --config",
    "missing --config CONFIG --out OUT": "cannot read missing",
    "PIPE --config CONFIG --out OUT": "it is a pipe or a device",
    "PICKLE --config CONFIG --out OUT": "is not a file in the format safetensors",
    "STATE --config CONFIG --out OUT.pt": "--out must end in .safetensors",
    "STATE --config CONFIG --out none/OUT": "--out must be a file in a folder that exists",
    "STATE --config CONFIG --out STATE": "--out must be a new file",
    "STATE --config CONFIG --out FOLDER": "--out must be a new file",
}


@pytest.mark.parametrize("words", BAD_WORDS)
def test_bad_input_is_one_line_and_writes_nothing(words, tmp_path, command, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {
        "STATE": "state.safetensors",
        "CONFIG": "config.json",
        "FOLDER": "folder.safetensors",
        "OUT": "out.safetensors",
    }
    names |= {"LIST": "list.json", "DEEP": "deep.json", "LARGE": "large.json", "PIPE": "pipe", "PICKLE": "state.pt"}
    safetensors.torch.save_file(state_of(Pythae()), names["STATE"])
    for name, text in (
        ("CONFIG", json.dumps(CONFIG)),
        ("LIST", "[1]"),
        ("DEEP", "[" * 10**5),
        ("LARGE", "{}" + " " * 2**20),
    ):
        (tmp_path / names[name]).write_text(text)
    (tmp_path / "state.pt").write_bytes(pickle.dumps({}))
    os.mkfifo("pipe")
    os.mkdir(names["FOLDER"])
    before = {path: path.stat().st_size for path in tmp_path.iterdir()}
    for name, file in names.items():
        words = words.replace(name, file)
    code, _, text = command("import", *words.split())
    (message,) = [message for key, message in BAD_WORDS.items() if key.split() == [*key.split()] and message in text][
        :1
    ]
    assert code == 2 and message in one_line(text)
    assert before == {path: path.stat().st_size for path in tmp_path.iterdir()}


def test_each_layout_has_a_model_that_agrees():
    assert {layout for _, _, layout in CASES.values()} | {"sequential"} == set(LAYOUTS)
    assert layouts.EXTRAS == ("layout", "scale", "data")
