"""The browser half: bundles are made of the sources that are here, and the numbers that JavaScript is tested against are Python's."""

import base64
import hashlib
import importlib.util
import json
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch

import vae_core as vc
from aevb_lab.components.live_decoder import pack_decoder

REPOSITORY = Path(__file__).resolve().parent.parent
COMPONENTS = REPOSITORY / "app" / "components"
BUNDLES = COMPONENTS / "bundles"
RECORD = json.loads((BUNDLES / "sources.json").read_text(encoding="utf-8"))["bundles"]
IMPORTED = re.compile(r'^(?:import|export) [^"]*from "(\./[^"]+|\.\./[^"]+)"', re.MULTILINE)
PRIVATE_FIELDS = re.compile(
    r"\b(_full(?:Layout|Data)|_context|_ev|_legendMouseDownTime|__data__|p2d|d2p|_offset|_length)\b"
)
REMEDY = "run `npm ci && npm run build` and commit app/components/bundles"


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def sources_of(entry: Path) -> set[str]:
    """All files that a module imports, itself among them, as paths from the folder of the components."""
    paths, queue = set(), [entry.resolve()]
    while queue:
        path = queue.pop()
        if path not in paths:
            paths.add(path)
            queue += [(path.parent / name).resolve() for name in IMPORTED.findall(path.read_text(encoding="utf-8"))]
    return {path.relative_to(COMPONENTS).as_posix() for path in paths}


def entries() -> dict[str, Path]:
    """The module that each bundle is made of."""
    modules = COMPONENTS.glob("*.js")
    components = {path.name: path for path in modules if re.search("^export default ", path.read_text("utf-8"), re.M)}
    pages = {"take_home_page.js": COMPONENTS / "take_home_page.js"}
    return components | pages | {"kit.js": COMPONENTS / "kit" / "index.js"}


def test_there_is_one_bundle_for_each_component_the_page_to_take_home_and_the_kit():
    assert set(RECORD) == set(entries()) == {path.name for path in BUNDLES.glob("*.js")}
    declared = re.findall(r'declare\(\s*"(\w+)"', "".join(path.read_text("utf-8") for path in COMPONENTS.glob("*.py")))
    assert {f"{name}.js" for name in declared} == set(RECORD) - {"take_home_page.js", "kit.js"}


@pytest.mark.parametrize("name", RECORD)
def test_a_bundle_is_fresh(name):
    """Without node: the sources, and the bundle itself, are those of the last build."""
    assert set(RECORD[name]["sources"]) == sources_of(entries()[name]), REMEDY
    changed = [path for path, digest in RECORD[name]["sources"].items() if sha256(COMPONENTS / path) != digest]
    assert changed == [], REMEDY
    assert sha256(BUNDLES / name) == RECORD[name]["bundle"], f"bundles are not written by hand: {REMEDY}"


def test_a_changed_source_would_be_seen(tmp_path):
    source = tmp_path / "words.js"
    source.write_bytes((COMPONENTS / "kit" / "words.js").read_bytes() + b"\n")
    assert sha256(source) not in RECORD["live_decoder.js"]["sources"].values()
    assert sha256(COMPONENTS / "kit" / "words.js") in RECORD["live_decoder.js"]["sources"].values()


@pytest.mark.skipif(
    not (REPOSITORY / "node_modules" / "esbuild").exists() or shutil.which("node") is None,
    reason="only developers of the browser half have node and its packages",
)
def test_a_build_gives_these_very_bundles():
    built = subprocess.run(["node", str(COMPONENTS / "build.mjs"), "--check"], capture_output=True, text=True)
    assert built.returncode == 0, built.stderr


def test_only_the_charts_module_knows_plotlys_private_fields():
    sources = {path: path.read_text(encoding="utf-8") for path in COMPONENTS.rglob("*.js") if path.parent != BUNDLES}
    assert [path.name for path, text in sources.items() if PRIVATE_FIELDS.search(text)] == ["chart.js"]


