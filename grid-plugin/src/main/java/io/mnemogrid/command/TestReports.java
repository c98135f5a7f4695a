package io.mnemogrid.command;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * What the reports of Maven's test plugins say at the end: where the minutes went, what was
 * skipped.
 */
final class TestReports {
  private static final List<String> MODULES = List.of(TestRun.MODULES.split(" ", -1));
  private static final Map<String, String> KINDS = Map.of("surefire", "unit", "failsafe", "IT");

  /** A test class, and its tests that were skipped with the reason. */
  private record Report(String name, double seconds, List<String> skipped) {}

  private TestReports() {}

  /** Prints the summary of the reports below a checkout that are younger than this moment. */
  static void print(Path root, Instant began, Map<String, Duration> parts, PrintStream out)
      throws IOException {
    out.println();
    out.println("minutes");
    parts.forEach((name, time) -> line(out, name, time.toMillis() / 1e3));
    List<String> skipped = new ArrayList<>();
    for (String module : MODULES) {
      for (String kind : List.of("surefire", "failsafe")) {
        List<Report> reports =
            reports(root.resolve(module + "/target/" + kind + "-reports"), began);
        reports.forEach(report -> skipped.addAll(report.skipped()));
        if (!reports.isEmpty()) {
          line(
              out,
              "  " + module + " " + KINDS.get(kind),
              reports.stream().mapToDouble(Report::seconds).sum());
        }
        if (module.equals("load-tests") && kind.equals("failsafe")) {
          reports.forEach(report -> line(out, "    " + report.name(), report.seconds()));
        }
      }
    }
    line(out, "all", Duration.between(began, Instant.now()).toMillis() / 1e3);
    out.println(skipped.isEmpty() ? "skipped: none" : "skipped:");
    skipped.forEach(out::println);
  }

  private static void line(PrintStream out, String name, double seconds) {
    out.printf("  %-42s %5.1f%n", name, seconds / 60);
  }

  private static List<Report> reports(Path folder, Instant began) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    List<Report> reports = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.sorted().toList()) {
        if (file.getFileName().toString().matches("TEST-.*\\.xml")
            && Files.getLastModifiedTime(file).toInstant().isAfter(began)) {
          reports.add(read(file));
        }
      }
    }
    return reports;
  }

  private static Report read(Path file) throws IOException {
    XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
    factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    String name = "";
    String test = "";
    double seconds = 0;
    List<String> skipped = new ArrayList<>();
    try (InputStream in = Files.newInputStream(file)) {
      XMLStreamReader xml = factory.createXMLStreamReader(in);
      while (xml.hasNext()) {
        if (xml.next() != XMLStreamReader.START_ELEMENT) {
          continue;
        }
        switch (xml.getLocalName()) {
          case "testsuite" -> {
            String full = value(xml, "name");
            name = full.substring(full.lastIndexOf('.') + 1);
            seconds = Double.parseDouble(value(xml, "time").replace(",", ""));
          }
          case "testcase" -> test = value(xml, "classname") + "." + value(xml, "name");
          case "skipped" -> skipped.add("  " + test + ": " + why(value(xml, "message")));
          default -> {}
        }
      }
    } catch (XMLStreamException e) {
      skipped.add("  " + file + " cannot be read: " + e.getMessage());
    }
    return new Report(name, seconds, skipped);
  }

  private static String value(XMLStreamReader xml, String name) {
    String value = xml.getAttributeValue("", name);
    if (value == null) {
      value = xml.getAttributeValue(null, name);
    }
    return value == null ? "" : value;
  }

  private static String why(String message) {
    String reason =
        message
            .replaceFirst("^.*(TestAbortedException|AssumptionViolatedException): ", "")
            .replaceAll("\\s+", " ");
    return reason.isBlank() ? "no reason is given" : reason;
  }
}
