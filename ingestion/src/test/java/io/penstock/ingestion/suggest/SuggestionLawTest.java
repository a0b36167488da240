package io.penstock.ingestion.suggest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.config.ConfigLoader;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.config.SourceSpec;
import io.penstock.ingestion.contract.Reject;
import io.penstock.ingestion.format.ParsedFile;
import io.penstock.ingestion.format.Told;
import io.penstock.ingestion.landing.LandedFile;
import io.penstock.ingestion.landing.Landing;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.zip.GZIPOutputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroupFactory;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SuggestionLawTest {
    private static final int ROUNDS = 40;
    private static final List<String> CITIES = List.of("EWR", "JFK", "LGA");

    private static final List<String> GARBAGE =
            List.of("n.a.", "?", "--", "unknown", "#REF!", "12:3x", "31/02", "see \"note\"", "1,5 h", "NULL");

    @TempDir
    Path root;

    /** A column to plant: how its n-th value reads, and the type that must be found. */
    private interface Maker {
        String text(Random random, int n);
    }

    private record Planted(Maker maker, String type) {}

    private static final Map<String, Planted> KINDS = kinds();

    private static Map<String, Planted> kinds() {
        Map<String, Planted> kinds = new LinkedHashMap<>();
        kinds.put("city", new Planted((random, n) -> CITIES.get(random.nextInt(3)), "string"));
        kinds.put(
                "amount", new Planted((random, n) -> gap(random, "NA", (random.nextInt(9999) - 500) / 7.0), "double"));
        kinds.put("count", new Planted((random, n) -> gap(random, "-", random.nextInt(500)), "int"));
        kinds.put("big", new Planted((random, n) -> String.valueOf(5_000_000_000L + random.nextInt(99)), "long"));
        kinds.put("flag", new Planted((random, n) -> String.valueOf(random.nextBoolean()), "boolean"));
        kinds.put("day", new Planted((random, n) -> "2026-03-" + two(1 + random.nextInt(28)), "date"));
        kinds.put(
                "at",
                new Planted((random, n) -> "2026-03-01T" + two(n % 24) + ":" + two(n % 60) + ":00Z", "timestamp"));
        kinds.put("plain_at", new Planted((random, n) -> "2026-03-01 " + two(n % 24) + ":00:00", "timestamp"));
        kinds.put("local_at", new Planted((random, n) -> "2026-03-01T" + two(n % 24) + ":30:00", "string"));
        kinds.put("turned", new Planted((random, n) -> two(1 + n % 12) + "/" + two(1 + n % 11) + "/2026", "string"));
        kinds.put("epoch", new Planted((random, n) -> String.valueOf(1_700_000_000 + n), "long"));
        kinds.put("zip", new Planted((random, n) -> String.format("%05d", random.nextInt(20_000)), "string"));
        kinds.put(
                "note",
                new Planted((random, n) -> "said, \"" + random.nextInt(50) + "\"\nand äö went " + n % 31, "string"));
        return kinds;
    }

    @Test
    void whatIsSuggestedLoadsAndIngestsItsOwnFilesWithoutOneReject() throws IOException {
        for (int seed = 1; seed <= ROUNDS; seed++) {
            Path landing = Files.createDirectories(root.resolve("seed" + seed + "/landing"));
            Random random = new Random(seed);
            List<String> names = names(random);
            boolean isJson = random.nextBoolean();
            boolean isPacked = random.nextBoolean();
            int files = 1 + random.nextInt(4);
            for (int file = 0, n = 0; file < files; file++) {
                List<Map<String, String>> rows = new ArrayList<>();
                for (int row = 0; row < 40 + random.nextInt(60); row++, n++) {
                    rows.add(row(random, names, n, "ID-" + (1000 + n)));
                }
                write(landing, file, rows, isJson, isPacked);
            }

            Suggestion suggestion = only(landing.resolve("orders"), landing);

            assertThat(rejects(suggestion, landing, files))
                    .as("seed " + seed + "\n" + suggestion.contract())
                    .isEmpty();
            names.forEach(name -> assertThat(suggestion.types().get(name))
                    .as("%s%n%s", name, suggestion.contract())
                    .isEqualTo(KINDS.get(name).type()));
            assertThat(suggestion.key()).as(suggestion.contract()).isEqualTo(List.of("order_id"));
            assertThat(suggestion.mode()).isEqualTo("append");
        }
    }

    @Test
    void aFewBadValuesAndRecordsChangeNoType() throws IOException {
        for (int seed = 1; seed <= ROUNDS; seed++) {
            Random random = new Random(seed);
            List<String> names = names(random);
            boolean isJson = random.nextBoolean();
            List<Map<String, String>> clean = new ArrayList<>();
            for (int n = 0; n < 60 + random.nextInt(200); n++) {
                clean.add(row(random, names, n, "ID-" + (1000 + n)));
            }
            List<Map<String, String>> spoilt = new ArrayList<>();
            clean.forEach(row -> spoilt.add(new LinkedHashMap<>(row)));
            for (String name : names) {
                for (int bad = random.nextInt(1 + clean.size() * 3 / 100); bad > 0; bad--) {
                    spoilt.get(random.nextInt(clean.size())).put(name, GARBAGE.get(random.nextInt(GARBAGE.size())));
                }
            }
            Path one = Files.createDirectories(root.resolve("clean" + seed));
            Path other = Files.createDirectories(root.resolve("spoilt" + seed));
            write(one, 0, clean, isJson, false);
            write(other, 0, spoilt, isJson, false);
            Files.writeString(
                    other.resolve("orders/landed=20260301T060000Z/orders-0." + (isJson ? "json" : "csv")),
                    isJson ? "\n[1]\n{\n" : "\na,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p\nx\n",
                    StandardOpenOption.APPEND);

            Suggestion suggestion = only(other.resolve("orders"), other);

            assertThat(suggestion.types())
                    .as("seed " + seed + "\n" + suggestion.contract())
                    .isEqualTo(only(one.resolve("orders"), one).types());
        }
    }

    @Test
    void whatDoesNotFitIsCountedAndShownWithItsLine() throws IOException {
        List<Map<String, String>> rows = new ArrayList<>();
        for (int n = 0; n < 364; n++) {
            Map<String, String> row = new LinkedHashMap<>();
            row.put("id", n == 50 ? "#REF!" : String.valueOf(n));
            row.put("minutes", n == 7 ? "n.a." : String.valueOf(n % 90));
            row.put("at", n % 80 == 40 ? "soon" : "2026-03-01T" + two(n % 24) + ":" + two(n % 60) + ":00Z");
            rows.add(row);
        }
        write(root, 0, rows, false, false);

        Suggestion suggestion = only(root.resolve("orders"), root);

        assertThat(suggestion.types())
                .containsEntry("id", "int")
                .containsEntry("minutes", "int")
                .containsEntry("at", "timestamp");
        assertThat(suggestion.key()).containsExactly("id");
        assertThat(suggestion.contract())
                .contains("null-values = [\"\", \"n.a.\"]")
                .contains("event-time = at")
                .contains("filled in all but 5 records")
                .contains("5 no timestamp, first 'soon' in landed=20260301T060000Z/orders-0.csv line 42: rejected");
        assertThat(suggestion.questions()).anyMatch(question -> question.contains("at: 5 of 364 values"));
    }

    @Test
    void columnsThatTogetherRejectTooMuchAreTold() throws IOException {
        List<Map<String, String>> rows = new ArrayList<>();
        for (int n = 0; n < 200; n++) {
            Map<String, String> row = new LinkedHashMap<>();
            row.put("a", n % 25 == 0 ? "#REF!" : String.valueOf(n));
            row.put("b", n % 25 == 1 ? "#REF!" : String.valueOf(n));
            rows.add(row);
        }
        write(root, 0, rows, false, false);

        assertThat(only(root.resolve("orders"), root).questions())
                .contains("16 of 200 records would be rejected, and a unit with more than 5 % is refused: look at the"
                        + " columns above, or set max-reject-rate");
    }

    @Test
    void filesThatWereNotLandedAreNamedByTheirFolderOrWhatTheirNamesBeginWith() throws IOException {
        for (String folder : List.of("rentals", "flat")) {
            for (int month = 1; month < 4; month++) {
                Path file = Files.createDirectories(root.resolve(folder)).resolve("rentals_2026-0" + month + ".csv");
                Files.writeString(file, "n\n1\n2\n");
            }
            Suggestion suggestion = only(root.resolve(folder), root.resolve("elsewhere"));

            assertThat(suggestion.name()).isEqualTo("rentals");
            assertThat(suggestion.landFirst().orElseThrow())
                    .contains("mkdir -p ", "/rentals/landed=", "rentals_2026-01.csv");
            assertThat(suggestion.questions())
                    .anyMatch(question -> question.contains(": put each of the 3 files *.csv into one below rentals/"));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "region=eu|region=%2Fus|region=__HIVE_DEFAULT_PARTITION__,landed=20260301T060000Z,orders/region={region}/landed={landed}/*.csv",
        "landed=20260301T060000Z,region=eu|region=us,orders/landed={landed}/region={region}/*.csv",
        "year=2025|year=2026,landed=20260301T060000Z/day=2026-02-28,orders/year={year}/landed={landed}/day={day}/*.csv"
    })
    void foldersThatSayColumnsAreColumns(String outer, String inner, String path) throws IOException {
        int files = 0;
        for (String above : outer.split("\\|")) {
            for (String below : inner.split("\\|")) {
                Path folder = Files.createDirectories(root.resolve("orders/" + above + "/" + below));
                StringBuilder text = new StringBuilder("order_id,amount\n");
                for (int n = 0; n < 60; n++) {
                    text.append("ID-")
                            .append(files)
                            .append("-")
                            .append(n)
                            .append(",")
                            .append(n)
                            .append("\n");
                }
                Files.writeString(folder.resolve("part-0.csv"), text.toString());
                files++;
            }
        }
        for (String given : List.of("orders", "")) {
            Suggestion suggestion = only(root.resolve(given), root);

            assertThat(suggestion.name()).isEqualTo("orders");
            assertThat(suggestion.path()).isEqualTo(path);
            assertThat(rejects(suggestion, root, files))
                    .as(suggestion.contract())
                    .isEmpty();
            if (path.contains("{region}")) {
                assertThat(suggestion.types()).containsEntry("region", "string");
            } else {
                assertThat(suggestion.types()).containsEntry("year", "int").containsEntry("day", "date");
            }
            Suggestion elsewhere = only(root.resolve("orders"), root.resolve("elsewhere"));
            assertThat(elsewhere.landing().resolve(elsewhere.path())).isEqualTo(root.resolve(path));
        }
    }

    @Test
    void aQuestionIsOneLineWhateverAFileIsCalled() throws IOException {
        Files.writeString(
                Files.createDirectories(root.resolve("orders/a\nb = 1")).resolve("x.csv"), "n\n1\n2\n");

        assertThat(only(root.resolve("orders"), root).questions())
                .anyMatch(question -> question.contains("b = 1"))
                .noneMatch(question -> question.contains("\n"));
    }

    @Test
    void filesOfColumnFoldersKeepThemWhereTheyAreToBeLanded() throws IOException {
        for (String region : List.of("eu", "us")) {
            Path folder = Files.createDirectories(root.resolve("orders/region=" + region));
            Files.writeString(folder.resolve("part-0.csv"), "n\n1\n2\n");
        }

        Suggestion suggestion = only(root.resolve("orders"), root);

        assertThat(suggestion.path()).isEqualTo("orders/region={region}/landed={landed}/*.csv");
        assertThat(suggestion.landFirst().orElseThrow())
                .startsWith("mkdir -p " + root.resolve("orders/region=eu/landed="));
    }

    @Test
    void aKeyThatComesAgainIsUpsertedByItsVersion() throws IOException {
        keysOf(file -> 30 * file, "updated_at");

        Suggestion suggestion = only(root.resolve("orders"), root);

        assertThat(suggestion.mode()).isEqualTo("upsert");
        assertThat(suggestion.key()).containsExactly("order_id");
        assertThat(suggestion.contract()).contains("sequence = updated_at");
        assertThat(rejects(suggestion, root, 3)).isEmpty();
    }

    @Test
    void landingsThatBringAllKeysAgainAreSnapshots() throws IOException {
        keysOf(file -> file, "updated_at");

        Suggestion suggestion = only(root.resolve("orders"), root);

        assertThat(suggestion.mode()).isEqualTo("snapshot");
        assertThat(suggestion.key()).containsExactly("order_id");
        assertThat(rejects(suggestion, root, 3)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"local_at", "plain_at", "turned", "epoch"})
    void timesThatCannotBePlacedAreAskedAbout(String name) throws IOException {
        rows(name, 60);

        assertThat(only(root.resolve("orders"), root).questions())
                .anyMatch(question -> question.startsWith(name + ": "));
    }

    @Test
    void spellingsOfNullAreFoundAmongNumbersAndAskedAboutAmongWords() throws IOException {
        List<Map<String, String>> rows = new ArrayList<>();
        for (int n = 0; n < 60; n++) {
            rows.add(Map.of(
                    "a", n % 3 == 0 ? "-" : "1" + n, "b", n % 3 == 0 ? "\\N" : "w" + n, "c", n % 3 == 0 ? "NA" : "DE"));
        }
        write(root, 0, rows, false, false);

        Suggestion suggestion = only(root.resolve("orders"), root);

        assertThat(suggestion.contract()).contains("null-values = [\"\", \"-\", \"\\\\N\"]");
        assertThat(suggestion.types()).containsEntry("a", "int");
        assertThat(suggestion.questions()).anyMatch(question -> question.contains("'NA' in c"));
    }

    @Test
    void fewWordsAreAllowedValuesAndOneShapeIsAPattern() throws IOException {
        List<Map<String, String>> rows = new ArrayList<>();
        for (int n = 0; n < 200; n++) {
            rows.add(Map.of("city", CITIES.get(n % 3), "code", "AB" + (1000 + n)));
        }
        write(root, 0, rows, false, false);

        assertThat(only(root.resolve("orders"), root).contract())
                .contains("allowed = [\"EWR\", \"JFK\", \"LGA\"]")
                .contains("pattern = \"[A-Z]{2}[0-9]{4}\"");
    }

    @Test
    void idsAndWordsOfAnOpenColumnAreNeverShown() throws IOException {
        rows("note", 300);

        Suggestion suggestion = only(root.resolve("orders"), root);

        assertThat(suggestion.contract() + suggestion.questions()).doesNotContain("ID-", "said", "went");
    }

    @Test
    void delimiterAndEncodingAreFoundAndIngestTheFiles() throws IOException {
        List<String> delimiters = List.of(",", ";", "\t", "|");
        List<String> encodings = List.of("utf-8", "windows-1252", "utf-16");
        for (String delimiter : delimiters) {
            for (String encoding : encodings) {
                Path landing = root.resolve(delimiters.indexOf(delimiter) + encoding);
                Path file = Files.createDirectories(landing.resolve("orders/landed=20260301T060000Z"))
                        .resolve("orders.csv");
                StringBuilder text = new StringBuilder(String.join(delimiter, "order_id", "town", "amount") + "\n");
                for (int n = 0; n < 60; n++) {
                    text.append(String.join(delimiter, "ID-" + n, "\"Köln, " + n + "; the\n|town\"", (n + 1) + "5"))
                            .append('\n');
                }
                Files.write(file, text.toString().getBytes(Charset.forName(encoding)));

                Suggestion suggestion = only(landing.resolve("orders"), landing);

                assertThat(rejects(suggestion, landing, 1))
                        .as(suggestion.contract())
                        .isEmpty();
                assertThat(suggestion.key()).containsExactly("order_id");
                assertThat(suggestion.types()).containsEntry("town", "string").containsEntry("amount", "int");
                assertThat(suggestion.contract().contains("encoding = " + encoding))
                        .as(suggestion.contract())
                        .isEqualTo(!encoding.equals("utf-8"));
            }
        }
    }

    @Test
    void aDelimiterIsFoundThoughManyRecordsAreTorn() throws IOException {
        Path file = Files.createDirectories(root.resolve("orders/landed=20260301T060000Z"))
                .resolve("orders.csv");
        StringBuilder text = new StringBuilder("order_id;town;amount\n");
        for (int n = 1; n <= 60; n++) {
            text.append("ID-").append(n).append(n % 4 == 0 ? ";torn\n" : ";Bonn;" + n + "\n");
        }
        Files.writeString(file, text);

        Suggestion suggestion = only(root.resolve("orders"), root);

        assertThat(suggestion.contract()).contains("delimiter = \";\"");
        assertThat(suggestion.types()).containsOnlyKeys("order_id", "town", "amount");
        assertThat(suggestion.questions()).anyMatch(question -> question.startsWith("15 records could not be read"));
    }

    @Test
    void ofParquetTheTypesAreItsOwnAndWhatCannotBeDeclaredIsTold() throws IOException {
        MessageType schema = MessageTypeParser.parseMessageType("""
                message orders { required binary order_id (UTF8); required int32 count; optional int64 big;
                  optional double price; required int64 at (TIMESTAMP(MICROS,true)); required int32 day (DATE);
                  required int64 local_at (TIMESTAMP(MILLIS,false)); required boolean paid;
                  required int32 cents (DECIMAL(9,2)); optional group tags (LIST) { repeated int32 array; } }""");
        Path folder = Files.createDirectories(root.resolve("orders/landed=20260301T060000Z"));
        try (ParquetWriter<Group> writer = ExampleParquetWriter.builder(new org.apache.hadoop.fs.Path(
                        folder.resolve("a.parquet").toUri()))
                .withType(schema)
                .build()) {
            for (int n = 0; n < 60; n++) {
                Group row = new SimpleGroupFactory(schema)
                        .newGroup()
                        .append("order_id", "00" + n)
                        .append("count", n % 7)
                        .append("at", 1_772_000_000_000_000L + n)
                        .append("day", 20_000 + n)
                        .append("local_at", 1_772_000_000_000L)
                        .append("paid", n % 2 == 0)
                        .append("cents", n);
                writer.write(
                        n % 3 == 0 ? row : row.append("big", 5_000_000_000L).append("price", n / 2.0));
            }
        }

        Suggestion suggestion = only(root.resolve("orders"), root);

        assertThat(suggestion.types())
                .isEqualTo(Map.of(
                        "order_id", "string",
                        "count", "int",
                        "big", "long",
                        "price", "double",
                        "at", "timestamp",
                        "day", "date",
                        "local_at", "timestamp",
                        "cents", "string",
                        "paid", "boolean"));
        assertThat(suggestion.key()).containsExactly("order_id");
        assertThat(rejects(suggestion, root, 1)).isEmpty();
        assertThat(suggestion.contract()).contains("# 60 values; a decimal, as its digits");
        assertThat(suggestion.questions())
                .anyMatch(question -> question.contains("cannot be declared") && question.endsWith(": 'tags'"))
                .anyMatch(question -> question.startsWith("local_at: which zone"));
    }

    @Test
    void ofParquetWhatIngestionWouldRejectIsTold() throws IOException {
        MessageType schema = MessageTypeParser.parseMessageType("""
                message orders { required double price; required int64 at (TIMESTAMP(MICROS,true));
                  required int64 local_at (TIMESTAMP(MICROS,false)); required int32 day (DATE);
                  required binary note (UTF8); }""");
        Path folder = Files.createDirectories(root.resolve("orders/landed=20260301T060000Z"));
        try (ParquetWriter<Group> writer = ExampleParquetWriter.builder(new org.apache.hadoop.fs.Path(
                        folder.resolve("a.parquet").toUri()))
                .withType(schema)
                .build()) {
            for (int n = 0; n < 100; n++) {
                long at = n == 9 ? 253_402_214_400_000_000L : 1_772_000_000_000_000L + n % 7;
                writer.write(new SimpleGroupFactory(schema)
                        .newGroup()
                        .append("price", n == 3 ? Double.NaN : n == 4 ? Double.NEGATIVE_INFINITY : n)
                        .append("at", at)
                        .append("local_at", at)
                        .append("day", n < 2 ? -99_000 : 20_000)
                        .append("note", n % 2 == 0 ? "1.5" : "NaN"));
            }
        }

        Suggestion suggestion = only(root.resolve("orders"), root);

        String place = " in landed=20260301T060000Z/a.parquet line ";
        assertThat(suggestion.contract())
                .contains("2 no double, first 'NaN'" + place + "4: rejected")
                .contains("1 no timestamp, first '9999-12-31T00:00:00Z'" + place + "10: rejected")
                .contains("1 no timestamp, first '9999-12-31T00:00:00'" + place + "10: rejected")
                .contains("2 no date, first '1698-12-12'" + place + "1: rejected")
                .contains("# met: \"NaN\" 50")
                .doesNotContain("required = true, between");
        assertThat(suggestion.contract().lines().filter(line -> line.contains("required = true")))
                .isEmpty();
        assertThat(rejects(suggestion, root, 1)).hasSize(5);
    }

    @Test
    void aColumnWithoutANameIsToldAndDeclaredByItsPlaceButNoKey() throws IOException {
        Path folder = Files.createDirectories(root.resolve("orders/landed=20260301T060000Z"));
        StringBuilder text = new StringBuilder(",name,\n");
        for (int n = 0; n < 60; n++) {
            text.append(n).append(",n").append(n % 50).append(",\n");
        }
        Files.writeString(folder.resolve("a.csv"), text);

        Suggestion suggestion = only(root.resolve("orders"), root);

        assertThat(suggestion.types().keySet()).containsExactly("name", "unnamed_1");
        assertThat(suggestion.key()).isEmpty();
        assertThat(suggestion.questions())
                .anyMatch(question -> question.startsWith("What is unnamed_1? The header gives the column no name"));
        assertThat(rejects(suggestion, root, 1)).isEmpty();
    }

    @Test
    void columnsWhoseNamesCannotBeDeclaredAreRenamed() throws IOException {
        Path folder = Files.createDirectories(root.resolve("orders/landed=20260301T060000Z"));
        StringBuilder text = new StringBuilder("orderId;Straße Nr.;name;Name;unit;名前\n");
        for (int n = 0; n < 60; n++) {
            text.append("o")
                    .append(n)
                    .append(";s")
                    .append(n % 5)
                    .append(";n;N;")
                    .append(n % 9)
                    .append(";x\n");
        }
        Files.writeString(folder.resolve("a.csv"), text);

        Suggestion suggestion = only(root.resolve("orders"), root);

        assertThat(suggestion.types().keySet())
                .containsExactly("order_id", "stra_e_nr", "name", "name_2", "unit_", "column_6");
        assertThat(suggestion.contract())
                .contains("renamed-from = [\"orderId\"]", "on-new-column = evolve")
                .doesNotContain("renamed-from = [\"name\"]");
        assertThat(suggestion.key()).containsExactly("order_id");
        assertThat(rejects(suggestion, root, 1)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            31/12/2026            | 30/01/2026            | { type = date, format = "dd/MM/yyyy" }
            12.31.2026 06:00:00   | 01.30.2026 07:00:00   | { type = timestamp, format = "MM.dd.yyyy HH:mm:ss", zone = "Area/City" }
            1767225600            | 1767225601            | { type = timestamp, epoch = seconds }
            20261231              | 20260130              | { type = date, format = yyyyMMdd }
            2026-12-31T06:00      | 2026-01-30T07:00      | { type = timestamp, zone = "Area/City" }
            '1,5'                 | '-2,25'               | double(replace(value, ',', '.'))
            """)
    void whatAValueMayBeIsSaidAsItIsDeclared(String one, String other, String declared) throws IOException {
        List<Map<String, String>> rows = new ArrayList<>();
        for (int n = 0; n < 60; n++) {
            rows.add(Map.of("value", n % 2 == 0 ? one : other));
        }
        write(root, 0, rows, true, false);

        assertThat(only(root.resolve("orders"), root).questions())
                .anyMatch(question -> question.startsWith("value: ") && question.contains(declared));
    }

    @Test
    void filesThatCannotBeIngestedAreToldBesideThoseThatCan() throws IOException {
        rows("city", 60);
        Files.write(root.resolve("orders/landed=20260302T060000Z.zip"), new byte[] {'P', 'K', 3, 4, 0, 0});
        Files.writeString(root.resolve("orders/setup.py"), "import os\n");

        Suggestion suggestion = only(root.resolve("orders"), root);

        assertThat(suggestion.questions())
                .filteredOn(question -> question.startsWith("Passed over"))
                .hasSize(1);
        assertThat(suggestion.questions().get(0)).contains("PEN-ING-007");
    }

    @Test
    void aRecordWithoutAValueMayStandBeforeOneThatDoesNotFit() throws IOException {
        Path folder = Files.createDirectories(root.resolve("orders/landed=20260301T060000Z"));
        StringBuilder text = new StringBuilder();
        for (int n = 0; n < 100; n++) {
            String value = n == 3 ? "null" : n == 99 ? "\"cheap\"" : "1.5";
            text.append("{\"id\":").append(n).append(",\"a\":").append(value).append("}\n");
        }
        Files.writeString(folder.resolve("a.json"), text);

        assertThat(only(root.resolve("orders"), root).contract())
                .contains("1 NULL;", "1 no double, first 'cheap' in landed=20260301T060000Z/a.json line 100");
    }

    @ParameterizedTest
    @CsvSource({
        "a.csv.gz,b.csv.gz,Passed over: ",
        "part-0.csv.gz,part-1.csv.gz,Files that do not fit: ",
        "a.csv.gz c.csv.gz,b.csv.gz,Files that do not fit: "
    })
    void aFileThatCannotBeReadIsNoSourceOfItsFoldersColumns(String sound, String broken, String told)
            throws IOException {
        Path one = Files.createDirectories(root.resolve("orders/region=eu/landed=20260301T060000Z"));
        Path other = Files.createDirectories(root.resolve("orders/region=us/landed=20260301T060000Z"));
        for (String name : sound.split(" ")) {
            try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(one.resolve(name)))) {
                out.write("n\n1\n2\n".getBytes(StandardCharsets.UTF_8));
            }
        }
        byte[] bytes = Files.readAllBytes(one.resolve(sound.replaceAll(" .*", "")));
        Files.write(other.resolve(broken), java.util.Arrays.copyOf(bytes, bytes.length - 9));

        Suggestion suggestion = only(root.resolve("orders"), root);

        assertThat(suggestion.types()).containsOnlyKeys("n", "region");
        assertThat(suggestion.questions())
                .anyMatch(question -> question.startsWith(told) && question.contains("gzip file is truncated"));
    }

    @Test
    void aFileIsNotAFolderOfFiles() throws IOException {
        Path file = Files.writeString(root.resolve("a.csv"), "n\n1\n");

        assertThatThrownBy(() -> Suggestion.of(file, Optional.empty(), root))
                .hasMessageContaining("PEN-CLI-010 A file, not a folder");
    }

    @Test
    void whatIsShownIsShownAsItIsButForWhatChangesTheLine() throws IOException {
        List<Map<String, String>> rows = new ArrayList<>();
        for (int n = 0; n < 100; n++) {
            Map<String, String> row = new LinkedHashMap<>();
            row.put("at", n == 9 ? "2025-04-31T00:00:00Z" : "2025-04-30T00:00:00Z");
            row.put("n", n == 9 ? "$1,5;{\"}" : "1.5");
            row.put(n == 50 ? "x:\u0007[\u202ey]" : "more", "1");
            rows.add(row);
        }
        write(root, 0, rows, true, false);

        Suggestion suggestion = only(root.resolve("orders"), root);

        assertThat(suggestion.contract())
                .contains("first '2025-04-31T00:00:00Z' in")
                .contains("first '$1,5;{\"}' in");
        assertThat(suggestion.questions()).anyMatch(question -> question.endsWith(": 'x:?[?y]'"));
    }

    @Test
    void aPackedFileThatIsNoneIsPassedOver() throws IOException {
        rows("city", 60);
        Files.writeString(root.resolve("orders/b.csv.gz"), "cut off\n");

        assertThat(only(root.resolve("orders"), root).questions().get(0))
                .startsWith("Passed over: *.csv.gz: its name says that it is packed");
    }

    @Test
    void filesOfOneFolderAreOneSourceThoughSomeHaveAnotherColumn() throws IOException {
        for (String name : List.of("a", "b", "c", "d")) {
            landed(name + ".csv", name.compareTo("c") < 0 ? "id,at,n" : "id,at,n,more", "1,x,2");
        }

        Suggestion suggestion = only(root.resolve("orders"), root);

        assertThat(suggestion.path()).isEqualTo("orders/landed={landed}/*.csv");
        assertThat(suggestion.types()).containsOnlyKeys("id", "at", "n");
        assertThat(suggestion.questions())
                .anyMatch(question -> question.startsWith("Files that do not fit: columns that some files lack: more"));
    }

    @Test
    void sourcesOfOneFolderHavePathsOfTheirOwn() throws IOException {
        for (String name : List.of("orders_new", "orders_old", "people_new", "people_old", "people_odd")) {
            landed(name + ".csv", name.startsWith("o") ? "id,at,n" : "name,street,town", "1,x,2");
        }

        assertThat(Suggestion.of(root.resolve("orders"), Optional.empty(), root))
                .extracting(Suggestion::path)
                .containsExactly("orders/landed={landed}/orders_*.csv", "orders/landed={landed}/people_*.csv");
    }

    @Test
    void filesThatNoPathTellsFromThoseOfAnotherSourceArePassedOver() throws IOException {
        for (String name : List.of("a", "bert", "c", "dora", "e")) {
            landed(name + ".csv", name.length() < 2 ? "id,at,n" : "name,street,town", "1,x,2");
        }

        Suggestion suggestion = only(root.resolve("orders"), root);

        assertThat(suggestion.types()).containsOnlyKeys("id", "at", "n");
        assertThat(suggestion.questions().get(0))
                .startsWith("Passed over: landed=20260301T060000Z/bert.csv: landed={landed}/*.csv leads to it too")
                .contains("(2 such files)");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            1001,EWR,2026-03-01,7    | 1002,JFK,2026-03-02,8    | 1001
            EWR;1;1;517.5            | JFK;1;2;8                | 1
            JFK,,2026-03-01 06:00    | EWR,1,2026-03-02 07:00   | 2026-03-01 06:00
            """)
    void aFirstLineThatLooksLikeARowIsNotLostWithoutAWord(String first, String other, String shown) throws IOException {
        landed("a.csv", first, first.replace("1", "2"), other, other);
        landed("b.csv", other, first);

        Suggestion suggestion = only(root.resolve("orders"), root);

        assertThat(suggestion.questions().get(0))
                .startsWith("Have the files a header? Their first line, with '" + shown + "' in it");
        assertThat(suggestion.contract())
                .contains("  # No header? The first line, with '" + shown + "' in it", ": 6 records")
                .doesNotContain("renamed-from");
        assertThat(suggestion.types()).containsKey("column_1");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            town,2024_sales,7         | Bonn,5,6
            town,2024,2025            | Bonn,5,6
            town,2026-03-01,1.5       | Bonn,5,x
            id,1001                   | 1,2
            0,1,2                     | 5,6,7
            """)
    void anOrdinaryHeaderIsOne(String header, String row) throws IOException {
        landed("a.csv", header, row, row);

        assertThat(only(root.resolve("orders"), root).questions()).noneMatch(question -> question.contains("header"));
    }

    @Test
    void firstLinesOfWordsThatNoFilesShareAreNotTakenForHeaders() throws IOException {
        landed("part-1.csv", "Ada,Bonn", "Bob,Ulm");
        landed("part-2.csv", "Cleo,Kiel", "Dan,Hof");

        assertThatThrownBy(() -> only(root.resolve("orders"), root))
                .hasMessageContaining("as if they had no header")
                .hasMessageNotContaining("Cleo");
    }

    @Test
    void aFileWithoutAHeaderAmongOthersIsTold() throws IOException {
        landed("part-1.csv", "id,n", "1,2");
        landed("part-2.csv", "1,2", "3,4");
        landed("part-3.csv", "id,n", "1,2");

        Suggestion suggestion = only(root.resolve("orders"), root);

        assertThat(suggestion.types()).containsOnlyKeys("id", "n");
        assertThat(suggestion.questions())
                .anyMatch(question -> question.contains("looks like a row, as in landed=20260301T060000Z/part-2.csv"));
    }

    @Test
    void filesOfADeltaTableAreLeftAloneAndItsFolderIsTold() throws IOException {
        Path table = Files.createDirectories(root.resolve("landing/shop/day=2026-03-01"));
        Files.createDirectories(root.resolve("landing/shop/_delta_log"));
        Files.writeString(table.resolve("part-0.csv"), "n\n1\n");
        String declared = "format = delta, path = \"" + root.resolve("landing/shop") + "\"";
        for (String folder : List.of("landing", "landing/shop", "landing/shop/day=2026-03-01")) {
            assertThatThrownBy(() -> Suggestion.of(root.resolve(folder), Optional.empty(), root))
                    .hasMessageContaining("PEN-CLI-011")
                    .hasMessageContaining(declared);
        }
        Files.writeString(root.resolve("landing/b.csv"), "n\n1\n");

        Suggestion suggestion = only(root.resolve("landing"), root);

        assertThat(suggestion.contract()).contains("1 file, ");
        assertThat(suggestion.questions().get(0)).startsWith("Passed over: ").contains(declared);
    }

    @Test
    void aHandfulOfRecordsMakesNoKey() throws IOException {
        rows("city", 12);

        Suggestion suggestion = only(root.resolve("orders"), root);

        assertThat(suggestion.key()).isEmpty();
        assertThat(suggestion.questions()).anyMatch(question -> question.contains("12 records are too few"));
    }

    @Test
    void onlyTheStartOfSomeFilesIsRead() throws IOException {
        for (int file = 0; file < 40; file++) {
            List<Map<String, String>> rows = new ArrayList<>();
            for (int n = 0; n < 10; n++) {
                rows.add(Map.of("n", String.valueOf(file * 10 + n)));
            }
            write(root, file, rows, false, file % 2 == 0);
        }

        assertThat(only(root.resolve("orders"), root).contract())
                .contains("40 files")
                .contains("read: the start of 24 files")
                .contains("240 records");
    }

    private void keysOf(java.util.function.IntUnaryOperator first, String version) throws IOException {
        for (int file = 0; file < 3; file++) {
            List<Map<String, String>> rows = new ArrayList<>();
            for (int n = 0; n < 60; n++) {
                Map<String, String> row = new LinkedHashMap<>();
                row.put("order_id", "ID-" + (1000 + first.applyAsInt(file) + n));
                row.put(version, "2026-03-0" + (1 + file) + "T05:00:00Z");
                row.put("city", CITIES.get(n % 3));
                rows.add(row);
            }
            write(root, file, rows, false, false);
        }
    }

    private void landed(String name, String... lines) throws IOException {
        Path folder = Files.createDirectories(root.resolve("orders/landed=20260301T060000Z"));
        Files.writeString(folder.resolve(name), String.join("\n", lines) + "\n");
    }

    private void rows(String kind, int count) throws IOException {
        Random random = new Random(7);
        List<Map<String, String>> rows = new ArrayList<>();
        for (int n = 0; n < count; n++) {
            rows.add(row(random, List.of(kind), n, "ID-" + (1000 + n)));
        }
        write(root, 0, rows, false, false);
    }

    private static List<String> names(Random random) {
        List<String> names = new ArrayList<>(KINDS.keySet());
        java.util.Collections.shuffle(names, random);
        return names.subList(0, 2 + random.nextInt(names.size() - 2));
    }

    private static Map<String, String> row(Random random, List<String> names, int n, String id) {
        Map<String, String> row = new LinkedHashMap<>();
        row.put("order_id", id);
        names.forEach(name -> row.put(name, KINDS.get(name).maker().text(random, n)));
        return row;
    }

    private static Suggestion only(Path folder, Path landing) {
        List<Suggestion> all = Suggestion.of(folder, Optional.empty(), landing);
        assertThat(all).hasSize(1);
        return all.get(0);
    }

    /** Loads the contract as it stands and parses all files that its path finds. */
    private List<Reject> rejects(Suggestion suggestion, Path landing, int files) throws IOException {
        Path conf = Files.createDirectories(landing.resolveSibling("conf-" + landing.getFileName()));
        Files.createDirectories(conf.resolve("env"));
        Files.writeString(conf.resolve("env/local.conf"), "");
        Files.writeString(conf.resolve("found.conf"), "pipeline = found\nsources {\n" + suggestion.contract() + "}\n");
        PipelineConfig config = ConfigLoader.load(conf, "found", "local", Map.of(), Map.of());
        SourceSpec source = config.sources().get(suggestion.name());
        List<LandedFile> landed = Landing.discover(new Configuration(), landing.toString(), source)
                .files();
        assertThat(landed).hasSize(files);
        List<Reject> rejects = new ArrayList<>();
        for (LandedFile file : landed) {
            ParsedFile parsed = Told.parse(source, file.path(), Files.readAllBytes(landing.resolve(file.path())));
            assertThat(parsed.reject()).isNull();
            assertThat(parsed.records()).isNotEmpty();
            parsed.records().stream()
                    .map(ParsedFile.Rec::reject)
                    .filter(reject -> reject != null)
                    .forEach(rejects::add);
        }
        return rejects;
    }

    private static void write(Path landing, int file, List<Map<String, String>> rows, boolean isJson, boolean isPacked)
            throws IOException {
        Path folder = Files.createDirectories(
                landing.resolve("orders/landed=202603" + two(1 + file % 28) + "T06" + two(file / 28) + "00Z"));
        List<String> names = List.copyOf(rows.get(0).keySet());
        String text = isJson
                ? rows.stream().map(io.penstock.core.Json::canonical).collect(Collectors.joining("\n"))
                : String.join(",", names) + "\n"
                        + rows.stream()
                                .map(row -> names.stream()
                                        .map(name -> quoted(row.get(name)))
                                        .collect(Collectors.joining(",")))
                                .collect(Collectors.joining("\n"));
        Path path = folder.resolve("orders-" + file + (isJson ? ".json" : ".csv") + (isPacked ? ".gz" : ""));
        try (OutputStream out =
                isPacked ? new GZIPOutputStream(Files.newOutputStream(path)) : Files.newOutputStream(path)) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        }
    }

    private static String quoted(String text) {
        return text.matches("(?s).*[\",\n].*") ? "\"" + text.replace("\"", "\"\"") + "\"" : text;
    }

    private static String gap(Random random, String none, Object value) {
        return random.nextInt(8) == 0 ? none : String.valueOf(value);
    }

    private static String two(int n) {
        return n < 10 ? "0" + n : String.valueOf(n);
    }
}
