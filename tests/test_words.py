"""What a wrong argument of a public function is answered with: our words, in a process where no type checker stands before them."""

import json
import subprocess
import sys
from pathlib import Path

from vae_core.errors import reason

REPOSITORY = Path(__file__).resolve().parent.parent
PROGRAM = """
import json, sys
import numpy as np, torch, vae_core as vc
from vae_core import drawing, gradients, studies
from vae_core.studies.estimation import estimate, estimators, Effort

torch.set_num_threads(1)
g, config = torch.Generator().manual_seed(0), vc.ModelConfig(6, (2, 3), 2, (5,))
vae, x, z = vc.VAE(config, generator=g), torch.zeros(4, 6), torch.zeros(4, 2)
toy = vc.Dataset("toy", x, x, None, None, (2, 3), "none")
mask = vc.Mask(torch.ones(6, dtype=torch.bool))
endless, answers = [], {}
endless.append(endless)
for expression in json.load(sys.stdin):
    try:
        value = eval(expression)
        answers[expression] = "" if not hasattr(value, "__next__") else (next(value), "")[1]
    except Exception as error:
        answers[expression] = f"{type(error).__name__}: {error}"
json.dump(answers, sys.stdout)
"""
SEED = "got 0: give torch.Generator().manual_seed(0)"
GENERATOR = f"ValueError: generator must be a torch.Generator, {SEED}"
GROUPS = {
    "ValueError: hidden_dims must be a tuple of at most 100 whole numbers, such as (500, 500), got ": [
        "vc.ModelConfig(6, (2, 3), hidden_dims=8)",
        "vc.ModelConfig(6, (2, 3), hidden_dims=None)",
        "vc.ModelConfig(6, (2, 3), hidden_dims='8')",
        "vc.ModelConfig(6, (2, 3), hidden_dims={})",
        "vc.ModelConfig(6, (2, 3), hidden_dims={5, 4})",
        "vc.ModelConfig(6, (2, 3), hidden_dims=np.array(8))",
        "config.replace(hidden_dims=8)",
        "vc.ModelConfig.from_dict({'data_dim': 6, 'image_shape': [2, 3], 'hidden_dims': 8})",
    ],
    "ValueError: image_shape must be a tuple of at most 3 whole numbers, such as (500, 500), got ": [
        "vc.ModelConfig(6, 6)",
        "vc.ModelConfig(6, '23')",
    ],
    "ValueError: each of hidden_dims must be a whole number of at least 1, got ": [
        "vc.ModelConfig(6, (2, 3), hidden_dims=(5.0,))",
        "vc.ModelConfig(6, (2, 3), hidden_dims=np.array([5.5]))",
        "vc.ModelConfig(6, (2, 3), hidden_dims=[[5]])",
        "vc.ModelConfig(6, (2, 3), hidden_dims=(True,))",
    ],
    "ValueError: latent_dim must be a whole number of at least 1, got ": [
        "vc.ModelConfig(6, (2, 3), latent_dim=2.0)",
        "vc.ModelConfig(6, (2, 3), latent_dim=np.float64(2))",
        "vc.ModelConfig(6, (2, 3), latent_dim=np.bool_(True))",
        "vc.ModelConfig(6, (2, 3), latent_dim=np.int64(0))",
    ],
    "ValueError: learning_rate must be a finite number above 0, got ": [
        "vc.TrainConfig(learning_rate=np.float32('nan'))",
        "vc.TrainConfig(learning_rate='1e-3')",
        "vc.TrainConfig(learning_rate=np.array([1e-3]))",
        "vc.TrainConfig(learning_rate=1e-3j)",
        "vc.TrainConfig(learning_rate=None)",
    ],
    GENERATOR: [
        "vc.VAE(config, generator=0)",
        "vae.sample(2, generator=0)",
        "vc.restore(vae, x, mask, generator=0)",
        "vc.log_evidence(vae, x, mask, generator=0)",
        "vc.simulate(vae, 2, generator=0)",
        "vc.binarize(x, 'dynamic', generator=0)",
        "vc.random_mask((6,), 0.5, generator=0)",
        "vc.reverse_ais(vae, x, z, generator=0)",
        "gradients.measure_gradient(vae, x, estimator='B', batch_size=2, num_repeats=2, generator=0)",
        "vc.restoration_steps(vae, x, mask, method='pseudo_gibbs', num_chains=1, generator=0)",
        "vc.FullVB(vae, vc.TrainConfig()).step(x, num_train=4, generator=0)",
    ],
    f"ValueError: generator must be a torch.Generator (or give eps), {SEED}": [
        "vc.elbo(vae, x, generator=0)",
        "vc.estimate_bound(vae, x, generator=0)",
        "gradients.estimate_gradient(vae, x, generator=0)",
        "vc.AEVB(vae, vc.TrainConfig()).step(x, num_train=4, generator=0)",
        "vc.WakeSleep(vae, vc.TrainConfig()).step(x, num_train=4, generator=0)",
        "vc.MCEM(vae, vc.TrainConfig()).step(x, num_train=4, generator=0)",
    ],
    f"ValueError: generator must be a torch.Generator for method 'importance', {SEED}": ["vc.log_marginal(vae, x, generator=0)"],
    f"ValueError: generator must be a torch.Generator (or give the state of a checkpoint), {SEED}": [
        "vc.fit(vc.AEVB(vae, vc.TrainConfig(binarization='none')), toy, generator=0)"
    ],
    "ValueError: seed must be a whole number of at least 0, got ": [
        "studies.encode_image(vae, x[:1], 'none', seed='x')",
        "studies.encode_image(vae, x[:1], 'none', seed=1.5)",
    ],
    "ValueError: seed must be below 2**63, got ": ["studies.encode_image(vae, x[:1], 'none', seed=2**64)"],
    "ValueError: eps must have the shape (samples, batch, latent_dim), got ": [
        "vc.elbo(vae, x, eps=torch.zeros(4, 2))",
        "vc.elbo(vae, x, eps=torch.zeros(1, 4, 3))",
        "vc.elbo(vae, x, eps=torch.zeros(1, 1, 2))",
        "vc.elbo(vae, x, eps=torch.zeros(0, 4, 2))",
        "vc.elbo(vae, x, eps=0)",
        "gradients.gradient_surrogate(vae, x, estimator='score', eps=torch.zeros(1, 3, 2))",
    ],
    "ValueError: eps must be torch.float32, as the model is, got torch.float64: give eps.to(torch.float32)": [
        "vc.elbo(vae, x, eps=torch.zeros(1, 4, 2, dtype=torch.float64))",
    ],
    "DataError: x must be torch.float32, as the model is, got torch.float64: give x.to(torch.float32)": [
        "vc.elbo(vae, x.double(), generator=g)",
        "vae.encode(x.double())",
        "vc.encoded_means(vae, x.double())",
        "vc.log_marginal(vae, x.double(), method='quadrature')",
    ],
    "DataError: z must be torch.float32, as the model is, got torch.int64: give z.to(torch.float32)": ["vae.decode(z.long())"],
    "DataError: x must be a tensor, got ndarray: give torch.as_tensor(x, dtype=torch.float32)": [
        "vae.encode(x.numpy())",
        "vc.elbo(vae, x.numpy(), generator=g)",
        "vc.log_marginal(vae, x.numpy(), generator=g)",
        "estimate(vae, x[:1].numpy(), estimators(2, Effort())[0])",
    ],
    "DataError: x must have the shape (batch, data_dim=6), got ": [
        "vc.elbo(vae, x[0], generator=g)",
        "vc.log_marginal(vae, x[:, :5], generator=g)",
        "estimate(vae, x[0], estimators(2, Effort())[0])",
    ],
    "DataError: x must be one image, got 4: give x[i : i + 1], which is (1, data_dim=6)": [
        *(f"estimate(vae, x, estimators(2, Effort())[{i}])" for i in range(3)),
        "studies.close_up(vae, x)",
        "studies.encode_image(vae, x, 'none')",
        "studies.redraws(vae, x, x)",
    ],
    "DataError: x must be one image, (data_dim=6,), got the shape (4, 6): give x[i] of a batch": [
        "studies.draw_codes(vae, x)",
        "studies.twins([vae], x)",
        "studies.encoded_point(vae, x)",
    ],
    "ValueError: observation must be a vc.Observation, such as vc.Mask(observed), got Tensor": [
        "vc.restore(vae, x, mask.observed, generator=g)",
        "vc.log_evidence(vae, x, mask.observed, generator=g)",
    ],
    "ValueError: what stands beside a model must be of JSON's types: texts, finite numbers, True, False, None, lists and dicts, got ": [
        "vc.save_model('nowhere/m', vae, notes={1, 2})",
        "vc.save_model('nowhere/m', vae, notes=float('nan'))",
        "vc.save_model('nowhere/m', vae, notes=b'bytes')",
        "vc.save_model('nowhere/m', vae, notes=endless)",
        "vc.save_model('nowhere/m', vae, notes=x)",
    ],
    "ValueError: what stands beside a model must have other names than format, kind, model_config, got ": [
        "vc.save_model('nowhere/m', vae, format=99)",
        "vc.save_model('nowhere/m', vae, model_config={'latent_dim': 9})",
        "vc.save_model('nowhere/m', vae, kind='checkpoint')",
    ],
    "CheckpointError: the file that was to be written has no usable configs: ": [
        "vc.save_model('nowhere/m', vae, data=3)",
        "vc.save_model('nowhere/m', vae, train_config={'epohs': 3})",
    ],
    "CheckpointError: a model's file holds torch.float32, and encoder.0.weight is ": [
        "vc.save_model('nowhere/m', vc.VAE(config, generator=g).half())",
        "vc.save_model('nowhere/m', vc.VAE(config, generator=g).double())",
    ],
    "ValueError: TrainConfig has no field epohs; it has algorithm, ": [
        "vc.TrainConfig().replace(epohs=3)",
        "vc.TrainConfig.from_dict({'epohs': 3})",
    ],
    "ValueError: ModelConfig must have data_dim and image_shape, got latent_dim": ["vc.ModelConfig.from_dict({'latent_dim': 3})"],
    "ValueError: a history must be an object of JSON, got ": [
        "vc.History.from_json('{')",
        "vc.History.from_json(b'\\xff')",
        "vc.History.from_json(None)",
        "vc.History.from_json('[' * 100_000)",
    ],
    "DataError: name and origin must be texts, got ": [
        "vc.Dataset(3, x, x, None, None, (2, 3), 'none')",
        "vc.Dataset('', x, x, None, None, (2, 3), 'none')",
        "vc.Dataset('toy', x, x, None, None, (2, 3), 'none', origin=None)",
    ],
    "DataError: class_names must be texts, got ": ["vc.Dataset('toy', x, x, None, None, (2, 3), 'none', (0, 1))"],
    "": [  # numbers of numpy are numbers
        "json.dumps(vc.ModelConfig(np.int64(6), np.array([2, 3]), np.int32(2), np.array([5, 4])).to_dict())",
        "json.dumps(vc.TrainConfig(epochs=np.uint8(3), learning_rate=np.float32(0.5), beta=np.float64(1), seed=np.int64(3)).to_dict())",
        "vc.VAE(vc.ModelConfig(6, (2, 3), np.int64(2), [np.int64(5)]), generator=g)",
        "hash(vc.ModelConfig(6, [2, 3], hidden_dims=[5])) + (vc.ModelConfig(6, torch.zeros(2, 3).shape) == 0)",
        "vc.elbo(vae, x, num_samples=np.int64(2), generator=g)",
        "vc.log_marginal(vae, x, num_samples=np.int32(20), generator=g)",
        "vc.log_marginal(vae, x, method='quadrature', tolerance=np.float32(0.01))",
        "vae.sample(np.int64(2), generator=g)",
        "vc.restore(vae, x, mask, num_samples=np.int64(2), generator=g)",
        "studies.encode_image(vae, x[:1], 'none', seed=np.int64(3))",
        "vc.BitFlips(np.float32(0.1)), vc.GaussianNoise(np.float64(0.1)), vc.BlockMeans(np.int64(2), (2, 4))",
        "gradients.measure_gradient(vae, x, estimator='B', batch_size=np.int64(2), num_repeats=np.int64(2), generator=g)",
    ],
}  # fmt: skip


