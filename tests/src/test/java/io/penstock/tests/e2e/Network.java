package io.penstock.tests.e2e;

import java.nio.file.Path;
import java.util.List;

/** Where the processes of a cluster run: on hosts of their own where this machine lets a test make some, else all on loopback. */
interface Network extends AutoCloseable {
    /** The address of this process's side. */
    String address();

    /** An address at which every host reaches a server that listens on this machine's loopback. */
    String published(int port);

    Host host(String name);

    /** Whether hosts have addresses and files of their own. */
    boolean isOfHosts();

    @Override
    void close();

    /** One machine of the cluster. */
    interface Host {
        String address();

        /** What to put before a command to run it there, where only these folders are those of this machine. */
        List<String> prefix(List<Path> shared);
    }

    /**
     * @param names of the hosts
     * @param folder gets files that belong to the network
     */
    static Network open(List<String> names, Path folder) {
        try {
            return new Namespaces(names, folder);
        } catch (Namespaces.Impossible e) {
            System.out.println(
                    "No hosts of their own for the cluster's workers, all run on loopback: " + e.getMessage());
            return new Loopback();
        }
    }

    /** One host for all. */
    final class Loopback implements Network, Host {
        @Override
        public String address() {
            return "127.0.0.1";
        }

        @Override
        public String published(int port) {
            return "127.0.0.1:" + port;
        }

        @Override
        public Host host(String name) {
            return this;
        }

        @Override
        public boolean isOfHosts() {
            return false;
        }

        @Override
        public List<String> prefix(List<Path> shared) {
            return List.of();
        }

        @Override
        public void close() {}

        @Override
        public String toString() {
            return "one host for all";
        }
    }
}
