package io.mnemogrid.tool;

import io.mnemogrid.chain.PublicCheckpoints;
import io.mnemogrid.checkpoint.Address;
import io.mnemogrid.checkpoint.AnchorUnavailable;
import io.mnemogrid.checkpoint.Bundle;
import io.mnemogrid.checkpoint.BundleVerifier;
import io.mnemogrid.checkpoint.BundleVerifier.Verdict;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.JsonException;
import io.mnemogrid.store.Private;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * {@code prove} asks a member's API for a bundle, {@code verify} checks one with no member running
 * (docs/proofs.md). Answers go to standard output, everything else to standard error.
 */
public final class ProofCommands {
  /** The bundle holds, or was written. */
  static final int DONE = 0;

  /** Nothing was found out: the options are wrong, or nobody answers. */
  static final int CANNOT_TELL = 1;

  /** What was given is no bundle. */
  static final int UNREADABLE = 2;

  /** The bundle does not hold, or is not about what was expected. */
  static final int DOES_NOT_HOLD = 7;

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String PROVE =
      "prove <space> <path> [--at VERSION] [--checkpoint N] [--url URL] [-o FILE]";
  private static final String VERIFY =
      "verify FILE (--checkpoint 0x… | --chain URL --contract 0x… --chain-id N |"
          + " --notary-key HEX --notary-file FILE) [--expect JSON]";

  private final PrintStream out;
  private final PrintStream err;

