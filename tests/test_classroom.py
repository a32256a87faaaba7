"""The room of a class without a browser: seats, follow me, answers, and what is refused. (Longer than other files: the
same room is tried by itself, through its addresses and through its socket.)"""

import asyncio
import csv
import io
import json
import secrets
from urllib.parse import quote

import pytest
from browsing import run_apart

from aevb_lab.classroom import rates, room, routes
from aevb_lab.classroom.answers import Answer, BadMessage, Question, as_csv, read_answer, summary
from aevb_lab.classroom.messages import Away, Follow, Link, Look, Places, read_message
from aevb_lab.guard import Guard

SECRET = "a-secret-for-tests"
QUESTION = Question("holes", 3, "which")


class Clock:
    """A clock that a test sets."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def classroom(clock):
    return room.Room(SECRET, clock)


def sit(classroom, visitor="ann", *, is_teacher=False, tab=None):
    """A seat whose parts have been sent; `woken` counts how often there was news."""
    woken = []
    seat = classroom.sit(tab or secrets.token_hex(8), visitor, is_teacher=is_teacher, wake=lambda: woken.append(1))
    seat.woken = woken
    classroom.news(seat)
    woken.clear()
    return seat


def given(value, kind="choice", id_=None, question=QUESTION):
    return Answer(id_ or secrets.token_hex(8), question, kind, value)


def record(**changes):
    fields = {
        "id": "0123456789abcdef",
        "lesson": "holes",
        "step": 3,
        "question": "which",
        "kind": "choice",
        "value": "VAE",
    }
    return json.dumps(fields | changes).encode()


# -- follow me ---------------------------------------------------------------------------------------------------


def test_a_pupil_who_comes_late_gets_the_last_state(classroom):
    teacher = sit(classroom, "teacher", is_teacher=True)
    classroom.hear(teacher, Follow(True))
    classroom.hear(teacher, Link("/train", "model=mnist-2d"))
    classroom.hear(teacher, Places({"z": (1.0, -0.5)}))
    late = classroom.sit("ab" * 8, "bob", is_teacher=False, wake=lambda: None)
    assert classroom.news(late) == {
        "lead": {"on": True, "mine": False, "move": 1, "link": {"path": "/train", "query": "model=mnist-2d"}},
        "places": {"z": [1.0, -0.5]},
        "display": None,
    }
    assert classroom.news(late) == {}


def test_a_slow_line_gets_the_newest_place_and_no_older_one(classroom):
    teacher, pupil = sit(classroom, "teacher", is_teacher=True), sit(classroom)
    classroom.hear(teacher, Follow(True))
    for step in range(50):
        classroom.hear(teacher, Places({"z": (float(step), 0.0)}))
    assert classroom.news(pupil) == {
        "lead": {"on": True, "mine": False, "move": 0, "link": None},
        "places": {"z": [49.0, 0.0]},
    }


def test_nobody_without_the_secret_can_lead(classroom):
    pupil = sit(classroom)
    for message in (Follow(True), Follow(False), Link("/train", ""), Places({"z": (0.0, 0.0)})):
        with pytest.raises(BadMessage, match="only the teacher can lead"):
            classroom.hear(pupil, message)
    assert classroom.lead == room.Lead()


def test_the_tab_that_was_asked_last_leads_and_others_say_nothing(classroom):
    first, second = (sit(classroom, "teacher", is_teacher=True) for _ in range(2))
    classroom.hear(first, Follow(True))
    classroom.hear(second, Follow(True))
    classroom.hear(first, Link("/train", ""))
    classroom.hear(first, Follow(False))
    assert classroom.lead.tab == second.tab and classroom.lead.link is None
    classroom.hear(second, Link("/bound", ""))
    classroom.hear(second, Follow(False))
    pupil = classroom.sit("cd" * 8, "bob", is_teacher=False, wake=lambda: None)
    news = classroom.news(pupil)
    assert news["lead"] == {"on": False, "mine": False, "move": 1, "link": None} and news["places"] == {}


def test_a_leading_tab_that_is_loaded_again_can_know_that_it_led(classroom):
    teacher = sit(classroom, "teacher", is_teacher=True)
    classroom.hear(teacher, Follow(True))
    again = classroom.sit("ef" * 8, "teacher", is_teacher=True, wake=lambda: None)
    assert classroom.news(again)["lead"]["tab"] == teacher.tab
    assert "tab" not in classroom.news(classroom.sit("cd" * 8, "bob", is_teacher=False, wake=lambda: None))["lead"]


def test_the_same_link_again_moves_nobody(classroom):
    teacher, pupil = sit(classroom, "teacher", is_teacher=True), sit(classroom)
    classroom.hear(teacher, Follow(True))
    classroom.hear(teacher, Link("/train", "a=1"))
    classroom.news(pupil)
    pupil.woken.clear()
    classroom.hear(teacher, Link("/train", "a=1"))
    assert pupil.woken == [] and classroom.news(pupil) == {}


# -- who is here -------------------------------------------------------------------------------------------------


def test_the_overview_has_numbers_of_browsers_and_no_names(classroom, clock):
    ann = [sit(classroom, "ann") for _ in range(8)]
    bob = sit(classroom, "bob")
    sit(classroom, "teacher", is_teacher=True)
    classroom.hear(bob, Look("/train", None))
    assert classroom.here() == 2
    assert classroom.overview() == {"here": 2, "away": 0, "pages": [("/", 8), ("/train", 1)], "leading": False}
    classroom.hear(bob, Away())
    assert (classroom.overview()["here"], classroom.overview()["away"]) == (1, 1)
    clock.now = room.AWAY_SECONDS + 1
    assert (classroom.overview()["here"], classroom.overview()["away"]) == (1, 0)
    assert "ann" not in json.dumps(classroom.overview()) and len(classroom.seats) == len(ann) + 1


def test_a_tab_that_lost_its_line_takes_its_seat_again(classroom):
    old = sit(classroom, "ann", tab="ab" * 8)
    classroom.hear(old, Look("/bound", None))
    new = sit(classroom, "ann", tab="ab" * 8)
    classroom.leave(old)  # the server hears of the old line's end only now
    assert classroom.here() == 1 and new.is_here and new.page == "/bound"
    with pytest.raises(room.RoomFull, match="another browser"):
        sit(classroom, "eve", tab="ab" * 8)


def test_seats_are_bounded(classroom, monkeypatch):
    monkeypatch.setattr(room, "MOST_SEATS", 30)
    for _ in range(room.MOST_SEATS_OF_A_BROWSER):
        sit(classroom, "ann")
    with pytest.raises(room.RoomFull, match="This browser has 24 tabs"):
        sit(classroom, "ann")
    for number in range(6):
        sit(classroom, f"pupil {number}")
    with pytest.raises(room.RoomFull, match="30 tabs"):
        sit(classroom, "late")


def test_a_browser_s_last_tries_are_kept_without_the_teacher_s(classroom):
    ann, teacher = sit(classroom), sit(classroom, "teacher", is_teacher=True)
    for number in range(9):
        classroom.hear(ann, Look("/bound", (0.6, 0.1 * number, 0.5)))
    classroom.hear(ann, Look("/bound", (0.6, 0.8, 0.5)))
    classroom.hear(teacher, Look("/bound", (0.6, 0.5, 0.5)))
    assert list(classroom.tries) == ["ann"] and len(classroom.tries["ann"]) == room.MOST_TRIES
    assert classroom.tries["ann"][-1] == (0.6, 0.8, 0.5)


# -- answers -----------------------------------------------------------------------------------------------------


def test_an_answer_that_comes_twice_counts_once_and_a_new_one_replaces_it(classroom):
    first = given("VAE", id_="a" * 16)
    assert classroom.answer("ann", first) and not classroom.answer("ann", first)
    assert classroom.answer("bob", given("PCA"))
    assert classroom.answer("ann", given("PCA"))
    assert not classroom.answer("ann", first), "an old answer that is sent again does not come back"
    assert classroom.summary(QUESTION)["values"] == [["PCA", 2]]
    assert classroom.questions() == {QUESTION: 2}


def test_answers_are_bounded(classroom, monkeypatch):
    monkeypatch.setattr(room, "MOST_ANSWERS", 5)
    monkeypatch.setattr(room, "MOST_QUESTIONS", 2)
    for number in range(2):
        classroom.answer("ann", given("VAE", question=Question("holes", number, "which")))
    with pytest.raises(room.RoomFull, match="2 questions"):
        classroom.answer("ann", given("VAE"))
    for _ in range(3):
        classroom.answer("ann", given("VAE", question=Question("holes", 0, "which")))
    with pytest.raises(room.RoomFull, match="5 answers"):
        classroom.answer("bob", given("VAE", question=Question("holes", 0, "which")))


def test_answers_are_shown_when_the_teacher_says_so_and_follow_later_ones(classroom):
    pupil = sit(classroom)
    classroom.answer("ann", given(2.0, "number"))
    assert classroom.news(pupil) == {}
    classroom.show(QUESTION)
    assert classroom.news(pupil)["display"]["values"] == [2.0]
    classroom.answer("bob", given(1.0, "number"))
    assert classroom.news(pupil)["display"]["values"] == [1.0, 2.0]
    classroom.show(None)
    assert classroom.news(pupil) == {"display": None}


def test_a_summary_has_no_givers_and_fits_a_screen():
    many = [given(float(number), "number") for number in reversed(range(1000))]
    numbers = summary(QUESTION, many)
    assert numbers["count"] == 1000 and len(numbers["values"]) <= 120 and numbers["values"] == sorted(numbers["values"])
    points = summary(QUESTION, [given((1.0, 2.34567), "point"), given("VAE"), given((0.0, 1.0), "point")])
    assert points["kind"] == "point" and points["values"] == [[0.0, 1.0], [1.0, 2.346]]
    assert summary(QUESTION, [])["values"] == []
    choices = summary(QUESTION, [given(f"choice {number}") for number in range(30)])
    assert choices["count"] == 30 and len(choices["values"]) == 12


def test_the_table_of_answers_is_anonymous_and_no_cell_is_a_formula():
    answers = [
        given("=1+1"),
        given(-1.5, "number"),
        given((0.5, -2.0), "point"),
        given("@evil"),
        given("VAE, of course"),
    ]
    rows = list(csv.reader(io.StringIO(as_csv(answers))))
    assert rows[0] == ["lesson", "step", "question", "kind", "value"]
    assert [row[4] for row in rows[1:]] == ["'=1+1", "'@evil", "VAE, of course", "-1.5", "0.5 -2"]
    assert as_csv(answers) == as_csv(list(reversed(answers))), "the order does not tell who answered when"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "JSON"),
        (b"\xff\xfe", "JSON"),
        (b"[" * 2000, "JSON"),
        (b"[1]", "JSON object"),
        (b"{}", "the fields"),
        (b" " * 5000, "may have 4096 bytes"),
        (record(more=1), "the fields"),
        (record(id="x"), "id must"),
        (record(id=5), "id must"),
        (record(lesson="../../etc"), "lesson must"),
        (record(lesson=None), "lesson must"),
        (record(question="Which?"), "question must"),
        (record(step=-1), "step must"),
        (record(step=True), "step must"),
        (record(step=1e300), "step must"),
        (record(kind="drawing"), "kind must"),
        (record(kind=["choice"]), "kind must"),
        (record(value=""), "a choice must"),
        (record(value="\u202e\u200b"), "a choice must"),
        (record(value="x" * 81), "a choice must"),
        (record(value=3), "a choice must"),
        (record(kind="number", value="3"), "value must"),
        (record(kind="number", value=float("nan")), "value must"),
        (record(kind="number", value=float("inf")), "value must"),
        (record(kind="number", value=1e7), "value must"),
        (record(kind="number", value=True), "value must"),
        (record(kind="number", value=10**400), "value must"),
        (record(kind="point", value=[1]), "a list of 2 numbers"),
        (record(kind="point", value={"x": 1}), "a list of 2 numbers"),
        (record(kind="point", value=[1, "2"]), "value must hold numbers"),
        (record(kind="curve", value=[1.0]), "a list of 2 to 64 numbers"),
        (record(kind="curve", value=[0.0] * 65), "a list of 2 to 64 numbers"),
    ],
)  # fmt: skip
def test_a_malformed_answer_gets_one_sentence(content, words):
    with pytest.raises(BadMessage, match=words) as error:
        read_answer(content)
    assert "\n" not in str(error.value) and len(str(error.value)) < 250


def test_the_four_kinds_of_answers_are_read():
    assert read_answer(record(value="  the  VAE\u200b ")).value == "the VAE"
    assert read_answer(record(kind="number", value=-2)).value == -2.0
    assert read_answer(record(kind="point", value=[1, 2.5])).value == (1.0, 2.5)
    assert read_answer(record(kind="curve", value=[1, 2, 3])).question == QUESTION


@pytest.mark.parametrize(
    "text",
    [
        None, "", "x", "[]", "{}", '{"follow": 1}', '{"follow": true, "away": true}', '{"lead": true}', '{"link": []}',
        '{"link": {"path": "//evil.example", "query": ""}}', '{"link": {"path": "/a/b", "query": ""}}',
        '{"link": {"path": "/..", "query": ""}}', '{"link": {"path": "/train"}}', '{"link": {"path": "/train", "query": "a b"}}',
        '{"link": {"path": "/train", "query": "\\n"}}', json.dumps({"link": {"path": "/train", "query": "a" * 2001}}),
        '{"places": {"Z": [1]}}', '{"places": {"z": []}}', '{"places": {"z": [NaN]}}', '{"places": {"z": [1e400]}}',
        json.dumps({"places": {"z": [0.0] * 65}}), json.dumps({"places": {f"z{i}": [0.0] for i in range(9)}}),
        '{"look": {"path": "javascript:alert(1)"}}', '{"look": {"path": "/bound", "best": [1, 2]}}', " " * 5000,
    ],
)  # fmt: skip
def test_a_malformed_message_is_refused(text):
    with pytest.raises(BadMessage):
        read_message(text)


def test_the_messages_are_read():
    assert read_message('{"away": true}') == Away() and read_message('{"follow": false}') == Follow(False)
    assert read_message('{"link": {"path": "/", "query": "?model=a&b=%20"}}') == Link("/", "model=a&b=%20")
    assert read_message('{"places": {"z": [1, -2.5]}}') == Places({"z": (1.0, -2.5)})
    assert read_message('{"look": {"path": "/bound", "best": null}}') == Look("/bound", None)


def test_a_bucket_allows_a_burst_and_then_its_rate(clock):
    bucket = rates.Bucket(2.0, 3.0, clock)
    assert [bucket.take() for _ in range(5)] == [True, True, True, False, False]
    clock.now = 1.0
    assert [bucket.take() for _ in range(3)] == [True, True, False]
    buckets = rates.Buckets(1.0, 1.0, clock)
    assert [buckets.take(name) for name in ("ann", "bob", "ann")] == [True, True, False]


def test_buckets_for_many_names_take_bounded_room(clock, monkeypatch):
    monkeypatch.setattr(rates, "MOST_BUCKETS", 10)
    buckets = rates.Buckets(1.0, 1.0, clock)
    assert all(buckets.take(str(number)) for number in range(1000)) and not buckets.take("999")
    assert buckets.take("0"), "it was forgotten"
    assert len(vars(buckets)["_buckets"]) == 10


# -- the addresses -----------------------------------------------------------------------------------------------

HOST, ORIGIN = "localhost:8501", "http://localhost:8501"


async def page(scope, receive, send):
    await send({"type": "http.response.start", "status": 299, "headers": []})
    await send({"type": "http.response.body", "body": b"the app"})


@pytest.fixture
def app(classroom):
    return routes.Classroom(page, classroom, routes.Acts(
        states=lambda: [("pupil", "running"), ("other", "queued")], stop_all=lambda: 7, reset_all=lambda: 3,
        lead_of=lambda view: view[1] if view[2] > 0 else None,
        words_of=lambda question: "Which one has <b>holes</b>?" if question == QUESTION else "",
    ))  # fmt: skip


def scope_of(kind, path, method="GET", cookie="", client="192.0.2.9", origin=ORIGIN):
    path, _, query = path.partition("?")
    headers = [(b"host", HOST.encode()), (b"origin", origin.encode())]
    if cookie:
        headers.append((b"cookie", cookie.encode()))
    scope = {"type": kind, "path": path, "query_string": query.encode(), "headers": headers, "client": (client, 5)}
    return scope | ({"method": method} if kind == "http" else {"extensions": {}})


async def ask(app, path, *, body=b"", **options):
    """Status, headers and body of the answer to a request; a body is sent in two parts."""
    sent = []
    parts = iter(
        [{"type": "http.request", "body": body[:50], "more_body": True}, {"type": "http.request", "body": body[50:]}]
    )

    async def receive():
        return next(parts)

    async def send(message):
        sent.append(message)

    await app(scope_of("http", path, **options), receive, send)
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], headers, sent[1]["body"]


def asked(app, path, **options):
    return run_apart(ask(app, path, **options))


def post(app, path, content, **options):
    status, _, body = asked(app, path, method="POST", body=content, **options)
    return status, json.loads(body)


class Socket:
    """A tab's socket: what it said waits in `words`, what it was sent in `news`."""

    def __init__(self, app, query="tab=" + "ab" * 8, **options):
        self.words, self.news = asyncio.Queue(), asyncio.Queue()
        self.words.put_nowait({"type": "websocket.connect"})
        scope = scope_of("websocket", f"{routes.LIVE}?{query}", **options)
        self.task = asyncio.create_task(app(scope, self.words.get, self.news.put))

    def say(self, record):
        text = record if isinstance(record, str) else json.dumps(record)
        self.words.put_nowait({"type": "websocket.receive", "text": text})

    async def hear(self):
        """The next message: its text as an object, or how the socket was closed."""
        message = await asyncio.wait_for(self.news.get(), 20)
        while message["type"] == "websocket.accept":
            message = await asyncio.wait_for(self.news.get(), 20)
        return json.loads(message["text"]) if "text" in message else message

    async def hear_until(self, part):
        while part not in (news := await self.hear()):
            pass
        return news[part]

    async def end(self, code=1001):
        self.words.put_nowait({"type": "websocket.disconnect", "code": code})
        await asyncio.wait_for(self.task, 20)


