package io.mnemogrid.member;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.Audits;
import io.mnemogrid.audit.AuditLag;
import io.mnemogrid.checkpoint.AuditedHead;
import io.mnemogrid.checkpoint.ContentAddress;
import io.mnemogrid.checkpoint.Head;
import io.mnemogrid.log.Scribe;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.store.SqliteStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LagWatchTest {
  private static final SpaceName SPACE = SpaceName.of("daryl");

  @TempDir Path folder;

  @Test
  void namesTheSpaceThatIsTooFarBehindUntilItIsAudited() {
    try (SqliteStore store = SqliteStore.open(folder.resolve("mnemogrid.db"))) {
      LagWatch watch = new LagWatch();
      assertThat(watch.lag()).isEqualTo(new Audits.Lag(0, Duration.ZERO));
      Scribe scribe = new Scribe(SPACE); // its times are of February 2026
      store.log().create(SPACE, "{}");
      store.log().append(List.of(scribe.batch("u", 5)));

      watch.look(store.log(), store.audited(), true);
      assertThat(watch.tooFar()).map(AuditLag::space).contains(SPACE);
      assertThat(watch.lag().updates()).isEqualTo(5);
      assertThat(watch.lag().age()).isGreaterThan(AuditLag.BOUND);

      store
          .audited()
          .publish(
              new AuditedHead(
                  new Head(SPACE, 5, scribe.head().root(), scribe.snapshot().logRoot()),
                  scribe.head().leafHash(),
                  new ContentAddress(Hash.ZERO),
                  5,
                  scribe.head().committed(),
                  store.log().now(),
                  null));
      watch.look(store.log(), store.audited(), true);
      assertThat(watch.tooFar()).isEmpty();
      assertThat(watch.lag()).isEqualTo(new Audits.Lag(0, Duration.ZERO));
    }
  }
}
