"""The README says what is true: its commands run, its numbers are the cards', its links lead somewhere."""

import re
import shlex
from pathlib import Path

import pytest
from test_pictures import file_names

import vae_core as vc
from vae_core.cli.main import main

REPOSITORY = Path(__file__).resolve().parent.parent
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")


def block(heading):
    """The indented lines below a heading."""
    section = README.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    return "\n".join(line[4:] for line in section.splitlines() if line.startswith("    "))


def test_the_python_example_runs(capsys, real_data):
    real_data("mnist")
    exec(compile(block("In Python").replace("epochs=20", "epochs=1"), "README.md", "exec"), {})
    assert "tensor(-" in capsys.readouterr().out


def test_the_commands_run(tmp_path, capsys, real_data):
    real_data("mnist")
    for line in block("On the command line").replace("--epochs 20", "--epochs 2").splitlines():
        words = [re.sub(r"^(runs/|\w+\.png$)", rf"{tmp_path}/\1", word) for word in shlex.split(line)]
        assert words[:3] == ["python", "-m", "vae_core"]
        assert main(words[3:]) == 0, (line, capsys.readouterr().err)
    assert (tmp_path / "samples.png").exists() and (tmp_path / "restored.png").exists()


@pytest.mark.parametrize("name", vc.list_pretrained())
def test_the_table_has_the_cards_numbers(name):
    card = (REPOSITORY / "pretrained" / name / "card.md").read_text(encoding="utf-8")
    mean, error = map(float, re.search(r"Test ELBO: \*\*(-?[\d.]+)\*\* .*standard error ([\d.]+)", card).groups())
    log_marginal = map(float, re.search(r"log p\(x\): \*\*(-?[\d.]+)\*\* .*standard error ([\d.]+)", card).groups())
    row = re.search(rf"`{name}` \| (-?[\d.]+) ± ([\d.]+) \| (-?[\d.]+) ± ([\d.]+)", README)
    for number, true in zip(row.groups(), (mean, error, *log_marginal), strict=True):
        assert number == f"{true:.{len(number.split('.')[1])}f}"


def test_what_is_named_and_linked_is_there():
    named = re.findall(r"`((?:vae_core|app|pretrained|docs|tests|benchmarks)/[\w./-]+)`", README)
    linked = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)
    assert len(named) > 3 and len(linked) > 3
    taken = {"docs/pictures/", *(f"docs/pictures/{name}" for name in file_names())}  # by `make pictures`
    assert [name for name in [*named, *linked] if name not in taken and not (REPOSITORY / name).exists()] == []


def test_it_is_short_and_its_table_asks_the_pages_questions():
    assert len(README.splitlines()) <= 150
    pages = [*(REPOSITORY / "app" / "views").glob("*.py"), REPOSITORY / "app" / "shown" / "welcome.py"]
    views = "".join(path.read_text(encoding="utf-8") for path in pages)
    questions = re.findall(r"^\| [^|]+ \| ([^|?]+\?)", README, re.MULTILINE)
    assert len(questions) == 15 and [question for question in questions if f'"{question}"' not in views] == []


def test_the_make_targets_are_there():
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"(?<!you )\bmake ([a-z]+)", README.replace("make of what you draw", "")))  # no question
    assert {"app", "class", "test"} <= targets
    assert [target for target in targets if not re.search(rf"^{target}:", makefile, re.MULTILINE)] == []


def test_the_pages_table_names_every_page():
    titles = re.findall(r'st.Page\(.*title="([^"]+)"', (REPOSITORY / "app" / "main.py").read_text(encoding="utf-8"))
    assert [title for title in titles if f"| {title} |" not in README] == []
