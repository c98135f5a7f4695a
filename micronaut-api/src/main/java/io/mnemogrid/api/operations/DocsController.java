package io.mnemogrid.api.operations;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Produces;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.mnemogrid.api.http.Conditions;
import io.mnemogrid.api.http.Problem;
import io.mnemogrid.api.http.ProblemException;
import io.mnemogrid.api.keys.Needs;
import io.mnemogrid.state.Hash;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.Properties;

/**
 * The description of this API as a page for people. All of it comes from this server: Swagger UI as
 * it is in its WebJar, and a page and a script of our own. Nothing in the page is fetched from
 * elsewhere, and a browser that follows the policy of the page could not.
 */
@Controller("/docs")
@ExecuteOn(TaskExecutors.BLOCKING)
public final class DocsController {
  private static final String WEBJAR = "/META-INF/maven/org.webjars/swagger-ui/pom.properties";
  private static final String FILES = "/META-INF/resources/webjars/swagger-ui/";

  /** What the page may do: scripts, styles and calls of this server alone, and no inline script. */
  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
          + " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
          + " require-trusted-types-for 'script'";

  private final Served page;
  private final Map<String, Served> files;

  /** Bytes that never change while the process runs. */
  private static final class Served {
    private final byte[] bytes;
    private final MediaType type;
    private final String etag;

    Served(String resource, String type) throws IOException {
      try (InputStream in = open(resource)) {
        this.bytes = in.readAllBytes();
      }
      this.type = MediaType.of(type);
      this.etag = '"' + Hash.sha256(bytes).toString().substring(2, 18) + '"'; // 16 digits behind 0x
    }
  }

  DocsController() throws IOException {
    String swagger = FILES + version() + "/";
    this.page = new Served("/docs/page.html", "text/html; charset=utf-8");
    this.files =
        Map.of(
            "page.css", new Served("/docs/page.css", "text/css; charset=utf-8"),
            "page.js", new Served("/docs/page.js", "text/javascript; charset=utf-8"),
            "swagger-ui.css", new Served(swagger + "swagger-ui.css", "text/css; charset=utf-8"),
            "swagger-ui-bundle.js",
                new Served(swagger + "swagger-ui-bundle.js", "text/javascript; charset=utf-8"),
            "favicon-32x32.png", new Served(swagger + "favicon-32x32.png", "image/png"));
  }

  private static String version() throws IOException {
    Properties properties = new Properties();
    try (InputStream in = open(WEBJAR)) {
      properties.load(in);
    }
    return String.valueOf(properties.getProperty("version"));
  }

  private static InputStream open(String resource) {
    InputStream in = DocsController.class.getResourceAsStream(resource);
    if (in == null) {
      throw new IllegalStateException(resource + " is not on the class path: build it again");
    }
    return in;
  }

  /** The page. */
  @Get
  @Produces(MediaType.TEXT_HTML)
  @Needs({})
  HttpResponse<byte[]> page(HttpRequest<?> request) {
    MutableHttpResponse<byte[]> response = answer(request, page);
    response
        .getHeaders()
        .set("Content-Security-Policy", POLICY)
        .set("Referrer-Policy", "no-referrer")
        .set("Cross-Origin-Opener-Policy", "same-origin");
    return response;
  }

  /** What the page is made of. */
  @Get("/{file}")
  @Produces({"text/css", "text/javascript", "image/png"})
  @Needs({})
  HttpResponse<byte[]> file(HttpRequest<?> request, String file) {
    Served found = files.get(file);
    if (found == null) {
      throw new ProblemException(
          Problem.notFound("not-found", "the page /docs has no such file", "GET /docs"));
    }
    return answer(request, found);
  }

  private static MutableHttpResponse<byte[]> answer(HttpRequest<?> request, Served served) {
    return Conditions.tagged(
        request, served.etag, "no-cache", HttpResponse.ok(served.bytes).contentType(served.type));
  }
}
