package io.mnemogrid.bench;

import dev.langchain4j.store.memory.chat.ChatMemoryStore;
import dev.langchain4j.store.memory.chat.InMemoryChatMemoryStore;
import io.mnemogrid.client.Client;
import io.mnemogrid.client.Space;
import io.mnemogrid.langchain4j.MnemogridChatMemoryStore;
import io.mnemogrid.process.Launch;
import io.mnemogrid.process.MemberProcess;
import io.mnemogrid.process.Ports;
import io.mnemogrid.springai.MnemogridChatMemoryRepository;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.springframework.ai.chat.memory.ChatMemoryRepository;
import org.springframework.ai.chat.memory.InMemoryChatMemoryRepository;
import org.springframework.ai.chat.messages.Message;

/**
 * {@code ./mnemogrid bench chat-memory}: how many messages of a chat are lost when many threads add
 * to it at once. The frameworks' own windows of messages play one script, on the frameworks' own
 * stores and on ours; ours also from several processes.
 */
public final class ChatMemoryBench {
  /** The longest window: whatever is missing at the end was lost and not evicted. */
  private static final int WINDOW = 1_000_000;

  private static final String CHAT = "team/α~1";
  private static final int PATIENCE_MINUTES = 10;

  /** A framework, as the script sees it. */
  public enum Framework {
    /** LangChain4j, with a {@code MessageWindowChatMemory} for each thread. */
    LANGCHAIN4J("LangChain4j InMemoryChatMemoryStore", "LangChain4j MnemogridChatMemoryStore") {
      @Override
      Store own() {
        return store(new InMemoryChatMemoryStore());
      }

      @Override
      Store ours(Space space) {
        return store(new MnemogridChatMemoryStore(space));
      }

      private static Store store(ChatMemoryStore store) {
        return () -> {
          var memory =
              dev.langchain4j.memory.chat.MessageWindowChatMemory.builder()
                  .id(CHAT)
                  .maxMessages(WINDOW)
                  .chatMemoryStore(store)
                  .build();
          return new Chat() {
            @Override
            public void add(String text) {
              memory.add(dev.langchain4j.data.message.UserMessage.from(text));
            }

            @Override
            public List<String> texts() {
              return memory.messages().stream()
                  .map(dev.langchain4j.data.message.UserMessage.class::cast)
                  .map(dev.langchain4j.data.message.UserMessage::singleText)
                  .toList();
            }
          };
        };
      }
    },
    /** Spring AI, with a {@code MessageWindowChatMemory} for each thread. */
    SPRING_AI("Spring AI InMemoryChatMemoryRepository", "Spring AI MnemogridChatMemoryRepository") {
      @Override
      Store own() {
        return store(new InMemoryChatMemoryRepository());
      }

      @Override
      Store ours(Space space) {
        return store(new MnemogridChatMemoryRepository(space));
      }

      private static Store store(ChatMemoryRepository repository) {
        return () -> {
          var memory =
              org.springframework.ai.chat.memory.MessageWindowChatMemory.builder()
                  .chatMemoryRepository(repository)
                  .maxMessages(WINDOW)
                  .build();
          return new Chat() {
            @Override
            public void add(String text) {
              memory.add(CHAT, new org.springframework.ai.chat.messages.UserMessage(text));
            }

            @Override
            public List<String> texts() {
              return memory.get(CHAT).stream().map(Message::getText).toList();
            }
          };
        };
      }
    };

    private final String own;
    private final String ours;

    Framework(String own, String ours) {
      this.own = own;
      this.ours = ours;
    }

    /** The framework's store in memory. */
    abstract Store own();

    /** The same memory in a space. */
    abstract Store ours(Space space);
  }

  private interface Store {
    /** The chat, for one thread. */
    Chat open();
  }

  private interface Chat {
    void add(String text);

    List<String> texts();
  }

  /**
   * What became of the messages of one run.
   *
   * @param isOurs whether the store is one of ours
   * @param kept messages that were added and are there
   * @param lost messages that were added and are not
   * @param doubled messages that are there twice
   * @param disordered messages that stand before an earlier one of the same thread
   */
  public record Outcome(
      String store,
      boolean isOurs,
      int processes,
      long kept,
      long lost,
      long doubled,
      long disordered,
      long milliseconds) {
    /** Whether each message is there once, and behind those that its thread added before. */
    public boolean isWhole() {
      return lost == 0 && doubled == 0 && disordered == 0;
    }

    private String text() {
      return "%2d process%-2s %-42s %,6d kept %,6d lost %,4d doubled %,4d disordered %,8d ms"
          .formatted(
              processes,
              processes == 1 ? "" : "es",
              store,
              kept,
              lost,
              doubled,
              disordered,
              milliseconds);
    }
  }

  private final int threads;
  private final int messages;

  private ChatMemoryBench(int threads, int messages) {
    this.threads = threads;
    this.messages = messages;
  }

  /**
   * Starts a member, plays all stores and prints the table.
   *
   * @param member jar of the packaged member
   * @param threads of all processes together
   * @param messages of each thread
   * @param processes of our stores' second run; 1 for none
   */
  public static List<Outcome> measure(
      Path member, int threads, int messages, int processes, PrintStream out) throws Exception {
    Path folder = Files.createTempDirectory("mnemogrid-chat-memory");
    try {
      List<Integer> ports = Ports.free(2);
      try (MemberProcess process =
          Launch.member(member)
              .data(folder.resolve("data"))
              .ports(ports.get(0), ports.get(1))
              .notary()
              .start(folder.resolve("member.log"))) {
        process.awaitHealthy(ports.get(0));
        out.printf(
            "%d threads in one chat, %d messages each: each message is an add of the framework's"
                + " MessageWindowChatMemory%n",
            threads, messages);
        List<Outcome> outcomes = new ArrayList<>();
        for (Framework framework : Framework.values()) {
          outcomes.addAll(
              measure(
                  framework,
                  List.of("http://127.0.0.1:" + ports.get(0)),
                  threads,
                  messages,
                  processes,
                  out));
        }
        return outcomes;
      }
    } finally {
      CommitsBench.delete(folder);
    }
  }

