"""Figures 2 to 5 in a real browser (slow): a press on a curve, one's own run drawn over the curves while it trains, the map of figure 4
under the pointer, and a press on a draw of figure 5."""

import pytest
from browsing import CANVAS, press, step_of

from vae_core.experiments.committed import lead_curves, paper_runs

SHOWS = "name => document.querySelector('[data-testid=stCode]')?.textContent.includes(name)"
POINTS = "([size, own]) => document.querySelectorAll(`.st-key-paper_panel_${size} .trace`)[own]?.querySelectorAll('.points path').length"
pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_press_on_a_curve_shows_its_settings_and_the_command(visit):
    first, second = (run for run in paper_runs("mnist") if run.run.latent_dim == 20 and run.run.seed == 0)
    page = visit("/figures")
    panel = f".st-key-paper_panel_{first.run.latent_dim}"
    points = page.locator(f"{panel} .scatterlayer .trace").nth(2).locator(".points path")
    points.last.wait_for(state="attached")
    page.get_by_text("Make this curve again").click()
    page.wait_for_function(SHOWS, arg=first.run.name)
    points.last.click(force=True)
    page.wait_for_function(SHOWS, arg=second.run.name)
    assert (
        page.locator(".st-key-paper_run input").input_value()
        == f"wake-sleep, {second.run.latent_dim} latent dimensions, seed 0"
    )


def test_a_press_on_a_lead_shows_the_two_runs_of_its_size(visit):
    sizes = list(lead_curves(paper_runs("mnist")))
    page = visit("/figures")
    points = page.locator(".st-key-paper_leads .scatterlayer .trace").nth(len(sizes) - 1).locator(".points path")
    points.last.wait_for(state="attached")
    points.last.click(force=True)
    page.wait_for_selector(f".st-key-paper_panel_{sizes[-1]} .trace")
    page.wait_for_url(lambda url: f"paper_size={sizes[-1]}" in url)
    assert page.locator(".st-key-paper_panel_20").count() == 0


def test_ones_own_run_is_drawn_over_the_curves_while_it_trains(visit, real_data):
    real_data("mnist")
    size = 20
    page = visit("/figures")
    page.get_by_text("Train such a model on MNIST").click()
    page.locator(".st-key-train_latent_dim input").wait_for()
    assert page.locator(".st-key-train_latent_dim input").input_value() == str(size)
    press(page, "train_start")
    step_of(page)  # it has begun
    page.get_by_role("link", name="Figures 2 to 5").click()
    own = [size, 2 * sum(run.run.latent_dim == size for run in paper_runs("mnist"))]  # after two curves of each run
    count = page.wait_for_function(POINTS, arg=own).json_value()
    page.wait_for_function(f"own => ({POINTS})(own) > {count}", arg=own)


def test_the_map_decodes_under_the_pointer_and_a_pressed_draw_is_large(visit):
    page = visit("/figures?paper_figure=4: map")
    canvas = page.locator(f"{CANVAS}[data-ready=true]")
    canvas.scroll_into_view_if_needed()
    images = set()
    box = page.locator(".st-key-figure4_plane .plane-axes").bounding_box()
    for across, up in ((0.2, 0.8), (0.5, 0.5), (0.9, 0.2)):
        page.mouse.move(box["x"] + across * box["width"], box["y"] + up * box["height"])
        before = canvas.get_attribute("data-z")
        page.mouse.move(box["x"] + across * box["width"] + 9, box["y"] + up * box["height"])
        page.wait_for_function("([css, z]) => document.querySelector(css).dataset.z !== z", arg=[CANVAS, before])
        images.add(canvas.evaluate("canvas => canvas.toDataURL()"))
    assert len(images) == 3
    page.get_by_role("radio", name="5: draws").click()
    draw = page.locator(".st-key-figure5_draws_1 button").nth(4)
    text = draw.locator("span").inner_text()
    draw.click()
    large = page.locator(".st-key-figure5_large_1")
    large.get_by_text("Draw 5").wait_for()
    assert text[:-1] in large.inner_text()
    page.wait_for_selector(".st-key-figure5_draws_1 button[aria-pressed=true][data-row='4']")
    page.wait_for_url(lambda url: "draws_shown=0%2C0%2C4" in url)
    page.locator(".st-key-figure5_again button").click()
    page.wait_for_url(lambda url: "draws_shown=1%2C0%2C4" in url)
