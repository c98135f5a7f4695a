// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ContentAddress} from "../src/ContentAddress.sol";
import {MnemogridCheckpoints} from "../src/MnemogridCheckpoints.sol";
import {Checks} from "./Vm.sol";

/// @title A handful of accounts that do anything the contract offers, in any order
/// @notice Keeps its own obvious model of what must have come of it; the invariants compare.
contract Crowd is Checks {
    struct Kept {
        bytes32 hash;
        bytes pointer;
        address author;
        uint256 timestamp;
    }

    MnemogridCheckpoints public immutable checkpoints;
    bytes32 private immutable ADMIN_ROLE;
    bytes32 private immutable WRITER_ROLE;

    address[5] public people = [address(0xA1), address(0xB2), address(0xC3), address(0xD4), address(0xE5)];

    Kept[] private _kept; // index 0 is checkpoint 1
    address public writer;
    mapping(address account => bool) public isAdmin;
    uint256 public admins;
    uint256 public refused;

    constructor() {
        writer = people[1];
        isAdmin[people[0]] = true;
        admins = 1;
        checkpoints = new MnemogridCheckpoints(people[0], people[1]);
        ADMIN_ROLE = checkpoints.DEFAULT_ADMIN_ROLE();
        WRITER_ROLE = checkpoints.CHECKPOINTER_ROLE();
    }

    function append(uint256 who, uint256 offset, bytes32 hash, bytes calldata pointer, address author)
        external
    {
        address sender = _who(who);
        // Mostly the next version, now and then one that must be refused.
        uint256 version = _kept.length + (offset % 8 < 6 ? 1 : offset % 4 * 2);
        bool legal = sender == writer && version == _kept.length + 1 && hash != 0 && author != address(0);
        vm.prank(sender);
        try checkpoints.setCheckpoint(version, hash, pointer, author) returns (uint256 answer) {
            isTrue(legal, "an append that should have been refused");
            same(answer, version, "answer");
            _keep(hash, pointer, author);
        } catch {
            isTrue(!legal, "an append that should have been taken");
            ++refused;
        }
    }

    function appendMany(uint256 who, uint256 offset, bytes32 seed, uint256 size, bool derived) external {
        address sender = _who(who);
        uint256 count = size % 5;
        uint256 first = _kept.length + (offset % 8 < 6 ? 1 : offset % 4 * 2);
        bytes32[] memory hashes = new bytes32[](count);
        bytes[] memory pointers = new bytes[](derived ? 0 : count);
        address[] memory authors = new address[](count);
        bool legal = sender == writer && first == _kept.length + 1 && count > 0;
        for (uint256 i = 0; i < count; ++i) {
            hashes[i] = uint256(seed) % 16 == i ? bytes32(0) : keccak256(abi.encode(seed, i));
            authors[i] = _who(uint256(hashes[i]));
            if (!derived) pointers[i] = new bytes(uint256(hashes[i]) % 40);
            legal = legal && hashes[i] != 0;
        }
        vm.prank(sender);
        try checkpoints.setCheckpoints(first, hashes, pointers, authors) {
            isTrue(legal, "a batch that should have been refused");
            for (uint256 i = 0; i < count; ++i) {
                _keep(hashes[i], derived ? bytes("") : pointers[i], authors[i]);
            }
        } catch {
            isTrue(!legal, "a batch that should have been taken");
            ++refused;
        }
    }

    function rotate(uint256 who, uint256 to) external {
        address sender = _who(who);
        vm.prank(sender);
        try checkpoints.rotateCheckpointer(_who(to)) {
            isTrue(isAdmin[sender], "a rotation by somebody who is no admin");
            writer = _who(to);
        } catch {
            isTrue(!isAdmin[sender], "an admin's rotation was refused");
            ++refused;
        }
    }

    function grant(uint256 who, bool admin, uint256 to) external {
        address sender = _who(who);
        vm.prank(sender);
        try checkpoints.grantRole(admin ? ADMIN_ROLE : WRITER_ROLE, _who(to)) {
            isTrue(isAdmin[sender], "a grant by somebody who is no admin");
            if (admin) _setAdmin(_who(to), true);
            else writer = _who(to);
        } catch {
            isTrue(!isAdmin[sender], "an admin's grant was refused");
            ++refused;
        }
    }

    function revoke(uint256 who, bool admin, uint256 from) external {
        _lose(_who(who), admin, _who(from), isAdmin[_who(who)], false);
    }

    function renounce(uint256 who, bool admin) external {
        _lose(_who(who), admin, _who(who), true, true);
    }

    function wait(uint256 seconds_) external {
        vm.warp(block.timestamp + seconds_ % 1 days);
    }

    function kept() external view returns (uint256) {
        return _kept.length;
    }

    function keptAt(uint256 version) external view returns (Kept memory) {
        return _kept[version - 1];
    }

    function _lose(address sender, bool admin, address from, bool may, bool renounces) private {
        bool last = admin && isAdmin[from] && admins == 1;
        bytes32 role = admin ? ADMIN_ROLE : WRITER_ROLE;
        vm.prank(sender);
        (bool taken,) = address(checkpoints)
            .call(
                renounces
                    ? abi.encodeCall(checkpoints.renounceRole, (role, from))
                    : abi.encodeCall(checkpoints.revokeRole, (role, from))
            );
        same(taken ? 1 : 0, may && !last ? 1 : 0, "a role taken or kept against the rules");
        if (!taken) ++refused;
        else if (admin) _setAdmin(from, false);
        else if (from == writer) writer = address(0);
    }

    function _setAdmin(address account, bool to) private {
        if (isAdmin[account] == to) return;
        isAdmin[account] = to;
        admins = to ? admins + 1 : admins - 1;
    }

    function _keep(bytes32 hash, bytes memory pointer, address author) private {
        if (pointer.length == 0) pointer = ContentAddress.ofDigest(hash);
        _kept.push(Kept(hash, pointer, author, block.timestamp));
    }

    function _who(uint256 number) private view returns (address) {
        return people[number % people.length];
    }
}

