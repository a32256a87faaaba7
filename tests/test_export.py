"""Export: ONNX, the hub's folder and numpy give torch's numbers; the folder is loaded by torch alone; nothing is replaced.
(Longer than other files: each format is compared with the model.)"""

import ast
import contextlib
import importlib.util
import io
import json
import re
import shlex
import subprocess
import sys
from dataclasses import replace
from itertools import cycle
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import safetensors.torch
import torch
import yaml
from commands import one_line
from huggingface_hub import EvalResult, ModelCard

import vae_core as vc
from vae_core.bundles import pack_bundle
from vae_core.config import ACTIVATIONS, MEANS, VARIANCES
from vae_core.errors import FileError, MissingPackage
from vae_core.export import arrays, formats, graphs, modeling_vae
from vae_core.export.formats import FILES, FORMATS, export_files, lacking, write_files
from vae_core.export.hub import results_of
from vae_core.export.layouts import EXTRAS, LAYOUTS, model_of
from vae_core.export.weights import About, Result
from vae_core.likelihoods import LIKELIHOODS
from vae_core.models import pack_model, pretrained_path

KINDS = [{"likelihood": name} for name in LIKELIHOODS if name != "gaussian"]
KINDS += [{"likelihood": "gaussian", "mean": mean, "variance": variance} for mean in MEANS for variance in VARIANCES]
KINDS = [kind | {"activation": activation} for kind, activation in zip(KINDS, cycle(ACTIVATIONS), strict=False)]
KINDS += [{"activation": "relu"}, {"activation": "softplus"}, {"hidden_dims": ()}, {"encoder_hidden_dims": ()}]
RESULT = Result("elbo", "Test ELBO, nats per image, 16 samples", -31.5, {"binarization": "dynamic", "num_samples": 16})
ABOUT = About("mine", "mnist", "mit", "# mine\n\n| data | mnist |\n", (RESULT,))


def model(**changes):
    """A small model of colour images, 4 x 5; no two axes have the same size."""
    sizes = {"latent_dim": 3, "hidden_dims": (17, 13), "encoder_hidden_dims": (9,)}
    config = vc.ModelConfig(60, (4, 5, 3), **sizes | changes)
    return vc.VAE(config, generator=torch.Generator().manual_seed(1), initialization="glorot").eval()


def inputs_for(vae, batch):
    """Images that the model has a probability for, and noise."""
    noise = torch.Generator().manual_seed(batch)
    x = torch.rand(batch, vae.config.data_dim, generator=noise, dtype=torch.float32)
    eps = torch.randn(batch, vae.config.latent_dim, generator=noise, dtype=torch.float32)
    return x.round() if vae.likelihood.binary else x, eps


def assert_near(numbers, expected, rule=1e-5):
    """Of the same shape and dtype, and equal up to `rule` times the largest of them."""
    expected = expected.detach().numpy()
    assert numbers.shape == expected.shape and numbers.dtype == expected.dtype
    np.testing.assert_allclose(numbers, expected, rtol=0, atol=rule * float(np.abs(expected).max()))


@pytest.fixture
def as_in_other_programs():
    """torch's own layers are of torch's default dtype."""
    dtype = torch.get_default_dtype()
    torch.set_default_dtype(torch.float32)
    yield
    torch.set_default_dtype(dtype)


# -- ONNX ------------------------------------------------------------------------------------------------------------


