"""Train: a VAE trains live beside its latent plane and its curve."""

from functools import partial
from typing import Any

import plotly.graph_objects as go
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from aevb_lab import controls, linked
from aevb_lab.bring_images import bring_images
from aevb_lab.components.run_watch import run_watch
from aevb_lab.escaping import file_stem, in_code, plain
from aevb_lab.export import model_files, run_files
from aevb_lab.figures.style import saved_as
from aevb_lab.glossary import DENSITIES
from aevb_lab.jobs.job import Job, JobSpec, Snapshot
from aevb_lab.scripts.compare import folder_of
from aevb_lab.scripts.training import training_script
from aevb_lab.session import own_images, settings
from aevb_lab.session.images import available_data, image_shape
from aevb_lab.session.link import leave_point
from aevb_lab.session.models import history_of, load_model, run_model_name
from aevb_lab.session.runs import current_job, keeps_cookies, link_is_dead, reset, run_name, start, watched_job
from aevb_lab.session.travel import travel_of
from aevb_lab.session.viewer import is_dark, once_for
from aevb_lab.shown import run_words
from aevb_lab.shown.planes import model_plane
from aevb_lab.shown.training import Watch, curve_before, curve_during, look_picture, own_picture
from vae_core.history import CURVES, History, curve_of
from vae_core.settings import counts
from vae_core.studies.watching import first_move

SETTINGS = {  # in the order of the page; those of the first line are always on it
    "": ("latent_dim", "beta", "learning_rate", "epochs"),
    "The model": ("likelihood", "hidden_dims", "activation", "mean", "variance", "variance_floor"),
    "The training": (
        "algorithm", "optimizer", "batch_size", "num_samples", "seed", "estimator", "objective", "schedule",
        "warmup_steps", "max_grad_norm", "binarization", "initialization",
    ),
}  # fmt: skip
COLUMNS = 4
ALT = "Latent map of the model in training"
OWN_HELP = "Train on pictures of yours: a zip or a folder of them, or a file of numbers."
DATA_WIDTH, WIDTH = 148, 124  # pixels of each of the first settings: one row on a window of 1280 pixels
MATHS = {
    "aevb": r"""
Algorithm 1: draw a minibatch $X^M$ and noise $\epsilon \sim \mathcal N(0, I)$; follow the gradient in $\theta$ and $\phi$ of

$$\tilde{\mathcal L}^M(\theta, \phi; X^M, \epsilon) = \frac N M \sum_{i=1}^M \left[ \frac 1 L \sum_{l=1}^L
\log p_\theta\left(x^{(i)} | z^{(i,l)}\right) - \beta\, D_{KL}\left(q_\phi(z|x^{(i)}) \,\|\, p(z)\right) \right],
\quad z^{(i,l)} = \mu^{(i)} + \sigma^{(i)} \odot \epsilon^{(l)} \qquad \text{(eq. 7, 8)}$$

The plotted curves always have $\beta = 1$: solid is the mean over the whole test set at that step. The dotted curve is the mean
over the training images since the point before.
""",
    "wake_sleep": r"""
Wake: for real images draw $z \sim q_\phi(z|x)$ and follow the gradient in $\theta$ of $\log p_\theta(x|z)$. Sleep: let the
decoder dream, $z \sim p(z)$, $x \sim p_\theta(x|z)$, and follow the gradient in $\phi$ of $\log q_\phi(z|x)$. So the sleep phase
lowers $D_{KL}\left(p_\theta(z|x) \,\|\, q_\phi(z|x)\right)$ on dreams, the KL the other way round than in the bound (eq. 1).
Nothing makes the bound rise at every step.
""",
    "mcem": r"""
Monte Carlo EM (App. E). E-step: Hamiltonian Monte Carlo draws $z \sim p_\theta(z|x)$, with the gradient
$\nabla_z \log p_\theta(z|x) = \nabla_z \log p(z) + \nabla_z \log p_\theta(x|z)$. M-step: a few steps follow the gradient in $\theta$ of
$\log p_\theta(x|z)$. No encoder is trained, so there is no bound: the curve is an estimate of $\log p_\theta(x)$.
""",
    "full_vb": r"""
Algorithm 2 (App. F): the decoder's weights are drawn too, $\theta = \mu_\theta + \sigma_\theta \odot \zeta$ with
$\zeta \sim \mathcal N(0, I)$, and the bound on $\log p(X)$ of all $N$ images is

$$\mathbb E_{q_\phi(\theta)}\left[\sum_{i=1}^N \mathcal L\left(\theta, \phi; x^{(i)}\right)\right]
- D_{KL}\left(q_\phi(\theta) \,\|\, p(\theta)\right), \quad p(\theta) = \mathcal N(0, I)$$

The dotted curve is this bound divided by $N$. The solid one leaves the KL of the weights out.
""",
}


