package io.mnemogrid.api.mcp;

import io.micronaut.http.HttpStatus;
import io.mnemogrid.state.Json;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A message that is answered with an error of JSON-RPC 2.0 (§5.1). What a tool refuses is none: its
 * result says so, where the model sees it.
 */
final class RpcException extends RuntimeException {
  private static final long serialVersionUID = 1;

  static final int PARSE_ERROR = -32700;
  static final int INVALID_REQUEST = -32600;
  static final int METHOD_NOT_FOUND = -32601;
  static final int INVALID_PARAMS = -32602;
  static final int INTERNAL = -32603;

  /** A header is not what the body says (revision 2026-07-28). */
  static final int HEADER_MISMATCH = -32020;

  /** That revision is not spoken here (revision 2026-07-28). */
  static final int UNSUPPORTED_VERSION = -32022;

  private final int code;
  private final HttpStatus status;
  private final transient Json.@Nullable Obj data;

  /**
   * @param status of the HTTP answer, where the revision maps errors to one
   * @param data further members, null for none
   */
  RpcException(int code, HttpStatus status, String message, Json.@Nullable Obj data) {
    super(message, null, false, false);
    this.code = code;
    this.status = status;
    this.data = data;
  }

  static RpcException invalidParams(String message) {
    return new RpcException(INVALID_PARAMS, HttpStatus.BAD_REQUEST, message, null);
  }

  static RpcException invalidRequest(String message) {
    return new RpcException(INVALID_REQUEST, HttpStatus.BAD_REQUEST, message, null);
  }

  static RpcException methodNotFound(String method) {
    return new RpcException(
        METHOD_NOT_FOUND, HttpStatus.NOT_FOUND, "there is no method " + method, null);
  }

  static RpcException headerMismatch(String message) {
    return new RpcException(HEADER_MISMATCH, HttpStatus.BAD_REQUEST, message, null);
  }

  HttpStatus status() {
    return status;
  }

  /** The member {@code error}. */
  Json.Obj toJson() {
    Map<String, Json> error = new TreeMap<>();
    error.put("code", Json.of(code));
    error.put("message", Json.of(String.valueOf(getMessage())));
    if (data != null) {
      error.put("data", data);
    }
    return new Json.Obj(error);
  }
}
