// SPDX-License-Identifier: Apache-2.0
export { birthOf, compareUtf8, dotOf, millisOf, stampOf, tick, writerId, type Dot } from "./ids.js";
export {
  documentOf,
  documentText,
  emptyState,
  FORMAT,
  hasSeen,
  parseState,
  readState,
  rootOf,
  type Marks,
  type Memory,
  type Register,
  type Score,
  type Seen,
  type SetName,
  type State,
  type Tag,
  type Text,
  type Use,
  type Writer,
  type WriterState,
} from "./state.js";
export type {
  Add,
  Forget,
  Join,
  Learn,
  Operation,
  PureCode,
  Renew,
  ScoreOperation,
  TagOperation,
  UseOperation,
  Vector,
  Wipe,
  Write,
} from "./operation.js";
export {
  authorSignatureHolds,
  MAX_NOTE_BYTES,
  missingOf,
  NO_NOTE,
  noteSignatureHolds,
  noteText,
  readNote,
  signedNote,
  signNote,
  type Note,
} from "./note.js";
export { applyNote, type Outcome } from "./apply.js";
export { join, Replica } from "./join.js";
export { MAX_AHEAD_MILLIS, type Encrypt, type LogCode, type Role, type Rules } from "./judge.js";
export {
  CollectiveLog,
  type Answer,
  type Beaten,
  type Creation,
  type Decided,
  type HomeRules,
  type Lost,
  type NoteHash,
  type Push,
  type Refusal,
  type Result,
  type Taken,
  type Unsigned,
  type Void,
} from "./log.js";
export { CollectiveReplay, type Source } from "./replay.js";
