package io.penstock.ingestion.landing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class NoticeTest {
    @Test
    void oneOfEachCodeComesBeforeTheOthers() {
        List<Notice> notices = List.of(notice("A", 1), notice("A", 2), notice("B", 3), notice("A", 4), notice("C", 5));

        assertThat(Notice.firstOfEachCode(notices))
                .containsExactly(notice("A", 1), notice("B", 3), notice("C", 5), notice("A", 2), notice("A", 4));
    }

    private static Notice notice(String code, int number) {
        return new Notice(code, "file " + number, "");
    }
}
