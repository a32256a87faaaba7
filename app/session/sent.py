"""What this session's browser has been sent already."""

from __future__ import annotations

from typing import Any

import streamlit as st

from app.serving import Published


def bytes_or_address(decoder: Published) -> bytes | dict[str, Any]:
    """What to send of a decoder: its bytes, and once they were sent only their address. Streamlit would copy the bytes and
    hash them three times at each run, to send nothing."""
    sent = st.session_state.get("decoder_sent") == decoder.address
    st.session_state["decoder_sent"] = decoder.address
    return {"address": decoder.address} if sent else decoder.content
