package io.mnemogrid.command;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/**
 * Plays what short commands do, while the JVM notes which classes they load: the next ones find
 * these ready in a file (JEP 514). What they answer is of no interest. The member that {@code
 * prove} asks is a socket here, which hands out the bundle that {@code verify} is then given.
 */
public final class Training {
  /** The checkpoint of the sample, as {@code verify} would trust it. */
  public static final String CHECKPOINT =
      "0x23a3e68273d60fb0add9a40b6f153945e8706bb25f89b357f4bd6c95657b65e8";

  private static final String NOBODY = "http://127.0.0.1:1";

  private Training() {}

  /** A small bundle that holds. */
  public static byte[] sample() throws IOException {
    try (InputStream in = Training.class.getResourceAsStream("sample-bundle.json")) {
      return Objects.requireNonNull(in, "the sample is beside this class").readAllBytes();
    }
  }

  /** Plays all of it. */
  public static void main(String[] args) throws IOException {
    Path bundle = Files.createTempFile("mnemogrid-training", ".json");
    try (ServerSocket member = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      byte[] sample = sample();
      Thread.ofPlatform().daemon().start(() -> answer(member, sample));
      String url = "http://127.0.0.1:" + member.getLocalPort();
      play("help");
      play("help", "verify");
      play("helpp");
      play("get", "space", "/path", "--url", url);
      play("get", "space", "/path", "--url", url, "-o", "table");
      play("get", "space", "--url", url, "--agent");
      play("get", "space", "--url", NOBODY);
      play("prove", "space", "/path", "--url", url);
      play("prove", "space", "/path", "--url", NOBODY);
      play("prove", "space", "/path", "--url", url, "-o", bundle.toString());
      play("verify", bundle.toString(), "--checkpoint", CHECKPOINT);
      play("verify", bundle + ".not", "--checkpoint", CHECKPOINT);
      play("audit", "--url", NOBODY);
    } finally {
      Files.deleteIfExists(bundle);
    }
    System.exit(ExitCode.OK.code());
  }

  private static void play(String... words) {
    OutputStream nowhere = new StandardOutput(OutputStream.nullOutputStream());
    PrintStream none = new PrintStream(nowhere, true, StandardCharsets.UTF_8);
    int _ = Main.run(none, none, words);
  }

  /** Answers every request with the bundle, until the socket is closed. */
  private static void answer(ServerSocket member, byte[] bundle) {
    String head =
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
            + "Content-Length: %d\r\n\r\n".formatted(bundle.length);
    while (!member.isClosed()) {
      try (Socket socket = member.accept()) {
        int _ = socket.getInputStream().read(new byte[8192]);
        socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
        socket.getOutputStream().write(bundle);
      } catch (IOException e) {
        if (!member.isClosed()) {
          throw new UncheckedIOException(e);
        }
      }
    }
  }
}
