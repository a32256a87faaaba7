"""Bad input on the command line: one line that names it and the remedy, exit code 2, and nothing lost."""

import json
import math
import os
import re
from pathlib import Path

import numpy as np
import pytest
from commands import one_line
from hostile_files import idx_bytes
from PIL import Image
from whole_runs import RUN_FILES

from vae_core import (
    binarized_test,
    save_model,
)
from vae_core.locks import lock_folder

REPOSITORY = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.usefixtures("global_randomness_untouched")


@pytest.mark.parametrize(
    "line, message",
    [
        ("", "the following arguments are required: COMMAND"),
        ("fly", "invalid choice: 'fly'"),
        ("train --out OUT", "the following arguments are required: --data"),
        ("train --data minst --out OUT", "there is no data set named 'minst'; the names are digits, mnist,"),
        ("train --data digits --out OUT --epochs 0", "--epochs: must be a whole number of at least 1, got '0'"),
        ("train --data digits --out OUT --epochs two", "--epochs: must be a whole number of at least 1, got 'two'"),
        ("train --data digits --out OUT --latent-dim -2", "argument --latent-dim"),
        (
            "train --data digits --out OUT --hidden 5,x",
            "--hidden: must be whole numbers of at least 1, such as 500,500, got '5,x'",
        ),
        ("train --data digits --out OUT --lr 0", "learning_rate must be a finite number above 0, got 0.0"),
        ("train --data digits --out OUT --lr x", "--lr: must be a number, such as 0.5 or 1e-3, got 'x'"),
        (
            "train --data digits --out OUT --warmup-steps x",
            "--warmup-steps: must be a whole number of at least 0, got 'x'",
        ),
        (
            "train --data digits --out OUT --latent-dim 1e23",
            "--latent-dim: must be a whole number of at least 1, got '1e23'",
        ),
        ("restore MODEL GREY --noise loud --out OUT.png", "--noise: must be a number, such as 0.5 or 1e-3, got 'loud'"),
        ("train --data digits --out OUT --lr nan", "learning_rate must be a finite number above 0, got nan"),
        ("train --data digits --out OUT --beta -1", "beta must be a finite number of at least 0, got -1.0"),
        (
            "train --data digits --out OUT --warmup-steps -1",
            "--warmup-steps: must be a whole number of at least 0, got '-1'",
        ),
        ("train --data digits --out OUT --seed -1", "--seed: must be a whole number from 0 to 2**63 - 1, got '-1'"),
        (
            "train --data digits --out OUT --seed 99999999999999999999",
            "--seed: must be a whole number from 0 to 2**63 - 1",
        ),
        ("train --data digits --out OUT --optimizer sgd", "invalid choice: 'sgd'"),
        ("train --data digits --out OUT --binarization none", "a Bernoulli decoder needs pixels that are 0 or 1"),
        ("train --data digits --out FILE", "--out must be a folder, got the file FILE"),
        ("train --data digits --out FILE/run", "--out must be a folder, got the file FILE"),
        ("train --data minst --out FILE", "--out must be a folder, got the file FILE"),
        ("reproduce restoration --data mnist --out FILE", "--out must be a folder, got the file FILE"),
        ("evaluate no-such-model", "there is no pretrained model 'no-such-model'; there are"),
        ("evaluate MISSING.safetensors", "cannot read MISSING.safetensors: No such file or directory"),
        ("evaluate FOREIGN.safetensors", "FOREIGN.safetensors is not a file that this project wrote"),
        ("evaluate MODEL --data minst", "there is no data set named 'minst'"),
        ("evaluate MODEL --binarization none", "a Bernoulli decoder needs pixels that are 0 or 1"),
        ("evaluate MODEL --num-samples 0", "--num-samples: must be a whole number of at least 1, got '0'"),
        ("evaluate SMALL --data digits", "digits images must have the shape (images, data_dim=6), got (297, 64)"),
        ("evaluate SMALL", "--data must be given: the model file does not say on which data the model was trained"),
        ("sample MODEL", "the following arguments are required: --out"),
        ("sample MODEL --num 0 --out OUT.png", "--num: must be a whole number of at least 1, got '0'"),
        (
            "sample no-such-model --out OUT/nowhere/s.png",
            "--out must be a file in a folder that exists, got OUT/nowhere/s.png: make the folder first",
        ),
        (
            "sample MODEL --out FILE/s.png",
            "--out must be a file in a folder that exists, got FILE/s.png: make the folder",
        ),
        ("sample no-such-model --out OUT.jpg", "--out must end in .png, got OUT.jpg"),
        ("sample MODEL --out OUT", "--out must end in .png, got OUT"),
        ("sample MODEL --out FOLDER.png", "--out must be a file, got the folder FOLDER.png"),
        ("restore MODEL GREY --hide centre --out OUT.jpg", "--out must end in .png, got OUT.jpg"),
        ("restore MODEL GREY --out OUT.png", "one of the arguments --mask --hide --noise --flip --factor is required"),
        ("restore MODEL GREY --hide middle --out OUT.png", "invalid choice: 'middle'"),
        ("restore MODEL GREY --hide centre --flip 0.1 --out OUT.png", "not allowed with argument --hide"),
        ("restore MODEL GREY --flip 0.5 --out OUT.png", "probability of a flip must be below 0.5"),
        ("restore MODEL GREY --noise 0 --out OUT.png", "scale of the noise must be a finite number above 0, got 0.0"),
        (
            "restore MODEL GREY --factor 3 --out OUT.png",
            "factor must divide both sides of the image (=8 x 8), got 3; these do: 2, 4, 8",
        ),
        ("restore MODEL GREY --factor 2 --out OUT.png", "GREY must be 4 pixels high and 4 wide here, got 8 and 8"),
        (
            "restore MODEL GREY --hide centre --out OUT.png",
            "a Bernoulli decoder needs observed pixels that are 0 or 1 and these are grey; binarize them ('threshold'",
        ),
        (
            "restore MODEL GREY --mask FILE --out OUT.png",
            "FILE: the file is not a PNG or JPEG picture: save it as one of these",
        ),
        ("restore MODEL MISSING.png --hide centre --out OUT.png", "No such file or directory"),
        (
            "restore MODEL MISSING.png --hide centre --out OUT/nowhere/s.png",
            "--out must be a file in a folder that exists, got OUT/nowhere/s.png: make the folder first",
        ),
        ("download digits", "invalid choice: 'digits'"),
    ],
)
def test_bad_input_exits_2_with_one_clear_line(command, finished, vae, tmp_path, line, message):
    save_model(tmp_path / "small.safetensors", vae)
    (tmp_path / "foreign.safetensors").write_bytes(b"PK\x03\x04 something else")
    (tmp_path / "file").write_text("")
    (tmp_path / "folder.png").mkdir()
    Image.fromarray(np.full((8, 8), 100, np.uint8)).save(tmp_path / "grey.png")
    names = {
        "MODEL": finished / "model.safetensors",
        "SMALL": tmp_path / "small.safetensors",
        "FOREIGN": tmp_path / "foreign",
        "MISSING": tmp_path / "missing",
        "FILE": tmp_path / "file",
        "FOLDER": tmp_path / "folder",
        "GREY": tmp_path / "grey.png",
        "OUT": tmp_path / "out",
    }
    for name, path in names.items():
        line, message = line.replace(name, str(path)), message.replace(name, str(path))
    code, out, err = command(*line.split())
    assert (code, out) == (2, "")
    assert message in one_line(err)
    assert not (tmp_path / "out").exists(), "bad input left something behind"


