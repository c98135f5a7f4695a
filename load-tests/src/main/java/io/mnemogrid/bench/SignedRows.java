package io.mnemogrid.bench;

import io.mnemogrid.Authors;
import io.mnemogrid.Space;
import io.mnemogrid.signature.AuthorSigner;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What it costs that authors sign: the same writers with and without keys, each on a member of its
 * own in this process. The writers sign on the same processors on which the member checks.
 */
final class SignedRows {
  private static final int WRITERS = 64;
  private static final double LEAST = 5_000;
  private static final String SIGNED = "each signed";
  private static final String PLAIN = "none signed";

  private SignedRows() {}

  /** A member whose writers have keys. */
  private static final class SigningPeer extends MnemogridPeer {
    private final List<AuthorSigner> signers = new ArrayList<>();

    SigningPeer(Path folder) throws Exception {
      super(folder, 1, PeerRows.LEAVES);
      Authors authors = grid().authors().orElseThrow();
      for (int writer = 0; writer < WRITERS; writer++) {
        signers.add(AuthorSigner.create());
        authors.add(author(writer), signers.getLast().key());
      }
    }

    @Override
    Space signing(int writer, Space space) {
      return space.signing(signers.get(writer));
    }
  }

  static List<Row> signed(Run run) throws Exception {
    Path folder = run.empty("signed");
    try (Peer plain = new MnemogridPeer(folder.resolve("plain"), 1, PeerRows.LEAVES);
        Peer signing = new SigningPeer(folder.resolve("signed"))) {
      Map<String, Run.Contender> peers = new LinkedHashMap<>();
      peers.put(PLAIN, time -> PeerRows.write(plain, WRITERS, 1, PeerRows.LEAVES, time));
      peers.put(SIGNED, time -> PeerRows.write(signing, WRITERS, 1, PeerRows.LEAVES, time));
      Map<String, Load.Result> results = run.interleave(peers);
      double signed = Objects.requireNonNull(results.get(SIGNED)).perSecond();
      double unsigned = Objects.requireNonNull(results.get(PLAIN)).perSecond();
      return List.of(
          new Row(
              "64 writers, one hot space, each signed",
              Row.perSecond(signed),
              PLAIN + " " + Row.perSecond(unsigned),
              signed,
              new Row.Goal(true, LEAST, "/s")));
    }
  }
}
