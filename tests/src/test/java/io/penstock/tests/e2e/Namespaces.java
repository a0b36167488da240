package io.penstock.tests.e2e;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * Hosts as Linux makes them for containers: each has a network name space with one cable to a common bridge, a host name, and
 * an empty folder for temporary files. Needs root and iproute2.
 */
final class Namespaces implements Network {
    private static final Path SCRIPT = Path.of(
                    System.getProperty("penstock.home", ".."), "tests/src/test/resources/e2e/host.sh")
            .toAbsolutePath()
            .normalize();
    private static final int FIRST = 11;

    private final String id = "pk" + Long.toHexString(ProcessHandle.current().pid() & 0xffffff);
    private final String subnet = "10.213." + ProcessHandle.current().pid() % 250 + ".";
    private final Map<String, Host> hosts = new LinkedHashMap<>();
    private final List<AutoCloseable> relays = new ArrayList<>();
    private final Path names;

    /** The reason why this machine has no such hosts. */
    static final class Impossible extends Exception {
        private static final long serialVersionUID = 1L;

        Impossible(String reason) {
            super(reason);
        }
    }

    Namespaces(List<String> hosts, Path folder) throws Impossible {
        this.names = folder.resolve("hosts");
        Runtime.getRuntime().addShutdownHook(new Thread(this::close)); // names outlive a test that is interrupted
        try {
            StringBuilder file = new StringBuilder("127.0.0.1 localhost\n");
            ip("link", "add", bridge(), "type", "bridge");
            ip("addr", "add", address() + "/24", "dev", bridge());
            ip("link", "set", bridge(), "up");
            for (String name : hosts) {
                add(name);
                file.append(host(name).address()).append(' ').append(name).append('\n');
            }
            Files.writeString(names, file);
            List<String> probe = new ArrayList<>(host(hosts.get(0)).prefix(List.of(folder)));
            probe.addAll(List.of("cat", "/etc/hosts"));
            run(probe);
        } catch (IOException | Impossible e) {
            close();
            throw new Impossible(e.getMessage());
        }
    }

    private void add(String name) throws Impossible, IOException {
        int number = hosts.size() + FIRST;
        String space = id + "n" + number;
        String cable = id + "v" + number;
        hosts.put(name, new NamedSpace(name, space, subnet + number));
        ip("netns", "add", space);
        ip("link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", space);
        ip("link", "set", cable, "master", bridge(), "up");
        ip("-n", space, "addr", "add", subnet + number + "/24", "dev", "eth0");
        ip("-n", space, "link", "set", "eth0", "up");
        ip("-n", space, "link", "set", "lo", "up");
    }

    private final class NamedSpace implements Host {
        private final String name;
        private final String space;
        private final String address;

        NamedSpace(String name, String space, String address) {
            this.name = name;
            this.space = space;
            this.address = address;
        }

        @Override
        public String address() {
            return address;
        }

        @Override
        public List<String> prefix(List<Path> shared) {
            TreeSet<String> hidden = new TreeSet<>(List.of("/tmp", System.getProperty("java.io.tmpdir")));
            List<String> command = new ArrayList<>(List.of("ip", "netns", "exec", space));
            command.addAll(List.of("unshare", "--mount", "--uts", "bash", SCRIPT.toString(), name, names.toString()));
            command.addAll(hidden);
            command.add("--");
            shared.forEach(folder -> command.add(folder.toString()));
            command.add("--");
            return command;
        }
    }

    @Override
    public String address() {
        return subnet + "1";
    }

    @Override
    public Host host(String name) {
        return hosts.get(name);
    }

    @Override
    public boolean isOfHosts() {
        return true;
    }

    @Override
    public String published(int port) {
        try {
            ServerSocket server = new ServerSocket(0, 50, InetAddress.getByName(address()));
            relays.add(server);
            daemon(() -> {
                while (true) {
                    Socket from = server.accept();
                    Socket to = new Socket();
                    to.connect(new InetSocketAddress("127.0.0.1", port));
                    daemon(() -> pour(from, to));
                    daemon(() -> pour(to, from));
                }
            });
            return address() + ":" + server.getLocalPort();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void pour(Socket from, Socket to) throws IOException {
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            in.transferTo(out);
        }
    }

    private interface Endless {
        void run() throws IOException;
    }

    /** Ends when a socket is closed. */
    private static void daemon(Endless work) {
        Thread thread = new Thread(() -> {
            try {
                work.run();
            } catch (IOException e) {
                // closed
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    private String bridge() {
        return id + "br";
    }

    private static void ip(String... arguments) throws Impossible, IOException {
        List<String> command = new ArrayList<>(List.of("ip"));
        command.addAll(List.of(arguments));
        run(command);
    }

    private static void run(List<String> command) throws Impossible, IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).trim();
        try {
            if (process.waitFor() != 0) {
                throw new Impossible(String.join(" ", command) + ": " + said);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Impossible("interrupted");
        }
    }

    /** By name, whatever became of the rest; a cable goes with its name space. */
    @Override
    public synchronized void close() {
        for (AutoCloseable relay : relays) {
            try {
                relay.close();
            } catch (Exception e) {
                // it is gone then
            }
        }
        relays.clear();
        for (int number = FIRST; number < FIRST + hosts.size(); number++) {
            tryTo("netns", "del", id + "n" + number);
            tryTo("link", "del", id + "v" + number);
        }
        if (!hosts.isEmpty()) {
            tryTo("link", "del", bridge());
        }
        hosts.clear();
    }

    private static void tryTo(String... arguments) {
        try {
            ip(arguments);
        } catch (Impossible | IOException e) {
            // not there
        }
    }

    @Override
    public String toString() {
        return "hosts of their own";
    }
}
