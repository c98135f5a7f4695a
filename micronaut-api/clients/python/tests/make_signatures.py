# SPDX-License-Identifier: Apache-2.0
"""Writes the vectors of signatures, `grid-plugin/src/test/resources/vectors/signatures.json`.

    python3 tests/make_signatures.py        # always the same bytes; test_offline.py compares them with the file

Its arithmetic is that of the definition, affine points over pow(), and shares nothing with the implementations that
play the vectors. Whether a vector holds is known from how it was made, and never asked of a verifier. What is false is
made as true as it can be: where a key of low order or of mixed order, a shifted S or a misspelled R shall be refused,
all else of RFC 8032 holds, so that a check that is left out is seen.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import sys
from typing import Any

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P

Point = tuple[int, int]
NEUTRAL: Point = (0, 1)

RFC_8032 = [  # §7.1: name, secret key, public key, message, signature
    (
        "TEST 1",
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
        "d25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "TEST 2",
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
        "387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "TEST 3",
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
        "4a7c15e9716ed28dc027beceea1ec40a",
    ),
    (
        "TEST 1024",
        "f5e5767cf153319517630f226876b86c8160cc583bc013744c6bf255f5cc0ee5",
        "278117fc144c72340f67d0f2316e8386ceffbf2b2428c9c51fef7c597f1d426e",
        "08b8b2b733424243760fe426a4b54908632110a66c2f6591eabd3345e3e4eb98fa6e264bf09efe12ee50f8f54e9f77b1"
        "e355f6c50544e23fb1433ddf73be84d879de7c0046dc4996d9e773f4bc9efe5738829adb26c81b37c93a1b270b20329d"
        "658675fc6ea534e0810a4432826bf58c941efb65d57a338bbd2e26640f89ffbc1a858efcb8550ee3a5e1998bd177e93a"
        "7363c344fe6b199ee5d02e82d522c4feba15452f80288a821a579116ec6dad2b3b310da903401aa62100ab5d1a36553e"
        "06203b33890cc9b832f79ef80560ccb9a39ce767967ed628c6ad573cb116dbefefd75499da96bd68a8a97b928a8bbc10"
        "3b6621fcde2beca1231d206be6cd9ec7aff6f6c94fcd7204ed3455c68c83f4a41da4af2b74ef5c53f1d8ac70bdcb7ed1"
        "85ce81bd84359d44254d95629e9855a94a7c1958d1f8ada5d0532ed8a5aa3fb2d17ba70eb6248e594e1a2297acbbb39d"
        "502f1a8c6eb6f1ce22b3de1a1f40cc24554119a831a9aad6079cad88425de6bde1a9187ebb6092cf67bf2b13fd65f270"
        "88d78b7e883c8759d2c4f5c65adb7553878ad575f9fad878e80a0c9ba63bcbcc2732e69485bbc9c90bfbd62481d9089b"
        "eccf80cfe2df16a2cf65bd92dd597b0707e0917af48bbb75fed413d238f5555a7a569d80c3414a8d0859dc65a46128ba"
        "b27af87a71314f318c782b23ebfe808b82b0ce26401d2e22f04d83d1255dc51addd3b75a2b1ae0784504df543af8969b"
        "e3ea7082ff7fc9888c144da2af58429ec96031dbcad3dad9af0dcbaaaf268cb8fcffead94f3c7ca495e056a9b47acdb7"
        "51fb73e666c6c655ade8297297d07ad1ba5e43f1bca32301651339e22904cc8c42f58c30c04aafdb038dda0847dd988d"
        "cda6f3bfd15c4b4c4525004aa06eeff8ca61783aacec57fb3d1f92b0fe2fd1a85f6724517b65e614ad6808d6f6ee34df"
        "f7310fdc82aebfd904b01e1dc54b2927094b2db68d6f903b68401adebf5a7e08d78ff4ef5d63653a65040cf9bfd4aca7"
        "984a74d37145986780fc0b16ac451649de6188a7dbdf191f64b5fc5e2ab47b57f7f7276cd419c17a3ca8e1b939ae49e4"
        "88acba6b965610b5480109c8b17b80e1b7b750dfc7598d5d5011fd2dcc5600a32ef5b52a1ecc820e308aa342721aac09"
        "43bf6686b64b2579376504ccc493d97e6aed3fb0f9cd71a43dd497f01f17c0e2cb3797aa2a2f256656168e6c496afc5f"
        "b93246f6b1116398a346f1a641f3b041e989f7914f90cc2c7fff357876e506b50d334ba77c225bc307ba537152f3f161"
        "0e4eafe595f6d9d90d11faa933a15ef1369546868a7f3a45a96768d40fd9d03412c091c6315cf4fde7cb68606937380d"
        "b2eaaa707b4c4185c32eddcdd306705e4dc1ffc872eeee475a64dfac86aba41c0618983f8741c5ef68d3a101e8a3b8ca"
        "c60c905c15fc910840b94c00a0b9d0",
        "0aab4c900501b3e24d7cdf4663326a3a87df5e4843b2cbdb67cbf6e460fec350aa5371b1508f9f4528ecea23c436d94b"
        "5e8fcd4f681e30a6ac00a9704a188a03",
    ),
    (
        "TEST SHA(abc)",
        "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        hashlib.sha512(b"abc").hexdigest(),
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e030"
        "3dca179c138ac17ad9bef1177331a704",
    ),
]


def plus(a: Point, b: Point) -> Point:
    """The law of the curve -x² + y² = 1 + dx²y², which is complete."""
    xx, yy = a[0] * b[0] % P, a[1] * b[1] % P
    both = D * xx * yy % P
    x = (a[0] * b[1] + a[1] * b[0]) * pow(1 + both, -1, P)
    return x % P, (yy + xx) * pow(1 - both, -1, P) % P


def times(scalar: int, point: Point) -> Point:
    sum_ = NEUTRAL
    while scalar:
        if scalar & 1:
            sum_ = plus(sum_, point)
        point = plus(point, point)
        scalar >>= 1
    return sum_


def root(square: int) -> int | None:
    """An even square root modulo P."""
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if x * x % P != square % P:
        return None
    return P - x if x & 1 else x


def at(y: int) -> Point | None:
    x = root((y * y - 1) * pow(D * y * y + 1, -1, P))
    return None if x is None else (x, y)


def spelled(point: Point) -> bytes:
    return (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")


def number(data: bytes) -> int:
    return int.from_bytes(data, "little")


BASE = at(4 * pow(5, -1, P) % P) or NEUTRAL
assert times(L, BASE) == NEUTRAL != BASE


def of_order_8() -> Point:
    for y in range(2, 100):
        point = at(y)
        torsion = NEUTRAL if point is None else times(L, point)
        if times(4, torsion) != NEUTRAL:
            return torsion
    raise AssertionError


TORSION = [times(i, of_order_8()) for i in range(8)]
"""The eight points of low order."""


def challenge(*parts: bytes) -> int:
    return number(hashlib.sha512(b"".join(parts)).digest()) % L


class Key:
    def __init__(self, seed: bytes) -> None:
        digest = hashlib.sha512(seed).digest()
        self.seed = seed
        self.scalar = number(digest[:32]) & (1 << 254) - 8 | 1 << 254
        self.nonce = digest[32:]
        self.point = times(self.scalar, BASE)
        self.public = spelled(self.point)

    def sign(self, message: bytes) -> bytes:
        r = challenge(self.nonce, message)
        return self.signed(message, r, spelled(times(r, BASE)), self.public)

    def signed(self, message: bytes, r: int, first: bytes, public: bytes) -> bytes:
        """With any R, and as the key of any public key."""
        return first + ((r + challenge(first, public, message) * self.scalar) % L).to_bytes(32, "little")


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def canonical(value: Any) -> str:
    """Of values with ASCII alone and whole numbers."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def message(grid: str, space: str, request: str) -> bytes:
    return (
        b"mnemogrid-delta-1\0"
        + bytes.fromhex(grid)
        + hashlib.sha256(space.encode()).digest()
        + hashlib.sha256(request.encode()).digest()
    )


