package io.penstock.tests.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.tests.e2e.Folders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/** A disk of its own in memory, which can be filled; to mount one is root's, see {@link #canBeMounted}. */
record SmallDisk(Path root) implements AutoCloseable {
    private static final int AT_ONCE = 4096;

    static final String WHY_NOT = "mount -t tmpfs fails: only root may mount the small disk that is to run full";

    /** Whether this user of this machine may; elsewhere the tests that need it are disabled, and say why. */
    static boolean canBeMounted() {
        try {
            Path folder = Files.createTempDirectory("small-disk");
            boolean isMounted = call("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder.toString()) == 0;
            return isMounted && call("umount", folder.toString()) == 0;
        } catch (Exception e) { // no such program
            return false;
        }
    }

    /** @param options of the mount, such as {@code size=4m} or {@code nr_inodes=400} */
    static SmallDisk mount(Path folder, String options) throws Exception {
        Files.createDirectories(folder);
        assertThat(call("mount", "-t", "tmpfs", "-o", options, "tmpfs", folder.toString()))
                .isZero();
        return new SmallDisk(folder);
    }

    void fillWithBytes(int left) throws IOException {
        Path filler = root.resolve("filler");
        byte[] bytes = new byte[AT_ONCE];
        try (var out = Files.newOutputStream(filler)) {
            while (true) {
                out.write(bytes);
            }
        } catch (IOException full) {
            assertThat(full).hasMessageContaining("No space left on device");
        }
        try (var channel = Files.newByteChannel(filler, StandardOpenOption.WRITE)) {
            channel.truncate(Math.max(0, channel.size() - left));
        }
    }

    void fillWithFiles(int left) throws IOException {
        Path fillers = Files.createDirectories(root.resolve("fillers"));
        List<Path> made = new ArrayList<>();
        try {
            while (true) {
                made.add(Files.createFile(fillers.resolve("filler-" + made.size())));
            }
        } catch (IOException full) {
            assertThat(full).hasMessageContaining("No space left on device");
        }
        for (Path one : made.subList(0, left)) {
            Files.delete(one);
        }
    }

    void free() throws IOException {
        Files.deleteIfExists(root.resolve("filler"));
        if (Files.exists(root.resolve("fillers"))) {
            Folders.delete(root.resolve("fillers"));
        }
    }

    @Override
    public void close() throws Exception {
        assertThat(call("umount", root.toString())).isZero();
    }

    private static int call(String... command) throws Exception {
        return new ProcessBuilder(command).inheritIO().start().waitFor();
    }
}
