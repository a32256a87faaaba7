"""Train a pretrained model again: `python pretrained/train.py NAME`. These are the commands that made the models."""

import argparse
import json
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
DEEP = ["--hidden", "500,500", "--activation", "silu", "--batch-size", "100", "--lr", "1e-3", "--warmup-steps", "600"]
RECIPES = {
    "digits-2d": ["--data", "digits", "--latent-dim", "2", "--hidden", "256", "--epochs", "600", "--schedule", "cosine"],
    "mnist-2d": ["--data", "mnist", "--latent-dim", "2", *DEEP, "--epochs", "300", "--schedule", "cosine"],
    "mnist-20d": ["--data", "mnist", "--latent-dim", "20", *DEEP, "--epochs", "100", "--schedule", "cosine"],
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=RECIPES)
    parser.add_argument("--out", type=Path, help="folder of the run (default runs/NAME); an unfinished run is resumed")
    args = parser.parse_args()
    out = args.out or FOLDER.parent / "runs" / args.name
    command = ["train", *RECIPES[args.name], "--seed", "0", "--threads", "1", "--json", "--resume", "--out", str(out)]
    done = subprocess.run(
        [sys.executable, "-m", "vae_core", *command], cwd=FOLDER.parent, check=True, stdout=subprocess.PIPE, text=True
    )
    report = json.loads(done.stdout)
    print(report)


if __name__ == "__main__":
    main()
