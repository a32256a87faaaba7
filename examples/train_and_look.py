"""Train a VAE on digits for some seconds, and look: its bound, its map as a picture, and draws from the prior.

python examples/train_and_look.py [--epochs 20] [--out looked]
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from PIL import Image

import vae_core as vc


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--out", type=Path, default=Path("looked"))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)

    digits = vc.load_data("digits")
    config = vc.ModelConfig(data_dim=64, image_shape=(8, 8), latent_dim=2, hidden_dims=(256,))
    vae = vc.VAE(config, generator=torch.Generator().manual_seed(0))
    algorithm = vc.AEVB(vae, vc.TrainConfig(epochs=options.epochs))
    for event in vc.fit(algorithm, digits, generator=torch.Generator().manual_seed(1)):
        if event.record:
            print(f"epoch {event.epoch:.0f}: test ELBO {event.record.test_elbo:.1f} nats per image")

    save(vc.manifold(vae, cells=15), options.out / "map.png")
    draws = vae.eval().sample(25, generator=torch.Generator().manual_seed(2))
    save(draws.reshape(5, 5, 64), options.out / "draws.png")
    vc.save_model(options.out / "model.safetensors", vae)
    print(f"{options.out} has the map, 25 draws from the prior, and the model")


def save(images: torch.Tensor, path: Path) -> None:
    """A grid of images (rows, columns, pixels) as one picture, each pixel eight by eight."""
    picture = vc.latent.mosaic(images.detach(), (8, 8)).numpy()
    grey = np.uint8(255 * np.kron(picture.clip(0, 1), np.ones((8, 8))))
    Image.fromarray(grey).save(path)


if __name__ == "__main__":
    main()
