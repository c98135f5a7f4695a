package io.mnemogrid.member;

import io.mnemogrid.log.BrokenHistory;
import io.mnemogrid.log.LogReader;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A log that reports the damage that its readers meet, before they get the exception. */
final class WatchedLog implements InvocationHandler {
  private final LogReader log;
  private final Consumer<BrokenHistory> met;

  private WatchedLog(LogReader log, Consumer<BrokenHistory> met) {
    this.log = log;
    this.met = met;
  }

  /** The same log; a proxy, so that no method of the log can be forgotten here. */
  static LogReader of(LogReader log, Consumer<BrokenHistory> met) {
    return (LogReader)
        Proxy.newProxyInstance(
            LogReader.class.getClassLoader(),
            new Class<?>[] {LogReader.class},
            new WatchedLog(log, met));
  }

  @Override
  public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments)
      throws Throwable {
    try {
      return method.invoke(log, arguments);
    } catch (InvocationTargetException e) {
      Throwable thrown = e.getTargetException();
      if (thrown instanceof BrokenHistory broken) {
        met.accept(broken);
      }
      throw thrown;
    }
  }
}