@torch.no_grad()
def compare_graphs(vae, x, eps):
    """All outputs of the three graphs against the model."""
    sessions = {name: onnxruntime.InferenceSession(file) for name, file in export_files(vae, "onnx").items()}
    q = vae.encode(x)
    z = q.mean + q.stddev * eps
    p, bound = vae.decode(z), vc.elbo(vae, x, eps=eps[None])
    moments = {"mean": p.mean} | ({"scale": p.stddev} if vae.config.likelihood == "gaussian" else {})
    cases = {
        "encoder.onnx": ({"x": x}, {"loc": q.mean, "scale": q.stddev}),
        "decoder.onnx": ({"z": z}, moments),
        "bound.onnx": ({"x": x, "eps": eps}, {"recon_log_lik": bound.recon_log_lik, "kl": bound.kl}),
    }
    for name, (given, expected) in cases.items():
        session = sessions[name]
        assert [end.name for end in session.get_outputs()] == list(expected)
        assert [end.shape[0] for end in (*session.get_inputs(), *session.get_outputs())] == ["batch"] * (
            len(given) + len(expected)
        )
        outputs = session.run(list(expected), {title: tensor.numpy() for title, tensor in given.items()})
        for numbers, tensor in zip(outputs, expected.values(), strict=True):
            assert_near(numbers, tensor)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: "-".join(map(str, kind.values())))
@pytest.mark.parametrize("batch", [1, 7, 100])
def test_the_graphs_give_the_models_numbers_at_every_batch_size(kind, batch):
    vae = model(**kind)
    compare_graphs(vae, *inputs_for(vae, batch))


@pytest.mark.parametrize("name", ["digits-2d", "emoji-2d", "mnist-20d"])
def test_the_graphs_of_pretrained_models_do_so_on_images(name):
    vae = vc.load_pretrained(name)
    x, eps = inputs_for(vae, 200)
    compare_graphs(vae, x, eps)


def test_small_probabilities_keep_their_digits():
    """onnxruntime's own sigmoid rounds them to 0."""
    vae = model(hidden_dims=())
    with torch.no_grad():
        vae.decoder[0].bias -= 30.0
        session = onnxruntime.InferenceSession(export_files(vae, "onnx")["decoder.onnx"])
        z = torch.zeros(1, 3)
        (mean,) = session.run(["mean"], {"z": z.numpy()})
        np.testing.assert_allclose(mean, vae.decode(z).mean.numpy(), rtol=1e-4)


@pytest.mark.parametrize("likelihood", ["bernoulli", "continuous_bernoulli"])
def test_extreme_logits_have_the_models_log_likelihood(likelihood):
    vae = model(hidden_dims=(), likelihood=likelihood)
    with torch.no_grad():
        vae.decoder[0].weight.zero_()
        vae.decoder[0].bias.copy_(torch.tensor([0.0, 1e-12, 1e-4, -0.09, 0.11, 1.0, -20.0, 90.0, -300.0, 1e4] * 6))
    compare_graphs(vae, *inputs_for(vae, 3))


def test_a_graph_is_one_file_that_onnxs_checker_takes_and_any_runtime_of_today_reads():
    files = export_files(model(), "onnx", ABOUT)
    assert tuple(files) == FILES["onnx"]
    for content in files.values():
        graph = onnx.load_from_string(content)
        onnx.checker.check_model(graph, full_check=True)
        assert {tensor.data_location for tensor in graph.graph.initializer} == {onnx.TensorProto.DEFAULT}
        assert graph.opset_import[0].version <= 17 and graph.ir_version <= 8
        assert "Random" not in "".join(node.op_type for node in graph.graph.node)
        assert json.loads({prop.key: prop.value for prop in graph.metadata_props}["config"])["latent_dim"] == 3


