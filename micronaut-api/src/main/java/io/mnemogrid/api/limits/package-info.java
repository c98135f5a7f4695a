/**
 * What bounds the work of requests: turns of memory for what is read and answered, few threads for
 * what is large, and rates for each caller.
 */
@NullMarked
package io.mnemogrid.api.limits;

import org.jspecify.annotations.NullMarked;
