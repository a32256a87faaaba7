"""Links that nobody's browser wrote. For tests, and for counts of faults."""

from collections.abc import Iterator, Sequence

import numpy as np

# What no widget but a field of text or of numbers can use.
NONSENSE = (
    "",
    "nan",
    "NaN",
    "inf",
    "-Infinity",
    "1e400",
    "1" + "0" * 400,
    "-1e308",
    "0x10",
    "None",
    "null",
    "[]",
    "![d](http://evil.example/t.png) [press](http://evil.example/p)",
    "<script>alert(1)</script>",
    "x" * 20_000,
    "\u202e\u200b\x00",
    "\U0001f600",
    "%00%",
    "true; --",
    " ",
)
KEYS = (
    *(
        "model",
        "z",
        "pinned",
        "q",
        "toy",
        "hidden",
        "drawing",
        "drawn",
        "maths",
        "curves_of",
        "run",
        "closer",
        "layers",
        "coordinates",
        "axes",
        "rest",
        "map_image",
    ),
    *(
        "reconstruct_source",
        "reconstruct_order",
        "reconstruct_first",
        "reconstruct_pairs",
        "reconstruct_class_digits",
        "own_close_up",
    ),
    *("own_polarity", "paths_view", "path_ends", "path_shape", "path_steps", "path_point_A", "path_point_B"),
    *("path_class_A_digits", "path_image_A_digits", "traverse_around", "samples_of", "samples_seed", "train_data"),
    *(
        "compare_view",
        "twin_kind",
        "twin_first",
        "twin_image",
        "twin_seed",
        "run_shown",
        "bound_chapter",
        "bound_image_digits-2d",
    ),
    *(
        "likelihood_image_digits-2d",
        "likelihood_axis",
        "likelihood_columns",
        "likelihood_slow",
        "likelihood_looks",
        "draws",
        "chains",
        "temperatures",
        "likelihood_seed",
    ),
    *(
        "variance_axis",
        "variance_weights",
        "variance_all",
        "iteration",
        "stage",
        "repair_source",
        "repair_image",
        "repair_kind",
    ),
    *(
        "repair_factor",
        "repair_flips",
        "repair_samples",
        "repair_seed",
        "repair_chain_method",
        *("curves_axis", "curves_term", "table_columns"),
    ),
    *("embed", "embed_options", "theme", "__proto__", "![x](y)"),
)
PIECES = (
    "0",
    "1",
    "-",
    ".",
    ",",
    "e",
    "inf",
    "nan",
    "9" * 30,
    "\u2212",
    " ",
    "=",
    "&",
    "A",
    "_",
    "'",
    '"',
    "(",
    "[",
    "\u0663",
)


def links(count: int, seed: int = 0, keys: Sequence[str] = KEYS) -> Iterator[dict[str, list[str]]]:
    """Links, each as its parameters: known keys and values, nonsense, and sums of small pieces; some twice."""
    random = np.random.Generator(np.random.PCG64(seed))
    for _ in range(count):
        link: dict[str, list[str]] = {}
        for _ in range(random.integers(1, 7)):
            key = keys[random.integers(len(keys))]
            values = link.setdefault(key, [])
            values.append(_value(random))
            if random.random() < 0.1:
                values.append(_value(random))
        yield link


def _value(random: np.random.Generator) -> str:
    if random.random() < 0.5:
        return NONSENSE[random.integers(len(NONSENSE))]
    return "".join(PIECES[random.integers(len(PIECES))] for _ in range(random.integers(0, 9)))
