"""The examples run, and the notebook is what its script makes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
sys.path.append(str(EXAMPLES))

from make_notebook import notebook_text  # noqa: E402

SCRIPTS = {  # what is given to each, what it says, and the files that it leaves
    "train_and_look.py": (["--epochs", "1"], "test ELBO", {"looked"}),
    "posterior_of_one_image.py": ([], "of the best Gaussian", set()),
    "restore_a_photograph.py": ([], "answer 1 has", {"restored.png"}),
}


def test_the_notebook_is_what_the_script_makes():
    assert (EXAMPLES / "first_look.ipynb").read_text(encoding="utf-8") == notebook_text(EXAMPLES / "first_look.py")


@pytest.mark.slow
@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_runs_in_any_folder(name, tmp_path):
    words, told, files = SCRIPTS[name]
    command = [sys.executable, str(EXAMPLES / name), *words]
    ending = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert ending.returncode == 0 and told in ending.stdout, ending.stderr
    assert {path.name for path in tmp_path.iterdir()} == files


@pytest.mark.slow
def test_every_cell_of_the_notebook_runs(capsys):
    notebook, space = json.loads((EXAMPLES / "first_look.ipynb").read_text(encoding="utf-8")), {}
    cells = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert len(cells) == 4 and len({cell["id"] for cell in notebook["cells"]}) == len(notebook["cells"])
    for cell in cells:
        exec(cell, space)
    assert "gap of the encoder" in capsys.readouterr().out and space["plane"].size == (384, 384)
