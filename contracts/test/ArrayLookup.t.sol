// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ArrayLookup} from "../src/ArrayLookup.sol";
import {Checks} from "./Vm.sol";

contract ArrayLookupTest is Checks {
    /// The library takes calldata, so it is called through here.
    function find(bytes calldata json, bytes calldata tokens) external pure returns (bool, bytes memory) {
        (bool found, uint256 from, uint256 to) = ArrayLookup.find(json, tokens);
        return (found, json[from:to]);
    }

    function test_findsElements() public view {
        bytes memory json = '[1,"two",[3,{"four":4}],{},null,true,-5e-7]';
        _finds(json, "/0", "1");
        _finds(json, "/1", '"two"');
        _finds(json, "/2", '[3,{"four":4}]');
        _finds(json, "/2/0", "3");
        _finds(json, "/2/1", '{"four":4}');
        _finds(json, "/2/1/four", "4");
        _finds(json, "/3", "{}");
        _finds(json, "/4", "null");
        _finds(json, "/5", "true");
        _finds(json, "/6", "-5e-7");
    }

    function test_findsNothingWhereNothingIs() public view {
        bytes memory json = '[1,"two",[3],{"a":{"b":1}},{},[]]';
        bytes[20] memory none = [
            bytes("/6"),
            "/7",
            "/-",
            "/00",
            "/01",
            "/+1",
            "/1.0",
            "/",
            "/a",
            "/1e0",
            "/ 1",
            "/999999999",
            "/99999999999999999999999999999999999999999999999999999999999999999999999999999999",
            "/0/0",
            "/1/0",
            "/3/0",
            "/3/a/c",
            "/3/a/b/c",
            "/4/a",
            "/5/0"
        ];
        for (uint256 i = 0; i < none.length; ++i) {
            _findsNot(json, none[i]);
        }
        _findsNot("[]", "/0");
    }

    function test_isNotMisledByStrings() public view {
        bytes memory json = '["]","[\\"]\\\\",{"}":"{,","a,b":["\\\\\\"",7]},8]';
        _finds(json, "/0", '"]"');
        _finds(json, "/1", '"[\\"]\\\\"');
        _finds(json, "/2/}", '"{,"');
        _finds(json, "/2/a,b/0", '"\\\\\\""');
        _finds(json, "/2/a,b/1", "7");
        _finds(json, "/3", "8");
        _findsNot(json, "/4");
    }

    function test_namesMembersAsTheyAreSpelled() public view {
        bytes memory json =
            unicode'[{"":0,"\\"":1,"\\\\":2,"\\b\\t\\n\\f\\r":3,"\\u0000\\u001f":4,"a":5,"ab":6,"a/b":7,"~":8,"~1":9,"é漢":10}]';
        _finds(json, "/0/", "0");
        _finds(json, '/0/"', "1");
        _finds(json, "/0/\\", "2");
        _finds(json, bytes.concat("/0/", hex"08090a0c0d"), "3");
        _finds(json, bytes.concat("/0/", hex"001f"), "4");
        _finds(json, "/0/a", "5");
        _finds(json, "/0/ab", "6");
        _finds(json, "/0/a~1b", "7");
        _finds(json, "/0/~0", "8");
        _finds(json, "/0/~01", "9");
        _finds(json, unicode"/0/é漢", "10");
        _findsNot(json, "/0/b");
        _findsNot(json, '/0/\\"');
        _findsNot(json, "/0/~1");
        _findsNot(json, "/0/\\u0000\\u001f");
    }

    function test_revertsOnTextThatEndsTooEarly() public view {
        bytes[6] memory broken = [bytes("["), "[1", '["', '["\\', '[{"a"', '[{"a":'];
        for (uint256 i = 0; i < broken.length; ++i) {
            try this.find(broken[i], "/1/a") returns (bool found, bytes memory) {
                isTrue(!found, "found in broken text");
            } catch {}
        }
    }

    function testFuzz_findsEveryElement(uint8 size, bytes32 seed) public view {
        bytes memory json = "[";
        bytes[] memory elements = new bytes[](uint256(size) % 12);
        for (uint256 i = 0; i < elements.length; ++i) {
            elements[i] = _element(uint256(keccak256(abi.encode(seed, i))), 3);
            json = bytes.concat(json, i == 0 ? bytes("") : bytes(","), elements[i]);
        }
        json = bytes.concat(json, "]");
        for (uint256 i = 0; i < elements.length; ++i) {
            _finds(json, bytes(string.concat("/", vm.toString(i))), elements[i]);
        }
        _findsNot(json, bytes(string.concat("/", vm.toString(elements.length))));
    }

    function _element(uint256 seed, uint256 depth) private pure returns (bytes memory) {
        bytes[6] memory plain = [bytes("0"), "null", '"],\\""', "{}", "[]", '"\\\\"'];
        bytes memory some = plain[seed % 6];
        if (depth == 0 || seed % 3 == 0) return some;
        bytes memory below = _element(seed / 7, depth - 1);
        return seed % 3 == 1
            ? bytes.concat("[", some, ",", below, "]")
            : bytes.concat('{"a":', below, ',"}":', some, "}");
    }

    function _finds(bytes memory json, bytes memory tokens, bytes memory want) private view {
        (bool found, bytes memory value) = this.find(json, tokens);
        isTrue(found, string.concat("not found: ", string(tokens)));
        same(value, want, string(tokens));
    }

    function _findsNot(bytes memory json, bytes memory tokens) private view {
        (bool found, bytes memory value) = this.find(json, tokens);
        isTrue(!found && value.length == 0, string.concat("found: ", string(tokens)));
    }
}
