"""What a page's visitors with other eyes, ears and hands would miss: axe-core's findings, faint letters of charts, pictures without words."""

from __future__ import annotations

from pathlib import Path

import axe_playwright_python

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")

# What axe finds in Streamlit's own elements, which neither styles nor settings change: by its rule, where it may be, and why.
STREAMLITS_OWN = {
    "list": ("[data-testid=stSidebarNavItems]", "the list of pages has headings of sections between its items"),
    "listitem": ("[data-testid=stSidebarNavItems] *", "items of that list"),
    "aria-prohibited-attr": ("[data-testid^=st], [data-testid^=st] *", "labels on elements without a role"),
}
RUN = """async own => {
    const { violations } = await axe.run(document, { resultTypes: ["violations"] })
    const isOwn = (rule, target) => own[rule] && document.querySelector(target.at(-1))?.matches(own[rule][0])
    return violations.flatMap(({ id, nodes }) => nodes.filter(({ target }) => !isOwn(id, target)).map(({ target, html, any, all, none }) =>
        [id, target.join(" "), html.slice(0, 200), ...[...any, ...all, ...none].map(({ message }) => message.slice(0, 200))].join(" | ")))
}"""

# Letters of charts and drawings, which axe does not see: by their own fill against the page's ground. Numbers on the marks of a chart
# are tested by their colours, in test_contrast.py.
LETTERS = """least => {
    const light = (colour) => {
        const [r, g, b] = (colour.match(/[\\d.]+/g) ?? []).map((part) => Number(part) / 255)
            .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
        return 0.2126 * r + 0.7152 * g + 0.0722 * b
    }
    const ground = light(getComputedStyle(document.querySelector("[data-testid=stApp]")).backgroundColor)
    const texts = [...document.querySelectorAll("[data-testid=stMain] svg text")]
    return texts.filter((text) => text.textContent.trim() && text.getClientRects().length && !text.closest(".textpoint, .hoverlayer"))
        .flatMap((text) => {
            const { fill, opacity } = getComputedStyle(text)
            const [darker, lighter] = [light(fill), ground].sort((a, b) => a - b)
            const contrast = (lighter + 0.05) / (darker + 0.05)
            return contrast < least || Number(opacity) < 1 ? [`letters | ${text.textContent} | ${fill} | ${contrast.toFixed(2)}`] : []
        })
}"""

# A picture says what it is; one that keys move says so.
PICTURES = """() => [...document.querySelectorAll("canvas:not([aria-hidden=true])")].flatMap((canvas) => {
    const words = canvas.getAttribute("aria-label") ?? ""
    const isMoved = canvas.tabIndex >= 0
    const isRight = isMoved ? canvas.getAttribute("role") === "application" && words.includes("key") : canvas.getAttribute("role") === "img"
    return (isRight && words) || canvas.closest("button") ? [] : [`picture | ${canvas.dataset.role} | ${words}`]
})"""


def faults_of(page) -> list[str]:
    """One line for each fault of the page as it is now."""
    page.wait_for_selector(
        "[data-testid=stFileUploaderDropzone][role=presentation]", state="detached"
    )  # components/keyboard.js
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    return page.evaluate(RUN, STREAMLITS_OWN) + page.evaluate(LETTERS, 4.5) + page.evaluate(PICTURES)
