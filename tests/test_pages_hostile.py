"""Uploads that are hostile, odd or too many: what is refused, what is shown, and that text from outside is shown as
text. (Longer than other files: each kind of hostile text goes to every page.)"""

import ast
import csv
import io
import re
import threading
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import hostile_models
import numpy as np
import pytest
import torch
from hostile_models import LINK, NAMES, file_of, small_vae
from PIL import Image
from streamlit.testing.v1 import AppTest

import vae_core as vc
from aevb_lab import controls, escaping, export
from aevb_lab.figures.curves import overlaid_curves
from aevb_lab.scripts import compare, latent_map, writer
from aevb_lab.session import models, progress, uploads
from aevb_lab.session.models import UploadedModels, history_of, load_model, read_upload
from aevb_lab.session.runs import board
from vae_core import studies
from vae_core.drawing import MAX_BYTES

PAGES = {
    "latent_map": {"closer": "posterior"}, "reconstruct": {}, "paths": {}, "train": {}, "models": {},
    "bound": {"bound_chapter": "a real image"},
    "compare": {"twin_kind": "any two"}, "likelihood": {}, "gradients": {}, "figures": {}, "code": {}, "sketch": {}, "steer": {}, "repair": {},
}  # fmt: skip
WITH_MODEL = [name for name in PAGES if name not in ("train", "gradients", "figures")]
ACCEPTED, REFUSED = list(hostile_models.accepted_files()), list(hostile_models.refused_files())
FAR = list(hostile_models.far_files())
pytestmark = pytest.mark.filterwarnings("default")  # Streamlit's own, outside a server


@pytest.fixture
def open_page(monkeypatch):
    monkeypatch.setattr("aevb_lab.jobs.board.Board.warm", lambda board: None)  # a spare worker costs each test seconds
    monkeypatch.setattr(progress, "MOST_REPEATS", 5)
    estimators = studies.estimators
    monkeypatch.setattr(studies, "estimators", lambda latent_dim, effort: estimators(latent_dim, effort)[:3])

    def open_(name, files=(), **params):
        page = AppTest.from_file("../app/main.py", default_timeout=120)
        page.session_state["uploads"] = {}
        for file_name, content in files:
            UploadedModels(page.session_state["uploads"]).add(file_name, content)
        names = list(page.session_state["uploads"])
        for key, value in ({"model": names[0], "twin_first": names[0]} if names else {}).items() | params.items():
            page.query_params[key] = value
        page.switch_page(f"views/{name}.py").run()
        assert not page.exception, (name, page.exception)
        return page

    yield open_
    board().shutdown()
    board.clear()


# -- what is taken and what is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize(("words", "content"), REFUSED, ids=[words for words, _ in REFUSED])
def test_a_file_that_no_page_could_show_is_refused_in_words(words, content):
    with pytest.raises(vc.CheckpointError, match=re.escape(words)) as refusal:
        read_upload(content, "mine.safetensors")
    assert "mine.safetensors" in str(refusal.value) and "\n" not in str(refusal.value)


def show_odd(open_page, name, content):
    """Open a page with a model; whatever it refuses it says in a sentence that names the model."""
    page = open_page(name, [("odd.safetensors", content), ("b.safetensors", file_of(small_vae()))], **PAGES[name])
    assert page.title, name
    for error in page.error:
        assert "**odd" in error.value and "Traceback" not in error.value, (name, error.value)


@pytest.mark.parametrize("number", range(len(ACCEPTED)), ids=[odd for odd, _ in ACCEPTED])
def test_a_page_shows_an_odd_model_or_says_why_not(open_page, number):
    show_odd(open_page, WITH_MODEL[number % len(WITH_MODEL)], ACCEPTED[number][1])


@pytest.mark.parametrize(("odd", "content"), FAR, ids=[odd for odd, _ in FAR])
def test_codes_far_from_0_are_explained_or_shown(open_page, odd, content):
    for name in ("bound", "latent_map"):
        show_odd(open_page, name, content)


@pytest.mark.slow
@pytest.mark.parametrize(("odd", "content"), [*ACCEPTED, *FAR], ids=[odd for odd, _ in [*ACCEPTED, *FAR]])
def test_every_page_shows_an_odd_model_or_says_why_not(open_page, odd, content):
    for name in WITH_MODEL:
        show_odd(open_page, name, content)


