"""The window "About": it opens, says what a report needs, and its button copies that text."""

import sys
from pathlib import Path

import pytest

import vae_core as vc

pytestmark = pytest.mark.browser


def open_about(page):
    page.click(".st-key-about button")
    window = page.locator("[data-testid=stDialog] .report")
    window.locator("pre:not(:empty)").wait_for()
    return window


def test_the_report_is_copied_and_names_version_settings_and_paths_but_not_the_users_home(visit, server):
    page = visit("/bound")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    window = open_about(page)
    window.get_by_role("button", name="Copy for a report").click()
    window.locator("output:text-is('Copied')").wait_for()
    text = page.evaluate("() => navigator.clipboard.readText()")
    assert text == window.locator("pre").text_content()
    assert text.startswith(f"AEVB Lab {vc.__version__}\nPython {sys.version.split()[0]} on ")
    for line in (f"port: {server.port}", "slots: ", "class: no", "allowed hosts: ", "torch ", "processor cores"):
        assert line in text
    assert "program: " in text and str(Path.home()) not in text
    page.keyboard.press("Escape")
    page.wait_for_selector("[data-testid=stDialog]", state="detached")


def test_without_a_clipboard_the_text_is_copied_the_older_way_or_marked(visit):
    """As on a page without encryption, which a class has."""
    page = visit("/bound", locale="en-GB")
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    page.reload()
    window = open_about(page)
    window.get_by_role("button", name="Copy for a report").click()
    window.locator("output:not(:empty)").wait_for()
    assert page.evaluate("() => getSelection().toString()").startswith(f"AEVB Lab {vc.__version__}")
