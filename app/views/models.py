"""Models and runs: a table with samples and settings, curves of any models overlaid, names, cards, downloads and uploads."""

from functools import partial
from typing import Any

import streamlit as st

import vae_core as vc
from aevb_lab import controls, linked
from aevb_lab.components.model_table import model_table
from aevb_lab.escaping import file_stem, plain, shortened
from aevb_lab.export import FORMATS, bundle_files, exports, run_files
from aevb_lab.figures.curves import overlaid_curves
from aevb_lab.figures.numbers import nats
from aevb_lab.figures.style import saved_as
from aevb_lab.glossary import COST
from aevb_lab.jobs.job import Job
from aevb_lab.scripts.models import curves_script
from aevb_lab.session.link import lacking_names, leave_point
from aevb_lab.session.model_table import CARD, TABLE, follow_row, lacking_rows, open_card, remember_table, table_view
from aevb_lab.session.models import (
    MOST_MB,
    MOST_UPLOADS,
    LoadedModel,
    card_of,
    facts_of,
    history_of,
    load_model,
    model_bytes,
    model_names,
    take_upload,
    upload_result,
)
from aevb_lab.session.runs import my_jobs, run_name
from aevb_lab.session.viewer import is_dark
from aevb_lab.shown.best_models import best_elbo_in_words, likeliest
from aevb_lab.shown.limits import bits_table, gaps_table, in_one_sentence, limit_bars
from aevb_lab.shown.model_table import columns, layers_text, likeliest_first, table
from vae_core.experiments.limits import Limit, read_limits
from vae_core.export.formats import lacking
from vae_core.models import page_limits

UPLOADER = "upload_model"
OF_SAME_IMAGES = (
    "In the table, ± is the error of one model's mean: with other test images, all models would go up or down together. Here, ± is the error "
    "of a difference on the same images, which is much smaller."
)


@controls.explained
def page() -> None:
    controls.page_head(
        "Models and runs",
        "Which model finds real images most likely?",
        "The one with the highest log p(x).",
    )
    names = model_names()
    chosen = _table()
    _card(chosen, names)
    st.header("How did each model learn?", anchor=False)
    _curves({name: history for name in names if (history := history_of(load_model(name)))}, chosen)
    _limits()
    _upload()


def _table() -> str:
    """The table; returns the name of the chosen row."""
    models, jobs = [load_model(name) for name in model_names()], my_jobs()
    names = [*(model.name for model in models), *map(run_name, jobs)]
    usual = next((model.name for model in likeliest_first(models) if _has_elbo(model)), names[0])
    view = table_view(["name", *(column["key"] for column in columns())], names, usual)
    controls.say_lacking("row", lacking_rows(names), view["chosen"])
    answer = st.container()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            "Choose a row: the others are compared with it. Compare only models of the same images.",
            width="content",
        )
        all_columns = linked.switch(
            "All columns", key="table_columns", help="Also give each setting a column of its own."
        )
    content = table(models, jobs, view, all_columns=all_columns)
    model_table(content, on_view_change=remember_table, on_card_change=open_card, key=TABLE)
    with answer:
        _best(content["rows"])
    if any(row["cells"]["log_marginal"]["value"] is None for row in content["rows"]):
        st.page_link("views/likelihood.py", label="log p(x) is not measured? Estimate it for an image.")
    st.markdown(
        "log p(x) ± its standard error: the mean of the first 1,000 test images, or of all if there are fewer. It is estimated, and the truth may be a "
        "little higher. The ± of a difference is smaller: both models have the same images. The dot lies between the lowest and the highest of the same images. "
        "Grey and coloured pixels have densities, not probabilities, so there log p(x) can be above 0. "
        "ELBO: the last point of the test curve. Each picture has ten draws from the prior. "
        "A dash (–): the file does not say it."
    )
    return str(view["chosen"])


def _has_elbo(model: LoadedModel) -> bool:
    """Whether the ELBO of others may be compared with the model's."""
    history = history_of(model)
    return history is not None and history.curve == "elbo"


