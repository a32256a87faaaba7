"""Wake-sleep: which parameters each phase moves, and along which gradient."""

import pytest
import torch

import vae_core as vc
from vae_core.posterior import simulate
from vae_core.wake_sleep import WakeSleep


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def test_each_phase_has_its_own_objective_and_parameters(vae):
    """One Adagrad step moves each weight by lr * sign(gradient) at first, so gradients show in the moments: their
    squares. Wake: E_q[log p(x|z)], decoder only. Sleep: log q of dreams, encoder only."""
    x = (torch.rand(5, 6, generator=generator(1)) < 0.5).float()
    algorithm = WakeSleep(vae, vc.TrainConfig(optimizer="adagrad", num_samples=3))
    g = generator(2)
    q = vae.encode(x)
    z = (q.base_dist.loc + q.base_dist.scale * torch.randn(3, 5, 4, generator=g)).detach()
    dream_z, dream_x = simulate(vae, 15, generator=g)
    wake = torch.autograd.grad(vae.decode(z).log_prob(x).mean(), list(vae.decoder.parameters()))
    sleep = torch.autograd.grad(vae.encode(dream_x).log_prob(dream_z).mean(), list(vae.encoder.parameters()))
    algorithm.step(x, num_train=5, generator=generator(2))
    for parameters, gradients in ((vae.decoder.parameters(), wake), (vae.encoder.parameters(), sleep)):
        for parameter, gradient in zip(parameters, gradients, strict=True):
            torch.testing.assert_close(algorithm.optimizer.state[parameter]["sum"], gradient.square())


def test_sleep_teaches_the_encoder_the_exact_posterior_of_dreams():
    """On a linear-Gaussian decoder with orthogonal loadings the posterior is a diagonal Gaussian, linear in x: with the
    decoder held fixed, q finds it (mean weights within 0.05, scales within 10 %)."""
    config = vc.ModelConfig(4, (1, 4), 2, (), "gaussian", mean="identity", variance_floor=0.0)
    vae = vc.VAE(config, generator=generator(3))
    loadings = torch.linalg.qr(torch.randn(4, 2, generator=generator(4))).Q
    with torch.no_grad():
        vae.decoder[0].weight.copy_(loadings)
        vae.decoder[0].bias.zero_()
        vae.log_var.fill_(-1.0)
    noise = torch.tensor(-1.0).exp()
    train = vc.TrainConfig(learning_rate=0.03, schedule="cosine")
    algorithm = WakeSleep(vae, train)
    decoder = {name: tensor.clone() for name, tensor in vae.decoder_state().items()}
    g = generator(5)
    for step in range(300):
        algorithm.step(torch.zeros(200, 4), num_train=200, generator=g, step=step, total_steps=300)
        vae.load_state_dict(decoder, strict=False)
    weight, bias = vae.encoder[0].weight, vae.encoder[0].bias
    torch.testing.assert_close(weight[:2], loadings.T / (1 + noise), atol=0.05, rtol=0)
    torch.testing.assert_close((0.5 * bias[2:]).exp(), (noise / (1 + noise)).sqrt().expand(2), atol=0, rtol=0.1)


def test_beta_is_refused(vae):
    with pytest.raises(ValueError, match="beta must be 1 for wake-sleep"):
        WakeSleep(vae, vc.TrainConfig(beta=2.0))


def test_map_adds_the_prior_of_the_parameters_over_num_train(vae):
    x = torch.zeros(2, 6)
    gradients = []
    for objective in ("ml", "map"):
        copy = vc.VAE(vae.config, generator=generator(9))
        algorithm = WakeSleep(copy, vc.TrainConfig(optimizer="adagrad", objective=objective))
        weight = copy.decoder[0].weight.detach().clone()
        algorithm.step(x, num_train=4, generator=generator(2))
        gradients.append(copy.decoder[0].weight.grad)
    torch.testing.assert_close(gradients[1] - gradients[0], weight / 4, atol=1e-6, rtol=1e-4)