ANN = Key(hashlib.sha256(b"ann").digest())
BOB = Key(hashlib.sha256(b"bob").digest())
GRID, OTHER_GRID = "00112233445566778899aabbccddeeff", "00112233445566778899aabbccddeefe"
SPACE = "notes"
DELTA = {
    "author": "ann",
    "base": 3,
    "changes": {"added": [{"key": "/facts/tea", "value": "green"}, {"key": "/facts/cups", "value": 2}]},
    "timestamp": "2026-02-05T19:00:51.000Z",
    "type": "note",
    "update_id": "8c7a3c1e-0000-4000-8000-000000000001",
}
REQUEST = canonical(DELTA)


def delta(why: str, holds: bool, key: bytes, signature: bytes, **other: str) -> dict[str, Any]:
    """What is to be checked; `other` names where it is not the usual grid, space and request."""
    grid, space, request = other.get("grid", GRID), other.get("space", SPACE), other.get("request", REQUEST)
    return {
        "why": why,
        "holds": holds,
        "key": base64url(key),
        "grid": grid,
        "space": space,
        "request": request,
        "message": message(grid, space, request).hex(),
        "signature": base64url(signature),
    }


def true_ones() -> list[dict[str, Any]]:
    found = []
    for key, name in ((ANN, "ann"), (BOB, "bob")):
        for grid in (GRID, OTHER_GRID):
            for space in (SPACE, "a", "mnemogrid.policy-9_x"):
                for more in ({}, {"strict": True, "reads": ["/facts"]}, {"changes": {"deleted": [{"key": "facts.tea"}]}}):
                    request = canonical({**DELTA, "author": name, **more})
                    signature = key.sign(message(grid, space, request))
                    one = delta("as it shall be", True, key.public, signature, grid=grid, space=space, request=request)
                    found.append({**one, "seed": key.seed.hex()})
    neutral = spelled(NEUTRAL)
    signature = ANN.signed(message(GRID, SPACE, REQUEST), 0, neutral, ANN.public)
    found.append(delta("R is the neutral point, in its one spelling", True, ANN.public, signature))
    return found


