package io.mnemogrid.tool;

import io.mnemogrid.command.Action;
import io.mnemogrid.command.CommandFailure;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.policy.ApiKey;
import io.mnemogrid.policy.Glob;
import io.mnemogrid.policy.Grant;
import io.mnemogrid.policy.KeyChanges;
import io.mnemogrid.policy.Keyring;
import io.mnemogrid.policy.Role;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Timestamps;
import io.mnemogrid.store.Store;
import io.mnemogrid.tool.UseCommand.Shown;
import io.mnemogrid.trail.TrailBatch;
import io.mnemogrid.trail.TrailEntry;
import java.io.IOException;
import java.io.PrintStream;
import java.security.SecureRandom;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code keys}: the keys of the HTTP API, in the store itself, whether members run on it or not
 * (docs/security.md). So whoever may write the store's files makes the first key, and nobody does
 * over the network.
 */
@Command(
    name = "keys",
    subcommands = {
      KeysCommand.ListKeys.class,
      KeysCommand.Create.class,
      KeysCommand.Rotate.class,
      KeysCommand.Revoke.class
    })
public final class KeysCommand implements Action {
  private static final String NAME = "keys";
  private static final Pattern TIME = Pattern.compile("(\\d{1,9})([smhd])");

  @Override
  public int run(PrintStream out, PrintStream err) {
    throw new CommandFailure(
        ExitCode.USAGE, "keys wants list, create, rotate or revoke: see ./mnemogrid help keys");
  }

  private static String status(ApiKey key, Instant now) {
    return key.isValid(now) ? "valid" : key.revoked() != null ? "revoked" : "expired";
  }

  private static String text(List<Glob> patterns) {
    return patterns.stream().map(Glob::text).collect(Collectors.joining(","));
  }

  /** A time from now, {@code 90d} or {@code 12h}. */
  private static Duration time(String text) {
    Matcher parts = TIME.matcher(text);
    if (!parts.matches()) {
      throw new CommandFailure(
          ExitCode.USAGE, "'" + text + "' is no time: write 30s, 10m, 12h or 90d");
    }
    long count = Long.parseLong(parts.group(1));
    return switch (parts.group(2)) {
      case "s" -> Duration.ofSeconds(count);
      case "m" -> Duration.ofMinutes(count);
      case "h" -> Duration.ofHours(count);
      default -> Duration.ofDays(count);
    };
  }

  /** What {@code made} answers; what it refuses is a wrong use of the command. */
  private static <T> T checked(Supplier<T> made) {
    try {
      return made.get();
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(ExitCode.USAGE, String.valueOf(e.getMessage()), e);
    } catch (IllegalStateException e) {
      throw new CommandFailure(ExitCode.CONFLICT, String.valueOf(e.getMessage()), e);
    }
  }

  private static KeyChanges changes(Store store) {
    return new KeyChanges(store.keys(), new SecureRandom()::nextBytes);
  }

  /**
   * Writes a change of keys into the audit trail, whatever members are set to record. The change
   * was made and told before: whoever may write the store needs no permission from the trail.
   */
  static void record(Store store, String what, String id, Instant now) {
    byte[] salt = new byte[TrailBatch.SALT_BYTES];
    new SecureRandom().nextBytes(salt);
    TrailEntry entry =
        new TrailEntry.Draft()
            .with(TrailEntry.MEMBER, "the command on the host of the store")
            .with(TrailEntry.ROUTE, "keys " + what)
            .with(TrailEntry.SUBJECT, id)
            .with(TrailEntry.OUTCOME, "done")
            .at(now);
    store.trail().append(TrailBatch.of(List.of(entry.line()), Hash.of(salt)), false);
  }

  private static <T> T there(Optional<T> found, String id) {
    return found.orElseThrow(() ->
        new CommandFailure(
            ExitCode.NOTHING_THERE,
            "there is no key with the id '" + id + "'; ./mnemogrid keys list shows all"));
  }

  /** A command on keys, which answers as those of docs/cli.md do. */
  abstract static class KeyAction extends StoreAction {
    @Mixin private OutputOptions output = new OutputOptions();

    ExitCode tell(Shown shown, PrintStream out, PrintStream err) {
      return output.show(NAME, shown, out, err);
    }

    /**
     * Tells a key, which scripts take by {@code $(…)}: so JSON must be asked for, also where no
     * terminal reads. It is told before anything else can fail, for nobody can tell it again.
     */
    ExitCode tellOnce(ApiKey.Issued issued, PrintStream out, PrintStream err) {
      Shown shown = Shown.of(issued.toJson(), to -> to.println(issued.text().whole()));
      return output.showToPeople(NAME, shown, out, err);
    }
  }

  /** All keys. */
  @Command(name = "list", description = "all keys: what they may do, and whether they are in use")
  static final class ListKeys extends KeyAction {
    @Override
    ExitCode play(PrintStream out, PrintStream err) {
      try (Store opened = store.openToRead()) {
        List<ApiKey> keys = opened.keys().all().list();
        Instant now = opened.log().now();
        List<Json> items = keys.stream().<Json>map(ApiKey::toJson).toList();
        Json all = Json.object(Map.of("items", new Json.Arr(items), "next", Json.NULL));
        return tell(Shown.of(all, to -> print(keys, now, to)), out, err);
      }
    }

