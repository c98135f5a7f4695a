# SPDX-License-Identifier: Apache-2.0
"""What needs no server: canonical JSON, roots, logs, facts, bundles, against the vectors of a second implementation."""

from __future__ import annotations

import json
import os
import random
import runpy
import tempfile
import unittest
from typing import Any

import mnemogrid as m

HERE = os.path.dirname(os.path.abspath(__file__))
PRODUCT = os.path.join(HERE, *[".."] * 4, "grid-plugin", "src", "test", "resources", "vectors")


def vectors(name: str) -> Any:
    """The small vectors stand beside this test; the large ones are read where the product keeps them."""
    for folder in (os.path.join(HERE, "vectors"), PRODUCT):
        if os.path.exists(os.path.join(folder, name)):
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                return json.load(file)
    raise unittest.SkipTest(f"{name} is in a whole checkout only")


def key_proof(spelled: Any) -> m.KeyProof:
    return m._read_key_proof(m._Shape(spelled))


def fact(spelled: Any) -> m.Fact:
    payload = m.OBJECT_PAYLOAD if spelled["payload"] == "object" else spelled["payload"]
    return m.Fact(spelled["case"], spelled["ancestor"], payload, tuple(map(key_proof, spelled["proofs"])))


class CanonicalJson(unittest.TestCase):
    def test_writes_the_vectors(self) -> None:
        found = vectors("canonical.json")
        for vector in found:
            self.assertEqual(m.canonical(vector["value"]), vector["canonical"])
            self.assertEqual(m.canonical(m.parse_canonical(vector["canonical"])), vector["canonical"])
            self.assertEqual(m.canonical(m.parse_canonical(vector["canonical"].encode())), vector["canonical"])
        self.assertGreater(len(found), 50)

    def test_refuses_what_is_no_document(self) -> None:
        found = vectors("refused.json")
        for vector in found:
            with self.assertRaises(m.JsonError, msg=vector["why"]):
                m.parse_document(vector["text"])
        self.assertEqual(len(found), 16)

    def test_takes_numbers_that_are_exact_or_as_shown(self) -> None:
        found = vectors("numbers.json")
        for vector in found["accepted"]:
            self.assertEqual(m.canonical(m.parse_document(vector["text"])), vector["canonical"], vector["text"])
        for vector in found["refused"]:
            with self.assertRaises(m.JsonError, msg=vector["why"]):
                m.parse_document(vector["text"])
        self.assertEqual((len(found["accepted"]), len(found["refused"])), (18, 6))

    def test_prints_doubles_as_ecmascript_does(self) -> None:
        # RFC 8785, Appendix B, and the borders of each form.
        for value, text in [
            (5e-324, "5e-324"),
            (1.7976931348623157e308, "1.7976931348623157e+308"),
            (9007199254740992.0, "9007199254740992"),
            (295147905179352830000.0, "295147905179352830000"),
            (9.999999999999997e22, "9.999999999999997e+22"),
            (1e23, "1e+23"),
            (999999999999999900000.0, "999999999999999900000"),
            (1e21, "1e+21"),
            (333333333.3333332, "333333333.3333332"),
            (0.0000010000000000000002, "0.0000010000000000000002"),
            (9.999999999999997e-7, "9.999999999999997e-7"),
            (0.000001, "0.000001"),
            (-0.0000033333333333333333, "-0.0000033333333333333333"),
            (-0.0, "0"),
            (-1.5, "-1.5"),
            (100.0, "100"),
        ]:
            self.assertEqual(m.canonical(value), text)

    def test_refuses_values_that_json_does_not_have(self) -> None:
        for value in [float("nan"), float("inf"), 2**53 + 1, 10**400, {1: 2}, {1, 2}, b"x", "\ud800", {"\udc00": 1}]:
            with self.assertRaises(m.JsonError, msg=repr(value)):
                m.canonical(value)
        for text in ["[" * 65 + "]" * 65, "[" * 100_000, "1" * 5000, '"\x01"', "\ufeff1", b"\xff", "1 2", "١"]:
            with self.assertRaises(m.JsonError):
                m.parse_json(text)
        self.assertTrue(m.same_json(1, 1.0))
        self.assertFalse(m.same_json(1, True))