def test_grey_pixels_under_a_bernoulli_decoder_are_explained_on_all_pages(open_page):
    content = file_of(small_vae(), train_config={"binarization": "none"})
    for name in ("reconstruct", "bound", "likelihood"):
        page = open_page(name, [("mine.safetensors", content)], **PAGES[name])
        (error,) = page.error
        assert "**mine**" in error.value and "must be" in error.value and "Choose another model" in error.value, name


def test_only_the_models_failures_are_explained(monkeypatch):
    messages = []
    monkeypatch.setattr(controls.st, "error", messages.append)
    for error in (vc.DataError("x"), ValueError("x"), ZeroDivisionError("x"), vc.CheckpointError("x")):
        assert controls.explained(_raise)(error) is None
    assert len(messages) == 4
    for mistake in (TypeError, KeyError, AttributeError, IndexError, LookupError, RuntimeError, AssertionError):
        with pytest.raises(mistake):
            controls.explained(_raise)(mistake("x"))


def _raise(error):
    raise error


def test_every_page_and_every_part_that_runs_by_itself_explains_failures():
    for path in (Path(controls.__file__).parent / "views").glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if not tree.body:
            continue
        (page,) = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "page"]
        (decorator,) = map(ast.unparse, page.decorator_list)
        assert re.fullmatch(
            r"controls\.explained|controls\.page_of_model|partial\(controls\.page_of_model, first='\S+'\)", decorator
        ), path.name
        for call in re.findall(r"st\.fragment\(?(.{0,20})", path.read_text(encoding="utf-8")):
            assert call.startswith("controls.explained("), (path.name, call)


# -- how much ------------------------------------------------------------------------------------------------------


def test_at_most_five_models_are_kept_and_what_went_is_named(open_page):
    page = open_page("models")
    for number in range(7):
        content = file_of(small_vae(seed=number))
        page.file_uploader[0].upload(f"model {number}.safetensors", content, "application/octet-stream").run()
        (success,) = page.success
        assert f"model {number}" in success.value
        assert ("So the oldest is gone" in success.value) == (number >= models.MOST_UPLOADS)
        assert number < models.MOST_UPLOADS or f"model {number - models.MOST_UPLOADS}" in success.value
    assert list(page.session_state["uploads"]) == [f"model {number}" for number in range(2, 7)]


def test_models_of_64_mb_together_are_kept(monkeypatch):
    monkeypatch.setattr(models, "MOST_MB", 3 * small_bytes() / 2**20)
    kept = UploadedModels({})
    for number in range(4):
        _, gone = kept.add(f"{number}", file_of(small_vae(seed=number)))
    assert gone == ["0"] and list(kept.by_name()) == ["1", "2", "3"] and kept.num_bytes == 3 * small_bytes()
    kept.remove("2")
    kept.remove("2")
    assert list(kept.by_name()) == ["1", "3"]


def small_bytes():
    return sum(tensor.nbytes for tensor in small_vae().state_dict().values())


def test_a_file_larger_than_all_that_is_kept_is_refused(monkeypatch):
    monkeypatch.setattr(models, "MOST_MB", 0.001)
    with pytest.raises(vc.CheckpointError, match="may have at most"):
        UploadedModels({}).add("x", file_of(small_vae()))


def test_the_uploaders_bytes_are_freed(open_page, monkeypatch):
    managers = []
    take_file = uploads.take_file

    def watch(key):
        managers.append(uploads.get_script_run_ctx().uploaded_file_mgr)
        return take_file(key)

    monkeypatch.setattr(models, "take_file", watch)
    page = open_page("models")
    page.file_uploader[0].upload("x.safetensors", file_of(small_vae()), "application/octet-stream").run()
    assert not any(files for manager in managers for files in manager.file_storage.values())
    assert page.session_state["upload_model"].getvalue() == b""
    page.run()
    assert page.success and "x" in page.success[0].value, "the message stays while the uploader shows the file"
    page.file_uploader[0].upload("y.safetensors", b"nothing", "application/octet-stream").run()
    assert page.error and not page.success


