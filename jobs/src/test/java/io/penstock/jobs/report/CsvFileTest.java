package io.penstock.jobs.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.PenstockException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Date;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.List;
import org.apache.spark.sql.RowFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CsvFileTest {
    @TempDir
    Path folder;

    @Test
    void valuesAreExactAndNullIsEmpty() throws Exception {
        Path file = folder.resolve("deep/er/values.csv");

        long rows = CsvFile.write(
                file,
                new String[] {"key", "unit", "as_of", "mean", "sum", "rows", "none"},
                List.of(RowFactory.create(
                                "a",
                                Date.valueOf("2013-12-25"),
                                Timestamp.from(Instant.parse("2013-12-25T08:00:00.000001Z")),
                                1.0 / 3,
                                new BigDecimal("1000000000000.0010"),
                                3L,
                                null))
                        .iterator());

        assertThat(rows).isEqualTo(1);
        assertThat(Files.readString(file)).isEqualTo("""
                key,unit,as_of,mean,sum,rows,none
                a,2013-12-25,2013-12-25T08:00:00.000001Z,0.3333333333333333,1000000000000.0010,3,
                """);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            plain        | plain
            with, comma  | "with, comma"
            with "quote" | "with ""quote\"""
            =cmd()       | '=cmd()
            @SUM(1,2)    | "'@SUM(1,2)"
            -1           | '-1
            '-1          | ''-1
            ``           | ""
            """)
    void r34_textThatWouldBeAFormulaIsNone(String text, String cell) {
        assertThat(CsvFile.cell(text)).isEqualTo(cell);
    }

    @Test
    void onlyAFileIsATarget() throws Exception {
        Path empty = Files.createDirectory(folder.resolve("empty"));
        Path file = Files.writeString(folder.resolve("file"), "before");
        Path link = Files.createSymbolicLink(folder.resolve("link"), file);

        assertThat(CsvFile.target(folder.resolve("new/one.csv"))).isEqualTo(folder.resolve("new/one.csv"));
        assertThat(CsvFile.target(link)).isEqualTo(file.toRealPath());
        for (Path other : List.of(empty, Path.of("/"), Path.of("/dev/null"), file.resolve("below"))) {
            assertThatThrownBy(() -> CsvFile.target(other))
                    .isInstanceOf(PenstockException.class)
                    .hasMessageContaining("PEN-CFG-038 Cannot export to " + other);
        }
        assertThat(empty).isDirectory();
    }

    @Test
    void aFileThatCannotBeWrittenIsACodedError() throws Exception {
        Path taken = Files.createFile(folder.resolve("taken"));

        assertThatThrownBy(() -> CsvFile.write(
                        taken.resolve("x.csv"),
                        new String[] {"a"},
                        List.<org.apache.spark.sql.Row>of().iterator()))
                .isInstanceOf(PenstockException.class)
                .hasMessageContaining("PEN-RUN-043 Cannot write the export");
    }
}
