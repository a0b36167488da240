package io.penstock.tests.faults;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Predicate;

/**
 * A wire that fails, before any real HTTP/1.1 server: requests go through to it, one connection each, with their headers and
 * bytes as they are (signatures hold), and faults are made of chosen ones. It knows nothing of what is behind it.
 */
public final class FaultProxy implements Closeable {
    /** What happens to a request. */
    public enum Fault {
        /** The connection is reset; the server never hears of it. */
        RESET_BEFORE,
        /** The server does it, and the connection is reset instead of the answer. */
        ANSWER_LOST,
        /** No answer, for as long as the proxy is up; the server never hears of it. */
        HANGS,
        /** Like {@link #HANGS}, after the server has done it. */
        HANGS_AFTER,
        UNAVAILABLE_503,
        TOO_MANY_429,
        /** Half of the answer's body, then the end. */
        TRUNCATED,
        /** The answer's head with other bytes as its body. */
        GARBAGE,
        /** An answer that comes a byte at a time, with pauses: slower than anybody waits. */
        DRIPS
    }

    /** A request's first line: method and path with query. */
    public record Request(String method, String path) {
        @Override
        public String toString() {
            return method + " " + path;
        }
    }

    private record Planned(Predicate<Request> which, int[] skip, int[] times, Fault fault) {}

    private static final int HEAD_LIMIT = 1 << 16;

    private final URI upstream;
    private final ServerSocket listener;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<Request> requests = new CopyOnWriteArrayList<>();
    private final List<Planned> planned = new ArrayList<>();
    private volatile Optional<String> login = Optional.empty();
    private final CountDownLatch over = new CountDownLatch(1);

    /** @param upstream the real server, {@code http://host:port} */
    public FaultProxy(String upstream) throws IOException {
        this.upstream = URI.create(upstream);
        this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        threads.execute(this::accept);
    }

    public String url() {
        return "http://127.0.0.1:" + listener.getLocalPort();
    }

    /** Requests so far, in the order in which they came. */
    public List<Request> requests() {
        return List.copyOf(requests);
    }

    /** Makes a fault of the n-th request from now on, 1 for the next, that fits; and of the ones after it, {@code times} in all. */
    public void fail(Predicate<Request> which, int nth, int times, Fault fault) {
        synchronized (planned) {
            planned.add(new Planned(which, new int[] {nth - 1}, new int[] {times}, fault));
        }
    }

    /** From now on a request without this header {@code Authorization} is answered with 401; the others go through without it. */
    public void demands(String authorization) {
        login = Optional.of(authorization);
    }

    /** From now on all goes through. */
    public void mend() {
        synchronized (planned) {
            planned.clear();
        }
    }