def teacher_cookie(classroom):
    return f"{routes.COOKIE}={classroom.token}"


def test_the_secret_becomes_a_cookie_and_leaves_the_address(app, classroom):
    status, headers, body = asked(app, f"/class/teach/{SECRET}")
    assert status == 303 and headers["location"] == "/class" and headers["cache-control"] == "no-store"
    assert headers["set-cookie"] == f"aevb_teacher={classroom.token}; Path=/; HttpOnly; SameSite=Lax"
    assert SECRET not in str(headers) and SECRET.encode() not in body and classroom.token != SECRET


@pytest.mark.parametrize(
    "path", ["", "x", SECRET[:-1], SECRET + "x", quote(SECRET + "é"), "../" + SECRET, "\udcff", "é"]
)
def test_a_wrong_secret_opens_nothing(app, path):
    status, headers, body = asked(app, f"/class/teach/{path}")
    assert (
        status == 403
        and "set-cookie" not in headers
        and body.decode().startswith("This link is not the teacher's link")
    )


def test_who_guesses_secrets_soon_has_to_wait(app):
    statuses = [asked(app, "/class/teach/guess")[0] for _ in range(40)]
    assert statuses[:20] == [403] * 20 and statuses[-1] == 429
    assert asked(app, f"/class/teach/{SECRET}")[0] == 303, "the teacher does not wait for guesses of others"


