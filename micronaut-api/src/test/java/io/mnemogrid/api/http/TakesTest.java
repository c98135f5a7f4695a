package io.mnemogrid.api.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.micronaut.http.HttpRequest;
import io.mnemogrid.api.http.Takes.Query;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Parameters that need no decoding; the framework reads the others. */
class TakesTest {
  @ParameterizedTest
  @CsvSource(
      nullValues = "absent",
      value = {
        "path=/k7, /k7",
        "path=, ''",
        "path, ''",
        "at=1&path=/a=b, /a=b",
        "&&path=/a&, /a",
        "path2=/a&xpath=/b, absent",
        "at=path=1, absent",
        "path=/a;b, /a;b"
      })
  void findsAParameter(String query, String value) {
    assertThat(Query.parameter(HttpRequest.GET("/x?" + query), "path")).isEqualTo(value);
  }

  @ParameterizedTest
  @CsvSource({"/x", "/x?"})
  void findsNoneWithoutAQuery(String address) {
    assertThat(Query.parameter(HttpRequest.GET(address), "path")).isNull();
  }
}
