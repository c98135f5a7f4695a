package io.mnemogrid.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a test run says at its end. */
class TestReportsTest {
  @TempDir Path root;

  @Test
  void endsATestRunWithItsMinutesAndWhatWasSkipped() throws IOException {
    Path reports = Files.createDirectories(root.resolve("load-tests/target/failsafe-reports"));
    Instant began = Instant.now().minusSeconds(60);
    Path one = reports.resolve("TEST-io.mnemogrid.drill.OneIT.xml");
    Files.writeString(
        one,
        """
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuite xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" version="3.0.2" name="io.mnemogrid.drill.OneIT" time="1,266.04" tests="2">
          <testcase name="runs" classname="io.mnemogrid.drill.OneIT" time="0.7"/>
          <testcase name="lacks" classname="io.mnemogrid.drill.OneIT" time="0.0">
            <skipped message="org.opentest4j.TestAbortedException: anvil &quot;1&quot; is &amp; was missing" type="x"><![CDATA[…]]></skipped>
          </testcase>
        </testsuite>
        """);
    Path old = Files.copy(one, reports.resolve("TEST-io.mnemogrid.drill.OldIT.xml"));
    Files.setLastModifiedTime(old, FileTime.from(Instant.now().minusSeconds(90)));
    String said = summary(began);
    assertThat(said.lines().toList())
        .containsSubsequence("minutes", "skipped:")
        .endsWith("  io.mnemogrid.drill.OneIT.lacks: anvil \"1\" is & was missing");
    assertThat(said)
        .containsPattern("OneIT +21\\.1")
        .containsPattern("load-tests IT +21\\.1")
        .containsPattern("contracts +1\\.5");

    Files.delete(one);
    assertThat(summary(began).lines().toList()).endsWith("skipped: none");
  }

  private String summary(Instant began) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    TestReports.print(
        root,
        began,
        Map.of("contracts", Duration.ofSeconds(90)),
        new PrintStream(out, true, StandardCharsets.UTF_8));
    return out.toString(StandardCharsets.UTF_8);
  }
}
