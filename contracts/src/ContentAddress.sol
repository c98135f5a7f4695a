// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The content address of a blob, from its SHA-256 alone
/// @notice CIDv1, codec `raw` (0x55), multihash `sha2-256` (0x12, 32 bytes), multibase base32 lower case
/// without padding, behind `ipfs://`: always 66 ASCII characters.
/// @dev The 36 bytes of a CID are 288 bits, 58 characters of 5 bits. The four bytes in front of the digest are
/// the same for every CID of this kind: they make the characters `afkrei` and leave two zero bits over. So the
/// other 52 characters hold 260 bits: 00, the 256 bits of the digest, 00. All characters of a word are made at
/// once, a byte of the word being a character, so the cost is the same for every digest and has no loop.
library ContentAddress {
    bytes14 private constant PREFIX = "ipfs://bafkrei";

    /// In every byte of a word: the number 1, the number 6, and the letter `a`.
    uint256 private constant ONES = 0x0101010101010101010101010101010101010101010101010101010101010101;
    uint256 private constant SIXES = ONES * 6;
    uint256 private constant LETTERS = ONES * 0x61;

    /// How far below its letter a digit stands: index 26 is `2` (0x32), not 0x61 + 26.
    uint256 private constant LETTER_TO_DIGIT = 0x61 + 26 - 0x32;

    /// @param digest SHA-256 of the blob; any 32 bytes are taken
    /// @return 66 ASCII characters
    function ofDigest(bytes32 digest) internal pure returns (bytes memory) {
        uint256 bits = uint256(digest);
        bytes32 head = _characters(bits >> 98); // 00 and the first 158 bits: 32 characters
        bytes32 tail = _characters((bits << 158) >> 96); // the last 98 bits and zeros: 20 characters and 12 unused
        // forge-lint: disable-next-line(unsafe-typecast)
        return abi.encodePacked(PREFIX, head, bytes20(tail));
    }

    /// The 32 base32 characters of the low 160 bits.
    function _characters(uint256 bits) private pure returns (bytes32) {
        // Groups of 80, 40, 20, 10 and at last 5 bits, each at the low end of a lane of its own.
        bits = _spread(bits, 0x00000000000000000000000000000000000000000000ffffffffffffffffffff, 80, 48);
        bits = _spread(bits, 0x0000000000000000000000ffffffffff0000000000000000000000ffffffffff, 40, 24);
        bits = _spread(bits, 0x00000000000fffff00000000000fffff00000000000fffff00000000000fffff, 20, 12);
        bits = _spread(bits, 0x000003ff000003ff000003ff000003ff000003ff000003ff000003ff000003ff, 10, 6);
        bits = _spread(bits, 0x001f001f001f001f001f001f001f001f001f001f001f001f001f001f001f001f, 5, 3);
        uint256 digits = ((bits + SIXES) >> 5) & ONES; // 1 in the lanes that hold 26 or more
        return bytes32(bits + LETTERS - digits * LETTER_TO_DIGIT);
    }

    /// Leaves the low `width` bits of every lane where they are, and moves the `width` bits above them up.
    function _spread(uint256 bits, uint256 low, uint256 width, uint256 distance)
        private
        pure
        returns (uint256)
    {
        return (bits & low) | ((bits & (low << width)) << distance);
    }
}