class Tries(unittest.TestCase):
    def test_computes_the_root_and_the_entries_of_documents(self) -> None:
        for vector in vectors("state.json"):
            self.assertEqual(m.hex_of(m.document_root(vector["document"])), vector["root"])
            own = dict(m.entries_of(vector["document"]))
            self.assertEqual(len(own), len(vector["entries"]))
            trie = m.Trie()
            for entry in vector["entries"]:
                payload_hash = m._sha256(own[entry["path"]].encode())
                self.assertEqual(m.hex_of(m.key_of(entry["path"])), entry["key"])
                self.assertEqual(m.hex_of(payload_hash), entry["payloadHash"])
                trie.put(m.key_of(entry["path"]), payload_hash)
            self.assertEqual(m.hex_of(trie.root), vector["root"])

    def test_a_trie_of_changes_is_the_trie_of_what_is_left(self) -> None:
        for seed in range(20):
            rng = random.Random(seed)
            trie, twin = m.Trie(), {}
            for _ in range(200):
                key = m.key_of(str(rng.randrange(40)))
                if rng.random() < 0.4:
                    trie.remove(key)
                    twin.pop(key, None)
                else:
                    twin[key] = rng.randbytes(32)
                    trie.put(key, twin[key])
                self.assertEqual(trie.root, m.Trie(twin.items()).root, f"seed {seed}")

    def test_checks_key_proofs_and_refuses_every_corruption(self) -> None:
        refused = 0
        for vector in vectors("key-proofs.json"):
            key = m.key_of(vector["path"])
            shown = m.verify_key_proof(m.parse_hash(vector["root"]), key, key_proof(vector["proof"]))
            self.assertEqual(shown is not None, vector["verdict"] == "in")
            if shown is not None:
                self.assertEqual(m.hex_of(shown), vector["payloadHash"])
            for spoiled in vector["refused"]:
                with self.assertRaises((m.ProofError, m.JsonError), msg=spoiled["name"]):
                    m.verify_key_proof(m.parse_hash(spoiled["root"]), key, key_proof(spoiled["proof"]))
                refused += 1
        self.assertEqual(refused, 1189)

    def test_checks_facts_and_refuses_every_corruption(self) -> None:
        refused = 0
        for vector in vectors("fact-proofs.json"):
            root = m.parse_hash(vector["root"])
            shown = m.verify_fact(root, vector["path"], fact(vector["fact"]))
            self.assertEqual(shown.verdict, vector["verdict"])
            if shown.verdict == "present":
                self.assertTrue(m.same_json(shown.value, vector["value"]))
            for spoiled in vector["refused"]:
                with self.assertRaises((m.ProofError, m.JsonError), msg=f"{vector['path']}: {spoiled['name']}"):
                    m.verify_fact(root, spoiled["path"], fact(spoiled["fact"]))
                refused += 1
        self.assertGreater(refused, 700)