@controls.explained
def page() -> None:
    controls.page_head(
        "Train",
        "What changes more at first: how well images come back, or what their codes cost?",
        "Guess, then start.",
    )
    own_job = current_job()
    job = own_job or watched_job()
    snapshot = job.snapshot() if job else None
    spec = _settings(job.spec if job else None)
    _guess(spec, snapshot)
    _buttons(spec, own_job, snapshot if own_job else None)
    with st.container():  # always there, so that the place of the fragment below does not change
        if job and not own_job:
            st.info(run_words.WATCHED if keeps_cookies() else run_words.WATCHED_WITHOUT_COOKIES)
        elif link_is_dead():
            st.info(run_words.DEAD_LINK)
    moment = _moment_of(snapshot)  # that of the buttons and of the guess
    st.fragment(controls.explained(_live))(moment)
    _take_away(spec, job, is_own=job is own_job)
    page_spec = job.spec if job else spec
    controls.show_maths(MATHS[page_spec.train_config.algorithm if page_spec else "aevb"])


def _settings(run: JobSpec | None) -> JobSpec | None:
    """The training that Start would begin. The widgets begin at the settings of the `run` on the page, or, after a visit to
    another page, at their last values. Returns None, and shows the reason, where they make no valid run."""
    available = available_data()
    settings.restore_settings(run)
    first_row = st.container(key="train_settings", horizontal=True, vertical_alignment="bottom")
    with first_row:
        data = linked.menu(
            "Data set",
            list(available),
            settings.first_data(available),
            key="train_data",
            width=DATA_WIDTH,
            persist_state="session",
            format_func=lambda name: name if available[name] else f"{name} (not here)",
            help="digits (8x8) comes with the app. The others are read from this machine, or they are your own.",
        )
    widgets: dict[str, Any] = {}
    with st.expander("More settings", expanded=False, key="train_more"):
        for caption in list(SETTINGS)[1:]:
            st.markdown(f"**{caption}**")
            _draw_in_rows(SETTINGS[caption], data, widgets)
    with first_row:  # after the others, because beta counts for one algorithm only
        for name in SETTINGS[""]:
            _draw_setting(name, data, widgets, width=WIDTH)
        st.button("Your own images…", key="train_own", on_click=own_images.open_window, help=OWN_HELP)
    if own_images.is_open():
        bring_images()
    if gone := own_images.tell_gone():
        st.info(f"The app keeps at most {own_images.MOST_SETS} sets of your images, of {own_images.MOST_MB} MB together. The oldest "
                f"had to go: {', '.join(f'**{plain(name)}**' for name in gone)}.")  # fmt: skip
    if not available[data]:
        st.warning(
            f"{in_code(data)} is not on this machine. The README says where to put it; `digits` is always there."
        )
        return None
    try:
        spec = settings.read_settings(data, image_shape(data), widgets)
    except ValueError as error:
        st.error(f"No model can have these settings: {plain(str(error))}")
        return None
    settings.keep_settings(spec)
    return spec


def _draw_in_rows(names: tuple[str, ...], data: str, widgets: dict[str, Any]) -> None:
    """A widget for each setting that counts with the values of those above it."""
    place = 0
    for name in names:
        if not counts(settings.SETTINGS[name], widgets):
            continue
        if place % COLUMNS == 0:
            row = st.columns(COLUMNS)
        with row[place % COLUMNS]:
            _draw_setting(name, data, widgets)
        place += 1