  /** Plays a framework against members that run, each process with another one, and prints it. */
  public static List<Outcome> measure(
      Framework framework,
      List<String> urls,
      int threads,
      int messages,
      int processes,
      PrintStream out)
      throws Exception {
    ChatMemoryBench bench = new ChatMemoryBench(threads, messages);
    List<Outcome> outcomes = new ArrayList<>();
    outcomes.add(tell(own(framework, threads, messages), out));
    outcomes.add(
        tell(bench.threads(framework.ours, true, framework.ours(space(framework, 1, urls))), out));
    if (processes > 1) {
      outcomes.add(tell(bench.processes(framework, processes, urls), out));
    }
    return outcomes;
  }

  /** Plays the framework's own store. */
  public static Outcome own(Framework framework, int threads, int messages) throws Exception {
    return new ChatMemoryBench(threads, messages).threads(framework.own, false, framework.own());
  }

  private static Outcome tell(Outcome outcome, PrintStream out) {
    out.println(outcome.text());
    return outcome;
  }

  private static Space space(Framework framework, int processes, List<String> urls) {
    String name = "%s-%d".formatted(framework.name().toLowerCase(Locale.ROOT), processes);
    return Client.builder(urls.toArray(String[]::new))
        .author("bench")
        .deadline(Duration.ofMinutes(PATIENCE_MINUTES))
        .build()
        .space(name.replace('_', '-'));
  }

  private Outcome threads(String name, boolean isOurs, Store store) throws Exception {
    long began = System.nanoTime();
    add(store, 0, threads);
    return judged(name, isOurs, 1, store.open().texts(), began);
  }

  private Outcome processes(Framework framework, int processes, List<String> urls)
      throws Exception {
    long began = System.nanoTime();
    List<Process> started = new ArrayList<>();
    for (int i = 0; i < processes; i++) {
      List<String> rotated = new ArrayList<>(urls);
      Collections.rotate(rotated, i);
      started.add(
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-Xmx256m",
                  "-XX:TieredStopAtLevel=1",
                  "-cp",
                  System.getProperty("java.class.path"),
                  ChatMemoryBench.class.getName(),
                  framework.name(),
                  String.valueOf(processes),
                  String.valueOf(threads * i / processes),
                  String.valueOf(threads * (i + 1) / processes),
                  String.valueOf(messages),
                  String.join(",", rotated))
              .inheritIO()
              .start());
    }
    try {
      for (Process process : started) {
        if (!process.waitFor(PATIENCE_MINUTES, TimeUnit.MINUTES) || process.exitValue() != 0) {
          throw new IllegalStateException("a process of writers does not come to a good end");
        }
      }
    } finally {
      started.forEach(Process::destroyForcibly);
    }
    return judged(
        framework.ours,
        true,
        processes,
        framework.ours(space(framework, processes, urls)).open().texts(),
        began);
  }

  /** One process of several: framework, processes, first thread, end, messages, URLs. */
  public static void main(String... words) throws Exception {
    Framework framework = Framework.valueOf(words[0]);
    int first = Integer.parseInt(words[2]);
    int end = Integer.parseInt(words[3]);
    new ChatMemoryBench(end - first, Integer.parseInt(words[4]))
        .add(
            framework.ours(
                space(framework, Integer.parseInt(words[1]), List.of(words[5].split(",", -1)))),
            first,
            end);
  }

  private void add(Store store, int first, int end)
      throws IOException, InterruptedException, ExecutionException {
    CyclicBarrier start = new CyclicBarrier(end - first);
    try (ExecutorService agents = Executors.newFixedThreadPool(end - first)) {
      List<Future<Void>> adding = new ArrayList<>();
      for (int thread = first; thread < end; thread++) {
        int agent = thread;
        Callable<Void> play =
            () -> {
              Chat chat = store.open();
              start.await();
              for (int i = 0; i < messages; i++) {
                chat.add(text(agent, i));
              }
              return null;
            };
        adding.add(agents.submit(play));
      }
      for (Future<Void> future : adding) {
        future.get();
      }
    }
  }

  private static String text(int agent, int message) {
    return "agent " + agent + " says " + message;
  }

  private Outcome judged(
      String name, boolean isOurs, int processes, List<String> texts, long began) {
    long milliseconds = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
    Map<String, Integer> places = new HashMap<>();
    for (int i = 0; i < texts.size(); i++) {
      places.put(texts.get(i), i);
    }
    long kept = 0;
    long disordered = 0;
    for (int agent = 0; agent < threads; agent++) {
      int last = -1;
      for (int message = 0; message < messages; message++) {
        Integer place = places.get(text(agent, message));
        if (place != null) {
          kept++;
          disordered += place < last ? 1 : 0;
          last = Math.max(last, place);
        }
      }
    }
    return new Outcome(
        name,
        isOurs,
        processes,
        kept,
        (long) threads * messages - kept,
        texts.size() - places.size(),
        disordered,
        milliseconds);
  }
}
