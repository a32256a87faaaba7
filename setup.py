"""Which folder is which package; everything else about the distribution stands in pyproject.toml.

The models are installed inside `vae_core`, so that `vc.load_pretrained` finds them without a clone.
"""

from setuptools import find_packages, setup

core = find_packages(include=["vae_core", "vae_core.*"])
app = find_packages(include=["app", "app.*"])

setup(
    packages=[*core, "vae_core.pretrained", *app],
    package_dir={"vae_core.pretrained": "pretrained"},
    package_data={
        "app": [".streamlit/config.toml", "static/*", "**/*.js", "**/*.css"],
        "vae_core.pretrained": ["*/*"],
    },
)
