"""The decoded manifold of App. A and figure 4: which points, in which order."""

import math

import pytest
import torch

from vae_core import latent


def test_probability_coordinates_are_the_inverse_gaussian_cdf_at_the_centres_of_equal_cells():
    axis = latent.grid_axis(4, "probability").double()
    assert [0.5 * math.erfc(-float(z) / math.sqrt(2.0)) for z in axis] == pytest.approx([1 / 8, 3 / 8, 5 / 8, 7 / 8])


def test_latent_coordinates_are_the_centres_of_equal_cells():
    assert latent.grid_axis(4, extent=2.0).tolist() == [-1.5, -0.5, 0.5, 1.5]


def test_unknown_coordinates_are_refused():
    with pytest.raises(ValueError, match="coordinates must be one of latent, probability, got 'polar'"):
        latent.grid_axis(4, "polar")


def test_the_first_row_is_the_top_of_the_second_axis_and_other_dimensions_rest():
    across, up = torch.tensor([1.0, 2.0, 3.0]), torch.tensor([10.0, 20.0])
    z = latent.plane_points(4, across, up, axes=(2, 0), rest=torch.tensor([0.0, 5.0, 0.0, 7.0]))
    assert z.shape == (2, 3, 4)
    assert z[0, 1].tolist() == [20.0, 5.0, 2.0, 7.0] and z[1, 2].tolist() == [10.0, 5.0, 3.0, 7.0]
    assert latent.plane_points(1, across, up).tolist() == [[[1.0], [2.0], [3.0]]]


def test_the_manifold_holds_the_decoded_mean_of_each_point(vae):
    cells = latent.manifold(vae, 3, "probability", axes=(1, 3))
    axis = latent.grid_axis(3, "probability")
    z = torch.zeros(4)
    z[1], z[3] = axis[2], axis[0]  # right, bottom
    with torch.no_grad():
        torch.testing.assert_close(cells[2, 2], vae.decode(z).mean)


def test_a_mosaic_keeps_each_image_in_its_place():
    images = torch.arange(24.0).reshape(2, 2, 6)
    picture = latent.mosaic(images, (2, 3))
    assert picture.shape == (4, 6)
    assert picture[2:, 3:].tolist() == images[1, 1].reshape(2, 3).tolist()
