package io.mnemogrid.tool;

import io.mnemogrid.GridConfig.AnchorConfig;
import io.mnemogrid.audit.Fsck;
import io.mnemogrid.audit.Mismatch;
import io.mnemogrid.checkpoint.Anchor;
import io.mnemogrid.command.CommandFailure;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.command.RunRecord;
import io.mnemogrid.member.AnchorOpener;
import io.mnemogrid.member.OldPolicies;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.store.Store;
import io.mnemogrid.store.StoreRows;
import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code fsck}: recomputes every root of every space and compares all that the store says. If a
 * member runs on the data folder, its heads are asked and its chain is used, unless the options
 * name others. What was changed and counts for nothing is a notice, and no mismatch.
 */
@Command(name = "fsck")
public final class FsckCommand extends StoreAction {
  @Option(
      names = "--chain",
      paramLabel = "URL",
      description = "the chain that the checkpoints are on")
  private @Nullable URI chain;

  @Option(names = "--contract", paramLabel = "0x…", description = "the contract on that chain")
  private @Nullable String contract;

  @Option(
      names = "--notary",
      paramLabel = "DIR",
      description = "or the folder of the notary that signed them (default DIR/notary)")
  private @Nullable Path notary;

  @Option(
      names = "--no-chain",
      description = "or do without: else it is 1 when checkpoints are public and none is looked at")
  private boolean noChain;

  @Option(
      names = "--url",
      paramLabel = "URL",
      description = "a member whose heads are compared too")
  private @Nullable String url;

  @Override
  ExitCode play(PrintStream out, PrintStream err) {
    askTheRunOfThisFolder();
    List<Fsck.Claim> claims = claims(); // first: what they show now is in the log that is read
    ProgressLine bar = new ProgressLine(err);
    try (Store opened = store.openToRead();
        StoreRows rows = store.rows()) {
      Fsck fsck = new Fsck(rows, opened, bar);
      Optional<Anchor> anchor = new AnchorOpener(anchor(), opened.settings()).openExisting();
      Optional<Mismatch> mismatch;
      try {
        mismatch = fsck.run(claims, anchor);
      } finally {
        anchor.ifPresent(Anchor::close);
      }
      bar.end();
      Fsck.Seen seen = fsck.seen();
      // Whoever rewrote the whole store would have rewritten it consistently.
      boolean unseen = anchor.isEmpty() && seen.finalized() > 0 && !noChain;
      if (mismatch.isPresent()) {
        out.println("mismatch at " + mismatch.get().where() + ": " + mismatch.get().what());
        return ExitCode.DOES_NOT_HOLD;
      }
      out.printf(
          "%s: %d spaces, %d versions recomputed (%d/s), %d snapshots, %d audited heads,"
              + " %d checkpoints, %s%s, %s%n",
          unseen ? "consistent in itself" : "verified",
          seen.spaces(),
          seen.versions(),
          bar.rate(seen.versions()),
          seen.snapshots(),
          seen.audited(),
          seen.checkpoints(),
          seen.sheets() == 0 ? "" : seen.sheets() + " sheets of the audit trail, ",
          anchor.isPresent() ? "held against " + anchor.get().identity() : "no chain looked at",
          claims.isEmpty() ? "no member asked" : claims.size() + " heads shown by a member");
      OldPolicies.altered(opened.log()).forEach(sentence -> out.println("notice: " + sentence));
      if (unseen) {
        err.printf(
            "mnemogrid: %d checkpoints were made public, and nothing says where, so the store"
                + " is not verified against them: name --chain URL or --notary DIR, or say"
                + " --no-chain to do without%n",
            seen.finalized());
        return ExitCode.CANNOT_TELL;
      }
      return ExitCode.OK;
    }
  }

  private void askTheRunOfThisFolder() {
    RunRecord member = RunRecord.running(store.data(), "member").orElse(null);
    if (member == null || store.isPostgres()) {
      return;
    }
    if (url == null) {
      url = member.setting("MNEMOGRID_HTTP_PORT").map(RunRecord::api).orElse(null);
    }
    if (chain == null && notary == null && !noChain) {
      chain = member.setting("MNEMOGRID_CHAIN_URL").map(URI::create).orElse(null);
    }
  }

  private AnchorConfig anchor() {
    if (noChain) {
      return new AnchorConfig.None();
    }
    if (chain != null) {
      return new AnchorConfig.Evm(chain, System.getenv("MNEMOGRID_CHAIN_KEY"), contract, 1);
    }
    Path folder = notary == null ? store.data().resolve("notary") : notary;
    if (notary != null && !Files.isDirectory(notary)) {
      throw new CommandFailure(
          ExitCode.NOTHING_THERE, "there is no folder of a notary at " + notary + ": see --notary");
    }
    boolean there = !store.isPostgres() || notary != null;
    if (there && Files.isDirectory(folder) && !Files.isWritable(folder)) {
      throw new CommandFailure(
          ExitCode.NOT_ALLOWED,
          "the notary's folder "
              + folder
              + " may not be written, and its file is only read under a lock: name a copy of it"
              + " with --notary, or say --no-chain to do without");
    }
    return there && Files.isDirectory(folder)
        ? new AnchorConfig.Notary(folder)
        : new AnchorConfig.None();
  }

  /** The heads that a member's API shows. */
  private List<Fsck.Claim> claims() {
    List<Fsck.Claim> claims = new ArrayList<>();
    if (url == null) {
      return claims;
    }
    ApiClient api = new ApiClient(url, store.data());
    String cursor = "";
    while (true) {
      Json.Obj page = api.getJson("/v1/spaces?limit=500" + cursor);
      for (Json item :
          page.get("items") instanceof Json.Arr items ? items.items() : List.<Json>of()) {
        if (item instanceof Json.Obj head && !Json.of(0).equals(head.get("version"))) {
          claims.add(claim(url, head));
        }
      }
      if (!(page.get("next") instanceof Json.Str next)) {
        return claims;
      }
      cursor = "&cursor=" + ApiClient.encoded(next.value());
    }
  }

  private static Fsck.Claim claim(String url, Json.Obj head) {
    try {
      return new Fsck.Claim(
          url,
          new SpaceName(text(head, "space")),
          head.get("version") instanceof Json.Num number ? (long) number.value() : 0,
          Hash.parse(text(head, "root")),
          Hash.parse(text(head, "log_root")));
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(
          ExitCode.CANNOT_TELL, url + " shows what is no head: " + e.getMessage(), e);
    }
  }

  private static String text(Json.Obj object, String name) {
    if (object.get(name) instanceof Json.Str text) {
      return text.value();
    }
    throw new IllegalStateException("the member shows a head without " + name);
  }
}
