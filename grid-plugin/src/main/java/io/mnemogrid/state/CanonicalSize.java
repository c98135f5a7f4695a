package io.mnemogrid.state;

/** How many bytes the canonical text of a value has in UTF-8, without writing it. */
final class CanonicalSize {
  private CanonicalSize() {}

  static long of(Json value) {
    return switch (value) {
      case Json.Null _ -> 4;
      case Json.Bool bool -> bool.value() ? 4 : 5;
      case Json.Num number -> number.canonical().length();
      case Json.Str string -> of(string.value());
      case Json.Arr array -> {
        long bytes = 2 + Math.max(0, array.items().size() - 1);
        for (Json item : array.items()) {
          bytes += of(item);
        }
        yield bytes;
      }
      case Json.Obj object -> {
        long[] bytes = {2 + Math.max(0, object.members().size() - 1)};
        object.members().forEach((name, member) -> bytes[0] += of(name) + 1 + of(member));
        yield bytes[0];
      }
    };
  }

  static long of(String text) {
    long bytes = 2 + text.length();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < ' ') {
        bytes += c == '\b' || c == '\t' || c == '\n' || c == '\f' || c == '\r' ? 1 : 5;
      } else if (c == '"' || c == '\\') {
        bytes++;
      } else if (c >= 0x80) {
        // a surrogate pair has 4 bytes in UTF-8, so each half counts 2
        bytes += c < 0x800 || Character.isSurrogate(c) ? 1 : 2;
      }
    }
    return bytes;
  }
}
