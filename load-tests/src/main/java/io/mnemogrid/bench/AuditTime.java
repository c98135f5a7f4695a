package io.mnemogrid.bench;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.util.concurrent.Callable;

/**
 * How much of the processor time of this JVM its audit takes while something runs: the threads of
 * Jet, which reads the log, recomputes and publishes. The rest is writers, committer, appender and
 * the JVM itself.
 */
final class AuditTime {
  private static final String THREADS = ".jet.";
  private final OperatingSystemMXBean system =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
  private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
  private long audit;
  private long all;

  <T> T during(Callable<T> work) throws Exception {
    long auditBefore = auditNanos();
    long allBefore = system.getProcessCpuTime();
    T result = work.call();
    audit += auditNanos() - auditBefore;
    all += system.getProcessCpuTime() - allBefore;
    return result;
  }

  private long auditNanos() {
    long nanos = 0;
    for (ThreadInfo thread : threads.getThreadInfo(threads.getAllThreadIds())) {
      if (thread != null && thread.getThreadName().contains(THREADS)) {
        nanos += Math.max(0, threads.getThreadCpuTime(thread.getThreadId())); // -1 when it ended
      }
    }
    return nanos;
  }

  Row row(String what) {
    double share = audit / (double) all;
    return new Row(what, Row.time(audit), "of " + Row.time(all), share, Row.Goal.atMost(0.12, "×"));
  }
}
