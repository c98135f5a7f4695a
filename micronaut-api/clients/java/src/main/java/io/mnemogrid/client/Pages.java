package io.mnemogrid.client;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Queue;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** The items of a list that comes in pages, each asked for when it is needed. */
final class Pages<T> implements Iterator<T> {
  private final Transport transport;
  private final Function<Optional<String>, Call> page;
  private final Function<Shape, T> read;
  private final Queue<Shape> items = new ArrayDeque<>();
  private Optional<String> next = Optional.empty();
  private boolean isLast;

  private Pages(
      Transport transport, Function<Optional<String>, Call> page, Function<Shape, T> read) {
    this.transport = transport;
    this.page = page;
    this.read = read;
  }

  static <T> Stream<T> of(
      Transport transport, Function<Optional<String>, Call> page, Function<Shape, T> read) {
    return StreamSupport.stream(
        Spliterators.spliteratorUnknownSize(
            new Pages<>(transport, page, read), Spliterator.ORDERED | Spliterator.NONNULL),
        false);
  }

  @Override
  public boolean hasNext() {
    while (items.isEmpty() && !isLast) {
      try {
        Shape answer = transport.read(page.apply(next)).shape();
        items.addAll(answer.member("items").items());
        Json cursor = answer.member("next").value();
        isLast = cursor.isNull();
        next = Optional.of(cursor instanceof Json.Str text ? text.value() : cursor.canonical());
      } catch (JsonException e) {
        throw new BadAnswerException("the answer is no page: " + e.getMessage(), e);
      }
    }
    return !items.isEmpty();
  }

  @Override
  public T next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    try {
      return read.apply(items.remove());
    } catch (JsonException e) {
      throw new BadAnswerException("an item of another shape: " + e.getMessage(), e);
    }
  }
}
