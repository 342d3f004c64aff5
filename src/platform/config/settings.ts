import { clickhouseUrl, networks, oneOf, postgresUrl, redisUrl, secret, text, wholeNumber } from './validators.js';

const ROLES = ['all', 'api', 'worker'] as const;
const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
/** No upper bound of its own: a tebibyte, in MB. */
const ANY_MB = 1_048_576;

/** Every variable the program reads: how it is checked, its default, what it does. MB are 2^20 bytes. */
export const VARIABLES = {
  MUSTER_PORT: wholeNumber(0, 65_535, 3000, 'Port of the HTTP server; 0 takes a free one. Each process has its own'),
  MUSTER_HOST: text('127.0.0.1', 'Address the HTTP server listens on'),
  MUSTER_TLS_CERT: text(
    '',
    'PEM file of the certificate, with those above it: HTTPS with HTTP/2 and HTTP/1.1; read anew when it changes',
  ),
  MUSTER_TLS_KEY: text('', 'PEM file of the key of the certificate'),
  MUSTER_TRUSTED_PROXIES: networks(
    'Addresses and networks of proxies, by commas, whose X-Forwarded-For tells who calls; unset: none',
  ),
  MUSTER_CONNECTION_LIMIT: wholeNumber(0, 1_000_000, 10_000, 'Connections at once; more are closed. 0: no limit'),
  MUSTER_HEADERS_TIMEOUT_SECONDS: wholeNumber(1, 600, 20, 'How long the headers of a request may take'),
  MUSTER_REQUEST_TIMEOUT_SECONDS: wholeNumber(
    1,
    604_800,
    3600,
    'How long a request with its body may take; a stream of events is one body',
  ),
  MUSTER_IDLE_TIMEOUT_SECONDS: wholeNumber(61, 86_400, 120, 'How long a connection may be open on which nothing moves'),
  MUSTER_DATA_DIR: text('./data', 'Folder of the embedded stores, the admin key and muster.pid'),
  MUSTER_ROLE: oneOf(ROLES, 'all', 'all serves HTTP and runs jobs, api only serves, worker only runs jobs'),
  DATABASE_URL: postgresUrl('PostgreSQL 14 or later; unset: an embedded one is started'),
  CLICKHOUSE_URL: clickhouseUrl('ClickHouse over HTTP; unset: an embedded one is started'),
  REDIS_URL: redisUrl('Redis for the jobs; unset: they are kept in PostgreSQL'),
  MUSTER_METRICS_TOKEN: secret(
    'Bearer token that /metrics asks for, recommended always; unset: it answers on this machine only, past no proxy',
  ),
  MUSTER_FSYNC: oneOf(['on', 'off'], 'off', 'on: acknowledged data also survives the death of the machine'),
  MUSTER_LOG_LEVEL: oneOf(LOG_LEVELS, 'info', 'Least severe log line that is written'),
  MUSTER_JOB_CONCURRENCY: wholeNumber(1, 64, 2, 'Runs that one process works on at once'),
  MUSTER_ACCOUNT_CONCURRENCY: wholeNumber(
    0,
    10_000,
    0,
    'Runs of one account worked on at once by all processes; 0: no limit',
  ),
  MUSTER_ACCOUNT_QUEUE_LIMIT: wholeNumber(
    1,
    1_000_000,
    10_000,
    'Queued runs of one account; more are refused with 429',
  ),
  MUSTER_QUEUE_LIMIT: wholeNumber(1, 1_000_000, 50_000, 'Queued runs of all accounts; more are refused with 503'),
  MUSTER_SHUTDOWN_GRACE_SECONDS: wholeNumber(0, 3600, 10, 'How long a shutdown waits for requests and runs'),
  MUSTER_ENGINE_WAIT_SECONDS: wholeNumber(
    1,
    604_800,
    3600,
    'How long runs, validations and evaluations wait for an engine that is away before they fail',
  ),
  MUSTER_QUERY_TIME_LIMIT_SECONDS: wholeNumber(1, 86_400, 300, 'Time limit of one query of the engine'),
  MUSTER_QUERY_MEMORY_LIMIT_MB: wholeNumber(
    16,
    ANY_MB,
    1000,
    'Memory limit of one query of the engine; taking data in has 512 at least',
  ),
  MUSTER_PREVIEW_TIME_LIMIT_SECONDS: wholeNumber(1, 3600, 30, 'Time limit of a preview of a cohort, waiting included'),
  MUSTER_PREVIEW_CONCURRENCY: wholeNumber(1, 64, 2, 'Previews that one process works out at once'),
  MUSTER_KEY_REQUESTS_PER_SECOND: wholeNumber(
    0,
    1_000_000,
    10_000,
    'Requests a second with one API key; more are refused with 429. 0: no limit',
  ),
  MUSTER_ACCOUNT_REQUESTS_PER_SECOND: wholeNumber(
    0,
    1_000_000,
    20_000,
    'Requests a second of one account; 0: no limit',
  ),
  MUSTER_KEY_ITEMS_PER_SECOND: wholeNumber(
    0,
    100_000_000,
    1_000_000,
    'Events and users a second that one API key may send; streams are slowed down to it. 0: no limit',
  ),
  MUSTER_ACCOUNT_ITEMS_PER_SECOND: wholeNumber(
    0,
    100_000_000,
    2_000_000,
    'Events and users a second that one account may send; 0: no limit',
  ),
  MUSTER_KEY_EXPORT_LIMIT: wholeNumber(
    1,
    10_000,
    8,
    'Downloads of whole results at once by one API key, in one process',
  ),
  MUSTER_EXPORT_LIMIT: wholeNumber(1, 10_000, 32, 'Downloads of whole results at once by all keys, in one process'),
  MUSTER_EXPORT_IDLE_SECONDS: wholeNumber(
    1,
    86_400,
    60,
    'How long a download may lie ready without being read before it is cut off',
  ),
  MUSTER_EXPORT_SPOOL_MB: wholeNumber(
    1,
    ANY_MB,
    8192,
    'Bytes on disk of all downloads of the embedded engine together',
  ),
  MUSTER_KEY_WATCH_LIMIT: wholeNumber(
    1,
    1_000_000,
    2000,
    'Event streams and calls with wait at once by one API key, in one process',
  ),
  MUSTER_ENGINE_MEMORY_MB: wholeNumber(256, ANY_MB, 1500, 'Memory ceiling of the embedded engine as a whole'),
  MUSTER_ANSWER_VALUES_LIMIT: wholeNumber(
    1000,
    10_000_000,
    1_000_000,
    'Numbers that one answer may hold: points x groups x aggregators x columns',
  ),
  MUSTER_SERIES_ROWS_LIMIT: wholeNumber(
    1000,
    100_000_000_000,
    500_000_000,
    'Users x points of one series, where each point is measured for each user',
  ),
  MUSTER_ANSWER_LIMIT_MB: wholeNumber(1, 256, 32, 'Size limit of the JSON of one answer'),
  MUSTER_DISK_RESERVE_MB: wholeNumber(
    0,
    1024 * ANY_MB,
    500,
    'Free space of the data folder below which nothing is written',
  ),
  MUSTER_JSON_BODY_LIMIT_KB: wholeNumber(1, 65_536, 6144, 'Size limit of a JSON body'),
  MUSTER_STREAM_BODY_LIMIT_MB: wholeNumber(1, ANY_MB, 10_240, 'Size limit of a streamed body, decompressed'),
  MUSTER_UPLOAD_ROW_LIMIT: wholeNumber(1, 100_000_000, 5_000_000, 'Rows of one upload of users'),
  MUSTER_UPLOAD_KEEP_HOURS: wholeNumber(1, 720, 72, 'How long an upload is kept after it was sent, finished or not'),
  MUSTER_RESULT_KEEP_DAYS: wholeNumber(
    0,
    36_500,
    30,
    'How long a result is kept that nobody reads; 0, here and below: for ever',
  ),
  MUSTER_REQUEST_KEEP_DAYS: wholeNumber(
    0,
    36_500,
    90,
    'How long a finished request is kept that nobody reads, with its run',
  ),
  MUSTER_EVALUATION_KEEP_DAYS: wholeNumber(
    0,
    36_500,
    90,
    'How long an evaluation of a cohort is kept that is not its last',
  ),
  MUSTER_VERSION_KEEP_DAYS: wholeNumber(
    0,
    36_500,
    365,
    'How long a version of a cohort is kept after a newer one has come',
  ),
  MUSTER_AUDIT_KEEP_DAYS: wholeNumber(30, 36_500, 400, 'Days for which the audit log is kept'),
  MUSTER_LIST_KEEP_DAYS: wholeNumber(
    0,
    36_500,
    30,
    'How long a list of users is kept that was in a request and in no cohort',
  ),
  MUSTER_HOUSEKEEPING_MINUTES: wholeNumber(
    0,
    1440,
    10,
    'How often what is over is removed, by one process at a time; 0: not by this one',
  ),
};
