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
        page.locator("[data-testid=stAlert]", has_text="Loaded as").filter(has_text=name[:12]).wait_for()
    for path in ("bound", "reconstruct", ""):
        live = page.locator("a[href*='evil'], a[href^='mailto'], img[src*='evil'], script:text('evil')")
        assert live.count() == 0, live.first.evaluate("element => element.outerHTML")
        assert page.locator("body").inner_text().count("evil") > 0, "its text is there"
        page.locator(f"[data-testid=stSidebarNav] a[href$='/{path}']").first.click()
        page.get_by_text("which are not on this machine").first.wait_for() if path else None
