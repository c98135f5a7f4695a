/**
 * What bounds the work of requests: turns of memory for what is read and answered, and few threads
 * for what is large.
 */
@NullMarked
package io.mnemogrid.api.limits;

import org.jspecify.annotations.NullMarked;
