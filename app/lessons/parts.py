"""Parts of pages that a lesson or a link may mark or hide, by name. A name is the key of a widget or container on its page; a
name that ends with * stands for all keys that begin so."""

from __future__ import annotations

PAGES = {  # addresses, and the files of their views
    "": "latent_map",
    "reconstruct": "reconstruct",
    "paths": "paths",
    "train": "train",
    "compare": "compare",
    "bound": "bound",
    "likelihood": "likelihood",
    "gradients": "gradients",
    "repair": "repair",
    "models": "models",
}
PARTS: dict[str, dict[str, str]] = {  # by page: names, and what the panel of hidden parts calls them
    "": {
        "latent_plane": "the map",
        "coordinates": "Coordinates",
        "layers": "Show",
        "closer": "Look closer",
        "map_image": "Test image",
        "take_away": "Download",
        "maths": "Show the maths",
    },
    "reconstruct": {"reconstruct_source": "Images", "own_row": "your drawing", "drawing_pad": "the pad"},
}
SELECTORS = {"decoded": ".live-decoder", "sidebar": "[data-testid=stSidebar]"}  # of parts without a key


def is_part(name: str) -> bool:
    """Whether a page has a part of this name."""
    return name in SELECTORS or any(name in parts for parts in PARTS.values())


def selector(name: str) -> str:
    """The CSS selector of a part of this name."""
    if name in SELECTORS:
        return SELECTORS[name]
    if name.endswith("*"):
        return f'[class*="st-key-{name[:-1]}"]'
    return f".st-key-{name}"
