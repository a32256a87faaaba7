"""Which decoder this session's browser already has."""

from __future__ import annotations

from typing import Any

import streamlit as st

from aevb_lab.serving import Published


def bytes_or_address(decoder: Published[bytes]) -> bytes | dict[str, Any]:
    """A decoder's bytes at the first call in a session, and only their address from then on. Otherwise Streamlit would copy and
    hash the bytes at each run, to find that there is nothing to send."""
    is_there = st.session_state.get("decoder_sent") == decoder.address
    st.session_state["decoder_sent"] = decoder.address
    return {"address": decoder.address} if is_there else decoder.content
