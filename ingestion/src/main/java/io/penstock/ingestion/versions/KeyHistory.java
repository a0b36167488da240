package io.penstock.ingestion.versions;

import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What the files of a source say of one key, as the units took them. Pure. Readers of bronze take the last row of a key, by
 * sequence, then by the time it became known. When a file is overwritten, that row may be one that no file contains any more.
 * Then a row is added after it: a copy of the last row that a file still contains, or a delete where there is none. So the last
 * row of each key is what it would be if bronze were made from the files as they are now, and earlier states stay readable.
 *
 * <p>Each file has one statement on a key: the last row that it brought. A delete that was derived when the file was
 * overwritten ends it.
 */
final class KeyHistory {
    /** Rows of bronze, and records of overwritten files that say what their file said before. */
    enum Kind {
        ROW,
        REPEATED
    }

    /**
     * @param unit as day since 1970
     * @param file whose word it is: of a mended record, the file that it was rejected in
     * @param isThere false for a withdrawal
     * @param knownAt microseconds since 1970, as all times here
     */
    record Word(
            Kind kind,
            int unit,
            String file,
            String fileId,
            boolean isThere,
            String sequence,
            long knownAt,
            long position,
            String rowId) {
        /** The order of versions: the last of them counts. */
        static final Comparator<Word> ORDER = Comparator.comparing(
                        (Word word) -> word.sequence().getBytes(StandardCharsets.UTF_8), Arrays::compareUnsigned)
                .thenComparing(Word::knownAt)
                .thenComparing(Word::position)
                .thenComparing(Word::rowId);

        boolean isDerivedWithdrawal() {
            return !isThere && position == 0;
        }
    }

    /** @param isWhole whether what it lacks is not there: nothing of it was rejected */
    record Restated(int unit, String file, String fileId, boolean isWhole) implements Serializable {}

    /**
     * A row to add.
     *
     * @param rowId of the row that it says once more, empty for a withdrawal
     */
    record Correction(int unit, String fileId, String sequence, long knownAt, Optional<String> rowId) {}

    private final Map<String, List<Restated>> restated;
    private final SortedMap<Integer, Long> cuts;
    private final Map<String, Word> says = new HashMap<>();
    private final List<Word> rows = new ArrayList<>();
    private final List<Correction> corrections = new ArrayList<>();

    private KeyHistory(Map<String, List<Restated>> restated, SortedMap<Integer, Long> cuts) {
        this.restated = restated;
        this.cuts = cuts;
    }

    /**
     * @param words of one key; of a source of snapshots, of one snapshot, since a key is there when its snapshot says so
     * @param restated by file, what units of {@code cuts} take once more
     * @param cuts of the units that are read now; all others have their corrections already
     */
    static List<Correction> corrections(
            Collection<Word> words, Map<String, List<Restated>> restated, SortedMap<Integer, Long> cuts) {
        KeyHistory history = new KeyHistory(restated, cuts);
        Set<Word> copies = copies(words);
        TreeMap<Integer, List<Word>> byUnit =
                words.stream().collect(Collectors.groupingBy(Word::unit, TreeMap::new, Collectors.toList()));
        cuts.keySet().forEach(unit -> byUnit.computeIfAbsent(unit, none -> List.of()));
        byUnit.forEach((unit, own) -> history.take(unit, own, copies));
        return history.corrections;
    }

    /** Rows that say an earlier one once more: of the same place, under another name. */
    private static Set<Word> copies(Collection<Word> words) {
        Map<List<Object>, Word> first = new HashMap<>();
        Set<Word> copies = new HashSet<>();
        words.stream()
                .filter(word -> word.kind() == Kind.ROW && word.isThere())
                .sorted(Comparator.comparing(Word::unit).thenComparing(Word.ORDER))
                .forEach(word -> {
                    Word original = first.putIfAbsent(List.of(word.fileId(), word.position()), word);
                    if (original != null && !original.rowId().equals(word.rowId())) {
                        copies.add(word);
                    }
                });
        return copies;
    }

    private void take(int unit, List<Word> own, Set<Word> copies) {
        Map<String, Word> said = new HashMap<>();
        Set<String> ended = new HashSet<>();
        Set<Word> repeated = new HashSet<>();
        for (Word word : own) {
            if (word.kind() == Kind.REPEATED) {
                repeated.add(word);
                continue;
            }
            rows.add(word);
            if (word.isDerivedWithdrawal()) {
                ended.add(word.file());
            } else if (!copies.contains(word)) {
                said.merge(word.file(), word, KeyHistory::later);
            }
        }
        Optional<String> gone = Optional.empty();
        for (String file : List.copyOf(says.keySet())) {
            for (Restated once : restated.getOrDefault(file, List.of())) {
                if (once.unit() == unit && settle(once, Optional.ofNullable(said.get(file)), repeated, ended)) {
                    gone = Optional.of(once.fileId());
                }
            }
        }
        ended.forEach(says::remove);
        said.forEach((file, word) -> says.merge(file, word, KeyHistory::later));
        if (cuts.containsKey(unit)) {
            level(unit, gone);
        }
    }

    private static Word later(Word one, Word other) {
        return Word.ORDER.compare(one, other) >= 0 ? one : other;
    }

    /** Ends a file's earlier word where the file does not say it any more; true when a row says so. */
    private boolean settle(Restated once, Optional<Word> now, Set<Word> repeated, Set<String> ended) {
        Word before = says.get(once.file());
        boolean isRepeated = repeated.stream()
                .anyMatch(word ->
                        word.file().equals(once.file()) && word.sequence().equals(before.sequence()));
        if (isRepeated || now.isEmpty() && !once.isWhole()) {
            return false;
        }
        ended.add(once.file());
        if (now.isPresent() && Word.ORDER.compare(now.get(), before) > 0) {
            return false;
        }
        add(once.unit(), once.fileId(), before, Optional.empty());
        return true;
    }

    /** The last row must be what a file says, or a withdrawal where none does. */
    private void level(int unit, Optional<String> gone) {
        Optional<Word> last = rows.stream().max(Word.ORDER);
        if (last.isEmpty() || says.containsValue(last.get())) {
            return;
        }
        Optional<Word> right = says.values().stream().max(Word.ORDER);
        if (right.isPresent() && right.get().isThere()) {
            Word word = right.get();
            boolean isSaid = last.get().isThere()
                    && last.get().fileId().equals(word.fileId())
                    && last.get().position() == word.position();
            if (!isSaid) {
                add(unit, word.fileId(), last.get(), Optional.of(word));
            }
        } else if (last.get().isThere()) {
            add(unit, right.map(Word::fileId).or(() -> gone).orElse(last.get().fileId()), last.get(), Optional.empty());
        }
    }

    /** @param below the row above which it comes */
    private void add(int unit, String fileId, Word below, Optional<Word> says) {
        long cut = cuts.get(unit);
        long position = says.map(Word::position).orElse(0L);
        boolean isAbove = cut > below.knownAt() || cut == below.knownAt() && position > below.position();
        long knownAt = isAbove ? cut : below.knownAt() + 1;
        corrections.add(new Correction(unit, fileId, below.sequence(), knownAt, says.map(Word::rowId)));
        rows.add(new Word(
                Kind.ROW,
                unit,
                says.map(Word::file).orElse(""),
                fileId,
                says.isPresent(),
                below.sequence(),
                knownAt,
                position,
                ""));
    }
}
