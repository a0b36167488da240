package io.penstock.core.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RowChainTest {
    private static final List<String> COLUMNS =
            List.of("run_id", "state", "rows", "value", "body", "seq", "chain", "year");

    /** What an editor may set: a digest cannot be guessed by chance, so that whoever sets one takes one that is there. */
    private final Random random = new Random(20);

    private final RowChain chain = new RowChain(COLUMNS);

    /** Rows of a table, some of them from before rows were chained, and what its last commit told. */
    private record Table(List<Map<String, Object>> rows, long head) {}

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7})
    void whateverIsEditedRemovedAddedOrSwappedIsFoundAtItsPlace(int unchained) {
        for (int round = 0; round < 3_400; round++) {
            Table table = table(unchained, 1 + random.nextInt(12));
            assertThat(chain.verify(table.rows(), table.head())).isEmpty();
            List<Map<String, Object>> changed = new ArrayList<>();
            table.rows().forEach(row -> changed.add(new HashMap<>(row)));
            String what = change(changed);
            if (changed.equals(table.rows())) {
                continue;
            }
            int first = 0;
            while (first < Math.min(changed.size(), table.rows().size())
                    && changed.get(first).equals(table.rows().get(first))) {
                first++;
            }

            Optional<RowChain.Break> found = chain.verify(changed, table.head());

            assertThat(found).as(what + " in round " + round).isPresent();
            int place = found.orElseThrow().position();
            assertThat(place).as(what + " in round " + round).isBetween(first - 1, Math.max(first, unchained) + 1);
        }
    }

    @Test
    void anotherCommitDoesNotHideWhatOthersDidToTheEnd() {
        for (int round = 0; round < 300; round++) {
            Table table = table(round % 3, 2 + random.nextInt(5));
            List<Map<String, Object>> changed = new ArrayList<>(table.rows());
            if (random.nextBoolean()) {
                changed.remove(changed.size() - 1);
            } else {
                changed.add(row(changed.size()));
            }

            Table after = append(new Table(changed, table.head()));

            assertThat(chain.verify(after.rows(), after.head())).isPresent();
        }
    }

    @Test
    void aTableThatIsGoneOrStandsAsItDidOnceIsToldByWhatOthersKnowOfIt() {
        Table once = table(0, 3);
        Table now = append(append(once));

        assertThat(chain.missing(now.rows(), once.head())).isEmpty();
        assertThat(chain.missing(now.rows(), now.head())).isEmpty();
        assertThat(chain.missing(once.rows(), now.head())).isPresent();
        assertThat(chain.missing(List.of(), now.head())).isPresent();
        assertThat(chain.missing(table(0, 9).rows(), now.head())).isPresent();
    }

    @Test
    void rowsFromBeforeThereWasAChainAreNoBreakUntilOneFollows() {
        List<Map<String, Object>> old = List.of(row(0), row(1));

        assertThat(chain.verify(old, 0)).isEmpty();
        assertThat(chain.verify(List.of(), 0)).isEmpty();
        Table after = append(new Table(old, 0));
        assertThat(chain.verify(after.rows(), after.head())).isEmpty();
    }

    private String change(List<Map<String, Object>> rows) {
        int at = random.nextInt(rows.size());
        switch (random.nextInt(6)) {
            case 0 -> {
                rows.remove(at);
                return "removed " + at;
            }
            case 1 -> {
                rows.add(at + 1, row(100 + at));
                return "added after " + at;
            }
            case 2 -> {
                rows.add(new HashMap<>(rows.get(at)));
                return "copied to the end " + at;
            }
            case 3 -> {
                int other = random.nextInt(rows.size());
                Collections.swap(rows, at, other);
                return "swapped " + at + " and " + other;
            }
            case 4 -> {
                int other = random.nextInt(rows.size());
                String column = COLUMNS.get(random.nextInt(COLUMNS.size()));
                rows.get(at).put(column, rows.get(other).get(column));
                return "edited " + column + " of " + at + " as that of " + other;
            }
            default -> {
                String column = COLUMNS.get(random.nextInt(COLUMNS.size()));
                rows.get(at).put(column, random.nextBoolean() ? null : "0123456789abcdef" + random.nextInt());
                return "edited " + column + " of " + at;
            }
        }
    }

    private Table table(int unchained, int chained) {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (int i = 0; i < unchained; i++) {
            rows.add(row(i));
        }
        Table table = new Table(rows, 0);
        for (int i = 0; i < chained; i++) {
            table = append(table);
        }
        return table;
    }

    /** As a control table commits one row. */
    private Table append(Table table) {
        List<Map<String, Object>> rows = new ArrayList<>(table.rows());
        RowChain.End end = chain.end(rows, () -> rows, table.head());
        Map<String, Object> row = new HashMap<>(row(rows.size()));
        String digest = chain.next(end.digest(), row);
        row.put("chain", digest);
        rows.add(row);
        return new Table(rows, RowChain.head(end.rows() + 1, digest));
    }

    private Map<String, Object> row(int seq) {
        Map<String, Object> row = new HashMap<>();
        row.put("run_id", "run-" + random.nextInt(5));
        row.put("state", random.nextInt(3) == 0 ? null : "open");
        row.put("rows", (long) random.nextInt(3));
        row.put("value", random.nextInt(4) == 0 ? Double.NaN : random.nextInt(3) / 2.0);
        row.put("body", "{\"a\":" + random.nextInt(3) + "}");
        row.put("seq", (long) seq);
        row.put("chain", null);
        row.put("year", 2013);
        return row;
    }
}
