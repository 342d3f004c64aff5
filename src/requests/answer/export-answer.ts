import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { StreamableFile } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Failure } from '../../core/failure.js';
import { readerGone } from '../../platform/http/reader-gone.js';
import type { ExportOptions } from '../../results/export-options.js';
import { FORMATS, formatOf, type ExportFormat, type Format } from '../../results/format.js';
import type { ExportQuery } from '../request-queries.dto.js';

const EXTENSIONS: Readonly<Record<ExportFormat, string>> = {
  ndjson: 'ndjson',
  csv: 'csv',
  parquet: 'parquet',
  arrow: 'arrows',
};

/**
 * The format that a call asks for, by its query or else its Accept header.
 * @throws Failure not_acceptable, and invalid_parameter for `escape` where nothing is escaped
 */
export function askedFormat(query: ExportQuery, accept: string | undefined, reply: FastifyReply): Format {
  reply.header('vary', 'accept');
  const format = query.format ?? formatOf(accept);
  if (query.escape !== undefined && format !== 'csv')
    refuse('escape', 'escape is for CSV; every other format leaves texts as they are.');
  return format;
}

/** @throws Failure invalid_parameter */
export function refuse(parameter: string, detail: string): never {
  throw new Failure('invalid_parameter', detail, [{ parameter, detail }]);
}

/** How the whole of a result is told to the caller of `reply`. */
export function exportOptions(format: ExportFormat, { escape }: ExportQuery, reply: FastifyReply): ExportOptions {
  liftIdleLimit(reply);
  return { format, escapesFormulas: escape !== 'none', signal: readerGone(reply) };
}

/** The embedded engine has written all of an export before its first byte leaves. Node sets the limit again for the next request; a call from within has no connection. */
function liftIdleLimit({ raw: { socket } }: FastifyReply): void {
  if (socket instanceof Socket) socket.setTimeout(0);
}

/** A whole result, with the name that a browser gives its file. */
export function exported(stream: Readable, format: ExportFormat, name: string): StreamableFile {
  const type = format === 'csv' ? `${FORMATS.csv}; charset=utf-8; header=present` : FORMATS[format];
  return new StreamableFile(stream, { type, disposition: `attachment; filename="${name}.${EXTENSIONS[format]}"` });
}
