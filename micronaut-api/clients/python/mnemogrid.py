# SPDX-License-Identifier: Apache-2.0
"""The Python client of mnemogrid: one shared, versioned, provable memory for a fleet of agents.

One file, Python 3.10 or later, the standard library alone::

    from mnemogrid import Client

    memory = Client(["http://127.0.0.1:8080", "http://127.0.0.1:8081"], author="bot-a").space("daryl")
    memory.commit({"facts.hello": "world"})
    print(memory.get("facts.hello"))

In this order: canonical JSON, pointers, the trie, the log, records, signatures, facts and bundles (all of it works
offline), then errors, answers, `Client`, `Space`, `EventStream`, `Replica`. The formats are those of docs/formats.md.
`Signer` signs in pure Python, which is not constant-time.
"""

from __future__ import annotations

import base64
import binascii
import bisect
import dataclasses
import datetime
import email.utils
import functools
import hashlib
import http.client
import ipaddress
import json
import logging
import os
import random
import re
import secrets
import selectors
import socket
import ssl
import sys
import threading
import time
import urllib.parse
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn, TypedDict, Union

__version__ = "0.1.0"

Json = Any
"""A JSON value: None, bool, int, float, str, list or dict with str keys."""

log = logging.getLogger("mnemogrid")

MAX_ANSWER_BYTES: Final = 16 * 1024 * 1024
"""Greatest answer, event or bundle that is read; a larger one is an error, not memory."""

MAX_REQUEST_BYTES: Final = 4 * 1024 * 1024
"""Greatest body that a member takes."""

SUMMARY_CHARACTERS: Final = 2_000
"""A summary over this is warned about: it goes into the prompt of every turn."""


# --- Canonical JSON (RFC 8785 over RFC 7493) --------------------------------------------------------------------------


class JsonError(ValueError):
    """A text or value that FORMATS §1 refuses."""


MAX_DEPTH: Final = 32
"""Containers within containers of a document: path segments plus nesting."""

_MAX_DEPTH_OF_TEXTS: Final = 64
_LITERAL = re.compile(r"-?([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?\Z")


def canonical(value: Json) -> str:
    """The canonical text of a value (RFC 8785). Raises `JsonError` for what JSON or a double cannot hold."""
    out: list[str] = []
    try:
        _write(value, out)
    except RecursionError:
        raise JsonError("a value nested too deep") from None
    return "".join(out)


def canonical_bytes(value: Json) -> bytes:
    """The canonical text in UTF-8, as hashes cover it."""
    return canonical(value).encode("utf-8")


def same_json(left: Json, right: Json) -> bool:
    """Whether two values are one JSON value. Python's own `==` takes True for 1."""
    return canonical(left) == canonical(right)


def _write(value: Json, out: list[str]) -> None:
    if value is None:
        out.append("null")
    elif value is True:
        out.append("true")
    elif value is False:
        out.append("false")
    elif isinstance(value, str):
        out.append(_quoted(value))
    elif isinstance(value, int):
        out.append(_whole(value))
    elif isinstance(value, float):
        out.append(_number(value))
    elif isinstance(value, (list, tuple)):
        out.append("[")
        for i, item in enumerate(value):
            if i:
                out.append(",")
            _write(item, out)
        out.append("]")
    elif isinstance(value, Mapping):
        out.append("{")
        for i, name in enumerate(sorted_names(value)):
            if i:
                out.append(",")
            out.append(_quoted(name))
            out.append(":")
            _write(value[name], out)
        out.append("}")
    else:
        raise JsonError(f"JSON has no {type(value).__name__}")


def sorted_names(names: Iterable[str]) -> list[str]:
    """Names in the order of UTF-16 code units, which RFC 8785 §3.2.3 asks for."""
    listed = list(names)
    for name in listed:
        if not isinstance(name, str):
            raise JsonError(f"a member's name is a str, got {type(name).__name__}")
    try:
        # Only above U+FFFF do UTF-16 and code points differ in order.
        plain = all(name.isascii() for name in listed)
        return sorted(listed) if plain else sorted(listed, key=lambda name: name.encode("utf-16-be"))
    except UnicodeEncodeError:
        raise JsonError("a lone surrogate") from None


def _quoted(text: str) -> str:
    if not text.isascii():
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            raise JsonError("a lone surrogate") from None
    return json.dumps(str(text), ensure_ascii=False)  # escapes exactly what RFC 8785 §3.2.2.2 escapes


def _whole(value: int) -> str:
    if -(2**53) <= value <= 2**53:
        return str(int(value))
    try:
        double = float(value)
    except OverflowError:
        raise JsonError("a number that overflows a double") from None
    text = _number(double)
    if int(double) != value and _shown(text) != value:
        raise JsonError("a whole number that a double does not hold exactly; send it as a string")
    return text


def _number(value: float) -> str:
    """A double as ECMAScript prints it, which is the form of RFC 8785 §3.2.2.3."""
    if value != value or value in (float("inf"), float("-inf")):
        raise JsonError("JSON has no NaN and no infinity")
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = repr(abs(float(value))).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))  # the value is 0.digits · 10^point
    digits = digits.rstrip("0")
    count = len(digits)
    if count <= point <= 21:
        return sign + digits + "0" * (point - count)
    if 0 < point <= 21:
        return sign + digits[:point] + "." + digits[point:]
    if -6 < point <= 0:
        return sign + "0." + "0" * -point + digits
    power = point - 1
    return sign + digits[0] + ("." + digits[1:] if count > 1 else "") + ("e+" if power > 0 else "e-") + str(abs(power))


def _shown(text: str) -> int | None:
    """The whole number that the canonical text of a double says; None where it has a fraction."""
    match = _LITERAL.match(text)
    assert match is not None
    fraction = match[2] or ""
    scale = int(match[3] or 0) - len(fraction)
    if scale < 0:
        return None
    number: int = int(match[1] + fraction) * 10**scale
    return -number if text.startswith("-") else number


def _read_number(literal: str) -> int | float:
    """The value of a literal, with the refusals of FORMATS §1."""
    if len(literal) <= 15 and (literal.isdigit() or literal[1:].isdigit()):
        return int(literal)
    value = float(literal)
    if value in (float("inf"), float("-inf")):
        raise JsonError("a number that overflows a double")
    match = _LITERAL.match(literal)
    assert match is not None
    fraction = match[2] or ""
    digits = (match[1] + fraction).lstrip("0")
    if not digits:
        return 0
    if value == 0:
        raise JsonError("a number that rounds to 0")
    # A number that is not whole may be rounded. A whole one must be what the double holds or what it is shown as.
    end = digits.rstrip("0")
    scale = int(match[3] or 0) - len(fraction) + len(digits) - len(end)
    if scale >= 0:
        sent = int(end) * 10**scale
        if sent != int(abs(value)) and sent != _shown(_number(abs(value))):
            raise JsonError("a whole number that a double does not hold exactly")
        return int(value) if abs(value) <= 2**53 else value
    return value


def _no_constant(name: str) -> NoReturn:
    raise JsonError(f"JSON has no {name}")


