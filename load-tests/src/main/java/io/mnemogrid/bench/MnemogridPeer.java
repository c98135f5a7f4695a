package io.mnemogrid.bench;

import io.mnemogrid.CommitResult;
import io.mnemogrid.GridConfig;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.Space;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.process.Ports;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * One member with a store in this process. It computes a root for every version, and its audit
 * runs.
 */
class MnemogridPeer implements Peer {
  static final String NAME = "mnemogrid";
  private static final int GROUP = 100;

  private final Mnemogrid grid;
  private final List<Space> spaces = new ArrayList<>();

  MnemogridPeer(Path folder, int documents, int leaves) throws Exception {
    int port = Ports.free(1).getFirst();
    grid =
        Mnemogrid.start(
            GridConfig.onOneHost(folder.resolve("mnemogrid.db"))
                .withCluster("bench-" + port)
                .withPort(port)
                .withMembers(List.of("127.0.0.1:" + port)));
    for (int document = 0; document < documents; document++) {
      SpaceName name = SpaceName.of("bench-" + document);
      grid.createSpace(name, "{}");
      Space space = grid.space(name).orElseThrow();
      spaces.add(space);
      fill(space, leaves);
    }
  }

  /**
   * Commits {@link #document} to a space in several deltas, since a delta holds a limited number of
   * leaves.
   */
  static void fill(Space space, int leaves) {
    for (int from = 0; from < leaves; from += Delta.MAX_LEAVES) {
      int first = from / GROUP;
      int last = Math.min(leaves, from + Delta.MAX_LEAVES) / GROUP;
      check(
          space
              .commit(
                  space.delta(
                      new Author("bench"),
                      delta -> {
                        document(leaves)
                            .members()
                            .forEach((name, group) -> {
                              int number = Integer.parseInt(name.substring("group-".length()));
                              if (first <= number && number < last) {
                                delta.set("/" + name, group);
                              }
                            });
                        return delta;
                      }))
              .join());
    }
  }

  /** A document of {@code leaves} numbers in groups of a hundred. */
  static Json.Obj document(int leaves) {
    TreeMap<String, Json> groups = new TreeMap<>();
    for (int group = 0; group * GROUP < leaves; group++) {
      TreeMap<String, Json> members = new TreeMap<>();
      for (int i = 0; i < GROUP; i++) {
        members.put("field-" + i, Json.of(i));
      }
      groups.put("group-" + group, new Json.Obj(members));
    }
    return new Json.Obj(groups);
  }

  /** The path of a field of {@link #document}. */
  static String path(int field) {
    return "/group-" + field / GROUP + "/field-" + field % GROUP;
  }

  /** The first of its spaces. */
  Space space() {
    return spaces.getFirst();
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public final void write(int writer, int document, int field, long value) {
    check(
        signing(writer, spaces.get(document)).commit(delta(writer, document, field, value)).join());
  }

  /** The space through which a writer commits. */
  Space signing(int writer, Space space) {
    return space;
  }

  /** The author of a writer. */
  static Author author(int writer) {
    return new Author("writer-" + writer);
  }

  /** The member itself. */
  final Mnemogrid grid() {
    return grid;
  }

  /** What {@link #write} commits. */
  Delta delta(int writer, int document, int field, long value) {
    return spaces
        .get(document)
        .delta(author(writer), delta -> delta.set(path(field), Json.of(value)));
  }

  private static void check(CommitResult result) {
    if (!(result instanceof CommitResult.Committed)) {
      throw new IllegalStateException("not committed: " + result);
    }
  }

  @Override
  public void close() {
    grid.close();
  }
}
