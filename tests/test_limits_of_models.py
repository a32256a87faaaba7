"""How close the pretrained models are to their limits: the committed numbers, measured again, and their table."""

import runpy
from pathlib import Path

import numpy as np
import pytest

from aevb_lab.shown.limits import OTHERS, bits_table, gaps_table, in_one_sentence, limit_bars
from aevb_lab.theme import palette
from vae_core.experiments.limits import read_limits
from vae_core.models import list_pretrained

REPOSITORY = Path(__file__).resolve().parent.parent
LIMITS = {limit.model: limit for limit in read_limits()}


def test_every_model_but_the_plain_autoencoder_has_its_limit():
    assert sorted([*LIMITS, "digits-ae"]) == sorted(list_pretrained())


@pytest.mark.parametrize("name", LIMITS)
def test_the_bound_is_below_log_p_of_x_and_the_gap_has_two_parts(name):
    limit = LIMITS[name]
    assert (
        limit.gap.value == pytest.approx(limit.log_marginal.value - limit.elbo.value, abs=1e-6) and limit.gap.value > 0
    )
    assert limit.amortisation.value > -2 * limit.amortisation.std_error
    assert limit.shape.value > -2 * limit.shape.std_error
    assert set(limit.others) >= set(OTHERS) if limit.is_binary else limit.others == {}


def cells(table):
    return [line.strip("| ").split(" | ") for line in table.splitlines()]


def test_the_tables_show_bits_for_black_and_white_pixels_alone_and_parts_that_add_up():
    bits, gaps = cells(bits_table(list(LIMITS.values()))), cells(gaps_table(list(LIMITS.values())))
    assert [row[0] for row in bits[2:]] == [name for name, limit in LIMITS.items() if limit.is_binary]
    assert {len(row) for row in bits} == {3 + len(OTHERS)} and [row[0] for row in gaps[2:]] == list(LIMITS)
    bound = LIMITS["mnist-20d"].bits_per_pixel(LIMITS["mnist-20d"].elbo)
    assert bound == pytest.approx(-LIMITS["mnist-20d"].elbo.value / 0.6931 / 784, rel=1e-3)
    assert [row[1] for row in bits if row[0] == "mnist-20d"] == [f"{bound:.3f}"]
    for limit in LIMITS.values():
        assert limit.split_gap.value == pytest.approx(limit.amortisation.value + limit.shape.value)


def test_the_bars_are_the_numbers_of_the_table_and_ours_have_the_accent_colour():
    limits = [LIMITS["mnist-2d"], LIMITS["mnist-20d"]]
    dark, light = limit_bars(limits, False).data
    ends = np.add(dark.x, light.x)
    assert list(ends) == sorted(ends, reverse=True) and dark.y == light.y, "the last bar is on top"
    expected = {limit.model: limit.bits_per_pixel(limit.elbo) for limit in limits} | {
        name: limits[0].others[name] for name in OTHERS
    }
    assert dict(zip(dark.y, ends, strict=True)) == pytest.approx(expected)
    limit_of = {limit.model: limit.bits_per_pixel(limit.log_marginal) for limit in limits}
    assert {name: part for name, part in zip(dark.y, dark.x, strict=True) if name in limit_of} == limit_of
    texts = dict(zip(light.y, light.text, strict=True))
    assert all(
        f"limit {part:.3f}" in texts[name] and f"<b>{expected[name]:.3f}</b>" in texts[name]
        for name, part in limit_of.items()
    )
    own = {name for name, colour in zip(dark.y, dark.marker.color, strict=True) if colour == palette(False).latent}
    assert own == set(limit_of)


def test_the_sentence_is_of_the_model_that_saves_most():
    limits = [LIMITS[name] for name in ("digits-2d", "mnist-2d", "mnist-20d", "emoji-2d")]
    text = in_one_sentence(limits)
    assert "mnist-20d takes less than half of gzip's bits:" in text and "0.160" in text and "0.328" in text
    far = [limit._replace(others={**limit.others, "gzip": 0.2}) for limit in limits if limit.is_binary]
    assert "mnist-20d takes 80\xa0% of gzip's bits:" in in_one_sentence(far)


@pytest.mark.slow
def test_the_limits_of_digits_are_measured_again():
    measured = runpy.run_path(str(REPOSITORY / "benchmarks" / "coding.py"))["limits_of"]("digits-2d", 1000)
    limit = LIMITS["digits-2d"]
    for key in ("elbo", "log_marginal", "gap"):
        assert measured[key][0] == pytest.approx(getattr(limit, key).value, abs=0.02)
    for key in ("amortisation", "shape"):
        assert measured["split"][key][0] == pytest.approx(getattr(limit, key).value, abs=0.03)
