"""What the first page shows, in one or two sentences that are true for the chosen model."""

from __future__ import annotations

from collections.abc import Collection

THINGS = {  # by data set: one of its images, and what the network draws
    "digits": ("a handwritten digit", "the digit"),
    "mnist": ("a handwritten digit", "the digit"),
    "fashion_mnist": ("a photo of a piece of clothing", "the piece of clothing"),
    "frey_faces": ("a photo of a face", "the face"),
    "emoji_like": ("a coloured shape", "the shape"),
}
NUMBERS = ("one number", "two numbers", "three numbers", "four numbers", "five numbers")


def welcome(data: str, latent_dim: int, *, has_dots: bool) -> str:
    """For a model of this data set with so many latents; `has_dots` where encoded images are on the plane."""
    image, drawing = THINGS.get(data, ("an image", "the image"))
    numbers = NUMBERS[latent_dim - 1] if latent_dim <= len(NUMBERS) else f"{latent_dim} numbers"
    cut = "" if latent_dim <= 2 else "; the map shows two directions among them"
    if latent_dim == 1:
        cut = "; it says how far to the right the dot lies"
    begin = f"Each dot is {image}, squeezed into {numbers}{cut}. " if has_dots else ""
    return f"{begin}Move over the map: the network draws {drawing} that belongs to the place under your finger."


def has_digits(data: str, class_names: Collection[str]) -> bool:
    """Whether a 4 and a 9 are on the map of a model of this data set, with encoded images of these classes, if there are any."""
    return {"4", "9"} <= set(class_names) if class_names else data in ("digits", "mnist")
