package io.penstock.ingestion.landing;

import io.penstock.core.LedgerEntry;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where repaired files land, and what their names say. They land in {@code replay/<source>/landed=<stamp>/} below the landing
 * root. A file named {@code file-<_file_id>.…} replaces a file that was rejected as a whole. Its name also holds the columns that
 * the folders of the rejected file gave: {@code file-<_file_id>.region=eu.NAME}.
 */
public final class ReprocessingPath {
    public static final String FOLDER = "replay/";

    private static final Pattern WHOLE =
            Pattern.compile("(?s).*/file-[0-9a-f]{16}((?:\\.[a-z][a-z0-9_]*=[^/.]*)*)\\.[^/]*");

    private ReprocessingPath() {}

    /** Folder below the landing root for files that land at a stamp like {@code 20131225T060000Z}. */
    public static String folder(String source, String stamp) {
        return FOLDER + source + "/landed=" + stamp;
    }

    /** The pattern that finds the repaired files of a source. */
    public static String pattern(String source) {
        return FOLDER + source + "/landed={landed}/*";
    }

    public static boolean is(LandedFile file) {
        return is(file.source(), file.path());
    }

    public static boolean is(LedgerEntry entry) {
        return is(entry.source(), entry.path());
    }

    /** Whether a path of a source is that of a repaired file. */
    public static boolean is(String source, String path) {
        return path.startsWith(FOLDER + source + "/");
    }

    /** Whether a repaired file replaces a whole file; otherwise each of its records names the record that it replaces. */
    public static boolean isWhole(LandedFile file) {
        return WHOLE.matcher(file.path()).matches();
    }

    /**
     * The name of a file that replaces a whole one.
     *
     * @param inFolders columns that the folders of the rejected file gave, and their values
     */
    public static String name(String fileId, Map<String, String> inFolders, String name) {
        StringBuilder whole = new StringBuilder("file-" + fileId);
        inFolders.forEach((column, value) ->
                whole.append('.').append(PathColumns.folder(column, value).replace(".", "%2E")));
        return whole.append('.').append(name).toString();
    }

    /** The columns in such a name, {@code region=eu} and the like; none for any other path. */
    static List<String> foldersOf(String path) {
        Matcher matcher = WHOLE.matcher(path);
        return path.startsWith(FOLDER) && matcher.matches()
                ? List.of(matcher.group(1).split("\\."))
                : List.of();
    }
}
