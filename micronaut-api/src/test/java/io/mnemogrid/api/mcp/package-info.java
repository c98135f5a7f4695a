/** What tests need of the package of the Model Context Protocol. */
@NullMarked
package io.mnemogrid.api.mcp;

import org.jspecify.annotations.NullMarked;
