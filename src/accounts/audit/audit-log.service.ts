import { Injectable, type OnModuleInit } from '@nestjs/common';
import { And, DataSource, LessThan, MoreThanOrEqual, type EntityManager, type FindOptionsWhere } from 'typeorm';
import { typeid } from 'typeid-js';
import { Failure, invalidParameter } from '../../core/failure.js';
import { parseInstant } from '../../core/time/instant.js';
import { Config } from '../../platform/config/config.js';
import { decodeCursor, pageOf, type Page } from '../../platform/http/page.js';
import { DEFAULT_LIMIT } from '../../results/export-query.dto.js';
import { Housekeeping } from '../../stores/postgres/housekeeping.js';
import { AuditEntryEntity } from './audit-entry.entity.js';
import { toAuditEntryDto, type AuditEntryDto, type AuditQuery } from './audit.dto.js';

/** Entries of a file that are read at once. */
const PIECE = 1000;

const REMOVE_OLD = `
  WITH gone AS (
    DELETE FROM audit_entries WHERE id IN (
      SELECT id FROM audit_entries WHERE at < least($1, now() - interval '30 days') ORDER BY at LIMIT 500) RETURNING 1)
  SELECT count(*)::integer AS n FROM gone`;

export type NewAuditEntry = Omit<AuditEntryEntity, 'id' | 'at'>;

/** What an entry says of who calls where the program does it, by a command. */
export const BY_COMMAND = { actor: null, propertyId: null, network: null, requestId: null, status: 200 };

/** Adds an entry. */
export async function addAuditEntry(manager: EntityManager, entry: NewAuditEntry): Promise<void> {
  await manager.insert(AuditEntryEntity, { ...entry, id: typeid('aud').toString() });
}

/** The audit log of each account: append-only, and kept MUSTER_AUDIT_KEEP_DAYS. */
@Injectable()
export class AuditLog implements OnModuleInit {
  constructor(
    private readonly database: DataSource,
    private readonly config: Config,
    private readonly housekeeping: Housekeeping,
  ) {}

  onModuleInit(): void {
    const { auditKeepMs } = this.config;
    this.housekeeping.add({
      kind: 'audit_entries',
      step: async (now) => {
        const before = new Date(now.getTime() - auditKeepMs);
        const [gone]: { n: number }[] = await this.database.query(REMOVE_OLD, [before]);
        return gone?.n ?? 0;
      },
    });
  }

  add(entry: NewAuditEntry): Promise<void> {
    return addAuditEntry(this.database.manager, entry);
  }

  /** The newest first. @throws Failure invalid_parameter */
  async page(accountId: string, query: AuditQuery): Promise<Page<AuditEntryDto>> {
    const limit = query.limit ?? DEFAULT_LIMIT;
    const before = decodeCursor(query.cursor, 1)?.[0] ?? null;
    const found = await this.find(whereOf(accountId, query), before, limit + 1);
    return pageOf(found, limit, ({ id }) => [id]).map(toAuditEntryDto);
  }

  /** All of what the query says, the newest first, some at a time. @throws Failure invalid_parameter */
  all(accountId: string, query: AuditQuery): AsyncIterable<readonly AuditEntryDto[]> {
    return this.pieces(whereOf(accountId, query));
  }

  private async *pieces(where: FindOptionsWhere<AuditEntryEntity>[]): AsyncGenerator<readonly AuditEntryDto[]> {
    for (let before: string | null = null; ;) {
      const found: AuditEntryEntity[] = await this.find(where, before, PIECE);
      yield found.map(toAuditEntryDto);
      if (found.length < PIECE) return;
      before = found.at(-1)?.id ?? null;
    }
  }

  private find(
    where: FindOptionsWhere<AuditEntryEntity>[],
    before: string | null,
    take: number,
  ): Promise<AuditEntryEntity[]> {
    const narrowed = before === null ? where : where.map((each) => ({ ...each, id: LessThan(before) }));
    return this.database.manager.find(AuditEntryEntity, { where: narrowed, order: { id: 'DESC' }, take });
  }
}

function whereOf(
  accountId: string,
  { from, to, actor, action, thing }: AuditQuery,
): FindOptionsWhere<AuditEntryEntity>[] {
  const bounds = [
    ...(from === undefined ? [] : [MoreThanOrEqual(instantOf('from', from))]),
    ...(to === undefined ? [] : [LessThan(instantOf('to', to))]),
  ];
  const where = {
    accountId,
    ...(bounds.length > 0 && { at: And(...bounds) }),
    ...(actor !== undefined && { actor }),
    ...(action !== undefined && { action }),
  };
  if (thing === undefined) return [where];
  return [
    { ...where, thing },
    { ...where, propertyId: thing },
  ];
}

function instantOf(parameter: string, value: string): Date {
  try {
    return new Date(parseInstant(value, 'UTC', ''));
  } catch (error) {
    throw error instanceof Failure ? invalidParameter(parameter, error.detail) : error;
  }
}
