package io.mnemogrid.member;

import io.mnemogrid.log.UpdateLog;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** The real log of a store, of which a test lets some calls take long, fail, or answer a lie. */
final class OddLog implements InvocationHandler {
  private final UpdateLog real;
  private final BiFunction<String, Object[], @Nullable Object> odd;

  private OddLog(UpdateLog real, BiFunction<String, Object[], @Nullable Object> odd) {
    this.real = real;
    this.odd = odd;
  }

  /**
   * A log that asks {@code odd} first, with the name of a method and its arguments. Where that
   * answers null, the real log is asked.
   */
  static UpdateLog of(UpdateLog real, BiFunction<String, Object[], @Nullable Object> odd) {
    return (UpdateLog)
        Proxy.newProxyInstance(
            UpdateLog.class.getClassLoader(),
            new Class<?>[] {UpdateLog.class},
            new OddLog(real, odd));
  }

  @Override
  public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments)
      throws Throwable {
    Object[] given = arguments == null ? new Object[0] : arguments;
    Object answer = odd.apply(method.getName(), given);
    if (answer != null) {
      return answer;
    }
    try {
      return method.invoke(real, arguments);
    } catch (InvocationTargetException e) {
      throw e.getTargetException();
    }
  }
}