def false_ones() -> list[dict[str, Any]]:
    text = message(GRID, SPACE, REQUEST)
    true = ANN.sign(text)
    s = number(true[32:])
    swapped = canonical({**DELTA, "changes": {"added": DELTA["changes"]["added"][::-1]}})
    found = [
        delta("it is of another space", False, ANN.public, true, space="notes2"),
        delta("it is of another grid", False, ANN.public, true, grid=OTHER_GRID),
        delta("it is of the changes in another order", False, ANN.public, true, request=swapped),
        delta("it is of another base", False, ANN.public, true, request=canonical({**DELTA, "base": 4})),
        delta("it is of the request with a space more", False, ANN.public, true, request=REQUEST + " "),
        delta("it is of another request", False, ANN.public, ANN.sign(message(GRID, SPACE, swapped))),
        delta("it is of the hash of the request alone", False, ANN.public, ANN.sign(text[-32:])),
        delta("it is another key's", False, BOB.public, true),
        delta("R and S are exchanged", False, ANN.public, true[32:] + true[:32]),
        delta("R is that of another signature", False, ANN.public, BOB.sign(text)[:32] + true[32:]),
        delta("it is of zeros", False, ANN.public, bytes(64)),
        delta("S is negated", False, ANN.public, true[:32] + (L - s).to_bytes(32, "little")),
    ]
    for i in (1, 2, 7, 14):
        found.append(delta(f"S is {i} L more", False, ANN.public, true[:32] + (s + i * L).to_bytes(32, "little")))
    for why, first in (
        ("R is y = p + 1 for the neutral point", (P + 1).to_bytes(32, "little")),
        ("R is the neutral point with the sign of x set", (1 | 1 << 255).to_bytes(32, "little")),
        ("R is y = p + 1 with the sign of x set", (P + 1 | 1 << 255).to_bytes(32, "little")),
    ):
        found.append(delta(why, False, ANN.public, ANN.signed(text, 0, first, ANN.public)))
    for i in range(1, 8):  # with the cofactor, each of these would hold
        for r in (5, 6, 7, 8):
            first = spelled(plus(times(r, BASE), TORSION[i]))
            found.append(delta(f"R has a part of low order, {i}", False, ANN.public, ANN.signed(text, r, first, ANN.public)))
    for i, point in enumerate(TORSION):
        found += of_key(f"the key has low order, {i}", spelled(point))
    for why, y in (
        ("the key is y = p + 1 for the neutral point", P + 1),
        ("the key is the neutral point with the sign of x set", 1 | 1 << 255),
        ("the key is y = p - 1 with the sign of x set", P - 1 | 1 << 255),
        ("the key is y = p + 1 with the sign of x set", P + 1 | 1 << 255),
        ("the key is y = p", P),
        ("the key is y = p with the sign of x set", P | 1 << 255),
    ):
        found += of_key(why, y.to_bytes(32, "little"))
    for i in range(1, 8):
        public = spelled(plus(ANN.point, TORSION[i]))
        found += of_key(f"the key has mixed order, {i}", public, ANN)
    for why, public in (
        ("the key is no point of the curve", (2).to_bytes(32, "little")),
        ("the key is y = p + 3, whose point has mixed order", (P + 3).to_bytes(32, "little")),
        ("the key is y = 2^255 - 1", b"\xff" * 31 + b"\x7f"),
    ):
        found.append(delta(why, False, public, true))
    found.append(delta("R is no point of the curve", False, ANN.public, (2).to_bytes(32, "little") + true[32:]))
    return found


