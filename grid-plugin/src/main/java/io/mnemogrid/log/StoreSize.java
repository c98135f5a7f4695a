package io.mnemogrid.log;

/**
 * What a store takes on its disk, in bytes.
 *
 * @param file the database
 * @param wal what is not yet in it
 * @param free in the database and unused: new rows fill it, the disk gets it back by compacting
 * @param room left on the disk
 */
public record StoreSize(long file, long wal, long free, long room) {}
