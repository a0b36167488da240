package io.penstock.jobs.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The commit of the user's own repository in which the pipeline file lies, and whether the configuration files that were
 * read are those of that commit. Nothing where there is no repository. The commit is read from git's files; git itself is
 * asked only what differs, for a few seconds at most. What cannot be told is left out, and no run fails of it.
 */
final class PipelineCommit {
    static final String COMMIT = "pipeline_commit";
    static final String DIRTY = "pipeline_dirty";

    private static final int SECONDS = 5;

    private PipelineCommit() {}

    /** @param files of the configuration, the pipeline's among them; those outside of its repository do not count */
    static Map<String, String> of(List<String> files) {
        Map<String, String> facts = new TreeMap<>();
        try {
            for (String file : files) {
                Optional<Path> root = root(Path.of(file).toAbsolutePath());
                if (root.isPresent() && facts.isEmpty()) {
                    commit(root.get()).ifPresent(commit -> facts.put(COMMIT, commit));
                    facts.put(DIRTY, dirty(root.get(), files));
                }
            }
        } catch (IOException | RuntimeException e) {
            return facts;
        }
        return facts;
    }

    /** The nearest folder that holds {@code .git}, a folder or, in a worktree or a submodule, a file. */
    private static Optional<Path> root(Path file) throws IOException {
        Path folder = file.toRealPath().getParent();
        while (folder != null && !Files.exists(folder.resolve(".git"))) {
            folder = folder.getParent();
        }
        return Optional.ofNullable(folder);
    }

    private static Optional<String> commit(Path root) throws IOException {
        Path git = root.resolve(".git");
        if (Files.isRegularFile(git)) {
            git = root.resolve(
                    Files.readString(git).replaceFirst("^gitdir:", "").strip());
        }
        String head = Files.readString(git.resolve("HEAD")).strip();
        if (!head.startsWith("ref:")) {
            return Optional.of(head);
        }
        String ref = head.substring("ref:".length()).strip();
        Path common = git.resolve("commondir");
        List<Path> places = new ArrayList<>(List.of(git));
        if (Files.isRegularFile(common)) {
            places.add(git.resolve(Files.readString(common).strip()));
        }
        for (Path place : places) {
            if (Files.isRegularFile(place.resolve(ref))) {
                return Optional.of(Files.readString(place.resolve(ref)).strip());
            }
            Path packed = place.resolve("packed-refs");
            if (Files.isRegularFile(packed)) {
                try (Stream<String> lines = Files.lines(packed)) {
                    Optional<String> found = lines.filter(line -> line.endsWith(" " + ref))
                            .map(line -> line.substring(0, line.indexOf(' ')))
                            .findFirst();
                    if (found.isPresent()) {
                        return found;
                    }
                }
            }
        }
        return Optional.empty(); // a repository without a commit
    }

    /** {@code true}, {@code false}, or {@code unknown} where git is not there or does not answer. */
    private static String dirty(Path root, List<String> files) throws IOException {
        // No program that the repository's own settings name is started, and its index is not written.
        List<String> command = new ArrayList<>(List.of(
                "git",
                "-c",
                "core.fsmonitor=false",
                "-C",
                root.toString(),
                "status",
                "--porcelain",
                "--untracked-files=all",
                "--ignored=matching",
                "--"));
        for (String file : files) {
            Path real = Path.of(file).toAbsolutePath().toRealPath();
            if (real.startsWith(root)) {
                command.add(real.toString());
            }
        }
        Path told = Files.createTempFile("penstock-git", ".txt");
        try {
            ProcessBuilder builder = new ProcessBuilder(command)
                    .redirectOutput(told.toFile())
                    .redirectError(ProcessBuilder.Redirect.DISCARD);
            builder.environment().put("GIT_OPTIONAL_LOCKS", "0");
            Process git = builder.start();
            if (!git.waitFor(SECONDS, TimeUnit.SECONDS)) {
                git.destroyForcibly();
                return "unknown";
            }
            return git.exitValue() == 0 ? String.valueOf(Files.size(told) > 0) : "unknown";
        } catch (IOException e) {
            return "unknown"; // no git here
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "unknown";
        } finally {
            Files.deleteIfExists(told);
        }
    }
}
