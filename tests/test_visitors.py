"""Visitors: the cookie that owns runs and uploads, how long they last without a page, and what others may see of them."""

import threading
from types import SimpleNamespace

import numpy as np
import pytest
from browsing import run_apart
from components import sent_to
from streamlit.testing.v1 import AppTest
from waiting import DEADLINE, until

import vae_core as vc
from aevb_lab.jobs.job import JobSpec, Look, Snapshot
from aevb_lab.session import runs
from aevb_lab.visitors import COOKIE, GRACE_SECONDS, VisitorCookie, Visitors, visitor_of
from vae_core.models import pack_model

pytestmark = pytest.mark.filterwarnings("default")  # Streamlit's own, outside a server
SECRET = "0123456789abcdef" * 2


# -- the cookie --------------------------------------------------------------------------------------------------


PAGE_HEADERS = [(b"content-type", b"text/html"), (b"Cache-Control", b"public, max-age=60")]


def cookies_set(name=b"set-cookie", **asked):
    """The cookies that come with the answer, or its other headers of a `name`."""
    return [value.decode() for key, value in headers_of_answer(**asked) if key.lower() == name]


def headers_of_answer(
    path="/", method="GET", accept="text/html,*/*", cookie="", kind="http", scheme="http", status=200
):
    async def answer(scope, receive, send):
        await send({"type": "http.response.start", "status": status, "headers": PAGE_HEADERS})
        await send({"type": "http.response.body", "body": b""})

    async def ask():
        sent = []

        async def send(message):
            sent.append(message)

        headers = [
            (name, value.encode("latin-1")) for name, value in ((b"accept", accept), (b"cookie", cookie)) if value
        ]
        scope = {"type": kind, "method": method, "path": path, "headers": headers, "scheme": scheme}
        await VisitorCookie(answer)(scope, None, send)
        return sent[0]["headers"]

    return run_apart(ask())


@pytest.mark.parametrize("path, status", [("/", 200), ("/train", 200), ("/train", 304)])
def test_a_browser_without_our_cookie_gets_one_with_any_page(path, status):
    (cookie,) = cookies_set(path=path, status=status)
    pair, *attributes = cookie.split("; ")
    assert sorted(attributes) == ["HttpOnly", "Path=/", "SameSite=Lax"]
    name, secret = pair.split("=")
    assert name == COOKIE and len(secret) == 32 and visitor_of({name: secret})
    assert cookies_set(path=path) != [cookie], "each gets another"
    assert "; Secure" in cookies_set(path=path, scheme="https")[0]


OF_OTHERS = [
    "other=1", 'settings={"a":1}', "[k]=1", "a name=1", "=value", "word", 'user="2|1:0|10:17=="', 'a="open', "t=a,b c", "a=1;;",
    "date=Wed, 21 Oct 2026", "path=/", "secure", "HttpOnly=1", "expires=0", "\xe4=\xf6", "a=\x00", "x" * 4000, "",
]  # fmt: skip


@pytest.mark.parametrize("other", OF_OTHERS)
def test_a_browser_with_our_cookie_keeps_it_whatever_other_programs_gave_it(other):
    for cookie in (f"{COOKIE}={SECRET}", f"{other}; {COOKIE}={SECRET}", f"{COOKIE}={SECRET};{other}"):
        assert cookies_set(cookie=cookie) == []


@pytest.mark.parametrize(
    "cookie",
    [f"{COOKIE}=", f"{COOKIE}=1", f"{COOKIE}={SECRET}0", f"{COOKIE}={SECRET.upper()}", "ä=ö", "=;;=\x00", COOKIE],
)
def test_a_cookie_that_is_not_ours_is_replaced(cookie):
    assert len(cookies_set(cookie=cookie)) == 1


def test_no_cache_that_several_browsers_share_keeps_an_answer_with_a_cookie():
    assert cookies_set(b"cache-control") == ["private, no-cache"]
    assert cookies_set(b"cache-control", cookie=f"{COOKIE}={SECRET}") == ["public, max-age=60"]


@pytest.mark.parametrize("other", [{"accept": "*/*"}, {"accept": ""}, {"method": "POST"}, {"method": "HEAD"}])
def test_only_pages_come_with_a_cookie(other):
    assert cookies_set(**other) == []


def test_a_name_is_the_cookies_and_does_not_tell_it():
    assert visitor_of({COOKIE: SECRET}) == visitor_of({COOKIE: SECRET, "other": "1"})
    assert visitor_of({COOKIE: SECRET}) != visitor_of({COOKIE: SECRET[::-1]})
    assert SECRET[:8] not in visitor_of({COOKIE: SECRET})
    assert visitor_of({}) is None and visitor_of({COOKIE: "guess"}) is None


# -- how long -----------------------------------------------------------------------------------------------------


@pytest.fixture
def make_visitors():
    made = []

    def make(grace=0.1, **options):
        gone = []
        visitors = Visitors(lambda name: gone.append(name) or [f"run of {name}"], grace=grace, **options)
        made.append(visitors)
        return visitors, gone

    yield make
    for visitors in made:
        visitors.close()


