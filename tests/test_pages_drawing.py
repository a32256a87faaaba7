"""Reconstruct with one's own image: what is shown is what was encoded, with its own numbers. The pad itself is in
test_browser_drawing.py."""

import io
import re

import numpy as np
import pytest
import torch
from components import sent_to
from PIL import Image
from streamlit.testing.v1 import AppTest

import vae_core as vc
from aevb_lab import cached
from aevb_lab.figures.numbers import nats
from aevb_lab.session.drawing import EXAMPLE
from aevb_lab.session.images import available_data
from aevb_lab.session.models import load_model
from aevb_lab.session.runs import board
from vae_core import drawing
from vae_core.data.datasets import DATASETS
from vae_core.studies.own_image import encode_drawing, encode_picture

pytestmark = pytest.mark.filterwarnings("default")  # Streamlit's own, outside a server
STROKES = [[[0.5, 0.2], [0.5, 0.8]]]


@pytest.fixture
def open_reconstruct(monkeypatch):
    monkeypatch.setattr("aevb_lab.jobs.board.Board.warm", lambda board: None)  # a spare worker costs each test seconds

    def open_(source, model="digits-2d", strokes=None):
        page = AppTest.from_file("../app/main.py", default_timeout=120)
        page.query_params["model"], page.query_params["reconstruct_source"] = model, source
        if strokes is not None:
            page.session_state["own_strokes"] = strokes
        page.switch_page("views/reconstruct.py").run()
        assert not page.exception, page.exception
        return page

    yield open_
    board().shutdown()
    board.clear()


def texts(page):
    return " ".join(element.value for element in [*page.markdown, *page.caption])


def across(page):
    """The span of the plane's first axis."""
    return sent_to(page, "plane_axes")[0]["spans"][0]


def test_a_drawing_is_encoded_with_its_bound_and_its_ellipse(open_reconstruct):
    page = open_reconstruct("draw", strokes=STROKES)
    vae = vc.load_pretrained("digits-2d")
    grey = drawing.render_strokes(drawing.check_strokes(STROKES), (8, 8), DATASETS["digits"].framing)
    x = vc.binarize(grey, "dynamic", generator=torch.Generator().manual_seed(0))
    bound = vc.elbo(vae, x.expand(256, -1), generator=torch.Generator().manual_seed(0))
    assert f"ELBO **{nats(float(bound.elbo.detach().mean()), 1)}** ±" in texts(page)
    assert f"KL {float(bound.kl.detach().mean()):.1f}" in texts(page) and "binarised" in texts(page).lower()
    model, q = load_model("digits-2d"), vae.encode(x).base_dist
    drawn = encode_drawing(model.vae, STROKES, data="digits", binarization="dynamic")
    loc, covariance = cached.plane(model).project(drawn.loc, drawn.scale)
    assert np.allclose(loc, q.loc[0].detach().numpy(), atol=1e-6)
    assert np.allclose(np.diag(covariance), q.scale[0].detach().numpy() ** 2, rtol=1e-5) and covariance[0, 1] == 0.0


@pytest.mark.parametrize("model", ["frey-2d", "mnist-20d"])  # far outside the plane; more dimensions than it has
def test_other_models_encode_the_example_and_shows_it_close_up(open_reconstruct, model):
    if not available_data()["frey_faces" if model == "frey-2d" else "mnist"]:
        pytest.skip("its images are not on this machine")
    page = open_reconstruct("draw", model)
    assert "nats" in texts(page) and re.search(
        r"(better|worse) than \d+\u00a0% of the test images|No test image is worse", texts(page)
    )
    whole = across(page)
    page.toggle(key="own_close_up").set_value(True).run()
    assert not page.exception
    near = across(page)
    loaded = load_model(model)
    drawn = encode_drawing(loaded.vae, EXAMPLE, data=loaded.data, binarization=loaded.binarization)
    (at, _), _ = cached.plane(loaded).project(drawn.loc, drawn.scale)
    assert whole[0] < at < whole[1] and sum(near) / 2 == pytest.approx(at)


def test_an_empty_pad_and_one_that_lies_are_explained(open_reconstruct):
    assert "Draw something" in texts(open_reconstruct("draw", strokes=[]))
    page = open_reconstruct("draw", strokes=[[[7.0, 7.0]]])
    assert "in \\[0, 1\\]" in page.error[0].value


def png(pixels):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def test_an_uploaded_picture_is_inverted_when_its_border_is_light(open_reconstruct):
    pixels = np.full((60, 60), 240, np.uint8)
    pixels[10:50, 28:34] = 10
    page = open_reconstruct("upload")
    page.file_uploader(key="own_picture").upload("one.png", png(pixels), "image/png").run()
    assert "made grey, inverted" in texts(page) and "ELBO **" in texts(page)
    vae, options = vc.load_pretrained("digits-2d"), {"data": "digits", "binarization": "dynamic"}
    first, again = (encode_picture(vae, png(light), **options) for light in (pixels, 255 - pixels))
    assert first.inverted and not again.inverted and np.array_equal(first.x, again.x)
    page.selectbox(key="own_polarity").select("light on dark").run()
    assert "no ink" in page.error[0].value and "ELBO **" not in texts(page)


def test_a_file_that_is_no_picture_is_refused_in_words(open_reconstruct):
    page = open_reconstruct("upload")
    page.file_uploader(key="own_picture").upload("x.png", b"nothing of the kind", "image/png").run()
    assert "PNG or JPEG" in page.error[0].value and not page.exception


@pytest.mark.parametrize("name", ["reconstruct", "repair"])
def test_one_limit_for_the_size_of_a_picture(open_reconstruct, name):
    page = open_reconstruct("upload")
    if name == "repair":
        page.query_params["repair_source"] = "upload"
        page.switch_page("views/repair.py").run()
    uploader = page.file_uploader[0]
    assert uploader.proto.max_upload_size_mb * 2**20 == drawing.MAX_BYTES
    assert f"to {uploader.proto.max_upload_size_mb} MB" in uploader.label
