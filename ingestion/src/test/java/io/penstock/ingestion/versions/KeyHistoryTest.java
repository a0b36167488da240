package io.penstock.ingestion.versions;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.ingestion.versions.KeyHistory.Kind;
import io.penstock.ingestion.versions.KeyHistory.Restated;
import io.penstock.ingestion.versions.KeyHistory.Word;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Units are days 1, 2, 3 …, with their cuts at 100, 200, 300 …; versions of a file are told by their ids, a1 and a2 of a. */
class KeyHistoryTest {
    private final List<Word> words = new ArrayList<>();
    private final List<Restated> restated = new ArrayList<>();

    @Test
    void whatItsFileSaysStillNeedsNothing() {
        row(1, "a1", "5");
        repeated(2, "a2", "5");
        restates(2, "a2", true);

        assertThat(corrections(2)).isEmpty();
    }

    @Test
    void aKeyThatNoFileHasIsWithdrawn() {
        row(1, "a1", "5");
        restates(2, "a2", true);

        assertThat(corrections(2)).containsExactly("2 a2 - at 5 known 200");
    }

    @Test
    void aKeyThatMayBeAmongTheRejectsIsNot() {
        row(1, "a1", "5");
        restates(2, "a2", false);

        assertThat(corrections(2)).isEmpty();
    }

    @Test
    void whatAnotherFileSaysComesBack() {
        row(1, "a1", "5");
        row(1, "b1", "3");
        restates(2, "a2", true);

        assertThat(corrections(2)).containsExactly("2 a2 - at 5 known 200", "2 b1 + at 5 known 200 says b1-3");
    }

    @Test
    void aFileThatLandedInTheMeantimeSaysIt() {
        row(1, "a1", "5");
        row(2, "b1", "5");
        restates(2, "a2", true);

        assertThat(corrections(2)).containsExactly("2 a2 - at 5 known 200", "2 b1 + at 5 known 200 says b1-5");
    }

    @Test
    void aLaterVersionOfAnotherFileCountsAnyway() {
        row(1, "a1", "5");
        row(1, "b1", "7");
        restates(2, "a2", true);

        assertThat(corrections(2)).containsExactly("2 a2 - at 5 known 200");
    }

    @Test
    void aFileMaySayAnEarlierVersionNow() {
        row(1, "a1", "5");
        row(2, "a2", "3");
        restates(2, "a2", true);

        assertThat(corrections(2)).containsExactly("2 a2 - at 5 known 200", "2 a2 + at 5 known 200 says a2-3");
    }

    @Test
    void whatLandsWithAnEarlierVersionAfterAWithdrawalIsThere() {
        row(1, "a1", "5");
        derived(2, "a2", "5", 200);
        row(3, "b1", "4");

        assertThat(corrections(3)).containsExactly("3 b1 + at 5 known 300 says b1-4");
    }

    @Test
    void whatCameBackGoesWithItsFile() {
        row(1, "a1", "5");
        row(1, "b1", "3");
        derived(2, "a2", "5", 200);
        words.add(new Word(Kind.ROW, 2, "b", "b1", true, "5", 200, 1, "once more"));
        restates(3, "b2", true);

        assertThat(corrections(3)).containsExactly("3 b2 - at 3 known 300", "3 b2 - at 5 known 300");
    }

    @Test
    void aWithdrawalThatARecordSaysGoesWithItsFile() {
        row(1, "a1", "3");
        words.add(new Word(Kind.ROW, 1, "b", "b1", false, "5", 0, 4, "gone"));
        restates(2, "b2", true);

        assertThat(corrections(2)).containsExactly("2 b2 - at 5 known 200", "2 a1 + at 5 known 200 says a1-3");
    }

    @Test
    void aRowThatIsKnownAfterTheCutIsWithdrawnAfterIt() {
        words.add(new Word(Kind.ROW, 1, "a", "a1", true, "5", 250, 1, "future"));
        restates(2, "a2", true);

        assertThat(corrections(2)).containsExactly("2 a2 - at 5 known 251");
    }

    @Test
    void aRangeSaysWhatItsUnitsSayOneByOne() {
        row(1, "a1", "5");
        row(1, "b1", "3");
        restates(2, "a2", true);
        row(3, "c1", "4");

        assertThat(corrections(2, 3))
                .containsExactly(
                        "2 a2 - at 5 known 200", "2 b1 + at 5 known 200 says b1-3", "3 c1 + at 5 known 300 says c1-4");
    }

    private static String file(String id) {
        return id.substring(0, 1);
    }

    private void row(int unit, String id, String sequence) {
        words.add(new Word(Kind.ROW, unit, file(id), id, true, sequence, 0, 1, id + "-" + sequence));
    }

    private void repeated(int unit, String id, String sequence) {
        words.add(new Word(Kind.REPEATED, unit, file(id), id, true, sequence, 0, 1, id + "-" + sequence));
    }

    private void derived(int unit, String id, String sequence, long knownAt) {
        words.add(new Word(Kind.ROW, unit, file(id), id, false, sequence, knownAt, 0, "derived"));
    }

    private void restates(int unit, String id, boolean isWhole) {
        restated.add(new Restated(unit, file(id), id, isWhole));
    }

    private List<String> corrections(int... units) {
        TreeMap<Integer, Long> cuts = new TreeMap<>();
        for (int unit : units) {
            cuts.put(unit, 100L * unit);
        }
        Map<String, List<Restated>> byFile = restated.stream().collect(Collectors.groupingBy(Restated::file));
        return KeyHistory.corrections(words, byFile, cuts).stream()
                .map(add -> add.unit() + " " + add.fileId() + " " + (add.rowId().isPresent() ? "+" : "-") + " at "
                        + add.sequence() + " known " + add.knownAt()
                        + add.rowId().map(of -> " says " + of).orElse(""))
                .toList();
    }
}
