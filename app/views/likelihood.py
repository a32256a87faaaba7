"""Estimating log p(x): every estimator on one axis, and which of them are wrong without knowing it."""

from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from aevb_lab import cached, controls, linked
from aevb_lab.escaping import file_stem
from aevb_lab.figures.pictures import enlarge, film_strip, picture_uri
from aevb_lab.figures.style import saved_as
from aevb_lab.scripts.likelihood import estimates_script
from aevb_lab.session.models import LoadedModel
from aevb_lab.session.progress import Estimates
from aevb_lab.session.viewer import is_dark
from aevb_lab.shown import estimate_words as words
from aevb_lab.shown import estimates as charts
from vae_core import studies
from vae_core.studies.estimation import ANNEALED, ENCODER, EXACT, SLOW, Effort, Estimate
from vae_core.studies.examples import Examples

# Found by comparing importance sampling from the encoder (5,000 draws, seed 0, each image by itself) with quadrature on
# the first 200 images of the published draw of the test set: of those that raise no warning (an effective sample size
# of 10 or more), the one that is furthest from the truth: 26.1 nats low, with an error of 0.05.
HARD_IMAGES = {"mnist-2d": 67}
MOST_EXACT = 2  # latent dimensions with a sum over all places
SHOWN_MARK = "▶"  # in the table, of the estimator whose places the plane shows
REACHES = {"1 nat": 1.0, "10 nats": 10.0, "30 nats": 30.0, "all": None}
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


@controls.page_of_model
def page(model: LoadedModel) -> None:
    controls.page_head(
        "Estimating log p(x)",
        "Which estimator is wrong, and does it know?",
        "p(x) says how likely the model finds an image: it adds up all places of the map. "
        + (
            "Quadrature does so. The others look at some places only, and guess the rest."
            if model.vae.config.latent_dim <= MOST_EXACT
            else "Each estimator looks at some places only, and guesses the rest."
        ),
    )
    examples = controls.examples_or_explain(model)
    if examples is None:
        controls.show_maths(MATHS)
        return
    verdict = st.container(key="likelihood_verdict", border=True, horizontal=True, vertical_alignment="center")
    with st.container(key="likelihood_choices", horizontal=True, vertical_alignment="bottom", gap="medium"):
        row = controls.image_number(
            len(examples.x),
            HARD_IMAGES.get(model.name, 1),
            key=f"likelihood_image_{model.name}",
            help=f"Image {HARD_IMAGES[model.name]} is a hard one: the encoder misses most of its posterior."
            if model.name in HARD_IMAGES
            else "The image comes from the model's test set.",
        )
        looks = st.container(width="content")
        with_slow = linked.switch(
            "Slow estimators, too (half a minute)",
            key="likelihood_slow",
            help="App. D in two ways, and annealed importance. They walk over the map in many small steps. They take about half a minute for "
            "each image. Turn it off to stop them.",
        )
    parts, axis = st.container(key="likelihood_parts"), st.container()
    effort = _effort()
    measured = cached.estimates(model, row, effort)
    estimates = measured if with_slow else measured.quick
    close_up = cached.close_up(model, row)
    chosen = _looks(looks, estimates) if close_up else ""
    with verdict:
        _pictures(model, examples, row)
        with st.container(key="estimate_status", width="stretch"):
            verdict_words = words.verdict_on(chosen, estimates, close_up) if close_up else words.verdict(estimates)
            reason = _why_blurred(model, examples, row, estimates)
            st.markdown(f"{verdict_words} {words.SHARP}" if reason and chosen == ENCODER else verdict_words)
            clock = st.container()
    with parts:
        _table_and_posterior(model, row, estimates, chosen, reason)
    with axis:
        _axis(estimates)
        controls.say_densities(model)
    controls.take_away(file_stem(model.name), script=partial(estimates_script, model, row, effort))
    controls.show_maths(MATHS)
    if estimates.queue:
        count = len(estimates.results)
        running = f"Running {estimates.queue[0].name} ({count + 1} of {count + len(estimates.queue)})"
        slowest = ". It takes about as long as all others together" if estimates.queue[0].name == ANNEALED else ""
        with clock, st.spinner(f"{running}{slowest}.", show_time=True):
            measured.advance(model.vae, examples, row, effort.seed)
        st.rerun()


def _why_blurred(model: LoadedModel, examples: Examples, row: int, estimates: Estimates) -> str:
    """Where the encoder looks in the wrong place: what it misses."""
    close_up, popular, truth = cached.close_up(model, row), estimates.by(ENCODER), estimates.by(EXACT)
    if close_up is None or popular is None or truth is None or not popular.is_wrong(truth.mean):
        return ""
    places, x = (close_up.encoder.loc, close_up.peak), examples.x[row : row + 1]
    return words.why_blurred(*(studies.log_likelihood_at(model.vae, x, z) for z in places))


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


