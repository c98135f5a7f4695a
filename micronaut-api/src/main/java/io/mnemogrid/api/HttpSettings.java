package io.mnemogrid.api;

import io.micronaut.context.annotation.ConfigurationProperties;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who may call over HTTP, and how much of an unfinished request is kept for how long; {@code
 * MNEMOGRID_HTTP_HOSTS} is {@code hosts}, and so on.
 *
 * @param hosts further names under which this server is called, {@code name} or {@code name:port}
 * @param origins origins of pages of others that may call, {@code scheme://host:port}
 * @param maxConnections most open connections
 * @param maxUnfinished most requests of one address that have begun and not wholly arrived
 * @param maxReceivingBytes most bytes of bodies that have begun and not wholly arrived
 * @param headerTimeout from a connection's opening, or a later request's first byte, until the
 *     request's head is whole
 * @param requestTimeout from the same moment until the request's body is whole
 */
@ConfigurationProperties("mnemogrid.http")
record HttpSettings(
    @Nullable List<String> hosts,
    @Nullable List<String> origins,
    int maxConnections,
    int maxUnfinished,
    long maxReceivingBytes,
    Duration headerTimeout,
    Duration requestTimeout) {}
