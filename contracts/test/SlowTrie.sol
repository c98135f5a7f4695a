// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The trie as its definition reads, to make roots and proofs for the tests
library SlowTrie {
    function leaf(bytes32 key, bytes32 payload) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(uint8(0), key, payload));
    }

    function inner(uint256 bit, bytes32 left, bytes32 right) internal pure returns (bytes32) {
        // A bit number is below 256.
        // forge-lint: disable-next-line(unsafe-typecast)
        return sha256(abi.encodePacked(uint8(1), uint8(bit), left, right));
    }

    /// @param keys all different, in any order
    function root(bytes32[] memory keys, bytes32[] memory payloads) internal pure returns (bytes32) {
        if (keys.length == 0) return sha256("");
        if (keys.length == 1) return leaf(keys[0], payloads[0]);
        uint256 bit = _firstDifferent(keys);
        (bytes32[] memory leftKeys, bytes32[] memory leftPayloads) = _side(keys, payloads, bit, 0);
        (bytes32[] memory rightKeys, bytes32[] memory rightPayloads) = _side(keys, payloads, bit, 1);
        return inner(bit, root(leftKeys, leftPayloads), root(rightKeys, rightPayloads));
    }

    function prove(bytes32[] memory keys, bytes32[] memory payloads, bytes32 wanted)
        internal
        pure
        returns (bytes memory)
    {
        if (keys.length == 0) return "";
        bytes memory steps;
        while (keys.length > 1) {
            uint256 bit = _firstDifferent(keys);
            uint256 side = bitOf(wanted, bit);
            (bytes32[] memory otherKeys, bytes32[] memory otherPayloads) =
                _side(keys, payloads, bit, 1 - side);
            // forge-lint: disable-next-line(unsafe-typecast)
            steps = abi.encodePacked(steps, uint8(bit), root(otherKeys, otherPayloads));
            (keys, payloads) = _side(keys, payloads, bit, side);
        }
        return abi.encodePacked(keys[0], payloads[0], steps);
    }

    /// A root in which `key` leads to that leaf over `steps` steps with made-up siblings, and the proof of it.
    function chain(bytes32 key, bytes32 payload, uint256 steps)
        internal
        pure
        returns (bytes32, bytes memory)
    {
        uint8[] memory bits = new uint8[](steps);
        for (uint256 bit = 0; bit < steps; ++bit) {
            // A key has 256 bits.
            // forge-lint: disable-next-line(unsafe-typecast)
            bits[bit] = uint8(bit);
        }
        return chain(key, payload, bits);
    }

    /// The same over those bits, which grow.
    function chain(bytes32 key, bytes32 payload, uint8[] memory bits)
        internal
        pure
        returns (bytes32 node, bytes memory proof)
    {
        node = leaf(key, payload);
        for (uint256 step = bits.length; step > 0; --step) {
            uint8 bit = bits[step - 1];
            bytes32 sibling = sha256(abi.encode("sibling", uint256(bit), key));
            node = bitOf(key, bit) == 0 ? inner(bit, node, sibling) : inner(bit, sibling, node);
            proof = abi.encodePacked(bit, sibling, proof);
        }
        proof = abi.encodePacked(key, payload, proof);
    }

    function bitOf(bytes32 key, uint256 bit) internal pure returns (uint256) {
        return (uint256(key) >> (255 - bit)) & 1;
    }

    function _firstDifferent(bytes32[] memory keys) private pure returns (uint256) {
        bytes32 different;
        for (uint256 i = 1; i < keys.length; ++i) {
            different |= keys[i] ^ keys[0];
        }
        for (uint256 bit = 0; bit < 256; ++bit) {
            if (bitOf(different, bit) == 1) return bit;
        }
        revert("a key is there twice");
    }

    function _side(bytes32[] memory keys, bytes32[] memory payloads, uint256 bit, uint256 side)
        private
        pure
        returns (bytes32[] memory someKeys, bytes32[] memory somePayloads)
    {
        uint256 count;
        for (uint256 i = 0; i < keys.length; ++i) {
            if (bitOf(keys[i], bit) == side) ++count;
        }
        someKeys = new bytes32[](count);
        somePayloads = new bytes32[](count);
        uint256 next;
        for (uint256 i = 0; i < keys.length; ++i) {
            if (bitOf(keys[i], bit) != side) continue;
            someKeys[next] = keys[i];
            somePayloads[next] = payloads[i];
            ++next;
        }
    }
}
