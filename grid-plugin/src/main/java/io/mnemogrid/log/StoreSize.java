package io.mnemogrid.log;

/**
 * What a store takes on its disk, in bytes.
 *
 * @param file the database
 * @param wal what is written and not yet in the database file
 * @param free what is unused in the database: new rows fill it, and compacting gives it back to the
 *     disk
 * @param room what is left on the disk
 */
public record StoreSize(long file, long wal, long free, long room) {}