def _best(rows: list[dict[str, Any]]) -> None:
    """Which model is best, and why, above the table."""
    best, highest = likeliest(rows), best_elbo_in_words(rows)
    for column, row in zip(st.columns(len(best), gap="medium") if best else [], best, strict=True):
        with column:
            st.markdown(row.answer)
            _draws(row.picture, "the model with the highest log p(x)")
            st.markdown(row.lowest)
            _draws(row.lowest_picture, "the model with the lowest log p(x)")
            if row.next:
                st.markdown(row.next)
    numbers = "\n".join([f"{OF_SAME_IMAGES}\n", *(row.numbers for row in best)]) if best else ""
    if parts := [*filter(None, (numbers, highest))]:
        with st.expander(
            "Is this chance? And which ELBO is highest?" if best else "Which ELBO is highest?", key="best_elbo"
        ):
            st.markdown("\n\n".join(parts))


def _draws(picture: str | None, model: str) -> None:
    if picture is not None:
        st.image(picture, width="stretch", alt=f"Ten draws from {model}")


def _limits() -> None:
    st.header("How close is each model to its limit?", anchor=False)
    limits = read_limits()
    st.markdown(
        f"{in_one_sentence(limits)} A shorter bar is better. Violet: our models, dark up to the limit. Grey: other programs."
    )
    sets = dict.fromkeys(limit.data for limit in limits if limit.is_binary)
    for column, data in zip(st.columns(len(sets), gap="medium"), sets, strict=True):
        with column:
            st.markdown(f"**Images of {data}**")
            st.plotly_chart(
                limit_bars([limit for limit in limits if limit.data == data], is_dark()),
                key=f"limit_bars_{data}",
                theme=None,
                config=saved_as(f"bits-a-pixel-{data}"),
                alt=f"Bits a pixel of the images of {data}: each model's bound and limit, and other programs",
            )
    st.markdown(
        "A whole bar is the bound: so many bits a pixel takes with this model. Its dark part is the limit, from log p(x): so few it could take. Both are of the first 1,000 test images, or of all. A model that was trained on another bound, as *mnist-50d-iwae*, has the lower limit and the longer bar. The other programs "
        "pack the same black and white images. *each pixel by itself* counts how often each pixel is white. "
        "*ten pixels before* guesses a pixel from ten that come before it."
    )
    with st.expander("The numbers", key="limits_numbers"):
        _limits_in_numbers(limits)


def _limits_in_numbers(limits: list[Limit]) -> None:
    with st.container(key="limits_of_bits"):
        st.markdown(bits_table(limits))
    st.markdown("Grey and coloured pixels have densities, and a density is no number of bits.")
    st.markdown(
        "The gap lies between the bound and log p(x). It has two parts. *Amortisation*: one encoder serves all images, and a q(z) for each "
        "image would be better. *Shape*: p(z|x) is no Gaussian with an axis for each latent number."
    )
    with st.container(key="limits_of_gaps"):
        st.markdown(gaps_table(limits))
    st.caption(
        "Bits: means over the first 1,000 test images, or all; other programs: all test images. Gaps: nats, means over 100 test images. "
        "log p(x): adaptive importance sampling. Measured by `benchmarks/coding.py --limits`, which also gives the standard errors."
    )


def _curves(histories: dict[str, vc.History], chosen: str) -> None:
    comparable = _comparable(histories, chosen)
    follow_row(chosen, comparable)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        lacking = lacking_names("curves_of", list(histories))
        names = linked.several("Curves of", list(histories), comparable, key="curves_of", width=420)
        axis = linked.choice(
            "Against",
            ("samples_seen", "epoch"),
            key="curves_axis",
            format_func=lambda name: {"samples_seen": "images seen", "epoch": "epochs"}[name],
        )
        term = linked.choice(
            "Term",
            ("elbo", "recon_log_lik", "kl"),
            key="curves_term",
            format_func=lambda name: {"elbo": "ELBO", "recon_log_lik": "reconstruction", "kl": "KL"}[name],
            help=f"ELBO = reconstruction − KL, nats per image. KL: {COST}; 0 means unused.",
        )
    controls.say_lacking("model", lacking, ", ".join(names) or "no curve")
    curves = {name: histories[name] for name in names}
    kinds = {(history.data, history.binarization, history.curve) for history in curves.values()}
    if len(kinds) > 1:
        st.warning(
            "Do not compare the heights of these curves: they are of different images, binarisations or quantities."
        )
    if not curves:
        st.info("Choose a model above to see its curve.")
    else:
        st.plotly_chart(
            overlaid_curves(curves, dark=is_dark(), axis=axis, term=term),
            key="overlaid_curves",
            theme=None,
            config=saved_as("overlaid-curves"),
            alt="Curves of the chosen models",
        )
        if any(history.binarization == "dynamic" for history in curves.values()):
            st.caption("*dynamic*: grey pixels become black or white by chance, anew each time.")
        models = [load_model(name) for name in curves]
        runs = [file for name in curves for file in run_files(name) if file.name.endswith(".zip")]
        controls.take_away("curves", *runs, script=partial(curves_script, models, term))


