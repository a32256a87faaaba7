"""The floors, as the lists below: a file imports only from lower floors, or from files to its left on its own floor."""

import ast
import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
FOLDERS = {"aevb_lab": "app"}  # where a package lies, if its folder has another name

CORE = [
    ["errors", "sizes", "settings", "config", "history"],
    [
        *(
            "files",
            "locks",
            "randomness",
            "autograd",
            "averages",
            "doors",
            "former",
            "distributions",
            "likelihoods",
            "layers",
            "parallel",
            "data",
        ),
        *("drawing", "attributes", "optim", "hmc"),
    ],
    ["model", "bounds", "backprop", "importance", "adaptive", "posterior", "pca"],
    [
        "algorithm",
        "aevb",
        "wake_sleep",
        "mcem",
        "full_vb",
        "gradients",
        "marginal",
        "latent",
        "representation",
        "restoration",
    ],
    ["frames", "training"],
    ["bundles", "models", "checkpoint", "runs"],
    ["columns", "estimator", "export", "coding", "studies", "experiments", "looks", "live_run", "worker"],
    ["cli"],
    ["__init__", "__main__"],
]
APP = [
    [
        *("theme", "formulas", "glossary", "escaping", "serving", "front_page", "visitors", "guard", "hosting"),
        *("limits", "overlap", "network", "ending", "shelf"),
    ],
    ["figures", "jobs", "classroom", "components"],
    ["session"],
    ["cached"],
    ["shown"],
    ["scripts", "lessons", "export", "take_home", "take_home_command"],
    ["about", "linked", "controls", "bring_images", "words", "next_steps"],
    ["path_views"],
    ["views"],
    ["main", "launch"],
    ["__init__"],
]
WITHIN = {  # the same rule inside a folder; views import nothing of their own folder
    "data": [
        *("array_files", "binarization", "minibatches", "records", "emoji_like", "point_sets", "datasets", "download"),
        *("kinds", "containers", "picture_files", "reading", "tables", "arrays", "gathering", "decisions", "sizing"),
        *("framing", "suggestions", "own_images", "parcels"),
    ],
    "restoration": ["observations", "block_means", "proposals", "grid", "chains", "answers", "distances", "restore"],
    "export": ["weights", "graphs", "modeling_vae", "hub", "arrays", "formats", "layouts"],
    "coding": ["stack", "pixels", "bits_back", "message", "rivals"],
    "experiments": [
        *("scores", "baselines", "tables", "outcomes", "restoration"),
        *("figure_grid", "figure_tables", "figures", "figure_plan", "committed"),
    ],
    "cli": [
        "streams",
        "arguments",
        "progress",
        "own_data",
        "train",
        "evaluate",
        "inspect",
        "pictures",
        "coding",
        "export",
        "reproduce",
        "main",
    ],
    "figures": [
        *("style", "numbers", "tables", "pictures", "plane"),
        *("curves", "bounds", "gradients", "paths", "coding", "paper"),
    ],
    "components": [
        "packed",
        "declaration",
        "bit_tower",
        "bound_toy",
        "class_board",
        "class_card",
        "drawing_pad",
        "ellipse",
        *("lasso", "lesson_card"),
        "live_decoder",
        "measuring",
        "model_table",
        "on_plane",
        "page_marks",
        "page_link",
        "path_player",
        "plane",
        "plane_axes",
        "repair_brush",
        "repair_plane",
        "report",
        "run_watch",
        *("sketch_pad", "slow_motion", "steering"),
        "take_away",
        "thumbnails",
        "time_travel",
        "twin",
    ],
    "jobs": ["job", "workers", "memory", "desk", "turns", "crew", "clerk", "board"],
    "classroom": ["answers", "sheet", "messages", "rates", "room", "routes"],
    "session": [
        *(
            "viewer",
            "classroom",
            "kept",
            "reported",
            "link",
            "lesson",
            "latent_map",
            *("slow_motion", "paper", "marked"),
            *("drawing", "steering"),
            "repair",
            *("uploads", "own_images", "settings"),
        ),
        *("runs", "sketch", "models", "model_table", "images", "progress", "travel", "twins", "paths"),
    ],
    "lessons": ["parts", "by_hand", "truths", "lesson", "guide"],
    "studies": [
        *(
            "examples",
            "decoder",
            "planes",
            "gaussians",
            "close_ups",
            "borders",
            "sketches",
            "drawn_points",
            "encodings",
            "reconstructions",
            "own_image",
        ),
        *("toys", "estimation", "image_bounds", "redrawing", "gradient_variance", "single_gradients", "iterations"),
        *("paths", "travel", "side_by_side", "holes", "repairs", "watching", "coding", "steering", "code_sums"),
        "__init__",
    ],
    "shown": [
        *(
            "planes",
            "decoder",
            "close_up",
            "thumbnails",
            "repair",
            "reconstructions",
            "training",
            "run_words",
            "best_models",
            "model_table",
            "first_page",
        ),
        *(
            "bounds",
            "estimates",
            "gradients",
            "path_words",
            "paths",
            "coding",
            "steering",
            "travel",
            "twins",
            "gifs",
            "welcome",
            "sketch",
        ),
    ],
    "path_views": ["images", "path", "dimensions", "samples", "aggregate"],
    "scripts": [
        *("writer", "close_up", "latent_map", "reconstruct", "training", "bound", "likelihood", "gradients"),
        *("paths", "compare", "repair", "models", "figures", "coding", "sketch", "steering"),
    ],
}
FORBIDDEN_NAMES = {"utils", "util", "common", "helpers", "misc"}


