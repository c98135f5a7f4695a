/**
 * SQLite and PostgreSQL behind the ports of log and checkpoint; copies, and bare rows for audits.
 */
@NullMarked
package io.mnemogrid.store;

import org.jspecify.annotations.NullMarked;
