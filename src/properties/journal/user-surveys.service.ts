import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { QueryCancelled } from '../../stores/clickhouse/engine-failure.js';
import { EventStore } from '../../stores/clickhouse/event-store.js';
import type { PropertyEntity } from '../property.entity.js';
import { JournalFlush } from './journal-flush.service.js';
import { JournalMemories, type JournalMemory } from './journal-memory.js';
import { MAX_SURVEYED, type UserSurvey } from './user-survey.js';

/** A survey pays where more users than these were looked for since the last one. */
const WORTH_USERS = 200;
const PAUSE_MS = 60_000;
/** So much longer than it took is the pause after a survey: surveys take a hundredth of a core, of all properties. */
const PAUSE_TIMES = 100;
/** A property that has too many users is not asked again for so long. */
const TOO_MANY_PAUSE_MS = 3_600_000;
/** What holds the event loop at once. */
const USERS_AT_ONCE = 10_000;

/**
 * Surveys the users of properties to which small posts of many unknown users come, so that these need no look into the
 * engine each (decisions/0046-journal-of-small-posts.md). One property at a time.
 */
@Injectable()
export class UserSurveys implements BeforeApplicationShutdown {
  private readonly logger = new Logger(UserSurveys.name);
  private readonly ending = new AbortController();
  private isUnderWay = false;
  private fromMs = 0;

  constructor(
    private readonly memories: JournalMemories,
    private readonly flush: JournalFlush,
    private readonly events: EventStore,
  ) {}

  beforeApplicationShutdown(): void {
    this.ending.abort();
  }

  /**
   * So many users of the property are looked for of whom nothing is known. Begins a survey in the background where that
   * has become worth it.
   */
  looked(property: PropertyEntity, users: number): void {
    const memory = this.memories.of(property.id);
    const { looks } = memory;
    looks.users += users;
    const nowMs = performance.now();
    if (this.isUnderWay || looks.users < WORTH_USERS || nowMs < Math.max(this.fromMs, looks.fromMs)) return;
    this.isUnderWay = true;
    void this.survey(property, memory);
  }

  private async survey(property: PropertyEntity, memory: JournalMemory): Promise<void> {
    const startMs = performance.now();
    this.memories.endIdleSurveys();
    const survey = memory.beginSurvey();
    try {
      await this.flush.flush(property.id, memory.lastSeq);
      if (!(await this.fill(survey, property.number))) memory.looks.fromMs = performance.now() + TOO_MANY_PAUSE_MS;
    } catch (error) {
      survey.end();
      if (error instanceof QueryCancelled) return;
      this.logger.warn(`The users of ${property.slug} were not surveyed, each is looked for: ${String(error)}`);
    } finally {
      const endMs = performance.now();
      this.fromMs = endMs + Math.max(PAUSE_MS, PAUSE_TIMES * (endMs - startMs));
      memory.looks.users = 0;
      this.isUnderWay = false;
    }
  }

  /** False: the property has more users than are surveyed. */
  private async fill(survey: UserSurvey, propertyNumber: number): Promise<boolean> {
    const { signal } = this.ending;
    const users = await this.events.usersOf(propertyNumber, MAX_SURVEYED + 1, signal);
    if (users.length > MAX_SURVEYED) {
      survey.end();
      return false;
    }
    const lastMs = await this.events.lastInstant(propertyNumber, signal);
    for (let from = 0; from < users.length; from += USERS_AT_ONCE) {
      for (const user of users.slice(from, from + USERS_AT_ONCE)) survey.add(user);
      await nextTurn();
    }
    survey.complete(lastMs);
    return true;
  }
}
