"""The committed curves of figures 2 and 3 as charts, each of which is made once."""

from __future__ import annotations

from functools import cache

from aevb_lab.figures.paper import lead_chart, likelihood_panel, likelihood_span, paper_panel
from aevb_lab.figures.style import Chart
from vae_core.experiments.committed import Lead, lead_curves, leads, likelihood_runs, paper_runs


@cache
def leads_of(data: str, chosen: int | None, dark: bool) -> Chart:
    """AEVB's lead at each latent size of a data set."""
    return Chart(lead_chart(lead_curves(paper_runs(data)), leads(paper_runs(data)), chosen, dark=dark))


@cache
def curves_of(data: str, latent_dim: int, papers_axes: bool, dark: bool) -> Chart:
    """Figure 2 with one latent size, without a run of one's own."""
    runs = [run for run in paper_runs(data) if run.run.latent_dim == latent_dim]
    return Chart(paper_panel(runs, None, papers_axes=papers_axes, lead=lead_with(data, latent_dim), dark=dark))


@cache
def lead_with(data: str, latent_dim: int) -> Lead | None:
    """AEVB's lead with this latent size, if it is measured."""
    return next((lead for lead in leads(paper_runs(data)) if lead.latent_dim == latent_dim), None)


@cache
def likelihoods_of(num_train: int, method: str, dark: bool) -> Chart:
    """Figure 3 with so many training images."""
    runs = [run for run in likelihood_runs() if run.run.num_train == num_train]
    return Chart(likelihood_panel(runs, method, span=likelihood_span(likelihood_runs(), method), dark=dark))
