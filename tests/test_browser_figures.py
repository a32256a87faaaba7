"""Figures 2 to 5 in a real browser (slow): a press on a curve, and one's own run drawn over the curves while it trains."""

import pytest
from browsing import press, step_of

from vae_core.experiments.committed import paper_runs

SHOWS = "name => document.querySelector('[data-testid=stCode]').innerText.includes(name)"
POINTS = "size => document.querySelectorAll(`.st-key-paper_panel_${size} .trace`)[4]?.querySelectorAll('.points path').length"
pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_press_on_a_curve_shows_its_settings_and_the_command(visit):
    first, second = paper_runs("mnist")[:2]
    page = visit("/figures")
    panel = f".st-key-paper_panel_{first.run.latent_dim}"
    points = page.locator(f"{panel} .scatterlayer .trace").nth(2).locator(".points path")
    points.last.wait_for(state="attached")
    code = page.locator("[data-testid=stCode]").first
    assert first.run.name in code.inner_text()
    points.last.click(force=True)
    page.wait_for_function(SHOWS, arg=second.run.name)
    assert page.locator(".st-key-paper_run input").input_value() == second.run.name


def test_ones_own_run_is_drawn_over_the_curves_while_it_trains(visit, real_data):
    real_data("mnist")
    size = paper_runs("mnist")[0].run.latent_dim
    page = visit("/figures")
    page.get_by_text("Train such a model on MNIST").click()
    page.locator(".st-key-train_latent_dim input").wait_for()
    assert page.locator(".st-key-train_latent_dim input").input_value() == str(size)
    press(page, "train_start")
    step_of(page)  # it has begun
    page.get_by_role("link", name="Figures 2 to 5").click()
    count = page.wait_for_function(POINTS, arg=size).json_value()
    page.wait_for_function(f"size => ({POINTS})(size) > {count}", arg=size)
