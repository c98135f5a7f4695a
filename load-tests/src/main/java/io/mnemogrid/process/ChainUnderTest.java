package io.mnemogrid.process;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;

/** A dev chain that is killed, and comes back empty, or is stopped, and goes on. One thread. */
public final class ChainUnderTest implements AutoCloseable {
  private final Path binary;
  private final int port;
  private final Path log;
  private AnvilProcess anvil;

  public ChainUnderTest(Path binary, int port, Path log) {
    this.binary = binary;
    this.port = port;
    this.log = log;
    this.anvil = AnvilProcess.start(binary, port, log);
  }

  public URI endpoint() {
    return anvil.endpoint();
  }

  /** Takes it away and returns after this time; {@link #back} must follow, also a failure. */
  public void gone(Duration lasts, int variant) {
    if (variant % 2 == 0) {
      anvil.close();
    } else {
      Isolation.signal("STOP", anvil.pid());
    }
    MemberProcess.pause(lasts.toMillis());
  }

  /** Starts it where it was killed, lets it go on where it was stopped. */
  public void back() {
    if (anvil.isAlive()) {
      Isolation.signal("CONT", anvil.pid());
    } else {
      anvil = AnvilProcess.start(binary, port, log);
    }
  }

  @Override
  public void close() {
    anvil.close();
  }
}