def test_what_is_no_model_is_answered_with_what_is_one(command, finished, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, source in {"RUN": RUN_FILES, "UNFINISHED": RUN_FILES[1:2], "PART": RUN_FILES[2:]}.items():
        (tmp_path / name).mkdir()
        for file in source:
            (tmp_path / name / file).write_bytes((finished / file).read_bytes())
    (tmp_path / "X.SAFETENSORS").write_bytes((finished / "model.safetensors").read_bytes())
    (tmp_path / "renamed").write_bytes((finished / "model.safetensors").read_bytes())
    (tmp_path / "model.pt").write_bytes(b"PK")
    for name, message in {
        "RUN": "RUN is a folder; its model is RUN/model.safetensors",
        "RUN/": "RUN is a folder; its model is RUN/model.safetensors",
        "UNFINISHED": "UNFINISHED is a folder; its model is UNFINISHED/checkpoint.safetensors",
        "PART": "PART is a folder without a model: give a .safetensors file that this project wrote, or the name of",
        "model.pt": "model.pt is no .safetensors file, and files of other kinds are never opened: give a .safetensors",
        "gone.pth": "gone.pth is no .safetensors file",
        "runs/gone": "cannot read runs/gone: No such file or directory; give a .safetensors file",
        "RUN/frames.safetensors": "RUN/frames.safetensors holds the frames of a run and no model: give model.safetensors",
        "RUN/history.json": "RUN/history.json is not a file that this project wrote",
        "Digits_2D": "there is no pretrained model 'Digits_2D'; there are digits-2d, digits-ae, ",
        "": "the model's name is empty: give a .safetensors file",
    }.items():
        for line in (["evaluate", name], ["sample", name, "--out", "s.png"]):
            code, _, err = command(*line)
            assert code == 2 and message in one_line(err), err
    assert one_line(command("evaluate", "Digits_2D")[2]).endswith("; did you mean digits-2d?")
    for name in ("X.SAFETENSORS", "renamed", "UNFINISHED/checkpoint.safetensors", "digits-2d"):
        assert command("evaluate", name)[0] == 0


@pytest.mark.parametrize(
    "spelling", ["mine.png", "./mine.png", "link.png", "twin.png", "folder/../mine.png", "again/mine.png"]
)
def test_nothing_is_written_over_what_is_read(command, finished, tmp_path, monkeypatch, spelling):
    monkeypatch.chdir(tmp_path)
    Image.fromarray((binarized_test("digits")[0].reshape(8, 8) * 255).byte().numpy()).save("mine.png")
    (tmp_path / "link.png").symlink_to("mine.png")
    os.link("mine.png", "twin.png")
    (tmp_path / "folder").mkdir()
    (tmp_path / "again").symlink_to(".")
    model, before = finished / "model.safetensors", (tmp_path / "mine.png").read_bytes()
    for line in (
        ["restore", model, "mine.png", "--hide", "centre", "--out", spelling],
        ["restore", model, spelling, "--hide", "centre", "--out", "mine.png"],
        ["restore", model, "folder/../again/mine.png", "--mask", spelling, "--out", "mine.png"],
    ):
        code, _, err = command(*line)
        assert code == 2 and "--out must be another file than " in one_line(err), err
        assert (tmp_path / "mine.png").read_bytes() == before and (tmp_path / "link.png").is_symlink()
    os.link(model, "model.png")
    assert "must be another file than" in one_line(command("sample", model, "--out", "model.png")[2])
    assert os.path.samefile(model, "model.png")


@pytest.mark.parametrize(
    "line, message",
    [
        (
            "train --data digits --out OUT --algorithm mcem --encoder-hidden 9",
            "--encoder-hidden does not go with --algorithm mcem: it trains no encoder",
        ),
        (
            "train --data digits --out OUT --encoder-hidden 9,0",
            "--encoder-hidden: must be whole numbers of at least 1, such as 500,500, got '9,0'",
        ),
        ("train --data digits --out OUT --hidden= --activation tanh", "--activation tanh does not go with --hidden ''"),
        (
            "evaluate MODEL --proposal encoder",
            "--proposal does not go with --method elbo: leave it out, or choose --method importance",
        ),
        (
            "evaluate MODEL --method ais --estimator A",
            "--estimator does not go with --method ais: leave it out, or choose --method elbo",
        ),
        (
            "evaluate MODEL --num-temperatures 5",
            "--num-temperatures does not go with --method elbo: leave it out, or choose --method ais",
        ),
        (
            "evaluate MODEL --method quadrature --num-samples 5",
            "--num-samples does not go with --method quadrature: leave it out, or choose --method elbo or importance or hmc or ais",
        ),
        (
            "evaluate MODEL --method quadrature --seed 0",
            "--seed does not go with --method quadrature: leave it out, or choose --method elbo or importance or hmc or ais",
        ),
        (
            "evaluate MODEL --num-images 298",
            "--num-images must be at most the images of the test split (=297), got 298",
        ),
        ("list --threads 2", "unrecognized arguments: --threads 2"),
        ("download mnist --threads 2", "unrecognized arguments: --threads 2"),
        ("list --seed 2", "unrecognized arguments: --seed 2"),
    ],
)
def test_an_option_that_would_be_ignored_is_refused_by_name(command, finished, tmp_path, line, message):
    names = {"MODEL": finished / "model.safetensors", "OUT": tmp_path / "out"}
    code, out, err = command(*[names.get(word, word) for word in line.split()])
    assert (code, out) == (2, "") and message in one_line(err)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("method", ["elbo", "importance", "ais", "quadrature"])
def test_a_long_evaluation_says_beforehand_how_long_it_takes(command, finished, monkeypatch, method):
    model = finished / "model.safetensors"
    counts = [] if method == "quadrature" else ["--num-samples", 4]
    counts += ["--num-temperatures", 3] if method == "ais" else []
    few = ["evaluate", model, "--method", method, "--num-images", 2, *counts]
    words = r"[\d,]+ passes through the network: about 0 minutes of a processor core"
    assert not re.search(words, command(*few)[2])
    monkeypatch.setattr("vae_core.cli.evaluate.LONG_SECONDS", 1e-9)
    assert bool(re.search(words, command(*few)[2])) == (method != "quadrature")


def test_reports_and_histories_name_the_folder_of_the_data(command, tmp_path, monkeypatch):
    """The cases of a set of one's own: whole, incomplete, one level too deep, and a folder that is not there."""
    for part, count in (("train", 7), ("t10k", 3)):
        for name, shape in ((f"{part}-images-idx3-ubyte", (count, 2, 3)), (f"{part}-labels-idx1-ubyte", (count,))):
            (tmp_path / "my/mnist").mkdir(parents=True, exist_ok=True)
            (tmp_path / "my/mnist" / name).write_bytes(idx_bytes(shape, bytes(math.prod(shape))))
    monkeypatch.setenv("VAE_DATA_DIR", str(tmp_path / "my"))
    train = ["train", "--data", "mnist", "--hidden", "5", "--epochs", "1", "--json", "--out"]
    code, out, _ = command(*train, tmp_path / "run")
    origin = str(tmp_path / "my/mnist")
    assert code == 0 and json.loads(out)["data_from"] == origin
    assert json.loads((tmp_path / "run/history.json").read_text())["origin"] == origin
    report = json.loads(command("evaluate", tmp_path / "run/model.safetensors", "--json")[1])
    assert (report["data_from"], report["num_images"]) == (origin, 3)
    (tmp_path / "others/mnist").mkdir(parents=True)
    for name in (
        "train-images-idx3-ubyte",
        "train-labels-idx1-ubyte",
        "t10k-images-idx3-ubyte",
        "t10k-labels-idx1-ubyte",
    ):
        content = (tmp_path / "my/mnist" / name).read_bytes()
        (tmp_path / "others/mnist" / name).write_bytes(content[:-9] + bytes([255] * 9) if "images" in name else content)
    monkeypatch.setenv("VAE_DATA_DIR", str(tmp_path / "others"))
    for model in ("model.safetensors", "checkpoint.safetensors"):
        code, _, err = command("evaluate", tmp_path / "run" / model)
        assert code == 2 and f"was trained on other images of mnist, those of {origin}, and these are of" in one_line(
            err
        )
        code, out, _ = command("evaluate", tmp_path / "run" / model, "--data", "mnist", "--json")
        assert code == 0 and json.loads(out)["data_from"] == str(tmp_path / "others/mnist")
    code, _, err = command(*train, tmp_path / "run", "--resume")
    assert code == 2 and "is of other images of mnist: it began with those of" in one_line(err)
    (tmp_path / "my/mnist/t10k-labels-idx1-ubyte").unlink()
    for folder, words in (
        ("my", "lacks t10k-labels-idx1-ubyte or t10k-labels-idx1-ubyte.gz: put what is missing there"),
        ("my/mnist", "which holds train-images-idx3-ubyte itself: set it to"),
        ("mistyped", "which is no folder: correct it, or unset it"),
    ):
        monkeypatch.setenv("VAE_DATA_DIR", str(tmp_path / folder))
        for line in ([*train, tmp_path / "other"], ["evaluate", tmp_path / "run/model.safetensors"]):
            code, out, err = command(*line)
            assert (code, out) == (2, "") and words in one_line(err)
        assert not (tmp_path / "other").exists()


def test_a_damaged_table_of_an_experiment_is_refused_and_kept(command, tmp_path):
    committed = (REPOSITORY / "docs/results/restoration.json").read_text()
    table = json.loads(committed)["mnist"]
    wrong = {
        "a list": [],
        "a number": 3,
        "null": None,
        "a table of text": {"digits": "x"},
        "no rows": {"digits": {"num_images": 5, "seed": 0}},
        "rows a list": {"digits": table | {"rows": []}},
        "a row of text": {"digits": table | {"rows": {"x": "y"}}},
        "a score of text": {
            "digits": table | {"distances": table["distances"] | {"methods": {"a": {"value": {"mean": "x"}}}}}
        },
        "models a number": {"digits": table | {"models": 5}},
        "nan": {"digits": table | {"seed": math.nan}},
    }
    texts = {name: json.dumps(value) for name, value in wrong.items()}
    texts |= {"no JSON": "{", "nested": "[" * 100_000, "empty": "", "bytes": "\ud800"}
    for name, text in texts.items():
        (tmp_path / "restoration.json").write_bytes(text.encode(errors="surrogatepass"))
        code, _, err = command("reproduce", "restoration", "--data", "digits", "--num-images", 5, "--out", tmp_path)
        assert code == 2 and "restoration.json is not what `reproduce restoration` wrote (" in one_line(err), name
        assert "Error" not in err and "object" not in err, "a name of Python's"
        assert [path.name for path in tmp_path.iterdir()] == ["restoration.json"]
    (tmp_path / "restoration.json").rename(tmp_path / "restoration.md")
    code, _, err = command("reproduce", "restoration", "--data", "digits", "--num-images", 5, "--out", tmp_path)
    assert code == 2 and "restoration.md would be overwritten and has no restoration.json beside it" in one_line(err)


def test_an_experiment_that_another_process_makes_is_left_to_it(command, tmp_path):
    lock = lock_folder(tmp_path)
    code, _, err = command("reproduce", "restoration", "--data", "digits", "--num-images", 5, "--out", tmp_path)
    assert code == 2 and f"is in use by process {os.getpid()}: wait for its end" in one_line(err)
    lock.release()


def test_missing_data_exits_2_and_says_what_to_do(command, tmp_path, monkeypatch):
    monkeypatch.setattr("vae_core.data.datasets.REPOSITORY", tmp_path / "clone" / "main")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("VAE_DATA_DIR", raising=False)
    code, _, err = command("train", "--data", "mnist", "--out", tmp_path / "run")
    assert code == 2 and "run `python -m vae_core download mnist`" in one_line(err)


@pytest.mark.parametrize("name", ["", "train", "evaluate", "sample", "restore", "list", "download"])
def test_every_command_has_help(command, name):
    code, out, _ = command(*name.split(), "--help")
    assert code == 0 and out.startswith("usage: python -m vae_core")
