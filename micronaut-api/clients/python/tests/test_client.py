# SPDX-License-Identifier: Apache-2.0
"""What the client does with answers that fail, against small servers of the standard library."""

from __future__ import annotations

import http.client
import http.server
import json
import logging
import os
import socket
import threading
import time
import unittest
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import mnemogrid as m

SECRET = "mg_12345678_" + "s" * 43 + "abcdef"


class Handler(http.server.BaseHTTPRequestHandler):
    """Plays the next line of its server's script for each request; the last line stays."""

    protocol_version = "HTTP/1.1"
    server: Fake

    def play(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with self.server.lock:
            self.server.seen.append((self.command, self.path, dict(self.headers), body))
            script = self.server.script
            line = script.pop(0) if len(script) > 1 else script[0]
        line(self, body)

    do_GET = do_POST = do_PUT = do_PATCH = play

    def log_message(self, *_: Any) -> None:
        pass

    def answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in ({"Content-Type": "application/json", "Content-Length": str(len(body))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


Line = Callable[[Handler, bytes], None]


class Fake(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, script: list[Line]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.script = script
        self.seen: list[tuple[str, str, dict[str, str], bytes]] = []
        self.lock = threading.Lock()
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, *_: Any) -> None:
        pass

    def bodies(self, method: str = "POST") -> list[bytes]:
        return [body for command, _, _, body in self.seen if command == method]


@contextmanager
def fake(*script: Line) -> Iterator[Fake]:
    server = Fake(list(script))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def say(status: int, value: Any, **headers: str) -> Line:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return lambda handler, _: handler.answer(
        status, body, {name.replace("_", "-"): text for name, text in headers.items()}
    )


def problem(status: int, code: str, more: dict[str, Any] | None = None, **headers: str) -> Line:
    members = {
        "status": status,
        "code": code,
        "detail": f"about {code}",
        "hint": "go on",
        "request_id": "r1",
        "errors": [],
    }
    return say(status, members | (more or {}), Content_Type="application/problem+json", **headers)


def committed(version: int = 1, outcome: str = "applied", **more: Any) -> Line:
    def line(handler: Handler, body: bytes) -> None:
        update_id = handler.headers.get("Idempotency-Key") or json.loads(body)["update_id"]
        answer = {"outcome": outcome, "version": version, "root": "0x" + "0" * 64, "update_id": update_id, "space": "s"}
        answer |= {"applied": [], "superseded": [], "overrode": []} | more
        handler.answer(201, json.dumps(answer).encode(), {"ETag": f'"{version}.0123456789abcdef"'})

    return line


def lost(handler: Handler, _: bytes) -> None:
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)


def half(handler: Handler, _: bytes) -> None:
    handler.answer(201, b'{"outcome":', {"Content-Length": "500"})
    lost(handler, b"")


def beheaded(handler: Handler, _: bytes) -> None:
    """Breaks off within the headers, where http.client sees an answer without a body."""
    handler.wfile.write(b"HTTP/1.1 201 Created\r\nETag: 3\r\nContent-Le")
    lost(handler, b"")


def slow(handler: Handler, _: bytes) -> None:
    time.sleep(1.5)
    lost(handler, b"")


NOTHING_YET = say(200, {"items": [], "next": None})
IN_THE_LOG = say(200, {"items": [{"version": 7}], "next": None})


def closed_url() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


class ClientTest(unittest.TestCase):
    def setUp(self) -> None:
        for patch in (mock.patch.object(m._Pause, "FIRST", 0.005), mock.patch.dict(os.environ, {"MNEMOGRID_KEY": ""})):
            patch.start()
            self.addCleanup(patch.stop)
        logging.disable(logging.CRITICAL)
        self.addCleanup(logging.disable, logging.NOTSET)

    def space(self, *urls: str, **options: Any) -> m.Space:
        client = m.Client(list(urls), **({"author": "me", "timeout": 1.0, "deadline": 20.0} | options))
        self.addCleanup(client.close)
        return client.space("s", create=False)


class Writes(ClientTest):
    def test_sends_the_same_bytes_under_one_id_until_the_outcome_is_known(self) -> None:
        script = [
            problem(503, "not-applied", Retry_After="0"),
            say(202, {"outcome": "unknown", "update_ids": ["x"]}),
            lost,
            half,
            beheaded,
            slow,
            problem(500, "internal"),
            problem(429, "rate", Retry_After="0"),
            say(502, b"<html>", Content_Type="text/html"),
            committed(3, "merged"),
        ]
        with fake(*script) as server:
            commit = self.space(server.url).commit({"a": 1, "b": m.DELETE}, base=2)
            self.assertEqual((commit.outcome, commit.version), ("merged", 3))
            # Nothing else was asked: each of these is sent again as it was.
            self.assertEqual(len(server.seen), len(script))
            self.assertEqual(len(set(server.bodies())), 1)
            delta = json.loads(server.bodies()[0])
            self.assertEqual(delta["update_id"], commit.update_id)
            self.assertEqual(delta["changes"], {"added": [{"key": "a", "value": 1}], "deleted": [{"key": "b"}]})
            self.assertEqual(server.seen[0][2]["Prefer"], "return=minimal")

    def test_raises_outcome_unknown_at_the_deadline_and_can_go_on_later(self) -> None:
        with fake(say(202, {})) as server:
            with self.assertRaises(m.OutcomeUnknown) as raised:
                self.space(server.url, deadline=0.3).commit({"a": 1}, base=0, update_id="mine")
            self.assertEqual(raised.exception.update_id, "mine")
            self.assertIn("mine", str(raised.exception))
            server.script[:] = [committed(4, duplicate=True)]
            later = raised.exception.retry()
            self.assertTrue(later.duplicate)
            self.assertEqual(len(set(server.bodies())), 1)

    def test_what_was_never_sent_is_no_unknown_outcome(self) -> None:
        with self.assertRaises(m.Unreachable):
            self.space(closed_url(), deadline=0.2).commit({"a": 1}, base=0)
        with fake(problem(503, "not-applied", Retry_After="0")) as server:
            with self.assertRaises(m.Problem) as raised:
                self.space(server.url, deadline=0.3).commit({"a": 1}, base=0)
            self.assertEqual(raised.exception.code, "not-applied")

    def test_a_refusal_after_a_lost_answer_is_looked_up_by_its_id(self) -> None:
        with fake(lost, problem(412, "precondition-failed"), IN_THE_LOG, committed(7, duplicate=True)) as server:
            commit = self.space(server.url).commit({"a": 1}, base=0, if_match="6.0123456789abcdef")
            self.assertEqual((commit.version, commit.duplicate), (7, True))
            self.assertEqual(server.seen[0][2]["If-Match"], '"6.0123456789abcdef"')
            self.assertIn(f"update_id={commit.update_id}", server.seen[2][1])
        with fake(lost, problem(412, "precondition-failed"), NOTHING_YET) as server:
            with self.assertRaises(m.Problem):
                self.space(server.url).commit({"a": 1}, base=0)
        with fake(lost, problem(409, "update-id-reused"), IN_THE_LOG) as server:
            with self.assertRaises(m.Problem):
                self.space(server.url).commit({"a": 1}, base=0)
            self.assertEqual(len(server.seen), 2)
        with fake(lost, problem(401, "key-unknown")) as server:
            with self.assertRaises(m.OutcomeUnknown):
                self.space(server.url).commit({"a": 1}, base=0)

    def test_a_plain_refusal_is_raised_with_all_that_it_says(self) -> None:
        with fake(problem(409, "strict-conflict", {"head": 4, "conflicts": [{"path": "/a"}]})) as server:
            with self.assertRaises(m.Problem) as raised:
                self.space(server.url).commit({"a": 1}, base=0, strict=True, reads=["b"], old_values={"a": 0})
            found = raised.exception
            self.assertEqual(
                (found.status, found.code, found.hint, found.request_id), (409, "strict-conflict", "go on", "r1")
            )
            self.assertEqual((found.members["head"], found.errors), (4, []))
            self.assertEqual(len(server.seen), 1)
            delta = json.loads(server.bodies()[0])
            self.assertEqual((delta["strict"], delta["reads"]), (True, ["b"]))
            self.assertEqual(delta["changes"], {"modified": [{"key": "a", "new_value": 1, "old_value": 0}]})

    def test_damage_is_not_asked_again(self) -> None:
        with fake(problem(503, "log-damaged")) as server:
            with self.assertRaises(m.Problem):
                self.space(server.url).get()
            self.assertEqual(len(server.seen), 1)

    def test_waits_as_long_as_retry_after_says(self) -> None:
        with fake(problem(429, "rate", Retry_After="1"), committed()) as server:
            began = time.monotonic()
            self.space(server.url).commit({"a": 1}, base=0)
            self.assertGreaterEqual(time.monotonic() - began, 1.0)
        with fake(problem(429, "rate", Retry_After="100")) as server:
            began = time.monotonic()
            with self.assertRaises(m.Problem):
                self.space(server.url).commit({"a": 1}, base=0)
            self.assertLess(time.monotonic() - began, 10.0)
        self.assertIsNone(m._retry_after("soon"))
        self.assertEqual(m._retry_after("Wed, 21 Oct 2015 07:28:00 GMT"), 0.0)

    def test_goes_to_the_next_member_and_stays_there(self) -> None:
        with fake(committed()) as server:
            space = self.space(closed_url(), server.url)
            space.commit({"a": 1}, base=0)
            space.commit({"a": 2}, base=1)
            self.assertEqual(len(server.seen), 2)
        with fake(lost) as first, fake(committed(duplicate=True)) as second:
            self.space(first.url, second.url).commit({"a": 1}, base=0)
            self.assertEqual(first.bodies(), second.bodies())

    def test_patch_and_rollback_have_ids_too(self) -> None:
        with fake(lost, committed(2), lost, committed(3)) as server:
            space = self.space(server.url)
            patched = space.patch(merge={"a": None})
            self.assertEqual({seen[2]["Idempotency-Key"] for seen in server.seen}, {patched.update_id})
            self.assertEqual(server.seen[0][2]["Mnemogrid-Author"], "me")
            self.assertEqual(server.seen[0][2]["Content-Type"], "application/merge-patch+json")
            back = space.rollback(1)
            self.assertEqual(json.loads(server.bodies()[0])["update_id"], back.update_id)
            self.assertEqual(len(set(server.bodies())), 1)
            with self.assertRaises(ValueError):
                space.patch()

    def test_refuses_what_cannot_be_sent(self) -> None:
        space = self.space(closed_url())
        for wrong in (
            lambda: space.commit({}, base=0),
            lambda: space.commit({"a": 2**53 + 1}, base=0),
            lambda: space.commit({"a": "x" * m.MAX_REQUEST_BYTES}, base=0),
            lambda: space.commit({"a": 1}, base=0, update_id="no spaces"),
            lambda: space.commit({"a": 1}, base=0, author="no spaces"),
            lambda: space.commit({"a": 1}, base=0, old_values={"b": 1}),
            lambda: m.Client("http://127.0.0.1").space("No", create=False),
            lambda: m.Client("http://127.0.0.1").space("s", create=False).commit({"a": 1}, base=0),
        ):
            with self.assertRaises(ValueError):
                wrong()
        ids = [m.new_update_id() for _ in range(50)]
        self.assertEqual(len(set(ids)), 50)
        self.assertTrue(all(one[14] == "7" and one[19] in "89ab" for one in ids))


class Loops(ClientTest):
    def test_compute_begins_again_when_another_head_is_there(self) -> None:
        script = [
            say(200, 4, ETag='"7.0123456789abcdef"'),
            problem(412, "precondition-failed"),
            say(200, 5, ETag='"8.0123456789abcdef"'),
            committed(9),
        ]
        with fake(*script) as server:
            value, commit = self.space(server.url).compute("n", lambda old: old + 1)
            self.assertEqual((value, commit.version), (6, 9))
            first, second = map(json.loads, server.bodies())
            self.assertNotEqual(first["update_id"], second["update_id"])
            self.assertEqual((first["base"], second["base"]), (7, 8))
            self.assertEqual(server.seen[3][2]["If-Match"], '"8.0123456789abcdef"')

    def test_compute_takes_the_default_where_nothing_stands(self) -> None:
        head = {"version": 3, "root": "0x", "log_root": "0x", "leaves": 0, "finalized_version": 0}
        nothing = problem(404, "nothing-there")
        with fake(nothing, say(200, head, ETag='"3.0123456789abcdef"'), nothing, committed(4)) as server:
            value, _ = self.space(server.url).compute("n", lambda old: old + 1, default=0)
            self.assertEqual(value, 1)
            self.assertEqual(server.seen[3][2]["If-Match"], '"3.0123456789abcdef"')
            self.assertIn("at=3", server.seen[2][1])

    def test_a_turn_commits_onto_the_version_that_it_saw(self) -> None:
        summary = {"summary": "x" * 2001, "policies": {"p": 1}, "version": 5, "root": "0x", "space": "s"}
        with fake(say(200, summary, ETag='"5.0123456789abcdef"'), say(200, "seen"), committed(6)) as server:

            def bot(turn: m.Turn) -> Any:
                self.assertEqual((turn.policies, turn.version, turn.get("a")), ({"p": 1}, 5, "seen"))
                turn.set("a", 1)
                turn.delete("b")
                return "done"

            time = "2026-02-05T19:00:00.000Z"
            result = self.space(server.url).turn(bot, update_id="turn-1", timestamp=time)
            self.assertEqual((result.value, result.base), ("done", 5))
            sent = json.loads(server.bodies()[0])
            self.assertEqual((sent["update_id"], sent["timestamp"], sent["type"]), ("turn-1", time, "turn"))
            self.assertEqual(len(result.warnings), 1)
            self.assertIn("2001", result.warnings[0])
            self.assertEqual(json.loads(server.bodies()[0])["base"], 5)
            self.assertIn("at=5", server.seen[1][1])

    def test_a_turn_that_changes_nothing_or_fails_commits_nothing(self) -> None:
        summary = {"summary": None, "policies": None, "version": 0, "root": "0x", "space": "s"}
        with fake(say(200, summary, ETag='"0.0000000000000000"')) as server:
            self.assertIsNone(self.space(server.url).turn(lambda turn: None).commit)
            with self.assertRaises(KeyError):
                self.space(server.url).turn(lambda turn: {}["no"])
            self.assertEqual(server.bodies(), [])


class Reads(ClientTest):
    def test_comes_again_by_itself(self) -> None:
        with fake(
            lost, half, beheaded, problem(503, "busy", Retry_After="0"), say(200, [1], ETag='"2.0123456789abcdef"')
        ) as server:
            read = self.space(server.url).read("a")
            self.assertEqual((read.value, read.version), ([1], 2))

    def test_gives_up_at_the_deadline(self) -> None:
        began = time.monotonic()
        with self.assertRaises(m.Unreachable):
            self.space(closed_url(), closed_url(), deadline=0.3).get()
        self.assertLess(time.monotonic() - began, 10.0)

    def test_an_answer_is_bounded(self) -> None:
        with (
            mock.patch.object(m, "MAX_ANSWER_BYTES", 1000),
            fake(say(200, "x" * 2000, ETag='"1.0123456789abcdef"')) as server,
        ):
            with self.assertRaises(m.BadAnswer):
                self.space(server.url).get()

    def test_an_answer_that_no_member_gives_is_said(self) -> None:
        for line in (say(200, b"{"), say(200, b'{"a":1,"a":2}'), say(200, {"a": 1})):
            with fake(line) as server, self.assertRaises(m.BadAnswer):
                self.space(server.url).get()
        with fake(say(302, b"", Location="http://127.0.0.1/")) as server:
            with self.assertRaises(m.Problem) as raised:
                self.space(server.url).get()
            self.assertEqual(raised.exception.code, "http-302")

    def test_pages_are_read_on(self) -> None:
        pages = [{"items": [{"version": 1}, {"version": 2}], "next": 2}, {"items": [], "next": 3}]
        last = {"items": [{"version": 4}], "next": None}
        with fake(*(say(200, page) for page in (*pages, last))) as server:
            self.assertEqual([one["version"] for one in self.space(server.url).updates()], [1, 2, 4])
            self.assertIn("since=3", server.seen[2][1])
        with fake(say(200, {"items": [], "next": 2})) as server, self.assertRaises(m.BadAnswer):
            list(self.space(server.url).updates(2))

    def test_watch_asks_with_the_tag(self) -> None:
        script = [say(200, 1, ETag='"1.0123456789abcdef"'), say(304, b""), say(200, 2, ETag='"2.0123456789abcdef"')]
        with fake(*script) as server:
            watching = self.space(server.url).watch("a", every=0.01)
            self.assertEqual([next(watching).value, next(watching).value], [1, 2])
            self.assertEqual(server.seen[2][2]["If-None-Match"], '"1.0123456789abcdef"')

    def test_connections_are_used_again(self) -> None:
        with fake(say(200, 1, ETag='"1.0123456789abcdef"')) as server:
            space = self.space(server.url)
            with mock.patch.object(m._Base, "connect", autospec=True, side_effect=m._Base.connect) as connect:
                for _ in range(5):
                    space.get("a")
                self.assertEqual(connect.call_count, 1)


GRID, OTHER = "00112233445566778899aabbccddeeff", "ffeeddccbbaa99887766554433221100"
SEED = bytes(range(32))


def head_of(grid: str | None) -> Line:
    head = {"version": 2, "root": "0x", "log_root": "0x", "leaves": 0, "finalized_version": 0}
    return say(200, head | ({} if grid is None else {"grid": grid}), ETag='"2.0123456789abcdef"')


class Signs(ClientTest):
    def assert_signed(self, body: bytes, grid: str) -> None:
        delta = json.loads(body)
        signature = delta.pop("signature")
        self.assertEqual(signature["key"], m.Signer(SEED).key)
        self.assertEqual(sorted(signature), ["key", "value"])
        request = m.canonical(delta)
        self.assertTrue(m.signature_holds(signature["key"], signature["value"], grid, "s", request))

    def test_signs_for_the_grid_of_the_first_answer_and_sends_the_same_bytes_again(self) -> None:
        with fake(head_of(GRID), lost, committed(3), committed(4), head_of(OTHER)) as server:
            space = self.space(server.url, signer=SEED)
            space.commit({"a": 1}, base=2)
            space.commit({"b": {"é": [1, 2.5]}}, base=3)
            bodies = server.bodies()
            self.assertEqual((len(bodies), len(set(bodies)), len(server.bodies("GET"))), (3, 2, 1))
            for body in bodies:
                self.assert_signed(body, GRID)
            with self.assertRaises(m.OtherGrid) as raised:
                space.commit({"c": 1})
            self.assertIn(OTHER, str(raised.exception))
            self.assertEqual(len(server.bodies()), 3)

    def test_a_grid_that_is_given_is_the_one_that_is_signed_for(self) -> None:
        with fake(committed(3), head_of(OTHER)) as server:
            space = self.space(server.url, signer=m.Signer(SEED), grid=GRID)
            space.commit({"a": 1}, base=2)
            self.assert_signed(server.bodies()[0], GRID)
            with self.assertRaises(m.OtherGrid):
                space.head()

    def test_signs_for_the_clients_author_alone(self) -> None:
        with fake(committed(3)) as server:
            self.space(server.url, signer=SEED).commit({"a": 1}, base=2, author="another")
            self.space(server.url).commit({"a": 1}, base=2)
            self.assertTrue(all(b"signature" not in body for body in server.bodies()))

    def test_refuses_what_cannot_sign(self) -> None:
        with fake(head_of(None)) as server:
            with self.assertRaises(m.BadAnswer):
                self.space(server.url, signer=SEED).commit({"a": 1}, base=2)
            self.assertEqual(server.bodies(), [])
        for options in ({"author": None}, {"grid": "00"}, {"signer": b"short"}, {"signer": "no PEM"}):
            with self.assertRaises(ValueError):
                self.space("http://127.0.0.1:1", **({"signer": SEED} | options))


class Keys(ClientTest):
    def test_a_key_is_sent_and_never_said(self) -> None:
        echo = problem(403, "not-allowed", {"detail": f"no {SECRET} here"})
        with fake(echo) as server:
            space = self.space(server.url, key=SECRET)
            with self.assertRaises(m.Problem) as raised:
                space.get()
            self.assertEqual(server.seen[0][2]["Authorization"], f"Bearer {SECRET}")
            for text in (str(raised.exception), repr(raised.exception.members), repr(space), repr(space.client)):
                self.assertNotIn(SECRET, text)
        with mock.patch.dict(os.environ, {"MNEMOGRID_KEY": SECRET + "\n"}), fake(say(200, 1)) as server:
            self.space(server.url).client.health()
            self.assertEqual(server.seen[0][2]["Authorization"], f"Bearer {SECRET}")
        with self.assertRaises(ValueError) as wrong:
            m.Client("http://127.0.0.1", key=SECRET + "\r\nX: y")
        self.assertNotIn(SECRET, str(wrong.exception))

    def test_a_key_goes_to_no_other_host_in_clear(self) -> None:
        for url in ("http://example.org", "http://10.0.0.1:8080", "http://localhost.example.org"):
            with self.assertRaises(ValueError):
                m.Client(url, key=SECRET)
            m.Client(url, key=SECRET, allow_http=True)
            m.Client(url)
        for url in ("http://localhost:1", "http://127.8.0.1", "http://[::1]:8080", "https://example.org"):
            m.Client(url, key=SECRET)
        for url in ("ftp://x", "127.0.0.1:8080", "http://me:word@127.0.0.1", "http://127.0.0.1/?a=1", ""):
            with self.assertRaises(ValueError):
                m.Client(url)
        with self.assertRaises(ValueError):
            m.Client([])


def record(version: int, value: Any, previous: bytes, root: bytes, before: Any = None) -> bytes:
    """A record that sets /n."""
    changes: dict[str, Any] = {"added": [], "deleted": [], "modified": []}
    if before is None:
        changes["added"] = [{"key": "/n", "value": value}]
    else:
        changes["modified"] = [{"key": "/n", "new_value": value, "old_value": before}]
    time_ = "2026-02-05T19:00:50.000Z"
    return m.canonical_bytes(
        {
            "author": "a", "base": 0, "changes": changes, "committed": time_, "overrode": [], "superseded": [],
            "previous": m.hex_of(previous), "request": "0x" + "00" * 32, "root": m.hex_of(root), "space": "s",
            "timestamp": time_, "type": "t", "update_id": f"u{version}", "version": version,
        }
    )  # fmt: skip


def log_of(count: int) -> list[bytes]:
    """Records 1 to count, each setting /n to its version."""
    records: list[bytes] = []
    previous = m.ZERO_HASH
    for version in range(1, count + 1):
        root = m.document_root({"n": version})
        records.append(record(version, version, previous, root, version - 1 if version > 1 else None))
        previous = m.log_leaf(records[-1])
    return records


def event(text: bytes) -> bytes:
    version = json.loads(text)["version"]
    return b"id: %d.%s\nevent: commit\ndata: %s\n\n" % (version, m.log_leaf(text).hex()[:16].encode(), text)


def stream(*parts: bytes, stay: float = 0.0, pause: float = 0.0) -> Line:
    """Sends the parts chunk by chunk, stays open for a while, and breaks off without an end."""

    def line(handler: Handler, _: bytes) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        for part in parts:
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
            handler.wfile.flush()
            time.sleep(pause)
        time.sleep(stay)
        lost(handler, b"")

    return line


class Events(ClientTest):
    def test_goes_on_behind_the_last_id_after_each_break(self) -> None:
        one, two, three = map(event, log_of(3))
        script = [
            stream(b"retry: 1000\nid: 0.0000000000000000\n\n", one[:40]),
            problem(503, "too-many-streams", Retry_After="0"),
            stream(one, b":\n\n", two[:70]),
            lost,
            stream(two[:30], two[30:] + three, stay=20.0),
        ]
        with fake(*script) as server, self.space(server.url).events(since=0) as events:
            self.assertEqual([next(events).data["version"] for _ in range(3)], [1, 2, 3])
            asked = [seen[2]["Last-Event-ID"].partition(".")[0] for seen in server.seen]
            self.assertEqual(asked, ["0", "0", "0", "1", "1"])
            self.assertTrue(events.last_id.startswith("3."))
            self.assertIsNone(events.next_within(0.05))

    def test_goes_on_at_another_member(self) -> None:
        one, two = map(event, log_of(2))
        with fake(stream(one)) as first, fake(stream(two, stay=20.0)) as second:
            with self.space(first.url, second.url).events(since=0) as events:
                self.assertEqual([next(events).data["version"] for _ in range(2)], [1, 2])
            self.assertTrue(second.seen[0][2]["Last-Event-ID"].startswith("1."))

    def test_what_came_before_a_commit_is_told_once(self) -> None:
        (one,) = map(event, log_of(1))
        lost_change = b'event: superseded\ndata: {"version":1}\n\n'
        final = b'event: checkpoint\ndata: {"finalized_version":1,"space":"s"}\n\n'
        with fake(stream(lost_change), stream(lost_change, one, final, stay=20.0)) as server:
            with self.space(server.url).events(since="0") as events:
                self.assertEqual([next(events).type for _ in range(3)], ["superseded", "commit", "checkpoint"])

    def test_another_history_ends_it_loudly(self) -> None:
        reset = b'id: 9.0123456789abcdef\nevent: reset\ndata: {"code":"other-history","version":9}\n\n'
        for line in (
            stream(reset),
            problem(409, "other-history", {"current": {"version": 9}}),
            problem(409, "version-ahead"),
        ):
            with fake(line) as server, self.space(server.url).events(since=11) as events:
                with self.assertRaises(m.OtherHistory):
                    next(events)
                with self.assertRaises(StopIteration):
                    next(events)

    def test_a_gap_a_repetition_and_nonsense_end_it(self) -> None:
        one, two, three = map(event, log_of(3))
        for parts in (
            (one, three),
            (one, one),
            (b"event: commit\ndata: {\n\n",),
            (b'event: commit\ndata: {"version":1}\n\n',),
        ):
            with fake(stream(*parts, stay=20.0)) as server, self.space(server.url).events(since=0) as events:
                with self.assertRaises(m.BadAnswer):
                    [next(events) for _ in range(2)]
        with fake(stream(one, three, one, stay=20.0)) as server:
            with self.space(server.url).events(since=0, path="n") as events:
                self.assertEqual([next(events).data["version"] for _ in range(2)], [1, 3])
                with self.assertRaises(m.BadAnswer):
                    next(events)

    def test_a_refusal_is_raised(self) -> None:
        with fake(problem(404, "unknown-space")) as server, self.space(server.url).events(since=0) as events:
            with self.assertRaises(m.Problem):
                next(events)

    def test_another_thread_may_close_it(self) -> None:
        with fake(stream(b":\n\n", stay=20.0)) as server:
            events = self.space(server.url).events(since=0)
            threading.Timer(0.2, events.close).start()
            began = time.monotonic()
            self.assertEqual(list(events), [])
            self.assertLess(time.monotonic() - began, 15.0)

    def test_a_silent_connection_is_given_up(self) -> None:
        (one,) = map(event, log_of(1))
        with mock.patch.object(m.EventStream, "SILENCE_SECONDS", 0.2):
            began = time.monotonic()
            with fake(stream(b":\n\n", stay=20.0), stream(one, stay=20.0)) as server:
                with self.space(server.url).events(since=0) as events:
                    self.assertEqual(next(events).data["version"], 1)
            self.assertLess(time.monotonic() - began, 15.0)

    def test_waits_no_longer_than_asked_and_keeps_the_connection(self) -> None:
        (one,) = map(event, log_of(1))

        with (
            fake(stream(b":\n\n", one, pause=3.0, stay=20.0)) as server,
            self.space(server.url).events(since=0) as events,
        ):
            began = time.monotonic()
            self.assertIsNone(events.next_within(0.3))
            self.assertLess(time.monotonic() - began, 2.9)
            self.assertEqual(next(events).data["version"], 1)
            began = time.monotonic()
            self.assertIsNone(events.next_within(0.1))
            self.assertLess(time.monotonic() - began, 10.0)
            self.assertEqual(len(server.seen), 1)

    def test_takes_chunks_apart_wherever_they_are_cut(self) -> None:
        sent = b"3\r\nabc\r\n0A;x=1\r\n0123456789\r\n"
        for cut in range(len(sent)):
            chunks = m._Chunks()
            self.assertEqual(chunks.feed(sent[:cut]) + chunks.feed(sent[cut:]), b"abc0123456789")
            self.assertEqual(chunks.feed(b"1\r\nz\r\n0\r\n\r\n"), b"z")
            with self.assertRaises(http.client.HTTPException):
                chunks.feed(b"")
        for wrong in (b"x\r\n", b"-1\r\n", b"1\r\nabc", b"\r\n", b"1" * 2000, b"123456789\r\n"):
            with self.assertRaises(http.client.HTTPException):
                m._Chunks().feed(wrong)

    def test_without_since_it_begins_at_the_head_also_after_a_break(self) -> None:
        head = {"version": 1, "root": "0x", "log_root": "0x", "leaves": 0, "finalized_version": 0}
        two = event(log_of(2)[1])
        with fake(say(200, head, ETag='"1.0123456789abcdef"'), lost, stream(two, stay=20.0)) as server:
            with self.space(server.url).events() as events:
                self.assertEqual(next(events).data["version"], 2)
            self.assertEqual(server.seen[2][2]["Last-Event-ID"], "1.0123456789abcdef")

    def test_waits_for_finality_by_event(self) -> None:
        head = {"version": 1, "root": "0x", "log_root": "0x", "leaves": 0, "finalized_version": 0}
        pending = {"version": 1, "status": "pending", "checkpoint": None, "transaction": None}
        final = b'event: checkpoint\ndata: {"finalized_version":1,"space":"s"}\n\n'
        script = [
            say(200, head, ETag='"1.0123456789abcdef"'),
            say(200, pending),
            stream(final, stay=20.0),
            say(200, pending | {"status": "finalized", "checkpoint": 4}),
        ]
        with fake(*script) as server:
            self.assertEqual(self.space(server.url).wait_final(1, timeout=10).checkpoint, 4)
        with fake(script[0], script[1], stream(b":\n\n", stay=20.0), script[1]) as server:
            with self.assertRaises(TimeoutError):
                self.space(server.url).wait_final(1, timeout=0.2)


class Replicas(ClientTest):
    def test_follows_from_the_start(self) -> None:
        lines = log_of(3)
        with fake(stream(*map(event, lines), stay=20.0)) as server:
            with self.space(server.url).replica(from_start=True) as replica:
                replica.advance_to(3, 5.0)
                self.assertEqual((replica.version, replica.document(), replica.get("n")), (3, {"n": 3}, 3))
                self.assertEqual(replica.root, m.hex_of(m.document_root({"n": 3})))
                tree = m.LogTree()
                for line in lines:
                    tree.append(m.log_leaf(line))
                self.assertEqual(replica.log_root, m.hex_of(tree.root))

    def test_follows_from_a_document(self) -> None:
        one, two, three = log_of(3)
        tag = f'"2.{m.log_leaf(two).hex()[:16]}"'
        with fake(say(200, {"n": 2}, ETag=tag), say(200, two), stream(event(three), stay=20.0)) as server:
            with self.space(server.url).replica() as replica:
                record_ = next(replica.follow())
                self.assertEqual((record_.version, replica.document()), (3, {"n": 3}))
                self.assertIn("reserved=yes", server.seen[0][1])
                self.assertEqual(server.seen[2][2]["Last-Event-ID"], tag.strip('"'))

    def test_says_loudly_that_a_document_is_not_that_of_its_root(self) -> None:
        two = log_of(2)[1]
        tag = f'"2.{m.log_leaf(two).hex()[:16]}"'
        logging.disable(logging.NOTSET)
        for document, its_tag in (({"n": 3}, tag), ({"n": 2}, '"2.0123456789abcdef"')):
            with fake(say(200, document, ETag=its_tag), say(200, two)) as server:
                with self.assertLogs("mnemogrid", logging.CRITICAL), self.assertRaises(m.Diverged) as raised:
                    self.space(server.url).replica()
                self.assertEqual(raised.exception.version, 2)

    def test_says_loudly_that_a_version_is_wrong_and_stays_where_it_was_right(self) -> None:
        one, two, three = log_of(3)
        leaf = m.log_leaf(one)
        lies = [
            record(2, 2, leaf, m.document_root({"n": 3}), 1),  # another root
            record(2, 2, m.ZERO_HASH, m.document_root({"n": 2}), 1),  # another history before
            record(2, 2, leaf, m.document_root({"n": 2}), 7),  # another value before
        ]
        logging.disable(logging.NOTSET)
        another_id = b"id: 2.0123456789abcdef\nevent: commit\ndata: %s\n\n" % two
        for lie in [*map(event, lies), another_id, event(three)]:
            with fake(stream(event(one), lie, stay=20.0)) as server:
                with self.space(server.url).replica(from_start=True) as replica:
                    with (
                        self.assertLogs("mnemogrid", logging.CRITICAL) as logged,
                        self.assertRaises(m.Diverged) as raised,
                    ):
                        replica.advance_to(2, 5.0)
                    self.assertIn("THE SERVER IS WRONG", logged.output[0])
                    self.assertEqual((raised.exception.version, raised.exception.space), (2, "s"))
                    with self.assertRaises(m.Diverged):
                        replica.advance(0.1)
                    self.assertEqual(replica.version, 1)


if __name__ == "__main__":
    unittest.main()
