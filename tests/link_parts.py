"""Keys of pages beside the names in `app/lessons/parts.py`: those that no link may hide, and which key a name stands for."""

import re

KEPT = {  # keys of pages that no link may hide, and why
    "map_head": "it holds the page's title",
    "map_row": "it is the page",
    "map_tools": "it only holds widgets",
    "closer_choice": "it only holds widgets",
    "paths_plane": "it only holds the map",
    "path_map": "it only holds the map",
    "figure4_row": "it only holds the map and the decoded image",
    "estimates_row": "it only holds the table and the map",
    "path_bench": "it is the page",
    "variance_measuring": "it says how far the measurement is",
    "repair_row": "it is the page",
    "sketch_row": "it is the page",
    "sketch_bench": "it only holds the pad",
    "images_*": "they are in the window of Your own images",
    "own_middle": "it only holds the map",
    "train_watch": "it asks how far the run is",
    "*_points": "they are part of their map",
    "steer_lasso": "it is part of its map",
    "on_plane": "it is part of its map",
    "repair_map": "it is part of its map",
    "take_*": "they are in Download",
    "word_from_*": "it is in Words",
    "report": "it is in Words",
    "class_board": "it is the teacher's",
}


def matches(name, key):
    """Whether a part's name stands for a widget's or container's key."""
    return re.fullmatch(re.escape(name).replace(r"\*", ".*"), key) is not None
