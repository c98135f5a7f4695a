// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ContentAddress} from "../src/ContentAddress.sol";
import {Checks} from "./Vm.sol";

contract ContentAddressTest is Checks {
    bytes private constant ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";

    function test_agreesWithTheVectors() public view {
        string memory json = vm.readFile("test/vectors/checkpoints.json");
        uint256 count;
        while (true) {
            string memory item = string.concat("$[", vm.toString(count), "]");
            if (!vm.keyExistsJson(json, item)) break;
            bytes32 hash = vm.parseJsonBytes32(json, string.concat(item, ".checkpointHash"));
            bytes memory header = vm.parseJsonBytes(json, string.concat(item, ".header"));
            same(header.length, 105, "header length");
            same(sha256(header), hash, "hash of the header");
            string memory pointer = vm.parseJsonString(json, string.concat(item, ".pointer"));
            same(ContentAddress.ofDigest(hash), bytes(pointer), "pointer");
            bytes32 digest = vm.parseJsonBytes32(json, string.concat(item, ".manifestDigest"));
            pointer = vm.parseJsonString(json, string.concat(item, ".manifestPointer"));
            same(ContentAddress.ofDigest(digest), bytes(pointer), "manifest pointer");
            ++count;
        }
        same(count, 4, "vectors read");
    }

    function testFuzz_agreesWithTheSlowObviousWay(bytes32 digest) public pure {
        same(ContentAddress.ofDigest(digest), _slow(digest), "content address");
    }

    function test_agreesOnEverySingleBit() public pure {
        same(ContentAddress.ofDigest(0), _slow(0), "all zeros");
        same(
            ContentAddress.ofDigest(bytes32(type(uint256).max)), _slow(bytes32(type(uint256).max)), "all ones"
        );
        for (uint256 bit = 0; bit < 256; ++bit) {
            bytes32 digest = bytes32(uint256(2) ** bit);
            same(ContentAddress.ofDigest(digest), _slow(digest), "one bit");
            same(ContentAddress.ofDigest(~digest), _slow(~digest), "all but one bit");
        }
    }

    /// RFC 4648 base32 a bit at a time, of the CID's 36 bytes.
    function _slow(bytes32 digest) private pure returns (bytes memory) {
        bytes memory cid = abi.encodePacked(hex"01551220", digest);
        bytes memory text = new bytes((cid.length * 8 + 4) / 5);
        for (uint256 i = 0; i < text.length; ++i) {
            uint256 index;
            for (uint256 bit = i * 5; bit < i * 5 + 5; ++bit) {
                uint256 value = bit / 8 < cid.length ? (uint8(cid[bit / 8]) >> (7 - bit % 8)) & 1 : 0;
                index = index * 2 + value;
            }
            text[i] = ALPHABET[index];
        }
        return abi.encodePacked("ipfs://b", text);
    }
}