def test_wrong_arguments_are_answered_in_our_words():
    expressions = [expression for group in GROUPS.values() for expression in group]
    command = [sys.executable, "-W", "error", "-c", PROGRAM]
    done = subprocess.run(
        command, cwd=REPOSITORY, input=json.dumps(expressions), capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, done.stderr
    answers = json.loads(done.stdout)
    wrong = {
        expression: (answers[expression], words)
        for words, group in GROUPS.items()
        for expression in group
        if not answers[expression].startswith(words) or not words and answers[expression]
    }
    assert not wrong, "\n".join(f"{e}\n  is answered {a!r}\n  not {w!r}" for e, (a, w) in wrong.items())


def test_what_is_wrong_with_a_file_is_said_without_pythons_names():
    def fails(call):
        try:
            call()
        except Exception as error:
            return reason(error)
        raise AssertionError("nothing failed")

    deep = "[" * 100_000
    assert fails(lambda: json.loads("{\n3")) == "it is no JSON from line 2 on"
    assert fails(lambda: json.loads(deep)) == "its lists have no end"
    assert fails(lambda: b"\xff".decode()) == "it is no text in UTF-8"
    assert fails(lambda: {}["seed"]) == "it has no 'seed'"
    wrong_type = "a part of it is not of the type that it should be"
    nothing, items = None, []
    for call in (lambda: nothing["x"], lambda: items.items(), lambda: items[0], lambda: int(items)):
        assert fails(call) == wrong_type
    assert fails(lambda: Path("/nowhere/at/all").read_text()) == "/nowhere/at/all: No such file or directory"
    assert reason(ValueError("seed must be at least 0, got -1")) == "seed must be at least 0, got -1"
