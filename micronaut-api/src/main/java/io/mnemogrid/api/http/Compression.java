package io.mnemogrid.api.http;

import io.micronaut.context.annotation.Replaces;
import io.micronaut.http.MediaType;
import io.micronaut.http.server.netty.DefaultHttpCompressionStrategy;
import io.micronaut.http.server.netty.HttpCompressionStrategy;
import io.micronaut.http.server.netty.configuration.NettyHttpServerConfiguration;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpUtil;
import jakarta.inject.Singleton;

/**
 * Decides which answers are compressed for clients that accept it: text of a certain length that
 * has no ETag. A strong tag stands for one sequence of bytes (RFC 9110 §8.8.3), and a tag that
 * differed by coding could not be sent back in If-Match
 * (docs/decisions/021-tagged-answers-are-not-packed.md).
 */
@Singleton
@Replaces(DefaultHttpCompressionStrategy.class)
public final class Compression implements HttpCompressionStrategy {
  /**
   * An answer is compressed by an event loop, in one go. So many bytes take some ten milliseconds,
   * for which all other connections of that loop wait.
   */
  private static final long MOST_BYTES = 256 << 10;

  private final NettyHttpServerConfiguration server;

  Compression(NettyHttpServerConfiguration server) {
    this.server = server;
  }

  @Override
  public boolean isEnabled() {
    return server.getCompressionThreshold() >= 0;
  }

  @Override
  public boolean shouldCompress(HttpResponse response) {
    long length = HttpUtil.getContentLength(response, -1L);
    boolean fits =
        length == -1 || length >= server.getCompressionThreshold() && length <= MOST_BYTES;
    if (!fits || !isEnabled() || response.headers().contains(HttpHeaderNames.ETAG)) {
      return false; // before the type is looked at, which takes longer
    }
    String type = response.headers().get(HttpHeaderNames.CONTENT_TYPE);
    return type != null
        && MediaType.isTextBased(type)
        && !type.startsWith(MediaType.TEXT_EVENT_STREAM); // what is packed waits for more
  }

  @Override
  public int getCompressionLevel() {
    return server.getCompressionLevel();
  }

  @Override
  public int getMaxZstdEncodeSize() {
    return server.getMaxZstdEncodeSize();
  }
}