def test_all_other_addresses_are_the_app_s(app):
    assert [asked(app, path)[0] for path in ("/", "/class", "/class/other", "/train")] == [299] * 4


@pytest.mark.parametrize(
    "cookie", ["", "aevb_teacher=", "aevb_teacher=x", "aevb_teacher=" + SECRET, "aevb_teacher=" + "0" * 32]
)
def test_the_board_is_the_teacher_s_alone(app, cookie):
    for path, method in (
        ("/class/board", "GET"),
        ("/class/answers.csv", "GET"),
        ("/class/answers.html", "GET"),
        ("/class/orders", "POST"),
    ):
        status, _, body = asked(app, path, method=method, cookie=cookie, body=b'{"order": "stop_all"}')
        assert status == 403 and json.loads(body) == {"error": "Only the teacher of this class may do this."}


def test_the_board_counts_and_obeys(app, classroom):
    cookie = teacher_cookie(classroom)
    sit(classroom, "pupil")
    classroom.tries |= {
        "pupil": [(0.6, 0.25, 0.5), (0.6, -1.0, 0.5)],
        "liar": [(0.6, 9.0, -1.0)],
        "other": [(0.6, -2.0, 0.5)],
    }
    classroom.answer("pupil", given("VAE"))
    board = json.loads(asked(app, "/class/board", cookie=cookie)[2])
    assert (board["here"], board["training"], board["waiting"], board["runs"]) == (1, 1, 0, 2), (
        "others' runs are not the class's"
    )
    assert board["toy"] == {"tried": 2, "beat": 1, "lead": 0.25}
    assert board["questions"] == [["holes", 3, "which", 1]] and board["answers"]["values"] == [["VAE", 1]]
    show = {"order": "show", "lesson": "holes", "step": 3, "question": "which"}
    assert post(app, "/class/orders", json.dumps(show).encode(), cookie=cookie) == (200, {"done": "show", "runs": 0})
    assert classroom.display == QUESTION
    assert (
        json.loads(asked(app, "/class/board?lesson=holes&step=9&question=q", cookie=cookie)[2])["answers"]["count"] == 0
    )
    assert post(app, "/class/orders", b'{"order": "hide"}', cookie=cookie)[0] == 200 and classroom.display is None
    assert post(app, "/class/orders", b'{"order": "stop_all"}', cookie=cookie) == (200, {"done": "stop_all", "runs": 7})
    assert post(app, "/class/orders", b'{"order": "reset_all"}', cookie=cookie)[1]["runs"] == 3
    assert post(app, "/class/orders", b'{"order": "rm"}', cookie=cookie)[0] == 400
    assert asked(app, "/class/board?lesson=x&step=%00&question=q", cookie=cookie)[0] == 400
    status, headers, table = asked(app, "/class/answers.csv", cookie=cookie)
    assert status == 200 and headers["content-type"].startswith("text/csv") and b"holes,3,which,choice,VAE\r\n" in table
    assert board["words"] == ["Which one has <b>holes</b>?"]


