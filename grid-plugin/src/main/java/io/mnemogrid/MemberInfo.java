package io.mnemogrid;

/**
 * A member of the grid.
 *
 * @param id the id of its process, for as long as that runs
 * @param name the name as configured
 * @param address host and port of its grid endpoint
 * @param store whether it has the store, holds partitions and commits; a lite member has none
 * @param local whether it is this process
 * @param leader whether it holds the checkpointer's lease now, as far as this member knows
 */
public record MemberInfo(
    String id, String name, String address, boolean store, boolean local, boolean leader) {}
