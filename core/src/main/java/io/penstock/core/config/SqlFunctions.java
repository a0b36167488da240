package io.penstock.core.config;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * The functions an expression may call: built into Spark, of one row, and the same answer at any time on any machine. The
 * list is closed, since Spark also offers functions that call any Java method, read the clock or name the input file.
 */
final class SqlFunctions {
    private static final Set<String> ALLOWED = new TreeSet<>(List.of((""
                    // Text
                    + "concat concat_ws upper ucase lower lcase trim ltrim rtrim btrim length len char_length "
                    + "character_length substring substr substring_index left right lpad rpad replace regexp_replace "
                    + "regexp_extract regexp_like rlike regexp like ilike instr locate position startswith endswith "
                    + "contains split split_part translate repeat reverse initcap ascii char chr levenshtein soundex "
                    + "overlay md5 sha2 sha1 sha crc32 hash xxhash64 format_number "
                    // Numbers
                    + "abs ceil ceiling floor round bround sqrt cbrt exp expm1 ln log log2 log10 log1p pow power mod "
                    + "pmod sign signum sin cos tan asin acos atan atan2 sinh cosh tanh radians degrees greatest least "
                    + "isnan nanvl positive negative div width_bucket try_add try_subtract try_multiply try_divide "
                    + "bit_count hypot "
                    // Missing values and choices
                    + "coalesce ifnull nvl nvl2 nullif isnull isnotnull if when not "
                    // Times
                    + "year quarter month day dayofmonth dayofweek dayofyear weekday weekofyear hour minute second "
                    + "date_add dateadd date_sub datediff date_diff add_months months_between date_trunc trunc last_day "
                    + "next_day to_date to_timestamp try_to_timestamp date_format unix_timestamp to_unix_timestamp "
                    + "from_unixtime timestamp_seconds timestamp_millis timestamp_micros unix_seconds unix_millis "
                    + "unix_micros unix_date date_from_unix_date from_utc_timestamp to_utc_timestamp convert_timezone "
                    + "make_date make_timestamp make_interval make_dt_interval make_ym_interval date_part datepart "
                    + "extract timestampadd timestampdiff "
                    // Types
                    + "cast try_cast string int bigint smallint tinyint double float decimal boolean date timestamp "
                    // Lists
                    + "array array_contains element_at size cardinality array_position array_max array_min")
            .split(" ")));

    /** Read the clock when they are called without an argument. */
    private static final Set<String> NEED_ARGUMENT = Set.of("unix_timestamp");

    private SqlFunctions() {}

    static boolean allowed(String name, int arguments) {
        String lower = name.toLowerCase(Locale.ROOT);
        return ALLOWED.contains(lower) && !(arguments == 0 && NEED_ARGUMENT.contains(lower));
    }

    static List<String> names() {
        return List.copyOf(ALLOWED);
    }
}
