import type { FastifyRequest } from 'fastify';
import { PropertyEntity } from '../properties/property.entity.js';
import type { Principal } from './principal.js';

/** A caller, and the property that was named; null where the account has none of that id or slug. */
export interface Authenticated {
  readonly principal: Principal;
  readonly property: PropertyEntity | null;
  /** Changes with everything in the property that an answer depends on: data, cohorts, named metrics, results. */
  readonly stamp: string;
  /** Changes with everything in the property but its data. */
  readonly revision: string;
}

/** What PROPERTY_COLUMNS reads. */
export interface FoundProperty {
  readonly property: PropertyRow | null;
  readonly revision: string | null;
  /** Changes with its data. */
  readonly ingested: string;
}

interface PropertyRow {
  readonly id: string;
  readonly number: number;
  readonly account_id: string;
  readonly slug: string;
  readonly name: string;
  readonly time_zone: string;
  readonly week_start: string;
  readonly version: number;
  readonly archived_at: string | null;
  readonly created_at: string;
}

/** The property that is joined as `property`, and its state. */
export const PROPERTY_COLUMNS = `
    row_to_json(property) AS property,
    (SELECT revision FROM property_revisions WHERE property_id = property.id) AS revision, concat(
    (SELECT last_seq FROM ingest_counters WHERE property_id = property.id), '/',
    (SELECT count(*) FROM open_batches WHERE property_id = property.id)) AS ingested`;

/** A principal with the property that was read with it. */
export function authenticated(principal: Principal, found: FoundProperty): Authenticated {
  const revision = found.revision ?? '';
  const property = found.property && toProperty(found.property);
  return { principal, property, stamp: `${revision}/${found.ingested}`, revision };
}

/** Makes them the caller and the property of a request. */
export function setCaller(request: FastifyRequest, { principal, property, stamp, revision }: Authenticated): void {
  request.principal = principal;
  if (property === null) return;
  request.property = property;
  request.propertyStamp = stamp;
  request.propertyRevision = revision;
}

function toProperty(row: PropertyRow): PropertyEntity {
  return Object.assign(new PropertyEntity(), {
    id: row.id,
    number: row.number,
    accountId: row.account_id,
    slug: row.slug,
    name: row.name,
    timeZone: row.time_zone,
    weekStart: row.week_start,
    version: row.version,
    archivedAt: row.archived_at === null ? null : new Date(row.archived_at),
    createdAt: new Date(row.created_at),
  } satisfies PropertyEntity);
}
