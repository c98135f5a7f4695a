package io.mnemogrid.bench;

import io.mnemogrid.process.Launch;
import io.mnemogrid.process.MemberProcess;
import io.mnemogrid.process.Ports;
import io.mnemogrid.process.PuppetProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Members in processes of their own, on one SQLite file: {@link BenchMember}. */
final class Members implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Path folder;
  private final List<Integer> ports;
  private final List<Member> all = new ArrayList<>();

  /** One of the members. */
  final class Member {
    private final int index;
    private PuppetProcess puppet;

    private Member(int index) {
      this.index = index;
      this.puppet = begin(index);
    }

    /** Gives an order and returns at once. */
    CompletableFuture<String> send(String order) {
      return puppet.send(order);
    }

    /** The words of the answer to an order that was sent. */
    String[] words(CompletableFuture<String> sent) {
      return puppet.await(sent).split(" ", -1);
    }

    /** Gives an order and returns the words of its answer. */
    String[] ask(String order) {
      return words(send(order));
    }

    /** {@code kill -9}. */
    void kill() {
      puppet.kill();
    }

    /** Sends it a signal by its name. */
    void signal(String name) {
      puppet.signal(name);
    }

    /** Starts the member again on its old data; returns when its replicas are at the head. */
    void restart() {
      puppet.close();
      puppet = begin(index);
      puppet.awaitUp();
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
      members.all.forEach(member -> member.puppet.awaitUp());
      members.awaitJoined();
      members.all.getFirst().ask("fill " + leaves);
      members.all.forEach(member -> member.ask("shows " + leaves));
      return members;
    } catch (RuntimeException e) {
      members.close();
      throw e;
    }
  }

  private PuppetProcess begin(int index) {
    String addresses = String.join(",", ports.stream().map(port -> "127.0.0.1:" + port).toList());
    return Launch.main(
            BenchMember.class,
            List.of(
                "m" + index,
                ports.get(index).toString(),
                addresses,
                folder.resolve("data/mnemogrid.db").toString()))
        .startPuppet("m" + index, folder.resolve("m" + index + ".log"));
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
    all.forEach(member -> member.puppet.close());
  }
}
