// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Case, Fact, Place} from "../src/Facts.sol";
import {SlowTrie} from "./SlowTrie.sol";

/// @notice A check that a careless verifier leaves out.
enum Skip {
    NOTHING,
    HEADER_HASH, // whether the header is the checkpoint's
    HEAD, // whether the space stands in the checkpoint
    LEAF_KEY, // whether the proof leads to the path asked for
    PAYLOAD, // whether the value is the one that stands there
    ROOT // whether the steps lead up to the root
}

/// @title verifyFact of one checkpoint as its definition reads, for the case PRESENT alone
/// @notice No assembly: calldata is what Solidity's own decoder takes it for.
contract SlowFacts {
    bytes32 private immutable CHECKPOINT_HASH;
    uint256 private immutable NUMBER;
    Skip private immutable SKIP;

    constructor(bytes32 checkpointHash, uint256 number, Skip skip) {
        CHECKPOINT_HASH = checkpointHash;
        NUMBER = number;
        SKIP = skip;
    }

    function verifyFact(
        uint256 checkpoint,
        Place calldata place,
        bytes calldata path,
        bytes calldata value,
        Fact calldata fact
    ) external view returns (bool) {
        if (
            checkpoint != NUMBER || fact.kind != Case.PRESENT
                || fact.ancestor.length + fact.payload.length > 0
        ) {
            return false;
        }
        if (fact.proofs.length != 1 || path.length == 0 || value.length == 0) return false;
        bytes calldata header = place.header;
        if (header.length != 105 || header[0] != 0x02 || uint64(bytes8(header[1:9])) != NUMBER) return false;
        if (sha256(header) != CHECKPOINT_HASH && SKIP != Skip.HEADER_HASH) return false;
        bytes32 head = sha256(abi.encodePacked(place.version, place.stateRoot, place.logRoot));
        return (SKIP == Skip.HEAD
                || _isIn(bytes32(header[41:73]), sha256(bytes(place.space)), head, place.proof))
            && _isIn(place.stateRoot, sha256(path), sha256(value), fact.proofs[0]);
    }

    function _isIn(bytes32 root, bytes32 wanted, bytes32 wantedPayload, bytes calldata proof)
        private
        view
        returns (bool)
    {
        if (proof.length < 64 || (proof.length - 64) % 33 != 0) return false;
        bytes32 key = bytes32(proof[:32]);
        bytes32 payload = bytes32(proof[32:64]);
        if (key != wanted && SKIP != Skip.LEAF_KEY) return false;
        if (payload != wantedPayload && SKIP != Skip.PAYLOAD) return false;
        bytes32 node = SlowTrie.leaf(key, payload);
        uint256 below = 256;
        for (uint256 end = proof.length; end > 64; end -= 33) {
            uint256 bit = uint8(proof[end - 33]);
            bytes32 sibling = bytes32(proof[end - 32:end]);
            if (bit >= below) return false;
            below = bit;
            node = SlowTrie.bitOf(key, bit) == 0
                ? SlowTrie.inner(bit, node, sibling)
                : SlowTrie.inner(bit, sibling, node);
        }
        return node == root || SKIP == Skip.ROOT;
    }
}
