"""The app behind nginx, with TLS, under another name and below a path, as docs/deploy.md has it: everything that a browser does."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from browsing import (
    CANVAS,
    DEADLINE,
    FLAGS,
    HARMLESS,
    PLOT,
    ClassServer,
    decoded,
    free_port,
    press,
    rest,
    wait_for_status,
)
from find_browser import find_browser

import vae_core as vc
from vae_core.models import pretrained_path

pytestmark = [pytest.mark.browser, pytest.mark.slow]
REPOSITORY = Path(__file__).resolve().parent.parent
NAME = "lab.school.example"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
CARD = ".class-card"
CONFIG = """
daemon off; master_process off; pid {folder}/pid; error_log {folder}/errors.log;
events {{}}
http {{
    types {{}} access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/a; uwsgi_temp_path {folder}/b; scgi_temp_path {folder}/c;
    {server}
}}
"""


class Behind(ClassServer):
    """A class below /lab, and nginx before it with the text of docs/deploy.md. With `cut` nginx takes /lab away."""

    def __init__(self, folder, cut=False):
        super().__init__()
        self.public_port = free_port()
        self.public = f"https://{NAME}:{self.public_port}/lab"
        key, certificate = folder / "key.pem", folder / "certificate.pem"
        order = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={NAME}"]
        subprocess.run([*order, "-keyout", key, "-out", certificate], check=True, capture_output=True)
        page = (REPOSITORY / "docs" / "deploy.md").read_text(encoding="utf-8")
        text = re.search(r"```nginx\n(.*?)```", page, re.DOTALL)[1]
        for here, there in {
            "listen 443": f"listen 127.0.0.1:{self.public_port}",
            f"/etc/ssl/certs/{NAME}.pem": str(certificate),
            f"/etc/ssl/private/{NAME}.key": str(key),
            "127.0.0.1:8501;": f"127.0.0.1:{self.port}{'/' if cut else ''};",
        }.items():
            assert here in text
            text = text.replace(here, there)
        (folder / "nginx.conf").write_text(CONFIG.format(folder=folder, server=text))
        self.nginx = subprocess.Popen([NGINX, "-p", folder, "-c", folder / "nginx.conf", "-e", folder / "errors.log"])
        self.folder = folder

    def command(self, script):
        return [*super().command(script), "--base-path", "lab", "--allowed-hosts", NAME, "--slots", "1"]

    @property
    def teachers_link(self):
        return self.public + re.search(r"/class/teach/[\w-]+", Path(self.log).read_text(errors="replace"))[0]

    def end(self):
        for process in (self.nginx, self.process):
            process.terminate()
            process.wait(20)
        assert self.tracebacks() == ""
        assert " [error] " not in (self.folder / "errors.log").read_text()


@pytest.fixture(scope="module", params=[False, True], ids=["the path is kept", "the path is cut"])
def lab(request, tmp_path_factory):
    if NGINX is None:
        pytest.skip("nginx is not installed: apt-get install nginx-light")
    lab = Behind(tmp_path_factory.mktemp("nginx"), cut=request.param)
    yield lab
    lab.end()


@pytest.fixture(scope="module")
def chromium(browser):
    """Another one, which takes the public name for this machine's."""
    chromium = browser.browser_type.launch(
        executable_path=find_browser(), args=[*FLAGS, f"--host-resolver-rules=MAP {NAME} 127.0.0.1"]
    )
    yield chromium
    chromium.close()


@pytest.fixture
def somebody(chromium, lab):
    """Browsers of different people, whose pages must stay silent and ask no other host."""
    contexts, faults = [], []

    def arrive():
        context = chromium.new_context(ignore_https_errors=True, viewport={"width": 1440, "height": 1000})
        context.set_default_timeout(DEADLINE)
        contexts.append(context)

        def watch(page):
            page.on("pageerror", lambda error: faults.append(str(error)))
            page.on("console", lambda entry: faults.append(entry.text) if is_fault(entry) else None)
            page.on("request", lambda sent: faults.append(sent.url) if is_foreign(sent.url) else None)
            page.on("websocket", lambda sent: faults.append(sent.url) if is_foreign(sent.url) else None)

        def is_foreign(url):
            return not url.startswith((lab.public, lab.public.replace("https", "wss", 1), "data:", "blob:"))

        context.on("page", watch)
        return context

    yield arrive
    for context in contexts:
        context.close()
    assert faults == []


def is_fault(entry):
    return entry.type == "error" and not HARMLESS.search(entry.location.get("url", ""))


def is_there(page, first="canvas, svg, img, table"):
    """Wait until the page shows its first picture, without an error. Some pages go on measuring then."""
    page.wait_for_selector("h1")
    page.wait_for_selector(f"[data-testid=stMain] :is({first}):visible")
    assert page.locator("[data-testid=stException]").count() == 0


