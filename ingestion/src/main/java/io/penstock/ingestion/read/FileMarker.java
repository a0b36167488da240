package io.penstock.ingestion.read;

import io.penstock.ingestion.contract.Reject;
import io.penstock.ingestion.format.FileTask;
import io.penstock.ingestion.format.SourceFormat;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.spark.sql.Row;

/**
 * What was read of a file, or of one split of it.
 *
 * @param split number of the split, or 0 for the whole file
 * @param reject why no record of it is taken, or null
 * @param newColumns names that the source does not declare
 * @param names under which a split of JSON gives declared columns
 */
public record FileMarker(
        String path,
        String fileId,
        String sha256,
        long records,
        Reject reject,
        List<String> newColumns,
        int split,
        List<String> names) {
    static final List<String> COLUMNS = List.of(
            "_path",
            "_file_id",
            "_sha256",
            "_records",
            "_code",
            "_rule",
            "_reason",
            "_new",
            "_split.number",
            "_split.names");

    /** @param row with {@link #COLUMNS} */
    static FileMarker of(Row row) {
        Reject reject = row.isNullAt(4) ? null : new Reject(row.getString(4), row.getString(5), row.getString(6));
        return new FileMarker(
                row.getString(0),
                row.getString(1),
                row.getString(2),
                row.getLong(3),
                reject,
                row.getList(7),
                row.isNullAt(8) ? 0 : row.getInt(8),
                row.isNullAt(9) ? List.of() : row.getList(9));
    }

    boolean isSplit() {
        return split > 0;
    }

    /** One per file, by path; of a file that was cut, what reading it whole would have told. */
    public static Map<String, FileMarker> byFile(List<FileMarker> markers, SourceFormat format) {
        Map<String, List<FileMarker>> byPath = new TreeMap<>();
        for (FileMarker marker : markers) {
            byPath.computeIfAbsent(marker.path(), path -> new ArrayList<>()).add(marker);
        }
        Map<String, FileMarker> files = new LinkedHashMap<>();
        byPath.forEach((path, own) -> files.put(path, own.get(0).isSplit() ? merged(own, format) : own.get(0)));
        return files;
    }

    private static FileMarker merged(List<FileMarker> splits, SourceFormat format) {
        List<FileMarker> ordered = splits.stream()
                .sorted(Comparator.comparingInt(FileMarker::split))
                .toList();
        Set<String> fresh = new LinkedHashSet<>();
        Set<String> names = new LinkedHashSet<>();
        ordered.forEach(split -> {
            fresh.addAll(split.newColumns());
            names.addAll(split.names());
        });
        Reject reject = first(ordered);
        reject = reject == null ? format.misnamed(names, fresh) : reject;
        FileMarker any = ordered.get(0);
        return new FileMarker(
                any.path(),
                any.fileId(),
                any.sha256(),
                reject == null ? ordered.stream().mapToLong(FileMarker::records).sum() : 0,
                reject,
                reject == null ? List.copyOf(fresh) : List.of(),
                any.split(),
                List.copyOf(names));
    }

    /** A file that changes while it is read says nothing; else the reject that reading it from the start meets first. */
    private static Reject first(List<FileMarker> ordered) {
        List<Reject> rejects = ordered.stream()
                .map(FileMarker::reject)
                .filter(reject -> reject != null)
                .toList();
        return rejects.stream()
                .filter(FileTask::isUnsteady)
                .findFirst()
                .orElse(rejects.isEmpty() ? null : rejects.get(0));
    }
}
