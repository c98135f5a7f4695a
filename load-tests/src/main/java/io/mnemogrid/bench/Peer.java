package io.mnemogrid.bench;

/** A store that takes durable writes of one field of a document, one version each. */
interface Peer extends AutoCloseable {
  /** The peer's name in the table. */
  String name();

  /** Sets field {@code field} of document {@code document}; returns when that is durable. */
  void write(int writer, int document, int field, long value) throws Exception;

  @Override
  void close() throws Exception;
}
