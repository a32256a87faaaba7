"""The fast ways against torch's own, on layers large enough to take them."""

import math

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.distributions import Bernoulli, Independent, Normal, kl_divergence

from vae_core import VAE, ModelConfig, elbo, layers
from vae_core.distributions import BernoulliPixels
from vae_core.hmc import evaluate
from vae_core.layers import Linear

pytestmark = pytest.mark.usefixtures("global_randomness_untouched")


def close(actual, expected, atol=3e-6):
    """Within float32's rounding of the float64 numbers: relative to the largest."""
    for value, reference in zip(actual, expected, strict=True):
        value, reference = value.detach(), reference.detach()
        torch.testing.assert_close(value.double(), reference.double(), rtol=0, atol=atol * float(reference.abs().max()))


@pytest.mark.parametrize("tanh", [False, True])
@pytest.mark.parametrize("shape", [(40, 300), (4, 10, 300)])
def test_a_linear_layer_and_its_gradients_are_torchs(generator, monkeypatch, shape, tanh):
    asked, real = [], layers.suits_onednn
    monkeypatch.setattr(layers, "suits_onednn", lambda *args: asked.append(real(*args)) or asked[-1])
    layer = nn.utils.skip_init(Linear, 300, 200)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.copy_(0.1 * torch.randn(parameter.shape, generator=generator(1)))
    x = torch.randn(shape, generator=generator(2)).requires_grad_()
    weights = torch.randn((*shape[:-1], 200), generator=generator(3))
    inputs = [x, *layer.parameters()]
    y = layer(x, tanh=tanh)
    actual = [y, *torch.autograd.grad((weights * y).sum(), inputs)]
    assert asked == [True] * 4 if layers.HAS_ONEDNN else not any(asked)  # the layer; its product and the two backwards
    exact = [tensor.detach().double().requires_grad_() for tensor in inputs]
    y = F.linear(*exact).tanh() if tanh else F.linear(*exact)
    close(actual, [y, *torch.autograd.grad((weights.double() * y).sum(), exact)])


@pytest.mark.parametrize("columns", [1, layers.FEW_COLUMNS - 1, layers.FEW_COLUMNS])
def test_products_of_few_columns_are_torchs(generator, columns):
    a, b = torch.randn(9, 30, generator=generator(1)), torch.randn(columns, 30, generator=generator(2))
    for left, right in ((a, b), (a.t().contiguous().t(), b.t().contiguous().t()), (a.expand(2, 9, 30), b)):
        y = layers.product(left, right)
        assert y.is_contiguous()
        close([y], [left.double() @ right.double().t()])


@pytest.mark.skipif(not layers.HAS_ONEDNN, reason="this torch has no oneDNN")
def test_only_large_products_of_float32_on_a_cpu_take_the_fast_way(monkeypatch):
    monkeypatch.setattr(layers.LinearFunction, "apply", lambda *args: pytest.fail("took the fast way"))
    layer, narrow = nn.utils.skip_init(Linear, 300, 200), nn.utils.skip_init(Linear, 2, 200)
    layer(torch.zeros(17, 300))  # 17 * 300 * 200 < 2 ** 20 <= 18 * 300 * 200
    narrow(torch.zeros(82, 2))
    narrow(torch.zeros(81, 2), tanh=True)  # 81 * 200 < 2 ** 14 <= 82 * 200
    layer.to("meta")(torch.zeros(40, 300, device="meta"))
    narrow.double()(torch.zeros(82, 2, dtype=torch.float64), tanh=True)
    with pytest.raises(pytest.fail.Exception):
        nn.utils.skip_init(Linear, 300, 200)(torch.zeros(18, 300))
    with pytest.raises(pytest.fail.Exception):
        nn.utils.skip_init(Linear, 2, 200)(torch.zeros(82, 2), tanh=True)


def test_tanh_on_the_way_has_as_many_digits_as_torchs():
    x = torch.cat([torch.linspace(-20, 20, 20_001), torch.logspace(-30, 0, 100), torch.tensor([-1e30, torch.inf])])
    layer = nn.utils.skip_init(Linear, 1, 1)
    with torch.no_grad():
        layer.weight.fill_(1.0)
        layer.bias.zero_()
        outputs = layer(x[:, None], tanh=True)[:, 0].double()
    torch.testing.assert_close(outputs, x.double().tanh(), rtol=2e-7, atol=0)


