/** Jet pipelines: they carry what the audits recompute, and put into the map what it misses. */
@NullMarked
package io.mnemogrid.job;

import org.jspecify.annotations.NullMarked;
