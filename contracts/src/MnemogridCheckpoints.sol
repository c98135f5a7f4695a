// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessControlEnumerable} from "@openzeppelin/contracts/access/extensions/AccessControlEnumerable.sol";

import {ContentAddress} from "./ContentAddress.sol";
import {Fact, Facts, Place} from "./Facts.sol";

/// @title The order of a grid's checkpoints
/// @notice Keeps one 32-byte hash for every checkpoint number, 1, 2, 3, … without a gap. The hash is SHA-256 of
/// the checkpoint's header, which commits to the head of every space of the grid, and is its content address.
///
/// What holds whoever calls: a stored checkpoint never changes and never goes away (there is no proxy, no
/// self-destruct and no function that writes to a past number), numbers are dense, and only the checkpointer
/// appends.
///
/// What is NOT protected here: that a header, a manifest or a document behind a hash exists anywhere or is
/// well-formed; that a hash is right, or that it continues the checkpoint before it (the header says so, not the
/// chain); that the author named is the one who prepared it (the checkpointer's word); the wall-clock truth of a
/// timestamp (the block's); anything that a stolen checkpointer key appends before an admin takes the role away;
/// and finality, which is the reader's to wait for.
///
/// Roles: `DEFAULT_ADMIN_ROLE`, meant for a multisig, decides who is admin and who is checkpointer, and cannot
/// write a checkpoint. There is always at least one admin. `CHECKPOINTER_ROLE` has one holder or none, so that
/// the holder fits into the slot that every write touches anyway.
contract MnemogridCheckpoints is AccessControlEnumerable {
    /// The one slot read and written by every append.
    struct Head {
        address checkpointer; // zero: nobody may write
        uint64 latest; // number of the newest checkpoint; 0: none yet
    }

    struct Checkpoint {
        bytes32 hash;
        address author;
        uint64 timestamp; // seconds since 1970, of the block
    }

    /// @notice The role that appends checkpoints.
    bytes32 public constant CHECKPOINTER_ROLE = keccak256("CHECKPOINTER_ROLE");

    Head private _head;
    mapping(uint256 version => Checkpoint) private _checkpoints;

    /// The pointers that were given. A checkpoint without one has the pointer that its hash gives.
    mapping(uint256 version => bytes) private _pointers;

    /// @notice A checkpoint was appended.
    /// @param version number of the checkpoint
    /// @param checkpointHash SHA-256 of its header
    /// @param pointer what `getCheckpoint` answers: the one given, else the derived one
    /// @param checkpointer who sent it; `getCheckpoint` answers the author
    event CheckpointCreated(
        uint256 indexed version, bytes32 indexed checkpointHash, bytes pointer, address indexed checkpointer
    );

    /// @notice The checkpointer changed; zero stands for nobody.
    event CheckpointerRotated(address indexed previous, address indexed current);

    /// @notice The caller is not the checkpointer.
    error NotCheckpointer(address caller);

    /// @notice The next checkpoint to append is `expected`.
    error VersionNotNext(uint256 expected, uint256 given);

    /// @notice The hash of checkpoint `version` is 32 zero bytes.
    error ZeroHash(uint256 version);

    /// @notice The author of checkpoint `version` is the zero address.
    error ZeroAuthor(uint256 version);

    /// @notice The batch has no checkpoint, or its lists do not have one element for each checkpoint.
    error BatchMismatch(uint256 hashes, uint256 pointers, uint256 authors);

    /// @notice There is no checkpoint yet.
    error NoCheckpoint();

    /// @notice Checkpoints are 1 to `latest`.
    error UnknownVersion(uint256 version, uint256 latest);

    /// @notice The address can never act, so it gets no role: it is zero, or this contract.
    error UnusableAccount(address account);

    /// @notice Without `account` there would be no admin, for good.
    error LastAdmin(address account);

    /// @param admin first holder of `DEFAULT_ADMIN_ROLE`, meant to be a multisig
    /// @param checkpointer_ first holder of `CHECKPOINTER_ROLE`: the address of the grid's chain key
    constructor(address admin, address checkpointer_) {
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
        _grantRole(CHECKPOINTER_ROLE, checkpointer_);
    }

    /// @notice Appends checkpoint `version`, which must be the latest plus one. Checkpointer only.
    /// @param version number of the checkpoint, from 1
    /// @param checkpointHash SHA-256 of its header, not zero
    /// @param pointer where its header is found. Empty costs least: the pointer is then derived from the hash. Other
    /// bytes are kept as given and are not checked
    /// @param authorInstance address of the leader that prepared it, not zero. Nothing proves that it did
    /// @return `version`
    function setCheckpoint(
        uint256 version,
        bytes32 checkpointHash,
        bytes calldata pointer,
        address authorInstance
    ) external returns (uint256) {
        Head memory head = _head;
        _requireNext(head, version);
        _append(version, checkpointHash, pointer, authorInstance);
        // version is head.latest + 1, and nobody appends 2^64 times.
        // forge-lint: disable-next-line(unsafe-typecast)
        _head.latest = uint64(version);
        return version;
    }

    /// @notice Appends several checkpoints, all or none. Checkpointer only.
    /// @param firstVersion number of the first, which must be the latest plus one; the others follow it
    /// @param checkpointHashes a hash for each, at least one
    /// @param pointers a pointer for each as in `setCheckpoint`, or an empty list: all derived
    /// @param authorInstances an author for each
    /// @return number of the last
    function setCheckpoints(
        uint256 firstVersion,
        bytes32[] calldata checkpointHashes,
        bytes[] calldata pointers,
        address[] calldata authorInstances
    ) external returns (uint256) {
        Head memory head = _head;
        _requireNext(head, firstVersion);
        uint256 count = checkpointHashes.length;
        bool derived = pointers.length == 0;
        if (count == 0 || authorInstances.length != count || (!derived && pointers.length != count)) {
            revert BatchMismatch(count, pointers.length, authorInstances.length);
        }
        bytes calldata none = msg.data[0:0];
        for (uint256 i = 0; i < count; ++i) {
            _append(firstVersion + i, checkpointHashes[i], derived ? none : pointers[i], authorInstances[i]);
        }
        uint256 last = firstVersion + count - 1;
        // As in setCheckpoint.
        // forge-lint: disable-next-line(unsafe-typecast)
        _head.latest = uint64(last);
        return last;
    }

    /// @notice Checkpoint `version`; reverts with `UnknownVersion` when it is not 1 to latest.
    /// @return hash SHA-256 of its header
    /// @return pointer the one given when it was set, else derived: 66 ASCII characters `ipfs://bafkrei…`
    /// @return author the leader that prepared it, as the checkpointer said
    /// @return timestamp of the block that holds it, in seconds since 1970
    function getCheckpoint(uint256 version)
        external
        view
        returns (bytes32 hash, bytes memory pointer, address author, uint256 timestamp)
    {
        hash = _knownHash(version);
        pointer = _pointerOf(version, hash);
        author = _checkpoints[version].author;
        timestamp = _checkpoints[version].timestamp;
    }

    /// @notice The newest checkpoint; reverts with `NoCheckpoint` before the first.
    /// @return version its number
    /// @return hash SHA-256 of its header
    /// @return pointer as `getCheckpoint` answers it
    function getLatestCheckpoint()
        external
        view
        returns (uint256 version, bytes32 hash, bytes memory pointer)
    {
        version = _head.latest;
        if (version == 0) revert NoCheckpoint();
        hash = _checkpoints[version].hash;
        pointer = _pointerOf(version, hash);
    }

    /// @notice Whether `value` stands at `path` of a space's document in a stored checkpoint. Reverts with
    /// `UnknownVersion` when there is no such checkpoint; answers false for whatever does not hold.
    /// @dev Shows what the checkpoint commits to, not that it is true, and only for the version of the space that
    /// stands in this checkpoint; earlier versions are proved off chain, over the history.
    /// @param checkpoint number of the checkpoint
    /// @param place where the document's root stands in it
    /// @param path JSON Pointer, UTF-8
    /// @param value canonical JSON, or the one byte 0x03 for a non-empty object that has an entry of its own
    /// @param fact case PRESENT or IN_ARRAY
    function verifyFact(
        uint256 checkpoint,
        Place calldata place,
        bytes calldata path,
        bytes calldata value,
        Fact calldata fact
    ) external view returns (bool) {
        return Facts.stands(place, checkpoint, _knownHash(checkpoint))
            && Facts.holds(place.stateRoot, path, value, fact);
    }

    /// @notice Whether nothing stands at `path` of a space's document in a stored checkpoint; otherwise as
    /// `verifyFact`.
    /// @param fact case BELOW_OBJECT, BELOW_VALUE or IN_ARRAY
    function verifyAbsence(uint256 checkpoint, Place calldata place, bytes calldata path, Fact calldata fact)
        external
        view
        returns (bool)
    {
        return Facts.stands(place, checkpoint, _knownHash(checkpoint))
            && Facts.isAbsent(place.stateRoot, path, fact);
    }

    /// @notice Number of checkpoints, and so the number of the newest; 0 before the first. Never reverts.
    function latestVersion() external view returns (uint256) {
        return _head.latest;
    }

    /// @notice Who may append; zero: nobody, until an admin names one.
    function checkpointer() external view returns (address) {
        return _head.checkpointer;
    }

    /// @notice Makes `next` the checkpointer in place of the one before. Admin only. The same as granting
    /// `CHECKPOINTER_ROLE` to it; to stop all writes, revoke that role from its holder.
    function rotateCheckpointer(address next) external {
        grantRole(CHECKPOINTER_ROLE, next);
    }

    /// @dev All ways to get a role come through here. A new checkpointer takes the place of the one before.
    function _grantRole(bytes32 role, address account) internal override returns (bool granted) {
        if (account == address(0) || account == address(this)) revert UnusableAccount(account);
        if (role != CHECKPOINTER_ROLE) return super._grantRole(role, account);
        address previous = _head.checkpointer;
        if (account == previous) return false;
        if (previous != address(0)) super._revokeRole(role, previous);
        _setCheckpointer(previous, account);
        return super._grantRole(role, account);
    }

    /// @dev All ways to lose a role come through here, renouncing too.
    function _revokeRole(bytes32 role, address account) internal override returns (bool revoked) {
        if (role == DEFAULT_ADMIN_ROLE && hasRole(role, account) && getRoleMemberCount(role) == 1) {
            revert LastAdmin(account);
        }
        revoked = super._revokeRole(role, account);
        if (revoked && role == CHECKPOINTER_ROLE) _setCheckpointer(account, address(0));
    }

    function _setCheckpointer(address previous, address current) private {
        _head.checkpointer = current;
        emit CheckpointerRotated(previous, current);
    }

    function _requireNext(Head memory head, uint256 version) private view {
        if (msg.sender != head.checkpointer) revert NotCheckpointer(msg.sender);
        uint256 expected = uint256(head.latest) + 1;
        if (version != expected) revert VersionNotNext(expected, version);
    }

    function _append(uint256 version, bytes32 hash, bytes calldata pointer, address author) private {
        if (hash == bytes32(0)) revert ZeroHash(version);
        if (author == address(0)) revert ZeroAuthor(version);
        _checkpoints[version] = Checkpoint(hash, author, uint64(block.timestamp));
        if (pointer.length == 0) {
            emit CheckpointCreated(version, hash, ContentAddress.ofDigest(hash), msg.sender);
        } else {
            _pointers[version] = pointer;
            emit CheckpointCreated(version, hash, pointer, msg.sender);
        }
    }

    /// No stored hash is zero, so this needs one slot only.
    function _knownHash(uint256 version) private view returns (bytes32 hash) {
        hash = _checkpoints[version].hash;
        if (hash == bytes32(0)) revert UnknownVersion(version, _head.latest);
    }

    function _pointerOf(uint256 version, bytes32 hash) private view returns (bytes memory pointer) {
        pointer = _pointers[version];
        if (pointer.length == 0) pointer = ContentAddress.ofDigest(hash);
    }
}
