/**
 * What the audit trail is told of a request: controllers note what they know of it, and the
 * recorder makes an entry of that and of the answer.
 */
@NullMarked
package io.mnemogrid.api.trail;

import org.jspecify.annotations.NullMarked;
