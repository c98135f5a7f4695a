package io.mnemogrid.tool;

import io.mnemogrid.chain.PublicCheckpoints;
import io.mnemogrid.checkpoint.Address;
import io.mnemogrid.checkpoint.AnchorUnavailable;
import io.mnemogrid.checkpoint.Bundle;
import io.mnemogrid.checkpoint.BundleVerifier;
import io.mnemogrid.checkpoint.BundleVerifier.Verdict;
import io.mnemogrid.command.Action;
import io.mnemogrid.command.CommandFailure;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.JsonException;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code verify}: checks a bundle with no member running (docs/proofs.md). What it trusts comes
 * from its own options alone. What was shown goes to standard output, everything else to standard
 * error.
 */
@Command(name = "verify")
public final class VerifyCommand implements Action {
  @Parameters(paramLabel = "FILE", description = "the bundle")
  private Path file = Path.of("");

  @Option(
      names = "--checkpoint",
      paramLabel = "0x…",
      description = "trust this hash of a checkpoint")
  private @Nullable String checkpoint;

  @Option(
      names = "--chain",
      paramLabel = "URL",
      description = "or a chain, with --contract and --chain-id")
  private @Nullable URI chain;

  @Option(names = "--contract", paramLabel = "0x…", description = "the contract on that chain")
  private @Nullable String contract;

  @Option(names = "--chain-id", paramLabel = "N", description = "the number of that chain")
  private @Nullable Long chainId;

  @Option(
      names = "--notary-key",
      paramLabel = "HEX",
      description = "or a notary's public key, with --notary-file")
  private @Nullable String notaryKey;

  @Option(names = "--notary-file", paramLabel = "FILE", description = "what that notary signed")
  private @Nullable Path notaryFile;

  @Option(
      names = "--expect",
      paramLabel = "JSON",
      description = "and demand these members of what is shown")
  private @Nullable String expect;

  @Override
  public int run(PrintStream out, PrintStream err) throws IOException {
    if (Stream.of(checkpoint, chain, notaryKey).filter(Objects::nonNull).count() != 1) {
      throw new CommandFailure(
          ExitCode.USAGE, "name one thing to trust: --checkpoint, --chain or --notary-key");
    }
    final Json.Obj expected = expected();
    Bundle bundle;
    try {
      bundle = BundleVerifier.parse(read(file));
    } catch (JsonException e) {
      err.println("unreadable: " + e.getMessage());
      return ExitCode.USAGE.code();
    }
    long number = bundle.place().header().number();
    Optional<Hash> trusted = trusted(number);
    if (trusted.isEmpty()) {
      return fails(err, "checkpoint", "there is no checkpoint " + number);
    }
    return switch (BundleVerifier.verify(bundle, trusted.get())) {
      case Verdict.Holds it -> holds(out, err, shown(it, trusted.get()), expected);
      case Verdict.Fails fails -> fails(err, fails.step().text(), fails.why());
      case Verdict.Unreadable unreadable -> {
        err.println("unreadable: " + unreadable.why());
        yield ExitCode.USAGE.code();
      }
    };
  }

  private Json.Obj expected() {
    if (expect == null) {
      return Json.EMPTY_OBJECT;
    }
    try {
      return Json.parseObject(expect);
    } catch (JsonException e) {
      throw new CommandFailure(
          ExitCode.USAGE, "--expect wants a JSON object: " + e.getMessage(), e);
    }
  }

  private static byte[] read(Path path) throws IOException {
    NamedFile.refuseUnreadable(path);
    byte[] bytes =
        Files.size(path) > Bundle.MAX_BYTES
            ? new byte[Bundle.MAX_BYTES + 1]
            : Files.readAllBytes(path);
    // An editor's line break at the end is no part of the bundle.
    boolean broken = bytes.length > 0 && bytes[bytes.length - 1] == '\n';
    return broken ? Arrays.copyOf(bytes, bytes.length - 1) : bytes;
  }

  /** The hash that the verifier trusts for a number. */
  private Optional<Hash> trusted(long number) {
    try {
      if (checkpoint != null) {
        return Optional.of(Hash.parse(checkpoint));
      }
      if (notaryKey != null) {
        return PublicCheckpoints.inNotaryFile(need("--notary-file", notaryFile), notaryKey, number);
      }
      return PublicCheckpoints.onChain(
          need("--chain", chain),
          need("--chain-id", chainId),
          new Address(need("--contract", contract)),
          number);
    } catch (AnchorUnavailable e) {
      throw new CommandFailure(ExitCode.UNAVAILABLE, String.valueOf(e.getMessage()), e);
    } catch (IllegalStateException e) {
      throw new CommandFailure(ExitCode.CANNOT_TELL, String.valueOf(e.getMessage()), e);
    }
  }

  private static <T> T need(String option, @Nullable T value) {
    if (value == null) {
      throw new CommandFailure(ExitCode.USAGE, option + " is missing: ./mnemogrid help verify");
    }
    return value;
  }

  private static int fails(PrintStream err, String step, String why) {
    err.println("does not hold, step " + step + ": " + why);
    return ExitCode.DOES_NOT_HOLD.code();
  }

  private static int holds(PrintStream out, PrintStream err, Json.Obj shown, Json.Obj expected) {
    out.println(shown.canonical());
    for (Map.Entry<String, Json> member : expected.members().entrySet()) {
      Json is = shown.get(member.getKey());
      if (is == null || !matches(member.getKey(), is, member.getValue())) {
        return fails(
            err,
            "expect",
            member.getKey()
                + " is "
                + (is == null ? "not shown" : is.canonical())
                + ", expected was "
                + member.getValue().canonical());
      }
    }
    return ExitCode.OK.code();
  }

  /**
   * Whether a member that is shown is the expected one. Of a record, a checkpoint and the earlier
   * history, only the members that {@code expected} names are compared.
   */
  private static boolean matches(String name, Json is, Json expected) {
    if ((name.equals("record") || name.equals("from") || name.equals("checkpoint"))
        && is instanceof Json.Obj object
        && expected instanceof Json.Obj wanted) {
      return wanted.members().entrySet().stream()
          .allMatch(member -> member.getValue().equals(object.get(member.getKey())));
    }
    return is.equals(expected);
  }

  /** The claim and its kind, the checkpoint, and what an update or a consistency is about. */
  private static Json.Obj shown(Verdict.Holds it, Hash checkpoint) {
    Bundle bundle = it.bundle();
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
      case Bundle.Update update -> {
        members.put("author", Json.of(it.isAuthorProven() ? "proven" : "claimed"));
        Json.Obj record = Json.parseObject(update.update().record());
        if (it.isAuthorProven() && record.get("signed") instanceof Json.Obj signed) {
          members.put("author_key", Json.of(signed.text("key")));
        }
        members.put("record", record);
      }
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
