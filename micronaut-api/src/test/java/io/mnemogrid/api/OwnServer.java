package io.mnemogrid.api;

import io.micronaut.context.ApplicationContext;
import io.micronaut.context.DefaultApplicationContextBuilder;
import java.util.Map;

/**
 * Makes the context of a test class that has a server to itself, with {@code @MicronautTest}: the
 * context of {@link Server} in a new folder. The server starts before the first test of the class
 * and ends behind the last.
 */
public final class OwnServer extends DefaultApplicationContextBuilder {
  /** A builder of one context. */
  public OwnServer() {
    Server.settle(this, RunningServer.settings(Map.of()));
  }

  @Override
  public ApplicationContext build() {
    ApplicationContext context = super.build();
    Server.findTls(context);
    return context;
  }
}
