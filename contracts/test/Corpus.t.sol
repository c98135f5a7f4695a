// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MnemogridCheckpoints} from "../src/MnemogridCheckpoints.sol";
import {Skip, SlowFacts} from "./SlowFacts.sol";
import {Checks, Print} from "./Vm.sol";

/// @title The contract beside another verifier, over the bundles that one has judged
/// @notice Run by `bin/bundles`, which writes the calls; no part of `forge test`.
contract CorpusTest is Checks {
    string private constant CALLS = "cache/corpus/calls.jsonl";

    mapping(bytes32 hash => MnemogridCheckpoints) private _checkpoints;
    mapping(bytes32 hash => mapping(Skip skip => SlowFacts)) private _careless;
    mapping(Skip skip => uint256) private _caught;

    function test_agreesWithTheOtherVerifiers() public {
        uint256 held;
        uint256 refused;
        while (true) {
            string memory line = vm.readLine(CALLS);
            if (bytes(line).length == 0) break;
            bytes32 hash = vm.parseJsonBytes32(line, ".hash");
            bool holds = vm.parseJsonBool(line, ".holds");
            bool absent = vm.parseJsonBool(line, ".absent");
            bytes[] memory calls = vm.parseJsonBytesArray(line, ".calls");
            uint256 number = vm.parseJsonUint(line, ".number");
            bytes4 selector = absent
                ? MnemogridCheckpoints.verifyAbsence.selector
                : MnemogridCheckpoints.verifyFact.selector;
            isTrue(_all(address(_at(hash, number)), selector, calls) == holds, line);
            if (!absent) _askTheCareless(hash, number, calls, holds, line);
            if (holds) ++held;
            else ++refused;
        }
        vm.closeFile(CALLS);
        Print.line("bundles taken", held);
        Print.line("bundles refused", refused);
        isTrue(held > 0 && refused > held, "no test of anything");
        for (uint256 skip = 1; skip <= uint256(type(Skip).max); ++skip) {
            Print.line("bundles that convict a verifier which skips a check", _caught[Skip(skip)]);
            isTrue(_caught[Skip(skip)] > 0, "a careless verifier passes");
        }
    }

    /// A twin that skips a check must be caught by a bundle that it takes and the others refuse.
    function _askTheCareless(
        bytes32 hash,
        uint256 number,
        bytes[] memory calls,
        bool holds,
        string memory line
    ) private {
        for (uint256 i = 0; i <= uint256(type(Skip).max); ++i) {
            Skip skip = Skip(i);
            SlowFacts twin = _careless[hash][skip];
            if (address(twin) == address(0)) {
                twin = new SlowFacts(hash, number, skip);
                _careless[hash][skip] = twin;
            }
            bool says = _all(address(twin), SlowFacts.verifyFact.selector, calls);
            // It knows the case PRESENT alone, so it may refuse what holds.
            if (skip == Skip.NOTHING) isTrue(!says || holds, line);
            else if (says && !holds) ++_caught[skip];
        }
    }

    function _all(address target, bytes4 selector, bytes[] memory calls) private view returns (bool) {
        for (uint256 i = 0; i < calls.length; ++i) {
            (bool answered, bytes memory answer) = target.staticcall(bytes.concat(selector, calls[i]));
            if (!answered || !abi.decode(answer, (bool))) return false;
        }
        return true;
    }

    /// A contract in which checkpoint `number` has that hash.
    function _at(bytes32 hash, uint256 number) private returns (MnemogridCheckpoints checkpoints) {
        checkpoints = _checkpoints[hash];
        if (address(checkpoints) != address(0)) return checkpoints;
        checkpoints = new MnemogridCheckpoints(address(0xAD), address(this));
        for (uint256 before = 1; before < number; ++before) {
            checkpoints.setCheckpoint(before, keccak256(abi.encode(before)), "", address(this));
        }
        checkpoints.setCheckpoint(number, hash, "", address(this));
        _checkpoints[hash] = checkpoints;
    }
}