def test_a_question_that_is_shown_has_its_words(app, classroom):
    cookie, pupil = teacher_cookie(classroom), sit(classroom, "pupil")
    classroom.answer("pupil", given("VAE"))
    classroom.news(pupil)
    show = {"order": "show", "lesson": "holes", "step": 3, "question": "which"}
    assert post(app, "/class/orders", json.dumps(show).encode(), cookie=cookie)[0] == 200
    assert classroom.news(pupil)["display"]["words"] == "Which one has <b>holes</b>?"


def test_the_sheet_has_each_question_and_answer_as_text(app, classroom):
    cookie = teacher_cookie(classroom)
    status, headers, page = asked(app, "/class/answers.html", cookie=cookie)
    assert status == 200 and headers["content-type"].startswith("text/html") and b"Nobody has answered" in page
    classroom.answer("one", given("<img src=x onerror=alert(1)>"))
    shapes = {"number": -2.5, "point": (0.5, -1.0), "curve": (0.0, 1.0, 0.5), "loop": (0.0, 0.0, 1.0, 0.0, 1.0, 1.0)}
    for step, (kind, value) in enumerate(shapes.items(), 4):
        classroom.answer("one", Answer(f"{step:016x}", Question("holes", step, "q"), kind, value))
    page = asked(app, "/class/answers.html", cookie=cookie)[2].decode()
    assert "Which one has &lt;b&gt;holes&lt;/b&gt;?" in page and "&lt;img src=x onerror=alert(1)&gt;" in page
    assert "<img" not in page and "<b>" not in page and "<script" not in page
    assert page.count("<section>") == 5 and page.count("1 answer ") == 5
    assert (
        "−2.5" in page
        and "(0.5, −1)" in page
        and page.count("<polyline") == page.count("<polygon") == page.count("<circle") == 1
    )


