"""Make a notebook of a script: each part between lines `# %%` is a cell; `# %% [markdown]` begins a cell of text.

    python examples/make_notebook.py examples/first_look.py

It writes first_look.ipynb beside the script. Nothing but Python is needed, and the cells have no outputs.
"""

import json
import re
import sys
from pathlib import Path


def notebook_of(script: str) -> dict:
    """The notebook, in version 4.5 of the format."""
    cells = []
    for number, part in enumerate(re.split(r"^# %%", script, flags=re.MULTILINE)[1:]):
        head, _, body = part.partition("\n")
        is_text = "[markdown]" in head
        text = re.sub(r"^# ?", "", body, flags=re.MULTILINE) if is_text else body
        lines = text.strip().splitlines(keepends=True)
        cell = {"cell_type": "markdown" if is_text else "code", "id": f"cell-{number}", "metadata": {}, "source": lines}
        cells.append(cell if is_text else cell | {"execution_count": None, "outputs": []})
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


def notebook_text(script: Path) -> str:
    return json.dumps(notebook_of(script.read_text(encoding="utf-8")), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for name in sys.argv[1:]:
        Path(name).with_suffix(".ipynb").write_text(notebook_text(Path(name)), encoding="utf-8")
