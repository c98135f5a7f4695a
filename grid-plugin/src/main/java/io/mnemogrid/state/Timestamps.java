package io.mnemogrid.state;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Times as records spell them: RFC 3339, UTC, exactly three digits of a second. */
public final class Timestamps {
  private static final DateTimeFormatter FORM =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private Timestamps() {}

  /** Reads an RFC 3339 time with any offset, years 0 to 9999, and cuts it to milliseconds. */
  public static Instant parse(String text) {
    byte[] ascii = text.getBytes(StandardCharsets.ISO_8859_1); // any other character is a '?'
    Instant plain = parsePlain(ascii, 0, ascii.length);
    if (plain != null) {
      return plain;
    }
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

  /**
   * Reads the one form that {@link #format} writes from {@code text[from, to)}, null for any other:
   * records are full of it.
   */
  static @Nullable Instant parsePlain(byte[] text, int from, int to) {
    if (to - from != 24 || text[from + 23] != 'Z' || text[from + 19] != '.') {
      return null;
    }
    int year = digits(text, from, 4);
    int month = digits(text, from + 5, 2);
    int day = digits(text, from + 8, 2);
    int hour = digits(text, from + 11, 2);
    int minute = digits(text, from + 14, 2);
    int second = digits(text, from + 17, 2);
    int millis = digits(text, from + 20, 3);
    boolean plain =
        text[from + 4] == '-'
            && text[from + 7] == '-'
            && text[from + 10] == 'T'
            && text[from + 13] == ':'
            && text[from + 16] == ':'
            && year >= 0
            && month >= 1
            && month <= 12
            && day >= 1
            && day <= 28 // the last days of a month are left to the calendar
            && hour >= 0
            && hour <= 23
            && minute >= 0
            && minute <= 59
            && second >= 0
            && second <= 59
            && millis >= 0;
    if (!plain) {
      return null;
    }
    long seconds =
        LocalDate.of(year, month, day).toEpochDay() * 86_400 + hour * 3600L + minute * 60L + second;
    return Instant.ofEpochSecond(seconds, millis * 1_000_000L);
  }

  /** The number that {@code count} characters at {@code from} spell, -1 when it is none. */
  private static int digits(byte[] text, int from, int count) {
    int number = 0;
    for (int i = from; i < from + count; i++) {
      int digit = text[i] - '0';
      if (digit < 0 || digit > 9) {
        return -1;
      }
      number = number * 10 + digit;
    }
    return number;
  }

  /** Spells {@code time}, cut to milliseconds. */
  public static String format(Instant time) {
    long seconds = time.getEpochSecond();
    LocalDate date = LocalDate.ofEpochDay(Math.floorDiv(seconds, 86_400L));
    if (date.getYear() < 0 || date.getYear() > 9999) {
      return FORM.format(time);
    }
    int ofDay = (int) Math.floorMod(seconds, 86_400L);
    byte[] text = "0000-00-00T00:00:00.000Z".getBytes(StandardCharsets.ISO_8859_1);
    write(date.getYear(), text, 3);
    write(date.getMonthValue(), text, 6);
    write(date.getDayOfMonth(), text, 9);
    write(ofDay / 3600, text, 12);
    write(ofDay / 60 % 60, text, 15);
    write(ofDay % 60, text, 18);
    write(time.getNano() / 1_000_000, text, 22);
    return new String(text, StandardCharsets.ISO_8859_1);
  }

  /** Writes a number so that its last digit stands at {@code last}. */
  private static void write(int number, byte[] text, int last) {
    int at = last;
    for (int rest = number; rest > 0; rest /= 10) {
      text[at--] = (byte) ('0' + rest % 10);
    }
  }
}