@pytest.mark.parametrize("value", [[0, 0, 1, 1], [0, 0, 1, 1, 2], [0] * 7, "abc", [0, 0, 1, 1, 1, None], [0] * 66])
def test_what_is_no_loop_is_told_in_one_sentence(value):
    with pytest.raises(BadMessage) as error:
        read_answer(record(kind="loop", value=value))
    assert "\n" not in str(error.value)
    assert read_answer(record(kind="loop", value=[0, 0, 1, 0, 1, 1])).value == (0.0, 0.0, 1.0, 0.0, 1.0, 1.0)


TAB = "?tab=" + "ab" * 8


def test_an_answer_is_kept_once_and_the_reply_says_so(app, classroom):
    assert post(app, f"/class/answers{TAB}", record()) == (200, {"kept": "0123456789abcdef", "new": True})
    assert post(app, f"/class/answers{TAB}", record()) == (200, {"kept": "0123456789abcdef", "new": False})
    assert classroom.questions() == {QUESTION: 1}


def test_what_is_no_answer_gets_one_clear_reply(app):
    assert post(app, f"/class/answers{TAB}", b"{}")[0] == 400
    status, headers, body = asked(app, f"/class/answers{TAB}", method="POST", body=b"x" * 5000)
    assert (status, headers["connection"]) == (413, "close") and json.loads(body) == {
        "error": "A message may have 4096 bytes."
    }
    assert asked(app, f"/class/answers{TAB}")[0] == 405
    assert post(app, "/class/answers?tab=../x", record())[0] == 400
    assert post(app, "/class/answers", record())[0] == 400


