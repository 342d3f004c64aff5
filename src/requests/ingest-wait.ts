import { Injectable } from '@nestjs/common';
import { invalid } from '../core/failure.js';
import type { PropertyEntity } from '../properties/property.entity.js';
import { IngestLedger } from '../properties/ledger/ingest-ledger.service.js';

/** Holds a request back until the data that its caller means are there. */
@Injectable()
export class IngestWait {
  constructor(private readonly ledger: IngestLedger) {}

  /**
   * Resolves when the property's data version is `minSeq` or more.
   * @throws Failure invalid_field for a number that was never given out, engine_unavailable where an earlier batch does not come to its end
   */
  async reached({ id }: PropertyEntity, minSeq: number): Promise<void> {
    const last = await this.ledger.lastGiven(id);
    if (minSeq <= last) return await this.ledger.waitVisible(id, minSeq);
    const detail = `\`min_seq\` is ${minSeq}, and the last ingest_seq of the property is ${last}: give the one of an answer to what was sent.`;
    throw invalid('invalid_field', '/min_seq', detail);
  }
}
