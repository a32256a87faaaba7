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
PARTS: dict[str, tuple[str, ...]] = {  # by page
    "": ("latent_plane", "coordinates", "layers", "closer", "map_image", "take_away", "maths"),
    "reconstruct": ("reconstruct_source", "own_row", "own_given", "own_numbers", "drawing_pad"),
    "paths": ("paths_view", "paths_side", "path_plane"),
    "train": ("train_settings", "train_start", "train_buttons", "train_row", "train_curve", "train_plane", "train_map"),
    "compare": ("compare_view", "twin_kind", "twin"),
    "bound": ("bound_chapter", "bound_toy", "bound_bench"),
    "likelihood": ("estimates", "likelihood_columns", "posterior_plane"),
    "gradients": ("gradient_variance", "slow_row"),
    "repair": ("repair_given", "repair_brush", "repair_answers"),
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
