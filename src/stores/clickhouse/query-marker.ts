/**
 * The condition on `system.processes` that a query carries the marker. ClickHouse: a query with parameters stands there
 * as it was parsed, without its comments; its settings are kept.
 */
export function carries(marker: string): string {
  return `position(Settings['log_comment'], '${markerComment(marker)}') > 0`;
}

/**
 * The setting `log_comment` of a query with the marker, or with several that are joined by commas.
 *
 * @throws RangeError for a text that is none: letters, digits, `_`, `-` and `:`
 */
export function markerComment(marker: string): string {
  if (!/^[\w:,-]+$/.test(marker)) throw new RangeError(`Not a marker: ${marker}`);
  return marker
    .split(',')
    .map((one) => `muster:${one};`)
    .join('');
}
