"""The style that all figures share."""

from __future__ import annotations

import re
from typing import Any

import pandas  # noqa: F401  Plotly looks at it when it is there, and fails while another thread is half-way through importing it
import plotly.graph_objects as go

from aevb_lab.theme import Palette

# The only tool of a chart is its camera. No gesture changes the axes: on a phone there is no room for a way back.
CONFIG = {"displaylogo": False, "modeBarButtons": [["toImage"]], "doubleClick": False, "scrollZoom": False}


def saved_as(name: str) -> dict[str, Any]:
    """A chart's settings; its camera button saves a PNG under this name."""
    return CONFIG | {"toImageButtonOptions": {"filename": f"aevb-lab-{name}", "scale": 2}}


def layout(colours: Palette, *, height: int, revision: str) -> dict[str, Any]:
    """The layout of all figures. To make a figure with it is faster than to update a figure."""
    grid = dict.fromkeys(("gridcolor", "linecolor", "zerolinecolor"), colours.grid)
    lines = grid | {"automargin": True, "fixedrange": True}
    return {
        "template": "none",
        "height": height,
        "margin": {"l": 48, "r": 36, "t": 12, "b": 44},
        "paper_bgcolor": colours.surface,  # the page's: a saved picture keeps its ground
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": colours.text, "size": 13, "family": "system-ui, Segoe UI, Roboto, Arial, sans-serif"},
        "hoverlabel": {"bgcolor": colours.surface, "font": {"color": colours.text}},
        "modebar": {
            "orientation": "v", "bgcolor": "rgba(0,0,0,0)", "color": colours.muted, "activecolor": colours.latent,
        },
        # Above the plot, which it pushes down by as many lines as it has; so small that it leaves a phone's tool bar free.
        "legend": {"orientation": "h", "x": 0, "y": 1.01, "yanchor": "bottom", "font": {"size": 12}},
        "uirevision": revision,
        "dragmode": False,
        "xaxis": lines,
        "yaxis": lines,
    }  # fmt: skip


FORMATTED_VALUE = re.compile(r"%\{([xyz]):([^}]+)\}")


def hover(text: str) -> dict[str, str]:
    """The text of a trace's hover. Plotly writes a hyphen for the minus of a value that is formatted within the text, and a minus
    sign where the trace says how the values of an axis are formatted. So this takes the former and gives the latter."""
    formats = {f"{axis}hoverformat": form for axis, form in FORMATTED_VALUE.findall(text)}
    return formats | {"hovertemplate": FORMATTED_VALUE.sub(r"%{\1}", text)}


class Chart(go.Figure):
    """A figure that does not change after it is made, so that its dictionary for the browser is computed only once."""

    def __init__(self, *parts: Any):
        super().__init__(*parts)
        self._sent_dict: dict[str, Any] | None = None

    def to_dict(self) -> dict[str, Any]:
        if self._sent_dict is None:
            self._sent_dict = super().to_dict()
        return self._sent_dict


def style(figure: go.Figure, colours: Palette, *, height: int, revision: str) -> None:
    figure.update_layout(layout(colours, height=height, revision=revision))
