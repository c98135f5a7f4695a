package io.mnemogrid.api.keys;

import io.micronaut.http.HttpRequest;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/**
 * What the certificate of a client says. It was checked when the connection was made: one of the
 * configured issuers signed it, and it is meant for clients. It names a key of the API by a URI
 * among its subject's alternative names, {@code mnemogrid:key:ID}. Such a URI is put there on
 * purpose; names of hosts and addresses of mail stand in certificates for other reasons.
 */
public final class ClientCertificate {
  private static final String KEY = "mnemogrid:key:";
  private static final Integer URI = 6; // GeneralName of RFC 5280

  private ClientCertificate() {}

  /** The ids of all keys that it names; empty without a certificate, or when it is out of date. */
  static List<String> keyIds(HttpRequest<?> request) {
    SSLSession session = request.getSslSession().orElse(null);
    if (session == null) {
      return List.of();
    }
    try {
      return session.getPeerCertificates()[0] instanceof X509Certificate own
          ? keyIds(own)
          : List.of();
    } catch (SSLPeerUnverifiedException e) { // the client has none
      return List.of();
    }
  }

  private static List<String> keyIds(X509Certificate own) {
    try {
      own.checkValidity(); // a connection may outlive it
      Collection<List<?>> names =
          Objects.requireNonNullElse(own.getSubjectAlternativeNames(), List.of());
      return names.stream()
          .filter(name -> URI.equals(name.get(0)))
          .map(name -> String.valueOf(name.get(1)))
          .filter(uri -> uri.startsWith(KEY))
          .map(uri -> uri.substring(KEY.length()))
          .toList();
    } catch (CertificateExpiredException
        | CertificateNotYetValidException
        | CertificateParsingException e) {
      return List.of();
    }
  }
}
