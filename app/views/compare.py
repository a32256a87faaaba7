"""Compare: time travel through a run, and models side by side on the same image, noise and point."""

from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from aevb_lab import cached, controls, linked
from aevb_lab.components.time_travel import time_travel
from aevb_lab.components.twin import twin, twin_x
from aevb_lab.escaping import file_stem, plain
from aevb_lab.export import model_files, run_files
from aevb_lab.figures.numbers import percent
from aevb_lab.figures.pictures import enlarge, film_strip, picture_uri
from aevb_lab.scripts.compare import travel_script, twins_script
from aevb_lab.session.images import require_examples
from aevb_lab.session.link import keep_choice, lacking_names, restore_choice
from aevb_lab.session.models import LoadedModel, load_model, model_names
from aevb_lab.session.travel import Travel, branch_from, branches_of, can_train_on, is_training, travel_names, travel_of
from aevb_lab.session.twins import title_in_sentence, triple, twin_names
from aevb_lab.session.viewer import is_dark
from aevb_lab.shown.travel import packed_frames
from aevb_lab.shown.twins import measures, measures_of_x, most_alike, packed_models, packed_twins
from vae_core.studies.holes import AGREEING, DRAWS, LEVEL, REPEATS, SIMILAR, Holes
from vae_core.studies.side_by_side import NOISE_DRAWS

VIEWS = ("side by side", "time travel")
QUESTIONS = {
    "side by side": "Why does the autoencoder have holes?",
    "time travel": "How did the map come about? Move through the training.",
}
POLL_SECONDS = 1.5
READY_MADE = "VAE, plain autoencoder, PCA"
SHORT_NAMES = {READY_MADE: "VAE, autoencoder, PCA"}
LEGEND = (
    f"**What is where?** Below each draw stands a class if at least {AGREEING} of the {SIMILAR} most similar test images have it, else “?”. On a map, a dot is the code of a test image. "
    f"{percent(LEVEL)} of the draws from N(0, I) lie inside the dashed circle. "
    "The arrow keys move too (with Shift: larger steps)."
)
ABOUT_HOLES = (
    "**What is a hole?** Each model makes a picture of the code of each test image. For each picture we look for the most similar other "
    f"one, and measure how far apart the two are, pixel by pixel. {percent(LEVEL)} of these distances are below a limit. A draw is in "
    "a hole if its picture is farther than this limit from the picture of every test image. It may look clean, but no test image looks "
    f"like it. About {percent(1 - LEVEL)} of the test images' own pictures would count as holes. We compare pixels and not places, "
    "because each model may stretch its map as it likes.\n\n"
    f"**What is out of reach?** A test image is out of reach if its code is farther from 0 than {percent(LEVEL)} of the draws.\n\n"
    f"**Where do the shares come from?** From {REPEATS * DRAWS:,} draws from N(0, I), the prior. {REPEATS} repeats give the standard errors "
    "in the table. It also has the share for draws from a Gaussian that is fitted to the model's own codes. It suits the autoencoder "
    "better."
)
ABOUT_TRIPLE = (
    "\n\n**Why do they draw so differently?** Draws are random points near 0. The VAE's codes lie near 0 too, so its pictures show many "
    "digits. Nothing pulls the autoencoder's codes there: {} of its test images are out of reach, so its pictures show few digits. "
    "All pictures of PCA are blurred, those of the test images too. So a blurred draw is not in a hole of PCA."
)
ABOUT_NUMBERS = (
    "**What is KL(q(z) ‖ p(z))?** It says how far the codes of these test images together are from the prior. It falls with the number "
    "of images. It does not say whether draws from the prior land in holes: that is counted."
)
MATHS = r"""
The three have the same $x$ and the same two latent numbers. The plain autoencoder is a VAE that was trained with $\beta = 0$:
it maximises $\mathbb E_q[\log p_\theta(x|z)]$ alone. So nothing asks $q(z) = \frac1N \sum_i q_\phi(z|x^{(i)})$ to look
like the prior $p(z)$ that one would draw from. Its codes spread out and shrink to points; between them the decoder was
never trained: those are the holes. (Its encoder is still a Gaussian; its $\sigma$ has shrunk to about $2 \cdot 10^{-4}$.) A draw $z \sim p(z)$ is in a hole if $\min_n \|\bar x(z) - \bar x(z_n)\|$ is above the 99 %
quantile of $\min_{m \ne n} \|\bar x(z_m) - \bar x(z_n)\|$. Here $z_n \sim q_\phi(z|x_n)$, and $\bar x(z)$ is the mean of
$p_\theta(x|z)$. The KL term pulls $q(z)$ onto $p(z)$, and

$$\mathbb E_x D_{KL}(q_\phi(z|x) \,\|\, p(z)) = I_q(x; z) + D_{KL}(q(z) \,\|\, p(z)).$$

PCA is the linear VAE with Gaussian pixels that has the highest likelihood. Its encoder is the exact posterior, so its ELBO is
$\log p(x)$. Bounds here always have $\beta = 1$.
"""


