package io.mnemogrid.bench;

import io.mnemogrid.process.Ports;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisConnectionException;

/**
 * Redis with {@code appendfsync always}. A script sets a field of a hash, increments a version and
 * appends to a list. Each writer has one Jedis connection and does not pipeline.
 */
final class RedisPeer implements Peer {
  static final String NAME = "Redis, Jedis";
  private static final String SCRIPT =
      """
      redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
      local version = redis.call('INCR', KEYS[2])
      redis.call('RPUSH', KEYS[3], version .. ' ' .. ARGV[1] .. ' ' .. ARGV[2])
      return version
      """;

  private final Process server;
  private final List<Jedis> connections = new ArrayList<>();
  private final String sha;

  RedisPeer(Path folder, int writers, int documents, int leaves)
      throws IOException, InterruptedException {
    Files.createDirectories(folder);
    int port = Ports.free(1).getFirst();
    try {
      server =
          new ProcessBuilder(
                  "redis-server",
                  "--bind",
                  "127.0.0.1",
                  "--port",
                  String.valueOf(port),
                  "--dir",
                  folder.toString(),
                  "--save",
                  "",
                  "--appendonly",
                  "yes",
                  "--appendfsync",
                  "always",
                  "--maxclients",
                  "2000")
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("redis.log").toFile())
              .start();
    } catch (IOException e) {
      throw new IllegalStateException(
          "the benchmark needs Redis beside it: apt-get install redis-server", e);
    }
    try (Jedis first = connect(port)) {
      sha = first.scriptLoad(SCRIPT);
      for (int document = 0; document < documents; document++) {
        Map<String, String> fields = new HashMap<>();
        for (int field = 0; field < leaves; field++) {
          fields.put("field-" + field, String.valueOf(field));
        }
        first.hset("document-" + document, fields);
      }
    }
    for (int i = 0; i < writers; i++) {
      connections.add(connect(port));
    }
  }

  private static Jedis connect(int port) throws InterruptedException {
    long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    while (true) {
      try {
        Jedis connection = new Jedis("127.0.0.1", port, 10_000);
        connection.ping();
        return connection;
      } catch (JedisConnectionException e) {
        if (System.nanoTime() > deadline) {
          throw e;
        }
        TimeUnit.MILLISECONDS.sleep(50);
      }
    }
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public void write(int writer, int document, int field, long value) {
    String key = "document-" + document;
    connections
        .get(writer)
        .evalsha(
            sha,
            List.of(key, key + ":version", key + ":log"),
            List.of("field-" + field, String.valueOf(value)));
  }

  /** Reads a field of the first document, which must be there. */
  void read(int reader, int field) {
    if (connections.get(reader).hget("document-0", "field-" + field) == null) {
      throw new IllegalStateException("field-" + field + " is missing");
    }
  }

  @Override
  public void close() throws InterruptedException {
    connections.forEach(Jedis::close);
    server.destroy();
    server.waitFor();
  }
}