def test_the_lock_file_names_versions_but_no_registry():
    lock = json.loads((REPOSITORY / "package-lock.json").read_text(encoding="utf-8"))
    assert all("resolved" not in package for package in lock["packages"].values())
    wanted = json.loads((REPOSITORY / "package.json").read_text(encoding="utf-8"))["devDependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in wanted.values())
    assert {name: lock["packages"][f"node_modules/{name}"]["version"] for name in wanted} == wanted


def test_the_numbers_that_javascript_is_tested_against_are_pythons():
    path = REPOSITORY / "tests" / "js" / "write_numbers.py"
    spec = importlib.util.spec_from_file_location("write_numbers", path)
    writer = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(writer)
    assert_same(
        json.loads(writer.FILE.read_text(encoding="utf-8")), json.loads(json.dumps(writer.numbers())), "numbers"
    )


def assert_same(written, present, place):
    """Equal but for the last digits of numbers, which differ from machine to machine."""
    assert type(written) is type(present), place
    if isinstance(written, dict):
        assert written.keys() == present.keys(), place
        for key in written:
            assert_same(written[key], present[key], f"{place}.{key}")
    elif isinstance(written, list) and written and isinstance(written[0], (dict, list)):
        assert len(written) == len(present), place
        for number, pair in enumerate(zip(written, present, strict=True)):
            assert_same(*pair, f"{place}[{number}]")
    elif isinstance(written, str) and place.endswith((".packed", ".log_joint")):
        assert_same_bytes(base64.b64decode(written), base64.b64decode(present), place)
    elif isinstance(written, str):
        assert written == present, place
    else:
        np.testing.assert_allclose(present, written, rtol=1e-5, atol=1e-7, err_msg=place)


def assert_same_bytes(written, present, place):
    """Of a header (if there is one) and float32 numbers; or of bytes."""
    at = 4 + int.from_bytes(written[:4], "little")
    if at > len(written):
        at = 0
    assert len(written) == len(present) and written[:at] == present[:at], place
    kinds = {kind for _, kind, _ in json.loads(written[4:at])["arrays"]} if at else {"f4"}
    if kinds == {"f4"}:
        numbers = [np.frombuffer(content, "<f4", offset=at) for content in (present, written)]
        np.testing.assert_allclose(*numbers, rtol=1e-5, atol=1e-6, err_msg=place)
    else:
        assert written == present, place


PAGE = """<!doctype html><meta charset="utf-8"><canvas id="plane"></canvas><canvas id="image"></canvas><script type="module">{kit}
const {{ header, arrays }} = unpack(Uint8Array.from(atob("{packed}"), (letter) => letter.charCodeAt(0)))
const decoder = decoderOf(header, arrays)
const colours = {{ grid: "#ccc", muted: "#555", surface: "#fff" }}
const canvas = document.querySelector("#plane"), image = document.querySelector("#image")
canvas.style.width = "300px"
const plane = drawAxes(contextOf(canvas, 300, 300), 300, [-4, 4], ["z1", "z2"], colours)
fit(image, header.image_shape)
canvas.onpointermove = (event) => {{
  image.latent = plane.latent(event.offsetX, event.offsetY)
  image.pixels = decode(decoder, image.latent)
  drawMeans(image, image.pixels, header.image_shape)
}}
document.body.dataset.ready = 1
</script>"""


@pytest.mark.browser
def test_a_page_of_one_file_decodes_with_the_kit(browser, tmp_path):
    """As `docs/browser.md` has it: the bundle's text at the head of a module in the page; its exports do no harm there."""
    vae = vc.load_pretrained("digits-2d")
    linear = [layer for layer in vae.decoder if isinstance(layer, torch.nn.Linear)]
    layers = [(layer.weight.detach().numpy(), layer.bias.detach().numpy()) for layer in linear]
    header = {"mean": "sigmoid", "activation": vae.config.activation, "image_shape": list(vae.config.image_shape)}
    packed = base64.b64encode(pack_decoder(header, layers)).decode()
    file = tmp_path / "page.html"
    file.write_text(PAGE.format(kit=(BUNDLES / "kit.js").read_text(encoding="utf-8"), packed=packed), encoding="utf-8")
    errors, page = [], browser.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(file.as_uri())
    page.wait_for_selector("body[data-ready]")
    box = page.locator("#plane").bounding_box()
    page.mouse.move(box["x"] + 100, box["y"] + 80)
    page.wait_for_function("document.querySelector('#image').pixels")
    image = "document.querySelector('#image')"
    z, pixels = page.evaluate(f"(({{ latent, pixels }}) => [latent, Array.from(pixels)])({image})")
    drawn = page.evaluate(f"Array.from({image}.getContext('2d').getImageData(0, 0, 8, 8).data)")
    page.close()
    assert errors == [] and abs(z[0]) > 0.1
    with torch.no_grad():
        expected = vae.decode(torch.tensor([z])).mean[0].numpy()
    assert np.abs(np.array(pixels) - expected).max() < 1e-5
    assert np.abs(np.array(drawn[::4]) - 255.0 * expected).max() < 1.0
