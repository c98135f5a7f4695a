package io.mnemogrid.client;

import io.mnemogrid.merge.Delta;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.UpdateId;
import java.util.List;

/** A delta, or a list of them, as it was sent to a space: whole or not at all. */
public record Request(SpaceName space, Json body, List<Part> parts) {
  /** One delta of it, told from others of the same id by the hash of its content. */
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

  /** The same, for those who need not send it again. */
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
