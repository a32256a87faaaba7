import json
import math
from dataclasses import fields
from typing import get_args, get_type_hints

import pytest

from vae_core import ModelConfig, TrainConfig
from vae_core.settings import Choice, Widths, require_it_counts, settings_of

MODEL = ModelConfig(
    data_dim=6, image_shape=(2, 3), latent_dim=4, hidden_dims=(7, 5), likelihood="gaussian", mean="identity",
    variance="network", variance_floor=0.25, activation="silu", encoder_hidden_dims=(9,),
)  # fmt: skip
TRAIN = TrainConfig(
    epochs=3, batch_size=9, learning_rate=0.125, optimizer="adagrad", schedule="cosine", warmup_steps=5, max_grad_norm=8.0, estimator="A",
    num_samples=2, objective="map", beta=0.5, binarization="threshold", seed=11, initialization="paper", algorithm="wake_sleep",
)  # fmt: skip


@pytest.mark.parametrize("config", [MODEL, TRAIN, MODEL.replace(hidden_dims=()), TrainConfig()], ids=repr)
def test_config_survives_dict_and_json(config):
    assert type(config).from_dict(json.loads(json.dumps(config.to_dict()))) == config


def test_the_round_trip_is_of_values_that_are_not_defaults():
    for config in (MODEL, TRAIN):
        assert not [f.name for f in fields(config) if getattr(config, f.name) == f.default]


def test_a_field_that_came_later_is_written_only_where_it_has_another_value():
    """Else version 0.1.0 could read no file of today."""
    assert "encoder_hidden_dims" not in MODEL.replace(encoder_hidden_dims=None).to_dict()
    assert MODEL.to_dict()["encoder_hidden_dims"] == [9]
    assert MODEL.replace(encoder_hidden_dims=[7, 5]) == MODEL.replace(encoder_hidden_dims=None)


def test_a_file_from_before_there_was_a_choice_began_with_glorots_weights():
    former = {key: value for key, value in TRAIN.to_dict().items() if key != "initialization"}
    assert TrainConfig.from_dict(former) == TRAIN.replace(initialization="glorot")


def test_configs_are_frozen():
    with pytest.raises(AttributeError):
        MODEL.latent_dim = 3


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"data_dim": 0}, "data_dim must be a whole number of at least 1, got 0"),
        ({"latent_dim": 0}, "latent_dim must be a whole number of at least 1, got 0"),
        ({"latent_dim": True}, "latent_dim must be a whole number of at least 1, got True"),
        ({"latent_dim": 2.0}, "latent_dim must be a whole number of at least 1, got 2.0"),
        ({"image_shape": (6,)}, "image_shape must be (height, width), or (height, width, 3), got (6,)"),
        ({"image_shape": (-2, -3)}, "each side of image_shape must be a whole number of at least 1, got -2"),
        ({"image_shape": (2, 4)}, "image_shape must hold data_dim (=6) numbers, got (2, 4) (=8)"),
        ({"hidden_dims": (5, 0)}, "each of hidden_dims must be a whole number of at least 1, got 0"),
        ({"encoder_hidden_dims": (5, 0)}, "each of encoder_hidden_dims must be a whole number of at least 1, got 0"),
        (
            {"encoder_hidden_dims": 5},
            "encoder_hidden_dims must be a tuple of at most 100 whole numbers, such as (500, 500), got 5",
        ),
        (
            {"likelihood": "poisson"},
            "likelihood must be one of bernoulli, gaussian, continuous_bernoulli, got 'poisson'",
        ),
        ({"mean": "tanh"}, "mean must be one of sigmoid, identity, got 'tanh'"),
        ({"variance": "full"}, "variance must be one of shared, per_pixel, network, fixed, got 'full'"),
        ({"variance_floor": -1.0}, "variance_floor must be a finite number of at least 0, got -1.0"),
        ({"variance_floor": math.nan}, "variance_floor must be a finite number of at least 0, got nan"),
        ({"activation": "gelu"}, "activation must be one of tanh, silu, relu, softplus, got 'gelu'"),
    ],
)
def test_model_config_says_which_rule_was_broken(changes, message):
    with pytest.raises(ValueError) as error:
        MODEL.replace(**changes)
    assert str(error.value) == message


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"epochs": 0}, "epochs must be a whole number of at least 1, got 0"),
        ({"batch_size": 0}, "batch_size must be a whole number of at least 1, got 0"),
        ({"num_samples": 0}, "num_samples must be a whole number of at least 1, got 0"),
        ({"warmup_steps": -1}, "warmup_steps must be a whole number of at least 0, got -1"),
        ({"seed": -1}, "seed must be a whole number of at least 0, got -1"),
        ({"seed": 2**63}, "seed must be below 2**63, got 9223372036854775808"),
        ({"learning_rate": 0.0}, "learning_rate must be a finite number above 0, got 0.0"),
        ({"learning_rate": math.inf}, "learning_rate must be a finite number above 0, got inf"),
        ({"learning_rate": 10**400}, f"learning_rate must be a finite number above 0, got {10**400}"),
        ({"learning_rate": "fast"}, "learning_rate must be a finite number above 0, got 'fast'"),
        ({"initialization": "he"}, "initialization must be one of fan_in, glorot, paper, paper_deviation, got 'he'"),
        ({"beta": -0.5}, "beta must be a finite number of at least 0, got -0.5"),
        ({"optimizer": "sgd"}, "optimizer must be one of adam, adagrad, got 'sgd'"),
        ({"schedule": "linear"}, "schedule must be one of constant, cosine, got 'linear'"),
        ({"estimator": "C"}, "estimator must be one of A, B, STL, got 'C'"),
        ({"objective": "mle"}, "objective must be one of ml, map, iwae, got 'mle'"),
        ({"algorithm": "sgd"}, "algorithm must be one of aevb, wake_sleep, mcem, full_vb, got 'sgd'"),
        ({"binarization": "grey"}, "binarization must be one of dynamic, threshold, none, got 'grey'"),
    ],
)
def test_train_config_says_which_rule_was_broken(changes, message):
    with pytest.raises(ValueError) as error:
        TRAIN.replace(**changes)
    assert str(error.value) == message


