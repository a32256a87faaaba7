"""Paths, traversals and the aggregate posterior, each against something exact."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

import vae_core as vc
from vae_core import studies
from vae_core.distributions import kl_to_standard_normal
from vae_core.latent import aggregate_masses, latent_use, mass_above, spherical_path, straight_path, traversals
from vae_core.representation import split_information

A, B = torch.tensor([3.0, 0.0, 0.0]), torch.tensor([0.0, 0.0, 1.0])


def test_a_spherical_path_turns_and_grows_evenly():
    path = spherical_path(A, B, 7)
    torch.testing.assert_close(path[[0, -1]], torch.stack([A, B]))
    torch.testing.assert_close(path.norm(dim=1), torch.linspace(3.0, 1.0, 7))
    unit = path / path.norm(dim=1, keepdim=True)
    angles = torch.acos((unit[1:] * unit[:-1]).sum(1))
    torch.testing.assert_close(angles, torch.full((6,), math.pi / 12), atol=1e-4, rtol=0)
    torch.testing.assert_close(spherical_path(A, 2 * A, 5), straight_path(A, 2 * A, 5))


@pytest.mark.parametrize(("end", "words"), [(-2 * A, "opposite"), (0 * A, "origin")])
def test_a_spherical_path_that_is_not_defined_is_an_error(end, words):
    with pytest.raises(ValueError, match=f"{words}.*straight"):
        spherical_path(A, end, 5)


def test_latent_use_adds_up_to_the_kl_and_marks_what_does_not_vary(vae, dataset):
    with torch.no_grad():
        vae.encoder[-1].weight[:4] *= 5.0
        vae.encoder[-1].weight[2] = 0.0  # the third mean is the same for every image
    use = latent_use(vae, dataset.x_test)
    kl = kl_to_standard_normal(vae.encode(dataset.x_test)).mean()
    torch.testing.assert_close(use.kl.sum(), kl.detach())
    assert use.active.tolist() == [True, True, False, True]
    assert float(use.variance[2]) == 0.0


def test_a_traversal_moves_one_dimension_and_holds_the_others(vae):
    z, values = torch.tensor([0.1, -0.2, 0.3, 0.4]), torch.tensor([-2.0, 0.0, 1.0])
    images = traversals(vae, z, [3, 1], values)
    assert images.shape == (2, 3, 6)
    with torch.no_grad():
        torch.testing.assert_close(images[1, 2], vae.decode(torch.tensor([0.1, 1.0, 0.3, 0.4])).mean)
        torch.testing.assert_close(images[0, 0], vae.decode(torch.tensor([0.1, -0.2, 0.3, -2.0])).mean)


def test_the_mass_of_denser_cells():
    mass = torch.tensor([[0.5, 0.2], [0.3, 0.0]], dtype=torch.float64)
    torch.testing.assert_close(mass_above(mass, own=1.0), torch.tensor([[0.5, 1.0], [0.8, 1.0]], dtype=torch.float64))
    torch.testing.assert_close(mass_above(mass, own=0.0), torch.tensor([[0.0, 0.8], [0.5, 1.0]], dtype=torch.float64))
    torch.testing.assert_close(mass_above(mass, own=0.5), torch.tensor([[0.25, 0.9], [0.65, 1.0]], dtype=torch.float64))


def test_the_middles_of_classes_and_the_nearest_point_of_a_plane(vae, dataset):
    points = np.array([[0.0, 1.0], [2.0, 5.0], [4.0, 3.0], [9.0, 9.0]], np.float32)
    middles = studies.class_middles(points, np.array([3, 3, 3, 0]))
    assert list(middles) == [0, 3] and middles[3].tolist() == [2.0, 3.0] and middles[0].tolist() == [9.0, 9.0]
    plane = replace(studies.choose_plane(vae, dataset.x_test), points=points)
    assert [plane.nearest(np.array(place)) for place in ([1.0, 5.5], [100.0, 0.0])] == [1, 3]


def test_the_aggregate_posteriors_cells_hold_what_draws_of_it_hold(vae, dataset, generator):
    """Against 200,000 draws of the mixture on two of four dimensions: 5 standard errors; and all of it on a large grid."""
    across, up = torch.linspace(-1.0, 1.5, 5), torch.linspace(-2.0, 2.0, 4)
    masses = aggregate_masses(vae, dataset.x_test, (2, 0), across, up)
    assert masses.shape == (3, 4)
    q, g, draws = vae.encode(dataset.x_test).base_dist, generator(3), 200_000
    rows = torch.randint(0, len(dataset.x_test), (draws,), generator=g)
    z = (q.loc[rows] + q.scale[rows] * torch.randn(draws, 4, generator=g)).detach()
    counts = torch.histogramdd(z[:, [0, 2]], bins=[up, across]).hist / draws
    assert float((counts - masses).abs().max()) < 5 * math.sqrt(0.25 / draws)
    wide = torch.linspace(-20.0, 20.0, 9)
    assert float(aggregate_masses(vae, dataset.x_test, (0, 3), wide, wide).sum()) == pytest.approx(1.0)


def test_the_cells_give_the_kl_to_the_prior_that_sampling_gives(dataset, generator):
    """KL(q(z) || p(z)) in two dimensions: from cells of 0.02 and from 2,000 draws of each of 11 codes, 4 standard errors."""
    vae = vc.VAE(vc.ModelConfig(6, (2, 3), 2, ()), generator=generator())
    edges = torch.linspace(-6.0, 6.0, 601, dtype=torch.float64)
    masses = aggregate_masses(vae, dataset.x_test, (0, 1), edges, edges)
    prior = torch.special.ndtr(edges).diff()
    cells = float(torch.special.xlogy(masses, masses / (prior[:, None] * prior)).nansum())
    split = split_information(vae, dataset.x_test, num_samples=2000, generator=generator(1))
    assert split.marginal_kl == pytest.approx(cells, abs=0.03)
