# SPDX-License-Identifier: Apache-2.0
"""Plays the scenario that the clients of all languages share: `python3 scenario.py URL[,URL…] [FILE]`.

One line a step; ends with 1 at the first difference. `scenario.json` says what each step means.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import mnemogrid
from mnemogrid import Client, Commit, Json, Problem, Space

PATIENCE_SECONDS = 60.0


class Difference(Exception):
    """A step whose answer is not the expected one."""


class Runner:
    """One run in a space of its own. What a step answers is a dict; expected members of it are compared."""

    def __init__(self, client: Client, space: str) -> None:
        self.client = client
        self.space: Space = client.space(space, create=False)
        self.saved: dict[str, Any] = {}
        self.versions: dict[str, int] = {}

    def play(self, step: Mapping[str, Json]) -> str:
        """Plays one step and says in a few words what it answered; raises `Difference`."""
        operation: Callable[[Mapping[str, Json]], dict[str, Json]] | None = getattr(self, "op_" + step["op"], None)
        if operation is None:
            if step.get("optional"):
                return "passed over: this client does not know it"
            raise Difference(f"no such step: {step['op']}")
        answer = operation(step)
        for name, expected in step.get("expect", {}).items():
            if name not in answer:
                raise Difference(f"the answer has no {name}: {mnemogrid.canonical(answer)}")
            if not mnemogrid.same_json(answer[name], expected):
                raise Difference(
                    f"{name} is {mnemogrid.canonical(answer[name])}, expected {mnemogrid.canonical(expected)}"
                )
        text = mnemogrid.canonical(answer)
        return text if len(text) <= 120 else text[:117] + "..."

    def save(self, step: Mapping[str, Json], what: Any) -> None:
        if "save" in step:
            self.saved[step["save"]] = what
            self.versions[step["save"]] = what.version

    def version(self, step: Mapping[str, Json], name: str) -> Any:
        value = step.get(name)
        return self.versions[value] if isinstance(value, str) else value

    def options(self, step: Mapping[str, Json]) -> dict[str, Any]:
        options: dict[str, Any] = {}
        for name in ("author", "strict", "timestamp"):
            if name in step:
                options[name] = step[name]
        if "base" in step:
            options["base"] = self.version(step, "base")
        if "if_match" in step:
            options["if_match"] = self.saved[step["if_match"]]
        if "update_id_of" in step:
            options["update_id"] = self.saved[step["update_id_of"]].update_id
        return options

    def committed(self, step: Mapping[str, Json], commit: Commit) -> dict[str, Json]:
        self.save(step, commit)
        answer: dict[str, Json] = {
            "outcome": commit.outcome,
            "version": commit.version,
            "superseded": len(commit.superseded),
            "overrode": len(commit.overrode),
        }
        return answer | ({"duplicate": True} if commit.duplicate else {})

    def op_create(self, step: Mapping[str, Json]) -> dict[str, Json]:
        return {"version": self.space.create().version}

    def op_head(self, step: Mapping[str, Json]) -> dict[str, Json]:
        head = self.space.head()
        self.save(step, head)
        return {"version": head.version}

    def op_get(self, step: Mapping[str, Json]) -> dict[str, Json]:
        read = self.space.read(step.get("path"), self.version(step, "at"))
        self.save(step, read)
        return {"value": read.value, "version": read.version}

    def op_commit(self, step: Mapping[str, Json]) -> dict[str, Json]:
        changes = dict(step.get("set", {})) | {path: mnemogrid.DELETE for path in step.get("delete", ())}
        return self.committed(step, self.space.commit(changes, **self.options(step)))

    def op_repeat(self, step: Mapping[str, Json]) -> dict[str, Json]:
        return self.committed(step, self.space.resend(self.saved[step["of"]]))

    def op_expect_error(self, step: Mapping[str, Json]) -> dict[str, Json]:
        inner = step["step"]
        try:
            answer = getattr(self, "op_" + inner["op"])(inner)
        except Problem as problem:
            if (problem.code, problem.status) != (step["code"], step["status"]):
                raise Difference(f"{problem}, expected {step['status']} {step['code']}") from None
            return {"code": problem.code, "status": problem.status}
        raise Difference(f"{mnemogrid.canonical(answer)}, expected {step['status']} {step['code']}")

    def op_patch(self, step: Mapping[str, Json]) -> dict[str, Json]:
        commit = self.space.patch(merge=step.get("merge"), json=step.get("json"), **self.options(step))
        return self.committed(step, commit)

    def op_compute(self, step: Mapping[str, Json]) -> dict[str, Json]:
        value, commit = self.space.compute(step["path"], lambda old: old + step["add"], default=0)
        return self.committed(step, commit) | {"value": value}

    def op_conflict(self, step: Mapping[str, Json]) -> dict[str, Json]:
        base = self.space.head().version
        first, second = (
            self.space.commit({step["path"]: one["value"]}, base=base, author=one["author"], timestamp=one["timestamp"])
            for one in (step["first"], step["second"])
        )
        return {
            "first": first.outcome,
            "second": second.outcome,
            "version": second.version,
            "value": self.space.get(step["path"]),
            "superseded_by": second.superseded[0]["by"] if second.superseded else None,
        }

    def op_summary(self, step: Mapping[str, Json]) -> dict[str, Json]:
        summary = self.space.summary()
        return {"summary": summary.summary, "policies": summary.policies, "version": summary.version}

    def op_history(self, step: Mapping[str, Json]) -> dict[str, Json]:
        return _versions(self.space.history(step.get("path")))

    def op_updates(self, step: Mapping[str, Json]) -> dict[str, Json]:
        return _versions(self.space.updates(self.version(step, "since")))

    def op_blame(self, step: Mapping[str, Json]) -> dict[str, Json]:
        blame = self.space.blame(step.get("path"))
        return {"leaf": blame.leaf, "version": blame.update["version"], "author": blame.update["author"]}

    def op_diff(self, step: Mapping[str, Json]) -> dict[str, Json]:
        patch = self.space.diff(self.version(step, "from"), self.version(step, "to"))
        return {"patch": sorted(patch, key=lambda one: one["path"])}

    def op_rollback(self, step: Mapping[str, Json]) -> dict[str, Json]:
        return self.committed(step, self.space.rollback(self.version(step, "to"), **self.options(step)))

    def op_turn(self, step: Mapping[str, Json]) -> dict[str, Json]:
        def bot(turn: mnemogrid.Turn) -> Json:
            for path, value in step["set"].items():
                turn.set(path, value)
            return turn.summary

        result = self.space.turn(bot, author=step.get("author"))
        assert result.commit is not None
        return self.committed(step, result.commit) | {"saw": result.value}

    def op_events(self, step: Mapping[str, Json]) -> dict[str, Json]:
        wanted = step["expect"]["versions"]
        versions: list[int] = []
        end = time.monotonic() + PATIENCE_SECONDS
        filters = {name: step[name] for name in ("path", "author") if name in step}
        with self.space.events(self.version(step, "since"), **filters) as events:
            while not versions or versions[-1] < wanted[-1]:
                event = events.next_within(end - time.monotonic())
                if event is None:
                    raise Difference(f"the events ended with versions {versions}")
                if event.type == "commit":
                    versions.append(event.data["version"])
        return {"versions": versions}

    def op_finality(self, step: Mapping[str, Json]) -> dict[str, Json]:
        version = self.version(step, "version")
        return {"status": self.space.wait_final(version, timeout=PATIENCE_SECONDS, every=5.0).status}

    def op_proof(self, step: Mapping[str, Json]) -> dict[str, Json]:
        bundle = self.space.fact_proof(step["path"], self.version(step, "at"), wait=PATIENCE_SECONDS, every=1.0)
        header = json.loads(bundle)["checkpoint"]["header"]
        checkpoint = self.client.checkpoint(int(header[4:20], 16))
        claim = mnemogrid.verify_bundle(bundle, checkpoint["hash"])
        if claim.space != self.space.name or claim.path != mnemogrid.pointer_of(step["path"]):
            raise Difference(f"the bundle is about another fact: {claim}")
        # A digit of the state root in the head, which every fact hangs on.
        at = bundle.index(b'"state_root":"0x') + 16
        changed = bundle[:at] + (b"1" if bundle[at : at + 1] == b"0" else b"0") + bundle[at + 1 :]
        try:
            mnemogrid.verify_bundle(changed, checkpoint["hash"])
        except mnemogrid.BundleFails:
            pass
        else:
            raise Difference("a bundle with another digit holds")
        return {"verdict": claim.verdict} | ({"value": claim.value} if claim.has_value else {})

    def op_signed(self, step: Mapping[str, Json]) -> dict[str, Json]:
        signer = mnemogrid.Signer(secrets.token_bytes(32))
        body = mnemogrid.canonical_bytes({"author": step["author"], "key": signer.key})
        self.client._call("POST", "/v1/authors", headers=(("Content-Type", "application/json"),), body=body)
        with Client(
            [base.url for base in self.client._bases],
            key=self.client._key,
            author=step["author"],
            timeout=self.client.timeout,
            signer=signer,
            grid=step.get("grid"),
        ) as client:
            space = client.space(self.space.name, create=False)
            commit = _settled(lambda: space.commit(step["set"], base=self.version(step, "base")))
            signed = space.update(commit.version).get("signed", {})
        return self.committed(step, commit) | {"signed": signed.get("key") == signer.key}

    def op_authorship(self, step: Mapping[str, Json]) -> dict[str, Json]:
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            bundle = self.space.update_proof(self.version(step, "version"), wait=PATIENCE_SECONDS, every=1.0)
            whole = json.loads(bundle)
            checkpoint = self.client.checkpoint(int(whole["checkpoint"]["header"][4:20], 16))
            if mnemogrid.verify_bundle(bundle, checkpoint["hash"]).author_proven or time.monotonic() > end:
                break
            time.sleep(1.0)
        if "author" not in whole:
            return {"author": "claimed"}
        value = whole["author"]["signature"]
        whole["author"]["signature"] = value[:-1] + ("A" if value[-1] != "A" else "Q")
        try:
            mnemogrid.verify_bundle(mnemogrid.canonical_bytes(whole), checkpoint["hash"])
        except mnemogrid.BundleFails:
            return {"author": "proven"}
        raise Difference("a bundle with another signature holds")

    def op_replica(self, step: Mapping[str, Json]) -> dict[str, Json]:
        version = self.version(step, "version")
        roots = set()
        for from_start in (False, True):
            with self.space.replica(from_start) as replica:
                replica.advance_to(version, PATIENCE_SECONDS)
                roots.add(replica.root)
                log_root = replica.log_root
        head = self.space.head()
        agrees = roots == {head.root} and head.log_root == log_root and head.version == version
        return {"version": replica.version, "agrees": agrees}


def _settled(send: Callable[[], Commit]) -> Commit:
    """A refused signature says nothing of an earlier sending whose answer got lost: the same bytes go out again."""
    while True:
        try:
            return send()
        except mnemogrid.OutcomeUnknown as unknown:
            send = unknown.retry


def _versions(updates: Iterable[mnemogrid.Update]) -> dict[str, Json]:
    return {"versions": [update["version"] for update in updates]}


def main(arguments: list[str]) -> int:
    if not 1 <= len(arguments) <= 2:
        print("usage: scenario.py URL[,URL...] [FILE]", file=sys.stderr)
        return 2
    beside = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "scenario.json")
    with open(arguments[1] if len(arguments) == 2 else beside, encoding="utf-8") as file:
        scenario = json.load(file)
    if scenario["format"] != "mnemogrid-scenario-1":
        print(f"no scenario of a known format: {scenario['format']}", file=sys.stderr)
        return 2
    client = Client(arguments[0].split(","), author="scenario")
    runner = Runner(client, f"scenario-{secrets.token_hex(8)}")
    print(f"space {runner.space.name}")
    for number, step in enumerate(scenario["steps"], 1):
        try:
            said = runner.play(step)
        except (Difference, mnemogrid.MnemogridError, ValueError, TimeoutError) as error:
            print(f"{number:3} {step['op']}: DIFFERS: {type(error).__name__}: {error}", flush=True)
            return 1
        print(f"{number:3} {step['op']}: {said}", flush=True)
    print(f"all {len(scenario['steps'])} steps as expected")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
