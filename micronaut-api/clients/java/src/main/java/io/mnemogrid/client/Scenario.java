package io.mnemogrid.client;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * Plays a scenario file that the clients of all languages play, in a new space with a random name,
 * and ends with code 1 at the first difference. The file itself says what its steps mean.
 */
public final class Scenario {
  private static final String AUTHOR = "scenario";
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final long SECOND = 1000;
  private static final int NAME_DIGITS = 16;

  private final String[] urls;
  private final Client client;
  private final Space space;
  private final Map<String, Saved> saved = new HashMap<>();

  /** What a step leaves for later ones; the delta is there for those that committed one. */
  private record Saved(long version, String updateId, Delta delta) {}

  /** A difference between what a step expects and what came. */
  private static final class Difference extends Exception {
    private static final long serialVersionUID = 1;

    Difference(String what) {
      super(what, null, false, false);
    }
  }

  private Scenario(String[] urls, String name) {
    this.urls = urls;
    this.client = Client.builder(urls).author(AUTHOR).build();
    this.space = client.existing(name);
  }

  /**
   * Plays a file.
   *
   * @param args the base URLs of members with commas between, and the file
   */
  public static void main(String... args) throws IOException {
    if (args.length != 2) {
      System.err.println("usage: scenario URL[,URL…] FILE");
      System.exit(2);
      return;
    }
    Shape file = Shape.of(Json.parse(Files.readAllBytes(Path.of(args[1]))));
    file.member("format").oneOf("mnemogrid-scenario-1");
    String random = UUID.randomUUID().toString().replace("-", "").substring(0, NAME_DIGITS);
    Scenario scenario = new Scenario(args[0].split(","), "scenario-" + random);
    System.out.println("space " + scenario.space.name());
    int number = 0;
    for (Shape step : file.member("steps").items()) {
      number++;
      String op = step.member("op").string();
      try {
        System.out.println(number + " " + op + ": " + scenario.play(op, step));
      } catch (Difference | MnemogridException | IllegalArgumentException e) {
        System.out.println(number + " " + op + ": DIFFERS: " + e.getMessage());
        System.exit(1);
      }
    }
    System.out.println(number + " steps, no difference");
  }

  /** Plays one step and compares; answers what came, or that it was passed over. */
  private String play(String op, Shape step) throws Difference {
    if (op.equals("expect_error")) {
      return expectError(step);
    }
    if (op.equals("replica")) {
      return "passed over: this client has no replicas";
    }
    Map<String, Object> came = answer(op, step);
    if (step.optional("expect").isPresent()) {
      compare(step.member("expect"), Json.of(came));
    }
    return Json.of(came).canonical();
  }

  private static void compare(Shape expected, Json came) throws Difference {
    for (Map.Entry<String, Json> member : expected.object().members().entrySet()) {
      Optional<Json> found = came.member(member.getKey());
      if (!found.equals(Optional.of(member.getValue()))) {
        throw new Difference(
            member.getKey()
                + " is "
                + found.map(Json::canonical).orElse("not there")
                + ", expected "
                + member.getValue().canonical());
      }
    }
  }

  private String expectError(Shape step) throws Difference {
    Shape inner = step.member("step");
    try {
      answer(inner.member("op").string(), inner);
    } catch (ProblemException e) {
      compare(
          new Shape("", Json.of(Map.of("code", e.code(), "status", e.status()))),
          Json.of(
              Map.of(
                  "code", step.member("code").value(), "status", step.member("status").value())));
      return e.code();
    }
    throw new Difference("it is not refused");
  }

  private Map<String, Object> answer(String op, Shape step) throws Difference {
    return switch (op) {
      case "create" -> Map.of("version", space.create().version());
      case "head" -> head(step);
      case "get" -> get(step);
      case "commit" -> commit(step);
      case "repeat" -> repeat(step);
      case "patch" -> patch(step);
      case "compute" -> compute(step);
      case "conflict" -> conflict(step);
      case "history" -> versions(space.history(path(step)).toList());
      case "updates" -> versions(space.updates(version(step, "since")).toList());
      case "events" -> events(step);
      case "blame" -> blame(step);
      case "diff" ->
          Map.of("patch", byPath(space.diff(version(step, "from"), version(step, "to"))));
      case "rollback" -> committed(step, space.rollback(version(step, "to")), null);
      case "summary" -> summary();
      case "turn" -> turn(step);
      case "finality" -> finality(step);
      case "proof" -> proof(step);
      case "signed" -> signed(step);
      case "authorship" -> authorship(step);
      default -> throw new Difference("no step that this client knows");
    };
  }

  private Map<String, Object> blame(Shape step) {
    Blame blame = space.blame(path(step));
    return Map.of(
        "leaf", blame.leaf(),
        "version", blame.update().version(),
        "author", blame.update().author());
  }

  private Map<String, Object> summary() {
    Summary summary = space.summary();
    return Map.of(
        "summary", summary.summary(),
        "policies", summary.policies(),
        "version", summary.version());
  }