@controls.explained
def page() -> None:
    head = st.container()
    row = st.container(horizontal=True, vertical_alignment="center")
    with row:
        question = st.container(width="content")
        view = linked.choice("View", VIEWS, key="compare_view", label_visibility="collapsed")
    with head:
        controls.page_head("Compare", QUESTIONS[view], below=question)
    if view == VIEWS[0]:
        _side_by_side(_pick_models(row))
    else:
        _travel()
    controls.show_maths(MATHS)


@controls.explained
def _side_by_side(models: list[LoadedModel]) -> None:
    holes = cached.holes(tuple(models))
    if holes:
        with st.container(key="twin_answer"):
            st.markdown(_answer(models, holes))
    twin(packed_models(models, is_dark()))
    with st.expander("What is a hole? All numbers" if holes else "What do the numbers say?", key="twin_about"):
        with st.container(key="twin_bounds"):
            st.markdown(measures(models, holes))
        st.markdown(_about(models, holes))
    _on_one_x(models)


def _answer(models: list[LoadedModel], holes: list[Holes]) -> str:
    """What one sees, in numbers: the class that most draws are like, and the share in holes. Of the ready-made three also why."""
    names = [plain(title_in_sentence(model)) for model in models]
    shares = [f"**{percent(share.share)}**" for share in holes]
    most = [(f"**{count}**", plain(kind)) for kind, count in most_alike(models, holes)]
    if models == triple():
        return (
            "**Nothing pulls its codes to the middle**, where draws come from. "
            f"So {shares[1]} of draws fall in its holes, and {most[1][0]} of {len(holes[0].draws)} look like “{most[1][1]}”. "
            f"**The VAE has the fewest holes:** {shares[0]}. PCA has {shares[2]}, but all its pictures are blurred."
        )
    parts = " and ".join(f"{share} fall in holes of {name}" for name, share in zip(names, shares, strict=True))
    alike = f"Of {len(holes[0].draws)} draws, {_alike(names, most)}. " if most else ""
    return f"{alike}Of the same {holes[0].num_draws:,} draws from N(0, I), {parts}."


def _alike(names: list[str], most: list[tuple[str, str]]) -> str:
    """How many draws by which model look most like which class."""
    draws = [f"{count} by {name}" for name, (count, _) in zip(names, most, strict=True)]
    if len({kind for _, kind in most}) == 1:
        return f"{' and '.join(draws)} look most like “{most[0][1]}”"
    return " and ".join(f"{draw} look most like “{kind}”" for draw, (_, kind) in zip(draws, most, strict=True))


def _about(models: list[LoadedModel], holes: list[Holes]) -> str:
    about_holes = ABOUT_HOLES if holes else ""
    if holes and models == triple():
        about_holes += ABOUT_TRIPLE.format(percent(holes[1].out_of_reach))
    dots = f"The dots are the means of q(z|x) of {plain(require_examples(models[0]).source)}."
    return "\n\n".join(filter(None, (f"{LEGEND} {dots}", about_holes, ABOUT_NUMBERS)))


@controls.fragment
def _on_one_x(models: list[LoadedModel]) -> None:
    """The widgets for x and eps, and all that changes with them."""
    examples = require_examples(models[0])
    with st.expander("The same test image in every model", key="twin_same_image"):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            row = linked.number(
                f"x: test image, 1 to {len(examples.x):,}", 1, len(examples.x), 1, key="twin_image", width=220,
                help="Every model gets the same x.",
            )  # fmt: skip
            seed = linked.number(
                "Seed of eps", 0, 9999, 0, key="twin_seed", width=160, help="Every model gets the same eps: z = μ + σ ε.",
            )  # fmt: skip
            picture = film_strip(examples.x[row - 1][None].numpy(), models[0].vae.config.image_shape)
            name = plain(examples.class_names[int(examples.labels[row - 1])]) if examples.labels is not None else ""
            st.image(
                picture_uri(enlarge(picture, 8)), f"x: {name}" if name else "x", width=72, alt=f"x: test image {row}"
            )
        st.markdown("While this is open, the ring x on each map is where its model puts the image.")
        twins = cached.twins_on(tuple(models), row - 1, seed)
        twin_x(packed_twins(models, twins))
        st.markdown(measures_of_x(models, twins))
        st.markdown(_what_may_be_compared(models))
    script = partial(twins_script, models, row - 1, seed)
    controls.take_away("compare", *model_files(models), script=script)