class Logs(unittest.TestCase):
    def setUp(self) -> None:
        self.vectors = vectors("log.json")
        self.lines = [m.canonical(update) for update in self.vectors["updates"]]

    def test_computes_leaves_roots_and_proofs(self) -> None:
        leaves = [m.log_leaf(line.encode()) for line in self.lines]
        self.assertEqual([m.hex_of(leaf) for leaf in leaves], self.vectors["leafHashes"])
        tree = m.LogTree()
        for size, root in enumerate(self.vectors["roots"]):
            self.assertEqual(m.hex_of(tree.root), root)
            if size < len(leaves):
                tree.append(leaves[size])
        roots = [m.parse_hash(root) for root in self.vectors["roots"]]
        for one in self.vectors["inclusion"]:
            version, size, path = one["version"], one["size"], [m.parse_hash(text) for text in one["path"]]
            m.verify_inclusion(leaves[version - 1], version - 1, size, path, roots[size])
            for wrong in ([*path, path[0] if path else roots[1]], path[:-1] if path else [m.ZERO_HASH]):
                with self.assertRaises(m.ProofError):
                    m.verify_inclusion(leaves[version - 1], version - 1, size, wrong, roots[size])
        for one in self.vectors["consistency"]:
            older, newer, path = one["from"], one["to"], [m.parse_hash(text) for text in one["path"]]
            m.verify_consistency(older, roots[older], newer, roots[newer], path)
            for wrong_root in (roots[older - 1], m.ZERO_HASH):
                with self.assertRaises(m.ProofError):
                    m.verify_consistency(older, wrong_root, newer, roots[newer], path)

    def test_replays_the_log(self) -> None:
        replay = m.LogReplay()
        for line in self.lines:
            replay.append(line)
        self.assertEqual(m.hex_of(replay.root), self.vectors["updates"][-1]["root"])
        self.assertEqual(m.hex_of(replay.log_root or b""), self.vectors["roots"][-1])

    def test_goes_on_after_a_document(self) -> None:
        whole = m.LogReplay()
        for i, line in enumerate(self.lines):
            record = whole.append(line)
            later = m.LogReplay.of_document(whole.document(), record)
            for following in self.lines[i + 1 :]:
                later.append(following)
            self.assertEqual(m.hex_of(later.root), self.vectors["updates"][-1]["root"])

    def test_replays_merged_logs_to_their_documents(self) -> None:
        found = vectors("merge.json")
        for vector in found:
            replay = m.LogReplay()
            for step in vector["steps"]:
                record = step.get("record")
                if record and record["version"] > replay.version:
                    replay.append(m.canonical(record))
            self.assertEqual((replay.space, replay.version), (vector["space"], int(vector["version"])))
            self.assertEqual(m.hex_of(replay.root), vector["root"])
            self.assertEqual(m.hex_of(m.document_root(vector["document"])), vector["root"])
            self.assertEqual(m.hex_of(replay.log_root or b""), vector["logRoot"])
            self.assertTrue(m.same_json(replay.document(), vector["document"]))
            for pointer, payload in m.entries_of(vector["document"]):
                expected = m._look_up(vector["document"], m.segments(pointer))
                self.assertTrue(m.same_json(replay.look_up(pointer), expected), pointer)
                if isinstance(expected, list) and expected:
                    self.assertTrue(m.same_json(replay.look_up(pointer + "/0"), expected[0]))
                self.assertIs(replay.look_up(pointer + "x"), m._look_up(vector["document"], m.segments(pointer + "x")))
        self.assertEqual(len(found), 12)

    def test_refuses_every_log_that_lies(self) -> None:
        def lie(change: Any) -> None:
            update = json.loads(self.lines[3])
            change(update)
            replay = m.LogReplay()
            for line in self.lines[:3]:
                replay.append(line)
            with self.assertRaises(m.BrokenLog) as raised:
                replay.append(m.canonical(update))
            self.assertEqual(raised.exception.version, 4)

        lie(lambda update: update.update(root="0x" + "00" * 32))
        lie(lambda update: update.update(previous="0x" + "00" * 32))
        lie(lambda update: update.update(version=5))
        lie(lambda update: update.update(space="other"))
        lie(lambda update: update.update(committed="2020-01-01T00:00:00.000Z"))
        lie(lambda update: update.update(committed="2026-02-31T00:00:00.000Z"))
        lie(lambda update: update["changes"]["added"].append({"key": "/zz", "value": 1}))
        lie(lambda update: update["changes"]["deleted"].append({"key": "/zz", "old_value": 1}))
        lie(lambda update: update["changes"].update(added=[{"key": "", "value": 1}]))
        lie(lambda update: update.pop("request"))
        replay = m.LogReplay()
        with self.assertRaises(m.BrokenLog):
            replay.append(self.lines[0] + " ")


