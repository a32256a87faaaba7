"""Which folder is which package; everything else about the distribution stands in pyproject.toml.

The folder app is the package `aevb_lab`, a name that no user's own app.py hides (the link of this name beside it is for
type checkers). The models are installed inside `vae_core`, so that `vc.load_pretrained` finds them without a clone.
"""

from setuptools import find_namespace_packages, find_packages, setup

core = find_packages(include=["vae_core", "vae_core.*"])
app = find_namespace_packages("app", exclude=["*__pycache__*"])  # also folders that hold no Python

setup(
    packages=[*core, "vae_core.pretrained", "aevb_lab", *(f"aevb_lab.{name}" for name in app)],
    package_dir={"vae_core.pretrained": "pretrained", "aevb_lab": "app"},
    package_data={
        "aevb_lab": [".streamlit/config.toml", "static/*", "lessons/*.toml", "**/*.js", "**/*.css"],
        "vae_core": ["experiments/figures.json", "experiments/limits.json"],
        "vae_core.pretrained": ["*/*"],
    },
)
