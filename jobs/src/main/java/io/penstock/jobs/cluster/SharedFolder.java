package io.penstock.jobs.cluster;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** A folder below the warehouse for the length of one question: the driver and each executor leave a file there. */
final class SharedFolder implements AutoCloseable {
    private static final String DRIVER = "driver";

    private final FileSystem files;
    private final Path folder;

    SharedFolder(Configuration hadoop, String warehouse, String name) throws IOException {
        this.folder = new Path(warehouse, ".preflight-" + name);
        this.files = folder.getFileSystem(hadoop);
        write(files, new Path(folder, DRIVER));
    }

    String path() {
        return folder.toString();
    }

    /** Those of some executors whose files are here. */
    Set<String> arrived(List<String> executors) throws IOException {
        Set<String> listed = Arrays.stream(files.listStatus(folder))
                .map(file -> file.getPath().getName())
                .collect(Collectors.toCollection(HashSet::new));
        for (String executor : executors) {
            // A network file system may list what it remembers, but looks for a name that it has not met
            if (!listed.contains(executor) && files.exists(new Path(folder, executor))) {
                listed.add(executor);
            }
        }
        return listed;
    }

    static boolean hasDriversFile(Configuration hadoop, String folder) {
        return exists(hadoop, folder + "/" + DRIVER);
    }

    /** Called by an executor; whether it came through is what the driver sees. */
    static void leave(Configuration hadoop, String folder, String executor) {
        try {
            Path file = new Path(folder, executor);
            write(file.getFileSystem(hadoop), file);
        } catch (IOException e) {
            // the driver will miss the file and say so
        }
    }

    static boolean exists(Configuration hadoop, String path) {
        try {
            Path file = new Path(path);
            return file.getFileSystem(hadoop).exists(file);
        } catch (IOException e) {
            return false;
        }
    }

    private static void write(FileSystem files, Path file) throws IOException {
        try (OutputStream out = files.create(file, true)) {
            out.write('.');
        }
    }

    @Override
    public void close() throws IOException {
        files.delete(folder, true);
    }
}
