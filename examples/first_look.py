"""The script of the notebook first_look.ipynb, which `make_notebook.py` makes of it."""

# %% [markdown]
# # A first look at a VAE
#
# A pretrained model of digits with two latent dimensions. Each cell answers one question.

# %%
import numpy as np
import torch
from PIL import Image

import vae_core as vc

vae = vc.load_pretrained("digits-2d")
x = vc.load_data("digits").x_test[:50].round()

# %% [markdown]
# ## Which images does the model get wrong?
#
# The ELBO is a lower bound of log p(x), in nats for each image. Higher is better.

# %%
bound = vc.elbo(vae, x, num_samples=16, generator=torch.Generator().manual_seed(0))
print(f"mean {bound.elbo.mean():.1f}, worst {bound.elbo.min():.1f} at image {int(bound.elbo.argmin())}")

# %% [markdown]
# ## What lies between?
#
# The decoder draws the plane of z as a grid of images: figure 4 of the paper.

# %%
picture = vc.latent.mosaic(vc.manifold(vae, cells=12).detach(), (8, 8)).numpy()
plane = Image.fromarray(np.uint8(255 * np.kron(picture, np.ones((4, 4)))))
plane  # noqa: B018

# %% [markdown]
# ## How good is the encoder?
#
# On a grid log p(x) is known, and so is the gap KL(q(z given x) || p(z given x)).

# %%
close_up = vc.studies.close_up(vae, x[:1])
print(f"log p(x) {close_up.log_marginal:.2f} nats, gap of the encoder {close_up.encoder.gap:.2f} nats")
