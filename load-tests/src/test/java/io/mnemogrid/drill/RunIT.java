package io.mnemogrid.drill;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.tools.attach.VirtualMachine;
import io.mnemogrid.DeltaBuilder;
import io.mnemogrid.client.Answered;
import io.mnemogrid.client.MemberApi;
import io.mnemogrid.client.Request;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.process.AnvilProcess;
import io.mnemogrid.process.Ports;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The launcher as a user meets it, and what is left when any of its processes is killed. */
@NullMarked
class RunIT {
  private static final SpaceName ALPHA = SpaceName.of("alpha");
  private static final Duration BANNER = Duration.ofSeconds(240);

  private static final Duration PATIENCE = Duration.ofSeconds(120);

  private final List<Integer> ports = Ports.free(3);
  private final List<Run> runs = new ArrayList<>();

  /** What the processes of a run are told beside their options. */
  private final Map<String, String> environment = new HashMap<>();

  /** A launcher that was started, and its output. */
  private record Run(Process launcher, Path data, Path output) {
    String said() {
      try {
        return new String(Files.readAllBytes(output), UTF_8); // its end may be half a character
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    /** Returns when it says so; fails at once when it ended before. */
    Run awaitSaying(String words) {
      await()
          .pollInterval(Duration.ofMillis(50))
          .atMost(BANNER)
          .until(() -> {
            boolean ended = !launcher.isAlive();
            if (said().contains(words)) {
              return true;
            }
            assertThat(ended).as("ended without saying '%s': %s", words, said()).isFalse();
            return false;
          });
      return this;
    }

    int exit() {
      try {
        assertThat(launcher.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).as(said()).isTrue();
        return launcher.exitValue();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError("stopped while waiting", e);
      }
    }

    /** The process that it recorded as its member or chain. */
    ProcessHandle process(String name) {
      try {
        String pid =
            Files.readAllLines(data.resolve("run/" + name + ".pid")).stream()
                .filter(line -> line.startsWith("pid="))
                .findFirst()
                .orElseThrow();
        return ProcessHandle.of(Long.parseLong(pid.substring(4))).orElseThrow();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private Run run(Path folder, String... options) {
    return run(folder, Drills.ROOT.resolve("mnemogrid"), null, options);
  }

  private Run run(Path folder, Path launcher, @Nullable Path programs, String... options) {
    Path output = folder.resolve("run-" + runs.size() + ".log");
    List<String> command = new ArrayList<>(List.of(launcher.toString(), "run"));
    command.addAll(List.of("--data", folder.resolve("data").toString()));
    command.addAll(List.of("--port", ports.get(0).toString()));
    command.addAll(List.of("--grid-port", ports.get(1).toString()));
    command.addAll(Arrays.asList(options));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
    // It runs the jars of the build that this test is part of.
    builder.environment().put("MNEMOGRID_IN_BUILD", "1");
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().putAll(environment);
    if (programs != null) {
      builder.environment().put("PATH", programs.toString());
    }
    try {
      Run run = new Run(builder.start(), folder.resolve("data"), output);
      runs.add(run);
      return run;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @AfterEach
  void stopAll() {
    for (Run run : runs) {
      run.launcher().destroy(); // it stops what it started
      run.exit();
    }
  }

  private MemberApi api() {
    return new MemberApi(ports.get(0));
  }

  private void commit(String id) {
    MemberApi api = api();
    api.create(ALPHA);
    Request request =
        Request.of(
            ALPHA,
            new DeltaBuilder(new Author("a"), 0, Instant.now())
                .id(id)
                .set("/facts/" + id, Json.of(id))
                .build());
    MemberApi.Reply reply = api.commit(ALPHA, request.body(), MemberApi.PATIENCE);
    assertThat(reply).isNotNull().extracting(MemberApi.Reply::status).isEqualTo(201);
  }

  private void finds(String... ids) {
    Answered facts =
        Answered.parse(api().get("/v1/spaces/alpha/state?path=/facts").want(200).body());
    assertThat(facts.object().members()).containsOnlyKeys(ids);
  }

  @Test
  void findsAllDataAgainAfterKills() {
    Path folder = Drills.folder("run");
    long began = System.nanoTime();
    Run first = run(folder, "--no-chain").awaitSaying("mnemogrid is up");
    System.out.printf("up after %.1f s%n", (System.nanoTime() - began) / 1e9);
    Path secret = first.data().resolve("grid.secret");
    assertThat(first.said())
        .contains("nothing is on a chain", "curl", "./mnemogrid demo", secret.toString());
    assertThat(secret).content(UTF_8).matches("[0-9a-f]{32}\\s*");
    assertThat(commandLine(first.process("member")))
        .contains("-XX:+ExitOnOutOfMemoryError")
        .anyMatch(flag -> flag.startsWith("-Xmx"));
    // Ctrl-C of a terminal reaches the launcher's process group, which the member is not in.
    assertThat(processGroup(first.process("member").pid()))
        .isNotEqualTo(processGroup(first.launcher().pid()));
    assertThat(callsOfTheReadme()).endsWith("\"world\"");
    commit("first");
    assertThat(openToOthers(first.data())).isEmpty();
    first.process("member").destroyForcibly();
    assertThat(first.exit()).isEqualTo(128 + 9);
    assertThat(first.said()).contains("the member ended with exit code 137");

    Run second = run(folder, "--no-chain").awaitSaying("mnemogrid is up");
    finds("first");
    commit("second");
    ProcessHandle left = second.process("member");
    second.launcher().destroyForcibly();
    second.exit();
    assertThat(left.isAlive()).isTrue();

    Run third = run(folder, "--no-chain").awaitSaying("mnemogrid is up");
    assertThat(third.said()).contains("left behind (process " + left.pid() + ")");
    assertThat(left.isAlive()).isFalse();
    finds("first", "second");
    ProcessHandle member = third.process("member");
    third.launcher().destroy();
    assertThat(third.exit()).as(third.said()).isZero();
    assertThat(member.isAlive()).isFalse();
    assertThat(folder.resolve("data/run/member.pid")).doesNotExist();
  }

  /** What the calls answer that README shows first. */
  private String callsOfTheReadme() {
    try {
      String readme = Files.readString(Drills.ROOT.resolve("README.md"));
      int from = readme.indexOf("\ncurl ");
      String calls = readme.substring(from, readme.indexOf("```", from));
      assertThat(calls).contains("localhost:8080/v1/spaces/demo");
      return LauncherIT.bash(
          Drills.folder("run-readme"),
          "curl() { command curl -sS \"$@\"; }" + calls.replace("8080", ports.get(0).toString()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String processGroup(long pid) {
    try {
      String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
      return stat.substring(stat.lastIndexOf(')') + 2).split(" ")[2];
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> commandLine(ProcessHandle process) {
    try {
      Path file = Path.of("/proc/" + process.pid() + "/cmdline");
      return List.of(Files.readString(file).split("\0", -1));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What of a folder, itself among it, other users of this machine may open. */
  private static List<Path> openToOthers(Path folder) {
    List<Path> open = new ArrayList<>();
    try {
      Files.walkFileTree(
          folder,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path each, BasicFileAttributes attributes) {
              return visitFile(each, attributes);
            }

            @Override
            public FileVisitResult visitFile(Path each, BasicFileAttributes attributes) {
              if (isOpen(each)) {
                open.add(each);
              }
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path each, IOException failure)
                throws IOException {
              if (failure instanceof NoSuchFileException) {
                return FileVisitResult.CONTINUE; // SQLite's own come and go
              }
              throw failure;
            }
          });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return open;
  }

  private static boolean isOpen(Path file) {
    try {
      return Files.getPosixFilePermissions(file).stream()
          .anyMatch(permission -> !permission.name().startsWith("OWNER"));
    } catch (NoSuchFileException e) {
      return false; // SQLite's own come and go
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** By TLS, as docs/security.md sets it up: the launcher watches its member by TLS, too. */
  @Test
  void endsAMemberThatLivesOnWithoutItsGrid() throws Exception {
    Path folder = Drills.folder("run-gridless");
    Path certificate = folder.resolve("server.pem");
    Path key = folder.resolve("server.key");
    List<String> openssl =
        List.of(
            ("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj"
                    + " /CN=run -addext subjectAltName=IP:127.0.0.1 -keyout "
                    + key
                    + " -out "
                    + certificate)
                .split(" "));
    assertThat(new ProcessBuilder(openssl).inheritIO().start().waitFor()).isZero();
    environment.put("MNEMOGRID_HTTP_TLS_CERTIFICATE", certificate.toString());
    environment.put("MNEMOGRID_HTTP_TLS_KEY", key.toString());
    Run run = run(folder, "--no-chain").awaitSaying("mnemogrid is up");
    assertThat(run.said()).contains("It speaks TLS", "https://127.0.0.1:" + ports.get(0));
    SSLContext trusting = trusting(certificate);
    ProcessHandle member = run.process("member");
    VirtualMachine machine = VirtualMachine.attach(String.valueOf(member.pid()));
    machine.loadAgent(GridEnder.jar(folder.resolve("ender.jar")).toString());
    machine.detach();
    await().atMost(PATIENCE).until(() -> liveness(trusting) == 503);
    assertThat(member.isAlive()).isTrue(); // nothing but the launcher ends it
    assertThat(run.exit()).isEqualTo(ExitCode.UNAVAILABLE.code());
    assertThat(run.said()).contains("the member lives on without its grid, ending it");
    await().atMost(PATIENCE).until(() -> !member.isAlive());
  }

  /** A client that trusts that certificate alone. */
  private static SSLContext trusting(Path certificate) throws Exception {
    KeyStore issuers = KeyStore.getInstance("PKCS12");
    issuers.load(null, null);
    try (InputStream in = Files.newInputStream(certificate)) {
      issuers.setCertificateEntry(
          "run", CertificateFactory.getInstance("X.509").generateCertificate(in));
    }
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(issuers);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context;
  }

  private int liveness(SSLContext tls) {
    URI asked = URI.create("https://127.0.0.1:" + ports.get(0) + "/health/liveness");
    try (HttpClient http = HttpClient.newBuilder().sslContext(tls).build()) {
      return http.send(
              HttpRequest.newBuilder(asked).timeout(PATIENCE).build(),
              HttpResponse.BodyHandlers.discarding())
          .statusCode();
    } catch (IOException e) {
      return 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("stopped while waiting", e);
    }
  }

  @Test
  void answersNoPageOfAnotherOriginOnTheChain() throws Exception {
    try (AnvilProcess anvil =
        AnvilProcess.start(
            Drills.anvil(), ports.get(2), Drills.folder("run-origin").resolve("anvil.log"))) {
      assertThat(origins(anvil.endpoint())).isEmpty();
    }
  }

  /** Who may read what a chain answers to a page of another origin, and to its question before. */
  private static List<String> origins(URI chain) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(chain)
            .header("Origin", "http://evil.example")
            .header("Content-Type", "application/json");
    List<String> origins = new ArrayList<>();
    try (HttpClient http = HttpClient.newHttpClient()) {
      for (HttpRequest one :
          List.of(
              request
                  .POST(
                      HttpRequest.BodyPublishers.ofString(
                          "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_chainId\",\"params\":[]}"))
                  .build(),
              request
                  .header("Access-Control-Request-Method", "POST")
                  .header("Access-Control-Request-Headers", "content-type")
                  .method("OPTIONS", HttpRequest.BodyPublishers.noBody())
                  .build())) {
        var headers = http.send(one, HttpResponse.BodyHandlers.discarding()).headers();
        origins.addAll(headers.allValues("access-control-allow-origin"));
        origins.addAll(headers.allValues("access-control-allow-headers"));
      }
    }
    return origins;
  }

  @Test
  void goesOnWhenTheChainIsKilled() throws Exception {
    Drills.anvil(); // or skipped
    Path folder = Drills.folder("run-chain");
    long began = System.nanoTime();
    Run run = run(folder, "--chain-port", ports.get(2).toString()).awaitSaying("mnemogrid is up");
    assertThat(origins(URI.create("http://127.0.0.1:" + ports.get(2)))).isEmpty();
    System.out.printf("up with a chain after %.1f s%n", (System.nanoTime() - began) / 1e9);
    commit("first");
    awaitFinal(1);
    run.process("chain").destroyForcibly();
    run.awaitSaying("the chain ended, starting it again");
    commit("second");
    awaitFinal(2);

    ProcessHandle chain = run.process("chain");
    ProcessHandle member = run.process("member");
    run.launcher().destroyForcibly();
    run.exit();
    assertThat(chain.isAlive() && member.isAlive()).isTrue();
    Run second =
        run(folder, "--chain-port", ports.get(2).toString()).awaitSaying("mnemogrid is up");
    assertThat(chain.isAlive() || member.isAlive()).isFalse();
    finds("first", "second");
    commit("third");
    awaitFinal(3);
    second.launcher().destroy();
    assertThat(second.exit()).as(second.said()).isZero();
  }

  /** Asks for checkpoints until this version is final. */
  private void awaitFinal(long version) {
    await()
        .pollInterval(Duration.ofMillis(300))
        .atMost(PATIENCE)
        .until(() -> {
          api().requestCheckpoint();
          return Answered.parse(api().get("/v1/spaces/alpha").want(200).body())
                  .whole("finalized_version")
              >= version;
        });
  }

  @Test
  void saysInOneLineWhichPortIsTaken() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String port = String.valueOf(taken.getLocalPort());
      Run run = run(Drills.folder("run-taken"), "--no-chain", "--port", port);
      assertThat(run.exit()).isEqualTo(ExitCode.NOT_STARTED.code());
      assertThat(run.said().lines())
          .singleElement()
          .asString()
          .contains("port " + port + " is taken", "--port N");
    }
  }

  @Test
  void refusesOnePortForTwoAndEmptyValues() {
    Path folder = Drills.folder("run-refused");
    String port = ports.get(0).toString();
    Run same = run(folder, "--no-chain", "--grid-port", port);
    assertThat(same.exit()).isEqualTo(ExitCode.USAGE.code());
    assertThat(same.said().lines())
        .singleElement()
        .asString()
        .contains("cannot both have port " + port, "--grid-port N");
    for (String option : List.of("--data", "--port", "--grid-port", "--chain-port")) {
      Run empty = run(folder, option, "");
      assertThat(empty.exit()).isEqualTo(ExitCode.USAGE.code());
      assertThat(empty.said()).contains(option + " wants a value");
    }
    assertThat(folder.resolve("data")).doesNotExist();
  }

  /** What a package holds is enough, wherever it is unpacked. */
  @Test
  void runsFromAPackageWithoutMavenAndNpm() throws Exception {
    Path folder = Drills.folder("run-package");
    Path tar = folder.resolve("mnemogrid.tar.gz");
    String packed =
        LauncherIT.bash(
            folder,
            "MNEMOGRID_IN_BUILD=1 '" + Drills.ROOT.resolve("mnemogrid") + "' package " + tar);
    assertThat(tar).as(packed).exists();
    Path elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
    Path programs = withoutMavenAndNpm(Files.createDirectory(folder.resolve("bin")));
    String alone = "export PATH='" + programs + "'; cd '" + elsewhere + "'; ";
    assertThat(LauncherIT.bash(elsewhere, alone + "tar -xzf '" + tar + "'; command -v mvn npm"))
        .isEmpty();
    Path launcher;
    try (Stream<Path> tops = Files.list(elsewhere)) {
      launcher = tops.filter(Files::isDirectory).findFirst().orElseThrow().resolve("mnemogrid");
    }
    assertThat(LauncherIT.bash(elsewhere, alone + launcher + " help"))
        .contains("fsck")
        .contains("run");
    assertThat(LauncherIT.bash(elsewhere, alone + launcher + " run; echo $?"))
        .contains("a package has no dev chain: use --no-chain")
        .endsWith("3\n");
    Run run = run(folder, launcher, programs, "--no-chain").awaitSaying("mnemogrid is up");
    commit("first");
    run.launcher().destroy();
    assertThat(run.exit()).as(run.said()).isZero();
    Path store = folder.resolve("data");
    assertThat(
            LauncherIT.bash(
                elsewhere, alone + launcher + " fsck --no-chain --data '" + store + "'"))
        .contains("1 versions recomputed");
  }

  /** The programs of this system but those that a package does without. */
  private static Path withoutMavenAndNpm(Path bin) throws IOException {
    try (Stream<Path> programs = Files.list(Path.of("/usr/bin"))) {
      for (Path program : programs.toList()) {
        String name = program.getFileName().toString();
        if (!Set.of("mvn", "node", "npm", "npx").contains(name)) {
          Files.createSymbolicLink(bin.resolve(name), program);
        }
      }
    }
    return bin;
  }
}