def _members(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise JsonError("a duplicate key")
    return members


_DECODER = json.JSONDecoder(
    parse_float=_read_number, parse_int=_read_number, parse_constant=_no_constant, object_pairs_hook=_members
)


def parse_json(text: str | bytes, max_depth: int = _MAX_DEPTH_OF_TEXTS) -> Json:
    """Reads one JSON text with the refusals of FORMATS §1, containers at most `max_depth` deep."""
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8")
        except UnicodeDecodeError:
            raise JsonError("the text is not UTF-8") from None
    if text.startswith("\ufeff"):
        raise JsonError("a byte order mark is no JSON")
    try:
        value = _DECODER.decode(text)
    except JsonError:
        raise
    except RecursionError:
        raise JsonError(f"more than {max_depth} levels of nesting") from None
    except ValueError as error:  # also of numbers with thousands of digits
        raise JsonError(f"no JSON: {error}") from None
    if nesting(value) > max_depth:
        raise JsonError(f"more than {max_depth} levels of nesting")
    # Decoded UTF-8 has no surrogates, so only an escape can bring a lone one.
    if "\\u" in text or not text.isascii():
        _check_texts(value)
    return value


def parse_canonical(text: str | bytes, max_depth: int = _MAX_DEPTH_OF_TEXTS) -> Json:
    """Reads a text that must be its own canonical form."""
    value = parse_json(text, max_depth)
    written = canonical(value)
    if (written.encode("utf-8") if isinstance(text, bytes) else written) != text:
        raise JsonError("the text is not its own canonical form (RFC 8785)")
    return value


def parse_document(text: str | bytes) -> dict[str, Json]:
    """Reads a document: an object, at most 32 levels deep."""
    value = parse_json(text, MAX_DEPTH)
    if not isinstance(value, dict):
        raise JsonError("the root of a document is an object")
    return value


def _check_texts(value: Json) -> None:
    if isinstance(value, str):
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            raise JsonError("a lone surrogate") from None
    elif isinstance(value, list):
        for item in value:
            _check_texts(item)
    elif isinstance(value, dict):
        for name, item in value.items():
            _check_texts(name)
            _check_texts(item)


def nesting(value: Json) -> int:
    """How deep containers nest: 0 for a scalar, 1 for an array or object of scalars."""
    if isinstance(value, dict):
        return 1 + max(map(nesting, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(nesting, value), default=0)
    return 0


# --- JSON Pointers (RFC 6901) -----------------------------------------------------------------------------------------

_POINTER = re.compile(r"(?:/(?:[^~/]|~[01])*)*\Z", re.DOTALL)
_INDEX = re.compile(r"(?:0|[1-9][0-9]*)\Z")


def pointer_of(path: str) -> str:
    """The JSON Pointer of a path: `facts.hello` or `/facts/hello`. A key that holds a `.` needs the pointer."""
    if path == "" or path.startswith("/"):
        return path
    names = path.split(".")
    if "" in names:
        raise ValueError(f"a dotted path has no empty segment: {path!r}")
    return "".join("/" + _escaped(name) for name in names)


def segments(pointer: str) -> list[str]:
    """The reference tokens of a pointer, unescaped."""
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _ancestors(pointer: str) -> Iterator[str]:
    """The pointers strictly above a pointer, from just above it upward, without the document itself."""
    end = pointer.rfind("/")
    while end > 0:
        yield pointer[:end]
        end = pointer.rfind("/", 0, end)


_NOTHING: Final = object()


def _look_up(value: Json, tokens: Sequence[str]) -> Json:
    """What the tokens lead to in a value, or `_NOTHING`."""
    for token in tokens:
        if isinstance(value, list):
            # An index of more digits than a size has is beyond every array.
            in_range = _INDEX.match(token) and len(token) <= 18 and int(token) < len(value)
            value = value[int(token)] if in_range else _NOTHING
        else:
            value = value.get(token, _NOTHING) if isinstance(value, dict) else _NOTHING
        if value is _NOTHING:
            return _NOTHING
    return value


def _why_no_pointer(text: str) -> str | None:
    if len(text) > 1024 or len(text.encode("utf-8", "surrogatepass")) > 1024:
        return "a pointer has at most 1024 bytes"
    if not _POINTER.match(text):
        return "no JSON Pointer (RFC 6901 §3)"
    return f"a pointer has at most {MAX_DEPTH} segments" if text.count("/") > MAX_DEPTH else None


# --- The trie: the root of a document, and of a checkpoint's forest (FORMATS §3) ---------------------------------------

HASH_BYTES: Final = 32
ZERO_HASH: Final = bytes(HASH_BYTES)
EMPTY_ROOT: Final = hashlib.sha256().digest()
OBJECT_PAYLOAD: Final = "\x03"
"""The payload of a non-empty object. No JSON text is this character."""

_MAX_LEAF_BYTES: Final = 256 * 1024
_HASH = re.compile(r"0x[0-9a-f]{64}\Z")


def _sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def hex_of(data: bytes) -> str:
    """Lower-case hex with `0x`."""
    return "0x" + data.hex()


def parse_hash(text: str) -> bytes:
    """The 32 bytes of `0x…`; raises `ValueError` for any other text."""
    if not _HASH.match(text):
        raise ValueError("a hash is 0x and 64 lower-case hex digits")
    return bytes.fromhex(text[2:])


def key_of(text: str) -> bytes:
    """The trie key of a pointer, and of a space's name in a forest."""
    return _sha256(text.encode("utf-8"))


def _bit(key: bytes, index: int) -> int:
    return (key[index >> 3] >> (7 - (index & 7))) & 1


def _differs_at(left: bytes, right: bytes) -> int:
    """The first bit in which two keys differ, 256 when they are equal; bit 0 is the highest of byte 0."""
    return 256 - (int.from_bytes(left, "big") ^ int.from_bytes(right, "big")).bit_length()


def _leaf_node(key: bytes, payload_hash: bytes) -> bytes:
    return _sha256(b"\x00", key, payload_hash)


def _inner_node(bit: int, left: bytes, right: bytes) -> bytes:
    return _sha256(b"\x01", bytes((bit,)), left, right)


@dataclass(frozen=True, slots=True)
class _Leaf:
    hash: bytes
    key: bytes


@dataclass(frozen=True, slots=True)
class _Inner:
    hash: bytes
    bit: int
    left: _Node
    right: _Node


_Node = Union[_Leaf, _Inner]


def _inner(bit: int, left: _Node, right: _Node) -> _Inner:
    return _Inner(_inner_node(bit, left.hash, right.hash), bit, left, right)


class Trie:
    """A trie that is changed entry by entry; each change costs about log₂ n hashes. Not for several threads at once."""

    def __init__(self, entries: Iterable[tuple[bytes, bytes]] = ()) -> None:
        """Builds the trie of (key, payload hash) pairs; keys are unique."""
        leaves = sorted((_Leaf(_leaf_node(key, payload), key) for key, payload in entries), key=lambda leaf: leaf.key)
        self._top: _Node | None = self._built(leaves, [leaf.key for leaf in leaves], 0, len(leaves)) if leaves else None

    @property
    def root(self) -> bytes:
        """The root; of a trie without entries SHA-256 of nothing."""
        return EMPTY_ROOT if self._top is None else self._top.hash

    def put(self, key: bytes, payload_hash: bytes) -> None:
        """Puts an entry, in place of the one with its key."""
        leaf = _Leaf(_leaf_node(key, payload_hash), key)
        if self._top is None:
            self._top = leaf
            return
        near = self._top
        while isinstance(near, _Inner):
            near = near.right if _bit(key, near.bit) else near.left
        self._top = self._put(self._top, leaf, _differs_at(near.key, key))

    def remove(self, key: bytes) -> None:
        """Takes an entry away, when it is there."""
        if self._top is not None:
            self._top = self._removed(self._top, key)

    @classmethod
    def _built(cls, leaves: list[_Leaf], keys: list[bytes], start: int, end: int) -> _Node:
        if end - start == 1:
            return leaves[start]
        bit = _differs_at(keys[start], keys[end - 1])
        if bit == 256:
            raise ValueError("a key stands in a trie once")
        # The keys of [start, end) are sorted and agree up to `bit`, so those with a 1 there begin at this key.
        first = int.from_bytes(keys[end - 1], "big") >> (255 - bit) << (255 - bit)
        middle = bisect.bisect_left(keys, first.to_bytes(32, "big"), start, end)
        return _inner(bit, cls._built(leaves, keys, start, middle), cls._built(leaves, keys, middle, end))

    @classmethod
    def _put(cls, node: _Node, leaf: _Leaf, differs: int) -> _Node:
        """`differs` is the first bit in which the key differs from all keys on its way; 256 when it is there."""
        if isinstance(node, _Leaf) and differs == 256:
            return leaf
        if isinstance(node, _Leaf) or node.bit > differs:
            return _inner(differs, node, leaf) if _bit(leaf.key, differs) else _inner(differs, leaf, node)
        if _bit(leaf.key, node.bit):
            return _inner(node.bit, node.left, cls._put(node.right, leaf, differs))
        return _inner(node.bit, cls._put(node.left, leaf, differs), node.right)

    @classmethod
    def _removed(cls, node: _Node, key: bytes) -> _Node | None:
        if isinstance(node, _Leaf):
            return None if node.key == key else node
        goes_right = _bit(key, node.bit)
        side = node.right if goes_right else node.left
        left = cls._removed(side, key)
        if left is side:
            return node
        if left is None:
            return node.left if goes_right else node.right
        return _inner(node.bit, node.left, left) if goes_right else _inner(node.bit, left, node.right)


def entries_of(document: Mapping[str, Json]) -> Iterator[tuple[str, str]]:
    """All entries of a document's trie as (pointer, payload), objects before what is in them."""

    def walk(pointer: str, members: Mapping[str, Json]) -> Iterator[tuple[str, str]]:
        for name, value in members.items():
            at = pointer + "/" + _escaped(name)
            if isinstance(value, Mapping) and value:
                yield at, OBJECT_PAYLOAD
                yield from walk(at, value)
            else:
                yield at, canonical(value)

    return walk("", document)


def document_root(document: Mapping[str, Json]) -> bytes:
    """The state root of a whole document: read it with `reserved=True`, else a policy is missing from it."""
    return Trie((key_of(pointer), _sha256(payload.encode("utf-8"))) for pointer, payload in entries_of(document)).root


@dataclass(frozen=True, slots=True)
class KeyProof:
    """The (bit, sibling) steps from the root down, and the (key, payload hash) that the key leads to."""

    steps: tuple[tuple[int, bytes], ...]
    leaf: tuple[bytes, bytes] | None


class ProofError(ValueError):
    """A proof or bundle that does not hold."""


def verify_key_proof(root: bytes, key: bytes, proof: KeyProof) -> bytes | None:
    """The payload hash that the trie has at the key, None where the key is not in it; raises `ProofError`."""
    if proof.leaf is None:
        if proof.steps or root != EMPTY_ROOT:
            raise ProofError("only an empty trie has no leaf")
        return None
    leaf_key, payload_hash = proof.leaf
    if len(leaf_key) != HASH_BYTES or len(payload_hash) != HASH_BYTES or len(key) != HASH_BYTES:
        raise ProofError("a hash has 32 bytes")
    above = -1
    for bit, sibling in proof.steps:
        if not above < bit < 256 or len(sibling) != HASH_BYTES:
            raise ProofError("the bits do not grow from the root down")
        above = bit
        if _bit(leaf_key, bit) != _bit(key, bit):
            raise ProofError(f"the leaf's key leaves the wanted key's way at bit {bit}")
    node = _leaf_node(leaf_key, payload_hash)
    for bit, sibling in reversed(proof.steps):
        node = _inner_node(bit, sibling, node) if _bit(key, bit) else _inner_node(bit, node, sibling)
    if node != root:
        raise ProofError("the steps lead to another root")
    return payload_hash if leaf_key == key else None


# --- The log tree (FORMATS §5, RFC 6962 §2.1) -------------------------------------------------------------------------


def log_leaf(record: bytes) -> bytes:
    """The leaf of a record, from its canonical text in UTF-8."""
    return _sha256(b"\x00", record)


def _log_node(left: bytes, right: bytes) -> bytes:
    return _sha256(b"\x01", left, right)


class LogTree:
    """A log tree that only grows; it keeps the roots of its whole subtrees, about log₂ of its size."""

    def __init__(self) -> None:
        self._whole: list[tuple[int, bytes]] = []
        self.size = 0

    def append(self, leaf: bytes) -> None:
        """Adds the leaf of the next version."""
        size = 1
        while self._whole and self._whole[-1][0] == size:
            leaf = _log_node(self._whole.pop()[1], leaf)
            size *= 2
        self._whole.append((size, leaf))
        self.size += 1

    @property
    def root(self) -> bytes:
        """The log root; of an empty log SHA-256 of nothing."""
        if not self._whole:
            return EMPTY_ROOT
        root = self._whole[-1][1]
        for _, left in reversed(self._whole[:-1]):
            root = _log_node(left, root)
        return root


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """Checks that a leaf is at an index of the tree of that size and root (RFC 9162 §2.1.3.2); else `ProofError`."""
    if not 0 <= index < size:
        raise ProofError("the leaf index is not below the size")
    fn, sn, node = index, size - 1, leaf
    for sibling in path:
        if sn == 0:
            raise ProofError("the inclusion path is too long")
        if fn & 1 or fn == sn:
            node = _log_node(sibling, node)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            node = _log_node(node, sibling)
        fn, sn = fn >> 1, sn >> 1
    if sn:
        raise ProofError("the inclusion path is too short")
    if node != root:
        raise ProofError("the inclusion path leads to another root")


def verify_consistency(from_size: int, from_root: bytes, size: int, root: bytes, path: Sequence[bytes]) -> None:
    """Checks that one tree extends another (RFC 9162 §2.1.4.2); else `ProofError`. Nothing is shown from size 0."""
    if from_size < 1:
        raise ProofError("a proof begins at size 1 or later")
    if from_size > size:
        raise ProofError("a history does not shrink")
    if from_size == size:
        if path:
            raise ProofError("the same size takes an empty path")
        if from_root != root:
            raise ProofError("two roots of one size")
        return
    if not path:
        raise ProofError("the consistency path is empty")
    nodes = [from_root, *path] if from_size & (from_size - 1) == 0 else list(path)
    fn, sn = from_size - 1, size - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    older = newer = nodes[0]
    for node in nodes[1:]:
        if sn == 0:
            raise ProofError("the consistency path is too long")
        if fn & 1 or fn == sn:
            older, newer = _log_node(node, older), _log_node(node, newer)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            newer = _log_node(newer, node)
        fn, sn = fn >> 1, sn >> 1
    if sn:
        raise ProofError("the consistency path is too short")
    if older != from_root:
        raise ProofError("the consistency path leads to another older root")
    if newer != root:
        raise ProofError("the consistency path leads to another newer root")


# --- Shapes: a place in a text, and the value there --------------------------------------------------------------------

_SPACE = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}\Z")
_NAME = re.compile(r"[A-Za-z0-9._:@-]{1,128}\Z")
_ID = re.compile(r"[A-Za-z0-9._:@-]{1,256}\Z")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z\Z")
_TAG = re.compile(r'"?([0-9]+)\.([0-9a-f]{16})"?\Z')
_MAX_SAFE: Final = 2**53 - 1


class _Shape:
    """A place in a text, and the value there. Each method raises a `JsonError` with that place for another value."""

    __slots__ = ("pointer", "value")

    def __init__(self, value: Json, pointer: str = "") -> None:
        self.value = value
        self.pointer = pointer

    def refusal(self, detail: str) -> JsonError:
        return JsonError(f"at {self.pointer or 'the root'}: {detail}")

    def object(self) -> dict[str, Json]:
        if not isinstance(self.value, dict):
            raise self.refusal("is no object")
        return self.value

    def optional(self, name: str) -> _Shape | None:
        members = self.object()
        return _Shape(members[name], self.pointer + "/" + _escaped(name)) if name in members else None

    def member(self, name: str) -> _Shape:
        found = self.optional(name)
        if found is None:
            raise self.refusal(f"has no member {name}")
        return found

    def only(self, *names: str) -> _Shape:
        for name in self.object():
            if name not in names:
                raise self.refusal(f"has a member {name[:100]!r}, which is none here")
        return self

    def items(self) -> list[_Shape]:
        if not isinstance(self.value, list):
            raise self.refusal("is no array")
        return [_Shape(item, f"{self.pointer}/{i}") for i, item in enumerate(self.value)]

    def pair(self) -> tuple[_Shape, _Shape]:
        items = self.items()
        if len(items) != 2:
            raise self.refusal("is no pair")
        return items[0], items[1]

    def string(self) -> str:
        if not isinstance(self.value, str):
            raise self.refusal("is no string")
        return self.value

    def one_of(self, *texts: str) -> str:
        if not isinstance(self.value, str) or self.value not in texts:
            raise self.refusal("is none of " + ", ".join(texts))
        return self.value

    def matching(self, pattern: re.Pattern[str]) -> str:
        text = self.string()
        if not pattern.match(text):
            raise self.refusal(f"is not of the form {pattern.pattern}")
        return text

    def integer(self, least: int, most: int = _MAX_SAFE) -> int:
        value = self.value
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise self.refusal(f"is no whole number from {least} to {most}")
        return value

    def hash(self) -> bytes:
        return self.bytes(HASH_BYTES)

    def bytes(self, length: int) -> bytes:
        text = self.string()
        if len(text) != 2 + 2 * length or not re.match(r"0x[0-9a-f]*\Z", text):
            raise self.refusal(f"is not 0x and {length} bytes in lower-case hex")
        return bytes.fromhex(text[2:])

    def path(self, or_document: bool = False) -> str:
        text = self.string()
        why = _why_no_pointer(text)
        if why is None and text == "" and not or_document:
            why = "is the document itself"
        if why is not None:
            raise self.refusal(why)
        return text

    def time(self) -> str:
        text = self.matching(_TIME)
        try:
            datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ")
        except ValueError:
            raise self.refusal("is no time") from None
        return text


# --- Records (FORMATS §4) ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LeafChange:
    """A leaf that changed, as canonical texts; None where none stands before or after."""

    key: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Record:
    """One checked line of a space's history, as far as checks need it; `value` has all of it."""

    space: str
    version: int
    committed: str
    previous: bytes
    root: bytes
    added: tuple[LeafChange, ...]
    modified: tuple[LeafChange, ...]
    deleted: tuple[LeafChange, ...]
    leaf: bytes
    """Its own leaf hash in the log tree."""
    value: dict[str, Json]

    @property
    def etag(self) -> str:
        """The tag of this version, `<version>.<16 hex>`, without the quotes of the header."""
        return f"{self.version}.{self.leaf.hex()[:16]}"


def read_record(text: str | bytes) -> Record:
    """Reads a record; raises `JsonError` when the text is not canonical or is no record.

    Members that it does not know are left alone: later versions of the format may add some, and the hash covers them.
    """
    record = _Shape(parse_canonical(text))
    version = record.member("version").integer(1)
    changes = record.member("changes")
    added = _changes(changes.member("added"), None, "value")
    deleted = _changes(changes.member("deleted"), "old_value", None)
    modified = _changes(changes.member("modified"), "old_value", "new_value")
    if len({change.key for change in added + deleted + modified}) != len(added) + len(deleted) + len(modified):
        raise changes.refusal("holds a leaf twice")
    record.member("author").matching(_NAME)
    record.member("update_id").matching(_ID)
    record.member("type").string()
    record.member("request").hash()
    record.member("base").integer(0, version - 1)
    record.member("timestamp").time()
    _check_writes(record.member("superseded"), version, "by", "by_version")
    _check_writes(record.member("overrode"), version, "author", "version")
    return Record(
        space=record.member("space").matching(_SPACE),
        version=version,
        committed=record.member("committed").time(),
        previous=record.member("previous").hash(),
        root=record.member("root").hash(),
        added=added,
        modified=modified,
        deleted=deleted,
        leaf=log_leaf(text.encode("utf-8") if isinstance(text, str) else text),
        value=record.object(),
    )


def _why_no_leaf(pointer: str, value: Json, payload: str) -> str | None:
    if isinstance(value, dict) and value:
        return "a non-empty object is no leaf"
    if pointer.count("/") + nesting(value) > MAX_DEPTH:
        return f"path and nesting are over {MAX_DEPTH}"
    over = len(payload.encode("utf-8")) > _MAX_LEAF_BYTES
    return f"a leaf is over {_MAX_LEAF_BYTES} bytes" if over else None


def _changes(listed: _Shape, before: str | None, after: str | None) -> tuple[LeafChange, ...]:
    found: list[LeafChange] = []

    def side(item: _Shape, key: str, name: str | None) -> str | None:
        if name is None:
            return None
        value = item.member(name)
        payload = canonical(value.value)
        why = _why_no_leaf(key, value.value, payload)
        if why is not None:
            raise value.refusal(why)
        return payload

    for item in listed.items():
        key = item.member("key").path()
        found.append(LeafChange(key, side(item, key, before), side(item, key, after)))
    keys = [change.key.encode("utf-16-be") for change in found]
    if any(left >= right for left, right in zip(keys, keys[1:])):
        raise listed.refusal("is not sorted by key")
    return tuple(found)


def _check_writes(listed: _Shape, version: int, author: str, version_name: str) -> None:
    """The lists of writes that lost: sorted by key, then version; a write has a value or `"deleted":true`."""
    last: tuple[bytes, int] | None = None
    for item in listed.items():
        key = item.member("key").path(or_document=True)
        at = item.member(version_name).integer(1, version - 1)
        item.member(author).matching(_NAME)
        deleted = item.optional("deleted")
        if (item.optional("value") is None) != (deleted is not None) or (deleted and deleted.value is not True):
            raise item.refusal('has either a value or "deleted":true')
        place = (key.encode("utf-16-be"), at)
        if last is not None and last > place:
            raise listed.refusal("is not sorted by key, then version")
        last = place


class BrokenLog(ValueError):
    """A log, or a server, that does not say what its own hashes say. `version` is that of the record at fault."""

    def __init__(self, version: int, detail: str) -> None:
        super().__init__(f"version {version}: {detail}")
        self.version = version
        self.detail = detail


class LogReplay:
    """A document played from records, one by one. Every root is recomputed from the changes alone.

    What a record says of itself is only compared, and anything that does not fit raises `BrokenLog`, after which the
    replay is of no use. It keeps the whole document in memory: the text of each leaf, and the entry of each object
    above a leaf, which the root needs. Not for several threads at once.
    """

    def __init__(self, space: str | None = None) -> None:
        """Begins before version 1, of any space when none is named."""
        self.space = space
        self.version = 0
        self._leaves: dict[str, str] = {}
        self._below: dict[str, int] = {}
        self._trie = Trie()
        self._log: LogTree | None = LogTree()
        self._last: Record | None = None

    @classmethod
    def of_document(cls, document: Mapping[str, Json], record: Record) -> LogReplay:
        """Goes on after a version, with its whole document and its record; raises `BrokenLog` if the roots differ."""
        replay = cls(record.space)
        entries = list(entries_of(document))
        replay._trie = Trie((key_of(pointer), _sha256(payload.encode("utf-8"))) for pointer, payload in entries)
        if replay.root != record.root:
            raise BrokenLog(record.version, _two_roots(replay.root, record.root))
        for pointer, payload in entries:
            if payload != OBJECT_PAYLOAD:
                replay._leaves[pointer] = payload
                for above in _ancestors(pointer):
                    replay._below[above] = replay._below.get(above, 0) + 1
        replay.version = record.version
        replay._last = record
        replay._log = None
        return replay

    @property
    def root(self) -> bytes:
        """The state root, recomputed."""
        return self._trie.root

    @property
    def log_root(self) -> bytes | None:
        """The log root, recomputed; None where the replay did not begin before version 1."""
        return None if self._log is None else self._log.root

    @property
    def leaves(self) -> Mapping[str, str]:
        """The canonical text of each leaf, by pointer."""
        return self._leaves

    @property
    def etag(self) -> str:
        """The place of the version in an event stream; `0` before version 1."""
        return "0" if self._last is None else self._last.etag

    def document(self) -> dict[str, Json]:
        """A copy of the document, what is reserved included."""
        return self._object_at("")

    def look_up(self, pointer: str) -> Json:
        """What stands at a pointer, also within an array; an object of the module's own where nothing does."""
        for above in (pointer, *_ancestors(pointer)):
            payload = self._leaves.get(above)
            if payload is not None:
                return _look_up(parse_json(payload), segments(pointer[len(above) :]))
        return self._object_at(pointer) if pointer == "" or pointer in self._below else _NOTHING

    def _object_at(self, above: str) -> dict[str, Json]:
        found: dict[str, Json] = {}
        for pointer, payload in self._leaves.items():
            if pointer.startswith(above + "/"):
                names = segments(pointer[len(above) :])
                at = found
                for name in names[:-1]:
                    at = at.setdefault(name, {})
                at[names[-1]] = parse_json(payload)
        return found

    def append(self, text: str | bytes) -> Record:
        """Plays the next record, one line of the log; raises `BrokenLog` when it does not follow."""
        due = self.version + 1
        try:
            record = read_record(text)
        except JsonError as error:
            raise BrokenLog(due, str(error)) from None
        if record.version != due:
            raise BrokenLog(due, f"the log goes on with version {record.version}")
        if self.space is not None and record.space != self.space:
            raise BrokenLog(due, f"a record of {record.space} in the log of {self.space}")
        if record.previous != (ZERO_HASH if self._last is None else self._last.leaf):
            raise BrokenLog(due, "previous is not the leaf hash of the record before")
        if self._last is not None and record.committed < self._last.committed:
            raise BrokenLog(due, "was committed before the version before")
        self._apply(record)
        if self.root != record.root:
            raise BrokenLog(due, _two_roots(self.root, record.root))
        if self._log is not None:
            self._log.append(record.leaf)
        self.space, self.version, self._last = record.space, due, record
        return record

    def _apply(self, record: Record) -> None:
        # Removes before it puts, since a leaf may give way to leaves below it.
        for change in record.deleted + record.modified + record.added:
            if self._leaves.get(change.key) != change.before:
                raise BrokenLog(record.version, f"another value stood at {change.key}")
            if change.after is None:
                self._remove(change.key)
        for change in record.modified + record.added:
            assert change.after is not None
            self._put(change.key, change.after)
        for change in record.added:
            if change.key in self._below or any(above in self._leaves for above in _ancestors(change.key)):
                raise BrokenLog(record.version, f"a leaf above or below {change.key}")

    def _put(self, pointer: str, payload: str) -> None:
        if pointer not in self._leaves:
            for above in _ancestors(pointer):
                count = self._below.get(above, 0)
                if count == 0:
                    self._trie.put(key_of(above), _sha256(OBJECT_PAYLOAD.encode("utf-8")))
                self._below[above] = count + 1
        self._leaves[pointer] = payload
        self._trie.put(key_of(pointer), _sha256(payload.encode("utf-8")))

    def _remove(self, pointer: str) -> None:
        del self._leaves[pointer]
        self._trie.remove(key_of(pointer))
        for above in _ancestors(pointer):
            self._below[above] -= 1
            if self._below[above] == 0:
                del self._below[above]
                self._trie.remove(key_of(above))


def _two_roots(recomputed: bytes, said: bytes) -> str:
    return f"the state root is {hex_of(recomputed)}, the record says {hex_of(said)}"


# --- Signatures of authors (RFC 8032, docs/authors.md) -----------------------------------------------------------------

_P: Final = 2**255 - 19
_ORDER: Final = 2**252 + 27742317777372353535851937790883648493
_D: Final = -121665 * pow(121666, -1, _P) % _P
_ROOT: Final = pow(2, (_P - 1) // 4, _P)
"""A square root of -1."""

_Point = tuple[int, int, int, int]
"""A point of edwards25519 in the extended coordinates of RFC 8032 §5.1.4."""

_NEUTRAL: Final = (0, 1, 1, 0)


def _sum(a: _Point, b: _Point) -> _Point:
    left = (a[1] - a[0]) * (b[1] - b[0]) % _P
    right = (a[1] + a[0]) * (b[1] + b[0]) % _P
    c = 2 * a[3] * b[3] * _D % _P
    d = 2 * a[2] * b[2] % _P
    e, f, g, h = right - left, d - c, d + c, right + left
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _twice(a: _Point) -> _Point:
    x, y, z, _ = a
    xx, yy = x * x % _P, y * y % _P
    h = xx + yy
    e, g = h - (x + y) * (x + y) % _P, xx - yy
    f = 2 * z * z % _P + g
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _times(scalar: int, point: _Point) -> _Point:
    result: _Point = _NEUTRAL
    for digit in bin(scalar)[2:]:
        result = _twice(result)
        if digit == "1":
            result = _sum(result, point)
    return result


def _encoded(point: _Point) -> bytes:
    inverse = pow(point[2], -1, _P)
    x, y = point[0] * inverse % _P, point[1] * inverse % _P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _decoded(data: bytes) -> _Point | None:
    """The point of its one spelling; None where the bytes are none: y below p, and no sign where x is 0."""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    if y >= _P:
        return None
    u, v = (y * y - 1) % _P, (_D * y * y + 1) % _P
    x = u * pow(v, 3, _P) * pow(u * pow(v, 7, _P), (_P - 5) // 8, _P) % _P
    if v * x * x % _P != u:
        x = x * _ROOT % _P
        if v * x * x % _P != u:
            return None
    if x == 0 and sign:
        return None
    if x & 1 != sign:
        x = _P - x
    return x, y, 1, x * y % _P


_BASE: Final = _decoded(b"\x58" + b"\x66" * 31) or _NEUTRAL


def _is_neutral(point: _Point) -> bool:
    return point[0] == 0 and point[1] == point[2]


@functools.lru_cache(maxsize=256)
def _key_point(key: bytes) -> _Point | None:
    """The point of a public key; None where it is no point in its one spelling, or not of the full prime order."""
    point = _decoded(key)
    if point is None or _is_neutral(point) or not _is_neutral(_times(_ORDER, point)):
        return None
    return point


def _challenge(*parts: bytes) -> int:
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little") % _ORDER


def ed25519_verifies(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether a signature is a key's, as docs/authors.md wants it; some 4 ms.

    S is below the order, key and R have their one spelling, the key has the full prime order, and the equation holds
    without the cofactor: R is compared as bytes with what it must be.
    """
    point = _key_point(key) if len(key) == 32 else None
    if point is None or len(signature) != 64:
        return False
    s = int.from_bytes(signature[32:], "little")
    if s >= _ORDER:
        return False
    k = _challenge(signature[:32], key, message)
    return _encoded(_sum(_times(s, _BASE), _times(_ORDER - k, point))) == signature[:32]


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _from_base64url(text: str, length: int, what: str) -> bytes:
    """The bytes of unpadded base64url; raises `ValueError` for any other spelling."""
    try:
        data = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except (ValueError, binascii.Error):
        data = b""
    if len(data) != length or _base64url(data) != text:
        raise ValueError(f"{what} is unpadded base64url of {length} bytes (RFC 4648 §5)")
    return data


_GRID = re.compile(r"[0-9a-f]{32}\Z")


def _signed_message(grid: str, space: str, request: str) -> bytes:
    """What an author signs, 98 bytes: the grid, the space and the canonical text of the delta without its signature."""
    if not _GRID.match(grid):
        raise ValueError("a grid id has 32 hex digits, lower case")
    parts = (bytes.fromhex(grid), key_of(space), _sha256(request.encode("utf-8")))
    return b"mnemogrid-delta-1\0" + b"".join(parts)


def signature_holds(key: str, signature: str, grid: str, space: str, request: str) -> bool:
    """Whether an author's key signed the canonical text of a request for that space of that grid.

    Raises `ValueError` for a key, a signature or a grid id of another spelling.
    """
    point, value = _from_base64url(key, 32, "a key"), _from_base64url(signature, 64, "a signature")
    return ed25519_verifies(point, _signed_message(grid, space, request), value)


class Signer:
    """The private key of an author: 32 bytes, or the text of a PKCS #8 PEM file, as `openssl genpkey` writes it.

    Pure Python, and NOT constant-time: who can measure how long a signature takes, on the same machine, may learn of
    the key. Sign on a machine that you do not share with those you would not give the key to. Some 2 ms a signature.
    """

    _PREFIX: Final = bytes.fromhex("302e020100300506032b657004220420")

    def __init__(self, key: bytes | str) -> None:
        """Raises `ValueError` when it is no such key; its text is not repeated."""
        seed = self._seed(key) if isinstance(key, str) else bytes(key)
        if len(seed) != 32:
            raise ValueError(f"a private key has 32 bytes, got {len(seed)}")
        digest = hashlib.sha512(seed).digest()
        self._scalar = int.from_bytes(digest[:32], "little") & (1 << 254) - 8 | 1 << 254
        self._nonce = digest[32:]
        self._point = _encoded(_times(self._scalar, _BASE))
        self.key: Final = _base64url(self._point)
        """The public key, 43 characters, as `POST /v1/authors` takes it."""

    @classmethod
    def _seed(cls, pem: str) -> bytes:
        found = re.search(r"-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END PRIVATE KEY-----", pem)
        try:
            der = base64.b64decode("".join(found.group(1).split()), validate=True) if found else b""
        except binascii.Error:
            der = b""
        if len(der) != len(cls._PREFIX) + 32 or not der.startswith(cls._PREFIX):
            raise ValueError("an author's private key is Ed25519 in PKCS #8 PEM, without a password")
        return der[len(cls._PREFIX) :]

    def __repr__(self) -> str:
        return f"Signer({self.key})"

    def sign_bytes(self, message: bytes) -> bytes:
        """The 64 bytes of RFC 8032 §5.1.6."""
        r = _challenge(self._nonce, message)
        start = _encoded(_times(r, _BASE))
        s = (r + _challenge(start, self._point, message) * self._scalar) % _ORDER
        return start + s.to_bytes(32, "little")

    def sign(self, grid: str, space: str, request: str) -> str:
        """The signature of a request's canonical text, for that space of that grid; 86 characters."""
        return _base64url(self.sign_bytes(_signed_message(grid, space, request)))


# --- Facts (FORMATS §3) and bundles (§7) ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fact:
    """What is shown of a path. `case` is present, below-object, below-value or in-array; others are as it needs."""

    case: str
    ancestor: str | None
    payload: str | None
    proofs: tuple[KeyProof, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """What a fact proof shows: verdict `present` with a value, `object` (a non-empty one) or `absent`."""

    verdict: str
    value: Json = None


def verify_fact(root: bytes, path: str, fact: Fact) -> Shown:
    """What `fact` shows of the pointer `path` in the document with this state root; raises `ProofError`."""
    why = _why_no_pointer(path)
    if why is not None or path == "":
        raise ProofError(why or "a fact is about a path below the document")
    ancestor, payload, proofs = fact.ancestor, fact.payload, fact.proofs
    if fact.case == "present":
        if ancestor is not None or payload is None or len(proofs) != 1:
            raise ProofError("present takes a payload, one key proof and no ancestor")
        _check_at(root, path, payload, proofs[0])
        return Shown("object") if payload == OBJECT_PAYLOAD else Shown("present", _leaf_value(path, payload))
    if ancestor is None or not path.startswith(ancestor + "/"):
        raise ProofError(f"{fact.case} takes an ancestor of the path")
    if fact.case == "below-object":
        if payload is not None or len(proofs) != (1 if ancestor == "" else 2):
            raise ProofError("below-object takes a key proof each for the ancestor and the next step, and no payload")
        if ancestor != "":
            _check_at(root, ancestor, OBJECT_PAYLOAD, proofs[0])
        end = path.find("/", len(ancestor) + 1)
        following = path if end < 0 else path[:end]
        if verify_key_proof(root, key_of(following), proofs[-1]) is not None:
            raise ProofError(f"something stands at {following}")
        return Shown("absent")
    if fact.case not in ("below-value", "in-array"):
        raise ProofError(f"no case: {fact.case}")
    # The document itself is an object, so it is never the leaf that these cases speak of.
    if ancestor == "" or payload is None or len(proofs) != 1:
        raise ProofError(f"{fact.case} takes an ancestor below the document, its payload and one key proof")
    _check_at(root, ancestor, payload, proofs[0])
    leaf = _leaf_value(ancestor, payload)
    if isinstance(leaf, list) != (fact.case == "in-array"):
        raise ProofError(f"{fact.case} does not fit what stands at {ancestor}")
    if fact.case == "below-value":
        return Shown("absent")
    value = _look_up(leaf, segments(path)[len(segments(ancestor)) :])
    return Shown("absent") if value is _NOTHING else Shown("present", value)


def _check_at(root: bytes, pointer: str, payload: str, proof: KeyProof) -> None:
    shown = verify_key_proof(root, key_of(pointer), proof)
    if shown is None:
        raise ProofError(f"nothing stands at {pointer}")
    if shown != _sha256(payload.encode("utf-8", "surrogatepass")):
        raise ProofError(f"another payload stands at {pointer}")


def _leaf_value(pointer: str, payload: str) -> Json:
    try:
        value = parse_canonical(payload)
    except JsonError as error:
        raise ProofError(f"the payload is no canonical JSON: {error}") from None
    why = _why_no_leaf(pointer, value, payload)
    if why is not None:
        raise ProofError(why)
    return value


@dataclass(frozen=True, slots=True)
class Claim:
    """What a bundle that holds shows. `path` and `verdict` are of a fact alone; `has_value` where it names a value.

    `author_proven`: of an update, whether it is shown that its author signed it (docs/authors.md); where it is not, the
    server alone says who wrote.
    """

    kind: str
    space: str
    version: int
    path: str | None = None
    verdict: str | None = None
    has_value: bool = False
    value: Json = None
    author_proven: bool = False


class BundleFails(ProofError):
    """A bundle that can be read and does not hold; `step` is the first check that fails (docs/proofs.md)."""

    def __init__(self, step: str, why: str) -> None:
        super().__init__(f"{step}: {why}")
        self.step = step


def checkpoint_hash(header: bytes) -> bytes:
    """The hash of a checkpoint, from the 105 bytes of its header."""
    return _sha256(header)


def head_payload(version: int, state_root: bytes, log_root: bytes) -> bytes:
    """The 72 bytes that a checkpoint's forest commits to for a space."""
    return version.to_bytes(8, "big") + state_root + log_root


def verify_bundle(bundle: str | bytes, checkpoint: str | bytes) -> Claim:
    """Checks a bundle against a checkpoint hash that the caller trusts, 32 bytes or `0x…`, and returns what it shows.

    Raises `BundleFails` when it does not hold, `JsonError` when it is no bundle, `ValueError` when the hash is none.
    Nothing is fetched, and nothing in the bundle says what to trust. A hash that comes from the server that made the
    bundle shows only that the server agrees with itself: take it from the chain or from the notary's file.
    """
    trusted = parse_hash(checkpoint) if isinstance(checkpoint, str) else bytes(checkpoint)
    if len(trusted) != HASH_BYTES:
        raise ValueError("a hash has 32 bytes")
    if len(bundle) > MAX_ANSWER_BYTES:
        raise JsonError(f"a bundle has at most {MAX_ANSWER_BYTES} bytes")
    shape = _Shape(parse_canonical(bundle))
    reading = _Bundle(shape)
    reading.check(trusted)
    return reading.claim


@dataclass(frozen=True, slots=True)
class _HeadOf:
    """The head of a space in a checkpoint, with its way there."""

    space: str
    version: int
    state_root: bytes
    log_root: bytes
    proof: KeyProof

    @classmethod
    def read(cls, space: str, head: _Shape, proof: _Shape) -> _HeadOf:
        head.only("version", "state_root", "log_root")
        version = head.member("version").integer(1)
        return cls(
            space, version, head.member("state_root").hash(), head.member("log_root").hash(), _read_key_proof(proof)
        )

    def check(self, forest_root: bytes) -> None:
        """Raises `ProofError` where it is not shown to stand in that forest."""
        shown = verify_key_proof(forest_root, key_of(self.space), self.proof)
        if shown is None:
            raise ProofError(f"{self.space} is not in the checkpoint")
        if shown != _sha256(head_payload(self.version, self.state_root, self.log_root)):
            raise ProofError(f"{self.space} has another head in the checkpoint")


@dataclass(frozen=True, slots=True)
class _Inclusion:
    """A record, and its way to the log root of a head."""

    record: str
    path: list[bytes]
    size: int

    @classmethod
    def read(cls, update: _Shape) -> _Inclusion:
        update.only("record", "path", "size")
        record = update.member("record").string()
        return cls(record, _read_path(update.member("path")), update.member("size").integer(1))

    def check(self, head: _HeadOf, version: int) -> Record:
        """The record, once it is shown to be that of a version in the head's log; raises `ProofError`."""
        if self.size != head.version:
            raise ProofError("the size of the log is not the head's version")
        try:
            record = read_record(self.record)
        except JsonError as error:
            raise ProofError(str(error)) from None
        verify_inclusion(record.leaf, version - 1, self.size, self.path, head.log_root)
        if record.space != head.space:
            raise ProofError(f"the record is of space {record.space}")
        if record.version != version:
            raise ProofError(f"the record is of version {record.version}")
        if version == head.version and record.root != head.state_root:
            raise ProofError("the record's root is not the head's")
        return record


class _AuthorProof:
    """What shows that a record's author signed what it says (docs/authors.md)."""

    def __init__(self, author: _Shape) -> None:
        author.only("head", "proof", "grid", "key", "request", "signature", "update")
        self.head = _HeadOf.read("mnemogrid.authors", author.member("head"), author.member("proof"))
        update = author.optional("update")
        self.update = None if update is None else _Inclusion.read(update)
        self.grid = _read_fact(author.member("grid"))
        self.key = _read_fact(author.member("key"))
        self.request = author.member("request").string()
        self.signature = author.member("signature").string()

    def check(self, forest_root: bytes, space: str, record: dict[str, Json]) -> None:
        """Raises `ValueError` with what is not shown; the record stands in the log of the space."""
        self.head.check(forest_root)
        signed = _Shape(record).member("signed")
        value, key = signed.member("value").string(), signed.member("key").string()
        _need(value == self.signature, "the signature is another than the record's")
        version = signed.member("authors").integer(1, self.head.version)
        root = self.head.state_root
        is_head = version == self.head.version
        _need(is_head == (self.update is None), "the authors' keys take their update exactly at an earlier version")
        if self.update is not None:
            root = self.update.check(self.head, version).root
        grid = verify_fact(root, "/grid", self.grid).value
        _need(isinstance(grid, str), "the id of the grid is not shown")
        author = _Shape(record).member("author").matching(_NAME)
        kind = verify_fact(root, f"/keys/{author}/{key}", self.key).value
        _need(kind == "ed25519", f"the key is not shown to be the author's at version {version}")
        request = _Shape(parse_canonical(self.request)).object()
        own = hex_of(_sha256(self.request.encode("utf-8")))
        _need(own == record["request"], "the request is another than the record's")
        holds = signature_holds(key, value, grid, space, self.request)
        _need(holds, "the key did not sign this request for this space of this grid")
        _Asked(request).check(record)


class _Asked:
    """What a signed request asks for, to be compared with the record that the server made of it."""

    def __init__(self, request: dict[str, Json]) -> None:
        self.request = request
        self.puts: dict[str, Json] = {}
        self.deletes: set[str] = set()
        self.paths: set[str] = set()  # of all changes, lost ones too
        self.above: set[str] = set()  # all that is strictly above one of the paths
        changes = _Shape(request).member("changes")
        for listed, name in (("added", "value"), ("modified", "new_value"), ("deleted", "")):
            for change in _items(changes, listed):
                key = change.member("key")
                path = _Shape(pointer_of(key.string()), key.pointer).path(or_document=True)
                self.paths.add(path)
                self.above.update(_upward(path)[1:])
                if name:
                    self.puts[path] = change.member(name).value
                else:
                    self.deletes.add(path)

    def _value(self, path: str) -> tuple[bool, Json | object]:
        """Whether something is to be set at or above a path, and what then stands there, `_NOTHING` for nothing."""
        for at in _upward(path):
            if at in self.puts:
                found: Json | object = self.puts[at]
                for name in segments(path[len(at) :]):
                    found = found.get(name, _NOTHING) if isinstance(found, dict) else _NOTHING
                return True, found
        return False, _NOTHING

    def _sets(self, path: str, value: Json) -> bool:
        is_set, stands = self._value(path)
        return is_set and stands is not _NOTHING and same_json(stands, value)

    def _deletes(self, leaf: str, added: set[str]) -> bool:
        """Whether a leaf goes because of the request; `added` is what the record adds, and all above that."""
        if any(at in self.deletes for at in _upward(leaf)):
            return True
        is_set, stays = self._value(leaf)
        if is_set:
            return stays is _NOTHING or (isinstance(stays, dict) and stays != {})
        # what is set below a value takes its place
        return leaf in self.above and any(path.startswith(leaf + "/") and path in added for path in self.puts)

    def check(self, record: dict[str, Json]) -> None:
        """Raises `ProofError` where the record says what the request does not."""
        asked, said = _Shape(self.request), _Shape(record)
        for name in ("author", "base", "timestamp", "type", "update_id"):
            is_same = same_json(asked.member(name).value, said.member(name).value)
            _need(is_same, f"the record has another {name} than the request")
        superseded, overrode = _items(said, "superseded"), _items(said, "overrode")
        is_strict = self.request.get("strict") is True
        is_quiet = not superseded and not overrode
        _need(not is_strict or is_quiet, "the request is strict, and the record loses or beats something")
        for lost in superseded:
            path, sent = lost.member("key").path(or_document=True), lost.optional("value")
            if sent is None:
                is_asked = path in self.deletes
                self.deletes.discard(path)
            else:
                is_asked = path in self.puts and same_json(self.puts.pop(path), sent.value)
            _need(is_asked, f"the record names as lost what the request does not ask for: {path}")
        for beaten in overrode:
            path = beaten.member("key").path(or_document=True)
            is_touched = path in self.above or any(at in self.paths for at in _upward(path))
            _need(is_touched, f"the record beats what the request does not touch: {path}")
        emptied = {path.rpartition("/")[0] for path in self.deletes} - {""}
        changes = said.member("changes")
        added: set[str] = set()
        for listed, name in (("added", "value"), ("modified", "new_value")):
            for change in _items(changes, listed):
                path, value = change.member("key").path(or_document=True), change.member(name).value
                is_left_over = listed == "added" and isinstance(value, dict) and value == {} and path in emptied
                _need(is_left_over or self._sets(path, value), f"the record sets what the request does not: {path}")
                if listed == "added":
                    added.update(_upward(path))
        for change in _items(changes, "deleted"):
            path = change.member("key").path(or_document=True)
            _need(self._deletes(path, added), f"the record deletes what the request does not ask for: {path}")


def _need(holds: bool, why: str) -> None:
    if not holds:
        raise ProofError(why)


def _items(shape: _Shape, name: str) -> list[_Shape]:
    listed = shape.optional(name)
    return [] if listed is None else listed.items()


def _upward(path: str) -> list[str]:
    """A pointer and all above it, from itself up to the document."""
    return [path] if path == "" else [path, *_ancestors(path), ""]


class _Bundle:
    """The shape of a bundle, read whole before anything is checked; then checks from what is trusted inward."""

    def __init__(self, bundle: _Shape) -> None:
        form = bundle.member("format").one_of("mnemogrid-bundle-1", "mnemogrid-bundle-2")
        kind = bundle.member("kind").one_of("fact", "update", "consistency")
        needed = {"fact": ("fact", "update"), "update": ("update",), "consistency": ("consistency",)}[kind]
        of_author = ("author",) if form == "mnemogrid-bundle-2" and kind == "update" else ()
        bundle.only("format", "kind", "claim", "checkpoint", "hints", *needed, *of_author)
        hints = bundle.optional("hints")
        if hints is not None:
            hints.object()
        claim = bundle.member("claim")
        self.space = claim.member("space").matching(_SPACE)
        self.version = claim.member("version").integer(1)
        self.fact: Fact | None = None
        self.update: _Inclusion | None = None
        author = bundle.optional("author")
        self.author = None if author is None else _AuthorProof(author)
        self.consistency: tuple[int, bytes, list[bytes]] | None = None
        if kind == "fact":
            verdict = claim.member("verdict").one_of("present", "absent")
            claim.only("space", "version", "path", "verdict", *(("value",) if verdict == "present" else ()))
            value = claim.optional("value")
            path = claim.member("path").path()
            said = None if value is None else value.value
            self.claim = Claim(kind, self.space, self.version, path, verdict, value is not None, said)
            self.fact = _read_fact(bundle.member("fact"))
        else:
            claim.only("space", "version")
            self.claim = Claim(kind, self.space, self.version, author_proven=self.author is not None)
        update = bundle.member("update") if kind == "update" else bundle.optional("update")
        if update is not None:
            self.update = _Inclusion.read(update)
        if kind == "consistency":
            consistency = bundle.member("consistency").only("from", "path")
            older = consistency.member("from").only("size", "root")
            path_ = _read_path(consistency.member("path"))
            self.consistency = (older.member("size").integer(1), older.member("root").hash(), path_)
        checkpoint = bundle.member("checkpoint").only("header", "head", "proof")
        header = checkpoint.member("header")
        self.header = header.bytes(105)
        self.number = int.from_bytes(self.header[1:9], "big")
        if self.header[0] != 2 or not 1 <= self.number < 2**63:
            raise header.refusal("begins with 0x02 and a number of 1 to 2^63 - 1")
        self.forest_root = self.header[41:73]
        self.head = _HeadOf.read(self.space, checkpoint.member("head"), checkpoint.member("proof"))

    def check(self, trusted: bytes) -> None:
        """Raises `BundleFails` at the first check that fails, in the order of docs/proofs.md."""
        _demand("checkpoint", checkpoint_hash(self.header) == trusted, "the header is not that of the checkpoint given")
        if self.number == 1:
            _demand("checkpoint", self.header[9:41] == ZERO_HASH, "nothing is before the first checkpoint")
        _demand("checkpoint", self.number <= _MAX_SAFE, f"no checkpoint number: {self.number}")
        head = self.head
        try:
            head.check(self.forest_root)
        except ProofError as error:
            raise BundleFails("head", str(error)) from None
        _demand("version", self.version <= head.version, f"the checkpoint holds version {head.version} only")
        if self.consistency is not None:
            _demand("version", self.version == head.version, "a consistency claim is about the head's version")
            size, root, path = self.consistency
            try:
                verify_consistency(size, root, head.version, head.log_root, path)
            except ProofError as error:
                raise BundleFails("consistency", str(error)) from None
        elif self.fact is None:
            record = self._check_record()
            if self.author is not None:
                try:
                    self.author.check(self.forest_root, self.space, record.value)
                except ValueError as error:
                    raise BundleFails("author", str(error)) from None
        else:
            self._check_fact(self.fact)

    def _check_record(self) -> Record:
        """The record of the claimed version, once it is shown to be in the log."""
        assert self.update is not None
        try:
            return self.update.check(self.head, self.version)
        except ProofError as error:
            raise BundleFails("update", str(error)) from None

    def _check_fact(self, fact: Fact) -> None:
        if self.version == self.head.version:
            _demand("version", self.update is None, "a fact at the head's version takes no update")
            root = self.head.state_root
        else:
            _demand("version", self.update is not None, "a fact at an earlier version takes its update")
            root = self._check_record().root
        claim = self.claim
        assert claim.path is not None
        try:
            shown = verify_fact(root, claim.path, fact)
        except ProofError as error:
            raise BundleFails("fact", str(error)) from None
        if shown.verdict == "absent":
            _demand("claim", claim.verdict == "absent", "nothing stands there")
        else:
            _demand("claim", claim.verdict == "present", "something stands there")
            if shown.verdict == "object":
                _demand("claim", not claim.has_value, "an object stands there, no value")
            else:
                _demand("claim", claim.has_value, "the claim leaves the value out")
                _demand("claim", same_json(claim.value, shown.value), "another value stands there")


def _demand(step: str, holds: bool, why: str) -> None:
    if not holds:
        raise BundleFails(step, why)


def _read_fact(fact: _Shape) -> Fact:
    case = fact.member("case").one_of("present", "below-object", "below-value", "in-array")
    has_ancestor, has_payload = case != "present", case != "below-object"
    fact.only("case", "proofs", *(("ancestor",) if has_ancestor else ()), *(("payload",) if has_payload else ()))
    proofs = fact.member("proofs").items()
    if len(proofs) > 2:
        raise fact.refusal("holds more than two key proofs")
    return Fact(
        case,
        fact.member("ancestor").path(or_document=True) if has_ancestor else None,
        fact.member("payload").string() if has_payload else None,
        tuple(map(_read_key_proof, proofs)),
    )


def _read_key_proof(proof: _Shape) -> KeyProof:
    proof.only("steps", "leaf")
    steps = proof.member("steps").items()
    if len(steps) > 256:
        raise proof.refusal("holds more steps than a key has bits")
    leaf = proof.member("leaf")
    read = []
    for step in steps:
        bit, sibling = step.pair()
        read.append((bit.integer(0, 255), sibling.hash()))
    if leaf.value is None:
        return KeyProof(tuple(read), None)
    key, payload_hash = leaf.pair()
    return KeyProof(tuple(read), (key.hash(), payload_hash.hash()))


def _read_path(path: _Shape) -> list[bytes]:
    items = path.items()
    if len(items) > 64:
        raise path.refusal("holds more than 64 hashes")
    return [item.hash() for item in items]


# --- Errors of the client ---------------------------------------------------------------------------------------------


class MnemogridError(Exception):
    """What goes wrong between this client and a member. No message of one has the key."""


class Problem(MnemogridError):
    """A refusal by the server (RFC 9457). Programs compare `code`; `hint` is the next call to make."""

    def __init__(self, status: int, members: Mapping[str, Json]) -> None:
        def text(name: str) -> str:
            value = members.get(name)
            return value if isinstance(value, str) else ""

        self.status = status
        self.code = text("code") or f"http-{status}"
        self.title = text("title")
        self.detail = text("detail")
        self.hint = text("hint")
        self.errors: list[Json] = members["errors"] if isinstance(members.get("errors"), list) else []
        """The places: `{"pointer", "detail"}`, a JSON Pointer into the body, or `?name` of a parameter."""
        self.request_id = text("request_id")
        self.members: Mapping[str, Json] = members
        """The whole answer, with what the code brings: `current`, `conflicts`, `head`, `path`, …"""
        hint = f" ({self.hint})" if self.hint else ""
        super().__init__(f"{status} {self.code}: {self.detail}{hint}")


class Unreachable(MnemogridError):
    """No member answered in time, and a write is known not to have been committed."""


class OtherGrid(MnemogridError):
    """A member says that it is of another grid than the one that this client signs for. Nothing is signed for it."""


class BadAnswer(MnemogridError):
    """An answer that no member gives: too large, no JSON, another shape."""


class OutcomeUnknown(MnemogridError):
    """Nobody could say until the deadline whether a write was committed.

    `update_id` names it. `retry()` sends the same bytes once more under that id, which is never applied twice;
    a new commit with the same id but another time or base would be another request.
    """

    def __init__(self, update_id: str, retry: Callable[[], Commit], why: str) -> None:
        super().__init__(f"the outcome of update {update_id} is not known: {why}")
        self.update_id = update_id
        self.retry = retry


class OtherHistory(MnemogridError):
    """The log is no longer the one that was followed: the store was restored. Read the document and follow anew.

    `current` is the head that is there, with etag, root and version, where the server named it.
    """

    def __init__(self, detail: str, current: Mapping[str, Json] | None) -> None:
        super().__init__(detail)
        self.current = current


class Diverged(MnemogridError):
    """The server's history does not have the roots that it says: it, or what is between, is wrong."""

    def __init__(self, space: str, version: int, detail: str) -> None:
        super().__init__(f"space {space}: {detail}")
        self.space = space
        self.version = version


# --- Answers ----------------------------------------------------------------------------------------------------------


class Update(TypedDict, total=False):
    """A record of the log as JSON (FORMATS §4). Later versions may add members."""

    author: str
    base: int
    changes: dict[str, list[dict[str, Json]]]
    committed: str
    overrode: list[dict[str, Json]]
    previous: str
    request: str
    root: str
    space: str
    span: dict[str, int]
    superseded: list[dict[str, Json]]
    timestamp: str
    type: str
    update_id: str
    version: int


@dataclass(frozen=True, slots=True)
class Head:
    """The newest version of a space; `etag` as `if_match` takes it."""

    space: str
    version: int
    root: str
    log_root: str
    leaves: int
    finalized_version: int
    etag: str


@dataclass(frozen=True, slots=True)
class Read:
    """What stood at a path, and at which version."""

    value: Json
    version: int
    etag: str


@dataclass(frozen=True, slots=True)
class Summary:
    """What a bot puts into its prompt, all of one version; None where there is none."""

    summary: Json
    policies: Json
    version: int
    root: str
    etag: str


@dataclass(frozen=True, slots=True)
class Finality:
    """How far a version has come: status is pending, sent, confirmed or finalized."""

    version: int
    status: str
    checkpoint: int | None
    transaction: str | None


@dataclass(frozen=True, slots=True)
class Blame:
    """The newest leaf at or below a path, and the record that set it."""

    leaf: str
    update: Update


@dataclass(frozen=True, slots=True)
class Event:
    """A server-sent event: type commit, superseded, policy, checkpoint or held; `id` of a commit alone."""

    type: str
    data: dict[str, Json]
    id: str | None
    text: str = field(repr=False)
    """The data as it came: of a commit byte by byte the record, unless values were left out."""


@dataclass(frozen=True, slots=True)
class _Request:
    """A write as it is sent, each time the same bytes."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = field(repr=False)
    update_id: str


@dataclass(frozen=True, slots=True)
class Commit:
    """What became of a write. It is durable: the log has it as `version`, but where the outcome is unchanged.

    outcome: applied (nothing lay between base and this version), merged (others lay between, all of it applied),
    superseded (a part lost, see `superseded`), unchanged (a patch that changes nothing; no version was made), committed
    (the log has it, and the rest of the answer could not be made).
    """

    outcome: str
    version: int
    root: str
    update_id: str
    etag: str
    applied: tuple[str, ...]
    superseded: tuple[dict[str, Json], ...]
    overrode: tuple[dict[str, Json], ...]
    duplicate: bool
    members: Mapping[str, Json] = field(repr=False)
    """The whole answer."""
    request: _Request = field(repr=False)
    """What was sent; `Space.resend` sends it again under its id."""


class _Delete:
    def __repr__(self) -> str:
        return "DELETE"


DELETE: Final = _Delete()
"""As a value in changes: what stands at the path is deleted."""


# --- The client -------------------------------------------------------------------------------------------------------

_RETRIED: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_FOR_GOOD: Final = frozenset({"log-damaged", "checkpoint-damaged", "trail-altered"})
"""Codes of a 5xx that coming again does not mend."""
_NOT_COMMITTED: Final = frozenset(
    {
        "not-applied",
        "busy",
        "too-many-connections",
        "too-much-unfinished",
        "too-many-unfinished",
        "keys-unheard",
        "rate",
    }
)
"""Codes of a retried status that say that this sending changed nothing."""


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes = field(repr=False)
    doubtful: bool = False
    """Whether the request was sent before, by a connection that the member had closed, as it seems."""

    def json(self) -> Json:
        try:
            return parse_json(self.body)
        except JsonError as error:
            raise BadAnswer(f"an answer with status {self.status} is no JSON: {error}") from None

    @property
    def etag(self) -> str:
        return self.headers.get("ETag") or ""


class _Lost(Exception):
    """No answer came. `may_have_arrived` is False where not even a connection was there."""

    def __init__(self, why: str, may_have_arrived: bool) -> None:
        super().__init__(why)
        self.may_have_arrived = may_have_arrived


class _Base:
    """One base URL, and the connections to it that wait for the next request. Safe for many threads."""

    MAX_IDLE = 8
    IDLE_SECONDS = 30.0  # a member closes a connection on which nothing happens for 60 s

    def __init__(self, url: str, has_key: bool, allow_http: bool, context: ssl.SSLContext | None) -> None:
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("a base URL is http://host or https://host")
        if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
            raise ValueError("a base URL has no user, password, query or fragment")
        if parts.scheme == "http" and has_key and not allow_http and not _is_loopback(parts.hostname):
            raise ValueError(f"a key goes to {parts.hostname} by https only; allow_http=True sends it in clear")
        self.url = url.rstrip("/")
        self.prefix = parts.path.rstrip("/")
        self._host = parts.hostname
        self._port = parts.port
        self._tls = (context or ssl.create_default_context()) if parts.scheme == "https" else None
        self._idle: list[tuple[float, http.client.HTTPConnection]] = []
        self._lock = threading.Lock()

    def connect(self, timeout: float) -> http.client.HTTPConnection:
        """A new connection; raises `OSError`."""
        if self._tls is not None:
            connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                self._host, self._port, timeout=timeout, context=self._tls
            )
        else:
            connection = http.client.HTTPConnection(self._host, self._port, timeout=timeout)
        try:
            connection.connect()
        except BaseException:
            connection.close()
            raise
        return connection

    def take(self) -> http.client.HTTPConnection | None:
        now = time.monotonic()
        with self._lock:
            while self._idle:
                since, connection = self._idle.pop()
                # Bytes, or an end, on a connection without a request: nobody knows what an answer on it would mean.
                if now - since < self.IDLE_SECONDS and connection.sock and not _has_bytes(connection.sock, 0):
                    return connection
                connection.close()
        return None

    def give_back(self, connection: http.client.HTTPConnection) -> None:
        with self._lock:
            if len(self._idle) < self.MAX_IDLE:
                self._idle.append((time.monotonic(), connection))
                return
        connection.close()

    def close(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for _, connection in idle:
            connection.close()


def _has_bytes(sock: socket.socket, seconds: float) -> bool:
    with selectors.DefaultSelector() as selector:
        selector.register(sock, selectors.EVENT_READ)
        return bool(selector.select(seconds))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def new_update_id() -> str:
    """A UUID of version 7: new, and in the order of time, which the index of the store likes."""
    bits = (
        (time.time_ns() // 1_000_000) << 80 | 0x7 << 76 | secrets.randbits(12) << 64 | 0b10 << 62 | secrets.randbits(62)
    )
    return str(uuid.UUID(int=bits))


def now_text() -> str:
    """The time of this machine as a timestamp of an update."""
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:23] + "Z"


class Client:
    """Members of one grid. Safe for many threads; one client serves a whole process.

    - `urls`: one base URL or several of members of the same grid; the next one is tried when one does not answer.
    - `key`: of `mg_…`; the environment's MNEMOGRID_KEY when left out. It is sent by https, or to loopback, alone.
    - `author`: who writes, where a call names nobody else.
    - `timeout`: seconds for one sending; `deadline`: seconds for a whole call, after which no further sending begins.
    - `allow_http`: lets a key go to other hosts by plain http.
    - `context`: TLS settings, for a CA of one's own: `ssl.create_default_context(cafile=…)`.
    - `signer`: signs every commit of `author` (docs/authors.md), not those of an author that a call names instead:
      a `Signer`, its 32 bytes, or the text of its PEM file.
    - `grid`: the id of the grid that is signed for, 32 hex digits. Without it the first member that is asked says it;
      one that then says another is `OtherGrid`.
    """

    def __init__(
        self,
        urls: str | Sequence[str],
        *,
        key: str | None = None,
        author: str | None = None,
        timeout: float = 10.0,
        deadline: float = 60.0,
        allow_http: bool = False,
        context: ssl.SSLContext | None = None,
        signer: Signer | bytes | str | None = None,
        grid: str | None = None,
    ) -> None:
        listed = [urls] if isinstance(urls, str) else list(urls)
        if not listed:
            raise ValueError("a client needs a base URL")
        if timeout <= 0 or deadline <= 0:
            raise ValueError("timeout and deadline are seconds, more than 0")
        if author is not None and not _NAME.match(author):
            raise ValueError("an author is 1 to 128 characters of A-Z a-z 0-9 . _ : @ -")
        self._key = (os.environ.get("MNEMOGRID_KEY", "") if key is None else key).strip()
        if not re.match(r"[!-~]*\Z", self._key):
            raise ValueError("a key has visible ASCII characters only")  # and http.client would quote it
        if signer is not None and author is None:
            raise ValueError("who signs? a client with a signer has an author")
        if grid is not None and not _GRID.match(grid):
            raise ValueError("a grid id has 32 hex digits, lower case")
        self.signer = Signer(signer) if isinstance(signer, (bytes, str)) else signer
        self._grid = grid
        self._grid_lock = threading.Lock()
        self._bases = [_Base(url, self._key != "", allow_http, context) for url in listed]
        self._preferred = 0
        self.author = author
        self.timeout = float(timeout)
        self.deadline = float(deadline)

    def __repr__(self) -> str:
        return f"Client({[base.url for base in self._bases]!r}, author={self.author!r})"

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections that wait; the client can still be used."""
        for base in self._bases:
            base.close()

    def space(self, name: str, create: bool = True, policy: Mapping[str, Json] | None = None) -> Space:
        """A space; `create` makes it, with the policy, where it is not there. A name is `[a-z0-9][a-z0-9._-]{0,63}`."""
        space = Space(self, name)
        if create:
            space.create(policy)
        return space

    def spaces(self) -> Iterator[dict[str, Json]]:
        """The heads of all spaces that are granted, by name, page by page."""
        return self._pages("/v1/spaces", {}, "cursor")

    def checkpoint(self, number: int | str = "latest") -> dict[str, Json]:
        """A checkpoint as the server has it: `hash`, `header`, `number`, `status`, `spaces`, …"""
        return self._object("GET", f"/v1/checkpoints/{number}")

    def health(self) -> dict[str, Json]:
        """How a member does, also where it does badly: `status` and `parts`."""
        answer = self._call("GET", "/health", accepted=(503,))
        value = answer.json()
        return value if isinstance(value, dict) else {}

    # What follows is used by Space and EventStream.

    def _of_grid(self, said: Json) -> str:
        """The id of the grid, as a member says it, once it is that of all answers before; raises `OtherGrid`."""
        if not isinstance(said, str) or not _GRID.match(said):
            raise BadAnswer("the member does not say of which grid it is: it is older than signatures")
        with self._grid_lock:
            self._grid = self._grid or said
            if said != self._grid:
                raise OtherGrid(f"the member is of grid {said}, this client signs for {self._grid}")
            return said

    def _signed(self, space: Space, delta: dict[str, Json]) -> dict[str, Json]:
        """A delta with its signature, where it is of the author that signs."""
        if self.signer is None or delta["author"] != self.author:
            return delta
        if self._grid is None:
            space.head()
        value = self.signer.sign(self._grid or "", space.name, canonical(delta))
        return {**delta, "signature": {"key": self.signer.key, "value": value}}

    def _object(self, method: str, target: str, **options: Any) -> dict[str, Json]:
        value = self._call(method, target, **options).json()
        if not isinstance(value, dict):
            raise BadAnswer(f"{method} {target}: the answer is no object")
        return value

    def _pages(self, target: str, parameters: Mapping[str, Json], cursor: str) -> Iterator[Any]:
        asked = dict(parameters)
        while True:
            page = self._object("GET", _with(target, asked))
            items = page.get("items")
            if not isinstance(items, list):
                raise BadAnswer(f"GET {target}: a page without items")
            yield from items
            following = page.get("next")
            if following is None:
                return
            if following == asked.get(cursor):
                raise BadAnswer(f"GET {target}: a page that leads to itself")
            asked[cursor] = following

    def _headers(self, more: Iterable[tuple[str, str]] = ()) -> dict[str, str]:
        headers = {
            "Accept": "application/json, application/problem+json",
            "User-Agent": f"mnemogrid-python/{__version__}",
        }
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        headers.update(more)
        return headers

    def _call(
        self,
        method: str,
        target: str,
        *,
        headers: Iterable[tuple[str, str]] = (),
        body: bytes | None = None,
        accepted: tuple[int, ...] = (),
        awaited: tuple[str, ...] = (),
        deadline: float | None = None,
    ) -> _Answer:
        """Sends what may be sent twice until there is an answer. `awaited` codes are asked again, too."""
        end = time.monotonic() + (self.deadline if deadline is None else deadline)
        pause = _Pause(len(self._bases), end)
        while True:
            try:
                answer = self._once(method, target, headers, body, end)
            except _Lost as lost:
                if not pause.wait(lost_connection=True):
                    raise Unreachable(f"{method} {target}: no answer in time; the last try: {lost}") from None
                continue
            if answer.status < 300 or answer.status in accepted:
                return answer
            problem = self._problem(answer)
            again = answer.status in _RETRIED and problem.code not in _FOR_GOOD
            if not (again or problem.code in awaited) or not pause.wait(answer):
                raise problem
            if again and answer.status >= 500:
                self._prefer_another()

    def _write(self, request: _Request, deadline: float | None = None) -> Commit:
        """Sends a write, each time the same bytes under one id, until its outcome is known."""
        end = time.monotonic() + (self.deadline if deadline is None else deadline)
        pause = _Pause(len(self._bases), end)
        unsure: str | None = None  # why a sending may have been committed though nobody said so

        def unknown(why: str) -> OutcomeUnknown:
            return OutcomeUnknown(request.update_id, lambda: self._write(request), why)

        while True:
            try:
                answer = self._once(request.method, request.target, request.headers, request.body, end)
            except _Lost as lost:
                unsure = str(lost) if lost.may_have_arrived else unsure
                if not pause.wait(lost_connection=True):
                    if unsure is not None:
                        raise unknown(unsure) from None
                    raise Unreachable(f"{request.method} {request.target}: not sent; the last try: {lost}") from None
                continue
            if answer.doubtful:
                unsure = unsure or "the connection was lost"
            if answer.status in (200, 201):
                return self._committed(request, answer)
            if answer.status == 202:
                unsure = "202, nobody knows yet"
                if not pause.wait(answer):
                    raise unknown(unsure)
                continue
            problem = self._problem(answer)
            if answer.status in _RETRIED and problem.code not in _FOR_GOOD:
                if problem.code not in _NOT_COMMITTED and answer.status not in (408, 425, 429):
                    unsure = str(problem)
                if answer.status >= 500:
                    self._prefer_another()
                if pause.wait(answer):
                    continue
                raise unknown(unsure) if unsure is not None else problem
            # The log has the id with another request, so none of these sendings was or ever will be committed.
            if unsure is None or problem.code == "update-id-reused":
                raise problem
            # A refusal after a sending whose outcome is not known: the log says whether that sending stands in it.
            if self._stands(request, end):
                if pause.wait():
                    continue
                raise unknown(unsure) from problem
            # A refusal that was judged at the head came after a look for the id, so the id had not been committed.
            if answer.status in (409, 412, 422, 507) or problem.code == "policy":
                raise problem
            raise unknown(unsure) from problem

    def _stands(self, request: _Request, end: float) -> bool:
        match = re.match(r"/v1/spaces/[^/?]+", request.target)
        assert match is not None
        target = _with(match[0] + "/updates", {"update_id": request.update_id})
        try:
            page = self._object("GET", target, deadline=max(1.0, end - time.monotonic()))
        except (MnemogridError, _Lost):
            return False
        return bool(page.get("items"))

    def _committed(self, request: _Request, answer: _Answer) -> Commit:
        value = answer.json()
        try:
            return Commit(
                outcome=value["outcome"],
                version=value["version"],
                root=value["root"],
                update_id=value["update_id"],
                etag=answer.etag,
                applied=tuple(value.get("applied", ())),
                superseded=tuple(value.get("superseded", ())),
                overrode=tuple(value.get("overrode", ())),
                duplicate=value.get("duplicate") is True,
                members=value,
                request=request,
            )
        except (KeyError, TypeError, AttributeError):
            raise BadAnswer(f"{request.method} {request.target}: no answer of a commit") from None

    def _once(
        self, method: str, target: str, headers: Iterable[tuple[str, str]], body: bytes | None, end: float
    ) -> _Answer:
        """One sending to the preferred member; raises `_Lost` and prefers another one where no answer comes."""
        index = self._preferred
        base = self._bases[index]
        # A last sending has a second, too: one that could not be answered would only make the outcome unknown.
        timeout = min(self.timeout, max(1.0, end - time.monotonic()))
        doubtful = False
        try:
            connection = base.take()
            if connection is not None:
                # The member may have closed it meanwhile. Then the same request goes by a new connection at once.
                try:
                    return self._exchange(base, connection, method, target, headers, body, timeout)
                except TimeoutError:
                    raise
                except (OSError, http.client.HTTPException):
                    doubtful = True
            try:
                connection = base.connect(timeout)
            except ssl.SSLCertVerificationError as error:
                if len(self._bases) == 1:
                    raise MnemogridError(f"{base.url}: {error.verify_message}") from None
                raise _Lost(f"{base.url}: {error.verify_message}", may_have_arrived=doubtful) from None
            except OSError as error:
                raise _Lost(f"{base.url}: {_reason(error)}", may_have_arrived=doubtful) from None
            answer = self._exchange(base, connection, method, target, headers, body, timeout)
            return dataclasses.replace(answer, doubtful=True) if doubtful else answer
        except (OSError, http.client.HTTPException) as error:
            self._prefer_another(index)
            raise _Lost(f"{base.url}: {_reason(error)}", may_have_arrived=True) from None
        except _Lost:
            self._prefer_another(index)
            raise

    def _exchange(
        self,
        base: _Base,
        connection: http.client.HTTPConnection,
        method: str,
        target: str,
        headers: Iterable[tuple[str, str]],
        body: bytes | None,
        timeout: float,
    ) -> _Answer:
        end = time.monotonic() + timeout
        try:
            if connection.sock is not None:
                connection.sock.settimeout(timeout)
            connection.request(method, base.prefix + target, body=body, headers=self._headers(headers))
            response = connection.getresponse()
            body_read = _body(response, end)
        except BaseException:
            connection.close()
            raise
        if response.will_close:
            connection.close()
        else:
            base.give_back(connection)
        return _Answer(response.status, response.headers, body_read)

    def _prefer_another(self, index: int | None = None) -> None:
        # Two threads may do this at once; then one URL more is passed over, which does no harm.
        if index is None or index == self._preferred:
            self._preferred = (self._preferred + 1) % len(self._bases)

    def _problem(self, answer: _Answer) -> Problem:
        try:
            value = parse_json(answer.body)
        except JsonError:
            value = None
        members = value if isinstance(value, dict) else {"detail": "the answer is no problem of a member"}
        if self._key and self._key in canonical(members):
            members = parse_json(canonical(members).replace(self._key, "(key)"))
        return Problem(answer.status, members)


def _body(response: http.client.HTTPResponse, end: float) -> bytes:
    """The whole body, or what http.client raises for half an answer."""
    # http.client takes a connection that ends within the headers for an answer without a body. Members say where each
    # answer ends, so one that does not say it is not whole.
    if not response.chunked and response.length is None:
        raise http.client.IncompleteRead(b"")
    parts: list[bytes] = []
    size = 0
    while not response.isclosed():
        if response.chunked:
            part = response.read1(65_536)
        else:
            # No more than has come, so that the time is looked at. read1 counts no length before 3.12.
            part = response.read(1 if response.length == 0 else len(response.fp.peek(1)) or 1)
        if not part:
            break
        size += len(part)
        if size > MAX_ANSWER_BYTES:
            raise BadAnswer(f"an answer over {MAX_ANSWER_BYTES} bytes")
        if time.monotonic() > end:
            raise TimeoutError("the answer did not end in time")
        parts.append(part)
    if response.length:  # the connection ended before the length that was said
        raise http.client.IncompleteRead(b"", response.length)
    return b"".join(parts)


class _Pause:
    """Waits between the sendings of one call: jittered, doubled each round, as Retry-After says where it does."""

    FIRST = 0.1
    MOST = 5.0

    def __init__(self, members: int, end: float) -> None:
        self._members = members
        self._end = end
        self._lost = 0
        self._round = 0

    def wait(self, answer: _Answer | None = None, lost_connection: bool = False) -> bool:
        """Whether there is time for another sending; waits before it says so."""
        if lost_connection:
            self._lost += 1
            if self._lost % self._members != 0:
                return time.monotonic() < self._end  # the next member may well be there
        seconds = random.uniform(0.5, 1.0) * min(self.MOST, self.FIRST * 2 ** min(self._round, 10))
        self._round += 1
        said = None if answer is None else _retry_after(answer.headers.get("Retry-After"))
        if said is not None:
            seconds = said + random.uniform(0, 0.1) * max(1.0, said)
        if time.monotonic() + seconds >= self._end:
            return False
        time.sleep(seconds)
        return True


def _retry_after(text: str | None) -> float | None:
    """The seconds that a Retry-After says, also as a date; None where it says nothing."""
    if text is None:
        return None
    if re.match(r"[0-9]{1,9}\Z", text.strip()):
        return float(text.strip())
    try:
        when = email.utils.parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=datetime.timezone.utc)
    return max(0.0, (when - datetime.datetime.now(datetime.timezone.utc)).total_seconds())


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _with(target: str, parameters: Mapping[str, Json]) -> str:
    asked = {name: value for name, value in parameters.items() if value is not None}
    return target + ("?" + urllib.parse.urlencode(asked, quote_via=urllib.parse.quote) if asked else "")


def _tag(if_match: str | Read | Commit | Head | Summary) -> str:
    """The header If-Match of a tag, bare or in quotes, or of what has one."""
    text = if_match if isinstance(if_match, str) else if_match.etag
    return f'"{text}"' if re.match(r"[0-9]+\.[0-9a-f]{16}\Z", text) else text


def _version_of(etag: str) -> int:
    match = _TAG.match(etag)
    if match is None:
        raise BadAnswer("an answer without the ETag of its version")
    return int(match[1])


class Space:
    """One versioned document. Paths are JSON Pointers (`/facts/hello`) or dotted (`facts.hello`).

    It holds no state, so it is safe for many threads.
    """

    def __init__(self, client: Client, name: str) -> None:
        if not _SPACE.match(name):
            raise ValueError("a space's name is [a-z0-9][a-z0-9._-]{0,63}")
        self.client = client
        self.name = name
        self._at = f"/v1/spaces/{name}"

    def __repr__(self) -> str:
        return f"Space({self.name!r})"

    # Reads

    def create(self, policy: Mapping[str, Json] | None = None) -> Head:
        """Makes the space, with a policy as version 1 where one is given; a space that is there stays as it is."""
        body = None if policy is None else canonical_bytes(policy)
        headers = () if body is None else (("Content-Type", "application/json"),)
        return self._head(self.client._call("PUT", self._at, headers=headers, body=body))

    def head(self) -> Head:
        """The newest version: number, root, and how much of it is final."""
        return self._head(self.client._call("GET", self._at))

    def _head(self, answer: _Answer) -> Head:
        value = answer.json()
        try:
            head = Head(
                self.name,
                value["version"],
                value["root"],
                value["log_root"],
                value["leaves"],
                value["finalized_version"],
                answer.etag,
            )
        except (KeyError, TypeError):
            raise BadAnswer(f"{self._at}: no head") from None
        if self.client.signer is not None:
            self.client._of_grid(value.get("grid"))
        return head

    def get(self, path: str | None = None, at: int | str | None = None) -> Json:
        """What stands at a path, or the document, at the head or at a version or time; 404 `nothing-there` if nothing."""
        return self.read(path, at).value

    def read(
        self, path: str | None = None, at: int | str | None = None, *, final: bool = False, reserved: bool = False
    ) -> Read:
        """As `get`, with the version and its ETag. `final`: of the newest final checkpoint. `reserved`: all of it."""
        asked = {
            "path": path,
            "at": at,
            "view": "finalized" if final else None,
            "reserved": "yes" if reserved else None,
        }
        answer = self.client._call("GET", _with(self._at + "/state", asked))
        return Read(answer.json(), _version_of(answer.etag), answer.etag)

    def watch(self, path: str | None = None, every: float = 5.0) -> Iterator[Read]:
        """The state now and whenever it has another version, asked for every 5 s; an unchanged one costs a 304.

        For programs that cannot hold a stream open; `events` tells at once.
        """
        tag = ""
        while True:
            headers = (("If-None-Match", tag),) if tag else ()
            target = _with(self._at + "/state", {"path": path})
            answer = self.client._call("GET", target, headers=headers, accepted=(304,))
            if answer.status != 304:
                tag = answer.etag
                yield Read(answer.json(), _version_of(tag), tag)
            time.sleep(every)

    def summary(self) -> Summary:
        """Summary and policies of the document, at one version."""
        answer = self.client._call("GET", self._at + "/summary")
        value = answer.json()
        try:
            return Summary(value["summary"], value["policies"], value["version"], value["root"], answer.etag)
        except (KeyError, TypeError):
            raise BadAnswer(f"{self._at}/summary: no summary") from None

    def updates(self, since: int = 0) -> Iterator[Update]:
        """The records after a version, oldest first, page by page up to the head."""
        return self.client._pages(self._at + "/updates", {"since": since, "limit": 500}, "since")

    def update(self, version: int) -> Update:
        """The record of one version."""
        value: Update = self.client._object("GET", f"{self._at}/updates/{version}")  # type: ignore[assignment]
        return value

    def find_update(self, update_id: str) -> Update | None:
        """The record with this id; None means that it is not in the log yet."""
        for found in self.client._pages(self._at + "/updates", {"update_id": update_id}, "since"):
            result: Update = found
            return result
        return None

    def history(self, path: str | None = None) -> Iterator[Update]:
        """The records that changed something at, above or below a path, oldest first; it reads the whole log."""
        return self.client._pages(self._at + "/history", {"path": path, "limit": 500}, "cursor")

    def blame(self, path: str | None = None) -> Blame:
        """The newest leaf at or below a path, and the record that set it."""
        value = self.client._object("GET", _with(self._at + "/blame", {"path": path}))
        try:
            return Blame(value["leaf"], value["update"])
        except KeyError:
            raise BadAnswer(f"{self._at}/blame: no blame") from None

    def diff(self, from_: int, to: int | None = None) -> list[dict[str, Json]]:
        """The JSON Patch that makes one version the other; `to` is the head when left out."""
        value = self.client._call("GET", _with(self._at + "/diff", {"from": from_, "to": to})).json()
        if not isinstance(value, list):
            raise BadAnswer(f"{self._at}/diff: no patch")
        return value

    # Writes

    def commit(
        self,
        changes: Mapping[str, Json],
        *,
        base: int | None = None,
        if_match: str | Read | Commit | Head | Summary | None = None,
        strict: bool = False,
        reads: Sequence[str] = (),
        old_values: Mapping[str, Json] | None = None,
        update_id: str | None = None,
        author: str | None = None,
        type: str = "update",
        timestamp: str | None = None,
        deadline: float | None = None,
    ) -> Commit:
        """Commits changes, each `path: value` or `path: DELETE`, all or none; durable when it returns.

        - `base`: the version that the author has read. Without it the head's is taken, so everything there counts as
          seen: name the version that the values came from, and what others wrote since is judged as docs/conflicts.md
          says, and shown in `superseded` and `overrode`.
        - `if_match`: goes onto this head or not at all (412 `precondition-failed`).
        - `strict`: refuses it all when something was changed unseen; `reads` names further paths that count, and
          `old_values` what must stand at the paths.
        - `update_id`: made here when left out. The same bytes go out under it until the outcome is known; at the
          deadline that is `OutcomeUnknown`.
        """
        request = self._delta(changes, base, if_match, strict, reads, old_values, update_id, author, type, timestamp)
        return self.client._write(request, deadline)

    def _delta(
        self,
        changes: Mapping[str, Json],
        base: int | None,
        if_match: str | Read | Commit | Head | Summary | None,
        strict: bool,
        reads: Sequence[str],
        old_values: Mapping[str, Json] | None,
        update_id: str | None,
        author: str | None,
        type: str,
        timestamp: str | None,
    ) -> _Request:
        if not changes:
            raise ValueError("a commit has at least one change")
        old = dict(old_values or {})
        unused = old.keys() - changes.keys()
        if unused:
            raise ValueError(f"an old value of what is not changed: {min(unused)!r}")
        listed: dict[str, list[dict[str, Json]]] = {}
        for path, value in changes.items():
            expected = {"old_value": old[path]} if path in old else {}
            if value is DELETE:
                listed.setdefault("deleted", []).append({"key": path, **expected})
            elif path in old:
                listed.setdefault("modified", []).append({"key": path, "new_value": value, **expected})
            else:
                listed.setdefault("added", []).append({"key": path, "value": value})
        delta: dict[str, Json] = {
            "update_id": update_id or new_update_id(),
            "base": self.head().version if base is None else base,
            "author": self._author(author),
            "timestamp": timestamp or now_text(),
            "type": type,
            "changes": listed,
        }
        if strict:
            delta["strict"] = True
        if reads:
            delta["reads"] = list(reads)
        headers = [("Content-Type", "application/json")]
        signed = self.client._signed(self, delta)
        return self._request("POST", "/updates", headers, signed, delta["update_id"], if_match)

    def set(self, path: str, value: Json, **options: Any) -> Commit:
        """Sets one path; options as of `commit`."""
        return self.commit({path: value}, **options)

    def delete(self, path: str, **options: Any) -> Commit:
        """Deletes what stands at one path and below it; options as of `commit`."""
        return self.commit({path: DELETE}, **options)

    def patch(
        self,
        *,
        merge: Mapping[str, Json] | None = None,
        json: Sequence[Mapping[str, Json]] | None = None,
        if_match: str | Read | Commit | Head | Summary | None = None,
        update_id: str | None = None,
        author: str | None = None,
        type: str | None = None,
        deadline: float | None = None,
    ) -> Commit:
        """Plays a merge patch (RFC 7396) or a JSON Patch (RFC 6902) on the head that it is appended to.

        It loses to nobody. `unchanged` where it changes nothing; 409 `test-failed` and `patch-failed` where it does
        not fit. The author may be left out where the key is granted one author alone.
        """
        if (merge is None) == (json is None):
            raise ValueError("a patch is either merge or json")
        media = "application/merge-patch+json" if json is None else "application/json-patch+json"
        update_id = update_id or new_update_id()
        headers = [("Content-Type", media), ("Idempotency-Key", update_id)]
        named = author or self.client.author
        if named is not None:
            headers.append(("Mnemogrid-Author", self._author(named)))
        if type is not None:
            headers.append(("Mnemogrid-Type", type))
        body = merge if json is None else list(json)
        return self.client._write(self._request("PATCH", "/state", headers, body, update_id, if_match), deadline)

    def rollback(
        self,
        to: int,
        *,
        if_match: str | Read | Commit | Head | Summary | None = None,
        update_id: str | None = None,
        author: str | None = None,
        deadline: float | None = None,
    ) -> Commit:
        """Makes the document that of an earlier version, as a new one; 0 is the empty document."""
        update_id = update_id or new_update_id()
        body = {"to": to, "author": self._author(author), "update_id": update_id}
        headers = [("Content-Type", "application/json")]
        request = self._request("POST", "/rollback", headers, body, update_id, if_match)
        return self.client._write(request, deadline)

    def resend(self, commit: Commit) -> Commit:
        """Sends what was sent once more, byte by byte under its id; the first answer comes, with `duplicate`."""
        return self.client._write(commit.request)

    def _request(
        self,
        method: str,
        place: str,
        headers: list[tuple[str, str]],
        body: Json,
        update_id: str,
        if_match: str | Read | Commit | Head | Summary | None,
    ) -> _Request:
        if not _NAME.match(update_id):
            raise ValueError("an update_id is 1 to 128 characters of A-Z a-z 0-9 . _ : @ -")
        headers = [*headers, ("Prefer", "return=minimal")]
        if if_match is not None:
            headers.append(("If-Match", _tag(if_match)))
        sent = canonical_bytes(body)
        if len(sent) > MAX_REQUEST_BYTES:
            # A member closes the connection before it has read all of it, which would look like a lost answer.
            raise ValueError(f"a request has at most {MAX_REQUEST_BYTES} bytes, got {len(sent)}")
        return _Request(method, self._at + place, tuple(headers), sent, update_id)

    def _author(self, author: str | None) -> str:
        named = author or self.client.author
        if named is None or not _NAME.match(named):
            raise ValueError("who writes? an author is 1 to 128 characters of A-Z a-z 0-9 . _ : @ -")
        return named

    def compute(
        self,
        path: str,
        fn: Callable[[Json], Json],
        *,
        default: Json = None,
        author: str | None = None,
        type: str = "compute",
        deadline: float | None = None,
    ) -> tuple[Json, Commit]:
        """Sets a path to what `fn` makes of what stands there (`default` where nothing does), each time once.

        Reads, calls `fn`, commits onto the head that was read, and begins again when another head is there by then; so
        `fn` may be called several times. Returns the value and its commit.
        """
        end = time.monotonic() + (self.client.deadline if deadline is None else deadline)
        attempt = 0
        while True:
            read = self._read_or(path, default)
            value = fn(read.value)
            left = max(0.1, end - time.monotonic())
            try:
                options: dict[str, Any] = {"author": author, "type": type, "deadline": left}
                return value, self.commit({path: value}, base=read.version, if_match=read, **options)
            except Problem as problem:
                if problem.code != "precondition-failed":
                    raise
                attempt += 1
                pause = random.uniform(0, min(1.0, 0.01 * 2 ** min(attempt, 7)))
                if time.monotonic() + pause >= end:
                    raise
                time.sleep(pause)

    def _read_or(self, path: str, default: Json) -> Read:
        try:
            return self.read(path)
        except Problem as problem:
            if problem.code != "nothing-there":
                raise
        # That answer names no version. So ask for the head, and what stands at the path in that version.
        head = self.head()
        try:
            answer = self.client._call(
                "GET", _with(self._at + "/state", {"path": path, "at": head.version}), awaited=("unknown-version",)
            )
            return Read(answer.json(), head.version, head.etag)
        except Problem as problem:
            if problem.code != "nothing-there":
                raise
            return Read(default, head.version, head.etag)

    # A turn of a bot

    def turn(
        self,
        fn: Callable[[Turn], Any],
        *,
        author: str | None = None,
        type: str = "turn",
        update_id: str | None = None,
        timestamp: str | None = None,
        on_final: Callable[[Finality], None] | None = None,
        deadline: float | None = None,
    ) -> TurnResult:
        """One turn of a bot: reads summary and policies at one version, runs `fn`, commits what it changed.

        The commit has that version as its base, and is durable when this returns. A turn never waits for the chain;
        `on_final` is called from a thread of its own once the version is final. `fn` raises: nothing is committed.
        Who names `update_id` and `timestamp` may send what a failed turn had set again: `commit` with the same id, the
        same time, `turn.changes` and `turn.version` as base is applied once.
        """
        turn = Turn(self, self.summary())
        value = fn(turn)
        commit = None
        if turn.changes:
            warned = turn.changes.get("summary", turn.changes.get("/summary"))
            if warned is not DELETE:
                turn._warn(warned, "set")
            commit = self.commit(
                turn.changes,
                base=turn.version,
                update_id=update_id,
                author=author,
                type=type,
                timestamp=timestamp,
                deadline=deadline,
            )
            if on_final is not None:
                version = commit.version
                waiter = threading.Thread(
                    target=lambda: _report(self, version, on_final), name=f"final {self.name} {version}", daemon=True
                )
                waiter.start()
        return TurnResult(value, commit, turn.version, tuple(turn.warnings))

    # Finality and proofs

    def finality(self, version: int | None = None) -> Finality:
        """How far a version, or the head, has come towards the chain."""
        target = _with(self._at + "/finality", {"version": version})
        value = self.client._object(
            "GET", target, awaited=("unknown-version",), deadline=min(5.0, self.client.deadline)
        )
        try:
            return Finality(value["version"], value["status"], value["checkpoint"], value["transaction"])
        except KeyError:
            raise BadAnswer(f"{target}: no finality") from None

    def wait_final(self, version: int, timeout: float | None = None, every: float = 30.0) -> Finality:
        """Waits until a version is final, by the events of the space; asks besides every 30 s. `TimeoutError` if not."""
        end = None if timeout is None else time.monotonic() + timeout
        stream = self.events(since=self.head().etag, values=False)
        try:
            while True:
                found = self.finality(version)
                if found.status == "finalized":
                    return found
                until = time.monotonic() + every if end is None else min(end, time.monotonic() + every)
                while True:
                    event = stream.next_within(until - time.monotonic())
                    if event is None:
                        break
                    if event.type == "checkpoint" and event.data.get("finalized_version", 0) >= version:
                        break
                if end is not None and time.monotonic() >= end:
                    found = self.finality(version)
                    if found.status == "finalized":
                        return found
                    raise TimeoutError(f"version {version} of {self.name} is {found.status}")
        finally:
            stream.close()

    def fact_proof(self, path: str, at: int | str | None = None, *, wait: float = 0.0, every: float = 5.0) -> bytes:
        """The bundle of what stood, or did not stand, at a path: bytes for `verify_bundle`, or to hand out.

        409 `not-checkpointed` until a final checkpoint covers the version; `wait` seconds are waited for that.
        """
        return self._proof("fact", {"path": pointer_of(path), "at": at}, wait, every)

    def update_proof(self, version: int, *, wait: float = 0.0, every: float = 5.0) -> bytes:
        """The bundle that a record is in the history."""
        return self._proof("update", {"version": version}, wait, every)

    def consistency_proof(self, from_: int, to: int | None = None) -> bytes:
        """The bundle that the history at one version extends that at another."""
        return self._proof("consistency", {"from": from_, "to": to}, 0.0, 5.0)

    def _proof(self, kind: str, asked: Mapping[str, Json], wait: float, every: float) -> bytes:
        end = time.monotonic() + wait
        while True:
            try:
                return self.client._call("GET", _with(f"{self._at}/proofs/{kind}", asked)).body
            except Problem as problem:
                if problem.code != "not-checkpointed" or time.monotonic() + every >= end:
                    raise
            time.sleep(every)

    # Events

    def events(
        self, since: int | str | None = None, *, path: str | None = None, author: str | None = None, values: bool = True
    ) -> EventStream:
        """Every version once, in order, from `since` (a version, an ETag, an id of an event) or from now on.

        Goes on by itself after a lost connection, at any member, until it is closed. See `EventStream`.
        """
        return EventStream(self, since, path, author, values)

    def replica(self, from_start: bool = False) -> Replica:
        """A copy of the document that follows the space and checks it; see `Replica`."""
        return Replica(self, from_start)


def _report(space: Space, version: int, on_final: Callable[[Finality], None]) -> None:
    """Calls back once a version is final. What fails on the way is logged, for there is nobody to raise to."""
    try:
        on_final(space.wait_final(version))
    except Exception:
        log.exception("the finality of version %d of %s could not be reported", version, space.name)


class Turn:
    """What a bot has during its turn: what it saw, and the changes that it gathers."""

    def __init__(self, space: Space, seen: Summary) -> None:
        self.space = space
        self.summary = seen.summary
        self.policies = seen.policies
        self.version = seen.version
        self.changes: dict[str, Json] = {}
        self.warnings: list[str] = []
        self._warn(self.summary, "read")

    def _warn(self, summary: Json, what: str) -> None:
        if summary is None:
            return
        size = len(summary) if isinstance(summary, str) else len(canonical(summary))
        if size > SUMMARY_CHARACTERS:
            warning = f"the summary that was {what} has {size} characters, over {SUMMARY_CHARACTERS}"
            self.warnings.append(warning)
            log.warning("space %s: %s", self.space.name, warning)

    def get(self, path: str, default: Json = None) -> Json:
        """What stood at a path in the version of this turn; the default where nothing did."""
        target = _with(self.space._at + "/state", {"path": path, "at": self.version})
        try:
            # Another member than the one that told the version may still be behind.
            return self.space.client._call("GET", target, awaited=("unknown-version",)).json()
        except Problem as problem:
            if problem.code != "nothing-there":
                raise
            return default

    def set(self, path: str, value: Json) -> None:
        """Sets a path when the turn ends."""
        self.changes[path] = value

    def delete(self, path: str) -> None:
        """Deletes a path when the turn ends."""
        self.changes[path] = DELETE


@dataclass(frozen=True, slots=True)
class TurnResult:
    """What a turn returned and what became of its changes; `commit` is None where it changed nothing."""

    value: Any
    commit: Commit | None
    base: int
    warnings: tuple[str, ...]


class EventStream:
    """An iterator over the events of a space. It ends when it is closed, which any thread may do.

    After a lost connection it goes on behind the last id that it had, at the next member, without an end of trying.
    Each version comes once and in order; without a filter a gap is a `BadAnswer`. It raises `OtherHistory` when the
    store was restored (`reset`, `other-history`, `version-ahead`), and `Problem` for what trying again does not mend.
    """

    SILENCE_SECONDS = 45.0
    """A member sends a comment every 15 s; a connection without a byte for this long is given up."""

    def __init__(
        self, space: Space, since: int | str | None, path: str | None, author: str | None, values: bool
    ) -> None:
        self._space = space
        self._client = space.client
        self._parameters = {"path": path, "author": author, "values": None if values else "no"}
        self._filtered = path is not None or author is not None
        self._id = (space.head().etag if since is None else str(since)).strip('"')
        self._version = int(self._id.partition(".")[0])
        self._told: set[tuple[str, Json]] = set()
        self._connection: http.client.HTTPConnection | None = None
        self._response: http.client.HTTPResponse | None = None
        self._chunks = _Chunks()
        self._buffer = bytearray()
        self._scanned = 0
        self._heard = 0.0
        self._closed = False
        self._wake = threading.Event()
        self._in_use = threading.Lock()
        self._tries = 0

    @property
    def last_id(self) -> str:
        """The place up to which everything was told: `since` for a stream that goes on from here."""
        return self._id

    def __iter__(self) -> EventStream:
        return self

    def __enter__(self) -> EventStream:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __next__(self) -> Event:
        while True:
            event = self.next_within(3600.0)
            if event is not None:
                return event
            if self._closed:
                raise StopIteration

    def close(self) -> None:
        """Ends the stream, also for a thread that waits in it."""
        self._closed = True
        self._wake.set()
        connection = self._connection
        sock = None if connection is None else connection.sock
        if sock is not None:
            try:
                sock.shutdown(socket.SHUT_RDWR)  # wakes a thread that waits for bytes
            except OSError:
                pass  # it is gone already
        # A thread that is in the stream drops the connection itself, so that nothing is taken away under its hands.
        if self._in_use.acquire(blocking=False):
            self._drop()
            self._in_use.release()

    def next_within(self, seconds: float) -> Event | None:
        """The next event, or None when none came in this time, or the stream is closed. For one thread at a time."""
        if not self._in_use.acquire(blocking=False):
            raise RuntimeError("another thread reads this stream")
        try:
            return self._next(time.monotonic() + seconds)
        finally:
            if self._closed:
                self._drop()
            self._in_use.release()

    def _next(self, end: float) -> Event | None:
        while not self._closed:
            if self._response is None:
                if not self._open(end):
                    return None
                continue
            block = self._block(end)
            if block is None:
                if time.monotonic() >= end:
                    return None
                continue
            event = self._event(block)
            if event is not None:
                return event
        return None

    def _open(self, end: float) -> bool:
        """Connects; False when that did not come about in time. What was refused for good is raised."""
        client = self._client
        index = client._preferred
        base = client._bases[index]
        retry_after: float | None = None
        try:
            connection = base.connect(client.timeout)
            self._connection = connection
            headers = client._headers([("Accept", "text/event-stream"), ("Last-Event-ID", self._id)])
            target = _with(f"{self._space._at}/events", self._parameters)
            connection.request("GET", base.prefix + target, headers=headers)
            response = connection.getresponse()
            if response.status == 200:
                self._response = response
                self._chunks = _Chunks()
                self._buffer.clear()
                self._scanned = 0
                self._heard = time.monotonic()
                return True
            answer = _Answer(response.status, response.headers, _body(response, time.monotonic() + client.timeout))
            self._drop()
            problem = client._problem(answer)
            if problem.code in ("other-history", "version-ahead"):
                self._closed = True
                current = problem.members.get("current")
                raise OtherHistory(str(problem), current if isinstance(current, dict) else None)
            if answer.status not in _RETRIED or problem.code in _FOR_GOOD:
                self._closed = True
                raise problem
            why = str(problem)
            retry_after = _retry_after(answer.headers.get("Retry-After"))
        except (OSError, http.client.HTTPException) as error:
            why = _reason(error)
            self._drop()
        if self._closed:
            return False
        client._prefer_another(index)
        log.info("events of %s: %s does not answer: %s", self._space.name, base.url, why)
        self._tries += 1
        rounds = self._tries // len(client._bases)
        pause = random.uniform(0.5, 1.0) * min(10.0, 0.25 * 2 ** min(rounds, 8)) if rounds else 0.02
        self._wake.wait(max(0.0, min(retry_after or pause, end - time.monotonic())))
        return not self._closed and time.monotonic() < end

    def _drop(self) -> None:
        connection, self._connection, self._response = self._connection, None, None
        if connection is not None:
            connection.close()

    def _block(self, end: float) -> bytes | None:
        """The next lines up to an empty one; None where there is none yet, or the connection was lost."""
        while True:
            found = self._buffer.find(b"\n\n", max(0, self._scanned - 1))
            if found >= 0:
                block = bytes(self._buffer[:found])
                del self._buffer[: found + 2]
                self._scanned = 0
                return block
            self._scanned = len(self._buffer)
            if self._scanned > MAX_ANSWER_BYTES:
                self._closed = True
                self._drop()
                raise BadAnswer(f"events of {self._space.name}: an event over {MAX_ANSWER_BYTES} bytes")
            connection, response = self._connection, self._response
            left = end - time.monotonic()
            if left <= 0:
                return None
            try:
                if connection is None or response is None or connection.sock is None:
                    raise ConnectionError("closed")
                # Waits without reading: a read that times out would leave the response of no use.
                if not _readable(connection.sock, response, min(left, self.SILENCE_SECONDS)):
                    if time.monotonic() - self._heard >= self.SILENCE_SECONDS:
                        raise TimeoutError("nothing came for long")
                    continue
                connection.sock.settimeout(self.SILENCE_SECONDS)
                data = response.fp.read1(65_536)
                if data and response.chunked:
                    data = self._chunks.feed(data)
                elif not data:
                    raise ConnectionError("the stream ended")
            except (OSError, http.client.HTTPException) as error:
                self._drop()
                if not self._closed:
                    log.info("events of %s: %s; going on behind %s", self._space.name, _reason(error), self._id)
                    self._client._prefer_another()
                    self._tries += 1
                    self._wake.wait(min(max(0.0, left), random.uniform(0.02, 0.2) * min(self._tries, 20)))
                return None
            self._heard = time.monotonic()
            self._buffer += data.replace(b"\r\n", b"\n")

    def _event(self, block: bytes) -> Event | None:
        kind, place = "message", None
        lines: list[str] = []
        for line in block.decode("utf-8", "replace").split("\n"):
            name, _, value = line.partition(":")
            value = value[1:] if value.startswith(" ") else value
            if name == "event":
                kind = value
            elif name == "id":
                place = value
            elif name == "data":
                lines.append(value)
        if not lines:
            if place is not None:
                self._place(place)
            return None
        text = "\n".join(lines)
        try:
            data = parse_json(text)
        except JsonError as error:
            raise self._bad(f"data that is no JSON: {error}") from None
        if not isinstance(data, dict):
            raise self._bad("data that is no object")
        if kind == "reset":
            self._closed = True
            self._drop()
            raise OtherHistory(f"space {self._space.name} has another history now (reset)", data)
        if kind == "commit":
            return self._commit(place, data, text)
        if kind in ("superseded", "policy"):
            # After a break the server tells again what came before a commit that did not arrive.
            if (kind, data.get("version")) in self._told:
                return None
            self._told.add((kind, data.get("version")))
        self._tries = 0
        return Event(kind, data, place, text)

    def _commit(self, place: str | None, data: dict[str, Json], text: str) -> Event | None:
        version = data.get("version")
        if place is None or not isinstance(version, int) or not _TAG.match(place) or _version_of(place) != version:
            raise self._bad("a commit without the id of its version")
        if version <= self._version:
            raise self._bad(f"version {version} after version {self._version}")
        if not self._filtered and version != self._version + 1:
            raise self._bad(f"version {version} follows version {self._version}")
        self._place(place)
        return Event("commit", data, place, text)

    def _place(self, place: str) -> None:
        if not _TAG.match(place):
            raise self._bad("an id that is no place in a history")
        self._id = place
        self._version = _version_of(place)
        self._told.clear()
        self._tries = 0

    def _bad(self, detail: str) -> BadAnswer:
        self._closed = True
        self._drop()
        return BadAnswer(f"events of {self._space.name}: {detail}")


class _Chunks:
    """Takes the frames of `Transfer-Encoding: chunked` away from bytes as they come.

    http.client reads the end of a chunk together with the beginning of the next one, so it would wait for the next
    event before it gives the last one.
    """

    _SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;.*)?\Z", re.DOTALL)

    def __init__(self) -> None:
        self._raw = bytearray()
        self._left = 0
        self._at_end = False  # the line break after the bytes of a chunk comes next

    def feed(self, data: bytes) -> bytes:
        """What is in the chunks so far; raises `HTTPException` at the last chunk, and for what is no chunk."""
        raw, found = self._raw, bytearray()
        raw += data
        while True:
            if self._left:
                part = raw[: self._left]
                del raw[: len(part)]
                found += part
                self._left -= len(part)
                self._at_end = self._left == 0
                if self._left:
                    return bytes(found)
            if self._at_end:
                if len(raw) < 2:
                    return bytes(found)
                if raw[:2] != b"\r\n":
                    raise http.client.HTTPException("no chunk of a chunked answer")
                del raw[:2]
                self._at_end = False
            end = raw.find(b"\r\n")
            if end < 0 and len(raw) <= 1024:
                return bytes(found)
            size = self._SIZE.match(bytes(raw[:end])) if end >= 0 else None
            if size is None:
                raise http.client.HTTPException("no chunk of a chunked answer")
            del raw[: end + 2]
            self._left = int(size[1], 16)
            if self._left == 0:
                if found:
                    # What came before the end is told; the connection says the end once more.
                    raw[:0] = b"0\r\n"
                    return bytes(found)
                raise http.client.HTTPException("the stream ended")


def _readable(sock: socket.socket, response: http.client.HTTPResponse, seconds: float) -> bool:
    """Whether bytes wait in the response's buffer, or come on the socket within some seconds."""
    reader = response.fp
    if reader is not None:
        sock.settimeout(0.0)
        try:
            if reader.peek(1):
                return True
        except (BlockingIOError, ssl.SSLWantReadError):
            pass
        finally:
            sock.settimeout(None)
    return _has_bytes(sock, seconds)


class Replica:
    """A copy of a space's document that follows it and recomputes its root at each version.

    Whatever the server says that does not fit (another root, another record before, a change of what did not stand
    there) is logged as critical and raised as `Diverged`; the replica then stays where it was right. With `from_start`
    it plays the whole log from version 1, so it shows the log root, too; without it begins with the document of now.
    One thread advances it; `get`, `version` and `document` may be called from others between two versions only.
    """

    def __init__(self, space: Space, from_start: bool = False) -> None:
        self.space = space
        self._replay = LogReplay(space.name)
        if not from_start:
            self._load()
        self._stream = space.events(since=self._replay.etag)
        self._wrong: Diverged | None = None

    def _load(self) -> None:
        client, at = self.space.client, self.space._at
        read = self.space.read(reserved=True)
        if read.version == 0:
            return
        text = client._call("GET", f"{at}/updates/{read.version}", awaited=("unknown-version",)).body
        try:
            record = read_record(text)
            if record.space != self.space.name or record.version != read.version:
                raise BrokenLog(read.version, "the record is another one's")
            if f'"{record.etag}"' != read.etag:
                raise BrokenLog(read.version, "the document's ETag is not the record's")
            self._replay = LogReplay.of_document(read.value, record)
        except (JsonError, BrokenLog) as error:
            raise self._loud(read.version, str(error)) from None

    def _loud(self, version: int, detail: str) -> Diverged:
        log.critical("THE SERVER IS WRONG about space %s at version %d: %s", self.space.name, version, detail)
        self._wrong = Diverged(self.space.name, version, detail)
        return self._wrong

    @property
    def version(self) -> int:
        """The version that the replica has, with a root that was recomputed."""
        return self._replay.version

    @property
    def root(self) -> str:
        """The state root of that version, recomputed."""
        return hex_of(self._replay.root)

    @property
    def log_root(self) -> str | None:
        """The log root, recomputed; None without `from_start`."""
        root = self._replay.log_root
        return None if root is None else hex_of(root)

    @property
    def etag(self) -> str:
        """The place of the replica, for `events(since=…)`."""
        return self._replay.etag

    def document(self, reserved: bool = False) -> dict[str, Json]:
        """A copy of the document; `reserved` with what the product itself keeps at `/_mnemogrid`."""
        document = self._replay.document()
        if not reserved:
            document.pop("_mnemogrid", None)
        return document

    def get(self, path: str, default: Json = None) -> Json:
        """What stands at a path; the default where nothing does."""
        value = self._replay.look_up(pointer_of(path))
        return default if value is _NOTHING else value

    def follow(self) -> Iterator[Record]:
        """Waits for versions and plays each, without an end until `close`."""
        while True:
            record = self.advance(3600.0)
            if record is not None:
                yield record
            elif self._stream._closed:
                return

    def advance(self, seconds: float) -> Record | None:
        """Plays the next version; None when none came in this time. Raises `Diverged`, and does so ever after."""
        if self._wrong is not None:
            raise self._wrong
        end = time.monotonic() + seconds
        while True:
            try:
                event = self._stream.next_within(end - time.monotonic())
            except BadAnswer as error:
                raise self._loud(self.version + 1, str(error)) from None
            if event is None:
                return None
            if event.type != "commit":
                continue
            try:
                leaf = log_leaf(event.text.encode("utf-8"))
                if event.id != f"{event.data['version']}.{leaf.hex()[:16]}":
                    raise BrokenLog(event.data["version"], "the event's id is not the record's")
                record = self._replay.append(event.text)
            except BrokenLog as error:
                self._stream.close()
                raise self._loud(error.version, error.detail) from None
            return record

    def advance_to(self, version: int, seconds: float = 60.0) -> None:
        """Plays up to a version; `TimeoutError` when it does not come in time."""
        end = time.monotonic() + seconds
        while self.version < version:
            if self.advance(end - time.monotonic()) is None and time.monotonic() >= end:
                raise TimeoutError(f"the replica of {self.space.name} has version {self.version}, not yet {version}")

    def __enter__(self) -> Replica:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the stream; what is there can still be read."""
        self._stream.close()


def main(arguments: Sequence[str]) -> int:
    """`verify BUNDLE.json 0x<checkpoint hash>`: prints what a bundle shows. 0 it holds, 7 it does not, 2 it is none."""
    if len(arguments) != 3 or arguments[0] != "verify":
        print("usage: python3 mnemogrid.py verify BUNDLE.json 0x<checkpoint hash>", file=sys.stderr)
        return 2
    try:
        with open(arguments[1], "rb") as file:
            claim = verify_bundle(file.read(MAX_ANSWER_BYTES + 1), arguments[2])
    except OSError as error:
        print(f"{arguments[1]}: {error.strerror}", file=sys.stderr)
        return 9
    except BundleFails as error:
        print(f"it does not hold: {error}", file=sys.stderr)
        return 7
    except ValueError as error:
        print(f"no bundle, or no hash: {error}", file=sys.stderr)
        return 2
    shown: dict[str, Json] = {"kind": claim.kind, "space": claim.space, "version": claim.version}
    if claim.kind == "fact":
        shown |= {"path": claim.path, "verdict": claim.verdict} | ({"value": claim.value} if claim.has_value else {})
    elif claim.kind == "update":
        shown["author"] = "proven" if claim.author_proven else "claimed"
    print(canonical(shown))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
