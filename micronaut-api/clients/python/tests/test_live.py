# SPDX-License-Identifier: Apache-2.0
"""The scenario and a few races against a member: TEST_MEMBER_URL=http://127.0.0.1:8080 python3 -m unittest …

Without TEST_MEMBER_URL nothing is run. The member must make checkpoints every few seconds.
"""

from __future__ import annotations

import json
import logging
import os
import random
import secrets
import select
import socket
import threading
import time
import unittest
import urllib.parse
from unittest import mock

import mnemogrid as m
import scenario

URL = os.environ.get("TEST_MEMBER_URL", "")
HERE = os.path.dirname(os.path.abspath(__file__))


class CuttingProxy:
    """Stands before a member and cuts connections: before a request, after it, within its answer, or for good."""

    def __init__(self, seed: int, one_in: int) -> None:
        target = urllib.parse.urlsplit(URL)
        assert target.hostname is not None
        self._target = (target.hostname, target.port or 80)
        self._random = random.Random(seed)
        self._one_in = one_in
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._host = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self._open: list[socket.socket] = []
        self._dead = False
        self.cuts = 0
        self.url = f"http://{self._host}"
        threading.Thread(target=self._accept, daemon=True).start()

    def kill(self) -> None:
        """From now on nobody answers here."""
        self._dead = True
        self._listener.close()
        for each in list(self._open):
            self._cut(each)

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(near,), daemon=True).start()

    def _cut(self, *sockets: socket.socket) -> None:
        for each in sockets:
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            each.close()

    def _chance(self) -> bool:
        cut = self._random.randrange(self._one_in) == 0
        self.cuts += cut
        return cut

    def _serve(self, near: socket.socket) -> None:
        far = socket.create_connection(self._target)
        self._open += [near, far]
        host = f"Host: {self._host}\r\n".encode()
        wanted = f"Host: {self._target[0]}:{self._target[1]}\r\n".encode()
        try:
            while True:
                readable, _, _ = select.select([near, far], [], [], 60)
                for side in readable:
                    data = side.recv(65_536)
                    if not data:
                        return
                    if side is near:
                        if self._chance():
                            return  # the member never hears of it
                        far.sendall(data.replace(host, wanted))
                        if self._chance():
                            time.sleep(0.05)
                            return  # the member does what was asked, and nobody hears of that
                    elif self._chance():
                        near.sendall(data[: len(data) // 2])
                        return
                    else:
                        near.sendall(data)
        except (OSError, ValueError):
            pass
        finally:
            self._cut(near, far)


@unittest.skipUnless(URL, "TEST_MEMBER_URL names no member")
class Live(unittest.TestCase):
    def setUp(self) -> None:
        with open(os.path.join(HERE, "..", "..", "scenario.json"), encoding="utf-8") as file:
            self.steps = json.load(file)["steps"]
        self.name = f"py-{secrets.token_hex(8)}"

    def play(self, client: m.Client, kill_at: int = -1, victim: CuttingProxy | None = None) -> None:
        runner = scenario.Runner(client, self.name)
        for number, step in enumerate(self.steps, 1):
            if number == kill_at and victim is not None:
                victim.kill()
            with self.subTest(number=number, op=step["op"]):
                runner.play(step)

    def test_plays_the_scenario(self) -> None:
        with m.Client(URL, author="scenario") as client:
            self.play(client)

    def test_plays_the_scenario_over_connections_that_break_and_a_member_that_goes(self) -> None:
        seed = int(os.environ.get("MNEMOGRID_TEST_SEED", secrets.randbelow(10**6)))
        print(f"seed {seed}")
        proxies = [CuttingProxy(seed + i, one_in=8) for i in range(3)]
        logging.disable(logging.CRITICAL)
        self.addCleanup(logging.disable, logging.NOTSET)
        with (
            mock.patch.object(m._Pause, "FIRST", 0.02),
            m.Client([one.url for one in proxies], author="scenario", timeout=5) as client,
        ):
            self.play(client, len(self.steps) // 2, proxies[0])
            self.assertGreater(sum(one.cuts for one in proxies), 10)
        for one in proxies:
            one.kill()

    def test_counts_each_time_once_and_a_replica_sees_every_count(self) -> None:
        with m.Client(URL, author="counter") as client:
            space = client.space(self.name)
            with space.replica() as replica:
                threads = [
                    threading.Thread(
                        target=lambda: [space.compute("n", lambda old: old + 1, default=0) for _ in range(5)]
                    )
                    for _ in range(3)
                ]
                for thread in threads:
                    thread.start()
                replica.advance_to(15)
                for thread in threads:
                    thread.join()
                self.assertEqual((replica.get("n"), space.get("n")), (15, 15))
                self.assertEqual(replica.root, space.head().root)

    def test_a_turn_is_told_when_it_is_final(self) -> None:
        with m.Client(URL, author="bot") as client:
            space = client.space(self.name, policy={})
            told: list[m.Finality] = []
            final = threading.Event()

            def on_final(finality: m.Finality) -> None:
                told.append(finality)
                final.set()

            result = space.turn(lambda turn: turn.set("summary", "x" * 2001), on_final=on_final)
            self.assertEqual(len(result.warnings), 1)
            self.assertTrue(final.wait(60))
            self.assertEqual((told[0].status, told[0].version), ("finalized", 1))
            claim = m.verify_bundle(space.update_proof(1), client.checkpoint(told[0].checkpoint or 0)["hash"])
            self.assertEqual((claim.kind, claim.version), ("update", 1))
            space.set("a", {"b": [1]})
            space.wait_final(2, 60)
            bundle = space.consistency_proof(1)
            number = int(json.loads(bundle)["checkpoint"]["header"][4:20], 16)
            self.assertEqual(m.verify_bundle(bundle, client.checkpoint(number)["hash"]).kind, "consistency")
            self.assertEqual(space.find_update(result.commit.update_id if result.commit else "")["version"], 1)  # type: ignore[index]
            self.assertIsNone(space.find_update("no-such"))
            self.assertIn(self.name, (head["space"] for head in client.spaces()))
            self.assertEqual(client.health()["status"], "up")


if __name__ == "__main__":
    unittest.main()
