package io.mnemogrid.api.http;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.MediaType;
import io.micronaut.http.MutableHttpHeaders;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the one of a route's types that the header Accept prefers (RFC 9110 §12.5.1). It knows
 * ranges and weights, and the weight of a narrow range counts before that of a wider one. The
 * framework's router knows neither, so the header is taken away before the router sees it.
 */
public final class Accepted {
  private static final String ACCEPT = "mnemogrid.accept";
  private static final String CHOSEN = "mnemogrid.type";

  /** One element of the header: its weight, 0 for not acceptable, and its place in the header. */
  private record Range(String type, double weight, int order) {
    /** 3 for the type itself, 2 for all of its kind, 1 for all; 0 when it does not fit. */
    int fit(String wanted) {
      if (type.equals(wanted)) {
        return 3;
      }
      if (type.equals("*/*")) {
        return 1;
      }
      return type.endsWith("/*") && wanted.startsWith(type.substring(0, type.length() - 1)) ? 2 : 0;
    }

    boolean fitsBetter(String wanted, @Nullable Range other) {
      int fit = fit(wanted);
      return fit > 0 && (other == null || fit > other.fit(wanted));
    }
  }

  private Accepted() {}

  /** Keeps the header for {@link #choose} and hides it from the router. */
  public static void take(HttpRequest<?> request, MutableHttpHeaders headers) {
    List<String> lines = headers.getAll("Accept");
    if (!lines.isEmpty()) {
      request.setAttribute(ACCEPT, String.join(",", lines));
      headers.remove("Accept");
    }
  }

  /** Chooses one of the types; false when the header takes none of them. */
  public static boolean choose(HttpRequest<?> request, List<MediaType> types) {
    String header = Attributes.find(request, ACCEPT, String.class);
    if (header == null || header.isBlank() || types.contains(MediaType.ALL_TYPE)) {
      return true;
    }
    List<Range> ranges = ranges(header);
    Range best = null;
    String chosen = "";
    for (MediaType type : types) {
      String name = type.getName().toLowerCase(Locale.ROOT);
      Range closest = null;
      for (Range range : ranges) {
        if (range.fitsBetter(name, closest)) {
          closest = range;
        }
      }
      if (closest != null
          && closest.weight > 0
          && (best == null || isPreferred(closest, name, best, chosen))) {
        best = closest;
        chosen = name;
      }
    }
    if (best != null) {
      request.setAttribute(CHOSEN, chosen);
    }
    return best != null;
  }

  /** Prefers by weight, then by what was named more closely, then by what was named first. */
  private static boolean isPreferred(Range one, String type, Range other, String otherType) {
    if (one.weight != other.weight) {
      return one.weight > other.weight;
    }
    int closer = one.fit(type) - other.fit(otherType);
    return closer > 0 || closer == 0 && one.order < other.order;
  }

  /** Whether {@link #choose} has chosen this type. */
  public static boolean isChosen(HttpRequest<?> request, String type) {
    return type.equals(Attributes.find(request, CHOSEN, String.class));
  }

  private static List<Range> ranges(String header) {
    List<Range> ranges = new ArrayList<>();
    for (String element : header.split(",", -1)) {
      String[] parts = element.split(";", -1);
      double weight = 1;
      for (int i = 1; i < parts.length; i++) {
        String parameter = parts[i].strip().toLowerCase(Locale.ROOT);
        if (parameter.startsWith("q=")) {
          weight = weight(parameter.substring(2));
        }
      }
      ranges.add(new Range(parts[0].strip().toLowerCase(Locale.ROOT), weight, ranges.size()));
    }
    return ranges;
  }

  /** A malformed weight counts as 0, so that the rest of the header still counts. */
  private static double weight(String text) {
    return text.matches("0(\\.[0-9]{0,3})?|1(\\.0{0,3})?") ? Double.parseDouble(text) : 0;
  }
}
