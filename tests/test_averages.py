"""The error of a mean over independent images, and over the frames of a film."""

import math

import pytest
import torch

from vae_core.averages import autocorrelation_time, error_of_mean
from vae_core.data.datasets import DATASETS, is_sequence


def film(memory: float, frames: int, repeats: int) -> torch.Tensor:
    """Autoregressive series (frames, repeats) of variance 1, whose autocorrelations are memory^k."""
    noise = torch.randn(frames, repeats, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    values = [noise[0]]
    for row in noise[1:]:
        values.append(memory * values[-1] + math.sqrt(1.0 - memory**2) * row)
    return torch.stack(values)


@pytest.mark.parametrize("memory", [0.0, 0.5, 0.9])
def test_the_error_of_a_films_mean_is_the_spread_of_such_means(memory):
    """300 films of 2,000 frames: the time is (1 + memory) / (1 - memory). The error is of 300 means, so to 4 %."""
    values = film(memory, 2000, 300)
    exact = (1.0 + memory) / (1.0 - memory)
    assert float(autocorrelation_time(values).mean()) == pytest.approx(exact, rel=0.15)
    error = error_of_mean(values, is_sequence=True)
    assert float(error.mean()) == pytest.approx(float(values.mean(0).std()), rel=0.2)
    plain = error_of_mean(values)
    torch.testing.assert_close(plain, values.std(0) / math.sqrt(2000))
    torch.testing.assert_close(error, plain * autocorrelation_time(values).sqrt())
    if memory:
        assert float(plain.mean()) < 0.65 * float(values.mean(0).std()), "as independent frames they would say too much"


def test_one_image_and_equal_images():
    assert math.isnan(error_of_mean(torch.ones(1))) and math.isnan(error_of_mean(torch.ones(1), is_sequence=True))
    assert float(error_of_mean(torch.ones(5), is_sequence=True)) == 0.0
    assert error_of_mean(torch.rand(6, 2, 3), is_sequence=True).shape == (2, 3)
    assert float(autocorrelation_time(torch.tensor([1.0, -1.0, 1.0, -1.0]))) == 1.0, "never below one"


def test_frey_faces_are_the_film():
    assert [name for name in DATASETS if is_sequence(name)] == ["frey_faces"]
    assert not is_sequence("mine") and not is_sequence(None)
