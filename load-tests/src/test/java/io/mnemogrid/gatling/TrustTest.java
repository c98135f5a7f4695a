package io.mnemogrid.gatling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mnemogrid.command.CommandFailure;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@NullMarked
class TrustTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  Path folder;

  /** A certificate as PEM, made by the JDK's own program. */
  private Path issuer() throws Exception {
    Path store = folder.resolve("made.p12");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of("-genkeypair", "-alias", "a", "-keyalg", "EC", "-dname", "CN=a"));
    command.addAll(List.of("-keystore", store.toString(), "-storepass", "password"));
    Process keytool =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("keytool.log").toFile())
            .start();
    assertThat(keytool.waitFor()).isZero();
    KeyStore made = KeyStore.getInstance(store.toFile(), "password".toCharArray());
    return Files.writeString(
        folder.resolve("issuer.pem"),
        "-----BEGIN CERTIFICATE-----\n"
            + Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII))
                .encodeToString(made.getCertificate("a").getEncoded())
            + "\n-----END CERTIFICATE-----\n");
  }

  @Test
  void gatlingIsGivenTheIssuersThatTheCommandBelieves() throws Exception {
    Path file = folder.resolve("issuers.p12");
    List<String> flags = Trust.flags(issuer(), file);
    assertThat(flags)
        .hasSize(3)
        .contains("-Dgatling.ssl.trustStore.file=" + file)
        .allMatch(flag -> flag.startsWith("-Dgatling.ssl.trustStore."));
    String type = flags.getFirst().substring(flags.getFirst().indexOf('=') + 1);
    KeyStore store = KeyStore.getInstance(type);
    try (InputStream in = Files.newInputStream(file)) {
      store.load(in, flags.getLast().substring(flags.getLast().indexOf('=') + 1).toCharArray());
    }
    assertThat(store.size()).isEqualTo(1);
    assertThat(Trust.client(folder.resolve("issuer.pem")).sslContext()).isNotNull();
  }

  @Test
  void saysWhichFileHoldsNoCertificates() throws Exception {
    Path file = Files.writeString(folder.resolve("none.pem"), "none\n");
    assertThatThrownBy(() -> Trust.client(file))
        .isInstanceOf(CommandFailure.class)
        .hasMessageContaining("MNEMOGRID_CA")
        .hasMessageContaining("none.pem");
  }
}
