package io.penstock.core.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.Json;
import io.penstock.core.PenstockException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ModelDescriptorTest {
    /** As versions wrote it that knew one flavour only; manifests keep its hash. */
    private static final String BEFORE = "{\"candidate\":\"full\",\"dictionaries\":{\"shop\":[\"north\"]},"
            + "\"featurePins\":[],\"features\":[\"shop\"],\"metrics\":{\"test_auc\":0.5},\"name\":\"p.late\","
            + "\"rounds\":3,\"runId\":\"r1\",\"sha256\":\"ab\",\"trainingUnit\":\"2013-12-25\"}";

    private static final ModelDescriptor USUAL = new ModelDescriptor(
            "p.late",
            "full",
            List.of("shop"),
            Map.of("shop", List.of("north")),
            List.of(),
            "ab",
            3,
            "2013-12-25",
            "r1",
            Map.of("test_auc", 0.5));

    @Test
    void aDescriptorWithoutAFlavourIsOfXgboostAndStaysAsItWas() {
        ModelDescriptor read = Json.read(BEFORE, ModelDescriptor.class);

        assertThat(read).isEqualTo(USUAL);
        assertThat(read.kind()).isEqualTo(Flavour.XGBOOST);
        assertThat(Json.canonical(read)).isEqualTo(BEFORE);
        assertThat(Json.canonical(USUAL.of(Flavour.XGBOOST))).isEqualTo(BEFORE);
    }

    /** Registry, manifests and scores of before keep their sha256. */
    @Test
    void aDescriptorWithoutFilesIsTheModelsFileAlone() {
        assertThat(Json.read(BEFORE, ModelDescriptor.class).files()).isEmpty();
        assertThat(USUAL.modelSha256()).isEqualTo(USUAL.sha256());
    }

    @Test
    void allThatDecidesAScoreDecidesTheSha256AndNothingElse() {
        ModelDescriptor stored = USUAL.storedWith(Map.of("model.ubj", "ab", "code/loader.py", "cd"));
        List<ModelDescriptor> others = List.of(
                USUAL.storedWith(Map.of("model.ubj", "ab", "code/loader.py", "ce")),
                USUAL.storedWith(Map.of("model.ubj", "ab", "code/reader.py", "cd")),
                USUAL.storedWith(Map.of("model.ubj", "ab")),
                stored.of(Flavour.LOGISTIC),
                Json.read(Json.canonical(stored).replace("north", "south"), ModelDescriptor.class),
                Json.read(
                        Json.canonical(stored).replace("\"features\":[\"shop\"", "\"features\":[\"town\""),
                        ModelDescriptor.class));

        assertThat(others).extracting(ModelDescriptor::modelSha256).doesNotContain(stored.modelSha256());
        assertThat(others).extracting(ModelDescriptor::modelSha256).doesNotHaveDuplicates();
        assertThat(Json.read(Json.canonical(stored), ModelDescriptor.class)).isEqualTo(stored);
        assertThat(stored.named("q.late").measured(Map.of()).modelSha256()).isEqualTo(stored.modelSha256());
    }

    @Test
    void anotherFlavourIsKept() {
        ModelDescriptor logistic = USUAL.of(Flavour.LOGISTIC);
        ModelDescriptor read = Json.read(Json.canonical(logistic), ModelDescriptor.class);

        assertThat(read).isEqualTo(logistic).isNotEqualTo(USUAL);
        assertThat(read.kind()).isEqualTo(Flavour.LOGISTIC);
        assertThat(read.named("q.late").measured(Map.of()).kind()).isEqualTo(Flavour.LOGISTIC);
    }

    @Test
    void aFlavourOfALaterVersionIsRefusedByName() {
        ModelDescriptor later = Json.read(
                BEFORE.replace("{\"candidate\"", "{\"flavour\":\"deep\",\"candidate\""), ModelDescriptor.class);

        assertThatThrownBy(later::kind)
                .isInstanceOf(PenstockException.class)
                .hasMessageContaining("PEN-ML-065 The model is of flavour deep");
    }

    @Test
    void eachFlavourHasItsOwnLoader() {
        Predictor.Loader trees = (model, sha256, features) -> null;
        Predictor.Loader coefficients = (model, sha256, features) -> null;
        Predictors both = new Predictors(Map.of(Flavour.XGBOOST, trees, Flavour.LOGISTIC, coefficients));

        assertThat(both.of(USUAL)).isSameAs(trees);
        assertThat(both.of(USUAL.of(Flavour.LOGISTIC))).isSameAs(coefficients);
        assertThatThrownBy(() -> new Predictors(Map.of(Flavour.XGBOOST, trees)).of(USUAL.of(Flavour.LOGISTIC)))
                .isInstanceOf(PenstockException.class)
                .hasMessageContaining("PEN-ML-065");
    }
}
