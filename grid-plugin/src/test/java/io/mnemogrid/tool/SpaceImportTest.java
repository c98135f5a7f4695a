package io.mnemogrid.tool;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.log.FirstVersion;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.Scribe;
import io.mnemogrid.log.Update;
import io.mnemogrid.log.UpdateLog;
import io.mnemogrid.merge.Quotas;
import io.mnemogrid.merge.Resolution;
import io.mnemogrid.secret.MadeUpSecrets;
import io.mnemogrid.secret.SecretRule;
import io.mnemogrid.secret.Secrets;
import io.mnemogrid.signature.Signed;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.store.SqliteStore;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an import holds at once, and what it refuses as members do. */
class SpaceImportTest {
  private static final SpaceName SPACE = SpaceName.of("imported");

  @TempDir Path folder;

  private final Scribe scribe = new Scribe(SPACE);
  private final List<String> lines = new ArrayList<>();
  private SqliteStore store;

  @BeforeEach
  void open() {
    store = SqliteStore.open(folder.resolve("mnemogrid.db"));
  }

  @AfterEach
  void close() {
    store.close();
  }

  private void record(String path, Json value) {
    lines.add(scribe.set("u" + (lines.size() + 1), path, value).text());
  }

  private Path file(String policy) throws IOException {
    Json.Obj header =
        Json.object(
            Map.of(
                "format", Json.of(SpaceExport.FORMAT),
                "log_root", Json.of(scribe.snapshot().logRoot().toString()),
                "policy", Json.parseObject(policy),
                "root", Json.of(scribe.head().root().toString()),
                "space", Json.of(SPACE.text()),
                "version", Json.of(scribe.head().version())));
    Path file = folder.resolve("export.jsonl");
    Files.writeString(file, header.canonical() + "\n" + String.join("\n", lines) + "\n");
    return file;
  }

  private SpaceImport.Result run(Path file, UpdateLog log, Quotas quotas) throws IOException {
    return new SpaceImport(file, log, quotas, (_, _, _) -> {}).run(null);
  }

  private void refused(Path file, Quotas quotas, long line, String why) throws IOException {
    assertThat(run(file, store.log(), quotas))
        .isInstanceOfSatisfying(
            SpaceImport.Result.Refused.class,
            refused -> {
              assertThat(refused.line()).isEqualTo(line);
              assertThat(refused.why()).contains(why);
            });
    assertThat(store.log().head(SPACE)).as("nothing was written").isEmpty();
  }

  /** An export is the store's own: what it holds was let in, or stood there before the search. */
  @Test
  void takesWhatASearchForSecretsWouldRefuse() throws IOException {
    String token = new MadeUpSecrets(3).one(SecretRule.GITHUB_TOKEN, 0).text();
    record("/a", Json.of(token));
    assertThat(Secrets.scan(scribe.snapshot().state().document())).isNotNull();
    assertThat(run(file("{\"a\":\"" + token + "\"}"), store.log(), Quotas.DEFAULT))
        .isEqualTo(new SpaceImport.Result.Done(SPACE, 1, 1));
  }

  /** 3.5 MB in 14 leaves. */
  private static Json large(int n) {
    Map<String, Json> leaves = new TreeMap<>();
    for (int i = 0; i < 14; i++) {
      leaves.put("k" + i, Json.of(n + "x".repeat(250_000)));
    }
    return new Json.Obj(leaves);
  }

