"""What the first page shows, in one or two sentences that are true for the chosen model."""

from __future__ import annotations

from collections.abc import Collection

from vae_core.data.datasets import DATASETS, image_words

CHANGE = ("7", "4")  # they lie side by side on the pretrained maps of digits
OF_DIGITS, OF_OTHERS = "Where does a 7 become a 4?", "What lies between?"
NUMBERS = ("one number", "two numbers", "three numbers", "four numbers", "five numbers")


def welcome(data: str, latent_dim: int, *, has_dots: bool) -> str:
    """For a model of this data set with so many latents; `has_dots` where encoded images are on the plane."""
    words = image_words(data)
    numbers = NUMBERS[latent_dim - 1] if latent_dim <= len(NUMBERS) else f"{latent_dim} numbers"
    cut = "" if latent_dim <= 2 else "; the map shows two directions among them"
    if latent_dim == 1:
        cut = "; it says how far to the right the dot lies"
    begin = f"Each dot is {words.image}, squeezed into {numbers}{cut}. " if has_dots else ""
    return f"{begin}Move over the map: the network draws {words.thing} that belongs to the place under your finger."


def first_question(data: str, class_names: Collection[str]) -> str:
    """What a visitor looks for on the map of a model of this data set, with encoded images of these classes, if there are any."""
    return OF_DIGITS if has_digits(data, class_names) else OF_OTHERS


def has_digits(data: str, class_names: Collection[str]) -> bool:
    """Whether the classes of CHANGE are on the map of a model of this data set."""
    return set(CHANGE) <= set(class_names or (DATASETS[data].class_names if data in DATASETS else ()))
