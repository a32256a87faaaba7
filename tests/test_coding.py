"""Bits-back coding: each length against the exact one, and images bit for bit."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.stats import norm

import vae_core as vc
from vae_core.coding.bits_back import Codec
from vae_core.coding.message import HEADER_BYTES, chain_of, read_header
from vae_core.coding.pixels import GREY, gaussian_bits
from vae_core.coding.stack import Drained, Stack

BERNOULLI = vc.ModelConfig(data_dim=12, image_shape=(3, 4), latent_dim=2, hidden_dims=(5,))
GAUSSIAN = BERNOULLI.replace(likelihood="gaussian", variance="network")
CONTINUOUS = BERNOULLI.replace(likelihood="continuous_bernoulli")
LINEAR = BERNOULLI.replace(likelihood="gaussian", hidden_dims=(), mean="identity", variance="shared")


def model(config, seed=0):
    return vc.VAE(config, generator=torch.Generator().manual_seed(seed)).eval()


def images(config, count, seed=0):
    values = torch.rand(count, config.data_dim, generator=torch.Generator().manual_seed(seed))
    return (values > 0.5).float() if config.likelihood == "bernoulli" else (values * GREY).round() / GREY


def random_stack(words=40, seed=0):
    return Stack(np.random.default_rng(seed).integers(1, 2**32, words, dtype=np.uint32))


# -- exact lengths -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("config", [BERNOULLI, GAUSSIAN, CONTINUOUS])
def test_each_part_of_an_image_takes_minus_log2_of_its_probability(config):
    vae, codec = model(config), Codec(model(config))
    symbols = codec.pixels.symbols(images(config, 1))[0]
    coded = codec.push(random_stack(), symbols)
    loc, scale = codec.posterior(symbols)
    last = 8 * 2**codec.precision
    assert coded.taken == pytest.approx(gaussian_bits(coded.cells, loc, scale, -last, last).sum(), abs=5e-3)
    assert coded.pixels == pytest.approx(codec.pixels.bits(symbols, *codec.decoded(coded.cells)).sum(), abs=5e-3)
    width = 2.0**-codec.precision
    prior = norm.logpdf(codec.point(coded.cells)) + math.log(width)  # of a cell, which is small
    assert coded.latent == pytest.approx(-prior.sum() / math.log(2), abs=1e-2)
    assert coded.net == pytest.approx(coded.pixels + coded.latent - coded.taken, abs=1e-9)
    # The rounded parameters are those of the model.
    q = vae.encode(images(config, 1)).base_dist
    assert np.allclose(loc * width, q.loc.detach()[0], atol=width / 100)
    assert np.allclose(scale * width, q.scale.detach()[0], rtol=0.006)


def test_the_mass_of_a_cell_is_that_of_scipy():
    cells, loc, scale = np.arange(-5, 6), np.full(11, 0.3), np.full(11, 1.7)
    mass = norm.cdf(cells + 0.5, 0.3, 1.7) - norm.cdf(cells - 0.5, 0.3, 1.7)
    bits = gaussian_bits(cells, loc, scale, -5, 5)
    mass[0], mass[-1] = norm.cdf(-4.5, 0.3, 1.7), norm.sf(4.5, 0.3, 1.7)
    assert np.allclose(2.0**-bits, mass, rtol=1e-9) and mass.sum() == pytest.approx(1.0)
    assert np.isfinite(gaussian_bits(cells, np.full(11, 400.0), np.full(11, 0.1), -500, 500)).all()


def test_the_mean_length_is_the_bound_in_bits():
    """On fresh random bits. In a chain of equal images each z is chosen by the bits of the z before, which are not as good as random."""
    vae, x = model(BERNOULLI), images(BERNOULLI, 1)
    codec = Codec(vae)
    (symbols,) = codec.pixels.symbols(x)
    net = np.array([codec.push(random_stack(words=4, seed=seed), symbols).net for seed in range(400)])
    bound = vc.elbo(vae, x.repeat(20000, 1), generator=torch.Generator().manual_seed(1)).elbo.detach().mean()
    assert net.mean() == pytest.approx(-float(bound) / math.log(2), abs=4 * net.std() / math.sqrt(400))


def test_the_lengths_of_a_chain_add_up_to_the_height_of_the_stack():
    codec = Codec(model(GAUSSIAN))
    chain = chain_of(codec, codec.pixels.symbols(images(GAUSSIAN, 20)))
    assert all(
        before.heights[3] == after.heights[0] for before, after in zip(chain.steps, chain.steps[1:], strict=False)
    )
    assert 32 * len(chain.start) - 1 <= chain.steps[0].heights[0] <= 32 * len(chain.start)
    assert 0 <= 32 * len(chain.words) - chain.steps[-1].heights[3] < 32
    assert Stack(chain.words).height == chain.steps[-1].heights[3]


def test_on_a_linear_gaussian_model_with_the_exact_posterior_the_length_is_log_p_of_x():
    """There q = p(z|x), so each way of drawing z takes -log2 p(x), with the pixels' cells of the width 1/255."""
    vae = model(LINEAR)
    with torch.no_grad():
        weight, bias = vae.decoder[-1].weight.double() * 0.1, torch.full((12,), 0.5, dtype=torch.float64)
        vae.decoder[-1].weight.copy_(weight), vae.decoder[-1].bias.copy_(bias)
        noise = math.exp(float(vae.log_var)) + vae.config.variance_floor
        precision = torch.eye(2, dtype=torch.float64) + weight.T @ weight / noise
        # A decoder whose columns are orthogonal has a posterior without correlation, as q(z|x) has.
        orthogonal = torch.linalg.qr(weight).Q * 0.3
        vae.decoder[-1].weight.copy_(orthogonal)
        precision = torch.eye(2, dtype=torch.float64) + orthogonal.T @ orthogonal / noise
        gain = torch.linalg.solve(precision, orthogonal.T / noise)
        vae.encoder[-1].weight.copy_(torch.cat([gain, torch.zeros_like(gain)]))
        log_var = -precision.diagonal().log()
        vae.encoder[-1].bias.copy_(torch.cat([-gain @ bias, log_var]))
    x = (
        (0.5 + 0.1 * torch.randn(20, 12, generator=torch.Generator().manual_seed(2))).clamp(0, 1) * GREY
    ).round() / GREY
    codec = Codec(vae, precision=8)
    chain = chain_of(codec, codec.pixels.symbols(x))
    covariance = orthogonal @ orthogonal.T + noise * torch.eye(12, dtype=torch.float64)
    exact = torch.distributions.MultivariateNormal(bias, covariance).log_prob(x.double())
    bits = 12 * math.log2(GREY) - exact / math.log(2)
    net = np.array([step.net for step in chain.steps])
    assert np.abs(net - bits.numpy()).max() < 0.5 and abs((net - bits.numpy()).mean()) < 0.15


