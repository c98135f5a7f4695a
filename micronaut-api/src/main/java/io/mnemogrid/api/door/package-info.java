/**
 * What a request passes before any route is looked for: its connection, the grammar of its bytes,
 * its host and origin, and the type of its body.
 */
@NullMarked
package io.mnemogrid.api.door;

import org.jspecify.annotations.NullMarked;
