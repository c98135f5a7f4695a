package io.mnemogrid.state;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Locale;

/** Times as records spell them: RFC 3339, UTC, exactly three digits of a second. */
public final class Timestamps {
  private static final DateTimeFormatter FORM =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private Timestamps() {}

  /** Reads an RFC 3339 time with any offset, years 0 to 9999, and cuts it to milliseconds. */
  public static Instant parse(String text) {
    OffsetDateTime time;
    try {
      time = OffsetDateTime.parse(text).withOffsetSameInstant(ZoneOffset.UTC);
    } catch (DateTimeException e) {
      throw new IllegalArgumentException(
          "a time is RFC 3339, such as 2026-02-05T19:00:50.000Z, got " + text, e);
    }
    if (time.getYear() < 0 || time.getYear() > 9999) {
      throw new IllegalArgumentException("a year is 0000 to 9999, got " + time.getYear());
    }
    return time.toInstant().truncatedTo(ChronoUnit.MILLIS);
  }

  /** Spells {@code time}, cut to milliseconds. */
  public static String format(Instant time) {
    return FORM.format(time);
  }
}