  @Test
  void appendsSoManyBytesAtOnceAtMost() throws IOException {
    for (int i = 0; i < 6; i++) {
      record("/n" + i, large(i));
    }
    List<Long> appended = new ArrayList<>();
    UpdateLog log =
        (UpdateLog)
            Proxy.newProxyInstance(
                UpdateLog.class.getClassLoader(),
                new Class<?>[] {UpdateLog.class},
                (_, method, arguments) -> {
                  if (method.getName().equals("append")) {
                    List<?> batches = (List<?>) arguments[0];
                    UpdateLog.Batch batch = (UpdateLog.Batch) batches.getFirst();
                    appended.add(batch.updates().stream().mapToLong(Update::sizeBytes).sum());
                  }
                  try {
                    return method.invoke(store.log(), arguments);
                  } catch (InvocationTargetException e) {
                    throw e.getCause();
                  }
                });
    assertThat(run(file("{}"), log, Quotas.DEFAULT))
        .isEqualTo(new SpaceImport.Result.Done(SPACE, 6, 6));
    assertThat(appended).hasSizeGreaterThan(1).allMatch(bytes -> bytes <= SpaceImport.BATCH_BYTES);
    assertThat(store.log().head(SPACE).map(LogHead::leafHash)).contains(scribe.head().leafHash());
  }

  @Test
  void refusesARecordThatNoMemberWouldWrite() throws IOException {
    record("/a", Json.of(1));
    lines.add("x".repeat(Resolution.MAX_RECORD_BYTES + Signed.MAX_BYTES + 1));
    refused(file("{}"), Quotas.DEFAULT, 3, "a record has at most 7.5 MiB");
  }

  @Test
  void refusesAPolicyOfManyBytes() throws IOException {
    record("/a", Json.of(1));
    String policy = "{\"x\":\"" + "p".repeat(64 << 10) + "\"}";
    refused(file(policy), Quotas.DEFAULT, 1, "a policy has at most 64 KiB");
  }

  @Test
  void refusesADocumentOverItsQuotaAtTheRecordThatBreaksIt() throws IOException {
    record("/a", Json.of(1));
    record("/b", Json.of(2));
    record("/c", Json.of("x".repeat(1000)));
    refused(
        file("{}"),
        Quotas.DEFAULT.withSpace(2, 1 << 20),
        4,
        "grows to 3 leaves, MNEMOGRID_MAX_LEAVES allows 2");
    refused(file("{}"), Quotas.DEFAULT.withSpace(10, 500), 4, "MNEMOGRID_MAX_BYTES allows 500");
  }

  @Test
  void refusesASpaceTooManyAndGoesOnWithOneThatIsThere() throws IOException {
    record("/a", Json.of(1));
    store.log().create(SpaceName.of("other"), "{}");
    Quotas one = Quotas.DEFAULT.withMaxSpaces(1);
    refused(file("{}"), one, 1, "MNEMOGRID_MAX_SPACES");
    store.log().create(SPACE, "{}");
    assertThat(run(file("{}"), store.log(), one))
        .isEqualTo(new SpaceImport.Result.Done(SPACE, 1, 1));
  }

  @Test
  void anExportHasAnOldPolicyUntilARecordHasIt() throws IOException {
    String policy = "{\"format\":\"mnemogrid-policy-1\"}";
    UpdateLog log = store.log();
    log.create(SPACE, policy);
    assertThat(header(log)).contains("\"policy\":" + policy);
    Update moved;
    try (SqliteStore other = SqliteStore.open(folder.resolve("other").resolve("mnemogrid.db"))) {
      FirstVersion.create(other.log(), SPACE, policy);
      assertThat(header(other.log())).contains("\"policy\":{}");
      moved = other.log().read(SPACE, 0, 1).getFirst();
    }
    log.append(List.of(new UpdateLog.Batch(LogHead.ofNew(SPACE), List.of(moved))));
    assertThat(header(log)).contains("\"policy\":{}");
    Path file = folder.resolve("moved.jsonl");
    Files.writeString(file, header(log) + "\n" + moved.text() + "\n");
    assertThat(run(file, log, Quotas.DEFAULT)).isEqualTo(new SpaceImport.Result.Done(SPACE, 1, 0));
  }

  private static String header(UpdateLog log) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    SpaceExport.write(log, SPACE, out, (_, _, _) -> {});
    return out.toString(StandardCharsets.UTF_8).lines().findFirst().orElseThrow();
  }
}
