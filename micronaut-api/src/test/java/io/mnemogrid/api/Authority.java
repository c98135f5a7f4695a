package io.mnemogrid.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.api.tls.Pem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** Who issues certificates in tests, in a folder of its own, by the openssl of this machine. */
final class Authority {
  /** For the clients of a server that is called by its loopback names. */
  static final String LOOPBACK = "IP:127.0.0.1,DNS:localhost,DNS:grid.example";

  private static final AtomicInteger COUNT = new AtomicInteger();

  private final Path folder;
  private final Path key;
  private final Path certificate;

  private Authority(Path folder) {
    this.folder = folder;
    this.key = folder.resolve("ca.key");
    this.certificate = folder.resolve("ca.pem");
  }

  /** A certificate and its key. */
  record Issued(Path certificate, Path key) {}

  /** A new one. */
  static Authority in(Path parent) {
    try {
      Path folder = Files.createDirectory(parent.resolve("authority-" + COUNT.incrementAndGet()));
      Authority made = new Authority(folder);
      openssl(
          "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj",
          "/CN=" + folder.getFileName(),
          "-addext basicConstraints=critical,CA:TRUE -keyout "
              + made.key
              + " -out "
              + made.certificate);
      return made;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path certificate() {
    return certificate;
  }

  /**
   * Issues a certificate.
   *
   * @param names its subject's alternative names, as openssl spells them; empty for none
   * @param options of openssl, for the request and for the certificate
   */
  Issued issue(String names, String forRequest, String forCertificate) {
    String name = "issued-" + COUNT.incrementAndGet();
    Issued issued = new Issued(folder.resolve(name + ".pem"), folder.resolve(name + ".key"));
    Path request = folder.resolve(name + ".csr");
    openssl(
        "req -new -nodes " + forRequest + " -subj",
        "/CN=" + name,
        (names.isEmpty() ? "" : "-addext subjectAltName=" + names)
            + " -keyout "
            + issued.key
            + " -out "
            + request);
    openssl(
        "x509 -req -copy_extensions copy -CAcreateserial -in %s -CA %s -CAkey %s -out %s %s"
            .formatted(request, certificate, key, issued.certificate, forCertificate));
    return issued;
  }

  /** Issues one for two days, with a key of P-256. */
  Issued issue(String names) {
    return issue(names, "-newkey ec -pkeyopt ec_paramgen_curve:P-256", "-days 2");
  }

  /** Trusts this authority, and shows that certificate. */
  SSLContext client(@Nullable Issued own) {
    try {
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(Pem.issuers(Files.readAllBytes(certificate)));
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(own == null ? null : keys(own), trust.getTrustManagers(), null);
      return context;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static KeyManager[] keys(Issued own) throws IOException, GeneralSecurityException {
    KeyStore store = Pem.pair(Files.readAllBytes(own.certificate), Files.readAllBytes(own.key));
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, null);
    return keys.getKeyManagers();
  }

  /**
   * Runs openssl with these words: each argument is split at blanks, but those with a slash first.
   */
  static void openssl(String... words) {
    List<String> command = new ArrayList<>(List.of("openssl"));
    for (String part : words) {
      if (part.startsWith("/CN=")) {
        command.add(part);
      } else {
        command.addAll(List.of(part.strip().split(" +")));
      }
    }
    Said said = run(command, "");
    assertThat(said.exit).as(said.all).isZero();
  }

  /** What a program said on both outputs. */
  record Said(int exit, String all) {}

  /** Runs a program to its end. */
  static Said run(List<String> command, String input) {
    try {
      Path in = Files.createTempFile("openssl", ".in");
      Files.writeString(in, input);
      Process process =
          new ProcessBuilder(command).redirectErrorStream(true).redirectInput(in.toFile()).start();
      String all = new String(process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      Files.delete(in);
      return new Said(process.exitValue(), all);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
