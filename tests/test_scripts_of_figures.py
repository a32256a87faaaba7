"""The scripts of the page Figures 2 to 5: they print and draw what the page shows."""

import numpy as np
import pytest
from PIL import Image

from aevb_lab import cached
from aevb_lab.scripts.figures import curves_script, draws_script, likelihoods_script, manifold_script
from aevb_lab.session.models import load_pretrained
from vae_core.experiments.committed import likelihood_runs, paper_runs
from vae_core.latent import manifold, mosaic

pytestmark = pytest.mark.filterwarnings("default")  # Streamlit's own, outside a server


def run_script(script, capsys):
    exec(compile(script.filled(), script.name, "exec"), {})
    return capsys.readouterr().out


def test_the_script_prints_the_curves(capsys):
    printed = run_script(curves_script("mnist"), capsys)
    for run in paper_runs("mnist"):
        assert f"after {run.samples[-1]:,.0f} samples the test bound is {run.test[-1]:.3f} nats" in printed


@pytest.mark.parametrize("method", ["hmc", "importance"])
def test_the_script_of_figure_3_prints_the_estimates_that_are_shown(capsys, method):
    printed = run_script(likelihoods_script(method), capsys)
    for run in likelihood_runs():
        test = run.points[-1][method]["test"]
        assert f"after {run.points[-1]['samples']:,} samples, test images: log p(x) {test['mean']:.2f} ±" in printed
        assert run.command in printed


def test_the_scripts_of_figures_4_and_5_draw_what_the_page_shows(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    model = load_pretrained("mnist-2d")
    run_script(manifold_script(model), capsys)
    vae = model.vae
    expected = mosaic(manifold(vae, cells=20, coordinates="probability"), vae.config.image_shape)
    with Image.open("figure4.png") as picture:
        assert np.abs(np.asarray(picture) - 255.0 * expected.numpy()).max() < 1.0
    printed = run_script(draws_script([model, load_pretrained("mnist-20d")], 10, 3), capsys)
    draws = cached.prior_samples(model, 10, 3)
    with Image.open("figure5-mnist-2d.png") as picture:
        strip = draws.means.reshape(10, 28, 28).transpose(1, 0, 2).reshape(28, 280)
        assert np.abs(np.asarray(picture) - 255.0 * strip).max() < 1.0
    assert ", ".join(f"{np.linalg.norm(z):.2f}" for z in draws.z) in printed and "mnist-20d" in printed
