package io.mnemogrid.client;

import io.mnemogrid.merge.Delta;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.UpdateId;
import java.util.List;

/**
 * A delta, or a list of deltas, as it was sent to a space. A list is committed whole or not at all.
 */
public record Request(SpaceName space, Json body, List<Part> parts) {
  /**
   * One delta of the request. The hash of its content tells it from another delta with the same id.
   */
  public record Part(UpdateId id, Hash content) {}

  public Request {
    parts = List.copyOf(parts);
  }

  public static Request of(SpaceName space, Delta delta) {
    return new Request(space, delta.request(), List.of(part(delta)));
  }

  public static Request of(SpaceName space, List<Delta> deltas) {
    return new Request(
        space,
        new Json.Arr(deltas.stream().<Json>map(Delta::request).toList()),
        deltas.stream().map(Request::part).toList());
  }

  /** The same request without its body: it can be compared, and no longer sent. */
  public Request withoutBody() {
    return new Request(space, Json.NULL, parts);
  }

  private static Part part(Delta delta) {
    return new Part(delta.id(), delta.requestHash());
  }

  @Override
  public String toString() {
    return space + " " + parts.stream().map(part -> part.id().text()).toList();
  }
}
