package io.penstock.core.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.Hashes;
import io.penstock.core.model.Flavour;
import io.penstock.core.model.ModelDescriptor;
import io.penstock.core.model.ModelRegistry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelCacheTest {
    private static final byte[] MODEL = "trees".getBytes(StandardCharsets.UTF_8);
    private static final String SHA256 = Hashes.sha256(MODEL);
    private static final ModelDescriptor SPEC = new ModelDescriptor(
            "shop.late",
            "full",
            List.of("shop"),
            Map.of("shop", List.of("north", "south")),
            List.of(),
            SHA256,
            3,
            "2013-12-25",
            "run-1",
            Map.of());

    @TempDir
    Path folder;

    private ModelCache cache;

    @BeforeEach
    void aModelIsKept() {
        cache = new ModelCache(folder.toString(), new org.apache.hadoop.conf.Configuration());
        cache.put(new ModelRegistry.Fetched(
                new ModelRegistry.Version("shop.late", "1", SHA256, "models:/m-1", Map.of()), MODEL, SPEC));
    }

    @Test
    void whatWasKeptIsFoundByItsHash() {
        assertThat(cache.find(SHA256)).hasValueSatisfying(found -> {
            assertThat(found.model()).isEqualTo(MODEL);
            assertThat(found.spec()).isEqualTo(SPEC);
        });
        assertThat(cache.find(Hashes.sha256("another"))).isEmpty();
    }

    @Test
    void aModelOfAnotherFlavourIsKeptUnderTheNameOfItsFile() {
        byte[] coefficients = "{}".getBytes(StandardCharsets.UTF_8);
        String sha256 = Hashes.sha256(coefficients);
        ModelDescriptor logistic = new ModelDescriptor(
                        "shop.late",
                        "plain",
                        List.of(),
                        Map.of(),
                        List.of(),
                        sha256,
                        3,
                        "2013-12-25",
                        "run-1",
                        Map.of())
                .of(Flavour.LOGISTIC);
        cache.put(new ModelRegistry.Fetched(
                new ModelRegistry.Version("shop.late", "2", sha256, "models:/m-2", Map.of()), coefficients, logistic));

        assertThat(folder.resolve(sha256).resolve("model.json")).hasBinaryContent(coefficients);
        assertThat(cache.find(sha256)).hasValueSatisfying(found -> {
            assertThat(found.model()).isEqualTo(coefficients);
            assertThat(found.spec()).isEqualTo(logistic);
        });
    }

    @Test
    void aModelThatListsItsFilesIsFoundByTheSha256OfAllOfThem() {
        ModelDescriptor stored = SPEC.storedWith(Map.of("model.ubj", SHA256, "MLmodel", "ab"));
        cache.put(new ModelRegistry.Fetched(
                new ModelRegistry.Version("shop.late", "2", stored.modelSha256(), "models:/m-2", Map.of()),
                MODEL,
                stored));

        assertThat(cache.find(stored.modelSha256()))
                .hasValueSatisfying(found -> assertThat(found.spec()).isEqualTo(stored));
        assertThat(cache.find(SHA256))
                .hasValueSatisfying(found -> assertThat(found.spec()).isEqualTo(SPEC));
    }

    @ParameterizedTest
    @ValueSource(strings = {"model.ubj", "penstock.json", "version.json"})
    void aDamagedFileIsAsGoodAsNone(String name) throws Exception {
        Path file = folder.resolve(SHA256).resolve(name);
        String text = Files.readString(file);
        Files.deleteIfExists(file.resolveSibling("." + name + ".crc"));
        Files.writeString(file, text.substring(0, text.length() / 2));

        assertThat(cache.find(SHA256)).isEmpty();
    }

    @Test
    void anEditedDictionaryIsNotUsed() throws Exception {
        Path file = folder.resolve(SHA256).resolve("penstock.json");
        String text = Files.readString(file);
        Files.deleteIfExists(file.resolveSibling(".penstock.json.crc"));
        Files.writeString(file, text.replace("\"north\",\"south\"", "\"south\",\"north\""));

        assertThat(Files.readString(file)).isNotEqualTo(text);
        assertThat(cache.find(SHA256)).isEmpty();
    }
}
