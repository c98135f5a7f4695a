#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A bot with a shared memory that answers several users within 2 s each, whatever is down behind it.

The chat is played here, and nothing goes to Telegram: a real bot calls `Bot.answer` where its library hands it a
message. Each message is one turn: read summary and policies, answer, write facts, preferences and summary. What cannot
be written in time is promised in a file, said to the user, and written later under the same id, so it is there once.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import random
import signal
import sys
import threading
import time
from dataclasses import asdict, dataclass

try:
    import mnemogrid
except ImportError:  # in a checkout, where nobody has installed the client
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "micronaut-api/clients/python"))
    import mnemogrid

ANSWER_SECONDS = 2.0  # what a user waits at most

# A call ends at most `deadline + timeout` after it began, and a turn has two: one that reads, one that writes.
TIMEOUT = 0.45
DEADLINE = 0.4

PLACES = ("Rome", "Oslo", "Lima", "Kyoto", "Accra")
THINGS = ("tea", "trains", "rain", "chess", "long walks")


@dataclass(frozen=True)
class Promise:
    """A write that is still owed: the same four and the changes make the same update, however often it is sent."""

    update_id: str
    base: int
    timestamp: str
    changes: dict[str, mnemogrid.Json]


@dataclass(frozen=True)
class Answer:
    """What a user was answered. Version 0: it is promised, and written later under this id. -1: it is refused."""

    user: str
    text: str
    answer: str
    update_id: str
    version: int
    seconds: float


class Promises:
    """The writes that are owed, a file each, so that they outlive the bot's process. Safe for many threads."""

    def __init__(self, folder: pathlib.Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)
        self._open = {p.update_id: p for p in map(self._read, sorted(folder.glob("*.json")))}

    @staticmethod
    def _read(file: pathlib.Path) -> Promise:
        return Promise(**json.loads(file.read_text("utf-8")))

    def _file(self, promise: Promise) -> pathlib.Path:
        return self._folder / f"{promise.update_id}.json"

    def add(self, promise: Promise) -> None:
        """When this returns, the promise outlives a crash."""
        file = self._file(promise)
        with open(file.with_suffix(".new"), "w", encoding="utf-8") as out:
            json.dump(asdict(promise), out)
            out.flush()
            os.fsync(out.fileno())
        file.with_suffix(".new").replace(file)
        with self._lock:
            self._open[promise.update_id] = promise

    def kept(self, promise: Promise) -> None:
        self._file(promise).unlink(missing_ok=True)
        with self._lock:
            self._open.pop(promise.update_id, None)

    def refused(self, promise: Promise) -> None:
        """It will never be written: the file stays beside the others, for whoever looks why."""
        self._file(promise).rename(self._file(promise).with_suffix(".refused"))
        with self._lock:
            self._open.pop(promise.update_id, None)

    def all(self) -> list[Promise]:
        with self._lock:
            return list(self._open.values())


def is_refused(why: mnemogrid.MnemogridError) -> bool:
    """Whether sending the same again does not help: a secret in a message, say, or a rule of the space."""
    return isinstance(why, mnemogrid.Problem) and why.status < 500 and why.status not in (404, 408, 429)


class Bot:
    """Answers messages; safe for many threads."""

    def __init__(self, urls: list[str], space: str, author: str, folder: pathlib.Path) -> None:
        self.promises = Promises(folder)
        self._quick = mnemogrid.Client(urls, author=author, timeout=TIMEOUT, deadline=DEADLINE)
        self._patient = mnemogrid.Client(urls, author=author, timeout=5, deadline=15)
        self._space = self._quick.space(space, create=False)
        self._later = self._patient.space(space, create=False)
        self._is_made = False  # the space, as far as this process knows
        self.keep_promises()
        self._seen: tuple[mnemogrid.Json, int] = ({}, 0)  # summary and version, as they were read last

    def answer(self, user: str, text: str) -> Answer:
        """One message, one turn."""
        began = time.monotonic()
        update_id, timestamp = mnemogrid.new_update_id(), mnemogrid.now_text()
        said, version = "", 0
        summary, base = self._seen  # of use when no member answers
        changes: dict[str, mnemogrid.Json] = {}

        def turn(turn: mnemogrid.Turn) -> None:
            nonlocal said, summary, base, changes
            self._seen = summary, base = turn.summary or {}, turn.version
            said, changes = self._think(user, text, update_id, summary, turn.policies or {})
            turn.changes.update(changes)

        try:
            done = self._space.turn(turn, update_id=update_id, timestamp=timestamp, deadline=DEADLINE)
            assert done.commit is not None
            version = done.commit.version
        except mnemogrid.MnemogridError as why:
            if is_refused(why):
                print(f"{update_id} is refused: {why}", file=sys.stderr, flush=True)
                return Answer(user, text, "I may not keep that.", update_id, -1, round(time.monotonic() - began, 3))
            if not changes:
                said, changes = self._think(user, text, update_id, summary, {})
            self.promises.add(Promise(update_id, base, timestamp, changes))
            said += f" (I could not write that down yet, and shall do so as {update_id}.)"
            print(f"{update_id} is promised: {why}", file=sys.stderr, flush=True)
        return Answer(user, text, said, update_id, version, round(time.monotonic() - began, 3))

    def _think(
        self, user: str, text: str, update_id: str, summary: mnemogrid.Json, policies: mnemogrid.Json
    ) -> tuple[str, dict[str, mnemogrid.Json]]:
        """Stands for a model: an answer, and what to write. Each user has a place of their own in the summary."""
        known = dict(summary.get(user, {})) if isinstance(summary, dict) else {}
        for promise in self.promises.all():  # what it owes it still knows
            known |= promise.changes.get(f"/summary/{user}", {})
        changes: dict[str, mnemogrid.Json] = {f"/facts/messages/{update_id}": {"from": user, "text": text}}
        polite = isinstance(policies, dict) and policies.get("polite") is True
        if text.startswith("I like "):
            known["likes"] = text.removeprefix("I like ")
            changes[f"/preferences/{user}/likes"] = known["likes"]
            said = f"Noted: you like {known['likes']}."
        elif text.startswith("I am in "):
            known["place"] = text.removeprefix("I am in ")
            changes[f"/facts/people/{user}/place"] = known["place"]
            said = f"Enjoy {known['place']}!"
        else:
            said = f"You like {known.get('likes', 'I do not know what')}, and are {known.get('place', 'who knows where')}."
        known["messages"] = known.get("messages", 0) + 1
        changes[f"/summary/{user}"] = known
        return ("Dear " + user + ": " if polite else "") + said, changes

    def keep_promises(self) -> None:
        """Makes the space and writes what is owed, oldest first; ends at the first that cannot be written yet."""
        try:
            if not self._is_made:
                self._later.create()
                self._is_made = True
        except mnemogrid.MnemogridError as why:
            print(f"nobody can write now: {why}", file=sys.stderr, flush=True)
            return
        for promise in self.promises.all():
            try:
                commit = self._later.commit(
                    promise.changes,
                    base=promise.base,
                    update_id=promise.update_id,
                    timestamp=promise.timestamp,
                    type="turn",
                )
                print(f"{promise.update_id} is written as version {commit.version}", file=sys.stderr, flush=True)
            except mnemogrid.MnemogridError as why:
                if not is_refused(why):
                    return
                print(f"{promise.update_id} is refused for good: {why}", file=sys.stderr, flush=True)
                self.promises.refused(promise)
                continue
            self.promises.kept(promise)


