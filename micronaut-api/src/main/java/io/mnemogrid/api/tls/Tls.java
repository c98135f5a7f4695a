package io.mnemogrid.api.tls;

import io.micronaut.context.annotation.Factory;
import io.micronaut.context.env.Environment;
import io.micronaut.http.ssl.CertificateProvider;
import io.mnemogrid.setting.Setting;
import io.mnemogrid.setting.Settings;
import io.mnemogrid.setting.Values;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.KeyStoreException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * TLS of the HTTP port: its certificate, its key and the issuers of clients' certificates, from
 * files that are looked at every two seconds, so that a renewed certificate is in force within ten.
 * Connections that are open keep the certificate that they began with. Micronaut makes the contexts
 * of Netty from it, and swaps them.
 */
@Singleton
public final class Tls {
  private static final Logger LOG = LoggerFactory.getLogger(Tls.class);
  private static final Duration EVERY = Duration.ofSeconds(2);

  /** From so long before its end on, a certificate is warned of. */
  static final Duration SOON = Duration.ofDays(14);

  /** A warning is said again after so long. */
  private static final Duration AGAIN = Duration.ofHours(12);

  private static final String SERVER = "mnemogrid-server";

  /** With TLS 1.2 a client could else begin handshakes without end on one connection. */
  private static final String NO_RENEGOTIATION = "jdk.tls.rejectClientInitiatedRenegotiation";

  private static final String CLIENTS = "mnemogrid-clients";

  private final @Nullable WatchedFiles server;
  private final @Nullable WatchedFiles clients;
  private final @Nullable ScheduledExecutorService looking;
  private @Nullable Instant warnedOf; // the end that was; only who looks uses it
  private Instant warnedAt = Instant.MIN; // the same

  /**
   * Reads the files that are set.
   *
   * @throws IllegalStateException in one sentence, when they cannot be used, or one is missing
   */
  Tls(Values settings) {
    Optional<Path> certificate = settings.find(Settings.HTTP_TLS_CERTIFICATE);
    Optional<Path> key = settings.find(Settings.HTTP_TLS_KEY);
    Optional<Path> issuers = settings.find(Settings.HTTP_TLS_CLIENT_CA);
    if (certificate.isPresent() != key.isPresent()
        || issuers.isPresent() && certificate.isEmpty()) {
      throw new IllegalStateException(
          "TLS has a certificate and its key: set %s and %s, both or neither; %s needs them"
              .formatted(
                  Settings.HTTP_TLS_CERTIFICATE.variable(),
                  Settings.HTTP_TLS_KEY.variable(),
                  Settings.HTTP_TLS_CLIENT_CA.variable()));
    }
    this.server = certificate.map(file -> server(file, key.orElseThrow())).orElse(null);
    this.clients = issuers.map(Tls::clients).orElse(null);
    warn(Instant.now());
    this.looking = server == null ? null : look();
  }

  private static WatchedFiles server(Path certificate, Path key) {
    return new WatchedFiles(
        "the TLS certificate %s with its key %s".formatted(certificate, key),
        List.of(certificate, key),
        key,
        contents -> Pem.pair(contents.get(0), contents.get(1)));
  }

  /** Warns of a certificate that ends soon, twice a day and whenever it is another one. */
  private void warn(Instant now) {
    Optional<Ending> ending = ending();
    if (ending.isEmpty()) {
      return;
    }
    Instant until = ending.get().until;
    if (!until.equals(warnedOf) || Duration.between(warnedAt, now).compareTo(AGAIN) >= 0) {
      warnedOf = until;
      warnedAt = now;
      LOG.warn("{}", ending.get().detail());
    }
  }

  private static WatchedFiles clients(Path issuers) {
    return new WatchedFiles(
        "the file %s of the issuers of clients' certificates".formatted(issuers),
        List.of(issuers),
        null,
        contents -> Pem.issuers(contents.getFirst()));
  }