def test_every_page_opens_by_its_link_and_again_at_a_reload(somebody, lab):
    main = (REPOSITORY / "app" / "main.py").read_text(encoding="utf-8")
    titles = dict(re.findall(r'st\.Page\("views/\w+\.py", title="([^"]+)", url_path="(\w+)"', main))
    assert len(titles) == main.count("st.Page(") - 1 > 10, "all but the map, which has no path"
    page = somebody().new_page()
    for title, path in titles.items():
        page.goto(f"{lab.public}/{path}")
        is_there(page, *["p"] * (path == "class"))  # which is the teacher's, and shows others a sentence
        assert title in page.inner_text("h1")
    page.goto(f"{lab.public}/bound")
    page.reload()
    is_there(page)
    page.goto(lab.public)  # without the last slash
    page.wait_for_selector(f"{CANVAS}[data-ready=true]")
    assert page.url.split("?")[0] == f"{lab.public}/"
    for path in set(titles.values()) - {"class"}:  # of which only the teacher has a link
        page.locator(f"[data-testid=stSidebarNav] a[href$='/lab/{path}']").wait_for()
    page.click("[data-testid=stSidebarNav] a[href$='/bound']")
    page.wait_for_selector(".bound-toy[data-elbo]")
    page.go_back()
    page.wait_for_selector(f"{CANVAS}[data-ready=true]")
    page.click(".st-key-about button")
    report = page.locator("[data-testid=stDialog] .report pre")
    report.get_by_text("base path: /lab").wait_for()
    assert "program:" not in report.text_content() and str(REPOSITORY) not in report.text_content(), (
        "a visitor here may be anybody"
    )


def test_the_pointer_decodes_and_files_come_from_memory(somebody, lab):
    answers = []
    page = somebody().new_page()
    page.on("response", lambda answer: answers.append(answer))
    page.goto(f"{lab.public}/")
    page.wait_for_selector(f"{CANVAS}[data-ready=true]")
    page.wait_for_selector(f"{PLOT} .plane-cursor", state="attached")
    before = decoded(page)
    box = page.locator(f"{PLOT} .plane-area").first.bounding_box()
    page.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 0.7 * box["height"])
    page.wait_for_function(f"z => document.querySelector('{CANVAS}').dataset.z !== z", arg=before["z"])
    after = decoded(page)
    model = vc.load_pretrained("mnist-2d")
    assert after["pixels"] != before["pixels"] and len(after["pixels"]) == model.config.data_dim
    (weights,) = [answer for answer in answers if "/decoders/" in answer.url]
    scripts = [answer for answer in answers if "/static/js/" in answer.url]
    for answer in [weights, *scripts]:
        assert answer.status == 200 and "immutable" in answer.headers["cache-control"], answer.url
    assert all(answer.headers.get("content-encoding") == "gzip" for answer in scripts if "index." in answer.url)


def test_a_run_trains_and_is_there_at_a_reload_and_at_a_second_visit(somebody, lab):
    visitor = somebody()
    page = visitor.new_page()
    page.goto(f"{lab.public}/train?train_data=digits&train_epochs_digits=3")
    press(page, "train_start")
    wait_for_status(page, "finished")
    (cookie,) = [cookie for cookie in visitor.cookies() if cookie["name"] == "aevb_visitor"]
    assert cookie["secure"] and cookie["httpOnly"] and cookie["path"] == "/lab"
    page.reload()
    wait_for_status(page, "finished")
    link = page.url
    page.close()
    page = visitor.new_page()
    page.goto(f"{lab.public}/models")
    own = "count => document.querySelectorAll('.model-table tbody tr').length > count"
    page.wait_for_function(own, arg=len(vc.list_pretrained()))
    assert visitor.cookies(f"{lab.public}/")[0]["name"], "the same visitor"
    page.goto(link)
    wait_for_status(page, "finished")


def test_files_go_up_and_down(somebody, lab):
    page = somebody().new_page()
    page.goto(f"{lab.public}/models")
    page.wait_for_selector(".js-plotly-plot .xy")
    file = pretrained_path("digits-2d") / "model.safetensors"
    page.set_input_files(".st-key-upload_model input[type=file]", file)
    page.get_by_text("You can choose it on every page now").wait_for()
    page.get_by_title("The card and the files of model", exact=True).click()
    page.wait_for_selector(".st-key-download_model button")
    rest(page)
    with page.expect_download() as saved:
        page.click(".st-key-download_model button")
    assert vc.load_model(saved.value.path()).config == vc.load_model(file).config


def test_pupils_follow_the_teacher(somebody, lab):
    teacher, pupil = somebody().new_page(), somebody().new_page()
    teacher.goto(lab.teachers_link)
    teacher.wait_for_selector(".class-board[data-here]")
    assert teacher.url == f"{lab.public}/class"
    assert teacher.locator(f"code:text-is('{lab.public}')").count() == 1, "the pupils' link"
    pupil.goto(f"{lab.public}/")
    pupil.wait_for_selector(f"{CARD}[data-line=open]", state="attached")
    teacher.click("[data-testid=stSidebarNav] a[href$='/lab/']")
    teacher.wait_for_selector(f"{PLOT} .plane-cursor", state="attached")
    teacher.click(f"{CARD} [data-role=act]")
    pupil.wait_for_selector(f"{CARD}[data-state=following]")
    teacher.click("[data-testid=stSidebarNav] a[href$='/paths']")
    pupil.wait_for_function("() => location.pathname === '/lab/paths'")
    is_there(pupil)
    teacher.click("[data-testid=stSidebarNav] a[href$='/lab/']")
    pupil.wait_for_function("() => location.pathname === '/lab/'")
    pupil.wait_for_selector(f"{CANVAS}[data-ready=true]")
    teacher.wait_for_selector(f"{PLOT} .plane-cursor", state="attached")
    box = teacher.locator(f"{PLOT} .plane-area").first.bounding_box()
    teacher.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.6 * box["height"])
    teacher.wait_for_timeout(200)
    pupil.wait_for_function(
        f"z => document.querySelector('{CANVAS}').dataset.z === z", arg=teacher.get_attribute(CANVAS, "data-z")
    )
