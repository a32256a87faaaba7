"""p(y|z) and p(x|z, y) of every observation against plain enumeration (Bernoulli) and linear algebra (Gaussian).

Statistical tests have fixed seeds; each says how often it would fail for a fresh seed.
"""

import itertools
import math

import pytest
import torch
from torch.distributions import Bernoulli, Independent, MultivariateNormal

import vae_core as vc
from vae_core.distributions import diagonal_normal
from vae_core.restoration.block_means import BlockMeans
from vae_core.restoration.observations import HIDDEN_PARTS, BitFlips, GaussianNoise, Mask, hidden_part, random_mask

SHAPE = (2, 4)
SEEN = torch.tensor([[1, 0, 1, 1, 0, 0, 1, 0], [0, 0, 1, 0, 1, 0, 0, 1], [1, 1, 0, 0, 0, 1, 0, 0]]).bool()
OBSERVATIONS = {
    "mask for all": Mask(SEEN[0]),
    "mask each": Mask(SEEN),
    "flips": BitFlips(0.2),
    "noise": GaussianNoise(0.6),
    "blocks": BlockMeans(2, SHAPE),
}
EVERY_X = torch.tensor(list(itertools.product([0.0, 1.0], repeat=8)), dtype=torch.float64)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def normals(*shape, seed=0):
    return torch.randn(*shape, generator=generator(seed), dtype=torch.float64)


def bernoulli(logits):
    return Independent(Bernoulli(logits=logits, validate_args=False), 1, validate_args=False)


def block_means(x):
    return torch.nn.functional.avg_pool2d(x.reshape(-1, 1, *SHAPE), 2).reshape(*x.shape[:-1], 2)


def config(likelihood="bernoulli", **options):
    return vc.ModelConfig(8, SHAPE, 2, (3,), likelihood, **options)


def log_corruption(name, y):
    """log p(y|x) of every x, written out: (batch, 256)."""
    x, y = EVERY_X, y[:, None]
    if name.startswith("mask"):
        seen = OBSERVATIONS[name].observed.expand(3, 8)[:, None]
        return torch.where(((x == y) | ~seen).all(-1), 0.0, -math.inf).double()
    if name == "flips":
        return torch.where(x == y, 0.8, 0.2).double().round(decimals=1).log().sum(-1)
    if name == "noise":
        return torch.distributions.Normal(x, 0.6).log_prob(y).sum(-1)
    return torch.where((block_means(x) == y).all(-1), 0.0, -math.inf).double()


@pytest.fixture(params=OBSERVATIONS)
def enumerated(request):
    """An observation of 3 images, p(x|z) for 5 z of each, y, and log p(x, y|z) of every x: (5, 3, 256)."""
    observation, p = OBSERVATIONS[request.param], bernoulli(2.0 * normals(5, 3, 8))
    x = (torch.rand(3, 8, generator=generator(1), dtype=torch.float64) < 0.5).double()
    y = observation.corrupt(x, generator=generator(2))
    log_p = torch.stack([p.log_prob(each.expand(5, 3, 8)) for each in EVERY_X], -1)
    return observation, p, y, log_p + log_corruption(request.param, y)


def test_bernoulli_evidence_mean_and_variance_are_those_of_the_enumeration(enumerated):
    observation, p, y, log_p = enumerated
    observation.check(config(), y)
    posterior = log_p.softmax(-1)
    mean = posterior @ EVERY_X
    for value, true in [
        (observation.log_prob(p, y), log_p.logsumexp(-1)),
        (observation.mean_x(p, y), mean),
        (observation.var_x(p, y), posterior @ EVERY_X - mean.square()),
    ]:
        torch.testing.assert_close(value, true, atol=1e-9, rtol=0)


def test_bernoulli_samples_follow_the_enumerated_posterior_jointly(enumerated):
    """Counts of all 256 images within 5 standard errors and three, for the rare ones: fails below 1 in 10,000 fresh seeds."""
    observation, p, y, log_p = enumerated
    count = 20_000
    many = bernoulli(p.base_dist.logits[0].expand(count, 3, 8))
    x = observation.sample_x(many, y, generator=generator(3))
    numbers = (x @ (2.0 ** torch.arange(7, -1, -1, dtype=torch.float64))).long()
    for i, exact in enumerate(log_p[0].softmax(-1)):
        counts = torch.bincount(numbers[:, i], minlength=256)
        assert ((counts - count * exact).abs() <= 5 * (count * exact * (1 - exact)).sqrt() + 3).all()
        assert counts[exact == 0].sum() == 0