# -- bit for bit ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("config", [BERNOULLI, GAUSSIAN, LINEAR, CONTINUOUS])
@pytest.mark.parametrize("count", [1, 2, 30])
@pytest.mark.parametrize("precision", [1, 5, 12])
def test_images_come_back_bit_for_bit(config, count, precision):
    vae, x = model(config), images(config, count)
    message = vc.compress(vae, x, precision=precision)
    assert torch.equal(vc.decompress(vae, message), x)
    assert message == vc.compress(vae, x, precision=precision)
    header, stack = read_header(message)
    assert (header.images, header.data_dim, header.precision, header.levels) == (
        count,
        12,
        precision,
        Codec(vae).pixels.levels,
    )
    assert len(message) == HEADER_BYTES + len(stack)


def test_nothing_of_the_model_or_the_world_changes():
    vae, x = model(BERNOULLI), images(BERNOULLI, 3)
    before = {name: tensor.clone() for name, tensor in vae.state_dict().items()}
    state = torch.get_rng_state()
    calls = []
    message = vc.compress(vae, x, progress=lambda done, total: calls.append((done, total)))
    vc.decompress(vae, message, progress=lambda done, total: calls.append((done, total)))
    assert calls == 2 * [(1, 3), (2, 3), (3, 3)]
    assert all(torch.equal(before[name], tensor) for name, tensor in vae.state_dict().items())
    assert torch.equal(state, torch.get_rng_state()) and vae.dtype == torch.float32


def test_odd_models_come_back_too():
    """Means far outside the grid, scales of 0 and of 1e30, logits of thousands, pixels that the model rules out."""
    for loc, log_var in ((1000.0, 0.0), (0.0, -500.0), (0.0, 140.0), (-50.0, -20.0)):
        vae = model(BERNOULLI)
        with torch.no_grad():
            vae.encoder[-1].weight.zero_()
            vae.encoder[-1].bias.copy_(torch.tensor([loc, loc, log_var, log_var]))
            vae.decoder[-1].weight.mul_(1000.0)
        x = images(BERNOULLI, 5)
        assert torch.equal(vc.decompress(vae, vc.compress(vae, x)), x)


def test_images_that_cost_nothing_still_come_back():
    """The stack never grows, and all bits that choose z are those of the beginning."""
    vae = model(BERNOULLI)
    with torch.no_grad():
        vae.decoder[-1].weight.zero_()
        vae.decoder[-1].bias.fill_(-16.0)
        vae.encoder[-1].weight.zero_()
        vae.encoder[-1].bias.zero_()
    x = torch.zeros(100, 12)
    message = vc.compress(vae, x)
    assert len(message) < HEADER_BYTES + 40 and torch.equal(vc.decompress(vae, message), x)


def test_a_stack_never_gives_bits_that_it_does_not_have():
    codec = Codec(model(BERNOULLI))
    stack = random_stack(words=3)
    with pytest.raises(Drained):
        for _ in range(10):
            codec.draw(stack)
    for words in ([], [5], [5, 0]):
        with pytest.raises(Drained):
            Stack(np.array(words, np.uint32))


def test_random_bits_become_images_of_the_model():
    vae = model(BERNOULLI)
    codec, stack = Codec(vae), random_stack(words=12_000, seed=3)
    draws = [codec.draw(stack) for _ in range(800)]
    z, x = np.array([codec.point(cells) for cells, _ in draws]), np.array([symbols for _, symbols in draws])
    assert np.abs(z.mean(0)).max() < 5 / math.sqrt(800) and np.abs(z.std(0) - 1).max() < 5 / math.sqrt(1600)
    means = vae.sample(40000, generator=torch.Generator().manual_seed(0)).mean(0).numpy()
    assert np.abs(x.mean(0) - means).max() < 5 * 0.5 / math.sqrt(800)


# -- MNIST ---------------------------------------------------------------------------------------------------------


def test_the_first_images_of_mnist_take_what_the_bound_says():
    vae, x = (
        vc.load_pretrained("mnist-20d"),
        vc.studies.load_examples(Path(vc.models.PRETRAINED) / "mnist-20d" / "reference.safetensors").x,
    )
    message = vc.compress(vae, x[:40])
    assert torch.equal(vc.decompress(vae, message), x[:40])
    bound = (
        vc.elbo(vae, x[:40], num_samples=50, generator=torch.Generator().manual_seed(0)).elbo.detach().double().mean()
    )
    net = 8 * (len(message) - HEADER_BYTES) - 32 * read_header(message)[0].start
    assert net / 40 == pytest.approx(-float(bound) / math.log(2), rel=0.02)