contract InvariantsTest is Checks {
    Crowd private crowd;
    MnemogridCheckpoints private checkpoints;

    function setUp() public {
        crowd = new Crowd();
        checkpoints = crowd.checkpoints();
    }

    /// Tells the invariant fuzzer whom to call.
    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(crowd);
    }

    function invariant_versionsAreDenseAndHistoryNeverChanges() public view {
        uint256 count = crowd.kept();
        same(checkpoints.latestVersion(), count, "latest");
        for (uint256 version = 1; version <= count; ++version) {
            Crowd.Kept memory want = crowd.keptAt(version);
            (bytes32 hash, bytes memory pointer, address author, uint256 time) =
                checkpoints.getCheckpoint(version);
            same(hash, want.hash, "hash");
            same(pointer, want.pointer, "pointer");
            same(author, want.author, "author");
            same(time, want.timestamp, "timestamp");
        }
        if (count > 0) {
            (uint256 version, bytes32 hash, bytes memory pointer) = checkpoints.getLatestCheckpoint();
            Crowd.Kept memory want = crowd.keptAt(count);
            same(version, count, "latest version");
            same(hash, want.hash, "latest hash");
            same(pointer, want.pointer, "latest pointer");
        }
    }

    function invariant_nothingBeyondTheLatest() public view {
        uint256[3] memory beyond = [uint256(0), crowd.kept() + 1, type(uint256).max];
        for (uint256 i = 0; i < beyond.length; ++i) {
            (bool answered,) =
                address(checkpoints).staticcall(abi.encodeCall(checkpoints.getCheckpoint, (beyond[i])));
            isTrue(!answered, "a checkpoint that was never set");
        }
    }

    function invariant_thePackedCheckpointerIsTheOnlyHolderOfItsRole() public view {
        bytes32 role = checkpoints.CHECKPOINTER_ROLE();
        same(checkpoints.checkpointer(), crowd.writer(), "packed checkpointer");
        same(checkpoints.getRoleMemberCount(role), crowd.writer() == address(0) ? 0 : 1, "holders");
        for (uint256 i = 0; i < 5; ++i) {
            address account = crowd.people(i);
            isTrue(checkpoints.hasRole(role, account) == (account == crowd.writer()), "holder");
        }
    }

    function invariant_thereIsAlwaysAnAdmin() public view {
        bytes32 role = checkpoints.DEFAULT_ADMIN_ROLE();
        isTrue(crowd.admins() > 0, "no admin");
        same(checkpoints.getRoleMemberCount(role), crowd.admins(), "admins");
        for (uint256 i = 0; i < 5; ++i) {
            address account = crowd.people(i);
            isTrue(checkpoints.hasRole(role, account) == crowd.isAdmin(account), "admin");
        }
    }
}