class Bundles(unittest.TestCase):
    """A bundle of each kind, made here from the vectors of a log, and everything around it changed."""

    def setUp(self) -> None:
        found = vectors("log.json")
        self.lines = [m.canonical(update) for update in found["updates"]]
        self.replay = m.LogReplay()
        for line in self.lines:
            self.replay.append(line)
        self.space = self.replay.space or ""
        self.size = len(self.lines)
        head = m.head_payload(self.size, self.replay.root, self.replay.log_root or b"")
        leaf = (m.key_of(self.space), m._sha256(head))
        header = b"\x02" + (3).to_bytes(8, "big") + b"\x01" * 32 + m.Trie([leaf]).root + b"\x02" * 32
        self.hash = m.checkpoint_hash(header)
        self.checkpoint = {
            "header": m.hex_of(header),
            "head": {
                "version": self.size,
                "state_root": m.hex_of(self.replay.root),
                "log_root": m.hex_of(self.replay.log_root or b""),
            },
            "proof": {"steps": [], "leaf": [m.hex_of(leaf[0]), m.hex_of(leaf[1])]},
        }
        self.inclusion = next(one for one in found["inclusion"] if one["size"] == self.size and one["version"] == 1)
        self.consistency = next(one for one in found["consistency"] if one["to"] == self.size)
        self.older_root = found["roots"][self.consistency["from"]]

    def update_bundle(self) -> dict[str, Any]:
        return {
            "format": "mnemogrid-bundle-1",
            "kind": "update",
            "claim": {"space": self.space, "version": 1},
            "update": {"record": self.lines[0], "path": self.inclusion["path"], "size": self.size},
            "checkpoint": self.checkpoint,
            "hints": {"anything": [1]},
        }

    def test_holds(self) -> None:
        claim = m.verify_bundle(m.canonical(self.update_bundle()), self.hash)
        self.assertEqual((claim.kind, claim.space, claim.version), ("update", self.space, 1))
        self.assertFalse(claim.author_proven)
        second = self.update_bundle() | {"format": "mnemogrid-bundle-2"}
        self.assertEqual(m.verify_bundle(m.canonical(second), self.hash), claim)
        self.assertEqual(m.verify_bundle(m.canonical_bytes(self.update_bundle()), m.hex_of(self.hash)), claim)
        bundle = self.update_bundle()
        del bundle["update"]
        bundle["kind"] = "consistency"
        bundle["claim"]["version"] = self.size
        bundle["consistency"] = {
            "from": {"size": self.consistency["from"], "root": self.older_root},
            "path": self.consistency["path"],
        }
        self.assertEqual(m.verify_bundle(m.canonical(bundle), self.hash).kind, "consistency")
        bundle["consistency"]["from"]["root"] = "0x" + "00" * 32
        self.assert_fails(bundle, "consistency")

    def test_a_fact_of_an_earlier_version_hangs_on_its_record(self) -> None:
        replay = m.LogReplay()
        record = replay.append(self.lines[0])
        entries = dict(m.entries_of(replay.document()))
        self.assertEqual(len(entries), 1, "the first record of the vectors sets one leaf")
        [(path, payload)] = entries.items()
        proof = {"steps": [], "leaf": [m.hex_of(m.key_of(path)), m.hex_of(m._sha256(payload.encode()))]}
        bundle = self.update_bundle() | {
            "kind": "fact",
            "claim": {
                "space": self.space,
                "version": 1,
                "path": path,
                "verdict": "present",
                "value": json.loads(payload),
            },
            "fact": {"case": "present", "payload": payload, "proofs": [proof]},
        }
        claim = m.verify_bundle(m.canonical(bundle), self.hash)
        self.assertEqual((claim.verdict, claim.path, claim.value), ("present", path, json.loads(payload)))
        self.assertEqual(record.version, 1)
        bundle["claim"]["value"] = "another"
        self.assert_fails(bundle, "claim")
        del bundle["claim"]["value"]
        self.assert_fails(bundle, "claim")
        bundle["fact"]["payload"] = '"another"'
        self.assert_fails(bundle, "fact")
        del bundle["update"]
        self.assert_fails(bundle, "version")

    def test_fails_at_the_step_that_is_wrong(self) -> None:
        def changed(step: str, change: Any) -> None:
            bundle = json.loads(m.canonical(self.update_bundle()))
            change(bundle)
            self.assert_fails(bundle, step)

        changed("checkpoint", lambda b: b["checkpoint"].update(header="0x02" + "00" * 7 + "04" + "11" * 96))
        changed("head", lambda b: b["checkpoint"]["head"].update(version=self.size + 1))
        changed("head", lambda b: b["claim"].update(space="other"))
        changed("version", lambda b: b["claim"].update(version=self.size + 1))
        changed("update", lambda b: b["claim"].update(version=2))
        changed("update", lambda b: b["update"].update(size=self.size - 1))
        changed("update", lambda b: b["update"].update(record=self.lines[1]))
        changed("update", lambda b: b["update"].update(path=b["update"]["path"][:-1]))

    def test_is_no_bundle(self) -> None:
        for change in (
            lambda b: b.update(format="mnemogrid-bundle-9"),
            lambda b: b.update(more=1),
            lambda b: b.update(author={}),
            lambda b: b.update(format="mnemogrid-bundle-2", author={}),
            lambda b: b.update(hints=[]),
            lambda b: b["claim"].update(path="/a"),
            lambda b: b["claim"].update(version=True),
            lambda b: b["checkpoint"].update(header="0x03" + "00" * 104),
            lambda b: b["update"].update(path=["0x" + "00" * 32] * 65),
        ):
            bundle = json.loads(m.canonical(self.update_bundle()))
            change(bundle)
            with self.assertRaises(m.JsonError):
                m.verify_bundle(m.canonical(bundle), self.hash)
        with self.assertRaises(m.JsonError):
            m.verify_bundle(m.canonical(self.update_bundle()) + "\n", self.hash)
        with self.assertRaises(ValueError):
            m.verify_bundle(m.canonical(self.update_bundle()), "0x00")

    def test_the_command_says_what_is_shown(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "bundle.json")
            with open(path, "wb") as file:
                file.write(m.canonical_bytes(self.update_bundle()))
            import contextlib
            import io

            with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()):
                self.assertEqual(m.main(["verify", path, m.hex_of(self.hash)]), 0)
                self.assertEqual(m.main(["verify", path, "0x" + "00" * 32]), 7)
                self.assertEqual(m.main(["verify", path, "0x"]), 2)
                self.assertEqual(m.main(["verify", path + "x", "0x"]), 9)
                self.assertEqual(m.main([]), 2)
            shown = {"author": "claimed", "kind": "update", "space": self.space, "version": 1}
            self.assertEqual(json.loads(out.getvalue()), shown)

    def assert_fails(self, bundle: Any, step: str) -> None:
        with self.assertRaises(m.BundleFails) as raised:
            m.verify_bundle(m.canonical(bundle), self.hash)
        self.assertEqual(raised.exception.step, step, str(raised.exception))


