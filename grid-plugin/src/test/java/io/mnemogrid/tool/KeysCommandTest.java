package io.mnemogrid.tool;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.command.ExitCode;
import io.mnemogrid.command.Main;
import io.mnemogrid.policy.ApiKey;
import io.mnemogrid.policy.Keyring;
import io.mnemogrid.policy.Role;
import io.mnemogrid.state.Json;
import io.mnemogrid.store.SqliteStore;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeysCommandTest {
  @TempDir Path data;

  /** What a command printed and how it ended. */
  private record Ended(ExitCode code, String out, String err) {}

  @BeforeEach
  void makeStore() {
    SqliteStore.open(data.resolve("mnemogrid.db")).close();
  }

  private Ended keys(String... words) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    List<String> all = new ArrayList<>(List.of("keys"));
    all.addAll(List.of(words));
    all.addAll(List.of("--data", data.toString()));
    int code =
        Main.run(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            all.toArray(String[]::new));
    return new Ended(
        ExitCode.values()[indexOf(code)],
        out.toString(StandardCharsets.UTF_8).strip(),
        err.toString(StandardCharsets.UTF_8));
  }

  private static int indexOf(int code) {
    for (ExitCode exit : ExitCode.values()) {
      if (exit.code() == code) {
        return exit.ordinal();
      }
    }
    throw new AssertionError("exit " + code);
  }

  private Keyring stored() {
    try (SqliteStore store = SqliteStore.open(data.resolve("mnemogrid.db"))) {
      return store.keys().all();
    }
  }

  private boolean isAccepted(String text) {
    try (SqliteStore store = SqliteStore.open(data.resolve("mnemogrid.db"))) {
      return store.keys().all().authenticate(text, store.log().now()).isPresent();
    }
  }

  @Test
  void makesTheFirstKeyAndOneForTheLocalCommands() throws Exception {
    assertThat(keys("list", "-o", "table").out).startsWith("no keys");
    Ended made =
        keys(
            "create",
            "the bots",
            "--role",
            "writer",
            "--spaces",
            "team-*,shared",
            "--authors",
            "bot-*",
            "--expires",
            "90d");
    assertThat(made.code).isEqualTo(ExitCode.OK);
    assertThat(made.out).as("standard output has the key alone").startsWith("mg_").hasSize(61);
    assertThat(made.err).contains("first key", "401", "local.key").doesNotContain(made.out);
    assertThat(isAccepted(made.out)).isTrue();
    Path file = data.resolve("local.key");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    String local = Files.readString(file).strip();
    assertThat(isAccepted(local)).isTrue();
    List<ApiKey> all = stored().list();
    assertThat(all).hasSize(2);
    ApiKey bots =
        all.stream().filter(key -> key.name().equals("the bots")).findFirst().orElseThrow();
    assertThat(bots.grant().role()).isEqualTo(Role.WRITER);
    assertThat(Duration.between(bots.created(), Objects.requireNonNull(bots.expires())))
        .isEqualTo(Duration.ofDays(90));
    Ended second = keys("create", "other", "--role", "reader");
    assertThat(second.err).doesNotContain("first key", "local.key");
    assertThat(Files.readString(file).strip()).isEqualTo(local);
    Ended list = keys("list", "-o", "table");
    assertThat(list.out)
        .contains("the bots", "writer", "team-*,shared", "bot-*", "valid", "never")
        .doesNotContain(local, made.out);
  }

  @Test
  void rotatesAndRevokes() {
    String first = keys("create", "one", "--role", "operator").out;
    String id = first.substring(3, 11);
    Ended rotated = keys("rotate", id);
    assertThat(rotated.err).contains("until");
    assertThat(isAccepted(first)).isTrue();
    assertThat(isAccepted(rotated.out)).isTrue();
    String last = keys("rotate", id, "--grace", "0s").out;
    assertThat(isAccepted(first)).isFalse();
    assertThat(isAccepted(rotated.out)).isFalse();
    assertThat(isAccepted(last)).isTrue();
    Ended revoked = keys("revoke", id, "-o", "table");
    assertThat(revoked.out).isEqualTo("revoked " + id + " (one)");
    assertThat(isAccepted(last)).isFalse();
    assertThat(keys("list", "-o", "table").out).contains("revoked");
    assertThat(keys("rotate", id).code).isEqualTo(ExitCode.USAGE);
    assertThat(keys("revoke", id).code).as("again").isEqualTo(ExitCode.OK);
  }

  /** The local key was revoked, or is of another store. */
  @Test
  void replacesALocalKeyThatIsNone() throws Exception {
    keys("create", "one", "--role", "reader");
    String local = Files.readString(data.resolve("local.key")).strip();
    assertThat(keys("revoke", local.substring(3, 11)).err).contains("No operator's key is left");
    assertThat(keys("create", "two", "--role", "reader").err).contains("local.key");
    String other = Files.readString(data.resolve("local.key")).strip();
    assertThat(other).isNotEqualTo(local);
    assertThat(isAccepted(other)).isTrue();
  }

  @Test
  void saysWhatIsWrong() {
    assertThat(keys("create", "x").code).isEqualTo(ExitCode.USAGE);
    assertThat(keys("create", "x", "--role", "admin").err).contains("operator");
    assertThat(keys("create", "x", "--role", "reader", "--spaces", "a b").err).contains("pattern");
    assertThat(keys("create", "x", "--role", "operator", "--spaces", "a").err)
        .contains("all spaces");
    assertThat(keys("create", "x", "--role", "reader", "--expires", "soon").err).contains("90d");
    assertThat(keys("create", "x", "--role", "reader", "--expires", "2020-01-01T00:00:00Z").err)
        .contains("future");
    assertThat(keys("revoke", "12345678").code).isEqualTo(ExitCode.NOTHING_THERE);
    assertThat(stored().isEmpty()).as("nothing half done").isTrue();
    assertThat(keys().code).isEqualTo(ExitCode.USAGE);
  }

  private static Json.Obj object(String text) {
    return Json.parseObject(text);
  }

  /** As the API has it, wherever no terminal reads; a key alone unless JSON is asked for. */
  @Test
  void answersAsTheApiDoes() {
    Json none = Json.parse("{\"items\":[],\"next\":null}");
    assertThat(object(keys("list").out)).isEqualTo(none);
    Json.Obj made = object(keys("create", "one", "--role", "writer", "-o", "json").out);
    String text = ((Json.Str) Objects.requireNonNull(made.get("key"))).value();
    assertThat(isAccepted(text)).isTrue();
    String id = text.substring(3, 11);
    ApiKey stored =
        stored().list().stream().filter(key -> key.id().equals(id)).findFirst().orElseThrow();
    assertThat(made).isEqualTo(stored.toJson().with("key", Json.of(text)));
    assertThat(made.members())
        .containsOnlyKeys(
            "authors",
            "created",
            "expires",
            "id",
            "key",
            "last_used",
            "name",
            "previous_until",
            "revoked",
            "role",
            "spaces");
    Json.Obj rotated = object(keys("rotate", id, "--output", "json").out);
    assertThat(rotated.get("previous_until")).isInstanceOf(Json.Str.class);
    assertThat(keys("rotate", id).out).as("the key alone").startsWith("mg_" + id).hasSize(61);
    assertThat(object(keys("revoke", id).out).get("revoked")).isInstanceOf(Json.Str.class);
    Json.Arr items = (Json.Arr) Objects.requireNonNull(object(keys("list").out).get("items"));
    assertThat(items.items()).as("with the local key").hasSize(2);
    assertThat(keys("list").out).doesNotContain(text, "\"key\"");
  }

  private void agent(Ended ended, ExitCode code, String status) {
    assertThat(ended.code).isEqualTo(code);
    assertThat(ended.out.lines()).as("one object, whatever happens").hasSize(1);
    Json.Obj object = object(ended.out);
    assertThat(object.get("command")).isEqualTo(Json.of("keys"));
    assertThat(object.get("status")).isEqualTo(Json.of(status));
    assertThat(object.members())
        .containsOnlyKeys(
            "command", "duration_ms", "status", status.equals("ok") ? "data" : "error");
  }

  @Test
  void tellsAgentsOneObjectWhateverHappens() {
    agent(keys("list", "--agent"), ExitCode.OK, "ok");
    Ended made = keys("create", "one", "--role", "operator", "--agent");
    agent(made, ExitCode.OK, "ok");
    String id = object(made.out).toString().replaceAll("(?s).*mg_(.{8})_.*", "$1");
    agent(keys("rotate", id, "--agent"), ExitCode.OK, "ok");
    agent(keys("revoke", id, "--agent"), ExitCode.OK, "ok");
    agent(keys("rotate", id, "--agent"), ExitCode.USAGE, "error");
    agent(keys("revoke", "12345678", "--agent"), ExitCode.NOTHING_THERE, "error");
    agent(keys("create", "two", "--role", "king", "--agent"), ExitCode.USAGE, "error");
    agent(keys("create", "--agent"), ExitCode.USAGE, "error");
    agent(keys("--agent"), ExitCode.USAGE, "error");
    agent(keys("list", "-o", "yaml", "--agent"), ExitCode.USAGE, "error");
  }
}
