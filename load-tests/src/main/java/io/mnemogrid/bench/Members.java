package io.mnemogrid.bench;

import io.mnemogrid.process.MemberProcess;
import io.mnemogrid.process.Ports;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Members in processes of their own, on one SQLite file: {@link BenchMember}. */
final class Members implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Path folder;
  private final List<Integer> ports;
  private final List<Member> all = new ArrayList<>();

  /** One of the members. */
  final class Member {
    private final int index;
    private MemberProcess process;
    private BufferedReader said;

    private Member(int index) {
      this.index = index;
      this.process = begin(index);
      this.said = process.process().inputReader();
    }

    /** Sends a line; {@link #answer} must follow. */
    void tell(String line) {
      try {
        var in = process.process().outputWriter();
        in.write(line + "\n");
        in.flush();
      } catch (IOException e) {
        throw new UncheckedIOException(process.tail(), e);
      }
    }

    /** The words of its answer. */
    String[] answer() {
      try {
        String line = said.readLine();
        if (line == null) {
          throw new IllegalStateException("member " + index + " ended" + process.tail());
        }
        return line.split(" ", -1);
      } catch (IOException e) {
        throw new UncheckedIOException(process.tail(), e);
      }
    }

    String[] ask(String line) {
      tell(line);
      return answer();
    }

    long askWhole(String line) {
      return Long.parseLong(ask(line)[1]);
    }

    /** {@code kill -9}. */
    void kill() {
      process.kill();
    }

    /** Sends it a signal by its name. */
    void signal(String name) {
      process.signal(name);
    }

    /** Starts the member again on its old data; returns when its replicas are at the head. */
    void restart() {
      process = begin(index);
      said = process.process().inputReader();
      answer();
    }

    @Override
    public String toString() {
      return "m" + index;
    }

    /** Whether this member commits for all. */
    boolean commitsHere() {
      return ask("members")[3].equals("true");
    }
  }

  private Members(Path folder, int count) throws IOException {
    this.folder = Files.createDirectories(folder);
    this.ports = Ports.free(count);
    for (int i = 0; i < count; i++) {
      all.add(new Member(i));
    }
  }

  /**
   * Starts {@code count} members that have joined each other and hold a document of {@code leaves}
   * leaves.
   */
  static Members start(Path folder, int count, int leaves) throws IOException {
    Members members = new Members(folder, count);
    try {
      members.all.forEach(Member::answer);
      members.awaitJoined();
      members.all.getFirst().ask("fill " + leaves);
      members.all.forEach(member -> member.ask("shows " + leaves));
      return members;
    } catch (RuntimeException e) {
      members.close();
      throw e;
    }
  }

  private MemberProcess begin(int index) {
    String addresses = String.join(",", ports.stream().map(port -> "127.0.0.1:" + port).toList());
    return MemberProcess.startTalking(
        folder.resolve("m" + index + ".log"),
        List.of(
            "-cp",
            System.getProperty("java.class.path"),
            BenchMember.class.getName(),
            "m" + index,
            ports.get(index).toString(),
            addresses,
            folder.resolve("data/mnemogrid.db").toString()));
  }

  List<Member> all() {
    return all;
  }

  /** Returns when each member sees all others and every partition has its backup. */
  void awaitJoined() {
    long began = System.nanoTime();
    while (!all.stream().allMatch(this::isJoined)) {
      if (System.nanoTime() - began > PATIENCE.toNanos()) {
        throw new IllegalStateException("the members do not find each other: " + folder);
      }
      MemberProcess.pause(100);
    }
  }

  private boolean isJoined(Member member) {
    String[] words = member.ask("members");
    return words[1].equals(String.valueOf(all.size())) && words[2].equals("true");
  }

  @Override
  public void close() {
    all.forEach(member -> member.process.close());
  }
}
