"""The words of figures 3 and 5 say what the numbers and the draws show."""

import numpy as np

from aevb_lab.shown import paper_words as words
from vae_core import load_pretrained, studies
from vae_core.experiments.committed import likelihood_runs


def test_the_words_of_figure_5_say_what_the_draws_show():
    text = words.own_draws("mnist", [2, 20])
    few, many = (studies.prior_samples(load_pretrained(name), 500, seed=0).means for name in ("mnist-2d", "mnist-20d"))
    grey = [np.mean((means > 0.1) & (means < 0.9)) for means in (few, many)]
    assert (
        0.4 < grey[1] / grey[0] < 0.6
        and "20 latent numbers draw them sharper than 2" in text
        and "Half as many" in text
    )
    assert "sharper" not in words.own_draws("mnist", [2]) and "Faces" in words.own_draws("frey_faces", [2])


def test_an_algorithm_that_is_within_the_errors_of_the_best_is_named():
    until_1e6 = [
        run._replace(points=[point for point in run.points if point["samples"] <= 10**6]) for run in likelihood_runs()
    ]
    text = words.few_images(until_1e6, "hmc").panels[1000].numbers
    assert (
        "AEVB is best on test images" in text and "MCEM (−14" in text and "may be as good: the errors overlap" in text
    )
