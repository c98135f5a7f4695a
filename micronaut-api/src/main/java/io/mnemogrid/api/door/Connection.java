package io.mnemogrid.api.door;

import io.micronaut.http.HttpStatus;
import io.micronaut.http.server.netty.configuration.NettyHttpServerConfiguration;
import io.mnemogrid.api.http.Incoming;
import io.mnemogrid.api.http.Problem;
import io.mnemogrid.api.http.ProblemException;
import io.mnemogrid.api.http.Problems;
import io.mnemogrid.api.http.RemoteAddress;
import io.mnemogrid.setting.Settings;
import io.mnemogrid.setting.Values;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.InetAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP/1.1 connection between the codec and the server: refuses what the grammar forbids
 * ({@link Grammar}), and what takes too long, or too much, before it has wholly arrived. A request
 * that is whole when it is read, as most are, costs a few comparisons and no timer.
 *
 * <p>A refused request is handed on as one that could not be decoded, so that the answer comes from
 * {@link Problems} like every other and in the order of the requests; then the connection is
 * closed, because nobody knows where the next request begins. What the caller still sends is read
 * and dropped for a second meanwhile: a connection closed over unread bytes is reset, and the
 * caller would lose the answer.
 *
 * <p>Used by its event loop alone.
 */
public final class Connection extends ChannelDuplexHandler {
  /** How long a request may take when its address already has as many unfinished ones as it may. */
  public static final Duration BEYOND = Duration.ofSeconds(1);

  private static final Duration LINGER = Duration.ofSeconds(1);
  private static final Duration LAST_WAY_OUT = Duration.ofSeconds(5);

  /** How far the request has come that is being received. */
  private enum Phase {
    /** No byte of a request has come yet. */
    SILENT,
    /** The last request has come wholly. */
    BETWEEN,
    /** A request has begun. */
    HEAD,
    /** The head of the request is there, and its body is coming. */
    BODY,
    /** It was refused; everything that still comes is dropped. */
    OVER
  }

  private final Connections all;
  private final Values settings;
  private final NettyHttpServerConfiguration server;

  private InetAddress address = InetAddress.getLoopbackAddress();
  private boolean isOpen; // counted as an open connection
  private boolean isCounted; // counted as an unfinished request of its address
  private Phase phase = Phase.SILENT;
  private long began; // when the request did that is being received, in nanoseconds
  private long received; // bytes of its body
  private long held; // bytes of the body that are counted as unfinished
  private long asked; // requests begun on this connection
  private long answered; // requests with a whole answer
  private @Nullable HttpResponseStatus refused;
  private @Nullable ScheduledFuture<?> alarm;
  private long alarmAt;
  private boolean lingers;

  Connection(Connections all, Values settings, NettyHttpServerConfiguration server) {
    this.all = all;
    this.settings = settings;
    this.server = server;
  }

  /** Stands before the codec: bytes that do not make a whole head yet are seen only there. */
  ChannelHandler arrivals() {
    return new ChannelInboundHandlerAdapter() {
      @Override
      public void channelRead(ChannelHandlerContext ctx, Object bytes) {
        if (phase == Phase.BETWEEN) {
          began = System.nanoTime();
        }
        if (phase == Phase.BETWEEN || phase == Phase.SILENT) {
          phase = Phase.HEAD;
        }
        ctx.fireChannelRead(bytes);
      }
    };
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    address = RemoteAddress.who(ctx.channel().remoteAddress());
    began = System.nanoTime();
    isOpen = true;
    if (all.opened()) {
      isCounted = all.begin(address);
      watch(ctx);
    } else {
      phase = Phase.OVER;
      lingers =
          true; // one connection too many: it gets an answer if there is time, but no long wait
      ctx.writeAndFlush(full()).addListener(ChannelFutureListener.CLOSE);
    }
    ctx.fireChannelActive();
  }