@pytest.mark.parametrize("pixels", [1, 7, 131, 252, 784])
def test_the_log_probability_of_pixels_and_its_gradients_are_torchs(generator, pixels):
    """Whatever the number of pixels divides into; 784 include some that are certain and some that are a toss-up."""
    logits = (30 * torch.randn(3, 5, pixels, generator=generator(1)) ** 3).requires_grad_()
    x = torch.rand(5, pixels, generator=generator(2)).requires_grad_()
    weights = torch.randn(3, 5, generator=generator(3))
    p = BernoulliPixels(logits)
    assert (p.batch_shape, p.event_shape) == ((3, 5), (pixels,))
    log_p = p.log_prob(x)
    actual = [log_p, *torch.autograd.grad((weights * log_p).sum(), [logits, x])]
    exact = [tensor.detach().double().requires_grad_() for tensor in (logits, x)]
    log_p = Independent(Bernoulli(logits=exact[0], validate_args=False), 1).log_prob(exact[1])
    close(actual, [log_p, *torch.autograd.grad((weights.double() * log_p).sum(), exact)])


def test_many_pixels_that_are_a_toss_up_have_a_finite_log_probability():
    """Half to the power of 784 is no float32."""
    for pixels in (149, 784, 2 * 784):
        log_p = BernoulliPixels(torch.zeros(2, pixels)).log_prob(torch.ones(2, pixels))
        torch.testing.assert_close(log_p, torch.full((2,), -pixels * math.log(2.0)))


def test_certain_pixels_have_a_finite_log_probability():
    logits = torch.tensor([[200.0, -200.0], [1e6, 1e6]])
    assert BernoulliPixels(logits).log_prob(torch.tensor([[1.0, 0.0], [0.0, 1.0]])).tolist() == [0.0, -1e6]


@pytest.mark.parametrize("estimator", ["A", "B"])
@pytest.mark.parametrize("activation", ["tanh", "silu", "relu", "softplus"])
def test_the_bound_and_its_gradients_are_those_of_the_plain_way(generator, estimator, activation):
    """The same bound out of torch's own layers and distributions."""
    config = ModelConfig(300, (15, 20), latent_dim=3, hidden_dims=(200,), activation=activation)
    vae = VAE(config, generator=generator(1))
    x = torch.rand(40, 300, generator=generator(2)).round()
    eps = torch.randn(2, 40, 3, generator=generator(3))

    def plain() -> torch.Tensor:
        squash = {"tanh": torch.tanh, "silu": F.silu, "relu": F.relu, "softplus": F.softplus}[activation]
        w = dict(vae.named_parameters())
        names = [f"{i}.{kind}" for i in (0, 2) for kind in ("weight", "bias")]
        encoder, decoder = ([w[f"{part}.{name}"] for name in names] for part in ("encoder", "decoder"))
        loc, log_var = F.linear(squash(F.linear(x, *encoder[:2])), *encoder[2:]).chunk(2, -1)
        q, prior = (
            Independent(Normal(loc, (0.5 * log_var).exp()), 1),
            Independent(Normal(torch.zeros(3), torch.ones(3)), 1),
        )
        z = loc + (0.5 * log_var).exp() * eps
        p = Independent(Bernoulli(logits=F.linear(squash(F.linear(z, *decoder[:2])), *decoder[2:])), 1)
        kl = kl_divergence(q, prior) if estimator == "B" else q.log_prob(z) - prior.log_prob(z)
        return (p.log_prob(x) - kl).mean(0)

    parameters = list(vae.parameters())
    expected = plain()
    gradients = torch.autograd.grad(expected.mean(), parameters)
    bound = elbo(vae, x, estimator=estimator, eps=eps).elbo
    close([bound, *torch.autograd.grad(bound.mean(), parameters)], [expected, *gradients])


@pytest.mark.skipif(not layers.HAS_ONEDNN, reason="this torch has no oneDNN")
def test_a_gradient_in_the_position_alone_costs_no_product_for_the_weights(generator, monkeypatch):
    layer = nn.utils.skip_init(Linear, 300, 200)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.copy_(0.1 * torch.randn(parameter.shape, generator=generator(1)))
    position = torch.randn((40, 300), generator=generator(2))

    def log_density(z):
        return layer(z, tanh=True).sum(-1)

    z = position.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(log_density(z).sum(), z)
    products, real = [], layers.product
    monkeypatch.setattr(layers, "product", lambda *args, **options: products.append(1) or real(*args, **options))
    assert torch.equal(evaluate(log_density, position).gradient, gradient)
    assert len(products) == 2  # forwards, and back to the position
    log_density(position).sum().backward()
    assert layer.weight.grad is not None, "outside of evaluate the weights get their gradient again"
