"""Figures 2 to 5, one at a time: the paper's experiments, made again, and one's own run drawn over them; a map and draws under the pointer.
(Longer than other views: it has four of them.)"""

from collections.abc import Sequence
from functools import partial

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from aevb_lab import cached, controls, linked
from aevb_lab.components.live_decoder import live_decoder
from aevb_lab.components.thumbnails import thumbnails
from aevb_lab.escaping import plain
from aevb_lab.figures.numbers import duration, nats
from aevb_lab.figures.paper import paper_panel
from aevb_lab.figures.pictures import enlarge, film_strip, picture_uri
from aevb_lab.figures.style import saved_as
from aevb_lab.jobs.job import Job
from aevb_lab.scripts.figures import curves_script, draws_script, likelihoods_script, manifold_script
from aevb_lab.session.link import remember_point, start_is_pinned, start_point
from aevb_lab.session.models import LoadedModel, load_pretrained
from aevb_lab.session.paper import COUNT, choose_draw, draw_others, draws_seed, large_draw
from aevb_lab.session.reported import choose_pressed
from aevb_lab.session.runs import current_job, run_name
from aevb_lab.session.settings import train_link
from aevb_lab.session.viewer import is_dark
from aevb_lab.shown import paper_charts as charts
from aevb_lab.shown import paper_words as words
from aevb_lab.shown.decoder import first_point
from aevb_lab.shown.planes import model_plane
from aevb_lab.shown.thumbnails import packed_draws
from vae_core.experiments.committed import (
    LikelihoodRun,
    PaperRun,
    gaps,
    lead_curves,
    leads,
    likelihood_runs,
    paper_runs,
)
from vae_core.experiments.figure_tables import NAMES
from vae_core.models import list_pretrained
from vae_core.studies.paths import usual_radius

SETS = {"mnist": "MNIST", "frey_faces": "Frey Faces"}
PLANE_OF = {"mnist": "mnist-2d", "frey_faces": "frey-2d"}  # figure 4
DRAWN_BY = {"mnist": ("mnist-2d", "mnist-20d"), "frey_faces": ("frey-2d",)}  # figure 5, by latent size
POLL_SECONDS = 2.0
PRESSED = "paper_run"
LENGTH = 1_000_000  # training images of a run from here to Train
ALL = "all"  # latent sizes
AXES = ("close", "the paper's")
FIRST_SIZE = "20"
FIGURES = ("2: speed", "3: few data", "4: map", "5: draws")
QUESTIONS = {  # and what to do, or what there is to see
    FIGURES[0]: (
        "Does AEVB learn faster than wake-sleep?",
        "Wake-sleep is an older way to train, from 1995.",
    ),
    FIGURES[1]: (
        "What if there are few training images?",
        "A model over-fits when it finds them likelier than new ones.",
    ),
    FIGURES[2]: (
        "Are neighbours on the map alike?",
        "Point at the map: the large picture is what the model draws there.",
    ),
    FIGURES[3]: (
        "What does the model draw by itself?",
        "Press an image to see it large.",
    ),
}
OURS = "This figure shows our pretrained models. Their settings are not the paper's."
MATHS = {
    FIGURES[0]: r"""
Figure 2 compares AEVB with the wake-sleep algorithm. Both have the same encoder. The curves are the bound per image,
$\frac 1 N \sum_i \mathcal L(\theta, \phi; x^{(i)})$ (eq. 2), over the training images that have been seen.

AEVB climbs this bound in $\theta$ and $\phi$ at once (eq. 8). Wake-sleep climbs
$\mathbb E_{q_\phi(z|x)}\left[\log p_\theta(x, z)\right]$ in $\theta$ and
$\mathbb E_{p_\theta(x, z)}\left[\log q_\phi(z|x)\right]$ in $\phi$, which are not one objective.

The settings are those of sec. 5: tanh units, 500 for MNIST and 200 for Frey Faces, $M = 100$, $L = 1$, Adagrad, and the prior
$p(\theta) = \mathcal N(0, I)$.
""",
    FIGURES[1]: r"""
$\frac 1 {p(x)} = \mathbb E_{p_\theta(z|x)}\left[\frac{q(z)}{p_\theta(x, z)}\right]$ (App. D). The $z$ come from Hamiltonian Monte Carlo, and
$q$ is a density that is fitted to other such draws. MCEM has no encoder: it draws $z$ from $p_\theta(z|x)$ by Hamiltonian
Monte Carlo, and climbs $\log p_\theta(x, z)$ in $\theta$. So each of its steps is slow.
""",
    FIGURES[2]: r"""
A place of the map is $u = (u_1, u_2)$ in the unit square, and $z_j = \Phi^{-1}(u_j)$, where $\Phi$ is the cumulative distribution function of
$\mathcal N(0, 1)$. So a $u$ drawn evenly from the square is a $z$ drawn from the prior. Each picture is the mean of $p_\theta(x|z)$.
""",
    FIGURES[3]: r"""
$z \sim \mathcal N(0, I)$, then the mean of $p_\theta(x|z)$ is drawn. $\lVert z \rVert$ follows the $\chi$ distribution with $J$ degrees of
freedom, where $J$ is the number of latent dimensions.
""",
}


