package io.penstock.jobs.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class TextTableTest {
    @Test
    void columnsAreAsWideAsTheirLongestCell() {
        assertThat(TextTable.render(List.of("unit", "n"), List.of(Arrays.asList("2013-12-25", null))))
                .isEqualTo("unit        n\n──────────  ────\n2013-12-25  NULL\n(1 row)\n");
    }

    @Test
    void aPathIsWholeAndOfOthersTheBeginningIsShown() {
        String path = "shop/_version=7/" + "x".repeat(60) + "/part-7.parquet";
        String reason = "The file was " + "y".repeat(60);

        String table = TextTable.render(List.of("path", "reason"), List.of(List.of(path, reason)));

        assertThat(table).contains(path + "  " + reason.substring(0, 59) + "…");
    }

    @Test
    void whatAFileSaysCannotMoveTheCursor() {
        assertThat(TextTable.render(List.of("raw"), List.of(List.of("a\r\u001b[2Jb\tc\nd"))))
                .contains("a  [2Jb c d\n");
    }
}
