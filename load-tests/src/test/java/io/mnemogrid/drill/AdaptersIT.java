package io.mnemogrid.drill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.memory.ChatMemory;
import dev.langchain4j.memory.chat.MessageWindowChatMemory;
import io.mnemogrid.bench.ChatMemoryBench;
import io.mnemogrid.client.Client;
import io.mnemogrid.client.Delta;
import io.mnemogrid.client.Json;
import io.mnemogrid.client.OutcomeUnknownException;
import io.mnemogrid.client.ProblemException;
import io.mnemogrid.client.Space;
import io.mnemogrid.langchain4j.MnemogridChatMemoryStore;
import io.mnemogrid.process.Fleet;
import io.mnemogrid.process.Launch;
import io.mnemogrid.springai.MnemogridChatMemoryRepository;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Pattern;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The adapters of LangChain4j and Spring AI against two members. */
@NullMarked
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AdaptersIT {
  private static final int MEMBERS = 2;
  private static final int MESSAGES = 2;

  private Fleet fleet;
  private Space space;

  @BeforeAll
  void start() {
    Path folder = Drills.folder("adapters");
    fleet =
        new Fleet(
            Launch.member(Drills.member()).notary().data(folder.resolve("data")), folder, MEMBERS);
    fleet.seats().forEach(seat -> fleet.start(seat, Map.of()));
    fleet.seats().forEach(seat -> seat.process().awaitHealthy(seat.httpPort()));
    space = space("chats");
  }

  @AfterAll
  void stop() {
    fleet.close();
  }

  private List<String> urls() {
    return fleet.seats().stream()
        .map(seat -> "http://" + seat.host() + ":" + seat.httpPort())
        .toList();
  }

  private Space space(String name) {
    return Client.builder(urls().toArray(String[]::new)).author("it").build().space(name);
  }

  /** The short form of {@code bench chat-memory}; one framework plays with two processes, too. */
  @ParameterizedTest
  @CsvSource({"LANGCHAIN4J, 1", "SPRING_AI, 2"})
  void threadsAndProcessesThatShareAChatLoseNothing(
      ChatMemoryBench.Framework framework, int processes) throws Exception {
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    List<ChatMemoryBench.Outcome> outcomes =
        ChatMemoryBench.measure(
            framework,
            urls(),
            64,
            MESSAGES,
            processes,
            new PrintStream(printed, true, StandardCharsets.UTF_8));
    String text = printed.toString(StandardCharsets.UTF_8);
    System.out.print(text);
    assertThat(outcomes)
        .filteredOn(ChatMemoryBench.Outcome::isOurs)
        .hasSize(processes)
        .allSatisfy(outcome -> {
          assertThat(outcome.isWhole()).as(text).isTrue();
          assertThat(outcome.kept()).as(text).isEqualTo(64 * MESSAGES);
        });
  }

  /** The twins: the check finds what stores lose that put a list in place of another one. */
  @ParameterizedTest
  @EnumSource
  void theirOwnStoresLoseMessages(ChatMemoryBench.Framework framework) throws Exception {
    long lost = 0;
    for (int play = 0; play < 20 && lost == 0; play++) {
      lost = ChatMemoryBench.own(framework, 64, 20).lost();
    }
    assertThat(lost).isPositive();
  }

  private static ChatMessage user(String text) {
    return UserMessage.from(text);
  }

  private static List<String> texts(List<ChatMessage> messages) {
    return messages.stream()
        .map(message ->
            message instanceof SystemMessage system
                ? system.text()
                : ((UserMessage) message).singleText())
        .toList();
  }

  private static ChatMemory window(MnemogridChatMemoryStore store, Object id, int messages) {
    return MessageWindowChatMemory.builder()
        .id(id)
        .maxMessages(messages)
        .chatMemoryStore(store)
        .build();
  }

  @Test
  void whatAWindowEvictsGoesAndWhatOthersAddMeanwhileStays() {
    MnemogridChatMemoryStore ours = new MnemogridChatMemoryStore(space);
    MnemogridChatMemoryStore theirs = new MnemogridChatMemoryStore(space);
    List.of("a", "b", "c").forEach(text -> window(ours, "evicts", 3).add(user(text)));
    List<ChatMessage> list = new ArrayList<>(ours.getMessages("evicts"));
    list.remove(0);
    list.add(user("d"));
    window(theirs, "evicts", 10).add(user("e"));
    List<ChatMessage> old = new ArrayList<>(theirs.getMessages("evicts"));
    ours.updateMessages("evicts", list);
    assertThat(texts(ours.getMessages("evicts")))
        .containsExactlyInAnyOrder("b", "c", "d", "e")
        .startsWith("b", "c");
    old.add(user("f"));
    theirs.updateMessages("evicts", old);
    assertThat(texts(ours.getMessages("evicts")))
        .as("a list from before brings nothing back")
        .containsExactlyInAnyOrder("b", "c", "d", "e", "f")
        .startsWith("b", "c")
        .endsWith("f");
  }

  @Test
  void oneSayingTheSameTwiceSaysItTwice() {
    MnemogridChatMemoryStore store = new MnemogridChatMemoryStore(space);
    ChatMemory memory = window(store, "twice", 3);
    List.of("yes", "no", "yes").forEach(text -> memory.add(user(text)));
    assertThat(texts(memory.messages())).containsExactly("yes", "no", "yes");
    memory.add(user("yes"));
    assertThat(texts(store.getMessages("twice"))).containsExactly("no", "yes", "yes");
  }

  @Test
  void ofSystemMessagesTheLaterOneStands() {
    MnemogridChatMemoryStore ours = new MnemogridChatMemoryStore(space);
    MnemogridChatMemoryStore theirs = new MnemogridChatMemoryStore(space);
    assertThat(ours.getMessages("system")).isEmpty();
    assertThat(theirs.getMessages("system")).isEmpty();
    ours.updateMessages("system", List.of(SystemMessage.from("be"), user("a")));
    theirs.updateMessages("system", List.of(SystemMessage.from("be kind"), user("b")));
    assertThat(texts(ours.getMessages("system")))
        .containsExactlyInAnyOrder("be kind", "a", "b")
        .startsWith("be kind");
    // One removes the system message that another one has replaced: the new one stays.
    List<ChatMessage> without = new ArrayList<>(theirs.getMessages("system"));
    window(ours, "system", 10).add(SystemMessage.from("be brief"));
    without.remove(0);
    theirs.updateMessages("system", without);
    assertThat(texts(theirs.getMessages("system")))
        .containsExactlyInAnyOrder("be brief", "a", "b")
        .startsWith("be brief");
  }

  @Test
  void whoHasNotReadDeletesNothing() {
    MnemogridChatMemoryStore store = new MnemogridChatMemoryStore(space);
    store.updateMessages("blind", List.of(user("a"), user("b")));
    store.updateMessages("blind", List.of(user("b"), user("c")));
    assertThat(texts(store.getMessages("blind"))).containsExactly("a", "b", "c");
    CompletableFuture.runAsync(() -> store.updateMessages("blind", List.of(user("d")))).join();
    assertThat(texts(store.getMessages("blind"))).containsExactly("a", "b", "c", "d");
    store.updateMessages("blind", List.of(user("e")));
    assertThat(texts(store.getMessages("blind"))).containsExactly("e");
  }

  /** A thread of a pool has read a chat, and writes lists that others made of what they read. */
  @Test
  void whatAThreadOfAPoolReadBeforeChangesNothingOfAnothersList() {
    MnemogridChatMemoryStore store = new MnemogridChatMemoryStore(space);
    MnemogridChatMemoryStore theirs = new MnemogridChatMemoryStore(space);
    try (ExecutorService pool = Executors.newSingleThreadExecutor()) {
      window(store, "pool", 10).add(user("a"));
      on(pool, () -> store.getMessages("pool"));
      List.of("b", "c").forEach(text -> window(store, "pool", 10).add(user(text)));
      List<ChatMessage> list = new ArrayList<>(store.getMessages("pool"));
      list.add(user("d"));
      on(pool, () -> store.updateMessages("pool", list));
      assertThat(texts(store.getMessages("pool"))).containsExactly("a", "b", "c", "d");

      List<ChatMessage> older = new ArrayList<>(store.getMessages("pool"));
      older.remove(0);
      older.add(user("e"));
      window(theirs, "pool", 10).add(user("x"));
      on(pool, () -> store.getMessages("pool"));
      on(pool, () -> store.updateMessages("pool", older));
      assertThat(texts(store.getMessages("pool")))
          .containsExactlyInAnyOrder("b", "c", "d", "e", "x");
    }
  }

  /** A list that is kept and written again and again, by the threads of a pool. */
  @Test
  void aListThatIsKeptIsWrittenByAnyThread() {
    MnemogridChatMemoryStore store = new MnemogridChatMemoryStore(space);
    MnemogridChatMemoryStore theirs = new MnemogridChatMemoryStore(space);
    try (ExecutorService pool = Executors.newSingleThreadExecutor()) {
      on(pool, () -> store.getMessages("kept"));
      List<ChatMessage> kept = new ArrayList<>(store.getMessages("kept"));
      kept.add(user("yes"));
      store.updateMessages("kept", kept);
      window(theirs, "kept", 10).add(user("x"));
      kept.add(user("yes"));
      on(pool, () -> store.updateMessages("kept", kept));
      assertThat(texts(theirs.getMessages("kept"))).containsExactlyInAnyOrder("yes", "x", "yes");

      List<ChatMessage> read = new ArrayList<>(store.getMessages("kept"));
      read.remove(0);
      read.add(user("x"));
      store.updateMessages("kept", read);
      window(theirs, "kept", 10).add(user("x"));
      read.add(read.get(2));
      on(pool, () -> store.getMessages("kept"));
      on(pool, () -> store.updateMessages("kept", read));
      on(pool, () -> store.updateMessages("kept", read));
      assertThat(texts(theirs.getMessages("kept")))
          .as("one object twice is two messages, and two of others are not the same")
          .containsExactlyInAnyOrder("x", "yes", "x", "x", "x");
    }
  }

  /** Copies tell nothing of where they come from; a chat that has changed since is not doubled. */
  @Test
  void copiesOfWhatOthersReadAreNotDoubled() {
    MnemogridChatMemoryStore store = new MnemogridChatMemoryStore(space);
    try (ExecutorService pool = Executors.newSingleThreadExecutor()) {
      window(store, "copies", 10).add(user("a"));
      on(pool, () -> store.getMessages("copies"));
      window(store, "copies", 10).add(user("b"));
      on(pool, () -> store.updateMessages("copies", List.of(user("a"), user("b"), user("c"))));
      assertThat(texts(store.getMessages("copies"))).containsExactly("a", "b", "c");
      on(pool, () -> store.getMessages("copies"));
      window(store, "copies", 10).add(user("d"));
      on(pool, () -> store.updateMessages("copies", List.of(user("e"))));
      assertThat(texts(store.getMessages("copies"))).containsExactly("a", "b", "c", "d", "e");
    }
  }

  private static void on(ExecutorService pool, Runnable call) {
    CompletableFuture.runAsync(call, pool).join();
  }

  @Test
  void aChatThatIsDeletedIsGoneAndItsListBringsItNotBack() {
    MnemogridChatMemoryStore ours = new MnemogridChatMemoryStore(space, "/deleted");
    MnemogridChatMemoryStore theirs = new MnemogridChatMemoryStore(space, "/deleted");
    ours.updateMessages(7, List.of(SystemMessage.from("be"), user("a")));
    List<ChatMessage> list = new ArrayList<>(theirs.getMessages("7"));
    ours.deleteMessages(7);
    ours.deleteMessages(7);
    assertThat(ours.getMessages(7)).isEmpty();
    list.add(user("b"));
    theirs.updateMessages("7", list);
    assertThat(texts(ours.getMessages(7))).containsExactly("b");
    assertThat(
            new MnemogridChatMemoryRepository(space, "/deleted", key -> true).findConversationIds())
        .containsExactly("7");
  }

  private static final Json LONG_MESSAGE =
      Json.parse(
          "{\"type\":\"USER\",\"contents\":[{\"type\":\"TEXT\",\"text\":\"%s\"}]}"
              .formatted("x".repeat(250 << 10)));

  /** Makes a chat of 20 MiB, which no answer holds. */
  private void fill(String place, String id) {
    for (int part = 0; part < 6; part++) {
      Delta delta = new Delta().set(place + "/ids/" + id, true);
      for (int i = 0; i < 14; i++) {
        delta.set("%s/messages/%s/%024x".formatted(place, id, 14 * part + i + 1), LONG_MESSAGE);
      }
      space.commit(delta);
    }
  }

  @Test
  void aChatThatNoAnswerHoldsIsDeleted() {
    MnemogridChatMemoryStore store = new MnemogridChatMemoryStore(space, "/long");
    fill("/long", "whole");
    assertThatThrownBy(() -> store.getMessages("whole"))
        .isInstanceOfSatisfying(
            ProblemException.class,
            refusal -> assertThat(refusal.code()).isEqualTo("answer-too-large"));
    store.deleteMessages("whole");
    assertThat(store.getMessages("whole")).isEmpty();
    assertThat(space.find("/long/ids/whole")).isEmpty();
    window(store, "whole", 10).add(user("new"));
    assertThat(texts(store.getMessages("whole"))).containsExactly("new");
    long version = space.head().version();
    store.deleteMessages("nobody");
    assertThat(space.head().version()).isEqualTo(version);
  }

  /** A retry after an unknown outcome, whether the first sending had come or not. */
  @ParameterizedTest
  @EnumSource(value = Relay.Mode.class, names = "OPEN", mode = EnumSource.Mode.EXCLUDE)
  void aDeletionThatIsSentAgainRemovesWhatStoodAtTheFirstOne(Relay.Mode mode) throws Exception {
    try (Relay relay = new Relay(urls().get(0))) {
      Client client = Client.builder(relay.url()).author("retries").build();
      MnemogridChatMemoryStore ours =
          new MnemogridChatMemoryStore(client.existing(space.name()), "/retried");
      MnemogridChatMemoryStore theirs = new MnemogridChatMemoryStore(space, "/retried");
      String id = mode.name();
      theirs.updateMessages(id, List.of(SystemMessage.from("be"), user("a"), user("b")));
      relay.set(mode);
      assertThatThrownBy(() -> ours.deleteMessages(id)).isInstanceOf(OutcomeUnknownException.class);
      assertThat(theirs.getMessages(id)).hasSize(mode == Relay.Mode.ANSWERS_LOST ? 0 : 3);
      window(theirs, id, 10).add(user("meanwhile"));
      window(theirs, id, 10).add(SystemMessage.from("be kind"));
      relay.set(Relay.Mode.OPEN);
      CompletableFuture.runAsync(() -> ours.deleteMessages(id)).join();
      assertThat(texts(theirs.getMessages(id))).containsExactlyInAnyOrder("be kind", "meanwhile");
      assertThat(space.find("/retried/ids/" + id)).contains(Json.of(true));
      assertThat(space.blame("/retried/messages/" + id).update().author()).isEqualTo("it");
      ours.deleteMessages(id);
      assertThat(theirs.getMessages(id)).as("a new deletion").isEmpty();
      assertThat(space.find("/retried/ids/" + id)).isEmpty();
    }
  }

  /**
   * Stands before a member. It loses what a client commits once, or what the member answers then,
   * and refuses what is committed after that.
   */
  private static final class Relay implements AutoCloseable {
    enum Mode {
      OPEN,
      COMMITS_LOST,
      ANSWERS_LOST
    }

    private final HttpServer server;
    private final HttpClient http = HttpClient.newHttpClient();
    private volatile Mode mode = Mode.OPEN;
    private volatile boolean hasLost;

    Relay(String member) throws IOException {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      server.createContext("/", exchange -> pass(exchange, member));
      server.start();
    }

    String url() {
      return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    void set(Mode next) {
      mode = next;
      hasLost = false;
    }

    private void pass(HttpExchange exchange, String member) throws IOException {
      try (exchange) {
        boolean isCommit = exchange.getRequestMethod().equals("POST");
        boolean isLost = isCommit && mode != Mode.OPEN;
        byte[] body = exchange.getRequestBody().readAllBytes();
        if (isLost && hasLost) {
          exchange.sendResponseHeaders(401, -1);
          return;
        }
        hasLost |= isLost;
        if (isLost && mode == Mode.COMMITS_LOST) {
          return;
        }
        HttpRequest.Builder request =
            HttpRequest.newBuilder(URI.create(member + exchange.getRequestURI()))
                .method(exchange.getRequestMethod(), HttpRequest.BodyPublishers.ofByteArray(body));
        if (isCommit) {
          request.header("Content-Type", "application/json");
        }
        HttpResponse<byte[]> answer =
            http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        if (isLost) {
          return;
        }
        answer
            .headers()
            .firstValue("ETag")
            .ifPresent(tag -> exchange.getResponseHeaders().set("ETag", tag));
        exchange.sendResponseHeaders(answer.statusCode(), answer.body().length);
        exchange.getResponseBody().write(answer.body());
      } catch (InterruptedException e) {
        throw new InterruptedIOException(e.getMessage());
      }
    }

    @Override
    public void close() {
      server.stop(0);
      http.close();
    }
  }

  @Test
  void idsMayHaveAnyCharacter() {
    MnemogridChatMemoryRepository repository =
        new MnemogridChatMemoryRepository(space, "/ids", key -> true);
    assertThat(repository.findConversationIds()).isEmpty();
    List<String> ids = List.of("a/b", "a~1b", "a.b", "~", "/", " ", "会話 🙂", "messages", "ids");
    for (String id : ids) {
      repository.saveAll(
          id, List.of(new org.springframework.ai.chat.messages.UserMessage("of " + id)));
    }
    assertThat(repository.findConversationIds()).containsExactlyInAnyOrderElementsOf(ids);
    for (String id : ids) {
      assertThat(repository.findByConversationId(id))
          .singleElement()
          .satisfies(message -> assertThat(message.getText()).isEqualTo("of " + id));
      repository.deleteByConversationId(id);
    }
    assertThat(repository.findConversationIds()).isEmpty();
    assertThatThrownBy(() -> repository.findByConversationId("x".repeat(1_020)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no chat can have this id")
        .hasMessageContaining("1024 bytes");
  }

  @Test
  void whatIsNoMessageAndWhatCannotBeKeptIsRefused() {
    MnemogridChatMemoryStore store = new MnemogridChatMemoryStore(space, "/refused");
    List<ChatMessage> list = List.of(user("a"), user("half of \ud83d"));
    assertThatThrownBy(() -> store.updateMessages("x", list))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("message 1 of the list for chat x");
    assertThat(store.getMessages("x")).isEmpty();
    space.set("/refused/messages/x/hello", "hello");
    assertThatThrownBy(() -> store.getMessages("x"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("/refused/messages/x/hello of chats is no message of a chat");
  }

  @Test
  void langChain4jAsThePageHasIt() {
    String url = urls().get(0);
    Client client = Client.builder(url).author("support-bot").build();
    MnemogridChatMemoryStore store = new MnemogridChatMemoryStore(client.space("support"));
    ChatMemory memory =
        MessageWindowChatMemory.builder()
            .id("customer-7")
            .maxMessages(20)
            .chatMemoryStore(store)
            .build();
    memory.add(UserMessage.from("Where is my parcel?"));
    memory.add(AiMessage.from("In Graz."));
    assertThat(memory.messages()).hasSize(2);
  }

  @Test
  void springAiAsThePageHasIt() {
    String url = urls().get(0);
    Client client = Client.builder(url).author("support-bot").build();
    var repository = new MnemogridChatMemoryRepository(client.space("support-2"));
    var memory =
        org.springframework.ai.chat.memory.MessageWindowChatMemory.builder()
            .chatMemoryRepository(repository)
            .maxMessages(20)
            .build();
    memory.add(
        "customer-7", new org.springframework.ai.chat.messages.UserMessage("Where is my parcel?"));
    assertThat(memory.get("customer-7")).hasSize(1);
    assertThat(repository.findConversationIds()).containsExactly("customer-7");
  }

  @Test
  void thePageHasCodeThatRunsHere() throws Exception {
    String page = Files.readString(Drills.ROOT.resolve("docs/adapters.md"));
    String here =
        Files.readString(Path.of("src/test/java/io/mnemogrid/drill/AdaptersIT.java"))
            .replaceAll("org\\.springframework\\.ai\\.chat\\.(memory|messages)\\.", "");
    List<String> statements =
        Pattern.compile("```java\n(.*?)```", Pattern.DOTALL)
            .matcher(page)
            .results()
            .flatMap(block -> List.of(block.group(1).split(";\n", -1)).stream())
            .map(AdaptersIT::bare)
            .filter(statement -> !statement.isEmpty())
            .toList();
    assertThat(statements).hasSizeGreaterThan(8);
    assertThat(statements).allSatisfy(statement -> assertThat(bare(here)).contains(statement));
  }

  private static String bare(String code) {
    return code.replaceAll("//[^\n]*\n|\\s", "");
  }
}
