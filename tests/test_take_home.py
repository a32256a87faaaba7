"""The page to take home: what is in the file, that it asks for nothing, and how the command refuses."""

import base64
import hashlib
import json
import math
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import hostile_models
import numpy as np
import pytest
import torch
from components import unpacked

import vae_core as vc
from aevb_lab import cached, launch, take_home
from aevb_lab.session.images import examples_for
from aevb_lab.session.models import LoadedModel, content_key, load_model
from aevb_lab.take_home import decoder_bytes, take_home_files, take_home_page
from vae_core.models import pack_model
from vae_core.studies.decoder import mean_layers
from vae_core.studies.planes import View

pytestmark = pytest.mark.filterwarnings("default")  # Streamlit's own, outside a server
HOSTILE = "</title></script><script>alert(1)</script><img src=x onerror=alert(2)>'\"&{{z}}$script\u202e`"


class Elements(HTMLParser):
    """The elements of a page: tag, attributes, and the text directly in it."""

    def __init__(self, page):
        super().__init__()
        self.elements, self.texts = [], []
        self.feed(page.decode())

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        if self.elements and self.elements[-1][0] not in ("script", "style"):
            self.texts.append(data)

    def of(self, tag):
        return [attrs for name, attrs in self.elements if name == tag]


def untrained(latent_dim=2, shape=(2, 3), name="small", **settings):
    config = vc.ModelConfig(math.prod(shape), shape, latent_dim, (7, 5), **settings)
    vae = vc.VAE(config, generator=torch.Generator().manual_seed(1)).eval()
    header = {"model_config": config.to_dict()}
    return LoadedModel(name, content_key(pack_model(vae)), vae, header, None)


def content(page, role):
    """Header and arrays of the bytes in the element of this role."""
    (letters,) = re.findall(rf'<script type="text/plain" data-role="{role}">([A-Za-z0-9+/=]*)</script>', page.decode())
    return unpacked(base64.b64decode(letters, validate=True))


def without_data(page):
    """The page's text but for what is in base64."""
    return re.sub(r'(?<=[>,])[A-Za-z0-9+/=]{200,}(?=[<"])', "", page.decode())


@pytest.fixture(scope="module")
def mnist():
    return take_home_page(load_model("mnist-2d"))


# -- the file ----------------------------------------------------------------------------------------------------


def test_mnist_2d_has_at_most_six_megabytes_and_asks_for_nothing(mnist):
    assert 3.4e6 < len(mnist) < 6e6
    text = without_data(mnist)
    assert len(text) < 60_000
    assert re.findall(r"\w+://|@import|url\(|\bfetch\(|XMLHttpRequest|WebSocket|sendBeacon|\bimport\b", text) == []
    page = Elements(mnist)
    addresses = {
        value for _, attrs in page.elements for key, value in attrs.items() if key in ("src", "href", "srcset")
    }
    assert [address for address in addresses if not address.startswith("data:image/png;base64,")] == []
    assert mnist == take_home_page(load_model("mnist-2d")), "equal content gives equal bytes"


