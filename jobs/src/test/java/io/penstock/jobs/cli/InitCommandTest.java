package io.penstock.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.config.ConfigLoader;
import io.penstock.core.config.LayoutSpec;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.config.SourceSpec;
import io.penstock.ingestion.landing.Landing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InitCommandTest {
    @TempDir
    private Path folder;

    @Test
    void aPipelineThatIsThereIsToldBeforeAnyFileIsLookedAt() throws IOException {
        Files.writeString(folder.resolve("shop.conf"), "pipeline = shop");
        InitCommand command = new InitCommand();
        command.common = new Common();
        command.common.work = folder;
        command.common.confDir = folder;
        command.pipeline = "shop";
        command.source = folder.resolve("no-such-folder");

        assertThatThrownBy(command::call).hasMessageContaining("PEN-CLI-014");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "in/a{b}/orders/landed=20260301T060000Z/a.csv",
                "in/a[1]/landed=20260301T060000Z/o{r}ders.csv",
                "in/orders/landed=20260301T060000Z/x[y]/a.csv"
            })
    void foldersWhoseNamesLookLikePatternsAreFoundByWhatIsWritten(String file) throws IOException {
        Path landed = folder.resolve(file);
        Files.createDirectories(landed.getParent());
        Files.writeString(landed, "id,name\n1,\"monitor 24\\\"\"\n2,b\n");
        InitCommand command = command("shop", folder.resolve("in"));

        assertThat(command.call()).isZero();

        assertThat(requireFound(landed).layout().flatMap(LayoutSpec::escape)).contains("\\");
    }

    @Test
    void aFolderThatNoLocationCanNameIsReadFromAboveItOrTold() throws IOException {
        Path landed = folder.resolve("in/a{b}/landed=20260301T060000Z/a.csv");
        Files.createDirectories(landed.getParent());
        Files.writeString(landed, "id,name\n1,a\n");

        assertThat(command("shop", folder.resolve("in/a{b}")).call()).isZero();
        requireFound(landed);

        Path orders = folder.resolve("in/x[y]/orders/landed=20260301T060000Z");
        Files.createDirectories(orders);
        Files.copy(landed, orders.resolve("a.csv"));
        InitCommand within = command("other", folder.resolve("in/x[y]"));
        within.common.work = folder.resolve("in/work");
        assertThatThrownBy(within::call).hasMessageContaining("PEN-CFG-042").hasMessageContaining("Rename the folder");
    }

    private SourceSpec requireFound(Path landed) {
        PipelineConfig config = ConfigLoader.load(folder.resolve("conf"), "shop", "local", Map.of(), Map.of());
        SourceSpec source = config.sources().values().iterator().next();
        Landing.Discovery found =
                Landing.discover(new Configuration(), config.locations().landing(), source);
        assertThat(found.files())
                .extracting(one -> config.locations().landing() + "/" + one.path())
                .containsExactly(landed.toString());
        assertThat(found.unmatchedPaths()).isEmpty();
        return source;
    }

    private InitCommand command(String pipeline, Path source) {
        InitCommand command = new InitCommand();
        command.common = new Common();
        command.common.work = folder.resolve("work");
        command.common.confDir = folder.resolve("conf");
        command.pipeline = pipeline;
        command.source = source;
        return command;
    }
}
