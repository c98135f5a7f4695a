// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The contract as the first specification of it reads, made to compile
/// @notice What the gas figures are compared with; deployed nowhere. Added to the specification: data locations,
/// the declarations it takes for granted, the missing return, and a batch that does the same in a loop.
contract LiteralCheckpoints {
    struct Checkpoint {
        bytes32 hash;
        bytes pointer;
        address author;
        uint256 timestamp;
    }

    event CheckpointCreated(uint256 version, bytes32 hash, bytes pointer, address checkpointer);

    mapping(uint256 => Checkpoint) public checkpoints;
    uint256 public lastVersion;
    bytes public lastCheckpointPointer;
    address public checkpointer;

    constructor() {
        checkpointer = msg.sender;
    }

    modifier onlyCheckpointer() {
        _onlyCheckpointer();
        _;
    }

    function setCheckpoint(
        uint256 version,
        bytes32 checkpointHash,
        bytes calldata pointer,
        address authorInstance
    ) public onlyCheckpointer returns (uint256) {
        _set(version, checkpointHash, pointer, authorInstance);
        return version;
    }

    function setCheckpoints(
        uint256[] calldata versions,
        bytes32[] calldata hashes,
        bytes[] calldata pointers,
        address[] calldata authors
    ) public onlyCheckpointer {
        for (uint256 i = 0; i < versions.length; ++i) {
            _set(versions[i], hashes[i], pointers[i], authors[i]);
        }
    }

    function getCheckpoint(uint256 version)
        public
        view
        returns (bytes32 hash, bytes memory pointer, address author, uint256 timestamp)
    {
        Checkpoint memory c = checkpoints[version];
        return (c.hash, c.pointer, c.author, c.timestamp);
    }

    function getLatestCheckpoint() public view returns (uint256 version, bytes32 hash, bytes memory pointer) {
        return (lastVersion, checkpoints[lastVersion].hash, lastCheckpointPointer);
    }

    function _set(uint256 version, bytes32 checkpointHash, bytes calldata pointer, address authorInstance)
        private
    {
        require(version > lastVersion, "Version must increase");
        require(checkpointHash != bytes32(0), "Hash cannot be zero");
        checkpoints[version] = Checkpoint({
            hash: checkpointHash, pointer: pointer, author: authorInstance, timestamp: block.timestamp
        });
        lastVersion = version;
        lastCheckpointPointer = pointer;
        emit CheckpointCreated(version, checkpointHash, pointer, msg.sender);
    }

    function _onlyCheckpointer() private view {
        require(msg.sender == checkpointer, "Not the checkpointer");
    }
}