@controls.explained
def page() -> None:
    head = st.container()
    row = st.container(horizontal=True, vertical_alignment="bottom")
    with row:
        figure = linked.choice("Figure of the paper", FIGURES, key="paper_figure")
        if figure == FIGURES[1]:
            data = "mnist"  # as in the paper
        else:
            data = linked.choice("Data set", tuple(SETS), key="paper_data", format_func=SETS.__getitem__)
    with head:
        controls.page_head("Figures 2 to 5", *QUESTIONS[figure])
    if figure == FIGURES[0]:
        _figure2(data, row)
    elif figure == FIGURES[1]:
        _figure3(likelihood_runs(), row)
    elif figure == FIGURES[2]:
        _figure4(data)
    else:
        _figure5(data, row)
    controls.show_maths(MATHS[figure])


# -- figure 2 ----------------------------------------------------------------------------------------------------


def _figure2(data: str, row: DeltaGenerator) -> None:
    """The curves with one latent size, or with all; how far AEVB is ahead; whether more latents over-fit."""
    runs = paper_runs(data)
    sizes = [str(size) for size in sorted({run.run.latent_dim for run in runs})]
    if not sizes:
        st.info(
            "The runs of this data set are not made yet. `python -m vae_core reproduce figure2 --out DIR` makes them."
        )
        return
    with row:
        first = next((size for size in (_own_size(data), FIRST_SIZE) if size in sizes), sizes[0])
        size = linked.choice("Latent dimensions", (*sizes, ALL), default=first, key="paper_size")
    ends = leads(runs)
    answer, at_other_sizes = words.leading(ends, None if size == ALL else int(size))
    of_size = [run for run in runs if size in (ALL, str(run.run.latent_dim))]
    st.markdown(answer + words.early(lead_curves(runs), ends) + words.both_over_fit(of_size))
    with st.container(key="paper_row"):
        left, right = st.columns(2, gap="medium") if size != ALL else (st.container(), st.container())
    with left:  # first, so that on a phone a press changes what stands below it
        _leads(data, runs, size)
        st.markdown(at_other_sizes)
    with right:
        _live_panels(data, size)
    st.header("Do models with more latent numbers over-fit?", anchor=False)
    st.markdown(words.over_fitting(data, gaps(runs)))
    controls.take_away(f"figure2-{data}", script=partial(curves_script, data))


def _own_job(data: str) -> Job | None:
    """This visitor's run, if its bound may be compared with the curves: of the same images, binarised likewise."""
    job = current_job()
    if job is None or job.spec.data != data or job.spec.images is not None:
        return None
    history = job.snapshot().history
    usual = paper_runs(data)[0].run.train_config(0.02, LENGTH).binarization
    return job if history.curve == "elbo" and history.binarization == usual else None


def _own_size(data: str) -> str | None:
    job = _own_job(data)
    return None if job is None else str(job.spec.model_config.latent_dim)


def _leads(data: str, runs: tuple[PaperRun, ...], size: str) -> None:
    """How far AEVB is ahead, at each latent size; a press on a line chooses it."""
    curves = lead_curves(runs)
    if not curves:
        return
    bar = "" if size == ALL else "± is a standard error, of the test images. Another seed may change a line more."
    st.markdown("**AEVB's lead.** Above 0, AEVB is better. Press a line to see its runs.")
    st.plotly_chart(
        charts.leads_of(data, None if size == ALL else int(size), is_dark()),
        key="paper_leads",
        theme=None,
        config=saved_as(f"figure-2-{data}-leads"),
        on_select=partial(choose_pressed, "paper_leads", "paper_size", [str(curve) for curve in curves]),
        selection_mode="points",
        alt="AEVB's lead over wake-sleep at each latent size, against training images seen",
    )
    if bar:
        st.markdown(bar)