  private FullHttpResponse full() {
    Problem problem =
        Problem.of(
            HttpStatus.SERVICE_UNAVAILABLE,
            "too-many-connections",
            "the server has "
                + settings.value(Settings.HTTP_MAX_CONNECTIONS)
                + " open connections, its most",
            "send the request again; use one connection for many requests");
    all.turnedAway(problem.code());
    byte[] body = problem.toJson(Problem.newRequestId()).canonicalBytes();
    FullHttpResponse response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            HttpResponseStatus.SERVICE_UNAVAILABLE,
            Unpooled.wrappedBuffer(body));
    response
        .headers()
        .set(HttpHeaderNames.CONTENT_TYPE, Problem.TYPE)
        .set(HttpHeaderNames.CONTENT_LENGTH, body.length)
        .set(HttpHeaderNames.RETRY_AFTER, 1)
        .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    return response;
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    if (isOpen) {
      isOpen = false;
      all.closed();
    }
    forget();
    if (alarm != null) {
      alarm.cancel(false);
    }
    ctx.fireChannelInactive();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (phase == Phase.OVER) {
      ReferenceCountUtil.release(message);
      return;
    }
    if (message instanceof HttpRequest request) {
      if (phase == Phase.BETWEEN) { // it came in one read with the end of the request before
        began = System.nanoTime();
      }
      phase = Phase.BODY;
      asked++;
      Problem problem = Grammar.refusal(request, server);
      if (problem != null) {
        request.setUri("/"); // the server would fail at a malformed address
        request.setDecoderResult(DecoderResult.failure(new ProblemException(problem)));
        over(problem);
      }
    }
    if (phase == Phase.BODY
        && message instanceof HttpContent content
        && content.decoderResult().isFailure()) {
      ReferenceCountUtil.release(message); // a last chunk that was cut off: not for the server
      refuse(ctx, Grammar.brokenBody());
      return;
    }
    if (phase != Phase.OVER && message instanceof HttpContent content) {
      int came = content.content().readableBytes();
      received += came;
      Incoming.of(ctx.channel()).came(came);
      if (message instanceof LastHttpContent) {
        phase = Phase.BETWEEN;
        forget();
      }
    }
    ctx.fireChannelRead(message);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (!(event instanceof Incoming.GivenUp given)) {
      ctx.fireUserEventTriggered(event);
    } else if (phase == Phase.BODY) {
      refuse(ctx, given.problem());
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    ctx.fireChannelReadComplete();
    if (lingers) {
      ctx.read();
    }
    if (phase == Phase.HEAD || phase == Phase.BODY) {
      if (!isCounted) {
        isCounted = all.begin(address);
      }
      if (all.receive(received - held)) {
        held = received;
        watch(ctx);
      } else {
        refuse(ctx, busy());
      }
    }
  }

  /** Ends what is counted for a request that has come wholly, or never will. */
  private void forget() {
    if (isCounted) {
      isCounted = false;
      all.end(address);
    }
    all.received(held);
    held = 0;
    received = 0;
  }

  // How long a request may take.

  private long due() {
    Duration patience = patience(phase != Phase.BODY);
    boolean hurried = !isCounted && patience.compareTo(BEYOND) > 0;
    return began + (hurried ? BEYOND : patience).toNanos();
  }

  /** Sets a timer for when the request is due. */
  private void watch(ChannelHandlerContext ctx) {
    long due = due();
    if (alarm != null && alarmAt - due <= 0) {
      return; // the earlier alarm looks again, and waits on
    }
    if (alarm != null) {
      alarm.cancel(false);
    }
    alarmAt = due;
    alarm = ctx.executor().schedule(() -> ring(ctx), due - System.nanoTime(), TimeUnit.NANOSECONDS);
  }

  private void ring(ChannelHandlerContext ctx) {
    alarm = null;
    if (phase == Phase.BETWEEN || phase == Phase.OVER || !ctx.channel().isActive()) {
      return;
    }
    if (due() - System.nanoTime() > 0) {
      watch(ctx);
    } else if (phase == Phase.SILENT) {
      ctx.close(); // the caller asked nothing, so it waits for no answer
    } else {
      refuse(ctx, isCounted ? late() : unfinished());
    }
  }

