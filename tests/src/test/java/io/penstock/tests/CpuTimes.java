package io.penstock.tests;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Locale;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Notes the processor time of each test class, with that of the processes that it started and that have ended, for {@code
 * tests/times}. Wall clock tells little where several classes share two cores. JUnit finds the extension by itself.
 */
public final class CpuTimes implements BeforeAllCallback, AfterAllCallback {
    private static final ExtensionContext.Namespace OURS = ExtensionContext.Namespace.create(CpuTimes.class);
    private static final Path PROCESS = Path.of("/proc/self/stat");
    private static final double TICKS_PER_S = 100;

    @Override
    public void beforeAll(ExtensionContext context) throws IOException {
        context.getStore(OURS).put(context.getUniqueId(), seconds());
    }

    @Override
    public void afterAll(ExtensionContext context) throws IOException {
        boolean isNested = context.getRequiredTestClass().getEnclosingClass() != null;
        if (!isNested && Files.exists(PROCESS)) {
            double before = context.getStore(OURS).get(context.getUniqueId(), Double.class);
            String line = String.format(
                    Locale.ROOT,
                    "%.1f\t%s%n",
                    seconds() - before,
                    context.getRequiredTestClass().getName());
            Files.writeString(
                    Path.of("target", "cpu-times.tsv"),
                    line,
                    StandardCharsets.UTF_8,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        }
    }

    /** User and system time of this process and of its children that have ended; 0 where the system does not tell. */
    private static double seconds() throws IOException {
        if (!Files.exists(PROCESS)) {
            return 0;
        }
        String stat = Files.readString(PROCESS);
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" "); // from the third field on
        return Arrays.stream(fields, 11, 15).mapToLong(Long::parseLong).sum() / TICKS_PER_S;
    }
}
