package io.mnemogrid.api.http;

import io.micronaut.http.HttpRequest;
import java.util.Locale;

/** The media types of patches. */
public final class PatchTypes {
  /** RFC 6902. */
  public static final String JSON_PATCH = "application/json-patch+json";

  /** RFC 7396. */
  public static final String MERGE_PATCH = "application/merge-patch+json";

  /** The header that lists them (RFC 5789 §3.1). */
  public static final String ACCEPT_PATCH = "Accept-Patch";

  /** What the header says. */
  public static final String ALL = JSON_PATCH + ", " + MERGE_PATCH;

  private PatchTypes() {}

  /** Whether a Content-Type, without its parameters, is one of them. */
  public static boolean isListed(String type) {
    String name = type.strip().toLowerCase(Locale.ROOT);
    return name.equals(JSON_PATCH) || name.equals(MERGE_PATCH);
  }

  /** Whether the body of a request is a merge patch. */
  public static boolean isMerge(HttpRequest<?> request) {
    String type = request.getHeaders().get("Content-Type");
    return type != null && type.strip().toLowerCase(Locale.ROOT).startsWith(MERGE_PATCH);
  }

  /** Whether a request is a patch. */
  public static boolean isPatch(HttpRequest<?> request) {
    return request.getMethodName().equals("PATCH");
  }
}
