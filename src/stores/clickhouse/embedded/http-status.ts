/** The HTTP status ClickHouse answers with for one of its error codes (its HTTPHandler, `exceptionCodeToHTTPStatus`). */
export function httpStatus(code: number): number {
  return STATUS[code] ?? 500;
}

const BAD_REQUEST = [6, 25, 26, 27, 33, 36, 38, 41, 42, 43, 44, 53, 62, 70, 72, 131, 190, 277, 321, 349, 427, 456, 457];
const NOT_FOUND = [46, 47, 50, 56, 60, 63, 73, 78, 81, 115, 139, 336];
const FORBIDDEN = [192, 193, 497, 512, 516];

const STATUS: Readonly<Record<number, number>> = {
  ...Object.fromEntries(BAD_REQUEST.map((code) => [code, 400])),
  ...Object.fromEntries(NOT_FOUND.map((code) => [code, 404])),
  ...Object.fromEntries(FORBIDDEN.map((code) => [code, 403])),
  48: 501,
  76: 503,
  159: 408,
  162: 413,
  194: 401,
  209: 503,
};