def exact_gaussian(name, p, y):
    """log p(y|z), E[x|z, y] and Cov[x|z, y] for y = A x + noise, by linear algebra, of one image i."""

    def of(i, loc, scale):
        if name.startswith("mask"):
            a, noise = torch.eye(8).double()[OBSERVATIONS[name].observed.expand(3, 8)[i]], 0.0
            seen = y[i][OBSERVATIONS[name].observed.expand(3, 8)[i]]
        elif name == "noise":
            a, noise, seen = torch.eye(8).double(), 0.36, y[i]
        else:
            a, noise, seen = block_means(torch.eye(8).double()).T, 0.0, y[i]
        prior = torch.diag(scale.square())
        of_y = a @ prior @ a.T + noise * torch.eye(len(a), dtype=torch.float64)
        gain = prior @ a.T @ torch.linalg.inv(of_y)
        return MultivariateNormal(a @ loc, of_y).log_prob(seen), loc + gain @ (seen - a @ loc), prior - gain @ a @ prior

    parts = [[of(i, p.mean[s, i], p.stddev[s, i]) for i in range(3)] for s in range(len(p.mean))]
    return [torch.stack([torch.stack([image[k] for image in row]) for row in parts]) for k in range(3)]


@pytest.mark.parametrize("name", [name for name in OBSERVATIONS if name != "flips"])
def test_gaussian_evidence_and_posterior_are_those_of_linear_algebra(name):
    """Moments of 40,000 samples within 5 standard errors: fails below 1 in 1,000 fresh seeds."""
    observation = OBSERVATIONS[name]
    p = diagonal_normal(normals(5, 3, 8), normals(5, 3, 8, seed=1).exp())
    y = observation.corrupt(normals(3, 8, seed=2), generator=generator(3))
    observation.check(config("gaussian", mean="identity"), y)
    log_p, mean, covariance = exact_gaussian(name, p, y)
    torch.testing.assert_close(observation.log_prob(p, y), log_p, atol=1e-9, rtol=0)
    torch.testing.assert_close(observation.mean_x(p, y), mean, atol=1e-9, rtol=0)
    variance = covariance.diagonal(dim1=-2, dim2=-1)
    torch.testing.assert_close(observation.var_x(p, y), variance, atol=1e-9, rtol=0)
    count = 40_000
    many = diagonal_normal(p.mean[0].expand(count, 3, 8), p.stddev[0].expand(count, 3, 8))
    x = observation.sample_x(many, y, generator=generator(4))
    error = variance[0].clamp(min=0).sqrt() / math.sqrt(count)
    assert ((x.mean(0) - mean[0]).abs() <= 5 * error + 1e-9).all()
    centred = x - mean[0]
    estimate = torch.einsum("sbi,sbj->bij", centred, centred) / count
    scale = variance[0].clamp(min=0).sqrt()
    assert (
        (estimate - covariance[0]).abs() <= 5 * math.sqrt(2 / count) * scale[:, :, None] * scale[:, None] + 1e-9
    ).all()


@pytest.mark.parametrize("name", OBSERVATIONS)
@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
def test_all_pairs_are_the_pairs_one_by_one(name, likelihood):
    if (name, likelihood) == ("flips", "gaussian"):
        return
    observation = OBSERVATIONS[name]
    p = bernoulli(normals(7, 8)) if likelihood == "bernoulli" else diagonal_normal(normals(7, 8), normals(7, 8).exp())
    x = (normals(3, 8, seed=5) > 0).double()
    y = observation.corrupt(x, generator=generator(6))
    one_by_one = (
        bernoulli(p.base_dist.logits[:, None].expand(7, 3, 8))
        if likelihood == "bernoulli"
        else (diagonal_normal(p.mean[:, None].expand(7, 3, 8), p.stddev[:, None].expand(7, 3, 8)))
    )
    expected = observation.log_prob(one_by_one, y).T
    torch.testing.assert_close(observation.log_prob_of_all_pairs(p, y), expected, atol=1e-9, rtol=0)


