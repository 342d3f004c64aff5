/**
 * The figures of CDNOW, computed independently of Muster, by the id of the demo's question: column -> aggregate ->
 * value.
 */
export const CDNOW_TABLE: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, number>>>>>> = {
  purchases: { count: { n: 23_570, mean: 2.9554094188, median: 1, min: 1, max: 217, std: 4.7365582325 } },
  dollars: { net: { n: 23_570, mean: 106.0804255409, median: 43.395, min: 0, max: 13_990.93, std: 240.9251945164 } },
  first_30_days: { net: { n: 23_570, mean: 42.0217428937, median: 27.53, max: 6_487.47 } },
  still_buying: { survived: { n: 23_570, positives: 10_325 } },
  back_within_90_days: { survived: { n: 23_570, positives: 6_865 } },
  two_in_90_days: { reached: { n: 23_570, positives: 7_057 } },
  born_january: { count: { n: 7_846 } },
  born_february: { count: { n: 8_476 } },
  born_march: { count: { n: 7_248 } },
  back_next_month_january: { reached: { n: 7_846, positives: 1_157 } },
  back_next_month_february: { reached: { n: 8_476, positives: 1_312 } },
  back_next_month_march: { reached: { n: 7_248, positives: 1_032 } },
};

/**
 * Ten decimals are published, of sums of doubles: counts are compared exactly, figures that are not whole as far as
 * this.
 */
export const PUBLISHED_TOLERANCE = 1e-9;