class Checkpoints(unittest.TestCase):
    def test_hashes_headers_and_heads(self) -> None:
        for vector in vectors("checkpoints.json"):
            header = bytes.fromhex(vector["header"][2:])
            self.assertEqual(m.hex_of(m.checkpoint_hash(header)), vector["checkpointHash"])
            self.assertEqual(m.hex_of(header[41:73]), vector["forestRoot"])
            forest = m.Trie(
                (m.key_of(name), m._sha256(bytes.fromhex(head["payload"][2:])))
                for name, head in vector["heads"].items()
            )
            self.assertEqual(m.hex_of(forest.root), vector["forestRoot"])
            for name, head in vector["heads"].items():
                shown = m.verify_key_proof(forest.root, m.key_of(name), key_proof(head["proof"]))
                self.assertEqual(shown, m._sha256(bytes.fromhex(head["payload"][2:])))


class Signatures(unittest.TestCase):
    def test_signs_as_rfc_8032_does(self) -> None:
        found = vectors("signatures.json")["rfc8032"]
        for vector in found:
            key, message, signature = (bytes.fromhex(vector[name]) for name in ("key", "message", "signature"))
            signer = m.Signer(bytes.fromhex(vector["seed"]))
            self.assertEqual(signer.key, m._base64url(key), vector["name"])
            self.assertEqual(signer.sign_bytes(message), signature, vector["name"])
            self.assertTrue(m.ed25519_verifies(key, message, signature), vector["name"])
            self.assertFalse(m.ed25519_verifies(key, message + b"x", signature), vector["name"])
        self.assertEqual(len(found), 5)

    def test_a_record_says_what_was_signed_and_nothing_else(self) -> None:
        cases = vectors("signed-requests.json")
        for one in cases:
            try:
                m._Asked(one["request"]).check(one["record"])
                holds = True
            except m.ProofError:
                holds = False
            self.assertEqual(holds, one["holds"], one["what"])
        self.assertGreater(len(cases), 30)

    def test_takes_what_an_author_signed_and_nothing_else(self) -> None:
        refused = 0
        for vector in vectors("signatures.json")["deltas"]:
            of = vector["grid"], vector["space"], vector["request"]
            self.assertEqual(m._signed_message(*of).hex(), vector["message"])
            holds = m.signature_holds(vector["key"], vector["signature"], *of)
            self.assertEqual(holds, vector["holds"], vector["why"])
            refused += not holds
            if "seed" in vector:
                signer = m.Signer(bytes.fromhex(vector["seed"]))
                self.assertEqual((signer.key, signer.sign(*of)), (vector["key"], vector["signature"]))
        self.assertEqual(refused, 93)

    def test_reads_one_spelling(self) -> None:
        found = vectors("signatures.json")
        for vector in found["spellings"]:
            with self.assertRaises(ValueError, msg=vector["why"]):
                m.signature_holds(vector["key"], vector["signature"], "0" * 32, "s", "{}")
        self.assertEqual(len(found["spellings"]), 12)
        key, signature = found["deltas"][0]["key"], found["deltas"][0]["signature"]
        for grid in ("", "00", "A" * 32, "0" * 33, "0" * 32 + "\n"):
            with self.assertRaises(ValueError):
                m.signature_holds(key, signature, grid, "s", "{}")

    def test_the_vectors_are_those_that_their_script_writes(self) -> None:
        script = runpy.run_path(os.path.join(HERE, "make_signatures.py"))
        self.assertEqual(json.loads(script["text"]()), vectors("signatures.json"))

    def test_reads_a_private_key_as_openssl_writes_it(self) -> None:
        pem = (  # openssl genpkey -algorithm ed25519, of the seed of TEST 1
            "-----BEGIN PRIVATE KEY-----\n"
            "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
            "-----END PRIVATE KEY-----\n"
        )
        key = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
        self.assertEqual(m.Signer(pem).key, key)
        self.assertEqual(m.Signer(pem.replace("\n", "\r\n")).key, key)
        self.assertEqual(repr(m.Signer(pem)), f"Signer({key})")
        for bad in ("", pem[:-5], pem.replace("MC4", "MC5"), pem.replace("MC4C", ""), pem.replace("PRIVATE", "PUBLIC")):
            with self.assertRaises(ValueError) as raised:
                m.Signer(bad)
            self.assertNotIn("MC", str(raised.exception))
        with self.assertRaises(ValueError):
            m.Signer(bytes(31))


