"""What a code is worth: labels found from it, bits, active dimensions, and its information."""

import math

import pytest
import torch
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

import vae_core as vc
from vae_core.bounds import sgvb
from vae_core.latent import encoded_means, latent_use
from vae_core.pca import principal_components
from vae_core.representation import code_length, judge_representation, knn_accuracy, probe_accuracy, split_information
from vae_core.studies.paths import EMPTY_DRAWS, far_from_codes


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def codes():
    """Three overlapping classes in four dimensions: 300 to train on, 200 to test."""
    g = generator(1)
    labels = torch.randint(0, 3, (500,), generator=g)
    points = torch.randn(500, 4, generator=g) + 1.5 * torch.eye(4)[labels]
    return points[:300], labels[:300], points[300:], labels[300:]


def test_accuracies_are_those_of_scikit_learn(codes):
    """Nearest neighbours exactly, but for ties; the probe within 1 % (another penalty)."""
    train, y_train, test, y_test = codes
    for k in (1, 5):
        reference = KNeighborsClassifier(k).fit(train.numpy(), y_train.numpy()).score(test.numpy(), y_test.numpy())
        assert knn_accuracy(*codes, k) == pytest.approx(reference, abs=0.01)
    reference = LogisticRegression().fit(train.numpy(), y_train.numpy()).score(test.numpy(), y_test.numpy())
    assert probe_accuracy(*codes) == pytest.approx(reference, abs=0.011) and reference < 0.95


def test_principal_components_are_those_of_scikit_learn(codes):
    train, _, test, _ = codes
    reference = PCA(2).fit(train.numpy())
    ours = principal_components(train, test, 2)
    for mine, theirs in zip(ours, (train, test), strict=True):
        theirs = torch.from_numpy(reference.transform(theirs.numpy()))
        sign = torch.sign((mine * theirs).sum(0))
        torch.testing.assert_close(mine * sign, theirs, atol=1e-4, rtol=0)


def test_a_code_that_holds_the_class_beats_pca_of_the_same_size():
    """The class is a pixel of small variance; the rest is noise of large variance, which PCA keeps instead."""
    g = generator(2)
    y = torch.randint(0, 2, (400,), generator=g)
    x = torch.cat([0.1 * y[:, None].float(), torch.rand(400, 5, generator=g)], 1)
    vae = vc.VAE(vc.ModelConfig(6, (2, 3), 1, ()), generator=generator())
    with torch.no_grad():
        vae.encoder[0].weight.zero_()
        vae.encoder[0].weight[0, 0] = 10.0
    judged = judge_representation(vae, x[:300], y[:300], x[300:], y[300:])
    assert judged.knn == judged.probe == 1.0 and judged.knn_pca < 0.75 and judged.probe_pca < 0.75


def test_bits_are_nats_over_log_two():
    length = code_length(torch.tensor([-100.0, -102.0]), 784)
    assert length.per_image == pytest.approx(101 / math.log(2)) and length.per_pixel == pytest.approx(
        length.per_image / 784
    )


def test_active_units_are_those_that_vary():
    vae = vc.VAE(vc.ModelConfig(6, (2, 3), 3, ()), generator=generator())
    with torch.no_grad():
        vae.encoder[0].weight[1] = 0.0  # the second latent dimension's mean is the same for all images
    x = torch.rand(200, 6, generator=generator(3))
    assert encoded_means(vae, x).var(0).gt(0.01).tolist() == [True, False, True] == latent_use(vae, x).active.tolist()


def line_of_codes(spread, scale):
    """A model with one latent dimension whose q(z|x) is N(spread * x_0, scale^2), and nine images."""
    vae = vc.VAE(vc.ModelConfig(2, (1, 2), 1, ()), generator=generator())
    with torch.no_grad():
        vae.encoder[0].weight.copy_(torch.tensor([[spread, 0.0], [0.0, 0.0]]))
        vae.encoder[0].bias.copy_(torch.tensor([0.0, 2 * math.log(scale)]))
    return vae, torch.stack([torch.linspace(0, 1, 9), torch.zeros(9)], 1)