def _live_panels(data: str, size: str) -> None:
    job = _own_job(data)
    training = job is not None and job.snapshot().active
    panels = st.fragment(controls.explained(_panels), run_every=POLL_SECONDS if training else None)
    panels(data, size, training)


def _panels(data: str, choice: str, training: bool) -> None:
    """A chart for each latent size that is shown, and the settings of the run whose curve was pressed. While one's own run trains, they
    are drawn again every few seconds."""
    job, runs = _own_job(data), paper_runs(data)
    if (job is not None and job.snapshot().active) != training:
        st.rerun()
    runs = tuple(run for run in runs if choice in (ALL, str(run.run.latent_dim)))
    sizes = sorted({run.run.latent_dim for run in runs})
    own = None if job is None else job.snapshot().history
    own_size = None if job is None else job.spec.model_config.latent_dim
    charts_row = st.container()
    papers_axes = linked.choice("Axes", AXES, key="paper_axes") == AXES[1]
    if papers_axes:
        st.markdown("The paper's axes begin higher: what lies below them is not drawn.")
    pale = " Pale: other seeds." if any(run.run.seed for run in runs) else ""
    legend = f"Higher is better. Dotted: training images.{pale}"
    with charts_row:
        if len(sizes) > 1:
            st.markdown(legend)
        columns = st.columns(min(3, len(sizes)), gap="medium")
    for number, size in enumerate(sizes):
        with columns[number % len(columns)]:
            st.markdown(f"**{size} latent dimensions.** {legend if len(sizes) == 1 else ''}")
            over = own if own_size == size or choice != ALL or own_size not in sizes else None
            of_size = [run for run in runs if run.run.latent_dim == size]
            st.plotly_chart(
                paper_panel(of_size, over, papers_axes=papers_axes, lead=charts.lead_with(data, size), dark=is_dark())
                if over
                else charts.curves_of(data, size, papers_axes, is_dark()),
                key=f"paper_panel_{size}",
                theme=None,
                config=saved_as(f"figure-2-{data}-{size}"),
                on_select=partial(choose_pressed, f"paper_panel_{size}", PRESSED, [run.run.name for run in runs]),
                selection_mode="points",
                alt=f"Bound of AEVB and wake-sleep with {size} latent dimensions, against training images seen",
            )
    if job is None:
        st.page_link(
            "views/train.py",
            label=f"Train such a model on {SETS[data]} and see it here, drawn over these curves",
            query_params=train_link(runs[0].run.model_config, runs[0].run.train_config(runs[0].rate, LENGTH), data),
        )
    else:
        st.markdown(
            f"Your run **{plain(run_name(job))}** has {own_size} latent dimensions. It is drawn in another colour."
        )
    _settings(runs)


def _curve(run: PaperRun) -> str:
    return f"{NAMES[run.run.algorithm]}, {run.run.latent_dim} latent dimensions, seed {run.run.seed}"


def _settings(runs: tuple[PaperRun, ...]) -> None:
    by_name = {run.run.name: run for run in runs}
    name = linked.menu(
        "Settings of", tuple(by_name), key=PRESSED, width=420, format_func=lambda name: _curve(by_name[name])
    )
    run = by_name[name]
    tried = ", ".join(
        f"{rate}: {nats(bound, 1) + ' nats' if bound is not None else 'diverged'}" for rate, bound in run.rates.items()
    )
    st.markdown(
        f"**{NAMES[run.run.algorithm]}** with {run.run.latent_dim} latent dimensions, {run.run.hidden} tanh units, M = 100, L = 1. "
        f"Adagrad with step size {run.rate:g}, seed {run.run.seed}. It took {duration(3600.0 * run.hours)} of one core. "
        f"Training bounds of the step sizes after 500,000 images: {tried}."
    )
    with st.expander("Make this curve again", key="paper_command"):
        st.code(run.command, language="bash", wrap_lines=True)


# -- figure 3 ----------------------------------------------------------------------------------------------------


