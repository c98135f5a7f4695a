package io.mnemogrid.api.run;

import java.io.IOException;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Asks the processes that were started how they are, by means that start no thread. Of a member on
 * loopback any certificate will do: it is that of the names under which others call it. Nothing is
 * sent there that is secret, and nothing but a status is believed, as without TLS.
 */
final class Http {
  private static final int TIMEOUT_MILLIS = 2000;
  private static final String LOOPBACK = "127.0.0.1";

  private Http() {}

  /** The status of a GET, 0 when nobody answers in time. */
  static int status(String url) {
    try {
      HttpURLConnection connection = open(url);
      return finished(connection);
    } catch (IOException e) {
      return 0;
    }
  }

  /** The status of a POST of JSON, 0 when nobody answers in time. */
  static int post(String url, String json) {
    try {
      HttpURLConnection connection = open(url);
      connection.setDoOutput(true);
      connection.setRequestProperty("Content-Type", "application/json");
      try (OutputStream body = connection.getOutputStream()) {
        body.write(json.getBytes(StandardCharsets.UTF_8));
      }
      return finished(connection);
    } catch (IOException e) {
      return 0;
    }
  }

  private static HttpURLConnection open(String url) throws IOException {
    HttpURLConnection connection = (HttpURLConnection) URI.create(url).toURL().openConnection();
    connection.setConnectTimeout(TIMEOUT_MILLIS);
    connection.setReadTimeout(TIMEOUT_MILLIS);
    if (connection instanceof HttpsURLConnection tls
        && connection.getURL().getHost().equals(LOOPBACK)) {
      tls.setSSLSocketFactory(anyCertificate());
      tls.setHostnameVerifier((_, _) -> true);
    }
    return connection;
  }

  private static SSLSocketFactory anyCertificate() {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {new AnyCertificate()}, null);
      return context.getSocketFactory();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JVM has TLS", e);
    }
  }

  /** Looks at no certificate. */
  private static final class AnyCertificate extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }

  private static int finished(HttpURLConnection connection) throws IOException {
    try {
      return connection.getResponseCode();
    } finally {
      connection.disconnect();
    }
  }
}
