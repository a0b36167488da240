package io.penstock.training.mlflow;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.Hashes;
import io.penstock.core.model.Flavour;
import io.penstock.core.model.ModelDescriptor;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class MlModelTest {
    private static final byte[] MODEL = "trees".getBytes(StandardCharsets.UTF_8);
    private static final ModelDescriptor SPEC = descriptor("p.late", "run-1");

    @Test
    void theSameTrainingGivesTheSameModelWhereverItIsLogged() {
        MlModel one = MlModel.of(MODEL, SPEC);
        MlModel other = MlModel.of(MODEL, descriptor("q.late", "run-2"));
        Map<String, byte[]> here = one.files("3.17.2", "m-1", "r-1", Instant.EPOCH);
        Map<String, byte[]> there = other.files("3.18.0", "m-2", "r-2", Instant.EPOCH.plusSeconds(1));

        assertThat(other.descriptor().modelSha256()).isEqualTo(one.descriptor().modelSha256());
        assertThat(there.keySet()).isEqualTo(here.keySet());
        assertThat(here.get("MLmodel")).isNotEqualTo(there.get("MLmodel"));
        here.forEach((file, content) -> {
            if (!file.equals(MlModel.SPEC)) {
                assertThat(MlModel.sha256(file, there.get(file))).as(file).isEqualTo(MlModel.sha256(file, content));
            }
        });
    }

    @Test
    void everyFileButTheDescriptorIsListedWithItsSha256() {
        MlModel model = MlModel.of(MODEL, SPEC);
        Map<String, byte[]> files = model.files("3.17.2", "m-1", "r-1", Instant.EPOCH);

        TreeSet<String> listed = new TreeSet<>(files.keySet());
        listed.remove(MlModel.SPEC);
        assertThat(model.descriptor().files()).containsOnlyKeys(listed.toArray(String[]::new));
        model.descriptor()
                .files()
                .forEach((file, sha256) -> assertThat(MlModel.sha256(file, files.get(file)))
                        .as(file)
                        .isEqualTo(sha256));
        assertThat(model.descriptor().files()).containsEntry("model.ubj", Hashes.sha256(MODEL));
    }

    /** What decides how Python loads it is part of its sha256; where it was logged is not. */
    @Test
    void anotherLoaderInMlmodelIsAnotherModel() {
        String mlmodel = text(MlModel.of(MODEL, SPEC).files("3.17.2", "m-1", "r-1", Instant.EPOCH), "MLmodel");

        assertThat(mlmodel).contains("\nmodel_id: m-1\n").contains("    loader_module: penstock_loader_");
        assertThat(sha256(mlmodel.replace("model_id: m-1", "model_id: m-2"))).isEqualTo(sha256(mlmodel));
        assertThat(sha256(mlmodel.replace("penstock_loader_", "other_loader_"))).isNotEqualTo(sha256(mlmodel));
    }

    @Test
    void bothFlavoursTakeRawValuesThroughTheSameLoader() {
        Map<String, byte[]> trees = MlModel.of(MODEL, SPEC).files("3.17.2", "m-1", "r-1", Instant.EPOCH);
        Map<String, byte[]> linear =
                MlModel.of(MODEL, SPEC.of(Flavour.LOGISTIC)).files("3.17.2", "m-1", "r-1", Instant.EPOCH);
        String signature = "  inputs: '[{\"name\":\"carrier\",\"required\":true,\"type\":\"string\"},"
                + "{\"name\":\"distance\",\"required\":true,\"type\":\"double\"}]'\n";

        assertThat(text(trees, "MLmodel")).contains(signature).contains("  xgboost:\n");
        assertThat(text(linear, "MLmodel")).contains(signature).doesNotContain("xgboost");
        assertThat(text(trees, "requirements.txt")).contains("xgboost>=3.2,<4");
        assertThat(text(linear, "requirements.txt")).doesNotContain("xgboost");
        String loader = trees.keySet().stream()
                .filter(file -> file.startsWith("code/"))
                .findFirst()
                .orElseThrow();
        assertThat(linear.get(loader)).isEqualTo(trees.get(loader));
    }

    private static String sha256(String mlmodel) {
        return MlModel.sha256("MLmodel", mlmodel.getBytes(StandardCharsets.UTF_8));
    }

    private static String text(Map<String, byte[]> files, String file) {
        return new String(files.get(file), StandardCharsets.UTF_8);
    }

    private static ModelDescriptor descriptor(String name, String run) {
        return new ModelDescriptor(
                name,
                "full",
                List.of("carrier", "distance"),
                Map.of("carrier", List.of("AA", "UA")),
                List.of(),
                Hashes.sha256(MODEL),
                3,
                "2013-12-25",
                run,
                Map.of());
    }
}
