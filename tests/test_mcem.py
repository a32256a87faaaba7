"""Monte Carlo EM: it reaches the maximum likelihood of probabilistic PCA, and its sampler samples the posterior."""

import pytest
import torch
from sklearn.decomposition import PCA
from torch.distributions import MultivariateNormal

import vae_core as vc
from vae_core.mcem import MCEM, MCEMConfig


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def data():
    g = generator(1)
    mixing = torch.tensor([[1.5, -1.0, 0.5, 1.0, 0.0], [0.3, 0.8, -1.2, 0.4, 1.0]])
    return torch.randn(300, 2, generator=g) @ mixing + 0.4 * torch.randn(300, 5, generator=g) + 0.5


def linear_model(seed=2):
    config = vc.ModelConfig(5, (1, 5), 2, (), "gaussian", mean="identity", variance_floor=1e-6)
    return vc.VAE(config, generator=generator(seed))


def moments(vae):
    loadings = vae.decoder[0].weight.detach()
    noise = vae.config.variance_floor + vae.log_var.detach().exp()
    return (
        loadings,
        noise,
        MultivariateNormal(vae.decoder[0].bias.detach(), loadings @ loadings.T + noise * torch.eye(5)),
    )


@pytest.mark.slow
def test_reaches_the_likelihood_of_scikit_learns_pca(data):
    """Within 0.02 nats per datapoint of the maximum (which it cannot exceed by more than scikit-learn's own n - 1)."""
    best = PCA(2).fit(data.double().numpy()).score(data.double().numpy())
    config = vc.TrainConfig(learning_rate=0.05, schedule="cosine", batch_size=300)
    algorithm = MCEM(linear_model(), config, options=MCEMConfig(num_transitions=4, num_leapfrog=5, num_candidates=500))
    encoder = [p.detach().clone() for p in algorithm.vae.encoder.parameters()]
    g, steps = generator(3), 100
    for step in range(steps):
        algorithm.step(data, num_train=300, generator=g, step=step, total_steps=steps)
    reached = moments(algorithm.vae)[2].log_prob(data).mean().item()
    assert best - 0.02 < reached < best + 0.001
    assert all(torch.equal(p, q) for p, q in zip(encoder, algorithm.vae.encoder.parameters(), strict=True))


def test_e_step_samples_the_posterior_at_ninety_percent_acceptance(data):
    """Mean and covariance of 2,000 samples of 3 images, largest of 15 z-scores below 4.5 (failure rate 1e-4)."""
    vae, count = linear_model(), 2000
    vae.log_var.data.fill_(-1.0)
    algorithm = MCEM(vae, vc.TrainConfig(num_samples=count), options=MCEMConfig(num_transitions=30))
    g = generator(4)
    acceptance = []
    for _ in range(6):
        z = algorithm.sample_posterior(data[:3], algorithm.draw_candidates(data[:3], g), g)
        acceptance.append(algorithm.acceptance)
    assert z.shape == (count, 3, 2) and abs(acceptance[-1] - 0.9) < 0.03
    loadings, noise, _ = moments(vae)
    covariance = torch.linalg.inv(loadings.T @ loadings / noise + torch.eye(2))
    mean = (data[:3] - vae.decoder[0].bias.detach()) @ loadings @ covariance / noise
    variance = covariance.diagonal()
    assert ((z.mean(0) - mean) / (variance / count).sqrt()).abs().max() < 4.5
    error = ((variance[:, None] * variance + covariance.square()) / count).sqrt()
    for i in range(3):
        assert ((z[:, i].T.cov() - covariance) / error).abs().max() < 4.5


def test_one_step_makes_five_updates_and_ten_leapfrog_steps(vae, monkeypatch):
    """App. E. Every leapfrog step is one decoder pass with a gradient of z."""
    calls, decode = {"z": 0, "weights": 0}, vae.decode

    def counted(z):
        if torch.is_grad_enabled():
            calls["z" if z.requires_grad else "weights"] += 1
        return decode(z)

    monkeypatch.setattr(vae, "decode", counted)
    algorithm = MCEM(vae, vc.TrainConfig())
    algorithm.step(torch.zeros(3, 6), num_train=3, generator=generator())
    assert calls == {"z": 10 + 1, "weights": 5}
    assert {int(s["step"]) for s in algorithm.optimizer.state.values()} == {5}


def test_starts_follow_the_likelihood():
    """Two images, whose posteriors lie on either side: so do the starts."""
    vae = linear_model()
    with torch.no_grad():
        vae.decoder[0].weight.copy_(torch.eye(5)[:, :2])
        vae.decoder[0].bias.zero_()
        vae.log_var.fill_(-4.0)
    algorithm = MCEM(vae, vc.TrainConfig(num_samples=7))
    x = torch.tensor([[1.0, 1, 0, 0, 0], [-1.0, 0.5, 0, 0, 0]])
    z = algorithm.draw_starts(algorithm.draw_candidates(x, generator()), generator())
    assert z.shape == (7, 2, 2) and (z - x[:, :2]).abs().max() < 0.6


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"num_leapfrog": 0}, "num_leapfrog must be a whole number of at least 1, got 0"),
        ({"first_step_size": 0.0}, "first_step_size must be a finite number above 0, got 0.0"),
    ],
)
def test_errors_say_what_is_wrong(options, message):
    with pytest.raises(ValueError) as error:
        MCEMConfig(**options)
    assert str(error.value) == message


def test_beta_is_refused(vae):
    with pytest.raises(ValueError, match="beta must be 1 for MCEM"):
        MCEM(vae, vc.TrainConfig(beta=0.5))
