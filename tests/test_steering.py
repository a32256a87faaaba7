"""Moving z by meaning: what was asked is measured and all else stays, against the plain way, an exact model, and hostile arguments."""

import numpy as np
import pytest
import torch

import vae_core as vc
from vae_core import studies
from vae_core.attributes import measure
from vae_core.studies.steering import LONGEST_STEP, SETTLING, STEPS

GREY_MODELS = [("bernoulli", "sigmoid"), ("gaussian", "identity"), ("continuous_bernoulli", "sigmoid")]


@pytest.fixture(scope="module")
def mnist():
    vae = vc.load_pretrained("mnist-20d")
    x = studies.load_examples(vc.models.PRETRAINED / "mnist-20d" / "reference.safetensors").x[:300]
    return vae, x, studies.handles(vae, x)


def test_what_was_asked_is_measured_and_the_others_stay(mnist):
    vae, x, about = mnist
    assert about.names == ("slant", "stroke width", "height", "width", "ink")
    start, stray = studies.encoded_point(vae, x[0]), []
    for name, value in (("slant", 20.0), ("height", 17.0), ("width", 14.0)):
        ways = [way(vae, start, {name: value}, about) for way in (studies.steer, studies.steer_plainly)]
        row = about.names.index(name)
        missed = [abs(way.measured[-1, row] - value) / about.scale[row] for way in ways]
        moved = [np.delete((way.measured[-1] - way.measured[0]) / about.scale, row) for way in ways]
        assert missed[0] < 0.05 and missed[0] < missed[1] and np.abs(moved[0]).max() < 0.1
        stray.append(np.abs(moved[1]).max())
    assert max(stray) > 0.2, "the plain way moves others too"


def test_z_comes_to_rest_where_no_image_has_what_was_asked():
    vae = vc.load_pretrained("digits-2d")
    x = studies.load_examples(vc.models.PRETRAINED / "digits-2d" / "reference.safetensors").x
    about, start = studies.handles(vae, x), studies.encoded_point(vae, x[2])
    ends = [studies.steer(vae, start + shift, {"slant": 8.13}, about) for shift in (0.0, 1e-6)]
    assert abs(ends[0].measured[-1, 0] - 8.13) > 1.0, "no near image is so slanted"
    assert np.abs(ends[0].z[-1] - ends[1].z[-1]).max() < 1e-3


def test_a_way_begins_at_the_image_and_takes_short_steps(mnist):
    vae, x, about = mnist
    start = studies.encoded_point(vae, x[3])
    way = studies.steer(vae, start, {"slant": -20.0, "ink": 120.0}, about)
    assert way.z.shape == (STEPS + SETTLING + 1, 20) and np.allclose(way.z[0], start)
    assert np.linalg.norm(np.diff(way.z, axis=0), axis=1).max() <= LONGEST_STEP + 1e-9
    with torch.no_grad():
        images = vae.decode(torch.from_numpy(way.z).float()).mean
    assert np.allclose(way.images, images) and np.allclose(way.radius, np.linalg.norm(way.z, axis=1))
    assert np.allclose(way.measured, measure(images.double(), (28, 28)))
    assert np.array_equal(way.z, studies.steer(vae, start, {"ink": 120.0, "slant": -20.0}, about).z), (
        "no order, no randomness"
    )


def test_nothing_asked_is_nothing_moved(mnist):
    vae, x, about = mnist
    start = studies.encoded_point(vae, x[1])
    for way in (studies.steer, studies.steer_plainly):
        assert np.allclose(way(vae, start, {}, about).z, start, atol=1e-6)


