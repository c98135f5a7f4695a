/** What the server makes of its settings: the member, and the address that it binds. */
@NullMarked
package io.mnemogrid.api.settings;

import org.jspecify.annotations.NullMarked;
