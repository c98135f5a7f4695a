// SPDX-License-Identifier: Apache-2.0
export { fromHex, fromUtf8, parseHash, toHex, toUtf8, ZERO_HASH, type Hash } from "./bytes.js";
export { sha256 } from "./sha256.js";
export { sha512 } from "./sha512.js";
export { publicKeyOf, signEd25519, verifyEd25519 } from "./ed25519.js";
export { fromBase64Url, signatureHolds, signedMessage, signRequest, toBase64Url } from "./signature.js";
export {
  canonical,
  fromPlain,
  JsonError,
  lookUp,
  parseCanonical,
  parseDocument,
  parseJson,
  toPlain,
  type Json,
  type JsonObject,
} from "./json.js";
export { ancestors, child, isAbove, nextStep, segments, whyNoPointer } from "./pointer.js";
export {
  EMPTY_ROOT,
  Trie,
  innerNode,
  leafNode,
  trieRoot,
  verifyKeyProof,
  type KeyProof,
  type KeyVerdict,
  type Leaf,
  type Step,
} from "./trie.js";
export { documentRoot, entriesOf, keyOf, OBJECT_PAYLOAD, whyNoLeaf, type Entry } from "./document.js";
export { verifyFact, type Fact, type FactCase, type FactVerdict } from "./fact.js";
export { LogTree, logLeaf, logNode, logRoot, whyNotConsistent, whyNotIncluded } from "./log.js";
export { readRecord, type LeafChange, type UpdateRecord } from "./record.js";
export {
  checkpointHash,
  contentAddress,
  decodeHeader,
  encodeHeader,
  forestRoot,
  hashOfAddress,
  headPayload,
  readManifest,
  whyNotInForest,
  type Head,
  type Header,
  type Manifest,
  type ManifestEntry,
} from "./checkpoint.js";
export { Shape } from "./shape.js";
export { readKeyProof, verifyBundle, type BundleVerdict, type CheckStep, type Claim } from "./bundle.js";
export { BrokenLog, LogReplay, replayLog } from "./replay.js";
export { EXPORT_FORMAT, ExportReplay } from "./export.js";
export { Difference, documentText, readAnchored, Recomputation, type Anchored } from "./recompute.js";