  private Problem late() {
    boolean head = phase == Phase.HEAD;
    Duration patience = patience(head);
    return Problem.of(
        HttpStatus.REQUEST_TIMEOUT,
        "request-timeout",
        (head ? "the head of the request" : "the request")
            + " was not whole after "
            + seconds(patience),
        "send it again in one go; a slow line wants smaller deltas");
  }

  private Problem unfinished() {
    return Problem.of(
        HttpStatus.TOO_MANY_REQUESTS,
        "too-many-unfinished",
        "the address has "
            + settings.value(Settings.HTTP_MAX_UNFINISHED)
            + " requests that have not wholly arrived, its most, and this one took over "
            + seconds(BEYOND),
        "send fewer at once, each in one go; MNEMOGRID_HTTP_MAX_UNFINISHED is the bound");
  }

  private Problem busy() {
    return Problem.of(
        HttpStatus.SERVICE_UNAVAILABLE,
        "too-much-unfinished",
        "the bodies that have not wholly arrived hold "
            + settings.value(Settings.HTTP_MAX_RECEIVING_BYTES)
            + " bytes, the most",
        "send it again; MNEMOGRID_HTTP_MAX_RECEIVING_BYTES is the bound");
  }

  private Duration patience(boolean head) {
    return settings.value(head ? Settings.HTTP_HEADER_TIMEOUT : Settings.HTTP_REQUEST_TIMEOUT);
  }

  private static String seconds(Duration time) {
    return time.toMillis() % 1000 == 0 ? time.toSeconds() + " s" : time.toMillis() + " ms";
  }

  // How a connection ends.

  private void over(Problem problem) {
    phase = Phase.OVER;
    refused = HttpResponseStatus.valueOf(problem.status().getCode());
    all.turnedAway(problem.code());
    forget();
  }

  /** Refuses the request that is being received. */
  private void refuse(ChannelHandlerContext ctx, Problem problem) {
    boolean headless = phase == Phase.HEAD;
    over(problem);
    ProblemException thrown = new ProblemException(problem);
    if (headless) {
      FullHttpRequest request =
          new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/");
      request.setDecoderResult(DecoderResult.failure(thrown));
      asked++;
      ctx.fireChannelRead(request);
      ctx.fireChannelReadComplete();
    } else if (answered < asked) {
      ctx.fireExceptionCaught(thrown); // whoever waits for the body fails with it
    } else {
      close(ctx, ctx.newPromise());
    }
    // If no answer came of it, nothing else would end this connection.
    ctx.executor().schedule(() -> ctx.close(), LAST_WAY_OUT.toMillis(), TimeUnit.MILLISECONDS);
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
    if (message instanceof HttpResponse response
        && response.status().codeClass() == HttpStatusClass.INFORMATIONAL) {
      ctx.write(message, promise);
      return;
    }
    boolean last = phase == Phase.OVER && answered == asked - 1;
    if (last && message instanceof HttpResponse response) {
      response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
      if (refused != null) {
        response.setStatus(refused); // to a HEAD the server answers just 400
      }
    }
    if (message instanceof LastHttpContent) {
      answered++;
      if (last) {
        ChannelPromise written = promise.unvoid();
        written.addListener(ChannelFutureListener.CLOSE);
        ctx.write(message, written);
        return;
      }
    }
    ctx.write(message, promise);
  }

  @Override
  public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
    boolean sending = phase == Phase.HEAD || phase == Phase.BODY || phase == Phase.OVER;
    if (lingers
        || !sending
        || !(ctx.channel() instanceof DuplexChannel channel)
        || !channel.isActive()) {
      ctx.close(promise);
      return;
    }
    lingers = true;
    phase = Phase.OVER;
    forget();
    channel.closeFuture().addListener(_ -> promise.trySuccess());
    if (ctx.pipeline().get(SslHandler.class) == null) { // the end of TLS goes both ways
      channel.shutdownOutput();
    }
    ctx.read();
    ctx.executor().schedule(() -> ctx.close(), LINGER.toMillis(), TimeUnit.MILLISECONDS);
  }
}
