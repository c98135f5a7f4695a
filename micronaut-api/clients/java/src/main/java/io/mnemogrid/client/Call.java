package io.mnemogrid.client;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** One request as it is sent to whichever member, as often as it takes. */
final class Call {
  private static final byte[] NOTHING = {};

  private final String method;
  private final StringBuilder target;
  private final Map<String, String> headers = new LinkedHashMap<>();
  private byte[] body = NOTHING;
  private boolean hasQuery;

  private Call(String method, String path) {
    this.method = method;
    this.target = new StringBuilder(path);
  }

  static Call get(String path) {
    return new Call("GET", path);
  }

  static Call of(String method, String path) {
    return new Call(method, path);
  }

  /** Adds a parameter. */
  Call with(String name, Object value) {
    target.append(hasQuery ? '&' : '?').append(name).append('=').append(encode(value.toString()));
    hasQuery = true;
    return this;
  }

  /** Adds a parameter where there is a value. */
  Call with(String name, Optional<?> value) {
    value.ifPresent(there -> with(name, there));
    return this;
  }

  Call header(String name, String value) {
    headers.put(name, value);
    return this;
  }

  Call header(String name, Optional<String> value) {
    value.ifPresent(there -> header(name, there));
    return this;
  }

  Call body(String type, Json json) {
    headers.put("Content-Type", type);
    body = json.canonicalBytes();
    return this;
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  String method() {
    return method;
  }

  String target() {
    return target.toString();
  }

  Map<String, String> headers() {
    return headers;
  }

  byte[] body() {
    return body;
  }
}
