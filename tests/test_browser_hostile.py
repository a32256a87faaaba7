"""A hostile model in a real browser: nothing that stands in its file is obeyed, and nothing outside is asked."""

import pytest
from hostile_models import LINK, NAMES, file_of, small_vae

pytestmark = pytest.mark.browser


def test_nothing_of_a_hostile_model_is_obeyed(visit):
    page = visit("/models")
    for number, name in enumerate((NAMES[1], NAMES[3])):
        content = file_of(small_vae(seed=number), data=f"{LINK} https://evil.example www.evil.example a@evil.example")
        file = {"name": f"{name}.safetensors", "mimeType": "application/octet-stream", "buffer": content}
        page.locator(".st-key-upload_model input[type=file]").set_input_files(file)
        page.locator("[data-testid=stAlert]", has_text=f"Loaded as {name[:3]}").wait_for()
    assert_inert(page)
    page.locator("[data-testid=stSidebarNav] a[href$='/bound']").click()
    page.locator(".st-key-model input").fill("www")
    page.keyboard.press("Enter")
    page.get_by_text("which are not on this machine").wait_for()
    assert_inert(page)
    page.locator("[data-testid=stSidebarNav] a[href$='/reconstruct']").click()
    page.get_by_role("heading", name="Reconstruct").wait_for()
    page.get_by_text("which are not on this machine").wait_for()
    assert_inert(page)


def assert_inert(page):
    live = page.locator("a[href*='evil'], a[href^='mailto'], img[src*='evil'], a[href$='/p']")
    assert live.count() == 0, live.first.evaluate("element => element.outerHTML")
    assert "evil" in page.locator("body").inner_text(), "its text is there"
