import math

import pytest
import torch
from jaxtyping import TypeCheckError

from vae_core import VAE, DataError, ModelConfig
from vae_core.bounds import elbo  # without the door, which puts in our words what the annotations find
from vae_core.config import ACTIVATIONS, MEANS, VARIANCES
from vae_core.model import num_parameters

pytestmark = pytest.mark.usefixtures("global_randomness_untouched")

DECODERS = [{"likelihood": "bernoulli"}] + [
    {"likelihood": "gaussian", "mean": mean, "variance": variance} for mean in MEANS for variance in VARIANCES
]


@pytest.mark.parametrize("hidden_dims", [(), (7,), (7, 5)])
@pytest.mark.parametrize("decoder", DECODERS, ids=lambda d: "-".join(d.values()))
def test_distributions_have_the_shapes_of_their_events(model_config, generator, decoder, hidden_dims):
    vae = VAE(model_config.replace(hidden_dims=hidden_dims, **decoder), generator=generator())
    q = vae.encode(torch.zeros(5, 6))
    assert (q.batch_shape, q.event_shape) == ((5,), (4,))
    p = vae.decode(torch.zeros(9, 5, 4))
    assert (p.batch_shape, p.event_shape) == ((9, 5), (6,))
    assert p.log_prob(torch.zeros(9, 5, 6)).shape == (9, 5)
    assert p.mean.shape == (9, 5, 6)
    assert (vae.prior.batch_shape, vae.prior.event_shape) == ((), (4,))
    assert vae.prior.mean.tolist() == [0.0] * 4 and vae.prior.variance.tolist() == [1.0] * 4


def test_the_decoder_has_the_encoders_hidden_layers_in_reverse(model_config, generator):
    vae = VAE(model_config.replace(hidden_dims=(7, 5)), generator=generator())
    weights = [tuple(p.shape) for name, p in vae.named_parameters() if name.endswith("weight")]
    assert weights == [(7, 6), (5, 7), (8, 5), (5, 4), (7, 5), (6, 7)]


@pytest.mark.parametrize(
    "encoder, shapes", [((9,), [(9, 6), (8, 9)]), ((), [(8, 6)]), ((3, 2, 1), [(3, 6), (2, 3), (1, 2), (8, 1)])]
)
def test_an_encoder_may_have_hidden_layers_of_its_own(model_config, generator, encoder, shapes):
    config = model_config.replace(hidden_dims=(7, 5), encoder_hidden_dims=encoder)
    vae = VAE(config, generator=generator())
    weights = [tuple(p.shape) for name, p in vae.named_parameters() if name.endswith("weight")]
    assert weights == [*shapes, (5, 4), (7, 5), (6, 7)]
    assert num_parameters(config) == sum(p.numel() for p in vae.parameters())


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_encoder_is_the_mlp_of_appendix_c(model_config, generator, activation):
    vae = VAE(model_config.replace(activation=activation), generator=generator(1))
    x = torch.rand(5, 6, generator=generator(2))
    first, last = vae.encoder[0], vae.encoder[-1]
    hidden = first.weight @ x.T + first.bias[:, None]
    hidden = {
        "tanh": torch.tanh(hidden),
        "silu": hidden / (1 + torch.exp(-hidden)),
        "relu": hidden * (hidden > 0),
        "softplus": torch.log1p(torch.exp(hidden)),
    }[activation]
    out = (last.weight @ hidden + last.bias[:, None]).T
    q = vae.encode(x)
    torch.testing.assert_close(q.mean, out[:, :4])
    torch.testing.assert_close(q.variance, out[:, 4:].exp())


def test_bernoulli_log_prob_is_of_the_logits(vae, generator):
    z, x = torch.randn(5, 4, generator=generator(1)), torch.rand(5, 6, generator=generator(2)).round()
    p = vae.decode(z).mean
    expected = (x * p.log() + (1 - x) * (1 - p).log()).sum(-1)
    torch.testing.assert_close(vae.decode(z).log_prob(x), expected)