  ProofCommands(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  /** {@code prove …} or {@code verify …}; ends the process with the exit code. */
  public static void main(String[] args) {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    PrintStream err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
    System.exit(new ProofCommands(out, err).run(List.of(args)));
  }

  /** What the command line is wrong about, or what did not answer. */
  private static final class CannotTell extends RuntimeException {
    private static final long serialVersionUID = 1;

    CannotTell(String why) {
      super(why);
    }
  }

  int run(List<String> args) {
    String command = args.isEmpty() ? "" : args.getFirst();
    List<String> rest = args.isEmpty() ? args : args.subList(1, args.size());
    try {
      return switch (command) {
        case "prove" -> prove(rest);
        case "verify" -> verify(rest);
        default -> throw new CannotTell("say " + PROVE + "\nor " + VERIFY);
      };
    } catch (CannotTell e) {
      err.println("mnemogrid: " + e.getMessage());
      return CANNOT_TELL;
    }
  }

  /** Options by name, and what stands between them. */
  private record Options(List<String> words, Map<String, String> named) {
    static Options of(List<String> args, Set<String> known, String usage) {
      List<String> words = new ArrayList<>();
      Map<String, String> named = new HashMap<>();
      for (int i = 0; i < args.size(); i++) {
        String arg = args.get(i);
        if (!arg.startsWith("-")) {
          words.add(arg);
        } else if (!known.contains(arg)) {
          throw new CannotTell("there is no option " + arg + "; say " + usage);
        } else if (i + 1 == args.size()) {
          throw new CannotTell(arg + " wants a value");
        } else if (named.put(arg, args.get(++i)) != null) {
          throw new CannotTell(arg + " is there twice");
        }
      }
      return new Options(words, named);
    }

    @Nullable String get(String name) {
      return named.get(name);
    }

    boolean has(String name) {
      return named.containsKey(name);
    }

    /** A value that must be there. */
    String need(String name) {
      String value = named.get(name);
      if (value == null) {
        throw new CannotTell(name + " is missing; say " + VERIFY);
      }
      return value;
    }

    long number(String name) {
      try {
        return Long.parseLong(need(name));
      } catch (NumberFormatException e) {
        throw new CannotTell(name + " wants a whole number");
      }
    }
  }

  // ------------------------------------------------------------------ prove

  private int prove(List<String> args) {
    Options options = Options.of(args, Set.of("--at", "--checkpoint", "--url", "-o"), PROVE);
    if (options.words.size() != 2) {
      throw new CannotTell("say " + PROVE);
    }
    String url = options.named.getOrDefault("--url", "http://127.0.0.1:8080");
    StringBuilder query = new StringBuilder("path=" + encoded(options.words.getLast()));
    for (String name : List.of("--at", "--checkpoint")) {
      String value = options.get(name);
      if (value != null) {
        query.append('&').append(name.substring(2)).append('=').append(encoded(value));
      }
    }
    String call = url + "/v1/spaces/" + encoded(options.words.getFirst()) + "/proofs/fact?" + query;
    HttpResponse<byte[]> answer = get(call);
    String text = new String(answer.body(), StandardCharsets.UTF_8);
    if (answer.statusCode() != 200) {
      throw new CannotTell(sentence(answer.statusCode(), text));
    }
    String file = options.get("-o");
    if (file == null) {
      out.println(text);
      return DONE;
    }
    try {
      try (FileChannel channel =
          Private.open(Path.of(file), StandardOpenOption.TRUNCATE_EXISTING)) {
        Channels.newOutputStream(channel).write(answer.body());
      }
    } catch (IOException e) {
      throw new CannotTell("cannot write " + file + ": " + e.getMessage());
    }
    err.println("wrote " + file + ", " + answer.body().length + " bytes");
    return DONE;
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private static HttpResponse<byte[]> get(String url) {
    try (HttpClient client = HttpClient.newBuilder().connectTimeout(PATIENCE).build()) {
      return client.send(
          HttpRequest.newBuilder(URI.create(url)).timeout(PATIENCE).build(),
          HttpResponse.BodyHandlers.ofByteArray());
    } catch (IllegalArgumentException e) {
      throw new CannotTell("no URL: " + url);
    } catch (IOException e) {
      throw new CannotTell(
          "nobody answers at " + url + ": start ./mnemogrid run, or name another with --url");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CannotTell("interrupted");
    }
  }

  /** Detail and hint of a problem, or the bare status. */
  private static String sentence(int status, String text) {
    try {
      Json.Obj problem = Json.parseObject(text);
      if (problem.get("detail") instanceof Json.Str detail
          && problem.get("hint") instanceof Json.Str hint) {
        return detail.value() + " (" + hint.value() + ")";
      }
    } catch (JsonException e) {
      return "the server answers " + status;
    }
    return "the server answers " + status;
  }

  // ------------------------------------------------------------------ verify

  private int verify(List<String> args) {
    Options options =
        Options.of(
            args,
            Set.of(
                "--checkpoint",
                "--chain",
                "--contract",
                "--chain-id",
                "--notary-key",
                "--notary-file",
                "--expect"),
            VERIFY);
    if (options.words.size() != 1) {
      throw new CannotTell("say " + VERIFY);
    }
    if (List.of("--checkpoint", "--chain", "--notary-key").stream().filter(options::has).count()
        != 1) {
      throw new CannotTell(
          "name one thing to trust: --checkpoint, --chain or --notary-key; say " + VERIFY);
    }
    Json.Obj expected = expected(options);
    Bundle bundle;
    try {
      bundle = BundleVerifier.parse(read(options.words.getFirst()));
    } catch (JsonException e) {
      err.println("unreadable: " + e.getMessage());
      return UNREADABLE;
    }
    long number = bundle.place().header().number();
    Optional<Hash> trusted = trusted(options, number);
    if (trusted.isEmpty()) {
      return fails("checkpoint", "there is no checkpoint " + number);
    }
    return switch (BundleVerifier.verify(bundle, trusted.get())) {
      case Verdict.Holds _ -> holds(bundle, trusted.get(), expected);
      case Verdict.Fails fails -> fails(fails.step().text(), fails.why());
      case Verdict.Unreadable unreadable -> {
        err.println("unreadable: " + unreadable.why());
        yield UNREADABLE;
      }
    };
  }

  private static Json.Obj expected(Options options) {
    String text = options.get("--expect");
    if (text == null) {
      return Json.EMPTY_OBJECT;
    }
    try {
      return Json.parseObject(text);
    } catch (JsonException e) {
      throw new CannotTell("--expect wants a JSON object: " + e.getMessage());
    }
  }

  private static byte[] read(String file) {
    try {
      Path path = Path.of(file);
      byte[] bytes =
          Files.size(path) > Bundle.MAX_BYTES
              ? new byte[Bundle.MAX_BYTES + 1]
              : Files.readAllBytes(path);
      // An editor's line break at the end is no part of the bundle.
      boolean broken = bytes.length > 0 && bytes[bytes.length - 1] == '\n';
      return broken ? java.util.Arrays.copyOf(bytes, bytes.length - 1) : bytes;
    } catch (IOException e) {
      throw new CannotTell("cannot read " + file + ": " + e.getMessage());
    }
  }

  /** The hash that the verifier trusts for a number, from its own options alone. */
  private static Optional<Hash> trusted(Options options, long number) {
    try {
      if (options.has("--checkpoint")) {
        return Optional.of(Hash.parse(options.need("--checkpoint")));
      }
      if (options.has("--notary-key")) {
        return PublicCheckpoints.inNotaryFile(
            Path.of(options.need("--notary-file")), options.need("--notary-key"), number);
      }
      return PublicCheckpoints.onChain(
          URI.create(options.need("--chain")),
          options.number("--chain-id"),
          new Address(options.need("--contract")),
          number);
    } catch (AnchorUnavailable | IllegalStateException | IllegalArgumentException e) {
      throw new CannotTell(String.valueOf(e.getMessage()));
    }
  }

  private int fails(String step, String why) {
    err.println("does not hold, step " + step + ": " + why);
    return DOES_NOT_HOLD;
  }

  private int holds(Bundle bundle, Hash checkpoint, Json.Obj expected) {
    Json.Obj shown = shown(bundle, checkpoint);
    for (Map.Entry<String, Json> member : expected.members().entrySet()) {
      Json is = shown.get(member.getKey());
      if (is == null || !matches(member.getKey(), is, member.getValue())) {
        out.println(shown.canonical());
        return fails(
            "expect",
            member.getKey()
                + " is "
                + (is == null ? "not shown" : is.canonical())
                + ", expected was "
                + member.getValue().canonical());
      }
    }
    out.println(shown.canonical());
    return DONE;
  }

  /** Equal; of an update's record and of the earlier history the named members only. */
  private static boolean matches(String name, Json is, Json expected) {
    if ((name.equals("record") || name.equals("from") || name.equals("checkpoint"))
        && is instanceof Json.Obj object
        && expected instanceof Json.Obj wanted) {
      return wanted.members().entrySet().stream()
          .allMatch(member -> member.getValue().equals(object.get(member.getKey())));
    }
    return is.equals(expected);
  }

  /** The claim, with its kind and what an update or a growth is about, and the checkpoint. */
  private static Json.Obj shown(Bundle bundle, Hash checkpoint) {
    TreeMap<String, Json> members = new TreeMap<>(bundle.claim().members());
    members.put("kind", Json.of(bundle.subject().kind()));
    members.put(
        "checkpoint",
        Json.object(
            Map.of(
                "hash",
                Json.of(checkpoint.toString()),
                "number",
                new Json.Num(bundle.place().header().number()))));
    switch (bundle.subject()) {
      case Bundle.Fact _ -> {}
      case Bundle.Update update ->
          members.put("record", Json.parseCanonical(update.update().record()));
      case Bundle.Consistency consistency ->
          members.put(
              "from",
              Json.object(
                  Map.of(
                      "root", Json.of(consistency.fromRoot().toString()),
                      "size", Json.of(consistency.fromSize()))));
    }
    return new Json.Obj(members);
  }
}