def test_a_flood_of_answers_waits_and_others_do_not(app):
    flood = [post(app, f"/class/answers{TAB}", record(id=f"{number:016x}"))[0] for number in range(60)]
    assert flood[:40] == [200] * 40 and flood[-1] == 429
    assert post(app, "/class/answers?tab=" + "cd" * 8, record(id="f" * 16))[0] == 200


def test_a_full_room_keeps_the_answer_in_the_browser(app, monkeypatch):
    monkeypatch.setattr(room, "MOST_ANSWERS", 0)
    assert post(app, f"/class/answers{TAB}", record())[0] == 503


def test_a_body_that_never_ends_is_not_waited_for(app, monkeypatch):
    monkeypatch.setattr(routes, "BODY_SECONDS", 0.05)

    async def never():
        await asyncio.sleep(60)

    async def ask_slowly():
        sent = []

        async def send(message):
            sent.append(message)

        await app(scope_of("http", f"/class/answers{TAB}", method="POST"), never, send)
        return sent[0]["status"]

    assert run_apart(ask_slowly()) == 408


# -- the socket --------------------------------------------------------------------------------------------------


def test_the_teacher_s_point_reaches_a_pupil_and_a_late_one(app, classroom):
    async def lesson():
        teacher = Socket(app, "tab=" + "01" * 8, cookie=teacher_cookie(classroom))
        pupil = Socket(app, "tab=" + "02" * 8)
        first = await teacher.hear()
        assert first["teacher"] is True and first["room"] == classroom.name and (await pupil.hear())["teacher"] is False
        teacher.say({"follow": True})
        assert (await pupil.hear_until("lead"))["on"] is True
        teacher.say({"link": {"path": "/train", "query": "model=mnist-2d"}})
        assert (await pupil.hear_until("lead"))["link"] == {"path": "/train", "query": "model=mnist-2d"}
        teacher.say({"places": {"z": [0.5, 1.5]}})
        assert await pupil.hear_until("places") == {"z": [0.5, 1.5]}
        assert (await teacher.hear_until("lead"))["mine"] is True
        late = Socket(app, "tab=" + "03" * 8)
        state = await late.hear()
        assert state["places"] == {"z": [0.5, 1.5]} and state["lead"]["link"]["path"] == "/train"
        for socket in (teacher, pupil, late):
            await socket.end()
        assert classroom.here() == 0

    run_apart(lesson())