def test_without_onnx_one_line_says_what_to_install(command, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    code, _, text = command("export", "digits-2d", "--format", "onnx", "--out", tmp_path / "out")
    assert code == 2 and "pip install onnx" in one_line(text) and not (tmp_path / "out").exists()
    with pytest.raises(MissingPackage):
        export_files(model(), "onnx")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert "pip install onnx" in lacking("onnx") and not lacking("numpy")
    assert command("export", "digits-2d", "--format", "numpy", "--out", tmp_path / "out")[0] == 0


def test_a_model_larger_than_a_file_can_be_is_refused_before_the_work(monkeypatch):
    monkeypatch.setattr(graphs, "MOST_BYTES", 1000)
    with pytest.raises(vc.TooLarge, match="one ONNX file holds at most 1,000 bytes"):
        export_files(model(), "onnx")


def test_every_likelihood_and_activation_has_its_formulas_in_each_format():
    assert {kind.name for kind in graphs.FORMULAS} == set(LIKELIHOODS)
    for table in (graphs.ACTIVATIONS, arrays.ACTIVATIONS, modeling_vae.ACTIVATIONS):
        assert set(table) == set(ACTIVATIONS)
    assert {model(**kind).likelihood.browser_mean for kind in KINDS} == set(arrays.MEANS)
    assert set(FILES) == set(FORMATS)


# -- the hub's folder ------------------------------------------------------------------------------------------------

LOADER = """
import json, sys
from modeling_vae import VAE
from safetensors.torch import load_file, save_file
import torch
model = VAE(**json.load(open("config.json")))
model.load_state_dict(load_file("model.safetensors"), strict=True)
given = load_file("given.safetensors")
with torch.no_grad():
    loc, scale = model.eval().encode(given["x"])
    made = {"loc": loc, "scale": scale, "mean": model.decode(given["z"]), "again": model(given["x"])}
    if model.likelihood == "gaussian":
        made["std"] = model.scale(given["z"])
save_file({name: tensor.contiguous() for name, tensor in made.items()}, "made.safetensors")
print(sorted(name for name in sys.modules if name.split(".")[0] in ("vae_core", "aevb_lab", "huggingface_hub", "scipy")))
"""


@torch.no_grad()
def test_torch_and_safetensors_alone_load_the_folder(tmp_path):
    """In a process of its own, which sees nothing of this project."""
    vae = model(likelihood="gaussian", variance="network")
    write_files(tmp_path, export_files(vae, "huggingface", ABOUT))
    x, z = inputs_for(vae, 7)
    safetensors.torch.save_file({"x": x, "z": z}, tmp_path / "given.safetensors")
    (tmp_path / "load.py").write_text(LOADER)
    told = subprocess.run([sys.executable, "load.py"], cwd=tmp_path, env={}, capture_output=True, text=True)
    assert (told.stdout, told.stderr) == ("[]\n", "")
    made = safetensors.torch.load_file(tmp_path / "made.safetensors")
    q, p = vae.encode(x), vae.decode(z)
    again = vae.decode(q.mean).mean
    for name, expected in {"loc": q.mean, "scale": q.stddev, "mean": p.mean, "again": again, "std": p.stddev}.items():
        assert_near(made[name].numpy(), expected)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: "-".join(map(str, kind.values())))
@pytest.mark.usefixtures("as_in_other_programs")
@torch.no_grad()
def test_the_class_takes_the_config_and_strictly_the_weights_of_every_model(kind):
    vae, space = model(**kind), {}
    files = export_files(vae, "huggingface")
    exec(files["modeling_vae.py"].decode(), space)
    plain = space["VAE"](**json.loads(files["config.json"]))
    assert plain.load_state_dict(safetensors.torch.load(files["model.safetensors"]), strict=True)
    x, z = inputs_for(vae, 5)
    assert_near(plain.decode(z).numpy(), vae.decode(z).mean)
    assert_near(plain.encode(x)[1].numpy(), vae.encode(x).stddev)
    if vae.config.likelihood == "gaussian":
        assert_near(plain.scale(z).numpy(), vae.decode(z).stddev)


def test_the_plain_class_is_the_last_one_and_short():
    text = export_files(model(), "huggingface")["modeling_vae.py"].decode()
    tree = ast.parse(text)
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    modules |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert modules == {"torch"}, "torch alone"
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    assert classes[-1].name == "VAE" and sum(bool(line.strip()) for line in text.splitlines()) <= 45
    assert tree.body[-1] is classes[-1]


def test_the_weights_have_plain_names_and_say_that_they_are_torchs():
    content = export_files(model(), "huggingface")["model.safetensors"]
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    assert header.pop("__metadata__") == {"format": "pt"}
    assert set(header) == set(model().state_dict())


def card_of(about):
    return export_files(model(), "huggingface", about)["README.md"].decode()


