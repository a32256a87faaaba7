"""The posterior of one image: log p(x) on a grid, the gap of the encoder, and the best Gaussian that there is.

python examples/posterior_of_one_image.py [--model digits-2d] [--image 4]
"""

import argparse

import torch

import vae_core as vc


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="digits-2d")
    parser.add_argument("--image", type=int, default=4)
    options = parser.parse_args()

    vae = vc.load_pretrained(options.model)
    x = vc.load_data("digits").x_test[options.image : options.image + 1].round()
    close_up = vc.studies.close_up(vae, x)
    estimate = vc.log_marginal(vae, x, num_samples=500, generator=torch.Generator().manual_seed(0))
    print(f"log p(x) on a grid: {close_up.log_marginal:.3f} nats")
    print(f"log p(x) by importance sampling: {float(estimate.mean):.3f} ± {float(estimate.std_error):.3f} nats")
    print(f"KL(q(z|x) || p(z|x)) of the encoder: {close_up.encoder.gap:.3f} nats")
    for name, best in (("with axes along z", close_up.aligned), ("of any direction", close_up.best)):
        print(f"the same of the best Gaussian {name}: {best.gap:.3f} nats")


if __name__ == "__main__":
    main()
