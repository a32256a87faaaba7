"""Training runs of this browser session, on the process-wide board."""

from __future__ import annotations

import secrets

import streamlit as st

from aevb_lab.jobs.board import Board
from aevb_lab.jobs.job import Job, JobSpec
from vae_core.parallel import use_one_thread

GRACE_SECONDS = 10.0
ADOPTION_TRIES = 8


@st.cache_resource(show_spinner=False)
def board() -> Board:
    """The process-wide board of training slots."""
    use_one_thread()
    new_board = Board()
    new_board.warm_soon()
    return new_board


def owner() -> str:
    """The name of this browser session on the board."""
    return st.session_state.setdefault("owner", secrets.token_urlsafe(12))


@st.cache_resource(scope="session", on_release=lambda name: board().release(name, grace=GRACE_SECONDS))
def _presence(name: str) -> str:
    return name


def touch_presence() -> None:
    """Called on every run of the script. When the browser goes away, the board releases this session's jobs, and takes them
    back when it reconnects. The current run stays in the link of every page, so that a reload of any page finds it."""
    _presence(owner())
    board().touch(owner())
    current_job()
    token = st.session_state.get("run")
    if token and st.query_params.get("run") != token:
        st.query_params["run"] = token


def my_jobs() -> list[Job]:
    """This session's jobs, oldest first."""
    return board().jobs(owner())


def current_job() -> Job | None:
    """The run on the Train page: this session's newest, or the one in the link (`?run=token`) after a reload, which
    brings the session's other runs with it."""
    token = st.session_state.get("run")
    if token is None and (link_token := st.query_params.get("run")):
        job = board().get(link_token, owner()) or board().adopt(link_token, owner())
        if job:
            st.session_state["run"] = token = job.token
    return board().get(token, owner()) if token else None


def awaits_adoption() -> bool:
    """Whether the link names a run that this session may get in a moment, when the server has noticed that the page before
    the reload is gone."""
    if "run" in st.session_state or not board().knows(st.query_params.get("run", "")):
        return False
    tries = st.session_state["adoption_tries"] = st.session_state.get("adoption_tries", 0) + 1
    return tries < ADOPTION_TRIES


def submit(spec: JobSpec) -> None:
    """Queue a training run and make it the current one."""
    _make_current(board().submit(spec, owner=owner()))


def reset(job: Job) -> None:
    """Queue the same run again from the same initial weights, paused at step 0. A run that has ended stays, for its model."""
    if job.model_path is None:
        board().discard(job)
    _make_current(board().submit(job.spec, owner=owner(), paused=True))


def _make_current(job: Job) -> None:
    st.session_state["run"] = st.query_params["run"] = job.token


def discard(job: Job) -> None:
    """Close a run and forget it."""
    board().discard(job)