  private Map<String, Object> head(Shape step) {
    long version = space.head().version();
    save(step, new Saved(version, "", null));
    return Map.of("version", version);
  }

  private Map<String, Object> get(Shape step) {
    Json value =
        step.optional("at").isPresent()
            ? space.get(path(step), version(step, "at"))
            : space.get(path(step));
    return Map.of("value", value);
  }

  private Map<String, Object> commit(Shape step) {
    Delta delta = delta(step);
    return committed(step, space.commit(delta), delta);
  }

  private Delta delta(Shape step) {
    Delta delta = new Delta().author(author(step));
    step.optional("set").ifPresent(set -> set.object().members().forEach(delta::set));
    step.optional("delete")
        .ifPresent(paths -> paths.items().forEach(deleted -> delta.delete(deleted.string())));
    if (step.optional("base").isPresent()) {
      delta.base(version(step, "base"));
    }
    if (step.optional("strict").map(Shape::bool).orElse(false)) {
      delta.strict();
    }
    step.optional("timestamp").ifPresent(time -> delta.timestamp(Instant.parse(time.string())));
    step.optional("if_match").ifPresent(name -> delta.ifMatch(etag(name)));
    step.optional("update_id_of").ifPresent(name -> delta.updateId(saved(name).updateId()));
    return delta;
  }

  /** The tag of the version that a step left. */
  private String etag(Shape name) {
    return space.update(saved(name).version()).etag();
  }

  private Map<String, Object> repeat(Shape step) {
    return committed(step, space.commit(saved(step.member("of")).delta()), null);
  }

  private Map<String, Object> patch(Shape step) {
    Patch patch =
        step.optional("merge").isPresent()
            ? Patch.merge(step.member("merge").value())
            : Patch.steps(step.member("json").value().items());
    return committed(step, space.patch(patch.author(author(step))), null);
  }

  private Map<String, Object> compute(Shape step) {
    double add = step.member("add").value().number();
    Json[] value = {Json.Null.VALUE};
    Committed committed =
        space.compute(
            path(step), there -> value[0] = Json.of(there.map(Json::number).orElse(0.0) + add));
    Map<String, Object> came = committed(step, committed, null);
    came.put("value", value[0]);
    return came;
  }

  private Map<String, Object> conflict(Shape step) throws Difference {
    long base = space.head().version();
    List<Committed> outcomes = new ArrayList<>();
    for (String name : List.of("first", "second")) {
      Shape write = step.member(name);
      outcomes.add(
          space.commit(delta(write).base(base).set(path(step), write.member("value").value())));
    }
    Committed second = outcomes.get(1);
    Map<String, Object> came = new TreeMap<>();
    came.put("first", outcomes.get(0).outcome().toString());
    came.put("second", second.outcome().toString());
    came.put("version", second.version());
    came.put("value", space.get(path(step)));
    if (!second.superseded().isEmpty()) {
      came.put("superseded_by", second.superseded().get(0).author());
    }
    return came;
  }

  private Map<String, Object> events(Shape step) throws Difference {
    Follow follow = Follow.since(version(step, "since"));
    if (step.optional("path").isPresent()) {
      follow = follow.withPath(path(step));
    }
    if (step.optional("author").isPresent()) {
      follow = follow.withAuthor(step.member("author").string());
    }
    List<Shape> expected = step.member("expect").member("versions").items();
    long last = expected.get(expected.size() - 1).integer(1);
    List<Update> taken = new ArrayList<>();
    try (Events events = space.events(follow)) {
      while (taken.isEmpty() || taken.get(taken.size() - 1).version() < last) {
        Event event =
            events.poll(PATIENCE).orElseThrow(() -> new Difference("an event does not come"));
        if (event.isCommit()) {
          taken.add(event.update());
        }
      }
    }
    return versions(taken);
  }

  private Map<String, Object> turn(Shape step) {
    Turned turned =
        space.turn(turn -> {
          turn.delta().author(author(step));
          step.member("set").object().members().forEach(turn::set);
        });
    Committed committed = turned.committed().orElseThrow();
    Map<String, Object> came = committed(step, committed, null);
    came.put("saw", turned.seen().summary());
    return came;
  }