def test_the_card_goes_through_the_hubs_own_library_and_back():
    text = card_of(ABOUT)
    card = ModelCard(text, ignore_metadata_errors=False)
    data = card.data.to_dict()
    assert data == yaml.safe_load(text.split("---\n")[1])
    (result,) = card.data.eval_results
    assert isinstance(result, EvalResult) and result.metric_args == RESULT.settings
    assert (result.metric_type, result.metric_value, result.metric_name) == RESULT[:1] + (RESULT.value, RESULT.name)
    assert (result.dataset_type, result.dataset_name, result.dataset_split) == ("ylecun/mnist", "mnist", "test")
    assert (data["license"], data["datasets"], data["metrics"]) == ("mit", ["ylecun/mnist"], ["elbo"])
    assert data["model-index"][0]["name"] == "mine" and data["library_name"] == "pytorch"
    assert "| data | mnist |" in card.text and "strict=True" in card.text


HOSTILE = [
    "a: b",
    "- x",
    "{",
    '"quoted" \\',
    "no",
    "1e3",
    "~",
    "#c",
    "---\nlicense: x\n---",
    "é 数字",
    "x" * 500,
    "%",
    "null",
    "",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_breaks_out_of_the_cards_yaml(name):
    text = card_of(replace(ABOUT, name=name, data=name, card=f"---\nlicense: x\n---\n{name}"))
    values = ModelCard(text).data.to_dict()
    assert values["license"] == "mit" and set(values) <= set(ModelCard(card_of(ABOUT)).data.to_dict())
    if name:
        assert values["datasets"] == [" ".join(name.splitlines())[:200]]
        assert values["model-index"][0]["name"] == values["datasets"][0]


@pytest.mark.parametrize("value", [0.0, -1e-7, 1e22, 5.0, -132.849])
def test_a_number_in_the_card_stays_a_number(value):
    result = RESULT._replace(value=value)
    (told,) = ModelCard(card_of(replace(ABOUT, results=(result,)))).data.eval_results
    assert told.metric_value == value and isinstance(told.metric_value, float)


def test_a_card_says_where_the_encoder_was_never_trained(tmp_path, command):
    assert "never trained" not in card_of(ABOUT) and "never trained" in card_of(replace(ABOUT, trains_encoder=False))
    train = vc.TrainConfig(algorithm="mcem").to_dict()
    (tmp_path / "m.safetensors").write_bytes(pack_model(model(), data="toy", train_config=train))
    code, *_ = command("export", tmp_path / "m.safetensors", "--format", "huggingface", "--out", tmp_path / "out")
    assert code == 0 and "never trained" in (tmp_path / "out" / "README.md").read_text()


def test_a_card_without_numbers_or_data_claims_none():
    assert (
        "model-index" not in card_of(About())
        and "metrics" not in card_of(About())
        and "datasets" not in card_of(About())
    )
    assert ModelCard(card_of(About())).data.license == "unknown"


@pytest.mark.parametrize("name", vc.list_pretrained())
def test_a_pretrained_models_card_tells_its_numbers_with_their_settings(name, command, tmp_path):
    code, *_ = command("export", name, "--format", "huggingface", "--out", tmp_path)
    card = ModelCard.load(tmp_path / "README.md")
    of_elbo, recon, kl = card.data.eval_results
    own = (pretrained_path(name) / "card.md").read_text(encoding="utf-8")
    assert code == 0 and f"Test ELBO: **{of_elbo.metric_value:.3f}**" in own
    assert of_elbo.metric_args["num_samples"] == 16 and of_elbo.metric_args["seed"] == 0
    assert f"standard error {of_elbo.metric_args['std_error']:.3f}" in own and "std_error" not in kl.metric_args
    assert recon.metric_value - kl.metric_value == pytest.approx(of_elbo.metric_value, abs=2e-3)
    assert card.data.license == "mit"


def test_a_runs_card_tells_the_end_of_its_curves(finished, command, tmp_path):
    code, *_ = command("export", finished / "model.safetensors", "--format", "huggingface", "--out", tmp_path / "a")
    history = vc.History.from_json((finished / "history.json").read_text())
    card = ModelCard.load(tmp_path / "a" / "README.md")
    of_elbo = card.data.eval_results[0]
    assert code == 0 and of_elbo.metric_value == history.records[-1].test_elbo
    assert of_elbo.metric_args["num_samples"] == 1 and of_elbo.metric_args["step"] == history.records[-1].step
    assert card.data.license == "unknown" and card.data.model_name == finished.name
    assert results_of("", None, "none") == () == results_of("", vc.History("digits", "none"), "none")


# -- numpy -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: "-".join(map(str, kind.values())))
@torch.no_grad()
def test_fifteen_lines_of_numpy_decode(kind, tmp_path, monkeypatch):
    vae, space = model(**kind), {}
    write_files(tmp_path, export_files(vae, "numpy"))
    monkeypatch.chdir(tmp_path)
    text = (tmp_path / "decode.py").read_text()
    assert sum(bool(line.strip()) for line in text.splitlines()) <= 15 and "vae_core" not in text
    exec(text, space)
    _, z = inputs_for(vae, 7)
    np.testing.assert_allclose(space["decode"](z.numpy()), vae.decode(z).mean.numpy(), atol=1e-5)


def test_the_arrays_have_the_names_of_the_state_dict_and_hold_no_pickle():
    vae = model(likelihood="gaussian")
    files = np.load(io.BytesIO(export_files(vae, "numpy")["model.npz"]), allow_pickle=False)
    assert json.loads(str(files["config"]))["image_shape"] == [4, 5, 3]
    for name, tensor in vae.state_dict().items():
        assert np.array_equal(files[name], tensor.numpy()) and files[name].dtype == np.float32


# -- what is written, and what is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize("format_", FORMATS)
def test_the_same_model_gives_the_same_bytes(format_):
    assert export_files(model(), format_, ABOUT) == export_files(model(), format_, ABOUT)


@pytest.mark.parametrize("format_", FORMATS)
def test_nothing_in_the_folder_is_replaced(format_, tmp_path, command):
    last = FILES[format_][-1]
    (tmp_path / last).write_text("all that is left")
    code, _, text = command("export", "digits-2d", "--format", format_, "--out", tmp_path)
    assert code == 2 and f"has a file {last} already" in one_line(text)
    assert [path.name for path in tmp_path.iterdir()] == [last] and (tmp_path / last).read_text() == "all that is left"
    with pytest.raises(FileError):
        formats.write_files(tmp_path, {last: b"new"})


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("export digits-2d --format pickle --out OUT", "invalid choice: 'pickle'"),
        ("export digits-2d --format onnx", "the following arguments are required: --out"),
        ("export digits-2d --format onnx --out=", "must be a folder, got an empty name"),
        ("export digits-2d --format onnx --out FILE", "--out must be a folder, got the file"),
        ("export digits-2d --format onnx --out FILE/below", "--out must be a folder, got the file"),
        ("export nothing-here --format onnx --out OUT", "there is no pretrained model 'nothing-here'"),
        ("export OUT/model.pt --format onnx --out OUT", "files of other kinds are never opened"),
        ("export digits-2d --format numpy --license mit --out OUT", "--license does not go with --format numpy"),
        ("export digits-2d --format huggingface --license free --out OUT", "invalid choice: 'free'"),
    ],
)
def test_bad_input_is_one_line(words, message, tmp_path, command):
    (tmp_path / "file").write_text("")
    words = words.replace("OUT", str(tmp_path / "out")).replace("FILE", str(tmp_path / "file"))
    code, _, text = command(*words.split())
    assert code == 2 and message in one_line(text) and not (tmp_path / "out").exists()