def modules(package: str) -> dict[str, Path]:
    """Dotted names of all modules of a package and their files; a package's `__init__` has the package's name."""
    files = {}
    for path in sorted((REPOSITORY / FOLDERS.get(package, package)).rglob("*.py")):
        folder = REPOSITORY / FOLDERS.get(package, package)
        parts = (package, *path.relative_to(folder).with_suffix("").parts)
        files[".".join(parts)] = path
    return files


def imports(source: str, ours: set[str]) -> set[str]:
    """Dotted names that a source imports, wherever it does; `from aevb_lab import cached` is `aevb_lab.cached` if that exists."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative import: write the package's name"
            full = {f"{node.module}.{alias.name}": node.module for alias in node.names}
            names |= {name if name in ours or f"{name}.__init__" in ours else module for name, module in full.items()}
    return names


def position(floors: list[list[str]], name: str) -> tuple[int, int]:
    """(floor, place on it) of "vae_core.data" or "aevb_lab.views.train"."""
    part = name.split(".")[1]
    for number, floor in enumerate(floors):
        if part in floor:
            return number, floor.index(part)
    raise AssertionError(f"{name} stands on no floor: give it a place in the lists above, or its code to a file there")


def violations(package: str, floors: list[list[str]], sources: dict[str, str]) -> list[str]:
    wrong = []
    ours = set(sources)
    for name, source in sources.items():
        for other in imports(source, ours):
            if other == package:
                wrong.append(f"{name} imports the package {package} that it is a part of")
            elif other.startswith(f"{package}."):
                if position(floors, other) >= position(floors, name) and not stands_left_within(name, other):
                    wrong.append(f"{name} imports {other}, which is not below or to the left of it")
    return wrong


def stands_left_within(name: str, other: str) -> bool:
    """Whether `other` is of the same folder as `name` and to its left there."""
    (_, folder, *own), (_, same, *others) = f"{name}.__init__".split("."), f"{other}.__init__".split(".")
    if folder != same or folder not in WITHIN:
        return False
    return WITHIN[folder].index(others[0]) < WITHIN[folder].index(own[0])


def sources_of(package: str) -> dict[str, str]:
    return {name: path.read_text() for name, path in modules(package).items()}


def importers(sources: dict[str, str], *tops: str) -> list[str]:
    """Modules that import one of some top-level packages."""
    return [
        name for name, text in sources.items() if {other.split(".")[0] for other in imports(text, set())} & set(tops)
    ]


CORE_SOURCES, APP_SOURCES = sources_of("vae_core"), sources_of("aevb_lab")


@pytest.mark.parametrize("name", CORE_SOURCES)
def test_every_file_of_the_core_stands_on_a_floor(name):
    position(CORE, name)


@pytest.mark.parametrize("name", APP_SOURCES)
def test_every_file_of_the_app_stands_on_a_floor(name):
    position(APP, name)


def test_files_import_only_from_below_or_from_their_left():
    assert violations("vae_core", CORE, CORE_SOURCES) + violations("aevb_lab", APP, APP_SOURCES) == []


def test_the_apps_package_file_imports_nothing():
    assert imports(APP_SOURCES.get("aevb_lab.__init__", ""), set()) == set()


def test_the_core_has_no_screen():
    assert importers(CORE_SOURCES, "streamlit", "plotly", "aevb_lab", "matplotlib") == []


def test_figures_know_neither_streamlit_nor_torch_and_jobs_not_streamlit():
    assert [name for name in importers(APP_SOURCES, "streamlit", "torch") if name.startswith("aevb_lab.figures")] == []
    assert [name for name in importers(APP_SOURCES, "streamlit", "plotly") if name.startswith("aevb_lab.jobs")] == []
    assert [
        name for name in importers(APP_SOURCES, "streamlit", "plotly") if name.startswith("aevb_lab.classroom")
    ] == []
    assert "aevb_lab.theme" not in importers(APP_SOURCES, "vae_core", "torch")


def test_nothing_draws_from_a_global_generator():
    assert importers(CORE_SOURCES | APP_SOURCES, "random") == []
    for name, text in (CORE_SOURCES | APP_SOURCES).items():
        calls = {ast.unparse(node.func) for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)}
        drawing = re.compile(r"torch\.(manual_)?seed|(np|numpy)\.random\.(?!default_rng)[a-z_]+")
        assert [call for call in calls if drawing.fullmatch(call)] == [], name


def test_nothing_opens_or_writes_pickles():
    assert importers(CORE_SOURCES | APP_SOURCES, "pickle", "joblib", "cloudpickle", "dill") == []


def test_no_file_is_a_drawer_for_everything():
    assert [n for n in CORE_SOURCES | APP_SOURCES if set(n.split(".")) & FORBIDDEN_NAMES] == []


# -- the referee itself ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name, source",
    [
        ("vae_core.data", "from vae_core.model import VAE"),  # from above
        ("vae_core.model", "from vae_core import bounds"),  # from the right
        ("vae_core.model", "def f():\n    import vae_core.bounds"),  # hidden in a function
        ("vae_core.model", "import vae_core as vc"),  # through the package
        ("vae_core.cli", "import vae_core.__main__"),
        ("aevb_lab.views.train", "from aevb_lab.views import latent_map"),  # views never import each other
        ("aevb_lab.views.train", "from aevb_lab.views.latent_map import x"),
        ("aevb_lab.controls", "from aevb_lab.views import train"),
        ("aevb_lab.figures", "from aevb_lab import jobs"),
    ],
)
def test_the_referee_sees_a_foul(name, source):
    package, floors, sources = (
        ("aevb_lab", APP, APP_SOURCES) if name.startswith("aevb_lab") else ("vae_core", CORE, CORE_SOURCES)
    )
    everything = {f"{package}.{part}": "" for floor in floors for part in floor} | dict.fromkeys(sources, "")
    everything |= dict.fromkeys(
        [name, "aevb_lab.views.latent_map", "aevb_lab.views.train"][: 3 if package == "aevb_lab" else 1], ""
    )
    assert violations(package, floors, everything) == []
    assert len(violations(package, floors, everything | {name: source})) == 1


def test_the_referee_sees_an_unknown_file():
    with pytest.raises(AssertionError, match="vae_core.utils stands on no floor"):
        position(CORE, "vae_core.utils")
