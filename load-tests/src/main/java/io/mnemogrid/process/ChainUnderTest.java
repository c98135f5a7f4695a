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

  /** Takes it away for so long. */
  public void gone(Duration lasts, int variant) {
    if (variant % 2 == 0) {
      anvil.close();
      MemberProcess.pause(lasts.toMillis());
      anvil = AnvilProcess.start(binary, port, log);
    } else {
      Isolation.signal("STOP", anvil.pid());
      MemberProcess.pause(lasts.toMillis());
      Isolation.signal("CONT", anvil.pid());
    }
  }

  @Override
  public void close() {
    anvil.close();
  }
}
