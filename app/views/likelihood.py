"""Estimating log p(x): every estimator on one axis, and which of them are wrong without knowing it."""

from functools import partial

import streamlit as st

from aevb_lab import cached, controls, linked
from aevb_lab.escaping import file_stem
from aevb_lab.figures.numbers import SPACE, nats, plus_minus
from aevb_lab.figures.pictures import enlarge, film_strip, picture_uri
from aevb_lab.figures.style import saved_as
from aevb_lab.scripts.likelihood import estimates_script
from aevb_lab.session.models import LoadedModel
from aevb_lab.session.progress import Estimates
from aevb_lab.session.viewer import is_dark
from aevb_lab.shown import estimates as charts
from vae_core import marginal
from vae_core.studies.estimation import ADAPTIVE, ENCODER, EXACT, Effort, Estimate
from vae_core.studies.examples import Examples

# Found by comparing importance sampling from the encoder (5,000 draws, seed 0, each image by itself) with quadrature on
# the first 200 images of the published draw of the test set: of those that raise no warning (an effective sample size
# of 10 or more), the one that is the most standard errors from the truth: 7.30 nats low, with an error of 0.018.
HARD_IMAGES = {"mnist-2d": 67}
REACHES = {"1 nat": 1.0, "10 nats": 10.0, "all": None}
PROMISES = {"lower": "too low, or right", "upper": "too high, or right", "exact": "right"}
IN_SHORT = {
    marginal.LOW_ESS: "ESS below 10: not to be trusted",
    marginal.FEW_CHAINS: "few chains carry it: may be far too low",
    marginal.MANY_DIMENSIONS: "made for fewer than 5 dimensions",
    marginal.FEW_STARTS: "chains may have started in too few places",
    marginal.STUCK: "chains are stuck",
    marginal.APART: "chains disagree",
    marginal.COARSE: "grid too coarse",
    marginal.EDGE: "posterior leaves the grid",
}
MATHS = r"""
**Importance sampling**: $\log p(x) \approx \log \frac 1 S \sum_s \frac{p(x, z_s)}{q(z_s)}$, $z_s \sim q$. By Jensen's inequality it is too
low on average. It is far too low where $q$ misses a part of the posterior: no draw falls there, so the weights do not show
it. *Encoder*: $q = q_\phi(z|x)$. *Defensive*: a third each from $q_\phi$, from $q_\phi$ widened, and from the prior. *Adaptive*: first
a Gaussian is fitted to the posterior, three times, each time to 1,000 weighted draws. Then most draws come from this Gaussian, some from
$q_\phi$ widened, and some from the prior.

**App. D**: $\frac 1 {p(x)} = \mathbb E_{p(z|x)}\left[\frac{q(z)}{p(x, z)}\right]$ with $z$ from Hamiltonian Monte Carlo and $q$ a
density fitted to other such draws. It is too high on average *if* the chains have found the posterior. Chains that start
at the prior may settle in the wrong part of it. Then the estimate may be far too low. The paper uses it for fewer than five latent
dimensions.

**Annealed importance sampling** moves draws from the prior to the posterior through a ladder of temperatures; too low on
average, less so with more temperatures.

**Quadrature**: the sum of $p(x, z)$ over a fine grid of $z$; exact, possible with at most two latent dimensions.

*ESS*, the effective sample size, is $(\sum w)^2 / \sum w^2$: how many equal weights these are worth. It only knows of what
was drawn. For App. D it is the number of independent draws with the same error, since the draws of a chain are alike.

"Too low on average" is no floor: a single estimate lies above log p(x) about as often as its error allows. So the highest of several
estimates is no better one. It is the luckiest.
"""
LIES, WARNS = "lies", "wrong, and warns"  # of an estimator that is wrong