class Chat:
    """Users who write, each on a thread of their own, and wait for the answer before they write again."""

    def __init__(self, bot: Bot, as_json: bool) -> None:
        self._bot = bot
        self._as_json = as_json
        self._lock = threading.Lock()
        self.ended = threading.Event()
        self.answers: list[Answer] = []

    def user(self, name: str, messages: int, pause: float) -> None:
        chance = random.Random(name)  # the same talk each time
        for _ in range(messages):
            if self.ended.wait(chance.uniform(0.5, 1.5) * pause):
                return
            text = chance.choice(
                (f"I like {chance.choice(THINGS)}", f"I am in {chance.choice(PLACES)}", "What do you know of me?")
            )
            self._show(self._bot.answer(name, text))

    def _show(self, answer: Answer) -> None:
        with self._lock:
            self.answers.append(answer)
            if self._as_json:
                print(json.dumps(asdict(answer)), flush=True)
            else:
                place = {0: "promised", -1: "refused"}.get(answer.version, f"version {answer.version}")
                print(f"{answer.user:>6} > {answer.text}", flush=True)
                print(f"   bot < {answer.answer}   [{answer.seconds:.3f} s, {place}]", flush=True)

    def keeper(self) -> None:
        while not self.ended.wait(0.5):
            self._bot.keep_promises()


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--url", action="append", help="of a member, as often as there are members")
    options.add_argument("--space", default="telegram")
    options.add_argument("--author", default="telegram-bot")
    options.add_argument("--users", type=int, default=3)
    options.add_argument("--messages", type=int, default=5, help="that each user writes")
    options.add_argument("--pause", type=float, default=0.3, help="seconds before each, on average")
    options.add_argument("--later", type=pathlib.Path, default="data/telegram-bot", help="folder of promised writes")
    options.add_argument("--settle", type=float, default=60.0, help="seconds for what is owed at the end")
    options.add_argument("--json", action="store_true", help="answers as JSON, a line each")
    chosen = options.parse_args()

    bot = Bot(chosen.url or ["http://127.0.0.1:8080"], chosen.space, chosen.author, chosen.later)
    chat = Chat(bot, chosen.json)
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, lambda *_: chat.ended.set())
    names = ["anna", "bo", "cem", "dora", "emil", "fay"][: chosen.users]
    users = [threading.Thread(target=chat.user, args=(n, chosen.messages, chosen.pause)) for n in names]
    keeper = threading.Thread(target=chat.keeper)
    for thread in [*users, keeper]:
        thread.start()
    for thread in users:
        thread.join()
    chat.ended.set()
    keeper.join()
    end = time.monotonic() + chosen.settle
    while bot.promises.all() and time.monotonic() < end:
        bot.keep_promises()
        time.sleep(0.2)

    slowest = max((a.seconds for a in chat.answers), default=0.0)
    owed = len(bot.promises.all())
    later = sum(1 for a in chat.answers if a.version == 0) - owed
    print(
        f"{len(chat.answers)} answers, the slowest after {slowest:.3f} s; {later} were written later, {owed} still are owed",
        file=sys.stderr,
    )
    return 0 if slowest < ANSWER_SECONDS and owed == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
