// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";

import {ContentAddress} from "../src/ContentAddress.sol";
import {MnemogridCheckpoints} from "../src/MnemogridCheckpoints.sol";
import {Checks, Log} from "./Vm.sol";

contract CheckpointsTest is Checks {
    address private constant ADMIN = address(0xAD);
    address private constant WRITER = address(0xC0DE);
    address private constant AUTHOR = address(0xA0);
    bytes32 private constant HASH = keccak256("a header");
    bytes private constant DERIVED = "";

    MnemogridCheckpoints private checkpoints;
    bytes32 private adminRole;
    bytes32 private writerRole;

    function setUp() public {
        checkpoints = new MnemogridCheckpoints(ADMIN, WRITER);
        adminRole = checkpoints.DEFAULT_ADMIN_ROLE();
        writerRole = checkpoints.CHECKPOINTER_ROLE();
        vm.warp(1_770_000_000);
    }

    // Before the first checkpoint

    function test_startsEmpty() public {
        same(checkpoints.latestVersion(), 0, "latest");
        vm.expectRevert(abi.encodeWithSelector(MnemogridCheckpoints.NoCheckpoint.selector));
        checkpoints.getLatestCheckpoint();
        for (uint256 version = 0; version < 3; ++version) {
            _expectUnknown(version, 0);
        }
    }

    function test_constructorSetsBothRolesApart() public view {
        isTrue(checkpoints.hasRole(adminRole, ADMIN), "admin");
        isTrue(checkpoints.hasRole(writerRole, WRITER), "checkpointer");
        isTrue(!checkpoints.hasRole(writerRole, ADMIN), "an admin is no checkpointer");
        isTrue(!checkpoints.hasRole(adminRole, WRITER), "a checkpointer is no admin");
        same(checkpoints.checkpointer(), WRITER, "packed checkpointer");
        isTrue(!checkpoints.hasRole(adminRole, address(this)), "the deployer has nothing");
    }

    function test_constructorRefusesZero() public {
        vm.expectRevert(_unusable(address(0)));
        new MnemogridCheckpoints(address(0), WRITER);
        vm.expectRevert(_unusable(address(0)));
        new MnemogridCheckpoints(ADMIN, address(0));
    }

    // One checkpoint

    function test_keepsACheckpointAndDerivesItsPointer() public {
        vm.prank(WRITER);
        same(checkpoints.setCheckpoint(1, HASH, DERIVED, AUTHOR), 1, "returned version");
        _expect(1, HASH, ContentAddress.ofDigest(HASH), AUTHOR, 1_770_000_000);
        _expectLatest(1, HASH, ContentAddress.ofDigest(HASH));
    }

    function test_derivesThePointersOfTheVectors() public {
        string memory json = vm.readFile("test/vectors/checkpoints.json");
        for (uint256 version = 1; version <= 4; ++version) {
            string memory item = string.concat("$[", vm.toString(version - 1), "]");
            same(vm.parseJsonUint(json, string.concat(item, ".number")), version, "number");
            bytes32 hash = vm.parseJsonBytes32(json, string.concat(item, ".checkpointHash"));
            bytes memory pointer = bytes(vm.parseJsonString(json, string.concat(item, ".pointer")));
            same(pointer.length, 66, "characters");
            vm.prank(WRITER);
            checkpoints.setCheckpoint(version, hash, DERIVED, AUTHOR);
            _expect(version, hash, pointer, AUTHOR, 1_770_000_000);
            _expectLatest(version, hash, pointer);
        }
    }

    function test_storesNothingForADerivedPointer() public {
        vm.prank(WRITER);
        checkpoints.setCheckpoint(1, HASH, DERIVED, AUTHOR);
        vm.record();
        vm.prank(WRITER);
        checkpoints.setCheckpoint(2, HASH, DERIVED, AUTHOR);
        (, bytes32[] memory writes) = vm.accesses(address(checkpoints));
        same(_distinct(writes), 3, "slots written: hash, author and time, head");
    }

    function testFuzz_keepsAGivenPointer(bytes calldata pointer, bytes32 hash, address author, uint64 time)
        public
    {
        vm.assume(hash != 0 && author != address(0));
        vm.warp(time);
        vm.prank(WRITER);
        checkpoints.setCheckpoint(1, hash, pointer, author);
        bytes memory want = pointer.length == 0 ? ContentAddress.ofDigest(hash) : pointer;
        _expect(1, hash, want, author, time);
        _expectLatest(1, hash, want);
    }

    function test_emitsTheGivenAndTheDerivedPointer() public {
        vm.expectEmit(true, true, true, true, address(checkpoints));
        emit MnemogridCheckpoints.CheckpointCreated(1, HASH, ContentAddress.ofDigest(HASH), WRITER);
        vm.prank(WRITER);
        checkpoints.setCheckpoint(1, HASH, DERIVED, AUTHOR);
        vm.expectEmit(true, true, true, true, address(checkpoints));
        emit MnemogridCheckpoints.CheckpointCreated(2, HASH, "https://example.org/2", WRITER);
        vm.prank(WRITER);
        checkpoints.setCheckpoint(2, HASH, "https://example.org/2", AUTHOR);
    }

    function testFuzz_refusesEveryOtherCaller(address caller) public {
        vm.assume(caller != WRITER);
        bytes memory refusal = abi.encodeWithSelector(MnemogridCheckpoints.NotCheckpointer.selector, caller);
        vm.expectRevert(refusal);
        vm.prank(caller);
        checkpoints.setCheckpoint(1, HASH, DERIVED, AUTHOR);
        (bytes32[] memory hashes, address[] memory authors) = _batch(2);
        vm.expectRevert(refusal);
        vm.prank(caller);
        checkpoints.setCheckpoints(1, hashes, new bytes[](0), authors);
        same(checkpoints.latestVersion(), 0, "latest");
    }

    function testFuzz_refusesEveryVersionButTheNext(uint256 version, uint8 before) public {
        uint256 latest = before % 8;
        _appendMany(latest);
        vm.assume(version != latest + 1);
        bytes memory refusal =
            abi.encodeWithSelector(MnemogridCheckpoints.VersionNotNext.selector, latest + 1, version);
        vm.expectRevert(refusal);
        vm.prank(WRITER);
        checkpoints.setCheckpoint(version, HASH, DERIVED, AUTHOR);
        (bytes32[] memory hashes, address[] memory authors) = _batch(2);
        vm.expectRevert(refusal);
        vm.prank(WRITER);
        checkpoints.setCheckpoints(version, hashes, new bytes[](0), authors);
        same(checkpoints.latestVersion(), latest, "latest");
    }

    function test_refusesGapsRepeatsAndTheFirstAtZero() public {
        _appendMany(5);
        uint256[5] memory wrong = [uint256(0), 1, 5, 7, type(uint256).max];
        for (uint256 i = 0; i < wrong.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(MnemogridCheckpoints.VersionNotNext.selector, 6, wrong[i]));
            vm.prank(WRITER);
            checkpoints.setCheckpoint(wrong[i], HASH, DERIVED, AUTHOR);
        }
    }

    function test_refusesZeroHashAndZeroAuthor() public {
        vm.expectRevert(abi.encodeWithSelector(MnemogridCheckpoints.ZeroHash.selector, 1));
        vm.prank(WRITER);
        checkpoints.setCheckpoint(1, 0, DERIVED, AUTHOR);
        vm.expectRevert(abi.encodeWithSelector(MnemogridCheckpoints.ZeroAuthor.selector, 1));
        vm.prank(WRITER);
        checkpoints.setCheckpoint(1, HASH, DERIVED, address(0));
    }

    function testFuzz_refusesToReadUnknownVersions(uint256 version, uint8 before) public {
        uint256 latest = before % 8;
        _appendMany(latest);
        vm.assume(version == 0 || version > latest);
        _expectUnknown(version, latest);
    }

    // Batches

    function testFuzz_batchIsTheSameAsOneByOne(bytes32 seed, uint8 size, bool derived) public {
        uint256 count = uint256(size) % 12 + 1;
        MnemogridCheckpoints other = new MnemogridCheckpoints(ADMIN, WRITER);
        (bytes32[] memory hashes, address[] memory authors) = _batch(count);
        bytes[] memory pointers = new bytes[](derived ? 0 : count);
        for (uint256 i = 0; i < count; ++i) {
            hashes[i] = keccak256(abi.encode(seed, i));
            // Lengths from 0 (derived) to 70, over both storage layouts of bytes.
            if (!derived) pointers[i] = new bytes(uint256(hashes[i]) % 3 == 0 ? 0 : uint256(hashes[i]) % 71);
        }
        vm.recordLogs();
        vm.prank(WRITER);
        same(checkpoints.setCheckpoints(1, hashes, pointers, authors), count, "returned version");
        Log[] memory batched = vm.getRecordedLogs();
        for (uint256 i = 0; i < count; ++i) {
            vm.prank(WRITER);
            other.setCheckpoint(i + 1, hashes[i], derived ? bytes("") : pointers[i], authors[i]);
        }
        Log[] memory single = vm.getRecordedLogs();
        same(checkpoints.latestVersion(), other.latestVersion(), "latest");
        same(batched.length, count, "events of the batch");
        same(single.length, count, "events one by one");
        for (uint256 i = 0; i < count; ++i) {
            (bytes32 hash, bytes memory pointer, address author, uint256 time) = other.getCheckpoint(i + 1);
            _expect(i + 1, hash, pointer, author, time);
            same(abi.encode(batched[i].topics), abi.encode(single[i].topics), "topics");
            same(batched[i].data, single[i].data, "event data");
        }
    }

    function test_batchIsAllOrNone() public {
        _appendMany(3);
        (bytes32[] memory hashes, address[] memory authors) = _batch(4);
        hashes[3] = 0;
        vm.expectRevert(abi.encodeWithSelector(MnemogridCheckpoints.ZeroHash.selector, 7));
        vm.prank(WRITER);
        checkpoints.setCheckpoints(4, hashes, new bytes[](0), authors);
        hashes[3] = HASH;
        authors[2] = address(0);
        vm.expectRevert(abi.encodeWithSelector(MnemogridCheckpoints.ZeroAuthor.selector, 6));
        vm.prank(WRITER);
        checkpoints.setCheckpoints(4, hashes, new bytes[](0), authors);
        same(checkpoints.latestVersion(), 3, "latest");
        _expectUnknown(4, 3);
    }

    function test_batchRefusesListsThatDoNotFit() public {
        _expectMismatch(0, 0, 0);
        _expectMismatch(0, 1, 1);
        _expectMismatch(2, 0, 1);
        _expectMismatch(2, 0, 3);
        _expectMismatch(2, 1, 2);
        _expectMismatch(2, 3, 2);
        _expectMismatch(1, 0, 0);
    }

    // Roles

    function test_rotationMovesTheRoleAndTheRightToWrite() public {
        address next = address(0xBEEF);
        vm.expectEmit(true, true, true, true, address(checkpoints));
        emit MnemogridCheckpoints.CheckpointerRotated(WRITER, next);
        vm.prank(ADMIN);
        checkpoints.rotateCheckpointer(next);
        _expectCheckpointer(next);
        isTrue(!checkpoints.hasRole(writerRole, WRITER), "the one before has lost the role");
        vm.expectRevert(abi.encodeWithSelector(MnemogridCheckpoints.NotCheckpointer.selector, WRITER));
        vm.prank(WRITER);
        checkpoints.setCheckpoint(1, HASH, DERIVED, AUTHOR);
        vm.prank(next);
        checkpoints.setCheckpoint(1, HASH, DERIVED, AUTHOR);
    }

    function test_rotationKeepsTheLatestNumber() public {
        _appendMany(3);
        vm.prank(ADMIN);
        checkpoints.rotateCheckpointer(address(0xBEEF));
        same(checkpoints.latestVersion(), 3, "latest");
        vm.prank(address(0xBEEF));
        checkpoints.setCheckpoint(4, HASH, DERIVED, AUTHOR);
    }

    function test_rotationToTheSameChangesNothing() public {
        vm.recordLogs();
        vm.prank(ADMIN);
        checkpoints.rotateCheckpointer(WRITER);
        same(vm.getRecordedLogs().length, 0, "events");
        _expectCheckpointer(WRITER);
    }

    function test_grantingTheRoleIsARotation() public {
        vm.prank(ADMIN);
        checkpoints.grantRole(writerRole, address(0xBEEF));
        _expectCheckpointer(address(0xBEEF));
    }

    function test_withoutACheckpointerNobodyWrites() public {
        vm.expectEmit(true, true, true, true, address(checkpoints));
        emit MnemogridCheckpoints.CheckpointerRotated(WRITER, address(0));
        vm.prank(ADMIN);
        checkpoints.revokeRole(writerRole, WRITER);
        same(checkpoints.checkpointer(), address(0), "checkpointer");
        same(checkpoints.getRoleMemberCount(writerRole), 0, "holders");
        vm.expectRevert(abi.encodeWithSelector(MnemogridCheckpoints.NotCheckpointer.selector, WRITER));
        vm.prank(WRITER);
        checkpoints.setCheckpoint(1, HASH, DERIVED, AUTHOR);
        vm.prank(ADMIN);
        checkpoints.rotateCheckpointer(WRITER);
        _expectCheckpointer(WRITER);
    }

    function test_aCheckpointerMayLayTheRoleDown() public {
        vm.prank(WRITER);
        checkpoints.renounceRole(writerRole, WRITER);
        same(checkpoints.checkpointer(), address(0), "checkpointer");
    }

    function test_revokingFromSomebodyElseTakesNothing() public {
        vm.prank(ADMIN);
        checkpoints.revokeRole(writerRole, address(0xBEEF));
        _expectCheckpointer(WRITER);
        vm.prank(ADMIN);
        checkpoints.revokeRole(adminRole, address(0xBEEF));
        isTrue(checkpoints.hasRole(adminRole, ADMIN), "admin");
    }

    function testFuzz_onlyAdminsChangeRoles(address caller, address account) public {
        vm.assume(caller != ADMIN);
        bytes memory refusal = abi.encodeWithSelector(
            IAccessControl.AccessControlUnauthorizedAccount.selector, caller, adminRole
        );
        bytes32[2] memory roles = [adminRole, writerRole];
        for (uint256 i = 0; i < roles.length; ++i) {
            vm.expectRevert(refusal);
            vm.prank(caller);
            checkpoints.grantRole(roles[i], account);
            vm.expectRevert(refusal);
            vm.prank(caller);
            checkpoints.revokeRole(roles[i], i == 0 ? ADMIN : WRITER);
        }
        vm.expectRevert(refusal);
        vm.prank(caller);
        checkpoints.rotateCheckpointer(account);
        _expectCheckpointer(WRITER);
    }

    function test_refusesToLoseTheLastAdmin() public {
        bytes memory refusal = abi.encodeWithSelector(MnemogridCheckpoints.LastAdmin.selector, ADMIN);
        vm.expectRevert(refusal);
        vm.prank(ADMIN);
        checkpoints.renounceRole(adminRole, ADMIN);
        vm.expectRevert(refusal);
        vm.prank(ADMIN);
        checkpoints.revokeRole(adminRole, ADMIN);
        isTrue(checkpoints.hasRole(adminRole, ADMIN), "admin");
    }

    function test_anAdminMayGoWhenAnotherStays() public {
        vm.prank(ADMIN);
        checkpoints.grantRole(adminRole, address(0xAD2));
        vm.prank(ADMIN);
        checkpoints.renounceRole(adminRole, ADMIN);
        isTrue(!checkpoints.hasRole(adminRole, ADMIN), "gone");
        vm.expectRevert(abi.encodeWithSelector(MnemogridCheckpoints.LastAdmin.selector, address(0xAD2)));
        vm.prank(address(0xAD2));
        checkpoints.renounceRole(adminRole, address(0xAD2));
    }

    function test_refusesRolesForAddressesThatCannotAct() public {
        address[2] memory accounts = [address(0), address(checkpoints)];
        for (uint256 i = 0; i < accounts.length; ++i) {
            vm.expectRevert(_unusable(accounts[i]));
            vm.prank(ADMIN);
            checkpoints.grantRole(adminRole, accounts[i]);
            vm.expectRevert(_unusable(accounts[i]));
            vm.prank(ADMIN);
            checkpoints.rotateCheckpointer(accounts[i]);
        }
    }

    function test_anAdminCannotWrite() public {
        vm.expectRevert(abi.encodeWithSelector(MnemogridCheckpoints.NotCheckpointer.selector, ADMIN));
        vm.prank(ADMIN);
        checkpoints.setCheckpoint(1, HASH, DERIVED, AUTHOR);
    }

    // What the tests above are made of

    function _appendMany(uint256 count) private {
        for (uint256 version = 1; version <= count; ++version) {
            vm.prank(WRITER);
            checkpoints.setCheckpoint(version, keccak256(abi.encode(version)), DERIVED, AUTHOR);
        }
    }

    function _batch(uint256 count) private pure returns (bytes32[] memory hashes, address[] memory authors) {
        hashes = new bytes32[](count);
        authors = new address[](count);
        for (uint256 i = 0; i < count; ++i) {
            hashes[i] = keccak256(abi.encode("batch", i));
            authors[i] = address(bytes20(hashes[i]));
        }
    }

    function _distinct(bytes32[] memory slots) private pure returns (uint256 count) {
        for (uint256 i = 0; i < slots.length; ++i) {
            bool seen;
            for (uint256 before = 0; before < i; ++before) {
                if (slots[before] == slots[i]) seen = true;
            }
            if (!seen) ++count;
        }
    }

    function _unusable(address account) private pure returns (bytes memory) {
        return abi.encodeWithSelector(MnemogridCheckpoints.UnusableAccount.selector, account);
    }

    function _expectMismatch(uint256 hashes, uint256 pointers, uint256 authors) private {
        vm.expectRevert(
            abi.encodeWithSelector(MnemogridCheckpoints.BatchMismatch.selector, hashes, pointers, authors)
        );
        vm.prank(WRITER);
        checkpoints.setCheckpoints(1, new bytes32[](hashes), new bytes[](pointers), new address[](authors));
    }

    function _expectUnknown(uint256 version, uint256 latest) private {
        vm.expectRevert(abi.encodeWithSelector(MnemogridCheckpoints.UnknownVersion.selector, version, latest));
        checkpoints.getCheckpoint(version);
    }

    function _expectCheckpointer(address want) private view {
        same(checkpoints.checkpointer(), want, "packed checkpointer");
        same(checkpoints.getRoleMemberCount(writerRole), 1, "holders");
        same(checkpoints.getRoleMember(writerRole, 0), want, "holder");
    }

    function _expect(
        uint256 version,
        bytes32 wantHash,
        bytes memory wantPointer,
        address wantAuthor,
        uint256 wantTime
    ) private view {
        (bytes32 hash, bytes memory pointer, address author, uint256 time) =
            checkpoints.getCheckpoint(version);
        same(hash, wantHash, "hash");
        same(pointer, wantPointer, "pointer");
        same(author, wantAuthor, "author");
        same(time, wantTime, "timestamp");
    }

    function _expectLatest(uint256 wantVersion, bytes32 wantHash, bytes memory wantPointer) private view {
        (uint256 version, bytes32 hash, bytes memory pointer) = checkpoints.getLatestCheckpoint();
        same(version, wantVersion, "latest version");
        same(hash, wantHash, "latest hash");
        same(pointer, wantPointer, "latest pointer");
    }
}