@pytest.mark.parametrize("variance", VARIANCES)
@pytest.mark.parametrize("mean", MEANS)
def test_gaussian_decoder_follows_its_options(model_config, generator, mean, variance):
    config = model_config.replace(likelihood="gaussian", mean=mean, variance=variance, variance_floor=0.01)
    vae = VAE(config, generator=generator(1))
    z = 3 * torch.randn(9, 4, generator=generator(2))
    p, out = vae.decode(z), vae.decoder(z)
    torch.testing.assert_close(p.mean, torch.sigmoid(out[:, :6]) if mean == "sigmoid" else out[:, :6])
    learnt = 0.0 if variance == "fixed" else (out[:, 6:] if variance == "network" else vae.log_var).exp()
    torch.testing.assert_close(p.variance, (0.01 + learnt) * torch.ones(9, 6))
    assert [tuple(v.shape) for n, v in vae.named_parameters() if n == "log_var"] == {
        "shared": [(1,)], "per_pixel": [(6,)], "network": [], "fixed": []
    }[variance]  # fmt: skip


def test_the_variance_never_falls_below_its_floor(model_config, generator):
    config = model_config.replace(likelihood="gaussian", variance="per_pixel", variance_floor=0.04)
    vae = VAE(config, generator=generator())
    with torch.no_grad():
        vae.log_var.fill_(-200.0)
    p = vae.decode(torch.zeros(1, 4))
    torch.testing.assert_close(p.variance, torch.full((1, 6), 0.04))
    best = p.log_prob(p.mean).detach()
    assert float(best) == pytest.approx(-3 * math.log(2 * math.pi * 0.04), rel=1e-6)


def test_initial_weights_are_a_function_of_the_generator(model_config, generator):
    config = model_config.replace(likelihood="gaussian", variance="network")
    first, same, other = (VAE(config, generator=generator(seed)).state_dict() for seed in (1, 1, 2))
    assert all(torch.equal(first[name], same[name]) for name in first)
    assert not any(torch.equal(first[name], other[name]) for name in first if name.endswith("weight"))


@pytest.mark.parametrize(
    ("options", "variance"),
    [
        ({}, 1 / 300),
        ({"initialization": "fan_in"}, 1 / 300),
        ({"initialization": "glorot"}, 2 / (300 + 200)),
        ({"initialization": "paper"}, 0.01),
        ({"initialization": "paper_deviation"}, 0.01**2),
    ],
)
def test_initial_weights_are_normal_with_the_published_variance(generator, options, variance):
    vae = VAE(ModelConfig(300, (15, 20), latent_dim=4, hidden_dims=(200,)), generator=generator(), **options)
    for drawn in (vae.encoder[0].weight.detach(), vae.encoder[0].bias.detach()):
        if drawn.ndim == 1 and options == {"initialization": "glorot"}:
            assert not bool(drawn.any())
        else:
            scale, count = math.sqrt(variance), drawn.numel()
            assert abs(float(drawn.mean())) < 5 * scale / math.sqrt(count)  # |z| < 5
            assert float(drawn.std()) == pytest.approx(scale, rel=5 / math.sqrt(2 * count))


def test_an_unknown_initialization_is_refused(model_config, generator):
    with pytest.raises(
        ValueError, match="initialization must be one of fan_in, glorot, paper, paper_deviation, got 'he'"
    ):
        VAE(model_config, generator=generator(), initialization="he")


def test_decoder_state_is_all_that_decoding_needs(model_config, generator):
    config = model_config.replace(likelihood="gaussian", variance="per_pixel")
    vae, other = VAE(config, generator=generator(1)), VAE(config, generator=generator(2))
    other.load_state_dict(other.state_dict() | vae.decoder_state())
    z = torch.randn(5, 4, generator=generator(3))
    x = torch.rand(5, 6, generator=generator(4))
    assert torch.equal(vae.decode(z).log_prob(x), other.decode(z).log_prob(x))
    assert not any(name.startswith("encoder") for name in vae.decoder_state())


def test_wrong_columns_are_named(vae):
    with pytest.raises(DataError) as error:
        vae.encode(torch.zeros(5, 7))
    assert str(error.value) == "x must have data_dim (=6) columns, got the shape (5, 7)"
    with pytest.raises(DataError) as error:
        vae.decode(torch.zeros(5, 2))
    assert str(error.value) == "z must have latent_dim (=4) columns, got the shape (5, 2)"


def test_shapes_in_annotations_are_checked_here(vae, generator):
    with pytest.raises(TypeCheckError):
        elbo(vae, torch.zeros(6), generator=generator())
    with pytest.raises(TypeCheckError):
        elbo(vae, torch.zeros(5, 6), eps=torch.zeros(9, 3, 4))