def test_sums_of_sixteen_pixels_are_exact_and_differentiable_where_they_are_all_but_impossible():
    """4 x 4 blocks against enumeration; and 16 lit pixels that the decoder is sure are dark, in float32."""
    observation, logits = BlockMeans(4, (4, 8)), 3.0 * normals(2, 32)
    y = torch.tensor([[5 / 16, 1.0], [0.0, 9 / 16]], dtype=torch.float64)
    log_probs = observation.log_prob(bernoulli(logits), y)
    every = torch.tensor(list(itertools.product([0.0, 1.0], repeat=16)), dtype=torch.float64)
    blocks = logits.reshape(2, 4, 2, 4).transpose(1, 2).reshape(2, 2, 16)
    for image, expected in enumerate(log_probs):
        terms = [
            bernoulli(blocks[image, k]).log_prob(every[every.sum(-1) == round(16 * float(y[image, k]))]).logsumexp(0)
            for k in range(2)
        ]
        torch.testing.assert_close(sum(terms), expected, atol=1e-9, rtol=0)
    dark = torch.full((1, 32), -30.0, requires_grad=True)
    value = observation.log_prob(bernoulli(dark), torch.ones(1, 2))
    (gradient,) = torch.autograd.grad(value.sum(), dark)
    assert float(value.detach()) == pytest.approx(-960.0, rel=1e-5) and torch.allclose(gradient, torch.ones(1, 32))
    assert (observation.sample_x(bernoulli(dark.detach()), torch.ones(1, 2), generator=generator()) == 1).all()


def test_corruption_is_what_it_says():
    """Moments within 5 standard errors: fails below 1 in 10,000 fresh seeds."""
    x = (torch.rand(5000, 8, generator=generator()) < 0.5).float()
    flipped = BitFlips(0.2).corrupt(x, generator=generator(1)) != x
    assert abs(float(flipped.float().mean()) - 0.2) < 5 * math.sqrt(0.16 / 40_000)
    noise = GaussianNoise(0.6).corrupt(x, generator=generator(2)) - x
    assert abs(float(noise.mean())) < 5 * 0.6 / 200 and abs(float(noise.std()) - 0.6) < 5 * 0.6 / math.sqrt(80_000)
    torch.testing.assert_close(BlockMeans(2, SHAPE).corrupt(x, generator=generator()), block_means(x))
    hidden = Mask(SEEN[0]).corrupt(x, generator=generator())
    assert torch.equal(hidden[:, SEEN[0]], x[:, SEEN[0]]) and bool(hidden[:, ~SEEN[0]].isnan().all())


def test_masks_hide_what_their_names_say():
    masks = {part: hidden_part(part, (4, 6)).reshape(4, 6) for part in HIDDEN_PARTS}
    for part, other, hidden in [("lower-half", "upper-half", (2, 0)), ("right-half", "left-half", (0, 3))]:
        assert not masks[part][hidden[0] :, hidden[1] :].any() and torch.equal(masks[other], ~masks[part])
    assert int((~masks["centre"]).sum()) == 2 * 4 and not masks["centre"][1:3, 1:5].any()
    share = random_mask((100, 400), 0.8, generator=generator()).float().mean()
    assert abs(float(share) - 0.2) < 5 * math.sqrt(0.16 / 40_000)


ONES = torch.ones(3, 8)


