package io.mnemogrid.grid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.hazelcast.config.Config;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import io.mnemogrid.GridConfig;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.OwnTime;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Members of two versions that know the same secret: the classes that they name to each other are
 * not the same, so whoever comes second is told so, and soon.
 */
class OtherVersionIT {
  private static final String SECRET = "00112233445566778899aabbccddeeff";

  /** Hazelcast by itself would go on trying for five minutes. */
  private static final Duration SOON = Duration.ofSeconds(30);

  @TempDir Path folder;

  private final int port = TestGrid.freePort();

  /** All that matters of a member of another version: the name that it tells. */
  private HazelcastInstance memberOfVersion(int version, int at) {
    GridSettings settings =
        new GridSettings(cluster(), "old", "127.0.0.1", at, List.of(), SECRET, false, true);
    Config config = new Config();
    config.setClusterName(settings.wireName(version));
    config
        .setProperty("hazelcast.phone.home.enabled", "false")
        .setProperty("hazelcast.logging.type", "slf4j")
        .setProperty("hazelcast.wait.seconds.before.join", "0");
    config.getNetworkConfig().setPort(at).setPublicAddress("127.0.0.1");
    config.getNetworkConfig().getInterfaces().setEnabled(true).addInterface("127.0.0.1");
    JoinConfig join = config.getNetworkConfig().getJoin();
    join.getMulticastConfig().setEnabled(false);
    join.getAutoDetectionConfig().setEnabled(false);
    join.getTcpIpConfig().setEnabled(true).addMember("127.0.0.1:" + port);
    return Hazelcast.newHazelcastInstance(config);
  }

  private String cluster() {
    return "version-" + port;
  }

  private GridConfig joining(GridConfig config, int at) {
    return config
        .withCluster(cluster())
        .withSecret(SECRET)
        .withPort(at)
        .withMembers(List.of("127.0.0.1:" + port));
  }

  private void isTurnedAway(GridConfig config) {
    Duration took =
        OwnTime.of(() ->
            assertThatThrownBy(() -> Mnemogrid.start(joining(config, port + 20)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContainingAll(
                    "127.0.0.1:" + port, "another version of mnemogrid", "stop all members"));
    assertThat(took).isLessThan(SOON);
  }

  @Test
  void aMemberIsNotLetIntoAGridOfAnotherVersion() {
    HazelcastInstance older = memberOfVersion(GridSettings.WIRE_VERSION - 1, port);
    try {
      isTurnedAway(GridConfig.lite());
      isTurnedAway(GridConfig.onOneHost(folder.resolve("mnemogrid.db")));
      assertThat(older.getCluster().getMembers()).hasSize(1);
    } finally {
      older.shutdown();
    }
  }

  @Test
  void aMemberOfAnotherVersionIsNotLetIn() {
    GridConfig config = GridConfig.onOneHost(folder.resolve("mnemogrid.db"));
    try (Mnemogrid member = Mnemogrid.start(joining(config, port))) {
      HazelcastInstance older = memberOfVersion(GridSettings.WIRE_VERSION - 1, port + 20);
      try {
        assertThat(older.getCluster().getMembers()).hasSize(1);
        assertThat(member.members()).hasSize(1);
      } finally {
        older.shutdown();
      }
    }
  }
}
