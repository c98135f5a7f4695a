package io.mnemogrid.api.http;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpStatus;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Locale;
import java.util.Set;
import java.util.zip.GZIPInputStream;

/**
 * Bodies as they were before gzip (RFC 1952). The server's own decoder takes a body that is cut off
 * before its checksum, and answers a broken one with a 500; this one refuses both.
 */
public final class Gzip {
  /** Most bytes of a body, before and after it is unpacked; application.yml has the same. */
  static final int MAX_BODY_BYTES = 4 << 20;

  private static final Set<String> GZIP = Set.of("gzip", "x-gzip");
  private static final byte[] NONE = {};
  private static final String SENT = "mnemogrid.sent-bytes";

  private Gzip() {}

  /** Whether bodies in this Content-Encoding are read. */
  public static boolean isKnown(String coding) {
    String name = coding.strip().toLowerCase(Locale.ROOT);
    return GZIP.contains(name) || name.equals("identity");
  }

  /** The request's body, unpacked; empty when there is none. */
  public static byte[] body(HttpRequest<byte[]> request) {
    byte[] sent = request.getBody().orElse(NONE);
    if (request.getContentLength() < 0) {
      request.setAttribute(SENT, (long) sent.length);
    }
    return sent.length > 0 && isPacked(request) ? unpacked(sent) : sent;
  }

  /**
   * How many bytes of body were sent, packed or not; of a body whose length the request does not
   * say, once it was read.
   */
  public static long sentBytes(HttpRequest<?> request) {
    long said = request.getContentLength();
    return said >= 0 ? said : request.getAttribute(SENT, Long.class).orElse(0L);
  }

  /** Whether the request says that its body is packed. */
  public static boolean isPacked(HttpRequest<?> request) {
    String coding = request.getHeaders().get("Content-Encoding");
    return coding != null && GZIP.contains(coding.strip().toLowerCase(Locale.ROOT));
  }

  private static byte[] unpacked(byte[] sent) {
    try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(sent))) {
      byte[] bytes = in.readNBytes(MAX_BODY_BYTES + 1);
      if (bytes.length > MAX_BODY_BYTES) {
        throw new ProblemException(Problems.tooLarge());
      }
      return bytes;
    } catch (IOException e) {
      throw new ProblemException(
          Problem.of(
              HttpStatus.BAD_REQUEST,
              "bad-request",
              "the body is no whole gzip file, as its Content-Encoding says",
              "pack it again, or send it as it is without Content-Encoding"));
    }
  }
}