@pytest.mark.parametrize(
    "make, y, likelihood, error, message",
    [
        (lambda: Mask(torch.ones(8)), ONES, "bernoulli", ValueError, "observed must be a bool tensor (True = observed) of the shape (data_dim,) or (batch, data_dim), got torch.float32 (8,)"),
        (lambda: Mask(SEEN[None]), ONES, "bernoulli", ValueError, "observed must be a bool tensor"),
        (lambda: Mask(SEEN[:, :5]), ONES, "bernoulli", ValueError, "the mask must have data_dim (=8) entries per image, got (3, 5)"),
        (lambda: Mask(SEEN[:2]), ONES, "bernoulli", ValueError, "the mask must be one for all or one for each of the 3 images, got 2"),
        (lambda: Mask(SEEN), ONES[:, :5], "bernoulli", vc.DataError, "y must have the shape (images, data_dim=8), got (3, 5)"),
        (lambda: Mask(SEEN), ONES[:0], "bernoulli", vc.DataError, "y must have the shape (images, data_dim=8), got (0, 8)"),
        (lambda: Mask(SEEN), 0.5 * ONES, "bernoulli", vc.DataError, "a Bernoulli decoder needs observed pixels that are 0 or 1 and these are grey; binarize them"),
        (lambda: Mask(SEEN), math.nan * ONES, "gaussian", vc.DataError, "y has 10 observed pixels that are not finite numbers; mark them as missing in the mask"),
        (lambda: Mask(SEEN), 255 * ONES, "gaussian", vc.DataError, "observed pixels must lie in [0, 1] for this model, got values from 255 to 255; divide by the largest value"),
        (lambda: BitFlips(0.2), ONES, "gaussian", ValueError, "BitFlips needs a Bernoulli decoder and this model's is Gaussian; use GaussianNoise"),
        (lambda: BitFlips(0.2), 0.5 * ONES, "bernoulli", vc.DataError, "a Bernoulli decoder needs observed pixels that are 0 or 1"),
        (lambda: BitFlips(0.2), math.nan * ONES, "bernoulli", vc.DataError, "y has 24 pixels that are not finite numbers"),
        (lambda: BitFlips(0.5), ONES, "bernoulli", ValueError, "probability of a flip must be below 0.5, where y says nothing about x, got 0.5"),
        (lambda: BitFlips(0.0), ONES, "bernoulli", ValueError, "probability of a flip must be a finite number above 0, got 0.0"),
        (lambda: GaussianNoise(0.0), ONES, "gaussian", ValueError, "scale of the noise must be a finite number above 0, got 0.0"),
        (lambda: GaussianNoise(math.nan), ONES, "gaussian", ValueError, "scale of the noise must be a finite number above 0, got nan"),
        (lambda: GaussianNoise(1.0), math.inf * ONES, "gaussian", vc.DataError, "y has 24 pixels that are not finite numbers"),
        (lambda: BlockMeans(1, SHAPE), ONES, "gaussian", ValueError, "factor must be a whole number of at least 2, got 1"),
        (lambda: BlockMeans(3, (4, 8)), ONES, "gaussian", ValueError, "factor must divide both sides of the image (=4 x 8), got 3; these do: 2, 4"),
        (lambda: BlockMeans(2, (4, 2)), ONES[:, :2], "gaussian", ValueError, "image_shape must be the model's (=(2, 4)), got (4, 2)"),
        (lambda: BlockMeans(2, SHAPE), ONES, "gaussian", vc.DataError, "y must have the shape (images, data_dim / factor**2=2), got (3, 8)"),
        (lambda: BlockMeans(2, SHAPE), math.nan * ONES[:, :2], "gaussian", vc.DataError, "y has 6 block means that are not finite numbers"),
        (lambda: BlockMeans(2, SHAPE), 0.6 * ONES[:, :2], "bernoulli", vc.DataError, "must be whole multiples of 1/4 in [0, 1], and these are not; binarize the image first"),
        (lambda: BlockMeans(2, SHAPE), 1.25 * ONES[:, :2], "bernoulli", vc.DataError, "must be whole multiples of 1/4 in [0, 1]"),
        (lambda: hidden_part("middle", SHAPE), ONES, "gaussian", ValueError, "part must be one of lower-half, upper-half, left-half, right-half, centre, got 'middle'"),
        (lambda: random_mask((8,), 1.5, generator=generator()), ONES, "gaussian", ValueError, "share_missing must lie in [0, 1], got 1.5"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_a_clear_error(make, y, likelihood, error, message):
    with pytest.raises(error) as raised:
        make().check(config(likelihood), y)
    assert message in str(raised.value)


def test_blocks_too_large_for_the_sum_of_bernoulli_pixels_are_refused():
    large = vc.ModelConfig(100, (10, 10), 2, (3,))
    with pytest.raises(ValueError, match=r"factor must be at most 8 with a Bernoulli decoder, got 10"):
        BlockMeans(10, (10, 10)).check(large, torch.zeros(1, 1))


def test_block_means_as_a_picture_of_eight_bits_holds_them_are_the_same_counts():
    y = torch.arange(17)[:, None] / 16
    picture = (y * 255).round() / 255
    observation, p = BlockMeans(4, (4, 4)), bernoulli(normals(17, 16).float())
    observation.check(vc.ModelConfig(16, (4, 4), 2, (3,)), picture)
    assert torch.equal(observation.log_prob(p, picture), observation.log_prob(p, y))
