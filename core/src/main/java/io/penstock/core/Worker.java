package io.penstock.core;

import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * The process that works on a run, as another one tells it to whoever waits for it.
 *
 * @param process its id on the host
 * @param actor the user it runs as
 */
public record Worker(String host, long process, String actor) {
    private static final Worker HERE =
            new Worker(hostName(), ProcessHandle.current().pid(), System.getProperty("user.name", ""));

    /** This process. */
    public static Worker here() {
        return HERE;
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "unknown";
        }
    }

    @Override
    public String toString() {
        return actor + " on " + host + ", process " + process;
    }
}
