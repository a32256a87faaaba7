"""The gradient by hand against autograd's, and when it is taken."""

import pytest
import torch

from vae_core import AEVB, VAE, ModelConfig, TrainConfig, aevb
from vae_core.backprop import backpropagate, backpropagate_importance, has_gradient_by_hand
from vae_core.bounds import importance_bound, sgvb

pytestmark = pytest.mark.usefixtures("global_randomness_untouched")


def model(generator, hidden_dims=(40,), **options):
    config = ModelConfig(30, (5, 6), latent_dim=3, hidden_dims=hidden_dims, **options)
    return VAE(config, generator=generator(1))


def batch(generator, samples=1, rows=7):
    x = torch.rand(rows, 30, generator=generator(2))
    return x, torch.randn(samples, rows, 3, generator=generator(3))


@pytest.mark.parametrize("estimator", ["B", "STL"])
@pytest.mark.parametrize("beta", [0.0, 1.0, 4.0])
@pytest.mark.parametrize("samples", [1, 3])
@pytest.mark.parametrize(
    "hidden_dims, encoder", [((), None), ((40,), None), ((20, 50), None), ((40,), (30, 20, 10)), ((40,), ())]
)
def test_the_gradient_by_hand_is_autograds(generator, hidden_dims, encoder, samples, beta, estimator):
    vae = model(generator, hidden_dims, encoder_hidden_dims=encoder).double()
    with torch.no_grad():
        for parameter in vae.parameters():  # biases begin at zero, where a forgotten one would not be missed
            parameter.add_(0.1 * torch.randn(parameter.shape, generator=generator(4), dtype=torch.float64))
    x, eps = [tensor.double() for tensor in batch(generator, samples)]
    bound = backpropagate(vae, x, eps, estimator=estimator, beta=beta, weight=0.25)
    by_hand = [parameter.grad for parameter in vae.parameters()]
    expected = sgvb(vae, x, estimator=estimator, eps=eps)
    loss = -0.25 * (expected.recon_log_lik - beta * expected.kl).sum()
    torch.testing.assert_close(by_hand, list(torch.autograd.grad(loss, list(vae.parameters()))), rtol=1e-11, atol=1e-12)
    torch.testing.assert_close(list(bound), list(expected), rtol=1e-12, atol=1e-12)


def test_through_onednn_it_is_autograds_within_float32(generator):
    """Layers and minibatch as large as MNIST's: all products of at least 2 ** 20 multiplications go there."""
    config = ModelConfig(784, (28, 28), latent_dim=2, hidden_dims=(300,))
    vae = VAE(config, generator=generator(1))
    x, eps = torch.rand(60, 784, generator=generator(2)), torch.randn(1, 60, 2, generator=generator(3))
    backpropagate(vae, x, eps, beta=1.0, weight=1 / 60)
    by_hand = [parameter.grad for parameter in vae.parameters()]
    exact = vae.double()
    loss = -sgvb(exact, x.double(), eps=eps.double()).elbo.mean()
    for gradient, expected in zip(by_hand, torch.autograd.grad(loss, list(exact.parameters())), strict=True):
        torch.testing.assert_close(gradient.double(), expected, rtol=0, atol=3e-6 * float(expected.abs().max()))


@pytest.mark.parametrize("samples", [1, 4])
@pytest.mark.parametrize("hidden_dims, encoder", [((), None), ((20, 50), None), ((40,), (30, 20, 10))])
def test_the_doubly_reparameterised_gradient_by_hand_is_autograds(generator, hidden_dims, encoder, samples):
    vae = model(generator, hidden_dims, encoder_hidden_dims=encoder).double()
    with torch.no_grad():
        for parameter in vae.parameters():
            parameter.add_(0.1 * torch.randn(parameter.shape, generator=generator(4), dtype=torch.float64))
    x, eps = [tensor.double() for tensor in batch(generator, samples)]
    bound = backpropagate_importance(vae, x, eps, weight=0.25)
    by_hand = [parameter.grad for parameter in vae.parameters()]
    expected = importance_bound(vae, x, estimator="STL", eps=eps)
    gradients = torch.autograd.grad(-0.25 * expected.sum(), list(vae.parameters()))
    torch.testing.assert_close(by_hand, list(gradients), rtol=1e-11, atol=1e-12)
    torch.testing.assert_close(bound, expected.detach(), rtol=1e-12, atol=1e-12)


IWAE = {"objective": "iwae", "estimator": "STL", "num_samples": 3}


@pytest.mark.parametrize(
    "options", [{}, {"num_samples": 2, "beta": 2.0, "optimizer": "adagrad"}, {"estimator": "STL"}, IWAE]
)
def test_aevb_makes_the_same_steps_with_it_as_without(generator, monkeypatch, options):
    def trained(by_hand):
        taken = []
        monkeypatch.setattr(aevb, "has_gradient_by_hand", lambda vae: by_hand)
        for function in (backpropagate, backpropagate_importance):
            monkeypatch.setattr(
                aevb, function.__name__, lambda *args, f=function, **kw: taken.append(1) or f(*args, **kw)
            )
        algorithm = AEVB(model(generator), TrainConfig(**options))
        x, _ = batch(generator)
        infos = [algorithm.step(x, num_train=70, generator=generator(5), step=i, total_steps=3) for i in range(3)]
        assert len(taken) == (3 if by_hand else 0)
        return torch.stack([term for info in infos for term in info.bound]), algorithm.vae.state_dict()

    for values, expected in zip(trained(True), trained(False), strict=True):
        torch.testing.assert_close(values, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("options", [{"estimator": "A"}, {"objective": "map"}, {"objective": "iwae", "estimator": "A"}])
def test_other_objectives_go_through_autograd(generator, monkeypatch, options):
    for name in ("backpropagate", "backpropagate_importance"):
        monkeypatch.setattr(aevb, name, lambda *args, **kw: pytest.fail("took the gradient of another objective"))
    x, _ = batch(generator)
    AEVB(model(generator), TrainConfig(**options)).step(x, num_train=70, generator=generator(5))
    with pytest.raises(pytest.fail.Exception):
        AEVB(model(generator), TrainConfig()).step(x, num_train=70, generator=generator(5))


def test_only_the_model_it_was_derived_for_is_known(generator):
    assert has_gradient_by_hand(model(generator))
    assert not has_gradient_by_hand(model(generator, activation="silu"))
    assert not has_gradient_by_hand(model(generator, likelihood="gaussian"))
    frozen = model(generator)
    frozen.decoder[0].bias.requires_grad_(False)
    assert not has_gradient_by_hand(frozen)

    class Other(VAE):
        """A subclass may decode in a way of its own."""

    assert not has_gradient_by_hand(Other(frozen.config, generator=generator(1)))