  private Map<String, Object> finality(Shape step) throws Difference {
    try {
      Finality finality =
          space.whenFinal(version(step, "version")).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      return Map.of("status", finality.status().toString());
    } catch (TimeoutException | ExecutionException e) {
      throw new Difference("it does not become final: " + e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Difference("interrupted");
    }
  }

  private Map<String, Object> proof(Shape step) throws Difference {
    long version = version(step, "at");
    String bundle = bundle(() -> space.factProof(path(step), version));
    Hash trusted = client.checkpoint(Bundles.checkpointNumber(bundle)).hash();
    Verdict verdict = Bundles.verify(bundle, trusted);
    if (!(verdict instanceof Verdict.Holds holds)
        || !(holds.claim() instanceof Verdict.Claim.Fact fact)) {
      throw new Difference("the bundle does not hold: " + verdict);
    }
    int digit = bundle.indexOf("\"state_root\":\"0x") + "\"state_root\":\"0x".length();
    String spoiled =
        bundle.substring(0, digit)
            + (bundle.charAt(digit) == '0' ? '1' : '0')
            + bundle.substring(digit + 1);
    if (Bundles.verify(spoiled, trusted).holds()) {
      throw new Difference("a spoiled bundle holds");
    }
    if (!fact.space().equals(space.name()) || fact.version() != version) {
      throw new Difference("the bundle is about something else: " + fact);
    }
    Map<String, Object> came = new TreeMap<>();
    came.put("verdict", fact.isPresent() ? "present" : "absent");
    fact.shown().ifPresent(value -> came.put("value", value));
    return came;
  }

  private Map<String, Object> signed(Shape step) {
    byte[] seed = new byte[32];
    new SecureRandom().nextBytes(seed);
    Signer signer = Signer.ofSeed(seed);
    String author = author(step);
    client
        .transport()
        .read(
            Call.of("POST", "/v1/authors")
                .body("application/json", Json.of(Map.of("author", author, "key", signer.key()))));
    Client.Builder signing = Client.builder(urls).author(author).signer(signer);
    step.optional("grid").ifPresent(grid -> signing.grid(grid.string()));
    Space own = signing.build().existing(space.name());
    Delta delta = new Delta().base(version(step, "base"));
    step.member("set").object().members().forEach(delta::set);
    Committed committed = own.commit(delta);
    Optional<Json> key = own.update(committed.version()).json().find("/signed/key");
    Map<String, Object> came = committed(step, committed, null);
    came.put("signed", key.equals(Optional.of(Json.of(signer.key()))));
    return came;
  }

  private Map<String, Object> authorship(Shape step) throws Difference {
    long version = version(step, "version");
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      String bundle = bundle(() -> space.updateProof(version));
      Hash trusted = client.checkpoint(Bundles.checkpointNumber(bundle)).hash();
      Verdict verdict = Bundles.verify(bundle, trusted);
      if (!(verdict instanceof Verdict.Holds holds)
          || !(holds.claim() instanceof Verdict.Claim.Recorded recorded)) {
        throw new Difference("the bundle does not hold: " + verdict);
      }
      if (recorded.isAuthorProven()) {
        String value = Json.parse(bundle).find("/author/signature").orElseThrow().text();
        String other = value.substring(0, value.length() - 1) + (value.endsWith("A") ? "Q" : "A");
        String from = "\"signature\":\"";
        if (Bundles.verify(bundle.replace(from + value, from + other), trusted).holds()) {
          throw new Difference("a bundle with another signature holds");
        }
      }
      if (recorded.isAuthorProven() || System.nanoTime() > end) {
        return Map.of("author", recorded.isAuthorProven() ? "proven" : "claimed");
      }
      Transport.sleep(Duration.ofMillis(SECOND));
    }
  }

  private static String bundle(Supplier<String> asked) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        return asked.get();
      } catch (ProblemException e) {
        if (!e.code().equals("not-checkpointed") || System.nanoTime() > end) {
          throw e;
        }
        Transport.sleep(Duration.ofMillis(SECOND));
      }
    }
  }

  private Map<String, Object> committed(Shape step, Committed committed, Delta delta) {
    save(step, new Saved(committed.version(), committed.updateId(), delta));
    Map<String, Object> came = new TreeMap<>();
    came.put("outcome", committed.outcome().toString());
    came.put("version", committed.version());
    came.put("superseded", committed.superseded().size());
    came.put("overrode", committed.overrode().size());
    came.put("duplicate", committed.isDuplicate());
    return came;
  }

  private static List<Json> byPath(Json patch) {
    List<Json> steps = new ArrayList<>(patch.items());
    steps.sort(Comparator.comparing(one -> one.member("path").orElseThrow().text()));
    return steps;
  }

  private static Map<String, Object> versions(List<Update> updates) {
    return Map.of("versions", updates.stream().map(Update::version).toList());
  }

  private void save(Shape step, Saved what) {
    step.optional("save").ifPresent(name -> saved.put(name.string(), what));
  }

  private Saved saved(Shape name) {
    Saved found = saved.get(name.string());
    if (found == null) {
      throw name.refusal("was not saved");
    }
    return found;
  }

  /** A version, or that of a saved step. */
  private long version(Shape step, String name) {
    Shape version = step.member(name);
    return version.value() instanceof Json.Str ? saved(version).version() : version.integer(0);
  }

  private static String path(Shape step) {
    return step.optional("path").map(Shape::string).orElse("");
  }

  private static String author(Shape step) {
    return step.optional("author").map(Shape::string).orElse(AUTHOR);
  }
}