def test_information_and_marginal_kl_against_quadrature():
    """KL(q(z) || p(z)) of the mixture on a fine grid; 9 x 3,000 draws, 4.5 standard errors of at most 0.006."""
    vae, x = line_of_codes(2.0, 0.3)
    split = split_information(vae, x, num_samples=3000, generator=generator(4))
    z = torch.linspace(-6, 8, 20_001, dtype=torch.float64)
    q = torch.distributions.Normal(2.0 * x[:, :1].double(), 0.3).log_prob(z).logsumexp(0) - math.log(9)
    prior = torch.distributions.Normal(0.0, 1.0).log_prob(z)
    exact = float((q.exp() * (q - prior)).sum() * (z[1] - z[0]))
    assert split.marginal_kl == pytest.approx(exact, abs=0.027)
    assert split.mean_kl == pytest.approx(split.mutual_information + split.marginal_kl, abs=1e-12)
    assert split.mean_kl == pytest.approx(float(sgvb(vae, x, generator=generator()).kl.detach().mean()), abs=1e-6)


@pytest.mark.parametrize(("spread", "scale", "information"), [(0.0, 0.5, 0.0), (3.0, 1e-3, math.log(9))])
def test_information_of_collapsed_and_of_separate_codes(spread, scale, information):
    """Nothing, and all there is: log of the number of images, +- 0.1 for the draws."""
    vae, x = line_of_codes(spread, scale)
    split = split_information(vae, x, num_samples=500, generator=generator(5))
    assert split.mutual_information == pytest.approx(information, abs=0.1)


@pytest.mark.parametrize("scale", [1e-3, 0.02, 0.3])
def test_information_is_never_estimated_above_its_maximum(scale):
    """At one draw an entropy in closed form beside a sampled one would be off by up to 1 nat, on either side."""
    vae, x = line_of_codes(3.0, scale)
    splits = [split_information(vae, x, generator=generator(seed)) for seed in range(40)]
    assert max(split.mutual_information for split in splits) <= math.log(9) + 1e-9
    assert all(split.marginal_kl >= split.mean_kl - math.log(9) - 1e-9 for split in splits)


def test_the_autoencoders_information_is_all_that_297_images_can_have():
    """It was shown as 5.74 of at most 5.69."""
    vae, x = vc.load_pretrained("digits-ae"), vc.binarized_test("digits")
    split = split_information(vae, x, generator=generator(6))
    assert math.log(297) - 0.01 < split.mutual_information <= math.log(297) + 1e-9
    assert split.marginal_kl == pytest.approx(split.mean_kl - math.log(297), abs=0.01), "a number of the sample's size"


def empty_share(vae, x, generator):
    return float(far_from_codes(vae, x, torch.randn(EMPTY_DRAWS, vae.config.latent_dim, generator=generator)).mean())


def test_empty_places_are_the_priors_mass_far_from_every_code():
    """Nine codes from 0 to 2, scale 0.03: a draw is empty outside of nine intervals of 0.18, which do not meet."""
    vae, x = line_of_codes(2.0, 0.03)
    share = empty_share(vae, x, generator(7))
    codes, normal = 2.0 * x[:, 0].double(), torch.special.ndtr
    exact = 1.0 - float((normal(codes + 0.09) - normal(codes - 0.09)).sum())
    assert share == pytest.approx(exact, abs=4.5 * math.sqrt(exact * (1.0 - exact) / EMPTY_DRAWS))
    wide, _ = line_of_codes(2.0, 2.0)
    assert empty_share(wide, x, generator(7)) < 0.001


def test_the_vae_leaves_hardly_any_place_empty_and_the_autoencoder_nearly_all():
    """A large KL(q(z) || p(z)) would not say so: of the autoencoder it is its mean KL less log 297."""
    x = vc.binarized_test("digits")
    shares = [empty_share(vc.load_pretrained(name), x, generator(8)) for name in ("digits-2d", "digits-ae")]
    assert shares[0] < 0.01 and shares[1] > 0.99
