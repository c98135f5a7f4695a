package io.mnemogrid.gatling;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * What is to be played, as the command tells it to Gatling's JVM: by system properties, of which
 * none has a key.
 *
 * @param urls where the members answer, without a slash at the end
 * @param keys a file with a key a line, which the bots share; null where the grid asks for none
 * @param users how many bots
 * @param time how long they play
 * @param run the beginning of the names of this run's spaces; no other run has it
 * @param spaces how many spaces
 * @param folder where the notes of the run go
 * @param kills whether a member is killed while they play
 * @param seed from which all choices of the bots follow
 */
record Plan(
    Load load,
    List<String> urls,
    @Nullable Path keys,
    int users,
    Duration time,
    String run,
    int spaces,
    Path folder,
    boolean kills,
    long seed) {
  private static final String PREFIX = "mnemogrid.load.";

  Plan {
    urls = List.copyOf(urls);
    if (urls.isEmpty() || users < 1 || spaces < 1 || time.toSeconds() < 1) {
      throw new IllegalArgumentException("nothing to play: " + urls + ", " + users + ", " + time);
    }
  }

  /** The name of a space, from 0 on. */
  String space(int index) {
    return run + "-" + index;
  }

  /** How many of the spaces are written to; the first ones. */
  int teams() {
    return spaces - spaces / 2;
  }

  /** The file of the bots' notes. */
  Path journal() {
    return folder.resolve("bots.journal");
  }

  /** The file of the bots' counts, which is there once they have ended. */
  Path counts() {
    return folder.resolve("bots.counts");
  }

  /** The file with the monotonic time at which they began. */
  Path began() {
    return folder.resolve("began");
  }

  /** The plan as flags of a JVM. */
  List<String> flags() {
    return List.of(
        flag("load", load),
        flag("urls", String.join(",", urls)),
        flag("keys", keys == null ? "" : keys),
        flag("users", users),
        flag("seconds", time.toSeconds()),
        flag("run", run),
        flag("spaces", spaces),
        flag("folder", folder),
        flag("kills", kills),
        flag("seed", seed));
  }

  private static String flag(String name, Object value) {
    return "-D" + PREFIX + name + "=" + value;
  }

  /** The plan in the properties of this JVM, or of others. */
  static Plan of(Properties properties) {
    String keys = value(properties, "keys");
    return new Plan(
        Load.valueOf(value(properties, "load")),
        List.of(value(properties, "urls").split(",", -1)),
        keys.isEmpty() ? null : Path.of(keys),
        Integer.parseInt(value(properties, "users")),
        Duration.ofSeconds(Long.parseLong(value(properties, "seconds"))),
        value(properties, "run"),
        Integer.parseInt(value(properties, "spaces")),
        Path.of(value(properties, "folder")),
        Boolean.parseBoolean(value(properties, "kills")),
        Long.parseLong(value(properties, "seed")));
  }

  private static String value(Properties properties, String name) {
    return Objects.requireNonNull(properties.getProperty(PREFIX + name), PREFIX + name);
  }
}
