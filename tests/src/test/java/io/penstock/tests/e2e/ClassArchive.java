package io.penstock.tests.e2e;

import io.penstock.core.Hashes;
import io.penstock.jobs.Penstock;
import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Classes of a run, archived once per build as {@code bin/setup small} does it for users: a child process spends a third of its
 * start on looking for classes in some two hundred jars. Forks share the archive; without it only that time is lost.
 */
final class ClassArchive {
    private static final Path HOME =
            Path.of(System.getProperty("penstock.home", "..")).toAbsolutePath().normalize();
    private static final int PATIENCE_S = 180;

    private static Optional<Path> made;

    private ClassArchive() {}

    /** Jars first, folders last: an archive fits a class path that begins with the jars it was made of. */
    static String path() {
        return String.join(
                File.pathSeparator,
                Stream.concat(jars().stream(), folders().stream()).toList());
    }

    private static List<String> jars() {
        return entries().filter(entry -> !Files.isDirectory(Path.of(entry))).toList();
    }

    private static List<String> folders() {
        return entries().filter(entry -> Files.isDirectory(Path.of(entry))).toList();
    }

    private static Stream<String> entries() {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator));
    }

    /** @param java how a child is started, up to its class path; nothing of it when modules are folders still, not jars */
    static synchronized List<String> options(List<String> java) {
        if (made == null) {
            boolean isPackaged =
                    folders().stream().allMatch(folder -> Path.of(folder).startsWith(HOME.resolve("tests")));
            made = isPackaged ? make(java) : Optional.empty();
        }
        return made.map(archive -> List.of("-XX:SharedArchiveFile=" + archive, "-Xshare:auto", "-Xlog:disable"))
                .orElse(List.of());
    }

    private static Optional<Path> make(List<String> java) {
        try {
            Path folder = Files.createDirectories(
                    Path.of(System.getProperty("java.io.tmpdir")).resolve("archive"));
            Path archive = folder.resolve(stamp(java) + ".jsa");
            try (FileChannel channel = FileChannel.open(
                            folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    FileLock lock = channel.lock()) {
                if (!Files.exists(archive)) {
                    write(java, folder, archive);
                }
            }
            return Files.size(archive) == 0 ? Optional.empty() : Optional.of(archive);
        } catch (IOException e) {
            throw new AssertionError("Cannot keep an archive of classes", e);
        }
    }

    /** An empty one is left when it cannot be made, so that nobody tries again. */
    private static void write(List<String> java, Path folder, Path archive) throws IOException {
        Path fresh = folder.resolve("fresh.jsa");
        Files.deleteIfExists(fresh);
        List<String> command = new ArrayList<>(java);
        command.addAll(List.of("-XX:ArchiveClassesAtExit=" + fresh, "-Xlog:disable"));
        command.addAll(List.of("-cp", String.join(File.pathSeparator, jars()), Penstock.class.getName()));
        command.addAll(
                List.of("warm-up", "--spark", "--conf-dir", HOME.resolve("conf").toString()));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log").toFile())
                .start();
        try {
            if (!process.waitFor(PATIENCE_S, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        if (process.exitValue() == 0 && Files.exists(fresh)) {
            Files.move(fresh, archive, StandardCopyOption.ATOMIC_MOVE);
        } else {
            Files.createFile(archive);
            System.out.println("no archive of classes: see " + folder.resolve("log"));
        }
    }

    private static String stamp(List<String> java) throws IOException {
        StringBuilder facts = new StringBuilder(System.getProperty("java.vm.version") + java.get(0));
        for (String jar : jars()) {
            Path file = Path.of(jar);
            facts.append('\n').append(jar);
            if (Files.exists(file)) {
                facts.append(' ').append(Files.size(file)).append(' ').append(Files.getLastModifiedTime(file));
            }
        }
        return Hashes.sha256(facts.toString()).substring(0, 16);
    }
}
