// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ArrayLookup} from "./ArrayLookup.sol";
import {TrieProof} from "./TrieProof.sol";

/// @notice How a fact is shown.
enum Case {
    PRESENT, // the path has an entry of its own
    BELOW_OBJECT, // absent: an ancestor is an object, and the next step from it is not there
    BELOW_VALUE, // absent: an ancestor is a scalar or an empty object
    IN_ARRAY // an ancestor is an array, and the rest of the path is looked up in it
}

/// @notice What is shown of a path in a document. Members that a case does not need are empty.
/// @param kind the case
/// @param ancestor JSON Pointer of the ancestor; empty is the document itself. Not in PRESENT
/// @param payload canonical JSON of what stands at the ancestor. Only in BELOW_VALUE and IN_ARRAY
/// @param proofs one proof as `TrieProof` writes it. BELOW_OBJECT has two, the ancestor's and then that of the
/// next step, unless the ancestor is the document
struct Fact {
    Case kind;
    bytes ancestor;
    bytes payload;
    bytes[] proofs;
}

/// @notice Where a document's root stands in a checkpoint.
/// @param space name of the space
/// @param version of the space in this checkpoint; a fact is shown at this version
/// @param stateRoot root of the document at that version
/// @param logRoot root of the space's history up to that version
/// @param header the checkpoint's header, 105 bytes
/// @param proof of the space in the checkpoint's forest, as `TrieProof` writes it
struct Place {
    string space;
    uint64 version;
    bytes32 stateRoot;
    bytes32 logRoot;
    bytes header;
    bytes proof;
}