def test_a_pupil_that_wants_to_lead_is_told_who_can(app, classroom):
    async def lesson():
        pupil = Socket(app, cookie=f"aevb_teacher={SECRET}")
        await pupil.hear()
        pupil.say({"follow": True})
        assert (await pupil.hear())["error"].startswith("only the teacher can lead")
        pupil.say("nonsense")
        assert "JSON" in (await pupil.hear())["error"]
        await pupil.end()
        assert classroom.lead.tab is None

    run_apart(lesson())


def test_a_quiet_line_gets_a_sign_of_life(app, monkeypatch):
    monkeypatch.setattr(routes, "HEARTBEAT_SECONDS", 0.02)

    async def wait():
        pupil = Socket(app)
        await pupil.hear()
        assert await pupil.hear() == {} and await pupil.hear() == {}
        await pupil.end()

    run_apart(wait())


def test_a_tab_that_floods_is_closed_and_moves_nobody(app, classroom):
    async def flood():
        teacher = Socket(app, cookie=teacher_cookie(classroom))
        await teacher.hear()
        teacher.say({"follow": True})
        for number in range(2000):
            teacher.say({"link": {"path": "/", "query": f"n={number}"}})
        while isinstance(news := await teacher.hear(), dict) and "code" not in news:
            pass
        assert news["code"] == 1008 and classroom.lead.move < 200
        await asyncio.wait_for(teacher.task, 20)

    run_apart(flood())


