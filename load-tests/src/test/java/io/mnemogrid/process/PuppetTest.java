package io.mnemogrid.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Both ends of the protocol, with a puppet in a process of its own. */
@NullMarked
class PuppetTest {
  @TempDir Path folder;

  private final Queue<String> events = new ConcurrentLinkedQueue<>();
  private final Queue<PuppetProcess> started = new ConcurrentLinkedQueue<>();

  /** The puppet. */
  static final class Echo {
    private Echo() {}

    public static void main(String[] arguments) {
      Puppet.run(puppet -> {
        if (arguments[0].equals("fails")) {
          throw new IllegalStateException("cannot live");
        }
        puppet.serve("hello", order -> obey(puppet, order));
        System.err.println("its input has ended");
      });
    }

    private static String obey(Puppet puppet, String order) throws InterruptedException {
      switch (order) {
        case "print" -> System.out.println("done nothing");
        case "tell" -> puppet.tell("something happened");
        case "fail" -> throw new IllegalArgumentException("this\nis wrong");
        case "hang" -> new CountDownLatch(1).await();
        case "die" -> {
          System.err.println("last words");
          Runtime.getRuntime().halt(3);
        }
        case "lines" -> {
          return "two\nlines";
        }
        default -> {}
      }
      return "obeyed " + order;
    }
  }

  private PuppetProcess start(String argument) {
    PuppetProcess puppet =
        Launch.main(Echo.class, List.of(argument))
            .heap("64m")
            .startingFast()
            .startPuppet("echo", folder.resolve("echo.log"), events::add);
    started.add(puppet);
    return puppet;
  }

  private PuppetProcess ready() {
    PuppetProcess puppet = start("lives");
    assertThat(puppet.awaitUp()).isEqualTo("hello");
    return puppet;
  }

  @AfterEach
  void endAll() {
    started.forEach(PuppetProcess::kill);
  }

  @Test
  void answersInTheOrderOfItsOrders() {
    PuppetProcess puppet = ready();
    List<CompletableFuture<String>> sent =
        IntStream.range(0, 50).mapToObj(i -> puppet.send("order " + i)).toList();
    assertThat(sent.stream().map(puppet::await))
        .containsExactlyElementsOf(
            IntStream.range(0, 50).mapToObj(i -> "obeyed order " + i).toList());
    assertThat(puppet.ask("größer ≠ kleiner")).isEqualTo("obeyed größer ≠ kleiner");
  }

  @Test
  void takesNothingPrintedForAnAnswer() {
    PuppetProcess puppet = ready();
    assertThat(puppet.ask("print")).isEqualTo("obeyed print");
    assertThat(puppet.ask("again")).isEqualTo("obeyed again");
  }

  @Test
  void tellsOfEventsBetweenAnswers() {
    PuppetProcess puppet = ready();
    assertThat(puppet.ask("tell")).isEqualTo("obeyed tell");
    assertThat(events).containsExactly("something happened");
  }

  @Test
  void goesOnAfterWhatItCannotDo() {
    PuppetProcess puppet = ready();
    assertThatThrownBy(() -> puppet.ask("fail"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("echo: java.lang.IllegalArgumentException: this is wrong");
    assertThatThrownBy(() -> puppet.ask("lines")).hasMessageContaining("not one line");
    assertThatThrownBy(() -> puppet.send("two\norders")).hasMessageContaining("not one line");
    assertThat(puppet.ask("more")).isEqualTo("obeyed more");
  }

  @Test
  void itsEndFailsWhatWasAsked() {
    PuppetProcess puppet = ready();
    CompletableFuture<String> hangs = puppet.send("die");
    assertThatThrownBy(() -> puppet.await(hangs))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("echo ended")
        .hasMessageContaining("last words");
    assertThatThrownBy(() -> puppet.ask("more")).hasMessageStartingWith("echo ended");
  }

  @Test
  void aLifeThatFailsEndsTheProcess() {
    PuppetProcess puppet = start("fails");
    assertThatThrownBy(puppet::awaitUp)
        .hasMessageStartingWith("echo ended")
        .hasMessageContaining("cannot live");
  }

  @Test
  void nobodyWaitsForEver() {
    PuppetProcess puppet = ready();
    CompletableFuture<String> hangs = puppet.send("hang");
    assertThatThrownBy(() -> puppet.await(hangs, Duration.ofMillis(100)))
        .hasMessageStartingWith("echo did not answer in PT0.1S");
  }

  @Test
  void endsWhenItsInputEnds() {
    PuppetProcess puppet = ready();
    puppet.close();
    assertThat(puppet.isAlive()).isFalse();
    assertThat(folder.resolve("echo.log"))
        .as("what no signal lets it say")
        .content()
        .contains("its input has ended");
    assertThatThrownBy(() -> puppet.ask("more")).hasMessageStartingWith("echo ended");
  }
}
