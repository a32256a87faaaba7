"""Every training setting, all the way round: config, flags, widgets, another page and back, the script's text."""

import ast
from dataclasses import fields
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import vae_core as vc
from aevb_lab.jobs.job import JobSpec
from aevb_lab.scripts import training as training_scripts
from aevb_lab.session import settings
from aevb_lab.session.runs import board
from vae_core.cli.main import build_parser
from vae_core.cli.train import configs_of
from vae_core.data.datasets import DATASETS
from vae_core.settings import Choice, Widths, counts, settings_of

pytestmark = pytest.mark.filterwarnings("default")  # Streamlit's own, outside a server
REPOSITORY = Path(__file__).resolve().parent.parent
SETTINGS = settings_of(vc.ModelConfig) | settings_of(vc.TrainConfig)
CHOSEN_FIRST = ("likelihood", "algorithm")  # the others depend on them

GAUSSIAN = vc.ModelConfig(
    64, (8, 8), latent_dim=3, hidden_dims=(40, 20), likelihood="gaussian", mean="identity", variance="network",
    variance_floor=0.25, activation="silu",
)  # fmt: skip
TRAIN = vc.TrainConfig(
    epochs=7, batch_size=50, learning_rate=0.02, optimizer="adagrad", schedule="cosine", warmup_steps=9, max_grad_norm=50.0, estimator="A",
    num_samples=4, objective="map", beta=0.5, binarization="none", seed=11, initialization="paper",
)  # fmt: skip
PLAIN = vc.ModelConfig(64, (8, 8), hidden_dims=())
SPECS = {
    "Gaussian": JobSpec("digits", GAUSSIAN, TRAIN),
    "threshold": JobSpec("digits", PLAIN, TRAIN.replace(binarization="threshold")),
    "wake-sleep": JobSpec("digits", PLAIN, vc.TrainConfig(algorithm="wake_sleep", objective="map", num_samples=2)),
    "Monte Carlo EM": JobSpec("digits", PLAIN, vc.TrainConfig(algorithm="mcem", objective="map", epochs=3)),
    "full VB": JobSpec("digits", GAUSSIAN, vc.TrainConfig(algorithm="full_vb", estimator="A", binarization="none")),
}
every_spec = pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)


def values_of(spec: JobSpec) -> dict:
    """The settings that count, by the fields' names."""
    values = vars(spec.model_config) | vars(spec.train_config)
    return {name: values[name] for name, about in SETTINGS.items() if counts(about, values)}


def test_every_setting_goes_round_with_a_value_that_is_not_its_default():
    moved = {
        name for spec in SPECS.values() for name, value in values_of(spec).items()
        if value != settings.DEFAULTS[name] and value != settings.first_value(name, "digits")
    }  # fmt: skip
    assert moved == set(SETTINGS)
    assert {field.name for config in (vc.ModelConfig, vc.TrainConfig) for field in fields(config)} == {
        *SETTINGS, "data_dim", "image_shape", "encoder_hidden_dims"
    }  # fmt: skip
    assert {name for names in page_rows() for name in names} == set(SETTINGS)


def page_rows() -> list[tuple[str, ...]]:
    """The page's table of settings, from its source: to import the page would run it."""
    for node in ast.parse((REPOSITORY / "app/views/train.py").read_text()).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "SETTINGS":
            return list(ast.literal_eval(node.value).values())
    raise AssertionError("app/views/train.py has no table SETTINGS")


# -- flags -------------------------------------------------------------------------------------------------------


@every_spec
def test_from_configs_to_flags_and_back(spec, tmp_path):
    text = {
        name: Widths.write(value) if isinstance(value, tuple) else str(value) for name, value in values_of(spec).items()
    }
    if not spec.model_config.hidden_dims:  # without hidden layers no unit has an activation
        del text["activation"]
    flags = [part for name in text for part in (SETTINGS[name].flag, text[name])]
    args = build_parser().parse_args(["train", "--data", spec.data, "--out", str(tmp_path / "run"), *flags])
    training = {"likelihood": DATASETS[spec.data].own_settings["likelihood"]}
    assert configs_of(args, vc.load_data(spec.data), training) == (spec.model_config, spec.train_config)


