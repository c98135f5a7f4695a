// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ContentAddress} from "../src/ContentAddress.sol";
import {MnemogridCheckpoints} from "../src/MnemogridCheckpoints.sol";
import {LiteralCheckpoints} from "./LiteralCheckpoints.sol";
import {Checks, Print} from "./Vm.sol";

/// @title What a checkpoint costs, beside the literal contract
/// @notice Every call is a transaction of its own (`isolate`), so the figures hold the 21,000 of a transaction
/// and its calldata. Both contracts keep the same hash, the same 66 characters of pointer and the same author.
/// forge-config: default.isolate = true
contract GasTest is Checks {
    MnemogridCheckpoints private ours;
    LiteralCheckpoints private literal;

    function setUp() public {
        vm.warp(1_770_000_000);
        ours = new MnemogridCheckpoints(address(0xAD), address(this));
        literal = new LiteralCheckpoints();
        // Steady state: the slots that every write changes are not zero any more.
        for (uint256 version = 1; version <= 3; ++version) {
            _ours(version, _hash(version));
            _literal(version, _hash(version));
        }
    }

    function test_oneCheckpointCostsAtMost45Percent() public {
        uint256 ourGas = _ours(4, _hash(4));
        uint256 literalGas = _literal(4, _hash(4));
        (, bytes memory ourPointer,,) = ours.getCheckpoint(4);
        (, bytes memory literalPointer,,) = literal.getCheckpoint(4);
        same(ourPointer, literalPointer, "the same pointer is read from both");
        same(ourPointer.length, 66, "characters");
        _print("one checkpoint", ourGas, literalGas);
        isTrue(ourGas * 100 <= literalGas * 45, "more than 0.45 x literal");
    }

    function test_tenInABatchCostAtMost40Percent() public {
        bytes32[] memory hashes = new bytes32[](10);
        address[] memory authors = new address[](10);
        bytes[] memory pointers = new bytes[](10);
        uint256[] memory versions = new uint256[](10);
        for (uint256 i = 0; i < 10; ++i) {
            versions[i] = 4 + i;
            hashes[i] = _hash(4 + i);
            authors[i] = _author();
            pointers[i] = ContentAddress.ofDigest(hashes[i]);
        }
        ours.setCheckpoints(4, hashes, new bytes[](0), authors);
        uint256 ourGas = vm.lastCallGas().gasTotalUsed;
        literal.setCheckpoints(versions, hashes, pointers, authors);
        uint256 literalGas = vm.lastCallGas().gasTotalUsed;
        for (uint256 i = 0; i < 10; ++i) {
            (, bytes memory ourPointer,,) = ours.getCheckpoint(4 + i);
            (, bytes memory literalPointer,,) = literal.getCheckpoint(4 + i);
            same(ourPointer, literalPointer, "the same pointer is read from both");
        }
        _print("ten in a batch", ourGas, literalGas);
        isTrue(ourGas * 100 <= literalGas * 40, "more than 0.40 x literal");
    }

    function test_costsTheSameWhateverTheNumberOfSpaces() public {
        uint256 one = _ours(4, _checkpointOf(4, 1));
        uint256 hundred = _ours(5, _checkpointOf(5, 100));
        uint256 tenThousand = _ours(6, _checkpointOf(6, 10_000));
        Print.line("one checkpoint of      1 space,  gas", one);
        Print.line("one checkpoint of    100 spaces, gas", hundred);
        Print.line("one checkpoint of 10,000 spaces, gas", tenThousand);
        same(one, hundred, "1 and 100 spaces");
        same(one, tenThousand, "1 and 10,000 spaces");
    }

    function test_whatElseIsPaid() public {
        ours.setCheckpoint(4, _hash(4), ContentAddress.ofDigest(_hash(4)), _author());
        Print.line("one checkpoint, 66-byte pointer given and kept, gas", vm.lastCallGas().gasTotalUsed);
        ours.getCheckpoint(1);
        Print.line("getCheckpoint as a transaction, gas", vm.lastCallGas().gasTotalUsed);
        MnemogridCheckpoints fresh = new MnemogridCheckpoints(address(this), address(this));
        fresh.rotateCheckpointer(address(0xBEEF));
        Print.line("rotation, gas", vm.lastCallGas().gasTotalUsed);
    }

    function _ours(uint256 version, bytes32 hash) private returns (uint256 gas) {
        ours.setCheckpoint(version, hash, "", _author());
        gas = vm.lastCallGas().gasTotalUsed;
    }

    function _literal(uint256 version, bytes32 hash) private returns (uint256 gas) {
        literal.setCheckpoint(version, hash, ContentAddress.ofDigest(hash), _author());
        gas = vm.lastCallGas().gasTotalUsed;
    }

    function _author() private pure returns (address) {
        return address(0xABaBaBaBABabABabAbAbABAbABabababaBaBABaB);
    }

    /// 32 bytes none of which is zero, because calldata charges zero and other bytes differently.
    function _hash(uint256 number) private pure returns (bytes32 hash) {
        return _withoutZeros(sha256(abi.encode(number)));
    }

    function _withoutZeros(bytes32 hash) private pure returns (bytes32) {
        while (true) {
            bool found;
            for (uint256 i = 0; i < 32; ++i) {
                if (hash[i] == 0) found = true;
            }
            if (!found) return hash;
            hash = sha256(abi.encode(hash));
        }
        return hash; // not reached
    }

    /// The hash of a real header over a forest of `spaces` heads; its manifest digest is varied until the hash
    /// has no zero byte, so that the calldata of all checkpoints costs the same.
    function _checkpointOf(uint64 number, uint256 spaces) private pure returns (bytes32 hash) {
        bytes32[] memory keys = new bytes32[](spaces);
        for (uint256 i = 0; i < spaces; ++i) {
            keys[i] = sha256(bytes.concat("space-", bytes32(i)));
        }
        _sort(keys, 0, spaces);
        bytes32 forestRoot = _trie(keys, 0, spaces);
        for (uint256 salt = 0;; ++salt) {
            hash =
                sha256(abi.encodePacked(uint8(2), number, bytes32(0), forestRoot, sha256(abi.encode(salt))));
            if (hash == _withoutZeros(hash)) return hash;
        }
    }

    /// Root over the sorted keys [from, to); the payload of a key is made from the key.
    function _trie(bytes32[] memory keys, uint256 from, uint256 to) private pure returns (bytes32) {
        if (to - from == 1) {
            bytes32 payload = sha256(abi.encodePacked(uint64(1), keys[from], keys[from]));
            return sha256(abi.encodePacked(uint8(0), keys[from], payload));
        }
        uint256 different = uint256(keys[from] ^ keys[to - 1]);
        uint256 bit = 0;
        while (different >> 255 == 0) {
            different <<= 1;
            ++bit;
        }
        uint256 split = from;
        while ((uint256(keys[split]) >> (255 - bit)) & 1 == 0) ++split;
        return sha256(
            // A bit number is below 256.
            // forge-lint: disable-next-line(unsafe-typecast)
            abi.encodePacked(uint8(1), uint8(bit), _trie(keys, from, split), _trie(keys, split, to))
        );
    }

    /// Quicksort of [from, to).
    function _sort(bytes32[] memory keys, uint256 from, uint256 to) private pure {
        if (to - from < 2) return;
        bytes32 pivot = keys[from + (to - from) / 2];
        uint256 low = from;
        uint256 high = to;
        while (true) {
            while (keys[low] < pivot) ++low;
            do {
                --high;
            } while (keys[high] > pivot);
            if (low >= high) break;
            (keys[low], keys[high]) = (keys[high], keys[low]);
            ++low;
        }
        _sort(keys, from, low);
        _sort(keys, low, to);
    }

    function _print(string memory what, uint256 ourGas, uint256 literalGas) private view {
        Print.line(string.concat(what, ", gas"), ourGas);
        Print.line(string.concat(what, ", literal contract, gas"), literalGas);
        Print.line(string.concat(what, ", share in thousandths"), ourGas * 1000 / literalGas);
    }
}