def test_who_stays_away_loses_everything_and_is_told_once(make_visitors):
    visitors, gone = make_visitors()
    visitors.arrive("ann", "1")
    visitors.arrive("ben", "2")
    visitors.belongings("ann")["uploads"] = {"my model": object()}
    visitors.leave("ann", "1")
    until(lambda: gone == ["ann"])
    until(lambda: (names := visitors.losses("ann")) == ["run of ann", "my model"] or names)
    assert visitors.losses("ann") == visitors.losses("ben") == [] and visitors.belongings("ann") == {}


def test_who_comes_back_in_time_keeps_everything(make_visitors):
    visitors, gone = make_visitors(grace=0.3)
    kept = visitors.belongings("ann")
    visitors.arrive("ann", "1")
    visitors.leave("ann", "1")
    visitors.arrive("ann", "a reload is another session")
    visitors.arrive("ben", "2")
    visitors.leave("ben", "2")
    until(lambda: gone == ["ben"])  # whose grace ends later than the first would have
    assert visitors.belongings("ann") is kept


def test_one_open_tab_is_enough(make_visitors):
    visitors, gone = make_visitors(grace=0.05)
    for session in ("1", "2"):
        visitors.arrive("ann", session)
    visitors.leave("ann", "1")
    visitors.arrive("ben", "3")
    visitors.leave("ben", "3")
    until(lambda: gone == ["ben"])
    visitors.leave("ann", "2")
    until(lambda: gone == ["ben", "ann"])


def test_a_session_that_got_its_connection_back_and_says_nothing_is_there(make_visitors):
    connected = {"1"}
    visitors, gone = make_visitors(grace=0.05, is_connected=lambda session: session in connected)
    visitors.arrive("ann", "1")
    visitors.leave("ann", "1")
    visitors.arrive("ben", "2")
    visitors.leave("ben", "2")
    until(lambda: gone == ["ben"])
    visitors.leave("ann", "1")
    visitors.leave("ben", "2")
    until(lambda: gone == ["ben", "ben"])
    connected.clear()
    until(lambda: gone == ["ben", "ben", "ann"])


def test_the_runtime_says_which_sessions_are_connected(monkeypatch):
    assert callable(runs.runtime.Runtime.is_active_session)
    monkeypatch.setattr("aevb_lab.visitors.GRACE_SECONDS", 0.02)
    monkeypatch.setattr(runs, "board", lambda: SimpleNamespace(forget=lambda name: gone.append(name) or []))
    connected, gone = {"1"}, []
    instance = SimpleNamespace(is_active_session=lambda session: session in connected)
    monkeypatch.setattr(runs.runtime, "exists", lambda: True)
    monkeypatch.setattr(runs.runtime, "get_instance", lambda: instance)
    runs.visitors.clear()
    visitors = runs.visitors()
    for name, session in (("ann", "1"), ("ben", "2")):
        visitors.arrive(name, session)
        visitors.leave(name, session)
    until(lambda: gone == ["ben"])
    connected.clear()
    until(lambda: gone == ["ben", "ann"])
    runs.visitors.clear()


def test_the_grace_is_at_least_that_of_a_session():
    assert GRACE_SECONDS >= 120


def test_a_grace_that_is_over_while_its_visitor_returns_does_nothing():
    asked, entered = threading.Event(), threading.Event()
    gone = []

    def is_connected(session):
        entered.set()
        asked.wait(DEADLINE)
        return False

    visitors = Visitors(lambda name: gone.append(name) or [], is_connected, grace=0.0)
    visitors.arrive("ann", "1")
    visitors.leave("ann", "1")
    assert entered.wait(DEADLINE)
    back = threading.Thread(target=visitors.arrive, args=("ann", "1"))  # waits for the decision
    back.start()
    asked.set()
    back.join(DEADLINE)
    assert gone in ([], ["ann"])
    visitors.leave("ann", "1")
    visitors.arrive("ann", "1")
    count = len(gone)
    visitors.arrive("ben", "2")
    visitors.leave("ben", "2")
    until(lambda: "ben" in gone)
    assert len(gone) == count + 1
    visitors.close()


def test_only_so_many_are_told_what_they_lost(make_visitors, monkeypatch):
    monkeypatch.setattr("aevb_lab.visitors.MOST_LOSSES", 3)
    visitors, gone = make_visitors(grace=0.0)
    for i in range(5):
        visitors.arrive(str(i), "1")
        visitors.leave(str(i), "1")
        until(lambda i=i: len(gone) == i + 1)
    until(lambda: sum(bool(visitors.losses(str(i))) for i in range(5)) == 3)


# -- what others see ---------------------------------------------------------------------------------------------


@pytest.fixture
def open_page(monkeypatch):
    monkeypatch.setattr("aevb_lab.jobs.board.Board.warm", lambda board: None)  # warm workers cost each test seconds

    def open_(cookies, view="train", **params):
        monkeypatch.setattr(runs, "visitor_of", lambda _: visitor_of(cookies))
        page = AppTest.from_file("../app/main.py", default_timeout=120)
        for key, value in params.items():
            page.query_params[key] = value
        page.run()
        page.switch_page(f"views/{view}.py").run()
        assert not page.exception, page.exception
        return page

    yield open_
    runs.board().shutdown()
    runs.board.clear()
    runs.visitors().close()
    runs.visitors.clear()


