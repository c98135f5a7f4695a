package io.mnemogrid.sim;

/** A part that is wrong in one way, and the column in which a run with it has to be flagged. */
enum Twin {
  /** All parts are the real ones. */
  NONE(Flaw.BROKEN),
  /** The store answers before its transaction has committed, and now and then loses it. */
  ANSWERS_BEFORE_COMMIT(Flaw.ACKNOWLEDGED_AND_LOST),
  /** A connection that died at COMMIT is taken for a failure, and told as one. */
  TAKES_DEAD_CONNECTION_FOR_FAILURE(Flaw.APPLIED_TWICE),
  /** The store inserts whatever it is given, wherever the head is. */
  INSERTS_UNCONDITIONALLY(Flaw.VERSIONS),
  /** The map's backup applies every update to what it has, at whatever version that is. */
  BACKUP_WITHOUT_VERSION_CHECK(Flaw.REPLICAS_DIFFER),
  /** A replica waits for what it missed instead of reading the log. */
  REPLICA_WITHOUT_GAP_REPLAY(Flaw.STALE_READS),
  /** A replica takes news for the next versions, whatever it missed before them. */
  REPLICA_OVER_A_GAP(Flaw.REPLICAS_DIFFER),
  /** What is put where no replica was is taken for the newest, whatever came meanwhile. */
  REPLICA_IS_TAKEN_FOR_THE_NEWEST(Flaw.STALE_READS),
  /** A merge into an entry of the map that was evicted begins with an empty document. */
  EVICTED_ENTRY_BEGINS_EMPTY(Flaw.REPLICAS_DIFFER),
  /** What the map holds is taken for the newest: the log is not read on from there. */
  MAP_IS_TAKEN_FOR_THE_LOG(Flaw.STALE_READS),
  /** A leader writes by what it read, without its epoch. */
  LEADER_WITHOUT_EPOCH(Flaw.TWO_HEADERS),
  /** A leader's steps end with an error, nobody is told, and its lease is renewed for ever. */
  LEASE_OUTLIVES_ITS_STEPS(Flaw.STANDS_STILL),
  /** The committer resolves against heads that keep no tombstones. */
  RESOLVER_WITHOUT_TOMBSTONES(Flaw.MISJUDGED),
  /** The committer judges old bases as if nothing had been removed before what its head keeps. */
  FORGETS_OLD_TOMBSTONES(Flaw.MISJUDGED),
  /** A condition is judged by what this member shows when the request comes, not at the append. */
  JUDGES_CONDITIONS_EARLY(Flaw.MISJUDGED),
  /** A policy is judged by what this member shows when the request comes, not at the append. */
  JUDGES_POLICIES_AT_THE_DOOR(Flaw.MISJUDGED),
  /** A refusal is told by this member's own head, without a look at the log. */
  REFUSES_UNASKED(Flaw.TOLD_OTHERWISE),
  /** All that was in an append that the store refused is refused, not the guilty one alone. */
  REFUSES_A_WHOLE_APPEND(Flaw.TOLD_OTHERWISE),
  /** A member that closes refuses what it is asked, where it should send the asker elsewhere. */
  CLOSES_BY_REFUSING(Flaw.TOLD_OTHERWISE),
  /** A member forgets which outcomes it called unknown. */
  FORGETS_WHAT_IT_CALLED_UNKNOWN(Flaw.TOLD_OTHERWISE),
  /** Times are judged by the committing member's wall clock. */
  JUDGES_BY_ITS_OWN_CLOCK(Flaw.CLOCKS),
  /** Unknown outcomes are not asked about again. */
  LEAVES_UNKNOWN_OUTCOMES(Flaw.UNKNOWN_LEFT_OPEN);

  private final Flaw flaw;

  Twin(Flaw flaw) {
    this.flaw = flaw;
  }

  /** Where a run with it is wrong. */
  Flaw flaw() {
    return flaw;
  }
}