  private ScheduledExecutorService look() {
    ScheduledExecutorService thread =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("mnemogrid-tls").factory());
    thread.scheduleWithFixedDelay(
        this::lookQuietly, EVERY.toMillis(), EVERY.toMillis(), TimeUnit.MILLISECONDS);
    return thread;
  }

  private void lookQuietly() {
    try {
      look(server);
      look(clients);
      warn(Instant.now());
    } catch (RuntimeException e) { // a later look may succeed
      LOG.warn("the files of TLS could not be looked at", e);
    }
  }

  private static void look(@Nullable WatchedFiles files) {
    if (files != null) {
      files.look();
    }
  }

  @PreDestroy
  void close() {
    if (looking != null) {
      looking.shutdownNow();
    }
  }

  /** Whether the HTTP port speaks TLS. */
  public boolean isOn() {
    return server != null;
  }

  /**
   * When the server's certificate ends, and whether that is so soon that somebody should renew it.
   *
   * @param until its end
   * @param hasEnded whether no client trusts it any more
   */
  public record Ending(Instant until, boolean hasEnded) {
    /** One line for people. */
    public String detail() {
      return hasEnded
          ? "the TLS certificate has ended, at " + until + ": no client trusts it"
          : "the TLS certificate ends at " + until + ": renew it, new files are taken as they are";
    }
  }

  /** The end of the certificate when it is less than 14 days away; else, and without TLS, empty. */
  public Optional<Ending> ending() {
    if (server == null) {
      return Optional.empty();
    }
    Instant now = Instant.now();
    Instant until = until(server.current());
    return until.isAfter(now.plus(SOON))
        ? Optional.empty()
        : Optional.of(new Ending(until, !until.isAfter(now)));
  }

  /**
   * How long the certificate is valid yet, in seconds; negative when it has ended, NaN without TLS.
   */
  public double secondsLeft() {
    return server == null
        ? Double.NaN
        : Duration.between(Instant.now(), until(server.current())).toMillis() / 1e3;
  }

  private static Instant until(KeyStore pair) {
    try {
      return pair.getCertificate(Pem.PAIR) instanceof X509Certificate own
          ? own.getNotAfter().toInstant()
          : Instant.MAX;
    } catch (KeyStoreException e) {
      throw new IllegalStateException("it was loaded", e);
    }
  }

  /**
   * What Micronaut's server is told. Its beans for TLS are there or not by these properties, so
   * they are asked for before the context starts.
   */
  public static Map<String, Object> properties(Environment environment) {
    System.setProperty(NO_RENEGOTIATION, "true"); // before the first handshake
    if (!isSet(environment, Settings.HTTP_TLS_CERTIFICATE)
        || !isSet(environment, Settings.HTTP_TLS_KEY)) {
      return Map.of();
    }
    String ssl = "micronaut.server.ssl.";
    Map<String, Object> properties = new HashMap<>();
    properties.put("micronaut.server.dual-protocol", false);
    properties.put(ssl + "enabled", true);
    properties.put(ssl + "build-self-signed", false);
    int port = environment.getRequiredProperty("micronaut.server.port", Integer.class);
    properties.put(ssl + "port", Math.max(0, port)); // -1, a free one, is 0 to TLS
    properties.put(ssl + "key-name", SERVER);
    properties.put(
        ssl + "protocols",
        Arrays.stream(text(environment, Settings.HTTP_TLS_VERSIONS).orElse("1.3").split(","))
            .map(version -> "TLSv" + version.strip())
            .toList());
    if (isSet(environment, Settings.HTTP_TLS_CLIENT_CA)) {
      properties.put(ssl + "trust-name", CLIENTS);
      properties.put(ssl + "client-authentication", "want");
    }
    return properties;
  }

  private static boolean isSet(Environment environment, Setting<?> setting) {
    return text(environment, setting).isPresent();
  }

  private static Optional<String> text(Environment environment, Setting<?> setting) {
    return environment.getProperty(setting.name(), String.class).filter(text -> !text.isBlank());
  }

  /** The key stores as Micronaut looks them up, by their names. */
  @Factory
  static final class Providers {
    @Singleton
    @Named(SERVER)
    CertificateProvider server(Tls tls) {
      return new Provider(SERVER, Objects.requireNonNull(tls.server).keyStore());
    }

    @Singleton
    @Named(CLIENTS)
    CertificateProvider clients(Tls tls) {
      return new Provider(CLIENTS, Objects.requireNonNull(tls.clients).keyStore());
    }
  }

  private record Provider(String name, Publisher<KeyStore> keyStore)
      implements CertificateProvider {
    @Override
    public String getName() {
      return name;
    }

    @Override
    public Publisher<KeyStore> getKeyStore() {
      return keyStore;
    }
  }
}