@controls.page_of_model
def page(model: LoadedModel) -> None:
    controls.page_head(
        "Estimating log p(x)",
        "Which estimator is wrong, and does it know?",
        "log p(x) says how likely the model finds an image. Each estimator guesses it for the same image.",
    )
    examples = controls.examples_or_explain(model)
    if examples is None:
        controls.show_maths(MATHS)
        return
    row = controls.image_number(
        len(examples.x),
        HARD_IMAGES.get(model.name, 1),
        key=f"likelihood_image_{model.name}",
        help=f"Image {HARD_IMAGES[model.name]} is a hard one: the encoder misses most of its posterior."
        if model.name in HARD_IMAGES
        else "The image comes from the model's test set.",
    )
    verdict, parts, axis = (
        st.container(border=True, horizontal=True, vertical_alignment="center"),
        st.container(key="likelihood_parts"),
        st.container(),
    )
    effort = _effort()
    estimates = cached.estimates(model, row, effort)
    with verdict:
        _picture(model, examples, row)
        with st.container(key="estimate_status", width="stretch"):
            st.markdown(_verdict(estimates))
            if estimates.queue:
                count = len(estimates.results)
                st.caption(f"Running {estimates.queue[0].name} ({count + 1} of {count + len(estimates.queue)}) …")
    with parts:
        _table_and_posterior(model, row, estimates)
    with axis:
        _axis(estimates)
        controls.say_densities(model)
    controls.take_away(file_stem(model.name), script=partial(estimates_script, model, row, effort))
    controls.show_maths(MATHS)
    if estimates.queue:
        estimates.advance(model.vae, examples, row, effort.seed)
        st.rerun()


def _effort() -> Effort:
    default = Effort()
    with st.expander("How many draws each estimator takes", key="likelihood_effort"):
        columns = st.columns(4)
        with columns[0]:
            draws = (100, 1000, 5000, 20000, 100000)
            samples = linked.steps("Importance draws", draws, default.num_samples, key="draws")
        with columns[1]:
            chains = linked.steps("App. D chains", (4, 8, 16, 32), default.num_chains, key="chains")
        with columns[2]:
            ladder = (50, 200, 500, 1000, 2000)
            steps = linked.steps("Temperatures", ladder, default.num_temperatures, key="temperatures")
        with columns[3]:
            help_text = "Another seed makes other random draws, so you see how much the estimates vary."
            seed = linked.number("Seed", 0, 10**6, default.seed, key="likelihood_seed", help=help_text)
    return Effort(samples, chains, steps, seed)


def _picture(model: LoadedModel, examples: Examples, row: int) -> None:
    strip = film_strip(examples.x[row].numpy()[None], model.vae.config.image_shape)
    st.image(picture_uri(enlarge(strip, 8)), width=112, alt=f"Test image {row + 1}")


def _axis(estimates: Estimates) -> None:
    reach = linked.choice(
        "Axis",
        list(REACHES),
        default="10 nats",
        key="likelihood_axis",
        help="How far the axis goes below the exact value. Where no exact value is known, it goes so far below the highest estimate.",
    )
    if not estimates.results:
        return
    st.plotly_chart(
        charts.estimates_on_one_axis(estimates.results, estimates.by(EXACT), REACHES[reach], is_dark()),
        key="estimates",
        theme=None,
        config=saved_as("estimates"),
        alt="Estimates of log p(x) of one image on one axis in nats, with error bars",
    )
    st.markdown(
        "Each triangle points to where the truth lies on average, as that estimator promises. One estimate alone may miss on the other side. "
        "Bars are ± 2 standard errors."
    )


def _verdict(estimates: Estimates) -> str:
    """Of the estimators that have an answer: which one is wrong, by how much, and what it says of its error."""
    truth, popular = estimates.by(EXACT), estimates.by(ENCODER)
    if popular is None:
        if not estimates.queue:
            raise LookupError(
                f"the page needs the estimate of {ENCODER!r} and the study has none; add it to `estimators`"
            )
        return "The verdict comes in a moment."
    if truth is None:
        return _verdict_without_truth(estimates)
    difference = popular.mean - truth.mean
    exact = f"The exact value is {nats(truth.mean)} nats."
    if not popular.is_wrong(truth.mean):
        return (
            f"**Importance sampling from the encoder is right here**: {nats(difference, sign=True)} nats from the exact value, with "
            f"an error of ± {popular.std_error:.2f}. {exact}" + _wrong_estimates(estimates, truth.mean, "Wrong")
        )
    knows = "It says that it cannot be trusted" if popular.warnings else "It gives no warning"
    return (
        f"**Importance sampling from the encoder {'is wrong' if popular.warnings else 'lies'}.** It is "
        f"**{abs(difference):.1f} nats too {'low' if difference < 0.0 else 'high'}**, and states an error of "
        f"± {popular.std_error:.2f} nats. {knows} (ESS {popular.ess:,.0f} of {popular.num_samples:,}). {exact}"
        + _wrong_estimates(estimates, truth.mean, "Wrong as well")
    )


