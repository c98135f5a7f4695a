package io.mnemogrid.api;

import io.micronaut.context.ApplicationContext;
import io.micronaut.context.ApplicationContextBuilder;
import io.micronaut.context.env.Environment;
import io.micronaut.context.env.PropertySource;
import io.micronaut.runtime.graceful.GracefulShutdownManager;
import io.micronaut.runtime.server.EmbeddedServer;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.api.settings.Bound;
import io.mnemogrid.api.tls.Tls;
import io.mnemogrid.setting.InvalidSetting;
import io.mnemogrid.setting.Settings;
import java.net.BindException;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The process: one member with its API. The member starts before the HTTP port opens and is closed
 * after that port has stopped accepting. What cannot start says why in one sentence and ends with
 * {@link #CANNOT_START}.
 */
public final class Server {
  /** Exit code of a member that could not start. */
  public static final int CANNOT_START = 3;

  private static final int GRACE_SECONDS = 5;
  private static final Pattern SETTING = Pattern.compile("property value \\[([a-z.-]+)]");
  private static final Logger LOG = LoggerFactory.getLogger(Server.class);

  private Server() {}

  /** Runs until a signal ends the process. */
  public static void main(String[] args) throws InterruptedException {
    EmbeddedServer server;
    try {
      server = start(Map.of(), args);
    } catch (RuntimeException e) {
      System.err.println(sentence(e));
      System.exit(CANNOT_START);
      return;
    }
    boolean isOpen =
        server
            .getApplicationContext()
            .getBean(Mnemogrid.class)
            .keys()
            .orElseThrow()
            .known()
            .isEmpty();
    LOG.info(
        "{} answers; {}",
        server.getURL(),
        isOpen ? "there are no keys: whoever reaches it may write as anyone" : "it asks for keys");
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(server), "stop"));
    Thread.currentThread().join();
  }

  /** Starts the member, then its HTTP port. */
  static EmbeddedServer start(Map<String, Object> properties, String... args) {
    ApplicationContext context = settle(ApplicationContext.builder(args), properties).build();
    try {
      findTls(context);
      context.start();
      EmbeddedServer server = context.getBean(EmbeddedServer.class).start();
      context.getBean(Bound.class).check();
      return server;
    } catch (RuntimeException e) {
      context.close();
      throw e;
    }
  }

  /** Tells a builder of contexts what a context of this server has, and further settings. */
  static ApplicationContextBuilder settle(
      ApplicationContextBuilder builder, Map<String, Object> properties) {
    return builder
        .mainClass(Server.class)
        .deduceEnvironment(false)
        .propertySources(defaults())
        .properties(properties);
  }

  /** Gives a context that has not started the settings that follow from others: those of TLS. */
  static void findTls(ApplicationContext context) {
    Environment environment = context.getEnvironment();
    environment.start();
    environment.addPropertySource(PropertySource.of("tls", Tls.properties(environment)));
  }

  /** What application.yml refers to, below every other source. */
  private static PropertySource defaults() {
    Object port = Objects.requireNonNull(Settings.HTTP_PORT.usual());
    return PropertySource.of(
        "defaults", Map.of(Settings.HTTP_PORT.name(), port), Integer.MIN_VALUE);
  }

  /** Lets requests under way end, closes the port, then the member. */
  static void stop(EmbeddedServer server) {
    try {
      server
          .getApplicationContext()
          .getBean(GracefulShutdownManager.class)
          .shutdownGracefully()
          .toCompletableFuture()
          .get(GRACE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      System.err.println("some requests did not end in " + GRACE_SECONDS + " s");
    }
    server.stop();
  }

  /** The sentence for the operator: the innermost message that was written for people. */
  static String sentence(Throwable failure) {
    Throwable last = failure;
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      last = cause;
      boolean isForPeople =
          cause instanceof IllegalStateException || cause instanceof InvalidSetting;
      if (isForPeople && cause.getMessage() != null) {
        return oneLine(cause.getMessage());
      }
      if (cause instanceof BindException) {
        return "the HTTP port is taken: set MNEMOGRID_HTTP_PORT to a free one";
      }
    }
    Matcher setting = SETTING.matcher(String.valueOf(last.getMessage()));
    if (setting.find()) {
      return "the value of the setting " + setting.group(1) + " cannot be read";
    }
    return oneLine("the member could not start: " + last);
  }

  private static String oneLine(String text) {
    return text.strip().replaceAll("\\s+", " ");
  }
}
