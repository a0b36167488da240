package io.penstock.ingestion.repair;

import static io.penstock.ingestion.testing.Sources.ID;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.Hashes;
import io.penstock.core.LedgerEntry;
import io.penstock.core.config.SourceSpec.Format;
import io.penstock.ingestion.format.SplitPolicy;
import io.penstock.ingestion.landing.PathColumns;
import io.penstock.ingestion.testing.Sources;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RepairTest {
    private static final String PATH = "things/city=a%2Fb/landed=20131225T060000Z/x.json";

    @TempDir
    Path root;

    private final Repair mending = new Repair(
            new Configuration(),
            "/landing",
            Sources.at("things/city={city}/landed={landed}/*", Format.JSON, ID, Sources.CITY));

    @Test
    void aJsonRecordGetsWhatItsFoldersSayUnlessItSaysSoItself() {
        String link = "\"_replaces\":\"0123456789abcdef:7\"";

        assertThat(line("{\"id\":\"city\"}")).isEqualTo("{" + link + ",\"city\":\"a/b\",\"id\":\"city\"}");
        assertThat(line("{\"id\":1,\"city\":\"c\"}")).isEqualTo("{" + link + ",\"id\":1,\"city\":\"c\"}");
        assertThat(line("{\"id\":")).isEqualTo("{" + link + ",\"city\":\"a/b\",\"id\":");
    }

    @ParameterizedTest
    @ValueSource(longs = {10, 1 << 20})
    void aHeaderIsGivenOutWhetherItsFileWasCutOrNot(long above) throws IOException {
        String path = "things/city=Rome/landed=20131225T060000Z/a.csv";
        byte[] text = "\ufeff\n\"id\",other\n1,2\n3,4\n".getBytes(UTF_8);
        Files.createDirectories(root.resolve(path).getParent());
        Files.write(root.resolve(path), text);
        Repair csv = new Repair(
                new Configuration(),
                root.toString(),
                Sources.at("things/city={city}/landed={landed}/*", Format.CSV, ID, Sources.CITY),
                new SplitPolicy(above, 8));

        String fileId = LedgerEntry.fileId(path, Hashes.sha256(text));

        assertThat(csv.header(path, fileId, List.of())).contains("_replaces,city,\"id\",other");
        assertThat(csv.header(path, "0123456789abcdef", List.of())).isEmpty();
        String rotated = "things/city=Rome/landed=20131225T060000Z/a.1.csv";
        Files.move(root.resolve(path), root.resolve(rotated));
        assertThat(csv.header(path, fileId, List.of("things/none.csv", rotated)))
                .contains("_replaces,city,\"id\",other");
        Files.move(root.resolve(rotated), root.resolve(path));
        assertThat(csv.isUnchanged(path, fileId)).isTrue();
        assertThat(csv.isUnchanged(path, "0123456789abcdef")).isFalse();
    }

    @Test
    void aFileThatReplacesAWholeOneSaysInItsNameWhatTheFoldersOfThatOneSaid() {
        String name = mending.nameOf("things/city=a%2Fb.c/landed=20131225T060000Z/x.json.gz", "0123456789abcdef");

        assertThat(name).isEqualTo("file-0123456789abcdef.city=a%2Fb%2Ec.x.json.gz");
        PathColumns columns =
                new PathColumns(Sources.at("things/city={city}/landed={landed}/*", Format.JSON, ID, Sources.CITY));
        assertThat(columns.of("replay/things/landed=20131226T080000Z/" + name)).isEqualTo(Map.of(1, "a/b.c"));
        assertThat(columns.of("replay/things/landed=20131226T080000Z/file-0123456789abcdef.x.json.gz"))
                .isEmpty();
        assertThat(columns.of("replay/things/landed=20131226T080000Z/rows.city=Rome.x.json"))
                .isEmpty();
    }

    private String line(String raw) {
        return mending.line(PATH, "0123456789abcdef", 7, raw);
    }
}
