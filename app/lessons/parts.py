"""Parts of pages that a lesson or a link may mark or hide, by name. A name is the key of a widget or container on its page; a
name that ends with * stands for all keys that begin so. (Longer than other files: it has a line for each part of each page.)"""

from __future__ import annotations

import json
from hashlib import sha256
from os.path import commonprefix

from aevb_lab.serving import Published
from aevb_lab.session.settings import BY_IMAGES, SETTINGS, widget_key
from vae_core.data.datasets import DATASETS

PAGES = {  # addresses, and the files of their views
    "": "latent_map",
    "reconstruct": "reconstruct",
    "paths": "paths",
    "steer": "steer",
    "train": "train",
    "sketch": "sketch",
    "compare": "compare",
    "bound": "bound",
    "likelihood": "likelihood",
    "gradients": "gradients",
    "figures": "figures",
    "code": "code",
    "repair": "repair",
    "models": "models",
}


def _training_settings() -> dict[str, str]:
    """The fields of Train; where a setting depends on the data set, its field's key ends in what names the data set."""
    fields = {}
    for name, about in SETTINGS.items():
        keys = [widget_key(name, data) for data in DATASETS]
        is_one = len(set(keys)) == 1 and name not in BY_IMAGES
        fields[keys[0] if is_one else f"{commonprefix(keys).removesuffix('_')}*"] = about.label
    return fields


