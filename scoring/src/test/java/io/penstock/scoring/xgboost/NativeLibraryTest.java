package io.penstock.scoring.xgboost;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.Hashes;
import io.penstock.core.PenstockException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What native code could do to its process, in processes of their own. */
class NativeLibraryTest {
    private static final int DAMAGED = 300;

    @TempDir
    private Path folder;

    /** The child: loads the model of its first argument, damaged as its second argument says, and prints what happened. */
    public static final class Loading {
        private Loading() {}

        public static void main(String[] arguments) throws IOException {
            byte[] model = Files.readAllBytes(Path.of(arguments[0]));
            String sha256 = Hashes.sha256(model);
            int damages = Integer.parseInt(arguments[1]);
            Random random = new Random(5);
            try {
                new XgboostLoader().load(model, sha256, TinyModel.NAMES).close();
                System.out.println("loaded");
            } catch (PenstockException e) {
                System.out.println(e.code());
            }
            for (int i = 0; i < damages; i++) {
                byte[] damaged = model.clone();
                damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
                if (i % 3 == 0) {
                    damaged = java.util.Arrays.copyOf(damaged, random.nextInt(damaged.length));
                }
                try {
                    new XgboostLoader().load(damaged, sha256, TinyModel.NAMES).close();
                    System.out.println("loaded");
                } catch (PenstockException e) {
                    System.out.println(e.code());
                }
            }
        }
    }

    @Test
    void c20_aLibraryThatCannotBeUnpackedIsToldAndNoStackTrace() throws Exception {
        assertThat(child(folder.resolve("none"), 0)).containsExactly("PEN-CFG-020");
    }

    @Test
    void aDamagedModelNeverReachesNativeCode() throws Exception {
        List<String> said = child(folder, DAMAGED);

        assertThat(said).hasSize(DAMAGED + 1).startsWith("loaded");
        assertThat(said.subList(1, said.size())).containsOnly("PEN-ML-010");
    }

    private List<String> child(Path temporary, int damages) throws Exception {
        Path model = Files.write(folder.resolve("model.ubj"), TinyModel.train());
        Path out = folder.resolve("out.txt");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Djava.io.tmpdir=" + temporary,
                        "-Dlog4j2.configurationFile=file:" + System.getProperty("penstock.home")
                                + "/conf/log4j2.properties",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Loading.class.getName(),
                        model.toString(),
                        String.valueOf(damages))
                .redirectOutput(out.toFile())
                .redirectError(folder.resolve("err.txt").toFile())
                .start();
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        String errors = Files.readString(folder.resolve("err.txt"));
        assertThat(process.exitValue()).as(errors).isZero();
        assertThat(errors).doesNotContain("\tat ");
        return Files.readString(out, StandardCharsets.UTF_8).lines().toList();
    }
}
