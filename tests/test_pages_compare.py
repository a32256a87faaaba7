"""The Compare page as a script, and what it packs for the browser: the frames' own numbers, a branch's first step."""

import json

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

import vae_core as vc
from app import state
from app.state import compare
from vae_core import checkpoint

pytestmark = pytest.mark.filterwarnings("default")  # Streamlit's own, outside a server


@pytest.fixture
def open_page(monkeypatch):
    monkeypatch.setattr("app.jobs.Board.warm", lambda board: None)  # a spare worker costs each test seconds

    def open_(**params):
        page = AppTest.from_file("../app/main.py", default_timeout=120)
        for key, value in params.items():
            page.query_params[key] = value
        page.run()
        page.switch_page("views/compare.py").run()
        assert not page.exception, page.exception
        return page

    yield open_
    state.board().shutdown()
    state.board.clear()


def unpacked(packed):
    """Header and arrays, as `unpackArrays` reads them in the browser."""
    length = int.from_bytes(packed[:4], "little")
    header, at, arrays = json.loads(packed[4 : 4 + length]), 4 + length, {}
    for name, kind, shape in header["arrays"]:
        arrays[name] = np.frombuffer(packed, "<" + kind, int(np.prod(shape)), at).reshape(shape)
        at += -(-arrays[name].nbytes // 4) * 4
    assert at == len(packed)
    return header, arrays


# -- time travel -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", vc.list_pretrained())
def test_the_traveller_gets_the_frames_own_numbers(name):
    travel = state.travel_of(name)
    header, arrays = unpacked(state.packed_frames([travel], dark=False))
    frames = checkpoint.load_frames(checkpoint.pretrained_path(name) / "frames.safetensors")
    (track,) = header["tracks"]
    assert track["steps"] == [frame.step for frame in frames] and track["seen"] == [f.samples_seen for f in frames]
    if travel.config.latent_dim == 2:
        assert track["titles"] == ["z₁", "z₂"]
        assert np.array_equal(arrays["means0"], torch.stack([frame.means for frame in frames]).float().numpy())
    assert np.array_equal(arrays["pictures0"], torch.stack([frame.pictures for frame in frames]).numpy())
    history = vc.History.from_json((checkpoint.pretrained_path(name) / "history.json").read_text(encoding="utf-8"))
    assert track["elbo"] == history.column("test_elbo") and track["record_seen"] == history.column("samples_seen")
    assert track["full"] == [i for i, frame in enumerate(frames) if frame.weights]
    assert arrays["reconstructions0"].shape == (len(track["full"]) * track["count"], travel.config.data_dim)


def test_the_last_reconstructions_are_the_models():
    travel = state.travel_of("digits-2d")
    header, arrays = unpacked(state.packed_frames([travel], dark=False))
    count = header["tracks"][0]["count"]
    labels = vc.load_data("digits").y_test
    rows = [int(torch.nonzero(labels == digit)[0]) for digit in range(10)]
    x = vc.binarized_test("digits")[rows]
    vae = vc.load_pretrained("digits-2d")
    with torch.no_grad():
        expected = vae.decode(vae.encode(x).mean).mean * 255
    assert np.abs(arrays["reconstructions0"][-count:] - expected.numpy()).max() < 2  # weights in half precision
    assert np.array_equal(arrays["originals0"], x.numpy() * 255)


def test_the_page_travels_through_any_run_and_its_link_restores_it(open_page):
    page = open_page(run_shown="mnist-20d")
    assert page.selectbox(key="run_shown").value == "mnist-20d"
    assert any("3 frames keep the decoder" in caption.value for caption in page.caption)
    page.selectbox(key="run_shown").select("frey-2d").run()
    assert not page.exception


def test_equal_content_packs_to_equal_bytes_and_odd_sizes_are_padded():
    arrays = {"a": np.arange(5, dtype=np.uint8), "b": np.arange(3, dtype=np.float32)}
    packed = compare.pack_arrays({"x": "é"}, arrays)
    assert packed == compare.pack_arrays({"x": "é"}, arrays)
    header, found = unpacked(packed)
    assert header["x"] == "é" and all(np.array_equal(found[name], array) for name, array in arrays.items())
