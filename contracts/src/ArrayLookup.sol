// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title RFC 6901 inside one canonical JSON value
/// @notice Finds what the reference tokens of a JSON Pointer lead to in JSON text that is canonical (RFC 8785):
/// no white space, one spelling for every string. Text that is not JSON is not noticed as such: the answer then
/// means nothing, or the call reverts. So look only into payloads whose hash has been proved.
/// Cost grows with the length of the text in front of what is looked for.
library ArrayLookup {
    bytes1 private constant TILDE = "~";
    bytes1 private constant SLASH = "/";
    bytes16 private constant HEX = "0123456789abcdef";

    /// @param json canonical JSON
    /// @param tokens `/token/token…`, at least one; a valid JSON Pointer
    /// @return found whether there is such a value
    /// @return from where it begins in `json`
    /// @return to where it ends, exclusive; both are 0 when there is none
    function find(bytes calldata json, bytes calldata tokens)
        internal
        pure
        returns (bool found, uint256 from, uint256 to)
    {
        uint256 next;
        while (next < tokens.length) {
            uint256 start = next + 1;
            next = start;
            while (next < tokens.length && tokens[next] != "/") ++next;
            bytes calldata token = tokens[start:next];
            if (json[from] == "[") (found, from) = _element(json, from, token);
            else if (json[from] == "{") (found, from) = _member(json, from, token);
            else found = false; // nothing is below a scalar
            if (!found) return (false, 0, 0);
        }
        to = _end(json, from);
    }

    /// The element of the array at `from` that `token` counts to.
    function _element(bytes calldata json, uint256 from, bytes calldata token)
        private
        pure
        returns (bool found, uint256 element)
    {
        (bool isIndex, uint256 index) = _index(token);
        element = from + 1;
        if (!isIndex || json[element] == "]") return (false, 0);
        for (uint256 i = 0; i < index; ++i) {
            element = _end(json, element);
            if (json[element] != ",") return (false, 0);
            ++element;
        }
        return (true, element);
    }

    /// The value of the member of the object at `from` that `token` names.
    function _member(bytes calldata json, uint256 from, bytes calldata token)
        private
        pure
        returns (bool found, uint256 value)
    {
        bytes32 wanted = keccak256(_canonicalString(token));
        uint256 key = from + 1;
        if (json[key] == "}") return (false, 0);
        while (true) {
            uint256 colon = _end(json, key);
            if (keccak256(json[key:colon]) == wanted) return (true, colon + 1);
            uint256 comma = _end(json, colon + 1);
            if (json[comma] != ",") return (false, 0);
            key = comma + 1;
        }
    }

    /// A decimal number without leading zeros, as RFC 6901 §4 wants it. Nine digits are more than a payload holds.
    function _index(bytes calldata token) private pure returns (bool isIndex, uint256 index) {
        if (token.length == 0 || token.length > 9) return (false, 0);
        if (token.length > 1 && token[0] == "0") return (false, 0);
        for (uint256 i = 0; i < token.length; ++i) {
            uint8 digit = uint8(token[i]);
            if (digit < 0x30 || digit > 0x39) return (false, 0);
            index = index * 10 + digit - 0x30;
        }
        return (true, index);
    }

    /// Where the value that begins at `from` ends, exclusive.
    function _end(bytes calldata json, uint256 from) private pure returns (uint256 end) {
        bytes1 first = json[from];
        if (first == '"') return _stringEnd(json, from);
        end = from;
        if (first == "[" || first == "{") {
            uint256 depth;
            do {
                bytes1 c = json[end];
                if (c == '"') {
                    end = _stringEnd(json, end);
                } else {
                    if (c == "[" || c == "{") ++depth;
                    else if (c == "]" || c == "}") --depth;
                    ++end;
                }
            } while (depth > 0);
        } else {
            while (end < json.length && json[end] != "," && json[end] != "]" && json[end] != "}") ++end;
        }
    }

    function _stringEnd(bytes calldata json, uint256 from) private pure returns (uint256 end) {
        end = from + 1;
        while (json[end] != '"') end += json[end] == "\\" ? 2 : 1;
        ++end;
    }

    /// The one spelling of a token as a string in canonical JSON (RFC 8785 §3.2.2.2), in its quotes.
    function _canonicalString(bytes calldata token) private pure returns (bytes memory text) {
        text = new bytes(token.length * 6 + 2);
        text[0] = '"';
        uint256 length = 1;
        for (uint256 i = 0; i < token.length; ++i) {
            bytes1 c = token[i];
            if (c == "~") c = token[++i] == "0" ? TILDE : SLASH;
            bytes1 short = _shortEscape(c);
            if (short != 0) {
                text[length++] = "\\";
                text[length++] = short;
            } else if (c < 0x20) {
                text[length++] = "\\";
                text[length++] = "u";
                text[length++] = "0";
                text[length++] = "0";
                text[length++] = HEX[uint8(c) >> 4];
                text[length++] = HEX[uint8(c) & 15];
            } else {
                text[length++] = c;
            }
        }
        text[length++] = '"';
        assembly ("memory-safe") {
            mstore(text, length) // shorter than it was allocated
        }
    }

    /// The letter of a two-character escape, or 0 when the character has none.
    function _shortEscape(bytes1 c) private pure returns (bytes1) {
        if (c == '"' || c == "\\") return c;
        if (c == 0x08) return "b";
        if (c == 0x09) return "t";
        if (c == 0x0a) return "n";
        if (c == 0x0c) return "f";
        if (c == 0x0d) return "r";
        return 0;
    }
}