ANN, BEN = {COOKIE: SECRET}, {COOKIE: SECRET[::-1]}


@pytest.fixture
def anns_run(monkeypatch):
    """A run that ann trains, as far as pages see."""
    spec = JobSpec("digits", vc.ModelConfig(64, (8, 8)), vc.TrainConfig(seed=17))
    look = Look(3, np.zeros((297, 2), np.float32), np.zeros((2, 2, 64), np.uint8))
    snapshot = Snapshot(vc.History("digits", "dynamic"), state="running", look=look, step=3, total_steps=30)
    told = []
    commands = {name: (lambda name=name: told.append(name)) for name in ("pause", "resume", "step", "stop", "close")}
    job = SimpleNamespace(
        spec=spec, token="abcd1234", title="", owner=visitor_of(ANN), model_path=None, frames_path=None, told=told,
        snapshot=lambda: snapshot, wait=lambda *_: True, folder="nowhere", **commands,
    )  # fmt: skip
    runs.board().all_jobs[job.token] = job
    yield job
    runs.board().all_jobs.clear()


def enabled(page):
    return [
        key
        for key in ("start", "pause", "resume", "step", "stop", "reset")
        if not page.button(key=f"train_{key}").disabled
    ]


def test_another_browser_with_the_link_can_watch_and_nothing_else(open_page, anns_run):
    page = open_page(BEN, run=anns_run.token)
    assert page.info[0].value == "This run belongs to another browser. You can watch it, but not stop or change it."
    assert any("step 3 of 30" in text.value for text in page.markdown) and enabled(page) == ["start"]
    assert len(page.get("plotly_chart")) == 1, "the curve"
    assert sent_to(page, "plane_axes")[0]["revision"] == "train"
    page.number_input(key="train_seed").set_value(5).run()  # changes a widget, whatever happens to ann
    runs.visitors().leave(visitor_of(ANN), "session")
    page.number_input(key="train_seed").set_value(6).run()
    assert anns_run.owner == visitor_of(ANN) and runs.board().jobs(visitor_of(BEN)) == []
    assert page.info and enabled(page) == ["start"] and anns_run.told == []


def test_every_tab_of_the_browser_owns_its_runs(open_page, anns_run):
    for _ in range(2):
        page = open_page(ANN, run=anns_run.token)
        assert not page.info and enabled(page) == ["pause", "stop", "reset"]
    page.button(key="train_pause").click().run()
    assert anns_run.told == ["pause"]
    other = open_page(ANN)
    assert enabled(other) == ["start"], "a tab without the link has no current run yet"


def test_without_cookies_the_page_says_what_a_reload_loses(open_page, anns_run):
    page = open_page({}, run=anns_run.token)
    assert "keeps no cookies" in page.info[0].value and enabled(page) == ["start"]
    assert not open_page({}).info, "and nothing before"


def test_a_link_to_a_run_that_is_gone_says_so(open_page):
    assert "gone" in open_page(ANN, run="nowhere").info[0].value


def test_uploads_belong_to_the_browser_and_survive_a_reload(open_page):
    content = pack_model(vc.VAE(vc.ModelConfig(64, (8, 8)), generator=vc.randomness.seeded(0)), data="digits")
    page = open_page(ANN, "models")
    page.file_uploader[0].upload("mine.safetensors", content, "application/octet-stream").run()
    assert "mine" in page.success[0].value
    again = open_page(ANN, "reconstruct")
    assert "mine" in again.selectbox(key="model").options
    assert "mine" not in open_page(BEN, "reconstruct").selectbox(key="model").options


def test_what_was_lost_is_said_on_one_page(open_page, anns_run, monkeypatch):
    monkeypatch.setattr("aevb_lab.visitors.GRACE_SECONDS", 0.02)
    monkeypatch.setattr("aevb_lab.jobs.board.shutil", SimpleNamespace(rmtree=lambda *_, **__: None))
    runs.visitors.clear()
    ann, visitors = visitor_of(ANN), runs.visitors()
    visitors.belongings(ann)["uploads"] = {"my *model*": None}
    visitors.arrive(ann, "1")
    visitors.leave(ann, "1")
    until(lambda: visitors.belongings(ann) == {} and not runs.board().all_jobs)
    monkeypatch.setattr("aevb_lab.visitors.GRACE_SECONDS", 125.0)
    until(
        lambda: not any(isinstance(thread, threading.Timer) and thread.interval < 1 for thread in threading.enumerate())
    )
    page = open_page(ANN, run=anns_run.token)
    assert not page.warning, "it was said on the page before"
    warning = page.switch_page("views/latent_map.py").run().warning[0].value
    assert (
        "**my digits run abcd**" in warning and "**my \\*model\\***" in warning and "more than two minutes" in warning
    )
