// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Proofs over a compact binary trie of 256-bit keys
/// @notice A leaf is SHA-256(0x00 ‖ key ‖ payload hash), an inner node SHA-256(0x01 ‖ bit ‖ left ‖ right), where
/// `bit` (0 is the highest of byte 0) is the first in which the keys below differ; the child with that bit 0 is
/// left. The root of an empty trie is SHA-256 of nothing.
///
/// A proof is one byte string: the leaf that the wanted key leads to, `key ‖ payload hash`, then the steps from
/// the root down, each `bit ‖ sibling`: 64 + 33 n bytes. It is empty for the empty trie, and only for that.
/// @dev Not OpenZeppelin's MerkleProof: that sorts every pair, which forgets the positions that make a key out.
library TrieProof {
    /// What a proof shows of the wanted key.
    enum Verdict {
        REFUSED, // nothing: it does not fit the root, or it is malformed
        IN, // there, with the payload hash that stands in the proof
        OUT // not there
    }

    bytes32 internal constant EMPTY_ROOT = sha256("");

    uint256 private constant LEAF_BYTES = 64;
    uint256 private constant STEP_BYTES = 33;

    /// @return verdict what `proof` shows of `wanted` in the trie with that root
    /// @return payload hash of the payload when the verdict is IN, else zero
    function check(bytes32 root, bytes32 wanted, bytes calldata proof)
        internal
        view
        returns (Verdict verdict, bytes32 payload)
    {
        if (proof.length == 0) return (root == EMPTY_ROOT ? Verdict.OUT : Verdict.REFUSED, 0);
        if (proof.length < LEAF_BYTES || (proof.length - LEAF_BYTES) % STEP_BYTES != 0) {
            return (Verdict.REFUSED, 0);
        }
        bool fits;
        bytes32 key;
        assembly {
            // The node reached so far stays at 0x22. A sibling on the left is copied with its bit in front of it
            // (0x01 to 0x41 is then bit ‖ sibling ‖ node, and 0x01 stands at 0x00); one on the right is laid
            // behind it, with 0x01 ‖ bit at 0x20. That uses 0x40 to 0x61, which are put back below: constant
            // addresses are what makes a step cheap. A call of the SHA-256 precompile fails for want of gas
            // only, and then too little is left for the lines that follow it.
            let free := mload(0x40)
            key := calldataload(proof.offset)
            payload := calldataload(add(proof.offset, 32))
            mstore(0x00, 0)
            mstore(0x20, key)
            mstore(0x40, payload)
            fits := staticcall(gas(), 2, 0x1f, 65, 0x22, 32)
            mstore8(0x00, 1)

            // Upward, from the last step to the first: bits must shrink strictly, and the leaf's key must have
            // the wanted key's bit at every step. The lowest bit of `wrong` gathers where they do not.
            let apart := xor(key, wanted)
            let wrong := 0
            let below := 256
            let first := add(proof.offset, LEAF_BYTES)
            for { let step := add(proof.offset, proof.length) } gt(step, first) {} {
                step := sub(step, STEP_BYTES)
                let bit := shr(248, calldataload(step))
                let low := sub(255, bit)
                wrong := or(or(wrong, shr(low, apart)), iszero(lt(bit, below)))
                below := bit
                switch and(shr(low, key), 1)
                case 0 {
                    mstore(0x02, or(0x0100, bit))
                    mstore(0x42, calldataload(add(step, 1)))
                    fits := staticcall(gas(), 2, 0x20, 66, 0x22, 32)
                }
                default {
                    calldatacopy(0x01, step, 33)
                    fits := staticcall(gas(), 2, 0x00, 66, 0x22, 32)
                }
            }
            fits := and(and(fits, eq(mload(0x22), root)), iszero(and(wrong, 1)))
            mstore(0x40, free)
            mstore(0x60, 0)
        }
        if (!fits) return (Verdict.REFUSED, 0);
        return key == wanted ? (Verdict.IN, payload) : (Verdict.OUT, bytes32(0));
    }
}
