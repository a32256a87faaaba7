"""Pupils and a teacher without browsers: light clients of a class, which speak as `class_card` does."""

import asyncio
import http.client
import json
import secrets
import time
from contextlib import suppress
from urllib.parse import urlsplit

import websockets


class Client:
    """One tab at a class's server. `places` are the values of the teacher's point that came, each with the time of its arrival."""

    def __init__(self, url, cookie=""):
        self.url, self.tab = url, secrets.token_hex(8)
        self.cookie = cookie or f"aevb_visitor={secrets.token_hex(16)}"
        self.state, self.places, self.kept = {}, [], set()
        self.changed = asyncio.Event()

    async def open(self):
        address = f"{self.url.replace('http', 'ws', 1)}/class/live?tab={self.tab}"
        self.socket = await websockets.connect(address, additional_headers={"Cookie": self.cookie}, compression=None)
        self.listener = asyncio.create_task(self.listen())
        await self.wait_for(lambda state: "room" in state)
        return self

    async def listen(self):
        with suppress(websockets.ConnectionClosed):
            async for text in self.socket:
                news, now = json.loads(text), time.perf_counter()
                self.state |= news
                if news.get("places") and "room" not in news:  # else it was said before this one came
                    self.places.append((news["places"]["z"], now))
                self.changed.set()

    async def wait_for(self, is_reached, seconds=60):
        async with asyncio.timeout(seconds):
            while not is_reached(self.state):
                self.changed.clear()
                await self.changed.wait()

    async def say(self, **message):
        await self.socket.send(json.dumps(message))

    async def close(self):
        await self.socket.close()
        await self.listener

    async def ask(self, path, record=None):
        """Status and JSON of the answer to a request; a POST where there is a record."""
        return await asyncio.to_thread(self.ask_now, path, record)

    def ask_now(self, path, record=None):
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=30)
        try:
            body = None if record is None else json.dumps(record)
            connection.request("GET" if body is None else "POST", path, body, {"Cookie": self.cookie})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or b"null")
        finally:
            connection.close()

    async def answer(self, letter):
        """Send an answer until the server has it, as a browser does."""
        while letter["id"] not in self.kept:
            try:
                status, _ = await self.ask(f"/class/answers?tab={self.tab}", letter)
            except OSError:
                status = 0
            if status == 200:
                self.kept.add(letter["id"])
            else:
                await asyncio.sleep(0.2)


def letter_of(step, value, kind="number"):
    """An answer as a browser posts it."""
    fields = {"id": secrets.token_hex(12), "lesson": "test", "step": step, "question": "q"}
    return fields | {"kind": kind, "value": value}


def teacher_of(server):
    """A teacher who has come by the link; the secret has become a cookie."""
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=30)
    connection.request("GET", urlsplit(server.teachers_link).path)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return Client(server.url, answer.headers["set-cookie"].split(";")[0])
