package io.mnemogrid.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mnemogrid.api.Authority.Issued;
import io.mnemogrid.api.tls.Pem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Certificates and keys as openssl writes them, in all forms that are in use. */
class PemTest {
  @TempDir private static Path folder = Path.of("");
  private final Authority authority = Authority.in(folder);

  private static byte[] bytes(Path file) throws IOException {
    return Files.readAllBytes(file);
  }

  private Issued issue(String newKey) {
    return authority.issue("DNS:a.example", "-newkey " + newKey, "-days 2");
  }

  private static void isRead(byte[] certificate, byte[] key) throws Exception {
    KeyStore store = Pem.pair(certificate, key);
    assertThat(store.getKey(Pem.PAIR, null)).isNotNull();
    assertThat(((X509Certificate) store.getCertificate(Pem.PAIR)).getSubjectAlternativeNames())
        .hasToString("[[2, a.example]]");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "rsa:2048",
        "rsa:4096",
        "ec -pkeyopt ec_paramgen_curve:P-256",
        "ec -pkeyopt ec_paramgen_curve:P-384",
        "ec -pkeyopt ec_paramgen_curve:P-521",
        "ed25519"
      })
  void readsKeysInPkcs8(String newKey) throws Exception {
    Issued issued = issue(newKey);
    assertThat(Files.readString(issued.key())).startsWith("-----BEGIN PRIVATE KEY-----");
    isRead(bytes(issued.certificate()), bytes(issued.key()));
  }

  @ParameterizedTest
  @CsvSource({
    "rsa:2048, rsa -traditional",
    "rsa:4096, rsa -traditional",
    "ec -pkeyopt ec_paramgen_curve:P-256, ec",
    "ec -pkeyopt ec_paramgen_curve:P-521, ec",
    "ec -pkeyopt ec_paramgen_curve:P-384, ec -no_public"
  })
  void readsKeysInTheOlderForms(String newKey, String command) throws Exception {
    Issued issued = issue(newKey);
    Path older = folder.resolve("older.key");
    Authority.openssl(command + " -in " + issued.key() + " -out " + older);
    assertThat(Files.readString(older)).doesNotContain("BEGIN PRIVATE KEY");
    isRead(bytes(issued.certificate()), bytes(older));
  }

  @Test
  void readsAChainWithWordsBetween() throws Exception {
    Issued issued = issue("rsa:2048");
    String chain =
        "Bag Attributes - of somebody\n"
            + Files.readString(issued.certificate())
            + "\nits issuer\r\n"
            + Files.readString(authority.certificate());
    KeyStore store = Pem.pair(chain.getBytes(StandardCharsets.UTF_8), bytes(issued.key()));
    assertThat(store.getCertificateChain(Pem.PAIR)).hasSize(2);
  }

  private void refuses(byte[] certificate, byte[] key, String sentence) {
    assertThatThrownBy(() -> Pem.pair(certificate, key))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(sentence);
  }

  @Test
  void refusesWhatIsNoPair() throws Exception {
    Issued one = issue("rsa:2048");
    Issued other = issue("rsa:2048");
    Issued ec = issue("ec -pkeyopt ec_paramgen_curve:P-256");
    Issued edwards = issue("ed25519");
    byte[] certificate = bytes(one.certificate());
    for (Issued foreign : new Issued[] {other, ec, edwards}) {
      refuses(certificate, bytes(foreign.key()), "the key is not that of the certificate");
      refuses(bytes(foreign.certificate()), bytes(one.key()), "the key is not that of");
    }
    byte[] wrongOrder =
        (Files.readString(one.certificate()) + Files.readString(other.certificate()))
            .getBytes(StandardCharsets.US_ASCII);
    refuses(wrongOrder, bytes(one.key()), "not its issuers");
  }

  /** Whatever part of a file has been written: it is read whole or refused, never half. */
  @Test
  void refusesHalfAFile() throws Exception {
    Issued issued = issue("ec -pkeyopt ec_paramgen_curve:P-256");
    byte[] key = bytes(issued.key());
    byte[] chain =
        (Files.readString(issued.certificate()) + Files.readString(authority.certificate()))
            .getBytes(StandardCharsets.US_ASCII);
    int first = bytes(issued.certificate()).length;
    for (int cut = 0; cut < chain.length - 1; cut++) {
      if (cut < first - 1 || cut > first) { // the whole first certificate is a chain of one
        byte[] part = Arrays.copyOf(chain, cut);
        assertThatThrownBy(() -> Pem.pair(part, key)).isInstanceOf(IllegalArgumentException.class);
      }
    }
    for (int cut = 0; cut < key.length - 1; cut++) {
      byte[] part = Arrays.copyOf(key, cut);
      assertThatThrownBy(() -> Pem.pair(chain, part)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void refusesWhatIsEncrypted() throws Exception {
    Issued issued = issue("rsa:2048");
    Path encrypted = folder.resolve("encrypted.key");
    for (String command : new String[] {"pkcs8 -topk8", "rsa -traditional -aes128"}) {
      Authority.openssl(
          command + " -passout pass:secret -in " + issued.key() + " -out " + encrypted);
      refuses(bytes(issued.certificate()), bytes(encrypted), "encrypted");
    }
  }

  @Test
  void refusesFilesInEachOthersPlace() throws Exception {
    Issued issued = issue("rsa:2048");
    refuses(bytes(issued.key()), bytes(issued.key()), "no certificate");
    refuses(bytes(issued.certificate()), bytes(issued.certificate()), "0 keys");
    assertThatThrownBy(() -> Pem.issuers(bytes(issued.key())))
        .hasMessage("there is no certificate");
    assertThat(Pem.issuers(bytes(authority.certificate())).size()).isEqualTo(1);
  }
}
