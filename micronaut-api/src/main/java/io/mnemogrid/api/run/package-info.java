/**
 * {@code ./mnemogrid run}: a dev chain and one member as processes of their own, watched until
 * somebody stops them. It knows the member by its jar and its HTTP port alone.
 */
@NullMarked
package io.mnemogrid.api.run;

import org.jspecify.annotations.NullMarked;
