package io.mnemogrid.policy;

/** A kind of request. Every call of the API needs one of them, or none. */
public enum Right {
  /** To see that a space is there, and its head: versions and hashes, no values. */
  SEE,
  /** To read documents, records and history. */
  READ,
  /** To commit, as an author that the key is granted. */
  WRITE,
  /** To create a space whose name the key is granted. */
  CREATE,
  /** To have proofs, and to see checkpoints. */
  PROVE,
  /** To scrape metrics and see how well the parts of a member work. */
  METER,
  /** To manage keys, ask for audits and checkpoints, and see the members. */
  OPERATE
}
