package io.penstock.core.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.Json;
import io.penstock.core.config.LayoutSpec.MissingColumn;
import io.penstock.core.config.SourceSpec.Format;
import io.penstock.core.config.TimesSpec.Epoch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The keys that say how a source's files and times are written. */
class SourceKeysTest {
    private static final String PLAIN = "path = \"orders/landed={landed}/*.csv\", event-time = landed";

    @TempDir
    private Path folder;

    @Test
    void everyKeyIsBound() throws IOException {
        SourceSpec source = source(
                "path = \"orders/region={region}/landed={landed}/*.csv\", event-time = landed, delimiter = \";\", "
                        + "encoding = windows-1252, max-record = 64 KiB, on-missing-column = as-null, "
                        + "escape = \"\\\\\"",
                "region { renamed-from = [area, zone] }");

        assertThat(source.layout())
                .contains(new LayoutSpec(
                        Optional.of(";"),
                        Optional.of("windows-1252"),
                        OptionalInt.of(65_536),
                        Optional.of(MissingColumn.AS_NULL),
                        Optional.of("\\")));
        assertThat(source.columns().get("region").renamedFrom()).containsExactly("area", "zone");
        assertThat(source.meaning().path()).isEqualTo("orders/region={region}/landed={landed}/*.csv");
        assertThat(source(PLAIN + ", format = parquet", "x {}").format()).isEqualTo(Format.PARQUET);
    }

    @Test
    void aTableOfOthersIsASourceAndOneOfItsOwnIsNone() throws IOException {
        String table = "event-time = landed, format = delta, path = ";

        assertThat(source(table + "\"s3a://lake/shop/orders/\"", "x {}").path()).isEqualTo("s3a://lake/shop/orders");
        assertThatThrownBy(() -> source(table + "\"/lake/*/orders\"", "x {}")).hasMessageContaining("PEN-CFG-014");
        assertThatThrownBy(() -> source(table + "\" \"", "x {}")).hasMessageContaining("path: is empty");
        assertThatThrownBy(() -> source(table + "\"../warehouse/shop/bronze/other\"", "x {}"))
                .hasMessageContaining("PEN-CFG-014");
        assertThatThrownBy(() -> source(table + "\"/lake/orders\", on-overwrite = note, encoding = utf-16", "x {}"))
                .hasMessageContaining("on-overwrite: does not fit format = delta")
                .hasMessageContaining("encoding: does not fit format = delta");
    }

    @Test
    void everyKeyOfATimeIsBound() throws IOException {
        Map<String, ColumnSpec> columns = source(PLAIN, """
                        a { type = timestamp, format = "dd/MM/yyyy HH:mm", zone = "Europe/Paris", max-ahead = 2h,
                            between = ["2013-01-01T00:00:00Z", "2013-12-31T00:00:00Z"] }
                        b { type = timestamp, epoch = millis }
                        c { type = date, format = "dd/MM/yyyy", between = ["1850-01-01", "2013-12-31"] }
                        """).columns();

        assertThat(columns.get("a").times())
                .contains(new TimesSpec(
                        Optional.of("dd/MM/yyyy HH:mm"),
                        Optional.of("Europe/Paris"),
                        Optional.empty(),
                        List.of("2013-01-01T00:00:00Z", "2013-12-31T00:00:00Z"),
                        Optional.of(Duration.ofHours(2))));
        assertThat(columns.get("b").times().flatMap(TimesSpec::epoch)).contains(Epoch.MILLIS);
        assertThat(columns.get("c").times().map(TimesSpec::between)).contains(List.of("1850-01-01", "2013-12-31"));
    }

    @Test
    void aSourceThatUsesNoneOfThemMeansWhatItMeantBefore() throws IOException {
        String usual = Json.canonical(source(
                        PLAIN + ", delimiter = \",\", encoding = utf-8, max-record = 1 MiB, on-missing-column = reject",
                        "x { type = timestamp }")
                .meaning());

        assertThat(usual)
                .isEqualTo(
                        Json.canonical(source(PLAIN, "x { type = timestamp }").meaning()))
                .doesNotContain("\"layout\"", "\"times\"", "\"renamedFrom\"");
    }