/// @title What a proof shows of a path, under a checkpoint hash
/// @notice Every function answers false for whatever does not hold, and reverts only when a payload whose hash was
/// proved is not JSON, or the arguments cannot be decoded.
library Facts {
    using TrieProof for bytes32;

    uint256 private constant MAX_PATH_BYTES = 1024;
    uint256 private constant HEADER_BYTES = 105;
    uint256 private constant HEADER_PREFIX = 0x02;

    /// The payload of a non-empty object.
    bytes32 private constant OBJECT = sha256(hex"03");

    /// @notice Whether `place` stands in checkpoint number `checkpoint`, whose hash is `checkpointHash`.
    function stands(Place calldata place, uint256 checkpoint, bytes32 checkpointHash)
        internal
        view
        returns (bool)
    {
        (bool fits, bytes32 forestRoot) = _readHeader(place, checkpoint, checkpointHash);
        if (!fits) return false;
        (bytes32 key, bytes32 head, bytes calldata proof) = _readEntry(place);
        return forestRoot.isIn(key, head, proof);
    }

    // _readHeader, _readEntry and _isPresent read a struct where it stands in the calldata, for less gas than
    // Solidity's own access. For every member they check what Solidity checks: that its bytes end inside the
    // calldata, and that no number in the sums is 2^64 or more, so that none can wrap around. What they hash is
    // copied into free memory first; nothing of it is kept.

    /// @return fits whether the header is that of the checkpoint with this number and hash
    /// @return forestRoot the root that it names
    function _readHeader(Place calldata place, uint256 checkpoint, bytes32 checkpointHash)
        private
        view
        returns (bool fits, bytes32 forestRoot)
    {
        assembly ("memory-safe") {
            let at := calldataload(add(place, 0x80))
            let header := add(add(place, at), 32)
            let size := calldataload(sub(header, 32))
            if or(gt(add(header, size), calldatasize()), shr(64, or(at, size))) { revert(0, 0) }
            let scratch := mload(0x40)
            calldatacopy(scratch, header, HEADER_BYTES)
            fits := staticcall(gas(), 2, scratch, HEADER_BYTES, 0, 32)
            fits := and(fits, and(eq(mload(0), checkpointHash), eq(size, HEADER_BYTES)))
            // No number of a stored checkpoint is over 64 bits, so it cannot reach the prefix.
            fits := and(fits, eq(shr(184, calldataload(header)), or(shl(64, HEADER_PREFIX), checkpoint)))
            forestRoot := calldataload(add(header, 41))
        }
    }

    /// @return key of the space in the forest
    /// @return head hash of its payload there
    /// @return proof of both
    function _readEntry(Place calldata place)
        private
        view
        returns (bytes32 key, bytes32 head, bytes calldata proof)
    {
        assembly ("memory-safe") {
            let at := calldataload(place)
            let space := add(add(place, at), 32)
            let size := calldataload(sub(space, 32))
            let outside := gt(add(space, size), calldatasize())
            // The version too is a number below 2^64.
            let numbers := or(or(at, size), calldataload(add(place, 0x20)))

            at := calldataload(add(place, 0xa0))
            proof.offset := add(add(place, at), 32)
            proof.length := calldataload(sub(proof.offset, 32))
            outside := or(outside, gt(add(proof.offset, proof.length), calldatasize()))
            if or(outside, shr(64, or(numbers, or(at, proof.length)))) { revert(0, 0) }

            let scratch := mload(0x40)
            calldatacopy(scratch, space, size)
            let done := staticcall(gas(), 2, scratch, size, 0, 32)
            key := mload(0)
            // Version, state root and log root stand behind each other in calldata, as in a head's payload.
            calldatacopy(scratch, add(place, 0x38), 72)
            if iszero(and(done, staticcall(gas(), 2, scratch, 72, 0, 32))) { revert(0, 0) }
            head := mload(0)
        }
    }

    /// @notice Whether `value` stands at `path` of the document with that root.
    function holds(bytes32 root, bytes calldata path, bytes calldata value, Fact calldata fact)
        internal
        view
        returns (bool)
    {
        if (value.length == 0) return false;
        (bool present, bytes calldata proof) = _isPresent(fact);
        if (present) return path.length != 0 && _isIn(root, path, _sha256(value), proof);
        if (fact.kind != Case.IN_ARRAY || fact.proofs.length != 1 || !_isPointer(path)) return false;
        (bool shown, bool found, bytes calldata element) = _lookUp(root, path, fact);
        return shown && found && keccak256(element) == keccak256(value);
    }

    /// @return present whether the case is PRESENT, with one proof and nothing else
    /// @return proof that proof, when `present`
    function _isPresent(Fact calldata fact) private pure returns (bool present, bytes calldata proof) {
        assembly ("memory-safe") {
            let ancestor := calldataload(add(fact, 0x20))
            let payload := calldataload(add(fact, 0x40))
            let at := calldataload(add(fact, 0x60))
            let sizes := or(ancestor, or(payload, at))
            ancestor := add(fact, ancestor)
            payload := add(fact, payload)
            let proofs := add(add(fact, at), 32)
            let outside := or(gt(ancestor, sub(calldatasize(), 32)), gt(payload, sub(calldatasize(), 32)))
            let lengths := or(calldataload(ancestor), calldataload(payload))

            at := calldataload(proofs)
            proof.length := calldataload(add(proofs, at))
            proof.offset := add(add(proofs, at), 32)
            outside := or(outside, gt(add(proof.offset, proof.length), calldatasize()))
            sizes := or(sizes, or(at, proof.length))
            present := iszero(or(calldataload(fact), or(lengths, xor(calldataload(sub(proofs, 32)), 1))))
            if and(present, or(outside, gt(sizes, 0xffffffffffffffff))) { revert(0, 0) }
        }
    }

    /// @notice Whether nothing stands at `path` of the document with that root.
    function isAbsent(bytes32 root, bytes calldata path, Fact calldata fact) internal view returns (bool) {
        if (!_isPointer(path)) return false;
        if (fact.kind == Case.BELOW_OBJECT) return _isBelowObject(root, path, fact);
        if (fact.proofs.length != 1) return false;
        if (fact.kind == Case.BELOW_VALUE) {
            return _isAncestor(fact.ancestor, path) && _isScalarOrEmptyObject(fact.payload)
                && _isIn(root, fact.ancestor, _sha256(fact.payload), fact.proofs[0]);
        }
        if (fact.kind != Case.IN_ARRAY) return false;
        (bool shown, bool found,) = _lookUp(root, path, fact);
        return shown && !found;
    }

    function _isBelowObject(bytes32 root, bytes calldata path, Fact calldata fact)
        private
        view
        returns (bool)
    {
        bool document = fact.ancestor.length == 0;
        if (fact.payload.length != 0 || fact.proofs.length != (document ? 1 : 2)) return false;
        if (!document) {
            if (!_isAncestor(fact.ancestor, path)) return false;
            if (!_isIn(root, fact.ancestor, OBJECT, fact.proofs[0])) return false;
        }
        uint256 end = fact.ancestor.length + 1;
        while (end < path.length && path[end] != "/") ++end;
        bytes calldata step = path[:end];
        (TrieProof.Verdict verdict,) = root.check(_sha256(step), fact.proofs[document ? 0 : 1]);
        return verdict == TrieProof.Verdict.OUT;
    }

    /// @return shown whether the given array is proved to stand at the ancestor
    /// @return found whether the rest of the path leads to a value in it
    function _lookUp(bytes32 root, bytes calldata path, Fact calldata fact)
        private
        view
        returns (bool shown, bool found, bytes calldata value)
    {
        bytes calldata array = fact.payload;
        value = array[:0];
        if (!_isAncestor(fact.ancestor, path) || array.length == 0 || array[0] != "[") {
            return (false, false, value);
        }
        if (!_isIn(root, fact.ancestor, _sha256(array), fact.proofs[0])) return (false, false, value);
        uint256 from;
        uint256 to;
        (found, from, to) = ArrayLookup.find(array, path[fact.ancestor.length:]);
        return (true, found, array[from:to]);
    }

    function _isIn(bytes32 root, bytes calldata path, bytes32 payload, bytes calldata proof)
        private
        view
        returns (bool)
    {
        return root.isIn(_sha256(path), payload, proof);
    }

    /// A leaf's payload that begins with a brace is `{}`: other objects have no payload but the byte 0x03.
    function _isScalarOrEmptyObject(bytes calldata payload) private pure returns (bool) {
        if (payload.length == 0 || payload[0] == "[" || payload[0] == 0x03) return false;
        return payload[0] != "{" || (payload.length == 2 && payload[1] == "}");
    }

    /// Whether `ancestor` is above `path` and is not the document itself.
    function _isAncestor(bytes calldata ancestor, bytes calldata path) private pure returns (bool) {
        uint256 length = ancestor.length;
        if (length == 0 || length >= path.length || path[length] != "/") return false;
        return keccak256(ancestor) == keccak256(path[:length]);
    }

    /// Whether `path` is a JSON Pointer that a document may hold, the document itself left out.
    function _isPointer(bytes calldata path) private pure returns (bool) {
        if (path.length == 0 || path.length > MAX_PATH_BYTES || path[0] != "/") return false;
        for (uint256 i = 1; i < path.length; ++i) {
            if (path[i] != "~") continue;
            if (i + 1 == path.length || (path[i + 1] != "0" && path[i + 1] != "1")) return false;
        }
        return true;
    }

    function _sha256(bytes calldata data) private view returns (bytes32 hash) {
        bool done;
        assembly ("memory-safe") {
            // Copies into free memory and keeps nothing there.
            let scratch := mload(0x40)
            calldatacopy(scratch, data.offset, data.length)
            done := staticcall(gas(), 2, scratch, data.length, 0, 32)
            hash := mload(0)
        }
        assert(done);
    }
}
