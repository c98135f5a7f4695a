package io.mnemogrid.tool;

import io.mnemogrid.command.Action;
import io.mnemogrid.command.CommandFailure;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.signature.AuthorKey;
import io.mnemogrid.signature.AuthorSigner;
import io.mnemogrid.state.Json;
import io.mnemogrid.store.Private;
import io.mnemogrid.tool.ApiClient.Answer;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code authors}: the keys by which authors sign what they write (docs/authors.md). */
@Command(
    name = "authors",
    subcommands = {
      AuthorsCommand.ListAuthors.class,
      AuthorsCommand.Add.class,
      AuthorsCommand.Revoke.class,
      AuthorsCommand.NewKey.class
    })
public final class AuthorsCommand implements Action {
  private static final int MOST_BYTES = 16 << 10;

  @Override
  public int run(PrintStream out, PrintStream err) {
    throw new CommandFailure(
        ExitCode.USAGE, "authors wants list, add, revoke or new-key: see ./mnemogrid help authors");
  }

  /** The private key in a file. */
  static AuthorSigner signer(Path file) throws IOException {
    NamedFile.refuseUnreadable(file);
    if (Files.size(file) > MOST_BYTES) {
      throw new CommandFailure(ExitCode.USAGE, file + " is too long for a key");
    }
    try {
      return AuthorSigner.parsePem(Files.readString(file, StandardCharsets.ISO_8859_1));
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(ExitCode.USAGE, file + ": " + e.getMessage(), e);
    }
  }

  /** Who has which key. */
  @Command(name = "list", description = "list the authors that have a key, and the grid's id")
  static final class ListAuthors extends UseCommand {
    @Override
    Shown ask(ApiClient api) {
      Json.Obj answer = api.getJson("/v1/authors");
      return Shown.of(
          answer,
          out -> {
            out.println("grid " + plain(answer, "grid"));
            Table table = new Table("AUTHOR", "KEY");
            for (Json.Obj author : Records.objects(answer, "items")) {
              if (author.get("keys") instanceof Json.Arr keys) {
                keys.items()
                    .forEach(key ->
                        table.row(
                            plain(author, "author"),
                            key instanceof Json.Str text ? text.value() : ""));
              }
            }
            table.print(out);
          });
    }
  }

  /** A command about one key of one author. */
  abstract static class OfKey extends UseCommand {
    @Parameters(index = "0", paramLabel = "AUTHOR", description = "whose key it is")
    private String author = "";

    @Parameters(
        index = "1",
        arity = "0..1",
        paramLabel = "KEY",
        description = "the public key, 43 characters of base64url")
    private @Nullable String key;

    @Option(
        names = "--key-file",
        paramLabel = "FILE",
        description =
            "or the file of the private key, of which nothing but the public half is sent")
    private @Nullable Path file;

    final String author() {
      return author;
    }

    final String key() throws IOException {
      if ((key == null) == (file == null)) {
        throw new CommandFailure(ExitCode.USAGE, "name one key: KEY, or --key-file FILE");
      }
      if (file != null) {
        return signer(file).key().text();
      }
      try {
        return new AuthorKey(String.valueOf(key)).text();
      } catch (IllegalArgumentException e) {
        throw new CommandFailure(ExitCode.USAGE, "KEY: " + e.getMessage(), e);
      }
    }
  }

  /** Gives an author a key. */
  @Command(name = "add", description = "make a key an author's")
  static final class Add extends OfKey {
    @Override
    Shown ask(ApiClient api) throws IOException {
      Json.Obj wanted = Json.object(Map.of("author", Json.of(author()), "key", Json.of(key())));
      Json.Obj answer = api.postJson("/v1/authors", wanted);
      return Shown.of(
          answer,
          out -> out.println(plain(answer, "author") + " signs by " + plain(answer, "key")));
    }
  }

  /** Takes a key from an author. */
  @Command(
      name = "revoke",
      description = "take a key from an author; what it signed before stays proven")
  static final class Revoke extends OfKey {
    @Override
    Shown ask(ApiClient api) throws IOException {
      String path = "/v1/authors/" + ApiClient.encoded(author()) + "/keys/" + key();
      Answer answer;
      try {
        answer = api.call("DELETE", path, Map.of(), new byte[0]);
      } catch (IOException e) {
        throw api.unanswered(e);
      }
      if (answer.status() != 200) {
        throw api.failure(answer.status(), answer.text());
      }
      Json.Obj gone = answer.object().orElse(Json.EMPTY_OBJECT);
      return Shown.of(
          gone,
          out -> out.println(plain(gone, "author") + " signs no more by " + plain(gone, "key")));
    }
  }

  /** Makes a key pair; no member is asked. */
  @Command(name = "new-key", description = "make a key pair, in a file of mode 600")
  static final class NewKey implements Action {
    @Parameters(index = "0", paramLabel = "FILE", description = "the file, which is not there yet")
    private Path file = Path.of("");

    @Override
    public int run(PrintStream out, PrintStream err) throws IOException {
      NamedFile.refuseUnwritable(file);
      AuthorSigner signer = AuthorSigner.create();
      byte[] pem = signer.toPem().getBytes(StandardCharsets.US_ASCII);
      try (FileChannel channel = Private.open(file, StandardOpenOption.CREATE_NEW)) {
        ByteBuffer left = ByteBuffer.wrap(pem);
        while (left.hasRemaining()) {
          channel.write(left);
        }
        channel.force(true);
      } catch (FileAlreadyExistsException e) {
        throw new CommandFailure(
            ExitCode.CONFLICT, file + " is there already: a key is not written over another", e);
      }
      out.println(signer.key().text());
      return ExitCode.OK.code();
    }
  }
}
