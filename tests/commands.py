"""The command line in the test's own process, and a run that it finished."""

from pathlib import Path

import pytest

from vae_core.cli.main import main

TRAIN = "train --data digits --hidden 16 --epochs 2 --batch-size 100 --seed 3".split()


@pytest.fixture
def command(capsys):
    """Run a command in this process: exit code, standard output, standard error."""

    def run(*args: object) -> tuple[int, str, str]:
        try:
            code = main([str(arg) for arg in args])
        except SystemExit as exit:  # argparse ends like this, for bad flags as for --help
            code = exit.code
        return code, *capsys.readouterr()

    return run


@pytest.fixture(scope="session")
def finished(tmp_path_factory) -> Path:
    """The folder of a finished run, made by the command line."""
    folder = tmp_path_factory.mktemp("cli") / "run"
    assert main([*TRAIN, "--out", str(folder)]) == 0
    return folder


def one_line(text: str) -> str:
    """The last line of standard error, which must be all of it but for a progress bar."""
    lines = [line for line in text.splitlines() if line and not line.startswith("[")]
    assert len(lines) == 1, text
    return lines[0]
