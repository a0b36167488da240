package io.penstock.ingestion.landing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.PenstockException;
import io.penstock.core.config.SourceSpec.Mode;
import io.penstock.ingestion.testing.Sources;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LandingTest {
    private static final Configuration HADOOP = new Configuration();

    @TempDir
    Path root;

    @Test
    void filesComeInOrderOfLanding() throws IOException {
        land("orders/landed=20131226T060000Z/a.csv");
        land("orders/landed=20131225T060000Z/b.csv");
        land("orders/landed=20131225T060000Z/a.csv.gz");
        land("others/landed=20131225T060000Z/a.csv");

        Landing.Discovery discovery = discover();

        assertThat(discovery.files())
                .extracting(LandedFile::path)
                .containsExactly(
                        "orders/landed=20131225T060000Z/a.csv.gz",
                        "orders/landed=20131225T060000Z/b.csv",
                        "orders/landed=20131226T060000Z/a.csv");
        assertThat(discovery.files().get(0).landed()).isEqualTo(Instant.parse("2013-12-25T06:00:00Z"));
        assertThat(discovery.files().get(0).bytes()).isEqualTo(2);
        assertThat(discovery.notices()).isEmpty();
        assertThat(LandedFile.of(discovery.files().get(0).pin()).landed())
                .isEqualTo(Instant.parse("2013-12-25T06:00:00Z"));
    }

    @Test
    void f01MissingFolderIsRefused() {
        assertThatThrownBy(this::discover)
                .isInstanceOf(PenstockException.class)
                .hasMessageContaining("PEN-ING-001")
                .hasMessageContaining("orders");
    }

    @Test
    void f02EmptyFolderIsTold() throws IOException {
        Files.createDirectories(root.resolve("orders"));

        assertThat(discover().notices()).extracting(Notice::code).containsExactly("PEN-ING-002");
    }

    @Test
    void f15HiddenUnfinishedAndBadlyStampedAreToldNotTaken() throws IOException {
        land("orders/landed=20131225T060000Z/_a.csv");
        land("orders/landed=20131225T060000Z/.b.csv");
        land("orders/landed=20131225T060000Z/c.csv.tmp");
        land("orders/landed=20131325T060000Z/d.csv");
        land("orders/landed=today/e.csv");
        land("orders/landed=20131225T060000Z/f.csv");

        Landing.Discovery discovery = discover();

        assertThat(discovery.files())
                .extracting(LandedFile::path)
                .containsExactly("orders/landed=20131225T060000Z/f.csv");
        assertThat(discovery.notices())
                .extracting(Notice::where)
                .containsExactlyInAnyOrder(
                        "orders/landed=20131225T060000Z/_a.csv",
                        "orders/landed=20131225T060000Z/.b.csv",
                        "orders/landed=20131225T060000Z/c.csv.tmp",
                        "orders/landed=20131325T060000Z",
                        "orders/landed=today");
        assertThat(discovery.notices()).extracting(Notice::code).containsOnly("PEN-ING-015");
    }

    @Test
    void f15WhatSparkLeavesBesideItsFilesIsToldOnlyIfItHoldsSomething() throws IOException {
        land("orders/landed=20131225T060000Z/a.csv");
        Files.createFile(root.resolve("orders/landed=20131225T060000Z/_SUCCESS"));
        land("orders/landed=20131226T060000Z/_SUCCESS");

        Landing.Discovery discovery = discover();

        assertThat(discovery.files())
                .extracting(LandedFile::path)
                .containsExactly("orders/landed=20131225T060000Z/a.csv");
        assertThat(discovery.notices())
                .extracting(Notice::where)
                .containsExactly("orders/landed=20131226T060000Z/_SUCCESS");
    }

    @Test
    void f25StrangeNamesAreTakenLiterally() throws IOException {
        land("orders/landed=20131225T060000Z/a b[1]{x}%20'é.csv");

        assertThat(discover().files())
                .extracting(LandedFile::path)
                .containsExactly("orders/landed=20131225T060000Z/a b[1]{x}%20'é.csv");
    }

    @Test
    void aNameThatIsNoTextIsToldAndHidesNothing() throws Exception {
        land("orders/landed=20131225T060000Z/a.csv");
        land("orders/landed=20131226T060000Z/a.csv");
        String odd = root.resolve("orders/landed=20131225T060000Z") + "/$(printf 'caf\\351').csv";
        assertThat(new ProcessBuilder("sh", "-c", "echo x > " + odd).start().waitFor())
                .isZero();

        Landing.Discovery found = discover();

        assertThat(found.files()).hasSize(2);
        assertThat(found.notices())
                .extracting(Notice::toString)
                .singleElement()
                .satisfies(
                        notice -> assertThat(notice).startsWith("PEN-ING-015 Passed over: its name is no text here"));
    }

    private Landing.Discovery discover() {
        return Landing.discover(HADOOP, root.toString(), Sources.orders(Mode.APPEND));
    }

    private void land(String path) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, "x\n");
    }
}