    @Test
    void aBoundOnWithdrawalsIsALimitAndNoPartOfWhatASourceMeans() throws IOException {
        String snapshot = PLAIN + ", mode = snapshot, key = [x]";
        SourceSpec loose = source(snapshot + ", max-withdrawals { share = 1 }", "x {}");

        assertThat(loose.maxWithdrawals()).isEqualTo(new VolumeSpec.MaxWithdrawals(1, 10));
        assertThat(loose.meaning()).isEqualTo(source(snapshot, "x {}").meaning());
        assertThat(source(snapshot, "x {}").maxWithdrawals()).isEqualTo(VolumeSpec.MaxWithdrawals.USUAL);
        assertThat(VolumeSpec.MaxWithdrawals.USUAL.allows(97, 100)).isFalse();
        assertThat(VolumeSpec.MaxWithdrawals.USUAL.allows(50, 100)).isTrue();
        assertThat(VolumeSpec.MaxWithdrawals.USUAL.allows(10, 10)).isTrue();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "delimiter = ab | | PEN-CFG-007 | must be one character",
                "delimiter = x | | PEN-CFG-007 | must be one character",
                "escape = x | | PEN-CFG-007 | must be \"\\\"\", a doubled quote",
                "escape = \"\\\\\", delimiter = \"\\\\\" | | PEN-CFG-009 | is the delimiter too",
                "format = json, escape = \"\\\\\" | | PEN-CFG-009 | does not fit format = json",
                "max-withdrawals { share = 2 } | | PEN-CFG-009 | contradicts mode = append",
                "mode = snapshot, key = [x], max-withdrawals { share = 2 } | | PEN-CFG-007 | from 0 to 1",
                "mode = snapshot, key = [x], max-withdrawals = 5 | | PEN-CFG-007 | an object",
                "encoding = latin | | PEN-CFG-007 | utf-8, iso-8859-1, windows-1252, utf-16",
                "max-record = 5 | | PEN-CFG-007 | must be a size as 64 KiB",
                "max-record = 1000 MiB | | PEN-CFG-007 | at most 64 MiB",
                "format = parquet, delimiter = \";\" | | PEN-CFG-009 | does not fit format = parquet",
                "on-missing-column = drop | | PEN-CFG-007 | allowed: reject, as-null",
                " | format = \"yyyy-MM-dd\" | PEN-CFG-009 | does not fit type string",
                " | type = date, format = \"yyyy\" | PEN-CFG-007 | does not tell a day",
                " | type = date, format = \"ddQfoo\" | PEN-CFG-007 | is no pattern of java.time",
                " | type = timestamp, format = \"dd/MM/yyyy\", zone = UTC | PEN-CFG-007 | does not tell a day and a time",
                " | type = timestamp, format = \"dd/MM/yyyy HH:mm\" | PEN-CFG-097 | say by zone",
                " | type = timestamp, zone = Mars | PEN-CFG-007 | must be a time zone",
                " | type = timestamp, epoch = days | PEN-CFG-007 | allowed: seconds, millis",
                " | type = timestamp, epoch = millis, zone = UTC | PEN-CFG-009 | contradicts zone",
                " | type = timestamp, between = [\"2013-01-01\", \"2014-01-01\"] | PEN-CFG-007 | must be two instants",
                " | type = date, between = [\"2014-01-01\", \"2013-01-01\"] | PEN-CFG-007 | the earlier first",
                " | type = date, max-ahead = 1h | PEN-CFG-009 | does not fit type date",
                " | renamed-from = [y] | PEN-CFG-094 | y is a name of column y already"
            })
    void mistakesAreTold(String key, String ofColumn, String code, String message) {
        assertThatThrownBy(() -> source(
                        PLAIN + (key == null ? "" : ", " + key),
                        "x { " + (ofColumn == null ? "" : ofColumn) + " }\n y {}"))
                .hasMessageContaining(code)
                .hasMessageContaining(message);
    }

    @Test
    void aFolderThatIsNoColumnIsTold() {
        assertThatThrownBy(() -> source(PLAIN.replace("orders/", "orders/region={regoin}/"), "region {}"))
                .hasMessageContaining("PEN-CFG-013")
                .hasMessageContaining("did you mean \"region\"?");
    }

    @Test
    void aRelativeTableLiesBelowTheLandingFolder() throws IOException {
        String keys = "event-time = landed, format = delta, path = \"prod/shop/bronze/other\"";
        Map<String, String> inside = Map.of("penstock.landing", "/data", "penstock.warehouse", "/data/prod");

        assertThatThrownBy(() -> source(keys, "x {}", inside)).hasMessageContaining("sources.orders.path: is or holds");
        assertThat(source(keys, "x {}", Map.of("penstock.warehouse", "/data/prod"))
                        .path())
                .isEqualTo("prod/shop/bronze/other");
        assertThatThrownBy(() -> source(keys.replace("prod/", "/lake/"), "x {}", Map.of("penstock.warehouse", "/lake")))
                .hasMessageContaining("PEN-CFG-015");
    }

    @Test
    void aRelativeLandingFolderIsMadeAbsoluteOnce() throws IOException {
        Map<String, String> relative = Map.of("penstock.landing", "in", "penstock.warehouse", "./out/");
        SourceSpec source = source(PLAIN.replace("orders/", "in/orders/"), "x {}", relative);
        Locations locations =
                ConfigLoader.load(folder, "shop", "local", relative, Map.of()).locations();

        assertThat(locations.landing()).isEqualTo(Path.of("in").toAbsolutePath().toString());
        assertThat(locations.warehouse())
                .isEqualTo(Path.of("out").toAbsolutePath().toString());
        assertThat(source.path()).isEqualTo("orders/landed={landed}/*.csv");
        assertThat(source(PLAIN.replace("orders/", locations.landing() + "/orders/"), "x {}", relative)
                        .path())
                .isEqualTo(source.path());
    }

    @Test
    void inputAndOutputThatOverlapByALinkAreTold() throws IOException {
        Path landing = Files.createDirectories(folder.resolve("data/landing"));
        Path inside = Files.createSymbolicLink(folder.resolve("inside"), landing);
        Path dangling = Files.createSymbolicLink(folder.resolve("dangling"), Path.of("data/landing/later"));
        Path out = Files.createDirectories(folder.resolve("out"));

        for (String warehouse : List.of(inside.toString(), inside + "/w", "file:" + dangling, dangling + "/w")) {
            assertThatThrownBy(() -> source(
                            PLAIN,
                            "x {}",
                            Map.of("penstock.landing", landing.toString(), "penstock.warehouse", warehouse)))
                    .as(warehouse)
                    .hasMessageContaining("PEN-CFG-015");
        }
        Files.createSymbolicLink(landing.resolve("orders"), Files.createDirectories(out.resolve("shop/bronze")));
        assertThatThrownBy(() -> source(
                        PLAIN,
                        "x {}",
                        Map.of("penstock.landing", landing.toString(), "penstock.warehouse", out.toString())))
                .hasMessageContaining("PEN-CFG-015")
                .hasMessageContaining("sources.orders.path: leads by a link");
    }

    private SourceSpec source(String keys, String columns) throws IOException {
        return source(keys, columns, Map.of());
    }

    private SourceSpec source(String keys, String columns, Map<String, String> settings) throws IOException {
        Files.writeString(
                folder.resolve("shop.conf"),
                "pipeline = shop\nsources { orders { " + keys + "\n columns { " + columns + " } } }\n");
        return ConfigLoader.load(folder, "shop", "local", settings, Map.of()).source("orders");
    }
}
