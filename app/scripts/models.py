"""The script of Models and runs: curves."""

from __future__ import annotations

from collections.abc import Sequence

from aevb_lab.escaping import file_stem
from aevb_lab.scripts.writer import Script, is_pretrained, put, script_of
from aevb_lab.session.models import LoadedModel

CURVES = """
FOLDERS = {
${FOLDERS}}
with Path("curves.csv").open("w", newline="", encoding="utf-8") as file:
    table = csv.writer(file)
    for name, folder in FOLDERS.items():
        history = vc.History.from_json((folder / "history.json").read_text(encoding="utf-8"))
        for record in history.records:
            train, test = (getattr(record, f"{split}_${TERM}") for split in ("train", "test"))
            table.writerow([name, history.data, history.binarization, record.samples_seen, record.epoch, train, test])
        print(f"{name}: at the end ${TERM} {test:.4f} nats per test image ({history.data}, {history.binarization})")
"""


def curves_script(models: Sequence[LoadedModel], term: str) -> Script:
    """The curves on the chart: `term` of the bound of each model's run, train and test."""
    lines = (f"    {file_stem(model.name)!r}: {_run_of(model)},\n" for model in models)
    body = put(CURVES, FOLDERS="".join(lines), TERM=term)
    return script_of("curves", "Curves of runs, and where they end.", body)


def _run_of(model: LoadedModel) -> str:
    if is_pretrained(model):
        return f'models.pretrained_path("{model.name}")'
    return f'Path("{file_stem(model.name)}-run")'