def _pick_models(row: DeltaGenerator) -> list[LoadedModel]:
    """The three of READY_MADE, or any two models that share x and z."""
    names = [name for name in model_names() if twin_names(load_model(name))]
    with row:
        kind = linked.choice(
            "Models",
            (READY_MADE, "any two"),
            key="twin_kind",
            format_func=lambda name: SHORT_NAMES.get(name, name),
            label_visibility="collapsed",
        )
    if kind == READY_MADE or not names:
        return triple()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        lacking = lacking_names("twin_first", names)
        first = linked.menu("First model", names, key="twin_first", width=220)
        second_names, key = twin_names(load_model(first)), f"twin_second_{first}"
        lacking += lacking_names(key, second_names)
        second = linked.menu(
            "Second model", second_names, key=key, width=220, help="It gets the same x and the same z."
        )
    controls.say_lacking("model", lacking, f"{first} and {second}")
    return [load_model(first), load_model(second)]


def _what_may_be_compared(models: list[LoadedModel]) -> str:
    text = f"ELBO = reconstruction − KL, as mean ± standard error over the same {NOISE_DRAWS} draws of eps."
    if len({model.vae.likelihood.binary for model in models}) > 1:
        text += (
            " Do not compare the density of grey pixels with the probability of black and white ones. "
            "Between such models, compare the squared errors and the numbers about holes."
        )
    return text


def _travel() -> None:
    travel = travel_of(_run_picker(travel_names()))
    branches = [travel_of(name) for name in branches_of(travel)[-1:]]
    names = [track.name for track in (travel, *branches)]
    training = is_training(travel.name)
    st.fragment(controls.explained(_live_travel), run_every=POLL_SECONDS if training else None)(names, training)
    st.markdown("The arrow keys move by one frame, and the space bar plays.")
    st.caption(_what_moves(travel))
    _branch(travel, bool(branches))
    files = [file for name in names for file in run_files(name)]
    controls.take_away(file_stem(travel.name), *files, script=partial(travel_script, [travel, *branches]))


def _live_travel(names: list[str], training: bool) -> None:
    """The frames so far. While the run trains, this fragment runs again every few seconds and shows the new ones."""
    travels = [travel_of(name) for name in names]
    if is_training(names[0]) != training or branches_of(travels[0])[-1:] != names[1:]:
        st.rerun()
    time_travel(packed_frames(travels, is_dark()))


def _branch(travel: Travel, has_branches: bool) -> None:
    points = travel.branch_points()
    if not points or travel.branch or not can_train_on(travel):
        return
    with st.expander("Branch: train on from this frame with other settings", expanded=has_branches, key="branch"):
        row = st.columns(4)
        with row[0]:
            step = linked.menu("From step", [frame.step for frame in points], key=f"branch_step_{travel.name}")
        with row[1]:
            beta = linked.decimal(
                "beta", 0.0, 100.0, 4.0, key="branch_beta", step=0.5, help="How much the KL counts in training."
            )
        with row[2]:
            rate = linked.decimal("Learning rate", 1e-6, 1.0, 1e-3, key="branch_rate", format="%g")
        with row[3]:
            epochs = linked.number("Epochs", 1, 1000, 20, key="branch_epochs")
        st.button(
            "Branch", key="branch_start", on_click=branch_from, args=(travel, step),
            kwargs={"beta": beta, "learning_rate": rate, "epochs": epochs},
        )  # fmt: skip
        st.markdown(
            "The branch starts with this frame's weights, which are stored in half precision. Its optimiser starts anew. It trains "
            "like any other run: its buttons are on Train. Here you see it beside its parent, at the same moment of training."
        )


def _run_picker(names: list[str]) -> str:
    lacking = lacking_names("run_shown", names)
    restore_choice("run_shown", names)
    name = linked.menu(
        "Run",
        names,
        names.index("digits-2d") if "digits-2d" in names else 0,
        key="run_shown",
        width=320,
        help="Choose the training of a pretrained model, or a run of yours from Train. Your run must be finished or paused.",
    )
    keep_choice("run_shown", name)
    controls.say_lacking("run", lacking, name)
    return name


def _what_moves(travel: Travel) -> str:
    full = sum(bool(frame.weights) for frame in travel.frames)
    pictures = (
        "reconstructions and decoded draws from the prior" if travel.config.latent_dim <= 2 else "reconstructions"
    )
    return (
        f"There are {len(travel.frames)} frames, evenly spaced in log(step). Each has the encoded means of "
        f"{len(travel.frames[0].means):,} test images and 100 decoded pictures. Between two frames the dots move in straight lines, and "
        f"the pictures are those of the earlier frame. Only {full} frames keep the decoder, so only these have {pictures}."
    )


page()