def test_only_its_own_script_and_style_may_be_used(mnist):
    (policy,) = [meta["content"] for meta in Elements(mnist).of("meta") if "http-equiv" in meta]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'" and rules["img-src"] == "data:"
    for rule, pattern in (
        ("script-src", r'<script type="module">(.*?)</script>'),
        ("style-src", r"<style>(.*?)</style>"),
    ):
        (text,) = re.findall(pattern, mnist.decode(), re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert rules[rule].split()[0] == f"'sha256-{digest}'" and "unsafe-inline" not in rules[rule]
    assert not re.search(r"<[^>]+ (style|on\w+)=", without_data(mnist)), "the policy would refuse these"


@pytest.mark.parametrize(
    "model",
    [
        *vc.list_pretrained(),
        untrained(likelihood="continuous_bernoulli"),
        untrained(likelihood="gaussian", mean="identity", variance="per_pixel", shape=(3, 2, 3)),
        untrained(latent_dim=1),
        untrained(latent_dim=5, shape=(4, 2, 3)),
    ],
    ids=lambda model: (
        model if isinstance(model, str) else str(model.vae.config.likelihood) + str(model.vae.config.data_dim)
    ),
)
def test_the_weights_are_the_models_bit_for_bit_and_the_dots_its_plane(model):
    model = load_model(model) if isinstance(model, str) else model
    page, decoder = take_home_page(model), mean_layers(model.vae)
    header, arrays = content(page, "decoder")
    assert (header["mean"], header["activation"]) == (decoder.mean, decoder.activation)
    assert tuple(header["image_shape"]) == model.vae.config.image_shape
    assert list(arrays) == [f"{kind}{number}" for number in range(len(decoder.layers)) for kind in ("weight", "bias")]
    for number, (weight, bias) in enumerate(decoder.layers):
        assert (
            arrays[f"weight{number}"].tobytes() == weight.tobytes()
            and arrays[f"bias{number}"].tobytes() == bias.tobytes()
        )
    assert decoder_bytes(model.vae.config) == 4 * -(-sum(array.nbytes for array in arrays.values()) // 3)
    about, encoded = content(page, "encoded")
    plane, examples = cached.plane(model), examples_for(model)
    assert set(encoded) == {"points", "labels"}, "no image of a data set is in the page"
    assert np.array_equal(encoded["points"], plane.points) and about["basis"] == plane.basis.tolist()
    if examples is not None and examples.labels is not None:
        assert [entry["name"] for entry in about["classes"]] == list(examples.class_names)
        assert np.array_equal(encoded["labels"], examples.labels)
    else:
        assert about["classes"] == [] and set(encoded["labels"].tolist()) <= {255}


def test_the_page_says_what_it_shows_and_where_it_comes_from(mnist):
    text = " ".join(Elements(mnist).texts)
    assert (
        "Each dot is a handwritten digit, squeezed into two numbers." in text and "Where does a 7 become a 4?" in text
    )
    assert "−132.46 nats per image, higher is better" in text and "licence CC BY-SA 3.0" in text
    assert "the first 2,000 test images of mnist" in text or "MNIST" in text
    assert load_model("mnist-2d").key[:16] in text
    faces = " ".join(Elements(take_home_page(load_model("frey-2d"))).texts)
    assert "a photo of a face" in faces or "Move over the map" in faces
    assert "no image of it may be passed on" in faces and "What lies between?" in faces


def test_dots_of_an_encoder_that_was_never_trained_stay_away():
    digits = load_model("digits-2d")
    header = digits.header | {"train_config": {"algorithm": "mcem"}}
    page = take_home_page(replace(digits, header=header))
    assert content(page, "encoded")[1]["points"].shape == (0, 2) and b"Each dot" not in page


def test_the_plane_may_be_another_one():
    model = load_model("mnist-20d")
    assert content(take_home_page(model), "encoded")[0]["basis"] == cached.plane(model).basis.tolist()
    about, encoded = content(take_home_page(model, View(axes=(4, 2))), "encoded")
    assert np.array_equal(np.argmax(about["basis"], 1), [4, 2]) and about["titles"] == ["z₅", "z₃"]
    held = cached.plane(model, View(axes=(4, 2), held=3))
    about, _ = content(take_home_page(model, View(axes=(4, 2), held=3)), "encoded")
    assert about["rest"] == held.rest.tolist() and any(about["rest"])


# -- text from outside -------------------------------------------------------------------------------------------


def test_nothing_in_a_hostile_name_or_text_is_obeyed():
    plain, text = untrained(), f"First {HOSTILE}\nline\n\n\n</section></footer>{HOSTILE}\n\n"
    hostile = replace(plain, name=HOSTILE, header=plain.header | {"data": HOSTILE + "\ud800"})
    harmless, page = Elements(take_home_page(plain, text="a\n\nb")), Elements(take_home_page(hostile, text=text))
    assert [tag for tag, _ in page.elements] == [tag for tag, _ in harmless.elements]
    assert [set(attrs) for _, attrs in page.elements] == [set(attrs) for _, attrs in harmless.elements]
    text_on_page = "".join(page.texts)
    assert text_on_page.count("<img src=x onerror=alert(2)>'\"&{{z}}$script`") >= 4 and "\u202e" not in text_on_page
    assert "</section></footer>" in text_on_page and "First" in text_on_page


@pytest.mark.parametrize("text", ["", " \n\n\t\n"])
def test_without_a_text_there_is_no_place_for_one(text):
    assert Elements(take_home_page(untrained(), text=text)).of("section")[-1].get("class") != "lesson"


def test_a_text_keeps_its_lines_and_paragraphs():
    page = take_home_page(untrained(), text="One\r\n two  words\r\n\r\nThree").decode()
    assert "<p>One\ntwo words</p>\n<p>Three</p>" in page
    with pytest.raises(ValueError, match="at most 100,000 characters, got 100,001"):
        take_home_page(untrained(), text="x" * 100_001)


@pytest.mark.parametrize(
    ("odd", "file"),
    [*hostile_models.accepted_files(), *hostile_models.far_files()],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_odd_model_gets_a_page_or_one_clear_line(odd, file, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("odd.safetensors").write_bytes(file)
    code, told = launch.main(["take-home", "odd.safetensors", "--out", "a.html"]), capsys.readouterr()
    if code:
        assert (
            code == 2
            and told.err.count("\n") == 1
            and "its weights are too large" in told.err
            and not Path("a.html").exists()
        )
    else:
        page = Path("a.html").read_bytes()
        assert len(Elements(page).of("script")) == 3 and len(without_data(page)) < 60_000
        assert np.isfinite(content(page, "encoded")[0]["span"]).all()


@pytest.mark.parametrize("file", [file for _, file in hostile_models.refused_files()][-7:])
def test_a_file_that_is_no_model_gets_one_line(file, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("odd.safetensors").write_bytes(file)
    code, told = launch.main(["take-home", "odd.safetensors", "--out", "a.html"]), capsys.readouterr()
    if code:
        assert code == 2 and told.err.count("\n") == 1 and "odd.safetensors" in told.err and not Path("a.html").exists()
    else:
        assert content(Path("a.html").read_bytes(), "decoder")[0]["latent_dim"] == 1, "the app alone refuses it"


# -- too large ---------------------------------------------------------------------------------------------------


def test_a_model_that_is_too_large_is_counted_before_it_is_used(monkeypatch, tmp_path, capsys):
    wide = vc.ModelConfig(784, (28, 28), 2, (2500, 2500))
    with pytest.raises(vc.TooLarge, match="would have 43.8 MB, and at most 25 MB are written: take a model with fewer"):
        take_home.require_small(wide, "wide")
    monkeypatch.setattr(take_home, "MOST_BYTES", 2 * 10**6)
    monkeypatch.setattr("aevb_lab.take_home_command.load_model_bytes", None)  # never called
    assert launch.main(["take-home", "mnist-2d", "--out", str(tmp_path / "x.html")]) == 2
    assert "mnist-2d would have 3.4 MB, and at most 2 MB are written" in capsys.readouterr().err
    assert take_home_files(load_model("mnist-2d")) == [] and len(take_home_files(load_model("digits-2d"))) == 1


# -- the command -------------------------------------------------------------------------------------------------


def test_the_command_writes_the_page_and_says_where(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("lesson.txt").write_text("Find a 7.", encoding="utf-8-sig")
    assert (
        launch.main(["take-home", "mnist-20d", "--out", "map.html", "--axes", "5,3", "--text", "lesson.txt", "--json"])
        == 0
    )
    page = Path("map.html").read_bytes()
    assert json.loads(capsys.readouterr().out) == {"out": "map.html", "model": "mnist-20d", "bytes": len(page)}
    assert page == take_home_page(load_model("mnist-20d"), View(axes=(4, 2)), "Find a 7.")
    assert launch.main(["take-home", "mnist-20d", "--out", "principal.htm", "--axes", "principal"]) == 0
    assert Path("principal.htm").read_bytes() == take_home_page(load_model("mnist-20d"), View(principal=True))


def test_ones_own_model_has_the_name_of_its_file_or_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("my run").mkdir()
    for name in ("my run/model.safetensors", "blue.safetensors"):
        Path(name).write_bytes(pack_model(untrained(likelihood="gaussian").vae, data="digits"))
    Path("my run/history.json").write_text("{damaged", encoding="utf-8")
    for name, title in (("my run/model.safetensors", "my run"), ("blue.safetensors", "blue")):
        assert launch.main(["take-home", name, "--out", f"{title}.html"]) == 0
        assert f"<title>A map of handwritten digits: {title}</title>" in Path(f"{title}.html").read_text(
            encoding="utf-8"
        )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nobody", "--out", "a.html"], "there is no pretrained model 'nobody'"),
        (["minst-2d", "--out", "a.html"], "did you mean mnist-2d?"),
        (["../../etc/passwd", "--out", "a.html"], "../../etc/passwd"),
        (["..", "--out", "a.html"], ".. is a folder without a model"),
        (["\n\x1b[31m", "--out", "a.html"], "there is no pretrained model"),
        (["there.html", "--out", "a.html"], "there.html is not a file that this project wrote"),
        (["digits-2d", "--out", "there.html"], "must be a new file, got there.html, which is there already"),
        (["digits-2d", "--out", "link.html"], "must be a new file, got link.html"),
        (["digits-2d", "--out", "folder.html"], "must be a file, got the folder folder.html"),
        (["digits-2d", "--out", "."], "must be a file, got the folder ."),
        (["digits-2d", "--out", "a.pdf"], "must end in .html, got a.pdf"),
        (["digits-2d", "--out", "none/a.html"], "in a folder that exists"),
        (["digits-2d", "--out", "there.html/a.html"], "in a folder that exists"),
        (["digits-2d"], "--out"),
        (["digits-2d", "--out", "a.html", "--axes", "1,2"], "among more than two latent dimensions, and digits-2d has 2"),
        (["mnist-20d", "--out", "a.html", "--axes", "0,2"], "from 1 to 20, such as 1,2, or principal; got '0,2'"),
        (["mnist-20d", "--out", "a.html", "--axes", "3,3"], "two different numbers"),
        (["mnist-20d", "--out", "a.html", "--axes", "1,21"], "from 1 to 20"),
        (["mnist-20d", "--out", "a.html", "--axes", "1,2,3"], "two different numbers"),
        (["mnist-20d", "--out", "a.html", "--axes", "9" * 5000 + ",1"], "two different numbers"),
        (["mnist-20d", "--out", "a.html", "--axes", "²,1"], "two different numbers"),
        (["digits-2d", "--out", "a.html", "--text", "none.txt"], "none.txt: No such file or directory"),
        (["digits-2d", "--out", "a.html", "--text", "."], "Is a directory"),
        (["digits-2d", "--out", "a.html", "--text", "latin.txt"], "plain text in UTF-8, got latin.txt"),
        (["digits-2d", "--out", "a.html", "--text", "long.txt"], "at most 100,000 characters"),
        (["digits-2d", "--out", "a.html", "--port", "8501"], "unrecognized arguments"),
    ],
)  # fmt: skip
def test_bad_input_gets_one_line_and_loses_nothing(arguments, words, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("there.html").write_text("mine")
    Path("link.html").symlink_to("nowhere")
    Path("folder.html").mkdir()
    Path("latin.txt").write_bytes("für".encode("latin-1"))
    Path("long.txt").write_text("x" * 400_001)
    before = sorted(Path().rglob("*"))
    try:
        code = launch.main(["take-home", *arguments])
    except SystemExit as stop:
        code = stop.code
    told = capsys.readouterr()
    assert code == 2 and told.out == "" and told.err.count("\n") == 1 and words in told.err
    assert told.err.startswith("aevb-lab take-home: ") and "\x1b" not in told.err
    assert sorted(Path().rglob("*")) == before and Path("there.html").read_text() == "mine"


def test_a_file_that_somebody_made_meanwhile_stays(tmp_path, monkeypatch, capsys):
    page = tmp_path / "page.html"

    def make_it(*arguments):
        page.write_text("mine")
        return b"ours"

    monkeypatch.setattr("aevb_lab.take_home_command.take_home_page", make_it)
    assert launch.main(["take-home", "digits-2d", "--out", str(page)]) == 2
    assert capsys.readouterr().err == f"aevb-lab take-home: {page} could not be written: File exists\n"
    assert page.read_text() == "mine" and list(tmp_path.iterdir()) == [page]


def test_a_folder_that_cannot_be_written_is_named(tmp_path, monkeypatch, capsys):
    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("vae_core.files.os.fsync", full)
    assert launch.main(["take-home", "digits-2d", "--out", str(tmp_path / "a.html")]) == 2
    assert "a.html could not be written: No space left on device" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_help_of_the_launcher_names_the_command(capsys):
    with pytest.raises(SystemExit):
        launch.main(["--help"])
    assert "take-home MODEL --out FILE.html" in capsys.readouterr().out