@pytest.mark.parametrize("query", ["", "tab=", "tab=x", "tab=" + "a" * 33, "tab=" + "A" * 16])
def test_a_socket_without_a_name_is_closed_with_the_reason(app, query):
    async def connect():
        socket = Socket(app, query)
        closing = await socket.hear()
        assert closing["code"] == 1008 and "tab must be" in closing["reason"]
        await asyncio.wait_for(socket.task, 20)

    run_apart(connect())


def test_one_address_cannot_take_all_seats(app, monkeypatch):
    monkeypatch.setattr(routes, "MOST_SEATS_OF_AN_ADDRESS", 3)

    async def connect():
        sockets = [Socket(app, f"tab={number:016x}") for number in range(3)]
        for socket in sockets:
            await socket.hear()
        assert (await Socket(app, "tab=" + "f" * 16).hear())["code"] == 1013
        other = Socket(app, "tab=" + "e" * 16, client="192.0.2.10")
        assert "room" in await other.hear()
        await sockets[0].end()
        again = Socket(app, "tab=" + "d" * 16)
        assert "room" in await again.hear()
        for socket in (*sockets[1:], other, again):
            await socket.end()

    run_apart(connect())


def test_when_the_server_ends_a_dead_line_does_not_delay_it(app, monkeypatch):
    """The server's own code for its end, and a connection whose other side is gone."""
    monkeypatch.setattr(routes, "ABORT_SECONDS", 0.01)
    aborted = []

    class Protocol:
        conn = type("Connection", (), {"max_message_size": 1 << 30})()
        transport = type("Transport", (), {"abort": lambda self: aborted.append(1)})()

        async def send(self, message):
            pass

    async def end():
        protocol, messages = Protocol(), asyncio.Queue()
        for message in ({"type": "websocket.connect"}, {"type": "websocket.disconnect", "code": 1012}):
            messages.put_nowait(message)
        await app(scope_of("websocket", f"{routes.LIVE}{TAB}"), messages.get, protocol.send)
        while not aborted:
            await asyncio.sleep(0.01)
        assert protocol.conn.max_message_size == 16384, "nobody can make the server keep a huge message"

    run_apart(end())


def test_the_guard_stands_before_the_class(app, classroom):
    guarded = Guard(app, ["lab.example"], own_sockets=[routes.LIVE])
    assert asked(guarded, f"/class/answers{TAB}", method="POST", body=record(), origin="http://evil.example")[0] == 403
    assert asked(guarded, f"/class/answers{TAB}", method="POST", body=record())[0] == 200

    async def connect(origin):
        socket = Socket(guarded, origin=origin)
        first = await socket.hear()
        if "room" in first:
            socket.say({"look": {"path": "/train"}})
            while [seat.page for seat in classroom.seats.values()] != ["/train"]:
                await asyncio.sleep(0.01)
            await socket.end()
        return first

    assert run_apart(connect("http://evil.example")) == {"type": "websocket.close", "code": 1008}
    assert "room" in run_apart(connect(ORIGIN))


def test_a_server_has_one_room_or_none():
    assert room.room() is None
    opened = room.open_room(SECRET)
    assert room.room() is opened and opened.is_secret(SECRET)
    room.ROOMS.clear()
    assert room.room() is None
