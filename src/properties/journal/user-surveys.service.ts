import { Injectable, Logger } from '@nestjs/common';
import { EventStore } from '../../stores/clickhouse/event-store.js';
import type { PropertyEntity } from '../property.entity.js';
import { JournalFlush } from './journal-flush.service.js';
import { JournalMemories } from './journal-memory.js';
import { MAX_SURVEYED } from './user-survey.js';

/** A survey pays where more users than these were looked for since the last one. */
const WORTH_USERS = 200;
const PAUSE_MS = 60_000;
/** So much longer than it took is the pause after a survey: it may use a hundredth of a core. */
const PAUSE_TIMES = 100;

interface Looks {
  users: number;
  /** When the next survey may begin, by the process's clock. */
  fromMs: number;
  isUnderWay: boolean;
}

/**
 * Surveys the users of properties to which small posts of many unknown users come, so that these need no look into the
 * engine each (decisions/0046-journal-of-small-posts.md).
 */
@Injectable()
export class UserSurveys {
  private readonly logger = new Logger(UserSurveys.name);
  private readonly looks = new Map<string, Looks>();

  constructor(
    private readonly memories: JournalMemories,
    private readonly flush: JournalFlush,
    private readonly events: EventStore,
  ) {}

  /** So many users of the property are looked for. Begins a survey in the background where that has become worth it. */
  looked(property: PropertyEntity, users: number): void {
    const looks = this.looks.get(property.id) ?? { users: 0, fromMs: 0, isUnderWay: false };
    this.looks.set(property.id, looks);
    looks.users += users;
    if (looks.isUnderWay || looks.users < WORTH_USERS || performance.now() < looks.fromMs) return;
    looks.isUnderWay = true;
    void this.survey(property).finally(() => (looks.isUnderWay = false));
  }

  private async survey(property: PropertyEntity): Promise<void> {
    const startMs = performance.now();
    const memory = this.memories.of(property.id);
    const survey = memory.beginSurvey();
    try {
      await this.flush.flush(property.id, memory.lastSeq);
      const found = await this.events.surveyUsers(property.number, MAX_SURVEYED);
      if (found === null) survey.end();
      else survey.complete(found);
    } catch (error) {
      survey.end();
      this.logger.warn(`The users of ${property.slug} were not surveyed, each is looked for: ${String(error)}`);
    } finally {
      const endMs = performance.now();
      const pauseMs = Math.max(PAUSE_MS, PAUSE_TIMES * (endMs - startMs));
      this.looks.set(property.id, { users: 0, fromMs: endMs + pauseMs, isUnderWay: false });
    }
  }
}
