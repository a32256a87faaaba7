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
from vae_core.studies.close_ups import CloseUp
from vae_core.studies.estimation import ANNEALED, ENCODER, EXACT, SLOW, Effort, Estimate
from vae_core.studies.examples import Examples

# Found by comparing importance sampling from the encoder (5,000 draws, seed 0, each image by itself) with quadrature on
# the first 200 images of the published draw of the test set: of those that raise no warning (an effective sample size
# of 10 or more), the one that is furthest from the truth: 26.1 nats low, with an error of 0.05.
HARD_IMAGES = {"mnist-2d": 67}
MOST_EXACT = 2  # latent dimensions with a sum over all places
MAP_DIM = 2  # of a model with a map
NATS, OFF = "log p(x), nats", "off by"  # columns of the table
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
        "Which estimator is wrong, and does it warn?",
        "Quadrature adds up the whole map, so its log p(x) is exact. The others look at some places only, and guess. Try other images, too."
        if model.vae.config.latent_dim <= MOST_EXACT
        else "p(x) says how likely the model finds an image. Each estimator looks at some places only, and guesses.",
    )
    examples = controls.examples_or_explain(model)
    if examples is None:
        controls.show_maths(MATHS)
        return
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
    parts, axis = st.container(key="likelihood_parts"), st.container()
    effort = _effort()
    measured = cached.estimates(model, row, effort)
    has_map = model.vae.config.latent_dim == MAP_DIM
    with parts:
        if has_map:
            with st.container(key="estimates_row"):
                left, right = st.columns([1, 1.15], gap="medium")
            plane, pictures = left.container(key="estimates_map"), left.container(key="estimates_pictures")
        else:
            left, right = st.columns([1, 4], gap="medium", vertical_alignment="center")
            pictures = left
    with right:
        verdict = st.container(key="likelihood_verdict", border=True)
    with right if has_map else parts:
        table = st.container(key="estimates_table")
        with st.container(horizontal=True, gap="medium"):
            all_columns = linked.switch(
                "All columns",
                key="likelihood_columns",
                help="Also show what each estimator promises, what it warns of, and what it costs.",
            )
            with_slow = linked.switch(
                "Slow estimators, too",
                key="likelihood_slow",
                help="App. D in two ways, and annealed importance. They walk over the map in many small steps. They take about half a minute for "
                "each image. Turn it off to stop them.",
            )
    estimates = measured if with_slow else measured.quick
    chosen = _looks(looks, estimates) if has_map else ""
    with verdict, st.container(key="estimate_status"):
        sentences = st.empty()
        clock = st.container()
    with table:
        _table(estimates, chosen, all_columns=all_columns)
    close_up = cached.close_up(model, row)
    sentences.markdown(words.verdict_on(chosen, estimates, close_up) if close_up else words.verdict(estimates))
    if close_up:
        with plane:
            _posterior(close_up, estimates, chosen)
    with pictures:
        _pictures(model, examples, row, estimates)
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


def _pictures(model: LoadedModel, examples: Examples, row: int, estimates: Estimates) -> None:
    """The image; and what the decoder draws where the encoder looks, and at the peak of the posterior, where that is known. Of a black and white
    image, the wrong pixels are marked and counted."""
    x, shape = examples.x[row : row + 1], model.vae.config.image_shape
    pictures = {f"image {row + 1}": (enlarge(film_strip(x.numpy(), shape), 8), f"test image {row + 1}")}
    close_up, counts = cached.close_up(model, row), []
    places = {"encoder": close_up.encoder.loc, "best place": close_up.peak} if close_up else {}
    for name, z in places.items():
        picture = studies.decoded_at(model.vae, z)
        drawn = enlarge(film_strip(picture[None], shape), 8)
        if is_binary := model.vae.likelihood.binary and len(shape) == 2:
            is_wrong = charts.wrong_pixels(x[0].numpy(), picture)
            counts.append(int(is_wrong.sum()))
            drawn = charts.with_marks(drawn, enlarge(is_wrong.reshape(shape[:2]), 8))
        pictures[f"{name}: {counts[-1]} pixels wrong" if is_binary else name] = (
            drawn,
            f"drawn at the place of the {name}" if name == "encoder" else "drawn at the best place",
        )
    with st.container(key="estimate_pictures", horizontal=True, width="content"):
        for name, (picture, alt) in pictures.items():
            st.image(picture_uri(picture), name, width=104, alt=alt)
    popular, truth = estimates.by(ENCODER), estimates.by(EXACT)
    if len(counts) == 2 and popular and truth and popular.is_wrong(truth.mean):
        encoder, best = (studies.log_likelihood_at(model.vae, x, z) for z in places.values())
        st.markdown(words.why_blurred(encoder, best, (counts[0], counts[1])))


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


def _posterior(close_up: CloseUp, estimates: Estimates, name: str) -> None:
    """The map with the posterior and with the places of the estimator with this `name`."""
    st.plotly_chart(
        charts.posterior_plane(close_up, estimates.by(name), is_dark()),
        key="posterior_plane",
        theme=None,
        config=saved_as("posterior-plane"),
        alt=f"The true posterior of this image on the latent map, the encoder's q as ovals, and dots where {name} looks",
    )


def _table(estimates: Estimates, chosen: str, *, all_columns: bool) -> None:
    """Each estimate in three columns, or with all that is known of it; the `chosen` estimator is the one whose places are shown."""
    cells = [_cells(estimate, estimates.by(EXACT), chosen, all_columns) for estimate in estimates.results]
    columns = list(cells[0]) if cells else ["estimator", NATS, OFF]
    for later in estimates.queue:
        cells.append({columns[0]: _in_words(later.name, chosen), **dict.fromkeys(columns[1:], "…")})
    st.table(cells)
    if estimates.by(EXACT):
        st.caption(words.ABOUT_FAULTS)


def _in_words(name: str, chosen: str) -> str:
    """An estimator in its column, marked where it is the chosen one."""
    return f"{SHOWN_MARK + ' ' if name == chosen else ''}**{name}**: {words.IN_WORDS[name]}"


def _cells(estimate: Estimate, truth: Estimate | None, chosen: str, all_columns: bool) -> dict[str, str]:
    own_words = {"what it says of itself": words.own_words(estimate.warnings)}
    cells = {
        "estimator": _in_words(estimate.name, chosen),
        NATS: words.with_error(estimate),
    }
    distance = {}
    if truth:
        distance = {
            OFF: "exact"
            if estimate is truth
            else f"{words.distance(estimate, truth.mean)} {words.in_short(estimate, truth.mean)}"
        }
    if not all_columns:
        return cells | (distance or own_words)
    return (
        cells
        | (distance or {OFF: "unknown"})
        | own_words
        | {
            "its promise, on average": words.PROMISES[estimate.direction],
            "ESS": "–" if estimate.ess is None else f"{estimate.ess:,.1f}",
            "decoder passes": f"{estimate.decoder_passes:,}",
            "seconds": f"{estimate.seconds:.2f}",
        }
    )


page()
