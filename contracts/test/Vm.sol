// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

struct Log {
    bytes32[] topics;
    bytes data;
    address emitter;
}

struct Gas {
    uint64 gasLimit;
    uint64 gasTotalUsed;
    uint64 gasMemoryUsed;
    int64 gasRefunded;
    uint64 gasRemaining;
}

/// @title The cheat codes of forge that these tests use
interface Vm {
    function prank(address sender) external;
    function startPrank(address sender) external;
    function stopPrank() external;
    function warp(uint256 timestamp) external;
    function assume(bool condition) external pure;
    function expectRevert(bytes calldata data) external;
    function expectEmit(bool topic1, bool topic2, bool topic3, bool data, address emitter) external;
    function recordLogs() external;
    function getRecordedLogs() external returns (Log[] memory);
    function record() external;
    function accesses(address target) external returns (bytes32[] memory reads, bytes32[] memory writes);
    function lastCallGas() external view returns (Gas memory);
    function readLine(string calldata path) external view returns (string memory);
    function closeFile(string calldata path) external;
    function readFile(string calldata path) external view returns (string memory);
    function keyExistsJson(string calldata json, string calldata key) external pure returns (bool);
    function parseJsonBytes(string calldata json, string calldata key) external pure returns (bytes memory);
    function parseJsonBytesArray(string calldata json, string calldata key)
        external
        pure
        returns (bytes[] memory);
    function parseJsonUintArray(string calldata json, string calldata key)
        external
        pure
        returns (uint256[] memory);
    function parseJsonBool(string calldata json, string calldata key) external pure returns (bool);
    function parseJsonBytes32(string calldata json, string calldata key) external pure returns (bytes32);
    function parseJsonString(string calldata json, string calldata key) external pure returns (string memory);
    function parseJsonUint(string calldata json, string calldata key) external pure returns (uint256);
    function toString(uint256 value) external pure returns (string memory);
}

/// @title What every test contract starts from: cheat codes and plain checks that revert
abstract contract Checks {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    error NotEqual(string what, bytes got, bytes want);
    error NotTrue(string what);

    function same(uint256 got, uint256 want, string memory what) internal pure {
        if (got != want) revert NotEqual(what, abi.encode(got), abi.encode(want));
    }

    function same(bytes32 got, bytes32 want, string memory what) internal pure {
        if (got != want) revert NotEqual(what, abi.encode(got), abi.encode(want));
    }

    function same(address got, address want, string memory what) internal pure {
        if (got != want) revert NotEqual(what, abi.encode(got), abi.encode(want));
    }

    function same(bytes memory got, bytes memory want, string memory what) internal pure {
        if (keccak256(got) != keccak256(want)) revert NotEqual(what, got, want);
    }

    function isTrue(bool got, string memory what) internal pure {
        if (!got) revert NotTrue(what);
    }
}

/// @title Prints lines that `forge test -vv` shows
library Print {
    address private constant CONSOLE = address(0x000000000000000000636F6e736F6c652e6c6f67);

    function line(string memory text) internal view {
        _send(abi.encodeWithSignature("log(string)", text));
    }

    function line(string memory text, uint256 number) internal view {
        _send(abi.encodeWithSignature("log(string,uint256)", text, number));
    }

    function _send(bytes memory message) private view {
        (bool answered,) = CONSOLE.staticcall(message);
        answered; // forge shows the line or nobody does; a test does not depend on it
    }
}
