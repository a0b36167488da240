package io.penstock.core.kernel;

import io.penstock.core.Hashes;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * The hash chain over the rows of a control table. Each row carries a digest of itself and of the digest before it; the
 * commit that appends rows tells, outside of them, how many there are by now and how the last digest begins. So an edit, a
 * removal, an addition or a swap is found where it was made, at the end of the table too.
 *
 * <p>Rows from before there was a chain carry no digest. The first row that does follows a digest of all of them: from then
 * on they are covered, but where among them the change is cannot be told.
 */
final class RowChain {
    /** The column that holds a row's digest. */
    static final String COLUMN = "chain";

    private static final int BITS = 31;

    private final List<String> columns;

    /** @param columns that a digest is over, {@code seq} and {@code year} included; those that are null add nothing to it */
    RowChain(List<String> columns) {
        this.columns =
                columns.stream().filter(name -> !name.equals(COLUMN)).sorted().toList();
    }

    /** Where rows are not what was committed. */
    record Break(int position, String message) {}

    String next(String previous, Map<String, Object> row) {
        MessageDigest digest = Hashes.digest();
        add(digest, previous);
        for (String name : columns) {
            Object value = row.get(name);
            if (value != null) {
                add(digest, name);
                add(digest, value.toString());
            }
        }
        return HexFormat.of().formatHex(digest.digest(), 0, 16);
    }

    private static void add(MessageDigest digest, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        digest.update((bytes.length + ":").getBytes(StandardCharsets.US_ASCII));
        digest.update(bytes);
    }

    /** Where the next rows are appended: how many there were told to be, and the digest that the first of them follows. */
    record End(long rows, String digest) {}

    /**
     * Where these rows do not end as the last commit told, the next row follows what no row has: another commit does not
     * hide what others did to the end of the table.
     *
     * @param whole the same rows with all columns, asked for where none carries a digest
     * @param head what the last commit told, 0 when none did
     */
    End end(List<Map<String, Object>> rows, Supplier<List<Map<String, Object>>> whole, long head) {
        boolean isChained = rows.stream().anyMatch(row -> digest(row) != null);
        if (!isChained && head == 0) {
            return new End(rows.size(), ofUnchained(rows.isEmpty() ? rows : whole.get()));
        }
        String last = rows.isEmpty() ? null : digest(rows.get(rows.size() - 1));
        boolean isAsTold = last != null && isHex(last) && head(rows.size(), last) == head;
        return isAsTold
                ? new End(rows.size(), last)
                : new End(Math.max(rows.size(), head >>> BITS), "after a change by others");
    }

    private static boolean isHex(String digest) {
        return digest.chars().allMatch(c -> Character.digit(c, 16) >= 0);
    }

    private String ofUnchained(List<Map<String, Object>> rows) {
        String digest = "";
        for (Map<String, Object> row : rows) {
            digest = next(digest, row);
        }
        return rows.isEmpty() ? "" : "unchained " + digest; // else the first digest could be taken away unseen
    }

    /** What a commit tells of the rows up to it. It grows with their number, as versions of a transaction must. */
    static long head(long rows, String last) {
        return rows << BITS | Long.parseLong(last.substring(0, 8), 16) >>> 1;
    }

    /**
     * @param rows in commit order, all columns
     * @param head what the last commit told, 0 when none did
     * @return the first break, or empty when the rows are those that were committed
     */
    Optional<Break> verify(List<Map<String, Object>> rows, long head) {
        int first = IntStream.range(0, rows.size())
                .filter(i -> digest(rows.get(i)) != null)
                .findFirst()
                .orElse(rows.size());
        if (first == rows.size() && head == 0) {
            return Optional.empty();
        }
        Optional<Break> broken = first < rows.size() ? brokenFrom(first, rows) : Optional.empty();
        return broken.or(() -> brokenEnd(rows, head));
    }

    private Optional<Break> brokenFrom(int first, List<Map<String, Object>> rows) {
        String before = ofUnchained(rows.subList(0, first));
        return IntStream.range(first, rows.size())
                .parallel()
                .filter(i -> !Objects.equals(
                        digest(rows.get(i)), follows(i == first ? before : digest(rows.get(i - 1)), rows.get(i))))
                .boxed()
                .min(Integer::compare)
                .map(i -> new Break(
                        i,
                        i == first && first > 0
                                ? "it was edited, or one of the " + first
                                        + " rows before it was edited, removed or added"
                                : digest(rows.get(i)) == null
                                        ? "it was added by another program"
                                        : "it was edited or added, or a row was removed before it"));
    }

    /** Null where the row before carries no digest, though rows before that do. */
    private String follows(String previous, Map<String, Object> row) {
        return previous == null ? null : next(previous, row);
    }

    /**
     * @param head what was told of these rows, or of the first of them, 0 when nothing was
     * @return whether they are gone, or others
     */
    Optional<Break> missing(List<Map<String, Object>> rows, long head) {
        long told = head >>> BITS;
        if (told > rows.size()) {
            return brokenEnd(rows, head);
        }
        return told == 0 ? Optional.empty() : brokenEnd(rows.subList(0, (int) told), head);
    }

    private static Optional<Break> brokenEnd(List<Map<String, Object>> rows, long head) {
        long told = head >>> BITS;
        int last = rows.size() - 1;
        if (told > rows.size()) {
            return Optional.of(new Break(
                    Math.max(0, last), "rows are missing at the end: " + rows.size() + " of " + told + " are there"));
        }
        if (told < rows.size()) {
            return Optional.of(new Break(
                    (int) told,
                    "it and what follows were added by another program, there should be " + told + " rows"));
        }
        String digest = digest(rows.get(last));
        return digest != null && head(told, digest) == head
                ? Optional.empty()
                : Optional.of(new Break(last, "it was edited"));
    }

    private static String digest(Map<String, Object> row) {
        Object digest = row.get(COLUMN);
        return digest instanceof String text && text.length() >= 8 ? text : null;
    }
}
