package io.penstock.core;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PenstockExceptionTest {
    @Test
    void passwordsInAddressesAreMaskedWhereverTheyStand() {
        String address = "http://bob:hunter2@mlflow:5000";
        PenstockException thrown = new PenstockException(
                ErrorCode.MLFLOW_AWAY, "No answer from " + address, address, "Look at " + address);

        assertThat(thrown.what() + thrown.where() + thrown.remedy() + thrown.getMessage())
                .doesNotContain("hunter2")
                .contains("http://***@mlflow:5000");
        assertThat(UserInfo.masked("s3a://lake/a@b:c")).isEqualTo("s3a://lake/a@b:c");
    }
}
