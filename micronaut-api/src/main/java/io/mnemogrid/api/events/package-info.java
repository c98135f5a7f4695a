/** What happens in spaces, as server-sent events. */
@NullMarked
package io.mnemogrid.api.events;

import org.jspecify.annotations.NullMarked;
