package io.mnemogrid.state;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Times as records spell them: RFC 3339, UTC, exactly three digits of a second. */
public final class Timestamps {
  private static final DateTimeFormatter FORM =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private static final Instant FIRST = Instant.parse("0000-01-01T00:00:00Z");
  private static final Instant LAST = Instant.parse("9999-12-31T23:59:59.999Z");
  private static final long DAY = 86_400;
  private static final int SECONDS_END = 19; // of 2026-02-05T19:00:50
  private static final int NO_OFFSET = Integer.MIN_VALUE;
  private static final int MOST_SHOWN = 100;

  private Timestamps() {}

  /**
   * Reads an RFC 3339 time with any offset, years 0 to 9999, and cuts it to milliseconds. A leap
   * second (23:59:60 in UTC) is cut to the last millisecond of its day: the next one belongs to
   * another day.
   */
  public static Instant parse(String text) {
    byte[] ascii = text.getBytes(StandardCharsets.ISO_8859_1); // any other character is a '?'
    Instant time = parsePlain(ascii, 0, ascii.length);
    if (time == null) {
      time = parseAny(ascii);
    }
    if (time == null) {
      throw new IllegalArgumentException(
          "a time is RFC 3339, such as 2026-02-05T19:00:50.000Z, got "
              + text.substring(0, Math.min(text.length(), MOST_SHOWN)));
    }
    if (time.isBefore(FIRST) || time.isAfter(LAST)) {
      throw new IllegalArgumentException("a year is 0000 to 9999 in UTC, got " + time);
    }
    return time;
  }

  /** Reads what RFC 3339 §5.6 calls a date-time, null for anything else. */
  private static @Nullable Instant parseAny(byte[] text) {
    if (text.length < SECONDS_END + 1
        || text[4] != '-'
        || text[7] != '-'
        || text[10] != 'T' && text[10] != 't'
        || text[13] != ':'
        || text[16] != ':') {
      return null;
    }
    int at = SECONDS_END;
    int millis = 0;
    if (text[at] == '.') {
      int from = ++at;
      for (; at < text.length && digits(text, at, 1) >= 0; at++) {
        millis = at - from < 3 ? millis * 10 + digits(text, at, 1) : millis;
      }
      if (at == from) {
        return null;
      }
      for (int count = at - from; count < 3; count++) {
        millis *= 10;
      }
    }
    int offset = offsetMinutes(text, at);
    int hour = digits(text, 11, 2);
    int minute = digits(text, 14, 2);
    int second = digits(text, 17, 2);
    if (offset == NO_OFFSET
        || hour < 0
        || hour > 23
        || minute < 0
        || minute > 59
        || second < 0
        || second > 60) {
      return null;
    }
    long day;
    try {
      day = LocalDate.of(digits(text, 0, 4), digits(text, 5, 2), digits(text, 8, 2)).toEpochDay();
    } catch (DateTimeException e) {
      return null;
    }
    long seconds = day * DAY + hour * 3600L + minute * 60L + Math.min(second, 59) - offset * 60L;
    if (second < 60) {
      return Instant.ofEpochSecond(seconds, millis * 1_000_000L);
    }
    return Math.floorMod(seconds, DAY) == DAY - 1
        ? Instant.ofEpochSecond(seconds, 999_000_000L)
        : null;
  }

  /** Minutes east of UTC of the offset that is the rest of the text. */
  private static int offsetMinutes(byte[] text, int at) {
    if (text.length == at + 1 && (text[at] == 'Z' || text[at] == 'z')) {
      return 0;
    }
    if (text.length != at + 6 || text[at] != '+' && text[at] != '-' || text[at + 3] != ':') {
      return NO_OFFSET;
    }
    int hours = digits(text, at + 1, 2);
    int minutes = digits(text, at + 4, 2);
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) {
      return NO_OFFSET;
    }
    return (text[at] == '-' ? -1 : 1) * (hours * 60 + minutes);
  }

  /**
   * Reads {@code text[from, to)} in the one form that {@link #format} writes, which records are
   * full of. Null for any other form, and for the days from 29 to 31, which the calendar has to
   * judge.
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
