package io.mnemogrid.gatling;

import io.mnemogrid.command.CommandFailure;
import io.mnemogrid.command.ExitCode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** Whom a run believes at https: the issuers in a file of PEM. */
final class Trust {
  /** Guards nothing: what it is for is public. */
  private static final String PASSWORD = "issuers";

  private Trust() {}

  /** A client that believes them alone. */
  static HttpClient client(Path issuers) {
    try {
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(store(issuers));
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(10)) // the first handshake takes long
          .sslContext(context)
          .build();
    } catch (GeneralSecurityException e) {
      throw unreadable(issuers, e);
    }
  }

  /** Writes them as Gatling reads them, and returns the flags of its JVM that say so. */
  static List<String> flags(Path issuers, Path file) throws IOException {
    try (OutputStream out = Files.newOutputStream(file)) {
      store(issuers).store(out, PASSWORD.toCharArray());
    } catch (GeneralSecurityException e) {
      throw unreadable(issuers, e);
    }
    return List.of(
        "-Dgatling.ssl.trustStore.type=PKCS12",
        "-Dgatling.ssl.trustStore.file=" + file,
        "-Dgatling.ssl.trustStore.password=" + PASSWORD);
  }

  private static KeyStore store(Path issuers) {
    try (InputStream in = Files.newInputStream(issuers)) {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      for (Certificate each : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        store.setCertificateEntry("issuer-" + store.size(), each);
      }
      if (store.size() == 0) {
        throw new CertificateException("there is none");
      }
      return store;
    } catch (IOException | GeneralSecurityException e) {
      throw unreadable(issuers, e);
    }
  }

  private static CommandFailure unreadable(Path issuers, Exception cause) {
    return new CommandFailure(
        ExitCode.USAGE, "MNEMOGRID_CA: " + issuers + " is no file of certificates as PEM", cause);
  }
}