def test_a_sweep_is_the_ways_to_each_value(mnist):
    vae, x, about = mnist
    start = studies.encoded_point(vae, x[2])
    swept = studies.sweep(vae, start, "slant", {"height": 18.0}, about, num_values=3)
    assert swept.asked.tolist() == pytest.approx(np.linspace(about.low[0], about.high[0], 3).tolist())
    for place, value in enumerate(swept.asked):
        asked = {"height": 18.0, "slant": float(value)}
        assert np.allclose(swept.steered[place], studies.steer(vae, start, asked, about).measured[-1], atol=1e-2)
        assert np.allclose(swept.plain[place], studies.steer_plainly(vae, start, asked, about).measured[-1], atol=1e-2)


def test_the_plain_direction_is_the_regression_of_the_codes(mnist):
    vae, x, about = mnist
    z = vc.encoded_means(vae, x)
    with torch.no_grad():
        slant = measure(vae.decode(z).mean.double(), (28, 28))[:, 0].numpy()
    slopes = np.polyfit(slant, z.numpy(), 1)[0]
    assert np.allclose(about.directions[0], slopes, atol=1e-6) and about.scale[0] == pytest.approx(slant.std(ddof=1))
    start = np.zeros(20)
    way = studies.steer_plainly(vae, start, {"slant": 10.0}, about)
    assert np.allclose(way.z[-1], (10.0 - way.measured[0, 0]) * slopes, atol=1e-5)


@pytest.mark.slow
def test_hue_turns_the_shorter_way_round():
    vae = vc.load_pretrained("emoji-2d")
    x = vc.load_data("emoji_like").x_test[:200]
    about = studies.handles(vae, x)
    assert about.names == ("hue", "brightness", "size") and (about.low[0], about.high[0]) == (0.0, 360.0)
    hues = studies.steer(vae, np.zeros(2), {}, about).measured[0, 0]
    for turn in (-40.0, 40.0):
        way = studies.steer(vae, np.zeros(2), {"hue": float((hues + turn) % 360.0)}, about)
        gaps = (np.diff(way.measured[:, 0]) + 180.0) % 360.0 - 180.0
        assert abs(gaps.sum()) < 180.0


