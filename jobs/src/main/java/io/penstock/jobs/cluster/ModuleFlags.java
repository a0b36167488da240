package io.penstock.jobs.cluster;

import io.penstock.core.ErrorCode;
import io.penstock.core.PenstockException;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.spark.launcher.JavaModuleOptions;

/** Packages of Java that Spark reaches into, and whether this process has them open. */
public final class ModuleFlags {
    private static final Pattern OPENED = Pattern.compile("--add-opens=([\\w.]+)/([\\w.]+)=ALL-UNNAMED");

    private ModuleFlags() {}

    /**
     * {@code spark-submit} opens them to itself and to executors, but not to a driver that a cluster starts, which then dies
     * of the first byte that it sends.
     *
     * @throws PenstockException {@code PEN-CLU-004} with the flags to give
     */
    public static void require() {
        List<String> closed = closed();
        if (!closed.isEmpty()) {
            throw new PenstockException(
                    ErrorCode.PACKAGES_CLOSED,
                    "Java keeps packages closed that Spark needs in the driver: " + String.join(", ", closed),
                    "spark.driver.extraJavaOptions",
                    "Submit with --driver-java-options \"" + line() + "\"");
        }
    }

    static List<String> closed() {
        return OPENED.matcher(JavaModuleOptions.defaultModuleOptions())
                .results()
                .filter(flag -> !isOpen(flag.group(1), flag.group(2)))
                .map(flag -> flag.group(2))
                .toList();
    }

    /** The flags that open them, in one line. */
    static String line() {
        return Arrays.stream(JavaModuleOptions.defaultModuleOptions().split(" "))
                .filter(flag -> OPENED.matcher(flag).matches())
                .collect(Collectors.joining(" "));
    }

    private static boolean isOpen(String module, String name) {
        return ModuleLayer.boot()
                .findModule(module)
                .filter(found -> found.getPackages().contains(name))
                .map(found -> found.isOpen(name, ModuleFlags.class.getModule()))
                .orElse(true); // what this Java does not have needs no opening
    }
}
