package io.penstock.ingestion.suggest;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The files below a folder.
 *
 * @param files that may be data, by their names; none of a table, whose files must not be moved
 * @param tables folders of Delta tables, also one that the folder is in
 */
record Listing(List<Path> files, List<Path> tables) {
    private static final Pattern DATA =
            Pattern.compile("(?i)[^.]+|.*\\.(csv|tsv|psv|txt|dat|json|jsonl|ndjson|parquet|zip|gz)");
    private static final int DEEPEST = 8;
    private static final int MOST = 200_000;

    static Listing of(Path folder) throws IOException {
        for (Path above = folder; above != null; above = above.getParent()) {
            if (isTable(above)) {
                return new Listing(List.of(), List.of(above));
            }
        }
        Walk walk = new Walk(folder);
        Files.walkFileTree(folder, Set.of(), DEEPEST, walk);
        Collections.sort(walk.files);
        Collections.sort(walk.tables);
        return new Listing(walk.files, walk.tables);
    }

    private static boolean isTable(Path folder) {
        return Files.isDirectory(folder.resolve("_delta_log"));
    }

    private static final class Walk extends SimpleFileVisitor<Path> {
        private final Path folder;
        private final List<Path> files = new ArrayList<>();
        private final List<Path> tables = new ArrayList<>();

        Walk(Path folder) {
            this.folder = folder;
        }

        @Override
        public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
            if (isTable(directory)) {
                tables.add(directory);
                return FileVisitResult.SKIP_SUBTREE;
            }
            return !directory.equals(folder) && isHidden(directory)
                    ? FileVisitResult.SKIP_SUBTREE
                    : FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            String name = file.getFileName().toString();
            if (!isHidden(file) && DATA.matcher(name).matches() && Files.isRegularFile(file)) {
                files.add(file);
            }
            return files.size() < MOST ? FileVisitResult.CONTINUE : FileVisitResult.TERMINATE;
        }

        private static boolean isHidden(Path path) {
            String name = path.getFileName().toString();
            return name.startsWith("_") || name.startsWith(".");
        }
    }
}