def _comparable(histories: dict[str, vc.History], chosen: str) -> list[str]:
    """Those whose curves are of the same images, binarisation and quantity as the chosen model's, or as the first one's."""
    kinds = {name: (history.data, history.binarization, history.curve) for name, history in histories.items()}
    return [name for name, kind in kinds.items() if kind == kinds.get(chosen, next(iter(kinds.values())))]


def _card(name: str, names: list[str]) -> None:
    """The card and the files of the chosen row."""
    with st.container(key="model_card_place"):
        if name not in names:
            st.info(f"{plain(name)} has no model yet, so it has no card and no files.")
            return
        own = {run_name(job): job for job in my_jobs()}
        _model(load_model(name), own.get(name))


@controls.explained
def _model(model: LoadedModel, job: Job | None) -> None:
    config = model.vae.config
    hidden = layers_text(config.hidden_dims, config.encoder_hidden_dims)
    data = plain(shortened(model.data, 60)) or "unknown data"
    st.markdown(
        f"**{plain(model.name)}**: {data}, {config.latent_dim} latent numbers, hidden layers {hidden}. Pixels: {model.vae.likelihood.label}."
    )
    card = st.expander("Card and files", key=CARD, on_change="rerun")
    if not card.open:
        return
    with card:
        if job:
            controls.name_run(job)
        with st.container(horizontal=True):
            st.download_button(
                "Download the model",
                lambda: model_bytes(model),
                file_name=f"{file_stem(model.name)}.safetensors",
                on_click="ignore",
                key=f"download_{model.name}",
                help="The file holds the weights and the settings. Load it on this page, or in Python with vae_core.load_model. "
                "Choose a bundle to keep the curves too.",
            )
            _further_files(model)
        controls.say_densities(model)
        st.markdown(card_of(model) or _facts(model))


def _facts(model: LoadedModel) -> str:
    """What is known of a model without a card: its settings, and where its curve ends."""
    history, rows = history_of(model), facts_of(model)
    if history is not None and history.records:
        last = history.records[-1]
        terms = [("reconstruction", last.test_recon_log_lik), ("KL", last.test_kl)]
        rows.append(("trained for", f"{last.epoch:.1f} epochs"))
        rows.append(
            (f"test {history.about.label} then", f"{nats(history.test_value(last))} nats an image; higher is better")
        )
        rows += [(f"test {name} then", f"{nats(value)} nats an image") for name, value in terms if value is not None]
    lines = [f"| {plain(name.replace('_', ' '))} | {plain(value)} |" for name, value in rows]
    return "\n".join(["| what | value |", "| --- | --- |", *lines])


def _further_files(model: LoadedModel) -> None:
    """The bundle, and the model for other programs. They are listed only once somebody asks, which spares each other run that work."""
    popover = st.popover("Bundle, or other programs", key=f"files_{model.name}", on_change="rerun")
    if not popover.open:
        return
    with popover:
        for file in [*bundle_files(model), *exports(model)]:
            st.download_button(
                file.label,
                file.make,
                file_name=file.name,
                on_click="ignore",
                key=f"download_{file.name}",
                width="stretch",
            )
        for name in FORMATS:
            if text := lacking(name):
                st.markdown(f"{plain(text[:1].upper() + text[1:])}.")
        st.markdown(
            "The bundle is for this program. ONNX runs without torch, the next needs torch, the last only numpy."
        )


def _upload() -> None:
    st.header("Add a model of yours", anchor=False)
    st.file_uploader(
        "A .safetensors file or a bundle (.zip) that this project wrote", type=["safetensors", "zip"], key=UPLOADER, on_change=take_upload,
        args=(UPLOADER,),
        help=f"The app keeps at most {MOST_UPLOADS} uploaded models, of {MOST_MB} MB together. The oldest goes first. The images of a model "
        f"may have at most {page_limits().pixels:,} pixels.",
    )  # fmt: skip
    if result := upload_result(UPLOADER):
        kind, text, name = result
        (st.success if kind == "added" else st.error)(text)
        if name is not None and st.button("See it on the map", key="upload_map", type="primary", icon=":material/map:"):
            leave_point()
            st.switch_page("views/latent_map.py", query_params={"model": name})


page()
