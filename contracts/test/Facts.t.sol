// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Case, Fact, Facts, Place} from "../src/Facts.sol";
import {MnemogridCheckpoints} from "../src/MnemogridCheckpoints.sol";
import {Skip, SlowFacts} from "./SlowFacts.sol";
import {SlowTrie} from "./SlowTrie.sol";
import {Checks, Print} from "./Vm.sol";

/// @title verifyFact and verifyAbsence, held to the project's vectors and to spoiled copies of them
contract FactsTest is Checks {
    string private constant FACTS = "test/vectors/facts.jsonl";
    string private constant HEADS = "test/vectors/heads.jsonl";
    bytes32 private constant LOG_ROOT = keccak256("a history");

    /// What is claimed and shown of a path, ready to be spoiled.
    struct Claim {
        uint256 checkpoint;
        Place place;
        bytes path;
        bytes value; // empty: absence is claimed
        Fact fact;
    }

    MnemogridCheckpoints private checkpoints;

    function setUp() public {
        checkpoints = new MnemogridCheckpoints(address(0xAD), address(this));
    }

    function test_takesEveryFactOfTheVectorsAndNoSpoiledOne() public {
        uint256 facts;
        uint256 spoiled;
        Claim memory claim;
        bytes[] memory proofs;
        while (true) {
            string memory line = vm.readLine(FACTS);
            if (bytes(line).length == 0) break;
            if (vm.keyExistsJson(line, ".name")) {
                _readSpoiled(line, claim, proofs);
                string memory what = vm.parseJsonString(line, ".name");
                isTrue(!_saysPresent(claim), what);
                isTrue(!_saysAbsent(claim), what);
                // The same without the members that the case does not need.
                if (claim.fact.kind == Case.PRESENT) claim.fact.ancestor = "";
                if (claim.fact.kind == Case.BELOW_OBJECT) claim.fact.payload = "";
                isTrue(!_saysPresent(claim), what);
                isTrue(!_saysAbsent(claim), what);
                ++spoiled;
            } else {
                (claim, proofs) = _read(line);
                bool absent = claim.value.length == 0;
                isTrue(_saysAbsent(claim) == absent, "absence");
                claim.value = absent ? bytes("null") : claim.value;
                isTrue(_saysPresent(claim) == !absent, "presence");
                ++facts;
            }
        }
        vm.closeFile(FACTS);
        same(facts, 132, "facts read");
        same(spoiled, 836, "spoiled facts read");
    }

    function test_refusesEverySpoiledByteStepAndCase() public {
        uint256 tried;
        while (true) {
            string memory line = vm.readLine(FACTS);
            if (bytes(line).length == 0) break;
            if (vm.keyExistsJson(line, ".name")) continue;
            (Claim memory claim,) = _read(line);
            tried += this.spoil(claim);
        }
        vm.closeFile(FACTS);
        Print.line("spoiled claims refused", tried);
        isTrue(tried > 50_000, "too few were tried");
    }

    function test_placesEveryHeadOfTheVectors() public {
        uint256 read;
        while (true) {
            string memory line = vm.readLine(HEADS);
            if (bytes(line).length == 0) break;
            uint256 number = vm.parseJsonUint(line, ".number");
            bytes memory head = vm.parseJsonBytes(line, ".payload");
            same(head.length, 72, "bytes of a head");
            (uint64 version, bytes32 stateRoot, bytes32 logRoot) = this.splitHead(head);
            Place memory place = Place(
                vm.parseJsonString(line, ".space"),
                version,
                stateRoot,
                logRoot,
                vm.parseJsonBytes(line, ".header"),
                vm.parseJsonBytes(line, ".proof")
            );
            // The documents of these heads are not in the vectors, so their places are checked by themselves.
            isTrue(this.stands(place, number, vm.parseJsonBytes32(line, ".checkpointHash")), "place");
            isTrue(!this.stands(place, number + 1, vm.parseJsonBytes32(line, ".checkpointHash")), "number");
            place.version += 1;
            isTrue(!this.stands(place, number, vm.parseJsonBytes32(line, ".checkpointHash")), "version");
            ++read;
        }
        vm.closeFile(HEADS);
        same(read, 16, "heads read");
    }

    function test_revertsForACheckpointThatIsNotThere() public {
        (Claim memory claim,) = _read(_nextFact());
        vm.closeFile(FACTS);
        for (uint256 number = 0; number < 3; number += 2) {
            bytes memory refusal =
                abi.encodeWithSelector(MnemogridCheckpoints.UnknownVersion.selector, number, 1);
            vm.expectRevert(refusal);
            checkpoints.verifyFact(number, claim.place, claim.path, "1", claim.fact);
            vm.expectRevert(refusal);
            checkpoints.verifyAbsence(number, claim.place, claim.path, claim.fact);
        }
    }

    function test_aProofForOneCheckpointIsNoneForAnother() public {
        (Claim memory claim,) = _read(_nextFact());
        (Claim memory other,) = _read(_nextFact());
        vm.closeFile(FACTS);
        isTrue(_saysAbsent(claim), "absent");
        claim.checkpoint = other.checkpoint;
        isTrue(!_saysAbsent(claim), "absent in another checkpoint");
    }

    function test_aHeaderMustNameItsOwnNumber() public {
        (Claim memory claim,) = _read(_nextFact());
        vm.closeFile(FACTS);
        // Checkpoint 2 has the hash of a header that says 1.
        checkpoints.setCheckpoint(2, sha256(claim.place.header), "", address(this));
        isTrue(_saysAbsent(claim), "absent");
        claim.checkpoint = 2;
        isTrue(!_saysAbsent(claim), "the header is that of checkpoint 1");
    }

    function test_refusesPathsThatAreNoPointers() public {
        (Claim memory claim,) = _read(_nextFact()); // of the empty document: every pointer is absent
        vm.closeFile(FACTS);
        bytes[7] memory wrong = [bytes(""), "a", "a/b", "/~", "/~2", "/a~", "/a~/b"];
        for (uint256 i = 0; i < wrong.length; ++i) {
            claim.path = wrong[i];
            isTrue(!_saysAbsent(claim), string(wrong[i]));
        }
        bytes[5] memory right = [bytes("/"), "/a", "/~0", "/~1~0", "//"];
        for (uint256 i = 0; i < right.length; ++i) {
            claim.path = right[i];
            isTrue(_saysAbsent(claim), string(right[i]));
        }
        claim.path = new bytes(1024);
        claim.path[0] = "/";
        isTrue(_saysAbsent(claim), "1,024 bytes");
        claim.path = new bytes(1025);
        claim.path[0] = "/";
        isTrue(!_saysAbsent(claim), "1,025 bytes");
    }

    /// An object has no payload but the byte 0x03, so no text of an object can pass for a value above a path.
    function test_onlyAScalarOrTheEmptyObjectHidesWhatIsBelow() public {
        bytes[7] memory hides = [bytes("1"), '"{"', "null", "true", "-1", "{}", '""'];
        bytes[5] memory doesNot = [bytes("[]"), hex"03", '{"b":1}', "{}}", ""];
        for (uint256 i = 0; i < hides.length; ++i) {
            isTrue(_saysAbsent(_below("/a", hides[i])), string(hides[i]));
        }
        for (uint256 i = 0; i < doesNot.length; ++i) {
            isTrue(!_saysAbsent(_below("/a", doesNot[i])), string(doesNot[i]));
        }
    }

    /// The ancestor is really there in all of these, but it is not above the path.
    function test_onlyAnAncestorHidesWhatIsBelow() public {
        bytes[5] memory paths = [bytes("/x/b"), "/ab", "/a", "/b/a", "/"];
        for (uint256 i = 0; i < paths.length; ++i) {
            Claim memory claim = _below("/a", "1");
            claim.path = paths[i];
            isTrue(!_saysAbsent(claim), string.concat("below a value: ", string(paths[i])));

            claim = _below("/a", "[]");
            claim.fact.kind = Case.IN_ARRAY;
            claim.path = paths[i];
            isTrue(!_saysAbsent(claim), string.concat("in an array: ", string(paths[i])));

            claim = _belowObject("/a", paths[i]);
            isTrue(!_saysAbsent(claim), string.concat("below an object: ", string(paths[i])));
        }
        isTrue(_saysAbsent(_belowObject("/a", "/a/b")), "below an object");
        isTrue(_saysAbsent(_belowObject("/a", "/a/b/c")), "two below an object");
    }

    function test_aHeaderHasItsLength() public {
        Claim memory claim = _below("/a", "1");
        isTrue(_saysAbsent(claim), "105 bytes");
        // A checkpoint whose hash is that of a header with a byte too many, right in all the others.
        bytes memory header = abi.encodePacked(claim.place.header, uint8(0));
        header[8] = bytes1(uint8(2));
        checkpoints.setCheckpoint(2, sha256(header), "", address(this));
        claim.place.header = header;
        claim.checkpoint = 2;
        isTrue(!_saysAbsent(claim), "106 bytes");
    }

    function test_onlyAnArrayIsLookedInto() public {
        bytes[4] memory payloads = [bytes('"["'), '{"b":1}', "{}", "1"];
        for (uint256 i = 0; i < payloads.length; ++i) {
            Claim memory claim = _below("/a", payloads[i]);
            claim.fact.kind = Case.IN_ARRAY;
            isTrue(!_saysAbsent(claim), string(payloads[i]));
            claim.value = "1";
            isTrue(!_saysPresent(claim), string(payloads[i]));
        }
    }

    /// forge-config: default.isolate = true
    function test_twentyStepsCostAtMost15000() public {
        uint256 none = _gasOfFact(0, 0, false);
        uint256 twenty = _gasOfFact(14, 6, false);
        uint256 dearest = _gasOfFact(14, 6, true);
        Print.line("verifyFact, no step, value of 32 bytes, execution gas", none);
        Print.line("verifyFact, 14 + 6 steps, value of 32 bytes, execution gas", twenty);
        Print.line("verifyFact, the same with every sibling on the dearer side, execution gas", dearest);
        isTrue(twenty <= 15_000 && dearest <= 15_000, "more than 15,000");
    }

    /// Of a transaction that checks a fact over that many steps in the document and in the forest.
    /// @param dearest whether every sibling stands on the right, which costs more than on the left
    function _gasOfFact(uint256 steps, uint256 forestSteps, bool dearest)
        private
        returns (uint256 execution)
    {
        Claim memory claim;
        claim.path = "/facts/history/total";
        claim.value = '"32 bytes of canonical JSON...."';
        same(claim.value.length, 32, "bytes of the value");
        claim.fact.proofs = new bytes[](1);
        bytes32 root;
        bytes32 key = sha256(claim.path);
        (root, claim.fact.proofs[0]) =
            SlowTrie.chain(key, sha256(claim.value), dearest ? _zeros(key, steps) : _first(steps));
        _anchor(claim, root, dearest ? _zeros(sha256("daryl"), forestSteps) : _first(forestSteps));
        isTrue(_saysPresent(claim), "present");
        bytes memory data = abi.encodeCall(
            checkpoints.verifyFact, (claim.checkpoint, claim.place, claim.path, claim.value, claim.fact)
        );
        uint256 intrinsic = 21_000;
        for (uint256 i = 0; i < data.length; ++i) {
            intrinsic += data[i] == 0 ? 4 : 16;
        }
        (bool answered, bytes memory answer) = address(checkpoints).call(data);
        execution = vm.lastCallGas().gasTotalUsed - intrinsic;
        isTrue(answered && abi.decode(answer, (bool)), "present, as a transaction");
    }

    /// What the assembly reads of calldata, beside what Solidity itself reads of it: with any word of a call put
    /// in place of another, and with the end cut off, both show the same.
    function testFuzz_readsCalldataAsSolidityDoes(
        uint256 place,
        uint256 word,
        uint8 how,
        uint8 steps,
        uint16 cut
    ) public {
        Claim memory claim;
        claim.path = "/a";
        claim.value = "1";
        claim.fact.proofs = new bytes[](1);
        bytes32 root;
        (root, claim.fact.proofs[0]) = SlowTrie.chain(sha256(claim.path), sha256(claim.value), steps % 4);
        _anchor(claim, root, steps / 4 % 4);
        bytes memory data = abi.encodeCall(
            checkpoints.verifyFact, (claim.checkpoint, claim.place, claim.path, claim.value, claim.fact)
        );
        (bytes32 hash,,,) = checkpoints.getCheckpoint(claim.checkpoint);
        SlowFacts slow = new SlowFacts(hash, claim.checkpoint, Skip.NOTHING);
        isTrue(_answers(address(slow), data) && _answers(address(checkpoints), data), "the call as it is");

        // The word that is there, nudged, or made small, or any; then the end is cut off, mostly not.
        place = 4 + 32 * (place % (data.length / 32));
        uint256 there = uint256(this.wordOf(data, place));
        if (how % 4 == 0) word = there + word % 65;
        else if (how % 4 == 1) word = there ^ (uint256(1) << (word % 256));
        else if (how % 4 == 2) word = word % 1024;
        assembly ("memory-safe") {
            mstore(add(add(data, 32), place), word)
            if iszero(mod(cut, 5)) { mstore(data, sub(mload(data), mod(cut, mload(data)))) }
        }
        bool shown = _answers(address(checkpoints), data);
        // Solidity follows an offset with the highest bit set to where all is zero; that one is refused here.
        if (shown || word < 1 << 255) isTrue(_answers(address(slow), data) == shown, "not the same answer");
    }

    function wordOf(bytes calldata data, uint256 place) external pure returns (bytes32) {
        return bytes32(data[place:place + 32]);
    }

    /// Whether a call with that data shows what it claims; a call that reverts shows nothing.
    function _answers(address target, bytes memory data) private view returns (bool) {
        (bool answered, bytes memory answer) = target.staticcall(data);
        return answered && abi.decode(answer, (bool));
    }

    /// The first `count` bits of any key.
    function _first(uint256 count) private pure returns (uint8[] memory bits) {
        bits = new uint8[](count);
        for (uint256 i = 0; i < count; ++i) {
            // Fewer bits are asked for than a key has.
            // forge-lint: disable-next-line(unsafe-typecast)
            bits[i] = uint8(i);
        }
    }

    /// The first `count` bits of `key` that are 0.
    function _zeros(bytes32 key, uint256 count) private pure returns (uint8[] memory bits) {
        bits = new uint8[](count);
        uint256 found;
        for (uint256 bit = 0; found < count; ++bit) {
            // forge-lint: disable-next-line(unsafe-typecast)
            if (SlowTrie.bitOf(key, bit) == 0) bits[found++] = uint8(bit);
        }
    }

    // Called from outside, so that calldata is made and memory is given back.

    function stands(Place calldata place, uint256 number, bytes32 hash) external view returns (bool) {
        return Facts.stands(place, number, hash);
    }

    function splitHead(bytes calldata head) external pure returns (uint64, bytes32, bytes32) {
        return (uint64(bytes8(head[:8])), bytes32(head[8:40]), bytes32(head[40:72]));
    }

    /// Spoils one thing of a claim that holds at a time, and counts what was refused.
    function spoil(Claim memory claim) external view returns (uint256 tried) {
        isTrue(_says(claim), "holds before it is spoiled");
        tried += _flip(claim, claim.place.header, "header");
        tried += _flip(claim, bytes(claim.place.space), "space");
        tried += _flip(claim, claim.place.proof, "place proof");
        tried += _flip(claim, claim.value, "value");
        tried += _flip(claim, claim.fact.ancestor, "ancestor");
        tried += _flip(claim, claim.fact.payload, "payload");
        if (claim.fact.kind == Case.PRESENT) tried += _flip(claim, claim.path, "path");
        for (uint256 bit = 0; bit < 256; ++bit) {
            bytes32 mask = bytes32(uint256(2) ** bit);
            claim.place.stateRoot ^= mask;
            isTrue(!_says(claim), "state root");
            claim.place.stateRoot ^= mask;
            claim.place.logRoot ^= mask;
            isTrue(!_says(claim), "log root");
            claim.place.logRoot ^= mask;
        }
        for (uint64 mask = 1; mask != 0; mask <<= 1) {
            claim.place.version ^= mask;
            isTrue(!_says(claim), "version");
            claim.place.version ^= mask;
        }
        tried += 512 + 64;
        tried += _lengths(claim) + _steps(claim) + _cases(claim);
        isTrue(_says(claim), "holds again");
    }

    function _flip(Claim memory claim, bytes memory data, string memory what) private view returns (uint256) {
        for (uint256 i = 0; i < data.length; ++i) {
            bytes1 mask = bytes1(uint8(uint256(2) ** (i % 8)));
            data[i] ^= mask;
            isTrue(!_says(claim), what);
            data[i] ^= mask;
        }
        return data.length;
    }

    function _lengths(Claim memory claim) private view returns (uint256 tried) {
        for (int256 by = -1; by <= 1; by += 2) {
            bytes memory kept = claim.place.header;
            claim.place.header = _resized(kept, by);
            isTrue(!_says(claim), "length of the header");
            claim.place.header = kept;

            kept = claim.place.proof;
            claim.place.proof = _resized(kept, by);
            isTrue(!_says(claim), "length of the place's proof");
            claim.place.proof = kept;

            if (claim.value.length > 1 || by > 0) {
                bool present = claim.value.length > 0;
                kept = claim.value;
                claim.value = _resized(kept, by);
                isTrue(!_saysPresent(claim), present ? "length of the value" : "a value where none is");
                claim.value = kept;
                ++tried;
            }
            if (claim.fact.payload.length > 0 || by > 0) {
                kept = claim.fact.payload;
                claim.fact.payload = _resized(kept, by);
                isTrue(!_says(claim), "length of the payload");
                claim.fact.payload = kept;
                ++tried;
            }
            if (claim.fact.ancestor.length > 0 || by > 0) {
                kept = claim.fact.ancestor;
                claim.fact.ancestor = _resized(kept, by);
                isTrue(!_says(claim), "length of the ancestor");
                claim.fact.ancestor = kept;
                ++tried;
            }
            for (uint256 i = 0; i < claim.fact.proofs.length; ++i) {
                kept = claim.fact.proofs[i];
                if (kept.length == 0 && by < 0) continue;
                claim.fact.proofs[i] = _resized(kept, by);
                isTrue(!_says(claim), "length of a proof");
                claim.fact.proofs[i] = kept;
                ++tried;
            }
            tried += 2;
        }
    }

    /// Every byte flipped, every step dropped, doubled and swapped with the next, in every proof of the fact.
    function _steps(Claim memory claim) private view returns (uint256 tried) {
        for (uint256 i = 0; i < claim.fact.proofs.length; ++i) {
            bytes memory proof = claim.fact.proofs[i];
            tried += _flip(claim, proof, "proof");
            if (proof.length == 0) continue;
            uint256 steps = (proof.length - 64) / 33;
            for (uint256 step = 0; step < steps; ++step) {
                claim.fact.proofs[i] = _without(proof, step);
                isTrue(!_says(claim), "a step dropped");
                claim.fact.proofs[i] = _doubled(proof, step);
                isTrue(!_says(claim), "a step doubled");
                claim.fact.proofs[i] = _swapped(proof, step, (step + 1) % steps);
                if (steps > 1) isTrue(!_says(claim), "two steps swapped");
                tried += 3;
            }
            claim.fact.proofs[i] = proof;
        }
    }

    /// The same proofs under every other case, as presence and as absence.
    function _cases(Claim memory claim) private view returns (uint256 tried) {
        Case kept = claim.fact.kind;
        bytes memory value = claim.value;
        for (uint8 kind = 0; kind < 4; ++kind) {
            claim.fact.kind = Case(kind);
            if (value.length > 0) {
                if (Case(kind) != kept) isTrue(!_saysPresent(claim), "present by another case");
                isTrue(!_saysAbsent(claim), "present, claimed absent");
            } else {
                if (Case(kind) != kept) isTrue(!_saysAbsent(claim), "absent by another case");
                claim.value = claim.fact.payload.length > 0 ? claim.fact.payload : bytes("null");
                isTrue(!_saysPresent(claim), "absent, claimed present");
                claim.value = value;
            }
            tried += 2;
        }
        claim.fact.kind = kept;
    }

    function _without(bytes memory proof, uint256 step) private view returns (bytes memory) {
        return
            bytes.concat(
                this.slice(proof, 0, 64 + 33 * step), this.slice(proof, 97 + 33 * step, proof.length)
            );
    }

    function _doubled(bytes memory proof, uint256 step) private view returns (bytes memory) {
        return
            bytes.concat(
                this.slice(proof, 0, 97 + 33 * step), this.slice(proof, 64 + 33 * step, proof.length)
            );
    }

    function _swapped(bytes memory proof, uint256 one, uint256 other)
        private
        pure
        returns (bytes memory swapped)
    {
        swapped = bytes.concat(proof);
        for (uint256 i = 64; i < 97; ++i) {
            (swapped[i + 33 * one], swapped[i + 33 * other]) = (proof[i + 33 * other], proof[i + 33 * one]);
        }
    }

    function slice(bytes calldata data, uint256 from, uint256 to) external pure returns (bytes memory) {
        return data[from:to];
    }

    function _resized(bytes memory data, int256 by) private pure returns (bytes memory resized) {
        // Lengths here are far below 2^255.
        // forge-lint: disable-next-line(unsafe-typecast)
        resized = new bytes(uint256(int256(data.length) + by));
        for (uint256 i = 0; i < resized.length && i < data.length; ++i) {
            resized[i] = data[i];
        }
    }

    function _says(Claim memory claim) private view returns (bool) {
        return claim.value.length > 0 ? _saysPresent(claim) : _saysAbsent(claim);
    }

    function _saysPresent(Claim memory claim) private view returns (bool) {
        return checkpoints.verifyFact(claim.checkpoint, claim.place, claim.path, claim.value, claim.fact);
    }

    function _saysAbsent(Claim memory claim) private view returns (bool) {
        return checkpoints.verifyAbsence(claim.checkpoint, claim.place, claim.path, claim.fact);
    }

    /// The next line of the vectors that is no spoiled copy.
    function _nextFact() private view returns (string memory line) {
        do {
            line = vm.readLine(FACTS);
        } while (vm.keyExistsJson(line, ".name"));
    }

    /// A line of the vectors, in a checkpoint of its own.
    function _read(string memory line) private returns (Claim memory claim, bytes[] memory proofs) {
        _readFact(line, claim);
        bool absent = vm.parseJsonBool(line, ".absent");
        if (!absent && claim.fact.kind == Case.IN_ARRAY) claim.value = vm.parseJsonBytes(line, ".value");
        if (absent) claim.value = "";
        proofs = vm.parseJsonBytesArray(line, ".proofs");
        claim.fact.proofs = proofs;
        _anchor(claim, vm.parseJsonBytes32(line, ".root"), 3);
    }

    /// A spoiled copy of the fact before it, in the checkpoint of that fact.
    function _readSpoiled(string memory line, Claim memory claim, bytes[] memory proofs) private pure {
        _readFact(line, claim);
        same(vm.parseJsonBytes32(line, ".root"), claim.place.stateRoot, "root");
        uint256[] memory take = vm.parseJsonUintArray(line, ".take");
        bytes[] memory others = vm.parseJsonBytesArray(line, ".others");
        claim.fact.proofs = new bytes[](take.length);
        for (uint256 i = 0; i < take.length; ++i) {
            claim.fact.proofs[i] = take[i] < proofs.length ? proofs[take[i]] : others[take[i] - proofs.length];
        }
    }

    function _readFact(string memory line, Claim memory claim) private pure {
        claim.path = vm.parseJsonBytes(line, ".path");
        claim.fact.kind = Case(vm.parseJsonUint(line, ".kind"));
        claim.fact.ancestor = vm.parseJsonBytes(line, ".ancestor");
        claim.fact.payload = vm.parseJsonBytes(line, ".payload");
        claim.value = claim.fact.payload.length > 0 ? claim.fact.payload : bytes("null");
        // The contract takes the payload of a present path as the value claimed.
        if (claim.fact.kind == Case.PRESENT) claim.fact.payload = "";
    }

    /// A document of one leaf with that payload, and the claim that `path`/b is absent because of it.
    function _below(bytes memory path, bytes memory payload) private returns (Claim memory claim) {
        claim.path = bytes.concat(path, "/b");
        claim.fact.kind = Case.BELOW_VALUE;
        claim.fact.ancestor = path;
        claim.fact.payload = payload;
        claim.fact.proofs = new bytes[](1);
        bytes32 root;
        (root, claim.fact.proofs[0]) = SlowTrie.chain(sha256(path), sha256(payload), 2);
        _anchor(claim, root, 2);
    }

    /// A document of one entry, an object at `ancestor`, and the claim that `path` is absent because of it.
    function _belowObject(bytes memory ancestor, bytes memory path) private returns (Claim memory claim) {
        claim.path = path;
        claim.fact.kind = Case.BELOW_OBJECT;
        claim.fact.ancestor = ancestor;
        claim.fact.proofs = new bytes[](2);
        bytes32 root;
        (root, claim.fact.proofs[0]) = SlowTrie.chain(sha256(ancestor), sha256(hex"03"), 0);
        claim.fact.proofs[1] = claim.fact.proofs[0];
        _anchor(claim, root, 2);
    }

    /// Puts a document's root into a new checkpoint, `steps` deep in its forest.
    function _anchor(Claim memory claim, bytes32 root, uint256 steps) private {
        _anchor(claim, root, _first(steps));
    }

    function _anchor(Claim memory claim, bytes32 root, uint8[] memory steps) private {
        Place memory place = claim.place;
        place.space = "daryl";
        place.version = 102;
        place.stateRoot = root;
        place.logRoot = LOG_ROOT;
        bytes32 head = sha256(abi.encodePacked(place.version, root, LOG_ROOT));
        bytes32 forest;
        (forest, place.proof) = SlowTrie.chain(sha256("daryl"), head, steps);
        claim.checkpoint = checkpoints.latestVersion() + 1;
        bytes32 previous = claim.checkpoint == 1 ? bytes32(0) : keccak256("previous");
        // forge-lint: disable-next-line(unsafe-typecast)
        uint64 number = uint64(claim.checkpoint);
        place.header = abi.encodePacked(uint8(2), number, previous, forest, keccak256("manifest"));
        checkpoints.setCheckpoint(claim.checkpoint, sha256(place.header), "", address(this));
    }
}
