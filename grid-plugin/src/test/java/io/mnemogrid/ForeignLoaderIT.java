package io.mnemogrid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.mnemogrid.grid.TestGrid;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A bot that has the library in a class loader of its own, which is not that of its threads. */
class ForeignLoaderIT {
  private static final String SERVICES = "META-INF/services/";

  @TempDir Path folder;

  /** The whole class path once more, and nothing of this test's own classes. */
  private static class Foreign extends URLClassLoader {
    Foreign() {
      super(classPath(), ClassLoader.getPlatformClassLoader());
    }

    private static URL[] classPath() {
      return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
          .map(entry -> url(Path.of(entry)))
          .toArray(URL[]::new);
    }

    private static URL url(Path entry) {
      try {
        return entry.toUri().toURL();
      } catch (MalformedURLException e) {
        throw new UncheckedIOException(e);
      }
    }

    /** Starts a lite member that joins at {@code port}. */
    AutoCloseable start(int port, Path secret) throws ReflectiveOperationException {
      Class<?> type = loadClass(GridConfig.class.getName());
      Object config = type.getMethod("lite").invoke(null);
      config = type.getMethod("withCluster", String.class).invoke(config, "test-" + port);
      config = type.getMethod("withPort", int.class).invoke(config, port + 20);
      config =
          type.getMethod("withMembers", List.class).invoke(config, List.of("127.0.0.1:" + port));
      config = type.getMethod("withSecret", Path.class).invoke(config, secret);
      try {
        Class<?> api = loadClass(Mnemogrid.class.getName());
        return (AutoCloseable) api.getMethod("start", type).invoke(null, config);
      } catch (InvocationTargetException e) {
        if (e.getTargetException() instanceof RuntimeException thrown) {
          throw thrown;
        }
        throw e;
      }
    }
  }

  /** As if somebody had packed several jars into one and lost what names the member. */
  private static final class Repacked extends Foreign {
    @Override
    public Enumeration<URL> findResources(String name) throws IOException {
      return name.equals(SERVICES + MemberProvider.class.getName())
          ? Collections.emptyEnumeration()
          : super.findResources(name);
    }
  }

  @Test
  void findsTheMemberWhateverLoaderItsThreadHas() throws Exception {
    int port = TestGrid.freePort();
    Path other = Files.writeString(folder.resolve("other.secret"), "0123456789abcdef".repeat(2));
    try (Mnemogrid server = Mnemogrid.start(TestGrid.member(folder, port));
        Foreign library = new Foreign()) {
      Thread thread = Thread.currentThread();
      ClassLoader before = thread.getContextClassLoader();
      ClassLoader withoutIt = ClassLoader.getPlatformClassLoader();
      ClassLoader withAnother = Mnemogrid.class.getClassLoader();
      for (ClassLoader context : List.of(withoutIt, withAnother)) {
        thread.setContextClassLoader(context);
        try (AutoCloseable bot = library.start(port, folder.resolve("grid.secret"))) {
          assertThat(bot.getClass().getClassLoader()).isSameAs(library);
          await() // the one before may not be gone yet
              .atMost(Duration.ofSeconds(60))
              .untilAsserted(() -> assertThat(server.members()).hasSize(2));
          assertThatThrownBy(() -> library.start(port, other))
              .hasMessageContaining("does not let this member in");
        } finally {
          thread.setContextClassLoader(before);
        }
      }
    }
  }

  @Test
  void saysWhatIsMissingWhereNothingNamesTheMember() throws IOException {
    int port = TestGrid.freePort();
    try (Foreign library = new Repacked()) {
      assertThatThrownBy(() -> library.start(port, folder.resolve("grid.secret")))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContainingAll("not on the class path", SERVICES, "is missing");
    }
  }
}
