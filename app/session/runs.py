"""Training runs of this visitor, on the process-wide board."""

from __future__ import annotations

import secrets
from dataclasses import replace
from functools import cache, partial

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from aevb_lab import ending, hosting
from aevb_lab.escaping import plain
from aevb_lab.jobs.board import Board
from aevb_lab.jobs.job import Job, JobSpec
from aevb_lab.session.lesson import FINISHED
from aevb_lab.visitors import Visitors, visitor_of
from vae_core.parallel import use_one_thread


@st.cache_resource(show_spinner=False)
def board() -> Board:
    """The process-wide board of training jobs."""
    use_one_thread()
    new_board = Board(hosting.slots())
    new_board.warm_soon()
    ending.last_acts += [partial(_tell_unfinished, new_board), new_board.shutdown]
    ending.last_resorts += [partial(_tell_unfinished, new_board), new_board.kill]
    return new_board


@cache
def _tell_unfinished(board: Board) -> None:
    """Say on the terminal, once, what is lost when the server ends."""
    unfinished = sum(job.snapshot().active for job in list(board.all_jobs.values()))
    if unfinished:
        runs = "1 training run was" if unfinished == 1 else f"{unfinished} training runs were"
        print(
            f"AEVB Lab ends. {runs} not finished and end with it; only downloaded models are kept.",
            flush=True,
        )


@st.cache_resource(show_spinner=False)
def visitors() -> Visitors:
    """The visitors of this process. The jobs of one who has gone go too."""
    return Visitors(
        lambda visitor: [run_name(job) for job in board().forget(visitor) if is_of_images(job)], _is_connected
    )


def _is_connected(session: str) -> bool:
    return runtime.exists() and runtime.get_instance().is_active_session(session)


def owner() -> str:
    """The visitor's name on the board: that of their browser or, where it keeps no cookies, of this session alone."""
    if "owner" not in st.session_state:
        st.session_state["owner"] = visitor_of(st.context.cookies) or secrets.token_urlsafe(12)
    name: str = st.session_state["owner"]
    return name


@st.cache_resource(scope="session", on_release=lambda presence: visitors().leave(*presence))
def _presence(visitor: str, session: str) -> tuple[str, str]:
    return visitor, session


def touch_presence() -> None:
    """Called on every run of the script. While none of a visitor's pages is there, their jobs and uploads are kept for a while. The
    current run stays in the link of every page, so that a reload of any page finds it."""
    run, visitor = get_script_run_ctx(), owner()
    session = run.session_id if run else ""
    _presence(visitor, session)
    visitors().arrive(visitor, session)
    for name in ("uploads", "own_sets", FINISHED):
        st.session_state.setdefault(name, visitors().belongings(visitor).setdefault(name, {}))
    current_job()
    token = st.session_state.get("run")
    if token and st.query_params.get("run") != token:
        st.query_params["run"] = token


def tell_losses(page: str) -> None:
    """Say on this page what was deleted while the visitor was away."""
    if names := visitors().losses(owner()):
        st.session_state["losses"] = (page, names)
    told_on, names = st.session_state.get("losses", ("", []))
    if names and told_on == page:
        these = ", ".join(f"**{plain(name)}**" for name in names)
        st.warning(
            f"These runs, models and images are gone, because the page was closed for more than two minutes: {these}."
        )


def my_jobs() -> list[Job]:
    """This visitor's jobs, oldest first, but for those of the page Sketch."""
    return [job for job in board().jobs(owner()) if is_of_images(job)]


def is_of_images(job: Job) -> bool:
    """Whether a run is no run of drawn points, whose model no other page shows."""
    return job.spec.points is None


def current_job() -> Job | None:
    """The visitor's run on the Train page: this tab's newest, or the one in its link (`?run=token`) after a reload."""
    token = st.session_state.get("run") or st.query_params.get("run", "")
    job = board().get(token, owner())
    if job:
        st.session_state["run"] = job.token
    return job


def watched_job() -> Job | None:
    """Somebody else's run that this tab's link names, in a tab without a run of its own. It can be looked at, not commanded."""
    if "run" in st.session_state:
        return None
    job = board().find(st.query_params.get("run", ""))
    return job if job and job.owner != owner() else None


def link_is_dead() -> bool:
    """Whether the link names a run that nobody has."""
    token = st.query_params.get("run", "")
    return bool(token) and board().find(token) is None


def keeps_cookies() -> bool:
    """Whether this browser has sent our cookie, so that a reload finds the visitor's runs."""
    return visitor_of(st.context.cookies) is not None


def submit(spec: JobSpec) -> None:
    """Train a new run and make it this tab's current one."""
    _make_current(board().submit(spec, owner=owner()))


def start(spec: JobSpec, job: Job | None) -> None:
    """Train with these settings: the run `job`, if it waits at its first step and has them, else a new one in its place."""
    if job is None or not job.snapshot().waits_for_start:
        return submit(spec)
    if replace(spec, branch=job.spec.branch) == job.spec:
        return job.resume()
    discard(job)
    submit(spec)


def reset(job: Job) -> None:
    """`Board.reset`, and the new run becomes this tab's current one."""
    _make_current(board().reset(job))


def _make_current(job: Job) -> None:
    st.session_state["run"] = st.query_params["run"] = job.token


def discard(job: Job) -> None:
    """Close a run and forget it."""
    board().discard(job)


def run_name(job: Job) -> str:
    """The name of a run, which its model will have too: that of its owner, or one by its data set."""
    return job.title or first_name(job)


def job_named(name: str) -> Job | None:
    """The visitor's run whose model has this name."""
    return next((job for job in my_jobs() if run_name(job) == name), None)


def first_name(job: Job) -> str:
    """The name of a run to which its owner has given none."""
    return f"my {job.spec.data} run {job.token[:4]}"
