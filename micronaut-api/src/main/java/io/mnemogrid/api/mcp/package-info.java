/**
 * The Model Context Protocol over HTTP: {@code POST /mcp}, a layer of our own without sessions.
 * {@link io.mnemogrid.api.mcp.McpController} is the route, {@link io.mnemogrid.api.mcp.Exchange}
 * answers one message, a {@link io.mnemogrid.api.mcp.ToolSet} is what clients are offered.
 */
@NullMarked
package io.mnemogrid.api.mcp;

import org.jspecify.annotations.NullMarked;