def _verdict_without_truth(estimates: Estimates) -> str:
    """Chosen by how it draws and not by its height: the highest of several estimates is too high on average."""
    best = estimates.by(ADAPTIVE)
    if best is None:
        return "The verdict comes in a moment."
    unknown = "Nobody knows log p(x) here, because a grid in so many dimensions is too large."
    if best.warnings:
        return f"{unknown} The adaptive proposal, which is fitted to this posterior, warns here. Take more draws."
    return (
        f"{unknown} The adaptive proposal is fitted to this posterior: it says **{nats(best.mean)}{plus_minus(best.std_error)}** nats. "
        f"An estimate is no floor: of several, the highest is only the luckiest."
    )


def _wrong_estimates(estimates: Estimates, truth: float, heading: str) -> str:
    """The other estimators that are wrong without a warning. The table marks all that are wrong."""
    names = [
        f"{estimate.name} ({nats(estimate.mean - truth, 1, sign=True)} nats, without a warning)"
        for estimate in estimates.results
        if estimate.name != ENCODER and _fault(estimate, truth) == LIES
    ]
    return f" {heading}: {'; '.join(names)}." if names else ""


def _fault(estimate: Estimate, truth: float) -> str:
    """A word for an estimator that is wrong; an empty one for the others. The ELBO never is: it promises only a bound."""
    if estimate.name in (EXACT, "ELBO") or not estimate.is_wrong(truth):
        return ""
    return WARNS if estimate.warnings else LIES


def _table_and_posterior(model: LoadedModel, row: int, estimates: Estimates) -> None:
    close_up = cached.close_up(model, row)
    if close_up is None:
        _table(estimates)
        return
    with st.container(key="estimates_row"):
        left, right = st.columns(2, gap="large")
    with left:
        _table(estimates)
    with right:
        st.plotly_chart(
            charts.posterior_plane(close_up, is_dark()),
            key="posterior_plane",
            theme=None,
            config=saved_as("posterior-plane"),
            alt="The true posterior of this image on the latent map, and the encoder's q as ovals",
        )
        truth, popular = estimates.by(EXACT), estimates.by(ENCODER)
        too_low = truth and popular and popular.mean < truth.mean and popular.is_wrong(truth.mean)
        st.markdown(
            "Importance sampling from the encoder looks only where the ovals are"
            + ("; that is why it is wrong here." if too_low else ".")
        )


def _table(estimates: Estimates) -> None:
    """Each estimate in three columns, or with all that is known of it."""
    rows = st.empty()
    all_columns = linked.switch(
        "All columns",
        key="likelihood_columns",
        help="Also show what each estimator promises, what it warns of, and what it costs.",
    )
    if estimates.results:
        rows.table([_cells(estimate, estimates.by(EXACT), all_columns) for estimate in estimates.results])


def _cells(estimate: Estimate, truth: Estimate | None, all_columns: bool) -> dict[str, str]:
    own_words = {"what it says of itself": _own_words(estimate.warnings)}
    cells = {
        "estimator": estimate.name,
        "log p(x), nats": _with_error(estimate),
    }
    distance = {}
    if truth:
        fault = _fault(estimate, truth.mean)
        kind = " (a lower bound)" if estimate.name == "ELBO" else ""
        words = nats(estimate.mean - truth.mean, 3, sign=True) + (f" **{fault}**" if fault else kind)
        distance = {"from the exact value": words}
    if not all_columns:
        return cells | (distance or own_words)
    return (
        cells
        | (distance or {"from the exact value": "unknown"})
        | own_words
        | {
            "its promise, on average": PROMISES[estimate.direction],
            "ESS": "–" if estimate.ess is None else f"{estimate.ess:,.1f}",
            "decoder passes": f"{estimate.decoder_passes:,}",
            "seconds": f"{estimate.seconds:.2f}",
        }
    )


def _with_error(estimate: Estimate) -> str:
    error = plus_minus(estimate.std_error, 3) if not estimate.std_error < 0.0005 else f"{SPACE}±{SPACE}<0.001"
    return nats(estimate.mean, 3) + error


def _own_words(warnings: tuple[str, ...]) -> str:
    texts = [warning.removeprefix("1 of 1 images: ") for warning in warnings]
    return "; ".join(IN_SHORT.get(text, text) for text in texts) or "nothing to report"


page()