def test_a_picture_survives_reruns_and_is_kept_once(open_page):
    page = open_page("reconstruct", reconstruct_source="upload", model="digits-2d")
    page.file_uploader(key="own_picture").upload("x.png", picture("L"), "image/png").run()
    assert not page.error and page.session_state["own_picture"].getvalue() == b""
    before = [caption.value for caption in page.caption]
    page.run()
    assert [caption.value for caption in page.caption] == before and not page.error


def test_forty_uploads_under_one_name_are_forty_models():
    sessions = [UploadedModels({}) for _ in range(8)]
    contents = [file_of(small_vae(seed=seed)) for seed in range(40)]
    errors = []

    def upload(number):
        for content in contents[number::8]:
            model, _ = sessions[number].add("mine.safetensors", content, ["digits-2d"])
            if sessions[number].by_name()[model.name].key != models.content_key(content):
                errors.append(model.name)

    threads = [threading.Thread(target=upload, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    for number, kept in enumerate(sessions):
        assert list(kept.by_name()) == ["mine", *(f"mine ({n})" for n in range(2, 6))]
        keys = [model.key for model in kept.by_name().values()]
        assert keys == [models.content_key(content) for content in contents[number::8]]
        weights = [model.vae.state_dict()["decoder.0.weight"] for model in kept.by_name().values()]
        assert all(
            torch.equal(weight, small_vae(seed=seed).state_dict()["decoder.0.weight"])
            for weight, seed in zip(weights, range(number, 40, 8), strict=True)
        )


# -- names ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_short_printable_and_like_no_other(name):
    kept = UploadedModels({})
    taken = ["digits-2d", "my digits run ab12", models.PCA_NAME]
    names = [kept.add(f"{name}.safetensors", file_of(small_vae()), taken)[0].name for _ in range(3)]
    assert len({escaping.file_stem(name).casefold() for name in [*names, *taken]}) == 3 + len(taken)
    for name in names:
        assert 0 < len(name) <= 40 and name.isprintable() and name.strip() == name
        assert re.fullmatch(r"[A-Za-z0-9._-]+", escaping.file_stem(name))


def test_a_download_that_comes_back_has_another_name_than_its_run():
    model, _ = UploadedModels({}).add("my-digits-run-ab12.safetensors", file_of(small_vae()), ["my digits run ab12"])
    assert model.name == "my-digits-run-ab12 (2)"


# -- text from outside is shown as text ------------------------------------------------------------------------------

# Fields whose text no browser reads as markdown, and those that no browser shows.
PLAIN_FIELDS = {
    "SelectBox.options", "Selectbox.options", "SelectBox.raw_value", "Selectbox.raw_value", "Json.body",
    "DownloadButton.id", "DownloadButton.url", "Block.id", "BidiComponent.js_content", "BidiComponent.css_content",
    "BidiComponent.html_content",
}  # fmt: skip
PLAIN_COMPONENTS = ["model_table"]  # show the texts in their JSON as text, as the test below finds


def texts_of(page):
    """Each text that a page sends to the browser, with the message and the field that hold it."""

    def walk(message):
        for field, value in message.ListFields():
            values = value if field.is_repeated else [value]
            if field.message_type is not None and field.message_type.GetOptions().map_entry:
                values = [entry for entry in value.values() if hasattr(entry, "ListFields")]
            for entry in values:
                if hasattr(entry, "ListFields"):
                    yield from walk(entry)
                elif isinstance(entry, str):
                    is_plain = field.name == "json" and getattr(message, "component_name", "") in PLAIN_COMPONENTS
                    if not is_plain:
                        yield f"{message.DESCRIPTOR.name}.{field.name}", entry

    for element in [*page.main, *page.sidebar]:
        if getattr(element, "proto", None) is not None:
            yield from walk(element.proto)


def is_inert(text):
    """Whether markdown shows this as text: nothing in it is an image, a link, HTML, maths, emphasis, colour or an emoji."""
    text = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", text)
    text = re.sub(r"\\[!-/:-@\[-`{-~]", "", text)
    return not re.search(r"!?\[[^\]]*\]\(|https?://|www\.|\w@\w|<[a-z/!]|\$[^$]+\$|:\w+\[|:[\w+-]+:", text)


def test_the_judge_of_markdown_knows_live_from_inert():
    for live in (
        LINK,
        "<b>b</b>",
        "www.evil.example",
        "http://evil.example",
        "a@evil.example",
        "$x$",
        ":red[x]",
        ":smile:",
    ):
        assert not is_inert(live) and is_inert(escaping.plain(live)) and is_inert(escaping.in_code(live)), live


@pytest.mark.parametrize("name", PLAIN_COMPONENTS)
def test_a_component_that_shows_its_json_as_text_has_no_way_to_write_html(name):
    bundle = Path(controls.__file__).parent / "components" / "bundles" / f"{name}.js"
    source = bundle.read_text(encoding="utf-8")
    assert "textContent" in source and not re.search(r"\bimport\b", source), "all that it runs is here"
    doors = r"innerHTML|outerHTML|insertAdjacentHTML|HTMLUnsafe|setHTML|document\.write|createContextualFragment|DOMParser|srcdoc"
    assert not re.search(doors, source)


@pytest.mark.parametrize("evil", [NAMES[1:2], pytest.param(NAMES[2:6], marks=pytest.mark.slow)], ids=["one", "others"])
@pytest.mark.parametrize("name", PAGES)
def test_no_page_obeys_what_stands_in_a_models_file(open_page, name, evil):
    for number, file_name in enumerate(evil[: 1 if name in ("train", "gradients", "figures") else None]):
        content = file_of(small_vae(seed=number), data=LINK, notes=LINK, name=LINK)
        grey = file_of(small_vae(seed=9), train_config={"binarization": "none"})
        files = [(f"{file_name}.safetensors", content), (f"{file_name}b.safetensors", grey)]
        for model in range(2):
            page = open_page(name, files)
            page.query_params["model"] = list(page.session_state["uploads"])[model]
            page.run()
            marks = ("evil", "press", ":red", ":smile", "<b>", "x^2")
            for field, text in texts_of(page):
                if any(mark in text for mark in marks) and field not in PLAIN_FIELDS and not field.endswith(".id"):
                    assert is_inert(text), (field, text)


@pytest.mark.parametrize("name", NAMES)
def test_escaped_text_is_inert_and_in_one_line(name):
    text = escaping.plain(name)
    assert is_inert(text) and "\n" not in text and not re.match(r"\s*([#>+=-]|\d+[.)])", text)
    text.encode()
    code = escaping.in_code(name)
    assert re.fullmatch(r"(`+)(?!`).*(?<!`)\1", code) and "\n" not in code


def test_a_chart_shows_names_as_text():
    history = history_of(load_model("digits-2d"))
    name = '<a href="javascript:alert(1)">x</a><br>%{x} $x^2$ &lt;'
    figure = overlaid_curves({name: replace(history, data="<b>d</b>")})
    for trace in figure.data:
        assert not re.search(r"<(?!extra|/extra)|\$", trace.name + trace.hovertemplate.replace("%{y:.2f}", "")), trace
        assert "%{x}" not in trace.hovertemplate


def test_cells_that_begin_like_a_formula_are_quoted():
    for text in ("=1+1", "+a", "-a", "@a", "\ta", "\ra", "＝1", "-", "=", "--1"):
        assert escaping.in_cell(text) == f"'{text}"
    for text in ("", "a", "1", "-1", "+1.5e3", "a=1", "'=1", " =1"):
        assert escaping.in_cell(text) == text
    model = replace(load_model("digits-2d"), name="=cmd|' /C calc'!A0")
    rows = list(csv.DictReader(io.StringIO(export.points_csv(model))))
    assert {row["model"] for row in rows} == {"'=cmd|' /C calc'!A0"}
    assert all(float(row["loc_1"]) < 100.0 for row in rows), "numbers are numbers"


@pytest.mark.parametrize("name", NAMES)
def test_a_name_stays_a_string_in_every_script(name):
    model, _ = UploadedModels({}).add(f"{name}.safetensors", file_of(small_vae()))
    pretrained = (models.pretrained_path("digits-2d") / "model.safetensors").read_bytes()
    again, _ = UploadedModels({}).add(f"{name}.safetensors", pretrained)
    for script in (
        latent_map.map_script(model, None, 0), latent_map.map_script(again, 3, 0), compare.twins_script([model, again], 0, 0),
    ):  # fmt: skip
        tree = ast.parse(script.filled())
        called = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
        assert not called & {"os.abort", "exit", "eval", "exec", "__import__"} and "SystemExit" not in called
        assert re.fullmatch(r"[A-Za-z0-9._-]+\.py", script.name)


def test_the_sample_of_a_pretrained_model_is_found_under_its_own_name(monkeypatch):
    monkeypatch.setattr(writer, "datasets", SimpleNamespace(DATASETS={}))
    content = (models.pretrained_path("digits-2d") / "model.safetensors").read_bytes()
    model = read_upload(content, 'x" / __import__("os") / ".safetensors')
    text = latent_map.map_script(model, 3, 0).filled()
    assert '/ "digits-2d" / "reference.safetensors"' in text and "__import__" not in text


def test_labels_of_downloads_show_names_as_text(monkeypatch):
    model = replace(load_model("digits-2d"), name=":red[x] ![a](b)")
    files = export.model_files([model, load_model("digits-2d")])
    assert all(is_inert(file.label) for file in files) and len({file.name for file in files}) == len(files)


def test_a_model_comes_back_whatever_stands_in_its_header(tmp_path):
    model = read_upload(file_of(small_vae(), vae=1, path=2, kind="x" if False else "model", notes=LINK), "x")
    (tmp_path / "x.safetensors").write_bytes(models.model_bytes(model))
    again = vc.load_model(tmp_path / "x.safetensors").state_dict()
    assert all(torch.equal(again[name], tensor) for name, tensor in model.vae.state_dict().items())


# -- pictures --------------------------------------------------------------------------------------------------------


def picture(mode, size=(40, 30), kind="PNG", **options):
    image = Image.new("L", size, 0)
    image.paste(255, (size[0] // 3, size[1] // 4, size[0] // 2 + 1, 3 * size[1] // 4 + 1))
    if mode == "I;16":
        image = Image.fromarray(np.asarray(image).astype(np.uint16) * 257)
    elif mode != "L":
        image = image.convert(mode)
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def pictures():
    frames = [Image.new("L", (20, 20), value) for value in (0, 255)]
    animated = io.BytesIO()
    frames[0].save(animated, "PNG", save_all=True, append_images=frames[1:])
    exif = Image.Exif()
    exif[0x0112] = 6
    yield "grey", picture("L")
    yield "16 bits", picture("I;16")
    yield "alpha", picture("RGBA")
    yield "grey and alpha", picture("LA")
    yield "palette", picture("P")
    yield "one bit", picture("1")
    yield "CMYK", picture("CMYK", kind="JPEG")
    yield "turned", picture("RGB", kind="JPEG", exif=exif)
    yield "one pixel", picture("L", (1, 1))
    yield "one row", picture("L", (3000, 1))
    yield "animated", animated.getvalue()
    yield "truncated", picture("RGB", (400, 300), "JPEG")[:-200]
    yield "cut in its header", picture("L")[:20]
    yield "empty", b""
    yield "a bomb", picture("1", (9_000, 9_000))
    yield "too many bytes", b"\x89PNG\r\n\x1a\n" + bytes(MAX_BYTES)
    yield "no picture", b"<svg onload=alert(1)>" + LINK.encode()
    yield "a GIF named PNG", picture("L", kind="GIF")


PICTURES = list(pictures())


@pytest.mark.parametrize("name", ["reconstruct", pytest.param("repair", marks=pytest.mark.slow)])
@pytest.mark.parametrize(("kind", "content"), PICTURES, ids=[kind for kind, _ in PICTURES])
def test_a_picture_is_shown_or_refused_in_words(open_page, kind, content, name):
    page = open_page(name, model="digits-2d", reconstruct_source="upload", repair_source="upload")
    page.file_uploader[0].upload(f"{NAMES[1]}.png", content, "image/png").run()
    assert not page.exception and all(is_inert(error.value) for error in page.error)
    assert len(page.error) <= 1, (kind, page.error)