def _draw_setting(name: str, data: str, widgets: dict[str, Any], **look: Any) -> None:
    """The widget of a setting, where it counts. Adds its value to `widgets`."""
    about = settings.SETTINGS[name]
    if counts(about, widgets):
        value = settings.to_widget(about, settings.first_value(name, data))
        widgets[name] = controls.setting_widget(about, value, key=settings.widget_key(name, data), **look)


def _take_away(spec: JobSpec | None, job: Job | None, *, is_own: bool) -> None:
    """What can be kept of the run on the page; before the first run, and where the run is somebody else's, the script of the
    training that the settings describe."""
    if job is None or not is_own:
        script = partial(training_script, f"my {spec.data} run", spec) if spec else lambda: None
        return controls.take_away(settings.previewed(available_data()), script=script)
    name = run_name(job)
    files = [*model_files([load_model(name)] if run_model_name(job) else []), *run_files(name)]
    parent = folder_of(travel_of(job.spec.branch.parent)) if job.spec.branch else None
    controls.take_away(file_stem(name), *files, script=partial(training_script, name, job.spec, parent))


def _guess(spec: JobSpec | None, snapshot: Snapshot | None) -> None:
    """The visitor's guess which term changes more at first. Once the run has answered, it stays as it is."""
    curve = snapshot.history.about if snapshot else CURVES[curve_of(spec.train_config)] if spec else None
    if curve is None or not run_words.has_two_terms(curve):
        return
    move = first_move(snapshot.history) if snapshot else None
    with st.container(key="train_first", horizontal=True, vertical_alignment="center"):
        words = st.container(key="train_terms", width="stretch" if move else "content")
        guess = linked.choice_or_none(
            "Your guess", list(run_words.TERM_NAMES.values()), key="train_guess", format_func=run_words.GUESSES.get,
            disabled=move is not None, label_visibility="collapsed",
        )  # fmt: skip
        words.markdown(run_words.first_move_words(move, guess) if move else "Your guess:")
        st.markdown("" if move else run_words.CODE_AND_KL, width="content")


def _moment_of(snapshot: Snapshot | None) -> tuple[str, bool]:
    """The state of a run, and whether it has answered the guess."""
    return ("ready", False) if snapshot is None else (snapshot.state, first_move(snapshot.history) is not None)


def _live(page_moment: tuple[str, bool]) -> None:
    """All that changes while a run trains. Where the run is no longer at the moment that the page was drawn for, the whole page
    runs again."""
    own_job = current_job()
    job = own_job or watched_job()
    snapshot = job.snapshot() if job else None
    if _moment_of(snapshot) != page_moment:
        st.rerun()
    if job is None or snapshot is None:
        with st.container(key="train_status"):
            st.markdown(
                f"**ready** · step 0 · press Start · below: {settings.previewed(available_data())}, a finished run"
            )
        return _preview()
    dark = is_dark()
    watch = once_for("watch", (job.token, dark), lambda: Watch(job, "train_plane", dark, run_words.status_words))
    about, browser_asks = watch.about(snapshot), False
    with st.container(key="train_status"):
        state, *details = about["words"]
        st.markdown(" · ".join([f"**{state}**", *details]))
        if about["progress"] is not None and snapshot.active:
            st.progress(about["progress"])
        if snapshot.active:
            browser_asks = run_watch(watch.pack(snapshot), key="train_watch")
    if snapshot.message:
        (st.error if snapshot.state == "failed" else st.info)(plain(snapshot.message))
    _pictures(job, snapshot, watch, newest=not browser_asks)
    name = run_model_name(job) if job is own_job else None
    if name is not None:
        st.markdown(f"**{plain(name)}** is on every page. If you close them all, it is gone. Download it to keep it.")
        controls.name_run(job)
        st.page_link("views/models.py", label="See its card and its files", query_params={"table_row": name})