def _figure3(runs: tuple[LikelihoodRun, ...], row: DeltaGenerator) -> None:
    """log p(x) with few and with many training images."""
    if not runs:
        st.info("The runs are not made yet. `python -m vae_core reproduce figure3 --out DIR` makes them.")
        return
    counts = sorted({run.run.num_train for run in runs})
    with row:
        method = linked.choice(
            "log p(x) by",
            tuple(words.METHODS),
            key="figure3_method",
            format_func=words.METHODS.__getitem__,
            help="App. D is the paper's estimator. Adaptive importance sampling is another one: it is too low, or right.",
        )
    summary = words.few_images(runs, method)
    st.markdown(summary.answer)
    st.markdown(
        "Dotted or open: training images. Solid or filled: new images, for the test. **Training far above test: the model over-fits.**"
    )
    for column, count in zip(st.columns(max(2, len(counts)), gap="medium"), counts, strict=False):
        with column:
            st.markdown(f"**{count:,} training images**  \n{summary.panels[count].verdict}")
            st.plotly_chart(
                charts.likelihoods_of(count, method, is_dark()),
                key=f"figure3_panel_{count}",
                theme=None,
                config=saved_as(f"figure-3-{count}"),
                alt=f"log p(x) of training and test images by algorithm, with {count:,} training images",
            )
            st.markdown(summary.panels[count].numbers)
    st.markdown("Bars are ± 2 standard errors.")
    with st.expander("Settings, speed and commands", key="figure3_settings"):
        st.markdown(words.likelihood_settings(runs))
    controls.take_away("figure3", script=partial(likelihoods_script, method))


# -- figures 4 and 5 ---------------------------------------------------------------------------------------------


def _available(names: Sequence[str]) -> list[LoadedModel]:
    """Those of these pretrained models that are there. It says which are not."""
    missing = [name for name in names if name not in list_pretrained()]
    if missing:
        st.info(f"The pretrained model {' and '.join(missing)} is not on this machine, so this figure lacks it.")
    return [load_pretrained(name) for name in names if name not in missing]


@controls.fragment
def _figure4(data: str) -> None:
    """The decoded mosaic in probability coordinates, and the image under the pointer."""
    for model in _available([PLANE_OF[data]]):
        st.markdown(
            "**Yes: neighbours look alike.** Press the map to keep the place, and press again to let it go. "
            "The axes show which share of all draws of z lies below: Φ(z)."
        )
        with st.container(key="figure4_row"):
            left, right = st.columns([3, 2], gap="medium")
        linked_point, is_pinned = start_point(model.vae.config.latent_dim), start_is_pinned()
        with right:
            live_decoder(
                first_point(model, "figure4_plane", linked_point),
                on_z_change=remember_point,
                on_pinned_change=remember_point,
            )
        with left:
            controls.latent_plane(
                model_plane(
                    model,
                    coordinates="probability",
                    layers=("images",),
                    start=linked_point,
                    pinned=linked_point is not None and is_pinned,
                    dark=is_dark(),
                ),
                key="figure4_plane",
                alt="What the decoder draws at each place of the latent plane, in probability coordinates",
            )
        st.page_link(
            "views/latent_map.py",
            label="See this map with all its tools",
            query_params={"model": model.name, "coordinates": "probability"},
        )
        controls.take_away(f"figure4-{model.name}", script=partial(manifold_script, model))
        st.caption(OURS)


def _figure5(data: str, row: DeltaGenerator) -> None:
    """Ten draws from the prior of each latent size that is there, and one of them large."""
    models = _available(DRAWN_BY[data])
    if not models:
        return
    with row:
        st.button("Other draws", key="figure5_again", icon=":material/casino:", on_click=draw_others)
    st.markdown(words.own_draws(data, [model.vae.config.latent_dim for model in models]))
    columns = st.columns(max(2, len(models)), gap="medium")
    for place, (column, model) in enumerate(zip(columns, models, strict=False)):
        with column:
            _draws(model, place)
    controls.take_away("figure5", script=partial(draws_script, models, COUNT, draws_seed()))
    st.caption(OURS)


def _draws(model: LoadedModel, place: int) -> None:
    latent_dim, row = model.vae.config.latent_dim, large_draw(place)
    draws = cached.prior_samples(model, COUNT, draws_seed())
    st.markdown(f"**{latent_dim} latent dimensions**, {model.name}")
    thumbnails(
        packed_draws(model, COUNT, draws_seed(), row),
        key=f"figure5_draws_{place}",
        on_row_change=partial(choose_draw, place),
    )
    low, _, high = usual_radius(latent_dim)
    with st.container(key=f"figure5_large_{place}", horizontal=True, vertical_alignment="center"):
        picture = film_strip(draws.means[row][None], model.vae.config.image_shape)
        st.image(picture_uri(enlarge(picture, 8)), width=150, alt=f"Draw {row + 1} of {model.name}, large")
        st.markdown(
            f"Draw {row + 1}: **|z| = {np.linalg.norm(draws.z[row]):.2f}**, its distance from the middle.  \n"
            f"Nine of ten draws have |z| between {low:.1f} and {high:.1f}.",
            width=260,
        )


page()
