package io.mnemogrid.api.run;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A TCP port of this machine. */
record Port(int number) {
  private static final int TIMEOUT_MILLIS = 1000;

  /** Reads one from a command line. */
  static final class Reader implements ITypeConverter<Port> {
    @Override
    public Port convert(String text) {
      if (!text.matches("[0-9]{1,5}") || number(text) < 1 || number(text) > 65535) {
        throw new TypeConversionException("wants a port from 1 to 65535, not '" + text + "'");
      }
      return new Port(number(text));
    }

    private static int number(String text) {
      return Integer.parseInt(text);
    }
  }

  /** Whether somebody listens there. */
  boolean isTaken() {
    try (Socket socket = new Socket()) {
      socket.connect(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), number), TIMEOUT_MILLIS);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  public String toString() {
    return Integer.toString(number);
  }
}