def test_the_least_values_are_allowed():
    MODEL.replace(variance_floor=0.0, latent_dim=1, hidden_dims=(1,))
    TRAIN.replace(epochs=1, batch_size=1, num_samples=1, warmup_steps=0, beta=0.0, seed=0)
    TRAIN.replace(beta=1, learning_rate=1, seed=2**63 - 1)


def test_unknown_keys_are_an_error_that_lists_the_known_ones():
    with pytest.raises(
        ValueError, match="TrainConfig has no field lr; it has algorithm, batch_size, beta, .*, warmup_steps"
    ):
        TrainConfig.from_dict({"lr": 0.1})


def test_missing_keys_and_other_types_are_errors():
    with pytest.raises(ValueError, match="ModelConfig must have data_dim, got image_shape"):
        ModelConfig.from_dict({"image_shape": [2, 3]})
    with pytest.raises(ValueError, match="image_shape must be a tuple of at most 3 whole numbers"):
        ModelConfig.from_dict({"data_dim": 6, "image_shape": 6})
    with pytest.raises(ValueError, match="TrainConfig must be built from a dict, got list"):
        TrainConfig.from_dict([1])


# -- settings ----------------------------------------------------------------------------------------------------

SETTINGS = settings_of(ModelConfig) | settings_of(TrainConfig)


def test_every_field_but_the_images_own_is_a_setting_with_words():
    names = {field.name for config in (ModelConfig, TrainConfig) for field in fields(config)}
    assert names - set(SETTINGS) == {"data_dim", "image_shape", "encoder_hidden_dims"}, (
        "the last one has a flag of its own"
    )
    for name, about in SETTINGS.items():
        assert about.flag.startswith("--") and about.label, name
        assert about.help.endswith(".") and about.help[0] != " ", name
    for word in ("flag", "label"):
        assert len({getattr(about, word) for about in SETTINGS.values()}) == len(SETTINGS)


def test_choices_are_those_of_the_type():
    hints = get_type_hints(ModelConfig) | get_type_hints(TrainConfig)
    for name, about in SETTINGS.items():
        assert get_args(hints[name]) == about.choices if isinstance(about, Choice) else True, name
    assert sum(isinstance(about, Choice) for about in SETTINGS.values()) == 11


def test_what_a_setting_depends_on_is_a_setting_with_such_choices():
    conditions = [about.only for about in SETTINGS.values() if about.only]
    assert len(conditions) == 7
    for only in conditions:
        assert set(only.values) < set(SETTINGS[only.name].choices)


@pytest.mark.parametrize(
    "name, value, changes, message",
    [
        (
            "variance", "shared", {"likelihood": "bernoulli"},
            "--variance does not go with --likelihood bernoulli: only a Gaussian decoder has a variance; leave it out, or "
            "choose --likelihood gaussian",
        ),
        (
            "binarization", "dynamic", {},
            "--binarization dynamic does not go with --likelihood gaussian: this decoder learns from grey pixels; leave it "
            "out, or choose --likelihood bernoulli",
        ),
        (
            "beta", 1.0, {"algorithm": "mcem"},
            "--beta does not go with --algorithm mcem: only AEVB weighs the KL term; leave it out, or choose --algorithm aevb",
        ),
        (
            "estimator", "A", {"algorithm": "wake_sleep"},
            "--estimator does not go with --algorithm wake_sleep: it ascends no estimate of the bound; leave it out, or "
            "choose --algorithm aevb or full_vb",
        ),
    ],
)  # fmt: skip
def test_a_setting_without_effect_is_refused_by_name_with_the_reason(name, value, changes, message):
    values = {"likelihood": "gaussian", "algorithm": "aevb"}
    with pytest.raises(ValueError) as error:
        require_it_counts(SETTINGS[name], value, values | changes)
    assert str(error.value) == message
    for good in ("variance", "beta", "estimator"):
        require_it_counts(SETTINGS[good], value, values)
    require_it_counts(SETTINGS["binarization"], "none", values)


def test_widths_are_read_as_they_are_written():
    for value in ((), (7,), (500, 20)):
        assert Widths.read(Widths.write(value)) == value
    assert Widths.read(" 40, 20,") == (40, 20)
    for text in ("5,x", "0", "-3", "1.5"):
        with pytest.raises(ValueError, match="must be whole numbers of at least 1, such as 500,500, got "):
            Widths.read(text)