def of_key(why: str, public: bytes, key: Key | None = None) -> list[dict[str, Any]]:
    """Signatures of a key that is none, whose equation holds: the part of low order is multiplied by 8.

    One for those that add k times the key to R, one for those that add L - k times the key to S times the base: no k
    is right for both, since L is odd.
    """
    text = message(GRID, SPACE, REQUEST)
    found = []
    for factor in (lambda k: k, lambda k: L - k):
        r = 1
        while factor(challenge(first := spelled(times(r, BASE)), public, text)) % 8 != 0:
            r += 1
        own = first + r.to_bytes(32, "little") if key is None else key.signed(text, r, first, public)
        found.append(delta(why, False, public, own))
    return found


def spellings() -> list[dict[str, Any]]:
    key, signature = base64url(ANN.public), base64url(ANN.sign(message(GRID, SPACE, REQUEST)))
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

    def other_end(text: str) -> str:
        return text[:-1] + alphabet[alphabet.index(text[-1]) + 1]

    return [
        {"why": "padding", "key": key + "=", "signature": signature},
        {"why": "padding of the signature", "key": key, "signature": signature + "=="},
        {"why": "bits after the last byte", "key": other_end(key), "signature": signature},
        {"why": "bits after the last byte of the signature", "key": key, "signature": other_end(signature)},
        {"why": "a character less", "key": key[:-1], "signature": signature},
        {"why": "a character more", "key": key, "signature": signature + "A"},
        {"why": "a line break", "key": key + "\n", "signature": signature},
        {"why": "the other alphabet", "key": "+" + key[1:], "signature": signature},
        {"why": "the other alphabet", "key": "/" + key[1:], "signature": signature},
        {"why": "hex", "key": ANN.public.hex(), "signature": signature},
        {"why": "nothing", "key": "", "signature": signature},
        {"why": "a character of no alphabet", "key": key[:20] + "\u00e9" + key[21:], "signature": signature},
    ]


def text() -> str:
    rfc = []
    for name, seed, public, said, signature in RFC_8032:
        key = Key(bytes.fromhex(seed))
        assert key.public.hex() == public and key.sign(bytes.fromhex(said)).hex() == signature, name
        rfc.append({"name": name, "seed": seed, "key": public, "message": said, "signature": signature})
    whole = {"rfc8032": rfc, "deltas": true_ones() + false_ones(), "spellings": spellings()}
    return json.dumps(whole, indent=1) + "\n"


if __name__ == "__main__":
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), *[".."] * 4, "grid-plugin/src/test/resources")
    with open(os.path.join(folder, "vectors", "signatures.json"), "w", encoding="utf-8") as file:
        file.write(text())
    sys.exit(0)
