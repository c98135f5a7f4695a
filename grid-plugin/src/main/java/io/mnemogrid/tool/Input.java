package io.mnemogrid.tool;

import io.mnemogrid.command.CommandFailure;
import io.mnemogrid.command.ExitCode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** What a command reads whole, with a bound: no member takes a larger body. */
final class Input {
  private static final int MOST_BYTES = 4 << 20;

  private Input() {}

  /** A text in UTF-8. */
  static String text(InputStream in) throws IOException {
    byte[] bytes = in.readNBytes(MOST_BYTES + 1);
    if (bytes.length > MOST_BYTES) {
      throw new CommandFailure(
          ExitCode.USAGE, "what is read has more than " + (MOST_BYTES >> 20) + " MiB");
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new CommandFailure(ExitCode.USAGE, "what is read is no UTF-8", e);
    }
  }
}