def _pictures(model: LoadedModel, examples: Examples, row: int) -> None:
    """The image; and what the decoder draws where the encoder looks, and at the peak of the posterior, where that is known."""
    pictures = {f"image {row + 1}": (examples.x[row].numpy(), f"test image {row + 1}")}
    close_up = cached.close_up(model, row)
    if close_up is not None:
        for name, z in {"where the encoder looks": close_up.encoder.loc, "at the best place": close_up.peak}.items():
            pictures[name] = (studies.decoded_at(model.vae, z), f"drawn {name}")
    with st.container(key="estimate_pictures", horizontal=True, width="content"):
        for name, (picture, alt) in pictures.items():
            strip = film_strip(picture[None], model.vae.config.image_shape)
            st.image(picture_uri(enlarge(strip, 8)), name, width=96, alt=alt)


def _axis(estimates: Estimates) -> None:
    reach = linked.choice(
        "Axis",
        list(REACHES),
        default="30 nats",
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
    grey = ", and grey ones start from the prior" if any(result.name in SLOW for result in estimates.results) else ""
    st.markdown(
        f"Orange estimators use the encoder alone, purple ones search for the posterior{grey}. "
        "A triangle to the right: this estimator is too low on average; to the left: too high. A single estimate may still miss on the other side. "
        "Bars are ± 2 standard errors. « and »: off the axis on that side."
    )


def _looks(place: DeltaGenerator, estimates: Estimates) -> str:
    """The estimator that the page shows: its name."""
    names = {*(result.name for result in estimates.results), *(later.name for later in estimates.queue)}
    with place:
        return linked.choice(
            "Where does it look?",
            [name for name in words.LOOKS if name in names],
            default=ENCODER,
            key="likelihood_looks",
            format_func=lambda name: words.LOOKS[name][0],
            help=f"The dots are places where this estimator looks. A larger dot counts for more. The table marks it with {SHOWN_MARK}.",
        )


def _table_and_posterior(model: LoadedModel, row: int, estimates: Estimates, name: str, reason: str) -> None:
    """Each estimate; and where the posterior is known, the map with it and with the places of the estimator with this
    `name`; below it the `reason` why the best place may look worse."""
    close_up = cached.close_up(model, row)
    if close_up is None:
        _table(estimates)
        return
    with st.container(key="estimates_row"):
        left, right = st.columns(2, gap="large")
    with left:
        st.plotly_chart(
            charts.posterior_plane(close_up, estimates.by(name), is_dark()),
            key="posterior_plane",
            theme=None,
            config=saved_as("posterior-plane"),
            alt=f"The true posterior of this image on the latent map, the encoder's q as ovals, and dots where {name} looks",
        )
        if name == ENCODER:  # of the others, the card says it
            st.markdown(words.where_it_looks(name, estimates.by(name), estimates.by(EXACT), close_up))
        if reason:
            st.markdown(reason)
    with right:
        _table(estimates, name)


def _table(estimates: Estimates, chosen: str = "") -> None:
    """Each estimate in three columns, or with all that is known of it; the `chosen` estimator is the one whose places are shown."""
    rows = st.empty()
    all_columns = linked.switch(
        "All columns",
        key="likelihood_columns",
        help="Also show what each estimator promises, what it warns of, and what it costs.",
    )
    if estimates.results:
        cells = [_cells(estimate, estimates.by(EXACT), chosen, all_columns) for estimate in estimates.results]
        name, *others = cells[0]
        cells += [{name: _in_words(later.name, chosen), **dict.fromkeys(others, "…")} for later in estimates.queue]
        rows.table(cells)
        if estimates.by(EXACT):
            st.markdown(words.ABOUT_FAULTS)


def _in_words(name: str, chosen: str) -> str:
    """An estimator in its column, marked where it is the chosen one."""
    return f"{SHOWN_MARK + ' ' if name == chosen else ''}**{name}**: {words.IN_WORDS[name]}"


def _cells(estimate: Estimate, truth: Estimate | None, chosen: str, all_columns: bool) -> dict[str, str]:
    own_words = {"what it says of itself": words.own_words(estimate.warnings)}
    cells = {
        "estimator": _in_words(estimate.name, chosen),
        "log p(x), nats": words.with_error(estimate),
    }
    distance = {}
    if truth:
        distance = {
            "from the exact value": f"{words.distance(estimate, truth.mean)} {words.in_short(estimate, truth.mean)}"
        }
    if not all_columns:
        return cells | (distance or own_words)
    return (
        cells
        | (distance or {"from the exact value": "unknown"})
        | own_words
        | {
            "its promise, on average": words.PROMISES[estimate.direction],
            "ESS": "–" if estimate.ess is None else f"{estimate.ess:,.1f}",
            "decoder passes": f"{estimate.decoder_passes:,}",
            "seconds": f"{estimate.seconds:.2f}",
        }
    )


page()
