// SPDX-License-Identifier: Apache-2.0
export { Client, type SpaceOptions } from "./client.js";
export {
  Space,
  STATE_POLL_MILLIS,
  type CallOptions,
  type CommitOptions,
  type Computed,
  type ComputeOptions,
  type ReadOptions,
  type WriteOptions,
} from "./space.js";
export { AnswerTooLarge, MAX_ANSWER_BYTES, type ClientOptions } from "./transport.js";
export {
  BadAnswer,
  Behind,
  Closed,
  MnemogridError,
  OtherGrid,
  OtherHistory,
  OutcomeUnknown,
  Problem,
  ServerIsWrong,
  Unreachable,
  type ErrorPlace,
} from "./errors.js";
export { EventParser, type Block, type EventOptions, type SpaceEvent } from "./events.js";
export { FINALITY_POLL_MILLIS } from "./finality.js";
export { FactProof } from "./proof.js";
export { Replica, VerifiedCopy, type ReplicaOptions } from "./replica.js";
export { LONG_SUMMARY_CHARACTERS, type Turn, type TurnOptions, type TurnResult } from "./turn.js";
export { Signer } from "./signer.js";
export { newUpdateId } from "./ids.js";
export { Difference, playScenario } from "./scenario.js";
export type * from "./types.js";
