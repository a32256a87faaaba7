"""One's own images in a real headless Chromium: from a dropped zip to a moving map."""

import own_files as files
import pytest
from browsing import wait_for_function

pytestmark = pytest.mark.browser


def press(page, key):
    page.locator(f".st-key-{key} button:visible").first.click()


def test_a_dropped_zip_becomes_a_moving_map_and_survives_a_reload(visit):
    photographs = files.photographs(40, 8, 10)
    content = files.zipped(files.pngs(photographs[:20], "κόκκινα/") | files.pngs(photographs[20:], "<b>blue/"))
    page = visit("/train?train_data=digits")
    press(page, "train_own")
    dropped = {"name": "my pictures.zip", "mimeType": "application/zip", "buffer": content}
    page.locator(".st-key-images_files input[type=file]").set_input_files(dropped)
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("40 images, 32 for training and 8 for testing").wait_for()
    picture = dialog.locator(".st-key-images_preview img")
    before = picture.get_attribute("src")
    page.locator(".st-key-images_mirror input").click()
    page.get_by_role("option", name="left and right changed over").click()
    wait_for_function(
        page, "before => document.querySelector('.st-key-images_preview img')?.src !== before", arg=before
    )
    press(page, "images_start")
    dialog.wait_for(state="detached")
    page.wait_for_selector("canvas[data-role=points][data-version]", state="attached")
    wait_for_function(
        page, "() => /finished|training/.test(document.querySelector('.st-key-train_status')?.innerText ?? '')"
    )
    if page.locator(".st-key-train_stop button:visible:not([disabled])").count():
        press(page, "train_stop")
    page.wait_for_selector(".st-key-train_map button:visible")
    page.reload()
    page.wait_for_selector(".st-key-train_map button:visible")
    assert page.locator(".st-key-train_data input").input_value() == "my pictures"
    press(page, "train_map")
    page.wait_for_selector(".plane-name")
    assert {name.get_attribute("aria-label") for name in page.locator(".plane-name").all()} == {
        "κόκκινα",
        "<b>blue</b>",
    }
    assert page.locator("[data-testid=stException], [data-testid=stAlertContentError]").count() == 0
