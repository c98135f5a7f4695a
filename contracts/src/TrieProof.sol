// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Proofs over a compact binary trie of 256-bit keys
/// @notice A leaf is SHA-256(0x00 ‖ key ‖ payload hash), an inner node SHA-256(0x01 ‖ bit ‖ left ‖ right), where
/// `bit` (0 is the highest of byte 0) is the first in which the keys below differ; the child with that bit 0 is
/// left. The root of an empty trie is SHA-256 of nothing.
///
/// A proof is one byte string: the leaf that the wanted key leads to, `key ‖ payload hash`, then the steps from
/// the root down, each `bit ‖ sibling`: 64 + 33 n bytes. It is empty for the empty trie, and only for that.
/// @dev OpenZeppelin's MerkleProof does not fit here: it sorts every pair, and so loses which side a node is on,
/// while the sides are the bits of the key.
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

    /// Bit 0 of a key.
    uint256 private constant HIGHEST = 1 << 255;

    /// @return verdict what `proof` shows of `wanted` in the trie with that root
    /// @return payload hash of the payload when the verdict is IN, else zero
    function check(bytes32 root, bytes32 wanted, bytes calldata proof)
        internal
        view
        returns (Verdict verdict, bytes32 payload)
    {
        if (proof.length == 0) return (root == EMPTY_ROOT ? Verdict.OUT : Verdict.REFUSED, 0);
        bytes32 key;
        assembly ("memory-safe") {
            key := calldataload(proof.offset)
            payload := calldataload(add(proof.offset, 32))
        }
        if (!_leadsTo(root, wanted, key, payload, proof)) return (Verdict.REFUSED, 0);
        return key == wanted ? (Verdict.IN, payload) : (Verdict.OUT, bytes32(0));
    }

    /// @notice `check` for a caller that knows the payload hash.
    /// @return whether `proof` shows that `wanted` is in the trie with that root, and `payload` is the hash of its
    /// payload
    function isIn(bytes32 root, bytes32 wanted, bytes32 payload, bytes calldata proof)
        internal
        view
        returns (bool)
    {
        bool same;
        assembly ("memory-safe") {
            // When the proof is empty, these bytes may belong to something else; _leadsTo refuses it for its length.
            same := iszero(
                or(xor(calldataload(proof.offset), wanted), xor(calldataload(add(proof.offset, 32)), payload))
            )
        }
        return same && _leadsTo(root, wanted, wanted, payload, proof);
    }

    /// Whether `proof` has whole steps behind a whole leaf, and leads from the root over bits of `wanted` to the leaf
    /// of `key` and `payload`.
    function _leadsTo(bytes32 root, bytes32 wanted, bytes32 key, bytes32 payload, bytes calldata proof)
        private
        view
        returns (bool fits)
    {
        assembly {
            // The node reached so far stays at 0x22. A sibling on the left is copied with its bit in front of it
            // (0x01 to 0x41 is then bit ‖ sibling ‖ node, and 0x01 stands at 0x00); one on the right is laid
            // behind it, with 0x01 ‖ bit at 0x20. That uses 0x40 to 0x61, which are put back below: constant
            // addresses are what makes a step cheap. The SHA-256 precompile fails only for lack of gas, and then
            // too little gas is left for the lines that follow it.
            let free := mload(0x40)
            mstore(0x00, 0)
            mstore(0x20, key)
            mstore(0x40, payload)
            fits := staticcall(gas(), 2, 0x1f, 65, 0x22, 32)
            mstore8(0x00, 1)

            // Upward, from the last step to the first. `place` is the one bit of a key that the step stands for,
            // `seen` those of the steps below it: bits shrink strictly on the way up exactly when every place is
            // a larger number than all seen together.
            let seen := 0
            let ordered := 1
            let first := add(proof.offset, LEAF_BYTES)
            for { let step := add(proof.offset, proof.length) } gt(step, first) {} {
                step := sub(step, STEP_BYTES)
                let bit := byte(0, calldataload(step))
                let place := shr(bit, HIGHEST)
                ordered := and(ordered, lt(seen, place))
                seen := or(seen, place)
                if and(key, place) {
                    calldatacopy(0x01, step, STEP_BYTES)
                    fits := staticcall(gas(), 2, 0x00, 66, 0x22, 32)
                    continue
                }
                mstore(0x02, or(0x0100, bit))
                mstore(0x42, calldataload(add(step, 1)))
                fits := staticcall(gas(), 2, 0x20, 66, 0x22, 32)
            }

            // The leaf's key has the wanted key's bit at every step; whole steps stand behind a whole leaf.
            let wrong := or(xor(mload(0x22), root), and(seen, xor(key, wanted)))
            wrong := or(wrong, mod(sub(proof.length, LEAF_BYTES), STEP_BYTES))
            fits := and(and(fits, ordered), iszero(or(wrong, lt(proof.length, LEAF_BYTES))))
            mstore(0x40, free)
            mstore(0x60, 0)
        }
    }
}