    private static void print(List<ApiKey> keys, Instant now, PrintStream out) {
      if (keys.isEmpty()) {
        out.println("no keys: whoever reaches the HTTP port may do everything");
        return;
      }
      Table table = new Table("ID", "NAME", "ROLE", "STATUS", "LAST USED", "SPACES", "AUTHORS");
      for (ApiKey key : keys) {
        table.row(
            key.id(),
            key.name(),
            key.grant().role().text(),
            status(key, now),
            key.lastUsed() == null ? "never" : key.lastUsed().toString(),
            text(key.grant().spaces()),
            text(key.grant().authors()));
      }
      table.print(out);
    }
  }

  /** A new key. */
  @Command(
      name = "create",
      description =
          "make a key and print it, this once, alone where -o says nothing else; members ask for"
              + " keys from then on")
  static final class Create extends KeyAction {
    @Parameters(paramLabel = "NAME", description = "what people call it")
    private String name = "";

    @Option(
        names = "--role",
        required = true,
        paramLabel = "ROLE",
        description = "reader, writer, curator, eraser, verifier, operator, metrics")
    private String role = "";

    @Option(
        names = "--spaces",
        paramLabel = "NAME,…",
        description = "its spaces; * stands for any characters (default all)")
    private String spaces = "*";

    @Option(
        names = "--authors",
        paramLabel = "NAME,…",
        description = "the authors as which it writes, in the same way (default all)")
    private String authors = "*";

    @Option(
        names = "--expires",
        paramLabel = "TIME",
        description = "ends by itself: after 90d or 12h, or at 2027-01-31T00:00:00Z (never)")
    private @Nullable String expires;

    @Override
    ExitCode play(PrintStream out, PrintStream err) throws IOException {
      Grant grant = checked(() -> new Grant(Role.of(role), globs(spaces), globs(authors)));
      try (Store opened = store.open()) {
        Instant now = opened.log().now();
        boolean isFirst = opened.keys().all().isEmpty();
        Instant end = expires(now);
        ApiKey.Issued issued = checked(() -> changes(opened).create(name, grant, end, now));
        final ExitCode told = tellOnce(issued, out, err);
        record(opened, "create", issued.key().id(), now);
        err.printf(
            "key %s, %s: this is the only time that it is shown; send it as"
                + " 'Authorization: Bearer …'%n",
            issued.key().id(), role);
        if (isFirst) {
          err.println(
              "It is the first key: from now on every member answers 401 to requests without one,"
                  + " but for /health/liveness, /health/readiness, /openapi.yaml and /docs.");
        }
        LocalKeyFile.make(opened, store.data()).ifPresent(err::println);
        return told;
      }
    }

    private static List<Glob> globs(String text) {
      return Arrays.stream(text.split(",", -1)).map(String::strip).map(Glob::new).toList();
    }

    private @Nullable Instant expires(Instant now) {
      if (expires == null) {
        return null;
      }
      if (!expires.contains("-")) {
        return now.plus(time(expires));
      }
      try {
        return Timestamps.parse(expires);
      } catch (IllegalArgumentException | DateTimeException e) {
        throw new CommandFailure(
            ExitCode.USAGE, "--expires wants 90d, 12h or 2027-01-31T00:00:00Z", e);
      }
    }
  }

  /** A new secret for a key. */
  @Command(
      name = "rotate",
      description =
          "give a key a new secret and print it, alone where -o says nothing else; the old one stays"
              + " valid for a time")
  static final class Rotate extends KeyAction {
    @Parameters(paramLabel = "ID", description = "the id of the key")
    private String id = "";

    @Option(
        names = "--grace",
        paramLabel = "TIME",
        description = "how long the old secret stays valid, 0s to 30d (default ${DEFAULT-VALUE})")
    private String grace = "24h";

    @Override
    ExitCode play(PrintStream out, PrintStream err) {
      try (Store opened = store.open()) {
        Instant now = opened.log().now();
        ApiKey.Issued issued =
            there(checked(() -> changes(opened).rotate(id, time(grace), now)), id);
        final ExitCode told = tellOnce(issued, out, err);
        record(opened, "rotate", id, now);
        Instant until = issued.key().previousUntil();
        err.println(
            until == null
                ? "the old secret is refused within a second"
                : "the old secret stays valid until " + Timestamps.format(until));
        return told;
      }
    }
  }

  /** The end of a key. */
  @Command(name = "revoke", description = "end a key; every member refuses it within a second")
  static final class Revoke extends KeyAction {
    @Parameters(paramLabel = "ID", description = "the id of the key")
    private String id = "";

    @Override
    ExitCode play(PrintStream out, PrintStream err) {
      try (Store opened = store.open()) {
        Instant now = opened.log().now();
        ApiKey key = there(checked(() -> changes(opened).revoke(id, now)), id);
        record(opened, "revoke", id, now);
        Keyring left = opened.keys().all();
        if (left.list().stream()
            .noneMatch(other -> other.grant().role() == Role.OPERATOR && other.isValid(now))) {
          err.println(
              "No operator's key is left; ./mnemogrid keys create makes one, also while members"
                  + " run.");
        }
        String done = "revoked " + key.id() + " (" + key.name() + ")";
        return tell(Shown.of(key.toJson(), to -> to.println(done)), out, err);
      }
    }
  }
}
