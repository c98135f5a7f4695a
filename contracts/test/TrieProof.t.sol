// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {TrieProof} from "../src/TrieProof.sol";
import {SlowTrie} from "./SlowTrie.sol";
import {Checks} from "./Vm.sol";

contract TrieProofTest is Checks {
    bytes32[] private keys;
    bytes32[] private payloads;

    /// The library takes calldata, so it is called through here.
    function check(bytes32 root, bytes32 wanted, bytes calldata proof)
        external
        view
        returns (TrieProof.Verdict verdict, bytes32 payload)
    {
        return TrieProof.check(root, wanted, proof);
    }

    function testFuzz_agreesWithTheSlowTrie(bytes32 seed, uint8 size, uint8 shared) public {
        _grow(seed, uint256(size) % 6, shared);
        bytes32 root = SlowTrie.root(keys, payloads);
        for (uint256 i = 0; i < keys.length; ++i) {
            _expect(root, keys[i], SlowTrie.prove(keys, payloads, keys[i]), TrieProof.Verdict.IN, payloads[i]);
        }
        for (uint256 i = 0; i < 3; ++i) {
            bytes32 wanted = _key(seed, 100 + i, shared);
            _expect(root, wanted, SlowTrie.prove(keys, payloads, wanted), TrieProof.Verdict.OUT, 0);
        }
    }

    function testFuzz_refusesAFlippedBit(bytes32 seed, uint8 size, uint8 shared, uint256 place, bool there)
        public
    {
        _grow(seed, uint256(size) % 5 + 1, shared);
        bytes32 root = SlowTrie.root(keys, payloads);
        bytes32 wanted = there ? keys[uint256(seed) % keys.length] : _key(seed, 100, shared);
        bytes memory proof = SlowTrie.prove(keys, payloads, wanted);
        place %= proof.length * 8;
        proof[place / 8] ^= bytes1(uint8(uint256(2) ** (place % 8)));
        _expect(root, wanted, proof, TrieProof.Verdict.REFUSED, 0);
    }

    function testFuzz_refusesAnotherRoot(bytes32 seed, uint8 size, uint8 shared, bytes32 other) public {
        _grow(seed, uint256(size) % 6, shared);
        vm.assume(other != SlowTrie.root(keys, payloads));
        bytes32 wanted = keys.length == 0 ? seed : keys[0];
        _expect(other, wanted, SlowTrie.prove(keys, payloads, wanted), TrieProof.Verdict.REFUSED, 0);
    }

    /// A proof that leads elsewhere says nothing of a key that does not go that way.
    function testFuzz_aProofIsOnlyForKeysOnItsWay(bytes32 seed, uint8 size, uint8 shared) public {
        _grow(seed, uint256(size) % 4 + 2, shared);
        bytes32 root = SlowTrie.root(keys, payloads);
        for (uint256 i = 1; i < keys.length; ++i) {
            bytes memory proof = SlowTrie.prove(keys, payloads, keys[i]);
            _expect(root, keys[i - 1], proof, TrieProof.Verdict.REFUSED, 0);
        }
    }

    function test_refusesBitsThatDoNotGrow() public view {
        // Every hash fits; only the order of the bits is wrong.
        bytes32 key = bytes32(0);
        bytes32 payload = sha256("payload");
        bytes32 sibling = sha256("sibling");
        uint8[2][3] memory bits = [[uint8(3), 3], [uint8(4), 3], [uint8(255), 0]];
        for (uint256 i = 0; i < 3; ++i) {
            bytes32 low = SlowTrie.inner(bits[i][1], SlowTrie.leaf(key, payload), sibling);
            bytes32 root = SlowTrie.inner(bits[i][0], low, sibling);
            bytes memory proof = abi.encodePacked(key, payload, bits[i][0], sibling, bits[i][1], sibling);
            _expect(root, key, proof, TrieProof.Verdict.REFUSED, 0);
        }
        bytes32 good = SlowTrie.inner(3, SlowTrie.inner(4, SlowTrie.leaf(key, payload), sibling), sibling);
        bytes memory right = abi.encodePacked(key, payload, uint8(3), sibling, uint8(4), sibling);
        _expect(good, key, right, TrieProof.Verdict.IN, payload);
    }

    function test_refusesEveryOtherLength() public view {
        (bytes32 root, bytes memory proof) = SlowTrie.chain(sha256("key"), sha256("payload"), 3);
        _expect(root, sha256("key"), proof, TrieProof.Verdict.IN, sha256("payload"));
        for (uint256 length = 0; length < proof.length + 70; ++length) {
            if (length == proof.length) continue;
            bytes memory other = new bytes(length);
            for (uint256 i = 0; i < length && i < proof.length; ++i) {
                other[i] = proof[i];
            }
            _expect(root, sha256("key"), other, TrieProof.Verdict.REFUSED, 0);
        }
    }

    function test_theEmptyTrieHasNothing() public view {
        _expect(sha256(""), sha256("key"), "", TrieProof.Verdict.OUT, 0);
        _expect(sha256("not empty"), sha256("key"), "", TrieProof.Verdict.REFUSED, 0);
    }

    function test_goesAsDeepAsAKeyIsLong() public view {
        (bytes32 root, bytes memory proof) = SlowTrie.chain(sha256("key"), sha256("payload"), 256);
        _expect(root, sha256("key"), proof, TrieProof.Verdict.IN, sha256("payload"));
    }

    function _grow(bytes32 seed, uint256 size, uint8 shared) private {
        for (uint256 i = 0; i < size; ++i) {
            keys.push(_key(seed, i, shared));
            payloads.push(sha256(abi.encode(seed, "payload", i)));
        }
    }

    /// Keys of one seed agree in their first `shared` bits (at most 200), so that deep bits are met too.
    function _key(bytes32 seed, uint256 number, uint8 shared) private pure returns (bytes32) {
        uint256 tail = type(uint256).max >> (shared % 201);
        return bytes32((uint256(seed) & ~tail) | (uint256(sha256(abi.encode(seed, number))) & tail));
    }

    function _expect(
        bytes32 root,
        bytes32 wanted,
        bytes memory proof,
        TrieProof.Verdict want,
        bytes32 wantPayload
    ) private view {
        (TrieProof.Verdict verdict, bytes32 payload) = this.check(root, wanted, proof);
        same(uint256(verdict), uint256(want), "verdict");
        same(payload, wantPayload, "payload");
    }
}