# -- the script --------------------------------------------------------------------------------------------------


@every_spec
def test_from_configs_to_the_script_and_back(spec):
    body = ast.parse(training_scripts.training_script("mine", spec).text).body
    written = {
        node.targets[0].id: ast.unparse(node.value)
        for node in body
        if isinstance(node, ast.Assign) and node.targets[0].id in ("config", "training")
    }
    assert eval(written["config"], {"vc": vc}) == spec.model_config
    assert eval(written["training"], {"vc": vc}) == spec.train_config


# -- widgets -----------------------------------------------------------------------------------------------------


@pytest.fixture
def started(monkeypatch):
    """The specs that Start submits; nothing trains."""
    specs = []
    monkeypatch.setattr("aevb_lab.session.runs.submit", specs.append)
    monkeypatch.setattr("aevb_lab.jobs.board.Board.warm", lambda board: None)  # a spare worker costs each test seconds
    yield specs
    board().shutdown()
    board.clear()


def open_train(data: str = "digits") -> AppTest:
    page = AppTest.from_file("../app/main.py", default_timeout=120)
    page.query_params["train_data"] = data
    page.switch_page("views/train.py").run()
    assert not page.exception, page.exception
    return page


def widget(page: AppTest, name: str, data: str):
    about = SETTINGS[name]
    kind = "selectbox" if isinstance(about, Choice) else "text_input" if isinstance(about, Widths) else "number_input"
    return getattr(page, kind)(key=settings.widget_key(name, data))


def settings_on(page: AppTest) -> set[str]:
    keys = {element.key for kind in ("selectbox", "text_input", "number_input") for element in getattr(page, kind)}
    return {name for name in SETTINGS if settings.widget_key(name, "digits") in keys}


@every_spec
def test_from_configs_to_widgets_to_another_page_and_back(spec, started):
    page = open_train()
    values = values_of(spec)
    for name in CHOSEN_FIRST:
        widget(page, name, spec.data).set_value(values[name]).run()
    assert settings_on(page) == set(values), "a setting that does not count is not shown"
    for name in values.keys() - set(CHOSEN_FIRST):
        widget(page, name, spec.data).set_value(settings.to_widget(SETTINGS[name], values[name]))
    page.run()
    page.button(key="train_start").click().run()
    assert started == [spec]
    page.switch_page("views/models.py").run()
    page.switch_page("views/train.py").run()
    for name, value in values.items():
        assert widget(page, name, spec.data).value == settings.to_widget(SETTINGS[name], value), name
    page.button(key="train_start").click().run()
    assert started == [spec, spec]


def test_each_algorithm_is_named_and_explained_and_changes_nothing_else(started):
    page = open_train()
    page.button(key="train_start").click().run()
    names = SETTINGS["algorithm"].names
    assert widget(page, "algorithm", "digits").options == list(names.values())
    assert widget(page, "algorithm", "digits").value == "aevb"
    for choice, name in names.items():
        assert f"{name[0].upper()}{name[1:]}: " in SETTINGS["algorithm"].help
        widget(page, "algorithm", "digits").set_value(choice).run()
        page.button(key="train_start").click().run()
        assert started[-1].train_config == started[0].train_config.replace(algorithm=choice)
        assert started[-1].model_config == started[0].model_config


def test_a_data_set_that_only_has_a_record_opens_the_page_with_its_own_settings(made_up_set, started):
    page = open_train("stripes")
    page.button(key="train_start").click().run()
    model = vc.ModelConfig(6, (2, 3), 3, (7,), "gaussian", variance="per_pixel")
    assert started == [JobSpec("stripes", model, vc.TrainConfig(binarization="none"))]
    page.selectbox(key="train_likelihood_stripes").select("bernoulli").run()
    page.button(key="train_start").click().run()
    assert started[-1] == JobSpec("stripes", model.replace(likelihood="bernoulli", variance="shared"), vc.TrainConfig())
    page.selectbox(key="train_data").select("digits").run()
    page.button(key="train_start").click().run()
    assert started[-1].model_config == vc.ModelConfig(64, (8, 8), 2, (256, 256)), "its settings are its own"
