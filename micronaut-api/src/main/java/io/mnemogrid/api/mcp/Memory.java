package io.mnemogrid.api.mcp;

import io.mnemogrid.Mnemogrid;
import io.mnemogrid.api.keys.Access;
import io.mnemogrid.api.limits.Answering;
import io.mnemogrid.api.spaces.Commits;
import jakarta.inject.Singleton;

/** The parts of a member that tools read and write through. Safe for all threads. */
@Singleton
record Memory(Mnemogrid grid, Access access, Commits commits, Answering answering) {}