@pytest.mark.parametrize(("likelihood", "mean"), GREY_MODELS)
def test_every_likelihood_can_be_steered_even_before_training(likelihood, mean):
    config = vc.ModelConfig(30, (5, 6), 3, (7,), likelihood=likelihood, mean=mean)
    vae = vc.VAE(config, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        vae.decoder[-1].weight.mul_(8.0)
    about = studies.handles(vae, None)
    assert len(about.names) > 2
    way = studies.steer(vae, np.zeros(3), {about.names[0]: float(about.high[0])}, about)
    before, after = (abs(measured - about.high[0]) for measured in way.measured[[0, -1], 0])
    assert np.isfinite(way.z).all() and after < before


def test_a_model_that_draws_the_same_everywhere_has_no_handles():
    vae = vc.VAE(vc.ModelConfig(30, (5, 6), 2, (4,)), generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        vae.decoder[-1].weight.zero_()
    about = studies.handles(vae, None)
    assert about.names == () and studies.steer(vae, [0.5, 0.0], {}, about).z[-1].tolist() == [0.5, 0.0]
    with pytest.raises(ValueError, match="name must be one of none, as nothing varies, got 'slant'"):
        studies.sweep(vae, [0.0, 0.0], "slant", {}, about)


def test_sums_of_codes_end_where_the_sum_is(mnist):
    vae, x, _ = mnist
    a, b, c = (studies.mean_code(vae, x[rows]) for rows in (slice(0, 1), slice(3, 9), slice(20, 31)))
    assert np.allclose(studies.code_sum(vae, a, b, c).z[-1], a - b + c, atol=1e-6)
    assert np.allclose(studies.code_sum(vae, a, b, c, 0.5).z[-1], a + 0.5 * (c - b), atol=1e-6)
    with pytest.raises(vc.DataError, match=r"points must have latent_dim \(=20\) numbers, got the shapes"):
        studies.code_sum(vae, a, b, [0.0])
    labels = np.arange(len(x)) % 3
    codes = studies.class_codes(vae, x, labels)
    assert np.allclose(studies.towards_class(a, codes, 0, 1 / 3, 1.0), codes[1] + 0.5 * (a - codes[0]))
    assert np.allclose(
        studies.towards_class(a, codes, 2, 2.5 / 3, 0.5),
        a + 0.5 * (0.5 * codes[2] + 0.5 * codes[0] - codes[2]) - 0.25 * (a - codes[2]),
    )
    assert np.allclose(studies.towards_class(a, codes, 1, 0.7, 0.0), a)
    assert codes.shape == (3, 20) and np.allclose(codes[1], vc.encoded_means(vae, x)[1::3].mean(0), atol=1e-6)


def test_the_wheel_reaches_another_class(real_data):
    """Of 40 sevens, nearly all are nines where the wheel's rim is: by the nearest codes of what the decoder draws there."""
    real_data("mnist")
    vae, x, labels = (
        vc.load_pretrained("mnist-20d"),
        vc.binarized_test("mnist")[:1000],
        vc.load_data("mnist").y_test[:1000].numpy(),
    )
    points = vc.encoded_means(vae, x).numpy()
    codes = studies.class_codes(vae, x, labels)
    sevens = points[labels == 7][:40]
    ends = np.array([studies.towards_class(seven, codes, 7, 0.9, 1.0) for seven in sevens], np.float32)
    drawn = vc.encoded_means(vae, (vae.decode(torch.from_numpy(ends)).mean > 0.5).float()).numpy()
    nearest = ((drawn[:, None] - points[None]) ** 2).sum(-1).argsort(1)[:, :7]
    assert np.mean([np.bincount(labels[rows]).argmax() == 9 for rows in nearest]) > 0.9


def test_a_loop_on_the_map_goes_around_points(mnist):
    vae, x, _ = mnist
    plane = studies.choose_plane(vae, x)
    rows = studies.rows_inside(plane, np.array([[0.0, -9.0], [9.0, -9.0], [9.0, 9.0], [0.0, 9.0]]))
    assert rows.tolist() == np.flatnonzero(plane.points[:, 0] > 0.0).tolist() and 0 < len(rows) < len(x)
    with pytest.raises(vc.DataError, match="corners must be an array of places"):
        studies.rows_inside(plane, np.zeros(4))


def test_an_image_s_own_code_has_that_image_beside_it(mnist):
    vae, x, _ = mnist
    z = studies.encoded_point(vae, x[7])
    near = studies.nearest_images(vae, x, z, count=4)
    assert (
        near.rows[0] == 7
        and near.code_distances[0] == pytest.approx(0.0, abs=1e-5)
        and near.is_copy
        and not near.is_new
    )
    assert (np.diff(near.code_distances) >= 0.0).all() and near.usual > 0.5
    with torch.no_grad():
        pictures = vae.decode(vc.encoded_means(vae, x)).mean
    expected = torch.cdist(pictures[7:8], pictures[near.rows])[0]
    assert np.allclose(near.distances, expected, atol=1e-3)
    alone = studies.nearest_images(vae, x[:1], z)
    assert len(alone.rows) == 1 and np.isnan(alone.usual) and not alone.is_copy


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"slant": float("nan")}, r"asked\['slant'\] must be a finite number, got nan"),
        ({"slant": True}, r"asked\['slant'\] must be a finite number, got True"),
        ({"hue": 3.0}, "name must be one of slant, stroke width, height, width, ink, got 'hue'"),
    ],
)
def test_what_cannot_be_asked_for_is_said(mnist, asked, message):
    vae, _, about = mnist
    with pytest.raises(ValueError, match=message):
        studies.steer(vae, np.zeros(20), asked, about)


def test_points_of_another_size_are_refused(mnist):
    vae, _, about = mnist
    with pytest.raises(vc.DataError, match=r"a point must have latent_dim \(=20\) numbers, got the shape \(2,\)"):
        studies.steer(vae, [0.0, 1.0], {}, about)