def test_an_export_needs_finite_float32():
    for format_ in FORMATS:
        with pytest.raises(vc.CheckpointError, match="float64"):
            export_files(model().double(), format_)
    vae = model()
    with torch.no_grad():
        vae.encoder[0].weight[0, 0] = float("nan")
    for format_ in FORMATS:
        with pytest.raises(vc.CheckpointError, match=r"encoder\.0\.weight holds values that are not finite"):
            export_files(vae, format_)
    with pytest.raises(ValueError, match="format must be one of onnx, huggingface, numpy, got 'pt'"):
        export_files(model(), "pt")


def test_an_old_file_a_bundle_and_curves_that_are_damaged(tmp_path, command):
    """A model of another layout beside it, a zip, and a history that is no history."""
    (tmp_path / "model.safetensors").write_bytes(pack_model(model(), data="toy"))
    (tmp_path / "history.json").write_text("{")
    code, _, text = command(
        "export", tmp_path / "model.safetensors", "--format", "huggingface", "--out", tmp_path / "a"
    )
    assert code == 2 and "history.json" in one_line(text)
    (tmp_path / "other.safetensors").write_bytes(pack_model(model(), data="toy"))
    code, *_ = command("export", tmp_path / "other.safetensors", "--format", "huggingface", "--out", tmp_path / "b")
    assert code == 0, "curves belong to model.safetensors alone"
    bundle = tmp_path / "mine.zip"
    bundle.write_bytes(pack_bundle("mine", {"model.safetensors": pack_model(model()), "card.md": b"# hi\n"}))
    code, *_ = command("export", bundle, "--format", "huggingface", "--out", tmp_path / "c")
    assert code == 0 and ModelCard.load(tmp_path / "c" / "README.md").data.to_dict()["license"] == "unknown"