def _buttons(spec: JobSpec | None, job: Job | None, snapshot: Snapshot | None) -> None:
    name = run_model_name(job) if job else None
    with st.container(horizontal=True, key="train_buttons"):
        st.button(
            "Start",
            key="train_start",
            type="secondary" if name else "primary",
            icon=":material/play_arrow:",
            disabled=spec is None or (snapshot is not None and snapshot.active and not snapshot.waits_for_start),
            on_click=start,
            args=(spec, job),
        )
        for label, key, icon, allowed, act, text in (
            ("Pause", "train_pause", "pause", "can_pause", "pause", "Pause the run after this step."),
            ("Resume", "train_resume", "resume", "offers_resume", "resume", "Go on after a pause."),
            ("Step", "train_step", "skip_next", "can_step", "step", "Train on one minibatch, then pause again."),
            ("Stop", "train_stop", "stop", "can_stop", "stop", "End the run and keep the model as it is."),
        ):
            st.button(
                label,
                key=key,
                icon=f":material/{icon}:",
                disabled=snapshot is None or not getattr(snapshot, allowed),
                on_click=getattr(job, act) if job else None,
                help=text,
            )
        st.button(
            "Reset",
            key="train_reset",
            icon=":material/restart_alt:",
            disabled=job is None,
            on_click=reset,
            args=(job,),
            help="Back to step 0.",
        )
        if job and name:
            _after_the_end(job, name)


def _after_the_end(job: Job, name: str) -> None:
    """What one does with the model of a run that has ended."""
    if st.button("See it on the map", key="train_map", type="primary", icon=":material/map:"):
        leave_point()
        st.switch_page("views/latent_map.py", query_params={"model": name})
    if path := job.model_path:
        st.download_button(
            "Download the model",
            path.read_bytes,
            file_name=f"{file_stem(name)}.safetensors",
            on_click="ignore",
            key="train_download",
            icon=":material/download:",
        )


def _preview() -> None:
    """Before the first run: a finished one, so that visitors see what will happen."""
    model = load_model(settings.previewed(available_data()))
    left, right = _row()
    with left:
        controls.latent_plane(model_plane(model, legend=True, dark=is_dark()), key="train_plane", alt=ALT)
    history = history_of(model)
    if history:
        with right:
            _draw_curve(history, *curve_before(history, is_dark()))


def _pictures(job: Job, snapshot: Snapshot, watch: Watch, *, newest: bool) -> None:
    look, config = snapshot.look, job.spec.model_config
    if look is None and snapshot.active:
        return _preview()
    left, right = _row()
    with left:
        if look is None:
            st.info("This run made no picture.")
        else:
            if look.means_of != "q(z|x)":  # above the plane
                st.markdown(f"Dots: means of {look.means_of}, by draws of the prior. This algorithm trains no encoder.")
            controls.latent_plane(watch.page_plane(look, newest=newest), key="train_plane", alt=ALT)
            if config.latent_dim != 2:
                st.image(look_picture(look.pictures, config), width="stretch", alt="Decoded draws from the prior")
                st.markdown("Each picture is the mean of p(x|z) at one draw of z. The draws stay the same.")
            if look.own is not None:
                st.image(own_picture(look.own, config), width="stretch", alt="The algorithm's own pictures")
                st.markdown(run_words.OWN_PICTURES[job.spec.train_config.algorithm])
    with right:
        _draw_curve(snapshot.history, *curve_during(snapshot.history, is_dark()))
        if look and (words := run_words.dead_words(look, snapshot, job.spec.train_config)):
            st.markdown(words)


def _row() -> list[DeltaGenerator]:
    """The place of the plane, and the one beside it."""
    with st.container(key="train_row"):
        return st.columns([3, 2])


def _draw_curve(history: History, figure: go.Figure, words: str) -> None:
    st.plotly_chart(
        figure,
        key="train_curve",
        theme=None,
        height="stretch",
        config=saved_as("train-curve"),
        alt=f"{history.about.label} against training images seen",
    )
    st.markdown(words)
    values = [value for value in map(history.test_value, history.records) if value is not None]
    if values and max(values) > 0.0:
        st.caption(DENSITIES)


page()
