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
/// @param kind which of the four
/// @param ancestor JSON Pointer of the ancestor; empty is the document itself. Not in PRESENT
/// @param payload canonical JSON of what stands at the ancestor. Only in BELOW_VALUE and IN_ARRAY
/// @param proofs as `TrieProof` writes them: one, but two in BELOW_OBJECT unless the ancestor is the document:
/// the ancestor's, then that of the next step
struct Fact {
    Case kind;
    bytes ancestor;
    bytes payload;
    bytes[] proofs;
}

/// @notice Where a document's root stands in a checkpoint.
/// @param space name of the space
/// @param version of the space in this checkpoint: the facts are those of that version
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

    /// @notice Whether `place` stands in checkpoint `number`, whose hash is `checkpointHash`.
    function stands(Place calldata place, uint256 number, bytes32 checkpointHash)
        internal
        view
        returns (bool)
    {
        bytes calldata header = place.header;
        if (header.length != HEADER_BYTES) return false;
        uint256 prefixAndNumber;
        bytes32 forestRoot;
        bytes32 head;
        bool done;
        uint256 version = place.version; // reading it refuses a word that is no uint64
        assembly ("memory-safe") {
            prefixAndNumber := shr(184, calldataload(header.offset))
            forestRoot := calldataload(add(header.offset, 41))

            // Version, state root and log root stand behind each other in calldata, as in a head's payload.
            let scratch := mload(0x40)
            calldatacopy(scratch, add(place, 0x38), 72)
            done := staticcall(gas(), 2, scratch, 72, 0, 32)
            head := mload(0)
        }
        assert(done && version <= type(uint64).max);
        // No number of a stored checkpoint is over 64 bits.
        if (prefixAndNumber != (HEADER_PREFIX << 64 | number) || _sha256(header) != checkpointHash) {
            return false;
        }
        return _isIn(forestRoot, bytes(place.space), head, place.proof);
    }

    /// @notice Whether `value` stands at `path` of the document with that root.
    function holds(bytes32 root, bytes calldata path, bytes calldata value, Fact calldata fact)
        internal
        view
        returns (bool)
    {
        bytes[] calldata proofs = fact.proofs;
        if (proofs.length != 1 || value.length == 0) return false;
        Case kind = fact.kind;
        if (kind == Case.PRESENT) {
            if (fact.ancestor.length != 0 || fact.payload.length != 0 || path.length == 0) return false;
            return _isIn(root, path, _sha256(value), proofs[0]);
        }
        if (kind != Case.IN_ARRAY || !_isPointer(path)) return false;
        (bool shown, bool found, bytes calldata element) = _lookUp(root, path, fact);
        return shown && found && keccak256(element) == keccak256(value);
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

    /// @return shown whether the ancestor is in, and is the array given
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
        (TrieProof.Verdict verdict, bytes32 shown) = root.check(_sha256(path), proof);
        return verdict == TrieProof.Verdict.IN && shown == payload;
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
            // Into free memory, of which nothing is kept.
            let scratch := mload(0x40)
            calldatacopy(scratch, data.offset, data.length)
            done := staticcall(gas(), 2, scratch, data.length, 0, 32)
            hash := mload(0)
        }
        assert(done);
    }
}