@unittest.skipUnless(os.environ.get("BUNDLES") or os.environ.get("CI") == "true", "BUNDLES names no file")
class Corpus(unittest.TestCase):
    def test_names_the_step_that_others_name(self) -> None:
        seen = set()
        with open(os.environ["BUNDLES"], encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                judged = json.loads(line)
                try:
                    claim = m.verify_bundle(judged["bundle"], judged["checkpoint"])
                    answer = "holds"
                    self.assertEqual(claim.author_proven, "author" in json.loads(judged["bundle"]), f"line {number}")
                except m.BundleFails as error:
                    answer = error.step
                except m.JsonError:
                    answer = "unreadable"
                self.assertEqual(answer, "holds" if judged["holds"] else judged["answer"], f"line {number}")
                seen.add(answer)
        steps = "checkpoint head version update fact claim consistency author".split()
        self.assertEqual(seen, {"holds", "unreadable", *steps})


class Pointers(unittest.TestCase):
    def test_reads_dotted_paths(self) -> None:
        self.assertEqual(m.pointer_of("facts.contacts.@Jorday.karma"), "/facts/contacts/@Jorday/karma")
        self.assertEqual(m.pointer_of("/a.b/~0~1"), "/a.b/~0~1")
        self.assertEqual(m.pointer_of("a/b.~"), "/a~1b/~0")
        self.assertEqual(m.segments("/a~1b/~0"), ["a/b", "~"])
        self.assertEqual(m.pointer_of(""), "")
        with self.assertRaises(ValueError):
            m.pointer_of("a..b")


if __name__ == "__main__":
    unittest.main()