# -- docs/export.md ---------------------------------------------------------------------------------------------------


def blocks():
    """The language and the text of each block of code, in order."""
    text = (Path(__file__).resolve().parent.parent / "docs" / "export.md").read_text(encoding="utf-8")
    return re.findall(r"```(\w+)\n(.*?)```", text, re.DOTALL)


@pytest.mark.usefixtures("as_in_other_programs")
def test_every_block_of_the_page_runs_and_brings_a_model_in(tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    space, decoders = {}, []
    with torch.random.fork_rng():
        for language, text in blocks():
            if language == "sh":
                for line in text.splitlines():
                    name, *words = shlex.split(line)
                    code, _, told = command(*words)
                    assert name == "aevb" and code == 0, told
            elif language == "json":
                (tmp_path / "config.json").write_text(text)
            elif "def decode" in text:
                decoders.append(text)
                with contextlib.chdir("plain"):
                    exec(text, space)
            else:
                exec(text, space)
    sys.modules.pop("modeling_vae")
    assert decoders == [(tmp_path / "plain" / "decode.py").read_text()]
    z = np.array([[0.5, -1.0]], dtype=np.float32)
    assert_near(space["decode"](z), vc.load_pretrained("digits-2d").decode(torch.tensor(z)).mean)
    assert space["elbo"].shape == (7,) and space["images"].shape == (16, 64)
    x = torch.zeros(1, 64)
    with torch.no_grad():
        loc, log_var = space["encoder"](x).chunk(2, -1)
        q = vc.load_model(tmp_path / "theirs.safetensors").encode(x)
    torch.testing.assert_close(q.mean, loc)
    torch.testing.assert_close(q.stddev, torch.exp(0.5 * log_var))
    listed = json.loads((tmp_path / "config.json").read_text())["layout"]
    names = [*listed["encoder"], listed["loc"], listed["log_var"], *listed["decoder"]]
    sizes = [(5, 64), (2, 5), (2, 5), (5, 2), (64, 5)]
    state = {f"{name}.weight": torch.zeros(size) for name, size in zip(names, sizes, strict=True)}
    assert model_of(state, json.loads((tmp_path / "config.json").read_text()), "s", "c")[1]["imported"] == "own"


def test_the_page_names_every_format_and_layout():
    text = (Path(__file__).resolve().parent.parent / "docs" / "export.md").read_text(encoding="utf-8")
    assert all(f"| `{name}`" in text for name in (*FORMATS, *LAYOUTS))
    assert all(f"`{name}`" in text for names in FILES.values() for name in names)
    assert all(f"`{name}`" in text for name in (*EXTRAS, *ACTIVATIONS, *LIKELIHOODS))
