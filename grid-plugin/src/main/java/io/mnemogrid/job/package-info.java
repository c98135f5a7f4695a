/** Jet pipelines: the audit that recomputes hashes and replays what the map misses. */
@NullMarked
package io.mnemogrid.job;

import org.jspecify.annotations.NullMarked;
