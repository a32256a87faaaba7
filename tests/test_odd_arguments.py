"""Arguments of a kind that nobody meant: refused in our words, before anything is allocated."""

import inspect
import math

import numpy as np
import pytest
import torch

import vae_core as vc
from vae_core.bounds import require_images
from vae_core.data.binarization import check_grey
from vae_core.data.records import require_sides
from vae_core.latent import plane_points

NO_SIDES = [0, -1, 1.5, True, None, "38", math.nan, math.inf, 10**30, np.int64(2), torch.tensor(2)]
NO_SIDE = [0, -1, 1.5, True, None, "8", math.nan, math.inf, np.float32(1.5), [8]]
SPARSE, META = torch.zeros(2, 64).to_sparse(), torch.zeros(2, 64, device="meta")


unchecked = inspect.unwrap  # users have no check of annotations, which these tests add


@pytest.mark.parametrize("shape", [*NO_SIDES, *((8, side) for side in NO_SIDE)])
def test_what_is_no_shape_of_an_image_is_refused_in_words(shape, generator):
    for call in (
        lambda: require_sides("image_shape", shape, 2),
        lambda: unchecked(vc.hidden_part)("centre", shape),
        lambda: unchecked(vc.random_mask)(shape, 0.5, generator=generator()),
    ):
        with pytest.raises(ValueError, match="shape must be") as refusal:
            call()
        assert "\n" not in str(refusal.value)


def test_a_mask_and_a_manifold_are_counted_before_they_are_made():
    for call in (
        lambda: vc.hidden_part("centre", (10**9, 10**9)),
        lambda: vc.manifold(vc.load_pretrained("digits-2d"), 10**9),
    ):
        with pytest.raises(vc.TooLarge, match="[EP]B of memory"):
            call()


@pytest.mark.parametrize("axes", [0, None, 1.5, "01", (0,), (0, 1, 2), torch.tensor(2)])
def test_what_are_no_axes_is_refused_in_words(axes):
    with pytest.raises(ValueError, match="axes must be"):
        unchecked(plane_points)(3, torch.zeros(4), torch.zeros(4), axes)


@pytest.mark.parametrize("x", [SPARSE, META], ids=["sparse", "meta"])
def test_a_tensor_without_values_is_refused_in_words(x):
    for call in (
        lambda: unchecked(require_images)(vc.load_pretrained("digits-2d"), x),
        lambda: unchecked(check_grey)(x),
    ):
        with pytest.raises(vc.DataError, match="x must be a dense tensor with values"):
            call()


@pytest.mark.parametrize("x", [None, [[0.0]], torch.tensor(1.0), torch.zeros(0, 64), torch.zeros(64)])
def test_encoded_means_takes_images_alone(x):
    vae = vc.load_pretrained("digits-2d")
    with pytest.raises(vc.DataError, match="x must"):
        unchecked(require_images)(vae, x)
    if isinstance(x, torch.Tensor):
        with pytest.raises(vc.DataError, match="x must"):
            unchecked(vc.encoded_means)(vae, x)
