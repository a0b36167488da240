package io.penstock.core.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.Clock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OddPathTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            sp ace        | 20
            wö rk's (1)   | 2
            a%20b         | 2
            100% sure     | 2
            plus+and&and= | 2
            日本           | 2
            """)
    void everythingLiesBelowTheFolderThatWasNamed(String name, int runs) throws IOException {
        Path named = folder.resolve(name);
        String ops = named.resolve("ops").toString();
        for (int i = 0; i < runs; i++) {
            ManifestStoreContract.run(new KernelManifestStore(ops, "shop", Clock.system()), "run-" + i);
        }

        try (Stream<Path> beside = Files.list(folder)) {
            assertThat(beside).containsExactly(named);
        }
        KernelManifestStore again = new KernelManifestStore(ops, "shop", Clock.system());
        assertThat(again.manifests()).hasSize(runs);
        assertThat(again.heads()).extracting(head -> head.runId()).endsWith("run-" + (runs - 1));
        assertThat(again.openIntents()).isEmpty();
        assertThat(again.contradicted()).isEmpty();
        Path moved = Files.move(named, folder.resolve("moved"));
        assertThat(new KernelManifestStore(moved.resolve("ops").toString(), "shop", Clock.system()).manifests())
                .hasSize(runs);
    }
}