EVERYWHERE = {
    "sidebar": "the side bar",
    "model": "the choice of the model",
    "words": "Words",
    "about": "About",
    "take_away": "Download",
    "maths": "Show the maths",
    "next_step": "Try this next",
    "with_keys": "what keys do",
}
PARTS: dict[str, dict[str, str]] = {  # by page: what may be hidden, and what a teacher calls it
    "": {
        "show_around": "Show me around",
        "coordinates": "Coordinates",
        "layers": "Show: images, points",
        "closer": "Look closer",
        "map_image": "the test image",
        "axes": "Axes",
        "across_*": "Across",
        "up_*": "Up",
        "rest": "Other dimensions",
        "latent_plane": "the map",
        "decoder": "the decoded image",
        "ellipse": "q(z|x) and p(z|x) of the image",
        "closer_row": "the image's numbers and draws",
        "draw_again": "Draw new z",
        "thumbnails": "pictures of the dots",
    },
    "reconstruct": {
        "reconstruct_source": "what is encoded: test images, draw, upload",
        "reconstruct_order": "the order of the images",
        "reconstruct_class_*": "the class of the images",
        "reconstruct_pairs": "how many pairs",
        "reconstruct_first": "Starting at",
        "reconstructions": "the pairs of images",
        "bound_terms": "the chart of the terms",
        "pad_done": "Done, below the drawing pad",
        "own_sides": "what the two pictures are",
        "drawing_pad": "the drawing pad",
        "own_picture": "the upload of a picture",
        "own_polarity": "Light and dark",
        "own_close_up": "the map near the image",
        "own_look_closer": "See where your drawing lies on the map",
        "own_row": "the image, its place and its decoding",
        "own_given": "the image",
        "own_plane": "the map",
        "own_decoded": "its decoding",
        "own_numbers": "the image's numbers",
    },
    "paths": {
        "paths_view": "what is looked at",
        "path_more": "More",
        "path_ends": "points or test images",
        "path_steps": "Steps of the film",
        "path_shape": "Shape of the path",
        "path_ends_shown": "A and B",
        "path_class_*": "the classes of A and B",
        "path_image_*": "the images of A and B",
        "path_point_*": "the points A and B",
        "path_plane": "the map",
        "path_film": "the film",
        "paths_words": "the words beside the map",
        "paths_side": "what stands beside the map",
        "path_player": "the player",
        "path_gif": "Save the film as a GIF",
        "path_numbers": "More about the path",
        "path_density": "the chart of |z|",
        "traverse_around": "what other dimensions stay at",
        "traversals": "the pictures of each dimension",
        "samples_of": "means or draws",
        "samples_seed": "Seed",
        "aggregate_plane": "the chart of q(z)",
        "aggregate_numbers": "More, beside the chart of q(z)",
    },
    "steer": {
        "steer_view": "sliders or a sum of codes",
        "steer_source": "test image, draw or upload",
        "steer_image": "the test image",
        "steer_pad": "the drawing pad",
        "steer_plain": "Compare with the plain way",
        "steer_picture": "the upload of a picture",
        "steering": "the images and their sliders",
        "steer_wheel": "the wheel of classes",
        "steer_chart": "asked against measured",
        "steer_law": "the law of |z|",
        "steer_film": "the film",
        "steer_gif": "Save the way as a GIF",
        "steer_near": "the nearest test images",
        "steer_kind_*": "whether A, B and C are images or classes",
        "steer_of_*": "the classes of A, B and C",
        "steer_rows_*": "the images of A, B and C",
        "steer_map": "Pick a group on the map",
        "steer_term": "what the loop picks",
        "steer_plane": "the map",
        "steer_amount": "How much of C − B",
        "steer_terms": "the images of the sum",
        "steer_radius": "the chart of |z|",
    },
    "train": {
        "train_settings": "the settings",
        "train_more": "More settings",
        "train_buttons": "the buttons of training",
        "train_status": "the state of the run",
        "train_row": "the map and the curve",
        "train_plane": "the map",
        "train_terms": "what a term is",
        "train_guess": "Your guess",
        "train_curve": "the curve",
        "train_download": "Download the model",
        "name_*": "the name of the run",
        "train_data": "Data set",
        "train_own": "Your own images…",
        "train_start": "Start",
        "train_pause": "Pause",
        "train_resume": "Resume",
        "train_step": "Step",
        "train_stop": "Stop",
        "train_reset": "Reset",
        "train_map": "See it on the map",
        **_training_settings(),
    },
    "sketch": {
        "sketch_question": "A question to try",
        "sketch_set": "Points",
        "sketch_buttons": "the buttons of training",
        "sketch_start": "Start",
        "sketch_pause": "Pause",
        "sketch_resume": "Go on",
        "sketch_pad": "the pad, the curves and the chosen point",
        "sketch_settings": "the settings",
        "sketch_latent": "Latent size",
        "sketch_hidden": "Hidden units",
        "sketch_algorithm": "Algorithm",
        "sketch_sigma": "Sigma",
        "sketch_fixed_sigma": "Sigma, fixed at",
        "sketch_beta": "beta",
        "sketch_rate": "Learning rate",
    },
    "compare": {
        "compare_view": "side by side or time travel",
        "twin_kind": "which models",
        "twin_first": "First model",
        "twin_second_*": "Second model",
        "twin": "the maps side by side",
        "twin_answer": "the answer in numbers",
        "twin_shares": "the shares above the draws",
        "twin_hole": "what a hole is, on two draws",
        "twin_about": "What is a hole?",
        "twin_bounds": "the numbers of each model",
        "twin_same_image": "the same test image in every model",
        "twin_image": "the test image",
        "twin_seed": "Seed of eps",
        "twin_x": "what each model makes of the test image",
        "run_shown": "Run",
        "time_travel": "the time traveller",
        "branch": "Branch",
        "branch_step_*": "From step",
        "branch_beta": "beta of the branch",
        "branch_rate": "Learning rate of the branch",
        "branch_epochs": "Epochs of the branch",
        "branch_start": "the button Branch",
    },
    "bound": {
        "bound_chapter": "Chapter",
        "bound_toy": "the toy",
        "bound_image_*": "the test image",
        "bound_bench": "q(z|x) and p(z|x) of the image",
        "bench_numbers": "the bounds of each q",
        "bound_words": "the bound in words",
        "bound_gap": "the chart of the bound",
        "bound_costs": "What each latent number costs",
        "kl_per_dimension": "the chart of the KL of each dimension",
        "redraw_pictures": "the best and the worst draw",
        "redraw_strip": "the chart of the draws",
    },
    "likelihood": {
        "likelihood_image_*": "the test image",
        "estimate_status": "the verdict",
        "likelihood_parts": "the table and the map",
        "likelihood_axis": "Axis",
        "estimates": "the chart of the estimates",
        "likelihood_columns": "All columns",
        "likelihood_slow": "Slow estimators, too",
        "likelihood_looks": "Where does it look?",
        "estimate_pictures": "the three pictures",
        "posterior_plane": "the map",
        "likelihood_effort": "How many draws each estimator takes",
        "draws": "Importance draws",
        "chains": "App. D chains",
        "temperatures": "Temperatures",
        "likelihood_seed": "Seed",
    },
    "gradients": {
        "variance_axis": "Against",
        "variance_weights": "Weights",
        "variance_all": "All curves",
        "arrows": "the arrows of single gradients",
        "arrows_image": "Image",
        "arrows_*": "the arrows of one method",
        "gradient_variance": "the chart of the variances",
        "variance_ratio": "how many times as large",
        "variance_status": "how many gradients there are",
        "iteration": "Iteration",
        "stage": "Stage",
        "slow_jump": "Forward 50",
        "slow": "the iteration in slow motion and what is chosen for it",
        "slow_row": "the iteration in slow motion",
        "slow_motion": "the picture of the iteration",
        "slow_sentence": "what the stage does",
        "slow_same": "the same images at two iterations",
        "slow_numbers": "the numbers of the stage",
        "gradient_weights": "the chart of the gradients",
    },
    "figures": {
        "paper_figure": "Figure of the paper",
        "paper_data": "Data set",
        "paper_size": "Latent dimensions",
        "paper_row": "the charts of figure 2",
        "paper_leads": "the chart of the leads",
        "paper_axes": "Axes",
        "paper_panel_*": "the curves",
        "paper_run": "Settings of",
        "paper_command": "Make this curve again",
        "figure3_method": "log p(x) by",
        "figure3_panel_*": "figure 3: the curves",
        "figure3_settings": "Settings, speed and commands",
        "figure4_plane": "figure 4: the map",
        "decoder": "figure 4: the decoded image",
        "figure5_draws_*": "figure 5: the draws",
        "figure5_large_*": "figure 5: the large draw",
        "figure5_again": "Other draws",
    },
    "code": {
        "code_image": "the first image",
        "code_count": "Images on the tower",
        "code_answer": "how many bits an image takes",
        "bit_tower": "the tower of bits",
        "code_costs": "the chart of the bits an image",
        "code_words": "the words beside the chart",
        "code_numbers": "All numbers of bits",
        "code_bars": "other programs",
        "code_bit": "the wrong bit",
        "code_flip": "the images after a wrong bit",
        "code_seed": "Seed of the bits",
        "code_random": "the images of random bits",
    },
    "repair": {
        "repair_source": "test image, draw or upload",
        "repair_image": "the test image",
        "repair_picture": "the upload of a picture",
        "repair_pad": "the drawing pad",
        "repair_kind": "what happens to the image",
        "repair_factor": "Resolution lowered by",
        "repair_flips": "Flipped pixels",
        "repair_scale": "the noise",
        "repair_again": "Draw the noise again",
        "repair_settings": "Settings",
        "repair_samples": "Draws of x",
        "repair_seed": "Seed",
        "repair_given": "the image under the brush",
        "repair_brush": "the brush",
        "repair_middle": "the map and what is on it",
        "repair_plane": "the map",
        "repair_side": "the answers, and what is said of them",
        "repair_player": "the chain and its buttons",
        "repair_more": "the kinds of image and the numbers",
        "repair_numbers": "The numbers",
        "repair_answers": "the answers",
        "repair_original": "Show the original",
        "repair_psnr": "how near the answer is",
        "repair_kinds": "the kinds of image",
        "repair_chain_method": "Watch a chain",
        "repair_chain": "the chain",
    },
    "models": {
        "best_elbo": "Which ELBO is highest, and why?",
        "model_table": "the table",
        "table_columns": "All columns",
        "curves_of": "Curves of",
        "curves_axis": "Against",
        "curves_term": "Term",
        "overlaid_curves": "the curves",
        "limit_bars_*": "bits a pixel beside other programs",
        "limits_numbers": "the same as numbers",
        "limits_of_bits": "the table of bits a pixel",
        "limits_of_gaps": "where the gap comes from",
        "model_card*": "the card and the files of the chosen row",
        "download_*": "Download the model",
        "files_*": "the model for other programs",
        "upload_model": "Add a model of yours",
        "upload_map": "See it on the map",
    },
    "lessons": {"lessons_notes": "the notes for teachers", "lessons_links": "links and QR codes", "lesson_link": "the lesson of the link"},
}  # fmt: skip
SEEDS = (
    "samples_seed",
    "train_seed",
    "twin_seed",
    "likelihood_seed",
    "code_seed",
    "repair_seed",
)  # parameters of links, and keys
SELECTORS = {  # parts without a key
    "sidebar": "[data-testid=stSidebar], [data-testid=stExpandSidebarButton]",
    "steer_wheel": ".steering [data-role=wheel]",
    "steer_chart": ".steering [data-role=chart]",
    "steer_law": ".steering [data-role=law]",
    "twin_shares": ".twin-share",
    "twin_hole": ".twin-hole",
    "bench_numbers": ".ellipse-bench :is([data-role=table], [data-role=own], output)",
}


def names() -> dict[str, str]:
    """All parts by name, and what a teacher calls each."""
    return EVERYWHERE | {name: words for parts in PARTS.values() for name, words in parts.items()}


def is_part(name: str) -> bool:
    """Whether a page has a part of this name."""
    return name in EVERYWHERE or any(name in parts for parts in PARTS.values())


def selector(name: str) -> str:
    """The CSS selector of a part of this name."""
    if name in SELECTORS:
        return SELECTORS[name]
    if name.endswith("*"):
        return f'[class*="st-key-{name[:-1]}"]'
    return f".st-key-{name}"


# For the panel that makes links: all parts, with their selectors and words, and the parameters that are seeds.
_TABLE = json.dumps(
    {"parts": [[name, selector(name), words] for name, words in names().items()], "seeds": SEEDS}
).encode()
TABLE = Published(_TABLE, f"link-parts/{sha256(_TABLE).hexdigest()[:16]}")  # named by its content: browsers keep it
