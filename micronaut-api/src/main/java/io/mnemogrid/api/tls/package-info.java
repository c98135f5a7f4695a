/** TLS of the HTTP port from PEM files that are watched. */
@NullMarked
package io.mnemogrid.api.tls;

import org.jspecify.annotations.NullMarked;
