package io.penstock.tests.bench;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.RawLocalFileSystem;

/** The disk under another scheme, which remembers every file that is opened through Hadoop. */
public final class OpenedFiles extends RawLocalFileSystem {
    private static final String SCHEME = "opened";
    private static final List<String> OPENED = new CopyOnWriteArrayList<>();

    /** Makes the scheme known to whatever starts in this process from now on. */
    static void begin() {
        System.setProperty("spark.hadoop.fs." + SCHEME + ".impl", OpenedFiles.class.getName());
    }

    static void end() {
        System.clearProperty("spark.hadoop.fs." + SCHEME + ".impl");
    }

    static String at(Path folder) {
        return SCHEME + "://" + folder.toAbsolutePath();
    }

    /** Paths of the files opened since the last call, one for each time. */
    static List<String> since() {
        List<String> opened = List.copyOf(OPENED);
        OPENED.clear();
        return opened;
    }

    @Override
    public URI getUri() {
        return URI.create(SCHEME + ":///");
    }

    @Override
    public String getScheme() {
        return SCHEME;
    }

    @Override
    public FSDataInputStream open(org.apache.hadoop.fs.Path path, int bufferSize) throws IOException {
        OPENED.add(path.toUri().getPath());
        return super.open(path, bufferSize);
    }
}