    private Optional<Fault> faultOf(Request request) {
        synchronized (planned) {
            for (Planned one : planned) {
                if (one.which.test(request)) {
                    if (one.skip[0] > 0) {
                        one.skip[0]--;
                    } else if (one.times[0] > 0) {
                        one.times[0]--;
                        return Optional.of(one.fault);
                    }
                }
            }
        }
        return Optional.empty();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                threads.execute(() -> serve(client));
            } catch (IOException e) {
                return; // closed
            }
        }
    }

    private void serve(Socket client) {
        try (client) {
            InputStream in = client.getInputStream();
            String head = head(in);
            String[] line = head.split("\r\n", 2)[0].split(" ");
            Request request = new Request(line[0], line[1]);
            byte[] body = body(in, client.getOutputStream(), head);
            requests.add(request);
            answer(client, faultOf(request), head, body);
        } catch (IOException e) {
            // one of the two went away, which is what wires do
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void answer(Socket client, Optional<Fault> fault, String head, byte[] body)
            throws IOException, InterruptedException {
        OutputStream out = client.getOutputStream();
        if (login.isPresent() && !login.equals(header(head, "authorization"))) {
            out.write(status("401 Unauthorized"));
            return;
        }
        if (fault.isEmpty()) {
            out.write(forwarded(head, body));
            return;
        }
        switch (fault.get()) {
            case RESET_BEFORE -> reset(client);
            case HANGS -> over.await();
            case UNAVAILABLE_503 -> out.write(status("503 Service Unavailable"));
            case TOO_MANY_429 -> out.write(status("429 Too Many Requests"));
            case ANSWER_LOST -> {
                forwarded(head, body);
                reset(client);
            }
            case HANGS_AFTER -> {
                forwarded(head, body);
                over.await();
            }
            case TRUNCATED -> {
                byte[] whole = forwarded(head, body);
                int start = bodyStart(whole);
                out.write(whole, 0, start + (whole.length - start) / 2);
            }
            case GARBAGE -> {
                byte[] whole = forwarded(head, body);
                Arrays.fill(whole, bodyStart(whole), whole.length, (byte) '#');
                out.write(whole);
            }
            case DRIPS -> {
                for (byte one : forwarded(head, body)) {
                    out.write(one);
                    out.flush();
                    if (over.await(100, java.util.concurrent.TimeUnit.MILLISECONDS)) {
                        return;
                    }
                }
            }
        }
    }

    private static void reset(Socket client) throws IOException {
        client.setSoLinger(true, 0);
    }

    private static byte[] status(String line) {
        return ("HTTP/1.1 " + line + "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
    }

    /** Hands the request on, on a connection of its own, and reads the answer to its end. */
    private byte[] forwarded(String head, byte[] body) throws IOException {
        int port = upstream.getPort() < 0 ? 80 : upstream.getPort();
        try (Socket server = new Socket(upstream.getHost(), port)) {
            StringBuilder own = new StringBuilder();
            for (String line : head.split("\r\n")) {
                String name = line.toLowerCase(Locale.ROOT);
                boolean isForThisProxy = login.isPresent() && name.startsWith("authorization:");
                if (!isForThisProxy
                        && !name.startsWith("connection:")
                        && !name.startsWith("upgrade:")
                        && !name.startsWith("http2-settings:")
                        && !name.startsWith("expect:")) {
                    own.append(line).append("\r\n");
                }
            }
            own.append("Connection: close\r\n\r\n");
            server.getOutputStream().write(own.toString().getBytes(StandardCharsets.ISO_8859_1));
            server.getOutputStream().write(body);
            server.getOutputStream().flush();
            return server.getInputStream().readAllBytes();
        }
    }

    private static String head(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (head.size() < HEAD_LIMIT) {
            int next = in.read();
            if (next < 0) {
                throw new EOFException();
            }
            head.write(next);
            if (next == '\n' && head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
                return head.toString(StandardCharsets.ISO_8859_1);
            }
        }
        throw new IOException("A head of more than " + HEAD_LIMIT + " bytes");
    }

    /** The request's body as it was sent, chunk marks included. */
    private static byte[] body(InputStream in, OutputStream out, String head) throws IOException {
        if (header(head, "expect").isPresent()) {
            out.write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        }
        if (header(head, "transfer-encoding").isEmpty()) {
            return in.readNBytes(
                    header(head, "content-length").map(Integer::parseInt).orElse(0));
        }
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (int size = -1; size != 0; ) {
            String mark = line(in, body);
            size = Integer.parseInt(mark.split(";")[0].trim(), 16);
            body.write(in.readNBytes(size));
            line(in, body);
        }
        return body.toByteArray();
    }

    private static String line(InputStream in, ByteArrayOutputStream copy) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next >= 0; next = in.read()) {
            copy.write(next);
            if (next == '\n') {
                break;
            }
            line.append((char) next);
        }
        return line.toString();
    }

    private static Optional<String> header(String head, String name) {
        return head.lines()
                .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(name + ":"))
                .map(line -> line.substring(name.length() + 1).trim())
                .findFirst();
    }

    private static int bodyStart(byte[] answer) {
        int start = new String(answer, StandardCharsets.ISO_8859_1).indexOf("\r\n\r\n");
        return start < 0 ? answer.length : start + 4;
    }

    @Override
    public void close() throws IOException {
        over.countDown();
        listener.close();
        threads.shutdownNow();
    }
}
